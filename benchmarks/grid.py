"""What the constants of the sparse grid were chosen on: errors of interpolated effects under others, in bounds.

    OMP_NUM_THREADS=1 python benchmarks/grid.py [--economies N]

For three effects of the flagship, at as many nodes as a level of the grid has next to `NODES`: the largest error over
economies drawn, and that where every number is lowest, as multiples of the bound. Makes the table of docs/decisions.md.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import numpy as np

from coercion_sim.arrays import Array
from coercion_sim.dispute import Economies, Economy, interpolation, sparse_grid
from coercion_sim.dispute.sparse_grid import QUICK, SLOW, Grid, Point
from coercion_sim.economy import Measure
from coercion_sim.experiments import make_job
from coercion_sim.model import SOLVED_DRAWS
from coercion_sim.model.run import build_model

#: (name, SPAN, COSTS); the package uses the first.
VARIANTS = (
    ("as used", 0.95, (QUICK, SLOW, QUICK, SLOW)),
    ("SPAN 0.9", 0.9, (QUICK, SLOW, QUICK, SLOW)),
    ("SPAN 1", 1.0, (QUICK, SLOW, QUICK, SLOW)),
    ("all SLOW", 0.95, (SLOW,) * 4),
    ("all QUICK", 0.95, (QUICK,) * 4),
    ("SLOW for scale and nu", 0.95, (SLOW, QUICK, SLOW, QUICK)),
)
EFFECTS = (
    ("goods banned", (Measure("import_ban", "CHN", "AUS", ("goods",), 0.03),)),
    ("coal banned", (Measure("import_ban", "CHN", "AUS", ("coal",), 0.0),)),
    ("services hindered", (Measure("import_barrier", "CHN", "AUS", ("services",), 1.5),)),
)
#: Nodes compared at, by horizon.
NODES = {"first": 32, "long": 16}


def flagship() -> Economies:
    """The economies over which the flagship interpolates."""
    job = make_job("australia-2020", replicates=SOLVED_DRAWS + 1, overrides=["conduct=strategic"])
    scenario = job.scenario.with_values(job.design.of_replicate(SOLVED_DRAWS))
    model = build_model(scenario, job.world, "stand_alone", scenario.seed, replicate=SOLVED_DRAWS)
    assert model.diplomacy is not None
    economies = model.diplomacy.economy.economies  # type: ignore[attr-defined]
    assert isinstance(economies, Economies)
    return economies


def solved(economies: Economies, horizon: str, measures: Sequence[Measure], point: Point) -> Array:
    """Effects in one economy, (N,), pct_gdp; solved once for all variants."""
    scale, mobility, rate, substitution = point
    parameters = replace(
        economies.parameters, factor_mobility=mobility, adjustment_rate=rate, input_substitution=substitution
    )
    economy = Economy(economies.world_at(scale, mobility, substitution), parameters)
    effect: Array = economy.first_year_and_long_run(measures)[interpolation.HORIZONS.index(horizon)]
    return effect


def errors(economies: Economies, horizon: str, measures: Sequence[Measure], points: Sequence[Point]) -> list[float]:
    """Nodes, and errors as multiples of the bound: the largest at all points but the last, and that at the last."""
    grid = Grid(economies.grids[horizon].ranges)
    n = min(grid.sizes, key=lambda size: abs(size - NODES[horizon]))
    values = np.array([solved(economies, horizon, measures, node) for node in grid.nodes[:n]])
    exact = np.array([solved(economies, horizon, measures, point) for point in points])
    off = np.abs(np.array([grid.weights(n, point) @ values for point in points]) - exact).max(axis=1)
    off /= max(interpolation.BOUNDS[horizon], interpolation.RELATIVE_BOUND * float(np.abs(values).max()))
    return [n, float(off[:-1].max()), float(off[-1])]


def main() -> None:
    """Print a row for each variant and effect."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--economies", type=int, default=12)
    draws = np.random.default_rng(0).random((parser.parse_args().economies, 4))
    economies = flagship()
    drawn = [tuple(r.inside(u) for r, u in zip(economies.ranges, draw, strict=True)) for draw in draws]
    points = [*drawn, tuple(r.low for r in economies.ranges)]
    print("| constants | " + " | ".join(f"{name}, {horizon}" for (name, _), horizon in product(EFFECTS, NODES)) + " |")
    print("| --- |" + " --- |" * len(EFFECTS) * len(NODES))
    for name, span, costs in VARIANTS:
        sparse_grid.SPAN, sparse_grid.COSTS = span, costs
        cells = []
        for (_, measures), horizon in product(EFFECTS, NODES):
            n, inside, lowest = errors(economies, horizon, measures, points)  # type: ignore[arg-type]
            cells.append(f"{n}: {inside:.2f}, {lowest:.2f}")
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
