"""How the constants of the kernel were chosen: sweeps to 1e-8 under other dampings, mean steps and memories.

python benchmarks/tuning.py
"""

from __future__ import annotations

from contextlib import ExitStack
from unittest.mock import patch

import numpy as np

import cases
from coercion_sim.economy import EconomyParameters, Shock, anderson, kernel
from coercion_sim.economy.equilibrium import neutral_start
from coercion_sim.economy.prepare import Static, prepare
from coercion_sim.world import World, load_world
from timing import best_of, print_table

DAMPINGS = (0.6, 0.8, 1.0)
MEAN_STEPS = (1 / 3, 0.5, 0.8)
MEMORIES = (6, 8, 10)
#: A solve that takes longer counts as this many sweeps.
MOST = 400


def sweeps(world: World, shock: Shock, parameters: EconomyParameters, memory: int) -> int:
    """Sweeps of a cold solve with the constants as they stand in the kernel now; `MOST` where it fails."""
    given = prepare(Static.of(world), shock, parameters)
    start = neutral_start(world, given)
    found = anderson.fixed_point(lambda x: kernel.sweep(given, x), start, parameters.tolerance, MOST, memory)
    return found.sweeps if found.converged else MOST


def counts(world: World, memory: int) -> list[int]:
    """Sweeps over every flagship shock at factor mobility 1.05, 1.5 and 3."""
    return [
        sweeps(world, shock, EconomyParameters(factor_mobility=kappa, tolerance=cases.TOLERANCE), memory)
        for kappa in (1.05, 1.5, 3.0)
        for shock in cases.flagship_shocks(world).values()
    ]


def constants(world: World) -> None:
    """Print mean and most sweeps for every combination."""
    rows = []
    for damping in DAMPINGS:
        for mean_step in MEAN_STEPS:
            for memory in MEMORIES:
                with ExitStack() as stack:
                    stack.enter_context(patch.object(kernel, "DAMPING", damping))
                    stack.enter_context(patch.object(kernel, "MEAN_STEP", mean_step))
                    found = counts(world, memory)
                used = (damping, mean_step, memory) == (kernel.DAMPING, kernel.MEAN_STEP, anderson.MEMORY)
                worst = f"{max(found)}" + (" (not solved)" if max(found) >= MOST else "")
                rows.append(
                    (
                        f"{damping:g}",
                        f"{mean_step:.2f}",
                        str(memory),
                        f"{np.mean(found):.1f}",
                        worst,
                        "<- used" if used else "",
                    )
                )
    print(f"flagship world, {len(found)} cold solves to {cases.TOLERANCE:g}: sweeps")
    print_table(("damping", "mean step", "memory", "mean", "most", ""), rows)


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
    number = sweeps(world, shock, cases.STUCK, anderson.MEMORY)
    whole = best_of(lambda: sweeps(world, shock, cases.STUCK, anderson.MEMORY))
    once, each = best_of(lambda: Static.of(world)), best_of(lambda: prepare(static, shock, cases.STUCK))
    bare = number * best_of(lambda: kernel.sweep(given, start), repeats=200)
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
