"""The manifest: which changes give another key, which none, and which keep runs from being shared."""

from __future__ import annotations

import importlib.metadata
import json
import math
import re
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import coercion_sim
from coercion_sim.environment import __version__
from coercion_sim.experiments import Job, StoppingRule, content_key, world_hash
from coercion_sim.experiments.store import manifest
from coercion_sim.experiments.store.changes import changes_between
from coercion_sim.experiments.store.manifest import (
    ROOMS,
    code_of_results,
    describe_job,
    identity,
    measures_of,
    outside_policies,
    policy_parameters,
)
from coercion_sim.files import plain
from fakes.experiment import FakeScenario, tiny_world
from support.folders import fake_job, helps, losses

PACKAGE = Path(coercion_sim.__file__).parent


def test_the_key_follows_everything_that_decides_the_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    base = fake_job(losses(1.0, 2.0))
    world = tiny_world()
    others: list[Job] = [
        fake_job(losses(1.0, 2.5)),
        fake_job(losses(2.0, 1.0)),
        fake_job(losses(1.0, 2.0), replicates=5),
        fake_job(losses(1.0, 2.0), replicates=StoppingRule("attempts", 0.1, 4)),
        fake_job(losses(1.0, 2.0), seed=8),
        fake_job(losses(1.0, 2.0), policies=["stand_alone"]),
        fake_job(losses(1.0, 2.0), policies=["respond_as_allies", "stand_alone"]),
        fake_job(losses(1.0, 2.0), at_defaults=True, replicates=4),
        fake_job(losses(1.0, 2.0), tables=["runs"]),
        fake_job(losses(1.0, 2.0), scenario=FakeScenario(help=0.3)),
        fake_job(losses(1.0, 2.0), scenario=FakeScenario(quarters=7)),
        replace(base, world=replace(world, flows=world.flows * 2)),
        replace(base, world=replace(world, name="other")),
    ]
    keys = [content_key(job) for job in (base, *others)]
    monkeypatch.setattr(manifest, "code_of_results", lambda: "other code")
    keys.append(content_key(base))
    assert len(set(keys)) == len(keys)
    assert all(re.fullmatch("[0-9a-f]{12}", key) for key in keys)


def test_the_key_does_not_follow_how_runs_are_made_or_reported() -> None:
    base = fake_job(losses(1.0, 2.0))
    key = content_key(base)
    assert content_key(fake_job(losses(1.0, 2.0))) == key
    assert content_key(replace(base, run=print)) == key  # type: ignore[arg-type]
    assert content_key(fake_job(losses(1.0, 2.0), scenario=FakeScenario(title="Another title"))) == key


def test_another_process_with_another_hash_seed_has_the_same_key() -> None:
    code = (
        "from coercion_sim.experiments import content_key; from support.folders import *;"
        "print(content_key(fake_job(losses(1.0))))"
    )
    env = {"PYTHONPATH": ":".join(sys.path), "PYTHONHASHSEED": "77", "PATH": "/usr/bin:/bin"}
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env)
    assert out.stdout.strip() == content_key(fake_job(losses(1.0)))


@pytest.mark.parametrize("name", [f.name for f in fields(tiny_world())])
def test_every_field_of_a_world_is_in_its_hash(name: str) -> None:
    world = tiny_world()
    value = getattr(world, name)
    if isinstance(value, np.ndarray):
        other: Any = value.copy()
        other.flat[-1] = np.nextafter(other.flat[-1], 9e9)
    elif isinstance(value, str):
        other = value + "x"
    elif isinstance(value, tuple):
        other = (*value, "x")
    else:
        other = {"x": "y"}
    changed = replace(world)
    object.__setattr__(changed, name, other)  # a hash sees what no constructor would accept
    assert world_hash(changed) != world_hash(world)
    assert world_hash(tiny_world()) == world_hash(world)


def test_the_identity_leaves_out_what_may_grow() -> None:
    one, more = fake_job(losses(1.0), replicates=2), fake_job(losses(1.0, 2.0), helps(0.1, 0.2), replicates=9)
    assert identity(one) == identity(more)
    assert set(identity(one)) == {"package", "scenario", "parameters", "world", "seed"}
    assert not {"policies", "replicates", "seed", "policy"} & set(identity(one)["scenario"])


def test_the_manifest_describes_the_job_as_plain_data() -> None:
    described = describe_job(fake_job(losses(1.0, math.inf), replicates=3))
    assert json.loads(json.dumps(described, allow_nan=False)) == described
    assert described["key"] == content_key(fake_job(losses(1.0, math.inf), replicates=3))
    assert described["actors"] == {"coercer": "CHN", "target": "AUS"}
    assert described["quarters"] == ["2020Q3", "2020Q4", "2021Q1", "2021Q2", "2021Q3", "2021Q4"]
    assert described["design"]["blocks"][0]["parameters"] == {"loss": [1.0, "inf"]}
    assert described["design"]["runs"] == 12
    assert described["world"]["states"] == ["CHN", "AUS", "USA"]
    assert described["dependencies"]["numpy"] == np.__version__
    assert described["package"]["version"] == coercion_sim.__version__


