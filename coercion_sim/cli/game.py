"""`coercion-sim game`: look at a game and solve it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from coercion_sim.cli.policy_files import policy_file_option
from coercion_sim.errors import ConvergenceError, InvalidInput, Problem

if TYPE_CHECKING:
    from rich.tree import Tree

    from coercion_sim.games import EquilibriumList, ExtensiveGame, NormalFormGame, Solution

_SHOWN_OUTCOMES = 20


@click.group("game")
def game() -> None:
    """Show and solve dispute games: trees and tables (format: docs/game-files.md)."""


@game.command("show")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE.json|SCENARIO")
@click.option("--rationality", multiple=True, metavar="X|WHO=X", help="Logit rationality; with it, logit is shown.")
@click.option("--method", type=click.Choice(["logit", "spe", "nash"]), help="Default: spe for trees, nash for tables.")
@click.option("--plot", type=click.Path(path_type=Path), metavar="OUT.png", help="Also draw the tree.")
@click.option("--policy", metavar="NAME", help="SCENARIO: policy whose pledges hold.  [default: the first named]")
@click.option("--seed", type=int, metavar="S", help="SCENARIO: root of every draw.")
@click.option("--replicate", type=click.IntRange(0), default=0, metavar="K", help="SCENARIO: which replicate.")
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="SCENARIO: replace a value; repeatable.")
@policy_file_option
@click.option("--tree", is_flag=True, help="SCENARIO: also print the reduced tree with its solution.")
@click.option(
    "--efg", type=click.Path(path_type=Path), metavar="OUT", help="SCENARIO: write the reduced tree for Gambit."
)
def show(
    file: Path,
    rationality: tuple[str, ...],
    method: str | None,
    plot: Path | None,
    policy: str | None,
    seed: int | None,
    replicate: int,
    overrides: tuple[str, ...],
    policy_files: tuple[Path, ...],
    tree: bool,
    efg: Path | None,
) -> None:
    """Print the tree of a game FILE.json with its solution, or the dispute game of a SCENARIO's first dispute.

    A scenario's game is printed as tables at the beliefs of its start. --tree, --plot and --efg take a reduced version:
    the two packages that hurt most, the ally with most at stake, two quarters, the types that were drawn known to all.
    """
    if file.suffix != ".json":
        given = {
            "policy": policy,
            "seed": seed,
            "replicate": replicate,
            "overrides": overrides,
            "policy_files": policy_files,
        }
        _show_dispute(str(file), given, rationality, method, plot, tree, efg)
        return
    from rich.console import Console

    from coercion_sim.games import EquilibriumList, ExtensiveGame, read_game

    loaded = read_game(file)
    if method is None:
        method = "logit" if rationality else "spe" if isinstance(loaded, ExtensiveGame) else "nash"
    solution = _solve(loaded, rationality, method)
    drawn = None if isinstance(solution, EquilibriumList) else solution
    console = Console(soft_wrap=True, highlight=False)
    console.print(_tree(loaded, drawn), no_wrap=True, overflow="ignore", crop=False)
    _report(console, solution)
    if plot is not None:
        from coercion_sim.games import draw_game

        _writing(plot, lambda: draw_game(loaded, drawn, plot))
    _vouch(file, solution)


def _show_dispute(
    scenario: str,
    given: dict[str, Any],
    rationality: tuple[str, ...],
    method: str | None,
    plot: Path | None,
    tree: bool,
    efg: Path | None,
) -> None:
    """Print a scenario's dispute game; the reduced tree where it is asked for."""
    from coercion_sim.analysis import first_dispute, reduced
    from coercion_sim.cli.dispute_text import dispute_text
    from coercion_sim.dispute import dispute_tree
    from coercion_sim.games import draw_game, solve_game, write_gambit

    if rationality or method:
        raise InvalidInput(
            Problem("goes with a game file", key="--rationality, --method", allowed="--set dispute.rationality=6")
        )
    dispute = first_dispute(scenario, **given)
    click.echo(dispute_text(dispute))
    if not (tree or plot or efg):
        return
    small = reduced(dispute)
    built = dispute_tree(small)
    solution = solve_game(built.game, dict(built.rationality), "logit")
    allies = ", ".join(small.allies) or "no ally"
    click.echo(
        f"\nReduced to {', '.join(small.packages)}; {allies}; {small.parameters.horizon} quarters; types known "
        f"({sum(1 for _ in built.game.terminals())} ends)"
    )
    if tree:
        from rich.console import Console

        console = Console(soft_wrap=True, highlight=False)
        console.print(_tree(built.game, solution), no_wrap=True, overflow="ignore", crop=False)
    for label, odds in sorted(solution.outcome_probs.items(), key=lambda item: -item[1])[:_SHOWN_OUTCOMES]:
        click.echo(f"  {odds:.4f}  {label}")
    if plot is not None:
        _writing(plot, lambda: draw_game(built.game, solution, plot))
    if efg is not None:
        _writing(efg, lambda: write_gambit(built.game, efg))


