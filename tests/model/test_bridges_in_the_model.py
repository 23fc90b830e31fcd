"""Silos, bridges, expansion and sharing at least cost in the model: scripted runs, payoff tables, chosen answers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coercion_sim.dispute.build import _shortfall, spread
from coercion_sim.dispute.packages import Screen
from coercion_sim.dispute.payoff_table import PayoffQuestion, PayoffStore, PayoffTable
from coercion_sim.dispute.payoffs import goods_hit, solve_payoffs
from coercion_sim.dispute.play import Dispute
from coercion_sim.economy import EconomyParameters
from coercion_sim.model import Case, CoercionModel, build_model, run_once
from coercion_sim.policies import (
    BridgeSilos,
    BridgeSilosParameters,
    BurdenSharing,
    ExpandAlliances,
    ExpandAlliancesParameters,
    Pledge,
    Policy,
    RespondAsAllies,
    RespondAsAlliesParameters,
    burden_shares,
)
from coercion_sim.scenario import Scenario
from coercion_sim.world import World, save_world
from support.small import STATES, assert_same_economy, play, small_scenario, small_world

pytestmark = pytest.mark.usefixtures("tables_in_memory")

ALLIES = ("USA", "ROW", "JPN")
HELP: Any = ("statement", "absorb", "compensate")


@pytest.fixture(scope="module")
def world() -> World:
    """Australia's own group is ANZUS; the rest of the world stands with Japan in another and votes as the USA does."""
    groups = {"ANZUS": ("AUS", "USA"), "QUAD": ("JPN", "USA", "ROW")}
    return replace(small_world(), groups=groups, ideal_point=np.array([1.0, -1.0, 1.2, 0.9, 1.1]))


def silo(**more: Any) -> RespondAsAllies:
    return RespondAsAllies(RespondAsAlliesParameters(instruments=HELP, groups=("ANZUS", "QUAD"), **more))


def bridge(**more: Any) -> BridgeSilos:
    return BridgeSilos(BridgeSilosParameters(instruments=HELP, groups=("ANZUS", "QUAD"), **more))


def expand(**more: Any) -> ExpandAlliances:
    given: dict[str, Any] = {"members": ("AUS", "USA"), "max_distance": 0.5, "min_trade": 0.1}
    return ExpandAlliances(ExpandAlliancesParameters(instruments=HELP, groups=("ANZUS",), **(given | more)))


def helpers(model: CoercionModel) -> set[str]:
    return {m.by for record in model.history for m in record.taken if m.purpose in ("absorb", "compensate")}


def income(model: CoercionModel, state: str) -> float:
    """Sum over quarters of the effect on a state's real income."""
    return sum(float(r.actual.welfare_pct_gdp[STATES.index(state)]) for r in model.history)


# ------------------------------------------------------------------ scripted


def test_a_bridge_brings_in_who_stood_outside_the_silo_and_relieves_who_stood_in_it(world: World) -> None:
    apart, joined = play(world, silo()), play(world, bridge(sharing="gdp"))
    assert helpers(apart) == {"USA"}
    assert helpers(joined) == {"USA", "JPN", "ROW"}
    burdens = [sum(r.burden[STATES.index("USA")] for r in model.history) for model in (apart, joined)]
    assert 0 < burdens[1] < burdens[0]
    assert sum(r.burden[STATES.index("JPN")] for r in joined.history) > 0
    assert {s for fact, s, _ in joined.facts if fact == "asked"} == {"JPN", "ROW"}


def test_at_least_cost_a_dollar_of_relief_costs_the_allies_less(world: World) -> None:
    """Realised burdens over realised relief, not the effects the program looked at."""
    gdp = world.baseline.gdp
    equal, cheap = (play(world, bridge(sharing=how, fraction=0.6)) for how in ("gdp", "least_cost"))
    paid = [sum(float(r.burden @ gdp) for r in model.history) for model in (equal, cheap)]
    relief = [income(model, "AUS") - income(play(world), "AUS") for model in (equal, cheap)]
    assert relief[1] > 0
    assert paid[1] / relief[1] < paid[0] / relief[0]


