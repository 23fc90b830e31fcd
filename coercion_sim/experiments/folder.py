"""The results folder of an experiment: what is in it, whether this experiment may go on from it, and its manifest."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from coercion_sim.errors import ResultsError
from coercion_sim.experiments.changes import changes_between
from coercion_sim.experiments.job import Job
from coercion_sim.experiments.journal import JOURNAL, Journal
from coercion_sim.experiments.manifest import MANIFEST, content_key
from coercion_sim.experiments.opening import open_results, read_manifest
from coercion_sim.experiments.points import read_point_keys
from coercion_sim.experiments.reopen import reopen
from coercion_sim.experiments.results import Results
from coercion_sim.files import write_text


def keyed_folder(root: Path, job: Job) -> Path:
    """Folder of an experiment named by its content: ``root / scenario / key``."""
    return root / safe_name(job.scenario.name) / content_key(job)


def what_is_in(
    folder: Path, head: Mapping[str, Any], *, mend: bool, retry_failed: bool
) -> Results | Mapping[str, Any] | None:
    """What is in a folder: finished results of this very design, a manifest to go on from, or nothing."""
    if not (folder / MANIFEST).is_file():
        if folder.is_dir() and any(p.name != JOURNAL for p in folder.iterdir()):
            raise ResultsError(f"{folder}: is not empty and holds no results; name another folder with --out")
        return None
    manifest = read_manifest(folder)
    changed = changes_between(manifest, head)
    if changed:
        listed = "".join(f"\n  {change}" for change in changed)
        remedy = "name another folder with --out, or start again with --force"
        raise ResultsError(f"{folder}: holds results of something else; {remedy}. What changed:{listed}")
    if manifest["status"] != "complete":
        return manifest
    try:
        results = open_results(folder)
    except ResultsError:
        if not mend:
            raise
        remove(folder)
        return None
    same = manifest["design"] == head["design"]
    return results if same and not (retry_failed and results.failed) else manifest


def take_back(folder: Path, manifest: Mapping[str, Any], journal: Journal) -> None:
    """Copy finished tables into the journal, so that a design that has grown goes on from them."""
    journal.clear()
    precision = manifest["design"]["precision"]
    watched = str(precision["until"]) if precision else ""
    reopen(folder, manifest["design"]["tables"], read_point_keys(folder), journal, watched)
    journal.sync()


def surplus(folder: Path, runs: int) -> str:
    """Say that a folder holds runs the design does not have, and what to do."""
    remedy = "ask for them too, name another folder with --out, or start again with --force"
    return f"{folder}: holds {runs} runs this design does not have; {remedy}"


def write_manifest(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Write the manifest of a results folder."""
    write_text(folder / MANIFEST, json.dumps(manifest, indent=1, ensure_ascii=False) + "\n")


def remove(folder: Path) -> None:
    """Remove a results folder; anything else of that name is left alone."""
    if (folder / MANIFEST).is_file() or (folder / JOURNAL).is_file():
        shutil.rmtree(folder)


def remove_empty(folders: Sequence[Path]) -> None:
    """Remove the folders this run made, innermost first, where nothing is left in them."""
    with suppress(OSError):
        for folder in folders:
            if folder.exists():
                folder.rmdir()


def safe_name(name: str) -> str:
    """Return a name as a folder name on any platform."""
    kept = "".join(c if c.isalnum() or c in "-_." else "-" for c in name).strip(".-")
    return kept or "scenario"
