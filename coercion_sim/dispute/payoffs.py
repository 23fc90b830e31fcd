"""The payoff table solved from the economy itself: every package, and every single answer to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from coercion_sim.arrays import Array
from coercion_sim.dispute.effects import Economy, effect_store
from coercion_sim.dispute.interpolated_economy import InterpolatedEconomy
from coercion_sim.dispute.kept_effects import kept_in
from coercion_sim.dispute.outlook import WorldOutlook, loss_if_turned
from coercion_sim.dispute.packages import Package, ScreenedGood, candidate_packages, screen_goods
from coercion_sim.dispute.payoff_table import PayoffQuestion, PayoffTable, content_of, payoff_store
from coercion_sim.economy import EconomyParameters, Measure
from coercion_sim.errors import ConvergenceError, NoSupplierError
from coercion_sim.policies import Compensate, Instrument, Task, goods_against, least_cost_support, trade_cut
from coercion_sim.world import World

#: A package that costs the target less than this has no effect, percent of GDP a year.
NO_EFFECT = 1e-4
#: Transfer at which the cost of a dollar given is found, percent of the target's GDP.
GIFT = 0.05


def payoff_table(
    world: World, parameters: EconomyParameters, question: PayoffQuestion, economy: Economy | None = None
) -> PayoffTable:
    """Return the table of a question from the store of this process, solving it only if nobody has.

    `economy` gives the effects, interpolated for instance; by default they are solved.
    """
    economy = economy or Economy(world, parameters)
    store, key = payoff_store(), content_of(economy, question)
    if not isinstance(economy, InterpolatedEconomy):
        return store.get(key, question, lambda: solve_payoffs(world, parameters, question, economy))
    with kept_in(store.folder, economy.economies):
        return store.get(key, question, lambda: solve_payoffs(world, parameters, question, economy), on_disk=False)


def solve_payoffs(
    world: World, parameters: EconomyParameters, question: PayoffQuestion, economy: Economy | None = None
) -> PayoffTable:
    """Find the effects of every package and single answer. `world` already carries all that stands anyway."""
    economy = economy or Economy(world, parameters)
    q, outlook = question, WorldOutlook(world, parameters, economy=economy)
    outside = q.coercer not in world.states
    goods = screen_goods(economy, q.coercer, q.target, q.screen)
    kept, alone, dropped = _kept_packages(economy, q, goods)
    against = {x.name: goods_against(x, q.sharing, outlook, q.coercer, q.allies) for x in q.of_side("coercer")}
    acts_on = {name: tuple(own.values()) for name, own in against.items()}
    effects = {x.name: _effects_of_help(economy, q, x, kept, alone) for x in q.of_side("target")}
    effects |= {x.name: _effects_against(economy, q, x, acts_on[x.name]) for x in q.of_side("coercer")}
    shares = np.array(list(q.sharing.shares(world, q.allies, (q.coercer,)).values()))
    money = promised = np.tile(shares, (len(kept), 1))
    absorbs = np.zeros(money.shape, dtype=bool)
    if q.sharing.sharing == "least_cost" and q.allies and kept:
        money, absorbs, promised = _least_cost_parts(economy, q, kept, alone, effects, shares)
    cut, cut_effect = _cut_of_target(WorldOutlook(world, parameters), q)
    states, gdp = world.states, world.baseline.gdp
    if outside:  # an actor outside the matrix: a place without trade, whose GDP enters no formula
        states, gdp = (*states, q.coercer), np.append(gdp, 1.0)
        alone, cut_effect, effects = (
            _with_outsider(alone),
            _with_outsider(cut_effect),
            {k: _with_outsider(e) for k, e in effects.items()},
        )
    critical = [g for x in q.of_side("coercer") if x.by_good for g in x.goods(world, q.coercer, q.allies)]
    return PayoffTable(
        question=q, states=states, packages=tuple(kept), goods=goods, dropped=tuple(dropped),
        retaliation_goods=tuple(critical), acts_on=acts_on, gdp=gdp, alone=alone, effects=effects,
        turned=np.array([loss_if_turned(economy, q.coercer, a, q.screen, q.sizes) for a in q.allies]),
        money=money, absorbs=absorbs, promised=promised, trade_cut=cut_effect, trade_cut_measures=cut,
        interpolation=economy.accuracy,
    )  # fmt: skip


def _cut_of_target(outlook: WorldOutlook, question: PayoffQuestion) -> tuple[tuple[Measure, ...], Array]:
    """Return the cut of trade asked of the target, and its effects by itself, (2, N); nothing where none is asked."""
    world, q = outlook.world, question
    cut: tuple[Measure, ...] = ()
    if q.required_cut > 0 and q.coercer in world.states:
        cut = trade_cut(outlook, q.target, q.coercer, q.required_cut).measures()
    if not cut:
        return (), np.zeros((2, len(world.states)))
    return cut, np.array(effect_store().first_year_and_long_run(world, outlook.parameters, cut))


def _kept_packages(
    economy: Economy, question: PayoffQuestion, goods: Sequence[ScreenedGood]
) -> tuple[list[Package], Array, list[tuple[str, str]]]:
    """Packages worth pressing with, their effects (2, K, N), and (name, reason) of the others.

    No rule about cost strikes out ``record``: what the coercer did, it did risk.
    """
    kept, alone, dropped = [], [], []
    judged = question.given is None and question.screen.mode in ("both", "cost")
    world, q = economy.world, question
    t, listed = world.state_index(q.target), q.given
    if listed is None:
        listed = candidate_packages(world, q.coercer, q.target, goods, q.sizes, q.names, q.record)
    for package in listed:
        try:
            effect = economy.first_year_and_long_run(package.measures)
        except (NoSupplierError, ConvergenceError) as error:
            dropped.append((package.name, str(error)))
            continue
        cost = -float(effect[0, world.state_index(question.coercer)]) if question.coercer in world.states else 0.0
        if -effect[:, t].min() < NO_EFFECT and not package.non_economic:
            dropped.append((package.name, "no effect on the target"))
        elif judged and package.name != "record" and cost > question.screen.package_cost:
            dropped.append((package.name, f"costs the coercer {cost:.4f} % of GDP in the first year"))
        else:
            kept.append(package)
            alone.append(effect)
    return kept, np.array(alone).transpose(1, 0, 2) if kept else np.zeros((2, 0, len(world.states))), dropped


def _effects_against(
    economy: Economy, question: PayoffQuestion, instrument: Instrument, sectors: Sequence[tuple[str, ...]]
) -> Array:
    """Effects of an instrument against the coercer, by itself, (2, 1, n, N)."""
    world = economy.world
    effects = np.zeros((2, 1, len(question.allies), len(world.states)))
    if question.coercer in world.states:
        for i, (ally, own) in enumerate(zip(question.allies, sectors, strict=True)):
            measures = instrument.priced(Task(ally, question.target, question.coercer, own))
            if measures:
                effects[:, 0, i] = economy.first_year_and_long_run(measures)
    return effects


def _effects_of_help(
    economy: Economy, question: PayoffQuestion, instrument: Instrument, packages: Sequence[Package], alone: Array
) -> Array:
    """Effects that an instrument for the target adds to each package, (2, K, n, N)."""
    world = economy.world
    added = np.zeros((2, len(packages), len(question.allies), len(world.states)))
    effect_of = economy.first_year_and_long_run
    for i, ally in enumerate(question.allies):
        for k, package in enumerate(packages):
            hit = goods_hit(world, package)
            measures = instrument.priced(Task(ally, question.target, question.coercer, hit))
            if measures:
                both = (*package.measures, *measures)
                added[:, k, i] = effect_of(both, package.measures) - alone[:, k]
    return added


def _least_cost_parts(
    economy: Economy,
    question: PayoffQuestion,
    packages: Sequence[Package],
    alone: Array,
    effects_of: Mapping[str, Array],
    gdp_share: Array,
) -> tuple[Array, npt.NDArray[np.bool_], Array]:
    """Divide support at least cost under each package: `PayoffTable.money`, `absorbs` and `promised`, (K, n).

    `policies.least_cost_support` on effects of the first year. The cost of a dollar given by an ally is taken from a
    transfer of `GIFT` percent of the target's GDP under the package that hurts most: it hardly differs between packages
    and sizes. Where a package costs the target nothing, shares by GDP stand. Where the caps do not allow all that was
    promised, less is: no ally breaks its word by that.
    """
    world, allies = economy.world, question.allies
    t, at = world.state_index(question.target), [world.state_index(a) for a in allies]
    gdp = world.baseline.gdp / 100.0
    loss = np.maximum(0.0, -alone[0, :, t])
    wanted = question.fraction * loss * float(gdp[t])
    money = np.tile(gdp_share, (len(packages), 1))
    promised, absorbs = money.copy(), np.zeros(money.shape, dtype=bool)
    worst = int(np.argmax(wanted))
    if wanted[worst] <= 0.0:
        return money, absorbs, promised
    effects = economy.first_year_and_long_run
    unit = np.ones(len(allies))
    for i, ally in enumerate(allies):
        gift = Compensate().measures(Task(ally, question.target, money=GIFT * float(gdp[t])))
        change = effects((*packages[worst].measures, *gift), packages[worst].measures)[0]
        change = change - alone[0, worst]
        unit[i] = max(-change[at[i]] * gdp[at[i]], 1e-9) / max(change[t] * gdp[t], 1e-9)
    buyer = question.buyer
    buying = np.zeros((2, *money.shape, len(world.states))) if buyer is None else effects_of[buyer.name]
    for k in np.flatnonzero(wanted > 0.0):
        cost = np.array([-buying[0, k, i, at[i]] * gdp[at[i]] for i in range(len(allies))])
        relief = buying[0, k, :, t] * gdp[t]
        mix = least_cost_support(cost, relief, unit, wanted[k], gdp_share, question.sharing.cap)
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
        if not world.is_service(s)
    )
