"""The answer to a scenario's question: one dyad's dispute under each policy, exact in every draw.

Nothing is sampled after the stakes: chances, losses and burdens are expectations over the solved strategies. Policies
meet the same draws, so differences between them are paired by draw.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from coercion_sim.analysis.answer.robustness import Setting, robustness
from coercion_sim.analysis.deterrence.dyad import Dyad, ask
from coercion_sim.analysis.records import Tabular
from coercion_sim.dispute import (
    DisputeGame,
    DisputeSolution,
    PayoffTable,
    ally_payoffs,
    dispute_endings,
    effect_store,
    expected_flow,
    solve_disputes,
    spread,
)
from coercion_sim.economy import Measure
from coercion_sim.errors import CoercionSimError
from coercion_sim.experiments import Progress
from coercion_sim.policies import PolicyFiles

if TYPE_CHECKING:
    from coercion_sim.scenario import Scenario

Array = npt.NDArray[np.float64]
#: Quarters after imposition over which losses and burdens are added up.
FOLLOWED = 40
#: Draws in which robustness is tried: it solves every game once for each setting.
ROBUST_DRAWS = 4
#: Policies compared where a scenario names none but these.
STANDARD = (
    "stand_alone", "respond_as_allies", "integrate_economies", "respond_as_allies+integrate_economies", "choose_sides",
)  # fmt: skip
#: Columns of `Answer.values`, with their units.
COLUMNS = {
    "pressed": "share of disputes",
    "conceded": "share of those pressed",
    "backed_down": "share of those pressed",
    "imposed": "share of those pressed",
    "success": "share of those imposed",
    "gets_its_way": "share of disputes",
    "loss": "% of the target's GDP, a dispute pressed",
    "loss_usd": "US$ billion, a dispute pressed",
    "burden_usd": "US$ billion of all allies, a dispute pressed",
    "first_year_alone": "% of the target's GDP a year, measures in force, nobody answering",
    "first_year": "% of the target's GDP a year, measures in force, allies answering",
    "kept": "share of the promise delivered once measures are imposed",
    "standing": "% of the target's GDP a year, by measures the policy has in force before any dispute",
    "standing_usd": "US$ billion a year, of target and allies, by these measures",
}


@dataclass(frozen=True)
class Mean:
    """A mean over draws, their 5 and 95 % quantiles, and its difference from the first policy with a 95 % interval.

    The interval is Student's over draws, paired by draw; NaN for the first policy and where fewer than two draws stand.
    """

    value: float
    low: float
    high: float
    difference: float = math.nan
    difference_low: float = math.nan
    difference_high: float = math.nan


@dataclass(frozen=True, eq=False, repr=False)
class Answer(Tabular):
    """What a scenario's policies do to one dispute.

    Attributes
    ----------
    coercer, target, allies
        Codes; allies by policy, those that act.
    names
        Code -> name.
    draws, unsolved
        Draws used, and draws left out because no equilibrium was found under some policy.
    values : (policies, draws, len(COLUMNS))
        See `COLUMNS`.
    ally_usd
        Policy -> ally -> expected burden in US$ billion, a dispute pressed, mean over draws.
    leaves
        Policy -> ally -> share of draws in which the ally would gain by promising nothing while the others keep theirs.
    record : (2,)
        Effect of the scenario's own coercive measures, all in force at once and nobody answering, % of the target's GDP
        a year: first year, long run; NaN without a script. Mean over draws.
    settings
        Robustness: how pressed and the order of the policies change with behaviour.
    """

    scenario: str
    title: str
    question: str
    coercer: str
    target: str
    policies: tuple[str, ...]
    allies: dict[str, tuple[str, ...]]
    names: dict[str, str]
    draws: int
    unsolved: int
    values: Array
    ally_usd: dict[str, dict[str, float]]
    leaves: dict[str, dict[str, float]]
    record: tuple[float, float]
    gdp_usd: float
    settings: tuple[Setting, ...] = field(default=())

    @property
    def headline(self) -> str:
        """Scenario, policies, draws."""
        return f"{self.scenario}: {len(self.policies)} policies, {self.draws} draws"

    def column(self, name: str, policy: str) -> Array:
        """Values of one column under a policy, by draw."""
        by_draw: Array = self.values[self.policies.index(policy), :, list(COLUMNS).index(name)]
        return by_draw

    def mean(self, name: str, policy: str) -> Mean:
        """Mean of one column over draws, its range, and its difference from the first policy."""
        mine, first = self.column(name, policy), self.column(name, self.policies[0])
        known = mine[~np.isnan(mine)]
        if not len(known):
            return Mean(math.nan, math.nan, math.nan)
        low, high = np.quantile(known, [0.05, 0.95])
        if policy == self.policies[0]:
            return Mean(float(known.mean()), float(low), float(high))
        gap = (mine - first)[~np.isnan(mine - first)]
        return Mean(float(known.mean()), float(low), float(high), *student(gap))

    def records(self) -> list[dict[str, Any]]:
        """One record for each policy and column."""
        return [
            {"policy": p, "outcome": name, "unit": unit} | asdict(self.mean(name, p))
            for p in self.policies
            for name, unit in COLUMNS.items()
        ]

    def as_dict(self) -> dict[str, Any]:
        """Plain data."""
        plain = {
            k: getattr(self, k) for k in ("scenario", "title", "question", "coercer", "target", "draws", "unsolved")
        }
        rest = {"allies": self.allies, "ally_usd": self.ally_usd, "leaves": self.leaves, "record": self.record}
        return plain | rest | {"rows": self.records(), "robustness": [asdict(s) for s in self.settings]}


def student(values: Array) -> tuple[float, float, float]:
    """Mean of independent numbers and its 95 % interval by Student's t; NaN bounds for fewer than two."""
    n = len(values)
    middle = float(values.mean()) if n else math.nan
    if n < 2:
        return middle, math.nan, math.nan
    half = float(stdtrit(n - 1, 0.975)) * float(values.std(ddof=1)) / math.sqrt(n)
    return middle, middle - half, middle + half


