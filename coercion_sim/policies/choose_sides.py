"""`choose_sides`: help only for those who cut trade with the competitor. The rule the speech rejects, on trial."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pydantic import Field

from coercion_sim.arrays import quotient
from coercion_sim.economy import Measure
from coercion_sim.files import number_field
from coercion_sim.policies.base import Bloc, Outlook, Pledge, Response, Situation
from coercion_sim.policies.instruments import Compensate, Retaliate, available_instruments, critical_goods
from coercion_sim.policies.respond_as_allies import RespondAsAllies, RespondAsAlliesParameters
from coercion_sim.policies.trade_cut import GOODS, TradeCut, trade_cut
from coercion_sim.world import World

#: Purposes of measures that help a target, and of all answers to pressure.
_HELP = {kind.purpose for kind in available_instruments() if kind.side == "target"}
_ANSWERS = {kind.purpose for kind in available_instruments()}


class ChooseSidesParameters(RespondAsAlliesParameters, Bloc):
    """Who must choose, how much trade it costs, and what the alliance is worth to them."""

    members: tuple[str, ...] = Field(
        ("AUS", "USA", "JPN", "KOR", "NZL"),
        min_length=2,
        description="Parties: allies that must choose before the first quarter",
    )
    competitor: str = Field("CHN", description="State with which trade must be cut")
    cut: float = number_field(
        0.25,
        "share of goods trade",
        "x: share of a party's goods trade with the competitor to be cut, both ways",
        le=0.9,
    )
    omega: float = number_field(
        0.3, "pct_gdp a year", "worth of an alliance of strength 1 to a party, % of GDP a year", le=10
    )
    rate: float = number_field(0.1, "disputes a year", "disputes a party expects with the competitor, a year", le=4)
    expected_years: float = number_field(1.25, "years", "years a party expects pressure in a dispute to last", le=20)
    start: int = number_field(0, "quarters from 0", "Quarter of the first step of the cuts, counted from 0")
    phase: int = number_field(8, "quarters", "Quarters over which the cuts grow in equal steps", ge=1, le=80)


@dataclass(frozen=True)
class Choice:
    """What one party weighs, percent of its GDP a year.

    Attributes
    ----------
    cut
        Its cut of trade.
    alliance
        ``omega x strength``, its strongest tie to another party.
    cover
        ``rate x dV``, dV the value of cover in one dispute.
    """

    cut: TradeCut
    alliance: float
    cover: float

    @property
    def joins(self) -> bool:
        """``alliance + cover >= cost``."""
        return self.alliance + self.cover >= self.cut.cost


class ChooseSides(RespondAsAllies):
    """Whoever wants help must first cut a share x of its goods trade with the competitor.

    Before the first quarter every party i (`members`) joins if ``omega strength_i + rate dV_i >= cost_i(x)``: cost_i is
    what its own cut costs it in the long run, ``dV_i = fraction L_i expected_years`` the loss made good in one dispute,
    L_i its loss if the competitor turned on it. The cuts of those who join stand. Leavers neither help nor are helped,
    whoever presses. Allies help a target that is not a party against the competitor only if it cuts x too; it accepts
    only if relief exceeds the yearly cost of its cut. Otherwise allies respond as in `respond_as_allies`, and exactly
    so with ``cut = 0``. Price: what the cuts cost, and the allies lost to the coalition.
    """

    name = "choose_sides"
    words = "won't force our allies into an us-or-them choice"
    summary = "Help only for those who cut trade with the competitor. Price: the cuts, and the allies who leave."
    Parameters = ChooseSidesParameters
    parameters: ChooseSidesParameters

    # ------------------------------------------------------------------ who joins

    def choices(self, outlook: Outlook) -> dict[str, Choice]:
        """What every party weighs, in the economy of before the first quarter."""
        p, outlook = self.parameters, outlook.at_start
        covered = p.take(Compensate).fraction if any(x.side == "target" for x in p.kit()) else 0.0
        choices = {}
        for s in p.members:
            strength = max(outlook.world.alliance_strength(s, other) for other in p.members if other != s)
            lost = outlook.loss_if_turned(p.competitor, s) if covered > 0.0 else 0.0
            cover = p.rate * covered * lost * p.expected_years
            choices[s] = Choice(trade_cut(outlook, s, p.competitor, p.cut), p.omega * strength, cover)
        return choices

    def leavers(self, outlook: Outlook) -> tuple[str, ...]:
        """Parties that prefer to keep their trade."""
        if self.parameters.cut == 0.0:
            return ()
        return tuple(s for s, choice in self.choices(outlook).items() if not choice.joins)

    def prepare(self, situation: Situation) -> Response:
        """Let every party choose; the cuts of those who join stand."""
        p, choices = self.parameters, self.choices(situation)
        measures: list[Measure] = []
        notes, facts = [], []
        for s, choice in choices.items():
            if choice.joins:
                measures += choice.cut.measures(p.start, None, p.phase)
            numbers = {
                "cost_of_cut": choice.cut.cost,
                "value_of_alliance": choice.alliance,
                "value_of_cover": choice.cover,
                "cut_realised": choice.cut.realised,
                "cut_factor": choice.cut.factor,
                "joined": float(choice.joins),
            }
            facts += [(name, s, value) for name, value in numbers.items()]
            worth = f"{choice.alliance:.3f} of alliance and {choice.cover:.3f} of cover"
            did = "joins" if choice.joins else "leaves"
            text = f"{did}: the cut costs {choice.cut.cost:.3f} % of GDP a year against {worth}"
            notes.append(("joined" if choice.joins else "left", s, text))
        left = tuple(s for s, choice in choices.items() if not choice.joins)
        lost = coalition_lost(situation.world, p.members, left, p.competitor, p.take(Retaliate).dependence)
        facts += [(name, "", value) for name, value in lost.items()]
        names = ", ".join(left) or "nobody"
        text = f"{names} left, {100 * lost['coalition_gdp_lost']:.1f} % of the parties' GDP with them"
        return Response(tuple(measures), (*notes, ("coalition", "", text)), facts=tuple(facts))

    # ------------------------------------------------------------------ scripted conduct

    def respond(self, situation: Situation) -> Response:
        """Respond as allies without the leavers; a target that is not a party accepts help only if it gains."""
        leavers = self.leavers(situation)
        response = _Coalition(self.parameters, leavers).respond(situation)
        measures = response.measures
        for target in sorted({m.on for m in measures if m.purpose in _HELP}):
            measures = self._with_consent(situation, target, measures)
        return replace(response, measures=measures)

    def _with_consent(self, situation: Situation, target: str, measures: tuple[Measure, ...]) -> tuple[Measure, ...]:
        """Add the cut that a target makes for the help offered; drop the help where the cut costs it more."""
        pressure = [m for m in situation.pressure() if m.on == target]
        if not any(self.required_cut(m.by, target) for m in pressure):
            return measures
        offered = [m for m in measures if m.on == target and m.purpose in _HELP]
        cut = trade_cut(situation.at_start, target, self.parameters.competitor, self.parameters.cut)
        gdp = float(situation.world.baseline.gdp[situation.world.state_index(target)])
        if sum(_relief(situation, m) for m in offered) <= cut.cost / 100.0 * gdp:
            return tuple(m for m in measures if m not in offered)
        q, answers = situation.quarter, ",".join(m.name for m in pressure)
        return (*measures, *(replace(m, answers=answers) for m in cut.measures(q, q)))

    def amend(self, outlook: Outlook, measures: tuple[Measure, ...]) -> tuple[Measure, ...]:
        """Drop responses by leavers and help to leavers, whichever policy made them."""
        if not any(m.purpose in _ANSWERS for m in measures):
            return measures
        leavers = self.leavers(outlook)
        return tuple(
            m
            for m in measures
            if not (m.purpose in _ANSWERS and m.by in leavers) and not (m.purpose in _HELP and m.on in leavers)
        )

    # ------------------------------------------------------------------ strategic conduct

    def pledge(self, outlook: Outlook, coercer: str, target: str) -> Pledge | None:
        """The promise of `respond_as_allies` by those who joined, to those who joined or will cut."""
        made = super().pledge(outlook, coercer, target)
        return made and self.amend_pledge(made, outlook, coercer, target)

    def amend_pledge(self, pledge: Pledge, outlook: Outlook, coercer: str, target: str) -> Pledge:
        """Take the leavers out of a promise; a target that is not a party must cut its trade."""
        leavers = self.leavers(outlook)
        allies = tuple(s for s in pledge.allies if s not in leavers)
        if target in leavers or (pledge.allies and not allies):
            return replace(pledge, allies=(), promised=(), link=0.0)
        return replace(pledge, allies=allies, required_cut=max(pledge.required_cut, self.required_cut(coercer, target)))

    def required_cut(self, coercer: str, target: str) -> float:
        """Share x where the competitor presses a state that never chose, else 0."""
        p = self.parameters
        return p.cut if coercer == p.competitor and target not in p.members else 0.0


class _Coalition(RespondAsAllies):
    """`respond_as_allies` without the leavers, on either side."""

    name = "coalition"
    words = summary = "(a part of choose_sides)"

    def __init__(self, parameters: RespondAsAlliesParameters, leavers: tuple[str, ...]) -> None:
        super().__init__(parameters)
        self.without = leavers

    def eligible(self, world: World, target: str) -> tuple[str, ...]:
        """Allies that help, without the leavers; nobody helps a target that left."""
        if target in self.without:
            return ()
        return tuple(s for s in super().eligible(world, target) if s not in self.without)


def coalition_lost(
    world: World, parties: tuple[str, ...], left: tuple[str, ...], competitor: str, dependence: float
) -> dict[str, float]:
    """What a coalition loses with those who leave: shares of the parties' GDP and of their goods sales, and levers.

    `coalition_levers_lost` counts goods where all parties together supply at least `dependence` of the competitor's
    imports, but those who stay do not.
    """
    stay = tuple(s for s in parties if s not in left)
    j, c = world.sector_indices(GOODS), world.state_index(competitor)
    gdp = {s: float(world.baseline.gdp[world.state_index(s)]) for s in parties}
    sold = {s: float(world.flows[j, world.state_index(s), c].sum()) for s in parties}
    levers = critical_goods(world, competitor, parties, dependence)
    kept = critical_goods(world, competitor, stay, dependence)

    def share(of: dict[str, float]) -> float:
        return quotient(sum(of[s] for s in left), sum(of.values()))

    return {
        "coalition_size": float(len(stay)),
        "coalition_gdp_lost": share(gdp),
        "coalition_sales_lost": share(sold),
        "coalition_levers_lost": float(len(set(levers) - set(kept))),
    }


def _relief(situation: Situation, measure: Measure) -> float:
    """What one measure of help gives the target, US$ million a year, as planned on last quarter's sales."""
    if measure.kind == "transfer":
        return measure.size
    rate = measure.size if measure.kind == "import_subsidy" else 1.0 - measure.size
    return rate * situation.sales(measure.on, measure.by, measure.sectors)
