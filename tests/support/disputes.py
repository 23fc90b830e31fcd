"""Disputes for tests, and model.md §5 once more as plain loops over numbers, sharing nothing with the package."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np

from coercion_sim.dispute import DisputeGame, DisputeParameters


def make_dispute(
    seed: int, K: int = 2, n: int = 1, M: int = 2, mu: float = 0.5, nu: float = 0.5, **parameters: Any
) -> DisputeGame:
    """Return a dispute with random numbers of the size of the default world's."""
    rng = np.random.default_rng(seed)
    profile = (K, *[M] * n)
    v_target, v_coercer = rng.uniform(0.2, 1.2), rng.uniform(0.05, 0.3)
    return DisputeGame(
        packages=tuple(f"p{k}" for k in range(K)),
        allies=tuple(f"ally{i}" for i in range(n)),
        options=("none", "compensate", "retaliate", "both")[:M],
        coercer_cost=rng.uniform(0.0, 0.05, (2, *profile)),
        target_effect=-rng.uniform(0.0, 1.0, (2, *profile)),
        ally_cost=rng.uniform(0.0, 0.05, (n, 2, *profile)),
        shortfall=rng.uniform(0.0, 1.0, (n, M)),
        pledge=rng.uniform(0.0, 0.1, n),
        interest=rng.uniform(0.003, 0.03, n),
        reliability=rng.uniform(0.0, 1.0, n),
        stake_coercer=v_coercer * np.array([1 / 3, 3.0]),
        stake_target=v_target * np.array([1 / 3, 3.0]),
        belief_target=mu,
        belief_coercer=nu,
        parameters=DisputeParameters(**parameters),
    )


def with_rules(game: DisputeGame, **parameters: Any) -> DisputeGame:
    """Return the dispute under other parameters."""
    return replace(game, parameters=replace(game.parameters, **parameters))


def scaled(game: DisputeGame, k: float) -> DisputeGame:
    """Return the dispute with every stake, cost and effect times k."""
    money = ("coercer_cost", "target_effect", "ally_cost", "pledge", "interest", "stake_coercer", "stake_target")
    p = game.parameters
    rules = replace(p, cost_once=k * p.cost_once, cost_year=k * p.cost_year, statement_cost=k * p.statement_cost)
    return replace(game, parameters=rules, **{name: k * getattr(game, name) for name in money})


def softmax(values: list[float], rationality: float) -> list[float]:
    """Logit choice among numbers; an infinite rationality shares equally among the best."""
    top = max(values)
    if math.isinf(rationality):
        weights = [float(v == top) for v in values]
    else:
        weights = [math.exp(rationality * (v - top)) for v in values]
    return [w / sum(weights) for w in weights]


