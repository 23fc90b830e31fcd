"""One run: a scenario at one point of its uncertain parameters, under one policy."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

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
    economy = scenario.economy
    return CoercionModel(
        world=world_as_assumed(world, economy.elasticities, economy.elasticity_scale, economy.input_output),
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


@lru_cache(maxsize=4)
def world_as_assumed(world: World, elasticities: str, scale: float, input_output: bool) -> World:
    """Return the world under a scenario's elasticities, with or without input-output links.

    ``world`` as the name of a set keeps the world's own; `scale` multiplies every elasticity.
    """
    theta = world.trade_elasticity if elasticities == "world" else world.elasticity_sets[elasticities]
    changed = world.with_elasticity(np.asarray(theta) * scale)
    return changed if input_output else changed.without_inputs()
