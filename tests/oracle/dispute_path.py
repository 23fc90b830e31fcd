"""The dispute game of model.md section 5, solved a second time: plain floats, loops, one quarter after another.

Written from the page alone, to be read beside it. C is the coercer (type c: 0 soft, 1 firm), T the target (type t:
0 irresolute, 1 resolved); mu = P(resolved), nu = P(firm). Not covered: `settle`, erosion, several allies, decision
rules other than logit, eta = rho = 0. Where the page leaves a choice, this one is made:

1.  In a quarter q = 0, 1, ... T reviews, then C, then the dispute lapses. The first reviews fall in the quarter of
    imposition (`first_review` 0) or in the one after (1; quarter 0 then bites in full and may lapse).
2.  T moves at nu_q (after C's reviews so far), C at mu_{q+1} (after T's review of the same quarter). Reviews are not
    observed: Bayes uses 1 - rho k and 1 - rho l. T answers the demand at the prior nu; C imposes at mu_D = mu_0.
3.  No time passes from demand to quarter 0. Each later quarter is discounted by delta^(1/4), stakes and audience
    costs too. V_lapse is paid in the quarter after the lapse.
4.  A quarter that ends by conceding or lifting bears xi of the flows of C, T and ally alike; one that lapses, all.
5.  Quarters 0 to 3 bear first-year flows. From quarter Q >= 4 on T holds nu_Q and C holds mu_{Q+1} for good (the
    page's 67 unknowns: mu_D, 33 mu, 33 nu): the value at Q is the limit of one long-run quarter iterated backwards
    from V_lapse. That quarter may have several solutions; where the limit jumps from one to another as the beliefs
    move, no path may be consistent: `solve` then refuses.
6.  Z and a_name are paid at imposition, undiscounted. z is a flow and bites like c.
7.  Each package has its own path from the same prior: neither the demand nor its package informs. By surprise,
    pressing imposes, and mu_D = mu, nu_0 = nu.
8.  The value of pressing, and of helping, is the mean of its own second node. Lambda is over v_C, v_T of the type.
9.  The ally answers once, at mu_D and nu_0, before quarter 0. Its rationality is Lambda over g + A with its pledge and
    over g without. It loses g at the concession, discounted; a pledge's shortfall costs A at once.
10. Endings and values of C and T are those C and T expect, R P(r | pledge) + (1 - R) P(r | none).
11. Damping acts on log-odds, and so do Bayes' rule and the residual. A prior of 0 or 1 is log-odds of -40 or 40.
12. `quarters` counts the quarter of imposition and the quarter of the ending, and is conditional on imposition.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from scipy.optimize import root

Pair = tuple[float, float]  # by type, or (first year, long run)
Square = list[list[float]]  # [c][t]
DAMPING = ((0.5, 100), (0.2, 300), (0.08, 600), (0.03, 800))  # and steps, each from the start
PAIRS = ((0, 0), (0, 1), (1, 0), (1, 1))  # (c, t)


@dataclass(frozen=True)
class Bundle:  # Yearly flows of one package under one answer: (first year, long run)
    cost: Pair  # c
    effect: Pair  # dW_T
    ally_cost: Pair = (0.0, 0.0)  # k + chi L


@dataclass(frozen=True)
class Ally:  # One ally, by default absent; option 0 stands aside
    pledge: float = 0.0
    interest: float = 0.0
    reliability: float = 1.0
    shortfall: tuple[float, ...] = (0.0,)  # by option


@dataclass(frozen=True)
class Dispute:  # Inputs. `packages[p][r]` is package p under answer r, one answer without an ally
    packages: tuple[tuple[Bundle, ...], ...]
    v_t: Pair
    v_c: Pair
    mu: float = 0.5
    nu: float = 0.5
    rationality: float = 6.0
    cost_once: float = 0.04
    cost_year: float = 0.005
    alpha_c: float = 0.4
    alpha_l: float = 0.4
    alpha_t: float = 0.2
    review: float = 0.5
    lapse: float = 0.03
    lapse_cost: float = 0.0
    delta: float = 0.97
    xi: float = 0.25
    last: int = 32  # Q
    statement: float = 0.0  # a_name, 0 where nobody condemns
    surprise: bool = False
    first_review: int = 0
    ally: Ally = Ally()


@dataclass(frozen=True)
class Contest:  # What follows imposition under one answer, by quarter 0..Q (Q: that and every later one)
    concede: list[Pair]  # [q][t]
    lift: list[Pair]  # [q][c]
    values: tuple[Square, Square, Square]  # of C, T and the ally, at quarter 0


@dataclass(frozen=True)
class Pressed:  # One package from the demand on
    log_odds: list[float]  # mu_D, nu_0, then per answer mu_1..mu_{Q+1}, nu_1..nu_Q
    residual: float
    concede_demand: Pair  # by t
    impose: Pair  # by c
    answers: tuple[list[float], list[float], list[float]]  # P(r | pledge), P(r | none), expected by C and T
    contests: list[Contest]
    value_c: Square  # at the demand
    value_t: Square
    endings: dict[tuple[int, int], dict[str, float]] = field(default_factory=dict)  # by (c, t), and `quarters`


@dataclass(frozen=True)
class Solution:  # Whether C presses and with which package, by its type, and each package from there on
    press: Pair
    which: tuple[list[float], list[float]]  # [c][p]
    packages: list[Pressed]


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


def softmax(utilities: Sequence[float]) -> list[float]:
    weights = [math.exp(u - max(utilities)) for u in utilities]
    return [w / sum(weights) for w in weights]


def mean(p: float, by_type: Sequence[float]) -> float:
    return (1 - p) * by_type[0] + p * by_type[1]


def nothing() -> Square:
    return [[0.0, 0.0], [0.0, 0.0]]


def log_odds(p: float) -> float:
    return min(40.0, max(-40.0, math.log(p / (1 - p)))) if 0 < p < 1 else (40.0 if p else -40.0)


def bayes(odds: float, likelihood: Pair) -> float:
    """Log-odds of the high type once something of this likelihood (low type, high type) is seen."""
    return odds + math.log(max(likelihood[1], 1e-12) / max(likelihood[0], 1e-12))


def quarter(g: Dispute, b: Bundle, year: int, mu: float, nu: float, later: tuple[Square, Square, Square], rho: float):
    """One quarter: T reviews at nu, then C at mu, then lapse; `later` are the values of the next quarter."""
    d, eta = g.delta**0.25, g.lapse
    flow_c, flow_t, flow_a = -(b.cost[year] + g.cost_year) / 4, b.effect[year] / 4, -b.ally_cost[year] / 4
    later_c, later_t, later_a = later
    on_c, on_t, on_a = nothing(), nothing(), nothing()  # sustained to the end of the quarter
    for c, t in PAIRS:
        on_c[c][t] = flow_c + d * ((1 - eta) * later_c[c][t] - eta * g.lapse_cost * g.alpha_l * g.v_c[c])
        on_t[c][t] = flow_t + d * (1 - eta) * later_t[c][t]
        on_a[c][t] = flow_a + d * (1 - eta) * later_a[c][t]
    # C lifts or sustains
    lifting = [-g.alpha_l * g.v_c[c] + g.xi * flow_c for c in (0, 1)]
    lift = [sigmoid(g.rationality / g.v_c[c] * (lifting[c] - mean(mu, on_c[c]))) for c in (0, 1)]
    for c, t in PAIRS:
        on_c[c][t] += rho * lift[c] * (lifting[c] - on_c[c][t])
        on_t[c][t] += rho * lift[c] * (g.xi * flow_t - on_t[c][t])
        on_a[c][t] += rho * lift[c] * (g.xi * flow_a - on_a[c][t])
    # T concedes or resists
    conceding = [-(1 + g.alpha_t) * g.v_t[t] + g.xi * flow_t for t in (0, 1)]
    resisting = [mean(nu, (on_t[0][t], on_t[1][t])) for t in (0, 1)]
    concede = [sigmoid(g.rationality / g.v_t[t] * (conceding[t] - resisting[t])) for t in (0, 1)]
    for c, t in PAIRS:
        on_c[c][t] += rho * concede[t] * (g.v_c[c] + g.xi * flow_c - on_c[c][t])
        on_t[c][t] += rho * concede[t] * (conceding[t] - on_t[c][t])
        on_a[c][t] += rho * concede[t] * (-g.ally.interest + g.xi * flow_a - on_a[c][t])
    if not rho:  # nobody chooses
        return (0.0, 0.0), (0.0, 0.0), (on_c, on_t, on_a)
    return (concede[0], concede[1]), (lift[0], lift[1]), (on_c, on_t, on_a)


@lru_cache(maxsize=4096)
def stationary(g: Dispute, b: Bundle, mu: float, nu: float):
    """Strategies and values where beliefs no longer move and flows are those of the long run."""
    after_lapse = [[-g.lapse_cost * g.alpha_l * g.v_c[c]] * 2 for c in (0, 1)]
    values = (after_lapse, nothing(), nothing())
    for _ in range(20_000):
        concede, lift, new = quarter(g, b, 1, mu, nu, values, g.review)
        change = max(abs(new[i][c][t] - values[i][c][t]) for i in range(3) for c, t in PAIRS)
        values = new
        if change < 1e-14:
            return concede, lift, values
    raise ArithmeticError(f"stationary quarter does not settle: {change:g}")


def backward(g: Dispute, b: Bundle, mu: Sequence[float], nu: Sequence[float]) -> Contest:
    """Strategies and values given beliefs: mu[q] and nu[q] as probabilities."""
    concede, lift, values = stationary(g, b, mu[g.last + 1], nu[g.last])
    concedes, lifts = [concede], [lift]
    for q in range(g.last - 1, -1, -1):
        rho = g.review if q >= g.first_review else 0.0
        concede, lift, values = quarter(g, b, 0 if q < 4 else 1, mu[q + 1], nu[q], values, rho)
        concedes.insert(0, concede)
        lifts.insert(0, lift)
    return Contest(concedes, lifts, values)


def ally_answers(g: Dispute, contests: list[Contest], mu: float, nu: float, pledge: float) -> list[float]:
    """P(r): help or not, and if so how, of an ally with this pledge."""
    if len(contests) == 1:
        return [1.0]
    means = [mean(nu, [mean(mu, row) for row in x.values[2]]) for x in contests]
    u = [value - pledge * shortfall for value, shortfall in zip(means, g.ally.shortfall, strict=True)]
    precision = g.rationality / (g.ally.interest + pledge)
    how = softmax([precision * x for x in u[1:]])
    helping = sigmoid(precision * (sum(p * x for p, x in zip(how, u[1:], strict=True)) - u[0]))
    return [1 - helping, *(helping * p for p in how)]


def play(g: Dispute, package: tuple[Bundle, ...], odds: Sequence[float]) -> tuple[Pressed, list[float]]:
    """Everybody's choices given beliefs (log-odds), and the beliefs that follow from them."""
    Q = g.last
    mu_d, nu_0, *later = [sigmoid(x) for x in odds]
    prior_nu, contests = sigmoid(log_odds(g.nu)), []
    for bundle in package:
        contests.append(backward(g, bundle, [mu_d, *later[: Q + 1]], [nu_0, *later[Q + 1 : 2 * Q + 1]]))
        later = later[2 * Q + 1 :]
    without = ally_answers(g, contests, mu_d, nu_0, 0.0)
    pledged = ally_answers(g, contests, mu_d, nu_0, g.ally.pledge)
    expected = [mean(g.ally.reliability, pair) for pair in zip(without, pledged, strict=True)]
    imposed_c, value_t, at_demand_c, at_demand_t = nothing(), nothing(), nothing(), nothing()
    for c, t in PAIRS:
        imposed_c[c][t] = sum(p * x.values[0][c][t] for p, x in zip(expected, contests, strict=True))
        imposed_c[c][t] -= g.cost_once + g.statement
        value_t[c][t] = sum(p * x.values[1][c][t] for p, x in zip(expected, contests, strict=True))
    conceding, backing_down = [-(1 + g.alpha_t) * v for v in g.v_t], [-g.alpha_c * v for v in g.v_c]
    impose, concede = (1.0, 1.0), (0.0, 0.0)
    if not g.surprise:
        gain = [mean(mu_d, imposed_c[c]) - backing_down[c] for c in (0, 1)]
        impose = sigmoid(g.rationality / g.v_c[0] * gain[0]), sigmoid(g.rationality / g.v_c[1] * gain[1])
        gain = [conceding[t] - mean(prior_nu, [impose[c] * value_t[c][t] for c in (0, 1)]) for t in (0, 1)]
        concede = sigmoid(g.rationality / g.v_t[0] * gain[0]), sigmoid(g.rationality / g.v_t[1] * gain[1])
    for c, t in PAIRS:
        resisted = impose[c] * imposed_c[c][t] + (1 - impose[c]) * backing_down[c]
        at_demand_c[c][t] = concede[t] * g.v_c[c] + (1 - concede[t]) * resisted
        at_demand_t[c][t] = concede[t] * conceding[t] + (1 - concede[t]) * impose[c] * value_t[c][t]
    # Bayes forward
    new = [bayes(log_odds(g.mu), (1 - concede[0], 1 - concede[1])), bayes(log_odds(g.nu), impose)]
    for x in contests:
        for belief, chances in ((new[0], x.concede), (new[1], x.lift[:Q])):
            for low, high in chances:  # 0 in a quarter without reviews
                belief = bayes(belief, (1 - g.review * low, 1 - g.review * high))
                new.append(belief)
    residual = max(abs(a - b) for a, b in zip(new, odds, strict=True))
    choices = concede, impose, (pledged, without, expected)
    return Pressed(list(odds), residual, *choices, contests, at_demand_c, at_demand_t), new


