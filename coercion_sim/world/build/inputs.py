"""Published input shares and elasticities on the sectors and states of a world; input shares fitted to its flows."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from coercion_sim.arrays import Array, ratio
from coercion_sim.errors import Problem, WorldError
from coercion_sim.world.build.aggregate import Aggregate
from coercion_sim.world.build.icio import Columns, read_columns
from coercion_sim.world.build.reading import number, read_rows
from coercion_sim.world.build.recipe import DataFiles, StateSpec, WorldSpec, is_service


@dataclass(frozen=True, eq=False)
class InputTables:
    """Published input columns, (economy, using family) -> input family -> share of gross output.

    A family is a sector of the input-output files; `family` says, for each sector of the trade data, which it is in.
    Where inputs are recorded by industry, each code of the data is a family of its own.
    """

    columns: Columns
    families: tuple[str, ...]
    family: dict[str, str]
    by_industry: bool = False


WORLD = "WLD"
#: Factors from here on are 1 but for rounding, and no repair worth a note.
_WHOLE = 1.0 - 1e-9


def read_inputs(data: Path, files: DataFiles) -> InputTables:
    """Read the input shares of single economies and of the world average, and the families of sectors."""
    own, world, sectors = data / files.inputs, data / files.inputs_world, data / files.sectors
    if own.suffix == ".npz":
        columns, industries = read_columns(own, WORLD)
        return InputTables(columns, industries, {code: code for code in industries}, by_industry=True)
    family = {row["sector"]: row["io16"] for row in read_rows(sectors, ("sector", "io16"), once=("sector",))}
    families = tuple(dict.fromkeys(family.values()))
    columns = defaultdict(dict)
    for path in (own, world):
        names = ("iso3", "using_sector", "input_sector", "input_share_of_gross_output")
        for at, row in enumerate(read_rows(path, names, once=names[:3])):
            share = number(row[names[3]], path, at + 2, names[3])
            unlisted = next((key for key in names[1:3] if row[key] not in families), None)
            if unlisted is not None:
                raise WorldError(Problem("unknown family of sectors", str(path), at + 2, unlisted, row[unlisted]))
            if not 0.0 <= share <= 1.0:
                raise WorldError(Problem("out of range", str(path), at + 2, names[3], row[names[3]], "0 to 1"))
            economy = WORLD if path == world else row["iso3"]
            columns[economy, row["using_sector"]][row["input_sector"]] = share
    return InputTables(dict(columns), families, family)


def family_columns(tables: InputTables, aggregated: Aggregate, spec: WorldSpec) -> tuple[Array, tuple[str, ...]]:
    """Input columns by family of input, sector of the trade data and state, (F, S0, N), and notes.

    A state of one economy has that economy's own column where published; a bloc the mean of its members' columns
    weighted by their gross output of the sector in the trade data; every other state the world average. The rest of the
    world has the world average too, or, where inputs are by industry, the mean of its members with that of economies
    without a column in their place.
    """
    out = np.zeros((len(tables.families), len(spec.sectors), len(spec.states)))
    at = {e: k for k, e in enumerate(aggregated.economies)}
    averaged: list[str] = []
    absent: set[str] = set()
    for n, state in enumerate(spec.states):
        listed = _economies(state, aggregated) if tables.by_industry else state.economies
        have = [e for e in listed if any((e, f) in tables.columns for f in tables.families)]
        if have:
            absent |= set(listed) - set(have)
        else:
            averaged.append(state.id)
        counted = listed if tables.by_industry else have
        for j, sector in enumerate(spec.sectors):
            weights = {e: float(aggregated.output[j, at[e]]) for e in counted}
            out[:, j, n] = _mean_column(tables, sector.code, weights)
    world_average = f"Input shares of {', '.join(averaged)} are the world average (no own columns in the source)."
    how = "counted with the world average in" if tables.by_industry else "left out of"
    left_out = f"Members without own input columns, {how} their bloc's average: {', '.join(sorted(absent))}."
    return out, (*((world_average,) if averaged else ()), *((left_out,) if absent else ()))


def _economies(state: StateSpec, aggregated: Aggregate) -> tuple[str, ...]:
    """Economies of a state as the recipe lists them; of the rest of the world, all that are in no other state."""
    everybody = tuple(e for e, owner in aggregated.state_of.items() if owner == state.id)
    return everybody if state.rest else state.economies


def _mean_column(tables: InputTables, code: str, weights: Mapping[str, float]) -> Array:
    """Input column (F,) of a sector: mean over economies by weight, the world average where none has any.

    Where inputs are by industry, an economy without a column counts with the world average.
    """
    using = tables.family.get(code)
    if using is None:
        raise WorldError(Problem("sector has no family in the input-output files", key=code))
    known = {e: tables.columns[e, using] for e in weights if (e, using) in tables.columns}
    if tables.by_industry:
        known = {e: known.get(e, _world_column(tables, using)) for e in weights}
    parts = [(weights[e], column) for e, column in known.items()]
    if sum(weight for weight, _ in parts) <= 0:
        parts = [(1.0, _world_column(tables, using))]
    total = sum(weight for weight, _ in parts)
    mean = np.zeros(len(tables.families))
    for weight, column in parts:
        mean += weight / total * np.array([column.get(f, 0.0) for f in tables.families])
    return mean


def _world_column(tables: InputTables, using: str) -> dict[str, float]:
    if (WORLD, using) not in tables.columns:
        raise WorldError(Problem("no world-average input column", key=using))
    return tables.columns[WORLD, using]


def expand(columns: Array, tables: InputTables, flows: Array, spec: WorldSpec) -> tuple[Array, tuple[str, ...]]:
    """Divide each family's input among its members, (S, S, N), and note the inputs without a supplier.

    A using sector takes the column of its parent. The input from a family is divided among its members that list this
    user (or everybody) in proportion to the state's absorption of each, ``X[k, n] = sum_i flows[k, i, n]``. Where the
    state absorbs none of them, the input is dropped and value added takes it.
    """
    parents = spec.parents
    codes = [spec.sectors[parent].code for parent in parents]
    member = np.array([[tables.family[code] == f for code in codes] for f in tables.families], dtype=np.float64)
    ids = spec.sector_ids
    listed = [[item.users is None or user in item.users for user in ids] for item in spec.items]
    allowed = np.array(listed, dtype=np.float64)
    X = flows.sum(axis=1)
    # weight[k, j, n]: absorption of input k where j is one of its users; pool[f, j, n]: the same over the family.
    weight = allowed[:, :, None] * X[:, None, :]
    pool = np.einsum("fk,kjn->fjn", member, weight)
    wide = columns[:, list(parents), :]
    lost = (wide > 0) & (pool <= 0)
    notes = []
    if lost.any():
        count = int(lost.sum())
        notes.append(f"{count} inputs of whose family the state absorbs nothing were dropped; value added takes them.")
    per_unit = ratio(wide, pool)
    return weight * np.einsum("fk,fjn->kjn", member, per_unit), tuple(notes)


def fill(inputs: Array, tables: InputTables, flows: Array, spec: WorldSpec) -> tuple[Array, tuple[str, ...]]:
    """Raise or lower inputs of sectors with a stated `intermediate` share until it is met in every state.

    Where users' inputs of sector k in state n are worth U and spending on it X, they are multiplied by
    ``intermediate X / U``, each user in proportion. Inputs of the same family without a stated share give or take the
    difference, so that what the user spends on the family stays; where they cannot, value added does. A state that buys
    k and has no user of it is reported: there it is all final demand.
    """
    filled, notes = inputs.copy(), []
    X, Y = flows.sum(axis=1), flows.sum(axis=2)
    family = [tables.family[spec.sectors[parent].code] for parent in spec.parents]
    for k, item in enumerate(spec.items):
        if item.intermediate is None:
            continue
        use = (filled[k] * Y).sum(axis=0)
        scale = ratio(item.intermediate * X[k], use, 1.0)
        more = filled[k] * (scale - 1.0)
        filled[k] += more
        others = [i for i, name in enumerate(family) if name == family[k] and spec.items[i].intermediate is None]
        pool = filled[others].sum(axis=0)
        filled[others] *= 1.0 - ratio(np.minimum(more, pool), pool)
        low, high = scale[use > 0].min(initial=np.inf), scale[use > 0].max(initial=0.0)
        notes.append(
            f"Inputs of {item.id} scaled by {low:.3g} to {high:.3g} so that its users buy {item.intermediate:.0%} of "
            f"it in every state; their other inputs from {family[k]}, or value added, give the difference."
        )
        bare = [spec.state_ids[n] for n in np.flatnonzero((X[k] > 0) & (use <= 0))]
        if bare:
            notes.append(f"No user of {item.id} in {', '.join(bare)}: all of it is final demand there.")
    return filled, tuple(notes)


def cap(inputs: Array, flows: Array, spec: WorldSpec) -> tuple[Array, tuple[str, ...]]:
    """Scale inputs down where they exceed the spending on them, or the sales of their user (model.md §1).

    First, where intermediate use of k in n exceeds `caps.intermediate_use` of the spending on it, every user's input
    of k in n; then, where inputs of j in n exceed `caps.inputs` of its output, all inputs of j in n. The second only
    lowers use, so the first still holds. Value added takes the difference.
    """
    X, Y = flows.sum(axis=1), flows.sum(axis=2)
    capped, notes = cap_use(inputs, X, Y, spec.caps.intermediate_use, spec.sector_ids, spec.state_ids)
    total = capped.sum(axis=0)
    shrink = np.divide(spec.caps.inputs, total, out=np.ones_like(total), where=total > spec.caps.inputs)
    return capped * shrink[None], (*notes, *_total_notes(shrink, spec))


def cap_use(
    inputs: Array, X: Array, Y: Array, limit: npt.ArrayLike, sectors: Sequence[str], states: Sequence[str]
) -> tuple[Array, list[str]]:
    """Scale down every user's input k in n where its use exceeds `limit`, a share (S, N) of spending X (S, N) on it.

    Y (S, N) are sales of the users.
    """
    use = np.einsum("kjn,jn->kn", inputs, Y)
    limits = np.broadcast_to(np.asarray(limit, dtype=np.float64), X.shape)
    scale = np.divide(limits * X, use, out=np.ones_like(use), where=use > limits * X)
    return inputs * scale[:, None, :], _use_notes(scale, use - limits * X, limits, sectors, states)


def _use_notes(scale: Array, excess: Array, limits: Array, sectors: Sequence[str], states: Sequence[str]) -> list[str]:
    """One line for all cells whose intermediate use was cut, then one per input with the factor of each state."""
    hit = scale < _WHOLE
    if not hit.any():
        return []
    moved = float(np.maximum(excess, 0.0).sum())
    limit = f"{float(limits[hit].min()):.0%} of spending"
    notes = [
        f"Intermediate use above {limit} in {int(hit.sum())} (input, state) cells: "
        f"US$ {moved:.4g} million moved to value added."
    ]
    return notes + [
        f"Input shares of {sectors[int(k)]} scaled to fit {limit}: {_factors(scale[k], states)}."
        for k in np.flatnonzero(hit.any(axis=1))
    ]


def _total_notes(shrink: Array, spec: WorldSpec) -> list[str]:
    """One line per using sector whose inputs together were cut."""
    return [
        f"All inputs of {spec.sector_ids[j]} scaled to {spec.caps.inputs:.0%} of output: "
        f"{_factors(shrink[j], spec.state_ids)}."
        for j in np.flatnonzero((shrink < _WHOLE).any(axis=1))
    ]


def _factors(row: Array, states: Sequence[str]) -> str:
    return ", ".join(f"{states[int(n)]} x {row[n]:.3f}" for n in np.flatnonzero(row < _WHOLE))


def elasticities_by_class(spec: WorldSpec) -> Array:
    """Return theta by class of good, (S,), e.g. homogeneous, reference-priced, differentiated (Rauch 1999)."""
    return np.array([spec.elasticity.classes[item.elasticity_class] for item in spec.items], dtype=np.float64)


def published_elasticities(path: Path, spec: WorldSpec) -> tuple[dict[str, Array], dict[str, str], tuple[str, ...]]:
    """Read published sets, each (S,), their citations, and which values are fallbacks.

    A product takes its parent's value, an industry of services that of all services where it has none of its own.
    """
    table: dict[str, dict[str, float]] = {}
    citation: dict[str, str] = {}
    fallback: dict[str, list[str]] = {}
    columns = ("sector", "source_name", "trade_elasticity", "is_fallback_4", "citation")
    for at, row in enumerate(read_rows(path, columns, once=columns[:2])):
        name = row["source_name"]
        table.setdefault(name, {})[row["sector"]] = number(row["trade_elasticity"], path, at + 2, "trade_elasticity")
        citation[name] = row["citation"]
        if row["is_fallback_4"].strip() == "1":
            fallback.setdefault(name, []).append(f"{row['sector']} {row['trade_elasticity']}")
    sets = {}
    for name, values in sorted(table.items()):
        own = np.array([_elasticity(values, sector.code, spec) for sector in spec.sectors])
        WorldError.refuse(
            Problem("elasticity missing or not above 0", file=str(path), key=f"{name}.{sector.code}")
            for sector, theta in zip(spec.sectors, own, strict=True)
            if not theta > 0
        )
        sets[name] = own[list(spec.parents)]
    notes = tuple(
        f"Elasticity set {name}: no estimate, a fallback in the source: {', '.join(codes)}."
        for name, codes in sorted(fallback.items())
    )
    return sets, citation, notes


def _elasticity(values: Mapping[str, float], code: str, spec: WorldSpec) -> float:
    """Elasticity of a code of the data, of all services for an industry of them; NaN where missing."""
    return values.get(code, values.get(spec.services.code, math.nan) if is_service(code) else math.nan)


def with_product_elasticities(path: Path, base: Array, spec: WorldSpec) -> tuple[Array, tuple[str, ...]]:
    """Put product-level values (by GTAP sector) in place of the parents' in `base`, (S,); say which are missing."""
    value = "trade_elasticity"
    rows = enumerate(read_rows(path, ("gtap_sector", value), once=("gtap_sector",)), start=2)
    values = {row["gtap_sector"]: number(row[value], path, line, value) for line, row in rows}
    theta = base.copy()
    kept = []
    for at, product in enumerate(spec.products, start=len(spec.sectors)):
        if product.gtap is None:
            continue
        if product.gtap not in values:
            raise WorldError(Problem("unknown GTAP sector", str(path), None, f"{product.id}.gtap", product.gtap))
        if math.isnan(values[product.gtap]):
            kept.append(f"{product.id} ({product.gtap})")
        else:
            theta[at] = values[product.gtap]
    name = spec.elasticity.products_set
    notes = (f"Elasticity set {name}: not in the source, parent's value kept: {', '.join(kept)}.",) if kept else ()
    return theta, notes
