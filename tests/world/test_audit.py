"""The audit of users' tables: every wrong table is refused or named with its place, and a right one passes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from coercion_sim.analysis import what_if
from coercion_sim.cli.app import run as command_line
from coercion_sim.economy import Measure
from coercion_sim.errors import MOST_LISTED, WorldError
from coercion_sim.world import World, build_world
from coercion_sim.world.audit import audit_flows, audit_gdp, audit_rest, nonnegative

RECIPE = """
name = "tiny"
title = "Three states, two sectors"
year = 2019
states = [{ id = "USA", name = "United States" }, { id = "CHN", name = "China" }, { id = "ROU", name = "Romania" }]
sectors = [
  { id = "farming", code = "AGR", name = "Farming", elasticity_class = "a" },
  { id = "industry", code = "MAN", name = "Industry", elasticity_class = "a" },
]
[data]
trade = "trade.csv"
sectors = "sectors.csv"
inputs = "io.csv"
inputs_world = "iow.csv"
macro = "macro.csv"
[elasticity]
default = "mine"
classes = { a = 4.0 }
"""
REST = '{ id = "ROU", name = "Romania" }, { id = "ROW", name = "Rest", rest = true }]'
STATES = ("USA", "CHN", "ROU")
FLOWS = {"AGR": ((100, 20, 1), (5, 200, 1), (1, 1, 20)), "MAN": ((900, 60, 5), (100, 900, 10), (4, 4, 60))}
SHARES = {("AGR", "AGR"): 0.1, ("AGR", "MAN"): 0.2, ("MAN", "AGR"): 0.05, ("MAN", "MAN"): 0.3}
#: What joins the flows where the rest of the world is Brazil.
BRAZIL = ["BRA,BRA,MAN,300", "BRA,BRA,AGR,90", "BRA,USA,MAN,3", "USA,BRA,MAN,4"]


def trade_rows() -> list[str]:
    return [
        f"{exporter},{importer},{sector},{FLOWS[sector][i][n]}"
        for sector in FLOWS
        for i, exporter in enumerate(STATES)
        for n, importer in enumerate(STATES)
    ]


def input_rows(states: tuple[str, ...]) -> str:
    rows = [f"{state},{user},{used},{share}" for state in states for (user, used), share in SHARES.items()]
    return "\n".join(["iso3,using_sector,input_sector,input_share_of_gross_output", *rows]) + "\n"


class Bench:
    """The recipe and its files in a folder, to be spoilt one by one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.write("build.toml", RECIPE)
        self.trade(trade_rows())
        self.write("sectors.csv", "sector,label,io16\nAGR,Farming,AGR\nMAN,Industry,MAN\n")
        self.write("io.csv", input_rows(STATES))
        self.write("iow.csv", input_rows(("WLD",)))
        self.write("macro.csv", "iso3,gdp_musd_2019\nUSA,700\nCHN,800\nROU,60\n")

    def write(self, name: str, text: str | bytes) -> None:
        (self.folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())

    def trade(self, rows: list[str]) -> None:
        self.write("trade.csv", "\n".join(["exporter,importer,sector,value_musd", *rows]) + "\n")

    def build(self) -> World:
        return build_world(self.folder / "build.toml", self.folder)

    def refusal(self) -> WorldError:
        with pytest.raises(WorldError) as caught:
            self.build()
        return caught.value


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def effects(world: World) -> list[float]:
    """Long-run real income of the USA, China and Romania after China bans American goods, % of GDP."""
    answer = what_if(world, [Measure("import_ban", "CHN", "USA", "all", 0.0)])
    income = {effect.state: effect.real_income for effect in answer.of_period(answer.periods[-1])}
    return [income[state] for state in STATES]


def test_a_right_table_passes_in_silence_and_gives_the_known_effects(bench: Bench) -> None:
    world = bench.build()
    assert world.repairs == ()
    assert effects(world) == pytest.approx([-2.127, -2.071, 0.618], abs=6e-3)


