"""Sweeps made up for tests: a design, a function for each policy, and the results an engine would have written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import product
from math import prod
from typing import Any

import numpy as np
import pyarrow as pa

from coercion_sim.experiments import Results
from coercion_sim.outcomes import KEYS, OUTCOMES

#: What a policy does: settings (path -> value) and replicate -> value of every outcome that is not 0.
Rule = Callable[[Mapping[str, Any], int], Mapping[str, float]]
UNIFORM = {"uniform": [0.0, 1.0]}


def block(how: str, rows: np.ndarray | Sequence[Sequence[Any]], paths: Sequence[str], **more: Any) -> dict[str, Any]:
    """One block as a manifest names it, with its rows kept beside it."""
    given = list(rows)
    parameters = more.pop("parameters", None) or {
        p: sorted({row[d] for row in given}) if how == "grid" else UNIFORM for d, p in enumerate(paths)
    }
    return {"how": how, "rows": len(given), "paths": list(paths), "parameters": parameters, "_": given, **more}


def saltelli(base: int, paths: Sequence[str], low: float = 0.0, high: float = 1.0, seed: int = 1) -> dict[str, Any]:
    """A, AB_1, ..., AB_D, B for each of `base` rows of a scrambled Sobol' sequence."""
    from scipy.stats import qmc

    D = len(paths)
    u = low + (high - low) * qmc.Sobol(2 * D, seed=seed).random(base)
    rows = []
    for a, b in zip(u[:, :D], u[:, D:], strict=True):
        mixed = [np.where(np.arange(D) == i, b, a) for i in range(D)]
        rows += [a, *mixed, b]
    return block("saltelli", np.array(rows).tolist(), paths, points=base)


def morris(trajectories: int, paths: Sequence[str], levels: int = 4, seed: int = 1) -> dict[str, Any]:
    """Trajectories that move one parameter after another, up or down, by levels / (2 (levels - 1))."""
    luck = np.random.default_rng(seed)
    D, delta = len(paths), levels / (2 * (levels - 1))
    rows = []
    for _ in range(trajectories):
        low = luck.integers(levels // 2, size=D) / (levels - 1)
        down = luck.random(D) < 0.5
        x = low + delta * down
        rows.append(x.tolist())
        for d in luck.permutation(D):
            x[d] += -delta if down[d] else delta
            rows.append(x.tolist())
    return block("morris", rows, paths, trajectories=trajectories, levels=levels)


def sweep(
    blocks: Sequence[dict[str, Any]],
    policies: Mapping[str, Rule],
    replicates: int = 1,
    *,
    drawn: Mapping[str, Sequence[float]] | None = None,
    failed: Iterable[tuple[int, int, str]] = (),
    seed: int = 7,
    **manifest: Any,
) -> Results:
    """Results of every policy at every point in every replicate.

    Parameters
    ----------
    drawn
        Path -> value in each replicate of a number drawn per replicate.
    failed
        (point, replicate, policy) of runs that failed.
    """
    paths = [path for b in blocks for path in b["paths"]]
    lost = set(failed)
    names = [c.name for c in OUTCOMES if c not in KEYS]
    runs: dict[str, list[Any]] = {}
    outcomes: dict[str, list[Any]] = {}

    def add(table: dict[str, list[Any]], **cells: Any) -> None:
        for name, value in cells.items():
            table.setdefault(name, []).append(value)

    for point, parts in enumerate(product(*(b["_"] for b in blocks))):
        setting = dict(zip(paths, [value for part in parts for value in part], strict=True))
        for k in range(replicates):
            here = setting | {path: values[k] for path, values in (drawn or {}).items()}
            for policy, rule in policies.items():
                bad = (point, k, policy) in lost
                key = {"point": point, "policy": policy, "replicate": k}
                status = {"status": "failed" if bad else "ok", "error": "no equilibrium" if bad else ""}
                add(runs, **key, **status, **{f"param.{path}": value for path, value in here.items()})
                if not bad:
                    found = rule(here, k)
                    add(outcomes, **key, **{name: float(found.get(name, 0.0)) for name in names})
    points = prod(b["rows"] for b in blocks)
    design = {
        "policies": list(policies),
        "seed": seed,
        "points": points,
        "replicates": replicates,
        "runs": points * replicates * len(policies),
        "uncertain": list(drawn or {}),
        "drawn": "scrambled Sobol'",
        "blocks": [{key: value for key, value in b.items() if key != "_"} for b in blocks],
        "precision": None,
    }
    whole = {
        "status": "complete",
        "key": "0123456789ab",
        "scenario": {"name": "made-up", "title": "A made-up sweep"},
        "world": {"name": "small", "states": ["AUS"]},
        "actors": {"coercer": "CHN", "target": "AUS"},
        "quarters": ["2020Q1"],
        "measures": [],
        "design": design,
        "counts": {"ok": design["runs"] - len(lost), "failed": len(lost)},
        "files": {},
    }
    return Results(whole | manifest, None, {"runs": pa.table(runs), "outcomes": pa.table(outcomes)})
