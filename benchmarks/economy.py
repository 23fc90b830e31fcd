"""How fast the economy is: one table of times, goals and multiples of a bare sweep.

    python benchmarks/economy.py            the table
    python benchmarks/economy.py --tuning   also how the kernel's constants were chosen (a minute more)

Goals are for an idle core, residual 1e-8, a warm process. Times are processor time, the best of several, so that other
work on the machine disturbs them little; set OMP_NUM_THREADS=1, or idle threads of the linear algebra are counted too.
On a slower machine compare the column "in sweeps": time in bare sweeps of the same case.
"""

from __future__ import annotations

import argparse
import platform
import subprocess
import sys
from collections.abc import Callable
from functools import partial

import numpy as np

import cases
import tuning
from coercion_sim.economy import (
    EconomyParameters,
    Market,
    Shock,
    compile_shock,
    next_quarter,
    solve_equilibrium,
    start_market,
)
from coercion_sim.economy.kernel import sweep
from coercion_sim.economy.prepare import prepare
from coercion_sim.economy.sector_sweep import SectorSweep
from coercion_sim.economy.solver import neutral_start
from coercion_sim.economy.static import Static
from coercion_sim.scenario import load_scenario
from coercion_sim.world import World, load_world
from timing import Measured, best_of, print_measured


def bare_sweep_ms(world: World, shock: Shock, parameters: EconomyParameters) -> float:
    """Time of one sweep at the baseline, milliseconds: no acceleration, no set-up."""
    given = prepare(Static.of(world), shock, parameters)
    start = neutral_start(world, given)
    step = partial(sweep, given) if parameters.one_factor else SectorSweep(given)
    return 1e3 * best_of(lambda: step(start), repeats=200, seconds=0.5)


def solve(case: str, world: World, shock: Shock, parameters: EconomyParameters, goal: float | None) -> Measured:
    """Time a cold solve: from a world and a shock to a labelled equilibrium."""
    found = solve_equilibrium(world, shock=shock, parameters=parameters)
    ms = 1e3 * best_of(lambda: solve_equilibrium(world, shock=shock, parameters=parameters))
    return Measured(case, ms, "ms", goal, sweeps=found.sweeps, sweep_ms=bare_sweep_ms(world, shock, parameters))


def caliendo_parro() -> list[Measured]:
    """31 regions x 40 sectors, one mobile factor."""
    world = cases.caliendo_parro()
    rows = [
        solve("Caliendo-Parro: China's tariffs on Australia", world, cases.coercion(world), cases.ONE_FACTOR, 11.0),
        solve("Caliendo-Parro: NAFTA", world, cases.nafta(world), cases.ONE_FACTOR, 20.0),
    ]
    slowest = max(
        (
            solve(f"near autarky: {name}", world, shock, cases.ONE_FACTOR, 50.0)
            for name, shock in cases.near_autarky(world).items()
        ),
        key=lambda row: row.value,
    )
    return [*rows, slowest]


def flagship() -> list[Measured]:
    """28 states x 38 sectors, input-output links, kappa 1.5: cold solves, and quarters of the shipped scenario."""
    scenario = load_scenario("australia-2020")
    world = scenario.apply_to(load_world(scenario.world_source))
    rows = [solve(f"flagship, cold: {n}", world, s, cases.STUCK, 20.0) for n, s in cases.flagship_shocks(world).items()]
    script = scenario.measures_as_data()
    market = start_market(world, cases.STUCK)
    changing: list[Measured] = []
    waiting: list[Measured] = []
    for quarter in range(scenario.quarters):
        shock = compile_shock(world, script, quarter)
        same = shock.same_as(market.equilibrium.shock)
        measured, market = one_quarter(scenario.quarter_label(quarter), world, market, script, quarter, same)
        if market.equilibrium.sweeps:
            (waiting if same else changing).append(measured)
    rows += [
        mean("flagship, a quarter: measures change", changing, 12.0),
        mean("flagship, a quarter: buyers still move", waiting, 12.0),
    ]
    rest = start_market(world, cases.STUCK)
    still = Shock.none(world)
    rows.append(
        Measured("flagship, a quarter: nothing moves", 1e3 * best_of(lambda: next_quarter(rest, still)), "ms", 1.0)
    )
    return rows


