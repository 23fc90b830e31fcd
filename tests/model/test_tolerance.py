"""Runs and burdens are solved as closely as is stated, and their numbers are off by no more than that leaves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from coercion_sim.model import run_once
from coercion_sim.model.quarter import BURDEN_TOLERANCE
from coercion_sim.scenario import Scenario
from coercion_sim.scenario.tables import RUN_TOLERANCE
from golden.make import solved_closely
from support.small import small_scenario, small_world

#: Percent of GDP, as the comments beside the two tolerances state them.
REAL_INCOME, BURDEN = 1e-5, 5e-5


@pytest.fixture
def scenario(tmp_path: Path) -> Scenario:
    return small_scenario(tmp_path)


@pytest.mark.parametrize("policy", ["respond_as_allies", "respond_as_allies+integrate_economies"])
def test_runs_are_off_by_no_more_than_is_stated(scenario: Scenario, policy: str) -> None:
    usual = run_once(scenario, small_world(), policy, 0, 1).tables
    with solved_closely():
        exact = run_once(scenario, small_world(), policy, 0, 1).tables
    assert max(usual["quarters"]["residual"]) <= RUN_TOLERANCE
    assert max(exact["quarters"]["residual"]) <= 1e-12
    assert (RUN_TOLERANCE, BURDEN_TOLERANCE) == (1e-7, 10.0)
    assert max(exact["states"]["burden"]) > 0.1
    for outcome, most in (("real_income", REAL_INCOME), ("burden", BURDEN)):
        off = np.abs(np.subtract(usual["states"][outcome], exact["states"][outcome]))
        assert 0.0 < off.max() < most, outcome
