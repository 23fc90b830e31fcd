"""The command `coercion-sim`: a table of commands loaded when called, and errors turned into exit codes."""

from __future__ import annotations

import codecs
import os
import signal
import sys
import warnings
from collections.abc import Sequence
from importlib import import_module
from typing import Any, TextIO

import click

from coercion_sim import __version__
from coercion_sim.cli.options import completing
from coercion_sim.environment import ONE_THREAD
from coercion_sim.errors import NO_ROOM, CoercionSimError, InvalidInput, nearest, note_warning

#: Command -> (module, attribute, short help).
COMMANDS: dict[str, tuple[str, str, str]] = {
    "list": ("coercion_sim.cli.files", "list_command", "List scenarios, worlds and the data dictionary."),
    "check": ("coercion_sim.cli.files", "check_command", "Check a scenario file: every mistake at once."),
    "copy": ("coercion_sim.cli.files", "copy_command", "Copy a shipped scenario to a file you can change."),
    "ask": ("coercion_sim.cli.ask", "ask_command", "Answer one sentence: who bans what, and what it costs whom."),
    "new": ("coercion_sim.cli.new", "new_command", "Write a scenario from a few answers."),
    "answer": ("coercion_sim.cli.answer", "answer_command", "Answer a scenario's question on one screen."),
    "run": ("coercion_sim.cli.runs", "run", "Run a scenario under its policies, or one of them."),
    "compare": ("coercion_sim.cli.runs", "compare", "Run a scenario's policies and compare them."),
    "sweep": ("coercion_sim.cli.sweep", "sweep", "Run a design of many points, resumable, on many workers."),
    "merge": ("coercion_sim.cli.sweep", "merge", "Put the parts of a sweep together."),
    "analyse": ("coercion_sim.cli.analyse", "analyse", "Analyse a sweep: what matters, what is robust."),
    "report": ("coercion_sim.cli.show", "report", "Write results as one page: text, tables, figures, sources."),
    "verify": ("coercion_sim.cli.sweep", "verify", "Repeat some runs and compare bit for bit."),
    "export": ("coercion_sim.cli.show", "export", "Export results for Stata, or as an RO-Crate to deposit."),
    "play": ("coercion_sim.cli.play", "play", "Play a scenario: decide for a state, quarter by quarter."),
    "explain": ("coercion_sim.cli.explain", "explain", "Explain one run, decision by decision."),
    "deter": ("coercion_sim.cli.deter", "deter", "Find the least pledge that deters."),
    "coalition": ("coercion_sim.cli.coalition", "coalition", "Find the least-cost coalition that deters."),
    "shock": ("coercion_sim.cli.shock", "shock", "Compute the effects of a ban, tariff or barrier."),
    "world": ("coercion_sim.cli.world", "world_command", "Show or build a world."),
    "validate": ("coercion_sim.cli.files", "validate", "Repeat published experiments and compare the numbers."),
    "game": ("coercion_sim.cli.game", "game", "Solve a small game."),
    "plot": ("coercion_sim.cli.show", "plot_command", "Draw figures of results."),
    "app": ("coercion_sim.cli.show", "app", "Open a scenario in the browser: answer, play, what-if."),
    "help": ("coercion_sim.cli.app", "help_command", "Explain a command, as COMMAND --help does."),
}

DEBUG = "COERCION_SIM_DEBUG"
_ASCII = "plain_ascii"


