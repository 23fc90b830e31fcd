"""A shock: what differs from the baseline, as arrays, and how measures are combined into one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from coercion_sim.arrays import Array, Places
from coercion_sim.economy.measures import KINDS, Measure
from coercion_sim.errors import MeasureError, Problem, WorldError
from coercion_sim.world import World


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
    def taxed(self) -> Places:
        """Cells with a tariff, in the flat array."""
        return np.flatnonzero(self.tariff != 0.0)

    @property
    def tariffed(self) -> bool:
        """Whether any tariff is not 0."""
        return bool(self.taxed.size)

    def untaxed(self, values: Array) -> Array:
        """Values (S, N, N), tariffs included, less tariffs: ``values / t'``."""
        net = values.copy()
        if self.tariffed:  # few cells are, so few are divided
            net.reshape(-1)[self.taxed] /= 1.0 + self.tariff.ravel()[self.taxed]
        return net

    @cached_property
    def bordered(self) -> bool:
        """Whether the border adds anything to any price."""
        return self.tariffed or bool((self.barrier != 1.0).any())

    @cached_property
    def log_border(self) -> Array:
        """``ln(t' d)``, what the border adds to the supplier's price, (S, N, N)."""
        log_border = np.zeros(self.tariff.shape)
        flat = log_border.ravel()  # few cells are not 0, so few logs are taken
        flat[self.taxed] = np.log1p(self.tariff.ravel()[self.taxed])
        hindered = np.flatnonzero(self.barrier != 1.0)
        flat[hindered] += np.log(self.barrier.ravel()[hindered])
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
        For unknown states or sectors, a measure on a flow the world does not have, a tariff of -100 % or less, or a
        share left that is not solved for.
    """
    shock = legs = Shock.none(world)
    acting = [(m, 1.0 if quarter is None else m.strength(quarter)) for m in measures]
    acting = [(m, strength) for m, strength in acting if strength != 0.0]
    if any(m.via for m, _ in acting):
        legs = compile_shock(world, [replace(m, via="", transit=0.0, transit_cost=1.0) for m, _ in acting], quarter)
    problems = [problem for m, strength in acting for problem in _written(world, shock, m, strength, legs)]
    if problems := problems or _given_away(world, shock):
        raise MeasureError(problems)
    for name in _ARRAYS:
        getattr(shock, name).setflags(write=False)
    object.__setattr__(shock, "content", f"{world.digest} {[(*m.acts, strength) for m, strength in acting]!r}")
    return shock


def _written(world: World, shock: Shock, measure: Measure, strength: float, legs: Shock) -> list[Problem]:
    """Write one measure into a shock under construction, or return why not."""
    label = measure.name or f"{measure.kind} {measure.by}:{measure.on}"
    if measure.left is not None:
        return [Problem("size is to be solved for first: solve_shares_left", key=label, found="left")]
    try:
        _apply(world, shock, measure, strength, legs)
    except WorldError as error:
        return [replace(problem, key=label) for problem in error.problems]
    return []


def _given_away(world: World, shock: Shock) -> list[Problem]:
    """The first flow with a tariff of -100 % or less."""
    if shock.tariff.min() > -1.0:
        return []
    for j, i, n in np.argwhere(shock.tariff <= -1.0)[:1].tolist():
        flow = f"{world.sectors[j]} from {world.states[i]} to {world.states[n]}: {shock.tariff[j, i, n]:g}"
        return [Problem("subsidies add up to 100 % or more", found=flow, allowed="> -1")]
    return []


def _apply(world: World, shock: Shock, measure: Measure, strength: float, legs: Shock) -> None:
    """Write one measure into the arrays of a shock under construction; `legs` has all without their ways round."""
    kind = KINDS[measure.kind]
    if kind.side == "none" and measure.kind != "transfer":
        return  # words, patrols and rumours cross no border; who takes them need not be in the world
    by, on = world.state_index(measure.by), world.state_index(measure.on)
    if measure.kind == "transfer":
        shock.transfer[on] += measure.size * strength
        shock.transfer[by] -= measure.size * strength
        return
    exporter, importer = (by, on) if kind.side == "exporter" else (on, by)
    cells = (world.sector_indices(measure.sectors).astype(np.intp), exporter, importer)
    if kind.size == "rate":
        sign = -1.0 if measure.kind == "import_subsidy" else 1.0
        shock.tariff[cells] += sign * measure.size * strength
    elif kind.size == "open":
        size = 1.0 - (1.0 - measure.size) * strength
        shock.open[cells] *= size if not measure.via else way_round(world, measure, cells, size, legs)
    else:
        size = 1.0 + (measure.size - 1.0) * strength
        theta = world.trade_elasticity[cells[0]]
        competitive = size**-theta
        around = way_round(world, measure, cells, competitive, legs) if measure.via else competitive
        shock.barrier[cells] *= size if not measure.via else around ** (-1.0 / theta)


def way_round(
    world: World, measure: Measure, cells: tuple[Places, int, int], direct: float | Array, legs: Shock
) -> Array:
    """Competitiveness that a hindered flow keeps where a share s of its varieties may go through a third state, (J,).

    Each such variety takes the better of two ways: ``W = (1 - s) direct + s max(direct, o (d b)^-theta)``, with d the
    `transit_cost`, and o and b the product of open shares and of barriers on the two legs. The seller is paid its
    price; what transit costs melts away, nobody earns it. theta is the long run's.

    Parameters
    ----------
    cells
        Sectors (J,), exporter and importer of the flow.
    direct
        What the measure itself leaves: its `open`, or its factor to the power of -theta.
    legs
        All measures at once, without their ways round.
    """
    sectors, exporter, importer = cells
    third = world.state_index(measure.via)
    to, on = (sectors, exporter, third), (sectors, third, importer)
    cost = measure.transit_cost * legs.barrier[to] * legs.barrier[on]
    around = legs.open[to] * legs.open[on] * cost ** -world.trade_elasticity[sectors]
    competitive: Array = (1.0 - measure.transit) * direct + measure.transit * np.maximum(direct, around)
    return competitive
