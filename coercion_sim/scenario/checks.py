"""What the models cannot see: kinds and sizes, dates, names used twice, contradictions."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import combinations, product
from typing import Any

from coercion_sim.economy import KINDS, LEAVE_A_SHARE, PURPOSES, MeasureKind
from coercion_sim.errors import Problem, nearest
from coercion_sim.files import QUARTER, Document, KeyPath
from coercion_sim.outcomes import outcome_names
from coercion_sim.scenario.draft import Draft
from coercion_sim.scenario.names import sectors_meant
from coercion_sim.scenario.tables import SIZE_KEYS, MeasureSpec, Quarter, Report
from coercion_sim.world import WorldLabels

#: Kinds that hinder a flow, against kinds that ease the same flow in a way that cannot be meant at the same time.
CONTRADICTIONS = {
    "import_ban": ("import_subsidy", "facilitation"),
    "import_tariff": ("import_subsidy",),
    "import_barrier": ("facilitation",),
}


def check(draft: Draft, labels: WorldLabels | None, known: Iterable[Problem]) -> list[Problem]:
    """Return everything wrong between keys; labels of the world, where they are known, say what tags stand for.

    Tables with mistakes are tolerated; `known` are the problems of the tables themselves.
    """
    document, data = draft.document, draft.lifted.data
    problems: list[Problem] = []
    start, length = data.get("start"), _length(document, data)
    for path, table in _measures(data):
        problems += _check_kind(document, path, table)
        problems += _check_dates(document, path, table, start, length)
    problems += [*_check_measure_names(document, data), *_check_stuck(draft, start), *_check_short_run(draft)]
    problems += [*_check_actors_and_policies(draft), *_check_record(draft)]
    problems += _check_dispute(document, data.get("dispute"), start, length)
    if draft.report is not None:
        problems += _check_report(document, draft.report)
    problems += _within_uncertainty(draft, [*known, *problems])
    return problems + _contradictions(draft, labels)


def _check_stuck(draft: Draft, start: object) -> list[Problem]:
    """A date or states without sectors that are stuck, unless these were set to none, and a date before the run."""
    economy = draft.economy
    if economy is None or not (economy.stuck_until or economy.stuck_states):
        return []
    if not economy.stuck and draft.document.origin(("economy", "stuck"))[0] == "--set":
        return []
    problem, needs = draft.document.problem, "stuck = [sectors]"
    given = {"stuck_until": economy.stuck_until, "stuck_states": list(economy.stuck_states)}
    if not economy.stuck:
        return [problem(("economy", key), "has no effect without stuck", x, needs) for key, x in given.items() if x]
    first, last = _count(start), _count(economy.stuck_until)
    if first is not None and last is not None and last < first:
        return [problem(("economy", "stuck_until"), "lies before the run", economy.stuck_until, f"{start} or later")]
    return []


def _check_short_run(draft: Draft) -> list[Problem]:
    """Elasticities of a path out of range, and one friction stated twice."""
    economy = draft.economy
    if economy is None or economy.short_run_elasticity in (None, {}):
        return []
    at, given = ("economy", "short_run_elasticity"), economy.short_run_elasticity
    numbers = given if isinstance(given, dict) else {"all": given}
    problems = [draft.document.problem(at, "out of range", x, "above 0") for x in numbers.values() if not x > 0.0]
    if economy.adjustment_rate < 1.0 and not economy.short_run_beside_adjustment:
        hint = "adjustment_rate = 1, or short_run_beside_adjustment = true where both are meant"
        message = "slows trade down twice: elasticities on a path, and buyers who stay attached"
        problems.append(draft.document.problem(at, message, f"adjustment_rate {economy.adjustment_rate:g}", hint))
    return problems


def _check_actors_and_policies(draft: Draft) -> list[Problem]:
    """A coercer that presses itself, policies listed twice or joined to themselves."""
    problems, problem = [], draft.document.problem
    if draft.actors is not None and draft.actors.coercer and draft.actors.coercer == draft.actors.target:
        problems.append(problem(("actors", "target"), "the coercer cannot be its own target", draft.actors.target))
    policies = draft.header.policies if draft.header is not None else ()
    for i, policy in enumerate(policies):
        if policy in policies[:i]:
            problems.append(problem(("policies", i), "policy listed twice", policy))
        if len(set(policy.split("+"))) < len(policy.split("+")):
            problems.append(problem(("policies", i), "joins a policy to itself", policy))
    return problems


def _check_record(draft: Draft) -> list[Problem]:
    """Package `record` asked for where no state that may press with it has scripted coercive measures."""
    if draft.dispute is None or None in draft.measures:
        return []
    scripted = {(m.by, m.on) for m in draft.measures if m is not None and m.purpose == "coercion"}
    here: KeyPath = ("dispute",)
    offers: list[tuple[KeyPath, Sequence[str], bool]] = [((*here, "packages"), draft.dispute.packages, bool(scripted))]
    for i, c in enumerate(draft.dispute.challengers):
        own = not scripted.isdisjoint(product([c.state], c.targets))
        offers.append(((*here, "challengers", i, "packages"), c.packages, own))
    message = "offers record, but no coercive measure is scripted for it"
    return [
        draft.document.problem(at, message, "record", "[[measures]] of this pair")
        for at, packages, written in offers
        if "record" in packages and not written
    ]


def _check_dispute(document: Document, dispute: object, start: object, length: int | None) -> list[Problem]:
    """Disputes that cannot arise, outside the run or of a state with itself, and what is listed twice."""
    if not isinstance(dispute, dict):
        return []
    here: KeyPath = ("dispute",)
    problems = _outside_run(document, here, dispute, ("scripted_until",), start, length)
    problems += _listed_twice(document, (*here, "packages"), dispute.get("packages"))
    first: dict[tuple[object, ...], int] = {}
    for i, opened in _tables(dispute, "opened"):
        at = (*here, "opened", i)
        problems += _outside_run(document, at, opened, ("quarter",), start, length)
        coercer, target = opened.get("coercer"), opened.get("target")
        if isinstance(target, str) and coercer == target:
            problems.append(document.problem((*at, "target"), "a state cannot act on itself", target))
        one = tuple(str(opened.get(key)) for key in ("quarter", "coercer", "target"))
        if first.setdefault(one, i) != i:
            message = f"opens the dispute of [[dispute.opened]] no. {first[one] + 1} a second time"
            problems.append(document.problem(at, message, " ".join(one), "another quarter, coercer or target, or none"))
    offers = [((*here, "targets"), dispute.get("coercers"), dispute.get("targets"))]
    for i, challenger in _tables(dispute, "challengers"):
        at = (*here, "challengers", i)
        problems += _listed_twice(document, (*at, "packages"), challenger.get("packages"))
        offers.append(((*at, "targets"), challenger.get("state"), challenger.get("targets")))
    for at, coercers, targets in offers:
        press, pressed = (
            {x} if isinstance(x, str) else {*map(str, x)} if isinstance(x, list) else set() for x in (coercers, targets)
        )
        if len(press) == 1 and press == pressed:
            message = "names only the state that presses, so that no dispute can arise"
            problems.append(document.problem(at, message, press.pop(), "another state"))
    return problems


def _listed_twice(document: Document, path: KeyPath, listed: object) -> list[Problem]:
    """Report entries of a list that stand in it before."""
    entries = listed if isinstance(listed, (list, tuple)) else ()
    return [
        document.problem((*path, i), "is listed twice", entry)
        for i, entry in enumerate(entries)
        if entry in entries[:i]
    ]


def _within_uncertainty(draft: Draft, known: Iterable[Problem]) -> list[Problem]:
    """Problems that a value within an uncertainty has and the default has not, so that no draw can fail later."""
    seen = {(p.key, p.message) for p in known}
    problems: list[Problem] = []
    for trial, wrong in draft.trials:
        kind = KINDS.get(str(trial.table.get("kind"))) if trial.path[0] == "measures" else None
        size = _check_size(draft.document, trial.path, trial.table, kind) if kind is not None else []
        for p in (*wrong, *size):
            if (p.key, p.message) not in seen:
                problems.append(replace(p, message=f"{p.message} within its uncertainty, {trial.uncertain}"))
            seen.add((p.key, p.message))
    return problems


def _contradictions(draft: Draft, labels: WorldLabels | None) -> list[Problem]:
    """Pairs of measures by one state on one flow at one time that undo each other."""
    document, problems = draft.document, []
    written = [(i, m) for i, m in enumerate(draft.measures) if m is not None]
    for (i, a), (j, b) in combinations(written, 2):
        opposed = b.kind in CONTRADICTIONS.get(a.kind, ()) or a.kind in CONTRADICTIONS.get(b.kind, ())
        if not opposed or (a.by, a.on) != (b.by, b.on) or not _overlap(a, b):
            continue
        shared = sectors_meant(labels, a.sectors) & sectors_meant(labels, b.sectors)
        if shared:
            goods = ", ".join(sorted(shared)[:5])
            message = f"contradicts {a.name}: {a.kind} and {b.kind} by {a.by} on {goods} of {a.on} at the same time"
            line = document.origin(("measures", i))[1]
            hint = "one of them, or dates that do not overlap" + (f" ({a.name} stands on line {line})" if line else "")
            problems.append(document.problem(("measures", j), message, None, hint))
    return problems


def _check_report(document: Document, report: Report) -> list[Problem]:
    """Outcomes that no table holds, and records without a figure."""
    known = outcome_names() if report.outcomes else ()
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


def _check_kind(document: Document, path: KeyPath, table: dict[str, Any]) -> list[Problem]:
    """Check that the kind is known and the measure has its one size key, in range, and no other."""
    purpose, name = table.get("purpose", "coercion"), table.get("kind")
    problem, problems = document.problem, []
    if isinstance(purpose, str) and purpose not in PURPOSES:
        near = nearest(purpose, PURPOSES)
        problems.append(problem((*path, "purpose"), "unknown purpose", purpose, ", ".join(PURPOSES), near))
    by, on = table.get("by"), table.get("on")
    if isinstance(by, str) and by == on:
        problems.append(problem((*path, "on"), "a state cannot act on itself", on))
    if not isinstance(name, str):
        return problems
    if name not in KINDS:
        near = nearest(name, KINDS)
        return [*problems, problem((*path, "kind"), "unknown kind of measure", name, ", ".join(KINDS), near)]
    kind = KINDS[name]
    problems += [
        problem((*path, key), f"is not the size of {name}", table[key], f"{kind.size} = ...", kind.size)
        for key in SIZE_KEYS
        if key in table and key != kind.size
    ]
    problems += _check_size(document, path, table, kind)
    problems += _check_way_round(document, path, table)
    named, sectors = bool(table.get("sectors")), (*path, "sectors")
    if kind.side == "none" and named:
        problems.append(problem(sectors, f"{name} takes no sectors", table["sectors"]))
    elif kind.side != "none" and not named:
        problems.append(problem(sectors, "must be given", None, "sectors of the world, tags such as goods, or all"))
    return problems


def _check_size(document: Document, path: KeyPath, table: dict[str, Any], kind: MeasureKind) -> list[Problem]:
    """Check that the size key is there and in the range of its kind."""
    rule = f"{kind.low:g} to {kind.high:g} ({kind.unit})"
    if "left" in table:
        return _check_left(document, path, table, kind)
    if kind.size not in table:
        needed = kind.high > kind.low
        return [document.problem((*path, kind.size), f"must be given for {kind.name}", None, rule)] if needed else []
    size = table[kind.size]
    if isinstance(size, bool) or not isinstance(size, (int, float)) or math.isnan(size):
        return []  # reported already as no number
    return [] if kind.low <= size <= kind.high else [document.problem((*path, kind.size), "out of range", size, rule)]


def _check_way_round(document: Document, path: KeyPath, table: dict[str, Any]) -> list[Problem]:
    """Check that a way round has a third state and a share, and stands with a measure that hinders trade."""
    given = [key for key in ("via", "transit", "transit_cost") if key in table]
    if not given:
        return []
    at, kind, via = (*path, given[0]), table["kind"], table.get("via")
    if kind not in LEAVE_A_SHARE:
        return [document.problem(at, f"{kind} has no way round", None, ", ".join(LEAVE_A_SHARE))]
    needs = [key for key in ("via", "transit") if not table.get(key)]
    if needs:
        return [document.problem((*path, needs[0]), "must be given for a way round", table.get(needs[0]))]
    if via in (table.get("by"), table.get("on")):
        return [document.problem((*path, "via"), "is a third state", via)]
    return [document.problem(at, "cannot be given with left", None, "left or a way round")] if "left" in table else []


def _check_left(document: Document, path: KeyPath, table: dict[str, Any], kind: MeasureKind) -> list[Problem]:
    """Check that a share left stands alone, with a kind that hinders trade, and in range."""
    at, left = (*path, "left"), table["left"]
    if kind.name not in LEAVE_A_SHARE:
        return [document.problem(at, f"is not the size of {kind.name}", left, f"{kind.size} = ...", kind.size)]
    if kind.size in table:
        return [document.problem(at, f"cannot be given with {kind.size}", left, f"left or {kind.size}, not both")]
    if isinstance(left, bool) or not isinstance(left, (int, float)) or math.isnan(left):
        return []  # reported already as no number
    none = kind.size == "open"
    inside = 0.0 <= left <= 1.0 and (left > 0.0 or none)
    return [] if inside else [document.problem(at, "out of range", left, "0 to 1" if none else "above 0, at most 1")]


def _check_dates(
    document: Document, path: KeyPath, table: dict[str, Any], start: object, length: int | None
) -> list[Problem]:
    """`from` before `until`, both inside the run of this start and length."""
    problems = _outside_run(document, path, table, ("from", "until"), start, length)
    dates = {key: count for key in ("from", "until") if (count := _count(table.get(key))) is not None}
    if len(dates) == 2 and dates["until"] < dates["from"]:
        span = f"from {table['from']} until {table['until']}"
        problems.append(document.problem((*path, "until"), "ends before it starts", span))
    return problems


def _outside_run(
    document: Document, path: KeyPath, table: dict[str, Any], dates: Iterable[str], start: object, length: int | None
) -> list[Problem]:
    """Report those of these keys whose quarter lies outside the run of this start and length."""
    first = _count(start)
    if first is None or length is None:
        return []
    return [
        document.problem(
            (*path, key), "lies outside the run", table[key], f"{start} to {Quarter.parse(str(start)) + (length - 1)}"
        )
        for key in dates
        if (count := _count(table.get(key))) is not None and not first <= count < first + length
    ]


def _check_measure_names(document: Document, data: dict[str, Any]) -> list[Problem]:
    """No two measures of one name."""
    problems = []
    first: dict[str, KeyPath] = {}
    for path, table in _measures(data):
        name = table.get("name")
        if isinstance(name, str) and first.setdefault(name, path) != path:
            line = document.origin((*first[name], "name"))[1]
            seen = f"name used once; the first stands on line {line}" if line else "name used once"
            problems.append(document.problem((*path, "name"), "two measures have this name", name, seen))
    return problems


def _length(document: Document, data: dict[str, Any]) -> int | None:
    """Quarters of the run: the larger of what the file states and what an override asks."""
    stated = (data.get("quarters"), document.written.get("quarters"))
    return max((n for n in stated if isinstance(n, int) and not isinstance(n, bool) and 1 <= n <= 400), default=None)


def _count(label: object) -> int | None:
    """Number of a quarter, counted from year 0; None for any other value."""
    label = label.strip() if isinstance(label, str) else ""
    return 4 * int(label[:4]) + int(label[5]) if re.fullmatch(QUARTER, label) else None


def _overlap(a: MeasureSpec, b: MeasureSpec) -> bool:
    """Whether two measures are in force in one quarter; labels of quarters sort as they count."""
    latest_start = max(a.from_ or "", b.from_ or "")
    return all(latest_start <= end for end in (a.until, b.until) if end is not None)


def _measures(data: dict[str, Any]) -> list[tuple[KeyPath, dict[str, Any]]]:
    """Every table under `measures` with its path."""
    return [(("measures", i), table) for i, table in _tables(data, "measures")]


def _tables(data: dict[str, Any], key: str) -> list[tuple[int, dict[str, Any]]]:
    """Every table of the list under a key, with its position."""
    listed = data.get(key)
    return [(i, table) for i, table in enumerate(listed if isinstance(listed, list) else ()) if isinstance(table, dict)]
