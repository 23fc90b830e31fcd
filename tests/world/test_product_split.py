"""A product split out of a built world: what adds up, what does not change, what is refused, and the command."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import coercion_sim as cs
from coercion_sim.cli.app import run as command_line
from coercion_sim.economy import EconomyParameters
from coercion_sim.errors import WorldError
from coercion_sim.world import World, build_world, load_world, read_labels
from fakes.tiny import tiny_world, write_tiny
from support.worlds import random_world

Rows = list[dict[str, Any]]


def fact(state: str, role: str, value: object, partner: str = "") -> dict[str, Any]:
    return {"state": state, "partner": partner, "role": role, "value": value, "source": "a page", "grade": "A"}


def every_cell(world: World, sector: int, share: float) -> Rows:
    """Facts that state the same share of every cell of a sector."""
    cells = share * world.flows[sector]
    return [
        fact(i, "home_sales", cells[a, a]) if a == b else fact(i, "exports", cells[a, b], n)
        for a, i in enumerate(world.states)
        for b, n in enumerate(world.states)
    ]


#: Ice wine of Australia, of which two destinations and world exports are known.
ICE: Rows = [
    fact("AUS", "exports", 200, "CHN"),
    fact("AUS", "exports", 100, "Japan"),
    fact("AUS", "exports", 500),
    fact("world", "exports", 1100),
    fact("AUS", "home_share", 0.25),
]


def write_facts(path: Path, rows: Rows) -> str:
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return str(path)


def test_facts_stand_and_the_rest_follows_the_sector() -> None:
    world = tiny_world()
    made = cs.split_product(world, "ice", out_of="wine", facts=ICE)
    assert made.sectors == ("coal", "wine", "services", "ice")
    ice, apart = made.flows[3], 1 - np.eye(4)
    assert ice[0, 1] == 200
    assert ice[0, 3] == 100
    np.testing.assert_allclose((ice * apart).sum(axis=1)[0], 500, rtol=1e-9)
    np.testing.assert_allclose((ice * apart).sum(), 1100, rtol=1e-9)
    # the three others export in the proportions in which they export wine
    others = (world.flows[1] * apart).sum(axis=1)[1:]
    np.testing.assert_allclose((ice * apart).sum(axis=1)[1:], 600 * others / others.sum(), rtol=1e-9)
    assert ice[0, 0] == pytest.approx(500 * 0.25 / 0.75)
    wine_home = world.flows[1, 2, 2] / world.flows[1, 2].sum()
    assert ice[2, 2] / ice[2].sum() == pytest.approx(wine_home)
    assert made.trade_elasticity[3] == world.trade_elasticity[1]
    assert set(made.tags["ice"]) >= {"goods", "wine_all", "product"}
    assert "wine_all" in made.tags["wine"]


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000), share=st.floats(0.05, 0.85), tariffs=st.booleans())
def test_two_parts_alike_are_the_old_sector(seed: int, share: float, tariffs: bool) -> None:
    world = random_world(seed, 3, 3, tariffs=tariffs)
    made = cs.split_product(world, "part", out_of=world.sectors[1], facts=every_cell(world, 1, share))
    np.testing.assert_allclose(made.flows[1] + made.flows[3], world.flows[1], rtol=1e-12)
    np.testing.assert_allclose(made.flows[3], share * world.flows[1], rtol=1e-9)
    for name in ("income", "value_added", "gdp"):
        np.testing.assert_allclose(getattr(made.baseline, name), getattr(world.baseline, name), rtol=1e-12)
    a, b = world.states[:2]
    ban = [cs.Measure("import_ban", a, b, world.sectors[1], 0.3), cs.Measure("import_tariff", b, a, "all", 0.1)]
    both = [replace(ban[0], sectors=(world.sectors[1], "part")), ban[1]]
    tight = EconomyParameters(tolerance=1e-12)
    old = cs.solve_equilibrium(world, ban, parameters=tight)
    new = cs.solve_equilibrium(made, both, parameters=tight)
    np.testing.assert_allclose(new.real_income_hat, old.real_income_hat, rtol=1e-9)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10_000), size=st.floats(0.01, 0.4))
def test_sector_and_product_add_up_and_the_order_of_states_does_not_matter(seed: int, size: float) -> None:
    world = random_world(seed, 2, 4)
    abroad = world.flows[0] * (1 - np.eye(4))
    first, second, third = world.states[:3]
    rows = [
        fact(first, "exports", size * abroad[0, 1], second),
        fact(first, "exports", size * abroad[0].sum()),
        fact("world", "exports", size * abroad.sum()),
        fact(third, "imports", size * abroad[:, 2].sum()),
        fact("all", "home_share", 0.3),
        fact("", "elasticity", 7.5),
    ]
    made = cs.split_product(world, "part", out_of=world.sectors[0], facts=rows)
    np.testing.assert_allclose(made.flows[0] + made.flows[2], world.flows[0], rtol=1e-12)
    assert (made.flows[0] >= 0.1 * world.flows[0] * (1 - 1e-12)).all()
    assert made.trade_elasticity[2] == 7.5
    order = np.random.default_rng(seed).permutation(4)
    turned = replace(
        world,
        states=tuple(world.states[i] for i in order),
        flows=world.flows[:, order][:, :, order],
        tariff=world.tariff[:, order][:, :, order],
        input_share=world.input_share[:, :, order],
        value_added_share=world.value_added_share[:, order],
        **{
            key: None if (value := getattr(world, key)) is None else value[..., order]
            for key in ("gdp_recorded", "ideal_point", "democracy")
        },
    )
    again = cs.split_product(turned, "part", out_of=world.sectors[0], facts=rows[::-1])
    np.testing.assert_allclose(again.flows, made.flows[:, order][:, :, order], rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(again.input_share, made.input_share[:, :, order], rtol=1e-7, atol=1e-12)


def test_a_recipe_and_a_split_take_the_same_path(tiny: tuple[Path, Path], tmp_path: Path) -> None:
    recipe, data = tiny
    built = build_world(recipe, data, {"rounding": {"flows": 15, "input_share": 15}})
    whole = tmp_path / "whole.toml"
    text = recipe.read_text(encoding="utf-8")
    start, end = text.index("products = ["), text.index("competitors")
    whole.write_text(text[:start] + text[end:], encoding="utf-8")
    base = build_world(whole, data, {"rounding": {"flows": 15, "input_share": 15}})
    rows = [
        fact("AAA", "exports", 50), fact("BLOC", "exports", 20), fact("AAA", "exports", 30, "DDD"),
        fact("DDD", "imports", 40), fact("ROW", "imports", 24), fact("AAA", "imports", 0), fact("BLOC", "imports", 0),
        fact("AAA", "home_share", 0.5), fact("BLOC", "home_share", 0), fact("DDD", "home_sales", 5),
        fact("", "elasticity", 12),
    ]  # fmt: skip
    made = cs.split_product(
        base, "grain", out_of="farm", facts=rows, users=["farm"], overflow="keep", price_factor=1.25
    )
    np.testing.assert_allclose(made.flows, built.flows, rtol=1e-10, atol=1e-9)
    np.testing.assert_allclose(made.input_share, built.input_share, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(made.trade_elasticity, built.trade_elasticity)
    np.testing.assert_array_equal(made.elasticity_sets["someone_2020"], built.elasticity_sets["someone_2020"])


def test_users_and_likeness_decide_who_buys_it_and_where_it_goes() -> None:
    world = random_world(3, 3, 4)
    one, two, three = world.sectors
    rows = [fact(world.states[0], "exports", 0.05 * world.flows[0, 0, 1:].sum())]
    none = cs.split_product(world, "part", out_of=one, facts=rows, users=[])
    assert (none.input_share[3] == 0).all()
    some = cs.split_product(world, "part", out_of=one, facts=rows, users=[two])
    assert (some.input_share[3, 1] > 0).any()
    assert (some.input_share[3, [0, 2, 3]] == 0).all()
    np.testing.assert_allclose(
        some.input_share[0, :3] + some.input_share[3, :3], world.input_share[0], rtol=1e-9, atol=1e-12
    )
    like = cs.split_product(world, "part", out_of=one, facts=rows, like=three)
    assert like.trade_elasticity[3] == world.trade_elasticity[2]
    sent = like.flows[3, 0, 1:]
    assert np.corrcoef(sent, world.flows[2, 0, 1:])[0, 1] > np.corrcoef(sent, world.flows[0, 0, 1:])[0, 1]


def test_a_fact_too_large_is_refused_or_believed_and_a_fit_too_large_is_cut_and_said() -> None:
    world = tiny_world()
    cell = world.flows[1, 0, 1]
    rows = [fact("AUS", "exports", 2 * cell, "CHN")]
    with pytest.raises(WorldError, match=r"exports AUS CHN: is larger than wine there"):
        cs.split_product(world, "ice", out_of="wine", facts=rows)
    kept = cs.split_product(world, "ice", out_of="wine", facts=rows, overflow="keep")
    assert kept.flows[3, 0, 1] == 2 * cell
    assert kept.flows[1, 0, 1] == pytest.approx(0.1 * cell)
    cut = cs.split_product(world, "ice", out_of="wine", facts=[fact("AUS", "exports", cell, "CHN")])
    assert cut.flows[3, 0, 1] == pytest.approx(0.9 * cell)
    assert any("above the floor of 10%: cut" in note and "AUS to CHN" in note for note in cut.repairs)


@pytest.mark.parametrize(
    ("rows", "options", "says"),
    [
        (ICE, {"out_of": "wines"}, "unknown sector.*did you mean wine"),
        (ICE, {"like": "coals"}, "unknown sector.*did you mean coal"),
        (ICE, {"users": ["service"]}, "unknown sector.*did you mean services"),
        (ICE, {"price_factor": 0.0}, "price_factor: out of range"),
        ([*ICE, fact("Austrlia", "exports", 3)], {}, "unknown state.*did you mean AUS"),
        ([*ICE, fact("CHN", "exports", 3, "CHN")], {}, "sells to itself"),
        ([*ICE, fact("CHN", "exports", -3, "USA")], {}, "exports CHN USA: out of range; found -3"),
        ([*ICE, fact("CHN", "exports", "nan")], {}, "out of range"),
        ([*ICE, fact("CHN", "home_share", 1)], {}, "0 <= share < 1"),
        ([*ICE, fact("CHN", "export", 1)], {}, "unknown role.*did you mean exports"),
        ([*ICE, fact("CHN", "imports", 1, "AUS")], {}, "has no partner"),
        ([*ICE, fact("", "elasticity", "hard")], {}, "unknown class"),
        ([*ICE, fact("", "elasticity", -2)], {}, "elasticity: out of range"),
        ([*ICE, ICE[0]], {}, "AUS CHN exports: stated twice"),
        ([*ICE, fact("USA", "exports", 700)], {}, "do not add up.*world exports; found 1200 and 1100"),
        ([*ICE, fact("AUS", "exports", 300, "USA")], {}, "do not add up.*ice AUS|ice AUS: facts do not add up"),
        ([*ICE, fact("USA", "imports", 1100), fact("JPN", "imports", 800)], {}, "do not add up: imports"),
        ([fact("world", "imports", 5)], {}, "unknown state"),
        ([fact("AUS", "home_share", 0.5)], {}, "no exports above 0"),
        ([*ICE[:3], fact("CHN", "home_share", 0.5)], {}, "role home_sales"),
        ([{**ICE[0], "source": " "}], {}, "has no source"),
        ([{**ICE[0], "grade": "D"}], {}, "unknown grade"),
        ([{**ICE[0], "product": "icy"}], {}, "no facts about the product.*did you mean icy"),
    ],
)
def test_each_mistake_is_named(rows: Rows, options: dict[str, Any], says: str) -> None:
    with pytest.raises(WorldError, match=says):
        cs.split_product(tiny_world(), "ice", facts=rows, **{"out_of": "wine", **options})


@pytest.mark.parametrize("product", ["wine", "goods", "all", "sweet wine", "4u", ""])
def test_the_label_must_be_new_and_a_label(product: str) -> None:
    with pytest.raises(WorldError, match="product"):
        cs.split_product(tiny_world(), product, out_of="wine", facts=ICE)


def test_the_command_writes_a_world_that_the_others_take(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_tiny(tmp_path)
    table = write_facts(tmp_path / "facts.csv", ICE)
    asked = ["world", "split", "./tiny_world", "--product", "ice", "--out-of", "wine", "--facts", table]
    assert command_line([*asked, "--out", "tiny_world"]) == 3
    assert "is the folder of the world" in capsys.readouterr().err
    assert command_line(asked) == 0
    said = " ".join(capsys.readouterr().out.split())
    folder = tmp_path / "tiny_world-ice"
    readme = (folder / "README.md").read_text(encoding="utf-8")
    assert "Home share of output as in wine: CHN" in said
    assert "Home share of output as in wine: CHN" in readme
    assert "| AUS to CHN | exports | 200 | A | a page |" in readme
    assert read_labels(folder).parents["ice"] == "wine"
    np.testing.assert_array_equal(
        load_world(folder).flows, cs.split_product(tiny_world(), "ice", out_of="wine", facts=ICE).flows
    )
    assert command_line(["shock", "./tiny_world-ice", "--ban", "CHN:AUS:ice", "--json"]) == 0
    lost = json.loads(capsys.readouterr().out)
    assert next(s["real_income"] for s in lost["states"] if s["state"] == "AUS") < 0
    table = write_facts(tmp_path / "bad.csv", [*ICE, fact("AUT", "exports", 5)])
    assert command_line([*asked[:-1], table, "--out", "nothing"]) == 3
    assert "bad.csv:7" in capsys.readouterr().err
    assert not (tmp_path / "nothing").exists()


@pytest.mark.slow
def test_a_scenario_plays_on_a_split_world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    scenario = write_tiny(tmp_path)
    table = write_facts(tmp_path / "facts.csv", ICE)
    asked = ["world", "split", "./tiny_world", "--product", "ice", "--out-of", "wine", "--facts", table]
    assert command_line(asked) == 0
    text = scenario.read_text("utf-8").replace("./tiny_world", "./tiny_world-ice")
    own = tmp_path / "ice.toml"
    own.write_text(text.replace('sectors = ["coal"]', 'sectors = ["ice"]'), "utf-8")
    assert command_line(["check", str(own)]) == 0
    assert command_line(["compare", str(own), "--replicates", "1", "--no-figures", "--workers", "1", "-q"]) == 0


def test_cherries_of_chile_in_the_pacific(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "own-data.md"
    found = re.search(r"<!-- file: cherries.csv -->\n```csv\n(.*?)```", page.read_text(encoding="utf-8"), re.S)
    assert found is not None
    table, out = str(tmp_path / "facts.csv"), tmp_path / "cherries"
    Path(table).write_text(found[1], encoding="utf-8")
    asked = ["world", "split", "pacific-2019", "--product", "cherries", "--out-of", "agriculture", "--facts", table]
    assert command_line([*asked, "--like", "wine", "--out", str(out)]) == 3
    assert "cherries exports CHL CHN: is larger than agriculture there" in capsys.readouterr().err
    assert command_line([*asked, "--like", "wine", "--out", str(out), "--price-factor", "1.3"]) == 0
    capsys.readouterr()
    world, base = load_world(out), load_world("pacific-2019")
    at, j = (base.state_index(s) for s in ("CHL", "CHN")), base.sectors.index("agriculture")
    chl, chn = at
    np.testing.assert_allclose(world.flows[j] + world.flows[-1], base.flows[j], rtol=1e-12)
    assert world.flows[-1, chl, chn] == pytest.approx(min(1400 / 1.3, 0.9 * base.flows[j, chl, chn]))
    assert read_labels(out).classes["cherries"] == "reference"
    losses = []
    for name, sector in ((str(out), "cherries"), ("pacific-2019", "agriculture")):
        assert command_line(["shock", name, "--ban", f"CHN:CHL:{sector}", "--json"]) == 0
        states = json.loads(capsys.readouterr().out)["states"]
        losses.append(next(s["real_income"] for s in states if s["state"] == "CHL"))
    assert losses[0] < 0
    assert losses[1] < 0
