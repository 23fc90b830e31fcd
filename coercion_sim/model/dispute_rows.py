"""Rows of results about disputes: one for each, and its decisions as events."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from coercion_sim.model.coercion_model import CoercionModel
from coercion_sim.model.diplomacy import Case
from coercion_sim.scenario import Scenario


def dispute_rows(model: CoercionModel, scenario: Scenario) -> Iterator[dict[str, Any]]:
    """Yield a row for every dispute of a finished run, in the order in which they arose."""
    for case in model.diplomacy.cases if model.diplomacy is not None else ():
        yield _opening(case, scenario) | _course(case, model, scenario)


def _opening(case: Case, scenario: Scenario) -> dict[str, Any]:
    """Sides, stakes and types, and the pressure chosen."""
    dispute, game = case.dispute, case.dispute.game
    return {
        "coercer": dispute.coercer,
        "target": dispute.target,
        "quarter": scenario.quarter_label(dispute.opened),
        "step": dispute.opened,
        "stake_coercer": dispute.stake_coercer,
        "stake_target": dispute.stake_target,
        "firm": int(dispute.firm),
        "resolved": int(dispute.resolved),
        "pressed": int(dispute.package >= 0),
        "package": game.packages[dispute.package] if dispute.package >= 0 else "",
        "ending": dispute.ending or "unended",
    }


def _course(case: Case, model: CoercionModel, scenario: Scenario) -> dict[str, Any]:
    """What followed: length, answers, last beliefs, effects on the target; NaN and empty where nothing was imposed."""
    dispute, game, nan = case.dispute, case.dispute.game, float("nan")
    mu, nu = dispute.beliefs
    row: dict[str, Any] = {"imposed": "", "ended": "", "length": nan, "answers": "", "belief_target": mu}
    row |= {"belief_coercer": nu, "table_effect": nan, "realised_effect": nan}
    if dispute.imposed_at < 0:
        return row
    last = dispute.ended_at if dispute.ended_at >= 0 else model.quarters
    target = model.world.state_index(dispute.target)
    effects = [
        float((r.actual.welfare_pct_gdp - r.without.welfare_pct_gdp)[target])
        for r in model.history
        if dispute.imposed_at <= r.quarter < last
    ]
    answers = (f"{ally} {game.options[o]}" for ally, o in zip(game.allies, dispute.profile, strict=True))
    return row | {
        "imposed": scenario.quarter_label(dispute.imposed_at),
        "ended": scenario.quarter_label(dispute.ended_at) if dispute.ended_at >= 0 else "",
        "length": float(last - dispute.imposed_at),
        "answers": ", ".join(answers),
        "table_effect": case.effect(last - dispute.imposed_at),
        "realised_effect": float(np.mean(effects)) if effects else nan,
    }


def experience_events(model: CoercionModel) -> Iterator[dict[str, str]]:
    """Yield the attractions learned by the end, as ``[[dispute.experience]]`` of a later run takes it."""
    if model.diplomacy is None:
        return
    for code, state in sorted(model.actors.items()):
        for role, learned in sorted(state.attractions.items()):
            parts = {"act": learned.act, "refrain": learned.refrain, "experience": learned.experience}
            text = f"role = {role}, " + ", ".join(f"{name} = {value:.9g}" for name, value in parts.items())
            yield {"event": "experience", "state": code, "on": "", "text": text}


def decision_events(model: CoercionModel, quarter: int) -> Iterator[dict[str, str]]:
    """Yield the decisions of one quarter's disputes as events: the option chosen, and its probability."""
    for dispute in model.diplomacy.disputes if model.diplomacy is not None else ():
        for choice in dispute.decisions:
            if choice.quarter == quarter:
                on = dispute.target if choice.mover != dispute.target else dispute.coercer
                text = f"{choice.chosen} (probability {choice.option.probability:.2f})"
                yield {"event": f"decision_{choice.move}", "state": choice.mover, "on": on, "text": text}
