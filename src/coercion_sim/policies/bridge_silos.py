"""`bridge_silos`: ask across alliances, and let each do what it does most cheaply."""

from __future__ import annotations

from dataclasses import replace

from pydantic import Field

from coercion_sim.policies.base import Outlook, Pledge, Response, Sharing, Situation
from coercion_sim.policies.respond_as_allies import RespondAsAllies, RespondAsAlliesParameters
from coercion_sim.policies.silos import across_groups, own_group
from coercion_sim.world import World


class BridgeSilosParameters(RespondAsAlliesParameters):
    """Which alliances are joined."""

    groups: tuple[str, ...] = Field(
        ("NATO", "QUAD", "ANZUS"),
        min_length=1,
        description="Alliances bridged: members of any of them answer, whichever the target belongs to",
    )
    sharing: Sharing = Field(
        "least_cost", description="how allies divide what they promised: gdp, equal, capability or least_cost"
    )


class BridgeSilos(RespondAsAllies):
    """Whoever belongs to one of the alliances, or is bound to the target, is asked; each uses its cheapest instrument.

    Without it (`groups` of respond_as_allies) only the target's own group answers. The union brings in states whose
    markets, means or exports differ; the least-cost mix then lets one absorb, another pay, a third cut off what the
    coercer needs. Price: those who are asked bear what others bore before, and are exposed to the coercer. Limits:
    members that are not states of the world stand in ROW and cannot help.
    """

    name = "bridge_silos"
    words = "we put our alliances into silos"
    summary = "All alliances answer together, each ally with its cheapest instrument. Price: more states are drawn in."
    Parameters = BridgeSilosParameters
    parameters: BridgeSilosParameters

    def asked(self, world: World, target: str) -> tuple[str, ...]:
        """Members of any alliance bridged, and those bound to the target; or those named."""
        p = self.parameters
        return p.allies or across_groups(world, target, p.groups, p.min_strength)

    def prepare(self, situation: Situation) -> Response:
        """Nothing stands; says who is in reach across silos of each member that was not within its own."""
        world, p = situation.world, self.parameters
        members = sorted({s for name in p.groups for s in world.groups.get(name, ())}, key=world.states.index)
        facts = tuple(
            ("asked_more", s, float(len(set(self.asked(world, s)) - set(own_group(world, s, p.groups)))))
            for s in members
        )
        return Response(facts=facts)

    def amend_pledge(self, pledge: Pledge, outlook: Outlook, coercer: str, target: str) -> Pledge:
        """Widen another policy's promise to all alliances, and share it so."""
        more = [s for s in self.asked(outlook.world, target) if s not in (*pledge.allies, coercer, target)]
        return replace(pledge, allies=(*pledge.allies, *more), sharing=self.parameters.sharing)
