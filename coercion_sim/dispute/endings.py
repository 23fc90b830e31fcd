"""How a dispute between two given types ends: exact probabilities of the solved strategies, no sampling."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

import numpy as np

from coercion_sim.arrays import Array
from coercion_sim.dispute.ally_payoffs import bound_profile
from coercion_sim.dispute.contest import FIRST_YEAR, Habits
from coercion_sim.dispute.recursion import Pass
from coercion_sim.dispute.solution import DisputeSolution
from coercion_sim.errors import GameError, Problem


@dataclass(frozen=True, eq=False)
class DisputeEndings:
    """Probabilities of how one dispute ends, given that it arose; the eight endings sum to 1.

    Attributes
    ----------
    no_pressure, conceded_to_demand, backed_down
        Ends before anything is imposed.
    conceded, settled, lifted, lapsed, unended
        Ends of what was imposed; `unended` is still in force after the last quarter followed.
    package : (K,)
        P(package | pressed).
    ended_by : (4, Q + 1)
        P(imposed, and over after so many whole quarters in force) by ending: conceded, settled, lifted, lapsed.
    target_loss, coercer_cost
        Expected flows of the quarters followed, undiscounted, pct_gdp of the own GDP: -dW_T; c + z, Z and a_name.
        First-year effects count as long as the measures, quarters elapsed before the game included, are in their first
        year.
    """

    no_pressure: float
    conceded_to_demand: float
    backed_down: float
    conceded: float
    settled: float
    lifted: float
    lapsed: float
    unended: float
    package: Array
    ended_by: Array
    target_loss: float
    coercer_cost: float

    @property
    def ended(self) -> Array:
        """P(imposed, and over after so many whole quarters in force), (Q + 1,)."""
        total: Array = self.ended_by.sum(axis=0)
        return total

    @property
    def press(self) -> float:
        """P(the coercer presses)."""
        return 1.0 - self.no_pressure

    @property
    def imposed(self) -> float:
        """P(a package is imposed)."""
        return self.conceded + self.settled + self.lifted + self.lapsed + self.unended

    @property
    def objective(self) -> float:
        """P(the coercer gets its way, at the demand or after imposing); settlements left out."""
        return self.conceded_to_demand + self.conceded

    @property
    def carried_out(self) -> float:
        """P(imposed | pressed); NaN where P(press) is 0."""
        return self.imposed / self.press if self.press > 0.0 else math.nan

    @property
    def success(self) -> float:
        """P(target concedes | imposed); NaN where nothing is imposed."""
        return self.conceded / self.imposed if self.imposed > 0.0 else math.nan

    def length(self, share: float) -> float:
        """Whole quarters in force that `share` of imposed packages do not exceed.

        NaN where nothing is imposed, infinity where fewer have ended in the quarters followed.
        """
        if not self.imposed > 0.0:
            return math.nan
        reached = np.flatnonzero(np.cumsum(self.ended) >= share * self.imposed)
        return float(reached[0]) if len(reached) else math.inf


def dispute_endings(
    solved: DisputeSolution, coercer_type: int, target_type: int, quarters: int = 40, *, bound: bool = False
) -> DisputeEndings:
    """Return how a dispute ends between a coercer and a target of true types 0 or 1 (soft, firm; irresolute, resolved).

    Parameters
    ----------
    solved
        The dispute solved.
    coercer_type, target_type
        The true types.
    quarters
        Quarters after imposition that are followed, that of imposition included.
    bound
        Whether allies that promised mean it, as in play; otherwise they answer as everybody believes (R_i is right).

    Raises
    ------
    GameError
        A type is not 0 or 1, or no quarter is to be followed.
    """
    c, s, game = coercer_type, target_type, solved.game
    if c not in (0, 1) or s not in (0, 1) or quarters < 1:
        values = f"types {c!r} and {s!r}, {quarters!r} quarters"
        raise GameError(Problem("types are 0 or 1 and at least one quarter is followed", found=values))
    pressed, package = float(solved.press[c]), solved.package[c]
    demanded = pressed * package
    resisted = demanded * (1.0 - solved.concede[s])
    imposed = resisted * solved.impose[c]
    course = quarter_by_quarter(solved.contests.habits, solved.steps, c, s, quarters)
    nodes = solved.weights_of(bound_profile(solved)) if bound else solved.node_weights
    reach = (imposed[:, None] * nodes).ravel()
    cost, effect = solved.contests.cost + game.parameters.cost_year, solved.contests.effect
    early = (np.arange(quarters) + game.elapsed < FIRST_YEAR)[:, None]
    spent = (course.bite * np.where(early, cost[0], cost[1])).sum(axis=0) / 4.0
    lost = -(course.bite * np.where(early, effect[0], effect[1])).sum(axis=0) / 4.0
    ended = course.ended @ reach
    conceded, settled, lifted, lapsed = (float(x) for x in ended.sum(axis=1))
    return DisputeEndings(
        no_pressure=1.0 - pressed,
        conceded_to_demand=float(demanded @ solved.concede[s]),
        backed_down=float((resisted - imposed).sum()),
        conceded=conceded,
        settled=settled,
        lifted=lifted,
        lapsed=lapsed,
        unended=float(course.unended @ reach),
        package=package,
        ended_by=ended,
        target_loss=float(lost @ reach),
        coercer_cost=float(spent @ reach) + game.price_of_imposing * float(reach.sum()),
    )


def mean_endings(solved: DisputeSolution, quarters: int = 40, *, bound: bool = False) -> DisputeEndings:
    """Return how a dispute ends, expected over both sides' types as the other side expects them.

    `package` stays P(package | pressed). Parameters and errors as in `dispute_endings`.
    """
    game = solved.game
    odds = np.outer(game.types_coercer, game.types_target)
    ends = [(float(odds[c, s]), dispute_endings(solved, c, s, quarters, bound=bound)) for c in (0, 1) for s in (0, 1)]
    means = {f.name: sum(p * getattr(e, f.name) for p, e in ends) for f in fields(DisputeEndings)}
    pressed = np.array([p * e.press for p, e in ends]) @ np.stack([e.package for _, e in ends])
    means["package"] = pressed / np.maximum(pressed.sum(), 1e-300)
    return DisputeEndings(**means)


@dataclass(frozen=True, eq=False)
class QuarterCourse:
    """Contests between given types followed quarter by quarter, undiscounted.

    Attributes
    ----------
    ended : (4, quarters + 1, B)
        P(conceded), P(settled), P(lifted), P(lapsed) after so many whole quarters in force.
    unended : (B,)
        P(still in force after the last quarter).
    bite : (quarters, B)
        Expected quarters of measures borne in each quarter: xi in the quarter of an ending.
    """

    ended: Array
    unended: Array
    bite: Array


def quarter_by_quarter(habits: Habits, steps: Pass, c: int, s: int, quarters: int) -> QuarterCourse:
    """Follow contests between a coercer of type c and a target of type s."""
    rho, eta, xi = habits.review, habits.lapse, habits.bite
    ended, bite = np.zeros((4, quarters + 1, len(rho))), np.zeros((quarters, len(rho)))
    on = np.ones(len(rho))
    for quarter in range(quarters):
        i = min(quarter, len(steps.concede)) - 1
        acted = np.zeros((3, len(rho)))
        if quarter:
            k, o = rho * steps.concede[i, s], rho * steps.settle[i, s]
            acted = np.stack([k, o * steps.accept[i, c], (1.0 - k - o) * rho * steps.lift[i, c]])
        left = 1.0 - acted.sum(axis=0)
        ended[:3, quarter] = on * acted
        ended[3, quarter + 1] = on * left * eta
        bite[quarter] = on * (xi * (1.0 - left) + left)
        on = on * left * (1.0 - eta)
    return QuarterCourse(ended, on, bite)
