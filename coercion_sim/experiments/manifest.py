"""What an experiment is (its content key) and where it came from (its manifest)."""

from __future__ import annotations

import hashlib
import json
import math
import platform
from collections.abc import Mapping
from dataclasses import asdict, fields
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

import numpy as np

from coercion_sim.files import code_hash
from coercion_sim.policies import Origin, origin_of

if TYPE_CHECKING:
    from coercion_sim.experiments.job import Job
    from coercion_sim.world import World

#: Version of the layout of a results folder; a folder of another version is refused, not guessed at.
FORMAT = 2
MANIFEST = "manifest.json"

#: Rooms whose code decides the numbers, and the packages that do.
_ROOMS = (
    "rng.py",
    "outcomes.py",
    "world",
    "economy",
    "games",
    "policies",
    "scenario",
    "dispute",
    "model",
    "experiments",
)
_PACKAGES = ("numpy", "scipy", "mesa", "pandas", "pydantic", "pyarrow", "loky", "click", "rich", "matplotlib")


def content_key(job: Job) -> str:
    """Short key of everything that decides the results: the same experiment, the same key, wherever it runs.

    The first 12 hexadecimal digits of the BLAKE2b hash of the scenario's content (overrides included), the world's
    arrays, the design, and the package's version and code. Workers, formats, times and hosts are no part of it.
    """
    what = {"format": FORMAT, **identity(job), "design": job.design.described()}
    return hashlib.blake2b(json.dumps(what, sort_keys=True).encode(), digest_size=6).hexdigest()


def identity(job: Job) -> dict[str, Any]:
    """Everything that decides what a run's numbers are, given its point, replicate and policy, as JSON-able data."""
    content = plain(job.scenario.content())
    return {
        "package": {
            "version": package_version(),
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
    """The part of the manifest that is known before the first run, times and host apart."""
    scenario, world = job.scenario, job.world
    return {
        "format": FORMAT,
        "key": content_key(job),
        "identity": identity(job),
        "package": {"name": "coercion-sim", "version": package_version(), "code": code_of_results()},
        "python": platform.python_version(),
        "dependencies": dependency_versions(),
        "scenario": {
            "name": scenario.name,
            "title": scenario.title,
            "content": plain(scenario.content()),
            "source": plain(scenario.source),
        },
        "world": {
            "name": world.name,
            "sha256": world_hash(world),
            "states": list(world.states),
            "sectors": list(world.sectors),
            "state_names": dict(world.state_names),
            "sector_names": dict(world.sector_names),
        },
        "actors": {"coercer": scenario.coercer, "target": scenario.target},
        "quarters": [scenario.quarter_label(step) for step in range(scenario.quarters)],
        "measures": measures_of(job),
        "parameters": policy_parameters(job),
        "outside_policies": {name: asdict(origin) for name, origin in outside_policies(job).items()},
        "report": plain(scenario.report.model_dump()),
        "design": plain(job.design.described()),
    }


def plain(value: Any) -> Any:
    """JSON without surprises: tuples as lists, numpy numbers as Python's, infinities and NaN as words, keys as text."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        items = sorted(value) if isinstance(value, set | frozenset) else value
        return [plain(item) for item in items]
    if isinstance(value, np.generic | np.ndarray):
        return plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return str(value)


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
    return code_hash(_ROOMS)


def package_version() -> str:
    """Version of coercion-sim as installed; ``unknown`` from a bare checkout."""
    return _version("coercion-sim") or "unknown"


def dependency_versions() -> dict[str, str]:
    """Versions of the packages the results rest on."""
    found = {name: _version(name) for name in _PACKAGES}
    return {name: number for name, number in found.items() if number}


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def outside_policies(job: Job) -> dict[str, Origin]:
    """Where every policy in the design that is not the package's own came from, by name."""
    parts = sorted({part for policy in job.design.policies for part in policy.split("+")})
    found = {name: origin_of(type(job.scenario.build_policy(name))) for name in parts}
    return {name: origin for name, origin in found.items() if origin is not None}
