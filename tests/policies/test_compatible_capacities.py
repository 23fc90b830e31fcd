"""compatible_capacities: what is cut, how far, and what is left alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from fake_situation import STATES, FakeSituation, ban
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from coercion_sim.economy import Measure
from coercion_sim.policies import (
    Combined,
    CompatibleCapacities,
    CompatibleCapacitiesParameters,
    Pledge,
    RespondAsAllies,
    RespondAsAlliesParameters,
    Response,
    Retaliate,
)
from coercion_sim.policies.compatible_capacities import largest_part

MEMBERS = ("AUS", "USA", "JPN")


def compatible(harm: float = 0.01, **parameters: Any) -> CompatibleCapacities:
    return CompatibleCapacities(CompatibleCapacitiesParameters(**({"members": MEMBERS, "harm": harm} | parameters)))


def economy(**harms: dict[str, float]) -> FakeSituation:
    """Whoever acts does this much harm, percent of GDP, to each state at a unit's distance from doing nothing."""

    def effects(measures: Sequence[Measure]) -> np.ndarray[Any, np.dtype[np.float64]]:
        found = np.zeros(len(STATES))
        for m in measures:
            done = m.size if m.kind == "import_tariff" else abs(1.0 - m.size)
            for state, value in harms.get(m.by, {}).items():
                found[STATES.index(state)] -= value * done
        return found

    return FakeSituation(effects=effects)


def own(kind: str, by: str, size: float, purpose: str = "retaliate", on: str = "CHN") -> Measure:
    return Measure(kind, by, on, ("goods",), size, 3, 3, purpose=purpose, name=f"{kind} {by}")


# ------------------------------------------------------------------ how far


@given(st.floats(0.3, 4.0), st.floats(1e-4, 0.5), st.floats(1.01, 1000.0))
@settings(max_examples=200, deadline=None)
def test_the_largest_part_does_just_the_harm_allowed(power: float, most: float, worse: float) -> None:
    """Harm of every curvature, from a little above the limit to a thousand times it."""
    asked: list[float] = []

    def harm(part: float) -> float:
        asked.append(part)
        return float(most * worse * part**power)

    part = largest_part(harm, most)
    assert 0.99 * most <= most * worse * part**power <= most
    assert len(asked) <= 40


def test_what_does_little_harm_is_left_as_it_is_and_without_any_allowance_nothing_is() -> None:
    assert largest_part(lambda part: 0.01 * part, 0.01) == 1.0
    assert largest_part(lambda part: 0.01 * part, 0.0) == 0.0
    assert largest_part(lambda part: 0.0, 0.0) == 1.0


@pytest.mark.parametrize(
    ("kind", "size", "size_left"),
    [
        ("import_barrier", 1.4, 1.1),
        ("export_control", 1.2, 1.1),
        ("export_ban", 0.1, 0.9),
        ("import_tariff", 0.25, 0.1),
    ],
)
@pytest.mark.parametrize("purpose", ["derisk", "retaliate"])
def test_every_kind_of_own_measure_is_brought_towards_nothing(
    kind: str, size: float, size_left: float, purpose: str
) -> None:
    """A tenth of a unit does the harm allowed to Australia, the member hurt most."""
    given_ = own(kind, "USA", size, purpose)
    (kept,) = compatible(0.01).amend(economy(USA={"AUS": 0.1, "JPN": 0.05}), (given_,))
    assert kept.size == pytest.approx(size_left, abs=1.1e-3)
    assert abs(kept.size - 1) <= 0.1 or kind == "import_tariff"  # never more than is allowed
    assert kept == replace(given_, size=kept.size)


# ------------------------------------------------------------------ what is left alone


def test_harm_to_oneself_to_outsiders_and_to_the_competitor_does_not_count() -> None:
    given_ = (own("export_ban", "USA", 0.1), own("import_barrier", "JPN", 1.5, "derisk"))
    here = economy(USA={"USA": 9.0, "KOR": 9.0, "CHN": 9.0}, JPN={"AUS": 0.01})
    assert compatible(0.01).amend(here, given_) == given_


