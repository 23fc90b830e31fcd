"""`absorb`: an ally buys the goods hit, by a subsidy it pays."""

from __future__ import annotations

from coercion_sim.economy import Measure
from coercion_sim.files import number_field
from coercion_sim.policies.instruments.base import (
    Instrument,
    QuarterOfHelp,
    Task,
    goods_by_rate,
    outlay_within,
    purchases,
)


class Absorb(Instrument):
    """An import subsidy on the goods hit; each ally spends at most its share of the loss of the target."""

    name = "absorb"
    purpose = "absorb"
    buys = True
    size_field = "absorb_rate"
    absorb_rate: float = number_field(0.10, "ad-valorem fraction", "absorb: import subsidy on the goods hit", le=0.9)

    def measures(self, task: Task) -> tuple[Measure, ...]:
        """Subsidise imports of the goods from the target."""
        return tuple(
            Measure("import_subsidy", task.ally, task.target, goods, rate, purpose=self.purpose)
            for rate, goods in goods_by_rate(self.absorb_rate, task).items()
        )

    def outlay(self, task: Task) -> float:
        """Rates times sales."""
        return outlay_within(self.absorb_rate, task)

    def divide(self, quarter: QuarterOfHelp) -> tuple[Task, ...]:
        """Divide the purchases within the loss of the target, in money and in volume."""
        return purchases(self.absorb_rate, quarter)
