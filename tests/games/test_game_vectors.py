"""Every shared game vector: what Gambit computed, this solver computes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from coercion_sim.games import read_game, solve_game

VECTORS = [
    "d01_threat_credible", "d02_threat_empty", "d03_deadlock_imposed", "d04_ally_support_deters", "d05_ally_abandons",
    "d06_bluffing_audience_cost", "d07_tsebelis_2x2", "d08_threshold_n3_k2", "d09_volunteer_2", "d10_sector_choice_3x3",
    "d11_stage_game_one_ally", "d12_stage_game_two_allies",
]  # fmt: skip


def distance(mine: Mapping[str, Mapping[str, float]], theirs: Mapping[str, Mapping[str, float]]) -> float:
    assert {name: set(choice) for name, choice in mine.items()} == {n: set(choice) for n, choice in theirs.items()}
    return max(abs(mine[name][label] - p) for name, choice in theirs.items() for label, p in choice.items())


def furthest(mine: Mapping[str, float], theirs: Mapping[str, float]) -> float:
    assert set(mine) == set(theirs)
    return max(abs(mine[name] - value) for name, value in theirs.items())


def load(folder: Path, name: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((folder / f"{name}.json").read_text())
    return data


def test_the_list_above_names_every_vector(vector_folder: Path) -> None:
    assert sorted(path.stem for path in vector_folder.glob("d*.json")) == VECTORS


@pytest.mark.parametrize("name", VECTORS)
def test_logit_equilibrium_is_gambits(vector_folder: Path, name: str) -> None:
    vector = load(vector_folder, name)
    game = read_game(vector_folder / f"{name}.json")
    expected = vector["expected"]
    cases = expected.get("logit_aqre") or expected["logit_qre_principal_branch"]
    assert cases
    for case in cases:
        solution = solve_game(game, case["lambda"])
        assert solution.converged
        assert distance(solution.strategies, case.get("behavior") or case["profile"]) <= 1e-6
        assert furthest(solution.payoffs, case["payoffs"]) <= 1e-6
        if "outcome_probs" in case:
            assert furthest(solution.outcome_probs, case["outcome_probs"]) <= 1e-6
        assert solution.residual <= 1e-9


@pytest.mark.parametrize("name", [v for v in VECTORS if v[:3] in {"d01", "d02", "d03", "d04", "d05", "d11", "d12"}])
def test_backward_induction_is_gambits(vector_folder: Path, name: str) -> None:
    expected = load(vector_folder, name)["expected"]["spe_pure"]
    solution = solve_game(read_game(vector_folder / f"{name}.json"), method="spe")
    assert distance(solution.strategies, expected["behavior"]) == 0.0
    assert furthest(solution.payoffs, expected["payoffs"]) <= 1e-12
    assert list(solution.path) == expected["path"]
    assert solution.residual <= 1e-12


def test_end_of_the_branch_is_gambits_sequential_equilibrium(vector_folder: Path) -> None:
    name = "d06_bluffing_audience_cost"
    expected = load(vector_folder, name)["expected"]["logit_limit_sequential"]
    solution = solve_game(read_game(vector_folder / f"{name}.json"), method="spe")
    assert solution.method == "logit_limit_sequential"
    assert solution.converged
    assert distance(solution.strategies, expected["behavior"]) <= 1e-4
    assert furthest(solution.payoffs, expected["payoffs"]) <= 1e-4
    assert furthest(solution.outcome_probs, expected["path_probs"]) <= 1e-4
    assert solution.residual <= 1e-6


@pytest.mark.parametrize("name", [v for v in VECTORS if v[:3] in {"d07", "d08", "d09", "d10"}])
def test_every_listed_nash_equilibrium_is_found(vector_folder: Path, name: str) -> None:
    expected = load(vector_folder, name)["expected"]["nash"]
    found = solve_game(read_game(vector_folder / f"{name}.json"), method="nash").equilibria
    assert expected
    for listed in expected:
        nearest = min(found, key=lambda one: distance(one.strategies, listed["profile"]))
        assert distance(nearest.strategies, listed["profile"]) <= 1e-6
        assert furthest(nearest.payoffs, listed["payoffs"]) <= 1e-6
    assert all(one.residual <= 1e-9 for one in found)
