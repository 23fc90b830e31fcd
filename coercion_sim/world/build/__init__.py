"""From a recipe and a folder of data to a world."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from coercion_sim.world.build.pipeline import build
from coercion_sim.world.build.report import readme
from coercion_sim.world.saving import save_world
from coercion_sim.world.world import World


def build_world(spec: str | Path, data: str | Path, changes: Mapping[str, Any] | None = None) -> World:
    """Build a world from a recipe (TOML) and a folder laid out as the recipe's ``[data]`` says.

    Economies are added up to states, products fitted and taken out of their sectors, published input shares put on
    the result and capped so that final demand is nowhere negative (model.md §1), attributes attached; every repair
    is in ``world.repairs``.

    Parameters
    ----------
    spec
        The recipe, e.g. ``scenarios/worlds/pacific-2019/build.toml``.
    data
        Folder with the files the recipe names.
    changes
        Values of the recipe to replace, by dotted path, e.g. ``{"logs.grade": "all"}`` for the home share of all logs.

    Raises
    ------
    WorldError
        For a recipe or data that are missing, malformed or contradict each other, with file, line and key.
    """
    return build(Path(spec), Path(data), changes).world


def build_world_folder(
    spec: str | Path, data: str | Path, out: str | Path, changes: Mapping[str, Any] | None = None
) -> tuple[World, Path]:
    """Build a world, write it with its README as folder `out`, and return both; nothing is written if it fails."""
    built = build(Path(spec), Path(data), changes)
    text = readme(built, changes or {})
    return built.world, save_world(built.world, out, labels=built.source_labels, readme=text)
