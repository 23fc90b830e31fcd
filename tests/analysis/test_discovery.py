"""Boxes of misses: a known box is found, a condition is read, and what cannot be found is said."""

from __future__ import annotations

import math

import numpy as np
import pytest

from coercion_sim.analysis import Analysis, Step, analyse, outcome_frame
from coercion_sim.analysis.discovery.boxes import best_step, draw_inputs
from coercion_sim.analysis.discovery.conditions import fails, read_fails
from coercion_sim.errors import InvalidInput
from support.sweeps import block, sweep

LOSS = "target_loss_pv"
ALONE = "stand_alone"
POINTS = np.random.default_rng(4).random((150, 3)).tolist()
DRAWN = {"luck.path": np.random.default_rng(5).random(4).tolist()}


def asked(rule: object, condition: str = f"{LOSS}>0.5", replicates: int = 4) -> Analysis:
    drawn = {"luck.path": DRAWN["luck.path"][:replicates]}
    results = sweep([block("random", POINTS, "abc")], {ALONE: rule}, replicates, drawn=drawn)
    return analyse(results, [LOSS], failing=condition)


def test_a_known_box_is_found_and_nothing_else_restricted() -> None:
    answer = asked(lambda s, k: {LOSS: float(s["a"] > 0.6 and s["b"] < 0.5)})
    (box,) = answer.boxes
    limits = {limit.parameter: limit for limit in box.limits}
    assert set(limits) == {"a", "b"}
    assert limits["a"].low == pytest.approx(0.6, abs=0.03)
    assert limits["a"].high == limits["a"].at_most
    assert limits["b"].high == pytest.approx(0.5, abs=0.03)
    assert box.density > 0.95
    assert box.coverage > 0.9
    inside = [(a > 0.6) and (b < 0.5) for a, b, _ in POINTS]
    assert box.base_rate == pytest.approx(np.mean(inside))
    assert (box.draws, box.misses) == (600, 4 * sum(inside))
    assert all(limit.quasi_p < 1e-6 for limit in box.limits)
    assert box.trajectory[0] == Step(1.0, box.base_rate, 1.0, 0, 600, box.misses)
    assert box.trajectory[box.chosen].density == box.density


def test_a_number_drawn_per_replicate_may_be_what_matters() -> None:
    middle = sorted(DRAWN["luck.path"])[1:3]
    edge = sum(middle) / 2
    (box,) = asked(lambda s, k: {LOSS: float(s["luck.path"] > edge)}).boxes
    (limit,) = box.limits
    assert limit.parameter == "luck.path"
    assert limit.low >= middle[0]
    assert box.density == 1.0


def test_two_boxes_where_there_are_two() -> None:
    """A union of two boxes is found one by one; a limit that chance explains would bar the way to the second."""
    points = np.random.default_rng(0).random((400, 3)).tolist()
    rule = {ALONE: lambda s, k: {LOSS: float(s["a"] > 0.8 or s["b"] < 0.15)}}
    boxes = analyse(sweep([block("random", points, "abc")], rule), [LOSS], failing=f"{LOSS}>0.5").boxes
    assert len(boxes) == 2
    assert [[limit.parameter for limit in box.limits] for box in boxes] == [["a"], ["b"]]
    assert sum(box.coverage for box in boxes) > 0.9


def test_a_choice_is_restricted_to_values() -> None:
    rows = [[x, "open" if i % 2 else "shut"] for i, (x, _, _) in enumerate(POINTS)]
    spec = {"x": {"uniform": [0, 1]}, "market": {"choice": ["shut", "open"]}}
    design = block("random", rows, ["x", "market"], parameters=spec)
    results = sweep([design], {ALONE: lambda s, k: {LOSS: float(s["market"] == "open")}})
    (box,) = analyse(results, [LOSS], failing=f"{LOSS}>0.5").boxes
    (limit,) = box.limits
    assert (limit.parameter, limit.values, math.isnan(limit.low)) == ("market", ("open",), True)


@pytest.mark.parametrize(
    ("rule", "note"),
    [
        (lambda s, k: {LOSS: 0.0}, "never"),
        (lambda s, k: {LOSS: 1.0}, "always"),
        (lambda s, k: {LOSS: float(s["a"] == POINTS[0][0])}, "4 of 600 draws"),
    ],
)
def test_no_box_and_why(rule: object, note: str) -> None:
    (box,) = asked(rule).boxes
    assert (box.limits, box.trajectory) == ((), ())
    assert note in box.note


def test_failed_runs_are_no_worlds() -> None:
    results = sweep(
        [block("random", POINTS, "abc")], {ALONE: lambda s, k: {LOSS: s["a"]}}, failed=[(3, 0, ALONE), (4, 0, ALONE)]
    )
    assert analyse(results, [LOSS], failing=f"{LOSS}>0.5").boxes[0].draws == 148


def test_a_percentile_is_of_all_runs_of_all_policies() -> None:
    rule = {ALONE: lambda s, k: {LOSS: s["x"]}, "respond_as_allies": lambda s, k: {LOSS: s["x"] + 10}}
    frame = outcome_frame(sweep([block("grid", [[float(x)] for x in range(10)], ["x"])], rule), [LOSS])
    condition = fails(f"{LOSS} >= q50", frame)
    assert condition.limit == 9.5
    assert [condition.missed(frame.of(LOSS, p)).sum() for p in frame.policies] == [0, 10]
    assert "percentile 50" in condition.text
    assert not condition.missed(np.array([np.nan]))[0]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("target_loss_pv>0.5", (LOSS, ">", "0.5")),
        (" success_rate <= q90 ", ("success_rate", "<=", "q90")),
        ("bloc_income<-1e-3", ("bloc_income", "<", "-1e-3")),
    ],
)
def test_conditions_read(text: str, parts: tuple[str, str, str]) -> None:
    assert read_fails(text) == parts


def test_a_condition_on_what_is_no_outcome_names_the_nearest() -> None:
    with pytest.raises(InvalidInput, match="did you mean success_rate"):
        read_fails("sucess_rate>1")


def test_inputs_are_what_varies_between_worlds() -> None:
    results = sweep(
        [block("grid", [[0.0], [1.0]], ["x"])],
        {ALONE: lambda s, k: {LOSS: 0.0}},
        2,
        drawn={"y": [3.0, 4.0], "same": [1.0, 1.0]},
    )
    found = draw_inputs(results, outcome_frame(results, [LOSS]))
    assert {path: values.tolist() for path, values in found.items()} == {"x": [0, 0, 1, 1], "y": [3, 4, 3, 4]}


def test_the_box_shown_is_where_coverage_and_density_meet() -> None:
    steps = [Step(c, d, 0.1, r, 10, 5) for c, d, r in ((1.0, 0.2, 0), (0.8, 0.8, 2), (0.8, 0.8, 1), (0.2, 1.0, 3))]
    assert best_step(steps) == 2