class LazyGroup(click.Group):
    """A group that knows its commands by name and imports one only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Commands in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command; None for an unknown name."""
        if cmd_name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[cmd_name]
        command = getattr(import_module(module), attribute)
        assert isinstance(command, click.Command)
        return completing(command) if ctx.resilient_parsing else command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or name the one spelt most like what was typed."""
        unknown = bool(args) and args[0] not in COMMANDS and not args[0].startswith("-")
        if unknown and (near := nearest(args[0], COMMANDS)) is not None:
            ctx.fail(f"No such command {args[0]!r}. Did you mean {near!r}?")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Print the table without importing any command."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, _, text) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="coercion-sim")
def cli() -> None:
    """Economic coercion as a game on a real trade network.

    Start with:  coercion-sim compare australia-2020
    """


@click.command("help")
@click.argument("words", nargs=-1, metavar="[COMMAND]...")
@click.pass_context
def help_command(ctx: click.Context, words: tuple[str, ...]) -> None:
    """Explain COMMAND, as COMMAND --help does; without one, list the commands."""
    above = ctx.parent or ctx
    for word in words:
        group = above.command
        if not isinstance(group, click.Group):
            raise click.UsageError(f"{above.command_path} has no commands of its own.", above)
        _, command, _ = group.resolve_command(above, [word])
        assert command is not None  # an unknown name has failed
        above = click.Context(command, info_name=word, parent=above)
    click.echo(above.get_help())


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code.

    0 ok, 1 our bug, 2 usage, 3 invalid input, 4 some runs failed (results kept), 5 results do not match their scenario,
    130 interrupted (Ctrl-C, SIGTERM) and resumable.
    """
    # Before numpy is loaded, so that numbers do not depend on the cores of the machine.
    os.environ.update(ONE_THREAD)
    # A batch system sends SIGTERM before it kills: leave as on Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(run(arguments))


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; errors go to stderr, one problem a line."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by the caller, as by `>&-` or a scheduler
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
    output = sys.stdout
    for stream in (sys.stdout, sys.stderr):
        _replace_what_cannot_be_written(stream)
    with warnings.catch_warnings():
        warnings.showwarning = note_warning
        # loky restarts a worker that has grown, between two tasks: nothing is lost, and nobody can act on it.
        warnings.filterwarnings("ignore", message="A worker was restarted")
        return _exit_code(arguments, output)


def _exit_code(arguments: Sequence[str] | None, output: TextIO) -> int:
    """Run the command and turn what it raises into lines and a code; `output` is where it printed at first."""
    try:
        code = cli.main(
            args=None if arguments is None else list(arguments), prog_name="coercion-sim", standalone_mode=False
        )
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except (click.exceptions.Abort, KeyboardInterrupt):
        kept = "finished runs of run, compare and sweep, and payoff tables, are kept; all else starts over"
        click.echo(f"interrupted; {kept}.", err=True)
        return 130
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except BrokenPipeError:
        return _reader_left()
    except SystemExit:
        if sys.stdout is not output:  # click met the closed pipe: it has wrapped the output, and would leave with 1
            return _reader_left()
        raise
    except Exception as error:
        if os.environ.get(DEBUG) == "1":
            import traceback

            traceback.print_exc()
        lines, exit_code = _explanation(error)
        click.echo("\n".join(f"error: {line}" for line in lines), err=True)
        return exit_code


def _replace_what_cannot_be_written(stream: Any) -> None:
    """Have a stream write a question mark for every sign its encoding lacks, so that none costs a result.

    ASCII goes under another name: click takes that for a mistake and writes UTF-8.
    """
    if not hasattr(stream, "reconfigure"):
        return
    if codecs.lookup(stream.encoding or "ascii").name != "ascii":
        stream.reconfigure(errors="replace")
        return
    codecs.register(_ascii)
    stream.reconfigure(encoding=_ASCII, errors="replace")


def _ascii(name: str) -> codecs.CodecInfo | None:
    """The codec of ASCII under the name `_ASCII`."""
    if name != _ASCII:
        return None
    own = codecs.lookup("ascii")
    return codecs.CodecInfo(own.encode, own.decode, None, None, own.incrementalencoder, own.incrementaldecoder, _ASCII)


def _explanation(error: Exception) -> tuple[list[str], int]:
    """Lines that explain an error, and its exit code."""
    if isinstance(error, InvalidInput):
        return error.lines, error.exit_code
    if isinstance(error, CoercionSimError):
        return [str(error)], error.exit_code
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        fault = f"cannot be read or written ({error.strerror or error}); name another place"
        if error.errno in NO_ROOM:
            fault = f"cannot be written ({error.strerror}); make room and give the same command"
        return [where + fault], InvalidInput.exit_code
    text = str(error).strip() or "no message"
    lines = [f"this should not have happened ({type(error).__name__}: {text})."]
    if not os.environ.get(DEBUG):
        lines.append(f"Please report it with the traceback that {DEBUG}=1 prints.")
    return lines, 1


def _reader_left() -> int:
    """Leave quietly where the reader of the output has gone (`| head`): nothing more can be printed."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0
