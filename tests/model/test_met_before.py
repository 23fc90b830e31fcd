"""What a process solved before is used again and changes no bit of any run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coercion_sim.dispute.effects import EffectStore, effect_store
from coercion_sim.economy import EconomyParameters, Measure, solutions, solver
from coercion_sim.economy.anderson import MOST_READ
from coercion_sim.model import run_once
from support.small import small_scenario, small_world

POLICIES = ("stand_alone", "respond_as_allies", "respond_as_allies+integrate_economies")
BAN = Measure("import_ban", "CHN", "AUS", ("coal", "wine"), 0.02)
HELP = Measure("import_subsidy", "USA", "AUS", ("coal", "wine"), 0.1)


@pytest.fixture(autouse=True)
def nothing_met_before() -> None:
    solutions.cache_clear()
    effect_store.cache_clear()


def tables(folder: Path, policy: str) -> dict[str, Any]:
    return run_once(small_scenario(folder), small_world(), policy, 0, 1).tables


def test_a_run_gives_the_same_bits_whatever_was_run_before(tmp_path: Path) -> None:
    alone: dict[str, str] = {}
    for policy in POLICIES:
        solutions.cache_clear()
        effect_store.cache_clear()
        alone[policy] = repr(tables(tmp_path, policy))
    before = solutions().hits
    for policy in reversed(POLICIES):
        assert repr(tables(tmp_path, policy)) == alone[policy], policy
    assert solutions().hits > before, "nothing was met again, so the comparison says nothing"


def test_a_run_met_before_solves_nothing(tmp_path: Path) -> None:
    first = tables(tmp_path, POLICIES[2])
    missed = solutions().missed
    assert repr(tables(tmp_path, POLICIES[2])) == repr(first)
    assert solutions().missed == missed > 0


def test_a_run_met_a_moment_before_prepares_and_reads_off_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, prepared = tables(tmp_path, POLICIES[1]), []
    prepare = solver.prepare

    def counted(*given: Any) -> Any:
        prepared.append(given)
        return prepare(*given)

    monkeypatch.setattr(solver, "prepare", counted)
    assert repr(tables(tmp_path, POLICIES[1])) == repr(first)
    assert not prepared
    solutions().read.clear()
    assert repr(tables(tmp_path, POLICIES[1])) == repr(first)
    assert prepared
    assert len(solutions().read) <= MOST_READ


def test_an_effect_beside_another_does_not_hang_on_what_was_asked_before() -> None:
    world, parameters = small_world(), EconomyParameters()
    one, other = EffectStore(), EffectStore()
    other.first_year_and_long_run(world, parameters, (BAN,))
    asked = (world, parameters, (BAN, HELP), (BAN,))
    found = one.first_year_and_long_run(*asked)
    assert found.tobytes() == other.first_year_and_long_run(*asked).tobytes()
    plain = EffectStore().first_year_and_long_run(world, parameters, (BAN, HELP))
    np.testing.assert_allclose(found, plain, rtol=0, atol=1e-6)


def test_courses_are_forgotten_in_time() -> None:
    store = EffectStore()
    for size in np.linspace(0.05, 0.9, 40):
        store.first_year_and_long_run(
            small_world(), EconomyParameters(), (Measure("import_ban", "CHN", "AUS", ("wine",), float(size)),)
        )
    assert len(store.courses) == 32
    assert len(store.answers) == 40
