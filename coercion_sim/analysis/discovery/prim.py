"""The patient rule induction method (PRIM): boxes of inputs in which a condition holds often.

Friedman and Fisher (1999), Statistics and Computing 9, 123-143, with the gain for each draw removed as criterion
(Kwakkel and Jaxa-Rozen 2016, Environmental Modelling and Software 79, 311-321), which suits inputs of any kind.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from coercion_sim.arrays import Bools, Ints

#: Input -> value in every draw (D,): floats, or texts in an array of objects.
Inputs = Mapping[str, npt.NDArray[Any]]
#: Input -> lowest and highest number, or the texts allowed.
Limits = Mapping[str, "tuple[float, float] | frozenset[str]"]

#: Share of the draws of a box that one step takes off, or pastes back.
STEP = 0.05
#: Least share of all draws a box holds.
LEAST_MASS = 0.05


@dataclass(frozen=True, eq=False)
class Box:
    """Limits of every input, and the draws (n,) inside them."""

    limits: Limits
    draws: Ints


@dataclass(frozen=True, eq=False)
class Prim:
    """PRIM on D draws.

    Attributes
    ----------
    inputs
        Without missing values.
    holds : (D,)
        Whether the condition holds in each draw.
    """

    inputs: Inputs
    holds: Bools
    step: float = STEP
    least_mass: float = LEAST_MASS

    @cached_property
    def whole(self) -> Limits:
        """Limits of all draws: numbers first, then texts."""
        numbers = {p: (float(x.min()), float(x.max())) for p, x in self.inputs.items() if x.dtype != object}
        return numbers | {p: frozenset(x.tolist()) for p, x in self.inputs.items() if x.dtype == object}

    def restricted(self, limits: Limits) -> list[str]:
        """Inputs whose limits are narrower than those of all draws."""
        whole = self.whole
        return [path for path, limit in limits.items() if limit != whole[path]]

    def density(self, draws: Ints) -> float:
        """Share of some draws in which the condition holds; 0 for none."""
        return float(self.holds[draws].mean()) if draws.size else 0.0

    def inside(self, limits: Limits, remaining: Ints) -> Ints:
        """Those of the remaining draws that lie within the limits, ends included."""
        within = np.ones(remaining.size, dtype=bool)
        for path in self.restricted(limits):
            x, limit = self.inputs[path][remaining], limits[path]
            within &= np.isin(x, list(limit)) if isinstance(limit, frozenset) else (limit[0] <= x) & (x <= limit[1])
        return remaining[within]

    def find(self, remaining: Ints) -> list[Box]:
        """Boxes from all the remaining draws down to the smallest, then out again as far as pasting raises the density.

        Peeling takes the slice whose removal raises the density most for each draw removed, of equals the one that
        restricts fewer inputs, while the box keeps `least_mass` of all draws. Pasting puts slices back likewise.
        """
        boxes = [Box(self.whole, remaining)]
        while (box := self._best(boxes[-1], self._peels(boxes[-1]), self._smaller)) is not None:
            boxes.append(box)
        while (box := self._best(boxes[-1], self._pastes(boxes[-1], remaining), self._larger)) is not None:
            boxes.append(box)
        return boxes

    def quasi_p(self, box: Box, remaining: Ints) -> dict[str, float]:
        """Probability of at least as many hits in the box, were they as frequent as without one of its limits.

        One-sided binomial test for each restricted input; of a lower and an upper limit the larger probability counts
        (Bryant and Lempert 2010, Technological Forecasting and Social Change 77, 34-49).
        """
        from scipy.stats import binom

        whole, hits, size = self.whole, int(self.holds[box.draws].sum()), box.draws.size
        chances = {}
        for path in self.restricted(box.limits):
            limit, widest = box.limits[path], whole[path]
            if isinstance(limit, frozenset) or isinstance(widest, frozenset):
                without: list[Any] = [widest]
            else:
                without = [(widest[0], limit[1])] if limit[0] != widest[0] else []
                without += [(limit[0], widest[1])] if limit[1] != widest[1] else []
            rates = [self.density(self.inside({**box.limits, path: wider}, remaining)) for wider in without]
            chances[path] = max(float(binom.sf(hits - 1, size, rate)) for rate in rates)
        return chances

    def without(self, box: Box, path: str, remaining: Ints) -> Box:
        """The box with one input freed."""
        limits = {**box.limits, path: self.whole[path]}
        return Box(limits, self.inside(limits, remaining))

    def _smaller(self, old: Box, new: Box) -> bool:
        return self.least_mass * self.holds.size <= new.draws.size < old.draws.size

    def _larger(self, old: Box, new: Box) -> bool:
        return new.draws.size > old.draws.size and self.density(new.draws) > self.density(old.draws)

    def _best(self, old: Box, boxes: Iterator[Box], allowed: Callable[[Box, Box], bool]) -> Box | None:
        """The candidate with the largest gain of density for each draw taken off or put back; None if it is no gain."""

        def gain(new: Box) -> float:
            change = self.density(new.draws) - self.density(old.draws)
            return change / abs(old.draws.size - new.draws.size) if change else 0.0

        worth = [((gain(new), -len(self.restricted(new.limits))), new) for new in boxes]
        if not worth:
            return None
        (largest, _), best = max(worth, key=lambda pair: pair[0])
        return best if largest > 0.0 and allowed(old, best) else None

    def _peels(self, box: Box) -> Iterator[Box]:
        """Slices that may be taken off: the top or bottom of a number, or one text."""
        for path, limit in box.limits.items():
            x = self.inputs[path][box.draws]
            if not isinstance(limit, frozenset):
                low, high = edge(x, self.step), edge(x, 1.0 - self.step)
                yield Box({**box.limits, path: (limit[0], high)}, box.draws[x <= high])
                yield Box({**box.limits, path: (low, limit[1])}, box.draws[x >= low])
            elif len(limit) > 1:
                for text in sorted(limit):
                    yield Box({**box.limits, path: limit - {text}}, box.draws[x != text])

    def _pastes(self, box: Box, remaining: Ints) -> Iterator[Box]:
        """Slices that may be put back beside each limit."""
        whole = self.whole
        for path in self.restricted(box.limits):
            limit, widest = box.limits[path], whole[path]
            wider: list[Any]
            if isinstance(limit, frozenset) or isinstance(widest, frozenset):
                wider = [{*limit, text} for text in sorted(map(str, set(widest) - set(limit)))]
                wider = [frozenset(texts) for texts in wider]
            else:
                below = self._beyond(box, path, (widest[0], limit[0]), remaining)
                above = self._beyond(box, path, (limit[1], widest[1]), remaining)
                wider = [
                    (edge(below, 1.0 - self.step) if below.size else widest[0], limit[1]),
                    (limit[0], edge(above, self.step) if above.size else widest[1]),
                ]
            for limits in ({**box.limits, path: one} for one in wider):
                yield Box(limits, self.inside(limits, remaining))

    def _beyond(self, box: Box, path: str, slab: tuple[float, float], remaining: Ints) -> npt.NDArray[Any]:
        """Values of a number beside the box: other inputs within their limits, this one in the slab."""
        return self.inputs[path][self.inside({**box.limits, path: slab}, remaining)]


def edge(values: npt.NDArray[Any], share: float) -> float:
    """Number that parts the lowest `share` of values from the rest, halfway between two that differ.

    Above one half the values above it are the slice and ties move it down; below one half they move it up.
    """
    x = np.sort(values)
    at = (x.size - 1) * share
    low, high = math.floor(at), math.ceil(at)
    if x[low] == x[high]:
        if share > 0.5:
            low = max(int(np.searchsorted(x, x[high], "left")) - 1, 0)
        else:
            high = min(int(np.searchsorted(x, x[low], "right")), x.size - 1)
    return float((x[low] + x[high]) / 2)
