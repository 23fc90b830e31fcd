"""``[dispute]``: how disputes arise and are decided when states choose for themselves (conduct = "strategic")."""

from __future__ import annotations

from typing import Any, Literal, get_args

from pydantic import Field

from coercion_sim.files import Label, Labels, QuarterLabel, Table, unit_of
from coercion_sim.policies import Retaliate

#: Ways to decide (MODEL section 5).
Decider = Literal["logit", "rational", "rule", "learning"]
EconomicPackage = Literal["narrow", "barriers", "screened", "services", "screened_services", "export_control"]
OtherPackage = Literal["grey_zone", "disinformation", "hybrid"]
PackageName = EconomicPackage | OtherPackage
#: Offered unless a scenario says otherwise; grey-zone pressure and disinformation are asked for by name.
PACKAGES: tuple[PackageName, ...] = get_args(EconomicPackage)


def _pct(default: float, description: str, ge: float = 0.0, le: float = 100.0) -> Any:
    return Field(default, ge=ge, le=le, description=description, json_schema_extra=unit_of("pct_gdp"))


def _share(default: float, description: str) -> Any:
    return Field(default, ge=0, le=1, description=description, json_schema_extra=unit_of("share"))


class OpenedDispute(Table):
    """``[[dispute.opened]]``: a dispute that is sure to arise."""

    quarter: QuarterLabel = Field(description="quarter in which it arises")
    coercer: Label = Field(description="state that may press")
    target: Label = Field(description="state that may be pressed")
    stake_target: float | None = Field(
        None, gt=0, description="v_T before its type; drawn if absent", json_schema_extra=unit_of("pct_gdp")
    )
    stake_coercer: float | None = Field(
        None, gt=0, description="v_C before its type; drawn if absent", json_schema_extra=unit_of("pct_gdp")
    )
    resolved: bool | None = Field(None, description="whether the target is resolved; drawn if absent")
    firm: bool | None = Field(None, description="whether the coercer is firm; drawn if absent")


class Challenger(Table):
    """``[[dispute.challengers]]``: a state that may press at random, with targets and means of its own."""

    state: Label = Field(description="state, or an actor of [[actors.outside]], that may press")
    targets: Labels = Field(min_length=1, description="states it may press")
    packages: tuple[PackageName, ...] = Field((), description="what it may press with; as [dispute] says if absent")
    rate: float | None = Field(
        None,
        ge=0,
        le=1,
        description="chance that a dispute arises, per target; as [dispute] says if absent",
        json_schema_extra=unit_of("a quarter"),
    )
    stake: float | None = Field(
        None,
        gt=0,
        le=100,
        description="v_C, median over its disputes; as [dispute] says if absent",
        json_schema_extra=unit_of("pct_gdp"),
    )


class Experience(Table):
    """``[[dispute.experience]]``: what a state that learns brings along, as an earlier run reported it."""

    state: Label = Field(description="state that learns")
    role: Literal["coercer", "target"] = Field(description="what it did: press or not, concede to a demand or resist")
    act: float = Field(description="attraction of acting", json_schema_extra=unit_of("own stakes"))
    refrain: float = Field(description="attraction of not acting", json_schema_extra=unit_of("own stakes"))
    experience: float = Field(1.0, ge=0, description="weight of the past", json_schema_extra=unit_of("disputes"))


