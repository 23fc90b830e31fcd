"""`facilitation`: an ally lets the goods hit in more cheaply, by a cut of its own barrier."""

from __future__ import annotations

from coercion_sim.economy import Measure
from coercion_sim.files import number_field
from coercion_sim.policies.instruments.base import Instrument, QuarterOfHelp, Task, goods_by_rate, purchases


class Facilitation(Instrument):
    """A cut of the iceberg cost of the goods hit; nobody pays it. Its size is bounded like that of a subsidy."""

    name = "facilitation"
    purpose = "absorb"
    buys = True
    size_field = "facilitation_cut"
    facilitation_cut: float = number_field(
        0.10, "fraction of iceberg cost", "facilitation: cut of the ally's iceberg cost on the goods hit", le=0.9
    )

    def measures(self, task: Task) -> tuple[Measure, ...]:
        """Cut the cost of importing the goods from the target."""
        return tuple(
            Measure("facilitation", task.ally, task.target, goods, 1.0 - cut, purpose=self.purpose)
            for cut, goods in goods_by_rate(self.facilitation_cut, task).items()
        )

    def divide(self, quarter: QuarterOfHelp) -> tuple[Task, ...]:
        """Divide the cuts as if they cost their worth."""
        return purchases(self.facilitation_cut, quarter)
