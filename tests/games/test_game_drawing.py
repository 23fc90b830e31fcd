"""Drawn trees are legible: no text over another, nothing outside the page."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from coercion_sim.errors import GameError
from coercion_sim.games import Action, Decision, ExtensiveGame, Terminal, read_game, solve_game
from coercion_sim.games.drawing import LEAF_LIMIT, draw_game, game_figure

DRAWN = ["d01", "d02", "d03", "d04", "d05", "d06", "d08", "d11"]


def assert_legible(figure) -> int:
    renderer = figure.canvas.get_renderer()
    boxes = [(text.get_text(), text.get_window_extent(renderer)) for text in figure.axes[0].texts if text.get_text()]
    page = figure.bbox
    for words, box in boxes:
        assert page.x0 <= box.x0, words
        assert box.x1 <= page.x1, words
        assert page.y0 <= box.y0, words
        assert box.y1 <= page.y1, words
    for (one, a), (two, b) in itertools.combinations(boxes, 2):
        assert not a.overlaps(b), f"{one!r} over {two!r}"
    return len(boxes)


@pytest.mark.parametrize("name", DRAWN)
@pytest.mark.parametrize("solved", [True, False])
def test_shared_trees_are_legible(vector_folder: Path, name: str, solved: bool) -> None:
    (path,) = vector_folder.glob(f"{name}_*.json")
    game = read_game(path)
    shown = assert_legible(game_figure(game, solve_game(game, 5.0) if solved else None))
    assert shown >= len(game.flat.parent)


def test_long_and_odd_labels_stay_apart(tmp_path: Path) -> None:
    ends = [Terminal(f"outcome with $a long$ name {k}", {"The Coercing State": 1234.5, "T": -k}) for k in range(4)]
    inner = Decision("T", "an information set called so", (Action("x" * 40, ends[0]), Action("y", ends[1])))
    root = Decision(
        "The Coercing State", "C", (Action("press_$100", inner), Action("b", ends[2]), Action("c", ends[3]))
    )
    game = ExtensiveGame(("The Coercing State", "T"), root)
    assert_legible(game_figure(game, solve_game(game, method="spe")))
    draw_game(game, None, tmp_path / "tree.svg")
    assert "<svg" in (tmp_path / "tree.svg").read_text()


def test_a_tree_too_large_to_draw_is_refused(tmp_path: Path) -> None:
    moves = tuple(Action(f"a{k}", Terminal(f"t{k}", {"A": k})) for k in range(LEAF_LIMIT + 1))
    with pytest.raises(GameError, match="too many outcomes to draw"):
        draw_game(ExtensiveGame(("A",), Decision("A", "h", moves)), None, tmp_path / "tree.png")
    assert list(tmp_path.iterdir()) == []
