"""What a sweep found, in tables: policies compared, what outcomes depend on, what is robust, where a policy misses."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from coercion_sim.analysis import AVERAGED, Analysis, MeanRow, MissBox
from coercion_sim.figures import difference_label, parameter_label, policy_label
from coercion_sim.report.gather import Facts, one_number
from coercion_sim.report.numbers import NOTHING, count, interval, mean_row, places_of, share, told_apart, unit_words
from coercion_sim.report.parts import Section, Table
from coercion_sim.report.sweep_sentences import INDEX, index_text, known, label

#: Values of a grid's parameter that a table lists.
_MOST_VALUES = 12


def outcome_tables(analysis: Analysis) -> tuple[Table, ...]:
    """Quantiles over all runs, means and paired differences over the design."""
    head = ("Outcome", "Unit", *map(policy_label, analysis.policies))
    at = {(q.outcome, q.policy, round(q.at_most, 2)): q.value for q in analysis.distribution}

    def cell(outcome: str, policy: str) -> str:
        middle, low, high = (at.get((outcome, policy, p), math.nan) for p in (0.5, 0.05, 0.95))
        return interval(middle, low, high, 2)

    spread = tuple(
        (label(o), unit_words(analysis.units[o]), *(cell(o, p) for p in analysis.policies)) for o in analysis.outcomes
    )
    tables = [Table("Outcomes by policy, median [5-95 % range over all runs]", head, spread, prose=(1,))]
    tables.append(_means(analysis, "Means over the design [95 % interval]", analysis.levels, analysis.policies))
    others = tuple(p for p in analysis.policies if p != analysis.baseline)
    if analysis.baseline and others:
        caption = f"Differences from {policy_label(analysis.baseline)}, run by run, mean [95 % interval]"
        tables.append(_means(analysis, caption, analysis.contrasts, others, sign=True))
    return tuple(tables)


def design_section(analysis: Analysis) -> Section:
    """What was varied."""
    rows = tuple(
        (path, block.how.replace("_", " "), _varied(block.parameters.get(path)), f"{block.rows:,}")
        for block in analysis.blocks
        for path in block.paths
    )
    words = (
        f"{count(analysis.points, 'point')} x {count(analysis.replicates, 'replicate')} x"
        f" {count(len(analysis.policies), 'policy', 'policies')}. Replicate k is the same world at every point.",
    )
    head = ("Parameter", "Design", "Values", "Rows of its block")
    tables = (Table("Parameters varied", head, rows, prose=(1, 2)),) if rows else ()
    return Section("design", "Design", words, tables=tables)


def question_sections(facts: Facts, analysis: Analysis) -> tuple[Section, ...]:
    """Sensitivity, regret and discovery, each where the design has it or with the reason why not."""
    return (_sensitivity(facts, analysis), _regret(analysis), _discovery(facts, analysis))


def _sensitivity(facts: Facts, analysis: Analysis) -> Section:
    tables: list[Table] = [t for o in analysis.outcomes for t in (*_along(analysis, o), *_indices(analysis, o))]
    parts = [r for r in analysis.variance if not math.isnan(r.share)]
    if parts:
        rows: dict[tuple[str, ...], list[str]] = {}
        for r in parts:
            key = (label(r.outcome), difference_label(r.policy, r.against))
            rows.setdefault(key, []).append(share(r.share, r.low, r.high))
        head = ("Outcome", "Under", "Parameters", "Luck", "Both together")
        caption = "Shares of the variance of a run [95 %]"
        tables.append(Table(caption, head, tuple((*k, *v) for k, v in rows.items()), prose=(1,)))
    words = [f"Not answered: {why}." for why in facts.missing]
    if not tables and not words:
        words.append("One point was run, so nothing was varied whose effect could be told.")
    return Section("sensitivity", "What the outcomes depend on", tuple(words), tables=tuple(tables))


def _along(analysis: Analysis, outcome: str) -> list[Table]:
    """Means, then differences, along each parameter of a grid."""
    tables = []
    for path in dict.fromkeys(a.parameter for a in analysis.axes):
        for against in dict.fromkeys(("", analysis.baseline)):
            mine = [a for a in analysis.axes if (a.row.outcome, a.parameter, a.row.against) == (outcome, path, against)]
            if not any(known(a.row) for a in mine) or one_number(analysis, outcome):
                continue
            policies = list(dict.fromkeys(a.row.policy for a in mine))
            at = {(a.value, a.row.policy): a.row for a in mine}
            rows = []
            for value in list(dict.fromkeys(a.value for a in mine))[:_MOST_VALUES]:
                given = [at[value, p] for p in policies]
                most = places_of(given)
                rows.append((_listed(value), *(mean_row(row, sign=bool(against), most=most) for row in given)))
            less = f", difference from {policy_label(against)}" if against else ""
            unit = unit_words(analysis.units[outcome])
            caption = f"{label(outcome)}{less} ({unit}) along {parameter_label(path)}, mean [95 % interval]"
            tables.append(Table(caption, (parameter_label(path), *map(policy_label, policies)), tuple(rows)))
    return tables


def _listed(value: Any) -> str:
    """Value of a grid's parameter."""
    return f"{value:g}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def _indices(analysis: Analysis, outcome: str) -> list[Table]:
    """Sensitivity indices of one outcome, a table a block of the design."""
    tables = []
    mine = [r for r in analysis.indices if r.outcome == outcome and r.given in ("", AVERAGED)]
    for number, block in enumerate(analysis.blocks):
        here = [r for r in mine if r.block == number and r.status == "ok" and r.index == INDEX[r.method][0]]
        if not here:
            continue
        columns = list(dict.fromkeys((r.policy, r.against) for r in here))
        at = {(r.parameter, r.policy, r.against): r for r in here}
        rows = tuple(
            (path, *(index_text(at[path, *c]) if (path, *c) in at else NOTHING for c in columns))
            for path in block.paths
        )
        caption = f"{label(outcome)}. {INDEX[here[0].method][1]} [95 %]"
        tables.append(Table(caption, ("Parameter", *(difference_label(*c) for c in columns)), rows))
    return tables


