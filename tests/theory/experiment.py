"""Put the findings of `findings.toml` to the shipped model: paired differences, their interval, a verdict."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import t as student

from coercion_sim.analysis import Spread, cube, expected_disputes
from coercion_sim.economy import Measure, solve_equilibrium
from coercion_sim.experiments import make_job, simulate

HERE = Path(__file__).parent
Row = Mapping[str, Any]
#: Chance, over the whole family, of a verdict where no effect is larger than the smallest of interest.
LEVEL = 0.05


@dataclass(frozen=True)
class Result:
    """What came out of one finding.

    Attributes
    ----------
    mean, low, high
        Mean of the paired differences a - b and its 95 % interval.
    draws, agree
        Independent draws, and those whose difference has the sign expected (for a finding of no difference: that of
        the mean).
    of_b
        Mean under b, for a smallest effect stated as a multiple of it.
    """

    id: str
    mean: float
    low: float
    high: float
    draws: int
    agree: int
    of_b: float


@dataclass(frozen=True)
class Judgement:
    """What a result says of its finding.

    Attributes
    ----------
    smallest
        Smallest effect of interest, in the unit of the outcome.
    p
        Holm's adjusted probability of so large a mean where the effect is no larger than the smallest of interest; of
        a finding of no difference, where it is no smaller.
    verdict
        ``confirmed``, ``contradicted``, ``negligible`` or ``undecided``.
    """

    smallest: float
    p: float
    verdict: str


def findings() -> list[Row]:
    """Every row, with what all share filled in, and its smallest effect of interest."""
    read = tomllib.loads((HERE / "findings.toml").read_text(encoding="utf-8"))
    every, smallest = {"pairs": read["pairs"], "common": read["common"], "set": []}, read["smallest"]
    return [every | row | {"smallest": smallest.get(row["id"]) or smallest[unit_of(row)]} for row in read["finding"]]


def unit_of(row: Row) -> str:
    """Outcome of a row; what it compares where two, and real income of an economy."""
    if row["kind"] == "economy":
        return "real_income"
    return row.get("outcome") or f"{row['a']['outcome']} - {row['b']['outcome']}"


def put(row: Row) -> Result:
    """Run one finding."""
    a, b = (KINDS[row["kind"]](row, row[side], side) for side in ("a", "b"))
    gap = a - b
    spread = Spread.of(gap)
    sign = {"+": 1.0, "-": -1.0, "0": np.sign(spread.mean)}[row["sign"]]
    ends = (spread.mean, spread.mean_low, spread.mean_high)
    return Result(row["id"], *ends, spread.units, int((sign * gap > 0.0).sum()), float(b.mean()))


def judge(rows: Sequence[Row], results: Mapping[str, Result]) -> dict[str, Judgement]:
    """Judge a family of findings at once.

    Confirmed, or contradicted, where the effect is larger than the smallest of interest on the side expected, or on the
    other: ``p = P(|T| >= (|mean| - smallest) / s)`` with Student's T, adjusted over the family by Holm (1979,
    Scandinavian Journal of Statistics 6). Negligible where not, and the 95 % interval lies within the smallest effect;
    else undecided. A finding of no difference is confirmed where the effect is smaller than the smallest of interest
    (the larger p of two one-sided tests: Schuirmann 1987), and contradicted where it is larger.
    """
    sizes, tails = {}, {}
    for row in rows:
        r = results[row["id"]]
        times = row["smallest"].get("times") if isinstance(row["smallest"], Mapping) else None
        sizes[r.id] = s = abs(r.of_b) * (times - 1.0) if times else row["smallest"]
        error = (r.high - r.low) / 2.0 / float(student.ppf(0.975, r.draws - 1))
        larger = min(1.0, 2.0 * float(student.sf((abs(r.mean) - s) / error, r.draws - 1)))
        smaller = float(student.sf((s - abs(r.mean)) / error, r.draws - 1))
        tails[r.id] = min(larger, smaller) if row["sign"] == "0" else larger
    adjusted = holm(tails)
    return {row["id"]: Judgement(sizes[i], adjusted[i], _verdict(row, results[i], sizes[i], adjusted[i]))
            for row in rows for i in [row["id"]]}  # fmt: skip


def holm(p: Mapping[str, float]) -> dict[str, float]:
    """Adjusted probabilities: ``max_{j <= i} min(1, (m - j + 1) p_(j))`` in ascending order."""
    adjusted, largest = {}, 0.0
    for rank, name in enumerate(sorted(p, key=lambda key: p[key])):
        largest = max(largest, min(1.0, (len(p) - rank) * p[name]))
        adjusted[name] = largest
    return adjusted


def _verdict(row: Row, r: Result, smallest: float, p: float) -> str:
    large = abs(r.mean) > smallest
    if p < LEVEL and row["sign"] == "0":
        return "contradicted" if large else "confirmed"
    if p < LEVEL and large:
        return "confirmed" if (r.mean > 0.0) == (row["sign"] == "+") else "contradicted"
    return "negligible" if row["sign"] != "0" and max(-r.low, r.high) < smallest else "undecided"


def _disputes(row: Row, side: Row, name: str) -> np.ndarray:
    """Expectation by draw; with `minus`, less that under these settings."""
    outcome = side.get("outcome", row.get("outcome"))
    pairs = [(coercer, target) for coercer, target in row["pairs"]]

    def at(more: Sequence[str]) -> np.ndarray:
        settings = [*row["common"], *row["set"], *side.get("set", []), *more]
        found = expected_disputes(
            row["scenario"], side["policy"], replicates=row["replicates"], overrides=_last(settings), pairs=pairs
        )
        return found.by_draw(outcome)

    return at([]) - at(side["minus"]) if "minus" in side else at([])


def _runs(row: Row, side: Row, name: str) -> np.ndarray:
    """Mean over the run, and over states, of a column of table `states`, by replicate."""
    results = simulate(row["scenario"], side["policy"], replicates=row["replicates"], overrides=_last(row["set"]))
    whole = cube(results, "states", row["outcome"]).over_all()
    at = [whole.labels.index(state) for state in row["states"]]
    mean: np.ndarray = whole.values[0, :, 0, at].mean(axis=0)
    return mean


def _economy(row: Row, side: Row, name: str) -> np.ndarray:
    """Long-run change of real income of a state under `plus` less under `minus`, by draw of the economy."""
    job = make_job(row["scenario"], replicates=row["replicates"])
    state = row.get("other", row["state"]) if name == "b" else row["state"]
    found = []
    for k in range(row["replicates"]):
        scenario = job.scenario.with_values(job.design.of_replicate(k))
        world, parameters = scenario.apply_to(job.world), scenario.economy_parameters()
        total = 0.0
        for sign, key in ((1, "plus"), (-1, "minus")):
            measures = [Measure(kind, by, on, (sector,), size) for kind, by, on, sector, size in side[key]]
            effect = solve_equilibrium(world, measures, parameters=parameters).welfare_pct_gdp
            total += sign * float(effect[world.state_index(state)]) if measures else 0.0
        found.append(total)
    return np.array(found)


def _last(settings: Sequence[str]) -> list[str]:
    """Of settings of one key the last."""
    return list({text.partition("=")[0]: text for text in settings}.values())


KINDS = {"disputes": _disputes, "runs": _runs, "economy": _economy}
