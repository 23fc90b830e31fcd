"""What allies do in an imposed dispute, quarter by quarter: measures of the options they chose (model.md §5)."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from coercion_sim.dispute.build import spread
from coercion_sim.dispute.effects import YEAR
from coercion_sim.dispute.payoff_table import PayoffTable
from coercion_sim.dispute.payoffs import goods_hit
from coercion_sim.dispute.play import Dispute
from coercion_sim.dispute.settings import DisputeSettings
from coercion_sim.economy import Measure
from coercion_sim.policies import Compensate, Instrument, Pledge, Retaliate, Situation, Task


def open_pledge(pledge: Pledge | None, settings: DisputeSettings) -> Pledge:
    """Return the pledge, or one that promises nothing and leaves the usual instruments open."""
    return pledge or Pledge(()).with_instrument(Retaliate(retaliate_open=settings.retaliate_open))


def responses(
    dispute: Dispute, table: PayoffTable, pledge: Pledge | None, situation: Situation, quarter: int, takes: bool
) -> list[Measure]:
    """Return the measures of the allies of one imposed dispute; `takes`: whether the target takes their help."""
    options = [table.menu[o] for o in dispute.profile]
    cut: tuple[Measure, ...] = ()
    if table.trade_cut_measures:
        options, cut = _with_consent(options, table, takes)
    used = [_bought_and_paid(table, dispute.package, i, option) for i, option in enumerate(options)]
    buyers = tuple(a for a, option in zip(table.allies, used, strict=True) if any(x.buys for x in option))
    hit = goods_hit(situation.world, table.packages[dispute.package])
    most = situation.rates_to_place(dispute.target, buyers, hit) if buyers else {}
    taken: list[Measure] = []
    for i, option in enumerate(used):
        for instrument in option:
            taken += instrument.measures(replace(_task(dispute, table, situation, i, instrument), most=most))
    taken += _words(dispute, table, pledge)
    named = [replace(m, name=f"{m.purpose} {m.by}") for m in taken]
    answered = f"{dispute.coercer}-{dispute.target}"
    return [replace(m, start=quarter, until=quarter, answers=answered) for m in (*cut, *named)]


def _words(dispute: Dispute, table: PayoffTable, pledge: Pledge | None) -> list[Measure]:
    """Return the words promised; every ally speaks."""
    promised = () if pledge is None else pledge.promised
    words = [x for x in (() if pledge is None else pledge.instruments) if x.side == "words" and x.name in promised]
    return [m for x in words for a in table.allies for m in x.measures(Task(a, dispute.target, dispute.coercer))]


def _with_consent(
    options: list[tuple[Instrument, ...]], table: PayoffTable, taken: bool
) -> tuple[list[tuple[Instrument, ...]], tuple[Measure, ...]]:
    """Return the options without the help that the target refuses, or with the cut of trade that it makes for it."""
    if not taken:
        return [tuple(x for x in option if x.side != "target") for option in options], ()
    helped = any(x.side == "target" for option in options for x in option)
    return options, table.trade_cut_measures if helped else ()


def _bought_and_paid(
    table: PayoffTable, package: int, ally: int, option: tuple[Instrument, ...]
) -> tuple[Instrument, ...]:
    """Instruments of an option, with the purchases that its part of the mix at least cost adds to a payment."""
    buyer = table.question.buyer
    pays = any(isinstance(x, Compensate) for x in option)
    return (buyer, *option) if buyer is not None and pays and table.absorbs[package, ally] else option


def _task(dispute: Dispute, table: PayoffTable, situation: Situation, ally: int, instrument: Instrument) -> Task:
    """Return the part of one ally in one instrument."""
    goods, money = goods_hit(situation.world, table.packages[dispute.package]), 0.0
    if instrument.side == "coercer":
        goods = table.acts_on[instrument.name][ally]
    if isinstance(instrument, Compensate):
        money = instrument.due(float(table.money[dispute.package, ally]), situation.income_loss(dispute.target))
    return Task(table.allies[ally], dispute.target, dispute.coercer, goods, money)


def takes_help(dispute: Dispute, table: PayoffTable, quarter: int) -> bool:
    """Whether relief exceeds the cost to the target of the cut asked in return, in this year of the dispute."""
    later = int(quarter - dispute.imposed_at >= YEAR)
    return bool(_acceptance(table)[(later, dispute.package, *dispute.profile)])


@lru_cache(maxsize=64)
def _acceptance(table: PayoffTable) -> npt.NDArray[np.bool_]:
    """`Profiles.accepted` of a table."""
    return spread(table).accepted
