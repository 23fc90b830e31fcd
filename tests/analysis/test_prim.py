"""PRIM against the published implementation it follows, and against boxes that are known."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coercion_sim.analysis.discovery.boxes import miss_boxes
from coercion_sim.analysis.discovery.prim import Inputs, Prim, edge


def made(seed: int, draws: int = 300, texts: bool = False, rounded: bool = False) -> tuple[Inputs, np.ndarray]:
    """Three numbers, perhaps a text, and a condition that is likelier in a box of the first two."""
    luck = np.random.default_rng(seed)
    inputs: dict[str, Any] = {name: luck.random(draws) for name in "abc"}
    if rounded:
        inputs = {name: np.round(x, 1) for name, x in inputs.items()}
    chance = np.where((inputs["a"] > 0.5) & (inputs["b"] < 0.6), 0.8, 0.1)
    if texts:
        inputs["t"] = np.array(["x", "y", "z"], dtype=object)[luck.integers(3, size=draws)]
        chance = np.where(inputs["t"] == "y", 0.05, chance)
    return inputs, luck.random(draws) < chance


def oracle(inputs: Inputs, holds: np.ndarray, boxes: int = 1) -> list[Any]:
    """Boxes of ema_workbench, each among the draws outside the last of the one before."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        prim = pytest.importorskip("ema_workbench.analysis.prim", reason="ema_workbench is not installed (extra test)")
        import pandas as pd

        x = pd.DataFrame({path: pd.Series(values, dtype=values.dtype) for path, values in inputs.items()})
        search = prim.Prim(x, holds.astype(np.int64), threshold=0.01)
        return [search.find_box() for _ in range(boxes)]


@pytest.mark.slow  # importing the oracle takes longer than all other tests of this file
@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize(("texts", "rounded"), [(False, False), (True, False), (False, True), (True, True)])
def test_every_box_on_the_way_and_its_quasi_p_are_those_of_the_oracle(seed: int, texts: bool, rounded: bool) -> None:
    inputs, holds = made(seed, texts=texts, rounded=rounded)
    (published,) = oracle(inputs, holds)
    prim, every = Prim(inputs, holds), np.arange(holds.size)
    path = prim.find(every)
    assert len(path) == len(published.box_lims)
    for i, box in enumerate(path):
        row = published.peeling_trajectory.iloc[i]
        assert (box.draws.size, int(holds[box.draws].sum())) == (row["n"], row["k"])
        for name, limit in box.limits.items():
            theirs = published.box_lims[i][name]
            if isinstance(limit, frozenset):
                assert limit == theirs[0]
            else:
                assert limit == (theirs[0], theirs[1])
        ours = prim.quasi_p(box, every)
        assert {n: max(p) for n, p in published.qp[i].items()} == pytest.approx(ours, rel=1e-9)


@pytest.mark.slow
def test_the_second_box_is_that_of_the_oracle() -> None:
    luck = np.random.default_rng(1)
    inputs = {name: luck.random(400) for name in "ab"}
    holds = (inputs["a"] > 0.8) | (inputs["b"] < 0.15)
    first, second = oracle(inputs, holds, boxes=2)
    prim = Prim(inputs, holds)
    path = prim.find(np.arange(400))
    remaining = np.setdiff1d(np.arange(400), path[-1].draws)
    assert remaining.tolist() == sorted(second.yi_initial.tolist())
    assert len(prim.find(remaining)) == len(second.box_lims)
    assert prim.find(remaining)[-1].draws.tolist() == sorted(second.yi.tolist())
    assert first.peeling_trajectory.shape[0] == len(path)


@given(st.integers(0, 10_000), st.floats(0.2, 0.5), st.floats(0.3, 0.6))
@settings(max_examples=25)
def test_a_known_box_is_recovered_to_a_step(seed: int, low: float, width: float) -> None:
    luck = np.random.default_rng(seed)
    inputs = {name: luck.random(1000) for name in "abc"}
    inside = (inputs["a"] > low) & (inputs["b"] < width)
    (box,) = miss_boxes("p", inputs, inside)[:1]
    limits = {side.parameter: side for side in box.limits}
    assert set(limits) == {"a", "b"}
    assert limits["a"].low == pytest.approx(low, abs=0.06)
    assert limits["b"].high == pytest.approx(width, abs=0.06)
    assert box.coverage > 0.85
    assert box.density > 0.85


@given(st.integers(0, 10_000), st.booleans())
@settings(max_examples=25)
def test_the_trajectory_shrinks_ever_denser_and_the_pastes_grow_ever_denser(seed: int, texts: bool) -> None:
    inputs, holds = made(seed, texts=texts)
    prim = Prim(inputs, holds)
    path = prim.find(np.arange(holds.size))
    sizes = [box.draws.size for box in path]
    turn = sizes.index(min(sizes))
    assert sizes[: turn + 1] == sorted(sizes[: turn + 1], reverse=True)
    assert sizes[turn:] == sorted(sizes[turn:])
    assert np.diff([prim.density(box.draws) for box in path]).min(initial=1.0) > 0.0
    assert min(sizes) >= prim.least_mass * holds.size
    for box in path:
        assert box.draws.tolist() == prim.inside(box.limits, np.arange(holds.size)).tolist()


@given(st.integers(0, 10_000))
@settings(max_examples=15)
def test_the_order_of_draws_and_the_units_of_numbers_do_not_matter(seed: int) -> None:
    inputs, holds = made(seed)
    order = np.random.default_rng(seed).permutation(holds.size)
    shuffled = {name: 4.0 * x[order] for name, x in inputs.items()}
    plain, other = (Prim(x, h).find(np.arange(holds.size))[-1] for x, h in ((inputs, holds), (shuffled, holds[order])))
    assert sorted(order[other.draws].tolist()) == sorted(plain.draws.tolist())
    for name, limit in plain.limits.items():
        assert [4.0 * x for x in limit] == pytest.approx(list(other.limits[name]))


def test_quasi_p_is_the_binomial_tail() -> None:
    """Ten of ten draws above .5 hold, none below: 10 hits of 10 at the rate 1/2 have the probability 2^-10."""
    inputs = {"a": np.linspace(0, 1, 20)}
    holds = inputs["a"] > 0.5
    prim = Prim(inputs, holds)
    box = prim.find(np.arange(20))[-1]
    assert box.draws.tolist() == list(range(10, 20))
    assert prim.quasi_p(box, np.arange(20)) == pytest.approx({"a": 2.0**-10})
    freed = prim.without(box, "a", np.arange(20))
    assert freed.draws.size == 20
    assert prim.restricted(freed.limits) == []


@pytest.mark.parametrize(
    ("values", "share", "at"),
    [
        (range(21), 0.05, 1.5),  # the number at the share stays below the edge
        (range(21), 0.95, 18.5),
        (range(11), 0.05, 0.5),  # halfway between two that differ
        ([0, 0, 0, 0, 1, 1], 0.05, 0.5),  # ties move the edge to where values differ
        ([0, 0, 0, 0, 1, 1], 0.95, 0.5),
        ([2, 2, 2], 0.05, 2.0),
        ([3], 0.95, 3.0),
    ],
)
def test_the_edge_of_a_slice(values: Any, share: float, at: float) -> None:
    assert edge(np.array(list(values), dtype=float), share) == at
