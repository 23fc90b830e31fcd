"""Progress of an experiment on standard error: a bar on a terminal, a few lines elsewhere, nothing when quiet."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

Progress = Callable[[int, int, int], None]


@contextmanager
def reporting(title: str, *, quiet: bool, what: str = "runs") -> Iterator[Progress]:
    """Give a function to call with (done, in all, failed); `what` is counted."""
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

        def report(done: int, total: int, failed: int) -> None:
            bar.update(task, completed=done, total=total, note=f"{failed} failed" if failed else "")

        yield report


def _lines(title: str, what: str) -> Progress:
    """Return a reporter of one line per tenth of the work."""
    began = time.perf_counter()
    said = [0]

    def report(done: int, total: int, failed: int) -> None:
        tenth = 10 * done // total
        if tenth > said[0]:
            said[0] = tenth
            trouble = f", {failed} failed" if failed else ""
            click.echo(f"{title}: {done} of {total} {what}{trouble}, {time.perf_counter() - began:.0f} s", err=True)

    return report
