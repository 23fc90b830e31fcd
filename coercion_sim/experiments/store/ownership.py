"""The folder of an experiment: its name, one writer at a time, what in it is ours, and what is done already."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from coercion_sim.errors import ResultsError
from coercion_sim.experiments.store.changes import changes_between, environment_changes
from coercion_sim.experiments.store.crate import CRATE, is_ours
from coercion_sim.experiments.store.folder import check_files, open_results
from coercion_sim.experiments.store.journal import JOURNAL
from coercion_sim.experiments.store.manifest import MANIFEST, content_key, read_manifest
from coercion_sim.experiments.store.parts import POINTS, UNFINISHED
from coercion_sim.experiments.store.results import Results
from coercion_sim.outcomes import TABLES

if TYPE_CHECKING:
    from coercion_sim.experiments.design.design import Job

LOCK = ".lock"
#: Name of a damaged folder's files, beside it.
_ASIDE = "{}.damaged-{}"
#: Files listed in a message at most.
_MOST = 8


def keyed_folder(root: Path, job: Job) -> Path:
    """Folder of an experiment named by its content: ``root / scenario / key``."""
    return root / safe_name(job.scenario.name) / content_key(job)


def safe_name(name: str) -> str:
    """Return a name as a folder name on any platform."""
    kept = "".join(c if c.isalnum() or c in "-_." else "-" for c in name).strip(".-")
    return kept or "scenario"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Make the folder where it is missing, and keep other processes from writing into it within the block.

    The lock is on a file that stays: a lock on a deleted file would let two in. Only where nothing of ours is in the
    folder at the end, a lock made here goes again; whoever takes it meanwhile sees that it is gone, and tries again.

    Raises
    ------
    ResultsError
        Where another process has it.
    """
    new = [path for path in (folder, *folder.parents) if not path.exists()]
    first = not (folder / LOCK).exists()
    descriptor = _taken(folder)
    try:
        yield
    finally:
        if first and descriptor is not None and not own_files(folder):
            with suppress(OSError):
                (folder / LOCK).unlink()
                for path in new:
                    path.rmdir()
        if descriptor is not None:
            os.close(descriptor)


def _taken(folder: Path) -> int | None:
    """Open and lock the file; None where the folder is read-only, and nothing can be written anyway."""
    while True:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / LOCK
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        except FileNotFoundError:
            continue  # another process has just removed the folder it had made
        except OSError:
            if os.access(folder, os.W_OK):
                raise
            return None
        try:
            _lock(descriptor)
        except OSError:
            os.close(descriptor)
            message = "is being written by another process; wait for it, or name another folder with --out"
            raise ResultsError(f"{folder}: {message}") from None
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(descriptor), path.stat()):
                return descriptor
        os.close(descriptor)


def _lock(descriptor: int) -> None:
    """Lock a file for this process; OSError where another has it."""
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


# ------------------------------------------------------------------ our files


def own_files(folder: Path) -> list[Path]:
    """Files that the package has written: those its manifest lists, parts of tables, and what stands beside them."""
    names = [JOURNAL, POINTS, *([] if _is_foreign(folder) else [MANIFEST])]
    with suppress(ResultsError):
        names += read_manifest(folder)["files"]
    names += [CRATE] if (folder / CRATE).is_file() and is_ours(folder / CRATE) else []
    listed = [folder / name for name in dict.fromkeys(names)]
    parts = [part for table in (*TABLES, *(f"{UNFINISHED}/{name}" for name in TABLES))
             for part in sorted((folder / table).glob("part-[0-9]*.parquet"))]  # fmt: skip
    return [path for path in dict.fromkeys([*listed, *parts]) if path.is_file()]


def start_again(folder: Path) -> list[str]:
    """Delete our files, or set them aside where the manifest cannot be read; say what was left or moved.

    Raises
    ------
    ResultsError
        Where the manifest is somebody else's.
    """
    if (folder / MANIFEST).is_file():
        try:
            read_manifest(folder)
        except ResultsError as error:
            _refuse_foreign(folder)
            return set_aside(folder, str(error))
    delete(folder)
    left = others(folder)
    return [f"{folder}: left as they are: {_listed(left)}"] if left else []


