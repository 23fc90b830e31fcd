"""Interpolants and solved effects between commands, in the payoff cache: a file for each set of economies, or draw."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from coercion_sim.arrays import Array
from coercion_sim.dispute.effects import effect_store
from coercion_sim.dispute.interpolation import Economies, Interpolant
from coercion_sim.environment import environment_hash
from coercion_sim.errors import InvalidInput
from coercion_sim.files import code_hash, guarded, read_arrays, write_arrays

#: Rooms whose code decides what is stored: where it changes, everything is solved anew.
ROOMS = ("world", "economy", "policies", "dispute")


@contextmanager
def kept_in(folder: Path | None, economies: Economies) -> Iterator[None]:
    """Read the interpolants of these economies from a folder at first use, and store those added within the block."""
    if folder is None:
        yield
        return
    content = code_hash(ROOMS) + environment_hash() + economies.content
    path = folder / f"economies-{sha256(content.encode()).hexdigest()[:32]}.npz"
    if not economies.known:
        economies.known |= _read(path)
    yield
    if economies.changed:
        economies.known |= {key: one for key, one in _read(path).items() if key not in economies.known}
        _write(path, economies)
        economies.changed = False


@contextmanager
def effects_kept(folder: Path | None, content: str) -> Iterator[None]:
    """Read effects solved by an earlier command under the same `content`, and store those asked for within the block.

    An effect is known by its own key: `content` says only where to look.
    """
    effects = effect_store()
    if folder is None or effects.used is not None:
        yield
        return
    path = folder / f"effects-{sha256((code_hash(ROOMS) + environment_hash() + content).encode()).hexdigest()[:32]}.npz"
    effects.stored, effects.used = _read_effects(path), {}
    try:
        yield
        if not effects.used.keys() <= effects.stored.keys():
            known = effects.stored | effects.used
            by_rank = [{n: e for n, e in known.items() if e.ndim == rank} for rank in range(3)]
            names = np.array(json.dumps([list(same) for same in by_rank]))
            store(path, {"names": names} | {f"rank {k}": np.array([*own.values()]) for k, own in enumerate(by_rank)})
    finally:
        effects.stored, effects.used = {}, None


def _read_effects(path: Path) -> dict[str, Array]:
    """Stored effects by name; none without a file that can be read."""
    with suppress(InvalidInput), guarded(path, "effects"):
        stored = read_arrays(path, kinds="fU")
        by_rank = enumerate(json.loads(str(stored["names"])))
        return {str(n): e for k, names in by_rank for n, e in zip(names, stored[f"rank {k}"], strict=True)}
    return {}


def _read(path: Path) -> dict[str, Interpolant]:
    """Stored interpolants by key; none without a file that can be read."""
    with suppress(InvalidInput), guarded(path, "interpolants"):
        stored = read_arrays(path, kinds="fiubU")
        labels = json.loads(str(stored["labels"]))
        return {str(key): _interpolant(stored[key], *map(float, numbers)) for key, *numbers in labels}
    return {}


def _interpolant(values: Array, error: float, low: float, bound: float) -> Interpolant:
    """Make an interpolant of what was stored."""
    if values.ndim != 2 or values.dtype != np.float64:
        raise ValueError("values are not those of nodes by state")
    return Interpolant(values, error, low, bound)


def _write(path: Path, economies: Economies) -> None:
    """Store every interpolant."""
    labels = [(key, one.error, one.low, one.bound) for key, one in economies.known.items()]
    arrays = {key: one.values for key, one in economies.known.items()}
    store(path, {"labels": np.array(json.dumps(labels)), **arrays})


def store(path: Path, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
    """Write a file of arrays whole, or not at all where its folder cannot be written: it is only a convenience."""
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_arrays(path, arrays, level=0)
