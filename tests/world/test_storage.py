"""Worlds on disk: the same bytes every time, the same world back, and every bad input refused by file and key."""

import contextlib
import io
import subprocess
import sys
import tomllib
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coercion_sim.errors import WorldError
from coercion_sim.files import toml_list, toml_table, toml_text
from coercion_sim.world import (
    Alliance,
    World,
    build_world_folder,
    list_worlds,
    load_world,
    read_labels,
    save_world,
    world_folder,
)

FILES = ("README.md", "arrays.npz", "labels.toml")


@pytest.fixture
def built(tiny, tmp_path):
    """(world, folder) of the tiny world, written."""
    return build_world_folder(*tiny, tmp_path / "out")


def arrays_of(folder: Path) -> dict[str, np.ndarray]:
    with np.load(folder / "arrays.npz") as stored:
        return {key: stored[key] for key in stored.files}


def write_arrays(folder: Path, arrays) -> None:
    np.savez(folder / "arrays.npz", **arrays)


def same(a: World, b: World) -> None:
    for key in (
        "flows",
        "value_added_share",
        "input_share",
        "tariff",
        "trade_elasticity",
        "gdp_recorded",
        "ideal_point",
    ):
        np.testing.assert_array_equal(getattr(a, key), getattr(b, key), err_msg=key)
    words = ("name", "states", "sectors", "alliances", "groups", "competitors", "state_names", "sector_names", "tags")
    for key in (*words, "year", "repairs"):
        assert getattr(a, key) == getattr(b, key), key
    assert list(a.elasticity_sets) == list(b.elasticity_sets)
    for name, theta in a.elasticity_sets.items():
        np.testing.assert_array_equal(theta, b.elasticity_sets[name])


def test_a_world_comes_back_as_it_was_saved(built):
    world, folder = built
    assert sorted(path.name for path in folder.iterdir()) == sorted(FILES)
    same(load_world(folder), world)
    same(load_world(str(folder)), world)


def test_building_twice_gives_the_same_bytes(tiny, tmp_path):
    _, first = build_world_folder(*tiny, tmp_path / "first")
    _, second = build_world_folder(*tiny, tmp_path / "second")
    for name in FILES:
        assert (first / name).read_bytes() == (second / name).read_bytes(), name


def test_saving_a_loaded_world_changes_nothing(built, tmp_path):
    _, folder = built
    again = save_world(load_world(folder), tmp_path / "again", labels=read_labels(folder))
    for name in ("arrays.npz", "labels.toml"):
        assert (again / name).read_bytes() == (folder / name).read_bytes(), name


def test_members_of_the_archive_are_sorted_and_timeless(built):
    with zipfile.ZipFile(built[1] / "arrays.npz") as archive:
        infos = archive.infolist()
    assert [info.filename for info in infos] == sorted(info.filename for info in infos)
    assert {info.date_time for info in infos} == {(1980, 1, 1, 0, 0, 0)}


def test_a_world_made_in_python_can_be_saved_and_loaded(tmp_path):
    world = World.from_flows(
        'odd "name" \\ with\ttab',
        ("A", "B"),
        ("x",),
        [[[2.0, 1.0], [1.0, 3.0]]],
        4.0,
        alliances=(Alliance("A", "B", 'a "pact"', "defence", 0.5, "1950"),),
        tariff=[[[0.0, 0.1], [0.2, 0.0]]],
    )
    back = load_world(save_world(world, tmp_path / "w"))
    assert back.name == world.name
    assert back.alliances == world.alliances
    assert back.year is None
    np.testing.assert_array_equal(back.tariff, world.tariff)


def test_a_world_given_in_shares_keeps_its_final_shares(tmp_path):
    pi = np.array([[[0.7, 0.4], [0.3, 0.6]]])
    world = World.from_shares(
        "shares", ("A", "B"), ("x",), spending_share=pi, spending=[[10, 8]], trade_elasticity=4,
        final_share=[[1.0, 1.0]], value_added=[10.2, 7.8],
    )  # fmt: skip
    back = load_world(save_world(world, tmp_path / "w"))
    np.testing.assert_array_equal(back.final_share, world.final_share)
    np.testing.assert_array_equal(back.value_added, world.value_added)


