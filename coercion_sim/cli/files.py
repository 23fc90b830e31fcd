"""Commands about files: `list`, `check`, `copy`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from coercion_sim.cli.plan_files import is_plan
from coercion_sim.cli.policy_files import policy_file_option
from coercion_sim.cli.text import table
from coercion_sim.errors import InvalidInput

if TYPE_CHECKING:
    from coercion_sim.policies import Policy

TOPICS = ("scenarios", "worlds", "policies", "measures", "outcomes", "parameters")


@click.command("list")
@click.argument("topic", type=click.Choice(TOPICS), required=False)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
@policy_file_option
def list_command(topic: str | None, as_json: bool, policy_files: tuple[Path, ...]) -> None:
    """Print the data dictionary: what there is, with units, defaults, ranges and meaning.

    Without a TOPIC: the scenarios and worlds, and which topics there are.
    """
    from coercion_sim.policies import load_policies
    from coercion_sim.scenario import dictionary

    policies = load_policies(policy_files)
    topics = (topic,) if topic else ("scenarios", "worlds")
    found = {name: dictionary(name, policies) for name in topics}
    if as_json:
        click.echo(json.dumps(found[topic] if topic else found, indent=2, ensure_ascii=False))
        return
    for name, rows in found.items():
        if not topic:
            click.echo(f"{name}:")
        click.echo(table(rows) if rows else "(none)")
        if not topic:
            click.echo()
    if not topic:
        click.echo(f"More: coercion-sim list [{'|'.join(TOPICS[2:])}]")


@click.command("check")
@click.argument("file", required=False, metavar="FILE")
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Lay a value over the file; repeatable.")
@policy_file_option
@click.option("--schema", is_flag=True, help="Print the JSON Schema of scenario files instead.")
def check_command(file: str | None, overrides: tuple[str, ...], policy_files: tuple[Path, ...], schema: bool) -> None:
    """Check FILE, and list every mistake with its line and remedy.

    FILE is a scenario (a file, or the name of a shipped one) or the plan of a sweep.
    """
    from coercion_sim.policies import load_policies

    policies = load_policies(policy_files)
    if schema:
        from coercion_sim.scenario import scenario_schema

        click.echo(json.dumps(scenario_schema(policies), indent=2))
        return
    if file is None:
        raise click.UsageError("Missing argument 'FILE' (a file, or a name from `coercion-sim list scenarios`).")
    if is_plan(file):
        click.echo(_checked_plan(file, policies))
        return
    from coercion_sim.scenario import load_scenario

    s = load_scenario(file, overrides, policies=policies)
    for warning in s.warnings:
        click.echo(f"warning: {warning}", err=True)
    run = f"{s.world}, {s.quarters} quarters {s.quarter_label(0)} to {s.quarter_label(s.quarters - 1)}"
    numbers = f"{len(s.measures)} measures, policies {', '.join(s.policies)}, {len(s.uncertain)} uncertain numbers"
    click.echo(f"ok: {s.name} (world {run}; {numbers}; {s.replicates} replicates)")


def _checked_plan(file: str, policies: Iterable[type[Policy]]) -> str:
    """Check a plan and its scenario; say what it makes."""
    from coercion_sim.experiments import check_plan, load_plan

    problems = check_plan(file, policies=policies)
    if problems:
        raise InvalidInput(problems)
    plan = load_plan(file)
    return f"ok: {plan.name}, a plan on {plan.scenario}; next: coercion-sim sweep {file} --dry-run"


@click.command("copy")
@click.argument("name", metavar="SCENARIO")
@click.argument("dest", metavar="FILE.toml")
@click.option("--force", is_flag=True, help="Overwrite FILE.toml if it is there.")
def copy_command(name: str, dest: str, force: bool) -> None:
    """Copy the shipped SCENARIO to FILE.toml, commented, to be changed and run."""
    from coercion_sim.scenario import copy_scenario

    path = copy_scenario(name, dest, force=force)
    click.echo(f"wrote {path}; next: coercion-sim check {path}")
