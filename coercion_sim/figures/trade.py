"""Where trade goes: sales lost that found other buyers, by product, and trade of a bloc with itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from coercion_sim.analysis import RECORD_WINDOW, Spread, diverted, draw_numbers
from coercion_sim.arrays import Array
from coercion_sim.experiments import Results
from coercion_sim.figures.style import captions, data, frame
from coercion_sim.figures.style.house import FULL_WIDTH, NEUTRAL, RECORD, Canvas, marks_of, new_figure, points
from coercion_sim.figures.style.shapes import draw_fans, draw_spreads, zero_line
from coercion_sim.wording import MINUS, count, percent, policy_label, span

# ------------------------------------------------------------------ diverted sales


GRADES = {"A": "stated", "B": "derived", "C": "judged"}


def diverted_trade(results: Results, figure: Canvas | None = None, *, width: float = FULL_WIDTH) -> Canvas:
    """Draw the share of lost sales that found other foreign buyers, by product, beside the record.

    Quantity gained from other buyers over quantity lost, each summed over quarters 2 to 5 of the measure on the product
    (model.md §8), under `stand_alone`, or the first policy where that was not run.

    Raises
    ------
    NothingToShow
        Where no sale was lost.
    """
    shares = diverted_shares(results)
    figure = new_figure(width) if figure is None else figure
    body = frame.framed(
        figure, 0.55 + 0.27 * len(shares), _diverted_words(results, shares), _diverted_legend(results, shares)
    )
    draw_diverted(body.subplots(), results)
    return figure


def draw_diverted(ax: Axes, results: Results) -> Axes:
    """Draw the diverted shares on given axes, largest on top: the model above, the record below in each row."""
    shares, seen = diverted_shares(results), data.record(results)
    width = frame.width_of(ax.figure)
    frame.row_axis(ax, frame.row_labels([captions.sector_name(results, s) for s in shares], width))
    lift = 0.17 if any(s in seen for s in shares) else 0.0
    rows = [row - lift for row in range(len(shares))]
    draw_spreads(ax, [x.times(100.0) for x in shares.values()], rows, marks_of(results)[data.baseline(results)])
    for row, sector in enumerate(shares):
        if sector in seen:
            _draw_record(ax, seen[sector], row + lift)
    zero_line(ax, vertical=True)
    ax.axvline(100.0, color=NEUTRAL, linewidth=0.7, linestyle=(0, (2.0, 2.0)), zorder=1)
    low, high = ax.get_xlim()
    ax.set_xlim(min(low, -3.0), max(high, 112.0))
    frame.few_ticks(ax, 6)
    words = f"Sales lost in {captions.state_name(results, results.coercer)} that found other foreign buyers"
    ax.set_xlabel(frame.axis_label(words, "% of the quantity lost", 0.75 * width))
    return ax


def diverted_shares(results: Results) -> dict[str, Spread]:
    """Diverted share of each product under the baseline policy, over draws, largest mean first."""
    rows = [r for r in diverted(results) if r.policy == data.baseline(results) and r.spread.n]
    if not rows:
        coercer, target = results.coercer, results.target
        raise data.NothingToShow(f"no diverted trade to show: no sale of {target} to {coercer} was lost to a measure")
    return {row.item: row.spread for row in sorted(rows, key=lambda r: (-r.spread.mean, r.item))}


def meets(spread: Spread, seen: data.Observed) -> bool:
    """Whether the model's range over draws and the range of the record have a point in common."""
    low = seen.share if seen.low is None else seen.low
    high = seen.share if seen.high is None else seen.high
    return spread.low <= high and low <= spread.high


def _draw_record(ax: Axes, seen: data.Observed, row: float) -> None:
    """Mark an observed share, its range and its grade."""
    right = seen.share
    if seen.low is not None and seen.high is not None:
        ends = [100 * seen.low, 100 * seen.high]
        ax.plot(ends, [row, row], color=RECORD, linewidth=3.2, alpha=0.45, solid_capstyle="butt", zorder=2)
        right = max(right, seen.high)
    ax.plot(
        [100 * seen.share], [row], marker="D", markersize=4, color="white", markeredgecolor=RECORD,
        markeredgewidth=1.1, zorder=3,
    )  # fmt: skip
    if seen.grade:
        at = (100 * right, row)
        ax.annotate(seen.grade, at, (5, 0), textcoords="offset points", fontsize=points(6), va="center", color=NEUTRAL)


def _diverted_legend(results: Results, shares: dict[str, Spread]) -> list[Any]:
    """Entries for model and record; none without a record."""
    if not any(sector in data.record(results) for sector in shares):
        return []
    mark = marks_of(results)[data.baseline(results)]
    width = 1.1 if max(s.n for s in shares.values()) > 1 else 0.0
    return [
        Line2D([], [], color=mark.colour, marker=mark.marker, linewidth=width, label="model"),
        Line2D(
            [], [], color=RECORD, marker="D", markerfacecolor="white", linewidth=2.0,
            label="record: figure, range, grade",
        ),
    ]  # fmt: skip


