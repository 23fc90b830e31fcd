"""`respond_as_allies`: when one of us is coerced, the others answer together."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Literal

from pydantic import Field

from coercion_sim.economy import NON_ECONOMIC, Measure
from coercion_sim.policies.allied_help import act_for_a_quarter, cheapest_cuts, critical_goods, help_for_a_quarter
from coercion_sim.policies.base import Outlook, Pledge, Policy, PolicyParameters, Response, Sharing, Situation
from coercion_sim.policies.burden import CAP, GOAL, burden_shares
from coercion_sim.policies.silos import own_group
from coercion_sim.world import World

#: Kind, by, on, sectors, size, purpose.
Order = tuple[str, str, str, tuple[str, ...], float, str]
#: Open share of an export ban that bans nothing.
NO_CUT = 1.0
Instrument = Literal["statement", "absorb", "compensate", "retaliate"]


class RespondAsAlliesParameters(PolicyParameters):
    """Who answers, with what, and how much. Sizes of 0 switch an instrument off."""

    instruments: tuple[Instrument, ...] = Field(
        ("statement", "absorb", "compensate"), description="What allies do, the quarter after the pressure starts"
    )
    allies: tuple[str, ...] = Field(
        (), description="Who answers; empty: every state bound to the target by at least `min_strength`"
    )
    groups: tuple[str, ...] = Field(
        (), description="Silos: only the target's own group answers, the first of these that holds it; empty: no silos"
    )
    min_strength: float = Field(
        0.4, ge=0, le=1, description="Weakest commitment that answers (strength of the dyad, 0-1)"
    )
    sharing: Sharing = Field(
        "gdp", description="how allies divide what they promised: gdp, equal, capability or least_cost"
    )
    cap: float = Field(
        CAP,
        ge=0,
        le=100,
        description="least_cost: no ally gives more than this multiple of its share by GDP",
        json_schema_extra={"unit": "multiple"},
    )
    goal: float = Field(
        GOAL,
        ge=0,
        le=1,
        description="least_cost: part of the harm that everybody cutting everything would do to the coercer",
        json_schema_extra={"unit": "share"},
    )
    fraction: float = Field(0.5, ge=0, le=1, description="compensate: share of the target's loss of income made good")
    absorb_rate: float = Field(
        0.10, ge=0, le=0.9, description="absorb: import subsidy on the goods hit, ad-valorem fraction"
    )
    absorb_as: Literal["import_subsidy", "facilitation"] = Field(
        "import_subsidy", description="absorb: a subsidy the ally pays, or a cut of its own barrier of the same size"
    )
    retaliate_with: Literal["export_ban", "export_control", "import_tariff"] = Field(
        "export_ban", description="retaliate: cut off critical exports, license them, or tax the coercer's goods"
    )
    retaliate_open: float = Field(0.1, ge=0, le=1, description="retaliate by export_ban: share left open")
    retaliate_factor: float = Field(1.25, ge=1, le=100, description="retaliate by export_control: iceberg factor")
    retaliate_tariff: float = Field(
        0.25, ge=0, le=10, description="retaliate by import_tariff: rate, ad-valorem fraction"
    )
    pledge: float = Field(
        0.05, ge=0, le=10, description="A_i: what breaking the promise costs an ally, pct_gdp (strategic conduct)"
    )
    dependence: float = Field(
        0.70,
        ge=0,
        le=1,
        description="retaliate: least share of the coercer's imports the allies together supply (Cha 2023)",
    )


class RespondAsAllies(Policy):
    """Allies condemn, buy the goods hit, make good part of the loss, or retaliate; the burden is shared by GDP.

    Help starts the quarter after its trigger and ends with it. Its total never exceeds the target's loss of income
    (MODEL section 5), and absorption buys only the goods hit. Retaliation is off by default: without a pledge it is not
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
        measures: list[Measure] = []
        notes: list[tuple[str, str, str]] = []
        facts: list[tuple[str, str, float]] = []
        pressure = [m for m in pressure if m.kind not in NON_ECONOMIC]  # promises are for trade: see linked_domains
        for target, group in groupby(pressure, key=lambda m: m.on):
            hit = tuple(group)
            coercers = tuple(dict.fromkeys(m.by for m in hit))
            helpers = self.helpers(situation.world, target, *coercers)
            if helpers:
                for coercer in coercers:
                    measures += self._against(situation, coercer, target, hit, helpers)
                given = help_for_a_quarter(self.parameters, situation, target, hit, helpers)
                measures += given.measures
                notes += given.notes
                facts += given.facts
        return Response(tuple(measures), tuple(notes), facts=tuple(facts))

    def pledge(self, outlook: Outlook, coercer: str, target: str) -> Pledge | None:
        """The same instruments as promises: each ally weighs keeping its word; None without an instrument."""
        p, world = self.parameters, outlook.world
        if not p.instruments:
            return None
        retaliates = "retaliate" in p.instruments
        return Pledge(
            allies=tuple(self.helpers(world, target, coercer)),
            strength=p.pledge,
            support="compensate" in p.instruments or "absorb" in p.instruments,
            retaliation=retaliates,
            statement="statement" in p.instruments,
            fraction=p.fraction,
            absorb_rate=p.absorb_rate,
            retaliate_open=p.retaliate_open if retaliates else NO_CUT,
            dependence=p.dependence,
            sharing=p.sharing,
            cap=p.cap,
            goal=p.goal,
        )

    def helpers(self, world: World, target: str, *coercers: str) -> dict[str, float]:
        """Allies that answer, with their share of the burden, summing to 1."""
        chosen = [s for s in self.asked(world, target) if s not in (target, *coercers)]
        return burden_shares(world, chosen, self.parameters.sharing, coercers)

    def asked(self, world: World, target: str) -> tuple[str, ...]:
        """Who is asked when a target is pressed: those named, else its own group, else all bound closely enough."""
        p = self.parameters
        if p.allies:
            return p.allies
        if p.groups:
            return own_group(world, target, p.groups)
        return tuple(s for s in world.states if world.alliance_strength(s, target) >= p.min_strength)

    def _against(
        self, situation: Situation, coercer: str, target: str, hit: Sequence[Measure], helpers: dict[str, float]
    ) -> list[Measure]:
        """Return what every ally says and does against one coercer of a target in this quarter."""
        p = self.parameters
        answered = [m for m in hit if m.by == coercer]
        orders: list[Order] = []
        if "statement" in p.instruments:
            orders += [("statement", ally, coercer, (), 0.0, "statement") for ally in helpers]
        if "retaliate" in p.instruments:
            orders += self._retaliation(situation, coercer, helpers)
        return [act_for_a_quarter(situation.quarter, answered, f" for {target}", *order) for order in orders]

    def _retaliation(self, situation: Situation, coercer: str, helpers: dict[str, float]) -> list[Order]:
        """(kind, by, on, sectors, size, purpose) of each ally's retaliation; empty where its size changes nothing."""
        p, world = self.parameters, situation.world
        if p.retaliate_with == "import_tariff":
            goods: tuple[str, ...] = ("goods",)
            size, idle = p.retaliate_tariff, p.retaliate_tariff == 0
        else:
            goods = critical_goods(world, coercer, tuple(helpers), p.dependence)
            ban = p.retaliate_with == "export_ban"
            size = p.retaliate_open if ban else p.retaliate_factor
            idle = size == 1.0 or not goods
        if idle:
            return []
        by_ally = dict.fromkeys(helpers, goods)
        if p.sharing == "least_cost" and p.retaliate_with != "import_tariff":
            by_ally = cheapest_cuts(situation, coercer, tuple(helpers), goods, p.retaliate_with, size, p.goal)
        return [(p.retaliate_with, ally, coercer, own, size, "retaliate") for ally, own in by_ally.items() if own]
