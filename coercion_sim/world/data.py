"""The data of a world: labels, and arrays in exporter x importer order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from coercion_sim.world.labels import Alliance

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class WorldData:
    """Labelled arrays of one world economy with its alliances. S sectors, N states; money in US$ million a year.

    Parameters
    ----------
    name
        What the world is called, e.g. ``pacific-2019``.
    states, sectors
        N and S labels: ISO3 codes (plus blocs and ``ROW``), sector identifiers.
    flows : (S, N, N)
        ``flows[j, i, n]``: sales of sector j from exporter i to importer n, net of tariffs; domestic sales on i = n.
    value_added_share : (S, N)
        gamma_ji, share of value added in gross output of sector j in state i.
    input_share : (S, S, N)
        ``input_share[k, j, i]`` = gamma_kji, input k per unit of output of j in i. For each (j, i) value added
        and inputs sum to 1.
    tariff : (S, N, N)
        Ad-valorem tariff as a fraction; t = 1 + tariff > 0.
    trade_elasticity : (S,)
        theta_j = sigma_j - 1 > 0.
    final_share : (S, N), optional
        alpha_kn. Given only where it cannot be read off the flows (see `from_shares`).
    value_added : (N,), optional
        Factor income V_i, given only with `final_share`.
    gdp_recorded : (N,), optional
        Statistical GDP for display, US$ million; NaN where not recorded.
    elasticity_sets
        Named alternatives for `trade_elasticity`, each (S,).
    alliances, groups, competitors
        Commitments by dyad; members by group; principal competitors by state.
    ideal_point, democracy : (N,), optional
        UN voting ideal point and democracy score; NaN where not recorded.
    tags
        Sector label -> what it belongs to (``goods``, a parent sector), usable wherever sectors are named.
    repairs
        What was changed when the world was built, in words.

    """

    name: str
    states: tuple[str, ...]
    sectors: tuple[str, ...]
    flows: Array
    value_added_share: Array
    input_share: Array
    tariff: Array
    trade_elasticity: Array
    final_share: Array | None = None
    value_added: Array | None = None
    gdp_recorded: Array | None = None
    elasticity_sets: Mapping[str, Array] = field(default_factory=dict)
    alliances: tuple[Alliance, ...] = ()
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    competitors: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ideal_point: Array | None = None
    democracy: Array | None = None
    state_names: Mapping[str, str] = field(default_factory=dict)
    sector_names: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    year: int | None = None
    repairs: tuple[str, ...] = ()

    @property
    def shape(self) -> tuple[int, int]:
        """(S, N)."""
        return len(self.sectors), len(self.states)
