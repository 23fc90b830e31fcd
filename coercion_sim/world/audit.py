"""The audit between reading a table and building a world: the same checks for every source of data.

A reader calls `audit_cells` on rows, or `audit_flows` on arrays, and `audit_gdp` where GDP is recorded; what cannot be
used is a problem, what the user should know is a note, and `Audit.accepted` refuses or returns the notes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from coercion_sim.arrays import Array, Bools, abroad
from coercion_sim.errors import MOST_LISTED, Problem, WorldError
from coercion_sim.world.codes import country_code, misspelt_code

Labels = npt.NDArray[np.str_]

#: Labels that stand for a sum over all states or sectors, in small letters.
TOTALS = frozenset({
    "wld", "world", "w00", "total", "totals", "tot", "_t", "all", "sum",
    "grand_total", "all_countries", "all_sectors", "all_partners",
})  # fmt: skip
#: Labels of economies that stand for the rest of the world, in small letters.
REST = frozenset({"row", "rotw", "rest", "rest of world", "rest of the world"})
#: What a state needs in addition to its exports, and how to give it.
HOME_REMEDY = (
    "what it sells at home, as rows with itself as exporter and importer (gross output less exports), "
    "or gross output by state and sector (`world from-csv --gross-output FILE`)"
)
#: US$ million that all states together make a year, about 2e8, with room.
MOST_OUTPUT = 2e9
#: Model GDP over recorded GDP is named outside this range.
GDP_RANGE = (0.5, 2.0)


@dataclass(frozen=True, eq=False)
class Trade:
    """Bilateral flows in long form, domestic sales included; one entry per cell. Values in US$ million a year.

    `line` is the line of the file on which a cell stands, or its row from 1 where the file has no lines.
    """

    file: str
    exporter: Labels
    importer: Labels
    sector: Labels
    value: Array
    line: npt.NDArray[np.int_]

    def cell(self, at: int) -> str:
        """Name a cell: exporter, importer, sector."""
        return f"{self.exporter[at]} to {self.importer[at]}, {self.sector[at]}"

    def with_cells(self, kept: Bools, exporter: Labels, importer: Labels, sector: Labels, value: Array) -> Trade:
        """Keep some cells and add others, which stand on no line (0)."""
        own = (self.exporter, self.importer, self.sector, self.value, self.line)
        added = (exporter, importer, sector, value, np.zeros(len(value), dtype=np.int_))
        return Trade(self.file, *(np.concatenate([old[kept], new]) for old, new in zip(own, added, strict=True)))


@dataclass(frozen=True)
class Audit:
    """What is wrong with data (`problems`), and what a user of sound data should know (`notes`)."""

    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()

    def __add__(self, other: Audit) -> Audit:
        return Audit(self.problems + other.problems, self.notes + other.notes)

    def accepted(self) -> tuple[str, ...]:
        """Return the notes; raise WorldError with every problem."""
        WorldError.refuse(self.problems)
        return self.notes


# ------------------------------------------------------------------------------------------------ rows


def audit_cells(trade: Trade) -> Audit:
    """Audit rows: labels missing, totals among states or sectors, one cell in two rows."""
    return Audit((*_missing_labels(trade), *_totals(trade), *_twice(trade)))


def _columns(trade: Trade) -> tuple[tuple[str, Labels], ...]:
    return ("exporter", trade.exporter), ("importer", trade.importer), ("sector", trade.sector)


def _missing_labels(trade: Trade) -> Iterator[Problem]:
    for key, labels in _columns(trade):
        for at in map(int, np.flatnonzero(labels == "")):
            yield Problem("label missing", trade.file, int(trade.line[at]), key)


def _totals(trade: Trade) -> Iterator[Problem]:
    """Labels that stand for a sum: its rows would be counted on top of their parts."""
    for key, labels in _columns(trade):
        names, first, count = np.unique(labels, return_index=True, return_counts=True)
        for name, at, rows in zip(names, first, count, strict=True):
            if str(name).casefold().replace(" ", "_") in TOTALS:
                message = f"is a total in {rows} rows, which would be counted twice"
                yield Problem(message, trade.file, int(trade.line[at]), key, repr(str(name)), "leave its rows out")


def _twice(trade: Trade) -> Iterator[Problem]:
    """Cells in more than one row, with both lines."""
    key = np.zeros(len(trade.value), dtype=np.int64)
    for _, labels in _columns(trade):
        names, position = np.unique(labels, return_inverse=True)
        key = key * len(names) + position
    order = np.argsort(key, kind="stable")
    for k in np.flatnonzero(np.diff(key[order]) == 0):
        at, (first, second) = int(order[k + 1]), (int(line) for line in trade.line[order[k : k + 2]])
        values = f"{trade.value[order[k]]:g} on line {first}, {trade.value[at]:g} on line {second}"
        yield Problem("is in two rows", trade.file, second, trade.cell(at), values, "one row for each")


def without_negatives(trade: Trade) -> tuple[Trade, tuple[str, ...]]:
    """Set negative flows to 0, and name each with its line."""
    below = np.flatnonzero(trade.value < 0)
    if not len(below):
        return trade, ()
    places = [f"line {trade.line[at]}, {trade.cell(int(at))}: {trade.value[at]:.6g}" for at in below]
    return replace(trade, value=np.maximum(trade.value, 0.0)), (_negatives(trade.value[below], places),)


def nonnegative(states: Sequence[str], sectors: Sequence[str], flows: Array) -> tuple[Array, tuple[str, ...]]:
    """Set negative flows (S, N, N) to 0, and name each by its cell; negative changes of stocks are the usual cause."""
    below = np.argwhere(flows < 0)
    if not len(below):
        return flows, ()
    values = flows[flows < 0]
    largest = below[np.argsort(values, kind="stable")]
    places = [f"{states[i]} to {states[n]}, {sectors[j]}: {flows[j, i, n]:.6g}" for j, i, n in largest]
    return np.maximum(flows, 0.0), (_negatives(values, places),)


def _negatives(values: Array, places: Sequence[str]) -> str:
    total = float(-values.sum())
    return f"{len(values)} negative flows of the data, together US$ {total:.4g} million, set to 0: {listed(places)}."


# ------------------------------------------------------------------------------------------------ arrays


def audit_flows(file: str, states: Sequence[str], sectors: Sequence[str], flows: Array) -> Audit:
    """Audit flows (S, N, N), exporter x importer, for faults that make a world meaningless.

    Sums of all others among the states or sectors, states that sell or buy nothing, and home sales: a state or a sector
    with trade and no home sales at all is refused, single cells without are noted.
    """
    if len(states) < 2:
        return Audit((Problem("needs two states or more", file, found=", ".join(states)),))
    hidden = (*_hidden_totals(file, states, flows), *_hidden_sector(file, sectors, flows))
    empty = tuple(_empty_states(file, states, flows))
    return Audit((*empty, *hidden)) + _size(file, flows) + _home_sales(file, states, sectors, flows)


def _size(file: str, flows: Array) -> Audit:
    """Audit the sum of all flows against the output of all states."""
    with np.errstate(over="ignore"):
        total = float(flows.sum())
    if not total < 1e100:
        return Audit((Problem("flows larger than any economy", file, found=f"{total:.3g}"),))
    text = f"Flows of US$ {total:.3g} million together, more than all states make: another unit?"
    return Audit(notes=(text,) if total > MOST_OUTPUT else ())


def _hidden_totals(file: str, states: Sequence[str], flows: Array) -> Iterator[Problem]:
    """States whose exports, or imports, to every partner are the sum of all others', with home sales or without."""
    if len(states) < 4:
        return
    foreign = abroad(flows)
    for side, axes in (("exports", (0, 1, 2)), ("imports", (0, 2, 1))):
        sums = [(table.transpose(axes), table.transpose(axes).sum(axis=1)) for table in (foreign, flows)]
        for e, state in enumerate(states):
            apart = np.arange(len(states)) != e
            if any(_same(table[:, e, apart], (whole - table[:, e, :])[:, apart]) for table, whole in sums):
                message = f"its {side} are the sum of all others': a total, which would be counted twice"
                yield Problem(message, file, key=state, allowed="leave its rows out")


