"""Reading games from Gambit's files: `.efg` (extensive form) and `.nfg` (normal form, by payoffs or by outcomes).

Written from Gambit's documentation of its formats. Names that are empty or repeated, which Gambit allows, are made
distinct. Numbers are read as exact fractions and rounded once; payoffs of outcomes at nodes that are not ends add up
along the way.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from coercion_sim.errors import GameError, Problem
from coercion_sim.files import read_file
from coercion_sim.games.extensive import ROOT, ExtensiveGame
from coercion_sim.games.gambit_text import Token, Tokens, labels, unused
from coercion_sim.games.nodes import Action, Chance, ChanceAction, Decision, Node, Terminal
from coercion_sim.games.normal_form import CELL_LIMIT, NormalFormGame

DEPTH_LIMIT = 200
Payoffs = tuple[Fraction, ...]


def read_gambit(path: Path) -> ExtensiveGame | NormalFormGame:
    """Read an `.efg` or `.nfg` file; its first word decides which.

    Raises
    ------
    GameError
        The file is missing or is not a game of this format, with line and column; or the tree is one the solvers refuse
        (imperfect recall), with the line of the node.
    """
    document = read_file(path, str(path), "Gambit", None, GameError, lambda text, name: {}, lambda text: {})
    tokens = Tokens(document.text, str(path))
    if not (tokens.comes("NFG") or tokens.comes("EFG")):
        tokens.refuse("not a Gambit file", allowed="a file that begins with EFG or NFG")
    return _read_nfg(tokens) if tokens.comes("NFG") else _EfgReader(tokens).game()


@dataclass
class _Moves:
    """What an information set or chance event was first declared as."""

    name: str
    labels: list[str]
    written: list[str]
    odds: list[Fraction]


@dataclass
class _EfgReader:
    """Reads the nodes of an `.efg` file in prefix order."""

    tokens: Tokens
    players: list[str] = field(default_factory=list)
    moves: dict[tuple[int, int], _Moves] = field(default_factory=dict)
    outcomes: dict[int, tuple[str, Payoffs]] = field(default_factory=dict)
    ends: dict[str, Payoffs] = field(default_factory=dict)
    end_label: dict[tuple[str, Payoffs], str] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)

    def game(self) -> ExtensiveGame:
        tokens = self.tokens
        title, self.players = tokens.prologue("EFG", "2")
        if tokens.next.kind == "text":
            tokens.take()  # comment
        root = self.node(ROOT, (Fraction(0),) * len(self.players), 0)
        tokens.finish()
        _refuse_lost_digits([*self.ends.values()], self.players, tokens.source)
        try:
            return ExtensiveGame(tuple(self.players), root, title, tokens.source)
        except GameError as error:
            lined = (replace(p, line=self.lines.get(p.key or "", p.line)) for p in error.problems)
            raise GameError(lined) from None

    def node(self, path: str, paid: Payoffs, depth: int) -> Node:
        """Read a node and everything below it; `paid` is what outcomes on the way have given."""
        tokens = self.tokens
        self.lines[path] = tokens.next.line
        if depth > DEPTH_LIMIT:
            tokens.refuse("the tree is too deep for a file", allowed=f"{DEPTH_LIMIT} moves in a row")
        first = tokens.next
        tokens.expect("c p t", "a node")
        name = tokens.text("the name of the node")
        if first.value == "t":
            return self.end(name, paid)
        owner = 0
        if first.value == "p":
            at = tokens.next
            owner = tokens.whole("the number of the player", 1)
            if owner > len(self.players):
                tokens.refuse("no such player", at, f"1 to {len(self.players)}")
        moves = self.declared(owner, tokens.whole("the number of the information set", 1))
        _, amounts = self.outcome()
        paid = tuple(a + b for a, b in zip(paid, amounts, strict=True))
        below = [self.node(f"{path}/{label}", paid, depth + 1) for label in moves.labels]
        if owner:
            acts = tuple(Action(label, child) for label, child in zip(moves.labels, below, strict=True))
            return Decision(self.players[owner - 1], moves.name, acts)
        drawn = zip(moves.labels, moves.odds, below, strict=True)
        return Chance(tuple(ChanceAction(label, float(odds), child) for label, odds, child in drawn), moves.name)

    def declared(self, owner: int, number: int) -> _Moves:
        """Read the name and the actions of an information set, or recall them where the file leaves them out."""
        tokens, key, at = self.tokens, (owner, number), self.tokens.next
        known = self.moves.get(key)
        if at.kind != "text" and not tokens.comes("{"):
            if known is None:
                tokens.refuse("the first node of an information set must list its actions")
            return known
        name = tokens.text("a name") if at.kind == "text" else ""
        written, odds = self.actions(owner)
        if known is not None:
            if written != known.written or odds != known.odds:
                tokens.refuse(f"the actions of information set {number} differ from those given before", at)
            return known
        unique = unused(name or f"{owner}:{number}", (moves.name for moves in self.moves.values()))
        self.moves[key] = _Moves(unique, labels(written), written, odds)
        return self.moves[key]

    def actions(self, owner: int) -> tuple[list[str], list[Fraction]]:
        """Read the actions in braces, for chance each with its probability."""
        tokens, at = self.tokens, self.tokens.next
        written: list[str] = []
        odds: list[Fraction] = []
        if owner:
            written = tokens.names("action")
        else:
            tokens.expect("{", "a list of actions, opened by a brace")
            while not tokens.comes("}"):
                written.append(tokens.text("an action"))
                place = tokens.next
                odds.append(tokens.number("a probability"))
                if odds[-1] < 0:
                    tokens.refuse(f"the probability of {written[-1]!r} must be at least 0", place)
            tokens.take()
            total = sum(odds, Fraction(0))
            if abs(total - 1) > Fraction(1, 10**9):
                tokens.refuse(f"the probabilities must sum to 1, not to {float(total):.12g}", at)
        if not written:
            tokens.refuse("a node that is not an end needs at least one action", at)
        return written, odds

    def outcome(self) -> tuple[str, Payoffs]:
        """Read an outcome: its number, and name and payoffs unless given before; 0 means none and pays nothing."""
        tokens, at = self.tokens, self.tokens.next
        number = tokens.whole("the number of the outcome")
        name = tokens.take().value if tokens.next.kind == "text" else ""
        given = tokens.payoffs(len(self.players)) if tokens.comes("{") else None
        if number == 0:
            if given is not None and any(given):
                tokens.refuse("outcome 0 stands for none and pays nothing", at)
            return "", (Fraction(0),) * len(self.players)
        known = self.outcomes.get(number)
        if known is None and given is None:
            tokens.refuse(f"outcome {number} has no payoffs the first time it is named", at)
        if known is not None and given is not None and given != known[1]:
            tokens.refuse(f"outcome {number} pays otherwise than where it was first named", at)
        if known is None and given is not None:
            self.outcomes[number] = known = (name or f"outcome {number}", given)
        assert known is not None
        return known

    def end(self, node_name: str, paid: Payoffs) -> Terminal:
        """Read the rest of an end; ends of one name that pay differently are numbered."""
        name, amounts = self.outcome()
        total = tuple(a + b for a, b in zip(paid, amounts, strict=True))
        key = (name or node_name or "end", total)
        if key not in self.end_label:
            self.end_label[key] = unused(key[0], self.ends)
            self.ends[self.end_label[key]] = total
        return Terminal(self.end_label[key], dict(zip(self.players, map(float, total), strict=True)))


def _read_nfg(tokens: Tokens) -> NormalFormGame:
    """Read a table; the first player's strategy runs fastest."""
    title, players = tokens.prologue("NFG", "1")
    strategies = _strategies(tokens, players)
    if tokens.next.kind == "text":
        tokens.take()  # comment
    shape = tuple(map(len, strategies))
    if math.prod(shape) > CELL_LIMIT:
        tokens.refuse("table too large", allowed=f"{CELL_LIMIT:,} cells")
    outcomes: list[Payoffs] | None = None
    if tokens.comes("{"):
        outcomes = _outcome_list(tokens, len(players))
    cells: list[Payoffs] = []
    while len(cells) < math.prod(shape):
        if tokens.next.kind == "end":
            tokens.refuse(f"the table ends after {len(cells)} of {math.prod(shape)} cells")
        cells.append(_cell(tokens, outcomes, len(players)))
    tokens.finish()
    _refuse_lost_digits(cells, players, tokens.source)
    tables = [np.reshape([float(x) for x in column], shape, order="F") for column in zip(*cells, strict=True)]
    named = dict(zip(players, map(tuple, strategies), strict=True))
    return NormalFormGame(tuple(players), named, dict(zip(players, tables, strict=True)), title, tokens.source)