def test_expansion_admits_the_like_minded_who_then_help(world: World) -> None:
    assert helpers(play(world, expand(max_distance=0.0))) == {"USA"}
    wider = play(world, expand())
    assert {"USA"} < helpers(wider)
    assert helpers(wider) == {"USA", *expand().admitted(world)}
    price = {s: value for fact, s, value in wider.prepared.facts if fact == "exposure_added"}
    assert all(price[s] > 0 for s in expand().admitted(world))


def test_without_an_instrument_no_economy_changes(world: World) -> None:
    idle: list[Policy] = [
        BridgeSilos(BridgeSilosParameters(instruments=(), groups=("QUAD",))),
        ExpandAlliances(ExpandAlliancesParameters(instruments=(), members=("AUS", "USA"))),
    ]
    for policy in idle:
        assert_same_economy(play(world), play(world, policy))
        assert policy.pledge(play(world, policy).outlook, "CHN", "AUS") is None


# ------------------------------------------------------------------ payoff tables


def question_of(**sharing: Any) -> PayoffQuestion:
    names = ("narrow", "barriers", "screened", "services", "grey_zone")
    return PayoffQuestion("CHN", "AUS", ALLIES, sharing=BurdenSharing(**sharing), screen=Screen("off"), names=names)


def table_of(world: World, **sharing: Any) -> PayoffTable:
    return solve_payoffs(world, EconomyParameters(), question_of(**sharing))


def test_other_rules_divide_money_alike_under_every_package(world: World) -> None:
    for how in ("gdp", "equal", "capability"):
        table = table_of(world, sharing=how)
        shares = list(burden_shares(world, ALLIES, how, ("CHN",)).values())
        np.testing.assert_array_equal(table.money, np.tile(shares, (len(table.packages), 1)))
        np.testing.assert_array_equal(table.money, table.promised)
        assert not table.absorbs.any()


def test_at_least_cost_compensating_gives_each_ally_s_part_and_all_together_what_was_promised(world: World) -> None:
    table = table_of(world, sharing="least_cost")
    assert table.absorbs.any()
    assert len({tuple(row) for row in table.absorbs.tolist()}) > 1  # a mix for each package, not one for all
    pays = table.options.index("compensate")
    share, hurts = spread(table).help_share, -table.alone[0, :, STATES.index("AUS")] > 1e-3
    np.testing.assert_allclose(share[:, hurts, pays], table.promised.T[:, hurts] * table.question.fraction, rtol=1e-9)
    assert (table.promised[hurts].sum(axis=1) >= 1 - 1e-6).all()
    gdp = np.array(list(burden_shares(world, ALLIES, "gdp").values()))
    assert (table.promised[hurts] <= table.question.sharing.cap * gdp + 1e-6).all()
    calm = ~hurts
    assert calm.any()
    np.testing.assert_array_equal(table.promised[calm], np.tile(gdp, (calm.sum(), 1)))


def test_the_promise_is_kept_by_the_part_and_broken_by_standing_aside(world: World) -> None:
    table = table_of(world, sharing="least_cost")
    missing = _shortfall(table, spread(table), Pledge(ALLIES, 0.1, ("compensate",)))
    hurts = -table.alone[0, :, STATES.index("AUS")] > 1e-3
    np.testing.assert_allclose(missing[:, hurts, table.options.index("compensate")], 0.0, atol=1e-9)
    nothing = table.promised.T[:, hurts] == 0
    assert nothing.any()
    np.testing.assert_array_equal(missing[:, hurts, 0], np.where(nothing, 0.0, 1.0))


def test_caps_that_forbid_the_promise_leave_less_promised(world: World) -> None:
    table = table_of(world, sharing="least_cost", cap=0.5)
    hurts = -table.alone[0, :, STATES.index("AUS")] > 1e-3
    assert (table.promised[hurts].sum(axis=1) <= 0.5 + 1e-6).all()


def test_a_mix_survives_its_file(world: World, tmp_path: Path) -> None:
    table = table_of(world, sharing="least_cost", cap=1.5, goal=0.5)
    PayoffStore(tmp_path).get("key", table.question, lambda: table)
    read = PayoffStore(tmp_path).get("key", table.question, lambda: pytest.fail("not stored"))
    for name in ("money", "absorbs", "promised"):
        np.testing.assert_array_equal(getattr(read, name), getattr(table, name))
    assert read.effects.keys() == table.effects.keys()
    for name in table.effects:
        np.testing.assert_array_equal(read.effects[name], table.effects[name])
    assert read.absorbs.dtype == bool


