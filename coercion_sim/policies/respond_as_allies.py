"""`respond_as_allies`: when one of us is coerced, the others answer together."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import ClassVar

from pydantic import Field

from coercion_sim.economy import NON_ECONOMIC, Measure
from coercion_sim.errors import InvalidInput, unlisted
from coercion_sim.files import number_field
from coercion_sim.policies.allied_help import (
    InstrumentParameters,
    for_the_quarter,
    goods_against,
    help_for_a_quarter,
    offering,
)
from coercion_sim.policies.base import Conduct, Outlook, Pledge, Policy, Response, Situation
from coercion_sim.policies.burden_sharing import BurdenSharing
from coercion_sim.policies.instruments import Absorb, Compensate, Retaliate, Task, available_instruments
from coercion_sim.world import World


@offering(*available_instruments())
class RespondAsAlliesParameters(BurdenSharing, InstrumentParameters):
    """Who answers, with what, and how much. Sizes of 0 switch an instrument off."""

    min_strength_beside_groups: ClassVar[bool] = False

    instruments: tuple[str, ...] = Field(
        ("statement", "absorb", "compensate"), description="What allies do, the quarter after the pressure starts"
    )
    allies: tuple[str, ...] = Field(
        (), description="Who answers; empty: every state bound to the target by at least `min_strength`"
    )
    groups: tuple[str, ...] = Field(
        (), description="Silos: only the target's own group answers, the first of these that holds it; empty: no silos"
    )
    min_strength: float = number_field(
        0.4, "strength 0-1", "Weakest commitment that answers (strength of the dyad, 0-1)", le=1
    )
    pledge: float = number_field(
        0.05, "pct_gdp", "A_i: what breaking the promise costs an ally, % of GDP (strategic conduct)", le=10
    )

    def unused(self, conduct: Conduct) -> dict[str, str]:
        """Also the pledge of a script, terms of a division at least cost, and rules that name nobody."""
        reasons = super().unused(conduct)
        if conduct == "scripted":
            reasons["pledge"] = 'conduct is "scripted": the script keeps every promise'
        helps = conduct == "strategic" or any(x.side == "target" for x in self.kit())
        if self.sharing != "least_cost":
            reasons |= dict.fromkeys(("cap", "goal"), f'sharing is "{self.sharing}"')
        elif not helps:
            reasons["cap"] = "no instrument named helps the target"
        if not any(x.by_good and not x.idle for x in self.kit()):
            reasons["goal"] = "no instrument named cuts off goods"
            if not helps:
                reasons["sharing"] = "no instrument named is divided among the allies"
        if self.allies:
            reasons |= dict.fromkeys(("groups", "min_strength"), "allies names who answers")
        elif self.groups and not self.min_strength_beside_groups:
            reasons["min_strength"] = "groups name who answers"
        return reasons


class RespondAsAllies(Policy):
    """Allies condemn, buy the goods hit, make good part of the loss, or retaliate; the burden is shared by GDP.

    Help starts the quarter after its trigger and ends with it. Its total never exceeds the target's loss of income
    (model.md §5), and absorption buys only the goods hit. Retaliation is off by default: without a pledge it is not
    credible.
    """

    name = "respond_as_allies"
    words = "when one of us is coerced, we should respond as allies"
    summary = "Allies condemn, absorb, compensate or retaliate, by shares of GDP. Price: the help, from their income."
    Parameters = RespondAsAlliesParameters
    parameters: RespondAsAlliesParameters

    def respond(self, situation: Situation) -> Response:
        """Answer pressure already there last quarter: help once per target, words and retaliation per coercer."""
        pressure = sorted(situation.pressure(), key=lambda m: (m.on, m.by, m.name))
        answers: list[Response] = []
        pressure = [m for m in pressure if m.kind not in NON_ECONOMIC]  # promises are for trade: see linked_domains
        for target, group in groupby(pressure, key=lambda m: m.on):
            hit = tuple(group)
            coercers = tuple(dict.fromkeys(m.by for m in hit))
            helpers = self.helpers(situation.world, target, *coercers)
            if helpers:
                for coercer in coercers:
                    answered = [m for m in hit if m.by == coercer]
                    answers.append(Response(tuple(self.against(situation, coercer, target, answered, helpers))))
                answers.append(help_for_a_quarter(self.parameters, situation, target, hit, helpers))
        return Response.joined(answers)

    def pledge(self, outlook: Outlook, coercer: str, target: str) -> Pledge | None:
        """The same instruments as promises: each ally weighs keeping its word; None without an instrument.

        Allies may help unpromised; they retaliate only where that was promised.
        """
        p, promised = self.parameters, self.parameters.kit()
        if not promised:
            return None
        open_to_all = [p.take(Compensate), p.take(Absorb), p.take(Retaliate).scaled(0.0)]
        if any(x.buys for x in promised):
            open_to_all.pop(1)
        pledge = Pledge(
            allies=tuple(self.helpers(outlook.world, target, coercer)),
            strength=p.pledge,
            promised=tuple(x.name for x in promised),
            instruments=(),
            sharing=p.take(BurdenSharing),
        )
        for instrument in (*open_to_all, *promised):
            pledge = pledge.with_instrument(instrument)
        return pledge

    def helpers(self, world: World, target: str, *coercers: str) -> dict[str, float]:
        """Allies that answer, with their share of the burden, summing to 1."""
        chosen = [s for s in self.eligible(world, target) if s not in (target, *coercers)]
        return self.parameters.shares(world, chosen, coercers)

    def eligible(self, world: World, target: str) -> tuple[str, ...]:
        """Allies that help a target: those named, else its own group, else all bound closely enough."""
        p = self.parameters
        if p.allies:
            return p.allies
        if p.groups:
            return own_group(world, target, p.groups)
        return tuple(s for s in world.states if world.alliance_strength(s, target) >= p.min_strength)

    def against(
        self, situation: Situation, coercer: str, target: str, answered: Sequence[Measure], helpers: dict[str, float],
        part: float = 1.0,
    ) -> list[Measure]:  # fmt: skip
        """Words of the allies against one coercer of a target, and a part of their retaliation, for this quarter."""
        measures: list[Measure] = []
        for instrument in self.parameters.kit():
            if instrument.side != "target":
                scaled = instrument.scaled(part)
                sectors = goods_against(scaled, self.parameters, situation, coercer, tuple(helpers))
                for ally, goods in sectors.items():
                    measures += scaled.measures(Task(ally, target, coercer, goods))
        return for_the_quarter(measures, situation.quarter, answered, f" for {target}")


def group(world: World, name: str) -> tuple[str, ...]:
    """Members of a group, or InvalidInput with the nearest spelling."""
    InvalidInput.refuse(unlisted("unknown group", [name], world.groups))
    return world.groups[name]


def own_group(world: World, target: str, groups: Sequence[str]) -> tuple[str, ...]:
    """Members of the first of `groups` that holds the target, without it; nobody where none does.

    Membership is of states in the world: members that are part of ROW cannot help.
    """
    for name in groups:
        members = group(world, name)
        if target in members:
            return tuple(s for s in members if s != target)
    return ()
