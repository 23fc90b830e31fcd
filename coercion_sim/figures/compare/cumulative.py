"""The empirical distribution function of an outcome by policy: the share of worlds at or below each value."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from coercion_sim.analysis import ecdf
from coercion_sim.experiments import Results
from coercion_sim.figures.compare.samples import Samples, samples
from coercion_sim.figures.style.data import Array, baseline, counted
from coercion_sim.figures.style.layout import axis_label, entry, few_ticks, framed, new_figure, width_of
from coercion_sim.figures.style.outcome_words import outcome_label, quantity, unit_label, verb
from coercion_sim.figures.style.style import FULL_WIDTH, NEUTRAL, Mark, marks_of
from coercion_sim.figures.style.text import listing, percent, policy_label, source_line, when

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from coercion_sim.figures.style.layout import Canvas


def cumulative(
    results: Results, outcome: str = "target_loss_pv", figure: Canvas | None = None, *, width: float = FULL_WIDTH
) -> Canvas:
    """Draw the empirical distribution functions of one outcome, a step line a policy.

    Raises
    ------
    InvalidInput
        For a name that is no outcome.
    """
    drawn = samples(results, outcome)
    figure = new_figure(width) if figure is None else figure
    marks = marks_of(results)
    legend = [entry(marks[p], policy_label(p), line=True) for p in drawn.values]
    note = "Each line rises by 1/n at the value of each run."
    caption = source_line(results, counted(results), note)
    height = 0.45 * width_of(figure) if width_of(figure) > 5.0 else 0.62 * width_of(figure)
    body = framed(figure, height, title(drawn, baseline(results)), caption, legend if len(legend) > 1 else ())
    ax = body.subplots()
    for policy, values in drawn.values.items():
        draw_ecdf(ax, values, marks[policy])
    low, high = ax.get_xlim()
    if low * high < 0.0:
        ax.axvline(0.0, color=NEUTRAL, linewidth=0.7, zorder=1)
    ax.set_ylim(-0.02, 1.02)
    ax.set_yticks([0.0, 0.25, 0.5, 0.75, 1.0], ["0", "25", "50", "75", "100"])
    ax.set_ylabel(axis_label("Worlds at or below", "%", 1.6))
    ax.set_xlabel(axis_label(outcome_label(outcome), unit_label(drawn.unit), 0.8 * width_of(figure)))
    few_ticks(ax, 7 if width_of(figure) > 5.0 else 5)
    return figure


def draw_ecdf(ax: Axes, values: Array, mark: Mark) -> Axes:
    """Draw the distribution function of one sample as a step line, its mark at the deciles.

    Steps are at distinct values, at most one in a thousand of the runs: a line of 10,000 steps is as light as it looks.
    """
    x, share = ecdf(values)
    at = np.unique(np.searchsorted(share, np.linspace(0.0, 1.0, 1001)).clip(max=x.size - 1))
    x, share = x[at], share[at]
    line = np.concatenate([[x[0]], x]), np.concatenate([[0.0], share])
    ax.plot(*line, drawstyle="steps-post", color=mark.colour, linestyle=mark.line, zorder=3)
    deciles = np.linspace(0.1, 0.9, 5)
    place = np.searchsorted(share, deciles - 1e-12).clip(max=x.size - 1)
    ax.plot(
        x[place], share[place], marker=mark.marker, markersize=3.4, linestyle="none", color=mark.colour,
        markeredgecolor="white", markeredgewidth=0.4, zorder=4,
    )  # fmt: skip
    return ax


def title(drawn: Samples, base: str) -> str:
    """Say in which share of worlds each policy exceeds the median of the baseline."""
    base = base if base in drawn.values else next(iter(drawn.values))
    middle = float(np.median(drawn.values[base]))
    size = quantity(middle, drawn.unit)
    shares = {p: float((v > middle).mean()) for p, v in drawn.values.items()}
    said = f"{outcome_label(drawn.outcome)} {verb(drawn.outcome, 'exceeds')} {size}"
    head = f"{said} in {percent(shares[base])} of worlds {when(base)}"
    others = {p: s for p, s in shares.items() if p != base}
    if not others:
        return head
    if len(others) > 3:
        low, high = min(others, key=lambda p: others[p]), max(others, key=lambda p: others[p])
        if percent(others[low]) == percent(others[high]):
            return f"{head}, in {percent(others[low])} under each other policy"
        others = {low: others[low], high: others[high]}
    return f"{head}, in {listing([f'{percent(s)} {when(p)}' for p, s in others.items()])}"
