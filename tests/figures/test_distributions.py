"""Distributions, distribution functions, paired differences and paths: what is drawn is what the runs hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from coercion_sim import figures as views
from coercion_sim.errors import InvalidInput, ResultsError
from coercion_sim.experiments import Results
from coercion_sim.figures import COLUMN_WIDTH, FULL_WIDTH
from coercion_sim.figures.compare.samples import MOST_POINTS, cloud, jitter, thinned
from coercion_sim.figures.style.style import marks
from support.figure_runs import ran, swept
from support.figures import all_text, check_text, rendered

Maker = Callable[..., Results]
LOSS = "target_loss_pv"
DRAWN: dict[str, Callable[..., Any]] = {
    "distributions": views.distributions,
    "ecdf": views.cumulative,
    "differences": views.differences,
    "paths": views.paths,
}


def drawn(draw: Callable[..., Any], results: Results, *arguments: Any, width: float = FULL_WIDTH) -> Figure:
    with views.house():
        return rendered(draw(results, *arguments, width=width))


def panels(figure: Any) -> list[Any]:
    """Axes of a figure and of its parts, in order."""
    found = list(figure.axes)
    return found or [ax for part in figure.subfigs for ax in panels(part)]


def losses(results: Results, policy: str) -> np.ndarray:
    frame = results.frame("outcomes")
    return frame[frame.policy == policy][LOSS].to_numpy()


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


@pytest.mark.parametrize("name", DRAWN)
def test_long_names_and_many_replicates_fit(make_results: Maker, name: str) -> None:
    results = make_results(600, names=lambda name: f"The United Republic of Greater {name} and its Dependencies")
    check_text(drawn(DRAWN[name], results, width=COLUMN_WIDTH))


def test_a_raincloud_has_the_quantiles_and_points_of_its_runs(make_results: Maker) -> None:
    results = make_results(40)
    (ax,) = panels(drawn(views.distributions, results, LOSS))
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
    assert ax.get_xlabel() == "Loss of the target (present value) (% of own GDP)"


def test_the_title_has_the_medians(make_results: Maker) -> None:
    # Medians over k = 0 ... 4: .4 x 1.2 x what is left under each policy.
    words = all_text(drawn(views.distributions, make_results(5), LOSS))
    assert (
        "median 0.48 % of GDP standing alone, 0.14 % of GDP under respond as allies and 0.43 % of GDP under integrate"
        in words
    )


def test_where_medians_are_alike_the_title_has_means() -> None:
    results = ran(strategic=False)
    words = all_text(drawn(views.distributions, results, "belief_target"))
    assert "mean" in words.split("Mark:")[0]


def test_differences_are_paired_and_their_mean_has_its_interval(make_results: Maker) -> None:
    results = make_results(9)
    (ax,) = panels(drawn(views.differences, results, LOSS))
    gap = losses(results, "respond_as_allies") - losses(results, "stand_alone")
    row = next(line for line in ax.lines if len(line.get_xdata()) == 9)
    assert sorted(row.get_xdata()) == pytest.approx(sorted(gap))
    half = 2.306004135204166 * gap.std(ddof=1) / 3.0  # Student, 8 degrees of freedom
    brackets = [list(line.get_xdata()) for line in ax.lines if line.get_color() == "black"]
    assert pytest.approx([gap.mean() - half, gap.mean() + half]) in brackets
    words = all_text(ax.figure.figure)
    assert f"lowers the loss of the target (present value) by {-gap.mean():.2g} % of GDP" in words
    assert "lower in 100 % of worlds" in words


def test_no_differences_of_one_policy(make_results: Maker) -> None:
    with pytest.raises(views.NothingToShow, match="one policy"):
        views.differences(make_results(policies=("stand_alone",)), LOSS)


def test_a_distribution_function_steps_at_every_run(make_results: Maker) -> None:
    results = make_results(8)
    (ax,) = panels(drawn(views.cumulative, results, LOSS))
    line = next(line for line in ax.lines if line.get_drawstyle() == "steps-post")
    values = np.sort(losses(results, "stand_alone"))
    assert line.get_xdata() == pytest.approx(np.concatenate([values[:1], values]))
    assert line.get_ydata() == pytest.approx(np.arange(9) / 8)
    # Under half of the worlds stay at or below the median; with respond as allies none goes beyond it.
    assert "in 50 % of worlds standing alone, in 0 % under respond as allies" in all_text(ax.figure.figure)


def test_paths_have_the_median_and_bands_of_every_quarter(make_results: Maker) -> None:
    results = make_results(21)
    figure = drawn(views.paths, results, "real_income", ["CHN"])
    first, *_ = panels(figure)
    frame = results.frame("states")
    mine = frame[(frame.policy == "stand_alone") & (frame.state == "CHN")].groupby("step").real_income
    line = next(line for line in first.lines if len(line.get_xdata()) == 12)
    assert line.get_ydata() == pytest.approx(mine.median().to_numpy())
    outer, inner = first.collections
    for band, low, high in ((outer, 0.05, 0.95), (inner, 0.25, 0.75)):
        corners = band.get_paths()[0].vertices
        at_six = corners[np.isclose(corners[:, 0], 6.0)][:, 1]
        assert at_six.min() == pytest.approx(mine.quantile(low)[6])
        assert at_six.max() == pytest.approx(mine.quantile(high)[6])


def test_quarters_are_shaded_by_the_share_of_runs_under_measures(make_results: Maker) -> None:
    first, *_ = panels(drawn(views.paths, make_results(3)))
    shaded = [p.get_x() + 0.5 for p in first.patches if p.get_width() == 1.0]
    assert shaded == list(range(2, 12))


def test_an_outcome_there_is_not_is_named_with_those_there_are(make_results: Maker) -> None:
    for draw in (views.distributions, views.cumulative, views.differences):
        with pytest.raises(InvalidInput, match=r"target_los'.*did you mean target_loss_pv"):
            draw(make_results(), "target_los")
    with pytest.raises(ResultsError, match=r"did you mean real_income"):
        views.paths(make_results(), "real_incom")


def test_a_sweep_pools_its_points_and_says_so() -> None:
    results = swept((("grid", (("economy.factor_mobility", (1.2, 1.5)),), 0),), replicates=3)
    (ax,) = panels(drawn(views.distributions, results, LOSS))
    assert "n = 6 worlds (2 points of the design x 3 replicates)" in all_text(ax.figure.figure)
    one = all_text(drawn(views.distributions, results.only(points=[1]), LOSS))
    assert "n = 3 replicates" in one


def test_a_policy_keeps_its_mark_where_others_are_left_out(make_results: Maker) -> None:
    whole = make_results(3)
    (ax,) = panels(drawn(views.distributions, whole.only(policies=["integrate_economies"]), LOSS))
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
