"""What a world is made of, from a user's tables: flows and elasticities are enough, everything else may join them.

- *flows*: sales by exporter, importer and sector, home sales included; see `read_flows`.
- *elasticities*: sector, elasticity (theta = sigma - 1 > 0).
- *gross output*: state, sector, output, all that a state sells of a sector; home sales are what it does not export.
- *inputs*: state, user, input, share: input per unit of output of the user.
- *tariffs*: exporter, importer, sector, rate; 0.25 is 25 %.
- *gdp*: state, gdp: recorded GDP in US$ million, to compare with.
- *alliances*: a, b, strength (0 to 1), and if given type, commitment, since.

``all`` stands for every sector (elasticities, tariffs), every state (tariffs), or every state without its own (inputs).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from coercion_sim.arrays import Array, abroad
from coercion_sim.errors import Problem, WorldError, nearest
from coercion_sim.files import parse_number
from coercion_sim.world.audit import (
    Trade,
    audit_cells,
    audit_flows,
    audit_gdp,
    listed,
    not_above_zero,
    without_negatives,
)
from coercion_sim.world.labels import Alliance
from coercion_sim.world.own_rows import OwnLabels, OwnRows
from coercion_sim.world.own_tables import Source, TableForm, read_flows

#: US$ million in one unit of a table.
UNITS = {"dollar": 1e-6, "thousand": 1e-3, "million": 1.0, "billion": 1e3}
#: A tariff above this is named: it was likely meant in percent.
_LIKELY_PERCENT = 2.0


def own_fields(
    flows: Source, elasticities: Source | float | Mapping[str, float], *, unit: str | float = "million",
    services: Sequence[str] | None = None, gross_output: Source | None = None, inputs: Source | None = None,
    tariffs: Source | None = None, gdp: Source | None = None, alliances: Source | None = None, **form: Any,
) -> dict[str, Any]:  # fmt: skip
    """Arguments of `World.from_flows` from a user's tables (see above), files or frames; None for no table.

    Parameters
    ----------
    elasticities
        A table, a mapping by sector, or one number for all.
    unit
        Unit of flows and gross output: a key of `UNITS`, or US$ million in one unit.
    services
        Sectors that are services; the others are goods. None takes those with ``serv`` in their name.
    form
        How the tables are written: the attributes of `TableForm`.

    Raises
    ------
    WorldError
        With everything wrong with a table, its file, line and remedy.
    """
    how = TableForm(**form)
    labels, matrix, notes = _flows(flows, how, _unit(unit), gross_output)
    kinds, kind_note = _kinds(labels, services)
    shares, share_note = _input_shares(labels, inputs, how)
    tariff, tariff_note = _tariffs(labels, tariffs, how)
    recorded, recorded_note = _gdp(labels, gdp, how)
    theta, theta_note = _elasticities(labels, elasticities, how)
    treaties, treaty_note = _alliances(labels, alliances, how)
    value_added = 1.0 - shares.sum(axis=0)
    made = (value_added * matrix.sum(axis=2)).sum(axis=0) + (tariff * matrix).sum(axis=(0, 1))
    gdp_note = recorded_note if recorded is None else (*recorded_note, *audit_gdp(labels.states, made, recorded))
    return {
        "states": labels.states, "sectors": labels.sectors, "flows": matrix, "trade_elasticity": theta,
        "value_added_share": value_added, "input_share": shares, "tariff": tariff, "gdp_recorded": recorded,
        "alliances": treaties, "state_names": labels.state_names, "sector_names": labels.sector_names, "tags": kinds,
        "year": how.year,
        "repairs": (*notes, *kind_note, *theta_note, *share_note, *tariff_note, *gdp_note, *treaty_note),
    }  # fmt: skip


def _flows(
    source: Source, form: TableForm, unit: float, gross_output: Source | None
) -> tuple[OwnLabels, Array, tuple[str, ...]]:
    """Labels, flows (S, N, N) in US$ million, and notes on what was read, repaired and audited."""
    trade, notes = read_flows(source, form)
    labels = OwnLabels.of(trade)
    trade, relabelled = labels.applied(trade)
    audit_cells(trade).accepted()
    trade, negative = without_negatives(trade)
    matrix, missing = _matrix(trade, labels)
    with np.errstate(over="ignore"):
        matrix *= unit
    matrix, home = _with_home_sales(matrix, labels, gross_output, form, unit)
    audited = audit_flows(trade.file, labels.states, labels.sectors, matrix).accepted()
    return labels, matrix, (*notes, *relabelled, *negative, *missing, *home, *audited)


def _unit(unit: str | float) -> float:
    """US$ million in one unit."""
    factor = UNITS[unit] if unit in UNITS else parse_number(str(unit))
    if factor is None or not factor > 0:
        allowed = f"{', '.join(UNITS)}, or US$ million in one unit"
        raise WorldError(Problem("unknown unit", key="unit", found=repr(unit), allowed=allowed))
    return factor


def _matrix(trade: Trade, labels: OwnLabels) -> tuple[Array, tuple[str, ...]]:
    """Flows (S, N, N), cells that the table leaves out being 0."""
    S, N = len(labels.sectors), len(labels.states)
    flows = np.zeros((S, N, N))
    at = np.searchsorted(labels.sectors, trade.sector)  # sectors are sorted
    state = {label: n for n, label in enumerate(labels.states)}
    ends = [[state[word] for word in words] for words in (trade.exporter.tolist(), trade.importer.tolist())]
    flows[at, ends[0], ends[1]] = trade.value
    left = flows.size - len(trade.value)
    note = f"{left} of {flows.size} (sector, exporter, importer) cells are not in the table and count as 0."
    return flows, (note,) if left else ()


def _elasticities(
    labels: OwnLabels, source: Source | float | Mapping[str, float], form: TableForm
) -> tuple[Array, tuple[str, ...]]:
    """Trade elasticity of each sector, (S,)."""
    S = len(labels.sectors)
    one = parse_number(str(source)) if isinstance(source, str | int | float) else None
    theta = np.full(S, math.nan if one is None else one)
    file = "elasticities"
    notes: tuple[str, ...] = ()
    if one is not None:
        pass
    elif isinstance(source, Mapping):
        theta[_sectors(labels, source, file)] = list(source.values())
    else:
        rows = OwnRows(labels, source, file, ("sector", "elasticity"), form)
        values, places = rows.numbers("elasticity", 1e-6, 1e6), rows.places("sector", "sector", all_of=True)
        rows.once(places)
        file, notes = rows.table.file, rows.notes
        for place, value in sorted(zip(places, values, strict=True), key=lambda pair: pair[0] is not None):
            theta[slice(None) if place is None else place] = value
    missing = [labels.sectors[j] for j in np.flatnonzero(np.isnan(theta))]
    if missing:
        allowed = "a row for each sector, or one for `all`"
        raise WorldError(Problem("no elasticity", file, None, None, ", ".join(missing[:20]), allowed))
    odd = [f"{labels.sectors[j]} {theta[j]:g}" for j in np.flatnonzero((theta < 0.5) | (theta > 50.0))]
    note = f"Elasticities outside 0.5-50 (theta = sigma - 1, not a percentage): {listed(odd)}."
    return theta, (*notes, *((note,) if odd else ()))


def _with_home_sales(
    flows: Array, labels: OwnLabels, source: Source | None, form: TableForm, unit: float
) -> tuple[Array, tuple[str, ...]]:
    """Flows with home sales, gross output less exports, where a table gives it."""
    if source is None:
        return flows, ()
    if np.diagonal(flows, axis1=1, axis2=2).any():
        raise WorldError(Problem("the flows have home sales already", labels.file, allowed="one of the two"))
    rows = OwnRows(labels, source, "gross output", ("state", "sector", "output"), form)
    states, sectors = rows.places("state", "state"), rows.places("sector", "sector")
    values = rows.numbers("output", 0.0, math.inf)
    flows = flows.copy()
    exports = flows.sum(axis=2)
    for line, n, j, value in zip(rows.table.lines, states, sectors, values, strict=True):
        if n is None or j is None or math.isnan(value):
            continue
        home = value * unit - exports[j, n]
        if not home >= 0:
            allowed = f"at least the exports, {exports[j, n] / unit:g}"
            rows.problems.append(
                Problem("gross output below exports", rows.table.file, line, None, f"{value:g}", allowed)
            )
        flows[j, n, n] = home
    rows.once(zip(states, sectors, strict=True))
    return flows, rows.notes


def _input_shares(labels: OwnLabels, source: Source | None, form: TableForm) -> tuple[Array, tuple[str, ...]]:
    """Input shares (S, S, N); without a table all output is value added."""
    S, N = len(labels.sectors), len(labels.states)
    shares = np.zeros((S, S, N))
    if source is None:
        return shares, ("No input-output table: all output is value added, and GDP is gross output.",)
    rows = OwnRows(labels, source, "inputs", ("state", "user", "input", "share"), form)
    states = rows.places("state", "state", all_of=True)
    users, used = rows.places("user", "sector"), rows.places("input", "sector")
    values = rows.numbers("share", 0.0, 1.0)
    rows.once(zip(states, users, used, strict=True))
    own = {n for n in states if n is not None}
    others = [n for n in range(N) if n not in own]
    for n, j, k, value in zip(states, users, used, values, strict=True):
        shares[k, j, others if n is None else n] = value
    without = [] if None in states else [labels.states[n] for n in others]
    over = np.argwhere(shares.sum(axis=0) >= 1.0)
    if len(over):
        raise WorldError([
            Problem("inputs leave no value added", rows.table.file, key=f"{labels.states[n]} {labels.sectors[j]}",
                    found=f"{shares[:, j, n].sum():g}", allowed="shares that sum to less than 1")
            for j, n in over
        ])  # fmt: skip
    without += [labels.sectors[j] for j in np.flatnonzero(~shares.any(axis=(0, 2)))]
    note = f"No input shares, all output value added: {', '.join(without)}."
    return shares, (*rows.notes, *((note,) if without else ()))


def _tariffs(labels: OwnLabels, source: Source | None, form: TableForm) -> tuple[Array, tuple[str, ...]]:
    """Tariffs (S, N, N); 0 where the table has none."""
    tariff = np.zeros((len(labels.sectors), len(labels.states), len(labels.states)))
    if source is None:
        return tariff, ()
    rows = OwnRows(labels, source, "tariffs", ("exporter", "importer", "sector", "rate"), form)
    exporters, importers = rows.places("exporter", "state", all_of=True), rows.places("importer", "state", all_of=True)
    sectors, values = rows.places("sector", "sector", all_of=True), rows.numbers("rate", -0.99, 1000.0)
    cells = list(zip(exporters, importers, sectors, values, strict=True))
    rows.problems += [
        Problem("a state has no tariff on itself", rows.table.file, line, rows.names["rate"], f"{value:g}", "0")
        for line, (i, n, _, value) in zip(rows.table.lines, cells, strict=True)
        if i is not None and i == n and value != 0
    ]
    rows.once(cell[:3] for cell in cells)
    every = slice(None)
    for i, n, j, value in sorted(cells, key=lambda cell: -cell[:3].count(None)):  # rows without `all` hold against it
        tariff[every if j is None else j, every if i is None else i, every if n is None else n] = value
    tariff = abroad(tariff)
    high = [f"line {line}: {v:g}" for line, v in zip(rows.table.lines, values, strict=True) if v > _LIKELY_PERCENT]
    note = f"Tariffs above 200 % (a rate is a fraction: 0.25 is 25 %): {listed(high)}."
    return tariff, (*rows.notes, *((note,) if high else ()))


def _gdp(labels: OwnLabels, source: Source | None, form: TableForm) -> tuple[Array | None, tuple[str, ...]]:
    """Recorded GDP, (N,), NaN where the table has none; rows of other states are left aside, and noted."""
    if source is None:
        return None, ()
    rows = OwnRows(labels, source, "gdp", ("state", "gdp"), form)
    values = rows.table.numbers(rows.names["gdp"], rows.problems)
    words, places = rows.cells("state"), rows.some_places("state")
    by_word = dict(zip(words, zip(values, rows.table.lines, strict=True), strict=True))
    rows.problems += not_above_zero(rows.table.file, by_word, rows.names["gdp"])
    rows.once([place or (at, "outside") for at, place in enumerate(places)])
    recorded = np.full(len(labels.states), math.nan)
    for place, value in zip(places, values, strict=True):
        if place is not None:
            recorded[place[0]] = value
    without = [labels.states[n] for n in np.flatnonzero(np.isnan(recorded))]
    note = f"No recorded GDP, the model's is compared with nothing: {listed(without)}."
    return recorded, (*rows.notes, *((note,) if without else ()))


def _alliances(
    labels: OwnLabels, source: Source | None, form: TableForm
) -> tuple[tuple[Alliance, ...], tuple[str, ...]]:
    """Commitments among the states; rows that name another state are left aside, and noted."""
    if source is None:
        return (), ()
    defaults = {"type": "alliance", "commitment": "", "since": ""}
    rows = OwnRows(labels, source, "alliances", ("a", "b", "strength"), form, also=tuple(defaults))
    strength = rows.numbers("strength", 0.0, 1.0)
    words: dict[str, Any] = {
        key: rows.cells(key) if key in rows.names else [default] * len(strength) for key, default in defaults.items()
    }
    ends = rows.some_places("a", "b")
    rows.problems += [
        Problem("a state has no treaty with itself", rows.table.file, line, None, labels.states[pair[0]])
        for line, pair in zip(rows.table.lines, ends, strict=True)
        if pair is not None and pair[0] == pair[1]
    ]
    rows.once([frozenset(pair) if pair else at for at, pair in enumerate(ends)])
    label = labels.states
    treaties = tuple(
        Alliance(label[pair[0]], label[pair[1]], commitment, kind, x, since)
        for pair, x, kind, commitment, since in zip(ends, strength, *words.values(), strict=True)
        if pair is not None
    )
    return treaties, rows.notes


def _kinds(labels: OwnLabels, services: Sequence[str] | None) -> tuple[dict[str, tuple[str, ...]], tuple[str, ...]]:
    """Tag of each sector, goods or services, and which were taken for services."""
    if services is None:
        chosen = [s for s in labels.sectors if "serv" in labels.sector_names[s].casefold()]
    else:
        chosen = [labels.sectors[j] for j in _sectors(labels, services, "services")]
    note = f"Taken for services: {', '.join(chosen)}; all other sectors are goods."
    tags: dict[str, tuple[str, ...]] = {s: ("services" if s in chosen else "goods",) for s in labels.sectors}
    return tags, (note,) if chosen and services is None else ()


def _sectors(labels: OwnLabels, words: Iterable[str], what: str) -> list[int]:
    """Positions of the sectors that words mean; refuses all that mean none."""
    places = {word: labels.sector(word) for word in words}
    allowed = ", ".join(labels.sectors)
    WorldError.refuse(
        Problem("unknown sector", what, None, None, repr(word), allowed, nearest(word, labels.sectors))
        for word, place in places.items()
        if place is None
    )
    return [place for place in places.values() if place is not None]
