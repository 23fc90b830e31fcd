"""Geoeconomic power against closed forms."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coercion_sim.economy import power_over_inputs
from coercion_sim.errors import InvalidInput

TOLERANCE = 1e-9


def test_power(closed_form_cases: dict[str, Any]) -> None:
    case = closed_form_cases["cases"]["power_cobb_douglas"]
    sectors = [tuple(row) for row in case["inputs"]["sectors"]]
    assert power_over_inputs(sectors) == pytest.approx(case["log_loss"], abs=TOLERANCE)
    assert power_over_inputs(sectors[:1]) == pytest.approx(case["sector1"], abs=TOLERANCE)
    assert power_over_inputs(sectors[1:]) == pytest.approx(case["sector2"], abs=TOLERANCE)
    case = closed_form_cases["cases"]["power_ces_outer"]
    rho = case["inputs"]["rho"]
    assert power_over_inputs(sectors, rho) == pytest.approx(case["log_loss_joint"], abs=TOLERANCE)
    assert power_over_inputs(sectors[:1], rho) == pytest.approx(case["log_loss_1"], abs=TOLERANCE)
    assert power_over_inputs(sectors[1:], rho) == pytest.approx(case["log_loss_2"], abs=TOLERANCE)


@given(st.floats(0.01, 0.99), st.floats(0.0, 0.9), st.floats(1.5, 12.0))
def test_one_sector_is_its_share_of_the_log_price(beta: float, omega: float, sigma: float) -> None:
    """Cobb-Douglas across sectors: beta times -log(1 - omega) / (sigma - 1); more control is more power."""
    power = power_over_inputs([(beta, omega, sigma)])
    assert power == pytest.approx(-beta * math.log(1 - omega) / (sigma - 1), abs=1e-12)
    assert power <= power_over_inputs([(beta, omega + 0.05, sigma)])
    assert power_over_inputs([(beta, omega, sigma)], rho=1.0 + 1e-6) == pytest.approx(power, abs=1e-5)


@pytest.mark.parametrize("sector", [(-0.1, 0.5, 2.0), (0.1, 1.0, 2.0), (0.1, 0.5, 1.0)])
def test_a_sector_that_has_no_loss_is_refused(sector: tuple[float, float, float]) -> None:
    with pytest.raises(InvalidInput):
        power_over_inputs([sector])
