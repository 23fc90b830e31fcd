"""Every outcome of a run as one number each (the columns of table `outcomes`, MODEL section 8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from coercion_sim.dispute import Array, effect_store, integration_index
from coercion_sim.economy import KINDS, NON_ECONOMIC, Measure, solutions, solve_equilibrium
from coercion_sim.games import power_over_inputs
from coercion_sim.model.coercion_model import CoercionModel, QuarterRecord
from coercion_sim.scenario import Scenario
from coercion_sim.world import World

#: Goods trade a complete embargo leaves, so that no buyer is without any supplier.
EMBARGO_LEAVES = 0.01
_WON = ("conceded_to_demand", "conceded")


def outcomes_of(model: CoercionModel, scenario: Scenario) -> dict[str, float]:
    """All outcomes of a finished run; each is a finite number."""
    discount = scenario.dispute.discount ** (np.arange(len(model.history)) / 4.0) / 4.0
    return {
        **_disputes(model, scenario),
        **_losses(model, scenario, discount),
        **_help(model, discount),
        **_trade(model, scenario),
        **_trust(model, scenario),
    }


# ------------------------------------------------------------------ pressure


def _disputes(model: CoercionModel, scenario: Scenario) -> dict[str, float]:
    """Counts of disputes and their ends; what a script imposes counts as pressed and carried out."""
    lengths = _pressed_quarters(model.history)
    if model.diplomacy is None:
        n = float(len(lengths))
        means = {(m.by, m.on, m.kind in NON_ECONOMIC) for r in model.history for m in r.pressed}
        other = len({(by, on) for by, on, beyond in means if beyond})
        counts = {"disputes": n, "attempts": n, "carried_out": n, "beyond_trade": _ratio(other, n)}
        rest = ("threatened", "conceded_to_demand", "backed_down", "successes", "objective_rate", "success_rate")
        return counts | dict.fromkeys(rest, 0.0) | _lengths(list(lengths.values()), lengths)
    found = model.diplomacy.disputes
    pressed = [d for d in found if d.package >= 0]
    imposed = [d for d in pressed if d.imposed_at >= 0]
    settled = scenario.dispute.settle
    won = sum(1.0 if d.ending in _WON else settled if d.ending == "settled" else 0.0 for d in found)
    later = sum(1.0 for d in imposed if d.ending in ("conceded", "settled"))
    beyond = sum(model.diplomacy.package_of(d).non_economic for d in pressed)
    spans = [(d.ended_at if d.ended_at >= 0 else model.quarters) - d.imposed_at for d in imposed]
    return {
        "disputes": float(len(found)),
        "attempts": float(len(pressed)),
        "threatened": 0.0 if scenario.dispute.surprise else float(len(pressed)),
        "conceded_to_demand": float(sum(d.ending == "conceded_to_demand" for d in found)),
        "backed_down": float(sum(d.ending == "backed_down" for d in found)),
        "carried_out": float(len(imposed)),
        "successes": won,
        "objective_rate": _ratio(won, len(found)),
        "success_rate": _ratio(later, len(imposed)),
        "beyond_trade": _ratio(beyond, len(pressed)),
        **_lengths(spans, lengths),
    }


def _lengths(spans: Sequence[int], quarters: Mapping[tuple[str, str], int]) -> dict[str, float]:
    return {"pressure_quarters": float(sum(quarters.values())), "mean_length": float(np.mean(spans)) if spans else 0.0}


def _pressed_quarters(history: Sequence[QuarterRecord]) -> dict[tuple[str, str], int]:
    """Quarters under pressure by (coercer, target)."""
    found: dict[tuple[str, str], int] = {}
    for record in history:
        for pair in {(m.by, m.on) for m in record.pressed}:
            found[pair] = found.get(pair, 0) + 1
    return found


# ------------------------------------------------------------------ who pays


def _losses(model: CoercionModel, scenario: Scenario, discount: Array) -> dict[str, float]:
    """Present values of target and coercer, mean income of the bloc, mean real GDP of the world."""
    world = model.world
    coerced = np.array([r.actual.welfare_pct_gdp - r.without.welfare_pct_gdp for r in model.history])
    security = np.array([r.toll.security_loss for r in model.history])
    income = np.array([r.actual.welfare_pct_gdp - r.adjustment - r.toll.cooperation_loss for r in model.history])

    def present(of: str) -> float:
        return -float(discount @ coerced[:, world.state_index(of)]) if of in world.states else 0.0

    bloc = [world.state_index(s) for s in scenario.actors.bloc]
    gdp, everybody = world.baseline.gdp[bloc], world.baseline.gdp
    made = np.array([r.actual.real_gdp_hat for r in model.history])
    target = world.state_index(scenario.target) if scenario.target in world.states else None
    return {
        "target_loss_pv": present(scenario.target),
        "coercer_cost_pv": present(scenario.coercer),
        "bloc_income": float((income[:, bloc] @ gdp).mean() / gdp.sum()) if bloc else 0.0,
        "world_gdp_change": float((100.0 * (made - 1.0) @ everybody).mean() / everybody.sum()),
        "security_loss_pv": float(discount @ security[:, target]) if target is not None else 0.0,
        "escalations": float(sum(len(r.toll.escalations) for r in model.history)),
    }


def _help(model: CoercionModel, discount: Array) -> dict[str, float]:
    """What allies bear, in money and in percent, and how many act."""
    burden = np.array([r.burden for r in model.history])
    paid = np.array([r.help_paid.sum() for r in model.history])
    money = burden @ (model.world.baseline.gdp / 100.0)
    shares = np.maximum(discount @ burden, 0.0)
    world = model.world
    quarrels = {(m.by, m.on) for r in model.history for m in r.pressed}
    in_them = {state for pair in quarrels for state in pair}
    tied = [
        s not in in_them and any(world.alliance_strength(s, target) > 0 for _, target in quarrels) for s in world.states
    ]
    under = [r for r in model.history if r.pressed]
    acting = [len({m.by for m in r.taken if m.purpose != "statement"}) for r in under]
    return {
        "burden_total": float(discount @ money),
        "burden_gini": gini(shares[np.array(tied) | (shares > 0.0)]),
        "help_pv": float(discount @ paid),
        "coalition_size": float(np.mean(acting)) if acting else 0.0,
    }


# ------------------------------------------------------------------ trade


def _trade(model: CoercionModel, scenario: Scenario) -> dict[str, float]:
    """Diversion, integration, and what the target stands to lose, in the economy as it is at the end."""
    world, last = model.world, model.history[-1]
    needed = [value for fact, _, value in model.prepared.facts if fact == "cut_needed"]
    bloc, rival = scenario.actors.bloc, scenario.competitor
    index = integration_index(world, last.actual.flows, bloc, rival) if bloc and rival in world.states else np.zeros(1)
    at = [world.state_index(s) for s in bloc] if index.size > 1 else [0]
    return {
        "diverted_share": diverted_share(world, model.history),
        "integration_min": float(index[at].min()),
        "integration_cut": float(needed[0]) if needed else 0.0,
        "vulnerability": vulnerability(model, scenario.coercer, scenario.target),
        "power": power(last, scenario.coercer, scenario.target),
    }


def diverted_share(world: World, history: Sequence[QuarterRecord]) -> float:
    """Volume gained with other foreign buyers over volume lost to coercers, summed over goods it shut out."""
    lost = gained = 0.0
    for record in history:
        hit: dict[tuple[int, int], set[int]] = {}
        for m in record.pressed:
            if KINDS[m.kind].side == "importer":  # what a coercer stops selling is nobody's lost sale
                pair = world.state_index(m.by), world.state_index(m.on)
                hit.setdefault(pair, set()).update(world.sector_indices(m.sectors).tolist())
        for (c, t), goods in hit.items():
            volume = (record.actual.quantities - record.without.quantities)[sorted(goods), t]
            down = np.maximum(-volume[:, c], 0.0)
            others = np.delete(volume, [c, t], axis=1).sum(axis=1)
            lost += float(down.sum())
            gained += float(others[down > 0.0].sum())
    return _ratio(gained, lost)


def vulnerability(model: CoercionModel, coercer: str, target: str) -> float:
    """Long-run loss of the target, pct_gdp, if the coercer stopped goods trade both ways, but for a hundredth."""
    world = model.world
    if coercer not in world.states or target not in world.states:
        return 0.0
    standing = model.history[-1].standing
    if standing:
        settled = solve_equilibrium(world, standing, parameters=model.parameters, known=solutions())
        world = settled.to_world(world.name)
    embargo = [Measure(kind, coercer, target, ("goods",), EMBARGO_LEAVES) for kind in ("import_ban", "export_ban")]
    effect = effect_store().long_run(world, model.parameters, embargo)
    return -float(effect[world.state_index(target)])


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
    omega = np.divide(bought[:, c], spent, out=np.zeros_like(spent), where=spent > 0)
    beta = spent / spent.sum()
    theta = world.trade_elasticity
    terms = [(float(b), min(float(o), 1.0 - 1e-9), float(e) + 1.0) for b, o, e in zip(beta, omega, theta, strict=True)]
    return 100.0 * power_over_inputs(terms)


# ------------------------------------------------------------------ trust


def _trust(model: CoercionModel, scenario: Scenario) -> dict[str, float]:
    """Beliefs, cohesion, cooperation."""
    diplomacy, settings = model.diplomacy, scenario.dispute
    disputes = diplomacy.disputes if diplomacy is not None else []
    a, b = settings.reliability
    held = {} if diplomacy is None else {s: r.mean for s, r in diplomacy.reliability.items()}
    prior = a / (a + b)
    ties = [(0.5 * (held.get(t.a, prior) + held.get(t.b, prior)), t.strength) for t in model.world.alliances]
    weight = sum(strength for _, strength in ties)
    at_stake = sum(len(r.toll.at_stake) for r in model.history)
    lost = sum(len(r.toll.lost) for r in model.history)
    mu = [d.beliefs[0] for d in disputes]
    nu = [d.beliefs[1] for d in disputes]
    return {
        "cohesion": sum(r * s for r, s in ties) / weight if weight > 0 else prior,
        "cooperation_kept": 1.0 - _ratio(lost, at_stake),
        "belief_target": float(np.mean(mu)) if mu else settings.belief_target,
        "belief_coercer": float(np.mean(nu)) if nu else settings.belief_coercer,
    }


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole > 0 else 0.0


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
