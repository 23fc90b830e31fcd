"""A comparison as text: levels with their range over draws, differences from `stand_alone`, disputes, outcomes."""

from __future__ import annotations

import math
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from coercion_sim.cli.tables import fit_apart, paragraph, paragraphs, screen_width, table
from coercion_sim.intervals import FEWEST_UNITS, rests_on
from coercion_sim.outcomes import OUTCOMES, column, headlines
from coercion_sim.wording import (
    MATERIAL_PCT_GDP,
    SLIGHT,
    capital,
    count,
    immaterial,
    interval,
    number,
    percent,
    policy_label,
    state_name,
    unit_words,
    with_unit,
)

if TYPE_CHECKING:
    from coercion_sim.analysis import BaseRates, Comparison, Rate, Row

#: States in a table where the scenario names none.
_MOST_STATES = 10
#: Shortest cut of a policy's name before its level and difference, and the room of these.
_SHORTEST, _CELL = 14, 26


class Block(NamedTuple):
    """Rows of one outcome: a heading, levels and differences by policy."""

    heading: str
    levels: Mapping[str, Row]
    differences: Mapping[str, Row]


def comparison_text(comparison: Comparison, rates: Sequence[BaseRates] = ()) -> str:
    """Levels and differences of every policy; `rates` of disputes where states choose."""
    results = comparison.results
    scenario, replicates = results.manifest["scenario"], int(results.manifest["design"]["replicates"])
    lines = paragraph(f"{scenario.get('title') or scenario['name']}: {count(replicates, 'draw')}")
    lines += paragraph(_how_to_read(comparison, replicates), rest="")
    by_year, *by_item = _by_policy(comparison)
    main, others = (blocks(chosen(comparison), comparison) for chosen in (main_blocks, outcome_blocks))
    for each in (by_year, main, *by_item, rates_text(rates), others):
        lines += ["", *each] if each else []
    return "\n".join(lines)


def answer_line(comparison: Comparison, scenario: str) -> str:
    """Name the command that answers the question exactly; empty where the scenario names no coercer and target."""
    coercer, target = comparison.results.coercer, comparison.results.target
    if not (coercer and target):
        return ""
    parties = f"Would {_name(comparison, coercer)} press {_name(comparison, target)} at all"
    return f"{parties}, and what would allies change? See: coercion-sim answer {shlex.quote(scenario)}"


def _how_to_read(comparison: Comparison, replicates: int) -> str:
    from coercion_sim.analysis import INTERVAL_OF_MEAN, RANGE_OVER_DRAWS

    if replicates == 1:
        return "One draw, so no ranges; comparison.csv has every number."
    paired = f"; differences from {comparison.baseline}, draw by draw, with the {INTERVAL_OF_MEAN}, * without 0 in it"
    against = paired if comparison.baseline and comparison.units >= FEWEST_UNITS else ""
    rests = f" {capital(rests_on(comparison.units))}." if comparison.baseline else ""
    idle = f" {comparison.idle_words}" if comparison.idle_words else ""
    runs = count(comparison.results.points * replicates, "run")
    means = f"Means over {runs} a policy (over n where fewer have the outcome) with the {RANGE_OVER_DRAWS}"
    slight = f"{SLIGHT}: below {MATERIAL_PCT_GDP:g} % of GDP"
    return f"{means}{against}; {slight}; comparison.csv has every number.{rests}{idle}"


# ------------------------------------------------------------------ tables of policies across


def _by_policy(comparison: Comparison) -> list[list[str]]:
    """Real income of the target by year and of other states, diverted trade by product, burdens by ally."""
    from coercion_sim.analysis import material_sectors, payers

    results, select, whole = comparison.results, comparison.select, whole_run(comparison)
    allies, target = payers(results), results.target
    years = select("real_income", item=target) if target else ()
    states = [s for s in named_states(comparison, allies) if s != target]
    hit = material_sectors(results)
    diverted = [row for row in select("diverted_share") if row.period.startswith("quarters") and row.item in hit]
    burdens: dict[str, Iterable[Row]] = {_name(comparison, s): select("burden", item=s) for s in allies}
    if burdens:
        burdens["help paid by all, US$ million a year"] = select("help_total")
        burdens["inequality of burdens (Gini)"] = select("burden_gini", item="")
    window = diverted[0].period if diverted else ""
    bodies: dict[str, Mapping[str, Iterable[Row]]] = {
        f"Real income of {_name(comparison, target)}, change in % of its GDP, mean": _grouped(years, "period"),
        f"Real income of other states, change in % of GDP, mean of {whole}": {
            _name(comparison, s): select("real_income", item=s, period=whole) for s in states
        },
        f"Diverted share of the volume lost, {window} of each measure": _grouped(diverted, "item"),
        f"Burden of allies, % of GDP unless the row names another unit, mean of {whole}": burdens,
    }
    return [_matrix(comparison, heading, body) for heading, body in bodies.items()]


