"""Normal-form games: players choose at once; payoffs are one tensor each."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from coercion_sim.arrays import Array
from coercion_sim.errors import GameError, Problem, nearest
from coercion_sim.games.flat_tree import FlatTree, flatten
from coercion_sim.games.nodes import LARGEST_PAYOFF, Action, Decision, FrozenDict, Node, Terminal, player_problems

CELL_LIMIT = 2_000_000


@dataclass(frozen=True, eq=False)
class NormalFormGame:
    """A finite game in normal form.

    Parameters
    ----------
    players
        n names.
    strategies
        Each player's labels, m_1 .. m_n of them.
    payoffs
        Each player's payoff tensor, shape (m_1, .., m_n), axes in the order of `players`.
    title, source
        For people; the file it came from.

    Raises
    ------
    GameError
        Unknown or missing players, repeated labels, a wrong shape, a payoff that is not finite.
    """

    players: tuple[str, ...]
    strategies: Mapping[str, tuple[str, ...]]
    payoffs: Mapping[str, Array]
    title: str = ""
    source: str | None = None

    def __post_init__(self) -> None:
        GameError.refuse(table_problems(self.players, self.strategies, self.payoffs, self.source))
        tables = {}
        for name in self.players:
            tables[name] = np.array(self.payoffs[name], dtype=np.float64)
            tables[name].flags.writeable = False
        object.__setattr__(self, "players", tuple(self.players))
        object.__setattr__(self, "strategies", FrozenDict({p: tuple(self.strategies[p]) for p in self.players}))
        object.__setattr__(self, "payoffs", FrozenDict(tables))

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of strategies of each player."""
        return tuple(len(self.strategies[name]) for name in self.players)

    @cached_property
    def tables(self) -> tuple[Array, ...]:
        """Payoff tensors in the order of players."""
        return tuple(self.payoffs[name] for name in self.players)

    @cached_property
    def centred(self) -> tuple[Array, ...]:
        """Payoff tensors measured from each player's middle payoff: differences keep their digits."""
        return tuple(table - np.quantile(table, 0.5, method="lower") for table in self.tables)

    @cached_property
    def root(self) -> Node:
        """The same game as a tree: players move in turn, nobody sees anything; each player is one information set."""
        return _simultaneous_tree(self)

    @cached_property
    def flat(self) -> FlatTree:
        """The tree form as arrays."""
        return flatten(self.players, self.root)

    def action_values(self, profile: Sequence[Array]) -> list[Array]:
        """Return for each player the expected payoff (m_i,) of each own strategy against the others' mixtures."""
        return [_contract(table, profile, (i,)) for i, table in enumerate(self.tables)]

    def centred_values(self, profile: Sequence[Array]) -> list[Array]:
        """Return `action_values` measured from each player's middle payoff."""
        return [_contract(table, profile, (i,)) for i, table in enumerate(self.centred)]

    def regret(self, profile: Sequence[Array]) -> float:
        """Return the most any player could gain by deviating from the mixed profile, in payoff units; 0 at Nash."""
        gains = [float(u.max() - u @ x) for u, x in zip(self.action_values(profile), profile, strict=True)]
        return max(0.0, *gains)

    def relative_regret(self, profile: Sequence[Array]) -> float:
        """Return the largest regret in units of the payoff differences in play.

        For each player these are the differences among own strategies used or best, against what the others use.
        """
        used = [np.flatnonzero(x > 0.0).tolist() for x in profile]
        worst = 0.0
        for i, (u, x) in enumerate(zip(self.centred_values(profile), profile, strict=True)):
            best = int(u.argmax())
            own = sorted({*used[i], best})
            gain = float((u[best] - u[own]) @ x[own])  # differences first: a constant added to payoffs cancels
            if gain > 0.0:
                worst = max(worst, gain / float(np.ptp(self.tables[i][np.ix_(*used[:i], own, *used[i + 1 :])])))
        return worst

    def cross_values(self, profile: Sequence[Array], i: int, j: int) -> Array:
        """Return player i's expected centred payoff (m_i, m_j) from own and j's pure strategies, the rest mixing."""
        table = _contract(self.centred[i], profile, (i, j))
        return table if i < j else np.asarray(table.T)


