"""The model: Mesa agents that decide, their disputes, the economy between them, one quarter a step."""

from coercion_sim.model.coercion_model import CoercionModel
from coercion_sim.model.collect import RunRecord, dispute_rows
from coercion_sim.model.diplomacy import Case, Diplomacy
from coercion_sim.model.outcomes import embargo, gini
from coercion_sim.model.payoff_economy import SOLVED_DRAWS
from coercion_sim.model.quarter import QuarterRecord, QuarterSituation, help_given
from coercion_sim.model.run import build_model, run_once, try_policies
from coercion_sim.model.state import State, release

__all__ = [
    "SOLVED_DRAWS", "Case", "CoercionModel", "Diplomacy", "QuarterRecord", "QuarterSituation", "RunRecord", "State",
    "build_model", "dispute_rows", "embargo", "gini", "help_given", "release", "run_once", "try_policies",
]  # fmt: skip
