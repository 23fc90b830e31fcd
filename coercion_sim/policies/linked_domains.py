"""`linked_domains`: treat grey-zone pressure and disinformation as parts of the same coercion."""

from __future__ import annotations

from dataclasses import replace

from pydantic import Field

from coercion_sim.economy import NON_ECONOMIC, Measure
from coercion_sim.files import number_field
from coercion_sim.policies.allied_help import offering
from coercion_sim.policies.base import Conduct, Outlook, Pledge, Response, Situation
from coercion_sim.policies.instruments import Retaliate
from coercion_sim.policies.respond_as_allies import RespondAsAllies, RespondAsAlliesParameters


@offering()
class LinkedDomainsParameters(RespondAsAlliesParameters):
    """Instruments against pressure on trade, and the share of the pledge that holds in other domains."""

    instruments: tuple[str, ...] = Field(
        ("statement", "absorb", "compensate", "retaliate"), description="What allies do, as in respond_as_allies"
    )
    link: float = number_field(
        1.0, "share", "chi: share of the pledge that holds against pressure other than trade, kept by retaliating", le=1
    )

    def unused(self, conduct: Conduct) -> dict[str, str]:
        """Also the link where nobody retaliates."""
        reasons = super().unused(conduct)
        return reasons if Retaliate.name in self.instruments else {**reasons, "link": "instruments names no retaliate"}


class LinkedDomains(RespondAsAllies):
    """Pledges for trade alone displace pressure to where no pledge holds; linked ones follow it there.

    Against grey-zone pressure and disinformation allies can absorb or compensate nothing, so the link chi works
    through retaliation: scripted, the cut-off is chi times the one against pressure on trade; chosen, doing anything
    but retaliate breaks the share chi of the pledge. Price: what retaliation costs, and the risk of escalation that it
    adds (``[pressure] answer_escalation``). An actor outside the world's matrix has no trade to cut.
    """

    name = "linked_domains"
    words = "must not separate economic coercion from other forms of pressure"
    summary = "Pledges hold against grey-zone pressure and disinformation too. Price: retaliation, risk of escalation."
    Parameters = LinkedDomainsParameters
    parameters: LinkedDomainsParameters

    def respond(self, situation: Situation) -> Response:
        """Answer pressure on trade as allies do, and pressure that is not trade by cutting trade."""
        answer = super().respond(situation)
        measures = list(answer.measures)
        answered = {(m.by, m.on) for m in situation.pressure() if m.kind not in NON_ECONOMIC}
        quarrels: dict[tuple[str, str], list[Measure]] = {}
        for m in situation.pressure():
            if m.kind in NON_ECONOMIC and (m.by, m.on) not in answered and m.by in situation.world.states:
                quarrels.setdefault((m.by, m.on), []).append(m)
        for (coercer, target), hit in sorted(quarrels.items()):
            helpers = self.helpers(situation.world, target, coercer)
            acts = self.against(situation, coercer, target, hit, helpers, self.parameters.link) if helpers else []
            measures += [m for m in acts if m.purpose == "retaliate"]
        return replace(answer, measures=tuple(measures))

    def pledge(self, outlook: Outlook, coercer: str, target: str) -> Pledge | None:
        """The promise of `respond_as_allies`, with the share of it that holds in other domains."""
        made = super().pledge(outlook, coercer, target)
        return made and replace(made, link=self.parameters.link if made.promises("coercer") else 0.0)

    def amend_pledge(self, pledge: Pledge, outlook: Outlook, coercer: str, target: str) -> Pledge:
        """Link another policy's promise: it holds in other domains, by the retaliation it names or by this one's."""
        p = self.parameters
        if Retaliate.name not in p.instruments or p.link == 0:
            return pledge
        if pledge.promises("coercer"):
            return replace(pledge, link=max(pledge.link, p.link))
        linked = replace(pledge, promised=(*pledge.promised, Retaliate.name), link=p.link)
        return linked.with_instrument(p.take(Retaliate))