def _grouped(rows: Iterable[Row], key: str) -> dict[str, list[Row]]:
    """Rows by a field."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(getattr(row, key), []).append(row)
    return groups


def _matrix(comparison: Comparison, heading: str, body: Mapping[str, Iterable[Row]]) -> list[str]:
    """One line an item, one column a policy: means, with the decimals their ranges warrant; nothing without items."""
    policies = comparison.results.policies
    lines = []
    for label, rows in body.items():
        means = {row.policy: _level(row, comparison, number) for row in rows}
        lines.append([label, *(means.get(policy, "-") for policy in policies)])
    return [heading, *table(["", *map(policy_label, policies)], lines, indent="  ")] if lines else []


def _name(comparison: Comparison, state: str) -> str:
    return state_name(comparison.results.manifest["world"].get("state_names", {}), state)


def whole_run(comparison: Comparison) -> str:
    """Name of the period that is the whole run: periods go from the first year to the span of all."""
    return list(_grouped(comparison.select("real_income"), "period"))[-1]


def named_states(comparison: Comparison, allies: Sequence[str]) -> list[str]:
    """States the scenario names; else the coercer, the allies that pay, and the states hit hardest."""
    results = comparison.results
    named = [s for s in results.manifest.get("report", {}).get("states", []) if s in results.states]
    if named:
        return named
    whole = comparison.select("real_income", period=whole_run(comparison))
    size = {s: max((abs(r.spread.mean) for r in whole if r.item == s), default=0.0) for s in results.states}
    hardest = sorted(results.states, key=lambda s: -size[s])
    first = [results.coercer, *allies] if results.coercer else []
    return list(dict.fromkeys([*first, *hardest]))[:_MOST_STATES]


# ------------------------------------------------------------------ outcomes, policies below each other


def main_blocks(comparison: Comparison) -> list[Block]:
    """Target and coercer over the whole run."""
    results, whole = comparison.results, whole_run(comparison)
    target, coercer = (_name(comparison, s) for s in (results.target, results.coercer))
    made: list[tuple[str, str, str | None]] = []
    if results.target:
        income = f"Real income of {target}, change in % of its GDP, mean of {whole}"
        part = f"Part of it due to the coercion and the responses, {target}, % of its GDP"
        made += [(income, "real_income", results.target), (part, "coercion_effect", results.target)]
    if results.coercer:
        made.append((f"Cost of the coercion to {coercer}, % of its GDP (below 0: a gain)", "coercer_cost", None))
    return [_block(comparison, heading, outcome, item, whole) for heading, outcome, item in made]


def outcome_blocks(comparison: Comparison) -> list[Block]:
    """Outcomes of the scenario's report, else the headlines that are not one number in all of many runs, or 0."""
    measured = {entry.name for entry in (*OUTCOMES, column("deterred"))}
    named = [o for o in comparison.results.manifest.get("report", {}).get("outcomes", []) if o in measured]
    blocks = []
    for outcome in named or (*headlines(), "deterred"):
        block = _block(comparison, _heading(outcome), outcome, "", None)
        spreads = [row.spread for row in block.levels.values() if row.spread.n]
        values = {x for s in spreads for x in (s.low, s.mean, s.high)}
        same = len(values) <= 1 and (comparison.results.replicates > 1 or values == {0.0})
        if spreads and (named or not same):
            blocks.append(block)
    return blocks


def _heading(outcome: str) -> str:
    """Label of an outcome, with its unit where the label does not name it."""
    entry = column(outcome)
    plain = with_unit(entry.words, entry.unit) == entry.words
    return capital(entry.words if plain else f"{entry.words}, {unit_words(entry.unit)}")


def _block(comparison: Comparison, heading: str, outcome: str, item: str | None, period: str | None) -> Block:
    def by_policy(against: str) -> dict[str, Row]:
        rows = comparison.select(outcome, item=item, period=period, against=against)
        return {row.policy: row for row in rows}

    base = comparison.baseline
    return Block(heading, by_policy(""), by_policy(base) if base and outcome != "deterred" else {})


