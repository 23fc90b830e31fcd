"""Commands started as a child process, interrupted as a terminal does it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

#: A suite in the background has SIGINT ignored, and a child inherits that: it takes the default handler back.
COMMAND_LINE = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from coercion_sim.cli import main; main()"
)


def start(*arguments: str) -> subprocess.Popen[str]:
    """Start the command line in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", COMMAND_LINE, *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip


def interrupted_after(
    process: subprocess.Popen[str],
    journals: Callable[[], Iterable[Path]],
    number: signal.Signals = signal.SIGINT,
    *,
    group: bool = True,
) -> str:
    """Send Ctrl-C or another signal once a journal has grown; returns the standard error of the process."""
    deadline = time.monotonic() + 60
    while not any(path.stat().st_size > 10_000 for path in journals()):
        assert process.poll() is None, process.communicate()[1]
        assert time.monotonic() < deadline
        time.sleep(0.05)
    if group:
        os.killpg(process.pid, number)  # to the whole group, as a terminal or batch system does
    else:
        process.send_signal(number)
    return process.communicate(timeout=60)[1]
