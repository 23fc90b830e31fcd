"""One run: a scenario at one point of its uncertain parameters, under one policy."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from coercion_sim.dispute import Economy, Hazards, OpenedDispute
from coercion_sim.economy import Measure, solve_shares_left
from coercion_sim.errors import CoercionSimError, InvalidInput, Problem
from coercion_sim.model.coercion_model import CoercionModel
from coercion_sim.model.collect import RunRecord, collect
from coercion_sim.model.payoff_economy import EconomyOf, payoff_economy
from coercion_sim.model.state import release
from coercion_sim.policies import Policy
from coercion_sim.rng import Streams
from coercion_sim.scenario import Quarter, Scenario
from coercion_sim.world import World


def build_model(
    scenario: Scenario,
    world: World,
    policy: str,
    seed: int,
    *,
    replicate: int = 0,
    burdens: bool = True,
    interpolated: bool = True,
) -> CoercionModel:
    """Return a model ready for its first quarter.

    `scenario` is taken at its values (uncertain parameters at those of `Scenario.with_values`); `policy` is a name, or
    several joined by ``+``. Payoffs are interpolated over the numbers drawn where `payoff_economy` says so, unless
    `interpolated` is False.
    """
    assumed, agreed, streams = scenario.apply_to(world), scenario.build_policy(policy), Streams(seed, replicate)
    parameters = scenario.economy_parameters()
    written = scenario.measures_as_data()
    solved = solve_shares_left(assumed, written, parameters)
    script, continued = split_script(solved, scenario)
    economies: EconomyOf = Economy
    if interpolated and scenario.dispute.anybody_chooses(scenario.conduct):
        parts = [(part, scenario.policy_parameters(part.strip())) for part in policy.split("+")]
        key = f"{world.digest} {parts!r} {scenario.actors!r}"
        at = partial(_world_with_standing, scenario, world, policy, seed, replicate)
        economies = payoff_economy(scenario, agreed, replicate, key, at, solved)
    return CoercionModel(
        world=assumed,
        parameters=parameters,
        script=script,
        policy=agreed,
        quarters=scenario.quarters,
        seed=seed,
        settings=scenario.dispute,
        conduct=scenario.conduct,
        outside=[actor.code for actor in scenario.actors.outside],
        opened=opened_disputes(scenario),
        continued=continued,
        burdens=burdens,
        streams=streams,
        hazards=hazards_of(scenario, assumed, agreed, streams),
        record=[replace(m, start=0, until=None, phase_in=1) for m in written if m.purpose == "coercion"],
        economies=economies,
    )


def _world_with_standing(
    scenario: Scenario,
    world: World,
    policy: str,
    seed: int,
    replicate: int,
    scale: float,
    mobility: float,
    substitution: float,
) -> World:
    """The world from which payoffs are measured at other elasticities and another factor mobility."""
    numbers = {"elasticity_scale": scale, "factor_mobility": mobility, "input_substitution": substitution}
    node = scenario.with_values({f"economy.{key}": value for key, value in numbers.items()})
    model = build_model(node, world, policy, seed, replicate=replicate, burdens=False, interpolated=False)
    assert model.diplomacy is not None
    base = model.diplomacy.base
    release(model)
    return base


def hazards_of(scenario: Scenario, world: World, policy: Policy, streams: Streams) -> Hazards:
    """Return the costs other than trade of this scenario's pressure and answers."""
    rivals = scenario.cooperation.rivals or ((scenario.coercer,) if scenario.coercer else ())
    return Hazards(world, scenario.pressure, scenario.cooperation, streams, rivals, policy.shield)


def split_script(
    script: tuple[Measure, ...], scenario: Scenario
) -> tuple[tuple[Measure, ...], tuple[tuple[int, tuple[Measure, ...]], ...]]:
    """Split scripted measures: a state that chooses follows its script in coercion up to a quarter, if any.

    Returns the script cut off there, and the part in force at that quarter, which becomes disputes.
    """

    def chosen(m: Measure) -> bool:
        """Whether a measure is up to the choice of its state."""
        return m.purpose == "coercion" and scenario.dispute.rule_of(m.by, scenario.conduct) != "script"

    label = scenario.dispute.scripted_until
    if label is None:
        return tuple(m for m in script if not chosen(m)), ()
    cut = Quarter.parse(label) - scenario.first_quarter
    kept = tuple(
        replace(m, until=cut - 1 if m.until is None else min(m.until, cut - 1)) if chosen(m) else m
        for m in script
        if not chosen(m) or m.start < cut
    )
    going = tuple(m for m in script if chosen(m) and m.start < cut and m.in_force(cut))
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


#: Quarters that a trial plays at most.
_LONGEST_TRIAL = 8


def try_policies(scenario: Scenario, world: World) -> list[Problem]:
    """Play each policy, at the defaults, to the end of the first quarter with a scripted measure; list what fails."""
    first = min((m.start for m in scenario.measures_as_data()), default=0)
    last = min(first + 1, _LONGEST_TRIAL, scenario.quarters)
    problems: list[Problem] = []
    for policy in scenario.policies:
        try:
            model = build_model(scenario, world, policy, scenario.seed, interpolated=False)
            try:
                while model.quarter < last:
                    model.step()
            finally:
                release(model)
        except InvalidInput as error:
            problems += [replace(p, message=f"{p.message} (a run under {policy})") for p in error.problems]
        except CoercionSimError as error:
            problems.append(Problem(f"a run under {policy} fails: {error}", file=scenario.source_file))
    return problems
