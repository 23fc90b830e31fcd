"""How every figure looks: one style file, inks and marks that tell policies apart in colour and in grey."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from coercion_sim.experiments import Results

#: Widths a figure is drawn for, in inches: one column of a journal page, and the full page.
COLUMN_WIDTH = 3.5
FULL_WIDTH = 7.0

#: Ink of what was observed, and of what is no policy.
RECORD = "#D55E00"
NEUTRAL = "#444444"
PALE = "#F3F3F3"


@dataclass(frozen=True)
class Mark:
    """Ink, marker and line of one policy. Any one of the three tells two policies apart."""

    colour: str
    marker: str
    line: tuple[int, tuple[float, ...]] | Literal["-"]


#: Okabe and Ito (2008), in an order in which neighbours differ in lightness too; the first is for the baseline.
_MARKS = (
    Mark("#222222", "o", "-"),
    Mark("#0072B2", "s", (0, (5.0, 1.5))),
    Mark("#E69F00", "^", (0, (1.2, 1.0))),
    Mark("#009E73", "D", (0, (5.0, 1.2, 1.2, 1.2))),
    Mark("#CC79A7", "v", (0, (8.0, 2.0))),
    Mark("#56B4E9", "P", (0, (3.0, 1.0, 1.0, 1.0, 1.0, 1.0))),
    Mark("#7A5195", "X", (0, (2.5, 2.5))),
)


def marks(policies: Sequence[str]) -> dict[str, Mark]:
    """Mark of each policy by its place among the policies of the experiment: the same in every figure."""
    return {policy: _MARKS[i % len(_MARKS)] for i, policy in enumerate(policies)}


def marks_of(results: Results) -> dict[str, Mark]:
    """Mark of each policy shown, by its place among all that were run: a figure of some has the marks of one of all."""
    every = marks(results.manifest["design"]["policies"])
    return {policy: every[policy] for policy in results.policies}


@contextmanager
def house() -> Iterator[None]:
    """Draw and save in the house style; matplotlib's own settings are as they were afterwards.

    The style starts from matplotlib's defaults, so that a figure does not depend on the settings of whoever makes it.
    """
    from matplotlib import style

    with as_file(files("coercion_sim.figures.style") / "house.mplstyle") as path, style.context(path, after_reset=True):
        yield
