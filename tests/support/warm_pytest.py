"""A process that has imported what is slow, and runs pytest in a fork of itself for each line it reads.

    python warm_pytest.py ""              # in a copy of the repository: each fork imports the package and its tests
    python warm_pytest.py tests/economy   # all tests of the room are loaded once

It reads requests (JSON, one a line) and answers each with ``passed``, ``timed out``, or ``failed`` and the test that
did, where tests could be collected. A request names the
tests to run, in `order`, until one fails, and the processor seconds they may take (`limit`). Where the tests are
loaded it also names the source file whose functions first get the code that is there now (`swap`). With `record` all
tests of `files` run, and that file gets the ending, the processor seconds and the lines of the package of each.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any, TextIO

import pytest

SLOW = (
    "numpy", "scipy.optimize", "scipy.sparse.linalg", "scipy.special", "scipy.stats", "pandas", "pydantic",
    "_hypothesis_pytestplugin", "pytest_timeout",
)  # fmt: skip
OPTIONS = (
    "-q", "-s", "--tb=no", "-p", "no:cacheprovider", "-p", "pytest_timeout", "-p", "_hypothesis_pytestplugin",
)  # fmt: skip


REPORT = 100  # file descriptor on which a fork names the test that failed


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


class Chosen:
    """Runs the tests of `order` until one fails."""

    def __init__(self, order: list[str]) -> None:
        self.order = order

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        run_in_order(session, self.order)
        return True


class Served:
    """Answers requests once the tests are collected."""

    def __init__(self, requests: Iterator[str], out: TextIO) -> None:
        self.requests, self.out = requests, out

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        functions = [x for x in gc.get_objects() if isinstance(x, FunctionType)]
        gc.freeze()
        for line in self.requests:
            request = json.loads(line)
            print(answer(request["limit"], lambda r=request: swapped(session, functions, r)), file=self.out, flush=True)
        return True


def run_in_order(session: pytest.Session, order: list[str]) -> int:
    """Run tests until one fails; return how many failed."""
    if session.testsfailed:  # a file could not be imported
        return session.testsfailed
    by_name = {item.nodeid: item for item in session.items}
    items = [by_name[name] for name in order if name in by_name]
    for item, following in zip(items, [*items[1:], None], strict=True):
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.testsfailed:
            os.write(REPORT, item.nodeid.encode())
            break
    return session.testsfailed


def swapped(session: pytest.Session, functions: list[FunctionType], request: dict[str, Any]) -> int:
    """Give the functions of a file the code that it has now, and run the tests."""
    path = request["swap"]
    codes = {(c.co_qualname, c.co_firstlineno): c for c in _codes(compile(Path(path).read_text(), path, "exec"))}
    for function in functions:
        code = function.__code__
        if code.co_filename == path:
            function.__code__ = codes.get((code.co_qualname, code.co_firstlineno), code)
    return run_in_order(session, request["order"])


def _codes(code: CodeType) -> Iterator[CodeType]:
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield inner
            yield from _codes(inner)


def anew(request: dict[str, Any]) -> int:
    """Import everything and run the tests, or record all of them."""
    if "record" in request:
        lines = LinesRun(Path.cwd() / "coercion_sim")
        code = pytest.main([*OPTIONS, *request["files"]], plugins=[lines])
        lines.write(Path(request["record"]))
        return int(code)
    files = sorted({name.split("::")[0] for name in request["order"]})
    return int(pytest.main([*OPTIONS, *files], plugins=[Chosen(request["order"])]))


def answer(limit: float, run: Callable[[], int]) -> str:
    """Run something in a fork, whose children end with it: ``passed`` where it returns 0."""
    read, write = os.pipe()
    child = os.fork()
    if not child:
        code = 1
        try:
            os.setsid()
            os.dup2(write, REPORT, inheritable=False)
            resource.setrlimit(resource.RLIMIT_CPU, (int(limit) + 1, int(limit) + 2))
            code = run()
        finally:
            os._exit(code)
    os.close(write)
    _, status = os.waitpid(child, 0)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    os.set_blocking(read, False)  # a grandchild may hold the other end
    name = ""
    with contextlib.suppress(BlockingIOError):
        name = os.read(read, 4096).decode()
    os.close(read)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) in {signal.SIGXCPU, signal.SIGKILL}:
        return "timed out"
    return "passed" if status == 0 else f"failed {name}".strip()


def main(room: str) -> None:
    """Answer requests; where a room is named, with its tests loaded."""
    sys.path[0] = os.getcwd()
    out = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_RDWR), 1)
    requests = iter(sys.stdin.readline, "")
    if room:
        pytest.main([*OPTIONS, room], plugins=[Served(requests, out)])
        return
    for name in SLOW:
        importlib.import_module(name)
    for line in requests:
        request = json.loads(line)
        print(answer(request["limit"], lambda r=request: anew(r)), file=out, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
