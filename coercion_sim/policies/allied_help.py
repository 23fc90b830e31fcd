"""Instruments as parameters of a policy, and the help allies give a target in one quarter."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal, TypeVar

import numpy as np
from pydantic import Field, create_model

from coercion_sim.arrays import Array
from coercion_sim.economy import KINDS, Measure
from coercion_sim.policies.base import Conduct, Outlook, PolicyParameters, Response, Situation
from coercion_sim.policies.burden_sharing import BurdenSharing, least_cost_cuts, least_cost_support
from coercion_sim.policies.instruments import Compensate, Instrument, QuarterOfHelp, Statement, Task
from coercion_sim.world import World


class InstrumentParameters(PolicyParameters):
    """Parameters of a policy whose allies act through instruments; `offering` adds those of each instrument.

    Attributes
    ----------
    kinds
        Instruments offered.
    """

    kinds: ClassVar[tuple[type[Instrument], ...]] = ()
    instruments: tuple[str, ...] = Field((), description="What allies do, the quarter after the pressure starts")

    def kit(self) -> tuple[Instrument, ...]:
        """The instruments named, each with its parameters, in the order in which they draw on the loss."""
        return tuple(self.take(kind) for kind in self.kinds if kind.name in self.instruments)

    def unused(self, conduct: Conduct) -> dict[str, str]:
        """Parameters of instruments that nobody uses; in the game allies may absorb and compensate unpromised."""
        reasons: dict[str, str] = {}
        open_to_all = ("absorb", "compensate") if conduct == "strategic" else ()
        for kind in self.kinds:
            if kind.name in self.instruments or kind.name in open_to_all:
                reasons |= self.take(kind).unused()
            else:
                reasons |= dict.fromkeys(kind.model_fields, f"instruments does not name {kind.name}")
        if conduct == "scripted" and Statement.name in self.instruments:
            reasons["statement_cost"] = 'conduct is "scripted": no coercer weighs what words cost it'
        return reasons


AParameterModel = TypeVar("AParameterModel", bound=InstrumentParameters)


def offering(*kinds: type[Instrument]) -> Callable[[type[AParameterModel]], type[AParameterModel]]:
    """Add instruments to a parameter model: their parameters become its own, and `instruments` may name them.

    Parameters
    ----------
    kinds
        Instruments besides those the model inherits. A parameter that the model states itself keeps its default.
    """

    def widened(model: type[AParameterModel]) -> type[AParameterModel]:
        every = tuple(sorted({*model.kinds, *kinds}, key=lambda kind: (kind.rank, kind.name)))
        fields: dict[str, Any] = {
            name: (field.annotation, field)
            for kind in every
            for name, field in kind.model_fields.items()
            if name not in model.model_fields
        }
        choice: Any = Literal[tuple(kind.name for kind in every)]
        fields["instruments"] = (tuple[choice, ...], model.model_fields["instruments"])
        made = create_model(
            model.__name__, __base__=model, __module__=model.__module__, __doc__=model.__doc__, **fields
        )
        made.__qualname__, made.kinds = model.__qualname__, every
        return made

    return widened


def for_the_quarter(
    measures: Iterable[Measure], quarter: int, answered: Sequence[Measure], whom: str = ""
) -> list[Measure]:
    """Date measures to one quarter, and name them and what they answer."""
    answers = ",".join(m.name for m in answered)
    return [
        replace(m, start=quarter, until=quarter, name=f"{m.purpose} {m.by}{whom}", answers=answers) for m in measures
    ]


def help_for_a_quarter(
    parameters: InstrumentParameters, situation: Situation, target: str, hit: Sequence[Measure],
    helpers: dict[str, float],
) -> Response:  # fmt: skip
    """Return the help of every ally for one target in this quarter.

    Help in total stays within the loss of the target: each instrument draws on the part of it that those before it have
    not made good. Where caps or instruments do not allow the relief promised at least cost, a note and the fact
    ``relief_short`` give the share of it that nobody gives in the long run.

    Parameters
    ----------
    parameters
        Instruments and burden sharing.
    hit
        The pressure on the target.
    helpers
        Allies with their shares of the burden.
    """
    kit = [x for x in parameters.kit() if x.side == "target"]
    goods = tuple(sorted({s for m in hit for s in _sectors_hit(situation.world, m)}))
    mix = Mix(helpers, helpers)
    if kit and parameters.take(BurdenSharing).sharing == "least_cost" and not parameters.take(Compensate).idle:
        mix = _cheapest_help(parameters, kit, situation, target, hit, goods, helpers)
    measures = for_the_quarter(_divided(kit, mix, situation, target, goods), situation.quarter, hit)
    if mix.short <= 0.0:
        return Response(tuple(measures))
    text = f"{100 * mix.short:.1f} % of the relief promised lies beyond what caps and instruments allow"
    return Response(tuple(measures), (("relief_short", target, text),), facts=(("relief_short", target, mix.short),))


def _divided(
    kit: Sequence[Instrument], mix: Mix, situation: Situation, target: str, goods: tuple[str, ...]
) -> list[Measure]:
    """Divide the help among the allies, instrument after instrument."""
    measures: list[Measure] = []
    loss = room = situation.income_loss(target)
    sales = {ally: {good: situation.sales(target, ally, (good,)) for good in goods} for ally in mix.buy}
    most = situation.rates_to_place(target, tuple(mix.buy), goods)
    for instrument in kit:
        if instrument.idle or (instrument.buys and not goods):
            continue
        quarter = QuarterOfHelp(target, goods, loss, room, mix.buy, sales, mix.pay, mix.paid, most)
        for task in instrument.divide(quarter):
            measures += instrument.measures(task)
            room -= instrument.outlay(task)
    return measures


@dataclass(frozen=True)
class Mix:
    """Who buys and who pays.

    Attributes
    ----------
    buy
        Claims on the outlay for purchases, by ally, summing to 1.
    pay
        Shares of the payments, by ally, summing to 1.
    paid
        Part of the relief promised that is paid, the rest being absorbed.
    short
        Part of the relief promised that nobody gives.
    """

    buy: Mapping[str, float]
    pay: Mapping[str, float]
    paid: float = 1.0
    short: float = 0.0


def _cheapest_help(
    parameters: InstrumentParameters, kit: Sequence[Instrument], situation: Situation, target: str,
    hit: Sequence[Measure], goods: tuple[str, ...], helpers: dict[str, float],
) -> Mix:  # fmt: skip
    """Choose who buys and who pays at least cost, by long-run effects under the pressure in force.

    Purchases are not paid as well. Shares by GDP stand where the pressure costs the target nothing in the long run.
    """
    world, allies = situation.world, tuple(helpers)
    pressed = situation.effect(hit)
    t = world.state_index(target)
    wanted = parameters.take(Compensate).fraction * max(0.0, -float(pressed[t])) / 100.0 * float(world.baseline.gdp[t])
    if wanted <= 0:
        return Mix(helpers, helpers)
    money = [x for x in kit if isinstance(x, Compensate)]

    def prices(instruments: Sequence[Instrument]) -> Array:
        """Cost to each ally and relief of the target, (2, n), US$ million a year."""
        effects = np.zeros((2, len(allies)))
        for i, ally in enumerate(allies):
            task = Task(ally, target, goods=goods, money=wanted / len(allies))
            measures = [m for x in instruments for m in x.measures(task)]
            if measures:
                change = (situation.effect([*hit, *measures]) - pressed) / 100.0 * world.baseline.gdp
                effects[:, i] = -float(change[world.state_index(ally)]), float(change[t])
        return effects

    buying = prices([x for x in kit if x.buys])
    unit = np.ones(len(allies))
    if money:
        giving = prices(money)
        unit = np.maximum(giving[0], 1e-9) / np.maximum(giving[1], 1e-9)
    cap = parameters.take(BurdenSharing).cap
    mix = least_cost_support(buying[0], buying[1], unit, wanted, np.array(list(helpers.values())), cap, bool(money))
    # Whoever is chosen buys at one rate, as far as the ceiling goes: claims on the outlay by what each buys.
    sales = {a: situation.sales(target, a, goods) for a, yes in zip(allies, mix.absorbs, strict=True) if yes}
    bought, paid = sum(sales.values()), float(mix.money.sum())
    return Mix(
        buy={a: value / bought for a, value in sales.items() if value > 0},
        pay={a: float(x) / paid for a, x in zip(allies, mix.money, strict=True) if x > 0},
        paid=paid / wanted,
        short=mix.shortfall,
    )


def goods_against(
    instrument: Instrument, sharing: BurdenSharing, outlook: Outlook, coercer: str, allies: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    """Sectors in which each ally acts against a coercer: all it can act on, or at least cost its own part of them.

    At least cost by long-run effects of single cut-offs; an ally without a part has none.
    """
    world = outlook.world
    goods = instrument.goods(world, coercer, allies)
    able = instrument.goods_by_ally(world, coercer, allies)
    if sharing.sharing != "least_cost" or not instrument.by_good or not goods or instrument.idle:
        return able
    c = world.state_index(coercer)
    cost, harm = np.zeros((2, len(allies), len(goods)))
    for i, ally in enumerate(allies):
        for g, good in enumerate(goods):
            if good not in able[ally]:
                continue
            cut = instrument.measures(Task(ally, "", coercer, (good,)))
            loss = -outlook.effect(cut) / 100.0 * world.baseline.gdp
            cost[i, g], harm[i, g] = loss[world.state_index(ally)], loss[c]
    chosen = least_cost_cuts(cost, harm, sharing.goal)
    return {
        a: tuple(g for g, yes in zip(goods, row, strict=True) if yes and g in able[a])
        for a, row in zip(allies, chosen, strict=True)
    }


def _sectors_hit(world: World, measure: Measure) -> tuple[str, ...]:
    """Goods and services of the target that a measure keeps out of the coercer's market: what an ally could buy.

    A stop of the coercer's own exports hits nothing of the target's that could be bought instead.
    """
    if not measure.sectors or KINDS[measure.kind].side != "importer":
        return ()
    return tuple(world.sectors[j] for j in world.sector_indices(measure.sectors))
