"""Plans: what is read, what points come of it, and every mistake with its line and remedy."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coercion_sim.dispute import behaviour_draws
from coercion_sim.errors import InvalidInput, Problem
from coercion_sim.experiments import Design, make_design, make_sweep
from coercion_sim.experiments.design import sampling
from coercion_sim.experiments.design.design import Block
from coercion_sim.experiments.design.stopping import StoppingRule
from coercion_sim.experiments.plan.model import Plan
from coercion_sim.experiments.plan.reading import load_plan, plan_from, plan_from_flags
from coercion_sim.experiments.plan.resolving import check_plan, resolve_blocks, scenario_of
from coercion_sim.experiments.plan.values import Spread, looks_like_spread
from coercion_sim.scenario import Scenario, load_scenario

ROOT = Path(__file__).resolve().parents[2]
FLAGSHIP = "australia-2020"
KAPPA, NU = "economy.factor_mobility", "economy.adjustment_rate"

GOOD = """\
scenario = "australia-2020"
policies = ["stand_alone", "respond_as_allies"]
replicates = 4

[set]
quarters = 12

[[vary]]
how = "sobol"
points = 8
[vary.parameters]
economy.factor_mobility = { uniform = [1.05, 3.0] }
economy.adjustment_rate = { log_uniform = [0.05, 0.5] }

