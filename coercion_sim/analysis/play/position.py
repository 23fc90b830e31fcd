"""Positions of a game: the run replayed with its moves, and what the seat that has to decide sees."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from coercion_sim.analysis.play.afterwards import afterwards
from coercion_sim.analysis.play.saved_game import Move, Proposal, SavedGame
from coercion_sim.analysis.play.sentences import (
    QUESTIONS,
    acts_in_words,
    loss_in_words,
    package_in_words,
    pressure_in_words,
)
from coercion_sim.analysis.play.turn import Choosable, Turn, Weighed
from coercion_sim.analysis.replay.replay import model_of
from coercion_sim.dispute import Decision, Dispute, worth_by_type
from coercion_sim.economy import Measure
from coercion_sim.errors import InvalidInput, Problem
from coercion_sim.wording import capital, immaterial, state_name

if TYPE_CHECKING:
    from coercion_sim.dispute import PayoffTable
    from coercion_sim.experiments import Job
    from coercion_sim.model import Case, CoercionModel
    from coercion_sim.scenario import Scenario
    from coercion_sim.world import World


class _Awaited(Exception):
    """A decision that no move answers yet."""

    def __init__(self, decision: Decision) -> None:
        self.decision = decision


@dataclass(frozen=True)
class Position:
    """A replay as far as the moves go.

    Attributes
    ----------
    turn
        The decision that waits; None where the last quarter has been played.
    events
        What everybody sees, in order, and what each seat's economy does.
    answered
        The decisions that the moves answer.
    gdp, incomes
        By state: US$ million a year; effect of coercion and answers so far, percent of a year's GDP.
    struck_out
        Package -> why no dispute offers it.
    afterwards
        What came after the last decision, one sentence each; empty where a decision waits.
    """

    turn: Turn | None
    events: tuple[str, ...]
    answered: tuple[Decision, ...]
    disputes: tuple[Dispute, ...]
    gdp: Mapping[str, float]
    incomes: Mapping[str, float]
    struck_out: Mapping[str, str]
    afterwards: tuple[str, ...]


def replayed(job: Job, game: SavedGame, seats: Sequence[str] | None = None) -> Position:
    """Play the run with the moves of a game, up to the first decision that lacks one.

    Parameters
    ----------
    seats
        Instead of the game's; without any, every state decides by its rule.
    """
    left = list(game.moves if seats is None else ())
    seats = game.seats if seats is None else seats
    answered: list[Decision] = []
    seen: dict[str, tuple[str, ...]] = {}
    with model_of(job, game.replicate, strategic=True, policy=game.policy, burdens=False) as (model, scenario):

        def ask(decision: Decision) -> str:
            if not left:
                raise _Awaited(decision)
            answered.append(decision)
            seen[decision.mover] = _events(model, scenario, seats)
            return _fitting(left.pop(0), decision, scenario)

        for seat in seats:
            model.actors[seat].seat(ask)
        _offer(model, game.proposals)
        waits = _run_to_pause(model)
        if left:
            raise _misfit(left[0], "the game is over before it")
        events, turn = _events(model, scenario, seats), None
        if waits is not None:
            known = set(seen.get(waits.mover, ()))
            turn = _turn(model, scenario, waits, tuple(e for e in events if e not in known))
        cases = () if model.diplomacy is None else tuple(model.diplomacy.cases)
        disputes, struck = tuple(c.dispute for c in cases), {k: why for c in cases for k, why in c.table.dropped}
        after = () if waits else tuple(afterwards(model, scenario, seats, answered))
        gdp, incomes = _gdp_by_state(model.world), _incomes(model, disputes)
        return Position(turn, events, tuple(answered), disputes, gdp, incomes, struck, after)


def _run_to_pause(model: CoercionModel) -> Decision | None:
    """Runs the quarters left, up to a decision that no move answers; returns it, None at the end of the run."""
    try:
        while model.quarter < model.quarters:
            model.step()
    except _Awaited as pause:
        return pause.decision
    return None


def _gdp_by_state(world: World) -> dict[str, float]:
    """GDP of the baseline by state, US$ million a year."""
    return {s: float(g) for s, g in zip(world.states, world.baseline.gdp, strict=True)}


def _offer(model: CoercionModel, proposals: Sequence[Proposal]) -> None:
    """Let coercers press with the packages proposed."""
    for own in proposals:
        if own.kind == "package" and model.diplomacy is not None:
            ban = Measure("import_ban", own.by, own.on, own.goods, left=own.size)
            model.diplomacy.record |= {(own.by, own.on): (ban,)}


def _fitting(move: Move, decision: Decision, scenario: Scenario) -> str:
    """Label of a saved move, if it answers this decision."""
    wanted = (scenario.quarter_label(decision.quarter), decision.mover, decision.move)
    if (move.quarter, move.seat, move.move) != wanted:
        raise _misfit(move, f"the decision here is of {wanted[1]} in {wanted[0]} for move {wanted[2]}")
    if move.choice not in (labels := [o.label for o in decision.options]):
        raise _misfit(move, f"the options are {', '.join(labels)}")
    return move.choice


def _misfit(move: Move, why: str) -> InvalidInput:
    saved = f"{move.quarter} {move.seat} {move.move}: {move.choice}"
    message = "a move of the saved game fits no decision of this run; another version or scenario gives other decisions"
    return InvalidInput(Problem(message, key="moves", found=saved, allowed=why))


def weighed(decision: Decision, move: Move, gdp: Mapping[str, float]) -> Weighed:
    """Return what a decision was worth when it was taken, against the best option it had."""
    best = max(decision.options, key=lambda o: o.value)
    chosen = next(o for o in decision.options if o.label == move.choice)
    return Weighed(
        move.quarter, decision.mover, decision.move, chosen.label, chosen.value, best.label, best.value,
        (best.value - chosen.value) / 100.0 * gdp.get(decision.mover, math.nan), chosen.probability,
    )  # fmt: skip


# ------------------------------------------------------------------ what a seat sees


def _turn(model: CoercionModel, scenario: Scenario, decision: Decision, news: tuple[str, ...]) -> Turn:
    """The decision with what the mover's government knows."""
    assert model.diplomacy is not None
    case = next(c for c in reversed(model.diplomacy.cases) if _of(c.dispute) == (decision.coercer, decision.target))
    dispute, world, k = case.dispute, model.world, case.dispute.package
    known = dict.fromkeys((decision.mover, decision.coercer, decision.target, *dispute.game.allies))
    called = scenario.actors.names(world)
    names = {s: state_name(called, s) for s in known}
    gdp = _gdp_by_state(world)
    package = "" if k < 0 else case.package.name.replace("_", " ")
    loss = [math.nan] * 2 if k < 0 else [float(x) for x in case.table.alone[:, k, case.table.of(decision.target)]]
    money = gdp.get(decision.target, math.nan) / 100.0
    return Turn(
        seat=decision.mover,
        quarter=scenario.quarter_label(decision.quarter),
        move=decision.move,
        question=QUESTIONS[decision.move].format(
            coercer=names[decision.coercer],
            target=names[decision.target],
            package=package_in_words(case.package.name) if package else "",
        ),
        coercer=decision.coercer,
        target=decision.target,
        package=package,
        measures=() if k < 0 else pressure_in_words(case.package.measures, world),
        stake=decision.stake,
        resolved=decision.beliefs[0],
        firm=decision.beliefs[1],
        loss=(loss[0], loss[1]),
        loss_usd=(loss[0] * money, loss[1] * money),
        answers={a: dispute.game.options[o] for a, o in zip(dispute.game.allies, dispute.profile, strict=False)},
        options=_choosable(decision, case, gdp.get(decision.mover, math.nan) / 100.0, world),
        news=news,
        names=names,
        own_type=_own_type(decision, dispute),
    )


