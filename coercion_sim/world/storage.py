"""Worlds on disk: a folder with ``labels.toml`` (words), ``arrays.npz`` (numbers) and ``README.md`` (sources)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from coercion_sim.arrays import Array
from coercion_sim.errors import Problem, WorldError
from coercion_sim.files import (
    guarded,
    read_arrays,
    toml_block,
    toml_list,
    toml_table,
    toml_text,
    write_arrays,
    write_text,
)
from coercion_sim.world.labels import (
    ARRAYS_FILE,
    FORMAT,
    LABELS_FILE,
    README_FILE,
    SourceLabels,
    read_labels,
    world_folder,
)
from coercion_sim.world.world import World

#: Arrays every world has, and those it may have.
REQUIRED = ("flows", "value_added_share", "input_share", "tariff", "trade_elasticity")
OPTIONAL = ("final_share", "value_added", "gdp_recorded", "ideal_point", "democracy")
_SET = "elasticity_set."
#: Labels that a world has too.
_WORDS = (
    "name", "states", "sectors", "alliances", "groups", "competitors", "state_names", "sector_names", "tags", "year",
    "repairs",
)  # fmt: skip


# ---------------------------------------------------------------------------------------------- reading


def load_world(name_or_path: str | Path) -> World:
    """Load a shipped world by name, or the world in a folder.

    Loading repairs nothing: what is wrong is refused, all at once.

    Raises
    ------
    WorldError
        Missing, empty or unreadable files, missing or unknown arrays, wrong shapes, negative flows, shares that miss 1
        by more than 1e-6, negative final demand; each with its file and key.
    """
    folder = world_folder(name_or_path)
    labels = read_labels(folder)
    path = folder / ARRAYS_FILE
    arrays = {key: array.astype(np.float64) for key, array in read_arrays(path, WorldError, kinds="fiu").items()}
    wanted = (*REQUIRED, *labels.attributes, *(_SET + name for name in labels.elasticity_sets))
    problems = [Problem("array missing", file=str(path), key=key) for key in wanted if key not in arrays]
    problems += [
        Problem(f"array that {LABELS_FILE} does not announce", file=str(path), key=key)
        for key in sorted(arrays)
        if key not in wanted
    ]
    WorldError.refuse(problems)
    fields: dict[str, Any] = {key: getattr(labels, key) for key in _WORDS}
    fields |= {key: arrays[key] for key in (*REQUIRED, *labels.attributes)}
    try:
        with guarded(path, "world", WorldError):
            return World(**fields, elasticity_sets={x: arrays[_SET + x] for x in labels.elasticity_sets})
    except WorldError as error:
        raise WorldError(replace(problem, file=str(path)) for problem in error.problems) from None


# ---------------------------------------------------------------------------------------------- writing


def save_world(
    world: World, folder: str | Path, *, labels: SourceLabels | None = None, readme: str | None = None
) -> Path:
    """Write a world as a folder; the same world gives the same bytes. Returns the folder.

    Files are written whole: under a temporary name, synced, renamed. `labels` are those of the source; `read_labels` of
    a world gives its own, so that it can be saved again unchanged. `readme` is the text of README.md, by default short.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    labels = labels or SourceLabels(title=world.name)
    text = readme if readme is not None else _short_readme(world, labels)
    write_arrays(folder / ARRAYS_FILE, _arrays_of(world))
    write_text(folder / README_FILE, text)
    write_text(folder / LABELS_FILE, _labels_toml(world, labels))
    return folder


def _arrays_of(world: World) -> dict[str, Array]:
    arrays = {key: np.asarray(getattr(world, key)) for key in REQUIRED}
    arrays |= {key: np.asarray(getattr(world, key)) for key in OPTIONAL if getattr(world, key) is not None}
    arrays |= {_SET + name: np.asarray(theta) for name, theta in world.elasticity_sets.items()}
    return {key: array.astype("<f8") for key, array in arrays.items()}


# ---------------------------------------------------------------------------------------------- labels as TOML


def _labels_toml(world: World, labels: SourceLabels) -> str:
    """Labels of a world as TOML text, one entry a line."""
    name = "".join(c for c in world.name if c.isprintable())  # a comment takes no line ends
    lines = [
        f"# Labels of the world {name}; its numbers are in {ARRAYS_FILE}, its sources in {README_FILE}.",
        "# Written by coercion-sim: change the recipe and build again rather than this file.",
        f"format = {FORMAT}",
        f"name = {toml_text(world.name)}",
        f"title = {toml_text(labels.title)}",
    ]
    if world.year is not None:
        lines.append(f"year = {world.year}")
    attributes = [key for key in OPTIONAL if getattr(world, key) is not None]
    lines += [f"attributes = {toml_list(attributes)}", f"elasticity_sets = {toml_list(tuple(world.elasticity_sets))}"]
    lines += toml_block("repairs", [toml_text(x) for x in world.repairs])
    lines += toml_block("states", [toml_table({"id": s, "name": world.state_names.get(s, s)}) for s in world.states])
    lines += toml_block("sectors", [toml_table(_sector_entry(world, labels, s)) for s in world.sectors])
    keys = ("a", "b", "type", "strength", "since", "commitment")
    lines += toml_block("alliances", [toml_table({key: getattr(x, key) for key in keys}) for x in world.alliances])
    for title, table in (("groups", world.groups), ("competitors", world.competitors)):
        lines += ["", f"[{title}]", *(f"{toml_text(key)} = {toml_list(members)}" for key, members in table.items())]
    return "\n".join(lines) + "\n"


def _sector_entry(world: World, labels: SourceLabels, sector: str) -> dict[str, str | float | Sequence[str]]:
    entry: dict[str, str | float | Sequence[str]] = {"id": sector, "name": world.sector_names.get(sector, sector)}
    for key, table in (("code", labels.codes), ("parent", labels.parents), ("class", labels.classes)):
        if sector in table:
            entry[key] = table[sector]
    entry["tags"] = tuple(world.tags.get(sector, ()))
    return entry


def _short_readme(world: World, labels: SourceLabels) -> str:
    S, N = world.shape
    repairs = "\n".join(f"- {x}" for x in world.repairs) or "None."
    title = labels.title or world.name
    return f"# {world.name}\n\n{title}. {N} states, {S} sectors; US$ million a year.\n\n## Repairs\n\n{repairs}\n"
