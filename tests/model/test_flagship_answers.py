"""The shipped scenario on the shipped world: what must hold in every draw of its uncertain numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from coercion_sim.economy import EconomyParameters, Measure, compile_shock, next_quarter, start_market
from coercion_sim.model import CoercionModel, build_model, run_once
from coercion_sim.rng import sobol_point
from coercion_sim.scenario import Scenario, load_scenario
from coercion_sim.scenario.tables import RUN_TOLERANCE
from coercion_sim.world import World, load_world
from support.small import assert_same_economy, columns

#: Draws of every test run; `-m slow` takes all of the scenario's.
DRAWS = 3
BANS = {
    "barley": 0.0,
    "copper_ores": 0.0,
    "coal": 0.02,
    "logs": 0.02,
    "wine": 0.03,
    "lobster": 0.05,
    "cotton": 0.4,
    "beef": 0.65,
}


@pytest.fixture(scope="module")
def world() -> World:
    return load_world("pacific-2019")


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load_scenario("australia-2020")


def drawn(scenario: Scenario, draw: int) -> Scenario:
    """Return the scenario at one Sobol' point of its uncertain numbers."""
    point = sobol_point(scenario.seed, len(scenario.uncertain), draw)
    return scenario.with_values({u.path: u.at(float(x)) for u, x in zip(scenario.uncertain, point, strict=True)})


def play(scenario: Scenario, world: World, policy: str, burdens: bool = False) -> CoercionModel:
    model = build_model(scenario, world, policy, scenario.seed, burdens=burdens)
    while model.quarter < model.quarters:
        model.step()
    return model


def effect(model: CoercionModel, state: str) -> np.ndarray:
    """Real income against the same run without coercion, percent of GDP, by quarter."""
    n = model.world.state_index(state)
    return columns(model, "welfare_pct_gdp")[:, n] - [r.without.welfare_pct_gdp[n] for r in model.history]


@pytest.mark.slow
def test_with_allies_australia_loses_less_in_every_replicate_of_the_scenario(scenario: Scenario, world: World) -> None:
    for draw in range(DRAWS, scenario.replicates):
        test_with_allies_australia_loses_less_and_what_they_pay_is_what_it_gets(scenario, world, draw)


@pytest.mark.parametrize("draw", range(DRAWS))
def test_with_allies_australia_loses_less_and_what_they_pay_is_what_it_gets(
    scenario: Scenario, world: World, draw: int
) -> None:
    at = drawn(scenario, draw)
    alone, helped = (play(at, world, policy) for policy in ("stand_alone", "respond_as_allies"))
    losses = [-effect(model, "AUS") for model in (alone, helped)]
    answered = np.array([any(m.purpose != "statement" for m in r.taken) for r in helped.history])
    assert answered.sum() >= 15
    assert (losses[1][answered] < losses[0][answered]).all()
    assert losses[1].sum() < losses[0].sum()
    for record in helped.history:
        assert abs(record.help_paid.sum() - record.help_received.sum()) < 1e-8
        assert not record.help_paid.any() or record.help_paid.sum() <= record.ceiling * (1 + 1e-8)
        assert set(np.flatnonzero(record.help_received)) <= {world.state_index("AUS")}


def test_with_every_response_at_nothing_the_run_is_stand_alone_bit_for_bit(scenario: Scenario, world: World) -> None:
    every = ["statement", "absorb", "compensate", "retaliate"]
    nothing: dict[str, Any] = {"instruments": every, "fraction": 0.0, "absorb_rate": 0.0, "retaliate_open": 1.0}
    short = drawn(scenario, 0).with_values({"quarters": 10})
    mute = short.with_values({f"policy.respond_as_allies.{key}": value for key, value in nothing.items()})
    assert_same_economy(play(short, world, "stand_alone"), play(mute, world, "respond_as_allies", burdens=True))


def test_burden_falls_on_those_who_help_and_on_nobody_else(scenario: Scenario, world: World) -> None:
    model = play(scenario.with_values({"quarters": 6}), world, "respond_as_allies", burdens=True)
    last = model.history[-1]
    helpers = {world.state_index(m.by) for m in last.taken}
    assert {world.states[n] for n in np.flatnonzero(last.burden > 0)} == {world.states[n] for n in helpers}
    assert not any(r.burden.any() for r in model.history[:2])
    assert {world.states[n] for n in helpers} >= {"USA", "JPN", "NZL", "GBR"}


def test_integration_is_not_counted_as_australia_s_escape_from_coercion(scenario: Scenario, world: World) -> None:
    """A shield is small: coercion costs within a quarter of what it costs alone, whatever the gain from trade."""
    alone, tied = (play(scenario, world, policy) for policy in ("stand_alone", "integrate_economies"))
    n = world.state_index("AUS")
    gain = np.array([r.without.welfare_pct_gdp[n] for r in tied.history])
    assert gain[-1] > 0.05
    assert effect(tied, "AUS").sum() == pytest.approx(effect(alone, "AUS").sum(), rel=0.25)
    assert effect(tied, "AUS").sum() < 0


def test_the_record_experiment_through_a_scenario_is_that_of_the_bare_economy(scenario: Scenario, world: World) -> None:
    """Quantities lost and gained in the tables are those of quarters cleared one by one (model.md §8)."""
    values: dict[str, Any] = {f"measures.{good}.open": left for good, left in BANS.items()}
    values |= {f"measures.{good}.from": "2020Q1" for good in BANS} | {"quarters": 5}
    values |= {u.path: u.default for u in scenario.uncertain if u.path.startswith("economy.")}
    table = run_once(scenario.with_values(values), world, "stand_alone", 0, 1).tables["sectors"]
    market = start_market(world, EconomyParameters(tolerance=RUN_TOLERANCE, input_substitution=0.3))
    bans = [Measure("import_ban", "CHN", "AUS", (good,), left) for good, left in BANS.items()]
    a, c = world.state_index("AUS"), world.state_index("CHN")
    others = [n for n in range(len(world.states)) if n not in (a, c)]
    for quarter in range(5):
        market = next_quarter(market, compile_shock(world, bans))
        moved = market.equilibrium.quantities[:, a] - world.flows[:, a]
        rows = [i for i, step in enumerate(table["step"]) if step == quarter]
        assert {table["sector"][i] for i in rows} == set(BANS)
        for i in rows:
            j = world.sectors.index(table["sector"][i])
            assert table["lost_quantity"][i] == pytest.approx(-moved[j, c], rel=1e-6)
            assert table["gained_quantity"][i] == pytest.approx(moved[j, others].sum(), rel=1e-6)
