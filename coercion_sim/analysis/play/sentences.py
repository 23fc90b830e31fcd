"""What the seats of a game read, in words: questions, acts, what a turn knows, how disputes ended."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from coercion_sim.economy import KINDS, NON_ECONOMIC, Measure
from coercion_sim.wording import (
    capital,
    count,
    fixed,
    listing,
    pair_name,
    quantity,
    sector_name,
    spaced,
    the,
    trade_left,
    verb,
)

if TYPE_CHECKING:
    from coercion_sim.analysis.play.turn import Debrief, Turn
    from coercion_sim.dispute import Choice
    from coercion_sim.world import World

#: Goods of a measure named one by one.
MOST_GOODS = 6
#: Kinds of measures whose names say little by themselves.
_KINDS = {"military": "pressure in the grey zone"}
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
    "script": "the measures already in force",
}
#: Help of an ally in words, by instrument.
HELP_IN_WORDS = {
    "absorb": "by buying the goods hit",
    "facilitation": "by letting the goods hit in more cheaply",
    "compensate": "with money",
    "retaliate": "by acting against trade with the coercer",
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


def acts_in_words(choices: Sequence[Choice], names: Mapping[str, str]) -> Iterator[tuple[int, str]]:
    """Quarter and sentence of every act of a dispute that everybody sees; allies that do the same share a sentence."""
    for _, alike in groupby(choices, key=lambda c: (c.quarter, c.move, c.chosen if c.move == "help" else c.mover)):
        acts = list(alike)
        for text in [_help_given(acts, names)] if acts[0].move == "help" else [_act(act, names) for act in acts]:
            if text:
                yield acts[0].quarter, text


def _help_given(acts: Sequence[Choice], names: Mapping[str, str]) -> str:
    """Sentence on what allies chose, all of them the same."""
    first, several = acts[0], len(acts) > 1
    coercer, target = (the(names.get(state, state)) for state in (first.coercer, first.target))
    allies = capital(listing([the(names.get(act.mover, act.mover)) for act in acts]))
    if first.chosen == first.options[0].label:
        return f"{allies} {verb('stands', several)} aside as {coercer} presses {target}"
    return f"{allies} {verb('helps', several)} {target} against {coercer} {help_in_words(first.chosen)}"


def help_in_words(option: str) -> str:
    """Words for how an ally helps: ``with money and by acting against ...``; a user's own instrument keeps its name."""
    known = [HELP_IN_WORDS[name] for name in option.split("_") if name in HELP_IN_WORDS]
    return listing(known) if len(known) == len(option.split("_")) else f"by {spaced(option)}"


def _act(choice: Choice, names: Mapping[str, str]) -> str:
    """Sentence describing a public act of the coercer or the target; empty for a private choice."""
    mover, target = (the(names.get(state, state)) for state in (choice.mover, choice.target))
    if choice.move == "package":
        demands = f"demands a change of policy of {target} and threatens {package_in_words(choice.chosen)}"
        return f"{capital(mover)} {demands}"
    return capital(ACTS.get((choice.move, choice.chosen), "").format(mover=mover))


def good_in_words(name: str) -> str:
    """Name of a good in a list: ``other metal ores`` for ``Metal ores, other``."""
    folded = name.lower()
    return f"other {folded.removesuffix(', other')}" if folded.endswith(", other") else folded


def package_in_words(name: str) -> str:
    """Words for a package; those of a user's own keep their name."""
    return PACKAGES_IN_WORDS.get(name) or f"the measures {spaced(name)}"


def pressure_in_words(measures: Sequence[Measure], world: World) -> tuple[str, ...]:
    """Measures of a package; those of one kind and size are one."""
    goods: dict[str, list[str]] = {}
    for m in measures:
        named = ["all goods and services" if s == "all" else _good(world, s) for s in m.sectors]
        goods.setdefault(f"{_KINDS.get(m.kind) or spaced(m.kind)} ({_size_in_words(m)})", []).extend(named)
    return tuple(f"{what} on {_some(named)}" if named else what for what, named in goods.items())