def test_a_row_twice_is_refused_with_both_lines(bench: Bench) -> None:
    bench.trade([*trade_rows(), "USA,CHN,MAN,60"])
    (problem,) = bench.refusal().problems
    assert (problem.file, problem.line, problem.key) == (str(bench.folder / "trade.csv"), 20, "USA to CHN, MAN")
    assert problem.found == "60 on line 12, 60 on line 20"


@pytest.mark.parametrize(
    ("name", "row", "key"),
    [
        ("macro.csv", "ROU,600", "ROU"),
        ("sectors.csv", "MAN,Industry,AGR", "MAN"),
        ("io.csv", "USA,AGR,MAN,0.02", "USA AGR MAN"),
        ("iow.csv", "WLD,MAN,AGR,0.5", "WLD MAN AGR"),
    ],
)
def test_a_row_twice_in_any_other_table_is_refused(bench: Bench, name: str, row: str, key: str) -> None:
    """The last one would count, in silence."""
    path = bench.folder / name
    before = path.read_text("utf-8")
    bench.write(name, before + row + "\n")
    (problem,) = bench.refusal().problems
    assert (problem.file, problem.key, problem.message) == (str(path), key, "is in two rows")
    assert problem.line == len(before.splitlines()) + 1
    assert str(problem.found).endswith(f" and {problem.line}")


def test_many_rows_twice_are_counted_after_the_first_twenty(bench: Bench) -> None:
    bench.trade([*trade_rows(), *trade_rows(), *trade_rows()])
    error = bench.refusal()
    assert len(error.problems) == 36
    assert len(str(error).splitlines()) == MOST_LISTED + 1
    assert str(error).endswith("and 16 more")


@pytest.mark.parametrize(
    ("missing", "keys"),
    [
        (lambda row: row[:3] == row[4:7], list(STATES)),
        (lambda row: row[:7] == "ROU,ROU", ["ROU"]),
        (lambda row: row[:3] == row[4:7] and "MAN" in row, ["MAN"]),
    ],
    ids=["all", "one state", "one sector"],
)
def test_home_sales_missing_are_refused_by_state_or_sector(
    bench: Bench, missing: Callable[[str], bool], keys: list[str]
) -> None:
    bench.trade([row for row in trade_rows() if not missing(row)])
    problems = bench.refusal().problems
    assert [problem.key for problem in problems] == keys
    assert all("exporter and importer" in (problem.allowed or "") for problem in problems)


def test_one_cell_without_home_sales_is_noted(bench: Bench) -> None:
    bench.trade([row for row in trade_rows() if row != "ROU,ROU,AGR,20"])
    (note,) = (note for note in bench.build().repairs if "home sales" in note)
    assert "ROU AGR" in note


def test_who_fell_into_the_rest_is_listed_and_a_slip_is_refused(bench: Bench) -> None:
    bench.write("build.toml", RECIPE.replace('{ id = "ROU", name = "Romania" }]', REST))
    bench.trade([*trade_rows(), *BRAZIL])
    world = bench.build()
    assert effects(world)[0] == pytest.approx(-2.22, abs=0.01)
    (note,) = (note for note in world.repairs if "ROW holds" in note)
    foreign = world.flows.sum(axis=0) * (1 - np.eye(4))
    share = (foreign[3].sum() + foreign[:, 3].sum()) / (2 * foreign.sum())
    assert f"1 economy with {100 * share:.2f} % of world trade: BRA" in note
    bench.trade([*(row.replace("USA,CHN,MAN", "USA,CNH,MAN") for row in trade_rows()), *BRAZIL])
    (problem,) = bench.refusal().problems
    assert (problem.found, problem.suggestion) == ("'CNH'", "CHN")
    bench.trade([*trade_rows(), *BRAZIL, "China,USA,MAN,7"])
    (problem,) = bench.refusal().problems
    assert (problem.found, problem.suggestion) == ("'China'", "CHN")


def test_a_slip_without_a_rest_has_the_nearest_code(bench: Bench) -> None:
    bench.trade([row.replace("USA,CHN,MAN", "USA,CNH,MAN") for row in trade_rows()])
    (problem,) = bench.refusal().problems
    assert (problem.found, problem.suggestion) == ("CNH", "CHN")


