"""Options that several commands share, what a shell completes of them, and answers as JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from functools import reduce
from pathlib import Path
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from coercion_sim.errors import CoercionSimError, InvalidInput, Problem

F = TypeVar("F", bound=Callable[..., Any])
Names = Callable[[click.Context, str], Iterable[str]]

PATH = click.Path(path_type=Path)
FOLDER = click.Path(path_type=Path, file_okay=False)
FILE = click.Path(path_type=Path, dir_okay=False)


def with_options(*options: Callable[[F], F]) -> Callable[[F], F]:
    """Give a command several options, in the order named."""
    return lambda command: reduce(lambda made, option: option(made), reversed(options), command)


policy_files = click.option(
    "--policy-file", "policy_files", multiple=True, type=PATH, metavar="FILE.py",
    help="Python file with policies of your own; repeat for several.",
)  # fmt: skip
overrides = click.option(
    "--set", "overrides", multiple=True, metavar="KEY=VALUE",
    help="Replace a value of the scenario, e.g. economy.factor_mobility=1.2; repeatable.",
)  # fmt: skip
seed = click.option("--seed", type=int, metavar="S", help="Root of every random draw.  [default: as the scenario says]")
policies = click.option(
    "--policy", "policies", multiple=True, metavar="NAME",
    help="Policy to run; repeat for several, a+b for two at once.  [default: all the scenario names]",
)  # fmt: skip
workers = click.option(
    "--workers", type=click.IntRange(1, 1024), metavar="W",
    help="Processes; 1 runs in this one.  [default: all cores]",
)  # fmt: skip
pair = click.option("--pair", metavar="COERCER:TARGET", help="Parties of the dispute.  [default: the scenario's first]")
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON instead.")
quiet = click.option("--quiet", "-q", is_flag=True, help="No progress.")
path_only = click.option("--quiet", "-q", is_flag=True, help="Print only where the results are.")
#: Of every command that draws figures of results.
style = click.option(
    "--style", type=FILE, metavar="FILE.mplstyle",
    help="Matplotlib style applied over the default one, such as a journal's: fonts, sizes, lines, colours.",
)  # fmt: skip
fails = click.option(
    "--fails", metavar="EXPR",
    help="Condition under which a policy misses, e.g. 'target_loss_pv>0.5' or 'success_rate>q90' (a percentile over all"
    " runs); finds the settings that meet it.",
)  # fmt: skip
#: What changes a scenario, and what a command prints of its answer.
scenario = with_options(seed, overrides, policy_files)
output = with_options(as_json, quiet)


def writable(ctx: click.Context, param: click.Parameter, path: Any) -> Any:
    """Refuse a file that could not be written, before any work is done; `-` is standard output."""
    if path is not None and str(path) != "-":
        _must_take_files(Path(path).parent)
    return path


def creatable(ctx: click.Context, param: click.Parameter, path: Path | None) -> Path | None:
    """Refuse a file or folder that could not be written; missing parent folders are made later."""
    if path is not None:
        nearest = next(above for above in path.absolute().parents if above.exists())
        _must_take_files(path if path.is_dir() else nearest)
    return path


def _must_take_files(folder: Path) -> None:
    """Create and delete a temporary file: permissions alone do not show that /proc, for one, takes no files."""
    from tempfile import TemporaryFile

    try:
        TemporaryFile(dir=folder).close()
    except OSError:
        message = f"no folder that can be written to: {folder}; make it, or name another"
        raise click.BadParameter(message) from None


def read_columns(text: str) -> dict[str, str]:
    """``KEY=NAME,...`` as names of columns."""
    pairs = {part: [side.strip() for side in part.split("=", 1)] for part in (text.split(",") if text else ())}
    InvalidInput.refuse(
        Problem("cannot be read", key="--columns", found=repr(part), allowed="KEY=NAME,...")
        for part, pair in pairs.items()
        if len(pair) < 2 or not pair[0]
    )
    return dict(pairs.values())


def read_journal(style: Path | None) -> dict[str, Any] | None:
    """Settings of ``--style``: one that cannot be used is refused before any work is done."""
    if style is None:
        return None
    from coercion_sim.figures import read_style

    return read_style(style)


def read_pair(text: str | None) -> tuple[str, str] | None:
    """COERCER:TARGET as two states."""
    if text is None:
        return None
    coercer, colon, target = text.partition(":")
    if not (colon and coercer and target) or ":" in target:
        raise InvalidInput(Problem("not a pair of states", key="--pair", found=repr(text), allowed="CHN:AUS"))
    return coercer, target


def is_plan(named: str) -> bool:
    """Whether this names the plan of a sweep: a TOML file with a scenario in it, or something to vary.

    Anything else, a file that cannot be read included, is taken for a scenario, whose reader then names the fault.
    """
    from coercion_sim.files import read_toml

    path = Path(named)
    if not path.is_file():
        return False
    try:
        data = read_toml(path, named).data
    except InvalidInput:
        return False
    return bool({"scenario", "vary"} & set(data))


def remark(kind: str, texts: Iterable[object]) -> None:
    """Print notes or warnings on standard error, one a line."""
    for text in texts:
        click.echo(f"{kind}: {text}", err=True)


def echo_json(value: Any) -> None:
    """Print an answer as JSON."""
    from coercion_sim.files import plain_data

    click.echo(json.dumps(plain_data(value), indent=1, allow_nan=False))


# ------------------------------------------------------------------ completion


class Completed(click.types.StringParamType):
    """Text that a shell completes: with names, each part of a list with commas or colons, and files where allowed."""

    def __init__(self, names: Names, *, files: bool = False) -> None:
        self.names, self.files = names, files

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Names that go on from what was typed; none where they cannot be read."""
        last = re.split("[,:+]", incomplete)[-1]
        before = incomplete[: len(incomplete) - len(last)]
        try:
            names = list(self.names(ctx, before))
        except (CoercionSimError, OSError):
            names = []
        typed = last.casefold()
        items = [CompletionItem(f"{before}{name}") for name in names if name.casefold().startswith(typed)]
        return [*items, CompletionItem(incomplete, type="file")] if self.files else items


