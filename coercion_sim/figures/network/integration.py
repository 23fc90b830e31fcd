"""How closely the states of a bloc trade with each other, against how closely they trade with their competitor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from coercion_sim.analysis import draw_numbers
from coercion_sim.experiments import Results
from coercion_sim.figures.compare.course import time_axis, time_label
from coercion_sim.figures.style.data import Array, NothingToShow, baseline
from coercion_sim.figures.style.layout import entry, framed, is_wide, new_figure, panel_title, width_of, wrap
from coercion_sim.figures.style.shown_part import places, policies_asked, rows_kept
from coercion_sim.figures.style.style import FULL_WIDTH, NEUTRAL, Mark, marks_of
from coercion_sim.figures.style.text import (
    BASELINE,
    MINUS,
    capital,
    caption,
    policy_label,
    policy_subject,
    state_name,
    the_state,
    under,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from coercion_sim.figures.style.layout import Canvas

#: Members with a panel of their own; of a larger bloc those with the lowest index.
MOST = 8


@dataclass(frozen=True, eq=False)
class Indices:
    """Integration index of a bloc.

    Attributes
    ----------
    values : policy -> (K, T, M)
        K worlds (point and replicate) that finished, T quarters, M members.
    members, competitor
        The bloc and the state its trade is set against.
    """

    values: dict[str, Array]
    members: tuple[str, ...]
    competitor: str

    def lowest(self, policy: str) -> Array:
        """Index of the member that has the lowest, in each world and quarter, (K, T)."""
        low: Array = self.values[policy].min(axis=2)
        return low

    def end(self, policy: str) -> Array:
        """Median over worlds at the last quarter, (M,)."""
        end: Array = np.median(self.values[policy][:, -1], axis=0)
        return end


def integration(
    results: Results,
    figure: Canvas | None = None,
    *,
    width: float = FULL_WIDTH,
    policies: Sequence[str] | str | None = None,
) -> Canvas:
    """Draw the integration index quarter by quarter: the bloc's lowest, then each member; a line and a fan a policy.

    Index: (goods trade with the bloc - with the competitor) / all foreign goods trade. Above 0 a state is more
    integrated with the bloc than with the competitor.

    Raises
    ------
    NothingToShow
        Where the scenario names no bloc, or a sweep kept no table of states.
    """
    chosen = policies_asked(results, policies)
    found = bloc_indices(results, chosen)
    figure = new_figure(width) if figure is None else figure
    columns = 3 if is_wide(figure) else 2
    shown = _shown(found)
    rows = ceil((len(shown) + 1) / columns)
    legend = [entry(mark, policy_label(p), line=True) for p, mark in marks_of(results).items() if p in chosen]
    left = len(found.members) - len(shown)
    competitor = state_name(results, found.competitor)
    note = (
        f"Index: (goods trade with the bloc {MINUS} goods trade with {competitor}), as a share of all foreign goods"
        " trade; above 0, more integrated with the bloc."
    )
    notes = [note, f"The {left} members with the highest index are left out of the panels."] if left else [note]
    under_it = caption(results, [len(found.values[p]) for p in chosen], "median", *notes)
    body = framed(figure, 1.35 * rows + 0.25, title(results, found), under_it, legend if len(legend) > 1 else ())
    axes = np.atleast_2d(body.subplots(rows, columns, sharex=True, sharey=True, squeeze=False))
    room = width_of(figure) / columns - 0.35
    inks = marks_of(results)
    panels = [("Lowest of the bloc", {p: found.lowest(p) for p in chosen})]
    panels += [
        (state_name(results, s), {p: found.values[p][:, :, found.members.index(s)] for p in chosen}) for s in shown
    ]
    for number, ax in enumerate(axes.flat):
        if number >= len(panels):
            ax.set_visible(False)
            continue
        heading, paths = panels[number]
        draw_fans(ax, paths, inks, results.quarters)
        ax.set_title(panel_title("abcdefghijkl"[number], heading, room))
        if number % columns == 0:
            ax.set_ylabel(wrap("Index (share of foreign goods trade)", 1.1, 7.0))
        if number + columns >= len(panels):
            ax.tick_params(labelbottom=True)
            ax.set_xlabel(time_label(results.quarters, short=True))
    return figure


def draw_fans(ax: Axes, paths: dict[str, Array], inks: dict[str, Mark], quarters: Sequence[str]) -> Axes:
    """Draw paths (K worlds, T quarters) of each policy on given axes: median, 5-95 % fan, and the line at 0."""
    x = np.arange(len(quarters))
    for number, (policy, values) in enumerate(paths.items()):
        low, middle, high = np.quantile(values, [0.05, 0.5, 0.95], axis=0)
        mark = inks[policy]
        if len(values) > 1:
            ax.fill_between(x, low, high, color=mark.colour, alpha=0.16, linewidth=0, zorder=2)
        every = (number, max(2, len(x) // 4))
        ax.plot(
            x, middle, color=mark.colour, linestyle=mark.line, marker=mark.marker, markevery=every, markersize=3.2,
            zorder=3,
        )  # fmt: skip
    ax.axhline(0.0, color=NEUTRAL, linewidth=0.8, zorder=1)
    time_axis(ax, quarters, most=4)
    return ax


def bloc_indices(results: Results, policies: Sequence[str]) -> Indices:
    """Read the index of every member of the bloc; worlds whose run failed are left out.

    Raises
    ------
    NothingToShow
        Without a bloc, without the table, or where no run of some policy finished.
    """
    actors = results.manifest["scenario"]["content"].get("actors") or {}
    members = tuple(actors.get("bloc") or ())
    competitor = actors.get("competitor") or results.coercer
    if not members or not competitor:
        raise NothingToShow("the scenario names no bloc ([actors] bloc), so there is no integration index")
    columns = ["point", "policy", "replicate", "step", "state", "integration_index"]
    rows = rows_kept(results, "states", columns)
    member = places(rows.column("state"), members)
    rows, member = rows.filter(member >= 0), member[member >= 0]
    world, policy = draw_numbers(rows), places(rows.column("policy"), results.policies)
    step, index = rows.column("step").to_numpy(), rows.column("integration_index").to_numpy()
    values = {}
    for name in policies:
        mine = policy == results.policies.index(name)
        if not mine.any():
            raise NothingToShow(f"no run under {policy_label(name)} finished")
        _, run = np.unique(world[mine], return_inverse=True)
        cells = np.full((int(run.max()) + 1, len(results.quarters), len(members)), np.nan)
        cells[run, step[mine], member[mine]] = index[mine]
        values[name] = cells
    return Indices(values, members, competitor)


def title(results: Results, found: Indices) -> str:
    """Say how far a policy moves the lowest index of the bloc by the end, and whether it passes 0."""
    policies = list(found.values)
    low = {p: float(np.median(found.lowest(p)[:, -1])) for p in policies}
    base = baseline(results) if baseline(results) in policies else policies[0]
    others = [p for p in policies if p != base]
    if not others:
        start = float(np.median(found.lowest(base)[:, 0]))
        moved = f"moves from {index_text(start)} to {index_text(low[base])}"
        return f"{under(base)}, the lowest index of the bloc {moved}; {_standing(results, found, base, ' then')}"
    best = max(others, key=lambda p: abs(low[p] - low[base]))
    before = f"{index_text(low[base])} {'standing alone' if base == BASELINE else f'under {policy_label(base)}'}"
    if abs(low[best] - low[base]) < 0.0005:
        return f"No policy moves the bloc's lowest index from {before}; {_standing(results, found, base)}"
    verb = "lifts" if low[best] > low[base] else "lowers"
    return (
        f"{capital(policy_subject(best))} {verb} the bloc's lowest index at the end from {before} to"
        f" {index_text(low[best])}; {_standing(results, found, best, ' then')}"
    )


def _standing(results: Results, found: Indices, policy: str, then: str = "") -> str:
    """How many members end above 0 under a policy, by their medians."""
    above, total = int((found.end(policy) > 0.0).sum()), len(found.members)
    count = "every member" if above == total else "no member" if above == 0 else f"{above} of {total} members"
    trades = "trade" if 1 < above < total else "trades"
    return f"{count}{then} {trades} more with the bloc than with {the_state(results, found.competitor)}"


def index_text(value: float) -> str:
    """An index to three decimals, its sign kept: a lowest index of 0.0004 is just above 0."""
    if 0.0 < abs(value) < 0.0005:
        return f"just {'above' if value > 0 else 'below'} 0"
    return f"{value:.3f}".replace("-", MINUS)


def _shown(found: Indices) -> tuple[str, ...]:
    """Members with a panel: all in the bloc's order, or the lowest at the end under any policy."""
    if len(found.members) <= MOST:
        return found.members
    lowest = np.min([found.end(policy) for policy in found.values], axis=0)
    keep = set(np.argsort(lowest, kind="stable")[:MOST].tolist())
    return tuple(s for i, s in enumerate(found.members) if i in keep)
