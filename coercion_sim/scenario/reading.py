"""Reading a scenario file and the files it extends."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from coercion_sim.errors import Problem, ScenarioError
from coercion_sim.files import Document, read_toml
from coercion_sim.scenario.library import resolve
from coercion_sim.scenario.merging import merge

_DEEPEST = 8
_EXAMPLE = "a scenario; `coercion-sim copy australia-2020 mine.toml` writes one to start from"


def read_document(name_or_path: str | Path, above: tuple[Path, ...] = ()) -> Document:
    """Read a scenario file and the files it extends.

    Raises
    ------
    ScenarioError
        For a file that is missing, no file, not text, not TOML or empty, and for `extends` that goes round in a circle.
    """
    path, shown = resolve(name_or_path, above[-1].parent if above else None)
    key = path.resolve()
    if key in above:
        chain = " -> ".join(p.name for p in (*above[above.index(key) :], key))
        raise ScenarioError(Problem("extends goes round in a circle", file=shown, key="extends", found=chain))
    if len(above) >= _DEEPEST:
        raise ScenarioError(Problem(f"more than {_DEEPEST} files extend one another", file=shown, key="extends"))
    document = read_toml(path, shown, what="scenario", example=_EXAMPLE, error=ScenarioError)
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", path.stem).lstrip("._-") or "scenario"
    data = {"name": name, **document.data}
    parent = data.pop("extends", None)
    document = replace(document, data=data, written=data)
    if parent is None:
        return document
    if not isinstance(parent, str) or not parent:
        raise ScenarioError(document.problem(("extends",), "must name a shipped scenario or a file", parent))
    try:
        base = read_document(parent, (*above, key))
    except ScenarioError as error:
        here = document.origin(("extends",))
        lost = [
            Problem(f"cannot extend {parent!r}: {p}", file=here[0], line=here[1], key="extends") for p in error.problems
        ]
        raise ScenarioError(lost) from None
    return merge(base, document)
