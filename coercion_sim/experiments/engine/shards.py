"""Shards: parts of a sweep, run on separate machines and merged afterwards."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from coercion_sim.environment import one_environment
from coercion_sim.errors import InvalidInput, Problem, ResultsError
from coercion_sim.experiments.engine.experiment import Outcome, stopwatch, write_tables
from coercion_sim.experiments.engine.scheduler import Shard, scheduler_of
from coercion_sim.experiments.engine.verify import rebuild
from coercion_sim.experiments.store.changes import changes_between, environment_changes
from coercion_sim.experiments.store.folder import open_results
from coercion_sim.experiments.store.journal import Entry, Journal
from coercion_sim.experiments.store.manifest import MANIFEST, read_manifest, write_manifest
from coercion_sim.experiments.store.ownership import locked
from coercion_sim.experiments.store.results import Results
from coercion_sim.experiments.store.tables import Rows
from coercion_sim.policies import PolicyFiles

_NAME = "shard-{}-of-{}"
#: Bits of a position for the position within one journal; the others number the journal.
_BITS = 48


def parse_shard(text: str) -> Shard:
    """Read ``3/16`` as the third of sixteen parts.

    Raises
    ------
    InvalidInput
        For anything else.
    """
    match = re.fullmatch(r"\s*(\d+)\s*/\s*(\d+)\s*", text)
    if match is None or not 1 <= int(match[1]) <= int(match[2]) <= 100_000:
        raise InvalidInput(Problem("is not a part", key="--shard", found=repr(text), allowed="K/N, 1 to N, e.g. 3/16"))
    return Shard(int(match[1]), int(match[2]))


def shard_folder(folder: Path, shard: Shard) -> Path:
    """Folder of one part of a sweep."""
    return folder / _NAME.format(shard.number, shard.of)


def merge_shards(
    folder: Path, parts: Sequence[Path] = (), *, policy_files: PolicyFiles = (), world: Any = None
) -> Outcome:
    """Merge the parts of a sweep into the same tables, byte for byte, that one machine would write.

    Parameters
    ----------
    folder
        Folder of the whole.
    parts
        Folders of the parts; by default all ``shard-K-of-N`` in `folder`.

    Raises
    ------
    ResultsError
        Where parts are missing, unfinished, of different designs, or lack a run.
    """
    named = [Path(part) for part in parts] or sorted(folder.glob(_NAME.format("*", "*")))
    if not named:
        raise ResultsError(f"{folder}: no parts (shard-K-of-N) in it; name their folders")
    with ExitStack() as stack:
        for place in (folder, *named):
            if place.is_dir():
                stack.enter_context(locked(place))
        heads = [read_manifest(part) for part in named]
        _check(named, heads)
        if (folder / MANIFEST).is_file():
            whole = open_results(folder)
            if changes_between(whole.manifest, heads[0]) or whole.manifest["design"] != heads[0]["design"]:
                raise ResultsError(
                    f"{folder}: holds results of another experiment; merge into another folder with --out"
                )
            return Outcome(whole, sum(whole.manifest["counts"].values()), 0)
        job = rebuild(named[0], heads[0], policy_files=policy_files, world=world)
        times = stopwatch()
        record = _Joined([stack.enter_context(Journal(part)) for part in named])
        scheduler = scheduler_of(job, record)
        missing = scheduler.next()
        if missing is not None:
            cell = missing[0]
            raise ResultsError(f"{folder}: incomplete: point {cell.point}, replicate {cell.replicate} is in no part")
        folder.mkdir(parents=True, exist_ok=True)
        files = write_tables(folder, job, scheduler, record)
        manifest = _joined(heads) | {"counts": scheduler.ledger.counts, "files": files} | times(platform.node())
        manifest["seconds"] = round(sum(head["seconds"] for head in heads), 3)
        write_manifest(folder, manifest)
    return Outcome(Results(manifest, folder), scheduler.ledger.done, 0)


def _joined(heads: Sequence[Any]) -> dict[str, Any]:
    """Entries of the manifest of the whole that those of its parts decide."""
    kept = {key: value for key, value in heads[0].items() if key != "shard"}
    made = one_environment([head.get("environment", {}) for head in heads])
    return kept | {"environment": made, "status": "complete", "parts": len(heads)}


def _check(parts: Sequence[Path], heads: Sequence[Any]) -> None:
    """Check that every part is finished, of one design, and none is missing."""
    for part, head in zip(parts, heads, strict=True):
        if head["status"] != "shard":
            state = "unfinished: run its command again" if head["status"] == "running" else "no part of a sweep"
            raise ResultsError(f"{part}: {state}")
        changes = changes_between(heads[0], head) + environment_changes(heads[0], head)[0]
        if not changes and head["design"] != heads[0]["design"]:
            changes = ["the design"]
        if changes:
            listed = "".join(f"\n  {change}" for change in changes)
            raise ResultsError(f"{part}: is a part of another sweep than {parts[0]}. What differs:{listed}")
    of = heads[0]["shard"][1]
    present = {tuple(head["shard"]) for head in heads}
    missing = [f"{n}/{of}" for n in range(1, of + 1) if (n, of) not in present]
    if missing:
        raise ResultsError(f"{parts[0].parent}: parts are missing: {', '.join(missing[:12])}")


class _Joined:
    """Several journals read as one."""

    def __init__(self, journals: Sequence[Journal]) -> None:
        self._journals = journals

    def entries(self) -> Iterator[Entry]:
        """Every task of every journal."""
        for n, journal in enumerate(self._journals):
            for entry in journal.entries():
                yield entry._replace(at=(n << _BITS) + entry.at)

    def read(self, at: int) -> Rows:
        """Rows of one task."""
        return self._journals[at >> _BITS].read(at & ((1 << _BITS) - 1))
