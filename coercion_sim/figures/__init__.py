"""Results as pictures: functions that take results and return matplotlib figures and axes, and ones that write files.

Matplotlib's global settings stay as they are; draw inside ``with house():`` for the style of the written figures.
"""

from coercion_sim.figures.compare.course import draw_measures, draw_path, time_path
from coercion_sim.figures.compare.cumulative import cumulative, draw_ecdf
from coercion_sim.figures.compare.distributions import differences, distributions, draw_raincloud
from coercion_sim.figures.compare.diversion import diverted_trade, draw_diverted
from coercion_sim.figures.compare.losses import draw_states, losses_by_state, states_shown
from coercion_sim.figures.compare.paths import draw_bands, paths
from coercion_sim.figures.compare.policy_contrasts import policy_contrasts
from coercion_sim.figures.compare.regrets import regrets
from coercion_sim.figures.compare.what_if import draw_what_if
from coercion_sim.figures.compare.who_pays import burdens, draw_burden
from coercion_sim.figures.dispute.beliefs import beliefs, draw_beliefs
from coercion_sim.figures.dispute.game_tree import draw_tree, game_tree
from coercion_sim.figures.kinds import KINDS, unknown_outcomes
from coercion_sim.figures.network.integration import draw_fans, integration
from coercion_sim.figures.network.trade_network import draw_pairs, trade_network
from coercion_sim.figures.style.data import NothingToShow, one_presser, record, script_end
from coercion_sim.figures.style.layout import settle
from coercion_sim.figures.style.outcome_words import outcome_label, outcome_words, unit_label, unit_of_column
from coercion_sim.figures.style.requests import Kind, Request, unknown
from coercion_sim.figures.style.style import COLUMN_WIDTH, FULL_WIDTH, NEUTRAL, Mark, house, marks, marks_of
from coercion_sim.figures.style.text import MINUS, capital, listing, number, policy_label, sector_name, state_name
from coercion_sim.figures.style.write import FORMATS, OF_A_COMPARISON, Written, write_figures
from coercion_sim.figures.sweep.analysis_figures import figures_of_analysis, write_analysis_figures
from coercion_sim.figures.sweep.deterrence_map import deterrence_map, draw_map
from coercion_sim.figures.sweep.miss_boxes import miss_boxes
from coercion_sim.figures.sweep.sensitivity import sensitivity_bars
from coercion_sim.figures.sweep.sweep_text import difference_label, parameter_label

__all__ = [
    "COLUMN_WIDTH",
    "FORMATS",
    "FULL_WIDTH",
    "KINDS",
    "MINUS",
    "NEUTRAL",
    "OF_A_COMPARISON",
    "Kind",
    "Mark",
    "NothingToShow",
    "Request",
    "Written",
    "beliefs",
    "burdens",
    "capital",
    "cumulative",
    "deterrence_map",
    "difference_label",
    "differences",
    "distributions",
    "diverted_trade",
    "draw_bands",
    "draw_beliefs",
    "draw_burden",
    "draw_diverted",
    "draw_ecdf",
    "draw_fans",
    "draw_map",
    "draw_measures",
    "draw_pairs",
    "draw_path",
    "draw_raincloud",
    "draw_states",
    "draw_tree",
    "draw_what_if",
    "figures_of_analysis",
    "game_tree",
    "house",
    "integration",
    "listing",
    "losses_by_state",
    "marks",
    "marks_of",
    "miss_boxes",
    "number",
    "one_presser",
    "outcome_label",
    "outcome_words",
    "parameter_label",
    "paths",
    "policy_contrasts",
    "policy_label",
    "record",
    "regrets",
    "script_end",
    "sector_name",
    "sensitivity_bars",
    "settle",
    "state_name",
    "states_shown",
    "time_path",
    "trade_network",
    "unit_label",
    "unit_of_column",
    "unknown",
    "unknown_outcomes",
    "write_analysis_figures",
    "write_figures",
]
