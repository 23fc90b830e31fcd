"""The record of 2020-24 (model.md §8): the defaults meet it, and the settings it rules out miss it."""

from __future__ import annotations

import math
import os
from pathlib import Path

import numpy as np
import pytest
from record_experiment import DIVERTED, OPEN, SIGMA, SPARED, Record, run_record, violations

from coercion_sim.scenario import load_scenario
from coercion_sim.world import World, build_world, load_world, world_folder

#: Spared goods are not hit: no sale of them moves by more than this, fraction of the baseline.
LITTLE = 0.02


@pytest.fixture(scope="module")
def world() -> World:
    return load_world("pacific-2019")


@pytest.fixture(scope="module")
def record(world: World) -> Record:
    return run_record(world)


def test_the_defaults_are_those_the_record_is_judged_at(world: World) -> None:
    parameters = load_scenario("australia-2020").economy_parameters()
    assert (parameters.factor_mobility, parameters.adjustment_rate) == (1.5, 0.25)
    assert parameters.input_substitution == SIGMA
    assert parameters.closure == "additive"
    assert set(world.trade_elasticity) == {12.0, 5.0, 3.0}
    assert world.input_share.any()


def test_the_defaults_meet_every_band_and_ordering(record: Record) -> None:
    assert violations(record) == {}


@pytest.mark.parametrize("change", [{"factor_mobility": 1.2}, {"adjustment_rate": 0.5}, {"input_substitution": 0.5}])
def test_other_values_of_the_ranges_meet_it_too(world: World, change: dict[str, float]) -> None:
    assert violations(run_record(world, **change)) == {}


def test_fixed_shares_of_inputs_miss_barley_alone(world: World) -> None:
    """At sigma 1 a sector that buys in most of what it sells gives its factors less to lose, and shrinks more."""
    fixed = run_record(world, input_substitution=1.0)
    assert violations(fixed).keys() == {"diverted barley"}
    assert 0.60 < fixed.diverted("barley") < DIVERTED["barley"][0]


def test_the_lowest_factor_mobility_overshoots_wine_and_logs(world: World) -> None:
    missed = violations(run_record(world, factor_mobility=1.05))
    assert missed.keys() == {"diverted wine", "diverted logs"}


def test_the_slowest_buyers_let_china_gain(world: World) -> None:
    assert violations(run_record(world, adjustment_rate=0.1)).keys() == {"real income of CHN"}


def test_one_mobile_factor_misses_every_bulk_good(world: World) -> None:
    missed = violations(run_record(world, factor_mobility=math.inf))
    assert {f"diverted {good}" for good in ("coal", "barley", "cotton", "copper_ores")} <= missed.keys(), missed


def test_factor_mobility_of_three_misses_bulk_goods(world: World) -> None:
    missed = violations(run_record(world, factor_mobility=3.0))
    assert {"diverted barley", "diverted cotton", "diverted coal"} <= missed.keys(), missed


def test_one_elasticity_for_every_good_misses_bulk_goods(world: World) -> None:
    missed = violations(run_record(world.with_elasticity(4.0)))
    assert {"diverted barley", "diverted cotton", "diverted copper_ores", "real income of CHN"} <= missed.keys(), missed


def test_logs_fail_where_all_logs_and_not_the_export_grade_stay_home(world: World, record: Record) -> None:
    shared = Path(os.environ.get("COERCION_SIM_SHARED") or Path(__file__).resolve().parents[2].parent / "shared")
    data = shared / "data" / "world"
    if not data.is_dir():
        pytest.skip("shared data not here: data/world (set COERCION_SIM_SHARED)")
    all_logs = build_world(world_folder("pacific-2019") / "build.toml", data, changes={"logs.grade": "all"})
    j, t = world.sectors.index("logs"), world.state_index("AUS")
    home = [w.flows[j, t, t] / w.flows[j, t].sum() for w in (world, all_logs)]
    assert home == pytest.approx([0.25, 0.78], abs=0.01)
    low, high = DIVERTED["logs"]
    assert low <= record.diverted("logs") <= high
    other = run_record(all_logs)
    assert other.diverted("logs") < low
    missed = violations(other).keys()
    assert missed
    assert all("logs" in what for what in missed), missed


def test_the_spared_goods_change_little(record: Record) -> None:
    moved = {good: record.spared(good) for good in SPARED}
    assert max(moved.values()) < LITTLE, moved


def test_a_ban_leaves_at_least_its_open_share_and_nothing_where_it_is_complete(record: Record) -> None:
    """More than the open share is sold: fewer sellers compete for the same gap, and the price falls."""
    china = record.world.state_index("CHN")
    for good, left in OPEN.items():
        j = record.world.sectors.index(good)
        base = record.without[0].quantities[j, record.world.state_index("AUS"), china]
        kept = 1.0 + record.change[:, j, china] / base
        assert (kept >= left - 1e-12).all(), good
        assert (kept < 1.0).all(), good
        assert (kept == 0.0).all() == (left == 0.0), good


def test_the_run_without_measures_stays_at_the_baseline(record: Record) -> None:
    for quarter in record.without:
        np.testing.assert_array_equal(quarter.quantities, record.without[0].quantities)
        np.testing.assert_allclose(quarter.flows, record.world.flows, rtol=1e-12)


def test_quarter_one_overshoots_and_is_reported_not_judged(record: Record) -> None:
    """With fixed nominal transfers the first quarter is the worst for Australia."""
    t = record.world.state_index("AUS")
    losses = [quarter.welfare_pct_gdp[t] for quarter in record.quarters]
    assert losses[0] == min(losses)
    assert losses[0] < record.income("AUS")
