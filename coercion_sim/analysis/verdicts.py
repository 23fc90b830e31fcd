"""Tolerances of the benchmarks, which stood here before the first run, and the verdicts they give."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from coercion_sim.wording import fixed
from coercion_sim.world import World

#: Sizes agree within this factor, ranks correlate at least so much, points of a path lie within this share.
FACTOR, RANKS, PATH = 1.5, 0.8, 0.30
#: Published changes below this, % of GDP, are judged by their sign alone.
SMALLEST: Final = 0.1
#: A derivative agrees within this.
EXACT: Final = 1e-6
RULES: Final = (
    "The tolerances stood in `coercion_sim/analysis/verdicts.py` before the first run and have not moved since: all"
    f" signs agree; rank correlation at least {RANKS:g}; sizes within a factor {FACTOR:g} (published changes below"
    f" {SMALLEST:g} % of GDP by sign alone); points of a path within {100 * PATH:g} %; derivatives within {EXACT:g}."
)


@dataclass(frozen=True)
class Check:
    """One number beside the published one, the tolerance, and whether it is met."""

    what: str
    published: str
    ours: float
    rule: str
    passed: bool


#: What was known of an outcome before -> in words.
KNOWN: Final = {
    "new": "the published numbers; the model had not run it",
    "before": "it ran on an earlier build of the worlds; nothing was chosen by it",
    "in view": "in view, the published numbers stood beside the model while it was built",
    "after": "added after the first run to see what the base year does (theirs is 2014); not counted",
}


@dataclass(frozen=True)
class Experiment:
    """A published experiment: its function, the world it runs on, and what was known of its outcome before."""

    run: Callable[[World], tuple[Check, ...]]
    world: str
    known: str = "new"
    checks: tuple[Check, ...] = ()

    @property
    def name(self) -> str:
        """Name of the function."""
        return self.run.__name__

    @property
    def text(self) -> tuple[str, str]:
        """Title, then source and setting on one line, from the docstring of the function."""
        title, _, rest = inspect.cleandoc(self.run.__doc__ or "").partition("\n")
        return title.rstrip("."), " ".join(rest.split())


def size(what: str, published: float, ours: float) -> Check:
    """Same sign, and within `FACTOR` of the published size."""
    near = published * ours > 0 and 1.0 / FACTOR <= ours / published <= FACTOR
    return Check(what, f"{published:g}", ours, f"within a factor {FACTOR:g}", bool(near))


def inside(what: str, low: float, high: float, ours: float) -> Check:
    """Within a published range, each end moved out by `FACTOR`; both ends positive."""
    near = low / FACTOR <= ours <= high * FACTOR
    return Check(what, f"{low:g} to {high:g}", ours, f"in the range, ends by a factor {FACTOR:g}", bool(near))


def on_path(what: str, published: float, ours: float) -> Check:
    """Within `PATH` of a point of a published path."""
    near = abs(ours - published) <= PATH * abs(published)
    return Check(what, f"{published:g}", ours, f"within {100 * PATH:g} %", bool(near))


def by_state(published: Mapping[str, float], ours: Mapping[str, float]) -> tuple[Check, ...]:
    """Signs of all, rank correlation (Spearman), and each size that is at least `SMALLEST`."""
    states = [s for s in published if s in ours]
    a, b = (np.array([values[s] for s in states]) for values in (published, ours))
    agree = int((np.sign(a) == np.sign(b)).sum())
    rank = round(float(np.corrcoef(a.argsort().argsort(), b.argsort().argsort())[0, 1]), 12)
    return (
        Check("signs that agree", f"{len(states)}", float(agree), "all", agree == len(states)),
        Check("rank correlation", "1", rank, f"at least {RANKS:g}", rank >= RANKS),
        *(size(s, published[s], ours[s]) for s in states if abs(published[s]) >= SMALLEST),
    )


def written(value: float) -> str:
    """Number of a check: two decimals, a count whole, a tiny gap in powers of ten, and none below rounding."""
    if 0.0 < abs(value) < 1e-3:
        return "under 1e-09" if abs(value) < 1e-9 else f"{value:.1e}"
    return fixed(value, 0 if value.is_integer() or abs(value) >= 10 else 2)


def in_short(done: Sequence[Experiment]) -> str:
    """Count of checks passed, of all, and of those not in view; without experiments added after the first run."""
    passed = {known: [c.passed for e in done if e.known == known for c in e.checks] for known in KNOWN}
    unseen = passed["new"] + passed["before"]
    every = unseen + passed["in view"]
    return f"{sum(every)} of {len(every)} checks pass; of those not in view {sum(unseen)} of {len(unseen)}"
