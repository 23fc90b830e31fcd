"""`compensate`: allies pay the target a share of its loss of income."""

from __future__ import annotations

import numpy as np

from coercion_sim.arrays import Array
from coercion_sim.economy import Measure
from coercion_sim.files import number_field
from coercion_sim.policies.instruments.base import Instrument, QuarterOfHelp, Stake, Task


class Compensate(Instrument):
    """Money to the target, ``share_i fraction loss``, within the part of the loss that purchases have not made good."""

    name = "compensate"
    purpose = "compensate"
    rank = 2
    size_field = "fraction"
    fraction: float = number_field(0.5, "share", "compensate: share of the target's loss of income made good", le=1)

    def measures(self, task: Task) -> tuple[Measure, ...]:
        """Transfer the money due."""
        if task.money <= 0:
            return ()
        return (Measure("transfer", task.ally, task.target, (), task.money, purpose=self.purpose),)

    def due(self, share: float, loss: float) -> float:
        """Payment of a share of the relief promised, in the unit of the loss."""
        return share * self.fraction * loss

    def divide(self, quarter: QuarterOfHelp) -> tuple[Task, ...]:
        """Divide the payments."""
        amount = min(self.due(quarter.paid, quarter.loss), max(quarter.room, 0.0))
        return tuple(Task(ally, quarter.target, money=share * amount) for ally, share in quarter.pays.items())

    def offered(self, effect: Array) -> bool:
        """Whether any relief is to be paid: no market is solved for it."""
        return not self.idle

    def relief(self, stake: Stake) -> Array:
        """``share_i fraction loss``."""
        given: Array = stake.share * self.fraction * stake.loss
        return given

    def cost(self, stake: Stake) -> Array:
        """The same money in percent of the GDP of the ally."""
        paid: Array = self.relief(stake) * stake.gdp[stake.target] / stake.gdp[stake.ally]
        return np.asarray(paid)
