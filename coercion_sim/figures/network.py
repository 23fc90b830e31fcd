"""Trade of one run before and under pressure: states on a ring, lines and arrows between them, largest changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pyarrow.compute as pc
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch

from coercion_sim.analysis import TradeChange, trade_change
from coercion_sim.arrays import Array
from coercion_sim.experiments import Results
from coercion_sim.figures.style import frame
from coercion_sim.figures.style.captions import ANOTHER_VERSION, key_numbers, one_run, place, state_name
from coercion_sim.figures.style.data import NothingToShow, baseline, chosen_policies, rows_of_runs
from coercion_sim.figures.style.house import FULL_WIDTH, INK, Canvas, new_figure, points
from coercion_sim.figures.style.shapes import zero_line
from coercion_sim.outcomes import MONEY_YEAR
from coercion_sim.wording import capital, number, percent, policy_label, quantity, under

#: Sellers and buyers, by their numbers in the world's order.
Pairs: TypeAlias = Sequence[tuple[int, int]]
#: Changes listed on either side; states on the ring besides the rest of them, which share one place; lines drawn.
LISTED, MOST, LINES = 5, 11, 30
GAIN, LOSS = "#0072B2", "#D55E00"
_OTHERS = "all others"
_WIDEST = 6.0
_LOOKS: dict[str, dict[str, Any]] = {
    "target": {"marker": "^", "markersize": 8.0, "color": INK},
    "coercer": {"marker": "s", "markersize": 7.0, "color": INK},
    "bloc": {"marker": "o", "markersize": 6.5, "color": "#5A5A5A"},
    "": {"marker": "o", "markersize": 6.5, "color": "white"},
}


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
    wide = frame.is_wide(figure)
    pairs = largest_changes(trade)
    ring = make_ring(results, trade, pairs)
    room = frame.width_of(figure) / (2 if wide else 1) - 0.2
    side, low = min(0.82 * room, 2.8) + 0.35, 0.75 + 0.16 * len(pairs)
    heights = [side if wide else 2 * side, low]
    words = _words(results, trade, pairs, chosen, one_run_of=(number_of, point))
    parts: Any = frame.framed(figure, sum(heights), words, ring_legend(ring)).subfigures(2, 1, height_ratios=heights)
    upper, lower = parts
    before, after = upper.subplots(1, 2) if wide else upper.subplots(2, 1)
    bars = lower.subplots()
    draw_trade(before, ring, trade, room)
    draw_changes(after, ring, trade, room)
    draw_pairs(bars, results, trade, pairs)
    before.set_title(frame.panel_title(0, "Before: largest goods trade, both ways", room))
    after.set_title(frame.panel_title(1, f"{trade.quarter}: change of goods sales", room))
    bars.set_title(frame.panel_title(2, f"{trade.quarter}: largest changes", frame.width_of(figure) - 0.2))
    return figure


def draw_pairs(ax: Axes, results: Results, trade: TradeChange, pairs: Pairs) -> Axes:
    """Draw changes of sales between pairs of states on given axes, a bar each.

    Beside it the number and, where room allows, its share of sales before.
    """
    states, wide = [state_name(results, s) for s in trade.states], frame.is_wide(ax.figure)
    names = [f"{states[i]} → {states[j]}" for i, j in pairs]
    frame.row_axis(ax, frame.row_labels(names, 2.2 * frame.width_of(ax.figure)))
    change = [float(trade.change[i, j]) / 1e3 for i, j in pairs]
    ax.barh(range(len(pairs)), change, height=0.55, color=[GAIN if c > 0 else LOSS for c in change], zorder=2)
    for row, ((i, j), value) in enumerate(zip(pairs, change, strict=True)):
        share = value * 1e3 / trade.before[i, j] if trade.before[i, j] > 0 else float("nan")
        words = f" {number(value)}" + (f" ({percent(share)})" if wide and np.isfinite(share) else "")
        side, size = "left" if value > 0 else "right", points(frame.ROW_SIZE - 0.5)
        ax.text(value, row, words + " ", fontsize=size, va="center", ha=side)
    zero_line(ax, vertical=True)
    low, high = min([*change, 0.0]), max([*change, 0.0])
    # Room for the numbers: so many inches on either side that has bars.
    free = max(frame.width_of(ax.figure) - 1.9, 0.9)
    number_room = 0.85 if wide else 0.38
    sides = [number_room * (low < 0), number_room * (high > 0)]
    inch = (high - low) / max(free - sum(sides), 0.25)
    ax.set_xlim(low - sides[0] * inch, high + sides[1] * inch)
    ax.set_xlabel(
        frame.wrap("Change of goods sales, seller → buyer (US$ billion a year)", frame.width_of(ax.figure) - 1.6, 7.0)
    )
    return ax


def largest_changes(trade: TradeChange) -> list[tuple[int, int]]:
    """Pairs (seller, buyer) whose sales fall most, then those that rise most, at most `LISTED` each."""
    return largest(-trade.change, LISTED) + largest(trade.change, LISTED)[::-1]


def _words(results: Results, trade: TradeChange, pairs: Pairs, policy: str, one_run_of: tuple[int, int]) -> frame.Words:
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
    notes += [] if trade.same_code else [ANOTHER_VERSION]
    title = f"Goods trade before the measures and its change in {trade.quarter}: {place(results)}"
    return frame.Words(title, key_numbers(capital(under(policy)), numbers), one_run(results, *one_run_of, *notes))


def _first_pressed(results: Results, policy: str, point: int) -> int:
    """First replicate in which measures were imposed, else the first that finished."""
    mine = rows_of_runs(results, "outcomes", policy, point, "pressure_quarters")
    pressed = mine.filter(pc.greater(mine.column("pressure_quarters"), 0))
    replicates = (pressed if pressed.num_rows else mine).column("replicate").to_pylist()
    if not replicates:
        raise NothingToShow(f"no run under {policy_label(policy)} finished at point {point}")
    return int(min(replicates))


# ------------------------------------------------------------------ the ring


def _places(ax: Axes, ring: Ring, width: float) -> None:
    """Mark and name the places, and make room for the names."""
    reach = 1.0 + 2.0 * 0.62 / width
    for i, (label, role) in enumerate(zip(ring.labels, ring.roles, strict=True)):
        x, y = ring.at(i)
        ax.plot([x], [y], linestyle="none", markeredgecolor=INK, markeredgewidth=0.8, zorder=4, **_LOOKS[role])
        side = "left" if x > 0.2 else "right" if x < -0.2 else "center"
        height = "bottom" if y > 0.85 else "top" if y < -0.85 else "center"
        words, size = frame.wrap(label, 0.62, frame.ROW_SIZE, most=2), points(frame.ROW_SIZE)
        ax.text(1.1 * x, 1.1 * y, words, fontsize=size, ha=side, va=height, linespacing=1.0, zorder=5)
    ax.set(xlim=(-reach - 0.25, reach + 0.25), ylim=(-1.32, 1.32), aspect="equal", xticks=[], yticks=[])
    ax.grid(False)
    ax.spines["bottom"].set_visible(False)


@dataclass(frozen=True)
class Ring:
    """Places on the ring.

    Attributes
    ----------
    labels
        Names, clockwise from the top: the target first, its bloc on both sides, the coercer opposite.
    groups
        States (numbers in the world's order) that share each place.
    roles
        ``coercer``, ``target``, ``bloc`` or empty.
    """

    labels: tuple[str, ...]
    groups: tuple[tuple[int, ...], ...]
    roles: tuple[str, ...]

    def pooled(self, flows: Array) -> Array:
        """Flows (N, N) between the places, those within a place left out."""
        member = np.zeros((len(self.groups), len(flows)))
        for i, group in enumerate(self.groups):
            member[i, list(group)] = 1.0
        pooled: Array = member @ flows @ member.T
        np.fill_diagonal(pooled, 0.0)
        return pooled

    def at(self, place: int) -> tuple[float, float]:
        """Point of a place on the circle of radius 1."""
        angle = 0.5 * np.pi - 2.0 * np.pi * place / len(self.groups)
        return float(np.cos(angle)), float(np.sin(angle))


def make_ring(results: Results, trade: TradeChange, pairs: Pairs) -> Ring:
    """Place target, coercer, the states of the largest changes, the bloc and the largest traders; others share one."""
    states, target, coercer = trade.states, results.target, results.coercer
    bloc = (results.manifest["scenario"]["content"].get("actors") or {}).get("bloc") or ()
    own = _own_places(trade, pairs, (target, coercer), bloc)
    rest = tuple(n for n, s in enumerate(states) if s not in own)
    friends = [s for s in own if s in bloc and s not in (target, coercer)]
    ring = _clockwise(own, friends, target, coercer, shared=bool(rest))
    roles = dict.fromkeys(friends, "bloc") | {target: "target", coercer: "coercer"}
    return Ring(
        tuple(s if s == _OTHERS else state_name(results, s) for s in ring),
        tuple(rest if s == _OTHERS else (states.index(s),) for s in ring),
        tuple(roles.get(s, "") for s in ring),
    )


def _clockwise(own: Sequence[str], friends: Sequence[str], target: str, coercer: str, *, shared: bool) -> list[str]:
    """Places clockwise from the top: target, its bloc on both sides, the coercer opposite with all others."""
    others = [s for s in own if s not in (*friends, target, coercer)]
    top, bottom = ([s] if s in own else [] for s in (target, coercer))
    bottom += [_OTHERS] if shared else []
    return [*top, *friends[0::2], *others[0::2], *bottom, *others[1::2][::-1], *friends[1::2][::-1]]


def _own_places(trade: TradeChange, pairs: Pairs, first: Sequence[str], bloc: Sequence[str]) -> list[str]:
    """States with a place of their own, most important first, `MOST` at most."""
    size = trade.before.sum(axis=0) + trade.before.sum(axis=1)
    changed = [trade.states[n] for pair in sorted(pairs, key=lambda p: -abs(float(trade.change[p]))) for n in pair]
    traders = [trade.states[n] for n in np.argsort(-size, kind="stable")]
    return [s for s in dict.fromkeys([*first, *changed, *bloc, *traders]) if s in trade.states and s != "ROW"][:MOST]


def draw_trade(ax: Axes, ring: Ring, trade: TradeChange, width: float = 3.0) -> Axes:
    """Draw the largest flows before the first quarter on given axes, both directions added up.

    Trade with the states that share a place is left out: it would make every other line thin.
    """
    flows = ring.pooled(trade.before)
    shared = [i for i, group in enumerate(ring.groups) if len(group) > 1]
    flows[shared], flows[:, shared] = 0.0, 0.0
    both = np.triu(flows + flows.T)
    widest = float(both.max())
    for i, j in largest(both, LINES):
        (x0, y0), (x1, y1) = ring.at(i), ring.at(j)
        thick = _WIDEST * float(both[i, j]) / widest
        ax.plot([x0, x1], [y0, y1], color="#9A9A9A", linewidth=max(thick, 0.3), solid_capstyle="butt", zorder=1)
    _places(ax, ring, width)
    ax.set_xlabel(frame.wrap(f"Widest line: US$ {number(widest / 1e3)} billion a year", width, 7.0))
    return ax


def draw_changes(ax: Axes, ring: Ring, trade: TradeChange, width: float = 3.0) -> Axes:
    """Draw the largest changes of sales on given axes as arrows from seller to buyer: gains solid, losses dashed."""
    change = ring.pooled(trade.change)
    widest = float(np.abs(change).max())
    for sign, colour, style in ((-1.0, LOSS, (0, (2.2, 1.0))), (1.0, GAIN, "-")):
        for i, j in largest(sign * change, LINES // 2):
            thick = _WIDEST * abs(float(change[i, j])) / widest
            if thick < 0.15:
                continue
            arrow = FancyArrowPatch(
                ring.at(i), ring.at(j), connectionstyle="arc3,rad=0.14", shrinkA=6.0, shrinkB=6.0 + 0.4 * thick,
                color=colour,
                arrowstyle=f"-|>,head_length={2.4 + 0.25 * thick:.2f},head_width={1.1 + 0.2 * thick:.2f}",
                linestyle=style, linewidth=max(0.6 * thick, 0.5), capstyle="butt", joinstyle="miter", zorder=2,
                mutation_scale=1.0,
            )  # fmt: skip
            ax.add_patch(arrow)
    _places(ax, ring, width)
    ax.set_xlabel(frame.wrap(f"Widest arrow: US$ {number(widest / 1e3)} billion a year", width, 7.0))
    return ax


def largest(values: Array, most: int) -> list[tuple[int, int]]:
    """Cells of the largest values above 0, largest first."""
    order = np.argsort(-values, axis=None, kind="stable")[:most]
    cells = [(int(i), int(j)) for i, j in zip(*np.unravel_index(order, values.shape), strict=True)]
    return [cell for cell in cells if values[cell] > 0.0]


def ring_legend(ring: Ring) -> list[Any]:
    """Legend entries: roles of states, and rising and falling sales."""
    named = {"target": "target", "coercer": "coercer", "bloc": "bloc", "": "other"}
    return [
        *(
            Line2D([], [], linestyle="none", markeredgecolor=INK, label=label, **{**_LOOKS[role], "markersize": 5.0})
            for role, label in named.items()
            if role in ring.roles
        ),
        Line2D([], [], color=GAIN, linewidth=2.0, label="sales rise"),
        Line2D([], [], color=LOSS, linewidth=2.0, linestyle=(0, (2.2, 1.0)), label="sales fall"),
    ]
