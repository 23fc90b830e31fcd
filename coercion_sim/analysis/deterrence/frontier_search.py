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
import numpy.typing as npt

from coercion_sim.analysis.deterrence.dyad import Dyad, Question, acting, ask, named_members, nested_members
from coercion_sim.analysis.deterrence.frontier import AllyCost, Frontier, FrontierPoint, Unaided
from coercion_sim.analysis.deterrence.least_pledge import LeastPledge, least_pledge
from coercion_sim.analysis.deterrence.pledges import KINDS, WHO, Kind, Terms, Who, press_value, pressed
from coercion_sim.dispute import ally_payoffs
from coercion_sim.errors import InvalidInput, Problem
from coercion_sim.experiments import Progress, in_processes
from coercion_sim.policies import PolicyFiles

if TYPE_CHECKING:
    from coercion_sim.scenario import Scenario

Array = npt.NDArray[np.float64]
#: v_C, before types, percent of the coercer's GDP (MODEL section 5: range .03-.3).
STAKES = (0.03, 0.1, 0.3)
#: Intensities looked at.
INTENSITIES: Mapping[Kind, tuple[float, ...]] = {
    "support": (0.25, 0.5, 1.0),
    "retaliation": (0.25, 0.5, 0.75, 0.9),
    "both": (0.25, 0.5, 0.9),
}
#: Strongest pledge looked at, percent of a member's GDP (MODEL section 5: range 0-.3).
STRONGEST = 0.3
#: Draws of what is uncertain.
DRAWS = 16
#: Ways to name member sets beside lists of states.
MEMBER_RULES = ("gdp", "strength", "bloc", "policy")


def deterrence_frontier(
    scenario: str | Path | Scenario,
    policy: str | None = None,
    *,
    stakes: Sequence[float] = STAKES,
    kinds: Sequence[Kind] = KINDS,
    intensities: Sequence[float] | None = None,
    members: Sequence[str | Sequence[str]] = ("gdp", "bloc", "policy"),
    strongest: float = STRONGEST,
    who: Who = "mean",
    draws: int = DRAWS,
    seed: int | None = None,
    overrides: Iterable[str] = (),
    policy_files: PolicyFiles = (),
    pair: tuple[str, str] | None = None,
    dependence: float | None = None,
    workers: int = 1,
    progress: Progress | None = None,
) -> Frontier:
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
        (``actors.bloc``), ``"policy"`` (whoever the policy asks), or lists of states.
    strongest
        Strongest pledge looked at, percent of a member's GDP.
    who
        Whose value of pressing must not be above 0: the mean over types at belief, the soft or the firm coercer's.
    workers
        Processes; the answer does not depend on it.
    progress
        Called with (draws done, draws in all, 0).

    Raises
    ------
    InvalidInput
        For arguments that make no question, or where no dispute can arise or nobody is there to promise.
    CoercionSimError
        Where the coercer has nothing to press with in some draw.
    """
    check_question(stakes, kinds, intensities, strongest, who, draws)
    question = ask(
        scenario, policy, draws=draws, seed=seed, overrides=overrides, policy_files=policy_files, pair=pair,
        dependence=dependence,
    )  # fmt: skip
    dyad = question.dyad(0)
    sets = member_sets(dyad, members, question.scenario.actors.bloc)
    asked = [
        (stake, named, Terms(kind, intensity, sets[named]))
        for stake in stakes
        for kind in kinds
        for intensity in (INTENSITIES[kind] if intensities is None else intensities)
        for named in sets
    ]
    found: list[list[_InDraw]] = []
    alone: list[Array] = []
    for answers, without in in_processes(partial(_in_draw, question, asked, strongest, who), range(draws), workers):
        found.append(answers)
        alone.append(without)
        if progress is not None:
            progress(len(found), draws, 0)
    points = tuple(
        _point(stake, named, terms, [draw[i] for draw in found], dyad) for i, (stake, named, terms) in enumerate(asked)
    )
    return Frontier(
        question.scenario.name, question.policy, dyad.coercer, dyad.target, draws, strongest, who,
        dyad.diplomacy.settings.cost_once, _unaided(stakes, np.array(alone)), points,
    )  # fmt: skip


def member_sets(dyad: Dyad, members: Sequence[str | Sequence[str]], bloc: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Sets of members by name, each cut to those that act; of two sets that act alike the first is kept."""
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
        raise InvalidInput(
            Problem(
                f"no ally to promise {dyad.target} anything: bound to it: {tied}",
                key="--members",
                allowed="name states",
            )
        )
    return kept


