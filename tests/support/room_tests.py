"""The tests of a room: which lines each runs, which meet a mutant, and how they end."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from tests.mutants import Mutant

HERE = Path(__file__).resolve().parents[2]
SHARED = str(HERE.parent / "shared")  # where published vectors are, if nothing says otherwise
SPARE = 20  # processor seconds that tests of a mutant may take beyond four times those without it


class Test(NamedTuple):
    """A test that passes without mutants: its name, processor seconds and the lines it runs by file of the package."""

    name: str
    seconds: float
    lines: dict[str, list[int]]


class Pytest:
    """Pytest on a copy of the repository, by processes that are warm (`support.warm_pytest`)."""

    def __init__(self, copy_of: Path) -> None:
        left_out = ("PYTEST_", "PYTHONDONTWRITEBYTECODE")  # byte code spares compiling the package for each mutant
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
        self.environment.setdefault("COERCION_SIM_SHARED", SHARED)
        self.environment |= {"PYTHONPATH": str(copy_of), "COERCION_SIM_CACHE": ""}  # a mutant's tables are its own
        self.environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # some take seconds to start
        self.copy_of = copy_of
        self.processes: dict[str, subprocess.Popen[str]] = {}
        self.sound: set[str] = set()
        self.unsound: set[str] = set()

    def ask(self, loaded: str, limit: float, **request: Any) -> str:
        """``passed``, ``failed TEST``, or ``timed out`` after `limit` processor seconds; a room may be `loaded`."""
        if loaded not in self.processes:
            command = [sys.executable, str(HERE / "tests" / "support" / "warm_pytest.py"), loaded]
            pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
            self.processes[loaded] = subprocess.Popen(command, cwd=self.copy_of, env=self.environment, **pipes)
        process = self.processes[loaded]
        assert process.stdin
        assert process.stdout
        process.stdin.write(json.dumps({"limit": limit, **request}) + "\n")
        process.stdin.flush()
        answer = process.stdout.readline().strip()
        if not answer:
            raise SystemExit(f"pytest ended; tests loaded: {loaded or 'none'}")
        return str(answer)

    def end(self) -> None:
        """End the processes."""
        for process in self.processes.values():
            process.communicate()

    def record(self, room: str, known: Path) -> list[Test]:
        """List the tests of a room that pass, quickest first; those of unchanged files are read from `known`."""
        package = b"".join(path.read_bytes() for path in sorted((self.copy_of / "coercion_sim").rglob("*.py")))
        files = sorted((self.copy_of / "tests" / room).rglob("test_*.py"))
        keys = {str(f.relative_to(self.copy_of)): hashlib.sha256(f.read_bytes() + package).hexdigest() for f in files}
        content: dict[str, Any] = json.loads(known.read_text()) if known.exists() else {}
        new = [file for file, key in keys.items() if key not in content]
        if new:
            path = self.copy_of / "record.json"
            self.ask("", 3600, files=new, record=str(path))
            tests = json.loads(path.read_text())
            content |= {keys[f]: {t: of for t, of in tests.items() if t.startswith(f"{f}::")} for f in new}
            known.write_text(json.dumps(content))
        every = {name: of for key in keys.values() for name, of in content[key].items()}
        for name in (name for name, of in every.items() if not of["passed"]):
            print(f"left out: {name}, which does not pass without mutants", flush=True)
        passed = [Test(name, of["seconds"], of["lines"]) for name, of in every.items() if of["passed"]]
        return sorted(passed, key=lambda test: test.seconds)

    def judge(self, mutant: Mutant, tests: list[Test]) -> str:
        """Put the mutant in place of its file of the copy, run the tests, put the file back.

        A test that fails for the first time has to pass after the same tests without the mutant; else it is left out.
        """
        path = self.copy_of / mutant.file
        whole = path.read_bytes()
        order = [test.name for test in tests if test.name not in self.unsound]
        limit = SPARE + 4 * sum(test.seconds for test in tests)
        if mutant.inside:
            self._ending(mutant, [], limit)  # tests are loaded before the mutant is there
        try:
            _write(path, mutant.put_into(whole))
            ending, _, failed = self._ending(mutant, order, limit).partition(" ")
        finally:
            _write(path, whole)
        if ending == "failed" and failed and failed not in self.sound:
            alone = self._ending(mutant, order[: order.index(failed) + 1], limit)
            if alone != "passed":
                print(f"left out: {failed}, which does not pass without mutants", flush=True)
                self.unsound.add(failed)
                return self.judge(mutant, tests)
            self.sound.add(failed)
        return {"passed": "survived", "failed": "killed", "timed": "timed out"}[ending]

    def _ending(self, mutant: Mutant, order: list[str], limit: float) -> str:
        """Run tests on the file as it is: code of loaded functions can be changed, what is made at import cannot."""
        if mutant.inside:
            return self.ask(f"tests/{mutant.room}", limit, order=order, swap=str(self.copy_of / mutant.file))
        return self.ask("", limit, order=order)


def _write(path: Path, content: bytes) -> None:
    """Write a source file; its byte code goes, for the time stamp may be the same."""
    for old in path.parent.glob(f"__pycache__/{path.stem}.*"):
        old.unlink()
    path.write_bytes(content)


def tests_of(mutant: Mutant, tests: list[Test], seconds: float) -> list[Test]:
    """List the tests that run the mutant's lines, quickest first, as many as end within so many processor seconds.

    A line outside functions runs when its file is imported: there count the tests of those test files of which
    one runs any line of it, or, if none does, all.
    """
    ours = [test for test in tests if not set(test.lines.get(mutant.file, ())).isdisjoint(mutant.lines)]
    if not ours and not mutant.inside:
        speak = {test.name.split("::")[0] for test in tests if mutant.file in test.lines}
        ours = [test for test in tests if test.name.split("::")[0] in speak] or tests
    chosen: list[Test] = []
    spent = 0.0
    for test in ours:
        spent += test.seconds
        if chosen and spent > seconds:
            break
        chosen.append(test)
    return chosen
