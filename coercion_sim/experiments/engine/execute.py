"""Executing a design: in this process or on workers, task by task, in any order."""

from __future__ import annotations

from collections.abc import Callable, Generator
from concurrent.futures import FIRST_COMPLETED, Future, wait

from coercion_sim.experiments.design.design import Job, Task
from coercion_sim.experiments.engine.pools import LokyPool, Pool, PoolMaker
from coercion_sim.experiments.engine.scheduler import Scheduler
from coercion_sim.experiments.engine.tasks import Done, lost, perform

#: Called after each task with (runs done, runs in all, runs failed).
Progress = Callable[[int, int, int], None]

#: Tasks as they finish.
Finished = Generator[Done, None, None]

_DEATH = "the worker process died (killed, or out of memory)"


def execute(job: Job, scheduler: Scheduler, *, workers: int = 1, make_pool: PoolMaker = LokyPool) -> Finished:
    """Yield each task as it finishes, recorded by the scheduler.

    One worker of this machine works in this process and in order; others finish in any order. The results depend on
    neither. Closing the iterator (or an interrupt) ends the workers at once.
    """
    if workers <= 1 and make_pool is LokyPool:
        while (task := scheduler.next()) is not None:
            yield _recorded(scheduler, task, perform(job, task))
        return
    waiting = scheduler.next()
    while waiting is not None:
        waiting = yield from _on_workers(job, scheduler, waiting, workers, make_pool)


def _recorded(scheduler: Scheduler, task: Task, done: Done) -> Done:
    scheduler.finish(done.rows.runs, len(task), done.seconds)
    return done


def _on_workers(
    job: Job, scheduler: Scheduler, waiting: Task | None, workers: int, make_pool: PoolMaker
) -> Generator[Done, None, Task | None]:
    """Keep a pool busy until nothing is left, or a worker's death ends it; return the task that is next then."""
    pool = make_pool(job, workers)
    under_way: dict[Future[Done], Task] = {}
    suspects: list[Task] = []
    try:
        while waiting is not None or under_way:
            while waiting is not None and len(under_way) < 2 * pool.workers:
                under_way[_submitted(pool, waiting)] = waiting
                waiting = scheduler.next()
            finished, _ = wait(under_way, return_when=FIRST_COMPLETED)
            for future in finished:
                task = under_way.pop(future)
                if pool.died(future):
                    suspects.append(task)
                else:
                    yield _recorded(scheduler, task, future.result())
            if suspects and pool.breaks:
                suspects += under_way.values()
                break
            waiting = waiting or scheduler.next()
    finally:
        pool.shutdown(kill=bool(under_way))
    for task in sorted(suspects):
        yield from _alone(job, scheduler, task, make_pool)
    return waiting or scheduler.next()


def _submitted(pool: Pool, task: Task) -> Future[Done]:
    """Submit a task; the error of a pool that refuses it goes into the future.

    A worker may have died since the last result, which breaks the pool.
    """
    try:
        return pool.submit(task)
    except Exception as error:
        refused: Future[Done] = Future()
        refused.set_exception(error)
        return refused


def _alone(job: Job, scheduler: Scheduler, task: Task, make_pool: PoolMaker) -> Finished:
    """Try a suspect task on a separate worker; where that dies too, halve it, down to the cell that kills it."""
    pool = make_pool(job, 1)
    try:
        future = pool.submit(task)
        wait([future])
        died = pool.died(future)
        if not died:
            yield _recorded(scheduler, task, future.result())
    finally:
        pool.shutdown(kill=True)
    if not died:
        return
    if len(task) == 1:
        yield _recorded(scheduler, task, lost(job, task, _DEATH))
        return
    middle = len(task) // 2
    yield from _alone(job, scheduler, task[:middle], make_pool)
    yield from _alone(job, scheduler, task[middle:], make_pool)
