"""What the models cannot see: kinds and their sizes, dates, names used twice, measures that contradict each other."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from itertools import combinations
from typing import Any

from coercion_sim.economy import KINDS, PURPOSES, MeasureKind
from coercion_sim.errors import Problem, nearest
from coercion_sim.files import Document, Quarter
from coercion_sim.files import KeyPath as Path
from coercion_sim.outcomes import outcome_names
from coercion_sim.scenario.models import SIZE_KEYS, Report
from coercion_sim.scenario.parts import Parts, measure_tables

#: Kinds that hinder a flow, against kinds that ease the same flow in a way that cannot be meant at the same time.
CONTRADICTIONS = {
    "import_ban": ("import_subsidy", "facilitation"),
    "import_tariff": ("import_subsidy",),
    "import_barrier": ("facilitation",),
}


def check_parts(document: Document, data: dict[str, Any], parts: Parts) -> list[Problem]:
    """Everything wrong between keys: sizes, dates, names, actors, report; tables wrong in themselves are tolerated."""
    problems: list[Problem] = []
    span = _span(document, data)
    for path, table in measure_tables(data):
        if isinstance(table, dict):
            problems += _check_kind(document, path, table)
            problems += _check_dates(document, path, table, span)
    problems += _check_names(document, data)
    if parts.actors is not None and parts.actors.coercer and parts.actors.coercer == parts.actors.target:
        problems.append(
            document.problem(("actors", "target"), "the coercer cannot be its own target", parts.actors.target)
        )
    if parts.header is not None:
        for i, policy in enumerate(parts.header.policies):
            if policy in parts.header.policies[:i]:
                problems.append(document.problem(("policies", i), "policy listed twice", policy))
            if len(set(policy.split("+"))) < len(policy.split("+")):
                problems.append(document.problem(("policies", i), "joins a policy to itself", policy))
    if parts.report is not None:
        problems += _check_report(document, parts.report)
    return problems


def contradictions(
    document: Document, parts: Parts, expand: Callable[[tuple[str, ...]], frozenset[str]]
) -> list[Problem]:
    """Pairs of measures by one state on one flow at one time that undo each other; `expand` makes names sectors."""
    problems = []
    written = [(i, m) for i, m in enumerate(parts.measures) if m is not None]
    for (i, a), (j, b) in combinations(written, 2):
        opposed = b.kind in CONTRADICTIONS.get(a.kind, ()) or a.kind in CONTRADICTIONS.get(b.kind, ())
        if not opposed or (a.by, a.on) != (b.by, b.on) or not _overlap(a.from_, a.until, b.from_, b.until):
            continue
        shared = expand(a.sectors) & expand(b.sectors)
        if shared:
            goods = ", ".join(sorted(shared)[:5])
            message = f"contradicts {a.name}: {a.kind} and {b.kind} by {a.by} on {goods} of {a.on} at the same time"
            line = document.origin(("measures", i))[1]
            hint = "one of them, or dates that do not overlap" + (f" ({a.name} stands on line {line})" if line else "")
            problems.append(document.problem(("measures", j), message, None, hint))
    return problems


def _check_report(document: Document, report: Report) -> list[Problem]:
    """Outcomes that no table holds, and records without a figure."""
    known = outcome_names()
    problems = []
    for i, name in enumerate(report.outcomes):
        if name not in known:
            where = ("report", "outcomes", i)
            problems.append(document.problem(where, "unknown outcome", name, ", ".join(known), nearest(name, known)))
    for i, record in enumerate(report.record):
        where = ("report", "record", i)
        if record.diverted_share is None and record.range is None:
            problems.append(document.problem(where, "needs diverted_share, range, or both"))
        elif record.range is not None and record.range[0] > record.range[1]:
            problems.append(document.problem((*where, "range"), "the lower end comes first", list(record.range)))
    return problems


def _check_kind(document: Document, path: Path, table: dict[str, Any]) -> list[Problem]:
    """Check that the kind is known and the measure has its one size key, in range, and no other."""
    problems = []
    purpose = table.get("purpose", "coercion")
    if isinstance(purpose, str) and purpose not in PURPOSES:
        problems.append(
            document.problem(
                (*path, "purpose"), "unknown purpose", purpose, ", ".join(PURPOSES), nearest(purpose, PURPOSES)
            )
        )
    by, on = table.get("by"), table.get("on")
    if isinstance(by, str) and by == on:
        problems.append(document.problem((*path, "on"), "a state cannot act on itself", on))
    name = table.get("kind")
    if not isinstance(name, str):
        return problems
    if name not in KINDS:
        problems.append(
            document.problem((*path, "kind"), "unknown kind of measure", name, ", ".join(KINDS), nearest(name, KINDS))
        )
        return problems
    kind = KINDS[name]
    problems += [
        document.problem((*path, key), f"is not the size of {name}", table[key], f"{kind.size} = ...", kind.size)
        for key in SIZE_KEYS
        if key in table and key != kind.size
    ]
    problems += _check_size(document, path, table, kind)
    named = bool(table.get("sectors"))
    if kind.side == "none" and named:
        problems.append(document.problem((*path, "sectors"), f"{name} takes no sectors", table["sectors"]))
    elif kind.side != "none" and not named:
        problems.append(
            document.problem(
                (*path, "sectors"), "must be given", None, "sectors of the world, tags such as goods, or all"
            )
        )
    return problems


def _check_size(document: Document, path: Path, table: dict[str, Any], kind: MeasureKind) -> list[Problem]:
    """Check that the size key is there and in the range of its kind."""
    rule = f"{kind.low:g} to {kind.high:g} ({kind.unit})"
    if kind.size not in table:
        needed = kind.high > kind.low
        return [document.problem((*path, kind.size), f"must be given for {kind.name}", None, rule)] if needed else []
    size = table[kind.size]
    if isinstance(size, bool) or not isinstance(size, (int, float)) or math.isnan(size):
        return []  # reported already as no number
    return [] if kind.low <= size <= kind.high else [document.problem((*path, kind.size), "out of range", size, rule)]


def _check_dates(
    document: Document, path: Path, table: dict[str, Any], span: tuple[Quarter, Quarter] | None
) -> list[Problem]:
    """`from` before `until`, both inside the run."""
    problems = []
    dates = {key: quarter for key in ("from", "until") if (quarter := _parse(table.get(key))) is not None}
    if span is not None:
        first, last = span
        problems += [
            document.problem((*path, key), "lies outside the run", str(quarter), f"{first} to {last}")
            for key, quarter in dates.items()
            if not first <= quarter <= last
        ]
    if len(dates) == 2 and dates["until"] < dates["from"]:
        problems.append(
            document.problem((*path, "until"), "ends before it starts", f"from {dates['from']} until {dates['until']}")
        )
    return problems


def _check_names(document: Document, data: dict[str, Any]) -> list[Problem]:
    """No two measures of one name."""
    problems = []
    first: dict[str, Path] = {}
    for path, table in measure_tables(data):
        name = table.get("name") if isinstance(table, dict) else None
        if not isinstance(name, str):
            continue
        if name in first:
            line = document.origin((*first[name], "name"))[1]
            seen = f"name used once; the first stands on line {line}" if line else "name used once"
            problems.append(document.problem((*path, "name"), "two measures have this name", name, seen))
        first.setdefault(name, path)
    return problems


def _span(document: Document, data: dict[str, Any]) -> tuple[Quarter, Quarter] | None:
    """First and last quarter of the run: the longer of what the file states and what an override asks."""
    start = _parse(data.get("start"))
    stated = (data.get("quarters"), document.written.get("quarters"))
    lengths = [n for n in stated if isinstance(n, int) and not isinstance(n, bool) and 1 <= n <= 400]
    return (start, start + (max(lengths) - 1)) if start is not None and lengths else None


def _parse(label: object) -> Quarter | None:
    try:
        return Quarter.parse(label) if isinstance(label, str) else None
    except ValueError:
        return None


def _overlap(start_a: str | None, end_a: str | None, start_b: str | None, end_b: str | None) -> bool:
    """Whether two stretches of quarters meet; labels sort as they count."""
    latest_start = max(start_a or "", start_b or "")
    ends: Iterable[str] = [end for end in (end_a, end_b) if end is not None]
    return all(latest_start <= end for end in ends)
