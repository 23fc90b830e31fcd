"""Workers beyond this machine: a Dask cluster that holds the job and does tasks."""

from __future__ import annotations

from concurrent.futures import Future
from hashlib import blake2b
from typing import Any

from coercion_sim.errors import CoercionSimError, InvalidInput, Problem
from coercion_sim.experiments.job import Done, Job, Task
from coercion_sim.experiments.manifest import code_of_results
from coercion_sim.experiments.pools import PoolMaker, pickled, unpickled


def dask_pool(address: str) -> PoolMaker:
    """Return a maker of pools on the cluster whose scheduler is at `address`, e.g. ``tcp://login1:8786``.

    Raises
    ------
    InvalidInput
        Where dask.distributed is not installed, nobody answers, no worker is there, or workers have several threads
        (the model's libraries keep state by process).
    """
    try:
        from distributed import Client
    except ImportError:
        remedy = "pip install 'coercion-sim[cluster]'"
        raise InvalidInput(Problem("dask.distributed is not installed", key="--dask", allowed=remedy)) from None
    try:
        client = Client(address, timeout="10s", set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        message = f"nobody answers ({error})"
        allowed = "the address the scheduler prints, e.g. tcp://127.0.0.1:8786"
        raise InvalidInput(Problem(message, key="--dask", found=repr(address), allowed=allowed)) from None
    threads = client.nthreads()
    if not threads or max(threads.values()) > 1:
        message = "workers have several threads" if threads else "the cluster has no workers"
        raise InvalidInput(Problem(message, key="--dask", found=repr(address), allowed="dask worker --nthreads 1"))
    return lambda job, workers: DaskPool(client, job, len(threads))


class DaskPool:
    """A cluster's workers, each of which unpacks the job once."""

    breaks = False

    def __init__(self, client: Any, job: Job, workers: int) -> None:
        self.workers = workers
        blob = pickled(job)
        self._digest = blake2b(blob).hexdigest()
        self._code = code_of_results()
        self._blob = client.scatter(blob, broadcast=True)
        self._executor = client.get_executor(pure=False)

    def submit(self, task: Task) -> Future[Done]:
        """Hand over a task."""
        future: Future[Done] = self._executor.submit(_perform, self._digest, self._code, self._blob, task)
        return future

    def died(self, future: Future[Done]) -> bool:
        """Whether workers died of it: the cluster has tried a few by then."""
        from distributed.scheduler import KilledWorker

        return isinstance(future.exception(), KilledWorker)

    def shutdown(self, *, kill: bool) -> None:
        """Forget what is under way; the cluster is not ours to end."""
        self._executor.shutdown(wait=not kill)


_jobs: dict[str, Job] = {}


def _perform(digest: str, code: str, blob: bytes, task: Task) -> Done:
    """Do a task, on a worker; refuse where its code would give other numbers."""
    if code != code_of_results():
        raise CoercionSimError("a worker of the cluster has another version of coercion-sim installed")
    if digest not in _jobs:
        _jobs.clear()
        _jobs[digest] = unpickled(blob)
    return _jobs[digest].perform(task)
