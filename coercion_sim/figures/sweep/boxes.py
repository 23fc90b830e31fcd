"""Settings in which a policy misses: limits of the boxes, over the range in which each parameter was varied."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from coercion_sim.analysis import Analysis, BoxLimit, MissBox
from coercion_sim.figures.style.captions import key_numbers, parameter_label, policy_marks, sweep_caption, value_text
from coercion_sim.figures.style.data import NothingToShow
from coercion_sim.figures.style.frame import ROW_SIZE, Words, framed, row_axis, row_labels, width_of, wrap
from coercion_sim.figures.style.house import FULL_WIDTH, NEUTRAL, Canvas, new_figure, points
from coercion_sim.wording import capital, percent, policy_label

#: Inches of a row and of a panel's heading.
_ROW, _HEAD = 0.3, 0.5
_NOTE = (
    "Grey: whole range; ink: limits of the box, with their values. Density: share of the draws in the box that"
    " miss; coverage: share of all misses that are in it. Further boxes are in the tables."
)


def boxes(analysis: Analysis, figure: Canvas | None = None, *, width: float = FULL_WIDTH) -> Canvas:
    """Draw the first box of each policy, one panel each.

    A row a parameter, its whole range in grey, the part inside the box in the policy's ink.

    Raises
    ------
    NothingToShow
        Without a condition of a miss, and where no box holds more misses than the whole.
    """
    drawn = [box for box in analysis.boxes if box.limits and box.number == 1]
    if analysis.fails is None:
        raise NothingToShow("boxes need a condition of a miss: --fails 'target_loss_pv>q90', say")
    if not drawn:
        raise NothingToShow(f"no boxes to show: {analysis.fails.text} holds nowhere more often than on the whole")
    figure = new_figure(width) if figure is None else figure
    heights = [_HEAD + _ROW * len(box.limits) for box in drawn]
    numbers = {policy_label(b.policy): f"{percent(b.density)} against {percent(b.base_rate)} overall" for b in drawn}
    title = f"Settings in which a policy misses ({analysis.fails.text})"
    words = Words(title, key_numbers("Density of misses in the box", numbers), sweep_caption(analysis, _NOTE))
    axes = np.atleast_1d(framed(figure, sum(heights), words).subplots(len(drawn), 1, height_ratios=heights))
    for ax, box in zip(axes, drawn, strict=True):
        _panel(ax, box, policy_marks(analysis)[box.policy].colour, width_of(figure))
    return figure


def _panel(ax: Axes, box: MissBox, colour: str, width: float) -> None:
    row_axis(ax, row_labels([parameter_label(limit.parameter) for limit in box.limits], width))
    for y, limit in enumerate(box.limits):
        if limit.values:
            ax.text(0.0, y, "only " + ", ".join(limit.values), fontsize=points(ROW_SIZE), va="center", color=colour)
        else:
            _limits(ax, y, limit, colour)
    # Room for the numbers at the ends: .4 inches on each side of a panel of about three quarters of the width.
    room = max(0.12, 0.4 / (0.75 * width - 0.8))
    ax.set_xlim(-room, 1.0 + room)
    ax.set_xticks([])
    ax.spines["bottom"].set_visible(False)
    words = f"{capital(policy_label(box.policy))}: density {percent(box.density)}, coverage {percent(box.coverage)}"
    ax.set_title(wrap(words, 0.75 * width, 7.5, "bold", 2))


def _limits(ax: Axes, y: int, limit: BoxLimit, colour: str) -> None:
    """Whole range of a parameter, the part inside the box, and the numbers at their ends."""
    low, high = scaled(limit)
    ax.plot([0.0, 1.0], [y, y], color="#BBBBBB", linewidth=3.0, solid_capstyle="butt", zorder=1)
    ax.plot([low, high], [y, y], color=colour, linewidth=6.0, solid_capstyle="butt", zorder=2)
    _number(ax, -0.01, y, limit.at_least, "#777777", "right", "center")
    _number(ax, 1.01, y, limit.at_most, "#777777", "left", "center")
    near = high - low < 0.1  # numbers of a narrow box stand outside it
    if limit.low > limit.at_least:
        _number(ax, low, y - 0.2, limit.low, NEUTRAL, "right" if near else "center", "bottom")
    if limit.high < limit.at_most:
        _number(ax, high, y - 0.2, limit.high, NEUTRAL, "left" if near else "center", "bottom")


def _number(ax: Axes, x: float, y: float, value: float, colour: str, side: str, height: str) -> None:
    """Small number beside a bar."""
    ax.text(x, y, value_text(value), fontsize=points(ROW_SIZE - 0.5), ha=side, va=height, color=colour)


def scaled(limit: BoxLimit) -> tuple[float, float]:
    """Limits as shares of the whole range."""
    span = limit.at_most - limit.at_least
    return (limit.low - limit.at_least) / span, (limit.high - limit.at_least) / span
