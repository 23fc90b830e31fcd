"""Tables of a comparison: policies against outcomes, paired differences, who bears what, where trade went."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from coercion_sim.analysis import INTERVAL_OF_MEAN, RANGE_OVER_DRAWS, BaseRates, Comparison, Rate, Row, Spread
from coercion_sim.figures import capital, outcome_words, policy_label, record, sector_name, states_shown
from coercion_sim.outcomes import OUTCOMES
from coercion_sim.report.gather import Facts
from coercion_sim.report.numbers import MOST_PLACES, difference, interval, level, places, share, told_apart, unit_words
from coercion_sim.report.parts import Table

_MEANING = {column.name: column.definition for column in OUTCOMES}
_MEANING["deterred"] = "of the disputes pressed under stand_alone, the share without pressure here"
_FLOATS = tuple(column.name for column in OUTCOMES if column.type == "float")


def outcome_tables(facts: Facts, comparison: Comparison) -> tuple[Table, ...]:
    """Policies x outcomes, then the paired differences from the baseline."""
    shown, same = _shown(facts, comparison)
    policies = facts.results.policies
    units = {name: comparison.select(name, item="")[0].unit for name in shown}
    rows = tuple(
        (_outcome(name), unit_words(units[name]), *_cells(comparison.select(name, item=""), policies, level))
        for name in shown
    )
    note = f"Left out, one number in every run: {', '.join(map(outcome_words, same))}." if same else ""
    many = facts.results.replicates > 1
    what = f", median [{RANGE_OVER_DRAWS}]" if many else ""
    head = ("Outcome", "Unit", *map(policy_label, policies))
    tables = [Table(f"Outcomes by policy{what}", head, rows, prose=(1,), note=note)]
    base = comparison.baseline
    if base:
        others = tuple(p for p in policies if p != base)
        apart = tuple(
            (
                _outcome(name),
                unit_words(units[name]),
                *_cells(comparison.select(name, item="", against=base), others, starred),
            )
            for name in shown
            if name != "deterred"
        )
        interval_ = f", mean [{INTERVAL_OF_MEAN}]" if many else ""
        note = "* The interval excludes 0. No correction is made for the number of outcomes looked at." if many else ""
        caption = f"Differences from {policy_label(base)}, world by world{interval_}"
        tables.append(Table(caption, ("Outcome", "Unit", *map(policy_label, others)), apart, prose=(1,), note=note))
    return tuple(tables)


def starred(spread: Spread, most: int = MOST_PLACES) -> str:
    """Difference with a star where its interval excludes 0."""
    text = difference(spread, most)
    return f"{text}*" if spread.n > 1 and told_apart(spread.mean_low, spread.mean_high) else text


def dictionary_table(facts: Facts) -> Table:
    """What each outcome of the tables means."""
    shown = _shown(facts, facts.comparison)[0] if facts.comparison is not None else facts.outcomes
    rows = tuple((_outcome(name), name, _MEANING.get(name, "")) for name in shown)
    return Table("What the outcomes mean", ("Outcome", "Name in the tables", "Meaning"), rows, prose=(1, 2))


def bearing_tables(facts: Facts, comparison: Comparison) -> tuple[Table, ...]:
    """Real income by state, the part due to the coercion, and the burdens of those that answer."""
    policies = facts.results.policies
    head = ("State", *map(policy_label, policies))
    whole = whole_period(comparison)
    states = _states(facts)
    what = f"median [{RANGE_OVER_DRAWS}]" if facts.results.replicates > 1 else "one world"
    tables = []
    for outcome, words in (("real_income", "Real income"), ("coercion_effect", "Of which effect of the coercion")):
        rows = tuple(
            (facts.name(s), *_cells(comparison.select(outcome, item=s, period=whole), policies, level)) for s in states
        )
        tables.append(Table(f"{words}, mean of {whole}, % of own GDP, {what}", head, rows))
    if tables[0].rows == tables[1].rows:
        tables = tables[:1]
    if facts.allies:
        rows = tuple(
            (facts.name(s), *_cells(comparison.select("burden", item=s), policies, level)) for s in facts.allies
        )
        money = ("Help paid by all, US$ million a year", *_cells(comparison.select("help_total"), policies, level))
        gini = ("How unequally it is shared (Gini)", *_cells(comparison.select("burden_gini"), policies, level))
        caption = f"Burden of own answers, mean of {whole}, % of own GDP unless said otherwise, {what}"
        tables.append(Table(caption, head, (*rows, money, gini)))
    return tuple(tables)


def diverted_table(facts: Facts, comparison: Comparison) -> Table | None:
    """Share of the volume lost that was sold elsewhere, product by product, beside the record; None without any."""
    rows = windowed(comparison)
    sectors = tuple(dict.fromkeys(row.item for row in rows))
    if not sectors:
        return None
    seen = record(facts.results)
    head = ["Product", *map(policy_label, facts.results.policies)]
    body = [
        [sector_name(facts.results, s), *_cells([r for r in rows if r.item == s], facts.results.policies, as_share)]
        for s in sectors
    ]
    if seen:
        head.append("Observed [range], grade")
        for line, sector in zip(body, sectors, strict=True):
            o = seen.get(sector)
            told = "–" if o is None else share(o.share, *((o.low, o.high) if o.low is not None else ()))
            line.append(told if o is None or not o.grade else f"{told}, {o.grade}")
    what = f"median [{RANGE_OVER_DRAWS}]" if facts.results.replicates > 1 else "one world"
    caption = (
        f"Share of the volume lost that was sold to other foreign buyers, {rows[0].period} of each measure, {what}"
    )
    note = "The record was known when elasticities were chosen: agreement is no test." if seen else ""
    return Table(caption, tuple(head), tuple(map(tuple, body)), note=note)


def rate_tables(rates: Sequence[BaseRates]) -> tuple[Table, ...]:
    """How often pressure came, was carried out and worked, policy by policy."""
    if not rates:
        return ()
    names = tuple(rate.name for rate in rates[0].rates)
    rows = tuple(
        (
            f"{rates[0][name].words} ({rates[0][name].unit})",
            *(_rate(of[name]) for of in rates),
            rates[0][name].record or "–",
        )
        for name in names
    )
    counts = ("Disputes that arose (count)", *(f"{of.disputes:,}" for of in rates), "–")
    head = ("Rate", *(policy_label(of.policy) for of in rates), "Record")
    return (Table("Rates of disputes [95 %]", head, (counts, *rows), prose=(len(head) - 1,)),)


def as_share(spread: Spread, most: int = 0) -> str:
    """Median share in whole percent with its range over worlds."""
    return share(spread.median, spread.low, spread.high) if spread.n > 1 else share(spread.median)


def windowed(comparison: Comparison) -> tuple[Row, ...]:
    """Diverted shares by product over the quarters that the record is measured over, levels."""
    return tuple(r for r in comparison.select("diverted_share") if r.item and r.period.startswith("quarters"))


def whole_period(comparison: Comparison) -> str:
    """Name of the period that is the whole run."""
    return comparison.select("real_income")[-1].period


def _rate(rate: Rate) -> str:
    if rate.unit == "share":
        return share(rate.value, rate.low, rate.high)
    return interval(rate.value, rate.low, rate.high, 2 if rate.of else 0)


def _states(facts: Facts) -> tuple[str, ...]:
    """Target, coercer, those of the scenario's report, those that pay, and those the coercion moved most."""
    results = facts.results
    asked = (results.manifest.get("report") or {}).get("states") or ()
    known = set(results.states)
    chosen = (*[s for s in (results.target, results.coercer) if s], *asked, *facts.allies)
    return tuple(s for s in dict.fromkeys((*chosen, *(() if asked else states_shown(results)))) if s in known)


def _cells(rows: Sequence[Row], policies: Sequence[str], write: Callable[..., str]) -> list[str]:
    """One cell a policy, decimals as the largest needs them; a dash where there is no row."""
    by_policy = {row.policy: row for row in rows}
    largest = max((abs(row.spread.mean) for row in rows if row.spread.n), default=0.0)
    most = places(largest) if largest else MOST_PLACES
    return [write(by_policy[p].spread, most) if p in by_policy else "–" for p in policies]


def _outcome(name: str) -> str:
    return capital(outcome_words(name))


def _shown(facts: Facts, comparison: Comparison) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Outcomes of the table, and those left out because they are one number in every run of every policy."""
    if facts.outcomes:
        return facts.outcomes, ()
    there = [name for name in (*_FLOATS, "deterred") if comparison.select(name, item="")]
    same = []
    for name in there:
        spreads = [row.spread for row in comparison.select(name, item="") if row.spread.n]
        if len({x for s in spreads for x in (s.low, s.high, s.mean)}) <= 1:
            same.append(name)
    return tuple(n for n in there if n not in same), tuple(n for n in same)
