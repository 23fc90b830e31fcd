"""What quarrels cost beside trade: grey-zone pressure, disinformation, escalation, cooperation lost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from coercion_sim.arrays import Array
from coercion_sim.dispute.effects import YEAR
from coercion_sim.dispute.packages import Package
from coercion_sim.dispute.payoff_table import PayoffTable, on_ally_axis
from coercion_sim.dispute.settings import Cooperation, Pressure
from coercion_sim.economy import NON_ECONOMIC, Measure
from coercion_sim.policies import Pledge
from coercion_sim.rng import Streams
from coercion_sim.world import World


@dataclass(frozen=True, eq=False)
class Toll:
    """Of one quarter. (N,) arrays over states, percent of own GDP a year.

    Attributes
    ----------
    security_loss
        Grey-zone pressure and disinformation suffered, their price to who exerts them, and escalations.
    cooperation_loss
        Climate and health cooperation lost, to both sides.
    escalations
        (coercer, target) whose quarrel escalated.
    at_stake, lost
        Pairs (rival, partner) whose cooperation was at risk, and those that lost it.
    """

    security_loss: Array
    cooperation_loss: Array
    escalations: tuple[tuple[str, str], ...] = ()
    at_stake: tuple[tuple[str, str], ...] = ()
    lost: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, eq=False)
class Hazards:
    """Draws what spills over. Draws depend on the event alone: pair and quarter.

    Attributes
    ----------
    shield
        Share of the spill-over onto cooperation that the policy prevents.
    rivals
        States whose cooperation can be lost.
    """

    world: World
    pressure: Pressure
    cooperation: Cooperation
    streams: Streams
    rivals: tuple[str, ...]
    shield: float = 0.0
    partners: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        named = self.cooperation.partners or tuple(s for s in self.world.states if s != "ROW")
        object.__setattr__(self, "partners", frozenset(named) - set(self.rivals))

    def toll(self, pressed: Sequence[Measure], taken: Sequence[Measure], quarter: int) -> Toll:
        """What this quarter costs beside trade, given the pressure in force and the answers to it."""
        security, cooperation = np.zeros(len(self.world.states)), np.zeros(len(self.world.states))
        for measure in pressed:
            if measure.kind in NON_ECONOMIC:
                loss = measure.size * measure.strength(quarter)
                self._bear(security, measure.on, loss)
                self._bear(security, measure.by, self.own_price(measure.kind, loss))
        escalated = tuple(pair for pair in self._quarrels(pressed) if self._escalates(pair, pressed, taken, quarter))
        for coercer, target in escalated:
            answering = {m.by for m in taken if m.purpose == "retaliate" and m.on == coercer}
            for state in {coercer, target, *answering}:
                self._bear(security, state, YEAR * self.pressure.escalation_cost)
        at_stake = self._at_stake(pressed, taken)
        lost = tuple(pair for pair, chance in at_stake.items() if chance > self._draw("cooperation", pair, quarter))
        for pair in lost:
            self._bear(cooperation, pair[1], self.cooperation.value)
        for rival in {pair[0] for pair in lost}:
            self._bear(cooperation, rival, self.cooperation.value)  # once, however many partners leave
        return Toll(security, cooperation, escalated, tuple(at_stake), lost)

    def _bear(self, loss: Array, state: str, amount: float) -> None:
        """Charge a state; an actor outside the matrix has no accounts."""
        if state in self.world.states:
            loss[self.world.state_index(state)] += amount

    def own_price(self, kind: str, loss: float) -> float:
        """What inflicting a loss costs who does it: in proportion to the size the scenario gives both for."""
        p = self.pressure
        unit, price = (
            (p.grey_zone, p.grey_zone_cost) if kind == "military" else (p.disinformation, p.disinformation_cost)
        )
        return price * loss / unit if unit > 0 else 0.0

    @staticmethod
    def _quarrels(pressed: Iterable[Measure]) -> list[tuple[str, str]]:
        """Pairs in which pressure is exerted that is not trade."""
        return sorted({(m.by, m.on) for m in pressed if m.kind in NON_ECONOMIC})

    def _escalates(
        self, pair: tuple[str, str], pressed: Sequence[Measure], taken: Sequence[Measure], quarter: int
    ) -> bool:
        kinds = {m.kind for m in pressed if (m.by, m.on) == pair}
        answered = any(m.purpose == "retaliate" and m.on == pair[0] for m in taken)
        yearly = yearly_escalation(self.pressure, "military" in kinds, "disinformation" in kinds, answered)
        return bool(self._draw("escalation", pair, quarter) < 1.0 - (1.0 - yearly) ** (1.0 / YEAR))

    def _at_stake(self, pressed: Sequence[Measure], taken: Sequence[Measure]) -> dict[tuple[str, str], float]:
        """Chance of losing this quarter's cooperation, by (rival, partner); the two causes are independent."""
        c = self.cooperation
        if c.value <= 0:
            return {}
        kept: dict[tuple[str, str], float] = {}
        causes = [((m.by, m.on), c.spill_pressure) for m in pressed]
        causes += [((m.on, m.by), c.spill) for m in taken if m.purpose == "retaliate"]
        for pair, chance in dict.fromkeys(causes):
            if pair[0] in self.rivals and pair[1] in self.partners and chance > 0:
                kept[pair] = kept.get(pair, 1.0) * (1.0 - chance * (1.0 - self.shield))
        return {pair: 1.0 - left for pair, left in sorted(kept.items())}

    def _draw(self, purpose: str, pair: tuple[str, str], quarter: int) -> float:
        return self.streams.uniform(purpose, pair, quarter)


