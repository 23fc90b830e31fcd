"""The scheduler and its ledger: every missing run is scheduled once, in any order of completion, after any resume."""

from __future__ import annotations

import random
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coercion_sim.experiments import Cell, Design, Shard, StoppingRule
from coercion_sim.experiments.design.stopping import enough, looks
from coercion_sim.experiments.engine.scheduler import Ledger, Scheduler
from coercion_sim.experiments.store.tables import RunMark
from support.folders import fake_job, losses

RULE = StoppingRule("target_loss_pv", 0.2, 200)


def design_of(points: int = 2, **settings: object) -> Design:
    return fake_job(losses(*(1.0 + p for p in range(points))), **settings).design


def every_run(design: Design, status: str = "ok") -> list[RunMark]:
    return [
        RunMark(p, k, q, status)
        for p in range(design.points)
        for k in range(design.replicates)
        for q in design.policies
    ]


def cells(scheduler: Scheduler) -> Iterator[Cell]:
    """Every cell scheduled where each task finishes at once."""
    while (task := scheduler.next()) is not None:
        yield from task
        runs = [RunMark(c.point, c.replicate, p, "ok") for c in task for p in c.policies]
        scheduler.finish(runs, len(task), 0.01 * len(task))


# ------------------------------------------------------------------ fixed numbers of replicates


@given(of=st.integers(1, 9), replicates=st.integers(1, 7), points=st.integers(1, 5), done=st.sets(st.integers(0, 69)))
def test_shards_schedule_every_missing_run_once_and_no_other(
    of: int, replicates: int, points: int, done: set[int]
) -> None:
    design = design_of(points, replicates=replicates)
    every = every_run(design)
    before = [run for n, run in enumerate(every) if n in done]
    scheduled = []
    for number in range(1, of + 1):
        scheduler = Scheduler(design, shard=Shard(number, of))
        scheduler.record(before)
        scheduled += [RunMark(c.point, c.replicate, p, "ok") for c in cells(scheduler) for p in c.policies]
    assert sorted(scheduled, key=repr) == sorted((run for run in every if run not in before), key=repr)


@given(
    seed=st.integers(0, 2**32), replicates=st.integers(1, 12), failing=st.floats(0, 1), under_way=st.integers(1, 8),
    workers=st.integers(1, 4), seconds=st.floats(1e-4, 2.0),
)  # fmt: skip
def test_any_order_of_completion_schedules_every_run_once(
    seed: int, replicates: int, failing: float, under_way: int, workers: int, seconds: float
) -> None:
    luck, design = random.Random(seed), design_of(3, replicates=replicates)
    every = every_run(design)
    before = luck.sample(every, luck.randint(0, len(every)))
    scheduler = Scheduler(design, workers=workers)
    scheduler.record(before)
    tasks, scheduled = [], []
    while True:
        while len(tasks) < under_way and (task := scheduler.next()) is not None:
            tasks.append(task)
            scheduled += [(c.point, c.replicate, p) for c in task for p in c.policies]
        if not tasks:
            break
        task = tasks.pop(luck.randrange(len(tasks)))
        runs = [
            RunMark(c.point, c.replicate, p, "failed" if luck.random() < failing else "ok")
            for c in task
            for p in c.policies
        ]
        scheduler.finish(runs, len(task), seconds * len(task))
    done = {(r.point, r.replicate, r.policy) for r in before}
    assert len(scheduled) == len(set(scheduled))
    assert set(scheduled) | done == {(r.point, r.replicate, r.policy) for r in every}
    assert done.isdisjoint(scheduled)
    assert scheduler.ledger.done == scheduler.expected == design.runs


def test_tasks_grow_to_half_a_second_and_shrink_towards_the_end() -> None:
    scheduler, sizes = Scheduler(design_of(1, replicates=3000), workers=2), []
    while (task := scheduler.next()) is not None:
        sizes.append(len(task))
        runs = [RunMark(c.point, c.replicate, p, "ok") for c in task for p in c.policies]
        scheduler.finish(runs, len(task), 0.005 * len(task))
    assert sizes[0] == 1
    assert max(sizes) == 100  # half a second at five milliseconds
    assert sizes[-1] == 1
    assert sum(sizes) == 3000


def test_runs_outside_the_design_are_counted_and_not_entered() -> None:
    scheduler = Scheduler(design_of(2, replicates=3))
    outside = [RunMark(2, 0, "stand_alone", "ok"), RunMark(0, 3, "stand_alone", "ok"), RunMark(0, 0, "other", "ok"),
               RunMark(-1, 0, "stand_alone", "ok")]  # fmt: skip
    scheduler.record([*outside, RunMark(0, 0, "stand_alone", "ok")])
    assert (scheduler.outside, scheduler.ledger.done) == (4, 1)


def test_a_cell_holds_the_policies_it_lacks_alone() -> None:
    scheduler = Scheduler(design_of(1, replicates=2))
    scheduler.record([RunMark(0, 0, "stand_alone", "ok"), RunMark(0, 1, "respond_as_allies", "failed")])
    assert list(cells(scheduler)) == [Cell(0, 0, ("respond_as_allies",)), Cell(0, 1, ("stand_alone",))]


def test_every_cell_is_in_one_shard_and_shards_are_equal_stretches() -> None:
    for of in (1, 2, 3, 7, 40):
        shards = [Shard(n, of) for n in range(1, of + 1)]
        owners = [[s.number for s in shards if s.has(cell, 23)] for cell in range(23)]
        assert all(len(owner) == 1 for owner in owners)
        assert owners == sorted(owners)
        sizes = [sum(s.has(cell, 23) for cell in range(23)) for s in shards]
        assert max(sizes) - min(sizes) <= 1
        for s, size in zip(shards, sizes, strict=True):
            design = design_of(1, replicates=23)
            assert Scheduler(design, shard=s).expected == size * len(design.policies)


