"""Experiments: the same bytes whatever the workers, failures as rows, and resuming after an interrupt."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from coercion_sim.errors import InvalidInput, ResultsError
from coercion_sim.experiments import (
    Cell,
    InterruptedRun,
    Job,
    Outcome,
    keyed_folder,
    make_design,
    make_job,
    open_results,
    perform,
    run_in_memory,
    simulate,
)
from coercion_sim.experiments import run_into as into_folder
from coercion_sim.experiments.store.journal import Journal
from coercion_sim.outcomes import TABLES
from fakes.experiment import FakeScenario, fake_run, tiny_world


def job(scenario: FakeScenario | None = None, **design: Any) -> Job:
    scenario = scenario or FakeScenario()
    return Job(make_design(scenario, **design), scenario, tiny_world(), fake_run)


def table_bytes(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name / "part-00000.parquet").read_bytes() for name in TABLES}


def run_into(root: Path, asked: Job, **settings: Any) -> Outcome:
    return into_folder(keyed_folder(root, asked), asked, **settings)


@pytest.mark.slow
def test_same_bytes_whatever_the_number_of_workers(tmp_path: Path) -> None:
    here = run_into(tmp_path / "one", job(replicates=5), workers=1).results
    there = run_into(tmp_path / "two", job(replicates=5), workers=2).results
    assert here.folder is not None
    assert there.folder is not None
    assert here.folder.name == there.folder.name
    assert table_bytes(here.folder) == table_bytes(there.folder)
    assert here.table("runs").num_rows == 10
    assert not (there.folder / "journal.bin").exists()


def test_memory_and_folder_hold_the_same_tables(tmp_path: Path) -> None:
    kept = run_in_memory(job()).results
    written = run_into(tmp_path, job()).results
    for name in TABLES:
        assert kept.table(name).equals(written.table(name))


def test_rows_stand_by_replicate_then_policy_as_named_then_quarter() -> None:
    states = run_in_memory(job(policies=["respond_as_allies", "stand_alone"])).results.table("states").to_pylist()
    keys = [(row["replicate"], row["policy"] != "respond_as_allies", row["step"]) for row in states]
    assert keys == sorted(keys)
    assert [row["state"] for row in states[:3]] == ["CHN", "AUS", "USA"]


def test_units_and_meanings_travel_with_the_columns(tmp_path: Path) -> None:
    schema = run_into(tmp_path, job()).results.table("states").schema
    for column in TABLES["states"]:
        metadata = schema.field(column.name).metadata
        assert metadata[b"unit"].decode() == column.unit
        assert metadata[b"meaning"].decode() == column.definition


def test_replicates_keep_their_draw_when_more_are_added() -> None:
    few, many = make_design(FakeScenario(), replicates=3), make_design(FakeScenario(), replicates=9)
    assert [many.of_replicate(k) for k in range(3)] == [few.of_replicate(k) for k in range(3)]
    other = make_design(FakeScenario(), replicates=3, seed=8)
    assert other.of_replicate(0) != few.of_replicate(0)


def test_every_policy_meets_the_same_draw() -> None:
    runs = run_in_memory(job()).results.table("runs").to_pylist()
    by_policy = [
        [row["param.loss"] for row in runs if row["policy"] == p] for p in ("stand_alone", "respond_as_allies")
    ]
    assert by_policy[0] == by_policy[1]
    assert len(set(by_policy[0])) == 4
    assert all(1.0 <= x <= 2.0 for x in by_policy[0])


def test_at_defaults_one_replicate_takes_the_defaults() -> None:
    runs = run_in_memory(job(at_defaults=True)).results.table("runs").to_pylist()
    assert [(r["param.loss"], r["param.help"]) for r in runs] == [(1.5, 0.2), (1.5, 0.2)]


# ------------------------------------------------------------------ failure


def test_a_failed_run_is_a_row_and_the_rest_goes_on(tmp_path: Path) -> None:
    bad = FakeScenario(fail_at=(("stand_alone", 1), ("stand_alone", 3)))
    outcome = run_into(tmp_path, job(bad))
    rows = {(r["policy"], r["replicate"]): r for r in outcome.results.table("runs").to_pylist()}
    assert outcome.exit_code == 4
    assert outcome.results.manifest["counts"] == {"ok": 6, "failed": 2}
    assert rows["stand_alone", 1]["status"] == "failed"
    assert "no equilibrium found" in rows["stand_alone", 1]["error"]
    assert rows["stand_alone", 1]["param.loss"] == rows["respond_as_allies", 1]["param.loss"]
    failed = [
        r for r in outcome.results.table("states").to_pylist() if (r["policy"], r["replicate"]) == ("stand_alone", 1)
    ]
    assert failed == []


def test_a_bug_in_one_run_is_a_row_that_says_where(tmp_path: Path) -> None:
    outcome = run_into(tmp_path, job(FakeScenario(fail_at=(("stand_alone", 0),), trouble="bug")))
    error = outcome.results.table("runs").column("error")[0].as_py()
    assert "ZeroDivisionError" in error
    assert "trouble" in error
    assert outcome.results.failed == 1


@pytest.mark.parametrize("workers", [1, 2])
def test_a_run_that_calls_sys_exit_is_a_row_and_the_rest_goes_on(tmp_path: Path, workers: int) -> None:
    leaves = job(FakeScenario(fail_at=(("stand_alone", 1),), trouble="exit"))
    outcome = run_into(tmp_path, leaves, workers=workers)
    assert (outcome.exit_code, outcome.results.manifest["counts"]) == (4, {"ok": 7, "failed": 1})
    assert "SystemExit: 0 (experiment.py, trouble)" in outcome.results.table("runs").column("error").to_pylist()


@pytest.mark.slow
def test_a_worker_that_dies_takes_only_its_replicate_with_it(tmp_path: Path) -> None:
    outcome = run_into(
        tmp_path, job(FakeScenario(fail_at=(("stand_alone", 2),), trouble="die"), replicates=6), workers=2
    )
    runs = outcome.results.table("runs").to_pylist()
    assert {r["replicate"] for r in runs if r["status"] == "failed"} == {2}
    assert "died" in next(r["error"] for r in runs if r["status"] == "failed")
    assert outcome.results.manifest["counts"] == {"ok": 10, "failed": 2}


def test_a_record_that_misses_a_column_fails_by_name(tmp_path: Path) -> None:
    def forgetful(*arguments: Any) -> Any:
        record = fake_run(*arguments)
        del record.tables["states"]["burden"]
        return record

    outcome = run_into(tmp_path, replace(job(), run=forgetful))
    assert outcome.results.failed == 8
    assert "burden" in outcome.results.table("runs").column("error")[0].as_py()


# ------------------------------------------------------------------ interrupt and resume


def test_an_interrupt_leaves_finished_runs_readable_and_the_same_command_goes_on(tmp_path: Path) -> None:
    flag = tmp_path / "flag"
    stopped = job(FakeScenario(fail_at=(("stand_alone", 2),), trouble=f"interrupt once {flag}"))
    with pytest.raises(InterruptedRun) as caught:
        run_into(tmp_path / "out", stopped)
    assert caught.value.exit_code == 130
    assert caught.value.folder is not None
    half = open_results(caught.value.folder)
    assert not half.complete
    assert set(half.table("runs").column("replicate").to_pylist()) == {0, 1}
    again = run_into(tmp_path / "out", stopped)
    assert (again.resumed, again.ran) == (4, 4)
    assert again.results.complete
    plain = run_into(tmp_path / "plain", stopped).results
    assert again.results.folder is not None
    assert plain.folder is not None
    assert table_bytes(again.results.folder) == table_bytes(plain.folder)


def test_an_interrupt_before_anything_was_done_leaves_nothing(tmp_path: Path) -> None:
    stopped = job(FakeScenario(fail_at=(("stand_alone", 0),), trouble=f"interrupt once {tmp_path / 'flag'}"))
    with pytest.raises(InterruptedRun, match="nothing was kept"):
        run_into(tmp_path / "out", stopped)
    assert not (tmp_path / "out").exists()


def test_a_killed_process_leaves_a_journal_that_is_used(tmp_path: Path) -> None:
    whole = run_into(tmp_path / "whole", job()).results
    killed = keyed_folder(tmp_path / "half", job())
    killed.mkdir(parents=True)
    asked = job()
    with Journal(killed) as journal:
        rows = perform(asked, [Cell(0, 1, asked.design.policies)]).rows
        journal.add(rows, list(asked.design.point_keys()) * 2)
    with (killed / "journal.bin").open("ab") as file:
        file.write((killed / "journal.bin").read_bytes()[:1000])  # a frame cut short
    manifest = dict(whole.manifest) | {"status": "running", "files": {}}
    (killed / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ResultsError, match="unfinished"):
        open_results(killed)
    outcome = run_into(tmp_path / "half", job())
    assert (outcome.resumed, outcome.ran) == (2, 6)
    assert whole.folder is not None
    assert table_bytes(killed) == table_bytes(whole.folder)


# ------------------------------------------------------------------ the folder


def test_a_finished_folder_is_not_computed_again_unless_forced(tmp_path: Path) -> None:
    first = run_into(tmp_path, job())
    again = run_into(tmp_path, job())
    forced = run_into(tmp_path, job(), force=True)
    assert [o.ran for o in (first, again, forced)] == [8, 0, 8]
    assert first.results.folder == again.results.folder == forced.results.folder


def test_times_and_host_stand_in_the_manifest_alone(tmp_path: Path) -> None:
    results = run_into(tmp_path, job()).results
    assert results.folder is not None
    assert {"started", "finished", "seconds", "host", "python", "command"} <= set(results.manifest)
    assert results.manifest["dependencies"]["numpy"]
    for name, data in table_bytes(results.folder).items():
        for word in (results.manifest["host"], results.manifest["started"]):
            assert word.encode() not in data, name


def test_csv_beside_parquet_says_the_same(tmp_path: Path) -> None:
    import pyarrow.csv

    results = run_into(tmp_path, job(), csv=True).results
    assert results.folder is not None
    table = pyarrow.csv.read_csv(results.folder / "states.csv")
    assert table.column_names == results.table("states").column_names
    assert table.column("real_income").to_pylist() == results.table("states").column("real_income").to_pylist()
    assert "states.csv" in results.manifest["files"]
    late = run_into(tmp_path, job()).results
    assert late.complete


@pytest.mark.parametrize(
    ("design", "word"),
    [
        ({"policies": ["stand_alon"]}, "stand_alone"),
        ({"policies": ["stand_alone+respond_as_ally"]}, "respond_as_allies"),
        ({"policies": []}, "at least one"),
        ({"policies": ["stand_alone", "stand_alone"]}, "twice"),
        ({"replicates": 0}, "replicates"),
        ({"seed": -1}, "seed"),
    ],
)
def test_bad_designs_are_refused_with_the_remedy(design: dict[str, Any], word: str) -> None:
    with pytest.raises(InvalidInput, match=word) as caught:
        make_job(FakeScenario(), design.pop("policies", None), world=tiny_world(), run=fake_run, **design)  # type: ignore[arg-type]
    assert caught.value.exit_code == 3


@pytest.mark.slow
def test_the_flagship_is_the_same_byte_for_byte_here_and_on_workers(tmp_path: Path) -> None:
    here, there = (
        simulate("australia-2020", replicates=2, workers=workers, out=tmp_path / str(workers)) for workers in (1, 2)
    )
    assert here.folder is not None
    assert there.folder is not None
    assert here.failed == 0
    assert table_bytes(here.folder) == table_bytes(there.folder)
