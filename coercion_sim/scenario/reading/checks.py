"""What the models cannot see: kinds and sizes, dates, names used twice, contradictions, and names the world lacks."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import combinations, product
from typing import Any, Final, Literal

from coercion_sim.economy import KINDS, LEAVE_A_SHARE, PURPOSES, MeasureKind
from coercion_sim.errors import Problem, nearest
from coercion_sim.files import QUARTER, Document, KeyPath, Quarter, put
from coercion_sim.outcomes import outcome_names
from coercion_sim.scenario.reading.draft import Draft, Labels
from coercion_sim.scenario.schema.tables import OWN_ELASTICITIES, SIZE_KEYS, MeasureSpec, Report
from coercion_sim.world import product_place, state_label

#: Kinds that hinder a flow, against kinds that ease the same flow in a way that cannot be meant at the same time.
CONTRADICTIONS = {
    "import_ban": ("import_subsidy", "facilitation"),
    "import_tariff": ("import_subsidy",),
    "import_barrier": ("facilitation",),
}

What = Literal["state", "sector", "group"]
#: Keys, here and in policies' parameters, that hold states, sectors, or groups of states.
KEYS: Final[Mapping[str, What]] = {
    **dict.fromkeys(
        (
            "by", "on", "coercer", "target", "bloc", "competitor", "competitors", "coercers", "rivals", "partners",
            "targets", "state", "states", "allies", "members", "stuck_states", "via",
        ),
        "state",
    ),
    **dict.fromkeys(("sector", "sectors", "stuck", "near_substitutes"), "sector"),
    "groups": "group",
}  # fmt: skip
#: Tables whose keys are states.
BY_STATE: Final = ("decides",)
#: Tables whose keys are sectors or tags.
BY_SECTOR: Final = ("short_run_elasticity",)


def check(draft: Draft, labels: Labels | None, known: Iterable[Problem]) -> list[Problem]:
    """Return everything wrong between keys and, where its labels are known, against the world.

    Tables with mistakes are tolerated; `known` are the problems of the tables themselves.
    """
    document, data = draft.document, draft.lifted.data
    problems: list[Problem] = []
    start, length = data.get("start"), _length(document, data)
    for path, table in _measures(data):
        problems += _check_kind(document, path, table)
        problems += _check_dates(document, path, table, start, length)
    problems += _check_measure_names(document, data)
    problems += _check_stuck(draft, start)
    problems += _check_short_run(draft)
    problems += _check_actors_and_policies(draft)
    problems += _check_record(draft)
    if draft.report is not None:
        problems += _check_report(document, draft.report)
    problems += _within_uncertainty(draft, [*known, *problems])
    if labels is not None:
        problems += _check_names(draft, labels)
    return problems + _contradictions(draft, labels)


def _check_stuck(draft: Draft, start: object) -> list[Problem]:
    """A date or states without sectors that are stuck, unless these were set to none, and a date before the run."""
    economy = draft.economy
    if economy is None or (not economy.stuck and draft.document.origin(("economy", "stuck"))[0] == "--set"):
        return []
    problem, needs = draft.document.problem, "stuck = [sectors]"
    given = {"stuck_until": economy.stuck_until, "stuck_states": list(economy.stuck_states)}
    if not economy.stuck:
        return [problem(("economy", key), "says nothing without stuck", x, needs) for key, x in given.items() if x]
    first, last = _count(start), _count(economy.stuck_until)
    if first is not None and last is not None and last < first:
        return [problem(("economy", "stuck_until"), "lies before the run", economy.stuck_until, f"{start} or later")]
    return []


def _check_short_run(draft: Draft) -> list[Problem]:
    """Elasticities on a path that are none, and one friction stated twice."""
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
    offers: list[tuple[KeyPath, Sequence[str], bool]] = [
        (("dispute", "packages"), draft.dispute.packages, bool(scripted))
    ]
    for i, c in enumerate(draft.dispute.challengers):
        own = not scripted.isdisjoint(product([c.state], c.targets))
        offers.append((("dispute", "challengers", i, "packages"), c.packages, own))
    message = "offers record, but no coercive measure is scripted for it"
    return [
        draft.document.problem(at, message, "record", "[[measures]] of this pair")
        for at, packages, written in offers
        if "record" in packages and not written
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


def _contradictions(draft: Draft, labels: Labels | None) -> list[Problem]:
    """Pairs of measures by one state on one flow at one time that undo each other."""
    document, problems = draft.document, []
    written = [(i, m) for i, m in enumerate(draft.measures) if m is not None]
    for (i, a), (j, b) in combinations(written, 2):
        opposed = b.kind in CONTRADICTIONS.get(a.kind, ()) or a.kind in CONTRADICTIONS.get(b.kind, ())
        if not opposed or (a.by, a.on) != (b.by, b.on) or not _overlap(a, b):
            continue
        shared = _expand(labels, a.sectors) & _expand(labels, b.sectors)
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


def _check_kind(document: Document, path: KeyPath, table: dict[str, Any]) -> list[Problem]:
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
    problems += _check_way_round(document, path, table)
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
    return [document.problem(at, "stands beside left", None, "left or a way round")] if "left" in table else []


def _check_left(document: Document, path: KeyPath, table: dict[str, Any], kind: MeasureKind) -> list[Problem]:
    """Check that a share left stands alone, with a kind that hinders trade, and in range."""
    at, left = (*path, "left"), table["left"]
    if kind.name not in LEAVE_A_SHARE:
        return [document.problem(at, f"is not the size of {kind.name}", left, f"{kind.size} = ...", kind.size)]
    if kind.size in table:
        return [document.problem(at, f"stands beside {kind.size}", left, f"left or {kind.size}, not both")]
    if isinstance(left, bool) or not isinstance(left, (int, float)) or math.isnan(left):
        return []  # reported already as no number
    none = kind.size == "open"
    inside = 0.0 <= left <= 1.0 and (left > 0.0 or none)
    return [] if inside else [document.problem(at, "out of range", left, "0 to 1" if none else "above 0, at most 1")]


def _check_dates(
    document: Document, path: KeyPath, table: dict[str, Any], start: object, length: int | None
) -> list[Problem]:
    """`from` before `until`, both inside the run of this start and length."""
    problems = []
    first = _count(start)
    dates = {key: count for key in ("from", "until") if (count := _count(table.get(key))) is not None}
    if first is not None and length is not None:
        problems += [
            document.problem((*path, key), "lies outside the run", table[key], _span(str(start), length))
            for key, count in dates.items()
            if not first <= count < first + length
        ]
    if len(dates) == 2 and dates["until"] < dates["from"]:
        span = f"from {table['from']} until {table['until']}"
        problems.append(document.problem((*path, "until"), "ends before it starts", span))
    return problems


def _check_measure_names(document: Document, data: dict[str, Any]) -> list[Problem]:
    """No two measures of one name."""
    problems = []
    first: dict[str, KeyPath] = {}
    for path, table in _measures(data):
        name = table.get("name")
        if not isinstance(name, str):
            continue
        if name in first:
            line = document.origin((*first[name], "name"))[1]
            seen = f"name used once; the first stands on line {line}" if line else "name used once"
            problems.append(document.problem((*path, "name"), "two measures have this name", name, seen))
        first.setdefault(name, path)
    return problems


def _length(document: Document, data: dict[str, Any]) -> int | None:
    """Quarters of the run: the larger of what the file states and what an override asks."""
    stated = (data.get("quarters"), document.written.get("quarters"))
    return max((n for n in stated if isinstance(n, int) and not isinstance(n, bool) and 1 <= n <= 400), default=None)


def _count(label: object) -> int | None:
    """Number of a quarter, counted from year 0; None for any other value."""
    label = label.strip() if isinstance(label, str) else ""
    return 4 * int(label[:4]) + int(label[5]) if re.fullmatch(QUARTER, label) else None


def _span(start: str, length: int) -> str:
    """First and last quarter of a run in words."""
    return f"{Quarter.parse(start)} to {Quarter.parse(start) + (length - 1)}"


def _overlap(a: MeasureSpec, b: MeasureSpec) -> bool:
    """Whether two measures are in force in one quarter; labels of quarters sort as they count."""
    latest_start = max(a.from_ or "", b.from_ or "")
    return all(latest_start <= end for end in (a.until, b.until) if end is not None)


def _measures(data: dict[str, Any]) -> list[tuple[KeyPath, dict[str, Any]]]:
    """Every table under `measures` with its path."""
    listed = data.get("measures")
    tables = enumerate(listed) if isinstance(listed, list) else ()
    return [(("measures", i), table) for i, table in tables if isinstance(table, dict)]


def _check_names(draft: Draft, labels: Labels) -> list[Problem]:
    """Return every name of a state, sector, group or elasticity set that the world does not know."""
    document, data = draft.document, draft.lifted.data
    policies = {p: m.model_dump() for p, m in draft.policy.items() if m is not None}  # defaults and [actors] included
    written = data["policy"] if isinstance(data.get("policy"), dict) else {}
    outside = _outside(draft)
    problems = [
        document.problem(("actors", "outside", i, "code"), "is a state of the world", code)
        for i, code in enumerate(outside)
        if code in labels.states
    ]
    tags = sorted({tag for tags in labels.tags.values() for tag in tags})
    known: dict[What, tuple[str, ...]] = {
        "state": labels.states,
        "sector": (*labels.sectors, *tags, "all"),
        "group": tuple(labels.groups),
    }
    words: dict[What, Mapping[str, str]] = {"state": labels.state_names, "sector": labels.sector_names, "group": {}}
    reported: set[str] = set()
    for path, name, what in _named(data | {"policy": {**written, **policies}}):
        here = known[what] + (outside if what == "state" and _may_be_outside(path) else ())
        if name in here or (_is_default(document, path) and (what == "group" or name in reported)):
            continue  # unknown defaults are the policy's to judge, or taken over from [actors] and reported there
        reported.add(name)
        near, message = _meant(name, here, words[what]), f"unknown {what}"
        if (
            what == "sector"
            and near not in labels.sectors
            and (place := product_place(name, labels.sectors, labels.tags))
        ):
            near, message = place[0], f"{message}: {place[1]}"
        problems.append(document.problem(path, message, name, _first(here), near))
    return problems + _check_elasticities(draft, labels)


def with_state_codes(document: Document, labels: Labels) -> Document:
    """Return the document with labels of states for their names, so that ``China`` and ``CHN`` are one scenario."""
    data = document.data
    renamed: list[tuple[KeyPath, str]] = []
    for path, word, what in _named(data):
        label = state_label(word, labels.states, labels.state_names) if what == "state" else None
        if label is None or label == word:
            continue
        if path[-1] == word and path[-2:-1] and path[-2] in BY_STATE:
            renamed.append((path, label))
        else:
            data = put(data, path, label)
    for path, label in renamed:
        table: Any = data
        for part in path[:-1]:
            table = table[part]
        if label not in table:
            data = put(data, path[:-1], {label if key == path[-1] else key: value for key, value in table.items()})
    return document if data is document.data else replace(document, data=data)


def _check_elasticities(draft: Draft, labels: Labels) -> list[Problem]:
    """Report a set of elasticities that the world lacks."""
    known = (*labels.elasticity_sets, OWN_ELASTICITIES)
    name = draft.economy.elasticities if draft.economy is not None else OWN_ELASTICITIES
    if name in known:
        return []
    where, near = ("economy", "elasticities"), nearest(name, known)
    return [draft.document.problem(where, "unknown elasticity set", name, ", ".join(known), near)]


def _outside(draft: Draft) -> tuple[str, ...]:
    """Codes of the actors that the world does not hold."""
    return tuple(actor.code for actor in draft.actors.outside) if draft.actors is not None else ()


def _expand(labels: Labels | None, names: tuple[str, ...]) -> frozenset[str]:
    """Sectors that names and tags stand for; the names themselves where no world is known."""
    if labels is None:
        return frozenset(names)
    return frozenset(
        s for s in labels.sectors for name in names if name in ("all", s) or name in labels.tags.get(s, ())
    )


def _named(place: object, path: KeyPath = ()) -> Iterable[tuple[KeyPath, str, What]]:
    """Every label in the data, with its path and what it should name."""
    items = place.items() if isinstance(place, dict) else enumerate(place) if isinstance(place, (list, tuple)) else ()
    for key, value in items:
        here = (*path, key)
        what = KEYS.get(key) if isinstance(key, str) and (key != "groups" or path[:1] == ("policy",)) else None
        if path[-1:] and path[-1] in BY_STATE:
            yield here, str(key), "state"
        if path[-1:] and path[-1] in BY_SECTOR:
            yield here, str(key), "sector"
        if what is None:
            yield from _named(value, here)
        elif isinstance(value, str) and value:
            yield here, value, what
        elif isinstance(value, (list, tuple)):
            yield from (((*here, i), item, what) for i, item in enumerate(value) if isinstance(item, str))


def _is_default(document: Document, path: KeyPath) -> bool:
    """Whether this is a parameter of a policy that the file does not write."""
    return path[0] == "policy" and path[:3] not in document.origins


def _may_be_outside(path: KeyPath) -> bool:
    """Whether an actor outside the matrix may stand here: it presses, and does nothing else."""
    pressing = path[-1] in ("by", "coercer", "state") or path[-2:-1] in (("coercers",), ("decides",))
    return path[0] in ("measures", "dispute", "actors") and pressing


def _meant(name: str, known: tuple[str, ...], words: Mapping[str, str]) -> str | None:
    """Return the label that swaps letters of `name`, is spelt most like it, or whose words are."""
    swapped = next((label for label in known if sorted(label.casefold()) == sorted(name.casefold())), None)
    called = {text: label for label, text in words.items()}
    near = nearest(name, called)
    return swapped or nearest(name, known) or (called[near] if near else None)


def _first(known: tuple[str, ...]) -> str:
    return ", ".join(known) if len(known) <= 60 else f"{', '.join(known[:60])}, ..."
