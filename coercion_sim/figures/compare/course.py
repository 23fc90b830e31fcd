"""The course of the dispute: real income of the target and the coercer, and when each product was under a measure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from coercion_sim.experiments import Results
from coercion_sim.figures.style.data import (
    Array,
    Bar,
    baseline,
    counted,
    measure_bars,
    one_presser,
    script_end,
    state_outcome,
    under_pressure,
    unit_of,
)
from coercion_sim.figures.style.layout import (
    entry,
    framed,
    new_figure,
    panel_title,
    row_axis,
    row_labels,
    width_of,
    wrap,
)
from coercion_sim.figures.style.style import FULL_WIDTH, NEUTRAL, marks_of
from coercion_sim.figures.style.text import (
    capital,
    caption,
    number,
    policy_label,
    possessive,
    state_name,
    the_state,
    under,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from coercion_sim.figures.style.layout import Canvas


def time_path(results: Results, figure: Canvas | None = None, *, width: float = FULL_WIDTH) -> Canvas:
    """Draw real income quarter by quarter: median and 5-95 % fan by policy, with the measures in force below.

    Panels: the target's whole change of real income; where a policy changes trade for its own sake, the part due to the
    coercion; the coercer's effect of its own coercion; a bar for each product under a measure.
    """
    figure = new_figure(width) if figure is None else figure
    target, coercer = state_name(results, results.target), state_name(results, results.coercer)
    own = "its own " if one_presser(results) else "all "
    panels = [("real_income", results.target, f"{target}: whole change of real income", 1.6)]
    if _differ(results):
        panels.append(("coercion_effect", results.target, f"{target}: effect of the coercion alone", 1.1))
    panels.append(("coercion_effect", results.coercer, f"{coercer}: effect of {own}coercion", 0.9))
    bars = measure_bars(results)
    chosen = script_end(results) is not None
    forced = (
        "Quarters of the script's measures, by product" if chosen else "Quarters with measures in force, by product"
    )
    headings = [heading for _, _, heading, _ in panels] + [forced]
    headings = [
        panel_title(letter, heading, width_of(figure) - 1.0) for letter, heading in zip("abcd", headings, strict=False)
    ]
    row = 0.24 if any("\n" in label for label in row_labels([bar.label for bar in bars], width_of(figure))) else 0.13
    heights = [height + 0.25 for *_, height in panels] + ([0.3 + row * len(bars)] if bars else [])
    heights = [height + 0.13 * heading.count("\n") for height, heading in zip(heights, headings, strict=False)]
    legend = [entry(mark, policy_label(p), line=True) for p, mark in marks_of(results).items()]
    notes = ["Rates a year; the title tells medians of calendar-year means."]
    if bars and chosen:
        notes.append("After the script's, measures are each run's own.")
    body = framed(
        figure,
        sum(heights) + 0.35,
        title(results),
        caption(results, counted(results), "median", *notes),
        legend if len(legend) > 1 else (),
    )
    axes = np.atleast_1d(body.subplots(len(heights), 1, sharex=True, height_ratios=heights))
    for ax, (outcome, state, *_) in zip(axes, panels, strict=False):
        draw_path(ax, results, outcome, state)
    if bars:
        draw_measures(axes[-1], results, bars)
    for ax, heading in zip(axes, headings, strict=False):
        ax.set_title(heading)
    axes[-1].set_xlabel(time_label(results.quarters))
    return figure


def draw_path(ax: Axes, results: Results, outcome: str = "real_income", state: str | None = None) -> Axes:
    """Draw one outcome of one state on given axes, quarter by quarter: a line (median) and a fan (5-95 %) a policy.

    Raises
    ------
    ResultsError
        For an outcome the table of states does not have.
    """
    data = state_outcome(results, outcome)
    place = data.labels.index(results.target if state is None else state)
    x = np.arange(len(data.periods))
    for p, mark in enumerate(marks_of(results).values()):
        values = data.values[p, :, :, place]
        values = values[np.isfinite(values).any(axis=1)]
        if not len(values):
            continue
        low, middle, high = np.nanquantile(values, [0.05, 0.5, 0.95], axis=0)
        if len(values) > 1:
            ax.fill_between(x, low, high, color=mark.colour, alpha=0.16, linewidth=0, zorder=2)
        spaced = (p, max(2, len(x) // 7))
        ax.plot(
            x,
            middle,
            color=mark.colour,
            linestyle=mark.line,
            marker=mark.marker,
            markevery=spaced,
            markersize=3.2,
            zorder=3,
        )
    ax.axhline(0.0, color=NEUTRAL, linewidth=0.7, zorder=1)
    ax.set_ylabel(wrap(unit_of(outcome), 0.75, 7.0))
    time_axis(ax, data.periods)
    return ax


def draw_measures(ax: Axes, results: Results, bars: Sequence[Bar] | None = None) -> Axes:
    """Draw on given axes when measures were in force: a row a product, a bar from first to last quarter."""
    lines = measure_bars(results) if bars is None else bars
    row_axis(ax, row_labels([bar.label for bar in lines], width_of(ax.figure)))
    for row, bar in enumerate(lines):
        ax.broken_barh(
            [(a - 0.5, b - a + 1.0) for a, b in bar.spans], (row - 0.3, 0.6), facecolors="#8A8A8A", linewidth=0
        )
    time_axis(ax, results.quarters)
    return ax


def title(results: Results) -> str:
    """Say when and how much the target lost most to the coercion under the baseline, and the coercer's worst year."""
    target, coercer = the_state(results, results.target), the_state(results, results.coercer)
    if not under_pressure(results):
        return capital(f"{coercer} put no pressure on {target}")
    base = baseline(results)
    years = state_outcome(results, "coercion_effect").by_year()
    p = years.policies.index(base)
    typical = {s: _median(years.values[p, :, :, years.labels.index(s)]) for s in (results.target, results.coercer)}
    worst = {s: int(np.nanargmin(y)) if np.isfinite(y).any() else 0 for s, y in typical.items()}
    loss = {s: -float(typical[s][worst[s]]) for s in typical}
    if not loss[results.target] > 0.0:
        whose = f"{possessive(coercer)} measures" if one_presser(results) else "the coercion"
        return f"{under(base)}, {target} loses in no year from {whose}"
    when = years.periods[worst[results.target]]
    said = f"{under(base)}, {target} loses most in {when}, {number(loss[results.target])} % of GDP"
    own = loss[results.coercer]
    return f"{said}; {coercer} loses {f'at most {number(own)} % in any year' if own > 0.0 else 'in no year'}"


