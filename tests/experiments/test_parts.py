"""From records to tables: row order never follows the order of completion; the table of points; damaged files."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coercion_sim.errors import ResultsError
from coercion_sim.experiments import Block, Cell, Job, perform
from coercion_sim.experiments.store import parts
from coercion_sim.experiments.store.folder import reopen
from coercion_sim.experiments.store.journal import Entry, MemoryRecord
from coercion_sim.experiments.store.parts import (
    POINTS,
    describe_file,
    in_memory,
    into_folder,
    placed,
    points_table,
    read_point_keys,
    read_points,
    stretches,
    write_csv,
    write_points,
)
from coercion_sim.experiments.store.tables import RunMark
from coercion_sim.files import sha256
from support.folders import fake_job, losses, part_bytes

JOB = fake_job(losses(1.0, 2.0), replicates=4)
KEYS = list(JOB.design.point_keys())
CELLS = [Cell(p, k, JOB.design.policies) for p in range(2) for k in range(4)]


def everything(point: int, replicate: int) -> bool:
    return True


def record_of(tasks: list[list[Cell]], job: Job = JOB, keys: list[str] | None = None) -> MemoryRecord:
    record = MemoryRecord()
    for task in tasks:
        rows = perform(job, task).rows
        record.add(rows, [(keys or KEYS)[run.point] for run in rows.runs])
    return record


def shuffled(seed: int) -> list[list[Cell]]:
    """The cells cut into tasks of random lengths, in random order, policies of a cell apart at times."""
    luck = random.Random(seed)
    cells = [Cell(c.point, c.replicate, part) for c in CELLS for part in
             ([c.policies] if luck.random() < 0.5 else [(p,) for p in c.policies])]  # fmt: skip
    luck.shuffle(cells)
    tasks = []
    while cells:
        size = luck.randint(1, 4)
        tasks.append(cells[:size])
        cells = cells[size:]
    return tasks


WHOLE = in_memory(record_of([CELLS]), JOB.design, everything)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_tables_do_not_depend_on_the_order_of_completion(seed: int) -> None:
    tables = in_memory(record_of(shuffled(seed)), JOB.design, everything)
    assert all(tables[name].equals(WHOLE[name]) for name in WHOLE)


def test_files_do_not_depend_on_it_either_and_hold_the_same_rows(tmp_path: Path) -> None:
    for n, tasks in enumerate(([CELLS], shuffled(1), shuffled(2))):
        files = into_folder(tmp_path / str(n), record_of(tasks), JOB.design, everything)
        for name, entry in files.items():
            path = tmp_path / str(n) / name
            assert entry == {"sha256": sha256(path), "bytes": path.stat().st_size, "rows": pq.read_table(path).num_rows}
            assert entry == describe_file(path, entry["rows"])
    assert part_bytes(tmp_path / "0") == part_bytes(tmp_path / "1") == part_bytes(tmp_path / "2")
    for name, table in WHOLE.items():
        assert pq.read_table(tmp_path / "0" / name / "part-00000.parquet").equals(table)


def test_of_a_run_done_twice_the_last_counts() -> None:
    first, again = perform(JOB, CELLS[:1]).rows, perform(JOB, CELLS[:1]).rows
    changed = again.tables | {"runs": again.tables["runs"].set_column(
        again.tables["runs"].column_names.index("sweeps"), again.tables["runs"].schema.field("sweeps"),
        [[99, 99]])}  # fmt: skip
    record = MemoryRecord()
    record.add(first, [KEYS[0]] * 2)
    record.add(type(again)(again.runs, changed, again.counts), [KEYS[0]] * 2)
    assert in_memory(record, JOB.design, everything)["runs"].column("sweeps").to_pylist() == [99, 99]


def test_runs_that_do_not_belong_or_have_no_place_are_left_out() -> None:
    record = record_of([CELLS])
    some = in_memory(record, JOB.design, lambda point, replicate: replicate < 2 + point)["runs"].to_pylist()
    assert {(r["point"], r["replicate"]) for r in some} == {(0, 0), (0, 1), (1, 0), (1, 1), (1, 2)}
    smaller = fake_job(losses(2.0), replicates=3)
    rows = in_memory(record, smaller.design, everything)["runs"].to_pylist()
    assert {(r["point"], r["replicate"], r["param.loss"]) for r in rows} == {(0, k, 2.0) for k in range(3)}


def test_stretches_are_as_long_as_both_orders_allow() -> None:
    assert [(s.first, s.after, s.points) for s in stretches(record_of([CELLS]), JOB.design, everything)] == [
        (0, 16, [0] * 8 + [1] * 8)
    ]
    backwards = [[cell] for cell in reversed(CELLS)]
    assert [s.after - s.first for s in stretches(record_of(backwards), JOB.design, everything)] == [2] * 8
    assert list(stretches(MemoryRecord(), JOB.design, everything)) == []


def test_points_are_numbered_by_their_keys() -> None:
    entry = Entry(0, (RunMark(5, 1, "a", "ok", 0.5), RunMark(6, 2, "b", "failed")), ("x", "y"))
    assert list(placed(entry, {"x": 3})) == [RunMark(3, 1, "a", "ok", 0.5), RunMark(-1, 2, "b", "failed")]


def test_a_table_without_rows_is_one_part_without_rows(tmp_path: Path) -> None:
    files = into_folder(tmp_path, MemoryRecord(), JOB.design, everything)
    assert {name: entry["rows"] for name, entry in files.items()} == {
        f"{name}/part-00000.parquet": 0 for name in JOB.design.tables
    }


def test_a_failure_while_writing_leaves_the_old_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    into_folder(tmp_path, record_of([CELLS]), JOB.design, everything)
    before = part_bytes(tmp_path)

    def full(*arguments: Any, **named: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(parts.pq.ParquetWriter, "write_table", full)
    with pytest.raises(OSError, match="No space"):
        into_folder(tmp_path, record_of([CELLS[:2]]), JOB.design, everything)
    assert part_bytes(tmp_path) == before
    assert {p.name for p in tmp_path.iterdir()} == set(JOB.design.tables)


def test_csv_files_say_the_same(tmp_path: Path) -> None:
    files = write_csv(tmp_path, {"states": WHOLE["states"]})
    assert files["states.csv"]["rows"] == WHOLE["states"].num_rows
    read = pyarrow.csv.read_csv(tmp_path / "states.csv")
    assert read.column("real_income").to_pylist() == WHOLE["states"].column("real_income").to_pylist()


# ------------------------------------------------------------------ points


def test_points_come_back_with_their_exact_values(tmp_path: Path) -> None:
    block = Block("table", ("loss", "closure", "switch"), ((0.1 + 0.2, "zero", True), (1, "additive", False)))
    design = fake_job(block, replicates=1).design
    entry = write_points(tmp_path, design)
    assert entry["rows"] == 2
    read = read_points(tmp_path)
    assert (read.paths, read.rows) == (block.paths, block.rows)
    assert [type(v) for v in read.rows[1]] == [int, str, bool]
    assert read_point_keys(tmp_path) == list(design.point_keys())
    table = points_table(design)
    assert table.column("param.loss").to_pylist() == [0.1 + 0.2, 1.0]
    assert table.column("param.switch").to_pylist() == ["True", "False"]
    assert json.loads(table.column("values")[1].as_py()) == {"loss": 1, "closure": "additive", "switch": False}


@pytest.mark.parametrize("damage", [b"", b"PAR1"])
def test_points_that_cannot_be_read_are_named(tmp_path: Path, damage: bytes) -> None:
    with pytest.raises(ResultsError, match=POINTS):
        read_points(tmp_path)
    (tmp_path / POINTS).write_bytes(damage)
    with pytest.raises(ResultsError, match=POINTS):
        read_point_keys(tmp_path)


# ------------------------------------------------------------------ from tables back to a record


@pytest.mark.parametrize(("runs", "batch"), [(200, 16_384), (3, 16_384), (1, 7), (5, 1)])
def test_reopened_tables_give_the_same_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, runs: int, batch: int
) -> None:
    """Whatever the number of runs in a task and of rows in a batch, and where parts are cut."""
    from coercion_sim.experiments.store import folder as module

    monkeypatch.setattr(module, "_RUNS", runs)
    monkeypatch.setattr(module, "_BATCH", batch)
    monkeypatch.setattr(parts, "_ROW_GROUP", 10)
    monkeypatch.setattr(parts, "_PART_BYTES", 4_000)
    into_folder(tmp_path, record_of([CELLS]), JOB.design, everything)
    record = MemoryRecord()
    reopen(tmp_path, JOB.design.tables, KEYS, record, "attempts")
    marks = [run for entry in record.entries() for run in entry.runs]
    assert [(m.point, m.replicate, m.policy) for m in marks] == [
        (c.point, c.replicate, p) for c in CELLS for p in c.policies
    ]
    assert [m.watched for m in marks] == WHOLE["outcomes"].column("attempts").to_pylist()
    tables = in_memory(record, JOB.design, everything)
    assert all(tables[name].equals(WHOLE[name]) for name in WHOLE)


def test_a_table_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    into_folder(tmp_path, record_of([CELLS]), JOB.design, everything)
    (tmp_path / "events" / "part-00000.parquet").write_bytes(b"PAR1 and nothing else PAR1")
    with pytest.raises(ResultsError, match="cannot be read"):
        reopen(tmp_path, JOB.design.tables, KEYS, MemoryRecord())
