"""Which numbers each replicate draws: a scenario's uncertain parameters at the points of a Sobol' sequence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

from coercion_sim.rng import sobol_points

if TYPE_CHECKING:
    from coercion_sim.scenario import Scenario

#: What one parameter may be.
Value = float | int | str | bool

#: Replicates computed at a time: a Sobol' engine costs more to set up than a few hundred points.
_CHUNK = 512


class Uncertainty(Protocol):
    """A number known only up to a distribution (`scenario.Uncertain`)."""

    @property
    def path(self) -> str:
        """Dotted key."""

    @property
    def default(self) -> float:
        """Value where nothing is drawn."""

    def at(self, u: float) -> float:
        """Quantile at u in [0, 1)."""


@dataclass(frozen=True)
class Draws:
    """Uncertain parameters of every replicate, computed when asked for.

    Attributes
    ----------
    uncertain
        The parameters, in the scenario's order. Parameter d takes coordinate d of the points.
    seed
        Root seed of the scrambled Sobol' sequence.
    shared
        Where above 0, parameters of the economy take the first `shared` points in turn.
    at_defaults
        Nothing is drawn.
    """

    uncertain: tuple[Uncertainty, ...]
    seed: int
    shared: int = 0
    at_defaults: bool = False

    def of_replicate(self, replicate: int) -> dict[str, Value]:
        """Value of every uncertain parameter in one replicate; the same whatever the number of replicates."""
        if self.at_defaults:
            return {u.path: u.default for u in self.uncertain}
        own = _points(self.seed, len(self.uncertain), replicate // _CHUNK)[replicate % _CHUNK]
        common = replicate % self.shared if self.shared else replicate
        economy = _points(self.seed, len(self.uncertain), common // _CHUNK)[common % _CHUNK] if self.shared else own
        return {
            u.path: u.at((economy if u.path.startswith("economy.") else own)[d]) for d, u in enumerate(self.uncertain)
        }


def draws_of(scenario: Scenario, seed: int, *, at_defaults: bool = False) -> Draws:
    """Draws of a scenario's uncertain parameters.

    Where states choose, payoff tables are solved for every draw of the economy. A few draws, used in turn
    (``dispute.economy_points``), keep that affordable; everything else (stakes, types, luck) is still drawn anew.
    """
    shared = scenario.dispute.economy_points if scenario.conduct == "strategic" else 0
    return Draws(tuple(scenario.uncertain), seed, shared, at_defaults)


@lru_cache(maxsize=16)
def _points(seed: int, dimensions: int, chunk: int) -> Sequence[Sequence[float]]:
    """Points of one chunk of replicates."""
    points = sobol_points(seed, dimensions, _CHUNK, chunk * _CHUNK)
    return tuple(tuple(row) for row in points.tolist())
