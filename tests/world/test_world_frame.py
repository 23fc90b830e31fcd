"""What a world shows of itself: a short text, its flows as a tidy frame, a table for notebooks."""

from __future__ import annotations

import numpy as np
import pytest

from coercion_sim.world import World, load_world


def test_the_frame_holds_every_flow_with_its_labels() -> None:
    world = load_world("pacific-2019")
    frame = world.frame()
    assert list(frame.columns) == ["sector", "exporter", "importer", "value"]
    assert len(frame) == world.flows.size
    row = frame.sample(1, random_state=1).iloc[0]
    j, i, n = world.sectors.index(row.sector), world.state_index(row.exporter), world.state_index(row.importer)
    assert row.value == world.flows[j, i, n]
    total = frame.groupby("sector", sort=False)["value"].sum()
    np.testing.assert_allclose(total, world.flows.sum(axis=(1, 2)), rtol=1e-12)


def test_the_text_is_short_whatever_the_size() -> None:
    for world in (load_world("world-40"), World.from_flows("t", ("A", "B"), ("x",), [[[2.0, 1.0], [1.0, 3.0]]], 4.0)):
        lines = repr(world).splitlines()
        assert len(lines) < 10
        assert max(map(len, lines)) < 140
        assert world.name in lines[0]
        assert f"{len(world.states)} states" in lines[0]


def test_the_notebook_form_has_one_row_for_each_state() -> None:
    world = load_world("pacific-2019")
    html = world._repr_html_()
    assert html.count("<tr") == 1 + len(world.states)
    exports = world.flows[:, 0, 1:].sum() / 1e3
    assert f"{exports:,.1f}" in html


@pytest.mark.parametrize("year", [None, 2019])
def test_the_year_is_named_where_it_is_known(year: int | None) -> None:
    world = World.from_flows("t", ("A", "B"), ("x",), [[[2.0, 1.0], [1.0, 3.0]]], 4.0, year=year)
    assert ("2019" in repr(world)) == (year is not None)
