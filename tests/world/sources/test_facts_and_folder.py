"""Gravity and ATOP; and the way from any data set to a folder, a recipe and a world, on the command line too."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coercion_sim.cli.app import run as command_line
from coercion_sim.errors import WorldError
from coercion_sim.world import build_world, import_source, load_world
from coercion_sim.world.sources.folder import choose_sectors, choose_states
from coercion_sim.world.sources.io_tables import read_icio
from coercion_sim.world.sources.politics import read_atop, read_gravity
from support.source_layouts import (
    ATOP_ROWS,
    BACI_ROWS,
    GRAVITY_ROWS,
    ITPD_ROWS,
    SmallTable,
    figaro_text,
    frame_text,
    icio_text,
    wiod_frame,
    write,
)  # fmt: skip

COMPONENTS = ("HFCE", "NPISH", "GGFC", "GFCF", "INVNT", "DPABR")


@pytest.fixture
def icio(tmp_path: Path) -> Path:
    table = SmallTable(
        ("AUS", "CHN", "JPN", "ROW"), ("A01", "A02", "C24A", "H49", "T"), ("AUS", "CHN", "JPN", "ROW"), 6
    )
    return write(tmp_path / "2019_SML.csv", icio_text(table, COMPONENTS))


def test_gravity_keeps_states_that_exist_once(tmp_path: Path) -> None:
    ties, gdp = read_gravity(write(tmp_path / "Gravity_V202211.csv", GRAVITY_ROWS), 2019)
    assert ties.rows[1:] == (
        ("DEU", "FRA", "878", "1", "0", "0", "1"),
        ("FRA", "DEU", "878", "1", "0", "0", "1"),
        ("FRA", "VAT", "1100", "0", "0", "0", "0"),
    )
    assert gdp.rows == (("iso3", "gdp_musd_2019"), ("DEU", "3.89e+06"), ("FRA", "2.73e+06"))
    assert ties.notes == ("1 pair with a state that did not exist in 2019 left out.",)


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("878,1,0,0,3890000000", "far,1,0,0,3890000000", 2, ("dist: is not a number", "'far'")),
        ("2019,DEU.1,FRA,DEU,FRA,0", "2019,DEU.1,FRA,DEU,FRA,1", 3, ("other values", "DEU FRA", "lines 2 and 3")),
        ("2018,FRA", "then,FRA", 6, ("year: is not a number",)),
        ("2019,FRA,VAT,", "2019,FRA,", 5, ("cannot be read",)),
    ],
)
def test_gravity_errors_name_the_place(tmp_path: Path, old: str, new: str, line: int, words: tuple[str, ...]) -> None:
    assert old in GRAVITY_ROWS
    path = write(tmp_path / "Gravity_V202211.csv", GRAVITY_ROWS.replace(old, new, 1))
    with pytest.raises(WorldError) as caught:
        read_gravity(path, 2019)
    problem = caught.value.problems[0]
    assert (problem.file, problem.line) == (str(path), line)
    assert all(word in str(problem) for word in words)


def test_gravity_needs_a_year_it_has(tmp_path: Path) -> None:
    path = write(tmp_path / "Gravity_V202211.csv", GRAVITY_ROWS)
    with pytest.raises(WorldError, match=r"no rows of 2022; found 2018, 2019"):
        read_gravity(path, 2022)
    with pytest.raises(WorldError, match=r"give --year"):
        read_gravity(path)


def test_atop_takes_the_strongest_pledge_of_either_side(tmp_path: Path) -> None:
    facts = read_atop(write(tmp_path / "atop5_1ddyr.csv", ATOP_ROWS))
    assert facts.year == 2018
    assert facts.rows[1:] == (
        ("CAN", "USA", "ATOP 5.1: defence, consultation", "2016", "defence", "0.8"),
        ("USA", "XKX", "ATOP 5.1: non_aggression", "2018", "non_aggression", "0.2"),  # not in force in 2016 and 2017
    )
    assert facts.notes == ("Correlates of War numbers not in the code table, left out: 3.",)


def test_atop_is_silent_after_2018_and_says_so(tmp_path: Path) -> None:
    path = write(tmp_path / "atop5_1ddyr.csv", ATOP_ROWS)
    with pytest.raises(WorldError, match="absent later, not without alliance"):
        read_atop(path, 2019)
    assert read_atop(path, 2017).rows[1][3] == "2016"
    with pytest.raises(WorldError, match="stateB: is not a number") as caught:
        read_atop(write(path, ATOP_ROWS.replace("2020,2,20,2017", "2020,2,twenty,2017")))
    assert caught.value.problems[0].line == 3


def test_states_and_sectors_by_word(icio: Path) -> None:
    table = read_icio(icio)
    chosen = choose_states("China, AUS, rest", table)
    assert [(s.label, s.name, s.members) for s in chosen] == [
        ("CHN", "China", ("CHN",)),
        ("AUS", "Australia", ("AUS",)),
    ]
    assert [s.members for s in choose_states("PACIFIC=AUS+Japan", table)] == [("AUS", "JPN")]
    assert len(choose_states("all", table)) == 3
    trade = dict(zip(table.economies, table.trade, strict=True))
    (largest,) = choose_states("1", table)
    assert trade[largest.label] == max(trade[code] for code in ("AUS", "CHN", "JPN"))
    sectors = {s.label: s.members for s in choose_sectors("farm=A*,H49", table)}
    assert sectors == {"farm": ("A01", "A02"), "H49": ("H49",), "other_goods": ("C24A",), "services": ("T",)}


@pytest.mark.parametrize(
    ("states", "sectors", "words"),
    [
        ("CNH", "own", ("--states: economy not in the data", "CNH", "CHN")),
        ("Chnia", "own", ("did you mean China",)),
        ("E U=CHN+AUS", "own", ("--states: is not a valid label", "'E U'")),
        ("CHN,X=CHN+AUS", "own", ("--states: chosen twice", "CHN")),
        ("CHN", "X1", ("--sectors: sector not in the data",)),
        ("CHN", "a=A*,b=A01", ("--sectors: chosen twice", "A01")),
    ],
)
def test_wrong_choices_are_named(icio: Path, states: str, sectors: str, words: tuple[str, ...]) -> None:
    with pytest.raises(WorldError) as caught:
        import_source("icio", icio, icio.parent / "out", states=states, sectors=sectors)
    assert all(word in str(caught.value) for word in words)


def test_the_world_has_the_flows_inputs_and_gdp_of_the_table(tmp_path: Path, icio: Path) -> None:
    out = tmp_path / "data"
    import_source("icio", icio, out, states="all")
    table = read_icio(icio)
    world = build_world(out / "build.toml", out)
    assert world.year == 2019
    order = [table.economies.index(state) for state in world.states]
    np.testing.assert_allclose(world.flows, table.flows[:, order][:, :, order], rtol=1e-4)
    assert table.inputs is not None
    share = (table.inputs / table.flows.sum(axis=2)[None])[:, :, order]
    capped = np.minimum(share.sum(axis=0), 0.9)
    assert (world.input_share.sum(axis=0) <= capped + 1e-3).all()
    assert np.corrcoef(world.input_share.ravel(), share.ravel())[0, 1] > 0.95
    assert table.gdp is not None
    np.testing.assert_allclose(world.gdp_recorded, table.gdp[order], rtol=1e-4)
    assert world.tags["C24A"][0] == "goods"
    assert world.tags["T"][0] == "services"
    assert world.state_names["CHN"] == "China"


def test_a_recipe_is_never_written_over(tmp_path: Path, icio: Path) -> None:
    import_source("icio", icio, tmp_path / "data")
    before = (tmp_path / "data" / "build.toml").read_text()
    with pytest.raises(WorldError, match="has a recipe already"):
        import_source("icio", icio, tmp_path / "data", states="CHN")
    assert (tmp_path / "data" / "build.toml").read_text() == before


def test_treaties_and_gdp_join_an_import(tmp_path: Path) -> None:
    out = tmp_path / "data"
    rows = ITPD_ROWS.replace("AUS", "USA").replace("CHN", "CAN")
    import_source("itpd", write(tmp_path / "ITPD_E_R02.csv", rows), out, year=2019, states="all")
    text = GRAVITY_ROWS.replace("FRA", "USA").replace("DEU", "CAN")
    said = import_source("gravity", write(tmp_path / "Gravity_V202211.csv", text), out, year=2019).summary
    assert any("macro" in line and "added" in line for line in said)
    assert import_source("atop", write(tmp_path / "atop5_1ddyr.csv", ATOP_ROWS), out).files == ("alliances.csv",)
    again = import_source("atop", tmp_path / "atop5_1ddyr.csv", out).summary
    assert any("left as it is" in line for line in again)
    world = build_world(out / "build.toml", out)
    assert world.sectors == ("wheat", "other_services_n_e_c")
    assert world.tags["wheat"][0] == "goods"
    assert [(link.a, link.b, link.strength, link.since) for link in world.alliances] == [("USA", "CAN", 0.8, "2016")]
    assert dict(zip(world.states, world.gdp_recorded.tolist(), strict=True)) == {"CAN": 3.89e6, "USA": 2.73e6}
    assert not world.input_share.any()


def test_the_command_from_a_file_to_a_shock(tmp_path: Path, icio: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "data"
    assert command_line(["world", "import", "icio", str(icio), "--states", "CHN,Japan", "--out", str(out)]) == 0
    said = capsys.readouterr().out
    assert re.search(r"ROW holds 2 economies with \d+\.\d+ % of world trade: ", said)
    assert "AUS" in said
    assert command_line(["world", "build", f"{out}/build.toml", "--data", str(out), "--out", f"{out}/world"]) == 0
    assert load_world(out / "world").states == ("CHN", "JPN", "ROW")
    assert command_line(["shock", f"{out}/world", "--ban", "CHN:JPN:C24A"]) == 0


@pytest.mark.parametrize(
    ("source", "options", "words"),
    [
        ("baci", (), ("home sales", "--gross-output FILE", "gross_output_musd")),
        ("icio", ("--rate", "1.1"), ("--rate: belongs to figaro",)),
        ("atop", ("--year", "2020"), ("ATOP 5.1 ends in 2018",)),
        ("bacci", (), ("unknown source; found bacci", "baci, icio")),
        ("tidy", ("--columns", "exporter"), ("--columns: cannot be read",)),
    ],
)
def test_the_command_names_the_remedy(
    tmp_path: Path, source: str, options: tuple[str, ...], words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path / "BACI_HS17_Y2019_V202501.csv", BACI_ROWS)
    assert command_line(["world", "import", source, str(path), "--out", str(tmp_path / "out"), *options]) == 3
    said = capsys.readouterr().err
    assert all(word in said for word in words)
    assert not (tmp_path / "out").exists()


AREAS = ("AUS", "CHN", "ROW")
SPOILT = {
    "icio": ("2019_SML.csv", icio_text(SmallTable(AREAS, ("A01", "T"), AREAS, 6), COMPONENTS)),
    "figaro": (
        "matrix_eu-ic-io_ind-by-ind_25ed_2019.csv",
        figaro_text(SmallTable(("AT", "EL"), ("A01",), ("AT", "EL"), 5)),
    ),
    "wiod": ("WIOT2019.csv", frame_text(wiod_frame(SmallTable(AREAS, ("A01", "U"), AREAS, 5), 2019))),
    "itpd": ("ITPD_E_R02.csv", ITPD_ROWS),
    "tidy": ("own.csv", "exporter,importer,sector,value\nCHN,AUS,coal,5\nAUS,AUS,coal,7\nCHN,CHN,coal,9\n"),
    "gravity": ("Gravity_V202211.csv", GRAVITY_ROWS),
    "atop": ("atop5_1ddyr.csv", ATOP_ROWS),
}
JUNK = ("", "nan", "1e400", '"', "\x00", ",", ";", "\n", "\r", "\ufeff", "9" * 30, "é")


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_a_spoilt_file_is_read_or_refused_by_name(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    source = data.draw(st.sampled_from(sorted(SPOILT)))
    name, text = SPOILT[source]
    for _ in range(data.draw(st.integers(1, 3))):
        at, cut = data.draw(st.integers(0, len(text))), data.draw(st.sampled_from((0, 1, 5, 10_000)))
        text = text[:at] + data.draw(st.sampled_from(JUNK)) + text[at + cut :]
    folder = tmp_path_factory.mktemp("spoilt")
    path = write(folder / name, text)
    caught = None
    try:
        import_source(source, path, folder / "out", year=None if source in ("gravity", "atop") else 2019)
    except WorldError as error:
        caught = error
    if caught is not None:
        assert all(problem.file and str(path) in problem.file for problem in caught.problems)
        assert not (folder / "out").exists()
