"""The first screen of an answer as sentences and a table, for a terminal and a page alike."""

from __future__ import annotations

import math
from collections.abc import Callable

from coercion_sim.analysis.answer.answer import Answer, Mean
from coercion_sim.analysis.answer.base_rates import PUBLISHED
from coercion_sim.analysis.answer.robustness import STAKES, Robustness, differ
from coercion_sim.intervals import FEW_UNITS
from coercion_sim.wording import (
    ABOUT_NOTHING,
    MATERIAL_SHARE,
    SLIGHT,
    capital,
    count,
    fixed,
    immaterial,
    listing,
    percent,
    policy_label,
    spaced,
    state_name,
    the,
)

#: Columns of the table of policies.
HEADINGS = ("", "pressed", "conceded", "imposed", "its way", "loss, % GDP", "US$ bn", "burden")
#: Allies named one by one.
_NAMED = 2


def first_screen(a: Answer) -> dict[str, str]:
    """Sentences by their heads; those that these policies cannot answer are left out."""
    made: dict[str, Callable[[Answer], str]] = {
        "Deterrence": _deterrence, "Relief": _relief, "Who pays": _who_pays, "Integration": _integration,
        "Us or them": _us_or_them, "Does it hold": _holds,
    }  # fmt: skip
    return {head: text for head, make in made.items() if (text := make(a))}


def policy_rows(a: Answer) -> list[list[str]]:
    """Cells of the table of policies, a row for each."""
    rows = []
    for policy in a.policies:
        values = {name: a.mean(name, policy).value for name in ("loss", "loss_usd", "burden_usd")}
        shares = [a.mean(name, policy).value for name in ("pressed", "conceded", "imposed", "gets_its_way")]
        loss = SLIGHT if immaterial(values["loss"]) else fixed(values["loss"], 2)
        money = (usd(a, values["loss_usd"]), usd(a, values["burden_usd"]))
        rows.append([_short(policy), *(fixed(100.0 * share, 0) for share in shares), loss, *money])
    return rows


def how_to_read() -> str:
    """Units of the table, with the published rates."""
    conceded, imposed = (fixed(100.0 * PUBLISHED[name], 0) for name in ("conceded_to_demand", "carried_out"))
    return (
        f"Pressed, its way: % of disputes; conceded, imposed: % of those pressed (TIES: {conceded}, {imposed}); loss,"
        " burden: discounted, if pressed."
    )


def how_sure(a: Answer) -> str:
    """How far the order of policies and the level hang on behaviour, over the answer's own draws."""
    sure = a.robustness
    return " ".join(part for part in (_order(a, sure), _level(a, sure)) if part)


def _order(a: Answer, sure: Robustness) -> str:
    """Draws in which the policies come in the order of their means."""
    if len(a.policies) == 1:
        return ""
    draws = count(sure.draws, "draw")
    if not sure.pairs:
        apart = sure.draws - sure.tied
        return f"Pressed alike under all policies but in {apart} of {draws}."
    ties = f", tie in {sure.tied}" if sure.tied else ""
    if sure.draws < FEW_UNITS:
        return f"Policies keep order in {sure.same} of {draws}{ties}, too few for a share."
    share = percent(sure.same / sure.draws)
    return f"Policies keep order in {share} of {draws}{ties}."


def _level(a: Answer, sure: Robustness) -> str:
    """The behavioural number with which the chance to press changes most."""
    if set(sure.varied) <= set(STAKES):
        varied = "fixed but for stakes" if sure.varied else "fixed"
        remedy = "; --set dispute.draws=posterior varies it" if a.behaviour == "fixed" else ""
        return f"Behaviour is {varied}{remedy}."
    if not sure.drivers:
        return f"What moves the level takes {FEW_UNITS} draws."
    most, first = sure.drivers[0], policy_label(a.policies[0])
    if not most.clear:
        return f"None of the {len(sure.drivers)} behavioural numbers clearly moves {first}."
    ends = f"[{fixed(100.0 * most.low, 0)}, {fixed(100.0 * most.high, 0)}]"
    return (
        f"{capital(first)}: {percent(most.lower)} in the third of draws with least {most.number},"
        f" {percent(most.upper)} with most ({fixed(100.0 * most.difference, 0, sign=True)} points {ends}),"
        f" the largest of {len(sure.drivers)} numbers."
    )


