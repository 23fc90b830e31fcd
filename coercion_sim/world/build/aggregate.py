"""From economies to states, and from codes of the data to sectors: everything adds up exactly.

Domestic sales of a bloc include the trade among its members. Sectors made of several sectors of the data are worked out
code by code, then joined.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from coercion_sim.arrays import Array, Places, ratio
from coercion_sim.errors import Problem, WorldError, nearest
from coercion_sim.world.audit import Trade, audit_flows, audit_rest, without_negatives
from coercion_sim.world.build.recipe import SectorSpec, WorldSpec
from coercion_sim.world.codes import misspelt_code


@dataclass(frozen=True, eq=False)
class Aggregate:
    """Flows among states and the outputs of the economies behind them. S0 sectors of the data, N states.

    Attributes
    ----------
    flows : (S0, N, N)
        US$ million a year, exporter x importer, domestic sales on the diagonal.
    output : (S0, E)
        Gross output (all sales) of each economy of the data, in the order of `economies`.
    economies
        Codes of the E economies found in the data, sorted.
    state_of
        Economy -> the state it belongs to.
    notes
        Repairs, in words.
    """

    flows: Array
    output: Array
    economies: tuple[str, ...]
    state_of: Mapping[str, str]
    notes: tuple[str, ...]


def aggregate(trade: Trade, spec: WorldSpec, path: Path) -> Aggregate:
    """Add up the flows of economies into the states of a recipe; negative flows are set to 0 and named.

    Raises
    ------
    WorldError
        When the sums fail the audit, or the recipe names an economy or sector the data lack, or leaves one of the data
        out (trade would be lost).
    """
    economies = tuple(sorted({*trade.exporter.tolist(), *trade.importer.tolist()}))
    state_of = _assign(economies, spec, path)
    codes = tuple(sector.code for sector in spec.sectors)
    present = set(trade.sector.tolist())
    problems = [
        Problem("sector of the recipe not in the data", file=str(path), found=code, suggestion=nearest(code, present))
        for code in codes
        if code not in present
    ] + [
        Problem("sector of the data not in the recipe; its trade would be lost", file=str(path), found=x)
        for x in sorted(present - set(codes))
    ]
    WorldError.refuse(problems)
    trade, notes = without_negatives(trade)
    value = trade.value
    sector = _positions(trade.sector, codes)
    exporter, importer = _positions(trade.exporter, economies), _positions(trade.importer, economies)
    home = np.array([spec.state_ids.index(state_of[e]) for e in economies], dtype=np.intp)
    N = len(spec.states)
    flows = np.zeros((len(codes), N, N))
    np.add.at(flows, (sector, home[exporter], home[importer]), value)
    output = np.zeros((len(codes), len(economies)))
    np.add.at(output, (sector, exporter), value)
    audit = audit_flows(trade.file, spec.state_ids, codes, flows)
    for rest in (state.id for state in spec.states if state.rest):
        inside = {e: share for e, share in _trade_shares(economies, exporter, importer, value) if state_of[e] == rest}
        audit += audit_rest(trade.file, rest, inside, [e for e, state in state_of.items() if state != rest])
    return Aggregate(flows, output, economies, state_of, (*notes, *audit.accepted()))


def _trade_shares(
    economies: tuple[str, ...], exporter: Places, importer: Places, value: Array
) -> Iterator[tuple[str, float]]:
    """Share of each economy in world trade: its exports and imports over twice the total."""
    abroad = np.where(exporter != importer, value, 0.0)
    each = np.bincount(exporter, abroad, len(economies)) + np.bincount(importer, abroad, len(economies))
    total = 2.0 * float(abroad.sum()) or 1.0
    return ((e, float(x) / total) for e, x in zip(economies, each, strict=True))


def _assign(economies: tuple[str, ...], spec: WorldSpec, path: Path) -> dict[str, str]:
    """Say which state each economy of the data belongs to."""
    claimed = {member: state.id for state in spec.states for member in state.economies}
    rest = next((state.id for state in spec.states if state.rest), None)
    problems = [
        Problem(
            "economy of the recipe not in the data", file=str(path), found=member, suggestion=nearest(member, economies)
        )
        for member in claimed
        if member not in economies
    ]
    if rest is None:
        problems += [
            Problem(
                "economy of the data belongs to no state; its trade would be lost", file=str(path), found=e,
                allowed="a state with it in `members`, or one with rest = true", suggestion=misspelt_code(e, claimed),
            )
            for e in economies
            if e not in claimed
        ]  # fmt: skip
    WorldError.refuse(problems)
    return {e: claimed.get(e, rest or "") for e in economies}


def _positions(labels: npt.NDArray[np.str_], order: tuple[str, ...]) -> Places:
    """Position of each label in `order` (every label is known)."""
    at = {label: k for k, label in enumerate(order)}
    unique, inverse = np.unique(labels, return_inverse=True)
    return np.array([at[str(label)] for label in unique], dtype=np.intp)[inverse]


def by_code(spec: WorldSpec) -> WorldSpec:
    """Return the recipe with one sector for each code of the data; the recipe itself where that is what it says.

    A code of a joined sector is called ``<sector>_<code>``, and takes its users and class from it; a user that is a
    joined sector stands for all its codes.
    """
    if all(len(sector.codes) == 1 for sector in spec.sectors):
        return spec
    parts = {
        sector.id: tuple(f"{sector.id}_{code}" for code in sector.codes) if len(sector.codes) > 1 else (sector.id,)
        for sector in spec.sectors
    }

    def users(named: tuple[str, ...] | None) -> tuple[str, ...] | None:
        return None if named is None else tuple(part for user in named for part in parts.get(user, (user,)))

    def split(sector: SectorSpec) -> Iterator[SectorSpec]:
        for label, code in zip(parts[sector.id], sector.codes, strict=True):
            yield sector.model_copy(update={"id": label, "codes": (code,), "users": users(sector.users)})

    return spec.model_copy(
        update={
            "sectors": tuple(part for sector in spec.sectors for part in split(sector)),
            "products": tuple(p.model_copy(update={"users": users(p.users)}) for p in spec.products),
        }
    )


def membership(spec: WorldSpec) -> Array:
    """Return 1 where a code (or product) of `by_code` belongs to a sector (or product) of the recipe, (S, S0)."""
    counts = [*(len(sector.codes) for sector in spec.sectors), *(1 for _ in spec.products)]
    matrix = np.zeros((len(counts), sum(counts)))
    matrix[np.repeat(np.arange(len(counts)), counts), np.arange(sum(counts))] = 1.0
    return matrix


def join_flows(flows: Array, member: Array) -> Array:
    """Add up flows of codes, (S0, N, N), into sectors, (S, N, N)."""
    joined: Array = np.einsum("sk,kin->sin", member, flows)
    return joined


def join_inputs(inputs: Array, flows: Array, member: Array) -> Array:
    """Add up input shares of codes, (S0, S0, N), into those of sectors, (S, S, N).

    Inputs are added; users are averaged with their sales ``Y[j, n] = sum_m flows[j, n, m]`` as weights, so that money
    spent on every input stays: ``gamma_KJn = sum_{k in K, j in J} gamma_kjn Y_jn / sum_{j in J} Y_jn``. An empty sector
    buys nothing.
    """
    Y = flows.sum(axis=2)
    spent = np.einsum("ak,kjn,jn,bj->abn", member, inputs, Y, member, optimize=True)
    return ratio(spent, member @ Y)


def join_mean(values: Array, weight: Array, member: Array) -> Array:
    """Average numbers of codes, (S0,), over each sector, (S,), by weights (S0,) that are above 0."""
    mean: Array = (member @ (values * weight)) / (member @ weight)
    return mean