class PlainDispute:
    """The dispute solved by recursion on single numbers: slow, and written from model.md §5 alone.

    Values are tuples (coercer, target, ally 0, ...).
    """

    def __init__(self, game: DisputeGame) -> None:
        self.g, self.p = game, game.parameters
        self.mu = (1.0 - game.belief_target, game.belief_target)
        self.nu = (1.0 - game.belief_coercer, game.belief_coercer)
        self.n = len(game.allies)
        self.quarters: dict[tuple[int, tuple[int, ...]], tuple[Any, Any]] = {}

    def rationality(self, player: str, kind: int) -> float:
        if player == "C":
            return math.inf if self.p.coercer_rational else self.p.rationality / float(self.g.stake_coercer[kind])
        return math.inf if self.p.target_rational else self.p.rationality / float(self.g.stake_target[kind])

    def war(self, case: tuple[int, ...], left: int, elapsed: int) -> dict[tuple[int, int], list[float]]:
        """Value of the war by (c, s) with `left` quarters to go; notes what is done in the first."""
        if left == 0:
            return {(c, s): [0.0] * (2 + self.n) for c in (0, 1) for s in (0, 1)}
        g, p = self.g, self.p
        after = self.war(case, left - 1, elapsed + 1)
        column = 0 if elapsed < 4 else 1
        flow = [
            -(float(g.coercer_cost[(column, *case)]) + p.cost_year) / 4,
            float(g.target_effect[(column, *case)]) / 4,
        ]
        flow += [-float(g.ally_cost[(i, column, *case)]) / 4 for i in range(self.n)]
        end = [p.last_quarter_bite * f for f in flow]
        delta = p.discount**0.25
        types = [(c, s) for c in (0, 1) for s in (0, 1)]
        players = range(2 + self.n)
        on = {t: [flow[j] + delta * after[t][j] for j in players] for t in types}
        v_c, v_t = [float(v) for v in g.stake_coercer], [float(v) for v in g.stake_target]
        left = 1 - g.erosion_of(case[0])
        gained = [-float(x) for x in g.interest]
        lifted = {c: [end[0] - p.audience_lift * v_c[c], *end[1:]] for c in (0, 1)}
        given = {
            (c, s): [end[0] + v_c[c], end[1] - (1 + p.audience_concede) * left * v_t[s]]
            + [end[2 + i] + gained[i] for i in range(self.n)]
            for c, s in types
        }
        settled = {
            (c, s): [end[0] + p.settle * v_c[c], end[1] - p.settle * left * v_t[s]]
            + [end[2 + i] + p.settle * gained[i] for i in range(self.n)]
            for c, s in types
        }
        lift, accept = [], []
        for c in (0, 1):
            sustain = sum(self.mu[s] * on[c, s][0] for s in (0, 1))
            lift.append(softmax([lifted[c][0], sustain], self.rationality("C", c))[0])
            accept.append(softmax([settled[c, 0][0], sustain], self.rationality("C", c))[0] if p.settle else 0.0)
        rho = p.review

        def mixed(q: float, one: list[float], other: list[float]) -> list[float]:
            return [q * x + (1 - q) * y for x, y in zip(one, other, strict=True)]

        held = {(c, s): mixed(rho * lift[c], lifted[c], on[c, s]) for c, s in types}
        offered = {(c, s): mixed(accept[c], settled[c, s], on[c, s]) for c, s in types}
        value, stance = {}, []
        for s in (0, 1):
            options = [given[0, s][1], sum(self.nu[c] * held[c, s][1] for c in (0, 1))]
            if p.settle:
                options.append(sum(self.nu[c] * offered[c, s][1] for c in (0, 1)))
            stance.append([*softmax(options, self.rationality("T", s)), 0.0][:3])
            for c in (0, 1):
                acts = (given[c, s], held[c, s], offered[c, s])
                value[c, s] = [
                    (1 - rho) * held[c, s][j] + rho * sum(q * a[j] for q, a in zip(stance[s], acts, strict=True))
                    for j in players
                ]
        if left == p.horizon:
            self.quarters[case[0], case[1:]] = (stance, lift)
        return value

    def help(self, i: int, values: list[float], pledged: bool) -> list[float]:
        """Two nodes: whether, then what."""
        stake = float(self.g.interest[i]) + (float(self.g.pledge[i]) if pledged else 0.0)
        if stake == 0.0 or len(values) == 1:
            return [1.0] + [0.0] * (len(values) - 1)
        rationality = math.inf if self.g.ally_rational[i] else self.p.rationality / stake
        what = softmax(values[1:], rationality)
        helping = sum(q * u for q, u in zip(what, values[1:], strict=True))
        stay, act = softmax([values[0], helping], rationality)
        return [stay, *[act * q for q in what]]

    def answers(self, k: int, done: tuple[int, ...]) -> tuple[dict[tuple[int, int], list[float]], dict[Any, float]]:
        """Value by types once allies 0..len(done)-1 have answered, pledges broken counted, and P(profile) believed."""
        i = len(done)
        if i == self.n:
            return self.war((k, *done), self.p.horizon, 0), {done: 1.0}
        below = [self.answers(k, (*done, r)) for r in range(len(self.g.options))]
        own = [sum(self.nu[c] * self.mu[s] * value[c, s][2 + i] for c in (0, 1) for s in (0, 1)) for value, _ in below]
        missed = [float(self.g.pledge[i] * self.g.shortfall[i, r]) for r in range(len(own))]
        bound = self.help(i, [u - m for u, m in zip(own, missed, strict=True)], True)
        free = self.help(i, own, False)
        trust = float(self.g.reliability[i])
        believed = [trust * b + (1 - trust) * f for b, f in zip(bound, free, strict=True)]
        self.said[i, (k, *done)] = (bound, free)
        value = {
            t: [sum(q * below[r][0][t][j] for r, q in enumerate(believed)) for j in range(2 + self.n)]
            for t in product((0, 1), repeat=2)
        }
        profile = {where: q * x for q, (_, reach) in zip(believed, below, strict=True) for where, x in reach.items()}
        return value, profile

    def solve(self) -> dict[str, Any]:
        """Everything the package's solution reports, as nested lists."""
        g, p = self.g, self.p
        self.said: dict[Any, tuple[list[float], list[float]]] = {}
        K = len(g.packages)
        v_c, v_t = [float(v) for v in g.stake_coercer], [float(v) for v in g.stake_target]
        impose = [[1.0] * K for _ in (0, 1)]
        concede = [[0.0] * K for _ in (0, 1)]
        worth = [[0.0] * K for _ in (0, 1)]
        profiles = []
        for k in range(K):
            war, profile = self.answers(k, ())
            profiles.append(profile)
            paid = {t: war[t][0] - p.cost_once - p.statement_cost for t in war}
            if not p.surprise:
                for c in (0, 1):
                    imposing = sum(self.mu[s] * paid[c, s] for s in (0, 1))
                    back = -p.audience_back_down * v_c[c]
                    impose[c][k] = softmax([imposing, back], self.rationality("C", c))[0]
                for s in (0, 1):
                    resist = sum(self.nu[c] * impose[c][k] * war[c, s][1] for c in (0, 1))
                    giving = -(1 + p.audience_concede) * v_t[s]
                    concede[s][k] = softmax([giving, resist], self.rationality("T", s))[0]
            for c, s in product((0, 1), repeat=2):
                resisted = impose[c][k] * paid[c, s] - (1 - impose[c][k]) * p.audience_back_down * v_c[c]
                worth[c][k] += self.mu[s] * (concede[s][k] * v_c[c] + (1 - concede[s][k]) * resisted)
        package = [softmax(worth[c], self.rationality("C", c)) for c in (0, 1)]
        pressing = [sum(q * w for q, w in zip(package[c], worth[c], strict=True)) for c in (0, 1)]
        press = [softmax([pressing[c], 0.0], self.rationality("C", c))[0] for c in (0, 1)]
        return {
            "press": press, "package": package, "impose": impose, "concede": concede, "package_value": worth,
            "profiles": profiles, "said": self.said, "quarters": self.quarters,
        }  # fmt: skip
