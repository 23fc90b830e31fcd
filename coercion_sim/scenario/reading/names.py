"""Names in a scenario against the names its world knows: states, sectors, tags, groups, elasticity sets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, Literal

from coercion_sim.errors import Problem, nearest
from coercion_sim.files import Document, KeyPath
from coercion_sim.scenario.reading.draft import Draft, Labels
from coercion_sim.scenario.schema.tables import OWN_ELASTICITIES

What = Literal["state", "sector", "group"]
#: Keys, here and in policies' parameters, that hold states, sectors, or groups of states.
KEYS: Final[Mapping[str, What]] = {
    **dict.fromkeys(
        (
            "by", "on", "coercer", "target", "bloc", "competitor", "competitors", "coercers", "rivals", "partners",
            "targets", "state", "states", "allies", "members",
        ),
        "state",
    ),
    **dict.fromkeys(("sector", "sectors"), "sector"),
    "groups": "group",
}  # fmt: skip
#: Tables whose keys are states.
BY_STATE: Final = ("decides",)


def check_names(draft: Draft, labels: Labels) -> list[Problem]:
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
        near = _meant(name, here, words[what])
        problems.append(document.problem(path, f"unknown {what}", name, _first(here), near))
    return problems + _check_elasticities(draft, labels)


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


def expand(labels: Labels | None, names: tuple[str, ...]) -> frozenset[str]:
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
