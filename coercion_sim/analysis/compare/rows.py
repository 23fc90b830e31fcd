"""Answers as tidy rows: one outcome of one policy for one state or product in one period, with its spread."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from coercion_sim.analysis.compare.cube import Cube
from coercion_sim.analysis.compare.spread import Spread


@dataclass(frozen=True)
class Row:
    """One line of a summary.

    Attributes
    ----------
    outcome, unit
        What is measured; a name of the data dictionary or of this room.
    policy
        The policy, and in `against` the one it is compared with (empty: the level itself).
    item
        State or sector; empty where the outcome has none.
    period
        Year, span of years, or window of quarters.
    spread
        Over replicates; for a comparison, of the paired differences.
    """

    outcome: str
    unit: str
    policy: str
    against: str
    item: str
    period: str
    spread: Spread

    def as_dict(self) -> dict[str, Any]:
        """Return the row flat, for JSON and CSV."""
        head: dict[str, Any] = asdict(self)
        spread: dict[str, Any] = head.pop("spread")
        return head | spread


def rows_of(
    cube: Cube, outcome: str, unit: str, *, items: Iterable[str] | None = None, against: str = ""
) -> tuple[Row, ...]:
    """One row per policy, label and period. With `against`, of the differences to that policy in the same replicate."""
    wanted = cube.labels if items is None else tuple(items)
    values = cube.values
    policies = list(enumerate(cube.policies))
    if against:
        base = cube.policies.index(against)
        values = values - values[base : base + 1]
        policies = [(p, name) for p, name in policies if p != base]
    return tuple(
        Row(outcome, unit, name, against, item, period, Spread.of(values[p, :, t, cube.labels.index(item)]))
        for p, name in policies
        for item in wanted
        for t, period in enumerate(cube.periods)
    )


def single(
    values: Mapping[str, Any], outcome: str, unit: str, period: str, *, item: str = "", against: str = ""
) -> tuple[Row, ...]:
    """One row per policy from arrays (K,) by policy; with `against`, of the paired differences."""
    if against:
        base = np.asarray(values[against], dtype=np.float64)
        values = {policy: np.asarray(x) - base for policy, x in values.items() if policy != against}
    return tuple(Row(outcome, unit, policy, against, item, period, Spread.of(x)) for policy, x in values.items())
