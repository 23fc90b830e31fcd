"""Findings and tables of a sweep: policies compared, sensitivity, robustness, settings in which a policy misses."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from coercion_sim.analysis import AVERAGED, Analysis, AxisRow, IndexRow, MeanRow
from coercion_sim.figures import difference_label, parameter_label
from coercion_sim.intervals import FEW_UNITS
from coercion_sim.outcomes import label_of
from coercion_sim.report.contents import Facts, Section, Table, one_number, quoted
from coercion_sim.report.tables import label
from coercion_sim.wording import (
    NOTHING,
    capital,
    count,
    excludes_zero,
    fixed,
    interval,
    listing,
    number,
    percent,
    policy_label,
    quantity,
    spaced,
    unit_words,
    with_unit,
)

#: Index printed of each method, and its definition.
INDEX = {
    "sobol": ("ST", "Total Sobol' index: share of the variance a parameter makes, interactions included"),
    "morris": ("mu_star", "Mean size of the effect of a parameter over its whole range (Morris)"),
    "rbd_fast": ("S1", "First-order index: share of the variance a parameter makes alone (RBD-FAST)"),
}
#: Ends a note that names an option of another command.
_OPTION = " of coercion-sim analyse"
#: Values of a grid's parameter that a table lists.
_MOST_VALUES = 12


def findings(analysis: Analysis) -> tuple[str, ...]:
    """Sentences outcome by outcome: levels, differences, sensitivity, and the policy that is most often best."""
    sentences: list[str] = []
    for outcome in analysis.outcomes:
        levels = [r for r in analysis.overall(analysis.levels) if r.outcome == outcome and not math.isnan(r.mean)]
        if not levels or all(r.mean == r.low == r.high == levels[0].mean for r in levels):
            continue
        each = listing([f"{r.text()} under {quoted(r.policy)}" for r in levels])
        head = with_unit(capital(label_of(outcome)), analysis.units.get(outcome, ""))
        samples = [f" (means over the design, {r.sample})" for r in levels if r.unit and not sentences]
        gaps = _changes(analysis, outcome)
        sentences.append(f"{head} is {each}{''.join(samples[:1])}{f'; {listing(gaps)}' if gaps else ''}.")
    return (*sentences, *_best(analysis), *_sensitive(analysis))


def _changes(analysis: Analysis, outcome: str) -> list[str]:
    """Differences of one outcome from the baseline, policy by policy, as parts of a sentence."""
    changes = []
    for r in analysis.overall(analysis.contrasts):
        if r.outcome == outcome and not math.isnan(r.mean):
            clear = math.isnan(r.low) or excludes_zero(r.low, r.high)
            doubt = "" if clear else ", which holds 0"
            changes.append(f"{quoted(r.policy)} changes it by {r.text(sign=True)}{doubt}")
    return changes


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
    for r in _main_indices(analysis):
        if not r.against:
            groups.setdefault((r.outcome, r.policy), []).append(r)
    tops = {key: max(rows, key=lambda r: r.value) for key, rows in groups.items() if key[0] in analysis.outcomes}
    return [
        f"Under {quoted(policy)}, {label_of(outcome)} depends most on {parameter_label(top.parameter)}"
        f" ({top.index.replace('_star', '*')} {index_text(top)})."
        for (outcome, policy), top in tops.items()
    ]


def _main_indices(analysis: Analysis) -> list[IndexRow]:
    """Indices that are printed: computed, of the main kind of their method, not split by a setting."""
    whole = (r for r in analysis.indices if r.status == "ok" and r.given in ("", AVERAGED))
    return [r for r in whole if r.index == INDEX[r.method][0]]


def index_text(row: IndexRow) -> str:
    """Index and its interval."""
    if row.method == "morris":
        return interval(row.value, row.low, row.high)
    bounds = "" if math.isnan(row.low) else f" [{fixed(row.low, 2)}, {fixed(row.high, 2)}]"
    return f"{fixed(row.value, 2)}{bounds}"


def outcome_tables(analysis: Analysis) -> tuple[Table, ...]:
    """Quantiles over all runs, means and paired differences over the design."""
    head = ("Outcome", "Unit", *map(policy_label, analysis.policies))
    at = {(q.outcome, q.policy, round(q.at_most, 2)): q.value for q in analysis.distribution}

    def cell(outcome: str, policy: str) -> str:
        middle, low, high = (at.get((outcome, policy, p), math.nan) for p in (0.5, 0.05, 0.95))
        counted = analysis.units[outcome] == "count"
        return quantity(middle, "count", low, high) if counted else interval(middle, low, high)

    spread = tuple(
        (label(o), unit_words(analysis.units[o]), *(cell(o, p) for p in analysis.policies)) for o in analysis.outcomes
    )
    tables = [Table("Outcomes by policy, median [5-95 % range over all runs]", head, spread, prose=(1,))]
    tables.append(_means(analysis, "Means over the design [95 % interval]", analysis.levels, analysis.policies))
    others = tuple(p for p in analysis.policies if p != analysis.baseline)
    if analysis.baseline and others:
        caption = f"Differences from {policy_label(analysis.baseline)}, run by run, mean [95 % interval]"
        tables.append(_means(analysis, caption, analysis.contrasts, others, differences=True))
    return tuple(tables)


def design_section(analysis: Analysis) -> Section:
    """Parameters varied."""
    rows = []
    for block, path in ((b, p) for b in analysis.blocks for p in b.paths):
        given = block.parameters.get(path)  # a list, or a distribution
        each = (
            {f"{key.replace('_', '-')} ": v for key, v in given.items()} if isinstance(given, Mapping) else {"": given}
        )
        values = ", ".join(key + _values(value) for key, value in each.items())
        rows.append((path, spaced(block.how), values, f"{block.rows:,}"))
    words = (
        f"{count(analysis.points, 'point')} x {count(analysis.replicates, 'replicate')} x"
        f" {count(len(analysis.policies), 'policy', 'policies')}. Replicate k is the same draw at every point.",
    )
    head = ("Parameter", "Design", "Values", "Rows of its block")
    tables = (Table("Parameters varied", head, tuple(rows), prose=(1, 2)),) if rows else ()
    return Section("design", "Design", words, tables=tables)


def question_sections(facts: Facts, analysis: Analysis) -> tuple[Section, ...]:
    """Sensitivity, regret and discovery, each from the design or with the reason why it has no answer."""
    return (_sensitivity(facts, analysis), _regret(analysis), _discovery(analysis))


def _sensitivity(facts: Facts, analysis: Analysis) -> Section:
    tables: list[Table] = [t for o in analysis.outcomes for t in (*_along(analysis, o), *_indices(analysis, o))]
    parts: dict[tuple[str, ...], list[str]] = {}
    for r in analysis.variance:
        if not math.isnan(r.share):
            key = (label(r.outcome), difference_label(r.policy, r.against))
            parts.setdefault(key, []).append(percent(r.share, r.low, r.high))
    if parts:
        head = ("Outcome", "Under", "Parameters", "Luck", "Both together")
        rows = tuple((*key, *values) for key, values in parts.items())
        tables.append(Table("Shares of the variance of a run [95 %]", head, rows, prose=(1,)))
    words = [f"Not answered: {why}." for why in facts.missing]
    if not tables and not words:
        words.append("One point was run, so no parameter was varied.")
    return Section("sensitivity", "Sensitivity of the outcomes", tuple(words), tables=tuple(tables))


def _along(analysis: Analysis, outcome: str) -> list[Table]:
    """Means, then differences, along each parameter of a grid: one row a value, one column a policy."""
    groups: dict[tuple[str, str], list[AxisRow]] = {}
    for a in analysis.axes:
        if a.row.outcome == outcome and not one_number(analysis, outcome):
            groups.setdefault((a.parameter, a.row.against), []).append(a)
    tables = []
    for (path, against), rows in groups.items():
        if all(math.isnan(a.row.mean) for a in rows):
            continue
        policies = list(dict.fromkeys(a.row.policy for a in rows))
        at: dict[Any, dict[str, str]] = {}
        for a in rows:
            at.setdefault(a.value, {})[a.row.policy] = a.row.text(sign=bool(against))
        less = f", difference from {policy_label(against)}" if against else ""
        unit = unit_words(analysis.units[outcome])
        caption = f"{label(outcome)}{less} ({unit}) along {parameter_label(path)}, mean [95 % interval]"
        body = [(_listed(value), *(cells[p] for p in policies)) for value, cells in at.items()][:_MOST_VALUES]
        tables.append(Table(caption, (parameter_label(path), *map(policy_label, policies)), tuple(body)))
    return tables


def _listed(value: Any) -> str:
    """Value of a grid's parameter."""
    return f"{value:g}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def _indices(analysis: Analysis, outcome: str) -> list[Table]:
    """Sensitivity indices of one outcome, a table a block of the design."""
    tables = []
    for position, block in enumerate(analysis.blocks):
        here = [r for r in _main_indices(analysis) if r.outcome == outcome and r.block == position]
        if here:
            columns = list(dict.fromkeys((r.policy, r.against) for r in here))
            at = {(r.parameter, r.policy, r.against): index_text(r) for r in here}
            rows = tuple((path, *(at.get((path, *c), NOTHING) for c in columns)) for path in block.paths)
            caption = f"{label(outcome)}. {INDEX[here[0].method][1]} [95 %]"
            tables.append(Table(caption, ("Parameter", *(difference_label(*c) for c in columns)), rows))
    return tables


