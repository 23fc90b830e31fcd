"""One dispute of the model, from demand to end, on games set up by hand: draws, beliefs, records."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from coercion_sim.dispute import Dispute, DisputeGame, WarValues, solve_dispute, war
from coercion_sim.rng import Streams
from support.dispute_games import flagship_game, random_game

COERCER, TARGET = "CHN", "AUS"
#: Lowest draw: the first alternative; highest: the last.
FIRST, LAST = 0.0, 1.0 - 1e-12


def dispute(game: DisputeGame, firm: bool = True, resolved: bool = True) -> Dispute:
    return Dispute(COERCER, TARGET, 3, game, firm, resolved)


def chosen(reviewing: str = "AUS CHN", **numbers: float) -> Callable[[str, str, int], float]:
    """Draw the numbers given by purpose, or by state and purpose; 0.5 for the rest. Only states named review."""

    def draw(purpose: str, who: str, quarter: int) -> float:
        if purpose == "reviews":
            return FIRST if who in reviewing else LAST
        return numbers.get(f"{who}_{purpose}", numbers.get(purpose, FIRST if purpose == "review" else 0.5))

    return draw


def luck(replicate: int) -> Callable[[str, str, int], float]:
    streams = Streams(11, replicate)
    return lambda purpose, who, quarter: streams.uniform(purpose, (COERCER, TARGET, who), quarter)


def imposed(game: DisputeGame, firm: bool = True, resolved: bool = True, package: int = 2) -> Dispute:
    """Return a dispute just imposed, whatever the odds; no ally helps."""
    found = dispute(game, firm, resolved)
    found.stage, found.imposed_at, found.package = "imposed", 3, package
    found.profile = (0,) * len(game.allies)
    return found


def test_each_end_is_reached_by_the_draws_that_lead_to_it() -> None:
    game = flagship_game()
    quiet = dispute(game)
    quiet.begin(chosen(press=LAST), 3)
    assert (quiet.stage, quiet.ending, quiet.package, quiet.imposed_at) == ("over", "no_pressure", -1, -1)
    yields = dispute(game)
    yields.begin(chosen(press=FIRST, answer=FIRST), 3)
    assert (yields.ending, yields.imposed_at, yields.ended_at) == ("conceded_to_demand", -1, 3)
    backs = dispute(game)
    backs.begin(chosen(press=FIRST, answer=LAST, impose=LAST), 3)
    assert (backs.ending, backs.imposed_at, backs.ended_at) == ("backed_down", -1, 3)
    presses = dispute(game)
    presses.begin(chosen(press=FIRST, answer=LAST, impose=FIRST, help=LAST, package=LAST), 3)
    assert (presses.stage, presses.ending, presses.imposed_at, presses.package) == ("imposed", "", 3, 2)
    assert presses.profile == (2, 2)
    assert [d.move for d in presses.decisions] == ["press", "package", "answer", "impose", "help", "help"]


def test_a_surprise_asks_nobody() -> None:
    found = dispute(flagship_game(surprise=True))
    found.begin(chosen(press=FIRST), 3)
    assert [d.move for d in found.decisions] == ["press", "package", "help", "help"]
    assert found.stage == "imposed"
    assert found.beliefs == (0.5, 0.5)


def test_an_ally_answers_what_those_before_it_did() -> None:
    """The odds recorded are those of the game's own fourth move at the package and the answers already given."""
    game = random_game(2, K=2, n=2, M=3)
    for first in (FIRST, LAST):
        found = dispute(game)
        draws = chosen(press=FIRST, answer=LAST, impose=FIRST, package=FIRST, ally0_help=first, ally1_help=LAST)
        found.begin(draws, 3)
        mu, nu = found.beliefs  # by now the target has resisted and the coercer imposed
        solved = solve_dispute(replace(game, belief_target=mu, belief_coercer=nu))
        helps = [d for d in found.decisions if d.move == "help"]
        first_odds = [a.probability for a in helps[0].options]
        second_odds = [a.probability for a in helps[1].options]
        assert first_odds == pytest.approx(solved.pledged[0][0], abs=1e-15)
        assert second_odds == pytest.approx(solved.pledged[1][0, found.profile[0]], abs=1e-15)


def test_options_add_up() -> None:
    """Probabilities to 1, and every value to its terms."""
    game = random_game(4, K=2, n=2, M=3, settle=0.4)
    found = dispute(game)
    found.begin(chosen(press=FIRST, answer=LAST, impose=FIRST, help=LAST), 3)
    found.review(chosen("CHN", lift=LAST), 4)
    found.review(chosen("AUS", review=FIRST), 5)
    assert {"press", "package", "answer", "impose", "help", "review", "lift"} <= {d.move for d in found.decisions}
    for decision in found.decisions:
        assert sum(a.probability for a in decision.options) == pytest.approx(1.0, abs=1e-12)
        assert decision.chosen in [a.label for a in decision.options]
        for option in decision.options:
            assert option.value == pytest.approx(sum(option.terms.values()), abs=1e-12), decision.move


