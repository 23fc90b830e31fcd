"""Kinds by name, and files written: named by kind, the same bytes, left out with the reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.image import imread

import coercion_sim as cs
from coercion_sim.analysis import Analysis, analyse, compare_policies
from coercion_sim.errors import InvalidInput
from coercion_sim.experiments import Results
from coercion_sim.figures import (
    COLUMN_WIDTH,
    KINDS,
    OF_A_COMPARISON,
    OF_ANALYSIS,
    Kind,
    NothingToShow,
    Request,
    figures_of,
    plot,
    write_analysis_figures,
    write_figures,
)
from coercion_sim.figures.kinds import unknown_outcomes
from coercion_sim.outcomes import OUTCOMES, TABLES
from support.sweeps import block, sweep

Maker = Callable[..., Results]
LOSS = "target_loss_pv"


@pytest.fixture(scope="module")
def answer() -> Analysis:
    rules = {"stand_alone": lambda s, k: {LOSS: 1.0 + k, "burden_total": 0.0},
             "silos": lambda s, k: {LOSS: 0.5 + k, "burden_total": 1.0 + k}}  # fmt: skip
    return analyse(sweep([block("grid", [[1.0], [2.0]], ["x"])], rules, 4), (LOSS, "burden_total"))


def test_kinds_take_the_columns_of_their_table() -> None:
    assert set(KINDS["ecdf"].outcomes) == {c.name for c in OUTCOMES}
    assert set(KINDS["paths"].outcomes) <= {c.name for c in TABLES["states"]}
    assert all(isinstance(kind, Kind) and kind.shows and set(kind.tables) <= set(TABLES) for kind in KINDS.values())
    assert [name for name, kind in KINDS.items() if kind.of_analysis] == list(OF_ANALYSIS)
    assert set(OF_A_COMPARISON) <= set(KINDS)


@pytest.mark.parametrize("kind", ["distributions", "ecdf", "differences"])
def test_the_outcomes_drawn_are_those_asked_for_or_those_that_differ(small: Results, kind: str) -> None:
    asked = Request(outcomes=("coercer_cost_pv", "real_income"))
    assert [name for name, _ in figures_of(small, kind, asked)] == [f"{kind}-coercer_cost_pv"]
    differing = [name.partition("-")[2] for name, _ in figures_of(small, kind, Request())]
    frame = small.frame("outcomes")
    assert differing
    assert all(np.ptp(frame[name].to_numpy()) > 0.0 for name in differing)


def test_results_that_differ_in_nothing_say_so(make_results: Maker) -> None:
    with pytest.raises(NothingToShow, match="the same in every run"):
        list(figures_of(make_results(1, policies=("stand_alone",)), "ecdf", Request()))


def test_comparisons_and_analyses_are_sources_too(small: Results, answer: Analysis) -> None:
    assert [n for n, _ in figures_of(compare_policies(small), "burdens", Request())] == ["burdens"]
    names = [n for n, _ in figures_of(answer, "contrasts", Request())]
    assert names == [f"contrasts-{LOSS}", "contrasts-burden_total"]
    assert [n for n, _ in figures_of(answer, "contrasts", Request(outcomes=(LOSS,)))] == [f"contrasts-{LOSS}"]
    of_results = [n for n, _ in figures_of(small, "regret", Request(outcomes=(LOSS,)))]
    assert of_results == ["regret"]


def test_a_table_that_was_not_kept_is_the_reason(small: Results) -> None:
    lean = replace(small, manifest={**small.manifest, "design": {**small.manifest["design"], "tables": ["runs"]}})
    with pytest.raises(NothingToShow, match="kept no table states"):
        figures_of(lean, "paths", Request())


def test_unknown_names_come_with_the_nearest() -> None:
    assert unknown_outcomes([LOSS], ["ecdf"]) == []
    (none,) = unknown_outcomes([LOSS], ["burdens"])
    assert none.key == "--outcome"
    (wrong,) = unknown_outcomes(["target_los"], ["ecdf", "paths"])
    assert wrong.suggestion == LOSS


@pytest.mark.slow
def test_files_are_named_by_kind_and_format(make_results: Maker, tmp_path: Path) -> None:
    results = make_results(1)
    made = write_figures(results, tmp_path, ("svg", "png"), kinds=OF_A_COMPARISON, width=COLUMN_WIDTH)
    assert [path.name for path in made.paths] == [
        f"{kind}.{form}" for kind in OF_A_COMPARISON for form in ("svg", "png")
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(path.name for path in made.paths)
    png = next(path for path in made.paths if path.name == "burdens.png")
    assert imread(png).shape[1] == 3.5 * 300


@pytest.mark.parametrize("form", ["svg", "png", pytest.param("pdf", marks=pytest.mark.slow)])
def test_the_same_results_give_the_same_bytes(make_results: Maker, tmp_path: Path, form: str) -> None:
    first, again = (write_figures(make_results(), tmp_path / n, [form], kinds=["losses_by_state"]).paths for n in "ab")
    assert first[0].read_bytes() == again[0].read_bytes()


def test_figures_with_nothing_to_show_are_left_out_with_the_reason(make_results: Maker, tmp_path: Path) -> None:
    made = write_figures(make_results(helping=False), tmp_path / "a", kinds=OF_A_COMPARISON)
    assert [path.stem for path in made.paths] == ["losses_by_state", "diverted_trade", "time_path"]
    assert list(made.left_out) == ["burdens"]
    calm = write_figures(make_results(pressure=False), tmp_path / "b", kinds=["diverted_trade", "differences"])
    assert set(calm.left_out) == {"diverted_trade", "differences"}
    assert not calm.paths


def test_everything_unknown_is_named_at_once_and_nothing_written(small: Results, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as caught:
        write_figures(small, tmp_path / "no", ("png", "jpgg"), kinds=["time_pth", "burdens"])
    text = str(caught.value)
    assert all(piece in text for piece in ("'time_pth'", "did you mean time_path", "'jpgg'", "png, svg, pdf"))
    assert not (tmp_path / "no").exists()


def test_an_analysis_writes_its_kinds_and_removes_those_of_an_earlier_one(answer: Analysis, tmp_path: Path) -> None:
    written = write_analysis_figures(answer, tmp_path, width=COLUMN_WIDTH)
    assert [p.stem for p in written] == [f"contrasts-{LOSS}", "contrasts-burden_total", "regret"]
    assert {p.parent for p in written} == {tmp_path / "analysis"}
    (tmp_path / "analysis" / "boxes.png").write_bytes(b"old")
    (tmp_path / "analysis" / "levels.csv").write_text("kept", "utf-8")
    fewer = write_analysis_figures(replace(answer, outcomes=(LOSS,)), tmp_path, width=COLUMN_WIDTH)
    assert {p.name for p in (tmp_path / "analysis").iterdir()} == {p.name for p in fewer} | {"levels.csv"}


def test_plot_returns_one_figure_of_results_comparisons_and_analyses(small: Results, answer: Analysis) -> None:
    figure = plot(small, "paths", "burden", states="USA", width=COLUMN_WIDTH)
    assert isinstance(figure, Figure)
    assert figure.get_figwidth() == COLUMN_WIDTH
    assert isinstance(compare_policies(small).plot("burdens"), Figure)
    assert isinstance(answer.plot(), Figure)
    assert isinstance(cs.notebook.Plotted.drawn_by(small, None, LOSS), Figure)


@pytest.mark.parametrize(
    ("arguments", "options", "suggestion"),
    [
        (("distribution",), {}, "distributions"),
        (("ecdf", "target_los"), {}, LOSS),
        (("paths",), {"state": "AUS"}, "states"),
        (("paths",), {"states": "AUSS"}, "AUS"),
    ],
)
def test_plot_names_what_is_not_there(
    small: Results, arguments: tuple[str, ...], options: dict[str, str], suggestion: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        plot(small, *arguments, **options)  # type: ignore[arg-type]
    assert suggestion in [problem.suggestion for problem in caught.value.problems]


def test_an_analysis_draws_only_its_own_kinds_and_outcomes(answer: Analysis) -> None:
    for wrong, suggestion in ((("contrast",), "contrasts"), (("contrasts", "target_loss"), LOSS)):
        with pytest.raises(InvalidInput) as caught:
            answer.plot(*wrong)
        assert caught.value.problems[0].suggestion == suggestion
    with pytest.raises(NothingToShow):
        answer.plot("sensitivity")
