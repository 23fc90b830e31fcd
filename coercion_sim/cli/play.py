"""`coercion-sim play`: a seat at the table, on a terminal."""

from __future__ import annotations

import math
import shlex
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from coercion_sim.cli import options
from coercion_sim.cli.options import FILE, echo_json
from coercion_sim.cli.tables import paragraph, paragraphs, table
from coercion_sim.errors import InvalidInput, Problem
from coercion_sim.files import read_text
from coercion_sim.wording import fixed, listing, spaced, state_name, the

if TYPE_CHECKING:
    from coercion_sim.analysis import Choosable, Debrief, Session, Turn

#: Commands of the table and what they do.
COMMANDS = {
    "1, 2, ...": "take an option; its name does too",
    "role": "your sheet: what you want, know and can do",
    "terms": "show what a worth is made of, or hide it",
    "advice": "show how likely the game's equilibrium takes each option, or hide it",
    "undo [N]": "take the last moves back",
    "next": "deal another draw: other stakes, types and luck",
    "save FILE": "keep the game; --moves FILE plays it again",
    "propose settlement SHARE": "let both settle at this share of the stake",
    "propose pledge PERCENT": "make a broken promise cost an ally this much of its GDP",
    "propose statement": "have the allies condemn the pressure jointly",
    "propose package SHARE GOODS": "press with bans of these goods that leave this share",
    "quit": "stop",
}


@click.command("play")
@click.argument("scenario", required=False)
@click.option(
    "--as", "seats", multiple=True, metavar="STATE",
    help="State you decide for, by code or name; repeat for several at one table.  [default: the target]",
)  # fmt: skip
@click.option("--role", "sheet", is_flag=True, help="Print the sheets of these seats, or of all, as Markdown; no game.")
@click.option("--policy", metavar="NAME", help="What allies agreed on; a+b for two.  [default: the first named]")
@options.scenario
@click.option(
    "--replicate", type=click.IntRange(0), metavar="K", help="Draw.  [default: first with a decision of yours]"
)
@click.option("--moves", type=FILE, help="Play these choices, one a line, or a saved game; then stop.")
@click.option("--advice", is_flag=True, help="Show how likely the equilibrium takes each option.")
@click.option(
    "--save", type=FILE, callback=options.writable,
    help="Keep the game in this file, move by move; --moves plays it again.",
)  # fmt: skip
@options.as_json
def play(
    scenario: str | None, seats: tuple[str, ...], sheet: bool, moves: Path | None, advice: bool, save: Path | None,
    as_json: bool, **given: Any,
) -> None:  # fmt: skip
    """Play SCENARIO: decide for one or more states, quarter by quarter; the others decide by their rules.

    A turn shows what the government would know: its own stake, beliefs about the other side, its options with their
    expected worth. The end shows what each decision was worth and what the equilibrium would have done.

    \b
    coercion-sim play australia-2020
    coercion-sim play australia-2020 --as China --advice --save game.json
    coercion-sim play australia-2020 --role
    coercion-sim play australia-2020 --moves game.json
    """
    if scenario is None:
        from coercion_sim.scenario import list_scenarios

        shipped = listing(list(list_scenarios()))
        raise click.UsageError(f"name a scenario, as in: coercion-sim play australia-2020. Shipped: {shipped}.")
    if sheet:
        from coercion_sim.analysis import role_sheets

        click.echo("\n".join(role.markdown() for role in role_sheets(scenario, seats, **given)), nl=False)
        return
    session, lines = _opened(scenario, seats, moves, given)
    seat = _Table(session, advice, save)
    if lines is None:
        _converse(seat)
    for line in lines or ():
        if not as_json:
            click.echo("\n".join((*seat.news(), f"> {line}", "")))
        if not seat.take(line):
            break
    if as_json:
        echo_json(seat.session.as_dict())
    elif lines is not None:
        click.echo("\n".join(seat.news()))


