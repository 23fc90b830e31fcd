"""What all solves of one world have in common."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from coercion_sim.arrays import Array, Bools, ratio
from coercion_sim.world import World

#: Worlds kept: a grid of economies has at most 29 and three to check it, and every payoff is solved in all of them.
MOST_KEPT = 40
#: Sets of flows shut whose links are kept.
SHUT_KEPT = 64


@dataclass(frozen=True, eq=False)
class Links:
    """Who still trades with whom.

    Attributes
    ----------
    pair : (N, N)
        Whether exporter i sells anything to importer n.
    supplied, reachable : (S, N)
        Importers with a supplier; exporters with a buyer.
    bloc : (N, N)
        1 where two states are joined by trade, directly or through others.
    """

    pair: Bools
    supplied: Bools
    reachable: Bools
    bloc: Array

    @classmethod
    def of(cls, linked: Bools) -> Links:
        """Read them off the flows that are open, (S, N, N)."""
        pair: Bools = np.asarray(linked.any(axis=0))
        return cls(pair, np.asarray(linked.any(axis=1)), np.asarray(linked.any(axis=2)), _blocs(pair))


@dataclass(frozen=True, eq=False)
class Static:
    """Arrays of a world that no shock changes, prepared once.

    Attributes
    ----------
    inputs : (N, S, S) or None
        Input shares ``[i, j, k]``; None without input-output links.
    log_share, log_border : (S, N, N)
        ln pi and ln t of the baseline.
    scale : (N,)
        Spending of each state.
    contested : (S, N)
        ``1 - sum_n flows pi / Y``: part of a sector's sales that rivals could have made.
    trades : (S, N, N)
        Whether anything is sold.
    links
        What is joined to what while nothing is closed.
    """

    world: World
    inputs: Array | None
    log_share: Array
    log_border: Array
    scale: Array
    contested: Array
    trades: Bools
    links: Links

    @cached_property
    def bordered(self) -> bool:
        """Whether the baseline has any tariff."""
        return bool(self.log_border.any())

    @classmethod
    def of(cls, world: World) -> Static:
        """Prepare a world."""
        links = bool(world.input_share.any())
        inputs = np.ascontiguousarray(world.input_share.transpose(2, 1, 0)) if links else None
        base = world.baseline
        with np.errstate(divide="ignore"):
            log_share = np.log(base.share)
        unrivalled = (world.flows * base.share).sum(axis=2)
        contested = 1.0 - ratio(unrivalled, base.sales)
        trades, border = world.flows > 0, np.log1p(world.tariff)
        return cls(world, inputs, log_share, border, base.spending.sum(axis=0), contested, trades, Links.of(trades))

    def __eq__(self, other: object) -> bool:
        """Whether the worlds are of equal content: the runs of one draw each make theirs anew."""
        return isinstance(other, Static) and self.world.digest == other.world.digest

    def __hash__(self) -> int:
        return hash(self.world.digest)


@lru_cache(maxsize=MOST_KEPT)
def static_of(world: World) -> Static:
    """`Static.of` the worlds used last."""
    return Static.of(world)


@lru_cache(maxsize=SHUT_KEPT)
def links_without(static: Static, shut: bytes) -> Links:
    """Return the links of a world while flows are shut, bool (S, N, N): runs shut the same for many quarters."""
    return Links.of(static.trades & ~np.frombuffer(shut, bool).reshape(static.trades.shape))


def _blocs(pair: Bools) -> Array:
    """(N, N) of 0 and 1: which states are still joined by trade, directly or through others."""
    joined = pair | pair.T | np.eye(len(pair), dtype=bool)
    while not joined.all():
        wider = (joined.astype(np.float64) @ joined) > 0
        if (wider == joined).all():
            break
        joined = wider
    return joined.astype(np.float64)
