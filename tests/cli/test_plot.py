"""`coercion-sim plot`: figures of what is asked, files named on stdout, and every mistake in words."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from coercion_sim.cli.app import run
from coercion_sim.figures import KINDS
from support.figure_runs import ran, swept


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of real results, for each test to write into or spoil."""
    folder = ran(strategic=False).folder
    assert folder is not None
    return Path(shutil.copytree(folder, tmp_path_factory.mktemp("plot") / "results"))


def plot(*arguments: object) -> int:
    return run(["plot", *map(str, arguments)])


def test_every_kind_is_listed_with_what_it_shows(capsys: pytest.CaptureFixture[str]) -> None:
    assert plot("--list") == 0
    said = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in said[1:]] == list(KINDS)
    assert all(len(line.split()) > 4 for line in said[1:])


@pytest.mark.slow
def test_without_a_kind_everything_is_drawn_and_what_cannot_be_says_why(
    results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert plot(results, "--width", "column") == 0
    said = capsys.readouterr()
    paths = [Path(line) for line in said.out.splitlines()]
    assert all(path.parent == results / "figures" and path.stat().st_size > 5000 for path in paths)
    drawn = {path.stem.split("-")[0] for path in paths}
    assert {"distributions", "ecdf", "differences", "paths", "losses_by_state", "network", "integration"} <= drawn
    missing = {line.split(": ")[1] for line in said.err.splitlines()}
    assert "not drawn: deterrence_map: " in said.err
    assert drawn | missing >= set(KINDS)


def test_what_is_asked_is_what_is_drawn(results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["--kind", "ecdf", "--kind", "paths", "--outcome", "burden_total", "--outcome", "burden", "--state", "USA"]
    assert plot(results, *asked, "--policy", "respond_as_allies", "--format", "svg", "--out", tmp_path / "f") == 0
    assert sorted(path.name for path in (tmp_path / "f").iterdir()) == ["ecdf-burden_total.svg", "paths-burden.svg"]
    capsys.readouterr()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--kind", "ecdff"], "did you mean ecdf?"),
        (["--kind", "ecdf", "--outcome", "target_los"], "did you mean target_loss_pv?"),
        (["--kind", "paths", "--outcome", "target_loss_pv"], "allowed: real_income, coercion_effect"),
        (["--kind", "burdens", "--outcome", "burden"], "takes no outcome"),
        (["--kind", "paths", "--state", "AUSS"], "did you mean AUS?"),
        (["--policy", "stand_alon"], "did you mean stand_alone?"),
        (["--point", "3"], "allowed: 0 to 0"),
    ],
)
def test_what_is_not_there_is_named_with_what_is(
    results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    assert plot(results, *arguments, "--out", tmp_path / "no") == 3
    said = capsys.readouterr().err
    assert words in said
    assert "Traceback" not in said
    assert not (tmp_path / "no").exists()


def test_a_kind_the_results_hold_nothing_for_says_so(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert plot(results, "--kind", "sensitivity") == 3
    assert "not drawn: sensitivity: " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda folder: (folder / "manifest.json").unlink(), "no manifest.json in it"),
        (lambda folder: next(folder.glob("states/part*")).unlink(), "is missing"),
        (lambda folder: change(folder, "format", 99), "results of another version"),
        (lambda folder: change(folder, "status", "running"), "unfinished"),
        (lambda folder: change(folder, "counts", {"ok": 0, "failed": 0}), "holds no runs"),
        (lambda folder: shutil.rmtree(folder), "no such results folder"),
    ],
)
def test_a_folder_that_is_no_sound_results_says_what_is_wrong(
    results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], spoil: object, words: str
) -> None:
    folder = shutil.copytree(results, tmp_path / "spoilt")
    assert callable(spoil)
    spoil(folder)
    assert plot(folder) == 5
    said = capsys.readouterr().err
    assert words in said
    assert "Traceback" not in said


def change(folder: Path, key: str, value: object) -> None:
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    (folder / "manifest.json").write_text(json.dumps(manifest | {key: value}), "utf-8")


def test_a_table_the_sweep_did_not_keep_is_the_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from coercion_sim.experiments import sweep
    from fakes.tiny import write_tiny

    plan = {"scenario": str(write_tiny(tmp_path)), "name": "lean", "tables": ["runs", "outcomes"]}
    made = sweep(plan, replicates=3, out=tmp_path / "out")
    assert plot(made.folder, "--kind", "paths", "--kind", "ecdf") == 3
    said = capsys.readouterr()
    assert "kept no table states" in said.err
    assert "ecdf-target_loss_pv.png" in said.out


def test_only_the_columns_that_are_needed_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    from coercion_sim import figures as views
    from coercion_sim.experiments import Results, open_results

    folder = swept((("grid", (("economy.factor_mobility", (1.2, 1.5)),), 0),), replicates=2, strategic=False).folder
    if folder is None:
        folder = ran(strategic=False).folder
    assert folder is not None
    opened = open_results(folder)
    read: list[tuple[str, int | None]] = []
    real = Results._read

    def watched(self: Results, name: str, columns: object) -> object:
        read.append((name, None if columns is None else len(list(columns))))  # type: ignore[call-overload]
        return real(self, name, columns)  # type: ignore[arg-type]

    monkeypatch.setattr(Results, "_read", watched)
    views.paths(opened, "real_income")
    views.distributions(opened, "target_loss_pv", form="steps")
    assert dict(read)["states"] == 6
    assert all(count is not None and count <= 6 for name, count in read if name in ("states", "outcomes", "quarters"))


OWN = """
from coercion_sim.policies import Policy, Response


class Nothing(Policy):
    name = "do_nothing"
    words = "nothing is done"
    summary = "Nobody answers."

    def respond(self, situation):
        return Response()
"""


@pytest.mark.slow
def test_a_run_under_a_policy_of_the_user_is_played_again_with_its_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from coercion_sim.experiments import simulate
    from fakes.tiny import write_tiny

    own = tmp_path / "own.py"
    own.write_text(OWN, "utf-8")
    made = simulate(write_tiny(tmp_path), "do_nothing", replicates=2, policy_files=own, out=tmp_path / "out")
    assert plot(made.folder, "--kind", "network") == 3
    assert "unknown policy; found 'do_nothing'" in capsys.readouterr().err
    assert plot(made.folder) == 0
    said = capsys.readouterr()
    assert "not drawn: network: unknown policy" in said.err
    assert "losses_by_state.png" in said.out
    assert plot(made.folder, "--kind", "network", "--policy-file", own) == 0
    assert made.plot("network") is not None
