"""Policies of a file the user names: read it, run it once, and take the policies it defines."""

from __future__ import annotations

import ast
import re
import sys
import traceback
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

from coercion_sim.errors import InvalidInput, Problem
from coercion_sim.policies.base import Policy, PolicyParameters
from coercion_sim.policies.origins import text_hash
from coercion_sim.policies.registry import available_policies
from coercion_sim.policies.soundness import class_problems

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
    found: list[type[Policy]] = []
    problems: list[Problem] = []
    taken = set(available_policies())
    for file in dict.fromkeys((files,) if isinstance(files, str | Path) else files):
        try:
            source = _Source(Path(file), str(file))
            classes = source.policies()
        except InvalidInput as error:
            problems += error.problems
            continue
        for policy in classes:
            problems += class_problems(policy, taken, source.place)
            taken |= {policy.name} if isinstance(getattr(policy, "name", None), str) else set()
        found += classes
    if problems:
        raise InvalidInput(problems)
    return tuple(found)


class _Source:
    """One file: its text, and the classes running it leaves."""

    def __init__(self, path: Path, shown: str) -> None:
        self.path, self.shown = path, shown
        raw = self._read()
        self.digest = text_hash(raw)
        try:
            self.tree = ast.parse(raw, filename=str(path))
        except SyntaxError as error:
            line = (error.text or "").strip() or None
            raise InvalidInput(Problem(f"is not valid Python: {error.msg}", shown, error.lineno, found=line)) from None
        except ValueError as error:
            raise InvalidInput(Problem(f"is not valid Python: {error}", shown)) from None

    def _read(self) -> bytes:
        if not self.path.suffix == ".py":
            raise InvalidInput(Problem("a policy file ends in .py", self.shown, found=self.path.suffix or "no ending"))
        try:
            return self.path.read_bytes()
        except FileNotFoundError:
            raise InvalidInput(Problem("no such file", self.shown, key="--policy-file")) from None
        except OSError as error:
            raise InvalidInput(Problem(f"cannot be read ({error.strerror})", self.shown)) from None

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
            raise InvalidInput(Problem("defines no policy", self.shown, allowed=allowed))
        return chosen

    def _run(self, module: ModuleType) -> None:
        """Execute the file. Its module is listed only meanwhile: pydantic and dataclasses look their own up."""
        code = compile(self.tree, str(self.path), "exec", dont_inherit=True)
        sys.modules[module.__name__] = module
        try:
            exec(code, module.__dict__)
        except (Exception, SystemExit) as error:
            frames = traceback.extract_tb(error.__traceback__)
            line = next((f.lineno for f in reversed(frames) if f.filename == str(self.path)), None)
            message = (
                f"fails when it is run: {type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
            )
            remedy = "one file whose imports are installed; several files make a package with an entry point"
            allowed = remedy if isinstance(error, ImportError) else None
            raise InvalidInput(Problem(message.rstrip(": "), self.shown, line, allowed=allowed)) from None
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
                return self.shown, lines.get(attribute, node.lineno)
        return self.shown, None
