"""Quarter by quarter: when answers begin and end, what they change, and what changes nothing at all."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from coercion_sim.dispute import Decision
from coercion_sim.economy import EconomyParameters, Measure, compile_shock, next_quarter, start_market
from coercion_sim.errors import InvalidInput
from coercion_sim.model import CoercionModel, State
from coercion_sim.model.state import RULES
from coercion_sim.policies import (
    Combined,
    Policy,
    RespondAsAllies,
    RespondAsAlliesParameters,
    Response,
    Situation,
    StandAlone,
)
from coercion_sim.world import World
from support.small import BANS, FIRST, LAST, NUMBERS, STATES, assert_same_economy, columns, play, small_world

A, C, U, J, R = range(5)


@pytest.fixture(scope="module")
def world() -> World:
    return small_world()


@pytest.fixture(scope="module")
def alone(world: World) -> CoercionModel:
    return play(world)


def respond(**parameters: object) -> RespondAsAllies:
    return RespondAsAllies(RespondAsAlliesParameters(**parameters))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def helped(world: World) -> CoercionModel:
    return play(world, respond())


# ------------------------------------------------------------------ nobody answers


def test_stand_alone_is_the_bare_economy_under_the_script(world: World, alone: CoercionModel) -> None:
    market = start_market(world, EconomyParameters())
    for quarter, record in enumerate(alone.history):
        market = next_quarter(market, compile_shock(world, BANS, quarter))
        assert record.quarter == quarter
        assert record.taken == record.standing == ()
        assert record.pressed == (BANS if FIRST <= quarter <= LAST else ())
        for what in NUMBERS:
            np.testing.assert_array_equal(getattr(record.actual, what), getattr(market.equilibrium, what))
        for what in (record.burden, record.adjustment, record.help_paid, record.help_received):
            assert not what.any()


def test_the_run_without_measures_stays_at_the_baseline(alone: CoercionModel, helped: CoercionModel) -> None:
    for model in (alone, helped):
        for record in model.history:
            np.testing.assert_allclose(record.without.flows, model.world.flows, rtol=1e-12)
            np.testing.assert_allclose(record.without.real_income_hat, 1.0, atol=1e-12)


def test_no_pressure_no_change(world: World) -> None:
    quiet = play(world, respond(instruments=("statement", "absorb", "compensate", "retaliate")), script=(), quarters=4)
    assert all(record.taken == () for record in quiet.history)
    np.testing.assert_allclose(
        columns(quiet, "flows"), np.broadcast_to(world.flows, (4, *world.flows.shape)), rtol=1e-12
    )


def test_pressure_hurts_the_target_while_it_lasts_and_fades_after(alone: CoercionModel) -> None:
    loss = -columns(alone, "welfare_pct_gdp")[:, A]
    assert loss[0] == 0.0
    assert (loss[FIRST : LAST + 1] > 1.0).all()
    assert (np.diff(loss[LAST:]) < 0).all()
    assert 0 < loss[-1] < 0.1 * loss[LAST]


# ------------------------------------------------------------------ when


def quarters_answered(model: CoercionModel) -> list[int]:
    return [record.quarter for record in model.history if record.taken]


def test_answers_begin_the_quarter_after_the_pressure_and_end_with_it(helped: CoercionModel) -> None:
    assert quarters_answered(helped) == list(range(FIRST + 1, LAST + 1))
    for record in helped.history:
        assert all(m.start == m.until == record.quarter for m in record.taken)


def test_pressure_of_one_quarter_is_over_before_anybody_answers(world: World) -> None:
    flash = play(world, respond(), script=[replace(BANS[0], until=FIRST)], quarters=4)
    assert [bool(record.pressed) for record in flash.history] == [False, True, False, False]
    assert quarters_answered(flash) == []


def test_pressure_that_pauses_is_answered_only_where_it_lasted(world: World) -> None:
    coal = BANS[0]
    again = play(
        world, respond(), script=[replace(coal, until=2), replace(coal, start=4, until=6, name="again")], quarters=8
    )
    assert quarters_answered(again) == [2, 5, 6]


def test_goods_hit_later_are_helped_later(world: World) -> None:
    script = [BANS[0], replace(BANS[1], start=3)]
    model = play(world, respond(instruments=("absorb",)), script=script)
    goods = [{good for m in record.taken for good in m.sectors} for record in model.history]
    assert goods[2] == goods[3] == {"coal"}
    assert goods[4] == goods[5] == {"coal", "wine"}


def test_pressure_from_the_first_quarter_is_answered_in_the_second(world: World) -> None:
    model = play(world, respond(), script=[replace(BANS[0], start=0, until=None)], quarters=4)
    assert quarters_answered(model) == [1, 2, 3]


def test_measures_taken_for_other_reasons_are_not_answered(world: World) -> None:
    model = play(world, respond(), script=[replace(BANS[0], purpose="derisk")], quarters=5)
    assert quarters_answered(model) == []
    assert [len(record.standing) for record in model.history] == [0, 1, 1, 1, 1]
    for record in model.history:
        np.testing.assert_array_equal(record.actual.flows, record.without.flows)


# ------------------------------------------------------------------ help


def test_with_help_the_target_loses_less_in_every_quarter_it_is_helped(
    alone: CoercionModel, helped: CoercionModel
) -> None:
    without, with_help = (columns(model, "welfare_pct_gdp")[:, A] for model in (alone, helped))
    span = slice(FIRST + 1, LAST + 1)
    assert (with_help[span] > without[span] + 1.0).all()
    np.testing.assert_array_equal(with_help[: FIRST + 1], without[: FIRST + 1])
    assert with_help.sum() > without.sum()


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"instruments": ("compensate",), "fraction": 1.0},
        {"instruments": ("absorb",), "absorb_rate": 0.9},
        {"instruments": ("absorb", "compensate"), "fraction": 1.0, "absorb_rate": 0.5},
    ],
    ids=["default", "money", "subsidy", "most"],
)
def test_help_paid_is_help_received_within_the_target_s_loss(world: World, parameters: dict[str, object]) -> None:
    model = play(world, respond(**parameters), burdens=False)
    answered = [record for record in model.history if record.taken]
    assert answered
    for record in answered:
        assert abs(record.help_paid.sum() - record.help_received.sum()) < 1e-8
        assert record.help_paid.sum() > 0
        assert record.help_paid.sum() <= record.ceiling * (1 + 1e-8)
        assert (record.help_paid >= 0).all()
        assert set(np.flatnonzero(record.help_received)) == {A}
        assert set(np.flatnonzero(record.help_paid)) == {U, J}


@pytest.mark.parametrize("rate", [0.1, 0.9])
@pytest.mark.parametrize("instrument", ["absorb", "facilitation"])
def test_absorption_places_no_more_than_the_volume_lost(world: World, instrument: str, rate: float) -> None:
    """Of no good does Australia sell more abroad than without pressure, and allies buy more of it than unhelped."""
    size = {"absorb": "absorb_rate", "facilitation": "facilitation_cut"}[instrument]
    script = [replace(m, until=24) for m in BANS]
    model = play(world, respond(instruments=(instrument,), **{size: rate}), script=script, quarters=25, burdens=False)
    bought = False
    for record in model.history:
        more = (record.actual.quantities - record.without.quantities)[:2, A]
        lost, found = -more[:, C], more[:, [U, J, 4]].sum(axis=1)
        assert (found <= lost + 1e-9).all()
        bought |= bool(record.taken)
    assert bought


def test_help_paid_is_what_leaves_the_payers_income(world: World) -> None:
    """Money is in the budget as B', subsidies as negative tariff revenue: eq. 5 of model.md §2, recomputed."""
    model = play(world, respond(), burdens=False)
    base = world.baseline
    for record in model.history:
        now = record.actual
        money = np.zeros(5)
        for m in record.taken:
            if m.kind == "transfer":
                money[STATES.index(m.by)] -= m.size
                money[STATES.index(m.on)] += m.size
        duties = (world.tariff * now.flows).sum(axis=(0, 1))  # what the tariffs of the baseline bring in
        subsidies = duties - now.tariff_revenue
        np.testing.assert_allclose(now.transfer, base.imbalance + money, atol=1e-9)
        paid = np.where(money < 0, -money, 0) + subsidies
        np.testing.assert_allclose(record.help_paid, paid, atol=1e-7)
        income = base.value_added * now.phi_hat + now.tariff_revenue + now.transfer
        np.testing.assert_allclose(now.income, income, atol=1e-6)


