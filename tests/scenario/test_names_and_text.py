"""Names no folder can have, text no terminal should show, and labels that stand in one list twice."""

from __future__ import annotations

import pytest
from scenario_text import SMALL

from coercion_sim.errors import InvalidInput, Problem
from coercion_sim.experiments.plan.reading import plan_from, plan_from_flags
from coercion_sim.scenario import warnings_of


@pytest.mark.parametrize("name", ["CON", "nul", "aux.txt", "Com1", "lpt9.results", "small."])
def test_a_name_that_some_system_has_no_folder_for_is_refused(bench, name: str) -> None:
    problem = bench.only(bench.changed('name = "small"', f'name = "{name}"'))
    assert (problem.key, problem.line, problem.found) == ("name", 2, name)
    with pytest.raises(InvalidInput, match="name"):
        plan_from({"scenario": "australia-2020", "name": name})


@pytest.mark.parametrize("name", ["console", "nul-1", "com10", "a.b", "x_"])
def test_names_near_those_are_names(bench, name: str) -> None:
    assert bench.problems(bench.changed('name = "small"', f'name = "{name}"')) == []


@pytest.mark.parametrize("text", [r"\u001b[31mred", r"\u202Egnp.exe", r"\u0007", r"\u009b2J", r"a\u2066b"])
def test_text_that_would_steer_a_terminal_is_refused_with_its_key(bench, text: str) -> None:
    problem = bench.only(SMALL.replace('world = "tiny"', f'title = "{text}"\nworld = "tiny"'))
    assert "control character at title" in problem.message


def test_tabs_and_lines_in_a_text_stay(bench) -> None:
    description = 'description = """two\n\tlines"""\nworld = "tiny"'
    assert bench.load(SMALL.replace('world = "tiny"', description)).description == "two\n\tlines"


def test_a_problem_prints_what_it_found_on_one_line() -> None:
    assert str(Problem("unknown", key="k", found="a\x1b[31m\nb é 中")) == r"k: unknown; found a\x1b[31m\nb é 中"


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('target = "AUS"', 'target = "AUS"\nbloc = ["AUS", "USA", "Australia"]', "actors.bloc[3]"),
        ('target = "AUS"', 'target = "AUS"\nbloc = ["JPN", "JPN"]', "actors.bloc[2]"),
        ('sectors = ["coal"]', 'sectors = ["coal", "wine", "coal"]', "measures.coal.sectors[3]"),
        ("fraction = 0.5", 'fraction = 0.5\nallies = ["JPN", "KOR", "JPN"]', "policy.respond_as_allies.allies[3]"),
    ],
)
def test_a_label_that_stands_in_one_list_twice_is_refused(bench, old: str, new: str, key: str) -> None:
    problem = bench.only(bench.changed(old, new))
    assert (problem.key, problem.message) == (key, "is listed twice")


def test_a_coercer_among_its_targets_allies_is_warned_of(bench) -> None:
    bloc = SMALL.replace('target = "AUS"', 'target = "AUS"\nbloc = ["AUS", "China"]')
    (warning,) = warnings_of(bench.load(bloc))
    assert (warning.key, warning.found) == ("actors.bloc", "CHN")
    assert warnings_of(bench.load(bloc.replace("China", "USA"))) == ()


def test_a_key_set_twice_is_refused(bench) -> None:
    twice = ("economy.factor_mobility=2", "economy.factor_mobility=3")
    problem = bench.only(SMALL, twice)
    assert (problem.key, problem.message) == ("economy.factor_mobility", "is set twice")
    with pytest.raises(InvalidInput, match=r"economy\.factor_mobility: is set twice"):
        plan_from_flags(bench.load(), twice)
