"""Beliefs about a target's resolve and a coercer's firmness, at the end of disputes or through one run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from matplotlib.axes import Axes

from coercion_sim.analysis import BeliefPath, Spread, belief_paths, draw_numbers
from coercion_sim.arrays import Array, Ints
from coercion_sim.errors import InvalidInput, Problem
from coercion_sim.experiments import Results
from coercion_sim.figures.style import frame
from coercion_sim.figures.style.captions import ANOTHER_VERSION, key_numbers, one_run, place, source_line, state_name
from coercion_sim.figures.style.data import NothingToShow, baseline, chosen_policies, counted, places, rows_kept
from coercion_sim.figures.style.house import FULL_WIDTH, NEUTRAL, Canvas, Mark, marks, marks_of, new_figure, points
from coercion_sim.figures.style.shapes import offsets
from coercion_sim.wording import capital, fixed, interval, policy_label, spaced, under

#: Role -> its types, the high one first; the table of disputes has a column of the high one's name.
ROLES = {"target": ("resolved", "irresolute"), "coercer": ("firm", "soft")}
_COLUMNS = (
    "point", "policy", "replicate", "coercer", "target", "step", "firm", "resolved", "pressed", "ended", "length",
    "belief_target", "belief_coercer",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Learned:
    """Beliefs at the end of every dispute D in which the coercer pressed.

    Attributes
    ----------
    policy : (D,)
        Number of the policy in `policies`.
    belief, true, order : role -> (D,)
        For ``target`` (resolved) and ``coercer`` (firm): belief, true type (0 or 1), and number of disputes with
        pressure the state has had in this run, this one counted.
    date : (D,)
        Step in which it ended; the last of the run where it did not, the one in which it arose where nothing was
        imposed.
    """

    policies: tuple[str, ...]
    policy: Ints
    belief: dict[str, Array]
    true: dict[str, Ints]
    order: dict[str, Ints]
    date: Ints

    def of(self, role: str, true: int, policy: str) -> Array:
        """Beliefs about a role of one true type under one policy."""
        values: Array = self.belief[role][(self.policy == self.policies.index(policy)) & (self.true[role] == true)]
        return values


def learned(results: Results, policies: Sequence[str]) -> Learned:
    """Read the disputes with pressure of some policies."""
    rows = rows_kept(results, "disputes", _COLUMNS)
    if not rows.num_rows:
        scripted = results.manifest["scenario"]["content"].get("conduct") == "scripted"
        why = "the pressure is scripted, so nobody chooses and nothing is learned" if scripted else "no dispute arose"
        raise NothingToShow(f"{why} (beliefs move where conduct is strategic)")
    keep = (rows.column("pressed").to_numpy() == 1) & (places(rows.column("policy"), policies) >= 0)
    rows = rows.filter(keep)
    if not rows.num_rows:
        raise NothingToShow("no coercer pressed in any dispute, so nothing was learned")
    step = rows.column("step").to_numpy().astype(np.int64)
    policy = places(rows.column("policy"), results.policies)
    end = places(rows.column("ended"), results.quarters)
    # Nothing imposed: over in the quarter it arose. Imposed and not ended: still on at the end of the run.
    imposed = np.isfinite(rows.column("length").to_numpy(zero_copy_only=False).astype(np.float64))
    date = np.where(end >= 0, end, np.where(imposed, len(results.quarters) - 1, step)).astype(np.int64)
    run = draw_numbers(rows) * len(results.policies) + policy
    return Learned(
        policies=results.policies, policy=policy,
        belief={role: rows.column(f"belief_{role}").to_numpy() for role in ROLES},
        true={role: rows.column(types[0]).to_numpy().astype(np.int64) for role, types in ROLES.items()},
        order={role: _order(run, rows.column(role).to_pylist(), step) for role in ROLES}, date=date,
    )  # fmt: skip


def _order(run: Ints, states: list[str], step: Ints) -> Ints:
    """For each dispute, the number of disputes of that state in that run up to it, itself counted."""
    number = {name: i for i, name in enumerate(dict.fromkeys(states))}
    group = run * len(number) + np.array([number[name] for name in states], dtype=np.int64)
    in_order = np.lexsort((np.arange(len(step)), step, group))
    starts = np.flatnonzero(np.r_[True, np.diff(group[in_order]) != 0])
    position = np.arange(len(step)) - np.repeat(starts, np.diff(np.r_[starts, len(step)]))
    order = np.empty(len(step), dtype=np.int64)
    order[in_order] = position + 1
    return order


def priors(results: Results) -> dict[str, float | None]:
    """Belief about a target and a coercer without any dispute yet; None where a sweep varies it."""
    settings = results.manifest["scenario"]["content"].get("dispute") or {}
    design = results.manifest["design"]
    varied = {path for block in design.get("blocks") or () for path in block["paths"]} | set(design["uncertain"])
    keys = {role: f"belief_{role}" for role in ROLES}
    return {r: None if f"dispute.{k}" in varied else float(settings.get(k, 0.5)) for r, k in keys.items()}


#: Role and true type of each panel.
_PANELS = tuple((role, true) for role in ROLES for true in (1, 0))
#: Times a state pressed or was pressed that are drawn one by one.
MOST = 8
Over = Literal["order", "date"]


def beliefs(
    results: Results, figure: Canvas | None = None, *, width: float = FULL_WIDTH,
    policies: Sequence[str] | str | None = None, over: Over | None = None, replicate: int | None = None, point: int = 0,
) -> Canvas:  # fmt: skip
    """Draw beliefs at the end of disputes with pressure, by policy: mean and 5-95 % range, beside the prior.

    Panels: that the target is resolved, by its true type; that the coercer is firm, by its true type. Types are
    drawn anew for every dispute, beliefs are carried over and fade to the prior.

    Parameters
    ----------
    over
        ``order``: number of times the state was in a dispute with pressure; ``date``: quarter in which it ended. Order
        where some state was in two, if None.
    replicate
        Draw one run instead, played again, with its beliefs quarter by quarter (`belief_course`), at `point` and under
        the first of `policies` (the baseline if None).

    Raises
    ------
    NothingToShow
        Where no coercer pressed in a dispute: the pressure is scripted, or deterred everywhere.
    """
    if over not in (None, "order", "date"):
        raise InvalidInput(Problem("no such axis", key="over", found=repr(over), allowed="order, date"))
    chosen = chosen_policies(results, policies)
    if replicate is not None:
        policy = chosen[0] if policies is not None else baseline(results)
        return belief_course(results, figure, width=width, policy=policy, replicate=replicate, point=point)
    ends = learned(results, chosen)
    by: Over = over or ("order" if max(int(ends.order[role].max()) for role in ROLES) > 1 else "date")
    figure = new_figure(width) if figure is None else figure
    inks = marks_of(results, chosen)
    body = frame.framed(figure, 3.9, _words(results, ends, by), frame.legend_of(inks, line=True))
    axes = body.subplots(2, 2, sharey=True, sharex=by == "date", squeeze=False)
    for number, (ax, (role, true)) in enumerate(zip(axes.flat, _PANELS, strict=True)):
        draw_beliefs(ax, results, ends, role, true, by, inks)
        _label(ax, results, number, role, true, by)
    return figure


def _label(ax: Axes, results: Results, number: int, role: str, true: int, by: Over) -> None:
    """Heading, axis labels and prior of a panel."""
    room = 0.5 * frame.width_of(ax.figure) - 0.35
    if (prior := priors(results)[role]) is not None:
        ax.axhline(prior, color=NEUTRAL, linewidth=0.8, linestyle=(0, (1.5, 1.5)), zorder=1)
    ax.set_title(frame.panel_title(number, f"Where the {role} is {ROLES[role][1 - true]}", room))
    if by == "order":
        disputes = " (disputes, all policies)" if "(" in ax.get_xticklabels()[0].get_text() else ""
        times = "Times pressed so far" if role == "target" else "Times it pressed so far"
        ax.set_xlabel(frame.wrap(f"{times}{disputes}", room, 7.0))
    elif number >= 2:
        ax.set_xlabel(frame.time_label(results.quarters, short=True))
    if true:
        ax.set_ylabel(frame.wrap(f"{capital(role)} {ROLES[role][0]}: belief (probability)", 1.4, 7.0))


def draw_beliefs(
    ax: Axes, results: Results, ends: Learned, role: str, true: int, by: Over, inks: dict[str, Mark]
) -> Axes:
    """Draw on given axes the beliefs about one role where its type is `true`: mean and range, by order or date."""
    last = min(max(int(ends.order[role].max()), 1), MOST)
    x = ends.order[role] if by == "order" else ends.date
    here = (ends.true[role] == true) & ((x <= last) if by == "order" else True)
    for offset, (policy, mark) in zip(offsets(len(inks), 0.25), inks.items(), strict=True):
        mine = here & (ends.policy == ends.policies.index(policy))
        groups = {int(v) + float(offset): ends.belief[role][mine & (x == v)] for v in np.unique(x[mine])}
        for at, group in groups.items():
            if len(group) > 1:
                ax.plot([at] * 2, np.quantile(group, [0.05, 0.95]), color=mark.colour, linewidth=1.0, zorder=2)
        ax.plot(
            list(groups), [float(group.mean()) for group in groups.values()], color=mark.colour, linestyle=mark.line,
            linewidth=0.9, marker=mark.marker, markersize=3.6, markeredgecolor="white", markeredgewidth=0.4, zorder=3,
        )  # fmt: skip
    if not here.any():
        size = points(frame.ROW_SIZE)
        ax.text(0.5, 0.25, "no such dispute", fontsize=size, color=NEUTRAL, ha="center", transform=ax.transAxes)
    ax.set_ylim(-0.03, 1.03)
    if by == "date":
        frame.time_axis(ax, results.quarters, most=5 if frame.is_wide(ax.figure) else 3)
        return ax
    counts = [int((here & (x == v)).sum()) for v in range(1, last + 1)]
    wide = 0.45 * frame.width_of(ax.figure) / last > 0.33
    ax.set_xticks(range(1, last + 1), [f"{v}\n({n})" if wide else str(v) for v, n in enumerate(counts, 1)])
    ax.set_xlim(0.5, last + 0.5)
    return ax


def _words(results: Results, ends: Learned, by: Over) -> frame.Words:
    counts = [int((ends.policy == i).sum()) for i in range(len(ends.policies))]
    drawn = [p for p, n in zip(ends.policies, counts, strict=True) if n]
    policy = baseline(results) if baseline(results) in drawn else drawn[0]
    numbers = {}
    for role, true in _PANELS:
        s = Spread.of(ends.of(role, true, policy))
        if s.n:
            label = f"{role} {ROLES[role][0]}, where it is {ROLES[role][1 - true]},"
            numbers[label] = interval(s.mean, s.low, s.high)
    kept = [n for n in counts if n]
    size = f"{min(kept):,}" if min(kept) == max(kept) else f"{min(kept):,} to {max(kept):,}"
    notes = [
        f"Beliefs at the end of disputes in which the coercer pressed ({size} a policy); without pressure nothing is"
        " learned. Mean and 5-95 % range over disputes."
    ]
    notes += ["Dotted: the prior."] if any(prior is not None for prior in priors(results).values()) else []
    later = sum(int((ends.order[role] > MOST).sum()) for role in ROLES)
    notes += [f"Left out: {later:,} beliefs after more than {MOST} times."] if by == "order" and later else []
    what = f"Mean [5-95 % range over disputes] {under(policy)}"
    title = f"Beliefs at the end of disputes with pressure, by true type: {place(results)}"
    return frame.Words(title, key_numbers(what, numbers), source_line(results, counted(results), *notes))


# ------------------------------------------------------------------ one run, quarter by quarter


#: Disputes drawn, the first of the run: one for each mark.
MOST_DISPUTES = 7
#: Field of a path, and the heading of its panel.
_COURSES = {"target_resolved": "Belief that the target is resolved", "coercer_firm": "Belief that the coercer is firm"}


def belief_course(
    results: Results, figure: Canvas | None = None, *, width: float = FULL_WIDTH, policy: str, replicate: int = 0,
    point: int = 0,
) -> Canvas:  # fmt: skip
    """Draw both beliefs in each dispute with pressure of one run: before the first move, then quarter by quarter."""
    every = [path for path in belief_paths(results, policy, replicate, point) if path.pressed]
    if not every:
        raise NothingToShow(f"no coercer pressed in replicate {replicate} under {policy_label(policy)}")
    paths = every[:MOST_DISPUTES]
    figure = new_figure(width) if figure is None else figure
    wide = frame.is_wide(figure)
    inks = list(marks([str(i) for i in range(len(paths))]).values())
    words = _course_words(results, paths, len(every), policy, replicate, point)
    body = frame.framed(figure, 2.1 if wide else 3.9, words, _course_legend(results, paths, inks))
    axes = body.subplots(1, 2, sharey=True) if wide else body.subplots(2, 1, sharex=True)
    for number, (ax, (name, heading)) in enumerate(zip(axes, _COURSES.items(), strict=True)):
        draw_belief_paths(ax, paths, name, inks, results.quarters)
        ax.set_title(frame.panel_title(number, heading, frame.width_of(figure) / (2 if wide else 1) - 0.3))
        if wide or number:
            ax.set_xlabel(frame.time_label(results.quarters, short=True))
        if not wide or not number:
            ax.set_ylabel(frame.wrap("Belief (probability)", 1.6, 7.0))
    return figure


def _course_legend(results: Results, paths: Sequence[BeliefPath], inks: Sequence[Mark]) -> list[Any]:
    """Legend entries of disputes: who pressed whom and when, how it ended, and the true types."""
    legend = []
    for ink, path in zip(inks, paths, strict=True):
        types = f"{'resolved' if path.resolved else 'irresolute'}, {'firm' if path.firm else 'soft'}"
        opening = f"{path.coercer} on {path.target}, {results.quarters[path.steps[0]]}"
        legend.append(frame.entry(ink, f"{opening}: {spaced(path.ending)} ({types})", line=True))
    return legend


def draw_belief_paths(
    ax: Axes, paths: Sequence[BeliefPath], name: str, inks: Sequence[Mark], quarters: Sequence[str]
) -> Axes:
    """Draw one belief of each dispute on given axes; the belief before any move stands half a quarter earlier."""
    for ink, path in zip(inks, paths, strict=True):
        x = [path.steps[0] - 0.5, *path.steps]
        ax.plot(x, getattr(path, name), color=ink.colour, linestyle=ink.line, marker=ink.marker, markersize=3.2)
    ax.set_ylim(-0.03, 1.03)
    frame.time_axis(ax, quarters, most=5)
    return ax


def _course_words(
    results: Results, paths: Sequence[BeliefPath], disputes: int, policy: str, replicate: int, point: int
) -> frame.Words:
    longest = max(paths, key=lambda p: len(p.steps))
    courses = {"target resolved": longest.target_resolved, "coercer firm": longest.coercer_firm}
    numbers = {label: f"{fixed(course[0], 2)} to {fixed(course[-1], 2)}" for label, course in courses.items()}
    notes = [
        "Disputes in which the coercer pressed; half a quarter before the first mark, the belief before any move. In"
        " brackets: the true types of target and coercer.",
        f"Policy {policy_label(policy)}, played again from the results.",
    ]
    notes += [f"The first {len(paths)} of {disputes} disputes."] if disputes > len(paths) else []
    notes += [] if paths[0].same_code else [ANOTHER_VERSION]
    pair = f"{state_name(results, longest.coercer)} on {state_name(results, longest.target)}"
    what = f"First and last belief, {pair} (the longest dispute)"
    title = f"Beliefs in the disputes of one run by quarter, {under(policy)}"
    return frame.Words(title, key_numbers(what, numbers), one_run(results, replicate, point, *notes))
