"""Paths through the quarters: of one outcome by policy, and of a dispute with its measures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from coercion_sim.analysis import RANGE_OVER_DRAWS
from coercion_sim.experiments import Results
from coercion_sim.figures.style import frame
from coercion_sim.figures.style.captions import by_policy, caption, key_numbers, range_words, source_line, state_name
from coercion_sim.figures.style.data import (
    Bar,
    baseline,
    counted,
    measure_bars,
    one_presser,
    script_end,
    share_acting,
    state_outcome,
    state_spreads,
)
from coercion_sim.figures.style.house import FULL_WIDTH, NEUTRAL, Canvas, marks_of, new_figure
from coercion_sim.figures.style.shapes import draw_bands, draw_fans, median
from coercion_sim.outcomes import column, label_of
from coercion_sim.wording import capital, listing, policy_label, span, unit_words


def paths(
    results: Results, outcome: str = "real_income", states: Sequence[str] = (), figure: Canvas | None = None, *,
    width: float = FULL_WIDTH,
) -> Canvas:  # fmt: skip
    """Draw one outcome of some states quarter by quarter: rows of panels for states, a panel for each policy.

    Median, and bands of 25-75 % and 5-95 % over draws; quarters with coercive measures in force are shaded, darker
    where in more runs; the thin grey line is the baseline's median.

    Parameters
    ----------
    outcome
        A column of the table `states`.
    states
        Codes; the target where none is named.

    Raises
    ------
    ResultsError
        For an unknown column or state; names the known ones.
    """
    data = state_outcome(results, outcome)
    chosen = list(states) or [results.target]
    figure = new_figure(width) if figure is None else figure
    across = min(len(results.policies), 3 if frame.is_wide(figure) else 1)
    down = -(-len(results.policies) // across)
    rows = down * len(chosen)
    height = (1.75 if frame.is_wide(figure) else 1.35) * rows + 0.45
    body = frame.framed(figure, height, _words(results, outcome, chosen))
    axes = body.subplots(rows, across, sharex=True, sharey="row" if down == 1 else "all", squeeze=False)
    acting, base = share_acting(results), data.policies.index(baseline(results))
    label = frame.axis_label(capital(label_of(outcome)), column(outcome, "states").unit, 1.3)
    panels = axes.reshape(len(chosen), -1)  # a line of panels for each state
    for ax in panels[:, len(data.policies) :].flat:
        ax.axis("off")
    for number, ((i, p), ax) in enumerate(np.ndenumerate(panels[:, : len(data.policies)])):
        state, policy, at = chosen[i], data.policies[p], data.labels.index(chosen[i])
        draw_bands(ax, data.values[p, :, :, at], marks_of(results)[policy], acting[p])
        if p != base:
            ax.plot(median(data.values[base, :, :, at]), color=NEUTRAL, linewidth=0.7, alpha=0.8, zorder=2)
        frame.time_axis(ax, data.periods, 10 if across == 1 else 5)
        text = policy_label(policy) if len(chosen) == 1 else f"{state_name(results, state)}, {policy_label(policy)}"
        ax.set_title(frame.panel_title(number, text, 0.88 * frame.width_of(figure) / across))
        if p % across == 0:
            ax.set_ylabel(label)
        if p + across >= len(data.policies) and state == chosen[-1]:
            ax.set_xlabel(frame.time_label(results.quarters))
            ax.tick_params(labelbottom=True)
    return figure


def _words(results: Results, outcome: str, states: Sequence[str]) -> frame.Words:
    names = listing([state_name(results, state) for state in states])
    title = f"{capital(label_of(outcome))} of {names} by quarter, {span(results.quarters)}"
    spreads = state_spreads(results, outcome, states[0], range(len(results.quarters)))
    most = max(counted(results))
    of = f"{state_name(results, states[0])}, mean of all quarters: median"
    unit = column(outcome, "states").unit
    numbers = key_numbers(range_words(of, most), by_policy(spreads, median=True), unit)
    band = f"Line: median; bands: 25-75 % and {RANGE_OVER_DRAWS}." if most > 1 else "One draw, so no range."
    notes = [band, "Grey: quarters with coercive measures in force, darker where in more runs."]
    if len(results.policies) > 1:
        notes.append(f"Thin grey line: median under {policy_label(baseline(results))}.")
    return frame.Words(title, numbers, source_line(results, counted(results), *notes))


def time_path(results: Results, figure: Canvas | None = None, *, width: float = FULL_WIDTH) -> Canvas:
    """Draw real income quarter by quarter: median and 5-95 % fan by policy, with the measures in force below.

    Panels: the target's whole change of real income; where a policy changes trade for its own sake, the part due to the
    coercion; the coercer's effect of its own coercion; a bar for each product under a measure.
    """
    figure = new_figure(width) if figure is None else figure
    panels, bars = _income_panels(results), measure_bars(results)
    whose = "of the script's measures" if script_end(results) is not None else "with measures in force"
    headings = [heading for *_, heading, _ in panels] + [f"Quarters {whose}, by product"] * bool(bars)
    headings = [frame.panel_title(i, heading, frame.width_of(figure) - 1.0) for i, heading in enumerate(headings)]
    two_lines = any("\n" in label for label in frame.row_labels([bar.label for bar in bars], frame.width_of(figure)))
    heights = [height + 0.25 for *_, height in panels]
    heights += [0.3 + (0.24 if two_lines else 0.13) * len(bars)] * bool(bars)
    heights = [height + 0.13 * heading.count("\n") for height, heading in zip(heights, headings, strict=True)]
    legend = frame.legend_of(marks_of(results), line=True)
    body = frame.framed(figure, sum(heights) + 0.35, _course_words(results, bars), legend)
    axes = np.atleast_1d(body.subplots(len(heights), 1, sharex=True, height_ratios=heights))
    for ax, (outcome, state, *_) in zip(axes, panels, strict=False):
        draw_path(ax, results, outcome, state)
    if bars:
        draw_measures(axes[-1], results, bars)
    for ax, heading in zip(axes, headings, strict=True):
        ax.set_title(heading)
    axes[-1].set_xlabel(frame.time_label(results.quarters))
    return figure


def draw_path(ax: Axes, results: Results, outcome: str = "real_income", state: str | None = None) -> Axes:
    """Draw one outcome of one state on given axes, quarter by quarter: a line (median) and a fan (5-95 %) a policy.

    Raises
    ------
    ResultsError
        For an outcome the table of states does not have.
    """
    data = state_outcome(results, outcome)
    at = data.labels.index(results.target if state is None else state)
    draw_fans(ax, {p: data.values[i, :, :, at] for i, p in enumerate(data.policies)}, marks_of(results), data.periods)
    ax.set_ylabel(frame.wrap(unit_words(column(outcome, "states").unit), 0.75, 7.0))
    return ax


def draw_measures(ax: Axes, results: Results, bars: Sequence[Bar] | None = None) -> Axes:
    """Draw on given axes when measures were in force: a row a product, a bar from first to last quarter."""
    lines = measure_bars(results) if bars is None else bars
    frame.row_axis(ax, frame.row_labels([bar.label for bar in lines], frame.width_of(ax.figure)))
    for row, bar in enumerate(lines):
        spans = [(a - 0.5, b - a + 1.0) for a, b in bar.spans]
        ax.broken_barh(spans, (row - 0.3, 0.6), facecolors="#8A8A8A", linewidth=0)
    frame.time_axis(ax, results.quarters)
    return ax


def _income_panels(results: Results) -> list[tuple[str, str, str, float]]:
    """Outcome, state, heading and height in inches of each panel of incomes."""
    target, coercer = state_name(results, results.target), state_name(results, results.coercer)
    panels = [("real_income", results.target, f"{target}: whole change of real income", 1.6)]
    whole, effect = state_outcome(results, "real_income"), state_outcome(results, "coercion_effect")
    at = whole.labels.index(results.target)
    gap = np.nan_to_num(whole.values[..., at] - effect.values[..., at])
    if np.abs(gap).max(initial=0.0) > 1e-9:
        panels.append(("coercion_effect", results.target, f"{target}: effect of the coercion alone", 1.1))
    own = "its own " if one_presser(results) else "all "
    return [*panels, ("coercion_effect", results.coercer, f"{coercer}: effect of {own}coercion", 0.9)]


def _course_words(results: Results, bars: Sequence[Bar]) -> frame.Words:
    target, coercer = state_name(results, results.target), state_name(results, results.coercer)
    title = f"Real income of {target} and {coercer} by quarter, {span(results.quarters)}"
    mean = state_spreads(results, "real_income", results.target, range(len(results.quarters)))
    most = max(counted(results))
    what = range_words(f"{target}, mean of all quarters: median", most)
    numbers = key_numbers(what, by_policy(mean, median=True), column("real_income", "states").unit)
    notes = ["Rates a year."]
    if bars and script_end(results) is not None:
        notes.append("After the script's, measures are each run's own.")
    return frame.Words(title, numbers, caption(results, counted(results), "median", *notes))
