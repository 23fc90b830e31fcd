"""One run: a scenario at one point of its uncertain parameters, under one policy."""

from __future__ import annotations

from coercion_sim.model.coercion_model import CoercionModel
from coercion_sim.model.collect import RunRecord, collect
from coercion_sim.model.mesa_shims import release
from coercion_sim.scenario import Scenario
from coercion_sim.world import World


def build_model(scenario: Scenario, world: World, policy: str, seed: int, *, burdens: bool = True) -> CoercionModel:
    """Return a model ready for its first quarter.

    `scenario` is taken at its values (uncertain parameters at those of `Scenario.with_values`); `policy` is a name, or
    several joined by ``+``.
    """
    return CoercionModel(
        world=scenario.apply_to(world),
        parameters=scenario.economy_parameters(),
        script=scenario.measures_as_data(),
        policy=scenario.build_policy(policy),
        quarters=scenario.quarters,
        seed=seed,
        doctrine=dict(scenario.actors.doctrine),
        burdens=burdens,
    )


def run_once(scenario: Scenario, world: World, policy: str, replicate: int, seed: int) -> RunRecord:
    """Play every quarter and return the tables. The same arguments give the same numbers, bit for bit.

    Raises
    ------
    CoercionSimError
        Where the run cannot be carried out: an impossible measure, a buyer without supplier, no convergence.
    """
    model = build_model(scenario, world, policy, seed)
    try:
        while model.quarter < model.quarters:
            model.step()
        return collect(model, scenario, policy, replicate, seed)
    finally:
        release(model)
