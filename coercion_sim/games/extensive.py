"""Extensive games: players and a checked tree."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from coercion_sim.errors import GameError, Problem, nearest
from coercion_sim.games.flat_tree import FlatTree, flatten
from coercion_sim.games.nodes import LARGEST_PAYOFF, Chance, Decision, Node, Terminal, children, player_problems


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
        GameError.refuse(problems)

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


ROOT = "tree"
PROBABILITY_TOLERANCE = 1e-9


@dataclass
class _Walk:
    """Collects problems on a walk through a tree; `memory` numbers own histories (earlier one, infoset, action)."""

    players: tuple[str, ...]
    source: str | None
    problems: list[Problem] = field(default_factory=list)
    infosets: dict[str, tuple[Decision, str, int]] = field(default_factory=dict)
    chance_names: dict[str, str] = field(default_factory=dict)
    outcomes: dict[str, tuple[Terminal, str]] = field(default_factory=dict)
    places: dict[int, str] = field(default_factory=dict)
    memory: dict[tuple[int, str, int], int] = field(default_factory=dict)

    def report(self, path: str, message: str, **more: str | None) -> None:
        """Add a problem at a path."""
        self.problems.append(Problem(message, file=self.source, key=path, **more))  # type: ignore[arg-type]

    def report_player(self, path: str, message: str, name: str) -> None:
        """Add a player the game does not have."""
        self.report(path, message, found=repr(name), allowed=", ".join(self.players),
                    suggestion=nearest(name, self.players))  # fmt: skip


def tree_problems(players: Sequence[str], root: Node, source: str | None = None, path: str = ROOT) -> list[Problem]:
    """Return everything wrong with the tree that starts at `path`, nothing if it is a game with perfect recall.

    Checked: players known and all paid finite amounts; chance probabilities in [0, 1] that sum to 1; action
    labels present and distinct; an outcome label has one vector of payoffs; an information set has one player,
    the same actions in the same order at each node, no chance move, and perfect recall (at each of its nodes the
    mover has taken the same own actions at the same own information sets: Kuhn 1953; this also rules out meeting
    it twice on one path); no decision or chance record stands at two places (which a cycle would do too).
    """
    walk = _Walk(tuple(players), source)
    stack: list[tuple[object, str, dict[str, int]]] = [(root, path, dict.fromkeys(players, 0))]
    while stack:
        node, path, history = stack.pop()
        if isinstance(node, Terminal):
            _check_terminal(walk, node, path)
        elif not isinstance(node, (Decision, Chance)):
            walk.report(path, "not a node", found=type(node).__name__, allowed="Decision, Chance or Terminal")
        elif id(node) in walk.places:
            _report_second_place(walk, path, walk.places[id(node)])
        else:
            walk.places[id(node)] = path
            _check_labels(walk, node, path)
            if isinstance(node, Chance):
                _check_chance(walk, node, path)
            else:
                _check_decision(walk, node, path, history)
            for position in range(len(node.actions) - 1, -1, -1):
                action = node.actions[position]
                stack.append((action.child, f"{path}/{action.label}", _after(walk, node, position, history)))
    return walk.problems


def _after(walk: _Walk, node: Decision | Chance, position: int, history: dict[str, int]) -> dict[str, int]:
    """Number of each player's own history once the node's action at this position is taken."""
    if isinstance(node, Chance) or node.player not in history:
        return history
    step = (history[node.player], node.infoset, position)
    return {**history, node.player: walk.memory.setdefault(step, len(walk.memory) + 1)}


def _report_second_place(walk: _Walk, path: str, first: str) -> None:
    if path == first or path.startswith(first + "/"):
        walk.report(path, f"the tree runs back to its own node {first}: a cycle has no end")
    else:
        walk.report(path, f"the same node stands here and at {first}; a tree reaches each node one way: write it twice")


def _check_labels(walk: _Walk, node: Decision | Chance, path: str) -> None:
    if not node.actions:
        walk.report(path, "a decision or chance node needs at least one action", found="none")
    labels = [action.label for action in node.actions]
    for label in sorted({label for label in labels if labels.count(label) > 1}):
        walk.report(path, "two actions carry the same label", found=repr(label))


def _check_chance(walk: _Walk, node: Chance, path: str) -> None:
    if node.infoset in walk.infosets:
        where = walk.infosets[node.infoset][1]
        walk.report(path, f"chance move named like the information set of {where}", found=node.infoset)
    walk.chance_names.setdefault(node.infoset, path)
    for action in node.actions:
        if not 0.0 <= action.prob <= 1.0:
            walk.report(f"{path}/{action.label}", "not a probability", found=repr(action.prob), allowed="0 to 1")
    total = math.fsum(action.prob for action in node.actions)
    if node.actions and not abs(total - 1.0) <= PROBABILITY_TOLERANCE:
        walk.report(path, "the probabilities of a chance move must sum to 1", found=f"{total:.12g}")


def _check_decision(walk: _Walk, node: Decision, path: str, history: dict[str, int]) -> None:
    if node.player not in walk.players:
        walk.report_player(path, "unknown player", node.player)
        return
    if node.infoset in walk.chance_names:
        where = walk.chance_names[node.infoset]
        walk.report(path, f"information set named like the chance move of {where}", found=node.infoset)
    own, labels, name = history.get(node.player, 0), [a.label for a in node.actions], node.infoset
    first, where, remembered = walk.infosets.setdefault(name, (node, path, own))
    expected = [a.label for a in first.actions]
    if first.player != node.player:
        owners = f"{first.player} (at {where}) and cannot also be {node.player}'s"
        walk.report(path, f"information set {name} belongs to {owners}")
    elif expected != labels:
        message = f"information set {name} offers other actions here than at {where}: the mover could tell"
        walk.report(path, message, found=", ".join(labels), allowed=", ".join(expected))
    elif remembered != own:
        forgotten = f"{node.player} would have forgotten own earlier moves, which differ from those before {where}"
        walk.report(path, f"imperfect recall: at information set {name} {forgotten}")


def _check_terminal(walk: _Walk, node: Terminal, path: str) -> None:
    for player in walk.players:
        if player not in node.payoffs:
            walk.report(path, f"outcome {node.label!r} has no payoff for {player}")
    for player, amount in node.payoffs.items():
        if player not in walk.players:
            walk.report_player(path, f"outcome {node.label!r} pays an unknown player", player)
        if not math.isfinite(amount):
            walk.report(path, f"payoff of {player} is not a finite number", found=repr(amount))
        elif abs(amount) > LARGEST_PAYOFF:
            message = f"payoff of {player} is larger than {LARGEST_PAYOFF:g}: divide all of its payoffs by one number"
            walk.report(path, message, found=repr(amount))
    first, where = walk.outcomes.setdefault(node.label, (node, path))
    if first.payoffs != node.payoffs:
        walk.report(path, f"outcome label {node.label!r} stands at {where} with other payoffs; give it its own label")
