"""From a scenario or a plan to results in one call: arguments, folders, estimates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import coercion_sim as cs
from coercion_sim.errors import InvalidInput
from coercion_sim.experiments import (
    Plan,
    Shard,
    StoppingRule,
    Sweep,
    Workers,
    estimate,
    make_job,
    make_sweep,
    open_results,
    plan_from,
    simulate,
    sweep,
)
from coercion_sim.experiments.engine import sweeps
from fakes.experiment import FakeScenario, fake_run, tiny_world
from support.folders import fake_job, losses, part_bytes

KAPPA = "economy.factor_mobility"
FAKE: dict[str, Any] = {"world": tiny_world(), "run": fake_run}


def counting(*arguments: Any) -> Any:
    """A run of a real scenario by the fake model: the fake's numbers need a loss and a help."""
    _, world, policy, replicate, seed = arguments
    return fake_run(FakeScenario(), world, policy, replicate, seed)  # type: ignore[arg-type]


def plan(**more: Any) -> dict[str, Any]:
    grid = {"how": "grid", "parameters": {KAPPA: [1.2, 1.5, 3.0]}}
    return {"scenario": "australia-2020", "name": "small", "vary": [grid], "replicates": 2, **more}


# ------------------------------------------------------------------ experiments


def test_a_job_has_the_scenario_s_settings_where_the_caller_gives_none() -> None:
    job = make_job(FakeScenario(), **FAKE)  # type: ignore[arg-type]
    assert (job.design.policies, job.design.replicates, job.design.seed) == (FakeScenario().policies, 4, 7)
    one = make_job(FakeScenario(), "stand_alone", replicates=2, seed=9, **FAKE)  # type: ignore[arg-type]
    assert (one.design.policies, one.design.replicates, one.design.seed) == (("stand_alone",), 2, 9)
    assert make_job(FakeScenario(), at_defaults=True, **FAKE).design.replicates == 1  # type: ignore[arg-type]


def test_overrides_reach_a_scenario_given_by_name() -> None:
    job = make_job("australia-2020", overrides=["quarters=5"], run=fake_run)
    assert job.scenario.quarters == 5
    assert job.world.name
    with pytest.raises(InvalidInput) as caught:
        make_job("australia-2020", overrides=["quarter=5"])
    assert caught.value.problems[0].suggestion == "quarters"


def test_an_experiment_is_kept_in_memory_or_under_its_key(tmp_path: Path) -> None:
    memory = simulate(FakeScenario(), **FAKE)  # type: ignore[arg-type]
    folder = simulate(FakeScenario(), out=tmp_path, **FAKE)  # type: ignore[arg-type]
    assert memory.folder is None
    assert folder.folder is not None
    assert folder.folder.parent == tmp_path / "fake"
    assert memory.table("states").equals(folder.table("states"))
    assert memory.policy_files == ()
    again = simulate(FakeScenario(), out=tmp_path, force=True, **FAKE)  # type: ignore[arg-type]
    assert again.folder == folder.folder


# ------------------------------------------------------------------ sweeps


def test_a_plan_by_file_mapping_or_object_is_the_same_sweep(tmp_path: Path) -> None:
    path = tmp_path / "small.toml"
    path.write_text(
        'scenario = "australia-2020"\nname = "small"\nreplicates = 2\n[[vary]]\nhow = "grid"\n'
        f'[vary.parameters]\n"{KAPPA}" = [1.2, 1.5, 3.0]\n'
    )
    made = [make_sweep(given, run=fake_run) for given in (path, str(path), plan(), plan_from(plan()))]
    assert all(isinstance(m, Sweep) and isinstance(m.plan, Plan) for m in made)
    assert len({tuple(m.job.design.point_keys()) for m in made}) == 1
    assert {(m.job.design.points, m.job.design.runs) for m in made} == {(3, made[0].job.design.runs)}
    assert made[0].entries == {"name": "small", "question": "", "plan": str(path)}
    assert made[2].entries["plan"] is None


def test_arguments_come_before_the_plan_and_the_plan_before_the_scenario() -> None:
    design = make_sweep(plan(seed=5, policies=["stand_alone"]), run=fake_run).job.design
    assert (design.seed, design.policies, design.replicates) == (5, ("stand_alone",), 2)
    rule = StoppingRule("attempts", 0.1, 40)
    other = make_sweep(
        plan(seed=5), seed=6, policies=["stand_alone", "respond_as_allies"], replicates=rule, run=fake_run
    ).job.design
    assert (other.seed, other.policies, other.stopping) == (6, ("stand_alone", "respond_as_allies"), rule)
    at_defaults = make_sweep(plan(uncertain="defaults"), run=fake_run).job.design
    assert at_defaults.draws.at_defaults


