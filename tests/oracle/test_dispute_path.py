"""The plain solver of the dispute is itself held to closed forms, brute force, sampled plays and accounting."""

from __future__ import annotations

import itertools
import math
import random
from dataclasses import replace
from functools import cache

import pytest

from oracle.dispute_path import (
    PAIRS,
    Ally,
    Bundle,
    Dispute,
    Pressed,
    endings,
    log_odds,
    play,
    sigmoid,
    solve,
    solve_package,
)  # fmt: skip

SAMPLE = Dispute(((Bundle((0.01, 0.004), (-0.5, -0.35)),),), v_t=(0.7 / 3, 2.1), v_c=(0.1 / 3, 0.3))
HELPED = replace(
    SAMPLE,
    packages=((
        Bundle((0.01, 0.004), (-0.5, -0.35)),
        Bundle((0.012, 0.005), (-0.25, -0.2), (0.012, 0.01)),
        Bundle((0.05, 0.03), (-0.5, -0.35), (0.02, 0.015)),
    ),),
    ally=Ally(pledge=0.03, interest=0.01, reliability=0.6, shortfall=(1.0, 0.2, 0.5)),
)  # fmt: skip
GAMES = {
    "sample": SAMPLE,
    "reviews after": replace(SAMPLE, first_review=1),
    "surprise": replace(SAMPLE, surprise=True),
    "statement and lapse": replace(SAMPLE, statement=0.01, lapse_cost=0.5),
    "ally": HELPED,
}


@cache
def solved(name: str) -> Pressed:
    return solve(GAMES[name]).packages[0]


def walk(g: Dispute, x: Pressed, c: int, t: int, answer: int, quarters: int = 1500):
    """Endings after imposition one quarter at a time: (ending, quarter, chance)."""
    alive = 1.0
    for q in range(quarters):
        strategies = x.contests[answer]
        concede, lift = strategies.concede[min(q, g.last)][t], strategies.lift[min(q, g.last)][c]
        yield "conceded", q, alive * g.review * concede
        alive *= 1 - g.review * concede
        yield "lifted", q, alive * g.review * lift
        alive *= 1 - g.review * lift
        yield "lapsed", q, alive * g.lapse
        alive *= 1 - g.lapse


def payoffs(g: Dispute, b: Bundle, ending: str, q: int, c: int, t: int) -> tuple[float, float, float]:
    """Payoffs of C, T and the ally from imposition on, of a dispute that ends this way in quarter q."""
    d, total = g.delta**0.25, [0.0, 0.0, 0.0]
    for s in range(q + 1):
        year, bite = int(s >= 4), (g.xi if s == q and ending != "lapsed" else 1.0)
        flows = -(b.cost[year] + g.cost_year), b.effect[year], -b.ally_cost[year]
        total = [u + d**s * bite * f / 4 for u, f in zip(total, flows, strict=True)]
    once = {
        "conceded": (g.v_c[c], -(1 + g.alpha_t) * g.v_t[t], -g.ally.interest),
        "lifted": (-g.alpha_l * g.v_c[c], 0.0, 0.0),
        "lapsed": (-d * g.lapse_cost * g.alpha_l * g.v_c[c], 0.0, 0.0),
    }[ending]
    return tuple(u + d**q * v for u, v in zip(total, once, strict=True))


@pytest.mark.parametrize("first_review", [0, 1])
def test_at_rationality_0_every_choice_is_a_coin(first_review):
    s = solve(replace(SAMPLE, rationality=0.0, first_review=first_review, packages=SAMPLE.packages * 2))
    assert s.press == (0.5, 0.5)
    assert s.which == ([0.5, 0.5], [0.5, 0.5])
    x = s.packages[0]
    assert x.log_odds == pytest.approx([0.0] * len(x.log_odds), abs=1e-12)
    # a quarter with reviews: concede 1/4, lift 3/4 1/4, lapse 9/16 eta
    concede, lift, lapse = 1 / 4, 3 / 16, 9 / 16 * 0.03
    over, before = concede + lift + lapse, 0.03 * first_review
    for c, t in PAIRS:
        e = x.endings[c, t]
        assert e["conceded_to_demand"] == 0.5
        assert e["backed_down"] == 0.25
        assert e["conceded"] == pytest.approx(0.25 * (1 - before) * concede / over, abs=1e-14)
        assert e["lifted"] == pytest.approx(0.25 * (1 - before) * lift / over, abs=1e-14)
        assert e["lapsed"] == pytest.approx(0.25 * (before + (1 - before) * lapse / over), abs=1e-14)
        assert e["quarters"] == pytest.approx(first_review + (1 - before) / over, abs=1e-12)