def test_a_failed_write_leaves_the_old_file(built, monkeypatch):
    world, folder = built
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr("os.replace", fail)
    with pytest.raises(OSError, match="disk full"):
        save_world(replace(world, name="other"), folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_failed_build_writes_nothing(tiny, tmp_path):
    recipe, data = tiny
    (data / "facts.csv").write_text("", encoding="utf-8")
    with pytest.raises(WorldError, match=r"facts\.csv"):
        build_world_folder(recipe, data, tmp_path / "out")
    assert not (tmp_path / "out").exists()


# ------------------------------------------------------------------ bad input


NOISE = bytes(range(256)) * 7


@pytest.mark.parametrize("name", ["labels.toml", "arrays.npz"])
@pytest.mark.parametrize(
    ("content", "says"),
    [(None, "no such file|cannot be read"), (b"", "is empty"), (NOISE, "is not"), (b"PK\x03\x04" + NOISE, "is not")],
)
def test_missing_empty_and_noisy_files_are_refused_by_name(built, name, content, says):
    path = built[1] / name
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
    with pytest.raises(WorldError, match=says) as caught:
        load_world(built[1])
    assert caught.value.problems[0].file == str(path)
    assert caught.value.exit_code == 3


@pytest.mark.parametrize("keep", [0.1, 0.5, 0.9, 0.99])
def test_a_truncated_archive_is_refused(built, keep):
    path = built[1] / "arrays.npz"
    data = path.read_bytes()
    path.write_bytes(data[: int(keep * len(data))])
    with pytest.raises(WorldError, match=r"arrays\.npz"):
        load_world(built[1])


@pytest.fixture(scope="module")
def small_folder(tmp_path_factory):
    """A folder with a world of two states."""
    world = World.from_flows("t", ("A", "B"), ("x",), [[[2.0, 1.0], [1.0, 3.0]]], 4.0)
    return save_world(world, tmp_path_factory.mktemp("small"))


@given(at=st.integers(0, 10**6), value=st.integers(0, 255))
def test_one_wrong_byte_gives_a_world_or_a_named_error(small_folder, at, value):
    path = small_folder / "arrays.npz"
    original = path.read_bytes()
    data = bytearray(original)
    data[at % len(data)] = value
    path.write_bytes(bytes(data))
    try:
        with contextlib.suppress(WorldError):
            assert load_world(small_folder).states == ("A", "B")
    finally:
        path.write_bytes(original)


@pytest.mark.parametrize(
    ("key", "change", "says"),
    [
        ("flows", lambda a: -a, r"flows: negative flow"),
        ("flows", lambda a: 1e300 * a, r"flows: is not an amount of money"),
        ("flows", lambda a: a[:, :2], r"flows: wrong shape"),
        ("flows", lambda a: np.where(a > 5, np.nan, a), r"flows: has numbers that are not finite"),
        ("flows", lambda a: a.astype(str), r"flows: is not numbers"),
        ("trade_elasticity", lambda a: 0 * a, r"trade_elasticity: trade elasticity must be positive"),
        ("value_added_share", lambda a: a + 0.01, r"value added and inputs must sum to 1"),
        ("tariff", lambda a: a - 1.0, r"tariff"),
        ("elasticity_set.rauch", lambda a: a[:2], r"elasticity_sets\.rauch: wrong shape"),
        ("gdp_recorded", lambda a: a[:1], r"gdp_recorded: wrong shape"),
    ],
)
def test_bad_numbers_are_refused_by_key(built, key, change, says):
    folder = built[1]
    arrays = arrays_of(folder)
    arrays[key] = change(arrays[key])
    write_arrays(folder, arrays)
    with pytest.raises(WorldError, match=says) as caught:
        load_world(folder)
    assert all(problem.file == str(folder / "arrays.npz") for problem in caught.value.problems)


def test_pickled_arrays_are_refused(built):
    folder = built[1]
    arrays = arrays_of(folder)
    arrays["flows"] = np.array([{"not": "numbers"}], dtype=object)
    np.savez(folder / "arrays.npz", **arrays)
    with pytest.raises(WorldError, match="not a readable"):
        load_world(folder)


def test_a_single_array_is_no_world(built):
    stream = io.BytesIO()
    np.save(stream, np.ones(3))
    (built[1] / "arrays.npz").write_bytes(stream.getvalue())
    with pytest.raises(WorldError, match="not a readable"):
        load_world(built[1])


def test_missing_and_unannounced_arrays_are_named_together(built):
    arrays = arrays_of(built[1])
    del arrays["flows"]
    arrays["democracy"] = np.zeros(4)
    write_arrays(built[1], arrays)
    with pytest.raises(WorldError) as caught:
        load_world(built[1])
    assert {problem.key for problem in caught.value.problems} == {"flows", "democracy"}


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("format = 1", "format = 2", r"labels\.toml:3: format: made by another version"),
        ("format = 1", "", "format: must be given"),
        ('name = "tiny"', "name = 7", r"labels\.toml:4: name: must be text in quotes"),
        ('name = "tiny"', "name = ", r"labels\.toml:4: is not valid TOML"),
        ('{ id = "DDD"', '{ id = "AAA"', r"states: listed twice"),
        ('{ id = "DDD"', '{ label = "DDD"', r"states\.Delta\.id: must be given"),
        ('"CLUB" = ["AAA"', '"CLUB" = ["AAB"', r"did you mean AAA"),
        ('a = "AAA", b = "DDD"', 'a = "AAA", b = "DDE"', r"did you mean DDD"),
        ("strength = 0.3", "strength = 1.3", r"out of range; found 1\.3"),
        ("strength = 0.3", "strength = true", r"strength: must be a number"),
        ("[groups]", "groups = 3\n[other]", r"groups: must be a table"),
        ('tags = ["goods"', 'tags = [3, "goods"', r"tags\[1\]: must be text in quotes"),
    ],
)
def test_bad_labels_are_refused_with_line_and_key(built, old, new, says):
    path = built[1] / "labels.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(WorldError, match=says):
        read_labels(built[1])
    with pytest.raises(WorldError, match=says):
        load_world(built[1])


