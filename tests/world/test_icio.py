"""Inputs by using industry and services taken apart: against weights by hand, and with every total kept."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coercion_sim.errors import WorldError
from coercion_sim.world import build_world, build_world_folder
from coercion_sim.world.build.icio import read_columns, service_flows, split_services
from coercion_sim.world.build.reading import read_trade
from coercion_sim.world.build.recipe import ServicesSpec, is_service

INDUSTRIES, KNOWN = ("A01", "C24", "D", "I"), ("AAA", "BBB", "CCC", "DDD", "EEE")


def tables(seed: int = 1, K: int = 3, M: int = 3) -> dict[str, np.ndarray]:
    """Services of K industries among M economies: output is what is sold to industries and to final use."""
    rng = np.random.default_rng(seed)
    between = rng.uniform(0.5, 2.0, (K, M, M)) + 20 * np.eye(M)
    final = rng.uniform(5.0, 30.0, (K, M))
    return {"intermediate_flows": between, "final_sales": final, "gross_output": between.sum(axis=2) + final}


def whole(seed: int = 2, E: int = 4) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.uniform(1.0, 9.0, (E, E)) + 300 * np.eye(E)


NOTHING_SET = np.full(3, np.nan)


@given(st.integers(0, 10**6))
def test_industries_of_services_keep_every_cell_and_each_exporter_s_output(seed: int) -> None:
    sold, made = whole(seed), tables(seed + 1)
    flows = service_flows(sold, made, np.array([0, 1, 3]), NOTHING_SET)
    assert (flows >= 0).all()
    np.testing.assert_allclose(flows.sum(axis=0), sold, rtol=1e-6)
    for m, i in enumerate((0, 1, 3)):
        wanted = made["gross_output"][:, m] / made["gross_output"][:, m].sum()
        np.testing.assert_allclose(flows[:, i].sum(axis=1) / sold[i].sum(), wanted, rtol=1e-6)


def test_data_that_agree_with_the_totals_are_given_back() -> None:
    made = tables() | {"final_sales": np.zeros((3, 3))}
    made["gross_output"] = made["intermediate_flows"].sum(axis=2)
    sold = made["intermediate_flows"].sum(axis=0)
    flows = service_flows(sold, made, np.arange(3), NOTHING_SET)
    np.testing.assert_allclose(flows, made["intermediate_flows"], rtol=1e-6)


def test_an_economy_outside_the_tables_sells_the_mix_that_others_sell_there() -> None:
    flows = service_flows(whole(), tables(), np.array([0, 1, 3]), NOTHING_SET)
    abroad = flows[:, [1, 3], 0].sum(axis=1)
    np.testing.assert_allclose(flows[:, 2, 0] / flows[:, 2, 0].sum(), abroad / abroad.sum())
    home = sum(flows[:, i, i] for i in (0, 1, 3))
    np.testing.assert_allclose(flows[:, 2, 2] / flows[:, 2, 2].sum(), home / home.sum())


def test_a_larger_share_of_final_sales_abroad_raises_the_industry_s_exports() -> None:
    shares = []
    for share in (0.05, 0.2, 0.5):
        flows = service_flows(whole(), tables(), np.array([0, 1, 3]), np.array([share, np.nan, np.nan]))
        shares.append(1 - np.trace(flows[0]) / flows[0].sum())
    assert shares == sorted(shares)
    assert shares[-1] > 1.5 * shares[0]


def test_services_are_known_by_their_isic_code() -> None:
    assert [is_service(code) for code in ("A01", "B05", "C24A", "D", "H49", "SERV", "T")] == [False] * 3 + [True] * 4


@pytest.fixture
def by_industry(tiny):
    """The tiny world with inputs by using industry and services divided into power (D) and the rest (I)."""
    recipe, data = tiny
    rng = np.random.default_rng(5)
    share = rng.uniform(0.02, 0.2, (4, 4, 5))
    output = rng.uniform(500, 1500, (4, 5))
    output[1, 3] = 0.0  # DDD has no steel in the tables
    labels = {"countries": np.array(KNOWN), "sectors": np.array(INDUSTRIES)}
    np.savez(data / "inputs.npz", input_share=share, gross_output=output, **labels)
    np.savez(data / "services.npz", **(labels | {"sectors": np.array(INDUSTRIES[2:])}), **tables(3, 2, 5))
    text = recipe.read_text(encoding="utf-8")
    services = '{ id = "services", code = "SERV", name = "Services", elasticity_class = "low" },'
    both = services.replace('"services"', '"power"').replace('"SERV"', '"D"') + "\n" + services.replace('"SERV"', '"I"')
    assert services in text
    text = text.replace(services, both).replace('inputs = "inputs.csv"', 'inputs = "inputs.npz"')
    text = text.replace("[data]", '[data]\nservices = "services.npz"')
    recipe.write_text(text, encoding="utf-8")
    return recipe, data, share, output


def test_a_world_takes_the_inputs_of_the_using_industry(by_industry) -> None:
    recipe, data, share, _ = by_industry
    world = build_world(recipe, data, {"caps.intermediate_use": 1.0, "caps.inputs": 1.0})
    assert world.sectors == ("farm", "steel", "power", "services", "grain")
    sold = world.baseline.sales
    steel, power, farm = (world.sectors.index(s) for s in ("steel", "power", "farm"))
    assert world.input_share[power, steel, 0] == pytest.approx(share[2, 1, 0], rel=1e-4)
    assert world.input_share[power, world.sectors.index("grain"), 0] == pytest.approx(share[2, 0, 0], rel=1e-4)
    trade = read_trade(data / "trade.csv")
    weights = np.array([trade.value[(trade.exporter == e) & (trade.sector == "C24")].sum() for e in ("BBB", "CCC")])
    bloc = share[2, 1, [1, 2]] @ weights / weights.sum()
    assert world.input_share[power, steel, 1] == pytest.approx(bloc, rel=1e-4)
    assert (sold > 0)[farm].all()
    assert set(world.tags["power"]) >= {"services", "D"}
    np.testing.assert_array_equal(world.elasticity_sets["someone_2020"], [5, 6, 4, 4, 5])  # SERV's for D and I


def test_no_column_and_no_economy_take_the_mean_weighted_by_output(by_industry) -> None:
    recipe, data, share, output = by_industry
    world = build_world(recipe, data, {"caps.intermediate_use": 1.0, "caps.inputs": 1.0})
    mean = (share[2, 1] * output[1]).sum() / output[1].sum()
    steel, power = world.sectors.index("steel"), world.sectors.index("power")
    assert world.input_share[power, steel, 2] == pytest.approx(mean, rel=1e-4)  # DDD
    trade = read_trade(data / "trade.csv")
    w = np.array([trade.value[(trade.exporter == e) & (trade.sector == "C24")].sum() for e in ("EEE", "FFF")])
    rest = (w[0] * share[2, 1, 4] + w[1] * mean) / w.sum()  # EEE has its own, FFF is in no table
    assert world.input_share[power, steel, 3] == pytest.approx(rest, rel=1e-4)
    assert any("counted with the world average" in note and "FFF" in note for note in world.repairs)


def test_services_add_up_to_those_of_the_trade_data(by_industry) -> None:
    recipe, data, *_ = by_industry
    world = build_world(recipe, data)
    trade = read_trade(data / "trade.csv")
    services = world.flows[world.sector_indices(("power", "services"))].sum()
    assert services == pytest.approx(trade.value[trade.sector == "SERV"].sum(), rel=1e-4)
    assert any(note.startswith("Services (SERV) divided into 2 industries") for note in world.repairs)


def test_the_readme_names_only_files_that_are_read(by_industry, tmp_path) -> None:
    recipe, data, *_ = by_industry
    _, folder = build_world_folder(recipe, data, tmp_path / "out")
    text = (folder / "README.md").read_text(encoding="utf-8")
    assert "`services.npz`" in text
    assert "`inputs_world.csv`" not in text


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"countries": np.array(("AAA", "BBB", "CCC", "DDD", "XXX"))}, "XXX"),
        ({"gross_output": None}, "gross_output: array missing"),
        ({"final_sales": np.full((2, 5), np.nan)}, "not finite"),
    ],
)
def test_services_that_do_not_fit_are_refused(by_industry, change, says) -> None:
    _, data, *_ = by_industry
    with np.load(data / "services.npz") as stored:
        arrays = {key: stored[key] for key in stored.files} | change
    np.savez(data / "services.npz", **{key: value for key, value in arrays.items() if value is not None})
    with pytest.raises(WorldError, match=says):
        split_services(read_trade(data / "trade.csv"), data / "services.npz", ServicesSpec())


def test_an_assumption_about_an_unknown_industry_is_refused(by_industry) -> None:
    _, data, *_ = by_industry
    with pytest.raises(WorldError, match=r"final_abroad\.K"):
        split_services(read_trade(data / "trade.csv"), data / "services.npz", ServicesSpec(final_abroad={"K": 0.1}))
    with pytest.raises(WorldError, match="not in the trade data"):
        split_services(read_trade(data / "trade.csv"), data / "services.npz", ServicesSpec(code="SRV"))


@pytest.mark.parametrize(("scale", "says"), [(-0.1, "input shares"), (3.0, "input shares")])
def test_columns_out_of_range_are_refused(by_industry, scale, says) -> None:
    _, data, share, output = by_industry
    np.savez(data / "inputs.npz", input_share=share * scale, gross_output=output, countries=np.array(KNOWN),
             sectors=np.array(INDUSTRIES))  # fmt: skip
    with pytest.raises(WorldError, match=says):
        read_columns(data / "inputs.npz", "WLD")
    (data / "inputs.npz").write_text("no zip", encoding="utf-8")
    with pytest.raises(WorldError, match="not a readable"):
        read_columns(data / "inputs.npz", "WLD")
