"""Scenario discovery: boxes of parameters in which a policy often misses its aim."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from coercion_sim.analysis.discovery.prim import Box, Inputs, Prim
from coercion_sim.analysis.sensitivity.outcome_frame import OutcomeFrame, is_number, numbers, point_of, positions
from coercion_sim.arrays import Array, Bools, Ints
from coercion_sim.experiments import Results

#: Fewest misses, and fewest draws without one, for which boxes are sought.
LEAST = 10
#: Most boxes of one policy; each later one lies among the draws outside the earlier ones.
MOST_BOXES = 3
#: Quasi-p above which a limit is dropped.
SURE = 0.05


@dataclass(frozen=True)
class BoxLimit:
    """One side of a box: a parameter it restricts.

    Attributes
    ----------
    low, high
        Limits of a number; `at_least` and `at_most` are those of all draws.
    values
        What a parameter of texts may be; empty for numbers.
    quasi_p
        Chance of at least as many misses among as many draws, were they as frequent as in the box without this limit
        (one-sided binomial; lower limit, upper limit or choice, whichever binds; the larger where both do). Draws
        that share a replicate or a point are not independent, so it is optimistic (Bryant and Lempert 2010).
    """

    parameter: str
    low: float
    high: float
    at_least: float
    at_most: float
    values: tuple[str, ...]
    quasi_p: float

    @property
    def words(self) -> str:
        """What binds: ``at least 0.3``, ``0.1 to 0.3``, or the values allowed."""
        if self.values:
            return "in " + ", ".join(self.values)
        below, above = self.low > self.at_least, self.high < self.at_most
        if below and above:
            return f"{self.low:.3g} to {self.high:.3g}"
        return f"at least {self.low:.3g}" if below else f"at most {self.high:.3g}"


@dataclass(frozen=True)
class Step:
    """One box of the peeling trajectory: coverage, density, mass, parameters restricted, draws and misses in it."""

    coverage: float
    density: float
    mass: float
    restricted: int
    draws: int
    misses: int


@dataclass(frozen=True)
class MissBox:
    """Draws in which a policy misses, as limits on parameters.

    Attributes
    ----------
    density, coverage, mass
        Share of the draws in the box that are misses; share of all misses that are in the box; share of all draws.
    base_rate
        Misses of all draws: the density without any limits.
    draws, misses
        Of all, counted.
    limits
        Parameters restricted, strongest (least quasi-p) first.
    trajectory, chosen
        All boxes on the way, from all draws to the smallest, and the one shown.
    note
        Reason for the lack of a box.
    """

    policy: str
    number: int
    density: float
    coverage: float
    mass: float
    base_rate: float
    draws: int
    misses: int
    limits: tuple[BoxLimit, ...] = ()
    trajectory: tuple[Step, ...] = ()
    chosen: int = -1
    note: str = ""


def draw_inputs(results: Results, frame: OutcomeFrame) -> dict[str, npt.NDArray[Any]]:
    """Parameters varied and numbers drawn, (P R,) each with the replicate fastest, that differ between draws.

    NaN or None in draws that were not run.
    """
    runs = results.table("runs")
    replicates = len(frame.replicates)
    draw = point_of(runs, frame.layout) * replicates + positions(runs.column("replicate"), frame.replicates)
    inputs: dict[str, npt.NDArray[Any]] = {}
    for name in runs.column_names:
        if not name.startswith("param."):
            continue
        column = runs.column(name)
        values: npt.NDArray[Any]
        if is_number(column.type):
            values = np.full(frame.layout.points * replicates, np.nan)
            values[draw] = numbers(runs, name)
            differing = np.unique(values[np.isfinite(values)]).size
        else:
            values = np.full(frame.layout.points * replicates, None, dtype=object)
            values[draw] = [None if v is None else str(v) for v in column.to_pylist()]
            differing = len({v for v in values if v is not None})
        if differing > 1:
            inputs[name.removeprefix("param.")] = values
    return inputs


def complete_draws(values: Array, inputs: Inputs) -> Bools:
    """Draws (D,) with an outcome and every parameter."""
    complete = np.isfinite(values).reshape(-1)
    for given in inputs.values():
        complete &= np.array([v is not None for v in given]) if given.dtype == object else np.isfinite(given)
    return complete


def miss_boxes(policy: str, inputs: Inputs, missed: Bools) -> list[MissBox]:
    """Find boxes in which a policy misses often.

    PRIM (`Prim`) leaves a trajectory of boxes. The one with the largest harmonic mean of coverage and density is taken,
    and limits with a quasi-p above `SURE` are dropped from it, the least sure first (Bryant and Lempert 2010).

    Parameters
    ----------
    inputs
        Values (D,) of each parameter.
    missed : (D,)
    """
    misses = int(missed.sum())
    others = missed.size - misses
    note = ""
    if not misses or not others:
        note = "never" if not misses else "always"
    elif min(misses, others) < LEAST:
        note = f"{misses} of {missed.size} draws; boxes need at least {LEAST} that miss and {LEAST} that do not"
    elif not inputs:
        note = "no parameter varies between draws"
    else:
        boxes = _boxes(policy, Prim(inputs, missed))
        if boxes:
            return boxes
        note = "no box is better than all draws in coverage and density together"
    rate = misses / missed.size if missed.size else math.nan
    coverage = 1.0 if misses else math.nan
    return [MissBox(policy, 1, rate, coverage, 1.0, rate, missed.size, misses, note=note)]


def best_step(steps: Sequence[Step]) -> int:
    """Step with the largest ``2 c d / (c + d)`` of coverage c and density d; of equals the one with fewer limits."""

    def worth(step: Step) -> tuple[float, int]:
        both = step.coverage + step.density
        return (round(2.0 * step.coverage * step.density / both, 12) if both else 0.0, -step.restricted)

    return max(range(len(steps)), key=lambda i: worth(steps[i]))


def _boxes(policy: str, prim: Prim) -> list[MissBox]:
    """Boxes one after the other, each among the draws outside those before."""
    draws, misses = prim.holds.size, int(prim.holds.sum())
    rate = misses / draws
    remaining: Ints = np.arange(draws)
    boxes: list[MissBox] = []
    while len(boxes) < MOST_BOXES and int(prim.holds[remaining].sum()) >= LEAST:
        path = prim.find(remaining)
        if prim.density(path[-1].draws) < rate:
            break
        chosen = best_step([_step(prim, box) for box in path])
        while True:
            chances = prim.quasi_p(path[chosen], remaining)
            unsure = max(chances, key=lambda name: (chances[name], name), default="")
            if not unsure or chances[unsure] <= SURE:
                break
            path.append(prim.without(path[chosen], unsure, remaining))
            chosen = len(path) - 1
        steps = tuple(_step(prim, box) for box in path)
        at = steps[chosen]
        if at.restricted == 0 or at.density <= rate or at.misses < LEAST:
            break
        sides = _limits(prim, path[chosen], chances)
        boxes.append(
            MissBox(policy, len(boxes) + 1, at.density, at.coverage, at.mass, rate, draws, misses, sides, steps, chosen)
        )
        remaining = np.setdiff1d(remaining, path[chosen].draws, assume_unique=True)
    return boxes


def _step(prim: Prim, box: Box) -> Step:
    hits, size = int(prim.holds[box.draws].sum()), box.draws.size
    restricted = len(prim.restricted(box.limits))
    return Step(hits / int(prim.holds.sum()), hits / size, size / prim.holds.size, restricted, size, hits)


def _limits(prim: Prim, box: Box, chances: Mapping[str, float]) -> tuple[BoxLimit, ...]:
    """Parameters a box restricts, the surest first."""
    sides = []
    for path, quasi_p in chances.items():
        limit, widest = box.limits[path], prim.whole[path]
        if isinstance(limit, frozenset) or isinstance(widest, frozenset):
            sides.append(BoxLimit(path, *(math.nan,) * 4, tuple(sorted(map(str, limit))), quasi_p))
        else:
            sides.append(BoxLimit(path, *limit, *widest, (), quasi_p))
    return tuple(sorted(sides, key=lambda side: (side.quasi_p, side.parameter)))
