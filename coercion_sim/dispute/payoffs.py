"""The payoff table solved from the economy itself: every package, and every single answer to it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from coercion_sim.dispute.effects import effect_store
from coercion_sim.dispute.outlook import WorldOutlook, loss_if_turned
from coercion_sim.dispute.packages import PACKAGES, Package, PackageSizes, Screen, candidate_packages, screen_goods
from coercion_sim.dispute.payoff_table import HelpSizes, PayoffTable
from coercion_sim.economy import EconomyParameters, Measure
from coercion_sim.errors import ConvergenceError, NoSupplierError
from coercion_sim.policies import burden_shares, cheapest_cuts, critical_goods, least_cost_support, trade_cut
from coercion_sim.world import World

Array = npt.NDArray[np.float64]

#: A package that costs the target less than this has no effect, percent of GDP a year.
NO_EFFECT = 1e-4


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
    listed = candidate_packages(world, coercer, target, goods, package_sizes, names) if given is None else given
    kept, alone, dropped = _kept_packages(world, parameters, coercer, target, listed, screen if given is None else None)
    N, n, K = len(world.states), len(allies), len(kept)
    critical = critical_goods(world, coercer, tuple(allies), help_sizes.dependence) if allies and not outside else ()
    cuts = _cuts(world, parameters, coercer, allies, critical, help_sizes)
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
                absorb[:, k, i] = effects(world, parameters, (*package.measures, buy), package.measures) - alone[:, k]
    shares = np.array(list(burden_shares(world, allies, help_sizes.sharing, (coercer,)).values())) if n else np.zeros(0)
    money = promised = np.tile(shares, (K, 1))
    absorbs = np.zeros((K, n), dtype=bool)
    if help_sizes.sharing == "least_cost" and n and kept:
        money, absorbs, promised = _least_cost_parts(
            world, parameters, target, allies, kept, alone, absorb, shares, help_sizes
        )
    side, side_measures = np.zeros((2, N)), tuple[Measure, ...]()
    if help_sizes.asked_cut > 0 and not outside:
        side_measures = trade_cut(WorldOutlook(world, parameters), target, coercer, help_sizes.asked_cut).measures()
        side = np.array(effects(world, parameters, side_measures)) if side_measures else side
    states, gdp = world.states, world.baseline.gdp
    if outside:  # an actor the matrix does not hold: a place without trade, whose GDP nobody reads
        states, gdp = (*states, coercer), np.append(gdp, 1.0)
        alone, absorb, retaliation, side = (_with_outsider(a) for a in (alone, absorb, retaliation, side))
    return PayoffTable(
        states=states, coercer=coercer, target=target, allies=tuple(allies), packages=tuple(kept), goods=goods,
        dropped=tuple(dropped), retaliation_goods=critical, sizes=help_sizes, gdp=gdp, alone=alone,
        absorb=absorb, retaliation=retaliation, turned=turned, money=money, absorbs=absorbs,
        promised=promised, cuts=cuts, side=side, side_measures=side_measures,
    )  # fmt: skip


def _kept_packages(
    world: World,
    parameters: EconomyParameters,
    coercer: str,
    target: str,
    listed: Sequence[Package],
    screen: Screen | None,
) -> tuple[list[Package], Array, list[tuple[str, str]]]:
    """Packages worth pressing with, their effects (2, K, N), and (name, reason) of the rest; None: no screen."""
    kept, alone, dropped = [], [], []
    t = world.state_index(target)
    for package in listed:
        try:
            effect = effect_store().first_year_and_long_run(world, parameters, package.measures)
        except (NoSupplierError, ConvergenceError) as error:
            dropped.append((package.name, str(error)))
            continue
        cost = -float(effect[0, world.state_index(coercer)]) if coercer in world.states else 0.0
        if -effect[:, t].min() < NO_EFFECT and not package.beside_trade:
            dropped.append((package.name, "no effect on the target"))
        elif screen is not None and screen.mode in ("both", "cost") and cost > screen.package_cost:
            dropped.append((package.name, f"costs the coercer {cost:.4f} % of GDP in the first year"))
        else:
            kept.append(package)
            alone.append(effect)
    return kept, np.array(alone).transpose(1, 0, 2) if kept else np.zeros((2, 0, len(world.states))), dropped


def _cuts(
    world: World,
    parameters: EconomyParameters,
    coercer: str,
    allies: Sequence[str],
    critical: tuple[str, ...],
    sizes: HelpSizes,
) -> tuple[tuple[str, ...], ...]:
    """Goods each ally would cut off: all that are critical, or those it cuts off at least cost."""
    if sizes.sharing != "least_cost" or not critical or sizes.retaliate_open >= 1:
        return tuple(critical for _ in allies)
    outlook = WorldOutlook(world, parameters)
    cheapest = cheapest_cuts(outlook, coercer, allies, critical, "export_ban", sizes.retaliate_open, sizes.goal)
    return tuple(cheapest.get(ally, ()) for ally in allies)


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
        change = effects(world, parameters, (*packages[worst].measures, gift), packages[worst].measures)[0]
        change = change - alone[0, worst]
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
