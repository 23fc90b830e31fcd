"""From the history of a run to the columns of the results tables (the catalogue is `outcomes.TABLES`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from coercion_sim.dispute import integration_index
from coercion_sim.economy import KINDS, Measure
from coercion_sim.model.coercion_model import CoercionModel
from coercion_sim.model.diplomacy import Case
from coercion_sim.model.outcomes import outcomes_of
from coercion_sim.model.quarter import QuarterRecord
from coercion_sim.outcomes import POINT, TABLES
from coercion_sim.scenario import Scenario
from coercion_sim.world import World

Columns = dict[str, list[Any]]


@dataclass(frozen=True)
class RunRecord:
    """Results of a run: table name -> column name -> values. Table `runs` has one row."""

    tables: dict[str, Columns]


def collect(model: CoercionModel, scenario: Scenario, policy: str, replicate: int, seed: int) -> RunRecord:
    """Read every table off a finished model."""
    tables: dict[str, Columns] = {
        name: {column.name: [] for column in columns if column is not POINT} for name, columns in TABLES.items()
    }
    run = key = {"policy": policy, "replicate": replicate}
    scripted = [m for state in model.states for m in state.script if m.purpose == "coercion"]
    pairs = hit_goods(model.world, [*scripted, *(m for record in model.history for m in record.pressed)])
    for record, previous in zip(model.history, (None, *model.history), strict=False):
        key = run | {"quarter": scenario.quarter_label(record.quarter), "step": record.quarter}
        _add(tables["states"], len(model.states), key, _states(model, scenario, record))
        for rows in _sectors(model, record, pairs):
            _add(tables["sectors"], len(rows["sector"]), key, rows)
        _add(tables["quarters"], 1, key, _quarter(record))
        for event in (*_events(model, record, previous), *decision_events(model, record.quarter)):
            _add(tables["events"], 1, key, event)
    for event in experience_events(model):
        _add(tables["events"], 1, key, event)
    for row in dispute_rows(model, scenario):
        _add(tables["disputes"], 1, run, row)
    for fact, state, value in (*model.prepared.facts, *model.facts):
        _add(tables["facts"], 1, run, {"fact": fact, "state": state, "value": value})
    _add(tables["outcomes"], 1, run, dict(outcomes_of(model, scenario)))
    _add(tables["runs"], 1, run, _run(model, seed))
    return RunRecord(tables)


def _run(model: CoercionModel, seed: int) -> dict[str, Any]:
    """Row of the table `runs`."""
    needed = [value for fact, _, value in model.prepared.facts if fact == "cut_needed"]
    return {
        "seed": seed,
        "status": "ok",
        "error": "",
        "sweeps": sum(r.actual.sweeps for r in model.history),
        "worst_residual": max(r.actual.residual for r in model.history),
        "cut_needed": needed[0] if needed else 0.0,
    }


def hit_goods(world: World, script: Sequence[Measure]) -> dict[tuple[str, str], np.ndarray[Any, Any]]:
    """(coercer, target) -> positions of the goods that some measure keeps out of the coercer's market."""
    pairs: dict[tuple[str, str], set[int]] = {}
    for measure in script:
        if measure.sectors and measure.by in world.states and KINDS[measure.kind].side == "importer":
            pairs.setdefault((measure.by, measure.on), set()).update(world.sector_indices(measure.sectors).tolist())
    return {pair: np.array(sorted(goods), dtype=np.intp) for pair, goods in sorted(pairs.items())}


def _add(columns: Columns, rows: int, *parts: dict[str, Any]) -> None:
    """Append rows; single values are repeated."""
    for part in parts:
        for name, values in part.items():
            if isinstance(values, np.ndarray):
                columns[name].extend(values.tolist())
            elif isinstance(values, list):
                columns[name].extend(values)
            else:
                columns[name].extend([values] * rows)


