"""What allies do for a target in one quarter: absorb, compensate, cut off; one measure each, for that quarter alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from coercion_sim.economy import KINDS, Measure
from coercion_sim.policies.base import Array, Outlook, Response, Sharing, Situation
from coercion_sim.policies.burden import GOAL, least_cost_cuts, least_cost_support
from coercion_sim.world import World


class HelpRules(Protocol):
    """What `help_for_a_quarter` reads of a policy's parameters (see `RespondAsAlliesParameters`)."""

    @property
    def instruments(self) -> tuple[str, ...]:
        """What allies do."""

    @property
    def sharing(self) -> Sharing:
        """How they divide it."""

    @property
    def cap(self) -> float:
        """At least cost: multiple of its share by GDP that no ally exceeds."""

    @property
    def fraction(self) -> float:
        """Share of the loss made good."""

    @property
    def absorb_rate(self) -> float:
        """Import subsidy on the goods hit."""

    @property
    def absorb_as(self) -> Literal["import_subsidy", "facilitation"]:
        """How they absorb."""


def help_for_a_quarter(
    rules: HelpRules, situation: Situation, target: str, hit: Sequence[Measure], helpers: dict[str, float]
) -> Response:
    """Return what every ally does for one target in this quarter; `helpers` are allies with their shares.

    At least cost, what the caps or instruments do not allow is said: a note, and the fact ``relief_short`` (share of
    the relief promised that nobody gives in the long run).
    """
    goods = tuple(sorted({s for m in hit for s in _sectors_hit(situation.world, m)}))
    mix = Mix(helpers, helpers)
    helping = "absorb" in rules.instruments or "compensate" in rules.instruments
    if rules.sharing == "least_cost" and rules.fraction > 0 and helping:
        mix = _cheapest_help(rules, situation, target, hit, goods, helpers)

    def act(kind: str, by: str, on: str, sectors: tuple[str, ...], size: float, purpose: str) -> Measure:
        return act_for_a_quarter(situation.quarter, hit, "", kind, by, on, sectors, size, purpose)

    measures: list[Measure] = []
    loss = limit = situation.income_loss(target)
    if "absorb" in rules.instruments and rules.absorb_rate > 0 and goods:
        for ally, rate in _absorb_rates(rules.absorb_rate, situation, target, goods, mix.absorb, limit).items():
            size = rate if rules.absorb_as == "import_subsidy" else 1.0 - rate
            measures.append(act(rules.absorb_as, ally, target, goods, size, "absorb"))
            if rules.absorb_as == "import_subsidy":
                limit -= rate * situation.sales(target, ally, goods)
    if "compensate" in rules.instruments and rules.fraction > 0:
        amount = min(mix.paid * rules.fraction * loss, max(limit, 0.0))
        measures += [
            act("transfer", ally, target, (), share * amount, "compensate")
            for ally, share in mix.pay.items()
            if share * amount > 0
        ]
    if mix.short <= 0.0:
        return Response(tuple(measures))
    text = f"{100 * mix.short:.1f} % of the relief promised lies beyond what caps and instruments allow"
    return Response(tuple(measures), (("relief_short", target, text),), facts=(("relief_short", target, mix.short),))


@dataclass(frozen=True)
class Mix:
    """Who absorbs and who pays.

    Attributes
    ----------
    absorb
        Claims on the outlay for absorption, by ally, summing to 1.
    pay
        Shares of what is paid, by ally, summing to 1.
    paid
        Part of the relief promised that is paid, the rest being absorbed.
    short
        Part of the relief promised that nobody gives.
    """

    absorb: Mapping[str, float]
    pay: Mapping[str, float]
    paid: float = 1.0
    short: float = 0.0


def _absorb_rates(
    most: float, situation: Situation, target: str, goods: tuple[str, ...], helpers: Mapping[str, float], limit: float
) -> dict[str, float]:
    """Subsidy rate of each ally: at most `most`, and at most its share of the outlay within `limit`."""
    sales = {ally: situation.sales(target, ally, goods) for ally in helpers}
    budget = min(most * sum(sales.values()), limit)
    rates = {
        ally: min(most, budget * share / sales[ally])
        for ally, share in helpers.items()
        if sales[ally] > 0 and budget > 0
    }
    return {ally: rate for ally, rate in rates.items() if rate > 0}


