"""``[dispute]``, ``[pressure]`` and ``[cooperation]``: how disputes arise, decision rules, stakes and costs."""

from __future__ import annotations

from typing import Literal, Self, get_args

from pydantic import Field, model_validator

from coercion_sim.dispute.behaviour import POSTERIOR_ROWS, BehaviourDraws, row_of_behaviour
from coercion_sim.dispute.packages import Depth, PackageSizes, Screen, ScreenMode
from coercion_sim.files import KeyFault, Label, Labels, QuarterLabel, Table, number_field
from coercion_sim.policies import Retaliate

#: Decision rules (model.md §5).
RuleName = Literal["logit", "rational", "rule", "learning", "script"]
Conduct = Literal["scripted", "strategic"]
#: Equilibria of a contest where several exist (model.md §5).
Selection = Literal["let_go", "worn_down"]
#: Decision rule of a state that `decides` does not name, by conduct.
DEFAULT_RULES: dict[Conduct, RuleName] = {"scripted": "script", "strategic": "logit"}
EconomicPackage = Literal["narrow", "barriers", "screened", "services", "screened_services", "export_control"]
OtherPackage = Literal["record", "grey_zone", "disinformation", "hybrid"]
PackageName = EconomicPackage | OtherPackage
#: Offered unless a scenario says otherwise; the record and pressure beyond trade are asked for by name.
PACKAGES: tuple[PackageName, ...] = get_args(EconomicPackage)
#: Defaults of the screen and of the packages' depths stand with them.
_SCREEN, _SIZES = Screen(), PackageSizes()

#: Share of trade a package leaves -> the key that may stand in its place, the factor of its kind of measure.
DEPTHS = {
    "ban_left": "leakage", "barrier_left": "barrier", "services_left": "services_barrier", "control_left": "control",
}  # fmt: skip


class OpenedDispute(Table):
    """``[[dispute.opened]]``: a dispute that is sure to arise."""

    quarter: QuarterLabel = Field(description="quarter in which it arises")
    coercer: Label = Field(description="state that may press")
    target: Label = Field(description="state that may be pressed")
    stake_target: float | None = number_field(None, "pct_gdp", "v_T before its type; drawn if absent", gt=0)
    stake_coercer: float | None = number_field(None, "pct_gdp", "v_C before its type; drawn if absent", gt=0)
    resolved: bool | None = Field(None, description="whether the target is resolved; drawn if absent")
    firm: bool | None = Field(None, description="whether the coercer is firm; drawn if absent")


class Challenger(Table):
    """``[[dispute.challengers]]``: a state that may press at random, with targets and means of its own."""

    state: Label = Field(description="state, or an actor of [[actors.outside]], that may press")
    targets: Labels = Field(min_length=1, description="states it may press")
    packages: tuple[PackageName, ...] = Field((), description="what it may press with; as [dispute] says if absent")
    rate: float | None = number_field(
        None, "a quarter", "chance that a dispute arises, per target; as [dispute] says if absent", le=1
    )
    stake: float | None = number_field(
        None, "pct_gdp", "v_C, median over its disputes; as [dispute] says if absent", gt=0, le=100
    )


class Experience(Table):
    """``[[dispute.experience]]``: what a state that learns brings along, as an earlier run reported it."""

    state: Label = Field(description="state that learns")
    role: Literal["coercer", "target"] = Field(description="what it did: press or not, concede to a demand or resist")
    act: float = number_field(..., "own stakes", "attraction of acting", ge=None)
    refrain: float = number_field(..., "own stakes", "attraction of not acting", ge=None)
    experience: float = number_field(1.0, "disputes", "weight of the past")


