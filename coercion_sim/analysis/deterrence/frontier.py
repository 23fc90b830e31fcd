"""The deterrence frontier: the least pledge at which the coercer's best reply is not to coerce."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from coercion_sim.analysis.deterrence.dyad import Dyad, Question, acting, ask, named_members, nested_members
from coercion_sim.analysis.deterrence.frontier_answer import AllyCost, Frontier, FrontierPoint, Unaided
from coercion_sim.analysis.deterrence.pledges import (
    KINDS,
    WHO,
    Kind,
    LeastPledge,
    Terms,
    Who,
    idle_members,
    least_pledges,
    press_value,
    pressed,
    side_by_side,
)
from coercion_sim.arrays import Array
from coercion_sim.dispute import ally_payoffs
from coercion_sim.errors import GameError, InvalidInput, NothingToPressWith, Problem
from coercion_sim.experiments import Progress, in_processes
from coercion_sim.policies import PolicyFiles
from coercion_sim.wording import count

if TYPE_CHECKING:
    from coercion_sim.scenario import Scenario

#: v_C, before types, percent of the coercer's GDP (model.md §5: range .03-.3).
STAKES = (0.03, 0.1, 0.3)
#: Intensities tried.
INTENSITIES: Mapping[Kind, tuple[float, ...]] = {
    "support": (0.25, 0.5, 1.0),
    "retaliation": (0.25, 0.5, 0.75, 0.9),
    "both": (0.25, 0.5, 0.9),
}
#: Strongest pledge tried, percent of a member's GDP (model.md §5: range 0-.3).
STRONGEST = 0.3
#: Draws of the uncertain numbers.
DRAWS = 16


def deterrence_frontier(
    scenario: str | Path | Scenario, policy: str | None = None, *, stakes: Sequence[float] = STAKES,
    kinds: Sequence[Kind] = KINDS, intensities: Sequence[float] | None = None,
    members: Sequence[str | Sequence[str]] = ("gdp", "bloc", "policy"), strongest: float = STRONGEST,
    who: Who = "mean", draws: int = DRAWS, seed: int | None = None, overrides: Iterable[str] = (),
    policy_files: PolicyFiles = (), pair: tuple[str, str] | None = None, dependence: float | None = None,
    workers: int = 1, progress: Progress | None = None,
) -> Frontier:  # fmt: skip
    """Find the least pledge that deters, for every stake, kind, intensity and set of members.

    Parameters
    ----------
    scenario, policy, seed, overrides, policy_files, pair, dependence, draws
        As in `ask`; each draw is a replicate's economy, uncertain numbers and stake of the target.
    stakes
        v_C before types, percent of the coercer's GDP; a firm coercer has sqrt(`type_spread`) times as much at stake.
    kinds, intensities
        Instruments promised, and how much of each (`Terms`); None: `INTENSITIES`.
    members
        ``"gdp"`` and ``"strength"`` (nested sets of the states bound to the target, growing by either), ``"bloc"``
        (``actors.bloc``), ``"policy"`` (states the policy names), or lists of states.
    strongest
        Strongest pledge tried, percent of a member's GDP.
    who
        Type of the coercer that must not gain by pressing: the mean over types at belief, soft or firm.
    workers, progress
        Processes, on which the answer does not depend; called with (draws done, draws in all, 0).

    Raises
    ------
    InvalidInput, CoercionSimError
        For arguments out of range; where no dispute can arise, no ally can promise, or the coercer has nothing to press
        with in some draw; where no draw has an equilibrium with every promise.
    """
    check_question(stakes, kinds, intensities, strongest, who, draws)
    question = ask(scenario, policy, draws=draws, seed=seed, overrides=overrides, policy_files=policy_files, pair=pair,
                   dependence=dependence)  # fmt: skip
    dyad = question.dyad(0)
    sets = member_sets(dyad, members, question.scenario.actors.bloc)
    each = [(stake, *promise) for stake in stakes for promise in promises(kinds, intensities, sets)]
    drawn: list[tuple[list[_InDraw], Array]] = []
    answered = in_processes(partial(_in_draw, question, each, strongest, who), range(draws), workers)
    for done, answers in enumerate(answered, start=1):
        drawn += [] if answers is None else [answers]
        if progress is not None:
            progress(done, draws, 0)
    if not drawn:
        tried, remedy = count(draws, "draw"), "other behaviour (--set dispute.rationality=6) or more --draws"
        name = question.scenario.name
        raise GameError(f"{name}: none of {tried} has an equilibrium with every promise; try {remedy}")
    points = tuple(_point(*one, [answers[i] for answers, _ in drawn], dyad) for i, one in enumerate(each))
    return Frontier(
        question.scenario.name, question.policy, dyad.coercer, dyad.target, len(drawn), strongest, who,
        dyad.diplomacy.settings.cost_once,
        _unaided(stakes, np.array([alone for _, alone in drawn]), words=dyad.words_cost > 0.0), points,
        draws - len(drawn),
    )  # fmt: skip


def promises(
    kinds: Sequence[Kind], intensities: Sequence[float] | None, sets: Mapping[str, tuple[str, ...]]
) -> list[tuple[str, Terms]]:
    """Every kind, intensity (None: `INTENSITIES`) and set of members: the name of the set, and the terms."""
    return [
        (named, Terms(kind, intensity, members))
        for kind in kinds
        for intensity in (INTENSITIES[kind] if intensities is None else intensities)
        for named, members in sets.items()
    ]


def member_sets(dyad: Dyad, members: Sequence[str | Sequence[str]], bloc: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Sets of members by name, each cut to those that act; of two equal ones the first stays."""
    named: dict[str, tuple[str, ...]] = {}
    for rule in members:
        if rule in ("gdp", "strength"):
            named |= nested_members(dyad, rule == "gdp", dyad.diplomacy.settings.most_allies)
        elif rule == "bloc":
            parties = (dyad.coercer, dyad.target)
            named["bloc"] = tuple(s for s in bloc if s not in parties)
        elif rule == "policy":
            named["policy"] = dyad.base.allies
        else:
            given = named_members(dyad, rule.split(",") if isinstance(rule, str) else rule)
            named[" ".join(given)] = given
    kept: dict[str, tuple[str, ...]] = {}
    for name, states in named.items():
        who = acting(dyad, states)
        if who and who not in kept.values():
            kept[name] = who
    if not kept:
        tied = ", ".join(dyad.bound()) or "nobody"
        why = f"no ally to promise {dyad.target} anything: bound to it: {tied}"
        raise InvalidInput(Problem(why, key="--members", allowed="name states"))
    return kept


