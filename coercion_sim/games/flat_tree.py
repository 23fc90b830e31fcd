"""A tree as arrays, level by level, so that one sweep over a level is a handful of NumPy calls.

Nodes are numbered breadth first. The children of the decision and chance nodes of one level, taken in order, are
then exactly the next level, and each node's children are a contiguous run of it: sums and maxima over the
actions of a node are `reduceat` over these runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace

import numpy as np

from coercion_sim.arrays import Array, Places
from coercion_sim.games.nodes import Chance, Decision, Node, Terminal


@dataclass(frozen=True, eq=False)
class Level:
    """The moves made from one depth of the tree: M moving nodes, E edges to the nodes of the next depth.

    Attributes
    ----------
    lo, hi
        The next level is nodes lo..hi-1; edge e leads to node lo + e.
    movers : (M,)
        Node numbers that move, in order.
    starts : (M,)
        First edge of each.
    segment : (E,)
        Position in `movers` of the node each edge leaves.
    decision_edges : (D,)
        Edges that are decisions, not chance.
    player : (E,)
        Player moving along each edge (0 for chance).
    action : (E,)
        Global action number (-1 for chance).
    infoset : (E,)
        Information set of each edge (0 for chance).
    chance_edges, chance_probs : (K,)
        Edges of chance moves and their probabilities.
    """

    lo: int
    hi: int
    movers: Places
    starts: Places
    segment: Places
    decision_edges: Places
    player: Places
    action: Places
    infoset: Places
    chance_edges: Places
    chance_probs: Array


@dataclass(frozen=True, eq=False)
class FlatTree:
    """A compiled tree: N nodes, P players, H information sets, A actions over all information sets, L leaves.

    Attributes
    ----------
    players : P names
    levels
        From the root down.
    payoffs : (N, P)
        At leaves; 0 elsewhere.
    leaves : (L,)
        Node numbers; `outcomes` are their labels.
    infosets : H names
    infoset_player, infoset_size : (H,)
        Owner, and number of nodes.
    action_start : (H + 1,)
        Actions of information set h are numbers action_start[h] .. action_start[h+1] - 1.
    action_infoset : (A,)
    action_labels : A names
    parent, parent_action : (N,)
        Node above (-1 at the root) and global action on the edge from it (-1 at the root and after chance).
    parent_prob : (N,)
        Chance probability of the edge (1 for a decision).
    """

    players: tuple[str, ...]
    levels: tuple[Level, ...]
    payoffs: Array
    leaves: Places
    outcomes: tuple[str, ...]
    infosets: tuple[str, ...]
    infoset_player: Places
    infoset_size: Places
    action_start: Places
    action_infoset: Places
    action_labels: tuple[str, ...]
    parent: Places
    parent_action: Places
    parent_prob: Array

    @property
    def n_actions(self) -> int:
        """Number of actions, over all information sets."""
        return len(self.action_labels)


class _Infosets:
    """Information sets in the order met."""

    def __init__(self, players: Sequence[str]) -> None:
        self.player_number = {name: i for i, name in enumerate(players)}
        self.number: dict[str, int] = {}
        self.player: list[int] = []
        self.size: list[int] = []
        self.start: list[int] = [0]
        self.labels: list[str] = []
        self.of_action: list[int] = []

    def meet(self, node: Decision) -> int:
        h = self.number.get(node.infoset)
        if h is None:
            h = self.number[node.infoset] = len(self.player)
            self.player.append(self.player_number[node.player])
            self.size.append(0)
            self.labels.extend(action.label for action in node.actions)
            self.of_action.extend([h] * len(node.actions))
            self.start.append(len(self.labels))
        self.size[h] += 1
        return h


@dataclass
class _Draft:
    """One level while it is being filled: the lists that become a `Level`, and the nodes below."""

    below: list[Node] = field(default_factory=list)
    movers: list[int] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    segment: list[int] = field(default_factory=list)
    decision_edges: list[int] = field(default_factory=list)
    player: list[int] = field(default_factory=list)
    action: list[int] = field(default_factory=list)
    infoset: list[int] = field(default_factory=list)
    chance_edges: list[int] = field(default_factory=list)
    chance_probs: list[float] = field(default_factory=list)

    def add(self, number: int, node: Decision | Chance, sets: _Infosets) -> None:
        here, count = len(self.below), len(node.actions)
        edges = range(here, here + count)
        self.segment += [len(self.movers)] * count
        self.movers.append(number)
        self.starts.append(here)
        self.below += [move.child for move in node.actions]
        if isinstance(node, Chance):
            self.chance_edges += edges
            self.chance_probs += [move.prob for move in node.actions]
            mover, h = 0, 0
            self.action += [-1] * count
        else:
            h = sets.meet(node)
            mover = sets.player[h]
            self.decision_edges += edges
            self.action += range(sets.start[h], sets.start[h] + count)
        self.player += [mover] * count
        self.infoset += [h] * count

    def finished(self, lo: int) -> Level:
        """Return the level as arrays; its edges lead to nodes lo, lo + 1, ..."""
        edges = {f.name: _ints(getattr(self, f.name)) for f in fields(self) if f.name not in ("below", "chance_probs")}
        probs = np.array(self.chance_probs, dtype=np.float64)
        return Level(lo=lo, hi=lo + len(self.below), chance_probs=probs, **edges)


def flatten(players: Sequence[str], root: Node) -> FlatTree:
    """Compile a checked tree. Cost is a microsecond or two a node; the game keeps the result."""
    sets = _Infosets(players)
    levels: list[Level] = []
    leaves: list[int] = []
    ends: list[Terminal] = []
    generation: list[Node] = [root]
    first = 0
    while generation:
        draft = _Draft()
        for number, node in enumerate(generation, start=first):
            if isinstance(node, Terminal):
                leaves.append(number)
                ends.append(node)
            else:
                draft.add(number, node, sets)
        first += len(generation)
        generation = draft.below
        if generation:
            levels.append(draft.finished(first))
    payoffs = np.zeros((first, len(players)))
    payoffs[leaves] = [[end.payoffs[name] for name in players] for end in ends]
    parent, parent_action = np.full(first, -1, dtype=np.intp), np.full(first, -1, dtype=np.intp)
    parent_prob = np.ones(first)
    for level in levels:
        parent[level.lo : level.hi] = level.movers[level.segment]
        parent_action[level.lo : level.hi] = level.action
        parent_prob[level.lo + level.chance_edges] = level.chance_probs
    return FlatTree(
        players=tuple(players),
        levels=tuple(levels),
        payoffs=payoffs,
        leaves=_ints(leaves),
        outcomes=tuple(end.label for end in ends),
        infosets=tuple(sets.number),
        infoset_player=_ints(sets.player),
        infoset_size=_ints(sets.size),
        action_start=_ints(sets.start),
        action_infoset=_ints(sets.of_action),
        action_labels=tuple(sets.labels),
        parent=parent,
        parent_action=parent_action,
        parent_prob=parent_prob,
    )


def centred(flat: FlatTree) -> FlatTree:
    """Return the tree with each player's payoffs measured from the middle one, so that a constant costs no digits."""
    payoffs = flat.payoffs.copy()
    payoffs[flat.leaves] -= np.quantile(payoffs[flat.leaves], 0.5, axis=0, method="lower")
    return replace(flat, payoffs=payoffs)


def _ints(values: Sequence[int]) -> Places:
    return np.array(values, dtype=np.intp)
