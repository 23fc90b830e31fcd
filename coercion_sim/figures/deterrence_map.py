"""Map of deterrence: the share of runs in which the coercer presses, over two parameters of a sweep, by policy."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, isfinite
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D
from matplotlib.patheffects import Normal, withStroke

from coercion_sim.errors import InvalidInput, Problem
from coercion_sim.experiments import Results
from coercion_sim.figures.map_cells import COERCION, Cells, Scale, frontier, map_cells
from coercion_sim.figures.style.captions import key_numbers, parameter_label, source_line, state_name, value_text
from coercion_sim.figures.style.data import NothingToShow, chosen_policies, counted, script_end
from coercion_sim.figures.style.frame import Words, axis_label, framed, is_wide, panel_title, width_of
from coercion_sim.figures.style.house import FULL_WIDTH, INK, Canvas, new_figure, points
from coercion_sim.outcomes import column, label_of
from coercion_sim.scenario import dictionary
from coercion_sim.wording import capital, listing, number, percent, policy_label, quantity

_CELL_SIZE = 5.5


def deterrence_map(
    results: Results, figure: Canvas | None = None, *, width: float = FULL_WIDTH, outcome: str = COERCION,
    policies: Sequence[str] | str | None = None, axes: Sequence[str] | None = None, level: float | None = None,
) -> Canvas:  # fmt: skip
    """Draw a map of an outcome over two varied parameters, a panel a policy, and the frontier where it takes a value.

    Parameters
    ----------
    outcome
        ``coercion``, the share of runs in which the coercer pressed, or a column of `outcomes`, whose mean is drawn.
    axes
        The two parameters, horizontal first, drawn per replicate or varied; the first two varied ones if None.
    level
        Value at which the frontier is drawn; 0.5 for ``coercion``, no frontier for another outcome, if None.

    Raises
    ------
    NothingToShow
        Where fewer than two parameters vary, and for ``coercion`` in a scenario whose pressure is a script.
    InvalidInput
        For an unknown policy, outcome or parameter, and a level that is no share, or no number.
    """
    at = _level(level, outcome)
    chosen = chosen_policies(results, policies)
    cells = map_cells(results, outcome, chosen, axes)
    _must_be_chosen(results, outcome)
    figure = new_figure(width) if figure is None else figure
    columns = min(len(chosen), 1 if width_of(figure) < 3.0 else 3 if is_wide(figure) and len(chosen) != 4 else 2)
    rows = ceil(len(chosen) / columns)
    each = (width_of(figure) - 0.75) / columns
    height = rows * (0.3 + min(0.85 * each, 2.6)) + 0.8
    body = framed(figure, height, _words(results, cells, at), _legend(cells, at))
    panels = list(body.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).flat)
    image: Any = None
    for i, (policy, ax) in enumerate(zip(chosen, panels, strict=False)):
        image = draw_map(ax, cells, policy, at, each)
        ax.set_title(panel_title(i, policy_label(policy), each - 0.1))
        if i % columns == 0:
            ax.set_ylabel(_axis_words(cells.y, 0.8 * each))
        if i + columns >= len(chosen):
            ax.tick_params(labelbottom=True)
            ax.set_xlabel(_axis_words(cells.x, each - 0.15))
    for ax in panels[len(chosen) :]:
        ax.set_visible(False)
    shape: Any = {"location": "bottom", "aspect": 10 * width_of(figure), "pad": 0.05, "fraction": 0.08}
    bar = body.colorbar(image, ax=panels[: len(chosen)], **shape)
    percent = " (in cells: %)" if outcome == COERCION and _has_room(cells, each) else ""
    bar.set_label(axis_label(_what(results, outcome) + percent, _unit(outcome), width_of(figure) - 0.6))
    bar.outline.set_visible(False)
    return figure


def _level(level: float | None, outcome: str) -> float | None:
    """Value of the frontier: the one given, else half of the runs for pressure."""
    if level is None:
        return 0.5 if outcome == COERCION else None
    if not (0.0 < level < 1.0 if outcome == COERCION else isfinite(level)):
        allowed = "a share of runs between 0 and 1" if outcome == COERCION else "a finite number"
        raise InvalidInput(Problem("no level for a frontier", key="--level", found=f"{level:g}", allowed=allowed))
    return level


def draw_map(ax: Axes, cells: Cells, policy: str, level: float | None, width: float = 2.0) -> Any:
    """Draw the cells of one policy on given axes, with their numbers where they have room, and the frontier.

    `width` is that of the panel in inches. Returns the mesh, for a colour bar.
    """
    values = np.ma.masked_invalid(cells.mean[policy])
    low, high = (0.0, 1.0) if cells.outcome == COERCION else cells.spread
    mesh = ax.pcolormesh(
        cells.x.edges, cells.y.edges, values, cmap=mpl.colormaps["Blues"].resampled(256), vmin=low,
        vmax=high if high > low else low + 1.0, edgecolors="white", linewidth=0.4,
    )  # fmt: skip
    ax.patch.set(facecolor="white", hatch="/////", edgecolor="#8A8A8A", linewidth=0.0)
    ax.grid(False)
    for axis, scale in ((ax.xaxis, cells.x), (ax.yaxis, cells.y)):
        if scale.logarithmic:
            (ax.set_xscale if axis is ax.xaxis else ax.set_yscale)("log")
            at = _decades(*scale.edges[[0, -1]])
            axis.set_ticks(at, labels=[value_text(x) for x in at])
            axis.set_ticks([], minor=True)
        elif scale.labels:
            axis.set_ticks(np.arange(len(scale.labels)), labels=list(scale.labels))
    ax.set_xlim(*cells.x.edges[[0, -1]])
    ax.set_ylim(*cells.y.edges[[0, -1]])
    if level is not None:
        _frontier(ax, cells, policy, level)
    if _has_room(cells, width):
        _numbers(ax, cells, policy, (high - low) or 1.0, low)
    return mesh


def _decades(low: float, high: float) -> list[float]:
    """Powers of ten between two numbers; with steps between them if these are fewer than three."""
    powers = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    for steps in ((1.0,), (1.0, 3.0), (1.0, 2.0, 5.0)):
        ticks = [step * 10.0**power for power in powers for step in steps if low <= step * 10.0**power <= high]
        if len(ticks) >= 3:
            break
    return ticks


def _frontier(ax: Axes, cells: Cells, policy: str, level: float) -> None:
    """Edges between cells below a level and cells at it or above, and a dot in each cell too close to it to tell."""
    lines = frontier(cells, policy, level)
    if lines:
        drawn = LineCollection(lines, colors=INK, linewidths=2.0, capstyle="projecting", zorder=3)
        drawn.set_path_effects([withStroke(linewidth=3.6, foreground="white"), Normal()])
        ax.add_collection(drawn, autolim=False)
    if cells.low:
        x, y = cells.x.edges, cells.y.edges
        row, column_ = np.nonzero((cells.low[policy] <= level) & (cells.high[policy] >= level))
        # In the corner, clear of the number in the middle.
        across, up = x[column_] + 0.86 * np.diff(x)[column_], y[row] + 0.84 * np.diff(y)[row]
        dot: dict[str, Any] = {"marker": "o", "markersize": 1.8, "markeredgecolor": "white", "markeredgewidth": 0.3}
        ax.plot(across, up, linestyle="none", color=INK, **dot)


def _has_room(cells: Cells, width: float) -> bool:
    """Whether cells of a panel are wide enough for their numbers."""
    return (width - 0.3) / (len(cells.x.edges) - 1) >= (0.2 if cells.outcome == COERCION else 0.3)


def _numbers(ax: Axes, cells: Cells, policy: str, span: float, low: float) -> None:
    """Value of each cell: whole percent of a share, else two digits."""
    for (row, column_), value in np.ndenumerate(cells.mean[policy]):
        if np.isfinite(value):
            words = f"{100.0 * value:.0f}" if cells.outcome == COERCION else number(value)
            ink = "white" if (value - low) / span > 0.6 else INK
            at = float(cells.x.centres[column_]), float(cells.y.centres[row])
            ax.text(*at, words, fontsize=points(_CELL_SIZE), ha="center", va="center", color=ink, clip_on=True)


def _must_be_chosen(results: Results, outcome: str) -> None:
    """Refuse a map of pressure that no state decided on."""
    varied = [path for block in results.manifest["design"].get("blocks") or () for path in block["paths"]]
    scripted = results.manifest["scenario"]["content"].get("conduct") == "scripted"
    if outcome == COERCION and scripted and "conduct" not in varied:
        raise NothingToShow(
            "pressure is scripted in these runs, so whether the coercer presses is no result; set conduct to strategic,"
            " or map another outcome (target_loss_pv, say)"
        )


def _legend(cells: Cells, level: float | None) -> Sequence[Any]:
    if level is None or not any(frontier(cells, policy, level) for policy in cells.mean):
        return ()
    value = f"{percent(level)} of runs" if cells.outcome == COERCION else quantity(level, _unit(cells.outcome))
    return (Line2D([], [], color=INK, linewidth=1.8, label=f"frontier: {value}"),)


def _what(results: Results, outcome: str) -> str:
    """Quantity mapped."""
    if outcome != COERCION:
        return f"{capital(label_of(outcome))}, mean over runs"
    dispute = results.manifest["scenario"]["content"].get("dispute") or {}
    others = {*(dispute.get("coercers") or ()), *(c["state"] for c in dispute.get("challengers") or ())}
    several = len({results.coercer, *others} - {""}) > 1
    return f"Share of runs in which {'some state' if several else state_name(results, results.coercer)} presses"


def _unit(outcome: str) -> str:
    return "" if outcome == COERCION else column(outcome).unit


def _axis_words(scale: Scale, room: float) -> str:
    return axis_label(capital(parameter_label(scale.path)), parameter_unit(scale.path), room)


def parameter_unit(path: str) -> str:
    """Unit of a scenario's parameter; empty where it has none."""
    parts = path.split(".")
    general = ".".join([parts[0], "NAME", *parts[2:]]) if parts[0] == "measures" else path
    return next((row["unit"] for row in dictionary("parameters") if row["key"] in (path, general)), "")