def answer(
    scenario: str | Path | Scenario,
    policies: Sequence[str] | None = None,
    *,
    draws: int = 64,
    seed: int | None = None,
    overrides: Iterable[str] = (),
    policy_files: PolicyFiles = (),
    pair: tuple[str, str] | None = None,
    robust: bool = True,
    progress: Progress | None = None,
) -> Answer:
    """Answer a scenario's question exactly: would the coercer press, would it work, what would an answer cost.

    Parameters
    ----------
    scenario, seed, overrides, policy_files
        As in `simulate`; in a scripted scenario too, states choose here.
    policies
        The first is the one others are compared with. If None, those of the scenario; `STANDARD` where it names none
        but these.
    draws
        Draws of the uncertain numbers and of the stakes; every policy meets the same.
    pair
        (coercer, target); the first dispute of the scenario if None.
    robust
        Whether to try other behaviour as well.
    progress
        Called with (games done, games in all, 0).

    Raises
    ------
    InvalidInput
        For an unknown scenario, policy, override or state.
    CoercionSimError
        Where the coercer has nothing to press with, or no draw could be solved.
    """
    first = ask(scenario, None, draws=draws, seed=seed, overrides=overrides, policy_files=policy_files, pair=pair)
    named = first.scenario.policies
    chosen = tuple(policies) if policies else STANDARD if set(named) <= set(STANDARD) else named
    written = first.scenario.with_values({"conduct": "scripted"}).measures_as_data()
    script = tuple(m for m in written if m.purpose == "coercion")
    cells: dict[tuple[int, int], _Cell] = {}
    for p, policy in enumerate(chosen):
        question = ask(
            scenario, policy, draws=draws, seed=seed, overrides=overrides, policy_files=policy_files, pair=pair
        )
        for draw in range(draws):
            cells[p, draw] = _cell(question.dyad(draw), script)
            if progress is not None:
                progress(p * draws + draw + 1, len(chosen) * draws, 0)
    solutions = dict(zip(cells, solve_disputes([c.game for c in cells.values()]), strict=True))
    kept = [d for d in range(draws) if all(solutions[p, d].solved for p in range(len(chosen)))]
    if not kept:
        raise CoercionSimError(f"{first.scenario.name}: no equilibrium was found in any of {draws} draws")
    values = np.array([[_values(cells[p, d], solutions[p, d]) for d in kept] for p in range(len(chosen))])
    one = cells[0, kept[0]]
    burdens = {
        policy: _mean_by_ally([_burdens(cells[p, d], solutions[p, d]) for d in kept]) for p, policy in enumerate(chosen)
    }
    games = [[cells[p, d].game for d in kept[:ROBUST_DRAWS]] for p in range(len(chosen))]
    return Answer(
        first.scenario.name, first.scenario.title, first.scenario.question, one.table.coercer, one.table.target, chosen,
        {policy: cells[p, kept[0]].table.allies for p, policy in enumerate(chosen)},
        dict(first.world.state_names), len(kept),
        draws - len(kept), values, burdens,
        {policy: _leavers([cells[p, d].game for d in kept[:ROBUST_DRAWS]]) for p, policy in enumerate(chosen)},
        _record([cells[0, d] for d in kept]), one.gdp(one.table.target) / 1e3,
        robustness(games) if robust else (),
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Cell:
    """One policy in one draw: the game, the payoffs behind it, and what stands anyway."""

    game: DisputeGame
    table: PayoffTable
    standing: Array
    script: tuple[float, float]

    def gdp(self, state: str) -> float:
        """US$ million a year."""
        return float(self.table.gdp[self.table.of(state)])


def _cell(dyad: Dyad, written: Sequence[Measure]) -> _Cell:
    d = dyad.diplomacy
    game, table = dyad.open()
    effects, world = effect_store(), d.world
    standing = effects.long_run(world, d.parameters, d.standing) if d.standing else np.zeros(len(world.states))
    script = [m for m in written if (m.by, m.on) == (dyad.coercer, dyad.target)]
    effect = effects.first_year_and_long_run(world, d.parameters, script) if script else np.full((2, 1), math.nan)
    t = world.state_index(dyad.target) if script else 0
    return _Cell(game, table, standing, (float(effect[0, t]), float(effect[1, t])))


def _values(cell: _Cell, solved: DisputeSolution) -> list[float]:
    """One row of `Answer.values`."""
    game, table = cell.game, cell.table
    names = ("press", "conceded_to_demand", "backed_down", "imposed", "conceded", "objective", "target_loss")
    total = dict.fromkeys(names, 0.0)
    for c, s in ((0, 0), (0, 1), (1, 0), (1, 1)):
        odds = float(game.types_coercer[c] * game.types_target[s])
        ends = dispute_endings(solved, c, s, FOLLOWED)
        total = {name: total[name] + odds * getattr(ends, name) for name in names}
    press, gdp = total["press"], cell.gdp(table.target) / 1e5
    loss = _ratio(total["target_loss"], press)
    helped = table.target, *table.allies
    at = [table.of(state) for state in helped]
    standing = float((cell.standing[at] * table.gdp[at]).sum()) / 1e5
    alone, answered = _first_year(solved)
    kept = ally_payoffs(solved).kept[game.pledge > 0.0]
    return [
        press, _ratio(total["conceded_to_demand"], press), _ratio(total["backed_down"], press),
        _ratio(total["imposed"], press), _ratio(total["conceded"], total["imposed"]), total["objective"],
        loss, loss * gdp, sum(_burdens(cell, solved).values()), alone, answered,
        float(kept.mean()) if len(kept) else math.nan, float(cell.standing[at[0]]), standing,
    ]  # fmt: skip


def _first_year(solved: DisputeSolution) -> tuple[float, float]:
    """First-year loss of the target a year once measures are in force, without and with the answers expected."""
    game = solved.game
    K = len(game.packages)
    weight = (game.types_coercer * solved.press) @ (solved.package * solved.impose)
    if weight.sum() <= 0.0:
        return math.nan, math.nan
    weight = weight / weight.sum()
    effect = -game.target_effect[0].reshape(K, -1)
    return float(weight @ effect[:, 0]), float(weight @ (effect * solved.profile.reshape(K, -1)).sum(axis=1))


def _burdens(cell: _Cell, solved: DisputeSolution) -> dict[str, float]:
    """Expected cost of each ally's own answers, US$ billion, a dispute pressed; exposure to reprisals left out."""
    table, press = cell.table, float(cell.game.types_coercer @ solved.press)
    cost = spread(table).ally_cost
    per_dispute = (
        expected_flow(solved, own) * cell.gdp(ally) / 1e5 for ally, own in zip(table.allies, cost, strict=True)
    )
    return {ally: _ratio(usd, press) for ally, usd in zip(table.allies, per_dispute, strict=True)}


def _mean_by_ally(rows: Sequence[dict[str, float]]) -> dict[str, float]:
    allies = dict.fromkeys(a for row in rows for a in row)
    return {a: float(np.mean([row.get(a, 0.0) for row in rows])) for a in allies}


def _leavers(games: Sequence[DisputeGame]) -> dict[str, float]:
    """Ally -> share of these games in which it gains by promising nothing while the others keep their promises."""
    from dataclasses import replace

    tried: list[DisputeGame] = []
    for game in games:
        for i in range(len(game.allies)):
            pledge = game.pledge.copy()
            pledge[i] = 0.0
            tried += [replace(game, pledge=pledge)] if game.pledge[i] > 0.0 else []
    if not tried:
        return {}
    with_all = solve_disputes(games)
    without = iter(solve_disputes(tried))
    gains: dict[str, list[bool]] = {}
    for game, solved in zip(games, with_all, strict=True):
        stays = ally_payoffs(solved).payoff
        for i, ally in enumerate(game.allies):
            if game.pledge[i] > 0.0:
                gains.setdefault(ally, []).append(bool(ally_payoffs(next(without)).payoff[i] > stays[i]))
    return {ally: float(np.mean(each)) for ally, each in gains.items()}


def _record(cells: Sequence[_Cell]) -> tuple[float, float]:
    first, later = (float(np.mean([c.script[i] for c in cells])) for i in (0, 1))
    return first, later


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole > 0.0 else math.nan
