"""Builds what a policy is played on: a small world, pressure on it, and situations written by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from coercion_sim.arrays import Array
from coercion_sim.economy import Measure
from coercion_sim.rng import Streams
from coercion_sim.world import Alliance, World

STATES = ("AUS", "CHN", "USA", "JPN", "KOR", "ROW")
SECTORS = ("coal", "wine", "chips", "services")


def small_world() -> World:
    """Six states and four sectors; sizes roughly those of 2019, trade by gravity, treaties, groups and votes."""
    size = np.array([4.0, 60.0, 90.0, 20.0, 7.0, 120.0]) * 1000.0
    spending = {"coal": 1.0, "wine": 0.5, "chips": 2.0, "services": 10.0}
    skill = {"coal": {"AUS": 6.0}, "wine": {"AUS": 4.0}, "chips": {"JPN": 3.0, "KOR": 5.0, "USA": 2.0}}
    flows = np.empty((len(SECTORS), len(STATES), len(STATES)))
    for j, sector in enumerate(SECTORS):
        supply = size * [skill.get(sector, {}).get(state, 1.0) for state in STATES]
        openness = 0.01 if sector == "services" else 0.1
        flows[j] = spending[sector] * openness * np.outer(supply, size) / size.sum()
        flows[j][np.diag_indices(len(STATES))] = spending[sector] * np.sqrt(supply * size) * 0.2
    inputs = np.empty((len(SECTORS), len(SECTORS), len(STATES)))
    inputs[:] = np.array((0.01, 0.0, 0.05, 0.2))[:, None, None]
    alliances = (
        Alliance("AUS", "USA", "treaty", "defence", 0.9), Alliance("JPN", "USA", "treaty", "defence", 1.0),
        Alliance("KOR", "USA", "treaty", "defence", 1.0), Alliance("AUS", "JPN", "partnership", "alignment", 0.5),
        Alliance("AUS", "KOR", "talks", "consultation", 0.3),
    )  # fmt: skip
    return World.from_flows(
        "small", STATES, SECTORS, flows, [8.0, 3.0, 4.0, 3.0], input_share=inputs, alliances=alliances,
        groups={"ANZUS": ("AUS", "USA"), "QUAD": ("AUS", "JPN", "USA"), "NATO": ("USA",)},
        ideal_point=np.array([1.4, -0.4, 2.6, 0.7, 0.6, np.nan]),
        tags={s: ("services",) if s == "services" else ("goods",) for s in SECTORS},
    )  # fmt: skip


def pressure_on(target: str = "AUS", coercer: str = "CHN", world: World | None = None) -> tuple[Measure, ...]:
    """A ban and a tariff with a pause on a target, licences, grey-zone pressure and rumours on another state.

    Coercion as scenario files write it, in quarters 1 to 7. The rumours come from PRK, which is outside the world.
    """
    world = small_world() if world is None else world
    other = next(s for s in ("JPN", "KOR", *world.states) if s in world.states and s not in (target, coercer))
    goods = [world.sectors[j] for j in world.goods] or list(world.sectors)
    one, two, three = (goods[min(j, len(goods) - 1)] for j in range(3))
    return (
        Measure("import_ban", coercer, target, (one,), 0.05, 1, 5, name=one),
        Measure("import_tariff", coercer, target, (two,), 2.0, 2, 3, name=f"{two} first"),
        Measure("import_tariff", coercer, target, (two,), 2.0, 5, 6, name=f"{two} again"),
        Measure("export_control", coercer, other, (three,), 1.4, 3, None, phase_in=2, name="licences"),
        Measure("military", coercer, other, (), 0.1, 4, 6, name="grey zone"),
        Measure("disinformation", "PRK", other, (), 0.05, 2, 6, name="rumours"),
    )


@dataclass(frozen=True)
class WrittenSituation:
    """A `coercion_sim.policies.Situation` written by hand; no economy is solved.

    Attributes
    ----------
    given
        Coercive measures that can be answered.
    losses
        State -> loss of income, US$ million a year; any other state is a KeyError.
    sold
        (exporter, importer) -> sales per sector named, US$ million a year; 0 where not written.
    placing
        Good -> largest subsidy on it; without limit where not written.
    index
        Cut -> integration index of each member.
    effects
        Measures -> long-run effect by state, (N,), percent of own GDP; None: no measure changes anything.
    turned
        (coercer, state) -> loss if the coercer turned on it, percent of own GDP; 0 where not written.
    traded
        (measures, a, b, sectors) -> share of the trade of a and b left; None: no measure changes any.
    drawn
        (purpose, who) -> number drawn; where not written, the luck of replicate 0 under seed 0.
    """

    given: Sequence[Measure] = ()
    losses: Mapping[str, float] = field(default_factory=lambda: {"AUS": 100.0})
    sold: Mapping[tuple[str, str], float] = field(default_factory=dict)
    placing: Mapping[str, float] = field(default_factory=dict)
    index: Callable[[float], Mapping[str, float]] = lambda cut: {}
    effects: Callable[[Sequence[Measure]], Array] | None = None
    turned: Mapping[tuple[str, str], float] = field(default_factory=dict)
    traded: Callable[[Sequence[Measure], str, str, Sequence[str]], float] | None = None
    drawn: Mapping[tuple[str, str], float] = field(default_factory=dict)
    quarter: int = 5
    last_quarter: int = 19
    world: World = field(default_factory=small_world)

    def pressure(self) -> Sequence[Measure]:
        """Return `given`."""
        return tuple(self.given)

    def income_loss(self, state: str) -> float:
        """Look a state up in `losses`."""
        return self.losses[state]

    def sales(self, exporter: str, importer: str, sectors: Sequence[str]) -> float:
        """Return `sold` times the number of sectors."""
        return self.sold.get((exporter, importer), 0.0) * len(sectors)

    def rates_to_place(self, target: str, allies: Sequence[str], goods: Sequence[str]) -> Mapping[str, float]:
        """Return `placing`."""
        return self.placing

    def effect(self, measures: Sequence[Measure]) -> Array:
        """Call `effects`."""
        return np.zeros(len(self.world.states)) if self.effects is None else self.effects(measures)

    @property
    def at_start(self) -> WrittenSituation:
        """The situation itself: it has no standing measures."""
        return self

    def trade_after(self, measures: Sequence[Measure], a: str, b: str, sectors: Sequence[str]) -> float:
        """Call `traded`."""
        return 1.0 if self.traded is None else self.traded(measures, a, b, sectors)

    def loss_if_turned(self, coercer: str, state: str) -> float:
        """Look a pair up in `turned`."""
        return self.turned.get((coercer, state), 0.0)

    def long_run_integration(
        self, members: Sequence[str], competitor: str, cut: float, sectors: Sequence[str]
    ) -> dict[str, float]:
        """Return `index` of the members."""
        return {s: value for s, value in self.index(cut).items() if s in members}

    def draw(self, purpose: str, who: str = "") -> float:
        """Look an event up in `drawn`, else draw a number that depends on the event alone."""
        if (purpose, who) in self.drawn:
            return self.drawn[purpose, who]
        return Streams(0, 0).uniform(f"policy {purpose}", who, self.quarter)
