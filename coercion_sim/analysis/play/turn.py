"""What a seat sees when it has to decide, and what is looked at when the game is over, as frozen plain data."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from coercion_sim.analysis.records import Tabular
from coercion_sim.dispute import Choice
from coercion_sim.files import plain_data
from coercion_sim.wording import fixed, spaced

#: Question put to a mover, by move.
QUESTIONS = {
    "press": "Press {target} to change its policy?",
    "package": "Press {target} with which measures?",
    "answer": "{coercer} demands a change of policy and threatens {package}. Concede or resist?",
    "impose": "{target} resists. Carry out the threat of {package}, or back down?",
    "help": "{coercer} has imposed {package} on {target}. Help, and how?",
    "review": "{coercer} keeps up {package}. Concede, or hold out?",
    "accept": "{target} offers to settle. Accept?",
    "lift": "{target} holds out against {package}. Lift the measures, or go on?",
    "accept_help": "Help of the allies asks for a cut of trade with {coercer}. Take it?",
}
#: Packages of pressure in words.
PACKAGES_IN_WORDS = {
    "record": "the measures of the record or of a proposal",
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
#: What everybody sees of a choice, by move and option; what is not here shows no act.
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


@dataclass(frozen=True)
class Choosable:
    """One option of a turn.

    Attributes
    ----------
    value, value_usd
        Expected worth of the option if the game goes on by the rules: percent of the seat's GDP, US$ million.
    low, high
        Worth against either type of the other side, the lower first; NaN where no single other side is in doubt.
    terms
        Parts of `value` by name.
    probability
        With which the game's equilibrium takes it: the advice.
    measures
        Of a package, in words.
    loss_target, loss_coercer
        Of a package: its effect without help in the first year, percent of the target's and of the coercer's GDP; NaN
        for other options.
    """

    label: str
    value: float
    value_usd: float
    low: float
    high: float
    terms: Mapping[str, float]
    probability: float
    measures: str = ""
    loss_target: float = math.nan
    loss_coercer: float = math.nan


@dataclass(frozen=True)
class Turn:
    """A decision that waits for a person, with what its government knows.

    Attributes
    ----------
    seat, quarter, move, question
        Who decides, when, what.
    coercer, target, package
        The dispute; package empty before a demand.
    measures
        The measures of the package in words.
    stake
        The seat's own stake in the dispute, percent of its GDP; nobody else knows it.
    resolved, firm
        P(target is resolved) and P(coercer is firm) as everybody believes; a seat knows its own type.
    loss
        Effect of the package on the target without help, first year and long run, percent of the target's GDP a year.
    loss_usd
        The same, US$ million a year.
    answers
        Ally -> what it has done in this dispute.
    options
        What can be chosen.
    news
        What happened since the seat last decided, one sentence each.
    names
        Code -> name of the seat, the parties and the allies.
    """

    seat: str
    quarter: str
    move: str
    question: str
    coercer: str
    target: str
    package: str
    measures: tuple[str, ...]
    stake: float
    resolved: float
    firm: float
    loss: tuple[float, float]
    loss_usd: tuple[float, float]
    answers: Mapping[str, str]
    options: tuple[Choosable, ...]
    news: tuple[str, ...]
    names: Mapping[str, str]

    def as_dict(self) -> dict[str, Any]:
        """Plain data; missing numbers are None."""
        return dict(plain_data(self))

    def __repr__(self) -> str:
        return f"Turn({self.quarter} {self.seat}: {self.move}; {' / '.join(o.label for o in self.options)})"


@dataclass(frozen=True)
class Weighed:
    """A decision of a seat after the game: what it chose, against the best it could have expected.

    Attributes
    ----------
    value, best_value
        Expected worth when it was taken, percent of GDP, of the option chosen and of `best`.
    regret_usd
        Their difference, US$ million.
    equilibrium
        Probability with which the equilibrium takes the option chosen.
    """

    quarter: str
    seat: str
    move: str
    chosen: str
    value: float
    best: str
    best_value: float
    regret_usd: float
    equilibrium: float


@dataclass(frozen=True)
class Hidden:
    """What a facilitator knows of a draw and no seat does.

    Attributes
    ----------
    types
        (dispute, coercer firm, target resolved, stake of the coercer, of the target: percent of own GDP).
    instead
        (dispute, package, how it ends, quarters in force) where everybody chooses by the equilibrium.
    events
        What happens then, one sentence each.
    """

    types: tuple[tuple[str, bool, bool, float, float], ...]
    instead: tuple[tuple[str, str, str, int], ...]
    events: tuple[str, ...]


@dataclass(frozen=True, repr=False)
class Debrief(Tabular):
    """A finished game.

    Attributes
    ----------
    endings
        (dispute, package, how it ended, quarters in force) of every dispute.
    instead
        The same where the seats too choose by the equilibrium, with the same luck.
    decisions
        What each decision of a seat was worth when it was taken.
    incomes
        Party or ally -> real income lost (-) or won over the game, percent of a year's GDP.
    incomes_usd
        The same, US$ million.
    events
        Everything that happened, one sentence each.
    types
        What nobody could know: whether each dispute's coercer was firm and its target resolved.
    """

    endings: tuple[tuple[str, str, str, int], ...]
    instead: tuple[tuple[str, str, str, int], ...]
    decisions: tuple[Weighed, ...]
    incomes: Mapping[str, float]
    incomes_usd: Mapping[str, float]
    events: tuple[str, ...]
    types: tuple[tuple[str, bool, bool], ...]

    @property
    def headline(self) -> str:
        """How the disputes ended."""
        return "; ".join(f"{pair} {ending.replace('_', ' ')}" for pair, _, ending, _ in self.endings) or "no dispute"

    def records(self) -> list[dict[str, Any]]:
        """One record for each decision of a seat."""
        return [asdict(d) for d in self.decisions]

    def as_dict(self) -> dict[str, Any]:
        """Plain data; missing numbers are None."""
        return dict(plain_data(self))


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
