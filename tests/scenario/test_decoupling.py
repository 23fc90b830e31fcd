"""`decoupling`: the months, the first year and the long run of a break with China."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from coercion_sim.economy import compile_shock, next_quarter, solve_equilibrium, start_market
from coercion_sim.scenario import Scenario, load_scenario
from coercion_sim.world import World, load_world

pytestmark = pytest.mark.usefixtures("shipped_world")


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load_scenario("decoupling")


@pytest.fixture(scope="module")
def world(scenario: Scenario) -> World:
    return scenario.apply_to(load_world("world-40"))


def path(scenario: Scenario, world: World, partners: tuple[str, ...]) -> dict[str, list[float]]:
    """First quarter, first year and long run of every state, % of GDP, where these are cut off."""
    measures = [replace(m, start=0) for m in scenario.measures_as_data() if m.on in partners]
    parameters = scenario.economy_parameters()
    market, quarters = start_market(world, parameters), []
    for quarter in range(4):
        market = next_quarter(market, compile_shock(world, measures, quarter))
        quarters.append(market.equilibrium.welfare_pct_gdp)
    settled = solve_equilibrium(world, measures, parameters=parameters).welfare_pct_gdp
    rows = quarters[0], np.mean(quarters, axis=0), settled
    return {state: [float(row[i]) for row in rows] for i, state in enumerate(world.states)}


def test_a_break_costs_most_in_the_first_months(scenario: Scenario, world: World) -> None:
    """The page's table; the published path for Germany, 5, 4 and 1.5, has the same order."""
    effects = path(scenario, world, scenario.actors.bloc)
    assert effects["DEU"] == pytest.approx([-3.69, -2.20, -0.96], abs=0.01)
    assert effects["CHN"] == pytest.approx([-6.24, -3.41, -1.38], abs=0.01)
    assert effects["VNM"] == pytest.approx([7.05, 4.92, 2.87], abs=0.01)
    for state in (*scenario.actors.bloc, "CHN"):
        first, year, settled = effects[state]
        assert first < year < settled < 0.0, state


def test_germany_loses_about_as_much_alone_and_china_far_less(scenario: Scenario, world: World) -> None:
    alone = path(scenario, world, ("DEU",))
    assert alone["DEU"] == pytest.approx([-4.03, -2.41, -1.06], abs=0.01)
    assert alone["CHN"] == pytest.approx([-0.78, -0.45, -0.19], abs=0.01)
    assert abs(alone["FRA"][2]) < 0.05


def test_every_one_of_the_bloc_is_cut_off_both_ways(scenario: Scenario) -> None:
    pairs = {(m.on, m.kind) for m in scenario.measures_as_data()}
    assert pairs == {(state, kind) for state in scenario.actors.bloc for kind in ("export_ban", "import_ban")}
    assert scenario.economy_parameters().adjustment_rate == 1.0  # one friction: the path of elasticities
