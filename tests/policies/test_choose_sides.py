"""choose_sides move by move: who joins at which price, what stands, who helps whom, and what is promised."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from fake_situation import STATES, FakeSituation, ban
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from coercion_sim.economy import Measure
from coercion_sim.errors import ConvergenceError
from coercion_sim.policies import (
    ChooseSides,
    ChooseSidesParameters,
    Combined,
    Pledge,
    RespondAsAllies,
    RespondAsAlliesParameters,
    Response,
    trade_cut,
)

MEMBERS = ("AUS", "USA", "JPN")
#: Percent of GDP lost per unit of log factor of a state's own cut: Australia is the one exposed.
EXPOSED = {"AUS": 4.0, "USA": 0.5, "JPN": 1.0, "KOR": 1.0}
#: In the fake economy trade falls with this power of the factor.
THETA = 2.5


def sides(**parameters: Any) -> ChooseSides:
    return ChooseSides(ChooseSidesParameters(**({"members": MEMBERS} | parameters)))


def economy(given_: Sequence[Measure] = (), exposed: dict[str, float] = EXPOSED, **more: Any) -> FakeSituation:
    """An economy in which a state's trade falls with its own factor, at a price in proportion to its exposure."""

    def traded(measures: Sequence[Measure], a: str, b: str, sectors: Sequence[str]) -> float:
        assert {(m.by, m.on) for m in measures} == {(a, b)}
        assert {m.kind for m in measures} == {"import_barrier", "export_control"}
        assert {m.sectors for m in measures} == {tuple(sectors)} == {("goods",)}
        return measures[0].size ** -THETA

    def effects(measures: Sequence[Measure]) -> np.ndarray[Any, np.dtype[np.float64]]:
        lost = np.zeros(len(STATES))
        for m in measures:
            lost[STATES.index(m.by)] -= 0.5 * exposed.get(m.by, 0.0) * math.log(m.size)
        return lost

    return FakeSituation(given_, traded=traded, effects=effects, **more)


def price(state: str, cut: float) -> float:
    """What the cut costs in that economy."""
    return -EXPOSED[state] * math.log1p(-cut) / THETA


def facts(response: Response) -> dict[tuple[str, str], float]:
    return {(name, state): value for name, state, value in response.facts}


def joined(policy: ChooseSides, here: FakeSituation) -> set[str]:
    return {s for (name, s), value in facts(policy.prepare(here)).items() if name == "joined" and value == 1.0}


# ------------------------------------------------------------------ the cut and its price


@given(st.floats(0.02, 0.9), st.floats(0.3, 15.0))
@settings(max_examples=60, deadline=None)
def test_the_cut_is_the_one_trade_really_falls_by(share: float, theta: float) -> None:
    asked: list[float] = []

    def traded(measures: Sequence[Measure], a: str, b: str, sectors: Sequence[str]) -> float:
        asked.append(measures[0].size)
        return float(measures[0].size ** -theta)

    found = trade_cut(FakeSituation(traded=traded), "USA", "CHN", share)
    assert found.realised == pytest.approx(share, abs=5.1e-4)
    assert found.factor**-theta == pytest.approx(1 - share, abs=5.1e-4)
    assert len(asked) <= 40


def test_nothing_is_cut_where_nothing_is_asked_or_nothing_traded() -> None:
    for found in (trade_cut(economy(), "USA", "CHN", 0.0), trade_cut(economy(), "JPN", "KOR", 0.5)):
        assert (found.factor, found.realised, found.cost, found.measures()) == (1.0, 0.0, 0.0, ())


def test_trade_no_barrier_can_cut_is_an_error_and_no_guess() -> None:
    with pytest.raises(ConvergenceError, match="USA with CHN"):
        trade_cut(FakeSituation(), "USA", "CHN", 0.25)


def test_a_cut_that_gains_its_author_costs_nothing() -> None:
    found = trade_cut(economy(exposed={"USA": -1.0}), "USA", "CHN", 0.25)
    assert found.effect > 0.0 == found.cost


