"""Losses by state and policy: what the coercion did to real income, and beside it the whole change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from coercion_sim.analysis import Cube, Spread
from coercion_sim.experiments import Results
from coercion_sim.figures.style.data import (
    Array,
    baseline,
    counted,
    mean_over,
    one_presser,
    pressure_steps,
    spreads,
    state_outcome,
    under_pressure,
    unit_of,
)
from coercion_sim.figures.style.layout import (
    axis_label,
    entry,
    few_ticks,
    framed,
    is_wide,
    new_figure,
    row_axis,
    row_height,
    row_labels,
    width_of,
)
from coercion_sim.figures.style.style import FULL_WIDTH, NEUTRAL, marks_of
from coercion_sim.figures.style.text import (
    BASELINE,
    capital,
    caption,
    listing,
    number,
    percent,
    policy_label,
    policy_subject,
    possessive,
    span_label,
    state_name,
    the_state,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from coercion_sim.figures.style.layout import Canvas

#: States shown besides the coercer and the target.
OTHERS = 8

#: Axis labels; any other outcome goes by its name.
_WORDS = {"coercion_effect": "Effect of the coercion on real income", "real_income": "Whole change of real income"}


def losses_by_state(results: Results, figure: Canvas | None = None, *, width: float = FULL_WIDTH) -> Canvas:
    """Draw the effect of the coercion on each state (main panel) and its whole change of real income (second panel).

    Means over the quarters under pressure. The two differ where a policy changes trade for its own sake: the gain from
    integration is in the second panel only, since it deters nobody. Where they agree everywhere the second is left out.

    Parameters
    ----------
    figure
        An empty figure or part of one to draw on; a new one of `width` inches where None.

    Returns
    -------
    The figure drawn on.
    """
    figure = new_figure(width) if figure is None else figure
    wide = is_wide(figure)
    states = states_shown(results)
    steps = pressure_steps(results)
    effect, whole = state_outcome(results, "coercion_effect"), state_outcome(results, "real_income")
    twofold = not np.allclose(np.nan_to_num(effect.values), np.nan_to_num(whole.values), rtol=0.0, atol=1e-9)
    main = 0.5 + row_height(_labels(results, states, width_of(figure)), len(results.policies)) * len(states)
    second = 0.0 if wide or not twofold else main
    legend = [entry(mark, policy_label(p), line=False) for p, mark in marks_of(results).items()]
    note = f"Rates a year, averaged over {span_label([results.quarters[s] for s in (steps[0], steps[-1])])}."
    under = caption(results, counted(results), "mean", note)
    body = framed(figure, main + second, title(results), under, legend if len(legend) > 1 else ())
    if not twofold:
        draw_states(body.subplots(), results, "coercion_effect", states)
        return figure
    if wide:
        left, right = body.subplots(1, 2, sharey=True, width_ratios=[1.7, 1.0])
    else:
        left, right = body.subplots(2, 1)
    draw_states(left, results, "coercion_effect", states)
    draw_states(right, results, "real_income", states)
    left.set_title("a  Coercion alone")
    right.set_title("b  Whole change of income")
    if wide:
        right.tick_params(labelleft=False)
    return figure


def draw_states(
    ax: Axes, results: Results, outcome: str = "coercion_effect", states: Sequence[str] | None = None
) -> Axes:
    """Draw one outcome of states on given axes: a row a state, a mark a policy, mean and 5-95 % range over replicates.

    Raises
    ------
    ResultsError
        For an outcome the table of states does not have.
    """
    data = state_outcome(results, outcome)
    chosen = states_shown(results) if states is None else tuple(states)
    steps = pressure_steps(results)
    at = [data.labels.index(state) for state in chosen]
    means = mean_over(data, steps)[:, :, at]
    width = width_of(ax.figure)
    row_axis(ax, _labels(results, chosen, width))
    offsets = np.linspace(-0.3, 0.3, len(data.policies)) if len(data.policies) > 1 else np.zeros(1)
    for p, mark in enumerate(marks_of(results).values()):
        draw_spreads(ax, spreads(means[p]), np.arange(len(chosen)) + offsets[p], mark.colour, mark.marker)
    ax.axvline(0.0, color=NEUTRAL, linewidth=0.7, zorder=1)
    few_ticks(ax, 6)
    words = _WORDS.get(outcome, capital(outcome.replace("_", " ")))
    ax.set_xlabel(axis_label(words, unit_of(outcome), 0.3 * width if width > 5.0 else 0.62 * width))
    return ax


def draw_spreads(ax: Axes, given: Sequence[Spread], rows: Sequence[float] | Array, colour: str, marker: str) -> None:
    """Mark the means on their rows, each with its range as a line where there is one."""
    for spread, row in zip(given, rows, strict=True):
        if spread.n > 1:
            ax.plot([spread.low, spread.high], [row, row], color=colour, linewidth=1.1, solid_capstyle="butt", zorder=2)
    means = [spread.mean for spread in given]
    ax.plot(
        means,
        rows,
        linestyle="none",
        marker=marker,
        color=colour,
        markeredgecolor="white",
        markeredgewidth=0.4,
        zorder=3,
    )


def states_shown(results: Results, others: int = OTHERS) -> tuple[str, ...]:
    """Target, coercer, then the states the coercion moved most (largest mean effect under any policy), gain or loss."""
    data = state_outcome(results, "coercion_effect")
    size = np.nan_to_num(np.abs(_means(data, pressure_steps(results)))).max(axis=0)
    actors = [s for s in (results.target, results.coercer) if s in data.labels]
    order = [data.labels[i] for i in np.argsort(-size, kind="stable")]
    return (*actors, *[s for s in order if s not in actors][:others])


def title(results: Results) -> str:
    """Say what the coercion cost the target under the baseline, and how far each other policy cuts that."""
    coercer, target = the_state(results, results.coercer), the_state(results, results.target)
    if not under_pressure(results):
        return capital(f"{coercer} put no pressure on {target}")
    data = state_outcome(results, "coercion_effect")
    base = baseline(results)
    effects = mean_over(data, pressure_steps(results))[:, :, data.labels.index(results.target)]
    own = effects[data.policies.index(base)]
    cost = -float(np.nanmean(own)) if np.isfinite(own).any() else float("nan")
    how = (
        ""
        if len(results.policies) == 1
        else ", standing alone,"
        if base == BASELINE
        else f", under {policy_label(base)},"
    )
    one = one_presser(results)
    if not cost > 0.0:
        who = f"{possessive(coercer)} measures do" if one else "Coercion by all who press does"
        return capital(f"{who} not make {target}{how} poorer ({number(-cost)} % of GDP a year)")
    who = f"{possessive(coercer)} measures cost" if one else "Coercion by all who press costs"
    opening = f"{who} {target}{how} {number(cost)} % of GDP a year"
    cuts = {p: _cut(own, effects[i]) for i, p in enumerate(data.policies) if p != base}
    known = {p: share for p, share in cuts.items() if np.isfinite(share)}
    told = sorted(known, key=lambda p: -abs(known[p]))[:3]
    return "; ".join([capital(opening), *([_clauses({p: known[p] for p in told})] if told else [])])


def _labels(results: Results, states: Sequence[str], width: float) -> list[str]:
    """Names of states with the parts they play."""
    roles = {results.target: "target", results.coercer: "coercer"}
    return row_labels([state_name(results, s) for s in states], width, [roles.get(s, "") for s in states])


def _means(data: Cube, steps: Sequence[int]) -> Array:
    """Mean over steps and finished replicates, (P, N)."""
    values = mean_over(data, steps)
    done = np.isfinite(values)
    mean: Array = np.where(done, values, 0.0).sum(axis=1) / np.maximum(done.sum(axis=1), 1)
    return mean


def _cut(own: Array, other: Array) -> float:
    """Share of the mean loss that another policy takes away, over the replicates both finished."""
    both = np.isfinite(own) & np.isfinite(other)
    loss = own[both].sum() if both.any() else 0.0
    return float(1.0 - other[both].sum() / loss) if loss < 0.0 else float("nan")


def _clauses(cuts: dict[str, float]) -> str:
    """What each policy does to the loss, the verb said once where it is the same."""
    parts: list[str] = []
    before = ""
    for policy, share in cuts.items():
        if share > 1.0:
            verb, size = "more than makes up for", "it"
        elif share >= 0.005:
            verb, size = "cuts that", f"by {percent(share)}"
        elif share <= -0.005:
            verb, size = "raises that", f"by {percent(-share)}"
        else:
            verb, size = "leaves that", "as it is"
        parts.append(" ".join([policy_subject(policy), *([verb] if verb != before else []), size]))
        before = verb
    return listing(parts)
