"""Robustness read from draws: pairs of policies, thirds of a number, and the width of intervals looked at together."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from coercion_sim.analysis.answer.robustness import TIE, differ, robustness


def test_pairs_are_counted_by_draw_and_the_least_sure_comes_first() -> None:
    pressed = np.array([
        [0.30, 0.30, 0.30, 0.30],
        [0.10, 0.15, 0.20, 0.3015],
        [0.12, 0.05, 0.10, 0.3000],
    ])  # fmt: skip
    found = robustness(("a", "b", "c"), pressed, {})
    assert [(p.more, p.less, p.same, p.tied) for p in found.pairs] == [
        ("b", "c", 2, 1), ("a", "b", 3, 1), ("a", "c", 3, 1),
    ]  # fmt: skip
    # The first draw swaps b and c; in the last all three tie.
    assert (found.draws, found.same, found.tied) == (4, 2, 1)


def test_policies_whose_means_tie_claim_no_order() -> None:
    pressed = np.array([[0.3, 0.5], [0.31, 0.4891]])
    assert robustness(("a", "b"), pressed, {}).pairs == ()
    assert differ(0.3, 0.3 - 1.01 * TIE)
    assert not differ(0.3, 0.3 + 0.99 * TIE)


def test_one_policy_keeps_its_order() -> None:
    found = robustness(("a",), np.array([[0.3, 0.5]]), {})
    assert found.pairs == ()
    assert found.drivers == ()


def numbers_and_pressed(draws: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Pressed rises with `strong`, falls a little with `weak`, and knows nothing of `idle`; `still` is the same."""
    rng = np.random.default_rng(11)
    numbers = {name: rng.permutation(draws).astype(float) for name in ("weak", "strong", "idle")}
    numbers["still"] = np.full(draws, 2.0)
    pressed = 0.3 + (0.3 * numbers["strong"] - 0.08 * numbers["weak"]) / draws + rng.normal(0.0, 0.02, draws)
    return numbers, pressed[None]


def test_drivers_are_thirds_with_welch_intervals_for_all_numbers_at_once() -> None:
    numbers, pressed = numbers_and_pressed(64)
    found = robustness(("a",), pressed, numbers)
    assert found.varied == ("weak", "strong", "idle")
    assert [d.number for d in found.drivers][:2] == ["strong", "weak"]
    strong = found.drivers[0]
    order = np.argsort(numbers["strong"])
    low, high = pressed[0][order[:21]], pressed[0][order[-21:]]
    welch = stats.ttest_ind(high, low, equal_var=False).confidence_interval(1.0 - 0.05 / 3)
    assert (strong.lower, strong.upper) == pytest.approx((low.mean(), high.mean()))
    assert (strong.low, strong.high) == pytest.approx((welch.low, welch.high), rel=1e-9)
    assert strong.clear
    assert not next(d for d in found.drivers if d.number == "idle").clear


def test_drivers_take_twenty_draws() -> None:
    numbers, pressed = numbers_and_pressed(20)
    assert len(robustness(("a",), pressed, numbers).drivers) == 3
    few = robustness(("a",), pressed[:, :19], {name: values[:19] for name, values in numbers.items()})
    assert few.drivers == ()
    assert few.varied == ("weak", "strong", "idle")


def test_a_level_that_never_moves_has_no_clear_driver() -> None:
    found = robustness(("a",), np.full((1, 30), 0.3), {"rationality": np.linspace(3.0, 12.0, 30)})
    assert found.drivers[0].difference == pytest.approx(0.0, abs=1e-12)
    assert not math.isnan(found.drivers[0].low)
    assert not found.drivers[0].clear
