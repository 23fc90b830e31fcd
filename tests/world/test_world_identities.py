"""The identities of a baseline hold in any world, and what breaks them is refused by key, all at once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coercion_sim.errors import WorldError
from coercion_sim.world import Alliance, Baseline, World


def random_world(seed: int, S: int, N: int, *, tariffs: bool = True, inputs: bool = True) -> World:
    """A world with every cell above 0, input shares below a third of output and final demand above 0."""
    rng = np.random.default_rng(seed)
    flows = rng.uniform(0.5, 1.5, (S, N, N)) + 10 * np.eye(N)
    gamma = rng.uniform(0.0, 0.6 / S, (S, S, N)) if inputs else np.zeros((S, S, N))
    tariff = rng.uniform(0.0, 0.3, (S, N, N)) * (1 - np.eye(N)) if tariffs else None
    return World.from_flows(
        "random",
        [f"S{n}" for n in range(N)],
        [f"g{j}" for j in range(S)],
        flows,
        rng.uniform(2, 9, S),
        input_share=gamma,
        tariff=tariff,
    )


worlds = st.builds(random_world, st.integers(0, 10**6), st.integers(1, 3), st.integers(2, 4))


@given(worlds)
def test_every_identity_of_the_baseline(world: World) -> None:
    b, t = world.baseline, 1.0 + world.tariff
    np.testing.assert_allclose(b.spending, (t * world.flows).sum(axis=1), rtol=1e-12)
    np.testing.assert_allclose(b.share.sum(axis=1), 1.0, rtol=1e-12)
    np.testing.assert_allclose(b.sales, world.flows.sum(axis=2), rtol=1e-12)
    np.testing.assert_allclose(b.value_added, b.factor_income.sum(axis=0), rtol=1e-12)
    np.testing.assert_allclose(b.tariff_revenue, (world.tariff * world.flows).sum(axis=(0, 1)), rtol=1e-12)
    np.testing.assert_allclose(b.imbalance.sum(), 0.0, atol=1e-9 * b.spending.sum())
    np.testing.assert_allclose(b.income, b.value_added + b.tariff_revenue + b.imbalance, rtol=1e-12)
    np.testing.assert_allclose(b.final_demand.sum(axis=0), b.income, rtol=1e-9)  # Walras: all income is spent
    np.testing.assert_allclose(b.final_share.sum(axis=0), 1.0, rtol=1e-9)
    np.testing.assert_allclose(b.factor_share.sum(axis=0), 1.0, rtol=1e-12)
    np.testing.assert_allclose(b.gdp, b.value_added + b.tariff_revenue, rtol=1e-12)
    assert b.problems(world) == []
    assert not b.spending.flags.writeable


@given(worlds, st.floats(0.01, 100.0))
def test_the_unit_of_money_changes_no_share(world: World, factor: float) -> None:
    scaled = replace(world, flows=world.flows * factor)
    np.testing.assert_allclose(scaled.baseline.share, world.baseline.share, rtol=1e-9)
    np.testing.assert_allclose(scaled.baseline.final_share, world.baseline.final_share, rtol=1e-9)
    np.testing.assert_allclose(scaled.baseline.income, world.baseline.income * factor, rtol=1e-9)
    assert scaled.digest != world.digest or factor == 1.0


@given(worlds)
def test_shares_and_spending_give_the_flows_back(world: World) -> None:
    again = World.from_shares(
        "again",
        world.states,
        world.sectors,
        spending_share=world.baseline.share,
        spending=world.baseline.spending,
        trade_elasticity=world.trade_elasticity,
        value_added_share=world.value_added_share,
        input_share=world.input_share,
        tariff=world.tariff,
    )
    np.testing.assert_allclose(again.flows, world.flows, rtol=1e-12)
    np.testing.assert_allclose(again.baseline.income, world.baseline.income, rtol=1e-9)


def test_two_states_by_hand() -> None:
    world = World.from_flows("two", ("A", "B"), ("x",), [[[8.0, 2.0], [1.0, 9.0]]], 4.0, tariff=[[[0, 0.5], [0, 0]]])
    b = world.baseline
    np.testing.assert_allclose(b.spending, [[9.0, 12.0]])
    np.testing.assert_allclose(b.share[0], [[8 / 9, 3 / 12], [1 / 9, 9 / 12]])
    np.testing.assert_allclose(b.sales, [[10.0, 10.0]])
    np.testing.assert_allclose(b.tariff_revenue, [0.0, 1.0])
    np.testing.assert_allclose(b.imbalance, [-1.0, 1.0])
    np.testing.assert_allclose(b.income, [9.0, 12.0])
    np.testing.assert_allclose(b.gdp, [10.0, 11.0])
    assert isinstance(b, Baseline)


def test_without_inputs_all_output_is_value_added_and_the_flows_stay() -> None:
    world = random_world(1, 3, 3)
    bare = world.without_inputs()
    np.testing.assert_array_equal(bare.flows, world.flows)
    np.testing.assert_allclose(bare.baseline.value_added, bare.baseline.sales.sum(axis=0))
    assert (bare.input_share == 0).all()


@pytest.mark.parametrize("elasticity", [4.0, [2.0, 3.0], "set"])
def test_elasticities_are_replaced_by_a_number_one_for_each_sector_or_a_named_set(elasticity) -> None:
    world = replace(random_world(2, 2, 2), elasticity_sets={"set": np.array([7.0, 8.0])})
    wanted = {"set": [7.0, 8.0]}.get(str(elasticity), np.broadcast_to(elasticity, 2) if elasticity != "set" else None)
    np.testing.assert_array_equal(world.with_elasticity(elasticity).trade_elasticity, wanted)
    with pytest.raises(WorldError, match="did you mean set"):
        world.with_elasticity("sett")


def test_states_and_sectors_are_looked_up_by_label_tag_and_all() -> None:
    world = replace(random_world(3, 3, 3), tags={"g0": ("goods",), "g2": ("goods", "heavy")})
    assert [world.state_index(s) for s in world.states] == [0, 1, 2]
    assert list(world.sector_indices("goods")) == [0, 2]
    assert list(world.sector_indices(("heavy", "g1", "goods"))) == [0, 1, 2]
    assert list(world.sector_indices("all")) == [0, 1, 2]
    assert world.all_tags == ("goods", "heavy")
    assert world.sector_indices("goods") is world.sector_indices("goods")
    with pytest.raises(WorldError, match="did you mean heavy"):
        world.sector_indices("heavvy")
    with pytest.raises(WorldError, match="unknown state"):
        world.state_index("X")


def test_the_strongest_commitment_of_a_pair_counts_whichever_way_round() -> None:
    links = (Alliance("S0", "S1", "talks", "consultation", 0.2), Alliance("S1", "S0", "pact", "defence", 0.8))
    world = replace(random_world(4, 1, 3), alliances=links)
    assert world.alliance_strength("S0", "S1") == world.alliance_strength("S1", "S0") == 0.8
    assert world.alliance_strength("S0", "S2") == 0.0


def test_the_digest_knows_the_economy_and_not_its_name_or_treaties() -> None:
    world = random_world(5, 2, 2)
    assert world.digest == random_world(5, 2, 2).digest
    assert world.digest == replace(world, name="other", repairs=("x",), year=1999).digest
    assert world.digest != replace(world, trade_elasticity=world.trade_elasticity * 2).digest
    assert world.digest != replace(world, tags={"g0": ("goods",)}).digest
    assert replace(world, tags={}).digest == replace(world, tags=dict.fromkeys(world.sectors, ())).digest


def test_final_shares_that_miss_one_are_refused() -> None:
    with pytest.raises(WorldError):
        replace(random_world(6, 2, 2, inputs=False), final_share=np.full((2, 2), 0.4))


def test_intermediate_use_beyond_spending_is_refused() -> None:
    gamma = np.array([[[0.9, 0.0]]])
    with pytest.raises(WorldError) as caught:
        World.from_flows("t", ("A", "B"), ("x",), [[[2.0, 5.0], [0.5, 9.0]]], 4.0, input_share=gamma)
    assert caught.value.problems[0].key == "input_share"


def test_shares_that_miss_one_by_rounding_are_renormalised_and_reported() -> None:
    gamma = np.full((1, 1, 2), 0.3)
    flows = [[[8.0, 2.0], [1.0, 9.0]]]
    world = World.from_flows(
        "t", ("A", "B"), ("x",), flows, 4.0, input_share=gamma, value_added_share=np.full((1, 2), 0.7 + 5e-7)
    )
    np.testing.assert_allclose(world.value_added_share + world.input_share.sum(axis=0), 1.0, rtol=1e-15)
    assert len(world.repairs) == 1
    with pytest.raises(WorldError):
        World.from_flows(
            "t", ("A", "B"), ("x",), flows, 4.0, input_share=gamma, value_added_share=np.full((1, 2), 0.71)
        )


def test_several_mistakes_come_together() -> None:
    world = random_world(7, 2, 2)
    with pytest.raises(WorldError) as caught:
        replace(world, flows=-world.flows, trade_elasticity=-world.trade_elasticity, groups={"G": ("T",)})
    assert len(caught.value.problems) == 3