@dataclass(frozen=True, eq=False)
class _InDraw:
    """Answer for one question in one world."""

    least: LeastPledge
    press_unpledged: float
    press: float
    kept: float
    cost: Array
    imposed: float


def _in_draw(
    question: Question, asked: Sequence[tuple[float, str, Terms]], strongest: float, who: Who, draw: int
) -> tuple[list[_InDraw], Array]:
    """All answers of one draw, and (value of pressing, P(press)) by stake where nobody helps."""
    dyad = question.dyad(draw)
    found = []
    for stake, _, terms in asked:
        pledged = dyad.pledged(terms, stake)
        least = least_pledge(pledged, strongest, who)
        before = pledged.solved(0.0)
        at = pledged.solved(least.strength if least.found else strongest)
        worth = ally_payoffs(at)
        kept = float(worth.kept.mean()) if len(worth.kept) else math.nan
        found.append(_InDraw(least, pressed(before), worth.pressed, kept, worth.cost, worth.imposed))
        dyad.known.pop((terms, stake))
    alone = [dyad.pledged(None, stake).solved(0.0) for stake in dict.fromkeys(stake for stake, _, _ in asked)]
    return found, np.array([(press_value(solved, who), pressed(solved)) for solved in alone])


def _unaided(stakes: Sequence[float], alone: Array) -> tuple[Unaided, ...]:
    """Put the draws of every stake together, (draws, stakes, 2)."""
    return tuple(
        Unaided(stake, float(np.median(a[:, 0])), float(a[:, 1].mean()), float((a[:, 0] <= 0.0).mean()))
        for stake, a in zip(dict.fromkeys(stakes), alone.swapaxes(0, 1), strict=True)
    )


def _point(stake: float, named: str, terms: Terms, draws: Sequence[_InDraw], dyad: Dyad) -> FrontierPoint:
    """Put the draws of one question together."""
    least = np.array([w.least.strength if w.least.found else math.inf for w in draws])
    low, median, high = (float(np.quantile(least, q, method="inverted_cdf")) for q in (0.05, 0.5, 0.95))
    binds = Counter(w.least.binds for w in draws if w.least.binds)
    costs, per_year = [], dyad.disputes_a_year()
    for i, ally in enumerate(terms.members):
        pct = np.array([w.cost[i] for w in draws])
        called = np.array([w.cost[i] / w.imposed if w.imposed > 0 else math.nan for w in draws])
        dollars = dyad.gdp(ally) / 100.0
        middle = float(np.median(pct))
        costs.append(
            AllyCost(ally, dollars * middle, per_year * dollars * middle, middle, dollars * float(np.median(called)))
        )
    return FrontierPoint(
        stake, terms.kind, terms.intensity, named, terms.members, median, low, high,
        already=float(np.mean(least == 0.0)),
        no_root=float(np.mean(np.isinf(least))),
        several=float(np.mean([w.least.crossings > 1 for w in draws])),
        value_unpledged=float(np.median([w.least.value_unpledged for w in draws])),
        value=float(np.median([w.least.value for w in draws])),
        press_unpledged=float(np.mean([w.press_unpledged for w in draws])),
        press=float(np.mean([w.press for w in draws])),
        kept=float(np.mean([w.kept for w in draws])),
        binds=binds.most_common(1)[0][0] if binds else "",
        costs=tuple(costs),
    )  # fmt: skip


def check_question(
    stakes: Sequence[float],
    kinds: Sequence[str],
    intensities: Sequence[float] | None,
    strongest: float,
    who: str,
    draws: int,
) -> None:
    """Refuse questions that mean nothing, all at once."""
    problems = [Problem("out of range", key="--stake", found=f"{s:g}", allowed="> 0") for s in stakes if not s > 0]
    problems += [
        Problem("out of range", key="--intensity", found=f"{x:g}", allowed="above 0 to 1")
        for x in intensities or ()
        if not 0.0 < x <= 1.0
    ]
    problems += [
        Problem("no such kind", key="--kind", found=k, allowed=", ".join(KINDS)) for k in kinds if k not in KINDS
    ]
    if who not in WHO:
        problems.append(Problem("no such type", key="--type", found=who, allowed=", ".join(WHO)))
    if not 0.0 < strongest <= 10.0:
        problems.append(Problem("out of range", key="--strongest", found=f"{strongest:g}", allowed="above 0 to 10"))
    if draws < 1:
        problems.append(Problem("out of range", key="--draws", found=str(draws), allowed="1 or more"))
    if problems:
        raise InvalidInput(problems)