def _hidden_sector(file: str, sectors: Sequence[str], flows: Array) -> Iterator[Problem]:
    """Sectors whose flows are the sum of all other sectors'."""
    total = flows.sum(axis=0)
    for j, sector in enumerate(sectors if len(sectors) > 2 else ()):
        if _same(flows[j], total - flows[j]):
            message = "is the sum of all other sectors: a total, which would be counted twice"
            yield Problem(message, file, key=sector, allowed="leave its rows out")


def _same(own: Array, others: Array) -> bool:
    """Whether at least three cells above 0 agree to 0.1 %, and no cell differs."""
    return int((own > 0).sum()) >= 3 and bool(np.allclose(own, others, rtol=1e-3, atol=1e-9 * own.max()))


def _empty_states(file: str, states: Sequence[str], flows: Array) -> Iterator[Problem]:
    for what, sums in (("sells", flows.sum(axis=(0, 2))), ("buys", flows.sum(axis=(0, 1)))):
        for n in map(int, np.flatnonzero(sums <= 0)):
            near = misspelt_code(states[n], states) if country_code(states[n]) is None else None
            message = f"the state {what} nothing: no row above 0 in any sector"
            yield Problem(message, file, key=states[n], allowed="its rows, or leave the state out", suggestion=near)


def _home_sales(file: str, states: Sequence[str], sectors: Sequence[str], flows: Array) -> Audit:
    home = np.diagonal(flows, axis1=1, axis2=2)
    lacking = (home <= 0) & (flows.sum(axis=2) > 0)
    whole_states = (flows.sum(axis=(0, 2)) > 0) & (home.sum(axis=0) <= 0)
    whole_sectors = (flows.sum(axis=(1, 2)) > 0) & (home.sum(axis=1) <= 0)
    if whole_states.all():
        whole_sectors[:] = False  # one mistake, one list
    problems = [
        Problem("no home sales in any sector", file, key=states[n], allowed=HOME_REMEDY)
        for n in map(int, np.flatnonzero(whole_states))
    ]
    problems += [
        Problem("no home sales in any state", file, key=sectors[j], allowed=HOME_REMEDY)
        for j in map(int, np.flatnonzero(whole_sectors))
    ]
    cells = [
        f"{states[n]} {sectors[j]}" for j, n in np.argwhere(lacking & ~whole_states[None, :] & ~whole_sectors[:, None])
    ]
    notes = (f"Exports and no home sales in {len(cells)} (state, sector) pairs: {listed(cells)}.",) if cells else ()
    return Audit(tuple(problems), notes)


