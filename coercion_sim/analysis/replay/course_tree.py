"""The tree of the first dispute of a run that began with a demand: what might have happened, and what did."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow.compute as pc

from coercion_sim.analysis.replay.replay import replayed
from coercion_sim.errors import ResultsError
from coercion_sim.experiments import Results

if TYPE_CHECKING:
    from coercion_sim.dispute import Branch


class NoGame(ResultsError):
    """The run is sound, but no dispute in it began with a demand, or no state chose."""


@dataclass(frozen=True)
class CourseTree:
    """How one dispute might have gone.

    Attributes
    ----------
    root
        Its moves with their odds at the types and beliefs of this dispute.
    played
        Labels of what was chosen, move by move, up to the last ally's; then how it ended, if anything was imposed.
    firm, resolved, belief_target, belief_coercer
        The true types, and mu and nu before the first move.
    quarter, last
        When it arose, and the last quarter of the run.
    same_code
        Whether the results were made by this very code.
    """

    coercer: str
    target: str
    quarter: str
    last: str
    root: Branch
    played: tuple[str, ...]
    firm: bool
    resolved: bool
    belief_target: float
    belief_coercer: float
    same_code: bool


def course_tree(
    results: Results, policy: str, replicate: int = 0, point: int = 0, *, floor: float = 0.0005
) -> CourseTree:
    """Find the first dispute of one run that began with a demand. No market is cleared for it.

    Parameters
    ----------
    floor
        Branches reached with a lower probability, given that the coercer presses, are not followed.

    Raises
    ------
    NoGame
        Where no state chooses, or no such dispute arises.
    InvalidInput, ResultsError
        As `replayed`.
    """
    from coercion_sim.dispute import dispute_course

    with replayed(results, policy, replicate, point) as run:
        model, diplomacy = run.model, run.model.diplomacy
        if diplomacy is None:
            raise NoGame("the pressure is scripted, so nobody chooses and there is no game")
        for quarter in range(model.quarters):
            known = len(diplomacy.disputes)
            rules = {code: deepcopy(state.rule) for code, state in diplomacy.states.items()}
            diplomacy.play(quarter)
            for dispute in diplomacy.disputes[known:]:
                if not dispute.decisions or dispute.decisions[0].move != "press":
                    continue
                opening = ("press", "package", "answer", "impose", "help")
                mu, nu = dispute.decisions[0].beliefs
                chosen = [d.chosen for d in dispute.decisions if d.move in opening and d.quarter == quarter]
                if dispute.stage == "imposed":
                    dyad = dispute.coercer, dispute.target
                    chosen.append(_outcome(results, (policy, replicate, point), dyad, quarter))
                return CourseTree(
                    dispute.coercer, dispute.target, results.quarters[quarter], results.quarters[-1],
                    dispute_course(dispute, model.quarters - 1 - quarter, rules, floor),
                    tuple(chosen), dispute.firm, dispute.resolved, mu, nu, run.same_code,
                )  # fmt: skip
        raise NoGame(f"no dispute that begins with a demand arises in replicate {replicate} under {policy}")


def _outcome(results: Results, run: tuple[str, int, int], dyad: tuple[str, str], step: int) -> str:
    """How the dispute of a dyad that arose in a quarter ended by the table."""
    (policy, replicate, point), (coercer, target) = run, dyad
    rows = results.table("disputes", ["point", "policy", "replicate", "coercer", "target", "step", "ending"])
    mine = rows.filter(
        (pc.field("point") == point) & (pc.field("policy") == policy) & (pc.field("replicate") == replicate)
        & (pc.field("coercer") == coercer) & (pc.field("target") == target) & (pc.field("step") == step)
    )  # fmt: skip
    return str(mine.column("ending")[0]) if mine.num_rows else ""
