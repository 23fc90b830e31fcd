"""Background of the numbers: scenario, policies and their price, failed runs, provenance."""

from __future__ import annotations

import hashlib
import json
import re
import shlex
from collections import Counter
from collections.abc import Mapping
from typing import Any

from coercion_sim.economy import KINDS
from coercion_sim.figures import script_end, sector_name
from coercion_sim.files import plain_data
from coercion_sim.policies import BUILT_IN, Policy
from coercion_sim.report.contents import Facts, Section, Table
from coercion_sim.wording import NOTHING, count, listing, policy_label, spaced

_GRADE = re.compile(r"(?:(?<=[ (,])|^)([ABC])(?=[),;.]|$)")
_CONFIDENCE = re.compile(r"confidence (high|medium|low)")
#: Products of a measure named one by one; more are counted.
_PRODUCTS = 6
_BY_NAME = {policy.name: policy for policy in BUILT_IN}


def scenario_section(facts: Facts) -> Section:
    """Period, actors, measures, uncertain numbers."""
    results = facts.results
    words = [str(facts.source.get("description") or "").strip()]
    period = f"{count(len(results.quarters), 'quarter')}, {results.quarters[0]} to {results.quarters[-1]}"
    who = f" Coercer: {facts.name(results.coercer)}. Target: {facts.name(results.target)}."
    who = who if results.coercer and results.target else ""
    conduct = (
        "States choose whether to press, to yield and to help; a policy is a promise."
        if facts.strategic
        else "States follow a script: measures come from the scenario, responses from the policy."
    )
    world = results.manifest["world"]
    size = f"{count(len(world['states']), 'state')} and {count(len(world.get('sectors', ())), 'sector')}"
    words.append(f"Period: {period}.{who} World: {world['name']}, {size}. {conduct}")
    tables = [t for t in (_measures(facts), _uncertain(facts), _challengers(facts)) if t is not None]
    return Section("scenario", "Scenario", tuple(w for w in words if w), tables=tuple(tables))


def policy_section(facts: Facts) -> Section:
    """Every policy in words, with its price and what the scenario sets."""
    rows = []
    for name in facts.results.policies:
        known = [(part, _BY_NAME.get(part)) for part in name.split("+")]
        summary = " ".join(p.summary if p is not None else _outside(facts, part) for part, p in known)
        words = "; ".join(p.words for _, p in known if p is not None) or NOTHING
        settings = "; ".join(text for part, p in known if (text := _own_settings(facts, part, p)))
        rows.append((policy_label(name), summary, words, settings or "defaults"))
    head = ("Policy", "What it changes, and its price", "Sentence put to the test", "Set here")
    note = "Sentences are from the U.S. Secretary of State's remarks in Brussels, 24 March 2021."
    words = (
        "Every policy meets the same draws of the uncertain numbers; differences between policies are within a draw."
    )
    tables = (Table("Policies compared", head, tuple(rows), prose=(1, 2, 3), note=note),)
    return Section("policies", "Policies and their price", (words,), tables=tables)


def _outside(facts: Facts, name: str) -> str:
    """Origin of a policy that is not the package's own."""
    origin: Mapping[str, Any] = (facts.manifest.get("outside_policies") or {}).get(name) or {}
    where = ", ".join(f"{key} {value}" for key, value in origin.items() if value)
    return f"A policy from outside the package ({where})." if where else "A policy from outside the package."


def _own_settings(facts: Facts, name: str, policy: type[Policy] | None) -> str:
    """Parameters that are not at their defaults."""
    given: Mapping[str, Any] = (facts.manifest.get("parameters") or {}).get(name) or {}
    usual = {} if policy is None else plain_data(policy.Parameters.model_construct().model_dump())
    own = {key: value for key, value in given.items() if usual.get(key, ...) != value}
    listed = {key: " ".join(map(str, value)) or "none" for key, value in own.items() if isinstance(value, list | tuple)}
    return ", ".join(f"{key} = {value}" for key, value in (own | listed).items())


