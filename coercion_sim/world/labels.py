"""The labels of a world, read from its small text file alone: what `list`, `check` and `--help` need, without numpy."""

from __future__ import annotations

from pathlib import Path

from coercion_sim.errors import Problem, WorldError, nearest
from coercion_sim.files import read_toml
from coercion_sim.world.labels_reader import FORMAT, LabelsReader, WorldLabels

LABELS_FILE = "labels.toml"
ARRAYS_FILE = "arrays.npz"
README_FILE = "README.md"

__all__ = [
    "ARRAYS_FILE",
    "FORMAT",
    "LABELS_FILE",
    "README_FILE",
    "WorldLabels",
    "list_worlds",
    "read_labels",
    "world_folder",
]


def _shelves() -> tuple[Path, ...]:
    """Folders that hold shipped worlds: inside the installed package, then beside a source checkout."""
    here = Path(__file__).resolve()
    return here.parents[1] / "_shipped" / "scenarios" / "worlds", here.parents[2] / "scenarios" / "worlds"


def list_worlds() -> tuple[str, ...]:
    """Names of the shipped worlds, sorted."""
    found = {path.parent.name for shelf in _shelves() if shelf.is_dir() for path in shelf.glob(f"*/{LABELS_FILE}")}
    return tuple(sorted(found))


def world_folder(name: str | Path) -> Path:
    """Folder of a world: a bare name is a shipped one, anything with a separator (or a `Path`) is a path.

    Raises
    ------
    WorldError
        When there is no such world or folder; says which there are.
    """
    text = str(name)
    if isinstance(name, Path) or "/" in text or "\\" in text or text in (".", "..") or text.endswith(".toml"):
        folder = Path(name)
        if folder.is_dir():
            return folder
        message = (
            "is a file; a world is a folder with labels.toml and arrays.npz"
            if folder.exists()
            else "no such folder of a world"
        )
        raise WorldError(Problem(message, file=str(folder)))
    for shelf in _shelves():
        if text and (shelf / text / LABELS_FILE).is_file():
            return shelf / text
    known = list_worlds()
    raise WorldError(
        Problem(
            "unknown world",
            found=repr(text),
            allowed=f"{', '.join(known) or 'none is shipped'}, or the path of a folder such as ./{text or 'my-world'}",
            suggestion=nearest(text, known),
        )
    )


def read_labels(name: str | Path) -> WorldLabels:
    """Read the labels of a shipped world or of the world in a folder.

    Raises
    ------
    WorldError
        With file, line and key of everything wrong: missing or empty file, binary noise, broken TOML, missing keys,
        wrong types, labels listed twice or unknown.
    """
    path = world_folder(name) / LABELS_FILE
    reader = LabelsReader(path, read_toml(path))
    labels = reader.labels()
    if reader.problems or labels is None:
        raise WorldError(reader.problems)
    return labels
