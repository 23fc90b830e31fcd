"""The version of the package; the environment that decides the last digits: Python, numpy, scipy, BLAS on one thread.

A sum in another order differs by about 1e-16 of its size, and a solver that stops at a tolerance carries that further.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController

#: Version of the package, installed or run from a checkout; pyproject.toml reads it here.
__version__ = "0.1.0"
#: Entry of an environment that names the processor's kernels of BLAS: it changes between nodes of one cluster.
KERNELS = "kernels"
#: Environment variables that give the libraries of arrays one thread: the arrays are small, and more only differ.
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS", "NUMEXPR_NUM_THREADS"), "1"
)


def environment() -> dict[str, str]:
    """Name the versions on which the last digits depend.

    Returns
    -------
    dict
        ``python`` (minor version: 3.12 sums floats otherwise), ``numpy``, ``scipy``, ``blas`` (that of numpy, name and
        version) and ``kernels`` (those BLAS has chosen for this processor; "unknown" where it does not say).
    """
    return dict(_environment())


@cache
def _environment() -> Mapping[str, str]:
    blas, kernels = _blas()
    return {
        "python": ".".join(platform.python_version_tuple()[:2]),
        **{name: installed(name) or "none" for name in ("numpy", "scipy")},
        "blas": blas,
        KERNELS: kernels,
    }


def environment_hash() -> str:
    """Hash of the versions and kernels of this process, for what may not be shared between environments."""
    return sha256(repr(sorted(environment().items())).encode()).hexdigest()


def environments_differ(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, str]:
    """List what differs between two environments: name -> "1.26.4, now 2.4.6"; empty where nothing does.

    What one of them does not name does not differ.
    """
    return {name: f"{old[name]}, now {new[name]}" for name in new if name in old and old[name] != new[name]}


def one_environment(every: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Return the environment of runs made under several that differ in kernels alone, which are all named."""
    known = [kernels for one in every if KERNELS in one for kernels in one[KERNELS].split(", ")]
    return dict(every[-1]) | ({KERNELS: ", ".join(sorted(set(known)))} if known else {})


def installed(name: str) -> str | None:
    """Version of an installed package; None where it is not."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _blas() -> tuple[str, str]:
    """Name and version of numpy's BLAS, and its kernels; those of numpy's build where the library does not say."""
    import numpy as np

    known = [library for library in _libraries().info() if library["user_api"] == "blas"]
    of_numpy = [x for x in known if "numpy" in x["filepath"]] or [x for x in known if "scipy.libs" not in x["filepath"]]
    if of_numpy:
        library = of_numpy[0]
        name = f"{library['internal_api']} {library['version'] or 'unknown'}"
        return name, str(library.get("architecture") or "unknown")
    built: Any = np.show_config(mode="dicts")
    blas = built["Build Dependencies"]["blas"]
    return f"{blas['name']} {blas.get('version', 'unknown')}", "unknown"


@cache
def _libraries() -> ThreadpoolController:
    """The libraries of linear algebra; scipy brings one of its own, so it is loaded first."""
    import scipy.linalg  # noqa: F401
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


@contextmanager
def one_thread() -> Iterator[None]:
    """Let BLAS use one thread within the block, as workers do: the number of threads changes the last digits."""
    with _libraries().limit(limits=1, user_api="blas"):
        yield


def prints_aside() -> redirect_stdout[TextIO]:
    """Redirect what a policy prints to standard error: standard output holds the command's own result."""
    return redirect_stdout(sys.stderr)
