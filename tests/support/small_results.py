"""Results small enough to recompute by hand: four states, three products, three policies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa

from coercion_sim.experiments import Results
from coercion_sim.outcomes import TABLES

STATES = {"AUS": "Australia", "CHN": "China", "USA": "United States", "NZL": "New Zealand"}
SECTORS = {"coal": "Coal and lignite", "wine": "Wine", "beef": "Beef"}
POLICIES = ("stand_alone", "respond_as_allies", "integrate_economies")
QUARTERS = tuple(f"{2020 + step // 4}Q{step % 4 + 1}" for step in range(12))

#: Share of coal, wine and beef sold elsewhere.
DIVERTED = {"coal": 0.8, "wine": 0.25, "beef": 0.5}
#: Share of the loss of the target that remains, and gain from trade, under each policy.
LEFT = {"stand_alone": 1.0, "respond_as_allies": 0.3, "integrate_economies": 0.9}
GAIN = {"stand_alone": 0.0, "respond_as_allies": 0.0, "integrate_economies": 0.4}

RECORD = (
    {"sector": "coal", "diverted_share": 0.78, "range": [0.7, 1.0], "grade": "B"},
    {"sector": "wine", "diverted_share": 0.6, "range": None, "grade": "C"},
)

Maker = Callable[..., Results]


def make(
    replicates: int = 3,
    policies: Sequence[str] = POLICIES,
    *,
    names: Callable[[str], str] = lambda name: name,
    record: Sequence[dict[str, Any]] = RECORD,
    pressure: bool = True,
    helping: bool = True,
    failed: Sequence[tuple[str, int]] = (),
) -> Results:
    """China shuts coal and wine out in steps 2 to 9, beef from step 4 on; replicate k loses 0.1 (1 + k / 10)."""
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
    for policy in policies:
        for k in range(replicates):
            bad = (policy, k) in failed
            status = {"status": "failed", "error": "no equilibrium"} if bad else {"status": "ok", "error": ""}
            rows["runs"].append({"policy": policy, "replicate": k, "seed": 7, **status})
            if not bad:
                _play(rows, policy, k, pressure=pressure, helping=helping)
    held = {name: _table(name, given) for name, given in rows.items()}
    manifest = {
        "status": "complete",
        "key": "0123456789ab",
        "scenario": {"name": "dispute", "content": {}},
        "report": {"record": list(record)},
        "world": {
            "name": "small",
            "states": list(STATES),
            "sectors": list(SECTORS),
            "state_names": {code: names(name) for code, name in STATES.items()},
            "sector_names": SECTORS,
        },
        "actors": {"coercer": "CHN", "target": "AUS"},
        "quarters": list(QUARTERS),
        "measures": _measures() if pressure else [],
        "design": {"policies": list(policies), "replicates": replicates, "seed": 7},
        "counts": {"ok": len(policies) * replicates - len(failed), "failed": len(failed)},
        "files": {},
    }
    return Results(manifest, None, held)


def _measures() -> list[dict[str, Any]]:
    times = {"coal": (2, 9), "wine": (2, 9), "beef": (4, None)}
    return [
        {
            "by": "CHN",
            "on": "AUS",
            "kind": "import_ban",
            "purpose": "coercion",
            "name": s,
            "sectors": [s],
            "start": a,
            "until": b,
        }
        for s, (a, b) in times.items()
    ]


def _play(rows: dict[str, list[dict[str, Any]]], policy: str, k: int, *, pressure: bool, helping: bool) -> None:
    loss = 0.4 * (1 + k / 10) * LEFT[policy] * pressure
    paid = 900.0 * (1 + k) * (pressure and helping and policy == "respond_as_allies")
    ends = {"target_loss_pv": loss, "coercer_cost_pv": 0.02 * (1 + k / 10) * pressure, "burden_total": paid}
    rows["outcomes"].append({"policy": policy, "replicate": k} | ends)
    for step, quarter in enumerate(QUARTERS):
        key = {"policy": policy, "replicate": k, "quarter": quarter, "step": step}
        hit = float(pressure and step >= 2)
        loss = 0.1 * (1 + k / 10) * hit * (2.0 if step < 4 else 1.0)
        helps = hit * float(helping and policy == "respond_as_allies")
        effect = {"AUS": -loss * LEFT[policy], "CHN": -0.02 * loss, "USA": 0.01 * loss, "NZL": 0.03 * loss}
        paid = {"USA": 600.0 * helps, "NZL": 200.0 * helps}
        burden = {"USA": 0.002 * helps, "NZL": 0.004 * helps}
        for state in STATES:
            rows["states"].append(
                key
                | {"state": state, "coercion_effect": effect[state], "real_income": effect[state] + GAIN[policy]}
                | {"help_paid": paid.get(state, 0.0), "burden": burden.get(state, 0.0)}
            )
        for sector, share in DIVERTED.items():
            lost = 100.0 * float(pressure and step >= (4 if sector == "beef" else 2))
            moved = {"lost_quantity": lost, "gained_quantity": lost * share * (1 + k / 50)}
            rows["sectors"].append(key | {"coercer": "CHN", "target": "AUS", "sector": sector} | moved)
        rows["quarters"].append(key | {"coercive_measures": int(3 * hit), "help_total": sum(paid.values())})


def _table(name: str, rows: list[dict[str, Any]]) -> pa.Table:
    types = {"str": pa.string(), "int": pa.int64(), "float": pa.float64()}
    blank = {"str": "", "int": 0, "float": 0.0}
    return pa.table(
        {c.name: pa.array([row.get(c.name, blank[c.type]) for row in rows], types[c.type]) for c in TABLES[name]}
    )