def _diverted_words(results: Results, shares: dict[str, Spread]) -> frame.Words:
    seen, policy = data.record(results), policy_label(data.baseline(results))
    both = [sector for sector in shares if sector in seen]
    notes = [f"Quarters {RECORD_WINDOW[0]}–{RECORD_WINDOW[1]} of each measure, {policy}."]
    if both:
        agree = sum(meets(shares[s], seen[s]) for s in both)
        notes.append(f"Ranges of model and record overlap for {agree} of {count(len(both), 'product')}.")
    grades = sorted({seen[s].grade for s in both} & set(GRADES))
    if grades:
        notes.append(f"Grades of the record: {', '.join(f'{g} {GRADES[g]}' for g in grades)}.")
    counts = [spread.n for spread in shares.values()]
    texts = {captions.sector_name(results, s): percent(x.mean, x.low, x.high) for s, x in shares.items()}
    numbers = captions.key_numbers(captions.range_words("Mean", max(counts)), texts)
    title = f"Share of lost sales diverted to other foreign buyers, by product: {captions.place(results)}"
    return frame.Words(title, numbers, captions.caption(results, counts, "mean", *notes))


# ------------------------------------------------------------------ integration of a bloc


#: Members with a panel of their own; of a larger bloc those with the lowest index.
MOST_MEMBERS = 8


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
    results: Results, figure: Canvas | None = None, *, width: float = FULL_WIDTH,
    policies: Sequence[str] | str | None = None,
) -> Canvas:  # fmt: skip
    """Draw the integration index quarter by quarter: the bloc's lowest, then each member; a line and a fan a policy.

    Index: (goods trade with the bloc - with the competitor) / all foreign goods trade. Above 0 a state is more
    integrated with the bloc than with the competitor.

    Raises
    ------
    NothingToShow
        Where the scenario names no bloc, or a sweep kept no table of states.
    """
    chosen = data.chosen_policies(results, policies)
    indices = bloc_indices(results, chosen)
    members = _drawn(indices)
    figure = new_figure(width) if figure is None else figure
    columns = 3 if frame.is_wide(figure) else 2
    rows = ceil((len(members) + 1) / columns)
    marks = marks_of(results, chosen)
    words = _integration_words(results, indices, len(indices.members) - len(members))
    body = frame.framed(figure, 1.35 * rows + 0.25, words, frame.legend_of(marks, line=True))
    axes = list(body.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).flat)
    panels = {"Lowest of the bloc": {p: indices.lowest(p) for p in chosen}}
    for state in members:
        at = indices.members.index(state)
        panels[captions.state_name(results, state)] = {p: indices.values[p][:, :, at] for p in chosen}
    for number, (ax, (heading, paths)) in enumerate(zip(axes, panels.items(), strict=False)):
        draw_fans(ax, paths, marks, results.quarters, most=4)
        ax.set_title(frame.panel_title(number, heading, frame.width_of(figure) / columns - 0.35))
        if number % columns == 0:
            ax.set_ylabel(frame.wrap("Index (share of foreign goods trade)", 1.1, 7.0))
        if number + columns >= len(panels):
            ax.tick_params(labelbottom=True)
            ax.set_xlabel(frame.time_label(results.quarters, short=True))
    for ax in axes[len(panels) :]:
        ax.set_visible(False)
    return figure


def bloc_indices(results: Results, policies: Sequence[str]) -> Indices:
    """Read the index of every member of the bloc; draws whose run failed are left out."""
    actors = results.manifest["scenario"]["content"].get("actors") or {}
    members = tuple(actors.get("bloc") or ())
    competitor = actors.get("competitor") or results.coercer
    if not members or not competitor:
        raise data.NothingToShow("the scenario names no bloc ([actors] bloc), so no integration index is defined")
    columns = ["point", "policy", "replicate", "step", "state", "integration_index"]
    rows = data.rows_kept(results, "states", columns)
    member = data.places(rows.column("state"), members)
    rows, member = rows.filter(member >= 0), member[member >= 0]
    draw, policy = draw_numbers(rows), data.places(rows.column("policy"), results.policies)
    step, index = rows.column("step").to_numpy(), rows.column("integration_index").to_numpy()
    values = {}
    for name in policies:
        mine = policy == results.policies.index(name)
        if not mine.any():
            raise data.NothingToShow(f"no run under {policy_label(name)} finished")
        _, run = np.unique(draw[mine], return_inverse=True)
        cells = np.full((int(run.max()) + 1, len(results.quarters), len(members)), np.nan)
        cells[run, step[mine], member[mine]] = index[mine]
        values[name] = cells
    return Indices(values, members, competitor)


def _integration_words(results: Results, indices: Indices, left_out: int) -> frame.Words:
    competitor = captions.state_name(results, indices.competitor)
    lowest = {p: Spread.of(indices.lowest(p)[:, -1]) for p in indices.values}
    what = captions.range_words("Lowest of the bloc at the end: median", max(spread.n for spread in lowest.values()))
    notes = [
        f"Index: (goods trade with the bloc {MINUS} goods trade with {competitor}), as a share of all foreign goods"
        " trade; above 0, more integrated with the bloc."
    ]
    if left_out:
        notes.append(f"The {left_out} members with the highest index are left out of the panels.")
    counts = [len(values) for values in indices.values.values()]
    title = f"Integration of the bloc with itself rather than {competitor}, {span(results.quarters)}"
    numbers = captions.key_numbers(what, captions.by_policy(lowest, median=True))
    return frame.Words(title, numbers, captions.caption(results, counts, "median", *notes))


def _drawn(indices: Indices) -> tuple[str, ...]:
    """Members with a panel: all in the bloc's order, or the lowest at the end under any policy."""
    if len(indices.members) <= MOST_MEMBERS:
        return indices.members
    lowest = np.min([indices.end(policy) for policy in indices.values], axis=0)
    keep = set(np.argsort(lowest, kind="stable")[:MOST_MEMBERS].tolist())
    return tuple(s for i, s in enumerate(indices.members) if i in keep)
