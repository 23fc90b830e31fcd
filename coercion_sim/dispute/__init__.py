"""The game of one dispute: moves, types, beliefs, payoffs from the economy, exact solution, sampled play."""

from coercion_sim.dispute.after_answers import ContestCourse, contest_after, solution_of
from coercion_sim.dispute.ally_payoffs import AllyPayoffs, ally_payoffs, bound_profile, expected_flow, imposed_by_type
from coercion_sim.dispute.behaviour import (
    BEHAVIOUR_RANGES,
    DRAWN_APART,
    POSTERIOR_ROWS,
    WEIGHED_NUMBERS,
    BehaviourDraws,
    behaviour_draws,
)
from coercion_sim.dispute.beliefs import Beliefs, DisputeKey, Reliability, fade, posterior
from coercion_sim.dispute.build import build_game, exposure, spread
from coercion_sim.dispute.by_type import worth_by_type
from coercion_sim.dispute.contest import softmax
from coercion_sim.dispute.course import Branch, dispute_course
from coercion_sim.dispute.decisions import Choice, Decider, Decision, Option, Player
from coercion_sim.dispute.effects import YEAR, Accuracy, Economy, bare, effect_store, sized
from coercion_sim.dispute.endings import DisputeEndings, dispute_endings, mean_endings
from coercion_sim.dispute.game import DisputeGame, DisputeParameters
from coercion_sim.dispute.hazards import Hazards, Toll
from coercion_sim.dispute.interpolated_economy import DrawnSize, InterpolatedEconomy
from coercion_sim.dispute.interpolation import Economies
from coercion_sim.dispute.kept_effects import effects_kept
from coercion_sim.dispute.outlook import WorldOutlook, integration_index
from coercion_sim.dispute.packages import Depth, Package, PackageSizes, Screen, ScreenedGood
from coercion_sim.dispute.payoff_table import PayoffQuestion, PayoffTable, on_ally_axis, payoff_store
from coercion_sim.dispute.payoffs import goods_hit, payoff_table, solve_payoffs
from coercion_sim.dispute.play import Dispute, Draw
from coercion_sim.dispute.responses import open_pledge, responses, takes_help
from coercion_sim.dispute.settings import (
    DEPTHS,
    PACKAGES,
    Challenger,
    Conduct,
    Cooperation,
    DisputeSettings,
    Experience,
    OpenedDispute,
    Pressure,
    RuleName,
)
from coercion_sim.dispute.solution import DisputeSolution, accepted, solve_dispute, solve_disputes
from coercion_sim.dispute.sparse_grid import Range
from coercion_sim.dispute.tree import DisputeTree, dispute_tree

__all__ = [
    "BEHAVIOUR_RANGES",
    "DEPTHS",
    "DRAWN_APART",
    "PACKAGES",
    "POSTERIOR_ROWS",
    "WEIGHED_NUMBERS",
    "YEAR",
    "Accuracy",
    "AllyPayoffs",
    "BehaviourDraws",
    "Beliefs",
    "Branch",
    "Challenger",
    "Choice",
    "Conduct",
    "ContestCourse",
    "Cooperation",
    "Decider",
    "Decision",
    "Depth",
    "Dispute",
    "DisputeEndings",
    "DisputeGame",
    "DisputeKey",
    "DisputeParameters",
    "DisputeSettings",
    "DisputeSolution",
    "DisputeTree",
    "Draw",
    "DrawnSize",
    "Economies",
    "Economy",
    "Experience",
    "Hazards",
    "InterpolatedEconomy",
    "OpenedDispute",
    "Option",
    "Package",
    "PackageSizes",
    "PayoffQuestion",
    "PayoffTable",
    "Player",
    "Pressure",
    "Range",
    "Reliability",
    "RuleName",
    "Screen",
    "ScreenedGood",
    "Toll",
    "WorldOutlook",
    "accepted",
    "ally_payoffs",
    "bare",
    "behaviour_draws",
    "bound_profile",
    "build_game",
    "contest_after",
    "dispute_course",
    "dispute_endings",
    "dispute_tree",
    "effect_store",
    "effects_kept",
    "expected_flow",
    "exposure",
    "fade",
    "goods_hit",
    "imposed_by_type",
    "integration_index",
    "mean_endings",
    "on_ally_axis",
    "open_pledge",
    "payoff_store",
    "payoff_table",
    "posterior",
    "responses",
    "sized",
    "softmax",
    "solution_of",
    "solve_dispute",
    "solve_disputes",
    "solve_payoffs",
    "spread",
    "takes_help",
    "worth_by_type",
]
