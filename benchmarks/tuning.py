"""How the solver's maps and constants were chosen: sweeps to 1e-8 by each map under other memories and steps.

python benchmarks/tuning.py
"""

from __future__ import annotations

from collections.abc import Callable
from unittest.mock import patch

import numpy as np

import cases
from coercion_sim.economy import EconomyParameters, Shock, anderson, kernel
from coercion_sim.economy.given import Given
from coercion_sim.economy.prepare import prepare
from coercion_sim.economy.sector_sweep import SectorSweep
from coercion_sim.economy.solver import neutral_start
from coercion_sim.economy.static import Static
from coercion_sim.world import World, load_world
from timing import best_of, print_table

MEMORIES = (6, 8, 10, 14)
#: A solve that takes longer counts as this many sweeps.
MOST = 400


def cautious(given: Given) -> anderson.Map:
    """The step that is right for any world."""
    return lambda x: kernel.sweep(given, x)


def sweeps(
    world: World,
    shock: Shock,
    parameters: EconomyParameters,
    memory: int,
    step: Callable[[Given], anderson.Map] = cautious,
) -> int:
    """Sweeps of a cold solve by a map, constants as they stand now; `MOST` where it fails."""
    given = prepare(Static.of(world), shock, parameters)
    start = neutral_start(world, given)
    found = anderson.fixed_point(step(given), start, parameters.tolerance, MOST, memory)
    return found.sweeps if found.converged else MOST


def counts(world: World, memory: int, step: Callable[[Given], anderson.Map]) -> list[int]:
    """Sweeps over every flagship shock at factor mobility 1.05, 1.5 and 3."""
    return [
        sweeps(world, shock, EconomyParameters(factor_mobility=kappa, tolerance=cases.TOLERANCE), memory, step)
        for kappa in (1.05, 1.5, 3.0)
        for shock in cases.flagship_shocks(world).values()
    ]


def constants(world: World) -> None:
    """Print mean and most sweeps of both maps for every memory."""
    rows = []
    for name, step in (("cautious", cautious), ("sector by sector", SectorSweep)):
        for memory in MEMORIES:
            found = counts(world, memory, step)
            used = "<- used" if step is SectorSweep and memory == anderson.MEMORY else ""
            worst = f"{max(found)}" + (" (not solved)" if max(found) >= MOST else "")
            rows.append((name, str(memory), f"{np.mean(found):.1f}", worst, used))
    print(f"flagship world, {len(found)} cold solves to {cases.TOLERANCE:g}: sweeps")
    print_table(("map", "memory", "mean", "most", ""), rows)


def trade_step(world: World) -> None:
    """Print sweeps for one mobile factor under other steps of the trade ratio."""
    rows = []
    shocks = {"coercion": cases.coercion(world), "NAFTA": cases.nafta(world)} | cases.near_autarky(world)
    for step in (0.03, 0.04, 0.05, 0.06, 0.08, 0.1, 0.15):
        with patch.object(kernel, "TRADE_STEP", step):
            found = [sweeps(world, shock, cases.ONE_FACTOR, anderson.MEMORY) for shock in shocks.values()]
        used = "<- used" if step == kernel.TRADE_STEP else ""
        rows.append((f"{step:g}", f"{np.mean(found):.1f}", str(max(found)), used))
    print(f"\nCaliendo-Parro world, one mobile factor, {len(shocks)} cold solves: sweeps")
    print_table(("step", "mean", "most", ""), rows)


def overhead(world: World) -> None:
    """Print what a cold solve is made of."""
    shock = cases.flagship_shocks(world)["the record's bans"]
    static = Static.of(world)
    given = prepare(static, shock, cases.STUCK)
    start = neutral_start(world, given)
    step = SectorSweep(given)
    number = sweeps(world, shock, cases.STUCK, anderson.MEMORY, SectorSweep)
    whole = best_of(lambda: sweeps(world, shock, cases.STUCK, anderson.MEMORY, SectorSweep))
    once, each = best_of(lambda: Static.of(world)), best_of(lambda: prepare(static, shock, cases.STUCK))
    bare = number * best_of(lambda: step(start), repeats=200)
    parts = {
        "static arrays of the world (once per run)": once,
        "arrays of the shock": each,
        f"{number} bare sweeps": bare,
        "Anderson mixing": whole - once - each - bare,
    }
    print("\nwhat a cold flagship solve is made of")
    print_table(("part", "ms"), [(name, f"{1e3 * seconds:.2f}") for name, seconds in parts.items()])


def main() -> None:
    world = load_world("pacific-2019")
    constants(world)
    overhead(world)
    try:
        trade_step(cases.caliendo_parro())
    except cases.Absent as error:
        print(f"\none mobile factor skipped: {error}")


if __name__ == "__main__":
    main()
