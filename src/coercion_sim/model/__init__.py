"""The model: Mesa agents that press and answer, the economy between them, one quarter a step."""

from coercion_sim.model.coercion_model import CoercionModel, QuarterRecord, help_given
from coercion_sim.model.collect import RunRecord
from coercion_sim.model.diplomacy import Diplomacy, Held
from coercion_sim.model.dispute import Dispute
from coercion_sim.model.dispute_course import Branch, dispute_course
from coercion_sim.model.dispute_payoffs import exposure
from coercion_sim.model.dispute_rows import dispute_rows
from coercion_sim.model.mesa_shims import release
from coercion_sim.model.outcomes import gini
from coercion_sim.model.outlook import WorldOutlook, integration_index
from coercion_sim.model.payoff_table import PayoffTable
from coercion_sim.model.profiles import on_ally_axis
from coercion_sim.model.run import build_model, run_once
from coercion_sim.model.situation import QuarterSituation
from coercion_sim.model.state import State

__all__ = [
    "Branch",
    "CoercionModel",
    "Diplomacy",
    "Dispute",
    "Held",
    "PayoffTable",
    "QuarterRecord",
    "QuarterSituation",
    "RunRecord",
    "State",
    "WorldOutlook",
    "build_model",
    "dispute_course",
    "dispute_rows",
    "exposure",
    "gini",
    "help_given",
    "integration_index",
    "on_ally_axis",
    "release",
    "run_once",
]