def test_the_ceiling_is_last_quarter_s_loss_with_the_help_that_hid_part_of_it(helped: CoercionModel) -> None:
    income = helped.world.baseline.income[A]
    for before, record in zip(helped.history, helped.history[1:], strict=False):
        if record.quarter in range(FIRST + 1, LAST + 1):
            loss = (before.without.real_income_hat[A] - before.actual.real_income_hat[A]) * income
            assert record.ceiling == pytest.approx(loss + before.help_received[A], rel=1e-12)
        else:
            assert np.isnan(record.ceiling)
            assert not record.help_paid.any()


class TooKind(Policy):
    """The USA sends 1000 a year and pays half the price of the goods hit, whatever was lost."""

    name = "too_kind"
    words = "-"
    summary = "-"

    def respond(self, situation) -> Response:
        now = situation.quarter
        if not situation.pressure():
            return Response()
        gifts = (
            Measure("transfer", "USA", "AUS", (), 1000.0, now, now, purpose="compensate", name="gift"),
            Measure("import_subsidy", "JPN", "AUS", ("coal",), 0.5, now, now, purpose="absorb", name="half"),
        )
        return Response(gifts)


def test_help_above_the_loss_is_cut_down_to_it_all_in_proportion(world: World) -> None:
    model = play(world, TooKind())
    for record in model.history:
        if not record.taken:
            continue
        total = record.help_paid.sum()
        # A smaller subsidy also buys less, so cutting both by one factor may fall short of the ceiling by a little.
        assert 0.9 * record.ceiling <= total <= record.ceiling * (1 + 1e-8)
        gift, half = record.taken
        assert half.size / 0.5 == pytest.approx(gift.size / 1000.0, rel=1e-9)
        assert gift.size < 1000.0


