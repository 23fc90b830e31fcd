"""Laws of what-ifs: complete bans, nested bans, sums over buyers, and where quarters lead."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coercion_sim.analysis import LONG_RUN, WhatIf, what_if
from coercion_sim.analysis.what_if import flow_effects, state_effects
from coercion_sim.economy import Measure, solve_equilibrium
from fakes.tiny import SECTORS, STATES, tiny_world

WORLD = tiny_world()


def ban(left: float, sector: str = "coal") -> WhatIf:
    return what_if(WORLD, [Measure("import_ban", "CHN", "AUS", (sector,), left)])


@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_a_tighter_ban_stops_more_trade_and_costs_the_target_no_less(one: float, other: float) -> None:
    loose, tight = ban(max(one, other)), ban(min(one, other))
    assert tight.flows[0].lost >= loose.flows[0].lost - 1e-6
    income = [a.of_period(LONG_RUN) for a in (loose, tight)]
    target = [next(s.real_income for s in rows if s.state == "AUS") for rows in income]
    assert target[1] <= target[0] + 1e-9


@pytest.mark.parametrize("sector", SECTORS)
def test_what_is_gained_is_the_sum_over_other_foreign_buyers(sector: str) -> None:
    equilibrium = solve_equilibrium(WORLD, [Measure("import_ban", "CHN", "AUS", (sector,), 0.1)])
    (flow,) = ban(0.1, sector).flows
    j, x, m = SECTORS.index(sector), STATES.index("AUS"), STATES.index("CHN")
    change = equilibrium.quantities[j, x] - WORLD.flows[j, x]
    others = [n for n in range(4) if n not in (x, m)]
    assert flow.lost == pytest.approx(-change[m])
    assert flow.gained == pytest.approx(change[others].sum())
    assert flow.diverted == pytest.approx(flow.gained / flow.lost)
    assert sum(gain for _, gain in flow.gainers) == pytest.approx(np.maximum(change[others], 0.0).sum())


def test_flows_over_several_equilibria_are_means_of_quantities() -> None:
    measures = [Measure("import_ban", "CHN", "AUS", ("coal",), x) for x in (0.2, 0.6)]
    solved = [solve_equilibrium(WORLD, [m]) for m in measures]
    (mean,) = flow_effects(WORLD, measures[:1], solved, "both")
    each = [flow_effects(WORLD, measures[:1], [e], "one")[0] for e in solved]
    assert mean.lost == pytest.approx(np.mean([f.lost for f in each]))
    assert mean.gained == pytest.approx(np.mean([f.gained for f in each]))
    assert (mean.period, mean.sector, mean.exporter, mean.importer) == ("both", "coal", "AUS", "CHN")


def test_effects_on_states_are_percent_of_their_own_baseline() -> None:
    equilibrium = solve_equilibrium(WORLD, [Measure("import_tariff", "CHN", "AUS", ("wine",), 0.5)])
    rows = state_effects("p", equilibrium)
    assert [r.state for r in rows] == list(STATES)
    for n, row in enumerate(rows):
        assert row.real_income == equilibrium.welfare_pct_gdp[n]
        assert row.real_factor_income == pytest.approx(100 * (equilibrium.real_factor_income_hat[n] - 1))
        before = WORLD.flows[:, n].sum() - WORLD.flows[:, n, n].sum()
        assert row.exports == pytest.approx(100 * (equilibrium.exports[n] / before - 1))


@pytest.mark.parametrize("quarters", [1, 2, 4, 6])
def test_the_window_of_the_record_is_cut_to_the_quarters_played(quarters: int) -> None:
    measure = Measure("import_ban", "CHN", "AUS", ("coal",), 0.1)
    answer = what_if(WORLD, [measure], quarters=quarters)
    assert len(answer.periods) == quarters + 1
    windows = {1: [], 2: ["quarter 2"], 4: ["quarters 2-4"], 6: ["quarters 2-5"]}[quarters]
    assert [f.period for f in answer.flows] == [*windows, LONG_RUN]
    assert len(answer.records()) == 4 * (quarters + 1)


def test_a_measure_that_starts_later_changes_nothing_before() -> None:
    answer = what_if(WORLD, [Measure("import_ban", "CHN", "AUS", ("coal",), 0.1, start=2)], quarters=3)
    size = {p: max(abs(s.real_income) for s in answer.of_period(p)) for p in answer.periods}
    assert size["quarter 1"] == pytest.approx(0.0, abs=1e-6)
    assert size["quarter 2"] == pytest.approx(0.0, abs=1e-6)
    assert size["quarter 3"] > 1e-3


def test_two_bans_hit_two_flows_and_no_exports_are_nan_only_where_there_were_none() -> None:
    answer = what_if(WORLD, [Measure("import_ban", "CHN", "AUS", ("coal", "wine"), 0.0)])
    assert {f.sector for f in answer.flows} == {"coal", "wine"}
    assert [f.lost for f in answer.flows] == sorted((f.lost for f in answer.flows), reverse=True)
    assert all(math.isfinite(s.exports) for s in answer.states)
