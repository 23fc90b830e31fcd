"""Questions put to results: policies compared, trade diverted, burdens shared, what-if shocks."""

from coercion_sim.analysis.analyse import analyse, chosen_outcomes
from coercion_sim.analysis.analysis_tables import Analysis, QuantileRow, write_analysis
from coercion_sim.analysis.answer.base_rates import INTERVALS, BaseRates, Rate, base_rates, wilson
from coercion_sim.analysis.answer.expected_disputes import EXPECTED, ExpectedDisputes, expected_disputes, expected_of
from coercion_sim.analysis.compare.along_axes import AxisRow
from coercion_sim.analysis.compare.comparison import (
    Comparison,
    compare,
    compare_policies,
    rows_to_csv,
    write_comparison,
)
from coercion_sim.analysis.compare.contrasts import ALL_POINTS, MeanRow, ecdf, mean_rows
from coercion_sim.analysis.compare.cube import Cube, cube, draw_numbers, year_of
from coercion_sim.analysis.compare.policy_effects import (
    RECORD_WINDOW,
    burden_rows,
    coercer_cost,
    diverted,
    diverted_share,
    measure_starts,
    payers,
    state_rows,
)
from coercion_sim.analysis.compare.regret import RegretRow
from coercion_sim.analysis.compare.rows import Row, rows_of
from coercion_sim.analysis.compare.run_outcomes import deterred_rows, outcome_rows, outcome_values, present_value_rows
from coercion_sim.analysis.compare.spread import INTERVAL_OF_MEAN, RANGE_OVER_DRAWS, Spread
from coercion_sim.analysis.deterrence.coalition import least_cost_coalition
from coercion_sim.analysis.deterrence.coalition_answer import Coalition, CoalitionAnswer, MemberAccount
from coercion_sim.analysis.deterrence.cooperative import CharacteristicFunction
from coercion_sim.analysis.deterrence.frontier import AllyCost, Frontier, FrontierPoint
from coercion_sim.analysis.deterrence.frontier_search import deterrence_frontier
from coercion_sim.analysis.deterrence.least_pledge import BINDS, LeastPledge
from coercion_sim.analysis.deterrence.pledges import KINDS, WHO, Kind, Terms, Who
from coercion_sim.analysis.discovery.boxes import BoxLimit, MissBox, Step
from coercion_sim.analysis.discovery.conditions import Fails
from coercion_sim.analysis.replay.belief_paths import BeliefPath, belief_paths
from coercion_sim.analysis.replay.course_tree import CourseTree, NoGame, course_tree
from coercion_sim.analysis.replay.first_dispute import FirstDispute, first_dispute, reduced
from coercion_sim.analysis.replay.narrative_records import Choice, DisputeStory, Story
from coercion_sim.analysis.replay.replay import NotReplayable, Replay, replayed
from coercion_sim.analysis.replay.run_narrative import story
from coercion_sim.analysis.replay.trade_change import TradeChange, trade_change
from coercion_sim.analysis.sensitivity.design_layout import Block, Layout
from coercion_sim.analysis.sensitivity.estimators import MissingPackage
from coercion_sim.analysis.sensitivity.indices import AVERAGED, IndexRow
from coercion_sim.analysis.sensitivity.outcome_frame import OutcomeFrame, check_outcomes, outcome_frame
from coercion_sim.analysis.sensitivity.variance_parts import PARTS, VarianceRow
from coercion_sim.analysis.what_if import LONG_RUN, FlowEffect, StateEffect, WhatIf, what_if
from coercion_sim.model import gini

__all__ = [
    "ALL_POINTS",
    "AVERAGED",
    "BINDS",
    "EXPECTED",
    "INTERVALS",
    "INTERVAL_OF_MEAN",
    "KINDS",
    "LONG_RUN",
    "PARTS",
    "RANGE_OVER_DRAWS",
    "RECORD_WINDOW",
    "WHO",
    "AllyCost",
    "Analysis",
    "AxisRow",
    "BaseRates",
    "BeliefPath",
    "Block",
    "BoxLimit",
    "CharacteristicFunction",
    "Choice",
    "Coalition",
    "CoalitionAnswer",
    "Comparison",
    "CourseTree",
    "Cube",
    "DisputeStory",
    "ExpectedDisputes",
    "Fails",
    "FirstDispute",
    "FlowEffect",
    "Frontier",
    "FrontierPoint",
    "IndexRow",
    "Kind",
    "Layout",
    "LeastPledge",
    "MeanRow",
    "MemberAccount",
    "MissBox",
    "MissingPackage",
    "NoGame",
    "NotReplayable",
    "OutcomeFrame",
    "QuantileRow",
    "Rate",
    "RegretRow",
    "Replay",
    "Row",
    "Spread",
    "StateEffect",
    "Step",
    "Story",
    "Terms",
    "TradeChange",
    "VarianceRow",
    "WhatIf",
    "Who",
    "analyse",
    "base_rates",
    "belief_paths",
    "burden_rows",
    "check_outcomes",
    "chosen_outcomes",
    "coercer_cost",
    "compare",
    "compare_policies",
    "course_tree",
    "cube",
    "deterred_rows",
    "deterrence_frontier",
    "diverted",
    "diverted_share",
    "draw_numbers",
    "ecdf",
    "expected_disputes",
    "expected_of",
    "first_dispute",
    "gini",
    "least_cost_coalition",
    "mean_rows",
    "measure_starts",
    "outcome_frame",
    "outcome_rows",
    "outcome_values",
    "payers",
    "present_value_rows",
    "reduced",
    "replayed",
    "rows_of",
    "rows_to_csv",
    "state_rows",
    "story",
    "trade_change",
    "what_if",
    "wilson",
    "write_analysis",
    "write_comparison",
    "year_of",
]
