"""Disputes played with drawn numbers end as often as enumeration says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest

from coercion_sim.dispute import Dispute
from coercion_sim.rng import Streams
from support.dispute_endings import endings
from support.dispute_games import flagship_game


def luck(replicate: int) -> Callable[[str, str, int], float]:
    streams = Streams(11, replicate)
    return lambda purpose, who, quarter: streams.uniform(purpose, ("CHN", "AUS", who), quarter)


@pytest.mark.slow
@pytest.mark.parametrize("allies", [0, 1])
def test_frequencies_of_the_model_are_the_exact_probabilities(allies: int) -> None:
    """Every mover decides at its current beliefs; reviews begin the quarter after imposing."""
    game, n = flagship_game(v_t=0.3, allies=allies), 1200
    exact = endings(game, True, True, quarters=8, first=1)
    counts: Counter[str] = Counter()
    for replicate in range(n):
        found = Dispute("CHN", "AUS", 3, game, True, True)
        found.begin(luck(replicate), 3)
        for quarter in range(4, 12):
            if found.stage == "imposed":
                found.review(luck(replicate), quarter)
        counts[found.ending or "unended"] += 1
    wanted = {
        "no_pressure": exact.quiet, "conceded_to_demand": exact.conceded_to_demand, "backed_down": exact.backed_down,
        "conceded": exact.success, "lifted": float(exact.ended[:, 2].sum()), "unended": exact.unended,
    }  # fmt: skip
    assert sum(counts.values()) == n
    assert set(counts) <= set(wanted)
    for end, p in wanted.items():
        assert counts[end] / n == pytest.approx(p, abs=5 * np.sqrt(p * (1 - p) / n) + 1e-3), end
