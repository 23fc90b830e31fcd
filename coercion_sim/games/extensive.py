"""Extensive games: players and a checked tree."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from coercion_sim.errors import Problem, nearest
from coercion_sim.games.flat_tree import FlatTree, flatten
from coercion_sim.games.nodes import Chance, Decision, GameError, Node, Terminal, children, player_problems


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


ROOT = "tree"
PROBABILITY_TOLERANCE = 1e-9


@dataclass
class _Seen:
    """What the walk has met so far. `memory` numbers own histories: (earlier history, information set, action)."""

    players: tuple[str, ...]
    source: str | None
    problems: list[Problem] = field(default_factory=list)
    infosets: dict[str, tuple[Decision, str, int]] = field(default_factory=dict)
    chance_names: dict[str, str] = field(default_factory=dict)
    outcomes: dict[str, tuple[Terminal, str]] = field(default_factory=dict)
    places: dict[int, str] = field(default_factory=dict)
    memory: dict[tuple[int, str, int], int] = field(default_factory=dict)

    def complain(self, path: str, message: str, **more: str | None) -> None:
        self.problems.append(Problem(message, file=self.source, key=path, **more))  # type: ignore[arg-type]


def tree_problems(players: Sequence[str], root: Node, source: str | None = None, path: str = ROOT) -> list[Problem]:
    """Return everything wrong with the tree that starts at `path`, nothing if it is a game with perfect recall.

    Checked: players known and all paid finite amounts; chance probabilities in [0, 1] that sum to 1; action
    labels present and distinct; an outcome label has one vector of payoffs; an information set has one player,
    the same actions in the same order at each node, no chance move, and perfect recall (at each of its nodes the
    mover has taken the same own actions at the same own information sets: Kuhn 1953; this also rules out meeting
    it twice on one path); no decision or chance record sits at two places (which a cycle would do too).
    """
    seen = _Seen(tuple(players), source)
    start = dict.fromkeys(players, 0)
    stack: list[tuple[object, str, dict[str, int]]] = [(root, path, start)]
    while stack:
        node, path, history = stack.pop()
        if isinstance(node, Terminal):
            _check_terminal(seen, node, path)
            continue
        if not isinstance(node, (Decision, Chance)):
            seen.complain(path, "not a node", found=type(node).__name__, allowed="Decision, Chance or Terminal")
            continue
        if id(node) in seen.places:
            _complain_met_again(seen, node, path)
            continue
        seen.places[id(node)] = path
        _check_labels(seen, node, path)
        if isinstance(node, Chance):
            _check_chance(seen, node, path)
        else:
            _check_decision(seen, node, path, history)
        for position in range(len(node.actions) - 1, -1, -1):
            action = node.actions[position]
            after = history
            if isinstance(node, Decision) and node.player in history:
                step = (history[node.player], node.infoset, position)
                after = {**history, node.player: seen.memory.setdefault(step, len(seen.memory) + 1)}
            stack.append((action.child, f"{path}/{action.label}", after))
    return seen.problems


def _complain_met_again(seen: _Seen, node: Node, path: str) -> None:
    first = seen.places[id(node)]
    if path == first or path.startswith(first + "/"):
        seen.complain(path, f"the tree runs back to its own node {first}: a cycle has no end")
    else:
        seen.complain(
            path, f"the same node stands here and at {first}; a tree reaches each node one way: write it twice"
        )


def _check_labels(seen: _Seen, node: Decision | Chance, path: str) -> None:
    if not node.actions:
        seen.complain(path, "a decision or chance node needs at least one action", found="none")
    labels = [action.label for action in node.actions]
    for label in sorted({label for label in labels if labels.count(label) > 1}):
        seen.complain(path, "two actions carry the same label", found=repr(label))


def _check_chance(seen: _Seen, node: Chance, path: str) -> None:
    if node.infoset in seen.infosets:
        seen.complain(
            path, f"chance move named like the information set of {seen.infosets[node.infoset][1]}", found=node.infoset
        )
    seen.chance_names.setdefault(node.infoset, path)
    probs = [action.prob for action in node.actions]
    for action in node.actions:
        if not 0.0 <= action.prob <= 1.0:
            seen.complain(f"{path}/{action.label}", "not a probability", found=repr(action.prob), allowed="0 to 1")
    total = math.fsum(probs)
    if probs and not abs(total - 1.0) <= PROBABILITY_TOLERANCE:
        seen.complain(path, "the probabilities of a chance move must sum to 1", found=f"{total:.12g}")


def _check_decision(seen: _Seen, node: Decision, path: str, history: dict[str, int]) -> None:
    if node.player not in seen.players:
        seen.complain(
            path,
            "unknown player",
            found=repr(node.player),
            allowed=", ".join(seen.players),
            suggestion=nearest(node.player, seen.players),
        )
        return
    if node.infoset in seen.chance_names:
        seen.complain(
            path, f"information set named like the chance move of {seen.chance_names[node.infoset]}", found=node.infoset
        )
    own = history.get(node.player, 0)
    first, where, remembered = seen.infosets.setdefault(node.infoset, (node, path, own))
    if first.player != node.player:
        seen.complain(
            path,
            f"information set {node.infoset} belongs to {first.player} (at {where}) and cannot also be {node.player}'s",
        )
    elif [a.label for a in first.actions] != [a.label for a in node.actions]:
        seen.complain(
            path,
            f"information set {node.infoset} offers other actions here than at {where}: the mover could tell",
            found=", ".join(a.label for a in node.actions),
            allowed=", ".join(a.label for a in first.actions),
        )
    elif remembered != own:
        seen.complain(
            path,
            f"imperfect recall: at information set {node.infoset} {node.player} would have forgotten own "
            f"earlier moves, which differ from those before {where}",
        )


def _check_terminal(seen: _Seen, node: Terminal, path: str) -> None:
    for player in seen.players:
        if player not in node.payoffs:
            seen.complain(path, f"outcome {node.label!r} has no payoff for {player}")
    for player, amount in node.payoffs.items():
        if player not in seen.players:
            seen.complain(
                path,
                f"outcome {node.label!r} pays an unknown player",
                found=repr(player),
                allowed=", ".join(seen.players),
                suggestion=nearest(player, seen.players),
            )
        if not math.isfinite(amount):
            seen.complain(path, f"payoff of {player} is not a finite number", found=repr(amount))
    first, where = seen.outcomes.setdefault(node.label, (node, path))
    if first.payoffs != node.payoffs:
        seen.complain(path, f"outcome label {node.label!r} stands at {where} with other payoffs; give it its own label")