@pytest.mark.parametrize("answer", [None, "9.9.9"], ids=["not installed", "another version installed"])
def test_the_key_is_the_same_installed_or_from_a_checkout(monkeypatch: pytest.MonkeyPatch, answer: str | None) -> None:
    job, known = fake_job(), importlib.metadata.version
    key = content_key(job)

    def version(name: str) -> str:
        if name != "coercion-sim":
            return known(name)
        if answer is None:
            raise importlib.metadata.PackageNotFoundError(name)
        return answer

    monkeypatch.setattr(importlib.metadata, "version", version)
    assert identity(job)["package"]["version"] == __version__
    assert content_key(job) == key


def test_measures_and_parameters_are_those_of_the_run() -> None:
    job = fake_job(policies=["stand_alone", "respond_as_allies+stand_alone"])
    (measure,) = measures_of(job)
    assert (measure["type"] if "type" in measure else measure["kind"], measure["sectors"]) == ("import_ban", ["coal"])
    assert set(policy_parameters(job)) == {"stand_alone", "respond_as_allies"}
    assert outside_policies(job) == {}


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ((1, 2), [1, 2]),
        ({"b", "a"}, ["a", "b"]),
        ({1: np.float64(0.5)}, {"1": 0.5}),
        (np.arange(3), [0, 1, 2]),
        ([math.inf, -math.inf, 1.0], ["inf", "-inf", 1.0]),
        (np.bool_(True), True),
        (Path("a"), "a"),
        (None, None),
    ],
)
def test_plain_data_is_json(value: object, wanted: object) -> None:
    assert plain(value) == wanted
    assert plain(math.nan) == "nan"


# ------------------------------------------------------------------ the code that decides the numbers


def test_every_module_of_a_run_is_in_the_hash_of_the_code() -> None:
    """A run may load other modules too: those that only print, write or describe, listed here by name."""
    code = (
        "import sys, coercion_sim as cs; from coercion_sim.experiments import sweep;"
        "sweep('australia-2020', {'economy.factor_mobility': [1.2]}, replicates=1, policies=['stand_alone']);"
        "print(*[m for m in sys.modules if m.startswith('coercion_sim.')])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    rooms = {room.removesuffix(".py") for room in ROOMS}
    others = {name.split(".")[1] for name in out.stdout.split()} - rooms
    assert others <= {"errors", "notebook", "wording"}
    assert all((PACKAGE / room).exists() for room in ROOMS)
    assert len(code_of_results()) == 64


# ------------------------------------------------------------------ two manifests


def described(**settings: Any) -> dict[str, Any]:
    blocks = settings.pop("blocks", (losses(1.0, 2.0),))
    return describe_job(fake_job(*blocks, **settings))


def test_policies_points_and_replicates_may_grow() -> None:
    one = described(blocks=(losses(1.0),), replicates=2, policies=["stand_alone"])
    assert changes_between(one, described(replicates=5)) == []
    assert changes_between(one, one) == []


@pytest.mark.parametrize(
    ("settings", "path"),
    [
        ({"scenario": FakeScenario(quarters=7)}, "scenario.quarters"),
        ({"seed": 8}, "seed"),
        ({"tables": ["runs"]}, "design.tables"),
        ({"at_defaults": True}, "design.drawn"),
        ({"blocks": (losses(1.0), helps(0.1))}, "design.uncertain"),
        ({"replicates": StoppingRule("attempts", 0.1, 4)}, "design.stopping"),
    ],
)
def test_a_change_that_would_mix_two_experiments_is_named(settings: dict[str, Any], path: str) -> None:
    changes = changes_between(described(), described(**settings))
    assert any(change.startswith(f"{path}: ") and ", now " in change for change in changes)


def test_another_world_or_code_is_named_with_both_values() -> None:
    one = described()
    other = one | {"identity": one["identity"] | {"world": "0" * 64}}
    (change,) = changes_between(one, other)
    assert change.startswith("world: ")
    assert len(change) < 200
    many = one | {"identity": {**one["identity"], "scenario": {f"key{n}": n for n in range(40)}}}
    listed = changes_between(one, many)
    assert len(listed) == 13
    assert listed[-1].startswith("and ")


@pytest.mark.parametrize(
    ("new", "allowed"),
    [
        (StoppingRule("target_loss_pv", 0.1, 50), True),
        (StoppingRule("target_loss_pv", 0.05, 80), True),
        (StoppingRule("target_loss_pv", 0.1, 50, 0.99), True),
        (StoppingRule("target_loss_pv", 0.2, 50), False),
        (StoppingRule("target_loss_pv", 0.1, 40), False),
        (StoppingRule("target_loss_pv", 0.1, 50, 0.9), False),
        (StoppingRule("attempts", 0.1, 50), False),
        (StoppingRule("target_loss_pv", 0.1, 50, of="difference"), False),
        (50, False),
    ],
)
def test_a_stopping_rule_may_only_be_tightened(new: StoppingRule | int, allowed: bool) -> None:
    old = described(replicates=StoppingRule("target_loss_pv", 0.1, 50))
    assert (changes_between(old, described(replicates=new)) == []) == allowed


def test_parameters_of_a_policy_in_both_may_not_change() -> None:
    one = described(policies=["stand_alone"])
    both = described()
    changed = json.loads(json.dumps(both))
    changed["identity"]["parameters"]["respond_as_allies"]["fraction"] = 0.123
    assert changes_between(one, changed) == []
    assert changes_between(both, changed)[0].startswith("parameters.respond_as_allies.fraction: ")
