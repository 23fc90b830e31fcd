"""Measures how many small faults put into a room the fast tests of that room find.

    python -m tests.mutants --sample 150 --seed 1 --rooms economy dispute [--files adjustment.py ...]

A mutant changes one operator, comparison, constant, sign or return value in one file of a copy of the package.
Docstrings, messages, type hints and decorators stay as they are. A mutant meets the few files of fast tests
of its room that speak most of its file, in a child process, until one fails: it is *killed*; *timed out* where they no
longer end; else it *survived*.
"""

from __future__ import annotations

import argparse
import ast
import copy
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).resolve().parents[1]
SHARED = str(HERE.parent / "shared")  # where published vectors are, if nothing says otherwise
OTHERS: dict[type, tuple[type, ...]] = {
    ast.Add: (ast.Sub,), ast.Sub: (ast.Add,), ast.Mult: (ast.Div,), ast.Div: (ast.Mult,), ast.Pow: (ast.Mult,),
    ast.FloorDiv: (ast.Mult,), ast.Mod: (ast.Mult,), ast.BitAnd: (ast.BitOr,), ast.BitOr: (ast.BitAnd,),
    ast.Lt: (ast.LtE, ast.GtE), ast.LtE: (ast.Lt, ast.Gt), ast.Gt: (ast.GtE, ast.LtE), ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.Is: (ast.IsNot,), ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,), ast.NotIn: (ast.In,), ast.And: (ast.Or,), ast.Or: (ast.And,),
}  # fmt: skip
SKIPPED = (ast.Raise, ast.JoinedStr, ast.Import, ast.ImportFrom, ast.Assert)
SKIPPED_CALLS = ("Problem", "Field", "TypeVar", "Error", "Warning")  # errors and descriptions, by the end of the name
SKIPPED_FIELDS = {"annotation", "returns", "decorator_list"}
NAMED = (ast.FunctionDef, ast.ClassDef)
MOST = 4  # test files that a mutant meets


class Mutant(NamedTuple):
    """One change of one file (relative to the repository): bytes `start` to `end` become `after`."""

    file: str
    lines: range
    start: int
    end: int
    after: str


