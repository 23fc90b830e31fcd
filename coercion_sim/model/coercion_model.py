"""The model: states under pressure in one world market, a quarter at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from coercion_sim.dispute import Hazards, Toll, WorldOutlook
from coercion_sim.economy import (
    EconomyParameters,
    Equilibrium,
    Market,
    Measure,
    compile_shock,
    next_quarter,
    solutions,
    start_market,
)
from coercion_sim.errors import ConvergenceError, MeasureError, Problem
from coercion_sim.model.diplomacy import Diplomacy
from coercion_sim.model.mesa_shims import Model, release
from coercion_sim.model.situation import QuarterSituation
from coercion_sim.model.state import Doctrine, State
from coercion_sim.policies import Outlook, Policy, Response
from coercion_sim.rng import Streams
from coercion_sim.world import World, unknown

Array = npt.NDArray[np.float64]

#: Purposes of measures that neither press nor answer pressure: they are there in the run without coercion too.
STANDING = ("integrate", "derisk")
#: The markets that measure burdens are solved to this multiple of the tolerance.
BURDEN_TOLERANCE = 10.0
#: Help may exceed its ceiling by this fraction before it is cut and the quarter solved again.
CEILING_SLACK = 1e-9


@dataclass(frozen=True, eq=False)
class QuarterRecord:
    """Everything one quarter left, for whoever collects it. (N,) arrays over states.

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
        What the quarter cost beside trade.
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


