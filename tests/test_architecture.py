"""The plan of the house, held to: rooms meet at their public faces, import downwards, and start light."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

import coercion_sim

PACKAGE = Path(coercion_sim.__file__).resolve().parent
ROOT = Path(__file__).resolve().parents[1]
FILES = sorted(p for p in PACKAGE.rglob("*.py") if "_shipped" not in p.parts)
#: Rooms that the light commands load, and what must not be loaded with them (tests/cli looks at sys.modules itself).
LIGHT = {"cli", "dispute", "economy", "files", "errors", "policies", "scenario", "rng", "world", "__init__", "__main__"}
HEAVY = {"scipy", "mesa", "pandas", "matplotlib", "pyarrow"}


def room_of(path: Path) -> str:
    """Name of the room a file stands in: the folder or module right below the package."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def public_names(room: str) -> set[str] | None:
    """What a room shows (its ``__all__``); None for a single module, which shows everything."""
    face = PACKAGE / room / "__init__.py"
    if not face.is_file():
        return None
    for node in ast.parse(face.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets):
            return set(ast.literal_eval(node.value))
    return set()


def imports(tree: ast.AST, module: str) -> Iterator[tuple[int, str, str | None]]:
    """(line, dotted module, name or None) of every import of the package in a tree, relative ones made absolute."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name, None) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            source = node.module or ""
            if node.level:
                above = module.split(".")[: -node.level]
                source = ".".join([*above, source] if source else above)
            yield from ((node.lineno, source, alias.name) for alias in node.names)
        elif isinstance(node, ast.Constant) and re.fullmatch(r"coercion_sim(\.\w+){2,}", str(node.value)):
            yield node.lineno, str(node.value), None  # a name given to import_module


def trespasses(text: str, room: str, module: str) -> list[str]:
    """Imports that reach past the public face of another room."""
    found = []
    for line, source, name in imports(ast.parse(text), module):
        package, _, rest = source.partition(".")
        other, _, inside = rest.partition(".")
        if package != "coercion_sim" or other in ("", room):
            continue
        shown = public_names(other)
        if inside or (shown is not None and name is not None and name not in shown):
            found.append(f"line {line}: {source}{'' if name is None else f' -> {name}'}")
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.relative_to(PACKAGE).as_posix())
def test_no_room_reaches_past_another_s_public_face(path: Path) -> None:
    module = ".".join(("coercion_sim", *path.relative_to(PACKAGE).with_suffix("").parts))
    assert trespasses(path.read_text(encoding="utf-8"), room_of(path), module) == []


@pytest.mark.parametrize(
    "line",
    [
        "from coercion_sim.world.world import World",
        "import coercion_sim.world.storage",
        "from coercion_sim.world import storage",
        "from ..world.world import World",
        "def f():\n    from coercion_sim.economy.shock import Shock",
        "if TYPE_CHECKING:\n    from coercion_sim.economy.shock import Shock",
        "HOME = 'coercion_sim.world.world'",
    ],
)
def test_reaching_past_a_face_is_noticed_however_it_is_done(line: str) -> None:
    assert len(trespasses(line, "model", "coercion_sim.model.run")) == 1


def test_faces_single_modules_and_one_s_own_room_are_open() -> None:
    text = (
        "from coercion_sim.world import World\nfrom coercion_sim.errors import Problem\nimport numpy.linalg\n"
        "from coercion_sim.model.state import State\nfrom .state import State\nfrom coercion_sim import __version__\n"
    )
    assert trespasses(text, "model", "coercion_sim.model.run") == []


def heavy_at_the_top(text: str) -> set[str]:
    """Heavy packages a module imports when it is itself imported: anywhere but in functions and for type checkers."""

    def runs_at_import(nodes: list[ast.stmt]) -> Iterator[ast.stmt]:
        for node in nodes:
            yield node
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
                yield from runs_at_import(node.orelse)
                continue
            for field in ("body", "orelse", "finalbody"):
                yield from runs_at_import(getattr(node, field, []))

    loaded = set()
    for node in runs_at_import(ast.parse(text).body):
        if isinstance(node, ast.Import):
            loaded |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            loaded.add((node.module or "").partition(".")[0])
    return loaded & HEAVY


@pytest.mark.parametrize(
    "path", [p for p in FILES if room_of(p) in LIGHT], ids=lambda p: p.relative_to(PACKAGE).as_posix()
)
def test_light_rooms_import_nothing_heavy_at_the_top(path: Path) -> None:
    assert heavy_at_the_top(path.read_text(encoding="utf-8")) == set()


def test_an_import_within_a_function_is_light_and_one_within_a_condition_is_not() -> None:
    assert heavy_at_the_top("def f():\n    import scipy.stats\nif TYPE_CHECKING:\n    import mesa") == set()
    assert heavy_at_the_top("try:\n    from scipy import stats\nexcept ImportError:\n    pass") == {"scipy"}
    assert heavy_at_the_top("class A:\n    import mesa") == {"mesa"}


def test_rooms_import_only_downwards() -> None:
    """The contract of pyproject.toml, read by import-linter."""
    if find_spec("importlinter") is None:
        pytest.skip("import-linter is not installed (pip install '.[test]')")
    if not (ROOT / "pyproject.toml").is_file():
        pytest.skip("no pyproject.toml beside the tests, so no contract to read")
    answer = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-cache"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(PACKAGE.parent), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert re.search(r"[1-9]\d* kept, 0 broken", answer.stdout), answer.stdout


def test_every_file_says_what_it_is_for() -> None:
    silent = [
        p.relative_to(PACKAGE).as_posix() for p in FILES if not ast.get_docstring(ast.parse(p.read_text("utf-8")))
    ]
    assert silent == []
