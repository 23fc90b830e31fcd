"""Figures of an analysis: bars, marks and lines are its rows; nothing is drawn of nothing."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest

from coercion_sim.analysis import Analysis, analyse
from coercion_sim.figures import (
    COLUMN_WIDTH,
    FULL_WIDTH,
    NothingToShow,
    boxes,
    contrasts,
    house,
    marks,
    regret,
    sensitivity,
)
from coercion_sim.figures.parameters import PANELS, index_rows, scaled
from support.figures import check_text, close, drawn, panels, words_of
from support.sweeps import block, morris, saltelli, sweep

LOSS = "target_loss_pv"
PATHS = ("economy.factor_mobility", "economy.adjustment_rate")
PLEDGE = "policy.respond_as_allies.pledge"


def _rule(gain: float) -> Callable[[dict, int], dict[str, float]]:
    def rule(s: dict, k: int) -> dict[str, float]:
        loss = 1.0 + s[PATHS[0]] + 0.2 * s[PATHS[1]] + 0.1 * k
        return {LOSS: loss * (1.0 - gain * s.get(PLEDGE, 1.0))}

    return rule


POLICIES = {"stand_alone": _rule(0.0), "respond_as_allies": _rule(0.4), "integrate_economies": _rule(-0.1)}


@pytest.fixture(scope="module")
def answer() -> Analysis:
    blocks = [saltelli(32, PATHS), block("grid", [[0.0], [0.5], [1.0]], [PLEDGE])]
    return analyse(sweep(blocks, POLICIES, 3), [LOSS], failing=f"{LOSS}>1.6")


def rules(**values: Callable[[int], dict[str, float]]) -> Analysis:
    """Analysis of one point, 24 replicates, outcomes of each policy by replicate."""
    bound = {policy: (lambda s, k, f=f: f(k)) for policy, f in values.items()}
    names = list(next(iter(values.values()))(0))
    return analyse(sweep([], bound, 24), names)


def test_bars_are_the_indices_and_lines_their_intervals(answer: Analysis) -> None:
    figure = drawn(sensitivity, answer, LOSS)
    for ax, index in zip(panels(figure), ("ST", "S1"), strict=True):
        rows = [r for r in index_rows(answer, LOSS) if r.index == index]
        widths = sorted(p.get_width() for p in ax.patches if p.get_height() < 0.5)
        assert widths == pytest.approx(sorted(r.value for r in rows))
        ends = {round(float(x), 9) for line in ax.lines if len(line.get_xdata()) == 2 for x in line.get_xdata()}
        assert {round(v, 9) for r in rows for v in (r.low, r.high)} <= ends
    top = max(
        (r for r in index_rows(answer, LOSS) if r.index == "ST" and r.policy == "stand_alone"), key=lambda r: r.value
    )
    first = words_of(figure).numbers.partition("factor mobility,")[2].partition(";")[0]
    assert close(first, top.value, top.low, top.high)
    assert panels(figure)[0].get_yticklabels()[0].get_text().replace("\n", " ") == "economy: factor mobility"


def test_indices_of_differences_are_against_the_baseline(answer: Analysis) -> None:
    rows = index_rows(answer, LOSS, differences=True)
    assert {r.against for r in rows} == {"stand_alone"}
    figure = drawn(sensitivity, answer, LOSS, differences=True)
    labels = [t.get_text() for t in figure.subfigs[0].legends[0].get_texts()]
    assert labels == ["respond as allies − stand alone", "integrate economies − stand alone"]


def test_elementary_effects_have_their_unit() -> None:
    answer = analyse(sweep([morris(6, PATHS)], POLICIES, 3), [LOSS])
    mean, spread = panels(drawn(sensitivity, answer, LOSS))
    assert mean.get_xlabel().replace("\n", " ") == f"{PANELS['morris'][0][1]} (% of GDP)"
    rows = [r for r in index_rows(answer, LOSS) if r.index == "sigma"]
    assert sorted(p.get_width() for p in spread.patches if p.get_height() < 0.5) == pytest.approx(
        sorted(r.value for r in rows)
    )


def test_differences_are_drawn_along_the_only_grid(answer: Analysis) -> None:
    (ax,) = panels(drawn(contrasts, answer, LOSS))
    lines = [line for line in ax.lines if len(line.get_xdata()) == 3]
    means = [[a.row.mean for a in answer.axes if a.row.against and a.row.policy == p] for p in answer.policies[1:]]
    assert [list(line.get_ydata()) for line in lines] == [pytest.approx(m) for m in means]
    assert [t.get_text() for t in ax.get_xticklabels()] == ["0", "0.5", "1"]
    assert means[0] == pytest.approx([0.0, 0.5 * means[0][2], means[0][2]])


def test_without_a_grid_one_mark_a_policy_with_the_interval_of_its_mean() -> None:
    answer = analyse(sweep([morris(6, PATHS)], POLICIES, 3), [LOSS])
    figure = drawn(contrasts, answer, LOSS, width=COLUMN_WIDTH)
    (ax,) = panels(figure)
    rows = answer.overall(answer.contrasts)
    found = [float(line.get_xdata()[0]) for line in ax.lines if len(line.get_xdata()) == 1]
    assert found == pytest.approx([r.mean for r in rows])
    texts = words_of(figure).numbers.partition(":")[2].split(";")
    assert all(close(t, r.mean, r.low, r.high) for t, r in zip(texts, rows, strict=True))
    assert ax.get_xlabel().replace("\n", " ") == "Difference from stand alone (% of GDP)"


def test_a_grid_of_words_is_spaced_evenly() -> None:
    by = {"low": 1.0, "high": 2.0}
    policies = {"stand_alone": lambda s, k: {LOSS: by[s["x"]]}, "silos": lambda s, k: {LOSS: 2 * by[s["x"]] + k}}
    answer = analyse(sweep([block("grid", [["low"], ["high"]], ["x"])], policies, 3), [LOSS])
    (ax,) = panels(drawn(contrasts, answer, LOSS))
    assert [t.get_text() for t in ax.get_xticklabels()] == ["low", "high"]
    line = next(line for line in ax.lines if line.get_marker() == marks(["a", "b"])["b"].marker)
    assert list(line.get_ydata()) == pytest.approx([2.0, 3.0])


def test_chances_and_regrets_are_those_of_the_rows(answer: Analysis) -> None:
    figure = drawn(regret, answer)
    left, right = panels(figure)
    chance = [float(line.get_xdata()[0]) for line in left.lines if len(line.get_xdata()) == 1]
    assert chance == pytest.approx([r.best for r in answer.regret])
    largest = max(r.mean for r in answer.regret)
    cost = [float(line.get_xdata()[0]) for line in right.lines if len(line.get_xdata()) == 1]
    assert cost == pytest.approx([r.mean / largest for r in answer.regret])
    first = words_of(figure).numbers.partition("stand alone")[2].partition(";")[0]
    row = answer.regret[0]
    assert close(first, 100 * row.best, 100 * row.best_low, 100 * row.best_high) or close(first, 100 * row.best)


def test_intervals_of_close_chances_overlap_on_the_figure() -> None:
    """Best in 13 of 24 draws against 11: that is luck, and the intervals show it."""
    answer = rules(stand_alone=lambda k: {LOSS: 1.0}, respond_as_allies=lambda k: {LOSS: 0.9 if k < 13 else 1.1})
    assert [round(24 * r.best) for r in answer.regret] == [11, 13]
    left, _ = panels(drawn(regret, answer))
    (a, b), (c, d) = [list(line.get_xdata()) for line in left.lines if len(line.get_xdata()) == 2]
    assert max(a, c) < min(b, d)


def test_outcomes_have_an_arrow_of_their_direction() -> None:
    answer = rules(
        stand_alone=lambda k: {LOSS: 1.0 + k, "bloc_income": 0.0}, silos=lambda k: {LOSS: 0.5 + k, "bloc_income": 1.0}
    )
    left, _ = panels(drawn(regret, answer, width=COLUMN_WIDTH))
    assert [t.get_text()[0] for t in left.get_yticklabels()] == ["↓", "↑"]


def test_limits_of_a_box_are_its_share_of_the_range(answer: Analysis) -> None:
    figure = drawn(boxes, answer)
    first = [b for b in answer.boxes if b.limits and b.number == 1]
    assert len(panels(figure)) == len(first)
    box = first[0]
    inside = [line.get_xdata() for line in panels(figure)[0].lines if line.get_linewidth() == 6.0]
    for (low, high), limit in zip(inside, box.limits, strict=True):
        span = limit.at_most - limit.at_least
        assert (low, high) == pytest.approx(scaled(limit))
        assert (low, high) == pytest.approx(((limit.low - limit.at_least) / span, (limit.high - limit.at_least) / span))
    assert f"density {100 * box.density:.0f} %" in " ".join(panels(figure)[0].get_title(loc="left").split())


def test_nothing_is_drawn_of_nothing() -> None:
    one = analyse(sweep([], {"stand_alone": lambda s, k: {LOSS: float(k)}}, 3), [LOSS])
    for draw in (lambda: sensitivity(one, LOSS), lambda: contrasts(one, LOSS), lambda: regret(one), lambda: boxes(one)):
        with pytest.raises(NothingToShow):
            draw()


@pytest.mark.parametrize("width", [COLUMN_WIDTH, FULL_WIDTH])
def test_words_on_a_figure_stay_within_it_and_apart(answer: Analysis, width: float) -> None:
    for draw in (lambda: drawn(boxes, answer, width=width), lambda: drawn(contrasts, answer, LOSS, width=width)):
        check_text(draw())
    with house():
        for figure in (sensitivity(answer, LOSS, width=width), regret(answer, width=width)):
            figure.draw_without_rendering()
            for ax in panels(figure):
                extents = [t.get_window_extent() for t in ax.get_yticklabels() if t.get_text()]
                heights = sorted((b.y0, b.y1) for b in extents)
                assert all(a[1] <= b[0] + 1 for a, b in pairwise(heights))
                assert all(b.x0 >= -1 for b in extents)
