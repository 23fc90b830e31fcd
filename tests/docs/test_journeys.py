"""The five journeys run end to end: every file a page writes, every command and every snippet it shows, in order."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from coercion_sim.cli.app import run as command_line
from docs.test_snippets import FENCE, ROOT

JOURNEYS = ROOT / "docs" / "journeys"
EXAMPLES = ROOT / "docs" / "examples" / "lasers"
#: Commands that wait for somebody: a server, and a game at the terminal.
WAITS = re.compile(r"coercion-sim (app\b|play (?!.*--moves))")

pytestmark = pytest.mark.skipif(not JOURNEYS.is_dir(), reason="documentation not beside the tests")


def walk(page: str, smaller: dict[str, str] | None = None) -> list[str]:
    """Do all that a page shows, here; return its commands. `smaller` replaces text of its files."""
    ran: list[str] = []
    namespace: dict[str, object] = {}
    text = (JOURNEYS / f"{page}.md").read_text("utf-8")
    for block in FENCE.finditer(text):
        body = block["body"]
        if block["mark"] == "file":
            for old, new in (smaller or {}).items():
                body = body.replace(old, new)
            Path(block["what"]).write_text(body, "utf-8")
        elif block["language"] == "python":
            exec(compile(body, page, "exec", dont_inherit=True), namespace)
        elif block["language"] == "sh":
            for command in body.splitlines():
                ran.append(command)
                if not WAITS.match(command):
                    assert command_line(words_of(command)) == 0, command
    return ran


@pytest.mark.parametrize("page", sorted(path.stem for path in JOURNEYS.glob("*.md")))
def test_a_page_names_the_extra_before_what_needs_it(page: str) -> None:
    """The tests have every extra; a newcomer has what `pip install .` gives."""
    text = (JOURNEYS / f"{page}.md").read_text("utf-8")
    for extra, uses in {"analysis": ("coercion-sim analyse", "to_xarray("), "app": ("coercion-sim app",)}.items():
        for use in uses:
            assert use not in text or f"[{extra}]'`" in text.split(use)[0], (page, use)


def words_of(command: str) -> list[str]:
    """Arguments of a command, patterns of files replaced by the files."""
    _, *words = shlex.split(command)
    return [found for word in words for found in (sorted(map(str, Path().glob(word))) if "*" in word else [word])]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the example folder; the current one."""
    folder = shutil.copytree(EXAMPLES, tmp_path / "lasers")
    monkeypatch.chdir(folder)
    return folder


def test_every_journey_is_walked() -> None:
    walked = re.findall(r'walk\("(\w+)"', Path(__file__).read_text("utf-8"))
    assert sorted(walked) == sorted(path.stem for path in JOURNEYS.glob("*.md"))


def test_the_student_asks_and_plays(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    walk("student")
    printed = capsys.readouterr().out
    assert "Australia" in printed
    assert (desk / "wine" / "memo.md").read_text("utf-8").count("% of GDP") >= 1
    assert (desk / "wine" / "chart.png").stat().st_size > 10_000


def test_the_analyst_gets_from_a_question_to_a_page(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    walk("analyst")
    memo = (desk / "lithuania" / "memo.md").read_text("utf-8")
    assert re.search(r"Lithuania.*% of .*GDP", memo)
    assert "Lithuania" in (desk / "report.html").read_text("utf-8")
    assert 'coercer = "CHN"' in (desk / "case.toml").read_text("utf-8")


def test_the_economist_gets_from_a_table_to_an_answer(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    walk("economist")
    printed = capsys.readouterr().out
    assert (desk / "world" / "arrays.npz").is_file()
    assert "Deterrence" in printed
    (frame,) = re.findall(r"^LTU +(-?\d+\.\d+)$", printed, flags=re.M)
    assert float(frame) < 0.0  # losing the Chinese market costs Lithuania


def test_the_teacher_plays_the_rule_of_a_class(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    walk("teacher")
    printed = capsys.readouterr().out
    assert "germany_pays" in printed
    (manifest,) = desk.glob("results/class/*/manifest.json")
    assert "germany_pays" in json.loads(manifest.read_text("utf-8"))["outside_policies"]
    moves = [move["choice"] for move in json.loads((desk / "game.json").read_text("utf-8"))["moves"]]
    assert moves == ["press", "narrow", "concede"]


def test_the_engineers_sweep_is_stopped_and_goes_on(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ran = walk("engineer", {"points = 2500": "points = 24"})
    assert len([command for command in ran if command == "coercion-sim sweep large.toml"]) == 2
    results = desk / "results" / "sweeps" / "large"
    whole = {p.relative_to(results): p.read_bytes() for p in results.glob("*/part*.parquet")}
    assert sum(pq.read_metadata(p).num_rows for p in results.glob("runs/*.parquet")) == 48
    (figure,) = results.glob("figures/ecdf-*.pdf")
    assert b"DejaVuSerif" in figure.read_bytes()
    shutil.rmtree(results)
    assert stopped(desk, results) == 130
    assert command_line(["sweep", "large.toml", "-q", "--workers", "1"]) == 0
    assert {p.relative_to(results): p.read_bytes() for p in results.glob("*/part*.parquet")} == whole


def stopped(desk: Path, results: Path) -> int:
    """Exit code of the sweep of the page when SIGTERM meets it after its first finished runs."""
    command = [sys.executable, "-m", "coercion_sim", "sweep", "large.toml", "-q", "--workers", "1"]
    sweep = subprocess.Popen(command, cwd=desk, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 120
    while time.monotonic() < until and sweep.poll() is None:
        if any(path.stat().st_size > 0 for path in results.glob("journal*")):
            sweep.send_signal(signal.SIGTERM)
            break
        time.sleep(0.01)
    return sweep.wait(120)