# ------------------------------------------------------------------ who joins


def test_each_party_weighs_alliance_and_cover_against_its_own_cut() -> None:
    here = economy(turned={("CHN", "AUS"): 0.8, ("CHN", "USA"): 0.1})
    found = facts(sides(cut=0.3).prepare(here))
    for state in MEMBERS:
        assert found["cost_of_cut", state] == pytest.approx(price(state, 0.3), rel=3e-3)
        assert found["cut_realised", state] == pytest.approx(0.3, abs=5.1e-4)
    assert found["value_of_alliance", "AUS"] == pytest.approx(0.3 * 0.9)
    assert found["value_of_alliance", "JPN"] == pytest.approx(0.3 * 1.0)  # its tie to the USA, not to Australia
    assert found["value_of_cover", "AUS"] == pytest.approx(0.1 * 0.5 * 0.8 * 1.25)
    assert found["value_of_cover", "JPN"] == 0.0


@pytest.mark.parametrize("off", [-1, 1])
@pytest.mark.parametrize("lever", ["omega", "rate", "fraction", "expected_years"])
def test_the_exposed_join_just_where_what_they_get_reaches_what_they_give(lever: str, off: int) -> None:
    """Each number at which the two sides are equal, 2 % below it and above."""
    loss, cost, strength = 3.0, price("AUS", 0.25), 0.9
    at = {"omega": 0.3, "rate": 0.1, "fraction": 0.5, "expected_years": 1.25}
    cover = loss * math.prod(v for k, v in at.items() if k not in ("omega", lever))
    at[lever] = (cost - cover) / strength if lever == "omega" else (cost - 0.3 * strength) / cover
    at[lever] *= 1 + 0.02 * off
    assert ("AUS" in joined(sides(**at), economy(turned={("CHN", "AUS"): loss}))) == (off > 0)


def test_alliances_with_outsiders_are_not_what_is_at_stake() -> None:
    found = facts(sides(members=("AUS", "JPN")).prepare(economy()))
    assert found["value_of_alliance", "JPN"] == pytest.approx(0.3 * 0.4)


def test_no_help_no_cover() -> None:
    here = economy(turned={("CHN", s): 1.0 for s in MEMBERS})
    found = facts(sides(instruments=("statement", "retaliate")).prepare(here))
    assert all(found["value_of_cover", s] == 0.0 for s in MEMBERS)


def test_the_cuts_of_those_who_join_stand_and_the_leaver_keeps_its_trade() -> None:
    response = sides(start=2, phase=6).prepare(economy())
    assert {m.by for m in response.measures} == {"USA", "JPN"}
    for state in ("USA", "JPN"):
        both = [m for m in response.measures if m.by == state]
        assert [m.kind for m in both] == ["import_barrier", "export_control"]
        assert {(m.on, m.sectors, m.purpose) for m in both} == {("CHN", ("goods",), "derisk")}
        assert {(m.start, m.until, m.phase_in) for m in both} == {(2, None, 6)}
        assert both[0].size == both[1].size == pytest.approx(0.75 ** (-1 / THETA), rel=1e-3)
    assert len({m.name for m in response.measures}) == 4


def test_what_is_said_who_leaves_at_which_price_and_what_goes_with_it() -> None:
    response = sides().prepare(economy())
    said = {state: (kind, text) for kind, state, text in response.notes}
    assert {s: kind for s, (kind, _) in said.items()} == {
        "AUS": "left", "USA": "joined", "JPN": "joined", "": "coalition",
    }  # fmt: skip
    assert f"{price('AUS', 0.25):.3f} %" in said["AUS"][1]
    assert "AUS left, 20.0 %" in said[""][1]
    found = facts(response)
    assert found["coalition_size", ""] == 2
    assert found["coalition_gdp_lost", ""] == pytest.approx(200 / 1000)
    # Goods sold to China: Australia 50, the USA 17, Japan 6; without Australia they no longer supply 70 % of anything
    # but chips.
    assert found["coalition_sales_lost", ""] == pytest.approx(50 / 73)
    assert found["coalition_levers_lost", ""] == 1  # wine: 16 of 20 with Australia, 6 without