class DisputeSettings(Table):
    """``[dispute]``: stakes, beliefs, costs and the list of packages. Defaults are model.md §5's."""

    coercers: Labels = Field((), description="states that may press at random")
    targets: Labels = Field((), description="states that may be pressed at random; none if absent")
    rate: float = number_field(0.05, "a quarter", "chance that a dispute arises, per dyad", le=1)
    challengers: tuple[Challenger, ...] = Field((), description="states that may press, each with its own targets")
    opened: tuple[OpenedDispute, ...] = Field((), description="disputes that are sure to arise")
    scripted_until: QuarterLabel | None = Field(
        None, description="scripted measures hold until this quarter; states choose after it"
    )

    draws: BehaviourDraws = Field(
        "posterior",
        description="behaviour not named here: at its defaults, over its ranges, or as published rates weigh it",
    )
    row: int | None = number_field(None, "count", "row of that table, from 0; drawn if absent", le=POSTERIOR_ROWS - 1)
    rationality: float = number_field(
        6.0, "number", "Lambda: rationality of choice relative to the mover's own stake", le=1000
    )
    decides: dict[str, RuleName] = Field(
        {}, description="state -> logit, rational, rule, learning or script; as conduct says if absent"
    )
    experience: tuple[Experience, ...] = Field((), description="what states that learn bring along from earlier runs")
    yields_above: float = number_field(
        1.0,
        "multiple of v_T",
        "doctrine `rule` of a target: concedes where the expected loss exceeds this multiple of its stake",
    )
    presses_above: float = number_field(
        1.0, "multiple", "doctrine `rule` of a coercer: presses where its stake exceeds this multiple of its cost"
    )
    stake_target: float = number_field(0.7, "pct_gdp", "v_T, median over disputes", gt=0, le=100)
    stake_target_log_sd: float = number_field(0.6, "log points", "spread of ln v_T", le=3)
    stake_coercer: float = number_field(0.1, "pct_gdp", "v_C, median over disputes", gt=0, le=100)
    stake_coercer_log_sd: float = number_field(0.8, "log points", "spread of ln v_C", le=3)
    type_spread: float = number_field(
        9.0, "ratio", "stake of a resolved or firm type over that of an irresolute or soft one", ge=1, le=100
    )
    belief_target: float = number_field(0.5, "share", "mu: prior that the target is resolved", le=1)
    belief_coercer: float = number_field(0.5, "share", "nu: prior that the coercer is firm", le=1)
    reliability: float = number_field(0.5, "share", "R: mean of the Beta prior of an ally's reliability", gt=0, lt=1)
    reliability_weight: float = number_field(
        4.0, "pseudo-counts", "weight of that prior: as many promises, kept or broken, weigh as much", gt=0
    )
    forgetting: float = number_field(
        0.95, "share a quarter", "phi: weight of the past from quarter to quarter", gt=0, le=1
    )

    cost_once: float = number_field(0.04, "pct_gdp", "Z: price of imposing that trade does not show, once", le=100)
    cost_year: float = number_field(0.005, "pct_gdp", "z: the same, a year", le=100)
    audience_back_down: float = number_field(0.4, "share of v_C", "alpha_C: backing down from a demand", le=5)
    audience_lift: float = number_field(0.4, "share of v_C", "alpha_L: lifting unrewarded", le=5)
    audience_concede: float = number_field(0.2, "share of v_T", "alpha_T: conceding", le=5)
    review: float = number_field(0.5, "a quarter", "rho: chance that a government reviews its stance", gt=0, le=1)
    lapse: float = number_field(0.03, "a quarter", "eta: chance that a dispute lapses, its occasion forgotten", le=1)
    lapse_cost: float = number_field(0.0, "share of alpha_L v_C", "what a lapse costs the coercer", le=5)
    selection: Selection = Field(
        "let_go", description="equilibrium where several exist: the coercer is expected to let go, or worn_down"
    )
    discount: float = number_field(0.97, "a year", "delta", gt=0, le=1)
    last_quarter_bite: float = number_field(
        0.25, "share", "xi: part of a quarter's flows borne in the quarter it ends", le=1
    )
    settle: float = number_field(
        0.0, "share", "share of the stake at which both may settle; 0 switches settling off", le=1
    )
    surprise: bool = Field(False, description="impose without a demand")

    interest: float = number_field(
        0.01, "pct_gdp", "g_i per unit of alliance strength: what an ally loses if the target yields", le=100
    )
    exposure_retaliate: float = number_field(0.05, "share", "chi: yearly chance of being next, after retaliating", le=1)
    exposure_support: float = number_field(0.01, "share", "chi: yearly chance of being next, after supporting", le=1)
    most_allies: int = number_field(5, "count", "acting allies at most; the rest stand aside", le=6)
    retaliate_open: float = number_field(
        Retaliate().retaliate_open,
        "share",
        "share left open of critical exports by an ally that retaliates without a pledge",
        le=1,
    )

    packages: tuple[PackageName, ...] = Field(PACKAGES, min_length=1, description="what a coercer may press with")
    screen: ScreenMode = Field(_SCREEN.mode, description="which rules strike goods and packages out")
    screen_supply_share: float = number_field(
        _SCREEN.supply_share, "share", "no good where the target supplies more of the coercer's imports", le=1
    )
    screen_good_cost: float = number_field(
        _SCREEN.good_cost, "pct_gdp", "no good whose ban costs the coercer more a year, long run", le=100
    )
    screen_package_cost: float = number_field(
        _SCREEN.package_cost, "pct_gdp", "no package that costs the coercer more in the first year", le=100
    )
    ban_left: float = number_field(_SIZES.ban.left, "share", "share of trade a package's ban leaves, solved for", le=1)
    barrier_left: float = number_field(
        _SIZES.barrier.left, "share", "share of trade package `barriers` leaves, solved for", gt=0, le=1
    )
    services_left: float = number_field(
        _SIZES.services.left, "share", "share of trade a boycott of services leaves", gt=0, le=1
    )
    control_left: float = number_field(
        _SIZES.control.left, "share", "share of trade package `export_control` leaves", gt=0, le=1
    )
    leakage: float | None = number_field(None, "share", "instead of ban_left: share of competitiveness left open", le=1)
    barrier: float | None = number_field(
        None, "iceberg factor", "instead of barrier_left: factor on goods", ge=1, le=100
    )
    services_barrier: float | None = number_field(
        None, "iceberg factor", "instead of services_left: factor on services", ge=1, le=100
    )
    control: float | None = number_field(
        None, "iceberg factor", "instead of control_left: factor of package `export_control`", ge=1, le=100
    )
    critical: float = number_field(
        _SIZES.critical, "share", "export controls cover goods where the coercer supplies at least this share", le=1
    )

    @model_validator(mode="after")
    def _take_row(self) -> Self:
        """Take numbers the file does not name from its row of the posterior; refuse a share left beside a factor."""
        for left, factor in DEPTHS.items():
            if left in self.model_fields_set and getattr(self, factor) is not None:
                raise KeyFault(factor, f"takes {left} or {factor}, not both")
        if self.draws != "posterior" and self.row is not None:
            raise KeyFault("row", f"is read only with draws = posterior; draws is {self.draws}", "none, or set draws")
        if self.row is not None:
            self.__dict__.update(row_of_behaviour(self.row, self.model_fields_set))
        return self

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
        ban, barrier, services, control = (
            Depth(size=size) if (size := getattr(self, factor)) is not None else Depth(getattr(self, left))
            for left, factor in DEPTHS.items()
        )
        return PackageSizes(ban, barrier, services, control, self.critical, grey, rumours)

    def challengers_by_pair(self) -> dict[tuple[str, str], Challenger]:
        """(coercer, target) -> terms of disputes that arise at random: `coercers` x `targets`, and `challengers`."""
        pairs = {
            (coercer, target): Challenger(state=coercer, targets=(target,))
            for coercer in self.coercers
            for target in self.targets
            if target != coercer
        }
        for challenger in self.challengers:
            pairs |= {(challenger.state, t): challenger for t in challenger.targets if t != challenger.state}
        return pairs


