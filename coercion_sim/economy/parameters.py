"""How the economy responds: the parameters of model.md §2 and §3, in one frozen record."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from coercion_sim.arrays import Array, Bools, Places
from coercion_sim.economy.elasticities import HIGHEST_SUBSTITUTION, Elasticity, by_sector, numbers, plain, substitutes
from coercion_sim.errors import InvalidInput, Problem

if TYPE_CHECKING:
    from coercion_sim.world import World

Closure = Literal["additive", "multiplicative", "zero"]
CLOSURES: tuple[str, ...] = get_args(Closure)
#: Share of the way to the long run below which trade elasticities have arrived.
ARRIVED = 1e-12


@dataclass(frozen=True)
class Stuck:
    """Sectors whose factors are in fixed supply: no factor enters or leaves them (model.md §2).

    Attributes
    ----------
    sectors
        Names of sectors or tags.
    states
        States where they are stuck; empty for all.
    until
        Last quarter in which they are, counted from 0; None for good, the long run included.
    """

    sectors: tuple[str, ...]
    states: tuple[str, ...] = ()
    until: int | None = None

    def __post_init__(self) -> None:
        for name in ("sectors", "states"):
            given: str | Sequence[str] = getattr(self, name)
            object.__setattr__(self, name, (given,) if isinstance(given, str) else tuple(given))


@dataclass(frozen=True)
class NearSubstitutes:
    """Sectors that replace one another readily as inputs, and count as one input among the others (model.md §2).

    Attributes
    ----------
    sectors
        Names of sectors or tags, two sectors at least.
    elasticity
        sigma_G in [0, 10], elasticity of substitution between them.
    """

    sectors: tuple[str, ...]
    elasticity: float

    def __post_init__(self) -> None:
        given: str | Sequence[str] = self.sectors
        object.__setattr__(self, "sectors", (given,) if isinstance(given, str) else tuple(given))


@dataclass(frozen=True)
class ShortRun:
    """Trade elasticities on their way from the short run to the long one (Boehm, Levchenko and Pandalai-Nayar 2023).

    ``theta_h = theta_SR + (theta - theta_SR) (1 - (1 - rate)^h)``, h quarters after the first in which anything differs
    from the baseline; theta itself in the long run, and for sectors that are not named.

    Attributes
    ----------
    elasticity
        theta_SR > 0: one number for all sectors, one for each, or by sector or tag.
    rate
        Share of the remaining way to the long run covered each quarter, above 0, at most 1.
    beside_adjustment
        Whether buyers may stay attached as well (`adjustment_rate` below 1): both slow trade down.
    elapsed
        h; set by `EconomyParameters.at`.
    """

    elasticity: Elasticity
    rate: float = 0.25
    beside_adjustment: bool = False
    elapsed: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "elasticity", plain(self.elasticity))

    @property
    def left(self) -> float:
        """Share of the way that is left, ``(1 - rate)^h``."""
        left: float = (1.0 - self.rate) ** self.elapsed
        return left


@dataclass(frozen=True)
class EconomyParameters:
    """Parameters of the equilibrium and of the adjustment between quarters.

    Attributes
    ----------
    factor_mobility
        kappa >= 1, dispersion of factors' aptitude over sectors; infinity is one mobile factor
        (Galle, Rodriguez-Clare and Yi 2023). Default 1.5, range 1.05-1.5.
    adjustment_rate
        nu in (0, 1], share of buyers free to switch each quarter (Arkolakis, Eaton and Kortum 2012); 1 is the static
        model. Default 0.25, range 0.1-0.5.
    closure
        What happens to trade imbalances: ``additive``, ``multiplicative`` or ``zero``.
    smoothing
        Share in [0, 1] of lost export revenue the rest of the world lends in a shock (Obstfeld and Rogoff 1996).
    tolerance
        Largest residual of log wages, log prices and spending accepted as solved.
    max_sweeps
        Sweeps after which a solve is given up with an error.
    input_substitution
        sigma in [0, 10], elasticity of substitution between inputs, and between these and value added, in the using
        sector (Baqaee and Farhi 2019, 2024): one number, one for each sector, or by sector or tag (others 1; the last
        entry that names a sector counts). 1 is Cobb-Douglas, 0 Leontief.
    final_substitution
        sigma_F in [0, 10], elasticity of substitution between goods in final demand.
    value_added_substitution
        Elasticity between value added and the bundle of all inputs, where it differs from `input_substitution`, which
        then holds among inputs alone; None where it does not.
    near_substitutes
        Groups of near substitutes, each one input of the sectors that use it.
    stuck
        Sectors whose factors are in fixed supply.
    short_run
        Path of the trade elasticities over the quarters; None where they are the long run's from the start.
    """

    factor_mobility: float = 1.5
    adjustment_rate: float = 0.25
    closure: Closure = "additive"
    smoothing: float = 0.0
    tolerance: float = 1e-9
    max_sweeps: int = 2000
    input_substitution: Elasticity = 1.0
    final_substitution: float = 1.0
    value_added_substitution: Elasticity | None = None
    stuck: tuple[Stuck, ...] = ()
    short_run: ShortRun | None = None
    near_substitutes: tuple[NearSubstitutes, ...] = ()

    def __post_init__(self) -> None:
        for name in ("input_substitution", "value_added_substitution"):
            object.__setattr__(self, name, plain(getattr(self, name)))
        entries: Iterable[Any] = (self.stuck,) if isinstance(self.stuck, (Stuck, str)) else self.stuck
        as_records = tuple(s if isinstance(s, Stuck) else Stuck(s) for s in entries)
        object.__setattr__(self, "stuck", as_records)
        InvalidInput.refuse([*self._out_of_range(), *self._slow_twice()])

    def _out_of_range(self) -> Iterator[Problem]:
        """Problems of single parameters."""
        substitution = ("input_substitution", "final_substitution", "value_added_substitution")
        checks = (
            ("factor_mobility", self.factor_mobility >= 1.0, ">= 1, inf allowed"),
            ("adjustment_rate", 0.0 < self.adjustment_rate <= 1.0, "above 0, at most 1"),
            ("closure", self.closure in CLOSURES, ", ".join(CLOSURES)),
            ("smoothing", 0.0 <= self.smoothing <= 1.0, "0 to 1"),
            ("tolerance", 0.0 < self.tolerance <= 1e-4, "above 0, at most 1e-4"),
            ("max_sweeps", self.max_sweeps >= 1, "1 or more"),
            *((name, substitutes(getattr(self, name)), f"0 to {HIGHEST_SUBSTITUTION:g}") for name in substitution),
            (
                "near_substitutes",
                all(g.sectors and substitutes(g.elasticity) for g in self.near_substitutes),
                f"sectors, an elasticity of 0 to {HIGHEST_SUBSTITUTION:g}",
            ),
            ("short_run", _sound(self.short_run), "elasticities above 0, a rate above 0, at most 1"),
            ("stuck", all(s.sectors and (s.until is None or s.until >= 0) for s in self.stuck), "sectors, until >= 0"),
        )
        for name, fine, allowed in checks:
            if not fine:
                wrong, value = "out of range", str(getattr(self, name))
                if name == "closure":
                    wrong, value = "unknown closure", repr(self.closure)
                yield Problem(wrong, key=name, found=value, allowed=allowed)

    def _slow_twice(self) -> Iterator[Problem]:
        """The problem where trade is slowed down in two ways and one may be meant."""
        if self.short_run is not None and self.adjustment_rate < 1.0 and not self.short_run.beside_adjustment:
            yield Problem(
                "slows trade down twice: elasticities on a path, and buyers who stay attached",
                key="short_run",
                found=f"adjustment_rate {self.adjustment_rate:g}",
                allowed="adjustment_rate = 1, or beside_adjustment where both are meant",
            )

    @property
    def one_factor(self) -> bool:
        """Whether factors move freely between sectors (kappa infinite)."""
        return math.isinf(self.factor_mobility)

    @property
    def cobb_douglas(self) -> bool:
        """Whether every share of cost and of final demand is constant."""
        every = (self.input_substitution, self.final_substitution, self.value_added_substitution)
        within = (group.elasticity for group in self.near_substitutes)
        return all(x == 1.0 for given in (*every, *within) for x in numbers(given))

    def at(self, quarter: int | None, elapsed: int = 0) -> EconomyParameters:
        """Return those in force in a quarter, or in the long run (None): only sectors stuck then, without dates.

        `elapsed` are the quarters since anything first differed from the baseline.
        """
        if self.short_run is not None:
            path = replace(self.short_run, elapsed=elapsed)
            arrived = quarter is None or path.left < ARRIVED
            return replace(self, short_run=None if arrived else path).dated(quarter)
        return self.dated(quarter)

    def dated(self, quarter: int | None) -> EconomyParameters:
        """Only sectors stuck in a quarter, or for good (None), without dates."""
        if not any(s.until is not None for s in self.stuck):
            return self
        left = [s for s in self.stuck if s.until is None or (quarter is not None and quarter <= s.until)]
        return replace(self, stuck=tuple(replace(s, until=None) for s in left))

    def trade_elasticity(self, world: World) -> Array:
        """theta_h, (S,)."""
        theta = world.trade_elasticity
        if self.short_run is None:
            return theta
        short = by_sector(self.short_run.elasticity, "short_run", world, theta)
        return short + (theta - short) * (1.0 - self.short_run.left)

    def by_sector(self, name: str, world: World) -> Array:
        """One of the elasticities of substitution as an array over the sectors of a world, (S,).

        Raises
        ------
        InvalidInput
            For the wrong number of elasticities, or a sector the world does not have (WorldError).
        """
        return by_sector(getattr(self, name), name, world, np.ones(len(world.sectors)))

    def near_in(self, world: World) -> list[tuple[Places, float]]:
        """Positions of the sectors of each group of near substitutes, and the elasticity between them.

        Raises
        ------
        InvalidInput
            For a group of fewer than two sectors, or a sector in two groups; WorldError for one the world lacks.
        """
        groups = [(world.sector_indices(g.sectors).astype(np.intp), g.elasticity) for g in self.near_substitutes]
        members = [int(j) for at, _ in groups for j in at]
        twice = [world.sectors[j] for j in dict.fromkeys(members) if members.count(j) > 1]
        key = "near_substitutes"
        problems = [Problem("stands in two groups", key=key, found=name) for name in twice]
        problems += [
            Problem("two sectors at least", key=key, found=", ".join(g.sectors))
            for g, (at, _) in zip(self.near_substitutes, groups, strict=True)
            if len(at) < 2
        ]
        InvalidInput.refuse(problems)
        return groups

    def stuck_in(self, world: World) -> Bools:
        """Which sectors are stuck where, (S, N), dates aside. Raises WorldError for a label the world does not have."""
        stuck = np.zeros(world.shape, dtype=bool)
        for entry in self.stuck:
            states = [world.state_index(s) for s in entry.states] or slice(None)
            for j in world.sector_indices(entry.sectors):
                stuck[int(j), states] = True
        return stuck


def _sound(path: ShortRun | None) -> bool:
    """Whether a path has elasticities above 0 and a rate."""
    return path is None or (0.0 < path.rate <= 1.0 and all(0.0 < x < np.inf for x in numbers(path.elasticity)))