def blocks(chosen: Sequence[Block], comparison: Comparison) -> list[str]:
    """Outcomes below each other: a heading for each, a line for each policy with its level and its difference."""
    if not chosen:
        return []
    policies, base = comparison.results.policies, comparison.baseline
    many, paired = comparison.results.replicates > 1, comparison.units >= FEWEST_UNITS
    cells = 2 if base else 1
    room = screen_width()
    longest = min(max(map(len, policies)), max(room - 2 - cells * (_CELL + 2), _SHORTEST))

    def laid_out(labels: Sequence[str], texts: Sequence[tuple[str, str]]) -> list[str]:
        over = sum(max(0, max(len(row[c]) for row in texts) - _CELL) for c in range(cells))
        label = max(_SHORTEST, longest - over)
        rows = [
            [short.ljust(label), *(text.rjust(_CELL) for text in row[:cells])]
            for short, row in zip(fit_apart(labels, label), texts, strict=True)
        ]
        return table([""] * (1 + cells), rows, indent="  ")

    head = "mean [5-95 %]" if many else "value", f"less {base}{' [95 %]' if paired else ''}"
    lines = laid_out([""], [head])
    for block in chosen:
        texts = [
            (_level(row, comparison, interval), _difference(block.differences.get(policy)))
            for policy, row in block.levels.items()
        ]
        lines += [*paragraph(block.heading), *laid_out(list(block.levels), texts)]
    return lines


def _level(row: Row, comparison: Comparison, write: Callable[[float, float, float], str]) -> str:
    """Mean as `write` has it from its range over draws, `SLIGHT` for next to nothing; the runs, where not all count."""
    s = row.spread
    slight = row.unit == "pct_gdp" and s.n > 0 and immaterial(s.mean, s.low, s.high)
    some = 0 < s.n < comparison.results.points * comparison.results.replicates
    return (SLIGHT if slight else write(s.mean, s.low, s.high)) + (f", n {s.n:,}" if some else "")


def _difference(row: Row | None) -> str:
    """Paired difference with the interval of its mean; a space stands where a star would."""
    if row is None or row.spread.n == 0:
        return ""
    s = row.spread
    if row.unit == "pct_gdp" and immaterial(s.mean, s.mean_low, s.mean_high):
        return f"{SLIGHT} "
    text = interval(s.mean, s.mean_low, s.mean_high, sign=True, star=True)
    return text if text.endswith("*") else f"{text} "


# ------------------------------------------------------------------ disputes


def rates_text(rates: Sequence[BaseRates]) -> list[str]:
    """Rates of disputes of every policy with their 95 % intervals; the record of each; the packages chosen."""
    from coercion_sim.analysis import INTERVALS

    if not rates:
        return []
    first, known = rates[0], rates[0].units >= FEWEST_UNITS
    lines = [f"Disputes in {count(first.replicates, 'run')}{' [95 %]' if known else ''}"]
    lines += table(["", *(policy_label(of.policy) for of in rates)], _rate_rows(rates), indent="  ", shortest=36)
    record = "; ".join(f"{rate.words}: {rate.record}" for rate in first.rates if rate.record)
    texts = [f"On record: {record}."] if record else []
    for of in rates:
        packages = ", ".join(f"{rate.name} {percent(rate.value)}" for rate in of.packages)
        texts += [f"Packages pressed with, {of.policy}: {packages}"] if packages else []
    lines += paragraphs(texts, "  ")
    return lines + paragraph(f"{capital(rests_on(first.units))}{f', {INTERVALS}' if known else ''}.", "  ", "  ")


def _rate_rows(rates: Sequence[BaseRates]) -> list[list[str]]:
    """One line a rate, one column a policy; disputes that the script began have one too, if it began any."""
    rows = [["disputes that arose", *(f"{of.disputes:,}" for of in rates)]]
    if any(of.taken_over for of in rates):
        rows.append(["and went on from the script", *(f"{of.taken_over:,}" for of in rates)])
    return rows + [[rate.words, *(_rate(of[rate.name]) for of in rates)] for rate in rates[0].rates]


def _rate(rate: Rate) -> str:
    """Share in percent, or length in quarters; an end that the run is too short to show is ``longer``."""
    if rate.unit == "share":
        return percent(rate.value, rate.low, rate.high)
    if math.isnan(rate.value):
        return "-"
    value, low, high = ("longer" if math.isinf(x) else f"{x:.0f}" for x in (rate.value, rate.low, rate.high))
    return value if math.isnan(rate.low) else f"{value} [{low}, {high}]"