def test_every_draw_is_its_own_number() -> None:
    """Two uses of one purpose, state and quarter are one number: the second choice would be decided by the first."""
    used: list[tuple[str, str, int]] = []

    def spy(purpose: str, who: str, quarter: int) -> float:
        used.append((purpose, who, quarter))
        return {"press": FIRST, "answer": LAST, "impose": FIRST, "lift": LAST}.get(purpose, 0.2)

    found = dispute(flagship_game(v_t=3.0))
    found.begin(spy, 3)
    for quarter in (4, 5, 6):
        found.review(spy, quarter)
    assert found.stage == "imposed"
    assert len(used) == len(set(used))


def test_a_target_yields_as_often_as_the_game_says() -> None:
    game, n = flagship_game(v_t=1.4), 1500
    cost, effect = game.flows(2, (0, 0))
    hazard = game.parameters.review * float(war(game, 1, (cost[:, None], effect[:, None])).concede[0, 0])
    assert 0.05 < hazard < 0.45
    ends = 0
    for replicate in range(n):
        found = imposed(game, resolved=False)
        found.review(luck(replicate), 4)
        ends += found.ending == "conceded"
    assert ends / n == pytest.approx(hazard, abs=5 * np.sqrt(hazard * (1 - hazard) / n))


def test_a_coercer_lifts_as_often_as_the_game_says() -> None:
    game, n = flagship_game(v_t=0.8, v_c=0.05), 1500
    cost, effect = game.flows(2, (0, 0))
    now = war(game, 1, (cost[:, None], effect[:, None]))
    now = war(held_out(game, now), 1, (cost[:, None], effect[:, None]))
    hazard = game.parameters.review * float(now.lift[0, 0])
    assert hazard > 0.05
    ends = 0
    for replicate in range(n):
        found = imposed(game, firm=False)
        found.review(luck(replicate), 4)
        ends += found.ending == "lifted"
    # Conceding comes first and is rare here: it takes at most this much off.
    rare = float(now.concede[1, 0])
    assert ends / n == pytest.approx(hazard, abs=5 * np.sqrt(hazard * (1 - hazard) / n) + rare)


def held_out(game: DisputeGame, now: WarValues) -> DisputeGame:
    """The game as the coercer sees it once the target has let a quarter pass without conceding."""
    low, high = 1 - game.parameters.review * (now.concede + now.settle)[:, 0]
    mu = game.belief_target
    return replace(game, belief_target=min(0.98, max(0.02, mu * high / (mu * high + (1 - mu) * low))))


# ---------------------------------------------------------------- beliefs


def demand_beliefs(game: DisputeGame) -> list[tuple[float, float, float]]:
    """(odds as the coercer sees them, mu after, nu after) of each answer to the demand, package 0."""
    solved = solve_dispute(game)
    mu, found = game.belief_target, []
    for answer, likelihood in ((FIRST, solved.concede[:, 0]), (LAST, 1 - solved.concede[:, 0])):
        one = dispute(game)
        one.begin(chosen(press=FIRST, package=FIRST, answer=answer, impose=LAST), 3)
        assert one.ending == ("conceded_to_demand" if answer == FIRST else "backed_down")
        found.append(((1 - mu) * likelihood[0] + mu * likelihood[1], *one.beliefs))
    return found


@pytest.mark.parametrize("seed", range(4))
def test_beliefs_about_the_target_are_a_martingale_over_its_answers(seed: int) -> None:
    game = random_game(seed, K=1, n=0, M=1, rationality=1.0)
    after = demand_beliefs(game)
    assert sum(odds for odds, _, _ in after) == pytest.approx(1.0, abs=1e-12)
    assert sum(odds * mu for odds, mu, _ in after) == pytest.approx(game.belief_target, abs=1e-12)


def test_who_concedes_is_thought_less_resolved_and_who_backs_down_less_firm() -> None:
    game = flagship_game(v_t=0.3)
    one, two = dispute(game), dispute(game)
    one.begin(chosen(press=FIRST, package=LAST, answer=FIRST), 3)
    two.begin(chosen(press=FIRST, package=LAST, answer=LAST, impose=LAST), 3)
    assert one.beliefs[0] < 0.5
    assert two.beliefs[1] < 0.5


def test_who_resists_is_thought_more_resolved_and_who_imposes_firmer() -> None:
    found = dispute(flagship_game(v_t=0.3))
    found.begin(chosen(press=FIRST, package=LAST, answer=LAST, impose=FIRST), 3)
    assert found.beliefs[0] > 0.5
    assert found.beliefs[1] > 0.5
    before = found.beliefs
    found.review(chosen(""), 4)
    assert found.beliefs[0] > before[0]
    assert found.beliefs[1] >= before[1]  # sure enough already: beliefs end at .98


