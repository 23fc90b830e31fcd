"""What disputes teach: beliefs about a target's resolve and a coercer's firmness, where they are true and where not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from coercion_sim.analysis import draw_numbers
from coercion_sim.errors import InvalidInput, Problem
from coercion_sim.experiments import Results
from coercion_sim.figures.compare.course import time_axis, time_label
from coercion_sim.figures.dispute.belief_course import belief_course
from coercion_sim.figures.style.data import Array, NothingToShow, baseline, counted
from coercion_sim.figures.style.layout import ROW_SIZE, entry, framed, is_wide, new_figure, panel_title, width_of, wrap
from coercion_sim.figures.style.shown_part import places, policies_asked, rows_kept
from coercion_sim.figures.style.style import FULL_WIDTH, NEUTRAL, Mark, marks_of
from coercion_sim.figures.style.text import listing, policy_label, source_line, under

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from coercion_sim.figures.style.layout import Canvas

#: Times a state was pressed (or pressed) that are drawn one by one.
MOST = 8
Over = Literal["order", "date"]
_COLUMNS = (
    "point", "policy", "replicate", "coercer", "target", "step", "firm", "resolved", "pressed", "ended",
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
        For ``target`` (resolved) and ``coercer`` (firm): belief, true type (0 or 1), and for how many times now, 1 the
        first, the state was pressed or pressed in this run.
    date : (D,)
        Step in which it ended; the last of the run where it did not, the one in which it arose where nothing was
        imposed.
    """

    policies: tuple[str, ...]
    policy: npt.NDArray[np.int64]
    belief: dict[str, Array]
    true: dict[str, npt.NDArray[np.int64]]
    order: dict[str, npt.NDArray[np.int64]]
    date: npt.NDArray[np.int64]

    def mean(self, role: str, true: int, policy: str) -> float:
        """Mean belief of a role under one policy where the type is so; NaN where there is none."""
        mine = (self.policy == self.policies.index(policy)) & (self.true[role] == true)
        return float(self.belief[role][mine].mean()) if mine.any() else float("nan")


def beliefs(
    results: Results,
    figure: Canvas | None = None,
    *,
    width: float = FULL_WIDTH,
    policies: Sequence[str] | str | None = None,
    over: Over | None = None,
    replicate: int | None = None,
    point: int = 0,
) -> Canvas:
    """Draw beliefs at the end of disputes with pressure, by policy: mean and 5-95 % range, beside the prior.

    Panels: that the target is resolved, where it is and where it is not; that the coercer is firm, likewise. Types are
    drawn anew for every dispute, beliefs are carried over and fade to the prior.

    Parameters
    ----------
    over
        ``order``: how many times the state was in it by then; ``date``: when the dispute ended. Order where some state
        was in it twice, if None.
    replicate
        Draw one run instead, played again, with its beliefs quarter by quarter (`belief_course`), at `point` and under
        the first of `policies` (the baseline if None).

    Raises
    ------
    NothingToShow
        Where no coercer pressed in a dispute: the pressure is scripted, or everybody was deterred.
    """
    if over not in (None, "order", "date"):
        raise InvalidInput(Problem("no such axis", key="over", found=repr(over), allowed="order, date"))
    chosen = policies_asked(results, policies)
    if replicate is not None:
        policy = chosen[0] if policies is not None else baseline(results)
        return belief_course(results, figure, width=width, policy=policy, replicate=replicate, point=point)
    found = learned(results, chosen)
    by = over or ("order" if max(int(found.order[role].max()) for role in found.order) > 1 else "date")
    figure = new_figure(width) if figure is None else figure
    legend = [entry(mark, policy_label(p), line=True) for p, mark in marks_of(results).items() if p in chosen]
    body = framed(figure, 3.9, title(results, found), _caption(results, found, by), legend if len(legend) > 1 else ())
    axes = body.subplots(2, 2, sharey=True, sharex=by == "date", squeeze=False)
    room = 0.5 * width_of(figure) - 0.35
    prior = priors(results)
    inks = marks_of(results)
    for row, (role, belief, yes, no) in enumerate(
        (("target", "Target resolved", "resolved", "irresolute"), ("coercer", "Coercer firm", "firm", "soft"))
    ):
        for column, (true, word) in enumerate(((1, yes), (0, no))):
            ax = axes[row, column]
            draw_beliefs(ax, results, found, role, true, by, inks)
            if prior[role] is not None:
                ax.axhline(prior[role], color=NEUTRAL, linewidth=0.8, linestyle=(0, (1.5, 1.5)), zorder=1)
            ax.set_title(panel_title("abcd"[2 * row + column], f"Where the {role} is {word}", room))
            if by == "order":
                told = " (disputes, all policies)" if "(" in ax.get_xticklabels()[0].get_text() else ""
                times = "Times pressed so far" if role == "target" else "Times it pressed so far"
                ax.set_xlabel(wrap(f"{times}{told}", room, 7.0))
            elif row == 1:
                ax.set_xlabel(time_label(results.quarters, short=True))
            if column == 0:
                ax.set_ylabel(wrap(f"{belief}: belief (probability)", 1.4, 7.0))
    return figure


