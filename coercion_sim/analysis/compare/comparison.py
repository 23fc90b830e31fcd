"""Policies compared on the same draws: levels with their range, paired differences with the interval of the mean."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from coercion_sim.analysis.compare.contrasts import kept_cells, over_design
from coercion_sim.analysis.compare.cube import INTERVAL_OF_MEAN, RANGE_OVER_DRAWS, Row, units_of_draws
from coercion_sim.analysis.compare.policy_effects import (
    baseline_of,
    burden_rows,
    coercer_cost,
    deterred_rows,
    diverted,
    outcome_rows,
    outcome_values,
    present_value_rows,
    state_rows,
)
from coercion_sim.analysis.records import Tabular, to_csv
from coercion_sim.analysis.sensitivity.outcome_frame import OutcomeFrame
from coercion_sim.arrays import Array
from coercion_sim.errors import ResultsError
from coercion_sim.experiments import Progress, Results, RunFunction, simulate
from coercion_sim.files import write_text
from coercion_sim.intervals import rests_on, share_of_draws
from coercion_sim.notebook import Plotted, html_table
from coercion_sim.outcomes import column, label_of
from coercion_sim.wording import capital, policy_label, unit_words

if TYPE_CHECKING:
    from coercion_sim.policies import PolicyFiles
    from coercion_sim.scenario import Scenario
    from coercion_sim.world import World


@dataclass(frozen=True, eq=False, repr=False)
class Comparison(Plotted, Tabular):
    """Every outcome of every policy, as tidy rows, and the results they were read from."""

    results: Results
    baseline: str
    rows: tuple[Row, ...]

    @property
    def headline(self) -> str:
        """Results and number of rows."""
        return f"{self.results!r}, {len(self.rows):,} rows"

    @property
    def units(self) -> int:
        """Independent units, which the intervals of means rest on."""
        return int(np.unique(units_of_draws(self.results)).size)

    @property
    def idle(self) -> dict[str, tuple[int, int]]:
        """Runs without any pressure, and all runs, of each policy that has such runs: means are over all."""
        quarters = outcome_values(self.results)["pressure_quarters"]
        counts = {policy: (int((x == 0.0).sum()), int(np.isfinite(x).sum())) for policy, x in quarters.items()}
        return {policy: n for policy, n in counts.items() if n[0]}

    @property
    def idle_words(self) -> str:
        """Sentence on the runs in which nothing happened; empty where something did in all."""
        counts = [f"{none:,} of {of:,} under {policy_label(policy)}" for policy, (none, of) in self.idle.items()]
        return f"Runs without any pressure: {', '.join(counts)}; means are over all runs." if counts else ""

    def records(self) -> list[dict[str, Any]]:
        """Rows flat, the spread in columns of its own."""
        return [row.as_dict() for row in self.rows]

    def _repr_html_(self) -> str:
        """Levels of the reported outcomes by policy, and below each its differences from the baseline, for Jupyter."""
        policies, base = self.results.policies, self.baseline
        rows = []
        for name in self.results.reported:
            levels = {row.policy: row.spread.range_text() for row in self.select(name, item="")}
            cells = [levels.get(p, "") for p in policies]
            rows.append([capital(label_of(name)), unit_words(column(name).unit), *cells])
            if base:
                differences = self.select(name, item="", against=base)
                apart = {row.policy: row.spread.mean_text(sign=True) for row in differences}
                rows.append([f"difference from {policy_label(base)}", "", *(apart.get(p, "") for p in policies)])
        caption = f"Median [{RANGE_OVER_DRAWS}]"
        caption += f"; differences draw by draw: mean [{INTERVAL_OF_MEAN}]" if base else ""
        caption += f"; {rests_on(self.units)}"
        head = ["Outcome", "Unit", *map(policy_label, policies)]
        return self.results.heading_html() + html_table(caption, head, rows)

    def select(
        self, outcome: str, *, policy: str | None = None, item: str | None = None, period: str | None = None,
        against: str = "",
    ) -> tuple[Row, ...]:  # fmt: skip
        """Rows of one outcome; levels, or with `against` the paired differences."""
        wanted = (policy, item, period)
        return tuple(
            row
            for row in self.rows
            if (row.outcome, row.against) == (outcome, against)
            and all(x in (None, y) for x, y in zip(wanted, (row.policy, row.item, row.period), strict=True))
        )


def compare_policies(results: Results) -> Comparison:
    """Compare the policies of an experiment.

    Levels: real income and coercion effect of every state, the coercer's cost, burdens, help and diverted shares. Where
    `stand_alone` was run, also the paired differences from it, replicate by replicate, in which uncertainty common to
    both cancels.

    Raises
    ------
    ResultsError
        Where every run failed.
    """
    if results.manifest["counts"]["ok"] == 0:
        errors = [e for e in results.table("runs").column("error").to_pylist() if e]
        raise ResultsError(f"every run failed; the first error: {errors[0] if errors else 'unknown'}")
    baseline = baseline_of(results)
    kinds = (
        partial(state_rows, column="real_income"), partial(state_rows, column="coercion_effect"), coercer_cost,
        diverted, partial(diverted, window=None), burden_rows, outcome_rows, present_value_rows,
    )  # fmt: skip
    bases = ("", baseline) if baseline else ("",)
    rows = [row for against in bases for kind in kinds for row in kind(results, against=against)]
    return Comparison(results, baseline, (*rows, *deterred_rows(results)))


def compare(
    scenario: str | Path | Scenario, policies: Sequence[str] | None = None, *, replicates: int | None = None,
    seed: int | None = None, overrides: Iterable[str] = (), at_defaults: bool = False, policy_files: PolicyFiles = (),
    world: World | None = None, workers: int = 1, out: str | Path | None = None, force: bool = False,
    progress: Progress | None = None, run: RunFunction | None = None,
) -> Comparison:  # fmt: skip
    """Run a scenario under several policies (None: all it names) and compare them; arguments as in `simulate`."""
    results = simulate(
        scenario, policies, replicates=replicates, seed=seed, overrides=overrides, at_defaults=at_defaults,
        policy_files=policy_files, world=world, workers=workers, out=out, force=force, progress=progress, run=run,
    )  # fmt: skip
    return compare_policies(results)


def write_comparison(comparison: Comparison, folder: Path) -> Path:
    """Write all rows to ``comparison.csv`` in `folder`."""
    path = folder / "comparison.csv"
    write_text(path, to_csv(comparison.records()))
    return path


#: Policies closer to the best than this, relative to the largest outcome of the sweep, share it.
TIE = 1e-9


@dataclass(frozen=True)
class RegretRow:
    """Robustness of one policy for one outcome.

    Attributes
    ----------
    maximise
        Whether more of the outcome was taken as better.
    draws
        Draws (point, replicate) that every policy finished.
    mean, high, most
        Mean, 95th percentile and maximum of regret over draws, in the outcome's unit.
    mean_low, mean_high
        95 % interval of the mean, over what was drawn independently (`contrasts.over_design`).
    best
        Share of draws in which it is the best; m policies that tie have 1/m each, so that shares add up to 1.
    best_low, best_high
        Its 95 % interval, that of a share.
    units
        Independent units behind both intervals.
    """

    outcome: str
    policy: str
    maximise: bool
    draws: int
    mean: float
    mean_low: float
    mean_high: float
    high: float
    most: float
    best: float
    best_low: float
    best_high: float
    units: int
    note: str = ""

    def best_text(self) -> str:
        """Share of draws in which it is the best; of fewer than `FEW_UNITS` draws their number."""
        return share_of_draws(self.best, self.draws, self.best_low, self.best_high, self.units)


def regret(values: Array, *, maximise: bool) -> Array:
    """Regret (..., Q): the best outcome over policies in a draw less the policy's own, the other way round for losses.

    ``max_q y_q - y_q`` where more is better, ``y_q - min_q y_q`` where less is (Savage 1951); never below 0.
    """
    best = values.max(axis=-1, keepdims=True) if maximise else values.min(axis=-1, keepdims=True)
    apart: Array = best - values if maximise else values - best
    return apart


def share_best(regrets: Array, tie: float) -> Array:
    """Share (..., Q) of being the best in each draw: 1/m for each of m policies whose regret is at most `tie`."""
    first = regrets <= tie
    share: Array = first / first.sum(axis=-1, keepdims=True)
    return share


def regret_rows(frame: OutcomeFrame, outcome: str, *, maximise: bool) -> tuple[RegretRow, ...]:
    """Regret and probability of being best of every policy, over all draws that all of them finished.

    Regret compares only the policies that were run: another rival changes it (Lempert, Groves, Popper and Bankes 2006,
    Management Science 52, 514-528).
    """
    values = frame.values[outcome]
    kept = kept_cells(values.sum(axis=2), frame.layout)
    draws = kept.of(values)
    if not draws.size:
        return ()
    regrets = regret(draws, maximise=maximise)
    share = share_best(regrets, TIE * float(np.abs(draws).max()))
    flat = regrets.reshape(-1, len(frame.policies))
    high, most = np.quantile(flat, 0.95, axis=0), flat.max(axis=0)
    rows = []
    for q, policy in enumerate(frame.policies):
        mean, _ = over_design(regrets[:, :, q], kept, frame.layout, frame.units)
        best, _ = over_design(share[:, :, q], kept, frame.layout, frame.units)
        (mean_low, mean_high), (best_low, best_high) = mean.interval(), best.share()
        row = RegretRow(
            outcome, policy, maximise, flat.shape[0], float(mean.mean), float(mean_low), float(mean_high),
            float(high[q]), float(most[q]), float(best.mean), float(best_low), float(best_high),
            int(best.units), kept.note,
        )  # fmt: skip
        rows.append(row)
    return tuple(rows)
