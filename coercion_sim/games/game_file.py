"""Reading a game from JSON. The format is described in docs/game-files.md."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from coercion_sim.errors import Problem, nearest
from coercion_sim.games.extensive import ROOT, ExtensiveGame, tree_problems
from coercion_sim.games.nodes import Action, Chance, ChanceAction, Decision, GameError, Node, Terminal, player_problems
from coercion_sim.games.normal_form import NormalFormGame

DEPTH_LIMIT = 200
KINDS = ("extensive", "normal")
_NODE_KEYS = {"decision": ("player", "infoset", "actions"), "chance": ("actions",), "terminal": ("label", "payoffs")}


def read_game(path: str | Path) -> ExtensiveGame | NormalFormGame:
    """Read a game file.

    Raises
    ------
    GameError
        The file is missing, is not JSON, or is not a game; every problem found is listed with the file, the path in the
        tree and the reason.
    """
    source = str(path)
    try:
        text = Path(path).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise GameError(Problem("no such file", file=source)) from None
    except (OSError, UnicodeDecodeError) as error:
        raise GameError(Problem(f"cannot be read: {error}", file=source)) from None
    try:
        data = json.loads(text, object_pairs_hook=_no_repeats, parse_constant=_no_constants)
    except json.JSONDecodeError as error:
        message = f"not JSON: {error.msg} (column {error.colno})"
        raise GameError(Problem(message, file=source, line=error.lineno)) from None
    except RecursionError:
        raise GameError(_too_deep(source, "")) from None
    except _BadJsonError as error:
        raise GameError(Problem(str(error), file=source)) from None
    return game_from_dict(data, source)


def game_from_dict(data: Any, source: str | None = None) -> ExtensiveGame | NormalFormGame:
    """Build a game from parsed JSON; see `read_game`."""
    if not isinstance(data, Mapping):
        raise GameError(Problem("a game file holds one object", file=source, found=type(data).__name__))
    kind = data.get("kind")
    if kind is None:
        kind = "extensive" if "tree" in data else "normal" if "strategies" in data else None
    if kind not in KINDS:
        suggestion = nearest(str(kind), KINDS)
        raise GameError(Problem("unknown kind of game", source, None, "kind", repr(kind), ", ".join(KINDS), suggestion))
    needed = ("players", "tree") if kind == "extensive" else ("players", "strategies", "payoffs")
    problems = _missing(data, needed, "", source)
    players = data.get("players", [])
    if not isinstance(players, list) or not all(isinstance(name, str) and name for name in players):
        problems.append(Problem("must be a list of names", source, None, "players", repr(players)[:60]))
        players = []
    if problems:
        raise GameError(problems)
    title = data.get("title") if isinstance(data.get("title"), str) else ""
    if kind == "normal":
        return _table(data, players, title or "", source)
    reader = _TreeReader(source)
    root = reader.node(data["tree"], ROOT, ())
    if root is None or reader.problems:
        problems = player_problems(players, source) + reader.problems
        for part, path in [(root, ROOT), *reader.orphans]:
            problems += tree_problems(players, part, source, path) if part is not None and players else []
        raise GameError(problems)
    game = ExtensiveGame(tuple(players), root, title or "", source)
    if data.get("perfect_information") is True and not game.perfect_information:
        shared = [name for name, size in zip(game.flat.infosets, game.flat.infoset_size, strict=True) if size > 1]
        message = "declared true, but information sets have several nodes"
        raise GameError(Problem(message, source, None, "perfect_information", ", ".join(shared)))
    return game


def _table(data: Mapping[str, Any], players: list[str], title: str, source: str | None) -> NormalFormGame:
    problems = [
        Problem("must be an object with one entry per player", source, None, part)
        for part in ("strategies", "payoffs")
        if not isinstance(data[part], Mapping)
    ]
    if not problems:
        problems = [
            Problem("must be a list of labels", source, None, f"strategies.{name}")
            for name, labels in data["strategies"].items()
            if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels)
        ]
        for name, table in data["payoffs"].items():
            problems += _not_numbers(table, f"payoffs.{name}", source)
    if problems:
        raise GameError(problems)
    return NormalFormGame(tuple(players), data["strategies"], data["payoffs"], title, source)


def _not_numbers(table: Any, key: str, source: str | None) -> list[Problem]:
    """Refuse what NumPy would quietly turn into a number: true, "1", null."""
    if isinstance(table, list):
        return [p for k, row in enumerate(table) for p in _not_numbers(row, f"{key}[{k}]", source)][:5]
    if _is_number(table):
        return []
    return [Problem("payoff is not a finite number", source, None, key, repr(table)[:40])]


class _TreeReader:
    """Turns nested objects into nodes, collecting what is wrong with their shape; meaning is checked afterwards."""

    def __init__(self, source: str | None) -> None:
        self.source = source
        self.problems: list[Problem] = []
        self.orphans: list[tuple[Node, str]] = []

    def complain(self, path: str, message: str, **more: str | None) -> None:
        self.problems.append(Problem(message, file=self.source, key=path, **more))  # type: ignore[arg-type]

    def node(self, data: Any, path: str, above: tuple[int, ...]) -> Node | None:
        """Return the node, or None where it is beyond reading (the reason is then in `problems`)."""
        if not isinstance(data, Mapping):
            self.complain(
                path,
                "a node must be written out in full; a name or reference here could make a cycle or a shared node",
                found=repr(data)[:60],
            )
            return None
        if id(data) in above:
            self.complain(path, "the tree runs back to one of its own nodes: a cycle has no end")
            return None
        if len(above) >= DEPTH_LIMIT:
            self.problems.append(_too_deep(self.source, path))
            return None
        kind = data.get("type")
        if kind not in _NODE_KEYS:
            self.complain(
                path,
                "unknown type of node",
                found=repr(kind),
                allowed=", ".join(_NODE_KEYS),
                suggestion=nearest(str(kind), _NODE_KEYS),
            )
            return None
        lacking = _missing(data, _NODE_KEYS[kind], path, self.source)
        if lacking:
            self.problems += lacking
            return None
        if kind == "terminal":
            return self._terminal(data, path)
        infoset = self._infoset(data, path, kind)
        moves = self._moves(data["actions"], path, (*above, id(data)), chance=kind == "chance")
        if infoset is None or moves is None or not isinstance(data.get("player", ""), str):
            if kind == "decision" and not isinstance(data["player"], str):
                self.complain(path, "the player must be a name", found=repr(data["player"])[:60])
            self.orphans += [(child, f"{path}/{label}") for label, _, child in moves or ()]
            return None
        if kind == "chance":
            return Chance(tuple(ChanceAction(label, prob, child) for label, prob, child in moves), infoset)
        return Decision(data["player"], infoset, tuple(Action(label, child) for label, _, child in moves))

    def _infoset(self, data: Mapping[str, Any], path: str, kind: str) -> str | None:
        infoset = data.get("infoset", "chance" if kind == "chance" else None)
        if isinstance(infoset, str) and infoset:
            return infoset
        if isinstance(infoset, list):
            found = ", ".join(map(str, infoset))
            self.complain(path, "a node belongs to exactly one information set", found=found)
        else:
            self.complain(path, "the information set must be a name", found=repr(infoset)[:60])
        return None

    def _moves(
        self, actions: Any, path: str, above: tuple[int, ...], *, chance: bool
    ) -> list[tuple[str, float, Node]] | None:
        if not isinstance(actions, list) or not actions:
            self.complain(path, "actions must be a list of at least one", found=repr(actions)[:60])
            return None
        moves: list[tuple[str, float, Node]] = []
        for position, action in enumerate(actions):
            where = f"{path}/actions[{position}]"
            if not isinstance(action, Mapping):
                self.complain(where, "an action must be an object", found=repr(action)[:60])
                continue
            lacking = _missing(action, ("label", "prob", "child") if chance else ("label", "child"), where, self.source)
            self.problems += lacking
            if lacking:
                continue
            label, prob = action["label"], action.get("prob", 1.0)
            if not isinstance(label, str) or not label:
                self.complain(where, "the label must be a non-empty text", found=repr(label)[:60])
                continue
            if chance and not _is_number(prob):
                self.complain(f"{path}/{label}", "not a probability", found=repr(prob)[:60], allowed="0 to 1")
                continue
            child = self.node(action["child"], f"{path}/{label}", above)
            if child is not None:
                moves.append((label, float(prob) if chance else 1.0, child))
        if len(moves) == len(actions):
            return moves
        # A node that lost an action would be judged for what it no longer is; what hangs below can still be judged.
        self.orphans += [(child, f"{path}/{label}") for label, _, child in moves]
        return None

    def _terminal(self, data: Mapping[str, Any], path: str) -> Terminal | None:
        payoffs = data["payoffs"]
        if not isinstance(payoffs, Mapping):
            self.complain(path, "payoffs must be an object with one entry per player", found=repr(payoffs)[:60])
            return None
        wrong = {name: amount for name, amount in payoffs.items() if not _is_number(amount)}
        for name, amount in wrong.items():
            self.complain(path, f"payoff of {name} is not a finite number", found=repr(amount)[:60])
        if not isinstance(data["label"], str) or not data["label"]:
            self.complain(path, "the outcome label must be a non-empty text", found=repr(data["label"])[:60])
            return None
        return None if wrong else Terminal(data["label"], {name: float(amount) for name, amount in payoffs.items()})


def _missing(data: Mapping[str, Any], needed: tuple[str, ...], path: str, source: str | None) -> list[Problem]:
    """Say which keys are missing, and which key present is probably meant."""
    spare = [key for key in data if key not in needed]
    return [
        Problem("missing key", source, None, path or key, None, f"needs {key!r}", nearest(key, spare))
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


def _too_deep(source: str | None, path: str) -> Problem:
    shown = path if len(path) <= 80 else path[:77] + "..."
    return Problem(
        "the tree is too deep for a file; build it in Python",
        source,
        None,
        shown or ROOT,
        allowed=f"{DEPTH_LIMIT} moves in a row",
    )


class _BadJsonError(Exception):
    """JSON that Python would accept and a game must not."""


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for key, value in pairs:
        if key in out:
            raise _BadJsonError(f"key {key!r} stands twice in one object")
        out[key] = value
    return out


def _no_constants(name: str) -> float:
    raise _BadJsonError(f"{name} is not a number a payoff or probability can be")
