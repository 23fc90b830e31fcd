"""Designs of many points: the same bytes however they are run, grown, cut up, or run again."""

from __future__ import annotations

import errno
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from coercion_sim.errors import NoRoomError, ResultsError
from coercion_sim.experiments import InterruptedRun, Shard, merge_shards, run_in_memory, run_into, shard_folder
from coercion_sim.experiments.store.journal import Journal
from fakes.experiment import FakeScenario, fake_run, tiny_world
from support.folders import fake_job, helps, losses, part_bytes


def test_every_point_meets_the_same_draws_and_takes_its_own_values() -> None:
    runs = (
        run_in_memory(fake_job(losses(1.0, 3.0), helps(0.1, 0.2, 0.3), replicates=2)).results.table("runs").to_pylist()
    )
    assert len(runs) == 2 * 3 * 2 * 2
    at = {(r["point"], r["replicate"], r["policy"]): (r["param.loss"], r["param.help"]) for r in runs}
    assert [at[p, 0, "stand_alone"] for p in range(6)] == [(x, h) for x in (1.0, 3.0) for h in (0.1, 0.2, 0.3)]


def test_a_parameter_that_is_not_varied_is_drawn_as_in_a_comparison() -> None:
    plain = run_in_memory(fake_job(replicates=3)).results.table("runs").to_pylist()
    swept = run_in_memory(fake_job(losses(9.0), replicates=3)).results.table("runs").to_pylist()
    assert [r["param.help"] for r in swept] == [r["param.help"] for r in plain]
    assert {r["param.loss"] for r in swept} == {9.0}
    assert len({r["param.help"] for r in swept}) == 3


@pytest.mark.slow
def test_rows_stand_by_point_replicate_and_policy(tmp_path: Path) -> None:
    made = run_into(tmp_path / "s", fake_job(losses(1.0, 2.0, 3.0), replicates=5), workers=2).results
    order = {policy: q for q, policy in enumerate(made.policies)}
    for name in ("runs", "states", "outcomes"):
        rows = made.table(name, ["point", "replicate", "policy"]).to_pylist()
        keys = [(r["point"], r["replicate"], order[r["policy"]]) for r in rows]
        assert keys == sorted(keys)


@pytest.mark.slow
def test_one_worker_two_and_three_shards_leave_the_same_bytes(tmp_path: Path) -> None:
    job = fake_job(losses(1.0, 2.0, 3.0, 4.0), replicates=7)
    one = run_into(tmp_path / "one", job, workers=1).results
    two = run_into(tmp_path / "two", job, workers=2).results
    for number in (2, 3, 1):
        run_into(shard_folder(tmp_path / "three", Shard(number, 3)), job, shard=Shard(number, 3))
    three = merge_of(tmp_path / "three")
    assert one.table("runs").num_rows == 56
    assert part_bytes(tmp_path / "one") == part_bytes(tmp_path / "two") == part_bytes(tmp_path / "three")
    assert one.manifest["counts"] == two.manifest["counts"] == three.manifest["counts"]
    assert three.manifest["design"] == one.manifest["design"]


def merge_of(folder: Path, **more: Any) -> Any:
    """Merge parts of the fake scenario, whose file is not there to be read again."""
    from coercion_sim.experiments.engine import verify as rebuild

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rebuild, "restore_scenario", lambda source, policies: FakeScenario())
        return merge_shards(folder, world=tiny_world(), **more).results


def test_a_merge_names_the_parts_that_are_missing_or_unfinished(tmp_path: Path) -> None:
    job = fake_job(losses(1.0, 2.0), replicates=2)
    run_into(shard_folder(tmp_path, Shard(1, 3)), job, shard=Shard(1, 3))
    with pytest.raises(ResultsError, match="2/3, 3/3"):
        merge_of(tmp_path)
    other = fake_job(losses(1.0, 2.5), replicates=2)
    for n in (2, 3):
        run_into(shard_folder(tmp_path, Shard(n, 3)), other, shard=Shard(n, 3))
    with pytest.raises(ResultsError, match="another sweep"):
        merge_of(tmp_path)


# ------------------------------------------------------------------ growing


@pytest.mark.parametrize(
    "first",
    [{"replicates": 2}, {"policies": ["stand_alone"]}, {"blocks": (1.0, 3.0)}],
    ids=["replicates", "policies", "points"],
)
def test_a_design_that_has_grown_runs_only_what_is_new(tmp_path: Path, first: dict[str, Any]) -> None:
    full = {"replicates": 5, "policies": ["stand_alone", "respond_as_allies"], "blocks": (1.0, 2.0, 3.0, 4.0)}

    def job(settings: dict[str, Any]) -> Any:
        chosen = full | settings
        return fake_job(losses(*chosen.pop("blocks")), **chosen)

    before = run_into(tmp_path / "grown", job(first))
    after = run_into(tmp_path / "grown", job({}))
    assert (after.resumed, after.ran) == (before.ran, 40 - before.ran)
    run_into(tmp_path / "whole", job({}))
    assert part_bytes(tmp_path / "grown") == part_bytes(tmp_path / "whole")


def test_an_interrupted_sweep_whose_journal_was_deleted_goes_on_from_its_tables(tmp_path: Path) -> None:
    flag = tmp_path / "flag"
    stopped = FakeScenario(fail_at=(("stand_alone", 3),), trouble=f"interrupt once {flag}")
    asked = fake_job(losses(1.0), scenario=stopped, replicates=6)
    with pytest.raises(InterruptedRun):
        run_into(tmp_path / "s", asked)
    (tmp_path / "s" / "journal.bin").unlink()
    outcome = run_into(tmp_path / "s", asked)
    assert (outcome.resumed, outcome.ran) == (6, 6)


