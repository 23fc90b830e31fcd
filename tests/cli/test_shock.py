"""`shock` from its arguments to tables, and every mistake in them named at once."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coercion_sim.analysis import what_if
from coercion_sim.cli.app import run as command_line
from coercion_sim.cli.measures import OPTIONS, parse_measure
from coercion_sim.economy import EconomyParameters, Measure, Stuck, solve_equilibrium
from coercion_sim.errors import Problem
from coercion_sim.world import load_world
from fakes.tiny import tiny_world, write_tiny


@pytest.fixture
def world(tmp_path: Path) -> str:
    write_tiny(tmp_path)
    return str(tmp_path / "tiny_world")


def data(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    """Run with --json and read what it printed."""
    assert command_line(["shock", *arguments, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert isinstance(found, dict)
    return found


def income(said: dict[str, Any], state: str, period: str = "long run") -> float:
    """Real income of one state in one period."""
    return float(next(s["real_income"] for s in said["states"] if (s["state"], s["period"]) == (state, period)))


@pytest.mark.parametrize(
    ("option", "text", "kind", "size"),
    [
        ("ban", "CHN:AUS:coal", "import_ban", 0.0),
        ("ban", "CHN:AUS:coal,wine:0.05", "import_ban", 0.05),
        ("export_ban", "AUS:CHN:goods:0.1", "export_ban", 0.1),
        ("tariff", "USA:CHN:all:0.25", "import_tariff", 0.25),
        ("barrier", "CHN:AUS:services:1.4", "import_barrier", 1.4),
        ("export_control", "USA:CHN:wine:2", "export_control", 2.0),
        ("subsidy", "JPN:AUS:coal:0.1", "import_subsidy", 0.1),
        ("transfer", "USA:AUS:250", "transfer", 250.0),
    ],
)
def test_every_option_is_read_as_its_measure(option: str, text: str, kind: str, size: float) -> None:
    problems: list[Problem] = []
    (measure,) = parse_measure(tiny_world(), option, text, problems)
    assert problems == []
    assert (measure.kind, measure.size, measure.by, measure.on) == (kind, size, *text.split(":")[:2])


def test_the_table_shows_states_most_affected_first_and_who_gains(
    world: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command_line(["shock", world, "--ban", "CHN:AUS:coal"]) == 0
    lines = capsys.readouterr().out.splitlines()
    states = [line.split()[0] for line in lines if line[:3] in ("AUS", "CHN", "USA", "JPN")]
    assert states[0] == "AUS"
    assert len(states) == 4
    assert any("AUS to CHN" in line and "USA" in line for line in lines)


def test_quarters_show_the_first_quarter_years_and_the_long_run(world: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line(["shock", world, "--ban", "CHN:AUS:coal", "--quarters", "6", "--state", "AUS"]) == 0
    text = capsys.readouterr().out
    assert text.splitlines()[3].split() == ["state", "quarter", "1", "year", "1", "year", "2", "long", "run"]
    said = data(capsys, world, "--ban", "CHN:AUS:coal", "--quarters", "6")
    year = sum(income(said, "AUS", f"quarter {q}") for q in range(1, 5)) / 4
    line = next(line for line in text.splitlines() if line.startswith("AUS "))
    assert float(line.split()[2]) == pytest.approx(year, rel=0.005)


def test_settings_elasticities_and_inputs_change_the_answer(world: str, capsys: pytest.CaptureFixture[str]) -> None:
    ban = (world, "--ban", "CHN:AUS:coal")
    plain = income(data(capsys, *ban), "AUS")
    assert income(data(capsys, *ban, "--set", "factor_mobility=1.05"), "AUS") != plain
    assert income(data(capsys, *ban, "--elasticities", "3"), "AUS") < plain  # harder to replace
    assert income(data(capsys, *ban, "--no-inputs"), "AUS") == pytest.approx(plain)  # this world has no inputs


def test_csv_holds_every_state_and_period(world: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["shock", world, "--ban", "CHN:AUS:coal", "--quarters", "3"]
    assert command_line([*arguments, "--csv", "-"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert len(rows) == 4 * 4
    file = tmp_path / "states.csv"
    assert command_line([*arguments, "--csv", str(file)]) == 0
    assert list(csv.DictReader(io.StringIO(file.read_text()))) == rows


def test_a_picture_is_drawn(world: str, tmp_path: Path) -> None:
    for quarters, name in (("0", "bars.svg"), ("4", "lines.svg")):
        path = tmp_path / name
        arguments = ["shock", world, "--tariff", "USA:CHN:all:0.25", "--quarters", quarters, "--plot", str(path)]
        assert command_line(arguments) == 0
        assert path.read_text().rstrip().endswith("</svg>")


def test_every_mistake_is_named_at_once(world: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "never.csv"
    arguments = [
        "--ban", "CHN:AUZ:coal", "--ban", "CHN:AUS:cole", "--ban", "CHN:AUS:coal:1.5", "--tariff", "USA:CHN:coal",
        "--tariff", "USA:CHN:coal:high", "--tariff", "USA:CHN:coal:-2", "--ban", "CHN::coal", "--ban", "CHN:CHN:coal",
        "--tariff", "USA:CHN:coal:25%",
        "--state", "XYZ", "--elasticities", "mine", "--set", "factor_mobilty=2",
    ]  # fmt: skip
    assert command_line(["shock", world, *arguments, "--csv", str(file)]) == 3
    said = capsys.readouterr().err.splitlines()
    words = (
        ("--ban CHN:AUZ:coal", "AUS"),
        ("--ban CHN:AUS:cole", "did you mean coal"),
        ("--ban CHN:AUS:coal:1.5", "0 to 1"),
        ("--tariff USA:CHN:coal:", "BY:ON:SECTORS:RATE"),
        ("--tariff USA:CHN:coal:high", "RATE is not a number"),
        ("--tariff USA:CHN:coal:25%", "did you mean 0.25"),
        ("--tariff USA:CHN:coal:-2", "out of range"),
        ("--ban CHN::coal", "BY:ON:SECTORS[:OPEN]"),
        ("--ban CHN:CHN:coal", "cannot act on itself"),
        ("XYZ", "AUS"),
        ("mine", "elasticity set"),
        ("factor_mobilty", "did you mean factor_mobility"),
    )
    for where, what in words:
        assert any(where in line and what in line for line in said), (where, what)
    assert not file.exists()


def test_no_measure_is_a_mistake_that_lists_the_options(world: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line(["shock", world]) == 3
    said = capsys.readouterr().err
    for option in OPTIONS:
        assert f"--{option.replace('_', '-')}" in said


def test_a_world_there_is_not_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line(["shock", "pacific-2091", "--ban", "CHN:AUS:coal"]) == 3
    assert "pacific-2019" in capsys.readouterr().err


def test_a_tariff_that_was_meant_in_percent_is_doubted(world: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line(["shock", world, "--tariff", "USA:CHN:coal:25", "--json"]) == 0
    assert "a tariff of 2,500 %, for 1 is 100 %; found 25; did you mean 0.25?" in capsys.readouterr().err
    assert command_line(["shock", world, "--tariff", "USA:CHN:coal:2", "--json"]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("option", "text", "missing"),
    [
        ("ban", "CHN:AUS", "SECTORS"),
        ("ban", "CHN", "ON, SECTORS"),
        ("tariff", "CHN:AUS:coal", "RATE"),
        ("transfer", "USA:AUS", "AMOUNT"),
    ],
)
def test_a_part_that_is_missing_is_named(option: str, text: str, missing: str) -> None:
    problems: list[Problem] = []
    assert parse_measure(tiny_world(), option, text, problems) == ()
    (problem,) = problems
    assert problem.message == f"{missing} must be given"
    assert problem.allowed == OPTIONS[option].form


def test_a_share_left_is_read_and_met() -> None:
    world, problems = tiny_world(), list[Problem]()
    (measure,) = parse_measure(world, "ban", "CHN:AUS:wine:left=0.3", problems)
    assert not problems
    assert measure.left == 0.3
    (solved,) = what_if(world, [measure]).measures
    assert solved.size < 0.3
    cell = world.sectors.index("wine"), world.state_index("AUS"), world.state_index("CHN")
    left = solve_equilibrium(world, [solved]).flows[cell] / world.flows[cell]
    assert left == pytest.approx(0.3, abs=1e-6)


def test_a_share_left_that_is_no_share_is_refused() -> None:
    problems: list[Problem] = []
    assert parse_measure(tiny_world(), "ban", "CHN:AUS:wine:left=2", problems) == ()
    assert "left out of range" in str(problems[0])


def test_a_coalition_is_one_word_and_goods_and_states_go_by_name() -> None:
    problems: list[Problem] = []
    notes: list[str] = []
    europe = load_world("europe-2019")
    bans = parse_measure(europe, "export_ban", "United States,JPN,EU:LTU:semiconductors", problems, notes)
    assert not problems
    assert {m.by for m in bans} == {"USA", "JPN", *europe.groups["EU"]} - {"LTU"}
    assert {(m.on, m.sectors) for m in bans} == {("LTU", ("electronics",))}
    assert len(notes) == 1
    assert parse_measure(europe, "ban", "CHN:CHN:goods", problems) == ()
    assert "act on itself" in str(problems[0])


def test_states_that_hardly_change_are_named_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line(["shock", "europe-2019", "--ban", "CHN:LTU:goods"]) == 0
    lines = capsys.readouterr().out.splitlines()
    (quiet,) = [line for line in lines if line.startswith("About nothing")]
    assert "CHN" in quiet
    assert not [line for line in lines if line.startswith("CHN ")]
    assert command_line(["shock", "europe-2019", "--ban", "CHN:LTU:goods", "--state", "CHN"]) == 0
    assert [line for line in capsys.readouterr().out.splitlines() if line.startswith("CHN ")]


def test_substitution_and_stuck_sectors_reach_the_economy(world: str, capsys: pytest.CaptureFixture[str]) -> None:
    said = data(
        capsys, world, "--ban", "CHN:AUS:coal", "--input-substitution", "0.2", "--final-substitution", "0.5",
        "--value-added-substitution", "0.4", "--stuck", "coal,wine",
    )  # fmt: skip
    parameters = EconomyParameters(
        input_substitution=0.2, final_substitution=0.5, value_added_substitution=0.4, stuck=(Stuck(("coal", "wine")),)
    )
    ban = Measure("import_ban", "CHN", "AUS", "coal", 0.0)
    expected = solve_equilibrium(tiny_world(), [ban], parameters=parameters)
    at = expected.world.state_index("AUS")
    assert income(said, "AUS") == pytest.approx(expected.welfare_pct_gdp[at], abs=1e-6)
    assert income(said, "AUS") != pytest.approx(income(data(capsys, world, "--ban", "CHN:AUS:coal"), "AUS"), abs=1e-4)


def test_a_sector_stuck_for_some_quarters_is_free_in_the_long_run(
    world: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ban = (world, "--ban", "CHN:AUS:coal", "--quarters", "6")
    stuck, free, good = (data(capsys, *ban, *more) for more in (("--stuck", "coal:2"), (), ("--stuck", "coal")))
    for period, same_as in (("quarter 2", good), ("long run", free)):
        assert income(stuck, "AUS", period) == pytest.approx(income(same_as, "AUS", period), abs=1e-7)
    assert income(stuck, "AUS", "quarter 2") != pytest.approx(income(free, "AUS", "quarter 2"), abs=1e-4)


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (("--set", "factor_mobility=2", "--set", "factor_mobility=3"), "factor_mobility: is set twice"),
        (("--stuck", "coal:x"), "--stuck coal:x"),
        (("--stuck", "coall"), "coall"),
        (("--input-substitution", "-1"), "input_substitution"),
        (("--set", "stuck=coal"), "stuck=coal"),
    ],
)
def test_what_cannot_be_substituted_or_stuck_is_named(
    world: str, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], names: str
) -> None:
    assert command_line(["shock", world, "--ban", "CHN:AUS:coal", *arguments]) == 3
    assert names in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "names"),
    [
        (("--short-run", "2"), "--short-run"),
        (("--set", "adjustment_rate=0.5"), "adjustment_rate"),
        (("--set", "smoothing=0.5"), "smoothing"),
        (("--stuck", "coal:2"), "--stuck"),
    ],
)
def test_an_option_of_quarters_is_named_where_no_quarter_is_asked_for(
    world: str, capsys: pytest.CaptureFixture[str], option: tuple[str, str], names: str
) -> None:
    for quarters in (0, 2):
        data_of = ["shock", world, "--ban", "CHN:AUS:coal", "--quarters", str(quarters), *option]
        assert command_line(data_of) == 0
        assert (names in capsys.readouterr().err) == (quarters == 0)


def test_a_scenario_is_shocked_as_its_file_says(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Quarter 1 is that of the first measure; the long run has only measures without an end."""
    write_tiny(tmp_path)
    ended = (
        '\n[[measures]]\nname = "wine"\nkind = "import_ban"\nby = "CHN"\non = "AUS"\nsectors = ["wine"]\nopen = 0.5\n'
    )
    lasting = ended.replace('"wine"', '"coal"').replace("0.5", "0.1").replace("by =", 'from = "2020Q3"\nby =')
    ended = ended.replace("by =", 'from = "2020Q2"\nuntil = "2020Q3"\nby =')
    file = tmp_path / "mine.toml"
    head = 'world = "./tiny_world"\nstart = "2020Q1"\nquarters = 6\n[economy]\nfactor_mobility = 1.2\n'
    file.write_text(head + ended + lasting)
    said = data(capsys, str(file))
    assert list(dict.fromkeys(s["period"] for s in said["states"])) == [
        *(f"quarter {q}" for q in range(1, 6)), "long run",
    ]  # fmt: skip
    world, parameters = load_world(tmp_path / "tiny_world"), EconomyParameters(factor_mobility=1.2)
    wine = Measure("import_ban", "CHN", "AUS", "wine", 0.5, until=1)
    coal = Measure("import_ban", "CHN", "AUS", "coal", 0.1, start=1)
    expected = what_if(world, [wine, coal], parameters=parameters, quarters=5)
    assert [s["real_income"] for s in said["states"]] == pytest.approx(
        [s.real_income for s in expected.states], abs=1e-5
    )
    settled = solve_equilibrium(world, [coal], parameters=parameters).welfare_pct_gdp
    assert income(said, "AUS") == pytest.approx(settled[world.state_index("AUS")], abs=1e-5)


