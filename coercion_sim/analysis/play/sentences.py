"""What the seats of a game read, in words: questions, acts, what a turn knows, how disputes ended."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from coercion_sim.wording import count, fixed, listing, pair_name, quantity, spaced, the

if TYPE_CHECKING:
    from coercion_sim.analysis.play.turn import Debrief, Turn
    from coercion_sim.dispute import Choice

#: Percent of GDP that counts as nothing given up.
NOTHING = 5e-4
#: Question put to a mover, by move.
QUESTIONS = {
    "press": "Press {target} to change its policy?",
    "package": "Press {target} with which measures?",
    "answer": "Concede to the demand of {coercer}, or resist {package}?",
    "impose": "Carry out the threat of {package}, or back down?",
    "help": "{coercer} has imposed {package} on {target}. Help, and how?",
    "review": "{coercer} keeps up {package}. Concede, or hold out?",
    "accept": "{target} offers to settle. Accept?",
    "lift": "{target} holds out against {package}. Lift the measures, or go on?",
    "accept_help": "Help of the allies asks for a cut of trade with {coercer}. Take it?",
}
#: Packages of pressure in words.
PACKAGES_IN_WORDS = {
    "record": "measures on record or proposed",
    "narrow": "a ban of one good",
    "barriers": "delays at customs",
    "screened": "bans of many goods",
    "services": "a boycott of services",
    "screened_services": "bans of many goods and a boycott of services",
    "export_control": "controls of critical exports",
    "grey_zone": "pressure in the grey zone",
    "disinformation": "disinformation",
    "hybrid": "bans of many goods, pressure in the grey zone and disinformation",
    "script": "the measures of the script",
}
#: Act that everybody sees after a choice, by move and option; choices not listed here lead to no visible act.
ACTS = {
    ("answer", "concede"): "{mover} concedes to the demand",
    ("answer", "resist"): "{mover} resists the demand",
    ("impose", "impose"): "{mover} imposes the measures threatened",
    ("impose", "back down"): "{mover} backs down",
    ("review", "concede"): "{mover} concedes under the measures",
    ("review", "settle"): "{mover} offers to settle",
    ("accept", "accept"): "{mover} accepts the settlement",
    ("accept", "refuse"): "{mover} refuses the settlement",
    ("lift", "lift"): "{mover} lifts its measures unrewarded",
    ("accept_help", "take"): "{mover} takes the help and cuts trade",
    ("accept_help", "refuse"): "{mover} refuses help that asks for a cut of trade",
}


def act_in_words(choice: Choice, names: Mapping[str, str]) -> str:
    """Sentence for an act that everybody sees; empty for a choice that shows none."""
    mover, target = names.get(choice.mover, choice.mover), names.get(choice.target, choice.target)
    if choice.move == "package":
        return f"{mover} demands a change of policy of {target} and threatens {package_in_words(choice.chosen)}"
    if choice.move == "help":
        idle = choice.chosen == choice.options[0].label
        return f"{mover} stands aside" if idle else f"{mover} helps {target}: {spaced(choice.chosen)}"
    return ACTS.get((choice.move, choice.chosen), "").format(mover=mover)


def good_in_words(name: str) -> str:
    """Name of a good in a list: ``other metal ores`` for ``Metal ores, other``."""
    folded = name.lower()
    return f"other {folded.removesuffix(', other')}" if folded.endswith(", other") else folded


def package_in_words(name: str) -> str:
    """Words for a package; those of a user's own keep their name."""
    return PACKAGES_IN_WORDS.get(name) or f"the measures {spaced(name)}"


def loss_in_words(name: str, gap: float, gdp: float) -> str:
    """Sentence for a quarter's real income: percent of GDP at an annual rate, and US$ of the quarter."""
    money = abs(gap) / 100.0 * gdp / 4.0
    verb = "loses" if gap < 0 else "gains"
    return f"{name} {verb} {fixed(abs(gap), 2)} % of GDP a year, US$ {money:,.0f} million in the quarter"


def dealt(seed: int, replicate: int, values: Mapping[str, Any]) -> str:
    """Sentence on the draw of a game: it holds from the first move to the last."""
    row = f" (row {values['dispute.row']} of the table of behaviour)" if "dispute.row" in values else ""
    drawn = any(name.startswith("dispute.") for name in values)
    behaviour = [f"how governments behave{row}"] if drawn else []
    parts = listing([*behaviour, "the uncertain numbers of the economy", "types", "luck"])
    fixed_numbers = "" if drawn else " Governments behave by the numbers of the scenario."
    return f"Draw {replicate} of seed {seed} sets {parts} once for the whole game.{fixed_numbers}"


