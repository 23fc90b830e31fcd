"""Time the backward logit pass on stage-game trees; report milliseconds and ratios measured in one run.

Run: python benchmarks/bench_games.py
The yardstick is the plainest program for the same thing, a recursion over the node objects, timed on the same tree in
the same minute; ratios to it travel between machines, milliseconds do not.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable

import numpy as np

from coercion_sim.games import Action, Chance, Decision, ExtensiveGame, Node, NormalFormGame, Terminal, solve_game
from coercion_sim.games.backward import logit_play
from coercion_sim.games.flat_tree import flatten
from coercion_sim.games.solution import by_infoset

LIMIT_MS = {193: 1.5, 1281: 10.0}


def stage_tree(packages: int, responses: int, allies: int, rounds: int) -> ExtensiveGame:
    """Coercer picks none or a package, allies answer in turn, then target and coercer hold out for some rounds.

    Leaves: 1 + packages * responses**allies * (2 * rounds + 1).
    """
    names = ["Coercer", *(f"Ally{i + 1}" for i in range(allies)), "Target"]

    def end(key: str) -> Terminal:
        # Any spread-out numbers do: the time does not depend on them.
        return Terminal(
            key, {name: math.sin(len(key) * 7.1 + 13.7 * i + hash_free(key)) for i, name in enumerate(names)}
        )

    def hold_out(key: str, left: int) -> Node:
        if left == 0:
            return end(key + "|lapse")
        lift = Action("lift", end(f"{key}|lift{left}"))
        sustain = Action("sustain", hold_out(key, left - 1))
        resist = Action("resist", Decision("Coercer", f"C{key}{left}", (sustain, lift)))
        return Decision("Target", f"T{key}{left}", (Action("concede", end(f"{key}|concede{left}")), resist))

    def ally(key: str, i: int) -> Node:
        if i == allies:
            return hold_out(key, rounds)
        moves = tuple(Action(f"r{r}", ally(f"{key}.{r}", i + 1)) for r in range(responses))
        return Decision(names[1 + i], f"A{i}{key}", moves)

    moves = tuple(Action(f"package{k}", ally(str(k), 0)) for k in range(packages))
    return ExtensiveGame(tuple(names), Decision("Coercer", "C0", (Action("none", end("none")), *moves)))


def hash_free(key: str) -> float:
    """Return a number that depends on every letter, the same in every process."""
    return sum((i + 1) * ord(letter) for i, letter in enumerate(key)) * 0.37


def plain_recursion(node: Node, rationality: float, players: tuple[str, ...]) -> dict[str, float]:
    """Solve the tree the obvious way; the yardstick."""
    if isinstance(node, Terminal):
        return dict(node.payoffs)
    below = [plain_recursion(action.child, rationality, players) for action in node.actions]
    if isinstance(node, Chance):
        weight = [action.prob for action in node.actions]
    else:
        top = max(value[node.player] for value in below)
        weight = [math.exp(rationality * (value[node.player] - top)) for value in below]
    total = sum(weight)
    return {name: sum(w * value[name] for w, value in zip(weight, below, strict=True)) / total for name in players}


def best_ms(work: Callable[[], object], repeats: int) -> float:
    """Return the least time of several runs, in milliseconds."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return 1e3 * min(times)


def measure(game: ExtensiveGame, repeats: int = 30) -> dict[str, float]:
    lam = by_infoset(game.flat, 5.0)
    plain = best_ms(lambda: plain_recursion(game.root, 5.0, game.players), repeats)
    compiled = best_ms(lambda: logit_play(game.flat, lam), repeats)
    compiling = best_ms(lambda: flatten(game.players, game.root), repeats)
    whole = best_ms(lambda: solve_game(game, 5.0), repeats)
    check = abs(plain_recursion(game.root, 5.0, game.players)["Target"] - solve_game(game, 5.0).payoffs["Target"])
    assert check < 1e-12, check
    return {
        "leaves": len(game.flat.leaves),
        "plain_recursion_ms": plain,
        "pass_ms": compiled,
        "compile_ms": compiling,
        "compile_and_pass_ms": compiling + compiled,
        "solve_game_ms": whole,
        "plain_over_pass": plain / compiled,
        "plain_over_compile_and_pass": plain / (compiling + compiled),
    }


def contributions(benefits: list[float], costs: list[float]) -> NormalFormGame:
    """Each player contributes or not; `benefits[m]` goes to everybody when m do."""
    players = tuple(f"P{i}" for i in range(len(costs)))
    acts = 1 - np.indices([2] * len(costs))  # strategy 0 contributes
    benefit = np.array(benefits)[acts.sum(axis=0)]
    payoffs = {name: benefit - cost * act for name, cost, act in zip(players, costs, acts, strict=True)}
    return NormalFormGame(players, dict.fromkeys(players, ("contribute", "free_ride")), payoffs)


def main() -> None:
    rows = [measure(stage_tree(4, 4, 2, 1)), measure(stage_tree(4, 4, 3, 2))]
    for row in rows:
        limit = LIMIT_MS[int(row["leaves"])]
        row["limit_ms"] = limit
        row["within_limit"] = row["compile_and_pass_ms"] < limit and row["solve_game_ms"] < limit
    table = contributions([0.0, 0.0, 0.4, 0.7, 1.0], [0.2, 0.21, 0.22, 0.23])
    branch = {"branch_4_players_ms": best_ms(lambda: solve_game(table, 10.0), 5)}
    print(json.dumps({"backward": rows, "branch": branch}, indent=1))


if __name__ == "__main__":
    main()
