"""Running a design: in this process or on loky workers, replicate by replicate, in any order."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from functools import lru_cache
from multiprocessing import resource_tracker
from typing import Any

from coercion_sim.errors import InvalidInput, Problem
from coercion_sim.experiments.replicate import Job
from coercion_sim.experiments.tables import RunRows

#: Called after each replicate with (runs done, runs in all, runs failed).
Progress = Callable[[int, int, int], None]

#: One thread per worker: the arrays are small, and more threads only fight over the cores.
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "NUMEXPR_NUM_THREADS"), "1"
)


#: Replicates as they finish, each with the runs of all its policies.
Finished = Generator[tuple[RunRows, ...], None, None]


def execute(job: Job, replicates: Sequence[int], *, workers: int = 1) -> Finished:
    """Yield the runs of each replicate as it finishes; all policies of a replicate together.

    With one worker, in this process and in order; with more, on loky processes in order of finishing. What a run
    computes depends on neither. Closing the iterator (or an interrupt) ends the workers at once.
    """
    count = min(workers, len(replicates))
    if count <= 1:
        return (job.replicate(k) for k in replicates)
    return _on_workers(job, list(replicates), count)


def _on_workers(job: Job, waiting: list[int], workers: int) -> Finished:
    """Keep the workers busy; where one dies, try what was in flight alone, and record what dies again."""
    blob = _pickle(job)
    waiting.reverse()
    while waiting:
        in_flight: dict[Future[tuple[RunRows, ...]], int] = {}
        pool = _pool(workers, blob)
        broken = False
        try:
            while (waiting or in_flight) and not broken:
                while waiting and len(in_flight) < 2 * workers:
                    replicate = waiting.pop()
                    in_flight[_submit(pool, replicate)] = replicate
                done, _ = wait(in_flight, return_when=FIRST_COMPLETED)
                for future in done:
                    if _died(future):
                        broken = True
                    else:
                        del in_flight[future]
                        yield future.result()
        finally:
            pool.shutdown(wait=True, kill_workers=bool(in_flight))
        if broken:
            yield from _one_by_one(job, blob, sorted(in_flight.values()))


def _one_by_one(job: Job, blob: bytes, suspects: Iterable[int]) -> Finished:
    """Run each suspect on a worker of its own, so that one that kills its worker takes no other with it."""
    for replicate in suspects:
        pool = _pool(1, blob)
        try:
            future = _submit(pool, replicate)
            wait([future])
            yield (
                job.lost(replicate, "the worker process died (killed, or out of memory)")
                if _died(future)
                else future.result()
            )
        finally:
            pool.shutdown(wait=True, kill_workers=True)


def _died(future: Future[Any]) -> bool:
    """Whether the process behind a finished future died before it could answer."""
    from loky.process_executor import BrokenProcessPool

    return isinstance(future.exception(), BrokenProcessPool)


def _pool(workers: int, blob: bytes) -> Any:
    """Workers that hold the job and ignore the keyboard; this process hears the interrupt and ends them."""
    from loky import ProcessPoolExecutor

    return ProcessPoolExecutor(max_workers=workers, initializer=_prepare, initargs=(blob,), env=ONE_THREAD)


def _submit(pool: Any, replicate: int) -> Future[tuple[RunRows, ...]]:
    """Hand one replicate to the pool, with interrupts held back while it starts its processes.

    A child inherits the blocked signal (POSIX), so an interrupt of the whole process group while workers are still
    importing reaches this process alone. Starting a resource tracker unblocks it again, so both are started before; and
    an interrupt inside `submit` would leave the pool half made, so it is only noted there and raised afterwards.
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
        future: Future[tuple[RunRows, ...]] = pool.submit(_replicate, replicate)
    finally:
        if mask:
            mask(signal.SIG_SETMASK, before)
        if main:
            signal.signal(signal.SIGINT, handler)
    if heard:
        pool.shutdown(wait=True, kill_workers=True)
        raise KeyboardInterrupt
    return future


# ------------------------------------------------------------------ in the worker


def _prepare(blob: bytes) -> None:
    """Set a worker up: unpack the job once, and end with the process that started it, however that ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    os.environ.update(ONE_THREAD)
    _held().append(_unpickle(blob))


def _end_with(parent: int) -> None:
    """Leave when the parent is gone: a killed parent cannot tell its workers."""
    while os.getppid() == parent:
        time.sleep(2.0)
    os._exit(1)


def _replicate(replicate: int) -> tuple[RunRows, ...]:
    """Run one replicate of the job this worker holds."""
    job: Job = _held()[-1]
    return job.replicate(replicate)


@lru_cache(maxsize=1)
def _held() -> list[Job]:
    """Where a worker process keeps its job (filled once by `_prepare`, never in the main process)."""
    return []


def _pickle(job: Job) -> bytes:
    """Serialise by value what a plain pickle cannot: functions of notebooks and scripts."""
    import cloudpickle  # type: ignore[import-untyped]  # comes with loky

    try:
        return bytes(cloudpickle.dumps(job))
    except Exception as error:
        message = f"something in it cannot be sent to worker processes: {type(error).__name__}: {error}"
        remedy = "--workers 1; or keep open files, locks and the like out of the module of a policy"
        raise InvalidInput(Problem(message, key="--policy-file", allowed=remedy)) from None


def _unpickle(blob: bytes) -> Job:
    import cloudpickle

    job = cloudpickle.loads(blob)
    assert isinstance(job, Job)
    return job


def available_cores() -> int:
    """Cores this process may use, at least 1."""
    from loky import cpu_count

    return max(1, int(cpu_count()))
