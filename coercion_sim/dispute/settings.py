"""``[dispute]``, ``[pressure]`` and ``[cooperation]``: how disputes arise, who decides them how, and at what cost."""

from __future__ import annotations

from typing import Any, Literal, get_args

from pydantic import Field

from coercion_sim.dispute.packages import PackageSizes, Screen
from coercion_sim.files import Label, Labels, QuarterLabel, Table, unit_of
from coercion_sim.policies import Retaliate

#: Decision rules (MODEL section 5).
RuleName = Literal["logit", "rational", "rule", "learning", "script"]
Conduct = Literal["scripted", "strategic"]
#: Decision rule of a state that `decides` does not name, by conduct.
DEFAULT_RULES: dict[Conduct, RuleName] = {"scripted": "script", "strategic": "logit"}
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
    decides: dict[str, RuleName] = Field(
        {}, description="state -> logit, rational, rule, learning or script; as conduct says if absent"
    )
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

    def rule_of(self, state: str, conduct: Conduct) -> RuleName:
        """Decision rule of a state: as `decides` says, else as the conduct of the scenario has it."""
        return self.decides.get(state, DEFAULT_RULES[conduct])

    def anybody_chooses(self, conduct: Conduct) -> bool:
        """Whether some state does not follow the script."""
        return conduct == "strategic" or any(rule != "script" for rule in self.decides.values())

    def goods_screen(self) -> Screen:
        """Goods and packages a coercer will not risk."""
        return Screen(self.screen, self.screen_supply_share, self.screen_good_cost, self.screen_package_cost)

    def package_sizes(self, pressure: Pressure | None = None) -> PackageSizes:
        """Sizes of the packages; without `pressure` none but on trade."""
        grey, rumours = (0.0, 0.0) if pressure is None else (pressure.grey_zone, pressure.disinformation)
        return PackageSizes(
            self.leakage, self.barrier, self.services_barrier, self.control, self.critical, grey, rumours
        )

    def challengers_by_pair(self) -> dict[tuple[str, str], Challenger]:
        """(coercer, target) -> who may press at random, and how: `coercers` x `targets`, and `challengers`."""
        pairs = {
            (coercer, target): Challenger(state=coercer, targets=(target,))
            for coercer in self.coercers
            for target in self.targets
            if target != coercer
        }
        for challenger in self.challengers:
            pairs |= {(challenger.state, t): challenger for t in challenger.targets if t != challenger.state}
        return pairs


def _pct_a_year(default: float, description: str) -> Any:
    return Field(default, ge=0, le=100, description=description, json_schema_extra=unit_of("pct_gdp a year"))


def _chance(default: float, description: str, unit: str = "a year") -> Any:
    return Field(default, ge=0, le=1, description=description, json_schema_extra=unit_of(unit))


class Pressure(Table):
    """``[pressure]``: grey-zone and disinformation pressure, in GDP-equivalents. Judgements."""

    grey_zone: float = _pct_a_year(0.3, "loss of the target under package `grey_zone`")
    grey_zone_cost: float = _pct_a_year(0.02, "what that costs the coercer")
    grey_zone_escalation: float = _chance(0.01, "chance that grey-zone pressure escalates")
    disinformation: float = _pct_a_year(0.05, "loss of the target under package `disinformation`")
    disinformation_cost: float = _pct_a_year(0.002, "what that costs the coercer")
    disinformation_erosion: float = Field(
        0.15,
        ge=0,
        lt=1,
        description="share of the target's stake and audience cost that disinformation erodes while it lasts",
        json_schema_extra=unit_of("share of v_T"),
    )
    disinformation_escalation: float = _chance(0.0, "chance that disinformation escalates")
    answer_escalation: float = _chance(0.01, "added chance where an ally retaliates against pressure that is not trade")
    escalation_cost: float = Field(
        1.0,
        ge=0,
        le=100,
        description="what an escalation costs the coercer, the target and allies that answered, once",
        json_schema_extra=unit_of("pct_gdp"),
    )


class Cooperation(Table):
    """``[cooperation]``: climate and health cooperation of rivals and partners, lost where quarrels spill over."""

    value: float = _pct_a_year(0.0, "g: worth of a year's cooperation to each side; 0: none is at stake")
    rivals: Labels = Field((), description="states cooperated with; the coercer if absent")
    partners: Labels = Field((), description="states that cooperate with them; everybody but rivals and ROW if absent")
    spill: float = _chance(0.5, "chance that a partner that retaliates loses a quarter's cooperation", "a quarter")
    spill_pressure: float = _chance(
        0.0, "chance that a partner under a rival's pressure loses a quarter's cooperation", "a quarter"
    )