def _own_type(decision: Decision, dispute: Dispute) -> str:
    if decision.mover == dispute.coercer:
        return "firm" if dispute.firm else "soft"
    return ("resolved" if dispute.resolved else "irresolute") if decision.mover == dispute.target else ""


def _choosable(decision: Decision, case: Case, money: float, world: World) -> tuple[Choosable, ...]:
    """Options of a decision; `money` is US$ million per percent of the mover's GDP."""
    since = case.dispute.answered_at
    ranges = worth_by_type(decision, decision.quarter - since if since >= 0 else 0)
    options = []
    for o in decision.options:
        types = ranges.get(o.label, (math.nan, math.nan))
        plain = Choosable(o.label, o.value, o.value * money, *types, dict(o.terms), o.probability)
        options.append(_with_effects(plain, decision, case.table, world) if decision.move == "package" else plain)
    return tuple(options)


def _with_effects(option: Choosable, decision: Decision, table: PayoffTable, world: World) -> Choosable:
    """An option that is a package, with its measures and what they cost either side without help."""
    k = next(i for i, p in enumerate(table.packages) if p.name == option.label)
    parties = (decision.target, decision.coercer)
    first = [float(table.alone[0, k, table.of(s)]) if s in table.states else math.nan for s in parties]
    words = ". ".join(map(capital, pressure_in_words(table.packages[k].measures, world)))
    return replace(option, measures=words, loss_target=first[0], loss_coercer=first[1])