def _states(model: CoercionModel, scenario: Scenario, record: QuarterRecord) -> dict[str, Any]:
    """Rows of the table `states` of one quarter."""
    now, without, world = record.actual, record.without, model.world
    exports = np.where(
        (base := world.foreign.sum(axis=(0, 2))) > 0, 100.0 * (now.exports / np.where(base > 0, base, 1.0) - 1.0), 0.0
    )
    bloc = scenario.actors.bloc
    if bloc and scenario.competitor:
        index = integration_index(world, now.flows, bloc, scenario.competitor)
    else:
        index = np.zeros(len(model.states))
    return {
        "state": list(world.states),
        "real_income": now.welfare_pct_gdp - record.adjustment - record.toll.cooperation_loss,
        "coercion_effect": now.welfare_pct_gdp - without.welfare_pct_gdp,
        "real_factor_income": 100.0 * (now.real_factor_income_hat - 1.0),
        "real_gdp": 100.0 * (now.real_gdp_hat - 1.0),
        "help_paid": record.help_paid,
        "help_received": record.help_received,
        "burden": record.burden,
        "adjustment_cost": record.adjustment,
        "security_loss": record.toll.security_loss,
        "cooperation_loss": record.toll.cooperation_loss,
        "integration_index": index,
        "exports": exports,
    }


def _sectors(
    model: CoercionModel, record: QuarterRecord, pairs: dict[tuple[str, str], np.ndarray[Any, Any]]
) -> Iterable[dict[str, Any]]:
    """Rows of the table `sectors` of one quarter, by pair; chosen pressure has rows only while it is in force."""
    pressed = {(m.by, m.on) for m in record.pressed}
    for (coercer, target), goods in pairs.items():
        if (coercer, target) in pressed or model.actors[coercer].scripted:
            names = {"coercer": coercer, "target": target, "sector": [model.world.sectors[j] for j in goods]}
            yield names | _diversion(model.world, record, coercer, target, goods)


def _diversion(
    world: World, record: QuarterRecord, coercer: str, target: str, goods: np.ndarray[Any, Any]
) -> dict[str, Any]:
    """Sales lost to the coercer and gained with other foreign buyers, both against the run without the measures."""
    t, c = world.state_index(target), world.state_index(coercer)
    others = np.array([n for n in range(len(world.states)) if n not in (t, c)])
    volume = record.actual.quantities[goods, t] - record.without.quantities[goods, t]
    value = record.actual.flows[goods, t] - record.without.flows[goods, t]
    price = record.actual.unit_cost_hat[goods, t] / record.without.unit_cost_hat[goods, t]
    return {
        "lost_quantity": -volume[:, c],
        "gained_quantity": volume[:, others].sum(axis=1),
        "lost_value": -value[:, c],
        "gained_value": value[:, others].sum(axis=1),
        "supplier_price": 100.0 * (price - 1.0),
    }


def _quarter(record: QuarterRecord) -> dict[str, Any]:
    """Row of the table `quarters`."""
    return {
        "coercive_measures": len(record.pressed),
        "responses": sum(m.purpose != "statement" for m in record.taken),
        "help_total": float(record.help_paid.sum()),
        "help_ceiling": 0.0 if np.isnan(record.ceiling) else record.ceiling,
        "sweeps": record.actual.sweeps,
        "residual": record.actual.residual,
    }


def _events(model: CoercionModel, record: QuarterRecord, previous: QuarterRecord | None) -> Iterable[dict[str, str]]:
    """What began and what ended: measures by name, responses by purpose, state and target; notes of the policy."""
    if previous is None:
        for event, state, text in (*model.prepared.notes, *model.amended):
            yield {"event": event, "state": state, "on": "", "text": text}
    for quarter, (event, state, text) in model.notes:
        if quarter == record.quarter:
            yield {"event": event, "state": state, "on": "", "text": text}
    now, then = _labelled(record.pressed), _labelled(previous.pressed if previous else ())
    yield from _changes(now, then, "measure")
    now, then = _labelled(record.answers), _labelled(previous.answers if previous else ())
    yield from _changes(now, then, "response")


def _labelled(measures: Sequence[Measure]) -> dict[tuple[str, str, str], Measure]:
    """Measures by (name, by, on)."""
    return {(m.name, m.by, m.on): m for m in measures}


def _changes(
    now: dict[tuple[str, str, str], Measure], then: dict[tuple[str, str, str], Measure], what: str
) -> Iterable[dict[str, str]]:
    """Events of measures that begin and of measures that end."""
    for event, here, there in ((f"{what}_starts", now, then), (f"{what}_ends", then, now)):
        for key in sorted(here.keys() - there.keys()):
            m = here[key]
            goods = f" on {', '.join(m.sectors)}" if m.sectors else ""
            yield {"event": event, "state": m.by, "on": m.on, "text": f"{m.name}: {m.kind}{goods}"}


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
