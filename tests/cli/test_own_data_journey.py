"""From a user's own CSV to an answer, with the commands a user types: nothing but flows and elasticities is given."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from coercion_sim.cli.app import run as command_line
from coercion_sim.experiments import content_key, make_job
from coercion_sim.scenario import load_scenario
from coercion_sim.world import load_world

GDP = {"China": 14_000.0, "Lithuania": 60.0, "Germany": 4_000.0, "United States": 21_000.0}
SECTORS = {"lasers": 0.01, "food": 0.10, "machines": 0.25, "services": 0.64}
SCENARIO = """
schema = 1
name = "lasers"
world = "./mine"
start = "2021Q1"
quarters = 4
replicates = 2
seed = 3
policies = ["stand_alone", "respond_as_allies"]

[actors]
coercer = "China"
target = "Lithuania"
bloc = ["Lithuania", "Germany", "United States"]

[[measures]]
name = "ban"
kind = "import_ban"
by = "China"
on = "Lithuania"
sectors = ["goods"]
open = 0.05
from = "2021Q2"
"""


def sales(exporter: str, importer: str, sector: str) -> float:
    """Sales in US$ billion: Lithuania is good at lasers; four fifths are sold at home, the rest by size of buyer."""
    made = GDP[exporter] * SECTORS[sector] * (3 if (exporter, sector) == ("Lithuania", "lasers") else 1)
    if exporter == importer:
        return 0.8 * made
    abroad = sum(gdp for state, gdp in GDP.items() if state != exporter)
    return 0.2 * made * GDP[importer] / abroad * (0.2 if sector == "services" else 1.0)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a table as a spreadsheet saves it, and a scenario; the current one."""
    rows = ["origin;dest;industry;v"]
    rows += [f"{a};{b};{s};{sales(a, b, s):.6f}".replace(".", ",") for s in SECTORS for a in GDP for b in GDP]
    (tmp_path / "flows.csv").write_bytes(("\r\n".join(rows) + "\r\n").encode("utf-8-sig"))
    theta = "sector;elasticity\nlasers;4,5\nfood;5\nmachines;4\nservices;3\n"
    (tmp_path / "elasticities.csv").write_text(theta, encoding="utf-8")
    (tmp_path / "mine.toml").write_text(SCENARIO, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


IMPORT = ["world", "from-csv", "flows.csv", "--elasticities", "elasticities.csv", "--columns", "value=v",
          "--unit", "billion", "--out", "mine"]  # fmt: skip


def printed(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    assert command_line(words) == code
    output = capsys.readouterr()
    return output.err if code else output.out


def test_own_csv_to_answer(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "Next: coercion-sim shock ./mine" in printed(capsys, *IMPORT)
    world = load_world("./mine")
    assert world.states == ("CHN", "DEU", "LTU", "USA")
    (lasers,) = world.sector_indices("lasers")
    assert world.flows[lasers, 2, 0] == pytest.approx(1e3 * sales("Lithuania", "China", "lasers"), abs=1e-3)
    assert world.trade_elasticity[lasers] == 4.5
    assert world.tags["services"] == ("services",)

    assert printed(capsys, "check", "mine.toml").startswith("ok: lasers")

    shock = json.loads(printed(capsys, "shock", "./mine", "--ban", "CHN:LTU:goods", "--json"))
    income = {row["state"]: row["real_income"] for row in shock["states"]}
    assert income["LTU"] == pytest.approx(-0.294, abs=0.002)
    assert abs(income["DEU"]) < 0.001

    printed(capsys, "compare", "mine.toml", "--workers", "1", "--quiet")
    (folder,) = (desk / "results" / "lasers").iterdir()
    assert (folder / "manifest.json").is_file()

    asked = ["answer", "mine.toml", "--draws", "2", "--workers", "1", "--json", "--quiet"]
    answer = json.loads(printed(capsys, *asked, "--policy", "stand_alone", "--policy", "respond_as_allies"))
    pressed = {row["policy"]: row["value"] for row in answer["rows"] if row["outcome"] == "pressed"}
    assert set(pressed) == {"stand_alone", "respond_as_allies"}
    assert 0.0 < pressed["respond_as_allies"] <= pressed["stand_alone"] < 1.0


def test_a_path_means_the_same_from_any_folder(
    desk: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    printed(capsys, *IMPORT[:-1], "pacific-2019")  # a folder with the name of a shipped world
    text = SCENARIO.replace("./mine", "./pacific-2019")
    (desk / "mine.toml").write_text(text, encoding="utf-8")
    (desk / "else" / "where").mkdir(parents=True)
    keys = []
    for folder, file in (
        (desk, "mine.toml"),
        (desk / "else" / "where", "../../mine.toml"),
        (desk, str(desk / "mine.toml")),
    ):
        monkeypatch.chdir(folder)
        scenario = load_scenario(file)
        assert load_world(scenario.world_source).states == ("CHN", "DEU", "LTU", "USA")
        keys.append(content_key(make_job(file)))
        assert printed(capsys, "check", file).startswith("ok: lasers")
    assert len(set(keys)) == 1
    assert len(load_world("pacific-2019").states) == 28
    (desk / "plan.toml").write_text('scenario = "./mine.toml"\n[set]\nquarters = 6\n', encoding="utf-8")
    monkeypatch.chdir(desk / "else")
    assert command_line(["check", "../plan.toml"]) == 0


def test_names_and_codes_are_one_scenario(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    printed(capsys, *IMPORT)
    by_name = load_scenario("mine.toml")
    assert (by_name.coercer, by_name.target, by_name.measures[0].by) == ("CHN", "LTU", "CHN")
    assert by_name.actors.bloc == ("LTU", "DEU", "USA")
    text = SCENARIO
    for name, code in {"China": "CHN", "Lithuania": "LTU", "Germany": "DEU", "United States": "USA"}.items():
        text = text.replace(name, code)
    (desk / "codes.toml").write_text(text, encoding="utf-8")
    assert content_key(make_job("codes.toml")) == content_key(make_job("mine.toml"))
    text = SCENARIO + '[dispute.decides]\nChina = "logit"\n'
    (desk / "decides.toml").write_text(text, encoding="utf-8")
    assert dict(load_scenario("decides.toml").dispute.decides) == {"CHN": "logit"}
    (desk / "mine.toml").write_text(SCENARIO.replace('by = "China"', 'by = "Chima"'), encoding="utf-8")
    assert "unknown state; found Chima" in printed(capsys, "check", "mine.toml", code=3)
    words = printed(capsys, "world", "show", "./mine", "--state", "Lithuania").split()
    assert words[0] == "LTU"


def test_check_finds_what_a_run_would_meet(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    printed(capsys, *IMPORT)
    # a buyer without any supplier fails in a run, and not in reading
    flows = (desk / "flows.csv").read_text("utf-8-sig").splitlines()
    flows += [f"China;{name};chips;{10 if name != 'Lithuania' else 1}" for name in GDP]
    flows += [f"Germany;{name};chips;{1 if name in ('Germany', 'China') else 0}" for name in GDP]
    (desk / "flows.csv").write_text("\n".join(flows) + "\n", encoding="utf-8")
    (desk / "elasticities.csv").write_text("sector;elasticity\nall;4\n", encoding="utf-8")
    printed(capsys, *IMPORT)
    measure = 'kind = "export_ban"\nby = "China"\non = "Lithuania"\nsectors = ["chips"]\nopen = 0.0\n'
    head, _, _ = SCENARIO.partition("kind =")
    (desk / "mine.toml").write_text(head + measure + 'from = "2021Q2"\n', encoding="utf-8")
    assert printed(capsys, "check", "mine.toml", "--no-play").startswith("ok")
    message = printed(capsys, "check", "mine.toml", code=3)
    assert "chips" in message
    assert "LTU" in message


def test_a_wrong_file_leaves_nothing_behind(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (desk / "flows.csv").read_bytes()
    (desk / "flows.csv").write_bytes(text + b"China;Lithuania;lasers;5\r\n")
    message = printed(capsys, *IMPORT, code=3)
    assert "flows.csv:66: CHN to LTU, lasers: is in two rows" in message
    assert not (desk / "mine").exists()
    assert "--columns" in printed(capsys, *IMPORT[:5], "--columns", "value", "--out", "mine", code=3)


def test_the_page_about_own_data_runs_as_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "own-data.md"
    if not page.is_file():
        pytest.skip("documentation not beside the tests")
    text = page.read_text(encoding="utf-8")
    for name, body in re.findall(r"<!-- file: (\S+) -->\n```\w*\n(.*?)^```$", text, flags=re.S | re.M):
        (tmp_path / name).write_text(body, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    shell = "\n".join(re.findall(r"^```sh\n(.*?)^```$", text, flags=re.S | re.M))
    lines = [shlex.split(line)[1:] for line in shell.splitlines() if line]
    assert [words[0] for words in lines] == ["world", "shock", "check", "compare", "answer"]
    for words in lines[:3]:
        assert printed(capsys, *words)
    scenario = load_scenario("mine.toml")
    assert (scenario.coercer, scenario.target) == ("CHN", "LTU")