def _contract(table: Array, profile: Sequence[Array], keep: tuple[int, ...]) -> Array:
    """Average a tensor over the mixtures of all players but `keep`; remaining axes in ascending order."""
    for axis in range(table.ndim - 1, -1, -1):
        if axis not in keep:
            table = np.tensordot(table, profile[axis], axes=(axis, 0))
    return np.asarray(table)


def table_problems(
    players: Sequence[str], strategies: Mapping[str, Sequence[str]], payoffs: Mapping[str, npt.ArrayLike],
    source: str | None = None,
) -> list[Problem]:  # fmt: skip
    """Return everything wrong with the parts of a normal-form game."""
    problems = player_problems(players, source)
    for part, given in (("strategies", strategies), ("payoffs", payoffs)):
        problems += _name_problems(players, part, given, source)
    for name in [p for p in players if p in strategies]:
        labels, key = list(strategies[name]), f"strategies.{name}"
        if not labels:
            problems.append(Problem("a player needs at least one strategy", source, None, key))
        repeated = sorted({label for label in labels if labels.count(label) > 1})
        problems += [Problem("strategy listed twice", source, None, key, repr(label)) for label in repeated]
    if problems:
        return problems
    shape = tuple(len(strategies[name]) for name in players)
    if math.prod(shape) > CELL_LIMIT:
        size = f"{' x '.join(map(str, shape))} = {math.prod(shape):,} cells"
        message = "table too large; use fewer players or strategies"
        return [Problem(message, source, None, "strategies", size, f"{CELL_LIMIT:,} cells")]
    tables = (_payoff_problem(payoffs[name], shape, f"payoffs.{name}", source) for name in players)
    return [problem for problem in tables if problem is not None]


def _name_problems(players: Sequence[str], part: str, given: Mapping[str, Any], source: str | None) -> list[Problem]:
    """Players that a part lacks, and names in it that are not players."""
    missing = [Problem("missing player", source, None, f"{part}.{name}") for name in players if name not in given]
    unknown, allowed = [name for name in given if name not in players], ", ".join(players)
    return missing + [
        Problem("unknown player", source, None, f"{part}.{name}", repr(name), allowed, nearest(name, players))
        for name in unknown
    ]


def _payoff_problem(payoffs: npt.ArrayLike, shape: tuple[int, ...], key: str, source: str | None) -> Problem | None:
    """What keeps a player's payoffs from being a full table of finite numbers."""
    try:
        table = np.array(payoffs, dtype=np.float64)
    except (ValueError, TypeError):
        return Problem("not a full table of numbers", source, None, key, allowed=f"nested lists {shape}")
    if table.shape != shape:
        return Problem("wrong shape", source, None, key, str(table.shape), f"{shape}, by `strategies`")
    large = ~(np.abs(table) <= LARGEST_PAYOFF)
    if not large.any():
        return None
    cell = tuple(int(k) for k in np.argwhere(large)[0])
    message = f"larger than {LARGEST_PAYOFF:g}: divide all of the player's payoffs by one number"
    message = message if np.isfinite(table[cell]) else "not a finite number"
    return Problem(message, source, None, key + "".join(f"[{k + 1}]" for k in cell), str(table[cell]))


def _simultaneous_tree(game: NormalFormGame) -> Node:
    n = len(game.players)

    def below(cell: tuple[int, ...]) -> Node:
        depth = len(cell)
        if depth == n:
            labels = [game.strategies[name][k] for name, k in zip(game.players, cell, strict=True)]
            pay = {name: float(table[cell]) for name, table in zip(game.players, game.tables, strict=True)}
            return Terminal("|".join(labels), pay)
        name = game.players[depth]
        return Decision(
            name, name, tuple(Action(label, below((*cell, k))) for k, label in enumerate(game.strategies[name]))
        )

    return below(())
