"""Worlds written: a folder with ``labels.toml`` (words), ``arrays.npz`` (numbers) and ``README.md`` (sources)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from coercion_sim.arrays import Array
from coercion_sim.errors import Problem, WorldError
from coercion_sim.files import toml_block, toml_list, toml_table, toml_text, write_arrays, write_text
from coercion_sim.world.labels import ARRAYS_FILE, FORMAT, LABELS_FILE, README_FILE, SourceLabels
from coercion_sim.world.world import OPTIONAL, REQUIRED, SET, World


def save_world(
    world: World, folder: str | Path, *, labels: SourceLabels | None = None, readme: str | None = None
) -> Path:
    """Write a world as a folder; the same world gives the same bytes. Returns the folder.

    Files are written whole: under a temporary name, synced, renamed. `labels` are those of the source; `read_labels` of
    a world gives its own, so that it can be saved again unchanged. `readme` is the text of README.md, by default short.

    Raises
    ------
    WorldError
        Where the folder holds a README.md and no world: it is somebody's own.
    """
    folder = Path(folder)
    # The arrays are written first: a folder with any of a world's other files is one, finished or not.
    if (folder / README_FILE).exists() and not any((folder / name).exists() for name in (ARRAYS_FILE, LABELS_FILE)):
        text = f"holds a {README_FILE} and no world, and would lose it"
        raise WorldError(Problem(text, file=str(folder), allowed="another folder, or a new one"))
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
    arrays |= {SET + name: np.asarray(theta) for name, theta in world.elasticity_sets.items()}
    return {key: array.astype("<f8") for key, array in arrays.items()}


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
