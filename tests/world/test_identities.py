"""Sums that close the accounts of a world, its frozen arrays, and the shares it repairs or refuses."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coercion_sim.errors import WorldError
from coercion_sim.world import Baseline, World
from support.worlds import random_worlds

TWO = [[[6.0, 1.0], [2.0, 3.0]]]


@given(random_worlds())
def test_the_sums_that_close_the_accounts_hold(world):
    b = world.baseline
    money = b.spending.sum()
    assert abs(b.imbalance.sum()) < 1e-11 * money
    # what is spent at home and abroad is what is received, tariffs included
    assert b.spending.sum() == pytest.approx(b.sales.sum() + b.tariff_revenue.sum(), rel=1e-12)
    # final demand is income, state by state, so that its shares sum to 1
    np.testing.assert_allclose(b.final_demand.sum(axis=0), b.income, rtol=1e-9)
    np.testing.assert_allclose(b.final_share.sum(axis=0), 1.0, atol=1e-9)
    np.testing.assert_allclose(b.factor_share.sum(axis=0), 1.0, atol=1e-12)
    bought = b.spending > 0
    np.testing.assert_allclose(b.share.sum(axis=1)[bought], 1.0, atol=1e-12)
    assert (b.share.sum(axis=1)[~bought] == 0).all()


@given(random_worlds(), st.integers(0, 100))
def test_relabelling_states_permutes_the_identities(world, seed):
    order = np.random.default_rng(seed).permutation(len(world.states))
    other = World.from_flows(
        "permuted",
        [world.states[i] for i in order],
        world.sectors,
        world.flows[:, order][:, :, order],
        world.trade_elasticity,
        value_added_share=world.value_added_share[:, order],
        input_share=world.input_share[:, :, order],
        tariff=world.tariff[:, order][:, :, order],
    )
    size = world.baseline.spending.max()
    for name in ("spending", "income", "gdp", "imbalance", "final_demand"):
        expected = getattr(world.baseline, name)[..., order]
        np.testing.assert_allclose(getattr(other.baseline, name), expected, atol=1e-12 * size, err_msg=name)


def test_a_baseline_is_computed_once_and_cannot_be_written():
    world = World.from_flows("t", ("A", "B"), ("x",), TWO, 4.0)
    assert isinstance(world.baseline, Baseline)
    assert world.baseline is world.baseline
    with pytest.raises(ValueError, match="read-only"):
        world.baseline.income[0] = 1.0
    with pytest.raises(ValueError, match="read-only"):
        world.flows[0, 0, 0] = 1.0


def test_an_array_changed_after_the_world_was_made_leaves_it_alone():
    flows = np.array(TWO)
    world = World.from_flows("t", ("A", "B"), ("x",), flows, 4.0)
    flows[:] = 99.0
    np.testing.assert_array_equal(world.flows, TWO)


# ------------------------------------------------------------------ worlds from shares


def test_published_final_shares_and_value_added_replace_what_the_flows_imply():
    world = World.from_shares(
        "published",
        ("A", "B"),
        ("x", "y"),
        spending_share=np.full((2, 2, 2), 0.5),
        spending=np.full((2, 2), 10.0),
        trade_elasticity=4.0,
        final_share=[[0.3, 0.6], [0.7, 0.4]],
        value_added=[12.0, 24.0],
    )
    b = world.baseline
    np.testing.assert_allclose(b.value_added, [12, 24])
    np.testing.assert_allclose(b.factor_income.sum(axis=0), [12, 24])
    np.testing.assert_allclose(b.final_demand, [[3.6, 14.4], [8.4, 9.6]])


# ------------------------------------------------------------------ repairs and refusals of shares


def test_a_miss_below_double_precision_is_no_repair():
    world = World.from_flows(
        "t", ("A", "B"), ("x",), TWO, 4.0, value_added_share=[[0.6, 0.6]], input_share=[[[0.4] * 2]]
    )
    assert world.repairs == ()


def test_a_miss_above_rounding_is_refused():
    with pytest.raises(WorldError) as caught:
        World.from_flows("t", ("A", "B"), ("x",), TWO, 4.0, value_added_share=[[0.6, 0.602]], input_share=[[[0.4] * 2]])
    (problem,) = caught.value.problems
    assert (problem.key, problem.found) == ("value_added_share", "[x, B] = 1.002")


def test_input_shares_a_little_below_zero_are_kept_with_a_warning():
    with pytest.warns(UserWarning, match="1 input share"):
        world = World.from_flows(
            "t", ("A", "B"), ("x", "y"), TWO * 2, 4.0, input_share=[[[-5e-4, 0], [0, 0]], [[0.2, 0], [0, 0]]]
        )
    assert world.input_share[0, 0, 0] == -5e-4
    with pytest.raises(WorldError) as caught:
        World.from_flows("t", ("A", "B"), ("x",), TWO, 4.0, input_share=[[[-2e-3, 0.0]]])
    assert caught.value.problems[0].key == "input_share"


def test_a_state_that_earns_nothing_is_refused_by_name():
    with pytest.raises(WorldError) as caught:
        World.from_flows("t", ("A", "B"), ("x",), [[[5.0, 1.0], [0.0, 0.0]]], 4.0)
    assert [problem.key for problem in caught.value.problems] == ["B"]
