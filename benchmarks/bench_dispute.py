"""Time the dispute recursion on arrays: milliseconds, and times faster than the same game as a tree of objects.

Run: OMP_NUM_THREADS=1 python benchmarks/bench_dispute.py
"""

from __future__ import annotations

from typing import Any

import numpy as np

from coercion_sim.dispute import DisputeGame, DisputeParameters, dispute_endings, dispute_tree, solve_dispute, war
from coercion_sim.games import solve_game
from timing import best_of

LIMIT_MS = 10.0  # 6 packages x 4^5 responses, 8 quarters, 2 x 2 types


def dispute(K: int, M: int, n: int, belief: float = 0.5, **parameters: Any) -> DisputeGame:
    """Return a dispute of the size asked for; the time does not depend on the numbers."""
    rng = np.random.default_rng(1)
    profile = (K, *[M] * n)
    return DisputeGame(
        packages=tuple(f"p{k}" for k in range(K)),
        allies=tuple(f"ally{i}" for i in range(n)),
        options=tuple(f"r{r}" for r in range(M)),
        coercer_cost=rng.uniform(0.0, 0.02, (2, *profile)),
        target_effect=-rng.uniform(0.0, 0.5, (2, *profile)),
        ally_cost=rng.uniform(0.0, 0.05, (n, 2, *profile)),
        shortfall=rng.uniform(0.0, 1.0, (n, M)),
        pledge=np.full(n, 0.03),
        interest=np.full(n, 0.01),
        reliability=np.full(n, 0.5),
        stake_coercer=np.array([0.03, 0.3]),
        stake_target=np.array([0.2, 2.0]),
        belief_target=belief,
        belief_coercer=belief,
        parameters=DisputeParameters(**parameters),
    )


def main() -> None:
    print("| solve_dispute, 8 quarters, 2 x 2 types | ms | goal |\n| --- | --- | --- |")
    for K, M, n in ((6, 1, 0), (6, 4, 3), (6, 4, 4), (6, 5, 3), (6, 4, 5)):
        game = dispute(K, M, n)
        goal = f"{LIMIT_MS:g}" if (K, M, n) == (6, 4, 5) else ""
        print(f"| {K} x {M}^{n} | {1e3 * best_of(lambda game=game: solve_dispute(game)):.2f} | {goal} |")
    game = dispute(6, 4, 3)
    cost, effect = game.flows(2, (1, 0, 2))
    one = (cost[:, None], effect[:, None])
    print(f"| one quarter of a dispute under way | {1e3 * best_of(lambda: war(game, 5, one)):.2f} | |")
    whole = best_of(lambda: dispute_endings(game, 1, 1), repeats=5)
    print(f"| exact outcomes, 6 x 4^3, 40 quarters | {1e3 * whole:.0f} | |")

    print("\n| one game, known types | ends | objects ms | arrays ms | times faster |\n| --- | --- | --- | --- | --- |")
    for K, M, n, horizon in ((2, 2, 1, 2), (3, 3, 2, 2), (6, 4, 2, 2)):
        game = dispute(K, M, n, 1.0, horizon=horizon, review=1.0)
        tree = dispute_tree(game)
        ends = sum(1 for _ in tree.game.terminals())
        arrays = best_of(lambda game=game: solve_dispute(game))
        objects = best_of(lambda tree=tree: solve_game(tree.game, tree.rationality))
        size = f"{K} x {M}^{n}, {horizon} quarters"
        print(f"| {size} | {ends} | {1e3 * objects:.2f} | {1e3 * arrays:.2f} | {objects / arrays:.1f} |")


if __name__ == "__main__":
    main()