def _opened(
    scenario: str, seats: tuple[str, ...], moves: Path | None, given: dict[str, Any]
) -> tuple[Session, list[str] | None]:
    """The game, and the lines to play in it; None where a person types them."""
    from coercion_sim.analysis import Session
    from coercion_sim.analysis import play as opened

    if moves is None:
        _wait()
        return opened(scenario, seats, **given), None
    if moves.suffix != ".json":
        written = read_text(moves, "list of moves").splitlines()
        return opened(scenario, seats, **given), [line for text in written if (line := text.partition("#")[0].strip())]
    named = {"--as": seats, "--policy": given["policy"], "--set": given["overrides"]}
    settled = [name for name, value in named.items() if value]
    settled += [f"--{name}" for name in ("seed", "replicate") if given[name] is not None]
    if settled:
        raise click.UsageError(f"the saved game says {listing(settled)} itself; leave that out.")
    session = Session.load(moves, policy_files=given["policy_files"])
    if session.game.scenario != scenario:
        message = "the saved game is of another scenario"
        raise InvalidInput(Problem(message, key="SCENARIO", found=scenario, allowed=session.game.scenario))
    return session, []


def _wait() -> None:
    """Says why nothing happens yet."""
    text = "Computing what pressure would cost in this draw: some seconds, at first up to a minute."
    click.echo("\n".join(paragraph(text)), err=True)


class _Table:
    """A session with what is shown of it; the game is kept in `save` from the first position on, if given."""

    def __init__(self, session: Session, advice: bool, save: Path | None = None) -> None:
        self.session, self.advice, self.terms, self.kept = session, advice, False, save
        self._shown: object = None
        self._keep()

    def _keep(self) -> None:
        if self.kept is not None:
            self.session.save(self.kept)

    def news(self) -> list[str]:
        """What `text` says, where it is not on the screen already."""
        now = (self.session, self.session.game, self.advice, self.terms)
        before, self._shown = self._shown, now
        return [] if now == before else self.text()

    def text(self) -> list[str]:
        """Lines of the turn that waits, or of the debrief."""
        turn = self.session.turn
        if turn is not None:
            return turn_text(turn, self.advice, self.terms)
        return list(debrief_text(self.session.debrief(), self.session.names))

    def take(self, line: str) -> bool:
        """Takes one line of input; False to stop."""
        word, _, rest = line.strip().partition(" ")
        commands: dict[str, Callable[[], Any]] = {
            "undo": lambda: self.session.undo(int(rest) if rest.strip().isdecimal() else 1),
            "save": lambda: self.session.save(rest.strip() or "game.json"),
            "propose": lambda: self._propose(rest),
            "advice": lambda: setattr(self, "advice", not self.advice),
            "terms": lambda: setattr(self, "terms", not self.terms),
            "next": self._next,
            "role": self._sheets,
            "help": lambda: click.echo("\n".join(paragraphs(map(": ".join, COMMANDS.items()), "  ", "    "))),
        }
        if word in ("quit", "q", "exit"):
            return False
        commands.get("help" if word == "?" else word, lambda: self.session.step(line))()
        self._keep()
        return True

    def _next(self) -> None:
        _wait()
        self.session = self.session.deal()

    def _sheets(self) -> None:
        lines = (line for role in self.session.roles() for line in role.markdown().splitlines())
        click.echo("\n".join(paragraphs(lines, "", "  ")))

    def _propose(self, rest: str) -> None:
        kind, *numbers = shlex.split(rest) or [""]
        try:
            size = float(numbers[0]) if numbers else 0.0
        except ValueError:
            problem = Problem("not a number", key="propose", found=numbers[0], allowed="propose settlement 0.5")
            raise InvalidInput(problem) from None
        goods = [g for part in numbers[1:] for g in part.split(",") if g]
        self.session.propose(kind, size, goods)


def _converse(seat: _Table) -> None:
    """Asks until the player stops; after a game one can go back in it or have another."""
    who = listing([f"{the(role.name)}, the {role.part}" for role in seat.session.roles()])
    click.echo("\n".join(paragraph(f"You are {who}. Type `role` for your sheet, `help` for what can be typed.")))
    drawn: object = None
    while True:
        session = seat.session
        if session.game.replicate != drawn:
            drawn = session.game.replicate
            click.echo("\n".join(("", *paragraph(session.luck))))
        if lines := seat.news():
            click.echo("\n".join(("", *lines)))
            if session.turn is None:
                click.echo("\n".join(("", *paragraph("Type `undo` to go back, `next` for another draw, or `quit`."))))
        try:
            line = click.prompt(">", prompt_suffix=" ")
        except click.Abort:
            click.echo()
            return
        try:
            if not seat.take(line):
                return
        except InvalidInput as error:
            click.echo("\n".join(paragraph(f"{error}; `help` lists what can be typed")), err=True)


