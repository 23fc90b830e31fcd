"""The table of ideas: its sentences hold the numbers of the answers, and its commands name what is shipped."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

import pytest

from coercion_sim.policies import available_policies
from coercion_sim.scenario import list_scenarios

ROOT = Path(__file__).parents[2]
IDEAS = runpy.run_path(str(ROOT / "benchmarks" / "ideas.py"))


def answer(pressed: float, difference: float, half_width: float = 0.02, **robustness: Any) -> dict[str, Any]:
    """An answer about China and Australia in which the second policy changes the chance to press alone."""
    values = {"pressed": pressed, "loss": 0.2, "burden_usd": 1.5, "standing": 0.0}
    first = {"policy": "stand_alone", "difference": None, "difference_low": None, "difference_high": None}
    ends = {"difference_low": difference - half_width, "difference_high": difference + half_width}
    second = {"policy": "respond_as_allies"} | ends
    rows = [first | {"outcome": name, "value": x} for name, x in (values | {"pressed": pressed - difference}).items()]
    changes = dict.fromkeys(values, 0.0) | {"pressed": difference}
    rows += [second | {"outcome": name, "value": x, "difference": changes[name]} for name, x in values.items()]
    return {"coercer": "CHN", "target": "AUS", "rows": rows, "robustness": robustness}


@pytest.mark.parametrize(
    ("difference", "half_width", "often"),
    [
        (-0.1, 0.02, "20 instead of 30 % of disputes (\u221210.0 [\u221212.0, \u22128.0] points);"),
        (-0.01, 0.02, "20 instead of 21 % of disputes (\u22121.0 [\u22123.0, 1.0] points), undecided;"),
        (-0.001, 0.002, "20 instead of 20 % of disputes (\u22120.1 [\u22120.3, 0.1] points), about the same;"),
    ],
)
def test_a_sentence_holds_the_chance_to_press_and_what_its_interval_says(
    difference: float, half_width: float, often: str
) -> None:
    idea = IDEAS["IDEAS"][0]
    made = IDEAS["sentence"](idea, answer(0.2, difference, half_width), 16)
    assert f"China presses Australia in {often}" in made
    assert "0.200 instead of 0.200 % of GDP" in made
    assert "allies pay US$ 1.50 bn either way" in made


def test_robust_counts_the_draws_that_keep_the_sign() -> None:
    few = answer(0.2, -0.1, draws=16, tied=0, pairs=[{"same": 14}])
    assert IDEAS["robust"](few) == "same sign in 14 of 16"
    many = answer(0.2, -0.1, draws=64, tied=0, pairs=[{"same": 48}])
    assert IDEAS["robust"](many) == "same sign in 75 % of 64"
    alike = answer(0.2, 0.0, draws=16, tied=13, pairs=[])
    assert IDEAS["robust"](alike) == "about as often; not so in 3 of 16 draws"


def test_answers_kept_in_a_folder_are_read_and_not_asked_again(tmp_path: Path) -> None:
    idea = IDEAS["IDEAS"][0]
    kept = tmp_path / f"{idea.scenario}-{idea.policy}-16.json"
    kept.write_text(json.dumps({"draws": 16}), "utf-8")
    assert IDEAS["answer_of"](idea, 16, tmp_path) == {"draws": 16}


def test_every_idea_names_a_shipped_scenario_and_policies_and_has_its_row() -> None:
    page = (ROOT / "docs" / "ideas.md").read_text("utf-8")
    for idea in IDEAS["IDEAS"]:
        assert idea.scenario in list_scenarios()
        assert {*idea.policy.split("+"), idea.without} <= set(available_policies())
        assert f"`{idea.command(16)}`" in page
