"""The model: states that decide in one world market, a quarter at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from coercion_sim.dispute import Choice, Conduct, DisputeSettings, Economy, Hazards, OpenedDispute, Toll, WorldOutlook
from coercion_sim.economy import EconomyParameters, Measure, compile_shock, next_quarter, solutions, start_market
from coercion_sim.errors import MeasureError, Problem
from coercion_sim.model.diplomacy import Diplomacy, by_pair
from coercion_sim.model.quarter import Burdens, QuarterRecord, QuarterSituation, adjustment_cost, clear, help_given
from coercion_sim.model.state import Model, State, release
from coercion_sim.policies import Outlook, Policy, Response, answer_of
from coercion_sim.rng import Streams
from coercion_sim.world import World, unknown

#: Purposes of measures that neither press nor answer pressure: they are there in the run without coercion too.
STANDING = ("integrate", "derisk")


class CoercionModel(Model):  # type: ignore[misc]  # Mesa is untyped
    """States with trade ties and commitments: they press, respond and help by their decision rules; markets clear.

    Parameters
    ----------
    world, parameters
        The baseline economy, elasticities as the run wants them, and how it responds.
    script
        Scripted measures; quarters counted from 0.
    policy
        The agreed rule, with its parameters.
    quarters
        Length of the run.
    seed
        Passed to Mesa; the model itself draws only from event-keyed streams.
    settings
        ``[dispute]`` of the scenario; `decides` has the decision rules of states.
    conduct
        ``scripted`` or ``strategic``: the decision rule of states that `decides` does not name, script or logit.
    outside
        Actors the world does not hold.
    opened, continued
        Disputes sure to arise, and scripted measures that become disputes, as `Diplomacy` takes them.
    hazards
        Costs of pressure and answers other than trade; None: none.
    record
        The scenario's own coercive measures.
    burdens
        Whether to run, for each responding state, the same world without its responses (`QuarterRecord.burden`).
    streams
        The luck of this run, for policies that draw; that of replicate 0 under `seed` where None.
    economies
        As `Diplomacy` takes it.

    Attributes
    ----------
    states, actors
        States of the world in their order; code -> every state and outside actor.
    decisions
        Every choice of the run in its order: mover, quarter, dispute, move, rule, options and odds, draw, chosen.
    history
        A record for each quarter played.
    diplomacy
        The disputes; None where every state follows its script.

    Notes
    -----
    One `step` is one quarter (model.md §7): pressure, answers, markets, record.
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
        settings: DisputeSettings | None = None,
        conduct: Conduct = "scripted",
        outside: Sequence[str] = (),
        opened: Sequence[tuple[int, OpenedDispute]] = (),
        continued: Sequence[tuple[int, Sequence[Measure]]] = (),
        hazards: Hazards | None = None,
        record: Sequence[Measure] = (),
        burdens: bool = True,
        streams: Streams | None = None,
        economies: Callable[[World, EconomyParameters], Economy] = Economy,
    ) -> None:
        super().__init__(rng=seed)
        try:
            self.world = world
            self.parameters = parameters
            self.policy = policy
            self.quarters = quarters
            self.hazards = hazards
            self.streams = Streams(seed, 0) if streams is None else streams
            self.burdens = Burdens(world, parameters) if burdens else None
            self.outlook = WorldOutlook(world, parameters)
            self.amended: list[tuple[str, str, str]] = []
            self.notes: list[tuple[int, tuple[str, str, str]]] = []
            self.facts: list[tuple[str, str, float]] = []
            self.decisions: list[Choice] = []
            self.history: list[QuarterRecord] = []
            self.actors = self._make_actors(script, outside, settings or DisputeSettings(), conduct)
            self.states = [self.actors[code] for code in world.states]
            self.market = self.shadow = start_market(world, parameters)
            self.prepared = self._prepare()
            self.diplomacy = self._make_diplomacy(settings or DisputeSettings(), opened, continued, record, economies)
        except BaseException:
            release(self)
            raise

    def _make_actors(
        self, script: Sequence[Measure], outside: Sequence[str], settings: DisputeSettings, conduct: Conduct
    ) -> dict[str, State]:
        """Makes the agents: every state of the world, and every actor outside it."""
        script = self._amend(self.outlook, script)
        known = {code: i for i, code in enumerate(self.world.states)}
        own = {code: [m for m in script if m.by == code] for code in (*known, *outside, *(m.by for m in script))}
        return {
            code: State(self, code, known.get(code, -1), measures, settings, settings.rule_of(code, conduct))
            for code, measures in own.items()
        }

    def _prepare(self) -> Response:
        """Lets the policy prepare, and refuses measures that may not stand for a whole run."""
        prepared = answer_of(self.policy, "prepare", self._situation((), ()))
        known_states(self.world, prepared.measures)
        prepared = replace(prepared, measures=self._amend(self.outlook, prepared.measures))
        wrong = [m for m in prepared.measures if m.purpose not in STANDING]
        if wrong:
            allowed = ", ".join(STANDING)
            raise MeasureError(
                Problem("cannot stand for a whole run", None, None, m.name, m.purpose, allowed) for m in wrong
            )
        return prepared

    def _make_diplomacy(
        self,
        settings: DisputeSettings,
        opened: Sequence[tuple[int, OpenedDispute]],
        continued: Sequence[tuple[int, Sequence[Measure]]],
        record: Sequence[Measure],
        economies: Callable[[World, EconomyParameters], Economy],
    ) -> Diplomacy | None:
        """Makes the disputes of a run in which some state chooses."""
        if all(state.scripted for state in self.actors.values()):
            return None
        return Diplomacy(
            self.world, self.parameters, settings, self.policy, self.streams, self.prepared.measures, self.actors,
            opened, continued, self.hazards, by_pair(record), economies,
        )  # fmt: skip

    @property
    def quarter(self) -> int:
        """The quarter about to be played, counted from 0."""
        return len(self.history)

    def step(self) -> None:
        """Plays one quarter."""
        quarter = self.quarter
        disputed: set[tuple[str, str]] = set()
        chosen: tuple[Measure, ...] = ()
        if self.diplomacy is not None:
            self.diplomacy.play(quarter)
            disputed, chosen = self.diplomacy.pairs("imposed"), self.diplomacy.pressure(quarter)
        own = self._scripted(quarter)
        pressed = tuple(m for m in own if m.purpose == "coercion") + chosen
        standing = tuple(m for m in (*own, *self.prepared.measures) if m.purpose in STANDING and m.in_force(quarter))
        situation = self._situation(pressed, self.history[-1].pressed if self.history else ())
        taken = tuple(m for m in own if m.purpose not in ("coercion", *STANDING)) + self._answers(situation, disputed)
        ceiling = {target: situation.income_loss(target) for target in sorted({m.on for m in situation.coercive})}
        self._clear(pressed, taken, standing, ceiling)
        self.running = self.quarter < self.quarters

    # ------------------------------------------------------------------ parts of a quarter

    def _scripted(self, quarter: int) -> tuple[Measure, ...]:
        """Measures that states take by their script; those of a scripted dispute that is over have ended."""
        over = set() if self.diplomacy is None else self.diplomacy.pairs("over")
        taken: list[Measure] = []
        for state in self.actors.values():
            written = [m for m in state.script if m.in_force(quarter)]
            if state.scripted:
                written = [m for m in written if m.purpose != "coercion" or (m.by, m.on) not in over]
            taken += state.take(quarter, "measures", written)
        return tuple(taken)

    def _answers(self, situation: QuarterSituation, disputed: set[tuple[str, str]]) -> tuple[Measure, ...]:
        """Answers to pressure: those chosen in disputes, and those the agreed policy asks of scripted states."""
        chosen = () if self.diplomacy is None else self.diplomacy.answers(situation, situation.quarter)
        scripted = [state for state in self.states if state.scripted]
        if not scripted:
            return chosen
        if disputed:
            undisputed = tuple(m for m in situation.coercive if (m.by, m.on) not in disputed)
            situation = replace(situation, coercive=undisputed)
        answer = answer_of(self.policy, "respond", situation)
        self._note(answer, situation.quarter)
        known_states(self.world, answer.measures)
        agreed = self._amend(situation, answer.measures)
        return chosen + tuple(
            m
            for state in scripted
            for m in state.take(situation.quarter, "respond", [m for m in agreed if m.by == state.code])
        )

    def _note(self, answer: Response, quarter: int) -> None:
        """Keeps the notes and facts of an answer, each once: rules repeat themselves every quarter.

        A measure that ended before this quarter has no effect, and is noted.
        """
        known = {note for _, note in self.notes}
        lapsed = [m for m in answer.measures if m.until is not None and m.until < quarter]
        why = "has no effect: it ended before the quarter in which the policy returned it"
        notes = (*answer.notes, *(("lapsed", m.by, f"{m.name or m.kind} on {m.on} {why}") for m in lapsed))
        self.notes += [(quarter, note) for note in dict.fromkeys(notes) if note not in known]
        self.facts += [fact for fact in dict.fromkeys(answer.facts) if fact not in self.facts]

    def _amend(self, outlook: Outlook, measures: Sequence[Measure]) -> tuple[Measure, ...]:
        """Lets the policy weaken measures other than pressure, and notes the changes."""
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

    def _situation(self, pressed: Sequence[Measure], last: Sequence[Measure]) -> QuarterSituation:
        """Makes the policy's view: pressure in force last quarter too, and last quarter's markets."""
        known = set(last)
        return QuarterSituation(
            world=self.world,
            parameters=self.parameters,
            quarter=self.quarter,
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

    def _clear(
        self,
        pressed: tuple[Measure, ...],
        taken: tuple[Measure, ...],
        standing: tuple[Measure, ...],
        ceiling: dict[str, float],
    ) -> None:
        """Clears the markets of this run and of the run without coercion, and records the quarter."""
        quarter, before, last_shadow = self.quarter, self.market, self.shadow
        self.market, taken = clear(self.world, before, pressed + standing, taken, quarter, ceiling)
        if not pressed and not taken and before is last_shadow:
            self.shadow = self.market
        else:
            self.shadow = next_quarter(last_shadow, compile_shock(self.world, standing, quarter), known=solutions())
        nothing = np.zeros(len(self.states))
        rates, hazards = self.prepared.adjustment_cost, self.hazards
        paid, received = help_given(self.world, taken, self.market.equilibrium, quarter)
        self.history.append(
            QuarterRecord(
                quarter=quarter,
                pressed=pressed,
                taken=taken,
                standing=standing,
                actual=self.market.equilibrium,
                without=self.shadow.equilibrium,
                burden=self.burdens.measure(before, self.market, pressed + standing, taken, quarter)
                if self.burdens
                else nothing,
                adjustment=adjustment_cost(self.world, rates, last_shadow.equilibrium, self.shadow.equilibrium),
                toll=hazards.toll(pressed, taken, quarter) if hazards else Toll(nothing, nothing),
                help_paid=paid,
                help_received=received,
                ceiling=sum(ceiling.values()) if ceiling else float("nan"),
            )
        )


def known_states(world: World, measures: Sequence[Measure]) -> None:
    """Refuses measures of a policy by or on states the world does not have; no state would take them."""
    strangers = [
        s
        for m in measures
        for s in ((m.by,) if m.kind == "statement" else (m.by, m.on))  # words may be about anybody
        if s not in world.states
    ]
    MeasureError.refuse(unknown("state in a measure of the policy", s, world.states) for s in dict.fromkeys(strangers))
