"""The way out: files written whole, their hashes, values written as TOML; and arrays, both ways.

A killed process leaves the old file or the new one.
"""

from __future__ import annotations

import hashlib
import io
import math
import os
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coercion_sim.errors import InvalidInput, Problem
from coercion_sim.files.reading import guarded

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a temporary file in the same folder, then put it in place in one step.

    A symbolic link is followed. A pipe or a device is written to directly: a file put in its place would replace it.
    An error of the operating system names `path`.
    """
    if path.exists() and not (path.is_file() or path.is_dir()):
        write(path)
        return
    path = path.resolve() if path.is_symlink() else path
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        write(temporary)
        put_in_place(temporary, path)
    except OSError as error:
        if error.filename in (str(temporary), temporary):
            error.filename = str(path)
        raise
    finally:
        temporary.unlink(missing_ok=True)


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file whole."""
    write_whole(path, lambda temporary: temporary.write_bytes(data))


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


def sha256(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def plain(value: Any) -> Any:
    """JSON without surprises: tuples as lists, numpy numbers as Python's, infinities and NaN as words, keys as text."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        items = sorted(value) if isinstance(value, set | frozenset) else value
        return [plain(item) for item in items]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return str(value)


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


# ------------------------------------------------------------------ arrays

#: Bytes of all arrays of a file, and the times that deflate can at most shrink a file (zlib's documentation).
LARGEST_ARRAYS = 4 * 2**30
_MOST_SHRUNK = 1032


def read_arrays(
    path: Path, error: type[InvalidInput] = InvalidInput, *, kinds: str = "fiub"
) -> dict[str, npt.NDArray[Any]]:
    """Read every array of an ``.npz`` file.

    Parameters
    ----------
    kinds
        Kinds of numbers allowed, as in `numpy.dtype.kind`.

    Raises
    ------
    InvalidInput
        For a file that is missing, cut, changed (every member has a checksum), encrypted or no archive; for a member
        that is not an array of numbers, or whose shape does not fit its size; before anything of that size is taken.
    """
    what = ".npz file of numbers"
    with guarded(path, what, error):
        if path.is_file() and not path.stat().st_size:
            raise error(Problem("is empty", file=str(path)))
        with path.open("rb") as stream, zipfile.ZipFile(stream) as archive:
            members = archive.infolist()
            _check_sizes(members, path.stat().st_size)
            arrays: dict[str, npt.NDArray[Any]] = {}
            for member in members:
                key = member.filename.removesuffix(".npy")
                with guarded(path, "array", error, key=key):
                    if key in arrays:
                        raise ValueError("two members have this name")
                    array = _array(archive.read(member))
                if array.dtype.kind not in kinds:
                    kind = str(array.dtype)
                    raise error(Problem("is not numbers", file=str(path), key=key, found=kind))
                arrays[key] = array
            return arrays


def _check_sizes(members: list[zipfile.ZipInfo], size: int) -> None:
    """Refuse sizes a file of `size` bytes cannot have, and more than `LARGEST_ARRAYS` in all."""
    total = sum(member.file_size for member in members)
    if total > LARGEST_ARRAYS:
        raise ValueError(f"declares {total:,} bytes; at most {LARGEST_ARRAYS:,}")
    if total > _MOST_SHRUNK * size:
        raise ValueError(f"declares {total:,} bytes in a file of {size:,}")
    encrypted = next((member.filename for member in members if member.flag_bits & 0x1), None)
    if encrypted is not None:
        raise ValueError(f"{encrypted} is encrypted")


def _array(data: bytes) -> npt.NDArray[Any]:
    """Return the array of one ``.npy`` member, whose shape must fit its size."""
    import numpy as np

    stream = io.BytesIO(data)
    version = np.lib.format.read_magic(stream)
    read = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}.get(version)
    if read is None:
        raise ValueError(f"version {version[0]}.{version[1]} of the format .npy")
    shape, by_columns, dtype = read(stream)
    if dtype.hasobject:
        raise ValueError("objects of Python")
    if not all(n >= 0 for n in shape) or len(shape) > 32:
        raise ValueError(f"shape {str(shape)[:60]}")
    count, rest = math.prod(shape), len(data) - stream.tell()
    if count * dtype.itemsize != rest:
        raise ValueError(f"shape {str(shape)[:60]} of {dtype} in {rest:,} bytes")
    array = np.frombuffer(data, dtype, count, stream.tell()) if rest else np.empty(count, dtype)
    return array.reshape(shape, order="F" if by_columns else "C")


def write_arrays(path: Path, arrays: Mapping[str, npt.NDArray[Any] | np.generic], *, level: int = 9) -> None:
    """Write arrays as an ``.npz`` file, whole and flushed to the disk.

    Members are sorted and have no times, so that equal arrays give equal bytes; `level` is deflate's, 0 to 9.
    """
    import numpy as np

    out = io.BytesIO()
    method = zipfile.ZIP_DEFLATED if level else zipfile.ZIP_STORED
    with zipfile.ZipFile(out, "w", method, compresslevel=level or None) as archive:
        for key in sorted(arrays):
            member = io.BytesIO()
            value = np.asarray(arrays[key])
            np.lib.format.write_array(member, np.ascontiguousarray(value).reshape(value.shape), (1, 0), False)
            info = zipfile.ZipInfo(f"{key}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            info.compress_type = method
            info.create_system = 3  # the same on every platform
            info.external_attr = 0o644 << 16
            archive.writestr(info, member.getvalue())
    write_bytes(path, out.getvalue())
