"""Base of every instrument: how a promise is kept, in the market of a quarter and in the game of a dispute."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar, Literal, Self

import numpy as np
from pydantic import BaseModel, ConfigDict

from coercion_sim.arrays import Array
from coercion_sim.economy import Measure
from coercion_sim.world import World

#: On whom an instrument acts: it helps the target, costs the coercer, or is a word that moves no trade.
Side = Literal["target", "coercer", "words"]


@dataclass(frozen=True)
class Task:
    """The part of one ally in one quarter.

    Attributes
    ----------
    ally, target, coercer
        Who acts, for whom, against whom.
    goods
        Sectors to act on: those hit by the pressure, or those to cut off.
    money
        Payment due, US$ million a year.
    sales
        Sales by the target to the ally in the quarter before, by good, US$ million a year.
    budget
        Largest outlay that keeps help within the loss of the target, US$ million a year.
    most
        Largest rate at which the allies together buy no more than the volume lost, by good; without limit where absent.
    """

    ally: str
    target: str
    coercer: str = ""
    goods: tuple[str, ...] = ()
    money: float = 0.0
    sales: Mapping[str, float] = field(default_factory=dict)
    budget: float = math.inf
    most: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class QuarterOfHelp:
    """Help for one target in one quarter, before the allies divide it.

    Attributes
    ----------
    target, goods
        Who is helped, and its goods hit.
    loss, room
        Loss of income in the quarter before, and the part of it that no instrument has made good yet, US$ million a
        year.
    claims
        Shares of the outlay for purchases, by ally, summing to 1.
    sales
        Sales by the target to each of them in the quarter before, by ally and good, US$ million a year.
    pays, paid
        Shares of the payments, by ally, summing to 1; part of the relief promised that is paid.
    most
        Largest rates of purchases, as in `Task`.
    """

    target: str
    goods: tuple[str, ...]
    loss: float
    room: float
    claims: Mapping[str, float]
    sales: Mapping[str, Mapping[str, float]]
    pays: Mapping[str, float]
    paid: float
    most: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Stake:
    """One ally and one instrument in a dispute: the numbers the game prices it by. K packages, N states.

    Attributes
    ----------
    effect : (2, K, N)
        Change of real income that its measures add, first year and long run, percent of own GDP.
    loss : (2, K)
        Loss of the target without help, percent of its GDP.
    share : (K,)
        Part of the support promised that the ally pays in money.
    ally, target : int
        Positions on the axis of states.
    gdp : (N,)
        US$ million a year.
    """

    effect: Array
    loss: Array
    share: Array
    ally: int
    target: int
    gdp: Array


class Instrument(BaseModel):
    """One way to help a target or to act against its coercer. The fields of a subclass are its parameters.

    Script and game use the same object: `measures` acts on the market, `relief` and `cost` price it in the game.

    Attributes
    ----------
    name
        Its name in `instruments` of a policy, and the label of the option of the game.
    purpose
        Purpose of its measures, one of `coercion_sim.economy.measures.PURPOSES`.
    side
        On whom it acts. Help counts against the loss of the target; words are not an option of the game: those who
        promised them speak.
    rank
        Instruments of a lower rank draw on the loss to be made good first.
    buys
        Whether it buys the goods hit: the instrument that the mix at least cost sets against money.
    joins
        Instruments that one ally may use together with this one in the game.
    size_field, neutral
        The parameter that carries its size, and the size that changes nothing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)
    name: ClassVar[str]
    purpose: ClassVar[str]
    side: ClassVar[Side] = "target"
    rank: ClassVar[int] = 1
    buys: ClassVar[bool] = False
    joins: ClassVar[tuple[str, ...]] = ()
    size_field: ClassVar[str] = ""
    neutral: ClassVar[float] = 0.0

    @abstractmethod
    def measures(self, task: Task) -> tuple[Measure, ...]:
        """Return the measures one ally puts into the market; none where they would change nothing."""

    def priced(self, task: Task) -> tuple[Measure, ...]:
        """Return the measures whose effect prices the instrument in the game."""
        return self.measures(task)

    def outlay(self, task: Task) -> float:
        """Spending of the ally that counts against the loss of the target, US$ million a year."""
        return 0.0

    def divide(self, quarter: QuarterOfHelp) -> tuple[Task, ...]:
        """Divide the help of a quarter among the allies."""
        return tuple(Task(ally, quarter.target, goods=quarter.goods) for ally in quarter.claims)

    def relief(self, stake: Stake) -> Array:
        """``max(0, dW_T)``: help to the target, (2, K), percent of its GDP a year."""
        return np.maximum(0.0, stake.effect[:, :, stake.target])

    def cost(self, stake: Stake) -> Array:
        """``max(0, -dW_i)``: cost to the ally, (2, K), percent of its GDP a year."""
        return np.maximum(0.0, -stake.effect[:, :, stake.ally])

    def goods(self, world: World, coercer: str, allies: Sequence[str]) -> tuple[str, ...]:
        """Sectors in which it acts against a coercer; help acts on the goods hit instead."""
        return ()

    def goods_of(self, ally: str, world: World, coercer: str, goods: tuple[str, ...]) -> tuple[str, ...]:
        """Those of the goods against a coercer on which one ally can act."""
        return goods

    def goods_by_ally(self, world: World, coercer: str, allies: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Ally -> those of `goods` on which it can act."""
        goods = self.goods(world, coercer, allies)
        return {ally: self.goods_of(ally, world, coercer, goods) for ally in allies}

    def offered(self, effect: Array) -> bool:
        """Whether it is an option of a dispute in which its measures have these effects."""
        return bool(effect.any())

    @property
    def condemnation(self) -> float:
        """Cost to the coercer where it is promised, once, percent of GDP."""
        return 0.0

    @property
    def by_good(self) -> bool:
        """Whether it acts on the goods one by one, so that allies can divide them."""
        return False

    @property
    def size(self) -> float:
        """The size of its measures; `neutral` where it has none."""
        return float(getattr(self, self.size_field)) if self.size_field else self.neutral

    @property
    def idle(self) -> bool:
        """Whether its size changes nothing."""
        return bool(self.size_field) and self.size == self.neutral

    def scaled(self, part: float) -> Self:
        """Return the instrument at a part of its size: ``neutral + part (size - neutral)``."""
        if not self.size_field or part == 1.0:
            return self
        return self.model_copy(update={self.size_field: self.neutral + part * (self.size - self.neutral)})

    def unused(self) -> dict[str, str]:
        """Parameters that have no effect beside the values of the others, each with the reason."""
        return {}


def purchases(rate: float, quarter: QuarterOfHelp) -> tuple[Task, ...]:
    """Divide purchases among the allies, within the loss of the target still to be made good.

    ``budget_i = share_i min(sum_ig r_g sales_ig, room)`` at the rates ``r_g = min(rate, most_g)``; allies that buy
    nothing are left out.
    """
    whole = [
        Task(a, quarter.target, "", quarter.goods, sales=quarter.sales[a], most=quarter.most) for a in quarter.claims
    ]
    budget = min(sum(outlay_within(rate, task) for task in whole), quarter.room)
    if budget <= 0:
        return ()
    buyers = [task for task in whole if sum(task.sales.values()) > 0]
    return tuple(replace(task, budget=budget * quarter.claims[task.ally]) for task in buyers)


def rates_within(rate: float, task: Task) -> dict[str, float]:
    """Rates of a purchase by good: at most `most`, and all scaled down to the budget of the ally."""
    rates = {good: min(rate, task.most.get(good, math.inf)) for good in task.goods}
    planned = sum(r * task.sales.get(good, 0.0) for good, r in rates.items())
    return {good: r * task.budget / planned for good, r in rates.items()} if planned > task.budget else rates


def outlay_within(rate: float, task: Task) -> float:
    """Outlay on a purchase at `rates_within`, US$ million a year."""
    return sum(r * task.sales.get(good, 0.0) for good, r in rates_within(rate, task).items())


def goods_by_rate(rate: float, task: Task) -> dict[float, tuple[str, ...]]:
    """Goods of a purchase by the rate at which they are bought; none where the rate is 0."""
    rates = rates_within(rate, task)
    return {r: tuple(good for good in task.goods if rates[good] == r) for r in dict.fromkeys(rates.values()) if r > 0}


def within_loss(offered: Array, loss: Array) -> Array:
    """Factor that brings help in total down to the loss of the target: ``min(1, loss / offered)``, same shape."""
    factor: Array = np.divide(loss, offered, out=np.ones(offered.shape), where=offered > loss)
    return factor


def label(instruments: Sequence[Instrument]) -> str:
    """Name of an option of the game: the instruments it joins; ``none`` for standing aside."""
    return "_".join(x.name for x in instruments) or "none"


def combinations(instruments: Sequence[Instrument]) -> tuple[tuple[Instrument, ...], ...]:
    """Options of the game: to stand aside, each instrument alone, and the pairs that join."""
    chosen = [x for x in instruments if x.side != "words"]
    pairs = [(a, b) for b in chosen for a in chosen if a.name in b.joins]
    return ((), *((x,) for x in chosen), *pairs)