class CoercionModel(Model):  # type: ignore[misc]  # Mesa is untyped
    """States with trade ties and commitments; a coercer presses, a policy answers, markets clear.

    Parameters
    ----------
    world
        The baseline economy, elasticities as the run wants them.
    parameters
        How the economy responds.
    script
        Scripted measures; quarters counted from 0.
    policy
        The agreed rule, with its parameters.
    quarters
        Length of the run.
    seed
        Given to Mesa; the model itself draws only from event-keyed streams.
    doctrine
        State -> how it chooses; ``rule`` where not named.
    diplomacy
        Makes the disputes of a run in which states choose, given the measures that stand; None follows the script.
    burdens
        Whether to run, for each responding state, the same world without its responses (`QuarterRecord.burden`).
    streams
        The luck of this run, for policies that draw; that of replicate 0 under `seed` where None.

    Notes
    -----
    One `step` is one quarter (MODEL section 7): pressure, answers, markets, record. `history` has a record for each.
    """

    def __init__(
        self,
        world: World,
        parameters: EconomyParameters,
        script: Sequence[Measure],
        policy: Policy,
        quarters: int,
        *,
        seed: int = 0,
        doctrine: dict[str, Doctrine] | None = None,
        burdens: bool = True,
        diplomacy: Callable[[tuple[Measure, ...]], Diplomacy] | None = None,
        hazards: Hazards | None = None,
        streams: Streams | None = None,
    ) -> None:
        super().__init__(rng=seed)
        self.streams = Streams(seed, 0) if streams is None else streams
        try:
            self._set_up(world, parameters, script, policy, quarters, doctrine or {}, burdens, diplomacy, hazards)
        except BaseException:
            release(self)
            raise

    def _set_up(
        self,
        world: World,
        parameters: EconomyParameters,
        script: Sequence[Measure],
        policy: Policy,
        quarters: int,
        doctrine: dict[str, Doctrine],
        burdens: bool,
        diplomacy: Callable[[tuple[Measure, ...]], Diplomacy] | None,
        hazards: Hazards | None,
    ) -> None:
        """Make the agents, open the markets, and let the policy prepare."""
        self.world = world
        self.parameters = parameters
        self.policy = policy
        self.quarters = quarters
        self.burdens = burdens
        self.hazards = hazards
        self.outlook = WorldOutlook(world, parameters)
        self.amended: list[tuple[str, str, str]] = []
        self.said: list[tuple[int, tuple[str, str, str]]] = []
        self.found: list[tuple[str, str, float]] = []
        script = self._amend(self.outlook, script)
        self.states = [
            State(self, code, i, [m for m in script if m.by == code], doctrine.get(code, "rule"))
            for i, code in enumerate(world.states)
        ]
        self.outsiders = tuple(m for m in script if m.by not in world.states)
        self.market = start_market(world, parameters)
        self.shadow = self.market
        self.alone: dict[str, Market] = {}
        self.history: list[QuarterRecord] = []
        prepared = policy.prepare(self._situation(0, (), ()))
        known_states(world, prepared.measures)
        self.prepared: Response = replace(prepared, measures=self._amend(self.outlook, prepared.measures))
        wrong = [m for m in self.prepared.measures if m.purpose not in STANDING]
        if wrong:
            allowed = ", ".join(STANDING)
            raise MeasureError(
                [Problem("cannot stand for a whole run", key=m.name, found=m.purpose, allowed=allowed) for m in wrong]
            )
        self.diplomacy = (
            diplomacy(tuple(m for m in self.prepared.measures if m.purpose in STANDING)) if diplomacy else None
        )

    @property
    def quarter(self) -> int:
        """The quarter about to be played, counted from 0."""
        return len(self.history)

    def step(self) -> None:
        """Play one quarter."""
        quarter = self.quarter
        own = [measure for state in self.states for measure in state.press(quarter)]
        own += [measure for measure in self.outsiders if measure.in_force(quarter)]
        pressed = tuple(m for m in own if m.purpose == "coercion")
        if self.diplomacy is not None:
            self.diplomacy.play(quarter)
            pressed += self.diplomacy.pressure(quarter)
        standing = tuple(m for m in (*own, *self.prepared.measures) if m.purpose in STANDING and m.in_force(quarter))
        situation = self._situation(quarter, pressed, self.history[-1].pressed if self.history else ())
        chosen = tuple(m for m in own if m.purpose not in ("coercion", *STANDING))
        taken = chosen + self._answers(situation, quarter)
        ceiling = self._ceiling(situation)
        before = self.market
        self.market, taken = self._clear(before, pressed + standing, taken, quarter, ceiling)
        last_shadow = self.shadow
        self.shadow = (
            self.market
            if not pressed and not taken and before is last_shadow
            else next_quarter(last_shadow, compile_shock(self.world, standing, quarter), known=solutions())
        )
        paid, received = help_given(self.world, taken, self.market.equilibrium, quarter)
        record = QuarterRecord(
            quarter=quarter,
            pressed=pressed,
            taken=taken,
            standing=standing,
            actual=self.market.equilibrium,
            without=self.shadow.equilibrium,
            burden=self._burden(before, pressed + standing, taken, quarter),
            adjustment=self._adjustment(last_shadow.equilibrium, self.shadow.equilibrium),
            toll=self._toll(pressed, taken, quarter),
            help_paid=paid,
            help_received=received,
            ceiling=sum(ceiling.values()) if ceiling else float("nan"),
        )
        self.history.append(record)
        self.running = self.quarter < self.quarters

    # ------------------------------------------------------------------ parts of a quarter

    def _answers(self, situation: QuarterSituation, quarter: int) -> tuple[Measure, ...]:
        """What states do in answer to pressure: what they chose in their disputes, or what the agreed policy asks."""
        if self.diplomacy is not None:
            return self.diplomacy.answers(situation, quarter)
        answer = self.policy.respond(situation)
        self._record(answer, quarter)
        asked = answer.measures
        known_states(self.world, asked)
        asked = self._amend(situation, asked)
        return tuple(m for state in self.states for m in state.answer([m for m in asked if m.by == state.code]))

    def _record(self, answer: Response, quarter: int) -> None:
        """Keep the notes and facts of an answer, each the first time it is given: rules say the same every quarter."""
        known = {note for _, note in self.said}
        self.said += [(quarter, note) for note in dict.fromkeys(answer.notes) if note not in known]
        self.found += [fact for fact in dict.fromkeys(answer.facts) if fact not in self.found]

    def _amend(self, outlook: Outlook, measures: Sequence[Measure]) -> tuple[Measure, ...]:
        """Let the policy weaken what states would do; pressure is not its to change. Changes are noted."""
        pressure = tuple(m for m in measures if m.purpose == "coercion")
        others = tuple(m for m in measures if m.purpose != "coercion")
        kept = self.policy.amend(outlook, others)
        if kept == others:
            return tuple(measures)
        sizes = {(m.name, m.by, m.on): m.size for m in kept}
        for m in others:
            size = sizes.get((m.name, m.by, m.on))
            if size != m.size:
                change = "dropped" if size is None else f"{m.size:.4g} -> {size:.4g}"
                note = ("amended", m.by, f"{m.name or m.kind} on {m.on}: {m.kind} {change}")
                if note not in self.amended:
                    self.amended.append(note)
        return pressure + kept

    def _toll(self, pressed: tuple[Measure, ...], taken: tuple[Measure, ...], quarter: int) -> Toll:
        """What the quarter costs beside trade."""
        nothing = np.zeros(len(self.states))
        return Toll(nothing, nothing) if self.hazards is None else self.hazards.toll(pressed, taken, quarter)

    def _situation(self, quarter: int, pressed: Sequence[Measure], last: Sequence[Measure]) -> QuarterSituation:
        """What the policy may see."""
        known = set(last)
        return QuarterSituation(
            world=self.world,
            parameters=self.parameters,
            quarter=quarter,
            last_quarter=self.quarters - 1,
            coercive=tuple(m for m in pressed if m in known),
            actual=self.market.equilibrium,
            without=self.shadow.equilibrium,
            received=self._received,
            streams=self.streams,
        )

    def _received(self, state: str) -> float:
        """Help a state received last quarter, US$ million a year."""
        return float(self.history[-1].help_received[self.world.state_index(state)]) if self.history else 0.0

    def _ceiling(self, situation: QuarterSituation) -> dict[str, float]:
        """Loss of income of each target, quarter before: help to it never exceeds that. Empty without pressure."""
        return {target: situation.income_loss(target) for target in sorted({m.on for m in situation.coercive})}

    def _clear(
        self,
        before: Market,
        given: tuple[Measure, ...],
        taken: tuple[Measure, ...],
        quarter: int,
        ceiling: dict[str, float],
    ) -> tuple[Market, tuple[Measure, ...]]:
        """Clear markets; where the help a target gets exceeds its ceiling, scale it down and clear again."""
        for _ in range(20):
            market = next_quarter(before, compile_shock(self.world, given + taken, quarter), known=solutions())
            received = help_given(self.world, taken, market.equilibrium, quarter)[1]
            cut = {
                target: 0.999 * most / received[n]
                for target, most in ceiling.items()
                if received[n := self.world.state_index(target)] > most * (1.0 + CEILING_SLACK)
            }
            if not cut:
                return market, taken
            taken = tuple(
                replace(m, size=m.size * cut[m.on]) if m.on in cut and m.kind in ("transfer", "import_subsidy") else m
                for m in taken
            )
        raise ConvergenceError(f"help in quarter {quarter} stays above its ceiling for {', '.join(cut)}")

    def _burden(self, before: Market, given: tuple[Measure, ...], taken: tuple[Measure, ...], quarter: int) -> Array:
        """Each responding state's real income without its own responses less with them, percent of GDP."""
        burden = np.zeros(len(self.states))
        if not self.burdens:
            return burden
        acting = {m.by for m in taken if m.purpose != "statement"}
        for state in self.states:
            if state.code not in acting and state.code not in self.alone:
                continue
            others = tuple(m for m in taken if m.by != state.code)
            shock = compile_shock(self.world, given + others, quarter)
            own = self.alone.get(state.code, self._at_burden_accuracy(before))
            # Last quarter's distance from the run with its responses is a good guess at this quarter's.
            gap_before = own.equilibrium.unknowns - before.equilibrium.unknowns
            guess = self.market.equilibrium.unknowns + gap_before
            market = next_quarter(own, shock, start=guess, known=solutions())
            self.alone[state.code] = market
            gap = market.equilibrium.welfare_pct_gdp - self.market.equilibrium.welfare_pct_gdp
            burden[state.index] = gap[state.index]
        return burden

    def _at_burden_accuracy(self, market: Market) -> Market:
        """The same market solved a little less closely from here on: burdens are differences a million times larger."""
        tolerance = BURDEN_TOLERANCE * self.parameters.tolerance
        return replace(market, parameters=replace(self.parameters, tolerance=tolerance))

    def _adjustment(self, before: Equilibrium, now: Equilibrium) -> Array:
        """``100 rate 1/2 sum_j |change of factor-income share|`` of members of an integrating bloc, percent of GDP."""
        cost = np.zeros(len(self.states))
        if not self.prepared.adjustment_cost or now is before:
            return cost
        moved = 0.5 * np.abs(factor_shares(now) - factor_shares(before)).sum(axis=0)
        for state, rate in self.prepared.adjustment_cost:
            n = self.world.state_index(state)
            cost[n] += 100.0 * rate * moved[n]
        return cost


