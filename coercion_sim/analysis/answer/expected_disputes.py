"""Disputes without luck: stakes drawn, everything after them as exact probabilities.

Sampling noise of choices is left out, so that two policies, or two values of a parameter, can be distinguished with few
draws of the stakes. No market is cleared; effects are those of the payoff tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from coercion_sim.analysis.records import Tabular
from coercion_sim.analysis.replay.replay import model_of
from coercion_sim.arrays import Array, quotient
from coercion_sim.dispute import (
    DisputeGame,
    DisputeSolution,
    bound_profile,
    imposed_by_type,
    mean_endings,
    solve_disputes,
)
from coercion_sim.errors import CoercionSimError
from coercion_sim.experiments import make_job
from coercion_sim.wording import count

if TYPE_CHECKING:
    from coercion_sim.scenario import Scenario

#: Packages without a measure on trade.
BEYOND_TRADE = ("grey_zone", "disinformation")
#: What is expected of a dispute that arose, in the order of the columns.
EXPECTED = (
    "attempts",
    "conceded_to_demand",
    "carried_out",
    "conceded",
    "objective",
    "threat_rate",
    "imposed_rate",
    "grey_share",
    "help",
    "retaliation",
    "target_loss",
    "coercer_cost",
)


@dataclass(frozen=True, eq=False, repr=False)
class ExpectedDisputes(Tabular):
    """Expectations by draw and pair of states.

    Attributes
    ----------
    pairs
        (coercer, target), the second axis.
    values : (R, D, len(EXPECTED))
        R draws of stakes, D pairs. Probabilities given that the dispute arose, except `threat_rate` (concessions to the
        demand, of pressed), `imposed_rate` (concessions later, of imposed) and `grey_share` (packages beyond trade, of
        pressed); `help` and `retaliation` are expected numbers of allies that act so, given imposition; `target_loss`
        and `coercer_cost` percent of own GDP over the quarters followed, undiscounted. Allies that promised mean it, as
        in play; coercer and target doubt it by R_i. NaN where no equilibrium was found.
    """

    pairs: tuple[tuple[str, str], ...]
    values: Array

    @property
    def headline(self) -> str:
        """Numbers of draws and pairs."""
        return f"{count(len(self.values), 'draw')}, {count(len(self.pairs), 'pair')}"

    def records(self) -> list[dict[str, Any]]:
        """One record for each draw and pair."""
        return [
            {"draw": draw, "coercer": coercer, "target": target} | dict(zip(EXPECTED, row.tolist(), strict=True))
            for draw, by_pair in enumerate(self.values)
            for (coercer, target), row in zip(self.pairs, by_pair, strict=True)
        ]

    def by_draw(self, outcome: str) -> Array:
        """Mean over pairs for every draw, (R,)."""
        mean: Array = self.values[:, :, EXPECTED.index(outcome)].mean(axis=1)
        return mean


def expected_disputes(
    scenario: str | Path | Scenario,
    policy: str | None = None,
    *,
    replicates: int = 20,
    seed: int | None = None,
    overrides: Iterable[str] = (),
    at_defaults: bool = True,
    quarters: int = 28,
    pairs: Sequence[tuple[str, str]] | None = None,
) -> ExpectedDisputes:
    """Solve one dispute of every pair that may quarrel, in every draw, exactly.

    Parameters
    ----------
    scenario, policy, replicates, seed, overrides, at_defaults
        As in `simulate`; in a scripted scenario too, states choose here.
    quarters
        Quarters after imposition that are followed.
    pairs
        (coercer, target); those of ``[dispute]`` if None.

    Raises
    ------
    CoercionSimError
        Where no pair can quarrel.
    """
    job = make_job(
        scenario, policy, replicates=replicates, seed=seed, overrides=overrides, at_defaults=at_defaults, strategic=True
    )
    games: dict[tuple[int, int], DisputeGame] = {}
    kept: tuple[tuple[str, str], ...] = ()
    for replicate in range(replicates):
        with model_of(job, replicate, strategic=True) as (model, resolved):
            assert model.diplomacy is not None
            opened = tuple((o.coercer, o.target) for _, o in model.diplomacy.opened)
            named = tuple(model.diplomacy.challengers) or opened
            kept = tuple(pairs) if pairs is not None else named
            if not kept:
                raise CoercionSimError(f"{resolved.name}: no pair of states can quarrel; name them in [dispute]")
            for at, (coercer, target) in enumerate(kept):
                dispute = model.diplomacy.open_dispute(coercer, target, 0)
                if dispute is not None:
                    games[replicate, at] = dispute.game
    values = np.zeros((replicates, len(kept), len(EXPECTED)))
    for place, solved in zip(games, solve_disputes(list(games.values())), strict=True):
        values[place] = expected_of(solved, quarters) if solved.solved else np.nan
    return ExpectedDisputes(kept, values)


def expected_of(solved: DisputeSolution, quarters: int = 28) -> list[float]:
    """Expectations of one dispute over both sides' types at its beliefs, in the order of `EXPECTED`."""
    ends = mean_endings(solved, quarters, bound=True)
    total = dict.fromkeys(EXPECTED, 0.0)
    total["attempts"], total["carried_out"] = ends.press, ends.imposed
    for name in ("conceded_to_demand", "conceded", "objective", "target_loss", "coercer_cost"):
        total[name] = getattr(ends, name)
    total["grey_share"] = float(ends.package @ np.isin(solved.game.packages, list(BEYOND_TRADE)))
    total["threat_rate"] = quotient(ends.conceded_to_demand, ends.press)
    total["imposed_rate"] = quotient(ends.conceded, ends.imposed)
    total["help"], total["retaliation"] = _answers(solved)
    return [total[name] for name in EXPECTED]


def _answers(solved: DisputeSolution) -> tuple[float, float]:
    """Expected number of allies that help, and that retaliate, once a package is imposed; 0 where none ever is."""
    game = solved.game
    weight = imposed_by_type(solved).sum(axis=(0, 1))
    if weight.sum() <= 0.0:
        return 0.0, 0.0
    profile = np.tensordot(weight / weight.sum(), bound_profile(solved), axes=1)
    helps = retaliates = 0.0
    strikes = [o for o, name in enumerate(game.options) if name.endswith("retaliate")]
    for i in range(len(game.allies)):
        own = profile.sum(axis=tuple(j for j in range(len(game.allies)) if j != i))
        helps += float(1.0 - own[0])
        retaliates += float(own[strikes].sum())
    return helps, retaliates