def test_elasticities_of_single_sectors_and_of_the_first_quarter(
    world: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ban, loaded = (world, "--ban", "CHN:AUS:coal"), load_world(world)
    theta = np.full(len(loaded.sectors), 4.0)
    theta[loaded.sectors.index("coal")] = 2.5
    measure = Measure("import_ban", "CHN", "AUS", "coal", 0.0)
    settled = solve_equilibrium(loaded.with_elasticity(theta), [measure]).welfare_pct_gdp
    said = data(capsys, *ban, "--elasticities", "4,coal=2.5", "--short-run", "coal=1.5:0.5", "--quarters", "2")
    at = loaded.state_index("AUS")
    assert income(said, "AUS") == pytest.approx(settled[at])
    for quarter, short in ((1, 1.5), (2, 2.0)):
        theta[loaded.sectors.index("coal")] = short
        now = solve_equilibrium(loaded.with_elasticity(theta), [measure]).welfare_pct_gdp
        assert income(said, "AUS", f"quarter {quarter}") == pytest.approx(now[at], rel=1e-6)
    for wrong in (
        ("--elasticities", "coal=x"),
        ("--elasticities", "cole=2"),
        ("--short-run", "0"),
        ("--short-run", "2:x"),
    ):
        assert command_line(["shock", *ban, *wrong]) == 3
        assert wrong[1] in capsys.readouterr().err or wrong[1] == "cole=2"


def test_a_way_round_every_ban(world: str, capsys: pytest.CaptureFixture[str]) -> None:
    loaded = load_world(world)
    said = data(capsys, world, "--ban", "CHN:AUS:coal", "--transit", "JPN:0.4:1.1")
    measure = Measure("import_ban", "CHN", "AUS", "coal", 0.0, via="JPN", transit=0.4, transit_cost=1.1)
    expected = solve_equilibrium(loaded, [measure]).welfare_pct_gdp
    assert income(said, "AUS") == pytest.approx(expected[loaded.state_index("AUS")])
    assert command_line(["shock", world, "--ban", "CHN:AUS:coal", "--transit", "JPN"]) == 3
    assert "STATE:SHARE[:COST]" in capsys.readouterr().err


def test_near_substitutes_are_read(capsys: pytest.CaptureFixture[str]) -> None:
    ban = ("europe-2019", "--export-ban", "RUS:DEU:pipeline_gas", "--input-substitution", "0.2", "--no-inputs")
    plain = ("europe-2019", "--export-ban", "RUS:DEU:pipeline_gas", "--input-substitution", "0.2")
    near = ("--near-substitutes", "pipeline_gas,lng:5")
    assert income(data(capsys, *plain, *near), "DEU") > income(data(capsys, *plain), "DEU")
    assert income(data(capsys, *ban, *near), "DEU") == pytest.approx(income(data(capsys, *ban), "DEU"))
    for wrong in ("pipeline_gas,lng", "gass,lng:5", "lng:5"):
        assert command_line(["shock", *plain, "--near-substitutes", wrong]) == 3
        assert capsys.readouterr().err


@pytest.mark.parametrize(("typed", "near"), [("decouplin", "decoupling"), ("pacifc-2019", "pacific-2019")])
def test_a_misspelt_scenario_or_world_is_met_by_the_nearest_name(
    typed: str, near: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command_line(["shock", typed]) == 3
    assert f"did you mean {near}?" in capsys.readouterr().err
