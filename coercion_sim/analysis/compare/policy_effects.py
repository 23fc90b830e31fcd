"""What each policy did: real income, the coercer's cost, diverted trade, burdens and how they are shared."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from coercion_sim.analysis.compare.cube import Cube, cube
from coercion_sim.analysis.compare.rows import Row, rows_of, single
from coercion_sim.experiments import Results

#: Quarters of a measure, counted from 1, over which the record's diverted shares are measured (MODEL section 9).
RECORD_WINDOW = (2, 5)

PCT_GDP = "pct_gdp"
MILLION = "US$ million a year"
BASE = "stand_alone"


def baseline_of(results: Results) -> str:
    """Policy the others are compared with: `stand_alone` where it was run, else none (empty)."""
    return BASE if BASE in results.policies and len(results.policies) > 1 else ""


def state_rows(results: Results, column: str, unit: str = PCT_GDP, *, against: str = "") -> tuple[Row, ...]:
    """One column of the states table for every state: by year, and as the mean of the whole run."""
    quarterly = cube(results, "states", column)
    years, whole = quarterly.by_year(), quarterly.over_all()
    rows = rows_of(years, column, unit, against=against)
    return rows if whole.periods == years.periods else rows + rows_of(whole, column, unit, against=against)


def coercer_cost(results: Results, *, against: str = "") -> tuple[Row, ...]:
    """Cost of the coercion to the coercer in pct_gdp: minus its coercion effect; below 0 it gained."""
    quarterly = cube(results, "states", "coercion_effect")
    cost = replace(quarterly, values=-quarterly.values)
    years, whole = cost.by_year(), cost.over_all()
    periods = (years,) if whole.periods == years.periods else (years, whole)
    return tuple(
        row for c in periods for row in rows_of(c, "coercer_cost", PCT_GDP, items=[results.coercer], against=against)
    )


# ------------------------------------------------------------------ diverted trade


def diverted_share(lost: npt.ArrayLike, gained: npt.ArrayLike, axis: int = -1) -> npt.NDArray[np.float64]:
    """Quantity gained with other foreign buyers over quantity lost with the coercer, each summed along `axis`.

    NaN where nothing was lost: a share of nothing is no number.
    """
    down = np.asarray(lost, dtype=np.float64).sum(axis=axis)
    up = np.asarray(gained, dtype=np.float64).sum(axis=axis)
    share: npt.NDArray[np.float64] = np.divide(up, down, out=np.full(np.shape(down), np.nan), where=down > 0)
    return share


def measure_starts(results: Results) -> dict[str, int]:
    """First step at which the coercer acts on the target's sales of a sector, by sector, as the scenario says."""
    starts: dict[str, int] = {}
    for measure in results.manifest["measures"]:
        if measure["by"] == results.coercer and measure["on"] == results.target and measure["purpose"] == "coercion":
            for sector in measure["sectors"]:
                starts[sector] = min(measure["start"], starts.get(sector, measure["start"]))
    return starts


def diverted(results: Results, *, window: tuple[int, int] | None = RECORD_WINDOW, against: str = "") -> tuple[Row, ...]:
    """Diverted share of each product hit, per run, then over replicates.

    With `window`, over those quarters of its measure (counted from 1: ``(2, 5)`` is the second to the fifth); with
    None, over each calendar year.
    """
    where = {"coercer": results.coercer, "target": results.target}
    lost = cube(results, "sectors", "lost_quantity", label="sector", **where)
    gained = cube(results, "sectors", "gained_quantity", label="sector", **where)
    if window is None:
        yearly = replace(lost.by_year(), values=_ratio_by_year(lost, gained))
        return rows_of(yearly, "diverted_share", "share", against=against)
    starts = measure_starts(results)
    rows: tuple[Row, ...] = ()
    for j, sector in enumerate(lost.labels):
        if sector not in starts:
            continue
        steps = slice(starts[sector] + window[0] - 1, starts[sector] + window[1])
        share = diverted_share(lost.values[:, :, steps, j], gained.values[:, :, steps, j])
        values = dict(zip(lost.policies, share, strict=True))
        rows += single(
            values, "diverted_share", "share", f"quarters {window[0]}-{window[1]}", item=sector, against=against
        )
    return rows


def _ratio_by_year(lost: Cube, gained: Cube) -> npt.NDArray[np.float64]:
    """Share of each year: a ratio of year means is a ratio of year sums."""
    down, up = lost.by_year().values, gained.by_year().values
    share: npt.NDArray[np.float64] = np.divide(up, down, out=np.full(down.shape, np.nan), where=down > 0)
    return share


# ------------------------------------------------------------------ who pays


def payers(results: Results) -> tuple[str, ...]:
    """States that bear a burden or pay help in any run: the allies in play."""
    burden, paid = (cube(results, "states", column) for column in ("burden", "help_paid"))
    apart = (results.coercer, results.target)
    pays = [
        bool((np.nan_to_num(burden.values[..., i]) != 0).any() or (np.nan_to_num(paid.values[..., i]) != 0).any())
        for i in range(len(burden.labels))
    ]
    return tuple(state for state, yes in zip(burden.labels, pays, strict=True) if yes and state not in apart)


def burden_rows(results: Results, *, against: str = "") -> tuple[Row, ...]:
    """Burden of each ally (mean of the whole run, pct_gdp of its own GDP), and help paid in all."""
    allies = payers(results)
    burden = cube(results, "states", "burden").over_all()
    rows = rows_of(burden, "burden", PCT_GDP, items=allies, against=against)
    help_total = cube(results, "quarters", "help_total", label=None).over_all()
    rows += rows_of(help_total, "help_total", MILLION, against=against)
    return rows
