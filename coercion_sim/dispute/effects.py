"""Effects of measures on states, solved from the economy once in a process, and kept between commands on request."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from hashlib import sha256
from itertools import chain

import numpy as np

from coercion_sim.arrays import Array
from coercion_sim.economy import (
    EconomyParameters,
    Measure,
    Shock,
    compile_shock,
    next_quarter,
    solve_equilibrium,
    solve_shares_left,
    start_market,
)
from coercion_sim.world import World

#: Unknowns of the solver in each quarter of a first year, then in the long run.
Course = tuple[Array, ...]
#: Courses kept; each is five vectors of unknowns.
MOST_COURSES = 32
#: Quarters of a year.
YEAR = 4
#: Largest residual to which the effects behind payoffs are solved, unless less is asked for, and the errors it leaves,
#: percent of GDP.
TABLE_TOLERANCE, TABLE_ERROR = 1e-6, 2e-5
#: Answers kept; each is a few hundred bytes.
MOST = 100_000


@dataclass
class EffectStore:
    """Answers by key, in this process. They are functions of their key, so sharing them changes no result.

    Attributes
    ----------
    stored
        Answers of an earlier command, by `name_of` their key.
    used
        Answers given since a file was opened for them (`effects_kept`), by name; None without a file.
    """

    answers: dict[tuple[object, ...], Array] = field(default_factory=dict)
    courses: dict[tuple[object, ...], Course] = field(default_factory=dict)
    stored: dict[str, Array] = field(default_factory=dict)
    used: dict[str, Array] | None = None

    def answer(self, key: tuple[object, ...], solve: Callable[[], Array]) -> Array:
        """Return the answer of this key, solving it only if nobody has."""
        name = "" if self.used is None else name_of(key)
        if key not in self.answers:
            self._keep(key, self.stored[name] if name in self.stored else solve())
        if self.used is not None:
            self.used[name] = self.answers[key]
        return self.answers[key]

    def long_run(self, world: World, parameters: EconomyParameters, measures: Sequence[Measure]) -> Array:
        """Long-run change of real income, (N,), percent of own GDP."""

        def solve() -> Array:
            return solve_equilibrium(world, sized(world, parameters, measures), parameters=parameters).welfare_pct_gdp

        return self.answer(("long", world.digest, parameters, bare(measures)), solve)

    def trade_between(
        self,
        world: World,
        parameters: EconomyParameters,
        measures: Sequence[Measure],
        pair: tuple[str, str],
        sectors: Sequence[str],
    ) -> float:
        """Long-run trade of a pair both ways in these sectors, share of baseline trade; 1 where they do not trade."""
        content = (world.digest, parameters, bare(measures))

        def solve() -> Array:
            a, b = (world.state_index(s) for s in pair)
            j = world.sector_indices(sectors)
            before = float(world.flows[j, a, b].sum() + world.flows[j, b, a].sum())
            left = 1.0
            if before > 0.0 and measures:
                settled = solve_equilibrium(world, sized(world, parameters, measures), parameters=parameters)
                self._keep(("long", *content), settled.welfare_pct_gdp)
                left = float(settled.flows[j, a, b].sum() + settled.flows[j, b, a].sum()) / before
            return np.array(left)

        return float(self.answer(("trade", *content, pair, tuple(sectors)), solve))

    def first_year_and_long_run(
        self, world: World, parameters: EconomyParameters, measures: Sequence[Measure], base: Sequence[Measure] = ()
    ) -> Array:
        """Mean of the first four quarters of measures held from now on, and the long run: (2, N), pct_gdp.

        `base` are most of `measures`; the solver sets out from the course of these alone. The
        rest then moves little, and takes two thirds of the sweeps.
        """
        content = (world.digest, parameters, bare(measures))

        def solve() -> Array:
            near = self._course(world, parameters, base) if base else ()
            effect, course = self._solve(world, parameters, measures, near)
            if not base:
                self._keep_course(content, course)
            return effect

        return self.answer(("both", *content, bare(base)), solve)

    def _course(self, world: World, parameters: EconomyParameters, measures: Sequence[Measure]) -> Course:
        """Where the solver ended in each quarter of a first year and in the long run."""
        key = (world.digest, parameters, bare(measures))
        if key not in self.courses:
            self._keep_course(key, self._solve(world, parameters, measures, ())[1])
        return self.courses[key]

    def _keep_course(self, key: tuple[object, ...], course: Course) -> None:
        """Keep one course, forgetting the oldest."""
        if len(self.courses) >= MOST_COURSES:
            self.courses.pop(next(iter(self.courses)))
        self.courses[key] = course

    def _solve(
        self, world: World, parameters: EconomyParameters, measures: Sequence[Measure], near: Course
    ) -> tuple[Array, Course]:
        """Effects (2, N) and course of measures, the solver setting out from a course that is near, if any."""
        shock = compile_shock(world, sized(world, parameters, measures))
        first, course = first_year(world, parameters, shock, near)
        begin = near[YEAR] + (course[-1] - near[YEAR - 1]) if near else course[-1]
        settled = solve_equilibrium(world, shock=shock, parameters=parameters, start=begin)
        return np.array([first, settled.welfare_pct_gdp]), (*course, settled.unknowns)

    def _keep(self, key: tuple[object, ...], effect: Array) -> None:
        if len(self.answers) >= MOST:
            self.answers.pop(next(iter(self.answers)))
        kept = np.array(effect)
        kept.setflags(write=False)
        self.answers[key] = kept


def name_of(key: tuple[object, ...]) -> str:
    """Name of an answer in a file: a hash of its key."""
    return sha256(repr(key).encode()).hexdigest()[:24]


def first_year(world: World, parameters: EconomyParameters, shock: Shock, near: Course = ()) -> tuple[Array, Course]:
    """Mean change of real income over the first four quarters, (N,), pct_gdp, and the course of the quarters.

    The solver sets out from a course that is `near`, if any.
    """
    market = start_market(world, parameters)
    first, course = np.zeros(len(world.states)), list[Array]()
    for quarter in range(YEAR):
        start = near[quarter] + (course[-1] - near[quarter - 1] if quarter else 0.0) if near else None
        market = next_quarter(market, shock, start)
        first += market.equilibrium.welfare_pct_gdp / YEAR
        course.append(market.equilibrium.unknowns)
    return first, tuple(course)


def bare(measures: Sequence[Measure]) -> tuple[tuple[object, ...], ...]:
    """Measures without names and dates: all at full strength."""
    return tuple(m.acts for m in measures)


def sized(world: World, parameters: EconomyParameters, measures: Sequence[Measure]) -> tuple[Measure, ...]:
    """Measures with their sizes: those of one state on another leave the shares they state while nobody answers.

    See `solve_shares_left` for errors.
    """
    return sized_by_pair(measures, lambda own: solve_shares_left(world, own, parameters))


def sized_by_pair(
    measures: Sequence[Measure], solve: Callable[[Sequence[Measure]], tuple[Measure, ...]]
) -> tuple[Measure, ...]:
    """Measures with sizes solved for a pair at a time: answers to them do not change their sizes."""
    pairs = dict.fromkeys((m.by, m.on) for m in measures if m.left is not None)
    own = (solve([m for m in measures if (m.by, m.on) == pair]) for pair in pairs)
    return (*chain.from_iterable(own), *(m for m in measures if (m.by, m.on) not in pairs))


@lru_cache(maxsize=1)
def effect_store() -> EffectStore:
    """The store of this process."""
    return EffectStore()


@dataclass(frozen=True)
class Accuracy:
    """How exact interpolated effects are: largest differences found from solved ones, percent of GDP a year.

    `solved` is the number of effects that were solved instead, because their interpolants were too far off.
    """

    first_year: float
    long_run: float
    solved: int


@dataclass(frozen=True, eq=False)
class Economy:
    """One economy as payoffs question it; every effect is solved to `TABLE_TOLERANCE`, once in a process."""

    world: World
    parameters: EconomyParameters

    @cached_property
    def _for_tables(self) -> EconomyParameters:
        """The parameters, solved no closer than payoffs need."""
        return replace(self.parameters, tolerance=max(self.parameters.tolerance, TABLE_TOLERANCE))

    @property
    def content(self) -> str:
        """Words that tell this economy from others that give other effects."""
        return f"{self.world.digest} {self.parameters!r}"

    @property
    def accuracy(self) -> Accuracy | None:
        """How far the effects given so far are from solved ones; None: they are solved."""
        return None

    def long_run(self, measures: Sequence[Measure]) -> Array:
        """Long-run change of real income, (N,), percent of own GDP."""
        return effect_store().long_run(self.world, self._for_tables, measures)

    def first_year_and_long_run(self, measures: Sequence[Measure], base: Sequence[Measure] = ()) -> Array:
        """Mean of the first year and the long run, (2, N), pct_gdp; `base` are most of `measures`."""
        return effect_store().first_year_and_long_run(self.world, self._for_tables, measures, base)
