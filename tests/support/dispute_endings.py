"""exact ending probabilities of a dispute: nothing is drawn.

While a dispute lasts there is one history, resisted and sustained, so beliefs follow one path and the game is solved
once a quarter at them, the horizon rolling. Allies' answers branch, once.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import numpy as np

from coercion_sim.dispute import DisputeGame, DisputeSolution, solve_dispute, war

PAIRS = tuple(itertools.product((0, 1), (0, 1)))


@dataclass(frozen=True)
class Endings:
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

    def __add__(self, other: Endings) -> Endings:
        return Endings(*(getattr(self, f) + getattr(other, f) for f in self.__dataclass_fields__))

    def times(self, weight: float) -> Endings:
        return Endings(*(getattr(self, f) * weight for f in self.__dataclass_fields__))


def posterior(prior: float, low: float, high: float) -> float:
    """Bayes over two types, clipped as the model clips."""
    low, high = max(low, 1e-12), max(high, 1e-12)
    return min(max(prior * high / (prior * high + (1.0 - prior) * low), 0.02), 0.98)


def endings(game: DisputeGame, firm: bool, resolved: bool, quarters: int = 40, first: int = 0) -> Endings:
    """Probabilities of endings of true types; `first` is the quarter after imposition in which reviews begin."""
    return by_types(game, quarters, first)[int(firm), int(resolved)]


def over_types(game: DisputeGame, quarters: int = 40, first: int = 0) -> Endings:
    """Outcome probabilities with types drawn as believed."""
    mu, nu = game.belief_target, game.belief_coercer
    odds = {(c, s): (nu if c else 1 - nu) * (mu if s else 1 - mu) for c, s in PAIRS}
    parts = [part.times(odds[types]) for types, part in by_types(game, quarters, first).items()]
    return parts[0] + parts[1] + parts[2] + parts[3]


def by_types(game: DisputeGame, quarters: int = 40, first: int = 0) -> dict[tuple[int, int], Endings]:
    """Probabilities of endings of every pair of true types (c, s): the histories are the same, their odds differ."""
    solved = solve_dispute(game)
    at_demand, backed, unended = (dict.fromkeys(PAIRS, 0.0) for _ in range(3))
    ended = {types: np.zeros((quarters, 3)) for types in PAIRS}
    for k in range(len(game.packages)):
        now, then, impose = game, solved, np.ones(2)
        if not game.parameters.surprise:
            # Each mover has seen the moves before its own.
            now = replace(now, belief_target=posterior(now.belief_target, *(1 - solved.concede[:, k])))
            impose = solve_dispute(now).impose[:, k]
            now = replace(now, belief_coercer=posterior(now.belief_coercer, *impose))
            then = solve_dispute(now)
        for profile in itertools.product(range(len(game.options)), repeat=len(game.allies)):
            answered = 1.0
            for i, option in enumerate(profile):
                answered *= float(then.pledged[i][(k, *profile[:i])][option])
            hazards = history(now, k, profile, quarters, first) if answered > 0 else []
            for c, s in PAIRS if answered > 0 else ():
                left = pressed_and_resisted(solved, c, s, k) * float(impose[c]) * answered
                for quarter, (yields, offers, accept, lifts) in enumerate(hazards):
                    settles = offers[s] * accept[c]
                    ends = left * np.array([yields[s], settles, (1 - yields[s] - offers[s]) * lifts[c]])
                    ended[c, s][quarter] += ends
                    left -= ends.sum()
                unended[c, s] += left
        for c, s in PAIRS:
            at_demand[c, s] += float(solved.press[c] * solved.package[c, k] * solved.concede[s, k])
            backed[c, s] += pressed_and_resisted(solved, c, s, k) * (1 - float(impose[c]))
    return {
        (c, s): Endings(1 - float(solved.press[c]), at_demand[c, s], backed[c, s], ended[c, s], unended[c, s])
        for c, s in PAIRS
    }


def pressed_and_resisted(solved: DisputeSolution, c: int, s: int, k: int) -> float:
    """P(the demand with package k is made and resisted) of true types."""
    return float(solved.press[c] * solved.package[c, k] * (1 - solved.concede[s, k]))


def history(
    game: DisputeGame, k: int, profile: tuple[int, ...], quarters: int, first: int = 0
) -> list[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]]:
    """Hazards by type in each quarter of a contest that goes on: yields, offers by s; accepts an offer, lifts by c.

    The game is solved anew at the beliefs of each mover: the coercer has seen the target hold out, or offer. An offer
    refused leaves the measures in force for the quarter. With offers the path that is followed is that of none made.
    """
    rho, found = game.parameters.review, []
    cost, effect = game.flows(k, profile)
    flows = (cost[:, None], effect[:, None])
    eroded = game.erosion_of(k)
    for quarter in range(first, quarters + first):
        now = war(game, quarter, flows, erosion=eroded)
        mu = game.belief_target
        yields, offers = rho * now.concede[:, 0], rho * now.settle[:, 0]
        offered = replace(game, belief_target=posterior(mu, *offers)) if offers.any() else game
        game = replace(game, belief_target=posterior(mu, *(1 - yields - offers)))
        lifts = rho * war(game, quarter, flows, erosion=eroded).lift[:, 0]
        found.append((yields, offers, war(offered, quarter, flows, erosion=eroded).accept[:, 0], lifts))
        game = replace(game, belief_coercer=posterior(game.belief_coercer, *(1 - lifts)))
    return found
