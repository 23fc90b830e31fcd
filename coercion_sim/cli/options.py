"""Options that several commands share, and answers as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from coercion_sim.errors import InvalidInput, Problem

if TYPE_CHECKING:
    from coercion_sim.experiments import Outcome

F = TypeVar("F", bound=Callable[..., Any])

PATH = click.Path(path_type=Path)
FOLDER = click.Path(path_type=Path, file_okay=False)
FILE = click.Path(path_type=Path, dir_okay=False)

policy_file_option = click.option(
    "--policy-file", "policy_files", multiple=True, type=PATH, metavar="FILE.py",
    help="Python file with policies of your own; repeat for several.",
)  # fmt: skip
set_option = click.option(
    "--set", "overrides", multiple=True, metavar="KEY=VALUE",
    help="Replace a value of the scenario, e.g. dispute.draws=posterior to draw behaviour; repeatable.",
)  # fmt: skip
seed_option = click.option(
    "--seed", type=int, metavar="S", help="Root of every random draw.  [default: as the scenario says]"
)
policies_option = click.option(
    "--policy", "policies", multiple=True, metavar="NAME",
    help="Policy to run; repeat for several, a+b for two at once.  [default: all the scenario names]",
)  # fmt: skip
workers_option = click.option(
    "--workers", type=click.IntRange(1, 1024), metavar="W",
    help="Processes; 1 runs in this one.  [default: all cores]",
)  # fmt: skip
pair_option = click.option(
    "--pair", metavar="COERCER:TARGET", help="Parties of the dispute.  [default: the scenario's first]"
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
quiet_option = click.option("--quiet", "-q", is_flag=True, help="No progress.")


def with_options(*options: Callable[[F], F]) -> Callable[[F], F]:
    """Give a command several options, in the order named."""

    def decorate(command: F) -> F:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


#: Options of `deter` and `coalition`: which game is asked about.
pledge_options = with_options(
    click.option(
        "--policy", metavar="NAME",
        help="Policy whose pledge sets the other terms: statement, sharing, link.  [default: the first that pledges]",
    ),
    pair_option,
    click.option(
        "--kind", "kinds", multiple=True, type=click.Choice(["support", "retaliation", "both"]),
        help="Kind of promise; repeat for several.  [default: all three]",
    ),
    click.option(
        "--intensity", "intensities", multiple=True, type=float, metavar="X",
        help="Share of the loss made good together, and of critical exports cut off, 0-1; repeat for several."
        "  [default: support .25 .5 1, retaliation .25 .5 .75 .9, both .25 .5 .9]",
    ),
    click.option(
        "--dependence", type=click.FloatRange(0, 1), metavar="X",
        help="A good can be cut off where members supply at least this share of the coercer's imports.",
    ),
    click.option(
        "--strongest", type=float, default=0.3, show_default=True, metavar="A",
        help="Strongest pledge tried, percent of a member's GDP.",
    ),
    click.option(
        "--type", "who", type=click.Choice(["mean", "soft", "firm"]), default="mean", show_default=True,
        help="Type of coercer whose value of pressing must not exceed 0; mean averages over both.",
    ),
    seed_option,
    set_option,
    policy_file_option,
    json_option,
    quiet_option,
)  # fmt: skip


def pledge_arguments(given: dict[str, Any]) -> dict[str, Any]:
    """Values of `pledge_options` as arguments of the analysis; options not given are left to its defaults."""
    chosen = {name: given[name] for name in ("policy", "strongest", "who", "seed", "overrides", "policy_files")}
    chosen |= {"dependence": given["dependence"], "pair": read_pair(given["pair"])}
    return chosen | {name: given[name] for name in ("kinds", "intensities") if given[name]}


def read_settings(option: str, texts: Iterable[str], form: str = "KEY=VALUE") -> dict[str, str]:
    """``KEY=VALUE`` texts as a dictionary.

    Raises
    ------
    InvalidInput
        For a text without a key or an equals sign.
    """
    pairs = {text: [part.strip() for part in text.split("=", 1)] for text in texts}
    InvalidInput.refuse(
        Problem("cannot be read", key=option, found=repr(text), allowed=form)
        for text, pair in pairs.items()
        if len(pair) < 2 or not pair[0]
    )
    return dict(pairs.values())


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


def echo_notes(outcome: Outcome) -> None:
    """Print what a user should know about the folder of an experiment."""
    for note in outcome.notes:
        click.echo(f"note: {note}", err=True)


def echo_json(value: Any) -> None:
    """Print an answer as JSON."""
    from coercion_sim.files import plain_data

    click.echo(json.dumps(plain_data(value), indent=1, allow_nan=False))
