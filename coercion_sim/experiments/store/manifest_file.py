"""The manifest on disk: its shape as pydantic models, reading it with every mistake named, writing it whole."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from coercion_sim.errors import InvalidInput, ResultsError, nearest
from coercion_sim.experiments.store.manifest import FORMAT, MANIFEST
from coercion_sim.files import Label, read_json, validate, write_text
from coercion_sim.outcomes import TABLES

#: Bytes of a manifest at most: a design of a hundred thousand points is written out.
_LARGEST = 200_000_000
_REMEDY = "run the same command with --force to make the results again"


def _inside(name: str) -> str:
    """Check that a file lies in the folder: what a manifest lists may be deleted."""
    path = PurePosixPath(name)
    if path.is_absolute() or not path.parts or {"..", "."} & set(path.parts) or {"\\", ":", "\0"} & set(name):
        raise ValueError("is not the path of a file in the folder")
    return name


def _table(name: str) -> str:
    if name not in TABLES:
        raise ValueError(f"is not a table; tables: {', '.join(TABLES)}")
    return name


Count = Annotated[int, Field(ge=0)]
Words = Mapping[str, str]
Anything = Mapping[str, Any]


class _Part(BaseModel):
    """A table of a manifest: keys that are not listed are kept."""

    model_config = ConfigDict(frozen=True, extra="allow", strict=True)


class _File(_Part):
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    bytes: Count
    rows: Count


class _Package(_Part):
    version: str
    code: str
    policies: Words = {}


class _Identity(_Part):
    package: _Package
    scenario: Anything
    parameters: Mapping[str, Anything]
    world: str
    seed: int


class _Scenario(_Part):
    name: Label
    title: str = ""
    content: Anything
    source: Anything


class _World(_Part):
    name: str
    states: Annotated[tuple[Label, ...], Field(min_length=1)]
    sectors: tuple[Label, ...] = ()
    state_names: Words = {}
    sector_names: Words = {}


class _Actors(_Part):
    coercer: str | None
    target: str | None


class _Measure(_Part):
    kind: str
    by: str
    on: str
    sectors: tuple[str, ...]
    purpose: str
    name: str
    start: int
    until: int | None


class _Block(_Part):
    paths: tuple[str, ...]


class _Stopping(_Part):
    until: str
    of: str
    half_width: float
    confidence: float
    at_most: Annotated[int, Field(ge=1)]


class _Design(_Part):
    policies: Annotated[tuple[Label, ...], Field(min_length=1)]
    seed: int
    points: Annotated[int, Field(ge=1)]
    replicates: Annotated[int, Field(ge=1)]
    uncertain: tuple[str, ...]
    drawn: str
    blocks: tuple[_Block, ...]
    stopping: _Stopping | None
    tables: Annotated[tuple[Annotated[str, AfterValidator(_table)], ...], Field(min_length=1)]


class _Manifest(_Part):
    key: str = ""
    status: Literal["running", "shard", "interrupted", "complete"]
    identity: _Identity
    environment: Words = {}
    dependencies: Words = {}
    scenario: _Scenario
    world: _World
    actors: _Actors
    quarters: tuple[str, ...]
    measures: tuple[_Measure, ...]
    outside_policies: Mapping[str, Anything] = {}
    report: Anything = {}
    design: _Design
    counts: Mapping[Literal["ok", "failed"], Count]
    files: Mapping[Annotated[str, AfterValidator(_inside)], _File]
    shard: tuple[int, int] | None = None
    seconds: float = 0.0


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read the manifest of a results folder and check its version, its keys and what they hold.

    Raises
    ------
    ResultsError
        For a missing folder or manifest, with the nearest name; for one that is damaged or of another version.
    """
    path = folder / MANIFEST
    if not folder.is_dir():
        siblings = [p.name for p in folder.parent.iterdir() if p.is_dir()] if folder.parent.is_dir() else []
        close = nearest(folder.name, siblings)
        hint = f"; did you mean {folder.parent / close}?" if close else ""
        raise ResultsError(f"{folder}: no such results folder{hint}")
    if not path.is_file():
        inside = sorted(p.parent for p in folder.glob(f"*/{MANIFEST}"))
        hint = f"; {len(inside)} inside it, the first {inside[0]}" if inside else ""
        raise ResultsError(f"{folder}: no {MANIFEST} in it, so no results folder{hint}")
    try:
        document = read_json(path, what="manifest", largest=_LARGEST)
        version = document.data.get("format")
        if not {"format", "key", "identity"} & set(document.data):
            raise ResultsError(f"{path}: is no manifest of results; name another folder")
        if version != FORMAT:
            message = f"results of another version (format {str(version)[:40]}, this one reads {FORMAT})"
            raise ResultsError(f"{path}: {message}; run it again")
        read, problems = validate(_Manifest, document, (), ("format",))
    except InvalidInput as error:
        raise ResultsError(f"{error}; {_REMEDY}") from None
    if read is None:
        missing = ", ".join(str(problem.key) for problem in problems if problem.message == "must be given")
        what = f"incomplete, without {missing}" if missing else f"damaged: {InvalidInput(problems)}"
        raise ResultsError(f"{path}: {what}; {_REMEDY}")
    return document.data


def write_manifest(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Write the manifest of a results folder."""
    write_text(folder / MANIFEST, json.dumps(manifest, indent=1, ensure_ascii=False) + "\n")
