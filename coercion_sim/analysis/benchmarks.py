"""Published experiments run again on the shipped worlds; each states source and setting in its docstring."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from coercion_sim.analysis.benchmark_tariffs import (
    allies,
    best_tariff,
    between,
    effects,
    liberation_day,
    plain_limit,
    price_of_an_embargo,
    sanctioners,
    together,
)
from coercion_sim.analysis.verdicts import EXACT, Check, Experiment, by_state, inside, on_path, size
from coercion_sim.economy import (
    EconomyParameters,
    Shock,
    ShortRun,
    Stuck,
    exposure,
    next_quarter,
    solve_equilibrium,
    start_market,
)  # fmt: skip
from coercion_sim.errors import InvalidInput, Problem, nearest
from coercion_sim.scenario import load_scenario
from coercion_sim.world import World, load_world

#: Reading of the goods the EU and the USA had banned from export to Russia by May 2022.
BANNED = ("electronics", "electrical", "machinery", "vehicles", "other_transport")


def allies_russia(world: World) -> tuple[Check, ...]:
    """The USA and its allies against Russia: non-tariff barriers doubled both ways.

    Felbermayr, Mahlkow and Sandkamp (2023), Cutting through the value chain, Empirica 50. Real income, % of GDP, in the
    long run; iceberg factor 2 in every sector both ways between Russia and EU, G7, Australia, New Zealand, Korea,
    Taiwan, Norway, Switzerland, Iceland; defaults of the program. Their data are GTAP of 2014.
    """
    published = {"LTU": -2.48, "LVA": -2.02, "EST": -1.98, "POL": -0.78, "DEU": -0.40, "KOR": -0.36, "JPN": -0.14,
                 "USA": -0.04, "CHN": 0.02, "AUS": 0.07, "NOR": 0.55}  # fmt: skip
    solved = solve_equilibrium(world, shock=between(world, allies(world), ["RUS"], barrier=2.0))
    ratio = together(solved, ["RUS"]) / together(solved, allies(world))
    return (*by_state(published, effects(solved)), size("loss of Russia : loss of the allies", 57, ratio))


def eu_china(world: World) -> tuple[Check, ...]:
    """The EU against China: non-tariff barriers doubled both ways.

    Felbermayr, Mahlkow and Sandkamp (2023). Real income, % of GDP, in the long run; iceberg factor 2 in every sector
    both ways; defaults of the program.
    """
    union = world.groups["EU"]
    solved = solve_equilibrium(world, shock=between(world, union, ["CHN"], barrier=2.0))
    published = {"DEU": -1.00, "FRA": -0.60, "ITA": -0.47, "CHN": -0.92, "EU together": -0.78}
    return by_state(published, effects(solved) | {"EU together": together(solved, union)})


def allies_china(world: World) -> tuple[Check, ...]:
    """The USA and its allies against China: non-tariff barriers doubled both ways.

    Felbermayr, Mahlkow and Sandkamp (2023). As their experiment with Russia, with China in its place.
    """
    solved = solve_equilibrium(world, shock=between(world, allies(world), ["CHN"], barrier=2.0))
    joint = together(solved, allies(world))
    return size("allies together", -0.95, joint), size("CHN", -3.55, together(solved, ["CHN"]))


def blocs_path(world: World) -> tuple[Check, ...]:
    """Germany when the West and China with Russia stop all trade, cold turkey: months, first year, for good.

    Baqaee, Hinz, Moll, Schularick, Teti, Wanner and Yang (2024), What if?, Kiel Policy Brief 170: loss of about 5, 4
    and 1.5 (1 to 2) % of gross national expenditure. Complete bans both ways; substitution .2 among inputs, .5 between
    inputs and value added, .9 in final demand (Baqaee and Farhi 2024); trade elasticities from .76 in the first quarter
    to their long run at .25 a quarter (Boehm, Levchenko and Pandalai-Nayar 2023), once the world's own, once 2
    everywhere. Quarter 1, mean of quarters 1 to 4, long run.
    """
    parameters = EconomyParameters(
        adjustment_rate=1.0, input_substitution=0.2, value_added_substitution=0.5, final_substitution=0.9,
        short_run=ShortRun(0.76, 0.25),
    )  # fmt: skip
    checks = []
    for label, variant in (("own elasticities", world), ("elasticity 2", world.with_elasticity(2.0))):
        east = [s for s in ("CHN", "HKG", "RUS") if s in world.states]
        shock = between(variant, allies(variant), east, left=0.0)
        market, path = start_market(variant, parameters), []
        for _ in range(4):
            market = next_quarter(market, shock)
            path.append(-effects(market.equilibrium)["DEU"])
        settled = -effects(solve_equilibrium(variant, shock=shock, parameters=parameters))["DEU"]
        spans = {"months": (5.0, path[0]), "first year": (4.0, float(np.mean(path))), "for good": (1.5, settled)}
        checks += [on_path(f"{span}, {label}", *values) for span, values in spans.items()]
    return tuple(checks)


def german_gas(world: World) -> tuple[Check, ...]:
    """Germany without Russian gas, loss in the first year.

    Bachmann and others (2022), What if?, ECONtribute Policy Brief 28: .5 to 3 % of GDP; Lan, Sher and Zhou (2022), IMF
    Working Paper 22/144: 1.5 to 2.7 %, partly by uncertainty, which has no part here. Complete export ban of
    Russia on the EU, pipeline gas and LNG; both stuck; substitution of inputs .3 (the default of `energy-europe`), and
    .1 with .5 in final demand (within the range of Bachmann and others).
    """
    gas = ("pipeline_gas", "lng")
    shock = between(world, ["RUS"], world.groups["EU"], gas, left=0.0, both=False)
    checks = []
    for sigma, final in ((0.3, 1.0), (0.1, 0.5)):
        parameters = EconomyParameters(input_substitution=sigma, final_substitution=final, stuck=(Stuck(gas),))
        loss = -effects(solve_equilibrium(world, shock=shock, parameters=parameters))["DEU"]
        checks += [
            inside(f"Bachmann and others, substitution {sigma:g}", 0.5, 3.0, loss),
            inside(f"Lan, Sher and Zhou, substitution {sigma:g}", 1.5, 2.7, loss),
        ]
    return tuple(checks)


def gas_by_year(world: World) -> tuple[Check, ...]:
    """Germany when Russian gas stops in the middle of a year: that year, the next, the one after.

    Lan, Sher and Zhou (2022), IMF Working Paper 22/144: GDP 1.5, 2.7 and .4 % lower in 2022, 2023 and 2024,
    after a stop of what Russia still sold in June 2022; shortage, supply chains and uncertainty together; uncertainty
    has no part here. Complete export ban of Russia on the EU, pipeline gas, all of it, from the
    third quarter on; economy of `energy-europe` at its defaults, gas and LNG stuck for four quarters. Real
    income, means of calendar years.
    """
    scenario = load_scenario("energy-europe")
    variant = scenario.apply_to(world)
    parameters = replace(scenario.economy_parameters(), stuck=(Stuck(("pipeline_gas", "lng"), until=3),))
    shock = between(variant, ["RUS"], world.groups["EU"], "pipeline_gas", left=0.0, both=False)
    market, path = start_market(variant, parameters), [0.0, 0.0]
    for _ in range(10):
        market = next_quarter(market, shock)
        path.append(-effects(market.equilibrium)["DEU"])
    years = np.reshape(path, (3, 4)).mean(axis=1)
    return tuple(
        size(f"loss of year {n + 1}", x, float(y)) for n, (x, y) in enumerate(zip((1.5, 2.7, 0.4), years, strict=True))
    )


def brothers_in_arms(world: World) -> tuple[Check, ...]:
    """Sanctions on Russia together and alone: what members save, what Russia loses more, and what others would add.

    Chowdhry, Hinz, Kamin and Wanner (2024), Brothers in arms, Economic Policy 39, sanctions of 2014: together members
    lose 9.6 % less on average than each alone, Russia 9.3 % more than by all of them alone, the coalition reaches
    57.9 % of what all states would, and China would add 22 %. Their trade costs are estimated by product, sender and
    direction; here one iceberg factor of 1.2 on all goods both ways between Russia and EU, USA, Canada, Japan,
    Australia, Norway, Switzerland: shares and ratios alone are compared. Long run, defaults of the program.
    """
    members = sanctioners(world)
    others = [s for s in world.states if s != "RUS"]

    def loss(senders: Sequence[str]) -> dict[str, float]:
        solved = solve_equilibrium(world, shock=between(world, senders, ["RUS"], "goods", barrier=1.2))
        return {state: -effect for state, effect in effects(solved).items()}

    jointly, alone = loss(members), {state: loss([state]) for state in members}
    russia, by_each = jointly["RUS"], sum(alone[state]["RUS"] for state in members)
    borne = sum(jointly[state] for state in members) / sum(alone[state][state] for state in members)
    return (
        size("members' mean loss, together against alone, %", -9.6, 100.0 * (borne - 1.0)),
        size("Russia's loss, together against the sum of each alone, %", 9.3, 100.0 * (russia / by_each - 1.0)),
        size("Russia's loss, part of that by all states, %", 57.9, 100.0 * russia / loss(others)["RUS"]),
        size("Russia's loss if China joins, % more", 22.0, 100.0 * (loss([*members, "CHN"])["RUS"] / russia - 1.0)),
    )


def export_bans(world: World) -> tuple[Check, ...]:
    """Export bans on Russia: how much more it loses than those who ban, and whether partners add more than their share.

    Hausmann, Schetter and Yildirim (2024), On the design of effective sanctions, Economic Policy 39: losses in % of
    about 100 : 1, and costs to Russia convex in the market share of those who ban. They ban some of 5,000 products;
    here EU and USA ban electronics, electrical equipment, machinery, vehicles and other transport equipment
    completely. Then the USA alone, with the EU, with all allies, with China: Russia's loss per share of its imports of
    these goods that is cut. Long run, defaults of the program.
    """
    goods = world.sector_indices([s for s in BANNED if s in world.sectors])
    labels = [world.sectors[j] for j in goods]
    us = ("USA",)
    coalitions = (us, (*us, *world.groups["EU"]), allies(world), (*allies(world), "CHN"))
    russia = world.state_index("RUS")
    bought = world.flows[goods, :, russia].sum(axis=0)
    solved = [
        solve_equilibrium(world, shock=between(world, c, ["RUS"], labels, left=0.0, both=False)) for c in coalitions
    ]
    shares = [bought[[world.state_index(s) for s in c]].sum() / (bought.sum() - bought[russia]) for c in coalitions]
    per_share = [-together(e, ["RUS"]) / share for e, share in zip(solved, shares, strict=True)]
    ratio = together(solved[1], ["RUS"]) / together(solved[1], coalitions[1])
    rises = int((np.diff(per_share) > 0).sum())
    return (
        size("loss of Russia : loss of EU and USA", 100, ratio),
        Check("steps at which the loss per share rises", "3", float(rises), "all", rises == len(per_share) - 1),
    )


def first_order(world: World) -> tuple[Check, ...]:
    """The first-order exposure matrix equals the derivative of the exact equilibrium.

    Kleinman, Liu and Redding (2024), International friends and enemies, AEJ: Macroeconomics 16. The world as one sector
    without inputs, elasticity 5, imbalances a share of income; real income of each state by the productivity of five
    suppliers, against central differences of step 1e-4 in logs; largest gap of any pair.
    """
    matrix, single = exposure(world)
    parameters = EconomyParameters(factor_mobility=np.inf, closure="multiplicative", tolerance=1e-13)
    gaps = []
    for i in np.argsort(-single.baseline.gdp)[:5]:
        ends = []
        for step in (1e-4, -1e-4):
            shock = Shock.none(single)
            shock.productivity[0, i] = np.exp(step)
            ends.append(np.log(solve_equilibrium(single, shock=shock, parameters=parameters).real_income_hat))
        gaps.append(float(np.abs((ends[0] - ends[1]) / 2e-4 - matrix[:, i]).max()))
    return (Check("largest gap", "0", max(gaps), f"at most {EXACT:g}", max(gaps) <= EXACT),)


EXPERIMENTS = (
    Experiment(allies_russia, "world-80", "before"),
    Experiment(allies_russia, "europe-2013", "after"),
    Experiment(eu_china, "world-80"),
    Experiment(allies_china, "world-80"),
    Experiment(blocs_path, "world-40", "in view"),
    Experiment(german_gas, "europe-2019", "in view"),
    Experiment(gas_by_year, "europe-2019", "in view"),
    Experiment(brothers_in_arms, "europe-2013"),
    Experiment(export_bans, "world-80", "before"),
    Experiment(best_tariff, "world-80"),
    Experiment(price_of_an_embargo, "world-80"),
    Experiment(liberation_day, "world-80"),
    Experiment(plain_limit, "world-80"),
    Experiment(first_order, "pacific-2019"),
)

#: Experiment -> why it is not run again.
NOT_RUN = {
    "Hausmann, Schetter and Yildirim (2024), coordination adds 80 %": "needs their 5,000 products and lists of bans",
    "Ignatenko, Lashkaripour, Macedoni and Simonovska (2025), losses under retaliation": (
        "needs labour supply, and imbalances that follow from tariffs"
    ),
}


def run_benchmarks(names: Sequence[str] = (), progress: Callable[[str], None] | None = None) -> tuple[Experiment, ...]:
    """Run the experiments named, or all, and return them with their checks; InvalidInput for an unknown name.

    `progress` gets each title before its run.
    """
    known = [e.name for e in EXPERIMENTS]
    wrong = [n for n in names if n not in known]
    if wrong:
        allowed = ", ".join(dict.fromkeys(known))
        raise InvalidInput([Problem("unknown experiment", None, None, n, n, allowed, nearest(n, known)) for n in wrong])
    done = []
    for experiment in EXPERIMENTS:
        if not names or experiment.name in names:
            if progress is not None:
                progress(experiment.text[0])
            done.append(replace(experiment, checks=experiment.run(load_world(experiment.world))))
    return tuple(done)
