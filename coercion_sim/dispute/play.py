"""One dispute from demand to end: the game solved, its states asked, its acts observed (model.md §5)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from coercion_sim.arrays import Array
from coercion_sim.dispute.after_answers import ContestCourse, contest_after, solution_of
from coercion_sim.dispute.beliefs import DisputeKey, Role
from coercion_sim.dispute.decisions import Choice, Decider, Decision, Option, Player
from coercion_sim.dispute.effects import YEAR
from coercion_sim.dispute.game import DisputeGame, Ending
from coercion_sim.dispute.options import (
    accept_options,
    answer_options,
    help_options,
    impose_options,
    lift_options,
    package_options,
    press_options,
    review_options,
)
from coercion_sim.dispute.solution import DisputeSolution

#: Draws a number on [0, 1) for one purpose of one dispute in one quarter: purpose, who, quarter.
Draw = Callable[[str, str, int], float]


@dataclass
class Dispute:
    """A dispute as it unfolds. It asks its states to decide and lets all governments observe their acts.

    Attributes
    ----------
    opened
        Quarter in which it arose.
    game
        Stakes, costs, and beliefs at its opening.
    firm, resolved
        The true types.
    deciders
        Every government that takes part or watches; where none are given, its own states play the game's equilibrium.
    stage
        ``open`` (a demand may come), ``imposed``, ``over``.
    ending
        Empty while it lasts.
    package, profile
        Package imposed or demanded, -1 before, and the option of each ally.
    imposed_at, ended_at
        Quarters, -1 before.
    answered_at
        Quarter in which the allies answered: that of imposition, or in which a script's dispute was taken over.
    decisions
        Every choice made in it.
    """

    coercer: str
    target: str
    opened: int
    game: DisputeGame
    firm: bool
    resolved: bool
    deciders: Mapping[str, Decider] = field(default_factory=dict, compare=False)
    stage: str = "open"
    ending: Ending | str = ""
    package: int = -1
    profile: tuple[int, ...] = ()
    imposed_at: int = -1
    ended_at: int = -1
    answered_at: int = -1
    decisions: list[Choice] = field(default_factory=list)

    def __post_init__(self) -> None:
        if not self.deciders:
            self.deciders = {name: Player() for name in (self.coercer, self.target, *self.game.allies)}

    @property
    def key(self) -> DisputeKey:
        """Its name among the disputes of a run."""
        return self.coercer, self.target, self.opened

    @property
    def opening_beliefs(self) -> tuple[float, float]:
        """(mu, nu) before its first move."""
        return self.game.belief_target, self.game.belief_coercer

    @property
    def beliefs(self) -> tuple[float, float]:
        """(mu, nu): the coercer's belief about the target's resolve, and the target's about the coercer's firmness."""
        mu, _ = self.deciders[self.coercer].beliefs.in_dispute.get(self.key, self.opening_beliefs)
        _, nu = self.deciders[self.target].beliefs.in_dispute.get(self.key, self.opening_beliefs)
        return mu, nu

    @property
    def solved(self) -> DisputeSolution:
        """The equilibrium, from which every decision's odds are taken; nothing is solved again on the way."""
        return solution_of(self.game)

    @property
    def contest(self) -> ContestCourse:
        """The contest after the package imposed and the answers given."""
        return contest_after(self.game, self.package, self.profile)

    @property
    def stake_coercer(self) -> float:
        """v_C of the coercer's true type."""
        return float(self.game.stake_coercer[int(self.firm)])

    @property
    def stake_target(self) -> float:
        """v_T of the target's true type."""
        return float(self.game.stake_target[int(self.resolved)])

    # ------------------------------------------------------------------ moves 1 to 4

    def begin(self, draw: Draw, quarter: int) -> None:
        """Play demand, answer, imposition and the allies' moves, all in the quarter the dispute arises."""
        solved = self.solved
        c, s = int(self.firm), int(self.resolved)
        if self._ask(draw, quarter, "press", self.coercer, press_options(solved, c)) == "do not press":
            return self._end("no_pressure", quarter)
        demanded = self._ask(draw, quarter, "package", self.coercer, package_options(solved, c))
        self.package = k = self.game.packages.index(demanded)
        if not self.game.parameters.surprise:
            if self._ask(draw, quarter, "answer", self.target, answer_options(solved, s, k)) == "concede":
                self.observe("target", solved.concede[:, k])
                return self._end("conceded_to_demand", quarter)
            self.observe("target", 1.0 - solved.concede[:, k])
            if self._ask(draw, quarter, "impose", self.coercer, impose_options(solved, c, k)) == "back down":
                self.observe("coercer", 1.0 - solved.impose[:, k])
                return self._end("backed_down", quarter)
            self.observe("coercer", solved.impose[:, k])
        self._impose(draw, quarter, quarter)
        return None

    def stand(self, draw: Draw, quarter: int, since: int) -> None:
        """Start from a first package that is in force since an earlier quarter, or now: only the allies move.

        The game is one without a demand, its measures in force for ``quarter - since`` quarters already.
        """
        rules = replace(self.game.parameters, surprise=True)
        self.game = replace(self.game, parameters=rules, elapsed=quarter - since)
        self.package = 0
        self._impose(draw, quarter, since)

    def _impose(self, draw: Draw, quarter: int, since: int) -> None:
        """Put the package in force and play the fourth move: allies in order help or not, and how."""
        for i, ally in enumerate(self.game.allies):
            options = help_options(self.solved, i, (self.package, *self.profile))
            option = self._ask(draw, quarter, "help", ally, options)
            self.profile += (self.game.options.index(option),)
        self.stage, self.imposed_at, self.answered_at = "imposed", since, quarter

    # ------------------------------------------------------------------ move 5

    def review(self, draw: Draw, quarter: int) -> None:
        """One quarter of the contest: unless it has lapsed, the target may yield, then the coercer may lift."""
        p, contest, q = self.game.parameters, self.contest, quarter - self.answered_at
        now, scripted = contest.quarter(q), self.deciders[self.coercer].scripted
        if not scripted and draw("lapses", self.coercer, quarter) < p.lapse:
            return self._end("lapsed", quarter)
        if draw("reviews", self.target, quarter) < p.review:
            done = self._ask(draw, quarter, "review", self.target, review_options(contest, q, int(self.resolved)))
            if done == "concede":
                self.observe("target", now.concede[:, 0])
                return self._end("conceded", quarter)
            if done == "settle":
                return self._offered(draw, quarter)
        self.observe("target", 1.0 - p.review * now.concede[:, 0])
        if scripted or draw("reviews", self.coercer, quarter) < p.review:
            done = self._ask(draw, quarter, "lift", self.coercer, lift_options(contest, q, int(self.firm)))
            if done == "lift":
                self.observe("coercer", now.lift[:, 0])
                return self._end("lifted", quarter)
        self.observe("coercer", 1.0 - p.review * now.lift[:, 0])
        return None

    def _offered(self, draw: Draw, quarter: int) -> None:
        """Answer an offer to settle; a refused offer is deniable: observers see that nobody gave in this quarter."""
        q = quarter - self.answered_at
        options = accept_options(self.contest, q, int(self.firm))
        if self._ask(draw, quarter, "accept", self.coercer, options) == "accept":
            return self._end("settled", quarter)
        rho, now = self.game.parameters.review, self.contest.quarter(q)
        self.observe("target", 1.0 - rho * now.concede[:, 0])
        self.observe("coercer", 1.0 - rho * now.lift[:, 0])
        return None

    # ------------------------------------------------------------------ asking and observing

    def decision(self, quarter: int, move: str, mover: str, options: tuple[Option, ...], draw: float) -> Decision:
        """Return a decision of one of its states."""
        stakes = {self.coercer: self.stake_coercer, self.target: self.stake_target}
        if mover in self.game.allies:
            i = self.game.allies.index(mover)
            stakes[mover] = float(self.game.interest[i] + self.game.pledge[i])
        return Decision(
            quarter, self.coercer, self.target, move, mover, options, draw, self.beliefs,
            stakes[mover], self.game, self.package, self.profile,
        )  # fmt: skip

    def _ask(self, draw: Draw, quarter: int, move: str, mover: str, options: tuple[Option, ...]) -> str:
        """Let the mover decide, keep its choice and return its label."""
        choice = self.deciders[mover].decide(self.decision(quarter, move, mover, options, draw(move, mover, quarter)))
        self.decisions.append(choice)
        return choice.chosen

    def observe(self, role: Role, act_by_type: Array) -> None:
        """Let every government see an act of one side, of probability `act_by_type` (2,) by its type."""
        low, high = (float(p) for p in act_by_type)
        for decider in self.deciders.values():
            decider.beliefs.observe(self.key, self.opening_beliefs, role, low, high)

    def _end(self, ending: Ending, quarter: int) -> None:
        """Close the dispute."""
        self.stage, self.ending, self.ended_at = "over", ending, quarter

    def realised(self) -> tuple[float, float]:
        """Payoffs of coercer and target in a dispute that is over, percent of own GDP, undiscounted.

        The quarter of an act that ends what was imposed is borne at xi.
        """
        g, p = self.game, self.game.parameters
        erosion = g.erosion_of(self.package) if self.imposed_at >= 0 else 0.0
        coercer, target = g.ending_payoffs(self.ending, erosion)  # type: ignore[arg-type]
        won, lost = float(coercer[int(self.firm), 0]), float(target[int(self.resolved), 0])
        if self.imposed_at < 0:
            return won, lost
        yearly_cost, yearly_effect = g.flows(self.package, self.profile)
        quarters = self.ended_at - self.imposed_at
        years = np.array([min(quarters, YEAR), max(0, quarters - YEAR)]) / 4.0
        if self.ending != "lapsed":  # a lapse comes at the end of a quarter, an act in the midst of one
            years[int(quarters >= YEAR)] += p.last_quarter_bite / 4.0
        cost, flow = ((yearly_cost + p.cost_year) * years).sum(), (yearly_effect * years).sum()
        return -p.cost_once - p.statement_cost - float(cost) + won, float(flow) + lost
