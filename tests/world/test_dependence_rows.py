"""The rows shown of a world and of a state, against sums written out in loops."""

import math

import numpy as np
import pytest
from hypothesis import given

from coercion_sim.errors import WorldError
from coercion_sim.world import (
    Alliance,
    Dependence,
    Partner,
    SectorRow,
    StateRow,
    StateView,
    Tie,
    World,
    WorldView,
    load_world,
    show_state,
    show_world,
)
from support.worlds import random_worlds

STATES = ("AUS", "USA", "CHN")
FLOWS = [[[6.0, 1.0, 5.0], [2.0, 3.0, 1.0], [1.0, 0.0, 4.0]], [[3.0, 0.0, 0.0], [0.0, 5.0, 0.0], [0.0, 0.0, 8.0]]]


@pytest.fixture
def world() -> World:
    return World.from_flows(
        "shown",
        STATES,
        ("coal", "law"),
        FLOWS,
        [12.0, 3.0],
        year=2019,
        alliances=(
            Alliance("AUS", "CHN", "Talks", "alignment", 0.1),
            Alliance("USA", "AUS", "Pact", "defence", 0.9, "1951"),
            Alliance("USA", "CHN", "None", "alignment", 0.2),
        ),
        groups={"CLUB": ("AUS", "USA"), "OTHER": ("CHN",)},
        competitors={"AUS": ("CHN",)},
        gdp_recorded=[20.0, np.nan, 14.0],
        ideal_point=[0.5, np.nan, -1.0],
        state_names={"AUS": "Australia"},
        sector_names={"coal": "Coal"},
        tags={"coal": ("goods",)},
    )


def test_states_by_hand(world):
    view = show_world(world)
    assert isinstance(view, WorldView)
    assert (view.name, view.year) == ("shown", 2019)
    assert view.states[0] == StateRow("AUS", "Australia", 15.0, 20.0, 15.0, 6.0, 3.0, 9 / 15)
    assert view.states[1] == StateRow("USA", "USA", 11.0, None, 11.0, 3.0, 1.0, 4 / 11)


def test_sectors_by_hand(world):
    coal, law = show_world(world).sectors
    assert coal == SectorRow("coal", "Coal", ("goods",), 12.0, 10.0, 10 / 23, "AUS", 6 / 10)
    # services that nobody trades have no largest exporter
    assert law == SectorRow("law", "law", (), 3.0, 0.0, 0.0, "", 0.0)


def test_a_state_by_hand(world):
    view = show_state(world, "AUS")
    assert isinstance(view, StateView)
    assert view.row == show_world(world).states[0]
    assert (view.imbalance, view.ideal_point) == (3.0 - 6.0, 0.5)
    china, america = view.partners
    assert china == Partner("CHN", "CHN", 5.0, 1.0, 100 * 5 / 15, 100 * 1 / 15)
    assert (america.partner, america.exports, america.imports) == ("USA", 1.0, 2.0)
    assert view.export_dependence == (
        Dependence("coal", "Coal", "CHN", 5.0, 5 / 6, 5 / 12, 100 * 5 / 15),
        Dependence("coal", "Coal", "USA", 1.0, 1 / 6, 1 / 12, 100 * 1 / 15),
    )
    assert [(d.partner, d.share_of_trade, d.share_of_total) for d in view.import_dependence] == [
        ("USA", 2 / 3, 2 / 9),
        ("CHN", 1 / 3, 1 / 9),
    ]
    assert view.ties == (Tie("USA", "defence", 0.9, "Pact", "1951"), Tie("CHN", "alignment", 0.1, "Talks", ""))
    assert (view.groups, view.competitors) == (("CLUB",), ("CHN",))


def test_what_is_not_recorded_is_none(world):
    view = show_state(world, "USA")
    assert view.ideal_point is None
    assert view.row.gdp_recorded is None
    assert view.competitors == ()


def test_the_lists_of_trade_are_cut(world):
    view = show_state(world, "AUS", top=1)
    assert [p.partner for p in view.partners] == ["CHN"]
    assert len(view.export_dependence) == len(view.import_dependence) == 1


def test_an_unknown_state_gets_the_nearest_name(world):
    with pytest.raises(WorldError) as caught:
        show_state(world, "AUD")
    assert caught.value.problems[0].suggestion == "AUS"


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
