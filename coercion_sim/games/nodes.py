"""The nodes of an extensive game: decisions, chance moves, ends. Frozen records nested by value.

A node holds its actions and an action holds its child, so a tree is written as it is read. Decision nodes
that share an `infoset` label are one information set: the mover cannot tell them apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar

from coercion_sim.errors import Problem

#: Payoffs beyond this are refused: sums and differences of larger ones overflow.
LARGEST_PAYOFF = 1e150

K = TypeVar("K")
V = TypeVar("V")


class FrozenDict(dict[K, V]):
    """A `dict` that refuses to change; still JSON-encodable, comparable with a plain `dict`, and picklable."""

    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("this mapping belongs to a frozen record and cannot be changed; copy it with dict(...)")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))

    def __reduce__(self) -> tuple[Any, ...]:
        # The default would rebuild item by item through the refused __setitem__.
        return type(self), (dict(self),)


@dataclass(frozen=True)
class Terminal:
    """The end of a play: an outcome label and every player's payoff."""

    label: str
    payoffs: Mapping[str, float]

    def __post_init__(self) -> None:
        object.__setattr__(self, "payoffs", FrozenDict(self.payoffs))


@dataclass(frozen=True)
class Action:
    """One thing the mover can do, and where it leads."""

    label: str
    child: Node


@dataclass(frozen=True)
class Decision:
    """A node at which `player` chooses among `actions`, knowing only that play is somewhere in `infoset`."""

    player: str
    infoset: str
    actions: tuple[Action, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "actions", tuple(self.actions))


@dataclass(frozen=True)
class ChanceAction:
    """One result of a chance move, with its probability."""

    label: str
    prob: float
    child: Node


@dataclass(frozen=True)
class Chance:
    """A node at which nature draws one of `actions`; `infoset` only names it."""

    actions: tuple[ChanceAction, ...]
    infoset: str = "chance"

    def __post_init__(self) -> None:
        object.__setattr__(self, "actions", tuple(self.actions))


Node = Decision | Chance | Terminal


def whether_then_what(
    player: str, infoset: str, decline: tuple[str, Node], act: str, options: Sequence[tuple[str, Node]]
) -> Decision:
    """Build a decision taken in two logit nodes: first *whether* to act, then *with what*.

    In one flat logit node every further option makes acting likelier, copies of an option included. With two
    nodes the value of acting is the probability-weighted value of the second, so that copying the whole list
    changes nothing. With a single option the second node would be a formality and is left out.

    Parameters
    ----------
    player, infoset
        Who moves and the label of the first information set; that of the second is `infoset` + "/what".
    decline
        Label and child of not acting.
    act
        Label of acting in the first node.
    options
        Label and child of each way to act; at least one.
    """
    if not options:
        return Decision(player, infoset, (Action(*decline),))
    if len(options) == 1:
        return Decision(player, infoset, (Action(*decline), Action(*options[0])))
    what = Decision(player, f"{infoset}/what", actions(options))
    return Decision(player, infoset, (Action(*decline), Action(act, what)))


def actions(pairs: Iterable[tuple[str, Node]]) -> tuple[Action, ...]:
    """Return the actions given as (label, child) pairs."""
    return tuple(Action(label, child) for label, child in pairs)


def children(node: Node) -> list[Node]:
    """Return the nodes below, in the order of actions; none below an end."""
    return [] if isinstance(node, Terminal) else [move.child for move in node.actions]


def player_problems(players: Sequence[str], source: str | None) -> list[Problem]:
    """Return what is wrong with the list of players: empty, unnamed, or repeated."""
    problems = [] if players else [Problem("a game needs at least one player", file=source, key="players")]
    repeated = sorted({name for name in players if players.count(name) > 1})
    problems += [Problem("player listed twice", file=source, key="players", found=repr(name)) for name in repeated]
    return problems
