"""Tables of an analysis and of a comparison as files: every row, every number, nothing left of an earlier answer."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from coercion_sim.analysis import ALL_POINTS, Analysis, analyse, chosen_outcomes, compare_policies, write_analysis
from coercion_sim.analysis.analyse import chosen_baseline
from coercion_sim.analysis.analysis_tables import tables
from coercion_sim.analysis.compare.comparison import write_comparison
from coercion_sim.errors import InvalidInput
from coercion_sim.experiments import Results
from coercion_sim.outcomes import OUTCOMES, headlines
from support.sweeps import block, saltelli, sweep

LOSS = "target_loss_pv"
ALONE, ALLIES = "stand_alone", "respond_as_allies"
RULES = {
    ALONE: lambda s, k: {LOSS: s["a"] + 0.1 * k, "attempts": float(s["a"] > 0.5)},
    ALLIES: lambda s, k: {LOSS: s["a"] ** 2 + 0.1 * k, "attempts": 0.0},
}


@pytest.fixture(scope="module")
def results() -> Results:
    return sweep([block("grid", [[0.0], [1.0]], "g"), saltelli(16, "ab")], RULES, 3, name="plan", question="Why?")


@pytest.fixture(scope="module")
def answer(results: Results) -> Analysis:
    return analyse(results, [LOSS, "attempts"], failing=f"{LOSS}>0.8")


def test_every_table_with_rows_is_written_and_comes_back_number_by_number(answer: Analysis, tmp_path: Path) -> None:
    written = write_analysis(answer, tmp_path)
    made = {name: rows for name, rows in tables(answer).items() if rows}
    assert {p.stem for p in written} == set(made)
    assert {"outcomes_by_policy", "contrasts", "along_axes", "distribution", "regret", "variance_parts"} <= set(made)
    assert {"sensitivity", "boxes", "peeling"} <= set(made)
    for path in written:
        read = pd.read_csv(path, keep_default_na=False, na_values=[""], float_precision="round_trip")
        rows = made[path.stem]
        assert list(read.columns) == list(rows[0])
        assert len(read) == len(rows)
        for name in rows[0]:
            for cell, value in zip(read[name], (row[name] for row in rows), strict=True):
                if isinstance(value, float):
                    assert cell == value or (math.isnan(value) and pd.isna(cell)), (path.stem, name)


def test_rows_by_point_carry_the_parameters_varied(answer: Analysis) -> None:
    rows = tables(answer)["contrasts"]
    assert [r["point"] for r in rows if r["point"] == "all"] == ["all", "all"]
    by_point = [r for r in rows if r["point"] != "all" and r["outcome"] == LOSS]
    assert len(by_point) == answer.points == 2 * 16 * 4
    for row in by_point:
        setting = answer.settings[row["point"]]
        assert {k: row[f"param.{k}"] for k in setting} == setting
        assert row["mean"] == pytest.approx(setting["a"] ** 2 - setting["a"])
    assert {r.point for r in answer.overall(answer.contrasts)} == {ALL_POINTS}


def test_the_peeling_table_marks_the_box_shown(answer: Analysis) -> None:
    peeling = answer.frame("peeling")
    for box in answer.boxes:
        mine = peeling[(peeling.policy == box.policy) & (peeling.box == box.number)]
        assert len(mine) == len(box.trajectory)
        if box.trajectory:
            (row,) = mine[mine.chosen == 1].itertuples()
            assert (row.density, row.coverage, row.mass) == (box.density, box.coverage, box.mass)
    boxes = answer.frame("boxes")
    assert len(boxes) == sum(max(1, len(box.limits)) for box in answer.boxes)
    assert set(boxes.fails) == {answer.fails.text}  # type: ignore[union-attr]


def test_a_table_that_has_no_rows_now_is_removed(answer: Analysis, results: Results, tmp_path: Path) -> None:
    write_analysis(answer, tmp_path)
    assert (tmp_path / "analysis" / "boxes.csv").exists()
    again = write_analysis(analyse(results, [LOSS], indices=False), tmp_path)
    assert not (tmp_path / "analysis" / "boxes.csv").exists()
    assert not (tmp_path / "analysis" / "sensitivity.csv").exists()
    assert sorted((tmp_path / "analysis").iterdir()) == sorted(again)


@pytest.mark.slow
def test_a_comparison_comes_back_number_by_number(chosen: Results, tmp_path: Path) -> None:
    comparison = compare_policies(chosen)
    read = pd.read_csv(write_comparison(comparison, tmp_path), keep_default_na=False, na_values=[""])
    frame = comparison.frame()
    assert list(read.columns) == list(frame.columns)
    for name in ("mean", "median", "low", "high", "mean_low", "mean_high", "n"):
        np.testing.assert_array_equal(read[name].to_numpy(float), frame[name].to_numpy(float))


def test_the_analysis_says_what_it_is_of(answer: Analysis) -> None:
    assert (answer.name, answer.question, answer.baseline) == ("plan", "Why?", ALONE)
    assert (answer.points, answer.replicates, answer.failed) == (128, 3, 0)
    assert answer.policies == answer.every_policy == (ALONE, ALLIES)
    assert answer.units[LOSS] == "pct_gdp"
    assert [b.how for b in answer.blocks] == ["grid", "saltelli"]
    assert len(answer.distribution) == 2 * 2 * 100


def test_outcomes_are_those_named_else_the_report_s_else_the_headlines(results: Results) -> None:
    assert chosen_outcomes(results, [LOSS, LOSS]) == (LOSS,)
    assert chosen_outcomes(results, ["all"]) == tuple(entry.name for entry in OUTCOMES)
    assert chosen_outcomes(results, None) == headlines()
    reported = sweep([], RULES_FLAT, 2, report={"outcomes": ["attempts", "no_such"]})
    assert chosen_outcomes(reported, None) == ("attempts",)
    with pytest.raises(InvalidInput) as error:
        chosen_outcomes(results, ["atempts", "los"])
    assert [p.key for p in error.value.problems] == ["--outcome", "--outcome"]
    assert error.value.problems[0].suggestion == "attempts"


RULES_FLAT = {ALONE: lambda s, k: {LOSS: float(k)}, ALLIES: lambda s, k: {LOSS: 2.0 * k}}


def test_the_baseline_is_the_one_named_else_stand_alone_else_the_first() -> None:
    both = sweep([], RULES_FLAT, 2)
    assert (chosen_baseline(both, None), chosen_baseline(both, ALLIES)) == (ALONE, ALLIES)
    assert chosen_baseline(sweep([], {ALLIES: RULES_FLAT[ALLIES], "x": RULES_FLAT[ALONE]}, 2), None) == ALLIES
    assert chosen_baseline(sweep([], {ALONE: RULES_FLAT[ALONE]}, 2), None) == ""
    with pytest.raises(InvalidInput) as error:
        chosen_baseline(both, "stand_alon")
    assert (error.value.problems[0].key, error.value.problems[0].suggestion) == ("--baseline", ALONE)


def test_progress_counts_columns_and_the_seed_moves_only_intervals(results: Results) -> None:
    calls: list[tuple[int, int, int]] = []
    one = analyse(results, [LOSS], progress=lambda *n: calls.append(n))
    assert calls == [(i, 3, 0) for i in range(4)]
    other = analyse(results, [LOSS], seed=99)
    assert [r.value for r in one.indices] == pytest.approx([r.value for r in other.indices], nan_ok=True)
    assert [r.mean for r in one.levels] == [r.mean for r in other.levels]
    assert [r.low for r in one.indices] != [r.low for r in other.indices]
