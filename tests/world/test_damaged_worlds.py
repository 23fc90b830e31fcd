"""Worlds of any numbers and words come back from disk bit for bit; damaged and hostile files are named errors."""

import io
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coercion_sim.errors import WorldError
from coercion_sim.world import (
    Alliance,
    SourceLabels,
    World,
    WorldLabels,
    list_worlds,
    load_world,
    read_labels,
    save_world,
    world_folder,
)
from support.worlds import random_worlds

ECONOMIC = ("flows", "value_added_share", "input_share", "tariff", "trade_elasticity")
words = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cf")), min_size=1, max_size=8)


@pytest.fixture(scope="module")
def shelf(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("worlds")


# ------------------------------------------------------------------ round trips


@given(random_worlds())
def test_every_number_comes_back_bit_for_bit(shelf, world):
    world = replace(world, tags=dict.fromkeys(world.sectors, ("goods",)))
    back = load_world(save_world(world, shelf / "any"))
    for name in ECONOMIC:
        assert getattr(back, name).tobytes() == getattr(world, name).tobytes(), name
    assert back.digest == world.digest
    assert (back.states, back.sectors, back.repairs) == (world.states, world.sectors, world.repairs)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_any_words_come_back_unchanged(shelf, data):
    states = tuple(data.draw(st.lists(words, min_size=2, max_size=3, unique=True)))
    names = data.draw(st.lists(words, min_size=2, max_size=2, unique=True))
    world = World.from_flows(
        data.draw(words),
        states,
        ("x",),
        np.ones((1, len(states), len(states))),
        4.0,
        alliances=(Alliance(states[0], states[1], *data.draw(st.tuples(words, words)), 0.25, data.draw(words)),),
        groups={names[0]: states, names[1]: ()},
        competitors={states[0]: states[1:]},
        state_names={state: data.draw(words) for state in states},
        sector_names={"x": data.draw(words)},
        tags={"x": tuple(data.draw(st.lists(words, max_size=2)))},
        repairs=tuple(data.draw(st.lists(words, max_size=2))),
        year=data.draw(st.none() | st.integers(0, 9999)),
    )
    back = load_world(save_world(world, shelf / "words"))
    for name in ("name", "states", "alliances", "groups", "competitors", "state_names", "sector_names", "tags"):
        assert getattr(back, name) == getattr(world, name), name
    assert (back.repairs, back.year) == (world.repairs, world.year)


def attributed() -> World:
    return World.from_flows(
        "full",
        ("A", "B"),
        ("x",),
        [[[2.0, 1.0], [1.0, 3.0]]],
        4.0,
        gdp_recorded=[1.0, np.nan],
        ideal_point=[np.nan, -0.0],
        democracy=[0.1, 0.2],
        elasticity_sets={"low": np.array([1.5]), "high": np.array([9.0])},
        final_share=[[1.0, 1.0]],
        value_added=[3.0, 4.0],
    )


def test_attributes_and_sets_come_back_with_their_gaps(tmp_path):
    world = attributed()
    back = load_world(save_world(world, tmp_path / "full"))
    for name in ("gdp_recorded", "ideal_point", "democracy", "final_share", "value_added"):
        assert getattr(back, name).tobytes() == getattr(world, name).tobytes(), name
    assert {name: theta.tolist() for name, theta in back.elasticity_sets.items()} == {"low": [1.5], "high": [9.0]}
    labels = read_labels(tmp_path / "full")
    assert isinstance(labels, WorldLabels)
    assert labels.elasticity_sets == ("low", "high")
    assert labels.attributes == ("final_share", "value_added", "gdp_recorded", "ideal_point", "democracy")


def test_words_beside_the_world_come_back_by_their_own_way(tmp_path):
    labels = SourceLabels(title="A title", codes={"x": "B05+B06"}, parents={"x": "y"}, classes={"x": "homogeneous"})
    folder = save_world(attributed(), tmp_path / "w", labels=labels, readme="# mine\n")
    again = read_labels(folder)
    assert (again.title, again.codes, again.parents, again.classes) == tuple(vars(labels).values())
    assert (folder / "README.md").read_text("utf-8") == "# mine\n"
    assert vars(SourceLabels()) == {"title": "", "codes": {}, "parents": {}, "classes": {}}


def test_the_short_readme_counts_states_and_lists_repairs(tmp_path):
    text = (save_world(replace(attributed(), repairs=("one", "two")), tmp_path / "w") / "README.md").read_text("utf-8")
    assert "2 states, 1 sectors" in text
    assert text.splitlines()[-2:] == ["- one", "- two"]


# ------------------------------------------------------------------ damaged numbers


@pytest.fixture
def folder(tmp_path) -> Path:
    return save_world(attributed(), tmp_path / "damaged")


def rewrite(folder: Path, change) -> Path:
    """Let `change` alter the members of the archive, each as the bytes of an .npy file."""
    path = folder / "arrays.npz"
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def npy(array: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x93NUMPY",
        b"no array",
        npy(np.ones((1, 2, 2)))[:-8],
        npy(np.ones((1, 2, 2))).replace(b"<f8", b"<q9"),
        npy(np.ones((1, 2, 2)) * 1j),
        npy(np.array([["a", "b"]])),
        npy(np.ones((1, 2, 2), dtype=bool)),
        npy(np.array(["2020-01-01"], dtype="datetime64[D]")),
    ],
    ids=["empty", "magic", "text", "short", "type", "complex", "words", "switches", "dates"],
)
def test_a_damaged_member_is_a_named_error(folder, content):
    path = rewrite(folder, lambda members: members.update({"flows.npy": content}))
    with pytest.raises(WorldError) as caught:
        load_world(folder)
    (problem,) = caught.value.problems
    assert problem.file == str(path)
    assert caught.value.exit_code == 3


