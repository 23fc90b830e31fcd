"""Reading a recipe: laid over its base, single values replaced, checked against itself."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

from coercion_sim.errors import Problem, WorldError, nearest
from coercion_sim.files import Document, KeyPath, Table, lay, read_toml, validate
from coercion_sim.world.build.recipe import WorldSpec

#: Tables that a recipe may leave out, empty.
_OPTIONAL: Mapping[str, dict[str, Any]] = {
    key: {} for key, field in WorldSpec.model_fields.items() if isinstance(field.default, Table)
}


def read_spec(path: Path, changes: Mapping[str, Any] | None = None) -> WorldSpec:
    """Read and check a recipe; `changes` replaces single values, e.g. ``{"logs.grade": "all"}``.

    A key of `changes` is a dotted path; an element of a list of tables is named by its `id`, and a path that starts
    with the id of a state, sector or product needs nothing before it.

    Raises
    ------
    WorldError
        With file, line and key of everything wrong.
    """
    document = _read_recipe(path)
    for key, value in (changes or {}).items():
        document = document.with_value(_place(document.data, key), value, "--set")
    spec, problems = validate(WorldSpec, document)
    if spec is None or (problems := _contradictions(spec, document)):
        raise WorldError(problems)
    return spec


def _read_recipe(path: Path, above: tuple[Path, ...] = ()) -> Document:
    """Read a recipe, laid over the one that its key `base` names (a path from its own folder), if it has one.

    Tables are laid over key by key; lists (states, sectors, products, sources, notes) are replaced whole. An empty
    value takes an entry of `competitors`, `groups` or `gdp_reasons` away. Files `own` to the base stay beside the base.
    """
    document = read_toml(path, what="recipe", error=WorldError)
    data = dict(document.data)
    name = data.pop("base", None)
    if name is None:
        return document
    below = path.parent / name if isinstance(name, str) else path
    if below.resolve() in (path.resolve(), *above):
        raise WorldError(document.problem(("base",), "must name another recipe", name))
    base = _read_recipe(below, (*above, path.resolve()))
    laid, origins = copy.deepcopy(base.data), dict(base.origins)
    own = laid.get("own")
    if isinstance(own, dict):
        folder = PurePosixPath(name).parent
        laid["own"] = {key: (folder / str(file)).as_posix() for key, file in own.items()}
    lay(laid, origins, data, document.origins)
    for table in ("competitors", "groups", "gdp_reasons"):
        if isinstance(laid.get(table), dict):
            laid[table] = {key: value for key, value in laid[table].items() if value not in ("", [])}
    return replace(document, data=laid, written=laid, moved=origins, laid={})


def _place(data: Mapping[str, Any], dotted: str) -> KeyPath:
    """Turn a dotted key into a path of the data: entries of lists by their `id` become positions."""
    data = {**_OPTIONAL, **data}
    parts = dotted.split(".")
    path: tuple[str | int, ...] = ()
    here: Any = data
    if parts[0] not in data:
        listed = ((key, row) for key in ("states", "sectors", "products") for row in _positions(data.get(key, ())))
        key = next((key for key, row in listed if row == parts[0]), None)
        path, here = ((key,), data[key]) if key is not None else ((), data)
    for part in parts[:-1]:
        known = _positions(here) if isinstance(here, list) else here if isinstance(here, dict) else {}
        if part not in known:
            near = nearest(part, map(str, known))
            raise WorldError(Problem("no such key in the recipe", key=dotted, found=part, suggestion=near))
        step = known[part] if isinstance(here, list) else part
        path, here = (*path, step), here[step]
    if not isinstance(here, dict):
        raise WorldError(Problem("names no single value of the recipe", key=dotted))
    return (*path, parts[-1])


def _positions(rows: Any) -> dict[str, int]:
    """Position of each entry of a list of tables by its `id`."""
    return {row["id"]: i for i, row in enumerate(rows) if isinstance(row, dict) and "id" in row}


def _contradictions(spec: WorldSpec, document: Document) -> list[Problem]:
    """List what types cannot catch: labels twice, products without parent, users or classes nobody declared."""
    problems = [document.problem(path, "listed twice", label) for path, label in _repeated(spec)]
    if sum(state.rest for state in spec.states) > 1:
        problems.append(document.problem(("states", "rest"), "only one state can be the rest of the world", "several"))
    problems += [
        document.problem(path, f"unknown {what}", label, None, nearest(label, known))
        for path, what, label, known in _references(spec)
        if label not in known
    ]
    if spec.products and spec.data.products is None and spec.own.products is None:
        problems.append(document.problem(("data", "products"), "products need a file of facts", "nothing"))
    if spec.home is not None and len(spec.items) > 1:
        few = "home sales are known for a world of one sector only"
        problems.append(document.problem(("home",), few, f"{len(spec.items)} sectors"))
    return problems


def _repeated(spec: WorldSpec) -> Iterator[tuple[KeyPath, str]]:
    """Every label listed more than once, with its place."""
    listed: tuple[tuple[KeyPath, tuple[str, ...]], ...] = (
        (("states",), spec.state_ids),
        (("states", "members"), tuple(m for state in spec.states for m in state.economies)),
        (("sectors",), spec.sector_ids),
        (("sectors", "code"), tuple(code for sector in spec.sectors for code in sector.codes)),
    )
    for path, labels in listed:
        yield from ((path, label) for label, times in sorted(Counter(labels).items()) if times > 1)


def _references(spec: WorldSpec) -> Iterator[tuple[KeyPath, str, str, tuple[str, ...]]]:
    """Every label that must name another entry of the recipe: its place, the kind of entry, and the labels declared."""
    codes = tuple(code for sector in spec.sectors for code in sector.codes)
    for i, product in enumerate(spec.products):
        yield ("products", i, "parent"), "parent sector", product.parent, codes
    for key, items in (("sectors", spec.sectors), ("products", spec.products)):
        for i, item in enumerate(items):
            classes = tuple(spec.elasticity.classes)
            yield (key, i, "elasticity_class"), "elasticity class", item.elasticity_class, classes
            for user in item.users or ():
                yield (key, i, "users"), "user", user, spec.sector_ids
    for code in spec.split.fob_factor:
        yield ("split", "fob_factor"), "sector", code, codes
    for state in spec.gdp_reasons:
        yield ("gdp_reasons",), "state", state, spec.state_ids
    for state, rivals in spec.competitors.items():
        for label in (state, *rivals):
            yield ("competitors",), "state", label, spec.state_ids
