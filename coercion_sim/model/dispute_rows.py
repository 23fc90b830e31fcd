"""Rows of results about disputes: one for each, and its decisions as events."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from coercion_sim.dispute import Dispute
from coercion_sim.model.coercion_model import CoercionModel
from coercion_sim.model.diplomacy import Held, effect_in_table
from coercion_sim.scenario import Scenario


def dispute_rows(model: CoercionModel, scenario: Scenario) -> Iterator[dict[str, Any]]:
    """One row for every dispute of a finished run, in the order they arose."""
    if model.diplomacy is None:
        return
    for number, dispute in enumerate(model.diplomacy.disputes):
        yield _row(model, scenario, dispute, model.diplomacy.held[number])


def _row(model: CoercionModel, scenario: Scenario, dispute: Dispute, held: Held) -> dict[str, Any]:
    game = dispute.game
    imposed = dispute.imposed_at >= 0
    last = dispute.ended_at if dispute.ended_at >= 0 else model.quarters
    length = last - dispute.imposed_at if imposed else 0
    target = model.world.state_index(dispute.target)
    effects = [
        float((r.actual.welfare_pct_gdp - r.without.welfare_pct_gdp)[target])
        for r in model.history
        if imposed and dispute.imposed_at <= r.quarter < last
    ]
    answers = ", ".join(
        f"{ally} {game.options[o]}" for ally, o in zip(game.allies, dispute.profile, strict=False) if imposed
    )
    return {
        "coercer": dispute.coercer,
        "target": dispute.target,
        "quarter": scenario.quarter_label(dispute.opened),
        "step": dispute.opened,
        "stake_coercer": float(game.stake_coercer[int(dispute.firm)]),
        "stake_target": float(game.stake_target[int(dispute.resolved)]),
        "firm": int(dispute.firm),
        "resolved": int(dispute.resolved),
        "pressed": int(dispute.package >= 0),
        "package": game.packages[dispute.package] if dispute.package >= 0 else "",
        "ending": dispute.ending or "unended",
        "imposed": scenario.quarter_label(dispute.imposed_at) if imposed else "",
        "ended": scenario.quarter_label(dispute.ended_at) if imposed and dispute.ended_at >= 0 else "",
        "length": float(length) if imposed else float("nan"),
        "answers": answers,
        "belief_target": dispute.beliefs[0],
        "belief_coercer": dispute.beliefs[1],
        "table_effect": effect_in_table(held, dispute, length) if imposed else float("nan"),
        "realised_effect": float(np.mean(effects)) if effects else float("nan"),
    }


def experience_events(model: CoercionModel) -> Iterator[dict[str, str]]:
    """What states that learn have learned by the end, as ``[[dispute.experience]]`` of a later run takes it."""
    if model.diplomacy is None:
        return
    for (state, role), held in sorted(model.diplomacy.deciding.learned.items()):
        text = f"role = {role}, act = {held.act:.9g}, refrain = {held.refrain:.9g}, experience = {held.experience:.9g}"
        yield {"event": "experience", "state": state, "on": "", "text": text}


def decision_events(model: CoercionModel, quarter: int) -> Iterator[dict[str, str]]:
    """Decisions of one quarter as events: what was chosen, at which odds."""
    if model.diplomacy is None:
        return
    for dispute in model.diplomacy.disputes:
        for decision in dispute.decisions:
            if decision.quarter == quarter:
                odds = next(a.probability for a in decision.alternatives if a.label == decision.chosen)
                on = dispute.target if decision.mover != dispute.target else dispute.coercer
                text = f"{decision.chosen} (probability {odds:.2f})"
                yield {"event": f"decision_{decision.move}", "state": decision.mover, "on": on, "text": text}
