"""Every outcome of a run as one number each (the columns of table `outcomes`, model.md §7)."""

# ruff: noqa: D102 -- the catalogue defines what a property named as an outcome computes

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from coercion_sim.arrays import Array, quotient, ratio
from coercion_sim.dispute import Dispute, effect_store, integration_index
from coercion_sim.economy import KINDS, NON_ECONOMIC, Measure, power_over_inputs, solutions, solve_equilibrium
from coercion_sim.model.coercion_model import CoercionModel
from coercion_sim.model.quarter import QuarterRecord
from coercion_sim.outcomes import OUTCOMES
from coercion_sim.scenario import Scenario
from coercion_sim.world import World

#: Goods trade a complete embargo leaves, so that no buyer is without any supplier.
EMBARGO_LEAVES = 0.01


def embargo(coercer: str, target: str) -> list[Measure]:
    """Bans on goods trade both ways that leave `EMBARGO_LEAVES` open."""
    return [Measure(kind, coercer, target, ("goods",), EMBARGO_LEAVES) for kind in ("import_ban", "export_ban")]


def outcomes_of(model: CoercionModel, scenario: Scenario) -> dict[str, float]:
    """All outcomes of a finished run; each is a finite number."""
    run = FinishedRun(model, scenario)
    return {entry.name: entry.value(run) for entry in OUTCOMES}


