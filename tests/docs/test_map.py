"""The map of the code is true: every file that the model page and the architecture page name exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import coercion_sim

PACKAGE = Path(coercion_sim.__file__).resolve().parent
DOCS = Path(__file__).resolve().parents[2] / "docs"
FILES = {p.relative_to(PACKAGE).as_posix() for p in PACKAGE.rglob("*.py")}
#: Folders named on the pages that stand beside the package.
OTHER = ("tests/", "benchmarks/", "coercion_sim/")

pytestmark = pytest.mark.skipif(not DOCS.is_dir(), reason="documentation not beside the tests")


def missing(page: str) -> list[str]:
    """Names of files and folders on a page that the package does not have."""
    text = (DOCS / page).read_text(encoding="utf-8")
    names = set(re.findall(r"[\w/]+\.py\b", text))
    names |= set(re.findall(r"(?<![\w/.])[a-z_]+/(?:[a-z_]+/)*(?![\w.(])", text))
    gone = []
    for name in sorted(n for n in names if not n.startswith(OTHER)):
        there = any(f"/{path}".endswith(f"/{name}") for path in FILES)
        if not there and not (name.endswith("/") and any(f"/{name}" in f"/{path}" for path in FILES)):
            gone.append(name)
    return gone


@pytest.mark.parametrize("page", ["architecture.md", "model.md"])
def test_every_file_named_on_the_page_exists(page: str) -> None:
    assert missing(page) == []


def test_every_function_named_beside_an_equation_exists() -> None:
    """``kernel.prices`` on the model page is a function of kernel.py."""
    text = (DOCS / "model.md").read_text(encoding="utf-8")
    for module, function in re.findall(r"\b(kernel|prepare|adjustment)\.(\w+)\b(?!\.py)", text):
        if function == "py":
            continue
        source = (PACKAGE / "economy" / f"{module}.py").read_text(encoding="utf-8")
        assert f"def {function}(" in source, f"{module}.{function}"


def test_every_room_stands_on_the_architecture_page() -> None:
    text = (DOCS / "architecture.md").read_text(encoding="utf-8")
    rooms = {path.partition("/")[0] for path in FILES} - {"__init__.py", "__main__.py"}
    assert [r for r in rooms if f"`{r}`" not in text and f"`{r}/`" not in text] == []
