"""Tables of a report cell by cell: each is the number that pandas gives for the same column of the results."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy import stats

from coercion_sim.analysis import BaseRates, Rate, Row, Spread
from coercion_sim.experiments import Results
from coercion_sim.outcomes import OUTCOMES, column
from coercion_sim.report.background import failure_section, policy_section, provenance_section, scenario_section
from coercion_sim.report.contents import Facts, Failure, Section, Table, gather
from coercion_sim.report.tables import (
    bearing_tables,
    difference,
    diverted_table,
    label,
    level,
    outcome_tables,
    rate_tables,
    share,
)
from coercion_sim.wording import NOTHING, quantity
from support.figures import close, numbers_in
from support.small_results import DIVERTED, QUARTERS, SECTORS, STATES

Maker = Callable[..., Results]
MEASURES = "Measures of the scenario"


@pytest.fixture(scope="module")
def results(make_results: Maker) -> Results:
    return make_results(9)


@pytest.fixture(scope="module")
def facts(results: Results) -> Facts:
    return gather(results)


def of(facts: Facts, **manifest: Any) -> Facts:
    """The same facts of results whose manifest has other entries."""
    return replace(facts, results=replace(facts.results, manifest={**facts.manifest, **manifest}, _cache={}))


def written(facts: Facts, content: dict[str, Any]) -> Facts:
    """The same facts of a scenario with other content."""
    return of(facts, scenario={"name": "dispute", "content": content})


def tables_of(section: Section) -> dict[str, Table]:
    return {table.caption: table for table in section.tables}


def cells(table: Table) -> Iterator[tuple[str, str, str]]:
    """Heading of the row, heading of the column, and text of every cell but the first of a row."""
    for first, *rest in table.rows:
        for head, cell in zip(table.head[1:], rest, strict=True):
            yield first, head, cell


def t_interval(x: np.ndarray) -> tuple[float, float, float]:
    half = stats.t.ppf(0.975, len(x) - 1) * x.std(ddof=1) / math.sqrt(len(x))
    return float(x.mean()), float(x.mean() - half), float(x.mean() + half)


def row(unit: str, values: list[float], against: str = "") -> Row:
    return Row("attempts", unit, "stand_alone", against, "", "2020-2022", Spread.of(values))


# ------------------------------------------------------------------ counts


@pytest.mark.parametrize(
    ("values", "text"), [([1.0], "1"), ([2.0, 2.0, 2.0], "2"), ([1200.0], "1,200"), ([0.0], "0"), ([math.nan], NOTHING)]
)
def test_whole_counts_have_no_decimals(values: list[float], text: str) -> None:
    assert level(row("count", values)) == text


def test_counts_with_a_range_have_decimals_only_where_an_end_needs_them() -> None:
    assert level(row("count", [0.0] * 40 + [3.0] * 40)) == quantity(1.5, "count", 0.0, 3.0)
    assert level(row("count", [0.0] * 20 + [2.0] * 41 + [4.0] * 20)) == "2 [0, 4]"
    assert close(level(row("count", [1.0, 2.0, 2.0, 3.0])), 2.0, *np.quantile([1, 2, 2, 3], [0.05, 0.95]))
    assert level(row("pct_gdp", [1.0])) == "1.00"


def test_a_difference_of_counts_in_one_draw_is_whole_and_signed() -> None:
    assert difference(row("count", [1.0], "silos")) == "+1"
    assert difference(row("count", [-3.0], "silos")) == "−3"
    assert close(
        difference(row("count", [1.0, 2.0, 4.0, 4.0, 7.0], "silos")).rstrip("*"),
        *t_interval(np.array([1.0, 2.0, 4.0, 4.0, 7.0])),
    )
    assert difference(row("pct_gdp", [1.0], "silos")) == "+1.00"
    assert share(row("share", [0.25])) == "25 %"


def test_counts_of_one_replicate_read_as_counts_in_the_table(make_results: Maker) -> None:
    results = make_results(1, ("stand_alone", "respond_as_allies"))
    frame = results.frame("outcomes")
    frame["attempts"] = [1.0, 3.0]
    results._tables["outcomes"] = pa.Table.from_pandas(
        frame, schema=results.table("outcomes").schema, preserve_index=False
    )
    facts = gather(results)
    assert facts.comparison is not None
    levels, apart = outcome_tables(facts, facts.comparison)
    rows = {line[0]: line[2:] for line in levels.rows}
    assert rows[label("attempts")] == ("1", "3")
    assert {line[0]: line[2:] for line in apart.rows}[label("attempts")] == ("+2",)


# ------------------------------------------------------------------ outcomes


def test_every_level_is_the_median_and_range_of_its_column(facts: Facts, results: Results) -> None:
    assert facts.comparison is not None
    levels = outcome_tables(facts, facts.comparison)[0]
    frame = results.frame("outcomes")
    named = {label(c.name): c.name for c in OUTCOMES}
    seen = 0
    for heading, policy, cell in cells(levels):
        if policy == "Unit" or named[heading] not in frame:
            continue
        x = frame[frame.policy == policy.replace(" ", "_")][named[heading]].to_numpy(float)
        low, middle, high = np.quantile(x, [0.05, 0.5, 0.95])
        assert close(cell, *((middle, low, high) if high > low else (middle,))), (heading, policy)
        seen += 1
    assert seen >= 9


def test_every_difference_is_the_mean_of_pairs_with_its_t_interval(facts: Facts, results: Results) -> None:
    assert facts.comparison is not None
    apart = outcome_tables(facts, facts.comparison)[1]
    frame = results.frame("outcomes").set_index(["policy", "replicate"])
    named = {label(c.name): c.name for c in OUTCOMES}
    assert apart.head[2:] == ("respond as allies", "integrate economies")
    for heading, policy, cell in cells(apart):
        if policy == "Unit" or named[heading] not in frame:
            continue
        x = frame[named[heading]]
        gap = (x[policy.replace(" ", "_")] - x["stand_alone"]).to_numpy(float)
        mean, low, high = t_interval(gap)
        assert cell.endswith("*") == (low > 0 or high < 0)
        assert close(cell.rstrip("*"), *((mean, low, high) if high > low else (mean,))), (heading, policy)


@pytest.mark.parametrize(("number", "name"), [(0, "real_income"), (1, "coercion_effect")])
def test_every_cell_by_state_is_the_mean_over_the_quarters(
    facts: Facts, results: Results, number: int, name: str
) -> None:
    assert facts.comparison is not None
    table = bearing_tables(facts, facts.comparison)[number]
    means = results.frame("states").groupby(["state", "policy", "replicate"])[name].mean()
    code = {words: state for state, words in STATES.items()}
    assert [line[0] for line in table.rows][:2] == ["Australia", "China"]
    for state, policy, cell in cells(table):
        low, middle, high = np.quantile(means[code[state], policy.replace(" ", "_")], [0.05, 0.5, 0.95])
        assert close(cell, middle, low, high), (state, policy)


def test_burdens_and_help_are_those_of_the_payers(facts: Facts, results: Results) -> None:
    assert facts.comparison is not None
    table = bearing_tables(facts, facts.comparison)[2]
    states, quarters = results.frame("states"), results.frame("quarters")
    burden = states.groupby(["state", "policy", "replicate"]).burden.mean()
    assert [line[0] for line in table.rows[:2]] == ["United States", "New Zealand"]
    by = {line[0]: line[1:] for line in table.rows}
    position = table.head.index("respond as allies") - 1
    for state, words in (("USA", "United States"), ("NZL", "New Zealand")):
        assert close(by[words][position], burden[state, "respond_as_allies"].median())
        assert by[words][0] == "0"
    money = quarters[quarters.policy == "respond_as_allies"].groupby("replicate").help_total.mean().median()
    assert close(by["Help paid by all, US$ million a year"][position], money)
    assert money == pytest.approx(800.0 * 10 / 12)


def test_the_table_of_burdens_is_left_out_where_nobody_pays(make_results: Maker) -> None:
    facts = gather(make_results(3, helping=False))
    assert facts.comparison is not None
    assert [t.caption.partition(",")[0] for t in bearing_tables(facts, facts.comparison)] == [
        "Real income", "Part due to the coercion",
    ]  # fmt: skip


def test_every_diverted_share_is_gained_over_lost(facts: Facts, results: Results) -> None:
    assert facts.comparison is not None
    table = diverted_table(facts, facts.comparison)
    assert table is not None
    frame = results.frame("sectors")
    code = {words: sector for sector, words in SECTORS.items()}
    for product, policy, cell in cells(table):
        if policy.startswith("Observed"):
            continue
        mine = frame[(frame.sector == code[product]) & (frame.policy == policy.replace(" ", "_"))]
        total = mine.groupby("replicate")[["gained_quantity", "lost_quantity"]].sum()
        low, middle, high = np.quantile(100.0 * total.gained_quantity / total.lost_quantity, [0.05, 0.5, 0.95])
        assert close(cell.replace(" %", ""), middle, low, high), (product, policy)
        assert middle >= 100.0 * DIVERTED[code[product]]
    observed = {line[0]: line[-1] for line in table.rows}
    assert numbers_in(observed["Coal and lignite"])[:3] == [78.0, 70.0, 100.0]
    assert observed["Wine"] == "60 %, C"
    assert observed["Beef"] == NOTHING


def test_nothing_is_diverted_without_pressure(make_results: Maker) -> None:
    facts = gather(make_results(2, pressure=False))
    assert facts.comparison is not None
    assert diverted_table(facts, facts.comparison) is None


# ------------------------------------------------------------------ rates


def base(policy: str, value: float) -> BaseRates:
    pressed = Rate(
        "attempts", "Pressed", "share", round(1200 * value), 1200, value, value - 0.1, value + 0.1, "record 3"
    )
    lasts = Rate("length", "Length", "quarters", 4, 4, 3.5, 2.5, 4.5)
    none = Rate("unended", "Length of others", "quarters", 0, 0, math.nan, math.nan, math.nan)
    return BaseRates(policy, "", None, 9, 9, 1200, (pressed, lasts, none), ())


def test_rates_stand_by_policy_with_count_interval_and_record() -> None:
    (table,) = rate_tables((base("stand_alone", 0.5), base("respond_as_allies", 0.25)))
    assert table.head == ("Rate", "stand alone", "respond as allies", "Record")
    counts, pressed, lasts, none = table.rows
    assert counts[1:] == ("1,200", "1,200", NOTHING)
    assert close(pressed[1].replace(" %", ""), 50.0, 40.0, 60.0)
    assert close(pressed[2].replace(" %", ""), 25.0, 15.0, 35.0)
    assert pressed[3] == "record 3"
    assert close(lasts[1], 3.5, 2.5, 4.5)
    assert none[1:] == (NOTHING,) * 3
    assert table.prose == (3,)
    assert table.note.startswith("95 % intervals over 9 draws, few")


def test_no_rates_make_no_table() -> None:
    assert rate_tables(()) == ()


# ------------------------------------------------------------------ setting


def test_period_actors_and_size_are_those_of_the_manifest(facts: Facts) -> None:
    section = scenario_section(facts)
    text = " ".join(section.words)
    assert f"{len(QUARTERS)} quarters, {QUARTERS[0]} to {QUARTERS[-1]}." in text
    assert "Coercer: China. Target: Australia." in text
    assert "4 states and 3 sectors" in text
    assert section.key == "scenario"


def test_measures_stand_row_by_row_with_by_on_products_and_time(facts: Facts) -> None:
    table = tables_of(scenario_section(facts))[MEASURES]
    assert table.head == ("Measure", "What", "By, on", "Products", "In force")
    times = {"coal": "2020Q3 to 2022Q2", "wine": "2020Q3 to 2022Q2", "beef": "2021Q1 to the end"}
    assert table.rows == tuple(
        (name, "import ban", "China, Australia", SECTORS[name], when) for name, when in times.items()
    )
    assert table.note == ""


@pytest.mark.parametrize(
    ("until", "start", "when"),
    [(20, 2, "2020Q3 to after the end"), (None, 20, "quarter 21 to the end"), (0, 0, "2020Q1 to 2020Q1")],
)
def test_measures_beyond_the_run_are_dated_all_the_same(facts: Facts, until: int | None, start: int, when: str) -> None:
    (one, *_) = facts.manifest["measures"]
    table = tables_of(scenario_section(of(facts, measures=[one | {"start": start, "until": until}])))[MEASURES]
    assert table.rows[0][-1] == when


def test_sizes_grades_and_many_products_have_columns_of_their_own(facts: Facts) -> None:
    (one, *_) = facts.manifest["measures"]
    many = one | {"sectors": [f"s{i}" for i in range(9)], "size": 0.05, "source": "customs (A), a note (C)"}
    drawn = {"measures": {"coal": {"open": {"log_uniform": [0.01, 0.5], "default": 0.05}}}}
    table = tables_of(scenario_section(of(written(facts, drawn), measures=[many])))[MEASURES]
    cell = dict(zip(table.head, table.rows[0], strict=True))
    assert cell["Products"] == "9 sectors"
    assert cell["Size"] == "open 0.05 (log-uniform 0.01 to 0.5)"
    assert (cell["Grade"], cell["Evidence"]) == ("A, C", "customs (A), a note (C)")
    assert table.note
    assert not tables_of(scenario_section(of(facts, measures=[])))


@pytest.mark.parametrize(
    ("given", "drawn", "default"),
    [
        ({"uniform": [0.7, 1.3], "default": 1.0}, "uniform 0.7 to 1.3", "1"),
        ({"log_uniform": [0.1, 10], "default": 2.5}, "log-uniform 0.1 to 10", "2.5"),
        ({"choice": [1, 2.5, "x"]}, "one of 1, 2.5, x", NOTHING),
        (3.0, NOTHING, NOTHING),
    ],
)
def test_uncertain_numbers_stand_with_distribution_and_default(
    facts: Facts, given: Any, drawn: str, default: str
) -> None:
    path = "economy.factor_mobility"
    design = {**facts.manifest["design"], "uncertain": [path]}
    with_range = of(written(facts, {"economy": {"factor_mobility": given}}), design=design)
    table = tables_of(scenario_section(with_range))["Numbers drawn anew in every replicate"]
    assert table.rows == ((path, drawn, default),)


def test_challengers_are_listed_where_states_choose(facts: Facts) -> None:
    dispute = {
        "rate": {"uniform": [0.01, 0.02]},
        "challengers": [{"state": "CHN", "targets": ["AUS", "NZL"], "rate": 0.05}, {"state": "USA"}],
        "coercers": ["NZL"],
        "targets": ["AUS"],
    }
    table = tables_of(scenario_section(written(facts, {"conduct": "strategic", "dispute": dispute})))[
        "Who may press whom"
    ]
    assert table.rows == (
        ("China", "Australia and New Zealand", "0.05"),
        ("United States", NOTHING, "uniform 0.01 to 0.02"),
        ("New Zealand", "Australia", "uniform 0.01 to 0.02"),
    )
    scripted = written(facts, {"conduct": "scripted", "dispute": dispute})
    assert set(tables_of(scenario_section(scripted))) == {MEASURES}
    silent = written(facts, {"conduct": "strategic", "dispute": {}})
    assert "Who may press whom" not in tables_of(scenario_section(silent))


def test_only_parameters_off_their_default_are_set(facts: Facts) -> None:
    from coercion_sim.policies import BUILT_IN

    allies = next(p for p in BUILT_IN if p.name == "integrate_economies")
    usual = json.loads(json.dumps(allies.Parameters.model_construct().model_dump()))  # as a manifest holds it
    given = {"integrate_economies": {**usual, "margin": 0.3, "members": ["AUS", "USA"]}}
    rows = {line[0]: line for line in policy_section(of(facts, parameters=given)).tables[0].rows}
    assert set(rows["integrate economies"][3].split(", ")) == {"margin = 0.3", "members = AUS USA"}
    assert rows["stand alone"][3] == "defaults"
    assert rows["integrate economies"][1] == allies.summary
    assert rows["integrate economies"][2] == allies.words


def test_policies_from_outside_have_their_origin(facts: Facts, make_results: Maker) -> None:
    outside = gather(make_results(2, ("stand_alone",)))
    renamed = of(outside, design={**outside.manifest["design"], "policies": ["mine+stand_alone"]})
    origin = {"mine": {"file": "mine.py", "sha256": "ab12", "note": ""}}
    (line,) = policy_section(of(renamed, outside_policies=origin)).tables[0].rows
    assert "(file mine.py, sha256 ab12)" in line[1]
    (line,) = policy_section(renamed).tables[0].rows
    assert "(" not in line[1].split(".")[0]


# ------------------------------------------------------------------ provenance


ORIGIN = {
    "package": {"name": "coercion-sim", "version": "9.8.7", "code": "c0de"},
    "python": "3.11.9",
    "dependencies": {"numpy": "2.0", "scipy": "1.14"},
    "identity": {"scenario": {"b": 1, "a": [2]}},
    "started": "2026-01-02T03:04:05Z",
    "finished": "2026-01-02T03:05:05Z",
    "seconds": 1234.56,
    "files": {"states.parquet": {}, "runs.parquet": {}},
}


def origin(facts: Facts) -> dict[str, str]:
    return {line[0]: line[1] for line in provenance_section(facts).tables[0].rows}


def test_every_field_of_origin_is_that_of_the_manifest(facts: Facts) -> None:
    import hashlib

    world = {**facts.manifest["world"], "sha256": "beef"}
    scenario = {"name": "dispute", "content": {}, "source": {"file": "mine.toml"}}
    design = {**facts.manifest["design"], "drawn": "sobol"}
    rows = origin(of(facts, **ORIGIN, world=world, scenario=scenario, design=design))
    assert rows == {
        "Key of the run": "0123456789ab",
        "Package": "coercion-sim 9.8.7",
        "SHA-256 of the code": "c0de",
        "Python": "3.11.9",
        "Other packages": "numpy 2.0, scipy 1.14",
        "Scenario": "dispute, from mine.toml",
        "SHA-256 of the scenario": hashlib.sha256(b'{"a": [2], "b": 1}').hexdigest(),
        "World": "small",
        "SHA-256 of the world": "beef",
        "Seed": "7",
        "Design": "1 point x 9 replicates x 3 policies",
        "Uncertain numbers": "drawn by sobol",
        "Runs": "27 ok, 0 failed",
        "Files": "2 table parts, each with its SHA-256 in manifest.json",
        "Begun": "2026-01-02T03:04:05Z",
        "Ended": "2026-01-02T03:05:05Z",
        "Seconds": "1,234.6",
    }


def test_fields_without_a_value_have_no_row(facts: Facts) -> None:
    assert set(origin(facts)) == {"Key of the run", "Package", "Scenario", "World", "Seed", "Design", "Runs"}
    assert origin(facts)["Package"].endswith("unknown")


def test_the_citation_has_version_scenario_world_key_and_seed(facts: Facts) -> None:
    parts = {part.key: part for part in provenance_section(of(facts, **ORIGIN)).parts}
    assert set(parts) == {"cite", "verify"}
    for piece in ("9.8.7", "dispute", "small", "0123456789ab", "seed 7"):
        assert piece in parts["cite"].words[0]
    assert "coercion-sim verify FOLDER" in parts["verify"].commands
    repeated = of(facts, **ORIGIN, command=["coercion-sim", "run", "my file.toml", "--seed", 7])
    commands = {part.key: part.commands for part in provenance_section(repeated).parts}
    assert commands["repeat"] == ("coercion-sim run 'my file.toml' --seed 7",)


def test_failed_runs_are_counted_listed_and_cut(facts: Facts) -> None:
    long = "x" * 500
    failures = tuple(Failure(p, "stand_alone", p, long if p < 2 else f"other\n  {p % 2}") for p in range(7))
    errors, first = failure_section(replace(facts, failures=failures)).tables
    assert [line[1] for line in errors.rows] == ["3", "2", "2"]
    assert {line[0] for line in errors.rows} == {f"{'x' * 299}…", "other 0", "other 1"}
    assert [line[:3] for line in first.rows] == [(str(p), "stand alone", str(p)) for p in range(5)]
    assert pd.Series([line[3] for line in first.rows]).str.len().max() == 300
    assert failure_section(facts).tables == ()
    assert column("attempts").unit == "count"
