"""Samples behind a distribution: one outcome of every run, by policy, or its paired difference from the baseline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from coercion_sim.analysis import OutcomeFrame, outcome_frame
from coercion_sim.experiments import Results
from coercion_sim.figures.style.data import Array, NothingToShow, baseline
from coercion_sim.outcomes import label_of
from coercion_sim.wording import capital, policy_label

#: Points drawn of one policy: more only make a figure heavy.
MOST_POINTS = 400
#: A sample with one number in more than this share of its runs has no density.
_ONE_NUMBER = 0.2
#: So few different numbers are drawn as a bar each.
_DISTINCT = 12
#: Fewer runs than this are drawn as points alone.
_FEW = 20
#: Values behind a density: more no longer change it to the eye.
_DENSITY = 4000


@dataclass(frozen=True, eq=False)
class Samples:
    """Values of one outcome.

    Attributes
    ----------
    values : policy -> (n,)
        One number a run (or pair of runs), in no order of meaning; NaN left out.
    against
        Policy subtracted run by run; empty for levels.
    """

    outcome: str
    values: dict[str, Array]
    against: str
    frame: OutcomeFrame

    @property
    def label(self) -> str:
        """Outcome, or the difference in it, as an axis names it."""
        words = label_of(self.outcome)
        if not self.against:
            return capital(words)
        return f"Difference from {policy_label(self.against)} in the same draw: {words}"


def samples(results: Results, outcome: str, *, paired: bool = False) -> Samples:
    """Read one outcome of the table `outcomes`; with `paired`, its differences from the baseline draw by draw.

    Raises
    ------
    InvalidInput
        For a name that is no outcome; lists the outcomes.
    NothingToShow
        Without a value, and for differences of one policy.
    """
    against = baseline(results) if paired else ""
    if paired and len(results.policies) < 2:
        raise NothingToShow("no differences to show: one policy was run")
    frame = results.keep(("frame", outcome), lambda: outcome_frame(results, (outcome,)))
    every = {p: frame.of(outcome, p, against) for p in results.policies if p != against}
    finite = {policy: values[np.isfinite(values)] for policy, values in every.items()}
    values = {policy: kept for policy, kept in finite.items() if kept.size}
    if not values:
        raise NothingToShow(f"no finished run has a value of {outcome}")
    return Samples(outcome, values, against, frame)


def thinned(values: Array, most: int = MOST_POINTS) -> Array:
    """At most so many of the values, evenly spaced in rank, so that they keep the shape."""
    ordered = np.sort(values)
    if ordered.size <= most:
        return ordered
    kept: Array = ordered[np.round(np.linspace(0, ordered.size - 1, most)).astype(int)]
    return kept


def cloud(values: Array, low: float, high: float) -> tuple[Array, Array] | None:
    """Outline (x, height) of a distribution, highest point 1; None for few values or one number.

    Where no number is repeated much: a Gaussian kernel density (bandwidth by Scott 1992, eq. 6.42) that ends at the
    smallest and largest value, so that it shows no probability beyond the runs. Else the bars of a histogram, or
    one bar for each of a few numbers.
    """
    if values.size < _FEW or np.ptp(values) <= 1e-9 * max(high - low, abs(high), 1e-300):
        return None
    numbers, counts = np.unique(values, return_counts=True)
    if numbers.size <= min(_DISTINCT, values.size // 3):
        half = min(0.3 * float(np.diff(numbers).min()), 0.015 * (high - low))
        bars = numbers[:, None] + half * np.array([-1.0, -1.0, 1.0, 1.0])
        heights = np.outer(counts / counts.max(), [0.0, 1.0, 1.0, 0.0])
        return bars.ravel(), heights.ravel()
    if counts.max() > _ONE_NUMBER * values.size:
        edges = np.histogram_bin_edges(values, bins=min(30, max(6, counts.size)))
        share, _ = np.histogram(values, edges)
        return np.repeat(edges, 2)[1:-1], np.repeat(share / share.max(), 2)
    from scipy.stats import gaussian_kde

    x = np.linspace(values.min(), values.max(), 200)
    few = values if values.size <= _DENSITY else thinned(values, _DENSITY)
    density: Any = gaussian_kde(few)(x)
    return x, density / density.max()


def jitter(n: int) -> Array:
    """Heights (n,) in [0, 1) that fill the strip evenly and are the same every time (van der Corput, base 2)."""
    k = np.arange(1, n + 1)
    heights = np.zeros(n)
    part = 0.5
    while k.any():
        heights += part * (k & 1)
        k >>= 1
        part /= 2.0
    return heights