# ------------------------------------------------------------------ what changes nothing


NEUTRAL = [
    {"instruments": ("retaliate",), "retaliate_with": "export_ban", "retaliate_open": 1.0},
    {"instruments": ("retaliate",), "retaliate_with": "export_control", "retaliate_factor": 1.0},
    {"instruments": ("retaliate",), "retaliate_with": "import_tariff", "retaliate_tariff": 0.0},
    {"instruments": ("absorb", "compensate"), "fraction": 0.0, "absorb_rate": 0.0},
    {"instruments": ("facilitation",), "facilitation_cut": 0.0},
    {
        "instruments": ("statement", "absorb", "compensate", "retaliate"),
        "fraction": 0.0,
        "absorb_rate": 0.0,
        "retaliate_open": 1.0,
    },
    {"instruments": ()},
    {"allies": ("CHN",)},  # nobody but the coercer to answer
    {"min_strength": 0.95},
]


@pytest.mark.parametrize("parameters", NEUTRAL, ids=str)
def test_with_every_size_at_nothing_the_run_is_stand_alone_bit_for_bit(
    world: World, alone: CoercionModel, parameters: dict[str, object]
) -> None:
    model = play(world, respond(**parameters))
    assert_same_economy(alone, model)
    for one, other in zip(alone.history, model.history, strict=True):
        for what in ("burden", "help_paid", "help_received", "adjustment"):
            np.testing.assert_array_equal(getattr(one, what), getattr(other, what))


def test_words_alone_are_on_record_and_change_nothing(world: World, alone: CoercionModel) -> None:
    model = play(world, respond(instruments=("statement",)))
    assert_same_economy(alone, model)
    for record in model.history:
        said = {(m.kind, m.by, m.on) for m in record.taken}
        assert said == ({("statement", s, "CHN") for s in ("USA", "JPN")} if FIRST < record.quarter <= LAST else set())


# ------------------------------------------------------------------ burden


@pytest.mark.parametrize("ally", ["USA", "JPN"])
def test_burden_is_the_difference_to_a_run_in_which_the_ally_did_nothing(world: World, ally: str) -> None:
    exact = EconomyParameters(tolerance=1e-12)
    model = play(world, respond(instruments=("absorb", "compensate", "retaliate")), parameters=exact)
    n = world.state_index(ally)
    market = start_market(world, exact)
    for record in model.history:
        others = [m for m in record.taken if m.by != ally]
        market = next_quarter(market, compile_shock(world, (*record.pressed, *others), record.quarter))
        gap = market.equilibrium.welfare_pct_gdp[n] - record.actual.welfare_pct_gdp[n]
        assert record.burden[n] == pytest.approx(gap, abs=1e-8)
        if FIRST < record.quarter <= LAST:
            assert record.burden[n] > 0.01
    assert not any(record.burden[[A, C, R]].any() for record in model.history)


def test_the_burden_of_a_tariff_is_that_of_both_tariffs_and_the_coercer_bears_none(world: World) -> None:
    """Against a run in which Japan levies nothing and China counters the United States alone."""
    exact = EconomyParameters(tolerance=1e-12)
    tariffs = respond(instruments=("retaliate",), retaliate_with="import_tariff")
    model = play(world, tariffs, parameters=exact)
    market = start_market(world, exact)
    for record in model.history:
        assert sum(m.by == "CHN" for m in record.answers) == len(record.taken)
        others = [m for m in record.answers if "JPN" not in (m.by, m.on)]
        market = next_quarter(market, compile_shock(world, (*record.pressed, *others), record.quarter))
        gap = market.equilibrium.welfare_pct_gdp - record.actual.welfare_pct_gdp
        assert record.burden[J] == pytest.approx(gap[J], abs=1e-8)
    assert not any(record.burden[[A, C, R]].any() for record in model.history)