@dataclass(frozen=True, eq=False)
class _InDraw:
    """Answer for one question in one world."""

    least: LeastPledge
    press: float
    kept: float
    cost: Array
    imposed: float
    idle: tuple[str, ...]


def _in_draw(
    question: Question, questions: Sequence[tuple[float, str, Terms]], strongest: float, who: Who, draw: int
) -> tuple[list[_InDraw], Array] | None:
    """`_answers` of one draw; None where no equilibrium is found with some promise."""
    try:
        return _answers(question, questions, strongest, who, draw)
    except NothingToPressWith:
        raise
    except GameError:
        return None


def _answers(
    question: Question, questions: Sequence[tuple[float, str, Terms]], strongest: float, who: Who, draw: int
) -> tuple[list[_InDraw], Array]:
    """All answers of one draw, and (value of pressing, P(press)) by stake where nobody helps, silent and with words."""
    dyad = question.dyad(draw)
    pledged = [dyad.pledged(terms, stake) for stake, _, terms in questions]
    least = least_pledges(pledged, strongest, who)
    games = [p.at(x.strength if x.deters else strongest) for p, x in zip(pledged, least, strict=True)]
    answers: dict[int, _InDraw] = {}
    for i, at in side_by_side(games):
        worth = ally_payoffs(at)
        kept = float(worth.kept.mean()) if len(worth.kept) else math.nan
        idle = idle_members(pledged[i].table)
        answers[i] = _InDraw(least[i], worth.pressed, kept, worth.cost, worth.imposed, idle)
    stakes = dict.fromkeys(stake for stake, _, _ in questions)
    without = [game(stake).at(0.0) for stake in stakes for game in (partial(dyad.pledged, None), dyad.spoken)]
    alone = dict(side_by_side(without))
    unaided = np.array([(press_value(alone[i], who), pressed(alone[i])) for i in range(len(without))])
    unaided = unaided.reshape(len(stakes), 2, 2)
    return [answers[i] for i in range(len(questions))], unaided


