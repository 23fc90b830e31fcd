"""Measures stated by the share of trade that is left, and the competitiveness or iceberg factor that leaves it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from coercion_sim.arrays import Array, Bools
from coercion_sim.economy.measures import KINDS, Measure
from coercion_sim.economy.parameters import EconomyParameters
from coercion_sim.economy.solver import solve_equilibrium
from coercion_sim.errors import MeasureError, Problem
from coercion_sim.world import World

Cell = tuple[int, int, int]
#: Largest error of the log of a share left, as a multiple of the residual of the equilibrium in which it is accepted.
PER_RESIDUAL = 10.0
#: On the way the residual is `LOOSE`, or this part of the error met last.
LOOSE, PART = 1e-5, 1e-2
#: Equilibria tried; a dozen are usual.
MOST_TRIALS = 60
#: Error of the log of a share left below which that share no longer moves the others.
SETTLED = 1e-4
#: Longest step of a log factor.
LONGEST = 3.0
#: Answers kept in this process.
MOST = 256


@dataclass(frozen=True)
class _Stated:
    """One sector of a measure that states its share left, and the flow it acts on."""

    measure: Measure
    sector: str
    cell: Cell
    theta: float

    def sized(self, log_factor: float) -> Measure:
        """Ordinary measure that scales competitiveness by ``exp(log_factor)``; an iceberg factor does so by d^-theta.

        A factor above 1, tried on the way, counts as 1.
        """
        x = min(0.0, log_factor)
        size = math.exp(x) if KINDS[self.measure.kind].size == "open" else math.exp(-x / self.theta)
        return replace(self.measure, sectors=(self.sector,), size=size, left=None)


@dataclass(frozen=True, eq=False)
class Sizing:
    """Ordinary measures instead of those that state a share left, and where the solver ended.

    Attributes
    ----------
    measures
        In the order of those given.
    course
        Log factors, (n,), derivatives of log shares left by them, (n, n), and unknowns of the equilibrium; empty where
        no size is solved for.
    """

    measures: tuple[Measure, ...]
    course: tuple[Array, ...] = ()


def solve_shares_left(
    world: World, measures: Sequence[Measure], parameters: EconomyParameters | None = None
) -> tuple[Measure, ...]:
    """Replace measures that state `left` by ordinary ones, one for each sector, whose size leaves that share of trade.

    In the static long-run equilibrium (model.md §2) with **all** `measures` at full strength whatever their dates,
    sales of the sector from exporter to importer, net of tariffs and in the numeraire (world factor income), are
    ``left`` times those of the baseline. The sizes of all such measures are solved jointly, by Broyden's method in the
    log of competitiveness (Broyden 1965). A sector the pair does not trade takes ``left`` for `open` and no barrier.

    Parameters
    ----------
    world, parameters
        The economy; defaults of the model page.
    measures
        Those of one package; measures with a size of their own come back as they are, in place.

    Raises
    ------
    MeasureError
        Where two measures state the share left of one flow, a barrier is to leave nothing, the other measures
        already leave less than the share stated, or no size leaves it, as where a buyer has one seller alone.
    NoSupplierError
        Where a buyer is left without any supplier.
    """
    if all(m.left is None for m in measures):
        return tuple(measures)
    return _kept(_World(world), tuple(measures), parameters or EconomyParameters())


@dataclass(frozen=True, eq=False)
class _World:
    """A world, equal to another of the same digest."""

    world: World

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _World) and self.world.digest == other.world.digest

    def __hash__(self) -> int:
        return hash(self.world.digest)


@lru_cache(maxsize=MOST)
def _kept(key: _World, measures: tuple[Measure, ...], parameters: EconomyParameters) -> tuple[Measure, ...]:
    """Sizes of one package, kept by world, parameters and measures."""
    return size_shares_left(key.world, measures, parameters).measures


def size_shares_left(
    world: World, measures: Sequence[Measure], parameters: EconomyParameters, start: Sequence[Array] = ()
) -> Sizing:
    """`solve_shares_left` that sets out from the course of a world nearby, if any: fewer trials, the same accuracy.

    Errors of log shares left stay below `PER_RESIDUAL` times the tolerance, wherever it sets out.
    """
    slots = [_stated(world, m) for m in measures]
    unknown = [s for slot in slots if isinstance(slot, list) for s in slot if _to_solve(world, s)]
    _refuse_twice(world, unknown)
    course = _broyden(world, slots, unknown, replace(parameters, adjustment_rate=1.0), start) if unknown else ()
    log_factors = dict(zip(map(id, unknown), course[0], strict=True)) if course else {}
    return Sizing(_with_sizes(world, slots, log_factors), course)


def _stated(world: World, measure: Measure) -> Measure | list[_Stated]:
    """The measure itself, or its sectors where their share left is to be solved for."""
    if measure.left is None:
        return measure
    by, on = world.state_index(measure.by), world.state_index(measure.on)
    i, n = (by, on) if KINDS[measure.kind].side == "exporter" else (on, by)
    at = [int(j) for j in world.sector_indices(measure.sectors)]
    return [_Stated(measure, world.sectors[j], (j, i, n), float(world.trade_elasticity[j])) for j in at]


def _to_solve(world: World, stated: _Stated) -> bool:
    """Whether the pair trades the good and something of it is to be left."""
    return bool(world.flows[stated.cell] > 0.0) and stated.measure.left != 0.0


def _refuse_twice(world: World, unknown: Sequence[_Stated]) -> None:
    seen: dict[Cell, _Stated] = {}
    for s in unknown:
        if s.cell in seen:
            where = f"{s.sector} from {world.states[s.cell[1]]} to {world.states[s.cell[2]]}"
            raise MeasureError([Problem("two measures state the share left of one flow", key=_label(s), found=where)])
        seen[s.cell] = s


def _label(stated: _Stated) -> str:
    m = stated.measure
    return m.name or f"{m.kind} {m.by}:{m.on}"


def _with_sizes(
    world: World, slots: Sequence[Measure | list[_Stated]], log_factors: dict[int, float]
) -> tuple[Measure, ...]:
    """Ordinary measures in the order of those given."""
    ordinary: list[Measure] = []
    for slot in slots:
        if isinstance(slot, Measure):
            ordinary.append(slot)
            continue
        for s in slot:
            x = log_factors.get(id(s))
            if x is not None:
                ordinary.append(s.sized(x))
            elif KINDS[s.measure.kind].size == "open":
                ordinary.append(replace(s.measure, sectors=(s.sector,), size=float(s.measure.left or 0.0), left=None))
            else:
                ordinary.append(s.sized(0.0))
    return tuple(ordinary)


def _broyden(
    world: World,
    slots: Sequence[Measure | list[_Stated]],
    unknown: Sequence[_Stated],
    parameters: EconomyParameters,
    start: Sequence[Array],
) -> tuple[Array, Array, Array]:
    """Log factors at which every share left is met, their slope, and the unknowns of the equilibrium."""
    cells = tuple(np.array([s.cell for s in unknown], dtype=int).T)
    goal: Array = np.log([float(s.measure.left or 1.0) for s in unknown])
    x, slope, unknowns = start or (*_from_baseline(world, cells, goal), None)
    x, slope = np.minimum(0.0, x), np.array(slope)

    def miss(x: Array, residual: float) -> Array:
        nonlocal unknowns
        tried = _with_sizes(world, slots, dict(zip(map(id, unknown), x, strict=True)))
        solved = solve_equilibrium(world, tried, parameters=replace(parameters, tolerance=residual), start=unknowns)
        unknowns = solved.unknowns
        error: Array = np.log(solved.flows[cells] / world.flows[cells]) - goal
        return error

    accepted = PER_RESIDUAL * parameters.tolerance
    residual = parameters.tolerance if start else max(LOOSE, parameters.tolerance)
    error = miss(x, residual)
    for _ in range(MOST_TRIALS):
        if np.abs(error).max() <= accepted:
            if residual <= parameters.tolerance:
                assert unknowns is not None
                return x, slope, unknowns
            residual = parameters.tolerance
            error = miss(x, residual)
            continue
        residual = float(np.clip(PART * np.abs(error).max(), parameters.tolerance, residual))
        free = (x < 0.0) | (error > 0.0)
        _refuse_beyond(unknown, free, error, accepted)
        aim = np.array(x)
        try:
            newton = np.linalg.solve(slope[np.ix_(free, free)], -error[free])
        except np.linalg.LinAlgError:  # some trade does not move, whatever the size of its measure
            break
        aim[free] += np.clip(newton, -LONGEST, LONGEST)
        step = np.minimum(0.0, aim) - x
        x, last = x + step, error
        error = miss(x, residual)
        slope += np.outer(error - last - slope @ step, step) / max(float(step @ step), 1e-300)
    raise _unreachable(world, unknown[int(np.abs(error).argmax())])


def _unreachable(world: World, stated: _Stated) -> MeasureError:
    """Name the share that cannot be left; where a buyer has one seller, its spending hardly moves with the price."""
    j, i, n = stated.cell
    message, remedy = "no size leaves this share of trade", None
    if np.delete(world.flows[j, :, n], i).max() == 0.0:
        message += f": {world.states[n]} buys {stated.sector} from {world.states[i]} alone"
        remedy = "open or factor in place of left, or trade of another seller in the world"
    return MeasureError([Problem(message, key=_label(stated), found=_share_text(stated), allowed=remedy)])


def _from_baseline(world: World, cells: tuple[npt.NDArray[np.int_], ...], goal: Array) -> tuple[Array, Array]:
    """Log factors and their slope where spending and rivals' prices stay.

    ``e^x / (1 - share + share e^x)`` of the trade is left then.
    """
    share = world.flows[cells] / np.array([world.flows[j, :, n].sum() for j, _, n in zip(*cells, strict=True)])
    rivals, rivals_after = np.maximum(1e-9, 1.0 - share), np.maximum(1e-9, 1.0 - share * np.exp(goal))
    return goal + np.maximum(-LONGEST, np.log(rivals / rivals_after)), np.diag(np.maximum(0.2, rivals_after))


def _refuse_beyond(unknown: Sequence[_Stated], free: Bools, error: Array, accepted: float) -> None:
    """Refuse a share that would not be left even without the measure, once every other share is met."""
    stuck = ~free & (error < -accepted)
    if stuck.any() and (np.abs(error[~stuck]) < SETTLED).all():
        first = unknown[int(stuck.argmax())]
        raise MeasureError(
            [Problem("the other measures leave less than this", key=_label(first), found=_share_text(first))]
        )


def _share_text(stated: _Stated) -> str:
    return f"left {stated.measure.left:g} of {stated.sector}"
