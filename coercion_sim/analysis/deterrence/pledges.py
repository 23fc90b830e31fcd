"""Promises put to one dispute: who promises what, how much of it, and how strongly; the game each of them makes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from coercion_sim.dispute import DisputeGame, DisputeSolution, WarValues, solve_dispute
from coercion_sim.policies import Outlook, Pledge, Policy, Response, Situation

if TYPE_CHECKING:
    from coercion_sim.dispute import PayoffTable

Array = npt.NDArray[np.float64]
Kind = Literal["support", "retaliation", "both"]
#: What can be promised.
KINDS: tuple[Kind, ...] = ("support", "retaliation", "both")
#: Whose value of pressing counts: the mean over the coercer's types at belief, or one type's.
Who = Literal["mean", "soft", "firm"]
WHO: tuple[Who, ...] = ("mean", "soft", "firm")


@dataclass(frozen=True)
class Terms:
    """What is promised, strength apart.

    Attributes
    ----------
    kind
        Instruments promised; the others are not on the menu.
    intensity
        Share of the target's loss that all promise to make good together, and share of critical exports each cuts off.
    members
        Who promises.
    """

    kind: Kind
    intensity: float
    members: tuple[str, ...]


class Promised(Policy):
    """A policy that only promises, and exactly this."""

    name = "promised"
    words = ""
    summary = "Exactly the promise given."

    def __init__(self, promise: Pledge | None) -> None:
        super().__init__()
        self.promise = promise

    def respond(self, situation: Situation) -> Response:
        """Do nothing: only the promise is of interest."""
        return Response()

    def pledge(self, outlook: Outlook, coercer: str, target: str) -> Pledge | None:
        """The promise given."""
        return self.promise


@dataclass(frozen=True, eq=False)
class PledgedGame:
    """The game under some terms and stakes; the strength of the promise is still open.

    Attributes
    ----------
    game
        The dispute; its pledges and stakes of the coercer are replaced as asked.
    table
        Effects behind it.
    contest
        `war(game)`, which no pledge changes.
    """

    game: DisputeGame
    table: PayoffTable
    contest: WarValues

    def solved(self, strength: float) -> DisputeSolution:
        """Solve at A_i = `strength` for every member."""
        return solve_dispute(replace(self.game, pledge=np.full(len(self.game.allies), strength)), self.contest)

    def value(self, strength: float, who: Who = "mean") -> float:
        """What pressing is worth to the coercer, percent of its GDP."""
        return press_value(self.solved(strength), who)

    def at_limit(self, reliable: bool, certain: bool, who: Who = "mean") -> float:
        """What pressing is worth against a promise of boundless strength.

        Parameters
        ----------
        reliable
            Whether everybody believes it (R = 1).
        certain
            Whether allies keep it without error: the most that what was promised can do.
        who
            Whose value.
        """
        n = len(self.game.allies)
        game = replace(self.game, pledge=np.full(n, BOUNDLESS))
        if reliable:
            game = replace(game, reliability=np.ones(n))
        if certain:
            game = replace(game, ally_rational=(True,) * n)
        return press_value(solve_dispute(game, self.contest), who)


#: A pledge beside which nothing else counts, percent of GDP.
BOUNDLESS = 1e6


def press_value(solved: DisputeSolution, who: Who = "mean") -> float:
    """Worth of pressing (`DisputeSolution.press_value`) to a type, or its mean at the belief about types."""
    if who == "mean":
        nu = solved.game.belief_coercer
        return float((1.0 - nu) * solved.press_value[0] + nu * solved.press_value[1])
    return float(solved.press_value[int(who == "firm")])


def pressed(solved: DisputeSolution) -> float:
    """P(press) at the belief about the coercer's type."""
    nu = solved.game.belief_coercer
    return float((1.0 - nu) * solved.press[0] + nu * solved.press[1])
