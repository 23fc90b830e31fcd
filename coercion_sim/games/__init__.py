"""Games: trees, tables, logit equilibrium, Nash equilibria, Gambit's files. Knows no states and no trade."""

from coercion_sim.games.branch_steps import BranchSettings
from coercion_sim.games.drawing import draw_game
from coercion_sim.games.extensive import ExtensiveGame
from coercion_sim.games.gambit_text import efg_text, nfg_text, write_gambit
from coercion_sim.games.game_file import game_from_dict, read_game
from coercion_sim.games.game_file import read_game as load_game
from coercion_sim.games.nodes import (
    Action,
    Chance,
    ChanceAction,
    Decision,
    FrozenDict,
    Node,
    Terminal,
    whether_then_what,
)
from coercion_sim.games.normal_form import NormalFormGame
from coercion_sim.games.solution import EquilibriumList, Rationality, Solution, relative_rationality
from coercion_sim.games.solve import Game, Method, evaluate_profile, solve_game
from coercion_sim.games.strategic_form import strategic_form

__all__ = [
    "Action", "BranchSettings", "Chance", "ChanceAction", "Decision", "EquilibriumList", "ExtensiveGame", "FrozenDict",
    "Game", "Method", "Node", "NormalFormGame", "Rationality", "Solution", "Terminal", "draw_game", "efg_text",
    "evaluate_profile", "game_from_dict", "load_game", "nfg_text", "read_game", "relative_rationality", "solve_game",
    "strategic_form", "whether_then_what", "write_gambit",
]  # fmt: skip
