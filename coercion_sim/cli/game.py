"""`coercion-sim game`: look at a game and solve it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from coercion_sim.cli import options
from coercion_sim.cli.options import PATH, echo_json
from coercion_sim.cli.tables import paragraph, paragraphs, table
from coercion_sim.errors import ConvergenceError, InvalidInput, Problem
from coercion_sim.wording import number

if TYPE_CHECKING:
    from coercion_sim.analysis import FirstDispute
    from coercion_sim.dispute import DisputeSolution
    from coercion_sim.games import EquilibriumList, ExtensiveGame, NormalFormGame, Solution

_MOST_OUTCOMES = 20
#: Quarters of reviews that the tree of a dispute shows.
_TREE_QUARTERS = 2
_rationality_option = click.option(
    "--rationality", multiple=True, metavar="X|WHO=X",
    help="Logit rationality, log-odds per unit of payoff: a number for all, player=number or information set=number;"
    " repeat to give several. Selects logit.",
)  # fmt: skip


@click.group("game")
def game() -> None:
    """Show and solve dispute games: trees and tables (format: docs/game-files.md)."""


@game.command("show", short_help="Print a game and its solution.")
@click.argument("file", type=PATH, metavar="FILE.json|.efg|.nfg|SCENARIO")
@_rationality_option
@click.option("--method", type=click.Choice(["logit", "spe", "nash"]), help="Default: spe for trees, nash for tables.")
@click.option("--plot", type=PATH, metavar="OUT.png", help="Also draw the tree.")
@click.option("--policy", metavar="NAME", help="SCENARIO: policy whose pledges hold.  [default: the first named]")
@options.scenario
@click.option("--replicate", type=click.IntRange(0), default=0, metavar="K", help="SCENARIO: which replicate.")
@click.option("--tree", is_flag=True, help="SCENARIO: also print the reduced tree with its solution.")
@click.option("--efg", type=PATH, metavar="OUT", help="SCENARIO: write the reduced tree for Gambit.")
def show(
    file: Path, rationality: tuple[str, ...], method: str | None, plot: Path | None, tree: bool, efg: Path | None,
    **given: Any,
) -> None:  # fmt: skip
    """Print the tree of a game FILE.json with its solution, or the dispute game of a SCENARIO's first dispute.

    A scenario's game is printed as tables at the beliefs of its start. --tree, --plot and --efg take a reduced version:
    the two packages that hurt most, the ally with most at stake, two quarters, and the drawn types, known to all.
    """
    if file.suffix in (".json", ".efg", ".nfg"):
        _show_file(file, rationality, method, plot)
    elif rationality or method:
        raise InvalidInput(
            Problem("goes with a game file", key="--rationality, --method", allowed="--set dispute.rationality=6")
        )
    else:
        _show_dispute(str(file), given, plot, tree, efg)


def _show_file(file: Path, rationality: tuple[str, ...], method: str | None, plot: Path | None) -> None:
    """Print a game file with its solution."""
    from coercion_sim.games import EquilibriumList, ExtensiveGame, draw_game, read_game

    loaded = read_game(file)
    usual = "logit" if rationality else "spe" if isinstance(loaded, ExtensiveGame) else "nash"
    solution = _solve(loaded, rationality, method or usual)
    unique = None if isinstance(solution, EquilibriumList) else solution
    _print_tree(loaded, unique)
    click.echo("\n".join(solution_lines(solution)))
    if plot is not None:
        draw_game(loaded, unique, plot)
    _vouch(file, solution)


def _show_dispute(scenario: str, given: dict[str, Any], plot: Path | None, tree: bool, efg: Path | None) -> None:
    """Print a scenario's dispute game, and its reduced tree for `--tree`, `--plot` and `--efg`."""
    from coercion_sim.analysis import first_dispute, reduced
    from coercion_sim.dispute import dispute_tree
    from coercion_sim.games import draw_game, solve_game, write_gambit

    dispute = first_dispute(scenario, **given)
    click.echo(dispute_text(dispute))
    if not (tree or plot or efg):
        return
    small = reduced(dispute)
    built = dispute_tree(small, _TREE_QUARTERS)
    solution = solve_game(built.game, dict(built.rationality), "logit")
    allies = ", ".join(small.allies) or "no ally"
    click.echo(
        f"\nReduced to {', '.join(small.packages)}; {allies}; {_TREE_QUARTERS} quarters of reviews; types known "
        f"({sum(1 for _ in built.game.terminals())} ends)"
    )
    if tree:
        _print_tree(built.game, solution)
    for label, odds in sorted(solution.outcome_probs.items(), key=lambda item: -item[1])[:_MOST_OUTCOMES]:
        click.echo(f"  {odds:.4f}  {label}")
    if plot is not None:
        draw_game(built.game, solution, plot)
    if efg is not None:
        write_gambit(built.game, efg)