def draw_beliefs(
    ax: Axes, results: Results, found: Learned, role: str, true: int, by: str, inks: dict[str, Mark]
) -> Axes:
    """Draw on given axes the beliefs about one role where its type is `true`: mean and range, by order or date."""
    last = min(max(int(found.order[role].max()), 1), MOST) if by == "order" else len(results.quarters)
    x = found.order[role] if by == "order" else found.date
    names = [p for p in found.policies if p in inks]
    offsets = np.linspace(-0.25, 0.25, len(names)) if len(names) > 1 else np.zeros(1)
    here = found.true[role] == true
    for offset, policy in zip(offsets, names, strict=True):
        mine = here & (found.policy == found.policies.index(policy))
        at = [int(v) for v in np.unique(x[mine]) if by == "date" or v <= last]
        groups = [found.belief[role][mine & (x == v)] for v in at]
        mark = inks[policy]
        for v, group in zip(at, groups, strict=True):
            if len(group) > 1:
                ax.plot([v + offset] * 2, np.quantile(group, [0.05, 0.95]), color=mark.colour, linewidth=1.0, zorder=2)
        ax.plot(
            [v + offset for v in at], [float(g.mean()) for g in groups], color=mark.colour, linestyle=mark.line,
            linewidth=0.9, marker=mark.marker, markersize=3.6, markeredgecolor="white", markeredgewidth=0.4, zorder=3,
        )  # fmt: skip
    if not here.any():
        ax.text(0.5, 0.25, "no such dispute", fontsize=ROW_SIZE, color=NEUTRAL, ha="center", transform=ax.transAxes)
    ax.set_ylim(-0.03, 1.03)
    if by == "order":
        counts = [int((here & (x == v)).sum()) for v in range(1, last + 1)]
        wide = 0.45 * width_of(ax.figure) / last > 0.33
        ax.set_xticks(range(1, last + 1), [f"{v}\n({n})" if wide else str(v) for v, n in enumerate(counts, 1)])
        ax.set_xlim(0.5, last + 0.5)
    else:
        time_axis(ax, results.quarters, most=5 if is_wide(ax.figure) else 3)
    return ax


