"""Elasticities as given (one number, one for each sector, or by name) and as arrays over the sectors of a world."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from coercion_sim.arrays import Array
from coercion_sim.errors import InvalidInput, Problem

if TYPE_CHECKING:
    from coercion_sim.world import World

#: An elasticity as given: one number, one for each sector, or by the names of sectors and tags.
Elasticity = float | Sequence[float] | Mapping[str, float]
#: Largest elasticity of substitution in production and final demand.
HIGHEST_SUBSTITUTION = 10.0


def plain(given: Elasticity | None) -> float | tuple[float, ...] | tuple[tuple[str, float], ...] | None:
    """An elasticity as hashable data: numbers as they are, tables as pairs."""
    if isinstance(given, Mapping):
        return tuple((str(name), float(value)) for name, value in given.items())
    if given is None or isinstance(given, (int, float)):
        return None if given is None else float(given)
    entries: list[Any] = list(given)
    if any(isinstance(x, (tuple, list)) for x in entries):
        return tuple((str(name), float(value)) for name, value in entries)
    return tuple(float(x) for x in entries)


def by_sector(given: object, name: str, world: World, others: Array) -> Array:
    """An elasticity as an array over sectors, (S,); `others` for those that are not named."""
    if isinstance(given, tuple) and given and not isinstance(given[0], tuple):
        if len(given) != len(others):
            problem = Problem("one number for each sector", None, None, name, str(len(given)), str(len(others)))
            raise InvalidInput(problem)
        return np.array(given)
    values = np.array(others)
    if isinstance(given, tuple):
        for label, value in given:
            values[world.sector_indices((label,))] = value
    else:
        values[:] = numbers(given)[0]
    return values


def substitutes(given: object) -> bool:
    """Whether elasticities of substitution lie in their range."""
    return all(0.0 <= x <= HIGHEST_SUBSTITUTION for x in numbers(given))


def numbers(given: object) -> list[float]:
    """The numbers in an elasticity."""
    if given is None:
        return []
    if isinstance(given, tuple):
        return [float(x[1] if isinstance(x, tuple) else x) for x in given]
    return [float(given)]  # type: ignore[arg-type]