@pytest.mark.parametrize("seed", range(4))
def test_beliefs_are_a_martingale_over_what_a_quarter_may_bring(seed: int) -> None:
    """The quarter ends in concession, lifting or neither; each seen at the odds the beliefs give it."""
    game = random_game(seed, K=1, n=0, M=1, rationality=1.0)
    mu, nu = game.belief_target, game.belief_coercer
    cost, effect = game.flows(0, ())
    eroded = game.erosion_of(0)
    now = war(game, 1, (cost[:, None], effect[:, None]), erosion=eroded)
    rho = game.parameters.review
    concede = rho * float((1 - mu) * now.concede[0, 0] + mu * now.concede[1, 0])
    then = war(held_out(game, now), 1, (cost[:, None], effect[:, None]), erosion=eroded)
    lift = rho * float((1 - nu) * then.lift[0, 0] + nu * then.lift[1, 0])
    ends = {
        "conceded": (concede, chosen(review=FIRST)),
        "lifted": ((1 - concede) * lift, chosen("CHN", lift=FIRST)),
        "": ((1 - concede) * (1 - lift), chosen("")),
    }
    means = np.zeros(2)
    for ending, (odds, draws) in ends.items():
        found = imposed(game, package=0)
        found.review(draws, 4)
        assert found.ending == ending
        means += odds * np.array(found.beliefs)
    assert means == pytest.approx([mu, nu], abs=1e-12)


def test_a_decision_keeps_the_beliefs_at_which_it_was_made() -> None:
    found = dispute(flagship_game(v_t=0.3))
    found.begin(chosen(press=FIRST, package=LAST, answer=LAST, impose=FIRST), 3)
    for decision in found.decisions:
        if decision.move in ("press", "package", "answer"):
            assert decision.beliefs == (0.5, 0.5), decision.move


def test_beliefs_follow_the_exact_path_while_nothing_ends() -> None:
    """Quarter by quarter the recorded odds are those of the game at beliefs updated by Bayes, the horizon rolling."""
    game = flagship_game(v_t=0.4)
    found = imposed(game)
    mu = nu = 0.5
    rho = game.parameters.review
    cost, effect = game.flows(2, (0, 0))
    for quarter in range(4, 12):
        at = replace(game, belief_target=mu, belief_coercer=nu)
        now = war(at, quarter - 3, (cost[:, None], effect[:, None]))
        assert found.beliefs == pytest.approx((mu, nu), abs=1e-12)
        found.review(chosen("CHN", lift=LAST), quarter)
        mu = held_out(at, now).belief_target
        now = war(replace(at, belief_target=mu), quarter - 3, (cost[:, None], effect[:, None]))
        assert found.decisions[-1].options[0].probability == pytest.approx(float(now.lift[1, 0]), abs=1e-12)
        low, high = 1 - rho * now.lift[:, 0]
        nu = min(0.98, nu * high / (nu * high + (1 - nu) * low))
    assert mu > 0.5 < nu


# ---------------------------------------------------------------- settling


def test_settling_is_possible_only_where_it_is_switched_on() -> None:
    never = imposed(flagship_game(v_t=0.4))
    never.review(chosen(review=FIRST, accept=FIRST), 4)
    assert never.ending == "conceded"
    labels = {a.label for d in never.decisions for a in d.options}
    assert "settle" not in labels
    game = flagship_game(v_t=0.4, settle=0.5)
    cost, effect = game.flows(2, (0, 0))
    now = war(game, 1, (cost[:, None], effect[:, None]))
    assert now.settle[0, 0] > 0
    between = float(now.concede[1, 0] + now.settle[1, 0] / 2)
    assert between < game.parameters.review
    found = imposed(game)
    found.review(chosen(review=between, accept=FIRST, lift=LAST), 4)
    assert found.ending == "settled"
    assert "settle" in {a.label for d in found.decisions for a in d.options}


def test_an_offer_refused_leaves_the_measures_in_force_and_is_learned_from() -> None:
    game = flagship_game(v_t=0.4, settle=0.5)
    cost, effect = game.flows(2, (0, 0))
    now = war(game, 1, (cost[:, None], effect[:, None]))
    between = float(now.concede[1, 0] + now.settle[1, 0] / 2)
    found = imposed(game)
    found.review(chosen(AUS_review=between, accept=LAST, lift=FIRST), 4)
    assert found.stage == "imposed"  # the game's recursion: refused means sustained
    low, high = now.settle[:, 0]
    assert found.beliefs[0] == pytest.approx(0.5 * high / (0.5 * high + 0.5 * low), abs=1e-12)


def test_equal_luck_gives_equal_disputes() -> None:
    game = flagship_game(v_t=0.4, pledge=0.05)

    def played(replicate: int) -> tuple[Any, ...]:
        found = dispute(game)
        found.begin(luck(replicate), 3)
        for quarter in itertools.takewhile(lambda _: found.stage == "imposed", range(4, 12)):
            found.review(luck(replicate), quarter)
        return tuple(found.decisions), found.ending, found.profile, found.beliefs

    assert [played(r) for r in range(6)] == [played(r) for r in range(6)]
    assert len({played(r)[1] for r in range(12)}) > 1
