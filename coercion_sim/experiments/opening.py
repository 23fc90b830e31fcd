"""Opening results: whole ones open, damaged or unfinished ones say what is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coercion_sim.errors import ResultsError, nearest
from coercion_sim.experiments.manifest import FORMAT, MANIFEST
from coercion_sim.experiments.results import Results
from coercion_sim.outcomes import TABLES

if TYPE_CHECKING:
    from coercion_sim.policies import PolicyFiles

#: Without these a manifest is none.
_NEEDED = {"status", "identity", "scenario", "world", "actors", "quarters", "measures", "design", "counts", "files"}
_DESIGN = {"policies", "points", "replicates", "seed", "tables"}


def open_results(path: str | Path, policy_files: PolicyFiles = ()) -> Results:
    """Open a results folder, its manifest, or one of its tables or their parts.

    Parameters
    ----------
    policy_files
        Files of the user's own policies; only what plays a run again needs them (flows of trade, the tree of a game).

    Raises
    ------
    ResultsError
        Where nothing is there, the experiment was killed before its tables were written, a file is missing or was
        changed in size, the layout is of another version, or no run is in it.
    """
    folder = Path(path)
    folder = folder.parent if folder.is_file() else folder
    if not (folder / MANIFEST).is_file() and folder.name in TABLES:
        folder = folder.parent
    manifest = read_manifest(folder)
    if manifest["status"] == "running":
        raise ResultsError(f"{folder}: unfinished (still running, or killed); run the same command again to finish it")
    if manifest["status"] == "shard":
        raise ResultsError(f"{folder}: one part of a sweep; `coercion-sim merge {folder.parent}` puts them together")
    for name in manifest["design"]["tables"]:
        if not any(listed.startswith(f"{name}/") for listed in manifest["files"]):
            raise ResultsError(f"{folder}: {name} is missing; run the same command with --force to make it again")
    for listed, said in manifest["files"].items():
        file = folder / listed
        if not file.is_file():
            raise ResultsError(f"{folder}: {listed} is missing; run the same command with --force to make it again")
        if file.stat().st_size != said["bytes"]:
            found, wanted = file.stat().st_size, said["bytes"]
            raise ResultsError(
                f"{file}: {found} bytes where the manifest says {wanted}; it was changed after it was written"
            )
    if not sum(manifest["counts"].values()):
        raise ResultsError(f"{folder}: holds no runs")
    files = (policy_files,) if isinstance(policy_files, str | Path) else tuple(policy_files)
    return Results(manifest, folder, policy_files=files)


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read the manifest of a results folder and check that it is one this version understands."""
    path = folder / MANIFEST
    if not folder.is_dir():
        raise ResultsError(f"{folder}: no such results folder{_near(folder)}")
    if not path.is_file():
        raise ResultsError(f"{folder}: no {MANIFEST} in it, so no results folder{_inside(folder)}")
    try:
        manifest = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise ResultsError(f"{path}: not readable as JSON ({error})") from None
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        found = manifest.get("format") if isinstance(manifest, dict) else type(manifest).__name__
        raise ResultsError(
            f"{path}: results of another version (format {found}, this one reads {FORMAT}); run it again"
        )
    missing = _NEEDED - set(manifest) or _DESIGN - set(manifest["design"])
    if missing:
        raise ResultsError(f"{path}: incomplete, without {', '.join(sorted(missing))}")
    return manifest


def _near(folder: Path) -> str:
    """Hint at a folder beside it with nearly that name."""
    beside = [p.name for p in folder.parent.iterdir() if p.is_dir()] if folder.parent.is_dir() else []
    close = nearest(folder.name, beside)
    return f"; did you mean {folder.parent / close}?" if close else ""


def _inside(folder: Path) -> str:
    """Hint at results folders one level down."""
    found = sorted(p.parent for p in folder.glob(f"*/{MANIFEST}"))
    return (
        f"; there is one at {found[0]}" + (f" and {len(found) - 1} more beside it" if len(found) > 1 else "")
        if found
        else ""
    )