def _of_package(kind: str) -> Names:
    """What the package has of a kind."""

    def names(ctx: click.Context, before: str) -> Iterable[str]:
        from coercion_sim import policies, scenario, world

        if kind == "policy":
            return policies.available_policies()
        return scenario.list_scenarios() if kind == "scenario" else world.list_worlds()

    return names


def _labels(ctx: click.Context) -> Any:
    """Labels of the world that the command line names, by itself or in a scenario."""
    from coercion_sim.scenario import load_scenario
    from coercion_sim.world import read_labels

    arguments = [p.name for p in ctx.command.params if isinstance(p, click.Argument)]
    left = dict(zip(arguments, ctx.args, strict=False))  # an option without its value leaves the arguments unread

    def named(*keys: str) -> str | None:
        return next((str(at[key]) for at in (ctx.params, left) for key in keys if at.get(key)), None)

    if (scenario := named("scenario")) is not None:
        return read_labels(load_scenario(scenario).world_source)
    return read_labels(named("world", "name") or "pacific-2019")


def _states(ctx: click.Context, before: str) -> Iterable[str]:
    labels = _labels(ctx)
    return (*labels.states, *(group for group in labels.groups if group not in labels.states))


def _sectors(ctx: click.Context, before: str) -> Iterable[str]:
    labels = _labels(ctx)
    return (*labels.sectors, "goods", "all")


def _measure(ctx: click.Context, before: str) -> Iterable[str]:
    """States in the first two parts of a measure, sectors in the third."""
    part = before.count(":")
    return _states(ctx, before) if part < 2 else _sectors(ctx, before) if part == 2 else ()


_STATE, _MEASURE, _POLICY = Completed(_states), Completed(_measure), Completed(_of_package("policy"))
_SCENARIO, _WORLD = (Completed(_of_package(kind), files=True) for kind in ("scenario", "world"))
#: Name of a parameter -> what completes it.
PARAMETERS = {
    "world": _WORLD,
    "goods": Completed(_sectors),
    **dict.fromkeys(("scenario", "file"), _SCENARIO),
    **dict.fromkeys(("policy", "policies"), _POLICY),
    **dict.fromkeys(
        ("state", "states", "seats", "pair", "coercer", "target", "allies", "members", "candidates"), _STATE
    ),
    **dict.fromkeys(("ban", "export_ban", "tariff", "barrier", "export_control", "subsidy", "transfer"), _MEASURE),
}
#: The same for single commands.
_OF_COMMAND = {("show", "name"): _WORLD, ("copy", "name"): Completed(_of_package("scenario"))}


def completing(command: click.Command) -> click.Command:
    """Return a command whose parameters of plain text complete what their names say; its commands likewise."""
    for param in command.params:
        kind = _OF_COMMAND.get((command.name or "", param.name or "")) or PARAMETERS.get(param.name or "")
        if kind is not None and type(param.type) is click.types.StringParamType:
            param.type = kind
    for below in command.commands.values() if isinstance(command, click.Group) else ():
        completing(below)
    return command
