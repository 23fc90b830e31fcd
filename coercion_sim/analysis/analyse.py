"""All questions a sweep can answer, by its design."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from coercion_sim.analysis.analysis_tables import Analysis, QuantileRow
from coercion_sim.analysis.compare.comparison import RegretRow, regret_rows
from coercion_sim.analysis.compare.contrasts import axis_rows, mean_rows, quantile_rows
from coercion_sim.analysis.discovery.boxes import MissBox, complete_draws, draw_inputs, miss_boxes
from coercion_sim.analysis.discovery.conditions import Fails, fails, read_fails
from coercion_sim.analysis.sensitivity.indices import METHODS, IndexRow, index_rows
from coercion_sim.analysis.sensitivity.outcome_frame import (
    NAMES,
    UNITS,
    OutcomeFrame,
    check_outcomes,
    directions,
    outcome_frame,
)
from coercion_sim.analysis.sensitivity.variance_parts import FEW_REPLICATES, NO_REPLICATES, VarianceRow, variance_rows
from coercion_sim.errors import InvalidInput, Problem, nearest
from coercion_sim.experiments import Progress, Results
from coercion_sim.intervals import FEW_UNITS
from coercion_sim.rng import generator
from coercion_sim.wording import BASELINE

#: Asks for every outcome.
ALL = "all"
#: Percentiles of the distribution table.
PERCENTILES = np.arange(1, 101) / 100.0
#: Most rows by point that the tables hold.
MOST_ROWS = 200_000
#: Most draws in which boxes are sought.
MOST_DRAWS = 100_000
#: A difference below this share of the largest level is rounding.
ROUNDING = 1e-9


def analyse(
    results: Results, outcomes: Sequence[str] | None = None, baseline: str | None = None, *,
    failing: str | None = None, maximise: Sequence[str] = (), minimise: Sequence[str] = (), indices: bool = True,
    seed: int | None = None, progress: Progress | None = None,
) -> Analysis:  # fmt: skip
    """Answer the questions that the design of a sweep allows.

    Always means, paired differences, distributions, regret; with several points also the split of the variance and the
    sensitivity measures that the design allows (`indices.METHODS`).

    Parameters
    ----------
    outcomes
        Names of the table `outcomes`, or ``all``; None for those of the scenario's report, else the headlines.
    baseline
        Policy the others are compared with; None for `stand_alone` where it was run, else the first.
    failing
        A condition such as ``target_loss_pv>0.5`` or ``success_rate>q90``: also find where each policy misses.
    maximise, minimise
        Outcomes for which more, or less, is better; they override the catalogue.
    indices, seed
        Whether to estimate sensitivity, with a package of the extra; seed of its resampling, None for the sweep's.

    Raises
    ------
    InvalidInput, ResultsError
        For an unknown outcome or policy, an invalid condition, a missing package, or tables unlike the manifest.
    """
    better = directions(maximise, minimise)
    against = chosen_baseline(results, baseline)
    wanted = tuple(dict.fromkeys([*chosen_outcomes(results, outcomes), *maximise, *minimise]))
    frame = outcome_frame(results, tuple(dict.fromkeys([*wanted, *([read_fails(failing)[0]] if failing else [])])))
    design, notes = results.manifest["design"], _notes(frame, outcomes or (), better)
    root = int(design["seed"]) if seed is None else seed
    by_point = frame.layout.points * len(frame.policies) * len(wanted) <= MOST_ROWS
    whole = f"{frame.layout.points} points: tables hold the whole design, not its points one by one"
    notes += [] if by_point else [whole]
    variance, sensitivity = _explained(frame, wanted, against, root, progress, indices=indices)
    misses = fails(failing, frame) if failing else None
    return Analysis(
        name=str(_of_plan(results, "name") or results.manifest["scenario"]["name"]),
        question=str(_of_plan(results, "question") or ""), policies=frame.policies, baseline=against, outcomes=wanted,
        units={name: UNITS[name] for name in frame.outcomes}, points=frame.layout.points,
        replicates=len(frame.replicates), failed=results.failed, blocks=frame.layout.blocks,
        settings=tuple(frame.setting(p) for p in range(frame.layout.points)) if by_point else (),
        **_means(frame, wanted, against, by_point=by_point), regret=_regrets(frame, wanted, better),
        variance=variance, indices=sensitivity, fails=misses, only_points=results.only_points,
        boxes=_boxes(results, frame, misses, root, notes) if misses else (), notes=tuple(notes),
        seed=int(design["seed"]), key=str(results.manifest.get("key") or ""), every_policy=tuple(design["policies"]),
    )  # fmt: skip


def _of_plan(results: Results, key: str) -> Any:
    """An entry of the plan of the sweep; None without a plan."""
    return results.manifest.get(key) or results.manifest["design"].get(key)


def chosen_outcomes(results: Results, named: Sequence[str] | None) -> tuple[str, ...]:
    """Outcomes to analyse: those named, else the report's, else the headlines."""
    if named:
        if ALL in named:
            return NAMES
        check_outcomes(named, "--outcome")
        return tuple(dict.fromkeys(named))
    return results.reported


