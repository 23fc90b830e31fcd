"""Put the findings of `findings.toml` to the shipped model: paired differences, their interval, a verdict."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from coercion_sim.analysis import Spread, cube, expected_disputes
from coercion_sim.economy import Measure, solve_equilibrium
from coercion_sim.experiments import make_job, simulate

HERE = Path(__file__).parent
Row = Mapping[str, Any]
VERDICTS = {
    "+": ("contradicted", "confirmed"),
    "-": ("confirmed", "contradicted"),
    "0": ("contradicted", "contradicted"),
}


@dataclass(frozen=True)
class Result:
    """What came out: mean of the paired differences a - b, its 95 % interval, and what that says of the finding."""

    id: str
    mean: float
    low: float
    high: float
    verdict: str


def findings() -> list[Row]:
    """Every row, with what all share filled in."""
    read = tomllib.loads((HERE / "findings.toml").read_text(encoding="utf-8"))
    return [{"pairs": read["pairs"], "common": read["common"], "set": []} | row for row in read["finding"]]


def put(row: Row) -> Result:
    """Run one finding."""
    a, b = (KINDS[row["kind"]](row, row[side], side) for side in ("a", "b"))
    spread = Spread.of(a - b)
    return Result(row["id"], spread.mean, spread.mean_low, spread.mean_high, verdict(row["sign"], spread))


def verdict(sign: str, spread: Spread) -> str:
    """Confirmed or contradicted where the interval excludes 0; one of no difference is confirmed where it does not.

    No difference is a claim that an interval around 0 cannot prove: read "confirmed" there as "not told apart".
    """
    if spread.mean_high < 0:
        return VERDICTS[sign][0]
    if spread.mean_low > 0:
        return VERDICTS[sign][1]
    return "confirmed" if sign == "0" else "undecided"


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
