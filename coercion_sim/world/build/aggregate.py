"""From economies to states: flows added up, domestic sales of a bloc including the trade among its members."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from coercion_sim.errors import Problem, WorldError, nearest
from coercion_sim.world.build.recipe import WorldSpec
from coercion_sim.world.build.tables import Trade

Array = npt.NDArray[np.float64]


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
    """Add up the flows of economies into the states of a recipe; negative flows are set to 0 and reported.

    Raises
    ------
    WorldError
        When the recipe names an economy or sector the data lack, or leaves one of the data out (trade would be lost).
    """
    economies = tuple(sorted(set(trade.exporter) | set(trade.importer)))
    state_of = _assign(economies, spec, path)
    codes = tuple(sector.code for sector in spec.sectors)
    found = set(trade.sector.tolist())
    problems = [
        Problem("sector of the recipe not in the data", file=str(path), found=code, suggestion=nearest(code, found))
        for code in codes
        if code not in found
    ] + [
        Problem("sector of the data not in the recipe; its trade would be lost", file=str(path), found=x)
        for x in sorted(found - set(codes))
    ]
    if problems:
        raise WorldError(problems)
    value = trade.value
    notes: tuple[str, ...] = ()
    if (value < 0).any():
        count, total = int((value < 0).sum()), float(-value[value < 0].sum())
        value = np.maximum(value, 0.0)
        notes = (f"{count} negative flows of the data, together US$ {total:.4g} million, set to 0.",)
    sector = _positions(trade.sector, codes)
    exporter, importer = _positions(trade.exporter, economies), _positions(trade.importer, economies)
    home = np.array([spec.state_ids.index(state_of[e]) for e in economies], dtype=np.intp)
    N = len(spec.states)
    flows = np.zeros((len(codes), N, N))
    np.add.at(flows, (sector, home[exporter], home[importer]), value)
    output = np.zeros((len(codes), len(economies)))
    np.add.at(output, (sector, exporter), value)
    return Aggregate(flows, output, economies, state_of, notes)


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
            Problem("economy of the data belongs to no state; its trade would be lost", file=str(path), found=e)
            for e in economies
            if e not in claimed
        ]
    if problems:
        raise WorldError(problems)
    return {e: claimed.get(e, rest or "") for e in economies}


def _positions(labels: npt.NDArray[np.str_], order: tuple[str, ...]) -> npt.NDArray[np.intp]:
    """Position of each label in `order` (every label is known)."""
    at = {label: k for k, label in enumerate(order)}
    unique, inverse = np.unique(labels, return_inverse=True)
    return np.array([at[str(label)] for label in unique], dtype=np.intp)[inverse]
