"""Folders of results: one writer, nothing of the user's deleted or moved, damage noticed, environments not mixed."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from coercion_sim.errors import ResultsError
from coercion_sim.experiments import open_results, run_into, simulate
from coercion_sim.experiments.engine import experiment
from coercion_sim.experiments.store import manifest as manifests
from coercion_sim.experiments.store.ownership import LOCK, locked, others, own_files
from coercion_sim.outcomes import TABLES
from fakes.experiment import FakeScenario, fake_run, tiny_world
from support.folders import fake_job, losses, part_bytes

NOTES = {"notes.md": "mine", "paper/draft.tex": "\\section{Mine}", "runs/mine.csv": "a,b"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A finished sweep with files of its user in it."""
    folder = tmp_path / "s"
    run_into(folder, fake_job(losses(1.0, 2.0), replicates=2))
    for name, text in NOTES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    return folder


def kept(folder: Path) -> bool:
    """Whether every file of the user is where it was."""
    return all((folder / name).read_text() == text for name, text in NOTES.items())


def change(folder: Path, **entries: Any) -> None:
    """Change entries of a manifest."""
    path = folder / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | entries))


def flip(path: Path) -> None:
    """Flip one bit in the middle of a file; neither size nor time change."""
    data, time = bytearray(path.read_bytes()), path.stat()
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(time.st_atime_ns, time.st_mtime_ns))


# ------------------------------------------------------------------ nothing of the user's is lost


def test_force_deletes_what_the_package_wrote_and_nothing_else(folder: Path) -> None:
    before = part_bytes(folder)
    outcome = run_into(folder, fake_job(losses(1.0, 2.0), replicates=2), force=True)
    assert (outcome.resumed, outcome.ran) == (0, 8)
    assert part_bytes(folder) == before
    assert kept(folder)
    assert "notes.md, paper" in outcome.notes[0]


