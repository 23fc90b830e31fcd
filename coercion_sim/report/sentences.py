"""What a comparison found, in sentences whose every number is one of its rows."""

from __future__ import annotations

from math import isclose

from coercion_sim.analysis import RANGE_OVER_DRAWS, Comparison, Row
from coercion_sim.figures import listing, one_presser, outcome_words, sector_name
from coercion_sim.report.gather import Facts
from coercion_sim.report.numbers import count, difference, interval, quoted, share, told_apart
from coercion_sim.report.tables import whole_period, windowed

#: Products named in the sentence on diverted trade; the table has all.
_PRODUCTS = 4
#: Payers named.
_PAYERS = 3


def found(facts: Facts, comparison: Comparison) -> tuple[str, ...]:
    """What was found: the target, the coercer, what policies change, who pays, where trade went."""
    told = [
        *_target(facts, comparison),
        *_coercer(facts, comparison),
        *_policies(facts, comparison),
        *_disputes(facts, comparison),
        *_who_pays(facts, comparison),
        *_diverted(facts, comparison),
    ]
    return tuple(told)


def uncertain(facts: Facts, comparison: Comparison) -> tuple[str, ...]:
    """What was not found, or is not known well."""
    results, told = facts.results, []
    if results.replicates == 1:
        told.append("One world was run. Nothing here has a range; run more replicates for one.")
    elif results.replicates < 20:
        told.append(
            f"{results.replicates} worlds are few: the ends of the {RANGE_OVER_DRAWS} are close to the lowest and"
            " highest value."
        )
    if not comparison.baseline:
        why = "only one policy was run" if len(results.policies) == 1 else "“stand alone” was not run"
        told.append(f"No paired differences: {why}.")
    elif results.replicates > 1:
        told += _not_told_apart(facts, comparison)
    if facts.failures:
        told.append(
            f"{count(len(facts.failures), 'run')} of {sum(results.manifest['counts'].values()):,} failed and"
            f" {'is' if len(facts.failures) == 1 else 'are'} left out of every number; see the section on failed runs."
        )
    if not facts.strategic:
        told.append("States follow a script here: whether a policy would deter or end the pressure was not asked.")
    return tuple(told)


def _target(facts: Facts, comparison: Comparison) -> list[str]:
    target, whole = facts.results.target, whole_period(comparison)
    base = comparison.baseline or facts.results.policies[0]
    income = _one(comparison, "real_income", base, target, whole)
    if income is None:
        return []
    over = f"on average over {whole}"
    change = _moved(income, "is lower by", "is higher by")
    told = [f"Under {quoted(base)}, real income of {facts.name(target)} {change} % of its GDP {over}."]
    effect = _one(comparison, "coercion_effect", base, target, whole)
    if effect is not None and not _same(effect, income):
        s = effect.spread
        size = interval(s.mean, s.low, s.high, s.n, sign=True)
        told.append(f"Of this change, {size} % of its GDP is the effect of the coercion with the answers to it.")
    return told


def _coercer(facts: Facts, comparison: Comparison) -> list[str]:
    base = comparison.baseline or facts.results.policies[0]
    row = _one(comparison, "coercer_cost", base, facts.results.coercer, whole_period(comparison))
    if row is None:
        return []
    coercer = facts.name(facts.results.coercer)
    change = _moved(row, "gains", "loses")
    whose = "its own measures" if one_presser(facts.results) else "the coercion, its own and that of others,"
    return [f"{coercer} {change} % of its GDP by {whose} under {quoted(base)}."]


def _policies(facts: Facts, comparison: Comparison) -> list[str]:
    base, target = comparison.baseline, facts.results.target
    if not base:
        return []
    whole = whole_period(comparison)
    told = []
    for policy in facts.results.policies:
        row = _one(comparison, "real_income", policy, target, whole, against=base)
        if row is None:
            continue
        opening = f"Against {quoted(base)}, in the same worlds, {quoted(policy)}"
        if row.spread.mean == row.spread.low == row.spread.high == 0.0:
            told.append(f"{opening} leaves real income of {facts.name(target)} exactly as it is.")
            continue
        effect = _one(comparison, "coercion_effect", policy, target, whole, against=base)
        of_which = ""
        if effect is not None and not _same(effect, row):
            of_which = f", of which {difference(effect.spread)} by a changed effect of the coercion"
        apart = "" if _apart(row) or row.spread.n < 2 else "; the interval holds 0, so no difference is shown"
        told.append(
            f"{opening} changes real income of {facts.name(target)} by {difference(row.spread)} % of its GDP"
            f"{of_which}{apart}."
        )
    return told


