"""What the README and the documentation say can be run, can be run."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
import warnings
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from coercion_sim.cli.app import cli
from coercion_sim.cli.app import run as command_line
from coercion_sim.scenario import load_scenario

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    *(ROOT / name for name in ("README.md", "ATTRIBUTION.md", "CONTRIBUTING.md")),
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "docs" / "journeys").glob("*.md")),
    *sorted((ROOT / "docs" / "teaching").glob("*.md")),
]
FENCE = re.compile(
    r"(?:<!-- (?P<mark>\S+): (?P<what>\S+) -->\n)?^```(?P<language>\w*)\n(?P<body>.*?)^```$", re.S | re.M
)

pytestmark = pytest.mark.skipif(not (ROOT / "docs" / "python.md").exists(), reason="documentation not beside the tests")


def blocks(page: Path, language: str) -> Iterator[re.Match[str]]:
    """Code blocks of one language, in order."""
    return (m for m in FENCE.finditer(page.read_text(encoding="utf-8")) if m["language"] == language)


def commands() -> list[str]:
    """Every `coercion-sim` command in a shell block or in the running text of a page, once."""
    found: dict[str, None] = {}
    for page in PAGES:
        for block in blocks(page, "sh"):
            for line in block["body"].replace("\\\n", " ").splitlines():
                for part in line.split("&&"):
                    words = part.split("#")[0].strip()
                    if words.startswith("coercion-sim"):
                        found[words] = None
        prose = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.S)
        found |= dict.fromkeys(re.findall(r"`(coercion-sim [^`\n]+)`", prose))
    return list(found)


def needed(name: str) -> Path:
    """Folder of trade vectors a snippet reads; skip where it is absent."""
    shared = Path(os.environ.get("COERCION_SIM_SHARED") or ROOT.parent / "shared")
    folder = shared / "data" / "trade_vectors" / name
    if not folder.is_dir():
        pytest.skip(f"shared data not here: {name} (set COERCION_SIM_SHARED)")
    return folder


@pytest.mark.slow
def test_the_page_about_python_runs_from_top_to_bottom(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    page = ROOT / "docs" / "python.md"
    namespace: dict[str, object] = {}
    ran = 0
    for block in blocks(page, "python"):
        if block["mark"] == "needs":
            continue  # data of its own: the test below
        line = page.read_text(encoding="utf-8")[: block.start("body")].count("\n")
        exec(compile("\n" * line + block["body"], str(page), "exec"), namespace)
        ran += 1
    assert ran >= 8
    assert "converged" in capsys.readouterr().out
    assert list(tmp_path.glob("results/australia-2020/*/manifest.json"))
    assert (tmp_path / "time_path.png").is_file()


def test_the_published_nafta_numbers_come_out_of_the_snippet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(needed("cp2015_nafta"), tmp_path / "cp2015_nafta")
    monkeypatch.chdir(tmp_path)
    page = ROOT / "docs" / "python.md"
    (block,) = (b for b in blocks(page, "python") if b["mark"] == "needs")
    head = "import numpy as np\nimport coercion_sim as cs\nfrom coercion_sim.economy import EconomyParameters\n"
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*slightly below 0.*")
        exec(compile(head + block["body"], str(page), "exec"), {})
    printed = capsys.readouterr().out.strip()
    assert printed
    assert f"`{printed}`" in page.read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_page_about_sweeps_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (block,) = blocks(ROOT / "docs" / "sweeps.md", "python")
    namespace: dict[str, object] = {}
    exec(compile(block["body"], "sweeps.md", "exec", dont_inherit=True), namespace)
    assert namespace["results"].points == 2  # type: ignore[attr-defined]


def test_every_option_of_a_sweep_and_every_key_of_a_manifest_is_explained(tmp_path: Path) -> None:
    from coercion_sim.cli.sweep import sweep
    from coercion_sim.experiments import run_into
    from support.folders import fake_job, losses

    pages = "".join((ROOT / "docs" / name).read_text("utf-8") for name in ("sweeps.md", "plans.md", "results.md"))
    told = pages + (ROOT / "docs" / "start.md").read_text("utf-8")
    options = [name for p in sweep.params for name in p.opts if name.startswith("--")]
    assert not [
        name for name in options if name not in told and name not in ("--quiet", "--json", "--policy", "--seed")
    ]
    manifest = run_into(
        tmp_path, fake_job(losses(1.0)), more={"name": "x", "question": "", "plan": None}
    ).results.manifest
    (table,) = re.findall(r"`manifest.json` records:\n\n(.*?)\n\n", pages, flags=re.S)
    listed = {key for row in table.splitlines() for key in re.findall(r"`(\w+)`", row.split("|")[1])}
    assert set(manifest) - listed <= {"format", "key", "outside_policies"}
    assert listed - set(manifest) == {"shard"}


HOW_TO = ROOT / "docs" / "how-to-write-a-policy.md"


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the files the page about policies has its reader write."""
    for block in (*blocks(HOW_TO, "python"), *blocks(HOW_TO, "toml")):
        if block["mark"] == "file":
            (tmp_path / block["what"]).write_text(block["body"], encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def shell_lines(page: Path) -> list[list[str]]:
    return [shlex.split(line) for block in blocks(page, "sh") for line in block["body"].splitlines()]


def test_the_example_policy_passes_the_tests_written_for_it(written: Path) -> None:
    (line,) = [words for words in shell_lines(HOW_TO) if words[0] == "pytest"]
    assert pytest.main([*line[1:], "-p", "no:cacheprovider", "--rootdir", str(written), "-c", os.devnull]) == 0


def test_the_example_policy_is_listed_and_its_scenario_checked(
    written: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    light = [words[1:] for words in shell_lines(HOW_TO) if words[0] == "coercion-sim" and words[1] in ("list", "check")]
    assert [words[0] for words in light] == ["list", "check"]
    assert [command_line(words) for words in light] == [0, 0]
    said = capsys.readouterr().out
    assert "The strongest ally makes good part of the loss." in said
    assert "policies stand_alone, strongest_ally_pays, respond_as_allies" in said


@pytest.mark.slow
def test_the_example_policy_runs_as_written(written: Path, capsys: pytest.CaptureFixture[str]) -> None:
    heavy = [
        words[1:] for words in shell_lines(HOW_TO) if words[0] == "coercion-sim" and words[1] in ("run", "compare")
    ]
    assert [command_line(words) for words in heavy] == [0, 0]
    assert "strongest_ally_pays" in capsys.readouterr().out
    namespace: dict[str, object] = {}
    for block in blocks(HOW_TO, "python"):
        if block["mark"] is None:
            exec(compile(block["body"], str(HOW_TO), "exec", dont_inherit=True), namespace)
    said = capsys.readouterr().out
    assert "my_policies.py" in said
    assert said.splitlines()[-1] == "strongest_ally_pays"


def test_the_example_policy_that_draws_keeps_the_rules(written: Path) -> None:
    from coercion_sim.testing import assert_policy

    (drawing,) = [b for b in blocks(HOW_TO, "python") if "situation.draw" in b["body"]]
    namespace: dict[str, object] = {"__name__": "example"}
    exec(compile(drawing["body"], str(HOW_TO), "exec", dont_inherit=True), namespace)
    assert_policy(namespace["MoodyAllyPays"])  # type: ignore[arg-type]


def test_the_example_package_is_found_by_its_entry_point(written: Path) -> None:
    (block,) = [b for b in blocks(HOW_TO, "toml") if "entry-points" in b["body"]]
    ((group, entries),) = tomllib.loads(block["body"])["project"]["entry-points"].items()
    ((name, value),) = entries.items()
    package = written / "installed"
    (package / "my_package").mkdir(parents=True)
    shutil.copy(written / "my_policies.py", package / "my_package" / "policies.py")
    (package / "my_package-1.0.dist-info").mkdir()
    (package / "my_package-1.0.dist-info" / "METADATA").write_text("Name: my-package\nVersion: 1.0\n", encoding="utf-8")
    (package / "my_package-1.0.dist-info" / "entry_points.txt").write_text(f"[{group}]\n{name} = {value}\n", "utf-8")
    path = os.pathsep.join([str(package), *([os.environ["PYTHONPATH"]] if "PYTHONPATH" in os.environ else [])])
    answer = subprocess.run(
        [sys.executable, "-m", "coercion_sim", "list", "policies"],
        env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert answer.returncode == 0, answer.stderr
    assert name in answer.stdout


def test_the_page_lists_the_rules_of_the_test_kit() -> None:
    from coercion_sim.testing import RULES

    page = HOW_TO.read_text(encoding="utf-8").partition("| rule |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| `(\w+)` \|", page, flags=re.M) == list(RULES)


@pytest.mark.parametrize("name", ["nz.toml", "long-coal.toml"])
def test_the_scenarios_written_as_examples_pass_the_check(name: str, tmp_path: Path) -> None:
    bodies = {
        m["what"]: m["body"] for m in blocks(ROOT / "docs" / "scenario-files.md", "toml") if m["mark"] == "scenario"
    }
    (tmp_path / name).write_text(bodies[name], encoding="utf-8")
    scenario = load_scenario(tmp_path / name)
    assert scenario.measures
    assert len(scenario.policies) >= 2


def test_there_are_commands_to_check() -> None:
    assert any(command.startswith("coercion-sim compare australia-2020") for command in commands())
    assert {command.split()[1] for command in commands()} >= {
        "check",
        "copy",
        "compare",
        "run",
        "shock",
        "world",
        "list",
    }


@pytest.mark.parametrize("command", commands())
def test_every_command_shown_can_be_read(command: str) -> None:
    """Its name, options and arguments are taken by the command line's own reader; nothing is run."""
    _, *words = shlex.split(command)
    group: click.Command = cli
    context = click.Context(cli, info_name="coercion-sim")
    while isinstance(group, click.Group) and words and not words[0].startswith("-"):
        name, *words = words
        inner = group.get_command(context, name)
        assert inner is not None, name
        context = click.Context(inner, parent=context, info_name=name)
        group = inner
    if isinstance(group, click.Group) or "--help" in words:
        return
    group.make_context(group.name, words, parent=context.parent)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.S)
    lost = []
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = page if not path else (page.parent / path).resolve()
        if not target.exists() or (anchor and anchor not in anchors(target)):
            lost.append(link)
    assert not lost


def anchors(page: Path) -> set[str]:
    """Anchors of a page's headings, as GitHub spells them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), flags=re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_readme_is_short_and_shows_one_figure_drawn_by_a_command_on_it() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert text.count("\n") < 120
    (figure,) = re.findall(r"^!\[[^\]]+\]\(([^)]+)\)$", text, flags=re.M)
    assert (ROOT / figure).stat().st_size > 10_000
    assert [command for command in commands() if command.endswith(f"--figure {figure}")]


def test_the_readme_and_the_first_answer_name_one_run() -> None:
    (cited,) = re.findall(r"key ([0-9a-f]{12})", (ROOT / "README.md").read_text(encoding="utf-8"))
    (printed,) = re.findall(r"australia-2020/([0-9a-f]{12})", (ROOT / "docs" / "start.md").read_text(encoding="utf-8"))
    assert cited == printed


@pytest.mark.parametrize("mark", ["run", "test"])
def test_the_readme_marks_the_commands_that_continuous_integration_runs(mark: str) -> None:
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    at = lines.index(f"<!-- command: {mark} -->")
    assert lines[at + 1].startswith("```")
    assert lines[at + 2].startswith("python3 -m venv .venv && . .venv/bin/activate && pip install ")
    assert lines[at + 3] == "```"
