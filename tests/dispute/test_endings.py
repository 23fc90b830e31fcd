"""Exact endings: closed forms, and the frequencies of sampled plays of the same strategies."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from coercion_sim.dispute import (
    Dispute,
    DisputeEndings,
    DisputeGame,
    dispute_endings,
    mean_endings,
    solution,
    solve_dispute,
    solve_disputes,
)
from coercion_sim.dispute.contest import QUARTERS
from coercion_sim.dispute.nodes import nodes_of
from coercion_sim.errors import GameError
from support.dispute_games import flagship_game, random_game

NAMES = ("no_pressure", "conceded_to_demand", "backed_down", "conceded", "settled", "lifted", "lapsed")
TYPES = ((0, 0), (0, 1), (1, 0), (1, 1))


def played(game: DisputeGame, c: int, s: int, many: int, quarters: int) -> tuple[dict[str, int], np.ndarray, list[int]]:
    """Endings, payoffs and lengths of plays between given types."""
    rng = np.random.default_rng(7)
    ends: dict[str, int] = {}
    payoffs, lengths = [], []
    for _ in range(many):
        dispute = Dispute("C", "T", 0, game, bool(c), bool(s))
        dispute.begin(lambda *_: float(rng.random()), 0)
        for quarter in range(1, quarters + 1):
            if dispute.stage != "imposed":
                break
            dispute.review(lambda *_: float(rng.random()), quarter)
        ends[dispute.ending or "unended"] = ends.get(dispute.ending or "unended", 0) + 1
        if dispute.stage == "over":
            payoffs.append(dispute.realised())
            if dispute.imposed_at >= 0:
                lengths.append(dispute.ended_at - dispute.imposed_at)
    return ends, np.array(payoffs), lengths


@pytest.mark.parametrize(
    ("seed", "rules"), [(1, {}), (2, {"settle": 0.5}), (3, {"lapse": 0.2, "lapse_cost": 0.5})], ids=str
)
def test_sampled_plays_have_the_exact_rates_and_lengths(seed: int, rules: dict[str, Any]) -> None:
    game = replace(random_game(seed, K=2, n=1, M=2, rationality=3.0, **rules), reliability=np.array([1.0]))
    solved, many = solve_dispute(game), 1500
    for c, s in ((0, 0), (1, 1)):
        exact = dispute_endings(solved, c, s, 200)
        ends, _, lengths = played(game, c, s, many, 200)
        for name in NAMES:
            p = getattr(exact, name)
            assert ends.get(name, 0) / many == pytest.approx(p, abs=4.5 * math.sqrt(p * (1 - p) / many) + 1e-3)
        if len(lengths) > 50:
            at = np.arange(len(exact.ended))
            mean = float(at @ exact.ended) / exact.imposed
            spread = math.sqrt(max(float((at - mean) ** 2 @ exact.ended) / exact.imposed, 1e-12))
            assert np.mean(lengths) == pytest.approx(mean, abs=4.5 * spread / math.sqrt(len(lengths)))


def expected_payoffs(game: DisputeGame, e: DisputeEndings, c: int, s: int) -> tuple[float, float]:
    """Payoffs of the endings, undiscounted; packages erode nothing here."""
    p, v_c, v_t = game.parameters, float(game.stake_coercer[c]), float(game.stake_target[s])
    won = e.objective + p.settle * e.settled
    paid = p.audience_back_down * e.backed_down + p.audience_lift * (e.lifted + p.lapse_cost * e.lapsed)
    given = (1.0 + p.audience_concede) * e.objective + p.settle * e.settled
    return (won - paid) * v_c - e.coercer_cost, -given * v_t - e.target_loss


@pytest.mark.parametrize("many", [4_000, pytest.param(100_000, marks=pytest.mark.slow)])
@pytest.mark.parametrize(("c", "s"), [(1, 0), (0, 1)])
def test_plays_have_the_exact_rates_lengths_and_payoffs(c: int, s: int, many: int) -> None:
    game = random_game(5, K=2, n=1, M=2, rationality=3.0, settle=0.4, lapse_cost=0.5)
    game = replace(game, reliability=np.ones(1), erosion=None)
    exact = dispute_endings(solve_dispute(game), c, s, 200)
    ends, payoffs, lengths = played(game, c, s, many, 200)
    for name in NAMES:
        p = getattr(exact, name)
        assert ends.get(name, 0) / many == pytest.approx(p, abs=4.0 * math.sqrt(p * (1 - p) / many) + 1e-9)
    assert len(payoffs) == many  # nothing outlasts 200 quarters
    error = payoffs.std(axis=0) / math.sqrt(many)
    assert (np.abs(payoffs.mean(axis=0) - expected_payoffs(game, exact, c, s)) < 4.0 * error).all()
    mean = float(np.arange(len(exact.ended)) @ exact.ended) / exact.imposed
    assert np.mean(lengths) == pytest.approx(mean, abs=4.0 * np.std(lengths) / math.sqrt(len(lengths)))


@pytest.mark.slow
def test_plays_after_a_grid_of_answers_are_within_its_error() -> None:
    """27 answers, three packages: what is played after an answer is solved there, the moves before it on the grid."""
    game = flagship_game(allies=3, pledge=0.02, rationality=4.0)
    (near,), many = solve_disputes([game]), 20_000
    (full,) = solution._solve_alike([game], [nodes_of(game, 10**6)], QUARTERS)
    assert full.solved
    assert not near.nodes.exact
    grid, exact = dispute_endings(near, 1, 0, 200), dispute_endings(full, 1, 0, 200)
    ends, _, _ = played(game, 1, 0, many, 200)
    for name in NAMES:
        p = getattr(grid, name)
        missed = abs(p - getattr(exact, name))
        assert missed < 0.02
        assert ends.get(name, 0) / many == pytest.approx(p, abs=4.0 * math.sqrt(p * (1 - p) / many) + missed + 1e-9)


@pytest.mark.parametrize(("c", "s"), TYPES)
def test_the_ends_are_all_the_ends(c: int, s: int) -> None:
    solved = solve_dispute(flagship_game(allies=2, pledge=0.02))
    e = dispute_endings(solved, c, s, 12)
    parts = (e.no_pressure, e.conceded_to_demand, e.backed_down, e.conceded, e.settled, e.lifted, e.lapsed, e.unended)
    assert sum(parts) == pytest.approx(1.0, abs=1e-9)
    assert float(e.ended.sum()) == pytest.approx(e.imposed - e.unended, abs=1e-12)
    assert e.length(0.0) <= e.length(0.5) <= e.length(0.9)


def test_without_reviews_everything_lapses_at_a_constant_rate() -> None:
    solved = solve_dispute(random_game(2, K=1, n=0, M=1, rationality=3.0, review=0.0, lapse=0.25))
    e = dispute_endings(solved, 1, 1, 80)
    assert e.conceded == e.lifted == 0.0
    share = e.ended[1:6] / e.imposed
    np.testing.assert_allclose(share, 0.25 * 0.75 ** np.arange(5), rtol=1e-9)
    assert e.length(0.5) == 3.0  # 1 - .75 ** 3 is the first above one half


def test_even_choices_end_as_a_race_of_equals() -> None:
    """Rationality 0, every quarter a review by both: half concede, a quarter lift, a quarter go on."""
    solved = solve_dispute(random_game(2, K=1, n=0, M=1, rationality=0.0, review=1.0, lapse=0.0))
    e = dispute_endings(solved, 0, 1, 400)
    assert e.press == e.conceded_to_demand / 0.5 == 0.5
    assert e.imposed == pytest.approx(0.125)
    assert e.conceded / e.imposed == pytest.approx(2 / 3)
    assert e.lifted / e.imposed == pytest.approx(1 / 3)
    assert e.length(0.5) == 1.0


@pytest.mark.parametrize("wrong", [(2, 0, 5), (0, -1, 5), (0, 0, 0)])
def test_unknown_types_and_no_quarters_are_refused(wrong: tuple[int, int, int]) -> None:
    with pytest.raises(GameError, match="types are 0 or 1"):
        dispute_endings(solve_dispute(random_game(2, K=1, n=0, M=1, rationality=1.0)), *wrong)


def test_mean_endings_weigh_types_by_what_the_other_side_expects() -> None:
    game = replace(random_game(5, K=2, n=1, M=2), belief_target=0.3, belief_coercer=0.8)
    solved = solve_dispute(game)
    mean, odds = mean_endings(solved, 9), {(0, 0): 0.14, (0, 1): 0.06, (1, 0): 0.56, (1, 1): 0.24}
    ends = {t: dispute_endings(solved, *t, 9) for t in odds}
    for name in ("press", "imposed", "conceded", "unended", "target_loss", "coercer_cost"):
        assert getattr(mean, name) == pytest.approx(sum(p * getattr(ends[t], name) for t, p in odds.items()), abs=1e-12)
    pressed = sum(p * ends[t].press * ends[t].package[1] for t, p in odds.items())
    assert mean.package[1] == pytest.approx(pressed / mean.press, abs=1e-12)
    assert mean.ended.sum() == pytest.approx(mean.imposed - mean.unended, abs=1e-12)


@pytest.mark.parametrize("elapsed", [0, 2, 3, 4, 9])
def test_quarters_elapsed_before_the_game_count_towards_the_first_year(elapsed: int) -> None:
    """Measures that nobody reviews or lets lapse: so many quarters of the first year are left, the rest are later."""
    game = random_game(4, K=1, n=0, M=1, review=0.0, lapse=0.0, surprise=True)
    solved = solve_dispute(replace(game, elapsed=elapsed))
    e, cost = dispute_endings(solved, 1, 1, 6), game.parameters.cost_year
    early = max(0, 4 - elapsed)
    quarters = np.array([early, 6 - early]) / 4.0
    assert e.target_loss == pytest.approx(e.imposed * -(game.target_effect[:, 0] @ quarters))
    paid = (game.coercer_cost[:, 0] + cost) @ quarters + game.price_of_imposing
    assert e.coercer_cost == pytest.approx(e.imposed * paid)
