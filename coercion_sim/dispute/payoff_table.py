"""The payoff table: what every package and every answer to it does to each state, and how much an answer is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from coercion_sim.dispute.packages import Package, ScreenedGood
from coercion_sim.economy import Measure
from coercion_sim.policies import Sharing

Array = npt.NDArray[np.float64]

#: What an ally can do, in the order of the options of the game; 0 is to stand aside.
OPTIONS = ("none", "absorb", "compensate", "retaliate", "compensate_retaliate")


@dataclass(frozen=True)
class HelpSizes:
    """How much an ally's option is. Taken from the policy agreed, or these defaults.

    Attributes
    ----------
    fraction
        compensate: share of the target's loss that all allies together make good.
    absorb_rate
        absorb: import subsidy on the goods hit.
    retaliate_open
        retaliate: share left open of exports of critical goods.
    dependence
        Least share of the coercer's imports the responding allies together supply, for a good to be critical.
    sharing
        How support is divided among the allies that act, and, at least cost, who cuts off which goods.
    cap, goal
        At least cost: multiple of its share by GDP that no ally exceeds; part of the possible harm to be done.
    asked_cut
        Share of its goods trade with the coercer that the target must cut to be helped.
    """

    fraction: float = 0.5
    absorb_rate: float = 0.10
    retaliate_open: float = 0.75
    dependence: float = 0.70
    sharing: Sharing = "gdp"
    cap: float = 2.0
    goal: float = 0.75
    asked_cut: float = 0.0


@dataclass(frozen=True, eq=False)
class PayoffTable:
    """Effects by package and by single answer, percent of each state's own GDP a year. K packages, n allies, N states.

    Index 0 of the first axis is the mean of the first year, 1 the long run.

    Attributes
    ----------
    alone : (2, K, N)
        Each package, nobody answering.
    absorb : (2, K, n, N)
        What ally i's absorption adds.
    retaliation : (2, n, N)
        Ally i's export cut-off against the coercer, by itself. Single cut-offs add up (joint effect 1-6 % larger).
    money : (K, n)
        What each ally's `compensate` pays, as a part of the support promised; sums to 1 over allies unless `sharing` is
        ``least_cost``.
    absorbs : (K, n)
        Whether its `compensate` absorbs as well: its part of the mix at least cost. Never under other rules.
    promised : (K, n)
        Its part of the support promised, first-year relief: `money`, and what its absorption in the mix gives.
    cuts
        Goods each ally would cut off from the coercer.
    turned : (n,)
        L_i: the ally's own long-run loss if the same coercer turned on it, percent of GDP a year, >= 0.
    side : (2, N)
        The cut of trade asked of the target in return for help, by itself; 0 where none is asked.
    side_measures
        That cut.
    """

    states: tuple[str, ...]
    coercer: str
    target: str
    allies: tuple[str, ...]
    packages: tuple[Package, ...]
    goods: tuple[ScreenedGood, ...]
    dropped: tuple[tuple[str, str], ...]
    retaliation_goods: tuple[str, ...]
    sizes: HelpSizes
    gdp: Array
    alone: Array
    absorb: Array
    retaliation: Array
    turned: Array
    money: Array
    absorbs: npt.NDArray[np.bool_]
    promised: Array
    cuts: tuple[tuple[str, ...], ...]
    side: Array
    side_measures: tuple[Measure, ...] = ()

    @property
    def options(self) -> tuple[str, ...]:
        """What an ally can do here: options that would change nothing are not offered."""
        absorbs, pays, cuts = bool(self.absorb.any()), self.sizes.fraction > 0, bool(self.retaliation.any())
        usable = {
            "none": True,
            "absorb": absorbs,
            "compensate": pays,
            "retaliate": cuts,
            "compensate_retaliate": pays and cuts,
        }
        return tuple(option for option in OPTIONS if usable[option])

    def of(self, state: str) -> int:
        """Position of a state on the last axis."""
        return self.states.index(state)
