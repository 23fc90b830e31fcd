"""The reduced strategic form of a tree: plans of action as strategies, and payoffs as the numbers that were meant."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

import numpy as np

from coercion_sim.arrays import Array
from coercion_sim.errors import GameError, Problem
from coercion_sim.games.extensive import ExtensiveGame
from coercion_sim.games.flat_tree import FlatTree
from coercion_sim.games.normal_form import NormalFormGame

WORK_LIMIT = 20_000_000
NO_MOVE = "(no move)"


def strategic_form(game: ExtensiveGame) -> NormalFormGame:
    """Return the reduced normal form; strategies read `C1=threaten, C2=impose`.

    Raises
    ------
    GameError
        Plans x leaves exceed the limit: plans multiply with every information set.
    """
    flat = game.flat
    children = _own_tree(flat)
    sizes = [_count(flat, children, i, -1) for i in range(len(game.players))]
    work = float(np.prod([float(s) for s in sizes])) * len(flat.leaves)
    if work > WORK_LIMIT or max(sizes) > 10_000:
        message = "too many plans of action to list Nash equilibria of this tree; use spe or logit, or a smaller tree"
        size = f"{' x '.join(f'{s:,}' for s in sizes)} plans, {len(flat.leaves):,} leaves"
        raise GameError(Problem(message, game.source, None, "tree", size))
    plans = [list(_plans(flat, children, i, -1)) for i in range(len(game.players))]
    need = _needed_actions(flat)
    weight = _chance_weight(flat)
    fits = []
    for i, own in enumerate(plans):
        table = np.zeros((len(own), len(flat.leaves)))
        for row, plan in enumerate(own):
            table[row] = [needed[i] <= plan for needed in need]
        fits.append(table)
    letters = "abcdefghijklmnopqrstuvwxy"[: len(plans)]
    recipe = ",".join(f"{letter}z" for letter in letters) + f",z->{letters}"
    tables = {}
    for i, name in enumerate(game.players):
        pay, unit = _whole(weight, flat.payoffs[flat.leaves, i])
        tables[name] = np.einsum(recipe, *fits, pay, optimize=True) / unit
    labels = {name: tuple(_label(flat, plan) for plan in own) for name, own in zip(game.players, plans, strict=True)}
    return NormalFormGame(game.players, labels, tables, title=game.title, source=game.source)


def _own_tree(flat: FlatTree) -> dict[tuple[int, int], list[int]]:
    """Map (player, last own action or -1) to the player's information sets that come next."""
    children: dict[tuple[int, int], list[int]] = {}
    met: set[int] = set()
    last = np.full((len(flat.parent), len(flat.players)), -1, dtype=np.intp)
    for level in flat.levels:
        for edge in range(level.hi - level.lo):
            node, action = level.movers[level.segment[edge]], int(level.action[edge])
            last[level.lo + edge] = last[node]
            if action < 0:
                continue
            h, player = int(level.infoset[edge]), int(level.player[edge])
            if h not in met:
                met.add(h)
                children.setdefault((player, int(last[node, player])), []).append(h)
            last[level.lo + edge, player] = action
    return children


def _count(flat: FlatTree, children: dict[tuple[int, int], list[int]], player: int, after: int) -> int:
    total = 1
    for h in children.get((player, after), []):
        actions = range(flat.action_start[h], flat.action_start[h + 1])
        total *= sum(_count(flat, children, player, a) for a in actions)
    return total


def _plans(flat: FlatTree, children: dict[tuple[int, int], list[int]], player: int, after: int) -> list[frozenset[int]]:
    """Return every plan from here on as the set of actions it takes."""
    parts = [
        [
            plan | {a}
            for a in range(flat.action_start[h], flat.action_start[h + 1])
            for plan in _plans(flat, children, player, a)
        ]
        for h in children.get((player, after), [])
    ]
    return [frozenset().union(*choice) for choice in itertools.product(*parts)]


def _needed_actions(flat: FlatTree) -> list[list[frozenset[int]]]:
    """Return for each leaf and player the own actions on its path."""
    needed = []
    for leaf in flat.leaves:
        own: list[set[int]] = [set() for _ in flat.players]
        node = int(leaf)
        while node > 0:
            action = int(flat.parent_action[node])
            if action >= 0:
                own[flat.infoset_player[flat.action_infoset[action]]].add(action)
            node = int(flat.parent[node])
        needed.append([frozenset(taken) for taken in own])
    return needed


def _chance_weight(flat: FlatTree) -> list[Fraction]:
    """Return the exact probability (L,) of the chance moves on the way to each leaf."""
    odds = {p: exact(p) for p in set(flat.parent_prob.tolist())}
    weights = []
    for leaf in flat.leaves.tolist():
        weight, node = Fraction(1), leaf
        while node > 0:
            weight *= odds[float(flat.parent_prob[node])]
            node = int(flat.parent[node])
        weights.append(weight)
    return weights


def _whole(weight: Sequence[Fraction], payoff: Array) -> tuple[Array, float]:
    """Return weight times payoff (L,) as whole numbers and the unit they count, so that sums of them are exact.

    Ties between plans then stay ties. Where the numbers would pass 2^53 they are returned as they are, unit 1.
    """
    paid = [w * exact(float(p)) for w, p in zip(weight, payoff, strict=True)]
    unit = math.lcm(*(amount.denominator for amount in paid))
    if sum(abs(amount) for amount in paid) * unit < 2**53:
        return np.array([float(amount * unit) for amount in paid]), float(unit)
    return np.array([float(amount) for amount in paid]), 1.0


def _label(flat: FlatTree, plan: frozenset[int]) -> str:
    steps = [f"{flat.infosets[flat.action_infoset[a]]}={flat.action_labels[a]}" for a in sorted(plan)]
    return ", ".join(steps) or NO_MOVE


def exact(value: float) -> Fraction:
    """Return the fraction of denominator up to a million within rounding of `value`; else its decimal; else its bits.

    So 0.1 is one tenth, 0.1 + 0.2 three tenths, and the float nearest to one third is one third. A decimal of more than
    15 digits was not written by hand: 2^-31 stays exact.
    """
    whole = Fraction(value)
    near = whole.limit_denominator(10**6)
    if abs(near - whole) <= 2 * Fraction(math.ulp(value)):
        return near
    decimal = Decimal(repr(float(value)))
    return Fraction(decimal) if len(decimal.as_tuple().digits) <= 15 else whole
