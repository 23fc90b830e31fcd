"""A stored payoff table is found again by what decides it, the code included."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from importlib import import_module
from pathlib import Path

import pytest

import coercion_sim
from coercion_sim.dispute import Economy, PayoffQuestion
from coercion_sim.economy import EconomyParameters
from coercion_sim.files import code_hash
from coercion_sim.policies import Absorb
from support.small import small_world

stores = import_module("coercion_sim.dispute.payoff_table")  # the face has a function of this name
WORLD, PLAIN = small_world(), EconomyParameters()
CHINA = PayoffQuestion("CHN", "AUS")


def test_a_key_is_of_the_economy_the_question_and_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    key = stores.content_of(Economy(WORLD, PLAIN), CHINA)
    assert key == stores.content_of(Economy(WORLD, PLAIN), CHINA)
    others = {
        stores.content_of(Economy(WORLD, PLAIN), PayoffQuestion("USA", "AUS")),
        stores.content_of(Economy(WORLD, replace(PLAIN, factor_mobility=PLAIN.factor_mobility + 0.1)), CHINA),
        stores.content_of(Economy(WORLD, PLAIN), PayoffQuestion("CHN", "AUS", instruments=(Absorb(absorb_rate=0.2),))),
        stores.content_of(Economy(replace(WORLD, flows=WORLD.flows * 1.01), PLAIN), CHINA),
    }
    monkeypatch.setattr(stores, "code_hash", lambda rooms: "another solver")
    others.add(stores.content_of(Economy(WORLD, PLAIN), CHINA))
    assert len(others | {key}) == 6


def test_the_hash_of_code_is_over_paths_and_text() -> None:
    root = Path(coercion_sim.__file__).parent
    by_hand = sha256()
    for path in (root / "errors.py", *sorted((root / "games").rglob("*.py"))):
        by_hand.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    assert code_hash(("errors.py", "games")) == by_hand.hexdigest()
    assert code_hash(("errors.py",)) != code_hash(("errors.py", "games"))
