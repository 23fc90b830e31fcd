"""`respond_as_allies`: when one of us is coerced, the others answer together."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Literal

import numpy as np
from pydantic import Field

from coercion_sim.economy import NON_ECONOMIC, Measure
from coercion_sim.policies.base import Outlook, Pledge, Policy, PolicyParameters, Response, Situation
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
    min_strength: float = Field(
        0.4, ge=0, le=1, description="Weakest commitment that answers (strength of the dyad, 0-1)"
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
        pressure = [m for m in pressure if m.kind not in NON_ECONOMIC]  # promises are for trade: see linked_domains
        for target, group in groupby(pressure, key=lambda m: m.on):
            hit = tuple(group)
            coercers = tuple(dict.fromkeys(m.by for m in hit))
            helpers = self.helpers(situation.world, target, *coercers)
            if helpers:
                for coercer in coercers:
                    measures += self._against(situation, coercer, target, hit, helpers)
                measures += self._help(situation, target, hit, helpers)
        return Response(tuple(measures))

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
        )

    def helpers(self, world: World, target: str, *coercers: str) -> dict[str, float]:
        """Allies that answer, with their share of the burden (by GDP, summing to 1)."""
        named = self.parameters.allies or tuple(
            s for s in world.states if world.alliance_strength(s, target) >= self.parameters.min_strength
        )
        chosen = [s for s in named if s not in (target, *coercers)]
        gdp = {s: float(world.baseline.gdp[world.state_index(s)]) for s in chosen}
        total = sum(gdp.values())
        return {s: value / total for s, value in gdp.items()}

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
            orders += self._retaliation(situation.world, coercer, helpers)
        return [act_for_a_quarter(situation.quarter, answered, f" for {target}", *order) for order in orders]

    def _help(
        self, situation: Situation, target: str, hit: Sequence[Measure], helpers: dict[str, float]
    ) -> list[Measure]:
        """Return what every ally does for one target in this quarter."""
        p = self.parameters
        goods = tuple(sorted({s for m in hit for s in _sectors_hit(situation.world, m)}))

        def act(kind: str, by: str, on: str, sectors: tuple[str, ...], size: float, purpose: str) -> Measure:
            return act_for_a_quarter(situation.quarter, hit, "", kind, by, on, sectors, size, purpose)

        measures: list[Measure] = []
        loss = limit = situation.income_loss(target)
        if "absorb" in p.instruments and p.absorb_rate > 0 and goods:
            absorbing = self._absorb_rates(situation, target, goods, helpers, limit)
            for ally, rate in absorbing.items():
                size = rate if p.absorb_as == "import_subsidy" else 1.0 - rate
                measures.append(act(p.absorb_as, ally, target, goods, size, "absorb"))
                if p.absorb_as == "import_subsidy":
                    limit -= rate * situation.sales(target, ally, goods)
        if "compensate" in p.instruments and p.fraction > 0:
            amount = min(p.fraction * loss, max(limit, 0.0))
            if amount > 0:
                measures += [
                    act("transfer", ally, target, (), share * amount, "compensate") for ally, share in helpers.items()
                ]
        return measures

    def _absorb_rates(
        self, situation: Situation, target: str, goods: tuple[str, ...], helpers: dict[str, float], limit: float
    ) -> dict[str, float]:
        """Subsidy rate of each ally: at most `absorb_rate`, and at most its GDP share of the outlay within `limit`."""
        sales = {ally: situation.sales(target, ally, goods) for ally in helpers}
        budget = min(self.parameters.absorb_rate * sum(sales.values()), limit)
        rates = {
            ally: min(self.parameters.absorb_rate, budget * share / sales[ally])
            for ally, share in helpers.items()
            if sales[ally] > 0 and budget > 0
        }
        return {ally: rate for ally, rate in rates.items() if rate > 0}

    def _retaliation(self, world: World, coercer: str, helpers: dict[str, float]) -> list[Order]:
        """(kind, by, on, sectors, size, purpose) of each ally's retaliation; empty where its size changes nothing."""
        p = self.parameters
        if p.retaliate_with == "import_tariff":
            size, idle = p.retaliate_tariff, p.retaliate_tariff == 0
            sectors: tuple[str, ...] = ("goods",)
        else:
            sectors = critical_goods(world, coercer, tuple(helpers), p.dependence)
            ban = p.retaliate_with == "export_ban"
            size = p.retaliate_open if ban else p.retaliate_factor
            idle = size == 1.0 or not sectors
        return [] if idle else [(p.retaliate_with, ally, coercer, sectors, size, "retaliate") for ally in helpers]


def act_for_a_quarter(
    quarter: int,
    answered: Sequence[Measure],
    whom: str,
    kind: str,
    by: str,
    on: str,
    sectors: tuple[str, ...],
    size: float,
    purpose: str,
) -> Measure:
    """One measure for this quarter alone, saying what it answers."""
    answers = ",".join(m.name for m in answered)
    return Measure(
        kind, by, on, sectors, size, quarter, quarter, purpose=purpose, name=f"{purpose} {by}{whom}", answers=answers
    )


def critical_goods(world: World, coercer: str, allies: Sequence[str], dependence: float) -> tuple[str, ...]:
    """Goods of which these allies together supply at least `dependence` of the coercer's imports at baseline."""
    c = world.state_index(coercer)
    at = [world.state_index(ally) for ally in allies]
    imports = world.flows[:, :, c].sum(axis=1) - world.flows[:, c, c]
    from_allies = world.flows[:, at, c].sum(axis=1)
    share = np.divide(from_allies, imports, out=np.zeros_like(imports), where=imports > 0)
    return tuple(
        s for j, s in enumerate(world.sectors) if share[j] >= dependence and "services" not in world.tags.get(s, ())
    )


def _sectors_hit(world: World, measure: Measure) -> tuple[str, ...]:
    """Labels of the sectors a coercive measure names."""
    return tuple(world.sectors[j] for j in world.sector_indices(measure.sectors)) if measure.sectors else ()