def _measures(facts: Facts) -> Table | None:
    rows = [_measure_row(facts, m) for m in facts.manifest["measures"]]
    if not rows:
        return None
    head = ("Measure", "What", "By, on", "Products", "Size", "In force", "Grade", "Evidence")
    used = [c for c in range(len(head)) if c == 0 or any(row[c] not in ("", NOTHING) for row in rows)]
    grades = (
        "Grades and sources as the scenario's file gives them: A stated in a published page, B derived from one,"
        " C judgement; or the confidence in words."
    )
    return Table(
        "Measures of the scenario", tuple(head[c] for c in used), tuple(tuple(row[c] for c in used) for row in rows),
        prose=tuple(range(1, len(used))), note=grades if 6 in used else "",
    )  # fmt: skip


def _measure_row(facts: Facts, m: Mapping[str, Any]) -> tuple[str, ...]:
    sectors = [sector_name(facts.results, s) for s in m.get("sectors", ())]
    products = f"{len(sectors)} sectors" if len(sectors) > _PRODUCTS else listing(sectors)
    what = spaced(m["kind"]) + (f": {m['instrument']}" if m.get("instrument") else "")
    source = str(m.get("source") or "")
    return (
        spaced(str(m.get("name") or m["kind"])), what, f"{facts.name(m['by'])}, {facts.name(m['on'])}",
        products or NOTHING, _size(facts, m), _in_force(facts, m), grades(source) or NOTHING, source or NOTHING,
    )  # fmt: skip


def _in_force(facts: Facts, m: Mapping[str, Any]) -> str:
    """Quarters of a measure, as far as the scenario decides them."""
    quarters, first, last = facts.results.quarters, m["start"], m.get("until")
    start = quarters[first] if 0 <= first < len(quarters) else f"quarter {first + 1}"
    written = script_end(facts.results) if m.get("purpose") == "coercion" else None
    if written is not None and first > written:
        return "not played: states choose"
    if written is not None and (last is None or last > written):
        return f"{start} to {quarters[written]}, then as states choose"
    end = "the end" if last is None else quarters[last] if 0 <= last < len(quarters) else "after the end"
    return f"{start} to {end}"


def grades(source: str) -> str:
    """Grades of evidence named in a source: ``A, C``, or the confidence stated."""
    letters = sorted(set(_GRADE.findall(source)))
    return ", ".join([*letters, *dict.fromkeys(_CONFIDENCE.findall(source))])


def _size(facts: Facts, m: Mapping[str, Any]) -> str:
    """Size of a measure with its unit, and the range it is drawn from where it is uncertain."""
    kind = KINDS.get(m["kind"])
    if kind is None or m.get("size") is None or not kind.size:
        return NOTHING
    drawn_from = ((facts.content.get("measures") or {}).get(m.get("name")) or {}).get(kind.size)
    drawn = f" ({_distribution(drawn_from)})" if isinstance(drawn_from, Mapping) else ""
    return f"{kind.size} {m['size']:g}{drawn}"


def _uncertain(facts: Facts) -> Table | None:
    """Numbers drawn anew in every replicate."""
    rows = []
    for path in facts.manifest["design"].get("uncertain") or ():
        place: Any = facts.content
        for key in str(path).split("."):
            place = place.get(key, {}) if isinstance(place, Mapping) else {}
        default = f"{place['default']:g}" if isinstance(place, Mapping) and "default" in place else NOTHING
        rows.append((str(path), _distribution(place), default))
    caption = "Numbers drawn anew in every replicate"
    return Table(caption, ("Number", "Drawn from", "Default"), tuple(rows), prose=(1,)) if rows else None


def _distribution(given: Any) -> str:
    """Distribution in words: ``uniform 0.7 to 1.3``."""
    for name in ("uniform", "log_uniform"):
        if isinstance(given, Mapping) and name in given:
            low, high = given[name]
            return f"{name.replace('_', '-')} {low:g} to {high:g}"
    if isinstance(given, Mapping) and "choice" in given:
        return "one of " + ", ".join(f"{v:g}" if isinstance(v, int | float) else str(v) for v in given["choice"])
    return NOTHING


