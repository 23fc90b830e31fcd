"""What a policy is played on: a world, pressure in it, and other rules' measures and promises to be shown."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from coercion_sim.dispute import WorldOutlook
from coercion_sim.economy import EconomyParameters, Measure
from coercion_sim.errors import InvalidInput, Problem
from coercion_sim.model import CoercionModel, release
from coercion_sim.policies import Pledge, Policy, PolicyParameters, Retaliate, available_policies
from coercion_sim.scenario import Scenario, load_scenario
from coercion_sim.testing.small_world import CAST, QUARTERS, pressure_on, small_world
from coercion_sim.world import World, load_world

#: Parameters by name and value, or the model itself.
Given = PolicyParameters | dict[str, Any] | None


@dataclass(frozen=True, eq=False)
class Case:
    """One situation to play: who presses whom with what, and how the economy responds."""

    world: World
    economy: EconomyParameters
    script: tuple[Measure, ...]
    quarters: int
    coercer: str
    target: str
    parameters: PolicyParameters

    @property
    def outlook(self) -> WorldOutlook:
        """The long-run questions of this case."""
        return WorldOutlook(self.world, self.economy)

    def turned(self) -> Case:
        """The same world with pressure on another state and other luck: something else to be asked in between."""
        third = self.third()
        return replace(self, script=pressure_on(third, self.coercer, self.world), target=third, quarters=5)

    def third(self) -> str:
        """A state that is neither coercer nor target: the one most strongly bound to the target."""
        others = [s for s in self.world.states if s not in (self.coercer, self.target)]
        return max(others, key=lambda s: self.world.alliance_strength(s, self.target))

    def play(self, policy: Policy) -> list[bytes]:
        """Play it: real income and flows by quarter, to the last bit.

        Raises
        ------
        CoercionSimError
            Where the measures cannot be carried out or markets do not clear.
        """
        model = CoercionModel(self.world, self.economy, self.script, policy, self.quarters, seed=1, burdens=False)
        try:
            while model.quarter < model.quarters:
                model.step()
                if not np.isfinite(model.history[-1].actual.welfare_pct_gdp).all():
                    raise FloatingPointError(f"real income is not finite in quarter {model.quarter - 1}")
            return [r.actual.welfare_pct_gdp.tobytes() + r.actual.flows.tobytes() for r in model.history]
        finally:
            release(model)

    def measures_of_others(self) -> tuple[Measure, ...]:
        """One of every kind that allies take, to be shown to `amend`."""
        ally, goods = self.third(), tuple(s for s in self.world.sectors if "services" not in self.world.tags.get(s, ()))
        goods = goods or self.world.sectors

        def other(kind: str, on: str, size: float, purpose: str, until: int | None = 3) -> Measure:
            sectors = () if kind in ("transfer", "statement") else goods[:2]
            return Measure(kind, ally, on, sectors, size, 3, until, purpose=purpose, name=f"{purpose} by {kind}")

        return (
            other("import_subsidy", self.target, 0.1, "absorb"),
            other("facilitation", self.target, 0.9, "absorb"),
            other("transfer", self.target, 50.0, "compensate"),
            other("export_ban", self.coercer, 0.1, "retaliate"),
            other("export_control", self.coercer, 1.25, "retaliate"),
            other("import_tariff", self.coercer, 0.25, "retaliate"),
            other("statement", self.coercer, 0.0, "statement"),
            other("import_barrier", self.coercer, 1.3, "derisk", None),
            other("facilitation", self.target, 0.95, "integrate", None),
        )

    def promises_of_others(self) -> tuple[Pledge, ...]:
        """What another policy may have promised, to be shown to `amend_pledge`."""
        allies = tuple(s for s in self.world.states if s not in (self.coercer, self.target))[:2]
        return (
            Pledge(allies, 0.2, ("statement", "compensate", "retaliate")),
            Pledge(allies[:1], 0.05, ("compensate",)).with_instrument(Retaliate().scaled(0.0)),
        )


def make_case(
    policy: type[Policy], parameters: Given, world: World | None, scenario: str | Path | Scenario | None
) -> Case:
    """Put a case together: the small world and pressure in it, a world given, or a scenario."""
    if scenario is not None:
        return _from_scenario(policy, parameters, world, scenario)
    world = small_world() if world is None else world
    coercer = "CHN" if "CHN" in world.states else world.states[1]
    target = "AUS" if "AUS" in world.states else next(s for s in world.states if s != coercer)
    cast = dict(CAST)
    if not set(cast["members"]) <= set(world.states):
        cast = {"members": tuple(s for s in world.states if s != coercer)[:3], "competitor": coercer}
    return Case(
        world=world,
        economy=EconomyParameters(),
        script=pressure_on(target, coercer, world),
        quarters=QUARTERS,
        coercer=coercer,
        target=target,
        parameters=_parameters(policy, parameters, cast),
    )


def _from_scenario(
    policy: type[Policy], parameters: Given, world: World | None, scenario: str | Path | Scenario
) -> Case:
    known = available_policies().get(policy.name) is policy
    extra = () if known else (policy,)
    loaded = load_scenario(scenario, policies=extra) if isinstance(scenario, str | Path) else scenario.knowing(extra)
    applied = loaded.apply_to(load_world(loaded.world_source) if world is None else world)
    script, coercer, target = loaded.measures_as_data(), loaded.coercer, loaded.target
    if not any(m.purpose == "coercion" for m in script):
        script += pressure_on(target, coercer, applied)
    given = loaded.build_policy(policy.name).parameters if parameters is None else _parameters(policy, parameters, {})
    return Case(applied, loaded.economy_parameters(), script, loaded.quarters, coercer, target, given)


def _parameters(policy: type[Policy], given: Given, cast: dict[str, Any]) -> PolicyParameters:
    """The parameters asked for; a bloc and a competitor as a scenario would fill them in."""
    if isinstance(given, PolicyParameters):
        return given
    filled = {key: value for key, value in cast.items() if key in policy.Parameters.model_fields}
    try:
        return policy.Parameters(**{**filled, **(given or {})})
    except ValidationError as error:
        details = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
        raise InvalidInput([Problem(d, key=f"parameters of {policy.name}") for d in details]) from None
