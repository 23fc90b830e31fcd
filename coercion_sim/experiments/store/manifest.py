"""The manifest: content key, everything that decides the numbers, their origin, and what two manifests share."""

from __future__ import annotations

import hashlib
import json
import platform
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from coercion_sim.environment import KERNELS, __version__, environment, environments_differ, installed
from coercion_sim.files import code_hash, plain
from coercion_sim.policies import BUILT_IN, Origin, origin_of

if TYPE_CHECKING:
    from coercion_sim.experiments.design.design import Job
    from coercion_sim.world import World

#: Version of the layout of a results folder; folders of another version are refused.
FORMAT = 3
MANIFEST = "manifest.json"

#: Rooms whose code decides the numbers, and the packages that do.
ROOMS = (
    "rng.py",
    "environment.py",
    "arrays.py",
    "intervals.py",
    "outcomes.py",
    "files",
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

#: Differences listed at most.
_MOST = 12


def content_key(job: Job) -> str:
    """Short key of everything that decides the results: the same experiment has the same key wherever it runs.

    The first 12 hexadecimal digits of the BLAKE2b hash of the scenario's content (overrides included), the world's
    arrays, the design, and the package's version and code. Workers, formats, times and hosts are no part of it.
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
        "scenario": {
            "name": scenario.name,
            "title": scenario.title,
            "content": scenario.content(),
            "source": scenario.source,
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


# ------------------------------------------------------------------ two manifests


def changes_between(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """List the differences that keep two experiments from sharing runs, one line each; empty where they can.

    Policies, points and replicates may be added, and a stopping rule tightened. Scenario, world, code, seed, the
    parameters of policies in both, the split into drawn and varied parameters, and the tables kept may not change.
    """
    changes = list(_differences("", old["identity"], new["identity"]))
    changes += _loosened(old["design"]["stopping"], new["design"]["stopping"])
    for key in ("seed", "drawn", "uncertain", "tables"):
        changes += _differences(f"design.{key}", old["design"][key], new["design"][key])
    varied = [sorted(path for block in m["design"]["blocks"] for path in block["paths"]) for m in (old, new)]
    changes += _differences("design.varied", *varied)
    return changes[:_MOST] + ([f"and {len(changes) - _MOST} more"] if len(changes) > _MOST else [])


def environment_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """List the versions that differ between two manifests, and apart from them the processor's kernels."""
    changed = environments_differ(environment_of(old), environment_of(new))
    lines = {name: f"{name}: {change}" for name, change in changed.items()}
    kernels = lines.pop(KERNELS, None)
    return list(lines.values()), [kernels] if kernels else []


def environment_of(manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    """Environment of results; manifests without one have the versions of numpy and scipy among their dependencies."""
    listed = manifest.get("dependencies", {})
    return manifest.get("environment") or {name: listed[name] for name in ("numpy", "scipy") if name in listed}


def _differences(path: str, old: Any, new: Any) -> Iterator[str]:
    """Yield the leaves that differ; of the parameters of policies, only of those in both."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in dict.fromkeys((*old, *new)):
            both = key in old and key in new
            if both or path not in ("parameters", "package.policies"):
                yield from _differences(f"{path}.{key}".lstrip("."), old.get(key), new.get(key))
    elif old != new:
        yield f"{path}: {_spelt(old)}, now {_spelt(new)}"


def _loosened(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> Iterator[str]:
    """Yield the change of a stopping rule that could end before runs already done."""
    if old is None or new is None:
        if old != new:
            yield f"design.stopping: {_spelt(old)}, now {_spelt(new)}"
        return
    tighter = new["half_width"] <= old["half_width"] and new["at_most"] >= old["at_most"]
    if not tighter or new["confidence"] < old["confidence"] or (new["until"], new["of"]) != (old["until"], old["of"]):
        yield f"design.stopping: {_spelt(old)}, now {_spelt(new)} (it may only be tightened)"


def _spelt(value: Any) -> str:
    """Spell a value on one line, cutting long ones (hashes)."""
    if value is None:
        return "nothing"
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def stopwatch() -> Callable[[str | None], dict[str, Any]]:
    """Start timing; the function returned gives the entries of the manifest: the start, with a host also the end."""
    began, tick = datetime.now(UTC), time.perf_counter()

    def times(host: str | None) -> dict[str, Any]:
        start = {"started": began.isoformat(timespec="seconds")}
        if host is None:
            return start
        end = datetime.now(UTC).isoformat(timespec="seconds")
        return start | {"finished": end, "seconds": round(time.perf_counter() - tick, 3), "host": host}

    return times