def _disputes(facts: Facts, comparison: Comparison) -> list[str]:
    told = []
    for of in facts.rates:
        attempts, imposed = of["attempts"], of["carried_out"]
        besides = f" and {of.taken_over:,} went on from the script, which nobody chose" if of.taken_over else ""
        told.append(
            f"Under {quoted(of.policy)}, {of.disputes:,} disputes arose{besides}; the coercer pressed in"
            f" {share(attempts.value, attempts.low, attempts.high)} of those that arose and carried out"
            f" {share(imposed.value, imposed.low, imposed.high)} of what it pressed."
        )
    for row in comparison.select("deterred"):
        s = row.spread
        if s.n == 0:
            continue
        opening = f"Of the disputes that somebody chose to press under “stand alone”, {quoted(row.policy)} deters"
        if s.mean == s.low == s.high == 0.0:
            told.append(f"{opening} none.")
            continue
        doubt = "" if s.n < 2 or _apart(row) else "; the interval holds 0, so no deterrence is shown"
        told.append(f"{opening} {share(s.mean, s.mean_low, s.mean_high)}{doubt}.")
    return told


def _who_pays(facts: Facts, comparison: Comparison) -> list[str]:
    told = []
    for policy in facts.results.policies:
        rows = [
            r for s in facts.allies for r in comparison.select("burden", policy=policy, item=s) if r.spread.mean != 0.0
        ]
        help_ = [r for r in comparison.select("help_total", policy=policy) if r.spread.mean != 0.0]
        if not rows:
            continue
        rows.sort(key=lambda r: -r.spread.mean)
        each = listing([f"{facts.name(r.item)} {_mean(r)} %" for r in rows[:_PAYERS]])
        more = f", and {count(len(rows) - _PAYERS, 'other')} with less" if len(rows) > _PAYERS else ""
        paid = f", and US$ {_mean(help_[0])} million a year of help is paid in all" if help_ else ""
        told.append(
            f"Under {quoted(policy)}, {count(len(rows), 'state')} {'bears' if len(rows) == 1 else 'bear'} a burden:"
            f" {each} of {'its' if len(rows) == 1 else 'their'} own GDP{more}{paid}."
        )
    if not told and len(facts.results.policies) > 1:
        told.append("No ally bears a burden under any policy.")
    return told


def _diverted(facts: Facts, comparison: Comparison) -> list[str]:
    base = comparison.baseline or facts.results.policies[0]
    rows = [r for r in windowed(comparison) if r.policy == base and r.spread.n]
    if not rows:
        return []
    ordered = sorted(rows, key=lambda r: -r.spread.mean)
    shown = ordered if len(ordered) <= _PRODUCTS else [*ordered[: _PRODUCTS // 2], *ordered[-(_PRODUCTS // 2) :]]
    each = listing([f"{_share(r)} of {_product(facts, r.item)}" for r in shown])
    some = "" if shown == ordered else f" (highest and lowest of {len(ordered)} products)"
    return [
        f"Of the volume no longer sold to {facts.name(facts.results.coercer)}, other foreign buyers took {each}{some}"
        f" in {rows[0].period} of each measure, under {quoted(base)}."
    ]


def _not_told_apart(facts: Facts, comparison: Comparison) -> list[str]:
    """Outcomes that vary and whose paired difference from the baseline has an interval that holds 0."""
    told = []
    for policy in facts.results.policies:
        rows = [r for r in comparison.rows if r.against and r.policy == policy and not r.item and r.spread.n > 1]
        if facts.outcomes:
            rows = [r for r in rows if r.outcome in facts.outcomes]
        names = dict.fromkeys(
            r.outcome for r in rows if not _apart(r) and not r.spread.low == r.spread.high == r.spread.mean == 0.0
        )
        if names:
            listed = listing([outcome_words(n) for n in names])
            told.append(
                f"No difference between {quoted(policy)} and {quoted(comparison.baseline)} is shown in {listed}:"
                " the interval of the mean difference holds 0."
            )
    return told


def _one(comparison: Comparison, outcome: str, policy: str, item: str, period: str, against: str = "") -> Row | None:
    """The one row; None where there is none, or it has no number."""
    rows = comparison.select(outcome, policy=policy, item=item, period=period, against=against) if item else ()
    return rows[0] if rows and rows[0].spread.n else None


def _moved(row: Row, down: str, up: str) -> str:
    """Verb and size of a change, with its range as the change itself: ``is lower by 0.148 [0.114, 0.193]``."""
    s = row.spread
    if s.mean < 0.0:
        return f"{down} {interval(-s.mean, -s.high, -s.low, s.n)}"
    return f"{up} {interval(s.mean, s.low, s.high, s.n)}"


def _mean(row: Row) -> str:
    """Mean with its range over worlds."""
    return interval(row.spread.mean, row.spread.low, row.spread.high, row.spread.n)


def _share(row: Row) -> str:
    """Mean share with its range."""
    s = row.spread
    return share(s.mean, s.low, s.high) if s.n > 1 else share(s.mean)


def _apart(row: Row) -> bool:
    return told_apart(row.spread.mean_low, row.spread.mean_high)


def _same(a: Row, b: Row) -> bool:
    """Whether two rows are one number but for rounding."""
    x, y = a.spread, b.spread
    pairs = ((x.mean, y.mean), (x.low, y.low), (x.high, y.high))
    return all(isclose(p, q, rel_tol=1e-6, abs_tol=1e-12) for p, q in pairs)


def _product(facts: Facts, sector: str) -> str:
    """Product inside a sentence: its first letter small unless the second is large too."""
    name = sector_name(facts.results, sector)
    return name if name[1:2].isupper() else name[:1].lower() + name[1:]
