"""What a sweep found, in sentences: levels and differences, what matters, which policy is best."""

from __future__ import annotations

import math
from collections.abc import Sequence

from coercion_sim.analysis import AVERAGED, Analysis, IndexRow, MeanRow
from coercion_sim.figures import capital, listing, outcome_words, parameter_label
from coercion_sim.report.gather import Facts, one_number
from coercion_sim.report.numbers import count, fixed, interval, mean_row, quoted, share, told_apart, unit_words

#: Index printed of each method, and what it means.
INDEX = {
    "sobol": ("ST", "Total Sobol' index: share of the variance a parameter makes, interactions included"),
    "morris": ("mu_star", "Mean size of the effect of a parameter over its whole range (Morris)"),
    "rbd_fast": ("S1", "First-order index: share of the variance a parameter makes alone (RBD-FAST)"),
}
#: Ends a note that names an option which another command has.
_OPTION = " of coercion-sim analyse"


def found(analysis: Analysis) -> tuple[str, ...]:
    """What was found, outcome by outcome: the levels, the differences, and which policy is most often best."""
    told: list[str] = []
    for outcome in analysis.outcomes:
        levels = [r for r in analysis.overall(analysis.levels) if r.outcome == outcome and not math.isnan(r.mean)]
        if not levels or all(r.mean == r.low == r.high == levels[0].mean for r in levels):
            continue
        unit = analysis.units.get(outcome, "")
        each = listing([f"{mean_row(r)} under {quoted(r.policy)}" for r in levels])
        text = f"{label(outcome)} ({unit_words(unit)}) is {each}{_sample(levels) if not told else ''}"
        apart = [r for r in analysis.overall(analysis.contrasts) if r.outcome == outcome and known(r)]
        if apart:
            text += "; " + listing([_change(r) for r in apart])
        told.append(f"{text}.")
    told += _best(analysis)
    told += _matters(analysis, analysis.outcomes)
    return tuple(told)


def uncertain(facts: Facts, analysis: Analysis) -> tuple[str, ...]:
    """What the sweep cannot tell."""
    told = [f"{capital(listing([*map(outcome_words, facts.same)]))}: one number in every run."] if facts.same else []
    unclear = [
        f"{outcome_words(r.outcome)} under {quoted(r.policy)}"
        for r in analysis.overall(analysis.contrasts)
        if known(r) and r.low <= 0.0 <= r.high and not r.low == r.high == 0.0
    ]
    if unclear:
        opening = f"No difference from {quoted(analysis.baseline)} is shown, since its interval holds 0"
        told.append(f"{opening}: {listing(unclear)}.")
    told += [f"{capital(note)}{_OPTION if '--' in note else ''}." for note in analysis.notes]
    told += [f"Left out: {what}." for what in facts.missing]
    if facts.failures:
        total = sum(facts.manifest["counts"].values())
        told.append(f"{count(len(facts.failures), 'run')} of {total:,} failed and are left out of every number.")
    return tuple(told)


def _best(analysis: Analysis) -> list[str]:
    """The policy with the least mean regret, by outcome."""
    told = []
    for outcome in dict.fromkeys(r.outcome for r in analysis.regret):
        rows = [r for r in analysis.regret if r.outcome == outcome and not math.isnan(r.mean)]
        if not rows or one_number(analysis, outcome):
            continue
        first = min(rows, key=lambda r: r.mean)
        if len({r.mean for r in rows}) == 1 and len(rows) > 1:
            continue
        told.append(
            f"{quoted(first.policy)} has the least mean regret in {outcome_words(outcome)}:"
            f" it is best in {share(first.best, first.best_low, first.best_high)} of {first.draws:,} worlds."
        )
    return told


def _matters(analysis: Analysis, outcomes: Sequence[str]) -> list[str]:
    """The parameter with the largest index under each policy, by outcome."""
    told = []
    for outcome in outcomes:
        for policy in analysis.policies:
            rows = [
                r
                for r in analysis.indices
                if (r.outcome, r.policy, r.against, r.status) == (outcome, policy, "", "ok")
                and r.given in ("", AVERAGED)
                and r.index == INDEX[r.method][0]
            ]
            if rows:
                top = max(rows, key=lambda r: r.value)
                told.append(
                    f"Under {quoted(policy)}, {outcome_words(outcome)} depends most on"
                    f" {parameter_label(top.parameter)} ({top.index.replace('_star', '*')} {index_text(top)})."
                )
    return told


def _change(row: MeanRow) -> str:
    apart = "" if math.isnan(row.low) or told_apart(row.low, row.high) else ", which holds 0"
    return f"{quoted(row.policy)} changes it by {mean_row(row, sign=True)}{apart}"


def _sample(rows: Sequence[MeanRow]) -> str:
    row = next((r for r in rows if r.unit), None)
    return f" (means over the design, 95 % intervals over {row.n:,} {row.unit})" if row is not None else ""


def label(outcome: str) -> str:
    """Outcome in words, as a heading."""
    return capital(outcome_words(outcome))


def known(row: MeanRow) -> bool:
    """Whether a mean could be taken."""
    return not math.isnan(row.mean)


def index_text(row: IndexRow) -> str:
    """Index and its interval."""
    if row.method == "morris":
        return interval(row.value, row.low, row.high, 1 if math.isnan(row.low) else 2)
    bounds = "" if math.isnan(row.low) else f" [{fixed(row.low, 2)}, {fixed(row.high, 2)}]"
    return f"{fixed(row.value, 2)}{bounds}"
