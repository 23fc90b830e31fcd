"""Watch a policy while it answers: whether it reaches for luck or for the clock."""

from __future__ import annotations

import datetime
import os
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType, FunctionType
from typing import Any

import numpy as np

_PACKAGE = __name__.partition(".")[0]
#: Rooms that may look at the clock or make generators while they answer a policy's question.
_OURS = tuple(f"{_PACKAGE}.{room}" for room in ("economy", "dispute", "model", "rng", "world", "games", "errors"))

_CLOCK = ("time", "time_ns", "perf_counter", "perf_counter_ns", "monotonic", "monotonic_ns", "process_time")
_DRAWS = [n for n in dir(random) if callable(getattr(random, n)) and not n.startswith("_")]
_NUMPY = [n for n in dir(np.random) if callable(getattr(np.random, n)) and not n.startswith("_")]
#: (module, its name, what of it gives luck or time).
_SOURCES: tuple[tuple[Any, str, Sequence[str]], ...] = (
    (random, "random", _DRAWS),
    (np.random, "numpy.random", _NUMPY),
    (time, "time", _CLOCK),
    (os, "os", ("urandom", "getrandom")),
    (datetime, "datetime", ("datetime", "date")),
)


@contextmanager
def watched(classes: Sequence[type], report: Callable[[str], None]) -> Iterator[None]:
    """Tell of every use of luck or clock by code that is not the simulator's own; nothing is kept from working.

    Functions are replaced in their modules and, where the policy's module took them by name, there as well. A use that
    goes round that is seen by the state of the global generators, which is put back.
    """
    stand_ins: dict[int, Any] = {}
    for module, name, attributes in _SOURCES:
        for attribute in attributes:
            true = getattr(module, attribute, None)
            if true is not None:
                told = _clock(true, report) if module is datetime else _telling(true, f"{name}.{attribute}", report)
                stand_ins[id(true)] = told
    spaces = [vars(module) for module, _, _ in _SOURCES]
    spaces += {id(f.__globals__): f.__globals__ for kind in classes for f in _functions(kind)}.values()
    undo = [(space, key, value) for space in spaces for key, value in space.items() if id(value) in stand_ins]
    with generators_kept(report):
        for space, key, value in undo:
            space[key] = stand_ins[id(value)]
        try:
            yield
        finally:
            for space, key, value in undo:
                space[key] = value


@contextmanager
def generators_kept(report: Callable[[str], None] = lambda text: None) -> Iterator[None]:
    """Put the global generators of Python and NumPy back as they were, and say if they were moved on."""
    states = random.getstate(), _numpy_state()
    try:
        yield
    finally:
        if random.getstate() != states[0]:
            report("the global generator of `random` was moved on")
            random.setstate(states[0])
        if _numpy_state() != states[1]:
            report("the global generator of `numpy.random` was moved on")
            np.random.set_state(_as_state(states[1]))  # noqa: NPY002  # the global state is what is looked at


def _telling(true: Any, name: str, report: Callable[[str], None]) -> Any:
    """Stand in for a function or class: says that it was used, and does what it stands for."""

    def told(*arguments: Any, **named: Any) -> Any:
        where = _caller()
        if where:
            report(f"uses {name} ({where})")
        return true(*arguments, **named)

    if not isinstance(true, type):
        return told
    meta = type("Told", (type,), {"__call__": lambda cls, *a, **k: told(*a, **k),
                                  "__instancecheck__": lambda cls, thing: isinstance(thing, true)})  # fmt: skip
    return meta(true.__name__, (), {})


def _clock(true: Any, report: Callable[[str], None]) -> Any:
    """Stand in for `datetime.datetime` or `datetime.date`: the same class, but asking the time is told of."""
    asks = [name for name in ("now", "today", "utcnow") if hasattr(true, name)]
    members = {
        name: staticmethod(_telling(getattr(true, name), f"datetime.{true.__name__}.{name}", report)) for name in asks
    }
    return type(true.__name__, (true,), members)


def _caller() -> str:
    """File and line of the policy's code that led here; empty where the simulator itself did."""
    frame: FrameType | None = sys._getframe(2)
    last = ""
    while frame is not None:
        name = frame.f_globals.get("__name__", "")
        if name.startswith(_OURS):
            return ""
        if frame.f_code.co_filename == __file__:  # the way through a stand-in for a class
            frame = frame.f_back
            continue
        if name.startswith(f"{_PACKAGE}.testing"):
            return last
        last = f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}"
        frame = frame.f_back
    return last


def _functions(kind: type) -> Iterator[FunctionType]:
    """Functions of a class and of what it is derived from, the simulator's own apart."""
    for base in kind.__mro__:
        if base is not object and not base.__module__.startswith(f"{_PACKAGE}.policies.base"):
            for value in vars(base).values():
                inner = getattr(value, "fget", None) or getattr(value, "__func__", value)
                if isinstance(inner, FunctionType):
                    yield inner


def _numpy_state() -> tuple[Any, ...]:
    kind, keys, *rest = np.random.get_state(legacy=True)  # noqa: NPY002
    return kind, tuple(np.asarray(keys).tolist()), *rest


def _as_state(state: tuple[Any, ...]) -> tuple[Any, ...]:
    kind, keys, *rest = state
    return kind, np.array(keys, dtype=np.uint32), *rest
