"""Caliendo and Parro (2015): 31 regions, 40 sectors, input-output links, one mobile factor, tariffs with revenue."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest

from coercion_sim.economy import EconomyParameters, Shock, solve_equilibrium
from coercion_sim.world import World
from support import vectors
from support.checks import altered, assert_clears, foreign

PARAMETERS = EconomyParameters(factor_mobility=math.inf, closure="zero", tolerance=1e-11)

#: Column -> tolerance: 1e-8 where the numeraire plays no part, 1e-6 elsewhere.
COLUMNS = {
    "real_wage_hat": 1e-8,
    "real_income_hat": 1e-8,
    "tariff_revenue_share_income_cfl": 1e-8,
    "wage_hat_rel_world": 1e-6,
    "cpi_hat_rel_world_wage": 1e-6,
    "imports_hat_rel_world_wage": 1e-6,
    "exports_hat_rel_world_wage": 1e-6,
}


@pytest.fixture(scope="module")
def base() -> World:
    """The 1993 world without imbalances, solved at its own tariffs."""
    return solve_equilibrium(vectors.cp_world(), parameters=PARAMETERS).to_world()


@pytest.fixture(scope="module")
def as_published() -> World:
    """The same from shares not renormalised."""
    return solve_equilibrium(vectors.cp_world_as_published(), parameters=PARAMETERS).to_world()


@pytest.fixture(scope="module")
def nafta(base: World) -> SimpleNamespace:
    return solved(base, nafta_shock(base))


@pytest.fixture(scope="module")
def coerced(base: World) -> SimpleNamespace:
    return solved(base, coercion_shock(base))


def nafta_shock(base: World) -> Shock:
    return altered(Shock.none(base), tariff=vectors.cp_nafta_tariff())


def coercion_shock(base: World) -> Shock:
    """China adds 100 points of tariff on three Australian goods."""
    tariff = np.array(base.tariff)
    rows = vectors.table("trade_vectors", "cp2015_coerce_chn_aus", "tariff_changes.csv")
    for importer, exporter, sector, before, after in zip(*rows.values(), strict=True):
        cell = base.sectors.index(str(sector)), base.state_index(str(exporter)), base.state_index(str(importer))
        assert tariff[cell] == pytest.approx(before, abs=1e-7)
        tariff[cell] = after
    return altered(Shock.none(base), tariff=tariff)


SHOCKS = {"nafta": nafta_shock, "coerce_chn_aus": coercion_shock}


def solved(base: World, shock: Shock) -> SimpleNamespace:
    """An answer with the columns the published program prints."""
    found = solve_equilibrium(base, shock=shock, parameters=PARAMETERS)
    off = foreign(base)
    columns = {
        "real_wage_hat": found.real_factor_income_hat,
        "real_income_hat": found.real_income_hat,
        "cp_welfare_pct": found.first_order.total,
        "cp_tot_pct": found.first_order.terms_of_trade,
        "cp_vot_pct": found.first_order.volume_of_trade,
        "wage_hat_rel_world": found.phi_hat,
        "cpi_hat_rel_world_wage": found.consumer_price_hat,
        "imports_hat_rel_world_wage": (found.flows * off).sum(axis=(0, 1)) / (base.flows * off).sum(axis=(0, 1)),
        "exports_hat_rel_world_wage": (found.flows * off).sum(axis=(0, 2)) / (base.flows * off).sum(axis=(0, 2)),
        "tariff_revenue_share_income_cfl": found.tariff_revenue / found.income,
    }
    return SimpleNamespace(found=found, columns=columns, shock=shock)


@pytest.mark.parametrize("case", ["nafta", "coerce_chn_aus"])
@pytest.mark.parametrize("column", COLUMNS)
def test_every_region_matches_the_published_program(
    case: str, column: str, base: World, request: pytest.FixtureRequest
) -> None:
    answer = request.getfixturevalue({"nafta": "nafta", "coerce_chn_aus": "coerced"}[case])
    expected = vectors.table("trade_vectors", f"cp2015_{case}", "expected_country.csv")
    assert list(expected["region"]) == list(base.states)
    assert len(base.states) == 31
    np.testing.assert_allclose(answer.columns[column], expected[column], rtol=0, atol=COLUMNS[column])


@pytest.mark.parametrize("case", ["nafta", "coerce_chn_aus"])
def test_shares_and_trade_match_the_published_program(case: str, as_published: World) -> None:
    """From shares as published: dividing them by a sum that misses 1 by 4e-7 moves pi by up to 1e-7."""
    answer = solved(as_published, SHOCKS[case](as_published))
    expected = vectors.arrays("trade_vectors", f"cp2015_{case}", "expected_trade.npz")
    before, after = (expected[name].transpose(2, 1, 0) for name in ("pi_nij_bln", "pi_nij_cfl"))
    np.testing.assert_allclose(as_published.baseline.share, before, rtol=0, atol=1e-8)
    np.testing.assert_allclose(answer.found.share, after, rtol=0, atol=1e-8)
    for flows, name in ((as_published.flows, "trade_net_nij_bln"), (answer.found.flows, "trade_net_nij_cfl")):
        trade = expected[name].T / 1e6
        np.testing.assert_allclose(flows.sum(axis=0), trade, rtol=0, atol=1e-6 * trade.max(axis=0).min())


@pytest.mark.parametrize("case", ["nafta", "coerce_chn_aus"])
def test_first_order_decomposition_matches_the_published_program(case: str, as_published: World) -> None:
    """To 1e-8, percent, but for one factor common to all regions: the program's own numeraire.

    Its wage steps let world factor income drift (by 1.2e-5 under NAFTA). Unit costs c enter the decomposition as c - 1
    with weights that sum to 0, so a numeraire d higher multiplies every term by d.
    """
    answer = solved(as_published, SHOCKS[case](as_published))
    expected = vectors.table("trade_vectors", f"cp2015_{case}", "expected_country.csv")
    names = ("cp_welfare_pct", "cp_tot_pct", "cp_vot_pct")
    ours = np.concatenate([answer.columns[name] for name in names])
    theirs = np.concatenate([expected[name] for name in names])
    numeraire = (ours @ theirs) / (ours @ ours)
    assert abs(numeraire - 1) < 2e-5
    np.testing.assert_allclose(numeraire * ours, theirs, rtol=0, atol=1e-8)


def test_nafta_is_table_2_of_the_paper(nafta: SimpleNamespace, base: World) -> None:
    expected = vectors.table("trade_vectors", "cp2015_nafta", "expected_table2_published.csv")
    first = nafta.found.first_order
    for row, region in enumerate(expected["region"]):
        n = base.state_index(str(region))
        printed = (
            first.total[n],
            first.terms_of_trade[n],
            first.volume_of_trade[n],
            100 * (nafta.columns["real_wage_hat"][n] - 1),
        )
        published = [expected[name][row] for name in list(expected)[1:]]
        assert [round(float(x), 2) for x in printed] == published, region


def test_nafta_trade_within_the_bloc_grows_as_published(nafta: SimpleNamespace, base: World) -> None:
    bloc = {name: base.state_index(name) for name in ("Mexico", "Canada", "USA")}
    growth = {}
    for name, n in bloc.items():
        partners = [i for i in bloc.values() if i != n]
        growth[name] = 100 * (nafta.found.flows[:, partners, n].sum() / base.flows[:, partners, n].sum() - 1)
    assert {name: round(float(x), 2) for name, x in growth.items()} == {"Mexico": 118.28, "Canada": 11.11, "USA": 40.52}


def test_first_order_welfare_is_not_real_income(nafta: SimpleNamespace, base: World) -> None:
    mexico = base.state_index("Mexico")
    assert nafta.found.first_order.total[mexico] == pytest.approx(1.31, abs=0.005)
    assert 100 * (nafta.found.real_income_hat[mexico] - 1) == pytest.approx(0.0073, abs=1e-4)


def test_caliendo_parro_markets_clear(nafta: SimpleNamespace, coerced: SimpleNamespace, base: World) -> None:
    for answer in (nafta, coerced):
        assert_clears(base, answer.shock, answer.found, math.inf)


def test_the_solved_base_is_an_equilibrium_without_imbalances(base: World) -> None:
    assert np.abs(base.baseline.imbalance).max() < 1e-8 * base.baseline.income.min()
    found = solve_equilibrium(base, parameters=PARAMETERS)
    np.testing.assert_allclose(found.real_income_hat, 1, rtol=0, atol=1e-9)
    np.testing.assert_allclose(found.price_hat, 1, rtol=0, atol=1e-9)
