"""Words on the figures of a sweep: names of outcomes and columns, and the line below."""

from __future__ import annotations

from coercion_sim.analysis import Analysis
from coercion_sim.figures.style.outcome_words import unit_label as unit_words
from coercion_sim.figures.style.style import Mark, marks
from coercion_sim.figures.style.text import points_label, policy_label


def unit_label(analysis: Analysis, outcome: str) -> str:
    """Unit of an outcome in the words of an axis label."""
    return unit_words(analysis.units[outcome])


def difference_label(policy: str, against: str) -> str:
    """Policy, or a difference between two: ``respond as allies − stand alone``."""
    return f"{policy_label(policy)} − {policy_label(against)}" if against else policy_label(policy)


def parameter_label(path: str) -> str:
    """Parameter as its last two parts, underscores undone: ``economy: factor mobility``."""
    parts = [part.replace("_", " ") for part in path.split(".")]
    return f"{parts[-2]}: {parts[-1]}" if len(parts) > 1 else parts[0]


def policy_marks(analysis: Analysis) -> dict[str, Mark]:
    """Mark of each policy compared, by its place among all that were run: as `style.marks_of`."""
    every = marks(analysis.every_policy or analysis.policies)
    return {policy: every[policy] for policy in analysis.policies}


def sweep_caption(analysis: Analysis, *notes: str) -> str:
    """Line under a figure: what the marks are, and the size of the sweep."""
    points = f"{analysis.points:,} points" if analysis.points != 1 else "1 point"
    replicates = f"{analysis.replicates:,} replicates" if analysis.replicates != 1 else "1 replicate"
    lost = f"; {analysis.failed:,} run{'s' * (analysis.failed > 1)} failed" if analysis.failed else ""
    size = f"{points}, {replicates} of each{lost}" if analysis.points != 1 else f"{replicates}{lost}"
    if analysis.only_points:
        size = f"{replicates} of {points_label(analysis.only_points, analysis.points)}{lost}"
    key = f", run {analysis.key}" if analysis.key else ""
    return " ".join((*notes, f"n = {size}; seed {analysis.seed}; {analysis.name}{key}."))
