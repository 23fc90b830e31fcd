"""Records of the narrative of a run, as frozen plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from coercion_sim.analysis.records import Tabular
from coercion_sim.dispute import Accuracy, ScreenedGood
from coercion_sim.files import plain_data


@dataclass(frozen=True)
class Option:
    """One alternative of a decision: worth in percent of the mover's GDP, its parts by name, and its probability."""

    label: str
    value: float
    probability: float
    terms: Mapping[str, float]


@dataclass(frozen=True)
class Choice:
    """One decision: its quarter, mover, rule, beliefs, options and the number drawn.

    The alternatives share [0, 1) in their order, each by its probability; `draw` falls into the part of the chosen one.
    """

    quarter: str
    move: str
    mover: str
    rule: str
    belief_target: float
    belief_coercer: float
    options: tuple[Option, ...]
    draw: float
    chosen: str


@dataclass(frozen=True)
class PackageRecord:
    """A package the coercer could press with: yearly effects by the table, percent of each state's own GDP.

    Effects on the coercer are raw: above 0 trade alone gains it, which the game counts as 0.
    """

    name: str
    measures: tuple[str, ...]
    target_first_year: float
    target_long_run: float
    coercer_first_year: float
    coercer_long_run: float


@dataclass(frozen=True)
class AllyRecord:
    """An ally that acts in a dispute: its stake, its promise, its choice.

    Attributes
    ----------
    interest, pledge
        g_i and A_i, percent of its GDP.
    reliability
        R_i when the dispute arose.
    loss_if_next
        L_i: its own loss a year if the same coercer turned on it.
    did
        The option it chose; empty where the dispute did not come that far.
    """

    state: str
    interest: float
    pledge: float
    reliability: float
    loss_if_next: float
    did: str


@dataclass(frozen=True)
class DisputeNarrative:
    """One dispute. Stakes are percent of own GDP, those of the true types; beliefs are mu and nu."""

    coercer: str
    target: str
    quarter: str
    stake_coercer: float
    stake_target: float
    firm: bool
    resolved: bool
    belief_target: tuple[float, float]
    belief_coercer: tuple[float, float]
    packages: tuple[PackageRecord, ...]
    goods: tuple[ScreenedGood, ...]
    dropped: tuple[tuple[str, str], ...]
    retaliation_goods: tuple[str, ...]
    allies: tuple[AllyRecord, ...]
    decisions: tuple[Choice, ...]
    package: str
    ending: str
    imposed: str
    ended: str
    length: float
    table_effect: float
    realised_effect: float
    interpolation: Accuracy | None


@dataclass(frozen=True)
class MeasureSpell:
    """A measure in force: by whom, on whom, with which sectors and size, from which quarter to which."""

    purpose: str
    name: str
    kind: str
    by: str
    on: str
    sectors: tuple[str, ...]
    size: float
    first: str
    last: str


@dataclass(frozen=True)
class Payment:
    """Cost of answering to a state over the run: US$ million paid, and percent of a year's GDP lost."""

    state: str
    paid: float
    burden: float


@dataclass(frozen=True, repr=False)
class RunNarrative(Tabular):
    """Narrative of one run.

    Attributes
    ----------
    values
        Uncertain numbers of this replicate.
    review
        rho: chance that a government reviews its stance in a quarter; a quarter without a decision had no review.
    scripted_measures
        Coercive measures that come from the scenario file.
    measures, payments
        Measures in force; their cost to the states that answered.
    effects
        (state, percent of a year's GDP): effect of coercion and of the answers on coercers and targets over the run.
    """

    scenario: str
    title: str
    world: str
    policy: str
    seed: int
    replicate: int
    conduct: str
    quarters: tuple[str, ...]
    values: Mapping[str, float | int | str | bool]
    review: float
    scripted_measures: int
    disputes: tuple[DisputeNarrative, ...]
    measures: tuple[MeasureSpell, ...]
    payments: tuple[Payment, ...]
    effects: tuple[tuple[str, float], ...]

    @property
    def headline(self) -> str:
        """Run and number of disputes."""
        run = f"{self.scenario} under {self.policy}, seed {self.seed}, replicate {self.replicate}"
        return f"{run}: {len(self.disputes)} disputes, {sum(len(d.decisions) for d in self.disputes)} decisions"

    def records(self) -> list[dict[str, Any]]:
        """One record for each decision, in the order they were taken."""
        return [
            {"coercer": d.coercer, "target": d.target, "quarter": c.quarter, "mover": c.mover, "move": c.move}
            | {"rule": c.rule, "belief_target": c.belief_target, "belief_coercer": c.belief_coercer}
            | {"chosen": c.chosen, "probability": next(o.probability for o in c.options if o.label == c.chosen)}
            for d in self.disputes
            for c in d.decisions
        ]

    def as_dict(self) -> dict[str, Any]:
        """Plain data, complete; missing numbers are None."""
        return dict(plain_data(self))
