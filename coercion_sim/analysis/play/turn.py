"""What a seat sees when it has to decide, and what is looked at when the game is over, as frozen plain data."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from coercion_sim.analysis.records import Tabular
from coercion_sim.files import plain_data


@dataclass(frozen=True)
class Choosable:
    """One option of a turn.

    Attributes
    ----------
    value, value_usd
        Expected worth of the option if the game goes on by the rules: percent of the seat's GDP, US$ million.
    if_weak, if_firm
        Worth against a soft or irresolute other side, and against a firm or resolved one; NaN where no single other
        side is in doubt.
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
    if_weak: float
    if_firm: float
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
    own_type
        Of the coercer ``firm`` or ``soft``, of the target ``resolved`` or ``irresolute``; of an ally empty.
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
    own_type: str

    @property
    def faces(self) -> tuple[str, str, str]:
        """Code of the side that a party faces, and its two types in words, the weak one first."""
        if self.seat == self.coercer:
            return self.target, "irresolute", "resolved"
        return self.coercer, "soft", "firm"

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
    afterwards
        What came after the last decision, and why nothing more was to decide, one sentence each.
    what_else
        What can be tried instead, one sentence each.
    """

    endings: tuple[tuple[str, str, str, int], ...]
    instead: tuple[tuple[str, str, str, int], ...]
    decisions: tuple[Weighed, ...]
    incomes: Mapping[str, float]
    incomes_usd: Mapping[str, float]
    events: tuple[str, ...]
    types: tuple[tuple[str, bool, bool], ...]
    afterwards: tuple[str, ...] = ()
    what_else: tuple[str, ...] = ()

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
