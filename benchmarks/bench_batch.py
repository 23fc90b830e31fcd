"""The same runs by a sweep and by `mesa.batch_run`, both on two processes, in turn."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mesa.batchrunner import batch_run

from batch_case import BatchModel
from coercion_sim.experiments import Job
from sweep_cases import FLAGSHIP, course_of, folder, job_of, write_small
from timing import Measured

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@contextmanager
def threads(count: str | None) -> Iterator[None]:
    """What processes started now are told of threads: a number, or nothing."""
    before = {name: os.environ.pop(name, None) for name in _THREADS}
    if count is not None:
        os.environ.update(dict.fromkeys(_THREADS, count))
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


def batched(job: Job, scenario: str | Path) -> list[dict[str, Any]]:
    """Every run of a job by `batch_run`: one row of outcomes a run."""
    keywords: dict[str, Any] = {"scenario": str(scenario), "conduct": job.scenario.conduct}
    keywords |= {"replicate": range(job.design.replicates), "policy": list(job.design.policies)}
    rows = batch_run(BatchModel, keywords, number_processes=2, display_progress=False)
    assert len(rows) == job.design.runs
    return rows


def batch(repeats: int = 2) -> list[Measured]:
    """Runs a second of a sweep over those of `mesa.batch_run`, the same worlds and policies, two processes each."""
    measured = []
    with folder() as place:
        small = write_small(place)
        cases = (
            ("six states", small, job_of(small, 150)),
            ("flagship, scripted", FLAGSHIP, job_of(FLAGSHIP, 8)),
            ("flagship, strategic, tables known", FLAGSHIP, job_of(FLAGSHIP, 64, "strategic")),
        )
        for name, scenario, job in cases:
            if "known" in name:
                course_of(job, place / "known", 2)
            ours: list[float] = []
            theirs: dict[str, list[float]] = {"one thread each": [], "threads not set": []}
            for n in range(repeats):
                for told, times in theirs.items():
                    with threads("1" if told.startswith("one") else None):
                        began = time.perf_counter()
                        batched(job, scenario)
                        times.append(time.perf_counter() - began)
                ours.append(course_of(job, place / f"{name} {n}", 2).seconds)
            runs = job.design.runs
            for told, times in theirs.items():
                note = f"{runs / min(ours):.1f} and {runs / min(times):.1f} runs a second, {runs} runs, start in it"
                case = f"over batch_run, {told}: {name}"
                measured.append(Measured(case, min(times) / min(ours), "x", 3.0, True, note=note))
    return measured
