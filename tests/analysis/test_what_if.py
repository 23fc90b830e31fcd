"""What-ifs: sorted, labelled, and consistent with the equilibrium they are read from."""

from __future__ import annotations

import math

import numpy as np
import pytest

from coercion_sim.analysis import LONG_RUN, what_if
from coercion_sim.analysis.what_if import hindered
from coercion_sim.economy import EconomyParameters, Measure, solve_equilibrium
from coercion_sim.errors import MeasureError
from fakes.tiny import tiny_world

BAN = Measure("import_ban", "CHN", "AUS", ("coal",), 0.0)


def test_states_are_read_off_the_equilibrium_most_affected_first() -> None:
    world = tiny_world()
    answer = what_if(world, [BAN])
    solved = solve_equilibrium(world, [BAN])
    assert answer.periods == (LONG_RUN,)
    rows = answer.of_period(LONG_RUN)
    assert rows[0].state == "AUS"
    assert [abs(r.real_income) for r in rows] == sorted((abs(r.real_income) for r in rows), reverse=True)
    for row in rows:
        n = world.state_index(row.state)
        assert row.real_income == pytest.approx(float(solved.welfare_pct_gdp[n]))
        assert row.real_gdp == pytest.approx(100 * (float(solved.real_gdp_hat[n]) - 1))
        before = world.flows[:, n, :].sum() - world.flows[:, n, n].sum()
        assert row.exports == pytest.approx(100 * (float(solved.exports[n]) / before - 1))


def test_a_complete_ban_loses_the_whole_flow_and_others_gain() -> None:
    world = tiny_world()
    (flow,) = what_if(world, [BAN]).flows
    assert (flow.sector, flow.exporter, flow.importer) == ("coal", "AUS", "CHN")
    assert flow.lost == pytest.approx(world.flows[0, 0, 1])
    solved = solve_equilibrium(world, [BAN])
    rises = solved.quantities[0, 0, 2:] - world.flows[0, 0, 2:]
    assert flow.gained == pytest.approx(rises.sum())
    assert flow.diverted == pytest.approx(rises.sum() / world.flows[0, 0, 1])
    assert dict(flow.gainers) == pytest.approx({"USA": rises[0], "JPN": rises[1]})
    assert [gain for _, gain in flow.gainers] == sorted((gain for _, gain in flow.gainers), reverse=True)


def test_quarters_come_before_the_long_run_and_lead_to_it() -> None:
    answer = what_if(tiny_world(), [BAN], quarters=40)
    assert answer.periods == (*(f"quarter {q}" for q in range(1, 41)), LONG_RUN)
    income = {(s.period, s.state): s.real_income for s in answer.states}
    first, last, settled = (income[p, "AUS"] for p in ("quarter 1", "quarter 40", LONG_RUN))
    assert last == pytest.approx(settled, abs=1e-5)
    assert abs(first - settled) > 100 * abs(last - settled)
    assert [f.period for f in answer.flows] == ["quarters 2-5", LONG_RUN]


def test_parameters_are_passed_on() -> None:
    stuck, mobile = (
        what_if(tiny_world(), [BAN], parameters=EconomyParameters(factor_mobility=k)) for k in (1.1, math.inf)
    )
    assert stuck.flows[0].diverted > mobile.flows[0].diverted


def test_only_hindered_flows_that_exist_are_listed() -> None:
    world = tiny_world()
    measures = [
        Measure("export_ban", "USA", "CHN", ("goods",), 0.1),
        Measure("import_tariff", "CHN", "AUS", ("coal", "services"), 0.2),
        Measure("import_subsidy", "JPN", "AUS", ("wine",), 0.1),
        Measure("transfer", "USA", "AUS", (), 5.0),
    ]
    cells = {(world.sectors[j], world.states[x], world.states[m]) for j, x, m in hindered(world, measures)}
    assert cells == {("coal", "USA", "CHN"), ("wine", "USA", "CHN"), ("coal", "AUS", "CHN"), ("services", "AUS", "CHN")}
    lost = [flow.lost for flow in what_if(world, measures).flows]
    assert lost == sorted(lost, reverse=True)


def test_no_measure_no_change() -> None:
    answer = what_if(tiny_world(), [])
    assert np.abs([s.real_income for s in answer.states]).max() < 1e-9
    assert answer.flows == ()


def test_an_unknown_sector_is_refused() -> None:
    with pytest.raises(MeasureError, match="did you mean coal"):
        what_if(tiny_world(), [Measure("import_ban", "CHN", "AUS", ("cole",), 0.0)])
