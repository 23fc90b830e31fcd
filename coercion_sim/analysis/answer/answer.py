"""The answer to a scenario's question: one dyad's dispute under each policy, exact in every draw.

Nothing is sampled after the stakes: chances, losses and burdens are expectations over the solved strategies. Policies
meet the same draws, so differences between them are paired by draw.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cached_property, partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from coercion_sim.analysis.answer.cells import (
    COLUMNS,
    FEW_DRAWS,
    GIVEN,
    Cell,
    Leaver,
    Row,
    effects_of,
    leaves_of,
    open_cells,
    solved_rows,
)  # fmt: skip
from coercion_sim.analysis.answer.robustness import Robustness, robustness
from coercion_sim.analysis.deterrence.dyad import ask
from coercion_sim.analysis.records import Tabular
from coercion_sim.arrays import Array
from coercion_sim.errors import GameError, NothingToPressWith
from coercion_sim.experiments import Progress, in_processes
from coercion_sim.intervals import clustered
from coercion_sim.policies import PolicyFiles
from coercion_sim.wording import count

if TYPE_CHECKING:
    from coercion_sim.analysis.deterrence.dyad import Question
    from coercion_sim.economy import Measure
    from coercion_sim.scenario import Scenario

#: Policies compared where a scenario names none but these.
STANDARD = (
    "stand_alone", "respond_as_allies", "integrate_economies", "respond_as_allies+integrate_economies", "choose_sides",
)  # fmt: skip
#: Draws solved side by side, under all policies: more are hardly faster, and workers share them out.
TOGETHER = 16


@dataclass(frozen=True)
class Mean:
    """A mean over draws, their 5 and 95 % quantiles, and its difference from the first policy with a 95 % interval.

    The interval is Student's over draws, paired by draw (`intervals.clustered`); NaN for the first policy and where too
    few draws stand.
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
        See `cells.COLUMNS`.
    ally_usd
        Policy -> ally -> expected burden in US$ billion, a dispute pressed, discounted.
    leaves
        Policy -> ally -> what it would gain by promising nothing while the others keep theirs, in `FEW_DRAWS` draws.
    cuts
        Policy -> state -> share of draws in which the state cuts trade with the coercer before any dispute.
    record : (2,)
        Effect of the scenario's own coercive measures, all in force at once and nobody answering, % of the target's GDP
        a year: first year, long run; NaN without a script. Mean over draws.
    behaviour
        Where behavioural numbers come from: ``[dispute] draws``.
    numbers
        Behavioural number -> its value in every draw, (draws,).
    left_out
        Policies not named by the caller that leave the coercer nothing to press with in some draw.
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
    leaves: dict[str, dict[str, Leaver]]
    cuts: dict[str, dict[str, float]]
    record: tuple[float, float]
    gdp_usd: float
    behaviour: str
    numbers: dict[str, Array]
    left_out: tuple[str, ...] = ()

    @property
    def headline(self) -> str:
        """Scenario, policies, draws."""
        return f"{self.scenario}: {len(self.policies)} policies, {self.draws} draws"

    def column(self, name: str, policy: str) -> Array:
        """Values of one column under a policy, by draw."""
        by_draw: Array = self.values[self.policies.index(policy), :, list(COLUMNS).index(name)]
        return by_draw

    def mean(self, name: str, policy: str) -> Mean:
        """Mean of one column over draws, its range, and its difference from the first policy.

        The mean of a column that is given something (`cells.GIVEN`) is a ratio of means, so that a draw counts by the
        chance of it; the interval of a difference is then that of its first-order expansion by draw.
        """
        column = self.column(name, policy)
        known = column[~np.isnan(column)]
        if not len(known):
            return Mean(math.nan, math.nan, math.nan)
        low, high = (float(q) for q in np.quantile(known, [0.05, 0.95]))
        value, pull = self._ratio(name, policy)
        if policy == self.policies[0]:
            return Mean(value, low, high)
        first, pull_first = self._ratio(name, self.policies[0])
        gap = clustered(value - first + pull - pull_first)
        return Mean(value, low, high, value - first, *(float(end) for end in gap.interval()))

    def _ratio(self, name: str, policy: str) -> tuple[float, Array]:
        """Mean ``m = sum w x / sum w`` of a column, and what each draw adds to it, ``w (x - m) / mean w``."""
        x, weight = self.column(name, policy), np.ones(self.draws)
        for given in GIVEN.get(name, ()):
            weight = weight * self.column(given, policy)
        weight = np.where(np.isnan(x) | np.isnan(weight), 0.0, weight)
        if not weight.any():
            return math.nan, np.full(len(x), math.nan)
        x = np.where(weight > 0.0, x, 0.0)
        mean = float(weight @ x / weight.sum())
        return mean, weight * (x - mean) / weight.mean()

    @cached_property
    def robustness(self) -> Robustness:
        """How far the order of the policies and the level of pressed hang on behaviour."""
        pressed = self.values[:, :, list(COLUMNS).index("pressed")]
        return robustness(self.policies, pressed, self.numbers)

    def records(self) -> list[dict[str, Any]]:
        """One record for each policy and column."""
        return [
            {"policy": p, "outcome": name, "unit": unit} | asdict(self.mean(name, p))
            for p in self.policies
            for name, unit in COLUMNS.items()
        ]

    def as_dict(self) -> dict[str, Any]:
        """Plain data."""
        names = ("scenario", "title", "question", "coercer", "target", "draws", "unsolved", "left_out", "behaviour")
        plain = {name: getattr(self, name) for name in names}
        leaves = {policy: {ally: asdict(each) for ally, each in own.items()} for policy, own in self.leaves.items()}
        rest = {"allies": self.allies, "ally_usd": self.ally_usd, "leaves": leaves, "cuts": self.cuts}
        rest |= {"record": self.record, "gdp_usd": self.gdp_usd}
        return plain | rest | {"rows": self.records(), "robustness": asdict(self.robustness)}


