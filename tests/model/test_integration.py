"""integrate_economies in the model: how large a cut, at what price, and what is no effect of coercion."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from coercion_sim.dispute import integration_index
from coercion_sim.economy import (
    EconomyParameters,
    Measure,
    compile_shock,
    next_quarter,
    solve_equilibrium,
    start_market,
)
from coercion_sim.economy.share_left import PER_RESIDUAL
from coercion_sim.model import CoercionModel
from coercion_sim.policies import (
    Combined,
    IntegrateEconomies,
    IntegrateEconomiesParameters,
    RespondAsAllies,
    RespondAsAlliesParameters,
)
from coercion_sim.scenario.tables import RUN_TOLERANCE
from coercion_sim.world import World
from support.small import BANS, STATES, assert_same_economy, columns, play, small_world

BLOC = ("AUS", "USA", "JPN")
AT = [STATES.index(s) for s in BLOC]


@pytest.fixture(scope="module")
def world() -> World:
    return small_world()


def integrate(**parameters: object) -> IntegrateEconomies:
    return IntegrateEconomies(IntegrateEconomiesParameters(members=BLOC, **parameters))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def pressed(world: World) -> CoercionModel:
    return play(world, integrate(margin=0.1, phase=4, start=1))


def columns_of(model: CoercionModel, what: str) -> np.ndarray:
    return np.array([getattr(record, what) for record in model.history])


def cuts(cut: float, **when: int) -> list[Measure]:
    """Iceberg costs of goods cut among the members, written out by hand."""
    return [Measure("facilitation", a, b, ("coal", "wine", "parts"), 1 - cut, **when) for a, b in permutations(BLOC, 2)]


def index_by_hand(flows: np.ndarray) -> np.ndarray:
    """Index of the bloc's members from flows (S, N, N), loop by loop; services left out."""
    found = []
    for a in AT:
        with_bloc = with_china = foreign = 0.0
        for j in range(3):
            for n in range(5):
                if n == a:
                    continue
                trade = flows[j, a, n] + flows[j, n, a]
                foreign += trade
                with_bloc += trade * (n in AT)
                with_china += trade * (n == STATES.index("CHN"))
        found.append((with_bloc - with_china) / foreign)
    return np.array(found)


#: How near the index of a run is to that of the exact economy.
AS_RUNS = PER_RESIDUAL * RUN_TOLERANCE


def long_run(world: World, cut: float) -> np.ndarray:
    return index_by_hand(solve_equilibrium(world, cuts(cut)).flows)


def cut_of(model: CoercionModel) -> float:
    """The one cut its policy found."""
    (cut,) = [value for fact, _, value in model.prepared.facts if fact == "cut_needed"]
    return cut


def test_the_index_is_goods_trade_with_the_bloc_less_that_with_the_competitor(world: World) -> None:
    index = integration_index(world, world.flows, BLOC, "CHN")
    np.testing.assert_allclose(index[AT], index_by_hand(world.flows), rtol=1e-12)
    row = STATES.index("ROW")  # any state has an index
    traded = world.flows[:3].sum(axis=0)
    both = traded + traded.T
    np.fill_diagonal(both, 0.0)
    wanted = (both[row, AT].sum() - both[row, STATES.index("CHN")]) / both[row].sum()
    assert index[row] == pytest.approx(wanted)


@pytest.mark.parametrize("margin", [-0.05, 0.0, 0.1])
def test_the_cut_is_the_least_that_brings_every_member_to_the_margin(world: World, margin: float) -> None:
    model = play(world, integrate(margin=margin), script=(), quarters=1)
    cut = cut_of(model)
    reached = {state: value for fact, state, value in model.prepared.facts if fact == "index_at_cut"}
    np.testing.assert_allclose(list(reached.values()), long_run(world, cut), rtol=0, atol=AS_RUNS)
    assert 0 < cut < 0.25
    assert long_run(world, cut).min() == pytest.approx(margin, abs=AS_RUNS)
    assert long_run(world, cut - 1e-5).min() < margin - 1e-6


def test_where_the_largest_cut_is_too_little_the_members_who_fall_short_are_named(world: World) -> None:
    model = play(world, integrate(margin=0.4, max_cut=0.2), script=(), quarters=1)
    assert cut_of(model) == 0.2
    short = {state for kind, state, _ in model.prepared.notes if kind == "integration_short"}
    reached = long_run(world, 0.2)
    assert short == {s for s, value in zip(BLOC, reached, strict=True) if value < 0.4}
    assert 0 < len(short) < 3


def test_where_every_member_is_there_already_nothing_is_cut(world: World) -> None:
    quiet = play(world, integrate(margin=-0.06))
    assert cut_of(quiet) == 0.0
    assert quiet.prepared.measures == ()
    assert_same_economy(quiet, play(world))
    assert not columns_of(quiet, "adjustment").any()