def test_money_costs_its_payer_more_than_its_amount_but_not_twice_as_much(world: World) -> None:
    """With a bias for goods from home a transfer also turns the terms of trade against its payer (Keynes 1929)."""
    model = play(world, respond(instruments=("compensate",)))
    first = model.history[FIRST + 1]
    share = 100 * first.help_paid / world.baseline.gdp
    for n in (U, J):
        assert share[n] < first.burden[n] < 2 * share[n]


def test_without_burdens_the_economy_is_the_same(world: World, helped: CoercionModel) -> None:
    bare = play(world, respond(), burdens=False)
    assert_same_economy(helped, bare)
    assert not any(record.burden.any() for record in bare.history)


# ------------------------------------------------------------------ retaliation


def test_retaliation_hurts_the_coercer_and_costs_those_who_retaliate(world: World, alone: CoercionModel) -> None:
    model = play(world, respond(instruments=("retaliate",), retaliate_open=0.1))
    extra = columns(model, "welfare_pct_gdp") - columns(alone, "welfare_pct_gdp")
    # Its first quarter turns the terms of trade for China: nominal transfers are fixed (model.md §3).
    assert (extra[FIRST + 2 : LAST + 1, C] < -0.1).all()
    assert (extra[FIRST + 1 : LAST + 1, [U, J]] < 0).all()
    assert not extra[: FIRST + 1].any()
    cells = {(m.kind, m.by, m.on, m.sectors, m.size) for r in model.history for m in r.taken}
    assert cells == {("export_ban", s, "CHN", ("parts",), 0.1) for s in ("USA", "JPN")}


def test_retaliation_by_tariff_is_levied_on_the_coercer_s_goods_and_countered_by_an_equal_one(world: World) -> None:
    model = play(world, respond(instruments=("retaliate",), retaliate_with="import_tariff"), quarters=4)
    record = model.history[FIRST + 1]
    duties = record.actual.shock.tariff - world.tariff
    wanted = np.zeros_like(duties)
    for n in (U, J):
        wanted[:3, C, n] = wanted[:3, n, C] = 0.25  # coal, wine, parts, not services; China counters with the same
    np.testing.assert_allclose(duties, wanted, atol=1e-15)


# ------------------------------------------------------------------ states decide


def refuses(state: State, decision: Decision) -> tuple[float, ...]:
    """Takes no measure: neither its script's nor the policy's."""
    return decision.certain("leave") if decision.game is None else decision.odds


class Told(Policy):
    """Returns what it is told to, from the second quarter on."""

    name, words, summary = "told", "(a test)", "(a test)"
    answer: object = None

    def respond(self, situation: Situation) -> Response:
        return self.answer if situation.quarter else Response()  # type: ignore[return-value]


@pytest.mark.parametrize("policy", [Told(), Combined([StandAlone(), Told()])])
def test_a_policy_that_returns_no_answer_is_named_with_what_it_has_to_return(world: World, policy: Policy) -> None:
    said = r"told\.respond: has to return a Response; found None; allowed: return Response"
    with pytest.raises(InvalidInput, match=said):
        play(world, policy)


def test_a_measure_whose_last_quarter_was_over_is_noted_once_and_does_nothing(
    world: World, alone: CoercionModel
) -> None:
    policy = Told()
    policy.answer = Response((Measure("import_ban", "JPN", "CHN", "all", 0.5, until=0, name="too late"),))
    model = play(world, policy)
    ((quarter, (event, state, text)),) = model.notes
    assert (quarter, event, state) == (1, "lapsed", "JPN")
    assert text.startswith("too late on CHN has no effect: ")
    assert_same_economy(model, alone)


@pytest.mark.parametrize(("state", "by"), [(J, {"CHN", "USA"}), (C, set())])
def test_a_state_takes_only_measures_it_decides_to_take(
    world: World, state: int, by: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = CoercionModel(world, EconomyParameters(), BANS, respond(), 4)
    monkeypatch.setitem(RULES, "refuses", refuses)
    model.states[state].rule = "refuses"
    while model.quarter < model.quarters:
        model.step()
    assert {m.by for record in model.history for m in (*record.pressed, *record.taken)} <= {"CHN", "USA", "JPN"}
    assert {m.by for record in model.history for m in (*record.pressed, *record.taken)} == by
    if not by:
        np.testing.assert_allclose(columns(model, "real_income_hat"), 1.0, atol=1e-12)


def test_every_scripted_measure_and_answer_is_a_decision_of_its_state(world: World) -> None:
    model = play(world, respond())
    taken = [(c.quarter, m.by, m.name) for c in model.decisions for m in c.option.measures]
    recorded = [(r.quarter, m.by, m.name) for r in model.history for m in (*r.pressed, *r.taken)]
    assert sorted(taken) == sorted(recorded)
    assert {(c.rule, c.move) for c in model.decisions} == {("script", "measures"), ("script", "respond")}
    assert all(c.mover == m.by for c in model.decisions for m in c.option.measures)
