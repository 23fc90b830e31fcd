"""The way from a recipe and a data folder to a world: read, aggregate, split, link, attach, round, check."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from coercion_sim.arrays import Array
from coercion_sim.errors import Problem, WorldError
from coercion_sim.world.audit import Trade, audit_gdp
from coercion_sim.world.build import attributes, inputs
from coercion_sim.world.build.aggregate import (
    Aggregate,
    aggregate,
    by_code,
    join_flows,
    join_inputs,
    join_mean,
    membership,
)
from coercion_sim.world.build.icio import split_services
from coercion_sim.world.build.reading import read_spec, read_trade, with_home_sales
from coercion_sim.world.build.recipe import ProductSpec, WorldSpec, is_service
from coercion_sim.world.build.split import Fact, ProductTrade, read_facts, split
from coercion_sim.world.labels import SourceLabels
from coercion_sim.world.world import World


@dataclass(frozen=True, eq=False)
class Built:
    """A built world with the contents of its README: the recipe, the facts typed, how the products were split."""

    world: World
    spec: WorldSpec
    spec_file: Path
    facts: tuple[Fact, ...]
    trades: tuple[ProductTrade, ...]
    citations: Mapping[str, str]

    @property
    def source_labels(self) -> SourceLabels:
        """Labels stored with the world's own."""
        items = self.spec.items
        return SourceLabels(
            title=self.spec.title,
            codes={
                item.id: item.parent if isinstance(item, ProductSpec) else self.spec.sectors[at].code
                for item, at in zip(items, self.spec.parents, strict=True)
            },
            parents={
                product.id: next(sector.id for sector in self.spec.sectors if product.parent in sector.codes)
                for product in self.spec.products
            },
            classes={item.id: item.elasticity_class for item in items},
        )


def build(spec_file: Path, data: Path, changes: Mapping[str, Any] | None = None) -> Built:
    """Build a world in memory; see `coercion_sim.world.build_world`."""
    spec = read_spec(spec_file, changes)
    if not data.is_dir():
        raise WorldError(Problem("no such folder of data", file=str(data)))
    fine, here = by_code(spec), spec_file.parent
    trade_file = data / spec.data.trade
    trade, trade_notes = _trade(trade_file, data, here, spec)
    aggregated = aggregate(trade, fine, trade_file)
    facts = _facts(_paths(data, spec.data.products, here, spec.own.products), spec)
    parts, trades = split(aggregated.flows, facts, fine)
    parts = significant(parts, spec.rounding.flows)
    gamma, input_notes = _links(aggregated, parts, data, fine)
    sets, citations, set_notes = _elasticity_sets(data, fine)
    flows = parts
    if fine is not spec:
        flows, gamma, sets = _joined(parts, gamma, sets, spec)
    gamma = significant(gamma, spec.rounding.input_share)
    labels, attribute_notes = _attributes(aggregated, data, here, spec)
    S, N = len(spec.sector_ids), len(spec.states)
    gdp = ((1.0 - gamma.sum(axis=0)) * flows.sum(axis=2)).sum(axis=0)
    world = World(
        name=spec.name,
        states=spec.state_ids,
        sectors=spec.sector_ids,
        flows=flows,
        value_added_share=1.0 - gamma.sum(axis=0),
        input_share=gamma,
        tariff=np.zeros((S, N, N)),
        trade_elasticity=inputs.elasticities_by_class(spec),
        elasticity_sets=sets,
        competitors={state: tuple(rivals) for state, rivals in spec.competitors.items()},
        state_names={state.id: state.name for state in spec.states},
        sector_names={item.id: item.name for item in spec.items},
        tags=_tags(spec),
        year=spec.year,
        repairs=(
            *(f"Recipe changed: {key} = {value}." for key, value in (changes or {}).items()),
            *aggregated.notes,
            *trade_notes,
            *_split_notes(trades, flows, spec),
            *input_notes,
            *attribute_notes,
            *set_notes,
            *audit_gdp(spec.state_ids, gdp, labels["gdp_recorded"]),
        ),
        **labels,
    )
    return Built(world, spec, spec_file, facts, trades, citations)


