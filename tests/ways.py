"""Measures how many files a way through the package leads through, and how many places a change touches.

    python -m tests.ways [--files] [SOURCE ...]

prints the table of docs/architecture.md, a column for each SOURCE (a checkout; this one where none is named). Each
checkout is imported in a process of its own, so that two versions stand side by side.

- *Files entered*: files of the package of which at least one function is called (call tracing; imports do not count).
- *Lines of its functions*: lines of the functions called, docstrings included.
- *Returns*: control enters a file when one of its functions is called or gets control back from another file. A return
  is an ordered pair (file left, file entered) whose second file was entered before; each pair counts once.
- *Files that mention*: files of the package in which a word stands in a name or a string, docstrings left out.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import re
import subprocess
import sys
import tempfile
import tokenize
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

HERE = Path(__file__).resolve().parents[1]
#: One existing example of each thing a contributor adds.
EXAMPLES = {
    "instrument": "absorb",
    "outcome": "coercion_effect",
    "policy": "uncoordinated_derisking",
    "figure": "what_if",
}
MOST_COMPLEX = 15
#: Functions through which a choice of a state is made, in the versions measured so far.
CHOOSERS = {"_pick", "decide"}
FUNCTION = 0x1  # CO_OPTIMIZED: bodies of functions, not of modules and classes

PLAN = """\
scenario = "australia-2020"
name = "ways"
policies = ["stand_alone", "respond_as_allies"]
replicates = 1
tables = ["runs", "outcomes", "states"]
[set]
quarters = 4
[[vary]]
how = "sobol"
points = 2
[vary.parameters]
economy.factor_mobility = { uniform = [1.05, 3.0] }
economy.adjustment_rate = { log_uniform = [0.05, 0.5] }
measures.beef.open = "uncertain"
[[vary]]
how = "grid"
parameters = { "policy.respond_as_allies.fraction" = [0.5] }
"""


class Reached(BaseException):
    """Ends a trace at the event that was looked for."""


class Trace:
    """Follows the calls of one action and keeps the order in which files of the package have control.

    Parameters
    ----------
    package
        Folder of the package.
    until_move
        Ends the trace when a state has chosen in this move of a dispute.
    """

    def __init__(self, package: Path, until_move: str | None = None) -> None:
        self.folder = f"{package}{os.sep}"
        self.until_move = until_move
        self.order: list[str] = []
        self.called: set[CodeType] = set()
        self._stack: list[str | None] = []
        self._choosing: FrameType | None = None

    def run(self, action: Callable[[], object]) -> Trace:
        """Trace an action to its end, or to the move named."""
        sys.setprofile(self._event)
        try:
            action()
        except Reached:
            pass
        finally:
            sys.setprofile(None)
        return self

    def files(self) -> list[str]:
        """Files entered, sorted."""
        return sorted(set(self.order))

    def lines(self) -> int:
        """Number of lines of the functions called; a function inside another counts with it."""
        ends = {code: max(line or 0 for *_, line in code.co_lines()) for code in self.called}
        return len({(c.co_filename, line) for c, end in ends.items() for line in range(c.co_firstlineno, end + 1)})

    def returns(self) -> int:
        """Number of distinct pairs of a file left and a file entered again."""
        seen: set[str] = set(self.order[:1])
        pairs = set()
        for left, entered in zip(self.order, self.order[1:], strict=False):
            if entered in seen:
                pairs.add((left, entered))
            seen.add(entered)
        return len(pairs)

    def _event(self, frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            code = frame.f_code
            ours = bool(code.co_flags & FUNCTION) and code.co_filename.startswith(self.folder)
            above = self._stack[-1] if self._stack else None
            self._stack.append(code.co_filename[len(self.folder) :] if ours else above)
            self.called |= {code} if ours else set()
            if ours and self.until_move and code.co_name in CHOOSERS and self._is_the_move(frame):
                self._choosing = frame
        elif event == "return":
            if self._stack:
                self._stack.pop()
            if self._choosing is frame:
                sys.setprofile(None)
                raise Reached
        else:
            return
        now = self._stack[-1] if self._stack else None
        if now is not None and (not self.order or self.order[-1] != now):
            self.order.append(now)

    def _is_the_move(self, frame: FrameType) -> bool:
        values = frame.f_locals.values()
        return any(
            v == self.until_move if isinstance(v, str) else getattr(v, "move", "") == self.until_move for v in values
        )


def pledge_to_decision(package: Path) -> Trace:
    """Trace from the scenario file of `many-challengers` to the first choice of an ally to help."""
    from coercion_sim.model import run_once
    from coercion_sim.scenario import load_scenario
    from coercion_sim.world import load_world

    def action() -> None:
        scenario = load_scenario("many-challengers")
        run_once(scenario, load_world(scenario.world_source), "respond_as_allies", 0, scenario.seed)

    return Trace(package, until_move="help").run(action)


def plan_to_row(package: Path) -> Trace:
    """Trace a sweep of two points in this process, from its plan file to its rows in Parquet."""
    import coercion_sim

    with tempfile.TemporaryDirectory() as name:
        plan = Path(name, "plan.toml")
        plan.write_text(PLAN, encoding="utf-8")
        sweep = coercion_sim.sweep
        trace = Trace(package).run(lambda: sweep(plan, out=Path(name, "out")))
        if not list(Path(name, "out").rglob("*.parquet")):
            raise RuntimeError("the sweep has written no Parquet file")
        return trace


def reading(package: Path) -> Trace:
    """Trace `load_scenario` of `many-challengers`."""
    from coercion_sim.scenario import load_scenario

    load_scenario("many-challengers")  # what is imported and compiled once does not count
    return Trace(package).run(lambda: load_scenario("many-challengers"))


def mentions(package: Path, word: str) -> list[str]:
    """Files of the package with the word in a name or in a string that is no docstring."""
    pattern = re.compile(rf"\b{re.escape(word)}\b")
    return [path for path, text in texts(package).items() if pattern.search(text) and pattern.search(_code_of(text))]


def _code_of(text: str) -> str:
    """Source without comments and docstrings."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr):
            value = body[0].value
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                value.value = ""
    return ast.unparse(tree)


