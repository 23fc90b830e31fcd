"""Reading a game: from JSON (docs/game-files.md), or by the end of the file's name from Gambit's formats."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from coercion_sim.errors import GameError, Problem, nearest
from coercion_sim.files import Document, KeyPath, guarded, read_json
from coercion_sim.games.extensive import ROOT, ExtensiveGame, tree_problems
from coercion_sim.games.gambit_reading import DEPTH_LIMIT, read_gambit
from coercion_sim.games.nodes import Action, Chance, ChanceAction, Decision, Node, Terminal, player_problems
from coercion_sim.games.normal_form import NormalFormGame

GAMBIT_ENDINGS = (".efg", ".nfg")
KINDS = ("extensive", "normal")
_NODE_KEYS = {"decision": ("player", "infoset", "actions"), "chance": ("actions",), "terminal": ("label", "payoffs")}


def read_game(path: str | Path) -> ExtensiveGame | NormalFormGame:
    """Read a game file; `.efg` and `.nfg` are Gambit's.

    Raises
    ------
    GameError
        The file is missing, is not JSON, or is not a game; every problem is listed with the file, its line, the path in
        the tree and the reason.
    """
    with guarded(path, "game", GameError):
        if str(path).endswith(GAMBIT_ENDINGS):
            return read_gambit(Path(path))
        return _game(read_json(Path(path), what="game", error=GameError, deepest=3 * DEPTH_LIMIT + 20))


def game_from_dict(data: Any, source: str | None = None) -> ExtensiveGame | NormalFormGame:
    """Build a game from parsed JSON; see `read_game`."""
    if not isinstance(data, dict):
        raise GameError(Problem("must hold one object", file=source, found=type(data).__name__))
    return _game(Document(source, data))


def _game(document: Document) -> ExtensiveGame | NormalFormGame:
    data = document.data
    kind = data.get("kind") or ("extensive" if "tree" in data else "normal" if "strategies" in data else None)
    if kind not in KINDS:
        near = nearest(str(kind), KINDS)
        raise GameError(document.problem(("kind",), "unknown kind of game", repr(kind), ", ".join(KINDS), near))
    needed = ("players", "tree") if kind == "extensive" else ("players", "strategies", "payoffs")
    problems = _missing(document, data, needed, (), "")
    players = data.get("players", [])
    if not isinstance(players, list) or not all(isinstance(name, str) and name for name in players):
        problems.append(document.problem(("players",), "must be a list of names", players))
    GameError.refuse(problems)
    title = data["title"] if isinstance(data.get("title"), str) else ""
    return (_table if kind == "normal" else _extensive)(document, players, title)


def _extensive(document: Document, players: list[str], title: str) -> ExtensiveGame:
    """Build the game of a file with a tree."""
    source = document.file
    reader = _TreeReader(document)
    root = reader.node(document.data["tree"], ROOT, ("tree",), ())
    if root is None or reader.problems:
        parts = [(root, ROOT), *reader.orphans] if players else []
        wrong = [p for part, path in parts if part is not None for p in tree_problems(players, part, source, path)]
        raise GameError([*player_problems(players, source), *reader.problems, *wrong])
    game = ExtensiveGame(tuple(players), root, title, source)
    if document.data.get("perfect_information") is True and not game.perfect_information:
        shared = [name for name, size in zip(game.flat.infosets, game.flat.infoset_size, strict=True) if size > 1]
        message = "declared true, but information sets have several nodes"
        raise GameError(document.problem(("perfect_information",), message, ", ".join(shared)))
    return game


def _table(document: Document, players: list[str], title: str) -> NormalFormGame:
    """Build the game of a file with tables of payoffs."""
    data = document.data
    problems = [
        document.problem((part,), "must be an object with one entry per player")
        for part in ("strategies", "payoffs")
        if not isinstance(data[part], dict)
    ]
    if not problems:
        problems = [
            document.problem(("strategies", name), "must be a list of labels")
            for name, labels in data["strategies"].items()
            if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels)
        ]
        for name, table in data["payoffs"].items():
            problems += _not_numbers(document, table, ("payoffs", name))
    GameError.refuse(problems)
    return NormalFormGame(tuple(players), data["strategies"], data["payoffs"], title, document.file)


def _not_numbers(document: Document, table: Any, path: KeyPath) -> list[Problem]:
    """Refuse what NumPy would quietly turn into a number: true, "1", null."""
    if isinstance(table, list):
        return [p for k, row in enumerate(table) for p in _not_numbers(document, row, (*path, k))][:5]
    return [] if _is_number(table) else [document.problem(path, "payoff is not a finite number", repr(table)[:40])]


class _TreeReader:
    """Turns nested objects into nodes and collects what is wrong with their shape; meaning is checked afterwards.

    A node is named by the labels of the actions that lead to it (`path`), and stands in the file at `place`.
    """

    def __init__(self, document: Document) -> None:
        self.document = document
        self.problems: list[Problem] = []
        self.orphans: list[tuple[Node, str]] = []

    def complain(
        self, path: str, place: KeyPath, message: str, value: object = None, allowed: str | None = None,
        near: str | None = None,
    ) -> None:  # fmt: skip
        written = value if value is None or isinstance(value, _Words) else repr(value)[:60]
        self.problems.append(self.document.problem(place, message, written, allowed, near, key=path))

    def node(self, data: Any, path: str, place: KeyPath, above: tuple[int, ...]) -> Node | None:
        """Return the node, or None where it cannot be read (the reason is then in `problems`)."""
        if not isinstance(data, Mapping):
            message = "a node must be written out in full; a name or reference here could make a cycle or a shared node"
            self.complain(path, place, message, data)
            return None
        if id(data) in above:
            self.complain(path, place, "the tree runs back to one of its own nodes: a cycle has no end")
            return None
        if len(above) >= DEPTH_LIMIT:
            self.complain(
                path if len(path) <= 80 else path[:77] + "...",
                place,
                "the tree is too deep for a file; build it in Python",
                allowed=f"{DEPTH_LIMIT} moves in a row",
            )
            return None
        kind = data.get("type")
        if not isinstance(kind, str) or kind not in _NODE_KEYS:
            near = nearest(str(kind), _NODE_KEYS)
            self.complain(path, place, "unknown type of node", kind, ", ".join(_NODE_KEYS), near)
            return None
        missing = _missing(self.document, data, _NODE_KEYS[kind], place, path)
        if missing:
            self.problems += missing
            return None
        if kind == "terminal":
            return self._terminal(data, path, place)
        return self._mover(data, path, place, (*above, id(data)), kind)

    def _mover(
        self, data: Mapping[str, Any], path: str, place: KeyPath, above: tuple[int, ...], kind: str
    ) -> Node | None:
        """Return a decision or a chance move."""
        infoset = self._infoset(data, path, place, kind)
        moves = self._moves(data["actions"], path, place, above, chance=kind == "chance")
        player = data.get("player", "")
        if not isinstance(player, str) and kind == "decision":
            self.complain(path, place, "the player must be a name", player)
        if infoset is None or moves is None or not isinstance(player, str):
            self.orphans += [(child, f"{path}/{label}") for label, _, child in moves or ()]
            return None
        if kind == "chance":
            return Chance(tuple(ChanceAction(label, prob, child) for label, prob, child in moves), infoset)
        return Decision(player, infoset, tuple(Action(label, child) for label, _, child in moves))

    def _infoset(self, data: Mapping[str, Any], path: str, place: KeyPath, kind: str) -> str | None:
        infoset = data.get("infoset", "chance" if kind == "chance" else None)
        if isinstance(infoset, str) and infoset:
            return infoset
        if isinstance(infoset, list):
            names = _Words(", ".join(map(str, infoset)))
            self.complain(path, place, "a node belongs to exactly one information set", names)
        else:
            self.complain(path, place, "the information set must be a name", infoset)
        return None

    def _moves(
        self, actions: Any, path: str, place: KeyPath, above: tuple[int, ...], *, chance: bool
    ) -> list[tuple[str, float, Node]] | None:
        if not isinstance(actions, list) or not actions:
            self.complain(path, place, "actions must be a list of at least one", actions)
            return None
        moves: list[tuple[str, float, Node]] = []
        for position, action in enumerate(actions):
            move = self._move(action, path, (*place, "actions", position), above, chance)
            if move is not None:
                moves.append(move)
        if len(moves) == len(actions):
            return moves
        # A node that lost an action would be judged for what it no longer is; what hangs below can still be judged.
        self.orphans += [(child, f"{path}/{label}") for label, _, child in moves]
        return None

    def _move(
        self, action: Any, path: str, place: KeyPath, above: tuple[int, ...], chance: bool
    ) -> tuple[str, float, Node] | None:
        """Label, probability (1 at a decision) and child of one action."""
        where = f"{path}/actions[{place[-1]}]"
        if not isinstance(action, Mapping):
            self.complain(where, place, "an action must be an object", action)
            return None
        missing = _missing(
            self.document, action, ("label", "prob", "child") if chance else ("label", "child"), place, where
        )
        if missing:
            self.problems += missing
            return None
        label, prob = action["label"], action.get("prob", 1.0)
        if not isinstance(label, str) or not label:
            self.complain(where, place, "the label must be a non-empty text", label)
            return None
        if chance and not _is_number(prob):
            self.complain(f"{path}/{label}", (*place, "prob"), "not a probability", prob, "0 to 1")
            return None
        child = self.node(action["child"], f"{path}/{label}", (*place, "child"), above)
        return None if child is None else (label, float(prob) if chance else 1.0, child)

    def _terminal(self, data: Mapping[str, Any], path: str, place: KeyPath) -> Terminal | None:
        payoffs = data["payoffs"]
        if not isinstance(payoffs, Mapping):
            self.complain(path, place, "payoffs must be an object with one entry per player", payoffs)
            return None
        wrong = {name: amount for name, amount in payoffs.items() if not _is_number(amount)}
        for name, amount in wrong.items():
            self.complain(path, (*place, "payoffs", name), f"payoff of {name} is not a finite number", amount)
        if not isinstance(data["label"], str) or not data["label"]:
            self.complain(path, place, "the outcome label must be a non-empty text", data["label"])
            return None
        return None if wrong else Terminal(data["label"], {name: float(amount) for name, amount in payoffs.items()})


class _Words(str):
    """A value that messages print as it is."""

    __slots__ = ()


def _missing(
    document: Document, data: Mapping[str, Any], needed: tuple[str, ...], place: KeyPath, path: str
) -> list[Problem]:
    """Name the missing keys, and the key present that is probably meant."""
    spare = [key for key in data if key not in needed]
    return [
        document.problem(place, "missing key", None, f"needs {key!r}", nearest(key, spare), key=path or key)
        for key in needed
        if key not in data
    ]


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    try:
        return math.isfinite(float(value))
    except OverflowError:
        return False