def _differ(results: Results) -> bool:
    """Whether some policy moves the target's real income apart from the coercion."""
    whole, effect = state_outcome(results, "real_income"), state_outcome(results, "coercion_effect")
    place = whole.labels.index(results.target)
    gap = np.nan_to_num(whole.values[..., place] - effect.values[..., place])
    return bool(np.abs(gap).max(initial=0.0) > 1e-9)


def _median(values: Array) -> Array:
    """Median over finished replicates, (years,)."""
    done = values[np.isfinite(values).any(axis=1)]
    return np.median(done, axis=0) if len(done) else np.full(values.shape[1], np.nan)


def time_axis(ax: Axes, quarters: Sequence[str], most: int = 10) -> None:
    """Ticks at the first quarter of each year, at `most` of them, or at every second quarter of a short run."""
    count = len(quarters)
    if count <= 8:
        at = list(range(0, count, 1 if count <= 4 <= most // 2 else 2 if most > 4 else 4))
        labels = [quarters[i] for i in at]
    else:
        at = [i for i, quarter in enumerate(quarters) if quarter.endswith("Q1")]
        at = at[:: -(-len(at) // most)]
        labels = [quarters[i].split("Q")[0] for i in at]
    ax.set_xticks(at, labels)
    if count <= 60:
        ax.set_xticks(range(count), minor=True)
    ax.set_xlim(-0.6, count - 0.4)


def time_label(quarters: Sequence[str], *, short: bool = False) -> str:
    """Words below a time axis; `short` where panels are narrow."""
    return "Quarter" if len(quarters) <= 8 else "Year" if short else "Year (labelled at its first quarter)"