def chosen_baseline(results: Results, named: str | None) -> str:
    """Policy the others are compared with; empty where only one was run."""
    policies = results.policies
    if named is not None and named not in policies:
        raise InvalidInput(
            Problem(
                "no policy of these results", key="--baseline", found=repr(named),
                allowed=", ".join(policies), suggestion=nearest(named, policies),
            )
        )  # fmt: skip
    if len(policies) < 2:
        return ""
    return named or (BASELINE if BASELINE in policies else policies[0])


def _means(frame: OutcomeFrame, outcomes: Sequence[str], against: str, *, by_point: bool) -> dict[str, Any]:
    """Levels, paired differences and rows along grids, and the distribution of every outcome."""
    bases = [against] if against else []
    levels = [row for name in outcomes for row in mean_rows(frame, name, by_point=by_point)]
    contrasts = [row for name in outcomes for base in bases for row in mean_rows(frame, name, base, by_point=by_point)]
    axes = [row for name in outcomes for base in ("", *bases) for row in axis_rows(frame, name, base)]
    distribution = _distribution(frame, outcomes)
    return {
        "levels": tuple(levels), "contrasts": tuple(contrasts), "axes": tuple(axes), "distribution": distribution,
    }  # fmt: skip


def _distribution(frame: OutcomeFrame, outcomes: Sequence[str]) -> tuple[QuantileRow, ...]:
    """Percentiles of every outcome under every policy."""
    return tuple(
        QuantileRow(name, policy, at, value)
        for name in outcomes
        for policy, values in quantile_rows(frame, name, PERCENTILES).items()
        for at, value in zip(PERCENTILES.tolist(), values.tolist(), strict=True)
    )


def _explained(
    frame: OutcomeFrame, outcomes: Sequence[str], against: str, seed: int, progress: Progress | None, *, indices: bool
) -> tuple[tuple[VarianceRow, ...], tuple[IndexRow, ...]]:
    """Variance parts and sensitivity of every level and every difference."""
    if frame.layout.points < 2:
        return (), ()
    columns = [(name, policy, "") for name in outcomes for policy in frame.policies]
    columns += [(o, policy, against) for o in outcomes for policy in frame.policies if against and policy != against]
    variance: list[VarianceRow] = []
    sensitivity: list[IndexRow] = []
    for number, (outcome, policy, base) in enumerate(columns):
        if progress is not None:
            progress(number, len(columns), 0)
        values = frame.of(outcome, policy, base)
        largest = np.abs(frame.values[outcome])
        rounding = ROUNDING * float(largest[np.isfinite(largest)].max(initial=0.0)) if base else 0.0
        parts = variance_rows(
            values, frame.layout, outcome, policy, base, seed=seed, units=frame.units, rounding=rounding
        )
        variance += parts
        share = next((row.share for row in parts if row.part == "points"), float("nan"))
        if indices:
            sensitivity += index_rows(
                values, frame, outcome, policy, base, seed=seed, share_of_points=share, rounding=rounding
            )
    if progress is not None:
        progress(len(columns), len(columns), 0)
    return tuple(variance), tuple(sensitivity)


def _regrets(frame: OutcomeFrame, outcomes: Sequence[str], better: dict[str, bool]) -> tuple[RegretRow, ...]:
    if len(frame.policies) < 2:
        return ()
    return tuple(row for name in outcomes if name in better for row in regret_rows(frame, name, maximise=better[name]))


def _boxes(results: Results, frame: OutcomeFrame, condition: Fails, seed: int, notes: list[str]) -> tuple[MissBox, ...]:
    """Where each policy misses, over the draws it finished, or over `MOST_DRAWS` of them; a note says so."""
    inputs = draw_inputs(results, frame)
    boxes: list[MissBox] = []
    for policy in frame.policies:
        values = frame.of(condition.outcome, policy).reshape(-1)
        complete = np.flatnonzero(complete_draws(values, inputs))
        if complete.size > MOST_DRAWS:
            complete = np.sort(generator(seed, "boxes", policy).choice(complete, MOST_DRAWS, replace=False))
            notes.append(f"boxes of {policy} are of {MOST_DRAWS:,} draws chosen at random")
        here = {path: given[complete] for path, given in inputs.items()}
        boxes += miss_boxes(policy, here, condition.missed(values[complete]))
    return tuple(boxes)


def _notes(frame: OutcomeFrame, named: Sequence[str], better: dict[str, bool]) -> list[str]:
    """What this sweep cannot answer; for lack of a direction only of outcomes the user named."""
    hows = list(dict.fromkeys(block.how for block in frame.layout.blocks))
    several, alone = frame.layout.points > 1, len(frame.replicates) < 2
    without = [name for name in named if name not in better and name != ALL]
    notes = {
        NO_REPLICATES: several and alone,
        FEW_REPLICATES: several and not alone and np.unique(frame.units).size < FEW_UNITS,
        f"a {' and '.join(hows)} design gives no sensitivity indices: its points are drawn from no distribution"
        " (use saltelli for Sobol' indices, morris for screening)": bool(hows) and METHODS.keys().isdisjoint(hows),
        "sobol, random and latin_hypercube designs give first-order indices only (RBD-FAST, wide intervals)": (
            "rbd_fast" in map(METHODS.get, hows)
        ),
        f"no regret of {', '.join(without)}: say which way is better with --maximise or --minimise": (
            len(frame.policies) > 1 and bool(without)
        ),
    }
    return [note for note, holds in notes.items() if holds]
