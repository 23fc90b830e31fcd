"""A policy that asks another for every answer, several times over, and notes what is not as it should be."""

from __future__ import annotations

import copy
import traceback
from collections.abc import Callable, Iterable, Sequence
from dataclasses import FrozenInstanceError
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from coercion_sim.economy import Measure
from coercion_sim.errors import InvalidInput
from coercion_sim.experiments import world_hash
from coercion_sim.policies import Outlook, Pledge, Policy, Response, Situation
from coercion_sim.testing.answers import Found, amend_problems, help_problems, pledge_problems, response_problems
from coercion_sim.testing.guard import watched
from coercion_sim.testing.report import Violation

_PACKAGE = __name__.partition(".")[0]


class WatchedPolicy(Policy):
    """Stands between the model and a policy under test.

    Parameters
    ----------
    make
        Makes a fresh instance of the policy under test.
    violations
        Where what is found is put down.
    """

    name = "watched"
    words = "(for tests)"
    summary = "What the policy watched does."

    def __init__(self, make: Callable[[], Policy], violations: dict[Violation, None]) -> None:
        self.make = make
        self.inner = make()
        super().__init__(self.inner.parameters)
        self.violations = violations
        self.answers: list[tuple[str, str]] = []
        self.classes = type(self.inner), type(self.inner.parameters)

    # ------------------------------------------------------------------ hooks

    def respond(self, situation: Situation) -> Response:
        """Ask, and judge dates, purposes, measures and help."""
        where = f"respond, quarter {situation.quarter}"
        found = self._ask(where, "respond", situation, (situation,))
        if found is _FAILED:
            return Response()
        self._note(where, response_problems(found, situation.world, situation.quarter, situation.last_quarter))
        if isinstance(found, Response):
            losses = {t: situation.income_loss(t) for t in {m.on for m in situation.pressure()}
                      if t in situation.world.states}  # fmt: skip
            self._note(where, help_problems(found.measures, losses, _sales(situation)))
        return found if isinstance(found, Response) else Response()

    def prepare(self, situation: Situation) -> Response:
        """Ask, and judge dates, purposes and measures."""
        found = self._ask("prepare", "prepare", situation, (situation,))
        if found is _FAILED:
            return Response()
        self._note("prepare", response_problems(found, situation.world, None, situation.last_quarter))
        return found if isinstance(found, Response) else Response()

    def pledge(self, outlook: Outlook, coercer: str, target: str) -> Pledge | None:
        """Ask, and judge the promise."""
        where = f"pledge, {coercer} on {target}"
        found = self._ask(where, "pledge", outlook, (outlook, coercer, target))
        if found is _FAILED:
            return None
        self._note(where, pledge_problems(found, outlook.world, coercer, target))
        return found if isinstance(found, Pledge) else None

    def amend_pledge(self, pledge: Pledge, outlook: Outlook, coercer: str, target: str) -> Pledge:
        """Ask, and judge the promise it becomes."""
        where = f"amend_pledge, {coercer} on {target}"
        found = self._ask(where, "amend_pledge", outlook, (pledge, outlook, coercer, target))
        if found is _FAILED:
            return pledge
        if found is None:
            self._note(where, [("valid_pledge", "is None: return the pledge as it is, or changed")])
        self._note(where, pledge_problems(found, outlook.world, coercer, target))
        return found if isinstance(found, Pledge) else pledge

    def amend(self, outlook: Outlook, measures: tuple[Measure, ...]) -> tuple[Measure, ...]:
        """Ask, and judge whether measures are only weakened or dropped."""
        found = self._ask("amend", "amend", outlook, (outlook, measures))
        if found is _FAILED:
            return measures
        problems = tuple(amend_problems(measures, found, outlook.world))
        self._note("amend", problems)
        return measures if problems else found

    @property
    def shield(self) -> float:
        """The share of spill-over it prevents, judged."""
        found = self.inner.shield
        if not (isinstance(found, int | float) and 0.0 <= found <= 1.0):
            self._note("shield", [("valid_answer", f"{found!r}; allowed: 0 to 1")])
            return 0.0
        return float(found)

    # ------------------------------------------------------------------ asking

    def _ask(self, where: str, hook: str, seen: Outlook, arguments: tuple[Any, ...]) -> Any:
        """Ask the instance twice and a fresh one once; all must agree, and leave everything as it was."""
        fresh = self.make()
        before = world_hash(seen.world), _shown(seen), repr(arguments[:1] if hook == "amend_pledge" else "")
        own, shared = _attributes(self.inner), _class_attributes(self.classes)
        luck: list[Found] = []
        with watched(self.classes, lambda text: luck.append(("luck_by_event", text))):
            first, again, anew = (
                self._call(policy, where, hook, arguments) for policy in (self.inner, self.inner, fresh)
            )
        self._note(where, luck)
        if _FAILED not in (first, again, anew):
            texts = [_text(answer) for answer in (first, again, anew)]
            if texts[0] != texts[1]:
                self._note(where, [("deterministic", f"asked twice: {_difference(texts[0], texts[1])}")])
            elif texts[0] != texts[2]:
                self._note(
                    where, [("stateless", f"a new instance answers otherwise: {_difference(texts[0], texts[2])}")]
                )
            self.answers.append((where, texts[0]))
        after = world_hash(seen.world), _shown(seen), repr(arguments[:1] if hook == "amend_pledge" else "")
        for what, was, now in zip(("the world", "the situation", "the pledge"), before, after, strict=True):
            if was != now:
                self._note(where, [("hands_off", f"changes {what}")])
        changed = _changes(own, _attributes(self.inner)) + _changes(shared, _class_attributes(self.classes))
        self._note(where, [("stateless", f"changes {name}") for name in changed])
        return first

    def _call(self, policy: Policy, where: str, hook: str, arguments: tuple[Any, ...]) -> Any:
        try:
            return getattr(policy, hook)(*arguments)
        except Exception as error:
            self._note(where, [(_rule_of(error), _told(error))])
            return _FAILED

    def _note(self, where: str, found: Iterable[Found]) -> None:
        for rule, text in found:
            self.violations.setdefault(Violation(rule, where, text))


