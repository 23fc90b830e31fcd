"""Opening results: whole ones open, damaged ones say what is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from coercion_sim.analysis import cube, outcome_values
from coercion_sim.errors import InvalidInput, ResultsError
from coercion_sim.experiments import Job, Results, open_results, run_into, simulate
from fakes.experiment import FakeScenario, fake_run, tiny_world
from support.folders import fake_job, losses


@pytest.fixture
def made(tmp_path: Path) -> Results:
    return simulate(FakeScenario(), out=tmp_path / "results", world=tiny_world(), run=fake_run)  # type: ignore[arg-type]


def folder_of(results: Results) -> Path:
    assert results.folder is not None
    return results.folder


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
    path.write_bytes(b"\x00" * path.stat().st_size)
    with pytest.raises(ResultsError, match=r"states/part-00000\.parquet: cannot be read"):
        open_results(folder_of(made)).table("states")


def test_a_damaged_folder_is_made_again_by_the_same_command(made: Results, tmp_path: Path) -> None:
    folder = folder_of(made)
    part = folder / "states" / "part-00000.parquet"
    before = part.read_bytes()
    part.unlink()
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
    held = whole.only(points=[0])  # of a table read before
    assert set(held.frame("states").point) == {0}


def test_a_part_that_is_not_there_is_refused(tmp_path: Path) -> None:
    whole = run_into(tmp_path / "s", two_points()).results
    with pytest.raises(InvalidInput, match="did you mean stand_alone"):
        whole.only(policies=["stand_alon"])
    with pytest.raises(InvalidInput, match="0 to 1"):
        whole.only(points=[2])


def test_a_cube_of_a_sweep_holds_every_world(tmp_path: Path) -> None:
    whole = run_into(tmp_path / "s", two_points()).results
    made = cube(whole, "states", "real_income")
    assert made.draws == ((0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2))
    rows = whole.frame("states").set_index(["policy", "point", "replicate", "step", "state"]).real_income
    for p, policy in enumerate(made.policies):
        for w, world in enumerate(made.draws):
            assert made.values[p, w, 2, made.labels.index("AUS")] == rows[(policy, *world, 2, "AUS")]
    assert outcome_values(whole)["attempts"]["stand_alone"].tolist() == [
        row.attempts for row in whole.frame("outcomes").itertuples() if row.policy == "stand_alone"
    ]


def test_a_file_of_the_right_size_but_spoilt_is_said_in_one_line(made: Results) -> None:
    path = folder_of(made) / "outcomes" / "part-00000.parquet"
    data = bytearray(path.read_bytes())
    half = len(data) // 2
    data[half : half + 200] = bytes(200)
    path.write_bytes(data)
    with pytest.raises(ResultsError, match="cannot be read") as caught:
        open_results(folder_of(made)).table("outcomes")
    assert "\n" not in str(caught.value)
