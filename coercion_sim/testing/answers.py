"""Is an answer one that can be carried out? Pure judgements of what the hooks of a policy return."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from coercion_sim.economy import KINDS, NON_ECONOMIC, Measure
from coercion_sim.errors import WorldError
from coercion_sim.policies import BurdenSharing, Instrument, Pledge, Response
from coercion_sim.world import World

#: (rule, what was found).
Found = tuple[str, str]

ANSWERS = ("absorb", "compensate", "retaliate", "derisk", "statement")
STANDING = ("integrate", "derisk")
_NO_FLOW = ("transfer", "statement")
_SHARES = ("link", "asked_cut")
#: Largest penalty of a broken promise that is still read as percent of GDP.
_STRONGEST = 100.0


def response_problems(response: Any, world: World, quarter: int | None, last: int) -> Iterator[Found]:
    """What is wrong with a `Response`: of `respond` in `quarter`, or of `prepare` where that is None."""
    if not isinstance(response, Response):
        yield "valid_answer", f"returns {type(response).__name__}, not a Response"
        return
    for field in ("measures", "notes", "adjustment_cost", "facts"):
        value: Any = getattr(response, field)
        if not isinstance(value, tuple):
            yield "valid_answer", f"{field} is a {type(value).__name__}, not a tuple"
            return
    answers: tuple[Any, ...] = response.measures
    for measure in answers:
        if not isinstance(measure, Measure):
            yield "valid_answer", f"{measure!r} is no Measure"
            continue
        yield from measure_problems(measure, world)
        yield from _when_and_why(measure, quarter, last)
    yield from _contradictions(response.measures, world)
    for note in response.notes:
        if not (isinstance(note, tuple) and len(note) == 3 and all(isinstance(part, str) for part in note)):
            yield "valid_answer", f"note {note!r} is not (kind, state, text)"
    for cost in response.adjustment_cost:
        if not (_tuple(cost, 2) and cost[0] in world.states and _finite(cost[1]) and cost[1] >= 0):
            yield "valid_answer", f"adjustment cost {cost!r} is not (state of the world, rate >= 0)"
    for fact in response.facts:
        known = _tuple(fact, 3) and isinstance(fact[0], str) and fact[1] in ("", *world.states)
        if not (known and _finite(fact[2])):
            yield "valid_answer", f"fact {fact!r} is not (name, state of the world or empty, finite number)"


def measure_problems(measure: Measure, world: World) -> Iterator[Found]:
    """What keeps a measure from being carried out in a world; its size was checked when it was made."""
    label = measure.name or f"{measure.kind} {measure.by}:{measure.on}"
    for state in (measure.by, measure.on):
        if state not in world.states:
            yield "valid_answer", f"{label}: no state {state!r} in the world ({', '.join(world.states)})"
    if measure.kind in _NO_FLOW:
        return
    if measure.kind in NON_ECONOMIC:
        yield "purposes", f"{label}: {measure.kind} is pressure, and no answer to it"
    elif not measure.sectors:
        yield "valid_answer", f"{label}: names no sector"
    else:
        try:
            world.sector_indices(measure.sectors)
        except WorldError as error:
            yield "valid_answer", f"{label}: {error}"


def _when_and_why(m: Measure, quarter: int | None, last: int) -> Iterator[Found]:
    label = m.name or f"{m.kind} {m.by}:{m.on}"
    purposes = STANDING if quarter is None else ANSWERS
    if m.purpose not in purposes:
        yield "purposes", f"{label}: purpose {m.purpose!r}; allowed: {', '.join(purposes)}"
    if quarter is not None and (m.start, m.until) != (quarter, quarter):
        yield "dates", f"{label}: in force from {m.start} until {m.until}; give it start = until = situation.quarter"
    if quarter is None and m.start > last:
        yield "dates", f"{label}: starts in quarter {m.start}, after the last, {last}"


def _contradictions(measures: Sequence[Any], world: World) -> Iterator[Found]:
    """A state that shuts out and subsidises one flow at once."""
    flows: dict[tuple[str, str, int], set[str]] = {}
    for m in measures:
        if isinstance(m, Measure) and m.kind in ("import_ban", "import_subsidy", "facilitation"):
            try:
                for j in world.sector_indices(m.sectors):
                    flows.setdefault((m.by, m.on, int(j)), set()).add(m.kind)
            except WorldError:
                continue
    for (by, on, j), kinds in flows.items():
        if "import_ban" in kinds and len(kinds) > 1:
            yield "valid_answer", f"{by} bans and promotes {world.sectors[j]} from {on} at once"


def help_problems(measures: Sequence[Any], losses: dict[str, float], sales: Any) -> Iterator[Found]:
    """Money and subsidies to others than targets, or above a target's loss.

    Parameters
    ----------
    losses
        Target -> `income_loss`, US$ million a year.
    sales
        ``(exporter, importer, sectors)`` -> sales in the quarter before, on which subsidies are planned.
    """
    asked: dict[str, float] = {}
    for m in measures:
        if isinstance(m, Measure) and m.kind in ("transfer", "import_subsidy"):
            size = m.size if m.kind == "transfer" else m.size * sales(m.on, m.by, m.sectors)
            asked[m.on] = asked.get(m.on, 0.0) + size
    for state, amount in asked.items():
        if state not in losses:
            yield "help_within_ceiling", f"helps {state}, which is not under pressure, by {amount:.6g}"
        elif amount > losses[state] * (1.0 + 1e-6) + 1e-9:
            limit = "cap it with situation.income_loss(target)"
            yield "help_within_ceiling", f"helps {state} by {amount:.6g} of a loss of {losses[state]:.6g}; {limit}"


def pledge_problems(pledge: Any, world: World, coercer: str, target: str) -> Iterator[Found]:
    """What is wrong with a promise."""
    if not isinstance(pledge, Pledge):
        if pledge is not None:
            yield "valid_pledge", f"is a {type(pledge).__name__}, not a Pledge or None"
        return
    if not isinstance(pledge.allies, tuple) or len(set(pledge.allies)) < len(pledge.allies):
        yield "valid_pledge", f"allies {pledge.allies!r}: a tuple that names each once"
    for ally in pledge.allies:
        if ally not in world.states or ally in (coercer, target):
            yield "valid_pledge", f"ally {ally!r} is no third state of the world"
    if not (_finite(pledge.strength) and 0 <= pledge.strength <= _STRONGEST):
        yield "valid_pledge", f"strength {pledge.strength!r}; allowed: 0 to {_STRONGEST:g} percent of own GDP"
    for name in _SHARES:
        value = getattr(pledge, name)
        if not (_finite(value) and 0 <= value <= 1):
            yield "valid_pledge", f"{name} {value!r}; allowed: 0 to 1"
    instruments: tuple[Any, ...] = pledge.instruments
    unfit = [x for x in instruments if not isinstance(x, Instrument)]
    if unfit:
        yield "valid_pledge", f"instruments {unfit!r} are no instruments"
    elif unknown := set(pledge.promised) - {x.name for x in instruments}:
        yield "valid_pledge", f"promises {', '.join(sorted(unknown))}, which is not among its instruments"
    sharing: Any = pledge.sharing
    if not isinstance(sharing, BurdenSharing):
        yield "valid_pledge", f"sharing {sharing!r}; allowed: a BurdenSharing"


def amend_problems(given: Sequence[Measure], kept: Any, world: World) -> Iterator[Found]:
    """Where an amended list is not the one given with measures weakened or dropped."""
    if not isinstance(kept, tuple):
        yield "only_weakens", f"returns a {type(kept).__name__}, not a tuple"
        return
    used: dict[int, set[int]] = {}
    for m in kept:
        if not isinstance(m, Measure):
            yield "only_weakens", f"{m!r} is no Measure"
            continue
        label = m.name or f"{m.kind} {m.by}:{m.on}"
        from_it = [(i, g) for i, g in enumerate(given) if _same_but_size(g, m)]
        if not from_it:
            yield "only_weakens", f"{label} ({m.kind} by {m.by} on {m.on}): no such measure was shown"
            continue
        try:
            sectors = {int(j) for j in world.sector_indices(m.sectors)}
        except WorldError:
            continue  # sectors that are not there: said where the measure was made
        inside = [(i, g) for i, g in from_it if sectors <= {int(j) for j in world.sector_indices(g.sectors)}]
        weaker = [(i, g) for i, g in inside if _force(m) <= _force(g) and _within(m, g)]
        if not weaker:
            sizes = ", ".join(f"{g.size:g}" for _, g in from_it)
            yield "only_weakens", f"{label} ({m.kind} by {m.by} on {m.on}): size {m.size:g} of {sizes} is stronger"
            continue
        free = [i for i, _ in weaker if (sectors or {-1}).isdisjoint(used.get(i, set()))]
        if not free:
            yield "only_weakens", f"{label}: is there twice"
        else:
            used.setdefault(free[0], set()).update(sectors or {-1})


def _same_but_size(given: Measure, kept: Measure) -> bool:
    return all(getattr(given, name) == getattr(kept, name) for name in ("kind", "by", "on", "purpose"))


def _within(kept: Measure, given: Measure) -> bool:
    """Whether a measure is in force at most when another is, and comes in no faster."""
    ends = given.until is None or (kept.until is not None and kept.until <= given.until)
    return kept.start >= given.start and ends and kept.phase_in >= given.phase_in


def _force(measure: Measure) -> float:
    """How hard a measure acts: distance of its size from the one that does nothing."""
    none = {"open": 1.0, "factor": 1.0}.get(KINDS[measure.kind].size, 0.0)
    return abs(measure.size - none)


def _finite(value: Any) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)  # numpy's float64 is a float
    return number and math.isfinite(value)


def _tuple(value: Any, length: int) -> bool:
    return isinstance(value, tuple) and len(value) == length
