"""Titles claim no more than the runs bear: intervals that hold 0, ties, shares just below one."""

from __future__ import annotations

import pytest

from coercion_sim.analysis import ALL_POINTS, MeanRow
from coercion_sim.views.outcome_words import difference_sentence
from coercion_sim.views.text import percent


def row(mean: float, low: float, high: float) -> MeanRow:
    """A mean difference of an allied response with its interval."""
    return MeanRow(
        "pressure_quarters",
        "respond_as_allies",
        "stand_alone",
        ALL_POINTS,
        "replicates",
        24,
        mean,
        low,
        high,
        1.0,
        1.0,
        "",
    )


@pytest.mark.parametrize(
    ("mean", "low", "high", "said"),
    [
        (-0.54, -1.5, 0.46, "does not clearly change the quarters under pressure (mean −0.54 quarters [−1.5, 0.46])"),
        (0.54, -0.46, 1.5, "does not clearly change the quarters under pressure (mean +0.54 quarters [−0.46, 1.5])"),
        (-0.54, -1.0, -0.1, "lowers the quarters under pressure by 0.54 quarters [0.10, 1.0] on average"),
        (0.54, float("nan"), float("nan"), "raises the quarters under pressure by 0.54 quarters on average"),
    ],
)
def test_a_difference_whose_interval_holds_0_is_not_called_a_rise_or_fall(
    mean: float, low: float, high: float, said: str
) -> None:
    assert difference_sentence("pressure_quarters", "quarters", row(mean, low, high)) == f"An allied response {said}"


def test_a_share_just_below_one_is_not_all() -> None:
    assert percent(0.996) == "over 99 %"
    assert percent(1.0) == "100 %"
    assert percent(0.994) == "99 %"
