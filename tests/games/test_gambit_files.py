"""Gambit files: read back by a reader written here from the format's description, they hold the same game."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from closed_forms import threat_game
from contribution_games import threshold_game

from coercion_sim.games import (
    Action,
    Chance,
    ChanceAction,
    Decision,
    ExtensiveGame,
    NormalFormGame,
    Terminal,
    efg_text,
    nfg_text,
    relative_rationality,
    solve_game,
    write_gambit,
)

TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|([{},])|([^\s{},"]+)')


def tokens(text: str) -> list[Any]:
    """Return strings as ('s', text), punctuation and words as they are."""
    return [
        ("s", m[1].replace('\\"', '"').replace("\\\\", "\\")) if m[1] is not None else m[2] or m[3]
        for m in TOKEN.finditer(text)
    ]


class EfgReader:
    def __init__(self, text: str) -> None:
        self.tokens = tokens(text)
        assert [self.take() for _ in range(3)] == ["EFG", "2", "R"]
        self.title = self.take()[1]
        self.players = [token[1] for token in self.braced()]
        self.take()  # comment
        self.numbered: dict[tuple[int, int], str] = {}
        self.root = self.node()
        assert not self.tokens

    def take(self) -> Any:
        return self.tokens.pop(0)

    def braced(self) -> list[Any]:
        assert self.take() == "{"
        inner = []
        while (token := self.take()) != "}":
            if token != ",":
                inner.append(token)
        return inner

    def node(self) -> Any:
        kind, _ = self.take(), self.take()
        if kind == "t":
            assert int(self.take()) > 0
            label = self.take()[1]
            return Terminal(label, dict(zip(self.players, map(float, self.braced()), strict=True)))
        player = 0 if kind == "c" else int(self.take())
        number, name = int(self.take()), self.take()[1]
        assert self.numbered.setdefault((player, number), name) == name
        parts = self.braced()
        assert self.take() == "0"
        if kind == "c":
            odds = [Fraction(p) for p in parts[1::2]]
            assert sum(odds) == 1  # exactly, or Gambit refuses the file
            return Chance(
                tuple(ChanceAction(label[1], float(p), self.node()) for label, p in zip(parts[::2], odds, strict=True)),
                name,
            )
        return Decision(self.players[player - 1], name, tuple(Action(label[1], self.node()) for label in parts))


def awkward() -> ExtensiveGame:
    def guess(k: int) -> Decision:
        ends = [Terminal(f'end "{k}{j}" \\ x', {"A b": 0.1 * k - j, "B": 1e-7 * k}) for j in range(2)]
        return Decision("B", "B's set", (Action('say "yes"', ends[0]), Action("no", ends[1])))

    draw = Chance(tuple(ChanceAction(f"c{k}", 1 / 3, guess(k)) for k in range(3)), "draw")
    return ExtensiveGame(
        ("A b", "B"), Decision("A b", "A1", (Action("in", draw), Action("out", Terminal("out", {"A b": 0, "B": 0}))))
    )


def test_a_tree_reads_back_as_itself() -> None:
    game = awkward()
    read = EfgReader(efg_text(game))
    again = ExtensiveGame(tuple(read.players), read.root)
    one, two = solve_game(game, 3.0), solve_game(again, 3.0)
    assert dict(two.outcome_probs) == pytest.approx(dict(one.outcome_probs), abs=1e-12)
    for name, choice in one.strategies.items():
        assert dict(two.strategies[name]) == pytest.approx(dict(choice), abs=1e-12)


def test_every_shared_tree_reads_back_exactly(vector_folder: Path) -> None:
    from coercion_sim.games import read_game

    for path in sorted(vector_folder.glob("d*.json")):
        game = read_game(path)
        read = EfgReader(efg_text(game))
        assert read.root == game.root
        assert read.title == game.title


def test_a_table_reads_back_in_both_formats() -> None:
    game = threshold_game(3, 2, 1.0, 0.3)
    assert EfgReader(efg_text(game)).root == game.root
    parts = tokens(nfg_text(game))
    assert parts[:3] == ["NFG", "1", "R"]
    numbers = [float(token) for token in parts if isinstance(token, str) and re.fullmatch(r"-?[\d.]+", token)][1:]
    expected = [game.payoffs[n][i, j, k] for k in (0, 1) for j in (0, 1) for i in (0, 1) for n in game.players]
    assert numbers == pytest.approx(expected)


def test_scaled_payoffs_carry_relative_rationality_to_a_solver_with_one_lambda() -> None:
    game = ExtensiveGame(("Coercer", "Target"), threat_game(1.0, 0.6, 0.1, 0.9, 0.3, 0.05))
    stakes = {"Coercer": 1.0, "Target": 0.6}
    read = EfgReader(efg_text(game, {name: 1 / m for name, m in stakes.items()}))
    scaled = solve_game(ExtensiveGame(tuple(read.players), read.root), 6.0).strategies
    relative = solve_game(game, relative_rationality(6.0, stakes)).strategies
    for name in relative:
        assert dict(scaled[name]) == pytest.approx(dict(relative[name]), abs=1e-12)


def test_the_file_name_decides_the_format_and_nothing_is_left_behind(tmp_path: Path) -> None:
    table = threshold_game(2, 1, 1.0, 0.25)
    write_gambit(table, tmp_path / "g.nfg")
    write_gambit(table, tmp_path / "g.efg")
    assert (tmp_path / "g.nfg").read_text().startswith("NFG 1 R")
    assert (tmp_path / "g.efg").read_text().startswith("EFG 2 R")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["g.efg", "g.nfg"]
    with pytest.raises(FileNotFoundError):
        write_gambit(table, tmp_path / "none" / "g.efg")


def test_numbers_are_written_as_plain_decimals() -> None:
    game = NormalFormGame(("A",), {"A": ("x", "y")}, {"A": [1e-12, 123456789.5]})
    assert "0.000000000001" in nfg_text(game)
    assert "e-" not in nfg_text(game)
