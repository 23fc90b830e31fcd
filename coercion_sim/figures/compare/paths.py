"""Path of one outcome of a state through the quarters, a panel a policy: bands over draws, quarters under measures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from coercion_sim.analysis import RANGE_OVER_DRAWS
from coercion_sim.experiments import Results
from coercion_sim.figures.style.captions import by_policy, key_numbers, range_words, source_line, state_name
from coercion_sim.figures.style.data import baseline, counted, share_acting, state_outcome, state_spreads
from coercion_sim.figures.style.frame import (
    Words,
    axis_label,
    framed,
    is_wide,
    panel_title,
    time_axis,
    time_label,
    width_of,
)
from coercion_sim.figures.style.house import FULL_WIDTH, NEUTRAL, Canvas, marks_of, new_figure
from coercion_sim.figures.style.shapes import draw_bands, median
from coercion_sim.outcomes import column, label_of
from coercion_sim.wording import capital, listing, policy_label, span


def paths(
    results: Results,
    outcome: str = "real_income",
    states: Sequence[str] = (),
    figure: Canvas | None = None,
    *,
    width: float = FULL_WIDTH,
) -> Canvas:
    """Draw one outcome of some states quarter by quarter: rows of panels for states, a panel for each policy.

    Median, and bands of 25-75 % and 5-95 % over draws; quarters with coercive measures in force are shaded, darker
    where in more runs; the thin grey line is the baseline's median.

    Parameters
    ----------
    outcome
        A column of the table `states`.
    states
        Codes; the target where none is named.

    Raises
    ------
    ResultsError
        For an unknown column or state; names the known ones.
    """
    data = state_outcome(results, outcome)
    chosen = list(states) or [results.target]
    figure = new_figure(width) if figure is None else figure
    across = min(len(results.policies), 3 if is_wide(figure) else 1)
    down = -(-len(results.policies) // across)
    rows = down * len(chosen)
    height = (1.75 if is_wide(figure) else 1.35) * rows + 0.45
    body = framed(figure, height, _words(results, outcome, chosen))
    axes = body.subplots(rows, across, sharex=True, sharey="row" if down == 1 else "all", squeeze=False)
    acting, base = share_acting(results), data.policies.index(baseline(results))
    label = axis_label(capital(label_of(outcome)), column(outcome, "states").unit, 1.3)
    for number, (ax, state, p) in enumerate(_panels(axes, chosen, len(data.policies))):
        policy, at = data.policies[p], data.labels.index(state)
        draw_bands(ax, data.values[p, :, :, at], marks_of(results)[policy], acting[p])
        if p != base:
            ax.plot(median(data.values[base, :, :, at]), color=NEUTRAL, linewidth=0.7, alpha=0.8, zorder=2)
        time_axis(ax, data.periods, 10 if across == 1 else 5)
        text = policy_label(policy) if len(chosen) == 1 else f"{state_name(results, state)}, {policy_label(policy)}"
        ax.set_title(panel_title(number, text, 0.88 * width_of(figure) / across))
        if p % across == 0:
            ax.set_ylabel(label)
        if p + across >= len(data.policies) and state == chosen[-1]:
            ax.set_xlabel(time_label(results.quarters))
            ax.tick_params(labelbottom=True)
    return figure


def _panels(axes: Any, states: Sequence[str], policies: int) -> Iterator[tuple[Any, str, int]]:
    """Axes, state and number of the policy of every panel; axes without a policy are hidden."""
    rows, across = axes.shape
    down = rows // len(states)
    for row in range(rows):
        for column_, ax in enumerate(axes[row]):
            p = (row % down) * across + column_
            if p < policies:
                yield ax, states[row // down], p
            else:
                ax.axis("off")


def _words(results: Results, outcome: str, states: Sequence[str]) -> Words:
    names = listing([state_name(results, state) for state in states])
    title = f"{capital(label_of(outcome))} of {names} by quarter, {span(results.quarters)}"
    spreads = state_spreads(results, outcome, states[0], range(len(results.quarters)))
    most = max(counted(results))
    of = f"{state_name(results, states[0])}, mean of all quarters: median"
    unit = column(outcome, "states").unit
    numbers = key_numbers(range_words(of, most), by_policy(spreads, median=True), unit)
    band = f"Line: median; bands: 25-75 % and {RANGE_OVER_DRAWS}." if most > 1 else "One draw, so no range."
    notes = [band, "Grey: quarters with coercive measures in force, darker where in more runs."]
    if len(results.policies) > 1:
        notes.append(f"Thin grey line: median under {policy_label(baseline(results))}.")
    return Words(title, numbers, source_line(results, counted(results), *notes))
