"""Changes between two manifests: what keeps experiments from sharing runs, what differs in their environment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from coercion_sim.environment import KERNELS, environments_differ

#: Differences listed at most.
_MOST = 12


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
