"""The notebooks run from top to bottom, and what they show is what is committed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

NOTEBOOKS = Path(__file__).parents[2] / "docs" / "notebooks"
#: Changes with every change of the code: it is a part of what a key identifies.
_KEY = re.compile(r"\b[0-9a-f]{12}\b")


def outputs(notebook: Any) -> list[list[tuple[str, str]]]:
    """What each cell shows as text and tables, and that it shows a picture; keys of runs masked."""
    found = []
    for cell in notebook.cells:
        shown = []
        for output in cell.get("outputs", ()):
            data = {"stream": output.get("text", "")} if output.output_type == "stream" else output.get("data", {})
            shown += [
                (kind, "" if kind == "image/png" else _KEY.sub("KEY", value)) for kind, value in sorted(data.items())
            ]
        found.append(shown)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_a_notebook_shows_what_is_committed_when_run_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nbformat = pytest.importorskip("nbformat", reason="nbformat is not installed (extra `test`)")
    pytest.importorskip("nbclient", reason="nbclient is not installed (extra `test`)")
    pytest.importorskip("ipykernel", reason="ipykernel is not installed (extra `test`)")
    monkeypatch.syspath_prepend(str(NOTEBOOKS))
    from execute import executed  # type: ignore[import-not-found]

    committed = nbformat.read(path, as_version=4)
    again = executed(path)
    assert not [o for cell in again.cells for o in cell.get("outputs", ()) if o.output_type == "error"]
    assert outputs(again) == outputs(committed)
    assert sum(kind == "image/png" for shown in outputs(again) for kind, _ in shown) >= 5


def test_committed_notebooks_hold_no_path_of_a_machine() -> None:
    for path in NOTEBOOKS.glob("*.ipynb"):
        assert not re.search(r"/(home|root|tmp|work|Users)/", path.read_text("utf-8"))
