"""The figures of a report: every kind the results hold something for, as pictures inside the page."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from io import BytesIO
from itertools import islice
from typing import TYPE_CHECKING, Any

from coercion_sim.figures import (
    COLUMN_WIDTH,
    FULL_WIDTH,
    KINDS,
    OF_A_COMPARISON,
    NothingToShow,
    Request,
    capital,
    figures_of_analysis,
    house,
    outcome_words,
    settle,
)
from coercion_sim.report.gather import Facts
from coercion_sim.report.parts import Picture

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure

#: Kinds of a report on one point, and on a sweep, in its order.
OF_ONE_POINT = ("distributions", "differences", *OF_A_COMPARISON, "integration")
OF_A_SWEEP = ("distributions", "deterrence_map")
#: Outcomes drawn one by one.
MOST_OUTCOMES = 2
#: Size in bytes beyond which a figure is kept as dots instead of lines: a page is to open quickly.
MOST_BYTES = 600_000
_DOTS = 150
#: Keeps the time of day out of a picture: the same results give the same bytes.
_NO_DATE: dict[str, dict[str, Any]] = {"svg": {"Date": None}, "png": {}}


def figures_of(facts: Facts) -> Iterator[tuple[str, Callable[..., Figure | SubFigure]]]:
    """Every figure these results may fill, by name: the one place where kinds are chosen for a report."""
    outcomes = facts.outcomes if facts.analysis is None else facts.analysis.outcomes
    for kind in OF_ONE_POINT if facts.comparison is not None else OF_A_SWEEP:
        if not set(KINDS[kind].tables) <= set(facts.results.tables):
            continue
        asked = Request(tuple(o for o in outcomes if o in KINDS[kind].outcomes))
        try:
            yield from islice(KINDS[kind].figures(facts.results, asked), MOST_OUTCOMES)
        except NothingToShow:
            continue
    if facts.analysis is not None:
        yield from figures_of_analysis(facts.analysis).items()


def pictures(facts: Facts) -> tuple[Picture, ...]:
    """Draw every figure twice, for a page and for a phone; one with nothing to show is left out."""
    made = []
    with house():
        for kind, draw in figures_of(facts):
            try:
                wide, narrow = draw(width=FULL_WIDTH), draw(width=COLUMN_WIDTH)
            except NothingToShow:
                continue
            made.append(Picture(_label(kind), _told(wide, kind), _data_uri(wide), _data_uri(narrow)))
    return tuple(made)


def _label(kind: str) -> str:
    """Kind in words: ``Losses by state``."""
    what, _, of = kind.partition("-")
    words = capital(what.replace("_", " "))
    return f"{words}: {outcome_words(of)}" if of else words


def _told(figure: Any, kind: str) -> str:
    """Title and caption of a figure on one line."""
    texts = [text.get_text() for part in figure.subfigs for text in part.texts]
    told = [" ".join(text.split()) for text in texts if text.strip()]
    return " ".join(text if text.endswith((".", "!", "?")) else f"{text}." for text in told) or _label(kind)


def _data_uri(figure: Any) -> str:
    """Picture as a data URI: SVG, or PNG where that would be very large."""
    settle(figure)
    drawn = _saved(figure, "svg")
    if len(drawn) <= MOST_BYTES:
        return "data:image/svg+xml;base64," + base64.b64encode(drawn).decode("ascii")
    return "data:image/png;base64," + base64.b64encode(_saved(figure, "png", dpi=_DOTS)).decode("ascii")


def _saved(figure: Any, form: str, **how: Any) -> bytes:
    picture = BytesIO()
    figure.savefig(picture, format=form, metadata=_NO_DATE[form], **how)
    return picture.getvalue()
