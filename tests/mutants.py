"""Measures how many small faults put into a room the fast tests of that room find.

    python -m tests.mutants --sample 150 --seed 1 --rooms economy dispute [--map FILE] [--files adjustment.py ...]

A mutant changes one operator, comparison, constant, sign or return value in one file of a copy of the package.
Docstrings, messages, type hints and decorators stay as they are. The fast tests of the room run once, traced, to learn
which of them execute which line (`--map` keeps that for the next time); a mutant meets the tests of its line first,
quickest first, and if they pass all tests that enter its file. It is *killed* by a failure, *timed out* where a test
no longer ends, else it *survived*. Every run is a child process of this one, in the copy.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import copy
import json
import multiprocessing
import os
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

HERE = Path(__file__).resolve().parents[1]
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
ENOUGH = 60  # tests of a line that run before those of the whole file


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


class Recorder:
    """pytest plugin: the lines of the rooms (paths that begin with one of `folders`) and the seconds of each test."""

    def __init__(self, folders: tuple[str, ...]) -> None:
        self.folders = folders
        self.seen: set[tuple[str, int]] = set()
        self.lines: dict[str, set[tuple[str, int]]] = {}
        self.seconds: dict[str, float] = {}

    def trace(self, frame: FrameType, event: str, _: Any) -> Any:
        """Follow the frames of the rooms only."""
        if not frame.f_code.co_filename.startswith(self.folders):
            return None
        self.seen.add((frame.f_code.co_filename, frame.f_lineno))
        return self.trace

    def pytest_runtest_logreport(self, report: Any) -> None:
        """Keep what each phase of a test executed."""
        self.lines.setdefault(report.nodeid, set()).update(self.seen)
        self.seen.clear()
        self.seconds[report.nodeid] = self.seconds.get(report.nodeid, 0.0) + report.duration


def _child(copy_of: Path, tests: list[str], rooms: list[str], keep: Path | None) -> None:
    """Run the tests on the copy in this fresh process and exit with pytest's code; with `keep`, record the lines."""
    import pytest

    sys.path[:] = [str(copy_of), *(p for p in sys.path if p and Path(p).resolve() != HERE)]
    for name in [name for name in sys.modules if name.split(".")[0] == "tests"]:
        del sys.modules[name]
    recorder = Recorder(tuple(f"{copy_of}/coercion_sim/{room}/" for room in rooms))
    options = ["-q", "-x", "--tb=no", "-p", "no:cacheprovider", "-p", "no:xdist", f"--rootdir={copy_of}"]
    with contextlib.chdir(copy_of), open(os.devnull, "w") as null, contextlib.redirect_stdout(null):
        if keep is not None:
            sys.settrace(recorder.trace)
        code = pytest.main([*options, *tests], plugins=[recorder])
    if keep is not None:
        cut = len(f"{copy_of}/")
        lines = {test: sorted((file[cut:], line) for file, line in of) for test, of in recorder.lines.items()}
        keep.write_text(json.dumps({"lines": lines, "seconds": recorder.seconds}))
    sys.exit(int(code))


def run(copy_of: Path, tests: list[str], limit: float, rooms: list[str] | None = None, keep: Path | None = None) -> str:
    """``survived``, ``killed``, or ``timed out`` after `limit` seconds."""
    child = multiprocessing.get_context("fork").Process(target=_child, args=(copy_of, tests, rooms or [], keep))
    child.start()
    child.join(limit)
    if child.is_alive():
        child.kill()
        child.join()
        return "timed out"
    return "survived" if child.exitcode == 0 else "killed"


def judge(mutant: Mutant, text: str, copy_of: Path, known: dict[str, Any]) -> str:
    """Put `text` in place of the mutant's file, run its tests, take it out again."""
    quickest = sorted(known["lines"], key=lambda test: known["seconds"][test])
    of_file = [t for t in quickest if any(file == mutant.file for file, _ in known["lines"][t])]
    of_line = [t for t in of_file if any(f == mutant.file and line in mutant.lines for f, line in known["lines"][t])]
    of_line = of_line[:ENOUGH]
    path, ending = copy_of / mutant.file, "survived"
    whole = path.read_bytes()
    for content, tests in ((text.encode(), [of_line, [t for t in of_file if t not in set(of_line)]]), (whole, [])):
        for old in [path, *path.parent.glob(f"__pycache__/{path.stem}.*")]:  # its time stamp may be the same
            old.unlink()
        path.write_bytes(content)
        for some in filter(None, tests):
            if ending == "survived":
                ending = run(copy_of, some, 60 + 8 * sum(known["seconds"][t] for t in some))
    return ending


def main(arguments: list[str] | None = None, root: Path = HERE) -> float:
    """Print the table and the survivors; return the share of mutants found."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--sample", type=int, default=150, help="mutants drawn at random from all of the rooms")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rooms", nargs="+", default=["economy", "dispute"])
    parser.add_argument("--files", nargs="+", default=None, help="only files of these names")
    parser.add_argument("--map", type=Path, default=None, help="JSON of lines by test; written where absent")
    given = parser.parse_args(arguments)
    paths = [path for room in given.rooms for path in sorted((root / "coercion_sim" / room).rglob("*.py"))]
    texts = {str(p.relative_to(root)): p.read_text() for p in paths if given.files is None or p.name in given.files}
    every = [mutant for file, text in texts.items() for mutant in mutants_of(text, file)]
    sample = random.Random(given.seed).sample(every, min(given.sample, len(every)))
    print(f"{len(every)} mutants in {len(texts)} files, {len(sample)} drawn with seed {given.seed}", flush=True)
    counts: dict[str, Counter[str]] = {}
    with tempfile.TemporaryDirectory() as folder:
        copy_of = Path(folder).resolve() / root.name
        for name in ("coercion_sim", "tests", "scenarios"):
            if (root / name).exists():
                shutil.copytree(root / name, copy_of / name, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(root / "pyproject.toml", copy_of)
        keep = given.map or Path(folder) / "map.json"
        tests = [f"tests/{room}" for room in given.rooms]
        if not keep.exists() and run(copy_of, tests, 3600, given.rooms, keep) != "survived":
            raise SystemExit("the tests must pass before mutants mean anything")
        known = json.loads(keep.read_text())
        if sample and judge(sample[0], texts[sample[0].file], copy_of, known) != "survived":
            raise SystemExit("the tests must pass before mutants mean anything")
        for mutant in sorted(sample, key=lambda m: (m.file, m.start)):
            raw, (file, lines, start, end, after) = texts[mutant.file].encode(), mutant
            ending = judge(mutant, (raw[:start] + after.encode() + raw[end:]).decode(), copy_of, known)
            counts.setdefault(file, Counter())[ending] += 1
            if ending != "killed":
                print(f"{ending}: {file}:{lines.start}: {raw[start:end].decode()[:90]}  ->  {after[:90]}", flush=True)
    print(f"{'file':<50}{'mutants':>9}{'killed':>9}{'timed out':>11}{'survived':>10}")
    for file, of in [*sorted(counts.items()), ("all", sum(counts.values(), Counter[str]()))]:
        print(f"{file:<50}{of.total():>9}{of['killed']:>9}{of['timed out']:>11}{of['survived']:>10}")
    share = 1 - of["survived"] / max(1, of.total())
    print(f"found: {share:.1%}")
    return share


if __name__ == "__main__":
    main()
