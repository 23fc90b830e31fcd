"""Boxes of misses and the conditions they rest on, by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from coercion_sim.analysis import BoxLimit, Step
from coercion_sim.analysis.discovery.boxes import LEAST, MOST_BOXES, best_step, miss_boxes
from coercion_sim.analysis.discovery.conditions import Fails
from coercion_sim.analysis.discovery.prim import Box, Prim, edge

LOSS, ALONE = "target_loss_pv", "stand_alone"


# ------------------------------------------------------------------ conditions


@pytest.mark.parametrize(
    ("sign", "wanted"), [(">", [0, 0, 1, 0]), (">=", [0, 1, 1, 0]), ("<", [1, 0, 0, 0]), ("<=", [1, 1, 0, 0])]
)
def test_a_limit_is_itself_a_miss_only_where_the_sign_says_so(sign: str, wanted: list[int]) -> None:
    assert Fails(LOSS, sign, 0.5).missed(np.array([0.4, 0.5, 0.6, math.nan])).tolist() == [bool(x) for x in wanted]


# ------------------------------------------------------------------ boxes


def test_one_peel_takes_the_slice_with_the_fewest_misses_off() -> None:
    """20 draws in order of x, those of the upper half miss: the first peel takes the lowest draw off."""
    x = np.arange(20.0)
    prim = Prim({"x": x, "y": np.zeros(20)}, x >= 10)
    path = prim.find(np.arange(20))
    assert path[0].draws.size == 20
    assert path[1].limits["x"] == (0.5, 19.0)
    assert [prim.density(box.draws) for box in path] == sorted(prim.density(box.draws) for box in path)
    purest = next(box for box in path if prim.density(box.draws) == 1.0)
    assert purest.limits["x"][0] == pytest.approx(9.5)
    assert purest.draws.size == 10


def test_a_box_keeps_its_least_mass_and_limits_of_texts_its_last_text() -> None:
    luck = np.random.default_rng(2)
    kinds = np.array(["p", "q", "r"], dtype=object)[luck.integers(3, size=200)]
    prim = Prim({"x": luck.random(200), "kind": kinds}, kinds == "q")
    path = prim.find(np.arange(200))
    assert min(box.draws.size for box in path) >= 0.05 * 200
    assert path[-1].limits["kind"] == frozenset("q")
    freed = prim.without(path[-1], "kind", np.arange(200))
    assert freed.limits["kind"] == frozenset("pqr")
    assert prim.restricted(freed.limits) == [name for name in prim.restricted(path[-1].limits) if name != "kind"]


def test_draws_inside_limits_are_counted_ends_included() -> None:
    prim = Prim({"x": np.array([0.0, 1.0, 2.0, 3.0])}, np.array([True, False, True, False]))
    inside = prim.inside({"x": (1.0, 2.0)}, np.arange(4))
    assert inside.tolist() == [1, 2]
    assert prim.density(inside) == 0.5
    assert prim.density(np.array([], dtype=np.int64)) == 0.0
    assert prim.quasi_p(Box({"x": (1.0, 2.0)}, inside), np.arange(4))["x"] == pytest.approx(8 / 9)  # 1 - (1 - 2/3)^2


def test_edges_part_the_share_asked_for_halfway_between_neighbours() -> None:
    assert edge(np.arange(101.0), 0.05) == 5.5  # the value at the share itself goes with the slice
    assert edge(np.arange(101.0), 0.95) == 94.5
    assert edge(np.arange(10.0), 0.05) == 0.5
    assert edge(np.arange(10.0), 0.95) == 8.5


def test_the_step_shown_weighs_coverage_and_density_alike() -> None:
    def step(coverage: float, density: float, restricted: int = 1) -> Step:
        return Step(coverage, density, 0.2, restricted, 10, 5)

    assert best_step([step(1.0, 0.2), step(0.8, 0.8), step(0.2, 1.0)]) == 1
    assert best_step([step(0.9, 0.6, 3), step(0.6, 0.9, 2), step(0.6, 0.9, 4)]) == 1
    assert best_step([step(0.0, 0.0)]) == 0


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        (BoxLimit("x", 0.3, 1.0, 0.0, 1.0, (), 0.01), "at least 0.3"),
        (BoxLimit("x", 0.0, 0.25, 0.0, 1.0, (), 0.01), "at most 0.25"),
        (BoxLimit("x", 0.1, 0.25, 0.0, 1.0, (), 0.01), "0.1 to 0.25"),
        (BoxLimit("x", *(math.nan,) * 4, ("p", "q"), 0.01), "in p, q"),
    ],
)
def test_a_limit_says_what_binds(limit: BoxLimit, words: str) -> None:
    assert limit.words == words


@pytest.mark.parametrize("misses", [0, LEAST - 1, LEAST, 60 - LEAST, 61 - LEAST, 60])
def test_boxes_are_sought_where_enough_draws_miss_and_enough_do_not(misses: int) -> None:
    x = np.arange(60.0)
    (box,) = miss_boxes(ALONE, {"x": x}, x < misses)
    assert (box.draws, box.misses, box.base_rate) == (60, misses, misses / 60)
    assert bool(box.limits) == (LEAST <= misses <= 60 - LEAST)
    assert bool(box.note) != bool(box.limits)
    if box.limits:
        assert box.limits[0].high == pytest.approx(misses - 0.5, abs=3)
        assert box.density > box.base_rate


def test_there_are_never_more_boxes_than_the_most_and_each_is_among_the_rest() -> None:
    luck = np.random.default_rng(8).random((4, 800))
    missed = (luck > np.array([[0.7], [0.85], [0.93], [0.97]])).any(axis=0)
    boxes = miss_boxes(ALONE, dict(zip("abcd", luck, strict=True)), missed)
    assert 1 < len(boxes) <= MOST_BOXES
    assert [box.number for box in boxes] == list(range(1, len(boxes) + 1))
    inside = np.zeros(800, dtype=bool)
    for box in boxes:
        here = ~inside
        for limit in box.limits:
            x = luck["abcd".index(limit.parameter)]
            here &= (x >= limit.low) & (x <= limit.high)
        assert box.mass == pytest.approx(here.mean())
        assert box.density == pytest.approx(missed[here].mean())
        assert box.coverage == pytest.approx(missed[here].sum() / missed.sum())
        inside |= here
