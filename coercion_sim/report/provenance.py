"""Provenance of the numbers: failed runs, limits of the model, versions and hashes, how to verify and repeat."""

from __future__ import annotations

import hashlib
import json
import shlex
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from coercion_sim.report.gather import Facts
from coercion_sim.report.parts import Section, Table
from coercion_sim.wording import count, policy_label

#: Failed runs listed one by one.
MOST_FAILURES = 5
_ERROR = 300


@dataclass(frozen=True)
class Limit:
    """One limit of the model: an anchor, a heading, and its meaning for a reader."""

    key: str
    heading: str
    text: str


def limits() -> tuple[Limit, ...]:
    """All limits, in the order in which reports print them."""
    text = (files("coercion_sim.report") / "limits.toml").read_text("utf-8")
    return tuple(Limit(**entry) for entry in tomllib.loads(text)["limit"])


def failure_section(facts: Facts) -> Section:
    """Number of failed runs, their errors, and the first few."""
    total = sum(facts.manifest["counts"].values())
    failures = facts.failures
    if not failures:
        return Section("failed", "Failed runs", (f"None of {count(total, 'run')} failed.",))
    kinds = Counter(_cut(f.error) for f in failures).most_common(MOST_FAILURES)
    first = tuple(
        (str(f.point), policy_label(f.policy), str(f.replicate), _cut(f.error)) for f in failures[:MOST_FAILURES]
    )
    tables = (
        Table("Errors, most frequent first", ("Error", "Runs"), tuple((error, f"{n:,}") for error, n in kinds)),
        Table("The first failed runs", ("Point", "Policy", "Replicate", "Error"), first, prose=(1, 3)),
    )
    words = (
        f"{len(failures):,} of {count(total, 'run')} failed. They are in no number of this report; paired differences"
        " leave out the replicate of both policies. If runs fail more often in hard draws, the rest is too mild.",
    )
    return Section("failed", "Failed runs", words, tables=tables)


def limit_section() -> Section:
    """Limits of the model."""
    parts = tuple(Section(f"limit-{each.key}", each.heading, (each.text,)) for each in limits())
    return Section("limits", "Limits of the model", parts=parts)


def provenance_section(facts: Facts) -> Section:
    """The manifest in a table; how to cite, verify and repeat."""
    m = facts.manifest
    package, identity = m.get("package") or {}, m.get("identity") or {}
    cite = (
        f"coercion_sim, version {package.get('version', 'unknown')}; scenario {m['scenario']['name']},"
        f" world {m['world']['name']}, run {m.get('key', 'without a key')}, seed {m['design']['seed']}."
        " Cite with it the sources of the data, which ATTRIBUTION.md lists."
    )
    parts = [
        Section("cite", "How to cite", (cite,)),
        Section(
            "verify", "How to verify",
            ("Runs some of the runs again from what the folder holds, compares every number of every table bit for bit,"
             " and checks the hash of every file. FOLDER is the folder this report was made from.",),
            commands=("coercion-sim verify FOLDER",),
        ),
    ]  # fmt: skip
    command = m.get("command")
    if command:
        same = "The same command, with the same versions, gives the same tables byte for byte."
        parts.append(Section("repeat", "How to repeat", (same,), commands=(shlex.join(map(str, command)),)))
    rows = tuple((name, text) for name, text in _rows(facts, package, identity) if text)
    table = Table("Origin of these results", ("Property", "Value"), rows, prose=(1,))
    return Section("provenance", "Provenance", tables=(table,), parts=tuple(parts))


def _rows(facts: Facts, package: Mapping[str, Any], identity: Mapping[str, Any]) -> list[tuple[str, str]]:
    m = facts.manifest
    design = m["design"]
    versions = ", ".join(f"{name} {number}" for name, number in (m.get("dependencies") or {}).items())
    size = f"{count(facts.results.points, 'point')} x {count(facts.results.replicates, 'replicate')} x "
    size += count(len(facts.results.policies), "policy", "policies")
    seconds = m.get("seconds")
    parts = m.get("files") or {}
    return [
        ("Key of the run", str(m.get("key") or "")),
        ("Package", f"{package.get('name', 'coercion-sim')} {package.get('version', 'unknown')}"),
        ("SHA-256 of the code", str(package.get("code") or "")),
        ("Python", str(m.get("python") or "")),
        ("Other packages", versions),
        ("Scenario", f"{m['scenario']['name']}{_file(facts)}"),
        ("SHA-256 of the scenario", _scenario_hash(identity)),
        ("World", str(m["world"]["name"])),
        ("SHA-256 of the world", str(m["world"].get("sha256") or "")),
        ("Seed", str(design["seed"])),
        ("Design", size),
        ("Uncertain numbers", f"drawn by {design['drawn']}" if design.get("drawn") else ""),
        ("Runs", ", ".join(f"{n:,} {status}" for status, n in m["counts"].items())),
        ("Files", f"{count(len(parts), 'table part')}, each with its SHA-256 in manifest.json" if parts else ""),
        ("Begun", str(m.get("started") or "")),
        ("Ended", str(m.get("finished") or "")),
        ("Seconds", f"{seconds:,.1f}" if isinstance(seconds, int | float) else ""),
    ]


def _file(facts: Facts) -> str:
    file = (facts.manifest["scenario"].get("source") or {}).get("file")
    return f", from {file}" if file else ""


def _scenario_hash(identity: Mapping[str, Any]) -> str:
    """SHA-256 of the part of the scenario that decides the numbers, as canonical JSON."""
    content = identity.get("scenario")
    if not content:
        return ""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _cut(error: str) -> str:
    """One line of an error, cut where it is very long."""
    line = " ".join(error.split())
    return line if len(line) <= _ERROR else f"{line[: _ERROR - 1]}…"
