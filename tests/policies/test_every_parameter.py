"""Every parameter of every shipped policy moves a number of a run, or `check` names it; under script and where states
choose. The list comes from the parameter models, so that a new parameter without effect fails here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from pydantic.fields import FieldInfo

from coercion_sim.model import build_model, release
from coercion_sim.model.collect import collect
from coercion_sim.policies import BUILT_IN, Policy
from coercion_sim.scenario import Scenario, load_scenario, warnings_of
from coercion_sim.world import World, save_world
from support.small import SCENARIO, small_world

pytestmark = pytest.mark.usefixtures("tables_in_memory")

POLICIES = {policy.name: policy for policy in BUILT_IN}
INHERITED = POLICIES["respond_as_allies"].Parameters.model_fields
#: Fields that a policy has from `respond_as_allies` are tried there; their turn in the others is long.
CASES = [
    pytest.param(name, key, marks=[pytest.mark.slow] if name != "respond_as_allies" and key in INHERITED else [])
    for name, policy in POLICIES.items()
    for key in policy.Parameters.model_fields
]
EVERYTHING = ["statement", "absorb", "facilitation", "compensate", "retaliate"]
PATROLS = """
[[measures]]
name = "patrols"
kind = "military"
by = "CHN"
on = "JPN"
loss = 0.1
from = "2020Q1"
"""
#: Settings under which the parameters of a policy act: pressure on Australia, and patrols against it.
SCENE = ("quarters=4", "cooperation.value=0.1", "cooperation.spill=0.9", "pressure.escalation_cost=1.0")
CHOSEN = (
    'dispute.scripted_until="2020Q3"',
    "dispute.review=0.01",
    # The first goes on from the patrols without a demand, the second is pressed by choice.
    'dispute.opened=[{quarter="2020Q3", coercer="CHN", target="JPN", stake_coercer=5.0},'
    '{quarter="2020Q4", coercer="CHN", target="USA", stake_coercer=0.5}]',
    'dispute.packages=["narrow", "grey_zone"]',
)
#: Values of a policy beside which its parameters act.
STARTS: dict[str, dict[str, Any]] = {
    "respond_as_allies": {"instruments": EVERYTHING, "dependence": 0.3},
    "linked_domains": {"instruments": EVERYTHING, "dependence": 0.3},
    "bridge_silos": {"instruments": EVERYTHING, "dependence": 0.3, "groups": ["ANZUS"]},
    "expand_alliances": {"instruments": EVERYTHING, "dependence": 0.3, "members": ["AUS", "USA"], "max_distance": 0.05},
    "choose_sides": {"instruments": EVERYTHING, "dependence": 0.3, "members": ["AUS", "USA", "JPN"], "cut": 0.05},
    "integrate_economies": {"margin": 0.9, "max_cut": 0.1, "members": ["AUS", "USA", "JPN"]},
    "compatible_capacities": {"harm": 1e-4, "members": ["AUS", "USA", "JPN"]},
    "uncoordinated_derisking": {"members": ["AUS", "USA", "JPN"]},
}
#: Further values that one parameter needs to act.
NEEDS: dict[str, dict[str, Any]] = {
    "cap": {"sharing": "least_cost"},
    "goal": {"sharing": "least_cost"},
    "members": {"max_distance": 2.0},
    "competitor": {"max_distance": 2.0},
    "min_trade": {"max_distance": 2.0},
    "exposure": {"max_distance": 2.0},
    "retaliate_factor": {"retaliate_with": "export_control"},
    "retaliate_tariff": {"retaliate_with": "import_tariff"},
}
#: Another value where the bounds of a field do not give one.
OTHERS: dict[str, Any] = {
    "instruments": ["absorb"],
    "allies": ["USA"],
    "groups": ["QUAD"],
    "sectors": ["wine"],
    "members": ["USA", "JPN"],
    "competitor": "ROW",
    "compatible_capacities.members": ["AUS", "USA"],
    "expand_alliances.members": ["USA", "ROW"],
    "min_strength": 0.6,
    "cap": 0.3,
    "goal": 0.2,
    "dependence": 0.99,
    "max_distance": 2.0,
    "min_trade": 0.9,
    "omega": 9.0,
    "harm": 5.0,
}
#: A policy that answers, for those that amend the answers of others.
JOINED = {"compatible_capacities": "respond_as_allies", "selective_cooperation": "respond_as_allies"}


@pytest.fixture(scope="module")
def world() -> World:
    groups = {"ANZUS": ("AUS", "USA"), "QUAD": ("JPN", "USA", "ROW")}
    points = np.array([1.0, -1.0, 1.2, 0.9, 2.1])
    return replace(small_world(), groups=groups, ideal_point=points, competitors={"JPN": ("ROW",)})


@pytest.fixture(scope="module")
def folder(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("parameters")
    save_world(world, place / "world")
    (place / "small.toml").write_text(SCENARIO + PATROLS, encoding="utf-8")
    return place


class Runs:
    """Runs of one scenario under other parameters; each is played once."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world, self.folder = world, folder
        self.known: dict[str, Any] = {}

    def scenario(self, policy: str, conduct: str, values: Mapping[str, Any]) -> Scenario:
        joined = f"{JOINED[policy]}+{policy}" if policy in JOINED else policy
        sets = [f'policies=["{joined}"]', f"conduct={conduct}", *SCENE, *(CHOSEN if conduct == "strategic" else ())]
        if policy in JOINED:
            sets += ['policy.respond_as_allies.instruments=["retaliate"]', "policy.respond_as_allies.dependence=0.3"]
        sets += [f"policy.{policy}.{key}={spelt(value)}" for key, value in values.items()]
        return load_scenario(self.folder / "small.toml", sets)

    def numbers(self, scenario: Scenario) -> str:
        """Every number of the run, and what its states weighed."""
        key = repr(scenario.content())
        if key not in self.known:
            (policy,) = scenario.policies
            model = build_model(scenario, self.world, policy, 3, burdens=False)
            try:
                while model.quarter < model.quarters:
                    model.step()
                record = collect(model, scenario, policy, 0, 3)
                weighed = [d.decisions for d in model.diplomacy.disputes] if model.diplomacy is not None else []
                self.known[key] = repr((record, weighed))
            finally:
                release(model)
        return str(self.known[key])


