"""Named errors. Each has the exit code of the command line and names the remedy.

Exit codes: 0 ok, 1 our bug, 2 usage, 3 invalid input, 4 some runs failed (results kept),
5 results do not match their scenario, 130 interrupted and resumable.
"""

from __future__ import annotations

import difflib
import errno
import sys
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

#: Problems of one error that are printed; the others are counted.
MOST_LISTED = 20
#: Characters of a part of a problem that are printed.
_LONGEST = 2_000


@dataclass(frozen=True)
class Problem:
    """One thing wrong with an input: its place, the value, the values allowed, the nearest right spelling.

    A warning is about an input that can be used and does not do what it says.
    """

    message: str
    file: str | None = None
    line: int | None = None
    key: str | None = None
    found: str | None = None
    allowed: str | None = None
    suggestion: str | None = None
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        where = ":".join(str(part) for part in (self.file, self.line) if part is not None)
        text = f"{where}: " if where else ""
        text += f"{_cut(self.key)}: {_cut(self.message)}" if self.key else _cut(self.message)
        if self.found is not None:
            text += f"; found {_cut(self.found)}"
        if self.allowed is not None:
            text += f"; allowed: {_cut(self.allowed)}"
        if self.suggestion is not None:
            text += f"; did you mean {_cut(self.suggestion)}?"
        return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}... ({len(text):,} characters)"


def spell(value: object) -> str:
    """Spell a value as in a TOML file, cut at 80 characters."""
    text = str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word spelt most like `word` (case ignored), or None if none comes close."""
    by_fold = {name.casefold(): name for name in known}
    folded = word.casefold()
    close = difflib.get_close_matches(folded, by_fold, n=3, cutoff=0.6)

    def likeness(name: str) -> tuple[float, bool]:
        """Ratio of what is shared; of two that share as much, the one that begins alike is nearer."""
        return difflib.SequenceMatcher(None, name, folded).ratio(), name[:1] == folded[:1]

    return by_fold[max(close, key=likeness)] if close else None


def unlisted(message: str, names: Iterable[str], known: Iterable[str], key: str | None = None) -> list[Problem]:
    """Return one problem for every name that is not among the known ones, which it lists, the nearest first."""
    listed = tuple(known)
    allowed = ", ".join(listed) or "none"
    return [Problem(message, None, None, key, repr(n), allowed, nearest(n, listed)) for n in names if n not in listed]


class CoercionSimError(Exception):
    """Anything the package raises on purpose."""

    exit_code = 1


class InvalidInput(CoercionSimError):
    """What the user gave cannot be used; `problems` lists everything wrong with it at once."""

    exit_code = 3

    def __init__(self, problems: Problem | str | Iterable[Problem]) -> None:
        if isinstance(problems, str):
            problems = Problem(problems)
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(self.lines))

    @classmethod
    def refuse(cls, problems: Iterable[Problem]) -> None:
        """Raise this error with every problem; nothing happens without any."""
        if listed := tuple(problems):
            raise cls(listed)

    @property
    def lines(self) -> list[str]:
        """One line for each problem, the first 20 at most; then how many more."""
        more = len(self.problems) - MOST_LISTED
        listed = [str(problem) for problem in self.problems[:MOST_LISTED]]
        return [*listed, f"and {more} more"] if more > 0 else listed

    def __reduce__(self) -> tuple[type[InvalidInput], tuple[tuple[Problem, ...]]]:
        """Survive the trip between worker processes with every problem intact."""
        return type(self), (self.problems,)


class WorldError(InvalidInput):
    """A world is malformed: wrong shapes, negative flows, shares that miss 1, an unknown state or sector."""


class MeasureError(InvalidInput):
    """A measure names an unknown state or sector, or its rate, open share, factor or dates are out of range."""


class ScenarioError(InvalidInput):
    """A scenario file is malformed or contradicts itself or its world."""


class GameError(InvalidInput):
    """A game, its file, or the rationality folded for cannot be used; each problem names the path in the tree."""


class NothingToPressWith(GameError):
    """Every package of a coercer is without effect or struck out by the screen."""


class NoSupplierError(InvalidInput):
    """The measures leave a buyer without any supplier of a good it needs; says which sector and state."""


class ConvergenceError(CoercionSimError):
    """An equilibrium was not found within the sweeps allowed. Never returned as a result."""

    exit_code = 4


class InfeasibleError(ConvergenceError):
    """The equilibrium found leaves a state without income or a market open; says which. Never returned as a result."""


#: `errno` of a full disk, quota or file.
NO_ROOM = (errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC))


class NoRoomError(CoercionSimError):
    """The disk, the quota or the file is full after some runs; they are kept, and the same command continues."""

    exit_code = 4


class ResultsError(CoercionSimError):
    """A results folder is incomplete, empty, of another version, or does not match its scenario."""

    exit_code = 5

    def __init__(self, message: str | Problem) -> None:
        super().__init__(str(message))


def note_warning(message: Warning | str, *_: Any, **__: Any) -> None:
    """Print a warning as a note of 80 columns, without the file and line that gave it (`warnings.showwarning`)."""
    print("\n".join(textwrap.wrap(f"note: {message}", 80, subsequent_indent="  ")), file=sys.stderr)