def _variants(node: Any) -> Iterator[ast.AST]:
    """Yield the changed copies of one node."""
    if isinstance(node, (ast.BinOp, ast.AugAssign, ast.BoolOp)):
        for other in OTHERS.get(type(node.op), ()):
            changed = copy.deepcopy(node)
            changed.op = other()
            yield changed
    elif isinstance(node, ast.Compare):
        for place, operator in enumerate(node.ops):
            for other in OTHERS[type(operator)]:
                changed = copy.deepcopy(node)
                changed.ops[place] = other()
                yield changed
    elif isinstance(node, ast.UnaryOp):
        yield node.operand
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield ast.Constant(not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        yield ast.Constant(node.value + 1 if isinstance(node.value, int) or node.value == 0 else node.value * 2)
    elif isinstance(node, ast.Return) and ast.unparse(node) not in {"return", "return None"}:
        yield ast.Return(ast.Constant(None))


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    """Yield nodes that may change; left out are messages, type hints, decorators and ``strict`` of zip."""
    name = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
    types_only = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
    strict = isinstance(node, ast.keyword) and node.arg == "strict"
    if isinstance(node, SKIPPED) or name.endswith(SKIPPED_CALLS) or types_only or strict:
        return
    yield node
    for field, value in ast.iter_fields(node):
        if field not in SKIPPED_FIELDS:
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    yield from _walk(child)


def mutants_of(source: str, file: str) -> Iterator[Mutant]:
    """Yield every mutant of a text."""
    starts = [0]
    for text in source.encode().split(b"\n"):
        starts.append(starts[-1] + len(text) + 1)
    for node in _walk(ast.parse(source)):
        for other in _variants(node):
            at: Any = node
            ends = starts[at.lineno - 1] + at.col_offset, starts[at.end_lineno - 1] + at.end_col_offset
            after = ast.unparse(ast.fix_missing_locations(other))
            after = after if isinstance(node, ast.stmt) else f"({after})"
            yield Mutant(file, range(at.lineno, at.end_lineno + 1), *ends, after)


def own_tests(text: str, file: str, root: Path) -> list[str]:
    """List the few test files of the file's room that speak of it most, by how many of its words they use.

    Its words are its name and what it defines, fields and methods included.
    """
    defined = {Path(file).stem, *(node.name for node in ast.walk(ast.parse(text)) if isinstance(node, NAMED))}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            defined |= {target.id for target in targets if isinstance(target, ast.Name) and len(target.id) > 3}
    used: dict[str, int] = {}
    for path in sorted((root / "tests" / file.split("/")[1]).rglob("test_*.py")):
        words = set(re.findall(r"\w+", f"{path.stem.removeprefix('test_')} {path.read_text()}"))
        used[str(path.relative_to(root))] = len(words & defined)
    return sorted((path for path, count in used.items() if count), key=lambda path: -used[path])[:MOST]


def run(copy_of: Path, tests: list[str], limit: float) -> str:
    """``survived``, ``killed``, or ``timed out`` after `limit` seconds: pytest on the copy in a process of its own."""
    options = ("-q", "-x", "--tb=no", "-p", "no:cacheprovider", "-p", "no:xdist")
    command = [sys.executable, "-m", "pytest", *options, *tests]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environment |= {"PYTHONPATH": str(copy_of), "COERCION_SIM_SHARED": environment.get("COERCION_SIM_SHARED", SHARED)}
    try:
        done = subprocess.run(command, cwd=copy_of, env=environment, timeout=limit, capture_output=True)
    except subprocess.TimeoutExpired:
        return "timed out"
    return "survived" if done.returncode == 0 else "killed"


def judge(file: str, changed: str, tests: list[str], copy_of: Path, limit: float) -> str:
    """Put the changed text in place of a file of the copy, run its tests, put the old one back."""
    path = copy_of / file
    whole = path.read_text()
    ending = ""
    for text in (changed, whole):
        for old in [path, *path.parent.glob(f"__pycache__/{path.stem}.*")]:  # its time stamp may be the same
            old.unlink()
        path.write_text(text)
        ending = ending or run(copy_of, tests, limit)
    return ending


def main(arguments: list[str] | None = None, root: Path = HERE) -> float:
    """Print the table and the survivors; return the share of mutants found."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--sample", type=int, default=150, help="mutants drawn at random from all of the rooms")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rooms", nargs="+", default=["economy", "dispute"])
    parser.add_argument("--files", nargs="+", default=None, help="only files of these names")
    parser.add_argument("--limit", type=float, default=300.0, help="seconds after which tests no longer end")
    given = parser.parse_args(arguments)
    paths = [path for room in given.rooms for path in sorted((root / "coercion_sim" / room).rglob("*.py"))]
    texts = {str(p.relative_to(root)): p.read_text() for p in paths if given.files is None or p.name in given.files}
    every = [mutant for file, text in texts.items() for mutant in mutants_of(text, file)]
    sample = random.Random(given.seed).sample(every, min(given.sample, len(every)))
    print(f"{len(every)} mutants in {len(texts)} files, {len(sample)} drawn with seed {given.seed}", flush=True)
    counts: dict[str, Counter[str]] = {}
    sound: dict[str, bool] = {}
    with tempfile.TemporaryDirectory() as folder:
        copy_of = Path(folder).resolve() / root.name
        shutil.copytree(root, copy_of, ignore=shutil.ignore_patterns("__pycache__", ".*", "results"))
        tests = {file: own_tests(text, file, root) for file, text in texts.items()}
        for mutant in sorted(sample, key=lambda m: (m.file, m.start)):
            (file, lines, start, end, after), raw = mutant, texts[mutant.file].encode()
            if file not in sound:
                sound[file] = (
                    bool(tests[file]) and judge(file, texts[file], tests[file], copy_of, given.limit) == "survived"
                )
                if not sound[file]:
                    print(f"left out: {file}, whose tests fail or do not end without mutants", flush=True)
            if not sound[file]:
                continue
            changed = (raw[:start] + after.encode() + raw[end:]).decode()
            ending = judge(file, changed, tests[file], copy_of, given.limit)
            counts.setdefault(file, Counter())[ending] += 1
            if ending != "killed":
                print(f"{ending}: {file}:{lines.start}: {raw[start:end].decode()[:90]}  ->  {after[:90]}", flush=True)
    print(f"{'file':<50}{'mutants':>9}{'killed':>9}{'timed out':>11}{'survived':>10}")
    for file, of in [*sorted(counts.items()), ("all", sum(counts.values(), Counter[str]()))]:
        print(f"{file:<50}{of.total():>9}{of['killed']:>9}{of['timed out']:>11}{of['survived']:>10}")
    if not of.total():
        raise SystemExit("no mutant met tests that pass without it")
    share = 1 - of["survived"] / of.total()
    print(f"found: {share:.1%}")
    return share


if __name__ == "__main__":
    main()
