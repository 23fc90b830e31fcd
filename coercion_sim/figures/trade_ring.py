"""Ring of states, with lines between them for their trade and arrows for its changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch

from coercion_sim.analysis import TradeChange
from coercion_sim.arrays import Array
from coercion_sim.experiments import Results
from coercion_sim.figures.style.captions import state_name
from coercion_sim.figures.style.frame import ROW_SIZE, wrap
from coercion_sim.figures.style.house import INK, points
from coercion_sim.wording import number

#: States on the ring besides the rest of them, which share one place; lines drawn.
MOST, LINES = 11, 30
GAIN, LOSS = "#0072B2", "#D55E00"
_OTHERS = "all others"
_WIDEST = 6.0
_LOOKS: dict[str, dict[str, Any]] = {
    "target": {"marker": "^", "markersize": 8.0, "color": INK},
    "coercer": {"marker": "s", "markersize": 7.0, "color": INK},
    "bloc": {"marker": "o", "markersize": 6.5, "color": "#5A5A5A"},
    "": {"marker": "o", "markersize": 6.5, "color": "white"},
}


def _places(ax: Axes, ring: Ring, width: float) -> None:
    """Mark and name the places, and make room for the names."""
    reach = 1.0 + 2.0 * 0.62 / width
    for place, (label, role) in enumerate(zip(ring.labels, ring.roles, strict=True)):
        x, y = ring.at(place)
        ax.plot([x], [y], linestyle="none", markeredgecolor=INK, markeredgewidth=0.8, zorder=4, **_LOOKS[role])
        side = "left" if x > 0.2 else "right" if x < -0.2 else "center"
        height = "bottom" if y > 0.85 else "top" if y < -0.85 else "center"
        ax.text(
            1.1 * x, 1.1 * y, wrap(label, 0.62, ROW_SIZE, most=2), fontsize=points(ROW_SIZE), ha=side, va=height,
            linespacing=1.0, zorder=5,
        )  # fmt: skip
    ax.set_xlim(-reach - 0.25, reach + 0.25)
    ax.set_ylim(-1.32, 1.32)
    ax.set_aspect("equal")
    ax.grid(False)
    ax.set_xticks([])
    ax.set_yticks([])
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
        for place, group in enumerate(self.groups):
            member[place, list(group)] = 1.0
        pooled: Array = member @ flows @ member.T
        np.fill_diagonal(pooled, 0.0)
        return pooled

    def at(self, place: int) -> tuple[float, float]:
        """Point of a place on the circle of radius 1."""
        angle = 0.5 * np.pi - 2.0 * np.pi * place / len(self.groups)
        return float(np.cos(angle)), float(np.sin(angle))


def make_ring(results: Results, trade: TradeChange, pairs: Sequence[tuple[int, int]]) -> Ring:
    """Place target, coercer, the states of the largest changes, the bloc and the largest traders; others share one."""
    states, target, coercer = trade.states, results.target, results.coercer
    bloc = (results.manifest["scenario"]["content"].get("actors") or {}).get("bloc") or ()
    own = _own_places(trade, [target, coercer], pairs, bloc)
    rest = tuple(n for n, s in enumerate(states) if s not in own)
    friends = [s for s in own if s in bloc and s not in (target, coercer)]
    ring = _clockwise(own, target, coercer, friends, shared=bool(rest))
    roles = dict.fromkeys(friends, "bloc") | {target: "target", coercer: "coercer"}
    return Ring(
        tuple(s if s == _OTHERS else state_name(results, s) for s in ring),
        tuple(rest if s == _OTHERS else (states.index(s),) for s in ring),
        tuple(roles.get(s, "") for s in ring),
    )


def _clockwise(own: Sequence[str], target: str, coercer: str, friends: Sequence[str], *, shared: bool) -> list[str]:
    """Target on top, its bloc on both sides, the coercer opposite with the place of all others."""
    others = [s for s in own if s not in (*friends, target, coercer)]
    bottom = [*[s for s in (coercer,) if s in own], *([_OTHERS] if shared else [])]
    top = [s for s in (target,) if s in own]
    return [*top, *friends[0::2], *others[0::2], *bottom, *others[1::2][::-1], *friends[1::2][::-1]]


def _own_places(
    trade: TradeChange, first: Sequence[str], pairs: Sequence[tuple[int, int]], bloc: Sequence[str]
) -> list[str]:
    """States with a place of their own, most important first, `MOST` at most."""
    size = trade.before.sum(axis=0) + trade.before.sum(axis=1)
    changed = [trade.states[n] for pair in sorted(pairs, key=lambda p: -abs(float(trade.change[p]))) for n in pair]
    traders = [trade.states[n] for n in np.argsort(-size, kind="stable")]
    order = dict.fromkeys([*first, *changed, *bloc, *traders])
    return [s for s in order if s in trade.states and s != "ROW"][:MOST]


def draw_trade(ax: Axes, ring: Ring, trade: TradeChange, width: float = 3.0) -> Axes:
    """Draw the largest flows before the first quarter on given axes, both directions added up.

    Trade with the states that share a place is left out: it would make every other line thin.
    """
    flows = ring.pooled(trade.before)
    shared = [place for place, group in enumerate(ring.groups) if len(group) > 1]
    flows[shared], flows[:, shared] = 0.0, 0.0
    both = np.triu(flows + flows.T)
    widest = float(both.max())
    for i, j in largest(both, LINES):
        (x0, y0), (x1, y1) = ring.at(i), ring.at(j)
        thick = _WIDEST * float(both[i, j]) / widest
        ax.plot([x0, x1], [y0, y1], color="#9A9A9A", linewidth=max(thick, 0.3), solid_capstyle="butt", zorder=1)
    _places(ax, ring, width)
    ax.set_xlabel(wrap(f"Widest line: US$ {number(widest / 1e3)} billion a year", width, 7.0))
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
    ax.set_xlabel(wrap(f"Widest arrow: US$ {number(widest / 1e3)} billion a year", width, 7.0))
    return ax


def largest(values: Array, most: int) -> list[tuple[int, int]]:
    """Cells of the largest values above 0, largest first."""
    order = np.argsort(-values, axis=None, kind="stable")[:most]
    cells = [(int(i), int(j)) for i, j in zip(*np.unravel_index(order, values.shape), strict=True)]
    return [cell for cell in cells if values[cell] > 0.0]


def ring_legend(ring: Ring) -> list[Any]:
    """Legend entries: roles of states, and rising and falling sales."""
    named = {"target": "target", "coercer": "coercer", "bloc": "bloc", "": "other"}
    entries = [
        Line2D([], [], linestyle="none", markeredgecolor=INK, label=label, **{**_LOOKS[role], "markersize": 5.0})
        for role, label in named.items()
        if role in ring.roles
    ]
    entries.append(Line2D([], [], color=GAIN, linewidth=2.0, label="sales rise"))
    entries.append(Line2D([], [], color=LOSS, linewidth=2.0, linestyle=(0, (2.2, 1.0)), label="sales fall"))
    return entries