# ------------------------------------------------------------------ answers, scripted


def test_without_a_cut_allies_answer_exactly_as_allies() -> None:
    here = economy([ban("coal"), ban("wine", on="KOR", name="k")], losses={"AUS": 100.0, "KOR": 50.0})
    free, plain = sides(cut=0.0), RespondAsAllies()
    assert free.prepare(here).measures == ()
    assert free.respond(here) == plain.respond(here)
    for target in ("AUS", "KOR"):
        assert free.pledge(here, "CHN", target) == plain.pledge(here, "CHN", target)


def test_a_leaver_is_not_helped_whoever_presses() -> None:
    for coercer in ("CHN", "ROW"):
        assert sides().respond(economy([ban("coal", by=coercer)])) == Response()
    joins = sides(omega=5.0).respond(economy([ban("coal")]))
    assert {m.by for m in joins.measures} == {"USA", "JPN"}


def test_a_leaver_does_not_help() -> None:
    here = economy([ban("chips", on="JPN", name="j")], losses={"JPN": 10.0})
    everybody = sides(omega=5.0).respond(here)
    without = sides().respond(here)
    assert {m.by for m in everybody.measures} == {"AUS", "USA"}
    assert {m.by for m in without.measures} == {"USA"}
    paid = {m.by: m.size for m in without.measures if m.purpose == "compensate"}
    assert paid == {"USA": pytest.approx(5.0)}  # half the loss, all of it now the United States'


def korea(loss: float, **parameters: Any) -> tuple[ChooseSides, Response]:
    """China presses Korea, which never was a party; Australia (who joins here) and the USA would help."""
    instruments = ("statement", "compensate", "retaliate")
    policy = sides(omega=5.0, min_strength=0.3, dependence=0.4, instruments=instruments, **parameters)
    here = economy([ban("wine", on="KOR", name="k")], losses={"KOR": loss})
    return policy, policy.respond(here)


def test_a_target_that_never_was_a_party_takes_help_only_for_more_than_its_own_cut_costs() -> None:
    gdp = 200.0
    cost = price("KOR", 0.25) / 100 * gdp
    _, refused = korea(loss=1.98 * cost)  # half of it is offered
    _, taken = korea(loss=2.02 * cost)
    assert {m.purpose for m in refused.measures} == {"statement", "retaliate"}
    assert not any(m.by == "KOR" for m in refused.measures)
    own = [m for m in taken.measures if m.by == "KOR"]
    assert {(m.kind, m.on, m.purpose, m.answers) for m in own} == {
        ("import_barrier", "CHN", "derisk", "k"),
        ("export_control", "CHN", "derisk", "k"),
    }
    assert {(m.start, m.until) for m in taken.measures} == {(5, 5)}
    assert sum(m.size for m in taken.measures if m.purpose == "compensate") == pytest.approx(1.01 * cost)


def test_subsidies_count_as_relief_at_last_quarter_s_sales() -> None:
    policy = sides(omega=5.0, min_strength=0.3, instruments=("absorb",))
    cost = price("KOR", 0.25) / 100 * 200.0
    for sold, cuts in ((9.0 * cost, False), (11.0 * cost, True)):
        here = economy([ban("wine", on="KOR", name="k")], losses={"KOR": 100.0}, sold={("KOR", "AUS"): sold})
        assert any(m.by == "KOR" for m in policy.respond(here).measures) == cuts


def test_nobody_else_s_pressure_makes_a_target_cut_trade_with_the_competitor() -> None:
    policy = sides(omega=5.0, min_strength=0.3)
    here = economy([ban("wine", by="ROW", on="KOR", name="k")], losses={"KOR": 0.001})
    assert {m.purpose for m in policy.respond(here).measures} == {"statement", "compensate"}


