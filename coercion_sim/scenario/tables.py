"""The scenario file as frozen models: one class per table, with ranges, units and meanings."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from pydantic import Field

from coercion_sim.dispute import Cooperation, DisputeSettings, Pressure
from coercion_sim.economy import (
    HIGHEST_SUBSTITUTION,
    KINDS,
    EconomyParameters,
    Measure,
    NearSubstitutes,
    ShortRun,
    Stuck,
)
from coercion_sim.files import QUARTER, FolderName, Label, Labels, Name, QuarterLabel, Table, number_field

if TYPE_CHECKING:
    from coercion_sim.world import World

#: Keys that give a measure its size.
SIZE_KEYS = tuple(dict.fromkeys(kind.size for kind in KINDS.values()))
#: Value of `elasticities` that means the world's own trade elasticities.
OWN_ELASTICITIES = "world"
#: Largest residual to which the markets of a run are solved. It leaves real income off by less than 1e-5 % of GDP.
RUN_TOLERANCE = 1e-7


@dataclass(frozen=True, order=True)
class Quarter:
    """One quarter of a year, written ``2020Q2``. Adding n moves n quarters on; a difference counts quarters."""

    year: int
    number: int

    @classmethod
    def parse(cls, label: str) -> Quarter:
        """Read ``2020Q2``; raises ValueError for anything else."""
        if re.fullmatch(QUARTER, label.strip()) is None:
            raise ValueError(f"{label!r} is not a quarter such as 2020Q2")
        return cls(int(label.strip()[:4]), int(label.strip()[5]))

    def __add__(self, quarters: int) -> Quarter:
        year, number = divmod(self.year * 4 + self.number - 1 + quarters, 4)
        return Quarter(year, number + 1)

    def __sub__(self, other: Quarter) -> int:
        return (self.year - other.year) * 4 + self.number - other.number

    def __str__(self) -> str:
        return f"{self.year:04d}Q{self.number}"


class Economy(Table):
    """``[economy]``: how the economy responds."""

    elasticities: Label = Field(
        OWN_ELASTICITIES, description="set of trade elasticities of the world, or `world` for its own"
    )
    elasticity_scale: float = number_field(1.0, "factor", "factor on every trade elasticity", gt=0, le=10)
    factor_mobility: float = number_field(
        EconomyParameters.factor_mobility,
        "elasticity",
        "kappa: 1 = factors stuck in their sector, inf = one mobile factor",
        ge=1,
        allow_inf_nan=True,
    )
    adjustment_rate: float = number_field(
        EconomyParameters.adjustment_rate,
        "share a quarter",
        "nu: share of buyers free to switch supplier each quarter; 1 = at once",
        gt=0,
        le=1,
    )
    closure: Literal["additive", "multiplicative", "zero"] = Field(
        EconomyParameters.closure, description="what happens to trade imbalances"
    )
    smoothing: float = number_field(
        EconomyParameters.smoothing, "share", "share of lost export revenue the rest of the world lends", le=1
    )
    input_output: bool = Field(True, description="whether sectors buy inputs from one another")
    input_substitution: float = number_field(
        1.0,
        "elasticity",
        "sigma: substitution between inputs and value added; 1 = constant shares, 0 = fixed proportions",
        le=HIGHEST_SUBSTITUTION,
    )
    final_substitution: float = number_field(
        EconomyParameters.final_substitution,
        "elasticity",
        "sigma_F: substitution between goods in final demand",
        le=HIGHEST_SUBSTITUTION,
    )
    value_added_substitution: float | None = number_field(
        None,
        "elasticity",
        "substitution between value added and all inputs together; input_substitution if absent",
        le=HIGHEST_SUBSTITUTION,
    )
    near_substitutes: Labels = Field(
        (), description="sectors that replace one another readily as inputs: one input among the others"
    )
    near_substitution: float = number_field(
        5.0, "elasticity", "substitution between near_substitutes, as inputs", le=HIGHEST_SUBSTITUTION
    )
    short_run_elasticity: float | dict[Label, float] | None = number_field(
        None,
        "elasticity",
        "trade elasticities in the first quarter after a shock, for all, or by sector or tag; {} for none",
        ge=None,
    )
    short_run_rate: float = number_field(
        ShortRun.rate,
        "share a quarter",
        "share of the remaining way to the long-run elasticities covered each quarter",
        gt=0,
        le=1,
    )
    short_run_beside_adjustment: bool = Field(
        False, description="allows attached buyers (adjustment_rate below 1) together with that path"
    )
    stuck: Labels = Field((), description="sectors that cannot expand: their factors are in fixed supply")
    stuck_states: Labels = Field((), description="states where they cannot; all if absent")
    stuck_until: QuarterLabel | None = Field(
        None, description="last quarter in which they cannot; the long run included if absent"
    )

    def parameters(self, first: Quarter) -> EconomyParameters:
        """Parameters of the equilibrium and of the adjustment between quarters, counted from the first one."""
        path = None
        if self.short_run_elasticity:
            path = ShortRun(self.short_run_elasticity, self.short_run_rate, self.short_run_beside_adjustment)
        until = None if self.stuck_until is None else Quarter.parse(self.stuck_until) - first
        near = (NearSubstitutes(self.near_substitutes, self.near_substitution),) if self.near_substitutes else ()
        return EconomyParameters(
            factor_mobility=self.factor_mobility,
            adjustment_rate=self.adjustment_rate,
            closure=self.closure,
            smoothing=self.smoothing,
            tolerance=RUN_TOLERANCE,
            input_substitution=self.input_substitution,
            final_substitution=self.final_substitution,
            value_added_substitution=self.value_added_substitution,
            stuck=(Stuck(self.stuck, self.stuck_states, until),) if self.stuck else (),
            short_run=path,
            near_substitutes=near,
        )


class MeasureSpec(Table):
    """``[[measures]]``: who does what to whom, when. It takes the one size key of its kind."""

    name: Name = Field(description="its own name, unique in the file")
    kind: str = Field(description="kind of measure; see `coercion-sim list measures`")
    by: Label = Field(description="state that acts")
    on: Label = Field(description="state acted on")
    sectors: Labels = Field((), description="sectors, tags such as goods, or all; none for transfers and statements")
    rate: float | None = number_field(None, "ad-valorem fraction", "size of tariffs and subsidies", ge=None)
    open: float | None = number_field(None, "share", "size of bans: share left open", ge=None)
    factor: float | None = number_field(None, "iceberg factor", "size of barriers and controls", ge=None)
    left: float | None = number_field(
        None,
        "share",
        "instead of open or factor: share of the trade left in the long run, all measures of the file in "
        "force; the size is solved for",
        ge=None,
    )
    loss: float | None = number_field(None, "pct_gdp a year", "size of grey-zone pressure and disinformation", ge=None)
    amount: float | None = number_field(None, "US$ million a year", "size of transfers", ge=None)
    via: str = Field(
        "", description="third state through which part of the trade goes round a ban, barrier or control, re-labelled"
    )
    transit: float = number_field(0.0, "share", "share of the varieties that may go through `via`", le=1)
    transit_cost: float = number_field(
        1.0, "iceberg factor", "cost factor of that route; nobody earns the difference", ge=1
    )
    from_: QuarterLabel | None = Field(
        None, alias="from", description="first quarter in force; the start of the run if absent"
    )
    until: QuarterLabel | None = Field(None, description="last quarter in force; to the end if absent")
    phase_in: int = number_field(1, "quarters", "quarters over which it grows in equal steps", ge=1, le=400)
    purpose: str = Field("coercion", description="why it is taken; policies respond to `coercion`")
    instrument: str = Field("", description="its name in the record")
    source: str = Field("", description="source of the record")
    note: str = Field("", description="remark")

    def measure(self, first: Quarter) -> Measure:
        """The measure, its quarters counted from the first one of the run."""
        return Measure(
            kind=self.kind, by=self.by, on=self.on, sectors=self.sectors,
            size=math.nan if self.left is not None else float(getattr(self, KINDS[self.kind].size) or 0.0),
            left=self.left, start=0 if self.from_ is None else Quarter.parse(self.from_) - first,
            until=None if self.until is None else Quarter.parse(self.until) - first, phase_in=self.phase_in,
            purpose=self.purpose, name=self.name, instrument=self.instrument, source=self.source, via=self.via,
            transit=self.transit, transit_cost=self.transit_cost,
        )  # fmt: skip


class Outside(Table):
    """``[[actors.outside]]``: an actor outside the matrix. It trades with nobody and cannot be sanctioned."""

    code: Label = Field(description="its code, e.g. IRN; may not be a state of the world")
    name: str = Field("", description="its name")


class Actors(Table):
    """``[actors]``: who plays which part."""

    coercer: str = Field("", description="state that puts on pressure; the first measure's if absent")
    target: str = Field("", description="state under pressure; the first measure's if absent")
    outside: tuple[Outside, ...] = Field((), description="actors outside the data of the world")
    bloc: Labels = Field((), description="states that integrate; `members` of integrate_economies unless set there")
    competitor: str = Field("", description="principal competitor of the bloc; the coercer if absent")

    def names(self, world: World) -> dict[str, str]:
        """Code -> name of the states of a world and of the actors outside it; those without a name left out."""
        return dict(world.state_names) | {actor.code: actor.name for actor in self.outside if actor.name}


class Record(Table):
    """``[[report.record]]``: an observed diverted share of a sector."""

    sector: Label = Field(description="sector")
    diverted_share: float | None = number_field(None, "share", "gained in other markets / lost")
    range: tuple[float, float] | None = number_field(None, "share", "lowest and highest reading", ge=None)
    period: str = Field("", description="when")
    basis: str = Field("", description="how it was measured")
    grade: Literal["", "A", "B", "C"] = Field(
        "", description="A stated in a published page, B derived from one, C judgement"
    )
    source: str = Field("", description="source of the record")


class Report(Table):
    """``[report]``: what to show; it changes no number."""

    states: Labels = Field((), description="states shown")
    sectors: Labels = Field((), description="sectors shown")
    outcomes: Labels = Field((), description="outcomes shown; see `coercion-sim list outcomes`")
    record: tuple[Record, ...] = Field((), description="observed figures")


class Header(Table):
    """Keys at the top of the file."""

    schema_version: Literal[1] = Field(1, alias="schema", description="version of the file format")
    name: FolderName = Field(description="short name, used for folders; the file's name if absent")
    title: str = Field("", description="one line for headings")
    question: str = Field("", description="what the scenario asks")
    description: str = Field("", description="contents and sources")
    world: Label = Field(description="a shipped world, or a path from this file")
    start: QuarterLabel = Field(description="first quarter, e.g. 2020Q1")
    quarters: int = number_field(..., "quarters", "length of the run", ge=1, le=400)
    replicates: int = number_field(50, "count", "draws of the uncertain numbers", ge=1, le=10_000_000)
    seed: int = number_field(1, "integer", "root of every random draw", lt=2**63)
    conduct: Literal["scripted", "strategic"] = Field(
        "scripted", description="scripted: measures come from this file; strategic: states choose, see [dispute]"
    )
    policies: tuple[Label, ...] = Field(("stand_alone",), min_length=1, description="policies compared; a+b joins two")


#: Tables of the file and their models; `measures` is a list of `MeasureSpec`, `policy` one table for each policy.
SECTIONS: Final[Mapping[str, type[Table]]] = {
    "economy": Economy,
    "actors": Actors,
    "dispute": DisputeSettings,
    "pressure": Pressure,
    "cooperation": Cooperation,
    "report": Report,
}