def set_aside(folder: Path, why: str) -> list[str]:
    """Move our files of a damaged folder to one beside it, and say so; leave all others where they are.

    Raises
    ------
    ResultsError
        Where the manifest is somebody else's.
    """
    _refuse_foreign(folder)
    number = 1
    while (aside := folder.with_name(_ASIDE.format(folder.name, number))).exists():
        number += 1
    for path in own_files(folder):
        target = aside / path.relative_to(folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        path.replace(target)
    _drop_empty(folder)
    left = others(folder)
    kept = f"; left as they are: {_listed(left)}" if left else ""
    return [f"{why.splitlines()[0]}\nthe damaged results are now in {aside}, and all runs are made again{kept}"]


def delete(folder: Path) -> None:
    """Delete our files."""
    for path in own_files(folder):
        path.unlink()
    _drop_empty(folder)


def others(folder: Path) -> list[str]:
    """Names of what in the folder is not ours."""
    own = {path.relative_to(folder).parts[0] for path in own_files(folder)}
    return sorted(path.name for path in folder.iterdir() if path.name not in own | {LOCK}) if folder.is_dir() else []


def _refuse_foreign(folder: Path) -> None:
    """Refuse to act where the manifest is somebody else's."""
    if _is_foreign(folder):
        message = f"{MANIFEST} is not of coercion-sim; name another folder with --out, or move that file away"
        raise ResultsError(f"{folder}: {message}")


def _is_foreign(folder: Path) -> bool:
    """Whether the manifest does not name the package, and none of our tables stand beside it."""
    path = folder / MANIFEST
    ours = (folder / "runs" / "part-00000.parquet").is_file() or (folder / JOURNAL).is_file()
    return path.is_file() and not ours and b"coercion-sim" not in path.read_bytes()


def _drop_empty(folder: Path) -> None:
    """Remove our folders of tables where nothing is left in them."""
    for name in (*TABLES, *(f"{UNFINISHED}/{table}" for table in TABLES), UNFINISHED):
        with suppress(OSError):
            (folder / name).rmdir()


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _MOST
    return ", ".join(names[:_MOST]) + (f" and {more} more" if more > 0 else "")


# ------------------------------------------------------------------ earlier runs


class Earlier(NamedTuple):
    """What a folder holds of an experiment.

    `results` where this very design is finished, `manifest` to continue from, neither in a new folder; `notes` for the
    user.
    """

    results: Results | None = None
    manifest: Mapping[str, Any] | None = None
    notes: tuple[str, ...] = ()


def earlier_results(
    folder: Path, head: Mapping[str, Any], *, mend: bool, retry_failed: bool, force: bool = False
) -> Earlier:
    """Look at what a locked folder holds of an experiment.

    Where `force`, our files are deleted first; where `mend`, those of a damaged folder are moved to one beside it.

    Raises
    ------
    ResultsError
        Where the folder holds something else, or runs made under another environment are to be continued.
    """
    notes = start_again(folder) if force and own_files(folder) else []
    if not (folder / MANIFEST).is_file():
        if not notes and any(name != JOURNAL for name in others(folder)):
            raise ResultsError(f"{folder}: is not empty and holds no results; name another folder with --out")
        return Earlier(notes=tuple(notes))
    try:
        manifest = _sound_manifest(folder)
    except ResultsError as error:
        if not mend:
            raise
        return Earlier(notes=tuple(set_aside(folder, str(error))))
    complete, same = manifest["status"] == "complete", manifest["design"] == head["design"]
    finished = complete and same and not (retry_failed and manifest["counts"]["failed"])
    noted = _environment(folder, manifest, head, finished=finished)
    return Earlier(open_results(folder), notes=noted) if finished else Earlier(manifest=manifest, notes=noted)


def _sound_manifest(folder: Path) -> dict[str, Any]:
    """Read the manifest; without a journal beside it, check that the tables are whole."""
    manifest = read_manifest(folder)
    if manifest["status"] == "complete" or (manifest["files"] and not (folder / JOURNAL).is_file()):
        check_files(folder, manifest)
    return manifest


def _environment(
    folder: Path, manifest: Mapping[str, Any], head: Mapping[str, Any], *, finished: bool
) -> tuple[str, ...]:
    """Refuse results of something else, and of another environment unless they are finished; note what differs."""
    changes = changes_between(manifest, head)
    versions, kernels = environment_changes(manifest, head)
    if changes or (versions and not finished):
        listed = "".join(f"\n  {change}" for change in [*changes, *versions])
        remedy = "name another folder with --out, or start again with --force"
        if not changes:
            remedy = f"runs of two environments would differ in their last digits: install those versions; or {remedy}"
        raise ResultsError(f"{folder}: holds results of another experiment; {remedy}. What changed:{listed}")
    changed = "; ".join([*versions, *kernels])
    return (f"{folder}: earlier runs are of another environment: {changed}",) if changed else ()
