"""A process that has imported what is slow, and runs pytest in a fork of itself for each line it reads.

It reads requests (JSON, one a line) and answers each with ``passed``, ``failed`` or ``timed out``. A request is
`files`, the processor seconds `limit`, and either `order` (the tests to run, in this order, until one fails) or
`record` (the file that gets each test's ending, processor seconds and lines of the package).
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import resource
import signal
import sys
import time
from collections.abc import Generator
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest

SLOW = (
    "numpy",
    "scipy.optimize",
    "scipy.sparse.linalg",
    "scipy.special",
    "scipy.stats",
    "pandas",
    "pydantic",
    "_hypothesis_pytestplugin",
    "pytest_timeout",
)
PLUGINS = ("-p", "pytest_timeout", "-p", "_hypothesis_pytestplugin")
WALL = 30  # seconds of the clock for one of the processor, on a crowded machine


class InOrder:
    """Keeps the tests of `order`, sorted so."""

    def __init__(self, order: list[str]) -> None:
        self.place = {test: place for place, test in enumerate(order)}

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = sorted((i for i in items if i.nodeid in self.place), key=lambda i: self.place[i.nodeid])


class LinesRun:
    """Records for each test its ending, its processor seconds and the lines it runs in files below a folder."""

    def __init__(self, below: Path) -> None:
        self.below = f"{below}{os.sep}"
        self.lines: dict[str, dict[str, set[int]]] = {}
        self.seconds: dict[str, float] = {}
        self.failed: set[str] = set()
        self.lines_of: dict[CodeType, frozenset[int]] = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, Any, Any]:
        of_test: dict[str, set[int]] = {}
        self.lines[item.nodeid] = of_test
        lines_of = self.lines_of

        def entered(frame: FrameType, event: str, argument: Any) -> Any:
            code = frame.f_code
            if not code.co_filename.startswith(self.below):
                return None
            lines = of_test.setdefault(code.co_filename, set())
            if code not in lines_of:
                lines_of[code] = frozenset(line for _, _, line in code.co_lines() if line)
            if lines_of[code] <= lines:
                return None

            def moved(frame: FrameType, event: str, argument: Any) -> Any:
                lines.add(frame.f_lineno)
                return moved

            return moved(frame, event, argument)

        begun = time.process_time()
        sys.settrace(entered)
        try:
            return (yield)
        finally:
            sys.settrace(None)
            self.seconds[item.nodeid] = time.process_time() - begun

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if not report.passed:  # a skipped test finds nothing either
            self.failed.add(report.nodeid)

    def write(self, path: Path) -> None:
        """Write what was recorded, with paths relative to the folder above `below`."""
        tests = {}
        for test, files in self.lines.items():
            lines = {os.path.relpath(file, Path(self.below).parent): sorted(run) for file, run in files.items()}
            tests[test] = {"passed": test not in self.failed, "seconds": self.seconds[test], "lines": lines}
        path.write_text(json.dumps(tests))


def run(request: dict[str, Any]) -> int:
    """Pytest's exit code for a request, in this process."""
    options = ["-q", "--tb=no", "-p", "no:cacheprovider", *PLUGINS]
    if "record" in request:
        lines = LinesRun(Path.cwd() / "coercion_sim")
        code = pytest.main([*options, *request["files"]], plugins=[lines])
        lines.write(Path(request["record"]))
        return int(code)
    return int(pytest.main([*options, "-x", *request["files"]], plugins=[InOrder(request["order"])]))


def answer(request: dict[str, Any]) -> str:
    """Answer a request by a fork, whose children end with it."""
    child = os.fork()
    if not child:
        os.setsid()
        seconds = int(request["limit"]) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
        signal.alarm(WALL * seconds)
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nowhere, stream)
        code = 1
        try:
            code = run(request)
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) in {signal.SIGXCPU, signal.SIGALRM, signal.SIGKILL}:
        return "timed out"
    return "passed" if os.waitstatus_to_exitcode(status) in {0, pytest.ExitCode.NO_TESTS_COLLECTED} else "failed"


if __name__ == "__main__":
    sys.path[0] = os.getcwd()
    for name in SLOW:
        importlib.import_module(name)
    for line in sys.stdin:
        print(answer(json.loads(line)), flush=True)