def test_whole_numbers_are_taken_for_numbers(folder):
    rewrite(folder, lambda members: members.update({"flows.npy": npy(np.array([[[2, 1], [1, 3]]]))}))
    assert load_world(folder).flows.dtype == np.float64


@pytest.mark.parametrize("name", ["flows", "tariff", "trade_elasticity", "gdp_recorded", "elasticity_set.low"])
def test_each_missing_array_is_named(folder, name):
    path = rewrite(folder, lambda members: members.pop(f"{name}.npy"))
    with pytest.raises(WorldError) as caught:
        load_world(folder)
    assert [(p.file, p.key) for p in caught.value.problems] == [(str(path), name)]


@pytest.mark.parametrize(
    "name", ["flows", "value_added_share", "input_share", "tariff", "trade_elasticity", "value_added"]
)
@pytest.mark.parametrize("shape", [(), (7,), (1, 1, 1, 1)])
def test_each_array_of_another_shape_is_named(folder, name, shape):
    path = rewrite(folder, lambda members: members.update({f"{name}.npy": npy(np.ones(shape))}))
    with pytest.raises(WorldError) as caught:
        load_world(folder)
    assert (str(path), name, str(shape)) in {(p.file, p.key, p.found) for p in caught.value.problems}


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan, 1e400])
def test_numbers_that_are_not_finite_are_named_with_their_cell(folder, value):
    rewrite(folder, lambda members: members.update({"flows.npy": npy(np.array([[[2.0, value], [1.0, 3.0]]]))}))
    with pytest.raises(WorldError) as caught:
        load_world(folder)
    assert (caught.value.problems[0].key, caught.value.problems[0].found) == ("flows", "[x, A, B]")


# ------------------------------------------------------------------ damaged words


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('title = "full"', "title = " + "[" * 1500 + "]" * 1500),
        ('title = "full"', "title = " + "[" * 90_000),
        ("format = 1", "format = " + "9" * 5000),
        ("format = 1", "format = 0x" + "f" * 300),
        ("format = 1", "format = 1\nyear = " + "9" * 400),
        ("alliances = [", 'alliances = [{ a = "A", b = "B", type = "defence", strength = ' + "9" * 400 + " },"),
        ("attributes = [", 'attributes = [["x"], '),
    ],
)
def test_labels_nested_or_long_without_end_are_named(folder, old, new):
    path = folder / "labels.toml"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(WorldError) as caught:
        load_world(folder)
    assert {problem.file for problem in caught.value.problems} == {str(path)}
    assert max(map(len, caught.value.lines)) < 600


