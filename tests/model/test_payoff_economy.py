"""Which economy gives the payoffs of a run: solved for the first draws, interpolated for later ones where it may be."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from coercion_sim.dispute import Economy, InterpolatedEconomy, sized
from coercion_sim.economy import solve_equilibrium
from coercion_sim.economy.share_left import PER_RESIDUAL
from coercion_sim.model import build_model, payoff_economy, release
from coercion_sim.model.coercion_model import CoercionModel
from coercion_sim.scenario import load_scenario
from coercion_sim.scenario.tables import RUN_TOLERANCE
from support.small import small_scenario, small_world

pytestmark = pytest.mark.usefixtures("tables_in_memory")

WORLD = small_world()
RANGES = (
    "economy.elasticity_scale={ uniform = [0.7, 1.3], default = 1.0 }",
    "economy.factor_mobility={ uniform = [1.05, 1.5], default = 1.5 }",
    "economy.adjustment_rate={ uniform = [0.1, 0.5], default = 0.25 }",
)
DRAWN = {"economy.elasticity_scale": 0.9, "economy.factor_mobility": 1.2, "economy.adjustment_rate": 0.2}
LATE = payoff_economy.SOLVED_DRAWS


def model(
    folder: Path, *overrides: str, policy: str = "stand_alone", replicate: int = LATE, **values: object
) -> CoercionModel:
    scenario = small_scenario(folder, ("conduct=strategic", *RANGES, *overrides))
    drawn = DRAWN | {key.replace("__", "."): value for key, value in values.items()}
    return build_model(scenario.with_values(drawn), WORLD, policy, 1, replicate=replicate)


def economy(folder: Path, *overrides: str, **given: object) -> Economy:
    built = model(folder, *overrides, **given)
    assert built.diplomacy is not None
    found = built.diplomacy.economy
    release(built)
    return found


def test_the_first_draws_are_solved_and_later_ones_interpolated(tmp_path: Path) -> None:
    assert type(economy(tmp_path, replicate=LATE - 1)) is Economy
    found = economy(tmp_path)
    assert isinstance(found, InterpolatedEconomy)
    assert found.point == (0.9, 1.2, 0.2, 1.0)
    assert [(r.low, r.high) for r in found.economies.ranges] == [(0.7, 1.3), (1.05, 1.5), (0.1, 0.5), (1.0, 1.0)]


def test_replicates_and_policies_share_their_economies(tmp_path: Path) -> None:
    one, other = economy(tmp_path), economy(tmp_path, replicate=LATE + 5, economy__adjustment_rate=0.4)
    assert isinstance(one, InterpolatedEconomy)
    assert isinstance(other, InterpolatedEconomy)
    assert one.economies is other.economies
    tied = economy(tmp_path, policy="integrate_economies")
    assert isinstance(tied, InterpolatedEconomy)
    assert tied.economies.content != one.economies.content


@pytest.mark.parametrize(
    "overrides",
    [
        ("dispute.leakage={ uniform = [0.0, 0.1], default = 0.05 }",),
        ("economy.smoothing={ uniform = [0.0, 0.5], default = 0.0 }",),
    ],
)
def test_where_sizes_of_measures_are_uncertain_every_draw_is_solved(tmp_path: Path, overrides: tuple[str, ...]) -> None:
    path = overrides[0].partition("=")[0].replace(".", "__")
    assert type(economy(tmp_path, *overrides, **{path: 0.02})) is Economy


def test_uncertain_stakes_do_not_matter_to_payoffs(tmp_path: Path) -> None:
    stakes = "dispute.stake_target={ uniform = [0.3, 1.5], default = 0.7 }"
    assert isinstance(economy(tmp_path, stakes, dispute__stake_target=0.4), InterpolatedEconomy)


def test_outside_the_ranges_at_the_defaults_and_without_ranges_every_draw_is_solved(tmp_path: Path) -> None:
    assert type(economy(tmp_path, economy__elasticity_scale=1.4)) is Economy
    at_defaults = {f"economy__{key}": value for key, value in
                   (("elasticity_scale", 1.0), ("factor_mobility", 1.5), ("adjustment_rate", 0.25))}  # fmt: skip
    assert type(economy(tmp_path, **at_defaults)) is Economy
    fixed = small_scenario(tmp_path, ("conduct=strategic",))
    built = build_model(fixed, WORLD, "stand_alone", 1, replicate=LATE)
    assert built.diplomacy is not None
    assert type(built.diplomacy.economy) is Economy
    release(built)


def test_a_policy_whose_promises_follow_from_the_economy_is_solved(tmp_path: Path) -> None:
    assert type(economy(tmp_path, policy="respond_as_allies+compatible_capacities")) is Economy


def test_a_number_fixed_in_the_scenario_takes_one_node(tmp_path: Path) -> None:
    scenario = small_scenario(tmp_path, ("conduct=strategic", RANGES[0], "economy.factor_mobility=1.3"))
    built = build_model(
        scenario.with_values({"economy.elasticity_scale": 0.9}), WORLD, "stand_alone", 1, replicate=LATE
    )
    assert built.diplomacy is not None
    found = built.diplomacy.economy
    assert isinstance(found, InterpolatedEconomy)
    assert [r.low == r.high for r in found.economies.ranges] == [False, True, True, True]
    release(built)


def test_worlds_at_nodes_carry_what_stands_there(tmp_path: Path) -> None:
    """The base of a draw that lies on a node is the world of that node, closer ties of the bloc included."""
    tied = economy(tmp_path, policy="integrate_economies")
    assert isinstance(tied, InterpolatedEconomy)
    base = tied.economies.world_at(0.9, 1.2, 1.0)
    np.testing.assert_allclose(base.flows, tied.world.flows, rtol=1e-6, atol=1e-3)
    assert np.abs(base.flows / WORLD.flows.clip(1e-9) - 1.0).max() > 0.01


def test_the_game_of_a_late_draw_is_the_solved_one_but_for_the_error(tmp_path: Path) -> None:
    scenario = small_scenario(tmp_path, ("conduct=strategic", "dispute.screen=off", *RANGES)).with_values(DRAWN)
    tables = []
    for interpolated in (True, False):
        built = build_model(scenario, WORLD, "respond_as_allies", 1, replicate=LATE, interpolated=interpolated)
        assert built.diplomacy is not None
        assert built.diplomacy.open_dispute("CHN", "AUS", 0) is not None
        tables.append(built.diplomacy.cases[0].table)
        release(built)
    found, solved = tables
    assert found.interpolation is not None
    assert solved.interpolation is None
    assert [p.goods for p in found.packages] == [p.goods for p in solved.packages]
    for row, printed in enumerate((found.interpolation.first_year, found.interpolation.long_run)):
        bound = 5e-3 * np.abs(solved.alone[row]).max()
        np.testing.assert_allclose(found.alone[row], solved.alone[row], rtol=0.0, atol=bound)
        assert 0.0 < printed <= bound
    assert np.abs(solved.alone).max() > 0.3
    np.testing.assert_allclose(found.effects["absorb"], solved.effects["absorb"], atol=5e-3)


def test_the_record_is_interpolated_over_sizes_that_are_drawn(tmp_path: Path) -> None:
    """The effects of a late draw at its own sizes are those solved, but for the error printed."""
    drawn = ('measures.wine.sectors=["parts"]', "measures.wine.open={ uniform = [0.45, 0.55], default = 0.5 }")
    settings = ("conduct=strategic", "dispute.screen=off", 'dispute.packages=["record"]', *drawn, *RANGES)
    effects = {}
    for parts in (0.46, 0.55):
        scenario = small_scenario(tmp_path, settings).with_values(DRAWN | {"measures.wine.open": parts})
        for interpolated in (True, False):
            built = build_model(scenario, WORLD, "respond_as_allies", 1, replicate=LATE, interpolated=interpolated)
            assert built.diplomacy is not None
            assert built.diplomacy.open_dispute("CHN", "AUS", 0) is not None
            table = built.diplomacy.cases[0].table
            release(built)
            (package,) = table.packages
            assert [(m.sectors, m.size) for m in package.measures] == [(("coal",), 0.02), (("parts",), parts)]
            effects[parts, interpolated] = table.alone
            if table.interpolation is not None:
                assert table.interpolation.solved == 0
                printed = table.interpolation
        np.testing.assert_allclose(effects[parts, True][0], effects[parts, False][0], atol=printed.first_year)
        np.testing.assert_allclose(effects[parts, True][1], effects[parts, False][1], atol=printed.long_run)
    assert np.abs(effects[0.46, True] - effects[0.55, True]).max() > 0.02


def test_a_record_that_states_shares_left_is_interpolated_as_stated(tmp_path: Path) -> None:
    """Its sizes follow from each economy; the same interpolant serves every draw."""
    toml = small_scenario(tmp_path, ()).source_text.replace("open = 0.03", "left = 0.1")
    (tmp_path / "stated.toml").write_text(toml, encoding="utf-8")
    settings = ("conduct=strategic", "dispute.screen=off", 'dispute.packages=["record"]', *RANGES)
    found, flows = [], []
    for scale in (0.8, 1.2):
        scenario = load_scenario(tmp_path / "stated.toml", settings)
        scenario = scenario.with_values(DRAWN | {"economy.elasticity_scale": scale})
        built = build_model(scenario, WORLD, "stand_alone", 1, replicate=LATE)
        assert built.diplomacy is not None
        assert built.diplomacy.open_dispute("CHN", "AUS", 0) is not None
        found.append(built.diplomacy.cases[0].table)
        base, package = built.diplomacy.base, found[-1].packages[0]
        measures = sized(base, built.parameters, package.measures)
        flows.append(
            solve_equilibrium(base, measures, parameters=built.parameters).flows[1, 0, 1] / base.flows[1, 0, 1]
        )
        assert built.diplomacy.economy.economies.known  # type: ignore[attr-defined]
        release(built)
    assert found[0].packages[0].measures == found[1].packages[0].measures
    np.testing.assert_allclose(flows, 0.1, rtol=PER_RESIDUAL * RUN_TOLERANCE)
    assert found[0].interpolation is not None
    assert found[0].interpolation == found[1].interpolation
