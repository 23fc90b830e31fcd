"""Laying a scenario file over the one it extends."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from coercion_sim.files import Document, KeyPath, Origin
from coercion_sim.scenario.schema.tables import SIZE_KEYS
from coercion_sim.scenario.schema.uncertain import looks_uncertain


def merge(base: Document, child: Document) -> Document:
    """Lay a file over the one it extends: tables key by key, measures by name, everything else replaced."""
    data = copy.deepcopy(base.data)
    origins = dict(base.origins)

    def put(target: dict[str, Any], value: Mapping[str, Any], to: KeyPath, source: KeyPath) -> None:
        for key, item in value.items():
            old = target.get(key)
            if isinstance(old, dict) and isinstance(item, dict) and not looks_uncertain(old):
                put(old, item, (*to, key), (*source, key))
            else:
                target[key] = copy.deepcopy(item)
                _move(origins, child.origins, (*to, key), (*source, key))

    own = {key: item for key, item in child.data.items() if key != "measures"}
    put(data, own, (), ())
    new, old = child.data.get("measures", []), data.setdefault("measures", [])
    if not isinstance(new, list) or not isinstance(old, list):
        data["measures"] = new
        _move(origins, child.origins, ("measures",), ("measures",))
    else:
        at = {m["name"]: i for i, m in enumerate(old) if isinstance(m, dict) and isinstance(m.get("name"), str)}
        for i, measure in enumerate(new):
            name = measure.get("name") if isinstance(measure, dict) else None
            where = at.pop(name, None) if isinstance(name, str) else None  # popped: a second of that name is a mistake
            if where is not None:
                target = old[where]
                if measure.get("kind", target.get("kind")) != target.get("kind"):
                    for size in SIZE_KEYS:
                        target.pop(size, None)
                put(target, measure, ("measures", where), ("measures", i))
            else:
                old.append(copy.deepcopy(measure))
                _move(origins, child.origins, ("measures", len(old) - 1), ("measures", i))
    folder = child.folder if "world" in child.data else base.folder
    return replace(child, folder=folder, data=data, moved=origins, written=data)


def _move(origins: dict[KeyPath, Origin], new: Mapping[KeyPath, Origin], to: KeyPath, source: KeyPath) -> None:
    """Replace the places noted under one path by those under another."""
    for path in [p for p in origins if p[: len(to)] == to]:
        del origins[path]
    origins.update({(*to, *p[len(source) :]): o for p, o in new.items() if p[: len(source)] == source})
