"""The estimators behind the sensitivity indices: SALib's, on one complete block."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

from coercion_sim.analysis.sensitivity.design_layout import Array, Block
from coercion_sim.errors import InvalidInput, Problem

#: Kind of block -> method that suits it. A grid or a table of points is drawn from no distribution and has none.
METHODS: Mapping[str, str] = {
    "saltelli": "sobol",
    "morris": "morris",
    "random": "rbd_fast",
    "sobol": "rbd_fast",
    "latin_hypercube": "rbd_fast",
}
#: Rows from which the given-data estimate is offered. On the Ishigami function with noise its bias is below .03 and its
#: standard error below .07 from 128 rows on; with 64 rows, .05 and .12.
GIVEN_DATA_ROWS = 128
#: Harmonics it sums: six follow a smooth or once-stepped curve, and more would only add variance at 128 rows.
HARMONICS = 6
RESAMPLES = 200


class MissingPackage(InvalidInput):
    """SALib, of the optional extra `analysis`, is not installed; the message names the command that installs it."""


@dataclass(frozen=True)
class Estimate:
    """One index of one parameter with the half-width of its 95 % interval (NaN if unknown)."""

    parameter: str
    index: str
    value: float
    half_width: float


def estimate(block: Block, x: Array, y: Array, seed: int) -> list[Estimate]:
    """Indices of every parameter of a block, in order.

    Parameters
    ----------
    x : (n, D), y : (n,)
        Whole units of the block, in the order of the design; `y` not constant.
    seed
        At least 1 (SALib takes 0 for no seed).
    """
    by_method: Mapping[str, Callable[[Block, Array, Array, int], list[Estimate]]] = {
        "sobol": sobol_indices,
        "morris": elementary_effects,
        "rbd_fast": first_order_given_data,
    }
    return by_method[METHODS[block.how]](block, x, y, seed)


def sobol_indices(block: Block, x: Array, y: Array, seed: int) -> list[Estimate]:
    """First-order and total indices from a Saltelli design (N base rows of A, AB_1, ..., AB_D, B).

    With f_A, f_B, f_ABi the outcomes and V the variance of those of A and B together (Saltelli et al. 2010, Computer
    Physics Communications 181, 259-270, table 2, b and f; the latter is Jansen 1999):

        S1_i = mean(f_B (f_ABi - f_A)) / V        ST_i = mean((f_A - f_ABi)^2) / (2 V)

    S1 is the share of variance that would go if i were known; ST the share that would stay if all but i were. The
    half-width is 1.96 times the standard deviation over resampled base rows, so an estimate may lie a little below 0.
    """
    estimates = _salib("sobol").analyze(_problem(block), y, calc_second_order=False, num_resamples=RESAMPLES, seed=seed)
    return _estimates(block, estimates, (("S1", "S1_conf"), ("ST", "ST_conf")))


def elementary_effects(block: Block, x: Array, y: Array, seed: int) -> list[Estimate]:
    """Mean, mean size and spread of elementary effects over r trajectories (Morris 1991; Campolongo et al. 2007).

    An effect is ``+-(y' - y) / Delta`` of one step that moves one parameter by Delta of its range, p levels apart by
    1/(p - 1) and ``Delta = p / (2 (p - 1))``: the change of the outcome per whole range of the parameter (per whole
    range of its distribution function, where that is not uniform). mu is their mean, mu_star the mean of their size,
    sigma their standard deviation, which is 0 where a parameter works linearly and alone.
    """
    estimates = _salib("morris").analyze(
        _problem(block), x, y, num_resamples=RESAMPLES, num_levels=int(block.given.get("levels", 4)), seed=seed
    )
    return _estimates(block, estimates, (("mu", ""), ("mu_star", "mu_star_conf"), ("sigma", "")))


def first_order_given_data(block: Block, x: Array, y: Array, seed: int) -> list[Estimate]:
    """First-order indices from any independent draws of the parameters: RBD-FAST.

    The rows are ordered by one parameter, up over every other row and down over the rest, and S1 is the part of the
    variance of the outcome in the first `HARMONICS` harmonics of that order, with the bias of a finite sample taken out
    (Tarantola, Gatelli and Mara 2006; Plischke 2010; Tissot and Prieur 2012). No total index comes from such a design.
    The interval, from resamples of half the rows, is about two to three times too wide.
    """
    method = _salib("rbd_fast")
    # A resample of an outcome that is nearly always the same may be constant: no interval then, and no alarm.
    with np.errstate(invalid="ignore", divide="ignore"):
        estimates = method.analyze(_problem(block), x, y, M=HARMONICS, num_resamples=RESAMPLES, seed=seed)
    return _estimates(block, estimates, (("S1", "S1_conf"),))


def _salib(analysis: str) -> Any:
    """Import one analysis of SALib."""
    try:
        return import_module(f"SALib.analyze.{analysis}")
    except ImportError as error:
        missing = f"sensitivity indices need SALib, which is not installed ({error.name or error})"
        raise MissingPackage(Problem(f"{missing}: pip install 'coercion-sim[analysis]'")) from None


def _problem(block: Block) -> dict[str, Any]:
    """The problem as SALib describes it; none of these analyses reads the bounds."""
    return {"num_vars": len(block.paths), "names": list(block.paths), "bounds": [[0.0, 1.0]] * len(block.paths)}


def _estimates(block: Block, estimates: Any, indices: tuple[tuple[str, str], ...]) -> list[Estimate]:
    """Flatten the answer of SALib; a parameter without any effect has exactly 0."""
    return [
        Estimate(path, index, float(np.asarray(estimates[index])[d]), float(estimates[half][d]) if half else math.nan)
        for d, path in enumerate(block.paths)
        for index, half in indices
    ]
