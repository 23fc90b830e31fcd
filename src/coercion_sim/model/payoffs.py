"""The payoff table: what every package and every answer to it does to each state, from the economy itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from coercion_sim.economy import NON_ECONOMIC, EconomyParameters, Measure
from coercion_sim.errors import ConvergenceError, NoSupplierError
from coercion_sim.model.effects import effect_store
from coercion_sim.model.outlook import WorldOutlook, loss_if_turned
from coercion_sim.model.packages import (
    PACKAGES,
    Package,
    PackageSizes,
    Screen,
    ScreenedGood,
    candidate_packages,
    screen_goods,
)
from coercion_sim.policies import (
    Sharing,
    burden_shares,
    cheapest_cuts,
    critical_goods,
    least_cost_support,
    trade_cut,
)
from coercion_sim.world import World

Array = npt.NDArray[np.float64]

#: What an ally can do, in the order of the options of the game; 0 is to stand aside.
OPTIONS = ("none", "absorb", "compensate", "retaliate", "compensate_retaliate")
#: A package that costs the target less than this has no effect, percent of GDP a year.
NO_EFFECT = 1e-4


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


def solve_payoffs(
    world: World,
    parameters: EconomyParameters,
    coercer: str,
    target: str,
    allies: Sequence[str],
    *,
    screen: Screen,
    package_sizes: PackageSizes,
    help_sizes: HelpSizes,
    names: Sequence[str] = PACKAGES,
    given: Sequence[Package] | None = None,
) -> PayoffTable:
    """Solve the economy under every package and single answer. `world` already carries whatever stands anyway.

    `given` packages are taken as they are, unscreened, instead of the listed ones.
    """
    effects = effect_store().first_year_and_long_run
    goods = screen_goods(world, coercer, target, screen, parameters)
    outside = coercer not in world.states
    t = world.state_index(target)
    kept, alone, dropped = [], [], []
    listed = candidate_packages(world, coercer, target, goods, package_sizes, names) if given is None else given
    for package in listed:
        try:
            effect = effects(world, parameters, package.measures)
        except (NoSupplierError, ConvergenceError) as error:
            dropped.append((package.name, str(error)))
            continue
        cost = 0.0 if outside else -float(effect[0, world.state_index(coercer)])
        beside = any(m.kind in NON_ECONOMIC for m in package.measures)
        if -effect[:, t].min() < NO_EFFECT and not beside:
            dropped.append((package.name, "no effect on the target"))
        elif given is None and screen.mode in ("both", "cost") and cost > screen.package_cost:
            dropped.append((package.name, f"costs the coercer {cost:.4f} % of GDP in the first year"))
        else:
            kept.append(package)
            alone.append(effect)
    N, n, K = len(world.states), len(allies), len(kept)
    alone_array = np.array(alone).transpose(1, 0, 2) if kept else np.zeros((2, 0, N))
    critical = critical_goods(world, coercer, tuple(allies), help_sizes.dependence) if allies and not outside else ()
    cuts = tuple(critical for _ in allies)
    if help_sizes.sharing == "least_cost" and critical and help_sizes.retaliate_open < 1:
        outlook = WorldOutlook(world, parameters)
        cheapest = cheapest_cuts(
            outlook, coercer, allies, critical, "export_ban", help_sizes.retaliate_open, help_sizes.goal
        )
        cuts = tuple(cheapest.get(ally, ()) for ally in allies)
    retaliation = np.zeros((2, n, N))
    absorb = np.zeros((2, K, n, N))
    turned = np.zeros(n)
    for i, ally in enumerate(allies):
        if cuts[i] and help_sizes.retaliate_open < 1:
            cut = Measure("export_ban", ally, coercer, cuts[i], help_sizes.retaliate_open, purpose="retaliate")
            retaliation[:, i] = effects(world, parameters, (cut,))
        turned[i] = loss_if_turned(world, parameters, coercer, ally, screen, package_sizes)
        for k, package in enumerate(kept):
            hit = goods_hit(world, package)
            if hit and help_sizes.absorb_rate > 0:
                buy = Measure("import_subsidy", ally, target, hit, help_sizes.absorb_rate, purpose="absorb")
                absorb[:, k, i] = effects(world, parameters, (*package.measures, buy)) - alone_array[:, k]
    shares = np.array(list(burden_shares(world, allies, help_sizes.sharing, (coercer,)).values())) if n else np.zeros(0)
    money = promised = np.tile(shares, (K, 1))
    absorbs = np.zeros((K, n), dtype=bool)
    if help_sizes.sharing == "least_cost" and n and kept:
        money, absorbs, promised = _least_cost_parts(
            world, parameters, target, allies, kept, alone_array, absorb, shares, help_sizes
        )
    side, side_measures = np.zeros((2, N)), tuple[Measure, ...]()
    if help_sizes.asked_cut > 0 and not outside:
        side_measures = trade_cut(WorldOutlook(world, parameters), target, coercer, help_sizes.asked_cut).measures()
        side = np.array(effects(world, parameters, side_measures)) if side_measures else side
    states, gdp = world.states, world.baseline.gdp
    if outside:  # an actor the matrix does not hold: a place without trade, whose GDP nobody reads
        states, gdp = (*states, coercer), np.append(gdp, 1.0)
        alone_array, absorb, retaliation, side = (_with_outsider(a) for a in (alone_array, absorb, retaliation, side))
    return PayoffTable(
        states=states, coercer=coercer, target=target, allies=tuple(allies), packages=tuple(kept), goods=goods,
        dropped=tuple(dropped), retaliation_goods=critical, sizes=help_sizes, gdp=gdp, alone=alone_array,
        absorb=absorb, retaliation=retaliation, turned=turned, money=money, absorbs=absorbs,
        promised=promised, cuts=cuts, side=side, side_measures=side_measures,
    )  # fmt: skip


def _least_cost_parts(
    world: World,
    parameters: EconomyParameters,
    target: str,
    allies: Sequence[str],
    packages: Sequence[Package],
    alone: Array,
    absorb: Array,
    gdp_share: Array,
    sizes: HelpSizes,
) -> tuple[Array, npt.NDArray[np.bool_], Array]:
    """Divide support at least cost under each package: `PayoffTable.money`, `absorbs` and `promised`, (K, n).

    `policies.least_cost_support` on effects of the first year. What a dollar given costs an ally is taken from a
    transfer of an equal part of what is promised under the package that hurts most, for all packages: it hardly differs
    between them. Where a package costs the target nothing, shares by GDP stand. Where the caps do not allow all that
    was promised, less is: nobody's word is broken by it.
    """
    t, at = world.state_index(target), [world.state_index(a) for a in allies]
    gdp = world.baseline.gdp / 100.0
    loss = np.maximum(0.0, -alone[0, :, t])
    wanted = sizes.fraction * loss * float(gdp[t])
    money = np.tile(gdp_share, (len(packages), 1))
    promised, absorbs = money.copy(), np.zeros(money.shape, dtype=bool)
    worst = int(np.argmax(wanted))
    if wanted[worst] <= 0.0:
        return money, absorbs, promised
    effects = effect_store().first_year_and_long_run
    unit = np.ones(len(allies))
    for i, ally in enumerate(allies):
        gift = Measure("transfer", ally, target, (), wanted[worst] / len(allies), purpose="compensate")
        change = effects(world, parameters, (*packages[worst].measures, gift))[0] - alone[0, worst]
        unit[i] = max(-change[at[i]] * gdp[at[i]], 1e-9) / max(change[t] * gdp[t], 1e-9)
    for k in np.flatnonzero(wanted > 0.0):
        cost = np.array([-absorb[0, k, i, at[i]] * gdp[at[i]] for i in range(len(allies))])
        relief = absorb[0, k, :, t] * gdp[t]
        mix = least_cost_support(cost, relief, unit, wanted[k], gdp_share, sizes.cap)
        money[k], absorbs[k] = mix.money / wanted[k], mix.absorbs
        promised[k] = money[k] + np.where(mix.absorbs, relief, 0.0) / wanted[k]
    return money, absorbs, promised


def _with_outsider(effects: Array) -> Array:
    """Effects by state with one more place on the last axis, where nothing happens."""
    return np.concatenate([effects, np.zeros((*effects.shape[:-1], 1))], axis=-1)


def goods_hit(world: World, package: Package) -> tuple[str, ...]:
    """Goods, not services, that a package keeps out of the coercer's market."""
    return tuple(
        s
        for m in package.measures
        if m.kind in ("import_ban", "import_barrier", "import_tariff")
        for s in m.sectors
        if "services" not in world.tags.get(s, ())
    )