class FinishedRun:
    """A finished run as the catalogue reads it; its properties are named as outcomes.

    A pair of states under scripted pressure outside any dispute counts as one dispute, pressed and carried out.

    Attributes
    ----------
    history
        One record a quarter.
    contests, pressed, imposed
        Disputes in the order they arose, those with pressure, those with measures imposed.
    pairs, scripted
        Quarters under pressure by (coercer, target): of all pairs, and of those scripted and outside any dispute.
    discount : (quarters,)
        Weight of each quarter in a present value, ``delta^(t/4) / 4``.
    """

    def __init__(self, model: CoercionModel, scenario: Scenario) -> None:
        self.model, self.scenario = model, scenario
        self.world, self.history = model.world, model.history
        self.contests: Sequence[Dispute] = [] if model.diplomacy is None else model.diplomacy.disputes
        self.pressed = [d for d in self.contests if d.package >= 0]
        self.imposed = [d for d in self.pressed if d.imposed_at >= 0]
        self.pairs: dict[tuple[str, str], int] = {}
        for record in self.history:
            for pair in {(m.by, m.on) for m in record.pressed}:
                self.pairs[pair] = self.pairs.get(pair, 0) + 1
        disputed = {(d.coercer, d.target) for d in self.contests}
        self.scripted = {p: n for p, n in self.pairs.items() if p not in disputed and model.actors[p[0]].scripted}
        self.discount: Array = scenario.dispute.discount ** (np.arange(len(self.history)) / 4.0) / 4.0

    def _at(self, state: str) -> int | None:
        """Position of a state; None for one that the world does not hold."""
        return self.world.state_index(state) if state in self.world.states else None

    def _ended(self, *endings: str) -> float:
        return float(sum(d.ending in endings for d in self.contests))

    # ------------------------------------------------------------------ pressure

    @property
    def disputes(self) -> float:
        return float(len(self.scripted) + len(self.contests))

    @property
    def attempts(self) -> float:
        return float(len(self.scripted) + len(self.pressed))

    @property
    def threatened(self) -> float:
        return 0.0 if self.scenario.dispute.surprise else float(len(self.pressed))

    @property
    def conceded_to_demand(self) -> float:
        return self._ended("conceded_to_demand")

    @property
    def backed_down(self) -> float:
        return self._ended("backed_down")

    @property
    def carried_out(self) -> float:
        return float(len(self.scripted) + len(self.imposed))

    @property
    def successes(self) -> float:
        shares = {"conceded_to_demand": 1.0, "conceded": 1.0, "settled": self.scenario.dispute.settle}
        return float(sum(shares.get(d.ending, 0.0) for d in self.contests))

    @property
    def objective_rate(self) -> float:
        return quotient(self.successes, len(self.contests))

    @property
    def success_rate(self) -> float:
        return quotient(sum(d.ending in ("conceded", "settled") for d in self.imposed), len(self.imposed))

    @property
    def pressure_quarters(self) -> float:
        return float(sum(self.pairs.values()))

    @property
    def mean_length(self) -> float:
        spans = [(d.ended_at if d.ended_at >= 0 else self.model.quarters) - d.imposed_at for d in self.imposed]
        lengths = [*spans, *self.scripted.values()]
        return float(np.mean(lengths)) if lengths else 0.0

    @property
    def beyond_trade(self) -> float:
        cases = [] if self.model.diplomacy is None else self.model.diplomacy.cases
        chosen = sum(case.package.non_economic for case in cases if case.dispute.package >= 0)
        other = {(m.by, m.on) for r in self.history for m in r.pressed if m.kind in NON_ECONOMIC}
        return quotient(chosen + len(other & self.scripted.keys()), len(self.pressed) + len(self.scripted))

    # ------------------------------------------------------------------ losses

    def _coercion_loss(self, state: str) -> float:
        """Present value of a state's loss of income by the coercion, pct_gdp; 0 for one outside the world."""
        at = self._at(state)
        if at is None:
            return 0.0
        effects = np.array([r.actual.welfare_pct_gdp - r.without.welfare_pct_gdp for r in self.history])
        return -float(self.discount @ effects[:, at])

    @property
    def target_loss_pv(self) -> float:
        return self._coercion_loss(self.scenario.target)

    @property
    def coercer_cost_pv(self) -> float:
        return self._coercion_loss(self.scenario.coercer)

    @property
    def bloc_income(self) -> float:
        bloc = [self.world.state_index(s) for s in self.scenario.actors.bloc]
        income = np.array([r.actual.welfare_pct_gdp - r.adjustment - r.toll.cooperation_loss for r in self.history])
        gdp = self.world.baseline.gdp[bloc]
        return float((income[:, bloc] @ gdp).mean() / gdp.sum()) if bloc else 0.0

    @property
    def world_gdp_change(self) -> float:
        hats = np.array([r.actual.real_gdp_hat for r in self.history])
        gdp = self.world.baseline.gdp
        return float((100.0 * (hats - 1.0) @ gdp).mean() / gdp.sum())

    @property
    def security_loss_pv(self) -> float:
        at = self._at(self.scenario.target)
        losses = np.array([r.toll.security_loss for r in self.history])
        return float(self.discount @ losses[:, at]) if at is not None else 0.0

    @property
    def escalations(self) -> float:
        return float(sum(len(r.toll.escalations) for r in self.history))

    # ------------------------------------------------------------------ help

    @cached_property
    def _burden(self) -> Array:
        """Burden of each state in each quarter, (quarters, N), pct_gdp."""
        return np.array([r.burden for r in self.history])

    @property
    def burden_total(self) -> float:
        return float(self.discount @ (self._burden @ (self.world.baseline.gdp / 100.0)))

    @property
    def burden_gini(self) -> float:
        """Gini coefficient over states tied to a target and in no quarrel, and whoever else pays."""
        world, parties = self.world, {state for pair in self.pairs for state in pair}
        tied = [
            s not in parties and any(world.alliance_strength(s, target) > 0 for _, target in self.pairs)
            for s in world.states
        ]
        shares = np.maximum(self.discount @ self._burden, 0.0)
        return gini(shares[np.array(tied) | (shares > 0.0)])

    @property
    def help_pv(self) -> float:
        return float(self.discount @ np.array([r.help_paid.sum() for r in self.history]))

    @property
    def coalition_size(self) -> float:
        acting = [len({m.by for m in r.taken if m.purpose != "statement"}) for r in self.history if r.pressed]
        return float(np.mean(acting)) if acting else 0.0

    # ------------------------------------------------------------------ trade, in the economy as it is at the end

    @property
    def diverted_share(self) -> float:
        return diverted_share(self.world, self.history)

    @property
    def integration_min(self) -> float:
        bloc, rival = self.scenario.actors.bloc, self.scenario.competitor
        if not bloc or rival not in self.world.states:
            return 0.0
        index = integration_index(self.world, self.history[-1].actual.flows, bloc, rival)
        return float(index[[self.world.state_index(s) for s in bloc]].min())

    @property
    def integration_cut(self) -> float:
        return next((float(value) for fact, _, value in self.model.prepared.facts if fact == "cut_needed"), 0.0)

    @property
    def vulnerability(self) -> float:
        """Loss of the target, pct_gdp, if the coercer stopped goods trade both ways, but for a hundredth."""
        coercer, target, world = self.scenario.coercer, self.scenario.target, self.world
        if coercer not in world.states or target not in world.states:
            return 0.0
        standing, parameters = self.history[-1].standing, self.model.parameters
        if standing:
            settled = solve_equilibrium(world, standing, parameters=parameters, known=solutions())
            world = settled.to_world(world.name)
        effect = effect_store().long_run(world, parameters, embargo(coercer, target))
        return -float(effect[world.state_index(target)])

    @property
    def power(self) -> float:
        return power(self.history[-1], self.scenario.coercer, self.scenario.target)

    # ------------------------------------------------------------------ trust

    @property
    def cohesion(self) -> float:
        def word(of: str, to: str) -> float:
            """Reliability of one partner of a tie as the other sees it."""
            return self.model.actors[to].beliefs.reliability(of).mean

        ties = [(0.5 * (word(t.a, t.b) + word(t.b, t.a)), t.strength) for t in self.world.alliances]
        weight = sum(strength for _, strength in ties)
        return sum(r * s for r, s in ties) / weight if weight > 0 else self.scenario.dispute.reliability

    @property
    def cooperation_kept(self) -> float:
        lost, at_stake = (sum(len(getattr(r.toll, of)) for r in self.history) for of in ("lost", "at_stake"))
        return 1.0 - quotient(lost, at_stake)

    @property
    def belief_target(self) -> float:
        beliefs = [d.beliefs[0] for d in self.contests]
        return float(np.mean(beliefs)) if beliefs else self.scenario.dispute.belief_target

    @property
    def belief_coercer(self) -> float:
        beliefs = [d.beliefs[1] for d in self.contests]
        return float(np.mean(beliefs)) if beliefs else self.scenario.dispute.belief_coercer


