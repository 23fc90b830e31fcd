"""A copy is the shipped text under a header, written whole, and never over another file unasked."""

from __future__ import annotations

import os
import tomllib

import pytest

from coercion_sim.errors import ScenarioError
from coercion_sim.scenario import copy_scenario, load_scenario

pytestmark = pytest.mark.usefixtures("shipped_world")


def test_a_copy_loads_to_the_same_scenario_and_says_how_to_run_it(tmp_path) -> None:
    path = copy_scenario("australia-2020", tmp_path / "mine.toml")
    text = path.read_text(encoding="utf-8")
    original = load_scenario("australia-2020")
    body = original.source_text.replace('name = "australia-2020"', 'name = "mine"', 1)
    assert text.endswith(body)
    assert load_scenario(path).content() == original.content() | {"name": "mine"}
    header = text.removesuffix(body)
    assert all(line.startswith("#") or not line for line in header.splitlines())
    for words in ("coercion-sim check", "coercion-sim compare", "may be changed", "mine.toml"):
        assert words in header


def test_a_file_that_is_there_is_kept_unless_forced(tmp_path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("precious", encoding="utf-8")
    with pytest.raises(ScenarioError, match="--force"):
        copy_scenario("australia-2020", path)
    assert path.read_text(encoding="utf-8") == "precious"
    copy_scenario("australia-2020", path, force=True)
    assert tomllib.loads(path.read_text(encoding="utf-8"))["name"] == "mine"


def test_a_write_that_fails_leaves_the_old_file_and_no_rubbish(tmp_path, monkeypatch) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("precious", encoding="utf-8")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ScenarioError, match="No space left"):
        copy_scenario("australia-2020", path, force=True)
    assert path.read_text(encoding="utf-8") == "precious"
    assert os.listdir(tmp_path) == ["mine.toml"]


@pytest.mark.parametrize(
    ("name", "dest", "says"),
    [
        ("australia-2002", "mine.toml", "australia-2020"),
        ("australia-2020", "mine.txt", "ends in .toml"),
        ("australia-2020", "nowhere/mine.toml", "no such folder"),
        ("./some.toml", "mine.toml", "only shipped scenarios"),
    ],
)
def test_what_cannot_be_copied_is_said_and_nothing_is_written(tmp_path, name: str, dest: str, says: str) -> None:
    with pytest.raises(ScenarioError, match=says):
        copy_scenario(name, tmp_path / dest)
    assert os.listdir(tmp_path) == []


def test_a_folder_is_not_overwritten(tmp_path) -> None:
    (tmp_path / "mine.toml").mkdir()
    with pytest.raises(ScenarioError, match="is a folder"):
        copy_scenario("australia-2020", tmp_path / "mine.toml", force=True)
