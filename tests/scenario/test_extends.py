"""A file that extends another holds only what differs."""

from __future__ import annotations

from pathlib import Path

from coercion_sim import world as world_room
from coercion_sim.scenario import check_scenario, load_scenario


def test_tables_merge_key_by_key_and_measures_by_name(bench) -> None:
    bench.write(name="base.toml")
    child = bench.write(
        """
extends = "base.toml"
quarters = 12
policies = ["stand_alone"]
[economy]
smoothing = 0.5
[[measures]]
name = "wine"
kind = "import_tariff"
by = "CHN"
on = "AUS"
sectors = "wine"
rate = 2.0
[[measures]]
name = "coal"
until = "2022Q4"
""",
        "child.toml",
    )
    s = load_scenario(child)
    assert (s.name, s.world, s.quarters, s.policies) == ("child", "tiny", 12, ("stand_alone",))
    assert (s.economy.factor_mobility, s.economy.smoothing) == (1.5, 0.5)
    assert [(m.name, m.size, m.start, m.until) for m in s.measures_as_data()] == [
        ("coal", 0.1, 1, 11),
        ("wine", 2.0, 0, None),
    ]
    assert s.policy["respond_as_allies"].model_dump()["fraction"] == 0.5


def test_a_measure_that_changes_kind_drops_the_size_of_the_old_one(bench) -> None:
    bench.write(name="base.toml")
    child = 'extends = "base.toml"\n[[measures]]\nname = "coal"\nkind = "import_tariff"\nrate = 0.8\n'
    measure = bench.load(child).measures_as_data()[0]
    assert (measure.kind, measure.size, measure.start) == ("import_tariff", 0.8, 1)


def test_an_uncertain_number_is_replaced_whole(bench) -> None:
    bench.changed("factor_mobility = 1.5", "factor_mobility = { uniform = [1.1, 1.4], default = 1.2 }").rename(
        bench.folder / "base.toml"
    )
    fixed = bench.load('extends = "base.toml"\n[economy]\nfactor_mobility = 2.0\n')
    assert (fixed.uncertain, fixed.economy.factor_mobility) == ((), 2.0)
    other = bench.load('extends = "base.toml"\n[economy]\nfactor_mobility = { choice = [1.2, 3.0] }\n')
    assert [(u.distribution, u.values) for u in other.uncertain] == [("choice", (1.2, 3.0))]


def test_a_mistake_in_the_parent_is_reported_at_its_own_line(bench) -> None:
    base = bench.write((bench.write().read_text(encoding="utf-8")).replace("open = 0.1", "open = 3"), "base.toml")
    problem = bench.only('extends = "base.toml"\nquarters = 9\n')
    assert problem.key == "measures.coal.open"
    assert problem.file == "base.toml"
    assert base.read_text(encoding="utf-8").splitlines()[problem.line - 1] == "open = 3"


def test_a_chain_of_parents_reaches_the_last_and_a_circle_is_an_error(bench) -> None:
    bench.write(name="a.toml")
    bench.write('extends = "a.toml"\nseed = 5\n', "b.toml")
    assert load_scenario(bench.write('extends = "b.toml"\n', "c.toml")).seed == 5
    bench.write('extends = "c.toml"\n', "a.toml")
    problems = check_scenario(bench.folder / "c.toml")
    assert len(problems) == 1
    assert "circle" in problems[0].message
    assert (problems[0].key, problems[0].line) == ("extends", 1)


def test_a_parent_that_is_missing_is_said_at_the_line_that_names_it(bench) -> None:
    problem = bench.only('\nextends = "nowhere.toml"\n')
    assert "no such file" in problem.message
    assert problem.line == 2


def test_an_empty_list_takes_all_measures_of_the_file_extended_out(bench) -> None:
    bench.write(name="base.toml")
    child = bench.write('extends = "base.toml"\nmeasures = []\n', "child.toml")
    assert load_scenario(child).measures == ()
    again = 'extends = "child.toml"\n[[measures]]\nname = "new"\nkind = "import_ban"\nby = "CHN"\non = "AUS"\n'
    problem = bench.only(bench.write(f'{again}sectors = "coal"\n', "again.toml"))
    assert (problem.key, problem.line) == ("measures.new.open", 2)


def test_parents_are_found_beside_the_child_wherever_one_stands(bench, monkeypatch, tmp_path_factory) -> None:
    bench.write(name="base.toml")
    child = bench.write('extends = "base.toml"\n', "child.toml")
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    assert load_scenario(child).world == "tiny"


def test_a_world_named_by_path_is_sought_from_the_file_that_names_it(bench, monkeypatch) -> None:
    asked = []
    original = world_room.read_labels

    def record(name: str, relative_to: Path) -> object:
        asked.append(relative_to / name)
        return original("tiny")

    monkeypatch.setattr(world_room, "read_labels", record)
    (bench.folder / "sub").mkdir()
    text = bench.write().read_text(encoding="utf-8").replace('world = "tiny"', 'world = "./here"')
    bench.write(text, "sub/base.toml")
    load_scenario(bench.write('extends = "sub/base.toml"\n', "child.toml"))
    load_scenario(bench.write('extends = "sub/base.toml"\nworld = "./there"\n', "child.toml"))
    assert asked == [bench.folder / "sub" / "here", bench.folder / "there"]


def test_a_shipped_scenario_can_be_extended_by_name(bench, shipped_world) -> None:
    s = bench.load('extends = "australia-2020"\n[[measures]]\nname = "coal"\nopen = 0.5\n')
    assert s.dotted("measures.coal.open") == 0.5
    assert len(s.measures) == 8
