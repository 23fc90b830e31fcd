"""Writing games in Gambit's file formats: `.efg` for trees, `.nfg` for tables."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

from coercion_sim.files import write_text
from coercion_sim.games.extensive import ExtensiveGame
from coercion_sim.games.nodes import Chance, Node, Terminal, children
from coercion_sim.games.normal_form import NormalFormGame


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
