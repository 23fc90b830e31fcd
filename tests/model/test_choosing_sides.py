"""choose_sides, derisking and compatible capacities in runs: what stands, what a target takes, what equals nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coercion_sim.dispute.build import spread
from coercion_sim.dispute.effects import TABLE_ERROR
from coercion_sim.dispute.outlook import WorldOutlook
from coercion_sim.dispute.packages import Screen
from coercion_sim.dispute.payoff_table import PayoffQuestion, PayoffStore, PayoffTable
from coercion_sim.dispute.payoffs import solve_payoffs
from coercion_sim.economy import EconomyParameters, Measure, solve_equilibrium
from coercion_sim.model import CoercionModel, build_model, run_once
from coercion_sim.policies import (
    Absorb,
    ChooseSides,
    ChooseSidesParameters,
    Combined,
    CompatibleCapacities,
    CompatibleCapacitiesParameters,
    Compensate,
    Policy,
    RespondAsAllies,
    RespondAsAlliesParameters,
    Retaliate,
    StandAlone,
    UncoordinatedDerisking,
    UncoordinatedDeriskingParameters,
    trade_cut,
)
from support.small import BANS, STATES, assert_same_economy, play, small_scenario, small_world

pytestmark = pytest.mark.usefixtures("tables_in_memory")

WORLD, PLAIN = small_world(), EconomyParameters()
BLOC = ("AUS", "USA", "JPN")
OPENED = '[{quarter="2020Q2",coercer="CHN",target="AUS",stake_target=0.9,stake_coercer=2.0,firm=true,resolved=true}]'
#: China imposes almost surely, Australia holds out, nobody reviews: the answers are what is looked at.
STRATEGIC = (
    "conduct=strategic", "dispute.surprise=true", "dispute.cost_once=0.0", "dispute.review=0.001", "dispute.screen=off",
    f"dispute.opened={OPENED}",
)  # fmt: skip


def sides(**parameters: Any) -> ChooseSides:
    return ChooseSides(ChooseSidesParameters(**({"members": BLOC} | parameters)))


def derisk(**parameters: Any) -> UncoordinatedDerisking:
    return UncoordinatedDerisking(UncoordinatedDeriskingParameters(**({"members": BLOC} | parameters)))


def compatible(harm: float) -> CompatibleCapacities:
    return CompatibleCapacities(CompatibleCapacitiesParameters(members=BLOC, harm=harm))


def chosen(folder: Path, policy: str, *overrides: str, replicate: int = 0) -> CoercionModel:
    """A strategic run on the small world, played to its end; overrides come before those of all."""
    by_key = {text.partition("=")[0]: text for text in (*STRATEGIC, *overrides)}
    at = small_scenario(folder, tuple(by_key.values()))
    model = build_model(at, WORLD, policy, 1, replicate=replicate, burdens=False)
    while model.quarter < model.quarters:
        model.step()
    return model


# ------------------------------------------------------------------ trade left


def test_trade_after_is_the_trade_of_the_equilibrium() -> None:
    outlook = WorldOutlook(WORLD, PLAIN)
    cut = (
        Measure("import_barrier", "USA", "CHN", ("goods",), 1.3),
        Measure("import_ban", "CHN", "AUS", ("coal",), 0.0),
    )
    flows, a, b = solve_equilibrium(WORLD, cut).flows, STATES.index("USA"), STATES.index("CHN")
    for sectors, j in ((("goods",), [0, 1, 2]), (("wine", "services"), [1, 3])):
        left = (flows[j, a, b] + flows[j, b, a]).sum() / (WORLD.flows[j, a, b] + WORLD.flows[j, b, a]).sum()
        assert outlook.trade_after(cut, "USA", "CHN", sectors) == pytest.approx(left, rel=1e-9)
        assert outlook.trade_after(cut, "CHN", "USA", sectors) == pytest.approx(left, rel=1e-9)
    assert outlook.trade_after((), "USA", "CHN", ("goods",)) == 1.0
    assert outlook.trade_after(cut, "CHN", "JPN", ("coal",)) != 1.0
    assert outlook.effect(cut) == pytest.approx(solve_equilibrium(WORLD, cut).welfare_pct_gdp, abs=TABLE_ERROR)


@pytest.mark.parametrize("state", BLOC)
@pytest.mark.parametrize("share", [0.1, 0.25, 0.6])
def test_a_cut_of_trade_is_realised_and_costs_what_the_equilibrium_says(state: str, share: float) -> None:
    found = trade_cut(WorldOutlook(WORLD, PLAIN), state, "CHN", share)
    after = solve_equilibrium(WORLD, found.measures())
    at, c = STATES.index(state), STATES.index("CHN")
    before = WORLD.flows[:3, at, c].sum() + WORLD.flows[:3, c, at].sum()
    assert 1 - (after.flows[:3, at, c].sum() + after.flows[:3, c, at].sum()) / before == pytest.approx(share, abs=6e-4)
    assert found.cost == pytest.approx(-after.welfare_pct_gdp[at], abs=TABLE_ERROR)
    assert found.cost > 0


# ------------------------------------------------------------------ what equals doing nothing

NOTHING: dict[str, Policy] = {
    "choose_sides": sides(cut=0.0, instruments=()),
    "uncoordinated_derisking": derisk(factor=1.0),
    "compatible_capacities": compatible(0.0),
    "all three": Combined([sides(cut=0.0, instruments=()), derisk(factor=1.0), compatible(0.0)]),
}


@pytest.mark.parametrize("policy", NOTHING.values(), ids=NOTHING)
def test_a_rule_that_asks_nothing_is_stand_alone_bit_for_bit(policy: Policy) -> None:
    assert_same_economy(play(WORLD, policy), play(WORLD, StandAlone()))


@pytest.mark.parametrize(
    ("name", "overrides"),
    [
        ("choose_sides", ("policy.choose_sides.cut=0.0", "policy.choose_sides.instruments=[]")),
        ("uncoordinated_derisking", ("policy.uncoordinated_derisking.factor=1.0",)),
        ("compatible_capacities", ()),
    ],
)
def test_it_is_where_states_choose_too(tmp_path: Path, name: str, overrides: tuple[str, ...]) -> None:
    alone, same = chosen(tmp_path, "stand_alone", *overrides), chosen(tmp_path, name, *overrides)
    assert_same_economy(alone, same)
    assert alone.diplomacy is not None
    assert same.diplomacy is not None
    assert [d.decisions for d in alone.diplomacy.disputes] == [d.decisions for d in same.diplomacy.disputes] != [[]]


def test_without_a_cut_it_is_respond_as_allies_bit_for_bit(tmp_path: Path) -> None:
    every = ("statement", "absorb", "compensate", "retaliate")
    answer = RespondAsAllies(RespondAsAlliesParameters(instruments=every, dependence=0.3))
    assert_same_economy(play(WORLD, sides(cut=0.0, instruments=every, dependence=0.3)), play(WORLD, answer))
    free = (
        "policy.choose_sides.cut=0.0",
        'policy.choose_sides.instruments=["statement", "absorb", "compensate", "retaliate"]',
    )
    assert_same_economy(chosen(tmp_path, "respond_as_allies"), chosen(tmp_path, "choose_sides", *free))


# ------------------------------------------------------------------ what stands


def test_cuts_stand_from_their_quarter_in_steps_and_come_to_what_was_asked() -> None:
    quiet = play(WORLD, sides(omega=10.0, cut=0.3, start=2, phase=4), script=(), quarters=60)
    a, c = STATES.index("USA"), STATES.index("CHN")

    def traded(model: CoercionModel) -> np.ndarray[Any, np.dtype[np.float64]]:
        flows = np.array([r.actual.flows[:3] for r in model.history])
        return (flows[:, :, a, c] + flows[:, :, c, a]).sum(axis=1)

    share = traded(quiet) / (WORLD.flows[:3, a, c] + WORLD.flows[:3, c, a]).sum()
    np.testing.assert_allclose(share[:2], 1.0, atol=1e-9)
    assert (np.diff(share[1:6]) < -0.01).all()
    # Everybody cuts at once here, so a state's trade falls a little less than by its own cut alone.
    assert share[-1] == pytest.approx(0.7, abs=0.03)
    assert len(quiet.history[2].standing) == 6
    np.testing.assert_array_equal(quiet.history[-1].actual.flows, quiet.history[-1].without.flows)


def test_the_leaver_is_not_helped_and_the_others_cuts_stand() -> None:
    """Australia sells China most; at a low worth of the alliance it alone leaves."""
    costs = {s: trade_cut(WorldOutlook(WORLD, PLAIN), s, "CHN", 0.25).cost for s in BLOC}
    assert costs["AUS"] > 1.5 * max(costs["USA"], costs["JPN"])
    policy = sides(omega=1.2 * max(costs["USA"], costs["JPN"]) / 0.9, rate=0.0)
    model = play(WORLD, policy, script=BANS)
    assert {m.by for r in model.history for m in r.standing} == {"USA", "JPN"}
    assert not any(r.taken for r in model.history)
    helped = play(WORLD, sides(omega=10.0), script=BANS)
    assert {m.purpose for r in helped.history for m in r.taken} == {"statement", "absorb", "compensate"}


def test_where_states_choose_payoffs_are_those_of_the_economy_with_the_cuts(tmp_path: Path) -> None:
    model = chosen(tmp_path, "choose_sides", "policy.choose_sides.omega=10.0", "policy.choose_sides.phase=1")
    assert model.diplomacy is not None
    standing = [m for m in model.prepared.measures if m.purpose == "derisk"]
    assert len(standing) == 6
    settled = solve_equilibrium(WORLD, standing, parameters=model.parameters)
    np.testing.assert_allclose(model.diplomacy.base.flows, settled.flows, rtol=1e-6, atol=1e-6)
    held = model.diplomacy.cases[0]
    assert held.pledge is not None
    assert held.pledge.allies == ("USA", "JPN")
    assert held.pledge.required_cut == 0.0
    free = chosen(tmp_path, "choose_sides", "policy.choose_sides.cut=0.0").diplomacy
    assert free is not None
    # Less trade to lose: China's bans hurt Australia less once it has cut its trade.
    a = STATES.index("AUS")
    assert held.table.alone[1, :, a].min() > 1.1 * free.cases[0].table.alone[1, :, a].min()


def test_where_states_choose_nobody_acts_for_a_leaver(tmp_path: Path) -> None:
    model = chosen(tmp_path, "choose_sides", "policy.choose_sides.omega=0.0", "policy.choose_sides.rate=0.0")
    assert model.diplomacy is not None
    (dispute,) = model.diplomacy.disputes
    assert dispute.game.allies == ()
    assert not any(r.taken for r in model.history)
    assert dispute.game.parameters.statement_cost == 0.0


# ------------------------------------------------------------------ help on condition


def table(required_cut: float) -> PayoffTable:
    instruments = (Absorb(), Compensate(fraction=1.0), Retaliate(dependence=0.3))
    question = PayoffQuestion(
        "CHN", "AUS", ("USA", "JPN"), instruments, required_cut=required_cut, screen=Screen("off"),
        names=("screened", "services"),
    )  # fmt: skip
    return solve_payoffs(WORLD, PLAIN, question)


def at_price(given: PayoffTable, price: float) -> PayoffTable:
    """The table as if the target's cut cost it this much, first year and later, and harmed the coercer by 0.01."""
    side = np.zeros_like(given.trade_cut)
    side[:, given.of("AUS")], side[:, given.of("CHN")] = -price, -0.01
    return replace(given, trade_cut=side)


