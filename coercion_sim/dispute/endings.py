"""How a dispute between two given types ends: exact probabilities, no sampling.

Beliefs move with the acts observed: after the target's answer, after imposition, and each quarter in which the target
holds out and the coercer keeps on. As long as a dispute lasts it has one history of acts for each package and profile
of answers, hence one path of beliefs, and the ending is a sum over packages, profiles and quarters. Each quarter
everybody looks H quarters ahead again, so the horizon rolls.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from coercion_sim.dispute.beliefs import posterior
from coercion_sim.dispute.game import Array, DisputeGame
from coercion_sim.dispute.solution import DisputeSolution, solve_dispute
from coercion_sim.dispute.war import FIRST_YEAR, war
from coercion_sim.errors import GameError, Problem


@dataclass(frozen=True, eq=False)
class DisputeEndings:
    """Probabilities of how one dispute ends, given that it arose; the seven endings sum to 1.

    Attributes
    ----------
    no_pressure, conceded_to_demand, backed_down
        Ends before anything is imposed.
    conceded, settled, lifted, unended
        Ends of what was imposed; `unended` is still in force after the last quarter followed.
    package : (K,)
        P(package | pressed).
    ended : (Q,)
        P(imposed, and over in quarter q after imposition), 0 the quarter of imposition.
    target_loss, coercer_cost
        Expected flows of the quarters followed, undiscounted, pct_gdp of the own GDP: -dW_T; c + z, Z and a_name.
    """

    no_pressure: float
    conceded_to_demand: float
    backed_down: float
    conceded: float
    settled: float
    lifted: float
    unended: float
    package: Array
    ended: Array
    target_loss: float
    coercer_cost: float

    @property
    def press(self) -> float:
        """P(the coercer presses)."""
        return 1.0 - self.no_pressure

    @property
    def imposed(self) -> float:
        """P(a package is imposed)."""
        return self.conceded + self.settled + self.lifted + self.unended

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
        """Quarters in force that `share` of imposed packages do not exceed; 1 is over in the quarter of imposition.

        NaN where nothing is imposed, infinity where fewer have ended in the quarters followed.
        """
        if not self.imposed > 0.0:
            return math.nan
        reached = np.flatnonzero(np.cumsum(self.ended) >= share * self.imposed)
        return float(reached[0] + 1) if len(reached) else math.inf


def dispute_endings(
    game: DisputeGame, coercer_type: int, target_type: int, quarters: int = 40, *, learn_within: bool = True
) -> DisputeEndings:
    """Return how a dispute ends between a coercer and a target of true types 0 or 1 (soft, firm; irresolute, resolved).

    Parameters
    ----------
    game
        The dispute; its beliefs are those at the start. Allies answer as everybody believes they do (R_i is right).
    coercer_type, target_type
        The true types.
    quarters
        Quarters after imposition that are followed.
    learn_within
        Whether a mover has learnt from the act just before its own (the default: "at current belief").
        False: moves 1 to 4 are played at the beliefs of the start and both moves of a quarter at those it opened with.

    Notes
    -----
    A refused offer to settle is deniable: observers learn from a target only that it did not concede, and from a
    coercer only that it did not lift.

    Raises
    ------
    GameError
        A type is not 0 or 1, or no quarter is to be followed.
    """
    if coercer_type not in (0, 1) or target_type not in (0, 1) or quarters < 1:
        values = f"types {coercer_type!r} and {target_type!r}, {quarters!r} quarters"
        raise GameError(Problem("types are 0 or 1 and at least one quarter is followed", found=values))
    opening = solve_dispute(game)
    pressed = float(opening.press[coercer_type])
    package = opening.package[coercer_type]
    fronts = [_threat(game, opening, k, coercer_type, target_type, learn_within) for k in range(len(package))]
    weight = pressed * package
    reach = np.concatenate([w * front.reach for w, front in zip(weight, fronts, strict=True)])
    size = len(reach) // len(package)
    mu = np.repeat([front.mu for front in fronts], size)
    nu = np.repeat([front.nu for front in fronts], size)
    types = coercer_type, target_type
    over, unended, ended, loss, cost = _attrition(game, reach, mu, nu, types, quarters, learn_within)
    conceded, settled, lifted = over.tolist()
    return DisputeEndings(
        no_pressure=1.0 - pressed,
        conceded_to_demand=float(weight @ [front.conceded for front in fronts]),
        backed_down=float(weight @ [front.backed_down for front in fronts]),
        conceded=conceded,
        settled=settled,
        lifted=lifted,
        unended=unended,
        package=package,
        ended=ended,
        target_loss=loss,
        coercer_cost=cost + game.price_of_imposing * float(reach.sum()),
    )


@dataclass(frozen=True, eq=False)
class _Front:
    """Stages 2 to 4 given that package k is demanded: ends, reach of each profile (P,), beliefs once imposed."""

    conceded: float
    backed_down: float
    reach: Array
    mu: float
    nu: float


def _threat(game: DisputeGame, opening: DisputeSolution, k: int, c: int, s: int, learn: bool) -> _Front:
    mu, nu = game.belief_target, game.belief_coercer
    concede, at, now = opening.concede[:, k], k, opening
    if not game.parameters.surprise:
        mu = float(posterior(mu, *(1.0 - concede)))
        if learn:
            game, at = _only(game, k), 0
            now = solve_dispute(replace(game, belief_target=mu))
    impose = now.impose[:, at]
    if not game.parameters.surprise:
        nu = float(posterior(nu, *impose))
        if learn:
            now = solve_dispute(replace(game, belief_target=mu, belief_coercer=nu))
    resisted = 1.0 - float(concede[s])
    imposed = resisted * float(impose[c])
    return _Front(float(concede[s]), resisted - imposed, imposed * now.profile[at].ravel(), mu, nu)


def _attrition(
    game: DisputeGame, reach: Array, mu: Array, nu: Array, types: tuple[int, int], quarters: int, learn: bool
) -> tuple[Array, float, Array, float, float]:
    """Follow every case (package and profile) of positive reach quarter by quarter.

    Returns
    -------
    over : (3,)
        P(conceded), P(settled), P(lifted).
    unended
        P(still in force).
    ended : (quarters,)
        P(over in a quarter).
    target_loss, coercer_cost
        Expected flows.
    """
    (c, s), p = types, game.parameters
    live = np.flatnonzero(reach > 0.0)
    reach, mu, nu = reach[live], mu[live], nu[live]
    flows = game.coercer_cost.reshape(2, -1)[:, live], game.target_effect.reshape(2, -1)[:, live]
    eroded = game.erosion_by_profile[live]
    total, ended = np.zeros(3), np.zeros(quarters)
    loss = spent = 0.0
    for q in range(quarters):
        now = war(game, q, flows, (mu, nu), eroded)
        mu = posterior(mu, *(1.0 - p.review * now.concede))
        then = war(game, q, flows, (mu, nu), eroded) if learn else now
        nu = posterior(nu, *(1.0 - p.review * then.lift))
        concede, offer = p.review * now.concede[s], p.review * now.settle[s]
        lift = (1.0 - concede - offer) * p.review * then.lift[c]
        over = np.stack([concede, offer * then.accept[c], lift])
        total += over @ reach
        ended[q] = float(over.sum(axis=0) @ reach)
        on = reach * np.clip(1.0 - over.sum(axis=0), 0.0, 1.0)
        bite = p.last_quarter_bite * (reach - on) + on
        cost, effect = (flow[int(q >= FIRST_YEAR)] for flow in flows)
        loss -= float(bite @ effect) / 4.0
        spent += float(bite @ (cost + p.cost_year)) / 4.0
        reach = on
    return total, float(reach.sum()), ended, loss, spent


def _only(game: DisputeGame, k: int) -> DisputeGame:
    """Return the same dispute with package k alone."""
    return replace(
        game,
        packages=(game.packages[k],),
        coercer_cost=game.coercer_cost[:, k : k + 1],
        target_effect=game.target_effect[:, k : k + 1],
        ally_cost=game.ally_cost[:, :, k : k + 1],
        shortfall=game.shortfall_by_package[:, k : k + 1],
        erosion=np.array([game.erosion_of(k)]),
    )
