"""From results to picture files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from coercion_sim.analysis import NotReplayable
from coercion_sim.errors import InvalidInput
from coercion_sim.experiments import Results
from coercion_sim.figures.kinds import KINDS, unknown_outcomes
from coercion_sim.figures.style.data import NothingToShow
from coercion_sim.figures.style.layout import settle
from coercion_sim.figures.style.requests import Drawing, Request, unknown
from coercion_sim.figures.style.style import FULL_WIDTH, house

#: Kinds that `run` and `compare` draw beside their tables.
OF_A_COMPARISON = ("losses_by_state", "diverted_trade", "time_path", "burdens")

#: Formats, and what keeps the time of day out of the file: the same results give the same bytes.
_METADATA: dict[str, dict[str, Any]] = {
    "png": {},
    "svg": {"Date": None},
    "pdf": {"CreationDate": None, "ModDate": None},
}
FORMATS = tuple(_METADATA)


@dataclass(frozen=True)
class Written:
    """Files written, and kind or name of figure -> why there was nothing to draw."""

    paths: tuple[Path, ...]
    left_out: dict[str, str]


def write_figures(
    results: Results,
    folder: Path,
    formats: Sequence[str] = ("png",),
    *,
    kinds: Sequence[str] | None = None,
    width: float = FULL_WIDTH,
    request: Request | None = None,
) -> Written:
    """Write figures into a folder, each as ``<kind>.<format>`` or ``<kind>-<outcome>.<format>``.

    Parameters
    ----------
    formats
        Of ``png``, ``svg`` and ``pdf``.
    kinds
        Keys of `KINDS`; None for all. One the results hold nothing for (nobody paid, say) is left out, with its reason.
    width
        Inches: `COLUMN_WIDTH` or `FULL_WIDTH`, or between.
    request
        Outcomes, states and so on.

    Raises
    ------
    InvalidInput
        For a kind, format, outcome or state there is not; lists those there are. Nothing is written then.
    ResultsError
        Where the results cannot be read.
    """
    wanted = tuple(KINDS) if kinds is None else tuple(dict.fromkeys(kinds))
    request = request or Request()
    problems = unknown("unknown kind of figure", wanted, tuple(KINDS), "--kind")
    problems += unknown("unknown format of a figure", formats, FORMATS, "--format")
    problems = problems or unknown_outcomes(request.outcomes, wanted)
    if problems:
        raise InvalidInput(problems)
    figures: dict[str, Drawing] = {}
    left_out: dict[str, str] = {}
    for kind in wanted:
        try:
            kept = [table for table in KINDS[kind].tables if table not in results.tables]
            if kept:
                raise NothingToShow(f"this sweep kept no table {', '.join(kept)}")
            figures |= dict(KINDS[kind].figures(results, request))
        except NothingToShow as reason:
            left_out[kind] = str(reason)
    paths, empty = write_each(figures, Path(folder), formats, width=width)
    return Written(tuple(paths), left_out | empty)


def write_each(
    figures: Mapping[str, Drawing], folder: Path, formats: Sequence[str], *, width: float
) -> tuple[list[Path], dict[str, str]]:
    """Draw and write figures by name; return the paths, and name -> reason of those with nothing to show."""
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    empty: dict[str, str] = {}
    with house():
        for name, draw in figures.items():
            try:
                figure = draw(width=width)
            except (NothingToShow, NotReplayable) as reason:
                empty[name] = str(reason)
                continue
            settle(figure)
            written += [save_figure(figure, folder / f"{name}.{form}", form) for form in formats]
    return written, empty


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