def test_the_table_has_the_cut_asked_and_what_it_does() -> None:
    asked = table(0.2)
    assert {(m.by, m.on, m.kind) for m in asked.trade_cut_measures} == {
        ("AUS", "CHN", "import_barrier"), ("AUS", "CHN", "export_control"),
    }  # fmt: skip
    settled = solve_equilibrium(WORLD, asked.trade_cut_measures).welfare_pct_gdp
    np.testing.assert_allclose(asked.trade_cut[1], settled, atol=1e-6)
    assert asked.trade_cut[:, asked.of("AUS")].max() < 0
    assert not table(0.0).trade_cut.any()
    assert table(0.0).trade_cut_measures == ()


def test_help_is_taken_only_where_it_exceeds_the_price_and_brings_the_cut_with_it() -> None:
    asked, free = table(0.2), spread(table(0.0))
    a = asked.of("AUS")
    loss = -asked.alone[:, :, a]  # (2, K): both compensate, so all of it is made good
    pays = asked.options.index("compensate")
    for price, takes in ((0.9 * loss.min(), True), (1.1 * loss.max(), False)):
        found = spread(at_price(asked, price))
        at = (slice(None), slice(None), pays, pays)
        assert (found.accepted[at] == takes).all()
        relief = free.target_effect[at] - free.target_effect[:, :, 0, 0]
        np.testing.assert_allclose(relief, loss, rtol=1e-9)
        np.testing.assert_allclose(
            found.target_effect[at], free.target_effect[at] - (price if takes else relief), rtol=1e-9, atol=1e-12
        )
        np.testing.assert_allclose(found.coercer_effect[at], free.coercer_effect[at] - 0.01 * takes, atol=1e-12)
        for i in range(2):
            np.testing.assert_allclose(found.ally_cost[i][at], free.ally_cost[i][at] * takes, atol=1e-12)
        np.testing.assert_array_equal(found.help_share, free.help_share)  # an offer refused is a promise kept


