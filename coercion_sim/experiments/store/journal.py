"""The journal: finished runs, appended as they arrive, so that a process killed at any moment loses none of them."""

from __future__ import annotations

import json
import mmap
import os
import struct
import time
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, NamedTuple, Protocol

import pyarrow as pa

from coercion_sim.errors import ResultsError
from coercion_sim.experiments.store.tables import Rows, RunMark

JOURNAL = "journal.bin"

_MAGIC = b"CSJ2"
#: Magic, length of the header, length of the payload, checksum of both.
_FRAME = struct.Struct("<4sIQI")
#: Seconds between flushes to the disk: a killed process loses nothing, a power cut no more than this.
_FLUSH_EVERY = 5.0
#: LZ4 takes a fifth of zstd's time for a fifth more bytes, which last until the tables are written. One thread: columns
#: this small are packed faster than passed on.
_WRITING = pa.ipc.IpcWriteOptions(compression="lz4", use_threads=False)
_READING = pa.ipc.IpcReadOptions(use_threads=False)


class Entry(NamedTuple):
    """One task in the journal: the position of its rows, its runs, and the key of each run's point."""

    at: int
    runs: tuple[RunMark, ...]
    keys: tuple[str, ...]


class Record(Protocol):
    """Finished tasks, readable in any order."""

    def entries(self) -> Iterator[Entry]:
        """Every task, in order of arrival."""

    def read(self, at: int) -> Rows:
        """Rows of one task."""


class GrowingRecord(Record, Protocol):
    """A record that takes more tasks."""

    def add(self, rows: Rows, keys: Sequence[str]) -> None:
        """Keep the rows of one task; `keys` are the keys of the points of its runs (`Design.point_keys`)."""


class MemoryRecord:
    """Tasks kept in memory."""

    def __init__(self) -> None:
        self._kept: list[tuple[Rows, tuple[str, ...]]] = []

    def entries(self) -> Iterator[Entry]:
        """Every task, in order of arrival."""
        return (Entry(at, rows.runs, keys) for at, (rows, keys) in enumerate(self._kept))

    def read(self, at: int) -> Rows:
        """Rows of one task."""
        return self._kept[at][0]

    def add(self, rows: Rows, keys: Sequence[str]) -> None:
        """Keep the rows of one task."""
        self._kept.append((rows, tuple(keys)))


