"""`coercion-sim play`: a seat at the table, on a terminal."""

from __future__ import annotations

import math
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from coercion_sim.cli.options import FILE, echo_json, json_option, policy_file_option, seed_option, set_option
from coercion_sim.cli.tables import paragraph, table
from coercion_sim.errors import InvalidInput, Problem
from coercion_sim.wording import fixed, listing, quantity, spaced

if TYPE_CHECKING:
    from coercion_sim.analysis import Debrief, Session, Turn

HELP = (
    "Type the number or the name of an option. Also: advice (what the equilibrium does), terms (parts of the worths),"
    " undo, save FILE, propose settlement SHARE, propose pledge PERCENT, propose statement,"
    " propose package SHARE_LEFT GOODS, quit."
)


@click.command("play")
@click.argument("scenario")
@click.option(
    "--as", "seats", multiple=True, metavar="STATE", help="State you decide for; repeat for several at one table."
)
@click.option("--policy", metavar="NAME", help="What allies agreed on; a+b for two.  [default: the first named]")
@seed_option
@click.option(
    "--replicate", type=click.IntRange(0), metavar="K", help="Draw.  [default: first with a decision of yours]"
)
@set_option
@policy_file_option
@click.option("--moves", type=FILE, help="Play these choices, one a line, or a saved game; then stop.")
@click.option("--advice", is_flag=True, help="Show how likely the equilibrium takes each option.")
@click.option("--save", type=FILE, help="Keep the game in this file, move by move; --moves plays it again.")
@json_option
def play(
    scenario: str, seats: tuple[str, ...], moves: Path | None, advice: bool, save: Path | None, as_json: bool,
    **given: Any,
) -> None:  # fmt: skip
    r"""Play SCENARIO: decide for one or more states, quarter by quarter; the others decide by their rules.

    A turn shows what the government would know: its own stake, beliefs about the other side, its options with their
    expected worth. The end shows what each decision was worth and what the equilibrium would have done.

    \b
    coercion-sim play australia-2020 --as AUS --policy respond_as_allies
    coercion-sim play australia-2020 --as CHN --advice --save game.json
    coercion-sim play australia-2020 --moves game.json
    """
    from coercion_sim.analysis import Session
    from coercion_sim.analysis import play as opened

    session: Session | None = None
    lines: list[str] | None = None
    if moves is not None and moves.suffix == ".json":
        _only_the_file(seats, given)
        session, lines = Session.load(moves, policy_files=given["policy_files"]), []
        if session.game.scenario != scenario:
            message = "the saved game is of another scenario"
            raise InvalidInput(Problem(message, key="SCENARIO", found=scenario, allowed=session.game.scenario))
    elif moves is not None:
        from coercion_sim.files import read_text

        written = read_text(moves, "list of moves").splitlines()
        lines = [line for text in written if (line := text.partition("#")[0].strip())]
    if session is None:
        if not seats:
            raise click.UsageError("say which state you decide for, as in --as AUS.")
        session = opened(scenario, seats, **given)
    table_of_one = _Table(session, advice, save)
    if lines is not None:
        _follow(table_of_one, lines, quiet=as_json)
    else:
        _converse(table_of_one)
    if as_json:
        echo_json(session.as_dict())
        return
    click.echo("\n".join(turn_text(session.turn, advice) if session.turn else debrief_text(session.debrief())))


def _only_the_file(seats: tuple[str, ...], given: dict[str, Any]) -> None:
    """Refuse options that a saved game has settled already."""
    named = {"--as": seats, "--policy": given["policy"], "--set": given["overrides"]}
    idle = [name for name, value in named.items() if value]
    idle += [f"--{name}" for name in ("seed", "replicate") if given[name] is not None]
    if idle:
        raise click.UsageError(f"the saved game says {listing(idle)} itself; leave that out.")


class _Table:
    """A session with what is shown of it; the game is kept in `save` from the first position on, if given."""

    def __init__(self, session: Session, advice: bool, save: Path | None = None) -> None:
        self.session, self.advice, self.terms, self.kept = session, advice, False, save
        self._keep()

    def _keep(self) -> None:
        if self.kept is not None:
            self.session.save(self.kept)

    def take(self, line: str) -> bool:
        """Takes one line of input; False to stop."""
        word, _, rest = line.strip().partition(" ")
        commands: dict[str, Callable[[], Any]] = {
            "undo": lambda: self.session.undo(int(rest) if rest.strip().isdecimal() else 1),
            "save": lambda: self.session.save(rest.strip() or "game.json"),
            "propose": lambda: self._propose(rest),
            "advice": lambda: setattr(self, "advice", not self.advice),
            "terms": lambda: setattr(self, "terms", not self.terms),
            "help": lambda: click.echo("\n".join(paragraph(HELP))),
        }
        if word in ("quit", "q"):
            return False
        commands.get(word, lambda: self.session.step(line))()
        self._keep()
        return True

    def _propose(self, rest: str) -> None:
        kind, *numbers = shlex.split(rest) or [""]
        try:
            size = float(numbers[0]) if numbers else 0.0
        except ValueError:
            problem = Problem("not a number", key="propose", found=numbers[0], allowed="propose settlement 0.5")
            raise InvalidInput(problem) from None
        goods = [g for part in numbers[1:] for g in part.split(",") if g]
        self.session.propose(kind, size, goods)


