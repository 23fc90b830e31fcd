"""From results to picture files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coercion_sim.errors import InvalidInput, Problem, nearest
from coercion_sim.experiments import Results
from coercion_sim.views.course import time_path
from coercion_sim.views.data import NothingToShow
from coercion_sim.views.diversion import diverted_trade
from coercion_sim.views.layout import settle
from coercion_sim.views.losses import losses_by_state
from coercion_sim.views.style import FULL_WIDTH, house
from coercion_sim.views.who_pays import burdens

if TYPE_CHECKING:
    from coercion_sim.views.layout import Canvas

#: Every kind of figure, in the order they are written.
FIGURES: dict[str, Callable[..., Canvas]] = {
    "losses_by_state": losses_by_state,
    "diverted_trade": diverted_trade,
    "time_path": time_path,
    "burdens": burdens,
}

#: Formats, and what keeps the time of day out of the file: the same results give the same bytes.
_METADATA: dict[str, dict[str, Any]] = {
    "png": {},
    "svg": {"Date": None},
    "pdf": {"CreationDate": None, "ModDate": None},
}


def write_figures(
    results: Results,
    folder: Path,
    formats: Sequence[str] = ("png",),
    *,
    kinds: Sequence[str] | None = None,
    width: float = FULL_WIDTH,
) -> list[Path]:
    """Write figures into a folder, each as ``<kind>.<format>``, and return their paths.

    Parameters
    ----------
    formats
        Of ``png``, ``svg`` and ``pdf``.
    kinds
        Keys of `FIGURES`; None for all. A kind the results hold nothing for (nobody paid, say) is left out.
    width
        Inches: `COLUMN_WIDTH` or `FULL_WIDTH`, or between.

    Raises
    ------
    InvalidInput
        For a kind or format there is not; lists those there are.
    ResultsError
        Where the results cannot be read.
    """
    wanted = tuple(FIGURES) if kinds is None else tuple(kinds)
    problems = [*_unknown("figure", wanted, FIGURES), *_unknown("format", formats, _METADATA)]
    if problems:
        raise InvalidInput(problems)
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    with house():
        for kind in wanted:
            try:
                figure = FIGURES[kind](results, width=width)
            except NothingToShow:
                continue
            settle(figure)
            written += [save_figure(figure, folder / f"{kind}.{form}", form) for form in formats]
    return written


def save_figure(figure: Any, path: Path, form: str) -> Path:
    """Save a figure whole: a killed process leaves no half of it."""
    picture = BytesIO()
    figure.savefig(picture, format=form, metadata=_METADATA[form])
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        temporary.write_bytes(picture.getvalue())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return path


def _unknown(what: str, asked: Sequence[str], known: dict[str, Any]) -> list[Problem]:
    """One problem for each name there is not."""
    return [
        Problem(f"unknown {what}", found=repr(name), allowed=", ".join(known), suggestion=nearest(name, known))
        for name in asked
        if name not in known
    ]
