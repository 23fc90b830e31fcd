"""The deterrence frontier as text and CSV."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import fields

from coercion_sim.analysis import BINDS, Frontier, FrontierPoint
from coercion_sim.cli.columns import aligned, number

_TYPES = {
    "mean": "the mean over its types at the belief about them",
    "soft": "the soft type's",
    "firm": "the firm type's",
}


def frontier_text(frontier: Frontier) -> str:
    """A table of least pledges for each stake, what binds, and the costs of the cheapest pledge that deters."""
    f = frontier
    worlds = f"{f.draws} worlds" if f.draws > 1 else "1 world"
    lines = [
        f"{f.scenario}: the least pledge that deters {f.coercer} from pressing {f.target}, {worlds}",
        f"Pledge A: what breaking the promise costs a member, % of its GDP; looked at up to {f.strongest:g}.",
        f"Deterred: the value of pressing, {_TYPES[f.who]}, is not above 0.",
        "Each cell: median A over worlds, and the share of worlds in which some A deters; -: in most worlds none does.",
    ]
    for stake in f.stakes:
        points = f.at(stake)
        lines += ["", f"Stake v_C {stake:g} % of {f.coercer}'s GDP (Z / v_C {f.cost_once / stake:.2f})"]
        alone = next(u for u in f.unaided if u.stake == stake)
        lines.append(
            f"  nobody helps: pressing is worth {number(alone.value, 4)} % of GDP, pressed {alone.pressed:.2f} of"
            f" disputes, deterred in {alone.deterred:.0%} of worlds"
        )
        lines += ["  " + line for line in _matrix(points)]
        bound = _bound(points)
        lines += ["  where none deters:"] * bool(bound) + [f"    {line}" for line in bound]
        lines += [f"  {line}" for line in _cheapest(points)]
    sets = dict.fromkeys((p.named, p.members) for p in f.points)
    lines += ["", "Members"] + [f"  {name}: {' '.join(members)}" for name, members in sets]
    return "\n".join(lines)


def _matrix(points: tuple[FrontierPoint, ...]) -> list[str]:
    names = list(dict.fromkeys(p.named for p in points))
    rows = [["pledged", "intensity", *names]]
    for kind, intensity in dict.fromkeys((p.kind, p.intensity) for p in points):
        cells = {p.named: _cell(p) for p in points if (p.kind, p.intensity) == (kind, intensity)}
        rows.append([kind, f"{intensity:g}", *[cells[name] for name in names]])
    return aligned(rows)


def _cell(p: FrontierPoint) -> str:
    least = number(p.median, 3) if math.isfinite(p.median) else "-"
    return f"{least} {1.0 - p.no_root:4.0%}"


def _bound(points: tuple[FrontierPoint, ...]) -> list[str]:
    """What binds most often, by reason, with the rows it stands in the way of."""
    found: dict[str, dict[str, dict[str, None]]] = {}
    for p in points:
        if p.binds:
            found.setdefault(p.binds, {}).setdefault(p.kind, {})[f"{p.intensity:g}"] = None
    return [
        f"{BINDS[key]}: " + "; ".join(f"{kind} {' '.join(rows)}" for kind, rows in kinds.items())
        for key, kinds in found.items()
    ]


def _cheapest(points: tuple[FrontierPoint, ...]) -> list[str]:
    """The pledge with least expected cost among those that deter in at least nine worlds of ten."""
    able = [p for p in points if p.no_root <= 0.1 and p.median > 0.0]
    if not able:
        return []
    p = min(able, key=lambda q: q.cost)
    reach = f"[{number(p.low, 3)}, {number(p.high, 3) if math.isfinite(p.high) else '-'}]"
    lines = [
        f"cheapest of those that deter in 90 % of worlds or more: {p.kind} {p.intensity:g} by {p.named},"
        f" A {p.median:.3f} {reach};",
        f"  pressed {p.press:.2f} instead of {p.press_unpledged:.2f}; {p.kept:.0%} of the promise kept if imposed",
    ]
    rows = [["US$ million", "a dispute", "a year", "if called upon", "% of GDP a dispute"]]
    rows += [
        [c.ally, number(c.per_dispute, 0), number(c.per_year, 0), number(c.if_called, 0), number(c.per_dispute_pct, 4)]
        for c in p.costs
    ]
    return lines + [f"  {line}" for line in aligned(rows)]


def frontier_csv(frontier: Frontier) -> str:
    """One row for each point; infinite where no pledge deters."""
    names = [field.name for field in fields(FrontierPoint) if field.name != "costs"]
    header = [*names, "cost_usd_m", "cost_if_called_usd_m"]
    rows = (
        [" ".join(p.members) if name == "members" else getattr(p, name) for name in names] + [p.cost, p.cost_if_called]
        for p in frontier.points
    )
    return _csv(header, rows)


def costs_csv(frontier: Frontier) -> str:
    """One row for each point and member."""
    header = [
        "stake", "kind", "intensity", "named", "ally", "per_dispute_usd_m", "per_year_usd_m", "per_dispute_pct_gdp",
        "if_called_usd_m",
    ]  # fmt: skip
    rows = (
        [p.stake, p.kind, p.intensity, p.named, c.ally, c.per_dispute, c.per_year, c.per_dispute_pct, c.if_called]
        for p in frontier.points
        for c in p.costs
    )
    return _csv(header, rows)


def _csv(header: list[str], rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()
