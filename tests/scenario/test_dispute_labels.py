"""States named in [dispute] are checked against the world."""

from __future__ import annotations

from pathlib import Path

import pytest

from coercion_sim.scenario import check_scenario, scenario_folder

WRONG = """
coercers = ["CHM"]
targets = ["AUS", "JPX"]
decides = { KOT = "rule" }

[[dispute.opened]]
quarter = "2020Q2"
coercer = "CHN"
target = "NZLL"
"""


@pytest.mark.usefixtures("shipped_world")
def test_every_unknown_state_of_a_dispute_is_named_with_its_line(tmp_path: Path) -> None:
    flagship = (scenario_folder() / "australia-2020.toml").read_text(encoding="utf-8")
    path = tmp_path / "mine.toml"
    before, after = flagship.replace('conduct = "scripted"', 'conduct = "strategic"').split("[dispute]")
    path.write_text(f"{before}[dispute]{WRONG}{after.partition(']')[2]}", encoding="utf-8")
    problems = check_scenario(path)
    first = before.count("\n")
    assert {(p.found, p.suggestion, p.line) for p in problems} == {
        ("CHM", "CHN", first + 2), ("JPX", "JPN", first + 3), ("KOT", "KOR", first + 4), ("NZLL", "NZL", first + 9),
    }  # fmt: skip