def _strategies(tokens: Tokens, players: list[str]) -> list[list[str]]:
    """Read the strategies, a list of names for each player or only how many each has."""
    first: Token = tokens.next
    tokens.expect("{", "the strategies, opened by a brace")
    lists: list[list[str]] = []
    while not tokens.comes("}"):
        if tokens.comes("{"):
            lists.append(labels(tokens.names("strategy")))
        else:
            at, size = tokens.next, tokens.whole("a number of strategies", 1)
            if size > CELL_LIMIT:
                tokens.refuse("too many strategies", at, f"{CELL_LIMIT:,} cells")
            lists.append([str(k + 1) for k in range(size)])
    tokens.take()
    if len(lists) != len(players) or not all(lists):
        tokens.refuse(f"needs strategies for each of {len(players)} players, not {len(lists)}", first)
    return lists


def _outcome_list(tokens: Tokens, players: int) -> list[Payoffs]:
    """Read `{ { "name" 1, 2 } ... }`; number 0 stands for no outcome and pays nothing."""
    tokens.take()
    outcomes: list[Payoffs] = [(Fraction(0),) * players]
    while not tokens.comes("}"):
        tokens.expect("{", "an outcome, opened by a brace")
        if tokens.next.kind == "text":
            tokens.take()
        outcomes.append(tuple(tokens.number("a payoff") for _ in range(players)))
        tokens.expect("}", f"the end of an outcome with {players} payoffs")
    tokens.take()
    return outcomes


def _cell(tokens: Tokens, outcomes: list[Payoffs] | None, players: int) -> Payoffs:
    """Read the payoffs of one cell, or the number of its outcome."""
    if outcomes is None:
        return tuple(tokens.number("a payoff") for _ in range(players))
    at = tokens.next
    number = tokens.whole("the number of an outcome")
    if number >= len(outcomes):
        tokens.refuse("no such outcome", at, f"0 to {len(outcomes) - 1}")
    return outcomes[number]


def _refuse_lost_digits(paid: list[Payoffs], players: list[str], source: str | None) -> None:
    """Refuse payoffs whose differences rounding to double precision would lose, as of 1e20 and 1e20 + 1."""
    for player, amounts in zip(players, zip(*paid, strict=True), strict=True):
        spread = max(amounts) - min(amounts)
        lost = max(abs(Fraction(float(amount)) - amount) for amount in amounts)
        if lost * 10**9 > spread > 0:
            message = f"payoffs of {player} differ by too little for their size ({float(spread):g})"
            raise GameError(Problem(message, source, allowed="the same less a constant, which changes no answer"))
