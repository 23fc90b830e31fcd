"""What a state can find out about one economy before it acts: effects, losses if turned on, integration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import permutations

from coercion_sim.arrays import Array, ratio
from coercion_sim.dispute.effects import Economy, bare, effect_store
from coercion_sim.dispute.packages import PackageSizes, Screen
from coercion_sim.economy import EconomyParameters, Measure, solutions, solve_equilibrium
from coercion_sim.world import World


@dataclass(frozen=True, eq=False)
class WorldOutlook:
    """One economy and its parameters.

    `screen` and `sizes` say what a coercer that turns on a state would use; `before` is the outlook of before the first
    quarter, where measures stand in `world`; `economy` gives effects of measures, solved where None.
    """

    world: World
    parameters: EconomyParameters
    screen: Screen = field(default_factory=Screen)
    sizes: PackageSizes = field(default_factory=PackageSizes)
    before: WorldOutlook | None = None
    economy: Economy | None = None

    @property
    def at_start(self) -> WorldOutlook:
        """The outlook of before the first quarter: `before`, or this one where nothing stands."""
        return self if self.before is None else self.before

    def trade_after(self, measures: Sequence[Measure], a: str, b: str, sectors: Sequence[str]) -> float:
        """Share of baseline trade between a and b, both ways, left in the long run."""
        return effect_store().trade_between(self.world, self.parameters, measures, (a, b), sectors)

    def effect(self, measures: Sequence[Measure]) -> Array:
        """Long-run change of real income by state, (N,), percent of own GDP."""
        return self._economy.long_run(measures)

    @property
    def _economy(self) -> Economy:
        return self.economy or Economy(self.world, self.parameters)

    def loss_if_turned(self, coercer: str, state: str) -> float:
        """L_i: long-run loss a year if the coercer turned on a state, percent of own GDP, >= 0."""
        return loss_if_turned(self._economy, coercer, state, self.screen, self.sizes)

    def long_run_integration(
        self, members: Sequence[str], competitor: str, cut: float, sectors: Sequence[str]
    ) -> dict[str, float]:
        """Integration index of each member in the static equilibrium after a cut of iceberg costs among members."""
        measures = [
            Measure("facilitation", by, on, tuple(sectors), 1.0 - cut, purpose="integrate")
            for by, on in permutations(members, 2)
            if cut > 0
        ]

        def solve() -> Array:
            settled = solve_equilibrium(self.world, measures, parameters=self.parameters, known=solutions())
            return integration_index(self.world, settled.flows, members, competitor)

        key = ("integration", self.world.digest, self.parameters, bare(measures), tuple(members), competitor)
        index = effect_store().answer(key, solve)
        return {s: float(index[self.world.state_index(s)]) for s in members}


def loss_if_turned(economy: Economy, coercer: str, state: str, screen: Screen, sizes: PackageSizes) -> float:
    """State's long-run loss under a ban of what passes the share rule, and a services boycott, by the coercer."""
    world = economy.world
    if coercer not in world.states:
        return 0.0
    share = world.import_share(coercer, state)
    goods = tuple(world.sectors[j] for j in world.goods if 0 < share[j] <= screen.supply_share)
    services = tuple(filter(world.is_service, world.sectors))
    bans = sizes.ban.measures("import_ban", coercer, state, goods)
    measures = bans + sizes.services.measures("import_barrier", coercer, state, services)
    return max(0.0, -float(economy.long_run(measures)[world.state_index(state)]))


def integration_index(world: World, flows: Array, members: Sequence[str], competitor: str) -> Array:
    """``(goods trade both ways with members - with the competitor) / all foreign goods trade``, (N,), of any state.

    Parameters
    ----------
    world
        For labels; services (tag ``services``) are left out.
    flows : (S, N, N)
        Net of tariffs, US$ million a year.
    members, competitor
        The bloc and its principal competitor.
    """
    both = world.goods_trade(flows)
    at = [world.state_index(s) for s in members]
    gap = both[:, at].sum(axis=1) - both[:, world.state_index(competitor)]
    return ratio(gap, both.sum(axis=1))
