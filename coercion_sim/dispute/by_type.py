"""Worth of the options of a decision against either type of the other side: the range that doubt about it leaves."""

from __future__ import annotations

import numpy as np

from coercion_sim.arrays import Array
from coercion_sim.dispute.after_answers import ContestCourse, contest_after, solution_of
from coercion_sim.dispute.decisions import Decision
from coercion_sim.dispute.recursion import Recursion
from coercion_sim.dispute.solution import DisputeSolution

Worth = dict[str, tuple[float, float]]


def worth_by_type(decision: Decision, quarters: int = 0) -> Worth:
    """Return label -> worth against a soft or irresolute other side, and against a firm or resolved one.

    Their mean at the mover's belief is `Option.value`. Options whose worth does not depend on the type have it twice;
    allies, who face two sides, have no entry.

    Parameters
    ----------
    quarters
        Quarters from the allies' answers to the decision; of moves after imposition alone.
    """
    game = decision.game
    if game is None or decision.mover not in (decision.coercer, decision.target):
        return {}
    own = game.stake_coercer if decision.mover == decision.coercer else game.stake_target
    mine = int(np.abs(own - decision.stake).argmin())
    known = {option.label: (option.value, option.value) for option in decision.options}
    if decision.move in ("review", "lift", "accept"):
        contest = contest_after(game, decision.package, decision.profile)
        return known | _later(decision.move, contest, quarters, mine)
    return known | _earlier(decision, solution_of(game), mine)


def _earlier(decision: Decision, solved: DisputeSolution, mine: int) -> Worth:
    """Moves 1 to 3; ``coercer`` and ``target`` are (2, K), by the type of the other side."""
    game, K = solved.game, len(solved.game.packages)

    def at_imposition(values: Array) -> Array:
        """Values (2, 2, K G) of the contest, answers as expected: ``[c, s, k]``."""
        mean: Array = np.einsum("cskg,kg->csk", values.reshape(2, 2, K, -1), solved.node_weights)
        return mean

    if decision.mover == decision.target:
        resist = solved.impose * at_imposition(solved.steps.target)[:, mine]
        return {"resist": _pair(resist[:, decision.package])}
    imposing = at_imposition(solved.steps.coercer)[mine] - game.price_of_imposing
    if decision.move == "impose":
        return {"impose": _pair(imposing[:, decision.package])}
    after = imposing
    if not game.parameters.surprise:
        impose = solved.impose[mine]
        resisted = impose * imposing + (1.0 - impose) * solved.back_down_value[mine]
        after = solved.concede * game.stake_coercer[mine] + (1.0 - solved.concede) * resisted
    if decision.move == "package":
        return {name: _pair(after[:, k]) for k, name in enumerate(game.packages)}
    return {"press": _pair(after @ solved.package[mine])}


def _later(move: str, contest: ContestCourse, quarters: int, mine: int) -> Worth:
    """Move 5 in a quarter of the contest."""
    steps, now, year = Recursion(contest.contests), contest.quarter(quarters), contest.year(quarters)
    on = (steps.in_force[year] + steps.on * contest.quarter(quarters + 1).values)[..., 0]
    if move != "review":
        return {"sustain" if move == "lift" else "refuse": _pair(on[0, mine])}
    lifts = contest.game.parameters.review * now.lift[:, 0]
    lifted, settled = steps.lifted[year][1, :, mine, 0], steps.settled[year][1, :, mine, 0]
    stays, accept = on[1, :, mine], now.accept[:, 0]
    return {"resist": _pair(stays + lifts * (lifted - stays)), "settle": _pair(stays + accept * (settled - stays))}


def _pair(values: Array) -> tuple[float, float]:
    return float(values[0]), float(values[1])