# ------------------------------------------------------------------------------------------------ GDP


def audit_gdp(states: Sequence[str], model: Array, recorded: Array) -> tuple[str, ...]:
    """Name the states whose GDP in the model is outside half to twice the recorded one, (N,), NaN where unrecorded."""
    ratio = model / np.where(recorded > 0, recorded, np.nan)
    low, high = GDP_RANGE
    off = [f"{states[n]} {ratio[n]:.3g}" for n in map(int, np.flatnonzero((ratio < low) | (ratio > high)))]
    if not off:
        return ()
    median = float(np.nanmedian(ratio))
    guess = next((unit for unit, factor in _UNITS.items() if factor / 2.5 < median < factor * 2.5), None)
    hint = f"; the median is {median:.3g}: are the values in {guess}?" if guess else ""
    return (f"GDP of the model over recorded GDP outside {low:g}-{high:g}: {listed(off)}{hint}",)


#: Units that a table may be in where US$ million are meant, by how many times too large its GDP then is.
_UNITS = {"US$ thousand": 1e3, "US$": 1e6, "US$ billion": 1e-3}


def not_above_zero(file: str, gdp: Mapping[str, tuple[float, int]], key: str) -> list[Problem]:
    """Refuse recorded GDP (value, line) that is not above 0."""
    return [
        Problem(f"GDP of {state} must be above 0", file, line, key, f"{value:g}", "> 0, or an empty cell")
        for state, (value, line) in gdp.items()
        if value <= 0
    ]


# ------------------------------------------------------------------------------------------------ the rest of the world


def audit_rest(file: str, rest: str, inside: Mapping[str, float], claimed: Iterable[str]) -> Audit:
    """List who fell into the rest of the world; codes that look like a slip for a state of the world are refused.

    Parameters
    ----------
    rest
        Label of the rest of the world.
    inside
        Economy -> its share of world trade (exports and imports over twice the total).
    claimed
        Codes of the economies that belong to other states.
    """
    known = tuple(claimed)
    problems = []
    for economy in inside:
        code = country_code(economy)
        if economy.casefold() in REST:
            continue
        meant = misspelt_code(economy, known) if code is None else code if code != economy and code in known else None
        if meant is not None:
            message = f"falls into {rest}, and looks like a state of the world"
            remedy = "its right code in the data, or list it in `members` of its state"
            problems.append(Problem(message, file, None, None, repr(economy), remedy, meant))
    if not inside:
        return Audit()
    ranked = sorted(inside.items(), key=lambda item: (-item[1], item[0]))
    inside_it = listed([f"{economy} {100.0 * share:.2f} %" for economy, share in ranked])
    strangers = [e for e in inside if country_code(e) is None and e.casefold() not in REST]
    many = f"{len(inside)} {'economy' if len(inside) == 1 else 'economies'}"
    text = f"{rest} holds {many} with {100.0 * sum(inside.values()):.2f} % of world trade: {inside_it}."
    notes = (text, *((f"No codes of countries: {listed(strangers)} (in {rest}).",) if strangers else ()))
    return Audit(tuple(problems), notes)


def listed(items: Sequence[str]) -> str:
    """Join the first of many items, and count the others."""
    more = len(items) - MOST_LISTED
    return ", ".join(items[:MOST_LISTED]) + (f" and {more} more" if more > 0 else "")
