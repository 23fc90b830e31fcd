"""`statement`: allies condemn the coercer together."""

from __future__ import annotations

from coercion_sim.economy import Measure
from coercion_sim.files import number_field
from coercion_sim.policies.instruments.base import Instrument, Task


class Statement(Instrument):
    """Joint condemnation: no economic effect; it costs the coercer a_name of model.md §4, a judgement."""

    name = "statement"
    purpose = "statement"
    side = "words"
    statement_cost: float = number_field(
        0.01, "pct_gdp", "statement: what joint condemnation costs a coercer that imposes, once (0-.05)", le=10
    )

    @property
    def condemnation(self) -> float:
        """What it costs the coercer."""
        return self.statement_cost

    def measures(self, task: Task) -> tuple[Measure, ...]:
        """Condemn the coercer."""
        return (Measure("statement", task.ally, task.coercer, (), 0.0, purpose=self.purpose),)
