"""What a policy sees of a quarter, written down instead of computed: no economy, no model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from coercion_sim.economy import Measure
from coercion_sim.testing import WrittenSituation
from coercion_sim.world import Alliance, World

STATES = ("AUS", "CHN", "USA", "JPN", "KOR", "ROW")
SECTORS = ("coal", "wine", "chips", "services")
#: Ties to Australia: two that answer by default, one that does not.
ALLIANCES = (
    Alliance("USA", "AUS", "treaty", "defence", 0.9),
    Alliance("AUS", "JPN", "partnership", "alignment", 0.4),
    Alliance("KOR", "AUS", "talks", "alignment", 0.39),
    Alliance("USA", "JPN", "treaty", "defence", 1.0),
)


def world(tags: Mapping[str, tuple[str, ...]] | None = None) -> World:
    """GDP of the USA 600, of Japan 200, of the others 200 each; China's imports come as `CHINA_BUYS` says."""
    flows = np.zeros((4, 6, 6))
    for sector, sellers in CHINA_BUYS.items():
        for seller, value in sellers.items():
            flows[SECTORS.index(sector), STATES.index(seller), STATES.index("CHN")] = value
    size = np.array([200.0, 200.0, 600.0, 200.0, 200.0, 200.0])
    flows[3, range(6), range(6)] = size - flows.sum(axis=(0, 2))  # services at home take the rest
    default = {s: ("services",) if s == "services" else ("goods",) for s in SECTORS}
    return World.from_flows(
        "fake", STATES, SECTORS, flows, 4.0, alliances=ALLIANCES, tags=default if tags is None else tags
    )


#: China's imports: with Japan the USA sells 70 % of its chips, 60 % of its wine, all of its foreign services.
CHINA_BUYS = {
    "coal": {"AUS": 40.0, "USA": 10.0, "ROW": 50.0, "CHN": 60.0},
    "wine": {"AUS": 10.0, "USA": 3.0, "JPN": 3.0, "KOR": 4.0},
    "chips": {"USA": 4.0, "JPN": 3.0, "KOR": 2.0, "ROW": 1.0, "CHN": 30.0},
    "services": {"USA": 5.0, "JPN": 5.0},
}


def ban(*sectors: str, by: str = "CHN", on: str = "AUS", name: str = "") -> Measure:
    """One ban in force since quarter 2."""
    return Measure("import_ban", by, on, sectors, 0.0, 2, None, name=name or "-".join(sectors))


@dataclass(frozen=True)
class FakeSituation(WrittenSituation):
    """A written situation in the world above."""

    world: World = field(default_factory=world)