@pytest.mark.parametrize(("c", "t"), PAIRS)
def test_known_types_are_solved_by_backward_induction(c, t):
    g = replace(SAMPLE, mu=float(t), nu=float(c), v_c=(0.08, 0.3), lapse_cost=0.3)
    b, v_c, v_t, d = g.packages[0][0], g.v_c[c], g.v_t[t], g.delta**0.25
    value_c, value_t, strategies = 0.0, 0.0, []
    for q in reversed(range(1200)):
        year = int(q >= 4)
        cost, loss = (b.cost[year] + 0.005) / 4, -b.effect[year] / 4
        on_c = -cost + d * (0.97 * value_c - 0.03 * 0.3 * 0.4 * v_c)
        on_t = -loss + d * 0.97 * value_t
        off_c, off_t = -0.4 * v_c - cost / 4, -loss / 4
        lift = 1 / (1 + math.exp(6 * (on_c - off_c) / v_c))
        on_c, on_t = on_c + lift / 2 * (off_c - on_c), on_t + lift / 2 * (off_t - on_t)
        won, lost = v_c - cost / 4, -1.2 * v_t - loss / 4
        concede = 1 / (1 + math.exp(6 * (on_t - lost) / v_t))
        value_c, value_t = on_c + concede / 2 * (won - on_c), on_t + concede / 2 * (lost - on_t)
        strategies.insert(0, (concede, lift))
    x = solve(g).packages[0]
    for q in range(g.last + 1):
        assert (x.contests[0].concede[q][t], x.contests[0].lift[q][c]) == pytest.approx(strategies[q], abs=1e-11)
    impose = 1 / (1 + math.exp(6 * (-0.4 * v_c - value_c + 0.04) / v_c))
    assert x.impose[c] == pytest.approx(impose, abs=1e-11)
    assert x.concede_demand[t] == pytest.approx(1 / (1 + math.exp(6 * (impose * value_t + 1.2 * v_t) / v_t)), abs=1e-11)


@pytest.mark.parametrize("name", GAMES)
def test_values_are_the_payoffs_of_the_endings(name):
    g, x = GAMES[name], solved(name)
    for c, t in PAIRS:
        at_demand_c = at_demand_t = 0.0
        for r, b in enumerate(g.packages[0]):
            total, chances = [0.0, 0.0, 0.0], dict.fromkeys(("conceded", "lifted", "lapsed"), 0.0)
            for ending, q, p in walk(g, x, c, t, r, 400):
                chances[ending] += p
                if p > 1e-17:
                    total = [u + p * v for u, v in zip(total, payoffs(g, b, ending, q, c, t), strict=True)]
            assert total == pytest.approx([v[c][t] for v in x.contests[r].values], abs=1e-12)
            only = endings(g, x, c, t, [float(s == r) for s in range(len(g.packages[0]))])
            imposed = (1 - x.concede_demand[t]) * x.impose[c]
            assert {k: only[k] for k in chances} == pytest.approx(
                {k: imposed * p for k, p in chances.items()}, abs=1e-13
            )
            at_demand_c += imposed * x.answers[2][r] * (total[0] - g.cost_once - g.statement)
            at_demand_t += imposed * x.answers[2][r] * total[1]
        e = x.endings[c, t]
        at_demand_c += e["conceded_to_demand"] * g.v_c[c] - e["backed_down"] * g.alpha_c * g.v_c[c]
        at_demand_t -= e["conceded_to_demand"] * (1 + g.alpha_t) * g.v_t[t]
        assert (x.value_c[c][t], x.value_t[c][t]) == pytest.approx((at_demand_c, at_demand_t), abs=1e-12)
        assert math.fsum(p for ending, p in e.items() if ending != "quarters") == pytest.approx(1.0, abs=1e-14)


@pytest.mark.parametrize("name", GAMES)
def test_beliefs_on_the_path_are_those_of_who_is_left(name):
    g, x = GAMES[name], solved(name)
    assert x.residual < 1e-10
    for r, contest in enumerate(x.contests):
        alive = {(c, t): 0.25 * (1 - x.concede_demand[t]) * x.impose[c] for c, t in PAIRS}
        later = x.log_odds[2 + r * (2 * g.last + 1) :]
        mu, nu = [x.log_odds[0], *later], [x.log_odds[1], *later[g.last + 1 :]]
        for q in range(g.last):
            share = (alive[1, 0] + alive[1, 1]) / sum(alive.values())
            assert sigmoid(nu[q]) == pytest.approx(share, abs=1e-11)
            alive = {(c, t): p * (1 - g.review * contest.concede[q][t]) for (c, t), p in alive.items()}
            share = (alive[0, 1] + alive[1, 1]) / sum(alive.values())
            assert sigmoid(mu[q + 1]) == pytest.approx(share, abs=1e-11)
            alive = {(c, t): p * (1 - g.review * contest.lift[q][c]) for (c, t), p in alive.items()}


