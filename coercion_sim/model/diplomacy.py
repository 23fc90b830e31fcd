"""Disputes in the world: when they arise, what they are about, who is asked to help, what becomes of promises."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np

from coercion_sim.dispute import (
    Dispute,
    DisputeSettings,
    Hazards,
    OpenedDispute,
    Package,
    PayoffQuestion,
    PayoffTable,
    Reliability,
    WorldOutlook,
    build_game,
    open_pledge,
    payoff_table,
    responses,
    standing_package,
)
from coercion_sim.economy import EconomyParameters, Measure, solutions, solve_equilibrium
from coercion_sim.model.deciding import Deciding
from coercion_sim.model.dispute_settings import challengers_of, screen_of, sizes_of
from coercion_sim.policies import Pledge, Policy, Situation
from coercion_sim.rng import Streams
from coercion_sim.world import World


@dataclass(frozen=True)
class Held:
    """What stays fixed for one dispute: its payoff table and the promise made for its target."""

    table: PayoffTable
    pledge: Pledge | None


class Diplomacy:
    """All disputes of one run. Draws depend on the event alone, so that policies under one seed meet the same luck.

    Parameters
    ----------
    world, parameters
        The economy the payoffs come from.
    settings
        ``[dispute]`` of the scenario.
    policy
        Gives the promises.
    streams
        The luck of the replicate.
    standing
        Measures that stand anyway; payoffs are measured from the equilibrium with them.
    opened
        Disputes that are sure to arise: (quarter, settings).
    continued
        Scripted measures that become disputes: (quarter, measures).
    hazards
        What pressure and answers cost beside trade.
    """

    def __init__(
        self,
        world: World,
        parameters: EconomyParameters,
        settings: DisputeSettings,
        policy: Policy,
        streams: Streams,
        standing: Sequence[Measure],
        opened: Sequence[tuple[int, OpenedDispute]],
        continued: Sequence[tuple[int, Sequence[Measure]]] = (),
        hazards: Hazards | None = None,
    ) -> None:
        self.world = world
        self.parameters = parameters
        self.settings = settings
        self.policy = policy
        self.streams = streams
        self.opened = tuple(opened)
        self.continued = tuple(continued)
        self.hazards = hazards
        self.challengers = challengers_of(settings)
        self.base = (
            solve_equilibrium(world, standing, parameters=parameters, known=solutions()).to_world(world.name)
            if standing
            else world
        )
        self.outlook = WorldOutlook(
            self.base, parameters, screen_of(settings), sizes_of(settings, hazards), WorldOutlook(world, parameters)
        )
        self.disputes: list[Dispute] = []
        self.held: dict[int, Held] = {}
        self.reliability: dict[str, Reliability] = {}
        self.beliefs: dict[str, float] = {}
        self.deciding = Deciding(settings)

    # ------------------------------------------------------------------ a quarter

    def play(self, quarter: int) -> None:
        """Disputes arise and are played up to the allies' moves; those imposed before are reviewed; beliefs fade."""
        for dispute in self.disputes:
            if dispute.stage == "imposed":
                dispute.review(self.draw_for(dispute), quarter, self.deciding)
                self._close(dispute)
        for first, measures in self.continued:
            if quarter == first:
                self._continue(measures, quarter)
        for coercer, target, given in self._arising(quarter):
            new = self.open_dispute(coercer, target, quarter, given)
            if new is not None:
                new.begin(self.draw_for(new), quarter, self.deciding)
                self._keep_promises(new)
                self._close(new)
        phi = self.settings.forgetting
        prior = (self.settings.belief_target, self.settings.belief_coercer)
        busy = {s for d in self.disputes if d.stage == "imposed" for s in (d.coercer, d.target)}
        for key in self.beliefs:
            if key.split(":")[1] not in busy:
                rest = prior[0] if key.startswith("target") else prior[1]
                self.beliefs[key] = rest + phi * (self.beliefs[key] - rest)

    def pressure(self, quarter: int) -> tuple[Measure, ...]:
        """Coercive measures of every dispute that is imposed."""
        found: list[Measure] = []
        for number, dispute in enumerate(self.disputes):
            if dispute.stage == "imposed":
                package = self.held[number].table.packages[dispute.package]
                label = f"{dispute.coercer}-{dispute.target} {package.name}"
                found += [
                    replace(m, start=dispute.imposed_at, until=None, name=f"{label} {i + 1}")
                    for i, m in enumerate(package.measures)
                ]
        return tuple(found)

    def answers(self, situation: Situation, quarter: int) -> tuple[Measure, ...]:
        """What allies of the targets do this quarter, from the quarter after imposition."""
        found: list[Measure] = []
        for number, dispute in enumerate(self.disputes):
            if dispute.stage == "imposed" and dispute.imposed_at < quarter:
                held = self.held[number]
                found += responses(dispute, held.table, held.pledge, situation, quarter)
        return tuple(found)

    def draw_for(self, dispute: Dispute) -> Callable[[str, str, int], float]:
        """Uniform numbers keyed by purpose, dyad, mover and quarter."""

        def draw(purpose: str, who: str, quarter: int) -> float:
            return self.streams.uniform(purpose, (dispute.coercer, dispute.target, who), quarter)

        return draw

    # ------------------------------------------------------------------ opening

    def _arising(self, quarter: int) -> list[tuple[str, str, OpenedDispute | None]]:
        """Dyads in which a dispute arises: those sure to, and at random where none is going on."""
        scripted = {(m.by, m.on) for _, measures in self.continued for m in measures}
        found: list[tuple[str, str, OpenedDispute | None]] = [
            (o.coercer, o.target, o) for at, o in self.opened if at == quarter and (o.coercer, o.target) not in scripted
        ]
        going = {(d.coercer, d.target) for d in self.disputes if d.stage != "over"} | {(c, t) for c, t, _ in found}
        for (coercer, target), challenger in self.challengers.items():
            if (coercer, target) in going:
                continue
            rate = self.settings.rate if challenger.rate is None else challenger.rate
            if self.streams.uniform("dispute arises", (coercer, target), quarter) < rate:
                found.append((coercer, target, None))
        return found

    def open_dispute(
        self, coercer: str, target: str, quarter: int, given: OpenedDispute | None = None
    ) -> Dispute | None:
        """Draw stakes and types, find the payoffs, and set the game up; None where no package is left to press with."""
        pledge = self.policy.pledge(self.outlook, coercer, target)
        allies = self._acting(coercer, target, pledge)
        table = self._table(coercer, target, allies, pledge)
        if not table.packages:
            return None
        return self._start(table, pledge, quarter, given)

    def _start(self, table: PayoffTable, pledge: Pledge | None, quarter: int, given: OpenedDispute | None) -> Dispute:
        """Make the dispute of a payoff table."""
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
        mu = self.beliefs.get(f"target:{table.target}", s.belief_target)
        nu = self.beliefs.get(f"coercer:{table.coercer}", s.belief_coercer)
        reliability = [self._reliability(ally).mean for ally in table.allies]
        strength = [self.world.alliance_strength(ally, table.target) for ally in table.allies]
        game = build_game(table, s, pledge, strength, reliability, (v_c, v_t), (mu, nu), self.hazards)
        rules = {state: s.decides.get(state, "logit") for state in (*dyad, *table.allies)}
        dispute = Dispute(table.coercer, table.target, quarter, game, firm, resolved, rules)
        self.held[len(self.disputes)] = Held(table, pledge)
        self.disputes.append(dispute)
        return dispute

    def _continue(self, measures: Sequence[Measure], quarter: int) -> None:
        """Turn scripted measures still in force into an imposed dispute: from here on their states choose."""
        pairs = sorted({(m.by, m.on) for m in measures})
        for coercer, target in pairs:
            mine = tuple(m for m in measures if (m.by, m.on) == (coercer, target))
            pledge = self.policy.pledge(self.outlook, coercer, target)
            allies = self._acting(coercer, target, pledge)
            table = self._table(coercer, target, allies, pledge, (Package("script", mine),))
            if not table.packages:
                continue
            given = next((o for _, o in self.opened if (o.coercer, o.target) == (coercer, target)), None)
            dispute = self._start(table, pledge, quarter, given)
            standing_package(dispute, self.draw_for(dispute), quarter, min(m.start for m in mine), self.deciding)
            self._keep_promises(dispute)

    def _acting(self, coercer: str, target: str, pledge: Pledge | None) -> tuple[str, ...]:
        """Allies that act: those asked or bound to the target, the ones with most at stake, moving in order of GDP."""
        bound = {a: self.world.alliance_strength(a, target) for a in self.world.states if a not in (coercer, target)}
        asked = pledge.allies if pledge is not None else tuple(a for a, strength in bound.items() if strength > 0)
        gdp = {a: float(self.world.baseline.gdp[self.world.state_index(a)]) for a in asked if a in bound}
        word = pledge.strength if pledge is not None else 0.0
        most = sorted(gdp, key=lambda a: (-(self.settings.interest * bound[a] + word), -gdp[a]))
        return tuple(sorted(most[: self.settings.most_allies], key=lambda a: -gdp[a]))

    def _table(
        self,
        coercer: str,
        target: str,
        allies: tuple[str, ...],
        pledge: Pledge | None,
        given: tuple[Package, ...] | None = None,
    ) -> PayoffTable:
        """Payoffs of this question, from the store."""
        s = self.settings
        challenger = self.challengers.get((coercer, target))
        offered = (challenger.packages if challenger is not None else ()) or s.packages
        promise = open_pledge(pledge, s)
        question = PayoffQuestion(
            coercer, target, allies, promise.instruments, promise.sharing, promise.asked_cut,
            self.outlook.screen, self.outlook.sizes, offered, given,
        )  # fmt: skip
        return payoff_table(self.base, self.parameters, question)

    # ------------------------------------------------------------------ help, promises, ends

    def _reliability(self, ally: str) -> Reliability:
        """What is believed of an ally's word."""
        a, b = self.settings.reliability
        return self.reliability.setdefault(ally, Reliability(a, b))

    def _keep_promises(self, dispute: Dispute) -> None:
        """Kept and broken promises change what everybody expects of these allies from now on."""
        if dispute.stage != "imposed" or not dispute.game.pledge.any() or not self._promised(dispute):
            return
        for i, (ally, option) in enumerate(zip(dispute.game.allies, dispute.profile, strict=True)):
            kept = 1.0 - float(dispute.game.shortfall_by_package[i, dispute.package, option])
            self.reliability[ally] = self._reliability(ally).update(kept, 1.0 - kept, self.settings.forgetting)

    def package_of(self, dispute: Dispute) -> Package:
        """What a dispute is pressed with."""
        return self._held_by(dispute).table.packages[dispute.package]

    def _held_by(self, dispute: Dispute) -> Held:
        """What stays fixed for one dispute."""
        return next(self.held[n] for n, d in enumerate(self.disputes) if d is dispute)

    def _promised(self, dispute: Dispute) -> bool:
        """Whether anything was promised against the package at hand: not against one beyond trade without a link."""
        held, package = self._held_by(dispute), self.package_of(dispute)
        linked = held.pledge is not None and held.pledge.link > 0
        return linked or package.on_trade

    def _close(self, dispute: Dispute) -> None:
        """Carry beliefs over to the next dispute of the same states, and let those who learn learn."""
        if dispute.stage == "over":
            mu, nu = dispute.beliefs
            self.beliefs[f"target:{dispute.target}"] = mu
            self.beliefs[f"coercer:{dispute.coercer}"] = nu
            self.deciding.learn(dispute)


def effect_in_table(held: Held, dispute: Dispute, quarters: int) -> float:
    """Mean yearly effect on the target by the table over the quarters a package was in force, percent of GDP."""
    first, later = (float(x) for x in dispute.game.flows(dispute.package, dispute.profile)[1])
    early = min(quarters, 4)
    return (first * early + later * (quarters - early)) / quarters if quarters else float(np.nan)
