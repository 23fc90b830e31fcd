"""How far an answer hangs on behaviour: the same disputes solved again under other stakes, costs and beliefs."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import numpy as np

from coercion_sim.dispute import DisputeGame, solve_disputes
from coercion_sim.experiments import in_processes

#: Order of the policies, by how often each is pressed, compared with that under the scenario's own behaviour.
Order = Literal["same", "other", "tied", "unsolved"]


@dataclass(frozen=True)
class Setting:
    """One setting of behaviour.

    Attributes
    ----------
    name
        What was set.
    pressed : one for each policy
        Mean chance that the coercer presses, over the draws solved.
    order
        ``same`` where policies come in the order of the scenario's own behaviour, by pressed, ``other`` where a pair of
        them changes places, ``tied`` where pressed does not depend on the policy, ``unsolved``.
    unsolved
        Games without an equilibrium tried.
    """

    name: str
    pressed: tuple[float, ...]
    order: Order
    unsolved: int


def _rules(**changes: float | str) -> Callable[[DisputeGame], DisputeGame]:
    return lambda game: replace(game, parameters=replace(game.parameters, **changes))  # type: ignore[arg-type]


def _audience(factor: float) -> Callable[[DisputeGame], DisputeGame]:
    def change(game: DisputeGame) -> DisputeGame:
        p = game.parameters
        costs = {n: factor * getattr(p, n) for n in ("audience_back_down", "audience_lift", "audience_concede")}
        return replace(game, parameters=replace(p, **costs))

    return change


#: Settings tried; ranges are those of docs/disputes.md.
SETTINGS: dict[str, Callable[[DisputeGame], DisputeGame]] = {
    "as it is": lambda game: game,
    "rationality 4": _rules(rationality=4.0),
    "rationality 10": _rules(rationality=10.0),
    "coercer's stake x 1/3": lambda game: replace(game, stake_coercer=game.stake_coercer / 3.0),
    "coercer's stake x 3": lambda game: replace(game, stake_coercer=game.stake_coercer * 3.0),
    "target's stake x 1/2": lambda game: replace(game, stake_target=game.stake_target / 2.0),
    "target's stake x 2": lambda game: replace(game, stake_target=game.stake_target * 2.0),
    "audience costs x 1/2": _audience(0.5),
    "audience costs x 3/2": _audience(1.5),
    "target thought resolved .3": lambda game: replace(game, belief_target=0.3),
    "target thought resolved .7": lambda game: replace(game, belief_target=0.7),
    "coercer thought firm .3": lambda game: replace(game, belief_coercer=0.3),
    "coercer thought firm .7": lambda game: replace(game, belief_coercer=0.7),
    "allies believed .25": lambda game: replace(game, reliability=np.full(len(game.allies), 0.25)),
    "allies believed .75": lambda game: replace(game, reliability=np.full(len(game.allies), 0.75)),
    "target expected to be worn down": _rules(selection="worn_down"),
}
#: Parts in which settings are solved, whatever the number of workers: rounding hangs on what is solved together.
PARTS = 4
#: Chances to press that are closer than this are ties.
TIE = 0.002


def differ(chance: float, other: float) -> bool:
    """Whether two chances to press differ by more than `TIE`."""
    return abs(chance - other) > TIE


def depends_on_policy(pressed: Sequence[float]) -> bool:
    """Whether the chance to press depends on the policy: any two differ."""
    return differ(max(pressed), min(pressed))


def robustness(games: Sequence[Sequence[DisputeGame]], workers: int = 1) -> tuple[Setting, ...]:
    """Solve the games of every policy under every setting; the first setting is their own."""
    names = tuple(SETTINGS)
    parts = [names[i::PARTS] for i in range(PARTS)]
    tallies: dict[str, tuple[tuple[float, ...], int]] = {}
    for part in in_processes(partial(_under, games), parts, workers):
        tallies |= part
    base = tallies[names[0]][0]
    return tuple(
        Setting(name, pressed, order_of(base, pressed), unsolved)
        for name, (pressed, unsolved) in ((name, tallies[name]) for name in names)
    )


def _under(games: Sequence[Sequence[DisputeGame]], names: Sequence[str]) -> dict[str, tuple[tuple[float, ...], int]]:
    """Mean chance to press by policy over the draws solved, and games unsolved, under each setting, side by side."""
    draws, tallies = len(games[0]), {}
    solutions = iter(
        solve_disputes([SETTINGS[name](game) for name in names for of_policy in games for game in of_policy])
    )
    for name in names:
        rows = [[next(solutions) for _ in range(draws)] for _ in games]
        kept = [d for d in range(draws) if all(row[d].solved for row in rows)]
        pressed = tuple(
            float(np.mean([row[d].game.types_coercer @ row[d].press for d in kept])) if kept else math.nan
            for row in rows
        )
        tallies[name] = pressed, sum(not solution.solved for row in rows for solution in row)
    return tallies


def order_of(base: Sequence[float], other: Sequence[float]) -> Order:
    """Order of the policies under other behaviour; pairs that tie under either change no places."""
    if any(math.isnan(chance) for chance in (*base, *other)):
        return "unsolved"
    if len(other) > 1 and not depends_on_policy(other):
        return "tied"
    pairs = [(i, j) for i in range(len(base)) for j in range(i)]
    swapped = any(
        differ(base[i], base[j]) and differ(other[i], other[j]) and (base[i] > base[j]) != (other[i] > other[j])
        for i, j in pairs
    )
    return "other" if swapped else "same"
