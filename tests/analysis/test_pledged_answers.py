"""Answers on deterrence made by hand: least pledges over draws, cheapest coalitions, stability, and their records."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import combinations
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coercion_sim.analysis import Coalition, CoalitionAnswer, Frontier
from coercion_sim.analysis.deterrence import frontier
from coercion_sim.analysis.deterrence.coalition import candidates_of, characteristic_function, rank
from coercion_sim.analysis.deterrence.coalition_answer import CharacteristicFunction, MemberAccount, subsets
from coercion_sim.analysis.deterrence.dyad import acting, named_members, nested_members
from coercion_sim.analysis.deterrence.frontier import (
    INTENSITIES,
    _InDraw,
    _point,
    _unaided,
    check_question,
    member_sets,
    promises,
)
from coercion_sim.analysis.deterrence.pledges import (
    KINDS,
    LeastPledge,
    PledgedGame,
    Promised,
    Terms,
    idle_members,
    press_value,
    pressed,
)
from coercion_sim.dispute import solve_dispute
from coercion_sim.errors import GameError, InvalidInput, NothingToPressWith
from coercion_sim.policies import Pledge, Response, Statement
from coercion_sim.world import Alliance, World
from support.dispute_games import flagship_game, random_game

STATES = ("CHN", "AUS", "USA", "JPN", "KOR", "NZL")
GDP = {"CHN": 900.0, "AUS": 100.0, "USA": 1200.0, "JPN": 500.0, "KOR": 300.0, "NZL": 20.0}
TIES = {"USA": 0.9, "JPN": 0.5, "NZL": 0.9}


def dyad(most: int = 3) -> Any:
    """The pair CHN and AUS of a made-up world, with what members are chosen by."""
    flows = np.diag([GDP[s] for s in STATES])[None] + 0.01
    alliances = tuple(Alliance("AUS", s, "pact", "defence", tie) for s, tie in TIES.items())
    world = World.from_flows("w", STATES, ["x"], flows, 4.0, alliances=alliances)
    settings = SimpleNamespace(most_allies=most)
    from coercion_sim.analysis.deterrence.dyad import Dyad

    diplomacy = SimpleNamespace(world=world, settings=settings, challengers={}, opened=[])
    return Dyad(cast("Any", diplomacy), "CHN", "AUS", Pledge(("KOR", "NZL")))


# ------------------------------------------------------------------ who may promise


def test_states_bound_to_the_target_nest_by_size_or_by_tie() -> None:
    pair = dyad()
    assert pair.bound() == TIES
    assert nested_members(pair, True, 3) == {
        "USA": ("USA",), "2 by GDP": ("USA", "JPN"), "3 by GDP": ("USA", "JPN", "NZL"),
    }  # fmt: skip
    assert nested_members(pair, False, 2) == {"USA": ("USA",), "2 by tie": ("USA", "NZL")}


def test_of_many_members_those_act_that_are_closest_tied() -> None:
    assert acting(dyad(2), ("KOR", "JPN", "NZL", "USA")) == ("USA", "NZL")
    assert acting(dyad(9), ("KOR", "NZL")) == ("KOR", "NZL")


def test_sets_of_members_are_named_once_and_cut_to_those_that_act() -> None:
    sets = member_sets(dyad(2), ["gdp", "bloc", "policy", "JPN,USA", ("USA", "JPN")], ("AUS", "USA", "JPN"))
    assert sets == {"USA": ("USA",), "2 by GDP": ("USA", "JPN"), "policy": ("KOR", "NZL")}
    with pytest.raises(InvalidInput, match="no ally to promise AUS anything: bound to it: USA, JPN, NZL"):
        member_sets(dyad(), ["bloc"], ())


@pytest.mark.parametrize(
    ("named", "chosen"), [(2, ("USA", "NZL")), (9 - 1, ("USA", "NZL", "JPN")), (("KOR", "KOR", "USA"), ("KOR", "USA"))]
)
def test_candidates_are_named_or_the_closest_tied(named: Any, chosen: tuple[str, ...]) -> None:
    assert candidates_of(dyad(), named) == chosen


@pytest.mark.parametrize(
    ("named", "most", "fault"),
    [(9, 3, "too many: 2\\^n coalitions"), (("CHN",), 3, "a party to the dispute"), (("KR",), 3, "did you mean KOR"),
     (0, 3, "no ally to promise"), (2, 0, "acting at most: 0")],
)  # fmt: skip
def test_candidates_that_cannot_be_are_refused(named: Any, most: int, fault: str) -> None:
    with pytest.raises(InvalidInput, match=fault) as error:
        candidates_of(dyad(most), named)
    assert {p.key for p in error.value.problems} == {"--candidates"}


def test_members_named_twice_count_once_and_all_faults_come_at_once() -> None:
    assert named_members(dyad(), ["KOR", "USA", "KOR"]) == ("KOR", "USA")
    with pytest.raises(InvalidInput) as error:
        named_members(dyad(), ["XXX", "AUS"])
    assert [p.found for p in error.value.problems] == ["XXX", "AUS"]


def test_the_pair_s_own_stake_and_rate_go_before_those_of_all() -> None:
    pair = dyad()
    pair.diplomacy.settings.rate, pair.diplomacy.settings.stake_coercer = 0.05, 0.1
    assert (pair.disputes_a_year(), pair.stake_coercer) == (pytest.approx(0.2), 0.1)
    for own, wanted in (((None, None), (0.2, 0.1)), ((0.1, None), (0.4, 0.1)), ((None, 0.7), (0.2, 0.7))):
        pair.diplomacy.challengers["CHN", "AUS"] = SimpleNamespace(rate=own[0], stake=own[1])
        assert (pair.disputes_a_year(), pair.stake_coercer) == pytest.approx(wanted)
    pair.diplomacy.challengers["CHN", "JPN"] = SimpleNamespace(rate=0.9, stake=9.0)
    assert pair.stake_coercer == 0.7


def opening(game: Any, **settings: Any) -> Any:
    """The made-up pair, whose disputes open as this game; `opened` is what the file says of disputes."""
    pair = dyad()
    pair.diplomacy.__dict__.update(opened=[], cases=[SimpleNamespace(table="payoffs")], **settings)
    dispute = None if game is None else SimpleNamespace(game=game)
    pair.diplomacy.open_dispute = lambda coercer, target, step, given: dispute
    return pair


def test_stakes_are_set_with_the_spread_of_types_kept() -> None:
    game = flagship_game(v_t=0.4, v_c=0.1, spread_t=9.0, spread_c=4.0)
    pair = opening(game)
    pair.stake_target = 0.9
    pledged = pair.pledged(None, 0.2)
    assert pledged.table == "payoffs"
    assert pledged.game.stake_coercer.tolist() == pytest.approx([0.1, 0.4])
    assert pledged.game.stake_target.tolist() == pytest.approx([0.3, 2.7])
    told = opening(game)
    told.stake_target = 0.9
    told.diplomacy.opened = [(0, SimpleNamespace(coercer="CHN", target="AUS", stake_target=0.4))]
    assert told.pledged(None, 0.2).game.stake_target.tolist() == game.stake_target.tolist()


def test_words_of_the_base_promise_cost_the_coercer_their_price_where_nobody_helps() -> None:
    game = flagship_game()
    pair = opening(game)
    assert pair.words_cost == 0.0
    pair.base = replace(pair.base, promised=("statement",)).with_instrument(Statement(statement_cost=0.03))
    assert pair.words_cost == pytest.approx(0.03)
    said = pair.spoken(0.2).game.parameters
    assert said == replace(game.parameters, statement_cost=0.03)


@pytest.mark.parametrize(
    ("policy", "words"),
    [(SimpleNamespace(name="choose_sides"), "press AUS with under choose_sides:"), (Promised(None), "AUS with: every")],
)
def test_a_coercer_with_no_means_is_named_with_the_policy_that_took_them(policy: Any, words: str) -> None:
    with pytest.raises(NothingToPressWith, match=words):
        opening(None, policy=policy).open()


# ------------------------------------------------------------------ promises


def test_every_kind_size_and_set_is_one_promise() -> None:
    sets = {"a": ("USA",), "b": ("JPN", "KOR")}
    made = promises(KINDS, None, sets)
    assert len(made) == 2 * sum(map(len, INTENSITIES.values()))
    assert made[0] == ("a", Terms("support", INTENSITIES["support"][0], ("USA",)))
    assert promises(["both"], [0.4], sets) == [(n, Terms("both", 0.4, members)) for n, members in sets.items()]


def test_a_promise_is_made_whatever_the_outlook_and_nothing_else_is_done() -> None:
    pledge = Pledge(("USA",))
    policy = Promised(pledge)
    nothing = cast("Any", None)
    assert policy.pledge(nothing, "CHN", "AUS") is pledge
    assert Promised(None).pledge(nothing, "CHN", "AUS") is None
    assert policy.respond(nothing) == Response()


@given(st.integers(0, 10**6), st.floats(0.0, 1.0), st.booleans(), st.booleans())
def test_a_pledged_game_differs_in_its_pledge_alone(seed: int, strength: float, reliable: bool, certain: bool) -> None:
    game = random_game(seed, n=2)
    pledged = PledgedGame(game, cast("Any", None))
    at = pledged.at(strength, reliable, certain)
    assert pledged.able
    assert at.pledge.tolist() == [strength] * 2
    assert at.reliability.tolist() == ([1.0] * 2 if reliable else game.reliability.tolist())
    assert tuple(at.ally_rational) == ((True,) * 2 if certain else tuple(game.ally_rational))
    np.testing.assert_array_equal(at.coercer_cost, game.coercer_cost)
    assert not PledgedGame(random_game(seed, n=0), cast("Any", None)).able


def test_the_value_of_pressing_is_the_mean_over_types_at_the_belief() -> None:
    solved = solve_dispute(flagship_game(allies=1))
    nu = solved.game.belief_coercer
    soft, firm = (press_value(solved, who) for who in ("soft", "firm"))
    assert press_value(solved) == pytest.approx((1.0 - nu) * soft + nu * firm)
    assert pressed(solved) == pytest.approx((1.0 - nu) * solved.press[0] + nu * solved.press[1])


# ------------------------------------------------------------------ the frontier over draws


def in_draw(strength: float, cost: tuple[float, ...], imposed: float = 0.5, binds: str = "") -> _InDraw:
    least = LeastPledge(strength, 1 + (strength == 0.2), 0.3, 0.75, 0.0 if strength == strength else 0.1, binds)
    return _InDraw(least, 0.25, 0.9, np.array(cost), imposed, ("JPN",) if imposed else ("JPN", "KOR"))


DRAWS = [in_draw(0.0, (0.1, 0.2)), in_draw(0.1, (0.3, 0.2)), in_draw(0.2, (0.2, 0.4), 0.0),
         in_draw(math.nan, (0.5, 0.6), binds="capability")]  # fmt: skip


@pytest.mark.parametrize(("promised", "idle"), [(("cut",), ("JPN",)), ((), ())])
def test_members_are_idle_where_they_promise_a_cut_and_have_none_to_make(
    promised: tuple[str, ...], idle: tuple[str, ...]
) -> None:
    question = SimpleNamespace(of_side=lambda side: promised if side == "coercer" else ())
    table = SimpleNamespace(question=question, allies=("USA", "JPN"), can_strike=np.array([1.0, 0.0]))
    assert idle_members(cast("Any", table)) == idle


def test_a_point_of_the_frontier_summarises_its_draws() -> None:
    pair = SimpleNamespace(gdp=lambda s: {"USA": 1000.0, "JPN": 500.0}[s], disputes_a_year=lambda: 2.0)
    point = _point(0.1, "gdp", Terms("support", 0.5, ("USA", "JPN")), DRAWS, cast("Any", pair))
    assert point.idle == ("JPN",)
    assert (point.low, point.median, point.high) == (0.0, 0.1, math.inf)
    assert (point.already, point.no_root, point.several) == (0.25, 0.25, 0.25)
    assert (point.value_unpledged, point.press_unpledged, point.press) == (0.3, 0.75, 0.25)
    assert point.kept == pytest.approx(0.9)
    assert point.binds == "capability"
    usa, jpn = point.costs
    assert usa.per_dispute == pytest.approx(np.median([0.1, 0.3, 0.2, 0.5]) * 10.0)
    assert usa.per_year == pytest.approx(2.0 * usa.per_dispute)
    assert jpn.per_dispute_pct == pytest.approx(0.3)
    assert math.isnan(jpn.if_called)
    assert point.cost == pytest.approx(usa.per_dispute + jpn.per_dispute)


def test_a_draw_without_an_equilibrium_has_no_answers_and_one_with_nothing_to_press_with_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def answers(error: type[GameError]) -> Any:
        def fails(*_: Any) -> Any:
            raise error("no")

        monkeypatch.setattr(frontier, "_answers", fails)
        return frontier._in_draw(cast("Any", None), [], 0.3, "mean", 0)

    assert answers(GameError) is None
    with pytest.raises(NothingToPressWith):
        answers(NothingToPressWith)


def test_a_frontier_is_records_of_points_and_of_members() -> None:
    pair = cast("Any", SimpleNamespace(gdp=lambda s: 1000.0, disputes_a_year=lambda: 1.0))
    terms = Terms("both", 0.5, ("USA", "JPN"))
    points = tuple(_point(stake, "gdp", terms, DRAWS[:2], pair) for stake in (0.1, 0.3))
    alone = np.array([[[0.4, 0.9], [-0.1, 0.2]], [[0.2, 0.7], [-0.3, 0.0]]])  # (draws, stakes, 2)
    alone = np.stack([alone, alone - 0.1], axis=2)
    made = Frontier("s", "p", "CHN", "AUS", 2, 0.3, "mean", 0.02, _unaided((0.1, 0.3), alone, words=False), points)
    assert made.stakes == (0.1, 0.3)
    assert made.at(0.3) == points[1:]
    assert [(u.stake, u.value, u.pressed, u.deterred) for u in made.unaided] == [
        (0.1, pytest.approx(0.3), pytest.approx(0.8), 0.0), (0.3, pytest.approx(-0.2), pytest.approx(0.1), 1.0),
    ]  # fmt: skip
    said = _unaided((0.1, 0.3), alone, words=True)
    assert [(u.stake, u.words) for u in said] == [(0.1, False), (0.1, True), (0.3, False), (0.3, True)]
    assert said[::2] == made.unaided
    assert said[1].value == pytest.approx(0.2)
    rows = made.records()
    assert [row["members"] for row in rows] == ["USA JPN"] * 2
    assert rows[0]["cost_usd_m"] == pytest.approx(points[0].cost)
    costs = made.cost_records()
    assert [(row["stake"], row["ally"]) for row in costs] == [
        (s, a) for s in (0.1, 0.3) for a in ("USA", "JPN")
    ]  # fmt: skip
    assert sum(row["per_dispute_usd_m"] for row in costs[:2]) == pytest.approx(points[0].cost)
    assert made.headline == "s: CHN presses AUS, 2 draws, 2 points"


def test_a_question_out_of_range_is_refused_all_at_once() -> None:
    check_question([0.1], KINDS, None, 0.3, "mean", 1)
    with pytest.raises(InvalidInput) as error:
        check_question([0.0, 0.1], ["hug"], [0.0, 1.5], 11.0, "mild", 0)
    assert [p.key for p in error.value.problems] == [
        "--stake", "--intensity", "--intensity", "--kind", "--type", "--strongest", "--draws",
    ]  # fmt: skip


# ------------------------------------------------------------------ coalitions


def coalition(
    members: tuple[str, ...], payoffs: tuple[float, ...], strength: float = 0.1, value: float = -0.1
) -> Coalition:
    """A promise with these payoffs of the candidates; a strength that is no number does not deter."""
    zero, costs = np.zeros(len(payoffs)), -np.array(payoffs, dtype=float)
    deters = strength == strength
    least = LeastPledge(strength, 1, 0.5, 0.8, value, "" if deters else "strength")
    terms = Terms("support", 0.5, members)
    pledge = strength if deters else 0.3
    return Coalition(terms, least, pledge, 0.2, 0.1, -costs, costs, zero, zero, zero, -5.0)


def test_coalitions_that_deter_are_ranked_by_cost_then_size_then_strength() -> None:
    dear, cheap = coalition(("A",), (-9.0, 0.0)), coalition(("A", "B"), (-2.0, -2.0))
    small, weak = coalition(("B",), (0.0, -4.0)), coalition(("B",), (0.0, -4.0), strength=0.05)
    assert rank([dear, cheap, small, weak], 0.5) == (weak, small, cheap, dear)
    never = [coalition(("A",), (-c, 0.0), math.nan, v) for c, v in ((10.0, 0.1), (2.0, 0.3), (5.0, 0.5))]
    assert [c.cost for c in rank([*never, coalition(("B",), (0.0, 0.0), math.nan, 0.4)], 0.5)] == [2.0, 10.0, 5.0]
    assert rank([*never, dear], 0.5) == (dear,)


@given(st.lists(st.lists(st.integers(-20, 0), min_size=3, max_size=3), min_size=7, max_size=7),
       st.lists(st.integers(-20, 0), min_size=3, max_size=3))  # fmt: skip
def test_a_set_is_worth_the_best_promise_of_some_of_its_members(cells: list[list[int]], alone: list[int]) -> None:
    players = ("A", "B", "C")
    tried = [coalition(m, tuple(map(float, p))) for m, p in zip(subsets(players, 3), cells, strict=True)]
    v = characteristic_function(players, tried, np.array(alone, dtype=float))
    for size in range(1, 4):
        for inside in combinations(range(3), size):
            able = [c for c in tried if set(c.terms.members) <= {players[i] for i in inside}]
            best = max(sum(alone[i] for i in inside), *(sum(c.payoffs[i] for i in inside) for c in able))
            assert v.worth[sum(1 << i for i in inside)] == best


def account(state: str, payoff: float, other: float, *, member: bool = True) -> MemberAccount:
    return MemberAccount(state, member, 1.0, 0.1, 2.0, 0.0, 5.0, payoff, -10.0, other, False)


def answer(accounts: tuple[MemberAccount, ...]) -> CoalitionAnswer:
    chosen = coalition(("A", "B"), (-3.0, -4.0, 0.0))
    worth = CharacteristicFunction(("A", "B", "C"), np.array([0.0, -10, -10, -7, -10, -20, -20, -9]))
    return CoalitionAnswer("s", "p", "CHN", "AUS", 0.1, "mean", 0.3, ("A", "B", "C"), 0.5, 0.8, 0.5, chosen, True,
                           (chosen,), accounts, worth, 7, -25.0, {"A": 3.0, "B": 2.0, "C": 1.0})  # fmt: skip


def test_a_coalition_holds_where_nobody_gains_by_changing_sides() -> None:
    stable = answer((account("A", -3.0, -5.0), account("B", -4.0, -4.5), account("C", -8.0, -9.0, member=False)))
    assert (stable.internally_stable, stable.externally_stable, stable.potentially_stable) == (True, True, True)
    assert stable.surplus == pytest.approx(2.5)
    assert stable.target_gain == 20.0
    loose = answer((account("A", -3.0, -1.0), account("B", -4.0, -4.5), account("C", -8.0, -2.0, member=False)))
    assert loose.free_riders == ("A",)
    assert (loose.internally_stable, loose.externally_stable, loose.potentially_stable) == (False, False, False)
    assert loose.accounts[0].gains == 7.0
    none = replace(stable, chosen=None, accounts=(), ranked=())
    assert none.target_gain == 0.0
    assert none.headline.endswith("no coalition needed or able")


def test_a_division_is_by_equal_shares_or_by_gdp() -> None:
    made = answer(())
    weights = {"equal": dict.fromkeys("ABC", 1.0), "gdp": made.gdp}
    for sharing, by in weights.items():
        division = made.worth.divide(by)
        assert sum(division.values()) == pytest.approx(-9.0)
        assert made.objection(sharing) == made.worth.objection(division)
    assert made.worth.divide(weights["gdp"]) == pytest.approx({"A": 0.5, "B": -3.0, "C": -6.5})
    assert made.worth.core_exists
    row = made.records()[0]
    assert (row["members"], row["cost_usd_m"], row["cost_if_called_usd_m"]) == ("A B", 7.0, 70.0)