class _Failed:
    """In place of an answer that was none."""


_FAILED: Any = _Failed()


def _sales(situation: Situation) -> Callable[[str, str, Sequence[str]], float]:
    """Sales that are 0 where a measure names what is not there; that is said elsewhere."""

    def sales(exporter: str, importer: str, sectors: Sequence[str]) -> float:
        try:
            return situation.sales(exporter, importer, sectors)
        except InvalidInput:
            return 0.0

    return sales


def _shown(seen: Outlook) -> str:
    """What a situation shows, as text."""
    pressure = getattr(seen, "pressure", None)
    return repr(pressure()) if pressure is not None else ""


def _attributes(policy: Policy) -> dict[str, Any]:
    """What an instance holds; what it may keep from being computed twice is left out."""
    kept = {k for kind in type(policy).__mro__ for k, v in vars(kind).items() if isinstance(v, cached_property)}
    return {f"self.{k}": _copy(v) for k, v in vars(policy).items() if k not in kept}


def _class_attributes(classes: Sequence[type]) -> dict[str, Any]:
    """What the author's classes hold, methods apart."""
    return {
        f"{kind.__name__}.{name}": _copy(value)
        for top in classes
        for kind in top.__mro__
        if kind.__module__.partition(".")[0] not in (_PACKAGE, "pydantic", "builtins", "abc")
        for name, value in vars(kind).items()
        if not name.startswith(("__", "_abc", "model_")) and not callable(value)
    }


def _copy(value: Any) -> Any:
    try:
        return copy.deepcopy(value)
    except Exception:
        return value


def _changes(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    def differs(name: str) -> bool:
        if (name in before) != (name in after):
            return True
        return type(before[name]) is not type(after[name]) or repr(before[name]) != repr(after[name])

    return [name for name in dict.fromkeys((*before, *after)) if differs(name)]


def _text(answer: Any) -> str:
    """Every number of an answer to the last bit."""
    return repr(answer)


def _difference(one: str, other: str) -> str:
    """The first place where two answers differ."""
    at = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    start = max(0, at - 30)
    return f"...{one[start : at + 30]}... and ...{other[start : at + 30]}..."


def _rule_of(error: Exception) -> str:
    """Which rule an error in a policy breaks."""
    if isinstance(error, FrozenInstanceError) or "read-only" in str(error):
        return "hands_off"
    if isinstance(error, ValidationError) and "frozen" in str(error):
        return "stateless"
    return "valid_answer" if isinstance(error, InvalidInput) else "runs"


def _told(error: Exception) -> str:
    frames = [f for f in traceback.extract_tb(error.__traceback__) if Path(f.filename) != Path(__file__)]
    where = f" ({Path(frames[0].filename).name}:{frames[0].lineno})" if frames else ""
    return f"raises {type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}{where}"
