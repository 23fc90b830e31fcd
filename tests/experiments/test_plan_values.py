"""Values and tables of a plan: distributions and their quantiles, what each key takes, and the checks of long lists."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import loguniform, uniform

from coercion_sim.errors import InvalidInput
from coercion_sim.experiments import StoppingRule, plan_from
from coercion_sim.experiments.plan.model import (
    BLOCKS,
    FIXED,
    MOST_ROWS,
    MorrisBlock,
    PlanTable,
    StoppingTable,
    may_vary,
)
from coercion_sim.experiments.plan.points import Points, read_points
from coercion_sim.experiments.plan.values import (
    How,
    Spread,
    WrongValue,
    check_row,
    checked_values,
    given_in_block,
    looks_like_spread,
    read_spread,
    thin,
)
from coercion_sim.files import Document, validate
from coercion_sim.scenario import load_scenario

KAPPA = "economy.factor_mobility"
FLAGSHIP = "australia-2020"


# ------------------------------------------------------------------ distributions


@given(u=st.floats(0.0, 0.999999), low=st.floats(0.01, 10.0), span=st.floats(0.01, 100.0))
def test_quantiles_are_those_of_scipy(u: float, low: float, span: float) -> None:
    high = low + span
    assert Spread("uniform", (low, high)).at(u) == pytest.approx(uniform(low, span).ppf(u), rel=1e-9)
    assert Spread("log_uniform", (low, high)).at(u) == pytest.approx(loguniform(low, high).ppf(u), rel=1e-6)


@given(values=st.lists(st.integers(), min_size=1, max_size=9, unique=True), u=st.floats(0, 1))
def test_each_choice_has_an_equal_stretch_of_quantiles(values: list[int], u: float) -> None:
    chosen = Spread("choice", tuple(values)).at(u)
    assert values.index(chosen) == min(int(u * len(values)), len(values) - 1)


def test_trials_reach_both_ends_or_every_choice() -> None:
    assert Spread("choice", ("a", "b")).trials == ("a", "b")
    low, high, odd = Spread("uniform", (2.0, 6.0)).trials
    assert (low, high, odd) == (2.0, 6.0, pytest.approx(2.0 + 4.0 / math.e))
    assert read_spread(Spread("log_uniform", (0.1, 2.0)).described()) == Spread("log_uniform", (0.1, 2.0))


@pytest.mark.parametrize(
    ("table", "value"),
    [
        ({"unifrom": [1, 2]}, "unifrom"),
        ({}, "none"),
        ({"uniform": [1, 2], "choice": [1]}, "uniform, choice"),
        ({"uniform": 3}, 3),
        ({"uniform": [1, 2, 3]}, [1, 2, 3]),
        ({"uniform": [True, 2]}, [True, 2]),
        ({"uniform": [2, 1]}, [2, 1]),
        ({"uniform": [2, 2]}, [2, 2]),
        ({"uniform": [0.0, math.inf]}, [0.0, math.inf]),
        ({"log_uniform": [0, 1]}, [0, 1]),
        ({"choice": [1, 1]}, 1),
        ({"choice": []}, []),
    ],
)
def test_a_table_that_is_no_distribution_names_its_value(table: dict[str, Any], value: object) -> None:
    with pytest.raises(WrongValue) as caught:
        read_spread(table)
    assert caught.value.value == value
    assert caught.value.message == str(caught.value)


def test_a_default_as_scenario_files_write_it_changes_nothing() -> None:
    assert read_spread({"uniform": [1, 2], "default": 1.5}) == Spread("uniform", (1, 2))


@pytest.mark.parametrize(
    ("value", "meant"),
    [({"uniform": [1, 2]}, True), ({"Unifrom": [1, 2]}, True), ({}, True), ({"default": 1}, True), ([1, 2], False),
     ({"factor_mobility": [1]}, False), ({"uniform": {"x": 1}}, False)],
)  # fmt: skip
def test_a_distribution_differs_from_a_table_of_keys(value: object, meant: bool) -> None:
    assert looks_like_spread(value) == meant


def test_true_is_not_one_and_each_value_stands_once() -> None:
    assert checked_values([True, 1, "1", 1.5]) == (True, 1, "1", 1.5)
    for wrong in ([1, 1.0], ["a", "a"], [True, True], [[1]], [{}], [None], [math.nan], []):
        with pytest.raises(WrongValue):
            checked_values(wrong)


@pytest.mark.parametrize("how", [how for how in get_args(How) if how not in ("grid", "table")])
def test_a_grid_takes_lists_and_every_other_way_distributions(how: How) -> None:
    assert given_in_block("grid", [1, 2]) == (1, 2)
    assert given_in_block(how, {"uniform": [1, 2]}) == Spread("uniform", (1, 2))
    assert given_in_block(how, "uncertain") == "uncertain"
    for way, value in (("grid", {"uniform": [1, 2]}), ("grid", "uncertain"), ("grid", 3), (how, 3)):
        with pytest.raises(WrongValue):
            given_in_block(way, value)  # type: ignore[arg-type]
    with pytest.raises(WrongValue) as caught:
        given_in_block(how, [1, 2])
    assert caught.value.suggestion == "{ choice = [1, 2] }"


# ------------------------------------------------------------------ tables


def test_every_way_has_a_table_and_defaults_are_those_of_the_rule() -> None:
    assert set(BLOCKS) == set(get_args(How))
    table, problems = validate(StoppingTable, Document(None, {"until": "attempts", "half_width": 1, "at_most": 9}))
    assert problems == []
    assert table is not None
    assert StoppingRule(**table.model_dump()) == StoppingRule("attempts", 1.0, 9)
    assert MorrisBlock(how="morris", trajectories=2, parameters="uncertain").levels == 4


@pytest.mark.parametrize(("n", "right"), [(1, True), (2, True), (12, False), (1024, True), (0, False), (2**20, False)])
def test_points_of_sobol_sequences_are_powers_of_two(n: int, right: bool) -> None:
    block = {"how": "sobol", "points": n, "parameters": "uncertain"}
    for how in ("sobol", "saltelli"):
        _, problems = validate(BLOCKS[how], Document(None, block | {"how": how}))
        assert (problems == []) == right
    _, problems = validate(BLOCKS["random"], Document(None, block))
    assert (problems == []) == (1 <= n <= MOST_ROWS)


@pytest.mark.parametrize(
    ("policies", "read"),
    [("a, b+c", ("a", "b+c")), (["a", ["b", "c"]], ("a", "b+c")), (["a + b"], ("a+b",)), ([], None), (["a", 3], None),
     ([""], None), (3, None), (["a", []], None)],
)  # fmt: skip
def test_policies_are_read_as_scenario_files_write_them(policies: object, read: tuple[str, ...] | None) -> None:
    table, problems = validate(PlanTable, Document(None, {"scenario": "x", "policies": policies}))
    assert (table.policies if table else None) == read
    assert [p.key for p in problems] == ([] if read else ["policies"])


def test_keys_that_fix_the_shape_of_results_may_not_vary() -> None:
    assert not any(may_vary(key) for key in (*FIXED, "report.states"))
    assert may_vary(KAPPA)
    assert may_vary("conduct")


# ------------------------------------------------------------------ checks against the scenario


@given(st.integers(0, 5000))
def test_long_lists_are_tried_at_both_ends_and_evenly(n: int) -> None:
    tried = thin(n)
    assert tried == sorted(set(tried))
    assert len(tried) == min(n, 500)
    if n:
        assert (tried[0], tried[-1]) == (0, n - 1)
        gaps = [b - a for a, b in pairwise(tried)]
        assert not gaps or max(gaps) - min(gaps) <= 1


def test_problems_of_a_row_have_the_place_given() -> None:
    scenario = load_scenario(FLAGSHIP)
    (problem,) = check_row(("p.csv", 7), scenario, {KAPPA: 0.5})
    assert (problem.file, problem.line, problem.key, problem.found) == ("p.csv", 7, KAPPA, "0.5")
    assert check_row(("p.csv", 7), scenario, {KAPPA: 1.5}) == []


def test_a_table_of_points_is_described_by_its_values_or_their_range(tmp_path: Path) -> None:
    short = Points("p.csv", ("a", "b"), ((1, "x"), (2, "x")), (2, 3), "hash")
    assert short.described() == {"a": [1, 2], "b": ["x"]}
    long = Points("p.csv", ("a",), tuple((n,) for n in range(60)), tuple(range(2, 62)), "hash")
    assert long.described() == {"a": {"between": [0.0, 59.0]}}


@pytest.mark.parametrize(("raw", "line", "word"), [(b"a\n\xff\n", 2, "UTF-8"), (b"", 1, "empty"), (b"a\n", 1, "rows")])
def test_a_table_that_cannot_be_read_is_one_problem(tmp_path: Path, raw: bytes, line: int, word: str) -> None:
    (tmp_path / "p.csv").write_bytes(raw)
    plan = plan_from({"scenario": FLAGSHIP, "vary": [{"how": "table", "file": "p.csv"}]}, folder=tmp_path)
    with pytest.raises(InvalidInput, match=word) as caught:
        read_points(plan, ("vary", 0, "file"), "p.csv", {})
    assert [(p.file, p.line) for p in caught.value.problems] == [(str(tmp_path / "p.csv"), line)]
    for name, message in ((".", "folder"), ("none.csv", "no such file")):
        other = plan_from({"scenario": FLAGSHIP, "vary": [{"how": "table", "file": name}]}, folder=tmp_path)
        with pytest.raises(InvalidInput, match=message):
            read_points(other, ("vary", 0, "file"), name, {})
