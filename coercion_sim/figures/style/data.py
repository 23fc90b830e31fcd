"""Data behind figures: outcomes of states, quarters under pressure, measures, the record, the runs selected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from coercion_sim.analysis import Cube, Spread, cube
from coercion_sim.arrays import Array, Ints
from coercion_sim.errors import ResultsError, unlisted
from coercion_sim.experiments import Results
from coercion_sim.figures.style.captions import sector_name
from coercion_sim.outcomes import TABLES
from coercion_sim.wording import BASELINE


class NothingToShow(ResultsError):
    """The results are sound, but hold nothing for this figure (no product was hit, nobody paid)."""


@dataclass(frozen=True)
class Bar:
    """One line of the chart of measures: a label, and the first and last step of each time it was in force."""

    label: str
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Observed:
    """Record of one product: observed share of lost sales diverted, its range (or None), its grade."""

    share: float
    low: float | None
    high: float | None
    grade: str


# ------------------------------------------------------------------ runs selected


def baseline(results: Results) -> str:
    """Policy the others are compared with: `stand_alone` where it was run, else the first."""
    return BASELINE if BASELINE in results.policies else results.policies[0]


def chosen_policies(results: Results, policies: Sequence[str] | str | None) -> tuple[str, ...]:
    """Policies to draw, in the order of the experiment; all of them if None.

    Raises
    ------
    InvalidInput
        For a policy the results do not have.
    """
    if policies is None:
        return results.policies
    return results.only(policies=(policies,) if isinstance(policies, str) else tuple(policies)).policies


def rows_kept(results: Results, table: str, columns: Sequence[str]) -> pa.Table:
    """Columns of a table.

    Raises
    ------
    NothingToShow
        Where the sweep did not keep the table.
    """
    if table not in results.tables:
        raise NothingToShow(f"this sweep kept no table of {table}; name it under `tables` in the plan")
    return results.table(table, columns)


def rows_of_runs(results: Results, table: str, policy: str, point: int, *columns: str) -> pa.Table:
    """Replicate and other columns of a table, of the runs of a policy at a point; `NothingToShow` as `rows_kept`."""
    rows = rows_kept(results, table, ["point", "policy", "replicate", *columns])
    return rows.filter((pc.field("point") == point) & (pc.field("policy") == policy))


def places(column: pa.ChunkedArray, known: Sequence[str]) -> Ints:
    """Position of each cell among known texts; -1 where it is none of them."""
    position = pc.fill_null(pc.index_in(column, value_set=pa.array(list(known), pa.string())), -1)
    at: Ints = position.to_numpy().astype(np.int64)
    return at


def counted(results: Results) -> list[int]:
    """Finished runs of each policy: replicates, and points times replicates of a sweep."""
    runs = results.table("runs", ["policy", "status"])
    done = runs.filter(pc.equal(runs.column("status"), "ok")).column("policy")
    counts = {entry["values"]: entry["counts"] for entry in done.value_counts().to_pylist()}
    return [int(counts.get(policy, 0)) for policy in results.policies]


# ------------------------------------------------------------------ outcomes of states


def state_outcome(results: Results, outcome: str) -> Cube:
    """One outcome of all states, (policy, draw, quarter, state).

    Raises
    ------
    ResultsError
        For an outcome the table of states does not have; names its outcomes.
    """
    known = [c.name for c in TABLES["states"] if c.type == "float"]
    for problem in unlisted("unknown outcome of states", [outcome], known):
        raise ResultsError(problem)
    return cube(results, "states", outcome)


def _acting(results: Results) -> Array:
    """Coercive measures in force, (P, K, T); NaN where a run failed."""
    values: Array = cube(results, "quarters", "coercive_measures", label=None).values[..., 0]
    return values


def pressure_steps(results: Results) -> tuple[int, ...]:
    """Steps in which coercive measures were in force in any run; every step where there never were.

    One period for all policies and replicates, so that their means compare.
    """
    steps = np.flatnonzero(np.nan_to_num(_acting(results)).max(axis=(0, 1)) > 0)
    return tuple(int(step) for step in steps) if steps.size else tuple(range(len(results.quarters)))


def share_acting(results: Results) -> Array:
    """Share of finished runs (P, T) with coercive measures in force; 0 where the results keep no table of quarters."""
    if "quarters" not in results.tables:
        return np.zeros((len(results.policies), len(results.quarters)))
    acting = _acting(results)
    share: Array = (acting > 0).sum(axis=1) / np.maximum(np.isfinite(acting).sum(axis=1), 1)
    return share


def mean_over(outcome: Cube, steps: Sequence[int]) -> Array:
    """Mean over some steps, (P, K, L): quarterly annual rates give an annual rate."""
    mean: Array = outcome.values[:, :, list(steps), :].mean(axis=2)
    return mean


def spreads(values: Array) -> list[Spread]:
    """Spread over draws of (K, M) values, one for each of the M columns."""
    return [Spread.of(values[:, m]) for m in range(values.shape[1])]


def state_spreads(results: Results, outcome: str, state: str, steps: Sequence[int] | None = None) -> dict[str, Spread]:
    """Spread of one outcome of a state by policy, averaged over some steps (those under pressure if None)."""
    data = state_outcome(results, outcome)
    means = mean_over(data, pressure_steps(results) if steps is None else steps)[:, :, data.labels.index(state)]
    return {policy: Spread.of(means[p]) for p, policy in enumerate(data.policies)}


# ------------------------------------------------------------------ the scenario


def record(results: Results) -> Mapping[str, Observed]:
    """Observed diverted shares by sector, as the scenario's report lists them; those without a number are left out."""
    observed = {}
    for entry in (results.manifest.get("report") or {}).get("record") or ():
        low, high = entry.get("range") or (None, None)
        share = entry.get("diverted_share")
        if share is None and low is not None and high is not None:
            share = (low + high) / 2.0
        if share is not None:
            observed[entry["sector"]] = Observed(float(share), low, high, entry.get("grade") or "")
    return observed


