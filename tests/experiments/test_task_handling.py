"""Tasks on their way: a pool that breaks between two answers, and tasks of more runs than are typed at once."""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path

import pytest

from coercion_sim.experiments import Job, Workers, run_into
from coercion_sim.experiments.design.design import Cell, Task
from coercion_sim.experiments.engine.tasks import Done, perform
from support.folders import fake_job, losses, part_bytes


class _Broken(Exception):
    """What the pool below says once a worker of it has died."""


class _Pool:
    """Does tasks at once; the first of its kind breaks after `sound` of them, and refuses tasks from then on."""

    workers = 2
    breaks = True
    made = 0
    sound = 3

    def __init__(self, job: Job, workers: int) -> None:
        self._job = job
        self._left = self.sound if type(self).made == 0 else 10**6
        type(self).made += 1

    def submit(self, task: Task) -> Future[Done]:
        if self._left == 0:
            raise _Broken("a worker died")
        self._left -= 1
        future: Future[Done] = Future()
        future.set_result(perform(self._job, task))
        return future

    def died(self, future: Future[Done]) -> bool:
        return isinstance(future.exception(), _Broken)

    def shutdown(self, *, kill: bool) -> None:
        pass


@pytest.mark.parametrize("sound", [0, 1, 3, 7])
def test_a_pool_that_breaks_before_it_is_handed_a_task_loses_no_run(tmp_path: Path, sound: int) -> None:
    class Pool(_Pool):
        pass

    Pool.sound = sound
    asked = fake_job(losses(1.0, 2.0), replicates=20)
    run_into(tmp_path / "plain", asked)
    made = run_into(tmp_path / "broken", asked, workers=Workers(2, Pool)).results
    assert Pool.made > 1
    assert not made.failed
    assert part_bytes(tmp_path / "broken") == part_bytes(tmp_path / "plain")


def test_what_a_pool_refuses_for_another_reason_is_raised(tmp_path: Path) -> None:
    class Refusing(_Pool):
        def submit(self, task: Task) -> Future[Done]:
            raise OSError("no room for another process")

    with pytest.raises(OSError, match="no room"):
        run_into(tmp_path, fake_job(replicates=4), workers=Workers(2, Refusing))


def test_rows_of_a_long_task_are_those_of_its_worlds_one_after_another() -> None:
    asked = fake_job(losses(1.0, 2.0), replicates=70)
    cells = [Cell(point, k, asked.design.policies) for point in (0, 1) for k in range(70)]
    whole = perform(asked, cells).rows
    single = [perform(asked, [cell]).rows for cell in cells]
    assert len(whole.runs) == 280
    assert list(whole.runs) == [run for rows in single for run in rows.runs]
    for name, table in whole.tables.items():
        assert table.to_pylist() == [row for rows in single for row in rows.tables[name].to_pylist()]
        assert list(whole.counts[name]) == [count for rows in single for count in rows.counts[name]]
        assert all(column.num_chunks <= 1 for column in table.columns)
