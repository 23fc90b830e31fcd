"""Findings of a comparison in sentences; every number is one of its rows."""

from __future__ import annotations

import math
from math import isclose

from coercion_sim.analysis import RANGE_OVER_DRAWS, Comparison, Row
from coercion_sim.figures import one_presser, sector_name
from coercion_sim.intervals import FEW_UNITS, rests_on
from coercion_sim.outcomes import column, label_of
from coercion_sim.report.contents import Facts, quoted
from coercion_sim.report.tables import whole_period, windowed
from coercion_sim.wording import (
    ABOUT_NOTHING,
    capital,
    count,
    excludes_zero,
    immaterial,
    interval,
    listing,
    percent,
    quantity,
)

#: Products named in the sentence on diverted trade; the table has all.
_PRODUCTS = 4
#: Payers named.
_PAYERS = 3


def findings(facts: Facts, comparison: Comparison) -> tuple[str, ...]:
    """Sentences on the target, the coercer, the effects of policies, burdens and diverted trade."""
    parts = (_parties, _policies, _disputes, _burdens, _diverted)
    return tuple(sentence for part in parts for sentence in part(facts, comparison))


def uncertain(facts: Facts, comparison: Comparison) -> tuple[str, ...]:
    """Sentences on missing, uncertain and unclear answers."""
    results, sentences = facts.results, []
    if results.replicates == 1:
        sentences.append("One draw was run. Nothing here has a range; run more replicates for one.")
    elif results.replicates < FEW_UNITS:
        sentences.append(
            f"{results.replicates} draws are few: the ends of the {RANGE_OVER_DRAWS} are close to the lowest and"
            " highest value."
        )
    if results.replicates > 1 and comparison.baseline:
        sentences.append(f"{capital(rests_on(comparison.units))}.")
    if comparison.idle_words:
        sentences.append(comparison.idle_words)
    sentences += [f"Left out: {what}." for what in facts.missing]
    if not comparison.baseline:
        why = "only one policy was run" if len(results.policies) == 1 else "“stand alone” was not run"
        sentences.append(f"No paired differences: {why}.")
    elif results.replicates > 1:
        sentences += _unclear(facts, comparison)
    if facts.failures:
        sentences.append(
            f"{count(len(facts.failures), 'run')} of {sum(results.manifest['counts'].values()):,} failed and"
            f" {'is' if len(facts.failures) == 1 else 'are'} left out of every number; see the section on failed runs."
        )
    if not facts.strategic:
        sentences.append("States follow a script here, so the runs cannot show whether a policy deters pressure.")
    return tuple(sentences)


def _parties(facts: Facts, comparison: Comparison) -> list[str]:
    """What the coercion costs target and coercer under the baseline."""
    coercer, target, whole = facts.results.coercer, facts.results.target, whole_period(comparison)
    base, sentences = comparison.baseline or facts.results.policies[0], []
    if (income := _one(comparison, "real_income", base, target, whole)) is not None:
        change = _change(income, "is lower by", "is higher by")
        sentences.append(f"Under {quoted(base)}, real income of {facts.name(target)} {change} on average over {whole}.")
        effect = _one(comparison, "coercion_effect", base, target, whole)
        if effect is not None and not _same(effect, income):
            size = quantity(effect.spread.mean, effect.unit, effect.spread.low, effect.spread.high, sign=True)
            sentences.append(f"Of this change, {size} is the effect of the coercion and of the responses to it.")
    if (cost := _one(comparison, "coercer_cost", base, coercer, whole)) is not None:
        whose = "its own measures" if one_presser(facts.results) else "the coercion, its own and that of others,"
        sentences.append(f"{facts.name(coercer)} {_change(cost, 'gains', 'loses')} by {whose} under {quoted(base)}.")
    return sentences


def _policies(facts: Facts, comparison: Comparison) -> list[str]:
    base, target = comparison.baseline, facts.results.target
    if not base:
        return []
    whole, name, sentences = whole_period(comparison), facts.name(target), []
    for policy in facts.results.policies:
        row = _one(comparison, "real_income", policy, target, whole, against=base)
        if row is None:
            continue
        opening = f"Against {quoted(base)}, in the same draws, {quoted(policy)}"
        if row.spread.mean == row.spread.low == row.spread.high == 0.0:
            sentences.append(f"{opening} leaves real income of {name} exactly as it is.")
            continue
        effect = _one(comparison, "coercion_effect", policy, target, whole, against=base)
        part = ""
        if effect is not None and not _same(effect, row):
            part = f", {effect.spread.mean_text(sign=True)} of it by a changed effect of the coercion"
        clear = _clear(row) or math.isnan(row.spread.mean_low)
        doubt = "" if clear else "; the interval holds 0, so no difference is shown"
        size = f"{row.spread.mean_text(sign=True)} % of its GDP"
        if immaterial(row.spread.mean, row.spread.mean_low, row.spread.mean_high):
            size, part, doubt = ABOUT_NOTHING, "", ""
        sentences.append(f"{opening} changes real income of {name} by {size}{part}{doubt}.")
    return sentences


