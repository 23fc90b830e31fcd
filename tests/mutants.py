"""Measures how many small faults put into a room the fast tests of that room find.

    python -m tests.mutants --sample 150 --seed 1 --rooms economy dispute [--files adjustment.py ...] > log
    python -m tests.mutants --sample 150 --seed 1 --rooms economy dispute --again log   # only those that `log` lists

A mutant changes one operator, comparison, constant, sign or return value in one file of a copy of the package.
Docstrings, messages, type hints and decorators stay as they are. A mutant meets the fast tests of its room that run its
line, quickest first and up to `--seconds`, in a child process, until one fails: it is *killed*; *timed out* where they
no longer end; else it *survived*. All fast tests of the room together may find more, never less.
"""

from __future__ import annotations

import argparse
import ast
import copy
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tests.support.room_tests import Pytest, Test, tests_of

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


class Mutant(NamedTuple):
    """One change of one file (relative to the repository): bytes `start` to `end` become `after`.

    `lines` are those of its statement, without a body; `inside` of a function they run only when it is called.
    """

    file: str
    lines: range
    inside: bool
    start: int
    end: int
    before: str
    after: str

    @property
    def room(self) -> str:
        return self.file.split("/")[1]

    def put_into(self, source: bytes) -> bytes:
        """The file with the change, every line as far down as before."""
        lost = b"\n" * (source[self.start : self.end].count(b"\n") - self.after.count("\n"))
        after = self.after.encode()
        after = after[:-1] + lost + b")" if after.startswith(b"(") else after + lost
        return source[: self.start] + after + source[self.end :]

    def __str__(self) -> str:
        return f"{self.file}:{self.lines.start}: {self.before[:90]}  ->  {self.after[:90]}"


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


def _walk(node: ast.AST, lines: range = range(0), inside: bool = False) -> Iterator[tuple[Any, range, bool]]:
    """Yield nodes that may change; left out are messages, type hints, decorators and ``strict`` of zip.

    With each come the lines of its statement and whether it is in the body of a function.
    """
    name = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
    types_only = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
    strict = isinstance(node, ast.keyword) and node.arg == "strict"
    if isinstance(node, SKIPPED) or name.endswith(SKIPPED_CALLS) or types_only or strict:
        return
    if isinstance(node, ast.stmt):
        body = getattr(node, "body", None)
        lines = range(node.lineno, max(node.lineno + 1, body[0].lineno if body else (node.end_lineno or 0) + 1))
    yield node, lines, inside
    for field, value in ast.iter_fields(node):
        if field not in SKIPPED_FIELDS:
            within = inside or (field == "body" and isinstance(node, ast.FunctionDef))
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    yield from _walk(child, lines, within)


def mutants_of(source: str, file: str) -> Iterator[Mutant]:
    """Yield every mutant of a text."""
    starts = [0]
    for text in source.encode().split(b"\n"):
        starts.append(starts[-1] + len(text) + 1)
    for at, lines, inside in _walk(ast.parse(source)):
        for other in _variants(at):
            start, end = starts[at.lineno - 1] + at.col_offset, starts[at.end_lineno - 1] + at.end_col_offset
            before = " ".join(source.encode()[start:end].decode().split())
            after = ast.unparse(ast.fix_missing_locations(other))
            after = after if isinstance(at, ast.stmt) else f"({after})"
            yield Mutant(file, lines, inside, start, end, before, after)


def draw(given: argparse.Namespace, root: Path) -> list[Mutant]:
    """The sample, in the order drawn; with ``--again`` those of it that a log lists as not killed."""
    paths = [path for room in given.rooms for path in sorted((root / "coercion_sim" / room).rglob("*.py"))]
    texts = {str(p.relative_to(root)): p.read_text() for p in paths if given.files is None or p.name in given.files}
    every = [mutant for file, text in texts.items() for mutant in mutants_of(text, file)]
    sample = random.Random(given.seed).sample(every, min(given.sample, len(every)))
    print(f"{len(every)} mutants in {len(texts)} files, {len(sample)} drawn with seed {given.seed}", flush=True)
    if given.again:
        listed = {line.partition(": ")[2] for line in given.again.read_text().splitlines()}
        sample = [mutant for mutant in sample if str(mutant) in listed]
    return sample


def arguments_of(words: list[str] | None) -> argparse.Namespace:
    """Parse the command."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--sample", type=int, default=150, help="mutants drawn at random from all of the rooms")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rooms", nargs="+", default=["economy", "dispute"])
    parser.add_argument("--files", nargs="+", default=None, help="only files of these names")
    parser.add_argument("--seconds", type=float, default=5.0, help="processor seconds of tests that a mutant meets")
    parser.add_argument("--again", type=Path, default=None, help="only mutants that this log of a run before lists")
    parser.add_argument("--record", type=Path, default=None, help="file that keeps which lines each test runs")
    return parser.parse_args(words)


def main(arguments: list[str] | None = None, root: Path = HERE) -> float:
    """Print the survivors and the table; return the share of mutants found."""
    given = arguments_of(arguments)
    sample = draw(given, root)
    counts: dict[str, Counter[str]] = {}
    with tempfile.TemporaryDirectory() as folder:
        copy_of = Path(folder).resolve() / root.name
        shutil.copytree(root, copy_of, ignore=shutil.ignore_patterns("__pycache__", ".*", "results"))
        pytest = Pytest(copy_of)
        known = given.record or Path(folder) / "tests.json"
        tests: dict[str, list[Test]] = {}
        for mutant in sample:
            tests[mutant.room] = tests.get(mutant.room) or pytest.record(mutant.room, known)
            if not tests[mutant.room]:
                continue
            chosen = tests_of(mutant, tests[mutant.room], given.seconds)
            ending = pytest.judge(mutant, chosen) if chosen else "survived"
            counts.setdefault(mutant.file, Counter())[ending] += 1
            if ending != "killed":
                print(f"{ending if chosen else 'not run'}: {mutant}", flush=True)
        pytest.end()
    print(f"{'file':<50}{'mutants':>9}{'killed':>9}{'timed out':>11}{'survived':>10}")
    rooms = {room: sum((of for f, of in counts.items() if f.split("/")[1] == room), Counter[str]()) for room in tests}
    for name, of in [*sorted(counts.items()), *rooms.items(), ("all", sum(counts.values(), Counter[str]()))]:
        print(f"{name:<50}{of.total():>9}{of['killed']:>9}{of['timed out']:>11}{of['survived']:>10}")
    total = sum(rooms.values(), Counter[str]())
    if not total.total():
        raise SystemExit("no mutant met tests that pass without it")
    share = 1 - total["survived"] / total.total()
    print(f"found: {share:.1%}")
    return share


if __name__ == "__main__":
    main()
