"""Results as pictures and as a page: functions that take and return matplotlib figures and axes, and ones that write.

Matplotlib's global settings stay as they are; draw inside ``with house():`` for the style of the written figures.
"""

from coercion_sim.views.analysis_figures import write_analysis_figures
from coercion_sim.views.beliefs import beliefs, draw_beliefs
from coercion_sim.views.course import draw_measures, draw_path, time_path
from coercion_sim.views.cumulative import cumulative, draw_ecdf
from coercion_sim.views.data import NothingToShow
from coercion_sim.views.deterrence_map import deterrence_map, draw_map
from coercion_sim.views.distributions import differences, distributions, draw_raincloud
from coercion_sim.views.diversion import diverted_trade, draw_diverted
from coercion_sim.views.game_tree import draw_tree, game_tree
from coercion_sim.views.integration import draw_fans, integration
from coercion_sim.views.kinds import KINDS
from coercion_sim.views.launch import open_dashboard
from coercion_sim.views.losses import draw_states, losses_by_state
from coercion_sim.views.miss_boxes import miss_boxes
from coercion_sim.views.network import draw_pairs, network
from coercion_sim.views.notebook import html_of, plot_of
from coercion_sim.views.paths import draw_bands, paths
from coercion_sim.views.policy_contrasts import policy_contrasts
from coercion_sim.views.regrets import regrets
from coercion_sim.views.report import Limit, limits, report_html, write_report
from coercion_sim.views.requests import Kind, Request
from coercion_sim.views.sensitivity import sensitivity_bars
from coercion_sim.views.style import COLUMN_WIDTH, FULL_WIDTH, Mark, house, marks, marks_of
from coercion_sim.views.what_if import draw_what_if
from coercion_sim.views.who_pays import burdens, draw_burden
from coercion_sim.views.write import FORMATS, OF_A_COMPARISON, Written, write_figures

__all__ = [
    "COLUMN_WIDTH",
    "FORMATS",
    "FULL_WIDTH",
    "KINDS",
    "OF_A_COMPARISON",
    "Kind",
    "Limit",
    "Mark",
    "NothingToShow",
    "Request",
    "Written",
    "beliefs",
    "burdens",
    "cumulative",
    "deterrence_map",
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
    "game_tree",
    "house",
    "html_of",
    "integration",
    "limits",
    "losses_by_state",
    "marks",
    "marks_of",
    "miss_boxes",
    "network",
    "open_dashboard",
    "paths",
    "plot_of",
    "policy_contrasts",
    "regrets",
    "report_html",
    "sensitivity_bars",
    "time_path",
    "write_analysis_figures",
    "write_figures",
    "write_report",
]
