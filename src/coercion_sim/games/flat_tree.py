"""A tree as arrays, level by level, so that one sweep over a level is a handful of NumPy calls.

Nodes are numbered breadth first. The children of the decision and chance nodes of one level, taken in order, are
then exactly the next level, and each node's children are a contiguous run of it: sums and maxima over the
actions of a node are `reduceat` over these runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from coercion_sim.games.nodes import Chance, Decision, Node, Terminal

Ints = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float64]


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
    movers: Ints
    starts: Ints
    segment: Ints
    decision_edges: Ints
    player: Ints
    action: Ints
    infoset: Ints
    chance_edges: Ints
    chance_probs: Floats


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
    payoffs: Floats
    leaves: Ints
    outcomes: tuple[str, ...]
    infosets: tuple[str, ...]
    infoset_player: Ints
    infoset_size: Ints
    action_start: Ints
    action_infoset: Ints
    action_labels: tuple[str, ...]
    parent: Ints
    parent_action: Ints
    parent_prob: Floats

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


def flatten(players: Sequence[str], root: Node) -> FlatTree:
    """Compile a checked tree. Cost is a few microseconds a node; the result is cached by the game."""
    sets = _Infosets(players)
    levels: list[Level] = []
    parent, parent_action, parent_prob = [-1], [-1], [1.0]
    leaves: list[int] = []
    outcomes: list[str] = []
    leaf_payoffs: list[list[float]] = []
    generation: list[Node] = [root]
    first = 0
    while generation:
        below: list[Node] = []
        movers, starts, segment = [], [], []
        decision_edges, chance_edges, chance_probs = [], [], []
        player, action, infoset = [], [], []
        for number, node in enumerate(generation, start=first):
            if isinstance(node, Terminal):
                leaves.append(number)
                outcomes.append(node.label)
                leaf_payoffs.append([node.payoffs[name] for name in players])
                continue
            here, count = len(below), len(node.actions)
            segment += [len(movers)] * count
            movers.append(number)
            starts.append(here)
            parent += [number] * count
            below += [move.child for move in node.actions]
            if isinstance(node, Chance):
                probs = [move.prob for move in node.actions]
                chance_edges += range(here, here + count)
                chance_probs += probs
                parent_prob += probs
                numbers, mover, h = [-1] * count, 0, 0
            else:
                h = sets.meet(node)
                mover = sets.player[h]
                decision_edges += range(here, here + count)
                parent_prob += [1.0] * count
                numbers = list(range(sets.start[h], sets.start[h] + count))
            parent_action += numbers
            action += numbers
            player += [mover] * count
            infoset += [h] * count
        lo = first + len(generation)
        if below:
            levels.append(
                Level(
                    lo,
                    lo + len(below),
                    _ints(movers),
                    _ints(starts),
                    _ints(segment),
                    _ints(decision_edges),
                    _ints(player),
                    _ints(action),
                    _ints(infoset),
                    _ints(chance_edges),
                    np.array(chance_probs, dtype=np.float64),
                )
            )
        first, generation = lo, below
    payoffs = np.zeros((len(parent), len(players)))
    payoffs[leaves] = leaf_payoffs
    return FlatTree(
        players=tuple(players),
        levels=tuple(levels),
        payoffs=payoffs,
        leaves=_ints(leaves),
        outcomes=tuple(outcomes),
        infosets=tuple(sets.number),
        infoset_player=_ints(sets.player),
        infoset_size=_ints(sets.size),
        action_start=_ints(sets.start),
        action_infoset=_ints(sets.of_action),
        action_labels=tuple(sets.labels),
        parent=_ints(parent),
        parent_action=_ints(parent_action),
        parent_prob=np.array(parent_prob),
    )


def _ints(values: Sequence[int]) -> Ints:
    return np.array(values, dtype=np.intp)
