"""What China would press Australia with: the tables of packages and of the screen in docs/disputes.md.

    python benchmarks/dispute_packages.py [--draws 64]

Scenario `australia-2020` at its defaults, no allies. First each package by factors, as up to version 0.1, and by the
share of trade left: long-run trade left in value, and effects in percent of GDP a year (first year, long run). Then the
choice of package under each screen, and one dispute by the target's type: stakes of both sides drawn quasi-randomly
(scrambled Sobol), the other side's types at the prior, exact.
"""

from __future__ import annotations

import argparse
import math
from dataclasses import replace
from typing import Any

import numpy as np
from scipy.stats import norm, qmc

from coercion_sim.dispute import (
    DisputeSettings,
    DisputeSolution,
    Package,
    PayoffQuestion,
    PayoffTable,
    build_game,
    dispute_endings,
    payoff_table,
    sized,
    solve_disputes,
)
from coercion_sim.economy import EconomyParameters, solve_equilibrium
from coercion_sim.scenario import load_scenario
from coercion_sim.world import World, load_world

#: Sizes of packages up to version 0.1.
FACTORS: dict[str, Any] = {"leakage": 0.05, "barrier": 1.15, "services_barrier": 1.19, "control": 1.5}


class Case:
    """The flagship at its defaults."""

    def __init__(self) -> None:
        scenario = load_scenario("australia-2020")
        self.world: World = scenario.apply_to(load_world(scenario.world_source))
        self.parameters: EconomyParameters = scenario.economy_parameters()
        self.settings: DisputeSettings = scenario.dispute
        self.record = tuple(replace(m, start=0, until=None, phase_in=1) for m in scenario.measures_as_data())

    def table(self, screen: str, **sizes: Any) -> PayoffTable:
        """Payoffs of China's packages under a screen."""
        settings = DisputeSettings(screen=screen, **sizes)  # type: ignore[arg-type]
        question = PayoffQuestion(
            "CHN", "AUS", screen=settings.goods_screen(), sizes=settings.package_sizes(), names=self.settings.packages,
            record=self.record,
        )  # fmt: skip
        return payoff_table(self.world, self.parameters, question)

    def left(self, package: Package) -> float:
        """Long-run trade in the flows a package hits, share of the baseline's value."""
        world = self.world
        after = solve_equilibrium(world, sized(world, self.parameters, package.measures), parameters=self.parameters)
        c, t = world.state_index("CHN"), world.state_index("AUS")
        hit = [(world.sector_indices(m.sectors), *((c, t) if m.kind == "export_control" else (t, c)))
               for m in package.measures]  # fmt: skip
        return float(sum(after.flows[x].sum() for x in hit) / sum(world.flows[x].sum() for x in hit))


def effects(table: PayoffTable, name: str) -> tuple[float, ...]:
    """Effects of a package on Australia and China, first year and long run, percent of GDP a year."""
    k = [p.name for p in table.packages].index(name)
    return tuple(float(table.alone[y, k, table.of(s)]) for s in ("AUS", "CHN") for y in (0, 1))


def print_sizes(case: Case, screen: str) -> None:
    """Packages by factors and by the share left."""
    old, new = case.table(screen, **FACTORS), case.table(screen)
    print(f"| screen {screen} | factors: trade left | Australia | China | share left: trade left | Australia | China |")
    print("|" + " --- |" * 7)
    for name in case.settings.packages:
        cells = []
        for table in (old, new):
            package = next((p for p in table.packages if p.name == name), None)
            if package is None:
                cells += ["", "", ""]
                continue
            a1, a2, c1, c2 = effects(table, name)
            cells += [f"{case.left(package):.2f}", f"{a1:.2f}, {a2:.2f}", f"{c1:.3f}, {c2:.3f}"]
        print(f"| `{name}` | " + " | ".join(cells) + " |")
    print()


