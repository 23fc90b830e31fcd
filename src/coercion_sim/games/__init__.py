"""Games: trees, tables, logit equilibrium, thresholds, beliefs. Knows no states and no trade."""

from coercion_sim.games.ally_payoffs import AllyPayoffs, ally_payoffs, expected_flow
from coercion_sim.games.beliefs import Reliability, bayes, clip_belief, fade, update_resolve
from coercion_sim.games.branch_steps import BranchSettings
from coercion_sim.games.closed_forms import (
    AllianceGood,
    Attrition,
    Bluff,
    Inspection,
    ThreatLogit,
    bluff,
    collective_deterrence,
    grim_discount_factor,
    inspection,
    logit_choice,
    olson_zeckhauser,
    power_over_inputs,
    threat_game,
    threat_game_logit,
    war_of_attrition,
    war_of_attrition_discrete,
)
from coercion_sim.games.contribution import (
    contribution_game,
    pure_contributor_counts,
    symmetric_logit,
    symmetric_mixed,
    threshold_benefits,
    threshold_game,
)
from coercion_sim.games.dispute import DisputeSolution, solve_dispute
from coercion_sim.games.dispute_beliefs import posterior_coercer, posterior_target
from coercion_sim.games.dispute_game import DisputeGame, DisputeParameters
from coercion_sim.games.dispute_outcomes import DisputeOutcomes, dispute_outcomes
from coercion_sim.games.dispute_tree import DisputeTree, dispute_tree
from coercion_sim.games.drawing import draw_game
from coercion_sim.games.extensive import ExtensiveGame
from coercion_sim.games.gambit import efg_text, nfg_text, write_gambit
from coercion_sim.games.game_error import GameError
from coercion_sim.games.game_file import game_from_dict, read_game
from coercion_sim.games.nodes import Action, Chance, ChanceAction, Decision, Node, Terminal, whether_then_what
from coercion_sim.games.normal_form import NormalFormGame
from coercion_sim.games.precision import Precision, relative_precision
from coercion_sim.games.solution import EquilibriumList, Solution
from coercion_sim.games.solve import METHODS, Game, Method, evaluate_profile, solve_game
from coercion_sim.games.strategic_form import strategic_form
from coercion_sim.games.war import WarValues, softmax, war

__all__ = [
    "METHODS",
    "Action",
    "AllianceGood",
    "AllyPayoffs",
    "Attrition",
    "Bluff",
    "BranchSettings",
    "Chance",
    "ChanceAction",
    "Decision",
    "DisputeGame",
    "DisputeOutcomes",
    "DisputeParameters",
    "DisputeSolution",
    "DisputeTree",
    "EquilibriumList",
    "ExtensiveGame",
    "Game",
    "GameError",
    "Inspection",
    "Method",
    "Node",
    "NormalFormGame",
    "Precision",
    "Reliability",
    "Solution",
    "Terminal",
    "ThreatLogit",
    "WarValues",
    "ally_payoffs",
    "bayes",
    "bluff",
    "clip_belief",
    "collective_deterrence",
    "contribution_game",
    "dispute_outcomes",
    "dispute_tree",
    "draw_game",
    "efg_text",
    "evaluate_profile",
    "expected_flow",
    "fade",
    "game_from_dict",
    "grim_discount_factor",
    "inspection",
    "logit_choice",
    "nfg_text",
    "olson_zeckhauser",
    "posterior_coercer",
    "posterior_target",
    "power_over_inputs",
    "pure_contributor_counts",
    "read_game",
    "relative_precision",
    "softmax",
    "solve_dispute",
    "solve_game",
    "strategic_form",
    "symmetric_logit",
    "symmetric_mixed",
    "threat_game",
    "threat_game_logit",
    "threshold_benefits",
    "threshold_game",
    "update_resolve",
    "war",
    "war_of_attrition",
    "war_of_attrition_discrete",
    "whether_then_what",
    "write_gambit",
]
