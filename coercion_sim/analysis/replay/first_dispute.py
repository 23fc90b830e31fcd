"""The dispute game of a scenario as the states meet it: its first dispute, whole and reduced to a tree one can draw."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from coercion_sim.analysis.records import Tabular
from coercion_sim.analysis.replay.replay import model_of
from coercion_sim.arrays import Array
from coercion_sim.dispute import DisputeGame
from coercion_sim.errors import CoercionSimError
from coercion_sim.experiments import make_job

if TYPE_CHECKING:
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