def diverted_share(world: World, history: Sequence[QuarterRecord]) -> float:
    """Volume gained with other foreign buyers over volume lost to coercers, summed over goods it shut out."""
    lost = gained = 0.0
    for record in history:
        hit: dict[tuple[int, int], set[int]] = {}
        for m in record.pressed:
            if KINDS[m.kind].side == "importer":  # an export ban loses the target no sale
                pair = world.state_index(m.by), world.state_index(m.on)
                hit.setdefault(pair, set()).update(world.sector_indices(m.sectors).tolist())
        for (c, t), goods in hit.items():
            volume = (record.actual.quantities - record.without.quantities)[sorted(goods), t]
            down = np.maximum(-volume[:, c], 0.0)
            others = np.delete(volume, [c, t], axis=1).sum(axis=1)
            lost += float(down.sum())
            gained += float(others[down > 0.0].sum())
    return quotient(gained, lost)


def power(record: QuarterRecord, coercer: str, target: str) -> float:
    """Log loss of losing access to the coercer's goods and services, times 100, from shares without coercion.

    ``100 sum_j beta_j (-ln(1 - omega_j) / theta_j)``: beta_j sector j in the target's spending, omega_j the coercer's
    share of it (Clayton, Maggiori and Schreger 2024, nested CES with an outer elasticity of 1).
    """
    economy = record.without
    world = economy.world
    if coercer not in world.states or target not in world.states:
        return 0.0
    c, t = world.state_index(coercer), world.state_index(target)
    bought = economy.flows[:, :, t]
    spent = bought.sum(axis=1)
    omega = ratio(bought[:, c], spent)
    beta = spent / spent.sum()
    theta = world.trade_elasticity
    terms = [(float(b), min(float(o), 1.0 - 1e-9), float(e) + 1.0) for b, o, e in zip(beta, omega, theta, strict=True)]
    return 100.0 * power_over_inputs(terms)


def gini(values: npt.ArrayLike) -> float:
    """Gini coefficient of shares in a burden, 0 (equal, or nobody pays) to 1 - 1/n (one pays all).

    ``sum_i sum_j |x_i - x_j| / (2 n sum_i x_i)``. A state that gains from its own response (x < 0) bears no burden and
    counts as 0; missing values are left out.
    """
    given = np.asarray(values, dtype=np.float64).ravel()
    x = np.sort(np.maximum(given[~np.isnan(given)], 0.0))
    total = x.sum()
    if x.size == 0 or total <= 0.0:
        return 0.0
    rank = np.arange(1, x.size + 1)
    return float(2.0 * (rank * x).sum() / (x.size * total) - (x.size + 1) / x.size)
