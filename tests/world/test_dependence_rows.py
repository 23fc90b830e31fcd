"""The rows shown of a world and of a state, against sums written out in loops."""

import math

import pytest
from hypothesis import given

from coercion_sim.world import load_world, show_state, show_world
from support.worlds import random_worlds


@given(random_worlds())
def test_rows_of_any_world_add_up(world):
    view = show_world(world)
    N = len(world.states)
    assert [row.state for row in view.states] == list(world.states)
    assert [row.sector for row in view.sectors] == list(world.sectors)
    exports = sum(row.exports for row in view.states)
    assert exports == pytest.approx(sum(row.imports for row in view.states), rel=1e-12)
    assert exports == pytest.approx(sum(row.world_exports for row in view.sectors), rel=1e-12)
    assert sum(row.gross_output for row in view.states) == pytest.approx(world.flows.sum(), rel=1e-12)
    for j, row in enumerate(view.sectors):
        by_state = [sum(world.flows[j, i, n] for n in range(N) if n != i) for i in range(N)]
        assert row.largest_share == pytest.approx(max(by_state) / sum(by_state) if sum(by_state) else 0.0)
        assert 0 <= row.traded_share <= 1


@given(random_worlds())
def test_dependences_of_any_state_are_sorted_and_whole(world):
    S, N = world.shape
    for at, state in enumerate(world.states):
        view = show_state(world, state, top=S * N)
        assert sum(d.value for d in view.export_dependence) == pytest.approx(view.row.exports, rel=1e-12)
        assert sum(d.value for d in view.import_dependence) == pytest.approx(view.row.imports, rel=1e-12)
        assert sum(p.exports for p in view.partners) == pytest.approx(view.row.exports, rel=1e-12)
        values = [d.value for d in view.export_dependence]
        assert values == sorted(values, reverse=True)
        for d in view.export_dependence:
            j, n = world.sectors.index(d.sector), world.states.index(d.partner)
            assert d.value == world.flows[j, at, n]
            assert d.share_of_total == pytest.approx(d.value / world.flows[j, at].sum())
            assert d.pct_gdp == pytest.approx(100 * d.value / world.baseline.gdp[at])
        assert state not in {p.partner for p in view.partners}


@pytest.mark.parametrize("name", ["pacific-2019", "world-40"])
def test_shipped_worlds_show_numbers_without_gaps(name):
    view = show_world(load_world(name))
    for row in view.states:
        assert all(math.isfinite(x) and x > 0 for x in (row.gdp, row.gross_output, row.exports, row.imports))
        assert row.gross_output > row.gdp
    assert all(0 <= row.largest_share <= 1 and row.theta > 0 for row in view.sectors)