def answer(
    scenario: str | Path | Scenario, policies: Sequence[str] | None = None, *, draws: int = 64, seed: int | None = None,
    overrides: Iterable[str] = (), policy_files: PolicyFiles = (), pair: tuple[str, str] | None = None,
    workers: int = 1, progress: Progress | None = None,
) -> Answer:  # fmt: skip
    """Answer a scenario's question exactly: would the coercer press, would it work, what would an answer cost.

    Parameters
    ----------
    scenario, seed, overrides, policy_files
        As in `simulate`; in a scripted scenario too, states choose here.
    policies
        The first is the one others are compared with. If None, those of the scenario, or `STANDARD` where it names none
        but these; all but the first are then left out where they leave the coercer nothing to press with.
    draws
        Draws of the uncertain numbers and of the stakes; every policy meets the same.
    pair
        (coercer, target); the first dispute of the scenario if None.
    workers
        Processes; worlds, then draws are shared out among them. The answer does not depend on it.
    progress
        Called with (games done, games in all, 0).

    Raises
    ------
    InvalidInput
        For an unknown scenario, policy, override or state.
    GameError
        Where the coercer has nothing to press with under the first policy, or one named; where no draw has an
        equilibrium under every policy.
    """
    about = partial(ask, scenario, draws=draws, seed=seed, overrides=overrides, policy_files=policy_files, pair=pair)
    first = about(None)
    chosen = _chosen(first.scenario, policies)
    questions = {policy: about(policy) for policy in chosen}
    cells = _all_opened(questions, chosen if policies else chosen[:1], draws, workers)
    rows = _solved(cells, draws, workers, progress)
    kept = [d for d in range(draws) if all(own[d].solved for own in rows.values())]
    if not kept:
        tried, remedy = count(draws, "draw"), "other behaviour (--set dispute.rationality=6) or more --draws"
        raise GameError(
            f"{first.scenario.name}: {tried} tried, and none has an equilibrium under every policy; try {remedy}"
        )
    return _answer_of(first, cells, rows, kept, tuple(p for p in chosen if p not in rows))


def _chosen(scenario: Scenario, policies: Sequence[str] | None) -> tuple[str, ...]:
    """Policies named; else those of the scenario, or `STANDARD` where it names none but these."""
    standard = set(scenario.policies) <= set(STANDARD)
    return tuple(dict.fromkeys(policies)) if policies else STANDARD if standard else scenario.policies


