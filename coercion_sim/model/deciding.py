"""Ways to decide besides logit and best reply: doctrine, and learning from experience."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from coercion_sim.dispute import Dispute, DisputeSettings, DisputeSolution, Overrides, softmax

#: Experience-weighted attraction (Camerer and Ho 1999, eqs 1-3): decay of attractions phi, of experience rho, weight of
#: forgone payoffs delta. Their median estimates over games are near these.
DECAY, EXPERIENCE_DECAY, FORGONE = 0.9, 0.9, 0.5


@dataclass
class Attractions:
    """What a state has made of its own disputes in one role: attraction of (act, not), in units of its stake."""

    act: float
    refrain: float
    experience: float = 1.0

    def learn(self, acted: bool, earned: float, other: float) -> None:
        """``A = (phi N A + w pi) / N'``, w = 1 for what was done and delta for what was not; ``N' = rho N + 1``."""
        new = EXPERIENCE_DECAY * self.experience + 1.0
        done, undone = earned, FORGONE * other
        a, r = (done, undone) if acted else (undone, done)
        self.act = (DECAY * self.experience * self.act + a) / new
        self.refrain = (DECAY * self.experience * self.refrain + r) / new
        self.experience = new


@dataclass
class Deciding(Overrides):
    """Replaces the odds of states whose rule is ``rule`` or ``learning``; the others keep the game's own.

    Doctrines. A target yields where what it expects to lose over the planning span exceeds `yields_above` times its
    stake. A coercer presses where its stake exceeds `presses_above` times what pressing costs it. An ally does the
    first thing that keeps its promise whole; without a promise it stands aside.
    """

    settings: DisputeSettings
    learned: dict[tuple[str, str], Attractions] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for past in self.settings.experience:
            self.learned[past.state, past.role] = Attractions(past.act, past.refrain, past.experience)

    def press(self, dispute: Dispute, solved: DisputeSolution, odds: float) -> float:
        """P(press) of the coercer."""
        rule = dispute.rules.get(dispute.coercer, "logit")
        stake = float(dispute.game.stake_coercer[int(dispute.firm)])
        if rule == "rule":
            p = dispute.game.parameters
            flows = dispute.game.coercer_cost[0].reshape(len(dispute.game.packages), -1)[:, 0].min()
            price = p.cost_once + p.statement_cost + (float(flows) + p.cost_year) * p.horizon / 4.0
            return 1.0 if stake > self.settings.presses_above * price else 0.0
        if rule == "learning":
            return self._by_experience(
                dispute.coercer, "coercer", float(solved.press_value[int(dispute.firm)]) / stake, 0.0
            )
        return odds

    def concede(self, dispute: Dispute, solved: DisputeSolution, odds: float) -> float:
        """P(concede to the demand) of the target."""
        rule = dispute.rules.get(dispute.target, "logit")
        s, k = int(dispute.resolved), dispute.package
        stake = float(dispute.game.stake_target[s])
        if rule == "rule":
            return self._doctrine_of_target(dispute, stake)
        if rule == "learning":
            values = float(solved.concede_value[s]) / stake, float(solved.resist_value[s, k]) / stake
            return self._by_experience(dispute.target, "target", *values)
        return odds

    def yields(self, dispute: Dispute, odds: tuple[float, float]) -> tuple[float, float]:
        """P(concede), P(offer to settle) of a target that reviews."""
        if dispute.rules.get(dispute.target, "logit") != "rule":
            return odds
        return self._doctrine_of_target(dispute, float(dispute.game.stake_target[int(dispute.resolved)])), 0.0

    def help(self, ally: str, odds: tuple[float, ...], shortfall: tuple[float, ...]) -> tuple[float, ...]:
        """Probabilities of an ally's options."""
        if self.settings.decides.get(ally, "logit") != "rule":
            return odds
        least = min(shortfall)
        chosen = shortfall.index(least) if least < shortfall[0] else 0
        return tuple(float(o == chosen) for o in range(len(odds)))

    def learn(self, dispute: Dispute) -> None:
        """Let the states of a finished dispute that learn take its lesson, in units of their own stake."""
        earned_c, earned_t = realised(dispute)
        acted = {d.move: d.chosen for d in dispute.decisions}
        values = {d.move: {a.label: a.value for a in d.alternatives} for d in dispute.decisions}
        v_c = float(dispute.game.stake_coercer[int(dispute.firm)])
        v_t = float(dispute.game.stake_target[int(dispute.resolved)])
        if (dispute.coercer, "coercer") in self.learned and "press" in acted:
            pressed = acted["press"] == "press"
            other = 0.0 if pressed else values["press"]["press"] / v_c
            self.learned[dispute.coercer, "coercer"].learn(pressed, earned_c / v_c, other)
        if (dispute.target, "target") in self.learned and "answer" in acted:
            gave_in = acted["answer"] == "concede"
            other = values["answer"]["resist" if gave_in else "concede"] / v_t
            self.learned[dispute.target, "target"].learn(gave_in, earned_t / v_t, other)

    def _doctrine_of_target(self, dispute: Dispute, stake: float) -> float:
        """1 where the loss over the planning span exceeds the tolerated multiple of the stake."""
        profile = dispute.profile or (0,) * len(dispute.game.allies)
        loss = -float(dispute.game.flows(dispute.package, profile)[1][0]) * dispute.game.parameters.horizon / 4.0
        return 1.0 if loss > self.settings.yields_above * stake else 0.0

    def _by_experience(self, state: str, role: str, act: float, refrain: float) -> float:
        """Logit over attractions; the first time they are what theory says."""
        held = self.learned.setdefault((state, role), Attractions(act, refrain))
        return float(softmax(np.array([held.act, held.refrain]), self.settings.rationality, False, axis=0)[0])


def realised(dispute: Dispute) -> tuple[float, float]:
    """What coercer and target got out of a dispute by the payoffs of the game, percent of own GDP, undiscounted."""
    g, p = dispute.game, dispute.game.parameters
    v_c, v_t = float(g.stake_coercer[int(dispute.firm)]), float(g.stake_target[int(dispute.resolved)])
    end = dispute.ending
    if end in ("no_pressure", "backed_down"):
        return (0.0 if end == "no_pressure" else -p.audience_back_down * v_c), 0.0
    if end == "conceded_to_demand":
        return v_c, -(1.0 + p.audience_concede) * v_t
    yearly_cost, yearly_effect = g.flows(dispute.package, dispute.profile)
    quarters = dispute.ended_at - dispute.imposed_at
    early, late = min(quarters, 4), max(0, quarters - 4)
    cost = (yearly_cost + p.cost_year) * np.array([early, late]) / 4.0
    flow = yearly_effect * np.array([early, late]) / 4.0
    coercer, target = -p.cost_once - p.statement_cost - float(cost.sum()), float(flow.sum())
    left = (1.0 - g.erosion_of(dispute.package)) * v_t
    if end == "conceded":
        return coercer + v_c, target - (1.0 + p.audience_concede) * left
    if end == "settled":
        return coercer + p.settle * v_c, target - p.settle * left
    return coercer - p.audience_lift * v_c, target
