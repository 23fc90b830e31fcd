"""Commands about files: `list`, `check`, `copy`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from coercion_sim.cli.policy_files import policy_file_option
from coercion_sim.cli.text import table

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
@click.argument("file", required=False, metavar="SCENARIO")
@click.option("--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Lay a value over the file; repeatable.")
@policy_file_option
@click.option("--schema", is_flag=True, help="Print the JSON Schema of scenario files instead.")
def check_command(file: str | None, overrides: tuple[str, ...], policy_files: tuple[Path, ...], schema: bool) -> None:
    """Check SCENARIO, a file or the name of a shipped one, and list every mistake with its line and remedy."""
    from coercion_sim.policies import load_policies

    policies = load_policies(policy_files)
    if schema:
        from coercion_sim.scenario import scenario_schema

        click.echo(json.dumps(scenario_schema(policies), indent=2))
        return
    if file is None:
        raise click.UsageError("Missing argument 'SCENARIO' (a file, or a name from `coercion-sim list scenarios`).")
    from coercion_sim.scenario import load_scenario

    s = load_scenario(file, overrides, policies=policies)
    run = f"{s.world}, {s.quarters} quarters {s.quarter_label(0)} to {s.quarter_label(s.quarters - 1)}"
    numbers = f"{len(s.measures)} measures, policies {', '.join(s.policies)}, {len(s.uncertain)} uncertain numbers"
    click.echo(f"ok: {s.name} (world {run}; {numbers}; {s.replicates} replicates)")


@click.command("copy")
@click.argument("name", metavar="SCENARIO")
@click.argument("dest", metavar="FILE.toml")
@click.option("--force", is_flag=True, help="Overwrite FILE.toml if it is there.")
def copy_command(name: str, dest: str, force: bool) -> None:
    """Copy the shipped SCENARIO to FILE.toml, commented, to be changed and run."""
    from coercion_sim.scenario import copy_scenario

    path = copy_scenario(name, dest, force=force)
    click.echo(f"wrote {path}; next: coercion-sim check {path}")
