"""A comparison as text: policies across, outcomes down, within 100 columns."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from coercion_sim.cli.columns import fit_apart, headings, number

if TYPE_CHECKING:
    from coercion_sim.analysis import Comparison, Row, Spread

WIDTH = 100
_GAP = "  "
#: Policies side by side before a second block is started.
_ACROSS = 3

#: One block of lines under a heading: (heading, [(label, rows of that line, one per policy)]).
Block = tuple[str, list[tuple[str, "tuple[Row, ...]"]]]
#: How one cell is written: a spread and the decimals to use.
Cell = Callable[["Spread", int], str]


def comparison_text(comparison: Comparison, width: int = WIDTH) -> str:
    """Levels with their range over worlds; then differences from `stand_alone` with the interval of their mean."""
    from coercion_sim.analysis import INTERVAL_OF_MEAN, RANGE_OVER_DRAWS

    results = comparison.results
    worlds = int(results.manifest["design"]["replicates"])
    count = "1 world" if worlds == 1 else f"{worlds} worlds"
    note = "" if worlds == 1 else f", mean [{RANGE_OVER_DRAWS}]"
    parts = [f"{results.manifest['scenario'].get('title') or results.manifest['scenario']['name']}: {count}{note}"]
    parts += _tables(levels(comparison), results.policies, _level_cell, width)
    if comparison.baseline:
        others = tuple(p for p in results.policies if p != comparison.baseline)
        note = "" if worlds == 1 else f": mean [{INTERVAL_OF_MEAN}]"
        parts += ["", f"Difference from {comparison.baseline}, world by world{note}"]
        parts += _tables(differences(comparison), others, _difference_cell, width)
    return "\n".join(parts)


def levels(comparison: Comparison) -> list[Block]:
    """Outcomes shown for every policy."""
    from coercion_sim.analysis import payers

    results, select = comparison.results, comparison.select
    target, coercer, allies = results.target, results.coercer, payers(results)
    name = results.manifest["world"].get("state_names", {}).get
    blocks: list[Block] = []
    if target:
        blocks += [
            _periods(
                f"Real income of {name(target, target)}, change in % of its GDP", select("real_income", item=target)
            ),
            _periods(
                f"Of which effect of the coercion and the answers to it on {name(target, target)}, % of its GDP",
                select("coercion_effect", item=target),
            ),
        ]
    if coercer:
        blocks.append(
            _periods(
                f"Cost of the coercion to {name(coercer, coercer)}, % of its GDP (below 0: a gain)",
                select("coercer_cost"),
            )
        )
    whole = _last_period(select("real_income"))
    others = [s for s in shown_states(comparison, allies) if s != target]
    lines = [(str(name(s, s)), select("real_income", item=s, period=whole)) for s in others]
    blocks.append((f"Real income of other states, mean of {whole}, change in % of own GDP", lines))
    diverted = [row for row in select("diverted_share") if row.period.startswith("quarters")]
    if diverted:
        sectors = dict.fromkeys(row.item for row in diverted)
        shares = [(sector, tuple(r for r in diverted if r.item == sector)) for sector in sectors]
        blocks.append((f"Diverted share of the volume lost, {diverted[0].period} of each measure", shares))
    blocks.append(
        (
            f"Burden of allies, mean of {whole}, % of own GDP",
            [(str(name(s, s)), select("burden", item=s)) for s in allies],
        )
    )
    if allies:
        blocks.append((f"Help paid by all, mean of {whole}, US$ million a year", [("total", select("help_total"))]))
        blocks.append(
            (
                "How unequally the burden is shared: Gini coefficient, 0 where nobody pays",
                [("Gini", select("burden_gini"))],
            )
        )
    return blocks


def differences(comparison: Comparison) -> list[Block]:
    """Outcomes shown as differences from the baseline policy."""
    results, base = comparison.results, comparison.baseline
    name = results.manifest["world"].get("state_names", {}).get
    target, coercer = results.target, results.coercer
    blocks: list[Block] = []
    if target:
        rows = comparison.select("real_income", item=target, against=base)
        blocks.append(_periods(f"Real income of {name(target, target)}, % of its GDP", rows))
        effect = comparison.select("coercion_effect", item=target, against=base, period=_last_period(rows))
        blocks.append(
            (
                f"Effect of the coercion and the answers to it on {name(target, target)}, % of its GDP",
                [(_last_period(rows), effect)],
            )
        )
    if coercer:
        rows = comparison.select("coercer_cost", against=base)
        cost = _of_period(rows, _last_period(rows))
        blocks.append((f"Cost of the coercion to {name(coercer, coercer)}, % of its GDP", [(_last_period(rows), cost)]))
    return blocks


def shown_states(comparison: Comparison, allies: Sequence[str], most: int = 10) -> list[str]:
    """States the scenario asks to show; else the coercer, the allies that pay, and whoever is hit hardest."""
    results = comparison.results
    asked = [s for s in results.manifest.get("report", {}).get("states", []) if s in results.states]
    if asked:
        return asked
    whole = comparison.select("real_income", period=_last_period(comparison.select("real_income")))
    size = {s: max((abs(r.spread.mean) for r in whole if r.item == s), default=0.0) for s in results.states}
    hardest = sorted(results.states, key=lambda s: -size[s])
    return list(dict.fromkeys([results.coercer, *allies, *hardest]))[:most] if results.coercer else hardest[:most]


def _periods(heading: str, rows: Sequence[Row]) -> Block:
    """One line per period."""
    return heading, [(period, _of_period(rows, period)) for period in dict.fromkeys(row.period for row in rows)]


def _of_period(rows: Iterable[Row], period: str) -> tuple[Row, ...]:
    return tuple(row for row in rows if row.period == period)


def _last_period(rows: Sequence[Row]) -> str:
    """Return the whole run: periods go from the first year to the span of all."""
    return rows[-1].period


# ------------------------------------------------------------------ layout


def _tables(blocks: list[Block], policies: Sequence[str], cell: Cell, width: int) -> Iterator[str]:
    """Lay the blocks out, at most three policies side by side."""
    for first in range(0, len(policies), _ACROSS):
        across = policies[first : first + _ACROSS]
        lines = [(heading, _cells(body, across, cell)) for heading, body in blocks if body]
        cells = [c for _, body in lines for _, row in body for c in row]
        names = [part for p in across for part in p.split("+")]
        column = max([len(c) for c in cells] + [min(len(p) + 2, 24) for p in names])
        label_width = min(30, max(12, width - len(across) * (column + len(_GAP))))
        yield ""
        yield from ("".ljust(label_width) + line for line in headings(across, column, _GAP))
        for heading, body in lines:
            yield heading
            labels = fit_apart([_GAP + label for label, _ in body], label_width)
            for label, (_, row) in zip(labels, body, strict=True):
                yield label.ljust(label_width) + "".join(_GAP + c.rjust(column) for c in row)


def _cells(
    body: Sequence[tuple[str, Sequence[Row]]], policies: Sequence[str], cell: Cell
) -> list[tuple[str, list[str]]]:
    """Text of a block's lines, one cell per policy, all with as many decimals as its largest number needs."""
    means = [abs(row.spread.mean) for _, rows in body for row in rows if row.policy in policies and row.spread.n]
    decimals = decimals_for(max(means, default=0.0))
    made = []
    for label, rows in body:
        by_policy = {row.policy: row.spread for row in rows}
        made.append((label, [cell(by_policy[p], decimals) if p in by_policy else "-" for p in policies]))
    return made


def decimals_for(size: float) -> int:
    """Decimals that leave three digits of a number of this size, 0 to 4."""
    return 3 if size == 0 else min(4, max(0, 2 - math.floor(math.log10(size))))


def _level_cell(spread: Spread, decimals: int) -> str:
    return _interval(spread.mean, spread.low, spread.high, decimals, spread.n)


def _difference_cell(spread: Spread, decimals: int) -> str:
    return _interval(spread.mean, spread.mean_low, spread.mean_high, decimals, spread.n)


def _interval(mean: float, low: float, high: float, decimals: int, n: int) -> str:
    """Return ``mean [low, high]``; the mean alone where there is one value, a dash where there is none."""
    if n == 0:
        return "-"
    if n == 1:
        return number(mean, decimals)
    if mean == low == high == 0.0:
        return "0"
    return f"{number(mean, decimals)} [{number(low, decimals)},{number(high, decimals)}]"
