"""Worlds: who trades what with whom, who is bound to whom; importing, aggregating, splitting, balancing them."""

from coercion_sim.world.baseline import Baseline
from coercion_sim.world.world import Alliance, World, unknown

__all__ = ["Alliance", "Baseline", "World", "unknown"]
