"""What a world is made of, from a user's tables: flows and elasticities are enough, everything else may join them."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from coercion_sim.errors import Problem, WorldError, nearest
from coercion_sim.files import parse_number
from coercion_sim.world.audit import Trade, audit_cells, audit_flows, audit_gdp, not_above_zero, without_negatives
from coercion_sim.world.labels import Alliance
from coercion_sim.world.own_rows import OwnLabels, OwnRows
from coercion_sim.world.own_tables import Source, TableForm, column, need, read_flows

Array = npt.NDArray[np.float64]

#: US$ million in one unit of a table.
UNITS = {"dollar": 1e-6, "thousand": 1e-3, "million": 1.0, "billion": 1e3}
#: A tariff above this is named: it was likely meant in percent.
_LIKELY_PERCENT = 2.0


def own_fields(
    flows: Source,
    elasticities: Source | float | Mapping[str, float],
    *,
    unit: str | float = "million",
    services: Sequence[str] | None = None,
    gross_output: Source | None = None,
    inputs: Source | None = None,
    tariffs: Source | None = None,
    gdp: Source | None = None,
    alliances: Source | None = None,
    **form: Any,
) -> dict[str, Any]:
    """Arguments of `World.from_flows` from a user's tables; each is a file or a frame, and what is None is left out.

    Parameters
    ----------
    flows
        Sales by exporter, importer and sector, home sales included; see `read_flows`.
    elasticities
        Trade elasticity (theta = sigma - 1 > 0) by sector, or one number for all.
    unit
        Unit of flows and gross output: a key of `UNITS`, or US$ million in one unit.
    services
        Sectors that are services; the others are goods. None takes those with ``serv`` in their name.
    gross_output
        Columns state, sector, output: what a state sells of a sector in all; home sales are what it does not export.
    inputs
        Columns state, user, input, share: input per unit of output of the user. Rows of the state ``all`` are for every
        state without its own.
    tariffs
        Columns exporter, importer, sector, rate; 0.25 is 25 %. ``all`` stands for every state or sector.
    gdp
        Columns state, gdp: recorded GDP in US$ million, to compare with.
    alliances
        Columns a, b, strength (0 to 1), and if given type, commitment, since.
    form
        How the tables are written: the attributes of `TableForm`.

    Raises
    ------
    WorldError
        With everything wrong with a table, its file, line and remedy.
    """
    how = TableForm(**form)
    trade, notes = read_flows(flows, how)
    labels = OwnLabels.of(trade)
    trade, relabelled = labels.applied(trade)
    audit_cells(trade).accepted()
    trade, negative = without_negatives(trade)
    matrix, missing = _matrix(trade, labels)
    matrix *= _unit(unit)
    if gross_output is not None:
        matrix = _with_home_sales(matrix, labels, gross_output, how, _unit(unit))
    audited = audit_flows(trade.file, labels.states, labels.sectors, matrix).accepted()
    kinds, kind_note = _kinds(labels, services)
    shares, share_note = _input_shares(labels, inputs, how)
    tariff, tariff_note = _tariffs(labels, tariffs, how)
    recorded = _gdp(labels, gdp, how)
    value_added = 1.0 - shares.sum(axis=0)
    gdp_note = () if recorded is None else audit_gdp(labels.states, _model_gdp(matrix, value_added, tariff), recorded)
    return {
        "states": labels.states,
        "sectors": labels.sectors,
        "flows": matrix,
        "trade_elasticity": _elasticities(labels, elasticities, how),
        "value_added_share": value_added,
        "input_share": shares,
        "tariff": tariff,
        "gdp_recorded": recorded,
        "alliances": _alliances(labels, alliances, how),
        "state_names": labels.state_names,
        "sector_names": labels.sector_names,
        "tags": kinds,
        "year": how.year,
        "repairs": (
            *notes, *relabelled, *negative, *missing, *audited, *kind_note, *share_note, *tariff_note, *gdp_note
        ),
    }  # fmt: skip


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
    sector = {label: j for j, label in enumerate(labels.sectors)}
    state = {label: n for n, label in enumerate(labels.states)}
    flows = np.zeros((S, N, N))
    for j, i, n, value in zip(trade.sector, trade.exporter, trade.importer, trade.value, strict=True):
        flows[sector[j], state[i], state[n]] = value
    left = S * N * N - len(trade.value)
    note = f"{left} of {S * N * N} (sector, exporter, importer) cells are not in the table and count as 0."
    return flows, (note,) if left else ()


def _elasticities(labels: OwnLabels, source: Source | float | Mapping[str, float], form: TableForm) -> Array:
    """Trade elasticity of each sector, (S,)."""
    S = len(labels.sectors)
    one = parse_number(str(source)) if isinstance(source, str | int | float) else None
    if one is not None:
        return np.full(S, one)
    theta = np.full(S, math.nan)
    file = "elasticities"
    if isinstance(source, Mapping):
        unknown = [word for word in source if labels.sector(word) is None]
        problems = [
            Problem("unknown sector", file, None, w, None, ", ".join(labels.sectors), nearest(w, labels.sectors))
            for w in unknown
        ]
        if problems:
            raise WorldError(problems)
        for word, value in source.items():
            theta[labels.sector(word)] = value
    else:
        rows = OwnRows(labels, source, file, ("sector", "elasticity"), form)
        values, places = rows.numbers("elasticity", 1e-6, 1e6), rows.places("sector", "sector", all_of=True)
        rows.once(places)
        file = rows.table.file
        for place, value in sorted(zip(places, values, strict=True), key=lambda pair: pair[0] is not None):
            theta[slice(None) if place is None else place] = value
    missing = [labels.sectors[j] for j in np.flatnonzero(np.isnan(theta))]
    if missing:
        allowed = "a row for each sector, or one for `all`"
        raise WorldError(Problem("no elasticity", file, None, None, ", ".join(missing[:20]), allowed))
    return theta


def _with_home_sales(flows: Array, labels: OwnLabels, source: Source, form: TableForm, unit: float) -> Array:
    """Flows with home sales: gross output less exports."""
    if np.diagonal(flows, axis1=1, axis2=2).any():
        raise WorldError(Problem("the flows have home sales already", labels.file, allowed="one of the two"))
    rows = OwnRows(labels, source, "gross output", ("state", "sector", "output"), form)
    states, sectors = rows.places("state", "state"), rows.places("sector", "sector")
    values = rows.numbers("output", 0.0, math.inf)
    flows = flows.copy()
    exports = flows.sum(axis=2)
    for line, n, j, value in zip(rows.table.lines, states, sectors, values, strict=True):
        if n is None or j is None:
            continue
        home = value * unit - exports[j, n]
        if not home >= 0:
            allowed = f"at least the exports, {exports[j, n] / unit:g}"
            rows.problems.append(
                Problem("gross output below exports", rows.table.file, line, None, f"{value:g}", allowed)
            )
        flows[j, n, n] = home
    rows.once(zip(states, sectors, strict=True))
    return flows


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
        shares[k, j, others if n is None else n] = 0.0 if math.isnan(value) else value
    without = [] if None in states else [labels.states[n] for n in others]
    over = np.argwhere(shares.sum(axis=0) >= 1.0)
    if len(over):
        raise WorldError([
            Problem("inputs leave no value added", rows.table.file, key=f"{labels.states[n]} {labels.sectors[j]}",
                    found=f"{shares[:, j, n].sum():g}", allowed="shares that sum to less than 1")
            for j, n in over
        ])  # fmt: skip
    return shares, (f"No input shares, all output value added: {', '.join(without)}.",) if without else ()


def _tariffs(labels: OwnLabels, source: Source | None, form: TableForm) -> tuple[Array, tuple[str, ...]]:
    """Tariffs (S, N, N); 0 where the table has none."""
    tariff = np.zeros((len(labels.sectors), len(labels.states), len(labels.states)))
    if source is None:
        return tariff, ()
    rows = OwnRows(labels, source, "tariffs", ("exporter", "importer", "sector", "rate"), form)
    exporters, importers = rows.places("exporter", "state", all_of=True), rows.places("importer", "state", all_of=True)
    sectors, values = rows.places("sector", "sector", all_of=True), rows.numbers("rate", -0.99, 1000.0)
    rows.once(zip(exporters, importers, sectors, strict=True))
    every = slice(None)
    for i, n, j, value in zip(exporters, importers, sectors, values, strict=True):
        tariff[every if j is None else j, every if i is None else i, every if n is None else n] = value
    tariff *= 1.0 - np.eye(len(labels.states))
    high = [f"line {line}: {v:g}" for line, v in zip(rows.table.lines, values, strict=True) if v > _LIKELY_PERCENT]
    if not high:
        return tariff, ()
    return tariff, (f"Tariffs above 200 % (a rate is a fraction: 0.25 is 25 %): {', '.join(high[:20])}.",)


def _gdp(labels: OwnLabels, source: Source | None, form: TableForm) -> Array | None:
    """Recorded GDP, (N,), NaN where the table has none; rows of other states are left aside."""
    if source is None:
        return None
    table = form.read(source, "gdp")
    state, gdp = need(table, "state", "gdp")
    problems: list[Problem] = []
    values = dict(zip(table.column(state), zip(table.numbers(gdp, problems), table.lines, strict=True), strict=True))
    problems += not_above_zero(table.file, values, gdp)
    if problems:
        raise WorldError(problems)
    recorded = np.full(len(labels.states), math.nan)
    for word, (value, _) in values.items():
        place = labels.state(word)
        if place is not None:
            recorded[place] = value
    return recorded


def _model_gdp(flows: Array, value_added: Array, tariff: Array) -> Array:
    """Value added and tariff revenue, (N,)."""
    gdp: Array = (value_added * flows.sum(axis=2)).sum(axis=0) + (tariff * flows).sum(axis=(0, 1))
    return gdp


def _alliances(labels: OwnLabels, source: Source | None, form: TableForm) -> tuple[Alliance, ...]:
    """Commitments among the states; rows that name another state are left aside."""
    if source is None:
        return ()
    rows = OwnRows(labels, source, "alliances", ("a", "b", "strength"), form)
    strength = rows.numbers("strength", 0.0, 1.0)
    words: dict[str, Any] = {
        key: rows.table.column(name) if (name := column(rows.table, key)) else [default] * len(strength)
        for key, default in (("type", "alliance"), ("commitment", ""), ("since", ""))
    }
    ends = [(labels.state(a), labels.state(b)) for a, b in zip(rows.cells("a"), rows.cells("b"), strict=True)]
    rows.once([frozenset(pair) if None not in pair else at for at, pair in enumerate(ends)])
    label = labels.states
    return tuple(
        Alliance(label[a], label[b], commitment, kind, x, since)
        for (a, b), x, kind, commitment, since in zip(ends, strength, *words.values(), strict=True)
        if a is not None and b is not None and a != b and not math.isnan(x)
    )


def _kinds(labels: OwnLabels, services: Sequence[str] | None) -> tuple[dict[str, tuple[str, ...]], tuple[str, ...]]:
    """Tag of each sector, goods or services, and which were taken for services."""
    if services is not None:
        unknown = [word for word in services if labels.sector(word) is None]
        if unknown:
            near = nearest(unknown[0], labels.sectors)
            raise WorldError(
                Problem("unknown sector", None, None, "services", unknown[0], ", ".join(labels.sectors), near)
            )
        chosen = {labels.sectors[j] for word in services if (j := labels.sector(word)) is not None}
        return _tags(labels, chosen), ()
    guessed = [s for s in labels.sectors if "serv" in labels.sector_names[s].casefold()]
    return _tags(labels, guessed), (
        (f"Taken for services: {', '.join(guessed)}; all other sectors are goods.",) if guessed else ()
    )


def _tags(labels: OwnLabels, services: Collection[str]) -> dict[str, tuple[str, ...]]:
    return {sector: ("services",) if sector in services else ("goods",) for sector in labels.sectors}