def _unaided(stakes: Sequence[float], alone: Array, words: bool) -> tuple[Unaided, ...]:
    """Put the draws of every stake together, (draws, stakes, 2 without and with words, 2)."""
    return tuple(
        Unaided(stake, float(np.median(a[:, 0])), float(a[:, 1].mean()), float((a[:, 0] <= 0.0).mean()), spoken)
        for stake, both in zip(dict.fromkeys(stakes), alone.transpose(1, 2, 0, 3), strict=True)
        for spoken, a in zip((False, True)[: 1 + words], both, strict=False)
    )


def _point(stake: float, named: str, terms: Terms, draws: Sequence[_InDraw], dyad: Dyad) -> FrontierPoint:
    """Summarise one question over draws."""
    least = np.array([d.least.strength if d.least.deters else math.inf for d in draws])
    low, median, high = (float(np.quantile(least, q, method="inverted_cdf")) for q in (0.05, 0.5, 0.95))
    binds = Counter(d.least.binds for d in draws if d.least.binds)
    return FrontierPoint(
        stake, terms.kind, terms.intensity, named, terms.members, median, low, high,
        already=float(np.mean(least == 0.0)),
        no_root=float(np.mean(np.isinf(least))),
        several=float(np.mean([d.least.crossings > 1 for d in draws])),
        value_unpledged=float(np.median([d.least.value_unpledged for d in draws])),
        value=float(np.median([d.least.value for d in draws])),
        press_unpledged=float(np.mean([d.least.press_unpledged for d in draws])),
        press=float(np.mean([d.press for d in draws])),
        kept=float(np.mean([d.kept for d in draws])),
        binds=binds.most_common(1)[0][0] if binds else "",
        costs=tuple(_ally_cost(ally, i, draws, dyad) for i, ally in enumerate(terms.members)),
        idle=tuple(ally for ally in terms.members if all(ally in d.idle for d in draws)),
    )  # fmt: skip


def _ally_cost(ally: str, i: int, draws: Sequence[_InDraw], dyad: Dyad) -> AllyCost:
    """Cost of keeping the pledge to the i-th member."""
    dollars = dyad.gdp(ally) / 100.0
    pct = float(np.median([d.cost[i] for d in draws]))
    called = float(np.median([d.cost[i] / d.imposed if d.imposed > 0 else math.nan for d in draws]))
    return AllyCost(ally, dollars * pct, dyad.disputes_a_year() * dollars * pct, pct, dollars * called)


def check_question(
    stakes: Sequence[float], kinds: Sequence[str], intensities: Sequence[float] | None, strongest: float, who: str,
    draws: int,
) -> None:  # fmt: skip
    """Refuse arguments out of range, all at once."""
    checks = [("--stake", f"{s:g}", "> 0", s > 0) for s in stakes]
    checks += [("--intensity", f"{x:g}", "above 0 to 1", 0.0 < x <= 1.0) for x in intensities or ()]
    checks += [("--kind", kind, ", ".join(KINDS), kind in KINDS) for kind in kinds]
    checks += [
        ("--type", who, ", ".join(WHO), who in WHO),
        ("--strongest", f"{strongest:g}", "above 0 to 10", 0.0 < strongest <= 10.0),
        ("--draws", str(draws), "1 or more", draws >= 1),
    ]
    unknown = {"--kind": "no such kind", "--type": "no such type"}
    InvalidInput.refuse(
        Problem(unknown.get(key, "out of range"), key=key, found=given, allowed=allowed)
        for key, given, allowed, fine in checks
        if not fine
    )
