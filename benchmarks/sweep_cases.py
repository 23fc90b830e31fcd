"""Cases of the sweep benchmark, and sweeps of them: timed, in a folder that is thrown away."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from coercion_sim.economy import solutions
from coercion_sim.experiments import InterruptedRun, Job, Workers, make_job, run_into
from coercion_sim.testing import small_world
from coercion_sim.world import save_world

FLAGSHIP = "australia-2020"
_HERE = Path(__file__).resolve().parent


@contextmanager
def folder() -> Iterator[Path]:
    """A folder for a while."""
    made = Path(tempfile.mkdtemp(prefix="bench-sweep-"))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def write_small(into: Path) -> Path:
    """Write the small scenario and its world of six states; return the scenario's path."""
    save_world(small_world(), into / "small")
    return Path(shutil.copy(_HERE / "small_real.toml", into / "small_real.toml"))


def job_of(scenario: str | Path, worlds: int, conduct: str = "scripted") -> Job:
    """A job of so many worlds, each under every policy of the scenario."""
    return make_job(scenario, replicates=worlds, overrides=[f"conduct={conduct}"])


def with_worlds(job: Job, worlds: int) -> Job:
    """The same job with another number of worlds."""
    return replace(job, design=replace(job.design, replicates=worlds))


@dataclass
class Course:
    """How a sweep went on: seconds since its start and runs done, at every report.

    Attributes
    ----------
    seconds
        Of the whole, its tables included.
    """

    runs: int = 0
    seconds: float = 0.0
    at: list[tuple[float, int]] = field(default_factory=list)

    @property
    def first(self) -> float:
        """Seconds until the first runs were in."""
        return next((s for s, done in self.at if done), self.seconds)

    def steady(self, after: float = 0.25) -> float:
        """Runs a second once a share of the runs is in, until the last is: start, warm-up and tables left out."""
        begun = next((s, done) for s, done in self.at if done >= after * self.runs)
        last = self.at[-1]
        return (last[1] - begun[1]) / (last[0] - begun[0]) if last[0] > begun[0] else float("nan")

    @property
    def closing(self) -> float:
        """Seconds from the last run to the finished folder."""
        return self.seconds - self.at[-1][0]


def course_of(job: Job, into: Path, workers: int, most_seconds: float | None = None, cold: bool = True) -> Course:
    """Run a sweep into a folder; stop it after `most_seconds`, keeping what there is, as Ctrl-C does."""
    if cold:
        solutions.cache_clear()
    course = Course()
    began = time.perf_counter()

    def hear(done: int, total: int, failed: int) -> None:
        if failed:
            raise RuntimeError(f"{failed} runs failed")
        course.at.append((time.perf_counter() - began, done))
        if most_seconds is not None and course.at[-1][0] > most_seconds:
            raise KeyboardInterrupt

    with suppress(InterruptedRun):
        run_into(into, job, workers=Workers(workers, progress=hear))
    course.seconds = time.perf_counter() - began
    course.runs = course.at[-1][1]
    return course
