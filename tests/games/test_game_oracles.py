"""The solvers against pygambit and nashpy, where these are installed."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pytest

from coercion_sim.games import NormalFormGame, nfg_text, read_game, solve_game

SHAPLEY = """NFG 1 R "Shapley 1974, fig. 3" { "1" "2" } { { "1" "2" "3" } { "1" "2" "3" } }
0 0 2 3 3 0 3 2 2 2 0 0 0 3 0 0 1 1
"""


def table(seed: int, m: int, n: int) -> NormalFormGame:
    first, second = np.random.default_rng(seed).normal(size=(2, m, n)).round(3)
    labels = {"Row": tuple(f"r{i}" for i in range(m)), "Column": tuple(f"c{j}" for j in range(n))}
    return NormalFormGame(("Row", "Column"), labels, {"Row": first, "Column": second})


def flat(solution) -> list[float]:
    return [p for choice in solution.strategies.values() for p in choice.values()]


def gambit_logit(path: Path, lam: float) -> list[float]:
    """Return Gambit's logit play at lambda, player by player."""
    gbt = pytest.importorskip("pygambit", reason="pygambit is not installed")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        game = gbt.read_nfg(str(path))
        profile = gbt.qre.logit_solve_lambda(game, lam=[lam])[0].profile
        names = [player if isinstance(player, str) else player.label for player in game.players]
        return [float(p) for name in names for _, p in profile[name]]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("m", "n"), [(2, 3), (4, 4)])
def test_logit_play_is_gambits(tmp_path, seed, m, n) -> None:
    game = table(seed, m, n)
    path = tmp_path / "g.nfg"
    path.write_text(nfg_text(game))
    assert flat(solve_game(game, 5.0)) == pytest.approx(gambit_logit(path, 5.0), abs=1e-4)


@pytest.mark.parametrize("lam", [1.0, 3.2, 5.0, 100.0])
def test_shapleys_game_is_followed_past_the_meeting_of_its_two_sides(tmp_path, lam) -> None:
    path = tmp_path / "shapley.nfg"
    path.write_text(SHAPLEY)
    solution = solve_game(read_game(path), lam)
    assert solution.converged
    assert solution.residual <= 1e-9
    assert flat(solution) == pytest.approx(gambit_logit(path, lam), abs=1e-4)


def test_shapleys_symmetric_branch_ends_at_its_mixed_equilibrium(tmp_path) -> None:
    path = tmp_path / "shapley.nfg"
    path.write_text(SHAPLEY)
    solution = solve_game(read_game(path), 1e6)
    assert flat(solution) == pytest.approx([1 / 6, 1 / 3, 1 / 2] * 2, abs=1e-5)
    assert any("the symmetric one is followed" in note for note in solution.notes)


@pytest.mark.parametrize("seed", range(8))
def test_nash_equilibria_are_nashpys(seed) -> None:
    nash = pytest.importorskip("nashpy", reason="nashpy is not installed")
    game = table(seed, 4, 4)
    other = {tuple(np.concatenate(pair).round(7) + 0.0) for pair in nash.Game(*game.tables).vertex_enumeration()}
    mine = solve_game(game, method="nash").equilibria
    assert {tuple(np.round(flat(one), 7) + 0.0) for one in mine} == other
    assert all(one.residual <= 1e-12 for one in mine)
