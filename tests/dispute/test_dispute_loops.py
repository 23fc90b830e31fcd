"""The dispute's arrays against plain loops over histories, on random small games."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coercion_sim.dispute import DisputeGame, solve_dispute, war
from support.dispute_games import random_game
from support.dispute_recursion import Recursion

CLOSE = 1e-12


@st.composite
def games(draw: st.DrawFn) -> DisputeGame:
    """Small games of every kind: sizes, horizons, settling, surprise, best replies, allies with nothing at stake."""
    n = draw(st.integers(0, 2))
    game = random_game(
        draw(st.integers(0, 10**6)),
        K=draw(st.integers(1, 3)),
        n=n,
        M=draw(st.integers(1 if n == 0 else 2, 3)),
        horizon=draw(st.integers(1, 4)),
        settle=draw(st.sampled_from((0.0, 0.0, 0.3, 0.7))),
        surprise=draw(st.booleans()),
        coercer_rational=draw(st.sampled_from((False, False, True))),
        target_rational=draw(st.sampled_from((False, False, True))),
    )
    flags = tuple(draw(st.sampled_from((False, False, True))) for _ in range(n))
    aside = np.array([draw(st.sampled_from((1.0, 1.0, 0.0))) for _ in range(n)])
    bare = np.array([draw(st.sampled_from((1.0, 1.0, 0.0))) for _ in range(n)])
    return replace(game, ally_rational=flags, interest=game.interest * aside, pledge=game.pledge * bare)


@settings(max_examples=120)
@given(games())
def test_every_choice_and_value_is_that_of_plain_loops(game: DisputeGame) -> None:
    solved, plain = solve_dispute(game), Recursion(game)
    wanted = plain.solve()
    K, n, M = len(game.packages), len(game.allies), len(game.options)
    for c in (0, 1):
        assert solved.press[c] == pytest.approx(wanted["press"][c], abs=CLOSE)
        assert solved.package[c] == pytest.approx(wanted["package"][c], abs=CLOSE)
        assert solved.back_down_value[c] == -game.parameters.audience_back_down * game.stake_coercer[c]
        pressing = sum(p * wanted["package_value"][c, k] for k, p in enumerate(wanted["package"][c]))
        assert solved.press_value[c] == pytest.approx(pressing, abs=CLOSE)
        for k in range(K):
            assert solved.impose[c, k] == pytest.approx(wanted["impose"][c, k], abs=CLOSE)
            assert solved.concede[c, k] == pytest.approx(wanted["concede"][c, k], abs=CLOSE)
            assert solved.impose_value[c, k] == pytest.approx(wanted["imposing"][c, k], abs=CLOSE)
            assert solved.resist_value[c, k] == pytest.approx(wanted["resisting"][c, k], abs=CLOSE)
            assert solved.package_value[c, k] == pytest.approx(wanted["package_value"][c, k], abs=CLOSE)
    for k in range(K):
        for r, odds in plain.profile_odds(k).items():
            assert solved.profile[(k, *r)] == pytest.approx(odds, abs=CLOSE)
        for i in range(n):
            for before in itertools.product(range(M), repeat=i):
                bound, free, values = plain.ally_odds(i, k, before)
                assert solved.pledged[i][(k, *before)] == pytest.approx(bound, abs=CLOSE)
                assert solved.unpledged[i][(k, *before)] == pytest.approx(free, abs=CLOSE)
                assert solved.help_values[i][(k, *before)] == pytest.approx(values, abs=CLOSE)


@settings(max_examples=60)
@given(games(), st.integers(0, 6))
def test_the_contest_at_any_quarter_is_that_of_plain_loops(game: DisputeGame, elapsed: int) -> None:
    found, plain = war(game, elapsed), Recursion(game)
    shape = game.profile_shape
    for at, (k, *r) in enumerate(itertools.product(*map(range, shape))):
        wanted = plain.war(k, tuple(r), elapsed)
        for c, s in itertools.product((0, 1), (0, 1)):
            assert found.coercer[c, s, at] == pytest.approx(wanted["C"][c, s], abs=CLOSE)
            assert found.target[c, s, at] == pytest.approx(wanted["T"][c, s], abs=CLOSE)
        for kind in (0, 1):
            assert found.concede[kind, at] == pytest.approx(wanted["concede"][kind], abs=CLOSE)
            assert found.settle[kind, at] == pytest.approx(wanted["settle"][kind], abs=CLOSE)
            assert found.lift[kind, at] == pytest.approx(wanted["lift"][kind], abs=CLOSE)
            assert found.accept[kind, at] == pytest.approx(wanted["accept"][kind], abs=CLOSE)
            values = [wanted["conceding"][kind], wanted["resisting"][kind]]
            assert found.target_values[:2, kind, at] == pytest.approx(values, abs=CLOSE)
            values = [wanted["lifting"][kind], wanted["sustaining"][kind]]
            assert found.coercer_values[:, kind, at] == pytest.approx(values, abs=CLOSE)
    assert np.isnan(found.target_values[2]).all() == (game.parameters.settle == 0)


def test_one_profile_alone_is_read_as_among_all() -> None:
    """What `Dispute` asks each quarter, one profile of answers, is that profile's column of the whole."""
    game = random_game(5, K=2, n=2, M=3, horizon=6, settle=0.4)
    whole = war(game, 3)
    for at, (k, *r) in enumerate(itertools.product(*map(range, game.profile_shape))):
        cost, effect = game.flows(k, tuple(r))
        one = war(game, 3, (cost[:, None], effect[:, None]), erosion=game.erosion_of(k))
        for name in ("coercer", "target", "yielded", "first_year", "later", "concede", "lift", "accept"):
            np.testing.assert_allclose(getattr(one, name)[..., 0], getattr(whole, name)[..., at], rtol=0, atol=1e-15)
