"""Names in a scenario against the names its world knows: states, sectors, tags, elasticity sets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from coercion_sim.errors import Problem, nearest
from coercion_sim.files import Document
from coercion_sim.files import KeyPath as Path
from coercion_sim.scenario.models import OWN_ELASTICITIES
from coercion_sim.scenario.parts import Parts, measure_tables

#: Keys, here and in policies' parameters, that hold states or sectors.
STATE_KEYS = (
    "by",
    "on",
    "coercer",
    "target",
    "bloc",
    "competitor",
    "competitors",
    "coercers",
    "rivals",
    "partners",
    "targets",
    "state",
    "states",
    "allies",
    "members",
)
SECTOR_KEYS = ("sector", "sectors")
#: Keys of policies' parameters that hold groups of states.
GROUP_KEYS = ("groups",)


class Labels(Protocol):
    """What a world must tell for a scenario to be checked against it."""

    @property
    def states(self) -> tuple[str, ...]:
        """Codes of the states."""

    @property
    def sectors(self) -> tuple[str, ...]:
        """Identifiers of the sectors."""

    @property
    def tags(self) -> Mapping[str, tuple[str, ...]]:
        """Tags of each sector."""

    @property
    def groups(self) -> Mapping[str, tuple[str, ...]]:
        """Members by group."""

    @property
    def elasticity_sets(self) -> tuple[str, ...]:
        """Names of the alternative trade elasticities."""

    @property
    def state_names(self) -> Mapping[str, str]:
        """Names of states in words."""

    @property
    def sector_names(self) -> Mapping[str, str]:
        """Names of sectors in words."""


def check_labels(document: Document, data: Mapping[str, Any], parts: Parts, labels: Labels) -> list[Problem]:
    """Every name of a state, sector or elasticity set that the world does not know."""
    sectors = (*labels.sectors, *sorted({tag for tags in labels.tags.values() for tag in tags}), "all")
    outside = tuple(o.code for o in parts.actors.outside) if parts.actors is not None else ()
    problems = [
        document.problem(("actors", "outside", i, "code"), "is a state of the world", code)
        for i, code in enumerate(outside)
        if code in labels.states
    ]
    reported: set[str] = set()
    for path, name, what in _named(data, parts):
        known, words = (labels.states, labels.state_names) if what == "state" else (sectors, labels.sector_names)
        if what == "group":
            if path[:3] not in document.origins:
                continue  # a policy's default: it says itself what it makes of a group the world lacks
            known, words = tuple(labels.groups), {}
        if what == "state" and _may_be_outside(path):
            known = (*known, *outside)
        echo = name in reported and path[0] == "policy" and path[:3] not in document.origins  # taken over from [actors]
        if name not in known and not echo:
            reported.add(name)
            problems.append(document.problem(path, f"unknown {what}", name, _short(known), _meant(name, known, words)))
    economy = data.get("economy")
    sets = (*labels.elasticity_sets, OWN_ELASTICITIES)
    name = economy.get("elasticities", "rauch") if isinstance(economy, dict) else "rauch"
    if isinstance(name, str) and name not in sets:
        problems.append(
            document.problem(
                ("economy", "elasticities"), "unknown elasticity set", name, ", ".join(sets), nearest(name, sets)
            )
        )
    return problems


def expand(labels: Labels | None, names: tuple[str, ...]) -> frozenset[str]:
    """Sectors meant by names and tags; the names themselves where no world is known."""
    if labels is None:
        return frozenset(names)
    return frozenset(
        s for s in labels.sectors for name in names if name in ("all", s) or name in labels.tags.get(s, ())
    )


def _named(data: Mapping[str, Any], parts: Parts) -> Iterable[tuple[Path, str, str]]:
    """Every label in the data, with its path and what it should name."""
    for path, table in measure_tables(data):
        yield from _in_table(table, path)
    yield from _in_table(data.get("actors"), ("actors",))
    dispute = data.get("dispute")
    yield from _in_table(dispute, ("dispute",))
    if isinstance(dispute, dict):
        for key in ("opened", "experience", "challengers"):
            for i, table in enumerate(dispute[key] if isinstance(dispute.get(key), list) else ()):
                yield from _in_table(table, ("dispute", key, i))
        decides = dispute.get("decides")
        for state in decides if isinstance(decides, dict) else ():
            yield ("dispute", "decides", state), state, "state"
    yield from _in_table(data.get("cooperation"), ("cooperation",))
    report = data.get("report")
    yield from _in_table(report, ("report",))
    records = report.get("record") if isinstance(report, dict) else None
    for i, record in enumerate(records if isinstance(records, list) else ()):
        yield from _in_table(record, ("report", "record", i))
    tables = data.get("policy") if isinstance(data.get("policy"), dict) else {}
    for name in {**(tables or {}), **parts.policy}:
        parameters = parts.policy.get(name)
        table = tables.get(name) if tables else None
        yield from _in_table(table if parameters is None else parameters.model_dump(), ("policy", name))


def _may_be_outside(path: Path) -> bool:
    """Where an actor outside the matrix may stand: it presses, and does nothing else."""
    pressing = path[-1] in ("by", "coercer", "state") or path[-2:-1] in (("coercers",), ("decides",))
    return path[0] in ("measures", "dispute", "actors") and pressing


def _in_table(table: object, path: Path) -> Iterable[tuple[Path, str, str]]:
    if not isinstance(table, Mapping):
        return
    for key, value in table.items():
        what = "state" if key in STATE_KEYS else "sector" if key in SECTOR_KEYS else None
        if key in GROUP_KEYS and path[0] == "policy":
            what = "group"
        if what is None:
            continue
        if isinstance(value, str) and value:
            yield (*path, key), value, what
        elif isinstance(value, (list, tuple)):
            yield from (((*path, key, i), item, what) for i, item in enumerate(value) if isinstance(item, str))


def _meant(name: str, known: Iterable[str], words: Mapping[str, str]) -> str | None:
    """Return the label that swaps letters of `name`, is spelt most like it, or is called so."""
    known = tuple(known)
    swapped = next((label for label in known if sorted(label.casefold()) == sorted(name.casefold())), None)
    if swapped:
        return swapped
    called = {text: label for label, text in words.items()}
    near = nearest(name, called)
    return nearest(name, known) or (called[near] if near else None)


def _short(known: tuple[str, ...]) -> str:
    return ", ".join(known) if len(known) <= 60 else f"{', '.join(known[:60])}, ..."
