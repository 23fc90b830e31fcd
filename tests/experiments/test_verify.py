"""Running results again: the job of a folder, runs that come out the same, and parts merged to one whole."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coercion_sim.errors import InvalidInput, ResultsError, WorldError
from coercion_sim.experiments import (
    Job,
    Results,
    Shard,
    StoppingRule,
    by_this_code,
    job_of,
    merge_shards,
    open_results,
    parse_shard,
    run_in_memory,
    run_into,
    shard_folder,
    verify,
)
from coercion_sim.experiments.engine import verify as module
from coercion_sim.experiments.engine.verify import design_of, rebuild
from fakes.experiment import FakeScenario, fake_run, tiny_world
from support.folders import fake_job, helps, losses, part_bytes


@pytest.fixture(autouse=True)
def fake_scenario(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fake scenario has no file from which to restore it."""
    monkeypatch.setattr(module, "restore_scenario", lambda source, policies: FakeScenario())


def small() -> Job:
    return fake_job(losses(1.0, 2.0), helps(0.1, 0.2), replicates=3)


@pytest.fixture
def results(tmp_path: Path) -> Results:
    return run_into(tmp_path / "s", small()).results


# ------------------------------------------------------------------ the job again


def test_the_job_of_a_folder_has_the_same_points_draws_and_policies(results: Results) -> None:
    job, old = job_of(results, world=tiny_world()), small()
    assert (job.design.policies, job.design.seed, job.design.replicates) == (
        old.design.policies, old.design.seed, old.design.replicates,
    )  # fmt: skip
    assert [job.design.of_point(p) for p in range(4)] == [old.design.of_point(p) for p in range(4)]
    assert [job.design.of_replicate(k, 3) for k in range(3)] == [old.design.of_replicate(k, 3) for k in range(3)]
    assert list(job.design.point_keys()) == list(old.design.point_keys())
    assert job.design.columns == old.design.columns


@pytest.mark.parametrize("settings", [{"replicates": StoppingRule("attempts", 0.4, 40)}, {"at_defaults": True},
                                      {"tables": ["events"], "replicates": 2}])  # fmt: skip
def test_the_design_of_results_is_that_of_the_job(tmp_path: Path, settings: dict[str, Any]) -> None:
    job = fake_job(losses(1.0, 2.0), **settings)
    made = run_into(tmp_path, job).results
    design = design_of(tmp_path, made.manifest, FakeScenario())  # type: ignore[arg-type]
    assert (design.stopping, design.tables, design.draws) == (
        job.design.stopping, job.design.tables, job.design.draws,
    )  # fmt: skip


def test_an_experiment_in_memory_can_be_played_again_and_a_sweep_cannot() -> None:
    one = run_in_memory(fake_job(replicates=2)).results
    assert job_of(one, world=tiny_world()).design.points == 1
    with pytest.raises(ResultsError, match="folder"):
        job_of(run_in_memory(small()).results, world=tiny_world())


def test_another_world_is_refused(results: Results, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakeScenario, "world", "tiny", raising=False)
    other = replace(tiny_world(), flows=tiny_world().flows * np.float64(1.0000001))
    with pytest.raises(ResultsError, match="another world"):
        job_of(results, world=other)


