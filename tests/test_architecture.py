"""The plan of the package as contracts: imports lead downwards, through public faces, and light commands stay light."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

import coercion_sim

PACKAGE = Path(coercion_sim.__file__).resolve().parent
ROOT = Path(__file__).resolve().parents[1]
#: Rooms that the light commands load, and packages that must not be loaded with them.
LIGHT = {
    "cli",
    "dispute",
    "economy",
    "files",
    "environment",
    "errors",
    "policies",
    "scenario",
    "rng",
    "world",
    "notebook",
    "outcomes",
    "wording",
    "__init__",
    "__main__",
}
HEAVY = {"scipy", "mesa", "pandas", "matplotlib", "pyarrow"}
#: Modules that still name a higher room in a string. The list may only get shorter.
STRINGS_UPWARDS: set[str] = set()


@cache
def sources() -> dict[str, ast.Module]:
    """Parsed source of every file of the package, by path below the package."""
    paths = (p for p in sorted(PACKAGE.rglob("*.py")) if "_shipped" not in p.parts)
    return {p.relative_to(PACKAGE).as_posix(): ast.parse(p.read_text(encoding="utf-8")) for p in paths}


def room_of(path: str) -> str:
    """Folder or module right below the package."""
    return path.partition("/")[0].removesuffix(".py")


def module_of(path: str) -> str:
    """Dotted name of a file of the package."""
    return ".".join(("coercion_sim", *Path(path).with_suffix("").parts))


@cache
def face_of(room: str) -> set[str] | None:
    """Names in a room's ``__all__``; None for a single module, which is public as a whole."""
    tree = sources().get(f"{room}/__init__.py")
    if tree is None:
        return None
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets):
            return set(ast.literal_eval(node.value))
    return set()


def levels() -> dict[str, int]:
    """Room -> its line in the contract of pyproject.toml, counted from the top."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    (layers,) = (c["layers"] for c in contracts if c["type"] == "layers")
    return {re.sub(r"[()\s]", "", room): n for n, line in enumerate(layers) for room in re.split(r"[|:]", line)}


def imports(tree: ast.AST, module: str) -> Iterator[tuple[int, str, str | None]]:
    """(line, dotted module, name or None) of every import in a tree, relative ones made absolute."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name, None) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            source = node.module or ""
            if node.level:
                above = module.split(".")[: -node.level]
                source = ".".join([*above, source] if source else above)
            yield from ((node.lineno, source, alias.name) for alias in node.names)


