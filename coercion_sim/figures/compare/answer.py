"""The answer to a scenario's question as one chart: pressed and gets its way by policy, with burdens in US$."""

from __future__ import annotations

import math
from pathlib import Path

from coercion_sim.analysis import Answer
from coercion_sim.errors import InvalidInput, Problem
from coercion_sim.figures.style.frame import Words, entry, framed, row_axis, row_labels, settle, width_of
from coercion_sim.figures.style.house import FORMATS, FULL_WIDTH, Canvas, house, marks, new_figure, picture
from coercion_sim.figures.style.shapes import draw_interval
from coercion_sim.files import write_bytes
from coercion_sim.wording import policy_label

#: Columns drawn, with their words.
_DRAWN = {"pressed": "the coercer presses", "gets_its_way": "it gets its way"}


def answer_chart(answer: Answer, figure: Canvas | None = None, *, width: float = FULL_WIDTH) -> Canvas:
    """Draw a row a policy: mean chance that the coercer presses and gets its way, 5-95 % of draws, and burdens."""
    figure = new_figure(width) if figure is None else figure
    mark = marks(tuple(_DRAWN))
    first, target = answer.policies[0], answer.names.get(answer.target, answer.target)
    levels = ", ".join(f"{policy_label(p)} {100 * answer.mean('pressed', p).value:.0f} %" for p in answer.policies)
    words = Words(
        f"Does {answer.names.get(answer.coercer, answer.coercer)} press {target}?",
        f"Pressed: {levels}",
        f"{answer.scenario}: {answer.draws} draws of the uncertain numbers and stakes, exact; bars: 5-95 % of draws."
        f" Right: expected burden of the allies, US$ bn a dispute pressed. Compared with {policy_label(first)}.",
    )
    legend = [entry(mark[name], label, line=False) for name, label in _DRAWN.items()]
    ax = framed(figure, 0.5 + 0.34 * len(answer.policies), words, legend).subplots()
    row_axis(ax, row_labels([policy_label(p) for p in answer.policies], width_of(figure)))
    for y, policy in enumerate(answer.policies):
        for name, shift in zip(_DRAWN, (-0.14, 0.14), strict=True):
            m = answer.mean(name, policy)
            draw_interval(ax, 100 * m.value, 100 * m.low, 100 * m.high, y + shift, mark[name])
        burden = answer.mean("burden_usd", policy).value
        text = "-" if math.isnan(burden) else f"{burden:.1f}"
        ax.text(1.01, y, text, transform=ax.get_yaxis_transform(), va="center", ha="left")
    ax.set_xlim(0, 100)
    ax.set_xlabel("% of disputes")
    return figure


def draw_answer(answer: Answer, path: Path) -> None:
    """Write the chart to a file, in the format its name ends in.

    Raises
    ------
    InvalidInput
        For another format.
    """
    form = path.suffix.lstrip(".").lower()
    if form not in FORMATS:
        raise InvalidInput(Problem("no such format", key="--figure", found=path.name, allowed=", ".join(FORMATS)))
    with house():
        figure = answer_chart(answer)
        settle(figure)
        write_bytes(path, picture(figure, form))
