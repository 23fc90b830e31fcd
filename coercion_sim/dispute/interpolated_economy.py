"""The economy of one draw as payoffs question it, its effects interpolated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from coercion_sim.arrays import Array
from coercion_sim.dispute.effects import Accuracy, Economy, bare
from coercion_sim.dispute.interpolation import BOUNDS, CLOSE, CLOSE_SIZED, HORIZONS, Economies, Interpolant
from coercion_sim.dispute.sparse_grid import Point
from coercion_sim.economy import Measure


@dataclass(frozen=True)
class DrawnSize:
    """A measure whose size is drawn: at three places of its range, and `place`, where the draw lies, -1 to 1."""

    low: Measure
    middle: Measure
    high: Measure
    place: float


@dataclass(frozen=True, eq=False)
class InterpolatedEconomy(Economy):
    """One draw's economy, its effects interpolated; solved where an interpolant is refused.

    Effects of measures whose sizes are drawn are linear in these; what an answer to them adds is that at the middle of
    their ranges. Both are compared with solved effects as interpolants are (`Economies.size_check`).

    Attributes
    ----------
    economies, scale
        The economies it is one of, and its elasticity scale.
    varying
        Measures of the scenario, by `bare`, whose sizes differ between draws; None: their effects are solved.
    errors
        Largest error of the effects given so far, (first year, long run), pct_gdp.
    refused
        Effects solved because their interpolant was too far off.
    """

    economies: Economies
    scale: float
    varying: Mapping[tuple[object, ...], DrawnSize | None] = field(default_factory=dict)
    errors: dict[str, float] = field(default_factory=lambda: dict.fromkeys(BOUNDS, 0.0))
    refused: set[str] = field(default_factory=set)
    _weights: dict[tuple[str, int], Array] = field(default_factory=dict)

    @property
    def point(self) -> Point:
        """The four numbers of this economy."""
        p = self.parameters
        assert isinstance(p.input_substitution, float)
        return self.scale, p.factor_mobility, p.adjustment_rate, p.input_substitution

    @property
    def content(self) -> str:
        """Words that tell this economy from others that give other effects, solved ones included."""
        return f"{super().content} interpolated {self.economies.content}"

    @property
    def accuracy(self) -> Accuracy:
        """How far the effects given so far are from solved ones."""
        return Accuracy(self.errors["first"], self.errors["long"], len(self.refused))

    def long_run(self, measures: Sequence[Measure]) -> Array:
        """Long-run change of real income, (N,), percent of own GDP."""
        effect = self._interpolated("long", measures, ())
        return super().long_run(measures) if effect is None else effect

    def first_year_and_long_run(self, measures: Sequence[Measure], base: Sequence[Measure] = ()) -> Array:
        """Mean of the first year and the long run, (2, N), pct_gdp; `base` are most of `measures`."""
        rows = [self._interpolated(horizon, measures, base) for horizon in HORIZONS]
        if all(row is not None for row in rows):
            return np.array(rows)
        exact = super().first_year_and_long_run(measures, base)
        return np.array([e if row is None else row for row, e in zip(rows, exact, strict=True)])

    def _interpolated(self, horizon: str, measures: Sequence[Measure], base: Sequence[Measure]) -> Array | None:
        """One row of the effects, (N,); None where it is to be solved."""
        drawn = {i: self.varying[key] for i, key in enumerate(bare(measures)) if key in self.varying}
        sizes = {i: size for i, size in drawn.items() if size is not None}
        if len(sizes) < len(drawn):
            return None
        middle, middle_base = self._with_sizes(measures, "middle"), self._with_sizes(base, "middle")
        interpolant = checked = self.economies.interpolant(
            horizon, middle, middle_base, CLOSE_SIZED if sizes else CLOSE
        )
        lows = {} if base else {i: [*middle[:i], size.low, *middle[i + 1 :]] for i, size in sizes.items()}
        if sizes and interpolant.accepted:
            high, high_base = self._with_sizes(measures, "high"), self._with_sizes(base, "high")
            checked = self.economies.size_check(horizon, middle, [*lows.values()], high, (middle_base, high_base))
        if not self._close(horizon, measures, interpolant, checked):
            return None
        effect = self._at_point(horizon, interpolant)
        if base:
            alone = self._interpolated(horizon, base, ())
            effect += super().first_year_and_long_run(base)[HORIZONS.index(horizon)] if alone is None else alone
        for i, low in lows.items():
            effect -= sizes[i].place * self._at_point(
                horizon, self.economies.interpolant(horizon, low, middle, CLOSE_SIZED)
            )
        return effect

    def _close(self, horizon: str, measures: Sequence[Measure], interpolant: Interpolant, checked: Interpolant) -> bool:
        """Whether the error at this point is within the bound; it is recorded, or the effect as refused."""
        nearness = self.economies.grids[horizon].nearness(self.point)
        error = max(interpolant.error_at(nearness), checked.error_at(nearness))
        if not checked.accepted or error > checked.bound:
            self.refused.add(f"{horizon} {bare(measures)!r}")
            return False
        self.errors[horizon] = max(self.errors[horizon], error)
        return True

    def _with_sizes(self, measures: Sequence[Measure], where: str) -> tuple[Measure, ...]:
        """The measures with sizes that are drawn at one end of their ranges, or at the middle."""
        every = zip(measures, map(self.varying.get, bare(measures)), strict=True)
        return tuple(m if drawn is None else getattr(drawn, where) for m, drawn in every)

    def _at_point(self, horizon: str, interpolant: Interpolant) -> Array:
        """Effects of an interpolant in this economy, (N,)."""
        key = horizon, len(interpolant.values)
        if key not in self._weights:
            self._weights[key] = self.economies.grids[horizon].weights(key[1], self.point)
        effect: Array = self._weights[key] @ interpolant.values
        return effect