def _trade(path: Path, data: Path, here: Path, spec: WorldSpec) -> tuple[Trade, tuple[str, ...]]:
    """Trade of the data, services divided or home sales added where the recipe says so, with notes."""
    if spec.home is not None:
        trade = read_trade(path, only=spec.sectors[0].code)
        macro, own = _macro(data, here, spec)
        return with_home_sales(trade, attributes.recorded_gdp(macro, spec, own), spec.home)
    trade = read_trade(path)
    if spec.data.services is not None:
        return split_services(trade, data / spec.data.services, spec.services)
    return trade, ()


def _macro(data: Path, here: Path, spec: WorldSpec) -> tuple[Path | None, Path | None]:
    """File of recorded GDP, and the recipe's own file, as far as named."""
    return data / spec.data.macro if spec.data.macro else None, here / spec.own.macro if spec.own.macro else None


def _joined(
    parts: Array, gamma: Array, sets: Mapping[str, Array], spec: WorldSpec
) -> tuple[Array, Array, dict[str, Array]]:
    """Flows, input shares and elasticities of codes joined into those of the recipe's sectors."""
    member = membership(spec)
    flows = significant(join_flows(parts, member), spec.rounding.flows)
    abroad = parts.sum(axis=(1, 2)) - np.trace(parts, axis1=1, axis2=2)
    joined = {name: significant(join_mean(theta, abroad, member), 5) for name, theta in sets.items()}
    return flows, join_inputs(gamma, parts, member), joined


