"""`absorb`: an ally buys the goods hit, by a subsidy it pays."""

from __future__ import annotations

from pydantic import Field

from coercion_sim.economy import Measure
from coercion_sim.policies.instruments.base import Instrument, QuarterOfHelp, Task, purchases, rate_within


class Absorb(Instrument):
    """An import subsidy on the goods hit; each ally spends at most its share of the loss of the target."""

    name = "absorb"
    purpose = "absorb"
    buys = True
    size_field = "absorb_rate"
    absorb_rate: float = Field(
        0.10,
        ge=0,
        le=0.9,
        description="absorb: import subsidy on the goods hit",
        json_schema_extra={"unit": "ad-valorem fraction"},
    )

    def measures(self, task: Task) -> tuple[Measure, ...]:
        """Subsidise imports of the goods from the target."""
        rate = rate_within(self.absorb_rate, task)
        if rate <= 0 or not task.goods:
            return ()
        return (Measure("import_subsidy", task.ally, task.target, task.goods, rate, purpose=self.purpose),)

    def outlay(self, task: Task) -> float:
        """Rate times sales."""
        return rate_within(self.absorb_rate, task) * task.sales

    def divide(self, quarter: QuarterOfHelp) -> tuple[Task, ...]:
        """Divide the purchases within the loss of the target."""
        return purchases(self.absorb_rate, quarter)
