"""`bridge_silos`: ask across alliances, and let each do what it does most cheaply."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from pydantic import Field

from coercion_sim.economy import NON_ECONOMIC
from coercion_sim.policies.base import Outlook, Pledge, Response, Situation
from coercion_sim.policies.burden_sharing import BurdenSharing, Sharing
from coercion_sim.policies.respond_as_allies import RespondAsAllies, RespondAsAlliesParameters, group, own_group
from coercion_sim.world import World

#: Alliances of the shipped worlds. A run leaves out those its world lacks, and notes it.
USUAL = ("NATO", "QUAD", "FIVE_EYES", "ANZUS", "G7")


class BridgeSilosParameters(RespondAsAlliesParameters):
    """Which alliances are joined."""

    min_strength_beside_groups: ClassVar[bool] = True
    groups: tuple[str, ...] = Field(
        USUAL,
        min_length=1,
        description="Alliances bridged: members of any of them help any target in one; usual ones a world lacks"
        " are left out",
    )
    sharing: Sharing = Field(
        "least_cost", description="how allies divide what they promised: gdp, equal, capability or least_cost"
    )


class BridgeSilos(RespondAsAllies):
    """Members of any alliance, and states bound to the target, help it; each uses its cheapest instrument.

    Without it (`groups` of respond_as_allies) only the target's own group answers. The union brings in states whose
    markets, means or exports differ; the least-cost mix then lets one absorb, another pay, a third cut off what the
    coercer needs. Price: the added states bear costs that others bore before, and are exposed to the coercer. Limits:
    members that are not states of the world stand in ROW and cannot help.
    """

    name = "bridge_silos"
    words = "we put our alliances into silos"
    summary = "All alliances answer together, each ally with its cheapest instrument. Price: more states are drawn in."
    Parameters = BridgeSilosParameters
    parameters: BridgeSilosParameters

    def eligible(self, world: World, target: str) -> tuple[str, ...]:
        """Members of any alliance bridged, and those bound to the target; or those named."""
        p = self.parameters
        members = {s for name in self.bridged(world) for s in group(world, name)}
        return p.allies or tuple(
            s
            for s in world.states
            if s != target and (s in members or world.alliance_strength(s, target) >= p.min_strength)
        )

    def bridged(self, world: World) -> tuple[str, ...]:
        """The alliances bridged, without usual ones that the world lacks; any other missing alliance is an error."""
        return tuple(name for name in self.parameters.groups if name in world.groups or name not in USUAL)

    def added(self, world: World, target: str, coercers: Sequence[str] = ()) -> tuple[str, ...]:
        """States that help a target from beyond its own group, without the coercers."""
        within = {*own_group(world, target, self.bridged(world)), *coercers, target}
        return tuple(s for s in self.eligible(world, target) if s not in within)

    def respond(self, situation: Situation) -> Response:
        """Respond across alliances; the fact ``asked`` names each ally from beyond the target's own group."""
        answer, coercers = super().respond(situation), dict[str, list[str]]()
        for m in situation.pressure():
            if m.kind not in NON_ECONOMIC:
                coercers.setdefault(m.on, []).append(m.by)
        joining = {s for target, by in coercers.items() for s in self.added(situation.world, target, by)}
        facts = tuple(("asked", s, 1.0) for s in situation.world.states if s in joining)
        return replace(answer, facts=(*answer.facts, *facts))

    def prepare(self, situation: Situation) -> Response:
        """Take no measure; record how many states each member gains across silos."""
        world = situation.world
        groups = self.bridged(world)
        members = sorted({s for name in groups for s in group(world, name)}, key=world.states.index)
        facts = tuple(("asked_more", s, float(len(self.added(world, s)))) for s in members)
        absent = ", ".join(name for name in self.parameters.groups if name not in groups)
        notes = (("left_out", "", f"no such alliance in the world: {absent}"),) if absent else ()
        return Response(notes=notes, facts=facts)

    def amend_pledge(self, pledge: Pledge, outlook: Outlook, coercer: str, target: str) -> Pledge:
        """Extend another policy's promise to all alliances, with this policy's burden sharing."""
        more = [s for s in self.eligible(outlook.world, target) if s not in (*pledge.allies, coercer, target)]
        return replace(pledge, allies=(*pledge.allies, *more), sharing=self.parameters.take(BurdenSharing))