def test_everything_wrong_with_the_labels_comes_at_once(built):
    path = built[1] / "labels.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace('name = "tiny"', "name = 7").replace("strength = 0.3", "strength = 1.3"), encoding="utf-8"
    )
    with pytest.raises(WorldError) as caught:
        read_labels(built[1])
    assert len(caught.value.problems) == 2


# ------------------------------------------------------------------ names and paths


def test_names_are_shipped_worlds_and_everything_else_is_a_path(built, monkeypatch):
    assert "pacific-2019" in list_worlds()
    assert world_folder("pacific-2019").name == "pacific-2019"
    folder = built[1]
    monkeypatch.chdir(folder.parent)
    assert world_folder("./out") == Path("./out")
    assert world_folder(Path("out")) == Path("out")
    with pytest.raises(WorldError, match="unknown world"):
        world_folder("out")


def test_a_misspelt_world_gets_the_nearest_name():
    with pytest.raises(WorldError, match="did you mean pacific-2019"):
        load_world("pacfic-2019")


@pytest.mark.parametrize("name", ["", "./nowhere", "nowhere/at-all", "x.toml"])
def test_no_world_there_is_said(name):
    with pytest.raises(WorldError):
        load_world(name)


def test_a_file_is_not_a_world(built):
    with pytest.raises(WorldError, match="a world is a folder"):
        load_world(built[1] / "labels.toml")


def test_labels_are_read_without_numpy():
    code = (
        "import sys; from coercion_sim.world import read_labels, list_worlds; "
        "x = read_labels('pacific-2019'); list_worlds(); "
        "bad = {'numpy', 'scipy', 'pandas', 'pyarrow'} & set(sys.modules); "
        "assert not bad, bad; print(len(x.states), len(x.sectors))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["28", "42"]


def test_loading_a_world_loads_no_heavy_library():
    code = (
        "import sys; from coercion_sim.world import load_world; load_world('pacific-2019'); "
        "bad = {'scipy', 'pandas', 'pyarrow', 'mesa', 'matplotlib'} & set(sys.modules); assert not bad, bad"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


# ------------------------------------------------------------------ TOML out


@given(st.text(st.characters(exclude_categories=("Cs",))))
def test_any_text_survives_toml(text):
    assert tomllib.loads(f"x = {toml_text(text)}")["x"] == text


@given(st.lists(st.text(st.characters(exclude_categories=("Cs",)))), st.floats(allow_nan=False, allow_infinity=False))
def test_lists_and_numbers_survive_toml(words, value):
    table = tomllib.loads(f"x = {toml_table({'words': words, 'value': value})}\ny = {toml_list(words)}")
    assert table == {"x": {"words": words, "value": value}, "y": words}
