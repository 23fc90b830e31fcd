"""`coercion-sim ask`: from a question in one sentence to three sentences, a chart, and a scenario to go on with."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from coercion_sim import __version__
from coercion_sim.cli import options
from coercion_sim.cli.measures import measure_options, read_measures, warn
from coercion_sim.cli.options import FOLDER, echo_json
from coercion_sim.cli.tables import paragraph, screen_width
from coercion_sim.errors import InvalidInput, Problem
from coercion_sim.files import write_bytes, write_text
from coercion_sim.wording import listing

if TYPE_CHECKING:
    from coercion_sim.analysis import Cost
    from coercion_sim.economy import Measure
    from coercion_sim.scenario import Draft
    from coercion_sim.world import World

#: Files of the folder.
SCENARIO, MEMO, EFFECTS, CHARTS = "scenario.toml", "memo.md", "effects.csv", ("chart.png", "chart.svg")
#: Widest line of the answer, longest name of a folder.
_WIDTH, _NAME = 80, 60
#: Year of the trade that a question is about unless it says otherwise: the last before COVID-19. Worlds of other years
#: are base years before an episode.
_USUAL_YEAR = 2019


class _Read(NamedTuple):
    """What was asked, in one world."""

    world: World
    named: str
    measures: tuple[Measure, ...]
    notes: tuple[str, ...]


@click.command("ask")
@click.argument("question", required=False, default="")
@click.option(
    "--world", metavar="WORLD", help="A shipped world or a folder.  [default: the shipped one that fits the names best]"
)
@measure_options
@click.option(
    "--draws", type=click.IntRange(1, 10_000), default=32, show_default=True, metavar="N",
    help="Draws of the elasticities, the mobility of factors and the speed of adjustment.",
)  # fmt: skip
@options.seed
@click.option("--out", type=FOLDER, metavar="FOLDER", help="Folder to write.  [default: named after the question]")
@click.option("--force", is_flag=True, help="Overwrite another question's files in FOLDER.")
@options.output
def ask_command(
    question: str, world: str | None, draws: int, seed: int | None, out: Path | None, force: bool, as_json: bool,
    quiet: bool, **given: tuple[str, ...],
) -> None:  # fmt: skip
    """Answer QUESTION in three sentences, and write a chart, a memo and a scenario file.

    A question says who does what to whom, and with which goods: states by code, name or adjective, groups such as EU;
    ban, export ban, tariff N %, barrier N %, export control N % or sanctions; goods by sector, tag or word. Lists have
    commas and "and"; ";" separates two measures. For example

      coercion-sim ask "China bans Australian wine"

      coercion-sim ask "CHN bans LTU goods" --world europe-2019

      coercion-sim ask "USA, JPN tariff 25 % on CHN electronics; CHN export ban USA rare earths"

      coercion-sim ask --export-ban "USA,JPN,EU:CHN:semiconductors"

    The answer compares the long run and the first year with an economy without the measures, and nobody responds to
    them. Ranges hold 90 % of the draws.
    """
    from coercion_sim.analysis import cost_of_measures, measures_in_words
    from coercion_sim.experiments import reporting
    from coercion_sim.scenario import Draft, load_scenario, scenario_text, short_name
    from coercion_sim.world import read_labels

    read = _read(question, given, world)
    title = measures_in_words(read.measures, read.world)
    name = short_name(question or title)[:_NAME].rstrip("-")
    folder = out or Path(name)
    file = folder / SCENARIO
    typed = [f"--{key.replace('_', '-')} {shlex.quote(text)}" for key, texts in given.items() for text in texts]
    command = ["coercion-sim ask", *([f'"{question}"'] if question.strip() else []), *typed, f"--world {read.named}"]
    draft = Draft(
        name=name, title=title, question=question or title, command=" ".join(command),
        world=world_from(folder, read.named), labels=read_labels(read.named), coercer=read.measures[0].by,
        target=read.measures[0].on, measures=read.measures, replicates=draws, seed=1 if seed is None else seed,
    )  # fmt: skip
    with scenario_in(file, scenario_text(draft, str(file)), force=force):
        warn(read.measures, read.notes)
        with reporting("ask", quiet=quiet or as_json, what="draws") as progress:
            cost = cost_of_measures(load_scenario(file), read.world, draws=draws, progress=progress)
    _write(cost, draft, folder)
    if as_json:
        echo_json(cost.as_dict() | {"notes": read.notes, "folder": str(folder)})
    else:
        click.echo(answer_text(cost, read.named, folder))


@contextmanager
def scenario_in(file: Path, text: str, *, force: bool) -> Iterator[None]:
    """Write a scenario into its folder, and leave the folder as it was where what is done with it fails."""
    before = file.read_bytes() if file.exists() else None
    if not force and before is not None and before.decode("utf-8", "replace").replace("\r\n", "\n") != text:
        remedy = "another folder with --out, or --force to overwrite it"
        raise InvalidInput(Problem("holds another scenario", file=str(file), allowed=remedy))
    made = [path for path in file.parents if not path.exists()]
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        write_text(file, text)
        yield
    except BaseException:
        if before is not None:
            write_bytes(file, before)
        else:
            file.unlink(missing_ok=True)
        for path in made:
            with suppress(OSError):
                path.rmdir()
        raise


def _read(question: str, given: dict[str, tuple[str, ...]], world: str | None) -> _Read:
    """Read question and options in one world: that named, else the shipped one whose goods fit best."""
    if world is not None:
        return _read_in(question, given, world)
    from coercion_sim.world import list_worlds

    reads: list[_Read] = []
    faults: list[InvalidInput] = []
    for name in list_worlds():
        try:
            reads.append(_read_in(question, given, name))
        except InvalidInput as error:
            faults.append(error)
    if not reads:
        raise min(faults, key=lambda error: len(error.problems))
    return min(reads, key=lambda read: _fit(read.world, read.notes))


def _fit(world: World, notes: Sequence[str]) -> tuple[int, int, int]:
    """Less where a world fits a question better: few notes, the usual year, many sectors."""
    return len(notes), abs((world.year or 0) - _USUAL_YEAR), -len(world.sectors)


def _read_in(question: str, given: dict[str, tuple[str, ...]], name: str) -> _Read:
    """Measures of question and options in a world."""
    from coercion_sim.analysis import EXAMPLE, numbered, read_question, withheld_note
    from coercion_sim.world import load_world

    world = load_world(name)
    problems: list[Problem] = []
    measures, notes = read_measures(world, given, problems)
    if question.strip():
        try:
            sentence = read_question(question, world)
            measures, notes = sentence.measures + measures, sentence.notes + notes
        except InvalidInput as error:
            problems = [*error.problems, *problems]
    elif not any(given.values()):
        problems.append(Problem("ask a question, or name a measure", allowed=f"{EXAMPLE}; or --ban CHN:AUS:wine"))
    InvalidInput.refuse(problems)
    return _Read(world, name, numbered(measures), notes + withheld_note(measures))


def world_from(folder: Path, named: str) -> str:
    """What a scenario in a folder calls a world: a shipped name as it stands, else the path from there."""
    from coercion_sim.world import list_worlds

    if named in list_worlds():
        return named
    path = Path(os.path.relpath(named, folder)).as_posix()
    return path if path.startswith(".") else f"./{path}"


def _write(cost: Cost, draft: Draft, folder: Path) -> None:
    """Write the charts, the table of effects and the memo."""
    from coercion_sim.analysis import source_line, three_sentences, to_csv
    from coercion_sim.figures import draw_cost

    source = source_line(cost, __version__)
    draw_cost(cost, source, [folder / chart for chart in CHARTS])
    write_text(folder / EFFECTS, to_csv(cost.records()))
    memo = [f"# {cost.title}", *three_sentences(cost), f"![{cost.title}]({CHARTS[0]})", source]
    memo += [f"Every state is in {EFFECTS}, the scenario in {SCENARIO}. Asked: `{draft.command}`"]
    write_text(folder / MEMO, "\n\n".join(memo) + "\n")


def answer_text(cost: Cost, world: str, folder: Path) -> str:
    """The answer on one screen: title, three sentences, source, files, next commands."""
    from coercion_sim.analysis import source_line, three_sentences

    width = min(screen_width(), _WIDTH)
    lines: list[str] = []
    for text in (cost.title, *three_sentences(cost), source_line(cost, __version__)):
        lines += [*paragraph(text, rest="", width=width), ""]
    lines += paragraph(f"Written to {folder}: {listing([*CHARTS, MEMO, EFFECTS, SCENARIO])}", width=width)
    file = shlex.quote(str(folder / SCENARIO))
    then = {"if allies answer": f"coercion-sim compare {file}", "if states choose": f"coercion-sim answer {file}"}
    return "\n".join([*lines, *(f"Next, {when}: {command}" for when, command in then.items())])
