"""Figures of a sweep: what is drawn is what the tables say, and nothing is drawn of nothing."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from matplotlib import rcParams

from coercion_sim.analysis import Analysis, analyse
from coercion_sim.figures import (
    COLUMN_WIDTH,
    FULL_WIDTH,
    NothingToShow,
    house,
    miss_boxes,
    policy_contrasts,
    regrets,
    sensitivity_bars,
    write_analysis_figures,
)
from support.figures import check_text, rendered
from support.sweeps import block, morris, saltelli, sweep

LOSS = "target_loss_pv"
PATHS = ("economy.factor_mobility", "economy.adjustment_rate")
PLEDGE = "policy.respond_as_allies.pledge"


def _rule(gain: float):
    def rule(s: dict, k: int) -> dict[str, float]:
        loss = 1.0 + s[PATHS[0]] + 0.2 * s[PATHS[1]] + 0.1 * k
        return {LOSS: loss * (1.0 - gain * s.get(PLEDGE, 1.0))}

    return rule


POLICIES = {"stand_alone": _rule(0.0), "respond_as_allies": _rule(0.4), "integrate_economies": _rule(-0.1)}


@pytest.fixture(scope="module")
def answer() -> Analysis:
    blocks = [saltelli(32, PATHS), block("grid", [[0.0], [0.5], [1.0]], [PLEDGE])]
    return analyse(sweep(blocks, POLICIES, 3), [LOSS], failing=f"{LOSS}>1.6")


def axes(figure: object) -> list:
    """Axes of a figure and of its parts, in order."""
    found = list(figure.axes)  # type: ignore[attr-defined]
    return found or [ax for part in figure.subfigs for ax in axes(part)]  # type: ignore[attr-defined]


def test_bars_are_the_indices(answer: Analysis) -> None:
    with house():
        total, alone = axes(sensitivity_bars(answer, LOSS))
    for ax, index in ((total, "ST"), (alone, "S1")):
        rows = [r for r in answer.indices if r.index == index and r.given.startswith("mean") and not r.against]
        assert sorted(p.get_width() for p in ax.patches if p.get_height() < 0.5) == pytest.approx(
            sorted(r.value for r in rows)
        )
        ends = {round(float(x), 9) for line in ax.lines if len(line.get_xdata()) == 2 for x in line.get_xdata()}
        assert {round(v, 9) for r in rows for v in (r.low, r.high)} <= ends
    assert total.get_yticklabels()[0].get_text().replace("\n", " ") == "economy: factor mobility"


def test_differences_are_drawn_along_the_only_grid(answer: Analysis) -> None:
    with house():
        (ax,) = axes(policy_contrasts(answer, LOSS))
    lines = [line for line in ax.lines if len(line.get_xdata()) == 3]
    means = [[a.row.mean for a in answer.axes if a.row.against and a.row.policy == p] for p in answer.policies[1:]]
    assert [list(line.get_ydata()) for line in lines] == [pytest.approx(m) for m in means]
    assert [t.get_text() for t in ax.get_xticklabels()] == ["0", "0.5", "1"]
    assert means[0] == pytest.approx([0.0, 0.5 * means[0][2], means[0][2]])


def test_without_a_grid_one_mark_a_policy() -> None:
    answer = analyse(sweep([morris(6, PATHS)], POLICIES, 3), [LOSS])
    with house():
        (ax,) = axes(policy_contrasts(answer, LOSS, width=3.5))
    marks = [float(line.get_xdata()[0]) for line in ax.lines if len(line.get_xdata()) == 1]
    assert marks == pytest.approx([r.mean for r in answer.overall(answer.contrasts)])


def test_chances_and_regrets_are_where_they_are(answer: Analysis) -> None:
    with house():
        left, right = axes(regrets(answer))
    chance = [float(line.get_xdata()[0]) for line in left.lines if len(line.get_xdata()) == 1]
    assert chance == pytest.approx([r.best for r in answer.regret])
    largest = max(r.mean for r in answer.regret)
    cost = [float(line.get_xdata()[0]) for line in right.lines if len(line.get_xdata()) == 1]
    assert cost == pytest.approx([r.mean / largest for r in answer.regret])


def test_limits_of_a_box_are_its_share_of_the_range(answer: Analysis) -> None:
    box = next(b for b in answer.boxes if b.limits)
    with house():
        ax = axes(miss_boxes(answer))[0]
    inside = [line.get_xdata() for line in ax.lines if line.get_linewidth() == 6.0]
    for (low, high), limit in zip(inside, box.limits, strict=True):
        span = limit.at_most - limit.at_least
        assert (low, high) == pytest.approx(((limit.low - limit.at_least) / span, (limit.high - limit.at_least) / span))
    assert f"density {100 * box.density:.0f}" in ax.get_title(loc="left").replace("\n", " ")


def test_nothing_is_drawn_of_nothing() -> None:
    one = analyse(sweep([], {"stand_alone": lambda s, k: {LOSS: float(k)}}, 3), [LOSS])
    for draw in (lambda: sensitivity_bars(one, LOSS), lambda: policy_contrasts(one, LOSS), lambda: regrets(one)):
        with pytest.raises(NothingToShow):
            draw()
    with pytest.raises(NothingToShow):
        miss_boxes(one)


@pytest.mark.parametrize("width", [3.5, 7.0])
def test_files_are_written_fit_their_width_and_leave_settings_alone(
    answer: Analysis, tmp_path: Path, width: float
) -> None:
    from matplotlib.image import imread

    before = dict(rcParams)
    paths = write_analysis_figures(answer, tmp_path, width=width)
    names = {p.stem for p in paths}
    assert names == {
        f"contrasts-{LOSS}", f"sensitivity-{LOSS}", f"sensitivity_of_differences-{LOSS}", "regret", "boxes",
    }  # fmt: skip
    assert dict(rcParams) == before
    for path in paths:
        assert imread(path).shape[1] == math.floor(width * 300)


def test_words_on_a_figure_stay_within_it_and_apart(answer: Analysis) -> None:
    with house():
        for draw in (lambda w: sensitivity_bars(answer, LOSS, width=w), lambda w: regrets(answer, width=w)):
            for width in (3.5, 7.0):
                figure = draw(width)
                figure.draw_without_rendering()
                for ax in axes(figure):
                    boxes = [t.get_window_extent() for t in ax.get_yticklabels() if t.get_text()]
                    heights = sorted((b.y0, b.y1) for b in boxes)
                    assert all(a[1] <= b[0] + 1 for a, b in pairwise(heights))
                    assert all(b.x0 >= -1 for b in boxes)


def test_a_figure_of_an_earlier_analysis_with_nothing_to_show_now_goes(tmp_path: Path, answer: Analysis) -> None:
    write_analysis_figures(answer, tmp_path)
    again = analyse(sweep([block("grid", [[0.0, 0.0], [1.0, 0.0]], PATHS)], POLICIES, 3), [LOSS])
    write_analysis_figures(again, tmp_path)
    left = {p.stem for p in (tmp_path / "analysis").iterdir()}
    assert left == {f"contrasts-{LOSS}", "regret"}
    assert np.isfinite([r.mean for r in again.regret]).all()


@pytest.mark.parametrize("width", [COLUMN_WIDTH, FULL_WIDTH])
def test_numbers_of_boxes_lie_on_no_other_text(answer: Analysis, width: float) -> None:
    with house():
        check_text(rendered(miss_boxes(answer, width=width)))