def test_a_world_or_scenario_that_cannot_be_loaded_is_named_with_the_folder(
    results: Results, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(*arguments: Any, **named: Any) -> Any:
        raise WorldError("no such world")

    monkeypatch.setattr(module, "load_world", missing)
    monkeypatch.setattr(FakeScenario, "world_source", "nowhere", raising=False)
    with pytest.raises(ResultsError, match="no such world"):
        rebuild(results.folder, results.manifest)

    def refused(source: Any, policies: Any) -> Any:
        raise InvalidInput("unknown key")

    monkeypatch.setattr(module, "restore_scenario", refused)
    theirs = {**results.manifest, "outside_policies": {"mine": {"file": "mine.py"}}}
    with pytest.raises(ResultsError, match=r"mine\.py.*--policy-file.*unknown key"):
        rebuild(results.folder, theirs, world=tiny_world())


def test_results_know_whether_this_code_made_them(results: Results) -> None:
    job = job_of(results, world=tiny_world())
    assert by_this_code(results, job)
    identity = {**results.manifest["identity"], "package": {"code": "other"}}
    assert not by_this_code(replace(results, manifest={**results.manifest, "identity": identity}), job)


# ------------------------------------------------------------------ verification


def test_runs_are_chosen_at_random_once_each_and_by_the_seed_alone(results: Results) -> None:
    def chosen(runs: int, seed: int) -> list[tuple[int, int, str]]:
        verified = verify(results, runs, seed=seed, world=tiny_world(), run=fake_run)
        assert verified.sound
        assert verified.same_code
        return [(r.point, r.replicate, r.policy) for r in verified.runs]

    assert chosen(5, 1) == chosen(5, 1)
    assert chosen(5, 1) != chosen(5, 2)
    assert len(set(chosen(24, 0))) == len(chosen(99, 0)) == 24
    assert chosen(0, 0) == chosen(-1, 0) == []


def test_failed_runs_are_not_run_again(tmp_path: Path) -> None:
    bad = FakeScenario(fail_at=(("stand_alone", 1),))
    made = run_into(tmp_path, fake_job(losses(1.0), scenario=bad, replicates=3)).results
    runs = verify(made, 99, world=tiny_world(), run=fake_run).runs
    assert len(runs) == 5
    assert ("stand_alone", 1) not in {(r.policy, r.replicate) for r in runs}


@pytest.mark.parametrize(
    ("table", "column", "row"), [("states", "burden", -1), ("outcomes", "attempts", 0), ("events", "text", 0)]
)
def test_one_changed_value_is_found_by_table_and_column(results: Results, table: str, column: str, row: int) -> None:
    def changed(*arguments: Any) -> Any:
        record = fake_run(*arguments)
        values = record.tables[table][column]
        values[row] = "other" if isinstance(values[row], str) else float(np.nextafter(values[row], 9.0))
        return record

    verified = verify(results, 6, world=tiny_world(), run=changed)
    assert not verified.sound
    assert {r.differs for r in verified.runs} == {f"{table}.{column}"}


def test_another_number_of_rows_is_found(results: Results) -> None:
    def longer(*arguments: Any) -> Any:
        record = fake_run(*arguments)
        record.tables["events"] = {key: values * 2 for key, values in record.tables["events"].items()}
        return record

    assert verify(results, 2, world=tiny_world(), run=longer).runs[0].differs == "events (1 rows, now 2)"


def test_a_damaged_file_is_found_before_any_run(results: Results) -> None:
    assert results.folder is not None
    part = results.folder / "events" / "part-00000.parquet"
    data = bytearray(part.read_bytes())
    data[len(data) // 3] ^= 1
    part.write_bytes(bytes(data))
    verified = verify(results.folder, 6, world=tiny_world(), run=fake_run)
    assert (verified.damaged, verified.runs, verified.sound) == (("events/part-00000.parquet",), (), False)


@pytest.mark.parametrize(("at", "to"), [(("key",), "0" * 12), (("identity", "scenario", "title"), "Another")])
def test_a_manifest_whose_key_is_of_something_else_is_found(results: Results, at: tuple[str, ...], to: str) -> None:
    assert results.folder is not None
    path = results.folder / "manifest.json"
    manifest = json.loads(path.read_text("utf-8"))
    place = manifest
    for part in at[:-1]:
        place = place[part]
    place[at[-1]] = to
    path.write_text(json.dumps(manifest), "utf-8")
    verified = verify(results.folder, 6, world=tiny_world(), run=fake_run)
    assert (verified.damaged, verified.runs, verified.sound) == (("manifest.json",), (), False)


def test_results_in_memory_cannot_be_verified() -> None:
    with pytest.raises(ResultsError, match="folder"):
        verify(run_in_memory(small()).results)


# ------------------------------------------------------------------ shards


@pytest.mark.parametrize(("text", "shard"), [("3/16", Shard(3, 16)), (" 1 / 1 ", Shard(1, 1)), ("7/7", Shard(7, 7))])
def test_a_shard_is_read(text: str, shard: Shard) -> None:
    assert parse_shard(text) == shard
    assert shard_folder(Path("x"), shard).name == f"shard-{shard.number}-of-{shard.of}"


@pytest.mark.parametrize("text", ["", "3", "0/4", "5/4", "1/0", "a/b", "1/2/3", "-1/2", "1/100001"])
def test_a_shard_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_shard(text)
    assert caught.value.problems[0].key == "--shard"


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), of=st.integers(1, 6), rule=st.booleans())
def test_parts_in_any_order_merge_to_the_bytes_of_one_sweep(
    tmp_path_factory: pytest.TempPathFactory, seed: int, of: int, rule: bool
) -> None:
    folder = tmp_path_factory.mktemp("merge")
    replicates = StoppingRule("attempts", 0.15, 48) if rule else 3
    job = fake_job(losses(1.0, 2.0, 3.0), replicates=replicates, policies=["stand_alone"])
    numbers = list(range(1, of + 1))
    random.Random(seed).shuffle(numbers)
    for number in numbers:
        run_into(shard_folder(folder / "parts", Shard(number, of)), job, shard=Shard(number, of))
    merged = merge_shards(folder / "parts", world=tiny_world()).results
    whole = run_into(folder / "whole", job).results
    assert part_bytes(folder / "parts") == part_bytes(folder / "whole")
    assert merged.manifest["counts"] == whole.manifest["counts"]
    assert merged.manifest["parts"] == of
    assert "shard" not in merged.manifest
    assert merge_shards(folder / "parts", world=tiny_world()).ran == 0
    assert open_results(folder / "parts").complete


def test_parts_may_lie_elsewhere(tmp_path: Path) -> None:
    job = fake_job(losses(1.0, 2.0), replicates=2)
    folders = [tmp_path / name for name in ("one", "two")]
    for n, folder in enumerate(folders, 1):
        run_into(folder, job, shard=Shard(n, 2))
    merged = merge_shards(tmp_path / "whole", folders, world=tiny_world()).results
    assert merged.table("runs").num_rows == 8
    run_into(tmp_path / "alone", job)
    assert part_bytes(tmp_path / "whole") == part_bytes(tmp_path / "alone")


def test_parts_that_do_not_make_up_the_whole_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match="no parts"):
        merge_shards(tmp_path, world=tiny_world())
    run_into(tmp_path / "whole", fake_job(losses(1.0), replicates=2))
    with pytest.raises(ResultsError, match="no part of a sweep"):
        merge_shards(tmp_path, [tmp_path / "whole"], world=tiny_world())
    run_into(tmp_path / "p1", fake_job(losses(1.0), replicates=2), shard=Shard(1, 2))
    with pytest.raises(ResultsError, match="2/2"):
        merge_shards(tmp_path / "m", [tmp_path / "p1"], world=tiny_world())
    with pytest.raises(ResultsError, match="merge"):
        open_results(tmp_path / "p1")
