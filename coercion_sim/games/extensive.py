"""Extensive games: players and a checked tree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from coercion_sim.games.flat_tree import FlatTree, flatten
from coercion_sim.games.game_error import GameError
from coercion_sim.games.nodes import Node, Terminal, children
from coercion_sim.games.tree_checks import player_problems, tree_problems


@dataclass(frozen=True, eq=False)
class ExtensiveGame:
    """A finite game in extensive form with perfect recall (Kuhn 1953; Osborne-Rubinstein 1994, ch. 11).

    Parameters
    ----------
    players
        Names, in the order used everywhere.
    root
        First node.
    title
        For people.
    source
        File it came from, named in errors.

    Raises
    ------
    GameError
        Listing everything `tree_problems` finds.
    """

    players: tuple[str, ...]
    root: Node
    title: str = ""
    source: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "players", tuple(self.players))
        problems = player_problems(self.players, self.source) + tree_problems(self.players, self.root, self.source)
        if problems:
            raise GameError(problems)

    @cached_property
    def flat(self) -> FlatTree:
        """The tree as arrays, compiled once: what every solver works on."""
        return flatten(self.players, self.root)

    @property
    def perfect_information(self) -> bool:
        """Whether every information set is a single node."""
        return bool((self.flat.infoset_size == 1).all())

    def terminals(self) -> Iterator[Terminal]:
        """Yield the ends of the tree, left to right."""
        stack: list[Node] = [self.root]
        while stack:
            node = stack.pop()
            if isinstance(node, Terminal):
                yield node
            else:
                stack.extend(reversed(children(node)))
