"""Attributes of states: recorded GDP, voting ideal points, treaties, groups; blocs by their members."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import filterfalse
from pathlib import Path

import numpy as np

from coercion_sim.arrays import Array
from coercion_sim.errors import Problem, WorldError, nearest
from coercion_sim.world.audit import not_above_zero
from coercion_sim.world.build.aggregate import Aggregate
from coercion_sim.world.build.reading import number, read_rows
from coercion_sim.world.build.recipe import StateSpec, WorldSpec
from coercion_sim.world.labels import Alliance


@dataclass(frozen=True)
class Members:
    """GDP of the members of each state, as far as recorded, and the whole state's GDP. US$ million.

    `recorded[state]` is (economy -> GDP); `whole[state]` the state's GDP, grossed up where members are unrecorded.
    """

    recorded: Mapping[str, Mapping[str, float]]
    whole: Mapping[str, float]
    notes: tuple[str, ...]

    def mean(self, state: str, values: Mapping[str, float], coverage: float) -> float:
        """GDP-weighted mean over the members with a value; NaN where these make up `coverage` of GDP or less."""
        weights = {e: gdp for e, gdp in self.recorded[state].items() if not math.isnan(values.get(e, math.nan))}
        total = sum(weights.values())
        if not weights or not total > coverage * self.whole[state]:
            return math.nan
        return sum(gdp * values[e] for e, gdp in weights.items()) / total


def read_members(path: Path | None, aggregated: Aggregate, spec: WorldSpec, own: Path | None = None) -> Members:
    """Read GDP by economy. A bloc with unrecorded members is grossed up by gross output; the rest takes the remainder.

    The source lists single economies and ``ROW`` (all others), which together are the world: what a bloc is grossed up
    by therefore comes out of the rest; where it has no ``ROW``, the rest is grossed up like a bloc. Economies of the
    recipe's `own` file that the source does not list are taken out of its ``ROW``; those it lists are refused.
    """
    gdp = recorded_gdp(path, spec, own)
    output = dict(zip(aggregated.economies, aggregated.output.sum(axis=0).tolist(), strict=True))
    recorded: dict[str, dict[str, float]] = {}
    whole: dict[str, float] = {}
    notes = []
    remainder = [state.id for state in spec.states if state.rest and "ROW" in gdp]
    for state in spec.state_ids:
        if state in remainder:
            continue
        listed = tuple(e for e in aggregated.economies if aggregated.state_of[e] == state)
        mine = {e: gdp[e] for e in listed if e in gdp}
        covered, total = (sum(map(output.__getitem__, economies)) for economies in (mine, listed))
        recorded[state] = mine
        whole[state] = sum(mine.values()) * total / covered if covered > 0 else math.nan
        if mine and len(mine) < len(listed):
            notes.append(
                f"Recorded GDP of {state}: {len(mine)} of {len(listed)} members recorded, together "
                f"{covered / total:.1%} of its gross output; grossed up by gross output (approximation)."
            )
    for rest in remainder:
        recorded[rest] = _unclaimed(gdp, spec, rest)
        whole[rest] = sum(gdp.values()) - sum(filterfalse(math.isnan, whole.values()))
    return Members(recorded, whole, tuple(notes))


def _unclaimed(gdp: Mapping[str, float], spec: WorldSpec, rest: str) -> dict[str, float]:
    """GDP of the economies that are the rest of the world, without entries that stand for many."""
    claimed = {"ROW", rest}.union(*(state.economies for state in spec.states))
    return {e: value for e, value in gdp.items() if e not in claimed}


def recorded_gdp(path: Path | None, spec: WorldSpec, own: Path | None) -> dict[str, float]:
    """GDP by economy, those of the recipe's own file taken out of the source's ``ROW``."""
    gdp = _gdp(path, spec) if path else {}
    if own is None:
        return gdp
    more = _gdp(own, spec)
    twice = sorted(set(more) & set(gdp))
    if twice:
        raise WorldError(Problem("economies already in the data", file=str(own), found=", ".join(twice)))
    return gdp | more | ({"ROW": gdp["ROW"] - sum(more.values())} if "ROW" in gdp else {})


def _gdp(path: Path, spec: WorldSpec) -> dict[str, float]:
    """GDP of each economy of a file that records it: a column for the year, or one row for each year."""
    column = f"gdp_musd_{spec.year}"
    rows = read_rows(path, ("iso3",), once=("iso3", "year"))
    if column not in rows[0] and {"year", "gdp_musd"} <= set(rows[0]):
        column = "gdp_musd"
    if column not in rows[0]:
        near = nearest(column, rows[0])
        raise WorldError(Problem("column missing", file=str(path), line=1, key=column, suggestion=near))
    gdp = {
        row["iso3"]: (number(row[column], path, at + 2, column), at + 2)
        for at, row in enumerate(rows)
        if column != "gdp_musd" or row["year"].strip() == str(spec.year)
    }
    WorldError.refuse(not_above_zero(str(path), gdp, column))
    return {e: value for e, (value, _) in gdp.items() if not math.isnan(value)}


def ideal_points(path: Path, members: Members, spec: WorldSpec) -> Array:
    """UN voting ideal points of the world's year (Bailey, Strezhnev and Voeten 2017), (N,); NaN where not recorded."""
    rows = read_rows(path, ("iso3", "year", "ideal_point"), once=("iso3", "year"))
    values = {
        row["iso3"]: number(row["ideal_point"], path, at + 2, "ideal_point")
        for at, row in enumerate(rows)
        if row["year"].strip() == str(spec.year)
    }
    return np.array([members.mean(s, values, spec.attribute_coverage) for s in spec.state_ids])


