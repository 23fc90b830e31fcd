"""Normal-form games: players choose at once; payoffs are one tensor each."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from coercion_sim.errors import Problem, nearest
from coercion_sim.games.flat_tree import FlatTree, Floats, flatten
from coercion_sim.games.frozen import FrozenDict
from coercion_sim.games.game_error import GameError
from coercion_sim.games.nodes import Action, Decision, Node, Terminal
from coercion_sim.games.tree_checks import player_problems

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
    payoffs: Mapping[str, npt.NDArray[np.float64]]
    title: str = ""
    source: str | None = None

    def __post_init__(self) -> None:
        problems = table_problems(self.players, self.strategies, self.payoffs, self.source)
        if problems:
            raise GameError(problems)
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
    def tables(self) -> tuple[Floats, ...]:
        """Payoff tensors in the order of players."""
        return tuple(self.payoffs[name] for name in self.players)

    @cached_property
    def root(self) -> Node:
        """The same game as a tree: players move in turn, nobody sees anything; each player is one information set."""
        return _simultaneous_tree(self)

    @cached_property
    def flat(self) -> FlatTree:
        """The tree form as arrays."""
        return flatten(self.players, self.root)

    def action_values(self, profile: Sequence[Floats]) -> list[Floats]:
        """Return for each player the expected payoff (m_i,) of each own strategy against the others' mixtures."""
        return [_contract(table, profile, (i,)) for i, table in enumerate(self.tables)]

    def regret(self, profile: Sequence[Floats]) -> float:
        """Return the most any player could gain by deviating from the mixed profile, in payoff units; 0 at Nash."""
        gains = [float(u.max() - u @ x) for u, x in zip(self.action_values(profile), profile, strict=True)]
        return max(0.0, *gains)

    def cross_values(self, profile: Sequence[Floats], i: int, j: int) -> Floats:
        """Return player i's expected payoff (m_i, m_j) from own and j's pure strategies, the rest mixing."""
        table = _contract(self.tables[i], profile, (i, j))
        return table if i < j else np.asarray(table.T)


def _contract(table: Floats, profile: Sequence[Floats], keep: tuple[int, ...]) -> Floats:
    """Average a tensor over the mixtures of all players but `keep`; remaining axes in ascending order."""
    for axis in range(table.ndim - 1, -1, -1):
        if axis not in keep:
            table = np.tensordot(table, profile[axis], axes=(axis, 0))
    return np.asarray(table)


def table_problems(
    players: Sequence[str],
    strategies: Mapping[str, Sequence[str]],
    payoffs: Mapping[str, npt.ArrayLike],
    source: str | None = None,
) -> list[Problem]:
    """Return everything wrong with the parts of a normal-form game."""
    problems = player_problems(players, source)
    for part, given in (("strategies", strategies), ("payoffs", payoffs)):
        problems += [Problem("missing player", source, None, f"{part}.{name}") for name in players if name not in given]
        problems += [
            Problem(
                "unknown player", source, None, f"{part}.{name}", repr(name), ", ".join(players), nearest(name, players)
            )
            for name in given
            if name not in players
        ]
    for name in [p for p in players if p in strategies]:
        labels = list(strategies[name])
        if not labels:
            problems.append(Problem("a player needs at least one strategy", source, None, f"strategies.{name}"))
        for label in sorted({label for label in labels if labels.count(label) > 1}):
            problems.append(Problem("strategy listed twice", source, None, f"strategies.{name}", repr(label)))
    if problems:
        return problems
    shape = tuple(len(strategies[name]) for name in players)
    if math.prod(shape) > CELL_LIMIT:
        found = f"{' x '.join(map(str, shape))} = {math.prod(shape):,} cells"
        message = "table too large; use fewer players or strategies"
        return [Problem(message, source, None, "strategies", found, f"{CELL_LIMIT:,} cells")]
    for name in players:
        key = f"payoffs.{name}"
        try:
            table = np.array(payoffs[name], dtype=np.float64)
        except (ValueError, TypeError):
            problems.append(Problem("not a full table of numbers", source, None, key, allowed=f"nested lists {shape}"))
            continue
        if table.shape != shape:
            problems.append(Problem("wrong shape", source, None, key, str(table.shape), f"{shape}, by `strategies`"))
        elif not np.isfinite(table).all():
            cell = tuple(int(k) for k in np.argwhere(~np.isfinite(table))[0])
            problems.append(Problem("not a finite number", source, None, f"{key}{list(cell)}", str(table[cell])))
    return problems


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
