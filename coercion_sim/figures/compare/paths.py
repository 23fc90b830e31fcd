"""One outcome of a state through the quarters, a panel a policy: bands over worlds, and when measures were in force."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from coercion_sim.analysis import Cube, cube
from coercion_sim.experiments import Results
from coercion_sim.figures.compare.course import time_axis, time_label
from coercion_sim.figures.style.data import Array, baseline, counted, state_outcome
from coercion_sim.figures.style.layout import axis_label, framed, is_wide, new_figure, panel_title, width_of
from coercion_sim.figures.style.outcome_words import (
    ROUNDING,
    outcome_label,
    outcome_words,
    quantity,
    unit_label,
    unit_of_column,
)
from coercion_sim.figures.style.style import FULL_WIDTH, NEUTRAL, Mark, marks_of
from coercion_sim.figures.style.text import capital, policy_label, possessive, source_line, state_name, the_state, when

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from coercion_sim.figures.style.layout import Canvas

#: Shade of a quarter in which measures were in force in every run; fainter where in fewer.
_SHADE = "#9A9A9A"
_NOTE = (
    "Line: median; bands: 25-75 % and 5-95 % of worlds. Grey: quarters with coercive measures in force, darker where in"
    " more runs."
)
_NOTE_OF_ONE = "One world, so no range. Grey: quarters with coercive measures in force."


def paths(
    results: Results,
    outcome: str = "real_income",
    states: Sequence[str] = (),
    figure: Canvas | None = None,
    *,
    width: float = FULL_WIDTH,
) -> Canvas:
    """Draw one outcome of some states quarter by quarter: rows of panels for states, a panel for each policy.

    Median, and bands of 25-75 % and 5-95 % over worlds; quarters with coercive measures in force are shaded, darker
    where they were in more runs; the thin grey line is the baseline's median, to compare with.

    Parameters
    ----------
    outcome
        A column of the table `states`.
    states
        Codes; the target where none is named.

    Raises
    ------
    ResultsError
        For a column or state there is not; names those there are.
    """
    data = state_outcome(results, outcome)
    chosen = list(states) or [results.target]
    acting = _share_acting(results)
    figure = new_figure(width) if figure is None else figure
    across = min(len(results.policies), 3 if is_wide(figure) else 1)
    down = -(-len(results.policies) // across)
    rows = [(state, part) for state in chosen for part in range(down)]
    several = max(counted(results)) > 1
    notes = [_NOTE if several else _NOTE_OF_ONE]
    notes += [f"Thin grey line: median {when(baseline(results))}."] * (len(results.policies) > 1)
    height = (1.75 if is_wide(figure) else 1.35) * len(rows) + 0.45
    caption = source_line(results, counted(results), *notes)
    body = framed(figure, height, title(results, data, outcome, chosen[0]), caption)
    axes = body.subplots(len(rows), across, sharex=True, sharey="row" if down == 1 else "all", squeeze=False)
    marks = marks_of(results)
    base = data.policies.index(baseline(results))
    letters = iter("abcdefghijklmnopqrstuvwxyz" * 9)
    unit = unit_label(unit_of_column("states", outcome))
    for row, (state, part) in enumerate(rows):
        place = data.labels.index(state)
        for column, ax in enumerate(axes[row]):
            p = part * across + column
            if p >= len(data.policies):
                ax.axis("off")
                continue
            policy = data.policies[p]
            draw_bands(ax, data.values[p, :, :, place], marks[policy], acting[p])
            if p != base:
                ax.plot(_middle(data.values[base, :, :, place]), color=NEUTRAL, linewidth=0.7, alpha=0.8, zorder=2)
            time_axis(ax, data.periods, 10 if across == 1 else 5)
            text = policy_label(policy) if len(chosen) == 1 else f"{state_name(results, state)}, {policy_label(policy)}"
            ax.set_title(panel_title(next(letters), text, 0.88 * width_of(figure) / across))
            if column == 0:
                ax.set_ylabel(axis_label(outcome_label(outcome), unit, 1.3))
            if p + across >= len(data.policies) and (state == chosen[-1] or row == len(rows) - 1):
                ax.set_xlabel(time_label(results.quarters))
                ax.tick_params(labelbottom=True)
    return figure


def draw_bands(ax: Axes, values: Array, mark: Mark, acting: Array | None = None) -> Axes:
    """Draw median and bands of values (K, T) over K worlds, and shade quarters by `acting` (T,), shares of runs."""
    done = values[np.isfinite(values).any(axis=1)]
    steps = np.arange(values.shape[1])
    if acting is not None:
        for step in np.flatnonzero(acting > 0.0):
            alpha = 0.08 + 0.30 * float(acting[step])
            ax.axvspan(step - 0.5, step + 0.5, color=_SHADE, alpha=alpha, linewidth=0, zorder=0)
    ax.axhline(0.0, color=NEUTRAL, linewidth=0.7, zorder=1)
    if not len(done):
        ax.text(0.5, 0.5, "no run finished", transform=ax.transAxes, ha="center", fontsize=7.0, color=NEUTRAL)
        return ax
    p5, p25, middle, p75, p95 = np.nanquantile(done, [0.05, 0.25, 0.5, 0.75, 0.95], axis=0)
    if len(done) > 1:
        ax.fill_between(steps, p5, p95, color=mark.colour, alpha=0.20, linewidth=0, zorder=2)
        ax.fill_between(steps, p25, p75, color=mark.colour, alpha=0.35, linewidth=0, zorder=2)
    ax.plot(
        steps, middle, color=mark.colour, linestyle=mark.line, marker=mark.marker, markersize=3.0,
        markevery=max(1, len(steps) // 6), zorder=3,
    )  # fmt: skip
    return ax


def title(results: Results, data: Cube, outcome: str, state: str) -> str:
    """Say when the state's median is furthest from 0 under the baseline, and what it is then under another policy."""
    name, unit, base = possessive(the_state(results, state)), unit_of_column("states", outcome), baseline(results)
    place = data.labels.index(state)
    middle = {p: _middle(data.values[i, :, :, place]) for i, p in enumerate(data.policies)}
    what = f"{capital(name)} {outcome_words(outcome)}"
    size = np.nan_to_num(np.abs(middle[base]))
    if not size.max() > ROUNDING:
        return _of_the_few(
            data.values[data.policies.index(base), :, :, place], f"{what} {when(base)}", data.periods, unit
        )
    step = int(size.argmax())
    said = (
        f"{what} {when(base)} is furthest from 0 in {data.periods[step]}: {quantity(float(middle[base][step]), unit)}"
    )
    gaps = {p: np.nan_to_num(m - middle[base]) for p, m in middle.items() if p != base}
    if not gaps:
        return said
    apart = max(gaps, key=lambda p: np.abs(gaps[p]).max())
    at = int(np.abs(gaps[apart]).argmax())
    gap = float(gaps[apart][at])
    if abs(gap) <= ROUNDING:
        return f"{said}, under every policy"
    side = "higher" if gap > 0.0 else "lower"
    return f"{said}; {when(apart)} it is {quantity(abs(gap), unit)} {side} in {data.periods[at]}"


