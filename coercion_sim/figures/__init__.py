"""Results as pictures: functions that take results and return matplotlib figures and axes, and ones that write files.

Matplotlib's global settings stay as they are; draw inside ``with house():`` for the style of the written figures.
"""

from coercion_sim.figures.answer import answer_chart, cost_chart, draw_answer, draw_cost, draw_what_if
from coercion_sim.figures.beliefs import beliefs
from coercion_sim.figures.by_state import burdens, draw_states, losses_by_state, states_drawn
from coercion_sim.figures.deterrence_map import deterrence_map
from coercion_sim.figures.distributions import distributions, draw_cloud, draw_steps
from coercion_sim.figures.game_tree import game_tree
from coercion_sim.figures.kinds import KINDS, OF_ANALYSIS, Kind, Request, figures_of
from coercion_sim.figures.network import trade_network
from coercion_sim.figures.parameters import boxes, sensitivity
from coercion_sim.figures.paths import draw_measures, draw_path, paths, time_path
from coercion_sim.figures.policies import contrasts, regret
from coercion_sim.figures.style.captions import difference_label, parameter_label, sector_name, state_name
from coercion_sim.figures.style.data import NothingToShow, Observed, one_presser, record, script_end
from coercion_sim.figures.style.frame import settle
from coercion_sim.figures.style.house import (
    COLUMN_WIDTH,
    FORMATS,
    FULL_WIDTH,
    NEUTRAL,
    Mark,
    Style,
    house,
    marks,
    picture,
    read_style,
)
from coercion_sim.figures.style.shapes import draw_bands, draw_fans
from coercion_sim.figures.trade import diverted_trade, draw_diverted, integration
from coercion_sim.figures.write import OF_A_COMPARISON, Written, plot, write_analysis_figures, write_figures

__all__ = [
    "COLUMN_WIDTH", "FORMATS", "FULL_WIDTH", "KINDS", "NEUTRAL", "OF_ANALYSIS", "OF_A_COMPARISON", "Kind",
    "Mark", "NothingToShow", "Observed", "Request", "Style", "Written", "answer_chart", "beliefs", "boxes", "burdens",
    "contrasts", "cost_chart", "deterrence_map", "difference_label", "distributions", "diverted_trade", "draw_answer",
    "draw_bands", "draw_cloud", "draw_cost", "draw_diverted", "draw_fans", "draw_measures", "draw_path", "draw_states",
    "draw_steps", "draw_what_if", "figures_of", "game_tree", "house", "integration", "losses_by_state", "marks",
    "one_presser", "parameter_label", "paths", "picture", "plot", "read_style", "record", "regret", "script_end",
    "sector_name", "sensitivity", "settle", "state_name", "states_drawn", "time_path", "trade_network",
    "write_analysis_figures", "write_figures",
]  # fmt: skip