def yearly_escalation(pressure: Pressure, military: bool, disinformation: bool, answered: bool) -> float:
    """Chance a year that a quarrel escalates: by each means used, and by an ally's retaliation, independently."""
    calm = 1.0
    if military:
        calm *= 1.0 - pressure.grey_zone_escalation
    if disinformation:
        calm *= 1.0 - pressure.disinformation_escalation
    if answered and (military or disinformation):
        calm *= 1.0 - pressure.answer_escalation
    return 1.0 - calm


@dataclass(frozen=True, eq=False)
class NonTradeCosts:
    """Terms to add to a game's arrays, percent of own GDP a year. K packages, n allies, M options.

    Attributes
    ----------
    coercer_cost, target_loss : (K, M, ..., M)
        Price of means that are not trade, loss they cause, expected escalation and cooperation lost.
    ally_cost : (n, K, M, ..., M)
        Expected escalation and cooperation lost of a retaliating ally.
    erosion : (K,)
        Share of the target's stake eroded.
    beyond_trade : (K,)
        1 where a package has no measure on trade, so that only linked pledges answer it.
    """

    coercer_cost: Array
    target_loss: Array
    ally_cost: Array
    erosion: Array
    beyond_trade: Array


def non_trade_costs(table: PayoffTable, hazards: Hazards) -> NonTradeCosts:
    """Expected flows of one dispute besides trade.

    Escalation costs its price times the chance a year, to coercer and target under any profile and to an ally that
    retaliates. Cooperation g is lost to a partner with the chance of spill-over in a quarter, and to the coercer where
    any partner leaves: ``g (1 - (1 - s_p) (1 - s)^r)`` with r allies retaliating.
    """
    n, K, M = len(table.allies), len(table.packages), len(table.menu)
    shape = (K, *[M] * n)
    strikes = table.strikes
    retaliating = [on_ally_axis(np.broadcast_to(strikes, (K, M)), i, n) for i in range(n)]
    answered = np.zeros(shape)
    for r in retaliating:
        answered = np.maximum(answered, r)
    means = [_means(p) for p in table.packages]
    loss, price = (np.array([x[i] for x in (_flows(p, hazards) for p in table.packages)]) for i in (0, 1))
    chance = np.array([[yearly_escalation(hazards.pressure, m, d, a) for a in (False, True)] for m, d in means])
    quiet, loud = (chance[:, a].reshape(-1, *[1] * n) for a in (0, 1))
    escalation = hazards.pressure.escalation_cost * (quiet + (loud - quiet) * answered)
    spill, kept = _spill(table, hazards, retaliating, shape)
    g = hazards.cooperation.value
    wide = (K, *[1] * n)
    beyond = np.array([float(not p.on_trade) for p in table.packages])
    ally_cost = np.zeros((n, *shape))
    for i in range(n):
        ally_cost[i] = retaliating[i] * (escalation + g * spill[i])
    at_risk = table.coercer in hazards.rivals and table.target in hazards.partners
    pressed_spill = hazards.cooperation.spill_pressure * (1.0 - hazards.shield) * at_risk
    return NonTradeCosts(
        coercer_cost=price.reshape(wide) + escalation + g * (1.0 - kept * (1.0 - pressed_spill)),
        target_loss=loss.reshape(wide) + escalation + g * pressed_spill,
        ally_cost=ally_cost,
        erosion=np.array([hazards.pressure.disinformation_erosion * d for _, d in means], dtype=np.float64),
        beyond_trade=beyond,
    )


def linked_shortfall(shortfall: Array, table: PayoffTable, beyond_trade: Array, pledge: Pledge | None) -> Array:
    """Shortfall (n, K, M) where some packages are beyond trade.

    A pledge for trade does not cover them, so nothing is left undone; a linked one is kept by retaliating, and anything
    else breaks the share chi (`Pledge.link`) of it. Of an ally that cannot cut trade nothing was promised.
    """
    if pledge is None:
        return shortfall
    silent = (1.0 - table.strikes) * pledge.link * table.can_strike[:, None]
    mixed: Array = np.where(beyond_trade[None, :, None] > 0, silent[:, None, :], shortfall)
    return mixed


def _spill(
    table: PayoffTable, hazards: Hazards, retaliating: list[Array], shape: tuple[int, ...]
) -> tuple[Array, Array]:
    """Chance by ally that its retaliation loses the cooperation of a quarter; chance by profile that none does."""
    chance = hazards.cooperation.spill * (1.0 - hazards.shield) if table.coercer in hazards.rivals else 0.0
    spill = np.array([chance if ally in hazards.partners else 0.0 for ally in table.allies])
    kept = np.ones(shape)
    for share, r in zip(spill, retaliating, strict=True):
        kept = kept * (1.0 - share * r)
    return spill, kept


def _flows(package: Package, hazards: Hazards) -> tuple[float, float]:
    """(loss of the target, price to the coercer) of a package's means that are not trade."""
    sizes = [(m.kind, m.size) for m in package.measures if m.kind in NON_ECONOMIC]
    return sum(size for _, size in sizes), sum(hazards.own_price(kind, size) for kind, size in sizes)


def _means(package: Package) -> tuple[bool, bool]:
    """Whether a package is military, and whether it disinforms."""
    kinds = {m.kind for m in package.measures}
    return "military" in kinds, "disinformation" in kinds
