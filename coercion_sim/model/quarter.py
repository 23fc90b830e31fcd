"""One quarter of a run: its record, the help given in it, and the burdens of the states that respond."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from coercion_sim.arrays import Array, ratio
from coercion_sim.dispute import Toll, WorldOutlook
from coercion_sim.economy import EconomyParameters, Equilibrium, Market, Measure, compile_shock, next_quarter, solutions
from coercion_sim.errors import ConvergenceError
from coercion_sim.policies import counter_tariffs
from coercion_sim.rng import Streams
from coercion_sim.world import World

#: Kinds of measures that are help in money.
HELP_KINDS = ("transfer", "import_subsidy")
#: The markets that measure burdens are solved to this multiple of the tolerance of the run: burdens are off by less
#: than 5e-5 % of GDP.
BURDEN_TOLERANCE = 10.0
#: Help may exceed its ceiling by this fraction before it is cut and the quarter solved again.
CEILING_SLACK = 1e-9


@dataclass(frozen=True, eq=False)
class QuarterRecord:
    """Everything one quarter leaves, for whoever collects it. (N,) arrays over states.

    Attributes
    ----------
    pressed, taken, standing
        Coercive measures, answers to them, and measures that stand on their own.
    actual, without
        Equilibria of this run and of the same run without coercive measures and answers.
    burden : (N,)
        Real income with own responses less without them, sign turned: percent of own GDP lost to helping.
    adjustment : (N,)
        Cost of factors changing sector under integration, percent of GDP.
    help_paid, help_received : (N,)
        Money and subsidies, US$ million a year.
    toll
        Costs of the quarter other than trade.
    ceiling
        Most that help may come to: targets' loss of income, quarter before, US$ million a year; NaN without pressure.
    """

    quarter: int
    pressed: tuple[Measure, ...]
    taken: tuple[Measure, ...]
    standing: tuple[Measure, ...]
    actual: Equilibrium
    without: Equilibrium
    burden: Array
    adjustment: Array
    help_paid: Array
    help_received: Array
    toll: Toll
    ceiling: float

    @property
    def answers(self) -> tuple[Measure, ...]:
        """Answers to pressure with the tariffs by which the coercers counter theirs."""
        return countered(self.taken)


def clear(
    world: World,
    before: Market,
    given: tuple[Measure, ...],
    taken: tuple[Measure, ...],
    quarter: int,
    ceiling: dict[str, float],
) -> tuple[Market, tuple[Measure, ...]]:
    """Clears markets; where the help to a target exceeds its ceiling, scales it down and clears again.

    Returns the market and the answers taken, as scaled.
    """
    for _ in range(20):
        market = next_quarter(before, compile_shock(world, given + countered(taken), quarter), known=solutions())
        received = help_given(world, taken, market.equilibrium, quarter)[1]
        cut = {
            target: 0.999 * most / received[n]
            for target, most in ceiling.items()
            if received[n := world.state_index(target)] > most * (1.0 + CEILING_SLACK)
        }
        if not cut:
            return market, taken
        taken = tuple(replace(m, size=m.size * cut[m.on]) if m.on in cut and m.kind in HELP_KINDS else m for m in taken)
    raise ConvergenceError(f"help in quarter {quarter} stays above its ceiling for {', '.join(cut)}")


def countered(taken: Sequence[Measure]) -> tuple[Measure, ...]:
    """Answers to pressure with the tariffs by which the coercers counter theirs; those a script states stand alone."""
    return (*taken, *counter_tariffs([m for m in taken if m.answers]))


def help_given(world: World, taken: Sequence[Measure], equilibrium: Equilibrium, quarter: int) -> tuple[Array, Array]:
    """Help paid and received in a quarter, (N,) each, US$ million a year; both sum to the same.

    Money transferred, plus the outlay on import subsidies: rate times the exporter's receipts for the goods named.
    """
    paid, received = np.zeros(len(world.states)), np.zeros(len(world.states))
    for measure in taken:
        if measure.kind not in HELP_KINDS:
            continue
        by, on = world.state_index(measure.by), world.state_index(measure.on)
        amount = measure.size * measure.strength(quarter)
        if measure.kind == "import_subsidy":
            amount *= float(equilibrium.flows[world.sector_indices(measure.sectors), on, by].sum())
        paid[by] += amount
        received[on] += amount
    return paid, received


def adjustment_cost(world: World, rates: Sequence[tuple[str, float]], before: Equilibrium, now: Equilibrium) -> Array:
    """``100 rate 1/2 sum_j |change of factor-income share|`` of members of a bloc, (N,), percent of GDP."""
    cost = np.zeros(len(world.states))
    if not rates or now is before:
        return cost
    moved = 0.5 * np.abs(factor_shares(now) - factor_shares(before)).sum(axis=0)
    for state, rate in rates:
        n = world.state_index(state)
        cost[n] += 100.0 * rate * moved[n]
    return cost


def factor_shares(equilibrium: Equilibrium) -> Array:
    """Shares of the sectors in a state's factor income, (S, N)."""
    earned = equilibrium.value_added_share * equilibrium.sales
    shares: Array = earned / earned.sum(axis=0)
    return shares


