"""The payoff table: effects of every package and of every single answer to it on each state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from coercion_sim.dispute.packages import PACKAGES, Package, PackageSizes, Screen, ScreenedGood
from coercion_sim.economy import Measure
from coercion_sim.policies import BurdenSharing, Compensate, Instrument, Pledge, Side, Stake, combinations, label

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class PayoffQuestion:
    """Everything besides the economy on which a payoff table depends.

    Attributes
    ----------
    coercer, target, allies
        Who presses whom, and allies that may answer.
    instruments, sharing, required_cut
        As in `Pledge`.
    screen, sizes, names
        Packages a coercer may list, their sizes, and the screen they pass.
    given
        Packages taken as they are, unscreened, instead of the listed ones.
    """

    coercer: str
    target: str
    allies: tuple[str, ...] = ()
    instruments: tuple[Instrument, ...] = field(default_factory=lambda: Pledge(()).instruments)
    sharing: BurdenSharing = field(default_factory=BurdenSharing)
    required_cut: float = 0.0
    screen: Screen = field(default_factory=Screen)
    sizes: PackageSizes = field(default_factory=PackageSizes)
    names: tuple[str, ...] = PACKAGES
    given: tuple[Package, ...] | None = None

    def of_side(self, side: Side) -> list[Instrument]:
        """The instruments that act on this side."""
        return [x for x in self.instruments if x.side == side]

    @property
    def buyer(self) -> Instrument | None:
        """The instrument that the mix at least cost sets against money."""
        return next((x for x in self.instruments if x.buys), None)

    @property
    def fraction(self) -> float:
        """Share of the target's loss that is promised as support."""
        return next((x.fraction for x in self.instruments if isinstance(x, Compensate)), 0.0)


@dataclass(frozen=True, eq=False)
class PayoffTable:
    """Effects by package and by single answer, percent of each state's own GDP a year. K packages, n allies, N states.

    Index 0 of the first axis is the mean of the first year, 1 the long run.

    Attributes
    ----------
    question
        What the table answers.
    goods, dropped
        Goods of the target as the screen judged them; (name, reason) of packages that are no option.
    retaliation_goods
        Goods that the allies together could deny the coercer.
    acts_on
        By instrument against the coercer: sectors in which each ally acts.
    alone : (2, K, N)
        Each package, nobody answering.
    effects : (2, K, n, N)
        By instrument: what its use by ally i adds; K is 1 against the coercer, where the package does not matter.
        Single cut-offs add up (joint effect 1-6 % larger).
    money : (K, n)
        Payment of each ally's `compensate`, as a part of the support promised; sums to 1 over allies unless the sharing
        is ``least_cost``.
    absorbs : (K, n)
        Whether its `compensate` buys the goods hit as well: its part of the mix at least cost. Never under other rules.
    promised : (K, n)
        Its part of the support promised, first-year relief: `money`, and the relief of its purchases in the mix.
    turned : (n,)
        L_i: the ally's own long-run loss if the same coercer turned on it, percent of GDP a year, >= 0.
    trade_cut : (2, N)
        The cut of trade asked of the target in return for help, by itself; 0 where none is asked.
    trade_cut_measures
        That cut.
    """

    question: PayoffQuestion
    states: tuple[str, ...]
    packages: tuple[Package, ...]
    goods: tuple[ScreenedGood, ...]
    dropped: tuple[tuple[str, str], ...]
    retaliation_goods: tuple[str, ...]
    acts_on: Mapping[str, tuple[tuple[str, ...], ...]]
    gdp: Array
    alone: Array
    effects: Mapping[str, Array]
    turned: Array
    money: Array
    absorbs: npt.NDArray[np.bool_]
    promised: Array
    trade_cut: Array
    trade_cut_measures: tuple[Measure, ...] = ()

    @property
    def coercer(self) -> str:
        """Who presses."""
        return self.question.coercer

    @property
    def target(self) -> str:
        """Who is pressed."""
        return self.question.target

    @property
    def allies(self) -> tuple[str, ...]:
        """Allies that may answer."""
        return self.question.allies

    @cached_property
    def menu(self) -> tuple[tuple[Instrument, ...], ...]:
        """Options of an ally, as the instruments each joins; those that would change nothing are left out."""
        every = self.question.instruments
        return combinations([x for x in every if x.side != "words" and x.offered(self.effects[x.name])])

    @property
    def options(self) -> tuple[str, ...]:
        """Names of the options."""
        return tuple(label(option) for option in self.menu)

    @property
    def strikes(self) -> Array:
        """1 for options that act against the coercer, (M,)."""
        return np.array([any(x.side == "coercer" for x in option) for option in self.menu], dtype=np.float64)

    @property
    def helps(self) -> Array:
        """1 for options that help the target, (M,)."""
        return np.array([any(x.side == "target" for x in option) for option in self.menu], dtype=np.float64)

    def of(self, state: str) -> int:
        """Position of a state on the last axis."""
        return self.states.index(state)

    def loss(self) -> Array:
        """Loss of the target under each package without help, (2, K), >= 0."""
        return np.maximum(0.0, -self.alone[:, :, self.of(self.target)])

    def stake(self, ally: int, instrument: Instrument) -> Stake:
        """Numbers by which one ally prices one instrument."""
        every = self.effects[instrument.name][:, :, ally]
        effect = np.broadcast_to(every, (2, len(self.packages), len(self.states)))
        at = self.of(self.allies[ally]), self.of(self.target)
        return Stake(effect, self.loss(), self.money[:, ally], *at, self.gdp)
