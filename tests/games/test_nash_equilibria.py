"""Nash equilibria: nothing missed in two-player games, nothing false in any."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from closed_forms import threat_game
from contribution_games import threshold_game
from hypothesis import given, settings
from hypothesis import strategies as st

from coercion_sim.errors import GameError
from coercion_sim.games import (
    Action,
    Decision,
    ExtensiveGame,
    NormalFormGame,
    Terminal,
    evaluate_profile,
    solve_game,
    strategic_form,
)


def bimatrix(first, second) -> NormalFormGame:
    m, n = np.shape(first)
    labels = {"Row": tuple(f"r{i}" for i in range(m)), "Column": tuple(f"c{j}" for j in range(n))}
    return NormalFormGame(("Row", "Column"), labels, {"Row": np.array(first), "Column": np.array(second)})


def profiles(game: NormalFormGame) -> list[list[np.ndarray]]:
    found = solve_game(game, method="nash").equilibria
    return [[np.array(list(one.strategies[name].values())) for name in game.players] for one in found]


def brute_regret(game: NormalFormGame, profile) -> float:
    """Return the largest gain from deviating, summed cell by cell."""
    values = [np.zeros(m) for m in game.shape]
    for cell in itertools.product(*(range(m) for m in game.shape)):
        for i, name in enumerate(game.players):
            others = np.prod([profile[j][k] for j, k in enumerate(cell) if j != i])
            values[i][cell[i]] += others * game.payoffs[name][cell]
    return max(float(u.max() - u @ x) for u, x in zip(values, profile, strict=True))


small = st.integers(-4, 4)


@settings(deadline=None)
@given(st.integers(1, 3), st.integers(1, 3), st.data())
def test_every_bimatrix_game_has_equilibria_and_all_listed_are(m, n, data) -> None:
    first = [[data.draw(small) / 4 for _ in range(n)] for _ in range(m)]
    second = [[data.draw(small) / 4 for _ in range(n)] for _ in range(m)]
    game = bimatrix(first, second)
    found = profiles(game)
    assert found
    assert all(brute_regret(game, profile) <= 1e-12 for profile in found)
    keys = {tuple(np.concatenate(profile).round(9)) for profile in found}
    assert len(keys) == len(found)
    for i, j in itertools.product(range(m), range(n)):  # a pure equilibrium is always extreme
        if first[i][j] == max(row[j] for row in first) and second[i][j] == max(second[i]):
            assert any(x[i] == 1.0 and y[j] == 1.0 for x, y in found)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(-50, 50), min_size=18, max_size=18))
def test_generic_games_have_an_odd_number(cells) -> None:
    jitter = np.sin(np.arange(18) * 2.37) * 0.01
    numbers = np.array(cells) / 10 + jitter
    assert len(profiles(bimatrix(numbers[:9].reshape(3, 3), numbers[9:].reshape(3, 3)))) % 2 == 1


def test_the_listing_matches_support_enumeration_on_generic_games() -> None:
    """A second method: solve the indifference equations for every pair of supports of equal size."""
    for seed in range(20):
        cells = np.sin(np.arange(18) * (1.1 + seed * 0.61) + seed)
        first, second = cells[:9].reshape(3, 3), cells[9:].reshape(3, 3)
        other = set()
        for k in (1, 2, 3):
            for rows in itertools.combinations(range(3), k):
                for columns in itertools.combinations(range(3), k):
                    y = _mix(first[np.ix_(rows, columns)])
                    x = _mix(second[np.ix_(rows, columns)].T)
                    if x is None or y is None or x.min() < 0 or y.min() < 0:
                        continue
                    full_x, full_y = np.zeros(3), np.zeros(3)
                    full_x[list(rows)], full_y[list(columns)] = x, y
                    if brute_regret(bimatrix(first, second), [full_x, full_y]) < 1e-10:
                        other.add(tuple(np.concatenate([full_x, full_y]).round(8) + 0.0))
        mine = {tuple(np.concatenate(p).round(8) + 0.0) for p in profiles(bimatrix(first, second))}
        assert mine == other


def _mix(payoff):
    """Return the mixture over columns that makes all rows equally good."""
    k = len(payoff)
    system = np.block([[payoff, -np.ones((k, 1))], [np.ones((1, k)), np.zeros((1, 1))]])
    try:
        return np.linalg.solve(system, np.append(np.zeros(k), 1.0))[:k]
    except np.linalg.LinAlgError:
        return None


def test_degenerate_games_keep_their_extreme_equilibria() -> None:
    """Row's second strategy never matters to Column: a segment of equilibria, both ends of it listed."""
    found = profiles(bimatrix([[1.0, 1.0], [1.0, 0.0]], [[1.0, 0.0], [1.0, 0.0]]))
    assert {(*x, *y) for x, y in found} == {(1.0, 0.0, 1.0, 0.0), (0.0, 1.0, 1.0, 0.0)}


def test_exact_arithmetic_gives_the_rational_equilibrium() -> None:
    ((x, y),) = profiles(bimatrix([[0.1, -0.2], [-0.3, 0.0]], [[-0.4, -0.1], [0.5, 0.0]]))
    assert x[0] == 0.625
    assert y[0] == 1 / 3


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(-30, 30), min_size=24, max_size=24))
def test_three_player_listings_are_equilibria_and_hold_every_pure_one(cells) -> None:
    names = ("A", "B", "C")
    pay = {n: np.array(cells[8 * k : 8 * k + 8]).reshape(2, 2, 2) / 10 for k, n in enumerate(names)}
    game = NormalFormGame(names, dict.fromkeys(names, ("s", "t")), pay)
    found = profiles(game)
    assert all(brute_regret(game, profile) <= 1e-7 for profile in found)
    for cell in itertools.product(range(2), repeat=3):
        pure = [np.eye(2)[k] for k in cell]
        if brute_regret(game, pure) == 0.0:
            assert any(all(np.array_equal(a, b) for a, b in zip(pure, profile, strict=True)) for profile in found)


