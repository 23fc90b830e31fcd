"""Hashes of files: of results, to see that they are whole, and of the package's own code, to know which code ran."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path


def sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


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
