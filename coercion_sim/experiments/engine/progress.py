"""Progress on standard error: a bar on a terminal, a few lines elsewhere, nothing when quiet."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from coercion_sim.experiments.engine.experiment import Progress


@contextmanager
def reporting(title: str, *, quiet: bool, what: str = "runs") -> Iterator[Progress]:
    """Progress of work counted in `what`."""
    if quiet:
        yield lambda done, total, failed: None
    elif sys.stderr.isatty():
        with _bar(title, what) as progress:
            yield progress
    else:
        yield _lines(title, what)


@contextmanager
def _bar(title: str, what: str) -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn(what),
        TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn(), TextColumn("{task.fields[note]}"),
    )  # fmt: skip
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None, note="")
        rate = _Rate()

        def report(done: int, total: int, failed: int) -> None:
            rate.update(done)
            note = f"{rate.each_second:.1f} a second" if rate.each_second else ""
            bar.update(task, completed=done, total=total, note=note + (f", {failed} failed" if failed else ""))

        yield report


def _lines(title: str, what: str) -> Progress:
    """Return a reporter of one line per tenth of the work, one a second at most and one a minute at least."""
    rate = _Rate()
    tenth_reported, seconds_reported = 0, 0.0

    def report(done: int, total: int, failed: int) -> None:
        nonlocal tenth_reported, seconds_reported
        rate.update(done)
        tenth = 10 * done // max(total, 1)
        since = rate.seconds - seconds_reported
        if (tenth > tenth_reported and (since >= 1.0 or done == total)) or since > 60:
            tenth_reported, seconds_reported = tenth, rate.seconds
            failures = f", {failed} failed" if failed else ""
            left = ""
            if rate.each_second and done < total:
                left = f", {rate.each_second:.1f} a second, {clock((total - done) / rate.each_second)} left"
            line = f"{title}: {done} of {total} {what}{failures}, {clock(rate.seconds)}{left}"
            try:
                print(line, file=sys.stderr, flush=True)
            except BrokenPipeError:  # the reader closed the pipe (`2>&1 | head`): go on without progress lines
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())

    return report


class _Rate:
    """Speed of the work; what was finished at the first report is from an earlier command."""

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self._first: int | None = None
        self.seconds = 0.0
        self.each_second = 0.0

    def update(self, done: int) -> None:
        self._first = done if self._first is None else self._first
        self.seconds = time.perf_counter() - self._began
        self.each_second = (done - self._first) / self.seconds if self.seconds > 0.5 else 0.0


def clock(seconds: float) -> str:
    """A time in words: ``45 s``, ``12 min``, ``3.4 h``."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"