def script_end(results: Results) -> int | None:
    """Last step in which the scenario's coercive measures act as written; None where they do to the end.

    Where states choose, that is the step before ``dispute.scripted_until``, or -1; later ones are each run's own.
    """
    content = results.manifest["scenario"]["content"]
    if content.get("conduct") != "strategic":
        return None
    label = (content.get("dispute") or {}).get("scripted_until")
    return -1 if label is None else sum(quarter < str(label) for quarter in results.quarters) - 1


def one_presser(results: Results) -> bool:
    """Whether all coercion is the coercer's; else effects are joint effects of several states."""
    dispute = results.manifest["scenario"]["content"].get("dispute") or {}
    states = {m["by"] for m in results.manifest["measures"] if m["purpose"] == "coercion"}
    if results.manifest["scenario"]["content"].get("conduct") == "strategic":
        states |= {*(dispute.get("coercers") or ()), *(c["state"] for c in dispute.get("challengers") or ())}
    return states <= {results.coercer}


def measure_bars(results: Results, most: int = 12) -> list[Bar]:
    """Times in force of the script's measures of the coercer on the target, by product; by measure where too many.

    Beyond `most` lines the rest share one. Read from the scenario's measures, as far as they are the same in every run.
    """
    end = script_end(results)
    last = len(results.quarters) - 1 if end is None else min(end, len(results.quarters) - 1)
    by_sector: dict[str, list[tuple[int, int]]] = {}
    by_name: dict[str, list[tuple[int, int]]] = {}
    for m in results.manifest["measures"]:
        if (m["by"], m["on"], m["purpose"]) != (results.coercer, results.target, "coercion") or m["start"] > last:
            continue
        span = (m["start"], last if m["until"] is None else min(m["until"], last))
        by_name.setdefault((m["name"] or m["kind"]).replace("_", " "), []).append(span)
        for sector in m["sectors"]:
            by_sector.setdefault(sector_name(results, sector), []).append(span)
    lines = by_sector if 0 < len(by_sector) <= most else by_name
    bars = sorted(
        (Bar(label, _joined(spans)) for label, spans in lines.items()), key=lambda bar: (bar.spans[0][0], bar.label)
    )
    if len(bars) <= most:
        return bars
    rest = _joined([span for bar in bars[most - 1 :] for span in bar.spans])
    return [*bars[: most - 1], Bar(f"{len(bars) - most + 1} others", rest)]


def _joined(spans: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """Spans in order, those that touch or overlap made one."""
    joined: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return tuple(joined)
