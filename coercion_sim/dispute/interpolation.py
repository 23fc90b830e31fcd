"""Effects of measures as functions of the economy's uncertain numbers, interpolated between a few solved economies."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from itertools import product

import numpy as np

from coercion_sim.dispute.chebyshev import Range
from coercion_sim.dispute.effects import TABLE_TOLERANCE, Array, Course, bare, first_year, sized
from coercion_sim.economy import EconomyParameters, Measure, compile_shock, solve_equilibrium
from coercion_sim.errors import ConvergenceError
from coercion_sim.rng import generator
from coercion_sim.world import World

#: Elasticity scale, factor mobility kappa, adjustment rate nu, elasticity of substitution between inputs sigma.
Point = tuple[float, float, float, float]
#: Nodes by dimension.
Shape = tuple[int, int, int, int]
NO_MESH: Shape = (0, 0, 0, 0)
#: Meshes tried in turn until the error is within its bound, by (first year or long run, with a base or alone).
MESHES: dict[tuple[str, bool], tuple[Shape, ...]] = {
    ("first", False): ((3, 2, 4, 3), (4, 3, 5, 4)),
    ("first", True): ((3, 2, 3, 3), (4, 3, 5, 4)),
    ("long", False): ((3, 3, 1, 3), (4, 4, 1, 4)),
    ("long", True): ((3, 3, 1, 3), (4, 4, 1, 4)),
}
#: Largest error of an interpolated effect, percent of GDP a year: 5e-3 changes the odds of a choice by 4 % at Lambda 6
#: and a stake of .7, far less than stakes differ between disputes. Or this part of the effect, if that is more.
BOUNDS = {"first": 5e-3, "long": 1e-3}
RELATIVE_BOUND = 5e-3
#: Courses under bases kept to set out from.
MOST_COURSES = 512
#: Rows of an effect.
HORIZONS = ("first", "long")


@dataclass(frozen=True, eq=False)
class Interpolant:
    """Effects at the nodes of a mesh, (n_1 n_2 n_3 n_4, N), pct_gdp, and the largest error; values only if small."""

    shape: Shape
    values: Array
    error: float
    accepted: bool


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
    _courses: dict[tuple[object, ...], tuple[Array, Course]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Leave out of the parameters what the ranges hold, and what does not change an answer."""
        ranged = {"factor_mobility": 1.0, "adjustment_rate": 1.0, "input_substitution": 1.0}
        self.parameters = replace(self.parameters, **ranged, tolerance=TABLE_TOLERANCE)  # type: ignore[arg-type]

    @cached_property
    def _states(self) -> int:
        """Number of states."""
        scales, mobilities, _, substitutions = self.ranges
        return len(self._world(scales.nodes(3)[0], mobilities.nodes(3)[0], substitutions.nodes(3)[0]).states)

    def holds(self, point: Point) -> bool:
        """Whether every number lies in its range."""
        return all(r.holds(x) for r, x in zip(self.ranges, point, strict=True))

    @cached_property
    def content(self) -> str:
        """Words that tell these economies from others: worlds at the nodes of the long run, ranges, parameters."""
        scales, mobilities, _, substitutions = (r.nodes(3) for r in self.ranges)
        worlds = [self._world(*at).digest for at in product(scales, mobilities, substitutions)]
        return f"{worlds} {self.ranges!r} {self.parameters!r}"

    def interpolant(self, horizon: str, measures: Sequence[Measure], base: Sequence[Measure] = ()) -> Interpolant:
        """Effects of measures in the ``first`` year or the ``long`` run; with `base`, what they add to these alone.

        Raises
        ------
        NoSupplierError
            Where measures leave a buyer without any supplier.
        """
        key = sha256(repr((horizon, bare(measures), bare(base))).encode()).hexdigest()[:24]
        if key not in self.known:
            self.known[key] = self._build(horizon, measures, base)
            self.changed = True
        return self.known[key]

    def _build(self, horizon: str, measures: Sequence[Measure], base: Sequence[Measure]) -> Interpolant:
        """Solve the nodes of a mesh, and of a finer one while the error exceeds its bound; warn if none does."""
        points = self._checks()
        last = Interpolant(NO_MESH, np.zeros((0, 0)), math.inf, False)
        with suppress(ConvergenceError):
            exact = self._nodes(horizon, measures, base, points)
            for shape in MESHES[horizon, bool(base)]:
                nodes = [r.nodes(n) for r, n in zip(self.ranges, shape, strict=True)]
                values = self._nodes(horizon, measures, base, [(s, k, nu, x) for s, k, nu, x in product(*nodes)])
                guesses = np.array([self.weights(shape, point) @ values for point in points])
                error = float(np.abs(guesses - exact).max())
                bound = max(BOUNDS[horizon], RELATIVE_BOUND * float(np.abs(values).max()))
                last = Interpolant(shape, values, error, error <= bound)
                if last.accepted:
                    return last
        _warn(horizon, measures, last.error)
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
            middle = self.interpolant(horizon, at_middle, bases[0])
            parts = [middle, *(self.interpolant(horizon, low, at_middle) for low in at_low)]
            points, error = self._checks(), math.inf
            with suppress(ConvergenceError):
                exact = self._nodes(horizon, at_high, bases[1], points)
                if all(part.accepted for part in parts):
                    guess = [[self.weights(p.shape, point) @ p.values for p in parts] for point in points]
                    error = float(np.abs([g[0] - sum(g[1:]) - e for g, e in zip(guess, exact, strict=True)]).max())
            bound = max(BOUNDS[horizon], RELATIVE_BOUND * float(np.abs(middle.values).max(initial=0.0)))
            if error > bound and middle.accepted:
                _warn(horizon, at_high, error)
            self.known[key] = Interpolant(NO_MESH, np.zeros((0, 0)), error, error <= bound)
            self.changed = True
        return self.known[key]

    def weights(self, shape: Shape, point: Point) -> Array:
        """Weights of the nodes of a mesh at a point, (n_1 n_2 n_3 n_4,)."""
        weights = np.ones(1)
        for r, n, x in zip(self.ranges, shape, point, strict=True):
            weights = np.outer(weights, r.weights(n, x)).ravel()
        return weights

    def _checks(self) -> list[Point]:
        """Economies at which effects are compared: one drawn, and a corner, where polynomials are farthest off."""
        a, b, c, d = self.ranges
        x, y, z, u = generator(0, "payoff check").random(4).tolist()
        return [(a.inside(x), b.inside(y), c.inside(z), d.inside(u)), (a.low, b.high, c.low, d.low)]

    def _world(self, scale: float, mobility: float, substitution: float) -> World:
        at = (scale, mobility, substitution)
        if at not in self._worlds:
            self._worlds[at] = self.world_at(*at)
        return self._worlds[at]

    def _nodes(self, horizon: str, measures: Sequence[Measure], base: Sequence[Measure], points: list[Point]) -> Array:
        """Effects of measures less those of `base`, (len(points), N).

        The solver sets out from the node before, moved by as much as the course under `base` differs between the two.
        """
        effects, course, under = np.zeros((len(points), self._states)), Course(), Course()
        for row, point in enumerate(points):
            moved, (alone, here) = under, self._under_base(horizon, base, point)
            if course and base:
                course = tuple(h + c - m for h, c, m in zip(here, course, moved, strict=True))
            effect, course = self._solve(horizon, measures, point, course or here)
            effects[row], under = effect - alone, here
        return effects

    def _under_base(self, horizon: str, base: Sequence[Measure], point: Point) -> tuple[Array, Course]:
        """Effects of `base` and its course at one point; zeros without a base."""
        if not base:
            return np.zeros(self._states), ()
        key = (horizon, bare(base), point)
        if key not in self._courses:
            if len(self._courses) >= MOST_COURSES:
                self._courses.pop(next(iter(self._courses)))
            self._courses[key] = self._solve(horizon, base, point, ())
        return self._courses[key]

    def _solve(self, horizon: str, measures: Sequence[Measure], point: Point, near: Course) -> tuple[Array, Course]:
        """Effects of measures, (N,), and where the solver ended, setting out from `near`."""
        scale, mobility, rate, substitution = point
        world = self._world(scale, mobility, substitution)
        parameters = replace(
            self.parameters, factor_mobility=mobility, adjustment_rate=rate, input_substitution=substitution
        )
        shock = compile_shock(world, sized(world, parameters, measures))
        if horizon == "first":
            return first_year(world, parameters, shock, near)
        settled = solve_equilibrium(world, shock=shock, parameters=parameters, start=near[0] if near else None)
        return settled.welfare_pct_gdp, (settled.unknowns,)


def _warn(horizon: str, measures: Sequence[Measure], error: float) -> None:
    """Warn that effects are solved because their interpolant is too far off."""
    names = ", ".join(dict.fromkeys(f"{m.kind} {m.by}-{m.on}" for m in measures))
    warnings.warn(
        f"effects of {names} are solved for every draw: interpolated between economies they are off by up to"
        f" {error:.1g} % of GDP ({'first year' if horizon == 'first' else 'long run'})",
        stacklevel=3,
    )