@pytest.mark.parametrize(("factor", "unit"), [(1000, "US$ thousand"), (1e6, "are the values in US$?"), (5, None)])
def test_gdp_far_from_the_record_is_named(bench: Bench, factor: float, unit: str | None) -> None:
    rows = [row.rsplit(",", 1) for row in trade_rows()]
    bench.trade([f"{cell},{float(value) * factor}" for cell, value in rows])
    world = bench.build()
    (note,) = (note for note in world.repairs if "recorded GDP" in note)
    gdp = world.baseline.gdp / np.array([700, 800, 60])
    for state, ratio in zip(STATES, gdp, strict=True):
        assert f"{state} {ratio:.3g}" in note
    assert (unit or "recorded GDP") in note
    assert ("median" in note) == (unit is not None)


@pytest.mark.parametrize("value", ["-60", "0"])
def test_gdp_not_above_zero_is_refused_with_its_line(bench: Bench, value: str) -> None:
    bench.write("macro.csv", f"iso3,gdp_musd_2019\nUSA,700\nCHN,800\nROU,{value}\n")
    (problem,) = bench.refusal().problems
    assert (problem.file, problem.line, problem.found) == (str(bench.folder / "macro.csv"), 4, value)
    assert "ROU" in problem.message


@pytest.mark.parametrize(
    "spell",
    [
        lambda text: text.replace(",", ";").encode(),
        lambda text: text.replace(",", "\t").encode(),
        lambda text: text.replace(".0\n", ",0\n").replace(",", ";").replace(";0\n", ",0\n").encode(),
        lambda text: text.encode("utf-8-sig"),
        lambda text: text.encode("utf-16"),
        lambda text: ("sep=;\n" + text.replace(",", ";")).encode(),
        lambda text: text.replace("\n", "\r\n\r\n").encode(),
        lambda text: text.replace(",", " , ").encode(),
    ],
    ids=["semicolon", "tab", "decimal comma", "mark", "utf-16", "sep line", "blank lines", "blanks"],
)
def test_usual_ways_to_save_a_table_read_alike(bench: Bench, spell: Callable[[str], bytes]) -> None:
    text = "\n".join(["exporter,importer,sector,value_musd", *(f"{row}.0" for row in trade_rows())]) + "\n"
    bench.write("trade.csv", spell(text))
    world = bench.build()
    np.testing.assert_array_equal(world.flows, np.array(list(FLOWS.values()), dtype=float))
    assert world.repairs == ()


def test_another_encoding_is_named_with_its_remedy(bench: Bench) -> None:
    bench.write("macro.csv", "iso3,name,gdp_musd_2019\nUSA,x,700\nCHN,Chine,800\nROU,Rouménie,60\n".encode("cp1252"))
    (problem,) = bench.refusal().problems
    assert (problem.file, problem.line) == (str(bench.folder / "macro.csv"), 4)
    assert "cp1252" in (problem.allowed or "")
    assert "Rouménie" in (problem.allowed or "")


def test_a_recipe_with_a_byte_order_mark_is_read(bench: Bench) -> None:
    bench.write("build.toml", RECIPE.lstrip().encode("utf-8-sig"))
    assert bench.build().name == "tiny"


def test_a_state_with_no_row_above_zero_is_named_with_its_file(bench: Bench) -> None:
    bench.trade([f"{row.rsplit(',', 1)[0]},0" if row.startswith("ROU") else row for row in trade_rows()])
    problems = bench.refusal().problems
    assert [(problem.file, problem.key) for problem in problems] == [(str(bench.folder / "trade.csv"), "ROU")]
    assert "sells nothing" in problems[0].message


def test_a_negative_flow_is_named_by_line_and_cell(bench: Bench) -> None:
    bench.trade([row.replace("USA,CHN,MAN,60", "USA,CHN,MAN,-60") for row in trade_rows()])
    world = bench.build()
    (note,) = world.repairs
    assert "line 12, USA to CHN, MAN: -60" in note
    assert world.flows[1, 0, 1] == 0.0


