"""coercion_sim: economic coercion as a game on a real trade network.

The names below are the public face. Each is imported from its room on first use: a bare import stays quick.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from coercion_sim.scenario import list_scenarios, load_scenario
    from coercion_sim.world import World, load_world

from coercion_sim.notebook import Plotted

__version__ = "0.1.0"

_HOME = {
    "World": ("coercion_sim.world", "World"),
    "compare": ("coercion_sim.analysis", "compare"),
    "deterrence_frontier": ("coercion_sim.analysis", "deterrence_frontier"),
    "least_cost_coalition": ("coercion_sim.analysis", "least_cost_coalition"),
    "list_scenarios": ("coercion_sim.scenario", "list_scenarios"),
    "load_scenario": ("coercion_sim.scenario", "load_scenario"),
    "load_world": ("coercion_sim.world", "load_world"),
    "open_results": ("coercion_sim.experiments", "open_results"),
    "analyse": ("coercion_sim.analysis", "analyse"),
    "load_plan": ("coercion_sim.experiments", "load_plan"),
    "sweep": ("coercion_sim.experiments", "sweep"),
    "verify": ("coercion_sim.experiments", "verify"),
    "simulate": ("coercion_sim.experiments", "simulate"),
    "solve_equilibrium": ("coercion_sim.economy", "solve_equilibrium"),
    "solve_game": ("coercion_sim.games", "solve_game"),
}

__all__ = ["World", "__version__", "list_scenarios", "load_scenario", "load_world"]


def _draw(source: Any, kind: str | None, outcome: str | None, **options: Any) -> Any:
    """Draw a figure of results; figures stand above results, so this root hands them down."""
    from coercion_sim.figures import plot

    return plot(source, kind, outcome, **options)


Plotted.drawn_by = staticmethod(_draw)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _HOME[name]
    return getattr(import_module(module), attribute)


def __dir__() -> list[str]:
    return sorted({*__all__, *_HOME})
