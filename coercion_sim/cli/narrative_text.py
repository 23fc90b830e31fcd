"""The narrative of one run as text within 100 columns."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from coercion_sim.cli.columns import aligned, number

if TYPE_CHECKING:
    from coercion_sim.analysis import Choice, DisputeNarrative, RunNarrative

WIDTH = 100
#: What a move is called where its mover stands before it.
MOVES = {
    "press": "presses or not",
    "package": "presses with what",
    "answer": "answers the demand",
    "impose": "imposes or backs down",
    "help": "helps or not",
    "review": "reviews its stance (target)",
    "accept": "answers an offer to settle",
    "lift": "reviews its stance (coercer)",
}
ENDINGS = {
    "no_pressure": "no pressure",
    "conceded_to_demand": "conceded to the demand",
    "backed_down": "coercer backed down",
    "conceded": "target conceded under the measures",
    "settled": "settled",
    "lifted": "measures lifted unrewarded",
    "unended": "still on at the end of the run",
}


def narrative_text(run: RunNarrative, *, only: int | None = None) -> str:
    """Lay a narrative out; with `only`, its N-th dispute alone."""
    lines = list(_head(run))
    if only is None:
        lines += _overview(run)
    seen: set[tuple[str, str]] = set()
    for n, dispute in enumerate(run.disputes, start=1):
        if only in (None, n):
            lines += ["", *_dispute(run, n, dispute, seen)]
    if only is None:
        lines += _measures(run)
    return "\n".join(lines)


def _wrap(text: str, indent: str = "", rest: str | None = None) -> list[str]:
    """Break a paragraph at 100 columns."""
    below = indent + "  " if rest is None else rest
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=below, break_on_hyphens=False)


def _head(run: RunNarrative) -> Iterator[str]:
    yield from _wrap(run.title or run.scenario)
    span = f"{run.quarters[0]} to {run.quarters[-1]}"
    yield from _wrap(
        f"{run.scenario} under {run.policy}, seed {run.seed}, replicate {run.replicate}; world {run.world}, {span}"
    )
    if run.values:
        numbers = ", ".join(f"{k} {v:.4g}" if isinstance(v, float) else f"{k} {v}" for k, v in run.values.items())
        yield from _wrap(f"Uncertain numbers in this replicate: {numbers}", rest="  ")
    if run.conduct == "scripted":
        yield from _wrap(
            "Nobody chooses here (conduct = scripted): measures come from the scenario's script, answers from the "
            "policy's rule. --set conduct=strategic lets states choose.",
            rest="",
        )


def _overview(run: RunNarrative) -> Iterator[str]:
    """One line per dispute."""
    if run.conduct == "scripted":
        return
    if run.scripted_measures:
        yield from _wrap(
            f"{run.scripted_measures} coercive measures come from the scenario's script; states choose after it."
        )
    yield ""
    if not run.disputes:
        yield "No dispute arose in this run."
        return
    yield f"{len(run.disputes)} disputes arose:" if len(run.disputes) > 1 else "One dispute arose:"
    rows = [["", "arose", "between", "package", "imposed", "ended", "ending"]]
    for n, d in enumerate(run.disputes, start=1):
        pair = f"{d.coercer}-{d.target}"
        rows.append([str(n), d.quarter, pair, d.package or "-", d.imposed or "-", d.ended or "-", ENDINGS[d.ending]])
    yield from (f"  {line}" for line in aligned(rows, left=(0, 1, 2, 3, 4, 5, 6)))


# ------------------------------------------------------------------ one dispute


def _dispute(run: RunNarrative, n: int, d: DisputeNarrative, seen: set[tuple[str, str]]) -> Iterator[str]:
    title = f"Dispute {n}: {d.coercer} and {d.target}, {d.quarter}: {ENDINGS[d.ending]}"
    yield title
    yield "=" * len(title)
    firm, resolved = "firm" if d.firm else "soft", "resolved" if d.resolved else "irresolute"
    yield from _wrap(
        f"Stakes, percent of own GDP: {d.coercer} {d.stake_coercer:.3f} ({firm}), {d.target} {d.stake_target:.3f} "
        f"({resolved}). Believed at first: resolved with probability {d.belief_target[0]:.2f}, firm with "
        f"{d.belief_coercer[0]:.2f}; in the end {d.belief_target[1]:.2f} and {d.belief_coercer[1]:.2f}.",
        rest="",
    )
    if (d.coercer, d.target) in seen:
        yield f"Goods, packages and allies' ties: see the first dispute of {d.coercer} and {d.target}."
    else:
        seen.add((d.coercer, d.target))
        yield from _goods(d)
        yield from _packages(d)
    yield from _allies(d)
    for quarter, choices in groupby(d.decisions, key=lambda choice: choice.quarter):
        yield ""
        yield quarter
        for choice in choices:
            yield from _choice(choice)
    yield ""
    yield from _end(run, d)


def _goods(d: DisputeNarrative) -> Iterator[str]:
    """Each screened good, hardest hit first."""
    if not d.goods:
        return
    yield ""
    yield from _wrap(
        f"Goods {d.target} sells {d.coercer}: its share of {d.coercer}'s imports; long-run effect of a complete ban, "
        f"percent of GDP: cost to {d.coercer} (below 0: a gain), loss of {d.target}; rule that struck it out",
        rest="",
    )
    rows = [["good", "share", "cost", "loss", "struck by"]]
    for g in sorted(d.goods, key=lambda g: (-g.loss if not math.isnan(g.loss) else -math.inf, g.good)):
        cost = "no supplier left" if math.isinf(g.cost) else number(g.cost, 4)
        rows.append([g.good, number(g.supply_share, 3), cost, number(g.loss, 4), g.struck_by or "-"])
    yield from (f"  {line}" for line in aligned(rows, left=(0, 4)))


def _packages(d: DisputeNarrative) -> Iterator[str]:
    yield ""
    yield f"Packages, percent of own GDP a year (for {d.coercer} by trade alone; above 0 counts as 0)"
    rows = [["package", f"{d.target} year 1", "long run", f"{d.coercer} year 1", "long run"]]
    for p in d.packages:
        effects = (p.target_first_year, p.target_long_run, p.coercer_first_year, p.coercer_long_run)
        rows.append([p.name, *(number(x, 4) for x in effects)])
    yield from (f"  {line}" for line in aligned(rows))
    for p in d.packages:
        yield from _wrap(f"{p.name}: {'; '.join(p.measures)}", "  ", "    ")
    for name, why in d.dropped:
        yield from _wrap(f"dropped: {name} ({why})", "  ", "    ")


def _allies(d: DisputeNarrative) -> Iterator[str]:
    if not d.allies:
        yield f"No state is bound to {d.target}: nobody could be asked to help."
        return
    yield ""
    yield "Allies in the order they move, percent of own GDP"
    rows = [["ally", "interest", "pledge", "reliability", "loss if next", "did"]]
    for a in d.allies:
        numbers = (number(a.interest, 4), number(a.pledge, 3), number(a.reliability, 2), number(a.loss_if_next, 3))
        rows.append([a.state, *numbers, a.did or "(was not asked)"])
    yield from (f"  {line}" for line in aligned(rows, left=(0, 5)))
    if d.retaliation_goods:
        yield from _wrap(
            f"Goods of which they together could cut {d.coercer} off: {', '.join(d.retaliation_goods)}", "  "
        )


def _choice(choice: Choice) -> Iterator[str]:
    """One decision: every alternative, the chosen one marked, its terms beneath one another where they do not fit."""
    yield from _wrap(
        f"{choice.mover} {MOVES[choice.move]} (by {choice.rule}; believed: resolved {choice.belief_target:.2f}, firm "
        f"{choice.belief_coercer:.2f}; drew {choice.draw:.4f})",
        "  ",
        "    ",
    )
    labels = max(len(o.label) for o in choice.options)
    low = 0.0
    for option in choice.options:
        mark = ">" if option.label == choice.chosen else " "
        head = f"  {mark} {option.label.ljust(labels)} {number(option.value, 4):>8}  p {option.probability:.3f} "
        part = f"[{low:.3f}, {low + option.probability:.3f})"
        low += option.probability
        shown = {name: term for name, term in option.terms.items() if term != 0.0} or {"nothing": 0.0}
        terms = " ".join(f"{term:+.4f} {name}," for name, term in shown.items()).rstrip(",")
        start = f"{head} {part}  "
        lines = textwrap.wrap(terms, max(30, WIDTH - len(start)), break_on_hyphens=False)
        yield (start + lines[0]).rstrip()
        yield from (" " * len(start) + line for line in lines[1:])


def _end(run: RunNarrative, d: DisputeNarrative) -> Iterator[str]:
    """What came of it, and table against realised effect."""
    if not d.imposed:
        yield f"Ending: {ENDINGS[d.ending]}; nothing was imposed."
        return
    length = f"{d.length:g} quarter{'s' * (d.length != 1)}"
    until = f"to {d.ended}" if d.ended else "and still on at the end of the run"
    yield from _wrap(
        f"Ending: {ENDINGS[d.ending]}. {d.package} in force from {d.imposed} {until} ({length}). "
        f"Governments review their stance with probability {run.review:g} a quarter; a quarter without a line had no "
        "review.",
        rest="",
    )
    gap = d.realised_effect - d.table_effect
    yield from _wrap(
        f"Effect on {d.target}, percent of GDP, mean over those quarters: {d.table_effect:+.4f} by the table the "
        f"choices were made by, {d.realised_effect:+.4f} on the realised path (which holds all disputes at once); "
        f"gap {gap:+.4f}.",
        rest="",
    )


# ------------------------------------------------------------------ measures


def _measures(run: RunNarrative) -> Iterator[str]:
    """Everything that was in force, and what it cost."""
    yield ""
    coercive = [m for m in run.measures if m.purpose == "coercion"]
    answers = [m for m in run.measures if m.purpose != "coercion"]
    for heading, listed in (("Coercive measures", coercive), ("Answers and standing measures", answers)):
        yield heading if listed else f"{heading}: none."
        rows = [
            [f"{m.first}-{m.last}", m.by, m.on, m.name, f"{m.kind} {m.size:.4g}", _goods_of(m.sectors)] for m in listed
        ]
        yield from _fitted([["quarters", "by", "on", "name", "what", "goods"], *rows] if rows else [])
    if run.payments:
        yield "What answering cost over the run: US$ million paid, percent of a year's GDP lost by own responses"
        pay = [[p.state, f"{p.paid:,.0f}", number(p.burden, 4)] for p in run.payments]
        yield from (f"  {line}" for line in aligned([["state", "paid", "burden"], *pay]))
    if run.effects:
        yield "Effect of coercion and answers over the run, percent of a year's GDP"
        yield from (f"  {line}" for line in aligned([[s, f"{e:+.4f}"] for s, e in run.effects]))


def _goods_of(sectors: tuple[str, ...]) -> str:
    return ", ".join(sectors) if len(sectors) <= 3 else f"{', '.join(sectors[:2])} and {len(sectors) - 2} more"


def _fitted(rows: Iterable[list[str]]) -> Iterator[str]:
    """Aligned rows; what passes 100 columns is cut with a mark (`--json` has all)."""
    listed = list(rows)
    if listed:
        for line in aligned(listed, left=range(6)):
            yield "  " + (line if len(line) <= WIDTH - 2 else line[: WIDTH - 3] + "…")
