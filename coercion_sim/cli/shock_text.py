"""What `shock` says: tables of states and flows, CSV and JSON."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from coercion_sim.cli.columns import aligned, number

if TYPE_CHECKING:
    from coercion_sim.analysis import FlowEffect, StateEffect, WhatIf


def shock_text(answer: WhatIf, states: Sequence[str] = ()) -> str:
    """Tables of states, most affected first, and of the flows hindered."""
    lines = [f"{answer.world}: {'; '.join(m.name for m in answer.measures)}", ""]
    lines += _long_run(answer, states) if len(answer.periods) == 1 else _path(answer, states)
    if answer.flows:
        lines += ["", *_flows(answer.flows)]
    return "\n".join(lines)


def _chosen(answer: WhatIf, period: str, states: Sequence[str]) -> list[StateEffect]:
    """States of one period, most affected first, those asked for."""
    return [effect for effect in answer.of_period(period) if not states or effect.state in states]


def _long_run(answer: WhatIf, states: Sequence[str]) -> list[str]:
    """One line per state: the four measures of the long run."""
    rows = [
        [
            s.state,
            number(s.real_income, 3),
            number(s.real_factor_income, 3),
            number(s.real_gdp, 3),
            number(s.exports, 2),
        ]
        for s in _chosen(answer, answer.periods[-1], states)
    ]
    heads = ["state", "real income, % of GDP", "real factor income, %", "real GDP, %", "exports, %"]
    return ["Long run, change against the baseline", *aligned([heads, *rows])]


def _path(answer: WhatIf, states: Sequence[str]) -> list[str]:
    """One line per state: real income in the first quarter, by year, and in the long run."""
    quarters = answer.periods[:-1]
    spans = {quarters[0]: quarters[:1]}
    spans |= {f"year {y // 4 + 1}": quarters[y : y + 4] for y in range(0, len(quarters), 4)}
    spans[answer.periods[-1]] = answer.periods[-1:]
    income = {(s.period, s.state): s.real_income for s in answer.states}
    rows = [
        [s.state, *(number(sum(income[q, s.state] for q in span) / len(span), 3) for span in spans.values())]
        for s in _chosen(answer, quarters[0], states)
    ]
    return ["Real income, change against the baseline, % of own GDP", *aligned([["state", *spans], *rows])]


def _flows(flows: Sequence[FlowEffect], most: int = 10) -> list[str]:
    """One line per flow hindered, at most ten per period."""
    lines: list[str] = []
    for period in dict.fromkeys(flow.period for flow in flows):
        here = [flow for flow in flows if flow.period == period]
        rows = [
            [
                f.sector,
                f"{f.exporter} to {f.importer}",
                f"{f.lost:,.0f}",
                f"{f.gained:,.0f}",
                number(f.diverted, 2),
                _gainers(f),
            ]
            for f in here[:most]
        ]
        heads = ["sector", "flow", "lost", "gained elsewhere", "share", "largest gainers"]
        more = f" ({len(here) - most} smaller flows not shown)" if len(here) > most else ""
        lines += [
            f"Volume, {period}, US$ million a year at baseline prices{more}",
            *aligned([heads, *rows], left=(0, 1, 5)),
            "",
        ]
    return lines[:-1]


def _gainers(flow: FlowEffect) -> str:
    return ", ".join(f"{state} {gain:,.0f}" for state, gain in flow.gainers[:3])


def states_csv(answer: WhatIf, states: Sequence[str] = ()) -> str:
    """Every period and state as CSV: real income in pct_gdp, the rest in percent."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["period", "state", "real_income", "real_factor_income", "real_gdp", "exports"])
    for s in answer.states:
        if not states or s.state in states:
            values = (s.real_income, s.real_factor_income, s.real_gdp, s.exports)
            writer.writerow([s.period, s.state, *("" if math.isnan(v) else repr(v) for v in values)])
    return out.getvalue()


def as_data(answer: WhatIf, states: Sequence[str] = ()) -> dict[str, Any]:
    """Return the answer as JSON-able data; missing numbers are null."""
    from dataclasses import asdict

    def finite(row: Any) -> dict[str, Any]:
        return {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in asdict(row).items()}

    return {
        "world": answer.world,
        "measures": [asdict(m) for m in answer.measures],
        "units": {
            "real_income": "pct_gdp",
            "real_factor_income": "percent",
            "real_gdp": "percent",
            "exports": "percent",
            "lost": "US$ million a year at baseline prices",
        },
        "states": [finite(s) for s in answer.states if not states or s.state in states],
        "flows": [finite(f) for f in answer.flows],
    }
