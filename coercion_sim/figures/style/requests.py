"""What is asked of a figure, and what a kind of figure is; the kinds themselves are in `kinds`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from coercion_sim.errors import Problem, nearest
from coercion_sim.experiments import Results

if TYPE_CHECKING:
    from coercion_sim.figures.style.layout import Canvas

#: Draws on a new figure of a width: ``draw(width=...)``.
Drawing = Callable[..., "Canvas"]
#: File stem and drawing of each figure of a kind.
Figures = Iterator[tuple[str, Drawing]]


@dataclass(frozen=True)
class Request:
    """What is asked of figures, besides their kind; what a kind does not take it leaves alone.

    Attributes
    ----------
    outcomes
        Columns of the table `outcomes`, or of `states` for figures over time.
    states
        Codes of states.
    fails
        When a policy misses, as in `analyse`.
    axes, level
        Of a map: its two varied parameters, and the value at which the frontier is drawn.
    replicate, point, quarter
        Of a figure of one run.
    """

    outcomes: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    fails: str | None = None
    axes: tuple[str, str] | None = None
    level: float | None = None
    replicate: int | None = None
    point: int = 0
    quarter: str | None = None

    @property
    def one_run(self) -> dict[str, Any]:
        """What a figure of one run takes: which it is."""
        return {"replicate": self.replicate, "point": self.point}


@dataclass(frozen=True)
class Kind:
    """One kind of figure.

    Attributes
    ----------
    shows
        In a line, for the list of kinds.
    figures
        Results and request -> the figures; raises `NothingToShow` with the reason.
    outcomes
        Names its ``--outcome`` may have; empty where it takes none.
    tables
        Tables it reads.
    """

    shows: str
    figures: Callable[[Results, Request], Figures]
    outcomes: tuple[str, ...] = ()
    tables: tuple[str, ...] = field(default=("runs",))


def unknown(what: str, names: Sequence[str], known: Sequence[str], key: str) -> list[Problem]:
    """One problem for every name there is not."""
    return [
        Problem(what, key=key, found=repr(n), allowed=", ".join(known), suggestion=nearest(n, known))
        for n in names
        if n not in known
    ]
