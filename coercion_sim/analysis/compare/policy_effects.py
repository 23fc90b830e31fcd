"""Effects of each policy as rows: outcomes, real income, the coercer's cost, diverted trade, burdens, deterrence."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from coercion_sim.analysis.answer.base_rates import SCRIPT
from coercion_sim.analysis.compare.cube import (
    DRAW,
    Cube,
    Row,
    cube,
    draw_numbers,
    draws_of,
    rows_of,
    single,
    span,
    units_of_draws,
)
from coercion_sim.analysis.sensitivity.outcome_frame import NAMES, UNITS, numbers, positions
from coercion_sim.arrays import Array, ratio
from coercion_sim.experiments import Results
from coercion_sim.wording import BASELINE, MATERIAL_SHARE

#: Quarters of a measure, counted from 1, over which the record's diverted shares are measured (model.md §8).
RECORD_WINDOW = (2, 5)

PCT_GDP = "pct_gdp"
MILLION = "US$ million a year"
#: Discount a year of present values where a manifest names none (model.md §5, delta).
DISCOUNT = 0.97


def baseline_of(results: Results) -> str:
    """Policy the others are compared with: `stand_alone` where it was run, else none (empty)."""
    return BASELINE if BASELINE in results.policies and len(results.policies) > 1 else ""


def state_rows(results: Results, column: str, *, against: str = "") -> tuple[Row, ...]:
    """One column of the states table for every state: by year, and as the mean of the whole run."""
    return _yearly_rows(cube(results, "states", column), column, against=against)


def _yearly_rows(quarterly: Cube, name: str, **which: Any) -> tuple[Row, ...]:
    """Rows by year, and of the whole run where that is longer."""
    years, whole = quarterly.by_year(), quarterly.over_all()
    spans = (years,) if whole.periods == years.periods else (years, whole)
    return tuple(row for one in spans for row in rows_of(one, name, PCT_GDP, **which))


def coercer_cost(results: Results, *, against: str = "") -> tuple[Row, ...]:
    """Cost of the coercion to the coercer in pct_gdp: minus its coercion effect; below 0 it gained."""
    quarterly = cube(results, "states", "coercion_effect")
    cost = replace(quarterly, values=-quarterly.values)
    return _yearly_rows(cost, "coercer_cost", items=[results.coercer], against=against)


# ------------------------------------------------------------------ diverted trade


def diverted_share(lost: npt.ArrayLike, gained: npt.ArrayLike) -> Array:
    """Quantity gained with other foreign buyers over quantity lost with the coercer, each summed along the last axis.

    NaN where nothing was lost.
    """
    down = np.asarray(lost, dtype=np.float64).sum(axis=-1)
    up = np.asarray(gained, dtype=np.float64).sum(axis=-1)
    return ratio(up, down, np.nan)


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
        # A ratio of year means is a ratio of year sums.
        yearly = lost.by_year()
        share = diverted_share(yearly.values[..., None], gained.by_year().values[..., None])
        return rows_of(replace(yearly, values=share), "diverted_share", "share", against=against)
    starts = measure_starts(results)
    rows: tuple[Row, ...] = ()
    for j, sector in enumerate(lost.labels):
        if sector not in starts:
            continue
        steps = slice(starts[sector] + window[0] - 1, starts[sector] + window[1])
        share = diverted_share(lost.values[:, :, steps, j], gained.values[:, :, steps, j])
        values = dict(zip(lost.policies, share, strict=True))
        rows += single(
            values, "diverted_share", "share", f"quarters {window[0]}-{window[1]}",
            units=lost.units, item=sector, against=against,
        )  # fmt: skip
    return rows


def material_sectors(results: Results) -> tuple[str, ...]:
    """Products that make at least `MATERIAL_SHARE` of the volume lost with the coercer under any policy.

    What others take of next to nothing may be any multiple of it, and says nothing.
    """
    lost = cube(results, "sectors", "lost_quantity", label="sector", coercer=results.coercer, target=results.target)
    volume = np.nansum(np.maximum(lost.values, 0.0), axis=(1, 2))
    with np.errstate(invalid="ignore"):
        share = volume / volume.sum(axis=1, keepdims=True)
    return tuple(s for s, largest in zip(lost.labels, share.max(axis=0), strict=True) if largest >= MATERIAL_SHARE)


# ------------------------------------------------------------------ who pays


def payers(results: Results) -> tuple[str, ...]:
    """States that bear a burden or pay help in any run: the allies in play."""
    burden, paid = (cube(results, "states", column) for column in ("burden", "help_paid"))
    pays = sum((np.nan_to_num(x.values) != 0).any(axis=(0, 1, 2)) for x in (burden, paid))
    apart = (results.coercer, results.target)
    return tuple(state for state, yes in zip(burden.labels, pays, strict=True) if yes and state not in apart)


def burden_rows(results: Results, *, against: str = "") -> tuple[Row, ...]:
    """Burden of each ally (mean of the whole run, pct_gdp of its own GDP), and help paid in all."""
    allies = payers(results)
    burden = cube(results, "states", "burden").over_all()
    rows = rows_of(burden, "burden", PCT_GDP, items=allies, against=against)
    help_total = cube(results, "quarters", "help_total", label=None).over_all()
    rows += rows_of(help_total, "help_total", MILLION, against=against)
    return rows


# ------------------------------------------------------------------ one number a run


def outcome_values(results: Results) -> dict[str, dict[str, Array]]:
    """Outcome -> policy -> values (K,) by draw, a (point, replicate); NaN where a run failed."""
    table = results.table("outcomes", ["policy", *DRAW, *NAMES])
    draws, number = draws_of(results)
    at = np.searchsorted(number, draw_numbers(table)) + len(draws) * positions(table.column("policy"), results.policies)
    by_outcome: dict[str, dict[str, Array]] = {}
    for name in NAMES:
        values = np.full((len(results.policies), len(draws)), np.nan)
        values.reshape(-1)[at] = numbers(table, name)
        by_outcome[name] = dict(zip(results.policies, values, strict=True))
    return by_outcome


def outcome_rows(results: Results, *, against: str = "") -> tuple[Row, ...]:
    """Every outcome of every policy; with `against`, the paired differences."""
    whole = span(results.quarters)
    rows: tuple[Row, ...] = ()
    for name, by_policy in outcome_values(results).items():
        rows += single(by_policy, name, UNITS[name], whole, units=units_of_draws(results), against=against)
    return rows


def present_value_rows(results: Results, *, against: str = "") -> tuple[Row, ...]:
    """Present value of the change of real income by state, ``sum_t delta^(t/4) x_t / 4``, pct_gdp of a year."""
    income = cube(results, "states", "real_income")
    content = results.manifest.get("scenario", {}).get("content", {})
    delta = float(content.get("dispute", {}).get("discount", DISCOUNT))
    weight = delta ** (np.arange(len(income.periods)) / 4.0) / 4.0
    present = np.einsum("pktl,t->pkl", income.values, weight)
    whole = span(results.quarters)
    rows: tuple[Row, ...] = ()
    for n, state in enumerate(income.labels):
        values = {policy: present[p, :, n] for p, policy in enumerate(income.policies)}
        rows += single(values, "real_income_pv", PCT_GDP, whole, units=income.units, item=state, against=against)
    return rows


def deterred_rows(results: Results) -> tuple[Row, ...]:
    """Share of the disputes in which the coercer presses under `stand_alone` that see no pressure here, same draw.

    Disputes taken over from a script are left out: nothing could deter them. Disputes are the same where coercer,
    target and quarter are; one that does not arise here because an earlier one is still on is left out. A share of none
    (no pressure under `stand_alone`) is undefined, and the draw is left out.
    """
    if BASELINE not in results.policies or len(results.policies) < 2:
        return ()
    keys = ["policy", *DRAW, "coercer", "target", "step", "pressed", "package"]
    table = results.table("disputes", keys)
    if table.num_rows == 0:
        return ()
    pressed: dict[tuple[str, int, int], dict[tuple[str, str, int], bool]] = {}
    for policy, point, replicate, coercer, target, step, yes, package in zip(
        *(table.column(k).to_pylist() for k in keys), strict=True
    ):
        if package == SCRIPT:
            continue
        pressed.setdefault((policy, point, replicate), {})[coercer, target, step] = bool(yes)
    draws, _ = draws_of(results)
    values = {}
    for policy in results.policies:
        if policy == BASELINE:
            continue
        share = []
        for draw in draws:
            alone = [dispute for dispute, yes in pressed.get((BASELINE, *draw), {}).items() if yes]
            here = pressed.get((policy, *draw), {})
            met = [here[dispute] for dispute in alone if dispute in here]
            share.append(1.0 - sum(met) / len(met) if met else np.nan)
        values[policy] = np.array(share)
    return single(values, "deterred", "share", span(results.quarters), units=units_of_draws(results), share=True)
