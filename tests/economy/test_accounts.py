"""Identities of an equilibrium and laws of small changes, on the small world of five states."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coercion_sim.economy import (
    EconomyParameters,
    Equilibrium,
    Measure,
    Shock,
    compile_shock,
    next_quarter,
    solve_equilibrium,
    start_market,
)
from coercion_sim.errors import InvalidInput
from coercion_sim.world import World
from support.small import STATES, small_world

A, C, U = (STATES.index(s) for s in ("AUS", "CHN", "USA"))
GOODS = ("coal", "wine", "parts")


@cache
def world() -> World:
    return small_world()


@cache
def untaxed() -> World:
    """The same world without tariffs, where the envelope theorem holds to first order."""
    return replace(world(), tariff=np.zeros_like(world().tariff))


def ban(left: float) -> Measure:
    return Measure("import_ban", "CHN", "AUS", GOODS, left)


def barrier(size: float) -> Measure:
    return Measure("import_barrier", "CHN", "AUS", GOODS, 1.0 + size)


def solved(*measures: Measure, on: World | None = None, **parameters: object) -> Equilibrium:
    return solve_equilibrium(on or world(), measures, parameters=EconomyParameters(tolerance=1e-11, **parameters))


# --------------------------------------------------------------------------- identities


@pytest.mark.parametrize("closure", ["additive", "multiplicative", "zero"])
@pytest.mark.parametrize("left", [0.0, 0.3])
def test_trade_is_paid_for_under_every_closure(closure: str, left: float) -> None:
    end = solved(ban(left), closure=closure)
    np.testing.assert_allclose(end.imports - end.exports, end.transfer, atol=1e-5 * end.exports.max())
    assert end.transfer.sum() == pytest.approx(0.0, abs=1e-6 * end.exports.max())
    base = world().baseline
    np.testing.assert_allclose(end.income, base.value_added * end.phi_hat + end.tariff_revenue + end.transfer)
    if closure == "additive":
        np.testing.assert_allclose(end.transfer, base.imbalance, atol=1e-9 * base.gdp.max())
    if closure == "zero":
        np.testing.assert_allclose(end.transfer, 0.0, atol=1e-9 * base.gdp.max())


def test_flows_are_quantities_at_the_supplier_s_price() -> None:
    end = solved(ban(0.1))
    np.testing.assert_allclose(end.quantities * end.unit_cost_hat[:, :, None], end.flows)
    np.testing.assert_allclose(end.flows.sum(axis=2), end.sales, rtol=1e-8)
    paid = end.flows * (1.0 + end.shock.tariff)
    np.testing.assert_allclose(paid.sum(axis=1), end.spending, rtol=1e-8)
    np.testing.assert_allclose(end.share.sum(axis=1), 1.0)


def test_the_numeraire_is_world_factor_income() -> None:
    value = world().baseline.value_added
    for end in (solved(ban(0.0)), solved(barrier(0.5), factor_mobility=float("inf"))):
        assert float((value * end.phi_hat).sum()) == pytest.approx(float(value.sum()), rel=1e-9)


# --------------------------------------------------------------------------- small and large changes


def test_real_gdp_is_second_order_and_real_income_first_order() -> None:
    """Halving a small barrier halves the loss of income and quarters the change of real GDP (envelope theorem)."""
    one, half = (solved(barrier(e), on=untaxed()) for e in (0.004, 0.002))
    income = one.welfare_pct_gdp[A] / half.welfare_pct_gdp[A]
    gdp = (one.real_gdp_hat[A] - 1.0) / (half.real_gdp_hat[A] - 1.0)
    assert income == pytest.approx(2.0, abs=0.1)
    assert gdp == pytest.approx(4.0, abs=0.4)


def test_for_a_small_change_the_first_order_sum_is_the_terms_of_trade() -> None:
    end = solved(barrier(1e-4), on=untaxed())
    np.testing.assert_allclose(end.first_order.total, end.first_order.terms_of_trade, atol=1e-12)
    assert end.first_order.total[A] < 0.0 < abs(end.first_order.total[A]) < 1.0


@given(st.floats(0.0, 0.9), st.floats(0.01, 0.1))
def test_a_tighter_ban_sells_the_target_less_and_costs_it_more(left: float, step: float) -> None:
    tight, loose = (solve_equilibrium(world(), [ban(x)]) for x in (left, left + step))
    assert tight.flows[:3, A, C].sum() < loose.flows[:3, A, C].sum()
    assert tight.welfare_pct_gdp[A] < loose.welfare_pct_gdp[A] + 1e-9


@given(st.floats(1.0, 5.0))
def test_the_less_mobile_factors_are_the_more_is_diverted(kappa: float) -> None:
    """Volume sold to others rises more where factors stay in the sector that lost its customer."""
    gained, coal = [], replace(ban(0.05), sectors=("coal",))
    for mobility in (kappa, kappa + 2.0):
        end = solve_equilibrium(world(), [coal], parameters=EconomyParameters(factor_mobility=mobility))
        change = end.quantities - world().flows
        gained.append(float(change[0, A].sum() - change[0, A, A] - change[0, A, C]) / -float(change[0, A, C]))
    assert gained[0] > gained[1]


def test_productivity_is_worth_its_share_of_sales() -> None:
    """Hulten (1978): to first order a gain of 1 % in one sector is worth its sales over GDP, at home."""
    nothing = Shock.none(untaxed())
    better = nothing.productivity.copy()
    better[3, U] = 1.001  # services, hardly traded
    shock = replace(nothing, productivity=better)
    end = solve_equilibrium(untaxed(), shock=shock, parameters=EconomyParameters(tolerance=1e-11))
    domar = untaxed().baseline.sales[3, U] / untaxed().baseline.gdp[U]
    assert end.real_gdp_hat[U] - 1.0 == pytest.approx(0.001 * domar, rel=0.02)


# --------------------------------------------------------------------------- quarters and lending


def test_lending_carries_a_target_through_the_first_quarter_and_is_served_later() -> None:
    shock = compile_shock(world(), [ban(0.0)])
    plain, lent = (start_market(world(), EconomyParameters(smoothing=s)) for s in (0.0, 1.0))
    loans = []
    for _ in range(6):
        plain, lent = next_quarter(plain, shock), next_quarter(lent, shock)
        loans.append(lent.credit[A])
    ratios = np.array(loans[1:]) / np.array(loans[:-1])
    np.testing.assert_allclose(ratios, 0.75, rtol=1e-9)  # (1 - nu) a quarter: nothing closes again
    assert lent.debt[A] == pytest.approx(sum(loans) / 4.0)
    assert lent.debt[[s for s in range(5) if s != A]].max() == 0.0
    first = [next_quarter(start_market(world(), EconomyParameters(smoothing=s)), shock) for s in (0.0, 1.0)]
    assert first[1].equilibrium.welfare_pct_gdp[A] > first[0].equilibrium.welfare_pct_gdp[A]
    assert not plain.credit.any()


# --------------------------------------------------------------------------- what is refused, and dates


@pytest.mark.parametrize(
    "wrong",
    [
        {"factor_mobility": 0.9},
        {"adjustment_rate": 0.0},
        {"adjustment_rate": 1.1},
        {"closure": "none"},
        {"smoothing": -0.1},
        {"max_sweeps": 0},
        {"tolerance": 1.0},
        {"factor_mobility": float("nan")},
    ],
    ids=str,
)
def test_parameters_out_of_range_are_refused_by_name(wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidInput) as error:
        EconomyParameters(**wrong)  # type: ignore[arg-type]
    assert [p.key for p in error.value.problems] == list(wrong)


def test_the_text_of_an_equilibrium_has_status_and_those_most_affected_first() -> None:
    found = solve_equilibrium(world(), [Measure("import_ban", "CHN", "AUS", "coal", 0.1)])
    head, effects = repr(found).splitlines()
    assert head == (
        f"Equilibrium of {world().name!r}: converged in {found.sweeps} sweeps, residual {found.residual:.1e}"
    )
    order = np.argsort(-np.abs(found.welfare_pct_gdp))
    named = [part.split()[0] for part in effects.split(": ")[1].split(", ") if part != "..."]
    assert named == [world().states[n] for n in order[:5]]
    assert ("..." in effects) == (len(world().states) > 5)