# ------------------------------------------------------------------ what a turn and the end look like


def turn_text(turn: Turn, advice: bool = False, terms: bool = False) -> list[str]:
    """Lines of a turn at the width of the terminal."""
    from coercion_sim.analysis import situation

    news = [*paragraphs(turn.news), ""] if turn.news else []
    lines = [*news, *paragraph(f"{turn.quarter}, {turn.names[turn.seat]}: {turn.question}")]
    lines += paragraphs(situation(turn), "  ", "  ")
    lines += ["", *_options(turn, advice)]
    for o in turn.options if terms else ():
        parts = ", ".join(f"{name} {fixed(value, 3)}" for name, value in o.terms.items())
        lines += paragraph(f"{spaced(o.label)}: {o.measures + '. ' if o.measures else ''}{parts}", "  ", "    ")
    return lines


def _options(turn: Turn, advice: bool) -> list[str]:
    """Table of the options under a line that says what its numbers are; columns without a number are left out."""
    other, weak, firm = turn.faces
    target, coercer = turn.names[turn.target], turn.names[turn.coercer]
    columns: dict[str, list[str]] = {
        "": [str(i) for i in range(1, len(turn.options) + 1)],
        "option": [spaced(o.label) for o in turn.options],
        f"costs {target}": [_cost(o.loss_target) for o in turn.options],
        f"costs {coercer}": [_cost(o.loss_coercer) for o in turn.options],
        "worth": [fixed(o.value, 3) for o in turn.options],
        f"if {weak}": [_if(o, o.if_weak) for o in turn.options],
        f"if {firm}": [_if(o, o.if_firm) for o in turn.options],
        "US$ million": [f"{o.value_usd:,.0f}" for o in turn.options],
        "equilibrium": [f"{fixed(100 * o.probability, 0)} %" for o in turn.options] if advice else [],
    }
    kept = {head: cells for head, cells in columns.items() if any(cells)}
    says = ["worth to you" + (f", and if {the(turn.names[other])} is {weak} or {firm}" if f"if {weak}" in kept else "")]
    says += ["costs without help in the first year"] if f"costs {target}" in kept else []
    return [
        *paragraph(f"In % of GDP: {'; '.join(says)}:", "  ", "  "),
        *table(list(kept), list(zip(*kept.values(), strict=True)), left=(0, 1), indent="  "),
    ]


def _if(option: Choosable, worth: float) -> str:
    """Worth against one type of the other side; empty where the types make no difference."""
    return fixed(worth, 3) if abs(option.if_firm - option.if_weak) >= 5e-4 else ""


def _cost(effect: float) -> str:
    return "" if math.isnan(effect) else fixed(-effect, 3)


def debrief_text(end: Debrief, names: Mapping[str, str]) -> Iterator[str]:
    """Lines of the debrief at the width of the terminal."""
    from coercion_sim.analysis import disputes_ended, given_up

    yield from ("The game is over.", "", *paragraphs(end.events), *([""] if end.events else []))
    yield from paragraphs(disputes_ended(end, names))
    yield from paragraphs(end.afterwards)
    if end.decisions:
        says = "What each decision was worth when it was taken, % of GDP, and how likely the equilibrium takes it:"
        yield from ("", *paragraph(says))
        heads = ["quarter", "seat", "chosen", "worth", "best", "worth", "equilibrium"]
        rows = [
            [d.quarter, state_name(names, d.seat), spaced(d.chosen), fixed(d.value, 3), spaced(d.best),
             fixed(d.best_value, 3), f"{fixed(100 * d.equilibrium, 0)} %"]
            for d in end.decisions
        ]  # fmt: skip
        yield from table(heads, rows, left=(0, 1, 2, 4), indent="  ")
        yield from paragraphs(given_up(end, names))
    if any(end.incomes.values()):
        yield from ("", "Real income over the game, effect of coercion and answers:")
        rows = [[state_name(names, s), fixed(x, 3), f"{end.incomes_usd[s]:,.0f}"] for s, x in end.incomes.items()]
        yield from table(["state", "% of a year's GDP", "US$ million"], rows, indent="  ")
    yield from ("", "What else can be tried:", *paragraphs(end.what_else, "  ", "    "))
