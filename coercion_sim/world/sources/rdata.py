"""One data frame of an R file (`save` in binary form), read without R: format from "R Internals", section 1.8."""

from __future__ import annotations

import bz2
import gzip
import lzma
import struct
from typing import IO, Any, cast

import numpy as np

from coercion_sim.errors import Problem, WorldError

# Types of items, by their numbers in the format.
_SYMBOL, _LIST, _STRING, _LOGICAL, _INTEGER, _REAL, _TEXTS, _VECTOR = 1, 2, 9, 10, 13, 14, 16, 19
_POINTER, _ALTERNATIVE, _REFERENCE, _NOTHING = 22, 238, 255, 254
#: Items without content: base and global environments, missing argument, unbound value, empty environment, nothing.
_EMPTY = {241, 242, 247, 250, 251, 252, 253, _NOTHING}
_MISSING = -(2**31)
_DAMAGED = (
    EOFError, ValueError, TypeError, IndexError, AttributeError, struct.error, lzma.LZMAError, RecursionError, OSError,
    MemoryError,
)  # fmt: skip


class _Reader:
    def __init__(self, stream: IO[bytes]) -> None:
        self.stream = stream
        self.references: list[Any] = []

    def bytes(self, count: int) -> bytes:
        data = self.stream.read(count)
        if len(data) != count:
            raise EOFError("the file ends early")
        return data

    def integer(self) -> int:
        return int(struct.unpack(">i", self.bytes(4))[0])

    def length(self) -> int:
        count = self.integer()
        if not 0 <= count <= 100_000_000:
            raise ValueError(f"a vector of length {count}")
        return count

    def item(self) -> Any:
        """Read the next item; vectors of numbers are arrays, data frames ``(attributes, columns)``."""
        flags = self.integer()
        kind, attributes, tag = flags & 255, bool(flags & 512), bool(flags & 1024)
        if kind == _LIST:
            return self.pairs(attributes, tag)
        if kind in _EMPTY:
            return None
        if kind == _REFERENCE:
            at = flags >> 8 or self.integer()
            return self.references[at - 1]
        if kind == _SYMBOL:
            self.references.append(self.item())
            return self.references[-1]
        if kind == _POINTER:
            self.references.append(None)
            self.item(), self.item()
        value = self.content(kind)
        pairs = self.item() if attributes else None
        if isinstance(pairs, dict) and kind == _INTEGER and "levels" in pairs:
            return [None if at == _MISSING else pairs["levels"][at - 1] for at in value]
        return (pairs or {}, value) if kind == _VECTOR else value

    def content(self, kind: int) -> Any:
        """Content of an item that is not a list of pairs, attributes not included."""
        if kind == _STRING:
            count = self.integer()
            return None if count == -1 else self.bytes(count).decode("utf-8", errors="replace")
        if kind in (_LOGICAL, _INTEGER):
            return np.frombuffer(self.bytes(4 * (count := self.length())), ">i4", count)
        if kind == _REAL:
            return np.frombuffer(self.bytes(8 * (count := self.length())), ">f8", count)
        if kind in (_TEXTS, _VECTOR):
            return [self.item() for _ in range(self.length())]
        if kind == _ALTERNATIVE:
            return self.alternative()
        if kind == _POINTER:
            return None
        raise ValueError(f"an item of type {kind}")

    def alternative(self) -> Any:
        """Read a vector in R's compact form: a run of whole numbers, or one that wraps another."""
        information, state, _ = self.item(), self.item(), self.item()
        name = next(iter(information.values())) if isinstance(information, dict) else information
        if name in ("compact_intseq", "compact_realseq"):
            count, first, step = (float(x) for x in state)
            return first + step * np.arange(int(count))
        return state[1][0] if isinstance(state, tuple) else next(iter(state.values()))

    def pairs(self, attributes: bool, tag: bool) -> dict[Any, Any]:
        """Read a list of pairs to its end; keys are tags, or positions."""
        pairs: dict[Any, Any] = {}
        while True:
            if attributes:
                self.item()
            key = self.item() if tag else len(pairs)
            pairs[key] = self.item()
            flags = self.integer()
            if flags & 255 == _NOTHING:
                return pairs
            if flags & 255 != _LIST:
                raise ValueError("a list of pairs without an end")
            attributes, tag = bool(flags & 512), bool(flags & 1024)


def read_frame(stream: IO[bytes], name: str, frame: str) -> tuple[list[str], list[Any]]:
    """Names and columns of the data frame `frame`; columns of numbers are arrays, of text lists.

    Raises
    ------
    WorldError
        For a file that is no R file, is damaged, or has no such data frame.
    """
    try:
        opened = _opened(stream)
        magic = opened.read(7)
        if magic not in (b"RDX2\nX\n", b"RDX3\nX\n"):
            raise WorldError(Problem("is not an R file in binary form (RDX2 or RDX3)", file=name))
        reader = _Reader(opened)
        version = reader.integer()
        reader.integer(), reader.integer()
        if version == 3:
            reader.bytes(reader.length())
        objects = reader.item()
        attributes, columns = objects[frame]
        if not all(isinstance(column, list | np.ndarray) for column in columns):
            raise ValueError("a column that is not a vector")
        return [str(text) for text in attributes["names"]], columns
    except KeyError:
        listed = ", ".join(map(str, objects)) if isinstance(objects, dict) else "none"
        raise WorldError(Problem(f"has no data frame {frame}", file=name, found=listed)) from None
    except _DAMAGED as error:
        raise WorldError(Problem(f"is not a readable R file ({error})", file=name)) from None


def _opened(stream: IO[bytes]) -> IO[bytes]:
    """The stream uncompressed, whichever of R's three ways it was compressed in."""
    start = stream.read(6)
    stream.seek(0)
    if start[:2] == b"\x1f\x8b":
        return cast("IO[bytes]", gzip.GzipFile(fileobj=stream))
    if start[:3] == b"BZh":
        return bz2.BZ2File(stream)
    return lzma.LZMAFile(stream) if start == b"\xfd7zXZ\x00" else stream
