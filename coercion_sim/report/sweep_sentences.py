"""Findings of a sweep in sentences: levels and differences, sensitivity, the best policy."""

from __future__ import annotations

import math
from collections.abc import Sequence

from coercion_sim.analysis import AVERAGED, Analysis, IndexRow, MeanRow
from coercion_sim.figures import parameter_label
from coercion_sim.intervals import FEW_UNITS
from coercion_sim.outcomes import label_of
from coercion_sim.report.gather import Facts, one_number
from coercion_sim.report.parts import quoted
from coercion_sim.wording import capital, count, excludes_zero, fixed, interval, listing, with_unit

#: Index printed of each method, and its definition.
INDEX = {
    "sobol": ("ST", "Total Sobol' index: share of the variance a parameter makes, interactions included"),
    "morris": ("mu_star", "Mean size of the effect of a parameter over its whole range (Morris)"),
    "rbd_fast": ("S1", "First-order index: share of the variance a parameter makes alone (RBD-FAST)"),
}
#: Ends a note that names an option of another command.
_OPTION = " of coercion-sim analyse"


def findings(analysis: Analysis) -> tuple[str, ...]:
    """Sentences outcome by outcome: levels, differences, sensitivity, and the policy that is most often best."""
    sentences: list[str] = []
    for outcome in analysis.outcomes:
        levels = [r for r in analysis.overall(analysis.levels) if r.outcome == outcome and not math.isnan(r.mean)]
        if not levels or all(r.mean == r.low == r.high == levels[0].mean for r in levels):
            continue
        each = listing([f"{r.text()} under {quoted(r.policy)}" for r in levels])
        head = with_unit(capital(label_of(outcome)), analysis.units.get(outcome, ""))
        text = f"{head} is {each}{'' if sentences else _sample(levels)}"
        gaps = [r for r in analysis.overall(analysis.contrasts) if r.outcome == outcome and not math.isnan(r.mean)]
        if gaps:
            text += "; " + listing([_change(r) for r in gaps])
        sentences.append(f"{text}.")
    return (*sentences, *_best(analysis), *_sensitive(analysis))


def uncertain(facts: Facts, analysis: Analysis) -> tuple[str, ...]:
    """Sentences on missing and unclear answers."""
    sentences = []
    if facts.same:
        sentences.append(f"{capital(listing([*map(label_of, facts.same)]))}: one number in every run.")
    unclear = [
        f"{label_of(r.outcome)} under {quoted(r.policy)}"
        for r in analysis.overall(analysis.contrasts)
        if not math.isnan(r.mean) and r.low <= 0.0 <= r.high and not r.low == r.high == 0.0
    ]
    if unclear:
        opening = f"No difference from {quoted(analysis.baseline)} is shown, since its interval holds 0"
        sentences.append(f"{opening}: {listing(unclear)}.")
    sentences += [f"{capital(note)}{_OPTION if '--' in note else ''}." for note in analysis.notes]
    sentences += [f"Left out: {what}." for what in facts.missing]
    if facts.failures:
        total = sum(facts.manifest["counts"].values())
        sentences.append(f"{count(len(facts.failures), 'run')} of {total:,} failed and are left out of every number.")
    return tuple(sentences)


def _best(analysis: Analysis) -> list[str]:
    """The policy with the least mean regret, by outcome."""
    sentences = []
    for outcome in dict.fromkeys(r.outcome for r in analysis.regret):
        rows = [r for r in analysis.regret if r.outcome == outcome and not math.isnan(r.mean)]
        tied = len(rows) > 1 and len({r.mean for r in rows}) == 1
        if rows and not tied and not one_number(analysis, outcome):
            first = min(rows, key=lambda r: r.mean)
            sentences.append(
                f"{quoted(first.policy)} has the least mean regret in {label_of(outcome)}:"
                f" it is best in {first.best_text()}{'' if first.units < FEW_UNITS else f' of {first.draws:,}'} draws."
            )
    return sentences


def _sensitive(analysis: Analysis) -> list[str]:
    """The parameter with the largest index, by outcome and policy."""
    groups: dict[tuple[str, str], list[IndexRow]] = {}
    for r in analysis.indices:
        if not r.against and r.status == "ok" and r.given in ("", AVERAGED) and r.index == INDEX[r.method][0]:
            groups.setdefault((r.outcome, r.policy), []).append(r)
    tops = {key: max(rows, key=lambda r: r.value) for key, rows in groups.items() if key[0] in analysis.outcomes}
    return [
        f"Under {quoted(policy)}, {label_of(outcome)} depends most on {parameter_label(top.parameter)}"
        f" ({top.index.replace('_star', '*')} {index_text(top)})."
        for (outcome, policy), top in tops.items()
    ]


def _change(row: MeanRow) -> str:
    clear = math.isnan(row.low) or excludes_zero(row.low, row.high)
    return f"{quoted(row.policy)} changes it by {row.text(sign=True)}{'' if clear else ', which holds 0'}"


def _sample(rows: Sequence[MeanRow]) -> str:
    row = next((r for r in rows if r.unit), None)
    return f" (means over the design, {row.sample})" if row is not None else ""


def index_text(row: IndexRow) -> str:
    """Index and its interval."""
    if row.method == "morris":
        return interval(row.value, row.low, row.high)
    bounds = "" if math.isnan(row.low) else f" [{fixed(row.low, 2)}, {fixed(row.high, 2)}]"
    return f"{fixed(row.value, 2)}{bounds}"