class DisputeSettings(Table):
    """``[dispute]``: stakes, beliefs, costs and the list of packages. Defaults are MODEL section 5's."""

    coercers: Labels = Field((), description="states that may press at random")
    targets: Labels = Field((), description="states that may be pressed at random; none if absent")
    rate: float = Field(
        0.05, ge=0, le=1, description="chance that a dispute arises, per dyad", json_schema_extra=unit_of("a quarter")
    )
    challengers: tuple[Challenger, ...] = Field((), description="states that may press, each with its own targets")
    opened: tuple[OpenedDispute, ...] = Field((), description="disputes that are sure to arise")
    scripted_until: QuarterLabel | None = Field(
        None, description="scripted measures hold until this quarter; states choose after it"
    )
    economy_points: int = Field(
        16,
        ge=1,
        le=4096,
        description="draws of the economy's numbers; everything else is drawn per replicate",
        json_schema_extra=unit_of("count"),
    )

    rationality: float = Field(
        6.0,
        ge=0,
        le=1000,
        description="Lambda: rationality of choice relative to the mover's own stake",
        json_schema_extra=unit_of("number"),
    )
    decides: dict[str, Decider] = Field({}, description="state -> logit (default), rational, rule or learning")
    experience: tuple[Experience, ...] = Field((), description="what states that learn bring along from earlier runs")
    yields_above: float = Field(
        1.0,
        ge=0,
        description="doctrine `rule` of a target: concedes where the expected loss exceeds this multiple of its stake",
        json_schema_extra=unit_of("multiple of v_T"),
    )
    presses_above: float = Field(
        1.0,
        ge=0,
        description="doctrine `rule` of a coercer: presses where its stake exceeds this multiple of its cost",
        json_schema_extra=unit_of("multiple"),
    )
    stake_target: float = Field(
        0.7, gt=0, le=100, description="v_T, median over disputes", json_schema_extra=unit_of("pct_gdp")
    )
    stake_target_log_sd: float = Field(
        0.6, ge=0, le=3, description="spread of ln v_T", json_schema_extra=unit_of("log points")
    )
    stake_coercer: float = Field(
        0.1, gt=0, le=100, description="v_C, median over disputes", json_schema_extra=unit_of("pct_gdp")
    )
    stake_coercer_log_sd: float = Field(
        0.8, ge=0, le=3, description="spread of ln v_C", json_schema_extra=unit_of("log points")
    )
    type_spread: float = Field(
        9.0,
        ge=1,
        le=100,
        description="stake of a resolved or firm type over that of an irresolute or soft one",
        json_schema_extra=unit_of("ratio"),
    )
    belief_target: float = _share(0.5, "mu: prior that the target is resolved")
    belief_coercer: float = _share(0.5, "nu: prior that the coercer is firm")
    reliability: tuple[float, float] = Field(
        (2.0, 2.0), description="Beta prior of an ally's reliability", json_schema_extra=unit_of("pseudo-counts")
    )
    forgetting: float = Field(
        0.95,
        gt=0,
        le=1,
        description="phi: weight of the past from quarter to quarter",
        json_schema_extra=unit_of("share a quarter"),
    )

    cost_once: float = _pct(0.04, "Z: price of imposing that trade does not show, once")
    cost_year: float = _pct(0.005, "z: the same, a year")
    audience_back_down: float = Field(
        0.4, ge=0, le=5, description="alpha_C: backing down from a demand", json_schema_extra=unit_of("share of v_C")
    )
    audience_lift: float = Field(
        0.4, ge=0, le=5, description="alpha_L: lifting unrewarded", json_schema_extra=unit_of("share of v_C")
    )
    audience_concede: float = Field(
        0.2, ge=0, le=5, description="alpha_T: conceding", json_schema_extra=unit_of("share of v_T")
    )
    review: float = Field(
        0.5,
        gt=0,
        le=1,
        description="rho: chance that a government reviews its stance",
        json_schema_extra=unit_of("a quarter"),
    )
    horizon: int = Field(8, ge=1, le=40, description="H: quarters looked ahead", json_schema_extra=unit_of("quarters"))
    discount: float = Field(0.97, gt=0, le=1, description="delta", json_schema_extra=unit_of("a year"))
    last_quarter_bite: float = _share(0.25, "xi: part of a quarter's flows borne in the quarter it ends")
    settle: float = _share(0.0, "share of the stake at which both may settle; 0 switches settling off")
    surprise: bool = Field(False, description="impose without a demand")

    interest: float = _pct(0.01, "g_i per unit of alliance strength: what an ally loses if the target yields")
    exposure_retaliate: float = _share(0.05, "chi: yearly chance of being next, after retaliating")
    exposure_support: float = _share(0.01, "chi: yearly chance of being next, after supporting")
    most_allies: int = Field(
        5, ge=0, le=6, description="acting allies at most; the rest stand aside", json_schema_extra=unit_of("count")
    )
    retaliate_open: float = _share(
        Retaliate().retaliate_open, "share left open of critical exports by an ally that retaliates without a pledge"
    )

    packages: tuple[PackageName, ...] = Field(PACKAGES, description="what a coercer may press with")
    screen: Literal["both", "cost", "share", "off"] = Field(
        "both", description="which rules strike goods and packages out"
    )
    screen_supply_share: float = _share(0.42, "no good of which the target supplies more of the coercer's imports")
    screen_good_cost: float = _pct(0.005, "no good whose ban costs the coercer more a year, long run")
    screen_package_cost: float = _pct(0.02, "no package that costs the coercer more in the first year")
    leakage: float = _share(0.05, "share a package's ban leaves open")
    barrier: float = Field(
        1.15,
        ge=1,
        le=100,
        description="iceberg factor of package `barriers`",
        json_schema_extra=unit_of("iceberg factor"),
    )
    services_barrier: float = Field(
        1.19, ge=1, le=100, description="iceberg factor on services", json_schema_extra=unit_of("iceberg factor")
    )
    control: float = Field(
        1.5,
        ge=1,
        le=100,
        description="iceberg factor of package `export_control`",
        json_schema_extra=unit_of("iceberg factor"),
    )
    critical: float = _share(0.5, "export controls cover goods of which the coercer supplies at least this share")
