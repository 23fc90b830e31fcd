"""Along a grid: each value of one parameter, over everything else, with what is the sample unchanged."""

from __future__ import annotations

import pytest

from coercion_sim.analysis import analyse
from support.sweeps import block, saltelli, sweep

LOSS = "target_loss_pv"
LUCK = (0.0, 1.0, 5.0)
POLICIES = {
    "stand_alone": lambda s, k: {LOSS: 10 * s["p"] + s["q"] + LUCK[k]},
    "respond_as_allies": lambda s, k: {LOSS: 9 * s["p"] + s["q"] + LUCK[k]},
}


def crossed() -> dict:
    rows = [[p, q] for p in (1.0, 2.0) for q in (0.0, 2.0, 7.0)]
    lists = {"p": [1.0, 2.0], "q": [0.0, 2.0, 7.0]}
    return block("grid", rows, ["p", "q"], parameters=lists)


def test_each_value_is_the_mean_over_the_rest_of_the_design() -> None:
    rows = analyse(sweep([crossed()], POLICIES, 3), [LOSS]).axes
    level = {(r.parameter, r.value): r.row for r in rows if r.row.policy == "stand_alone"}
    assert {key: row.mean for key, row in level.items()} == pytest.approx(
        {("p", 1.0): 15, ("p", 2.0): 25, ("q", 0.0): 17, ("q", 2.0): 19, ("q", 7.0): 24}
    )
    assert {(row.unit, row.n) for row in level.values()} == {("replicates", 3)}
    apart = {(r.parameter, r.value): r.row.mean for r in rows if r.row.against}
    assert apart == pytest.approx({("p", 1.0): -1, ("p", 2.0): -2, **{("q", q): -1.5 for q in (0.0, 2.0, 7.0)}})


def test_a_sampled_block_beside_the_grid_stays_the_sample() -> None:
    design = [saltelli(8, ("q", "r")), block("grid", [[1.0], [2.0]], ["p"])]
    rows = analyse(sweep(design, POLICIES), [LOSS]).axes
    assert {(r.row.unit, r.row.n) for r in rows} == {("base rows", 8)}
    assert [r.value for r in rows if r.row.against] == [1.0, 2.0]
    assert [r.row.mean for r in rows if r.row.against] == pytest.approx([-1.0, -2.0])


def test_choices_keep_their_names_and_order() -> None:
    design = block("grid", [["small"], ["large"]], ["size"], parameters={"size": ["small", "large"]})
    rule = {"stand_alone": lambda s, k: {LOSS: float(s["size"] == "large")}}
    rows = analyse(sweep([design], rule, 2), [LOSS]).axes
    assert [(r.value, r.row.mean) for r in rows] == [("small", 0.0), ("large", 1.0)]


def test_a_value_none_of_whose_runs_finished_has_no_mean() -> None:
    failed = [(1, k, "stand_alone") for k in range(3)]
    design = block("grid", [[1.0, 0.0], [2.0, 0.0]], ["p", "q"])
    rows = analyse(sweep([design], {"stand_alone": POLICIES["stand_alone"]}, 3, failed=failed), [LOSS]).axes
    assert [(r.value, r.row.note) for r in rows if r.parameter == "p"] == [(1.0, ""), (2.0, "no runs")]
