"""Names in a scenario file against the labels of its world: codes for names of states, and unknown labels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final, Literal

from coercion_sim.errors import Problem, nearest
from coercion_sim.files import Document, KeyPath, put
from coercion_sim.scenario.tables import OWN_ELASTICITIES
from coercion_sim.scenario.uncertain import looks_uncertain
from coercion_sim.world import WorldLabels, product_place, state_label

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
#: Tables whose keys are states, and whose keys are sectors or tags.
BY_STATE: Final = ("decides",)
BY_SECTOR: Final = ("short_run_elasticity",)


def in_world(
    document: Document, labels: WorldLabels, policies: Mapping[str, Mapping[str, Any]], *, by_name: bool = True
) -> tuple[Document, list[Problem]]:
    """Return the document with codes for names of states, so that ``China`` and ``CHN`` are one, and unknown names.

    Parameters
    ----------
    policies
        Parameters of every policy by name, defaults included.
    by_name
        Whether states may be called by name; else only their codes are known.
    """
    outside, problems = _outside(document, labels)
    known: dict[What, tuple[str, ...]] = {
        "state": labels.states,
        "sector": (*labels.sectors, *sorted({tag for tags in labels.tags.values() for tag in tags}), "all"),
        "group": tuple(labels.groups),
    }
    codes: list[tuple[KeyPath, str]] = []
    reported: set[str] = set()
    for path, name, what in _named(document.data | {"policy": _policies(document.data, policies)}):
        here = known[what] + (outside if what == "state" and _may_be_outside(path) else ())
        if name in here:
            continue
        default = _is_default(document, path)
        if default and (what == "group" or name in reported):
            continue  # unknown defaults are the policy's to judge, or taken over from [actors] and reported there
        code = state_label(name, labels.states, labels.state_names) if what == "state" and by_name else None
        if code is None:
            problems.append(_unknown(document, path, name, what, here, labels))
            reported.add(name)
        elif not default:
            codes.append((path, code))
    coded = _with_codes(document, codes)
    return coded, problems + _twice(coded) + _unknown_elasticities(document, labels)


def _twice(document: Document) -> list[Problem]:
    """Report labels that stand in one list twice, under code or name."""
    listed: set[tuple[KeyPath, str]] = set()
    problems = []
    for path, label, _ in _named(document.data):
        entry = (path[:-1], label)
        if isinstance(path[-1], int) and entry in listed:
            problems.append(document.problem(path, "is listed twice", label))
        listed.add(entry)
    return problems


def _is_default(document: Document, path: KeyPath) -> bool:
    """Whether this is a parameter of a policy that the file does not write."""
    return path[0] == "policy" and path[:3] not in document.origins


def _policies(data: Mapping[str, Any], full: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Tables of policies: with defaults where the policy is known, else as written."""
    written = data.get("policy")
    return {**(written if isinstance(written, dict) else {}), **full}


def _with_codes(document: Document, codes: Iterable[tuple[KeyPath, str]]) -> Document:
    """Put codes of states in the place of their names; two keys of one state are left for the reader to see."""
    data = document.data
    keys = []
    for path, code in codes:
        if path[-2:-1] and path[-2] in BY_STATE:
            keys.append((path, code))
        else:
            data = put(data, path, code)
    for path, code in keys:
        table: Any = data
        for part in path[:-1]:
            table = table[part]
        if code not in table:
            data = put(data, path[:-1], {code if key == path[-1] else key: value for key, value in table.items()})
    return document if data is document.data else replace(document, data=data)


def _unknown(
    document: Document, path: KeyPath, name: str, what: What, known: tuple[str, ...], labels: WorldLabels
) -> Problem:
    """Report a name that the world does not know, with the label that was meant."""
    words = {"state": labels.state_names, "sector": labels.sector_names}.get(what, {})
    near, message = _meant(name, known, words), f"unknown {what}"
    if what == "sector" and near not in labels.sectors:
        place = product_place(name, labels.sectors, labels.tags)
        near, message = (place[0], f"{message}: {place[1]}") if place else (near, message)
    allowed = ", ".join(known[:60]) + (", ..." if len(known) > 60 else "")
    return document.problem(path, message, name, allowed, near)


def _meant(name: str, known: tuple[str, ...], words: Mapping[str, str]) -> str | None:
    """Return the label that swaps letters of `name`, is spelt most like it, or whose words are."""
    swapped = next((label for label in known if sorted(label.casefold()) == sorted(name.casefold())), None)
    called = {text: label for label, text in words.items()}
    near = nearest(name, called)
    return swapped or nearest(name, known) or (called[near] if near else None)


def _unknown_elasticities(document: Document, labels: WorldLabels) -> list[Problem]:
    """Report a set of elasticities that the world lacks."""
    known, economy = (*labels.elasticity_sets, OWN_ELASTICITIES), document.data.get("economy")
    name = economy.get("elasticities") if isinstance(economy, dict) else None
    if not isinstance(name, str) or not name or name in known:
        return []
    where, near = ("economy", "elasticities"), nearest(name, known)
    return [document.problem(where, "unknown elasticity set", name, ", ".join(known), near)]


def _outside(document: Document, labels: WorldLabels) -> tuple[tuple[str, ...], list[Problem]]:
    """Codes of the actors that the world does not hold; a problem for each that is a state of the world."""
    actors = document.data.get("actors")
    listed = actors.get("outside") if isinstance(actors, dict) else None
    tables = listed if isinstance(listed, list) else ()
    codes = {i: str(actor.get("code")) for i, actor in enumerate(tables) if isinstance(actor, dict)}
    problems = [
        document.problem(("actors", "outside", i, "code"), "is a state of the world", code)
        for i, code in codes.items()
        if code in labels.states
    ]
    return tuple(codes.values()), problems


def _named(place: object, path: KeyPath = ()) -> Iterable[tuple[KeyPath, str, What]]:
    """Every label in the data, with its path and what it should name."""
    items = place.items() if isinstance(place, dict) else enumerate(place) if isinstance(place, (list, tuple)) else ()
    keys = _keys_of(place, path)
    for key, value in items:
        here = (*path, key)
        if keys:
            yield here, str(key), keys
        what = KEYS.get(str(key)) if key != "groups" or path[:1] == ("policy",) else None
        if what is None:
            yield from _named(value, here)
        elif isinstance(value, str) and value:
            yield here, value, what
        elif isinstance(value, (list, tuple)):
            yield from (((*here, i), item, what) for i, item in enumerate(value) if isinstance(item, str))


def _keys_of(place: object, path: KeyPath) -> What | None:
    """What the keys of a table name, if labels at all."""
    if path and path[-1] in BY_SECTOR and not looks_uncertain(place):
        return "sector"
    return "state" if path and path[-1] in BY_STATE else None


def _may_be_outside(path: KeyPath) -> bool:
    """Whether an actor outside the matrix may stand here: it presses, and does nothing else."""
    pressing = path[-1] in ("by", "coercer", "state") or path[-2:-1] in (("coercers",), ("decides",))
    return path[0] in ("measures", "dispute", "actors") and pressing


def sectors_meant(labels: WorldLabels | None, names: tuple[str, ...]) -> frozenset[str]:
    """Sectors that names and tags stand for; the names themselves where no world is known."""
    if labels is None:
        return frozenset(names)
    return frozenset(
        s for s in labels.sectors for name in names if name in ("all", s) or name in labels.tags.get(s, ())
    )
