"""Pressure that is not trade, escalation, cooperation lost: what the run draws, and what the game expects of it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coercion_sim.dispute import Cooperation, Pressure
from coercion_sim.dispute.hazards import Hazards, linked_shortfall, non_trade_costs, yearly_escalation
from coercion_sim.dispute.packages import Screen
from coercion_sim.dispute.payoff_table import PayoffQuestion, PayoffTable
from coercion_sim.dispute.payoffs import solve_payoffs
from coercion_sim.economy import EconomyParameters, Measure
from coercion_sim.policies import Absorb, Compensate, Pledge, Retaliate
from coercion_sim.rng import Streams
from support.small import STATES, small_world

PATROLS = Measure("military", "CHN", "AUS", (), 0.6, 0, None, name="patrols")
RUMOURS = Measure("disinformation", "CHN", "AUS", (), 0.05, 0, None, name="rumours")
CUT = Measure("export_ban", "USA", "CHN", ("parts",), 0.5, purpose="retaliate", name="cut")
WORLD = small_world()
QUARTERS = 400


def hazards(
    pressure: Pressure | None = None, cooperation: Cooperation | None = None, shield: float = 0.0, replicate: int = 0
) -> Hazards:
    return Hazards(WORLD, pressure or Pressure(), cooperation or Cooperation(), Streams(5, replicate), ("CHN",), shield)


def at(array: np.ndarray, state: str) -> float:
    return float(array[STATES.index(state)])


# ------------------------------------------------------------------ one quarter


def test_patrols_cost_the_target_their_size_and_their_author_in_proportion() -> None:
    calm = Pressure(grey_zone=0.3, grey_zone_cost=0.02, grey_zone_escalation=0.0)
    toll = hazards(calm).toll((PATROLS,), (), 0)
    assert at(toll.security_loss, "AUS") == 0.6
    assert at(toll.security_loss, "CHN") == pytest.approx(0.04)
    assert np.count_nonzero(toll.security_loss) == 2
    assert not toll.cooperation_loss.any()


def test_an_author_outside_the_world_keeps_no_accounts() -> None:
    boats = Measure("military", "IRN", "AUS", (), 0.2, name="boats")
    toll = hazards(Pressure(grey_zone_escalation=1.0, escalation_cost=2.0)).toll((boats,), (), 3)
    assert toll.escalations == (("IRN", "AUS"),)
    assert at(toll.security_loss, "AUS") == pytest.approx(0.2 + 4 * 2.0)
    assert np.count_nonzero(toll.security_loss) == 1


def test_trade_pressure_alone_never_escalates() -> None:
    ban = Measure("import_ban", "CHN", "AUS", ("wine",), 0.0)
    fierce = Pressure(grey_zone_escalation=1.0, disinformation_escalation=1.0, answer_escalation=1.0)
    assert hazards(fierce).toll((ban,), (CUT,), 0).escalations == ()


def test_escalation_is_paid_by_coercer_target_and_who_answered_and_comes_as_often_as_said() -> None:
    rough = Pressure(grey_zone_escalation=0.3, answer_escalation=0.2, escalation_cost=1.5, grey_zone_cost=0.0)
    seen = [hazards(rough).toll((PATROLS,), (CUT,), q) for q in range(QUARTERS)]
    escalated = [toll for toll in seen if toll.escalations]
    yearly = 1 - 0.7 * 0.8
    assert len(escalated) / QUARTERS == pytest.approx(1 - (1 - yearly) ** 0.25, abs=0.05)
    for toll in escalated:
        assert at(toll.security_loss, "AUS") == pytest.approx(0.6 + 6.0)
        assert at(toll.security_loss, "CHN") == at(toll.security_loss, "USA") == pytest.approx(6.0)
        assert at(toll.security_loss, "JPN") == 0.0


def test_cooperation_is_lost_by_both_sides_as_often_as_said_and_never_under_a_full_shield() -> None:
    flow = Cooperation(value=0.05, spill=0.5, spill_pressure=0.2)
    ban = Measure("import_ban", "CHN", "AUS", ("wine",), 0.0)
    tolls = [hazards(cooperation=flow).toll((ban,), (CUT,), q) for q in range(QUARTERS)]
    for toll in tolls:
        assert toll.at_stake == (("CHN", "AUS"), ("CHN", "USA"))
        for _, partner in toll.lost:
            assert at(toll.cooperation_loss, partner) == 0.05
        assert at(toll.cooperation_loss, "CHN") == (0.05 if toll.lost else 0.0)
    for pair, chance in ((("CHN", "AUS"), 0.2), (("CHN", "USA"), 0.5)):
        assert np.mean([pair in toll.lost for toll in tolls]) == pytest.approx(chance, abs=0.06)
    shielded = [hazards(cooperation=flow, shield=1.0).toll((ban,), (CUT,), q) for q in range(QUARTERS)]
    assert not any(toll.lost for toll in shielded)
    half = [hazards(cooperation=flow, shield=0.5).toll((ban,), (CUT,), q) for q in range(QUARTERS)]
    for weak, strong in zip(tolls, half, strict=True):  # common draws: a shield only ever saves
        assert set(strong.lost) <= set(weak.lost)


def test_nothing_is_lost_that_is_not_at_stake() -> None:
    ban = Measure("import_ban", "CHN", "AUS", ("wine",), 0.0)
    assert hazards(cooperation=Cooperation(value=0.0)).toll((ban,), (CUT,), 0).at_stake == ()
    others = Cooperation(value=0.05, partners=("JPN",), spill_pressure=1.0)
    assert hazards(cooperation=others).toll((ban,), (CUT,), 0).at_stake == ()
    alone = Cooperation(value=0.05, spill=1.0)  # by default only retaliation spills over
    assert hazards(cooperation=alone).toll((ban,), (), 0).at_stake == ()


@given(st.tuples(*[st.floats(0, 1)] * 3))
@settings(max_examples=50, deadline=None)
def test_chances_of_escalation_add_up_as_independent_ones(chances: tuple[float, float, float]) -> None:
    grey, rumour, answer = chances
    p = Pressure(grey_zone_escalation=grey, disinformation_escalation=rumour, answer_escalation=answer)
    both = yearly_escalation(p, True, True, True)
    assert both == pytest.approx(1 - (1 - grey) * (1 - rumour) * (1 - answer))
    assert yearly_escalation(p, False, False, True) == 0.0
    assert max(yearly_escalation(p, True, False, False), yearly_escalation(p, False, True, False)) <= both + 1e-12


# ------------------------------------------------------------------ the game


@pytest.fixture(scope="module")
def table() -> PayoffTable:
    """China against Australia with every kind of means; the USA and Japan may answer, and can cut off parts."""
    question = PayoffQuestion(
        "CHN",
        "AUS",
        ("USA", "JPN"),
        (Absorb(), Compensate(), Retaliate(dependence=0.5)),
        screen=Screen("off"),
        names=("screened", "grey_zone", "disinformation", "hybrid"),
    )
    return solve_payoffs(WORLD, EconomyParameters(), question)


def test_means_beyond_trade_are_packages_though_they_move_no_market(table: PayoffTable) -> None:
    assert [p.name for p in table.packages] == ["screened", "grey_zone", "disinformation", "hybrid"]
    np.testing.assert_allclose(table.alone[:, 1:3], 0.0, atol=1e-10)
    np.testing.assert_allclose(table.alone[:, 3], table.alone[:, 0], atol=1e-9)
    assert "retaliate" in table.options


def test_the_game_expects_what_the_run_draws(table: PayoffTable) -> None:
    """Expected flows of every package and profile equal the mean of what the hazards draw under the same measures."""
    p = Pressure(grey_zone_escalation=0.2, answer_escalation=0.3, escalation_cost=1.0)
    flow = Cooperation(value=0.05, spill=0.5, spill_pressure=0.25)
    terms = non_trade_costs(table, hazards(p, flow))
    option = table.options.index("retaliate")
    cut = Measure("export_ban", "USA", "CHN", ("parts",), 0.5, purpose="retaliate")
    for k, package in enumerate(table.packages):
        for profile, taken in (((0, 0), ()), ((option, 0), (cut,))):
            drawn = [hazards(p, flow, replicate=r).toll(package.measures, taken, 0) for r in range(1500)]
            total = np.mean([t.security_loss + t.cooperation_loss for t in drawn], axis=0)
            # A yearly chance spread over quarters is a little dearer than the chance itself: compare at its size.
            assert at(total, "AUS") == pytest.approx(terms.target_loss[(k, *profile)], abs=0.12, rel=0.15)
            assert at(total, "CHN") == pytest.approx(terms.coercer_cost[(k, *profile)], abs=0.12, rel=0.15)
            assert at(total, "USA") == pytest.approx(terms.ally_cost[(0, k, *profile)], abs=0.12, rel=0.15)


def test_cooperation_is_lost_to_the_coercer_once_however_many_retaliate(table: PayoffTable) -> None:
    flow = Cooperation(value=0.05, spill=0.5)
    calm = Pressure(grey_zone_escalation=0, answer_escalation=0)
    terms = non_trade_costs(table, hazards(calm, flow))
    o = table.options.index("retaliate")
    assert terms.coercer_cost[0, 0, 0] == 0.0
    assert terms.coercer_cost[0, o, 0] == pytest.approx(0.025)
    assert terms.coercer_cost[0, o, o] == pytest.approx(0.05 * 0.75)
    assert terms.ally_cost[0, 0, o, 0] == pytest.approx(0.025)
    assert terms.ally_cost[0, 0, 0, o] == 0.0
    shielded = non_trade_costs(table, hazards(calm, flow, shield=1.0))
    assert not shielded.coercer_cost[0].any()


def test_options_that_would_do_nothing_are_not_offered_beyond_trade_alone(table: PayoffTable) -> None:
    terms = non_trade_costs(table, hazards())
    pays, cuts = table.options.index("compensate"), table.options.index("retaliate")
    assert not table.acts[:, 1, pays].any()
    assert table.acts[0, 1, cuts]
    assert table.acts[:, [0, 3], pays].all()  # trade is in the package
    np.testing.assert_array_equal(terms.beyond_trade, [0, 1, 1, 0])
    np.testing.assert_allclose(terms.erosion, [0, 0, 0.15, 0.15])


def test_a_promise_binds_beyond_trade_by_its_link_and_by_retaliating_alone(table: PayoffTable) -> None:
    K, M = len(table.packages), len(table.options)
    plain = np.full((2, K, M), 0.4)
    beyond = np.array([0.0, 1.0, 1.0, 0.0])
    assert linked_shortfall(plain, table, beyond, None) is plain
    unlinked = linked_shortfall(plain, table, beyond, Pledge(("USA",), promised=("retaliate",)))
    np.testing.assert_array_equal(unlinked[:, [1, 2]], 0.0)
    np.testing.assert_array_equal(unlinked[:, [0, 3]], 0.4)
    linked = linked_shortfall(plain, table, beyond, Pledge(("USA",), promised=("retaliate",), link=0.7))
    for o, name in enumerate(table.options):
        assert (linked[:, 1, o] == (0.0 if name.endswith("retaliate") else 0.7)).all()


def test_an_actor_outside_the_matrix_presses_with_what_it_has() -> None:
    found = solve_payoffs(WORLD, EconomyParameters(), PayoffQuestion("IRN", "AUS", ("USA",)))
    assert [p.name for p in found.packages] == ["grey_zone", "disinformation", "hybrid"]
    assert found.states == (*STATES, "IRN")
    np.testing.assert_allclose(found.alone, 0.0, atol=1e-10)
    assert not any(o.endswith("retaliate") for o in found.options)
    terms = non_trade_costs(found, hazards())
    assert terms.target_loss[0, 0] > 0.3