@game.command("solve", short_help="Solve a game file.")
@click.argument("file", type=PATH)
@_rationality_option
@click.option("--method", type=click.Choice(["logit", "spe", "nash"]), default="logit", show_default=True)
@options.as_json
@click.option("--efg", type=PATH, metavar="OUT", help="Also write the game for Gambit (.efg, .nfg).")
def solve(file: Path, rationality: tuple[str, ...], method: str, as_json: bool, efg: Path | None) -> None:
    """Solve the game in FILE."""
    from coercion_sim.games import read_game, write_gambit

    loaded = read_game(file)
    solution = _solve(loaded, rationality, method)
    if efg is not None:
        write_gambit(loaded, efg)
    echo_json(solution.to_dict()) if as_json else click.echo("\n".join(solution_lines(solution)))
    _vouch(file, solution)


def _solve(loaded: ExtensiveGame | NormalFormGame, given: tuple[str, ...], method: str) -> Solution | EquilibriumList:
    """Solve a game under `--rationality`: a plain number counts for every player not named."""
    from coercion_sim.games import solve_game

    plain: float | None = None
    named: dict[str, float] = {}
    problems = []
    for text in given:
        who, equals, size = text.rpartition("=")
        try:
            value = float(size)
        except ValueError:
            problems.append(Problem("not a number", key="--rationality", found=repr(text), allowed="5 or Coercer=5"))
            continue
        if equals:
            named[who.strip()] = value
        else:
            plain = value
    InvalidInput.refuse(problems)
    if named and plain is not None:
        named = dict.fromkeys(loaded.players, plain) | named
    return solve_game(loaded, named or plain, method)  # type: ignore[call-overload, no-any-return]


def _print_tree(loaded: ExtensiveGame | NormalFormGame, solution: Solution | None) -> None:
    """Print the game as a tree, each action with its probability if the solution is unique."""
    from rich.console import Console
    from rich.markup import escape
    from rich.tree import Tree

    from coercion_sim.games import Chance, Terminal

    def heading(node: Any) -> str:
        if isinstance(node, Terminal):
            paid = ", ".join(f"{name} {node.payoffs[name] + 0.0:.4g}" for name in loaded.players)
            reached = f"  [dim]p = {solution.outcome_probs.get(node.label, 0.0):.4f}[/]" if solution else ""
            return f"[green]{escape(node.label)}[/]  {escape(paid)}{reached}"
        mover = "chance" if isinstance(node, Chance) else escape(node.player)
        return f"[bold]{mover}[/] [dim]{escape(node.infoset)}[/]"

    top = Tree(f"{escape(loaded.title or str(loaded.source or 'game'))}\n{heading(loaded.root)}")
    stack: list[tuple[Any, Tree]] = [(loaded.root, top)]
    while stack:
        node, branch = stack.pop()
        play = solution.strategies.get(getattr(node, "infoset", ""), {}) if solution else {}
        for action in () if isinstance(node, Terminal) else node.actions:
            prob = action.prob if isinstance(node, Chance) else play.get(action.label)
            odds = "" if prob is None else f" [cyan]{prob:.4f}[/]"
            stack.append((action.child, branch.add(f"{escape(action.label)}{odds} -> {heading(action.child)}")))
    console = Console(soft_wrap=True, highlight=False)
    console.print(top, no_wrap=True, overflow="ignore", crop=False)


def solution_lines(solution: Solution | EquilibriumList) -> list[str]:
    """A solution, or each of several, as tables."""
    from coercion_sim.games import EquilibriumList

    if not isinstance(solution, EquilibriumList):
        at = solution.rationality
        words = [f"{at:g}"] if isinstance(at, float | int) else [f"{who} {x:g}" for who, x in (at or {}).items()]
        return _one_solution(solution, f"{solution.method}{', rationality ' if words else ''}{', '.join(words)}")
    lines = [f"{len(solution.equilibria)} equilibria; {solution.status}"]
    for place, one in enumerate(solution.equilibria, start=1):
        lines += _one_solution(one, f"equilibrium {place}")
    return lines + paragraphs(f"note: {note}" for note in solution.notes)


