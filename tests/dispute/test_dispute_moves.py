"""Moves of a played dispute: odds are those solved once, beliefs follow the one path, nothing is solved again."""

from __future__ import annotations

import pytest

from coercion_sim.dispute import Dispute, after_answers, contest_after, solve_dispute
from support.dispute_games import flagship_game, random_game


def imposed(dispute: Dispute, quarters: int) -> Dispute:
    """Play the path on which all press, resist, impose and hold out."""
    dispute.begin(lambda purpose, *_: {"press": 0.0, "impose": 0.0}.get(purpose, 1.0 - 1e-12), 0)
    for quarter in range(1, quarters + 1):
        dispute.review(lambda *_: 1.0 - 1e-12, quarter)
    return dispute


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_recorded_odds_are_the_solutions(seed: int) -> None:
    game = random_game(seed, K=2, n=1, M=2, review=1.0)
    dispute = imposed(Dispute("C", "T", 0, game, True, True), 6)
    solved, k = solve_dispute(game), dispute.package
    contest = contest_after(game, k, dispute.profile)
    by_move = {}
    for choice in dispute.decisions:
        by_move.setdefault(choice.move, []).append(choice)
    assert by_move["answer"][0].options[0].probability == pytest.approx(float(solved.concede[1, k]))
    assert by_move["impose"][0].options[0].probability == pytest.approx(float(solved.impose[1, k]))
    for quarter, (review, lift) in enumerate(zip(by_move["review"], by_move["lift"], strict=True), 1):
        now = contest.quarter(quarter)
        assert review.options[0].probability == pytest.approx(float(now.concede[1, 0]))
        assert lift.options[0].probability == pytest.approx(float(now.lift[1, 0]))


def test_beliefs_in_play_are_the_path_of_the_equilibrium() -> None:
    game = flagship_game(allies=1, pledge=0.02, review=0.9)
    dispute = imposed(Dispute("C", "T", 0, game, True, True), 8)
    contest = dispute.contest
    for choice in dispute.decisions:
        if choice.move == "review":
            assert choice.beliefs[1] == pytest.approx(contest.belief_of_target(choice.quarter), abs=1e-6)
        if choice.move == "lift":
            assert choice.beliefs[0] == pytest.approx(contest.belief_of_coercer(choice.quarter), abs=1e-6)


def test_a_dispute_is_solved_once(monkeypatch: pytest.MonkeyPatch) -> None:
    solved: list[object] = []
    whole = after_answers.solve_dispute
    monkeypatch.setattr(after_answers, "solve_dispute", lambda game: solved.append(game) or whole(game))
    imposed(Dispute("C", "T", 0, random_game(4, K=2, n=1, M=2), True, True), 10)
    assert len(solved) == 1


def test_a_resolved_target_is_believed_ever_more_resolved() -> None:
    dispute = Dispute("C", "T", 0, flagship_game(allies=0, v_t=0.7), True, True)
    seen = [dispute.beliefs[0]]
    imposed(dispute, 6)
    seen.append(dispute.beliefs[0])
    assert seen[1] > seen[0]


def test_taken_over_measures_count_their_age() -> None:
    """A script in force for five quarters: the game starts in its second year, without a demand."""
    game = random_game(2, K=1, n=1, M=2)
    dispute = Dispute("C", "T", 5, game, True, True)
    dispute.stand(lambda *_: 0.0, 5, 0)
    assert (dispute.imposed_at, dispute.answered_at, dispute.game.elapsed) == (0, 5, 5)
    assert dispute.game.parameters.surprise
    assert dispute.contest.year(1) == 1
    assert dispute.beliefs == (game.belief_target, game.belief_coercer)


def test_a_lapse_ends_it_before_anybody_reviews() -> None:
    game = random_game(2, K=1, n=0, M=1, lapse=0.5, surprise=True)
    dispute = Dispute("C", "T", 0, game, True, True)
    dispute.begin(lambda *_: 0.0, 0)
    dispute.review(lambda purpose, *_: 0.4 if purpose == "lapses" else 1.0 - 1e-12, 1)
    assert (dispute.ending, dispute.ended_at) == ("lapsed", 1)
    assert [d.move for d in dispute.decisions] == ["press", "package"]


def test_an_offer_refused_tells_observers_no_more_than_holding_out() -> None:
    game = flagship_game(allies=1, pledge=0.02, review=0.9, settle=0.5)
    held = imposed(Dispute("C", "T", 0, game, True, True), 1)
    refused = imposed(Dispute("C", "T", 0, game, True, True), 0)
    assert refused.beliefs[0] < held.beliefs[0] < 1.0
    concede, settle = (float(x[1, 0]) for x in (refused.contest.quarter(1).concede, refused.contest.quarter(1).settle))
    draws = {"lapses": 1.0 - 1e-12, "reviews": 0.0, "review": concede + settle / 2, "accept": 1.0 - 1e-12}
    refused.review(lambda purpose, *_: draws[purpose], 1)
    assert [(d.move, d.chosen) for d in refused.decisions][-2:] == [("review", "settle"), ("accept", "refuse")]
    assert refused.stage == "imposed"
    assert refused.beliefs == pytest.approx(held.beliefs, abs=1e-12)
