"""Scenario files that name groups, actors outside the world, challengers, and pressure that is not trade."""

from __future__ import annotations

from pathlib import Path

import pytest
from scenario_text import SMALL, line_of

from coercion_sim.errors import Problem
from coercion_sim.scenario import check_scenario, load_scenario

WIDE = (
    SMALL
    + """
[[actors.outside]]
code = "IRN"
name = "Iran"

[dispute]
packages = ["screened", "grey_zone"]

[[dispute.challengers]]
state = "IRN"
targets = ["JPN", "KOR"]
packages = ["grey_zone", "disinformation"]
rate = 0.1
stake = 0.3

[pressure]
grey_zone = { uniform = [0.1, 0.5], default = 0.3 }

[cooperation]
value = 0.05
rivals = ["CHN"]
partners = ["JPN"]

[[measures]]
name = "boats"
kind = "military"
by = "IRN"
on = "KOR"
loss = 0.1
"""
)

PATROL = '[[measures]]\nname = "b"\nkind = "military"\nby = "CHN"\non = "AUS"\n'


def written(folder: Path, text: str) -> Path:
    path = folder / "small.toml"
    path.write_text(text, encoding="utf-8")
    return path


def only(folder: Path, text: str) -> Problem:
    (problem,) = check_scenario(written(folder, text))
    return problem


def test_what_is_written_is_what_is_read(tmp_path: Path) -> None:
    scenario = load_scenario(written(tmp_path, WIDE))
    (iran,) = scenario.actors.outside
    (challenger,) = scenario.dispute.challengers
    assert (iran.code, iran.name) == ("IRN", "Iran")
    assert (challenger.state, challenger.targets, challenger.rate, challenger.stake) == (
        "IRN",
        ("JPN", "KOR"),
        0.1,
        0.3,
    )
    assert scenario.pressure.grey_zone == 0.3
    assert [u.path for u in scenario.uncertain] == ["pressure.grey_zone"]
    assert scenario.cooperation.rivals == ("CHN",)
    boats = scenario.measures_as_data()[-1]
    assert (boats.kind, boats.by, boats.size, boats.sectors) == ("military", "IRN", 0.1, ())


@pytest.mark.parametrize(
    ("right", "wrong", "found", "meant"),
    [
        ('state = "IRN"', 'state = "IRM"', "IRM", "IRN"),
        ('targets = ["JPN", "KOR"]', 'targets = ["JPN", "KOT"]', "KOT", "KOR"),
        ('partners = ["JPN"]', 'partners = ["JPM"]', "JPM", "JPN"),
        ('on = "KOR"', 'on = "KRO"', "KRO", "KOR"),
    ],
)
def test_names_are_checked_with_line_and_nearest(
    tmp_path: Path, right: str, wrong: str, found: str, meant: str
) -> None:
    problem = only(tmp_path, WIDE.replace(right, wrong))
    assert (problem.found, problem.suggestion) == (found, meant)
    assert problem.line == line_of(WIDE, right)


def test_an_actor_outside_presses_and_suffers_nothing_that_is_known(tmp_path: Path) -> None:
    problem = only(tmp_path, WIDE.replace('on = "KOR"', 'on = "IRN"').replace('by = "IRN"', 'by = "CHN"'))
    assert problem.message == "unknown state"
    assert problem.found == "IRN"


def test_a_state_of_the_world_is_not_outside_it(tmp_path: Path) -> None:
    text = WIDE.replace("IRN", "NZL")
    problem = only(tmp_path, text)
    assert problem.message == "is a state of the world"
    assert problem.line == line_of(text, 'code = "NZL"')


def test_groups_are_checked_against_the_world_s(tmp_path: Path) -> None:
    text = SMALL + 'groups = ["QUAD", "QUAAD"]\n'
    problem = only(tmp_path, text)
    assert (problem.message, problem.found, problem.suggestion) == ("unknown group", "QUAAD", "QUAD")
    assert problem.line == line_of(text, "groups")


def test_a_policy_s_usual_groups_need_not_be_the_world_s_but_those_written_must(tmp_path: Path) -> None:
    usual = SMALL.replace('"respond_as_allies"]', '"respond_as_allies", "bridge_silos"]')
    assert usual != SMALL
    assert check_scenario(written(tmp_path, usual)) == []
    text = usual + '\n[policy.bridge_silos]\ngroups = ["QUAD", "FIVE_EYE"]\n'
    problem = only(tmp_path, text)
    assert (problem.message, problem.found) == ("unknown group", "FIVE_EYE")
    assert problem.line == line_of(text, "groups")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("[pressure]\ngrey_zone = -0.1\n", "grey_zone"),
        ("[pressure]\ndisinformation_erosion = 1.0\n", "disinformation_erosion"),
        ("[cooperation]\nspill = 1.5\n", "spill"),
        ("[cooperation]\nspil = 0.5\n", "spil"),
        ('[dispute]\npackages = ["grey zone"]\n', "packages"),
        ('[[dispute.challengers]]\nstate = "CHN"\ntargets = []\n', "targets"),
        ('[[measures]]\nname = "b"\nkind = "military"\nby = "CHN"\non = "AUS"\nopen = 0.1\n', "loss"),
        (
            '[[measures]]\nname = "b"\nkind = "military"\nby = "CHN"\non = "AUS"\nloss = 0.1\nsectors = ["coal"]\n',
            "no sectors",
        ),
    ],
    ids=lambda text: text[-30:],
)
def test_what_does_not_fit_is_refused_at_its_line(tmp_path: Path, more: str, message: str) -> None:
    problems = check_scenario(written(tmp_path, SMALL + "\n" + more))
    assert problems
    assert any(message in str(p) for p in problems)
    assert all(p.line is not None and p.line > SMALL.count("\n") for p in problems)