def groups(
    paths: Sequence[Path], members: Members, spec: WorldSpec
) -> tuple[dict[str, tuple[str, ...]], tuple[str, ...]]:
    """Members of each group, from one file or several; a bloc belongs if members with over half of its GDP do."""
    listed: dict[str, set[str]] = {}
    for path in paths:
        for row in read_rows(path, ("group", "iso3")):
            listed.setdefault(row["group"], set()).add(row["iso3"])
    WorldError.refuse(
        Problem("unknown group", file=str(paths[0]), found=name, suggestion=nearest(name, listed))
        for name in spec.groups.values()
        if name not in listed
    )
    members_of = {
        label: tuple(state.id for state in spec.states if _belongs(state, listed[name], members))
        for label, name in spec.groups.items()
    }
    empty = [label for label, inside in members_of.items() if not inside]
    notes = (f"Groups without a member among these states, left out: {', '.join(empty)}.",) if empty else ()
    return {label: inside for label, inside in members_of.items() if inside}, notes


def _belongs(state: StateSpec, economies: set[str], members: Members) -> bool:
    """Whether a state belongs to a group of economies: a bloc by the members that make up over half of its GDP."""
    if state.economies == (state.id,):
        return state.id in economies
    mine = sum(gdp for e, gdp in members.recorded[state.id].items() if e in economies)
    return mine > 0.5 * members.whole[state.id]


def alliances(paths: Sequence[Path], members: Members, spec: WorldSpec) -> tuple[Alliance, ...]:
    """Treaty dyads among states; the strength with a bloc is the GDP-weighted mean over its recorded members.

    A recorded member without a treaty counts as 0, an unrecorded one not at all. A bloc whose recorded members make up
    `attribute_coverage` of its GDP or less has no recorded treaties. A row may also name a bloc itself, for a treaty
    that binds it whole.
    """
    dyads: dict[tuple[str, str], list[tuple[float, Alliance]]] = {}
    order = {s: k for k, s in enumerate(spec.state_ids)}
    for weight, link in _treaties(paths, members, spec, order):
        if weight > 0 and link.strength > 0:
            dyads.setdefault((link.a, link.b), []).append((weight, link))
    WorldError.refuse(
        Problem("a treaty of a bloc is counted with those of its members", file=str(paths[-1]), found=f"{a} {b}")
        for (a, b), links in dyads.items()
        if sum(weight for weight, _ in links) > 1.0 + 1e-9
    )
    pairs = sorted(dyads.items(), key=lambda item: (order[item[0][0]], order[item[0][1]]))
    return tuple(_merged(links) for _, links in pairs)


def _treaties(
    paths: Sequence[Path], members: Members, spec: WorldSpec, order: Mapping[str, int]
) -> Iterator[tuple[float, Alliance]]:
    """Every treaty of the files between two states of the world, in their order, with the weight of its members."""
    state_of = {e: s for s, mine in members.recorded.items() for e in mine}
    state_of |= {s.id: s.id for s in spec.states if not s.rest}
    columns = ("iso3_a", "iso3_b", "commitment", "since", "type", "strength_0_1")
    for path in paths:
        for at, row in enumerate(read_rows(path, columns)):
            ends = [row["iso3_a"], row["iso3_b"]]
            if any(e not in state_of for e in ends):
                continue
            ends.sort(key=lambda e: order[state_of[e]])
            a, b = (state_of[e] for e in ends)
            if a != b:
                weight = _weight(members, a, ends[0], spec) * _weight(members, b, ends[1], spec)
                strength = number(row["strength_0_1"], path, at + 2, "strength_0_1")
                yield weight, Alliance(a, b, row["commitment"], row["type"], strength, row["since"])


def _weight(members: Members, state: str, economy: str, spec: WorldSpec) -> float:
    """Share of an economy in the recorded GDP of its state; 0 where too little of the state is recorded."""
    if economy == state:
        return 1.0
    mine = members.recorded[state]
    total = sum(mine.values())
    return mine[economy] / total if total > spec.attribute_coverage * members.whole[state] else 0.0


def _merged(links: Sequence[tuple[float, Alliance]]) -> Alliance:
    """One dyad from those of the members: mean strength, the type and wording that weigh most, the earliest year."""
    if len(links) == 1 and links[0][0] == 1.0:
        return links[0][1]
    weight_of: dict[tuple[str, str], float] = {}
    for weight, link in links:
        key = (link.type, link.commitment)
        weight_of[key] = weight_of.get(key, 0.0) + weight
    kind, commitment = max(weight_of, key=lambda key: (weight_of[key], key))
    strength = round(sum(weight * link.strength for weight, link in links), 3)
    since = min((link.since for _, link in links if link.since), default="")
    first = links[0][1]
    return Alliance(first.a, first.b, f"{commitment} (GDP-weighted over members)", kind, strength, since)
