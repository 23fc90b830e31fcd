"""Effects of a shock read off equilibria made by hand, and the barriers that benchmarks put on a small world."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coercion_sim.analysis import FlowEffect, StateEffect, WhatIf, what_if
from coercion_sim.analysis.benchmarks import allies, between, effects, together
from coercion_sim.analysis.discovery.conditions import Fails, read_fails
from coercion_sim.analysis.what_if import flow_effects, hindered, state_effects
from coercion_sim.economy import Measure, Shock, compile_shock, solve_equilibrium
from coercion_sim.world import World
from fakes.tiny import SECTORS, STATES, tiny_world
from support.worlds import random_world

WORLD = tiny_world()
BAN = Measure("import_ban", "CHN", "AUS", ("coal",), 0.02)


def equilibrium(world: World, quantities: np.ndarray, **hats: Any) -> Any:
    """What `what_if` reads of an equilibrium, with these quantities and ones where nothing is given."""
    ones = np.ones(len(world.states))
    known = {"welfare_pct_gdp": 0.0 * ones, "real_factor_income_hat": ones, "real_gdp_hat": ones}
    exports = world.foreign.sum(axis=(0, 2))
    return SimpleNamespace(**{"world": world, "quantities": quantities, "exports": exports} | known | hats)


# ------------------------------------------------------------------ flows


@pytest.mark.parametrize(
    ("measure", "cells"),
    [
        (BAN, {("coal", "AUS", "CHN")}),
        (Measure("export_ban", "CHN", "AUS", ("coal", "wine"), 0.0), {("coal", "CHN", "AUS"), ("wine", "CHN", "AUS")}),
        (Measure("import_tariff", "USA", "CHN", ("goods",), 0.25), {("coal", "CHN", "USA"), ("wine", "CHN", "USA")}),
        (Measure("import_subsidy", "JPN", "AUS", ("coal",), 0.1), set()),
        (Measure("transfer", "USA", "AUS", (), 100.0), set()),
    ],
)
def test_hindered_flows_are_those_a_measure_bans_taxes_or_burdens(
    measure: Measure, cells: set[tuple[str, str, str]]
) -> None:
    at = hindered(WORLD, [measure, measure])
    assert {(SECTORS[j], STATES[x], STATES[m]) for j, x, m in at} == cells
    assert len(at) == len(cells)


def test_a_flow_that_is_nil_at_the_baseline_is_not_hindered() -> None:
    flows = WORLD.flows.copy()
    flows[0, 0, 1] = 0.0
    assert hindered(World.from_flows("w", STATES, SECTORS, flows, 4.0), [BAN]) == ()


def test_what_is_lost_goes_to_others_at_home_or_nowhere() -> None:
    change = np.zeros_like(WORLD.flows)
    lost = WORLD.flows[0, 0, 1]
    change[0, 0] = [0.3 * lost, -lost, 0.4 * lost, 0.2 * lost]  # AUS itself, CHN, USA, JPN
    ends = [equilibrium(WORLD, WORLD.flows + change * size) for size in (0.5, 1.5)]
    (effect,) = flow_effects(WORLD, [BAN], ends, "mean")
    assert effect.lost == pytest.approx(lost)
    assert effect.gained == pytest.approx(0.6 * lost)
    assert effect.diverted == pytest.approx(0.6)
    assert [state for state, _ in effect.gainers] == ["USA", "JPN"]
    assert (effect.sector, effect.exporter, effect.importer, effect.period) == ("coal", "AUS", "CHN", "mean")


def test_importers_of_one_coalition_are_one_flow_and_the_largest_loss_comes_first() -> None:
    bans = [Measure("import_ban", by, "AUS", ("coal", "wine"), 0.0) for by in ("CHN", "USA")]
    change = np.zeros_like(WORLD.flows)
    change[0, 0, 1:3] = -10.0, -20.0
    change[1, 0, 1:3] = -100.0, 0.0
    wine, coal = flow_effects(WORLD, bans, [equilibrium(WORLD, WORLD.flows + change)], "p", gainers=0)
    assert (wine.sector, wine.lost, coal.lost) == ("wine", pytest.approx(100.0), pytest.approx(30.0))
    assert {wine.importer, coal.importer} == {"CHN+USA"}
    assert wine.gainers == ()


# ------------------------------------------------------------------ states


def test_effects_on_states_are_percent_changes() -> None:
    hats = {
        "welfare_pct_gdp": np.array([-1.0, 0.5, 0.0, 0.0]), "real_factor_income_hat": np.array([0.9, 1.1, 1.0, 1.0]),
        "real_gdp_hat": np.array([0.99, 1.0, 1.0, 1.02]), "exports": WORLD.foreign.sum(axis=(0, 2)) * 1.5,
    }  # fmt: skip
    rows = state_effects("long run", equilibrium(WORLD, WORLD.flows, **hats))
    assert [row.state for row in rows] == list(STATES)
    assert rows[0] == StateEffect(
        "long run", "AUS", -1.0, pytest.approx(-10.0), pytest.approx(-1.0), pytest.approx(50.0)
    )
    assert rows[3].real_gdp == pytest.approx(2.0)


def test_exports_that_were_nil_have_no_change() -> None:
    closed = World.from_flows("w", ("A", "B"), ("x",), np.array([[[5.0, 0.0], [1.0, 5.0]]]), 4.0)
    first, second = state_effects("p", equilibrium(closed, closed.flows))
    assert math.isnan(first.exports)
    assert second.exports == 0.0


def test_states_of_a_period_are_sorted_by_the_size_of_their_change() -> None:
    states = tuple(StateEffect(p, s, x, 0.0, 0.0, 0.0) for p in ("a", "b") for s, x in (("X", 0.1), ("Y", -0.5)))
    answer = WhatIf("w", (BAN,), ("a", "b"), states, ())
    assert [s.state for s in answer.of_period("b")] == ["Y", "X"]
    assert len(answer.records()) == 4
    assert repr(answer) == "WhatIf(w: 1 measure, 2 periods)"


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 1000))
def test_the_long_run_of_a_ban_is_that_of_the_solver(seed: int) -> None:
    world = random_world(seed)
    ban = Measure("import_ban", "N0", "N1", ("s0",), 0.05)
    answer, solved = what_if(world, [ban]), solve_equilibrium(world, [ban])
    assert [s.real_income for s in answer.states] == pytest.approx(solved.welfare_pct_gdp.tolist(), abs=1e-9)
    (flow,) = answer.flows
    assert isinstance(flow, FlowEffect)
    assert flow.lost == pytest.approx(world.flows[0, 1, 0] - solved.quantities[0, 1, 0], rel=1e-6)


# ------------------------------------------------------------------ barriers of the benchmarks


def test_barriers_between_two_groups_are_those_of_measures_for_each_pair() -> None:
    shock = between(WORLD, ("AUS", "USA"), ("CHN",), "goods", barrier=2.0)
    pairs = [(a, b) for s in ("AUS", "USA") for a, b in ((s, "CHN"), ("CHN", s))]
    same = compile_shock(WORLD, [Measure("import_barrier", by, on, ("goods",), 2.0) for by, on in pairs])
    np.testing.assert_allclose(shock.barrier, same.barrier)
    np.testing.assert_allclose(shock.open, 1.0)
    one_way = between(WORLD, ("AUS",), ("CHN",), "coal", left=0.0, tariff=0.1, both=False)
    closed = one_way.open < 1.0
    assert closed.sum() == 1
    assert closed[0, 0, 1]
    assert one_way.tariff[0, 0, 1] - Shock.none(WORLD).tariff[0, 0, 1] == pytest.approx(0.1)


def test_allies_are_those_in_the_world_each_once() -> None:
    groups = {"EU": ("USA", "XXX"), "G7": ("JPN", "USA")}
    world = cast("Any", SimpleNamespace(groups=groups, states=STATES))
    assert allies(world) == ("USA", "JPN", "AUS")


def test_joint_income_weighs_states_by_their_gdp() -> None:
    solved = equilibrium(WORLD, WORLD.flows, welfare_pct_gdp=np.array([1.0, -2.0, 0.0, 4.0]))
    gdp = dict(zip(STATES, WORLD.baseline.gdp, strict=True))
    assert effects(solved) == {"AUS": 1.0, "CHN": -2.0, "USA": 0.0, "JPN": 4.0}
    assert together(solved, ["CHN"]) == pytest.approx(-2.0)
    joint = (gdp["AUS"] - 2.0 * gdp["CHN"]) / (gdp["AUS"] + gdp["CHN"])
    assert together(solved, ["AUS", "CHN"]) == pytest.approx(joint)


# ------------------------------------------------------------------ conditions of a miss


@given(st.sampled_from([">", "<", ">=", "<="]), st.floats(-1e6, 1e6))
def test_a_condition_is_read_back_and_nothing_missing_is_a_miss(sign: str, limit: float) -> None:
    assert read_fails(f" target_loss_pv {sign} {limit!r} ") == ("target_loss_pv", sign, repr(limit))
    missed = Fails("target_loss_pv", sign, limit).missed(np.array([limit - 1.0, limit, limit + 1.0, math.nan]))
    wanted = {">": [0, 0, 1], "<": [1, 0, 0], ">=": [0, 1, 1], "<=": [1, 1, 0]}[sign]
    assert missed.tolist() == [bool(x) for x in (*wanted, 0)]
