"""Who pays for the answer: help by ally, and what each ally's own responses cost it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from coercion_sim.analysis import payers
from coercion_sim.experiments import Results
from coercion_sim.figures.compare.losses import draw_spreads
from coercion_sim.figures.style.data import (
    NothingToShow,
    counted,
    mean_over,
    pressure_steps,
    spreads,
    state_outcome,
    unit_of,
)
from coercion_sim.figures.style.layout import (
    axis_label,
    entry,
    few_ticks,
    framed,
    new_figure,
    row_axis,
    row_height,
    row_labels,
    width_of,
)
from coercion_sim.figures.style.style import FULL_WIDTH, NEUTRAL, marks_of
from coercion_sim.figures.style.text import (
    capital,
    caption,
    listing,
    number,
    percent,
    policy_label,
    policy_subject,
    span_label,
    state_name,
    the_state,
    under,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from coercion_sim.figures.style.layout import Canvas

#: Allies shown, those that pay most.
MOST = 12

_WORDS = {"help_paid": "Help paid", "burden": "Real income lost from own responses"}


def burdens(results: Results, figure: Canvas | None = None, *, width: float = FULL_WIDTH) -> Canvas:
    """Draw help paid by each ally in money, and the burden of its own responses in percent of its own GDP.

    Raises
    ------
    NothingToShow
        Where no state paid or bore anything under any policy.
    """
    allies, paying = _allies(results), _paying(results)
    figure = new_figure(width) if figure is None else figure
    steps = pressure_steps(results)
    notes = [f"Rates a year, averaged over {span_label([results.quarters[s] for s in (steps[0], steps[-1])])}."]
    idle = [policy_label(p) for p in results.policies if p not in paying]
    if idle:
        notes.append(f"Nobody pays under {listing(idle)}.")
    every = marks_of(results)
    legend = [entry(every[p], policy_label(p), line=False) for p in paying]
    counts = [n for n, p in zip(counted(results), results.policies, strict=True) if p in paying]
    labels = row_labels([state_name(results, s) for s in allies], width_of(figure))
    rows = 0.65 + row_height(labels, len(paying)) * len(allies)
    body = framed(figure, rows, title(results), caption(results, counts, "mean", *notes), legend)
    left, right = body.subplots(1, 2, sharey=True)
    draw_burden(left, results, "help_paid", allies)
    draw_burden(right, results, "burden", allies)
    right.tick_params(labelleft=False)
    return figure


def draw_burden(ax: Axes, results: Results, outcome: str = "help_paid", allies: Sequence[str] | None = None) -> Axes:
    """Draw one outcome of the allies on given axes, under the policies in which somebody pays."""
    data = state_outcome(results, outcome)
    chosen = _allies(results) if allies is None else tuple(allies)
    means = mean_over(data, pressure_steps(results))[:, :, [data.labels.index(s) for s in chosen]]
    width = width_of(ax.figure)
    row_axis(ax, row_labels([state_name(results, s) for s in chosen], width))
    paying = _paying(results)
    offsets = np.linspace(-0.25, 0.25, len(paying)) if len(paying) > 1 else np.zeros(1)
    for offset, policy in zip(offsets, paying, strict=True):
        mark = marks_of(results)[policy]
        given = spreads(means[data.policies.index(policy)])
        draw_spreads(ax, given, np.arange(len(chosen)) + offset, mark.colour, mark.marker)
    ax.axvline(0.0, color=NEUTRAL, linewidth=0.7, zorder=1)
    few_ticks(ax, 4)
    words = _WORDS.get(outcome, capital(outcome.replace("_", " ")))
    ax.set_xlabel(axis_label(words, unit_of(outcome), 0.3 * width))
    return ax


def title(results: Results) -> str:
    """Say who pays most of the help and between which sizes the burdens lie, under the policy with most help."""
    _allies(results)
    paid = _mean_by_state(results, "help_paid")
    burden = _mean_by_state(results, "burden")
    policy = max(_paying(results), key=lambda p: sum(paid[p].values()))
    total = sum(paid[policy].values())
    loads = [x for s, x in burden[policy].items() if x != 0.0 and s not in (results.coercer, results.target)]
    sizes = f"{number(min(loads))} to {number(max(loads))} % of its GDP" if loads else "nothing"
    if len(loads) == 1:
        sizes = f"{number(loads[0])} % of its GDP"
    if not total > 0.0:
        return capital(f"{policy_subject(policy)} costs each ally {sizes}, none of it in help paid")
    first = max(paid[policy], key=lambda s: paid[policy][s])
    help_ = f"US$ {number(total, 3)} million of help a year"
    whose = f"{under(policy)}, " if len(_paying(results)) > 1 else ""
    pays = f"{the_state(results, first)} pays {percent(paid[policy][first] / total)} of {help_}"
    return capital(f"{whose}{pays}; each ally loses {sizes}")


def _allies(results: Results) -> tuple[str, ...]:
    """Allies that pay or bear something, those that pay most first, `MOST` at most."""
    allies = payers(results)
    if not allies:
        raise NothingToShow("no burdens to show: no state paid help or bore a burden under any policy")
    paid, burden = _mean_by_state(results, "help_paid"), _mean_by_state(results, "burden")

    def size(state: str) -> tuple[float, float]:
        return max(of[state] for of in paid.values()), max(abs(of[state]) for of in burden.values())

    return tuple(sorted(allies, key=size, reverse=True)[:MOST])


def _paying(results: Results) -> tuple[str, ...]:
    """Policies under which somebody pays help or bears a burden."""
    paid, burden = _mean_by_state(results, "help_paid"), _mean_by_state(results, "burden")
    return tuple(p for p in results.policies if any(paid[p].values()) or any(burden[p].values()))


def _mean_by_state(results: Results, outcome: str) -> dict[str, dict[str, float]]:
    """Mean over quarters under pressure and finished replicates, by policy and state; 0 where there are none."""
    data = state_outcome(results, outcome)
    means = mean_over(data, pressure_steps(results))
    return {
        policy: {
            state: float(np.nanmean(x)) if np.isfinite(x).any() else 0.0
            for state, x in zip(data.labels, means[p].T, strict=True)
        }
        for p, policy in enumerate(data.policies)
    }
