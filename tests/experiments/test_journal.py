"""The journal: no finished task is lost, whatever the moment of a kill."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coercion_sim.errors import ResultsError
from coercion_sim.experiments import Cell, Job, perform
from coercion_sim.experiments.store.journal import Journal, MemoryRecord, encoded_size
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


def test_cut_at_any_byte_it_keeps_every_task_that_was_whole(tmp_path: Path) -> None:
    job, ends = fake_job(replicates=2, policies=["stand_alone"], tables=["runs"]), [0]
    with Journal(tmp_path) as journal:
        for k in range(2):
            journal.add(perform(job, [Cell(0, k, job.design.policies)]).rows, list(job.design.point_keys()))
            ends.append(journal.path.stat().st_size)
    path = tmp_path / "journal.bin"
    data = path.read_bytes()
    for cut in range(len(data), -1, -1):
        with path.open("r+b") as file:
            file.write(data[:cut])
            file.truncate(cut)
        whole = sum(end <= cut for end in ends[1:])
        with Journal(tmp_path) as journal:
            assert [entry.runs[0].replicate for entry in journal.entries()] == list(range(whole))
            assert journal.empty == (whole == 0)
        assert path.stat().st_size == ends[whole]


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(place=st.floats(0, 1))
def test_a_journal_cut_short_takes_more_tasks(
    written: tuple[Job, bytes, list[int]], tmp_path_factory: pytest.TempPathFactory, place: float
) -> None:
    job, data, ends = written
    cut = round(place * len(data))
    folder = tmp_path_factory.mktemp("cut")
    (folder / "journal.bin").write_bytes(data[:cut])
    kept = list(range(sum(end <= cut for end in ends)))
    with Journal(folder) as journal:
        journal.add(perform(job, [Cell(0, 3, job.design.policies)]).rows, list(job.design.point_keys()) * 2)
    with Journal(folder) as journal:
        assert [entry.runs[0].replicate for entry in journal.entries()] == [*kept, 3]
        last = [journal.read(entry.at) for entry in journal.entries()][-1]
        assert last.tables["runs"].column("replicate").to_pylist() == [3, 3]


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(places=st.sets(st.floats(0, 1, exclude_max=True), min_size=1, max_size=2), bit=st.integers(0, 7))
def test_a_spoilt_frame_takes_no_sound_one_with_it(
    written: tuple[Job, bytes, list[int]], tmp_path_factory: pytest.TempPathFactory, places: set[float], bit: int
) -> None:
    """One or two flipped bits anywhere: the other tasks are read as they were, and new ones are added after them."""
    job, data, ends = written
    spoilt = bytearray(data)
    at = {int(place * len(data)) for place in places}
    for place in at:
        spoilt[place] ^= 1 << bit
    folder = tmp_path_factory.mktemp("spoilt")
    (folder / "journal.bin").write_bytes(spoilt)
    frames = list(enumerate(pairwise([0, *ends])))
    kept = [k for k, (first, after) in frames if not any(first <= place < after for place in at)]
    with Journal(folder) as journal:
        assert [entry.runs[0].replicate for entry in journal.entries()] == kept
        journal.add(perform(job, [Cell(0, 3, job.design.policies)]).rows, list(job.design.point_keys()) * 2)
    with Journal(folder) as journal:
        entries = list(journal.entries())
        assert [entry.runs[0].replicate for entry in entries] == [*kept, 3]
        assert [journal.read(entry.at).runs[0].replicate for entry in entries] == [*kept, 3]


def test_journal_and_memory_give_back_the_same_tasks(tmp_path: Path) -> None:
    job = fake_job(losses(1.0, 2.0), replicates=3)
    keys = list(job.design.point_keys())
    memory = MemoryRecord()
    with Journal(tmp_path) as journal:
        for point, k in ((1, 2), (0, 0), (1, 0)):
            rows = perform(job, [Cell(point, k, job.design.policies)]).rows
            memory.add(rows, [keys[point]] * 2)
            journal.add(rows, [keys[point]] * 2)
        for one, other in zip(memory.entries(), journal.entries(), strict=True):
            assert (one.runs, one.keys) == (other.runs, other.keys)
            a, b = memory.read(one.at), journal.read(other.at)
            assert (a.runs, dict(a.counts)) == (b.runs, dict(b.counts))
            assert all(a.tables[name].equals(b.tables[name]) for name in a.tables)


def test_the_encoded_size_is_what_the_journal_grows_by(tmp_path: Path) -> None:
    job = fake_job(replicates=2)
    rows = perform(job, [Cell(0, 0, job.design.policies)]).rows
    with Journal(tmp_path) as journal:
        journal.add(rows, ["", ""])
        frame = journal.path.stat().st_size - encoded_size(rows)
        journal.add(rows, ["", ""])
        assert journal.path.stat().st_size == 2 * (encoded_size(rows) + frame)
    assert 0 < frame < 64


def test_a_cleared_journal_is_empty_and_a_removed_one_gone(written: tuple[Job, bytes, list[int]], tmp_path: Path):
    (tmp_path / "journal.bin").write_bytes(written[1])
    journal = Journal(tmp_path)
    assert not journal.empty
    journal.clear()
    assert journal.empty
    assert list(journal.entries()) == []
    journal.remove()
    assert not (tmp_path / "journal.bin").exists()


def test_one_process_writes_at_a_time(tmp_path: Path) -> None:
    with Journal(tmp_path), pytest.raises(ResultsError, match="another process"):
        Journal(tmp_path)
    Journal(tmp_path).close()


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
