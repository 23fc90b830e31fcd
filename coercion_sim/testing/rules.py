"""States the rules of policies: what an answer must be for the simulator to carry it out."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any

from coercion_sim.economy import KINDS, NON_ECONOMIC, Measure
from coercion_sim.errors import WorldError
from coercion_sim.policies import Pledge, Response, available_instruments
from coercion_sim.world import World

#: Every rule that is checked, as the end of the sentence "a policy ...".
RULES: dict[str, str] = {
    "described": "explains itself and each of its parameters in words: lists and scenario files print them",
    "runs": "answers every situation without an error, and markets clear under its answers",
    "deterministic": "gives the same answer to the same question, in another process too",
    "stateless": "keeps nothing between quarters: a new instance answers as the old one does",
    "hands_off": "changes neither the world, nor the situation, nor the measures it receives",
    "valid_answer": "names states, sectors and kinds that exist, with finite numbers",
    "dates": "acts in this quarter alone (`respond`), or within the run (`prepare`)",
    "purposes": "absorbs, compensates, retaliates, derisks or speaks (`respond`); integrates or derisks (`prepare`)",
    "valid_pledge": "promises in range, by states of the world that are neither coercer nor target",
    "only_weakens": "weakens or drops measures in `amend`; adds none and aims none at another state",
    "composes": "joined to `stand_alone` changes nothing, joined to `respond_as_allies` still works",
    "help_within_ceiling": "helps only states under pressure, by no more than their loss",
}
#: Purposes of measures by the hook that returns them.
PURPOSES = {
    "respond": (*dict.fromkeys(kind.purpose for kind in available_instruments()), "derisk"),
    "prepare": ("integrate", "derisk"),
}

#: (rule, problem).
Broken = tuple[str, str]


def response_problems(response: Any, world: World, hook: str, quarter: int, last: int) -> Iterator[Broken]:
    """Yield what is wrong with an answer to `respond` in a quarter, or to `prepare`."""
    if not isinstance(response, Response):
        yield "valid_answer", f"returns {type(response).__name__}, not a Response"
        return
    for measure in response.measures:
        yield from _measure_problems(measure, world, hook, quarter, last)
    banned = {(m.by, m.on, j) for m in response.measures if m.kind == "import_ban" for j in _sectors(m, world)}
    eased = [m for m in response.measures if m.kind in ("import_subsidy", "facilitation")]
    for by, on, j in sorted(banned & {(m.by, m.on, j) for m in eased for j in _sectors(m, world)}):
        yield "valid_answer", f"{by} bans and promotes {world.sectors[j]} from {on} at once"
    for state, value in [*response.adjustment_cost, *(fact[1:] for fact in response.facts)]:
        if state not in ("", *world.states) or not math.isfinite(value):
            yield "valid_answer", f"a number {value!r} of {state!r}; allowed: finite, of a state of the world"


def _measure_problems(m: Measure, world: World, hook: str, quarter: int, last: int) -> Iterator[Broken]:
    """Yield what keeps one measure of an answer from being carried out as intended."""
    label = f"{m.name or m.kind} by {m.by} on {m.on}"
    missing = [s for s in (m.by, m.on) if s not in world.states]
    if missing or (m.kind not in ("transfer", "statement") and not _sectors(m, world)):
        yield "valid_answer", f"{label}: no state or sector of the world ({', '.join(missing or m.sectors)})"
    if m.purpose not in PURPOSES[hook] or m.kind in NON_ECONOMIC:
        yield "purposes", f"{label}: {m.kind} with purpose {m.purpose!r}; allowed: {', '.join(PURPOSES[hook])}"
    if hook == "respond" and (m.start, m.until) != (quarter, quarter):
        yield "dates", f"{label}: from {m.start} until {m.until}; give it start = until = situation.quarter"
    if hook == "prepare" and m.start > last:
        yield "dates", f"{label}: starts in quarter {m.start}, after the last, {last}"


def help_problems(
    measures: Iterable[Measure], losses: Mapping[str, float], sales: Callable[[str, str, Sequence[str]], float]
) -> Iterator[Broken]:
    """Yield help to states without pressure, or above a target's loss.

    Parameters
    ----------
    losses
        Target -> loss of income, US$ million a year.
    sales
        (exporter, importer, sectors) -> sales in the quarter before, on which subsidies are planned.
    """
    planned: dict[str, float] = {}
    for m in measures:
        if m.kind in ("transfer", "import_subsidy"):
            size = m.size if m.kind == "transfer" else m.size * sales(m.on, m.by, m.sectors)
            planned[m.on] = planned.get(m.on, 0.0) + size
    for state, amount in planned.items():
        if state not in losses:
            yield "help_within_ceiling", f"helps {state}, which is not under pressure, by {amount:.6g}"
        elif amount > losses[state] * (1.0 + 1e-6) + 1e-9:
            yield "help_within_ceiling", f"helps {state} by {amount:.6g} of a loss of {losses[state]:.6g}"


def pledge_problems(pledge: Any, world: World, coercer: str, target: str) -> Iterator[Broken]:
    """Yield what is wrong with a promise; shares are between 0 and 1, `strength` between 0 and 100."""
    if not isinstance(pledge, Pledge):
        yield "valid_pledge", f"is a {type(pledge).__name__}, not a Pledge"
        return
    if len(set(pledge.allies)) < len(pledge.allies):
        yield "valid_pledge", f"names an ally twice: {', '.join(pledge.allies)}"
    for ally in set(pledge.allies) - (set(world.states) - {coercer, target}):
        yield "valid_pledge", f"ally {ally!r} is no third state of the world"
    for name in (f.name for f in fields(pledge)):
        value, most = getattr(pledge, name), 100.0 if name == "strength" else 1.0
        if isinstance(value, float) and not 0.0 <= value <= most:
            yield "valid_pledge", f"{name} {value!r}; allowed: 0 to {most:g}"


def amend_problems(given: Sequence[Measure], kept: Any, world: World) -> Iterator[Broken]:
    """Yield measures of an amended list that are no weaker form of one given, flow by flow, each used once."""
    if not isinstance(kept, tuple):
        yield "only_weakens", f"returns a {type(kept).__name__}, not a tuple"
        return
    free = {(n, j) for n, m in enumerate(given) for j in _sectors(m, world) or {-1}}
    for m in kept:
        for j in sorted(_sectors(m, world)) or [-1]:
            used = next(((n, k) for n, k in sorted(free) if k == j and _weaker(m, given[n])), None)
            if used is None:
                yield "only_weakens", f"{m.name or m.kind} by {m.by} on {m.on}: added, moved, longer or stronger"
                break
            free.remove(used)


def _weaker(kept: Measure, given: Measure) -> bool:
    """Whether one measure is another with less force, inside its dates, phased in no faster."""
    same = all(getattr(given, name) == getattr(kept, name) for name in ("kind", "by", "on", "purpose"))
    inside = kept.start >= given.start and kept.phase_in >= given.phase_in
    ends = given.until is None or (kept.until is not None and kept.until <= given.until)
    idle = KINDS[given.kind].neutral
    return same and inside and ends and abs(kept.size - idle) <= abs(given.size - idle)


def _sectors(measure: Measure, world: World) -> set[int]:
    """Positions of a measure's sectors; empty where it names one that the world lacks."""
    try:
        return {int(j) for j in world.sector_indices(measure.sectors)} if measure.sectors else set()
    except WorldError:
        return set()
