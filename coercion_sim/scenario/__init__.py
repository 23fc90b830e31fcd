"""The scenario file: schema, loading with good errors, the shipped library, the data dictionary."""

from coercion_sim.scenario.dictionary import TOPICS, Row, dictionary
from coercion_sim.scenario.reading.draft import parse_value
from coercion_sim.scenario.reading.reading import copy_scenario, list_scenarios, scenario_folder, scenario_reference
from coercion_sim.scenario.scenario import Scenario, check_scenario, check_values, load_scenario, restore_scenario
from coercion_sim.scenario.schema.json_schema import scenario_schema
from coercion_sim.scenario.schema.tables import Actors, Economy, MeasureSpec, Record, Report
from coercion_sim.scenario.schema.uncertain import DISTRIBUTIONS, Distribution, Uncertain
from coercion_sim.scenario.writing import Draft, scenario_text, short_name

__all__ = [
    "DISTRIBUTIONS", "TOPICS", "Actors", "Distribution", "Draft", "Economy", "MeasureSpec", "Record", "Report", "Row",
    "Scenario", "Uncertain", "check_scenario", "check_values", "copy_scenario", "dictionary", "list_scenarios",
    "load_scenario", "parse_value", "restore_scenario", "scenario_folder", "scenario_reference", "scenario_schema",
    "scenario_text", "short_name",
]  # fmt: skip
