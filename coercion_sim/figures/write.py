"""Figures in files and in notebooks: from results, comparisons and analyses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from coercion_sim.analysis import Analysis, Comparison, NotReplayable
from coercion_sim.errors import InvalidInput, unlisted
from coercion_sim.experiments import Results
from coercion_sim.figures.kinds import KINDS, OF_ANALYSIS, Drawing, Request, figures_of, unknown_outcomes
from coercion_sim.figures.style.data import NothingToShow
from coercion_sim.figures.style.frame import settle
from coercion_sim.figures.style.house import FORMATS, FULL_WIDTH, Style, house, picture
from coercion_sim.files import write_bytes

#: Kinds that `run` and `compare` draw beside their tables.
OF_A_COMPARISON = ("losses_by_state", "diverted_trade", "time_path", "burdens")
#: Folder of an analysis below its results, beside the tables.
FOLDER = "analysis"


@dataclass(frozen=True)
class Written:
    """Files written, and kind or name of figure -> reason why it holds nothing to draw."""

    paths: tuple[Path, ...]
    left_out: dict[str, str]


def plot(
    source: Results | Comparison | Analysis, kind: str | None = None, outcome: str | None = None, *,
    width: float = FULL_WIDTH, **options: Any,
) -> Any:  # fmt: skip
    """Draw one figure and return it, a `matplotlib.figure.Figure`; see `coercion_sim.notebook.Plotted.plot`."""
    names = tuple(f.name for f in fields(Request) if f.name != "outcomes")
    of_analysis = isinstance(source, Analysis)
    known = OF_ANALYSIS if of_analysis else tuple(KINDS)
    kind = kind or known[0]
    requested = (outcome,) if outcome else ()
    problems = unlisted("no such option of a figure", tuple(options), ("width", *names), "plot")
    problems += unlisted("unknown kind of figure", (kind,), known, "plot")
    if isinstance(source, Analysis):
        problems += unlisted("no outcome of this analysis", requested, source.outcomes, "plot")
    problems = problems or unknown_outcomes(requested, (kind,))
    InvalidInput.refuse(problems)
    if isinstance(options.get("states"), str):
        options["states"] = (options["states"],)
    for _, draw in figures_of(source, kind, Request(requested, **options)):
        with house():
            return draw(width=width)
    raise NothingToShow(f"no figure of the kind {kind}")


def write_figures(
    results: Results, folder: Path, formats: Sequence[str] = ("png",), *, kinds: Sequence[str] | None = None,
    width: float = FULL_WIDTH, request: Request | None = None, style: Style | None = None,
) -> Written:  # fmt: skip
    """Write figures into a folder, each as ``<kind>.<format>`` or ``<kind>-<outcome>.<format>``.

    Parameters
    ----------
    formats
        Of ``png``, ``svg`` and ``pdf``.
    kinds
        Keys of `KINDS`; None for all. A kind without anything to draw is left out, with its reason.
    width
        Inches: `COLUMN_WIDTH` or `FULL_WIDTH`, or between.
    request
        Outcomes, states and so on.
    style
        Laid over the style of the house, as a journal asks for: fonts, sizes, lines, inks.

    Raises
    ------
    InvalidInput
        For an unknown kind, format, outcome or state; lists the known ones. For a style that cannot be used. Nothing is
        written then.
    ResultsError
        Where the results cannot be read.
    """
    wanted = tuple(KINDS) if kinds is None else tuple(dict.fromkeys(kinds))
    request = request or Request()
    problems = unlisted("unknown kind of figure", wanted, tuple(KINDS), "--kind")
    problems += unlisted("unknown format of a figure", formats, FORMATS, "--format")
    problems = problems or unknown_outcomes(request.outcomes, wanted)
    InvalidInput.refuse(problems)
    paths, left_out = _write_each(results, wanted, request, Path(folder), formats, width, style)
    return Written(tuple(paths), left_out)


def write_analysis_figures(
    analysis: Analysis, folder: Path, formats: Sequence[str] = ("png",), *, width: float = FULL_WIDTH,
    style: Style | None = None,
) -> list[Path]:  # fmt: skip
    """Write every figure of an analysis into ``folder/analysis``, and return the paths; `style` as in `write_figures`.

    Figures that an earlier analysis drew and this one has nothing for are removed.
    """
    where = Path(folder) / FOLDER
    written, _ = _write_each(analysis, OF_ANALYSIS, Request(), where, formats, width, style)
    earlier = {path for kind in OF_ANALYSIS for form in formats for path in where.glob(f"{kind}*.{form}")}
    for path in earlier - set(written):
        path.unlink()
    return written


def _write_each(
    source: Results | Analysis, kinds: Sequence[str], request: Request, folder: Path, formats: Sequence[str],
    width: float, style: Style | None,
) -> tuple[list[Path], dict[str, str]]:  # fmt: skip
    """Draw and write figures by name; return the paths, and kind or name -> reason of those with nothing to draw."""
    figures: dict[str, Drawing] = {}
    written: list[Path] = []
    empty: dict[str, str] = {}
    for kind in kinds:
        try:
            figures |= dict(figures_of(source, kind, request))
        except NothingToShow as reason:
            empty[kind] = str(reason)
    with house(style):
        folder.mkdir(parents=True, exist_ok=True)
        for name, draw in figures.items():
            try:
                figure = draw(width=width)
            except (NothingToShow, NotReplayable) as reason:
                empty[name] = str(reason)
                continue
            settle(figure)
            for form in formats:
                written.append(folder / f"{name}.{form}")
                write_bytes(written[-1], picture(figure, form))
    return written, empty