def _challengers(facts: Facts) -> Table | None:
    """Pairs of states that may have a dispute, where states choose."""
    if not facts.strategic:
        return None
    dispute: Mapping[str, Any] = facts.content.get("dispute") or {}
    usual = dispute.get("rate")
    pairs = [(c["state"], c.get("targets") or (), c.get("rate")) for c in dispute.get("challengers") or ()]
    pairs += [(c, dispute.get("targets") or (), usual) for c in dispute.get("coercers") or ()]
    rows = []
    for by, on, rate in pairs:
        often = _rate(usual if rate is None else rate)
        rows.append((facts.name(by), listing([facts.name(t) for t in on]) or NOTHING, often))
    head = ("Coercer", "May press", "Disputes a pair and quarter")
    return Table("Who may press whom", head, tuple(rows), prose=(1,)) if rows else None


def _rate(given: Any) -> str:
    """Rate of disputes: a number, or the distribution it is drawn from."""
    return _distribution(given) if given is None or isinstance(given, Mapping) else f"{given:g}"


# ------------------------------------------------------------------ failed runs, provenance


#: Failed runs listed one by one; longest line of an error.
MOST_FAILURES, _ERROR = 5, 300


def failure_section(facts: Facts) -> Section:
    """Number of failed runs, their errors, and the first few."""
    total = sum(facts.manifest["counts"].values())
    failures = facts.failures
    if not failures:
        return Section("failed", "Failed runs", (f"None of {count(total, 'run')} failed.",))
    errors = [" ".join(f.error.split()) for f in failures]
    errors = [line if len(line) <= _ERROR else f"{line[: _ERROR - 1]}…" for line in errors]
    kinds = tuple((error, f"{n:,}") for error, n in Counter(errors).most_common(MOST_FAILURES))
    listed = zip(failures[:MOST_FAILURES], errors, strict=False)
    first = tuple((str(f.point), policy_label(f.policy), str(f.replicate), error) for f, error in listed)
    tables = (
        Table("Errors, most frequent first", ("Error", "Runs"), kinds),
        Table("The first failed runs", ("Point", "Policy", "Replicate", "Error"), first, prose=(1, 3)),
    )
    words = (
        f"{len(failures):,} of {count(total, 'run')} failed. They are in no number of this report; paired differences"
        " leave out the replicate of both policies. If runs fail more often in hard draws, the rest is too mild.",
    )
    return Section("failed", "Failed runs", words, tables=tables)


def provenance_section(facts: Facts) -> Section:
    """The manifest in a table; how to cite, verify and repeat."""
    m = facts.manifest
    package = m.get("package") or {}
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
    rows = tuple((name, str(value)) for name, value in _rows(facts, package).items() if value)
    table = Table("Origin of these results", ("Property", "Value"), rows, prose=(1,))
    return Section("provenance", "Provenance", tables=(table,), parts=tuple(parts))


def _rows(facts: Facts, package: Mapping[str, Any]) -> dict[str, Any]:
    m, design = facts.manifest, facts.manifest["design"]
    versions = ", ".join(f"{name} {number}" for name, number in (m.get("dependencies") or {}).items())
    size = f"{count(facts.results.points, 'point')} x {count(facts.results.replicates, 'replicate')} x "
    size += count(len(facts.results.policies), "policy", "policies")
    seconds, parts, file = m.get("seconds"), m.get("files") or {}, (m["scenario"].get("source") or {}).get("file")
    scenario = (m.get("identity") or {}).get("scenario")  # the part of it that decides the numbers
    content = json.dumps(scenario, sort_keys=True)
    return {
        "Key of the run": m.get("key"),
        "Package": f"{package.get('name', 'coercion-sim')} {package.get('version', 'unknown')}",
        "SHA-256 of the code": package.get("code"),
        "Python": m.get("python"),
        "Other packages": versions,
        "Scenario": f"{m['scenario']['name']}{f', from {file}' if file else ''}",
        "SHA-256 of the scenario": hashlib.sha256(content.encode()).hexdigest() if scenario else "",
        "World": m["world"]["name"],
        "SHA-256 of the world": m["world"].get("sha256"),
        "Seed": str(design["seed"]),
        "Design": size,
        "Uncertain numbers": f"drawn by {design['drawn']}" if design.get("drawn") else "",
        "Runs": ", ".join(f"{n:,} {status}" for status, n in m["counts"].items()),
        "Files": f"{count(len(parts), 'table part')}, each with its SHA-256 in manifest.json" if parts else "",
        "Begun": m.get("started"),
        "Ended": m.get("finished"),
        "Seconds": f"{seconds:,.1f}" if isinstance(seconds, int | float) else "",
    }