def test_the_target_weighs_what_all_together_offer() -> None:
    """At a price between one ally's help and both's it takes both's and refuses either's."""
    asked = table(0.2)
    pays = asked.options.index("compensate")
    assert 0.1 < asked.money[0].max() < 0.9
    loss = -asked.alone[0, 0, asked.of("AUS")]
    found = spread(at_price(asked, 0.5 * (1 + asked.money[0].max()) * loss))
    assert [bool(found.accepted[0, 0, i, j]) for i, j in ((pays, pays), (pays, 0), (0, pays))] == [True, False, False]


def test_a_cut_off_needs_nobody_s_consent() -> None:
    asked, free = at_price(table(0.2), 1e3), spread(table(0.0))
    found = spread(asked)
    cuts, both = (asked.options.index(o) for o in ("retaliate", "compensate_retaliate"))
    for profile in ((cuts, 0), (cuts, cuts)):
        at = (slice(None), slice(None), *profile)
        np.testing.assert_array_equal(found.coercer_effect[at], free.coercer_effect[at])
        np.testing.assert_array_equal(found.ally_cost[0][at], free.ally_cost[0][at])
    at = (slice(None), slice(None), both, 0)
    np.testing.assert_allclose(found.ally_cost[0][at], free.ally_cost[0][:, :, cuts, 0], atol=1e-12)


