"""Figures by state: losses under each policy, and help and burdens by ally."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from coercion_sim.analysis import Cube, Spread, payers
from coercion_sim.arrays import Array
from coercion_sim.experiments import Results
from coercion_sim.figures.style.captions import by_policy, caption, key_numbers, range_words, state_name
from coercion_sim.figures.style.data import (
    NothingToShow,
    counted,
    mean_over,
    one_presser,
    pressure_steps,
    spreads,
    state_outcome,
    state_spreads,
)
from coercion_sim.figures.style.frame import (
    Words,
    axis_label,
    entry,
    few_ticks,
    framed,
    is_wide,
    panel_title,
    row_axis,
    row_height,
    row_labels,
    width_of,
)
from coercion_sim.figures.style.house import FULL_WIDTH, Canvas, marks_of, new_figure
from coercion_sim.figures.style.shapes import draw_spreads, offsets, zero_line
from coercion_sim.outcomes import column, label_of
from coercion_sim.wording import capital, listing, policy_label, span

#: States drawn besides the coercer and the target.
OTHERS = 8


def losses_by_state(results: Results, figure: Canvas | None = None, *, width: float = FULL_WIDTH) -> Canvas:
    """Draw the effect of the coercion on each state (main panel) and its whole change of real income (second panel).

    Means over the quarters under pressure. The two differ where a policy changes trade for its own sake: the gain from
    integration is in the second panel only, since it deters nobody. Where they agree everywhere the second is left out.

    Parameters
    ----------
    figure
        An empty figure or part of one to draw on; a new one of `width` inches where None.
    """
    figure = new_figure(width) if figure is None else figure
    wide, states = is_wide(figure), states_drawn(results)
    effect, whole = state_outcome(results, "coercion_effect"), state_outcome(results, "real_income")
    twofold = not np.allclose(np.nan_to_num(effect.values), np.nan_to_num(whole.values), rtol=0.0, atol=1e-9)
    main = 0.5 + row_height(_labels(results, states, width_of(figure)), len(results.policies)) * len(states)
    legend = [entry(mark, policy_label(p), line=False) for p, mark in marks_of(results).items()]
    height = main if wide or not twofold else 2 * main
    body = framed(figure, height, _words(results), legend if len(legend) > 1 else ())
    if not twofold:
        draw_states(body.subplots(), results, "coercion_effect", states)
        return figure
    if wide:
        left, right = body.subplots(1, 2, sharey=True, width_ratios=[1.7, 1.0])
    else:
        left, right = body.subplots(2, 1)
    draw_states(left, results, "coercion_effect", states)
    draw_states(right, results, "real_income", states)
    left.set_title(panel_title(0, "Coercion alone", 3.0))
    right.set_title(panel_title(1, "Whole change of income", 3.0))
    if wide:
        right.tick_params(labelleft=False)
    return figure


def draw_states(
    ax: Axes, results: Results, outcome: str = "coercion_effect", states: Sequence[str] | None = None,
    policies: Sequence[str] | None = None,
) -> Axes:  # fmt: skip
    """Draw one outcome of states on given axes: a row a state, a mark a policy, mean and 5-95 % range over draws.

    Means over the quarters under pressure; `states_drawn` and all policies if None.

    Raises
    ------
    ResultsError
        For an outcome the table of states does not have.
    """
    data = state_outcome(results, outcome)
    chosen = states_drawn(results) if states is None else tuple(states)
    kept = data.policies if policies is None else tuple(policies)
    means = mean_over(data, pressure_steps(results))[:, :, [data.labels.index(state) for state in chosen]]
    width = width_of(ax.figure)
    row_axis(ax, _labels(results, chosen, width))
    for offset, policy in zip(offsets(len(kept), 0.3), kept, strict=True):
        given = spreads(means[data.policies.index(policy)])
        draw_spreads(ax, given, np.arange(len(chosen)) + offset, marks_of(results)[policy])
    zero_line(ax, vertical=True)
    few_ticks(ax, 5)
    label = capital(label_of(outcome))
    ax.set_xlabel(axis_label(label, column(outcome, "states").unit, (0.3 if width > 5.0 else 0.62) * width))
    return ax


def states_drawn(results: Results, others: int = OTHERS) -> tuple[str, ...]:
    """Target, coercer, then the states with the largest mean effect of the coercion under any policy."""
    data, means = _finished_means(results, "coercion_effect")
    actors = [s for s in (results.target, results.coercer) if s in data.labels]
    order = [data.labels[i] for i in np.argsort(-np.abs(means).max(axis=0), kind="stable")]
    return (*actors, *[s for s in order if s not in actors][:others])


def _labels(results: Results, states: Sequence[str], width: float) -> list[str]:
    """Names of states with their roles."""
    roles = {results.target: "target", results.coercer: "coercer"}
    return row_labels([state_name(results, s) for s in states], width, [roles.get(s, "") for s in states])


def _words(results: Results) -> Words:
    target, coercer = state_name(results, results.target), state_name(results, results.coercer)
    steps = pressure_steps(results)
    period = span([results.quarters[step] for step in (steps[0], steps[-1])])
    whose = f"{coercer}'s coercion of {target}" if one_presser(results) else "all coercion"
    spread = state_spreads(results, "coercion_effect", results.target)
    what = range_words(f"{target}: mean", max(counted(results)))
    numbers = key_numbers(what, by_policy(spread), column("coercion_effect", "states").unit)
    note = f"Rates a year, averaged over {period}."
    return Words(
        f"Effect of {whose} on each state, {period}", numbers, caption(results, counted(results), "mean", note)
    )


def _finished_means(results: Results, outcome: str) -> tuple[Cube, Array]:
    """One outcome, and its mean over quarters under pressure and finished replicates, (P, N); 0 without any."""
    data = state_outcome(results, outcome)
    values = mean_over(data, pressure_steps(results))
    done = np.isfinite(values)
    means: Array = np.where(done, values, 0.0).sum(axis=1) / np.maximum(done.sum(axis=1), 1)
    return data, means


# ------------------------------------------------------------------ burdens


#: Allies drawn, those that pay most.
ALLIES = 12


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
    left, right = framed(figure, rows, _burden_words(results, paying), legend).subplots(1, 2, sharey=True)
    for ax, outcome in ((left, "help_paid"), (right, "burden")):
        draw_states(ax, results, outcome, allies, paying)
        few_ticks(ax, 4)
        entry_ = column(outcome, "states")
        ax.set_xlabel(axis_label(capital(entry_.words), entry_.unit, 0.3 * width_of(figure)))
    right.tick_params(labelleft=False)
    return figure


def _burden_words(results: Results, paying: tuple[str, ...]) -> Words:
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
    """Allies that pay or bear something, those that pay most first, `ALLIES` at most."""
    allies = payers(results)
    if not allies:
        raise NothingToShow("no burdens to show: no state paid help or bore a burden under any policy")
    paid, burden = _means(results, "help_paid"), _means(results, "burden")

    def size(state: str) -> tuple[float, float]:
        return max(of[state] for of in paid.values()), max(abs(of[state]) for of in burden.values())

    return tuple(sorted(allies, key=size, reverse=True)[:ALLIES])


def _paying(results: Results) -> tuple[str, ...]:
    """Policies under which somebody pays help or bears a burden."""
    paid, burden = _means(results, "help_paid"), _means(results, "burden")
    return tuple(p for p in results.policies if any(paid[p].values()) or any(burden[p].values()))


def _means(results: Results, outcome: str) -> dict[str, dict[str, float]]:
    """Mean over quarters under pressure and finished replicates, by policy and state; 0 without any."""
    data, means = _finished_means(results, outcome)
    return {p: dict(zip(data.labels, map(float, means[i]), strict=True)) for i, p in enumerate(data.policies)}
