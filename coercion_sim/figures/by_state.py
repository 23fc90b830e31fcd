"""Figures by state: losses under each policy, and help and burdens by ally."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from coercion_sim.analysis import Cube, Spread, payers
from coercion_sim.arrays import Array
from coercion_sim.experiments import Results
from coercion_sim.figures.style import frame
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
    wide, states = frame.is_wide(figure), states_drawn(results)
    effect, whole = state_outcome(results, "coercion_effect"), state_outcome(results, "real_income")
    twofold = not np.allclose(np.nan_to_num(effect.values), np.nan_to_num(whole.values), rtol=0.0, atol=1e-9)
    main = 0.5 + frame.row_height(_labels(results, states, frame.width_of(figure)), len(results.policies)) * len(states)
    height = main if wide or not twofold else 2 * main
    body = frame.framed(figure, height, _words(results), frame.legend_of(marks_of(results), line=False))
    if not twofold:
        draw_states(body.subplots(), results, "coercion_effect", states)
        return figure
    left, right = body.subplots(1, 2, sharey=True, width_ratios=[1.7, 1.0]) if wide else body.subplots(2, 1)
    draw_states(left, results, "coercion_effect", states)
    draw_states(right, results, "real_income", states)
    left.set_title(frame.panel_title(0, "Coercion alone", 3.0))
    right.set_title(frame.panel_title(1, "Whole change of income", 3.0))
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
    width = frame.width_of(ax.figure)
    frame.row_axis(ax, _labels(results, chosen, width))
    for offset, policy in zip(offsets(len(kept), 0.3), kept, strict=True):
        given = spreads(means[data.policies.index(policy)])
        draw_spreads(ax, given, np.arange(len(chosen)) + offset, marks_of(results)[policy])
    zero_line(ax, vertical=True)
    frame.few_ticks(ax, 5)
    label = capital(label_of(outcome))
    ax.set_xlabel(frame.axis_label(label, column(outcome, "states").unit, (0.3 if width > 5.0 else 0.62) * width))
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
    return frame.row_labels([state_name(results, s) for s in states], width, [roles.get(s, "") for s in states])


def _period(results: Results) -> str:
    """First to last quarter under pressure."""
    steps = pressure_steps(results)
    return span([results.quarters[step] for step in (steps[0], steps[-1])])


def _words(results: Results) -> frame.Words:
    target, coercer = state_name(results, results.target), state_name(results, results.coercer)
    period = _period(results)
    whose = f"{coercer}'s coercion of {target}" if one_presser(results) else "all coercion"
    spread = state_spreads(results, "coercion_effect", results.target)
    what = range_words(f"{target}: mean", max(counted(results)))
    numbers = key_numbers(what, by_policy(spread), column("coercion_effect", "states").unit)
    title = f"Effect of {whose} on each state, {period}"
    return frame.Words(
        title, numbers, caption(results, counted(results), "mean", f"Rates a year, averaged over {period}.")
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
    allies, paying = _payers(results)
    figure = new_figure(width) if figure is None else figure
    legend = [frame.entry(marks_of(results)[p], policy_label(p), line=False) for p in paying]
    labels = frame.row_labels([state_name(results, s) for s in allies], frame.width_of(figure))
    rows = 0.65 + frame.row_height(labels, len(paying)) * len(allies)
    left, right = frame.framed(figure, rows, _burden_words(results, paying), legend).subplots(1, 2, sharey=True)
    for ax, outcome in ((left, "help_paid"), (right, "burden")):
        draw_states(ax, results, outcome, allies, paying)
        frame.few_ticks(ax, 4)
        entry_ = column(outcome, "states")
        ax.set_xlabel(frame.axis_label(capital(entry_.words), entry_.unit, 0.3 * frame.width_of(figure)))
    right.tick_params(labelleft=False)
    return figure


def _burden_words(results: Results, paying: tuple[str, ...]) -> frame.Words:
    period, data = _period(results), state_outcome(results, "help_paid")
    total = mean_over(data, pressure_steps(results)).sum(axis=2)
    spreads = {p: Spread.of(total[data.policies.index(p)]) for p in paying}
    what = range_words("Help paid by all: mean", max(counted(results)))
    numbers = key_numbers(what, by_policy(spreads), column("help_paid", "states").unit)
    notes = [f"Rates a year, averaged over {period}."]
    idle = [policy_label(p) for p in results.policies if p not in paying]
    if idle:
        notes.append(f"Nobody pays under {listing(idle)}.")
    counts = [n for n, p in zip(counted(results), results.policies, strict=True) if p in paying]
    title = f"Help paid for {state_name(results, results.target)} and burden of own responses, by ally, {period}"
    return frame.Words(title, numbers, caption(results, counts, "mean", *notes))


def _payers(results: Results) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Allies that pay or bear something, those that pay most first, `ALLIES` at most; policies under which any does."""
    allies = payers(results)
    if not allies:
        raise NothingToShow("no burdens to show: no state paid help or bore a burden under any policy")
    data, paid = _finished_means(results, "help_paid")
    _, burden = _finished_means(results, "burden")

    def size(state: str) -> tuple[float, float]:
        at = data.labels.index(state)
        return float(paid[:, at].max()), float(np.abs(burden[:, at]).max())

    paying = (paid != 0.0).any(axis=1) | (burden != 0.0).any(axis=1)
    policies = tuple(p for p in results.policies if paying[data.policies.index(p)])
    return tuple(sorted(allies, key=size, reverse=True)[:ALLIES]), policies