def known_states(world: World, measures: Sequence[Measure]) -> None:
    """Refuse measures of a policy by or on states the world does not have; they would otherwise be nobody's."""
    strangers = [
        s
        for m in measures
        for s in ((m.by,) if m.kind == "statement" else (m.by, m.on))  # words may be about anybody
        if s not in world.states
    ]
    if strangers:
        raise MeasureError(
            [unknown("state in a measure of the policy", s, world.states) for s in dict.fromkeys(strangers)]
        )


def factor_shares(equilibrium: Equilibrium) -> Array:
    """Shares of the sectors in a state's factor income, (S, N)."""
    earned = equilibrium.world.value_added_share * equilibrium.sales
    shares: Array = earned / earned.sum(axis=0)
    return shares


def help_given(world: World, taken: Sequence[Measure], equilibrium: Equilibrium, quarter: int) -> tuple[Array, Array]:
    """Help paid and received in a quarter, (N,) each, US$ million a year; both sum to the same.

    Money transferred, plus the outlay on import subsidies: rate times what the exporter receives on the goods named.
    """
    paid, received = np.zeros(len(world.states)), np.zeros(len(world.states))
    for measure in taken:
        if measure.kind not in ("transfer", "import_subsidy"):
            continue
        by, on = world.state_index(measure.by), world.state_index(measure.on)
        if measure.kind == "transfer":
            amount = measure.size * measure.strength(quarter)
        else:
            rate = measure.size * measure.strength(quarter)
            amount = rate * float(equilibrium.flows[world.sector_indices(measure.sectors), on, by].sum())
        paid[by] += amount
        received[on] += amount
    return paid, received
