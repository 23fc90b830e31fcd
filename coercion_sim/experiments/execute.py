"""Running a design: in this process or on workers, task by task, in any order."""

from __future__ import annotations

from collections.abc import Callable, Generator
from concurrent.futures import FIRST_COMPLETED, Future, wait

from coercion_sim.experiments.feed import Feed
from coercion_sim.experiments.job import Done, Job, Task
from coercion_sim.experiments.pools import LokyPool, Pool, PoolMaker

#: Called after each task with (runs done, runs in all, runs failed).
Progress = Callable[[int, int, int], None]

#: Tasks as they finish.
Finished = Generator[Done, None, None]

_DEATH = "the worker process died (killed, or out of memory)"


def execute(job: Job, feed: Feed, *, workers: int = 1, make_pool: PoolMaker = LokyPool) -> Finished:
    """Yield what came of each task as it finishes, and tell the feed.

    With one worker of this machine, in this process and in order; else on workers in order of finishing. What a run
    computes depends on neither. Closing the iterator (or an interrupt) ends the workers at once.
    """
    if workers <= 1 and make_pool is LokyPool:
        while (task := feed.next()) is not None:
            yield _told(feed, task, job.perform(task))
        return
    waiting = feed.next()
    while waiting is not None:
        waiting = yield from _on_workers(job, feed, waiting, workers, make_pool)


def _told(feed: Feed, task: Task, done: Done) -> Done:
    feed.done(done.rows.runs, len(task), done.seconds)
    return done


def _on_workers(
    job: Job, feed: Feed, waiting: Task | None, workers: int, make_pool: PoolMaker
) -> Generator[Done, None, Task | None]:
    """Keep a pool busy until nothing is left, or a worker's death ends it; return the task that is next then."""
    pool = make_pool(job, workers)
    under_way: dict[Future[Done], Task] = {}
    suspects: list[Task] = []
    try:
        while waiting is not None or under_way:
            while waiting is not None and len(under_way) < 2 * pool.workers:
                under_way[_handed(pool, waiting)] = waiting
                waiting = feed.next()
            finished, _ = wait(under_way, return_when=FIRST_COMPLETED)
            for future in finished:
                task = under_way.pop(future)
                if pool.died(future):
                    suspects.append(task)
                else:
                    yield _told(feed, task, future.result())
            if suspects and pool.breaks:
                suspects += under_way.values()
                break
            waiting = waiting or feed.next()
    finally:
        pool.shutdown(kill=bool(under_way))
    for task in sorted(suspects):
        yield from _alone(job, feed, task, make_pool)
    return waiting or feed.next()


def _handed(pool: Pool, task: Task) -> Future[Done]:
    """Hand a task over; a pool that cannot take it says so in the future.

    A worker may have died since the last answer, and that breaks the pool.
    """
    try:
        return pool.submit(task)
    except Exception as error:
        refused: Future[Done] = Future()
        refused.set_exception(error)
        return refused


def _alone(job: Job, feed: Feed, task: Task, make_pool: PoolMaker) -> Finished:
    """Try a suspect task on a worker of its own; where that dies too, halve it, down to the world that kills it."""
    pool = make_pool(job, 1)
    try:
        future = pool.submit(task)
        wait([future])
        died = pool.died(future)
        if not died:
            yield _told(feed, task, future.result())
    finally:
        pool.shutdown(kill=True)
    if not died:
        return
    if len(task) == 1:
        yield _told(feed, task, job.lost(task, _DEATH))
        return
    middle = len(task) // 2
    yield from _alone(job, feed, task[:middle], make_pool)
    yield from _alone(job, feed, task[middle:], make_pool)