def test_threshold_game_has_its_pure_and_both_symmetric_mixed_equilibria() -> None:
    found = profiles(threshold_game(3, 2, 1.0, 0.3))
    shares = [tuple(p[0] for p in profile) for profile in found]
    for pure in ((1, 1, 0), (1, 0, 1), (0, 1, 1), (0, 0, 0)):
        assert pure in shares
    for q in (0.1837722339831621, 0.816227766016838):
        assert any(all(abs(s - q) < 1e-9 for s in share) for share in shares)


def test_the_status_says_whether_the_list_is_complete() -> None:
    assert solve_game(threshold_game(2, 1, 1.0, 0.25), method="nash").status.startswith("complete: every extreme")
    assert "not proven" in solve_game(threshold_game(3, 2, 1.0, 0.3), method="nash").status
    many = solve_game(threshold_game(6, 3, 1.0, 0.3), method="nash")
    assert "not searched" in many.status
    assert len(many.equilibria) == 20 + 1  # C(6, 3) ways to meet the threshold, and nobody


def test_strategic_form_of_the_threat_game() -> None:
    game = ExtensiveGame(("Coercer", "Target"), threat_game(1.0, 0.6, 0.1, 0.9, 0.3, 0.05))
    table = strategic_form(game)
    assert table.strategies["Coercer"] == ("C1=status_quo", "C1=threaten, C2=impose", "C1=threaten, C2=back_down")
    assert table.payoffs["Coercer"].tolist() == [[0.0, 0.0], [1.0, -0.1], [1.0, -0.3]]
    assert table.payoffs["Target"].tolist() == [[0.0, 0.0], [-0.6, -0.9], [-0.6, 0.05]]
    spe = solve_game(game, method="spe")
    found = solve_game(game, method="nash").equilibria
    assert any(one.payoffs == pytest.approx(dict(spe.payoffs)) for one in found)


def test_games_too_large_to_list_say_their_size() -> None:
    with pytest.raises(GameError, match=r"C\(m\+n, m\)"):
        solve_game(bimatrix(np.zeros((12, 12)), np.zeros((12, 12))), method="nash")
    node = Terminal("end", {"A": 0.0})
    for k in range(20):
        leaf = Terminal(f"e{k}", {"A": float(k)})
        node = Decision("A", f"h{k}", (Action("go", node), Action("stop", leaf)))
    assert len(solve_game(ExtensiveGame(("A",), node), method="nash").equilibria) == 1

    def fan(depth: int, tag: str):
        if depth == 0:
            return Terminal(tag, {"A": 0.0, "B": 0.0})
        player = "A" if depth % 2 else "B"
        return Decision(player, f"{player}{tag}", tuple(Action(str(k), fan(depth - 1, f"{tag}{k}")) for k in range(3)))

    with pytest.raises(GameError, match="plans"):
        solve_game(ExtensiveGame(("A", "B"), fan(6, "n")), method="nash")


def test_given_play_is_judged() -> None:
    game = threshold_game(3, 2, 1.0, 0.3)
    mix = {"contribute": 0.7, "free_ride": 0.3}
    give = {"contribute": 1.0, "free_ride": 0.0}
    judged = evaluate_profile(game, {"Ally1": mix, "Ally2": mix, "Ally3": give})
    assert judged.residual <= 1e-12
    assert judged.payoffs["Ally3"] == pytest.approx(0.61)
    assert evaluate_profile(game, {"Ally1": give, "Ally2": give, "Ally3": give}).residual == pytest.approx(0.3)
    with pytest.raises(GameError, match="did you mean Ally3"):
        evaluate_profile(game, {"Ally1": mix, "Ally2": mix, "Aly3": give})
    with pytest.raises(GameError, match="summing to 1"):
        evaluate_profile(game, {"Ally1": mix, "Ally2": mix, "Ally3": {"contribute": 0.5, "free_ride": 0.6}})


def test_given_play_of_a_tree_is_judged_where_it_goes_wrong() -> None:
    game = ExtensiveGame(("Coercer", "Target"), threat_game(1.0, 0.6, 0.1, 0.9, 0.3, 0.05))
    spe = {name: dict(choice) for name, choice in solve_game(game, method="spe").strategies.items()}
    assert evaluate_profile(game, spe).residual == 0.0
    assert evaluate_profile(game, spe).outcome_probs["concede"] == 1.0
    spe["C2"] = {"impose": 0.0, "back_down": 1.0}  # an empty threat: off the path, yet a mistake
    assert evaluate_profile(game, spe).residual == pytest.approx(0.65)  # the target's gain from resisting it


@pytest.mark.parametrize("method", ["nash", "spe"])
def test_a_rationality_beside_players_without_errors_is_refused(method) -> None:
    tree = ExtensiveGame(("Coercer", "Target"), threat_game(1.0, 1.0, 0.2, 0.5, 0.1))
    with pytest.raises(GameError, match=f"{method} takes no rationality"):
        solve_game(strategic_form(tree) if method == "nash" else tree, 3.0, method)
