"""coercion_sim: economic coercion as a game on a real trade network.

The names below are the public face. Each is imported from its room on first use: a bare import stays quick.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from coercion_sim import analysis
    from coercion_sim.analysis import deterrence_frontier, least_cost_coalition
    from coercion_sim.economy import Measure, solve_equilibrium
    from coercion_sim.experiments import load_plan, open_results, simulate, sweep, verify
    from coercion_sim.games import load_game, solve_game
    from coercion_sim.scenario import list_scenarios, load_scenario
    from coercion_sim.world import World, load_world, split_product

    # Modules of the room have these names too.
    analyse, answer, compare, play = analysis.analyse, analysis.answer, analysis.compare, analysis.play

from coercion_sim.environment import __version__
from coercion_sim.notebook import Plotted

__all__ = [
    "Measure",
    "World",
    "__version__",
    "analyse",
    "answer",
    "compare",
    "deterrence_frontier",
    "least_cost_coalition",
    "list_scenarios",
    "load_game",
    "load_plan",
    "load_scenario",
    "load_world",
    "open_results",
    "play",
    "simulate",
    "solve_equilibrium",
    "solve_game",
    "split_product",
    "sweep",
    "verify",
]


def _draw(source: Any, kind: str | None, outcome: str | None, **options: Any) -> Any:
    """Draw a figure of results; figures stand above results, so this root hands them down."""
    from coercion_sim.figures import plot

    return plot(source, kind, outcome, **options)


Plotted.drawn_by = staticmethod(_draw)


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name in ("World", "load_world", "split_product"):
        from coercion_sim import world

        return getattr(world, name)
    if name in ("list_scenarios", "load_scenario"):
        from coercion_sim import scenario

        return getattr(scenario, name)
    if name in ("Measure", "solve_equilibrium"):
        from coercion_sim import economy

        return getattr(economy, name)
    if name in ("load_game", "solve_game"):
        from coercion_sim import games

        return getattr(games, name)
    if name in ("load_plan", "open_results", "simulate", "sweep", "verify"):
        from coercion_sim import experiments

        return getattr(experiments, name)
    from coercion_sim import analysis

    return getattr(analysis, name)


def __dir__() -> list[str]:
    return __all__