def _one_solution(solution: Solution, title: str) -> list[str]:
    rows = [
        ["" if position else name, label, f"{prob:.6f}"]
        for name, choice in solution.strategies.items()
        for position, (label, prob) in enumerate(choice.items())
    ]
    heads = ["player" if solution.form == "profile" else "information set", "choice", "probability"]
    lines = [title, *table(heads, rows, left=(0, 1), indent="  ")]
    ends = sorted(solution.outcome_probs.items(), key=lambda item: -item[1])
    rows = [[f"{prob:.6f}", label] for label, prob in ends[:_MOST_OUTCOMES] if prob > 0.0]
    lines += table(["probability", "outcome"], rows, left=(1,), indent="  ")
    if len(ends) > _MOST_OUTCOMES:
        lines.append(f"  ... {len(ends) - _MOST_OUTCOMES} less likely outcomes; --json lists all")
    payoffs = ", ".join(f"{name} {amount:.6g}" for name, amount in solution.payoffs.items())
    texts = [f"payoffs: {payoffs}", f"residual {solution.residual:.2g}; {solution.status}"]
    texts += [f"note: {note}" for note in solution.notes]
    return lines + paragraphs(texts)


def dispute_text(dispute: FirstDispute) -> str:
    """Packages, stakes and probabilities of a dispute game at the beliefs of the start."""
    from coercion_sim.dispute import solve_dispute

    game, solved = dispute.game, solve_dispute(dispute.game)
    c, t = dispute.coercer, dispute.target
    types = ("firm" if dispute.firm else "soft", "resolved" if dispute.resolved else "irresolute")
    stakes = [", ".join(f"{float(v):.3f}" for v in stake) for stake in (game.stake_coercer, game.stake_target)]
    texts = [f"{dispute.scenario} under {dispute.policy}: {c} and {t}, {dispute.quarter}"]
    if not dispute.strategic:
        texts.append("The scenario is scripted: this is the game its states would face with conduct = strategic.")
    texts += [
        f"Stakes, % of GDP: {c} {stakes[0]} (soft, firm; is {types[0]}), {t} {stakes[1]} (irresolute, resolved; is"
        f" {types[1]}). Beliefs: resolved {game.belief_target:.2f}, firm {game.belief_coercer:.2f}.",
        f"Allies in the order they move: {', '.join(game.allies) or 'none'}. Options: {', '.join(game.options)}.",
        f"P({c} presses): soft {solved.press[0]:.3f}, firm {solved.press[1]:.3f}",
    ]
    lines = paragraphs(texts)
    for heading, heads, columns in _dispute_tables(dispute, solved):
        rows = [[name, *(column[k] for column in columns)] for k, name in enumerate(game.packages)]
        lines += ["", *paragraph(heading), *table(["package", *heads], rows, indent="  ")]
    return "\n".join(lines)


def _dispute_tables(dispute: FirstDispute, solved: DisputeSolution) -> Iterator[tuple[str, list[str], list[list[str]]]]:
    """Heading, headings of columns and columns, one cell a package: effects, the threat, and the moves after it."""
    import numpy as np

    game, c, t = solved.game, dispute.coercer, dispute.target
    K = len(game.packages)
    unanswered = [x.reshape(2, K, -1)[:, :, 0] for x in (game.target_effect, game.coercer_cost)]
    yield (
        "Effects without answers, % of GDP a year; costs of the coercer are floored at 0",
        [f"{t} year 1", "long run", f"cost {c} year 1", "long run"],
        [[number(float(x)) for x in year] for effect in unanswered for year in effect],
    )
    flat = solved.profile.reshape(K, -1)

    def expected(by_node: Any) -> Any:
        """Average over what the allies are expected to do, (2, K)."""
        return np.einsum("xkg,kg->xk", by_node.reshape(2, K, -1), solved.node_weights)

    def written(*arrays: Any) -> list[list[str]]:
        return [[f"{float(p):.3f}" for p in row] for array in arrays for row in np.atleast_2d(array)]

    yield (
        "Probabilities of the threat: package, given pressure; concession to it; imposition, given resistance",
        ["chosen by soft", "firm", "conceded by irresolute", "resolved", "imposed by soft", "firm"],
        written(solved.package, solved.concede, solved.impose),
    )
    yield (
        "Probabilities once it is imposed: help; then in the quarter after, given a review",
        ["nobody helps", "irresolute yields", "resolved", "soft lifts", "firm"],
        written(flat[:, 0], expected(solved.steps.concede[0]), expected(solved.steps.lift[0])),
    )


def _vouch(file: Path, solution: Solution | EquilibriumList) -> None:
    """Fail, after printing, where the solver does not stand behind what was printed."""
    status = getattr(solution, "status", "")
    if status.startswith("failed"):
        raise ConvergenceError(f"{file}: {status}; the point printed is the last one reached, not the answer")