def learned(results: Results, policies: Sequence[str]) -> Learned:
    """Read the disputes with pressure of some policies."""
    rows = rows_kept(results, "disputes", _COLUMNS)
    if not rows.num_rows:
        scripted = results.manifest["scenario"]["content"].get("conduct") == "scripted"
        why = "the pressure is scripted, so nobody chooses and nothing is learned" if scripted else "no dispute arose"
        raise NothingToShow(f"{why} (beliefs move where conduct is strategic)")
    keep = rows.column("pressed").to_numpy() == 1
    keep &= places(rows.column("policy"), policies) >= 0
    rows = rows.filter(keep)
    if not rows.num_rows:
        raise NothingToShow("no coercer pressed in any dispute, so nothing was learned")
    step = rows.column("step").to_numpy().astype(np.int64)
    policy = places(rows.column("policy"), results.policies)
    end = places(rows.column("ended"), results.quarters)
    # Nothing imposed: over in the quarter it arose. Imposed and not ended: still on at the end of the run.
    imposed_on = np.array(rows.column("ended").is_null()) | (end < 0)
    length = rows_kept(results, "disputes", ["length"]).column("length").filter(keep).to_numpy(zero_copy_only=False)
    unended = imposed_on & np.isfinite(np.asarray(length, dtype=np.float64))
    date = np.where(end >= 0, end, np.where(unended, len(results.quarters) - 1, step)).astype(np.int64)
    run = draw_numbers(rows) * len(results.policies) + policy
    return Learned(
        policies=results.policies,
        policy=policy,
        belief={role: rows.column(f"belief_{role}").to_numpy() for role in ("target", "coercer")},
        true={
            role: rows.column(kind).to_numpy().astype(np.int64)
            for role, kind in (("target", "resolved"), ("coercer", "firm"))
        },
        order={role: _order(run, rows.column(role), step) for role in ("target", "coercer")},
        date=date,
    )


def _order(run: npt.NDArray[np.int64], state: object, step: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """For each dispute, how many disputes of that state in that run there were up to it, itself counted."""
    names: list[str] = state.to_pylist()  # type: ignore[attr-defined]
    number = {name: i for i, name in enumerate(dict.fromkeys(names))}
    who = np.array([number[name] for name in names], dtype=np.int64)
    group = run * len(number) + who
    sorted_ = np.lexsort((np.arange(len(step)), step, group))
    starts = np.flatnonzero(np.r_[True, np.diff(group[sorted_]) != 0])
    place = np.arange(len(step)) - np.repeat(starts, np.diff(np.r_[starts, len(step)]))
    order = np.empty(len(step), dtype=np.int64)
    order[sorted_] = place + 1
    return order


def priors(results: Results) -> dict[str, float | None]:
    """Belief about a target and a coercer that nobody has met; None where a sweep varies it."""
    settings = results.manifest["scenario"]["content"].get("dispute") or {}
    design = results.manifest["design"]
    varied = {path for block in design.get("blocks") or () for path in block["paths"]} | set(design["uncertain"])
    return {
        role: None if f"dispute.belief_{role}" in varied else float(settings.get(f"belief_{role}", 0.5))
        for role in ("target", "coercer")
    }


def title(results: Results, found: Learned) -> str:
    """Say where beliefs end under the baseline, where the type is high and where it is low."""
    shown = [p for p in found.policies if (found.policy == found.policies.index(p)).any()]
    policy = baseline(results) if baseline(results) in shown else shown[0]
    parts: list[str] = []
    for role, what in (("target", "a target is resolved"), ("coercer", "a coercer is firm")):
        means = [found.mean(role, true, policy) for true in (1, 0)]
        ends = [
            f"{m:.2f} {where}" for m, where in zip(means, ("where it is", "where it is not"), strict=True) if m == m
        ]
        parts.append(f"that {what}{', at' if parts else ' ends at'} {listing(ends)}")
    return f"{under(policy)}, belief {'; '.join(parts)}"


def _caption(results: Results, found: Learned, by: str) -> str:
    counts = [int((found.policy == found.policies.index(p)).sum()) for p in found.policies]
    shown = [c for c in counts if c]
    size = f"{min(shown):,}" if min(shown) == max(shown) else f"{min(shown):,} to {max(shown):,}"
    notes = [
        f"Beliefs at the end of disputes in which the coercer pressed ({size} a policy); without pressure nothing is"
        " learned. Mean and 5-95 % range over disputes."
    ]
    if any(prior is not None for prior in priors(results).values()):
        notes.append("Dotted: the prior.")
    later = sum(int((found.order[role] > MOST).sum()) for role in found.order)
    if by == "order" and later:
        notes.append(f"Left out: {later:,} beliefs after more than {MOST} times.")
    return source_line(results, counted(results), *notes)
