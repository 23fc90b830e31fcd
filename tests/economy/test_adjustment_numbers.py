"""Numbers of the adjustment: loans under `smoothing` by plain loops, what a market records, where a solve begins."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from coercion_sim.economy import EconomyParameters, Market, Shock, ShortRun, Stuck, next_quarter, start_market
from coercion_sim.world import World
from support.worlds import random_world

NU, SMOOTHING = 0.3, 0.6


def parameters(smoothing: float = 0.0, closure: str = "additive") -> EconomyParameters:
    return EconomyParameters(adjustment_rate=NU, smoothing=smoothing, closure=closure, tolerance=1e-11)  # type: ignore[arg-type]


def closed(world: World, *cells: tuple[int, int, int, float]) -> Shock:
    allowed = np.ones(world.flows.shape)
    for j, i, n, left in cells:
        allowed[j, i, n] = left
    return replace(Shock.none(world), open=allowed, transfer=np.array([2.0, -1.0, -1.0]))


def quarters_of(world: World) -> list[Shock]:
    """A ban, the same again, a second and a porous one, a ban that loosens and then tightens, the end."""
    return [
        closed(world, (0, 0, 1, 0.0)),
        closed(world, (0, 0, 1, 0.0)),
        closed(world, (0, 0, 1, 0.0), (1, 2, 0, 0.4)),
        closed(world, (0, 0, 1, 0.5), (1, 2, 0, 0.4)),
        closed(world, (0, 0, 1, 0.5), (1, 2, 0, 0.1)),
        closed(world),
        closed(world),
    ]


@pytest.mark.parametrize("closure", ["additive", "multiplicative"])
def test_smoothing_lends_what_plain_loops_say(closure: str) -> None:
    """A loss of quarter q is lent in part, SMOOTHING (1-NU)^(h+1) of it in quarter h, by the others by their GDP.

    The debt of earlier quarters, each a fourth of a yearly flow, costs 3 % a year. A quarter with loans is the quarter
    without smoothing in which the same money is handed over as compensation.
    """
    world = random_world(8, 2, 3)
    N, gdp = 3, world.baseline.gdp
    market, plain = start_market(world, parameters(SMOOTHING, closure)), start_market(world, parameters(0.0, closure))
    losses: list[list[float]] = []
    owed = [0.0] * N
    opened = np.ones(world.flows.shape)
    for shock in quarters_of(world):
        loss = [0.0] * N
        for j, i, n in np.ndindex(world.flows.shape):
            if i != n and shock.open[j, i, n] < opened[j, i, n]:
                loss[i] += market.equilibrium.flows[j, i, n] * (1 - shock.open[j, i, n] / opened[j, i, n])
        losses.append(loss)
        opened = shock.open
        now = len(losses) - 1
        credit = [sum(SMOOTHING * (1 - NU) ** (now - q + 1) * losses[q][i] for q in range(now + 1)) for i in range(N)]
        money = [0.0] * N
        for i in range(N):
            net = credit[i] - 0.03 * owed[i]
            money[i] += net
            for lender in range(N):
                if lender != i:
                    money[lender] -= net * gdp[lender] / sum(gdp[other] for other in range(N) if other != i)
        owed = [owed[i] + credit[i] / 4 for i in range(N)]
        assert sum(money) == pytest.approx(0.0, abs=1e-9)
        market = next_quarter(market, shock)
        plain = next_quarter(plain, replace(shock, transfer=shock.transfer + np.array(money)))
        np.testing.assert_allclose(market.credit, credit, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(market.debt, owed, rtol=1e-9, atol=1e-12)
        for name in ("price_hat", "income", "transfer", "flows", "real_income_hat"):
            ours, expected = getattr(market.equilibrium, name), getattr(plain.equilibrium, name)
            np.testing.assert_allclose(ours, expected, rtol=1e-8, err_msg=name)
        assert market.equilibrium.shock.transfer == pytest.approx(shock.transfer)  # the loan is no compensation
    assert max(credit) > 0.1
    assert min(owed) == 0.0 < max(owed)


def test_a_debt_is_served_after_the_loans_have_ended() -> None:
    world = random_world(8, 2, 3, imbalances=False)
    market = start_market(world, parameters(1.0))
    ban = closed(world, (0, 0, 1, 0.0))
    for _ in range(60):
        market = next_quarter(market, ban)
    assert market.credit[0] < 1e-6 < market.debt[0]
    assert not market.at_rest or market.equilibrium.transfer[0] < 0
    np.testing.assert_allclose((market.equilibrium.transfer - ban.transfer)[0], -0.03 * market.debt[0], rtol=1e-6)


def run(market: Market, shocks: list[Shock]) -> list[Market]:
    markets = []
    for shock in shocks:
        market = next_quarter(market, shock)
        markets.append(market)
    return markets


def test_a_market_counts_its_quarters_and_knows_when_it_is_at_rest() -> None:
    world = random_world(5, 2, 3)
    start = start_market(world, EconomyParameters(adjustment_rate=NU))
    assert (start.quarter, start.at_rest, start.moved, start.equilibrium.sweeps) == (-1, True, None, 0)
    still = next_quarter(start, Shock.none(world))
    assert (still.quarter, still.at_rest, still.equilibrium.sweeps) == (0, True, 0)
    np.testing.assert_array_equal(still.equilibrium.price_hat, 1.0)
    ban = closed(world, (0, 0, 1, 0.0))
    markets = run(start, [ban] * 80)
    assert [m.quarter for m in markets] == list(range(80))
    assert not any(m.at_rest for m in markets[:20])
    assert markets[-1].at_rest
    resting = next(q for q, m in enumerate(markets) if m.at_rest)
    settled, before = markets[resting].equilibrium, markets[resting - 1].equilibrium
    assert np.abs(settled.share - before.share).max() < 1e-13
    assert markets[resting + 1].equilibrium.sweeps == 0
    assert np.abs(next_quarter(markets[-1], Shock.none(world)).equilibrium.share - settled.share).max() > 1e-4


def test_a_market_records_how_far_it_moved_under_one_shock() -> None:
    world = random_world(5, 2, 3)
    ban, worse = closed(world, (0, 0, 1, 0.0)), closed(world, (0, 0, 1, 0.0), (1, 2, 0, 0.2))
    first, second, third, fourth = run(start_market(world, parameters()), [ban, ban, ban, worse])
    assert first.moved is None
    assert fourth.moved is None
    for last, market in ((first, second), (second, third)):
        assert market.moved is not None
        np.testing.assert_array_equal(market.moved, market.equilibrium.unknowns - last.equilibrium.unknowns)


def test_a_quarter_sets_out_where_the_last_one_was_heading() -> None:
    """The way left shrinks by 1 - nu a quarter; starting there saves sweeps and changes no answer."""
    markets: list[Market] = []
    for seed in range(1, 5):
        world = random_world(seed, 2, 3)
        shock = closed(world, (0, 0, 1, 0.0))
        markets += run(start_market(world, parameters()), [shock] * 6)[2:]
    saved = 0
    for market in markets:
        shock = market.equilibrium.shock
        assert market.moved is not None
        here = market.equilibrium.unknowns
        heading = next_quarter(market, shock)
        staying = next_quarter(market, shock, start=here)
        by_hand = next_quarter(market, shock, start=here + (1 - NU) * market.moved)
        np.testing.assert_array_equal(heading.equilibrium.unknowns, by_hand.equilibrium.unknowns)
        assert heading.equilibrium.sweeps == by_hand.equilibrium.sweeps
        np.testing.assert_allclose(heading.equilibrium.price_hat, staying.equilibrium.price_hat, rtol=1e-9)
        saved += staying.equilibrium.sweeps - heading.equilibrium.sweeps
    assert saved > 0


def test_the_clock_of_elasticities_starts_once_with_the_first_difference() -> None:
    """Quarter 2 differs first: h is 0 there, and goes on through a second shock and the end of both."""
    world = random_world(5, 2, 3)
    p = EconomyParameters(adjustment_rate=1.0, short_run=ShortRun(1.5, rate=0.4), tolerance=1e-11)
    none, ban, worse = Shock.none(world), closed(world, (0, 0, 1, 0.2)), closed(world, (0, 0, 1, 0.2), (1, 2, 0, 0.4))
    markets = run(start_market(world, p), [none, none, ban, ban, worse, ban])
    assert [m.since for m in markets] == [None, None, 2, 2, 2, 2]
    for h, market in enumerate(markets[2:]):
        theta = 1.5 + (np.array(world.trade_elasticity) - 1.5) * (1 - 0.6**h)
        still = EconomyParameters(adjustment_rate=1.0, tolerance=1e-11)
        alone = next_quarter(start_market(world.with_elasticity(theta), still), [ban, ban, worse, ban][h])
        np.testing.assert_allclose(market.equilibrium.price_hat, alone.equilibrium.price_hat, rtol=1e-8)
    assert run(start_market(world, parameters()), [ban])[0].since is None  # no path, no clock


def test_a_sector_stuck_in_the_first_quarter_alone_is_stuck_at_the_start() -> None:
    """With one mobile factor a stuck sector adds unknowns: wages by sector and state."""
    world = random_world(5, 2, 3)
    stuck = Stuck(("s0",), until=0)
    start = start_market(world, EconomyParameters(factor_mobility=np.inf, stuck=(stuck,)))
    free = start_market(world, EconomyParameters(factor_mobility=np.inf))
    assert start.equilibrium.unknowns.size == free.equilibrium.unknowns.size + 2 * 3 - 3
    first, second = run(start, [Shock.none(world)] * 2)
    assert first.equilibrium.unknowns.size == start.equilibrium.unknowns.size
    np.testing.assert_allclose(second.equilibrium.price_hat, 1.0, atol=1e-9)