def _follow(seat: _Table, lines: list[str], *, quiet: bool) -> None:
    """Takes lines of a file; each is echoed with what followed."""
    for line in lines:
        if not quiet:
            click.echo("\n".join((*turn_text(seat.session.turn, seat.advice), f"> {line}", "")))
        if not seat.take(line):
            return


def _converse(seat: _Table) -> None:
    """Asks until the game is over or the player stops."""
    click.echo("\n".join(paragraph(HELP)))
    while seat.session.turn is not None:
        click.echo("\n".join(("", *turn_text(seat.session.turn, seat.advice, seat.terms))))
        try:
            line = click.prompt(">", prompt_suffix=" ")
        except click.Abort:
            click.echo()
            return
        try:
            if not seat.take(line):
                return
        except InvalidInput as error:
            click.echo("\n".join(paragraph(str(error))), err=True)


# ------------------------------------------------------------------ what a turn and the end look like


def turn_text(turn: Turn | None, advice: bool = False, terms: bool = False) -> list[str]:
    """Lines of a turn at the width of the terminal."""
    if turn is None:
        return ["The game is over."]
    lines = [part for text in turn.news for part in paragraph(text)]
    lines += ["", *paragraph(f"{turn.quarter}, {turn.seat}: {turn.question}")]
    if turn.measures:
        first, later = turn.loss
        cost = f"{quantity(-first, 'pct_gdp')} ({quantity(-turn.loss_usd[0], 'US$ million')}) in the first year"
        lines += paragraph(f"Measures: {'; '.join(turn.measures)}.", "  ", "  ")
        lines += paragraph(
            f"Without help they cost {turn.target} {cost}, {fixed(-later, 2)} % in the long run.", "  ", "  "
        )
    if turn.answers:
        helping = listing([f"{ally} {spaced(did)}" for ally, did in turn.answers.items()])
        lines += paragraph(f"Allies: {helping}.", "  ", "  ")
    beliefs = f"P(target resolved) {fixed(turn.resolved, 2)}, P(coercer firm) {fixed(turn.firm, 2)}"
    stake = "" if math.isnan(turn.stake) else f"Your stake is {fixed(turn.stake, 2)} % of GDP. "
    lines += paragraph(f"{stake}What everybody believes: {beliefs}.", "  ", "  ")
    heads = ["", "option", "worth, % GDP", "range over its type", "US$ million"]
    rows = []
    for i, o in enumerate(turn.options, start=1):
        span = "" if math.isnan(o.low) else f"{fixed(o.low, 3)} to {fixed(o.high, 3)}"
        row = [str(i), spaced(o.label), fixed(o.value, 3), span, f"{o.value_usd:,.0f}"]
        rows.append([*row, fixed(o.probability, 2)] if advice else row)
    lines += table([*heads, "equilibrium"] if advice else heads, rows, left=(0, 1), indent="  ")
    for o in turn.options if terms else ():
        parts = ", ".join(f"{name} {fixed(value, 3)}" for name, value in o.terms.items())
        lines += paragraph(f"{spaced(o.label)}: {o.measures + '. ' if o.measures else ''}{parts}", "  ", "    ")
    return lines


def debrief_text(end: Debrief) -> list[str]:
    """Lines of the debrief at the width of the terminal."""
    return list(_debrief(end))


def _debrief(end: Debrief) -> Iterator[str]:
    yield from ("The game is over.", "")
    for text in end.events:
        yield from paragraph(text)
    yield ""
    for (pair, package, ending, quarters), (_, firm, resolved) in zip(end.endings, end.types, strict=True):
        with_what = f" ({package})" if package else ""
        yield from paragraph(
            f"{pair}{with_what}: {spaced(ending)}, {quarters} quarters in force. The coercer was"
            f" {'firm' if firm else 'soft'}, the target {'resolved' if resolved else 'irresolute'}."
        )
    alone = "; ".join(f"{pair} {spaced(ending)}, {quarters} quarters" for pair, _, ending, quarters in end.instead)
    yield from paragraph(f"With the same luck, the equilibrium would have ended so: {alone or 'no dispute'}.")
    if end.decisions:
        yield from ("", "What each decision was worth when it was taken:")
        heads = ["quarter", "seat", "chosen", "% GDP", "best", "% GDP", "given up, US$ m", "equilibrium"]
        rows = [
            [d.quarter, d.seat, spaced(d.chosen), fixed(d.value, 3), spaced(d.best), fixed(d.best_value, 3),
             f"{d.regret_usd:,.0f}", fixed(d.equilibrium, 2)]
            for d in end.decisions
        ]  # fmt: skip
        yield from table(heads, rows, left=(0, 1, 2, 4), indent="  ")
    if end.incomes:
        yield from ("", "Real income over the game, effect of coercion and answers:")
        rows = [[s, fixed(x, 3), f"{end.incomes_usd[s]:,.0f}"] for s, x in end.incomes.items()]
        yield from table(["state", "% of a year's GDP", "US$ million"], rows, indent="  ")
