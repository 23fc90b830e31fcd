"""Workers: processes of this machine that hold the job and do tasks."""

from __future__ import annotations

import os
import signal
import threading
import time
from concurrent.futures import Future
from functools import lru_cache
from multiprocessing import resource_tracker
from typing import Protocol

from coercion_sim.errors import InvalidInput, Problem
from coercion_sim.experiments.job import Done, Job, Task

#: One thread per worker: the arrays are small, and more threads only fight over the cores.
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "NUMEXPR_NUM_THREADS"), "1"
)


class Pool(Protocol):
    """Workers that hold one job."""

    @property
    def workers(self) -> int:
        """How many there are."""

    @property
    def breaks(self) -> bool:
        """Whether one worker's death ends the pool and whatever was under way."""

    def submit(self, task: Task) -> Future[Done]:
        """Hand over a task."""

    def died(self, future: Future[Done]) -> bool:
        """Whether the worker behind a finished future died before it could answer."""

    def shutdown(self, *, kill: bool) -> None:
        """End the workers, at once or after what is under way."""


class PoolMaker(Protocol):
    """Makes a pool of so many workers for a job."""

    def __call__(self, job: Job, workers: int) -> Pool:
        """Return the pool."""


class LokyPool:
    """Processes of this machine, started with the first task; each unpacks the job once and stays warm."""

    breaks = True

    def __init__(self, job: Job, workers: int) -> None:
        from loky import ProcessPoolExecutor

        self.workers = workers
        self._pool = ProcessPoolExecutor(
            max_workers=workers, initializer=_prepare, initargs=(pickled(job), os.getpid()), env=ONE_THREAD
        )

    def submit(self, task: Task) -> Future[Done]:
        """Hand over a task, with interrupts held back while the pool starts its processes.

        A child inherits the blocked signal (POSIX), so an interrupt of the whole process group while workers are still
        importing reaches this process alone. Starting a resource tracker unblocks it again, so both are started before;
        and as an interrupt inside `submit` would leave the pool half made, it is only noted there and raised after.
        """
        from loky.backend import resource_tracker as loky_tracker

        resource_tracker.ensure_running()
        loky_tracker.ensure_running()
        heard: list[int] = []
        main = threading.current_thread() is threading.main_thread()
        handler = signal.signal(signal.SIGINT, lambda number, _: heard.append(number)) if main else None
        mask = getattr(signal, "pthread_sigmask", None)
        before = mask(signal.SIG_BLOCK, {signal.SIGINT}) if mask else None
        try:
            future: Future[Done] = self._pool.submit(_perform, task)
        finally:
            if mask:
                mask(signal.SIG_SETMASK, before)
            if main:
                signal.signal(signal.SIGINT, handler)
        if heard:
            self.shutdown(kill=True)
            raise KeyboardInterrupt
        return future

    def died(self, future: Future[Done]) -> bool:
        """Whether the worker behind a finished future died before it could answer."""
        from loky.process_executor import BrokenProcessPool

        return isinstance(future.exception(), BrokenProcessPool)

    def shutdown(self, *, kill: bool) -> None:
        """End the workers, at once or after what is under way."""
        self._pool.shutdown(wait=True, kill_workers=kill)


# ------------------------------------------------------------------ in the worker


def _prepare(blob: bytes, parent: int) -> None:
    """Set a worker up: unpack the job once, and end with the process that started it, however that ends.

    It may have ended before this is reached, so its number is told rather than asked for.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    os.environ.update(ONE_THREAD)
    _held().append(unpickled(blob))


def _end_with(parent: int) -> None:
    """Leave when the parent is gone: a killed parent cannot tell its workers."""
    while os.getppid() == parent:
        time.sleep(2.0)
    os._exit(1)


def _perform(task: Task) -> Done:
    """Do a task of the job this worker holds."""
    return _held()[-1].perform(task)


@lru_cache(maxsize=1)
def _held() -> list[Job]:
    """Where a worker process keeps its job (filled once by `_prepare`, never in the main process)."""
    return []


def pickled(job: Job) -> bytes:
    """Serialise by value what a plain pickle cannot: functions of notebooks and scripts."""
    import cloudpickle  # type: ignore[import-untyped]  # comes with loky

    try:
        return bytes(cloudpickle.dumps(job))
    except Exception as error:
        message = f"something in it cannot be sent to worker processes: {type(error).__name__}: {error}"
        remedy = "--workers 1; or keep open files, locks and the like out of the module of a policy"
        raise InvalidInput(Problem(message, key="--policy-file", allowed=remedy)) from None


def unpickled(blob: bytes) -> Job:
    """Return the job serialised by `pickled`."""
    import cloudpickle

    job = cloudpickle.loads(blob)
    assert isinstance(job, Job)
    return job


def available_cores() -> int:
    """Cores this process may use, at least 1."""
    from loky import cpu_count

    return max(1, int(cpu_count()))
