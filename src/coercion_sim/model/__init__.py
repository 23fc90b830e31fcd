"""The model: Mesa agents that press and answer, the economy between them, one quarter a step."""

from coercion_sim.model.coercion_model import CoercionModel, QuarterRecord, help_given
from coercion_sim.model.collect import RunRecord
from coercion_sim.model.run import build_model, run_once
from coercion_sim.model.situation import QuarterSituation, integration_index
from coercion_sim.model.state import State

__all__ = [
    "CoercionModel",
    "QuarterRecord",
    "QuarterSituation",
    "RunRecord",
    "State",
    "build_model",
    "help_given",
    "integration_index",
    "run_once",
]
