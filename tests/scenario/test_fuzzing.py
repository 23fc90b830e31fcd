"""Whatever is done to a file, checking it ends in problems or none, never in a crash, and what passes can be drawn."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scenario_text import SMALL

from coercion_sim.errors import Problem
from coercion_sim.scenario import check_scenario, load_scenario

RICH = SMALL.replace("= 1.5", "= { uniform = [1.1, 1.5], default = 1.2 }") + (
    '[report]\nstates = ["AUS"]\noutcomes = ["real_income"]\n'
    '[[report.record]]\nsector = "coal"\nrange = [0.5, 1.0]\nsource = "x"\n'
)
FUZZ = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

VALUES = """1|-2|0.5|true|inf|nan|""|"AUS"|"a.b"|[]|[1, [2]]|[{}]|{}|{ default = 1 }|{ uniform = [0, 1] }
{ choice = [1, 2], default = 2 }|2020-05-19|07:32:00|"2020Q2"|[true, 'x']|[2020-05-19]|99999999999999999999"""
values = st.sampled_from(VALUES.replace("\n", "|").split("|"))


def leaves(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in the data, tables included."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return ([at] if at else []) + [path for key, item in items for path in leaves(item, (*at, key))]


def spell(value: Any) -> str:
    """Write any TOML value on one line."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f'"{key}" = {spell(item)}' for key, item in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(spell, value)) + "]"
    if isinstance(value, Raw):
        return value.text
    return f'"{value}"' if isinstance(value, str) else str(value).lower()


class Raw:
    """A value given as TOML text."""

    def __init__(self, text: str) -> None:
        self.text = text


DATA = tomllib.loads(RICH)


@FUZZ
@given(st.lists(st.tuples(st.sampled_from(leaves(DATA)), values), min_size=1, max_size=3))
def test_any_value_anywhere_is_judged(bench, changes: list[tuple[tuple[Any, ...], str]]) -> None:
    data = tomllib.loads(RICH)
    for path, text in changes:
        place: Any = data
        for part in path[:-1]:
            if isinstance(place, Raw) or not isinstance(place[part], (dict, list)):
                break
            place = place[part]
        else:
            place[path[-1]] = Raw(text)
    path_ = bench.write("".join(f"{key} = {spell(value)}\n" for key, value in data.items()))
    problems = check_scenario(path_)
    assert all(isinstance(p, Problem) and p.line is not None for p in problems if p.key in data), problems
    if not problems:
        s = load_scenario(path_)
        s.with_values({u.path: u.at(0.7) for u in s.uncertain}).measures_as_data()
        for policy in s.policies:
            s.build_policy(policy)
        s.economy_parameters()
        s.content()


@FUZZ
@given(st.integers(0, len(RICH) - 1), st.integers(0, 12), st.text("[]{}=\"'.#,\n\\x1é\x00", max_size=4))
def test_any_edit_of_the_text_is_judged(bench, at: int, cut: int, put: str) -> None:
    raw = (RICH[:at] + put + RICH[at + cut :]).encode()
    assert all(isinstance(p, Problem) and str(p) for p in check_scenario(bench.write(raw)))


@FUZZ
@given(st.binary(max_size=200))
def test_noise_is_refused(bench, noise: bytes) -> None:
    assert check_scenario(bench.write(noise))


@pytest.mark.parametrize("depth", [50, 300, 3000])
def test_deep_nesting_is_refused_not_followed_to_the_end_of_the_stack(bench, depth: int) -> None:
    assert bench.problems(SMALL + "deep = " + "[" * depth + "]" * depth + "\n")
    assert bench.problems(SMALL.replace("factor_mobility = 1.5", "factor_mobility = " + "[" * depth + "]" * depth))
