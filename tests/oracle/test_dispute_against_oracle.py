"""The solver against the plain solver of `dispute_path`, which was written from model.md alone, without sight of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from coercion_sim.dispute import DisputeGame, DisputeParameters, dispute_endings, solve_dispute
from oracle.dispute_path import PAIRS, Bundle, Dispute, sigmoid, solve
from oracle.test_dispute_path import HELPED, SAMPLE

GAMES = {
    "sample": SAMPLE,
    "one ally": HELPED,
    "surprise": replace(SAMPLE, surprise=True),
    "two packages": replace(SAMPLE, packages=(*SAMPLE.packages, (Bundle((0.002, 0.001), (-0.2, -0.1)),))),
    "low stake": replace(SAMPLE, v_t=(0.1, 0.9)),
    "priors": replace(SAMPLE, mu=0.3, nu=0.7),
    "statement and cost of a lapse": replace(HELPED, statement=0.01, lapse_cost=0.5),
}


def as_game(d: Dispute) -> DisputeGame:
    """The same numbers as arrays."""
    K, M = len(d.packages), len(d.packages[0])
    n = int(M > 1)
    shape = (2, K, M) if n else (2, K)

    def array(name: str) -> np.ndarray:
        return np.array([[[getattr(b, name)[y] for b in p] for p in d.packages] for y in (0, 1)]).reshape(shape)

    ally = d.ally
    return DisputeGame(
        packages=tuple(f"p{k}" for k in range(K)), allies=("ally",) * n, options=tuple(f"o{m}" for m in range(M)),
        coercer_cost=array("cost"), target_effect=array("effect"),
        ally_cost=array("ally_cost")[None] if n else np.zeros((0, *shape)),
        shortfall=np.array([ally.shortfall]) if n else np.zeros((0, M)),
        pledge=np.array([ally.pledge] * n), interest=np.array([ally.interest] * n),
        reliability=np.array([ally.reliability] * n),
        stake_coercer=np.array(d.v_c), stake_target=np.array(d.v_t), belief_target=d.mu, belief_coercer=d.nu,
        parameters=DisputeParameters(
            rationality=d.rationality, cost_once=d.cost_once, cost_year=d.cost_year, audience_back_down=d.alpha_c,
            audience_lift=d.alpha_l, audience_concede=d.alpha_t, review=d.review, lapse=d.lapse,
            lapse_cost=d.lapse_cost, discount=d.delta, last_quarter_bite=d.xi, statement_cost=d.statement,
            settle=0.0, surprise=d.surprise,
        ),
    )  # fmt: skip


@pytest.mark.parametrize("name", GAMES)
def test_choices_beliefs_and_endings_are_those_of_the_oracle(name: str) -> None:
    game = replace(GAMES[name], first_review=1)
    plain, solved = solve(game), solve_dispute(as_game(game))
    near = {"rtol": 0, "atol": 1e-6}
    np.testing.assert_allclose(solved.press, plain.press, **near)
    for p, package in enumerate(plain.packages):
        np.testing.assert_allclose(solved.concede[:, p], package.concede_demand, **near)
        np.testing.assert_allclose(solved.impose[:, p], package.impose, **near)
        np.testing.assert_allclose(solved.belief_resisted[p], sigmoid(package.log_odds[0]), **near)
        np.testing.assert_allclose(solved.belief_imposed[p], sigmoid(package.log_odds[1]), **near)
        np.testing.assert_allclose(np.atleast_1d(solved.profile[p]).ravel(), package.answers[2], **near)
    for c, t in PAIRS:
        ends = dispute_endings(solved, c, t, 600)
        for ending in ("backed_down", "conceded", "lifted", "lapsed"):
            wanted = sum(w * x.endings[c, t][ending] for w, x in zip(plain.which[c], plain.packages, strict=True))
            assert getattr(ends, ending) / ends.press == pytest.approx(wanted, abs=1e-6)
