"""The manifest: content key, everything that decides the numbers, their origin; its shape, read and written."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from coercion_sim.environment import __version__, environment, installed
from coercion_sim.errors import InvalidInput, ResultsError, nearest
from coercion_sim.files import Label, code_hash, plain, read_json, validate, write_text
from coercion_sim.outcomes import TABLES
from coercion_sim.policies import BUILT_IN, Origin, origin_of

if TYPE_CHECKING:
    from coercion_sim.experiments.design.design import Job
    from coercion_sim.world import World

#: Version of the layout of a results folder; folders of another version are refused.
FORMAT = 3
MANIFEST = "manifest.json"

#: Rooms whose code decides the numbers, and the packages that do.
ROOMS = (
    "rng.py", "environment.py", "arrays.py", "intervals.py", "outcomes.py",
    "files", "world", "economy", "games", "policies", "scenario", "dispute", "model", "experiments",
)  # fmt: skip
_PACKAGES = ("numpy", "scipy", "mesa", "pandas", "pydantic", "pyarrow", "loky", "click", "rich", "matplotlib")

#: Bytes of a manifest at most: a design of a hundred thousand points is written out.
_LARGEST = 200_000_000
_REMEDY = "run the same command with --force to make the results again"


def content_key(job: Job) -> str:
    """Short key of everything that decides the results: the same experiment has the same key wherever it runs.

    The first 12 hexadecimal digits of the BLAKE2b hash of the scenario's content (overrides included), the world's
    arrays, the design, and the package's version and code. Workers, formats, times and hosts are not part of it.
    """
    return _key(identity(job), job.design.described())


def recorded_key(manifest: Mapping[str, Any]) -> str:
    """Key of what a manifest records; another than its own where the file was changed."""
    return _key(manifest["identity"], manifest["design"])


def _key(identified: Mapping[str, Any], design: Mapping[str, Any]) -> str:
    content = {"format": FORMAT, **identified, "design": design}
    return hashlib.blake2b(json.dumps(content, sort_keys=True).encode(), digest_size=6).hexdigest()


def identity(job: Job) -> dict[str, Any]:
    """Everything that decides the numbers of a run, given its point, replicate and policy, as JSON-able data."""
    content = job.scenario.content()
    return {
        "package": {
            "version": __version__,
            "code": code_of_results(),
            "policies": {name: o.sha256 for name, o in outside_policies(job).items()},
        },
        "scenario": {
            key: value for key, value in content.items() if key not in ("policies", "replicates", "seed", "policy")
        },
        "parameters": policy_parameters(job),
        "world": world_hash(job.world),
        "seed": job.design.seed,
    }


def policy_parameters(job: Job) -> dict[str, Any]:
    """Parameters of every policy in the design at the scenario's defaults, by policy."""
    parts = dict.fromkeys(part for policy in job.design.policies for part in policy.split("+"))
    return {part: plain(job.scenario.build_policy(part).parameters.model_dump()) for part in parts}


def measures_of(job: Job) -> list[dict[str, Any]]:
    """Measures of the scenario as they act in this run: quarters counted from 0, sectors by label."""
    described = []
    for measure in job.scenario.measures_as_data():
        sectors = [job.world.sectors[j] for j in job.world.sector_indices(measure.sectors)] if measure.sectors else []
        described.append(plain(asdict(measure)) | {"sectors": sectors})
    return described


def describe_job(job: Job) -> dict[str, Any]:
    """Return the part of the manifest that is known before the first run, times and host apart."""
    scenario, world = job.scenario, job.world
    return {
        "format": FORMAT,
        "key": content_key(job),
        "identity": identity(job),
        "package": {"name": "coercion-sim", "version": __version__, "code": code_of_results()},
        "environment": environment(),
        "python": platform.python_version(),
        "dependencies": {name: number for name in _PACKAGES if (number := installed(name))},
        "scenario": {"name": scenario.name, "title": scenario.title}
        | {"content": scenario.content(), "source": scenario.source},
        "world": {"name": world.name, "sha256": world_hash(world)}
        | {name: list(getattr(world, name)) for name in ("states", "sectors")}
        | {name: dict(getattr(world, name)) for name in ("state_names", "sector_names")},
        "actors": {"coercer": scenario.coercer, "target": scenario.target},
        "quarters": [scenario.quarter_label(step) for step in range(scenario.quarters)],
        "measures": measures_of(job),
        "parameters": policy_parameters(job),
        "outside_policies": {name: asdict(origin) for name, origin in outside_policies(job).items()},
        "report": plain(scenario.report.model_dump()),
        "design": plain(job.design.described()),
    }


def world_hash(world: World) -> str:
    """SHA-256 over every field of a world: arrays by their bytes (little-endian), the rest as canonical JSON."""
    digest = hashlib.sha256()
    for field in fields(world):
        value = getattr(world, field.name)
        digest.update(f"{field.name}=".encode())
        if isinstance(value, np.ndarray):
            digest.update(f"{value.shape}".encode())
            digest.update(np.ascontiguousarray(value, dtype="<f8").tobytes())
        else:
            digest.update(json.dumps(plain(value), sort_keys=True).encode())
    return digest.hexdigest()


def code_of_results() -> str:
    """Hash of the code that decides the numbers."""
    return code_hash(ROOMS)


def outside_policies(job: Job) -> dict[str, Origin]:
    """Origin of every policy in the design that comes from a user's file, by name."""
    parts = sorted({part for policy in job.design.policies for part in policy.split("+")})
    kinds = {name: type(job.scenario.build_policy(name)) for name in parts}
    return {n: origin for n, kind in kinds.items() if kind not in BUILT_IN and (origin := origin_of(kind)) is not None}


# ------------------------------------------------------------------ on disk


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
    key: str
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
    path = _manifest_of(folder)
    try:
        document = read_json(path, what="manifest", largest=_LARGEST)
        version = document.data.get("format")
        if not {"format", "key", "identity"} & set(document.data):
            raise ResultsError(f"{path}: is not a manifest of results; name another folder")
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


def _manifest_of(folder: Path) -> Path:
    """Find the manifest of a folder; name what is near where it has none."""
    if not folder.is_dir():
        siblings = [p.name for p in folder.parent.iterdir() if p.is_dir()] if folder.parent.is_dir() else []
        close = nearest(folder.name, siblings)
        hint = f"; did you mean {folder.parent / close}?" if close else ""
        raise ResultsError(f"{folder}: no such results folder{hint}")
    path = folder / MANIFEST
    if not path.is_file():
        inside = sorted(p.parent for p in folder.glob(f"*/{MANIFEST}"))
        hint = f"; {len(inside)} inside it, the first {inside[0]}" if inside else ""
        raise ResultsError(f"{folder}: no {MANIFEST} in it, so no results folder{hint}")
    return path


def write_manifest(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Write the manifest of a results folder."""
    write_text(folder / MANIFEST, json.dumps(manifest, indent=1, ensure_ascii=False) + "\n")