def _good(world: World, sector: str) -> str:
    return good_in_words(sector_name(world.sector_names, sector))


def _size_in_words(measure: Measure) -> str:
    """What a measure leaves of trade, adds to its cost, or takes from the target."""
    if measure.left is not None:
        return trade_left(measure.left)
    if measure.kind.endswith("ban"):
        return trade_left(measure.size, at_least=True)
    if measure.kind in NON_ECONOMIC:
        return f"a loss of {quantity(measure.size, 'pct_gdp')} a year"
    raised = measure.size - (1.0 if KINDS[measure.kind].size == "factor" else 0.0)
    return f"{fixed(100.0 * raised, 0, sign=True)} % of the price"


def _some(goods: list[str]) -> str:
    """Goods in a list, many by their number."""
    more = [f"{len(goods) - MOST_GOODS} more"] if len(goods) > MOST_GOODS + 1 else goods[MOST_GOODS:]
    return listing([*goods[:MOST_GOODS], *more])


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
    target = the(turn.names[turn.target])
    if turn.measures:
        first, later = (quantity(-loss, "pct_gdp") for loss in turn.loss)
        money = quantity(-turn.loss_usd[0], "US$ million")
        yield from (f"Measure: {measure}." for measure in turn.measures)
        yield f"Without help they cost {target} {first} ({money}) in the first year, {later} a year in the long run."
    if turn.answers:
        yield f"Allies so far: {_answers(turn)}."
    if turn.move == "package":
        yield f"Options: {'; '.join(f'{spaced(o.label)}: {package_in_words(o.label)}' for o in turn.options)}."
    if turn.move == "help":
        stand_aside, *ways = (spaced(o.label) for o in turn.options)
        helped = (f"{way}: help {help_in_words(o.label)}" for way, o in zip(ways, turn.options[1:], strict=True))
        yield f"Options: {'; '.join((f'{stand_aside}: stand aside', *helped))}."
    yield from _beliefs(turn)


def _answers(turn: Turn) -> str:
    """What allies have done so far, those that did the same together."""
    alike: dict[str, list[str]] = {}
    for ally, what in turn.answers.items():
        alike.setdefault(what, []).append(the(turn.names[ally]))
    return "; ".join(
        f"{listing(allies)} {verb('stands', len(allies) > 1)} aside"
        if what == "none"
        else f"{listing(allies)} {verb('helps', len(allies) > 1)} {help_in_words(what)}"
        for what, allies in alike.items()
    )


def _beliefs(turn: Turn) -> Iterator[str]:
    """What the seat has at stake, and what is believed about the types of both sides."""
    target, coercer = the(turn.names[turn.target]), the(turn.names[turn.coercer])
    resolved, firm = (f"probability {fixed(100 * chance, 0)} %" for chance in (turn.resolved, turn.firm))
    both = f"that {target} is resolved with {resolved} and {coercer} firm with {firm}"
    if math.isnan(turn.stake):
        yield f"Everybody believes {both}."
    elif turn.seat not in (turn.target, turn.coercer):
        yield f"You have {fixed(turn.stake, 2)} % of GDP at stake: your tie to {target}, and your word if you gave it."
        yield f"You believe {both}."
    elif turn.seat == turn.target:
        yield f"You are {turn.own_type}: giving in costs you your stake, {fixed(turn.stake, 2)} % of GDP, and face."
        yield f"The others cannot know: they believe you are resolved with {resolved}."
        yield f"You believe that {coercer} is firm with {firm}."
    else:
        yield f"You are {turn.own_type}: if {target} gives in you win your stake, {fixed(turn.stake, 2)} % of GDP."
        yield f"The others cannot know: they believe you are firm with {firm}."
        yield f"You believe that {target} is resolved with {resolved}."


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
    how = "in force to the end" if ending == "unended" else spaced(ending)
    return f"{pair_name(names, pair)}{with_what}: {how}{lasted}"


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