@pytest.mark.parametrize("label", ["WLD", "World", "TOTAL"])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_rows_of_totals_are_refused(bench: Bench, label: str, place: int) -> None:
    cells = ["USA", "CHN", "MAN", "60"]
    cells[place] = label
    bench.trade([*trade_rows(), ",".join(cells)])
    (problem,) = bench.refusal().problems
    assert (problem.line, problem.key) == (20, ("exporter", "importer", "sector")[place])


def test_cells_that_are_no_numbers_are_named_all_at_once(bench: Bench) -> None:
    rows = trade_rows()
    rows[2], rows[7], rows[9] = "USA,ROU,AGR,n/a", "ROU,CHN,AGR,", "USA,USA,MAN,1 900"
    bench.trade(rows)
    assert [problem.line for problem in bench.refusal().problems] == [4, 9, 11]


def test_the_command_line_prints_the_refusal(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    bench.trade([*trade_rows(), "USA,CHN,MAN,60"])
    folder = str(bench.folder)
    assert command_line(["world", "build", f"{folder}/build.toml", "--data", folder, "--out", f"{folder}/out"]) == 3
    assert "60 on line 12, 60 on line 20" in capsys.readouterr().err
    assert not (bench.folder / "out").exists()


# ------------------------------------------------------------------ arrays


def random_flows(N: int = 5, S: int = 3) -> np.ndarray:
    return np.random.default_rng(5).lognormal(2.0, 1.0, (S, N, N))


def test_hidden_sums_among_states_and_sectors_are_refused() -> None:
    states, sectors = [*"ABCDE"], ["x", "y", "z"]
    flows = random_flows()
    assert audit_flows("f", states, sectors, flows).problems == ()
    with_total = np.pad(flows, ((0, 0), (0, 1), (0, 1)))
    with_total[:, 5, :5] = (flows * (1 - np.eye(5))).sum(axis=1)
    with_total[:, :5, 5] = (flows * (1 - np.eye(5))).sum(axis=2)
    problems = audit_flows("f", [*states, "Welt"], sectors, with_total).problems
    assert any(problem.key == "Welt" and "sum of all others" in problem.message for problem in problems)
    with_home = np.pad(flows, ((0, 0), (0, 1), (0, 1)))
    with_home[:, 5, :] = with_home.sum(axis=1)
    with_home[:, :, 5] = with_home.sum(axis=2)
    problems = audit_flows("f", [*states, "Gesamt"], sectors, with_home).problems
    assert [problem.key for problem in problems] == ["Gesamt", "Gesamt"]
    summed = np.concatenate([flows, flows.sum(axis=0)[None]])
    (problem,) = audit_flows("f", states, [*sectors, "everything"], summed).problems
    assert problem.key == "everything"


def test_negative_cells_of_an_array_are_named_largest_first() -> None:
    flows = random_flows(3, 1)
    flows[0, 0, 1], flows[0, 2, 2] = -1.0, -7.5
    clipped, (note,) = nonnegative(["A", "B", "C"], ["x"], flows)
    assert clipped.min() == 0.0
    assert note.index("C to C, x: -7.5") < note.index("A to B, x: -1")
    assert nonnegative(["A", "B", "C"], ["x"], clipped)[1] == ()


def test_gdp_is_compared_where_it_is_recorded() -> None:
    model, recorded = np.array([1.0, 3.0, 9.0]), np.array([1.9, 1.0, np.nan])
    (note,) = audit_gdp(["A", "B", "C"], model, recorded)
    assert "B 3" in note
    assert "A " not in note
    assert audit_gdp(["A"], model[:1], recorded[:1]) == ()


def test_the_rest_of_the_world_is_no_slip() -> None:
    audit = audit_rest("f", "ROW", {"ROW": 0.1, "BRA": 0.2, "XQ1": 0.0}, ["ROU", "USA"])
    assert audit.problems == ()
    assert "BRA 20.00 %" in audit.notes[0]
    assert "XQ1" in audit.notes[1]
    assert audit_rest("f", "ROW", {}, ["ROU"]).notes == ()