def _all_opened(
    questions: Mapping[str, Question], required: Sequence[str], draws: int, workers: int
) -> dict[str, list[Cell]]:
    """Open every policy's dispute in every draw; the scenario's own measures are tried under the first.

    Policies that are not required are missing where they leave the coercer nothing to press with. Draws whose payoffs
    are interpolated stay together and start first: they take longest.
    """
    from coercion_sim.model import SOLVED_DRAWS

    first, question = next(iter(questions.items()))
    written = question.scenario.with_values({"conduct": "scripted"}).measures_as_data()
    script = {first: tuple(m for m in written if m.purpose == "coercion")}
    few = min(draws, SOLVED_DRAWS)
    parts = [range(few, draws), range(few // 2), range(few // 2, few)]
    groups = _same_economies(questions)
    some = [({p: questions[p] for p in own}, part) for part in parts if part for own in groups]
    cells: dict[str, dict[int, Cell]] = {policy: {} for policy in questions}
    for opened in in_processes(partial(_opened, script, required), some, workers):
        for policy, own_cells in opened.items():
            cells[policy] |= own_cells
    return {policy: [own[d] for d in range(draws)] for policy, own in cells.items() if len(own) == draws}


def _solved(
    cells: Mapping[str, Sequence[Cell]], draws: int, workers: int, progress: Progress | None
) -> dict[str, list[Row]]:
    """Rows by policy, one a draw; parts of the draws are shared out, with all policies: their disputes are alike."""
    rows: dict[str, dict[int, Row]] = {policy: {} for policy in cells}
    parts = [tuple(range(first, draws, -(-draws // TOGETHER))) for first in range(-(-draws // TOGETHER))]
    some = [(part, {policy: [own[d] for d in part] for policy, own in cells.items()}) for part in parts]
    for part, solved in zip(parts, in_processes(_solved_part, some, workers), strict=True):
        for policy, own_rows in solved.items():
            rows[policy] |= dict(zip(part, own_rows, strict=True))
        if progress is not None:
            progress(sum(map(len, rows.values())), len(rows) * draws, 0)
    return {policy: [own[d] for d in range(draws)] for policy, own in rows.items()}


def _answer_of(
    first: Question, cells: Mapping[str, Sequence[Cell]], rows: Mapping[str, Sequence[Row]], kept: Sequence[int],
    left_out: tuple[str, ...],
) -> Answer:  # fmt: skip
    """Build the answer from the draws solved under every policy, `kept`."""
    own = next(iter(cells.values()))
    table, pressed = own[0].table, list(COLUMNS).index("pressed")
    values = np.array([[row[d].values for d in kept] for row in rows.values()])
    early, late = np.array([own[d].script for d in kept]).mean(axis=0).tolist()
    return Answer(
        scenario=first.scenario.name, title=first.scenario.title, question=first.scenario.question,
        coercer=table.coercer, target=table.target, policies=tuple(rows), names=dict(first.world.state_names),
        allies={policy: some[0].table.allies for policy, some in cells.items()},
        draws=len(kept), unsolved=len(own) - len(kept), left_out=left_out, values=values,
        ally_usd={
            policy: _mean_by_state([row[d].burdens for d in kept], of_policy[:, pressed])
            for (policy, row), of_policy in zip(rows.items(), values, strict=True)
        },
        leaves={policy: leaves_of(some, rows[policy]) for policy, some in cells.items()},
        cuts={
            policy: _mean_by_state([dict.fromkeys(some[d].cutters, 1.0) for d in kept])
            for policy, some in cells.items()
        },
        record=(early, late), gdp_usd=own[0].gdp(table.target) / 1e3, behaviour=first.scenario.dispute.draws,
        numbers={name: np.array([own[d].numbers[name] for d in kept]) for name in own[0].numbers},
    )  # fmt: skip


def _same_economies(questions: Mapping[str, Question]) -> list[tuple[str, ...]]:
    """Policies in groups that leave the same world before any dispute: effects of packages in it are solved once."""
    groups: dict[str, list[str]] = {}
    for policy, question in questions.items():
        with effects_of(question, 0):
            groups.setdefault(question.dyad(0).diplomacy.base.digest, []).append(policy)
    return [tuple(group) for group in groups.values()]


def _opened(
    script: Mapping[str, Sequence[Measure]], required: Sequence[str], some: tuple[Mapping[str, Question], range]
) -> dict[str, dict[int, Cell]]:
    """Open the disputes of several policies in one world, in some draws; `script` is measured under those it names."""
    questions, draws = some
    opened: dict[str, dict[int, Cell]] = {}
    for policy, question in questions.items():
        with suppress(*(() if policy in required else (NothingToPressWith,))):
            opened[policy] = dict(zip(draws, open_cells(question, script.get(policy, ()), draws), strict=True))
    return opened


def _solved_part(part: tuple[tuple[int, ...], Mapping[str, Sequence[Cell]]]) -> dict[str, list[Row]]:
    """Solve the disputes of all policies in some draws."""
    at, cells = part
    tried = [draw < FEW_DRAWS for _ in cells for draw in at]
    rows = iter(solved_rows([cell for own in cells.values() for cell in own], tried))
    return {policy: list(islice(rows, len(at))) for policy in cells}


def _mean_by_state(rows: Sequence[dict[str, float]], weight: Array | None = None) -> dict[str, float]:
    """Means over rows; a state that a row does not name counts as 0 there."""
    states = dict.fromkeys(s for row in rows for s in row)
    return {s: float(np.average([row.get(s, 0.0) for row in rows], weights=weight)) for s in states}