def _regret(analysis: Analysis) -> Section:
    rows = tuple(
        (
            label(r.outcome), policy_label(r.policy), "more" if r.maximise else "less",
            interval(r.mean, r.mean_low, r.mean_high, 2), interval(r.most, math.nan, math.nan, 1),
            share(r.best, r.best_low, r.best_high),
        )
        for r in analysis.regret
    )  # fmt: skip
    head = ("Outcome", "Policy", "Better is", "Mean regret [95 %]", "Largest regret", "Best in [95 %]")
    words = "Regret is how much worse a policy does than the best of them in the same world."
    caption = "Regret, and the share of worlds in which a policy is best"
    tables = (Table(caption, head, rows, prose=(1, 2)),) if rows else ()
    none = "" if rows else " No outcome here has a direction, or only one policy was run, so there is none to tell."
    return Section("regret", "What is robust", (words + none,), tables=tables)


def _discovery(facts: Facts, analysis: Analysis) -> Section:
    if analysis.fails is None:
        ask = "No condition of a miss was given. With one, settings are looked for under which a policy misses, e.g."
        commands = ("coercion-sim report RESULTS --fails 'target_loss_pv>q90'",)
        return Section("discovery", "Where a policy misses", (ask,), commands=commands)
    rows = tuple(row for box in analysis.boxes for row in _box(box))
    head = ("Policy", "Box", "Limit", "Misses in it", "Of all misses", "Of all worlds")
    caption = f"Where a policy misses: {analysis.fails.text}"
    return Section("discovery", "Where a policy misses", (), tables=(Table(caption, head, rows, prose=(1, 2)),))


def _box(box: MissBox) -> list[tuple[str, ...]]:
    rate = f"{box.misses:,} of {box.draws:,} worlds miss"
    limits = "; ".join(f"{parameter_label(limit.parameter)} {limit.words}" for limit in box.limits) or box.note
    which = f"{box.number}" if box.limits else "none"
    cells = (share(box.density), share(box.coverage), share(box.mass)) if box.limits else (NOTHING,) * 3
    return [(policy_label(box.policy), f"{which} ({rate})", limits, *cells)]


def _means(
    analysis: Analysis, caption: str, rows: Sequence[MeanRow], policies: Sequence[str], *, sign: bool = False
) -> Table:
    at = {(r.outcome, r.policy): r for r in analysis.overall(rows)}
    body = []
    for outcome in analysis.outcomes:
        given = [at[outcome, policy] for policy in policies]
        most = places_of(given)
        cells = [mean_row(r, sign=sign, most=most) + ("*" if sign and told_apart(r.low, r.high) else "") for r in given]
        body.append((label(outcome), unit_words(analysis.units[outcome]), *cells))
    sample = next((r for r in at.values() if r.unit), None)
    note = f"Intervals over {sample.n:,} {sample.unit}." if sample is not None else "One draw of luck: no intervals."
    if sign:
        note += " * The interval excludes 0."
    return Table(caption, ("Outcome", "Unit", *map(policy_label, policies)), tuple(body), prose=(1,), note=note)


def _varied(given: Any) -> str:
    """Values of a parameter: a list, or its distribution."""
    if isinstance(given, Mapping):
        return ", ".join(f"{key.replace('_', '-')} {_list(value)}" for key, value in given.items())
    return _list(given)


def _list(value: Any) -> str:
    if not isinstance(value, list | tuple):
        return "as in the scenario" if value is None else str(value)
    shown = ", ".join(map(str, value[:_MOST_VALUES]))
    return f"{shown}, … ({len(value)} values)" if len(value) > _MOST_VALUES else shown
