"""The least-cost coalition on a small world, against every coalition set up by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from coercion_sim.analysis import CoalitionAnswer, least_cost_coalition
from coercion_sim.analysis.deterrence import coalition as coalition_module
from coercion_sim.analysis.deterrence.coalition_answer import MemberAccount
from coercion_sim.analysis.deterrence.dyad import Dyad, ask
from coercion_sim.analysis.deterrence.frontier import INTENSITIES
from coercion_sim.analysis.deterrence.pledges import (
    KINDS,
    LeastPledge,
    PledgedGame,
    Terms,
    Who,
    least_pledges,
    press_value,
    side_by_side,
)
from coercion_sim.dispute import ally_payoffs, solve_dispute
from coercion_sim.errors import GameError

pytestmark = pytest.mark.slow  # many disputes are solved

TIES = {"USA": 0.9, "JPN": 0.6}


@pytest.fixture(scope="module")
def answer(tiny: Path) -> CoalitionAnswer:
    return least_cost_coalition(tiny, stake=0.2)


@pytest.fixture(scope="module")
def dyad(tiny: Path) -> Dyad:
    return ask(tiny, at_defaults=True).dyad(0)


def test_it_is_the_cheapest_of_all_that_deter(answer: CoalitionAnswer, dyad: Dyad) -> None:
    assert answer.candidates == ("USA", "JPN")
    assert answer.deters
    assert answer.chosen is not None
    games = [
        dyad.pledged(Terms(kind, intensity, members), 0.2)
        for members, kind in product((("USA",), ("JPN",), ("USA", "JPN")), KINDS)
        for intensity in INTENSITIES[kind]
    ]
    assert len(games) == 3 * 10
    games = [game for game in games if game.able]  # alone, neither supplies enough of any good to cut it off
    assert answer.tried == len(games) == 3 * 10 - 2 * 4
    found = least_pledges(games, 0.3)
    deterring = [game.at(least.strength) for game, least in zip(games, found, strict=True) if least.deters]
    best = min(
        float(ally_payoffs(solved).cost @ [dyad.gdp(s) for s in solved.game.allies]) / 100.0
        for _, solved in side_by_side(deterring)
    )
    assert answer.chosen.cost == pytest.approx(best)
    assert [c.cost for c in answer.ranked] == sorted(c.cost for c in answer.ranked)
    assert all(c.least.deters for c in answer.ranked)


def test_accounts_are_payoffs_of_the_game_with_and_without_each_state(answer: CoalitionAnswer, dyad: Dyad) -> None:
    assert answer.chosen is not None
    alone = ally_payoffs(solve_dispute(dyad.spoken(0.2).at(0.0))).yielded
    interest = dyad.diplomacy.settings.interest
    for account in answer.accounts:
        assert account.payoff == pytest.approx(-account.interest - account.pays)
        assert account.exposure <= account.pays + 1e-12
        assert account.gains == pytest.approx(account.payoff - account.without)
        staying = tuple(s for s in answer.candidates if (s in answer.chosen.terms.members) != (s == account.state))
        kind, intensity = answer.chosen.terms.kind, answer.chosen.terms.intensity
        rest = dyad.pledged(Terms(kind, intensity, staying), 0.2) if staying else dyad.spoken(0.2)
        solved = solve_dispute(rest.at(answer.chosen.strength))
        worth = ally_payoffs(solved)
        own = -interest * TIES[account.state] * worth.yielded
        if account.state in solved.game.allies:
            own -= float(worth.cost[solved.game.allies.index(account.state)])
        assert account.other == pytest.approx(own * dyad.gdp(account.state) / 100.0)
        assert account.without == pytest.approx(
            -interest * TIES[account.state] * alone * dyad.gdp(account.state) / 100.0
        )


def test_the_target_s_gain_is_its_payoff_less_that_without_help(answer: CoalitionAnswer, dyad: Dyad) -> None:
    assert answer.chosen is not None
    alone = ally_payoffs(solve_dispute(dyad.spoken(0.2).at(0.0))).target * dyad.gdp("AUS") / 100.0
    assert answer.target_alone == pytest.approx(alone)
    assert answer.target_gain == pytest.approx(answer.chosen.target - alone)
    assert answer.target_gain > 0.0


def test_a_pivotal_member_is_one_without_which_pressing_pays(answer: CoalitionAnswer, dyad: Dyad) -> None:
    assert answer.chosen is not None
    terms = answer.chosen.terms
    for account in answer.accounts:
        others = tuple(s for s in terms.members if s != account.state)
        if not account.member:
            assert not account.pivotal
        elif not others:
            assert account.pivotal
        else:
            pledged = dyad.pledged(Terms(terms.kind, terms.intensity, others), 0.2)
            value = press_value(solve_dispute(pledged.at(answer.chosen.strength)))
            assert account.pivotal == (value > 1e-9)


def test_the_worth_of_candidates_never_falls_as_others_join(answer: CoalitionAnswer) -> None:
    """A state that joins can still do what it did outside: nothing."""
    v = answer.worth
    assert v.worth[3] >= v.worth[1] + v.worth[2] - 1e-9
    assert v.core_exists
    assert answer.objection("equal") == v.objection(v.divide({"USA": 1.0, "JPN": 1.0}))
    assert answer.objection("gdp") == v.objection(v.divide(answer.gdp))


def test_no_coalition_is_needed_where_pressing_does_not_pay(tiny: Path) -> None:
    a = least_cost_coalition(tiny, stake=0.001, kinds=("support",), intensities=(0.5,))
    assert (a.chosen, a.ranked, a.accounts, a.deters) == (None, (), (), True)
    assert a.value_alone <= 0.0
    assert a.tried == 0
    assert (a.target_gain, a.surplus) == (0.0, 0)
    assert a.potentially_stable


def test_promises_without_an_equilibrium_are_left_out_and_counted(
    tiny: Path, answer: CoalitionAnswer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def solved(pledged: list[PledgedGame], most: float, who: Who) -> list[LeastPledge]:
        if any(len(game.game.allies) == 2 for game in pledged):
            raise GameError("none found")
        return least_pledges(pledged, most, who)

    monkeypatch.setattr(coalition_module, "least_pledges", solved)
    left = least_cost_coalition(tiny, stake=0.2)
    assert (left.unsolved, left.tried, answer.unsolved) == (10, answer.tried - 10, 0)
    assert {len(c.terms.members) for c in left.ranked} == {1}


def test_a_promise_to_cut_off_what_nobody_sells_is_not_tried(tiny: Path) -> None:
    """No good reaches the share asked: only the words would be left, and they are no promise."""
    a = least_cost_coalition(tiny, stake=0.2, kinds=("retaliation",), intensities=(0.5, 0.9), dependence=1.0)
    assert (a.tried, a.chosen, a.deters) == (0, None, False)
    assert a.value_alone != a.value_silent
    assert a.value_alone > 0.0


def test_where_none_deters_the_best_value_for_cost_comes_first(tiny: Path) -> None:
    a = least_cost_coalition(tiny, stake=0.2, strongest=0.0001)
    assert not a.deters
    assert a.chosen is a.ranked[0]
    worth = [(a.value_alone - c.least.value) / c.cost for c in a.ranked]
    assert worth == sorted(worth, reverse=True)
    assert all(math.isnan(c.least.strength) and c.strength == 0.0001 for c in a.ranked)


def test_the_stake_is_the_scenario_s_where_none_is_given(tiny: Path, dyad: Dyad) -> None:
    a = least_cost_coalition(tiny, kinds=("support",), intensities=(0.5,))
    assert a.stake == dyad.stake_coercer == 0.2


def account(state: str, member: bool, payoff: float, other: float) -> MemberAccount:
    return MemberAccount(state, member, 1.0, 0.0, 0.0, 0.0, 2.0, payoff, -4.0, other, False)


def test_stability_is_that_of_each_side(answer: CoalitionAnswer) -> None:
    stable = replace(answer, accounts=(account("USA", True, -1.0, -2.0), account("JPN", False, -1.0, -3.0)))
    assert (stable.internally_stable, stable.externally_stable, stable.potentially_stable) == (True, True, True)
    assert stable.surplus == 1.0
    riding = replace(answer, accounts=(account("USA", True, -1.0, -0.5), account("JPN", True, -1.0, -2.0)))
    assert (riding.internally_stable, riding.free_riders) == (False, ("USA",))
    assert (riding.surplus, riding.potentially_stable) == (0.5, True)
    joining = replace(answer, accounts=(account("USA", True, -1.0, -0.5), account("JPN", False, -1.0, -0.1)))
    assert (joining.externally_stable, joining.potentially_stable) == (False, False)
    assert joining.accounts[0].gains == 3.0
    assert not account("USA", True, -1.0, math.nan).would_change


def test_progress_counts_sets_of_members(tiny: Path) -> None:
    calls: list[tuple[int, int, int]] = []
    least_cost_coalition(tiny, stake=0.2, kinds=("support",), intensities=(1.0,), progress=lambda *n: calls.append(n))
    assert [done for done, _, _ in calls] == sorted({done for done, _, _ in calls})
    assert calls[-1] == (3, 3, 0)
