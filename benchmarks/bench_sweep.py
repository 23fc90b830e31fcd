"""Sweeps: what the engine adds to runs, what workers gain, how soon it starts, memory, and Mesa's own batch runner.

    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python benchmarks/bench_sweep.py [part ...]

Parts: overhead, workers, start, batch, memory, flagship; all of them, some ten minutes, where none is named. Each part
has a process of its own; what is compared is measured in turn in it. Times are on the wall: other work shows.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np

from bench_batch import batch
from coercion_sim.economy import solutions
from coercion_sim.experiments import Job, Workers, run_into
from processes import memory
from small_case import small_job
from sweep_cases import FLAGSHIP, course_of, folder, job_of, with_worlds, write_small
from timing import Measured, print_measured


def overhead() -> list[Measured]:
    """A sweep in this process over the same worlds run bare: scenario at its values, then `run_once`."""
    rows = []
    with folder() as place:
        cases = (
            ("flagship, scripted", job_of(FLAGSHIP, 3), 2),
            ("flagship, strategic, economies met before", job_of(FLAGSHIP, 24, "strategic"), 3),
            ("six states", job_of(write_small(place), 30), 3),
        )
        for name, job, repeats in cases:
            met = "met before" in name
            if met:
                _bare(job, cold=True)
            bare, swept = [], []
            for n in range(repeats):
                bare.append(_bare(job, cold=not met))
                swept.append(course_of(job, place / f"{name} {n}", 1, cold=not met).seconds)
            added = min(swept) / min(bare) - 1.0
            each = 1e3 * min(bare) / job.design.runs
            note = f"bare {each:.1f} ms a run, sweep {1e3 * min(swept) / job.design.runs:.1f}; {job.design.runs} runs"
            rows.append(Measured(f"engine over bare runs: {name}", 100 * added, "%", 5.0, note=note))
    small = small_job(20_000)
    with folder() as place:
        bare = _bare(small, cold=False, worlds=2000) / 4000
        swept = course_of(small, place / "s", 1).seconds / small.design.runs
        note = f"a run that does nothing {1e6 * bare:.0f} us"
        rows.append(Measured("engine, a run, cheapest case", 1e6 * (swept - bare), "us", note=note))
    return rows


def _bare(job: Job, *, cold: bool, worlds: int | None = None) -> float:
    """Seconds of every run of a job, one after another, nothing kept."""
    if cold:
        solutions.cache_clear()
    began = time.perf_counter()
    for k in range(worlds or job.design.replicates):
        resolved = job.scenario.with_values(job.design.of_replicate(k))
        for policy in job.design.policies:
            job.run(resolved, job.world, policy, k, job.design.seed)
    return time.perf_counter() - began


def workers() -> list[Measured]:
    """Two workers against one, here and on a worker process; the whole, and what is left without start and tables."""
    rows = []
    with folder() as place:
        cases = (("flagship, scripted", job_of(FLAGSHIP, 16)), ("six states", job_of(write_small(place), 400)))
        for name, job in cases:
            one = course_of(job, place / f"{name} 1", 1)
            two = course_of(job, place / f"{name} 2", 2)
            whole = f"{one.seconds:.1f} s and {two.seconds:.1f} s, {job.design.runs} runs, start of workers in it"
            rows.append(Measured(f"two workers, whole: {name}", one.seconds / two.seconds, "x", 1.8, True, note=whole))
            steady = f"{one.steady():.2f} and {two.steady():.2f} runs a second; first runs in after {two.first:.1f} s"
            rows.append(
                Measured(f"two workers, steady: {name}", two.steady() / one.steady(), "x", 1.8, True, note=steady)
            )
    return rows


_PLAN = """scenario = "{scenario}"
name = "started"
replicates = {replicates}
"""


def start() -> list[Measured]:
    """From the command to the first task handed out (the folder is made just before) and to the first run finished."""
    rows = []
    code = "import time; t = time.perf_counter(); import coercion_sim.{room}; print(time.perf_counter() - t)"
    for room in ("experiments", "model"):
        got = [_output([sys.executable, "-c", code.format(room=room)]) for _ in range(3)]
        rows.append(Measured(f"import of coercion_sim.{room}", min(map(float, got)), "s"))
    with folder() as place:
        cases = ((FLAGSHIP, 2), (str(write_small(place)), 40))
        for scenario, replicates in cases:
            name = "flagship" if scenario == FLAGSHIP else "six states"
            for count in (1, 2):
                plan = place / f"plan-{name}.toml"
                plan.write_text(_PLAN.format(scenario=scenario, replicates=replicates), "utf-8")
                handed, first, whole = _started(plan, place / f"out {name} {count}", count)
                rows.append(Measured(f"sweep, {name}, {count} workers: first task", handed, "s", 2.0))
                rows.append(Measured(f"sweep, {name}, {count} workers: first runs in", first, "s"))
                rows.append(Measured(f"sweep, {name}, {count} workers: whole", whole, "s"))
    return rows


def _started(plan: Path, out: Path, count: int) -> tuple[float, float, float]:
    """Seconds until the manifest is there, until something is in the journal, and until the end."""
    command = [
        sys.executable,
        "-m",
        "coercion_sim",
        "sweep",
        str(plan),
        "--workers",
        str(count),
        "--out",
        str(out),
        "-q",
    ]
    manifest, journal = out / "started" / "manifest.json", out / "started" / "journal.bin"
    began, handed, first = time.perf_counter(), float("nan"), float("nan")
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    while process.poll() is None:
        now = time.perf_counter() - began
        if handed != handed and manifest.exists():
            handed = now
        if first != first and journal.exists() and _size(journal):
            first = now
        time.sleep(0.002)
    if process.returncode:
        raise RuntimeError(f"the sweep ended with {process.returncode}")
    return handed, first, time.perf_counter() - began


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _output(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout


def grown(runs: int = 100_000) -> list[Measured]:
    """Memory of parent and workers as runs of the cheapest model add up, and what is on disk in the end."""
    rows, marks = [], [1000, 3000, 10_000, 30_000, 100_000]
    seen: dict[int, dict[str, float]] = {}
    with folder() as place:
        largest, began = 0, time.perf_counter()

        def hear(done: int, total: int, failed: int) -> None:
            nonlocal largest
            largest = max(largest, _size(place / "s" / "journal.bin"))
            for mark in marks:
                if done >= mark and mark not in seen:
                    seen[mark] = memory()

        run_into(place / "s", small_job(runs), workers=Workers(2, progress=hear))
        seconds = time.perf_counter() - began
        last = memory()["parent"]
        for mark, found in seen.items():
            told = ", ".join(f"{who} {size:.0f}" for who, size in found.items())
            rows.append(Measured(f"memory after {mark} runs", sum(found.values()), "MB", note=told))
        early, late = seen[min(seen)], seen[max(seen)]
        for who in early:
            more = late.get(who, float("nan")) - early[who]
            rows.append(Measured(f"growth after the first thousand: {who}", more, "MB", 50.0))
        more = last - early["parent"]
        rows.append(Measured("growth of the parent, tables written", more, "MB", 50.0))
        files = [p for p in (place / "s").rglob("*") if p.is_file()]
        total = sum(p.stat().st_size for p in files) / 1e6
        rows.append(
            Measured("files", len(files), "", note=f"{total:.1f} MB; largest {max(map(_size, files)) / 1e6:.1f}")
        )
        rows.append(Measured("journal at its largest", largest / 1e6, "MB", note="gone when the tables are written"))
        rows.append(Measured("runs a second, cheapest case, two workers", runs / seconds, "", note=f"{seconds:.1f} s"))
    return rows


def flagship(seconds: float = 150.0) -> list[Measured]:
    """Strategic runs of the flagship on two workers, payoff tables known: how long ten thousand take."""
    rows = []
    job = job_of(FLAGSHIP, 4000, "strategic")
    with folder() as place:
        first = course_of(with_worlds(job, 16), place / "known", 2)
        rows.append(
            Measured("payoff tables of every economy, found or solved", first.seconds, "s", note="not in the rest")
        )
        course = course_of(job, place / "s", 2, most_seconds=seconds)
        steady = course.steady(0.2)
        minutes = (10_000 / steady + course.first) / 60
        note = f"{course.runs} runs in {course.seconds:.0f} s; first in after {course.first:.1f} s"
        rows.append(Measured("flagship, strategic, two workers: runs a second", steady, "", note=note))
        rows.append(Measured("flagship, strategic, two workers: 10,000 runs", minutes, "min", note="extrapolated"))
        rows.append(Measured("tables of what was run", course.closing, "s", note="after the last run"))
        marks = [min(course.at, key=lambda report: abs(report[0] - n / 4 * course.at[-1][0])) for n in range(5)]
        rates = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in pairwise(marks)]
        told = ", ".join(f"{rate:.1f}" for rate in rates)
        rows.append(Measured("runs a second, last quarter over first", rates[-1] / rates[0], "x", note=told))
    return rows


PARTS: dict[str, Callable[[], list[Measured]]] = {
    "overhead": overhead, "workers": workers, "start": start, "batch": batch, "memory": grown, "flagship": flagship,
}  # fmt: skip


def main() -> None:
    chosen = sys.argv[1:] or list(PARTS)
    if len(chosen) > 1:
        for part in chosen:
            subprocess.run([sys.executable, __file__, part], check=True)
        return
    part = chosen[0]
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    threads = os.environ.get("OMP_NUM_THREADS", "as many as it likes")
    print(f"\n{part}: {(PARTS[part].__doc__ or '').splitlines()[0]}")
    print(f"NumPy {np.__version__}, threads {threads}; {os.cpu_count()} cores, load before {load}\n")
    print_measured(PARTS[part]())


if __name__ == "__main__":
    main()
