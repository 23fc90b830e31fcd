"""PRIM on the worlds of a sweep: from parameters and misses to boxes."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from coercion_sim.analysis.discovery.boxes import BoxLimit, MissBox, Step, no_box
from coercion_sim.analysis.sensitivity.design_layout import Array
from coercion_sim.analysis.sensitivity.optional_packages import extra
from coercion_sim.analysis.sensitivity.outcome_frame import OutcomeFrame, is_number, numbers, point_of, positions
from coercion_sim.experiments import Results

#: Misses, and worlds that are none, from which boxes are looked for.
LEAST = 10
#: Boxes of one policy at most; a second one is looked for among the worlds outside the first.
MOST_BOXES = 3
#: Quasi-p above which a limit is dropped.
SURE = 0.05
#: Parameter -> value in every world (W,): floats, or texts in an array of objects.
Inputs = Mapping[str, npt.NDArray[Any]]


def world_inputs(results: Results, frame: OutcomeFrame) -> dict[str, npt.NDArray[Any]]:
    """Parameters varied and numbers drawn, (P R,) each with the replicate fastest, that are not the same everywhere.

    NaN or None in worlds that were not run.
    """
    runs = results.table("runs")
    replicates = len(frame.replicates)
    world = point_of(runs, frame.layout) * replicates + positions(runs.column("replicate"), frame.replicates)
    found: dict[str, npt.NDArray[Any]] = {}
    for name in runs.column_names:
        if not name.startswith("param."):
            continue
        column = runs.column(name)
        values: npt.NDArray[Any]
        if is_number(column.type):
            values = np.full(frame.layout.points * replicates, np.nan)
            values[world] = numbers(runs, name)
            varies = bool(np.nanmin(values) < np.nanmax(values)) if np.isfinite(values).any() else False
        else:
            values = np.full(frame.layout.points * replicates, None, dtype=object)
            values[world] = [None if v is None else str(v) for v in column.to_pylist()]
            varies = len({v for v in values if v is not None}) > 1
        if varies:
            found[name.removeprefix("param.")] = values
    return found


def miss_boxes(policy: str, inputs: Inputs, missed: npt.NDArray[np.bool_], *, peel: float = 0.05) -> list[MissBox]:
    """Find boxes in which a policy misses often.

    The patient rule induction method (Friedman and Fisher 1999, Statistics and Computing 9, 123-143) starts from all
    worlds and takes off, again and again, a slice of the share `peel` of those left, along the parameter that raises
    the share of misses most for what is removed; then it pastes back what does no harm. Implementation: Kwakkel 2017
    (Environmental Modelling and Software 96, 239-250). Of the boxes on the way, the one with the largest harmonic
    mean of coverage and density is taken, and limits with a quasi-p above `SURE` are dropped from it, the least sure
    first (Bryant and Lempert 2010, Technological Forecasting and Social Change 77, 34-49). Boxes hold at least 5 % of
    the worlds.

    Parameters
    ----------
    inputs
        Values (W,) of each parameter.
    missed : (W,)
    """
    misses = int(missed.sum())
    others = missed.size - misses
    if not misses or not others:
        return [no_box(policy, missed, "never" if not misses else "always")]
    if min(misses, others) < LEAST:
        why = f"{misses} of {missed.size} worlds; boxes need at least {LEAST} that miss and {LEAST} that do not"
        return [no_box(policy, missed, why)]
    if not inputs:
        return [no_box(policy, missed, "no parameter varies between worlds")]
    module = extra("ema_workbench.analysis.prim", "scenario discovery")
    import pandas as pd

    x = pd.DataFrame({path: pd.Series(values, dtype=values.dtype) for path, values in inputs.items()})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of pandas, about habits of PRIM's code
        # The threshold only has to be met by any box better than none.
        search = module.Prim(x, missed.astype(np.int64), threshold=misses / missed.size, peel_alpha=peel)
        found = _found(search, policy)
    return found or [no_box(policy, missed, "no box is denser in misses than all worlds are")]


def _found(search: Any, policy: str) -> list[MissBox]:
    """Boxes one after the other, each among the worlds outside those before."""
    rate = search.t_coi / search.n
    found: list[MissBox] = []
    for number in range(1, MOST_BOXES + 1):
        box = search.find_box()
        chosen = _sure(box, best_step(trajectory(box.peeling_trajectory)))
        steps = trajectory(box.peeling_trajectory)
        at = steps[chosen]
        if at.restricted == 0 or at.density <= rate or at.misses < LEAST:
            break
        box.select(chosen)
        limits = _limits(box.box_lims[chosen], search.box_init, box.qp[chosen])
        size = (rate, search.n, search.t_coi)
        found.append(MissBox(policy, number, at.density, at.coverage, at.mass, *size, limits, steps, chosen))
        if search.t_coi - sum(b.trajectory[b.chosen].misses for b in found) < LEAST:
            break
    return found


def trajectory(frame: Any) -> tuple[Step, ...]:
    """Boxes on the way, from the table PRIM keeps."""
    return tuple(
        Step(float(r.coverage), float(r.density), float(r.mass), int(r.res_dim), int(r.n), int(r.k))
        for r in frame.itertuples()
    )


def best_step(steps: Sequence[Step]) -> int:
    """Box with the largest ``2 c d / (c + d)`` of coverage c and density d; of equals the one with fewer limits."""

    def worth(step: Step) -> tuple[float, int]:
        both = step.coverage + step.density
        return (round(2.0 * step.coverage * step.density / both, 12) if both else 0.0, -step.restricted)

    return max(range(len(steps)), key=lambda i: worth(steps[i]))


def _sure(box: Any, chosen: int) -> int:
    """Drop limits that chance would explain from a box on the way; number of the box that is left, appended to it."""
    while box.qp[chosen]:
        ps = {path: max(given) for path, given in box.qp[chosen].items()}
        path = max(ps, key=lambda name: (ps[name], name))
        if ps[path] <= SURE:
            break
        box.drop_restriction(path, chosen)
        chosen = len(box.box_lims) - 1
    return chosen


def _limits(box: Any, whole: Any, quasi_p: Mapping[str, Iterable[float]]) -> tuple[BoxLimit, ...]:
    """Parameters a box restricts, the surest first."""
    found = []
    for path, ps in quasi_p.items():
        # -1 stands for a side that does not bind.
        p = max((float(v) for v in ps if v >= 0), default=math.nan)
        (low, high), (at_least, at_most) = box[path], whole[path]
        if isinstance(low, set):
            found.append(BoxLimit(path, *(math.nan,) * 4, tuple(sorted(str(v) for v in low)), p))
        else:
            found.append(BoxLimit(path, float(low), float(high), float(at_least), float(at_most), (), p))
    return tuple(sorted(found, key=lambda limit: (limit.quasi_p, limit.parameter)))


def worlds_of(values: Array, inputs: Inputs) -> npt.NDArray[np.bool_]:
    """Worlds (W,) with an outcome and every parameter."""
    there = np.isfinite(values).reshape(-1)
    for given in inputs.values():
        there &= np.array([v is not None for v in given]) if given.dtype == object else np.isfinite(given)
    return there
