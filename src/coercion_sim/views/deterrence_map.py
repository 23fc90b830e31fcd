"""Where pressure is deterred: how often the coercer presses, over two parameters of a sweep, policy by policy."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np

from coercion_sim.experiments import Results
from coercion_sim.scenario import OUTCOMES, dictionary
from coercion_sim.views.data import NothingToShow, baseline
from coercion_sim.views.layout import axis_label, framed, is_wide, new_figure, panel_title, width_of, wrap
from coercion_sim.views.map_cells import COERCION, Cells, Scale, map_cells
from coercion_sim.views.sample import policies_asked, sample_caption
from coercion_sim.views.style import FULL_WIDTH
from coercion_sim.views.sweep_text import outcome_label, parameter_label
from coercion_sim.views.text import BASELINE, capital, listing, number, percent, policy_label, state_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from coercion_sim.views.layout import Canvas

_INK = "#222222"
_CELL_SIZE = 5.5
_WORDS = {"pct_gdp": "% of own GDP", "percent": "%", "fraction": "share"}


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
        For a policy, outcome or parameter there is not.
    """
    chosen = policies_asked(results, policies)
    cells = map_cells(results, outcome, chosen, axes)
    _must_be_chosen(results, outcome)
    at = 0.5 if level is None and outcome == COERCION else level
    figure = new_figure(width) if figure is None else figure
    columns = min(len(chosen), 1 if width_of(figure) < 3.0 else 3 if is_wide(figure) and len(chosen) != 4 else 2)
    rows = ceil(len(chosen) / columns)
    each = (width_of(figure) - 0.75) / columns
    body = framed(
        figure, rows * (0.3 + min(0.85 * each, 2.6)) + 0.8, title(results, cells, at), _caption(results, cells, at),
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
            ax.set_ylabel(_label(cells.y, 0.8 * each))
        if place + columns >= len(chosen):
            ax.tick_params(labelbottom=True)
            ax.set_xlabel(_label(cells.x, each - 0.15))
    shown = list(panels.flat)[: len(chosen)]
    bar = body.colorbar(image, ax=shown, location="bottom", aspect=10 * width_of(figure), pad=0.05, fraction=0.08)
    bar.set_label(wrap(_quantity(results, cells, _has_room(cells, each)), width_of(figure) - 0.6, 7.0))
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
    ax.set_facecolor("#DDDDDD")
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


def title(results: Results, cells: Cells, level: float | None) -> str:
    """Say in how many cells the coercer is deterred under each policy, or between what the outcome lies."""
    policies = list(cells.mean)
    base = baseline(results) if baseline(results) in policies else policies[0]
    order = [base, *[p for p in policies if p != base]]
    if cells.outcome != COERCION or level is None:
        low, high = np.nanmin(cells.mean[base]), np.nanmax(cells.mean[base])
        unit = _unit(cells.outcome)
        words = f"{_name(cells)} is between {number(low)} and {number(high)} {unit}{_how(base, policies)}"
        parts = [f"{policy_label(p)} lowers it in {_lower(cells, base, p)}" for p in order[1:3]]
        return "; ".join([words, *([listing(parts)] if parts else [])])
    below = {p: int((cells.mean[p] < level).sum()) for p in order}
    known = {p: int(np.isfinite(cells.mean[p]).sum()) for p in order}
    share = "half the runs" if level == 0.5 else f"{percent(level)} of runs"
    who = _who(results)
    if all(count == 0 for count in below.values()):
        return f"{who} presses in {share} or more everywhere on the map{_whatever(policies)}"
    if all(below[p] == known[p] for p in order):
        return f"{who} presses in less than {share} everywhere on the map{_whatever(policies)}"
    told = []
    for p in order[:4]:
        count = "all" if below[p] == known[p] else "none" if below[p] == 0 else str(below[p])
        told.append(f"in {count}{f' of {known[p]} cells' if p == base else ''}{_how(p, policies)}")
    return f"{who} presses in less than {share} {listing(told)}"


def _lower(cells: Cells, base: str, policy: str) -> str:
    gap = cells.mean[policy] - cells.mean[base]
    return f"{int((gap < 0).sum())} of {int(np.isfinite(gap).sum())} cells"


def _how(policy: str, policies: Sequence[str]) -> str:
    """Phrase that names a policy, where there are several."""
    if len(policies) == 1:
        return ""
    return " standing alone" if policy == BASELINE else f" under {policy_label(policy)}"


def _whatever(policies: Sequence[str]) -> str:
    return ", whatever the policy" if len(policies) > 1 else ""


def _who(results: Results) -> str:
    """Who presses: the coercer by name, or ``some state`` where several may."""
    dispute = results.manifest["scenario"]["content"].get("dispute") or {}
    states = {
        results.coercer,
        *(dispute.get("coercers") or ()),
        *(c["state"] for c in dispute.get("challengers") or ()),
    }
    return state_name(results, results.coercer) if len(states - {""}) == 1 else "Some state"


def _must_be_chosen(results: Results, outcome: str) -> None:
    """Refuse a map of pressure that no state decided on."""
    varied = [path for block in results.manifest["design"].get("blocks") or () for path in block["paths"]]
    scripted = results.manifest["scenario"]["content"].get("conduct") == "scripted"
    if outcome == COERCION and scripted and "conduct" not in varied:
        raise NothingToShow(
            "pressure is scripted in these runs, so whether the coercer presses is no result; set conduct to strategic,"
            " or map another outcome (target_loss_pv, say)"
        )


def _caption(results: Results, cells: Cells, level: float | None) -> str:
    what = "Share of runs" if cells.outcome == COERCION else "Mean over runs"
    counts = np.concatenate([c[c > 0] for c in cells.count.values()])
    runs = f"{counts.min()}" if counts.min() == counts.max() else f"{counts.min()} to {counts.max()}"
    notes = [f"{what} in each cell ({runs} runs of each policy in it)."]
    if any((c == 0).any() for c in cells.count.values()):
        notes.append("Grey: no run.")
    if level is not None and cells.low:
        notes.append("Dot: the 95 % interval (Wilson) of the cell holds the frontier's level.")
    if cells.averaged:
        names = [parameter_label(path) for path in cells.averaged]
        told = f"{len(names)} further parameters varied" if len(names) > 3 else listing(names)
        notes.append(f"Averaged over {told}.")
    if cells.outcome == COERCION and not cells.low:
        draws = "draw" if results.replicates == 1 else f"{results.replicates:,} draws"
        notes.append(f"Every point has the same {draws} of luck.")
    if any(scale.labels for scale in (cells.x, cells.y)):
        notes.append("Values of the design stand at even distances.")
    return sample_caption(results, "", *notes)


def _legend(cells: Cells, level: float | None) -> Sequence[Any]:
    from matplotlib.lines import Line2D

    if level is None or not any(frontier(cells, policy, level) for policy in cells.mean):
        return ()
    says = f"{percent(level)} of runs" if cells.outcome == COERCION else f"{number(level)} {_unit(cells.outcome)}"
    return (Line2D([], [], color=_INK, linewidth=1.8, label=f"frontier: {says}"),)


def _quantity(results: Results, cells: Cells, numbered: bool) -> str:
    if cells.outcome == COERCION:
        told = " (in cells: %)" if numbered else ""
        return f"Share of runs in which {_who(results).replace('Some', 'some')} pressed{told}"
    return f"{_name(cells)} ({_unit(cells.outcome)}), mean over runs"


def _name(cells: Cells) -> str:
    return capital(outcome_label(cells.outcome))


def _unit(outcome: str) -> str:
    unit = next(c.unit for c in OUTCOMES if c.name == outcome)
    return _WORDS.get(unit, unit)


def _label(scale: Scale, room: float) -> str:
    """Parameter with its unit, as the data dictionary has it."""
    unit = parameter_unit(scale.path)
    words = capital(parameter_label(scale.path))
    return axis_label(words, unit, room) if unit else wrap(words, room, 7.0)


def parameter_unit(path: str) -> str:
    """Unit of a scenario's parameter; empty where it has none."""
    parts = path.split(".")
    general = ".".join([parts[0], "NAME", *parts[2:]]) if parts[0] == "measures" else path
    unit = next((row["unit"] for row in dictionary("parameters") if row["key"] in (path, general)), "")
    return _WORDS.get(unit, unit)
