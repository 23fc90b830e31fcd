"""The game tree of the first dispute of a run: what might have happened, how likely, and what did."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan
from typing import TYPE_CHECKING, Any

import pyarrow.compute as pc

from coercion_sim.analysis import CourseTree, NoGame, course_tree
from coercion_sim.experiments import Results
from coercion_sim.figures.dispute.tree_rows import LEAST, Step, TreeRow, courses, steps_of, tree_rows
from coercion_sim.figures.style.data import NothingToShow, baseline
from coercion_sim.figures.style.layout import ROW_SIZE, framed, is_wide, new_figure, text_width, width_of, wrap
from coercion_sim.figures.style.shown_part import one_world, policies_asked, rows_kept
from coercion_sim.figures.style.style import FULL_WIDTH
from coercion_sim.figures.style.text import MINUS, number, percent, policy_label, possessive, state_name

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from coercion_sim.figures.style.layout import Canvas

# Lengths in inches: height of a row, indent of a level, width of a column of numbers.
_ROW, _INDENT, _COLUMN = 0.165, 0.15, 0.55
_LOOKS: dict[str, dict[str, Any]] = {
    "coercer": {"marker": "s", "color": "#222222", "markersize": 4.5},
    "target": {"marker": "^", "color": "#222222", "markersize": 5.0},
    "ally": {"marker": "o", "color": "#8A8A8A", "markersize": 4.5},
    "end": {"marker": "o", "color": "white", "markersize": 3.5},
}
_PLAYED = "#0072B2"


def game_tree(
    results: Results,
    figure: Canvas | None = None,
    *,
    width: float = FULL_WIDTH,
    policy: str | None = None,
    replicate: int | None = None,
    point: int = 0,
    least: float = LEAST,
) -> Canvas:
    """Draw the tree of the first dispute of a run that began with a demand, as an outline: a row a branch.

    Probabilities are those of the model at the true types of the dispute and the beliefs of each moment. Beside each
    branch: its chance given everything before it, that it comes to this at all, and what it is worth to who moves.

    Parameters
    ----------
    policy
        The baseline if None.
    replicate
        The first in which a dispute arose, under that policy at that point, if None.
    least
        Branches less likely than this, given that the coercer presses, are taken together; more where the page is full.

    Raises
    ------
    NothingToShow
        Where no state chooses, or no dispute begins with a demand.
    InvalidInput, ResultsError
        As `analysis.course_tree`.
    """
    chosen = baseline(results) if policy is None else policies_asked(results, policy)[0]
    number_of = _first_dispute(results, chosen, point) if replicate is None else replicate
    try:
        tree = course_tree(results, chosen, number_of, point)
    except NoGame as none:
        raise NothingToShow(str(none)) from None
    steps = steps_of(results, tree)
    rows, bound = tree_rows(steps, least)
    figure = new_figure(width) if figure is None else figure
    body = framed(
        figure, _ROW * (len(rows) + 3) + 0.1, title(results, tree, steps),
        _caption(results, tree, bound, chosen, number_of, point, worth=is_wide(figure)), _legend(rows),
    )  # fmt: skip
    ax = body.add_axes((0.0, 0.0, 1.0, 1.0))
    draw_tree(ax, rows, width_of(figure))
    return figure


def draw_tree(ax: Axes, rows: Sequence[TreeRow], width: float) -> Axes:
    """Draw rows of a tree on given axes `width` inches wide, and the numbers beside them; axes are in inches."""
    height = _ROW * (len(rows) + 3)
    heads = ["Chance", "In all"] + (["Worth"] if is_wide(ax.figure) else [])
    rights = [width - 0.12 - 1.15 * _COLUMN * (len(heads) - 1 - i) for i in range(len(heads))]
    room = rights[0] - _COLUMN
    ax.set_xlim(0.0, width)
    ax.set_ylim(-0.05, height + 0.05)
    ax.axis("off")
    for right, head, unit in zip(rights, heads, ("(%)", "(%)", "(% of GDP)"), strict=False):
        ax.text(right, height - 0.05, f"{head}\n{unit}", fontsize=ROW_SIZE, weight="bold", ha="right", va="top",
                linespacing=1.1)  # fmt: skip
    places = [(0.2 + _INDENT * row.depth, height - _ROW * (i + 2.6)) for i, row in enumerate(rows)]
    for row, (x, y) in zip(rows, places, strict=True):
        ink = _PLAYED if row.played else "#222222"
        if row.parent >= 0:
            above, top = places[row.parent]
            ax.plot(
                [above, above, x], [top, y, y], solid_capstyle="butt", color=_PLAYED if row.played else "#9A9A9A",
                linewidth=0.5 + 2.5 * row.chance, zorder=2 if row.played else 1,
            )  # fmt: skip
        look = {**_LOOKS[row.part], **({"color": _PLAYED} if row.played and row.part != "end" else {})}
        ax.plot([x], [y], linestyle="none", markeredgecolor=ink, markeredgewidth=0.7, zorder=3, **look)
        weight = "bold" if row.played else "normal"
        words = wrap(row.text, room - x - 0.1, ROW_SIZE, weight, most=1)
        ax.text(x + 0.09, y, words, fontsize=ROW_SIZE, va="center", color=ink, weight=weight)
        cells = [_chance(row.chance), _chance(row.reach), "" if isnan(row.worth) else _worth(row.worth)]
        for right, cell in zip(rights, cells, strict=False):
            ax.text(right, y, cell, fontsize=ROW_SIZE, ha="right", va="center", color=ink)
        if row.over or row.part == "end":
            end = x + 0.09 + text_width(words, ROW_SIZE, weight) + 0.06
            ax.plot([end, rights[0] - 0.34], [y, y], color="#DDDDDD", linewidth=0.5, zorder=0)
    return ax


def title(results: Results, tree: CourseTree, steps: Sequence[Step]) -> str:
    """Say how the dispute most likely goes, and how likely that is; and if that is no pressure, how it goes with it."""
    coercer, target = state_name(results, tree.coercer), state_name(results, tree.target)
    every = list(courses(steps))
    chance, words = max(every, key=lambda course: course[0])
    dispute = f"{possessive(coercer)} dispute with {target}, {tree.quarter}"
    said = f"{dispute}: likeliest, {', '.join(words)} ({percent(chance)})"
    pressing = [course for course in every if len(course[1]) > 1]
    total = sum(p for p, _ in pressing)
    if len(words) == 1 and total > 0.0:
        chance, words = max(pressing, key=lambda course: course[0])
        said += f"; if it does, {', '.join(words[1:])} ({percent(chance / total)} of that)"
    return said


def _chance(value: float) -> str:
    """A probability in percent; small ones are not 0."""
    if 0.0 < value < 0.0005:
        return "<0.1"
    if 0.9995 < value < 1.0:
        return ">99.9"
    return f"{100.0 * value:.1f}"


def _worth(value: float) -> str:
    return f"{value:+.3f}".replace("-", MINUS) if abs(value) >= 0.0005 else "0"


def _first_dispute(results: Results, policy: str, point: int) -> int:
    """First replicate with a dispute; the first of all if there is none."""
    rows = rows_kept(results, "disputes", ["point", "policy", "replicate"])
    mine = rows.filter((pc.field("point") == point) & (pc.field("policy") == policy))
    return int(min(mine.column("replicate").to_pylist(), default=0))


def _legend(rows: Sequence[TreeRow]) -> list[Any]:
    from matplotlib.lines import Line2D

    names = {"coercer": "coercer moves", "target": "target moves", "ally": "allies move", "end": "end, or several"}
    entries = [
        Line2D([], [], linestyle="none", markeredgecolor="#222222", markeredgewidth=0.7, label=names[part], **look)
        for part, look in _LOOKS.items()
        if any(row.part == part for row in rows)
    ]
    return [*entries, Line2D([], [], color=_PLAYED, linewidth=2.0, label="as this run went")]


def _caption(
    results: Results, tree: CourseTree, bound: float, policy: str, replicate: int, point: int, *, worth: bool
) -> str:
    coercer, target = state_name(results, tree.coercer), state_name(results, tree.target)
    types = f"{coercer} {'firm' if tree.firm else 'soft'}, {target} {'resolved' if tree.resolved else 'irresolute'}"
    mu, nu = number(tree.belief_target), number(tree.belief_coercer)
    told = "; worth: to who moves, as it sees it then" if worth else ""
    notes = [
        f"Chances at the true types ({types}) and the beliefs of each moment (at first {mu} that {target} is resolved,"
        f" {nu} that {coercer} is firm). Chance: given all before; in all: that it comes to this{told}. Answers of"
        f" allies are taken together by kind; ends are those by {tree.last}.",
        f"Branches reached in under {percent(bound)} of cases with pressure are taken together, or not followed (…).",
        f"Policy {policy_label(policy)}, played again from the results.",
    ]
    if not tree.same_code:
        notes.append("The results are of another version of the package, so this run may differ from theirs.")
    return " ".join([*notes, one_world(results, replicate, point)])