def _words(results: Results, cells: Cells, level: float | None) -> Words:
    means = {policy_label(policy): mean for policy, mean in cells.mean.items()}
    if cells.outcome == COERCION and level is not None:
        what = f"Cells below {percent(level)} of runs"
        numbers = {p: f"{int((mean < level).sum())} of {int(np.isfinite(mean).sum())}" for p, mean in means.items()}
    else:
        what = "Lowest to highest cell"
        ends = {p: (float(np.nanmin(mean)), float(np.nanmax(mean))) for p, mean in means.items()}
        numbers = {p: f"{number(low)} to {number(high)}" for p, (low, high) in ends.items()}
    title = f"{_what(results, cells.outcome)}, over {parameter_label(cells.x.path)} and {parameter_label(cells.y.path)}"
    caption = source_line(results, counted(results), *_notes(results, cells, level))
    return Words(title, key_numbers(what, numbers, _unit(cells.outcome)), caption)


def _notes(results: Results, cells: Cells, level: float | None) -> list[str]:
    """Notes of the caption: the runs in a cell, and the parameters averaged over."""
    pressure, end = cells.outcome == COERCION, script_end(results)
    counts = np.concatenate([c[c > 0] for c in cells.count.values()])
    runs = f"{counts.min()}" if counts.min() == counts.max() else f"{counts.min()} to {counts.max()}"
    names = [parameter_label(path) for path in cells.averaged]
    averaged = f"{len(names)} further parameters varied" if len(names) > 3 else listing(names)
    draws = "draw" if results.replicates == 1 else f"{results.replicates:,} draws"
    notes = {
        f"{'Share of' if pressure else 'Mean over'} runs in each cell ({runs} runs of each policy in it).": True,
        "Hatched: no run.": any((c == 0).any() for c in cells.count.values()),
        "Dot: the 95 % interval (Wilson) of the cell holds the frontier's level.": level is not None
        and bool(cells.low),
        "Pressure that continues from the script counts as well.": pressure and end is not None and end >= 0,
        f"Averaged over {averaged}.": bool(names),
        f"Every point has the same {draws} of luck.": pressure and not cells.low,
        "Values of the design stand at even distances.": bool(cells.x.labels or cells.y.labels),
    }
    return [note for note, holds in notes.items() if holds]
