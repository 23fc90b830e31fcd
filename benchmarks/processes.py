"""Memory of this process and of those it started, from /proc (Linux); elsewhere nothing is known."""

from __future__ import annotations

import os
from pathlib import Path


def megabytes(process: int) -> float:
    """Resident memory of a process, MB; 0 where it is gone."""
    try:
        status = Path(f"/proc/{process}/status").read_text("ascii", "replace")
    except OSError:
        return 0.0
    lines = [line for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(lines[0].split()[1]) / 1024.0 if lines else 0.0


def started() -> list[int]:
    """Processes this one started, other than Python's helpers that only keep count of things."""
    found: list[int] = []
    for task in Path(f"/proc/{os.getpid()}/task").glob("*/children"):
        found += map(int, task.read_text().split())
    return sorted(p for p in found if "resource_tracker" not in _command(p))


def _command(process: int) -> str:
    try:
        return Path(f"/proc/{process}/cmdline").read_text("utf-8", "replace")
    except OSError:
        return ""


def memory() -> dict[str, float]:
    """Resident memory by process, MB: ``parent``, ``worker 1``, ..."""
    workers = {f"worker {n}": megabytes(p) for n, p in enumerate(started(), start=1)}
    return {"parent": megabytes(os.getpid())} | workers
