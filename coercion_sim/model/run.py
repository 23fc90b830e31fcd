"""One run: a scenario at one point of its uncertain parameters, under one policy."""

from __future__ import annotations

from dataclasses import replace

from coercion_sim.dispute import Hazards, OpenedDispute
from coercion_sim.economy import Measure
from coercion_sim.files import Quarter
from coercion_sim.model.coercion_model import CoercionModel
from coercion_sim.model.collect import RunRecord, collect
from coercion_sim.model.diplomacy import Diplomacy
from coercion_sim.model.mesa_shims import release
from coercion_sim.policies import Policy
from coercion_sim.rng import Streams
from coercion_sim.scenario import Scenario
from coercion_sim.world import World


def build_model(
    scenario: Scenario, world: World, policy: str, seed: int, *, replicate: int = 0, burdens: bool = True
) -> CoercionModel:
    """Return a model ready for its first quarter.

    `scenario` is taken at its values (uncertain parameters at those of `Scenario.with_values`); `policy` is a name, or
    several joined by ``+``.
    """
    assumed, parameters, agreed = scenario.apply_to(world), scenario.economy_parameters(), scenario.build_policy(policy)
    script, make = scenario.measures_as_data(), None
    hazards = hazards_of(scenario, assumed, agreed, Streams(seed, replicate))
    if scenario.conduct == "strategic":
        script, continued = split_script(script, scenario)
        opened = opened_disputes(scenario)

        def make(standing: tuple[Measure, ...]) -> Diplomacy:
            streams = Streams(seed, replicate)
            settings = scenario.dispute
            return Diplomacy(assumed, parameters, settings, agreed, streams, standing, opened, continued, hazards)

    return CoercionModel(
        world=assumed,
        parameters=parameters,
        script=script,
        policy=agreed,
        quarters=scenario.quarters,
        seed=seed,
        doctrine=dict(scenario.actors.doctrine),
        burdens=burdens,
        diplomacy=make,
        streams=Streams(seed, replicate),
        hazards=hazards,
    )


def hazards_of(scenario: Scenario, world: World, policy: Policy, streams: Streams) -> Hazards:
    """What can spill over in this scenario."""
    rivals = scenario.cooperation.rivals or ((scenario.coercer,) if scenario.coercer else ())
    return Hazards(world, scenario.pressure, scenario.cooperation, streams, rivals, policy.shield)


def split_script(
    script: tuple[Measure, ...], scenario: Scenario
) -> tuple[tuple[Measure, ...], tuple[tuple[int, tuple[Measure, ...]], ...]]:
    """Scripted measures where states choose: coercion is scripted up to a quarter, if any, and chosen from there on.

    Returns the script cut off there, and what of it is in force at that quarter and so becomes a dispute.
    """
    label = scenario.dispute.scripted_until
    if label is None:
        return tuple(m for m in script if m.purpose != "coercion"), ()
    cut = Quarter.parse(label) - scenario.first_quarter
    kept = tuple(
        m if m.purpose != "coercion" else replace(m, until=cut - 1 if m.until is None else min(m.until, cut - 1))
        for m in script
        if m.purpose != "coercion" or m.start < cut
    )
    going = tuple(m for m in script if m.purpose == "coercion" and m.start < cut and m.in_force(cut))
    return kept, (((cut, going),) if going else ())


def opened_disputes(scenario: Scenario) -> tuple[tuple[int, OpenedDispute], ...]:
    """Disputes sure to arise, with their quarters; where the file lists none, one of the scenario's coercer and target.

    That one arises when the first scripted pressure began, or at the start; none does where the script runs on anyway.
    """
    settings = scenario.dispute
    if settings.opened or settings.targets or settings.challengers or settings.scripted_until is not None:
        return tuple((Quarter.parse(o.quarter) - scenario.first_quarter, o) for o in settings.opened)
    if not scenario.coercer or not scenario.target:
        return ()
    first = min((m.start for m in scenario.measures_as_data() if m.purpose == "coercion"), default=0)
    dispute = OpenedDispute(quarter=scenario.quarter_label(first), coercer=scenario.coercer, target=scenario.target)
    return ((first, dispute),)


def run_once(scenario: Scenario, world: World, policy: str, replicate: int, seed: int) -> RunRecord:
    """Play every quarter and return the tables. The same arguments give the same numbers, bit for bit.

    Raises
    ------
    CoercionSimError
        Where the run cannot be carried out: an impossible measure, a buyer without supplier, no convergence.
    """
    model = build_model(scenario, world, policy, seed, replicate=replicate)
    try:
        while model.quarter < model.quarters:
            model.step()
        return collect(model, scenario, policy, replicate, seed)
    finally:
        release(model)