def test_a_stored_table_keeps_the_cut(tmp_path: Path) -> None:
    asked = table(0.2)
    PayoffStore(tmp_path).get("k", asked.question, lambda: asked)
    again = PayoffStore(tmp_path).get("k", asked.question, lambda: pytest.fail("was stored"))
    assert again.trade_cut_measures == asked.trade_cut_measures
    assert again.options == asked.options
    np.testing.assert_array_equal(again.trade_cut, asked.trade_cut)


@pytest.mark.parametrize(("cut", "takes"), [(0.01, True), (0.9, False)])
def test_a_target_that_never_chose_cuts_if_it_takes_help_and_is_not_helped_if_not(
    tmp_path: Path, cut: float, takes: bool
) -> None:
    """The USA and Japan are the parties; they always keep their word (a pledge of 10); Australia may take it."""
    chosen_ = (
        'policy.choose_sides.members=["USA", "JPN"]', "policy.choose_sides.omega=10.0",
        "policy.choose_sides.pledge=10.0", f"policy.choose_sides.cut={cut}",
        "policy.choose_sides.instruments=['compensate']", "policy.choose_sides.fraction=1.0",
        "dispute.reliability=0.999", "dispute.scripted_until=2020Q3", "dispute.opened=[]",
    )  # fmt: skip
    model = chosen(tmp_path, "choose_sides", *chosen_)
    assert model.diplomacy is not None
    (dispute,) = model.diplomacy.disputes
    assert dispute.stage == "imposed"
    table_ = model.diplomacy.cases[0].table
    assert all(table_.options[o].startswith("compensate") for o in dispute.profile)
    after = model.history[dispute.imposed_at + 1 :]
    own = [m for r in after for m in r.taken if m.by == "AUS"]
    money = [m for r in after for m in r.taken if m.purpose == "compensate"]
    assert bool(own) == bool(money) == takes
    if takes:
        assert {(m.kind, m.on, m.purpose) for m in own} == {
            ("import_barrier", "CHN", "derisk"), ("export_control", "CHN", "derisk"),
        }  # fmt: skip
        assert all(len([m for m in r.taken if m.by == "AUS"]) == 2 for r in after)


