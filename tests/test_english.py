"""Plain English in docstrings, comments, messages and docs: phrases and names the project does without.

    python -m tests.test_english [ROOM ...]

prints every place. The words stand in CONTRIBUTING.md under "English".
"""

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import coercion_sim

PACKAGE = Path(coercion_sim.__file__).resolve().parent
ROOT = Path(__file__).resolve().parents[1]

_PHRASES = (
    r"told|said|hears?|heard|hands? out|of (?:its|their) own accord|(?:who|what|which) is asked|of which|nobody knows"
    r"|there (?:is|are|was|were)|what (?:it|they|there|he|this|that) (?:is|are|was|were)"
)
PHRASES = re.compile(r"\b(?:" + _PHRASES.replace(" ", r"[\s#]+") + r")\b", re.IGNORECASE)
#: The field of a problem that holds the user's value keeps its name.
PROBLEM = ("errors.py", "found")
#: Names of files, functions, classes, arguments and variables.
NAMES = {"feed", "held", "making", "shown", "extra", "elsewhere", "beside", "found", "strange", "told", "said", "asked"}
#: Places left in each room. A number may only fall, and the last one takes the room off the list.
ALLOWED: dict[str, int] = {
    "README.md": 0,
    "analysis": 0,
    "app": 0,
    "cli": 0,
    "dispute": 0,
    "docs": 0,
    "economy": 0,
    "errors": 0,
    "experiments": 0,
    "figures": 0,
    "files": 0,
    "games": 0,
    "model": 0,
    "outcomes": 0,
    "policies": 0,
    "report": 0,
    "scenario": 0,
    "testing": 0,
    "world": 0,
}


def phrases(text: str) -> Iterator[tuple[int, str]]:
    """(line, phrase) for each phrase in a text, also across a line break."""
    for match in PHRASES.finditer(text):
        yield text.count("\n", 0, match.start()), " ".join(match.group().split())


def prose(source: str) -> Iterator[tuple[int, str]]:
    """(line, text) of every docstring, message and comment of a Python file; neighbouring comments are one text."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
            yield node.lineno, node.value
    first, comment = 0, ""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type != tokenize.COMMENT:
            continue
        line = token.start[0]
        if not comment or line != first + comment.count("\n") + 1:
            yield first, comment
            first, comment = line, token.string
        else:
            comment += f"\n{token.string}"
    yield first, comment


def names(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """(line, name) of every function, class, argument and variable that bears a word of `NAMES`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            words = re.findall(r"[A-Z]?[a-z]+", node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            words = [node.id]
        elif isinstance(node, ast.arg):
            words = [node.arg]
        else:
            continue
        if {word.lower() for word in words} & NAMES:
            yield node.lineno, " ".join(words)


@cache
def places() -> dict[str, list[str]]:
    """Room -> "file:line: words" of everything to be put plainly."""
    rooms: dict[str, list[str]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        if "_shipped" in path.parts:
            continue
        name, source = path.relative_to(PACKAGE).as_posix(), path.read_text(encoding="utf-8")
        room = rooms.setdefault(name.partition("/")[0].removesuffix(".py"), [])
        if set(path.stem.split("_")) & NAMES:
            room.append(f"{name}: name of the file")
        room += [f"{name}:{line}: {words}" for line, words in names(ast.parse(source)) if (name, words) != PROBLEM]
        for start, text in prose(source):
            room += [f"{name}:{start + line}: {words}" for line, words in phrases(text)]
    for path in [*sorted((ROOT / "docs").rglob("*.md")), *sorted(ROOT.glob("*.md"))]:
        text, name = path.read_text(encoding="utf-8"), path.relative_to(ROOT).as_posix()
        rooms.setdefault(name.partition("/")[0], []).extend(
            f"{name}:{1 + line}: {words}" for line, words in phrases(text)
        )
    return {room: found for room, found in rooms.items() if found or room in ALLOWED}


@pytest.mark.parametrize("room", sorted({*places(), *ALLOWED}))
def test_room_is_written_plainly(room: str) -> None:
    left = places().get(room, [])
    assert len(left) <= ALLOWED.get(room, 0), "\n".join(left)


def test_phrases_and_names_are_noticed() -> None:
    text = '"""Says what\n    it is."""\nheld = f(found=1)\n# nobody was told\ndef shown_rows(x: int) -> str: ...\n'
    assert sorted(words for _, texts in prose(text) for _, words in phrases(texts)) == ["told", "what it is"]
    assert sorted(words for _, words in names(ast.parse(text))) == ["held", "shown rows"]
    assert list(phrases("what\nit is")) == [(0, "what it is")]


if __name__ == "__main__":
    rooms = places()
    chosen = sys.argv[1:] or sorted(rooms)
    print("\n".join(place for room in chosen for place in rooms.get(room, [])))
    print("\n".join(f'    "{room}": {len(rooms.get(room, []))},' for room in chosen), file=sys.stderr)
