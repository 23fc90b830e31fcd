"""Rates of disputes: what is counted out of what, which lengths are censored, and how sure they are."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from coercion_sim.analysis import BaseRates, base_rates
from coercion_sim.analysis.answer.base_rates import survival_quantiles
from coercion_sim.experiments import Results

#: ending -> (pressed, imposed)
KINDS = {
    "no_pressure": (0, False), "conceded_to_demand": (1, False), "backed_down": (1, False),
    "conceded": (1, True), "settled": (1, True), "lifted": (1, True), "unended": (1, True),
}  # fmt: skip


def results(rows: list[tuple[int, str, float]], replicates: int = 4, **columns: list[Any]) -> Results:
    """Results in memory: (replicate, ending, length) of each dispute."""
    names = [ending for _, ending, _ in rows]
    disputes = {
        "policy": ["stand_alone"] * len(rows),
        "replicate": [k for k, _, _ in rows],
        "target": ["AUS"] * len(rows),
        "resolved": [0] * len(rows),
        "ending": names,
        "pressed": [KINDS[name][0] for name in names],
        "package": ["screened" if KINDS[name][0] else "" for name in names],
        "length": pa.array([x if KINDS[o][1] else None for _, o, x in rows], type=pa.float64()),
    } | columns
    runs = {"policy": ["stand_alone"] * replicates, "replicate": list(range(replicates)), "status": ["ok"] * replicates}
    manifest = {
        "scenario": {"content": {}},
        "design": {"policies": ["stand_alone"], "seed": 5, "replicates": replicates},
    }
    return Results(manifest, None, {"disputes": pa.table(disputes), "runs": pa.table(runs)})


def rates(*rows: tuple[int, str, float], **more: Any) -> BaseRates:
    (one,) = base_rates(results(list(rows), **more))
    return one


MIXED = (
    (0, "no_pressure", 0), (0, "no_pressure", 0), (1, "conceded_to_demand", 0), (1, "backed_down", 0),
    (2, "conceded", 2), (2, "settled", 3), (3, "lifted", 6), (3, "unended", 9),
)  # fmt: skip


def test_every_rate_has_its_own_denominator() -> None:
    found = rates(*MIXED)
    counted = {r.name: (r.count, r.of) for r in found.rates if r.unit == "share"}
    assert counted == {
        "attempts": (6, 8), "conceded_to_demand": (1, 6), "backed_down": (1, 6), "carried_out": (4, 6),
        "success_ended": (2, 3), "success_imposed": (2, 4), "unended": (1, 4),
    }  # fmt: skip
    assert found["screened"].value == 1.0
    assert all(math.isnan(r.low) for r in found.rates), "four replicates are too few for an interval"
    more = rates(*MIXED, (4, "conceded_to_demand", 0), (5, "lifted", 3), replicates=6)
    known = [r for r in more.rates if r.unit == "share" and not math.isnan(r.low)]
    assert {r.name for r in known} == {"attempts", "conceded_to_demand", "backed_down", "carried_out"}
    assert all(0.0 <= r.low <= r.value <= r.high <= 1.0 for r in known)


def test_a_dispute_still_on_counts_for_as_long_as_it_was_watched() -> None:
    """Ends at 2 and 4, and one on after 3 quarters: past 2 a third is over; of the two left one was last seen at 2."""
    found = rates((0, "lifted", 2), (1, "lifted", 4), (2, "unended", 3))
    assert found["length_median"].value == 4.0
    assert rates((0, "lifted", 2), (1, "lifted", 4), (2, "lifted", 3))["length_median"].value == 3.0


def test_a_length_beyond_all_that_was_seen_is_not_made_up() -> None:
    found = rates((0, "lifted", 2), *((k, "unended", 5) for k in range(1, 6)), replicates=6)
    assert math.isnan(found["length_median"].value)
    assert math.isinf(found["length_median"].high)


def test_survival_follows_the_product_limit() -> None:
    """Hand computation: at risk 10, 2 end at 1; 8 - 3 last seen at 1 = 5 left, 4 end at 2: S = .8, then .16."""
    ends, watched = np.array([0.0, 2.0, 4.0, 0.0]), np.array([0.0, 3.0, 0.0, 1.0])
    assert survival_quantiles(ends, watched, (0.2, 0.5, 0.84)).tolist() == [1.0, 2.0, 2.0]
    assert math.isnan(survival_quantiles(ends, watched, (0.85,))[0])


def test_intervals_know_that_disputes_of_one_replicate_go_together() -> None:
    """The same disputes with outcomes that agree within replicates, and mixed within them: only the first is unsure."""
    together = [(k, "conceded" if k % 2 else "lifted", 2.0) for k in range(20) for _ in range(10)]
    mixed = [(k, "conceded" if i % 2 else "lifted", 2.0) for k in range(20) for i in range(10)]
    wide, narrow = (rates(*rows, replicates=20)["success_imposed"] for rows in (together, mixed))
    assert wide.value == narrow.value == 0.5
    assert wide.high - wide.low > 0.3
    assert narrow.high - narrow.low < 1e-12


def test_a_share_of_all_or_none_is_not_certain() -> None:
    """No pressure in five draws of one dispute, and of ten each, which are no more draws: t^2 / (5 + t^2)."""
    for disputes in (1, 10):
        found = rates(*[(k, "no_pressure", 0) for k in range(5) for _ in range(disputes)], replicates=5)
        assert found["attempts"].value == 0.0
        assert found["attempts"].high == pytest.approx(2.7764451**2 / (5 + 2.7764451**2))
    assert math.isnan(found["carried_out"].value)


def test_replicates_that_share_a_draw_of_the_economy_are_one_unit() -> None:
    """Twenty replicates at five draws of the economy: intervals rest on five, the number of replicates is twenty."""
    rows = [(k, "conceded" if k % 5 < 2 else "lifted", 2.0) for k in range(20)]
    made = results(rows, replicates=20)
    content = {"economy": {"factor_mobility": {"uniform": [1.0, 2.0], "default": 1.5}}}
    design = made.manifest["design"] | {"uncertain": ["economy.factor_mobility"], "drawn": "scrambled Sobol'"}
    runs = made.table("runs").append_column(
        "param.economy.factor_mobility", pa.array([1.0 + k % 5 / 5 for k in range(20)])
    )
    shared = Results({"scenario": {"content": content}, "design": design}, None, {**made._tables, "runs": runs})
    (wide,), (narrow,) = base_rates(shared), base_rates(made)
    assert (wide.replicates, wide.units, narrow.units) == (20, 5, 20)
    assert wide["success_imposed"].value == narrow["success_imposed"].value == 0.4
    p, t2, n = 0.4, 2.7764451**2, 4.0  # two of five draws, all alike within: p (1 - p) / V = G - 1
    middle, half = (
        (p + t2 / (2 * n)) / (1 + t2 / n),
        math.sqrt(t2 * p * (1 - p) / n + t2**2 / (4 * n * n)) / (1 + t2 / n),
    )
    assert (wide["success_imposed"].low, wide["success_imposed"].high) == pytest.approx((middle - half, middle + half))
    assert narrow["success_imposed"].high < wide["success_imposed"].high - 0.1


def test_targets_and_types_can_be_told_apart() -> None:
    many = results(list(MIXED), target=["AUS"] * 4 + ["JPN"] * 4, resolved=[0, 1] * 4)
    assert [b.disputes for b in base_rates(many, target="JPN")] == [4]
    assert [b.disputes for b in base_rates(many, target="JPN", resolved=True)] == [2]
    assert base_rates(many, target="KOR") == ()


def test_the_same_results_give_the_same_intervals() -> None:
    assert repr(rates(*MIXED)) == repr(rates(*MIXED))


def test_what_a_script_began_counts_in_how_it_ends_alone() -> None:
    rows = [*MIXED, (0, "conceded", 4.0), (1, "unended", 8.0)]
    packages = ["screened" if KINDS[name][0] else "" for _, name, _ in MIXED] + ["script", "script"]
    whole, without = rates(*rows, package=packages), rates(*MIXED)
    for name in ("attempts", "conceded_to_demand", "backed_down", "carried_out", "screened"):
        assert (whole[name].count, whole[name].of) == (without[name].count, without[name].of), name
    assert (whole["success_imposed"].count, whole["success_imposed"].of) == (3, 6)
    assert (whole["unended"].count, whole["unended"].of) == (2, 6)
    assert [rate.name for rate in whole.packages] == ["screened"]
    assert (whole.disputes, whole.taken_over) == (8, 2)


def test_replicates_of_a_sweep_are_the_clusters_whatever_the_points() -> None:
    """Two points of the same five replicates: luck is shared, so there are five units and not ten."""
    one = [*MIXED, (4, "no_pressure", 0)]
    made = results([*one, *one], replicates=5)
    runs = {"policy": ["stand_alone"] * 10, "replicate": [0, 1, 2, 3, 4] * 2, "status": ["ok"] * 10}
    (found,) = base_rates(Results(made.manifest, None, {**made._tables, "runs": pa.table(runs)}))
    (once,) = base_rates(results(one, replicates=5))
    assert found.replicates == found.units == 5
    assert (found["attempts"].low, found["attempts"].high) == (once["attempts"].low, once["attempts"].high)


def test_base_rates_are_a_frame_with_a_row_for_each_rate() -> None:
    some = rates((0, "conceded", 3), (1, "settled", 5))
    frame = some.frame().set_index("name")
    assert [*frame.index] == [rate.name for rate in (*some.rates, *some.packages)]
    assert frame.value["attempts"] == some["attempts"].value
