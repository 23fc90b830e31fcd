"""Worlds: who trades what with whom, who is bound to whom; importing, aggregating, splitting, balancing them.

Names that need numpy are loaded on first use, so that labels can be read without it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from coercion_sim.world.codes import countries, country_code, product_place, state_label
from coercion_sim.world.labels import Alliance, SourceLabels, WorldLabels, list_worlds, read_labels, world_folder

if TYPE_CHECKING:
    from coercion_sim.world.baseline import Baseline, unknown
    from coercion_sim.world.build import build_world, build_world_folder
    from coercion_sim.world.build.product import Split, split_product, split_product_folder
    from coercion_sim.world.build.split import ras
    from coercion_sim.world.saving import save_world
    from coercion_sim.world.show import (
        Dependence,
        Partner,
        SectorRow,
        StateRow,
        StateView,
        Tie,
        WorldView,
        show_state,
        show_world,
    )
    from coercion_sim.world.sources.importing import Imported, import_source
    from coercion_sim.world.world import World, load_world

__all__ = [
    "Alliance", "Baseline", "Dependence", "Imported", "Partner", "SectorRow", "SourceLabels", "Split", "StateRow",
    "StateView", "Tie", "World", "WorldLabels", "WorldView", "build_world", "build_world_folder", "countries",
    "country_code", "import_source", "list_worlds", "load_world", "product_place", "ras", "read_labels", "save_world",
    "show_state", "show_world", "split_product", "split_product_folder", "state_label", "unknown", "world_folder",
]  # fmt: skip

#: Module -> names that are loaded from it on first use.
_LAZY = {
    "baseline": "Baseline unknown",
    "build": "build_world build_world_folder",
    "build.product": "Split split_product split_product_folder",
    "build.split": "ras",
    "show": "Dependence Partner SectorRow StateRow StateView Tie WorldView show_state show_world",
    "sources.importing": "Imported import_source",
    "saving": "save_world",
    "world": "World load_world",
}
_HOME = {name: module for module, names in _LAZY.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return list(__all__)
