"""The likelihood of the record: its path is read off the script, its factors are frequencies of the solved game."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from coercion_sim.analysis import PUBLISHED, likelihood_of, record_likelihood, record_path
from coercion_sim.cli.app import run as command_line
from coercion_sim.dispute import Dispute, dispute_endings, solve_dispute
from coercion_sim.errors import InvalidInput
from coercion_sim.scenario import load_scenario
from fakes.tiny import SCENARIO, write_tiny
from support.dispute_games import random_game

#: Two measures, in force for 2 and for 3 of the run's twelve quarters, the second longer than the first.
ENDED = SCENARIO.replace("quarters = 4", "quarters = 12") + """\
until = "2021Q1"

[[measures]]
name = "wine"
kind = "import_ban"
by = "CHN"
on = "AUS"
sectors = ["wine"]
open = 0.05
from = "2021Q1"
until = "2021Q3"

[dispute]
cost_once = 0.01
cost_year = 0.0
screen = "off"
"""  # fmt: skip


def test_path_of_the_flagship() -> None:
    path = record_path(load_scenario("australia-2020"))
    assert (path.coercer, path.target, path.first, path.last) == ("CHN", "AUS", "2020Q2", "2024Q3")
    assert (path.shortest, path.longest, path.measures) == (9, 18, 8)


def test_path_follows_the_script(tmp_path: Path) -> None:
    path = record_path(load_scenario(write_tiny(tmp_path, ENDED)))
    assert (path.first, path.last, path.shortest, path.longest) == ("2020Q4", "2021Q3", 2, 3)


@pytest.mark.parametrize(
    ("name", "words"), [("china-disputes", "no coercive measure"), ("critical-inputs", "last until the run ends")]
)
def test_scenario_without_a_record_is_named(name: str, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        record_likelihood(name)


def test_path_is_as_frequent_in_plays() -> None:
    game = random_game(3, K=2, n=0, M=1, rationality=2.0, lapse=0.1)
    game = replace(game, belief_target=0.6, belief_coercer=0.3)
    shortest, longest, many = 2, 5, 4000
    exact = likelihood_of(solve_dispute(game), shortest, longest)
    rng, seen = np.random.default_rng(3), np.zeros(6)
    for _ in range(many):
        play = Dispute("C", "T", 0, game, bool(rng.random() < 0.3), bool(rng.random() < 0.6))
        play.begin(lambda *_: float(rng.random()), 0)
        for quarter in range(1, longest + 2):
            if play.stage == "imposed":
                play.review(lambda *_: float(rng.random()), quarter)
        pressed, imposed = play.ending != "no_pressure", play.imposed_at >= 0
        inside = imposed and play.stage == "over" and shortest <= play.ended_at - play.imposed_at <= longest
        ends = [inside and play.ending == name for name in ("lifted", "lapsed")]
        seen += [pressed, pressed and play.ending != "conceded_to_demand", imposed, any(ends), *ends]
    error = np.sqrt(exact[:6] * (1.0 - exact[:6]) / many)
    assert (error[3:] > 0.0).all()
    assert (np.abs(seen / many - exact[:6]) < 4.5 * error).all()


def test_path_by_type_is_weighed_by_the_beliefs() -> None:
    solved = solve_dispute(random_game(4, K=1, n=0, M=1, rationality=2.0))
    total = np.array([
        sum(solved.game.types_coercer[c] * solved.game.types_target[s] * f(dispute_endings(solved, c, s, 160))
            for c in (0, 1) for s in (0, 1))
        for f in (lambda e: e.press, lambda e: e.imposed, lambda e: e.conceded)
    ])  # fmt: skip
    np.testing.assert_allclose(likelihood_of(solved, 1, 4)[[0, 2, 8]], total, rtol=1e-12)


@pytest.mark.usefixtures("tables_in_memory")
def test_factors_multiply_to_the_likelihood(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write_tiny(tmp_path, ENDED)
    found = record_likelihood(file, draws=3, overrides=("dispute.most_allies=0",))
    rows = {r["name"]: r for r in found.records()}
    product = math.prod(rows[n]["value"] for n in ("pressed", "resisted", "imposed", "ended"))
    assert product == pytest.approx(found.likelihood, rel=1e-12)
    assert 0.0 < found.likelihood < 1.0
    parts = rows["lifted"]["value"] + rows["lapsed"]["value"]
    assert parts == pytest.approx(rows["ended"]["value"], rel=1e-12)
    shares = sum(rows[n]["value"] for n in ("conceded_to_demand", "backed_down", "carried_out"))
    assert shares == pytest.approx(1.0, abs=1e-9)
    assert {n: rows[n]["record"] for n in PUBLISHED} == PUBLISHED

    words = ["explain", str(file), "--record", "--draws", "3", "--set", "dispute.most_allies=0"]
    assert command_line([*words, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["likelihood"] == pytest.approx(found.likelihood)
    assert command_line(words) == 0
    text = capsys.readouterr().out
    assert f"{found.likelihood:.3f}" in text
    assert "0.227" in text
    assert command_line([*words, "--dispute", "1"]) == 2
