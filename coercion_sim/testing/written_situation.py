"""A situation written down instead of computed: what a policy sees, said by a test."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from coercion_sim.economy import Measure
from coercion_sim.rng import Streams
from coercion_sim.testing.small_world import small_world
from coercion_sim.world import World


@dataclass(frozen=True)
class WrittenSituation:
    """Implements `coercion_sim.policies.Situation` from what it is given; no economy is solved.

    Attributes
    ----------
    given
        Coercive measures that can be answered.
    losses
        State -> loss of income, US$ million a year; asking for another state is a KeyError.
    sold
        (exporter, importer) -> sales per sector named, US$ million a year; 0 where not written.
    index
        Cut -> integration index of each member.
    effects
        Measures -> long-run effect by state, (N,), percent of own GDP; None: no measure changes anything.
    turned
        (coercer, state) -> loss if the coercer turned on it, percent of own GDP; 0 where not written.
    traded
        (measures, a, b, sectors) -> share of the trade of a and b left; None: no measure changes any.
    drawn
        (purpose, who) -> number drawn; where not written, the luck of replicate 0 under seed 0.
    """

    given: Sequence[Measure] = ()
    losses: Mapping[str, float] = field(default_factory=lambda: {"AUS": 100.0})
    sold: Mapping[tuple[str, str], float] = field(default_factory=dict)
    index: Callable[[float], Mapping[str, float]] = lambda cut: {}
    effects: Callable[[Sequence[Measure]], npt.NDArray[np.float64]] | None = None
    turned: Mapping[tuple[str, str], float] = field(default_factory=dict)
    traded: Callable[[Sequence[Measure], str, str, Sequence[str]], float] | None = None
    drawn: Mapping[tuple[str, str], float] = field(default_factory=dict)
    quarter: int = 5
    last_quarter: int = 19
    world: World = field(default_factory=small_world)

    def pressure(self) -> Sequence[Measure]:
        """What is `given`."""
        return tuple(self.given)

    def income_loss(self, state: str) -> float:
        """One of `losses`."""
        return self.losses[state]

    def sales(self, exporter: str, importer: str, sectors: Sequence[str]) -> float:
        """What is `sold`, as often as there are sectors."""
        return self.sold.get((exporter, importer), 0.0) * len(sectors)

    def effect(self, measures: Sequence[Measure]) -> npt.NDArray[np.float64]:
        """What `effects` says."""
        return np.zeros(len(self.world.states)) if self.effects is None else self.effects(measures)

    @property
    def at_start(self) -> WrittenSituation:
        """Itself: nothing stands in what is written."""
        return self

    def trade_after(self, measures: Sequence[Measure], a: str, b: str, sectors: Sequence[str]) -> float:
        """What `traded` says."""
        return 1.0 if self.traded is None else self.traded(measures, a, b, sectors)

    def loss_if_turned(self, coercer: str, state: str) -> float:
        """One of `turned`."""
        return self.turned.get((coercer, state), 0.0)

    def long_run_integration(
        self, members: Sequence[str], competitor: str, cut: float, sectors: Sequence[str]
    ) -> dict[str, float]:
        """What `index` says of the members."""
        return {s: value for s, value in self.index(cut).items() if s in members}

    def draw(self, purpose: str, who: str = "") -> float:
        """One of `drawn`, else a number that depends on the event alone."""
        if (purpose, who) in self.drawn:
            return self.drawn[purpose, who]
        return Streams(0, 0).uniform(f"policy {purpose}", who, self.quarter)
