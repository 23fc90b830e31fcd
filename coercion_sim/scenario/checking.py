"""Scenarios checked and restored: everything wrong with a file or new values, and what a file says and no run does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from coercion_sim.economy import KINDS, NON_ECONOMIC, unlikely_rate
from coercion_sim.errors import InvalidInput, Problem, ScenarioError
from coercion_sim.files import KeyPath
from coercion_sim.policies import InstrumentParameters, Policy, RespondAsAllies, Retaliate, available_policies
from coercion_sim.scenario.draft import Overrides, from_source
from coercion_sim.scenario.reading import read_scenario
from coercion_sim.scenario.scenario import Scenario, build
from coercion_sim.scenario.uncertain import lift
from coercion_sim.wording import listing, verb
from coercion_sim.world import load_world


def check_scenario(
    name_or_path: str | Path, overrides: Overrides = (), *, policies: Iterable[type[Policy]] = ()
) -> list[Problem]:
    """Return everything wrong with a scenario, in the order of the file; see `load_scenario`."""
    try:
        return read_scenario(name_or_path, overrides, available_policies(policies))[1]
    except ScenarioError as error:
        return list(error.problems)


def restore_scenario(source: Mapping[str, Any], *, policies: Iterable[type[Policy]] = ()) -> Scenario:
    """Return the scenario whose `Scenario.source` this is, as a manifest keeps it, without the file it came from.

    Raises
    ------
    ScenarioError
        Where this version of the package does not accept it.
    """
    document = from_source(source)
    lifted, problems = lift(document)
    ScenarioError.refuse(problems)
    return build(document, lifted, available_policies(policies))


# ------------------------------------------------------------------ warnings


def warnings_of(scenario: Scenario, *, replicates: int | None = None) -> tuple[Problem, ...]:
    """Warn of what changes no run, or is hardly meant.

    Parameters of policies that change nothing, each with the reason; numbers of the economy that belong to a key which
    is absent; measures without effect or never in full force; blocks of policies that are not compared; tariffs
    likely meant in percent; policies under which nobody helps; retaliation by states with no exports to cut off;
    replicates of what is certain; a coercer nobody lets press, or that is its target's ally.

    Parameters
    ----------
    replicates
        Number asked for instead of the file's.
    """
    named = tuple(dict.fromkeys(part.strip() for policy in scenario.policies for part in policy.split("+")))
    problems = [*_idle_parameters(scenario, named), *_rates(scenario), *_promises(scenario)]
    problems += [*_idle_economy(scenario), *_never_in_full(scenario), *_no_effect(scenario)]
    problems += [*_idle_blocks(scenario, named), *_idle_retaliation(scenario, named), *_nobody_presses(scenario)]
    problems += [*_target_untouched(scenario), *_nobody_helps(scenario, named), *_cooperation(scenario)]
    document, actors = scenario.document, scenario.actors
    if actors.coercer in actors.bloc:
        text = "holds the coercer, as an ally of its target"
        problems.append(document.problem(("actors", "bloc"), text, actors.coercer))
    several = replicates is not None or "replicates" in document.data
    if (replicates or scenario.replicates) > 1 and several and scenario.one_run(scenario.policies):
        text = "nothing is uncertain and nobody chooses: all runs are alike, and one is made"
        problem = document.problem(("replicates",), text, scenario.replicates, "an uncertain number, or 1")
        if replicates is not None:  # so many are made where they are asked for by name
            alike = "nothing is uncertain and nobody chooses: all runs are alike"
            problem = replace(problem, message=alike, file="--replicates", line=None, found=str(replicates))
        problems.append(problem)
    return tuple(replace(problem, severity="warning") for problem in problems)


def _idle_parameters(scenario: Scenario, named: tuple[str, ...]) -> Iterator[Problem]:
    """Parameters, written in the file, that change nothing at the values of the others."""
    written = scenario.document.data.get("policy", {})
    for name in named:
        for key, reason in scenario.policy_parameters(name).unused(scenario.conduct).items():
            if key in written.get(name, {}):
                yield scenario.document.problem(("policy", name, key), f"has no effect: {reason}")


def _idle_economy(scenario: Scenario) -> Iterator[Problem]:
    """Numbers of the economy, written in the file, that say something about a key which is absent."""
    document, economy = scenario.document, scenario.economy
    owners = {
        "near_substitution": "near_substitutes",
        "short_run_rate": "short_run_elasticity",
        "short_run_beside_adjustment": "short_run_elasticity",
    }
    for key, owner in owners.items():
        if key in document.data.get("economy", {}) and not getattr(economy, owner):
            yield document.problem(("economy", key), f"has no effect without {owner}")


def _never_in_full(scenario: Scenario) -> Iterator[Problem]:
    """Measures whose phase-in ends after they do, or after the run."""
    for i, spec in enumerate(scenario.measures):
        measure = spec.measure(scenario.first_quarter)
        if measure.start >= scenario.quarters:
            continue
        last = scenario.quarters - 1 if measure.until is None else measure.until
        if (most := measure.strength(last)) < 1.0:
            text = f"ends after the measure or the run: at most {100.0 * most:.0f} % of it comes into force"
            yield scenario.document.problem(("measures", i, "phase_in"), text, measure.phase_in)


def _no_effect(scenario: Scenario) -> Iterator[Problem]:
    """Measures whose size changes nothing, and measures on trade that is zero in the world."""
    world, uncertain = None, {u.path for u in scenario.uncertain}
    for i, spec in enumerate(scenario.measures):
        kind = KINDS[spec.kind]
        key, nothing = ("left", 1.0) if spec.left is not None else (kind.size, kind.neutral)
        size = getattr(spec, key)
        if kind.high > kind.low and size == nothing and f"measures.{spec.name}.{key}" not in uncertain:
            text = f"has no effect: {key} = {nothing:g} changes nothing"
            yield scenario.document.problem(("measures", i, key), text, size, "another number, or no such measure")
        elif kind.side != "none":
            world = world or load_world(scenario.world_source)
            if not {spec.by, spec.on} <= set(world.states):
                continue
            seller, buyer = (spec.on, spec.by) if kind.side == "importer" else (spec.by, spec.on)
            flows = world.flows[:, world.state_index(seller), world.state_index(buyer)]
            if not flows[world.sector_indices(spec.sectors)].any():
                text = f"has no effect: in this world {seller} sells {buyer} none of {listing(spec.sectors, 'or')}"
                yield scenario.document.problem(("measures", i, "sectors"), text)


def _rates(scenario: Scenario) -> Iterator[Problem]:
    """Rates likely meant in percent."""
    for i, spec in enumerate(scenario.measures):
        if (rate := spec.rate) is not None and (message := unlikely_rate(spec.kind, rate)):
            near = f"{rate / 100.0:g}"
            yield scenario.document.problem(("measures", i, "rate"), message, f"{rate:g}", suggestion=near)


def _promises(scenario: Scenario) -> Iterator[Problem]:
    """Joined policies that both promise help: the first promise is kept."""
    for i, policy in enumerate(scenario.policies if scenario.conduct == "strategic" else ()):
        promising = [part for part in policy.split("+") if _promise(scenario, part.strip())]
        if len(promising) > 1:
            text = f"the promise of {promising[0]} is kept; {', '.join(promising[1:])} only amends it"
            yield scenario.document.problem(("policies", i), text)


def _promise(scenario: Scenario, policy: str) -> bool:
    """Whether allies promise anything under this policy."""
    parameters = scenario.policy_parameters(policy)
    return isinstance(parameters, InstrumentParameters) and bool(parameters.instruments)


def _idle_blocks(scenario: Scenario, named: tuple[str, ...]) -> Iterator[Problem]:
    """Blocks of parameters, written in this file, of policies that `policies` does not list."""
    document = scenario.document
    for name in document.data.get("policy", {}):
        if name not in named and document.origin(("policy", name))[0] == document.file:
            text = "is not used: `policies` does not list it"
            yield document.problem(("policy", name), text, None, ", ".join(named))


def _idle_retaliation(scenario: Scenario, named: tuple[str, ...]) -> Iterator[Problem]:
    """Allies that agree to cut off exports and sell the coercer none of the goods: they do not retaliate."""
    striking = {name: scenario.build_policy(name) for name in named if _retaliates(scenario, name)}
    if not striking:
        return
    actors, world = scenario.actors, load_world(scenario.world_source)
    pairs = [(actors.coercer, actors.target), *((o.coercer, o.target) for o in scenario.dispute.opened)]
    for name, policy in striking.items():
        cut = scenario.policy_parameters(name).take(Retaliate)
        for coercer, target in dict.fromkeys((*pairs, *scenario.dispute.challengers_by_pair())):
            if not {coercer, target} <= set(world.states) or not isinstance(policy, RespondAsAllies):
                continue
            allies = tuple(policy.helpers(world, target, coercer))
            goods = cut.goods(world, coercer, allies)
            idle = [ally for ally, own in cut.goods_by_ally(world, coercer, allies).items() if not own]
            if not goods:
                text = f"nobody retaliates for {target}: of no good do its allies together supply {cut.dependence:g}"
                yield scenario.document.problem(("policy", name), f"{text} of {coercer}'s imports")
            elif idle:
                text = f"{listing(idle)} {verb('sells', len(idle) > 1)} {coercer} none of {listing(goods, 'or')}"
                yield scenario.document.problem(("policy", name), f"{text}, and cannot retaliate for {target}")


def _retaliates(scenario: Scenario, name: str) -> bool:
    """Whether allies agree to cut off exports under this policy."""
    parameters = scenario.policy_parameters(name)
    if not isinstance(parameters, InstrumentParameters) or Retaliate.name not in parameters.instruments:
        return False
    cut = parameters.take(Retaliate)
    return cut.by_good and not cut.idle


def _nobody_presses(scenario: Scenario) -> Iterator[Problem]:
    """Say that no coercion can happen: every coercer of ``[dispute]`` follows a script without measures."""
    coercers = sorted({coercer for coercer, _ in scenario.dispute.challengers_by_pair()})
    rules = {scenario.dispute.rule_of(coercer, scenario.conduct) for coercer in coercers}
    if rules == {"script"} and not scenario.measures:
        where = ("dispute", "decides") if scenario.conduct == "strategic" else ("conduct",)
        text = f"no state presses: the script has no measures, and only the script decides for {', '.join(coercers)}"
        yield scenario.document.problem(where, text, None, "[[measures]], or another decision rule")


def _nobody_helps(scenario: Scenario, named: tuple[str, ...]) -> Iterator[Problem]:
    """Policies of allies that ask no ally to help any target, or list no instrument."""
    pairs = _pairs(scenario)
    for name in named:
        policy, parameters = scenario.build_policy(name), scenario.policy_parameters(name)
        if not isinstance(policy, RespondAsAllies) or not isinstance(parameters, InstrumentParameters):
            continue
        alone = ", as under stand_alone" if type(policy) is RespondAsAllies else ""
        if not parameters.instruments:
            text = f"lists no instrument: nobody helps{alone}"
            yield scenario.document.problem(_place(scenario, name, "instruments"), text, [], "absorb, compensate, ...")
            continue
        world = load_world(scenario.world_source)
        pressed = [(coercer, target) for coercer, target in pairs if target in world.states]
        try:
            eligible = any(set(policy.eligible(world, target)) - {coercer, target} for coercer, target in pressed)
        except InvalidInput:
            continue  # what the policy lacks in this world comes up when it is played
        if eligible or not pressed:
            continue
        allies, targets = policy.parameters.allies, listing(list(dict.fromkeys(target for _, target in pressed)))
        if allies:
            text = f"names only the coercer and the target, who do not help: nobody is asked{alone}"
            yield scenario.document.problem(_place(scenario, name, "allies"), text, [*allies], "other states")
        elif policy.parameters.groups and not policy.parameters.min_strength_beside_groups:
            text = f"holds no group with other members to help {targets}: nobody is asked{alone}"
            yield scenario.document.problem(_place(scenario, name, "groups"), text, [*policy.parameters.groups])
        else:
            strength = policy.parameters.min_strength
            text = f"no state is bound to {targets} by {strength:g} or more: nobody is asked{alone}"
            hint = f"allies = [...] in [policy.{name}], or a lower min_strength"
            yield scenario.document.problem(_place(scenario, name, "min_strength"), text, None, hint)


def _pairs(scenario: Scenario) -> tuple[tuple[str, str], ...]:
    """Who presses whom by trade in some quarter: by the script, in a dispute, or as coercer and target of the file."""
    scripted = [(m.by, m.on) for m in scenario.measures if m.purpose == "coercion" and m.kind not in NON_ECONOMIC]
    if not scenario.dispute.anybody_chooses(scenario.conduct):
        return tuple(dict.fromkeys(scripted))
    opened = [(o.coercer, o.target) for o in scenario.dispute.opened]
    named = [(scenario.coercer, scenario.target)] if scenario.coercer and scenario.target else []
    return tuple(dict.fromkeys((*scripted, *named, *opened, *scenario.dispute.challengers_by_pair())))


def _place(scenario: Scenario, name: str, key: str) -> KeyPath:
    """Where the file says this of a policy: its parameter, its table, or its entry in `policies`."""
    tables = scenario.document.data.get("policy", {})
    if name in tables:
        return ("policy", name, key) if key in tables[name] else ("policy", name)
    return ("policies", next(i for i, policy in enumerate(scenario.policies) if name in policy.split("+")))


def _cooperation(scenario: Scenario) -> Iterator[Problem]:
    """Partners that are rivals too, keys that need `value`, and a competitor that is the target."""
    document, given, actors = scenario.document, scenario.cooperation, scenario.actors
    if both := [s for s in given.partners if s in given.rivals]:
        text = f"{listing(both)} {verb('stands', len(both) > 1)} among the rivals too"
        yield document.problem(("cooperation", "partners"), text, both, "states that are no rivals")
    if given.value == 0.0 and "cooperation.value" not in {u.path for u in scenario.uncertain}:
        for key in ("rivals", "partners", "spill", "spill_pressure"):
            if key in document.data.get("cooperation", {}) and "value" not in document.data["cooperation"]:
                text = "has no effect without value: no cooperation is at stake"
                yield document.problem(("cooperation", key), text, None, "value = ... in [cooperation]")
    if actors.competitor and actors.competitor == scenario.target:
        text = "is the target: the others would both help it and compete with it"
        yield document.problem(("actors", "competitor"), text, actors.competitor, "the coercer, or another state")


def _target_untouched(scenario: Scenario) -> Iterator[Problem]:
    """Say that the target named in the file suffers from measures on others alone."""
    document, target = scenario.document, scenario.actors.target
    pressed = {spec.on for spec in scenario.measures if spec.purpose == "coercion"}
    named = scenario.conduct == "scripted" and "target" in document.data.get("actors", {})
    if named and pressed and target not in pressed:
        text = "no coercive measure is aimed at it: its losses come from measures on others"
        yield document.problem(("actors", "target"), text, target, ", ".join(sorted(pressed)))
