"""A function over many items, here or on worker processes; answers in the order of the items."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from coercion_sim.experiments.pools import ONE_THREAD

Item = TypeVar("Item")
Answer = TypeVar("Answer")


def in_processes(function: Callable[[Item], Answer], items: Sequence[Item], workers: int = 1) -> Iterator[Answer]:
    """Yield ``function(item)`` for every item, in order. What is computed does not depend on `workers`.

    Closing the iterator, or an interrupt, ends the workers at once.
    """
    count = min(workers, len(items))
    if count <= 1:
        yield from map(function, items)
        return
    from loky import ProcessPoolExecutor

    pool = ProcessPoolExecutor(max_workers=count, env=ONE_THREAD)
    finished = False
    try:
        yield from pool.map(function, items)
        finished = True
    finally:
        pool.shutdown(wait=True, kill_workers=not finished)
