"""Diverted trade by product, against the record: the share of lost sales that found other buyers."""

from __future__ import annotations

from typing import Any

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from coercion_sim.analysis import RECORD_WINDOW, Spread, diverted
from coercion_sim.experiments import Results
from coercion_sim.figures.style.captions import caption, key_numbers, place, range_words, sector_name, state_name
from coercion_sim.figures.style.data import NothingToShow, Observed, baseline, record
from coercion_sim.figures.style.frame import Words, axis_label, few_ticks, framed, row_axis, row_labels, width_of
from coercion_sim.figures.style.house import FULL_WIDTH, NEUTRAL, RECORD, Canvas, marks_of, new_figure, points
from coercion_sim.figures.style.shapes import draw_spreads, zero_line
from coercion_sim.wording import count, percent, policy_label

GRADES = {"A": "stated", "B": "derived", "C": "judged"}


def diverted_trade(results: Results, figure: Canvas | None = None, *, width: float = FULL_WIDTH) -> Canvas:
    """Draw the share of lost sales that found other foreign buyers, by product, beside the record.

    Quantity gained from other buyers over quantity lost, each summed over quarters 2 to 5 of the measure on the product
    (model.md §8), under `stand_alone`, or the first policy where that was not run.

    Raises
    ------
    NothingToShow
        Where no sale was lost.
    """
    shares = diverted_shares(results)
    figure = new_figure(width) if figure is None else figure
    body = framed(figure, 0.55 + 0.27 * len(shares), _words(results, shares), _legend(results, shares))
    draw_diverted(body.subplots(), results)
    return figure


def draw_diverted(ax: Axes, results: Results) -> Axes:
    """Draw the diverted shares on given axes, largest on top: the model above, the record below in each row."""
    shares, seen = diverted_shares(results), record(results)
    width = width_of(ax.figure)
    row_axis(ax, row_labels([sector_name(results, s) for s in shares], width))
    lift = 0.17 if any(s in seen for s in shares) else 0.0
    rows = [row - lift for row in range(len(shares))]
    draw_spreads(ax, [x.times(100.0) for x in shares.values()], rows, marks_of(results)[baseline(results)])
    for row, sector in enumerate(shares):
        if sector in seen:
            _draw_record(ax, seen[sector], row + lift)
    zero_line(ax, vertical=True)
    ax.axvline(100.0, color=NEUTRAL, linewidth=0.7, linestyle=(0, (2.0, 2.0)), zorder=1)
    low, high = ax.get_xlim()
    ax.set_xlim(min(low, -3.0), max(high, 112.0))
    few_ticks(ax, 6)
    words = f"Sales lost in {state_name(results, results.coercer)} that found other foreign buyers"
    ax.set_xlabel(axis_label(words, "% of the quantity lost", 0.75 * width))
    return ax


def diverted_shares(results: Results) -> dict[str, Spread]:
    """Diverted share of each product under the baseline policy, over draws, largest mean first.

    Raises
    ------
    NothingToShow
        Where no sale was lost.
    """
    rows = [r for r in diverted(results) if r.policy == baseline(results) and r.spread.n]
    if not rows:
        coercer, target = results.coercer, results.target
        raise NothingToShow(f"no diverted trade to show: no sale of {target} to {coercer} was lost to a measure")
    return {row.item: row.spread for row in sorted(rows, key=lambda r: (-r.spread.mean, r.item))}


def meets(spread: Spread, seen: Observed) -> bool:
    """Whether the model's range over draws and the range of the record have a point in common."""
    low = seen.share if seen.low is None else seen.low
    high = seen.share if seen.high is None else seen.high
    return spread.low <= high and low <= spread.high


def _draw_record(ax: Axes, seen: Observed, row: float) -> None:
    """Mark an observed share, its range and its grade."""
    right = seen.share
    if seen.low is not None and seen.high is not None:
        ends = [100 * seen.low, 100 * seen.high]
        ax.plot(ends, [row, row], color=RECORD, linewidth=3.2, alpha=0.45, solid_capstyle="butt", zorder=2)
        right = max(right, seen.high)
    ax.plot(
        [100 * seen.share], [row], marker="D", markersize=4, color="white", markeredgecolor=RECORD,
        markeredgewidth=1.1, zorder=3,
    )  # fmt: skip
    if seen.grade:
        at = (100 * right, row)
        ax.annotate(seen.grade, at, (5, 0), textcoords="offset points", fontsize=points(6), va="center", color=NEUTRAL)


def _legend(results: Results, shares: dict[str, Spread]) -> list[Any]:
    """Entries for model and record; none without a record."""
    if not any(sector in record(results) for sector in shares):
        return []
    mark = marks_of(results)[baseline(results)]
    width = 1.1 if max(s.n for s in shares.values()) > 1 else 0.0
    return [
        Line2D([], [], color=mark.colour, marker=mark.marker, linewidth=width, label="model"),
        Line2D(
            [], [], color=RECORD, marker="D", markerfacecolor="white", linewidth=2.0,
            label="record: figure, range, grade",
        ),
    ]  # fmt: skip


def _words(results: Results, shares: dict[str, Spread]) -> Words:
    seen, policy = record(results), policy_label(baseline(results))
    both = [sector for sector in shares if sector in seen]
    notes = [f"Quarters {RECORD_WINDOW[0]}–{RECORD_WINDOW[1]} of each measure, {policy}."]
    if both:
        agree = sum(meets(shares[s], seen[s]) for s in both)
        notes.append(f"Ranges of model and record overlap for {agree} of {count(len(both), 'product')}.")
    grades = sorted({seen[s].grade for s in both} & set(GRADES))
    if grades:
        notes.append(f"Grades of the record: {', '.join(f'{g} {GRADES[g]}' for g in grades)}.")
    counts = [spread.n for spread in shares.values()]
    texts = {sector_name(results, s): percent(x.mean, x.low, x.high) for s, x in shares.items()}
    numbers = key_numbers(range_words("Mean", max(counts)), texts)
    title = f"Share of lost sales diverted to other foreign buyers, by product: {place(results)}"
    return Words(title, numbers, caption(results, counts, "mean", *notes))
