"""Points as a product of blocks, the cells kept where runs failed, and their bootstrap."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coercion_sim.analysis import outcome_frame
from coercion_sim.analysis.sensitivity.design_layout import (
    Block,
    Layout,
    complete,
    percentile_interval,
    read_layout,
    resamples,
)
from coercion_sim.analysis.sensitivity.outcome_frame import coded, directions
from coercion_sim.errors import InvalidInput, ResultsError
from coercion_sim.outcomes import directions as catalogue
from support.sweeps import block, saltelli, sweep

LOSS = "target_loss_pv"
BLOCKS = st.lists(
    st.tuples(st.sampled_from(["grid", "random", "morris", "saltelli"]), st.integers(1, 3)), min_size=1, max_size=3
)


def make(how: str, units: int, paths: str = "ab") -> Block:
    per = {"saltelli": len(paths) + 2, "morris": len(paths) + 1}.get(how, 1)
    return Block(how, units * per, tuple(paths), {}, {})


def test_units_are_base_rows_and_trajectories() -> None:
    assert (make("saltelli", 3).unit, make("saltelli", 3).units) == (4, 3)
    assert (make("morris", 3).unit, make("morris", 3).units) == (3, 3)
    assert (make("grid", 3).unit, make("grid", 3).units) == (1, 3)
    assert [make(how, 1).sampled for how in ("grid", "table", "random", "morris")] == [False, False, True, True]


@given(BLOCKS)
def test_a_layout_is_the_product_of_its_blocks(parts: list[tuple[str, int]]) -> None:
    layout = Layout(tuple(make(how, units, f"{i}x") for i, (how, units) in enumerate(parts)))
    points = list(product(*(range(b.rows) for b in layout.blocks)))
    assert layout.points == len(points)
    assert len(layout.paths) == 2 * len(parts)
    kept = layout.independent()
    for axis, b in enumerate(layout.blocks):
        assert layout.unit_of(axis).tolist() == [p[axis] // b.unit for p in points]
        rows_of = [{p[axis] for p, yes in zip(points, kept, strict=True) if yes}]
        per = {"saltelli": [0, b.unit - 1], "morris": [0]}.get(b.how, list(range(b.unit)))
        assert rows_of[0] == {u * b.unit + place for u in range(b.units) for place in per}
        beside = list(layout.slices(axis))
        assert len(beside) == layout.points // b.rows
        assert sorted(np.concatenate(beside).tolist()) == list(range(layout.points))
        for numbers in beside:
            assert [points[n][axis] for n in numbers] == list(range(b.rows))
            assert len({tuple(x for a, x in enumerate(points[n]) if a != axis) for n in numbers}) == 1


def test_a_manifest_whose_blocks_do_not_make_its_points_is_refused() -> None:
    entry = {"how": "saltelli", "rows": 8, "paths": ["a", "b"], "points": 2}
    assert read_layout({"points": 8, "blocks": [entry]}).blocks[0].given == {"points": 2}
    assert read_layout({}).points == 1
    with pytest.raises(ResultsError, match="7"):
        read_layout({"points": 7, "blocks": [entry]})
    with pytest.raises(ResultsError, match="9"):
        read_layout({"points": 9, "blocks": [entry | {"rows": 9}]})


# ------------------------------------------------------------------ cells


@given(st.lists(st.lists(st.booleans(), min_size=3, max_size=3), min_size=1, max_size=6))
def test_the_rectangle_kept_is_the_largest_among_the_replicates_with_most_points(done: list[list[bool]]) -> None:
    values = np.where(np.array(done), 1.0, np.nan)
    kept = complete(values)
    assert np.isfinite(kept.of(values)).all()
    assert kept.dropped_units == (~kept.points).sum()
    assert kept.dropped_replicates == (~kept.replicates).sum()
    order = np.argsort(-np.isfinite(values).sum(axis=0), kind="stable")
    best = max(k * int(np.isfinite(values[:, order[:k]]).all(axis=1).sum()) for k in (1, 2, 3))
    assert kept.of(values).size == best


def test_nothing_kept_where_nothing_ran_and_nothing_said_where_all_did() -> None:
    none = complete(np.full((2, 3), np.nan))
    assert (none.points.any(), none.replicates.any()) == (False, False)
    assert complete(np.ones((2, 3))).note == ""
    hole = np.ones((2, 3))
    hole[1, 0] = np.nan
    kept = complete(hole)
    assert (kept.dropped_units, kept.dropped_replicates) == (0, 1)
    assert "1 replicate" in kept.note


# ------------------------------------------------------------------ bootstrap


def test_resamples_take_whole_units_and_never_rows_of_a_grid() -> None:
    layout = Layout((make("grid", 2, "g"), make("morris", 5, "ab")))
    for points, replicates in resamples(layout, np.array([0, 0, 1, 2, 3, 4]), 1, "test", 20):
        assert points.size == layout.points
        rows = points.reshape(2, 15)
        assert (rows // 15 == np.array([[0], [1]])).all()  # the grid's rows as they were
        place = rows % 15
        assert (place[0] == place[1]).all()  # the same trajectories under each
        assert (place[0].reshape(5, 3) % 3 == [0, 1, 2]).all()
        assert (replicates == 0).sum() == (replicates == 1).sum()  # a unit of two replicates
        assert set(replicates.tolist()) <= set(range(6))


def test_there_are_no_resamples_of_too_few_units() -> None:
    assert list(resamples(Layout((make("grid", 4),)), np.arange(4), 1, "test", 5)) == []
    assert list(resamples(Layout((make("random", 4),)), np.arange(5), 1, "test", 5)) == []
    assert list(resamples(Layout((make("grid", 4),)), np.arange(50) % 4, 1, "test", 5)) == []
    assert len(list(resamples(Layout((make("grid", 4),)), np.arange(5), 1, "test", 5))) == 5
    assert len(list(resamples(Layout((make("random", 5),)), np.arange(5), 1, "test", 5))) == 5


def test_resamples_depend_on_the_seed_and_the_purpose_alone() -> None:
    layout = Layout((make("random", 50, "a"),))

    def first(seed: int, purpose: str) -> list[int]:
        return next(resamples(layout, np.arange(5), seed, purpose))[0].tolist()

    assert first(1, "a") == first(1, "a")
    assert len({tuple(first(*given)) for given in ((1, "a"), (2, "a"), (1, "b"))}) == 3


def test_the_percentile_interval_is_the_middle_of_the_draws() -> None:
    low, high = percentile_interval(np.arange(1001.0)[:, None] * [1.0, 2.0])
    assert low == pytest.approx([25.0, 50.0])
    assert high == pytest.approx([975.0, 1950.0])
    assert percentile_interval(np.arange(101.0), 0.5)[0] == pytest.approx(25.0)
    empty = percentile_interval(np.zeros((0, 2)))
    assert np.isnan(empty).all()
    assert empty[0].shape == (2,)


def test_the_bootstrap_of_a_mean_has_the_spread_of_the_mean() -> None:
    x = np.random.default_rng(1).normal(size=200)
    layout = Layout((make("random", 200, "a"),))
    means = np.array([x[points].mean() for points, _ in resamples(layout, np.arange(5), 3, "mean", 2000)])
    assert means.std() == pytest.approx(x.std() / np.sqrt(200), rel=0.06)
    assert means.mean() == pytest.approx(x.mean(), abs=4 * x.std() / np.sqrt(200 * 2000))


# ------------------------------------------------------------------ outcomes as arrays


def test_a_frame_has_every_value_in_its_place() -> None:
    rules = {"stand_alone": lambda s, k: {LOSS: 10 * s["a"] + k}, "other": lambda s, k: {LOSS: -1.0}}
    frame = outcome_frame(sweep([block("grid", [[1.0], [2.0]], "a")], rules, 3, failed=[(1, 2, "other")]), [LOSS])
    assert frame.of(LOSS, "stand_alone").tolist() == [[10, 11, 12], [20, 21, 22]]
    apart = frame.of(LOSS, "stand_alone", "other")
    assert apart[0].tolist() == [11, 12, 13]
    assert np.isnan(apart[1, 2])
    assert (frame.policies, frame.replicates, frame.outcomes) == (("stand_alone", "other"), (0, 1, 2), (LOSS,))
    assert [frame.setting(p) for p in (0, 1)] == [{"a": 1.0}, {"a": 2.0}]


def test_texts_are_codes_in_the_order_known() -> None:
    codes, meaning = coded(["b", None, "a", "z"], ["z", "b"])
    assert meaning == ("z", "b", "a")
    assert codes.tolist()[:1] == [1.0]
    assert np.isnan(codes[1])
    assert codes[2:].tolist() == [2.0, 0.0]


def test_directions_are_the_catalogue_s_with_those_given_in_their_place() -> None:
    assert directions() == catalogue()
    assert directions(maximise=[LOSS])[LOSS] is True
    assert directions(minimise=["help_pv"])["help_pv"] is False
    with pytest.raises(InvalidInput) as error:
        directions([LOSS], [LOSS])
    assert LOSS in str(error.value.problems[0].found)
    with pytest.raises(InvalidInput) as error:
        directions(["no_such"], [])
    assert error.value.problems[0].key == "--maximise"


def test_a_base_row_of_saltelli_is_one_unit_of_the_layout() -> None:
    frame = outcome_frame(sweep([saltelli(4, "abc")], {"stand_alone": lambda s, k: {LOSS: s["a"]}}), [LOSS])
    (b,) = frame.layout.blocks
    assert (b.units, b.unit, frame.parameters.shape) == (4, 5, (20, 3))
    assert np.bincount(frame.layout.unit_of(0)).tolist() == [5, 5, 5, 5]
