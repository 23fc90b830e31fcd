"""How a dispute may go, as a tree: every move with its odds and worth at the beliefs of the moment, and how it ends.

The moves are those of `Dispute.begin` itself, played once for every course with the choices given instead of drawn.
The war of attrition is one step: as long as it lasts there is one path of beliefs, so its end is a sum over quarters.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, replace
from math import nan

from coercion_sim.dispute.decisions import Alternative, Decision
from coercion_sim.dispute.options import War
from coercion_sim.dispute.play import Dispute, Draw, Overrides

#: Ends of what was imposed, in their order; choices that end a dispute before anything is.
ENDINGS = ("conceded", "settled", "lifted", "unended")
_FINAL = (("press", "do not press"), ("answer", "concede"), ("impose", "back down"))


@dataclass(frozen=True)
class Branch:
    """One thing that may happen next.

    Attributes
    ----------
    move, mover, label
        As in a `Decision`; ``end`` and nobody for the end of what was imposed.
    probability
        Given everything before it.
    worth
        To the mover, percent of its GDP; NaN for an end.
    then
        What may follow. Empty at an end of the dispute, and where the branch was too unlikely to be followed.
    over
        Whether the dispute ends with it.
    """

    move: str
    mover: str
    label: str
    probability: float
    worth: float
    then: tuple[Branch, ...] = ()
    over: bool = False


def dispute_course(dispute: Dispute, quarters: int, overrides: Overrides | None = None, floor: float = 0.0) -> Branch:
    """Return the tree of a dispute that began with a demand, played or not; its root is the dispute itself.

    Parameters
    ----------
    dispute
        Its true types decide; beliefs are those before its first move.
    quarters
        Quarters left after the one in which it arose: so many reviews there may be.
    overrides
        Where states decide otherwise than by logit; not changed.
    floor
        Branches reached with a probability below this, given that the coercer presses, are not followed.
    """
    mu, nu = dispute.decisions[0].beliefs if dispute.decisions else dispute.beliefs
    game = replace(dispute.game, belief_target=mu, belief_coercer=nu)
    over = deepcopy(overrides) if overrides is not None else Overrides()

    def grow(choices: tuple[int, ...], reach: float) -> tuple[Branch, ...]:
        """What may follow these choices."""
        trial = _Forced(
            dispute.coercer, dispute.target, dispute.opened, game, dispute.firm, dispute.resolved, dispute.rules
        )
        trial.choices = choices
        try:
            trial.begin(_no_draw, dispute.opened, over)
        except _Open as asked:
            return tuple(follow(asked, choices, i, reach) for i in range(len(asked.options)))
        ends = zip(ENDINGS, attrition(trial, quarters, over), strict=True)
        return tuple(Branch("end", "", name, p, nan, over=True) for name, p in ends if p > 0.0)

    def follow(asked: _Open, choices: tuple[int, ...], i: int, reach: float) -> Branch:
        option = asked.options[i]
        # Given that the coercer presses: what follows is told in full however seldom it does.
        here = float(option.probability > 0.0) if asked.move == "press" else reach * option.probability
        done = (asked.move, option.label) in _FINAL
        then = grow((*choices, i), here) if not done and here > 0.0 and here >= floor else ()
        return Branch(asked.move, asked.mover, option.label, option.probability, option.value, then, done)

    return Branch("dispute", "", f"{dispute.coercer}-{dispute.target}", 1.0, nan, grow((), 1.0))


def attrition(dispute: Dispute, quarters: int, overrides: Overrides) -> tuple[float, float, float, float]:
    """Probabilities of `ENDINGS` of an imposed dispute over so many reviews, from the quarter after imposition on.

    The quarters of `Dispute.review`, weighted instead of drawn. The dispute's beliefs move along the path on which
    nobody gives in.
    """
    rho, s, c = dispute.game.parameters.review, int(dispute.resolved), int(dispute.firm)
    flows = dispute.game.flows(dispute.package, dispute.profile)
    left, conceded, settled, lifted = 1.0, 0.0, 0.0, 0.0
    for elapsed in range(1, quarters + 1):
        at = War(elapsed, *flows, dispute.game.erosion_of(dispute.package))
        now = at.solve(dispute.game)
        concedes, offers = overrides.yields(dispute, (float(now.concede[s, 0]), float(now.settle[s, 0])))
        accepts = _accepts(dispute, at, now.settle[:, 0], c) if offers > 0.0 else 0.0
        dispute.learn_target(1.0 - rho * now.concede[:, 0] - rho * now.settle[:, 0])
        then = at.solve(dispute.game)
        gives, makes = rho * concedes, rho * offers
        lifts = (1.0 - gives - makes) * rho * float(then.lift[c, 0])
        conceded, settled, lifted = conceded + left * gives, settled + left * makes * accepts, lifted + left * lifts
        left *= 1.0 - gives - makes * accepts - lifts
        dispute.learn_coercer(1.0 - rho * then.lift[:, 0])
    return conceded, settled, lifted, left


def _accepts(dispute: Dispute, at: War, offered: object, c: int) -> float:
    """Chance that the coercer takes an offer to settle, having seen it made."""
    seen = replace(dispute)
    seen.learn_target(offered)  # type: ignore[arg-type]
    return float(at.solve(seen.game).accept[c, 0])


class _Open(Exception):
    """A choice that was not given: whose, and among what."""

    def __init__(self, move: str, mover: str, options: tuple[Alternative, ...]) -> None:
        super().__init__(move)
        self.move, self.mover, self.options = move, mover, options


class _Forced(Dispute):
    """A dispute whose choices are given, by their place among the alternatives."""

    choices: tuple[int, ...] = ()

    def _pick(self, draw: Draw, quarter: int, move: str, mover: str, options: tuple[Alternative, ...]) -> int:
        done = len(self.decisions)
        if done == len(self.choices):
            raise _Open(move, mover, options)
        at = self.choices[done]
        rule = self.rules.get(mover, "logit")
        self.decisions.append(
            Decision(
                quarter, self.coercer, self.target, move, mover, rule, options, nan, options[at].label, self.beliefs
            )
        )
        return at


def _no_draw(purpose: str, who: str, quarter: int) -> float:
    raise AssertionError(f"a choice was drawn: {purpose}")
