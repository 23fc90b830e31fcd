"""From measures to the equilibrium: plain sweeps, then small steps in elasticities and in the size of the shock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial

import numpy as np

from coercion_sim.arrays import Array
from coercion_sim.economy.anderson import MEMORY, FixedPoint, Map, Solutions, fixed_point, solve_key
from coercion_sim.economy.checks import check_shock, why_infeasible
from coercion_sim.economy.equilibrium import Equilibrium, read_off
from coercion_sim.economy.given import Given
from coercion_sim.economy.kernel import pack, sweep, unpack
from coercion_sim.economy.measures import Measure
from coercion_sim.economy.one_sector import is_simple, newton
from coercion_sim.economy.parameters import EconomyParameters
from coercion_sim.economy.prepare import LastQuarter, prepare
from coercion_sim.economy.sector_sweep import CesSweep, SectorSweep
from coercion_sim.economy.shock import Shock, compile_shock
from coercion_sim.economy.static import Static, static_of
from coercion_sim.errors import ConvergenceError, InfeasibleError, MeasureError, Problem
from coercion_sim.world import World

#: Sweeps of a plain attempt where shares follow prices, and differences Anderson mixing then keeps.
PLAIN_SWEEPS, CES_MEMORY = 600, 16
#: Sweeps of each step on the way, differences kept, the first step, and the shortest, as parts of the way.
STEP_SWEEPS, STEP_MEMORY, FIRST_STEP, SHORTEST_STEP = 400, 32, 0.25, 1.0 / 32.0
#: Residual accepted on the way.
ON_THE_WAY = 1e-6
#: Competitiveness left by a complete ban just before the end of the way.
NEARLY_CLOSED = 1e-8
#: A log wage below this is on its way to 0.
WORTHLESS = -4.0


def solve_equilibrium(
    world: World,
    measures: Iterable[Measure] = (),
    *,
    shock: Shock | None = None,
    parameters: EconomyParameters | None = None,
    start: Equilibrium | Array | None = None,
    known: Solutions | None = None,
) -> Equilibrium:
    """Solve the world economy under measures (model.md §2; Dekle, Eaton and Kortum 2008; Caliendo and Parro 2015).

    Parameters
    ----------
    world
        The baseline.
    measures
        All taken at full strength, whatever their dates.
    shock
        The arrays themselves, instead of measures.
    parameters
        Factor mobility kappa (Galle, Rodriguez-Clare and Yi 2023), elasticities of substitution, sectors stuck for good
        (those with dates are not stuck here), closure, tolerance; defaults of the model page.
    start
        An equilibrium of the same world to start from, or its `unknowns`; changes the sweeps needed, not the answer.
    known
        Store of earlier solutions; this one is added.

    Returns
    -------
    Equilibrium
        With ``status == "converged"``.

    Raises
    ------
    MeasureError
        For measures the world cannot carry, or beside a shock.
    NoSupplierError
        Where a buyer is left without any supplier.
    ConvergenceError
        Where no equilibrium was found within ``parameters.max_sweeps``; `InfeasibleError` where the one found leaves a
        state without income or a market open.
    """
    parameters = (parameters or EconomyParameters()).at(None)
    if shock is None:
        shock = compile_shock(world, measures)
    elif tuple(measures):
        raise MeasureError(Problem("stands beside shock, which replaces it", key="measures", allowed="one of the two"))
    check_shock(world, shock)
    begin = start.unknowns if isinstance(start, Equilibrium) else start
    key = "" if known is None else solve_key("long run", shock.content, parameters, begin)
    return solve_given(static_of(world), shock, parameters, None, begin, known, key)


def solve_given(
    static: Static,
    shock: Shock,
    parameters: EconomyParameters,
    last: LastQuarter | None,
    start: Array | None,
    known: Solutions | None = None,
    key: str = "",
) -> Equilibrium:
    """Prepare a solve, run it or take the solution remembered under `key`, and read the equilibrium off.

    Raises
    ------
    ConvergenceError, InfeasibleError, NoSupplierError
        As `solve_equilibrium`.
    """
    remembered = known.get(key) if known is not None and key else None
    if known is not None and remembered is not None:
        kept = known.read.get(key)
        if not isinstance(kept, Equilibrium):
            kept = read_off(static.world, shock, prepare(static, shock, parameters, last), remembered)
        known.keep_read(key, kept)
        return kept
    given = prepare(static, shock, parameters, last)
    solution = iterate(static.world, given, parameters, start)
    solved = read_off(static.world, shock, given, solution)
    fault = why_infeasible(solved, given, parameters.tolerance) if solution.converged else "not converged"
    if fault:  # the sweeps may have left the basin, or settled at another root
        try:
            solution = by_steps(static, shock, parameters, last, solution)
        except ConvergenceError as unsolved:
            raise InfeasibleError(fault) if solution.converged else unsolved from None
        solved = read_off(static.world, shock, given, solution)
        if again := why_infeasible(solved, given, parameters.tolerance):
            raise InfeasibleError(again)
    if known is not None and key:
        known.keep(key, solution, solved)
    return solved


def iterate(world: World, given: Given, parameters: EconomyParameters, start: Array | None) -> FixedPoint:
    """Run the sweeps towards the tolerance: the quick step, then, from the baseline, the cautious one."""
    neutral = neutral_start(world, given)
    if start is not None and start.size != neutral.size:
        start = None  # sectors were stuck with one mobile factor, or are no longer: other unknowns
    most, memory = parameters.max_sweeps, MEMORY
    if given.ces is not None:
        most, memory = min(most, PLAIN_SWEEPS), CES_MEMORY
    # An extrapolation that overshoots gives numbers that are not finite; the iteration sees that and starts afresh.
    with np.errstate(all="ignore"):
        begin = neutral if start is None else start
        if is_simple(given):
            begin = start = newton(given, begin, parameters.tolerance)  # the sweeps check it, and go on where it fails
        solution = fixed_point(quickest(given), begin, parameters.tolerance, most, memory)
        if not solution.converged and (start is not None or not parameters.one_factor):
            solution = fixed_point(partial(sweep, given), neutral, parameters.tolerance, most, memory)
    return solution


def quickest(given: Given) -> Map:
    """The step that gets there in the shortest time."""
    if np.isinf(given.kappa):
        return partial(sweep, given)
    return SectorSweep(given) if given.ces is None else CesSweep(given)


def by_steps(
    static: Static, shock: Shock, parameters: EconomyParameters, last: LastQuarter | None, reached: FixedPoint
) -> FixedPoint:
    """Follow the equilibrium from unit elasticities and no shock to those wanted, each step from the one before.

    Steps halve where a solve fails and grow where it succeeds; `reached` is where the plain sweeps ended.

    Raises
    ------
    ConvergenceError
        Where a step would have to be shorter than `SHORTEST_STEP`; names the good with the highest price there.
    """
    if parameters.max_sweeps < STEP_SWEEPS:
        raise _not_solved(static.world, prepare(static, shock, parameters, last), parameters, reached)
    done, length = 0.0, FIRST_STEP
    point: Array | None = None
    before: tuple[float, Array] | None = None
    sweeps = reached.sweeps
    on_the_way = replace(parameters, tolerance=max(ON_THE_WAY, parameters.tolerance))
    while done < 1.0:
        at = min(1.0, done + length) if point is not None else 0.0
        step = on_the_way if at < 1.0 else parameters
        given = prepare(static, *_softened(static.world, shock, step, at), last)
        with np.errstate(all="ignore"):
            begin = neutral_start(static.world, given) if point is None else _ahead(at, done, point, before)
            solution = fixed_point(quickest(given), begin, step.tolerance, STEP_SWEEPS, STEP_MEMORY)
        sweeps += solution.sweeps
        if solution.converged:
            before = None if point is None else (done, point)
            done, point, length = at, solution.point, 1.5 * length
            if at == 1.0:
                return replace(solution, sweeps=sweeps)
        else:
            length = (at - done) / 2.0
            if point is None or length < SHORTEST_STEP:
                last_point = solution if np.isfinite(solution.residual) else reached
                raise _not_solved(static.world, given, parameters, last_point)
    raise AssertionError("the way ends at 1")


def _ahead(at: float, done: float, point: Array, before: tuple[float, Array] | None) -> Array:
    """Where the equilibrium at a part of the way lies on the line through the last two points, or the last point."""
    if before is None or before[1].size != point.size or done <= before[0]:
        return point
    ahead: Array = point + (at - done) / (done - before[0]) * (point - before[1])
    return ahead


def _softened(world: World, shock: Shock, parameters: EconomyParameters, at: float) -> tuple[Shock, EconomyParameters]:
    """The shock and the elasticities a part of the way from none and from 1; complete bans close only at the end."""
    if at == 1.0:
        return shock, parameters

    def eased(name: str) -> tuple[float, ...]:
        """Elasticities by sector, on their way from 1."""
        return tuple((1.0 + at * (parameters.by_sector(name, world) - 1.0)).tolist())

    outer = None if parameters.value_added_substitution is None else eased("value_added_substitution")
    softer = replace(
        parameters,
        input_substitution=eased("input_substitution"),
        final_substitution=1.0 + at * (parameters.final_substitution - 1.0),
        value_added_substitution=outer,
        near_substitutes=tuple(
            replace(g, elasticity=1.0 + at * (g.elasticity - 1.0)) for g in parameters.near_substitutes
        ),
    )
    weaker = replace(
        shock,
        tariff=world.tariff + at * (shock.tariff - world.tariff),
        barrier=shock.barrier**at,
        open=np.maximum(shock.open, NEARLY_CLOSED) ** at,
        productivity=shock.productivity**at,
        transfer=at * shock.transfer,
    )
    return weaker, softer


def _not_solved(world: World, given: Given, parameters: EconomyParameters, reached: FixedPoint) -> ConvergenceError:
    """The error of a solve given up; near Leontief it names the sector that cannot live, or the scarcest good."""
    imbalance = "he shock may leave a state unable to pay for its imbalance"
    advice = f"T{imbalance}; try a weaker shock, a looser tolerance, or a world whose trade is balanced first"
    log_wage, log_price, _ = unpack(given, reached.point)
    if given.ces is not None and not parameters.cobb_douglas:
        own = np.where(given.works, np.broadcast_to(log_wage, world.shape), 0.0)
        j, n = divmod(int(own.argmin()), own.shape[1])
        if own[j, n] < WORTHLESS:
            k = int((world.input_share[:, j, n] * np.expm1(np.minimum(log_price[:, n], 50.0))).argmax())
            reason = f"{world.sectors[j]} in {world.states[n]} cannot pay for its inputs, above all {world.sectors[k]}"
        else:
            k, n = divmod(int(np.where(given.live_row, log_price, -np.inf).argmax()), own.shape[1])
            reason = f"{world.sectors[k]} in {world.states[n]} is the scarcest good"
        advice = (
            f"Inputs are too hard to replace: {reason}. Raise input_substitution, or leave some of the trade open. "
            f"Where substitution of 1 does not help either, t{imbalance}"
        )
    return ConvergenceError(
        f"no equilibrium of {world.name} within {parameters.max_sweeps} sweeps: residual {reached.residual:.1e}, "
        f"wanted {parameters.tolerance:.0e}. {advice}"
    )


def neutral_start(world: World, given: Given) -> Array:
    """The baseline itself: wages and prices 1, spending as observed."""
    return pack(given, np.zeros(given.wages), np.zeros(world.shape), world.baseline.spending)
