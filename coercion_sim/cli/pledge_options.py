"""Options shared by `deter` and `coalition`, and how what they are given is read."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, is_dataclass
from typing import Any

import click

from coercion_sim.cli.policy_files import policy_file_option
from coercion_sim.errors import InvalidInput, Problem


def pledge_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say which game is asked about."""
    for option in reversed(
        (
            click.option(
                "--policy", metavar="NAME",
                help="Its pledge gives what is not asked about: statement, sharing, link."
                "  [default: the first that pledges]",
            ),
            click.option("--pair", metavar="COERCER:TARGET", help="Whose dispute.  [default: the scenario's first]"),
            click.option(
                "--kind", "kinds", multiple=True, type=click.Choice(["support", "retaliation", "both"]),
                help="What is promised; repeat for several.  [default: all three]",
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
                help="Strongest pledge looked at, percent of a member's GDP.",
            ),
            click.option(
                "--type", "who", type=click.Choice(["mean", "soft", "firm"]), default="mean", show_default=True,
                help="Whose value of pressing must not exceed 0: the mean over the coercer's types, or one's.",
            ),
            click.option("--seed", type=int, metavar="S", help="Root of every random draw.  [default: the scenario's]"),
            click.option(
                "--set", "overrides", multiple=True, metavar="KEY=VALUE",
                help="Replace a value of the scenario; repeatable."
            ),
            policy_file_option,
            click.option("--json", "as_json", is_flag=True, help="Print everything as JSON."),
            click.option("--quiet", "-q", is_flag=True, help="No progress."),
        )
    ):  # fmt: skip
        command = option(command)
    return command


def read_pair(text: str | None) -> tuple[str, str] | None:
    """COERCER:TARGET as two states."""
    if text is None:
        return None
    coercer, colon, target = text.partition(":")
    if not (colon and coercer and target) or ":" in target:
        raise InvalidInput(Problem("not a pair of states", key="--pair", found=repr(text), allowed="CHN:AUS"))
    return coercer, target


def plain(value: Any) -> Any:
    """Dataclasses, tuples and arrays as JSON data; numbers that are not finite become null."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, dict):
        return {key: plain(v) for key, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