def usd(a: Answer, billions: float) -> str:
    """US$ billion; `SLIGHT` below the share of the target's GDP that is material."""
    if immaterial(100.0 * billions / a.gdp_usd):
        return SLIGHT
    return fixed(billions, sum(abs(billions) < size for size in (10.0, 1.0, 0.01)))


def _short(policy: str) -> str:
    """Policy as a row of the table names it: of several its first words, ``respond + integrate``."""
    parts = policy.split("+")
    return spaced(policy) if len(parts) == 1 else " + ".join(part.split("_")[0] for part in parts)


def _name(a: Answer, state: str) -> str:
    return the(state_name(a.names, state))


def _change(m: Mean) -> str:
    """Difference of a chance to press in percentage points, with its interval."""
    ends = [x for x in (m.difference, m.difference_low, m.difference_high) if not math.isnan(x)]
    if not any(differ(x, 0.0) for x in ends):
        return "as often"
    width = ends[2] - ends[1] if len(ends) == 3 else 2.0 * abs(m.difference)
    value, *bounds = (fixed(100.0 * x, 0 if width > 0.02 else 1, sign=not i) for i, x in enumerate(ends))
    return f"{value} points" + (f" [{', '.join(bounds)}]" if bounds else "")


def _has(a: Answer, part: str) -> str:
    """The plainest policy of this answer with a part of this name; empty for none."""
    return min((p for p in a.policies if part in p.split("+")), key=len, default="")


def _deterrence(a: Answer) -> str:
    """Chance to press under the first policy and under the one that lowers it most."""
    first = a.policies[0]
    m = a.mean("pressed", first)
    text = f"{capital(_name(a, a.coercer))} presses in {percent(m.value)} of disputes under {policy_label(first)}"
    text += f" ({fixed(100.0 * m.low, 0)}-{fixed(100.0 * m.high, 0)} over draws)"
    if all(a.mean("pays", p).value == 0.0 for p in a.policies):
        policies = " under every policy" if len(a.policies) > 1 else ""
        return (
            f"{capital(_name(a, a.coercer))} presses in {percent(m.value)} of disputes{policies}, by error of choice:"
            " pressing pays in no draw."
        )
    others = [p for p in a.policies[1:] if "+" not in p]
    if not others:
        return f"{text}."
    best = min(others, key=lambda p: a.mean("pressed", p).value)
    change = a.mean("pressed", best)
    return f"{text}, in {percent(change.value)} under {policy_label(best)}: {_change(change)}."


def _relief(a: Answer) -> str:
    """Effect of the measures on record, then vulnerability alone and when allies answer."""
    helped, target = _has(a, "respond_as_allies"), _name(a, a.target)
    policy = helped or a.policies[0]
    on_record, known = -a.record[0], not math.isnan(a.record[0])
    alone, answered = a.mean("first_year_alone", policy).value, a.mean("first_year", policy).value
    text = f"Measures on record cost {target} {_of_gdp(on_record)} a year; " if known else ""
    if math.isnan(alone):
        return f"{text}{'none is imposed here' if known else 'No measure is imposed'}."
    text += "those imposed here" if known else f"In % of GDP a year, measures imposed cost {target}"
    if not helped:
        return f"{text} {_rate(alone)}."
    if immaterial(alone):
        return f"{text} {ABOUT_NOTHING}, alone or with allies."
    if answered > (1.0 - MATERIAL_SHARE) * alone:
        return f"{text} {_rate(alone)}, and no ally makes any of it good."
    return f"{text} {_rate(alone)} alone, {_rate(answered)} when allies answer."


def _rate(value: float) -> str:
    """Percent; a third decimal where two would hide what allies make good."""
    return ABOUT_NOTHING if immaterial(value) else f"{fixed(value, 2 if abs(value) >= 0.1 else 3)} %"


