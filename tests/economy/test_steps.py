"""The way in small steps to an equilibrium that sweeps do not reach at once: what is eased, how far, and from where."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from coercion_sim.economy import EconomyParameters, NearSubstitutes, Shock, solve_equilibrium
from coercion_sim.economy import solver as solving
from coercion_sim.economy.anderson import FixedPoint
from coercion_sim.economy.prepare import prepare
from coercion_sim.economy.solver import by_steps, neutral_start
from coercion_sim.economy.static import static_of
from coercion_sim.errors import ConvergenceError
from support.worlds import random_shock, random_world

WORLD = random_world(3, 3, 3)
PARAMETERS = EconomyParameters(
    input_substitution=(0.4, 0.7, 1.3),
    final_substitution=0.6,
    value_added_substitution=0.5,
    near_substitutes=(NearSubstitutes(("s0", "s1"), 2.0),),
    tolerance=1e-10,
)


class Recorder:
    """The shocks and parameters prepared on the way, where each step set out, and where it ended."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, fails: int | None = None) -> None:
        self.prepared: list[tuple[Shock, EconomyParameters]] = []
        self.starts: list[np.ndarray] = []
        self.ends: list[np.ndarray] = []
        find = solving.fixed_point

        def prepared(static: Any, shock: Shock, parameters: EconomyParameters, last: Any) -> Any:
            self.prepared.append((shock, parameters))
            return prepare(static, shock, parameters, last)

        def found(step: Any, start: np.ndarray, *limits: Any) -> FixedPoint:
            solution = find(step, start, *limits)
            self.starts.append(start)
            self.ends.append(solution.point)
            return solution if fails is None or len(self.ends) <= fails else replace(solution, converged=False)

        monkeypatch.setattr(solving, "prepare", prepared)
        monkeypatch.setattr(solving, "fixed_point", found)

    @property
    def parts(self) -> list[float]:
        """How far along the way each step was, by the elasticity of final demand."""
        return [(1.0 - p.final_substitution) / (1.0 - PARAMETERS.final_substitution) for _, p in self.prepared]


def follow(shock: Shock) -> FixedPoint:
    static = static_of(WORLD)
    nowhere = FixedPoint(neutral_start(WORLD, prepare(static, shock, PARAMETERS)), 1.0, 7, False)
    return by_steps(static, shock, PARAMETERS, None, nowhere)


def test_the_way_ends_where_plain_sweeps_do(monkeypatch: pytest.MonkeyPatch) -> None:
    shock = random_shock(WORLD, 5)
    direct = solve_equilibrium(WORLD, shock=shock, parameters=PARAMETERS)
    steps = Recorder(monkeypatch)
    solution = follow(shock)
    np.testing.assert_allclose(solution.point, direct.unknowns, rtol=0, atol=1e-7)
    assert solution.sweeps > 7 + len(steps.ends)
    assert steps.prepared[-1] == (shock, PARAMETERS)


def test_every_elasticity_and_every_part_of_the_shock_is_eased_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    """Elasticities, tariffs and transfers in a straight line, factors in logs; the way is longer after each success."""
    shock, steps = random_shock(WORLD, 5), Recorder(monkeypatch)
    follow(shock)
    np.testing.assert_allclose(steps.parts, [0.0, 3 / 8, 15 / 16, 1.0], rtol=0, atol=1e-12)
    inputs = np.array([0.4, 0.7, 1.3])
    for part, (eased, p) in zip(steps.parts[:-1], steps.prepared[:-1], strict=True):
        np.testing.assert_allclose(p.by_sector("input_substitution", WORLD), 1 + part * (inputs - 1), atol=1e-12)
        np.testing.assert_allclose(p.by_sector("value_added_substitution", WORLD), 1 - part * 0.5, atol=1e-12)
        assert p.near_substitutes[0].elasticity == pytest.approx(1 + part, abs=1e-12)
        tariff, transfer = (1 - part) * WORLD.tariff + part * shock.tariff, part * shock.transfer
        np.testing.assert_allclose(eased.tariff, tariff, rtol=0, atol=1e-12)
        np.testing.assert_allclose(eased.transfer, transfer, rtol=0, atol=1e-9)
        for name in ("barrier", "productivity"):
            logs = np.log(getattr(eased, name)), part * np.log(getattr(shock, name))
            np.testing.assert_allclose(*logs, rtol=0, atol=1e-12)
        open_ = shock.open > 0
        np.testing.assert_allclose(np.log(eased.open[open_]), part * np.log(shock.open[open_]), rtol=0, atol=1e-12)
        assert (eased.open[~open_] > 0).all()


def test_each_step_sets_out_on_the_line_through_the_last_two_points(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = Recorder(monkeypatch)
    follow(random_shock(WORLD, 5))
    np.testing.assert_array_equal(steps.starts[1], steps.ends[0])
    for k in range(2, len(steps.ends)):
        line = np.polynomial.polynomial.polyfit(steps.parts[k - 2 : k], np.array(steps.ends[k - 2 : k]), 1)
        expected = line[0] + line[1] * steps.parts[k]
        np.testing.assert_allclose(steps.starts[k], expected, rtol=0, atol=1e-6 * np.abs(expected).max())


def test_steps_halve_until_they_would_be_shorter_than_a_thirty_second(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = Recorder(monkeypatch, fails=1)
    with pytest.raises(ConvergenceError, match="no equilibrium"):
        follow(random_shock(WORLD, 5))
    np.testing.assert_allclose(steps.parts, [0.0, 3 / 8, 3 / 16, 3 / 32, 3 / 64], rtol=0, atol=1e-12)


def test_a_way_that_fails_at_its_start_is_given_up_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = Recorder(monkeypatch, fails=0)
    with pytest.raises(ConvergenceError):
        follow(random_shock(WORLD, 5))
    assert steps.parts == [0.0]
