"""Shocks between groups of states, and published experiments with tariffs: the best, an embargo's price, a formula."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from coercion_sim.analysis.verdicts import EXACT, Check, size
from coercion_sim.arrays import ratio
from coercion_sim.economy import EconomyParameters, Equilibrium, Shock, solve_equilibrium
from coercion_sim.world import World

#: Reading of "the USA and its allies": EU, G7 and these.
ALLIES: Final = ("AUS", "NZL", "KOR", "TWN", "NOR", "CHE", "ISL")
#: Reading of "the coalition of 2014" against Russia: the EU and these.
OF_2014: Final = ("USA", "CAN", "JPN", "AUS", "NOR", "CHE")


def between(
    world: World, ones: Iterable[str], others: Iterable[str], sectors: str | Sequence[str] = "all", *,
    barrier: float = 1.0, left: float = 1.0, tariff: float = 0.0, both: bool = True,
) -> Shock:  # fmt: skip
    """Barriers on what `ones` sell to `others`, and with `both` on what these sell to them."""
    shock = Shock.none(world)
    a, b = (np.array([world.state_index(s) for s in states]) for states in (ones, others))
    for sellers, buyers in ((a, b), (b, a)) if both else ((a, b),):
        cells = world.sector_indices(sectors).astype(int)[:, None, None], sellers[:, None], buyers
        shock.barrier[cells] *= barrier
        shock.open[cells] *= left
        shock.tariff[cells] += tariff
    return shock


def allies(world: World) -> tuple[str, ...]:
    """EU, G7 and `ALLIES`, those in the world."""
    named = (*world.groups["EU"], *world.groups["G7"], *ALLIES)
    return tuple(dict.fromkeys(s for s in named if s in world.states))


def sanctioners(world: World) -> tuple[str, ...]:
    """EU and `OF_2014`, those in the world."""
    return tuple(dict.fromkeys(s for s in (*world.groups["EU"], *OF_2014) if s in world.states))


def together(equilibrium: Equilibrium, states: Iterable[str]) -> float:
    """Change of joint real income, % of their joint GDP."""
    at = [equilibrium.world.state_index(s) for s in states]
    gdp = equilibrium.world.baseline.gdp
    return float((equilibrium.welfare_pct_gdp * gdp)[at].sum() / gdp[at].sum())


def effects(equilibrium: Equilibrium) -> dict[str, float]:
    """Change of real income of every state, % of GDP."""
    return dict(zip(equilibrium.world.states, map(float, equilibrium.welfare_pct_gdp), strict=True))


#: Reading of "mining and energy".
MINED = ("coal", "oil_gas", "metal_ores", "other_mining", "petroleum")


def best_tariff(world: World) -> tuple[Check, ...]:
    """One tariff of the allies on all Russian goods, the best for their own joint income.

    De Souza, Hu, Li and Mei (2024), (Trade) war and peace, Journal of Monetary Economics: about 20 % for states
    willing to pay little for sanctions. Theirs is a game of tariffs by state; here the allies choose one rate together,
    and Russia does not answer. Long run, defaults of the program.
    """
    from scipy.optimize import minimize_scalar

    def loss(rate: float) -> float:
        shock = between(world, ["RUS"], allies(world), "goods", tariff=rate, both=False)
        return -together(solve_equilibrium(world, shock=shock), allies(world))

    best = minimize_scalar(loss, bounds=(0.0, 1.0), method="bounded", options={"xatol": 0.005})
    return (size("tariff, %", 20.0, 100.0 * float(best.x)),)


def price_of_an_embargo(world: World) -> tuple[Check, ...]:
    """What the allies best do to Russian goods if each US$ of its loss is worth US$ .7 to them.

    De Souza, Hu, Li and Mei (2024): an embargo on mining and energy, and tariffs above 50 % on all else. Theirs is a
    game of tariffs by state and sector; here the allies choose two rates together, of mining with energy and of other
    goods, up to 400 %, for their own real income plus .7 of what Russia loses, and Russia does not answer. Long run,
    defaults of the program.
    """
    from scipy.optimize import minimize_scalar

    mined = [s for s in MINED if s in world.sectors]
    others = [world.sectors[j] for j in world.sector_indices("goods") if world.sectors[j] not in mined]
    members, gdp = allies(world), world.baseline.gdp
    ours = gdp[[world.state_index(s) for s in members]].sum()
    theirs = gdp[world.state_index("RUS")]

    def gain(mined_rate: float, other_rate: float, left: float = 1.0) -> float:
        first = between(world, ["RUS"], members, mined, tariff=mined_rate, left=left, both=False)
        second = between(world, ["RUS"], members, others, tariff=other_rate, both=False)
        solved = solve_equilibrium(world, shock=replace(first, tariff=first.tariff + second.tariff - world.tariff))
        return float(together(solved, members) * ours - 0.7 * together(solved, ["RUS"]) * theirs)

    def best(mined_rate: float, left: float = 1.0) -> tuple[float, float]:
        optimum = minimize_scalar(
            lambda rate: -gain(mined_rate, rate, left), bounds=(0.0, 4.0), method="bounded", options={"xatol": 0.02}
        )
        return -float(optimum.fun), 100.0 * float(optimum.x)

    with_tariffs = max(best(rate)[0] for rate in (0.1, 0.25, 0.5, 1.0, 2.0, 4.0))
    embargo, rate = best(0.0, left=0.0)
    better = embargo > with_tariffs
    return (
        Check("an embargo on mining and energy beats every tariff", "1", float(better), "yes is 1", better),
        Check("tariff on all else, %", "above 50", rate, "above 50", rate > 50.0),
    )


def liberation_day(world: World) -> tuple[Check, ...]:
    """The USA alone raises tariffs on all: the best single rate, and what the proposal of April 2025 brings it.

    Ignatenko, Lashkaripour, Macedoni and Simonovska (2025), Journal of International Economics 157: 19 % on everybody
    is best; the proposed tariffs raise American welfare by 1.13 % if nobody answers. Theirs has one sector, 194 states,
    labour that responds, revenue that lowers the tax on it, and imbalances that follow from tariffs: none of these is
    here. The proposal is half of each partner's part of the bilateral deficit in goods, at least 10 %, from the flows
    of 2019. Real income of the USA, % of GDP, long run, defaults of the program.
    """
    from scipy.optimize import minimize_scalar

    goods = world.sector_indices("goods").astype(int)
    usa = world.state_index("USA")
    bought, sold = world.flows[goods, :, usa].sum(axis=0), world.flows[goods, usa].sum(axis=0)
    deficit = ratio(bought - sold, bought)
    proposed = np.maximum(0.1, 0.5 * deficit)

    def income(rates: np.ndarray | float) -> float:
        shock = Shock.none(world)
        shock.tariff[goods, :, usa] += rates
        shock.tariff[goods, usa, usa] = world.tariff[goods, usa, usa]
        return effects(solve_equilibrium(world, shock=shock))["USA"]

    best = minimize_scalar(lambda rate: -income(rate), bounds=(0.0, 1.0), method="bounded", options={"xatol": 0.005})
    return (
        size("best tariff on everybody, %", 19.0, 100.0 * float(best.x)),
        size("real income under the proposal", 1.13, income(proposed)),
    )


def plain_limit(world: World) -> tuple[Check, ...]:
    """In the plain limit the best tariff has a formula, and real income is flat there.

    Gros (1987), Journal of International Economics 23, and in a wider form Ignatenko and others (2025):
    two states, one sector without inputs, balanced trade, ``t = 1 / (theta x)`` with x the share that the rest of
    the world spends at home at that tariff. The USA against all others together, elasticity 4; slope of the log of its
    real income by central differences of step 1e-3.
    """
    usa = world.state_index("USA")
    total = world.flows.sum(axis=0)
    mine, all_mine = total[usa, usa], total[usa].sum()
    pair = np.array([[mine, all_mine - mine], [total[:, usa].sum() - mine, 0.0]])
    pair[1, 1] = total.sum() - pair.sum()
    pair[[0, 1], [1, 0]] = pair[[0, 1], [1, 0]].mean()
    theta = 4.0
    single = World.from_flows("the USA and the others", ("USA", "ROW"), ("all",), pair[None], [theta])
    parameters = EconomyParameters(factor_mobility=np.inf, tolerance=1e-13)

    def at(rate: float) -> Equilibrium:
        shock = Shock.none(single)
        shock.tariff[0, 1, 0] = rate
        return solve_equilibrium(single, shock=shock, parameters=parameters)

    rate = 1.0 / theta
    for _ in range(50):
        rate = 1.0 / (theta * float(at(rate).share[0, 1, 1]))
    ends = [np.log(at(rate + step).real_income_hat[0]) for step in (1e-3, -1e-3)]
    slope = abs(float(ends[0] - ends[1])) / 2e-3
    return (
        Check("slope of log real income at the formula's tariff", "0", slope, f"at most {EXACT:g}", slope <= EXACT),
    )
