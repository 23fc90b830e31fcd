"""The journal and the scheduler: nothing finished is lost, nothing is handed out twice, whatever the moment."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coercion_sim.experiments import Cell, Job, Shard, StoppingRule, perform
from coercion_sim.experiments.design.stopping import enough, looks
from coercion_sim.experiments.engine.scheduler import Scheduler
from coercion_sim.experiments.store.journal import Journal
from coercion_sim.experiments.store.manifest import changes_between, describe_job
from coercion_sim.experiments.store.tables import RunMark
from support.folders import fake_job, losses


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Job, bytes, list[int]]:
    """A journal of four tasks, and where each ends."""
    folder = tmp_path_factory.mktemp("journal")
    job = fake_job(losses(1.0), replicates=4)
    ends = []
    with Journal(folder) as journal:
        for replicate in range(4):
            journal.add(perform(job, [Cell(0, replicate, job.design.policies)]).rows, list(job.design.point_keys()) * 2)
            ends.append(journal.path.stat().st_size)
    return job, journal.path.read_bytes(), ends


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(place=st.floats(0, 1))
def test_cut_anywhere_it_holds_every_task_that_was_whole_and_takes_more(
    written: tuple[Job, bytes, list[int]], tmp_path_factory: pytest.TempPathFactory, place: float
) -> None:
    job, data, ends = written
    cut = round(place * len(data))
    folder = tmp_path_factory.mktemp("cut")
    (folder / "journal.bin").write_bytes(data[:cut])
    whole = sum(end <= cut for end in ends)
    with Journal(folder) as journal:
        kept = [entry.runs[0].replicate for entry in journal.entries()]
        assert kept == list(range(whole))
        journal.add(perform(job, [Cell(0, 3, job.design.policies)]).rows, list(job.design.point_keys()) * 2)
    with Journal(folder) as journal:
        assert [entry.runs[0].replicate for entry in journal.entries()] == [*kept, 3]
        last = [journal.read(entry.at) for entry in journal.entries()][-1]
        assert last.tables["runs"].column("replicate").to_pylist() == [3, 3]


def test_a_task_that_ctrl_c_comes_upon_as_it_is_flushed_is_kept(
    written: tuple[Job, bytes, list[int]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = written[0]

    def interrupted(journal: Journal) -> None:
        raise KeyboardInterrupt

    with Journal(tmp_path) as journal:
        journal._flushed = -1e9
        monkeypatch.setattr(Journal, "sync", interrupted)
        with pytest.raises(KeyboardInterrupt):
            journal.add(perform(job, [Cell(0, 2, job.design.policies)]).rows, list(job.design.point_keys()) * 2)
        assert [entry.runs[0].replicate for entry in journal.entries()] == [2]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(at=st.integers(0, 10**9))
def test_a_flipped_bit_is_noticed_and_what_stood_before_it_is_kept(
    written: tuple[Job, bytes, list[int]], tmp_path_factory: pytest.TempPathFactory, at: int
) -> None:
    _, data, ends = written
    spoilt = bytearray(data)
    spoilt[at % len(data)] ^= 16
    folder = tmp_path_factory.mktemp("spoilt")
    (folder / "journal.bin").write_bytes(bytes(spoilt))
    with Journal(folder) as journal:
        assert len(list(journal.entries())) == sum(end <= at % len(data) for end in ends)


# ------------------------------------------------------------------ the scheduler


def cells(scheduler: Scheduler) -> Iterator[Cell]:
    """Everything a scheduler hands out when every task comes back as done at once."""
    while (task := scheduler.next()) is not None:
        yield from task
        runs = [RunMark(c.point, c.replicate, p, "ok") for c in task for p in c.policies]
        scheduler.finish(runs, len(task), 0.01 * len(task))


@given(of=st.integers(1, 9), replicates=st.integers(1, 7), points=st.integers(1, 5), done=st.sets(st.integers(0, 69)))
def test_shards_hand_out_every_missing_run_once_and_no_other(
    of: int, replicates: int, points: int, done: set[int]
) -> None:
    design = fake_job(losses(*(1.0 + p for p in range(points))), replicates=replicates).design
    every = [RunMark(p, k, q, "ok") for p in range(points) for k in range(replicates) for q in design.policies]
    before = [run for n, run in enumerate(every) if n in done]
    handed = []
    for number in range(1, of + 1):
        scheduler = Scheduler(design, shard=Shard(number, of))
        scheduler.record(before)
        handed += [RunMark(c.point, c.replicate, p, "ok") for c in cells(scheduler) for p in c.policies]
    assert sorted(handed, key=repr) == sorted((run for run in every if run not in before), key=repr)


@settings(deadline=None)
@given(seed=st.integers(0, 2**32), known=st.integers(0, 200))
def test_with_a_precision_a_point_stops_at_the_first_look_that_is_enough(seed: int, known: int) -> None:
    """Whatever was known before, and in tasks of any size: the look depends on the values alone."""
    precision = StoppingRule("target_loss_pv", 0.2, 200)
    design = fake_job(losses(1.0), policies=["stand_alone"], replicates=precision).design
    values = np.random.default_rng(seed).normal(0.0, np.random.default_rng(seed + 1).uniform(0.2, 3.0), 200)
    wanted = next((n for j, n in enumerate(looks(precision)) if enough(values[:n, None], precision, j)), 200)

    def run(replicate: int) -> RunMark:
        return RunMark(0, replicate, "stand_alone", "ok", float(values[replicate]))

    scheduler = Scheduler(design, workers=2)
    scheduler.record([run(k) for k in range(min(known, wanted))])
    done = set(range(min(known, wanted)))
    while (task := scheduler.next()) is not None:
        assert done.isdisjoint(c.replicate for c in task)
        done |= {c.replicate for c in task}
        scheduler.finish([run(c.replicate) for c in task], len(task), 0.02 * len(task))
    assert done == set(range(wanted))
    assert scheduler.replicates_of(0) == scheduler.expected == wanted


# ------------------------------------------------------------------ what changed


def test_what_may_grow_is_no_change_and_what_may_not_is_named() -> None:
    one = describe_job(fake_job(losses(1.0), replicates=2, policies=["stand_alone"]))
    more = describe_job(fake_job(losses(1.0, 2.0), replicates=5))
    assert changes_between(one, more) == []
    (changed,) = changes_between(one, one | {"identity": one["identity"] | {"world": "0" * 64}})
    assert changed.startswith("world: ")
    tight = fake_job(losses(1.0), replicates=StoppingRule("target_loss_pv", 0.1, 50))
    tighter = fake_job(losses(1.0), replicates=StoppingRule("target_loss_pv", 0.05, 80))
    other = fake_job(losses(1.0), replicates=StoppingRule("attempts", 0.05, 80))
    assert changes_between(describe_job(tight), describe_job(tighter)) == []
    assert "only be tightened" in changes_between(describe_job(tighter), describe_job(tight))[0]
    assert changes_between(describe_job(tight), describe_job(other))
    assert changes_between(one, describe_job(tight))