def _disputes(facts: Facts, comparison: Comparison) -> list[str]:
    sentences = []
    for of in facts.rates:
        attempts, imposed = of["attempts"], of["carried_out"]
        besides = f" and {of.taken_over:,} continued from the script, which nobody chose" if of.taken_over else ""
        sentences.append(
            f"Under {quoted(of.policy)}, {of.disputes:,} disputes arose{besides}; the coercer pressed in"
            f" {percent(attempts.value, attempts.low, attempts.high)} of those that arose and carried out"
            f" {percent(imposed.value, imposed.low, imposed.high)} of the {imposed.of:,} that it pressed."
        )
    for row in comparison.select("deterred"):
        s = row.spread
        opening = f"Of the disputes that somebody chose to press under “stand alone”, {quoted(row.policy)} deters"
        if s.n and s.mean == s.low == s.high == 0.0:
            sentences.append(f"{opening} none.")
        elif s.n:
            doubt = "" if math.isnan(s.mean_low) or _clear(row) else "; the interval holds 0, so no deterrence is shown"
            over = f" (mean over the {count(s.n, 'draw')} with any)"
            sentences.append(f"{opening} {percent(s.mean, s.mean_low, s.mean_high)}{over}{doubt}.")
    return sentences


def _burdens(facts: Facts, comparison: Comparison) -> list[str]:
    sentences = []
    for policy in facts.results.policies:
        rows = _borne(facts, comparison, policy)
        if not rows:
            continue
        shares = [(facts.name(r.item), interval(r.spread.mean, r.spread.low, r.spread.high)) for r in rows[:_PAYERS]]
        each = listing([f"{name} {share} %" for name, share in shares])
        more = f", and {count(len(rows) - _PAYERS, 'other')} with less" if len(rows) > _PAYERS else ""
        paid = [r for r in comparison.select("help_total", policy=policy) if r.spread.mean]
        help_ = ""
        if paid:
            size = quantity(paid[0].spread.mean, column("help_total").unit, paid[0].spread.low, paid[0].spread.high)
            help_ = f", and {size} of help is paid in all"
        one = len(rows) == 1
        sentences.append(
            f"Under {quoted(policy)}, {count(len(rows), 'state')} {'bears' if one else 'bear'} a burden:"
            f" {each} of {'its' if one else 'their'} own GDP{more}{help_}."
        )
    if not sentences and len(facts.results.policies) > 1:
        sentences.append("No ally bears a burden worth a number under any policy.")
    return sentences


def _borne(facts: Facts, comparison: Comparison, policy: str) -> list[Row]:
    """Burdens of allies worth a number under one policy, largest first."""
    every = [r for s in facts.allies for r in comparison.select("burden", policy=policy, item=s)]
    counted = (r for r in every if r.spread.mean and not immaterial(r.spread.mean, r.spread.low, r.spread.high))
    return sorted(counted, key=lambda r: -r.spread.mean)


def _diverted(facts: Facts, comparison: Comparison) -> list[str]:
    base = comparison.baseline or facts.results.policies[0]
    rows = sorted((r for r in windowed(comparison) if r.policy == base and r.spread.n), key=lambda r: -r.spread.mean)
    if not rows:
        return []
    half = _PRODUCTS // 2
    named = rows if len(rows) <= _PRODUCTS else [*rows[:half], *rows[-half:]]
    shares = []
    for r in named:
        name = sector_name(facts.results, r.item)
        name = name if name[1:2].isupper() else name[:1].lower() + name[1:]  # inside a sentence
        shares.append(f"{percent(r.spread.mean, r.spread.low, r.spread.high)} of {name}")
    each = listing(shares)
    some = "" if len(named) == len(rows) else f" (highest and lowest of {len(rows)} products)"
    return [
        f"Of the volume no longer sold to {facts.name(facts.results.coercer)}, other foreign buyers took {each}{some}"
        f" in {rows[0].period} of each measure, under {quoted(base)}."
    ]


def _unclear(facts: Facts, comparison: Comparison) -> list[str]:
    """Sentences, policy by policy, on the outcomes whose difference from the baseline is not shown."""
    undecided = {policy: _undecided(facts, comparison, policy) for policy in facts.results.policies}
    return [
        f"No difference between {quoted(policy)} and {quoted(comparison.baseline)} is shown in"
        f" {listing([label_of(n) for n in names])}: the interval of the mean difference holds 0."
        for policy, names in undecided.items()
        if names
    ]


def _undecided(facts: Facts, comparison: Comparison, policy: str) -> tuple[str, ...]:
    """Outcomes that vary and whose paired difference from the baseline has an interval that holds 0."""
    rows = [r for r in comparison.rows if r.against and r.policy == policy and not r.item]
    rows = [r for r in rows if not math.isnan(r.spread.mean_low) and r.outcome in (facts.outcomes or (r.outcome,))]
    varying = (r for r in rows if any((r.spread.low, r.spread.mean, r.spread.high)))
    return tuple(dict.fromkeys(r.outcome for r in varying if not _clear(r)))


def _one(comparison: Comparison, outcome: str, policy: str, item: str, period: str, against: str = "") -> Row | None:
    """The one row; None without a row or a number."""
    rows = comparison.select(outcome, policy=policy, item=item, period=period, against=against) if item else ()
    return rows[0] if rows and rows[0].spread.n else None


def _change(row: Row, down: str, up: str) -> str:
    """Verb and size of a change, with its range: ``is lower by 0.15 [0.11, 0.19] % of its GDP``."""
    s = row.spread
    size = interval(-s.mean, -s.high, -s.low) if s.mean < 0.0 else interval(s.mean, s.low, s.high)
    size = ABOUT_NOTHING if immaterial(s.mean, s.low, s.high) else f"{size} % of its GDP"
    return f"{down if s.mean < 0.0 else up} {size}"


def _clear(row: Row) -> bool:
    """Whether the interval of a mean difference excludes 0."""
    return excludes_zero(row.spread.mean_low, row.spread.mean_high)


def _same(a: Row, b: Row) -> bool:
    """Whether two rows are one number but for rounding."""
    ends = ((getattr(a.spread, end), getattr(b.spread, end)) for end in ("mean", "low", "high"))
    return all(isclose(x, y, rel_tol=1e-6, abs_tol=1e-12) for x, y in ends)
