"""What a class must have before it may be called a policy."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Collection
from typing import Any

from pydantic import ValidationError

from coercion_sim.errors import Problem
from coercion_sim.policies.base import Policy, PolicyParameters

_PACKAGE = __name__.partition(".")[0]
_NAME = re.compile(r"[A-Za-z0-9_-]+")
#: Says where a class, or one of its attributes, is written: (class, attribute or "") -> (file, line).
Place = Callable[[type, str], tuple[str | None, int | None]]


def class_problems(policy: type[Policy], taken: Collection[str], place: Place) -> list[Problem]:
    """Everything that keeps a class from being used as a policy.

    Parameters
    ----------
    policy
        The class.
    taken
        Names it may not have.
    place
        Where it is written.
    """
    problems: list[Problem] = []

    def add(attribute: str, message: str, **more: Any) -> None:
        problems.append(Problem(message, *place(policy, attribute), policy.__qualname__, **more))

    for attribute, example in _WORDS.items():
        value = _own(policy, attribute)
        if value is None:
            add("", f"has no `{attribute}`", allowed=f"a line {attribute} = {example} in the class")
        elif not isinstance(value, str) or not value.strip():
            add(attribute, f"`{attribute}` is no text", found=repr(value), allowed=f"{attribute} = {example}")
    name = _own(policy, "name")
    if isinstance(name, str) and name.strip():
        if not _NAME.fullmatch(name):
            add(
                "name",
                "`name` cannot be typed in a scenario file",
                found=repr(name),
                allowed="letters, digits, _ and -",
            )
        elif name in taken:
            add("name", f"there is a policy {name!r} already", allowed="another name")
    model: object = policy.Parameters
    if not (isinstance(model, type) and issubclass(model, PolicyParameters)):
        what = "a subclass of coercion_sim.policies.PolicyParameters, or no line `Parameters` for none"
        add("Parameters", "`Parameters` is no parameter model", found=repr(model), allowed=what)
    elif inspect.isabstract(policy):
        missing = ", ".join(f"{method}(...)" for method in sorted(policy.__abstractmethods__))
        base = f"write it; or call the class _{policy.__name__} where it is only a base of others"
        add("", f"cannot be made: it lacks the method {missing}", allowed=base)
    else:
        trouble = _making(policy)
        if trouble:
            add("__init__", f"cannot be made from its parameters: {trouble}", allowed="__init__(self, parameters=None)")
    return problems


_WORDS = {"name": '"my_policy"', "words": '"the sentence it puts on trial"', "summary": '"What it does. Price: ..."'}


def _own(policy: type[Policy], attribute: str) -> object:
    """An attribute the user wrote: one inherited from the package's own policies would be somebody else's."""
    users = policy.__module__.partition(".")[0] != _PACKAGE
    for kind in policy.__mro__:
        if attribute in vars(kind):
            return None if users and kind.__module__.partition(".")[0] == _PACKAGE else vars(kind)[attribute]
    return None


def _making(policy: type[Policy]) -> str:
    """What goes wrong when an instance is made at the defaults; empty where nothing does."""
    try:
        parameters = policy.Parameters()
    except ValidationError:
        return ""  # a parameter must be given: the scenario's table says so
    try:
        policy(parameters)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""