def _of(dispute: Dispute) -> tuple[str, str]:
    return dispute.coercer, dispute.target


def _events(model: CoercionModel, scenario: Scenario, seats: Sequence[str]) -> tuple[str, ...]:
    """What everybody sees, quarter by quarter, and what each seat's economy does."""
    if model.diplomacy is None:
        return ()
    called = scenario.actors.names(model.world)
    names = {s: state_name(called, s) for s in (*model.world.states, *model.actors)}
    lines: list[tuple[int, int, str]] = []
    for dispute in model.diplomacy.disputes:
        lines += [(quarter, 0, text) for quarter, text in acts_in_words(dispute.decisions, names)]
        if dispute.ending == "lapsed":
            pair = f"{names[dispute.coercer]} and {names[dispute.target]}"
            lines.append((dispute.ended_at, 0, f"The dispute of {pair} lapses and the measures end"))
    for record in model.history:
        for seat in seats if record.pressed or record.taken else ():
            n = model.actors[seat].index
            gap = float(record.actual.welfare_pct_gdp[n] - record.without.welfare_pct_gdp[n]) if n >= 0 else 0.0
            if not immaterial(gap):
                lines.append((record.quarter, 1, loss_in_words(names[seat], gap, float(model.world.baseline.gdp[n]))))
    return tuple(f"{scenario.quarter_label(q)}: {text}." for q, _, text in sorted(lines, key=lambda x: x[:2]))


def _incomes(model: CoercionModel, disputes: Sequence[Dispute]) -> dict[str, float]:
    """Effect of coercion and of the answers over the run on parties and allies, percent of a year's GDP."""
    if not model.history:
        return {}
    total = np.sum([r.actual.welfare_pct_gdp - r.without.welfare_pct_gdp for r in model.history], axis=0) / 4.0
    involved = {s for d in disputes for s in (d.coercer, d.target, *d.game.allies)}
    return {s: float(total[i]) for i, s in enumerate(model.world.states) if s in involved}


def endings(disputes: Sequence[Dispute]) -> tuple[tuple[str, str, str, int], ...]:
    """Return (coercer-target, package, ending, quarters in force) of each dispute."""
    return tuple(
        (
            f"{d.coercer}-{d.target}",
            d.game.packages[d.package].replace("_", " ") if d.package >= 0 else "",
            d.ending or "unended",
            max(0, d.ended_at - d.imposed_at) if d.imposed_at >= 0 and d.ended_at >= 0 else 0,
        )
        for d in disputes
    )
