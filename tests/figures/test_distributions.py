"""Distributions, distribution functions, paired differences and paths: what is drawn is what the runs hold."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from coercion_sim.errors import InvalidInput, ResultsError
from coercion_sim.experiments import Results
from coercion_sim.figures import COLUMN_WIDTH, FULL_WIDTH, NothingToShow, distributions, draw_cloud, draw_steps, paths
from coercion_sim.figures.distributions import MOST_POINTS, cloud, jitter, thinned
from coercion_sim.figures.style.house import marks
from support.figure_runs import ran, swept
from support.figures import all_text, check_text, close, drawn, line_of, panels, words_of
from support.sweeps import sweep

Maker = Callable[..., Results]
LOSS = "target_loss_pv"
ecdf = partial(distributions, form="steps")
differences = partial(distributions, paired=True)
DRAWN: dict[str, Callable[..., Any]] = {
    "distributions": distributions,
    "ecdf": ecdf,
    "differences": differences,
    "paths": paths,
}


def losses(results: Results, policy: str) -> np.ndarray:
    frame = results.frame("outcomes")
    return frame[frame.policy == policy][LOSS].to_numpy()


@pytest.mark.slow
@pytest.mark.parametrize("width", [COLUMN_WIDTH, FULL_WIDTH])
@pytest.mark.parametrize("name", DRAWN)
@pytest.mark.parametrize("strategic", [False, True])
def test_of_real_results_all_text_is_whole_and_apart(name: str, width: float, strategic: bool) -> None:
    figure = drawn(DRAWN[name], ran(strategic=strategic), width=width)
    check_text(figure)
    words = all_text(figure)
    assert "n = 4 replicates, seed 11; scenario tiny, world tiny_world, run " in words
    for ax in panels(figure):
        assert ax.has_data()
        assert ax.get_xlabel() or name == "paths"


@pytest.mark.slow
@pytest.mark.parametrize("name", DRAWN)
def test_long_names_and_many_replicates_fit(make_results: Maker, name: str) -> None:
    results = make_results(600, names=lambda name: f"The United Republic of Greater {name} and its Dependencies")
    check_text(drawn(DRAWN[name], results, width=COLUMN_WIDTH))


def test_a_raincloud_has_the_quantiles_and_points_of_its_runs(make_results: Maker) -> None:
    results = make_results(40)
    (ax,) = panels(drawn(distributions, results, LOSS))
    inks = marks(results.policies)
    for row, policy in enumerate(results.policies):
        values = losses(results, policy)
        mine = [line for line in ax.lines if line.get_color() == inks[policy].colour]
        points = next(line for line in mine if len(line.get_xdata()) == 40)
        assert sorted(points.get_xdata()) == pytest.approx(sorted(values))
        flat = [line for line in mine if list(line.get_ydata()) == [row, row]]
        assert [list(line.get_xdata()) for line in flat] == [
            pytest.approx(list(np.quantile(values, ends))) for ends in ([0.05, 0.95], [0.25, 0.75])
        ]
        (middle,) = [line for line in mine if list(line.get_ydata()) == [row]]
        assert middle.get_xdata()[0] == pytest.approx(np.median(values))
        assert middle.get_marker() == inks[policy].marker
    assert ax.get_xlabel() == "Loss of the target (present value), % of GDP"


def test_key_numbers_are_medians_with_their_ranges(make_results: Maker) -> None:
    results = make_results(40)
    texts = words_of(drawn(distributions, results, LOSS)).numbers.split(";")
    for text, policy in zip(texts, results.policies, strict=True):
        values = losses(results, policy)
        assert close(text.partition(policy.replace("_", " "))[2], *np.quantile(values, [0.5, 0.05, 0.95]))


def test_panels_take_axes_and_return_them(make_results: Maker) -> None:
    values, mark = losses(make_results(30), "stand_alone"), marks(["a", "b"])["b"]
    ax = Figure().subplots()
    assert draw_cloud(ax, values, 2.0, mark) is ax
    assert line_of(ax, mark).get_ydata()[0] == 2.0
    steps = draw_steps(Figure().subplots(), values, mark)
    assert steps.lines[0].get_ydata()[-1] == 1.0


def test_differences_are_paired_and_their_mean_has_its_interval(make_results: Maker) -> None:
    results = make_results(9)
    (ax,) = panels(drawn(differences, results, LOSS))
    gap = losses(results, "respond_as_allies") - losses(results, "stand_alone")
    row = next(line for line in ax.lines if len(line.get_xdata()) == 9)
    assert sorted(row.get_xdata()) == pytest.approx(sorted(gap))
    half = 2.306004135204166 * gap.std(ddof=1) / 3.0  # Student, 8 degrees of freedom
    brackets = [list(line.get_xdata()) for line in ax.lines if line.get_color() == "black"]
    assert pytest.approx([gap.mean() - half, gap.mean() + half]) in brackets
    first = words_of(ax.figure.figure).numbers.partition("respond as allies")[2].partition(";")[0]
    assert close(first, gap.mean(), gap.mean() - half, gap.mean() + half)


def test_no_differences_of_one_policy(make_results: Maker) -> None:
    with pytest.raises(NothingToShow, match="one policy"):
        differences(make_results(policies=("stand_alone",)), LOSS)


def test_a_distribution_function_steps_at_every_run(make_results: Maker) -> None:
    results = make_results(8)
    (ax,) = panels(drawn(ecdf, results, LOSS))
    line = next(line for line in ax.lines if line.get_drawstyle() == "steps-post")
    values = np.sort(losses(results, "stand_alone"))
    assert line.get_xdata() == pytest.approx(np.concatenate([values[:1], values]))
    assert line.get_ydata() == pytest.approx(np.arange(9) / 8)


def test_an_outcome_there_is_not_is_named_with_those_there_are(make_results: Maker) -> None:
    for draw in (distributions, ecdf, differences):
        with pytest.raises(InvalidInput, match=r"target_los'.*did you mean target_loss_pv"):
            draw(make_results(), "target_los")
    with pytest.raises(ResultsError, match=r"did you mean real_income"):
        paths(make_results(), "real_incom")


@pytest.mark.slow
def test_a_sweep_pools_its_points_and_says_so() -> None:
    results = swept((("grid", (("economy.factor_mobility", (1.2, 1.5)),), 0),), replicates=3, strategic=False)
    (ax,) = panels(drawn(distributions, results, LOSS))
    assert "n = 6 draws (2 points of the design x 3 replicates)" in all_text(ax.figure.figure)
    one = all_text(drawn(distributions, results.only(points=[1]), LOSS))
    assert "n = 3 replicates" in one


def test_the_interval_of_a_mean_is_within_its_axis() -> None:
    """Five differences, -1 four times and -4: Student's interval of the mean is wider than they are."""
    rules = {"stand_alone": lambda s, k: {LOSS: 10.0}, "silos": lambda s, k: {LOSS: 9.0 - 3.0 * (k == 2)}}
    (ax,) = panels(drawn(differences, sweep([], rules, 5), LOSS))
    half = 2.7764451 * math.sqrt(1.8) / math.sqrt(5.0)
    bracket = next(line for line in ax.lines if line.get_color() == "black" and len(set(line.get_ydata())) == 1)
    assert list(bracket.get_xdata()) == pytest.approx([-1.6 - half, -1.6 + half])
    assert ax.get_xlim()[0] < -1.6 - half
    assert ax.get_xlim()[1] > -1.6 + half


