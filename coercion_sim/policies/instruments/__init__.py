"""Instruments: how a promise is kept, one instrument a file; every file of this folder is found."""

from __future__ import annotations

import importlib
import pkgutil
from functools import lru_cache

from coercion_sim.policies.instruments.absorb import Absorb
from coercion_sim.policies.instruments.base import Instrument, QuarterOfHelp, Stake, Task
from coercion_sim.policies.instruments.compensate import Compensate
from coercion_sim.policies.instruments.facilitation import Facilitation
from coercion_sim.policies.instruments.retaliate import Retaliate, counter_tariffs, critical_goods
from coercion_sim.policies.instruments.statement import Statement

__all__ = [
    "Absorb", "Compensate", "Facilitation", "Instrument", "QuarterOfHelp", "Retaliate", "Stake", "Statement", "Task",
    "available_instruments", "counter_tariffs", "critical_goods",
]  # fmt: skip


@lru_cache(maxsize=1)
def available_instruments() -> tuple[type[Instrument], ...]:
    """Every instrument defined in a file of this folder, those that draw on the loss first at the front."""
    modules = [importlib.import_module(f"{__name__}.{file.name}") for file in pkgutil.iter_modules(__path__)]
    kinds = {
        kind
        for module in modules
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, Instrument) and kind is not Instrument
    }
    return tuple(sorted(kinds, key=lambda kind: (kind.rank, kind.name)))
