"""One pass through the contest: values are forward sums, choices those of plain loops; closed forms."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from plain_loops import TYPES, contest

from coercion_sim.arrays import Array
from coercion_sim.dispute import DisputeGame
from coercion_sim.dispute.contest import Contests, Habits, choice, log_ratio, revised, softmax
from coercion_sim.dispute.contest_solution import solve_contests
from coercion_sim.dispute.equilibrium import given_up
from coercion_sim.dispute.recursion import Pass, Recursion, one_pass, scale_of, step_contests
from support.dispute_games import random_game, with_parameters

Q = 7
RULES: list[dict[str, Any]] = [
    {}, {"settle": 0.4}, {"lapse": 0.2, "lapse_cost": 0.8}, {"settle": 0.6, "lapse": 0.1, "lapse_cost": 0.5},
    {"review": 1.0}, {"lapse": 0.0, "discount": 1.0},
]  # fmt: skip


def contests_of(*games: DisputeGame, mu: float = 0.4, nu: float = 0.3) -> Contests:
    """The first package of each game, nobody answering, as contests."""
    flows = [(g.coercer_cost.reshape(2, -1)[:, 0], g.target_effect.reshape(2, -1)[:, 0]) for g in games]
    of = {name: np.array([getattr(g, name) for g in games]).T for name in ("stake_coercer", "stake_target")}
    habits = Habits.of([g.parameters for g in games], [1] * len(games))
    return Contests(
        np.array([cost for cost, _ in flows]).T, np.array([effect for _, effect in flows]).T,
        of["stake_coercer"], of["stake_target"], np.array([g.erosion_of(0) for g in games]),
        np.full(len(games), mu), np.full(len(games), nu), habits, games[0].elapsed,
    )  # fmt: skip


def any_path(seed: int, B: int = 1) -> tuple[Array, Array]:
    """Log-likelihood ratios (2, Q, B) and stationary values (2, 2, 2, B) of no equilibrium."""
    rng = np.random.default_rng(seed)
    return np.cumsum(rng.uniform(-0.1, 0.5, (2, Q, B)), axis=1), rng.uniform(-0.5, 0.5, (2, 2, 2, B))


def forward(game: DisputeGame, steps: Pass, c: int, s: int) -> list[float]:
    """What is expected at imposition, one quarter after another: V_C, V_T, chance of yielding, quarters of measures.

    Choices are those of the pass. After quarter Q + 1 values are the stationary ones; the course goes on as in it.
    """
    p, v_c = game.parameters, float(game.stake_coercer[c])
    v_t = (1.0 - game.erosion_of(0)) * float(game.stake_target[s])
    d, rho, xi, eta = p.discount**0.25, p.review, p.last_quarter_bite, p.lapse
    sums, alive = np.zeros(5), 1.0
    for quarter in range(4000):
        late = quarter + game.elapsed >= 4
        f_c = (game.coercer_cost.reshape(2, -1)[int(late), 0] + p.cost_year) / 4
        f_t = game.target_effect.reshape(2, -1)[int(late), 0] / 4
        concedes = settles = lifts = 0.0
        if quarter:
            i = min(quarter, Q + 1) - 1
            k, o = rho * steps.concede[i, s, 0], rho * steps.settle[i, s, 0]
            concedes, settles = k, o * steps.accept[i, c, 0]
            lifts = (1 - k - o) * rho * steps.lift[i, c, 0]
        over = concedes + settles + lifts
        lapses = (1 - over) * eta
        flow = over * xi + (1 - over)
        now = np.array([
            concedes * v_c + settles * p.settle * v_c - lifts * p.audience_lift * v_c - flow * f_c
            - d * lapses * p.lapse_cost * p.audience_lift * v_c,
            -concedes * (1 + p.audience_concede) * v_t - settles * p.settle * v_t + flow * f_t,
            concedes + p.settle * settles, flow * (not late), flow * late,
        ])  # fmt: skip
        if quarter <= Q + 1:
            sums[:2] += alive * now[:2]
        sums[2:] += alive * now[2:]
        alive *= d * (1 - over) * (1 - eta)
        if quarter == Q + 1:
            sums[:2] += alive * steps.stationary[:, c, s, 0]
        if alive < 1e-15:
            break
    return sums.tolist()


# ------------------------------------------------------------------ values of any path


@pytest.mark.parametrize("elapsed", [0, 3, 6])
@pytest.mark.parametrize("rules", RULES)
def test_every_row_of_values_is_the_sum_over_quarters(rules: dict[str, Any], elapsed: int) -> None:
    game = replace(random_game(11, K=1, n=0, M=1, **rules), elapsed=elapsed)
    steps = one_pass(Recursion(contests_of(game)), *any_path(2), steps=0)
    for c, s in TYPES:
        np.testing.assert_allclose(steps.values[:, c, s, 0], forward(game, steps, c, s), atol=1e-9)
    for row, name in enumerate(("coercer", "target", "yielded", "first_year", "later")):
        np.testing.assert_array_equal(getattr(steps, name), steps.values[row])


@pytest.mark.parametrize("rules", RULES)
def test_choices_and_beliefs_along_any_path_are_those_of_plain_loops(rules: dict[str, Any]) -> None:
    game = random_game(12, K=1, n=0, M=1, **rules)
    path, stationary = any_path(3)
    steps = one_pass(Recursion(contests_of(game)), path, stationary, steps=0)
    mu, nu = (revised(np.array(b), path[i, :, 0]).tolist() for i, b in enumerate((0.4, 0.3)))
    after = tuple({(c, s): float(steps.stationary[i, c, s, 0]) for c, s in TYPES} for i in (0, 1))
    found = contest(game, (0,), (0.4, 0.3), (mu, nu), after)  # type: ignore[arg-type]
    for i, row in enumerate(found.rows):
        for name in ("concede", "lift", "settle"):
            np.testing.assert_allclose(getattr(steps, name)[i, :, 0], getattr(row, name), atol=1e-12)
        if "settle" in rules:
            np.testing.assert_allclose(steps.accept[i, :, 0], row.accept, atol=1e-12)
    np.testing.assert_allclose(revised(np.array(0.4), steps.path[0, :, 0]), found.mu, atol=1e-12)
    np.testing.assert_allclose(revised(np.array(0.3), steps.path[1, :, 0]), found.nu, atol=1e-12)
    for c, s in TYPES:
        np.testing.assert_allclose(steps.values[:2, c, s, 0], [found.coercer[c, s], found.target[c, s]], atol=1e-12)


def test_contests_side_by_side_are_passed_like_each_alone() -> None:
    """Also where one may be settled and another not."""
    games = [random_game(seed, K=1, n=0, M=1, **rules) for seed, rules in enumerate(RULES)]
    path, stationary = any_path(4, len(games))
    together = one_pass(Recursion(contests_of(*games)), path, stationary)
    for b, game in enumerate(games):
        alone = one_pass(Recursion(contests_of(game)), path[..., [b]], stationary[..., [b]])
        for name in ("path", "stationary", "values", "concede", "settle", "lift"):
            np.testing.assert_allclose(getattr(together, name)[..., b], getattr(alone, name)[..., 0], atol=1e-12)
        assert (together.settle[..., b] == 0.0).all() == (game.parameters.settle == 0.0)


@pytest.mark.parametrize("rules", RULES)
def test_steps_of_policy_iteration_and_plain_steps_have_one_fixed_point(rules: dict[str, Any]) -> None:
    """At given beliefs: the stationary values of the choices made by them."""
    contests = contests_of(random_game(13, K=1, n=0, M=1, **({"rationality": 2.0} | rules)))
    recursion, (path, stationary) = Recursion(contests), any_path(5)
    for _ in range(200):
        stationary = one_pass(recursion, path, stationary, steps=1).stationary
    for steps in (0, 1, 4):
        np.testing.assert_allclose(one_pass(recursion, path, stationary, steps).stationary, stationary, atol=1e-8)
    far = one_pass(recursion, path, stationary + 0.1, steps=0).stationary - stationary
    assert 1e-4 < np.abs(far).max() < 0.1  # a plain step goes a part of the way


# ------------------------------------------------------------------ closed forms


def habits_changed(contests: Contests, **numbers: float) -> Contests:
    """The contests with some habits the same number in all."""
    return replace(
        contests, habits=replace(contests.habits, **{k: np.full(contests.mu.shape, v) for k, v in numbers.items()})
    )


@pytest.mark.parametrize("elapsed", [0, 2, 9])
def test_a_contest_nobody_ever_reviews_is_a_geometric_sum(elapsed: int) -> None:
    contests = replace(contests_of(random_game(14, K=1, n=0, M=1)), elapsed=elapsed)
    contests = habits_changed(contests, review=0.0, lapse=0.1, lapse_cost=0.5, discount=0.98, audience_lift=0.4)
    x = one_pass(Recursion(contests), np.zeros((2, Q, 1)), np.zeros((2, 2, 2, 1)), steps=40)
    on, early = 0.98 * 0.9, max(4 - elapsed, 0)
    first, later = (1 - on**early) / (1 - on), on**early / (1 - on)
    np.testing.assert_allclose(x.first_year, first, atol=1e-12)
    np.testing.assert_allclose(x.later, later, atol=1e-12)
    np.testing.assert_allclose(x.yielded, 0.0)
    flow_c, flow_t = (contests.cost[:, 0] + contests.habits.cost_year) / 4, contests.effect[:, 0] / 4
    lapsed = 0.98 * 0.1 * 0.5 * 0.4 * contests.stake_coercer[:, 0] / (1 - on)
    for c, s in TYPES:
        assert x.coercer[c, s, 0] == pytest.approx(-flow_c[0] * first - flow_c[1] * later - lapsed[c], abs=1e-12)
        assert x.target[c, s, 0] == pytest.approx(flow_t[0] * first + flow_t[1] * later, abs=1e-12)


def test_a_lapse_costs_the_coercer_in_the_quarter_after_it() -> None:
    """Sure to lapse at once: one quarter of measures, then the cost, discounted once; the target pays nothing."""
    contests = contests_of(random_game(15, K=1, n=0, M=1))
    contests = habits_changed(contests, lapse=1.0, lapse_cost=0.6, discount=0.9, audience_lift=0.5)
    steps = one_pass(Recursion(contests), *any_path(6))
    flow = (contests.cost[0, 0] + contests.habits.cost_year[0]) / 4
    for c, s in TYPES:
        wanted = -flow - 0.9 * 0.6 * 0.5 * contests.stake_coercer[c, 0]
        assert steps.coercer[c, s, 0] == pytest.approx(wanted, abs=1e-14)
        assert steps.target[c, s, 0] == pytest.approx(contests.effect[0, 0] / 4, abs=1e-14)
    np.testing.assert_allclose(steps.first_year, 1.0)
    np.testing.assert_allclose(steps.later, 0.0)


@pytest.mark.parametrize("let_go", [True, False])
def test_a_contest_given_up_by_one_side_is_worth_what_its_endings_are(let_go: bool) -> None:
    """Reviews end it with chance rho, lapses with eta: the values reproduce themselves under these choices."""
    game = random_game(16, K=1, n=0, M=1, lapse=0.1, lapse_cost=0.7)
    p, contests = game.parameters, contests_of(game)
    d = p.discount**0.25
    found = given_up(contests, let_go)[..., 0]
    f_c, f_t = (contests.cost[1, 0] + p.cost_year) / 4, contests.effect[1, 0] / 4
    for c, s in TYPES:
        v_c, v_t = game.stake_coercer[c], game.stake_target[s] * (1 - game.erosion_of(0))
        end_c, end_t = (-p.audience_lift * v_c, 0.0) if let_go else (v_c, -(1 + p.audience_concede) * v_t)
        on_c = -f_c + d * (0.9 * found[0, c, s] - 0.1 * p.lapse_cost * p.audience_lift * v_c)
        on_t = f_t + d * 0.9 * found[1, c, s]
        xi, rho = p.last_quarter_bite, p.review
        assert found[0, c, s] == pytest.approx(rho * (end_c - xi * f_c) + (1 - rho) * on_c, abs=1e-12)
        assert found[1, c, s] == pytest.approx(rho * (end_t + xi * f_t) + (1 - rho) * on_t, abs=1e-12)


def test_without_rationality_reviews_are_coins() -> None:
    for settle in (0.0, 0.5):
        game = random_game(17, K=1, n=0, M=1, rationality=0.0, settle=settle)
        steps = one_pass(Recursion(contests_of(game)), *any_path(7))
        np.testing.assert_allclose(steps.concede, 1 / 3 if settle else 1 / 2)
        np.testing.assert_allclose(steps.settle, 1 / 3 if settle else 0.0)
        np.testing.assert_allclose(steps.lift, 1 / 2)
        np.testing.assert_allclose(steps.path, 0.0, atol=1e-15)  # both types alike: nothing is learned


def test_governments_without_a_stake_do_not_act_in_a_tie() -> None:
    contests = contests_of(with_parameters(random_game(18, K=1, n=0, M=1), cost_year=0.0))
    none = np.zeros((2, 1))
    idle = replace(contests, cost=none, effect=none, stake_coercer=none, stake_target=none)
    steps = one_pass(Recursion(idle), np.zeros((2, Q, 1)), np.zeros((2, 2, 2, 1)))
    for acts in (steps.concede, steps.lift, steps.settle):
        np.testing.assert_array_equal(acts, 0.0)
    costly = replace(idle, cost=np.full((2, 1), 1e-6))
    lifts = one_pass(Recursion(costly), np.zeros((2, Q, 1)), np.zeros((2, 2, 2, 1))).lift
    np.testing.assert_array_equal(lifts, 1.0)  # any cost is too much where nothing is to be won


def test_a_settlement_at_the_whole_stake_is_what_the_coercer_accepts_more_surely() -> None:
    accepts = []
    for settle in (0.2, 0.6, 1.0):
        game = random_game(19, K=1, n=0, M=1, settle=settle)
        accepts.append(one_pass(Recursion(contests_of(game)), *any_path(8), steps=0).accept[-1, :, 0])
    assert (np.diff(accepts, axis=0) > 0).all()


# ------------------------------------------------------------------ contests solved at given beliefs


@pytest.mark.parametrize("rules", RULES)
def test_a_contest_solved_reproduces_its_path_and_its_stationary_values(rules: dict[str, Any]) -> None:
    contests = contests_of(*(random_game(s, K=1, n=0, M=1, **({"rationality": 3.0} | rules)) for s in (20, 21)))
    x, residual = solve_contests(contests, Q)
    assert residual.max() <= 1e-7
    for steps in (0, 1, 4):
        image, found = step_contests(contests, x, Q, steps)
        np.testing.assert_allclose(image, x, atol=1e-6)
    np.testing.assert_allclose(found.stationary.reshape(8, -1) / scale_of(contests), x[2 * Q :], atol=1e-6)


def test_beliefs_of_a_contest_rise_towards_the_types_that_hold_out() -> None:
    contests = contests_of(random_game(22, K=1, n=0, M=1, rationality=3.0))
    _, found = step_contests(contests, solve_contests(contests, Q)[0], Q, 0)
    low, high = found.concede[:, 0, 0], found.concede[:, 1, 0]
    rises = np.diff(np.concatenate([[0.0], found.path[0, :, 0]])) > 0
    np.testing.assert_array_equal(rises, (low > high)[:Q])


def test_stakes_of_a_contest_without_any_are_scaled_by_its_flows() -> None:
    contests = contests_of(random_game(23, K=1, n=0, M=1))
    np.testing.assert_allclose(scale_of(contests)[:4, 0], np.repeat(contests.stake_coercer[:, 0], 2))
    np.testing.assert_allclose(scale_of(contests)[4:, 0], np.tile(contests.stake_target[:, 0], 2))
    bare = replace(contests, stake_coercer=np.zeros((2, 1)), stake_target=np.zeros((2, 1)))
    flows = contests.cost.max() + np.abs(contests.effect).max() + contests.habits.cost_year[0]
    np.testing.assert_allclose(scale_of(bare), 1e-6 * flows)


def test_some_contests_are_taken_with_all_that_is_theirs() -> None:
    games = [random_game(s, K=1, n=0, M=1) for s in range(4)]
    some, alone = contests_of(*games).take(np.array([2, 0])), contests_of(games[2], games[0])
    for name in ("cost", "effect", "stake_coercer", "stake_target", "erosion", "mu", "nu"):
        np.testing.assert_array_equal(getattr(some, name), getattr(alone, name))
    for name in vars(some.habits):
        np.testing.assert_array_equal(getattr(some.habits, name), getattr(alone.habits, name))
    less = some.less_rational(np.array([0.5, 0.1])).habits
    np.testing.assert_allclose(less.rationality, some.habits.rationality * [0.5, 0.1])
    np.testing.assert_array_equal(less.review, some.habits.review)


# ------------------------------------------------------------------ choice and belief


def test_a_choice_of_two_is_the_logit_of_what_it_gains() -> None:
    gaps = np.array([-2.0, -0.1, 0.0, 0.3, 5.0])
    np.testing.assert_allclose(choice(gaps, np.full(5, 3.0)), 1 / (1 + np.exp(-3.0 * gaps)), atol=1e-15)
    np.testing.assert_array_equal(choice(np.array([-1e9, 1e9]), np.full(2, 1e9)), [0.0, 1.0])
    tied = choice(np.array([0.0, 0.0, 1e-9]), np.full(3, 1e12), np.array([True, False, True]))
    np.testing.assert_allclose(tied, [0.0, 0.5, 1.0])


def test_softmax_is_the_choice_of_two_and_bears_large_numbers() -> None:
    values = np.array([[0.3, 1e8], [0.1, 1e8 - 1.0]])
    share = softmax(values, np.array([4.0, 2.0]), axis=0)
    np.testing.assert_allclose(share[0], choice(values[0] - values[1], np.array([4.0, 2.0])), atol=1e-9)
    np.testing.assert_allclose(share.sum(axis=0), 1.0)
    assert softmax(np.array([0.0, -np.inf]), 1.0, axis=0).tolist() == [1.0, 0.0]


@pytest.mark.parametrize("belief", [0.0, 1e-6, 0.4, 0.9, 1.0])
def test_beliefs_are_revised_by_bayes_rule_and_certainty_stays(belief: float) -> None:
    low, high = 0.8, 0.3
    ratio = log_ratio(np.array([low, high]))
    wanted = belief * high / (belief * high + (1 - belief) * low)
    assert revised(np.array(belief), ratio) == pytest.approx(wanted, rel=1e-12)
    twice = revised(revised(np.array(belief), ratio), ratio)
    assert revised(np.array(belief), 2 * ratio) == pytest.approx(float(twice), rel=1e-12)


def test_an_act_one_type_never_takes_tells_all_but_nothing_breaks() -> None:
    assert log_ratio(np.array([0.0, 0.5])) == pytest.approx(np.log(0.5 / 1e-12))
    assert log_ratio(np.array([0.0, 0.0])) == 0.0
    assert revised(np.array(0.5), np.array(1e6)) == pytest.approx(1.0)
    assert revised(np.array(0.5), np.array(-1e6)) == pytest.approx(0.0)
