"""Questions put to results: policies compared, trade diverted, burdens shared, what-if shocks."""

from coercion_sim.analysis.base_rates import INTERVALS, BaseRates, Rate, base_rates
from coercion_sim.analysis.comparison import Comparison, compare, compare_policies, rows_to_csv, write_comparison
from coercion_sim.analysis.cube import Cube, cube, year_of
from coercion_sim.analysis.expected import EXPECTED, ExpectedDisputes, expected_disputes, expected_of
from coercion_sim.analysis.first_dispute import FirstDispute, first_dispute, reduced
from coercion_sim.analysis.policy_effects import (
    RECORD_WINDOW,
    burden_rows,
    coercer_cost,
    diverted,
    diverted_share,
    measure_starts,
    payers,
    state_rows,
)
from coercion_sim.analysis.rows import Row, rows_of
from coercion_sim.analysis.run_outcomes import deterred_rows, outcome_rows, outcome_values, present_value_rows
from coercion_sim.analysis.spread import INTERVAL_OF_MEAN, RANGE_OVER_WORLDS, Spread, gini
from coercion_sim.analysis.story import story
from coercion_sim.analysis.story_records import Choice, DisputeStory, Story
from coercion_sim.analysis.what_if import LONG_RUN, FlowEffect, StateEffect, WhatIf, what_if

__all__ = [
    "EXPECTED",
    "INTERVALS",
    "INTERVAL_OF_MEAN",
    "LONG_RUN",
    "RANGE_OVER_WORLDS",
    "RECORD_WINDOW",
    "BaseRates",
    "Choice",
    "Comparison",
    "Cube",
    "DisputeStory",
    "ExpectedDisputes",
    "FirstDispute",
    "FlowEffect",
    "Rate",
    "Row",
    "Spread",
    "StateEffect",
    "Story",
    "WhatIf",
    "base_rates",
    "burden_rows",
    "coercer_cost",
    "compare",
    "compare_policies",
    "cube",
    "deterred_rows",
    "diverted",
    "diverted_share",
    "expected_disputes",
    "expected_of",
    "first_dispute",
    "gini",
    "measure_starts",
    "outcome_rows",
    "outcome_values",
    "payers",
    "present_value_rows",
    "reduced",
    "rows_of",
    "rows_to_csv",
    "state_rows",
    "story",
    "what_if",
    "write_comparison",
    "year_of",
]
