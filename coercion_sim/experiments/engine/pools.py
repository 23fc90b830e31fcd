"""Workers: processes of this machine, or of a Dask cluster, that keep the job and perform tasks."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from hashlib import blake2b
from multiprocessing import resource_tracker
from typing import Any, Protocol, TypeVar

from coercion_sim.environment import ONE_THREAD, environment_hash, one_thread, prints_aside
from coercion_sim.errors import CoercionSimError, InvalidInput, Problem, note_warning
from coercion_sim.experiments.design.design import Job, Task
from coercion_sim.experiments.engine.tasks import Done, perform
from coercion_sim.experiments.store.manifest import code_of_results

Item = TypeVar("Item")
Answer = TypeVar("Answer")


#: Signals that interrupt an experiment; a terminal or batch system sends them to every process of the group.
_INTERRUPTS = (signal.SIGINT, signal.SIGTERM)


class Pool(Protocol):
    """Workers that keep one job."""

    @property
    def workers(self) -> int:
        """Number of workers."""

    @property
    def breaks(self) -> bool:
        """Whether the death of one worker ends the pool and all tasks under way."""

    def submit(self, task: Task) -> Future[Done]:
        """Submit a task."""

    def died(self, future: Future[Done]) -> bool:
        """Whether the worker of a finished future died during its task."""

    def shutdown(self, *, kill: bool) -> None:
        """End the workers, at once or after the tasks under way."""


#: Makes a pool of so many workers for a job.
PoolMaker = Callable[[Job, int], Pool]


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
        """Submit a task, with interrupts blocked while the pool starts its processes.

        A child inherits the blocked signal (POSIX), so an interrupt of the whole process group while workers are still
        importing reaches this process alone. Starting a resource tracker unblocks it again, so both are started before.
        An interrupt inside `submit` would leave the pool half made: the handler notes it, and it is raised afterwards.
        """
        from loky.backend import resource_tracker as loky_tracker

        resource_tracker.ensure_running()
        loky_tracker.ensure_running()
        interrupts: list[int] = []
        main = threading.current_thread() is threading.main_thread()
        handlers = {n: signal.signal(n, lambda number, _: interrupts.append(number)) for n in _INTERRUPTS if main}
        mask = getattr(signal, "pthread_sigmask", None)
        before = mask(signal.SIG_BLOCK, _INTERRUPTS) if mask else None
        try:
            future: Future[Done] = self._pool.submit(_perform, task)
        finally:
            if mask:
                mask(signal.SIG_SETMASK, before)
            for number, handler in handlers.items():
                signal.signal(number, handler)
        if interrupts:
            self.shutdown(kill=True)
            if signal.SIGTERM in interrupts and handlers.get(signal.SIGTERM) in (signal.SIG_DFL, None):
                signal.raise_signal(signal.SIGTERM)  # nobody took it for an interrupt
            raise KeyboardInterrupt
        return future

    def died(self, future: Future[Done]) -> bool:
        """Whether the worker of a finished future died during its task."""
        from loky.process_executor import BrokenProcessPool

        return isinstance(future.exception(), BrokenProcessPool)

    def shutdown(self, *, kill: bool) -> None:
        """End the workers, at once or after the tasks under way."""
        self._pool.shutdown(wait=True, kill_workers=kill)


def dask_pool(address: str) -> PoolMaker:
    """Return a maker of pools on the cluster whose Dask scheduler is at `address`, e.g. ``tcp://login1:8786``.

    Raises
    ------
    InvalidInput
        Where dask.distributed is not installed, the address does not answer, the cluster has no workers, or workers
        have several threads (the model's libraries keep state by process).
    """
    try:
        from distributed import Client
    except ImportError:
        remedy = "pip install 'coercion-sim[cluster]'"
        raise InvalidInput(Problem("dask.distributed is not installed", key="--dask", allowed=remedy)) from None
    try:
        client = Client(address, timeout="10s", set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        message = f"no answer ({error})"
        allowed = "the address the scheduler prints, e.g. tcp://127.0.0.1:8786"
        raise InvalidInput(Problem(message, key="--dask", found=repr(address), allowed=allowed)) from None
    threads = client.nthreads()
    if not threads or max(threads.values()) > 1:
        message = "workers have several threads" if threads else "the cluster has no workers"
        raise InvalidInput(Problem(message, key="--dask", found=repr(address), allowed="dask worker --nthreads 1"))
    return lambda job, workers: DaskPool(client, job, len(threads))


class DaskPool:
    """A cluster's workers; each unpacks the job once."""

    breaks = False

    def __init__(self, client: Any, job: Job, workers: int) -> None:
        self.workers = workers
        blob = pickled(job)
        self._digest = blake2b(blob).hexdigest()
        self._code = code_of_results() + environment_hash()
        self._blob = client.scatter(blob, broadcast=True)
        self._executor = client.get_executor(pure=False)

    def submit(self, task: Task) -> Future[Done]:
        """Submit a task."""
        future: Future[Done] = self._executor.submit(_perform_on_cluster, self._digest, self._code, self._blob, task)
        return future

    def died(self, future: Future[Done]) -> bool:
        """Whether workers died of the task: the cluster has tried a few by then."""
        from distributed.scheduler import KilledWorker

        return isinstance(future.exception(), KilledWorker)

    def shutdown(self, *, kill: bool) -> None:
        """Drop the tasks under way; the cluster belongs to the user and stays."""
        self._executor.shutdown(wait=not kill)


# ------------------------------------------------------------------ in the worker

#: Job of a worker process by the hash of its pickle; one at most, none in the main process.
_jobs: dict[str, Job] = {}


def _prepare(blob: bytes, parent: int) -> None:
    """Set a worker up: unpack the job once, and end with the process that started it."""
    _follow(parent)
    os.environ.update(ONE_THREAD)
    _jobs[""] = unpickled(blob)


def _follow(parent: int) -> None:
    """Leave interrupts to the parent, print and warn as it does during a run, and end with it, however it ends.

    It may have ended already, so its number comes as an argument instead of from `os.getppid`.
    """
    for number in _INTERRUPTS:
        signal.signal(number, signal.SIG_IGN)
    warnings.showwarning = note_warning
    sys.stdout = sys.stderr  # as `prints_aside`
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    """Exit when the parent is gone: a killed parent cannot end its workers."""
    while os.getppid() == parent:
        time.sleep(2.0)
    os._exit(1)


def _perform(task: Task) -> Done:
    """Perform a task of this worker's job."""
    return perform(_jobs[""], task)


def _perform_on_cluster(digest: str, code: str, blob: bytes, task: Task) -> Done:
    """Perform a task on a worker of a cluster; refuse where its code would give other numbers."""
    if code != code_of_results() + environment_hash():
        fault = "another version of coercion-sim, numpy, scipy or BLAS, or another kind of processor"
        raise CoercionSimError(f"a worker of the cluster has {fault}")
    if digest not in _jobs:
        _jobs.clear()
        _jobs[digest] = unpickled(blob)
    return perform(_jobs[digest], task)


def pickled(job: Job) -> bytes:
    """Serialise a job, by value where a plain pickle cannot: functions of notebooks and scripts."""
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


# ------------------------------------------------------------------ besides


def available_cores() -> int:
    """Cores this process may use, at least 1."""
    from loky import cpu_count

    return max(1, int(cpu_count()))


def in_processes(function: Callable[[Item], Answer], items: Sequence[Item], workers: int = 1) -> Iterator[Answer]:
    """Yield ``function(item)`` for every item, in order, here or on worker processes; the values do not depend on it.

    Closing the iterator, or an interrupt, ends the workers at once.
    """
    count = min(workers, len(items))
    if count <= 1:
        for item in items:
            with one_thread(), prints_aside():
                answer = function(item)
            yield answer
        return
    from loky import ProcessPoolExecutor

    pool = ProcessPoolExecutor(max_workers=count, env=ONE_THREAD, initializer=_follow, initargs=(os.getpid(),))
    finished = False
    try:
        yield from pool.map(function, items)
        finished = True
    finally:
        pool.shutdown(wait=True, kill_workers=not finished)