def one_quarter(
    label: str, world: World, before: Market, script: tuple, quarter: int, same: bool
) -> tuple[Measured, Market]:
    """Time one quarter of a run, measures compiled anew as the model does."""
    after = next_quarter(before, compile_shock(world, script, quarter))
    ms = 1e3 * best_of(lambda: next_quarter(before, compile_shock(world, script, quarter)), repeats=7, seconds=0.5)
    shock = compile_shock(world, script, quarter)
    return Measured(
        label, ms, "ms", sweeps=after.equilibrium.sweeps, sweep_ms=bare_sweep_ms(world, shock, cases.STUCK)
    ), after


def mean(case: str, rows: list[Measured], goal: float) -> Measured:
    """Mean of several quarters, the slowest in the note."""
    slowest = max(rows, key=lambda row: row.value)
    return Measured(
        case,
        float(np.mean([row.value for row in rows])),
        "ms",
        goal,
        sweeps=round(float(np.mean([row.sweeps or 0 for row in rows]))),
        sweep_ms=float(np.mean([row.sweep_ms or 0.0 for row in rows])),
        note=f"mean of {len(rows)} quarters, slowest {slowest.case}: {slowest.value:.1f} ms",
    )


def gegravity() -> list[Measured]:
    """One sector, 30 states: ours, and gegravity 0.3 where it is installed (extra `benchmark`)."""
    world, shock, sigma = cases.gravity()
    parameters = EconomyParameters(factor_mobility=np.inf, closure="multiplicative", tolerance=cases.TOLERANCE)
    ours = solve("one sector, 30 states", world, shock, parameters, None)
    try:
        from peer import gegravity_seconds
    except ImportError as error:
        return [
            ours,
            skipped(
                "one sector: times faster than gegravity 0.3", f"{error.name} not installed: pip install '.[benchmark]'"
            ),
        ]
    alone, whole = gegravity_seconds(world, shock, sigma)
    note = f"gegravity's define_experiment and simulate: {alone:.2f} s; our sweeps are all overhead of small arrays"
    anew = f"the same with its baseline built ({whole:.2f} s): one model simulates once"
    return [
        ours,
        Measured("one sector: times faster than gegravity 0.3", 1e3 * alone / ours.value, "x", 1000.0, True, note=note),
        Measured("one sector: times faster, its model made anew", 1e3 * whole / ours.value, "x", note=anew),
    ]


def memory() -> list[Measured]:
    """Peak memory of a process that runs the flagship's three policies six times over, as a worker does, MB."""
    code = (
        "import resource, sys, coercion_sim as cs; cs.simulate('australia-2020', replicates=6);"
        "peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss;"
        "print(peak / (2**20 if sys.platform == 'darwin' else 2**10))"
    )
    if platform.system() == "Windows":
        return [skipped("flagship run, peak memory", "no resource module on Windows")]
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return [Measured("18 flagship runs, peak memory of the process", float(done.stdout), "MB", 400.0)]


def skipped(case: str, why: str) -> Measured:
    """Say why a line has no measurement."""
    return Measured(case, float("nan"), "", note=f"skipped: {why}")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument(
        "--tuning", action="store_true", help="also print sweeps under other constants of the kernel"
    )
    chosen = arguments.parse_args()
    parts: tuple[Callable[[], list[Measured]], ...] = (caliendo_parro, gegravity, flagship, memory)
    rows: list[Measured] = []
    for part in parts:
        try:
            rows += part()
        except cases.Absent as error:
            rows.append(skipped(part.__name__, str(error)))
    about = f"Python {platform.python_version()}, numpy {np.__version__}, {platform.machine()}"
    print(f"{about}, residual {cases.TOLERANCE:g}, processor time\n")
    print_measured(rows)
    if chosen.tuning:
        print()
        tuning.main()


if __name__ == "__main__":
    main()
