"""Disputes of a run as games: the first, whole or reduced to a tree; the courses one may take, and beliefs along it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.compute as pc

from coercion_sim.analysis.records import Tabular
from coercion_sim.analysis.replay.replay import model_of, replayed
from coercion_sim.arrays import Array
from coercion_sim.dispute import DisputeGame
from coercion_sim.errors import CoercionSimError, ResultsError
from coercion_sim.experiments import Results, make_job
from coercion_sim.wording import count

if TYPE_CHECKING:
    from coercion_sim.dispute import Branch
    from coercion_sim.policies import PolicyFiles
    from coercion_sim.scenario import Scenario


@dataclass(frozen=True, eq=False, repr=False)
class FirstDispute(Tabular):
    """A dispute before its first move.

    Attributes
    ----------
    game
        Effects, costs, stakes by type, beliefs at the start.
    firm, resolved
        The types drawn.
    strategic
        False where the scenario is scripted and the game is what its states would face if they chose.
    """

    scenario: str
    policy: str
    coercer: str
    target: str
    quarter: str
    game: DisputeGame
    firm: bool
    resolved: bool
    strategic: bool

    @property
    def headline(self) -> str:
        """Pair, quarter and policy."""
        return f"{self.scenario}: {self.coercer} presses {self.target} in {self.quarter}, {self.policy}"

    def records(self) -> list[dict[str, Any]]:
        """One record for each package: its effects in the first year if no ally acts, percent of own GDP."""
        alone = (len(self.game.packages), -1)
        by_package = (x[0].reshape(alone)[:, 0].tolist() for x in (self.game.coercer_cost, self.game.target_effect))
        rows = zip(self.game.packages, *by_package, strict=True)
        return [dict(zip(("package", "coercer_cost", "target_effect"), row, strict=True)) for row in rows]


def first_dispute(
    scenario: str | Path | Scenario, policy: str | None = None, seed: int | None = None, replicate: int = 0, *,
    overrides: Iterable[str] = (), at_defaults: bool = False, policy_files: PolicyFiles = (),
) -> FirstDispute:  # fmt: skip
    """Return the first dispute that arises in a run; arguments as in `simulate`. No market is cleared for it.

    Raises
    ------
    CoercionSimError
        Where no dispute arises in the run.
    """
    job = make_job(
        scenario, policy, replicates=replicate + 1, seed=seed, overrides=overrides, at_defaults=at_defaults,
        policy_files=policy_files, strategic=True,
    )  # fmt: skip
    with model_of(job, replicate, strategic=True) as (model, resolved):
        diplomacy = model.diplomacy
        assert diplomacy is not None
        for quarter in range(model.quarters):
            diplomacy.play(quarter)
            if diplomacy.disputes:
                break
        else:
            raise CoercionSimError(
                f"{resolved.name}: no dispute arises in replicate {replicate} under seed {job.design.seed}; name states"
                " that press and are pressed ([actors], or coercers and targets of [dispute]), or try another replicate"
            )
        first = diplomacy.disputes[0]
        mu, nu = first.decisions[0].beliefs if first.decisions else first.beliefs
        return FirstDispute(
            resolved.name, job.design.policies[0], first.coercer, first.target, resolved.quarter_label(first.opened),
            replace(first.game, belief_target=mu, belief_coercer=nu), first.firm, first.resolved,
            job.scenario.conduct == "strategic",
        )  # fmt: skip


def reduced(dispute: FirstDispute, packages: int = 2, allies: int = 1) -> DisputeGame:
    """Make it small enough for a tree: the packages that hurt most, the allies with most at stake, types known.

    The allies left out stand aside. An ally without a pledge is bound by nothing, so its reliability plays no part.
    """
    game = dispute.game
    n = len(game.allies)
    alone = game.target_effect[0].reshape(len(game.packages), -1)[:, 0]
    keep = sorted(np.argsort(alone, kind="stable")[:packages].tolist())
    stake = game.interest + game.pledge
    acting = sorted(np.argsort(-stake, kind="stable")[:allies].tolist())
    at = (slice(None), slice(None), *(slice(None) if i in acting else 0 for i in range(n)))

    def part(effects: Array) -> Array:
        """Packages kept, then the options of the allies that act (in two steps, so that no axis moves)."""
        return effects[:, keep][at]

    shape = (2, len(keep), *[len(game.options)] * len(acting))
    return replace(
        game,
        packages=tuple(game.packages[k] for k in keep),
        allies=tuple(game.allies[i] for i in acting),
        coercer_cost=part(game.coercer_cost),
        target_effect=part(game.target_effect),
        ally_cost=np.array([part(game.ally_cost[i]) for i in acting]).reshape(len(acting), *shape),
        shortfall=game.shortfall_by_package[acting][:, keep],
        erosion=np.array([game.erosion_of(k) for k in keep]),
        pledge=game.pledge[acting],
        interest=game.interest[acting],
        reliability=np.where(game.pledge[acting] > 0, game.reliability[acting], 1.0),
        ally_rational=tuple(game.ally_rational[i] for i in acting),
        belief_target=float(dispute.resolved),
        belief_coercer=float(dispute.firm),
    )


class NoGame(ResultsError):
    """No dispute of this run began with a demand, or no state chose."""


@dataclass(frozen=True)
class CourseTree:
    """Possible courses of one dispute.

    Attributes
    ----------
    root
        Its moves with their odds at the types and beliefs of this dispute.
    played
        Labels of the choices, move by move, up to the last ally's; then the ending, if a package was imposed.
    firm, resolved, belief_target, belief_coercer
        The true types, and mu and nu before the first move.
    quarter, last
        When it arose, and the last quarter of the run.
    same_code
        Whether the results were made by this code.
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
            raise NoGame("the pressure is scripted, so no state chooses and no game is played")
        for quarter in range(model.quarters):
            known = len(diplomacy.disputes)
            rules = {code: state.as_of_now() for code, state in diplomacy.states.items()}
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


