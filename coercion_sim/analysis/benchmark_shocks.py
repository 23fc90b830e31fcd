"""Shocks between groups of states, and their effects, as the benchmarks read published settings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from coercion_sim.economy import Equilibrium, Shock
from coercion_sim.world import World

#: Reading of "the USA and its allies": EU, G7 and these.
ALLIES: Final = ("AUS", "NZL", "KOR", "TWN", "NOR", "CHE", "ISL")
#: Reading of "the coalition of 2014" against Russia: the EU and these.
OF_2014: Final = ("USA", "CAN", "JPN", "AUS", "NOR", "CHE")


def between(
    world: World, ones: Iterable[str], others: Iterable[str], sectors: str | Sequence[str] = "all", *,
    barrier: float = 1.0, left: float = 1.0, tariff: float = 0.0, both: bool = True,
) -> Shock:  # fmt: skip
    """Barriers on what `ones` sell to `others`, and with `both` on what these sell to them."""
    shock = Shock.none(world)
    a, b = (np.array([world.state_index(s) for s in states]) for states in (ones, others))
    for sellers, buyers in ((a, b), (b, a)) if both else ((a, b),):
        cells = world.sector_indices(sectors).astype(int)[:, None, None], sellers[:, None], buyers
        shock.barrier[cells] *= barrier
        shock.open[cells] *= left
        shock.tariff[cells] += tariff
    return shock


def allies(world: World) -> tuple[str, ...]:
    """EU, G7 and `ALLIES`, those in the world."""
    named = (*world.groups["EU"], *world.groups["G7"], *ALLIES)
    return tuple(dict.fromkeys(s for s in named if s in world.states))


def sanctioners(world: World) -> tuple[str, ...]:
    """EU and `OF_2014`, those in the world."""
    return tuple(dict.fromkeys(s for s in (*world.groups["EU"], *OF_2014) if s in world.states))


def together(equilibrium: Equilibrium, states: Iterable[str]) -> float:
    """Change of joint real income, % of their joint GDP."""
    at = [equilibrium.world.state_index(s) for s in states]
    gdp = equilibrium.world.baseline.gdp
    return float((equilibrium.welfare_pct_gdp * gdp)[at].sum() / gdp[at].sum())


def effects(equilibrium: Equilibrium) -> dict[str, float]:
    """Change of real income of every state, % of GDP."""
    return dict(zip(equilibrium.world.states, map(float, equilibrium.welfare_pct_gdp), strict=True))
