"""`coercion-sim coalition`: the least-cost coalition that deters."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import click

from coercion_sim.cli.deter import pledge_arguments, pledge_options, promise_in_words
from coercion_sim.cli.options import echo_json
from coercion_sim.cli.tables import paragraph, paragraphs, table
from coercion_sim.wording import listing, number, percent, quantity, verb

if TYPE_CHECKING:
    from coercion_sim.analysis import Coalition, CoalitionAnswer

_MONEY = "US$ million"


@click.command("coalition")
@click.argument("scenario")
@click.option("--stake", type=float, metavar="V", help="v_C, percent of the coercer's GDP.  [default: the median]")
@click.option(
    "--candidates", default="6", show_default=True, metavar="N|STATE,STATE",
    help="States that may join, or the number of those bound to the target, the strongest tie first; at most 8.",
)  # fmt: skip
@click.option("--top", type=click.IntRange(1), default=5, show_default=True, metavar="N", help="Coalitions printed.")
@pledge_options
def coalition(
    scenario: str, stake: float | None, candidates: str, top: int, as_json: bool, quiet: bool, **given: Any
) -> None:
    """Find the coalition that deters the coercer of SCENARIO's first dispute at least expected cost.

    Tries every set of candidates (dispute.most_allies limits those that act at once) with every promise at its least
    pledge. Prints members and their promise; costs and gains of each; members that gain by free-riding; whether side
    payments hold the coalition; whether the core is empty. Uncertain numbers are at their defaults.
    """
    from coercion_sim.analysis import least_cost_coalition
    from coercion_sim.experiments import reporting

    named = int(candidates) if candidates.isdigit() else tuple(c.strip() for c in candidates.split(","))
    with reporting("coalitions", quiet=quiet, what="sets of members") as progress:
        answer = least_cost_coalition(
            scenario, stake=stake, candidates=named, progress=progress, **pledge_arguments(given)
        )
    echo_json(coalition_data(answer)) if as_json else click.echo(coalition_text(answer, top))


def coalition_text(a: CoalitionAnswer, top: int) -> str:
    """The whole answer, money a dispute."""
    from coercion_sim.analysis import BINDS

    words = a.value_silent != a.value_alone
    texts = [
        f"{a.scenario}: the least-cost coalition that deters {a.coercer} from pressing {a.target}; stake v_C"
        f" {a.stake:g} % of GDP",
        f"Candidates {' '.join(a.candidates)}; {a.tried} coalitions and promises tried, pledges up to {a.strongest:g} %"
        " of GDP" + (f"; {a.unsolved} left out, without an equilibrium found" if a.unsolved else ""),
        f"Without promises pressing is worth {number(a.value_alone)} % of GDP, pressed {percent(a.pressed_alone)} of"
        " disputes" + (f"; without the joint statement, {number(a.value_silent)}" if words else ""),
    ]
    lines = [*paragraph(_answer(a), rest=""), "", *paragraphs(texts), ""]
    c = a.chosen
    if c is None:
        enough = words and a.value_silent > 0.0
        needless = f"No coalition is needed: {'the joint statement is enough' if enough else 'pressing does not pay'}."
        return "\n".join([*lines, needless if a.deters else "No candidate has anything to give."])
    promise = promise_in_words(c.terms.kind, c.terms.intensity, c.terms.members, c.idle)
    who = f"{listing(c.terms.members)}: promise to {promise}, pledge A {number(c.strength)} % of GDP each"
    if not a.deters:
        none = "No coalition of these candidates deters. Most reduction of the coercer's value for its cost:"
        lines += paragraph(none)
        who += f"; pressing is still worth {number(c.least.value)} ({BINDS[c.least.binds]})"
    lines += paragraph(who)
    texts = [
        f"pressed {percent(c.pressed)} of disputes, imposed {percent(c.imposed)}",
        f"expected cost {quantity(c.cost, _MONEY)} a dispute, {quantity(c.if_called, _MONEY)} where a package is"
        f" imposed; {a.target} gains {quantity(a.target_gain, _MONEY)} a dispute",
    ]
    lines += paragraphs(texts, "  ")
    for part in (_ranking(a, top), _accounts(a), _stability(a)):
        lines += ["", *part]
    return "\n".join(lines)


def _answer(a: CoalitionAnswer) -> str:
    """Who deters, with what and for how much, in one sentence."""
    c, press = a.chosen, f"{a.coercer} from pressing {a.target}"
    if c is None and a.value_silent > 0.0 >= a.value_alone:
        return f"A joint statement is enough: once it is made, pressing {a.target} does not pay {a.coercer}."
    if c is None:
        return f"Pressing {a.target} does not pay {a.coercer}." if a.deters else f"No candidate can deter {press}."
    cost = f"pressed in {percent(c.pressed)} of disputes instead of {percent(a.pressed_alone)}"
    cost += f", for {quantity(c.cost, _MONEY)} a dispute"
    who = f"{listing(c.terms.members)} {verb('deters', len(c.terms.members) > 1)} {press} at least cost"
    who = who if a.deters else f"No coalition of the candidates deters {press}; {listing(c.terms.members)} come nearest"
    promise = promise_in_words(c.terms.kind, c.terms.intensity, c.terms.members, c.idle)
    return f"{who}, by a promise to {promise}: {cost}."


def _ranking(a: CoalitionAnswer, top: int) -> list[str]:
    rows = []
    for c in a.ranked[:top]:
        sizes = number(c.strength), percent(c.pressed), *map(number, (c.cost, c.if_called, c.least.value))
        rows.append([" ".join(c.terms.members), f"{c.terms.kind} {c.terms.intensity:g}", *sizes])
    title = "Cheapest that deter" if a.deters else "Best for their cost"
    text = f"{title} ({len(a.ranked)} in all; US$ million a dispute, value of pressing in % of {a.coercer}'s GDP)"
    heads = ["members", "promise", "A", "pressed", "cost", "if called", "value"]
    return [*paragraph(text), *table(heads, rows, left=(0, 1), indent="  ")]


def _accounts(a: CoalitionAnswer) -> list[str]:
    """Cost and gain of every candidate, and what it would gain by leaving or joining."""
    rows = []
    for x in a.accounts:
        choice = ("leaves" if x.member else "joins") if x.would_change else "stays"
        rows.append([
            f"{x.state} {'member' if x.member else 'outside'}{'*' if x.pivotal else ''}",
            *map(number, (x.pays, x.exposure, x.interest, x.gains)), number(x.other - x.payoff, sign=True),
            "no room" if math.isnan(x.other) else choice, number(x.if_called),
        ])  # fmt: skip
    heads = ["", "pays", "of it exposure", "interest lost", "gains", "by change of side", "choice", "if called"]
    title = "Accounts, US$ million a dispute (*: without it the coalition does not deter)"
    return [*paragraph(title), *table(heads, rows, left=(0, 6), indent="  ")]


def _stability(a: CoalitionAnswer) -> list[str]:
    short, v = -a.surplus, a.worth
    missing = f"no, {quantity(short, _MONEY)} a dispute are missing"
    gain = float(v.worth[-1]) - sum(float(v.worth[1 << i]) for i in range(len(v.players)))
    texts = [
        f"internally stable: {f'no: {listing(a.free_riders)} would rather leave' if a.free_riders else 'yes'}",
        f"externally stable: {'yes' if a.externally_stable else 'no: an outsider would join'}",
        f"held by side payments among members: {'yes' if a.potentially_stable else missing}",
    ]
    if not a.potentially_stable:
        could = "could" if a.target_gain >= short else "could not"
        texts.append(f"{a.target} {could} pay that from its gain of {quantity(a.target_gain, _MONEY)}")
    texts += [
        f"worth of all candidates together: {quantity(gain, _MONEY)} a dispute more than each by itself"
        + (": promising does not pay them together" if gain <= 0.5 else ""),
        f"core: {'not empty' if v.core_exists else 'empty'} (slack {number(v.slack)})",
    ]
    for sharing, words in (("equal", "equally"), ("gdp", "by GDP")):
        against = listing(a.objection(sharing))
        texts.append(f"surplus divided {words}: {f'refused by {against}' if against else 'in the core'}")
    return ["Would it hold?", *paragraphs(texts, "  ")]


def coalition_data(a: CoalitionAnswer) -> dict[str, Any]:
    """The answer as data."""

    def one(c: Coalition) -> dict[str, Any]:
        return {
            "members": c.terms.members, "kind": c.terms.kind, "intensity": c.terms.intensity, "pledge": c.strength,
            "deters": c.least.deters, "binds": c.least.binds, "value": c.least.value, "pressed": c.pressed,
            "imposed": c.imposed, "cost": c.cost, "cost_if_called": c.if_called,
            "payoffs": dict(zip(a.candidates, c.payoffs.tolist(), strict=True)), "target": c.target,
        }  # fmt: skip

    keys = (
        "scenario", "policy", "coercer", "target", "stake", "who", "strongest", "candidates", "value_alone",
        "pressed_alone", "deters", "tried", "target_gain",
    )  # fmt: skip
    data: dict[str, Any] = {key: getattr(a, key) for key in keys}
    data["chosen"] = one(a.chosen) if a.chosen is not None else None
    data["ranked"] = [one(c) for c in a.ranked]
    data["accounts"] = [vars(x) | {"gains": x.gains, "would_change": x.would_change} for x in a.accounts]
    if a.chosen is not None:
        data["stability"] = {
            "internal": a.internally_stable, "external": a.externally_stable, "free_riders": a.free_riders,
            "potential": a.potentially_stable, "surplus": a.surplus,
        }  # fmt: skip
        refused = {f"{sharing}_refused_by": a.objection(sharing) for sharing in ("equal", "gdp")}
        v = a.worth
        data["core"] = {"exists": v.core_exists, "slack": v.slack, "worth": v.worth} | refused
    return data
