"""Game tree of the first dispute of a run: possible courses, their probabilities, and the course taken."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan
from typing import Any

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from coercion_sim.analysis import CourseTree, NoGame, course_tree
from coercion_sim.experiments import Results
from coercion_sim.figures.style.captions import ANOTHER_VERSION, one_run, state_name
from coercion_sim.figures.style.data import NothingToShow, baseline, chosen_policies, rows_of_runs
from coercion_sim.figures.style.frame import ROW_SIZE, Words, framed, is_wide, text_width, width_of, wrap
from coercion_sim.figures.style.house import FULL_WIDTH, INK, Canvas, new_figure, points
from coercion_sim.figures.tree_rows import LEAST, Step, TreeRow, courses, steps_of, tree_rows
from coercion_sim.wording import fixed, number, percent, policy_label, possessive

# Lengths in inches: height of a row, indent of a level, width of a column of numbers.
_ROW, _INDENT, _COLUMN = 0.165, 0.15, 0.55
_LOOKS: dict[str, dict[str, Any]] = {
    "coercer": {"marker": "s", "color": INK, "markersize": 4.5},
    "target": {"marker": "^", "color": INK, "markersize": 5.0},
    "ally": {"marker": "o", "color": "#8A8A8A", "markersize": 4.5},
    "end": {"marker": "o", "color": "white", "markersize": 3.5},
}
_PLAYED = "#0072B2"


def game_tree(
    results: Results, figure: Canvas | None = None, *, width: float = FULL_WIDTH, policy: str | None = None,
    replicate: int | None = None, point: int = 0, least: float = LEAST,
) -> Canvas:  # fmt: skip
    """Draw the tree of the first dispute of a run that began with a demand, as an outline: a row a branch.

    Probabilities are those of the model at the true types of the dispute and the beliefs of each moment. Columns beside
    each branch: its chance given all before it, its chance from the start, and its worth to the mover.

    Parameters
    ----------
    policy
        The baseline if None.
    replicate
        The first in which a dispute arose, under that policy at that point, if None.
    least
        Branches less likely than this, given that the coercer presses, share a row; more where the page is full.

    Raises
    ------
    NothingToShow
        Where no state chooses, or no dispute begins with a demand.
    InvalidInput, ResultsError
        As `analysis.course_tree`.
    """
    chosen = baseline(results) if policy is None else chosen_policies(results, policy)[0]
    if (number_of := replicate) is None:
        with_dispute = rows_of_runs(results, "disputes", chosen, point).column("replicate").to_pylist()
        number_of = int(min(with_dispute, default=0))
    try:
        tree = course_tree(results, chosen, number_of, point)
    except NoGame as none:
        raise NothingToShow(str(none)) from None
    steps = steps_of(results, tree)
    rows, bound = tree_rows(steps, least)
    figure = new_figure(width) if figure is None else figure
    caption = one_run(results, number_of, point, *_notes(results, tree, bound, chosen, worth=is_wide(figure)))
    coercer, target = state_name(results, tree.coercer), state_name(results, tree.target)
    title = f"Game tree of {possessive(coercer)} dispute with {target}, {tree.quarter}"
    words = Words(title, likeliest(steps), caption)
    ax = framed(figure, _ROW * (len(rows) + 3) + 0.1, words, _legend(rows)).add_axes((0.0, 0.0, 1.0, 1.0))
    draw_tree(ax, rows, width_of(figure))
    return figure


def draw_tree(ax: Axes, rows: Sequence[TreeRow], width: float) -> Axes:
    """Draw rows of a tree on given axes `width` inches wide, and the numbers beside them; axes are in inches."""
    height = _ROW * (len(rows) + 3)
    heads = ["Chance\n(%)", "In all\n(%)"] + (["Worth\n(% of GDP)"] if is_wide(ax.figure) else [])
    rights = [width - 0.12 - 1.15 * _COLUMN * (len(heads) - 1 - i) for i in range(len(heads))]
    ax.set_xlim(0.0, width)
    ax.set_ylim(-0.05, height + 0.05)
    ax.axis("off")
    for right, head in zip(rights, heads, strict=True):
        ax.text(
            right, height - 0.05, head, fontsize=points(ROW_SIZE), weight="bold", ha="right", va="top", linespacing=1.1
        )
    spots = [(0.2 + _INDENT * row.depth, height - _ROW * (i + 2.6)) for i, row in enumerate(rows)]
    for row, spot in zip(rows, spots, strict=True):
        if row.parent >= 0:
            (above, top), (x, y) = spots[row.parent], spot
            ax.plot(
                [above, above, x], [top, y, y], solid_capstyle="butt", color=_PLAYED if row.step.played else "#9A9A9A",
                linewidth=0.5 + 2.5 * row.step.chance, zorder=2 if row.step.played else 1,
            )  # fmt: skip
        _draw_row(ax, row, *spot, rights)
    return ax


def _draw_row(ax: Axes, row: TreeRow, x: float, y: float, rights: Sequence[float]) -> None:
    """Marker, words and numbers of one row."""
    step = row.step
    ink, weight = (_PLAYED, "bold") if step.played else (INK, "normal")
    look = {**_LOOKS[step.part], **({"color": _PLAYED} if step.played and step.part != "end" else {})}
    ax.plot([x], [y], linestyle="none", markeredgecolor=ink, markeredgewidth=0.7, zorder=3, **look)
    words = wrap(row.text, rights[0] - _COLUMN - x - 0.1, ROW_SIZE, weight, most=1)
    ax.text(x + 0.09, y, words, fontsize=points(ROW_SIZE), va="center", color=ink, weight=weight)
    cells = [_chance(step.chance), _chance(row.reach), "" if isnan(step.worth) else fixed(step.worth, 3, sign=True)]
    for right, cell in zip(rights, cells, strict=False):
        ax.text(right, y, cell, fontsize=points(ROW_SIZE), ha="right", va="center", color=ink)
    if step.over or step.part == "end":
        end = x + 0.09 + text_width(words, ROW_SIZE, weight) + 0.06
        ax.plot([end, rights[0] - 0.34], [y, y], color="#DDDDDD", linewidth=0.5, zorder=0)


def likeliest(steps: Sequence[Step]) -> str:
    """Likeliest course with its probability; where that is no pressure, also the likeliest course with pressure."""
    every = list(courses(steps))
    chance, words = max(every, key=lambda course: course[0])
    line = f"Likeliest course ({percent(chance)}): {', '.join(words)}."
    pressing = [course for course in every if len(course[1]) > 1]
    total = sum(p for p, _ in pressing)
    if len(words) > 1 or not total > 0.0:
        return line
    chance, words = max(pressing, key=lambda course: course[0])
    return f"{line} With pressure ({percent(chance / total)} of that): {', '.join(words[1:])}."


def _chance(value: float) -> str:
    """A probability in percent with one decimal; small ones are not written as 0."""
    if 0.0 < value < 0.0005:
        return "<0.1"
    return ">99.9" if 0.9995 < value < 1.0 else f"{100.0 * value:.1f}"


def _legend(rows: Sequence[TreeRow]) -> list[Any]:
    names = {"coercer": "coercer moves", "target": "target moves", "ally": "allies move", "end": "end, or several"}
    entries = [
        Line2D([], [], linestyle="none", markeredgecolor=INK, markeredgewidth=0.7, label=names[part], **look)
        for part, look in _LOOKS.items()
        if any(row.step.part == part for row in rows)
    ]
    return [*entries, Line2D([], [], color=_PLAYED, linewidth=2.0, label="as this run went")]


def _notes(results: Results, tree: CourseTree, bound: float, policy: str, *, worth: bool) -> list[str]:
    coercer, target = state_name(results, tree.coercer), state_name(results, tree.target)
    types = f"{coercer} {'firm' if tree.firm else 'soft'}, {target} {'resolved' if tree.resolved else 'irresolute'}"
    mu, nu = number(tree.belief_target), number(tree.belief_coercer)
    column = "; worth: to the mover, by its beliefs then" if worth else ""
    notes = [
        f"Chances at the true types ({types}) and the beliefs of each moment (at first {mu} that {target} is resolved,"
        f" {nu} that {coercer} is firm). Chance: given all before; in all: from the start{column}. Responses of"
        f" allies are grouped by kind; ends are those by {tree.last}.",
        f"Branches reached in under {percent(bound)} of cases with pressure are grouped, or not followed (…).",
        f"Policy {policy_label(policy)}, played again from the results.",
    ]
    return notes if tree.same_code else [*notes, ANOTHER_VERSION]
