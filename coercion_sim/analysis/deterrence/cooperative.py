"""A cooperative game by its characteristic function, and whether some division contents every coalition (the core)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt
from scipy.optimize import linprog

Array = npt.NDArray[np.float64]
#: Excess below which a coalition is content, as a share of the largest worth.
TOLERANCE = 1e-9


@dataclass(frozen=True, eq=False)
class CharacteristicFunction:
    """v(S) for every set of players; ``worth[0]`` = 0 is the empty set, player i is bit i of a set's number."""

    players: tuple[str, ...]
    worth: Array

    def number(self, members: Sequence[str]) -> int:
        """Place of a set in `worth`."""
        return sum(1 << self.players.index(m) for m in members)

    @property
    def incidence(self) -> Array:
        """Membership of each player in each set, (2^n, n)."""
        sets = np.arange(len(self.worth))
        members: Array = ((sets[:, None] >> np.arange(len(self.players))) & 1).astype(np.float64)
        return members

    @property
    def slack(self) -> float:
        """``v(N)`` less the least total that contents every smaller coalition: the core is empty where this is below 0.

        Shapley (1967): ``min sum_i x_i`` subject to ``x(S) >= v(S)``; the core is the set of divisions of v(N) that do.
        """
        n = len(self.players)
        inside = self.incidence[1:-1]
        if n == 1:
            return 0.0
        solved = linprog(np.ones(n), A_ub=-inside, b_ub=-self.worth[1:-1], bounds=[(None, None)] * n, method="highs")
        return float(self.worth[-1] - solved.fun)

    @property
    def core_exists(self) -> bool:
        """Whether some division of v(N) contents every coalition."""
        return self.slack >= -self._rounding

    def objection(self, division: Mapping[str, float]) -> tuple[str, ...]:
        """The coalition with most to gain from leaving this division; empty where the division is in the core."""
        given = np.array([division[p] for p in self.players])
        excess = self.worth - self.incidence @ given
        excess[0] = 0.0
        worst = int(np.argmax(excess))
        if excess[worst] <= self._rounding:
            return ()
        return tuple(p for i, p in enumerate(self.players) if worst >> i & 1)

    def divide(self, weights: Mapping[str, float]) -> dict[str, float]:
        """Give each player its worth alone, and a share by weight of the surplus of N over the sum of these."""
        alone = {p: float(self.worth[1 << i]) for i, p in enumerate(self.players)}
        surplus = float(self.worth[-1]) - sum(alone.values())
        total = sum(weights[p] for p in self.players)
        return {p: alone[p] + surplus * weights[p] / total for p in self.players}

    @property
    def _rounding(self) -> float:
        return TOLERANCE * (1.0 + float(np.abs(self.worth).max()))


def subsets(players: Sequence[str], most: int) -> list[tuple[str, ...]]:
    """Every set of one to `most` players, the smaller first."""
    return [c for size in range(1, min(most, len(players)) + 1) for c in combinations(players, size)]