@pytest.mark.parametrize(("name", "plays"), [("sample", 200_000), ("ally", 50_000)])
def test_plays_end_as_often_as_computed(name, plays):
    g, x, draw = GAMES[name], solved(name), random.Random(5).random

    def one(c: int, t: int) -> str:
        if draw() < x.concede_demand[t]:
            return "conceded_to_demand"
        if draw() >= x.impose[c]:
            return "backed_down"
        contest = random_answer(draw())
        for q in itertools.count():
            at = min(q, g.last)
            if draw() < g.review and draw() < contest.concede[at][t]:
                return "conceded"
            if draw() < g.review and draw() < contest.lift[at][c]:
                return "lifted"
            if draw() < g.lapse:
                return "lapsed"
        raise AssertionError

    def random_answer(u: float):
        r = 0
        while r < len(x.contests) - 1 and u >= x.answers[2][r]:
            u -= x.answers[2][r]
            r += 1
        return x.contests[r]

    for c, t in PAIRS:
        n = plays // 4
        seen = [one(c, t) for _ in range(n)]
        for ending, p in x.endings[c, t].items():
            if ending != "quarters":
                assert abs(seen.count(ending) / n - p) < 4.5 * math.sqrt(p * (1 - p) / n) + 2 / n


def test_ally_answers_weigh_its_pledge_and_its_word():
    g, x = HELPED, solved("ally")
    mu, nu = sigmoid(x.log_odds[0]), sigmoid(x.log_odds[1])
    weight = {(c, t): (nu if c else 1 - nu) * (mu if t else 1 - mu) for c, t in PAIRS}
    values = [sum(w * contest.values[2][c][t] for (c, t), w in weight.items()) for contest in x.contests]
    for answers, pledge in zip(x.answers, (0.03, 0.0), strict=False):
        u = [(v - pledge * s) * 6 / (0.01 + pledge) for v, s in zip(values, g.ally.shortfall, strict=True)]
        how = math.exp(u[1]) / (math.exp(u[1]) + math.exp(u[2]))
        helping = 1 / (1 + math.exp(u[0] - how * u[1] - (1 - how) * u[2]))
        assert answers == pytest.approx([1 - helping, helping * how, helping * (1 - how)], abs=1e-12)
    assert x.answers[0][0] < x.answers[1][0]  # the pledge makes standing aside rarer
    assert x.answers[2] == pytest.approx([0.6 * a + 0.4 * b for a, b in zip(*x.answers[:2], strict=True)])


def test_an_ally_without_effect_changes_nothing():
    x = solve(replace(HELPED, packages=(SAMPLE.packages[0] * 3,))).packages[0]
    alone = solve(replace(SAMPLE, last=HELPED.last)).packages[0]
    for got, want in zip(x.contests[1].concede, alone.contests[0].concede, strict=True):
        assert got == pytest.approx(want, abs=1e-9)
    assert x.value_c[1] == pytest.approx(alone.value_c[1], abs=1e-9)


def test_packages_are_chosen_by_their_values_and_later_quarters_change_nothing():
    weak = Bundle((0.001, 0.001), (-0.05, -0.05))
    s = solve(replace(SAMPLE, packages=(*SAMPLE.packages, (weak,))))
    assert s.packages[0] == solved("sample")
    for c in (0, 1):
        u = [6 / SAMPLE.v_c[c] * sum(x.value_c[c]) / 2 for x in s.packages]
        assert s.which[c][0] == pytest.approx(1 / (1 + math.exp(u[1] - u[0])), abs=1e-13)
        pressing = s.which[c][0] * u[0] + s.which[c][1] * u[1]
        assert s.press[c] == pytest.approx(1 / (1 + math.exp(-pressing)), abs=1e-13)
    later = solve_package(replace(SAMPLE, last=64), SAMPLE.packages[0])
    assert later.impose == pytest.approx(solved("sample").impose, abs=1e-6)


def test_surprise_skips_the_demand_and_informs_nobody():
    x = solved("surprise")
    assert x.concede_demand == (0.0, 0.0)
    assert x.impose == (1.0, 1.0)
    assert x.log_odds[:2] == pytest.approx([log_odds(0.5)] * 2, abs=1e-12)


def test_a_game_whose_iteration_does_not_settle_is_refused(monkeypatch):
    """The stationary quarter has several solutions here, and the one reached from the lapse jumps with the beliefs."""
    monkeypatch.setattr("tests.oracle.dispute_path.DAMPING", ((0.2, 60),))
    with pytest.raises(ArithmeticError, match="does not settle"):
        solve(replace(SAMPLE, v_t=(0.5, 4.5)))


def test_the_start_selects_the_equilibrium():
    """A path already solved is kept, and the map moves a path that is not one."""
    x = solved("sample")
    again = solve_package(SAMPLE, SAMPLE.packages[0], x.log_odds)
    assert again.log_odds == pytest.approx(x.log_odds, abs=1e-10)
    assert play(SAMPLE, SAMPLE.packages[0], [0.0] * len(x.log_odds))[0].residual > 0.1
