"""What changed between what a folder holds and what is asked of it now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

#: Most differences listed.
_MOST = 12


def changes_between(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Say what decides the numbers and is not the same in two manifests, one line each; empty where runs can be shared.

    Policies, points and replicates may be added, a precision may be tightened. Scenario, world, code, seed, the
    parameters of policies in both, what is drawn rather than varied, and which tables are kept may not change.
    """
    found = list(_differences("", old["identity"], new["identity"]))
    found += _precision(old["design"]["precision"], new["design"]["precision"])
    for key in ("seed", "drawn", "uncertain", "tables"):
        found += _differences(f"design.{key}", old["design"][key], new["design"][key])
    varied = [sorted(path for block in m["design"]["blocks"] for path in block["paths"]) for m in (old, new)]
    found += _differences("design.varied", *varied)
    return found[:_MOST] + ([f"and {len(found) - _MOST} more"] if len(found) > _MOST else [])


def _differences(path: str, old: Any, new: Any) -> Iterator[str]:
    """Leaves that differ; of the parameters of policies, only of those in both."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in dict.fromkeys((*old, *new)):
            both = key in old and key in new
            if both or path not in ("parameters", "package.policies"):
                yield from _differences(f"{path}.{key}".lstrip("."), old.get(key), new.get(key))
    elif old != new:
        yield f"{path}: {_shown(old)}, now {_shown(new)}"


def _precision(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> Iterator[str]:
    """Whether a precision asks for no less than before: else runs there are would not belong."""
    if old is None or new is None:
        if old != new:
            yield f"design.precision: {_shown(old)}, now {_shown(new)}"
        return
    tighter = new["half_width"] <= old["half_width"] and new["at_most"] >= old["at_most"]
    if not tighter or new["confidence"] < old["confidence"] or (new["until"], new["of"]) != (old["until"], old["of"]):
        yield f"design.precision: {_shown(old)}, now {_shown(new)} (it may only be tightened)"


def _shown(value: Any) -> str:
    """A value in a line; long ones (hashes) cut."""
    if value is None:
        return "nothing"
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