def situation(turn: Turn) -> Iterator[str]:
    """Sentences on what the government of a turn knows: measures, their cost, answers of allies, stake and beliefs."""
    names, target, coercer = turn.names, the(turn.names[turn.target]), the(turn.names[turn.coercer])
    if turn.measures:
        first, later = turn.loss
        cost = f"{quantity(-first, 'pct_gdp')} ({quantity(-turn.loss_usd[0], 'US$ million')}) in the first year"
        yield from (f"Measure: {measure}." for measure in turn.measures)
        yield f"Without help they cost {target} {cost}, {fixed(-later, 2)} % in the long run."
    if turn.answers:
        did = {ally: "stands aside" if what == "none" else spaced(what) for ally, what in turn.answers.items()}
        yield f"Allies so far: {'; '.join(f'{names[ally]}: {what}' for ally, what in did.items())}."
    if turn.move == "package":
        yield f"Options: {'; '.join(f'{spaced(o.label)}: {package_in_words(o.label)}' for o in turn.options)}."
    resolved, firm = f"{fixed(100 * turn.resolved, 0)} %", f"{fixed(100 * turn.firm, 0)} %"
    if math.isnan(turn.stake):
        yield f"Everybody believes that {target} is resolved with {resolved}, {coercer} firm with {firm}."
    elif turn.seat not in (turn.target, turn.coercer):
        yield f"You have {fixed(turn.stake, 2)} % of GDP at stake: your tie to {target}, and your word if you gave it."
        yield f"You take {target} to be resolved with {resolved}, {coercer} to be firm with {firm}."
    elif turn.seat == turn.target:
        yield f"You are {turn.own_type}: giving in costs you your stake, {fixed(turn.stake, 2)} % of GDP, and face."
        yield f"The others cannot know: they take you to be resolved with {resolved}."
        yield f"You take {coercer} to be firm with {firm}."
    else:
        yield f"You are {turn.own_type}: if {target} gives in you win your stake, {fixed(turn.stake, 2)} % of GDP."
        yield f"The others cannot know: they take you to be firm with {firm}."
        yield f"You take {target} to be resolved with {resolved}."


def disputes_ended(end: Debrief, names: Mapping[str, str]) -> Iterator[str]:
    """Sentences on how each dispute ended, and on how it would have ended by the equilibrium."""
    for (pair, package, ending, quarters), (_, firm, resolved) in zip(end.endings, end.types, strict=True):
        types = f"The coercer was {'firm' if firm else 'soft'}, the target {'resolved' if resolved else 'irresolute'}."
        yield f"{_ended(names, pair, package, ending, quarters)}. {types}"
    alone = "; ".join(_ended(names, *one) for one in end.instead)
    yield f"With the same luck, the equilibrium would have ended so: {alone or 'no dispute'}."


def _ended(names: Mapping[str, str], pair: str, package: str, ending: str, quarters: int) -> str:
    with_what = f" ({package_in_words(package.replace(' ', '_'))})" if package else ""
    lasted = f", {count(quarters, 'quarter')} in force" if quarters else ""
    return f"{pair_name(names, pair)}{with_what}: {spaced(ending)}{lasted}"


def given_up(end: Debrief, names: Mapping[str, str]) -> Iterator[str]:
    """Sentences on what the decisions of each seat gave up, against the best expected when each was taken."""
    for seat in dict.fromkeys(d.seat for d in end.decisions):
        own = [d for d in end.decisions if d.seat == seat]
        lost, money = sum(d.best_value - d.value for d in own), sum(d.regret_usd for d in own)
        worst = max(own, key=lambda d: d.best_value - d.value)
        who = names.get(seat, seat)
        if lost < NOTHING:
            yield f"{who}: every decision was the best by what was known when it was taken."
            continue
        dollars = f" (US$ {money:,.0f} million)" if money == money else ""
        yield (
            f"{who}: {count(len(own), 'decision')} gave up {fixed(lost, 3)} % of GDP{dollars}, most of it in"
            f" {worst.quarter}: {spaced(worst.chosen)} instead of {spaced(worst.best)}."
        )
