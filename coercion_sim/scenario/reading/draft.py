"""A scenario file as far as it is read, and the labels it is checked against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from coercion_sim.dispute import Cooperation, DisputeSettings, Pressure
from coercion_sim.errors import Problem
from coercion_sim.files import Document
from coercion_sim.policies import Policy, PolicyParameters
from coercion_sim.scenario.schema.tables import Actors, Economy, Header, MeasureSpec, Report
from coercion_sim.scenario.schema.uncertain import Lifted, Trial

#: Policy classes by name.
Policies = Mapping[str, type[Policy]]


@dataclass(frozen=True)
class Draft:
    """A scenario file with its uncertain numbers lifted out and every table read.

    Attributes
    ----------
    document
        The file, overrides applied, uncertain numbers as tables.
    lifted
        The same data with every uncertain number at its default.
    header, economy, measures, actors, dispute, pressure, cooperation, policy, report
        Tables read; None where a table has a mistake.
    trials
        Values within the uncertainties, with the problems of the table that has each.
    """

    document: Document
    lifted: Lifted
    header: Header | None
    economy: Economy | None
    measures: tuple[MeasureSpec | None, ...]
    actors: Actors | None
    dispute: DisputeSettings | None
    pressure: Pressure | None
    cooperation: Cooperation | None
    policy: Mapping[str, PolicyParameters | None]
    report: Report | None
    trials: tuple[tuple[Trial, list[Problem]], ...] = ()


class Labels(Protocol):
    """Labels of a world, as far as a scenario is checked against them."""

    @property
    def states(self) -> tuple[str, ...]:
        """Codes of the states."""

    @property
    def sectors(self) -> tuple[str, ...]:
        """Identifiers of the sectors."""

    @property
    def tags(self) -> Mapping[str, tuple[str, ...]]:
        """Tags of each sector."""

    @property
    def groups(self) -> Mapping[str, tuple[str, ...]]:
        """Members by group."""

    @property
    def elasticity_sets(self) -> tuple[str, ...]:
        """Names of the alternative trade elasticities."""

    @property
    def state_names(self) -> Mapping[str, str]:
        """Names of states in words."""

    @property
    def sector_names(self) -> Mapping[str, str]:
        """Names of sectors in words."""
