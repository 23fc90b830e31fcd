"""The game of one dispute: moves, types, beliefs, payoffs from the economy, exact solution, sampled play."""

from coercion_sim.dispute.ally_payoffs import AllyPayoffs, ally_payoffs, expected_flow
from coercion_sim.dispute.beliefs import Reliability, bayes, clip_belief, fade, update_resolve
from coercion_sim.dispute.build import build_game, exposure, standing_package
from coercion_sim.dispute.course import Branch, dispute_course
from coercion_sim.dispute.effects import YEAR, Array, effect_store
from coercion_sim.dispute.endings import DisputeEndings, dispute_endings
from coercion_sim.dispute.game import DisputeGame, DisputeParameters
from coercion_sim.dispute.hazards import Hazards, Toll
from coercion_sim.dispute.outlook import WorldOutlook, integration_index
from coercion_sim.dispute.packages import Package, PackageSizes, Screen, ScreenedGood
from coercion_sim.dispute.payoff_cache import payoff_store, payoff_table
from coercion_sim.dispute.payoff_table import PayoffQuestion, PayoffTable
from coercion_sim.dispute.payoffs import goods_hit, solve_payoffs
from coercion_sim.dispute.play import Dispute, Overrides
from coercion_sim.dispute.posteriors import posterior_coercer, posterior_target
from coercion_sim.dispute.pressure import Cooperation, Pressure
from coercion_sim.dispute.profiles import on_ally_axis, spread
from coercion_sim.dispute.responses import open_pledge, responses
from coercion_sim.dispute.settings import Challenger, DisputeSettings, Experience, OpenedDispute
from coercion_sim.dispute.solution import DisputeSolution, solve_dispute
from coercion_sim.dispute.tree import DisputeTree, dispute_tree
from coercion_sim.dispute.war import WarValues, softmax, war

__all__ = [
    "YEAR",
    "AllyPayoffs",
    "Array",
    "Branch",
    "Challenger",
    "Cooperation",
    "Dispute",
    "DisputeEndings",
    "DisputeGame",
    "DisputeParameters",
    "DisputeSettings",
    "DisputeSolution",
    "DisputeTree",
    "Experience",
    "Hazards",
    "OpenedDispute",
    "Overrides",
    "Package",
    "PackageSizes",
    "PayoffQuestion",
    "PayoffTable",
    "Pressure",
    "Reliability",
    "Screen",
    "ScreenedGood",
    "Toll",
    "WarValues",
    "WorldOutlook",
    "ally_payoffs",
    "bayes",
    "build_game",
    "clip_belief",
    "dispute_course",
    "dispute_endings",
    "dispute_tree",
    "effect_store",
    "expected_flow",
    "exposure",
    "fade",
    "goods_hit",
    "integration_index",
    "on_ally_axis",
    "open_pledge",
    "payoff_store",
    "payoff_table",
    "posterior_coercer",
    "posterior_target",
    "responses",
    "softmax",
    "solve_dispute",
    "solve_payoffs",
    "spread",
    "standing_package",
    "update_resolve",
    "war",
]
