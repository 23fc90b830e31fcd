"""Trade elasticities: one default by class of good, the published sets as named alternatives."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import numpy.typing as npt

from coercion_sim.errors import Problem, WorldError
from coercion_sim.world.build.recipe import WorldSpec
from coercion_sim.world.sources.tables import number, read_rows

Array = npt.NDArray[np.float64]


def by_class(spec: WorldSpec) -> Array:
    """Return theta by class of good, (S,), e.g. homogeneous, reference-priced, differentiated (Rauch 1999)."""
    return np.array([spec.elasticity.classes[item.elasticity_class] for item in spec.items], dtype=np.float64)


def published(path: Path, spec: WorldSpec) -> tuple[dict[str, Array], dict[str, str], tuple[str, ...]]:
    """Read published sets, each (S,), their citations, and which values are fallbacks.

    A product takes its parent's value.
    """
    table: dict[str, dict[str, float]] = {}
    citation: dict[str, str] = {}
    fallback: dict[str, list[str]] = {}
    for at, row in enumerate(
        read_rows(path, ("sector", "source_name", "trade_elasticity", "is_fallback_4", "citation"))
    ):
        name = row["source_name"]
        table.setdefault(name, {})[row["sector"]] = number(row["trade_elasticity"], path, at + 2, "trade_elasticity")
        citation[name] = row["citation"]
        if row["is_fallback_4"].strip() == "1":
            fallback.setdefault(name, []).append(f"{row['sector']} {row['trade_elasticity']}")
    sets = {}
    for name, values in sorted(table.items()):
        problems = [
            Problem("elasticity missing or not above 0", file=str(path), key=f"{name}.{sector.code}")
            for sector in spec.sectors
            if not values.get(sector.code, math.nan) > 0
        ]
        if problems:
            raise WorldError(problems)
        own = np.array([values[sector.code] for sector in spec.sectors])
        sets[name] = own[list(spec.parents)]
    notes = tuple(
        f"Elasticity set {name}: no estimate, a fallback in the source: {', '.join(codes)}."
        for name, codes in sorted(fallback.items())
    )
    return sets, citation, notes


def with_products(path: Path, base: Array, spec: WorldSpec) -> tuple[Array, tuple[str, ...]]:
    """Put product-level values (by GTAP sector) in place of the parents' in `base`, (S,); say which are missing."""
    rows = read_rows(path, ("gtap_sector", "trade_elasticity"))
    values = {
        row["gtap_sector"]: number(row["trade_elasticity"], path, at + 2, "trade_elasticity")
        for at, row in enumerate(rows)
    }
    theta = base.copy()
    kept = []
    for at, product in enumerate(spec.products, start=len(spec.sectors)):
        if product.gtap is None:
            continue
        if product.gtap not in values:
            raise WorldError(
                Problem("unknown GTAP sector", file=str(path), key=f"{product.id}.gtap", found=product.gtap)
            )
        if math.isnan(values[product.gtap]):
            kept.append(f"{product.id} ({product.gtap})")
        else:
            theta[at] = values[product.gtap]
    name = spec.elasticity.products_set
    notes = (f"Elasticity set {name}: not in the source, parent's value kept: {', '.join(kept)}.",) if kept else ()
    return theta, notes
