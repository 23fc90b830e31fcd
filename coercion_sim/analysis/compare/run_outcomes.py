"""One number for every run: the table `outcomes`, present values by state, and what was deterred."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from coercion_sim.analysis.answer.base_rates import SCRIPT
from coercion_sim.analysis.compare.cube import DRAW, cube, draw_numbers, draws_of, positions, span
from coercion_sim.analysis.compare.policy_effects import BASE, PCT_GDP
from coercion_sim.analysis.compare.rows import Row, single
from coercion_sim.experiments import Results
from coercion_sim.outcomes import OUTCOMES

Array = npt.NDArray[np.float64]
#: Discount a year of present values where a manifest names none (MODEL section 5, delta).
DISCOUNT = 0.97


def outcome_values(results: Results) -> dict[str, dict[str, Array]]:
    """Outcome -> policy -> values (K,) by draw, a (point, replicate); NaN where a run failed."""
    names = [entry.name for entry in OUTCOMES]
    table = results.table("outcomes", ["policy", *DRAW, *names])
    draws, number = draws_of(results)
    at = np.searchsorted(number, draw_numbers(table)) + len(draws) * positions(table, "policy", results.policies)
    found: dict[str, dict[str, Array]] = {}
    for name in names:
        values = np.full((len(results.policies), len(draws)), np.nan)
        values.reshape(-1)[at] = pc.cast(table.column(name), pa.float64()).to_numpy()
        found[name] = dict(zip(results.policies, values, strict=True))
    return found


def outcome_rows(results: Results, *, against: str = "") -> tuple[Row, ...]:
    """Every outcome of every policy; with `against`, the paired differences."""
    units = {entry.name: entry.unit for entry in OUTCOMES}
    whole = span(results.quarters)
    rows: tuple[Row, ...] = ()
    for name, by_policy in outcome_values(results).items():
        rows += single(by_policy, name, units[name], whole, against=against)
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
        rows += single(values, "real_income_pv", PCT_GDP, whole, item=state, against=against)
    return rows


def deterred_rows(results: Results) -> tuple[Row, ...]:
    """Share of the disputes in which the coercer presses under `stand_alone` that see no pressure here, same draw.

    Disputes taken over from a script are left out: nothing could deter them. Disputes are the same where coercer,
    target and quarter are; one that does not arise here because an earlier one is still on is left out. A share of none
    (`stand_alone` presses nobody) is no number, and the draw is left out.
    """
    if BASE not in results.policies or len(results.policies) < 2:
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
        if policy == BASE:
            continue
        share = []
        for draw in draws:
            alone = [dispute for dispute, yes in pressed.get((BASE, *draw), {}).items() if yes]
            here = pressed.get((policy, *draw), {})
            met = [here[dispute] for dispute in alone if dispute in here]
            share.append(1.0 - sum(met) / len(met) if met else np.nan)
        values[policy] = np.array(share)
    return single(values, "deterred", "share", span(results.quarters))