def module_strings(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """(line, text) of every string that is the dotted name of a module of the package, or the beginning of one."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and re.fullmatch(r"coercion_sim\.(\w+\.?)*", str(node.value)):
            yield node.lineno, str(node.value)


def past_a_face(tree: ast.AST, path: str) -> list[str]:
    """Imports and strings that reach past the public face of another room."""
    reached = []
    named = [*imports(tree, module_of(path)), *((line, text, None) for line, text in module_strings(tree))]
    for line, source, name in named:
        package, _, rest = source.partition(".")
        other, _, inside = rest.partition(".")
        if package != "coercion_sim" or other in ("", room_of(path)):
            continue
        face = face_of(other)
        if inside or (face is not None and name is not None and name not in face):
            reached.append(f"{path}:{line}: {source}{'' if name is None else f' -> {name}'}")
    return reached


def strings_upwards(tree: ast.AST, path: str) -> list[str]:
    """Strings that name a room above the file's own, or leave the room open (``f"coercion_sim.{room}"``)."""
    level, named = levels(), []
    for line, text in module_strings(tree):
        room = text.split(".")[1]
        if level.get(room, -1) < level[room_of(path)]:
            named.append(f"{path}:{line}: {text}")
    return named


def heavy_at_the_top(tree: ast.Module) -> set[str]:
    """Heavy packages a module imports when it is itself imported: anywhere but in functions and for type checkers."""

    def runs_at_import(nodes: list[ast.stmt]) -> Iterator[ast.stmt]:
        for node in nodes:
            yield node
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
                yield from runs_at_import(node.orelse)
                continue
            for field in ("body", "orelse", "finalbody", "handlers"):
                yield from runs_at_import(getattr(node, field, []))

    loaded = set()
    for node in runs_at_import(tree.body):
        if isinstance(node, ast.Import):
            loaded |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            loaded.add((node.module or "").partition(".")[0])
    return loaded & HEAVY


# --------------------------------------------------------------------------- the contracts


def test_no_room_reaches_past_another_s_public_face() -> None:
    assert [reach for path, tree in sources().items() for reach in past_a_face(tree, path)] == []


def test_no_string_names_a_higher_room() -> None:
    faces = {"__init__.py", "__main__.py"}
    upwards = {path: strings_upwards(tree, path) for path, tree in sources().items() if path not in faces}
    assert {path for path, strings in upwards.items() if strings} == STRINGS_UPWARDS


def test_light_rooms_import_nothing_heavy_at_the_top() -> None:
    heavy = {path: heavy_at_the_top(tree) for path, tree in sources().items() if room_of(path) in LIGHT}
    assert {path: packages for path, packages in heavy.items() if packages} == {}


def test_every_file_has_a_docstring() -> None:
    assert [path for path, tree in sources().items() if not ast.get_docstring(tree)] == []


def test_every_room_stands_in_the_contract() -> None:
    rooms = {room_of(path) for path in sources()} - {"__init__"}
    assert rooms <= set(levels())


def test_imports_lead_downwards_and_in_no_circle() -> None:
    """The contracts of pyproject.toml, checked by import-linter; type-only and lazy imports count."""
    if find_spec("importlinter") is None:
        pytest.skip("import-linter is not installed (pip install '.[test]')")
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


@pytest.mark.slow
def test_tests_are_collected_in_one_order_whatever_the_hash_seed() -> None:
    """Workers of pytest-xdist refuse to start where their lists differ, as with a set in the name of a test."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", "-o", "addopts="]
    names = [
        subprocess.run(
            command, cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True, check=False
        ).stdout.partition("\n\n")[0]
        for seed in ("1", "2")
    ]
    assert names[0].count("::") > 1000
    assert names[0] == names[1]


# --------------------------------------------------------------------------- the contracts notice what they are for


@pytest.mark.parametrize(
    "line",
    [
        "from coercion_sim.world.world import World",
        "import coercion_sim.world.saving",
        "from coercion_sim.world import saving",
        "from ..world.world import World",
        "def f():\n    from coercion_sim.economy.measures import Shock",
        "if TYPE_CHECKING:\n    from coercion_sim.economy.measures import Shock",
        "HOME = 'coercion_sim.world.world'",
    ],
)
def test_reaching_past_a_face_is_noticed_however_it_is_done(line: str) -> None:
    assert len(past_a_face(ast.parse(line), "model/run.py")) == 1


def test_faces_single_modules_and_the_own_room_are_open() -> None:
    text = (
        "from coercion_sim.world import World\nfrom coercion_sim.errors import Problem\nimport numpy.linalg\n"
        "from coercion_sim.model.state import State\nfrom .state import State\nfrom coercion_sim import __version__\n"
    )
    assert past_a_face(ast.parse(text), "model/run.py") == []


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("import_module('coercion_sim.report')", 1),
        ("import_module(f'coercion_sim.{room}')", 1),
        ("import_module('coercion_sim.world')", 0),
        ("import_module('coercion_sim.model.state')", 0),
        ("f'{__name__}.{name}'", 0),
    ],
)
def test_a_string_that_names_a_higher_room_is_noticed(line: str, count: int) -> None:
    assert len(strings_upwards(ast.parse(line), "model/run.py")) == count


def test_an_import_within_a_function_is_light_and_one_within_a_condition_is_not() -> None:
    assert heavy_at_the_top(ast.parse("def f():\n    import scipy.stats\nif TYPE_CHECKING:\n    import mesa")) == set()
    assert heavy_at_the_top(ast.parse("try:\n    from scipy import stats\nexcept ImportError:\n    pass")) == {"scipy"}
    assert heavy_at_the_top(ast.parse("class A:\n    import mesa")) == {"mesa"}
