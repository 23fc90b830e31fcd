"""What a sweep did, or would take, in words."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from coercion_sim.cli.progress import clock

if TYPE_CHECKING:
    from coercion_sim.experiments import Estimate, Outcome, Sweep


def summary(outcome: Outcome, folder: Path) -> dict[str, Any]:
    """Return what was done as JSON-able data."""
    manifest = outcome.results.manifest
    kept = ("name", "key", "status", "counts", "design", "seconds")
    return (
        {"folder": str(folder)} | {k: manifest.get(k) for k in kept} | {"ran": outcome.ran, "resumed": outcome.resumed}
    )


def done_text(outcome: Outcome, folder: Path, shard: str | None = None) -> str:
    """Say what was done, where it is, and what to do next."""
    manifest = outcome.results.manifest
    design, counts = manifest["design"], manifest["counts"]
    done = counts["ok"] + counts["failed"]
    size = f"{design['points']} points x {design['replicates']} replicates x {len(design['policies'])} policies"
    lines = [f"{manifest.get('name', folder.name)}: {done} runs ({_at_most(design)}{size}), {counts['failed']} failed"]
    if outcome.ran and manifest["seconds"]:
        rate = outcome.ran / manifest["seconds"]
        lines.append(f"{outcome.ran} run now in {manifest['seconds']:.0f} s, {rate:.1f} a second")
    if outcome.resumed:
        lines.append(f"{outcome.resumed} were there already" + ("; --force runs all again" if not outcome.ran else ""))
    if counts["failed"]:
        lines.append("--retry-failed runs those that failed again; their errors are in the column `error` of `runs`")
    if design["stopping"] and shard is None:
        lines.append(_stopping_text(outcome, design["stopping"], design["points"]))
    if shard is not None:
        lines += [f"Part {shard} is in {folder}", f"When all parts are there: coercion-sim merge {folder.parent}"]
    else:
        lines += [f"Tables and manifest are in {folder}", f"Next: coercion-sim analyse {folder}"]
    return "\n".join(lines)


def _at_most(design: dict[str, Any]) -> str:
    return "of at most " if design["stopping"] else ""


def _stopping_text(outcome: Outcome, rule: dict[str, Any], points: int) -> str:
    """How many points met the half-width before the last replicate allowed."""
    counts = outcome.results.table("runs", ["point", "replicate"]).group_by("point").aggregate([("replicate", "max")])
    early = sum(most + 1 < rule["at_most"] for most in counts.column("replicate_max").to_pylist())
    return (
        f"{rule['until']} known to within {rule['half_width']:g} at {early} of {points} points; "
        f"the others stopped at {rule['at_most']} replicates"
    )


def estimate_text(made: Sweep, found: Estimate) -> str:
    """Say how many runs a sweep is, how long it takes and how large it gets."""
    most = "at most " if found.at_most else ""
    size = f"{found.points} points x {most}{found.replicates} replicates x {found.policies} policies"
    each = f"{found.seconds_per_run:.2f} s a run"
    return "\n".join(
        [
            f"{made.plan.name}: {size} = {most}{found.runs} runs",
            f"about {clock(found.seconds)} with {found.workers} workers ({each}), {found.megabytes:.0f} MB",
            f"(scaled up from {found.pilot} runs made to see; first runs at a new draw of the economy may take longer)",
        ]
    )