def endings(g: Dispute, pressed: Pressed, c: int, t: int, answers: Sequence[float]) -> dict[str, float]:
    """Chances of the endings of a pressed dispute between these types, and expected quarters once imposed."""
    resisted = 1 - pressed.concede_demand[t]
    imposed = resisted * pressed.impose[c]
    out = {"conceded_to_demand": pressed.concede_demand[t], "backed_down": resisted * (1 - pressed.impose[c])}
    out |= {"conceded": 0.0, "lifted": 0.0, "lapsed": 0.0, "quarters": 0.0}
    for chance, x in zip(answers, pressed.contests, strict=True):
        alive = chance
        for q in range(g.last + 1):
            concede = g.review * x.concede[q][t]
            lift = (1 - concede) * g.review * x.lift[q][c]
            lapse = (1 - concede - lift) * g.lapse
            over = concede + lift + lapse
            times = 1.0 if q < g.last else 1 / over  # Q stands for itself and every later quarter
            for name, p in (("conceded", concede), ("lifted", lift), ("lapsed", lapse)):
                out[name] += imposed * alive * p * times
            out["quarters"] += alive * times
            alive *= 1 - over
    return out


def solve_package(g: Dispute, package: tuple[Bundle, ...], start: str | Sequence[float] = "prior") -> Pressed:
    """The fixed point to which damped iteration leads, from beliefs that stay at the prior or from given log-odds."""
    prior = [log_odds(g.mu), log_odds(g.nu)]
    prior += ([prior[0]] * (g.last + 1) + [prior[1]] * g.last) * len(package)
    for damping, steps in DAMPING:
        pressed, new = play(g, package, prior if isinstance(start, str) else start)
        while pressed.residual > 1e-5 and steps > 0:
            step = [a + damping * (b - a) for a, b in zip(pressed.log_odds, new, strict=True)]
            pressed, new = play(g, package, step)
            steps -= 1
        if pressed.residual <= 1e-5:
            break
    else:
        raise ArithmeticError(f"damped iteration does not settle: {pressed.residual:g}")
    found = root(
        lambda y: [b - a for a, b in zip(y, play(g, package, list(y))[1], strict=True)], pressed.log_odds, tol=1e-13
    )
    pressed, _ = play(g, package, [float(y) for y in found.x])
    if pressed.residual > 1e-10:
        raise ArithmeticError(f"not polished: {pressed.residual:g}")
    for c, t in PAIRS:
        pressed.endings[c, t] = endings(g, pressed, c, t, pressed.answers[2])
    return pressed


def solve(g: Dispute, start: str | Sequence[float] = "prior") -> Solution:
    """Every strategy, value and ending of the dispute; `start` as in `solve_package`."""
    packages = [solve_package(g, package, start) for package in g.packages]
    press, which = [], []
    for v, c in zip(g.v_c, (0, 1), strict=True):
        u = [g.rationality / v * mean(sigmoid(log_odds(g.mu)), p.value_c[c]) for p in packages]
        which.append(softmax(u))
        press.append(sigmoid(sum(p * x for p, x in zip(which[c], u, strict=True))))
    return Solution((press[0], press[1]), (which[0], which[1]), packages)