def test_scripted_targets_take_or_refuse_as_well() -> None:
    small, large = (
        play(WORLD, sides(members=("USA", "JPN"), omega=10.0, cut=cut, instruments=("compensate",)), script=BANS)
        for cut in (0.01, 0.9)
    )
    helped = [{m.by: m.purpose for m in r.taken} for r in small.history]
    assert {"USA": "compensate", "JPN": "compensate", "AUS": "derisk"} in helped
    assert not any(r.taken for r in large.history)


# ------------------------------------------------------------------ compatible capacities in runs


def test_cuts_of_those_who_join_are_kept_within_what_fellow_members_can_bear() -> None:
    outlook = WorldOutlook(WORLD, PLAIN)
    free = play(WORLD, derisk(factor=1.5), script=(), quarters=1)

    def worst(m: Measure) -> float:
        return max(-float(outlook.effect([m])[STATES.index(s)]) for s in BLOC if s != m.by)

    harms = {m.by: worst(m) for m in free.prepared.measures}
    limit = 0.3 * max(harms.values())
    assert limit > 0
    bound = play(WORLD, Combined([derisk(factor=1.5), compatible(limit)]), script=(), quarters=1)
    for before, after in zip(free.prepared.measures, bound.prepared.measures, strict=True):
        if harms[before.by] <= limit:
            assert after == before
        else:
            assert 0.99 * limit <= worst(after) <= limit
            assert 1.0 < after.size < before.size
    assert any(kind == "amended" for kind, _, _ in bound.amended)


def test_where_states_choose_the_cut_off_promised_is_opened(tmp_path: Path) -> None:
    pledge = (
        'policy.respond_as_allies.instruments=["retaliate"]', "policy.respond_as_allies.dependence=0.3",
        "policy.respond_as_allies.retaliate_open=0.1",
    )  # fmt: skip
    free = chosen(tmp_path, "respond_as_allies", *pledge).diplomacy
    assert free is not None
    cut = [Measure("export_ban", a, "CHN", free.cases[0].table.retaliation_goods, 0.1) for a in ("USA", "JPN")]
    outlook = WorldOutlook(free.base, free.parameters)
    harm = max(-float(outlook.effect([m])[STATES.index(s)]) for m in cut for s in BLOC if s != m.by)
    assert harm > 0
    limit = f"policy.compatible_capacities.harm={0.5 * harm}"
    bound = chosen(tmp_path, "respond_as_allies+compatible_capacities", *pledge, limit).diplomacy
    assert bound is not None
    opened = next(x.size for x in bound.cases[0].table.question.instruments if x.name == "retaliate")
    assert 0.1 < opened < 1.0
    worst = max(
        -float(outlook.effect([replace(m, size=opened)])[STATES.index(s)]) for m in cut for s in BLOC if s != m.by
    )
    assert worst <= 0.5 * harm * (1 + 1e-6)
    assert worst >= 0.98 * 0.5 * harm


def test_facts_say_who_joined_at_which_price_in_the_table(tmp_path: Path) -> None:
    at = small_scenario(tmp_path)
    facts = run_once(at, WORLD, "choose_sides", 0, 1).tables["facts"]
    rows = {(f, s): v for f, s, v in zip(facts["fact"], facts["state"], facts["value"], strict=True)}
    for state in BLOC:
        worth = rows["value_of_alliance", state] + rows["value_of_cover", state]
        assert rows["joined", state] == float(worth >= rows["cost_of_cut", state])
    assert rows["coalition_size", ""] == sum(rows["joined", s] for s in BLOC)
