"""What counts as a solution: each balance of a solved economy broken by a known amount, and the words of a refusal."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from coercion_sim.economy import EconomyParameters, Equilibrium, Measure, Shock, checks, solve_equilibrium
from coercion_sim.economy.checks import check_shock, clearing_gap, why_infeasible
from coercion_sim.economy.given import Given
from coercion_sim.economy.prepare import prepare
from coercion_sim.economy.static import static_of
from coercion_sim.errors import MeasureError
from coercion_sim.world import World
from support.worlds import random_shock, random_world

WORLD = random_world(3, 2, 6)
MEASURES = [Measure("import_tariff", "N0", "N1", "all", 0.2)]


def solved() -> tuple[Equilibrium, Given]:
    found = solve_equilibrium(WORLD, MEASURES)
    return found, prepare(static_of(WORLD), found.shock, EconomyParameters())


def test_a_solution_has_no_fault_and_hardly_a_gap() -> None:
    found, given = solved()
    assert why_infeasible(found, given, 1e-9) == ""
    assert clearing_gap(found, given).max() < 1e-8


@pytest.mark.parametrize("name", ["spending", "sales", "income", "transfer", "phi_hat"])
def test_what_is_added_to_one_account_of_a_state_is_its_gap(name: str) -> None:
    """A thousandth of N2's income, in one account and not in its counterparts."""
    found, given = solved()
    income = WORLD.baseline.income
    array = np.array(getattr(found, name))
    array[..., 2] += 1e-3 * income[2] / (WORLD.baseline.value_added[2] if name == "phi_hat" else array[..., 2].size)
    gap = clearing_gap(replace(found, **{name: array}), given)
    assert 4e-4 < gap[2] < 2e-3
    if name in {"income", "transfer", "phi_hat"}:
        assert gap[[0, 1, 3, 4, 5]].max() < 1e-8


@pytest.mark.parametrize(("tolerance", "allowed"), [(1e-6, 1e-3), (1e-9, 1e-6), (1e-12, 1e-7)])
def test_markets_may_be_open_by_a_thousand_residuals_and_at_least_a_ten_millionth(
    tolerance: float, allowed: float
) -> None:
    found, given = solved()
    for times in (0.7, 1.5):
        transfer = np.array(found.transfer)
        transfer[4] += times * allowed * WORLD.baseline.income[4]
        fault = why_infeasible(replace(found, transfer=transfer), given, tolerance)
        assert ("do not clear: N4 is off by" in fault) == (times > 1.0)


@pytest.mark.parametrize("number", [np.nan, np.inf])
def test_one_wage_that_is_no_number_is_a_fault(number: float) -> None:
    found, given = solved()
    wage = np.array(found.wage_hat)
    wage[1, 3] = number
    assert "do not clear" in why_infeasible(replace(found, wage_hat=wage), given, 1e-9)


@pytest.mark.parametrize("poor", [1, 2, 3, 4, 6])
def test_three_poor_states_are_named_and_the_others_counted(poor: int) -> None:
    found, given = solved()
    income = np.array(found.income)
    income[:poor] = -1.0
    fault = why_infeasible(replace(found, income=income), given, 1e-9)
    assert [state for state in WORLD.states if f"{state} would have" in fault] == list(WORLD.states[: min(poor, 3)])
    assert (f" and {poor - 3} more states" in fault) == (poor > 3)
    assert ("more states" in fault) == (poor > 3)


@pytest.mark.parametrize(("left", "fine"), [(1.1e-3, True), (0.9e-3, False)])
def test_a_state_has_collapsed_below_a_thousandth_of_its_income(left: float, fine: bool) -> None:
    """Where both real and factor income fall that far, prices being what they were."""
    found, given = solved()
    income, phi = np.array(found.income), np.array(found.phi_hat)
    income[5] *= left / found.real_income_hat[5]
    phi[5] = left
    fault = why_infeasible(replace(found, income=income, phi_hat=phi), given, 1e-9)
    assert ("N5 would have an income" in fault) == (not fine)


def test_what_income_buys_is_told_of_those_who_are_left_with_any() -> None:
    """A state with less than a thousandth of its income has none to speak of, one with more has prices against it."""
    found, given = solved()
    income, phi = np.array(found.income), np.array(found.phi_hat)
    phi[:2] = 0.0
    income[:2] = np.array([0.5e-3, 0.5]) * WORLD.baseline.income[:2]
    fault = why_infeasible(replace(found, income=income, phi_hat=phi), given, 1e-9)
    first, second = fault.split("; ")[:2]
    assert "N0 would have" in first
    assert "buys" not in first
    assert "N1 would have" in second
    assert "which buys" in second


def wrong(world: World, **changes: Any) -> list[str]:
    """Names of the arrays refused."""
    try:
        check_shock(world, replace(Shock.none(world), **changes))
    except MeasureError as refused:
        return [str(problem.key) for problem in refused.problems]
    return []


def test_transfers_sum_to_nothing_within_a_millionth_of_what_is_paid() -> None:
    """Within a millionth of a dollar where less than a dollar is paid; beside another fault as well."""
    N = WORLD.shape[1]
    bad = np.zeros((*WORLD.shape, N))
    for paid, over, fine in ((1e6, 1.5, True), (1e6, 2.5, False), (1e-3, 0.9e-6, True), (1e-3, 1.1e-6, False)):
        transfer = np.zeros(N)
        transfer[:2] = paid + over, -paid
        expected = [] if fine else ["transfer"]
        assert wrong(WORLD, transfer=transfer) == expected
        assert wrong(WORLD, transfer=transfer, barrier=bad) == ["barrier", *expected]


@pytest.mark.parametrize("name", ["tariff", "barrier", "open", "productivity"])
def test_the_ends_of_every_range(name: str) -> None:
    """Tariffs above -1, barriers and productivity above 0, open shares from 0 to 1."""
    lowest = {"tariff": -1.0, "barrier": 0.0, "open": 0.0, "productivity": 0.0}[name]
    cells = np.array(getattr(Shock.none(WORLD), name))
    for value, fine in ((lowest, name == "open"), (lowest + 1e-9, True), (lowest - 1e-9, False), (1.0, True)):
        cells.flat[3] = value
        assert wrong(WORLD, **{name: cells}) == ([] if fine else [name])
    cells.flat[3] = 1.0 + 1e-9
    assert wrong(WORLD, **{name: cells}) == (["open"] if name == "open" else [])


def spoilt(seed: int) -> Shock:
    """A shock in range, at its ends, or out of it in one cell of one array."""
    rng = np.random.default_rng(seed)
    shock = random_shock(WORLD, seed)
    name = ("tariff", "barrier", "open", "productivity", "transfer")[seed % 5]
    array = np.array(getattr(shock, name))
    if name == "transfer":
        array = np.zeros(array.size)
        array[:2] = 1e6 + rng.choice([0.0, 0.5, 1.0, 3.0]), -1e6
    else:
        array.flat[rng.integers(array.size)] = rng.choice([-1.5, -1.0, 0.0, 0.5, 1.0, 1.5, np.inf, np.nan])
    return replace(shock, **{name: array})


def test_the_quick_look_at_a_shock_passes_just_those_the_careful_one_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    quick = [checks._in_range(WORLD, spoilt(seed)) for seed in range(120)]
    monkeypatch.setattr(checks, "_in_range", lambda world, shock: False)
    careful = []
    for seed in range(120):
        try:
            check_shock(WORLD, spoilt(seed))
        except MeasureError:
            careful.append(False)
        else:
            careful.append(True)
    assert quick == careful
    assert 30 < sum(careful) < 90
