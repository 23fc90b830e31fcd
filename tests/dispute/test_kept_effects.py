"""Effects kept in a file between commands: the same bytes, nothing solved twice, no trust in a damaged file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from coercion_sim.dispute import effect_store, effects, effects_kept
from coercion_sim.economy import EconomyParameters, Measure
from support.worlds import random_world

WORLD, PARAMETERS = random_world(3, 3, 4), EconomyParameters()
BAN = (Measure("import_ban", WORLD.states[0], WORLD.states[1], "all", 0.3),)
LICENCE = (Measure("export_control", WORLD.states[1], WORLD.states[0], "all", 1.2),)


@pytest.fixture(autouse=True)
def _a_process_of_its_own() -> Iterator[None]:
    effect_store.cache_clear()
    yield
    effect_store.cache_clear()


def asked(folder: Path, content: str = "draw 0") -> list[bytes]:
    """All three kinds of answers, as a command that begins with an empty memory gets them."""
    effect_store.cache_clear()
    with effects_kept(folder, content):
        store, pair = effect_store(), (WORLD.states[0], WORLD.states[1])
        answers = [
            store.long_run(WORLD, PARAMETERS, BAN),
            store.first_year_and_long_run(WORLD, PARAMETERS, (*BAN, *LICENCE), BAN),
            np.array(store.trade_between(WORLD, PARAMETERS, BAN, pair, WORLD.sectors)),
        ]
    return [answer.tobytes() for answer in answers]


def no_solves(monkeypatch: pytest.MonkeyPatch) -> None:
    def solve(*_: object, **__: object) -> None:
        raise AssertionError("solved again")

    for name in ("solve_equilibrium", "first_year"):
        monkeypatch.setattr(effects, name, solve)


def test_a_later_command_solves_nothing_and_has_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = asked(tmp_path)
    assert len(list(tmp_path.iterdir())) == 1
    no_solves(monkeypatch)
    assert asked(tmp_path) == before
    with pytest.raises(AssertionError, match="solved again"):
        asked(tmp_path, "draw 1")


def test_another_question_of_the_same_draw_is_solved_and_added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked(tmp_path)
    effect_store.cache_clear()
    with effects_kept(tmp_path, "draw 0"):
        other = effect_store().long_run(WORLD, PARAMETERS, LICENCE).tobytes()
    assert other != asked(tmp_path)[0]
    no_solves(monkeypatch)
    effect_store.cache_clear()
    with effects_kept(tmp_path, "draw 0"):
        assert effect_store().long_run(WORLD, PARAMETERS, LICENCE).tobytes() == other


@pytest.mark.parametrize("spoilt", [b"", b"PK\x03\x04 no archive", None])
def test_a_damaged_file_is_a_miss_and_replaced(tmp_path: Path, spoilt: bytes | None) -> None:
    before = asked(tmp_path)
    (file,) = tmp_path.iterdir()
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2] if spoilt is None else spoilt)
    assert asked(tmp_path) == before
    assert file.read_bytes() == whole


def test_nothing_is_kept_without_a_folder() -> None:
    with effects_kept(None, "draw 0"):
        assert effect_store().used is None
