"""Trade network of one run: goods trade between states, and its change under pressure and policy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow.compute as pc
from matplotlib.axes import Axes

from coercion_sim.analysis import TradeChange, trade_change
from coercion_sim.experiments import Results
from coercion_sim.figures.style.captions import ANOTHER_VERSION, key_numbers, one_run, place, state_name
from coercion_sim.figures.style.data import NothingToShow, baseline, chosen_policies, rows_kept
from coercion_sim.figures.style.frame import (
    ROW_SIZE,
    Words,
    framed,
    is_wide,
    panel_title,
    row_axis,
    row_labels,
    width_of,
    wrap,
)
from coercion_sim.figures.style.house import FULL_WIDTH, Canvas, new_figure, points
from coercion_sim.figures.style.shapes import zero_line
from coercion_sim.figures.trade_ring import GAIN, LOSS, draw_changes, draw_trade, largest, make_ring, ring_legend
from coercion_sim.outcomes import MONEY_YEAR
from coercion_sim.wording import capital, number, percent, policy_label, quantity, under

#: Changes listed on either side.
LISTED = 5


def trade_network(
    results: Results, figure: Canvas | None = None, *, width: float = FULL_WIDTH, policy: str | None = None,
    replicate: int | None = None, point: int = 0, quarter: str | None = None,
) -> Canvas:  # fmt: skip
    """Draw goods trade between states before the first quarter, and its change in a quarter of one run.

    Flows are in no table, so that run is played again. Panels: the largest flows before, both ways together; the
    largest changes, from seller to buyer; the same changes as bars.

    Parameters
    ----------
    policy
        The baseline if None.
    replicate
        The first in which measures were imposed, under that policy at that point, if None.
    quarter
        The one in which trade differs most from before, if None.

    Raises
    ------
    NothingToShow
        Where the run changes no trade.
    InvalidInput, ResultsError
        As `analysis.trade_change`.
    """
    chosen = baseline(results) if policy is None else chosen_policies(results, policy)[0]
    number_of = _first_pressed(results, chosen, point) if replicate is None else replicate
    trade = trade_change(results, chosen, number_of, point, quarter)
    if np.abs(trade.change).max() <= 1e-6 * trade.before.max():
        raise NothingToShow(f"no trade changes in replicate {number_of} under {policy_label(chosen)}")
    figure = new_figure(width) if figure is None else figure
    wide = is_wide(figure)
    pairs = largest_changes(trade)
    ring = make_ring(results, trade, pairs)
    room = width_of(figure) / (2 if wide else 1) - 0.2
    side, low = min(0.82 * room, 2.8) + 0.35, 0.75 + 0.16 * len(pairs)
    heights = [side if wide else 2 * side, low]
    words = _words(results, trade, pairs, chosen, one_run_of=(number_of, point))
    parts: Any = framed(figure, sum(heights), words, ring_legend(ring)).subfigures(2, 1, height_ratios=heights)
    upper, lower = parts
    before, after = upper.subplots(1, 2) if wide else upper.subplots(2, 1)
    bars = lower.subplots()
    draw_trade(before, ring, trade, room)
    draw_changes(after, ring, trade, room)
    draw_pairs(bars, results, trade, pairs)
    before.set_title(panel_title(0, "Before: largest goods trade, both ways", room))
    after.set_title(panel_title(1, f"{trade.quarter}: change of goods sales", room))
    bars.set_title(panel_title(2, f"{trade.quarter}: largest changes", width_of(figure) - 0.2))
    return figure


def draw_pairs(ax: Axes, results: Results, trade: TradeChange, pairs: Sequence[tuple[int, int]]) -> Axes:
    """Draw changes of sales between pairs of states on given axes, a bar each.

    Beside it the number and, where room allows, its share of sales before.
    """
    states, wide = [state_name(results, s) for s in trade.states], is_wide(ax.figure)
    row_axis(ax, row_labels([f"{states[i]} → {states[j]}" for i, j in pairs], 2.2 * width_of(ax.figure)))
    change = [float(trade.change[i, j]) / 1e3 for i, j in pairs]
    ax.barh(range(len(pairs)), change, height=0.55, color=[GAIN if c > 0 else LOSS for c in change], zorder=2)
    for row, ((i, j), value) in enumerate(zip(pairs, change, strict=True)):
        share = value * 1e3 / trade.before[i, j] if trade.before[i, j] > 0 else float("nan")
        words = f" {number(value)}" + (f" ({percent(share)})" if wide and np.isfinite(share) else "")
        ax.text(
            value, row, words + " ", fontsize=points(ROW_SIZE - 0.5), va="center", ha="left" if value > 0 else "right"
        )
    zero_line(ax, vertical=True)
    low, high = min([*change, 0.0]), max([*change, 0.0])
    # Room for the numbers: so many inches on either side that has bars.
    free = max(width_of(ax.figure) - 1.9, 0.9)
    number_room = 0.85 if wide else 0.38
    sides = [number_room * (low < 0), number_room * (high > 0)]
    inch = (high - low) / max(free - sum(sides), 0.25)
    ax.set_xlim(low - sides[0] * inch, high + sides[1] * inch)
    ax.set_xlabel(wrap("Change of goods sales, seller → buyer (US$ billion a year)", width_of(ax.figure) - 1.6, 7.0))
    return ax


def largest_changes(trade: TradeChange) -> list[tuple[int, int]]:
    """Pairs (seller, buyer) whose sales fall most, then those that rise most, at most `LISTED` each."""
    worst = largest(-trade.change, LISTED)
    best = largest(trade.change, LISTED)
    return worst + best[::-1]


def _words(
    results: Results, trade: TradeChange, pairs: Sequence[tuple[int, int]], policy: str, one_run_of: tuple[int, int]
) -> Words:
    numbers = {}
    for what, (i, j) in (("largest fall,", pairs[0]), ("largest rise,", pairs[-1])):
        seller, buyer = state_name(results, trade.states[i]), state_name(results, trade.states[j])
        numbers[f"{what} {seller} → {buyer},"] = quantity(float(trade.change[i, j]), MONEY_YEAR, sign=True)
    pressed = [f"{state_name(results, a)} on {state_name(results, b)}" for a, b in trade.measures]
    more = f" and {len(pressed) - 3} more" if len(pressed) > 3 else ""
    in_force = f"Coercive measures in force then: {', '.join(pressed[:3])}{more}."
    notes = [
        "Goods of all sectors, net of tariffs, at current prices; a: the largest flows, without those of all others;"
        " b and c: against before the first quarter.",
        in_force if pressed else "No coercive measure is in force then.",
        f"Policy {policy_label(policy)}, played again from the results for its flows.",
    ]
    if not trade.same_code:
        notes.append(ANOTHER_VERSION)
    title = f"Goods trade before the measures and its change in {trade.quarter}: {place(results)}"
    return Words(title, key_numbers(capital(under(policy)), numbers), one_run(results, *one_run_of, *notes))


def _first_pressed(results: Results, policy: str, point: int) -> int:
    """First replicate in which measures were imposed, else the first that finished."""
    rows = rows_kept(results, "outcomes", ["point", "policy", "replicate", "pressure_quarters"])
    mine = rows.filter((pc.field("point") == point) & (pc.field("policy") == policy))
    pressed = mine.filter(pc.greater(mine.column("pressure_quarters"), 0))
    replicates = (pressed if pressed.num_rows else mine).column("replicate").to_pylist()
    if not replicates:
        raise NothingToShow(f"no run under {policy_label(policy)} finished at point {point}")
    return int(min(replicates))
