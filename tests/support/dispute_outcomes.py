"""Exact outcome probabilities of a dispute: nothing is drawn.

While a dispute lasts there is one history, resisted and sustained, so beliefs follow one path and the game is solved
once a quarter at them, the horizon rolling. Allies' answers branch, once.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import numpy as np

from coercion_sim.games import DisputeGame, DisputeSolution, clip_belief, solve_dispute, war

PAIRS = tuple(itertools.product((0, 1), (0, 1)))


@dataclass(frozen=True)
class Outcomes:
    """Probabilities given that a dispute has arisen; they sum to 1 with `quiet`.

    `ended` (quarters, 3): conceded, settled, lifted in each quarter of the contest; `unended` what is left after them.
    """

    quiet: float
    conceded_to_demand: float
    backed_down: float
    ended: np.ndarray
    unended: float

    @property
    def pressed(self) -> float:
        return 1.0 - self.quiet

    @property
    def imposed(self) -> float:
        return float(self.ended.sum()) + self.unended

    @property
    def success(self) -> float:
        """P(conceded after imposition)."""
        return float(self.ended[:, 0].sum())

    def __add__(self, other: Outcomes) -> Outcomes:
        return Outcomes(*(getattr(self, f) + getattr(other, f) for f in self.__dataclass_fields__))

    def times(self, weight: float) -> Outcomes:
        return Outcomes(*(getattr(self, f) * weight for f in self.__dataclass_fields__))


def posterior(prior: float, low: float, high: float) -> float:
    """Bayes over two types, clipped as the model clips."""
    low, high = max(low, 1e-12), max(high, 1e-12)
    return clip_belief(prior * high / (prior * high + (1.0 - prior) * low))


def outcomes(game: DisputeGame, firm: bool, resolved: bool, quarters: int = 40, first: int = 0) -> Outcomes:
    """Outcome probabilities of true types; `first` is the first quarter after imposition in which anybody reviews."""
    return by_types(game, quarters, first)[int(firm), int(resolved)]


def over_types(game: DisputeGame, quarters: int = 40, first: int = 0) -> Outcomes:
    """Outcome probabilities with types drawn as believed."""
    mu, nu = game.belief_target, game.belief_coercer
    odds = {(c, s): (nu if c else 1 - nu) * (mu if s else 1 - mu) for c, s in PAIRS}
    parts = [part.times(odds[types]) for types, part in by_types(game, quarters, first).items()]
    return parts[0] + parts[1] + parts[2] + parts[3]


def by_types(game: DisputeGame, quarters: int = 40, first: int = 0) -> dict[tuple[int, int], Outcomes]:
    """Outcome probabilities of every pair of true types (c, s): the histories are the same, their odds differ."""
    solved = solve_dispute(game)
    at_demand, backed, unended = (dict.fromkeys(PAIRS, 0.0) for _ in range(3))
    ended = {types: np.zeros((quarters, 3)) for types in PAIRS}
    for k in range(len(game.packages)):
        now = game
        if not game.parameters.surprise:
            mu = posterior(game.belief_target, *(1 - solved.concede[:, k]))
            now = replace(game, belief_target=mu, belief_coercer=posterior(game.belief_coercer, *solved.impose[:, k]))
        for profile in itertools.product(range(len(game.options)), repeat=len(game.allies)):
            answered = 1.0
            for i, option in enumerate(profile):
                answered *= float(solved.pledged[i][(k, *profile[:i])][option])
            hazards = history(now, k, profile, quarters, first) if answered > 0 else []
            for c, s in PAIRS if answered > 0 else ():
                left = pressed_and_resisted(solved, c, s, k) * float(solved.impose[c, k]) * answered
                for quarter, (yields, offers, accept, lifts) in enumerate(hazards):
                    settles = offers[s] * accept[c]
                    ends = left * np.array([yields[s], settles, (1 - yields[s] - offers[s]) * lifts[c]])
                    ended[c, s][quarter] += ends
                    left -= ends.sum()
                unended[c, s] += left
        for c, s in PAIRS:
            at_demand[c, s] += float(solved.press[c] * solved.package[c, k] * solved.concede[s, k])
            backed[c, s] += pressed_and_resisted(solved, c, s, k) * (1 - float(solved.impose[c, k]))
    return {
        (c, s): Outcomes(1 - float(solved.press[c]), at_demand[c, s], backed[c, s], ended[c, s], unended[c, s])
        for c, s in PAIRS
    }


def pressed_and_resisted(solved: DisputeSolution, c: int, s: int, k: int) -> float:
    """P(the demand with package k is made and resisted) of true types."""
    return float(solved.press[c] * solved.package[c, k] * (1 - solved.concede[s, k]))


def history(
    game: DisputeGame, k: int, profile: tuple[int, ...], quarters: int, first: int = 0
) -> list[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]]:
    """Hazards by type in each quarter of a contest that goes on: yields, offers by s; accepts an offer, lifts by c.

    The game is solved anew each quarter at the beliefs of those who have seen it go on. An offer refused leaves the
    measures in force for the quarter.
    """
    rho, found = game.parameters.review, []
    cost, effect = game.flows(k, profile)
    for quarter in range(first, quarters + first):
        now = war(game, quarter, (cost[:, None], effect[:, None]))
        yields, offers, lifts = rho * now.concede[:, 0], rho * now.settle[:, 0], rho * now.lift[:, 0]
        found.append((yields, offers, now.accept[:, 0], lifts))
        mu = posterior(game.belief_target, *(1 - yields - offers))
        game = replace(game, belief_target=mu, belief_coercer=posterior(game.belief_coercer, *(1 - lifts)))
    return found
