"""Diverted trade by product, against the record: which goods found other buyers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coercion_sim.analysis import RECORD_WINDOW, Spread, diverted
from coercion_sim.experiments import Results
from coercion_sim.figures.compare.losses import draw_spreads
from coercion_sim.figures.style.data import NothingToShow, Observed, baseline, record
from coercion_sim.figures.style.layout import axis_label, few_ticks, framed, new_figure, row_axis, row_labels, width_of
from coercion_sim.figures.style.style import FULL_WIDTH, NEUTRAL, RECORD, marks_of
from coercion_sim.figures.style.text import capital, caption, percent, policy_label, sector_name, state_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from coercion_sim.figures.style.layout import Canvas

GRADES = {"A": "stated", "B": "derived", "C": "judged"}


def diverted_trade(results: Results, figure: Canvas | None = None, *, width: float = FULL_WIDTH) -> Canvas:
    """Draw the share of lost sales that found other foreign buyers, by product, beside what was observed.

    Quantity gained elsewhere over quantity lost, each summed over quarters 2 to 5 of the measure on the product
    (MODEL section 9), under `stand_alone`, or the first policy where that was not run.

    Raises
    ------
    NothingToShow
        Where no sale was lost.
    """
    shares, seen = diverted_shares(results), record(results)
    figure = new_figure(width) if figure is None else figure
    policy = baseline(results)
    counts = [spread.n for spread in shares.values()]
    shown = {seen[s].grade for s in shares if s in seen} & set(GRADES)
    notes = [f"Quarters {RECORD_WINDOW[0]}–{RECORD_WINDOW[1]} of each measure, {policy_label(policy)}."]
    if any(sector in seen for sector in shares):
        notes.append("Model and record meet where their ranges do.")
    if shown:
        notes.append(f"Grades of the record: {', '.join(f'{g} {GRADES[g]}' for g in sorted(shown))}.")
    body = framed(
        figure, 0.55 + 0.27 * len(shares), title(results), caption(results, counts, "mean", *notes), _legend(results)
    )
    draw_diverted(body.subplots(), results)
    return figure


def draw_diverted(ax: Axes, results: Results) -> Axes:
    """Draw the diverted shares on given axes, largest on top: the model above, the record below in each row."""
    shares, seen = diverted_shares(results), record(results)
    mark = marks_of(results)[baseline(results)]
    width = width_of(ax.figure)
    row_axis(ax, row_labels([sector_name(results, s) for s in shares], width))
    lift = 0.17 if any(s in seen for s in shares) else 0.0
    whole = [Spread(**{k: 100.0 * v if k != "n" else v for k, v in vars(x).items()}) for x in shares.values()]
    draw_spreads(ax, whole, [row - lift for row in range(len(whole))], mark.colour, mark.marker)
    for row, sector in enumerate(shares):
        if sector in seen:
            _draw_record(ax, seen[sector], row + lift)
    ax.axvline(0.0, color=NEUTRAL, linewidth=0.7, zorder=1)
    ax.axvline(100.0, color=NEUTRAL, linewidth=0.7, linestyle=(0, (2.0, 2.0)), zorder=1)
    low, high = ax.get_xlim()
    ax.set_xlim(min(low, -3.0), max(high, 112.0))
    few_ticks(ax, 6)
    words = f"Sales lost in {state_name(results, results.coercer)} that found other foreign buyers"
    ax.set_xlabel(axis_label(words, "% of the quantity lost", 0.75 * width))
    return ax


def diverted_shares(results: Results) -> dict[str, Spread]:
    """Diverted share of each product under the baseline policy, over replicates, largest mean first.

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
    """Whether the model's range over worlds and the range of the record have a point in common."""
    low = seen.share if seen.low is None else seen.low
    high = seen.share if seen.high is None else seen.high
    return spread.low <= high and low <= spread.high


def title(results: Results) -> str:
    """Say how much of the goods diverted most and least was sold elsewhere, and for how many the record agrees."""
    shares, seen = diverted_shares(results), record(results)
    first, last = next(iter(shares)), next(reversed(shares))

    def told(sector: str) -> str:
        name = sector_name(results, sector)
        return f"{percent(shares[sector].mean)} ({name if name[1:2].isupper() else name[:1].lower() + name[1:]})"

    said = told(first) if first == last else f"from {told(last)} to {told(first)}"
    said = capital(f"{said} of lost sales find other buyers")
    both = [sector for sector in shares if sector in seen]
    if not both:
        return said
    agree = sum(meets(shares[s], seen[s]) for s in both)
    many = "its one product" if len(both) == 1 and agree else f"{agree} of {len(both)} products"
    return f"{said}; model and record meet for {many}"


def _draw_record(ax: Axes, seen: Observed, row: float) -> None:
    """Mark an observed share, its range and its grade."""
    right = seen.share
    if seen.low is not None and seen.high is not None:
        ax.plot(
            [100 * seen.low, 100 * seen.high],
            [row, row],
            color=RECORD,
            linewidth=3.2,
            alpha=0.45,
            solid_capstyle="butt",
            zorder=2,
        )
        right = max(right, seen.high)
    ax.plot(
        [100 * seen.share],
        [row],
        marker="D",
        markersize=4,
        color="white",
        markeredgecolor=RECORD,
        markeredgewidth=1.1,
        zorder=3,
    )
    if seen.grade:
        ax.annotate(
            seen.grade, (100 * right, row), (5, 0), textcoords="offset points", fontsize=6, va="center", color=NEUTRAL
        )


def _legend(results: Results) -> list[object]:
    """Entries for the model and, where there is a record, for that."""
    from matplotlib.lines import Line2D

    mark = marks_of(results)[baseline(results)]
    many = max((s.n for s in diverted_shares(results).values()), default=0) > 1
    model = Line2D([], [], color=mark.colour, marker=mark.marker, linestyle="-" if many else "none", label="model")
    if not any(sector in record(results) for sector in diverted_shares(results)):
        return []
    observed = Line2D(
        [], [], color=RECORD, marker="D", markerfacecolor="white", linewidth=2.0, label="record: figure, range, grade"
    )
    return [model, observed]
