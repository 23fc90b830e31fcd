"""Words around figures: numbers with their intervals, sample sizes, seeds and sources."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from coercion_sim.analysis import RANGE_OVER_DRAWS, Analysis, Spread, analyse
from coercion_sim.experiments import Results
from coercion_sim.figures import difference_label, parameter_label, sector_name, state_name
from coercion_sim.figures.style.captions import (
    MOST_NUMBERS,
    by_policy,
    caption,
    key_numbers,
    one_run,
    origin,
    place,
    points_label,
    policy_marks,
    range_words,
    source_line,
    sweep_caption,
)
from coercion_sim.figures.style.house import marks_of
from support.figures import close
from support.sweeps import block, sweep

Maker = Callable[..., Results]
LOSS = "target_loss_pv"


@pytest.fixture(scope="module")
def grid() -> Results:
    rules = {"stand_alone": lambda s, k: {LOSS: s["x"] + k}, "silos": lambda s, k: {LOSS: 0.5 * s["x"] + k}}
    return sweep([block("grid", [[1.0], [2.0], [3.0]], ["x"])], rules, 4)


@pytest.fixture(scope="module")
def answer(grid: Results) -> Analysis:
    return analyse(grid, (LOSS,))


def test_the_place_is_coercer_target_and_period(small: Results) -> None:
    assert place(small) == "China on Australia, 2020Q1–2022Q4"
    nobody = replace(small, manifest={**small.manifest, "actors": {"coercer": "", "target": ""}})
    assert place(nobody) == "2020Q1–2022Q4"


def test_key_numbers_have_unit_and_count_what_is_left_out() -> None:
    assert key_numbers("Mean", {"a": "1", "b": "2 [1, 3]"}, "pct_gdp") == "Mean (% of GDP): a 1; b 2 [1, 3]."
    assert key_numbers("Mean", {"a": "1"}, "share") == "Mean: a 1."
    assert key_numbers("Mean", {}) == ""
    many = key_numbers("Mean", {str(i): "0" for i in range(MOST_NUMBERS + 3)})
    assert many.endswith("and 3 more.")


def test_numbers_by_policy_are_means_or_medians_with_the_range() -> None:
    values = np.random.default_rng(2).normal(1.0, 0.3, 50)
    spread = Spread.of(values)
    ends = np.quantile(values, [0.05, 0.95])
    assert close(by_policy({"stand_alone": spread})["stand alone"], values.mean(), *ends)
    assert close(by_policy({"stand_alone": spread}, median=True)["stand alone"], np.median(values), *ends)
    assert close(by_policy({"x_y": Spread.of([2.5])})["x y"], 2.5)
    assert by_policy({"x": Spread.of([])}) == {"x": "–"}


def test_a_range_is_named_where_there_is_one() -> None:
    assert range_words("Median", 5) == f"Median [{RANGE_OVER_DRAWS}]"
    assert range_words("Median", 1) == "Median"


def test_captions_have_sample_size_seed_and_source(small: Results) -> None:
    text = caption(small, [3, 3, 3], "mean", "A note.")
    assert text == (
        f"A note. Mean and {RANGE_OVER_DRAWS}; n = 3 replicates, seed 7; scenario dispute, world small,"
        " run 0123456789ab."
    )
    assert RANGE_OVER_DRAWS not in caption(small, [1], "mean")


def test_runs_that_failed_are_counted_and_policies_without_one_are_named(make_results: Maker) -> None:
    results = make_results(failed=[("integrate_economies", k) for k in range(3)] + [("stand_alone", 0)])
    text = source_line(results, [2, 3, 0])
    assert "n = 0 to 3 of 3 replicates" in text
    assert text.startswith("No run finished under integrate economies.")


def test_sweeps_count_points_and_name_those_left(grid: Results) -> None:
    assert "n = 12 draws (3 points of the design x 4 replicates)" in source_line(grid, [12, 12])
    one = grid.only(points=(1,))
    assert "n = 4 replicates" in source_line(one, [4, 4])
    assert "point 1 of 0 to 2" in origin(one)


def test_points_are_named_up_to_four() -> None:
    assert points_label((3,), 9) == "point 3 of 0 to 8"
    assert points_label((1, 2, 3), 9) == "points 1, 2 and 3 of 0 to 8"
    assert points_label((1, 2, 3, 4, 5), 1200) == "5 of 1,200 points"


def test_one_run_names_its_replicate_and_point(small: Results, grid: Results) -> None:
    assert "(replicate 2)" in one_run(small, 2)
    assert "(point 1, replicate 2)" in one_run(grid, 2, 1)
    assert one_run(small, 0, 0, "First.").startswith("First. ")
    assert "n = 1, seed 7" in one_run(small, 0)


def test_captions_of_an_analysis_have_the_size_of_the_sweep(answer: Analysis, grid: Results) -> None:
    assert "n = 3 points, 4 replicates of each; seed" in sweep_caption(answer)
    assert "2 runs failed" in sweep_caption(replace(answer, failed=2))
    one = analyse(grid.only(points=(1,)), (LOSS,))
    assert "point 1 of 0 to 2" in sweep_caption(one)
    assert sweep_caption(replace(answer, key="abc"), "Note.").startswith("Note. ")
    assert sweep_caption(replace(answer, key="abc")).endswith("run abc.")


def test_an_analysis_has_the_marks_of_its_results(grid: Results, answer: Analysis) -> None:
    assert policy_marks(answer) == marks_of(grid)
    some = replace(answer, policies=("silos",))
    assert policy_marks(some) == {"silos": marks_of(grid)["silos"]}


def test_labels_of_differences_parameters_states_and_sectors(small: Results) -> None:
    assert difference_label("x_y", "stand_alone") == "x y − stand alone"
    assert difference_label("x_y", "") == "x y"
    assert parameter_label("policy.respond_as_allies.pledge") == "respond as allies: pledge"
    assert parameter_label("conduct") == "conduct"
    assert (state_name(small, "AUS"), state_name(small, "XYZ")) == ("Australia", "XYZ")
    assert (sector_name(small, "coal"), sector_name(small, "iron_ore")) == ("Coal and lignite", "Iron ore")