def test_with_no_cut_allowed_the_run_is_stand_alone_bit_for_bit(world: World) -> None:
    idle = play(world, integrate(max_cut=0.0, margin=0.1))
    assert cut_of(idle) == 0.0
    assert_same_economy(idle, play(world))


def test_the_cut_stands_for_the_whole_run_and_grows_in_equal_steps(pressed: CoercionModel) -> None:
    cut = cut_of(pressed)
    assert [len(record.standing) for record in pressed.history] == [0] + [6] * 8
    assert all(record.taken == () for record in pressed.history)
    for record in pressed.history:
        reached = min(1.0, record.quarter / 4)
        wanted = np.ones((4, 5, 5))
        for a, b in permutations(AT, 2):
            wanted[:3, a, b] = 1 - cut * reached
        np.testing.assert_allclose(record.actual.shock.barrier, wanted, rtol=1e-14)
        np.testing.assert_allclose(record.without.shock.barrier, wanted, rtol=1e-14)


def test_the_run_without_coercion_is_the_same_integration_without_coercion(
    world: World, pressed: CoercionModel
) -> None:
    cut = cut_of(pressed)
    calm = start_market(world, EconomyParameters())
    harsh = calm
    for record in pressed.history:
        steps = cuts(cut, start=1, phase_in=4)
        calm = next_quarter(calm, compile_shock(world, steps, record.quarter))
        harsh = next_quarter(harsh, compile_shock(world, [*BANS, *steps], record.quarter))
        np.testing.assert_allclose(record.without.flows, calm.equilibrium.flows, rtol=1e-7, atol=1e-7)
        np.testing.assert_allclose(record.actual.flows, harsh.equilibrium.flows, rtol=1e-7, atol=1e-7)


def test_without_pressure_integration_is_no_effect_of_coercion(world: World) -> None:
    model = play(world, integrate(margin=0.1), script=())
    for record in model.history:
        np.testing.assert_array_equal(record.actual.welfare_pct_gdp, record.without.welfare_pct_gdp)
    gain = columns(model, "welfare_pct_gdp")[-1, AT]
    assert (gain > 0.1).all()


def test_integration_gains_are_kept_out_of_the_target_s_loss(world: World, pressed: CoercionModel) -> None:
    """Real income rises above the baseline, and yet coercion costs Australia nearly as much as it does alone."""
    alone = columns(play(world), "welfare_pct_gdp")[:, 0]
    effect = (columns(pressed, "welfare_pct_gdp") - [r.without.welfare_pct_gdp for r in pressed.history])[:, 0]
    last = 5
    assert columns(pressed, "welfare_pct_gdp")[last, 0] > alone[last] + 1.0
    assert effect[last] == pytest.approx(alone[last], rel=0.25)


def test_adjustment_costs_half_the_factor_income_that_changed_sector(pressed: CoercionModel) -> None:
    """0.5 x half the sum over sectors of |change of factor-income share|, percent, members alone, without coercion."""
    base = pressed.world.baseline.factor_income
    before = base / base.sum(axis=0)
    for record in pressed.history:
        earned = pressed.world.value_added_share * record.without.sales
        now = earned / earned.sum(axis=0)
        moved = sum(abs(now[j] - before[j]) for j in range(4)) / 2
        wanted = np.where(np.isin(np.arange(5), AT), 100 * 0.5 * moved, 0.0)
        np.testing.assert_allclose(record.adjustment, wanted, atol=1e-9)
        before = now
    costs = columns_of(pressed, "adjustment")[:, AT]
    assert not costs[0].any()
    assert (costs[1:5] > 1e-4).all()
    assert (costs[-1] < costs[4]).all()


def test_twice_the_price_of_adjustment_costs_twice_as_much_and_moves_nothing(world: World) -> None:
    dear, free = (play(world, integrate(margin=0.1, adjustment_cost=c), quarters=5) for c in (1.0, 0.0))
    cheap = play(world, integrate(margin=0.1, adjustment_cost=0.5), quarters=5)
    np.testing.assert_allclose(columns_of(dear, "adjustment"), 2 * columns_of(cheap, "adjustment"), rtol=1e-12)
    assert not columns_of(free, "adjustment").any()
    assert_same_economy(dear, free)


def test_integration_and_response_together_do_both(world: World) -> None:
    answer = RespondAsAllies(RespondAsAlliesParameters(instruments=("compensate",)))
    both = play(world, Combined([integrate(margin=0.1), answer]))
    assert both.prepared.facts == play(world, integrate(margin=0.1), quarters=1).prepared.facts
    assert [len(record.standing) for record in both.history] == [6] * 9
    assert [record.quarter for record in both.history if record.taken] == [2, 3, 4, 5]
    for record in both.history:
        assert record.help_paid.sum() == pytest.approx(record.help_received.sum(), abs=1e-8)
        np.testing.assert_array_equal(record.without.transfer, world.baseline.imbalance)
