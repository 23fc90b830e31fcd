"""Where a policy came from: what its numbers depend on beside the package itself."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from pathlib import Path
from types import FunctionType

from coercion_sim.errors import InvalidInput, Problem
from coercion_sim.policies.base import Policy, PolicyParameters

_PACKAGE = __name__.partition(".")[0]


@dataclass(frozen=True)
class Origin:
    """Of one policy that is not the package's own.

    Attributes
    ----------
    file
        Name of the file its class stands in.
    sha256
        Over the text of that file and of those of the policies it is derived from (line ends apart).
    distribution, version
        Of the installed package it belongs to; empty where it belongs to none.
    """

    file: str
    sha256: str
    distribution: str = ""
    version: str = ""


def text_hash(text: bytes) -> str:
    """SHA-256 of a text; the same whether its lines end as on Windows or not."""
    return hashlib.sha256(text.replace(b"\r\n", b"\n")).hexdigest()


def origin_of(policy: type[Policy]) -> Origin | None:
    """Where a policy came from; None for the package's own.

    Raises
    ------
    InvalidInput
        Where no source text can be found, so that results could not say what they depend on.
    """
    if _top(policy) == _PACKAGE:
        return None
    hashes: dict[str, str] = {}
    for ancestor in _ancestors(policy):
        file, digest = _source(ancestor)
        hashes[digest] = file
    own = next(iter(hashes))
    joined = own if len(hashes) == 1 else text_hash("\n".join(hashes).encode())
    return Origin(hashes[own], joined, *_distribution(policy))


def _ancestors(policy: type[Policy]) -> Iterator[type]:
    """The policy, its parameters, and what both are derived from, as far as it is not the package's own."""
    for start in (policy, policy.Parameters):
        for kind in start.__mro__:
            if issubclass(kind, Policy | PolicyParameters) and _top(kind) != _PACKAGE:
                yield kind


def _source(kind: type) -> tuple[str, str]:
    """(file name, hash of the text) behind a class: as it was when read, where `load_policies` read it."""
    read = vars(kind).get("read_from")
    if read is not None:
        return str(read[0]), str(read[1])
    try:
        path = inspect.getsourcefile(kind)
        if path is not None and Path(path).is_file():
            return Path(path).name, text_hash(Path(path).read_bytes())
    except (OSError, TypeError):
        pass
    return _typed_in(kind)


def _typed_in(kind: type) -> tuple[str, str]:
    """For a class of a notebook cell, whose text only its functions lead to."""
    functions = [f for f in vars(kind).values() if isinstance(f, FunctionType)]
    try:
        texts = [inspect.getsource(f) for f in functions]
    except (OSError, TypeError):
        texts = []
    fields = getattr(kind, "model_fields", None)
    if not texts and not fields:
        why = "has no source text that could be found, so results could not be told apart when it changes"
        raise InvalidInput(Problem(why, key=kind.__qualname__, allowed="a class in a file, given as a policy file"))
    return "(typed in)", text_hash("\n".join([*texts, repr(fields)]).encode())


def _distribution(policy: type[Policy]) -> tuple[str, str]:
    """Name and version of the installed package a policy belongs to; a file the user gave belongs to none."""
    if "read_from" in vars(policy):
        return "", ""
    for name in packages_distributions().get(_top(policy), ()):
        try:
            return name, version(name)
        except PackageNotFoundError:
            continue
    return "", ""


def _top(kind: type) -> str:
    return kind.__module__.partition(".")[0]
