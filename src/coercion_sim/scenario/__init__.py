"""The scenario file: schema, loading with good errors, the shipped library, the data dictionary."""

from coercion_sim.scenario.calendar import Quarter
from coercion_sim.scenario.library import list_scenarios, scenario_folder
from coercion_sim.scenario.loading import check_scenario, load_scenario
from coercion_sim.scenario.models import Actors, Economy, MeasureSpec, Record, Report
from coercion_sim.scenario.outcomes import TABLES, Column
from coercion_sim.scenario.scenario import Scenario
from coercion_sim.scenario.uncertain import Uncertain

__all__ = [
    "TABLES",
    "Actors",
    "Column",
    "Economy",
    "MeasureSpec",
    "Quarter",
    "Record",
    "Report",
    "Scenario",
    "Uncertain",
    "check_scenario",
    "list_scenarios",
    "load_scenario",
    "scenario_folder",
]
