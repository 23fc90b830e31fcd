"""Shapes shared by figures: marks at their values, intervals at their ends, bands at their quantiles."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from coercion_sim.analysis import Spread
from coercion_sim.figures import draw_bands, draw_fans, marks
from coercion_sim.figures.style.shapes import draw_interval, draw_spreads, finished, median, offsets, zero_line

INKS = marks(["a", "b"])
QUARTERS = tuple(f"{2020 + q // 4}Q{q % 4 + 1}" for q in range(12))
VALUES = np.random.default_rng(5).normal(size=(40, 12))


def axes() -> Axes:
    return Figure().subplots()


def band(collection: object, x: float) -> tuple[float, float]:
    """Lower and upper edge of a filled band at a step."""
    corners = collection.get_paths()[0].vertices  # type: ignore[attr-defined]
    y = corners[np.isclose(corners[:, 0], x)][:, 1]
    return float(y.min()), float(y.max())


def test_an_interval_is_a_mark_and_a_line_between_its_ends() -> None:
    ax = axes()
    draw_interval(ax, 1.0, 0.5, 2.0, 3.0, INKS["a"])
    ends, mark = ax.lines
    assert (list(ends.get_xdata()), list(ends.get_ydata())) == ([0.5, 2.0], [3.0, 3.0])
    assert (mark.get_xdata()[0], mark.get_ydata()[0], mark.get_marker()) == (1.0, 3.0, INKS["a"].marker)
    none = axes()
    draw_interval(none, 1.0, np.nan, np.nan, 3.0, INKS["a"])
    assert len(none.lines) == 1


def test_spreads_are_marked_at_their_means_with_their_ranges() -> None:
    ax = axes()
    spreads = [Spread.of(VALUES[:, 0]), Spread.of(VALUES[:, 1]), Spread.of([4.0])]
    draw_spreads(ax, spreads, [0, 1, 2], INKS["b"])
    *ranges, means = ax.lines
    assert means.get_xdata() == pytest.approx([VALUES[:, 0].mean(), VALUES[:, 1].mean(), 4.0])
    assert [list(r.get_xdata()) for r in ranges] == [
        pytest.approx(np.quantile(VALUES[:, k], [0.05, 0.95])) for k in (0, 1)
    ]


def test_offsets_are_even_and_symmetric() -> None:
    assert offsets(1, 0.3).tolist() == [0.0]
    assert offsets(3, 0.3) == pytest.approx([-0.3, 0.0, 0.3])


def test_the_zero_line_lies_at_0() -> None:
    ax = axes()
    zero_line(ax)
    zero_line(ax, vertical=True)
    assert list(ax.lines[0].get_ydata()) == [0.0, 0.0]
    assert list(ax.lines[1].get_xdata()) == [0.0, 0.0]


def test_runs_that_failed_are_left_out_of_medians() -> None:
    values = np.vstack([VALUES, np.full((3, 12), np.nan)])
    assert finished(values).shape == (40, 12)
    assert median(values) == pytest.approx(np.median(VALUES, axis=0))
    assert np.isnan(median(np.full((2, 12), np.nan))).all()


def test_fans_are_medians_and_the_5_and_95_per_cent_quantiles() -> None:
    ax = axes()
    draw_fans(ax, {"a": VALUES, "b": 2.0 * VALUES}, INKS, QUARTERS)
    for policy, scale, fan, line in zip("ab", (1.0, 2.0), ax.collections, ax.lines, strict=False):
        assert line.get_ydata() == pytest.approx(scale * np.median(VALUES, axis=0))
        assert line.get_color() == INKS[policy].colour
        assert band(fan, 6.0) == pytest.approx(tuple(scale * np.quantile(VALUES[:, 6], [0.05, 0.95])))
    assert [t.get_text() for t in ax.get_xticklabels()] == ["2020", "2021", "2022"]


def test_one_run_has_no_fan_and_none_has_no_line() -> None:
    ax = axes()
    draw_fans(ax, {"a": VALUES[:1], "b": np.full((2, 12), np.nan)}, INKS, QUARTERS)
    assert not ax.collections
    assert ax.lines[0].get_color() == INKS["a"].colour
    assert INKS["b"].colour not in [line.get_color() for line in ax.lines]


def test_bands_are_quantiles_and_shade_the_share_of_runs_under_measures() -> None:
    ax, acting = axes(), np.array([0.0, 0.5, 1.0] + [0.0] * 9)
    draw_bands(ax, VALUES, INKS["a"], acting)
    outer, inner = ax.collections
    assert band(outer, 4.0) == pytest.approx(tuple(np.quantile(VALUES[:, 4], [0.05, 0.95])))
    assert band(inner, 4.0) == pytest.approx(tuple(np.quantile(VALUES[:, 4], [0.25, 0.75])))
    shaded = {p.get_x() + 0.5: p.get_alpha() for p in ax.patches}
    assert list(shaded) == [1.0, 2.0]
    assert shaded[2.0] > shaded[1.0]
    assert ax.lines[-1].get_ydata() == pytest.approx(np.median(VALUES, axis=0))


def test_a_panel_without_a_finished_run_says_so() -> None:
    ax = axes()
    draw_bands(ax, np.full((2, 12), np.nan), INKS["a"])
    assert [t.get_text() for t in ax.texts] == ["no run finished"]
    assert not ax.collections
