"""Parts of a sweep, done on machines that know nothing of each other, put together."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from coercion_sim.errors import InvalidInput, Problem, ResultsError
from coercion_sim.experiments.changes import changes_between
from coercion_sim.experiments.clock import Clock
from coercion_sim.experiments.experiment import Outcome, feed_of, finish
from coercion_sim.experiments.feed import Shard
from coercion_sim.experiments.folder import write_manifest
from coercion_sim.experiments.journal import Entry, Journal
from coercion_sim.experiments.manifest import MANIFEST
from coercion_sim.experiments.opening import open_results, read_manifest
from coercion_sim.experiments.rebuild import rebuild
from coercion_sim.experiments.results import Results
from coercion_sim.experiments.tables import Rows
from coercion_sim.policies import PolicyFiles

_NAME = "shard-{}-of-{}"
#: Bits of a place that are left for the place within one journal.
_BITS = 48


def parse_shard(text: str) -> Shard:
    """Read ``3/16`` as the third of sixteen parts.

    Raises
    ------
    InvalidInput
        For anything else.
    """
    found = re.fullmatch(r"\s*(\d+)\s*/\s*(\d+)\s*", text)
    if found is None or not 1 <= int(found[1]) <= int(found[2]) <= 100_000:
        raise InvalidInput(Problem("is not a part", key="--shard", found=repr(text), allowed="K/N, 1 to N, e.g. 3/16"))
    return Shard(int(found[1]), int(found[2]))


def shard_folder(folder: Path, shard: Shard) -> Path:
    """Where one part of a sweep is written."""
    return folder / _NAME.format(shard.number, shard.of)


def merge_shards(
    folder: Path, parts: Sequence[Path] = (), *, policy_files: PolicyFiles = (), world: Any = None
) -> Outcome:
    """Put the parts of a sweep together into the same tables, byte for byte, as one machine would have written.

    Parameters
    ----------
    folder
        Where the whole goes.
    parts
        Folders of the parts; all ``shard-K-of-N`` in `folder` where none are named.

    Raises
    ------
    ResultsError
        Where parts are missing, unfinished, of different designs, or do not make up the whole.
    """
    named = [Path(part) for part in parts] or sorted(folder.glob(_NAME.format("*", "*")))
    if not named:
        raise ResultsError(f"{folder}: no parts (shard-K-of-N) in it; name their folders")
    heads = [read_manifest(part) for part in named]
    _check(named, heads)
    if (folder / MANIFEST).is_file():
        whole = open_results(folder)
        if changes_between(whole.manifest, heads[0]) or whole.manifest["design"] != heads[0]["design"]:
            raise ResultsError(f"{folder}: holds results of something else; merge into another folder with --out")
        return Outcome(whole, sum(whole.manifest["counts"].values()), 0)
    job = rebuild(named[0], heads[0], policy_files=policy_files, world=world)
    clock = Clock()
    with ExitStack() as open_files:
        record = _Joined([open_files.enter_context(Journal(part)) for part in named])
        feed = feed_of(job, record)
        missing = feed.next()
        if missing is not None:
            cell = missing[0]
            raise ResultsError(f"{folder}: not all there: point {cell.point}, replicate {cell.replicate} is in no part")
        folder.mkdir(parents=True, exist_ok=True)
        files = finish(folder, job, feed, record)
    kept = {
        key: value for key, value in heads[0].items() if key not in ("started", "finished", "seconds", "host", "shard")
    }
    seconds = round(sum(head["seconds"] for head in heads), 3)
    said: dict[str, Any] = {"status": "complete", "counts": feed.ledger.counts, "files": files}
    manifest = kept | said | clock.stop(platform.node()) | {"parts": len(named), "seconds": seconds}
    write_manifest(folder, manifest)
    return Outcome(Results(manifest, folder), feed.ledger.done, 0)


def _check(parts: Sequence[Path], heads: Sequence[Any]) -> None:
    """Every part finished, all of one design, all there."""
    for part, head in zip(parts, heads, strict=True):
        if head["status"] != "shard":
            state = "unfinished: run its command again" if head["status"] == "running" else "no part of a sweep"
            raise ResultsError(f"{part}: {state}")
        changed = changes_between(heads[0], head) or (["the design"] if head["design"] != heads[0]["design"] else [])
        if changed:
            listed = "".join(f"\n  {change}" for change in changed)
            raise ResultsError(f"{part}: is a part of something else than {parts[0]}. What differs:{listed}")
    of = heads[0]["shard"][1]
    there = {tuple(head["shard"]) for head in heads}
    lacking = [f"{n}/{of}" for n in range(1, of + 1) if (n, of) not in there]
    if lacking:
        raise ResultsError(f"{parts[0].parent}: parts are missing: {', '.join(lacking[:12])}")


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
