"""How equilibria are found: the quick step, the mixing, and what is remembered, against the plain ways."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coercion_sim.economy import (
    EconomyParameters,
    Market,
    Measure,
    Solutions,
    Stuck,
    compile_shock,
    next_quarter,
    solve_equilibrium,
    start_market,
)
from coercion_sim.economy import solver as solving
from coercion_sim.economy.anderson import History, fixed_point
from coercion_sim.economy.kernel import sweep
from coercion_sim.economy.prepare import prepare
from coercion_sim.economy.sector_sweep import CesSweep, SectorSweep
from coercion_sim.economy.solver import neutral_start
from coercion_sim.economy.static import Static
from coercion_sim.errors import MeasureError
from coercion_sim.world import World, load_world
from support.small import small_world
from support.worlds import CLOSURES, random_shock, random_world, random_worlds, seeds

BAN = Measure("import_ban", "CHN", "AUS", ("coal", "wine"), 0.02)
DUTY = Measure("import_tariff", "AUS", "CHN", ("coal",), 0.2)


@pytest.fixture(scope="module")
def pacific() -> World:
    return load_world("pacific-2019")


@given(world=random_worlds(), seed=seeds(), closure=st.sampled_from(CLOSURES), kappa=st.sampled_from([1.05, 1.5, 3.0]))
def test_the_quick_step_rests_where_the_plain_step_does(world: World, seed: int, closure: str, kappa: float) -> None:
    parameters = EconomyParameters(factor_mobility=kappa, closure=closure, tolerance=1e-11)  # type: ignore[arg-type]
    shock = random_shock(world, seed)
    system = prepare(Static.of(world), shock, parameters)
    found = fixed_point(lambda x: sweep(system, x), neutral_start(world, system), 1e-11, 2000)
    assert found.converged
    step = SectorSweep(system)
    onward, residual = step(found.point)
    assert residual < 1e-9
    np.testing.assert_allclose(onward, found.point, rtol=0, atol=1e-9)


@pytest.mark.parametrize(("kappa", "seed"), [(1.2, 1), (1.5, 2), (3.0, 3)])
def test_the_quick_step_rests_where_the_plain_step_does_with_a_stuck_sector(kappa: float, seed: int) -> None:
    world = small_world()
    parameters = EconomyParameters(kappa, stuck=(Stuck("coal", ("AUS",)),), tolerance=1e-11)
    system = prepare(Static.of(world), random_shock(world, seed), parameters)
    assert system.stuck is not None
    found = fixed_point(lambda x: sweep(system, x), neutral_start(world, system), 1e-11, 2000)
    assert found.converged
    onward, residual = CesSweep(system)(found.point)
    assert residual < 1e-9
    np.testing.assert_allclose(onward, found.point, rtol=0, atol=1e-9)


def test_the_quick_step_needs_far_fewer_sweeps(pacific: World) -> None:
    parameters = EconomyParameters()
    market = start_market(pacific, parameters)
    quick = plain = 0
    for measures in ((BAN,), (BAN, DUTY), (DUTY,)):
        system = prepare(market.static, compile_shock(pacific, measures), parameters)
        start = neutral_start(pacific, system)
        quick += fixed_point(SectorSweep(system), start, 1e-9, 500).sweeps
        plain += fixed_point(lambda x, g=system: sweep(g, x), start, 1e-9, 500).sweeps
    assert quick < 0.75 * plain


def test_a_quarter_is_the_same_by_either_step(pacific: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def year() -> list[np.ndarray]:
        market = start_market(pacific, EconomyParameters(tolerance=1e-12))
        found = []
        for measures in ((BAN,), (BAN,), (BAN, DUTY)):
            market = next_quarter(market, compile_shock(pacific, measures))
            found.append(market.equilibrium.welfare_pct_gdp)
        return found

    quick = year()
    monkeypatch.setattr(solving, "SectorSweep", lambda system: lambda x: sweep(system, x))
    np.testing.assert_allclose(quick, year(), rtol=0, atol=1e-8)


def test_where_the_quick_step_fails_the_cautious_one_solves(monkeypatch: pytest.MonkeyPatch) -> None:
    world, ban = random_world(4, 3, 4), Measure("import_ban", "N0", "N1", "all", 0.02)
    right = solve_equilibrium(world, [ban])
    monkeypatch.setattr(solving, "SectorSweep", lambda system: lambda x: (x * np.nan, np.nan))
    cautious = solve_equilibrium(world, [ban])
    np.testing.assert_allclose(cautious.welfare_pct_gdp, right.welfare_pct_gdp, rtol=0, atol=1e-6)


def test_costs_that_rise_together_raise_prices_as_much_however_far() -> None:
    """In a world with empty rows as well, where a plain sum over suppliers would be 0."""
    world = random_world(6, 3, 4, zeros=True)
    system = prepare(Static.of(world), random_shock(world, 6), EconomyParameters())
    assert not system.live_cell.all()
    log_wage, log_price = np.random.default_rng(1).normal(0.0, 0.1, (2, *world.shape)) * system.works
    near, far = np.empty(world.shape), np.empty(world.shape)
    assert SectorSweep(system)._prices(log_wage, log_price, near) is not None
    assert SectorSweep(system)._prices(log_wage + 900.0, log_price + 900.0, far) is not None
    live = system.live_row
    np.testing.assert_allclose(far[live], near[live], rtol=0, atol=1e-9)


def test_a_step_that_leads_nowhere_is_given_up_at_once() -> None:
    calls = []

    def step(x: np.ndarray) -> tuple[np.ndarray, float]:
        calls.append(x)
        return (x + 1.0, 1.0) if len(calls) % 2 else (x, float("nan"))

    assert not fixed_point(step, np.zeros(3), 1e-9, 1000).converged
    assert len(calls) == 2


@given(seed=seeds(), size=st.integers(1, 5000), memory=st.integers(1, 12))
def test_mixing_is_least_squares_over_the_differences_held(seed: int, size: int, memory: int) -> None:
    """Also after old differences have been overwritten, and with vectors cut into pieces."""
    rng = np.random.default_rng(seed)
    history = History(size, memory)
    f = rng.normal(size=size)
    kept: list[tuple[np.ndarray, np.ndarray]] = []
    for _ in range(min(memory + 3, 4 + size)):
        d_f, d_g = rng.normal(size=size), rng.normal(size=size)
        f = f + d_f
        kept = [*kept, (d_f, d_g)][-memory:]
        found = history.correction(f, d_f, d_g)
        if len(kept) * 3 > size:
            continue  # nearly square systems have no stable answer to compare
        weights = np.linalg.lstsq(np.array([a for a, _ in kept]).T, f, rcond=None)[0]
        np.testing.assert_allclose(found, weights @ np.array([b for _, b in kept]), rtol=1e-6, atol=1e-6)


# ------------------------------------------------------------------ what is remembered


def course(world: World, known: Solutions | None, quarters: int = 3) -> list[Market]:
    market = start_market(world, EconomyParameters())
    found = []
    for quarter in range(quarters):
        market = next_quarter(market, compile_shock(world, [BAN], quarter), known=known)
        found.append(market)
    return found


def test_a_solution_remembered_gives_the_same_bits(pacific: World) -> None:
    known = Solutions()
    fresh, first, again = course(pacific, None), course(pacific, known), course(pacific, known)
    assert (known.hits, known.missed) == (3, 3)
    for a, b, c in zip(fresh, first, again, strict=True):
        for name in ("unknowns", "share", "price_hat", "income", "sales"):
            one, two, three = (getattr(m.equilibrium, name).tobytes() for m in (a, b, c))
            assert one == two == three, name
        assert a.equilibrium.sweeps == c.equilibrium.sweeps


def test_what_differs_in_anything_is_not_confused(pacific: World) -> None:
    known = Solutions()
    solve_equilibrium(pacific, [BAN], known=known)
    others = [
        (pacific, [replace(BAN, size=0.03)], EconomyParameters(), None),
        (pacific, [BAN, DUTY], EconomyParameters(), None),
        (pacific, [BAN], EconomyParameters(factor_mobility=1.4), None),
        (pacific, [BAN], EconomyParameters(tolerance=1e-8), None),
        (pacific.with_elasticity(pacific.trade_elasticity * 1.1), [BAN], EconomyParameters(), None),
        (pacific, [BAN], EconomyParameters(), solve_equilibrium(pacific, [DUTY])),
    ]
    for world, measures, parameters, start in others:
        solve_equilibrium(world, measures, parameters=parameters, start=start, known=known)
    assert known.hits == 0
    after_ban, after_duty = (next_quarter(start_market(pacific), compile_shock(pacific, [m])) for m in (BAN, DUTY))
    assert after_ban.content != after_duty.content or not after_ban.content
    solve_equilibrium(pacific, [replace(BAN, name="another name", source="elsewhere")], known=known)
    assert known.hits == 1


def test_the_past_of_a_quarter_is_part_of_what_it_is(pacific: World) -> None:
    known = Solutions()
    for first in (BAN, DUTY):
        market = next_quarter(start_market(pacific), compile_shock(pacific, [first]), known=known)
        next_quarter(market, compile_shock(pacific, [BAN, DUTY]), known=known)
    assert (known.hits, known.missed) == (0, 4)


def test_arrays_given_as_such_are_never_remembered(pacific: World) -> None:
    known = Solutions()
    shock = replace(compile_shock(pacific, [BAN]))
    for _ in range(2):
        solve_equilibrium(pacific, shock=shock, known=known)
    market = next_quarter(start_market(pacific), shock, known=known)
    next_quarter(market, compile_shock(pacific, [BAN, DUTY]), known=known)
    assert not known.points


def test_the_least_recently_used_is_forgotten(pacific: World) -> None:
    known = Solutions(most=2)
    sizes = (0.1, 0.2)
    for size in (*sizes, sizes[0], 0.3):
        solve_equilibrium(pacific, [replace(BAN, size=size)], known=known)
    assert known.hits == 1
    solve_equilibrium(pacific, [replace(BAN, size=sizes[0])], known=known)
    assert (known.hits, len(known.points)) == (2, 2)
    solve_equilibrium(pacific, [replace(BAN, size=sizes[1])], known=known)
    assert known.hits == 2


def test_the_order_in_which_arrays_are_stored_does_not_matter(pacific: World) -> None:
    barrier = Measure("import_barrier", "CHN", "AUS", ("beef",), 1.3)
    shock = compile_shock(pacific, [BAN, DUTY, barrier])
    turned = replace(shock, **{name: np.asfortranarray(getattr(shock, name)) for name in ("tariff", "barrier", "open")})
    start = start_market(pacific)
    one, other = solve_equilibrium(pacific, shock=shock), solve_equilibrium(pacific, shock=turned)
    np.testing.assert_allclose(one.welfare_pct_gdp, other.welfare_pct_gdp, rtol=0, atol=1e-9)
    one, other = (next_quarter(start, s).equilibrium for s in (shock, turned))
    np.testing.assert_allclose(one.welfare_pct_gdp, other.welfare_pct_gdp, rtol=0, atol=1e-9)
    assert np.abs(one.welfare_pct_gdp).max() > 1e-3


def test_measures_beside_a_shock_are_refused_for_one_of_them_would_be_ignored(pacific: World) -> None:
    with pytest.raises(MeasureError, match="beside shock"):
        solve_equilibrium(pacific, [BAN], shock=compile_shock(pacific, []))
