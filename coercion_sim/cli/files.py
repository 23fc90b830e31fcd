"""What the package holds and whether it holds true: `list`, `check`, `copy`, and `validate` for the economy."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from coercion_sim.cli import options
from coercion_sim.cli.options import FILE, echo_json, is_plan, remark
from coercion_sim.cli.tables import entries, paragraph, table
from coercion_sim.errors import InvalidInput
from coercion_sim.files import write_text
from coercion_sim.wording import MINUS, capital, count

if TYPE_CHECKING:
    from coercion_sim.analysis import Experiment
    from coercion_sim.policies import Policy
    from coercion_sim.scenario import Scenario

#: Topic -> columns that stand on one line of a terminal; the others follow as paragraphs.
TOPICS = {
    "scenarios": ("name", "period", "world"),
    "worlds": ("name", "states", "sectors", "year"),
    "policies": ("name",),
    "measures": ("kind", "size key", "range", "by"),
    "outcomes": ("table", "column", "type", "unit"),
    "parameters": ("key", "default", "range"),
}


@click.command("list")
@click.argument("topic", type=click.Choice(list(TOPICS)), required=False, metavar="[TOPIC]")
@options.as_json
@options.policy_files
def list_command(topic: str | None, as_json: bool, policy_files: tuple[Path, ...]) -> None:
    """Print the data dictionary of a TOPIC, with units, defaults, ranges and meaning.

    Topics are scenarios, worlds, policies, measures, outcomes and parameters; without one, prints scenarios and worlds.
    """
    from coercion_sim.policies import load_policies
    from coercion_sim.scenario import dictionary

    policies = load_policies(policy_files)
    topics = (topic,) if topic else ("scenarios", "worlds")
    tables = {name: dictionary(name, policies) for name in topics}
    if as_json:
        click.echo(json.dumps(tables[topic] if topic else tables, indent=2, ensure_ascii=False))
        return
    for name, rows in tables.items():
        lines = entries(rows, TOPICS[name]) or ["(none)"]
        click.echo("\n".join(lines if topic else [f"{name}:", *lines, ""]))
    if not topic:
        click.echo(f"More: coercion-sim list [{'|'.join(list(TOPICS)[2:])}]")


@click.command("check")
@click.argument("file", required=False, metavar="FILE")
@options.overrides
@options.policy_files
@click.option("--schema", is_flag=True, help="Print the JSON Schema of scenario files instead.")
@click.option("--no-play", is_flag=True, help="Read FILE only; do not play its first measures.")
def check_command(
    file: str | None, overrides: tuple[str, ...], policy_files: tuple[Path, ...], schema: bool, no_play: bool
) -> None:
    """Check FILE, and list every mistake with its line and remedy.

    FILE is a scenario (a file, or the name of a shipped one) or the plan of a sweep. A scenario file of your own is
    played under each of its policies until the first measure is in force.
    """
    from coercion_sim.policies import load_policies
    from coercion_sim.scenario import list_scenarios, load_scenario, scenario_schema, warnings_of

    policies = load_policies(policy_files)
    if schema:
        click.echo(json.dumps(scenario_schema(policies), indent=2))
        return
    if file is None:
        raise click.UsageError("Missing argument 'FILE' (a file, or a name from `coercion-sim list scenarios`).")
    if is_plan(file):
        click.echo(_checked_plan(file, policies))
        return
    s = load_scenario(file, overrides, policies=policies)
    remark("warning", warnings_of(s))
    if not no_play and file not in list_scenarios():
        from coercion_sim.model import try_policies
        from coercion_sim.world import load_world

        InvalidInput.refuse(try_policies(s, load_world(s.world_source)))  # runs that fail at their first measure
    texts = [
        f"world {s.world}, {s.quarters} quarters {s.quarter_label(0)} to {s.quarter_label(s.quarters - 1)}",
        f"{count(len(s.measures), 'measure')}, {count(len(s.uncertain), 'uncertain number')},"
        f" {count(s.replicates, 'replicate')}",
        f"policies {', '.join(s.policies)}",
        *(f"economy: {line}" for line in _economy(s)),
        f"where states choose: {s.behaviour} (dispute.draws = {s.dispute.draws})",
    ]
    click.echo("\n  ".join([f"ok: {s.name}", *texts]))


def _economy(s: Scenario) -> list[str]:
    """Lines on elasticities other than 1, sectors that cannot expand and trade that responds slowly, if any."""
    e, ranges = s.economy, {u.path: str(u) for u in s.uncertain}
    replaced = {"input": "inputs", "value_added": "value added and inputs", "final": "final goods"}
    lines = []
    for key, what in replaced.items():
        x = getattr(e, f"{key}_substitution")
        number = ranges.get(f"economy.{key}_substitution", "" if x in (None, 1.0) else f"{x:g}")
        lines += [f"substitution between {what} {number}"] if number else []
    if e.stuck:
        where = f" in {', '.join(e.stuck_states)}" if e.stuck_states else ""
        until = f"to {e.stuck_until}" if e.stuck_until else "for good, the long run included"
        lines.append(f"{', '.join(e.stuck)} cannot expand{where}, {until}")
    if path := e.short_run_elasticity:
        starts = path if isinstance(path, dict) else {"all": path}
        sectors = ", ".join(f"{name} from {x:g}" for name, x in starts.items())
        lines.append(f"trade elasticity of {sectors}, each quarter {e.short_run_rate:g} of the way left")
    return lines


def _checked_plan(file: str, policies: Iterable[type[Policy]]) -> str:
    """Check a plan and its scenario, and name the command that runs it."""
    from coercion_sim.experiments import check_plan, load_plan

    InvalidInput.refuse(check_plan(file, policies=policies))
    plan = load_plan(file)
    return f"ok: {plan.name}, a plan on {plan.scenario}; next: coercion-sim sweep {file} --dry-run"


@click.command("copy")
@click.argument("name", metavar="SCENARIO")
@click.argument("dest", metavar="FILE.toml")
@click.option("--force", is_flag=True, help="Overwrite an existing FILE.toml.")
def copy_command(name: str, dest: str, force: bool) -> None:
    """Copy the shipped SCENARIO, with its comments, to FILE.toml, to change and run it."""
    from coercion_sim.scenario import copy_scenario

    path = copy_scenario(name, dest, force=force)
    click.echo(f"wrote {path}; next: coercion-sim check {path}")


# ------------------------------------------------------------------ validate


_INTRODUCTION = (
    "Published experiments run again on the shipped worlds, number beside number. Generated by"
    " `coercion-sim validate --benchmarks --out docs/benchmarks.md`; failures are printed as failures."
    " Changes are in % of GDP; rows that are losses are positive for a loss."
)


@click.command("validate")
@click.option("--benchmarks", is_flag=True, help="Published experiments on the shipped worlds (a few minutes).")
@click.option("--only", "names", multiple=True, metavar="NAME", help="One experiment, by name; repeat for several.")
@click.option(
    "--out", type=FILE, callback=options.writable, metavar="FILE",
    help="Write the page (Markdown), as docs/benchmarks.md.",
)  # fmt: skip
@options.as_json
def validate(benchmarks: bool, names: tuple[str, ...], out: Path | None, as_json: bool) -> None:
    """Run published experiments again and print published number, own number, tolerance and verdict.

    Tolerances stand in the code and are the same for every run. A failure is a result: the exit code stays 0.
    """
    from coercion_sim.analysis import in_short, run_benchmarks

    if not benchmarks and not names:
        raise click.UsageError("Nothing to validate: type --benchmarks, or --only NAME.")
    done = run_benchmarks(names, progress=lambda title: click.echo(f"{title} ...", err=True))
    if out is not None:
        write_text(out, benchmarks_page(done))
    if as_json:
        echo_json([{"name": e.name, "world": e.world, "known": e.known, "checks": e.checks} for e in done])
        return
    for experiment in done:
        title = f"{experiment.text[0]} ({experiment.name}, {experiment.world})"
        heads = ["", "published", "here", "tolerance", ""]
        lines = [*paragraph(title), *table(heads, _checks(experiment, "FAIL"), left=(0, 3, 4))]
        click.echo("\n".join(lines) + "\n")
    click.echo(in_short(done))
    if out is not None:
        click.echo(f"Written to {out}")


def _checks(experiment: Experiment, failed: str) -> list[list[str]]:
    """One row a check; `failed` is the word for a failure."""
    from coercion_sim.analysis import written

    verdicts = {True: "pass", False: failed}
    return [
        [c.what, c.published.replace("-", MINUS), written(c.ours), c.rule, verdicts[c.passed]]
        for c in experiment.checks
    ]


def benchmarks_page(done: Sequence[Experiment]) -> str:
    """Return the page docs/benchmarks.md."""
    from coercion_sim.analysis import KNOWN, NOT_RUN, RULES, in_short

    lines = ["# Benchmarks", "", _INTRODUCTION, "", RULES, "", f"**{capital(in_short(done))}.**", ""]
    for e in done:
        title, text = e.text
        lines += [f"## {title} (`{e.world}`)", "", text, "", f"Known before the run: {KNOWN[e.known]}.", ""]
        lines += ["| | published | here | tolerance | |", "|---|---:|---:|---|---|"]
        lines += [*(f"| {' | '.join(row)} |" for row in _checks(e, "**fail**")), ""]
    lines += ["## Not run again", "", *(f"- {name}: {reason}." for name, reason in NOT_RUN.items())]
    return "\n".join(lines) + "\n"