def solved_games(
    case: Case, table: PayoffTable, draws: int, stake_target: float | None = None
) -> list[DisputeSolution]:
    """Solutions over draws of the stakes; those without an equilibrium are left out and counted."""
    s = case.settings
    games = [
        build_game(
            table, s, None, [], [],
            (s.stake_coercer * math.exp(s.stake_coercer_log_sd * a),
             stake_target or s.stake_target * math.exp(s.stake_target_log_sd * b)),
            (s.belief_target, s.belief_coercer),
        )
        for a, b in norm.ppf(qmc.Sobol(2, seed=1).random(draws))
    ]  # fmt: skip
    solved = [x for x in solve_disputes(games) if x.solved]
    if len(solved) < draws:
        print(f"no equilibrium in {draws - len(solved)} of {draws} draws")
    return solved


def print_screens(case: Case, draws: int) -> None:
    """Choice of package under each screen: chance given that China presses, effects on Australia, chance to press."""
    names, columns = case.settings.packages, ("both", "cost", "share", "off")
    cells: dict[str, list[str]] = {n: [] for n in (*names, "iron ore is hit", "P(press) soft, firm", "struck out")}
    for screen in columns:
        table = case.table(screen)
        solved = solved_games(case, table, draws)
        weight = sum((x.game.types_coercer * x.press) @ x.package for x in solved)
        chance = dict(zip((p.name for p in table.packages), weight / weight.sum(), strict=True))
        for name in names:
            early, late = effects(table, name)[:2] if name in chance else (0.0, 0.0)
            cells[name].append(f"{chance[name]:.2f} ({early:.2f}, {late:.2f})" if name in chance else "")
        press = np.mean([x.press for x in solved], axis=0)
        cells["iron ore is hit"].append(f"{sum(chance[p.name] for p in table.packages if 'iron_ore' in p.goods):.2f}")
        cells["P(press) soft, firm"].append(f"{press[0]:.2f}, {press[1]:.2f}")
        cells["struck out"].append(", ".join(g.good for g in table.goods if g.struck_by) or "none")
    print("| package | " + " | ".join(columns) + " |\n|" + " --- |" * 5)
    for name, row in cells.items():
        print(f"| {name} | " + " | ".join(row) + " |")
    print()


def print_courses(case: Case, draws: int) -> None:
    """One dispute by the type and stake of the target: rates, and quarters in force of what was imposed (20 years)."""
    heads = ("Australia", "pressed", "concedes to the demand, of pressed", "carried out, of pressed")
    heads += (
        "gives in later, of imposed",
        "gives in at all, of pressed",
        "length, median [p10, p90]",
        "9 to 18 quarters",
    )
    print("| " + " | ".join(heads) + " |")
    print("|" + " --- |" * 8)
    for kind, label in ((1, "resolved"), (0, "irresolute")):
        for stake in (None, 0.4):
            total, ended = np.zeros(5), np.zeros(81)
            for x in solved_games(case, case.table("both"), draws, stake):
                for c, odds in enumerate(x.game.types_coercer):
                    e = dispute_endings(x, c, kind, 80)
                    total += odds * np.array([e.press, e.conceded_to_demand, e.imposed, e.conceded, e.objective])
                    ended += odds * e.ended
            press, conceded, imposed, later, objective = total
            reached = np.cumsum(ended) / imposed
            low, middle, high = (int(np.searchsorted(reached, q)) for q in (0.1, 0.5, 0.9))
            rates = (press / (draws), conceded / press, imposed / press, later / imposed, objective / press)
            inside = ended[9:19].sum() / imposed
            print(f"| {label}, v_T {stake or 'drawn'} | " + " | ".join(f"{r:.2f}" for r in rates)
                  + f" | {middle} [{low}, {high}] | {inside:.2f} |")  # fmt: skip


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--draws", type=int, default=64)
    given = parser.parse_args()
    case = Case()
    for screen in ("both", "off"):
        print_sizes(case, screen)
    print_screens(case, given.draws)
    print_courses(case, given.draws)


if __name__ == "__main__":
    main()
