"""The trade network of one world: who trades goods with whom, and what pressure and policy do to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.compute as pc

from coercion_sim.analysis import TradeChange, trade_change
from coercion_sim.experiments import Results
from coercion_sim.figures.network.trade_ring import (
    GAIN,
    LOSS,
    draw_changes,
    draw_trade,
    largest,
    make_ring,
    ring_legend,
)
from coercion_sim.figures.style.data import NothingToShow, baseline
from coercion_sim.figures.style.layout import (
    ROW_SIZE,
    framed,
    is_wide,
    new_figure,
    panel_title,
    row_axis,
    row_labels,
    width_of,
    wrap,
)
from coercion_sim.figures.style.shown_part import one_world, policies_asked, rows_kept
from coercion_sim.figures.style.style import FULL_WIDTH, NEUTRAL
from coercion_sim.figures.style.text import number, policy_label, possessive, state_name, the_state, under

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from coercion_sim.figures.style.layout import Canvas

#: Changes listed on either side.
LISTED = 5


def trade_network(
    results: Results,
    figure: Canvas | None = None,
    *,
    width: float = FULL_WIDTH,
    policy: str | None = None,
    replicate: int | None = None,
    point: int = 0,
    quarter: str | None = None,
) -> Canvas:
    """Draw goods trade between states before the first quarter, and how it has changed in a quarter of one run.

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
    chosen = baseline(results) if policy is None else policies_asked(results, policy)[0]
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
    body = framed(
        figure, sum(heights), title(results, trade, chosen), _caption(results, trade, chosen, number_of, point),
        ring_legend(ring),
    )  # fmt: skip
    parts: Any = body.subfigures(2, 1, height_ratios=heights)
    upper, lower = parts
    before, after = upper.subplots(1, 2) if wide else upper.subplots(2, 1)
    bars = lower.subplots()
    draw_trade(before, ring, trade, room)
    draw_changes(after, ring, trade, room)
    draw_pairs(bars, results, trade, pairs)
    before.set_title(panel_title("a", "Before: largest goods trade, both ways", room))
    after.set_title(panel_title("b", f"{trade.quarter}: change of goods sales", room))
    bars.set_title(panel_title("c", f"{trade.quarter}: largest changes", width_of(figure) - 0.2))
    return figure


def draw_pairs(ax: Axes, results: Results, trade: TradeChange, pairs: Sequence[tuple[int, int]]) -> Axes:
    """Draw changes of sales between pairs of states on given axes, a bar each.

    Beside it the number and, where there is room, its share of sales before.
    """
    states, wide = [state_name(results, s) for s in trade.states], is_wide(ax.figure)
    row_axis(ax, row_labels([f"{states[i]} → {states[j]}" for i, j in pairs], 2.2 * width_of(ax.figure)))
    change = [float(trade.change[i, j]) / 1e3 for i, j in pairs]
    ax.barh(range(len(pairs)), change, height=0.55, color=[GAIN if c > 0 else LOSS for c in change], zorder=2)
    for row, ((i, j), value) in enumerate(zip(pairs, change, strict=True)):
        share = value * 1e3 / trade.before[i, j] if trade.before[i, j] > 0 else float("nan")
        words = f" {number(value)}" + (f" ({number(100.0 * share, 1)}\u00a0%)" if wide and np.isfinite(share) else "")
        ax.text(value, row, words + " ", fontsize=ROW_SIZE - 0.5, va="center", ha="left" if value > 0 else "right")
    ax.axvline(0.0, color=NEUTRAL, linewidth=0.7, zorder=3)
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


def title(results: Results, trade: TradeChange, policy: str) -> str:
    """Say whose sales to whom fall most, and whose rise most."""
    names = [the_state(results, s) for s in trade.states]
    clauses: list[str] = []
    for sign, verb in ((-1.0, "fall"), (1.0, "rise")):
        i, j = (int(n) for n in np.unravel_index(np.argmax(sign * trade.change), trade.change.shape))
        if sign * trade.change[i, j] > 0.0:
            money = number(abs(float(trade.change[i, j])) / 1e3)
            sales = "sales of goods" if not clauses else "sales"
            clauses.append(
                f"{possessive(names[i])} {sales} to {names[j]} {verb} most, by US$\u00a0{money}\u00a0billion a year"
            )
    return f"{under(policy)}, in {trade.quarter}, {'; '.join(clauses)}"


def _caption(results: Results, trade: TradeChange, policy: str, replicate: int, point: int) -> str:
    notes = [
        "Goods of all sectors, net of tariffs, at current prices; a: the largest flows, without those of all others;"
        " b and c: against before the first quarter."
    ]
    pressed = [f"{state_name(results, a)} on {state_name(results, b)}" for a, b in trade.measures]
    if pressed:
        told = ", ".join(pressed[:3]) + (f" and {len(pressed) - 3} more" if len(pressed) > 3 else "")
        notes.append(f"Coercive measures in force then: {told}.")
    else:
        notes.append("No coercive measure is in force then.")
    notes.append(f"Policy {policy_label(policy)}, played again from the results for its flows.")
    if not trade.same_code:
        notes.append("The results are of another version of the package, so this run may differ from theirs.")
    return " ".join([*notes, one_world(results, replicate, point)])


def _first_pressed(results: Results, policy: str, point: int) -> int:
    """First replicate in which measures were imposed, else the first that finished."""
    rows = rows_kept(results, "outcomes", ["point", "policy", "replicate", "pressure_quarters"])
    mine = rows.filter((pc.field("point") == point) & (pc.field("policy") == policy))
    pressed = mine.filter(pc.greater(mine.column("pressure_quarters"), 0))
    found = (pressed if pressed.num_rows else mine).column("replicate").to_pylist()
    if not found:
        raise NothingToShow(f"no run under {policy_label(policy)} finished at point {point}")
    return int(min(found))
