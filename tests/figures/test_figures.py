"""Every figure is whole: all its text inside, nothing on top of anything else, units on its axes, n and seed below."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from coercion_sim import figures as views
from coercion_sim.errors import InvalidInput, ResultsError
from coercion_sim.experiments import Results
from coercion_sim.figures import COLUMN_WIDTH, FULL_WIDTH, OF_A_COMPARISON
from coercion_sim.figures.style.style import marks
from support.figures import all_text, check_text

Maker = Callable[..., Results]

FIGURES = {kind: getattr(views, kind) for kind in OF_A_COMPARISON}


def long_name(name: str) -> str:
    return f"The United Republic of Greater {name} and its Dependencies"


CASES: dict[str, dict[str, Any]] = {
    "plain": {},
    "one replicate": {"replicates": 1},
    "one policy": {"policies": ("stand_alone",)},
    "no baseline": {"policies": ("respond_as_allies", "integrate_economies")},
    "no record": {"record": ()},
    "long names": {"names": long_name},
    "one run": {"replicates": 1, "policies": ("respond_as_allies",), "record": ()},
}


def drawn(kind: str, results: Results, width: float) -> Figure:
    with views.house():
        figure = FIGURES[kind](results, width=width)
        assert isinstance(figure, Figure)
        FigureCanvasAgg(figure).draw()
        return figure


@pytest.mark.parametrize(
    ("case", "width"), [*((case, COLUMN_WIDTH) for case in CASES), ("plain", FULL_WIDTH), ("long names", FULL_WIDTH)]
)
@pytest.mark.parametrize("kind", FIGURES)
def test_no_text_is_cut_or_on_top_of_other_text(make_results: Maker, kind: str, case: str, width: float) -> None:
    results = make_results(**CASES[case])
    if kind == "burdens" and "respond_as_allies" not in results.policies:
        with pytest.raises(views.NothingToShow):
            FIGURES[kind](results)
        return
    check_text(drawn(kind, results, width))


@pytest.mark.parametrize("kind", FIGURES)
def test_no_panel_is_empty_and_every_panel_has_a_unit(make_results: Maker, kind: str) -> None:
    figure = drawn(kind, make_results(), FULL_WIDTH)
    panels = [ax for ax in figure.findobj(Axes) if isinstance(ax, Axes)]
    assert panels
    for ax in panels:
        points = [line for line in ax.lines if len(np.atleast_1d(line.get_xdata())) and line.get_marker() != "None"]
        bars = [c for c in ax.collections if len(c.get_paths())]
        assert points or bars
        labels = f"{ax.get_xlabel()} {ax.get_ylabel()}"
        assert any(
            unit in labels for unit in ("% of own GDP", "US$ million a year", "% of the quantity lost", "Year")
        ), labels


@pytest.mark.parametrize("kind", FIGURES)
def test_caption_has_sample_size_seed_and_run(make_results: Maker, kind: str) -> None:
    words = all_text(drawn(kind, make_results(), FULL_WIDTH))
    for piece in ("n = 3 replicates", "seed 7", "scenario dispute", "world small", "run 0123456789ab", "5-95 % range"):
        assert piece in words


def test_caption_counts_finished_runs_only(make_results: Maker) -> None:
    results = make_results(failed=[("respond_as_allies", 1)])
    assert "n = 2 to 3 of 3 replicates" in all_text(drawn("losses_by_state", results, FULL_WIDTH))
    assert "n = 2 of 3 replicates" in all_text(drawn("burdens", results, FULL_WIDTH))


def test_one_world_claims_no_range(make_results: Maker) -> None:
    words = all_text(drawn("time_path", make_results(1), FULL_WIDTH))
    assert "One world, so no range; n = 1 replicate," in words
    assert "5-95" not in words


def test_global_settings_and_pyplot_are_left_alone(make_results: Maker, tmp_path: Path) -> None:
    import matplotlib.pyplot as plt

    with mpl.rc_context({"font.size": 23.0, "axes.grid": False, "savefig.dpi": 31}):
        before = dict(mpl.rcParams)
        opened = plt.get_fignums()
        views.write_figures(make_results(), tmp_path, kinds=[*OF_A_COMPARISON, "distributions", "paths"])
        assert dict(mpl.rcParams) == before
        assert plt.get_fignums() == opened


def test_a_users_settings_do_not_change_the_picture(make_results: Maker, tmp_path: Path) -> None:
    (plain,) = views.write_figures(make_results(), tmp_path / "a", kinds=["diverted_trade"]).paths
    with mpl.rc_context({"font.size": 23.0, "lines.linewidth": 9.0, "savefig.dpi": 31}):
        (other,) = views.write_figures(make_results(), tmp_path / "b", kinds=["diverted_trade"]).paths
    assert plain.read_bytes() == other.read_bytes()


def test_files_are_named_by_kind_and_format(make_results: Maker, tmp_path: Path) -> None:
    made = views.write_figures(make_results(1), tmp_path, ("svg", "png"), kinds=OF_A_COMPARISON, width=COLUMN_WIDTH)
    written = made.paths
    assert [path.name for path in written] == [f"{kind}.{form}" for kind in FIGURES for form in ("svg", "png")]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(path.name for path in written)


@pytest.mark.parametrize("form", ["png", "svg", "pdf"])
def test_the_same_results_give_the_same_bytes(make_results: Maker, tmp_path: Path, form: str) -> None:
    kinds = ["losses_by_state"]
    first, again = (views.write_figures(make_results(), tmp_path / n, [form], kinds=kinds).paths for n in "ab")
    assert first[0].read_bytes() == again[0].read_bytes()


def test_width_is_kept_to_the_pixel(make_results: Maker, tmp_path: Path) -> None:
    from matplotlib.image import imread

    (path,) = views.write_figures(make_results(), tmp_path, kinds=["burdens"], width=COLUMN_WIDTH).paths
    assert imread(path).shape[1] == 3.5 * 300


def test_figures_with_nothing_to_show_are_left_out_with_the_reason(make_results: Maker, tmp_path: Path) -> None:
    made = views.write_figures(make_results(helping=False), tmp_path / "a", kinds=OF_A_COMPARISON)
    assert [path.stem for path in made.paths] == ["losses_by_state", "diverted_trade", "time_path"]
    assert list(made.left_out) == ["burdens"]
    calm = views.write_figures(make_results(pressure=False), tmp_path / "b", kinds=OF_A_COMPARISON)
    assert [path.stem for path in calm.paths] == ["losses_by_state", "time_path"]
    assert "no sale of AUS to CHN was lost" in calm.left_out["diverted_trade"]


def test_everything_unknown_is_named_at_once_and_nothing_written(make_results: Maker, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as caught:
        views.write_figures(make_results(), tmp_path / "no", ("png", "jpgg"), kinds=["time_pth", "burdens"])
    text = str(caught.value)
    for piece in ("'time_pth'", "did you mean time_path", "'jpgg'", "png, svg, pdf"):
        assert piece in text
    assert not (tmp_path / "no").exists()


@pytest.mark.parametrize("draw", [views.draw_states, views.draw_path, views.draw_burden])
def test_an_unknown_outcome_is_named_with_those_there_are(make_results: Maker, draw: Callable[..., Axes]) -> None:
    with pytest.raises(ResultsError, match=r"'real_incme'.*real_income.*did you mean real_income") as caught:
        draw(Figure().subplots(), make_results(), "real_incme")
    assert caught.value.exit_code == 5


@pytest.mark.parametrize(
    "draw", [views.draw_states, views.draw_path, views.draw_burden, views.draw_diverted, views.draw_measures]
)
def test_panels_take_and_return_axes(make_results: Maker, draw: Callable[..., Axes]) -> None:
    ax = Figure().subplots()
    assert draw(ax, make_results()) is ax
    assert ax.has_data()


@pytest.mark.parametrize("kind", FIGURES)
def test_figures_draw_on_what_they_are_given(make_results: Maker, kind: str) -> None:
    whole = Figure(figsize=(7, 9), layout="constrained")
    _, lower = whole.subfigures(2, 1)
    assert FIGURES[kind](make_results(), lower) is lower
    assert lower.findobj(Axes)
    assert tuple(whole.get_size_inches()) == (7, 9)


def test_integration_gain_is_kept_out_of_the_main_panel(make_results: Maker) -> None:
    """Under integration the target gains 0.4 by trade and loses to the coercion: the first panel shows the loss."""
    left, right = drawn("losses_by_state", make_results(), FULL_WIDTH).findobj(Axes)
    mark = marks(make_results().policies)["integrate_economies"]

    def target(ax: Any) -> float:
        (line,) = [x for x in ax.lines if x.get_color() == mark.colour and x.get_marker() == mark.marker]
        return float(line.get_xdata()[0])

    assert target(left) == pytest.approx(-0.9 * 0.1 * 1.1 * 1.2)
    assert target(right) == pytest.approx(target(left) + 0.4)
    assert "Coercion alone" in left.get_title(loc="left")
    assert "Whole change of income" in right.get_title(loc="left")


def test_second_panel_is_left_out_where_it_would_repeat_the_first(make_results: Maker) -> None:
    results = make_results(policies=("stand_alone", "respond_as_allies"))
    assert len(drawn("losses_by_state", results, FULL_WIDTH).findobj(Axes)) == 1
    assert len(drawn("time_path", results, FULL_WIDTH).findobj(Axes)) == 3


def test_measures_are_drawn_where_they_were_in_force(make_results: Maker) -> None:
    ax = views.draw_measures(Figure().subplots(), make_results())
    rows = [label.get_text() for label in ax.get_yticklabels()]
    spans = [(box.x0, box.x1) for c in ax.collections for box in [p.get_extents() for p in c.get_paths()]]
    assert dict(zip(rows, spans, strict=True)) == {
        "Coal and lignite": (1.5, 9.5),
        "Wine": (1.5, 9.5),
        "Beef": (3.5, 11.5),
    }


def test_policies_differ_in_grey_and_by_marker_and_line(make_results: Maker) -> None:
    first = list(marks(["a", "b", "c"]).values())
    grey = [float(np.dot(to_rgb(mark.colour), (0.299, 0.587, 0.114))) for mark in first]
    assert min(abs(a - b) for a, b in combinations(grey, 2)) > 0.15
    seven = list(marks("abcdefg").values())
    for part in ("colour", "marker", "line"):
        assert len({getattr(mark, part) for mark in seven}) == 7


def test_importing_views_loads_no_matplotlib() -> None:
    code = "import sys, coercion_sim.figures; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