def _of_gdp(value: float) -> str:
    return ABOUT_NOTHING if immaterial(value) else f"{_rate(value)} of GDP"


def _who_pays(a: Answer) -> str:
    """Expected burdens of the allies that respond, the largest by name."""
    paid = a.ally_usd.get(_has(a, "respond_as_allies"), {})
    if not paid:
        return ""
    ranked = sorted(paid, key=lambda ally: -paid[ally])
    named = [ally for ally in ranked[:_NAMED] if paid[ally] and usd(a, paid[ally]) != SLIGHT]
    rest = sum(paid[ally] for ally in ranked if ally not in named)
    parts = [f"{state_name(a.names, ally)} {usd(a, paid[ally])}" for ally in named]
    parts += [f"{'others' if named else 'all allies'} {usd(a, rest)}"] if rest and usd(a, rest) != SLIGHT else []
    return f"US$ bn if pressed: {', '.join(parts)}." if parts else f"Allies pay {ABOUT_NOTHING}."


def _integration(a: Answer) -> str:
    """Gain from integration by itself, then its worth as a shield."""
    policy = _has(a, "integrate_economies")
    if not policy:
        return ""
    gain = a.mean("standing", policy).value
    kind = "A cost of its own" if gain < 0.0 else "A gain from trade"
    text = f"By itself {ABOUT_NOTHING}" if immaterial(gain) or not gain else f"{kind} of {_of_gdp(abs(gain))} a year"
    loss, first = a.mean("loss", policy).value, a.mean("loss", a.policies[0]).value
    shield = f"; as a shield, pressed {_change(a.mean('pressed', policy))}"
    if math.isnan(loss) or math.isnan(first):
        return f"{text}{shield}."
    change = fixed(100.0 * (loss / first - 1.0), 0, sign=True) if not immaterial(first) else ""
    slight = change.strip("0") == ""
    return f"{text}{shield}, loss if pressed {'as large' if slight else f'{change} %'}."


def _us_or_them(a: Answer) -> str:
    """Who would cut trade with the coercer, whether it is pressed less for that, and what the cuts cost."""
    policy = _has(a, "choose_sides")
    if not policy:
        return ""
    cutters = [s for s, share in a.cuts.get(policy, {}).items() if share > 0.5]
    pressed = f"pressed {_change(a.mean('pressed', policy))}"
    if not cutters:
        return f"Nobody would cut trade with {_name(a, a.coercer)}: no trade is cut; {pressed}."
    shares = {s: "" if a.cuts[policy][s] == 1.0 else f" ({percent(a.cuts[policy][s])} of draws)" for s in cutters}
    who = capital(listing([_name(a, s) + shares[s] for s in cutters]))
    bill = -a.mean("standing_usd", policy).value
    money = ABOUT_NOTHING if usd(a, bill) == SLIGHT else f"US$ {usd(a, bill)} bn a year"
    return f"{who} would cut trade with {_name(a, a.coercer)}; {pressed}; cost {money}."


def _holds(a: Answer) -> str:
    """Share of the promise that is kept, and allies that would gain by promising nothing while others keep theirs."""
    policy = _has(a, "respond_as_allies")
    leaves = a.leaves.get(policy, {})
    if not leaves:
        return ""
    kept = a.mean("kept", policy).value
    text = f"Allies that pledged deliver {percent(kept)} of the promise; " if not math.isnan(kept) else ""
    draws = min(each.draws for each in leaves.values())
    if not draws:
        return capital(f"{text}no dispute without one of them was solved.")
    rest = f"by promising nothing ({count(draws, 'draw')})"
    gone = [_name(a, ally) for ally, each in leaves.items() if each.gains_materially > 0.5]
    if gone:
        who = listing(gone) if len(gone) <= _NAMED else f"{len(gone)} of {len(leaves)}"
        return capital(f"{text}{who} would gain {rest} while the others keep theirs.")
    slightly = sum(each.gains > 0.5 for each in leaves.values())
    if not slightly:
        return capital(f"{text}none would gain {rest}.")
    return capital(f"{text}{slightly} of {len(leaves)} would gain {rest}, but {ABOUT_NOTHING}.")
