"""The text of Gambit's files: the words a reader takes one apart into, and games written as `.efg` and `.nfg`."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple, NoReturn

from coercion_sim.errors import GameError, Problem
from coercion_sim.files import write_text
from coercion_sim.games.extensive import ExtensiveGame
from coercion_sim.games.nodes import Chance, Node, Terminal, children
from coercion_sim.games.normal_form import NormalFormGame

_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|([{}])|([^\s{},"]+)|[\s,]+', re.DOTALL)
_NUMBER = re.compile(r"[+-]?(?:\d+/\d+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,4})?)")
_LONGEST = 1000  # digits of a number


class Token(NamedTuple):
    """A word: `kind` is `text` (quoted), `mark` (a brace), `word` or `end`."""

    kind: str
    value: str
    line: int
    column: int


class Tokens:
    """Reads the words of one file in turn; every refusal names the line and the column."""

    def __init__(self, text: str, source: str | None) -> None:
        self.source = source
        self.place = 0
        self.all: list[Token] = []
        position, line, line_start = 0, 1, 0
        while position < len(text):
            match = _TOKEN.match(text, position)
            column = position - line_start + 1
            if match is None:
                self.refuse("quoted text does not end", Token("text", text[position : position + 20], line, column))
            if match[1] is not None:
                self.all.append(Token("text", re.sub(r"\\(.)", r"\1", match[1], flags=re.DOTALL), line, column))
            elif match[2] or match[3]:
                self.all.append(Token("mark" if match[2] else "word", match[0], line, column))
            line += match[0].count("\n")
            if "\n" in match[0]:
                line_start = position + match[0].rindex("\n") + 1
            position = match.end()
        self.all.append(Token("end", "the end of the file", line, position - line_start + 1))

    @property
    def next(self) -> Token:
        """The word that comes next, still unread."""
        return self.all[self.place]

    def refuse(self, message: str, token: Token | None = None, allowed: str | None = None) -> NoReturn:
        """Raise GameError at a word, the next one if none is given."""
        at = token or self.next
        value = at.value if at.kind == "end" else repr(at.value[:60])
        raise GameError(Problem(message, self.source, at.line, f"column {at.column}", value, allowed))

    def take(self) -> Token:
        """Read any word but the end."""
        token = self.next
        if token.kind == "end":
            self.refuse("the file ends too early")
        self.place += 1
        return token

    def text(self, what: str) -> str:
        """Read quoted text."""
        if self.next.kind != "text":
            self.refuse(f"expected {what} in quotes")
        return self.take().value

    def comes(self, mark: str) -> bool:
        """Whether this brace or word comes next."""
        return self.next.kind != "text" and self.next.value == mark

    def expect(self, words: str, what: str) -> None:
        """Read one of the words given, separated by spaces."""
        if self.next.kind not in ("mark", "word") or self.next.value not in words.split():
            self.refuse(f"expected {what}", allowed=" or ".join(words.split()))
        self.place += 1

    def whole(self, what: str, least: int = 0) -> int:
        """Read a whole number."""
        token = self.next
        if token.kind != "word" or not token.value.isascii() or not token.value.isdecimal() or len(token.value) > 9:
            self.refuse(f"expected {what}, a whole number")
        if int(token.value) < least:
            self.refuse(f"expected {what}, {least} or more")
        self.place += 1
        return int(token.value)

    def number(self, what: str) -> Fraction:
        """Read a number: whole, decimal or a fraction such as 1/3; exact."""
        token = self.next
        if token.kind != "word" or not _NUMBER.fullmatch(token.value) or len(token.value) > _LONGEST:
            self.refuse(f"expected {what}, a number", allowed="such as 2, -0.5, 1e3 or 1/3")
        try:
            value = Fraction(token.value)
            float(value)
        except (ZeroDivisionError, OverflowError):
            self.refuse(f"{what} is not a finite number")
        self.place += 1
        return value

    def names(self, what: str) -> list[str]:
        """Read a list of quoted texts in braces."""
        self.expect("{", f"a list of {what}s, opened by a brace")
        names = []
        while not self.comes("}"):
            names.append(self.text(f"a {what}"))
        self.take()
        return names

    def payoffs(self, players: int) -> tuple[Fraction, ...]:
        """Read one payoff per player in braces."""
        self.expect("{", "payoffs, opened by a brace")
        amounts = tuple(self.number("a payoff") for _ in range(players))
        self.expect("}", f"the end of {players} payoffs")
        return amounts

    def prologue(self, kind: str, version: str) -> tuple[str, list[str]]:
        """Read `EFG 2 R` or `NFG 1 R`, the title and the players."""
        self.expect(kind, f"a file that begins with {kind}")
        self.expect(version, f"version {version}")
        self.expect("R D", "the letter R")
        title = self.text("the title")
        first = self.next
        players = labels(self.names("player"), "Player ")
        if not players:
            self.refuse("a game needs at least one player", first)
        return title, players

    def finish(self) -> None:
        """Refuse words after the end of the game."""
        if self.next.kind != "end":
            self.refuse("the game is complete here; what follows belongs to nothing")


def labels(names: Iterable[str], prefix: str = "") -> list[str]:
    """Return distinct names, none empty: what is empty gets its number, what is repeated `(2)`, `(3)`."""
    taken: list[str] = []
    for place, name in enumerate(names, start=1):
        taken.append(unused(name or f"{prefix}{place}", taken))
    return taken


def unused(name: str, taken: Iterable[str]) -> str:
    """Return the name, or with the first number that sets it apart from those taken."""
    known, candidate, count = set(taken), name, 1
    while candidate in known:
        count += 1
        candidate = f"{name} ({count})"
    return candidate


def efg_text(game: ExtensiveGame | NormalFormGame, payoff_scale: Mapping[str, float] | None = None) -> str:
    """Return the game as a Gambit extensive-form file (format `EFG 2 R`).

    Parameters
    ----------
    game
        A table is written as the tree of its simultaneous moves.
    payoff_scale
        Multiplies a player's payoffs, 1 where absent. Gambit's logit has one lambda for all: with lambda_j = Lambda /
        m_j write payoffs times 1 / m_j and solve at Lambda.

    Notes
    -----
    Numbers are written as the decimals they were given as. Gambit wants the probabilities of a chance move to sum to 1
    exactly, so the last is written as what the others leave.
    """
    scale = dict.fromkeys(game.players, 1.0) | dict(payoff_scale or {})
    lines = [f"EFG 2 R {_quoted(game.title)} {{ {' '.join(map(_quoted, game.players))} }}", '""', ""]
    player_number = {name: i + 1 for i, name in enumerate(game.players)}
    infosets: dict[str, dict[str, int]] = {name: {} for name in ("", *game.players)}
    outcomes: dict[str, int] = {}
    stack: list[Node] = [game.root]
    while stack:
        node = stack.pop()
        if isinstance(node, Terminal):
            number = outcomes.setdefault(node.label, len(outcomes) + 1)
            paid = ", ".join(_number(node.payoffs[name] * scale[name]) for name in game.players)
            lines.append(f't "" {number} {_quoted(node.label)} {{ {paid} }}')
            continue
        owner = "" if isinstance(node, Chance) else node.player
        # Two chance moves may carry one name and different odds; to Gambit they are then two.
        key = f"{node.infoset}#{len(infosets[''])}" if isinstance(node, Chance) else node.infoset
        number = infosets[owner].setdefault(key, len(infosets[owner]) + 1)
        if isinstance(node, Chance):
            odds = zip(node.actions, _exact_odds([a.prob for a in node.actions]), strict=True)
            moves = " ".join(f"{_quoted(a.label)} {p}" for a, p in odds)
            lines.append(f'c "" {number} {_quoted(node.infoset)} {{ {moves} }} 0')
        else:
            moves = " ".join(_quoted(a.label) for a in node.actions)
            lines.append(f'p "" {player_number[owner]} {number} {_quoted(node.infoset)} {{ {moves} }} 0')
        stack += reversed(children(node))
    return "\n".join(lines) + "\n"


def nfg_text(game: NormalFormGame) -> str:
    """Return a table as a Gambit normal-form file (format `NFG 1 R`, payoff version, first player's index fastest)."""
    strategies = " ".join(f"{{ {' '.join(map(_quoted, game.strategies[name]))} }}" for name in game.players)
    head = f"NFG 1 R {_quoted(game.title)} {{ {' '.join(map(_quoted, game.players))} }} {{ {strategies} }}"
    cells = []
    for reverse in itertools.product(*(range(size) for size in reversed(game.shape))):
        cell = reverse[::-1]
        cells.append(" ".join(_number(float(table[cell])) for table in game.tables))
    return f"{head}\n\n" + "\n".join(cells) + "\n"


def write_gambit(
    game: ExtensiveGame | NormalFormGame, path: str | Path, payoff_scale: Mapping[str, float] | None = None
) -> None:
    """Write `.nfg` for a table if the name ends so, otherwise `.efg`; the file appears whole or not at all."""
    if isinstance(game, NormalFormGame) and str(path).endswith(".nfg"):
        text = nfg_text(game)
    else:
        text = efg_text(game, payoff_scale)
    write_text(Path(path), text)


def _exact_odds(probs: list[float]) -> list[str]:
    exact = [Decimal(repr(float(p))) for p in probs[:-1]]
    return [format(p, "f") for p in [*exact, Decimal(1) - sum(exact, Decimal(0))]]


def _number(value: float) -> str:
    return format(Decimal(repr(float(value))), "f")


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