def test_vary_is_a_grid_on_a_scenario(tmp_path: Path) -> None:
    results = sweep("australia-2020", {KAPPA: (1.2, 1.5)},
                    replicates=2, policies=["stand_alone"], run=counting)  # fmt: skip
    assert (results.points, results.replicates, results.folder) == (2, 2, None)
    assert set(results.frame("runs")[f"param.{KAPPA}"]) == {1.2, 1.5}
    assert results.manifest["name"] == "sweep"


def test_a_sweep_has_the_folder_of_its_plan_and_parts_within(tmp_path: Path) -> None:
    made = make_sweep(plan(), run=counting)
    assert made.folder(tmp_path) == tmp_path / "small"
    assert made.folder(tmp_path, Shard(2, 3)) == tmp_path / "small" / "shard-2-of-3"
    outcome = made.run(tmp_path, workers=1)
    results = open_results(tmp_path / "small")
    assert outcome.ran == results.manifest["counts"]["ok"] == made.job.design.runs
    assert results.manifest["name"] == "small"


def test_the_same_call_runs_nothing_and_a_longer_plan_only_what_is_new(tmp_path: Path) -> None:
    calls: list[int] = []

    def run(*arguments: Any) -> Any:
        calls.append(1)
        return counting(*arguments)

    settings: dict[str, Any] = {"policies": ["stand_alone"], "out": tmp_path / "a", "run": run}
    sweep(plan(), **settings)
    assert len(calls) == 6
    sweep(plan(), **settings)
    assert len(calls) == 6
    sweep(plan(replicates=3), workers=Workers(1), **settings)
    assert len(calls) == 9
    sweep(plan(replicates=3), force=True, **settings)
    assert len(calls) == 18
    sweep(plan(replicates=3), policies=["stand_alone"], out=tmp_path / "b", run=counting)
    assert part_bytes(tmp_path / "a") == part_bytes(tmp_path / "b")


def test_mistakes_of_a_plan_stop_the_sweep_before_a_folder_is_made(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as caught:
        sweep(plan(replicates=0, policies=["nobody"]), out=tmp_path / "x")
    assert [p.key for p in caught.value.problems] == ["replicates"]
    with pytest.raises(InvalidInput, match="nobody"):
        sweep(plan(policies=["nobody"]), out=tmp_path / "x")
    assert not (tmp_path / "x").exists()


# ------------------------------------------------------------------ estimates


def test_an_estimate_scales_up_a_few_cells_and_keeps_nothing(tmp_path: Path) -> None:
    job = fake_job(losses(1.0, 2.0, 3.0), scenario=FakeScenario(pause=0.002), replicates=50)
    guess = estimate(Sweep(plan_from(plan()), job), workers=2)
    assert (guess.points, guess.replicates, guess.policies, guess.runs, guess.pilot) == (3, 50, 2, 300, 6)
    assert guess.seconds_per_run >= 0.002
    assert guess.seconds >= guess.seconds_per_run * 300 / 2
    assert not guess.at_most
    assert not list(tmp_path.iterdir())


def test_the_first_draw_counts_once_and_not_for_the_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first cell takes 40 s, as where it loads the model; each of 59 others 0.1 s: 45.9 s, not 40 minutes."""
    took = iter([40.0, 0.1, 0.1])
    perform = sweeps.perform
    monkeypatch.setattr(sweeps, "perform", lambda *task: perform(*task)._replace(seconds=next(took)))
    job = fake_job(losses(*(1.0 + 0.1 * n for n in range(60))), replicates=1)
    guess = estimate(Sweep(plan_from(plan()), job))
    assert (guess.pilot, guess.runs) == (6, 120)
    assert guess.seconds_per_run == pytest.approx(0.05)
    assert guess.seconds == pytest.approx(39.9 + 60 * 0.1)


def test_an_estimate_of_the_size_is_right_within_a_factor_of_three(tmp_path: Path) -> None:
    from coercion_sim.experiments import run_into

    job = fake_job(losses(*(1.0 + 0.1 * n for n in range(20))), replicates=40)
    guess = estimate(Sweep(plan_from(plan()), job))
    run_into(tmp_path, job)
    size = sum(len(data) for data in part_bytes(tmp_path).values()) / 1e6
    assert guess.megabytes / 60 < size < guess.megabytes * 3  # these runs are far more alike than real ones


def test_an_estimate_stops_when_patience_ends_and_says_at_most_with_a_rule() -> None:
    job = fake_job(losses(1.0, 2.0), scenario=FakeScenario(pause=0.01), replicates=StoppingRule("attempts", 0.1, 64))
    guess = estimate(Sweep(plan_from(plan()), job), patience=0.0)
    assert (guess.pilot, guess.at_most, guess.runs) == (2, True, 256)


def test_the_package_has_the_functions_on_its_face() -> None:
    assert (cs.simulate, cs.sweep, cs.open_results) == (simulate, sweep, open_results)
    assert sweeps.sweep is sweep
