"""The same dispute as a tree of objects, for looking at, for Gambit, and to check the recursion on arrays.

Types must be known (mu and nu 0 or 1): then all moves are seen, beliefs never change and backward induction on the tree
*is* the recursion. The tree ends after some quarters of reviews, with the values of the solution as payoffs there.
Whether a pledge binds its ally is a chance move with probability R_i, seen by all; so is a lapse.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from coercion_sim.dispute.after_answers import ContestCourse, contest_after
from coercion_sim.dispute.game import DisputeGame, Ending
from coercion_sim.errors import GameError, Problem
from coercion_sim.games import (
    Action,
    Chance,
    ChanceAction,
    Decision,
    ExtensiveGame,
    FrozenDict,
    Node,
    Terminal,
    whether_then_what,
)

MOST_ENDS = 50_000
COERCER, TARGET = "coercer", "target"
Payoffs: TypeAlias = tuple[float, ...]


@dataclass(frozen=True)
class DisputeTree:
    """A tree, and the rationality at each of its information sets: arguments of `solve_game`.

    Payoffs are discounted to the moment of imposing: t quarters on, rationality is Lambda / (m delta^(t/4)).
    """

    game: ExtensiveGame
    rationality: Mapping[str, float]

    def __post_init__(self) -> None:
        object.__setattr__(self, "rationality", FrozenDict(self.rationality))


def dispute_tree(game: DisputeGame, quarters: int = 2, most_ends: int = MOST_ENDS) -> DisputeTree:
    """Return the dispute between known types as an extensive game of perfect information.

    Information sets are named by what was done, ANSWERED being the package and the options so far, with + or - before
    an option where chance decided that the pledge binds or does not: `press`, `press/what`, `threat PACKAGE`,
    `impose PACKAGE`, `answer ANSWERED ALLY` (and `/what`), `contest ANSWERED HISTORY`. The history has two letters a
    quarter, target first: r or s after a review, k without, o an offer to settle; the mover, T or C, comes last.
    Outcomes: `no pressure`, `concedes to threat`, `backs down`, `goes on ANSWERED`, and `concedes`, `lifted`,
    `settled`, `lapses` with ANSWERED and the quarter.

    Parameters
    ----------
    game
        The dispute.
    quarters
        Quarters of reviews that the tree shows; what follows is worth what the solution says.
    most_ends
        Size limit.

    Raises
    ------
    GameError
        A type is in doubt, an ally has the name of another player, or the tree would have more than `most_ends` ends.
    """
    problems = []
    if game.belief_target not in (0.0, 1.0) or game.belief_coercer not in (0.0, 1.0):
        values = f"mu {game.belief_target}, nu {game.belief_coercer}"
        problems.append(Problem("a tree needs known types", key="mu, nu", found=values, allowed="0 or 1"))
    ends = _ends(game, quarters)
    if ends > most_ends:
        message = "the tree is too large; show fewer quarters, or leave out packages, allies or options"
        problems.append(Problem(message, key="quarters", found=f"{ends} ends", allowed=f"at most {most_ends}"))
    if problems:
        raise GameError(problems)
    build = _Builder(game, quarters)
    tree = ExtensiveGame((COERCER, TARGET, *game.allies), build.press(), title="Dispute")
    return DisputeTree(tree, build.rationality)


def _ends(game: DisputeGame, quarters: int) -> int:
    reviews = 1 if game.parameters.review == 1.0 else 2
    lapses = int(game.parameters.lapse > 0.0)
    after = 1
    for _ in range(quarters):
        # Concede; hold out in `reviews` ways, each followed by lifting or `reviews` ways to keep on; offer and answer.
        on = lapses + after
        after = 1 + reviews * (1 + reviews * on) + (1 + on if game.parameters.settle > 0.0 else 0)
    after += lapses
    answers = 1
    for reliability in game.reliability:
        answers *= len(game.options) * (1 if reliability in (0.0, 1.0) else 2)
    return 1 + len(game.packages) * (2 + answers * after)


class _Builder:
    """Builds the tree downwards, noting the rationality of each information set on the way."""

    def __init__(self, game: DisputeGame, quarters: int) -> None:
        self.game, self.quarters = game, quarters
        self.rules = game.parameters
        self.c, self.s = int(game.belief_coercer), int(game.belief_target)
        self.v_coercer = float(game.stake_coercer[self.c])
        self.v_target = float(game.stake_target[self.s])
        self.rationality: dict[str, float] = {}

    def press(self) -> Node:
        """Stage 1."""
        nothing = Terminal("no pressure", self._named((0.0,) * (2 + len(self.game.allies))))
        self._note("press", self._lambda(self.v_coercer))
        if len(self.game.packages) > 1:
            self._note("press/what", self._lambda(self.v_coercer))
        options = [(name, self._demand(k)) for k, name in enumerate(self.game.packages)]
        return whether_then_what(COERCER, "press", ("nothing", nothing), "press", options)

    def _demand(self, k: int) -> Node:
        """Stages 2 and 3."""
        rules, name = self.rules, self.game.packages[k]
        price = (-self.game.price_of_imposing, 0.0, *[0.0] * len(self.game.allies))
        imposed = self._answers(k, (), name, price)
        if rules.surprise:
            return imposed
        backed = self._end("backs down", self._payoffs("backed_down"))
        conceded = self._end("concedes to threat", self._payoffs("conceded_to_demand"))
        act = self._decision(COERCER, f"impose {name}", 1.0, [("back down", backed), ("impose", imposed)])
        return self._decision(TARGET, f"threat {name}", 1.0, [("concede", conceded), ("resist", act)])

    def _answers(self, k: int, done: tuple[int, ...], name: str, paid: Payoffs) -> Node:
        """Stage 4 from the next ally on."""
        i = len(done)
        if i == len(self.game.allies):
            return self._sustained(_Contest(k, done, name, 0, "", 1.0, paid, contest_after(self.game, k, done)), None)
        reliability = float(self.game.reliability[i])
        if reliability in (0.0, 1.0):
            return self._answer(k, done, name, paid, reliability == 1.0)
        kept = ChanceAction("binds", reliability, self._answer(k, done, f"{name}+", paid, True))
        broken = ChanceAction("does not bind", 1.0 - reliability, self._answer(k, done, f"{name}-", paid, False))
        return Chance((kept, broken), f"pledge {name}")

    def _answer(self, k: int, done: tuple[int, ...], name: str, paid: Payoffs, pledged: bool) -> Node:
        i = len(done)
        pledge = float(self.game.pledge[i]) if pledged else 0.0
        stake = float(self.game.interest[i]) + pledge
        children = []
        for r, label in enumerate(self.game.options if stake > 0.0 else self.game.options[:1]):
            missed = pledge * float(self.game.shortfall_by_package[i, k, r])
            after = (*paid[: 2 + i], paid[2 + i] - missed, *paid[3 + i :])
            children.append((label, self._answers(k, (*done, r), f"{name}|{label}", after)))
        if len(children) == 1:
            return children[0][1]
        infoset = f"answer {name} {self.game.allies[i]}"
        self._note(infoset, self._lambda(stake))
        if len(children) > 2:
            self._note(f"{infoset}/what", self._lambda(stake))
        return whether_then_what(self.game.allies[i], infoset, children[0], "help", children[1:])

    def _quarter(self, at: _Contest) -> Node:
        """Stage 5: the target's review, then the coercer's."""
        if at.t > self.quarters:
            return self._end(f"goes on {at.name} {at.history}", self._going_on(at))
        concede = self._ended(at, "concedes", "conceded")
        actions = [("concede", concede), ("resist", self._reply(at, "r"))]
        if self.rules.settle > 0.0:
            actions.append(("offer", self._answer_offer(at)))
        infoset = f"contest {at.name} {at.history}T"
        reviewed = self._decision(TARGET, infoset, at.worth, actions)
        return self._review(infoset, reviewed, lambda: self._reply(at, "k"))

    def _reply(self, at: _Contest, stance: str) -> Node:
        """The coercer's review; `stance` is how the target held out: r resisted at its review, k kept its stance."""
        actions = [("lift", self._ended(at, "lifted", "lifted")), ("sustain", self._sustained(at, f"{stance}s"))]
        infoset = f"contest {at.name} {at.history}{stance}C"
        reviewed = self._decision(COERCER, infoset, at.worth, actions)
        return self._review(infoset, reviewed, lambda: self._sustained(at, f"{stance}k"))

    def _answer_offer(self, at: _Contest) -> Node:
        """The coercer answers an offer to settle at once, without a review, and cannot lift this quarter."""
        actions = [("accept", self._ended(at, "settled", "settled")), ("refuse", self._sustained(at, "os"))]
        return self._decision(COERCER, f"contest {at.name} {at.history}oC", at.worth, actions)

    def _sustained(self, at: _Contest, stances: str | None) -> Node:
        """A whole quarter of measures, after which the dispute may lapse; nobody reviews in that of imposition."""
        history = at.history if stances is None else f"{at.history}{stances}."
        paid = self._after(at, 1.0, (0.0,) * len(at.paid))
        worth = at.worth * self.rules.quarterly_discount
        then = _Contest(at.k, at.profile, at.name, at.t + 1, history, worth, paid, at.contest)
        if self.rules.lapse == 0.0:
            return self._quarter(then)
        ending = self._payoffs("lapsed")
        lapsed = tuple(p + worth * now for p, now in zip(paid, ending, strict=True))
        gone = ChanceAction("lapses", self.rules.lapse, self._end(f"lapses {then.label}", lapsed))
        on = ChanceAction("goes on", 1.0 - self.rules.lapse, self._quarter(then))
        return Chance((gone, on), f"occasion {at.name} {history}")

    def _going_on(self, at: _Contest) -> Payoffs:
        """Payoffs where the tree ends: what was paid, and what the solution expects from here on."""
        now = at.contest.quarter(at.t)
        c, s = self.c, self.s
        where: tuple[Any, ...] = (slice(None), slice(None), at.k, *at.profile)
        cost = self.game.ally_cost[where]
        first, later, yielded = (float(x[c, s, 0]) for x in (now.first_year, now.later, now.yielded))
        allies = -self.game.interest * yielded - (cost[:, 0] * first + cost[:, 1] * later) / 4.0
        values = (float(now.coercer[c, s, 0]), float(now.target[c, s, 0]), *(float(x) for x in allies))
        return tuple(paid + at.worth * value for paid, value in zip(at.paid, values, strict=True))

    def _review(self, infoset: str, reviewed: Node, kept: Callable[[], Node]) -> Node:
        if self.rules.review == 1.0:
            return reviewed
        rho = self.rules.review
        return Chance((ChanceAction("reviews", rho, reviewed), ChanceAction("keeps", 1.0 - rho, kept())), f"{infoset}?")

    def _decision(self, player: str, infoset: str, worth: float, actions: list[tuple[str, Node]]) -> Node:
        rationality = self._lambda(self.v_coercer if player == COERCER else self.v_target)
        self._note(infoset, rationality / worth)
        return Decision(player, infoset, tuple(Action(label, child) for label, child in actions))

    def _payoffs(self, ending: Ending, erosion: float = 0.0) -> Payoffs:
        """Payoffs of an ending, flows apart; allies lose their interest in the share given up."""
        coercer, target = self.game.ending_payoffs(ending, erosion)
        share = self.rules.share_won(ending)
        return (float(coercer[self.c, 0]), float(target[self.s, 0]), *[-share * float(g) for g in self.game.interest])

    def _ended(self, at: _Contest, label: str, ending: Ending) -> Node:
        """The end of a contest in this quarter, of whose flows a part is still borne."""
        payoffs = self._payoffs(ending, self.game.erosion_of(at.k))
        return self._end(f"{label} {at.label}", self._after(at, self.rules.last_quarter_bite, payoffs))

    def _after(self, at: _Contest, bite: float, ending: Payoffs) -> Payoffs:
        """Payoffs so far, plus `bite` of this quarter's flows and the payoffs of the ending, discounted."""
        column, case = at.contest.year(at.t), (at.k, *at.profile)
        flows = [
            -(self.game.coercer_cost[(column, *case)] + self.rules.cost_year),
            self.game.target_effect[(column, *case)],
            *(-self.game.ally_cost[(i, column, *case)] for i in range(len(self.game.allies))),
        ]
        quarter = [bite * float(flow) / 4.0 + end for flow, end in zip(flows, ending, strict=True)]
        return tuple(paid + at.worth * now for paid, now in zip(at.paid, quarter, strict=True))

    def _end(self, label: str, payoffs: Payoffs) -> Terminal:
        return Terminal(label, self._named(payoffs))

    def _named(self, payoffs: Payoffs) -> dict[str, float]:
        return dict(zip((COERCER, TARGET, *self.game.allies), payoffs, strict=True))

    def _note(self, infoset: str, rationality: float) -> None:
        self.rationality[infoset] = rationality

    def _lambda(self, stake: float) -> float:
        return self.rules.rationality / max(stake, 1e-300)


@dataclass(frozen=True)
class _Contest:
    """Where in the contest: package, answers, their name, quarter, stances, worth of a payoff now, payoffs so far."""

    k: int
    profile: tuple[int, ...]
    name: str
    t: int
    history: str
    worth: float
    paid: Payoffs
    contest: ContestCourse

    @property
    def label(self) -> str:
        """What tells ends of different payoffs apart: what was imposed and answered, and the quarter."""
        return f"{self.name} q{self.t}"
