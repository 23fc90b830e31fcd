"""Time the dispute game as arrays beside the goal set for it, and beside the same game as objects.

Run: OMP_NUM_THREADS=1 python benchmarks/bench_dispute.py
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from coercion_sim.games import DisputeGame, solve_dispute, solve_game, war
from timing import Measured, best_of, print_measured

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from support.dispute_games import known, random_game
from support.dispute_tree import DisputeTree

#: 6 packages, 4 options of each of 5 allies, 8 quarters, 2 x 2 types (issue 3).
GOAL_MS = 10.0


def game(K: int, n: int, M: int, horizon: int = 8) -> DisputeGame:
    """Return a dispute of one size; the time does not depend on the numbers."""
    return random_game(1, K=K, n=n, M=M, horizon=horizon, precision=6.0)


def ms(measured: float) -> float:
    return 1e3 * measured


def main() -> None:
    rows = []
    for K, n, M, goal in ((6, 3, 4, None), (6, 4, 4, None), (6, 5, 4, GOAL_MS), (6, 5, 5, None)):
        sized = game(K, n, M)
        took = best_of(lambda sized=sized: solve_dispute(sized), repeats=40, seconds=4.0)
        note = f"{K * M**n} profiles"
        rows.append(Measured(f"whole dispute, {K} packages x {M}^{n} answers", ms(took), "ms", goal, note=note))
    sized = game(6, 5, 4)
    contest = best_of(lambda: war(sized), repeats=40, seconds=4.0)
    rows.append(Measured("of it the contest (stage 5)", ms(contest), "ms"))
    cost, effect = sized.flows(2, (0,) * 5)
    one = (cost[:, None], effect[:, None])
    rows.append(Measured("contest, one profile (every quarter)", ms(best_of(lambda: war(sized, 0, one), 200)), "ms"))
    small = known(game(2, 1, 2, horizon=3), True, True)
    tree = DisputeTree(small, True, True)
    built = tree.build()
    nodes = len(built.flat.infosets)
    check = abs(solve_game(built, precision=tree.precision).payoffs["coercer"] - expected(small))
    if not check < 1e-12:
        raise SystemExit(f"tree and arrays differ by {check:g}")
    arrays = best_of(lambda: solve_dispute(small), 100)
    compiled = best_of(lambda: solve_game(built, precision=tree.precision), 20)
    whole = best_of(lambda: solve_game(DisputeTree(small, True, True).build(), precision=tree.precision), 10)
    rows.append(Measured(f"small game as arrays, {nodes} decisions", ms(arrays), "ms"))
    rows.append(Measured("the same as a tree, built before: times slower", compiled / arrays, "x"))
    rows.append(Measured("the same as a tree, built anew: times slower", whole / arrays, "x"))
    print_measured(rows)


def expected(small: DisputeGame) -> float:
    """What a firm coercer expects of the dispute."""
    solved = solve_dispute(small)
    return float(np.multiply(solved.press, solved.press_value)[1])


if __name__ == "__main__":
    main()
