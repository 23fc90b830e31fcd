"""Where pressure is deterred: how often the coercer presses, over two parameters of a sweep, policy by policy."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, isfinite
from typing import TYPE_CHECKING, Any

import numpy as np

from coercion_sim.errors import InvalidInput, Problem
from coercion_sim.experiments import Results
from coercion_sim.figures.style.data import NothingToShow
from coercion_sim.figures.style.layout import framed, is_wide, new_figure, panel_title, width_of, wrap
from coercion_sim.figures.style.shown_part import policies_asked
from coercion_sim.figures.style.style import FULL_WIDTH
from coercion_sim.figures.style.text import number, percent, policy_label
from coercion_sim.figures.sweep.map_cells import COERCION, Cells, map_cells
from coercion_sim.figures.sweep.map_text import map_caption, outcome_unit, quantity, scale_label, title

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from coercion_sim.figures.style.layout import Canvas

_INK = "#222222"
_CELL_SIZE = 5.5


def deterrence_map(
    results: Results,
    figure: Canvas | None = None,
    *,
    width: float = FULL_WIDTH,
    outcome: str = COERCION,
    policies: Sequence[str] | str | None = None,
    axes: Sequence[str] | None = None,
    level: float | None = None,
) -> Canvas:
    """Draw a map of an outcome over two varied parameters, a panel a policy, and the frontier where it takes a value.

    Parameters
    ----------
    outcome
        ``coercion``, the share of runs in which the coercer pressed at least once, or a column of the table of
        outcomes, whose mean is drawn.
    axes
        The two parameters, horizontal first; the first two varied ones if None. Numbers drawn per replicate may be
        named as well.
    level
        Value at which the frontier is drawn; 0.5 for ``coercion``, no frontier for another outcome, if None.

    Raises
    ------
    NothingToShow
        Where fewer than two parameters vary, or ``coercion`` is asked of a scenario whose pressure is a script.
    InvalidInput
        For a policy, outcome or parameter there is not, and a level that is no share, or no number.
    """
    if level is not None and not (0.0 < level < 1.0 if outcome == COERCION else isfinite(level)):
        allowed = "a share of runs between 0 and 1" if outcome == COERCION else "a finite number"
        raise InvalidInput(Problem("no level for a frontier", key="--level", found=f"{level:g}", allowed=allowed))
    chosen = policies_asked(results, policies)
    cells = map_cells(results, outcome, chosen, axes)
    _must_be_chosen(results, outcome)
    at = 0.5 if level is None and outcome == COERCION else level
    figure = new_figure(width) if figure is None else figure
    columns = min(len(chosen), 1 if width_of(figure) < 3.0 else 3 if is_wide(figure) and len(chosen) != 4 else 2)
    rows = ceil(len(chosen) / columns)
    each = (width_of(figure) - 0.75) / columns
    body = framed(
        figure, rows * (0.3 + min(0.85 * each, 2.6)) + 0.8, title(results, cells, at), map_caption(results, cells, at),
        _legend(cells, at),
    )  # fmt: skip
    panels = body.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    image: Any = None
    for place, ax in enumerate(panels.flat):
        if place >= len(chosen):
            ax.set_visible(False)
            continue
        image = draw_map(ax, cells, chosen[place], at, each)
        ax.set_title(panel_title("abcdefghi"[place], policy_label(chosen[place]), each - 0.1))
        if place % columns == 0:
            ax.set_ylabel(scale_label(cells.y, 0.8 * each))
        if place + columns >= len(chosen):
            ax.tick_params(labelbottom=True)
            ax.set_xlabel(scale_label(cells.x, each - 0.15))
    shown = list(panels.flat)[: len(chosen)]
    bar = body.colorbar(image, ax=shown, location="bottom", aspect=10 * width_of(figure), pad=0.05, fraction=0.08)
    bar.set_label(wrap(quantity(results, cells, _has_room(cells, each)), width_of(figure) - 0.6, 7.0))
    bar.outline.set_visible(False)
    return figure


def draw_map(ax: Axes, cells: Cells, policy: str, level: float | None, width: float = 2.0) -> Any:
    """Draw the cells of one policy on given axes, with their numbers where they have room, and the frontier.

    `width` is that of the panel in inches. Returns the mesh, for a colour bar.
    """
    import matplotlib as mpl

    values = np.ma.masked_invalid(cells.mean[policy])
    low, high = (0.0, 1.0) if cells.outcome == COERCION else cells.spread
    shades = mpl.colormaps["Blues"].resampled(256)
    mesh = ax.pcolormesh(
        cells.x.edges, cells.y.edges, values, cmap=shades, vmin=low, vmax=high if high > low else low + 1.0,
        edgecolors="white", linewidth=0.4,
    )  # fmt: skip
    ax.patch.set(facecolor="white", hatch="/////", edgecolor="#8A8A8A", linewidth=0.0)
    ax.grid(False)
    for axis, scale in ((ax.xaxis, cells.x), (ax.yaxis, cells.y)):
        if scale.logarithmic:
            (ax.set_xscale if axis is ax.xaxis else ax.set_yscale)("log")
            at = _decades(*scale.edges[[0, -1]])
            axis.set_ticks(at, labels=[number(x, 1) for x in at])
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
    """Powers of ten between two numbers; with steps between them where there are fewer than three."""
    powers = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    for steps in ((1.0,), (1.0, 3.0), (1.0, 2.0, 5.0)):
        found = [step * 10.0**power for power in powers for step in steps if low <= step * 10.0**power <= high]
        if len(found) >= 3:
            break
    return found


def _frontier(ax: Axes, cells: Cells, policy: str, level: float) -> None:
    """Edges between cells below a level and cells at it or above, and a dot in each cell too close to it to tell."""
    from matplotlib.collections import LineCollection
    from matplotlib.patheffects import Normal, withStroke

    x, y = cells.x.edges, cells.y.edges
    lines = frontier(cells, policy, level)
    if lines:
        drawn = LineCollection(lines, colors=_INK, linewidths=2.0, capstyle="projecting", zorder=3)
        drawn.set_path_effects([withStroke(linewidth=3.6, foreground="white"), Normal()])
        ax.add_collection(drawn, autolim=False)
    if cells.low:
        row, column = np.nonzero((cells.low[policy] <= level) & (cells.high[policy] >= level))
        # In the corner, clear of the number in the middle.
        across, up = x[column] + 0.86 * np.diff(x)[column], y[row] + 0.84 * np.diff(y)[row]
        dots = {"marker": "o", "markersize": 1.8, "markeredgecolor": "white", "markeredgewidth": 0.3}
        ax.plot(across, up, linestyle="none", color=_INK, **dots)  # type: ignore[arg-type]


def frontier(cells: Cells, policy: str, level: float) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """Edges, each as its two ends, between a cell whose mean is below a level and a neighbour at it or above."""
    values, x, y = cells.mean[policy], cells.x.edges, cells.y.edges
    known, below = np.isfinite(values), values < level
    found = []
    for r, c in zip(*np.nonzero((below[:, 1:] != below[:, :-1]) & known[:, 1:] & known[:, :-1]), strict=True):
        found.append(((float(x[c + 1]), float(y[r])), (float(x[c + 1]), float(y[r + 1]))))
    for r, c in zip(*np.nonzero((below[1:] != below[:-1]) & known[1:] & known[:-1]), strict=True):
        found.append(((float(x[c]), float(y[r + 1])), (float(x[c + 1]), float(y[r + 1]))))
    return found


def _has_room(cells: Cells, width: float) -> bool:
    """Whether cells of a panel are wide enough for their numbers."""
    return (width - 0.3) / (len(cells.x.edges) - 1) >= (0.2 if cells.outcome == COERCION else 0.3)


def _numbers(ax: Axes, cells: Cells, policy: str, span: float, low: float) -> None:
    """What each cell came to: whole percent of a share, else two digits."""
    for (row, column), value in np.ndenumerate(cells.mean[policy]):
        if np.isnan(value):
            continue
        words = f"{100.0 * value:.0f}" if cells.outcome == COERCION else number(value)
        ink = "white" if (value - low) / span > 0.6 else _INK
        at = float(cells.x.centres[column]), float(cells.y.centres[row])
        ax.text(
            *at, words, fontsize=_CELL_SIZE, ha="center", va="center",
            color=ink, clip_on=True,
        )  # fmt: skip


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
    from matplotlib.lines import Line2D

    if level is None or not any(frontier(cells, policy, level) for policy in cells.mean):
        return ()
    says = (
        f"{percent(level)} of runs" if cells.outcome == COERCION else f"{number(level)} {outcome_unit(cells.outcome)}"
    )
    return (Line2D([], [], color=_INK, linewidth=1.8, label=f"frontier: {says}"),)
