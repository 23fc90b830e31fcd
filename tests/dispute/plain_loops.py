"""The dispute of model.md section 5 in plain numbers and loops: given beliefs and what comes after, every choice anew.

It shares nothing with the package but the inputs. A solution is an equilibrium if these loops, fed with its beliefs and
the values it expects after Q quarters, give back its choices, and Bayes' rule gives back its beliefs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import product

from coercion_sim.dispute import DisputeGame

TYPES = ((0, 0), (0, 1), (1, 0), (1, 1))


def logit(values: list[float], rate: float) -> list[float]:
    top = max(values)
    weights = [math.exp(rate * (v - top)) for v in values]
    return [w / sum(weights) for w in weights]


def bayes(prior: float, low: float, high: float) -> float:
    low, high = max(low, 1e-12), max(high, 1e-12)
    return prior * high / (prior * high + (1.0 - prior) * low)


@dataclass
class Choices:
    """A quarter: values by (c, s), chances by type."""

    coercer: dict[tuple[int, int], float]
    target: dict[tuple[int, int], float]
    concede: list[float]
    settle: list[float]
    lift: list[float]
    accept: list[float]


def quarter(
    game: DisputeGame,
    k: int,
    flows: tuple[float, float],
    after_c: dict[tuple[int, int], float],
    after_t: dict[tuple[int, int], float],
    mu: float,
    nu: float,
) -> Choices:
    """The coercer's review behind the target's; `flows` are the cost to one and the effect on the other, a quarter."""
    p = game.parameters
    d, rho, xi, eta = p.discount**0.25, p.review, p.last_quarter_bite, p.lapse
    cost, effect = flows
    erosion = 0.0 if game.erosion is None else float(game.erosion[k])
    on_c, on_t = {}, {}
    for c, s in TYPES:
        lapsed = -p.lapse_cost * p.audience_lift * game.stake_coercer[c]
        on_c[c, s] = -cost + d * ((1 - eta) * after_c[c, s] + eta * lapsed)
        on_t[c, s] = effect + d * (1 - eta) * after_t[c, s]
    lift, accept = [], []
    for c in (0, 1):
        v, rate = game.stake_coercer[c], p.rationality / game.stake_coercer[c]
        stay = (1 - mu) * on_c[c, 0] + mu * on_c[c, 1]
        lift.append(logit([-p.audience_lift * v - xi * cost, stay], rate)[0])
        accept.append(logit([p.settle * v - xi * cost, stay], rate)[0])
    concede, settle = [], []
    for s in (0, 1):
        v = game.stake_target[s]
        give = -(1 + p.audience_concede) * (1 - erosion) * v + xi * effect
        resist = sum(
            w * (rho * lift[c] * xi * effect + (1 - rho * lift[c]) * on_t[c, s]) for c, w in ((0, 1 - nu), (1, nu))
        )
        part = -p.settle * (1 - erosion) * v + xi * effect
        offer = sum(w * (accept[c] * part + (1 - accept[c]) * on_t[c, s]) for c, w in ((0, 1 - nu), (1, nu)))
        chances = logit([give, resist, offer] if p.settle > 0 else [give, resist], p.rationality / v)
        concede.append(chances[0])
        settle.append(chances[2] if p.settle > 0 else 0.0)
    value_c, value_t = {}, {}
    for c, s in TYPES:
        v_c, v_t = game.stake_coercer[c], (1 - erosion) * game.stake_target[s]
        kk, oo, ll, aa = rho * concede[s], rho * settle[s], rho * lift[c], accept[c]
        on = 1 - kk - oo
        value_c[c, s] = (
            kk * (v_c - xi * cost)
            + oo * (aa * (p.settle * v_c - xi * cost) + (1 - aa) * on_c[c, s])
            + on * (ll * (-p.audience_lift * v_c - xi * cost) + (1 - ll) * on_c[c, s])
        )
        value_t[c, s] = (
            kk * (-(1 + p.audience_concede) * v_t + xi * effect)
            + oo * (aa * (-p.settle * v_t + xi * effect) + (1 - aa) * on_t[c, s])
            + on * (ll * xi * effect + (1 - ll) * on_t[c, s])
        )
    return Choices(value_c, value_t, concede, settle, lift, accept)


def flows_of(game: DisputeGame, case: tuple[int, ...], year: int) -> tuple[float, float]:
    cost = float(game.coercer_cost[(year, *case)]) + game.parameters.cost_year
    return cost / 4, float(game.target_effect[(year, *case)]) / 4


@dataclass
class PlainContest:
    """A contest along given beliefs: choices of quarters 1 to Q and of all after, and its worth at imposition."""

    rows: list[Choices]
    coercer: dict[tuple[int, int], float]
    target: dict[tuple[int, int], float]
    mu: list[float]
    nu: list[float]
    stationary: Choices


def contest(
    game: DisputeGame,
    case: tuple[int, ...],
    beliefs: tuple[float, float],
    path: tuple[list[float], list[float]],
    after: tuple[dict[tuple[int, int], float], dict[tuple[int, int], float]],
) -> PlainContest:
    """Backward along the path (mu after the target's review, nu after the coercer's), then Bayes forward."""
    p, (mu0, nu0), (mu, nu) = game.parameters, beliefs, path
    late = quarter(game, case[0], flows_of(game, case, 1), *after, mu[-1], nu[-1])
    now_c, now_t, rows = late.coercer, late.target, [late]
    for q in range(len(mu), 0, -1):
        year = int(q + game.elapsed >= 4)
        before = nu0 if q == 1 else nu[q - 2]
        row = quarter(game, case[0], flows_of(game, case, year), now_c, now_t, mu[q - 1], before)
        now_c, now_t = row.coercer, row.target
        rows.insert(0, row)
    cost, effect = flows_of(game, case, int(game.elapsed >= 4))
    d, eta, rho = p.discount**0.25, p.lapse, p.review
    at_c, at_t = {}, {}
    for c, s in TYPES:
        lapsed = -p.lapse_cost * p.audience_lift * game.stake_coercer[c]
        at_c[c, s] = -cost + d * ((1 - eta) * now_c[c, s] + eta * lapsed)
        at_t[c, s] = effect + d * (1 - eta) * now_t[c, s]
    seen_mu, seen_nu = [], []
    for row in rows[:-1]:
        mu0 = bayes(mu0, 1 - rho * row.concede[0], 1 - rho * row.concede[1])
        nu0 = bayes(nu0, 1 - rho * row.lift[0], 1 - rho * row.lift[1])
        seen_mu.append(mu0)
        seen_nu.append(nu0)
    return PlainContest(rows, at_c, at_t, seen_mu, seen_nu, late)


def course(game: DisputeGame, found: PlainContest) -> dict[str, dict[tuple[int, int], float]]:
    """Discounted chance of yielding and quarters of measures by (c, s), summed for 3,000 quarters."""
    p = game.parameters
    d, rho, xi = p.discount**0.25, p.review, p.last_quarter_bite
    total: dict[str, dict[tuple[int, int], float]] = {"yielded": {}, "first_year": {}, "later": {}}
    for c, s in TYPES:
        sums = {"yielded": 0.0, "first_year": 0.0, "later": 0.0}
        sums["first_year" if game.elapsed < 4 else "later"] = 1.0
        on = d * (1 - p.lapse)
        for q in range(1, 3000):
            row = found.rows[min(q, len(found.rows)) - 1]
            k, o, l, a = rho * row.concede[s], rho * row.settle[s], rho * row.lift[c], row.accept[c]  # noqa: E741
            over = k + o * a + (1 - k - o) * l
            sums["yielded"] += on * (k + p.settle * o * a)
            sums["first_year" if q + game.elapsed < 4 else "later"] += on * (over * xi + 1 - over)
            on *= (1 - over) * d * (1 - p.lapse)
            if on < 1e-16:
                break
        for name, value in sums.items():
            total[name][c, s] = value
    return total


def answers(
    game: DisputeGame, k: int, worth: dict[tuple[int, ...], list[float]]
) -> tuple[dict[tuple[int, ...], float], list[dict[tuple[int, ...], list[float]]]]:
    """Chance of every profile as all expect it, and each ally's choice bound by its pledge, by the answers before it.

    `worth` is each ally's payoff after a profile, its pledge apart.
    """
    n, M, p = len(game.allies), len(game.options), game.parameters
    bound: list[dict[tuple[int, ...], list[float]]] = [{} for _ in range(n)]
    believed: list[dict[tuple[int, ...], list[float]]] = [{} for _ in range(n)]

    def expected(done: tuple[int, ...], who: int) -> float:
        if len(done) == n:
            return worth[done][who]
        chances = believed[len(done)][done]
        return sum(q * expected((*done, r), who) for r, q in enumerate(chances))

    def choose(values: list[float], stake: float) -> list[float]:
        if stake <= 0 or M == 1:
            return [1.0, *[0.0] * (M - 1)]
        how = logit(values[1:], p.rationality / stake)
        some = sum(h * v for h, v in zip(how, values[1:], strict=True))
        helps = logit([some, values[0]], p.rationality / stake)[0]
        return [1 - helps, *(helps * h for h in how)]

    for i in reversed(range(n)):
        for done in product(range(M), repeat=i):
            plain = [expected((*done, r), i) for r in range(M)]
            missed = [float(game.shortfall_by_package[i, k, r]) for r in range(M)]
            held = [v - game.pledge[i] * m for v, m in zip(plain, missed, strict=True)]
            bound[i][done] = choose(held, game.interest[i] + game.pledge[i])
            free = choose(plain, game.interest[i])
            R = game.reliability[i]
            believed[i][done] = [R * b + (1 - R) * f for b, f in zip(bound[i][done], free, strict=True)]
    chance = {}
    for r in product(range(M), repeat=n):
        chance[r] = math.prod(believed[i][r[:i]][r[i]] for i in range(n))
    return chance, bound