def test_a_design_with_less_is_refused_and_nothing_is_lost(tmp_path: Path) -> None:
    run_into(tmp_path, fake_job(losses(1.0, 2.0), replicates=3))
    before = part_bytes(tmp_path)
    with pytest.raises(ResultsError, match="6 runs this design does not have") as caught:
        run_into(tmp_path, fake_job(losses(1.0), replicates=3))
    assert caught.value.exit_code == 5
    assert part_bytes(tmp_path) == before
    assert run_into(tmp_path, fake_job(losses(1.0, 2.0), replicates=3)).ran == 0


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"scenario": FakeScenario(quarters=7)}, "scenario.quarters: 6, now 7"),
        ({"seed": 8}, "seed: 7, now 8"),
        ({"tables": ["runs"]}, "design.tables"),
        ({"at_defaults": True, "replicates": 3}, "drawn"),
    ],
)
def test_what_changed_is_said_and_the_folder_left_alone(tmp_path: Path, change: dict[str, Any], word: str) -> None:
    run_into(tmp_path, fake_job(losses(1.0), replicates=3))
    before = part_bytes(tmp_path)
    with pytest.raises(ResultsError, match=word):
        run_into(tmp_path, fake_job(losses(1.0), **({"replicates": 3} | change)))
    assert part_bytes(tmp_path) == before


def test_a_folder_of_something_else_is_not_touched_even_by_force(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    for force in (False, True):
        with pytest.raises(ResultsError, match="not empty"):
            run_into(tmp_path, fake_job(), force=force)
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.txt"]


# ------------------------------------------------------------------ what goes wrong


def test_failed_runs_are_tried_again_when_asked_and_then_only_they(tmp_path: Path) -> None:
    bad = FakeScenario(fail_at=(("stand_alone", 1),))
    asked = fake_job(losses(1.0, 2.0), scenario=bad, replicates=3)
    first = run_into(tmp_path / "a", asked)
    assert (first.results.failed, run_into(tmp_path / "a", asked).ran) == (2, 0)
    mended = replace(asked, run=lambda scenario, *rest: fake_run(replace(scenario, fail_at=()), *rest))
    again = run_into(tmp_path / "a", mended, retry_failed=True)
    assert (again.ran, again.results.failed) == (2, 0)
    run_into(tmp_path / "b", mended)
    assert part_bytes(tmp_path / "a") == part_bytes(tmp_path / "b")


def test_a_full_disk_loses_nothing_and_the_same_command_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = fake_job(losses(1.0, 2.0), replicates=3)
    from coercion_sim.experiments.store import journal

    room = [2]

    def write(file: Any, data: bytes) -> None:
        room[0] -= 1
        if room[0] < 0:
            file.write(data[: len(data) // 2])  # what still fits
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        file.write(data)

    with monkeypatch.context() as patch:
        patch.setattr(journal, "_write", write)
        said = r"journal\.bin: .*No space left.*; \d runs kept in .*: make room"
        with pytest.raises(NoRoomError, match=said) as caught:
            run_into(tmp_path / "full", asked)
        assert caught.value.exit_code == 4
    again = run_into(tmp_path / "full", asked)
    assert again.resumed >= 4
    run_into(tmp_path / "roomy", asked)
    assert part_bytes(tmp_path / "full") == part_bytes(tmp_path / "roomy")


def test_two_processes_do_not_write_one_folder(tmp_path: Path) -> None:
    (tmp_path / "s").mkdir()
    with Journal(tmp_path / "s"), pytest.raises(ResultsError, match="another process"):
        run_into(tmp_path / "s", fake_job())


@pytest.mark.slow
def test_a_worker_that_dies_in_a_long_task_loses_the_runs_of_its_cell_alone(tmp_path: Path) -> None:
    bad = FakeScenario(fail_at=(("stand_alone", 37),), trouble="die")
    made = run_into(tmp_path, fake_job(scenario=bad, replicates=60), workers=2).results
    failed = [r["replicate"] for r in made.table("runs").to_pylist() if r["status"] == "failed"]
    assert failed == [37, 37]


# ------------------------------------------------------------------ checking


def test_tables_left_out_are_not_kept(tmp_path: Path) -> None:
    made = run_into(tmp_path, fake_job(losses(1.0), tables=["events"])).results
    assert made.tables == ("runs", "events", "outcomes")
    with pytest.raises(ResultsError, match="kept no such table"):
        made.table("states")


def test_parts_end_after_enough_bytes_and_read_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from coercion_sim.experiments.store import parts

    whole = run_into(tmp_path / "whole", fake_job(replicates=40)).results
    monkeypatch.setattr(parts, "_ROW_GROUP", 100)
    monkeypatch.setattr(parts, "_PART_BYTES", 8_000)
    cut = run_into(tmp_path / "cut", fake_job(replicates=40)).results
    assert len(list((tmp_path / "cut" / "states").iterdir())) > 2
    assert cut.table("states").equals(whole.table("states"))
    assert cut.dataset("states").count_rows() == whole.table("states").num_rows
    grown = run_into(tmp_path / "cut", fake_job(replicates=41)).results
    assert grown.table("states").num_rows == 41 * whole.table("states").num_rows // 40
