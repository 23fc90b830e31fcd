"""Games played at random end or fail by name, and replay to the byte; `python tests/random_games.py` plays more."""

from __future__ import annotations

from pathlib import Path

import pytest

from coercion_sim.analysis import play
from coercion_sim.errors import GameError, InvalidInput, Problem
from random_games import sample

pytestmark = pytest.mark.usefixtures("tables_in_memory")


def test_a_dozen_random_games_end_or_fail_by_name_and_replay(tmp_path: Path) -> None:
    went = sample(12, 1, tmp_path, ["tiny"])
    assert went.total() == 12
    assert went["tiny: ended"] >= 6


@pytest.mark.slow
def test_many_random_games_with_many_disputes(tmp_path: Path) -> None:
    went = sample(150, 1001, tmp_path, ["tiny", "many"])
    assert went.total() == 150
    assert sum(n for what, n in went.items() if what.endswith(("ended", "long"))) >= 75


def test_a_draw_without_an_equilibrium_is_passed_over(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from coercion_sim.analysis.play import session

    first = play(tiny, "CHN", policy="respond_as_allies", seed=1)
    replayed = session.replayed

    def failing(job: object, game: session.SavedGame, **more: object) -> object:
        if game.replicate == first.game.replicate:
            raise GameError(Problem("no equilibrium was found"))
        return replayed(job, game, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(session, "replayed", failing)
    assert play(tiny, "CHN", policy="respond_as_allies", seed=1).game.replicate == first.game.replicate + 1
    with pytest.raises(GameError, match="no equilibrium"):
        play(tiny, "CHN", policy="respond_as_allies", seed=1, replicate=first.game.replicate)
    monkeypatch.setattr(session, "DRAWS_TRIED", 1)
    with pytest.raises(InvalidInput, match="in 1 draws from draw 0"):
        play(tiny, "CHN", policy="respond_as_allies", seed=1)
