"""What a loaded scenario gives the model."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError
from scenario_text import SMALL

from coercion_sim.economy import EconomyParameters
from coercion_sim.errors import InvalidInput, ScenarioError
from coercion_sim.policies import Combined, IntegrateEconomies, RespondAsAllies
from coercion_sim.scenario import Economy
from coercion_sim.world import World

UNCERTAIN = SMALL.replace("= 1.5", "= { uniform = [1.1, 1.5], default = 1.2 }").replace(
    "open = 0.1", "open = { uniform = [0.0, 0.2], default = 0.1 }"
)


def test_measures_count_quarters_from_the_start_of_the_run(bench) -> None:
    (m,) = bench.load().measures_as_data()
    assert (m.kind, m.by, m.on, m.sectors, m.size) == ("import_ban", "CHN", "AUS", ("coal",), 0.1)
    assert (m.start, m.until, m.purpose, m.name) == (1, 4, "coercion", "coal")
    assert [q for q in range(8) if m.in_force(q)] == [1, 2, 3, 4]


def test_a_measure_without_dates_lasts_the_whole_run(bench) -> None:
    (m,) = bench.load(SMALL.replace('from = "2020Q2"\nuntil = "2021Q1"\n', "")).measures_as_data()
    assert (m.start, m.until) == (0, None)


def test_economy_parameters_are_those_of_the_file_and_the_solver_s_own(bench) -> None:
    p = bench.load(
        SMALL.replace("factor_mobility = 1.5", "factor_mobility = 1.3\nclosure = 'zero'")
    ).economy_parameters()
    assert p == EconomyParameters(factor_mobility=1.3, closure="zero", tolerance=1e-7)


def test_the_economy_table_has_every_parameter_with_the_solver_s_default() -> None:
    solver = EconomyParameters()
    fields = {name for name in EconomyParameters.__dataclass_fields__ if name not in ("tolerance", "max_sweeps")}
    assert solver.short_run is None
    assert Economy().short_run_elasticity is None
    fields.remove("short_run")  # two keys of the table, short_run_elasticity and short_run_rate
    assert fields < set(Economy.model_fields)
    assert {name: getattr(Economy(), name) for name in fields} == {name: getattr(solver, name) for name in fields}


def test_policies_get_their_parameters_and_join(bench) -> None:
    s = bench.load()
    policy = s.build_policy("respond_as_allies")
    assert isinstance(policy, RespondAsAllies)
    assert policy.parameters.fraction == 0.5
    joined = s.build_policy("respond_as_allies + stand_alone")
    assert isinstance(joined, Combined)
    assert [part.name for part in joined.parts] == ["respond_as_allies", "stand_alone"]
    with pytest.raises(InvalidInput, match="stand_alone"):
        s.build_policy("stand_alon")


def test_the_bloc_and_competitor_of_the_actors_are_those_of_integration_unless_set_there(bench) -> None:
    actors = SMALL.replace('coercer = "CHN"', 'coercer = "CHN"\nbloc = ["AUS", "JPN"]\ncompetitor = "KOR"')
    policy = bench.load(actors).build_policy("integrate_economies")
    assert isinstance(policy, IntegrateEconomies)
    assert (policy.parameters.members, policy.parameters.competitor) == (("AUS", "JPN"), "KOR")
    fallback = bench.load(actors.replace('competitor = "KOR"', "")).build_policy("integrate_economies")
    assert isinstance(fallback, IntegrateEconomies)
    assert fallback.parameters.competitor == "CHN"
    own = actors + '[policy.integrate_economies]\nmembers = ["AUS", "NZL"]\n'
    policy = bench.load(own).build_policy("integrate_economies")
    assert isinstance(policy, IntegrateEconomies)
    assert (policy.parameters.members, policy.parameters.competitor) == (("AUS", "NZL"), "KOR")


def test_lists_of_lists_and_plus_signs_name_combined_policies(bench) -> None:
    text = SMALL.replace(
        '"respond_as_allies"]', '["respond_as_allies", "stand_alone"], "stand_alone + respond_as_allies"]'
    )
    assert bench.load(text).policies == (
        "stand_alone",
        "respond_as_allies+stand_alone",
        "stand_alone+respond_as_allies",
    )


def test_quarters_have_labels(bench) -> None:
    s = bench.load()
    assert [s.quarter_label(k) for k in (0, 1, 7)] == ["2020Q1", "2020Q2", "2021Q4"]


def test_actors_not_named_are_those_of_the_first_measure(bench) -> None:
    s = bench.load(SMALL.replace('[actors]\ncoercer = "CHN"\ntarget = "AUS"\n', ""))
    assert (s.coercer, s.target, s.competitor) == ("CHN", "AUS", "CHN")


def test_with_values_fixes_numbers_and_leaves_the_original_alone(bench) -> None:
    s = bench.load(UNCERTAIN)
    drawn = s.with_values({u.path: u.at(0.5) for u in s.uncertain})
    assert drawn.economy.factor_mobility == pytest.approx(1.3)
    assert drawn.measures_as_data()[0].size == pytest.approx(0.1)
    assert drawn.uncertain == ()
    assert (s.economy.factor_mobility, len(s.uncertain)) == (1.2, 2)
    assert s.with_values({}) == s
    half = s.with_values({"economy.factor_mobility": 1.4})
    assert [u.path for u in half.uncertain] == ["measures.coal.open"]


def test_with_values_refuses_what_the_file_would(bench) -> None:
    s = bench.load()
    for values in (
        {"economy.factor_mobility": 0.1},
        {"economy.nothing": 1},
        {"measures.none.open": 1},
        {"measures.coal.open": True},
    ):
        with pytest.raises(ScenarioError):
            s.with_values(values)


def test_with_values_can_set_what_the_file_leaves_out(bench) -> None:
    bare = SMALL.replace("[economy]\nfactor_mobility = 1.5\n", "").replace(
        "[policy.respond_as_allies]\nfraction = 0.5\n", ""
    )
    s = bench.load(bare).with_values({"economy.smoothing": 0.4, "policy.respond_as_allies.fraction": 0.1})
    assert (s.economy.smoothing, s.dotted("policy.respond_as_allies.fraction")) == (0.4, 0.1)


def test_other_policies_are_compared_and_checked(bench) -> None:
    s = bench.load().with_values({"policies": ["integrate_economies"]})
    assert s.policies == ("integrate_economies",)
    with pytest.raises(ScenarioError, match="stand_alone"):
        s.with_values({"policies": ["stand_alon"]})


@pytest.mark.parametrize("key", ["economy.factor_mobilty", "measures.coral.open", "policy.nothing.x", "nothing"])
def test_a_dotted_key_that_is_not_there_is_an_error(bench, key: str) -> None:
    with pytest.raises(ScenarioError):
        bench.load().dotted(key)


def test_a_scenario_is_frozen(bench) -> None:
    s = bench.load()
    with pytest.raises(ValidationError):
        s.quarters = 3
    with pytest.raises(ValidationError):
        s.economy.factor_mobility = 3.0


def test_a_scenario_survives_the_trip_to_a_worker(bench) -> None:
    s = bench.load(UNCERTAIN)
    back = pickle.loads(pickle.dumps(s))
    assert back == s
    assert (
        back.with_values({"measures.coal.open": 0.2}).content() == s.with_values({"measures.coal.open": 0.2}).content()
    )


def test_content_is_json_and_the_same_for_the_same_numbers_however_written(bench) -> None:
    content = bench.load(UNCERTAIN).content()
    assert json.loads(json.dumps(content, allow_nan=False)) == content
    reordered = UNCERTAIN.replace('by = "CHN"\non = "AUS"\n', 'on = "AUS"\nby = "CHN"\n').replace(
        "[economy]", "title = 'Another title'  # and a comment\n[economy]\nclosure = 'additive'"
    )
    assert bench.load(reordered).content() == content


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("open = 0.1", "open = 0.2"),
        ("open = 0.1", "open = { uniform = [0.0, 0.2], default = 0.1 }"),
        ("fraction = 0.5", "fraction = 0.6"),
        ("fraction = 0.5", "min_strength = 0.5"),
        ("factor_mobility = 1.5", "factor_mobility = inf"),
        ("quarters = 8", "quarters = 9"),
        ('until = "2021Q1"', 'until = "2021Q2"'),
    ],
)
def test_content_changes_with_every_number(bench, old: str, new: str) -> None:
    first = bench.load().content()
    changed = bench.load(SMALL.replace(old, new)).content()
    assert changed != first
    json.dumps(changed, allow_nan=False)


def test_elasticities_scale_and_links_reach_the_world(bench) -> None:
    flows = np.array([[[5.0, 1.0], [1.0, 5.0]], [[4.0, 2.0], [2.0, 4.0]]])
    shares = np.full((2, 2, 2), 0.1)
    sets = {"rauch": np.array([4.0, 8.0]), "uniform_4": np.array([4.0, 4.0])}
    world = World.from_flows("w", ["A", "B"], ["x", "y"], flows, [2.0, 3.0], input_share=shares, elasticity_sets=sets)
    halved = "elasticities = 'rauch'\nelasticity_scale = 0.5"
    scaled = bench.load(SMALL.replace("factor_mobility = 1.5", halved)).apply_to(world)
    assert scaled.trade_elasticity.tolist() == [2.0, 4.0]
    assert bench.load(SMALL).apply_to(world).trade_elasticity.tolist() == [2.0, 3.0]
    own = bench.load(SMALL.replace("factor_mobility = 1.5", "elasticities = 'world'\ninput_output = false")).apply_to(
        world
    )
    assert own.trade_elasticity.tolist() == [2.0, 3.0]
    assert not own.input_share.any()


def test_a_world_given_by_path_is_sought_from_the_file_that_names_it(bench, monkeypatch, tmp_path) -> None:
    from coercion_sim import world as room

    asked = []
    original = room.read_labels

    def record(name: str, relative_to: Path) -> object:
        asked.append(str(relative_to / name))
        return original("tiny")

    monkeypatch.setattr(room, "read_labels", record)
    s = bench.load(SMALL.replace('world = "tiny"', 'world = "worlds/mine"'))
    assert asked == [s.world_source] == [str(tmp_path / "worlds/mine")]
    assert s.content()["world"] == "worlds/mine"


def test_the_source_is_kept_as_read(bench) -> None:
    assert bench.load().source_text == SMALL
