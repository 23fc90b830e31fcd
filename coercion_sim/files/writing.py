"""The way out: files written whole, their hashes, and values written as TOML.

A killed process leaves the old file or the new one.
"""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any


def write_whole(path: Path, write: Callable[[Path], None]) -> None:
    """Let `write` fill a temporary file in the same folder, then put it in place in one step.

    An error of the operating system names `path`.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        write(temporary)
        put_in_place(temporary, path)
    except OSError as error:
        error.filename = str(path) if error.filename in (str(temporary), temporary) else error.filename
        raise
    finally:
        temporary.unlink(missing_ok=True)


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file whole."""
    write_whole(path, lambda temporary: _dump(temporary, data))


def write_text(path: Path, text: str) -> None:
    """Write a text file whole, in UTF-8 with Unix line ends on every platform."""
    write_bytes(path, text.encode("utf-8"))


def put_in_place(temporary: Path, path: Path) -> None:
    """Flush a finished temporary file to disk and rename it to `path`, replacing a file of that name."""
    with temporary.open("rb+") as handle:
        os.fsync(handle.fileno())
    temporary.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Flush the names in a folder to disk."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _dump(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def plain_data(value: Any) -> Any:
    """Dataclasses, mappings, tuples and arrays as JSON data; numbers that are not finite become null."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain_data(asdict(value))
    if isinstance(value, Mapping):
        return {key: plain_data(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain_data(item) for item in value]
    if hasattr(value, "tolist"):
        return plain_data(value.tolist())
    return None if isinstance(value, float) and not math.isfinite(value) else value


@cache
def code_hash(rooms: tuple[str, ...]) -> str:
    """SHA-256 over the modules of these rooms (folders, or files with their ending), by path and text.

    Line ends do not count, so that a checkout on Windows has the same hash.
    """
    root = Path(__file__).resolve().parents[1]
    digest = hashlib.sha256()
    for room in rooms:
        path = root / room
        for module in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            digest.update(module.relative_to(root).as_posix().encode())
            digest.update(module.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()


def toml_text(text: str) -> str:
    """Return a TOML basic string: quotes, backslashes and control characters escaped."""
    short = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}
    return '"' + "".join(short.get(c) or (c if c.isprintable() else f"\\U{ord(c):08x}") for c in text) + '"'


def toml_list(words: Sequence[str]) -> str:
    """Return a list of text on one line."""
    return "[" + ", ".join(toml_text(word) for word in words) + "]"


def toml_table(table: Mapping[str, str | float | Sequence[str]]) -> str:
    """Return an inline table of text, numbers and lists of text; keys must be bare."""
    return "{ " + ", ".join(f"{key} = {_value(value)}" for key, value in table.items()) + " }"


def _value(value: str | float | Sequence[str]) -> str:
    if isinstance(value, str):
        return toml_text(value)
    return repr(float(value)) if isinstance(value, float | int) else toml_list(value)


def toml_block(key: str, items: Sequence[str]) -> list[str]:
    """Return the lines of an array with one item a line."""
    return ["", f"{key} = [", *(f"  {item}," for item in items), "]"]
