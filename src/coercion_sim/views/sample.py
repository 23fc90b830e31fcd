"""Which runs a figure shows, of one experiment or of a whole sweep, and the line below that says so."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from coercion_sim.errors import InvalidInput, Problem, nearest
from coercion_sim.experiments import Results
from coercion_sim.views.data import NothingToShow
from coercion_sim.views.text import capital, caption

Ints = npt.NDArray[np.int64]


def finished(results: Results) -> list[int]:
    """Finished runs of each policy, over all points."""
    runs = results.table("runs", ["policy", "status"])
    done = runs.filter(pc.equal(runs.column("status"), "ok")).column("policy")
    counts = {entry["values"]: entry["counts"] for entry in done.value_counts().to_pylist()}
    return [int(counts.get(policy, 0)) for policy in results.policies]


def sample_caption(results: Results, what: str, *notes: str, counts: Sequence[int] | None = None) -> str:
    """Line under a figure that pools the runs of every point; that of one experiment as in `text.caption`.

    Parameters
    ----------
    what
        The middle of the spread drawn (``mean``, ``median``), or empty for ``counts``, shares and the like.
    counts
        Runs behind each policy shown; the finished ones if None.
    """
    sizes = finished(results) if counts is None else list(counts)
    if results.points == 1 and what:
        return caption(results, sizes, what, *notes)
    low, high = min(sizes, default=0), max(sizes, default=0)
    runs = f"{low:,}" if low == high else f"{low:,} to {high:,}"
    spread = f"{capital(what)} and 5-95 % range over runs; " if what else ""
    if results.points == 1:
        size = f"n = {runs} replicate{'s' * (high != 1)}"
    else:
        each = f"{results.replicates:,} replicate{'s' * (results.replicates != 1)}"
        size = f"n = {runs} runs of each policy ({results.points:,} points, {each})"
    return " ".join((*notes, f"{spread}{size}, {origin(results)}."))


def origin(results: Results) -> str:
    """Where the runs come from: seed, scenario, world, sweep and key."""
    m = results.manifest
    sweep = f", sweep {m['name']}" if m.get("name") and results.points > 1 else ""
    key = f", run {m['key']}" if m.get("key") else ""
    return f"seed {m['design']['seed']}; scenario {m['scenario']['name']}, world {m['world']['name']}{sweep}{key}"


def one_world(results: Results, replicate: int, point: int = 0) -> str:
    """The same for a figure of one run: which world it is."""
    where = f"point {point}, " if results.points > 1 else ""
    return f"One world ({where}replicate {replicate}), so no range; n = 1 run, {origin(results)}."


def policies_asked(results: Results, policies: Sequence[str] | str | None) -> tuple[str, ...]:
    """Policies to show, in the order of the experiment; all of them if None.

    Raises
    ------
    InvalidInput
        For a policy the results do not have.
    """
    if policies is None:
        return results.policies
    asked = (policies,) if isinstance(policies, str) else tuple(policies)
    problems = [
        Problem(
            "policy not in these results", found=repr(name), allowed=", ".join(results.policies),
            suggestion=nearest(name, results.policies),
        )
        for name in asked
        if name not in results.policies
    ]  # fmt: skip
    if problems:
        raise InvalidInput(problems)
    return tuple(policy for policy in results.policies if policy in asked)


def rows_kept(results: Results, table: str, columns: Sequence[str]) -> pa.Table:
    """Columns of a table, where the sweep kept it.

    Raises
    ------
    NothingToShow
        Where it did not.
    """
    if table not in results.tables:
        raise NothingToShow(f"this sweep kept no table of {table}; name it under `tables` in the plan")
    return results.table(table, columns)


def places(column: pa.ChunkedArray, known: Sequence[str]) -> Ints:
    """Position of each cell among known texts; -1 where it is none of them."""
    found = pc.fill_null(pc.index_in(column, value_set=pa.array(list(known), pa.string())), -1)
    at: Ints = found.to_numpy().astype(np.int64)
    return at


def run_numbers(rows: pa.Table) -> Ints:
    """Number of the world (point and replicate) of each row, the same under every policy; not consecutive."""
    point, replicate = (rows.column(name).to_numpy().astype(np.int64) for name in ("point", "replicate"))
    worlds: Ints = point * (int(replicate.max(initial=0)) + 1) + replicate
    return worlds
