"""The baseline identities of model.md section 1, recomputed cell by cell with plain loops on random worlds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coercion_sim.errors import WorldError
from coercion_sim.world import Baseline, World
from support.worlds import random_world, random_worlds

TWO = [[[6.0, 1.0], [2.0, 3.0]]]


def plain(world: World) -> dict[str, np.ndarray]:
    """Every identity by loops over sectors, exporters and importers, as the equations are printed."""
    S, N = world.shape
    f, tariff, gamma, gammas = world.flows, world.tariff, world.value_added_share, world.input_share
    X, Y, F, alpha = (np.zeros((S, N)) for _ in range(4))
    share, wages, ell = np.zeros((S, N, N)), np.zeros((S, N)), np.zeros((S, N))
    V, R, D = np.zeros(N), np.zeros(N), np.zeros(N)
    for j in range(S):
        for i in range(N):
            for n in range(N):
                X[j, n] += (1 + tariff[j, i, n]) * f[j, i, n]
                Y[j, i] += f[j, i, n]
                R[n] += tariff[j, i, n] * f[j, i, n]
                if i != n:
                    D[n] += f[j, i, n]
                    D[i] -= f[j, i, n]
    for j in range(S):
        for n in range(N):
            wages[j, n] = gamma[j, n] * Y[j, n]
            V[n] += wages[j, n]
            for i in range(N):
                share[j, i, n] = (1 + tariff[j, i, n]) * f[j, i, n] / X[j, n] if X[j, n] > 0 else 0.0
    income = V + R + D
    for k in range(S):
        for n in range(N):
            F[k, n] = X[k, n] - sum(gammas[k, j, n] * Y[j, n] for j in range(S))
            alpha[k, n] = F[k, n] / income[n]
            ell[k, n] = wages[k, n] / V[n]
    return {
        "spending": X,
        "share": share,
        "sales": Y,
        "factor_income": wages,
        "value_added": V,
        "tariff_revenue": R,
        "imbalance": D,
        "income": income,
        "final_demand": F,
        "final_share": alpha,
        "factor_share": ell,
        "gdp": V + R,
    }


@given(random_worlds())
def test_every_identity_is_what_plain_loops_give(world):
    for name, expected in plain(world).items():
        size = max(1.0, float(np.abs(expected).max()))
        np.testing.assert_allclose(getattr(world.baseline, name), expected, atol=1e-11 * size, err_msg=name)


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


@given(random_worlds(), st.floats(1e-3, 1e3))
def test_the_unit_of_money_scales_money_and_no_share(world, unit):
    other = World.from_flows(
        "scaled",
        world.states,
        world.sectors,
        world.flows * unit,
        world.trade_elasticity,
        value_added_share=world.value_added_share,
        input_share=world.input_share,
        tariff=world.tariff,
    )
    for name in ("spending", "sales", "income", "gdp", "tariff_revenue"):
        expected = unit * getattr(world.baseline, name)
        np.testing.assert_allclose(getattr(other.baseline, name), expected, rtol=1e-9, atol=1e-12 * unit)
    for name in ("share", "final_share", "factor_share"):
        np.testing.assert_allclose(getattr(other.baseline, name), getattr(world.baseline, name), atol=1e-9)


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


def test_two_states_by_hand():
    world = World.from_flows("t", ("A", "B"), ("x",), TWO, 4.0, tariff=[[[0.0, 0.1], [0.25, 0.0]]])
    b = world.baseline
    np.testing.assert_allclose(b.spending, [[6 + 2.5, 1.1 + 3]])
    np.testing.assert_allclose(b.sales, [[7, 5]])
    np.testing.assert_allclose(b.tariff_revenue, [0.5, 0.1])
    np.testing.assert_allclose(b.imbalance, [1, -1])
    np.testing.assert_allclose(b.income, [8.5, 4.1])
    np.testing.assert_allclose(b.gdp, [7.5, 5.1])
    np.testing.assert_allclose(b.share[0, :, 0], [6 / 8.5, 2.5 / 8.5])


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


@given(random_worlds())
def test_shares_and_spending_give_the_flows_back(world):
    b = world.baseline
    other = World.from_shares(
        "again",
        world.states,
        world.sectors,
        spending_share=b.share,
        spending=b.spending,
        trade_elasticity=world.trade_elasticity,
        value_added_share=world.value_added_share,
        input_share=world.input_share,
        tariff=world.tariff,
    )
    np.testing.assert_allclose(other.flows, world.flows, rtol=1e-12)
    np.testing.assert_allclose(other.baseline.income, b.income, rtol=1e-9)


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


@pytest.mark.parametrize("miss", [1e-9, -1e-7, 9e-7])
def test_shares_that_miss_one_by_rounding_are_renormalised_and_reported(miss):
    world = World.from_flows(
        "t", ("A", "B"), ("x",), TWO, 4.0, value_added_share=[[0.6 + miss, 0.6]], input_share=[[[0.4, 0.4]]]
    )
    total = world.value_added_share + world.input_share.sum(axis=0)
    np.testing.assert_allclose(total, 1.0, atol=1e-15)
    assert world.value_added_share[0, 0] == pytest.approx((0.6 + miss) / (1 + miss), rel=1e-14)
    assert len(world.repairs) == 1
    assert f"{abs(miss):.1e}" in world.repairs[0]


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


def test_intermediate_use_above_spending_is_refused_with_its_cell():
    # A makes 10 of x and uses 0.9 of y for each, yet buys only 1 of y
    flows = [[[9.0, 1.0], [1.0, 9.0]], [[0.5, 0.5], [0.5, 0.5]]]
    gamma = np.zeros((2, 2, 2))
    gamma[1, 0, 0] = 0.9
    with pytest.raises(WorldError) as caught:
        World.from_flows("t", ("A", "B"), ("x", "y"), flows, 4.0, input_share=gamma)
    (problem,) = caught.value.problems
    assert problem.key == "input_share"
    assert problem.found == "[y, A] and 0 more"


def test_a_state_that_earns_nothing_is_refused_by_name():
    with pytest.raises(WorldError) as caught:
        World.from_flows("t", ("A", "B"), ("x",), [[[5.0, 1.0], [0.0, 0.0]]], 4.0)
    assert [problem.key for problem in caught.value.problems] == ["B"]


def test_cutting_inputs_leaves_the_flows_and_makes_all_output_value_added():
    world = random_world(3, 3, 3)
    bare = world.without_inputs()
    np.testing.assert_array_equal(bare.flows, world.flows)
    np.testing.assert_array_equal(bare.baseline.value_added, bare.flows.sum(axis=(0, 2)))
    np.testing.assert_allclose(bare.baseline.final_demand, bare.baseline.spending)
    assert (bare.input_share == 0).all()
