"""Games: trees, tables, logit equilibrium, thresholds. Knows no states and no trade."""

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
from coercion_sim.games.drawing import draw_game
from coercion_sim.games.extensive import ExtensiveGame
from coercion_sim.games.frozen import FrozenDict
from coercion_sim.games.gambit import efg_text, nfg_text, write_gambit
from coercion_sim.games.game_error import GameError
from coercion_sim.games.game_file import game_from_dict, read_game
from coercion_sim.games.nodes import Action, Chance, ChanceAction, Decision, Node, Terminal, whether_then_what
from coercion_sim.games.normal_form import NormalFormGame
from coercion_sim.games.rationality import Rationality, relative_rationality
from coercion_sim.games.solution import EquilibriumList, Solution
from coercion_sim.games.solve import METHODS, Game, Method, evaluate_profile, solve_game
from coercion_sim.games.strategic_form import strategic_form

__all__ = [
    "METHODS",
    "Action",
    "AllianceGood",
    "Attrition",
    "Bluff",
    "BranchSettings",
    "Chance",
    "ChanceAction",
    "Decision",
    "EquilibriumList",
    "ExtensiveGame",
    "FrozenDict",
    "Game",
    "GameError",
    "Inspection",
    "Method",
    "Node",
    "NormalFormGame",
    "Rationality",
    "Solution",
    "Terminal",
    "ThreatLogit",
    "bluff",
    "collective_deterrence",
    "contribution_game",
    "draw_game",
    "efg_text",
    "evaluate_profile",
    "game_from_dict",
    "grim_discount_factor",
    "inspection",
    "logit_choice",
    "nfg_text",
    "olson_zeckhauser",
    "power_over_inputs",
    "pure_contributor_counts",
    "read_game",
    "relative_rationality",
    "solve_game",
    "strategic_form",
    "symmetric_logit",
    "symmetric_mixed",
    "threat_game",
    "threat_game_logit",
    "threshold_benefits",
    "threshold_game",
    "war_of_attrition",
    "war_of_attrition_discrete",
    "whether_then_what",
    "write_gambit",
]
