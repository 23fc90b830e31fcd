"""Beliefs quarter by quarter in the disputes of one run, played again from its results."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes

from coercion_sim.analysis import BeliefPath, belief_paths
from coercion_sim.experiments import Results
from coercion_sim.figures.style.captions import ANOTHER_VERSION, key_numbers, one_run, state_name
from coercion_sim.figures.style.data import NothingToShow
from coercion_sim.figures.style.frame import (
    Words,
    entry,
    framed,
    is_wide,
    panel_title,
    time_axis,
    time_label,
    width_of,
    wrap,
)
from coercion_sim.figures.style.house import FULL_WIDTH, Canvas, Mark, marks, new_figure
from coercion_sim.wording import fixed, policy_label, spaced, under

#: Disputes drawn, the first of the run: one for each mark.
MOST = 7
#: Field of a path, and the heading of its panel.
_PANELS = {"target_resolved": "Belief that the target is resolved", "coercer_firm": "Belief that the coercer is firm"}


def belief_course(
    results: Results, figure: Canvas | None = None, *, width: float = FULL_WIDTH, policy: str, replicate: int = 0,
    point: int = 0,
) -> Canvas:  # fmt: skip
    """Draw both beliefs in each dispute with pressure of one run: before the first move, then quarter by quarter."""
    every = [path for path in belief_paths(results, policy, replicate, point) if path.pressed]
    if not every:
        raise NothingToShow(f"no coercer pressed in replicate {replicate} under {policy_label(policy)}")
    paths = every[:MOST]
    figure = new_figure(width) if figure is None else figure
    wide = is_wide(figure)
    inks = list(marks([str(i) for i in range(len(paths))]).values())
    legend = [entry(ink, _label(results, path), line=True) for ink, path in zip(inks, paths, strict=True)]
    words = _words(results, paths, len(every), policy, replicate, point)
    body = framed(figure, 2.1 if wide else 3.9, words, legend)
    axes = body.subplots(1, 2, sharey=True) if wide else body.subplots(2, 1, sharex=True)
    for number, (ax, (name, heading)) in enumerate(zip(axes, _PANELS.items(), strict=True)):
        draw_belief_paths(ax, paths, name, inks, results.quarters)
        ax.set_title(panel_title(number, heading, width_of(figure) / (2 if wide else 1) - 0.3))
        if wide or number:
            ax.set_xlabel(time_label(results.quarters, short=True))
        if not wide or not number:
            ax.set_ylabel(wrap("Belief (probability)", 1.6, 7.0))
    return figure


def draw_belief_paths(
    ax: Axes, paths: Sequence[BeliefPath], name: str, inks: Sequence[Mark], quarters: Sequence[str]
) -> Axes:
    """Draw one belief of each dispute on given axes; the belief before any move stands half a quarter earlier."""
    for ink, path in zip(inks, paths, strict=True):
        x = [path.steps[0] - 0.5, *path.steps]
        ax.plot(x, getattr(path, name), color=ink.colour, linestyle=ink.line, marker=ink.marker, markersize=3.2)
    ax.set_ylim(-0.03, 1.03)
    time_axis(ax, quarters, most=5)
    return ax


def _label(results: Results, path: BeliefPath) -> str:
    kind = f"{'resolved' if path.resolved else 'irresolute'}, {'firm' if path.firm else 'soft'}"
    return f"{path.coercer} on {path.target}, {results.quarters[path.steps[0]]}: {spaced(path.ending)} ({kind})"


def _words(
    results: Results, paths: Sequence[BeliefPath], disputes: int, policy: str, replicate: int, point: int
) -> Words:
    longest = max(paths, key=lambda p: len(p.steps))
    mu, nu = longest.target_resolved, longest.coercer_firm
    numbers = {
        "target resolved": f"{fixed(mu[0], 2)} to {fixed(mu[-1], 2)}",
        "coercer firm": f"{fixed(nu[0], 2)} to {fixed(nu[-1], 2)}",
    }
    notes = [
        "Disputes in which the coercer pressed; half a quarter before the first mark, the belief before any move. In"
        " brackets: the true types of target and coercer.",
        f"Policy {policy_label(policy)}, played again from the results.",
    ]
    if disputes > len(paths):
        notes.append(f"The first {len(paths)} of {disputes} disputes.")
    if not paths[0].same_code:
        notes.append(ANOTHER_VERSION)
    pair = f"{state_name(results, longest.coercer)} on {state_name(results, longest.target)}"
    what = f"First and last belief, {pair} (the longest dispute)"
    title = f"Beliefs in the disputes of one run by quarter, {under(policy)}"
    return Words(title, key_numbers(what, numbers), one_run(results, replicate, point, *notes))