@pytest.mark.parametrize(
    "given_",
    [
        own("export_ban", "KOR", 0.1),  # no member
        own("import_tariff", "USA", 0.25, "retaliate", on="JPN"),  # on a member
        own("import_subsidy", "USA", 0.1, "absorb", on="KOR"),
        own("facilitation", "USA", 0.9, "integrate", on="KOR"),
        Measure("transfer", "USA", "KOR", (), 5.0, purpose="compensate"),
        own("export_ban", "USA", 0.1, on="PRK"),  # beyond the matrix: no trade to look at
    ],
    ids=lambda m: f"{m.purpose} {m.by}-{m.on}",
)
def test_help_integration_and_others_measures_are_left_alone(given_: Measure) -> None:
    everywhere = {s: dict.fromkeys(STATES, 9.0) for s in STATES}
    assert compatible().amend(economy(**everywhere), (given_,)) == (given_,)


def test_a_measure_of_which_nothing_is_left_is_dropped_and_order_kept() -> None:
    given_ = (own("export_ban", "USA", 0.1), own("export_ban", "JPN", 0.1), own("export_ban", "AUS", 0.1))
    kept = compatible(0.01).amend(economy(JPN={"AUS": 100.0}), given_)
    assert kept == (given_[0], given_[2])


def test_it_does_nothing_of_its_own() -> None:
    here = replace(economy(), given=[ban("coal")])
    assert compatible().respond(here) == compatible().prepare(here) == Response()
    assert compatible().pledge(here, "CHN", "AUS") is None


def test_joined_to_an_answer_it_cuts_what_that_asks_for() -> None:
    answer = RespondAsAllies(RespondAsAlliesParameters(instruments=("retaliate",), retaliate_open=0.2))
    here = replace(economy(USA={"JPN": 0.02}), given=[ban("coal")])
    both = Combined([answer, compatible()])
    sizes = {m.by: m.size for m in both.amend(here, both.respond(here).measures)}
    assert sizes == {"USA": pytest.approx(0.5, abs=0.006), "JPN": 0.2}
    assert sizes["USA"] >= 0.5


# ------------------------------------------------------------------ promises

PROMISE = Pledge(("USA", "JPN"), 0.1, ("compensate", "retaliate")).with_instrument(Retaliate(retaliate_open=0.2))


def left_open(pledge: Pledge) -> float:
    return pledge.instrument(Retaliate).retaliate_open


def test_the_cut_off_promised_is_opened_until_no_member_s_own_hurts_another() -> None:
    """The USA's may be half a unit, Japan's a fifth: one promise, the smaller."""
    here = economy(USA={"JPN": 0.02}, JPN={"USA": 0.05})
    made = compatible().amend_pledge(PROMISE, here, "CHN", "AUS")
    assert made == PROMISE.with_instrument(Retaliate(retaliate_open=left_open(made)))
    assert 0.8 <= left_open(made) <= 0.802
    alone = replace(PROMISE, allies=("USA",)).with_instrument(Retaliate(retaliate_open=0.2, dependence=0.3))
    assert 0.5 <= left_open(compatible().amend_pledge(alone, here, "CHN", "AUS")) <= 0.505


def test_a_target_that_is_a_member_counts_among_those_hurt() -> None:
    made = compatible().amend_pledge(PROMISE, economy(USA={"AUS": 0.02}), "CHN", "AUS")
    assert 0.5 <= left_open(made) <= 0.505


def test_where_nothing_is_left_of_it_retaliation_is_not_promised() -> None:
    linked = replace(PROMISE, link=1.0)
    made = compatible().amend_pledge(linked, economy(USA={"JPN": 99.0}), "CHN", "AUS")
    assert made == replace(PROMISE, promised=("compensate",)).with_instrument(Retaliate(retaliate_open=1.0))


@pytest.mark.parametrize(
    "promise",
    [
        replace(PROMISE, promised=("compensate",)),
        PROMISE.with_instrument(Retaliate(retaliate_open=1.0)),
        replace(PROMISE, allies=("KOR",)),
        PROMISE.with_instrument(Retaliate(dependence=0.99)),
    ],
)
def test_promises_without_a_member_s_cut_off_stand(promise: Pledge) -> None:
    everywhere = {s: dict.fromkeys(STATES, 9.0) for s in STATES}
    assert compatible().amend_pledge(promise, economy(**everywhere), "CHN", "AUS") == promise


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"members": ("USA", "CHN")}, "competitor CHN cannot be a member"),
        ({"members": ("USA", "USA")}, "listed twice"),
        ({"members": ("USA",)}, "at least 2"),
        ({"harm": -0.1}, "harm"),
    ],
    ids=str,
)
def test_contradictory_parameters_are_refused(wrong: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        CompatibleCapacitiesParameters(**wrong)
