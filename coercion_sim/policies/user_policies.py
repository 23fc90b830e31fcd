"""Policies of the user: files read and run once, and the texts on which their numbers depend."""

from __future__ import annotations

import ast
import hashlib
import inspect
import re
import sys
import traceback
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, packages_distributions, version
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from coercion_sim.environment import prints_aside
from coercion_sim.errors import InvalidInput, Problem
from coercion_sim.policies.base import Policy, PolicyParameters
from coercion_sim.policies.registry import available_policies, class_problems

_PACKAGE = __name__.partition(".")[0]
#: One file or several.
PolicyFiles = str | Path | Iterable[str | Path]


def load_policies(files: PolicyFiles) -> tuple[type[Policy], ...]:
    """Return every policy class defined in these Python files, in order.

    A class whose name starts with ``_`` is taken for a base of others. The file is run once, under a module name that
    nothing else can import, so that worker processes are sent its classes whole; what it imports must be installed.

    Raises
    ------
    InvalidInput
        For a file that is missing, is not Python, fails when run or defines no policy; and for a policy without
        `name`, `words` or `summary`, with a name already taken, or that cannot be made: all at once, with their lines.
    """
    policies: list[type[Policy]] = []
    problems: list[Problem] = []
    taken = set(available_policies())
    for file in dict.fromkeys(map(Path, (files,) if isinstance(files, str | Path) else files)):
        try:
            source = _Source(file, str(file))
            classes = source.policies()
        except InvalidInput as error:
            problems += error.problems
            continue
        for policy in classes:
            problems += class_problems(policy, taken, source.place)
            taken |= {policy.name} if isinstance(getattr(policy, "name", None), str) else set()
        policies += classes
    InvalidInput.refuse(problems)
    return tuple(policies)


class _Source:
    """One file: its text, and the classes running it leaves."""

    def __init__(self, path: Path, label: str) -> None:
        self.path, self.label = path, label
        raw = self._read()
        self.digest = text_hash(raw)
        try:
            self.tree = ast.parse(raw, filename=str(path))
        except SyntaxError as error:
            line = (error.text or "").strip() or None
            raise InvalidInput(Problem(f"is not valid Python: {error.msg}", label, error.lineno, found=line)) from None
        except ValueError as error:
            raise InvalidInput(Problem(f"is not valid Python: {error}", label)) from None

    def _read(self) -> bytes:
        if not self.path.suffix == ".py":
            raise InvalidInput(Problem("a policy file ends in .py", self.label, found=self.path.suffix or "no ending"))
        try:
            return self.path.read_bytes()
        except FileNotFoundError:
            raise InvalidInput(Problem("no such file", self.label, key="--policy-file")) from None
        except OSError as error:
            raise InvalidInput(Problem(f"cannot be read ({error.strerror})", self.label)) from None

    def policies(self) -> list[type[Policy]]:
        """Run the file; the policies it defines, each knowing which text it was read from."""
        # The hash makes the name another one when the text changes: two versions may be held at once.
        name = f"_policy_file_{re.sub(r'[^0-9A-Za-z_]', '_', self.path.stem)}_{self.digest[:12]}"
        module = ModuleType(name)
        module.__file__ = str(self.path)
        self._run(module)
        classes = [c for c in vars(module).values() if isinstance(c, type) and c.__module__ == name]
        for kind in classes:
            if issubclass(kind, Policy | PolicyParameters):
                kind.read_from = (self.path.name, self.digest)
        chosen = [c for c in dict.fromkeys(classes) if issubclass(c, Policy) and not c.__name__.startswith("_")]
        if not chosen:
            allowed = "a class with coercion_sim.policies.Policy as its base (docs/how-to-write-a-policy.md)"
            raise InvalidInput(Problem("defines no policy", self.label, allowed=allowed))
        return chosen

    def _run(self, module: ModuleType) -> None:
        """Execute the file. Its module is listed only meanwhile: pydantic and dataclasses look their own up."""
        code = compile(self.tree, str(self.path), "exec", dont_inherit=True)
        sys.modules[module.__name__] = module
        try:
            with prints_aside():
                exec(code, module.__dict__)
        except (Exception, SystemExit) as error:
            frames = traceback.extract_tb(error.__traceback__)
            line = next((f.lineno for f in reversed(frames) if f.filename == str(self.path)), None)
            message = (
                f"fails when it is run: {type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
            )
            remedy = "one file whose imports are installed; several files make a package with an entry point"
            allowed = remedy if isinstance(error, ImportError) else None
            raise InvalidInput(Problem(message.rstrip(": "), self.label, line, allowed=allowed)) from None
        finally:
            del sys.modules[module.__name__]

    def place(self, kind: type, attribute: str) -> tuple[str, int | None]:
        """File and line of a class, or of an assignment or method in its body."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ClassDef) and node.name == kind.__name__:
                lines: dict[Any, int] = {}
                for item in node.body:
                    targets = item.targets if isinstance(item, ast.Assign) else [getattr(item, "target", None)]
                    lines |= {t.id: item.lineno for t in targets if isinstance(t, ast.Name)}
                    lines |= {item.name: item.lineno} if isinstance(item, ast.FunctionDef | ast.ClassDef) else {}
                return self.label, lines.get(attribute, node.lineno)
        return self.label, None


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
        why = "has no source text, so results from before and after a change could not be distinguished"
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
