"""The scenario file: schema, loading with good errors, the shipped library, the data dictionary."""

from coercion_sim.scenario.checking import check_scenario, restore_scenario, warnings_of
from coercion_sim.scenario.dictionary import TOPICS, Row, dictionary, scenario_schema
from coercion_sim.scenario.draft import Kind, parse_value, read_overrides
from coercion_sim.scenario.reading import list_scenarios, scenario_folder, scenario_reference
from coercion_sim.scenario.scenario import Scenario, check_values, load_scenario
from coercion_sim.scenario.tables import Actors, Economy, MeasureSpec, Quarter, Record, Report
from coercion_sim.scenario.uncertain import DISTRIBUTIONS, Distribution, Uncertain
from coercion_sim.scenario.writing import Draft, copy_scenario, scenario_text, short_name

__all__ = [
    "DISTRIBUTIONS", "TOPICS", "Actors", "Distribution", "Draft", "Economy", "Kind", "MeasureSpec", "Quarter", "Record",
    "Report", "Row", "Scenario", "Uncertain", "check_scenario", "check_values", "copy_scenario", "dictionary",
    "list_scenarios", "load_scenario", "parse_value", "read_overrides", "restore_scenario", "scenario_folder",
    "scenario_reference", "scenario_schema", "scenario_text", "short_name", "warnings_of",
]  # fmt: skip
