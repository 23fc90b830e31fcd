"""What policies may see of a quarter: the two markets as they stood at the end of the quarter before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np

from coercion_sim.economy import EconomyParameters, Equilibrium, Measure, solve_equilibrium
from coercion_sim.world import World


@dataclass(frozen=True, eq=False)
class QuarterSituation:
    """Implements `policies.Situation`.

    Attributes
    ----------
    quarter, last_quarter
        The quarter being decided, and the last of the run.
    coercive
        Coercive measures in force both last quarter and in this one.
    actual, without
        Last quarter's equilibrium in this run, and in the same run without coercive measures and answers to them.
    received
        Help a state received last quarter, in money and as subsidies on its goods, US$ million a year.
    """

    world: World
    parameters: EconomyParameters
    quarter: int
    last_quarter: int
    coercive: tuple[Measure, ...]
    actual: Equilibrium
    without: Equilibrium
    received: Callable[[str], float]

    def pressure(self) -> Sequence[Measure]:
        """Coercive measures that can be answered now."""
        return self.coercive

    def income_loss(self, state: str) -> float:
        """``(W_without - W) I_0`` of the quarter before, help received added back, US$ million a year, >= 0."""
        n = self.world.state_index(state)
        gap = self.without.real_income_hat[n] - self.actual.real_income_hat[n]
        return max(0.0, float(gap * self.world.baseline.income[n]) + self.received(state))

    def sales(self, exporter: str, importer: str, sectors: Sequence[str]) -> float:
        """Sales in the quarter before, US$ million a year, net of tariffs."""
        cells = (self.world.sector_indices(sectors), self.world.state_index(exporter), self.world.state_index(importer))
        return float(self.actual.flows[cells].sum())

    def long_run_integration(
        self, members: Sequence[str], competitor: str, cut: float, sectors: Sequence[str]
    ) -> dict[str, float]:
        """Integration index of each member in the static equilibrium after a cut of iceberg costs among members."""
        measures = [
            Measure("facilitation", by, on, tuple(sectors), 1.0 - cut, purpose="integrate")
            for by, on in permutations(members, 2)
            if cut > 0
        ]
        settled = solve_equilibrium(self.world, measures, parameters=self.parameters)
        index = integration_index(self.world, settled.flows, members, competitor)
        return {s: float(index[self.world.state_index(s)]) for s in members}


def integration_index(
    world: World, flows: np.ndarray[tuple[int, ...], np.dtype[np.float64]], members: Sequence[str], competitor: str
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """``(goods trade both ways with members - with the competitor) / all foreign goods trade``, (N,); NaN outside.

    Parameters
    ----------
    world
        For labels; services (tag ``services``) are left out.
    flows : (S, N, N)
        Net of tariffs, US$ million a year.
    members, competitor
        The bloc and its principal competitor.
    """
    goods = np.array([j for j, s in enumerate(world.sectors) if "services" not in world.tags.get(s, ())])
    traded = flows[goods].sum(axis=0)
    both = (traded + traded.T) * (1.0 - np.eye(len(world.states)))
    at = [world.state_index(s) for s in members]
    gap = both[:, at].sum(axis=1) - both[:, world.state_index(competitor)]
    index = np.full(len(world.states), np.nan)
    total = both.sum(axis=1)
    index[at] = np.where(total[at] > 0, gap[at] / np.where(total[at] > 0, total[at], 1.0), np.nan)
    return index