@pytest.mark.parametrize("damage", ["gone", "cut", "bit", "manifest"])
def test_a_damaged_folder_is_set_aside_and_the_users_files_stay(folder: Path, damage: str) -> None:
    part = folder / "states" / "part-00000.parquet"
    whole = part_bytes(folder)
    if damage == "gone":
        part.unlink()
    elif damage == "cut":
        part.write_bytes(part.read_bytes()[:-9])
    elif damage == "bit":
        flip(part)
    else:
        text = (folder / "manifest.json").read_text()
        (folder / "manifest.json").write_text(text[: len(text) // 2])
    outcome = run_into(folder, fake_job(losses(1.0, 2.0), replicates=2), mend=True)
    assert outcome.ran == 8
    assert part_bytes(folder) == whole
    assert kept(folder)
    assert "s.damaged-1" in outcome.notes[0]
    assert (folder.with_name("s.damaged-1") / "outcomes" / "part-00000.parquet").is_file()
    assert not (folder.with_name("s.damaged-1") / "notes.md").exists()


def test_a_second_damage_gets_a_folder_of_its_own(folder: Path) -> None:
    for number in (1, 2):
        (folder / "states" / "part-00000.parquet").unlink()
        run_into(folder, fake_job(losses(1.0, 2.0), replicates=2))
        assert folder.with_name(f"s.damaged-{number}").is_dir()


@pytest.mark.parametrize("text", ['{"name": "a web page", "icons": []}', "not JSON at all", "[1, 2]"])
@pytest.mark.parametrize("force", [True, False])
def test_a_manifest_of_somebody_else_is_never_touched(tmp_path: Path, text: str, force: bool) -> None:
    (tmp_path / "manifest.json").write_text(text)
    (tmp_path / "index.html").write_text("page")
    with pytest.raises(ResultsError, match="manifest"):
        run_into(tmp_path, fake_job(replicates=1), force=force, mend=True)
    assert (tmp_path / "manifest.json").read_text() == text
    assert {p.name for p in tmp_path.iterdir()} == {"manifest.json", "index.html"}


def test_force_does_not_take_a_folder_that_has_no_results(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("x")
    with pytest.raises(ResultsError, match="holds no results"):
        run_into(tmp_path, fake_job(replicates=1), force=True)
    assert (tmp_path / "thesis.txt").read_text() == "x"


def test_a_manifest_cannot_name_files_outside_its_folder(folder: Path) -> None:
    outside = folder.parent / "thesis.txt"
    outside.write_text("x")
    files = json.loads((folder / "manifest.json").read_text())["files"]
    entry = {"sha256": "0" * 64, "bytes": 1, "rows": 0}
    for name in ("../thesis.txt", str(outside), "a/../../thesis.txt"):
        change(folder, files=files | {name: entry})
        with pytest.raises(ResultsError, match="folder"):
            open_results(folder)
        assert outside not in {path.resolve() for path in own_files(folder)}
    run_into(folder, fake_job(losses(1.0, 2.0), replicates=2), force=True)
    assert outside.read_text() == "x"


def test_ours_and_others_share_no_file(folder: Path) -> None:
    own = {path.relative_to(folder).as_posix() for path in own_files(folder)}
    assert own == {"manifest.json", "points.parquet", *(f"{name}/part-00000.parquet" for name in TABLES)}
    assert others(folder) == ["notes.md", "paper"]


# ------------------------------------------------------------------ one writer


@pytest.mark.parametrize("force", [True, False])
def test_a_folder_that_is_being_written_is_left_to_its_writer(folder: Path, force: bool) -> None:
    before = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    with locked(folder), pytest.raises(ResultsError, match="another process"):
        run_into(folder, fake_job(losses(1.0, 2.0), replicates=2), force=force)
    assert {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()} == before


def test_a_lock_outlives_every_run_but_not_a_folder_without_any(tmp_path: Path) -> None:
    run_into(tmp_path / "a", fake_job(replicates=1))
    assert (tmp_path / "a" / LOCK).exists()
    with locked(tmp_path / "x" / "y"):
        assert (tmp_path / "x" / "y" / LOCK).exists()
    assert not (tmp_path / "x").exists()


# ------------------------------------------------------------------ damage is noticed


@pytest.mark.parametrize("table", [*TABLES, ""])
def test_one_flipped_bit_is_noticed_when_results_are_opened(folder: Path, table: str) -> None:
    path = folder / table / "part-00000.parquet" if table else folder / "points.parquet"
    flip(path)
    with pytest.raises(ResultsError, match=f"{path.name}.*SHA-256"):
        open_results(folder)


def test_tables_of_an_interrupted_run_are_checked_before_they_are_continued(folder: Path) -> None:
    """Without its journal, a run goes on from its tables: a bit flipped in them would be copied."""
    change(folder, status="interrupted")
    flip(folder / "states" / "part-00000.parquet")
    longer = fake_job(losses(1.0, 2.0), replicates=3)
    with pytest.raises(ResultsError, match="SHA-256"):
        run_into(folder, longer, mend=False)
    assert run_into(folder, longer).ran == 12


@pytest.mark.parametrize(
    ("entries", "key"),
    [
        ({"counts": {"ok": "8", "failed": 0}}, "counts.ok"),
        ({"counts": {"ok": -8}}, "counts.ok"),
        ({"counts": {"ok": 8}}, "failed"),
        ({"counts": {"ok": 8, "failed": 0, "x": []}}, "counts"),
        ({"files": {"runs/part-00000.parquet": {"rows": 1, "sha256": "0" * 64}}}, "bytes"),
        ({"files": {"runs/part-00000.parquet": {"rows": 1, "sha256": "x", "bytes": 1}}}, "sha256"),
        ({"world": {"name": "tiny", "states": []}}, "world.states"),
        ({"world": []}, "world"),
        ({"design": 3}, "design"),
        ({"status": "done"}, "status"),
        ({"measures": [{"kind": 1}]}, "measures"),
    ],
)
def test_a_manifest_of_wrong_types_names_the_key(folder: Path, entries: dict[str, Any], key: str) -> None:
    change(folder, **entries)
    with pytest.raises(ResultsError, match=key):
        open_results(folder)


# ------------------------------------------------------------------ environments are not mixed


def other(folder: Path, **versions: str) -> None:
    """Let a folder look as if made under other versions."""
    known = json.loads((folder / "manifest.json").read_text())["environment"]
    change(folder, environment=known | versions)


@pytest.mark.parametrize(
    "versions", [{"numpy": "1.26.4"}, {"scipy": "1.11.0"}, {"blas": "mkl 2024"}, {"python": "3.8"}]
)
def test_runs_of_another_environment_are_not_continued(folder: Path, versions: dict[str, str]) -> None:
    other(folder, **versions)
    longer = fake_job(losses(1.0, 2.0), replicates=3)
    with pytest.raises(ResultsError, match=f"{next(iter(versions.values()))}, now "):
        run_into(folder, longer)
    outcome = run_into(folder, fake_job(losses(1.0, 2.0), replicates=2))
    assert outcome.ran == 0
    assert next(iter(versions)) in outcome.notes[0]
    assert run_into(folder, longer, force=True).ran == 12


def test_old_manifests_have_their_versions_among_the_dependencies(folder: Path) -> None:
    known = json.loads((folder / "manifest.json").read_text())
    change(folder, environment={}, dependencies=known["dependencies"] | {"numpy": "1.26.4"})
    with pytest.raises(ResultsError, match=r"numpy: 1\.26\.4, now "):
        run_into(folder, fake_job(losses(1.0, 2.0), replicates=3))


def test_another_processor_goes_on_and_both_are_recorded(folder: Path) -> None:
    other(folder, kernels="Zz80")
    outcome = run_into(folder, fake_job(losses(1.0, 2.0), replicates=3))
    assert outcome.ran == 4
    assert "Zz80" in outcome.notes[0]
    now = manifests.environment()["kernels"]
    assert outcome.results.manifest["environment"]["kernels"] == ", ".join(sorted({now, "Zz80"}))


def test_the_key_does_not_follow_the_environment(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = json.loads((folder / "manifest.json").read_text())
    versions = {"numpy": "9.9", "scipy": "9.9", "blas": "b", "python": "3.99", "kernels": "k"}
    for module in (manifests, experiment):
        monkeypatch.setattr(module, "environment", lambda: versions)
    after = run_into(folder.with_name("t"), fake_job(losses(1.0, 2.0), replicates=2)).results.manifest
    assert after["key"] == before["key"]
    assert after["environment"] == versions


def test_scripts_are_warned(folder: Path) -> None:
    made = simulate(FakeScenario(), out=folder.parent / "k", world=tiny_world(), run=fake_run)  # type: ignore[arg-type]
    assert made.folder is not None
    (made.folder / "states" / "part-00000.parquet").unlink()
    with pytest.warns(UserWarning, match="damaged-1"):
        simulate(FakeScenario(), out=folder.parent / "k", world=tiny_world(), run=fake_run)  # type: ignore[arg-type]
