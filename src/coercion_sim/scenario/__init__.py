"""The scenario file: schema, loading with good errors, the shipped library, the data dictionary."""

from coercion_sim.scenario.calendar import Quarter
from coercion_sim.scenario.copying import copy_scenario
from coercion_sim.scenario.dictionary import TOPICS, Row, dictionary
from coercion_sim.scenario.dispute_models import Challenger
from coercion_sim.scenario.dispute_models import Dispute as DisputeSettings
from coercion_sim.scenario.dispute_models import Opened as OpenedDispute
from coercion_sim.scenario.json_schema import scenario_schema
from coercion_sim.scenario.library import list_scenarios, scenario_folder
from coercion_sim.scenario.loading import check_scenario, load_scenario, restore_scenario
from coercion_sim.scenario.models import Actors, Economy, MeasureSpec, Record, Report
from coercion_sim.scenario.outcomes import KEYS, OUTCOMES, POINT, TABLES, Column, constant_because
from coercion_sim.scenario.pressure_models import Cooperation, Pressure
from coercion_sim.scenario.scenario import Scenario
from coercion_sim.scenario.uncertain import Uncertain

__all__ = [
    "KEYS",
    "OUTCOMES",
    "POINT",
    "TABLES",
    "TOPICS",
    "Actors",
    "Challenger",
    "Column",
    "Cooperation",
    "DisputeSettings",
    "Economy",
    "MeasureSpec",
    "OpenedDispute",
    "Pressure",
    "Quarter",
    "Record",
    "Report",
    "Row",
    "Scenario",
    "Uncertain",
    "check_scenario",
    "constant_because",
    "copy_scenario",
    "dictionary",
    "list_scenarios",
    "load_scenario",
    "restore_scenario",
    "scenario_folder",
    "scenario_schema",
]