@dataclass(frozen=True, repr=False)
class BeliefPath(Tabular):
    """Beliefs in one dispute: mu, that the target is resolved, and nu, that the coercer is firm.

    Attributes
    ----------
    steps
        Quarters from the one in which the dispute arose to its end, or the run's.
    target_resolved, coercer_firm
        Belief before the first move, then at the end of each quarter of `steps`; one number more than quarters.
    resolved, firm
        The true types.
    same_code
        Whether the results were made by this code.
    """

    coercer: str
    target: str
    steps: tuple[int, ...]
    target_resolved: tuple[float, ...]
    coercer_firm: tuple[float, ...]
    resolved: bool
    firm: bool
    pressed: bool
    ending: str
    same_code: bool

    @property
    def headline(self) -> str:
        """Pair, quarters and ending."""
        return f"{self.coercer} presses {self.target}, {count(len(self.steps), 'quarter')}, {self.ending}"

    def records(self) -> list[dict[str, Any]]:
        """Beliefs before the first move (no quarter), then at the end of each quarter."""
        names = ("quarter", "target_resolved", "coercer_firm")
        rows = zip((None, *self.steps), self.target_resolved, self.coercer_firm, strict=True)
        return [dict(zip(names, row, strict=True)) for row in rows]


def belief_paths(results: Results, policy: str, replicate: int = 0, point: int = 0) -> tuple[BeliefPath, ...]:
    """Play one run of results again and follow the beliefs in each of its disputes; tables hold only the last ones.

    Empty where states do not choose.

    Raises
    ------
    InvalidInput, ResultsError
        As `replayed`.
    """
    with replayed(results, policy, replicate, point) as run:
        model = run.model
        if model.diplomacy is None:
            return ()
        by_dispute: dict[int, list[tuple[int, tuple[float, float]]]] = {}
        while model.quarter < model.quarters:
            now = model.quarter
            model.step()
            for number, dispute in enumerate(model.diplomacy.disputes):
                if dispute.stage != "over" or dispute.ended_at == now:
                    by_dispute.setdefault(number, []).append((now, dispute.beliefs))
        paths = []
        for number, dispute in enumerate(model.diplomacy.disputes):
            first = dispute.decisions[0].beliefs if dispute.decisions else dispute.beliefs
            mu, nu = zip(first, *(beliefs for _, beliefs in by_dispute[number]), strict=True)
            paths.append(BeliefPath(
                dispute.coercer, dispute.target, tuple(q for q, _ in by_dispute[number]), mu, nu, dispute.resolved,
                dispute.firm, dispute.package >= 0, dispute.ending or "unended", run.same_code,
            ))  # fmt: skip
        return tuple(paths)
