"""Drawing a game tree. Ends stand in one column at the right, with their payoffs beside them as a table."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coercion_sim.errors import GameError, Problem
from coercion_sim.files import write_whole
from coercion_sim.games.extensive import ExtensiveGame
from coercion_sim.games.nodes import Chance, Decision, Node, Terminal
from coercion_sim.games.normal_form import NormalFormGame
from coercion_sim.games.solution import Solution

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LEAF_LIMIT = 120
# All lengths in inches.
_ROW, _CHAR, _ELBOW, _MARGIN, _FOOT = 0.44, 0.075, 0.35, 0.3, 0.45
_COLOURS = ("#1f5fa8", "#b5432a", "#2f7d4f", "#7a4a9c", "#946c00", "#007b83", "#a03070", "#5c5c5c")


@dataclass
class _Spot:
    """A node in the picture: column, height, where it hangs and by which edge."""

    node: Node
    column: int
    y: float
    parent: int
    label: str
    prob: float | None


def draw_game(game: ExtensiveGame | NormalFormGame, solution: Solution | None, path: str | Path) -> None:
    """Draw the tree, with the probabilities of `solution` on its edges, and write it as an image.

    The format follows the file name (.png, .svg, .pdf). A table is drawn as the tree of its simultaneous moves. Dashed
    lines join the nodes of one information set; edges are as thick as they are likely.

    Raises
    ------
    GameError
        More ends than a page can show, or a format Matplotlib does not write.
    """
    leaves = len(game.flat.leaves)
    if leaves > LEAF_LIMIT:
        message = "too many outcomes to draw legibly; `game solve --json` lists them"
        raise GameError(Problem(message, game.source, None, "tree", f"{leaves:,}", f"{LEAF_LIMIT}"))
    kind = Path(path).suffix.lstrip(".").lower() or "png"
    figure = game_figure(game, solution)
    allowed = figure.canvas.get_supported_filetypes()
    if kind not in allowed:
        raise GameError(
            Problem("cannot draw in this format", str(path), found=kind, allowed=", ".join(sorted(allowed)))
        )
    write_whole(Path(path), lambda temporary: figure.savefig(temporary, format=kind))


def game_figure(game: ExtensiveGame | NormalFormGame, solution: Solution | None) -> Figure:
    """Return the Matplotlib figure of the tree; axes are in inches."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    spots, depth = _place(game, solution)
    lefts = _columns(spots, depth)
    table = _table_columns(game, solution, lefts[-1])
    top = len(game.flat.leaves) * _ROW
    width, height = table[-1][2] + _MARGIN, top + _FOOT + 2.4 * _MARGIN
    figure = Figure(figsize=(width, height), dpi=150)
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_xlim(0.0, width)
    axes.set_ylim(-_FOOT - _MARGIN, height - _FOOT - _MARGIN)
    axes.axis("off")
    _draw_edges(axes, spots, lefts)
    _draw_nodes(axes, game, spots, lefts)
    _draw_table(axes, game, solution, spots, table, top)
    return figure


def _place(game: ExtensiveGame | NormalFormGame, solution: Solution | None) -> tuple[list[_Spot], int]:
    """Give every node a column (ends: the last) and a height; a mover stands midway between its outer children."""
    spots: list[_Spot] = [_Spot(game.root, 0, 0.0, -1, "", None)]
    children: list[list[int]] = [[]]
    stack, order = [0], []
    while stack:
        number = stack.pop()
        order.append(number)
        node = spots[number].node
        if isinstance(node, Terminal):
            continue
        play = {} if solution is None or isinstance(node, Chance) else solution.strategies[node.infoset]
        for action in node.actions:
            prob = action.prob if isinstance(node, Chance) else play.get(action.label)  # type: ignore[union-attr]
            spots.append(_Spot(action.child, spots[number].column + 1, 0.0, number, action.label, prob))
            children.append([])
            children[number].append(len(spots) - 1)
        stack += reversed(children[number])
    depth = max(spot.column for spot in spots)
    ends = [number for number in order if isinstance(spots[number].node, Terminal)]
    for row, number in enumerate(ends):
        spots[number].y = (len(ends) - row - 0.5) * _ROW
        spots[number].column = depth
    for number in reversed(order):
        if children[number]:
            spots[number].y = 0.5 * (spots[children[number][0]].y + spots[children[number][-1]].y)
    return spots, depth


def _edge_text(spot: _Spot) -> str:
    return spot.label if spot.prob is None else f"{spot.label}  {_short(spot.prob)}"


def _short(prob: float) -> str:
    """Show a probability to three places; one that would round to 0 or 1 as a bound."""
    if prob in (0.0, 1.0):
        return f"{prob:.0f}"
    return "<0.001" if prob < 0.0005 else ">0.999" if prob > 0.9995 else f"{prob:.3f}"


def _name(node: Node) -> str:
    return "" if isinstance(node, Terminal) else node.infoset