def _regret(analysis: Analysis) -> Section:
    rows = []
    for r in analysis.regret:
        sizes = interval(r.mean, r.mean_low, r.mean_high), number(r.most), r.best_text()
        rows.append((label(r.outcome), policy_label(r.policy), "more" if r.maximise else "less", *sizes))
    head = ("Outcome", "Policy", "Better is", "Mean regret [95 %]", "Largest regret", "Best in [95 %]")
    words = "Regret is the distance of a policy from the best of them in the same draw."
    caption = "Regret, and the share of draws in which a policy is best"
    tables = (Table(caption, head, tuple(rows), prose=(1, 2)),) if rows else ()
    none = "" if rows else " No outcome here has a direction, or only one policy was run."
    return Section("regret", "Robustness", (words + none,), tables=tables)


def _discovery(analysis: Analysis) -> Section:
    heading = "Settings in which a policy misses"
    if analysis.fails is None:
        ask = "No condition of a miss was given. With one, the report lists the settings under which a policy misses:"
        commands = ("coercion-sim report RESULTS --fails 'target_loss_pv>q90'",)
        return Section("discovery", heading, (ask,), commands=commands)
    rows = []
    for box in analysis.boxes:
        which = f"{box.number if box.limits else 'none'} ({box.misses:,} of {box.draws:,} draws miss)"
        limits = "; ".join(f"{parameter_label(limit.parameter)} {limit.words}" for limit in box.limits) or box.note
        cells = map(percent, (box.density, box.coverage, box.mass)) if box.limits else (NOTHING,) * 3
        rows.append((policy_label(box.policy), which, limits, *cells))
    head = ("Policy", "Box", "Limit", "Misses in it", "Of all misses", "Of all draws")
    table = Table(f"{heading}: {analysis.fails.text}", head, tuple(rows), prose=(1, 2))
    return Section("discovery", heading, tables=(table,))


def _means(
    analysis: Analysis, caption: str, rows: Sequence[MeanRow], policies: Sequence[str], *, differences: bool = False
) -> Table:
    at = {(r.outcome, r.policy): r for r in analysis.overall(rows)}
    text = {key: row.text(sign=differences, star=differences) for key, row in at.items()}
    body = tuple((label(o), unit_words(analysis.units[o]), *(text[o, p] for p in policies)) for o in analysis.outcomes)
    sample = next((r for r in at.values() if r.unit), None)
    note = f"{capital(sample.sample)}." if sample is not None else "One draw of luck: no intervals."
    note += " * The interval excludes 0." if differences else ""
    return Table(caption, ("Outcome", "Unit", *map(policy_label, policies)), body, prose=(1,), note=note)


def _values(value: Any) -> str:
    if not isinstance(value, list | tuple):
        return "as in the scenario" if value is None else str(value)
    first = ", ".join(map(str, value[:_MOST_VALUES]))
    return f"{first}, … ({len(value)} values)" if len(value) > _MOST_VALUES else first
