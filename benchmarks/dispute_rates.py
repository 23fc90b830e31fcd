"""Rates of disputes between China and ten targets, exact, beside the record: the tables of docs/disputes.md.

    python benchmarks/dispute_rates.py [--draws 32] [--changes | --limit]

No allies, the economy at its defaults, stakes of both sides drawn quasi-randomly (scrambled Sobol), both types at the
prior. `--changes` also changes one number at a time; `--limit` lets rationality grow, each at two lengths of the path
of beliefs (Q).
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.stats import norm, qmc

from coercion_sim.analysis import PUBLISHED
from coercion_sim.dispute import (
    DisputeGame,
    DisputeSettings,
    DisputeSolution,
    PayoffQuestion,
    PayoffTable,
    build_game,
    mean_endings,
    payoff_table,
    solve_disputes,
)
from coercion_sim.economy import EconomyParameters
from coercion_sim.world import load_world

#: The economy of the shipped scenarios at its defaults.
ECONOMY = EconomyParameters(input_substitution=0.3)
TARGETS = ("AUS", "KOR", "JPN", "TWN", "VNM", "MYS", "PHL", "NZL", "EU", "CAN")
RECORD = {name.replace("conceded_to_demand", "conceded").replace("_", " "): rate for name, rate in PUBLISHED.items()}
CHANGES: list[dict[str, Any]] = [
    {"selection": "worn_down"}, {"rationality": 3.0}, {"rationality": 4.0}, {"rationality": 8.0},
    {"rationality": 12.0}, {"rationality": 30.0}, {"review": 0.3}, {"review": 1.0}, {"audience_lift": 0.1},
    {"audience_lift": 0.6},
    {"audience_back_down": 0.0}, {"audience_back_down": 0.8}, {"cost_once": 0.01}, {"cost_once": 0.08},
    {"stake_target": 0.35}, {"stake_target": 1.4}, {"stake_coercer": 0.03}, {"stake_coercer": 0.3},
    {"type_spread": 4.0}, {"type_spread": 25.0}, {"belief_target": 0.3}, {"belief_target": 0.7}, {"lapse": 0.0},
    {"lapse": 0.1}, {"lapse_cost": 1.0},
]  # fmt: skip


#: Rationalities and quarters Q of ``--limit``.
LIMIT, LENGTHS = (12.0, 25.0, 50.0, 100.0, 200.0), (32, 64)


def game_of(table: PayoffTable, settings: DisputeSettings, a: float, b: float) -> DisputeGame:
    """The game without allies at stakes a and b standard deviations from the coercer's and the target's median."""
    stakes = (
        settings.stake_coercer * math.exp(settings.stake_coercer_log_sd * a),
        settings.stake_target * math.exp(settings.stake_target_log_sd * b),
    )
    return build_game(table, settings, None, [], [], stakes, (settings.belief_target, settings.belief_coercer))


def rates_of(solved: Sequence[DisputeSolution]) -> dict[str, float]:
    """Rates over games and types; lengths in whole quarters in force. NaN where none was solved."""
    total, ended = np.zeros(7), np.zeros(161)
    for solution in solved:
        if solution.solved:
            e = mean_endings(solution, 160)
            total += (1.0, e.press, e.conceded_to_demand, e.backed_down, e.imposed, e.conceded, e.unended)
            ended += e.ended
    with np.errstate(invalid="ignore"):
        arose, pressed, conceded, backed, imposed, won, unended = total
        reached = np.cumsum(ended) / imposed
        return {
            "attempts": pressed / arose, "conceded": conceded / pressed, "backed down": backed / pressed,
            "carried out": imposed / pressed, "success": won / imposed, "within a year": float(reached[4]),
            "median": float(np.searchsorted(reached, 0.5)), "p90": float(np.searchsorted(reached, 0.9)),
            "unended after 40 years": unended / imposed, "unsolved": float(np.mean([not x.solved for x in solved])),
        }  # fmt: skip


def rates(
    tables: dict[str, PayoffTable], settings: DisputeSettings, draws: int, quarters: int = 32
) -> dict[str, float]:
    """Rates over targets and draws of stakes."""
    stakes = norm.ppf(qmc.Sobol(2, seed=1).random(draws))
    games = [game_of(table, settings, a, b) for table in tables.values() for a, b in stakes]
    return rates_of(solve_disputes(games, quarters))


def cells(row: dict[str, float]) -> str:
    """Rates with two decimals, lengths in whole quarters, the rare share still in force after 40 years with four."""
    digits = {"median": 0, "p90": 0, "unended after 40 years": 4}
    return " | ".join(f"{v:.{digits.get(name, 2)}f}" for name, v in row.items())


def print_limit(tables: dict[str, PayoffTable], draws: int) -> None:
    """Print the rates as rationality grows."""
    for i, (rationality, quarters) in enumerate((r, q) for q in LENGTHS for r in LIMIT):
        row = rates(tables, DisputeSettings(rationality=rationality), draws, quarters)
        if not i:
            print("| rationality | Q | " + " | ".join(row) + " |\n|" + " --- |" * (len(row) + 2))
        print(f"| {rationality:g} | {quarters} | {cells(row)} |", flush=True)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--draws", type=int, default=32)
    parser.add_argument("--changes", action="store_true")
    parser.add_argument("--limit", action="store_true")
    given = parser.parse_args()
    world = load_world("pacific-2019")
    names = DisputeSettings().packages
    tables = {
        t: payoff_table(world, ECONOMY, PayoffQuestion("CHN", t, names=names)) for t in TARGETS if t in world.states
    }
    if given.limit:
        print_limit(tables, given.draws)
        return
    first = rates(tables, DisputeSettings(), given.draws)
    print("| changed | " + " | ".join(first) + " |\n|" + " --- |" * (len(first) + 1))
    print("| record | " + " | ".join(f"{RECORD[n]:.2f}" if n in RECORD else "" for n in first) + " |")
    rows: list[dict[str, Any]] = [{}, *(CHANGES if given.changes else [])]
    for change in rows:
        row = rates(tables, DisputeSettings(**change), given.draws)
        label = ", ".join(f"`{k}` {v}" for k, v in change.items()) or "starting numbers"
        print(f"| {label} | {cells(row)} |", flush=True)
    if given.changes:
        for quarters in (16, 64):
            row = rates(tables, DisputeSettings(), given.draws, quarters)
            print(f"| Q {quarters} | {cells(row)} |", flush=True)


if __name__ == "__main__":
    main()