def _cheapest_help(
    rules: HelpRules,
    situation: Situation,
    target: str,
    hit: Sequence[Measure],
    goods: tuple[str, ...],
    helpers: dict[str, float],
) -> Mix:
    """Who absorbs and who pays at least cost, by long-run effects under the pressure in force.

    What is absorbed is not paid as well. Where the pressure costs the target nothing in the long run there is nothing
    to divide, and shares by GDP stand.
    """
    world, allies = situation.world, tuple(helpers)
    pressed = situation.effect(hit)
    t = world.state_index(target)
    wanted = rules.fraction * max(0.0, -float(pressed[t])) / 100.0 * float(world.baseline.gdp[t])
    if wanted <= 0:
        return Mix(helpers, helpers)
    absorbs = "absorb" in rules.instruments and rules.absorb_rate > 0 and bool(goods)
    pays = "compensate" in rules.instruments
    amount = wanted / len(allies)

    def price(ally: str, measure: Measure) -> tuple[float, float]:
        """(cost to the ally, relief of the target), US$ million a year."""
        change = (situation.effect([*hit, measure]) - pressed) / 100.0 * world.baseline.gdp
        return -float(change[world.state_index(ally)]), float(change[t])

    buying = np.zeros((2, len(allies)))
    if absorbs:
        size = rules.absorb_rate if rules.absorb_as == "import_subsidy" else 1.0 - rules.absorb_rate
        buying = _columns(price(a, Measure(rules.absorb_as, a, target, goods, size, purpose="absorb")) for a in allies)
    unit = np.ones(len(allies))
    if pays:
        giving = _columns(price(a, Measure("transfer", a, target, (), amount, purpose="compensate")) for a in allies)
        unit = np.maximum(giving[0], 1e-9) / np.maximum(giving[1], 1e-9)
    found = least_cost_support(buying[0], buying[1], unit, wanted, np.array(list(helpers.values())), rules.cap, pays)
    # Whoever is chosen absorbs at one rate, as far as the ceiling goes: claims on the outlay by what each buys.
    sales = {a: situation.sales(target, a, goods) for a, yes in zip(allies, found.absorbs, strict=True) if yes}
    bought, paid = sum(sales.values()), float(found.money.sum())
    return Mix(
        absorb={a: value / bought for a, value in sales.items() if value > 0},
        pay={a: float(x) / paid for a, x in zip(allies, found.money, strict=True) if x > 0},
        paid=paid / wanted,
        short=found.shortfall,
    )


def cheapest_cuts(
    outlook: Outlook,
    coercer: str,
    allies: Sequence[str],
    goods: Sequence[str],
    kind: str,
    size: float,
    goal: float = GOAL,
) -> dict[str, tuple[str, ...]]:
    """Goods each ally cuts off at least cost, by long-run effects of single cut-offs; allies without any left out."""
    world = outlook.world
    c = world.state_index(coercer)
    cost, harm = np.zeros((2, len(allies), len(goods)))
    for i, ally in enumerate(allies):
        for g, good in enumerate(goods):
            cut = Measure(kind, ally, coercer, (good,), size, purpose="retaliate")
            loss = -outlook.effect([cut]) / 100.0 * world.baseline.gdp
            cost[i, g], harm[i, g] = loss[world.state_index(ally)], loss[c]
    chosen = least_cost_cuts(cost, harm, goal)
    made = {
        a: tuple(g for g, yes in zip(goods, row, strict=True) if yes) for a, row in zip(allies, chosen, strict=True)
    }
    return {ally: own for ally, own in made.items() if own}


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


def _columns(pairs: Iterable[tuple[float, float]]) -> Array:
    """Pairs as two rows."""
    return np.array(list(pairs), dtype=np.float64).T


def _sectors_hit(world: World, measure: Measure) -> tuple[str, ...]:
    """Goods and services of the target that a measure keeps out of the coercer's market: what an ally could buy.

    A stop of the coercer's own exports hits nothing of the target's that could be bought instead.
    """
    if not measure.sectors or KINDS[measure.kind].side != "importer":
        return ()
    return tuple(world.sectors[j] for j in world.sector_indices(measure.sectors))
