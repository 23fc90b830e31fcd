"""`statement`: allies condemn the coercer together."""

from __future__ import annotations

from coercion_sim.economy import Measure
from coercion_sim.policies.instruments.base import Instrument, Task


class Statement(Instrument):
    """Joint condemnation: no economic effect; it costs the coercer `condemnation` (a_name of model.md §4)."""

    name = "statement"
    purpose = "statement"
    side = "words"
    condemnation = 0.01

    def measures(self, task: Task) -> tuple[Measure, ...]:
        """Condemn the coercer."""
        return (Measure("statement", task.ally, task.coercer, (), 0.0, purpose=self.purpose),)