class Journal:
    """Tasks appended to one file, each a frame with its length and checksum.

    Opening the journal drops a frame that was cut short (by a kill, or a full disk) or spoilt, and no sound frame. One
    process writes at a time.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / JOURNAL
        self._file: BinaryIO = self._open()
        #: Spoilt stretches: where each begins, and the sound frame after it.
        self._gaps: dict[int, int] = {}
        self._end = self._sound_end(0)
        while (after := self._next_frame(self._end)) is not None:
            self._gaps[self._end] = after
            self._end = self._sound_end(after)
        self._file.truncate(self._end)
        self._flushed = time.monotonic()

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; another process may write it then."""
        self._file.close()

    def remove(self) -> None:
        """Close and delete the file: what it holds stands in the tables."""
        self.close()
        self.path.unlink(missing_ok=True)

    @property
    def empty(self) -> bool:
        """Whether it holds no task."""
        return self._end == 0

    def clear(self) -> None:
        """Drop every task."""
        self._file.truncate(0)
        self._end, self._gaps = 0, {}

    def entries(self) -> Iterator[Entry]:
        """Every task, in order of arrival, without its rows."""
        self._end = self._sound_end(self._end)  # Ctrl-C may have come between a write and the note of it
        at = self._gaps.get(0, 0)
        while at < self._end:
            self._file.seek(at)
            _, header, payload, _ = _FRAME.unpack(self._file.read(_FRAME.size))
            head = json.loads(self._file.read(header))
            yield Entry(at, tuple(RunMark(**run) for run in head["runs"]), tuple(head["keys"]))
            at += _FRAME.size + header + payload
            at = self._gaps.get(at, at)

    def read(self, at: int) -> Rows:
        """Rows of one task."""
        self._file.seek(at)
        _, header, payload, _ = _FRAME.unpack(self._file.read(_FRAME.size))
        return _decode(json.loads(self._file.read(header)), self._file.read(payload))

    def add(self, rows: Rows, keys: Sequence[str]) -> None:
        """Append one task; where the disk is full, remove the frame cut short and raise."""
        header, payload = _encode(rows, keys)
        frame = _FRAME.pack(_MAGIC, len(header), len(payload), zlib.crc32(payload, zlib.crc32(header)))
        self._file.seek(self._end)
        try:
            _write(self._file, frame + header + payload)
            if time.monotonic() - self._flushed > _FLUSH_EVERY:
                self.sync()
                self._flushed = time.monotonic()
        except OSError as error:
            self._file.truncate(self._end)
            error.filename = str(self.path)
            raise
        self._end += len(frame) + len(header) + len(payload)

    def sync(self) -> None:
        """Flush to the disk."""
        os.fsync(self._file.fileno())

    def _open(self) -> BinaryIO:
        """Open the file for one writer; unbuffered, or closing it would try a failed write again."""
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o644)
        try:
            import fcntl
        except ImportError:  # not on Windows, where the file cannot be opened for writing twice anyway
            pass
        else:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(descriptor)
                message = "is being written by another process; wait for it, or name another folder with --out"
                raise ResultsError(f"{self.path.parent}: {message}") from None
        return os.fdopen(descriptor, "r+b", buffering=0)

    def _sound_end(self, at: int) -> int:
        """End of the last sound frame from `at` on."""
        size = os.fstat(self._file.fileno()).st_size
        while at + _FRAME.size <= size:
            self._file.seek(at)
            magic, header, payload, checksum = _FRAME.unpack(self._file.read(_FRAME.size))
            if magic != _MAGIC or at + _FRAME.size + header + payload > size:
                break
            if zlib.crc32(self._file.read(header + payload)) != checksum:
                break
            at += _FRAME.size + header + payload
        return at

    def _next_frame(self, at: int) -> int | None:
        """Position of the next sound frame after a spoilt one at `at`; None where the file holds no other."""
        size = os.fstat(self._file.fileno()).st_size
        if size <= at + _FRAME.size:
            return None
        with mmap.mmap(self._file.fileno(), size, access=mmap.ACCESS_READ) as data:
            while (at := data.find(_MAGIC, at + 1)) >= 0:
                if self._sound_end(at) > at:
                    return at
        return None


def encoded_size(rows: Rows) -> int:
    """Bytes of a task in the journal."""
    return sum(map(len, _encode(rows, [""] * len(rows.runs))))


def _write(file: BinaryIO, data: bytes) -> None:
    """Write all of it: an unbuffered file may take less at a time, as when the disk is nearly full."""
    left = memoryview(data)
    while left:
        left = left[file.write(left) :]


def _encode(rows: Rows, keys: Sequence[str]) -> tuple[bytes, bytes]:
    """Header (runs, points, rows of each run by table, lengths) as JSON, and the tables as Arrow streams end to end."""
    streams = []
    for table in rows.tables.values():
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema, options=_WRITING) as writer:
            writer.write_table(table)
        streams.append(bytes(sink.getvalue()))
    header = {
        "runs": [vars(run) for run in rows.runs],  # flat: `asdict` copies deeply, at 20 times the cost
        "keys": list(keys),
        "tables": {name: [len(s), rows.counts[name]] for name, s in zip(rows.tables, streams, strict=True)},
    }
    return json.dumps(header).encode(), b"".join(streams)


def _decode(header: dict[str, object], payload: bytes) -> Rows:
    listed, runs = header["tables"], header["runs"]
    assert isinstance(listed, dict)
    assert isinstance(runs, list)
    tables, counts, at = {}, {}, 0
    for name, (length, lengths) in listed.items():
        tables[name] = pa.ipc.open_stream(payload[at : at + length], options=_READING).read_all()
        counts[name] = tuple(lengths)
        at += length
    return Rows(tuple(RunMark(**run) for run in runs), tables, counts)
