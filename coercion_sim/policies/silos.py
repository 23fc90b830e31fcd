"""Alliances as silos: who is asked when a target is pressed, by its own group or across groups."""

from __future__ import annotations

from collections.abc import Sequence

from coercion_sim.errors import InvalidInput, Problem, nearest
from coercion_sim.world import World


def own_group(world: World, target: str, groups: Sequence[str]) -> tuple[str, ...]:
    """Members of the first of `groups` that holds the target, without it; nobody where none does.

    Membership is of states in the world: whoever stands in ROW cannot help.
    """
    for name in groups:
        members = group(world, name)
        if target in members:
            return tuple(s for s in members if s != target)
    return ()


def across_groups(world: World, target: str, groups: Sequence[str], min_strength: float) -> tuple[str, ...]:
    """Members of any of `groups`, and states bound to the target by at least `min_strength`, in the world's order."""
    members = {s for name in groups for s in group(world, name)}
    return tuple(
        s for s in world.states if s != target and (s in members or world.alliance_strength(s, target) >= min_strength)
    )


def group(world: World, name: str) -> tuple[str, ...]:
    """Members of a group, or InvalidInput with the nearest spelling."""
    if name not in world.groups:
        known = ", ".join(world.groups) or "none"
        raise InvalidInput(
            Problem("unknown group", found=repr(name), allowed=known, suggestion=nearest(name, world.groups))
        )
    return world.groups[name]
