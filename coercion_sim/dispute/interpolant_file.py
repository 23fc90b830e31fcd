"""Interpolants between commands: one file in the payoff cache for all effects of the same economies."""

from __future__ import annotations

import io
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from coercion_sim.dispute.interpolation import Economies, Interpolant
from coercion_sim.files import code_hash

#: Rooms whose code decides what is stored: where it changes, everything is solved anew.
ROOMS = ("world", "economy", "policies", "dispute")


@contextmanager
def kept_in(folder: Path | None, economies: Economies) -> Iterator[None]:
    """Read the interpolants of these economies from a folder at first use, and store those added within the block."""
    if folder is None:
        yield
        return
    path = folder / f"economies-{sha256((code_hash(ROOMS) + economies.content).encode()).hexdigest()[:32]}.npz"
    if not economies.known:
        economies.known |= _read(path)
    yield
    if economies.changed:
        economies.known |= {key: one for key, one in _read(path).items() if key not in economies.known}
        _write(path, economies)
        economies.changed = False


def _read(path: Path) -> dict[str, Interpolant]:
    """Stored interpolants by key; none without a file that can be read."""
    try:
        with np.load(path, allow_pickle=False) as stored:
            return {
                key: Interpolant((a, b, c, d), stored[key], error, accepted)
                for key, (a, b, c, d), error, accepted in json.loads(str(stored["labels"]))
            }
    except (OSError, EOFError, ValueError, KeyError, BadZipFile):
        return {}


def _write(path: Path, economies: Economies) -> None:
    """Store every interpolant."""
    labels = [(key, one.shape, one.error, one.accepted) for key, one in economies.known.items()]
    arrays = {key: one.values for key, one in economies.known.items()}
    write_arrays(path, labels=np.array(json.dumps(labels)), **arrays)


def write_arrays(path: Path, **arrays: Any) -> None:
    """Write a file of arrays whole, or not at all where its folder cannot be written: it is only a convenience."""
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
        with os.fdopen(handle, "wb") as file:
            file.write(buffer.getvalue())
        Path(name).replace(path)
