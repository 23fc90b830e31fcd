"""Solutions remembered: the same content gives the same point, and the least recently used goes first."""

from __future__ import annotations

import numpy as np
import pytest

from coercion_sim.economy import (
    EconomyParameters,
    Equilibrium,
    Measure,
    Solutions,
    compile_shock,
    solutions,
    solve_equilibrium,
)
from coercion_sim.economy.anderson import FixedPoint, solve_key
from coercion_sim.economy.solver import solve_given
from coercion_sim.economy.static import static_of
from coercion_sim.world import World

FLOWS = np.array([[[80.0, 20.0], [10.0, 90.0]], [[40.0, 5.0], [15.0, 60.0]]])
WORLD = World.from_flows("two", ["A", "B"], ["x", "y"], FLOWS, [4.0, 6.0])
TARIFF = Measure("import_tariff", "A", "B", "x", 0.2)


def point(value: float) -> FixedPoint:
    return FixedPoint(np.array([value]), 0.0, 1, True)


def test_a_remembered_solve_is_the_same_bit_for_bit_and_takes_no_sweep() -> None:
    known = Solutions()
    first = solve_equilibrium(WORLD, [TARIFF], known=known)
    again = solve_equilibrium(WORLD, [TARIFF], known=known)
    fresh = solve_equilibrium(WORLD, [TARIFF])
    assert (known.hits, known.missed) == (1, 1)
    for one in (again, fresh):
        assert isinstance(one, Equilibrium)
        np.testing.assert_array_equal(one.unknowns, first.unknowns)
        np.testing.assert_array_equal(one.real_income_hat, first.real_income_hat)


def test_a_key_without_a_store_is_of_no_use_and_does_no_harm() -> None:
    shock, parameters = compile_shock(WORLD, [TARIFF]), EconomyParameters()
    found = solve_given(static_of(WORLD), shock, parameters, None, None, None, "a key")
    np.testing.assert_array_equal(found.unknowns, solve_equilibrium(WORLD, [TARIFF]).unknowns)


@pytest.mark.parametrize(
    "other",
    [
        {"measures": [Measure("import_tariff", "A", "B", "x", 0.3)]},
        {"measures": [Measure("import_tariff", "A", "B", "y", 0.2)]},
        {"measures": []},
        {"parameters": EconomyParameters(factor_mobility=1.2)},
        {"world": WORLD.with_elasticity(5.0)},
    ],
)
def test_anything_the_solver_sees_makes_another_key(other) -> None:
    known = Solutions()
    usual = {"world": WORLD, "measures": [TARIFF], "parameters": None}
    for given in (usual, usual | other):
        solve_equilibrium(given["world"], given["measures"], parameters=given["parameters"], known=known)
    assert (known.hits, len(known.points)) == (0, 2)


def test_a_starting_point_is_part_of_the_key() -> None:
    parameters = EconomyParameters()
    bare = solve_key("long run", "shock", parameters, None)
    assert bare == solve_key("long run", "shock", parameters, None)
    assert bare != solve_key("long run", "shock", parameters, np.zeros(2))
    assert solve_key("", "shock", parameters, None) == solve_key("long run", "", parameters, None) == ""


def test_the_least_recently_used_is_forgotten_first() -> None:
    known = Solutions(most=2)
    for name in ("a", "b"):
        known.keep(name, point(1.0), name)
    assert known.get("a") is not None
    known.keep("c", point(2.0), "c")
    assert known.get("b") is None
    assert known.get("a") is not None
    assert not known.points["c"].point.flags.writeable


def test_a_process_has_one_memory() -> None:
    assert solutions() is solutions()
