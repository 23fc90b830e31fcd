"""Opening results: whole ones open, damaged ones say what is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from coercion_sim.analysis import cube, outcome_values
from coercion_sim.errors import InvalidInput, ResultsError
from coercion_sim.experiments import (
    Job,
    Results,
    content_key,
    keyed_folder,
    open_results,
    run_in_memory,
    run_into,
    simulate,
)
from coercion_sim.experiments.store.folder import take_back
from coercion_sim.experiments.store.journal import Journal
from coercion_sim.experiments.store.manifest import describe_job, read_manifest
from coercion_sim.experiments.store.ownership import earlier_results, safe_name
from coercion_sim.outcomes import TABLES
from fakes.experiment import FakeScenario, fake_run, tiny_world
from support.folders import fake_job, folder_of, losses
from support.small_results import make


def test_results_open_by_folder_manifest_or_table(made: Results) -> None:
    folder = folder_of(made)
    for path in (
        folder,
        str(folder),
        folder / "manifest.json",
        folder / "states",
        folder / "states" / "part-00000.parquet",
    ):
        opened = open_results(path)
        assert opened.policies == ("stand_alone", "respond_as_allies")
        assert opened.states == ("CHN", "AUS", "USA")
        assert (opened.coercer, opened.target) == ("CHN", "AUS")
        assert opened.quarters[0] == "2020Q3"
    assert list(opened.frame("runs").columns) == opened.table("runs").column_names


def test_missing_folder_names_its_neighbour(made: Results) -> None:
    folder = folder_of(made)
    with pytest.raises(ResultsError, match=f"did you mean .*{folder.name}") as caught:
        open_results(folder.with_name(folder.name[:-1]))
    assert caught.value.exit_code == 5


def test_a_folder_above_says_where_results_are(made: Results) -> None:
    with pytest.raises(ResultsError, match=folder_of(made).name):
        open_results(folder_of(made).parent)


@pytest.mark.parametrize("text", ["", "{", "[]", "\x00\x01", '{"format": 99}', '{"format": 1}'])
def test_manifests_that_are_none_are_refused(made: Results, text: str) -> None:
    (folder_of(made) / "manifest.json").write_text(text)
    with pytest.raises(ResultsError, match=r"manifest\.json"):
        open_results(folder_of(made))


def test_the_manifest_of_something_else_is_not_called_an_old_version(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"name": "a web page"}')
    with pytest.raises(ResultsError, match="is not a manifest of results"):
        open_results(tmp_path)


def test_a_missing_table_is_named(made: Results) -> None:
    (folder_of(made) / "sectors" / "part-00000.parquet").unlink()
    with pytest.raises(ResultsError, match=r"sectors/part-00000\.parquet is missing"):
        open_results(folder_of(made))


def test_a_table_cut_short_is_named(made: Results) -> None:
    path = folder_of(made) / "states" / "part-00000.parquet"
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(ResultsError, match=r"states/part-00000\.parquet"):
        open_results(folder_of(made))


def test_a_damaged_table_of_the_right_size_is_named_when_read(made: Results) -> None:
    path = folder_of(made) / "states" / "part-00000.parquet"
    opened = open_results(folder_of(made))
    path.write_bytes(b"\x00" * path.stat().st_size)
    with pytest.raises(ResultsError, match=r"states/part-00000\.parquet: cannot be read"):
        opened.table("states")


def test_a_damaged_folder_is_made_again_by_the_same_command(made: Results, tmp_path: Path) -> None:
    folder = folder_of(made)
    part = folder / "states" / "part-00000.parquet"
    before = part.read_bytes()
    part.unlink()
    with pytest.warns(UserWarning, match="damaged-1"):
        again = simulate(FakeScenario(), out=tmp_path / "results", world=tiny_world(), run=fake_run)  # type: ignore[arg-type]
    assert folder_of(again) == folder
    assert part.read_bytes() == before


def test_no_runs_is_no_results(made: Results) -> None:
    path = folder_of(made) / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"counts": {"ok": 0, "failed": 0}}))
    with pytest.raises(ResultsError, match="no runs"):
        open_results(folder_of(made))


def test_an_unknown_table_gets_the_nearest_name(made: Results) -> None:
    with pytest.raises(ResultsError, match="did you mean states"):
        made.table("state")


def two_points() -> Job:
    """Two points of one parameter, three replicates, two policies."""
    return fake_job(losses(1.0, 2.0), replicates=3)


def test_a_part_of_results_holds_the_rows_of_its_policies_and_points_alone(tmp_path: Path) -> None:
    whole = run_into(tmp_path / "s", two_points()).results
    part = whole.only(policies=["respond_as_allies"], points=[1])
    assert part.policies == ("respond_as_allies",)
    everything = whole.frame("states")
    wanted = everything[(everything.policy == "respond_as_allies") & (everything.point == 1)].reset_index(drop=True)
    assert 0 < len(wanted) < len(everything)
    assert part.frame("states", ["state", "real_income"]).equals(wanted[["state", "real_income"]])
    assert part.frame("states").equals(wanted)
    assert part.dataset("states").to_table().num_rows == len(wanted)
    cached = whole.only(points=[0])  # of a table read before
    assert set(cached.frame("states").point) == {0}


def test_a_part_that_is_not_there_is_refused(tmp_path: Path) -> None:
    whole = run_into(tmp_path / "s", two_points()).results
    with pytest.raises(InvalidInput, match="did you mean stand_alone"):
        whole.only(policies=["stand_alon"])
    with pytest.raises(InvalidInput, match="0 to 1"):
        whole.only(points=[2])


def test_a_cube_of_a_sweep_holds_every_draw(tmp_path: Path) -> None:
    whole = run_into(tmp_path / "s", two_points()).results
    made = cube(whole, "states", "real_income")
    assert made.draws == ((0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2))
    rows = whole.frame("states").set_index(["policy", "point", "replicate", "step", "state"]).real_income
    for p, policy in enumerate(made.policies):
        for w, draw in enumerate(made.draws):
            assert made.values[p, w, 2, made.labels.index("AUS")] == rows[(policy, *draw, 2, "AUS")]
    assert outcome_values(whole)["attempts"]["stand_alone"].tolist() == [
        row.attempts for row in whole.frame("outcomes").itertuples() if row.policy == "stand_alone"
    ]


def test_a_file_of_the_right_size_but_spoilt_is_one_line_of_message(made: Results) -> None:
    path = folder_of(made) / "outcomes" / "part-00000.parquet"
    data = bytearray(path.read_bytes())
    half = len(data) // 2
    data[half : half + 200] = bytes(200)
    opened = open_results(folder_of(made))
    path.write_bytes(data)
    with pytest.raises(ResultsError, match="cannot be read") as caught:
        opened.table("outcomes")
    assert "\n" not in str(caught.value)


# ------------------------------------------------------------------ reading


def test_results_describe_themselves_in_a_few_short_lines(tmp_path: Path) -> None:
    for results in (run_into(tmp_path / "s", two_points()).results, run_in_memory(two_points()).results):
        lines = repr(results).splitlines()
        assert len(lines) < 10
        assert max(map(len, lines)) < 200
        assert all(word in repr(results) for word in ("fake", "2 points", "3 replicates", "2 policies", "12 runs ok"))
    assert "in memory" in repr(results)
    assert results.points * 6 == results.manifest["counts"]["ok"]


def test_properties_are_those_of_the_design_and_of_the_part(tmp_path: Path) -> None:
    whole = run_into(tmp_path / "s", two_points()).results
    assert (whole.points, whole.replicates, whole.draws_planned, whole.failed) == (2, 3, 6, 0)
    assert whole.complete
    assert whole.only_points == ()
    part = whole.only(points=[1])
    assert (part.points, part.draws_planned, part.only_points) == (2, 3, (1,))
    assert whole.only(points=[0, 1]).only_points == ()
    assert part.only(policies=["stand_alone"]).table("runs").num_rows == 3
    assert whole.tables == tuple(TABLES)


@pytest.mark.parametrize("name", list(TABLES))
def test_every_table_reads_the_same_in_each_form(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    folder = tmp_path_factory.getbasetemp() / "each-form"
    results = open_results(folder) if folder.is_dir() else run_into(folder, two_points()).results
    table = results.table(name)
    assert table is results.table(name)  # read once
    assert results.dataset(name).to_table().equals(table)
    assert len(results.frame(name)) == table.num_rows
    some = table.column_names[:2]
    assert open_results(folder).table(name, some).equals(table.select(some))
    assert list(results.frame(name, some).columns) == some


def test_a_column_that_is_not_there_is_named_with_those_that_are(made: Results) -> None:
    with pytest.raises(ResultsError, match=r"colour.*real_income"):
        open_results(folder_of(made)).table("states", ["colour"])


def test_a_value_worked_out_once_is_kept_for_these_results_alone(made: Results) -> None:
    calls: list[int] = []
    for _ in range(3):
        assert made.keep("key", lambda: calls.append(1) or len(calls)) == 1
    part = made.only(policies=["stand_alone"])
    assert part.keep("key", lambda: "other") == "other"
    assert made.keep("key", lambda: 9) == 1


def test_results_in_memory_have_datasets_too_and_lack_what_they_never_kept() -> None:
    results = run_in_memory(two_points()).results
    assert results.dataset("states").to_table().equals(results.table("states"))
    part = results.only(points=[1])
    assert part.dataset("states").count_rows() == part.table("states").num_rows > 0
    with pytest.raises(ResultsError, match="in memory"):
        Results(results.manifest).table("states")


def test_unknown_names_are_listed_with_the_nearest(made: Results) -> None:
    with pytest.raises(InvalidInput) as caught:
        made.only(policies=["stand_alon", "stand_alone"])
    assert [(p.key, p.suggestion) for p in caught.value.problems] == [("--policy", "stand_alone")]


# ------------------------------------------------------------------ the folder


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"status": "running"}, "unfinished"),
        ({"status": "shard"}, "merge"),
        ({"design": {}}, "without"),
        ({"files": {}}, "runs is missing"),
    ],
)
def test_a_manifest_of_an_unfinished_or_incomplete_folder_is_refused(
    made: Results, change: dict[str, object], word: str
) -> None:
    path = folder_of(made) / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(ResultsError, match=word):
        open_results(folder_of(made))


@pytest.mark.parametrize(
    "key", ["key", "status", "identity", "scenario", "world", "actors", "quarters", "measures", "counts"]
)
def test_a_manifest_without_one_of_its_keys_names_it(made: Results, key: str) -> None:
    path = folder_of(made) / "manifest.json"
    data = json.loads(path.read_text())
    del data[key]
    path.write_text(json.dumps(data))
    with pytest.raises(ResultsError, match=f"without {key}"):
        read_manifest(folder_of(made))


@pytest.mark.parametrize(
    ("name", "folder"), [("a b/c", "a-b-c"), ("..", "scenario"), ("x.1_y", "x.1_y"), ("", "scenario"), ("é", "é")]
)
def test_a_name_is_a_folder_on_any_platform(name: str, folder: str) -> None:
    assert safe_name(name) == folder


def test_an_experiment_has_the_folder_of_its_name_and_key(tmp_path: Path) -> None:
    assert keyed_folder(tmp_path, two_points()) == tmp_path / "fake" / content_key(two_points())


def test_a_folder_is_new_finished_or_to_be_continued(tmp_path: Path) -> None:
    job = two_points()
    head = describe_job(job)
    assert earlier_results(tmp_path / "new", head, mend=True, retry_failed=False) == (None, None, ())
    run_into(tmp_path / "s", job)
    same = earlier_results(tmp_path / "s", head, mend=True, retry_failed=False)
    assert isinstance(same.results, Results)
    longer = describe_job(fake_job(losses(1.0, 2.0), replicates=5))
    results, manifest, notes = earlier_results(tmp_path / "s", longer, mend=True, retry_failed=False)
    assert (results, notes) == (None, ())
    assert manifest is not None
    assert manifest["status"] == "complete"
    with Journal(tmp_path / "s") as journal:
        take_back(tmp_path / "s", manifest, journal)
        assert sum(len(entry.runs) for entry in journal.entries()) == 12
    (tmp_path / "s" / "events" / "part-00000.parquet").unlink()
    with pytest.raises(ResultsError, match="missing"):
        earlier_results(tmp_path / "s", head, mend=False, retry_failed=False)
    results, manifest, (note,) = earlier_results(tmp_path / "s", head, mend=True, retry_failed=False)
    assert (results, manifest) == (None, None)
    assert "s.damaged-1" in note
    assert [p.name for p in (tmp_path / "s").iterdir()] == [".lock"]
    assert (tmp_path / "s.damaged-1" / "runs" / "part-00000.parquet").is_file()


def test_a_frame_without_a_name_says_which_tables_it_could_be() -> None:
    made = make()
    with pytest.raises(InvalidInput, match=", ".join(made.tables)):
        made.frame()