def _of_the_few(values: Array, what: str, periods: Sequence[str], unit: str) -> str:
    """Title where most worlds see nothing: what it is at its worst in one world of twenty."""
    done = values[np.isfinite(values).any(axis=1)]
    if not len(done):
        return f"{what}: no run finished"
    low, high = np.nanquantile(done, [0.05, 0.95], axis=0)
    edge = low if np.abs(low).max() >= np.abs(high).max() else high
    step = int(np.abs(edge).argmax())
    if abs(float(edge[step])) <= ROUNDING:
        return f"{what} stays at 0"
    side = "below" if edge is low else "above"
    far = quantity(float(edge[step]), unit)
    return f"{what} stays at 0 in most worlds; in {periods[step]} one of twenty is {side} {far}"


def _share_acting(results: Results) -> Array:
    """Share of runs (P, T) in which coercive measures were in force; 0 where the results keep no table of quarters."""
    if "quarters" not in results.tables:
        return np.zeros((len(results.policies), len(results.quarters)))
    acting = cube(results, "quarters", "coercive_measures", label=None).values[..., 0]
    there = np.isfinite(acting)
    share: Array = ((acting > 0) & there).sum(axis=1) / np.maximum(there.sum(axis=1), 1)
    return share


def _middle(values: Array) -> Array:
    """Median over finished runs, (T,); NaN without any."""
    done = values[np.isfinite(values).any(axis=1)]
    return np.median(done, axis=0) if len(done) else np.full(values.shape[1], np.nan)