class Pressure(Table):
    """``[pressure]``: grey-zone and disinformation pressure, in GDP-equivalents. Judgements."""

    grey_zone: float = number_field(
        _SIZES.grey_zone, "pct_gdp a year", "loss of the target under package `grey_zone`", le=100
    )
    grey_zone_cost: float = number_field(0.02, "pct_gdp a year", "what that costs the coercer", le=100)
    grey_zone_escalation: float = number_field(0.01, "a year", "chance that grey-zone pressure escalates", le=1)
    disinformation: float = number_field(
        _SIZES.disinformation, "pct_gdp a year", "loss of the target under package `disinformation`", le=100
    )
    disinformation_cost: float = number_field(0.002, "pct_gdp a year", "what that costs the coercer", le=100)
    disinformation_erosion: float = number_field(
        0.15,
        "share of v_T",
        "share of the target's stake and audience cost that disinformation erodes while it lasts",
        lt=1,
    )
    disinformation_escalation: float = number_field(0.0, "a year", "chance that disinformation escalates", le=1)
    answer_escalation: float = number_field(
        0.01, "a year", "added chance where an ally retaliates against pressure that is not trade", le=1
    )
    escalation_cost: float = number_field(
        1.0, "pct_gdp", "what an escalation costs the coercer, the target and allies that answered, once", le=100
    )


class Cooperation(Table):
    """``[cooperation]``: climate and health cooperation of rivals and partners, lost where quarrels spill over."""

    value: float = number_field(
        0.0, "pct_gdp a year", "g: worth of a year's cooperation to each side; 0: none is at stake", le=100
    )
    rivals: Labels = Field((), description="states cooperated with; the coercer if absent")
    partners: Labels = Field((), description="states that cooperate with them; everybody but rivals and ROW if absent")
    spill: float = number_field(
        0.5, "a quarter", "chance that a partner that retaliates loses a quarter's cooperation", le=1
    )
    spill_pressure: float = number_field(
        0.0, "a quarter", "chance that a partner under a rival's pressure loses a quarter's cooperation", le=1
    )
