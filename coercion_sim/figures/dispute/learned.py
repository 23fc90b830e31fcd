"""Beliefs at the end of every dispute with pressure, as the table of disputes has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from coercion_sim.analysis import draw_numbers
from coercion_sim.experiments import Results
from coercion_sim.figures.style.data import Array, Ints, NothingToShow, places, rows_kept

#: Role -> its types, the high one first; the table of disputes has a column of the high one's name.
ROLES = {"target": ("resolved", "irresolute"), "coercer": ("firm", "soft")}
_COLUMNS = (
    "point", "policy", "replicate", "coercer", "target", "step", "firm", "resolved", "pressed", "ended", "length",
    "belief_target", "belief_coercer",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Learned:
    """Beliefs at the end of every dispute D in which the coercer pressed.

    Attributes
    ----------
    policy : (D,)
        Number of the policy in `policies`.
    belief, true, order : role -> (D,)
        For ``target`` (resolved) and ``coercer`` (firm): belief, true type (0 or 1), and number of disputes with
        pressure the state has had in this run, this one counted.
    date : (D,)
        Step in which it ended; the last of the run where it did not, the one in which it arose where nothing was
        imposed.
    """

    policies: tuple[str, ...]
    policy: Ints
    belief: dict[str, Array]
    true: dict[str, Ints]
    order: dict[str, Ints]
    date: Ints

    def of(self, role: str, true: int, policy: str) -> Array:
        """Beliefs about a role of one true type under one policy."""
        values: Array = self.belief[role][(self.policy == self.policies.index(policy)) & (self.true[role] == true)]
        return values


def learned(results: Results, policies: Sequence[str]) -> Learned:
    """Read the disputes with pressure of some policies.

    Raises
    ------
    NothingToShow
        Without such a dispute.
    """
    rows = rows_kept(results, "disputes", _COLUMNS)
    if not rows.num_rows:
        scripted = results.manifest["scenario"]["content"].get("conduct") == "scripted"
        why = "the pressure is scripted, so nobody chooses and nothing is learned" if scripted else "no dispute arose"
        raise NothingToShow(f"{why} (beliefs move where conduct is strategic)")
    keep = (rows.column("pressed").to_numpy() == 1) & (places(rows.column("policy"), policies) >= 0)
    rows = rows.filter(keep)
    if not rows.num_rows:
        raise NothingToShow("no coercer pressed in any dispute, so nothing was learned")
    step = rows.column("step").to_numpy().astype(np.int64)
    policy = places(rows.column("policy"), results.policies)
    end = places(rows.column("ended"), results.quarters)
    # Nothing imposed: over in the quarter it arose. Imposed and not ended: still on at the end of the run.
    imposed = np.isfinite(rows.column("length").to_numpy(zero_copy_only=False).astype(np.float64))
    date = np.where(end >= 0, end, np.where(imposed, len(results.quarters) - 1, step)).astype(np.int64)
    run = draw_numbers(rows) * len(results.policies) + policy
    return Learned(
        policies=results.policies,
        policy=policy,
        belief={role: rows.column(f"belief_{role}").to_numpy() for role in ROLES},
        true={role: rows.column(types[0]).to_numpy().astype(np.int64) for role, types in ROLES.items()},
        order={role: _order(run, rows.column(role).to_pylist(), step) for role in ROLES},
        date=date,
    )


def _order(run: Ints, states: list[str], step: Ints) -> Ints:
    """For each dispute, the number of disputes of that state in that run up to it, itself counted."""
    number = {name: i for i, name in enumerate(dict.fromkeys(states))}
    group = run * len(number) + np.array([number[name] for name in states], dtype=np.int64)
    in_order = np.lexsort((np.arange(len(step)), step, group))
    starts = np.flatnonzero(np.r_[True, np.diff(group[in_order]) != 0])
    position = np.arange(len(step)) - np.repeat(starts, np.diff(np.r_[starts, len(step)]))
    order = np.empty(len(step), dtype=np.int64)
    order[in_order] = position + 1
    return order


def priors(results: Results) -> dict[str, float | None]:
    """Belief about a target and a coercer without any dispute yet; None where a sweep varies it."""
    settings = results.manifest["scenario"]["content"].get("dispute") or {}
    design = results.manifest["design"]
    varied = {path for block in design.get("blocks") or () for path in block["paths"]} | set(design["uncertain"])
    return {
        role: None if f"dispute.belief_{role}" in varied else float(settings.get(f"belief_{role}", 0.5))
        for role in ROLES
    }
