"""Worlds: who trades what with whom, who is bound to whom; importing, aggregating, splitting, balancing them.

Names that need numpy are loaded on first use, so that labels can be read without it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from coercion_sim.world.codes import countries, country_code, state_label
from coercion_sim.world.labels import Alliance, WorldLabels, list_worlds, read_labels, world_folder
from coercion_sim.world.products import product_place

if TYPE_CHECKING:
    from coercion_sim.world.baseline import Baseline, unknown
    from coercion_sim.world.build import build_world, build_world_folder
    from coercion_sim.world.build.fitting import ras
    from coercion_sim.world.build.product import Split, split_product, split_product_folder
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
    from coercion_sim.world.storage import SourceLabels, load_world, save_world, source_labels_of
    from coercion_sim.world.world import World

__all__ = [
    "Alliance",
    "Baseline",
    "Dependence",
    "Imported",
    "Partner",
    "SectorRow",
    "SourceLabels",
    "Split",
    "StateRow",
    "StateView",
    "Tie",
    "World",
    "WorldLabels",
    "WorldView",
    "build_world",
    "build_world_folder",
    "countries",
    "country_code",
    "import_source",
    "list_worlds",
    "load_world",
    "product_place",
    "ras",
    "read_labels",
    "save_world",
    "show_state",
    "show_world",
    "source_labels_of",
    "split_product",
    "split_product_folder",
    "state_label",
    "unknown",
    "world_folder",
]

_HOME = {
    "Baseline": "baseline",
    "Dependence": "show",
    "SourceLabels": "storage",
    "Split": "build.product",
    "split_product": "build.product",
    "split_product_folder": "build.product",
    "Partner": "show",
    "SectorRow": "show",
    "StateRow": "show",
    "StateView": "show",
    "Tie": "show",
    "World": "world",
    "WorldView": "show",
    "build_world": "build",
    "build_world_folder": "build",
    "Imported": "sources.importing",
    "import_source": "sources.importing",
    "source_labels_of": "storage",
    "load_world": "storage",
    "ras": "build.fitting",
    "save_world": "storage",
    "show_state": "show",
    "show_world": "show",
    "unknown": "baseline",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return list(__all__)
