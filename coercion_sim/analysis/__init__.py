"""Questions put to results: comparison, sensitivity, discovery, deterrence, replay, answers, what-if shocks."""

from coercion_sim.analysis.analyse import analyse, chosen_outcomes
from coercion_sim.analysis.analysis_tables import Analysis, write_analysis
from coercion_sim.analysis.answer.answer import Answer, answer
from coercion_sim.analysis.answer.base_rates import CASES, INTERVALS, PUBLISHED, BaseRates, Rate, base_rates
from coercion_sim.analysis.answer.cells import COLUMNS
from coercion_sim.analysis.answer.expected_disputes import EXPECTED, expected_disputes
from coercion_sim.analysis.answer.record_path import (
    PathLikelihood,
    RecordPath,
    likelihood_of,
    record_likelihood,
    record_path,
)
from coercion_sim.analysis.answer.robustness import Driver, PairOrder, Robustness
from coercion_sim.analysis.answer.sentences import HEADINGS, first_screen, how_sure, how_to_read, policy_rows, usd
from coercion_sim.analysis.ask.ask import FIRST_YEAR, PERIODS, Cost, cost_of_measures
from coercion_sim.analysis.ask.grammar import (
    EXAMPLE,
    Question,
    broader_note,
    numbered,
    read_question,
    unknown_word,
    withheld_note,
)
from coercion_sim.analysis.ask.sentences import measures_in_words, source_line, three_sentences
from coercion_sim.analysis.ask.words import Vocabulary
from coercion_sim.analysis.benchmarks import EXPERIMENTS, NOT_RUN, run_benchmarks
from coercion_sim.analysis.compare.comparison import Comparison, RegretRow, compare, compare_policies, write_comparison
from coercion_sim.analysis.compare.contrasts import ALL_POINTS, AxisRow, MeanRow, ecdf, mean_rows
from coercion_sim.analysis.compare.cube import (
    INTERVAL_OF_MEAN,
    RANGE_OVER_DRAWS,
    Cube,
    Row,
    Spread,
    cube,
    draw_numbers,
    rows_of,
)
from coercion_sim.analysis.compare.policy_effects import (
    RECORD_WINDOW,
    coercer_cost,
    diverted,
    diverted_share,
    material_sectors,
    measure_starts,
    outcome_values,
    payers,
)
from coercion_sim.analysis.deterrence.coalition import least_cost_coalition
from coercion_sim.analysis.deterrence.coalition_answer import Coalition, CoalitionAnswer
from coercion_sim.analysis.deterrence.frontier import deterrence_frontier
from coercion_sim.analysis.deterrence.frontier_answer import Frontier, FrontierPoint
from coercion_sim.analysis.deterrence.pledges import BINDS, KINDS, WHO, Kind, Terms, Who
from coercion_sim.analysis.discovery.boxes import BoxLimit, MissBox, Step
from coercion_sim.analysis.play.role import Role, role_sheets
from coercion_sim.analysis.play.sentences import disputes_ended, given_up, situation
from coercion_sim.analysis.play.session import Session, play
from coercion_sim.analysis.play.turn import Choosable, Debrief, Hidden, Turn, Weighed
from coercion_sim.analysis.records import to_csv
from coercion_sim.analysis.replay.dispute_course import (
    BeliefPath,
    CourseTree,
    FirstDispute,
    NoGame,
    belief_paths,
    course_tree,
    first_dispute,
    reduced,
)
from coercion_sim.analysis.replay.narrative_records import Choice, DisputeNarrative, RunNarrative
from coercion_sim.analysis.replay.replay import NotReplayable, TradeChange, trade_change
from coercion_sim.analysis.replay.run_narrative import run_narrative
from coercion_sim.analysis.sensitivity.design_layout import Block
from coercion_sim.analysis.sensitivity.indices import AVERAGED, IndexRow, MissingPackage
from coercion_sim.analysis.sensitivity.outcome_frame import OutcomeFrame, check_outcomes, outcome_frame, units_of
from coercion_sim.analysis.sensitivity.variance_parts import PARTS
from coercion_sim.analysis.verdicts import KNOWN, RULES, Check, Experiment, in_short, written
from coercion_sim.analysis.what_if import LONG_RUN, FlowEffect, StateEffect, WhatIf, what_if

__all__ = [
    "ALL_POINTS", "AVERAGED", "BINDS", "CASES", "COLUMNS", "EXAMPLE", "EXPECTED", "EXPERIMENTS", "FIRST_YEAR",
    "HEADINGS", "INTERVALS", "INTERVAL_OF_MEAN", "KINDS", "KNOWN", "LONG_RUN", "NOT_RUN", "PARTS", "PERIODS",
    "PUBLISHED", "RANGE_OVER_DRAWS", "RECORD_WINDOW", "RULES", "WHO", "Analysis", "Answer",
    "AxisRow", "BaseRates", "BeliefPath", "Block", "BoxLimit", "Check", "Choice", "Choosable", "Coalition",
    "CoalitionAnswer", "Comparison", "Cost", "CourseTree", "Cube", "Debrief", "DisputeNarrative", "Driver",
    "Experiment", "FirstDispute", "FlowEffect", "Frontier", "FrontierPoint", "Hidden", "IndexRow", "Kind", "MeanRow",
    "MissBox", "MissingPackage", "NoGame", "NotReplayable", "OutcomeFrame", "PairOrder", "PathLikelihood", "Question",
    "Rate", "RecordPath", "RegretRow", "Robustness", "Role", "Row", "RunNarrative", "Session", "Spread", "StateEffect",
    "Step", "Terms", "TradeChange", "Turn", "Vocabulary", "Weighed", "WhatIf", "Who", "analyse", "answer",
    "base_rates", "belief_paths", "broader_note", "check_outcomes", "chosen_outcomes", "coercer_cost",
    "compare", "compare_policies", "cost_of_measures", "course_tree", "cube",
    "deterrence_frontier", "disputes_ended", "diverted", "diverted_share", "draw_numbers", "ecdf", "expected_disputes",
    "first_dispute", "first_screen", "given_up", "how_sure", "how_to_read", "in_short", "least_cost_coalition",
    "likelihood_of", "material_sectors", "mean_rows", "measure_starts", "measures_in_words", "numbered",
    "outcome_frame", "outcome_values", "payers", "play", "policy_rows", "read_question", "record_likelihood",
    "record_path", "reduced", "role_sheets", "rows_of", "run_benchmarks", "run_narrative", "situation", "source_line",
    "three_sentences", "to_csv", "trade_change", "units_of", "unknown_word", "usd", "what_if",
    "withheld_note", "write_analysis", "write_comparison", "written",
]  # fmt: skip
