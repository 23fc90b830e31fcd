"""Decisions: options with their worth and probability, the choice among them, and the protocol of a decider."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Protocol

import numpy as np

from coercion_sim.dispute.beliefs import Beliefs
from coercion_sim.dispute.game import DisputeGame
from coercion_sim.economy import Measure


@dataclass(frozen=True)
class Option:
    """One thing a mover can do.

    Attributes
    ----------
    label
        Its name.
    value, terms
        Worth in percent of the mover's GDP, and the terms it is the sum of; NaN and empty outside the game.
    probability
        In a `Decision` that of the game's equilibrium, in a `Choice` that of the mover's decision rule.
    measures
        Measures it puts in force; empty for moves of the game.
    """

    label: str
    value: float
    probability: float
    terms: Mapping[str, float]
    measures: tuple[Measure, ...] = ()


@dataclass(frozen=True)
class Decision:
    """A decision to be taken by one state.

    Attributes
    ----------
    quarter
        Counted from 0.
    coercer, target
        The dispute; empty outside one.
    move
        In a dispute ``press``, ``package``, ``answer``, ``impose``, ``help``, ``review`` (the target), ``accept`` (an
        offer to settle), ``lift`` (the coercer), ``accept_help``; outside one ``measures`` (own scripted measures) and
        ``respond`` (measures the agreed policy asks).
    mover
        The state that decides.
    options
        Everything it can do.
    draw
        The uniform number that decides among them; NaN where one option is certain.
    beliefs
        mu and nu now; NaN outside a dispute.
    stake
        The mover's own stake, percent of its GDP; NaN outside a dispute.
    game, package, profile
        The game, the package and the options of allies so far.
    """

    quarter: int
    coercer: str
    target: str
    move: str
    mover: str
    options: tuple[Option, ...]
    draw: float = math.nan
    beliefs: tuple[float, float] = (math.nan, math.nan)
    stake: float = field(default=math.nan, compare=False)
    game: DisputeGame | None = field(default=None, compare=False, repr=False)
    package: int = field(default=-1, compare=False)
    profile: tuple[int, ...] = field(default=(), compare=False)

    @property
    def odds(self) -> tuple[float, ...]:
        """Probabilities of the options."""
        return tuple(option.probability for option in self.options)

    def certain(self, label: str) -> tuple[float, ...]:
        """Probabilities that make one option certain."""
        return tuple(float(option.label == label) for option in self.options)

    def choose(self, rule: str, odds: Sequence[float]) -> Choice:
        """Return the choice by a decision rule that gives the options these probabilities."""
        options = tuple(
            option if option.probability == p else replace(option, probability=p)
            for option, p in zip(self.options, odds, strict=True)
        )
        known = {f.name: getattr(self, f.name) for f in fields(Decision)}
        return Choice(**(known | {"options": options}), rule=rule, at=pick(odds, self.draw))


@dataclass(frozen=True, kw_only=True)
class Choice(Decision):
    """A decision taken: `rule` is the decision rule that took it, `at` the position of the option chosen."""

    rule: str
    at: int

    @property
    def option(self) -> Option:
        """The option chosen."""
        return self.options[self.at]

    @property
    def chosen(self) -> str:
        """Label of the option chosen."""
        return self.option.label


def pick(probabilities: Sequence[float], draw: float) -> int:
    """Position of the option into whose part of [0, 1) the draw falls; of the likeliest where nothing is drawn."""
    if math.isnan(draw):
        return int(np.argmax(probabilities))
    edges = np.cumsum(np.asarray(probabilities, dtype=np.float64))
    return min(int(np.searchsorted(edges / edges[-1], draw, side="right")), len(edges) - 1)


class Decider(Protocol):
    """A government as a dispute sees it: it believes, watches and decides.

    Attributes
    ----------
    beliefs
        Its beliefs about others.
    scripted
        Whether its measures follow a script: as a coercer it then looks at its stance every quarter.
    """

    beliefs: Beliefs

    @property
    def scripted(self) -> bool:
        """Whether its measures follow a script."""
        ...

    def odds(self, decision: Decision) -> tuple[float, ...]:
        """Probabilities with which it would choose; changes nothing."""
        ...

    def decide(self, decision: Decision) -> Choice:
        """Choose."""
        ...


@dataclass
class Player:
    """A decider that plays its part of the game's equilibrium."""

    beliefs: Beliefs = field(default_factory=Beliefs)
    scripted: bool = False

    def odds(self, decision: Decision) -> tuple[float, ...]:
        """Probabilities of the game."""
        return decision.odds

    def decide(self, decision: Decision) -> Choice:
        """Choose by them."""
        return decision.choose("logit", self.odds(decision))