def texts(folder: Path) -> dict[str, str]:
    """Relative path -> text of every Python file below a folder; shipped data left out."""
    paths = (p for p in sorted(folder.rglob("*.py")) if "_shipped" not in p.parts and "__pycache__" not in p.parts)
    return {p.relative_to(folder).as_posix(): tokenize.open(p).read() for p in paths}


def lines_by_room(folder: Path) -> dict[str, int]:
    """Lines of Python in each room: a folder, or a module, right below `folder`.

    Tests of a page in the browser count for the room that makes the page: ``browser/test_app_page.py`` for ``app``.
    """
    lines: dict[str, int] = {}
    for path, text in texts(folder).items():
        page = re.fullmatch(r"browser/test_(\w+)_page\.py", path)
        room = page[1] if page else path.partition("/")[0].removesuffix(".py")
        lines[room] = lines.get(room, 0) + text.count("\n")
    return lines


def complex_by_ruff(package: Path) -> list[str]:
    """Functions above the limit by ruff's C901 (McCabe)."""
    limit = f"lint.mccabe.max-complexity={MOST_COMPLEX}"
    command = ["ruff", "check", "--isolated", "--select", "C901", "--config", limit, "--output-format", "json", "."]
    answer = subprocess.run(command, cwd=package, capture_output=True, text=True, check=False)
    rows = json.loads(answer.stdout)
    return [f"{Path(row['filename']).relative_to(package)}: {row['message'].split('`')[1]}" for row in rows]


def complex_by_radon(package: Path) -> list[str] | None:
    """Functions above the limit by radon, which counts comprehensions and boolean operators too; None without radon."""
    try:
        from radon.complexity import cc_visit
    except ImportError:
        return None
    found = []
    for path, text in texts(package).items():
        blocks = {(b.lineno, b.name): b.complexity for b in cc_visit(text) if type(b).__name__ == "Function"}
        found += [f"{path}: {name}" for (_, name), complexity in blocks.items() if complexity > MOST_COMPLEX]
    return found