def test_what_other_policies_ask_of_leavers_and_for_them_falls_away() -> None:
    given_ = (
        Measure("transfer", "USA", "AUS", (), 5.0, purpose="compensate", name="to a leaver"),
        Measure("transfer", "AUS", "JPN", (), 5.0, purpose="compensate", name="by a leaver"),
        Measure("export_ban", "AUS", "CHN", ("chips",), 0.5, purpose="retaliate", name="its cut-off"),
        Measure("transfer", "USA", "JPN", (), 5.0, purpose="compensate", name="among those who stay"),
        Measure("facilitation", "AUS", "USA", ("goods",), 0.9, purpose="integrate", name="no answer at all"),
    )
    assert sides().amend(economy(), given_) == given_[3:]
    assert sides(cut=0.0).amend(economy(), given_) == given_


# ------------------------------------------------------------------ promises, strategic


def test_promises_are_made_by_those_who_stay_to_those_who_stay_or_will_cut() -> None:
    policy, here = sides(min_strength=0.3, pledge=0.07), economy()
    to_japan = policy.pledge(here, "CHN", "JPN")
    assert to_japan is not None
    assert (to_japan.allies, to_japan.required_cut, to_japan.strength) == (("USA",), 0.0, 0.07)
    to_leaver = policy.pledge(here, "CHN", "AUS")
    assert to_leaver is not None
    assert (to_leaver.allies, to_leaver.promised) == ((), ())
    stays = sides(min_strength=0.3, omega=5.0)
    to_korea = stays.pledge(here, "CHN", "KOR")
    assert to_korea is not None
    assert (to_korea.allies, to_korea.required_cut) == (("AUS",), 0.25)
    from_elsewhere = stays.pledge(here, "ROW", "KOR")
    assert from_elsewhere is not None
    assert from_elsewhere.required_cut == 0.0


def test_without_instruments_nothing_is_promised() -> None:
    assert sides(cut=0.0, instruments=()).pledge(economy(), "CHN", "AUS") is None


def test_joined_to_another_its_promise_loses_the_leavers_and_asks_the_cut() -> None:
    other = RespondAsAllies(RespondAsAlliesParameters(allies=("AUS", "USA"), pledge=0.03, instruments=("compensate",)))
    joint = Combined([other, sides()]).pledge(economy(), "CHN", "KOR")
    apart = other.pledge(economy(), "CHN", "KOR")
    assert apart is not None
    assert joint == replace(apart, allies=("USA",), required_cut=0.25)


def test_who_joined_is_settled_before_the_first_quarter_not_by_what_stands_since() -> None:
    """Where the cuts stand another one would cost more; nobody is asked twice."""

    class Later(FakeSituation):
        """An economy in which nobody could bear a further cut."""

        @property
        def at_start(self) -> FakeSituation:
            return economy()

    dear = economy(exposed=dict.fromkeys(STATES, 100.0))
    later = Later(traded=dear.traded, effects=dear.effects)
    assert sides().leavers(dear) == MEMBERS
    assert sides().leavers(later) == sides().leavers(economy()) == ("AUS",)
    promise = sides().amend_pledge(Pledge(("AUS", "USA")), later, "CHN", "JPN")
    assert promise.allies == ("USA",)


# ------------------------------------------------------------------ parameters


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"members": ("AUS", "CHN")}, "competitor CHN cannot be a member"),
        ({"members": ("AUS", "AUS")}, "listed twice"),
        ({"members": ("AUS",)}, "at least 2"),
        ({"cut": 1.0}, "cut"),
        ({"omega": -0.1}, "omega"),
        ({"phase": 0}, "phase"),
    ],
    ids=str,
)
def test_contradictory_parameters_are_refused(wrong: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        ChooseSidesParameters(**wrong)


def test_the_sentence_is_the_one_it_rejects() -> None:
    assert ChooseSides.words == "won't force our allies into an us-or-them choice"
