"""Effects of measures as functions of the economy's uncertain numbers, interpolated between a few solved economies."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from hashlib import sha256
from itertools import pairwise

import numpy as np

from coercion_sim.arrays import Array
from coercion_sim.dispute.along_grid import Solved, added, keep
from coercion_sim.dispute.effects import TABLE_TOLERANCE, Course, bare, first_year, sized_by_pair
from coercion_sim.dispute.sparse_grid import Grid, Point, Range
from coercion_sim.economy import EconomyParameters, Measure, compile_shock, size_shares_left, solve_equilibrium
from coercion_sim.errors import ConvergenceError
from coercion_sim.rng import generator
from coercion_sim.world import World

#: Largest error of an interpolated effect, percent of GDP a year: 5e-3 changes the odds of a choice by 4 % at Lambda 6
#: and a stake of .7, far less than stakes differ between disputes. Or this part of the effect, if that is more.
BOUNDS = {"first": 5e-3, "long": 1e-3}
RELATIVE_BOUND = 5e-3
#: Parts of its bound below which an error at drawn economies ends refinement, at a corner twice that: elsewhere it may
#: be larger. The second where sizes are drawn, whose own error is added.
CLOSE, CLOSE_SIZED = 0.5, 0.1
#: Largest error found near the lowest corner, as a multiple of the corner's own times its weight (2.2), rounded up.
STEEP = 2.5
#: Rows of an effect.
HORIZONS = ("first", "long")


@dataclass(frozen=True, eq=False)
class Interpolant:
    """Effects at the first n nodes of a grid, (n, N), pct_gdp, and how far off they are.

    Attributes
    ----------
    values
        The effects.
    error
        The largest at economies checked; where the last nodes differed by more from what those before them gave, that.
        Between the economies checked it can be larger.
    low
        That where every number is lowest and effects are largest. It grows steeply towards this corner, so an economy
        next to it is judged by itself: `STEEP` times `low` times the corner's weight (`Grid.nearness`).
    bound
        The largest accepted.
    """

    values: Array = field(default_factory=lambda: np.zeros((0, 0)))
    error: float = math.inf
    low: float = 0.0
    bound: float = 0.0

    @property
    def accepted(self) -> bool:
        """Whether it is within its bound away from the lowest corner."""
        return self.error <= self.bound

    def error_at(self, nearness: float) -> float:
        """Largest error, pct_gdp, in economies this near to the lowest corner."""
        return max(self.error, STEEP * self.low * nearness)


@dataclass(eq=False)
class Economies:
    """Economies that differ in elasticity scale, factor mobility, adjustment rate and input substitution alone.

    Attributes
    ----------
    ranges
        Of the four numbers.
    world_at
        The world at a scale, a mobility and an elasticity of substitution, with what stands there anyway.
    parameters
        The other parameters.
    known
        Interpolants by key, those of the payoff cache included; `changed` where one has been added.
    """

    ranges: tuple[Range, Range, Range, Range]
    world_at: Callable[[float, float, float], World]
    parameters: EconomyParameters
    known: dict[str, Interpolant] = field(default_factory=dict)
    changed: bool = False
    _worlds: dict[tuple[float, float, float], World] = field(default_factory=dict)
    _alone: dict[tuple[object, ...], Solved[Array]] = field(default_factory=dict)
    _sizes: dict[tuple[object, ...], Solved[tuple[Measure, ...]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Leave out of the parameters what the ranges hold, and what does not change an answer."""
        ranged = {"factor_mobility": 1.0, "adjustment_rate": 1.0, "input_substitution": 1.0}
        self.parameters = replace(self.parameters, **ranged, tolerance=TABLE_TOLERANCE)  # type: ignore[arg-type]

    @cached_property
    def grids(self) -> dict[str, Grid]:
        """Grids by horizon: the adjustment rate does not matter in the long run."""
        scale, mobility, rate, substitution = self.ranges
        middle = Range(rate.inside(0.5), rate.inside(0.5))
        return {"first": Grid(self.ranges), "long": Grid((scale, mobility, middle, substitution))}

    def holds(self, point: Point) -> bool:
        """Whether every number lies in its range."""
        return all(r.holds(x) for r, x in zip(self.ranges, point, strict=True))

    @cached_property
    def content(self) -> str:
        """Words that tell these economies from others: worlds at first nodes of the long run, ranges, parameters."""
        grid = self.grids["long"]
        worlds = [self._world(s, k, x).digest for s, k, _, x in grid.nodes[: grid.sizes[0]]]
        return f"{worlds} {self.ranges!r} {self.parameters!r}"

    def interpolant(
        self, horizon: str, measures: Sequence[Measure], base: Sequence[Measure] = (), close: float = CLOSE
    ) -> Interpolant:
        """Effects of measures in the ``first`` year or the ``long`` run; with `base`, what they add to these alone.

        Refinement ends where the error is this part of its bound.

        Raises
        ------
        NoSupplierError
            Where measures leave a buyer without any supplier.
        """
        key = sha256(repr((horizon, bare(measures), bare(base), close)).encode()).hexdigest()[:24]
        if key not in self.known:
            self.known[key] = self._build(horizon, measures, base, close)
            self.changed = True
        return self.known[key]

    def _build(self, horizon: str, measures: Sequence[Measure], base: Sequence[Measure], close: float) -> Interpolant:
        """Solve the nodes of a grid level by level until the error is well within its bound, if it ever is.

        The last nodes must have been within the bound of what those before them gave, lest few checks agree by luck.
        """
        grid, last = self.grids[horizon], Interpolant()
        with suppress(ConvergenceError):
            solved = self._solved(horizon, measures, base)
            exact = [added(solved, point, grid.sizes[0]) for point in (*self._checks, self._lowest)]
            for before, n in pairwise((1, *grid.sizes)):
                values = np.array([added(solved, node, k) for k, node in enumerate(grid.nodes[:n])])
                guesses = [grid.weights(n, point) @ values for point in (*self._checks, self._lowest)]
                *drawn, corner, low = np.abs(np.subtract(guesses, exact)).max(axis=1).tolist()
                ahead = [grid.weights(before, node) @ values[:before] for node in grid.nodes[before:n]]
                surplus = float(np.abs(np.subtract(ahead, values[before:])).max(initial=0.0)) if ahead else 0.0
                last = Interpolant(values, max(*drawn, corner, surplus), low, _bound(horizon, values))
                if last.accepted and max(*drawn, corner / 2.0) <= close * last.bound:
                    break
        return last

    def size_check(
        self,
        horizon: str,
        at_middle: Sequence[Measure],
        at_low: Sequence[Sequence[Measure]],
        at_high: Sequence[Measure],
        bases: tuple[Sequence[Measure], Sequence[Measure]] = ((), ()),
    ) -> Interpolant:
        """Compare effects linear in sizes of measures with solved ones where every size is at its high end.

        Parameters
        ----------
        horizon
            ``first`` or ``long``.
        at_middle, at_high
            The measures with every size that is drawn at the middle, and at the high end, of its range.
        at_low
            The measures at the middle but for one size at its low end, for each that the effect depends on.
        bases
            As `interpolant` takes it, at the middle and at the high end.
        """
        key = sha256(repr(("sizes", horizon, bare(at_high), bare(at_middle), bare(bases[0]))).encode()).hexdigest()[:24]
        if key not in self.known:
            middle = self.interpolant(horizon, at_middle, bases[0], CLOSE_SIZED)
            parts = [middle, *(self.interpolant(horizon, low, at_middle, CLOSE_SIZED) for low in at_low)]
            checked = Interpolant(bound=middle.bound)
            with suppress(ConvergenceError):
                if all(part.accepted for part in parts):
                    off = partial(self._off_linear, horizon, at_high, bases[1], parts)
                    checked = replace(checked, error=max(map(off, self._checks)), low=off(self._lowest))
            self.known[key] = checked
            self.changed = True
        return self.known[key]

    def _off_linear(
        self,
        horizon: str,
        measures: Sequence[Measure],
        base: Sequence[Measure],
        parts: Sequence[Interpolant],
        point: Point,
    ) -> float:
        """Largest difference of solved effects, less those of `base`, from the first part less the others."""
        alone, course = self._solve(horizon, base, point, ()) if base else (0.0, ())
        exact = self._solve(horizon, measures, point, course)[0] - alone
        middle, *lows = (self.grids[horizon].weights(len(p.values), point) @ p.values for p in parts)
        return float(np.abs(middle - sum(lows) - exact).max())

    @cached_property
    def _checks(self) -> list[Point]:
        """Economies at which effects are compared: two drawn, and a corner, where polynomials are farthest off."""
        a, b, c, d = self.ranges
        drawn = generator(0, "payoff check").random((2, 4)).tolist()
        inside = [(a.inside(x), b.inside(y), c.inside(z), d.inside(u)) for x, y, z, u in drawn]
        return [*inside, (a.low, b.high, c.low, d.low)]

    @cached_property
    def _lowest(self) -> Point:
        """The economy where everything is hardest to replace."""
        a, b, c, d = self.ranges
        return a.low, b.low, c.low, d.low

    def _world(self, scale: float, mobility: float, substitution: float) -> World:
        at = (scale, mobility, substitution)
        if at not in self._worlds:
            self._worlds[at] = self.world_at(*at)
        return self._worlds[at]

    def _solved(self, horizon: str, measures: Sequence[Measure], base: Sequence[Measure] = ()) -> Solved[Array]:
        """Effects and courses of measures; those without a base are kept."""
        solve = partial(self._solve, horizon, measures)
        if base:
            return Solved(solve, self.grids[horizon], self._solved(horizon, base))
        return keep(self._alone, (horizon, bare(measures)), Solved(solve, self.grids[horizon]))

    def _economy(self, point: Point) -> tuple[World, EconomyParameters]:
        """World and parameters at a point."""
        scale, mobility, rate, substitution = point
        numbers = {"factor_mobility": mobility, "adjustment_rate": rate, "input_substitution": substitution}
        return self._world(scale, mobility, substitution), replace(self.parameters, **numbers)  # type: ignore[arg-type]

    def _solve(self, horizon: str, measures: Sequence[Measure], point: Point, near: Course) -> tuple[Array, Course]:
        """Effects of measures, (N,), and where the solver ended, setting out from `near`."""
        world, parameters = self._economy(point)
        shock = compile_shock(world, sized_by_pair(measures, partial(self._sized, point)))
        if horizon == "first":
            return first_year(world, parameters, shock, near)
        settled = solve_equilibrium(world, shock=shock, parameters=parameters, start=near[0] if near else None)
        return settled.welfare_pct_gdp, (settled.unknowns,)

    def _sized(self, point: Point, measures: Sequence[Measure]) -> tuple[Measure, ...]:
        """Measures of a pair with their sizes: those of the long run, which are the same at every adjustment rate."""
        scale, mobility, _, substitution = point
        grid = self.grids["long"]
        at = scale, mobility, grid.ranges[2].low, substitution
        solved = keep(self._sizes, bare(measures), Solved(partial(self._size, measures), grid))
        return solved.at(at, grid.places.get(at, grid.sizes[0]))[0]

    def _size(self, measures: Sequence[Measure], point: Point, near: Course) -> tuple[tuple[Measure, ...], Course]:
        """Measures with their sizes, and where the solver ended, setting out from `near`."""
        world, parameters = self._economy(point)
        sizing = size_shares_left(world, measures, parameters, near)
        return sizing.measures, sizing.course


def _bound(horizon: str, values: Array) -> float:
    """Largest error accepted of an interpolant of these values."""
    return max(BOUNDS[horizon], RELATIVE_BOUND * float(np.abs(values).max(initial=0.0)))
