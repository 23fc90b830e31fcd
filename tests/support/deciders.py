"""States outside a run, for tests of how they decide."""

from __future__ import annotations

from coercion_sim.dispute import DisputeSettings
from coercion_sim.economy import Measure
from coercion_sim.model import State
from coercion_sim.model.state import Model


def states(
    *codes: str, settings: DisputeSettings | None = None, default: str = "logit", script: tuple[Measure, ...] = ()
) -> dict[str, State]:
    """Return states of a model that does nothing but keep their decisions."""
    chosen = settings or DisputeSettings()
    model = Model()
    model.decisions = []
    return {
        code: State(model, code, i, [m for m in script if m.by == code], chosen, chosen.decides.get(code, default))
        for i, code in enumerate(codes)
    }
