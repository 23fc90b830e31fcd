"""`[dispute] draws`: which numbers are uncertain, what a file fixes, and that scripted runs stay what they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from coercion_sim.cli.app import run as command_line
from coercion_sim.dispute import BEHAVIOUR_RANGES, POSTERIOR_ROWS, behaviour_draws
from coercion_sim.experiments import make_design
from coercion_sim.scenario import Scenario, load_scenario, restore_scenario

pytestmark = pytest.mark.usefixtures("shipped_world")
STRATEGIC = "conduct=strategic"


def loaded(*overrides: str) -> Scenario:
    return load_scenario("australia-2020", overrides)


def behaviour_of(scenario: Scenario) -> set[str]:
    return {u.path for u in scenario.uncertain if u.path.startswith("dispute.")}


def drawn(scenario: Scenario, replicate: int, **given: Any) -> Scenario:
    return scenario.with_values(make_design(scenario, replicates=64, **given).of_replicate(replicate))


@pytest.mark.parametrize("draws", ["fixed", "prior", "posterior"])
def test_script_has_no_uncertain_behaviour(draws: str) -> None:
    assert behaviour_of(loaded(f"dispute.draws={draws}")) == set()


def test_the_posterior_is_the_default_and_fixed_draws_nothing() -> None:
    assert behaviour_of(loaded(STRATEGIC)) == {"dispute.row"}
    fixed = loaded(STRATEGIC, "dispute.draws=fixed")
    assert behaviour_of(fixed) == set()
    assert fixed.dispute.rationality == 6.0


def test_a_number_that_is_uncertain_in_the_file_is_drawn_as_the_file_says(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    own = "[dispute]\nreview = { uniform = [0.31, 0.32], default = 0.315 }"
    path.write_text(load_scenario("australia-2020").source_text.replace("[dispute]", own), "utf-8")
    scenario = load_scenario(path, [STRATEGIC])
    assert behaviour_of(scenario) == {"dispute.row", "dispute.review"}
    seen = {drawn(scenario, k).dispute.review for k in range(3)}
    assert len(seen) == 3
    assert all(0.31 <= review <= 0.32 for review in seen)


def test_prior_draws_what_the_file_does_not_name() -> None:
    scenario = loaded(STRATEGIC, "dispute.draws=prior", "dispute.review=0.4")
    assert behaviour_of(scenario) == {f"dispute.{name}" for name in BEHAVIOUR_RANGES if name != "review"}
    one = drawn(scenario, 3)
    assert one.dispute.review == 0.4
    assert behaviour_of(one) == set()
    assert one.dispute.rationality != drawn(scenario, 4).dispute.rationality
    assert drawn(scenario, 0, at_defaults=True).dispute.rationality == 6.0


def test_posterior_draws_whole_rows() -> None:
    scenario = loaded(STRATEGIC, "dispute.rationality=5.0")
    assert behaviour_of(scenario) == {"dispute.row"}
    columns, seen = behaviour_draws(), set()
    for replicate in range(64):
        one = drawn(scenario, replicate).dispute
        assert one.row is not None
        assert one.rationality == 5.0
        assert all(getattr(one, name) == columns[name][one.row] for name in columns if name != "rationality")
        seen.add(one.row * 64 // POSTERIOR_ROWS)
    assert len(seen) == 64  # Sobol' points: a row from every 64th of the table
    assert drawn(scenario, 0, at_defaults=True).dispute.row == 0


def test_other_draws_stay_the_same() -> None:
    fixed, scenario = loaded(STRATEGIC, "dispute.draws=fixed"), loaded(STRATEGIC)
    for replicate in (0, 17):
        own = make_design(fixed, replicates=32).of_replicate(replicate)
        more = make_design(scenario, replicates=32).of_replicate(replicate)
        assert {k: more[k] for k in own} == own


def test_a_row_named_is_certain() -> None:
    scenario = loaded(STRATEGIC, "dispute.row=7")
    assert behaviour_of(scenario) == set()
    assert scenario.dispute.review == behaviour_draws()["review"][7]


def test_results_restore_the_draws() -> None:
    scenario = loaded(STRATEGIC)
    again = restore_scenario(scenario.source)
    assert behaviour_of(again) == {"dispute.row"}
    assert again.content() == scenario.content()
    assert scenario.content() != loaded(STRATEGIC, "dispute.draws=fixed").content()


def test_check_says_what_is_drawn_and_what_the_file_sets(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["check", "australia-2020", "--set", "dispute.rationality=5"]
    assert command_line(words) == 0
    text = capsys.readouterr().out
    assert "posterior" in text
    assert "rationality" in text
    assert command_line(["check", "australia-2020", "--set", "dispute.draws=postreior"]) == 3
    assert "posterior" in capsys.readouterr().err
