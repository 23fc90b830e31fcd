"""Beliefs quarter by quarter in the disputes of one run, played again from its results."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from coercion_sim.analysis import BeliefPath, belief_paths
from coercion_sim.experiments import Results
from coercion_sim.figures.compare.course import time_axis, time_label
from coercion_sim.figures.style.data import NothingToShow
from coercion_sim.figures.style.layout import entry, framed, is_wide, new_figure, panel_title, width_of, wrap
from coercion_sim.figures.style.shown_part import one_world
from coercion_sim.figures.style.style import FULL_WIDTH, Mark, marks
from coercion_sim.figures.style.text import policy_label, state_name, under

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from coercion_sim.figures.style.layout import Canvas

#: Disputes drawn, the first of the run: as many as there are marks.
MOST = 7


def belief_course(
    results: Results,
    figure: Canvas | None = None,
    *,
    width: float = FULL_WIDTH,
    policy: str,
    replicate: int = 0,
    point: int = 0,
) -> Canvas:
    """Draw both beliefs in each dispute with pressure of one run: before the first move, then quarter by quarter.

    Raises
    ------
    NothingToShow
        Where the coercer pressed in no dispute of the run.
    """
    every = [path for path in belief_paths(results, policy, replicate, point) if path.pressed]
    if not every:
        raise NothingToShow(f"no coercer pressed in replicate {replicate} under {policy_label(policy)}")
    paths = every[:MOST]
    figure = new_figure(width) if figure is None else figure
    wide = is_wide(figure)
    inks = list(marks([str(i) for i in range(len(paths))]).values())
    legend = [entry(ink, _label(results, path), line=True) for ink, path in zip(inks, paths, strict=True)]
    body = framed(
        figure, 2.1 if wide else 3.9, title(results, paths, policy),
        _caption(results, paths, len(every), policy, replicate, point), legend,
    )  # fmt: skip
    axes = body.subplots(1, 2, sharey=True) if wide else body.subplots(2, 1, sharex=True)
    for letter, ax, heading, name in zip(
        "ab", axes, ("Belief that the target is resolved", "Belief that the coercer is firm"),
        ("target_resolved", "coercer_firm"), strict=True,
    ):  # fmt: skip
        draw_paths(ax, paths, name, inks, results.quarters)
        ax.set_title(panel_title(letter, heading, width_of(figure) / (2 if wide else 1) - 0.3))
        if wide or letter == "b":
            ax.set_xlabel(time_label(results.quarters, short=True))
        if letter == "a" or not wide:
            ax.set_ylabel(wrap("Belief (probability)", 1.6, 7.0))
    return figure


def draw_paths(ax: Axes, paths: Sequence[BeliefPath], name: str, inks: Sequence[Mark], quarters: Sequence[str]) -> Axes:
    """Draw one belief of each dispute on given axes; half a quarter before the first, what was believed before it."""
    for ink, path in zip(inks, paths, strict=True):
        x = [path.steps[0] - 0.5, *path.steps]
        ax.plot(x, getattr(path, name), color=ink.colour, linestyle=ink.line, marker=ink.marker, markersize=3.2)
    ax.set_ylim(-0.03, 1.03)
    time_axis(ax, quarters, most=5)
    return ax


def title(results: Results, paths: Sequence[BeliefPath], policy: str) -> str:
    """Say what the longest of the disputes taught."""
    path = max(paths, key=lambda p: len(p.steps))
    coercer, target = state_name(results, path.coercer), state_name(results, path.target)
    mu, nu = path.target_resolved, path.coercer_firm
    type_of = "resolved" if path.resolved else "irresolute"
    return (
        f"{under(policy)}, belief that {target} ({type_of}) is resolved goes from {mu[0]:.2f} to {mu[-1]:.2f} in its"
        f" dispute with {coercer}, and that {coercer} ({'firm' if path.firm else 'soft'}) is firm from {nu[0]:.2f} to"
        f" {nu[-1]:.2f}"
    )


def _label(results: Results, path: BeliefPath) -> str:
    kind = f"{'resolved' if path.resolved else 'irresolute'}, {'firm' if path.firm else 'soft'}"
    first = results.quarters[path.steps[0]]
    return f"{path.coercer} on {path.target}, {first}: {path.ending.replace('_', ' ')} ({kind})"


def _caption(results: Results, paths: Sequence[BeliefPath], found: int, policy: str, replicate: int, point: int) -> str:
    notes = [
        "Disputes in which the coercer pressed; half a quarter before the first mark, the belief before any move. In"
        " brackets: the true types of target and coercer.",
        f"Policy {policy_label(policy)}, played again from the results.",
    ]
    if found > len(paths):
        notes.append(f"The first {len(paths)} of {found} disputes.")
    if not paths[0].same_code:
        notes.append("The results are of another version of the package, so this run may differ from theirs.")
    return " ".join([*notes, one_world(results, replicate, point)])
