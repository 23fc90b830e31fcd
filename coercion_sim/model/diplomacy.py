"""Disputes of a run: when they arise, at which stakes, which allies act, and whether promises are kept."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import NormalDist

from coercion_sim.dispute import (
    YEAR,
    Decision,
    Dispute,
    DisputeSettings,
    Economy,
    Hazards,
    OpenedDispute,
    Option,
    Package,
    PayoffQuestion,
    PayoffTable,
    WorldOutlook,
    build_game,
    open_pledge,
    payoff_table,
    responses,
    sized,
    takes_help,
)  # fmt: skip
from coercion_sim.economy import EconomyParameters, Measure, solutions, solve_equilibrium
from coercion_sim.model.state import State
from coercion_sim.policies import Pledge, Policy, Situation
from coercion_sim.rng import Streams
from coercion_sim.world import World

Pair = tuple[str, str]


@dataclass
class Case:
    """A dispute with its payoff table, the pledge made to its target, and whether the target takes help by year."""

    dispute: Dispute
    table: PayoffTable
    pledge: Pledge | None
    takes_help: dict[bool, bool] = field(default_factory=dict)

    @property
    def package(self) -> Package:
        """The package imposed or demanded."""
        return self.table.packages[self.dispute.package]

    @property
    def promised(self) -> bool:
        """Whether anything is promised against the package: against one beyond trade only by a linked pledge."""
        linked = self.pledge is not None and self.pledge.link > 0
        return bool(self.dispute.game.pledge.any()) and (linked or self.package.on_trade)

    def effect(self, quarters: int) -> float:
        """Mean yearly effect on the target by the table over so many quarters in force, percent of GDP."""
        d = self.dispute
        first, later = (float(x) for x in d.game.flows(d.package, d.profile)[1])
        early = min(quarters, YEAR)
        return (first * early + later * (quarters - early)) / quarters if quarters else math.nan


@dataclass(eq=False, repr=False)
class Diplomacy:
    """All disputes of one run. Draws depend on the event alone, so that policies under one seed meet the same luck.

    Parameters
    ----------
    world, parameters
        The economy the payoffs come from.
    settings, policy, streams
        ``[dispute]`` of the scenario; the rule that gives the promises; the luck of the replicate.
    standing, states
        Measures that stand anyway, from whose equilibrium payoffs are measured; code -> state or outside actor.
    opened, continued
        With their quarters: disputes sure to arise, and scripted measures of states that choose, which become disputes.
    hazards, record
        Costs of pressure and answers other than trade; package `record` of each pair, the scenario's own measures.
    economies
        Makes of a world and parameters the economy that gives the payoffs: solved, or interpolated.

    Notes
    -----
    Pressure scripted for a state whose decision rule is the script becomes a dispute in its first quarter where the
    target or an ally that acts chooses; the coercer then sustains and lifts as written.
    """

    world: World
    parameters: EconomyParameters
    settings: DisputeSettings
    policy: Policy
    streams: Streams
    standing: Sequence[Measure]
    states: Mapping[str, State]
    opened: Sequence[tuple[int, OpenedDispute]] = ()
    continued: Sequence[tuple[int, Sequence[Measure]]] = ()
    hazards: Hazards | None = None
    record: dict[Pair, tuple[Measure, ...]] = field(default_factory=dict)
    economies: Callable[[World, EconomyParameters], Economy] = Economy

    def __post_init__(self) -> None:
        world, parameters, s = self.world, self.parameters, self.settings
        self.challengers = s.challengers_by_pair()
        self.base = world
        if self.standing:
            after = solve_equilibrium(world, self.standing, parameters=parameters, known=solutions())
            self.base = after.to_world(world.name)
        self.economy = self.economies(self.base, parameters)
        sizes = s.package_sizes(None if self.hazards is None else self.hazards.pressure)
        self.outlook = WorldOutlook(self.base, parameters, s.goods_screen(), sizes, WorldOutlook(world, parameters))
        self.cases: list[Case] = []
        #: Pressure by a script: pair -> (quarter in which it becomes a dispute, measures).
        self.scripted: dict[Pair, tuple[int, tuple[Measure, ...]]] = {}
        for quarter, measures in self.continued:
            self.scripted |= {pair: (quarter, mine) for pair, mine in by_pair(measures).items()}
        for state in self.states.values():
            written = [m for m in state.script if m.purpose == "coercion"] if state.scripted else []
            self.scripted |= {pair: (min(m.start for m in mine), mine) for pair, mine in by_pair(written).items()}

    @property
    def disputes(self) -> list[Dispute]:
        """Every dispute so far, in the order in which they arose."""
        return [case.dispute for case in self.cases]

    def play(self, quarter: int) -> None:
        """Reviews the disputes imposed before, plays those that arise, and lets reputations fade."""
        for dispute in self.disputes:
            if dispute.stage == "imposed":
                dispute.review(self.draw_for(dispute), quarter)
                self._close(dispute)
        for pair, (first, measures) in self.scripted.items():
            if quarter == first:
                self._continue(pair, measures, quarter)
        for coercer, target, given in self._arising(quarter):
            new = self.open_dispute(coercer, target, quarter, given)
            if new is not None:
                new.begin(self.draw_for(new), quarter)
                self._keep_promises(self.cases[-1])
                self._close(new)
        disputing = {s for d in self.disputes if d.stage == "imposed" for s in (d.coercer, d.target)}
        for state in self.states.values():
            state.beliefs.fade(self.settings.forgetting, disputing)

    def pressure(self, quarter: int) -> tuple[Measure, ...]:
        """Coercive measures of every imposed dispute whose coercer chooses."""
        measures: list[Measure] = []
        for case in self.cases:
            d = case.dispute
            if d.stage == "imposed" and not self.states[d.coercer].scripted:
                label = f"{d.coercer}-{d.target} {case.package.name}"
                package = sized(self.base, self.parameters, case.package.measures)
                measures += [
                    replace(m, start=d.imposed_at, until=None, name=f"{label} {i + 1}") for i, m in enumerate(package)
                ]
        return tuple(measures)

    def pairs(self, stage: str) -> set[Pair]:
        """(coercer, target) of the disputes in a stage."""
        return {(d.coercer, d.target) for d in self.disputes if d.stage == stage}

    def answers(self, situation: Situation, quarter: int) -> tuple[Measure, ...]:
        """Measures of the targets' allies this quarter, from the quarter after imposition."""
        measures: list[Measure] = []
        for case in self.cases:
            if case.dispute.stage == "imposed" and case.dispute.imposed_at < quarter:
                takes = self._takes_help(case, quarter)
                measures += responses(case.dispute, case.table, case.pledge, situation, quarter, takes)
        return tuple(measures)

    def draw_for(self, dispute: Dispute) -> Callable[[str, str, int], float]:
        """Uniform numbers keyed by purpose, dyad, mover and quarter."""
        dyad, uniform = (dispute.coercer, dispute.target), self.streams.uniform
        return lambda purpose, who, quarter: uniform(purpose, (*dyad, who), quarter)

    def _arising(self, quarter: int) -> list[tuple[str, str, OpenedDispute | None]]:
        """Dyads in which a dispute arises: those sure to, and at random where none goes on. Their coercers choose."""
        arising: list[tuple[str, str, OpenedDispute | None]] = [
            (o.coercer, o.target, o)
            for at, o in self.opened
            if at == quarter and (o.coercer, o.target) not in self.scripted and not self.states[o.coercer].scripted
        ]
        going = {(d.coercer, d.target) for d in self.disputes if d.stage != "over"} | {(c, t) for c, t, _ in arising}
        for (coercer, target), challenger in self.challengers.items():
            if (coercer, target) in going or self.states[coercer].scripted:
                continue
            rate = self.settings.rate if challenger.rate is None else challenger.rate
            if self.streams.uniform("dispute arises", (coercer, target), quarter) < rate:
                arising.append((coercer, target, None))
        return arising

    def open_dispute(
        self, coercer: str, target: str, quarter: int, given: OpenedDispute | None = None
    ) -> Dispute | None:
        """Draws stakes and types, finds the payoffs, and sets up the game; None where no package is left."""
        pledge = self.policy.pledge(self.outlook, coercer, target)
        allies = self.acting(coercer, target, pledge)
        table = self._table((coercer, target), allies, pledge)
        return self._start(table, pledge, quarter, given) if table.packages else None

    def _start(self, table: PayoffTable, pledge: Pledge | None, quarter: int, given: OpenedDispute | None) -> Dispute:
        """Makes the dispute of a payoff table."""
        s, dyad = self.settings, (table.coercer, table.target)

        def normal(purpose: str) -> float:
            u = self.streams.uniform(purpose, dyad, quarter)
            return NormalDist().inv_cdf(min(max(u, 1e-12), 1.0 - 1e-12))

        v_t = s.stake_target * math.exp(s.stake_target_log_sd * normal("stake of the target"))
        challenger = self.challengers.get(dyad)
        median = s.stake_coercer if challenger is None or challenger.stake is None else challenger.stake
        v_c = median * math.exp(s.stake_coercer_log_sd * normal("stake of the coercer"))
        resolved = self.streams.uniform("type of the target", dyad, quarter) < s.belief_target
        firm = self.streams.uniform("type of the coercer", dyad, quarter) < s.belief_coercer
        if given is not None:
            v_t, v_c = given.stake_target or v_t, given.stake_coercer or v_c
            resolved = resolved if given.resolved is None else given.resolved
            firm = firm if given.firm is None else given.firm
        of_coercer, of_target = (self.states[state].beliefs for state in dyad)
        beliefs = of_coercer.about("target", table.target), of_target.about("coercer", table.coercer)
        reliability = [of_coercer.reliability(ally).mean for ally in table.allies]
        strength = [self.world.alliance_strength(ally, table.target) for ally in table.allies]
        game = build_game(table, s, pledge, strength, reliability, (v_c, v_t), beliefs, self.hazards)
        dispute = Dispute(*dyad, quarter, game, firm, resolved, self.states)
        self.cases.append(Case(dispute, table, pledge))
        return dispute

    def _continue(self, pair: Pair, measures: tuple[Measure, ...], quarter: int) -> None:
        """Turns the scripted measures of a pair into an imposed dispute, where anybody in it chooses."""
        coercer, target = pair
        pledge = self.policy.pledge(self.outlook, coercer, target)
        allies = self.acting(coercer, target, pledge)
        if all(self.states[s].scripted for s in (*pair, *allies)):
            return
        table = self._table(pair, allies, pledge, (Package("script", measures),))
        if table.packages:
            given = next((o for _, o in self.opened if (o.coercer, o.target) == pair), None)
            dispute = self._start(table, pledge, quarter, given)
            dispute.stand(self.draw_for(dispute), quarter, min(m.start for m in measures))
            self._keep_promises(self.cases[-1])

    def acting(self, coercer: str, target: str, pledge: Pledge | None) -> tuple[str, ...]:
        """Allies that act: named by the pledge or bound to the target, those with most at stake, in order of GDP."""
        bound = {a: self.world.alliance_strength(a, target) for a in self.world.states if a not in (coercer, target)}
        named = pledge.allies if pledge is not None else tuple(a for a, strength in bound.items() if strength > 0)
        gdp = {a: float(self.world.baseline.gdp[self.world.state_index(a)]) for a in named if a in bound}
        word = pledge.strength if pledge is not None else 0.0
        most = sorted(gdp, key=lambda a: (-(self.settings.interest * bound[a] + word), -gdp[a]))
        return tuple(sorted(most[: self.settings.most_allies], key=lambda a: -gdp[a]))

    def _table(
        self, pair: Pair, allies: tuple[str, ...], pledge: Pledge | None, given: tuple[Package, ...] | None = None
    ) -> PayoffTable:
        """Payoffs of this question, from the store."""
        challenger, promise = self.challengers.get(pair), open_pledge(pledge, self.settings)
        offered = (challenger.packages if challenger is not None else ()) or self.settings.packages
        record = self.record.get(pair, ()) if "record" in offered else ()
        question = PayoffQuestion(
            *pair, allies, promise.instruments, promise.sharing, promise.required_cut,
            self.outlook.screen, self.outlook.sizes, offered, given, record,
        )  # fmt: skip
        return payoff_table(self.base, self.parameters, question, self.economy)

    def _takes_help(self, case: Case, quarter: int) -> bool:
        """Whether the target takes help that asks for a cut of trade; it decides in the first year and again later."""
        d = case.dispute
        if not case.table.trade_cut_measures:
            return True
        later = quarter - d.imposed_at >= YEAR
        if later not in case.takes_help:
            worth = float(takes_help(d, case.table, quarter))
            options = (Option("take", math.nan, worth, {}), Option("refuse", math.nan, 1.0 - worth, {}))
            decision = Decision(quarter, d.coercer, d.target, "accept_help", d.target, options, beliefs=d.beliefs)
            case.takes_help[later] = self.states[d.target].decide(decision).chosen == "take"
        return case.takes_help[later]

    def _keep_promises(self, case: Case) -> None:
        """Lets every state see how much of their promises the allies of an imposed dispute keep."""
        d = case.dispute
        if d.stage == "imposed" and case.promised:
            missed = d.game.shortfall_by_package[:, d.package]
            options = enumerate(zip(d.game.allies, d.profile, strict=True))
            kept = {ally: 1.0 - float(missed[i, option]) for i, (ally, option) in options}
            for state in self.states.values():
                state.see_word(kept, self.settings.forgetting)

    def _close(self, dispute: Dispute) -> None:
        """Lets every state remember a dispute that is over."""
        if dispute.stage == "over":
            for state in self.states.values():
                state.remember(dispute)


def by_pair(measures: Sequence[Measure]) -> dict[Pair, tuple[Measure, ...]]:
    """(coercer, target) -> its measures, pairs in alphabetical order."""
    pairs = sorted({(m.by, m.on) for m in measures})
    return {pair: tuple(m for m in measures if (m.by, m.on) == pair) for pair in pairs}