@game.command("solve")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--rationality",
    multiple=True,
    metavar="X|WHO=X",
    help="Logit rationality, log-odds per unit of payoff: a number for all, player=number or information set=number; "
    "repeat to give several.",
)
@click.option("--method", type=click.Choice(["logit", "spe", "nash"]), default="logit", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of tables.")
@click.option(
    "--efg", type=click.Path(path_type=Path), metavar="OUT", help="Also write the game for Gambit (.efg, .nfg)."
)
def solve(file: Path, rationality: tuple[str, ...], method: str, as_json: bool, efg: Path | None) -> None:
    """Solve the game in FILE."""
    from rich.console import Console

    from coercion_sim.games import read_game, write_gambit

    loaded = read_game(file)
    solution = _solve(loaded, rationality, method)
    if efg is not None:
        _writing(efg, lambda: write_gambit(loaded, efg))
    if as_json:
        click.echo(json.dumps(solution.to_dict(), indent=1, allow_nan=False))
    else:
        console = Console(soft_wrap=True, highlight=False)
        _report(console, solution)
    _vouch(file, solution)


def _solve(
    loaded: ExtensiveGame | NormalFormGame, rationality: tuple[str, ...], method: str
) -> Solution | EquilibriumList:
    from coercion_sim.games import solve_game

    return solve_game(loaded, _rationality(rationality, loaded), method)  # type: ignore[call-overload, no-any-return]


def _rationality(given: tuple[str, ...], loaded: ExtensiveGame | NormalFormGame) -> float | dict[str, float] | None:
    """Read `--rationality`: a plain number counts for every player not named."""
    plain: float | None = None
    named: dict[str, float] = {}
    problems = []
    for text in given:
        who, equals, number = text.rpartition("=")
        try:
            value = float(number)
        except ValueError:
            problems.append(Problem("not a number", key="--rationality", found=repr(text), allowed="5 or Coercer=5"))
            continue
        if equals:
            named[who.strip()] = value
        else:
            plain = value
    if problems:
        raise InvalidInput(problems)
    if not named:
        return plain
    return named if plain is None else dict.fromkeys(loaded.players, plain) | named


def _tree(loaded: ExtensiveGame | NormalFormGame, solution: Solution | None) -> Tree:
    """Return the game as a rich tree, each action with its probability where there is one solution."""
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

    title = f"{escape(loaded.title or str(loaded.source or 'game'))}\n{heading(loaded.root)}"
    top = Tree(title)
    stack: list[tuple[Any, Tree]] = [(loaded.root, top)]
    while stack:
        node, branch = stack.pop()
        if isinstance(node, Terminal):
            continue
        play = solution.strategies.get(node.infoset, {}) if solution and not isinstance(node, Chance) else {}
        for action in node.actions:
            prob = action.prob if isinstance(node, Chance) else play.get(action.label)
            shown = "" if prob is None else f" [cyan]{prob:.4f}[/]"
            below = branch.add(f"{escape(action.label)}{shown} -> {heading(action.child)}")
            stack.append((action.child, below))
    return top


def _report(console: Any, solution: Solution | EquilibriumList) -> None:
    """Print a solution, or each of several, as tables."""
    from coercion_sim.games import EquilibriumList

    if not isinstance(solution, EquilibriumList):
        _report_one(console, solution, f"{solution.method}{_at(solution)}")
        return
    console.print(f"{len(solution.equilibria)} equilibria; {solution.status}")
    for number, one in enumerate(solution.equilibria, start=1):
        _report_one(console, one, f"equilibrium {number}")
    for note in solution.notes:
        console.print(f"note: {note}", markup=False)


def _at(solution: Solution) -> str:
    if solution.rationality is None:
        return ""
    if isinstance(solution.rationality, float | int):
        return f", rationality {solution.rationality:g}"
    return ", rationality " + ", ".join(f"{who} {value:g}" for who, value in solution.rationality.items())


def _report_one(console: Any, solution: Solution, title: str) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(title), title_justify="left", box=None, pad_edge=False)
    for heading in ("player" if solution.form == "profile" else "information set", "choice", "probability"):
        table.add_column(heading, justify="right" if heading == "probability" else "left")
    for name, choice in solution.strategies.items():
        for position, (label, prob) in enumerate(choice.items()):
            table.add_row(Text("" if position else name), Text(label), f"{prob:.6f}")
    console.print(table)
    outcomes = sorted(solution.outcome_probs.items(), key=lambda item: -item[1])
    for label, prob in outcomes[:_SHOWN_OUTCOMES]:
        if prob > 0.0:
            console.print(f"  {prob:.6f}  {label}", markup=False)
    if len(outcomes) > _SHOWN_OUTCOMES:
        console.print(f"  ... {len(outcomes) - _SHOWN_OUTCOMES} less likely outcomes; --json lists all", markup=False)
    paid = ", ".join(f"{name} {amount:.6g}" for name, amount in solution.payoffs.items())
    console.print(f"payoffs: {paid}", markup=False)
    console.print(f"residual {solution.residual:.2g}; {solution.status}", markup=False)
    for note in solution.notes:
        console.print(f"note: {note}", markup=False)


def _writing(path: Path, write: Any) -> None:
    """Write a file, turning the operating system's refusal into an input error that names it."""
    try:
        write()
    except OSError as error:
        raise InvalidInput(Problem(f"cannot be written: {error.strerror or error}", file=str(path))) from None


def _vouch(file: Path, solution: Solution | EquilibriumList) -> None:
    """Fail, after printing, where the solver does not stand behind what was printed."""
    status = getattr(solution, "status", "")
    if status.startswith("failed"):
        raise ConvergenceError(f"{file}: {status}; the point printed is the last one reached, not the answer")
