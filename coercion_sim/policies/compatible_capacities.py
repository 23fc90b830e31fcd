"""`compatible_capacities`: no member's own measure may cost another member more than a little."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pydantic import Field

from coercion_sim.economy import KINDS, Measure
from coercion_sim.files import number_field
from coercion_sim.policies.base import Bloc, Conduct, Outlook, Pledge, Policy, Response, Situation
from coercion_sim.policies.instruments import Retaliate, Task

#: Purposes of a member's own measures against others.
OWN = ("derisk", "retaliate")
#: A measure is cut to within this share of the harm allowed, and dropped where less than this share of it is left.
TOLERANCE = 0.01


class CompatibleCapacitiesParameters(Bloc):
    """Whose measures must suit whom, and how much harm is too much."""

    members: tuple[str, ...] = Field(
        ("AUS", "USA", "JPN", "KOR", "NZL"), min_length=2, description="States whose measures must be compatible"
    )
    competitor: str = Field("CHN", description="Principal competitor; it cannot be a member")
    harm: float = number_field(
        0.01,
        "pct_gdp a year",
        "most that a member's measure may cost another member in the long run, % of GDP a year",
        le=100,
    )

    def unused(self, conduct: Conduct) -> dict[str, str]:
        """The competitor: measures against every state outside the bloc are cut alike."""
        return {"competitor": "measures against every outsider are cut alike"}


class CompatibleCapacities(Policy):
    """A member's own measure against an outsider that costs another member more than `harm` is cut until it does not.

    Every measure to derisk or to retaliate is looked at by itself, in the long run and at full strength, whoever asked
    for it, be it a policy or the script; pressure and help are left alone. Size is brought towards the one that changes
    nothing, to the point where the member hurt most loses just `harm`; where hardly anything would be left the measure
    is dropped. In strategic conduct the cut-off that was promised is opened until no member's own costs another more.
    Price: less harm to the competitor, so less to deter it.
    """

    name = "compatible_capacities"
    sized_by_economy = True
    words = "remain compatible with our alliances"
    summary = "Measures that hurt another member are cut until they do not. Price: less pressure on the competitor."
    Parameters = CompatibleCapacitiesParameters
    parameters: CompatibleCapacitiesParameters

    def respond(self, situation: Situation) -> Response:
        """Nothing of its own."""
        return Response()

    def amend(self, outlook: Outlook, measures: tuple[Measure, ...]) -> tuple[Measure, ...]:
        """Cut what members do against outsiders to what the others can bear."""
        members = self.parameters.members
        kept: list[Measure] = []
        for m in measures:
            if m.purpose in OWN and m.by in members and m.on not in members and m.on in outlook.world.states:
                part = self.bearable(outlook, m)
                if part < TOLERANCE:
                    continue
                m = m if part == 1.0 else replace(m, size=scaled(m, part))
            kept.append(m)
        return tuple(kept)

    def amend_pledge(self, pledge: Pledge, outlook: Outlook, coercer: str, target: str) -> Pledge:
        """Open the cut-off until that of no member costs another more than `harm`; drop it if nothing is left."""
        retaliate = pledge.instrument(Retaliate)
        outside = coercer not in outlook.world.states or coercer in self.parameters.members
        if Retaliate.name not in pledge.promised or outside:
            return pledge
        goods = retaliate.goods(outlook.world, coercer, pledge.allies)
        members = [ally for ally in pledge.allies if ally in self.parameters.members]
        cuts = [m for ally in members for m in retaliate.measures(Task(ally, target, coercer, goods))]
        part = min((self.bearable(outlook, cut) for cut in cuts), default=1.0)
        if part == 1.0:
            return pledge
        if part < TOLERANCE:
            promised = tuple(name for name in pledge.promised if name != Retaliate.name)
            return replace(pledge, promised=promised, link=0.0).with_instrument(retaliate.scaled(0.0))
        return pledge.with_instrument(retaliate.scaled(part))

    def bearable(self, outlook: Outlook, measure: Measure) -> float:
        """Largest part of a measure, 0 to 1, that costs no other member more than `harm`, to `TOLERANCE`."""
        others = [s for s in self.parameters.members if s not in (measure.by, measure.on)]
        at = [outlook.world.state_index(s) for s in others]

        def harm(part: float) -> float:
            """Loss of the member hurt most."""
            return max(0.0, -float(outlook.effect([replace(measure, size=scaled(measure, part))])[at].min()))

        return largest_part(harm, self.parameters.harm)


def scaled(measure: Measure, part: float) -> float:
    """Size of a part of a measure: its distance from the size that changes nothing, times the part."""
    none = KINDS[measure.kind].neutral
    return none + part * (measure.size - none)


def largest_part(harm: Callable[[float], float], most: float) -> float:
    """Largest part in [0, 1] with ``harm(part) <= most``, never above it; harm rises from 0 at part 0.

    False position where the end that stays put is halved (Illinois): few steps where harm is nearly a straight line.
    The answer does harm of at least ``(1 - TOLERANCE) most``, or is 1.
    """
    worst = harm(1.0)
    if worst <= most:
        return 1.0
    if most <= 0.0:
        return 0.0
    slack = 0.5 * TOLERANCE * most
    aim = most - slack  # a little under the limit, so that what comes close to it keeps it
    low, high, below, above, moved = 0.0, 1.0, -aim, worst - aim, 0
    for _ in range(60):
        part = low - below * (high - low) / (above - below)
        gap = harm(part) - aim
        if abs(gap) <= slack:
            return part
        if gap < 0.0:
            low, below, above = part, gap, 0.5 * above if moved < 0 else above
        else:
            high, above, below = part, gap, 0.5 * below if moved > 0 else below
        moved = -1 if gap < 0.0 else 1
    return low
