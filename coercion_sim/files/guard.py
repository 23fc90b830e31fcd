"""The guard of every reader: whatever goes wrong while a file is read is a named error with file and remedy.

Also the limits of data that was parsed: depth of nesting and size of whole numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from coercion_sim.errors import CoercionSimError, InvalidInput, Problem

#: Nesting of a table or list, and digits of a whole number (TOML's are of 64 bits).
DEEPEST = 100
_DIGITS = 18
#: Characters of a library's own words in a message.
_WORDS = 160


@contextmanager
def guarded(
    path: str | Path,
    what: str,
    error: Callable[[Problem], CoercionSimError] = InvalidInput,
    remedy: str | None = None,
    key: str | None = None,
) -> Iterator[None]:
    """Turn any failure of the block into `error` with file, reason and remedy; named errors pass as they are.

    Parameters
    ----------
    path, key
        File and, where only a part of it is read, the part.
    what
        Kind of file: "is not a readable ..." in the message; "cannot be read" where empty.
    remedy
        What to do; in the message as the values allowed.
    """
    try:
        yield
    except CoercionSimError:
        raise
    except Exception as fault:  # MemoryError and RecursionError included: sizes and depths are the file's
        unread = not what or (isinstance(fault, OSError) and fault.strerror)
        readable = "cannot be read" if unread else f"is not a readable {what}"
        message = "no such file" if isinstance(fault, FileNotFoundError) else f"{readable} ({reason(fault)})"
        raise error(Problem(message, file=str(path), key=key, allowed=remedy)) from fault


def reason(fault: Exception) -> str:
    """Describe a failure in a few words on one line."""
    if isinstance(fault, RecursionError):
        return "nested too deeply"
    if isinstance(fault, MemoryError):
        return "larger than memory"
    words = " ".join(str(fault.strerror if isinstance(fault, OSError) and fault.strerror else fault).split())
    words = "".join(c if c.isprintable() else "?" for c in words)
    return (words if len(words) <= _WORDS else f"{words[: _WORDS - 3]}...") or type(fault).__name__


def check_limits(data: object, deepest: int = DEEPEST) -> None:
    """Refuse parsed data nested more than `deepest` levels, or with whole numbers of more than 18 digits.

    Raises
    ------
    ValueError
        Naming the limit and the key.
    """
    largest = 10**_DIGITS
    waiting: list[tuple[Any, tuple[str | int, ...]]] = [(data, ())]
    while waiting:
        value, path = waiting.pop()
        if len(path) > deepest:
            raise ValueError(f"nested more than {deepest} deep at {_spelt(path[:2])}")
        inside = value.items() if isinstance(value, dict) else enumerate(value)
        for part, item in inside:
            if isinstance(item, dict | list):
                waiting.append((item, (*path, part)))
            elif isinstance(item, int) and not -largest < item < largest:
                raise ValueError(f"a whole number of more than {_DIGITS} digits at {_spelt((*path, part))}")


def _spelt(path: tuple[str | int, ...]) -> str:
    """Spell a path in a few words."""
    text = ".".join(str(part)[:40] if isinstance(part, str) else f"[{part + 1}]" for part in path)
    return text.replace(".[", "[")[:120]