@pytest.fixture(scope="module")
def runs(world: World, folder: Path) -> Runs:
    return Runs(world, folder)


def spelt(value: Any) -> str:
    """A value as TOML spells it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return "[" + ", ".join(spelt(item) for item in value) + "]"
    return f'"{value}"' if isinstance(value, str) else repr(value)


def another(policy: str, name: str, field: FieldInfo, value: Any) -> Any:
    """A value unlike the one at hand that the field allows."""
    if name in OTHERS:
        return OTHERS.get(f"{policy}.{name}", OTHERS[name])
    if isinstance(value, bool):
        return not value
    if isinstance(value, str):
        return next(word for word in get_args(field.annotation) if word != value)
    bounds = {kind: getattr(m, kind) for m in field.metadata for kind in ("ge", "le", "gt", "lt") if hasattr(m, kind)}
    if isinstance(value, int):
        return value + 1
    low, high = bounds.get("ge", 0.0), bounds.get("le", 1.0)
    middle = 0.5 * (value + (high if high - value > value - low else low))
    return round(middle, 6)


@pytest.mark.parametrize("conduct", ["scripted", "strategic"])
@pytest.mark.parametrize(("policy", "key"), CASES)
def test_a_parameter_moves_a_number_or_is_named(policy: str, key: str, conduct: str, runs: Runs) -> None:
    kind: type[Policy] = POLICIES[policy]
    start = {
        k: v for k, v in {**STARTS.get(policy, {}), **NEEDS.get(key, {})}.items() if k in kind.Parameters.model_fields
    }
    field = kind.Parameters.model_fields[key]
    moved = {**start, key: another(policy, key, field, start.get(key, field.default))}
    scenario = runs.scenario(policy, conduct, moved)
    if f"policy.{policy}.{key}" in {warning.key for warning in warnings_of(scenario)}:
        return
    assert runs.numbers(scenario) != runs.numbers(runs.scenario(policy, conduct, start))


@pytest.mark.parametrize(
    ("conduct", "values", "named"),
    [
        ("scripted", {"pledge": 0.1}, ("pledge",)),
        ("strategic", {"pledge": 0.1}, ()),
        ("scripted", {"instruments": ["absorb"], "fraction": 0.3, "absorb_rate": 0.2}, ("fraction",)),
        ("strategic", {"instruments": ["absorb"], "fraction": 0.3, "absorb_rate": 0.2}, ()),
        ("strategic", {"instruments": ["retaliate"], "retaliate_factor": 2.0}, ("retaliate_factor",)),
        (
            "strategic",
            {"instruments": ["retaliate"], "retaliate_with": "import_tariff", "retaliate_open": 0.5, "dependence": 0.5},
            ("retaliate_open", "dependence"),
        ),
        ("scripted", {"cap": 1.5}, ("cap",)),
        ("scripted", {"allies": ["USA"], "groups": ["QUAD"]}, ("groups",)),
    ],
    ids=str,
)
def test_what_cannot_act_is_named_with_its_place(
    conduct: str, values: dict[str, Any], named: tuple[str, ...], runs: Runs
) -> None:
    warnings = warnings_of(runs.scenario("respond_as_allies", conduct, values))
    # The file has an idle block, and the allies named may sell nothing to cut off.
    beside = {"policy.respond_as_allies.retaliate_open", "policy.integrate_economies", "policy.respond_as_allies"}
    assert {warning.key for warning in warnings} - beside == {
        f"policy.respond_as_allies.{key}" for key in named if key != "retaliate_open"
    }
    assert all(warning.severity == "warning" and warning.file is not None for warning in warnings)


def test_two_promises_joined_are_named_where_states_choose(folder: Path) -> None:
    joined = ['policies=["respond_as_allies+bridge_silos"]']
    every = warnings_of(load_scenario(folder / "small.toml", [*joined, "conduct=strategic"]))
    (warning,) = [w for w in every if w.key != "policy.integrate_economies"]
    assert (warning.key, warning.severity) == ("policies[1]", "warning")
    assert [w.key for w in warnings_of(load_scenario(folder / "small.toml", joined))] == ["policy.integrate_economies"]
