"""What an equilibrium shows of itself: a short text, a frame of states, a table for notebooks."""

from __future__ import annotations

import numpy as np
import pytest

import coercion_sim as cs
from coercion_sim.economy import Equilibrium, solve_equilibrium
from coercion_sim.world import World


@pytest.fixture(scope="module")
def after() -> Equilibrium:
    flows = np.array([[[80.0, 20.0, 5.0], [10.0, 90.0, 5.0], [7.0, 3.0, 50.0]]])
    world = World.from_flows("three", ["A", "B", "<C>"], ["goods"], flows, 4.0)
    return solve_equilibrium(world, [cs.Measure("import_tariff", "A", "B", "goods", 0.2)])


def test_the_frame_has_the_hats_as_percent_changes(after: Equilibrium) -> None:
    frame = after.frame()
    assert list(frame.columns) == [
        "state",
        "real_income",
        "real_factor_income",
        "real_gdp",
        "price_index",
        "exports",
        "imports",
    ]
    assert list(frame["state"]) == ["A", "B", "<C>"]
    np.testing.assert_array_equal(frame["real_income"], after.welfare_pct_gdp)
    np.testing.assert_allclose(frame["real_gdp"], 100 * (after.real_gdp_hat - 1), rtol=1e-12)
    np.testing.assert_allclose(frame["real_factor_income"], 100 * (after.real_factor_income_hat - 1), rtol=1e-12)
    np.testing.assert_allclose(frame["price_index"], 100 * (after.consumer_price_hat - 1), rtol=1e-12)
    np.testing.assert_array_equal(frame["exports"], after.exports)
    assert frame["exports"].sum() == pytest.approx(frame["imports"].sum(), rel=1e-9)


def test_the_text_is_short_and_names_who_moves_most(after: Equilibrium) -> None:
    text = repr(after)
    assert len(text.splitlines()) < 10
    assert max(map(len, text.splitlines())) < 120
    first = after.world.states[int(np.argmax(np.abs(after.welfare_pct_gdp)))]
    assert text.index(first) == min(text.index(s) for s in after.world.states if s in text)
    assert "converged" in text


def test_the_notebook_form_is_a_table_with_every_state_escaped(after: Equilibrium) -> None:
    html = after._repr_html_()
    assert html.count("<tr") == 1 + 3
    assert "&lt;C&gt;" in html
    words = html.split("<tr")[0]
    assert f"converged in {after.sweeps} sweeps" in words
    assert "real income" not in words
