"""Opening results: whole ones open, damaged ones say what is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from coercion_sim.errors import ResultsError
from coercion_sim.experiments import Results, open_results, simulate
from fakes.experiment import FakeScenario, fake_run, tiny_world


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
