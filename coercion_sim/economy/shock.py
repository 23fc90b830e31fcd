"""Measures in force, turned into the arrays the equilibrium sees."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from coercion_sim.economy.measures import KINDS, Measure
from coercion_sim.errors import MeasureError, Problem, WorldError
from coercion_sim.world import World

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Shock:
    """What differs from the baseline. S sectors, N states.

    Attributes
    ----------
    tariff : (S, N, N)
        Counterfactual ad-valorem tariff t' - 1, fraction; negative where a subsidy exceeds the tariff.
    barrier : (S, N, N)
        Iceberg factor d > 0 on delivered prices, ratio to the baseline.
    open : (S, N, N)
        Share in [0, 1] of the exporter's competitiveness left in that market.
    productivity : (S, N)
        A, ratio to the baseline.
    transfer : (N,)
        B', US$ million a year received less paid; sums to 0.
    content
        The measures it was made of, in words that are equal only where all of it is. Its arrays are then read-only;
        empty for arrays given as such, and for altered copies.
    """

    tariff: Array
    barrier: Array
    open: Array
    productivity: Array
    transfer: Array
    content: str = field(default="", init=False)

    @classmethod
    def none(cls, world: World) -> Shock:
        """No change at all."""
        S, N = world.shape
        return cls(world.tariff.copy(), np.ones((S, N, N)), np.ones((S, N, N)), np.ones((S, N)), np.zeros(N))

    @cached_property
    def tariffed(self) -> bool:
        """Whether any tariff is not 0."""
        return bool(self.tariff.any())

    @cached_property
    def bordered(self) -> bool:
        """Whether the border adds anything to any price."""
        return self.tariffed or bool((self.barrier != 1.0).any())

    @cached_property
    def log_border(self) -> Array:
        """``ln(t' d)``, what the border adds to the supplier's price, (S, N, N)."""
        log_border = np.zeros(self.tariff.shape)
        if self.bordered:  # few cells are, so few logs are taken
            flat = log_border.ravel()
            for factor, logarithm, nothing in ((self.tariff, np.log1p, 0.0), (self.barrier, np.log, 1.0)):
                cells = np.flatnonzero(factor != nothing)
                flat[cells] += logarithm(factor.ravel()[cells])
        return log_border

    def same_as(self, other: Shock) -> bool:
        """Whether every array equals the other's, bit for bit."""
        if self is other or (self.content and self.content == other.content):
            return True
        return all(np.array_equal(getattr(self, name), getattr(other, name)) for name in _ARRAYS)


_ARRAYS = ("tariff", "barrier", "open", "productivity", "transfer")


def compile_shock(world: World, measures: Iterable[Measure], quarter: int | None = None) -> Shock:
    """Combine measures into one shock: factors and open shares on one flow multiply, tariffs on one flow add.

    Parameters
    ----------
    world
        Gives labels and baseline tariffs.
    measures
        Those not in force in `quarter` are skipped.
    quarter
        Quarter counted from 0; None takes every measure at full strength.

    Raises
    ------
    MeasureError
        For unknown states or sectors, a measure on a flow the world does not have, or a tariff of -100 % or less.
    """
    shock = Shock.none(world)
    problems: list[Problem] = []
    content: list[tuple[object, ...]] = []
    for measure in measures:
        strength = 1.0 if quarter is None else measure.strength(quarter)
        if strength == 0.0:
            continue
        try:
            _apply(world, shock, measure, strength)
            content.append((measure.kind, measure.by, measure.on, measure.sectors, measure.size, strength))
        except WorldError as error:
            problems += [
                Problem(
                    p.message,
                    key=measure.name or measure.kind,
                    found=p.found,
                    allowed=p.allowed,
                    suggestion=p.suggestion,
                )
                for p in error.problems
            ]
    if not problems and (shock.tariff <= -1.0).any():
        j, i, n = (int(x) for x in np.argwhere(shock.tariff <= -1.0)[0])
        where = f"{world.sectors[j]} from {world.states[i]} to {world.states[n]}"
        problems.append(
            Problem("subsidies add up to 100 % or more", found=f"{where}: {shock.tariff[j, i, n]:g}", allowed="> -1")
        )
    if problems:
        raise MeasureError(problems)
    for name in _ARRAYS:
        getattr(shock, name).setflags(write=False)
    object.__setattr__(shock, "content", f"{world.digest} {content!r}")
    return shock


def _apply(world: World, shock: Shock, measure: Measure, strength: float) -> None:
    """Write one measure into the arrays of a shock under construction."""
    kind = KINDS[measure.kind]
    if kind.side == "none" and measure.kind != "transfer":
        return  # words, patrols and rumours cross no border; who takes them need not be in the world
    by, on = world.state_index(measure.by), world.state_index(measure.on)
    if measure.kind == "transfer":
        shock.transfer[on] += measure.size * strength
        shock.transfer[by] -= measure.size * strength
        return
    exporter, importer = (by, on) if kind.side == "exporter" else (on, by)
    cells = (world.sector_indices(measure.sectors), exporter, importer)
    if kind.size == "rate":
        sign = -1.0 if measure.kind == "import_subsidy" else 1.0
        shock.tariff[cells] += sign * measure.size * strength
    elif kind.size == "open":
        shock.open[cells] *= 1.0 - (1.0 - measure.size) * strength
    else:
        shock.barrier[cells] *= 1.0 + (measure.size - 1.0) * strength
