"""One dispute from demand to end: the game solved, the choices drawn, the beliefs updated (MODEL section 5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from coercion_sim.dispute.beliefs import clip_belief
from coercion_sim.dispute.decisions import Alternative, Decision, pick
from coercion_sim.dispute.game import DisputeGame
from coercion_sim.dispute.options import (
    War,
    accept_options,
    answer_options,
    help_options,
    impose_options,
    lift_options,
    package_options,
    press_options,
    review_options,
)
from coercion_sim.dispute.solution import DisputeSolution, solve_dispute

#: Draws a number on [0, 1) for one purpose of one dispute in one quarter: purpose, who, quarter.
Draw = Callable[[str, str, int], float]


@dataclass
class Dispute:
    """A dispute as it unfolds. Owned by the model; everything it decides is kept in `decisions`.

    Attributes
    ----------
    game
        Stakes, costs and current beliefs.
    firm, resolved
        The true types.
    stage
        ``open`` (a demand may come), ``imposed``, ``over``.
    ending
        Empty while it lasts; then ``no_pressure``, ``conceded_to_demand``, ``backed_down``, ``conceded``, ``settled``,
        ``lifted`` or ``unended``.
    package, profile
        What was imposed, and the option of each ally.
    imposed_at
        Quarter of imposition.
    """

    coercer: str
    target: str
    opened: int
    game: DisputeGame
    firm: bool
    resolved: bool
    rules: Mapping[str, str]
    stage: str = "open"
    ending: str = ""
    package: int = -1
    profile: tuple[int, ...] = ()
    imposed_at: int = -1
    ended_at: int = -1
    decisions: list[Decision] = field(default_factory=list)

    @property
    def beliefs(self) -> tuple[float, float]:
        """(mu, nu): that the target is resolved, that the coercer is firm."""
        return self.game.belief_target, self.game.belief_coercer

    # ------------------------------------------------------------------ moves 1 to 4

    def begin(self, draw: Draw, quarter: int, overrides: Overrides | None = None) -> None:
        """Play demand, answer, imposition and the allies' moves, all in the quarter the dispute arises."""
        solved = solve_dispute(self.game)
        over = overrides or Overrides()
        c = int(self.firm)
        p_press = over.press(self, solved, float(solved.press[c]))
        if not self._choose(draw, quarter, "press", self.coercer, press_options(solved, c, p_press)):
            return self._end("no_pressure", quarter)
        self.package = self._pick(draw, quarter, "package", self.coercer, package_options(solved, c))
        k = self.package
        if not self.game.parameters.surprise:
            s = int(self.resolved)
            p_concede = over.concede(self, solved, float(solved.concede[s, k]))
            if self._choose(draw, quarter, "answer", self.target, answer_options(solved, s, k, p_concede)):
                self.learn_target(solved.concede[:, k])
                return self._end("conceded_to_demand", quarter)
            self.learn_target(1.0 - solved.concede[:, k])
            solved = solve_dispute(self.game)  # the coercer has seen the target resist
            if not self._choose(draw, quarter, "impose", self.coercer, impose_options(solved, c, k)):
                self.learn_coercer(1.0 - solved.impose[:, k])
                return self._end("backed_down", quarter)
            self.learn_coercer(solved.impose[:, k])
            solved = solve_dispute(self.game)  # allies have seen both
        self.imposed_at = quarter
        self.ally_moves(solved, draw, quarter, over)
        return None

    def ally_moves(self, solved: DisputeSolution, draw: Draw, quarter: int, over: Overrides) -> None:
        """Play the fourth move: allies in order help or not, and how; the package is then in force."""
        chosen: tuple[int, ...] = ()
        for i, ally in enumerate(self.game.allies):
            at = (self.package, *chosen)
            odds = tuple(map(float, solved.pledged[i][at]))
            odds = over.help(ally, odds, tuple(map(float, self.game.shortfall_by_package[i, self.package])))
            options = help_options(solved, i, at, odds)
            chosen += (self._pick(draw, quarter, "help", ally, options),)
        self.profile, self.stage = chosen, "imposed"

    # ------------------------------------------------------------------ move 5

    def review(self, draw: Draw, quarter: int, overrides: Overrides | None = None) -> None:
        """One quarter of the war of attrition: the target may yield, then the coercer may lift."""
        over = overrides or Overrides()
        rho, s, c = self.game.parameters.review, int(self.resolved), int(self.firm)
        flows = self.game.flows(self.package, self.profile)
        at = War(quarter - self.imposed_at, *flows, self.game.erosion_of(self.package))
        now = at.solve(self.game)
        if draw("reviews", self.target, quarter) < rho:
            odds = over.yields(self, (float(now.concede[s, 0]), float(now.settle[s, 0])))
            options = review_options(self.game, now, at, s, odds)
            done = options[self._pick(draw, quarter, "review", self.target, options)].label
            if done == "concede":
                self.learn_target(now.concede[:, 0])
                return self._end("conceded", quarter)
            if done == "settle":
                self.learn_target(now.settle[:, 0])
                return self._offered(at, draw, quarter)
        self.learn_target(1.0 - rho * now.concede[:, 0] - rho * now.settle[:, 0])
        now = at.solve(self.game)  # the coercer has seen the target hold out
        reviews = draw("reviews", self.coercer, quarter) < rho
        if reviews and self._choose(draw, quarter, "lift", self.coercer, lift_options(self.game, now, at, c)):
            self.learn_coercer(now.lift[:, 0])
            return self._end("lifted", quarter)
        self.learn_coercer(1.0 - rho * now.lift[:, 0])
        return None

    def _offered(self, at: War, draw: Draw, quarter: int) -> None:
        """Answer an offer to settle; a coercer that refuses it sustains this quarter, as the look-ahead has it."""
        now = at.solve(self.game)
        options = accept_options(self.game, now, at, int(self.firm))
        if self._choose(draw, quarter, "accept", self.coercer, options):
            self.learn_coercer(now.accept[:, 0])
            return self._end("settled", quarter)
        self.learn_coercer(1.0 - now.accept[:, 0])
        return None

    # ------------------------------------------------------------------ what they share

    def _pick(self, draw: Draw, quarter: int, move: str, mover: str, options: tuple[Alternative, ...]) -> int:
        """Draw one of the alternatives and keep the record."""
        u = draw(move, mover, quarter)
        at = pick([o.probability for o in options], u)
        rule = self.rules.get(mover, "logit")
        self.decisions.append(
            Decision(quarter, self.coercer, self.target, move, mover, rule, options, u, options[at].label, self.beliefs)
        )
        return at

    def _choose(self, draw: Draw, quarter: int, move: str, mover: str, options: tuple[Alternative, ...]) -> bool:
        """Whether the first of two alternatives was drawn."""
        return self._pick(draw, quarter, move, mover, options) == 0

    def learn_target(self, likelihood: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> None:
        """Bayes on what the target was seen to do: likelihood (2,) by type."""
        self.game = replace(self.game, belief_target=_posterior(self.game.belief_target, likelihood))

    def learn_coercer(self, likelihood: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> None:
        """Bayes on what the coercer was seen to do."""
        self.game = replace(self.game, belief_coercer=_posterior(self.game.belief_coercer, likelihood))

    def _end(self, ending: str, quarter: int) -> None:
        """Close the dispute."""
        self.stage, self.ending, self.ended_at = "over", ending, quarter


class Overrides:
    """Where a state decides otherwise than by logit: doctrine and learning replace the odds of its own moves."""

    def press(self, dispute: Dispute, solved: DisputeSolution, odds: float) -> float:
        """P(press) of the coercer."""
        return odds

    def concede(self, dispute: Dispute, solved: DisputeSolution, odds: float) -> float:
        """P(concede to the demand) of the target."""
        return odds

    def yields(self, dispute: Dispute, odds: tuple[float, float]) -> tuple[float, float]:
        """P(concede), P(offer to settle) of a target that reviews."""
        return odds

    def help(self, ally: str, odds: tuple[float, ...], shortfall: tuple[float, ...]) -> tuple[float, ...]:
        """Probabilities of an ally's options."""
        return odds


def _posterior(prior: float, likelihood: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> float:
    """Bayes over two types, clipped: likelihood of what was seen by (low, high) type."""
    low, high = (max(float(x), 1e-12) for x in likelihood)
    return clip_belief(prior * high / (prior * high + (1.0 - prior) * low))