def _attributes(
    aggregated: Aggregate, data: Path, here: Path, spec: WorldSpec
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Recorded GDP, ideal points, groups and alliances of the states, as fields of `World`, with notes."""
    macro, own_macro = _macro(data, here, spec)
    members = attributes.read_members(macro, aggregated, spec, own_macro)
    group_files = _paths(data, spec.data.groups, here, spec.own.groups)
    groups, group_notes = attributes.groups(group_files, members, spec) if group_files else ({}, ())
    treaty_files = _paths(data, spec.data.alliances, here, spec.own.alliances)
    points = attributes.ideal_points(data / spec.data.ideal_points, members, spec) if spec.data.ideal_points else None
    fields = {
        "gdp_recorded": significant(np.array([members.whole[s] for s in spec.state_ids]), spec.rounding.attributes),
        "ideal_point": None if points is None else significant(points, spec.rounding.attributes),
        "groups": groups,
        "alliances": attributes.alliances(treaty_files, members, spec) if treaty_files else (),
    }
    return fields, (*members.notes, *group_notes)


def _paths(data: Path, shared: str | None, here: Path, own: str | None) -> tuple[Path, ...]:
    """Files of the data folder and of the recipe's folder that hold one kind of rows, as far as named."""
    return (*((data / shared,) if shared else ()), *((here / own,) if own else ()))


def _facts(paths: tuple[Path, ...], spec: WorldSpec) -> tuple[Fact, ...]:
    """Typed facts of the recipe's products; facts about others are left aside."""
    wanted = {product.fact for product in spec.products}
    facts = tuple(fact for path in paths for fact in read_facts(path)) if wanted else ()
    mine = tuple(fact for fact in facts if fact.product in wanted)
    return mine if wanted == {fact.product for fact in mine} else facts  # a missing product is named by the split


def significant(values: Array, digits: int) -> Array:
    """Round to so many significant digits (decimal), NaN and 0 kept."""
    flat = np.array([float(f"{x:.{digits - 1}e}") for x in np.ravel(values)])
    return flat.reshape(np.shape(values))


def _links(aggregated: Aggregate, flows: Array, data: Path, spec: WorldSpec) -> tuple[Array, tuple[str, ...]]:
    """Input shares (S, S, N) of the world, capped and rounded, with notes; refuses spending without a supplier."""
    if spec.home is not None:
        own = np.full((1, 1, len(spec.states)), 1.0 - 1.0 / spec.home.output_over_gdp)
        return inputs.cap(own, flows, spec)
    tables = inputs.read_inputs(data, spec.data)
    columns, average_notes = inputs.family_columns(tables, aggregated, spec)
    wide, lost_notes = inputs.expand(columns, tables, flows, spec)
    filled, fill_notes = inputs.fill(wide, tables, flows, spec)
    capped, cap_notes = inputs.cap(filled, flows, spec)
    capped[:, flows.sum(axis=2) <= 0] = 0.0  # an empty sector buys nothing; its column is value added alone
    return capped, (*average_notes, *lost_notes, *fill_notes, *cap_notes)


def _elasticity_sets(data: Path, spec: WorldSpec) -> tuple[dict[str, Array], dict[str, str], tuple[str, ...]]:
    """Named sets: the default first, then the published ones, then the variant by product."""
    sets = {spec.elasticity.default: inputs.elasticities_by_class(spec)}
    citations: dict[str, str] = {}
    notes: tuple[str, ...] = ()
    if spec.data.elasticities is not None:
        more, citations, notes = inputs.published_elasticities(data / spec.data.elasticities, spec)
        sets |= more
    name, base = spec.elasticity.products_set, spec.elasticity.products_base
    if name and base and spec.data.elasticities_gtap is not None:
        if base not in sets:
            raise WorldError(
                Problem("unknown elasticity set", key="elasticity.products_base", found=base, allowed=", ".join(sets))
            )
        theta, more_notes = inputs.with_product_elasticities(data / spec.data.elasticities_gtap, sets[base], spec)
        sets[name], notes = theta, (*notes, *more_notes)
    return sets, citations, notes


def _tags(spec: WorldSpec) -> dict[str, tuple[str, ...]]:
    """Kinds each sector belongs to: goods or services, its codes (shared by a sector and its products), its class.

    A sector that was split and its products also share ``<sector>_all``.
    """
    split_codes = {product.parent for product in spec.products}
    tags = {}
    for item, at in zip(spec.items, spec.parents, strict=True):
        parent = spec.sectors[at]
        kind = parent.kind or ("services" if is_service(parent.codes[0]) else "goods")
        family = (f"{parent.id}_all",) if split_codes & set(parent.codes) else ()
        own = ("product",) if isinstance(item, ProductSpec) else ()
        codes = (item.parent,) if isinstance(item, ProductSpec) else parent.codes
        tags[item.id] = (kind, *codes, *family, *own, item.elasticity_class)
    return tags


def _split_notes(trades: tuple[ProductTrade, ...], flows: Array, spec: WorldSpec) -> tuple[str, ...]:
    """Say where the floor was met, how imports were scaled, and which (sector, state) stay empty."""
    kept = spec.split.overflow == "keep"
    outcome = "kept all the same, so that the cells grew" if kept else "cut"
    notes = []
    for trade in trades:
        wanted = float(trade.fob.sum()) / spec.split.fob_factor.get(trade.spec.parent, 1.0)  # at the sector's prices
        notes.append(
            f"Product {trade.spec.id}: recorded imports x {trade.import_scale:.3f} to equal exports; "
            f"{trade.beyond_floor:.1%} of its value went beyond what its sector could give above the floor of "
            f"{spec.split.floor:.0%}: {outcome}, US$ {wanted - float(trade.taken.sum()):.4g} million."
        )
    Y, X = flows.sum(axis=2), flows.sum(axis=1)
    for what, table in (("output", Y), ("purchases", X)):
        empty = {
            spec.sector_ids[j]: ", ".join(spec.state_ids[n] for n in np.flatnonzero(table[j] <= 0))
            for j in np.flatnonzero((table <= 0).any(axis=1))
        }
        if empty:
            count = int((table <= 0).sum())
            listed = "; ".join(f"{sector}: {states}" for sector, states in empty.items())
            notes.append(f"No {what} in {count} (sector, state) pairs, which stay empty: {listed}.")
    return tuple(notes)
