"""Who depends on whom: every row against the arrays it is read off."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

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
    show_state,
    show_world,
)

LINKS = (Alliance("A", "B", "talks", "consultation", 0.2), Alliance("C", "A", "pact", "defence", 0.9, "1951"))


@pytest.fixture(scope="module")
def world() -> World:
    rng = np.random.default_rng(0)
    flows = rng.uniform(1.0, 9.0, (2, 3, 3)) + 30 * np.eye(3)
    flows[1, 2, 0] = 0.0
    base = World.from_flows("show", ("A", "B", "C"), ("x", "y"), flows, [4.0, 6.0], year=2019)
    return replace(
        base,
        state_names={"A": "Alpha"},
        sector_names={"x": "Good x"},
        tags={"x": ("goods",)},
        gdp_recorded=np.array([np.nan, 5.0, 6.0]),
        ideal_point=np.array([0.5, np.nan, 1.0]),
        alliances=(
            Alliance("A", "B", "talks", "consultation", 0.2),
            Alliance("C", "A", "pact", "defence", 0.9, "1951"),
        ),
        groups={"G": ("A", "B"), "H": ("C",)},
        competitors={"A": ("C",)},
    )


def test_one_row_for_each_state_and_sector(world: World) -> None:
    view = show_world(world)
    assert isinstance(view, WorldView)
    assert (view.name, view.year, len(view.states), len(view.sectors)) == ("show", 2019, 3, 2)
    foreign = world.flows * (1 - np.eye(3))
    for n, row in enumerate(view.states):
        assert isinstance(row, StateRow)
        assert row.exports == pytest.approx(foreign[:, n].sum())
        assert row.imports == pytest.approx(foreign[:, :, n].sum())
        assert row.openness == pytest.approx((row.exports + row.imports) / row.gdp)
        assert row.gross_output == pytest.approx(world.flows[:, n].sum())
    assert [row.name for row in view.states] == ["Alpha", "B", "C"]
    assert [row.gdp_recorded for row in view.states] == [None, 5.0, 6.0]
    for j, sector in enumerate(view.sectors):
        assert isinstance(sector, SectorRow)
        assert sector.world_exports == pytest.approx(foreign[j].sum())
        assert sector.traded_share == pytest.approx(foreign[j].sum() / world.flows[j].sum())
        best = int(foreign[j].sum(axis=1).argmax())
        assert sector.largest_exporter == world.states[best]
        assert sector.largest_share == pytest.approx(foreign[j, best].sum() / foreign[j].sum())
    assert [s.tags for s in view.sectors] == [("goods",), ()]
    assert [s.theta for s in view.sectors] == [4.0, 6.0]


def test_partners_add_up_to_all_trade(world: World) -> None:
    view = show_state(world, "A")
    assert isinstance(view, StateView)
    assert all(isinstance(partner, Partner) for partner in view.partners)
    assert sum(p.exports for p in view.partners) == pytest.approx(view.row.exports)
    assert sum(p.imports for p in view.partners) == pytest.approx(view.row.imports)
    both = [p.exports + p.imports for p in view.partners]
    assert both == sorted(both, reverse=True)
    for p in view.partners:
        assert p.exports_pct_gdp == pytest.approx(100 * p.exports / view.row.gdp)


def test_dependences_are_the_cells_of_trade_largest_first(world: World) -> None:
    view = show_state(world, "A", top=100)
    for rows, axis in ((view.export_dependence, "out"), (view.import_dependence, "in")):
        assert [r.value for r in rows] == sorted((r.value for r in rows), reverse=True)
        for row in rows:
            assert isinstance(row, Dependence)
            j, i = world.sectors.index(row.sector), world.states.index(row.partner)
            cell = world.flows[j, 0, i] if axis == "out" else world.flows[j, i, 0]
            line = world.flows[j, 0] if axis == "out" else world.flows[j, :, 0]
            assert row.value == pytest.approx(cell)
            assert row.share_of_trade == pytest.approx(cell / (line.sum() - line[0]))
            assert row.share_of_total == pytest.approx(cell / line.sum())
            assert row.pct_gdp == pytest.approx(100 * cell / view.row.gdp)
    assert len(view.export_dependence) == 4
    assert len(view.import_dependence) == 3  # C sells A no y
    assert len(show_state(world, "A", top=2).export_dependence) == 2


def test_ties_groups_and_competitors_of_a_state(world: World) -> None:
    view = show_state(world, "A")
    assert view.ties == (Tie("C", "defence", 0.9, "pact", "1951"), Tie("B", "consultation", 0.2, "talks", ""))
    assert (view.groups, view.competitors, view.ideal_point) == (("G",), ("C",), 0.5)
    assert view.imbalance == pytest.approx(view.row.imports - view.row.exports)
    assert show_state(world, "B").ideal_point is None
    with pytest.raises(WorldError, match="unknown state"):
        show_state(world, "Z")
