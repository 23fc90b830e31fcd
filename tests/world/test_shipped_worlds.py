"""Every shipped world: its identities, its GDP against the record, services taken apart, the recipe that builds it."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from coercion_sim import solve_equilibrium
from coercion_sim.arrays import abroad
from coercion_sim.economy import Measure
from coercion_sim.world import World, build_world, build_world_folder, list_worlds, load_world, world_folder
from coercion_sim.world.build.pipeline import build
from coercion_sim.world.build.reading import read_spec
from coercion_sim.world.build.report import USUAL_GDP_RATIO

SERVICES = ("electricity", "transport", "travel", "finance", "other_services")
#: Worlds with a base year before an episode, and the flow it moved: exporter, importer, sector, US$ million.
BEFORE = {
    "asia-2011": ("PHL", "CHN", "agriculture"),
    "europe-2013": ("POL", "RUS", "food"),
    "europe-2020": ("LTU", "CHN", "wood_paper"),
    "pacific-2016": ("KOR", "CHN", "travel"),
}
#: Standard deviation of GDP over recorded GDP that the data reach, without states whose distance has a stated reason.
SPREAD = {
    "pacific-2019": 0.05, "europe-2019": 0.05, "world-40": 0.05, "europe-2013": 0.05, "europe-2020": 0.05,
    "pacific-2016": 0.055, "world-80": 0.05, "asia-2011": 0.075,
}  # fmt: skip


def assert_built_to_rule(world: World, rounding: float) -> None:
    """Identities of model.md §1, and the build's ceilings on intermediate use.

    Intermediate use is at most 97 % of spending on a good, inputs at most 90 % of a sector's cost, each but for the
    rounding of what is stored (`rounding`, relative).
    """
    b = world.baseline
    assert abs(b.imbalance.sum()) < 1e-9 * b.spending.sum()
    assert (b.final_demand >= 0).all()
    np.testing.assert_allclose(world.value_added_share + world.input_share.sum(axis=0), 1.0, atol=1e-12)
    use = np.einsum("kjn,jn->kn", world.input_share, b.sales)
    assert (use <= 0.97 * b.spending * (1 + rounding)).all()
    assert (world.input_share.sum(axis=0) <= 0.90 * (1 + rounding)).all()
    assert (world.tariff == 0).all()


def test_every_world_is_listed() -> None:
    assert set(list_worlds()) == SPREAD.keys()


@pytest.mark.parametrize("name", SPREAD)
def test_identities_and_gdp_against_the_record(name: str) -> None:
    world, spec = load_world(name), read_spec(world_folder(name) / "build.toml")
    assert_built_to_rule(world, rounding=10.0 ** (1 - min(spec.rounding.flows, spec.rounding.input_share)))
    assert world.year == spec.year
    assert (world.gdp_recorded > 0).all()
    ratio = dict(zip(world.states, world.baseline.gdp / world.gdp_recorded, strict=True))
    low, high = USUAL_GDP_RATIO
    plain = {state: x for state, x in ratio.items() if state not in spec.gdp_reasons}
    assert {state for state, x in plain.items() if not low <= x <= high} == set()
    assert np.std(list(plain.values())) <= SPREAD[name]
    assert 0.9 <= np.median(list(ratio.values())) <= 1.0


@pytest.mark.parametrize("name", SPREAD)
def test_electricity_and_services_are_sectors_and_electricity_is_an_input_of_every_sector(name: str) -> None:
    world = load_world(name)
    services = [world.sectors[j] for j in world.sector_indices("services")]
    assert sorted(services) == sorted(SERVICES)
    power = world.input_share[world.sectors.index("electricity")]
    assert (power[:, world.baseline.sales.sum(axis=0) > 0].max(axis=1) > 0).all()
    home = np.einsum("jnn->j", world.flows) / world.flows.sum(axis=(1, 2))
    shares = dict(zip(world.sectors, home, strict=True))
    assert shares["electricity"] > 0.95
    assert shares["transport"] < shares["electricity"]


@pytest.mark.parametrize("name", BEFORE)
def test_a_base_year_before_an_episode_has_the_trade_it_moved(name: str) -> None:
    world = load_world(name)
    exporter, importer, sector = BEFORE[name]
    flow = world.flows[world.sectors.index(sector), world.state_index(exporter), world.state_index(importer)]
    assert flow > 0
    ban = Measure("import_ban", importer, exporter, (sector,), 0.0)
    after = solve_equilibrium(world, [ban])
    assert after.status == "converged"
    assert after.welfare_pct_gdp[world.state_index(exporter)] < 0


def test_trade_that_counter_sanctions_stopped_is_larger_before_them() -> None:
    """Food and farm goods of the EU to Russia: 2013 against 2019."""
    sold = []
    for name in ("europe-2013", "europe-2019"):
        world = load_world(name)
        eu = [world.state_index(s) for s in world.groups["EU"]]
        goods = [world.sectors.index(s) for s in ("agriculture", "food")]
        sold.append(world.flows[np.ix_(goods, eu, [world.state_index("RUS")])].sum())
    assert sold[0] > 1.5 * sold[1]


#: Rows typed by hand, from a folder of a world.
TYPED = (
    "world-40/rare_earths.csv", "europe-2019/energy.csv", "europe-2019/eu_groups.csv", "europe-2019/eu_alliances.csv",
    "gdp.csv",
)  # fmt: skip


@pytest.mark.parametrize("file", TYPED)
def test_every_typed_row_has_a_source_and_a_grade(file: str) -> None:
    with (world_folder("world-40").parent / file).open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert rows
    assert all(row["source"].strip() and row["grade"] in ("A", "B", "C") for row in rows)


@pytest.mark.parametrize("name", ["world-40", "europe-2019"])
def test_no_shock_changes_nothing(name: str) -> None:
    np.testing.assert_allclose(solve_equilibrium(load_world(name)).real_income_hat, 1.0, atol=1e-12)


# ------------------------------------------------------------------ against the data they were built from


@pytest.mark.parametrize(
    ("name", "rtol"),
    [
        *((name, 2e-4) for name in ("world-40", "europe-2019", "pacific-2019")),
        *(pytest.param(name, 2e-2, marks=pytest.mark.slow) for name in (*BEFORE, "world-80")),
    ],
)
def test_the_shipped_files_are_what_the_build_writes(name: str, rtol: float, shared_world_data, tmp_path) -> None:
    """The last of the digits stored may round the other way on another machine."""
    shipped = world_folder(name)
    _, folder = build_world_folder(shipped / "build.toml", shared_world_data, tmp_path / name)
    for file in ("labels.toml", "README.md"):
        assert (folder / file).read_text(encoding="utf-8") == (shipped / file).read_text(encoding="utf-8"), file
    with np.load(folder / "arrays.npz") as fresh, np.load(shipped / "arrays.npz") as old:
        assert fresh.files == old.files
        for key in old.files:
            np.testing.assert_allclose(fresh[key], old[key], rtol=rtol, atol=1e-12, err_msg=key)


@pytest.mark.parametrize("name", ["europe-2019", "pacific-2019"])
def test_known_flows_and_totals_are_kept(name: str, shared_world_data) -> None:
    built = build(world_folder(name) / "build.toml", shared_world_data)
    at = built.world.states.index
    for trade in built.trades:
        assert name == "pacific-2019" or trade.import_scale == pytest.approx(1.0, abs=1e-12)
        foreign = abroad(trade.fob)
        for fact in (fact for fact in built.facts if fact.product == trade.spec.fact):
            if fact.role == "flow":
                assert foreign[at(fact.state), at(fact.partner)] == pytest.approx(fact.value)
            elif fact.role == "exporter":
                assert foreign[at(fact.state)].sum() == pytest.approx(fact.value, rel=1e-6)
            elif fact.role == "importer":
                assert foreign[:, at(fact.state)].sum() == pytest.approx(fact.value * trade.import_scale, rel=1e-6)


def test_home_sales_from_gdp_give_a_world_of_one_sector(shared_world_data) -> None:
    recipe = world_folder("pacific-2019").parent / "goods-2023" / "build.toml"
    world = build_world(recipe, shared_world_data)
    assert world.shape == (1, 46)
    np.testing.assert_allclose(world.baseline.gdp, world.gdp_recorded, rtol=1e-4)
    aus, chn = world.state_index("AUS"), world.state_index("CHN")
    assert world.flows[0, aus, chn] == pytest.approx(138974.75, rel=1e-4)
    cut = [Measure("export_ban", a, b, ("all",), 0.0) for a, b in (("AUS", "CHN"), ("CHN", "AUS"))]
    after = solve_equilibrium(world, cut)
    assert after.welfare_pct_gdp[aus] < after.welfare_pct_gdp[chn] < 0
