"""Table `outcomes`: every outcome by hand from the history of a run, finite always, and marked where it cannot vary."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from coercion_sim.economy import Measure, solve_equilibrium
from coercion_sim.model import CoercionModel, build_model, run_once
from coercion_sim.model.outcomes import EMBARGO_LEAVES, outcomes_of
from coercion_sim.outcomes import OUTCOMES
from coercion_sim.scenario import Scenario
from coercion_sim.world import World
from support.constant_outcomes import may_be_constant
from support.small import STATES, small_scenario, small_world

pytestmark = pytest.mark.slow  # many disputes are solved

BOTH = "respond_as_allies+integrate_economies"
NAMES = [entry.name for entry in OUTCOMES]


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    return small_scenario(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="module")
def world() -> World:
    return small_world()


def played(scenario: Scenario, world: World, policy: str, replicate: int = 0) -> CoercionModel:
    model = build_model(scenario, world, policy, 11, replicate=replicate)
    while model.quarter < model.quarters:
        model.step()
    return model


@pytest.fixture(scope="module")
def model(scenario: Scenario, world: World) -> CoercionModel:
    return played(scenario, world, BOTH)


@pytest.fixture(scope="module")
def found(model: CoercionModel, scenario: Scenario) -> dict[str, float]:
    return outcomes_of(model, scenario)


def test_there_is_a_number_for_every_column(found: dict[str, float]) -> None:
    assert set(found) == set(NAMES)
    assert all(isinstance(x, float) and math.isfinite(x) for x in found.values())


def test_a_script_is_one_dispute_pressed_and_carried_out(found: dict[str, float]) -> None:
    """China bans coal and wine of Australia for five quarters: one pair."""
    for name in ("disputes", "attempts", "carried_out"):
        assert found[name] == 1.0
    for name in ("threatened", "conceded_to_demand", "backed_down", "successes", "beyond_trade", "escalations"):
        assert found[name] == 0.0
    assert found["pressure_quarters"] == found["mean_length"] == 5.0


def test_present_values_are_quarters_of_a_year_discounted(
    model: CoercionModel, scenario: Scenario, found: dict[str, float]
) -> None:
    delta = scenario.dispute.discount
    loss = cost = paid = burdens = 0.0
    for q, r in enumerate(model.history):
        gap = r.actual.welfare_pct_gdp - r.without.welfare_pct_gdp
        weight = delta ** (q / 4) / 4
        loss -= weight * gap[0]
        cost -= weight * gap[1]
        paid += weight * r.help_paid.sum()
        burdens += weight * float(r.burden @ model.world.baseline.gdp) / 100
    assert found["target_loss_pv"] == pytest.approx(loss)
    assert found["coercer_cost_pv"] == pytest.approx(cost)
    assert found["help_pv"] == pytest.approx(paid)
    assert found["burden_total"] == pytest.approx(burdens)
    assert found["target_loss_pv"] > 0


def test_the_bloc_s_income_is_weighted_by_gdp(model: CoercionModel, found: dict[str, float]) -> None:
    at = [STATES.index(s) for s in ("AUS", "USA", "JPN")]
    gdp = model.world.baseline.gdp[at]
    by_quarter = [(r.actual.welfare_pct_gdp - r.adjustment)[at] @ gdp / gdp.sum() for r in model.history]
    assert found["bloc_income"] == pytest.approx(np.mean(by_quarter))


def test_the_world_s_output_is_weighted_by_gdp(model: CoercionModel, found: dict[str, float]) -> None:
    gdp = model.world.baseline.gdp
    by_quarter = [100 * (r.actual.real_gdp_hat - 1) @ gdp / gdp.sum() for r in model.history]
    assert found["world_gdp_change"] == pytest.approx(np.mean(by_quarter))
    assert found["world_gdp_change"] != 0


def test_security_lost_is_the_target_s_own(tmp_path: Path, world: World) -> None:
    grey_zone_alone = ('dispute.packages=["grey_zone"]', 'dispute.targets=["AUS"]', "dispute.stake_target=2.0")
    scenario = strategic(tmp_path, *grey_zone_alone, "dispute.audience_back_down=2.0")
    lost = 0.0
    for replicate in range(4):
        model = played(scenario, world, "stand_alone", replicate)
        weights = scenario.dispute.discount ** (np.arange(len(model.history)) / 4) / 4
        own = sum(w * r.toll.security_loss[0] for w, r in zip(weights, model.history, strict=True))
        assert outcomes_of(model, scenario)["security_loss_pv"] == pytest.approx(own)
        lost += own
    assert lost > 0


def test_the_coalition_is_who_acts_and_not_who_speaks(
    model: CoercionModel, scenario: Scenario, found: dict[str, float]
) -> None:
    acting = [{m.by for m in r.taken if m.kind != "statement"} for r in model.history if r.pressed]
    assert found["coalition_size"] == pytest.approx(np.mean([len(a) for a in acting]))
    assert 0 < found["coalition_size"] < 2

    # Everybody tied to Australia counts, those who pay nothing as 0.
    discount = scenario.dispute.discount ** (np.arange(len(model.history)) / 4) / 4
    burdens = np.maximum(discount @ np.array([r.burden for r in model.history]), 0)
    tied = [i for i, s in enumerate(STATES) if s not in ("AUS", "CHN") and model.world.alliance_strength(s, "AUS") > 0]
    shares = burdens[sorted({*tied, *np.flatnonzero(burdens).tolist()})]
    apart = np.abs(shares[:, None] - shares).sum() / (2 * len(shares) * shares.sum())
    assert found["burden_gini"] == pytest.approx(apart)


def test_diversion_is_volume_found_elsewhere_of_volume_lost(model: CoercionModel, found: dict[str, float]) -> None:
    lost = gained = 0.0
    for r in model.history:
        if r.pressed:
            change = r.actual.quantities - r.without.quantities
            for j in (0, 1):
                lost -= change[j, 0, 1]
                gained += change[j, 0, [2, 3, 4]].sum()
    assert found["diverted_share"] == pytest.approx(gained / lost)


def test_vulnerability_is_an_embargo_in_the_economy_at_the_end(
    model: CoercionModel, world: World, found: dict[str, float], scenario: Scenario
) -> None:
    embargo = [Measure(kind, "CHN", "AUS", ("goods",), EMBARGO_LEAVES) for kind in ("import_ban", "export_ban")]
    before = -solve_equilibrium(world, embargo, parameters=model.parameters).welfare_pct_gdp[0]
    alone = outcomes_of(played(scenario, world, "stand_alone"), scenario)
    assert alone["vulnerability"] == pytest.approx(before, rel=1e-6)
    assert 0 < found["vulnerability"] < before  # integrated with others, China matters less
    assert found["power"] < alone["power"]


def test_power_is_the_log_loss_of_the_coercer_s_varieties(
    model: CoercionModel, found: dict[str, float], world: World
) -> None:
    bought = model.history[-1].without.flows[:, :, 0]
    beta = bought.sum(axis=1) / bought.sum()
    omega = bought[:, 1] / bought.sum(axis=1)
    assert found["power"] == pytest.approx(100 * float((beta * -np.log(1 - omega) / world.trade_elasticity).sum()))


def test_trust_is_at_its_prior_where_nobody_is_tested(found: dict[str, float], scenario: Scenario) -> None:
    assert found["cohesion"] == 0.5
    assert found["belief_target"] == scenario.dispute.belief_target
    assert found["cooperation_kept"] == 1.0


def strategic(tmp_path: Path, *overrides: str) -> Scenario:
    return small_scenario(
        tmp_path,
        [
            "conduct=strategic", 'dispute.coercers=["CHN"]', 'dispute.targets=["AUS","JPN"]', "dispute.rate=0.3",
            "dispute.stake_coercer=1.0", 'dispute.packages=["screened","hybrid","grey_zone"]', "dispute.screen=off",
            "cooperation.value=0.05", "cooperation.spill_pressure=0.5", "policy.respond_as_allies.pledge=0.5",
            "policy.respond_as_allies.fraction=1.0", *overrides,
        ],
    )  # fmt: skip


def test_where_states_choose_the_counts_are_those_of_the_disputes(tmp_path: Path, world: World) -> None:
    scenario = strategic(tmp_path)
    for replicate in range(4):
        model = played(scenario, world, "respond_as_allies", replicate)
        found = outcomes_of(model, scenario)
        assert model.diplomacy is not None
        ends = [d.ending for d in model.diplomacy.disputes]
        assert found["disputes"] == len(ends)
        assert found["attempts"] == sum(d.package >= 0 for d in model.diplomacy.disputes)
        assert found["carried_out"] == sum(d.imposed_at >= 0 for d in model.diplomacy.disputes)
        assert found["conceded_to_demand"] == ends.count("conceded_to_demand")
        assert found["backed_down"] == ends.count("backed_down")
        assert found["successes"] == ends.count("conceded_to_demand") + ends.count("conceded")
        assert found["pressure_quarters"] == sum(len({(m.by, m.on) for m in r.pressed}) for r in model.history)
        assert 0 <= found["beyond_trade"] <= 1
        assert 0 <= found["cooperation_kept"] <= 1
        assert all(math.isfinite(x) for x in found.values())


def test_an_outcome_varies_unless_the_scenario_fixes_it(tmp_path: Path, world: World) -> None:
    """Over draws of luck alone: an outcome that is the same in all of them is fixed by the scenario or the policy."""
    scenario = strategic(tmp_path)
    for policy in ("stand_alone", "respond_as_allies"):
        runs = [run_once(scenario, world, policy, k, 11).tables["outcomes"] for k in range(40)]
        for column in OUTCOMES:
            values = {run[column.name][0] for run in runs}
            # The economy is certain here, so what depends on it alone is the same in all.
            economy = ("vulnerability", "power", "integration_min")
            if column.name not in economy and len(values) == 1:
                assert may_be_constant(column.name, scenario, policy), (policy, column.name)
