"""What policies may see of a quarter: the two markets as they stood at the end of the quarter before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from coercion_sim.dispute import WorldOutlook
from coercion_sim.economy import Equilibrium, Measure
from coercion_sim.rng import Streams


@dataclass(frozen=True, eq=False)
class QuarterSituation(WorldOutlook):
    """Implements `policies.Situation`.

    Attributes
    ----------
    quarter, last_quarter
        The quarter being decided, and the last of the run.
    coercive
        Coercive measures in force both last quarter and in this one.
    actual, without
        Last quarter's equilibrium in this run, and in the same run without coercive measures and answers to them.
    received
        Help a state received last quarter, in money and as subsidies on its goods, US$ million a year.
    streams
        The luck of the run.
    """

    quarter: int = field(kw_only=True)
    last_quarter: int = field(kw_only=True)
    coercive: tuple[Measure, ...] = field(kw_only=True)
    actual: Equilibrium = field(kw_only=True)
    without: Equilibrium = field(kw_only=True)
    received: Callable[[str], float] = field(kw_only=True)
    streams: Streams = field(kw_only=True)

    def pressure(self) -> Sequence[Measure]:
        """Coercive measures that can be answered now."""
        return self.coercive

    def income_loss(self, state: str) -> float:
        """``(W_without - W) I_0`` of the quarter before, help received added back, US$ million a year, >= 0."""
        n = self.world.state_index(state)
        gap = self.without.real_income_hat[n] - self.actual.real_income_hat[n]
        return max(0.0, float(gap * self.world.baseline.income[n]) + self.received(state))

    def sales(self, exporter: str, importer: str, sectors: Sequence[str]) -> float:
        """Sales in the quarter before, US$ million a year, net of tariffs."""
        cells = (self.world.sector_indices(sectors), self.world.state_index(exporter), self.world.state_index(importer))
        return float(self.actual.flows[cells].sum())

    def draw(self, purpose: str, who: str = "") -> float:
        """Uniform on [0, 1), keyed by (root seed, replicate, ``policy PURPOSE``, who, quarter)."""
        return self.streams.uniform(f"policy {purpose}", who, self.quarter)