@dataclass
class Burdens:
    """Burden of each state that responds: its real income in the same world without its responses, less with them.

    Without a state's responses the coercer does not counter them either.

    Attributes
    ----------
    alone
        State -> the market without its responses, from its first response on.
    """

    world: World
    parameters: EconomyParameters
    alone: dict[str, Market] = field(default_factory=dict)

    def measure(
        self, before: Market, now: Market, given: tuple[Measure, ...], taken: tuple[Measure, ...], quarter: int
    ) -> Array:
        """Burdens of a quarter between two markets of the run, (N,), percent of GDP."""
        burden = np.zeros(len(self.world.states))
        acting = {m.by for m in taken if m.purpose != "statement"}
        for n, state in enumerate(self.world.states):
            if state not in acting and state not in self.alone:
                continue
            others = tuple(m for m in taken if m.by != state)
            own = self.alone[state] if state in self.alone else self._at_burden_accuracy(before)
            # Last quarter's distance from the run with its responses is a good guess at this quarter's.
            guess = now.equilibrium.unknowns + (own.equilibrium.unknowns - before.equilibrium.unknowns)
            shock = compile_shock(self.world, given + countered(others), quarter)
            self.alone[state] = next_quarter(own, shock, start=guess, known=solutions())
            gap = self.alone[state].equilibrium.welfare_pct_gdp - now.equilibrium.welfare_pct_gdp
            burden[n] = gap[n]
        return burden

    def _at_burden_accuracy(self, market: Market) -> Market:
        """The same market solved a little less closely from here on: burdens are differences a million times larger."""
        tolerance = BURDEN_TOLERANCE * self.parameters.tolerance
        return replace(market, parameters=replace(self.parameters, tolerance=tolerance))


@dataclass(frozen=True, eq=False)
class QuarterSituation(WorldOutlook):
    """Implements `policies.Situation`.

    Attributes
    ----------
    quarter, last_quarter
        The quarter being decided, and the last of the run.
    coercive
        Coercive measures in force both last quarter and in this one.
    actual, without
        Last quarter's equilibrium in this run, and in the same run without coercive measures and answers to them.
    received
        Help a state received last quarter, in money and as subsidies on its goods, US$ million a year.
    streams
        The luck of the run.
    """

    quarter: int = field(kw_only=True)
    last_quarter: int = field(kw_only=True)
    coercive: tuple[Measure, ...] = field(kw_only=True)
    actual: Equilibrium = field(kw_only=True)
    without: Equilibrium = field(kw_only=True)
    received: Callable[[str], float] = field(kw_only=True)
    streams: Streams = field(kw_only=True)

    def pressure(self) -> Sequence[Measure]:
        """Coercive measures that can be answered now."""
        return self.coercive

    def income_loss(self, state: str) -> float:
        """``(W_without - W) I_0`` of the quarter before, help received added back, US$ million a year, >= 0."""
        n = self.world.state_index(state)
        gap = self.without.real_income_hat[n] - self.actual.real_income_hat[n]
        return max(0.0, float(gap * self.world.baseline.income[n]) + self.received(state))

    def sales(self, exporter: str, importer: str, sectors: Sequence[str]) -> float:
        """Sales in the quarter before, US$ million a year, net of tariffs."""
        cells = (self.world.sector_indices(sectors), self.world.state_index(exporter), self.world.state_index(importer))
        return float(self.actual.flows[cells].sum())

    def rates_to_place(self, target: str, allies: Sequence[str], goods: Sequence[str]) -> dict[str, float]:
        """``r_g = max(0, 1 - (B_g / (B0_g + U_g))^(1/sigma_g))``, by good, from volumes of the quarter before.

        U_g is the volume lost abroad outside the allies: what the coercer no longer buys less what others buy more.
        B0_g is what the allies buy in the run without pressure, and B_g what they would buy unsubsidised: B0_g at the
        price the good has now, ``B0_g (c / c0)^-sigma_g``, or what they do buy where that is less (buyers move slowly).
        Volumes fall by ``sigma = theta + 1`` percent where the price rises by one.
        """
        t, at = self.world.state_index(target), [self.world.state_index(a) for a in allies]
        outside = np.setdiff1d(np.arange(len(self.world.states)), [t, *at])
        j = self.world.sector_indices(goods) if goods else np.zeros(0, dtype=int)
        now, before = self.actual.quantities[j, t], self.without.quantities[j, t]
        left = (before - now)[:, outside].sum(axis=1)
        sigma = self.world.trade_elasticity[j] + 1.0
        price = self.actual.unit_cost_hat[j, t] / self.without.unit_cost_hat[j, t]
        usual = before[:, at].sum(axis=1)
        unaided = np.minimum(usual * price**-sigma, now[:, at].sum(axis=1))
        wanted = np.maximum(usual + left, unaided)
        part = ratio(unaided, wanted, 1.0)
        rates = 1.0 - part ** (1.0 / sigma)
        return {self.world.sectors[g]: float(rate) for g, rate in zip(j, rates, strict=True)}

    def draw(self, purpose: str, who: str = "") -> float:
        """Uniform on [0, 1), keyed by (root seed, replicate, ``policy PURPOSE``, who, quarter)."""
        return self.streams.uniform(f"policy {purpose}", who, self.quarter)
