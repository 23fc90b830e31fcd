"""gegravity 0.3 (Herman 2021) on the same one-sector world, timed."""

from __future__ import annotations

import warnings

import gegravity as ge
import numpy as np
import pandas as pd

from coercion_sim.economy import Shock
from coercion_sim.world import World
from timing import CPU


def gegravity_seconds(world: World, shock: Shock, sigma: float) -> tuple[float, float]:
    """Seconds of one counterfactual on a baseline already built, and from the data on; best of three.

    Trade costs are read off the world so that gegravity's fitted baseline is the world's trade.
    """
    trade = world.flows[0]
    output, spending = trade.sum(axis=1), trade.sum(axis=0)
    rows = [
        {
            "exporter": exporter,
            "importer": importer,
            "year": "2006",
            "trade": trade[i, n],
            "Y": output[i],
            "E": spending[n],
            "cost": np.log(trade[i, n] * trade.sum() / (output[i] * spending[n])),
            "shock": 0.0,
        }
        for i, exporter in enumerate(world.states)
        for n, importer in enumerate(world.states)
    ]
    estimates = pd.DataFrame({"var": ["cost", "shock"], "coeff": [1.0, 1.0]})
    baseline = ge.BaselineData(pd.DataFrame(rows), trade_var_name="trade", expend_var_name="E", output_var_name="Y")
    at = {state: i for i, state in enumerate(world.states)}
    changed = pd.DataFrame(rows)
    changed["shock"] = [(1.0 - sigma) * np.log(shock.barrier[0, at[r["exporter"]], at[r["importer"]]]) for r in rows]

    def one() -> tuple[float, float]:
        first = CPU()
        model = ge.OneSectorGE(  # made anew: a second `simulate` on one model fails
            baseline,
            year="2006",
            reference_importer="DEU",
            sigma=sigma,
            cost_variables=["cost", "shock"],
            cost_coeff_values=ge.CostCoeffs(estimates, identifier_col="var", coeff_col="coeff"),
            quiet=True,
        )
        model.build_baseline(omr_rescale=1)
        began = CPU()
        model.define_experiment(changed.copy())
        model.simulate()
        seconds = CPU() - began, CPU() - first
        failed = [name for name, found in model.solver_diagnostics.items() if not found["success"]]
        if failed:
            raise RuntimeError(f"gegravity did not converge: {', '.join(failed)}")
        return seconds

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        times = [one() for _ in range(3)]
    return min(alone for alone, _ in times), min(whole for _, whole in times)
