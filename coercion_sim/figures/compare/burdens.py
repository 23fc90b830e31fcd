"""Burdens by ally: help paid for the target, and real income lost by an ally's own responses."""

from __future__ import annotations

import numpy as np

from coercion_sim.analysis import Spread, payers
from coercion_sim.experiments import Results
from coercion_sim.figures.compare.losses import draw_states
from coercion_sim.figures.style.captions import by_policy, caption, key_numbers, range_words, state_name
from coercion_sim.figures.style.data import NothingToShow, counted, mean_over, pressure_steps, state_outcome
from coercion_sim.figures.style.frame import (
    Words,
    axis_label,
    entry,
    few_ticks,
    framed,
    row_height,
    row_labels,
    width_of,
)
from coercion_sim.figures.style.house import FULL_WIDTH, Canvas, marks_of, new_figure
from coercion_sim.outcomes import column
from coercion_sim.wording import capital, listing, policy_label, span

#: Allies drawn, those that pay most.
MOST = 12


def burdens(results: Results, figure: Canvas | None = None, *, width: float = FULL_WIDTH) -> Canvas:
    """Draw help paid by each ally in money, and the burden of its own responses in percent of its own GDP.

    Raises
    ------
    NothingToShow
        Where no state paid or bore anything under any policy.
    """
    allies, paying = _allies(results), _paying(results)
    figure = new_figure(width) if figure is None else figure
    legend = [entry(marks_of(results)[p], policy_label(p), line=False) for p in paying]
    labels = row_labels([state_name(results, s) for s in allies], width_of(figure))
    rows = 0.65 + row_height(labels, len(paying)) * len(allies)
    left, right = framed(figure, rows, _words(results, paying), legend).subplots(1, 2, sharey=True)
    for ax, outcome in ((left, "help_paid"), (right, "burden")):
        draw_states(ax, results, outcome, allies, paying)
        few_ticks(ax, 4)
        entry_ = column(outcome, "states")
        ax.set_xlabel(axis_label(capital(entry_.words), entry_.unit, 0.3 * width_of(figure)))
    right.tick_params(labelleft=False)
    return figure


def _words(results: Results, paying: tuple[str, ...]) -> Words:
    steps = pressure_steps(results)
    period = span([results.quarters[step] for step in (steps[0], steps[-1])])
    data = state_outcome(results, "help_paid")
    total = mean_over(data, steps).sum(axis=2)
    spreads = {p: Spread.of(total[data.policies.index(p)]) for p in paying}
    what = range_words("Help paid by all: mean", max(counted(results)))
    numbers = key_numbers(what, by_policy(spreads), column("help_paid", "states").unit)
    notes = [f"Rates a year, averaged over {period}."]
    idle = [policy_label(p) for p in results.policies if p not in paying]
    if idle:
        notes.append(f"Nobody pays under {listing(idle)}.")
    counts = [n for n, p in zip(counted(results), results.policies, strict=True) if p in paying]
    title = f"Help paid for {state_name(results, results.target)} and burden of own responses, by ally, {period}"
    return Words(title, numbers, caption(results, counts, "mean", *notes))


def _allies(results: Results) -> tuple[str, ...]:
    """Allies that pay or bear something, those that pay most first, `MOST` at most."""
    allies = payers(results)
    if not allies:
        raise NothingToShow("no burdens to show: no state paid help or bore a burden under any policy")
    paid, burden = _means(results, "help_paid"), _means(results, "burden")

    def size(state: str) -> tuple[float, float]:
        return max(of[state] for of in paid.values()), max(abs(of[state]) for of in burden.values())

    return tuple(sorted(allies, key=size, reverse=True)[:MOST])


def _paying(results: Results) -> tuple[str, ...]:
    """Policies under which somebody pays help or bears a burden."""
    paid, burden = _means(results, "help_paid"), _means(results, "burden")
    return tuple(p for p in results.policies if any(paid[p].values()) or any(burden[p].values()))


def _means(results: Results, outcome: str) -> dict[str, dict[str, float]]:
    """Mean over quarters under pressure and finished replicates, by policy and state; 0 without any."""
    data = state_outcome(results, outcome)
    values = mean_over(data, pressure_steps(results))
    done = np.isfinite(values)
    means = np.where(done, values, 0.0).sum(axis=1) / np.maximum(done.sum(axis=1), 1)
    return {p: dict(zip(data.labels, map(float, means[i]), strict=True)) for i, p in enumerate(data.policies)}