def _columns(spots: list[_Spot], depth: int) -> list[float]:
    """Return the x of each column, wide enough for the labels written before it."""
    root = spots[0]
    lefts = [_MARGIN + _CHAR * len(_name(root.node)) + 0.15]
    for column in range(1, depth + 1):
        texts = [len(_edge_text(s)) for s in spots if s.parent >= 0 and spots[s.parent].column == column - 1]
        names = [len(_name(s.node)) for s in spots if s.column == column]
        lefts.append(lefts[-1] + _ELBOW + 0.25 + _CHAR * max([*texts, *names, 4]))
    return lefts


def _table_columns(
    game: ExtensiveGame | NormalFormGame, solution: Solution | None, left: float
) -> list[tuple[str, float, float]]:
    """Return (heading, left edge, right edge) of the columns of the payoff table."""
    x = left + 0.2
    width = _CHAR * max(len("outcome"), *(len(label) for label in game.flat.outcomes))
    columns = [("outcome", x, x + width)]
    headings = ([] if solution is None else ["probability"]) + list(game.players)
    for heading in headings:
        start = columns[-1][2] + 0.25
        columns.append((heading, start, start + _CHAR * max(len(heading), 8)))
    return columns


def _write(axes: Any, x: float, y: float, text: str, fontsize: float = 8.0, va: str = "center", **style: Any) -> None:
    """Write a label as it stands: a dollar sign begins no formula."""
    axes.text(x, y, text, fontsize=fontsize, va=va, parse_math=False, **style)


def _draw_edges(axes: Any, spots: list[_Spot], lefts: list[float]) -> None:
    for spot in spots[1:]:
        above = spots[spot.parent]
        x0, x1 = lefts[above.column], lefts[spot.column]
        thick = 1.0 if spot.prob is None else 0.6 + 2.4 * spot.prob
        colour = "#999999" if spot.prob is not None and spot.prob < 0.01 else "#333333"
        bend = x0 + _ELBOW
        axes.plot([x0, bend, x1], [above.y, spot.y, spot.y], color=colour, lw=thick, solid_capstyle="round", zorder=1)
        _write(axes, bend + 0.02, spot.y + 0.05, _edge_text(spot), va="bottom", color="#222222", zorder=4)


def _draw_nodes(axes: Any, game: ExtensiveGame | NormalFormGame, spots: list[_Spot], lefts: list[float]) -> None:
    colour = {name: _COLOURS[i % len(_COLOURS)] for i, name in enumerate(game.players)}
    sets: dict[str, list[_Spot]] = {}
    for spot in spots:
        node, x = spot.node, lefts[spot.column]
        if isinstance(node, Terminal):
            axes.plot([x], [spot.y], marker="s", ms=3, color="#333333", zorder=3)
            continue
        mover = "#ffffff" if isinstance(node, Chance) else colour[node.player]
        marker = "D" if isinstance(node, Chance) else "o"
        axes.plot([x], [spot.y], marker=marker, ms=8, mfc=mover, mec="#222222", zorder=3)
        _write(axes, x - 0.1, spot.y - 0.06, node.infoset, 7.5, ha="right", va="top", color="#555555", zorder=4)
        if not isinstance(node, Chance):
            sets.setdefault(node.infoset, []).append(spot)
    for members in sets.values():
        mover = next(colour[s.node.player] for s in members if isinstance(s.node, Decision))
        for one, two in itertools.pairwise(members):
            ends = [lefts[one.column], lefts[two.column]]
            axes.plot(ends, [one.y, two.y], ls=(0, (3, 3)), lw=1.3, zorder=2, color=mover)
    x = _MARGIN
    for name in game.players:
        axes.plot([x + 0.06], [-_FOOT], marker="o", ms=8, mfc=colour[name], mec="#222222")
        _write(axes, x + 0.2, -_FOOT, name, 8.5)
        x += 0.45 + _CHAR * len(name) * 1.1
    if any(isinstance(spot.node, Chance) for spot in spots):
        axes.plot([x + 0.06], [-_FOOT], marker="D", ms=8, mfc="#ffffff", mec="#222222")
        _write(axes, x + 0.2, -_FOOT, "chance", 8.5)


def _draw_table(
    axes: Any, game: ExtensiveGame | NormalFormGame, solution: Solution | None, spots: list[_Spot],
    table: list[tuple[str, float, float]], top: float,
) -> None:  # fmt: skip
    for heading, left, right in table:
        first = heading == table[0][0]
        x, ha = (left, "left") if first else (right, "right")
        _write(axes, x, top + 0.1, heading, 8.5, ha=ha, va="baseline", weight="bold")
    for spot in spots:
        if not isinstance(spot.node, Terminal):
            continue
        cells = [f"{spot.node.payoffs[name] + 0.0:.4g}" for name in game.players]
        if solution is not None:
            cells = [_short(solution.outcome_probs.get(spot.node.label, 0.0)), *cells]
        _write(axes, table[0][1], spot.y, spot.node.label)
        for text, (_, _, right) in zip(cells, table[1:], strict=True):
            _write(axes, right, spot.y, text, ha="right")
