"""Uncertain numbers: quantiles, and what a file may say."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coercion_sim.scenario import Uncertain


def test_uniform_is_linear_in_u() -> None:
    u = Uncertain("economy.x", "uniform", (1.0, 3.0), 2.0)
    assert [u.at(x) for x in (0.0, 0.25, 0.5)] == [1.0, 1.5, 2.0]


def test_log_uniform_is_linear_in_the_logarithm() -> None:
    u = Uncertain("economy.x", "log_uniform", (0.01, 1.0), 0.1)
    assert u.at(0.5) == pytest.approx(0.1)
    assert u.at(0.25) == pytest.approx(10**-1.5)


def test_choices_are_equally_likely() -> None:
    u = Uncertain("economy.x", "choice", (5.0, 7.0, 9.0), 7.0)
    assert [u.at(k / 6) for k in range(6)] == [5.0, 5.0, 7.0, 7.0, 9.0, 9.0]


@given(st.floats(1e-6, 1e6), st.floats(1e-6, 1e6), st.floats(0, 1, exclude_max=True))
def test_no_quantile_leaves_the_range(low: float, width: float, u: float) -> None:
    for kind in ("uniform", "log_uniform"):
        drawn = Uncertain("x", kind, (low, low + width), low).at(u)  # type: ignore[arg-type]
        assert low <= drawn <= low + width


@pytest.mark.parametrize("u", [-0.1, 1.0, math.nan])
def test_a_quantile_outside_zero_to_one_is_refused(u: float) -> None:
    with pytest.raises(ValueError, match=r"\[0, 1\)"):
        Uncertain("x", "uniform", (0.0, 1.0), 0.5).at(u)


def test_numbers_are_lifted_with_dotted_paths_and_stand_at_their_default(bench) -> None:
    text = SMALL_WITH_UNCERTAIN
    s = bench.load(text)
    assert [(u.path, u.distribution, u.values, u.default) for u in s.uncertain] == [
        ("economy.factor_mobility", "uniform", (1.05, 1.5), 1.2),
        ("measures.coal.open", "choice", (0, 0.1, 0.2), 0.1),
        ("policy.respond_as_allies.fraction", "log_uniform", (0.1, 0.9), pytest.approx(0.3)),
    ]
    assert s.economy.factor_mobility == 1.2
    assert s.measures_as_data()[0].size == 0.1
    assert s.dotted("policy.respond_as_allies.fraction") == pytest.approx(0.3)


SMALL_WITH_UNCERTAIN = """\
world = "tiny"
start = "2020Q1"
quarters = 8
policies = ["respond_as_allies"]
[economy]
factor_mobility = { uniform = [1.05, 1.5], default = 1.2 }
[[measures]]
name = "coal"
kind = "import_ban"
by = "CHN"
on = "AUS"
sectors = ["coal"]
open = { choice = [0, 0.1, 0.2], default = 0.1 }
[policy.respond_as_allies]
fraction = { log_uniform = [0.1, 0.9] }
"""


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ("{ uniform = [1.5, 1.05], default = 1.2 }", "lower first"),
        ("{ uniform = [1.05, 1.2, 1.5], default = 1.2 }", "two numbers"),
        ("{ uniform = [1.05, true], default = 1.2 }", "list of numbers"),
        ("{ uniform = [1.05, 1.5], default = 2 }", "outside the distribution"),
        ("{ uniform = [1.05, 1.5], default = 'x' }", "must be a number"),
        ("{ uniform = [1.05, 1.5], choice = [1.2] }", "exactly one distribution"),
        ("{ default = 1.2 }", "exactly one distribution"),
        ("{ log_uniform = [0, 1.5] }", "above 0"),
        ("{ choice = [] }", "list of numbers"),
        ("{ unifrom = [1.05, 1.5], default = 1.2 }", "unknown key"),
    ],
)
def test_a_malformed_uncertain_number_is_one_problem_on_its_line(bench, table: str, says: str) -> None:
    problem = bench.only(bench.changed("factor_mobility = 1.5", f"factor_mobility = {table}"))
    assert says in problem.message
    assert (problem.line, problem.key) == (9, "economy.factor_mobility")


def test_a_misspelt_distribution_is_recognised(bench) -> None:
    table = "{ unifrom = [1.05, 1.5], default = 1.2 }"
    assert bench.only(bench.changed("factor_mobility = 1.5", f"factor_mobility = {table}")).suggestion == "uniform"


def test_both_ends_are_checked_not_only_the_default(bench) -> None:
    low = bench.only(bench.changed("= 1.5", "= { uniform = [0.5, 1.5], default = 1.2 }"))
    assert (low.found, low.allowed, low.line) == ("0.5", "1 or more", 9)
    high = bench.only(bench.changed("open = 0.1", "open = { uniform = [0.5, 1.5], default = 0.6 }"))
    assert (high.found, high.key) == ("1.5", "measures.coal.open")


def test_a_whole_number_cannot_be_drawn_from_a_continuous_range(bench) -> None:
    problem = bench.only(bench.changed("open = 0.1", "open = 0.1\nphase_in = { uniform = [1, 4], default = 2 }"))
    assert "whole number" in problem.message
    fine = bench.changed("open = 0.1", "open = 0.1\nphase_in = { choice = [1, 2, 4], default = 2 }")
    assert bench.problems(fine) == []


@pytest.mark.parametrize("line", ["quarters = 8", 'name = "small"'])
def test_the_frame_of_a_run_is_certain(bench, line: str) -> None:
    key = line.split()[0]
    problems = bench.problems(bench.changed(line, f"{key} = {{ uniform = [4, 8], default = 8 }}"))
    assert any(p.key == key and "may not be uncertain" in p.message for p in problems)
