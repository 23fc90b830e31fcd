"""Pieces that several tables of a plan share: dotted keys, lists of known words, and how precise means must be."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, get_args

from coercion_sim.errors import Problem, nearest
from coercion_sim.experiments.design.stopping import Of, StoppingRule
from coercion_sim.experiments.plan.model import Source
from coercion_sim.experiments.plan.values import is_number, looks_like_spread
from coercion_sim.files import KeyPath
from coercion_sim.outcomes import KEYS, OUTCOMES

_MEASURED = tuple(c.name for c in OUTCOMES if c not in KEYS and c.type in ("int", "float"))
_PRECISION = ("until", "half_width", "at_most", "confidence", "of")
_MOST = 10_000_000


def flatten(table: Mapping[str, Any], place: KeyPath, above: str = "") -> Iterator[tuple[str, Any, KeyPath]]:
    """Every (dotted key, value, place) of a table with keys dotted, quoted or nested; a distribution is a value."""
    for key, value in table.items():
        dotted, here = f"{above}.{key}" if above else key, (*place, key)
        if isinstance(value, Mapping) and not looks_like_spread(value):
            yield from flatten(value, here, dotted)
        else:
            yield dotted, value, here


def read_words(
    given: object, place: KeyPath, known: Iterable[str], what: str, source: Source, problems: list[Problem]
) -> tuple[str, ...] | None:
    """Read a list of known words; None where nothing is given."""
    if given is None:
        return None
    if not isinstance(given, list) or not all(isinstance(word, str) for word in given):
        problems.append(source.problem(place, "must be a list of words", given, ", ".join(known)))
        return None
    for i, word in enumerate(given):
        if word not in known:
            near = nearest(word, known)
            problems.append(source.problem((*place, i), f"unknown {what}", word, ", ".join(known), near))
    return tuple(given)


def read_stopping(table: Mapping[str, Any], source: Source) -> tuple[StoppingRule | None, list[Problem]]:
    """Read ``replicates = { until = ..., half_width = ..., at_most = ... }``."""
    problems: list[Problem] = []

    def wrong(key: str, message: str, allowed: str, near: str | None = None) -> None:
        problems.append(source.problem(("replicates", key), message, table.get(key), allowed, near))

    strange = {key: nearest(key, _PRECISION) for key in table if key not in _PRECISION}
    for key, near in strange.items():
        problems.append(source.problem(("replicates", key), "unknown key", None, ", ".join(_PRECISION), near))
    lacking = [key for key in ("until", "half_width", "at_most") if key not in {*table, *strange.values()}]
    problems += [source.problem(("replicates", key), "must be given", None, _ALLOWED[key]) for key in lacking]
    until, of = table.get("until"), table.get("of", "level")
    half, most, confidence = table.get("half_width"), table.get("at_most"), table.get("confidence", 0.95)
    if until is not None and until not in _MEASURED:
        wrong("until", "unknown outcome", ", ".join(_MEASURED), nearest(str(until), _MEASURED))
    if half is not None and not (is_number(half) and math.isfinite(half) and half > 0):
        wrong("half_width", "out of range", _ALLOWED["half_width"])
    if most is not None and not (is_number(most) and isinstance(most, int) and 2 <= most <= _MOST):
        wrong("at_most", "out of range", _ALLOWED["at_most"])
    if not (is_number(confidence) and 0 < confidence < 1):
        wrong("confidence", "out of range", "above 0 and below 1, e.g. 0.95")
    if of not in get_args(Of):
        wrong("of", "unknown word", ", ".join(get_args(Of)), nearest(str(of), get_args(Of)))
    if problems:
        return None, problems
    return StoppingRule(str(until), float(str(half)), int(str(most)), float(confidence), of), []


_ALLOWED = {
    "until": "an outcome; see `coercion-sim list outcomes`",
    "half_width": "a number above 0, in the outcome's unit",
    "at_most": f"a whole number, 2 to {_MOST}",
}
