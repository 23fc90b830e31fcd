"""Measures and what they cost in sentences: the memo's three, its title and its source."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from coercion_sim.analysis.ask.ask import FIRST_YEAR, PERIODS, Cost, Range
from coercion_sim.analysis.ask.words import Labelled
from coercion_sim.analysis.what_if import LONG_RUN
from coercion_sim.economy import Measure
from coercion_sim.wording import (
    ABOUT_NOTHING,
    MATERIAL_PCT_GDP,
    MATERIAL_SHARE,
    capital,
    count,
    decimals,
    fixed,
    immaterial,
    listing,
    number,
    percent,
    quantity,
    sector_name,
    state_name,
    the,
    trade_left,
    verb,
)

#: Most states or goods named one by one.
_MOST = 4
#: Bans of imports and exports together.
_BOTH = "trade_ban"
#: Kind of measure -> what its actors do, in the singular, with its size, the goods and the other state.
_DOES = {
    "import_ban": "bans imports of {goods} from {on}",
    "export_ban": "bans exports of {goods} to {on}",
    _BOTH: "bans trade in {goods} with {on}",
    "import_tariff": "puts a tariff of {rate} % on {goods} from {on}",
    "import_barrier": "makes imports of {goods} from {on} {dearer} % dearer",
    "export_control": "makes exports of {goods} to {on} {dearer} % dearer",
    "import_subsidy": "subsidises imports of {goods} from {on} by {rate} %",
    "transfer": "pays {on} US$ {size} million a year",
}


def measures_in_words(measures: Sequence[Measure], labels: Labelled) -> str:
    """Measures as a sentence: ``China bans imports of coal and wine from Australia``; `;` parts those that differ."""
    acting: dict[tuple[object, ...], tuple[Measure, dict[str, None]]] = {}
    for m in _joined(measures):
        acting.setdefault((m.name, m.kind, m.sectors, m.size, m.left, m.on), (m, {}))[1][m.by] = None
    alike: dict[tuple[object, ...], tuple[Measure, tuple[str, ...], dict[str, None]]] = {}
    for m, by in acting.values():
        key = (m.name, m.kind, m.sectors, m.size, m.left, frozenset(by))
        alike.setdefault(key, (m, tuple(by), {}))[2][m.on] = None
    return capital("; ".join(_clause(m, by, tuple(on), labels) for m, by, on in alike.values()))


def _joined(measures: Sequence[Measure]) -> list[Measure]:
    """Measures with the bans of exports left out that a ban of imports goes with; that is then named `_BOTH`."""

    def like(m: Measure, kind: str) -> tuple[object, ...]:
        return kind, m.by, m.on, m.sectors, m.size, m.left

    every = {like(m, m.kind) for m in measures}
    both = [m for m in measures if m.kind == "import_ban" and like(m, "export_ban") in every]
    pairs = {like(m, kind) for m in both for kind in ("import_ban", "export_ban")}
    return [replace(m, name=_BOTH) for m in both] + [
        replace(m, name="") for m in measures if like(m, m.kind) not in pairs
    ]


def _clause(m: Measure, by: Sequence[str], on: Sequence[str], labels: Labelled) -> str:
    """What these states do to those, all by measures like `m`."""
    who, several = states_in_words(labels, by), len(by) > 1 and _group(labels, by) is None
    does = _DOES.get(m.name or m.kind, f"takes the measure {m.kind} against {{on}}")
    if m.left:
        does = (_DOES[_BOTH] if m.name == _BOTH else _DOES[f"{m.kind.partition('_')[0]}_ban"]).replace("bans", "cuts")
    first, _, rest = does.partition(" ")
    goods = listing([_goods(labels, s) for s in m.sectors])
    size = {"rate": f"{100.0 * m.size:g}", "dearer": f"{100.0 * (m.size - 1.0):g}", "size": f"{m.size:g}"}
    text = f"{who} {verb(first, several)} {rest}".format(goods=goods, on=states_in_words(labels, on), **size)
    if m.left:
        return f"{text} by {percent(1.0 - m.left)}"
    return f"{text}, {trade_left(m.size, at_least=True)}" if m.kind.endswith("ban") and m.size > 0.0 else text


def _goods(labels: Labelled, sector: str) -> str:
    if sector in ("all", "goods"):
        return "all goods" if sector == "goods" else "everything"
    return sector_name(labels.sector_names, sector) if sector not in labels.sectors else sector.replace("_", " ")


def states_in_words(labels: Labelled, states: Sequence[str]) -> str:
    """States in a sentence: a group by its name, many by their number."""
    if (group := _group(labels, states)) is not None:
        return f"the {group}"
    names = [the(state_name(labels.state_names, s)) for s in states]
    if len(names) > _MOST:
        names = [*names[: _MOST - 1], count(len(names) - _MOST + 1, "other state")]
    return listing(names)


def _group(labels: Labelled, states: Sequence[str]) -> str | None:
    """Group of several states whose members these are."""
    several = len(states) > 1
    return next((g for g, members in labels.groups.items() if several and set(members) == set(states)), None)


def three_sentences(cost: Cost) -> tuple[str, str, str]:
    """What the targets lose; what the others do; what becomes of the trade."""
    return _targets(cost), _rest(cost), _trade(cost)


def _targets(cost: Cost) -> str:
    """Long run and first year of the target hit hardest; the long run of the others."""
    first, *others = sorted(cost.targets, key=lambda s: cost.of(s, LONG_RUN).mean)
    return capital("; ".join([_change(cost, first), *_in_short(cost, others)])) + "."


def _rest(cost: Cost) -> str:
    """Those that act, hardest hit first, then the others that gain or lose most."""
    acting = sorted((s for s in cost.coercers if s not in cost.targets), key=lambda s: cost.of(s, LONG_RUN).mean)
    parts = [_change(cost, acting[0]), *_in_short(cost, acting[1:])] if acting else []
    third = [s for s in cost.others if not _nothing(cost.of(s, LONG_RUN))][:_MOST]
    parts += _in_short(cost, third) if third else [f"no other state changes by {MATERIAL_PCT_GDP:g} % of GDP or more"]
    return capital("; ".join(parts)) + "."


def _change(cost: Cost, state: str) -> str:
    """What a state loses or gains in the long run and in the first year."""
    name, size = the(cost.names[state]), {p: cost.of(state, p) for p in PERIODS[::-1]}
    if all(_nothing(x) for x in size.values()):
        return f"{name} loses {ABOUT_NOTHING} (under {MATERIAL_PCT_GDP:g} % of GDP)"
    texts: list[str] = []
    before, draws = "", f" over {count(cost.draws, 'draw')}"
    for period, x in size.items():
        does, amount = before or "loses", ABOUT_NOTHING
        if not _nothing(x):
            does = "loses" if x.mean < 0.0 else "gains"
            usd = quantity(abs(x.mean) / 100.0 * cost.gdp[state], "US$ million")
            amount = f"{_pct(x)}{' of its GDP a year' if not texts else ''}"
            within = f"; {_range(x)}{draws}" if cost.draws > 1 else ""
            draws, period = "", f"{period} ({usd}{within})"
        texts.append(f"{'' if does == before else f'{does} '}{amount} in the {period}")
        before = does
    return f"{name} {listing(texts)}"


def _in_short(cost: Cost, states: Sequence[str]) -> list[str]:
    """Long run of states by the side they are on, in brackets."""
    sides: dict[str, list[str]] = {}
    for state in states:
        x = cost.of(state, LONG_RUN)
        does = "lose" if x.mean < 0.0 else "gain"
        sides.setdefault(f"about nothing {does}" if _nothing(x) else does, []).append(state)
    quiet = [*sides.pop("about nothing lose", []), *sides.pop("about nothing gain", [])]
    texts: list[str] = []
    for does, among in sides.items():
        most = sorted(among, key=lambda s: -abs(cost.of(s, LONG_RUN).mean))
        named = [f"{the(cost.names[s])} ({_pct(cost.of(s, LONG_RUN))})" for s in most[:_MOST]]
        named += [count(len(most) - _MOST, "other")] if len(most) > _MOST else []
        texts.append(f"{listing(named)} {does if len(most) > 1 else f'{does}s'} in the long run")
    if quiet:
        who = listing([the(cost.names[s]) for s in quiet]) if len(quiet) <= _MOST else count(len(quiet), "other")
        texts.append(f"{who} {verb('loses', len(quiet) > 1)} {ABOUT_NOTHING}")
    return texts


def _pct(x: Range) -> str:
    return f"{number(abs(x.mean), *sorted((abs(x.low), abs(x.high))))} %"


def _range(x: Range) -> str:
    """Range of a loss or gain in the direction of its mean, smaller end first."""
    sign = -1.0 if x.mean < 0.0 else 1.0
    low, high = sorted((sign * x.low, sign * x.high))
    places = decimals(abs(x.mean), low, high)
    if low < 0.0:
        words = ("gain", "loss") if sign < 0.0 else ("loss", "gain")
        return f"from a {words[0]} of {fixed(-low, places)} to a {words[1]} of {fixed(high, places)} %"
    return f"range {fixed(low, places)} to {fixed(high, places)} %"


def _nothing(x: Range) -> bool:
    return x.mean == 0.0 or immaterial(x.mean, x.low, x.high)


def _trade(cost: Cost) -> str:
    """Trade hit, lost and sold to others."""
    total = sum(cost.hit.values())
    if total <= 0.0:
        return f"In this world that trade was nil in {cost.year or 'its year'}, so nothing is lost."
    goods = [s.replace("_", " ") for s, usd in cost.hit.items() if usd >= MATERIAL_SHARE * total]
    text = f"The trade hit ({'mostly ' if len(goods) > 3 else ''}{listing(goods[:3])}) is worth"
    text += f" {quantity(total, 'US$ million a year')}"
    if cost.base > 0.0:
        side = "exports" if cost.measures[0].kind.startswith("import") else "imports"
        text += f", {percent(total / cost.base)} of the {side} of {the(cost.names[cost.targets[0]])}"
    lost = float(cost.lost.mean())
    if not lost > 0.0:
        return f"{text}; in the long run none of it is lost."
    whole = "all" if lost >= 0.995 * total else percent(lost / total)
    return f"{text}; in the long run {whole} of it is lost, and {_sold_to_others(cost)}."


def _sold_to_others(cost: Cost) -> str:
    """How much of the trade lost is sold to others, and to whom first."""
    away, buyers = cost.diverted, [the(cost.names[s]) for s in list(cost.gainers)[:3]]
    if math.isnan(away.mean) or away.mean < MATERIAL_SHARE or not buyers:
        return "next to nothing of that is sold to others"
    share = percent(away.mean)
    if cost.draws > 1:
        share += f" (range {fixed(100.0 * away.low, 0)} to {fixed(100.0 * away.high, 0)} %)"
    whose = "that" if cost.base > 0.0 else f"what {listing([the(cost.names[s]) for s in cost.sellers[:_MOST]])} lost"
    return f"{share} of {whose} is sold to others, first of all to {listing(buyers)}"


def source_line(cost: Cost, version: str) -> str:
    """Source of the numbers, for a chart or memo."""
    drawn = listing([key.rpartition(".")[2].replace("_", " ") for key in cost.uncertain])
    ranges = f"ranges: 5-95 % of {count(cost.draws, 'draw')} of {drawn}" if cost.draws > 1 else "one draw, no range"
    year = f", trade of {cost.year}" if cost.year else ""
    return (
        f"Source: coercion_sim {version}, world {cost.world}{year}; {ranges}. Real income, compared with an"
        f" economy without the measures; no state responds; {FIRST_YEAR}: mean of four quarters; below"
        f" {MATERIAL_PCT_GDP:g} % of GDP is {ABOUT_NOTHING}."
    )
