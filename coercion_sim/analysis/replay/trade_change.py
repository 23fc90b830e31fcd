"""Who sells goods to whom before the first quarter and in a quarter of one run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from coercion_sim.analysis.replay.replay import replayed
from coercion_sim.errors import InvalidInput, Problem, nearest
from coercion_sim.experiments import Results

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class TradeChange:
    """Goods trade between states, net of tariffs, at current prices.

    Attributes
    ----------
    before, after : (N, N)
        Sales of the row's state to the column's, US$ million a year, services and sales at home left out.
    quarter
        Label of the quarter of `after`.
    measures
        Coercive measures in force in it: (by, on).
    same_code
        Whether the results were made by this very code.
    """

    states: tuple[str, ...]
    before: Array
    after: Array
    quarter: str
    measures: tuple[tuple[str, str], ...]
    same_code: bool

    @property
    def change(self) -> Array:
        """``after - before``, (N, N)."""
        gap: Array = self.after - self.before
        return gap


def trade_change(
    results: Results, policy: str, replicate: int = 0, point: int = 0, quarter: str | None = None
) -> TradeChange:
    """Play one run of results again and read its flows of goods; tables do not hold them.

    Parameters
    ----------
    quarter
        Label; if None, the quarter in which trade differs most from before, among those with coercive measures in
        force if any has.

    Raises
    ------
    InvalidInput
        For a quarter, policy, replicate or point the results do not have.
    ResultsError
        As `replayed`.
    """
    if quarter is not None and quarter not in results.quarters:
        allowed = f"{results.quarters[0]} to {results.quarters[-1]}"
        near = nearest(quarter, results.quarters)
        raise InvalidInput(Problem("no such quarter", found=repr(quarter), allowed=allowed, suggestion=near))
    last = len(results.quarters) - 1 if quarter is None else results.quarters.index(quarter)
    with replayed(results, policy, replicate, point) as run:
        model, world = run.model, run.model.world
        while model.quarter <= last and model.quarter < model.quarters:
            model.step()
        goods = [j for j, s in enumerate(world.sectors) if "services" not in world.tags.get(s, ())]
        foreign = 1.0 - np.eye(len(world.states))
        before = world.flows[goods].sum(axis=0) * foreign
        after = [record.actual.flows[goods].sum(axis=0) * foreign for record in model.history]
        at = last
        if quarter is None:
            pressed = [q for q, record in enumerate(model.history) if record.pressed]
            at = max(pressed or range(last + 1), key=lambda q: float(np.abs(after[q] - before).sum()))
        return TradeChange(
            states=tuple(world.states),
            before=before,
            after=after[at],
            quarter=results.quarters[at],
            measures=tuple(sorted({(m.by, m.on) for m in model.history[at].pressed})),
            same_code=run.same_code,
        )
