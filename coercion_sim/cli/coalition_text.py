"""The least-cost coalition as text and data."""

from __future__ import annotations

import math
from typing import Any

from coercion_sim.analysis import BINDS, Coalition, CoalitionAnswer
from coercion_sim.cli.columns import aligned, number

_DOES = {
    "support": "make good {share:.0%} of the loss together",
    "retaliation": "cut off {share:.0%} of critical exports",
    "both": "make good {share:.0%} of the loss together and cut off {share:.0%} of critical exports",
}


def coalition_text(answer: CoalitionAnswer, top: int) -> str:
    """The whole answer, US$ million a dispute."""
    a = answer
    lines = [
        f"{a.scenario}: the least-cost coalition that deters {a.coercer} from pressing {a.target};"
        f" stake v_C {a.stake:g} % of GDP",
        f"Candidates {' '.join(a.candidates)}; {a.tried} coalitions and promises tried, pledges up to"
        f" {a.strongest:g} % of GDP",
        f"Nobody promises: pressing is worth {number(a.value_alone, 4)} % of GDP, pressed {a.pressed_alone:.2f} of"
        " disputes",
        "",
    ]
    if a.chosen is None:
        reason = (
            "No coalition is needed: pressing does not pay as it is." if a.deters else "Nobody has anything to give."
        )
        return "\n".join([*lines, reason])
    c = a.chosen
    who = ", ".join(c.terms.members)
    does = _DOES[c.terms.kind].format(share=c.terms.intensity)
    if a.deters:
        lines.append(f"{who}: promise to {does}, pledge A {c.strength:.3f} % of GDP each")
    else:
        lines += [
            "No coalition of these candidates deters. Most reduction of the coercer's value for its cost:",
            f"{who}: promise to {does}, pledge A {c.strength:.3f}; pressing is still worth {number(c.least.value, 4)}"
            f" ({BINDS[c.least.binds]})",
        ]
    lines += [
        f"  pressed {c.pressed:.2f} of disputes, imposed {c.imposed:.2f}",
        f"  expected cost US$ {c.cost:,.0f} million a dispute, {c.if_called:,.0f} million where a package is imposed;"
        f" {a.target} gains {a.target_gain:,.0f} million a dispute",
        "",
        *_ranking(a, top),
        "",
        *_accounts(a),
        "",
        *_stability(a),
    ]
    return "\n".join(lines)


def _ranking(a: CoalitionAnswer, top: int) -> list[str]:
    rows = [["members", "promise", "A", "pressed", "cost", "if called", "value"]]
    rows += [
        [
            " ".join(c.terms.members), f"{c.terms.kind} {c.terms.intensity:g}", number(c.strength, 3),
            number(c.pressed, 2), number(c.cost, 0), number(c.if_called, 0), number(c.least.value, 4),
        ]
        for c in a.ranked[:top]
    ]  # fmt: skip
    title = "Cheapest that deter" if a.deters else "Best for their cost"
    return [f"{title} ({len(a.ranked)} in all; US$ million, value of pressing in % of {a.coercer}'s GDP)"] + [
        "  " + line for line in aligned(rows, left=(0, 1))
    ]


def _accounts(a: CoalitionAnswer) -> list[str]:
    rows = [["", "pays", "of it exposure", "interest lost", "gains", "if it changed sides", "", "if called"]]
    for x in a.accounts:
        side = "leaves" if x.member else "joins"
        wish = ("would " + ("free-ride" if x.member else "join")) if x.would_change else "would not"
        wish = "no room" if math.isnan(x.other) else wish
        rows.append(
            [
                f"{x.state} {'member' if x.member else 'outside'}{' (pivotal)' if x.pivotal else ''}",
                number(x.pays, 0), number(x.exposure, 0), number(x.interest, 0), number(x.gains, 0),
                number(x.other - x.payoff, 0), f"{side}: {wish}", number(x.if_called, 0),
            ]
        )  # fmt: skip
    return ["Accounts, US$ million a dispute"] + ["  " + line for line in aligned(rows, left=(0, 6))]


def _stability(a: CoalitionAnswer) -> list[str]:
    riders = f"no: {', '.join(a.free_riders)} would rather leave" if a.free_riders else "yes"
    short = -a.surplus
    hold = "yes" if a.potentially_stable else f"no, US$ {short:,.0f} million a dispute are missing"
    lines = [
        "Would it hold?",
        f"  internally stable: {riders}",
        f"  externally stable: {'yes' if a.externally_stable else 'no: an outsider would join'}",
        f"  held by side payments among members: {hold}",
    ]
    if not a.potentially_stable:
        verb = "could" if a.target_gain >= short else "could not"
        lines.append(f"  {a.target} {verb} pay that out of what it gains by the coalition ({a.target_gain:,.0f})")
    v = a.worth
    alone = sum(float(v.worth[1 << i]) for i in range(len(v.players)))
    gain = float(v.worth[-1]) - alone
    lines.append(
        f"  worth of all candidates together: US$ {gain:,.0f} million a dispute more than each by itself"
        + (": promising does not pay them together" if gain <= 0.5 else "")
    )
    lines.append(f"  core: {'not empty' if v.core_exists else 'empty'} (slack {number(v.slack, 1)})")
    for sharing, words in (("equal", "equally"), ("gdp", "by GDP")):
        against = a.objection(sharing)
        lines.append(
            f"  surplus divided {words}: {'in the core' if not against else 'refused by ' + ' '.join(against)}"
        )
    return lines


def coalition_data(answer: CoalitionAnswer) -> dict[str, Any]:
    """The answer as plain data."""
    a = answer

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
        data["core"] = {
            "exists": a.worth.core_exists, "slack": a.worth.slack, "worth": a.worth.worth,
            "equal_refused_by": a.objection("equal"), "gdp_refused_by": a.objection("gdp"),
        }  # fmt: skip
    return data