def test_differences_may_be_drawn_as_steps(make_results: Maker) -> None:
    results = make_results(8)
    (ax,) = panels(drawn(distributions, results, LOSS, form="steps", paired=True))
    gap = np.sort(losses(results, "respond_as_allies") - losses(results, "stand_alone"))
    line = next(line for line in ax.lines if line.get_drawstyle() == "steps-post")
    assert line.get_xdata()[1:] == pytest.approx(gap)


def test_a_policy_keeps_its_mark_where_others_are_left_out(make_results: Maker) -> None:
    whole = make_results(3)
    (ax,) = panels(drawn(distributions, whole.only(policies=["integrate_economies"]), LOSS))
    inks = {line.get_color() for line in ax.lines}
    assert marks(whole.policies)["integrate_economies"].colour in inks
    assert marks(whole.policies)["stand_alone"].colour not in inks


def test_no_density_is_drawn_where_no_run_went() -> None:
    values = np.random.default_rng(3).exponential(size=500)
    outline = cloud(values, 0.0, values.max())
    assert outline is not None
    assert outline[0].min() == values.min()
    assert outline[0].max() == values.max()
    assert outline[1].max() == pytest.approx(1.0)


def test_a_number_met_again_and_again_is_a_bar_and_not_smeared() -> None:
    x, height = cloud(np.array([0.0] * 40 + [1.0] * 10 + [3.0] * 50), 0.0, 3.0) or ((), ())
    assert len(x) == 12
    assert sorted(set(np.round(height, 12))) == pytest.approx([0.0, 0.2, 0.8, 1.0])
    many = np.concatenate([np.zeros(60), np.linspace(1.0, 2.0, 40)])
    x, height = cloud(many, 0.0, 2.0) or ((), ())
    assert height[np.searchsorted(x, 0.01)] == 1.0  # sixty of a hundred are in the first bar
    assert cloud(np.ones(50), 0.0, 1.0) is None


def test_thinning_keeps_the_ends_and_the_shape() -> None:
    values = np.random.default_rng(1).normal(size=10_000)
    kept = thinned(values)
    assert kept.size == MOST_POINTS
    assert (kept[0], kept[-1]) == (values.min(), values.max())
    assert np.quantile(kept, [0.1, 0.5, 0.9]) == pytest.approx(np.quantile(values, [0.1, 0.5, 0.9]), abs=0.02)
    assert np.sort(jitter(8)) == pytest.approx(np.sort([0.5, 0.25, 0.75, 0.125, 0.625, 0.375, 0.875, 0.0625]))