# ------------------------------------------------------------------ with a stopping rule


def marks(values: np.ndarray, point: int = 0, policies: tuple[str, ...] = ("stand_alone",)) -> list[RunMark]:
    return [RunMark(point, k, q, "ok", float(v)) for k, v in enumerate(values) for q in policies]


@settings(deadline=None)
@given(seed=st.integers(0, 2**32), known=st.integers(0, 200))
def test_a_point_stops_at_the_first_look_that_is_enough(seed: int, known: int) -> None:
    """Whatever an earlier process did, and in tasks of any size: the look depends on the values alone."""
    design = design_of(1, policies=["stand_alone"], replicates=RULE)
    values = np.random.default_rng(seed).normal(0.0, np.random.default_rng(seed + 1).uniform(0.2, 3.0), 200)
    wanted = next((n for j, n in enumerate(looks(RULE)) if enough(values[:n, None], RULE, j)), 200)
    runs = marks(values)
    scheduler = Scheduler(design, workers=2)
    scheduler.record(runs[: min(known, wanted)])
    done = set(range(min(known, wanted)))
    while (task := scheduler.next()) is not None:
        assert done.isdisjoint(c.replicate for c in task)
        done |= {c.replicate for c in task}
        scheduler.finish([runs[c.replicate] for c in task], len(task), 0.02 * len(task))
    assert done == set(range(wanted))
    assert scheduler.replicates_of(0) == scheduler.expected == wanted


@settings(deadline=None, max_examples=25)
@given(seed=st.integers(0, 2**32), under_way=st.integers(1, 6), of=st.integers(1, 3))
def test_points_stop_at_the_same_looks_in_any_order_of_completion_and_in_shards(
    seed: int, under_way: int, of: int
) -> None:
    luck, design = random.Random(seed), design_of(3, policies=["stand_alone"], replicates=RULE)
    spread = np.random.default_rng(seed).uniform(0.2, 2.0, 3)
    values = [np.random.default_rng(seed + p).normal(0.0, spread[p], 200) for p in range(3)]
    wanted = [next((n for j, n in enumerate(looks(RULE)) if enough(v[:n, None], RULE, j)), 200) for v in values]
    scheduled: list[tuple[int, int]] = []
    for number in range(1, of + 1):
        scheduler, tasks = Scheduler(design, shard=Shard(number, of)), []
        while True:
            while len(tasks) < under_way and (task := scheduler.next()) is not None:
                tasks.append(task)
            if not tasks:
                break
            task = tasks.pop(luck.randrange(len(tasks)))
            scheduled += [(c.point, c.replicate) for c in task]
            runs = [RunMark(c.point, c.replicate, "stand_alone", "ok", values[c.point][c.replicate]) for c in task]
            scheduler.finish(runs, len(task), 0.05 * len(task))
    assert sorted(scheduled) == [(p, k) for p in range(3) for k in range(wanted[p])]


def test_failed_runs_count_as_missing_values_of_the_rule() -> None:
    """Three failures in 32 are more than two percent: the point goes on although its mean is known well enough."""
    design = design_of(1, policies=["stand_alone"], replicates=RULE)
    values = np.random.default_rng(1).normal(0.0, 0.01, 200)
    whole, broken = Scheduler(design), Scheduler(design)
    list(_finish(whole, lambda k: RunMark(0, k, "stand_alone", "ok", values[k])))
    list(
        _finish(
            broken, lambda k: RunMark(0, k, "stand_alone", "failed" if k < 3 else "ok", None if k < 3 else values[k])
        )
    )
    assert whole.replicates_of(0) == 32
    assert broken.replicates_of(0) > 96


def _finish(scheduler: Scheduler, run: object) -> Iterator[int]:
    while (task := scheduler.next()) is not None:
        scheduler.finish([run(c.replicate) for c in task], len(task), 0.01)  # type: ignore[operator]
        yield len(task)


# ------------------------------------------------------------------ the ledger


@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 3), st.integers(0, 1), st.sampled_from(["ok", "failed"]))))
def test_the_last_entry_of_a_run_counts(entries: list[tuple[int, int, int, str]]) -> None:
    design = design_of(2, replicates=4)
    ledger = Ledger(design)
    last = {}
    for point, replicate, q, status in entries:
        assert ledger.enter([RunMark(point, replicate, design.policies[q], status)]) == 0
        last[point, replicate, design.policies[q]] = status
    assert ledger.counts == {status: list(last.values()).count(status) for status in ("ok", "failed")}
    assert ledger.done == len(last)
    for point in range(2):
        for replicate in range(4):
            lacking = tuple(q for q in design.policies if (point, replicate, q) not in last)
            assert ledger.missing(point, replicate) == lacking


def test_failed_runs_become_missing_when_reset() -> None:
    design = design_of(2, replicates=3)
    ledger = Ledger(design)
    ledger.enter(every_run(design))
    ledger.enter([RunMark(1, k, "stand_alone", "failed") for k in range(3)])
    assert ledger.counts == {"ok": 9, "failed": 3}
    assert ledger.reset_failed() == 3
    assert ledger.counts == {"ok": 9, "failed": 0}
    assert [ledger.missing(1, k) for k in range(3)] == [("stand_alone",)] * 3
    assert ledger.missing(0, 0) == ()
    assert ledger.reset_failed() == 0


def test_a_status_the_ledger_does_not_know_is_an_error() -> None:
    with pytest.raises(KeyError):
        Ledger(design_of(1)).enter([RunMark(0, 0, "stand_alone", "half done")])
