"""Tables of a comparison: outcomes by policy, paired differences, burdens by state, diverted trade."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from coercion_sim.analysis import INTERVAL_OF_MEAN, RANGE_OVER_DRAWS, BaseRates, Comparison, Rate, Row, material_sectors
from coercion_sim.figures import Observed, record, sector_name, states_drawn
from coercion_sim.intervals import FEWEST_UNITS, rests_on
from coercion_sim.outcomes import OUTCOMES, column, label_of
from coercion_sim.report.contents import Facts, Table
from coercion_sim.wording import NOTHING, capital, interval, percent, policy_label, quantity, unit_words


def outcome_tables(facts: Facts, comparison: Comparison) -> tuple[Table, ...]:
    """Outcomes by policy, then the paired differences from the baseline."""
    named, same = _named(facts, comparison)
    policies, many = facts.results.policies, facts.results.replicates > 1
    units = {name: unit_words(comparison.select(name, item="")[0].unit) for name in named}

    def table(caption: str, kept: Sequence[str], against: str, write: Callable[[Row], str], note: str) -> Table:
        rows = tuple(
            (label(name), units[name], *_cells(comparison.select(name, item="", against=against), kept, write))
            for name in named
            if not (against and name == "deterred")
        )
        return Table(caption, ("Outcome", "Unit", *map(policy_label, kept)), rows, prose=(1,), note=note)

    note = f"Left out, one number in every run: {', '.join(map(label_of, same))}." if same else ""
    levels = f"Outcomes by policy{f', median [{RANGE_OVER_DRAWS}]' if many else ''}"
    draws = facts.results.points * facts.results.replicates
    tables = [table(levels, policies, "", lambda row: level(row) + some(row, draws), note)]
    base = comparison.baseline
    if base:
        known = comparison.units >= FEWEST_UNITS
        star = " * The interval excludes 0. No correction is made for the number of outcomes looked at."
        note = f"{capital(rests_on(comparison.units))}.{star if known else ''}" if many else ""
        mean = f", mean [{INTERVAL_OF_MEAN}]" if known else ""
        caption = f"Differences from {policy_label(base)}, draw by draw{mean}"
        tables.append(table(caption, [p for p in policies if p != base], base, difference, note))
    return tuple(tables)


def level(row: Row) -> str:
    """Median with its range over draws; whole counts have no decimals."""
    spread = row.spread
    return quantity(spread.median, "count", spread.low, spread.high) if row.unit == "count" else spread.range_text()


def some(row: Row, draws: int) -> str:
    """Number of draws with a value, where not all have one: ``, n = 12``."""
    return f", n = {row.spread.n:,}" if 0 < row.spread.n < draws else ""


def difference(row: Row) -> str:
    """Mean difference with its interval and star; a whole difference of counts in one draw has no decimals."""
    spread = row.spread
    if row.unit == "count" and math.isnan(spread.mean_low):
        return quantity(spread.mean, "count", sign=True)
    return spread.mean_text(sign=True, star=True)


def dictionary_table(facts: Facts) -> Table:
    """Definition of each outcome of the tables."""
    named = _named(facts, facts.comparison)[0] if facts.comparison is not None else facts.outcomes
    rows = tuple((label(name), name, column(name).definition) for name in named)
    return Table("Definitions of the outcomes", ("Outcome", "Name in the tables", "Definition"), rows, prose=(1, 2))


def bearing_tables(facts: Facts, comparison: Comparison) -> tuple[Table, ...]:
    """Real income by state, the part due to the coercion, and the burdens of allies."""
    policies = facts.results.policies
    head = ("State", *map(policy_label, policies))
    whole, what = whole_period(comparison), _what(facts)
    tables = []
    for outcome, words in (("real_income", "Real income"), ("coercion_effect", "Part due to the coercion")):
        rows = tuple(
            (facts.name(s), *_cells(comparison.select(outcome, item=s, period=whole), policies)) for s in _states(facts)
        )
        tables.append(Table(f"{words}, mean of {whole}, % of GDP, {what}", head, rows))
    if tables[0].rows == tables[1].rows:
        tables = tables[:1]
    if facts.allies:
        rows = tuple((facts.name(s), *_cells(comparison.select("burden", item=s), policies)) for s in facts.allies)
        money = ("Help paid by all, US$ million a year", *_cells(comparison.select("help_total"), policies))
        gini = (label("burden_gini"), *_cells(comparison.select("burden_gini"), policies))
        caption = f"Burden of own responses, mean of {whole}, % of GDP unless another unit is named, {what}"
        tables.append(Table(caption, head, (*rows, money, gini)))
    return tuple(tables)


def diverted_table(facts: Facts, comparison: Comparison) -> Table | None:
    """Share of the lost volume sold to other buyers, by product, beside the record; None without any."""
    rows = windowed(comparison)
    sectors = tuple(dict.fromkeys(row.item for row in rows))
    if not sectors:
        return None
    policies, seen = facts.results.policies, record(facts.results)
    body = {s: _cells([r for r in rows if r.item == s], policies, share) for s in sectors}
    for sector, cells in body.items():
        cells += [_observed(seen.get(sector))] if seen else []
    head = ("Product", *map(policy_label, policies), *(("Observed [range], grade",) if seen else ()))
    caption = f"Share of the lost volume sold to other foreign buyers, {rows[0].period} of each measure, {_what(facts)}"
    note = "The record was known when elasticities were chosen: agreement is no test." if seen else ""
    return Table(caption, head, tuple((sector_name(facts.results, s), *line) for s, line in body.items()), note=note)


def _observed(entry: Observed | None) -> str:
    """Observed share with its range and grade."""
    if entry is None:
        return NOTHING
    observed = percent(entry.share, *(math.nan if end is None else end for end in (entry.low, entry.high)))
    return f"{observed}, {entry.grade}" if entry.grade else observed


def rate_tables(rates: Sequence[BaseRates]) -> tuple[Table, ...]:
    """Rates of pressure, of measures imposed and of success, by policy."""
    if not rates:
        return ()
    rows = tuple(
        (f"{rate.words} ({rate.unit})", *(_rate(of[rate.name]) for of in rates), rate.record or NOTHING)
        for rate in rates[0].rates
    )
    counts = ("Disputes that arose (count)", *(f"{of.disputes:,}" for of in rates), NOTHING)
    head = ("Rate", *(policy_label(of.policy) for of in rates), "Record")
    note = f"{capital(rests_on(rates[0].units))}."
    return (Table("Rates of disputes [95 %]", head, (counts, *rows), prose=(len(head) - 1,), note=note),)


def share(row: Row) -> str:
    """Median share of a row in percent, with its range over draws."""
    return percent(row.spread.median, row.spread.low, row.spread.high)


def windowed(comparison: Comparison) -> tuple[Row, ...]:
    """Diverted shares over the quarters of the record, levels, of products that make a part of the trade hit."""
    rows = [r for r in comparison.select("diverted_share") if r.item and r.period.startswith("quarters")]
    hit = material_sectors(comparison.results) if rows else ()
    return tuple(r for r in rows if r.item in hit)


def whole_period(comparison: Comparison) -> str:
    """Name of the period that is the whole run."""
    return comparison.select("real_income")[-1].period


def label(name: str) -> str:
    """Outcome as the heading of a row."""
    return capital(label_of(name))


def _what(facts: Facts) -> str:
    return f"median [{RANGE_OVER_DRAWS}]" if facts.results.replicates > 1 else "one draw"


def _rate(rate: Rate) -> str:
    if not rate.of and rate.unit != "share":
        return NOTHING
    return (percent if rate.unit == "share" else interval)(rate.value, rate.low, rate.high)


def _states(facts: Facts) -> tuple[str, ...]:
    """Target, coercer, those of the scenario's report, the payers, and those with the largest effects."""
    results = facts.results
    named = (results.manifest.get("report") or {}).get("states") or ()
    chosen = (results.target, results.coercer, *named, *facts.allies, *(() if named else states_drawn(results)))
    return tuple(s for s in dict.fromkeys(chosen) if s in results.states)


def _cells(rows: Sequence[Row], policies: Sequence[str], write: Callable[[Row], str] = level) -> list[str]:
    """One cell a policy; a dash without a row."""
    by_policy = {row.policy: row for row in rows}
    return [write(by_policy[p]) if p in by_policy else NOTHING for p in policies]


def _named(facts: Facts, comparison: Comparison) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Outcomes of the table, and those left out because they are one number in every run of every policy."""
    if facts.outcomes:
        return facts.outcomes, ()
    named: list[str] = []
    same: list[str] = []
    for name in (entry.name for entry in (*OUTCOMES, column("deterred"))):
        if rows := comparison.select(name, item=""):
            ends = {x for row in rows if row.spread.n for x in (row.spread.low, row.spread.high, row.spread.mean)}
            (named if len(ends) > 1 else same).append(name)
    return tuple(named), tuple(same)
