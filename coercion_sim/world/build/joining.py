"""Sectors made of several sectors of the data: everything is worked out code by code, then added up exactly."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from coercion_sim.world.build.recipe import SectorSpec, WorldSpec

Array = npt.NDArray[np.float64]


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
    total = np.broadcast_to(member @ Y, spent.shape)
    share: Array = np.divide(spent, total, out=np.zeros_like(spent), where=total > 0)
    return share


def join_mean(values: Array, weight: Array, member: Array) -> Array:
    """Average numbers of codes, (S0,), over each sector, (S,), by weights (S0,) that are above 0."""
    mean: Array = (member @ (values * weight)) / (member @ weight)
    return mean