@pytest.mark.parametrize("name", ["A" * 300, "A" * 5000, "./" + "A" * 300, "a\0b", "./a\0b", ""])
def test_a_name_no_file_can_have_is_an_unknown_world(name):
    with pytest.raises(WorldError) as caught:
        load_world(name)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    "text",
    [
        "format = 1\nname = 'x'\nstates = " + "[" * 5_000,
        "format = 1\nname = 'x'\nyear = " + "9" * 5_000,
        "format = 1\nname = 'x'\nyear = 1.5\nstates = [{ id = 'A' }]\nsectors = [{ id = 'x' }]",
        "format = 1\nname = 'x'\nstates = []\nsectors = [{ id = 'x' }]",
        "format = 1\nname = 'x'\nstates = [{ id = 'A' }]",
        "format = 1\nname = ''\nstates = [{ id = 'A' }]\nsectors = [{ id = 'x' }]",
        "format = 1\nname = 'x'\nstates = [{ id = '' }]\nsectors = [{ id = 'x' }]",
        "format = 'one'\nname = 'x'\nstates = [{ id = 'A' }]\nsectors = [{ id = 'x' }]",
        "format = 1\nformat = 1\n",
        "[[format]]\n",
        "{}",
    ],
    ids=["deep", "huge", "year", "no states", "no sectors", "name", "id", "version", "twice", "tables", "json"],
)
def test_damaged_labels_are_named_errors(folder, text):
    path = folder / "labels.toml"
    path.write_text(text, encoding="utf-8")
    for load in (read_labels, load_world):
        with pytest.raises(WorldError) as caught:
            load(folder)
        assert {problem.file for problem in caught.value.problems} == {str(path)}


def test_labels_of_another_size_than_the_arrays_are_refused(folder):
    path = folder / "labels.toml"
    text = path.read_text("utf-8")
    path.write_text(text.replace('  { id = "B", name = "B" },\n', ""), encoding="utf-8")
    assert read_labels(folder).states == ("A",)
    with pytest.raises(WorldError) as caught:
        load_world(folder)
    assert {"flows", "tariff", "value_added_share", "gdp_recorded"} <= {p.key for p in caught.value.problems}


def test_every_unknown_state_of_the_links_is_named_with_its_key(folder):
    path = folder / "labels.toml"
    text = path.read_text("utf-8")
    first, second = '{ a = "A", b = "C", type = "t", strength = 0.5 }', '{ a = "D", b = "B", type = "t", strength = 1 }'
    links = f"alliances = [{first}, {second}]\n"
    text = text.split("\nalliances = [")[0] + "\n" + links + '[groups]\ng = ["A", "E"]\n[competitors]\nA = ["F"]\n'
    path.write_text(text, encoding="utf-8")
    with pytest.raises(WorldError) as caught:
        read_labels(folder)
    assert {(p.key, p.found) for p in caught.value.problems} == {
        ("alliances[1].b", "C"),
        ("alliances[2].a", "D"),
        ("groups.g[2]", "E"),
        ("competitors.A[1]", "F"),
    }
    assert all(p.line for p in caught.value.problems)


# ------------------------------------------------------------------ shipped worlds


@pytest.mark.parametrize("name", list_worlds())
def test_shipped_worlds_are_read_and_written_without_change(name, tmp_path):
    folder = world_folder(name)
    labels, world = read_labels(name), load_world(name)
    assert (labels.name, labels.states, labels.sectors) == (name, world.states, world.sectors)
    assert set(labels.classes) == set(world.sectors)
    again = save_world(world, tmp_path / name, labels=labels)
    assert (again / "labels.toml").read_bytes() == (folder / "labels.toml").read_bytes()
    assert load_world(again).digest == world.digest


@pytest.mark.parametrize("name", list_worlds())
def test_shipped_worlds_obey_their_accounts(name):
    world = load_world(name)
    b = world.baseline
    assert b.spending.sum() == pytest.approx(b.sales.sum() + b.tariff_revenue.sum(), rel=1e-12)
    np.testing.assert_allclose(b.final_demand.sum(axis=0), b.income, rtol=1e-9)
    assert (b.final_demand >= 0).all()
    assert (b.gdp > 0).all()
    assert all(0 <= link.strength <= 1 and link.a != link.b for link in world.alliances)
    pairs = [frozenset((link.a, link.b)) for link in world.alliances]
    assert len(pairs) == len(set(pairs))
    for theta in world.elasticity_sets.values():
        assert (theta > 0).all()
