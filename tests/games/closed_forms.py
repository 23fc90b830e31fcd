"""Games with a solution on paper. Each function states its game, its equilibrium and where it comes from."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from coercion_sim.errors import GameError, Problem
from coercion_sim.games.nodes import Action, Decision, Terminal


def _require(condition: bool, message: str, found: object) -> None:
    if not condition:
        raise GameError(Problem(message, found=str(found)))


def logit_choice(rationality: float, first: float, second: float) -> float:
    """Return the logit probability of the first of two actions, `1 / (1 + exp(-rationality (first - second)))`."""
    x = rationality * (first - second)
    return 1.0 / (1.0 + math.exp(-x)) if x >= 0.0 else math.exp(x) / (1.0 + math.exp(x))


@dataclass(frozen=True)
class ThreatLogit:
    """Logit play of the threat game: probabilities of imposing, conceding, threatening, given the node is reached."""

    p_impose: float
    p_concede: float
    p_threat: float


def threat_game(v_C: float, v_T: float, i_C: float, i_T: float, a_C: float, b_T: float = 0.0) -> Decision:
    """Return the tree: coercer threatens or not; target concedes or resists; coercer imposes or backs down.

    Payoffs (coercer, target): status quo (0, 0), concede (v_C, -v_T), impose (-i_C, -i_T), back down (-a_C, b_T).
    """
    impose = Terminal("impose", {"Coercer": -i_C, "Target": -i_T})
    back_down = Terminal("back_down", {"Coercer": -a_C, "Target": b_T})
    last = Decision("Coercer", "C2", (Action("impose", impose), Action("back_down", back_down)))
    concede = Terminal("concede", {"Coercer": v_C, "Target": -v_T})
    answer = Decision("Target", "T1", (Action("concede", concede), Action("resist", last)))
    quiet = Terminal("status_quo", {"Coercer": 0.0, "Target": 0.0})
    return Decision("Coercer", "C1", (Action("status_quo", quiet), Action("threaten", answer)))


def threat_game_logit(
    rationality: float, v_C: float, v_T: float, i_C: float, i_T: float, a_C: float, b_T: float = 0.0
) -> ThreatLogit:
    """Return the logit agent quantal response equilibrium of `threat_game`, by its three-line recursion."""
    impose = logit_choice(rationality, -i_C, -a_C)
    concede = logit_choice(rationality, -v_T, -impose * i_T + (1.0 - impose) * b_T)
    threat_value = concede * v_C - (1.0 - concede) * (impose * i_C + (1.0 - impose) * a_C)
    return ThreatLogit(impose, concede, logit_choice(rationality, threat_value, 0.0))


@dataclass(frozen=True)
class Attrition:
    """Mixed equilibrium of the war of attrition: concession hazards, who gives in first, how long it lasts."""

    hazard_target: float
    hazard_coercer: float
    p_target_concedes_first: float
    mean_duration: float


def war_of_attrition(v_C: float, v_T: float, c_C: float, c_T: float) -> Attrition:
    """Return the stationary mixed equilibrium in continuous time, complete information (Hendricks-Weiss-Wilson 1988).

    Each side concedes at the hazard that makes the *other* indifferent: h_T = c_C / v_C, h_C = c_T / v_T, v the
    prize of outlasting, c the cost of holding out per period. Duration is exponential with rate h_T + h_C.
    """
    _require(min(v_C, v_T, c_C, c_T) > 0.0, "prizes and costs must be positive", (v_C, v_T, c_C, c_T))
    target, coercer = c_C / v_C, c_T / v_T
    return Attrition(target, coercer, target / (target + coercer), 1.0 / (target + coercer))


def war_of_attrition_discrete(v: float, c: float) -> float:
    """Return the probability of quitting each round in the symmetric discrete game: c / (c + v) (Maynard Smith 1974).

    A round costs c to whoever stays; staying wins v if the other quits. Indifference: p v = (1 - p) c.
    """
    _require(v > 0.0 and c > 0.0, "prize and cost must be positive", (v, c))
    return c / (c + v)


@dataclass(frozen=True)
class Bluff:
    """Equilibrium of the bluffing game. Outcome probabilities are before the coercer's type is known.

    `beta` the probability that the irresolute type threatens, `rho_resist` that the target resists a threat,
    `posterior_resolved` the target's belief after a threat.
    """

    posterior_resolved: float
    beta: float
    rho_resist: float
    p_threat: float
    p_impose: float
    p_concede: float
    p_back_down: float


def bluff(mu: float, v_T: float, d_T: float, v_C: float, a_C: float) -> Bluff:
    """Return the perfect Bayesian equilibrium of a threat by a coercer who may be bluffing (after Fearon 1994).

    With probability mu the coercer is resolved: it always threatens and imposes when resisted. The irresolute type
    backs down at audience cost a_C. Conceding costs the target v_T, being hit d_T. If mu d_T < v_T < d_T the
    irresolute bluffs with beta = mu/(1-mu) (d_T - v_T)/v_T, so that the belief after a threat is v_T / d_T, and the
    target resists with rho = v_C / (v_C + a_C). If mu d_T >= v_T everybody threatens and the target concedes; if
    d_T <= v_T the target resists everything and only the resolved threaten.
    """
    _require(0.0 < mu < 1.0, "the chance of a resolved coercer must be between 0 and 1", mu)
    _require(
        v_T > 0.0 and v_C > 0.0 and a_C >= 0.0, "stakes must be positive, the audience cost at least 0", (v_T, v_C)
    )
    if d_T <= v_T:
        beta, rho = 0.0, 1.0
    elif mu * d_T >= v_T:
        beta, rho = 1.0, 0.0
    else:
        beta = mu / (1.0 - mu) * (d_T - v_T) / v_T
        rho = v_C / (v_C + a_C)
    bluffs = (1.0 - mu) * beta
    threat = mu + bluffs
    return Bluff(mu / threat, beta, rho, threat, mu * rho, threat * (1.0 - rho), bluffs * rho)


@dataclass(frozen=True)
class Inspection:
    """Mixed equilibrium of a 2 x 2 sanction game: P(sanction), P(violate)."""

    p_sanction: float
    q_violate: float


def inspection(sender: Sequence[float], target: Sequence[float]) -> Inspection:
    """Return the mixed equilibrium of the sanction game as an inspection game (Tsebelis 1990).

    Payoffs in the order (sanction, violate), (sanction, comply), (no sanction, violate), (no sanction, comply). Each
    side mixes so that the other is indifferent.

    Raises
    ------
    GameError
        There is no equilibrium in which both mix.
    """
    a, b, c, d = sender
    e, f, g, h = target
    p_gap, q_gap = (e - f) - (g - h), (a - c) - (b - d)
    _require(p_gap != 0.0 and q_gap != 0.0, "no equilibrium in which both mix", (sender, target))
    p, q = (h - g) / p_gap, (d - b) / q_gap
    _require(0.0 < p < 1.0 and 0.0 < q < 1.0, "no equilibrium in which both mix", (p, q))
    return Inspection(p, q)


def grim_discount_factor(cost_of_helping: float, expected_future_benefit: float) -> float:
    """Return the least discount factor that sustains mutual help by grim trigger (Friedman 1971): c / (b + c).

    Helping costs c now; breaking forfeits b in every later period: `delta/(1-delta) b >= c`.
    """
    c, b = cost_of_helping, expected_future_benefit
    _require(c >= 0.0 and b > 0.0, "the cost must be at least 0 and the benefit positive", (c, b))
    return c / (b + c)


@dataclass(frozen=True)
class AllianceGood:
    """Nash provision of an alliance's common good: total G, contributions g_i, and g_i as shares of income."""

    G: float
    g: tuple[float, ...]
    share_of_income: tuple[float, ...]