def measure(source: Path) -> dict[str, Any]:
    """Measure one checkout; coercion_sim must be importable from it."""
    import coercion_sim

    package = Path(coercion_sim.__file__).resolve().parent
    if not package.is_relative_to(source):
        raise RuntimeError(f"coercion_sim is imported from {package}, not from {source}")
    pledge, row, read = pledge_to_decision(package), plan_to_row(package), reading(package)
    code, tests = lines_by_room(package), lines_by_room(source / "tests")
    radon = complex_by_radon(package)
    return {
        "pledge in TOML to the decision it moves": pledge.files(),
        "pledge to decision: lines of its functions": pledge.lines(),
        "plan file to a row in Parquet": row.files(),
        "plan to row: lines of its functions": row.lines(),
        "`load_scenario`: files entered": read.files(),
        "`load_scenario`: returns to files already left": read.returns(),
        **{f"files that mention the {kind} `{word}`": mentions(package, word) for kind, word in EXAMPLES.items()},
        "Python files in the package": len(texts(package)),
        "lines in the package": sum(code.values()),
        "lines in tests": sum(tests.values()),
        f"functions above complexity {MOST_COMPLEX}, ruff": complex_by_ruff(package),
        f"functions above complexity {MOST_COMPLEX}, radon": "-" if radon is None else radon,
        **{
            f"test lines / code lines, {room}": f"{tests.get(room, tests.get(f'test_{room}', 0))}/{lines}"
            f" = {tests.get(room, tests.get(f'test_{room}', 0)) / lines:.2f}"
            for room, lines in sorted(code.items())
            if not room.startswith("__")
        },
    }


def measured_apart(source: Path) -> dict[str, Any]:
    """Measure a checkout in a process of its own, its package at the top or in src/."""
    above = source / "src" if (source / "src" / "coercion_sim").is_dir() else source
    command = [sys.executable, "-P", str(Path(__file__).resolve()), "--measure", str(source)]
    settings = {"PYTHONPATH": str(above), "MPLBACKEND": "Agg", "PYTHONHASHSEED": "0"}
    with tempfile.TemporaryDirectory() as empty:  # also the cache: a payoff table solved before would shorten the way
        environment = {**os.environ, **settings, "COERCION_SIM_CACHE": empty}
        answer = subprocess.run(command, cwd=empty, env=environment, capture_output=True, text=True, check=False)
    if answer.returncode:
        raise SystemExit(f"{source} could not be measured:\n{answer.stderr}")
    return dict(json.loads(answer.stdout.splitlines()[-1]))


def table(columns: dict[str, dict[str, Any]], with_files: bool) -> str:
    """Return the measurements as a Markdown table, and the files behind each number if wanted."""
    rows = list(dict.fromkeys(row for column in columns.values() for row in column))

    def cell(value: Any) -> str:
        return str(len(value)) if isinstance(value, list) else "" if value is None else str(value)

    lines = [f"| way or change | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]
    lines += [f"| {row} | {' | '.join(cell(column.get(row)) for column in columns.values())} |" for row in rows]
    for name, column in columns.items() if with_files else ():
        lines += [f"\n{name}, {row}:\n  " + "\n  ".join(v) for row, v in column.items() if isinstance(v, list) and v]
    return "\n".join(lines)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.ways", description=__doc__.splitlines()[0])
    parser.add_argument("sources", nargs="*", type=Path, metavar="SOURCE", help="checkouts to measure (this one)")
    parser.add_argument("--files", action="store_true", help="name the files behind each number")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.measure:
        print(json.dumps(measure(asked.measure.resolve())))
        return
    sources = [path.resolve() for path in asked.sources] or [HERE]
    print(table({path.name: measured_apart(path) for path in sources}, asked.files))


if __name__ == "__main__":
    main()