[[vary]]
how = "grid"
parameters = { "policy.respond_as_allies.fraction" = [0.0, 0.5, 1.0] }
"""


@pytest.fixture(scope="module")
def flagship() -> Scenario:
    return load_scenario(FLAGSHIP)


def of_blocks(*blocks: dict[str, object], **more: object) -> Plan:
    return plan_from({"scenario": FLAGSHIP, "vary": list(blocks), **more})


def write(folder: Path, text: str, name: str = "plan.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


# ------------------------------------------------------------------ what is read, and what comes of it


def test_a_plan_file_becomes_points(tmp_path: Path) -> None:
    plan = load_plan(write(tmp_path, GOOD, "my sweep.toml"))
    assert (plan.name, plan.scenario, plan.scenario_source) == ("my-sweep", FLAGSHIP, FLAGSHIP)
    assert (plan.policies, plan.replicates, plan.set) == (("stand_alone", "respond_as_allies"), 4, {"quarters": 12})
    assert (plan.seed, plan.uncertain, plan.tables) == (None, "drawn", None)
    scenario = scenario_of(plan)
    assert scenario.quarters == 12
    sobol, grid = resolve_blocks(plan, scenario)
    u = sampling.sobol(sampling.block_seed(scenario.seed, KAPPA), 2, 8)
    expected = np.column_stack([1.05 + 1.95 * u[:, 0], 0.05 * 10.0 ** u[:, 1]])
    assert np.allclose(sobol.rows, expected, rtol=1e-12)
    assert grid == Block("grid", ("policy.respond_as_allies.fraction",), ((0.0,), (0.5,), (1.0,)), grid.described)
    assert sobol.described == {
        "how": "sobol",
        "rows": 8,
        "paths": [KAPPA, NU],
        "parameters": {KAPPA: {"uniform": [1.05, 3.0]}, NU: {"log_uniform": [0.05, 0.5]}},
        "points": 8,
    }
    json.dumps([sobol.described, grid.described])


def test_points_of_a_plan_number_the_product_of_its_blocks_the_last_fastest(flagship: Scenario) -> None:
    plan = of_blocks(
        {"how": "grid", "parameters": {KAPPA: [1.1, 1.2]}},
        {"how": "grid", "parameters": {NU: [0.1, 0.2], "conduct": ["scripted", "strategic"]}},
    )
    design: Design = make_design(flagship, replicates=3, blocks=resolve_blocks(plan, flagship))
    assert design.points == 8
    assert [tuple(design.of_point(p).values()) for p in (0, 1, 2, 7)] == [
        (1.1, 0.1, "scripted"),
        (1.1, 0.1, "strategic"),
        (1.1, 0.2, "scripted"),
        (1.2, 0.2, "strategic"),
    ]


def test_nested_dotted_and_quoted_keys_are_the_same(flagship: Scenario) -> None:
    spread = {"uniform": [1.1, 1.4]}
    forms = ({"economy": {"factor_mobility": spread}}, {KAPPA: spread})
    rows = {resolve_blocks(of_blocks({"how": "random", "points": 5, "parameters": f}), flagship)[0].rows for f in forms}
    assert len(rows) == 1


def test_uncertain_keeps_the_distribution_of_the_scenario(flagship: Scenario) -> None:
    one = of_blocks({"how": "random", "points": 64, "parameters": {"measures.beef.open": "uncertain"}})
    every = of_blocks({"how": "latin_hypercube", "points": 64, "parameters": "uncertain"})
    (beef,), (hypercube,) = resolve_blocks(one, flagship), resolve_blocks(every, flagship)
    values = [row[0] for row in beef.rows]
    assert 0.5 <= min(values) < 0.53 < 0.77 < max(values) <= 0.8
    assert hypercube.paths == tuple(u.path for u in flagship.uncertain)
    assert hypercube.described["parameters"]["measures.beef.open"] == {"uniform": [0.5, 0.8]}


def test_a_plan_of_states_that_choose_draws_behaviour_with_its_draws() -> None:
    """Each replicate has its own row of the posterior, the same at every point, under every policy."""
    grid = [{"how": "grid", "parameters": {"dispute.cost_once": [0.02, 0.04]}}]
    made = make_sweep({"scenario": "china-disputes", "replicates": 4, "vary": grid})
    design, scenario = made.job.design, made.job.scenario
    assert "dispute.row" in design.drawn
    columns = behaviour_draws()
    for replicate in range(4):
        at = [scenario.with_values(design.of_replicate(replicate, point)).dispute for point in range(2)]
        assert [one.cost_once for one in at] == [0.02, 0.04]
        assert at[0].row == at[1].row is not None
        assert all(one.lapse == columns["lapse"][int(one.row or 0)] for one in at)
        assert all(one.reliability == columns["reliability"][int(one.row or 0)] for one in at)
    assert len({design.of_replicate(k)["dispute.row"] for k in range(4)}) == 4


def test_behaviour_may_be_varied_as_the_scenario_draws_it() -> None:
    rows = {"how": "random", "points": 5, "parameters": {"dispute.row": "uncertain"}}
    design = make_sweep({"scenario": "china-disputes", "replicates": 2, "vary": [rows]}).job.design
    assert "dispute.row" not in design.drawn
    assert len({design.of_point(point)["dispute.row"] for point in range(5)}) == 5
    every = {"how": "latin_hypercube", "points": 4, "parameters": "uncertain"}
    design = make_sweep({"scenario": "china-disputes", "replicates": 2, "vary": [every]}).job.design
    assert "dispute.row" in design.varied


def test_behaviour_is_drawn_at_points_where_states_choose_though_the_scenario_is_scripted() -> None:
    grid = [{"how": "grid", "parameters": {"conduct": ["scripted", "strategic"]}}]
    made = make_sweep({"scenario": FLAGSHIP, "replicates": 2, "vary": grid})
    design, scenario = made.job.design, made.job.scenario
    assert "dispute.row" in design.drawn
    chosen = [scenario.with_values(design.of_replicate(k, 1)).dispute for k in range(2)]
    assert [one.review for one in chosen] == [behaviour_draws()["review"][int(one.row or 0)] for one in chosen]
    assert chosen[0].row != chosen[1].row
    scripted = make_sweep({"scenario": FLAGSHIP, "replicates": 2}).job.design
    assert "dispute.row" not in scripted.drawn


def test_morris_reaches_both_ends_of_its_ranges_and_a_choice_its_last_value(flagship: Scenario) -> None:
    parameters = {KAPPA: {"uniform": [1.5, 3.5]}, "economy.closure": {"choice": ["additive", "zero"]}}
    plan = of_blocks({"how": "morris", "trajectories": 20, "levels": 6, "parameters": parameters})
    (block,) = resolve_blocks(plan, flagship)
    assert len(block.rows) == 20 * 3
    assert block.described["trajectories"] == 20
    assert block.described["levels"] == 6
    assert sorted({round(float(row[0]), 9) for row in block.rows}) == pytest.approx([1.5, 1.9, 2.3, 2.7, 3.1, 3.5])
    assert {row[1] for row in block.rows} == {"additive", "zero"}


@given(u=st.floats(0.0, 1.0), low=st.floats(0.01, 10.0), span=st.floats(0.01, 100.0))
def test_quantiles_stay_within_the_ends_and_rise(u: float, low: float, span: float) -> None:
    for distribution in ("uniform", "log_uniform"):
        spread = Spread(distribution, (low, low + span))
        assert low <= float(spread.at(u / 2)) <= float(spread.at(u)) <= low + span
    assert Spread("choice", ("a", "b", "c")).at(u) == "abc"[min(int(3 * u), 2)]


def test_a_choice_may_be_text_and_switches(flagship: Scenario) -> None:
    parameters = {
        "economy.input_output": {"choice": [True, False]},
        "economy.closure": {"choice": ["zero", "additive"]},
    }
    (block,) = resolve_blocks(of_blocks({"how": "random", "points": 40, "parameters": parameters}), flagship)
    assert {row[0] for row in block.rows} == {True, False}
    assert {row[1] for row in block.rows} == {"zero", "additive"}


def test_blocks_keep_their_points_when_reordered_or_joined_by_another(flagship: Scenario) -> None:
    a = {"how": "sobol", "points": 4, "parameters": {KAPPA: {"uniform": [1.1, 1.4]}}}
    b = {"how": "random", "points": 3, "parameters": {NU: {"uniform": [0.1, 0.4]}}}
    c = {"how": "grid", "parameters": {"economy.smoothing": [0.0, 0.1]}}
    ab, ba = resolve_blocks(of_blocks(a, b), flagship), resolve_blocks(of_blocks(c, b, a), flagship)
    assert (ab[0].rows, ab[1].rows) == (ba[2].rows, ba[1].rows)
    assert resolve_blocks(of_blocks(a), flagship, 99)[0].rows != ab[0].rows
    assert resolve_blocks(of_blocks(a, seed=99), flagship)[0].rows == resolve_blocks(of_blocks(a), flagship, 99)[0].rows


def test_a_sweep_grows_without_redrawing(flagship: Scenario) -> None:
    def rows(points: int, **more: object) -> tuple[tuple[object, ...], ...]:
        block = {"how": "sobol", "points": points, "parameters": {KAPPA: {"uniform": [1.1, 1.4]}, **more}}
        return resolve_blocks(of_blocks(block), flagship)[0].rows

    assert rows(16)[:8] == rows(8)
    assert [row[0] for row in rows(8, **{NU: {"uniform": [0.1, 0.4]}})] == [row[0] for row in rows(8)]


def test_a_table_of_points_is_taken_as_it_stands(tmp_path: Path) -> None:
    write(
        tmp_path, f"{KAPPA}, economy.closure, economy.input_output\n1.2, zero, true\n\n1.4, additive, False\n", "p.csv"
    )
    path = write(tmp_path, f'scenario = "{FLAGSHIP}"\n[[vary]]\nhow = "table"\nfile = "p.csv"\n')
    (block,) = resolve_blocks(load_plan(path), load_scenario(FLAGSHIP))
    assert block.paths == (KAPPA, "economy.closure", "economy.input_output")
    assert block.rows == ((1.2, "zero", True), (1.4, "additive", False))
    assert block.described["file"] == "p.csv"
    assert block.described["parameters"][KAPPA] == [1.2, 1.4]
    before = block.described["sha256"]
    write(tmp_path, f"{KAPPA}\n1.2\n", "p.csv")
    assert resolve_blocks(load_plan(path), load_scenario(FLAGSHIP))[0].described["sha256"] != before


def test_a_row_of_a_table_is_tried_as_a_whole(tmp_path: Path) -> None:
    """A value may fit only together with its neighbours: here the competitor may be no member of the bloc."""
    write(tmp_path, "actors.coercer,actors.competitor,actors.target\nCHN,CHN,AUS\nAUS,IND,KOR\n", "p.csv")
    plan = of_blocks({"how": "table", "file": str(tmp_path / "p.csv")})
    assert len(resolve_blocks(plan, load_scenario(FLAGSHIP))[0].rows) == 2


def test_replicates_until_a_mean_is_known(tmp_path: Path) -> None:
    text = 'replicates = { until = "success_rate", half_width = 0.02, at_most = 2000, of = "difference" }'
    plan = load_plan(write(tmp_path, GOOD.replace("replicates = 4", text)))
    assert plan.replicates == StoppingRule("success_rate", 0.02, 2000, 0.95, "difference")
    resolve_blocks(plan, scenario_of(plan))


def test_tables_keep_what_every_sweep_keeps_and_policies_may_be_joined() -> None:
    plan = of_blocks(tables=["states"], policies=["stand_alone", ["respond_as_allies", "integrate_economies"]])
    assert plan.tables == ("runs", "states", "outcomes")
    assert plan.policies == ("stand_alone", "respond_as_allies+integrate_economies")
    assert of_blocks(policies="stand_alone, respond_as_allies").policies == ("stand_alone", "respond_as_allies")
    assert resolve_blocks(plan, load_scenario(FLAGSHIP)) == ()


def test_a_scenario_beside_the_plan_is_found_from_anywhere(tmp_path: Path) -> None:
    text = (ROOT / "scenarios" / "australia-2020.toml").read_text(encoding="utf-8")
    write(tmp_path, text, "mine.toml")
    plan = load_plan(write(tmp_path, 'scenario = "mine.toml"\n[set]\nquarters = 3\n'))
    assert scenario_of(plan).quarters == 3


def test_a_hundred_thousand_points_are_cheap(flagship: Scenario) -> None:
    plan = of_blocks({"how": "random", "points": 100_000, "parameters": {KAPPA: {"uniform": [1.1, 1.4]}}}, replicates=1)
    assert len(resolve_blocks(plan, flagship)[0].rows) == 100_000


def test_no_key_of_a_scenario_is_taken_for_a_distribution(flagship: Scenario) -> None:
    assert not [key for key in flagship.settable_keys() if looks_like_spread({key.rpartition(".")[2]: [1.0, 2.0]})]
    assert not [key for key in flagship.settable_keys() if looks_like_spread({key.partition(".")[0]: {"x": 1}})]


def test_the_example_plan_loads_resolves_and_is_the_one_the_page_shows() -> None:
    path = ROOT / "docs" / "examples" / "plan.toml"
    if not path.is_file():
        pytest.skip("documentation not beside the tests")
    assert check_plan(path) == []
    plan = load_plan(path)
    scenario = scenario_of(plan)
    design = make_design(
        scenario, policies=plan.policies, replicates=plan.replicates, blocks=resolve_blocks(plan, scenario)
    )
    assert (design.points, design.runs) == (48, 768)
    code = [line.split("#")[0].strip() for line in path.read_text(encoding="utf-8").splitlines()]
    page = (ROOT / "docs" / "plans.md").read_text(encoding="utf-8")
    assert [line for line in code if line and line not in page] == []


# ------------------------------------------------------------------ flags


def test_flags_with_several_values_are_axes_and_others_are_fixed() -> None:
    flags = ["economy.factor_mobility=1.2, 1.5,inf", "quarters=12", "economy.closure=[\"zero\", 'additive']"]
    plan = plan_from_flags(FLAGSHIP, flags)
    scenario = scenario_of(plan)
    (block,) = resolve_blocks(plan, scenario)
    assert plan.set == {"quarters": 12}
    assert block.paths == (KAPPA, "economy.closure")
    assert block.rows[:3] == ((1.2, "zero"), (1.2, "additive"), (1.5, "zero"))
    assert block.rows[-1] == (math.inf, "additive")


def test_what_takes_a_list_itself_is_not_varied_nor_is_text_in_quotes() -> None:
    flags = [
        "actors.bloc=AUS,USA",
        "policies=stand_alone,respond_as_allies",
        'title="a, b"',
        'dispute.targets=["AUS", "KOR"]',
    ]
    plan = plan_from_flags(FLAGSHIP, flags)
    assert plan.blocks == ()
    assert plan.set == {
        "actors.bloc": ["AUS", "USA"],
        "policies": ["stand_alone", "respond_as_allies"],
        "title": "a, b",
        "dispute.targets": ["AUS", "KOR"],
    }
    scenario = scenario_of(plan)
    assert scenario.actors.bloc == ("AUS", "USA")
    assert scenario.policies == ("stand_alone", "respond_as_allies")
    assert scenario.dispute.targets == ("AUS", "KOR")


@pytest.mark.parametrize(
    ("flags", "key", "says"),
    [
        (["quarters"], None, "not key=value"),
        (["economy.factor_mobility=1.2,1.2"], KAPPA, "listed twice"),
        (["economy.factor_mobility=1,2", "economy.factor_mobility=3,4"], KAPPA, "varied twice"),
        (["economy.factor_mobility=1.2,0.5"], KAPPA, "out of range"),
        (["economy.factor_mobility=1.2,1.5", "economy.factor_mobility=2"], KAPPA, "both set and varied"),
        (["economy.factor_mobilty=1.2,1.5"], "economy.factor_mobilty", "unknown parameter"),
        (["quarters=twelve"], "quarters", "whole number"),
    ],
)
def test_flags_that_cannot_be_used_are_told(flags: list[str], key: str | None, says: str) -> None:
    def used() -> None:
        plan = plan_from_flags(FLAGSHIP, flags)
        resolve_blocks(plan, scenario_of(plan))

    with pytest.raises(InvalidInput) as caught:
        used()
    (problem,) = caught.value.problems
    assert (problem.file, problem.key) == ("--set", key)
    assert says in problem.message


# ------------------------------------------------------------------ mistakes

#: (old text, new text, fragment on the line of the mistake, key, message, remedy in what is allowed or suggested)
SOBOL_8 = 'how = "sobol"\npoints = 8'
KAPPA_LINE = "economy.factor_mobility = { uniform = [1.05, 3.0] }"
GRID = 'parameters = { "policy.respond_as_allies.fraction" = [0.0, 0.5, 1.0] }'
UNTIL = 'replicates = { until = "success_rate", half_width = 0.02, at_most = 2000 }'
BAD = [
    # the top
    ('scenario = "australia-2020"', 'scenaro = "australia-2020"', "scenaro", "scenaro", "unknown key", "scenario"),
    ("replicates = 4", "replicate = 4", "replicate =", "replicate", "unknown key", "replicates"),
    ('scenario = "australia-2020"\n', "", None, "scenario", "must be given", "shipped scenario"),
    ('scenario = "australia-2020"', "scenario = 3", "scenario =", "scenario", "text in quotes", ""),
    ("replicates = 4", "replicates = 0", "replicates", "replicates", "whole number", "until"),
    ("replicates = 4", "replicates = true", "replicates", "replicates", "whole number", "whole"),
    ("replicates = 4", 'uncertain = "drwan"', "uncertain", "uncertain", "not one of", "drawn"),
    ("replicates = 4", "seed = -1", "seed", "seed", "whole number", "2^63"),
    ("replicates = 4", 'name = "a/b"', "name", "name", "not allowed", "letters"),
    ("replicates = 4", 'tables = ["runs", "sates"]', "tables", "tables[2]", "not one of", "states"),
    ("replicates = 4", "tables = 3", "tables", "tables", "a list", "runs"),
    ('["stand_alone", "respond_as_allies"]', "[]", "policies", "policies", "list of policies", "one name"),
    ('"stand_alone", ', '"stand_alone", "stand_alon", ', "policies", "policies", "unknown policy", "stand_alone"),
    ('"stand_alone", ', '"respond_as_allies", ', "policies", "policies", "named twice", ""),
    ('"stand_alone", ', '"stand_alone+stand_alone", ', "policies", "policies", "to itself", ""),
    ("[set]\nquarters = 12", "set = 3", "set = 3", "set", "must be a table", ""),
    # precision
    ("replicates = 4", 'replicates = { until = "succes_rate", half_width = 1, at_most = 9 }', "replicates",
     "replicates.until", "not one of", "success_rate"),
    ("replicates = 4", 'replicates = { until = "policy", half_width = 1, at_most = 9 }', "replicates",
     "replicates.until", "not one of", "success_rate"),
    ("replicates = 4", UNTIL.replace("0.02", "0"), "replicates", "replicates.half_width", "out of range", "above 0"),
    ("replicates = 4", UNTIL.replace("2000", "1"), "replicates", "replicates.at_most", "out of range", "2 to"),
    ("replicates = 4", UNTIL.replace(", at_most = 2000", ""), "replicates", "replicates.at_most", "must be given",
     "2 to"),
    ("replicates = 4", UNTIL.replace("2000", "2000, confidence = 1"), "replicates", "replicates.confidence",
     "out of range", "below 1"),
    ("replicates = 4", UNTIL.replace("2000", '2000, of = "diff"'), "replicates", "replicates.of", "not one of",
     "difference"),
    ("replicates = 4", UNTIL.replace("half_width", "half_with"), "replicates", "replicates.half_with", "unknown key",
     "half_width"),
    ('["stand_alone", "respond_as_allies"]\nreplicates = 4',
     '["respond_as_allies"]\n' + UNTIL.replace("2000", '2000, of = "difference"'), "replicates", "replicates.of",
     "two policies", "more policies"),
    # blocks
    (SOBOL_8, 'how = "sobl"\npoints = 8', "how = \"sobl\"", "vary[1].how", "not one of", "sobol"),
    (SOBOL_8, "points = 8", "[[vary]]\npoints", "vary[1].how", "must be given", "grid"),
    (SOBOL_8, 'how = "sobol"', "[[vary]]\nhow = \"sobol\"", "vary[1].points", "must be given", "power of two"),
    (SOBOL_8, 'how = "sobol"\npoints = 12', "points", "vary[1].points", "power of two", "8 and 16"),
    (SOBOL_8, 'how = "saltelli"\npoints = 1000', "points", "vary[1].points", "power of two", "512 and 1024"),
    (SOBOL_8, 'how = "random"\npoints = 0', "points", "vary[1].points", "out of range", "1 to"),
    (SOBOL_8, 'how = "random"\npoints = 2000000', "points", "vary[1].points", "out of range", "1 to"),
    (SOBOL_8, 'how = "random"\npoints = 8.5', "points", "vary[1].points", "whole number", "whole"),
    (SOBOL_8, 'how = "random"\npoint = 8\npoints = 8', "point =", "vary[1].point", "unknown key", "points"),
    (SOBOL_8, 'how = "sobol"\npoints = 8\nlevels = 4', "levels", "vary[1].levels", "unknown key", "points"),
    (SOBOL_8, 'how = "morris"\npoints = 8\ntrajectories = 8', "points", "vary[1].points", "unknown key",
     "trajectories"),
    (SOBOL_8, 'how = "morris"', "[[vary]]\nhow = \"morris\"", "vary[1].trajectories", "must be given", "whole number"),
    (SOBOL_8, 'how = "morris"\ntrajectories = 3\nlevels = 5', "levels", "vary[1].levels", "must be even", "2 to"),
    (GRID, "points = 3\n" + GRID, "points = 3", "vary[2].points", "unknown key", "parameters"),
    (GRID, "", "[[vary]]\nhow = \"grid\"", "vary[2].parameters", "must be given", "key ="),
    (GRID, 'parameters = "uncertain"', "parameters = \"unc", "vary[2].parameters", "must be a table", ""),
    # values
    (GRID, 'parameters = { "economy.smoothing" = [] }', "smoothing", "economy.smoothing", "empty list", "one value"),
    (GRID, 'parameters = { "economy.smoothing" = 0.1 }', "smoothing", "economy.smoothing", "list of values", "[set]"),
    (GRID, 'parameters = { "economy.smoothing" = { uniform = [0, 1] } }', "smoothing", "economy.smoothing",
     "not a distribution", "sobol"),
    (GRID, 'parameters = { "economy.smoothing" = [0.1, 0.1] }', "smoothing", "economy.smoothing", "twice", "once"),
    (GRID, 'parameters = { "economy.smoothing" = [nan] }', "smoothing", "economy.smoothing", "not a number", ""),
    (GRID, 'parameters = { "actors.bloc" = [["AUS"], ["USA"]] }', "bloc", "actors.bloc", "not lists", "one plan"),
    (GRID, 'parameters = { "economy.smoothing" = [\n  0.1,\n  1.5,\n] }', "  1.5", "economy.smoothing", "out of range",
     "0 to 1"),
    (GRID, 'parameters = { "economy.closure" = ["zero", "aditive"] }', "closure", "economy.closure", "not one of",
     "additive"),
    (GRID, 'parameters = { "actors.target" = ["AUS", "NZA"] }', "target", "actors.target", "", "NZL"),
    (KAPPA_LINE, "economy.factor_mobility = [1.05, 3.0]", "factor_mob", KAPPA, "takes a distribution", "choice = ["),
    (KAPPA_LINE, "economy.factor_mobility = { unifrom = [1.05, 3.0] }", "factor_mob", KAPPA, "unknown key", "uniform"),
    (KAPPA_LINE, KAPPA_LINE.replace("1.05, 3.0", "3.0, 1.05"), "factor_mob", KAPPA, "reversed", "[1.05, 3.0]"),
    (KAPPA_LINE, KAPPA_LINE.replace("1.05, 3.0", "2, 2"), "factor_mob", KAPPA, "equal", "lower end first"),
    (KAPPA_LINE, KAPPA_LINE.replace("1.05, 3.0", "2"), "factor_mob", KAPPA, "two numbers", ""),
    (KAPPA_LINE, KAPPA_LINE.replace("1.05", "-inf"), "factor_mob", KAPPA, "two numbers", ""),
    (KAPPA_LINE, KAPPA_LINE.replace("1.05", "0.5"), "factor_mob", KAPPA, "out of range", "1 or more"),
    (KAPPA_LINE, KAPPA_LINE.replace("{ uniform", "{ choice = [2], uniform"), "factor_mob", KAPPA, "exactly one",
     "choice"),
    (KAPPA_LINE, "dispute.most_allies = { uniform = [2, 5] }", "most_allies", "dispute.most_allies", "choice = [",
     "whole number"),
    ("{ log_uniform = [0.05, 0.5] }", "{ log_uniform = [0.0, 0.5] }", "adjustment", NU, "above 0", "uniform"),
    # keys
    (KAPPA_LINE, KAPPA_LINE.replace("mobility", "mobilty"), "mobilty", "economy.factor_mobilty",
     "unknown parameter", KAPPA),
    (KAPPA_LINE, 'economy.smoothing = "uncertain"', "smoothing", "economy.smoothing", "is not uncertain", KAPPA),
    (GRID, "parameters = { replicates = [8, 12] }", "replicates = [8", "replicates", "may not vary", "[set]"),
    (GRID, 'parameters = { "report.states" = ["AUS", "CHN"] }', "report", "report.states", "may not vary", "[set]"),
    (GRID, 'parameters = { "dispute.draws" = ["fixed", "prior"] }', "draws", "dispute.draws", "may not vary", "plan"),
    (GRID, 'parameters = { "world" = ["a", "b"] }', "world", "world", "may not vary", "plan"),
    (GRID, 'parameters = { "policy.integrate_economies.margin" = [0.0, 0.1] }', "margin",
     "policy.integrate_economies.margin", "would change nothing", "respond_as_allies"),
    (GRID, 'parameters = { "economy.factor_mobility" = [1.2] }', '"economy.f', KAPPA, "blocks 1 and 2", "one block"),
    ("quarters = 12", "economy.factor_mobility = 2.0", KAPPA_LINE, KAPPA, "both set and varied", "leave it out"),
    # [set]
    ("quarters = 12", "quarters = 0", "quarters", "quarters", "out of range", "1 to 400"),
    ("quarters = 12", "quarter = 12", "quarter =", "quarter", "unknown key", "quarters"),
    ("quarters = 12", 'quarters = 12\n"economy.smoothing" = 0\neconomy.smoothing = 1', "economy.smoothing = 1",
     "economy.smoothing", "set twice", ""),
    # totals
    ("replicates = 4", "replicates = 10000000", None, None, "too large", "100000000"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "fragment", "key", "says", "remedy"), BAD, ids=[f"{b[3]}-{b[4]}" for b in BAD])
def test_each_mistake_has_its_line_and_its_remedy(
    tmp_path: Path, old: str, new: str, fragment: str | None, key: str | None, says: str, remedy: str
) -> None:
    assert GOOD.count(old) == 1
    text = GOOD.replace(old, new)
    path = write(tmp_path, text)
    found = check_plan(path)
    problem = only(found)
    assert (problem.file, problem.key) == (str(path), key)
    assert says in problem.message
    if fragment is not None:
        assert text.count(fragment) == 1, fragment
        assert problem.line == text[: text.index(fragment)].count("\n") + 1
    assert remedy in f"{problem.message} {problem.allowed} {problem.suggestion}"


def only(problems: list[Problem]) -> Problem:
    assert len(problems) == 1, [str(p) for p in problems]
    return problems[0]


def test_all_mistakes_come_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = (
        GOOD.replace("replicates = 4", "replicates = -1")
        .replace("points = 8", "points = 7")
        .replace("0.0, 0.5", "0, 0")
    )
    assert [p.line for p in check_plan(write(tmp_path, text))] == [3, 10, 17]
    text = GOOD.replace("1.05", "0.5").replace("0.05", "-1").replace("log_u", "u").replace("1.0]", "1.5]")
    assert [p.line for p in check_plan(write(tmp_path, text))] == [12, 13, 17]


@pytest.mark.parametrize(
    ("raw", "line", "says"),
    [
        (b"", None, "is empty"),
        (b"scenario = \n", 1, "not valid TOML"),
        (b"scenario = 'a'\n[[vary]\n", 2, "not valid TOML"),
        (b"ok = 1\n\x93\xfa", 2, "not text in UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_problem(tmp_path: Path, raw: bytes, line: int | None, says: str) -> None:
    path = tmp_path / "plan.toml"
    path.write_bytes(raw)
    problem = only(check_plan(path))
    assert (problem.file, problem.line) == (str(path), line)
    assert says in problem.message
    assert "scenario file" not in str(problem)


def test_a_missing_plan_a_folder_and_a_missing_scenario_are_named(tmp_path: Path) -> None:
    assert only(check_plan(tmp_path / "no.toml")).message == "no such file"
    assert "is a folder, not a plan file" in only(check_plan(tmp_path)).message
    assert only(check_plan(write(tmp_path, 'scenario = "australia-2002"'))).suggestion == FLAGSHIP
    missing = only(check_plan(write(tmp_path, 'scenario = "./none.toml"')))
    assert (missing.file, missing.message) == (str(tmp_path / "none.toml"), "no such file")


@pytest.mark.parametrize(
    ("table", "line", "key", "says", "remedy"),
    [
        (None, 4, "vary[1].file", "no such file", "CSV"),
        ("", 1, None, "is empty", "header"),
        (f"{KAPPA}\n", 1, None, "has no rows", "row"),
        (f"{KAPPA},{NU}\n1.2,0.1\n1.3\n", 3, None, "a row needs 2 cells", ""),
        (f"{KAPPA},{NU}\n1.2,0.1\n1.3,0.2,7\n", 3, None, "a row needs 2 cells", ""),
        (f"{KAPPA},{NU}\n1.2,0.1\n\n1.3,much\n", 4, NU, "must be a number", "a number"),
        (f"{KAPPA}\nnan\n", 2, KAPPA, "must be a number", "a number"),
        (f"{KAPPA}\n1.2\n0.2\n", 3, KAPPA, "out of range", "1 or more"),
        ("economy.input_output\nyes\n", 2, "economy.input_output", "true or false", "true"),
        ("dispute.most_allies\n4\n4.5\n", 3, "dispute.most_allies", "whole number", "whole"),
        ("economy.factor_mobilty\n1.2\n", 1, "economy.factor_mobilty", "unknown parameter", KAPPA),
        (f"{KAPPA},{KAPPA}\n1,2\n", 1, KAPPA, "named twice", ""),
        ("quarters\n8\n", 1, "quarters", "may not vary", "[set]"),
        (f"{KAPPA};{NU}\n1,2;0,1\n1,3;much\n", 3, NU, "must be a number", "a number"),
        ("economy.closure\nzero\naditive\n", 3, "economy.closure", "not one of", "additive"),
    ],
)
def test_mistakes_in_a_table_of_points_have_their_line_of_the_table(
    tmp_path: Path, table: str | None, line: int, key: str | None, says: str, remedy: str
) -> None:
    if table is not None:
        write(tmp_path, table, "points.csv")
    path = write(tmp_path, f'scenario = "{FLAGSHIP}"\n[[vary]]\nhow = "table"\nfile = "points.csv"\n')
    problem = next(p for p in check_plan(path) if says in p.message)
    assert problem.file == str(path if table is None else tmp_path / "points.csv")
    assert (problem.line, problem.key) == (line, key)
    assert remedy in f"{problem.allowed} {problem.suggestion}"


def test_a_scenario_without_uncertain_numbers_has_none_to_vary(flagship: Scenario) -> None:
    certain = flagship.with_values({u.path: u.default for u in flagship.uncertain})
    plan = of_blocks({"how": "random", "points": 3, "parameters": "uncertain"})
    with pytest.raises(InvalidInput, match="no uncertain numbers"):
        resolve_blocks(plan, certain)


def test_a_mapping_that_is_no_plan_says_so_without_lines() -> None:
    with pytest.raises(InvalidInput) as caught:
        plan_from({"scenario": FLAGSHIP, "vary": [{"how": "grid", "parameters": {KAPPA: 3}}], "sed": 1})
    assert [(p.file, p.line, p.key) for p in caught.value.problems] == [(None, None, "sed"), (None, None, KAPPA)]


def test_numbers_of_numpy_and_tuples_are_taken(flagship: Scenario) -> None:
    plan = of_blocks({"how": "grid", "parameters": {KAPPA: np.linspace(1.1, 1.3, 3), NU: (0.1, 0.2)}})
    (block,) = resolve_blocks(plan, flagship)
    assert len(block.rows) == 6
    assert all(type(value) is float for row in block.rows for value in row)


def test_a_point_given_twice_is_refused_with_both_lines(tmp_path: Path) -> None:
    write(tmp_path, "economy.factor_mobility,economy.smoothing\n1.2,0.1\n1.3,0.1\n1.20,0.10\n", "points.csv")
    path = write(tmp_path, f'scenario = "{FLAGSHIP}"\n[[vary]]\nhow = "table"\nfile = "points.csv"\n')
    (problem,) = check_plan(path)
    assert problem.line == 4
    assert "line 2" in str(problem)
