"""Integration index of a bloc: trade of its members with each other against trade with their competitor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np

from coercion_sim.analysis import Spread, draw_numbers
from coercion_sim.arrays import Array
from coercion_sim.experiments import Results
from coercion_sim.figures.style.captions import by_policy, caption, key_numbers, range_words, state_name
from coercion_sim.figures.style.data import NothingToShow, chosen_policies, places, rows_kept
from coercion_sim.figures.style.frame import Words, entry, framed, is_wide, panel_title, time_label, width_of, wrap
from coercion_sim.figures.style.house import FULL_WIDTH, Canvas, marks_of, new_figure
from coercion_sim.figures.style.shapes import draw_fans
from coercion_sim.wording import MINUS, policy_label, span

#: Members with a panel of their own; of a larger bloc those with the lowest index.
MOST = 8


@dataclass(frozen=True, eq=False)
class Indices:
    """Integration index of a bloc.

    Attributes
    ----------
    values : policy -> (K, T, M)
        K draws (point and replicate) that finished, T quarters, M members.
    members, competitor
        The bloc and the state its trade is set against.
    """

    values: dict[str, Array]
    members: tuple[str, ...]
    competitor: str

    def lowest(self, policy: str) -> Array:
        """Index of the member that has the lowest, in each draw and quarter, (K, T)."""
        low: Array = self.values[policy].min(axis=2)
        return low

    def end(self, policy: str) -> Array:
        """Median over draws at the last quarter, (M,)."""
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
    chosen = chosen_policies(results, policies)
    indices = bloc_indices(results, chosen)
    members = _drawn(indices)
    figure = new_figure(width) if figure is None else figure
    columns = 3 if is_wide(figure) else 2
    rows = ceil((len(members) + 1) / columns)
    marks = {p: mark for p, mark in marks_of(results).items() if p in chosen}
    legend = [entry(mark, policy_label(p), line=True) for p, mark in marks.items()]
    words = _words(results, indices, len(indices.members) - len(members))
    body = framed(figure, 1.35 * rows + 0.25, words, legend if len(legend) > 1 else ())
    axes = list(body.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).flat)
    panels = {"Lowest of the bloc": {p: indices.lowest(p) for p in chosen}}
    for state in members:
        at = indices.members.index(state)
        panels[state_name(results, state)] = {p: indices.values[p][:, :, at] for p in chosen}
    for number, (ax, (heading, paths)) in enumerate(zip(axes, panels.items(), strict=False)):
        draw_fans(ax, paths, marks, results.quarters, most=4)
        ax.set_title(panel_title(number, heading, width_of(figure) / columns - 0.35))
        if number % columns == 0:
            ax.set_ylabel(wrap("Index (share of foreign goods trade)", 1.1, 7.0))
        if number + columns >= len(panels):
            ax.tick_params(labelbottom=True)
            ax.set_xlabel(time_label(results.quarters, short=True))
    for ax in axes[len(panels) :]:
        ax.set_visible(False)
    return figure


def bloc_indices(results: Results, policies: Sequence[str]) -> Indices:
    """Read the index of every member of the bloc; draws whose run failed are left out.

    Raises
    ------
    NothingToShow
        Without a bloc, without the table, or where no run of some policy finished.
    """
    actors = results.manifest["scenario"]["content"].get("actors") or {}
    members = tuple(actors.get("bloc") or ())
    competitor = actors.get("competitor") or results.coercer
    if not members or not competitor:
        raise NothingToShow("the scenario names no bloc ([actors] bloc), so no integration index is defined")
    columns = ["point", "policy", "replicate", "step", "state", "integration_index"]
    rows = rows_kept(results, "states", columns)
    member = places(rows.column("state"), members)
    rows, member = rows.filter(member >= 0), member[member >= 0]
    draw, policy = draw_numbers(rows), places(rows.column("policy"), results.policies)
    step, index = rows.column("step").to_numpy(), rows.column("integration_index").to_numpy()
    values = {}
    for name in policies:
        mine = policy == results.policies.index(name)
        if not mine.any():
            raise NothingToShow(f"no run under {policy_label(name)} finished")
        _, run = np.unique(draw[mine], return_inverse=True)
        cells = np.full((int(run.max()) + 1, len(results.quarters), len(members)), np.nan)
        cells[run, step[mine], member[mine]] = index[mine]
        values[name] = cells
    return Indices(values, members, competitor)


def _words(results: Results, indices: Indices, left_out: int) -> Words:
    competitor = state_name(results, indices.competitor)
    lowest = {p: Spread.of(indices.lowest(p)[:, -1]) for p in indices.values}
    what = range_words("Lowest of the bloc at the end: median", max(spread.n for spread in lowest.values()))
    notes = [
        f"Index: (goods trade with the bloc {MINUS} goods trade with {competitor}), as a share of all foreign goods"
        " trade; above 0, more integrated with the bloc."
    ]
    if left_out:
        notes.append(f"The {left_out} members with the highest index are left out of the panels.")
    counts = [len(values) for values in indices.values.values()]
    title = f"Integration of the bloc with itself rather than {competitor}, {span(results.quarters)}"
    numbers = key_numbers(what, by_policy(lowest, median=True))
    return Words(title, numbers, caption(results, counts, "median", *notes))


def _drawn(indices: Indices) -> tuple[str, ...]:
    """Members with a panel: all in the bloc's order, or the lowest at the end under any policy."""
    if len(indices.members) <= MOST:
        return indices.members
    lowest = np.min([indices.end(policy) for policy in indices.values], axis=0)
    keep = set(np.argsort(lowest, kind="stable")[:MOST].tolist())
    return tuple(s for i, s in enumerate(indices.members) if i in keep)
