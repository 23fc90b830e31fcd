"""Expected disputes against the mean of many played ones, and against the exact endings of each game."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from coercion_sim.analysis import expected_disputes
from coercion_sim.analysis.answer.expected_disputes import EXPECTED, expected_of
from coercion_sim.analysis.replay.replay import model_of
from coercion_sim.dispute import dispute_endings, mean_endings, solve_dispute
from coercion_sim.errors import CoercionSimError
from coercion_sim.experiments import make_job
from support.dispute_games import flagship_game, random_game


def at(values: list[float]) -> dict[str, float]:
    return dict(zip(EXPECTED, values, strict=True))


@pytest.mark.parametrize("seed", range(4))
def test_expectations_are_means_over_types_of_the_exact_endings(seed: int) -> None:
    game = random_game(seed, 2, 1, 2)
    nu, mu = game.belief_coercer, game.belief_target
    odds = {(c, s): (nu if c else 1 - nu) * (mu if s else 1 - mu) for c in (0, 1) for s in (0, 1)}
    solved = solve_dispute(game)
    ends = {types: dispute_endings(solved, *types, 20, bound=True) for types in odds}
    found = at(expected_of(solved, 20))
    assert found["attempts"] == pytest.approx(sum(p * ends[t].press for t, p in odds.items()))
    assert found["carried_out"] == pytest.approx(sum(p * ends[t].imposed for t, p in odds.items()))
    assert found["target_loss"] == pytest.approx(sum(p * ends[t].target_loss for t, p in odds.items()))
    assert found["threat_rate"] == pytest.approx(found["conceded_to_demand"] / found["attempts"])
    assert found["imposed_rate"] == pytest.approx(found["conceded"] / found["carried_out"])
    for name in ("attempts", "conceded_to_demand", "carried_out", "conceded", "threat_rate", "imposed_rate"):
        assert 0.0 <= found[name] <= 1.0
    assert found["conceded_to_demand"] + found["carried_out"] <= found["attempts"] + 1e-12


def test_expectations_where_types_are_known_are_those_of_these_types() -> None:
    game = replace(flagship_game(), belief_coercer=1.0, belief_target=0.0)
    solved = solve_dispute(game)
    found, ends = at(expected_of(solved, 12)), dispute_endings(solved, 1, 0, 12, bound=True)
    assert found["attempts"] == pytest.approx(ends.press)
    assert found["coercer_cost"] == pytest.approx(ends.coercer_cost)
    assert found["grey_share"] == 0.0  # no package beyond trade in this game


def test_where_nobody_ever_presses_nothing_follows() -> None:
    """A coercer that maximises, with nothing at stake and a price to pay, never presses; shares of nothing are 0."""
    found = at(expected_of(solve_dispute(flagship_game(v_c=1e-9, own_cost=0.5, rationality=1e9)), 12))
    assert found["attempts"] == found["carried_out"] == 0.0
    assert found["threat_rate"] == found["imposed_rate"] == found["help"] == found["retaliation"] == 0.0


def test_a_pledge_makes_help_likelier_and_attempts_rarer() -> None:
    plain, pledged = (at(expected_of(solve_dispute(flagship_game(pledge=a)))) for a in (0.0, 0.2))
    assert pledged["help"] > plain["help"]
    assert 0.0 <= plain["retaliation"] <= plain["help"] <= 2.0
    assert pledged["attempts"] < plain["attempts"]


def test_allies_that_pledged_mean_it_however_little_they_are_believed() -> None:
    """Coercer and target doubt the word of both allies; what they do once it is imposed is what binds them."""
    solved = solve_dispute(flagship_game(pledge=0.2, reliability=0.3))
    found, game = at(expected_of(solved, 60)), solved.game
    weight = np.zeros(3)
    for c, p_c in enumerate(game.types_coercer):
        for s, p_s in enumerate(game.types_target):
            weight += p_c * p_s * solved.press[c] * solved.package[c] * (1 - solved.concede[s]) * solved.impose[c]
    weight /= weight.sum()
    first, second = solved.pledged
    second = np.einsum("ka,kab->kb", first, second)  # the second ally knows what the first did
    wanted = sum(weight @ (1.0 - chance[:, 0]) for chance in (first, second))
    assert found["help"] == pytest.approx(wanted, rel=1e-9)
    believed = np.einsum("k,kab->ab", weight, solved.profile)
    assert found["help"] > 1.2 * ((1.0 - believed.sum(axis=1)[0]) + (1.0 - believed.sum(axis=0)[0]))
    assert found["retaliation"] <= found["help"]
    assert found["target_loss"] < mean_endings(solved, 60).target_loss


@pytest.mark.parametrize("draws", [12, pytest.param(300, marks=pytest.mark.slow)])
def test_means_of_many_played_disputes_are_near_the_expectations(tiny: Path, draws: int) -> None:
    """Sampled play of one dispute a draw: each share within four standard errors (binomial)."""
    exact = expected_disputes(tiny, "stand_alone", replicates=draws, seed=5, quarters=4)
    assert exact.pairs == (("CHN", "AUS"),)
    assert exact.values.shape == (draws, 1, len(EXPECTED))
    job = make_job(tiny, "stand_alone", replicates=draws, seed=5, at_defaults=True)
    played: dict[str, list[bool]] = {"attempts": [], "conceded_to_demand": [], "carried_out": []}
    for draw in range(draws):
        with model_of(job, draw, strategic=True) as (model, _):
            for quarter in range(2):
                model.diplomacy.play(quarter)
            (dispute,) = model.diplomacy.disputes
            played["attempts"].append(dispute.package >= 0)
            played["conceded_to_demand"].append(dispute.ending == "conceded_to_demand")
            played["carried_out"].append(any(d.move == "impose" and d.chosen == "impose" for d in dispute.decisions))
    for name, values in played.items():
        wanted = exact.by_draw(name)
        spread = 4.0 * np.sqrt((wanted * (1.0 - wanted)).sum()) / draws
        assert np.mean(values) == pytest.approx(wanted.mean(), abs=spread + 1e-9)


def test_pairs_may_be_named_and_the_mean_is_over_them(tiny: Path) -> None:
    pairs = [("CHN", "AUS"), ("CHN", "JPN")]
    found = expected_disputes(tiny, "respond_as_allies", replicates=2, pairs=pairs, quarters=2)
    assert found.pairs == tuple(pairs)
    column = EXPECTED.index("attempts")
    assert found.by_draw("attempts") == pytest.approx(found.values[:, :, column].mean(axis=1))
    single = expected_disputes(tiny, "respond_as_allies", replicates=2, pairs=pairs[:1], quarters=2)
    assert single.values[:, 0] == pytest.approx(found.values[:, 0])


def test_where_no_pair_can_quarrel_it_says_so(tiny: Path, tmp_path: Path) -> None:
    head, _, rest = tiny.read_text("utf-8").partition("[[measures]]")
    quiet = head.replace('coercer = "CHN"\ntarget = "AUS"\n', "") + rest[rest.index("[dispute]") :]
    (tmp_path / "quiet.toml").write_text(quiet.replace("./tiny_world", str(tiny.parent / "tiny_world")), "utf-8")
    with pytest.raises(CoercionSimError, match="dispute"):
        expected_disputes(tmp_path / "quiet.toml", "stand_alone", replicates=1)


def test_expected_disputes_are_a_frame_with_a_row_for_each_draw_and_pair(tiny: Path) -> None:
    exact = expected_disputes(tiny, "stand_alone", replicates=3, seed=5, quarters=4)
    frame = exact.frame()
    assert frame.draw.tolist() == [0, 1, 2]
    assert frame[list(EXPECTED)].to_numpy().tolist() == exact.values[:, 0].tolist()