def olson_zeckhauser(alpha: float, incomes: Sequence[float]) -> AllianceGood:
    """Return the unique Nash equilibrium of voluntary contributions to a pure public good (Olson-Zeckhauser 1966).

    Utility `(1 - alpha) log(w_i - g_i) + alpha log G`, G the sum of contributions. A contributor sets
    w_i - g_i = G (1 - alpha)/alpha; with the m richest contributing, G = sum of their w / (1 + m (1-alpha)/alpha).
    The large carry a more than proportional share; the poorest may give nothing.
    """
    _require(0.0 < alpha < 1.0, "the taste for the public good must be between 0 and 1", alpha)
    _require(bool(incomes) and min(incomes) > 0.0, "incomes must be positive", incomes)
    keep = (1.0 - alpha) / alpha
    ranked = sorted(incomes, reverse=True)
    total = 0.0
    for m in range(1, len(ranked) + 1):
        if ranked[m - 1] <= keep * total:
            break
        total = sum(ranked[:m]) / (1.0 + m * keep)
    g = tuple(max(0.0, w - keep * total) for w in incomes)
    return AllianceGood(total, g, tuple(x / w for x, w in zip(g, incomes, strict=True)))


def collective_deterrence(p_concede: float, v_C: float, c0: float, retaliation_per_ally: float) -> int:
    """Return the least number of retaliating allies that makes coercion not worth while.

    Coercion pays while `p_concede v_C > c0 + m retaliation`; at equality the coercer is taken to refrain.
    """
    _require(retaliation_per_ally > 0.0, "retaliation per ally must be positive", retaliation_per_ally)
    needed = (p_concede * v_C - c0) / retaliation_per_ally
    # A ratio that is whole on paper may come out a rounding error above it.
    return max(0, math.ceil(needed - 1e-12 * max(1.0, abs(needed))))
