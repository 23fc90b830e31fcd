"""`coercion-sim report`: from a folder to a page, and what is refused with which exit code."""

from __future__ import annotations

import json
import re
import shutil
from base64 import b64decode
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

import coercion_sim as cs
from coercion_sim.analysis import first_screen, policy_rows
from coercion_sim.cli.app import run as command_line
from coercion_sim.experiments import Results
from coercion_sim.report import page as report_page
from fakes.tiny import SCENARIO, write_tiny


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("report")
    results: Results = cs.compare(write_tiny(place), replicates=2, out=place / "out").results
    assert results.folder is not None
    return results.folder


@pytest.fixture
def no_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures take most of the time and are looked at elsewhere."""
    monkeypatch.setattr(report_page, "drawings", lambda facts: iter(()))


@pytest.fixture
def copied(folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(folder, tmp_path / "copied"))


def changed(folder: Path, **entries: Any) -> None:
    path = folder / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), **entries}), "utf-8")


def test_the_page_lands_in_the_folder_and_its_path_is_printed(copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line(["report", str(copied)]) == 0
    page = copied / "report.html"
    assert capsys.readouterr().out == f"The report is in {page}\n"
    html = page.read_text("utf-8")
    assert "<h1>A small quarrel</h1>" in html
    assert html.count("<figure>") == 8
    assert str(copied) not in html
    assert "Left out: the exact answer: CHN has nothing to press AUS with" in html


def test_a_style_changes_the_figures_and_nothing_else(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawings = report_page.drawings
    monkeypatch.setattr(report_page, "drawings", lambda facts: islice(drawings(facts), 1))
    style = tmp_path / "journal.mplstyle"
    style.write_text("axes.prop_cycle: cycler('color', ['123456', '654321'])\n", "utf-8")
    own, house = tmp_path / "own.html", tmp_path / "house.html"
    assert command_line(["report", str(folder), "--answer", "0", "--out", str(own), "--style", str(style)]) == 0
    assert command_line(["report", str(folder), "--answer", "0", "--out", str(house)]) == 0
    (drawn, of_house), (text, text_of_house) = zip(*(apart(page) for page in (own, house)), strict=True)
    assert text == text_of_house
    assert ["#123456" in figure for figure in drawn] == [True, True]
    assert not any("#123456" in figure for figure in of_house)


def apart(page: Path) -> tuple[list[str], str]:
    """Figures of a page as SVG, and its text without them."""
    html = page.read_text("utf-8")
    packed = re.findall(r"data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)", html)
    return [b64decode(each).decode() for each in packed], re.sub("base64,[A-Za-z0-9+/=]+", "", html)


def test_a_style_that_cannot_be_used_is_refused_before_the_page(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    style = tmp_path / "x.mplstyle"
    style.write_text("no.such.setting: 1\n", "utf-8")
    out = tmp_path / "page.html"
    assert command_line(["report", str(folder), "--out", str(out), "--style", str(style)]) == 3
    assert "--style: no such setting of a style" in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.usefixtures("no_figures")
def test_out_names_another_file_and_outcomes_choose_the_rows(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "new" / "page.html"
    assert (
        command_line(["report", str(folder), "--out", str(out), "--outcome", "help_pv", "--outcome", "power", "-q"])
        == 0
    )
    assert capsys.readouterr().out == f"{out}\n"
    html = out.read_text("utf-8")
    start = html.index("Outcomes by policy")
    table = html[start : html.index("</table>", html.index("<table>", start))]
    named = (
        "Help paid (present value)",
        "Power of the coercer over the target",
        "Burden of the allies (present value)",
    )
    assert [name for name in named if f'"row">{name}<' in table] == list(named[:2])


@pytest.mark.slow
@pytest.mark.usefixtures("no_figures")
def test_the_exact_answer_comes_first_and_is_that_of_the_stored_scenario(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scenario = write_tiny(tmp_path, SCENARIO + '\n[dispute]\nscreen = "off"\nmost_allies = 1\n')
    done = cs.compare(scenario, ["stand_alone"], replicates=1, out=tmp_path / "out").results
    assert command_line(["report", str(done.folder), "--answer", "2", "-q"]) == 0
    html = Path(capsys.readouterr().out.strip()).read_text("utf-8")
    found = cs.answer(str(scenario), ["stand_alone"], draws=2)
    assert html.index('<section id="answer"') < html.index('<section id="found"')
    assert first_screen(found)["Deterrence"].split(" (")[0] in html.replace("\u00a0", " ")
    assert f'<th scope="row">stand alone</th>\n<td class="number">{policy_rows(found)[0][1]}</td>' in html
    assert "--draws 2 --seed 11 --policy stand_alone" in html
    assert command_line(["report", str(done.folder), "--answer", "0", "-q"]) == 0
    html = Path(capsys.readouterr().out.strip()).read_text("utf-8")
    assert 'id="answer"' not in html
    assert "Left out: the exact" not in html


@pytest.mark.usefixtures("no_figures")
def test_an_unknown_outcome_exits_with_3_and_names_those_there_are(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "page.html"
    assert command_line(["report", str(folder), "--out", str(out), "--outcome", "targt_loss_pv"]) == 3
    said = capsys.readouterr().err
    assert "did you mean target_loss_pv?" in said
    assert "coercer_cost_pv" in said
    assert not out.exists()


def test_folders_that_hold_no_finished_results_exit_with_5(
    copied: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    assert command_line(["report", str(empty)]) == 5
    assert "no manifest.json in it" in capsys.readouterr().err
    assert command_line(["report", str(tmp_path / "nowhere")]) == 5
    assert "no such results folder" in capsys.readouterr().err
    changed(copied, status="interrupted")
    assert command_line(["report", str(copied)]) == 5
    assert "interrupted before every run was done; run the same command again" in capsys.readouterr().err
    changed(copied, format=1)
    assert command_line(["report", str(copied)]) == 5
    assert "results of another version (format 1" in capsys.readouterr().err
    (copied / "manifest.json").write_text('{"name": "something else"}', "utf-8")
    assert command_line(["report", str(copied)]) == 5
    assert "is not a manifest of results" in capsys.readouterr().err
    assert not (copied / "report.html").exists()


def test_a_table_that_is_gone_or_cut_exits_with_5(copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    part = next((copied / "outcomes").iterdir())
    part.write_bytes(part.read_bytes()[:-10])
    assert command_line(["report", str(copied)]) == 5
    assert "part-00000.parquet" in capsys.readouterr().err
    part.unlink()
    assert command_line(["report", str(copied)]) == 5
    assert "is missing" in capsys.readouterr().err


@pytest.mark.usefixtures("no_figures")
def test_a_sweep_that_kept_few_tables_is_reported_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    grid = {"how": "grid", "parameters": {"economy.factor_mobility": [1.2, 3.0]}}
    plan = {"scenario": str(write_tiny(tmp_path)), "name": "lean", "replicates": 2, "tables": ["runs"], "vary": [grid]}
    results = cs.sweep(plan, out=tmp_path / "out")
    assert command_line(["report", str(results.folder), "-q"]) == 0
    html = Path(capsys.readouterr().out.strip()).read_text("utf-8")
    assert "along economy: factor mobility" in html
    assert "8 runs: 2 policies in the same 2 draws at 2 points" in html