# ------------------------------------------------------------------ chosen


#: The script's bans are in force when states begin to choose, and hardly anybody reviews them.
CHOSEN = ("conduct=strategic", 'dispute.scripted_until="2020Q3"', "dispute.review=0.01", "dispute.rationality=12")
GROUPS = 'policy.{0}.groups=["ANZUS","QUAD"]'


def chosen(world: World, folder: Path, policy: str, *more: str) -> Scenario:
    """The small scenario where states choose, under strong promises."""
    if not (folder / "world").exists():
        save_world(world, folder / "world")
    promises = ("policy.{0}.pledge=5.0", "policy.{0}.fraction=0.5", *more) if policy != "stand_alone" else ()
    return small_scenario(folder, [f'policies=["{policy}"]', *CHOSEN, *(s.format(policy) for s in promises)])


def disputing(scenario: Scenario, world: World, policy: str) -> tuple[CoercionModel, Dispute, Case]:
    """A model up to the quarter in which its dispute is imposed, not yet answered."""
    model = build_model(scenario, world, policy, 3, burdens=False)
    for _ in range(3):
        model.step()
    assert model.diplomacy is not None
    (dispute,) = model.diplomacy.disputes
    assert dispute.stage == "imposed"
    return model, dispute, model.diplomacy.cases[0]


def test_where_states_choose_a_bridge_asks_more_allies_than_the_silo(world: World, tmp_path: Path) -> None:
    asked = []
    for policy in ("respond_as_allies", "bridge_silos"):
        _, _, held = disputing(chosen(world, tmp_path, policy, GROUPS), world, policy)
        asked.append(set(held.table.allies))
        assert held.table.question.sharing.sharing == ("gdp" if policy == "respond_as_allies" else "least_cost")
    assert asked == [{"USA"}, {"USA", "JPN", "ROW"}]


def test_an_ally_that_gives_its_part_absorbs_where_the_mix_says_so_and_pays_the_rest(
    world: World, tmp_path: Path
) -> None:
    scenario = chosen(world, tmp_path, "bridge_silos", GROUPS)
    model, dispute, held = disputing(scenario, world, "bridge_silos")
    table = held.table
    assert model.diplomacy is not None
    for k in range(len(table.packages)):
        dispute.package, dispute.profile = k, (table.options.index("compensate"),) * len(table.allies)
        situation = model._situation((), ())
        taken = model.diplomacy.answers(situation, model.quarter)
        hit = goods_hit(world, table.packages[k])
        absorbs = {a for a, yes in zip(table.allies, table.absorbs[k], strict=True) if yes}
        assert {m.by for m in taken if m.kind == "import_subsidy"} == absorbs
        assert all(set(m.sectors) <= set(hit) for m in taken if m.kind == "import_subsidy")
        loss = situation.income_loss("AUS")
        paid = {m.by: m.size for m in taken if m.kind == "transfer"}
        due = dict(zip(table.allies, table.money[k] * table.question.fraction * loss, strict=True))
        assert paid == pytest.approx({a: x for a, x in due.items() if x > 0})
    assert table.absorbs.any()


def test_where_states_choose_policies_change_real_income(world: World, tmp_path: Path) -> None:
    """Three promises and none: four paths of real income. Expansion admits Japan and the rest of the world."""
    members = ('policy.{0}.groups=["ANZUS"]', 'policy.{0}.members=["AUS","USA"]', "policy.{0}.max_distance=0.3")
    paths = set()
    for policy in ("stand_alone", "respond_as_allies", "bridge_silos", "expand_alliances"):
        given = members if policy == "expand_alliances" else (GROUPS,)
        tables = run_once(chosen(world, tmp_path, policy, *given), world, policy, 0, 3).tables
        assert all(np.isfinite(tables["states"]["real_income"]))
        paths.add(tuple(tables["states"]["real_income"]))
    assert len(paths) == 4
