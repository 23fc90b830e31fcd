"""How a dispute ends: exact probabilities against single steps, the recursion, and the directions of section 5."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from coercion_sim.dispute import DisputeEndings, DisputeGame, dispute_endings, posterior, solve_dispute, war
from coercion_sim.errors import GameError
from support.disputes import make_dispute, with_rules

ENDINGS = ("no_pressure", "conceded_to_demand", "backed_down", "conceded", "settled", "lifted", "unended")


def probabilities(found: DisputeEndings) -> list[float]:
    return [getattr(found, name) for name in ENDINGS]


@pytest.mark.parametrize("n", [0, 1, 2])
@pytest.mark.parametrize(
    "chosen", [{}, {"settle": 0.5}, {"surprise": True}, {"coercer_rational": True}, {"review": 1.0}]
)
@pytest.mark.parametrize("learn_within", [True, False])
def test_the_ends_are_all_the_ends(n: int, chosen: dict[str, float], learn_within: bool) -> None:
    game = make_dispute(n, 2, n, 2, **chosen)
    for c, s in ((0, 0), (0, 1), (1, 0), (1, 1)):
        found = dispute_endings(game, c, s, quarters=10, learn_within=learn_within)
        assert min(probabilities(found)) >= 0.0
        assert math.fsum(probabilities(found)) == pytest.approx(1.0, abs=1e-12)
        assert found.ended.sum() + found.unended == pytest.approx(found.imposed, abs=1e-12)
        assert (found.settled > 0.0) == (game.parameters.settle > 0.0)
        if game.parameters.surprise:
            assert found.conceded_to_demand == found.backed_down == 0.0


def test_the_first_moves_are_those_of_the_recursion() -> None:
    game = make_dispute(3, 3, 1, 2)
    solved = solve_dispute(game)
    for c, s in ((0, 1), (1, 0)):
        found = dispute_endings(game, c, s)
        assert found.press == pytest.approx(solved.press[c], abs=1e-15)
        conceded = solved.press[c] * float(solved.package[c] @ solved.concede[s])
        assert found.conceded_to_demand == pytest.approx(conceded, abs=1e-15)
        imposed = solved.press[c] * float(solved.package[c] @ ((1 - solved.concede[s]) * solved.impose[c]))
        unlearned = dispute_endings(game, c, s, learn_within=False)
        assert unlearned.imposed == pytest.approx(imposed, abs=1e-12)


def step_by_step(game: DisputeGame, c: int, s: int, quarters: int) -> dict[str, float]:
    """One package, no allies: the same path with one number at a time, beliefs updated after every act."""
    ends = dict.fromkeys(ENDINGS, 0.0)

    def at(mu: float, nu: float) -> DisputeGame:
        return replace(game, belief_target=mu, belief_coercer=nu)

    mu, nu = game.belief_target, game.belief_coercer
    opening = solve_dispute(game)
    ends["no_pressure"] = 1.0 - float(opening.press[c])
    reach = float(opening.press[c])
    concede = opening.concede[:, 0]
    ends["conceded_to_demand"] = reach * float(concede[s])
    reach *= 1.0 - float(concede[s])
    mu = float(posterior(mu, *(1.0 - concede)))
    impose = solve_dispute(at(mu, nu)).impose[:, 0]
    ends["backed_down"] = reach * (1.0 - float(impose[c]))
    reach *= float(impose[c])
    nu = float(posterior(nu, *impose))
    rho = game.parameters.review
    for quarter in range(quarters):
        yields = rho * war(at(mu, nu), quarter).concede[:, 0]
        ends["conceded"] += reach * float(yields[s])
        reach *= 1.0 - float(yields[s])
        mu = float(posterior(mu, *(1.0 - yields)))
        lifts = rho * war(at(mu, nu), quarter).lift[:, 0]
        ends["lifted"] += reach * float(lifts[c])
        reach *= 1.0 - float(lifts[c])
        nu = float(posterior(nu, *(1.0 - lifts)))
    assert 0.02 <= mu <= 0.98
    return {**ends, "unended": reach}


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("c", "s"), [(0, 0), (1, 1), (1, 0)])
def test_beliefs_move_with_what_is_seen(seed: int, c: int, s: int) -> None:
    game = make_dispute(seed, 1, 0, 1)
    found = dispute_endings(game, c, s, quarters=12)
    for name, p in step_by_step(game, c, s, 12).items():
        assert getattr(found, name) == pytest.approx(p, abs=1e-12), name


def test_between_known_types_hazards_are_those_of_one_solution() -> None:
    game = make_dispute(2, 1, 0, 1, 1.0, 0.0, horizon=8)
    found = dispute_endings(game, 0, 1, quarters=3)
    reach = found.imposed
    for quarter in range(3):
        now = war(game, quarter)
        go_on = (1 - 0.5 * now.concede[1, 0]) * (1 - 0.5 * now.lift[0, 0])
        assert found.ended[quarter] == pytest.approx(reach * (1 - go_on), abs=1e-12)
        reach *= go_on


def test_losses_are_what_the_quarters_cost() -> None:
    """A coercer that never lifts and a target that never concedes: every quarter is borne whole."""
    game = make_dispute(1, 1, 0, 1, 1.0, 1.0, coercer_rational=True, target_rational=True, surprise=True, cost_once=0.0)
    game = replace(game, coercer_cost=0.0 * game.coercer_cost, stake_target=np.full(2, 1e3))
    game = with_rules(game, cost_year=0.01, audience_lift=10.0)
    found = dispute_endings(game, 1, 1, quarters=6)
    assert found.unended == found.imposed
    effect = game.target_effect[:, 0]
    assert found.target_loss == pytest.approx(-found.imposed * (effect[0] + effect[1] / 2.0), abs=1e-12)
    assert found.coercer_cost == pytest.approx(found.imposed * 0.01 * 6 / 4, abs=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_allies_answer_at_the_beliefs_imposition_leaves(seed: int) -> None:
    """The loss of the first quarter, profile by profile; a quarter in which the dispute ends counts a quarter of it."""
    game = make_dispute(seed, 1, 1, 2)
    c, s, rho, xi = 1, 0, 0.5, 0.25
    opening = solve_dispute(game)
    mu = float(posterior(0.5, *(1.0 - opening.concede[:, 0])))
    second = solve_dispute(replace(game, belief_target=mu))
    nu = float(posterior(0.5, *second.impose[:, 0]))
    third = solve_dispute(replace(game, belief_target=mu, belief_coercer=nu))
    reach = float(opening.press[c] * (1.0 - opening.concede[s, 0]) * second.impose[c, 0])
    loss = cost = 0.0
    for r in (0, 1):
        held = 1.0 - rho * third.war.concede[:, r]
        after = replace(game, belief_target=float(posterior(mu, *held)), belief_coercer=nu)
        on = held[s] * (1.0 - rho * war(after).lift[c, r])
        bite = reach * float(third.profile[0, r]) * (xi + (1.0 - xi) * on)
        loss -= bite * float(game.target_effect[0, 0, r]) / 4.0
        cost += bite * (float(game.coercer_cost[0, 0, r]) + game.parameters.cost_year) / 4.0
    found = dispute_endings(game, c, s, quarters=1)
    assert found.target_loss == pytest.approx(loss, abs=1e-12)
    assert found.coercer_cost == pytest.approx(cost + reach * game.parameters.cost_once, abs=1e-12)


def test_lengths_are_read_off_the_distribution() -> None:
    found = dispute_endings(make_dispute(0, 1, 0, 1), 1, 1)
    median = int(found.length(0.5))
    share = np.cumsum(found.ended) / found.imposed
    assert share[median - 1] >= 0.5
    assert median == 1 or share[median - 2] < 0.5
    assert found.length(1.0) == math.inf


def typical(v_target: float, v_coercer: float, spread_target: float = 9.0, spread_coercer: float = 9.0) -> DisputeGame:
    """A package of the size of those on Australia: .3 of GDP a year, hardly any cost to the coercer."""
    low_high = np.array([-0.5, 0.5])
    return replace(
        make_dispute(0, 1, 0, 1),
        coercer_cost=np.array([[0.0], [0.007]]),
        target_effect=np.array([[-0.3], [-0.2]]),
        stake_target=v_target * spread_target**low_high,
        stake_coercer=v_coercer * spread_coercer**low_high,
    )


def over_types(game: DisputeGame) -> dict[str, float]:
    """Attempts, and success of what is imposed, over the types at prior belief."""
    mu, nu = game.belief_target, game.belief_coercer
    sums = np.zeros(3)
    for c, p in ((0, 1 - nu), (1, nu)):
        for s, q in ((0, 1 - mu), (1, mu)):
            found = dispute_endings(game, c, s)
            sums += p * q * np.array([found.press, found.imposed, found.conceded])
    return {"attempts": sums[0], "success": sums[2] / sums[1]}


STAKES = [(0.3, 0.1), (0.7, 0.2)]


def success(spread_target: float, spread_coercer: float) -> float:
    rows = [over_types(typical(*stakes, spread_target, spread_coercer)) for stakes in STAKES]
    return float(np.mean([row["success"] for row in rows]))


def test_doubt_about_either_side_moves_imposed_success() -> None:
    """model.md §5 (prototype: .11 without the coercer's type, .66 without the target's, .31 with both)."""
    both = success(9.0, 9.0)
    assert success(9.0, 1.0) < both < success(1.0, 9.0)


@pytest.mark.parametrize("v_target", [0.3, 0.5, 0.7])
def test_a_resolved_target_hardly_ever_concedes_and_an_irresolute_one_often(v_target: float) -> None:
    game = typical(v_target, 0.1)
    resolved, irresolute = (dispute_endings(game, 1, s) for s in (1, 0))
    assert resolved.objective / resolved.press < 0.1
    assert irresolute.objective / irresolute.press > 5.0 * resolved.objective / resolved.press


def test_types_and_quarters_that_do_not_exist_are_refused() -> None:
    game = make_dispute(0)
    for wrong in ((2, 0, 10), (0, -1, 10), (0, 0, 0)):
        with pytest.raises(GameError, match="types are 0 or 1"):
            dispute_endings(game, *wrong)
