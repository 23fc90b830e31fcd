"""`uncoordinated_derisking`: every member raises barriers of its own against its competitor. A warning, no advice."""

from __future__ import annotations

import numpy as np
from pydantic import Field

from coercion_sim.arrays import Array
from coercion_sim.economy import Measure
from coercion_sim.files import number_field
from coercion_sim.policies.base import Bloc, Outlook, Policy, Response, Situation
from coercion_sim.world import World


class UncoordinatedDeriskingParameters(Bloc):
    """Who raises barriers, against whom, on what, and how high."""

    members: tuple[str, ...] = Field(
        ("AUS", "USA", "JPN", "KOR", "NZL"), min_length=1, description="States that raise barriers, each on its own"
    )
    competitor: str = Field("CHN", description="State whose goods they keep out")
    own_competitors: bool = Field(
        False, description="each against its own principal competitors, where the world records them"
    )
    sectors: tuple[str, ...] = Field(("goods",), min_length=1, description="Sectors concerned")
    dependence: float = number_field(
        0.0, "share", "only sectors in which the competitor supplies at least this share of its imports", le=1
    )
    factor: float = number_field(1.10, "iceberg factor", "iceberg factor of the barriers", ge=1, le=100)
    phase: int = number_field(8, "quarters", "Quarters over which barriers grow in equal steps", ge=1, le=80)
    start: int = number_field(0, "quarters from 0", "Quarter of the first step, counted from 0")


class UncoordinatedDerisking(Policy):
    """Each member puts an iceberg barrier on what it buys from its competitor, looking at its own dependence alone.

    No barrier earns revenue. Each costs its owner the cheaper goods; it also moves everybody else's prices, which no
    member counts: that part is the loss through fragmentation that Clayton, Maggiori and Schreger (2024) warn of. The
    facts compare what every member's barriers cost it by themselves with what all of them together do. Price: the loss.
    """

    name = "uncoordinated_derisking"
    words = "(the fragmentation warning of Clayton, Maggiori and Schreger 2024)"
    summary = "Each member bars its competitor's goods on its own. Price: its own loss, and what others' barriers add."
    Parameters = UncoordinatedDeriskingParameters
    parameters: UncoordinatedDeriskingParameters

    def respond(self, situation: Situation) -> Response:
        """Nothing quarter by quarter: the barriers of `prepare` stand."""
        return Response()

    def prepare(self, situation: Situation) -> Response:
        """Raise the barriers, and say what they cost alone and together."""
        p, world = self.parameters, situation.world
        barriers = {member: self.barriers(world, member) for member in p.members}
        notes = [
            ("derisking", s, f"barriers of {p.factor:g} on {len(m.sectors)} sectors from {m.on}")
            for s, own in barriers.items()
            for m in own
        ]
        facts = fragmentation(situation, barriers, p.competitor)
        return Response(tuple(m for own in barriers.values() for m in own), tuple(notes), facts=facts)

    def barriers(self, world: World, member: str) -> tuple[Measure, ...]:
        """One barrier on each competitor of a member; none at factor 1 or where it depends on nothing."""
        p = self.parameters
        own = world.competitors.get(member, ()) if p.own_competitors else ()
        against = tuple(c for c in own if c not in p.members) or (p.competitor,)
        measures = []
        for competitor in against if p.factor > 1.0 else ():
            sectors = dependent_sectors(world, member, competitor, p.sectors, p.dependence)
            if sectors:
                measures.append(
                    Measure(
                        "import_barrier", member, competitor, sectors, p.factor, p.start, None, p.phase,
                        "derisk", f"derisk {member}-{competitor}",
                    )
                )  # fmt: skip
        return tuple(measures)


def dependent_sectors(
    world: World, importer: str, exporter: str, sectors: tuple[str, ...], dependence: float
) -> tuple[str, ...]:
    """Sectors where the exporter supplies something, and at least `dependence` of the importer's imports."""
    n, i = world.state_index(importer), world.state_index(exporter)
    bought, share = world.flows[:, i, n], world.import_share(importer, exporter)
    return tuple(world.sectors[j] for j in world.sector_indices(sectors) if bought[j] > 0 and share[j] >= dependence)


def fragmentation(
    outlook: Outlook, barriers: dict[str, tuple[Measure, ...]], competitor: str
) -> tuple[tuple[str, str, float], ...]:
    """Long-run costs of barriers, percent of own GDP a year, positive a loss.

    By member: ``cost_alone``, its barriers alone; ``cost_together``, everybody's; ``cost_from_others``, the difference.
    Of the members as one, in percent of their GDP: ``members_cost_alone``, the sum of what each loses by itself;
    ``members_cost_together``; ``over_fragmentation``, the difference, which nobody counted.
    """
    world = outlook.world
    gdp, members = world.baseline.gdp, tuple(barriers)
    at = [world.state_index(s) for s in members]
    together = _cost(outlook, tuple(m for own in barriers.values() for m in own))
    alone = np.array([_cost(outlook, barriers[s])[n] for s, n in zip(members, at, strict=True)])
    weight = gdp[at] / gdp[at].sum()
    facts = []
    for s, n, own in zip(members, at, alone, strict=True):
        both = float(together[n])
        facts += [("cost_alone", s, float(own)), ("cost_together", s, both), ("cost_from_others", s, both - float(own))]
    sums = float(weight @ alone), float(weight @ together[at])
    return (
        *facts,
        ("members_cost_alone", "", sums[0]),
        ("members_cost_together", "", sums[1]),
        ("over_fragmentation", "", sums[1] - sums[0]),
        ("competitor_cost_together", competitor, float(together[world.state_index(competitor)])),
    )


def _cost(outlook: Outlook, measures: tuple[Measure, ...]) -> Array:
    """Long-run loss of real income by state, (N,)."""
    return -outlook.effect(measures) if measures else np.zeros(len(outlook.world.states))
