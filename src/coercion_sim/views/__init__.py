"""Results as pictures: functions that take and return matplotlib figures and axes, and one that writes them.

Matplotlib's global settings stay as they are; draw inside ``with house():`` for the style of the written figures.
"""

from coercion_sim.views.analysis_figures import write_analysis_figures
from coercion_sim.views.course import draw_measures, draw_path, time_path
from coercion_sim.views.data import NothingToShow
from coercion_sim.views.diversion import diverted_trade, draw_diverted
from coercion_sim.views.launch import open_dashboard
from coercion_sim.views.losses import draw_states, losses_by_state
from coercion_sim.views.miss_boxes import miss_boxes
from coercion_sim.views.policy_contrasts import policy_contrasts
from coercion_sim.views.regrets import regrets
from coercion_sim.views.sensitivity import sensitivity_bars
from coercion_sim.views.style import COLUMN_WIDTH, FULL_WIDTH, house
from coercion_sim.views.what_if import draw_what_if
from coercion_sim.views.who_pays import burdens, draw_burden
from coercion_sim.views.write import FIGURES, write_figures

__all__ = [
    "COLUMN_WIDTH",
    "FIGURES",
    "FULL_WIDTH",
    "NothingToShow",
    "burdens",
    "diverted_trade",
    "draw_burden",
    "draw_diverted",
    "draw_measures",
    "draw_path",
    "draw_states",
    "draw_what_if",
    "house",
    "losses_by_state",
    "miss_boxes",
    "open_dashboard",
    "policy_contrasts",
    "regrets",
    "sensitivity_bars",
    "time_path",
    "write_analysis_figures",
    "write_figures",
]
