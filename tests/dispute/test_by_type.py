"""Worth by the other side's type averages, at the mover's belief, to the worth of the option."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coercion_sim.dispute import Choice, Decision, Dispute, Player, worth_by_type
from support.disputes import make_dispute


class Watcher(Player):
    """Plays the equilibrium and keeps every decision it takes."""

    def __init__(self, kept: list[Decision]) -> None:
        super().__init__()
        self.kept = kept

    def decide(self, decision: Decision) -> Choice:
        self.kept.append(decision)
        return super().decide(decision)


def decisions(seed: int, **parameters: float) -> list[tuple[Decision, int]]:
    """Every decision of a dispute pressed, imposed and reviewed for two years, with its quarter after the answers."""
    kept: list[Decision] = []
    game = make_dispute(seed, **parameters)
    dispute = Dispute("C", "T", 0, game, True, False, {n: Watcher(kept) for n in ("C", "T", *game.allies)})
    certain = {"press": "press", "answer": "resist", "impose": "impose", "review": "resist", "lift": "sustain"}

    def draw(purpose: str, who: str, quarter: int) -> float:
        if purpose == "reviews":
            return 0.0
        # The option that goes on comes first where it is to press or impose, and last in the other moves.
        return {"press": 0.0, "impose": 0.0}.get(purpose, 1.0 - 1e-15) if purpose in certain else 0.5

    dispute.begin(draw, 0)
    for quarter in range(1, 9):
        if dispute.stage == "imposed":
            dispute.review(lambda purpose, who, q: 1.0 if purpose == "lapses" else draw(purpose, who, q), quarter)
    return [(d, d.quarter) for d in kept]


@settings(deadline=None, max_examples=8)
@given(st.integers(0, 400), st.sampled_from([0.0, 0.4]))
def test_the_mean_over_types_is_the_worth(seed: int, settle: float) -> None:
    seen = set()
    for decision, quarter in decisions(seed, settle=settle):
        ranges = worth_by_type(decision, quarter)
        if decision.mover not in ("C", "T"):
            assert ranges == {}
            continue
        belief = decision.beliefs[0] if decision.mover == "C" else decision.beliefs[1]
        for option in decision.options:
            weak, strong = ranges[option.label]
            assert (1.0 - belief) * weak + belief * strong == pytest.approx(option.value, abs=1e-6)
        seen.add(decision.move)
    assert {"press", "package", "answer", "impose", "review", "lift"} <= seen


def test_an_option_that_ends_the_dispute_does_not_depend_on_the_type() -> None:
    by_move = {d.move: (d, q) for d, q in decisions(3)}
    for move, label in (("answer", "concede"), ("impose", "back down"), ("review", "concede"), ("lift", "lift")):
        decision, quarter = by_move[move]
        weak, strong = worth_by_type(decision, quarter)[label]
        assert weak == strong == next(o.value for o in decision.options if o.label == label)


def test_games_with_equal_content_are_one_game() -> None:
    assert make_dispute(1) == make_dispute(1)
    assert hash(make_dispute(1)) == hash(make_dispute(1))
    assert make_dispute(1) != make_dispute(2)
    assert make_dispute(1) != make_dispute(1, review=0.6)
