"""What a shell may complete: names of scenarios, worlds, policies, states and sectors, by the name of a parameter."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

import click
from click.shell_completion import CompletionItem

from coercion_sim.errors import CoercionSimError

Names = Callable[[click.Context, str], Iterable[str]]


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


def _scenarios(ctx: click.Context, before: str) -> Iterable[str]:
    from coercion_sim.scenario import list_scenarios

    return list_scenarios()


def _worlds(ctx: click.Context, before: str) -> Iterable[str]:
    from coercion_sim.world import list_worlds

    return list_worlds()


def _policies(ctx: click.Context, before: str) -> Iterable[str]:
    from coercion_sim.policies import available_policies

    return available_policies()


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


_STATE, _MEASURE = Completed(_states), Completed(_measure)
#: Name of a parameter -> what completes it.
PARAMETERS = {
    "scenario": Completed(_scenarios, files=True),
    "file": Completed(_scenarios, files=True),
    "world": Completed(_worlds, files=True),
    "policy": Completed(_policies),
    "policies": Completed(_policies),
    "goods": Completed(_sectors),
} | dict.fromkeys(("state", "states", "seats", "pair", "coercer", "target", "allies", "members", "candidates"), _STATE)
PARAMETERS |= dict.fromkeys(
    ("ban", "export_ban", "tariff", "barrier", "export_control", "subsidy", "transfer"), _MEASURE
)
#: The same for single commands.
_OF_COMMAND = {("show", "name"): PARAMETERS["world"], ("copy", "name"): Completed(_scenarios)}


def completing(command: click.Command) -> click.Command:
    """Return a command whose parameters of plain text complete what their names say; its commands likewise."""
    for param in command.params:
        kind = _OF_COMMAND.get((command.name or "", param.name or "")) or PARAMETERS.get(param.name or "")
        if kind is not None and type(param.type) is click.types.StringParamType:
            param.type = kind
    for below in command.commands.values() if isinstance(command, click.Group) else ():
        completing(below)
    return command
