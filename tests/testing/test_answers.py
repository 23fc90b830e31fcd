"""Judgements of answers, for any measure: what is weaker passes, what is stronger or aimed elsewhere does not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coercion_sim.economy import KINDS, NON_ECONOMIC, Measure
from coercion_sim.policies import Pledge, Response
from coercion_sim.testing import amend_problems, help_problems, pledge_problems, response_problems, small_world

WORLD = small_world()
#: The size at which a kind does nothing.
IDLE = {"open": 1.0, "factor": 1.0}
SIZED = [k for k in KINDS.values() if k.high > k.low and k.name not in NON_ECONOMIC]


@st.composite
def shown(draw: st.DrawFn) -> tuple[Measure, float]:
    """A measure of any kind and size by the USA on China, and the size at which it would do nothing."""
    kind = draw(st.sampled_from(SIZED))
    size = draw(st.floats(kind.low, min(kind.high, 50.0)))
    sectors = () if kind.name == "transfer" else ("coal", "wine")
    made = Measure(kind.name, "USA", "CHN", sectors, size, 2, 6, purpose="retaliate", name="shown")
    return made, IDLE.get(kind.size, 0.0)


def judged(measure: Measure, *kept: Measure) -> set[str]:
    return {rule for rule, _ in amend_problems((measure,), kept, WORLD)}


@given(shown(), st.floats(0.0, 1.0))
def test_a_weaker_measure_and_none_at_all_pass(made: tuple[Measure, float], share: float) -> None:
    measure, idle = made
    weaker = replace(measure, size=idle + share * (measure.size - idle))
    if abs(weaker.size - idle) <= abs(measure.size - idle):  # rounding may add a last bit
        assert judged(measure, weaker) == set()
    assert judged(measure, measure) == set()
    assert judged(measure) == set()


@given(shown(), st.floats(0.01, 0.5))
def test_a_stronger_measure_does_not_pass(made: tuple[Measure, float], more: float) -> None:
    measure, idle = made
    kind = KINDS[measure.kind]
    size = measure.size + more * (1.0 if measure.size > idle or kind.low == idle else -1.0)
    if kind.low <= size <= kind.high:
        assert judged(measure, replace(measure, size=size)) == {"only_weakens"}


@given(shown(), st.sampled_from(["by", "on"]), st.sampled_from(["JPN", "KOR"]))
def test_a_measure_aimed_elsewhere_or_there_twice_does_not_pass(
    made: tuple[Measure, float], end: str, state: str
) -> None:
    measure, _ = made
    assert judged(measure, replace(measure, **{end: state})) == {"only_weakens"}
    assert judged(measure, measure, measure) == {"only_weakens"}
    assert judged(measure, replace(measure, until=7)) == {"only_weakens"}
    assert judged(measure, replace(measure, start=1)) == {"only_weakens"}


def test_a_measure_may_be_split_by_sector_and_weakened_in_one() -> None:
    tariff = Measure("import_tariff", "USA", "CHN", ("goods",), 0.2, 2, 6, purpose="retaliate", name="shown")
    parts = [replace(tariff, sectors=(s,), size=size) for s, size in (("coal", 0.2), ("wine", 0.1), ("chips", 0.0))]
    assert judged(tariff, *parts) == set()
    assert judged(tariff, *parts, parts[0]) == {"only_weakens"}
    assert judged(tariff, replace(tariff, sectors=("all",))) == {"only_weakens"}


@given(st.floats(0.0, 1e4), st.floats(0.0, 1e4), st.floats(0.0, 0.9))
def test_help_is_money_and_planned_subsidies_together(loss: float, money: float, rate: float) -> None:
    sold = 1000.0
    asked = (
        Measure("transfer", "USA", "AUS", (), money, 2, 2, purpose="compensate"),
        Measure("import_subsidy", "JPN", "AUS", ("coal",), rate, 2, 2, purpose="absorb"),
    )
    found = list(help_problems(asked, {"AUS": loss}, lambda exporter, importer, sectors: sold))
    over = money + rate * sold - loss
    if abs(over) > 1e-3:
        assert bool(found) == (over > 0)


def buys(**changed: object) -> Measure:
    """Subsidy of Australian coal in quarter 3, which is within every rule unless changed."""
    usual = {"by": "USA", "on": "AUS", "sectors": ("coal",), "purpose": "absorb", "start": 3, "until": 3}
    return Measure(**{"kind": "import_subsidy", "size": 0.1, **usual, **changed})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("measure", "hook", "broken"),
    [
        (buys(), "respond", set()),
        (buys(until=4), "respond", {"dates"}),
        (buys(start=2), "respond", {"dates"}),
        (buys(purpose="integrate"), "respond", {"purposes"}),
        (buys(by="XXX"), "respond", {"valid_answer"}),
        (buys(sectors=("tea",)), "respond", {"valid_answer"}),
        (buys(purpose="integrate", start=7, until=None), "prepare", set()),
        (buys(purpose="integrate", start=8, until=None), "prepare", {"dates"}),
        (buys(purpose="absorb", until=None), "prepare", {"purposes"}),
    ],
)
def test_a_measure_is_judged_by_dates_purpose_and_names(measure: Measure, hook: str, broken: set[str]) -> None:
    assert {rule for rule, _ in response_problems(Response((measure,)), WORLD, hook, 3, 7)} == broken


def test_a_sector_banned_and_promoted_at_once_is_no_valid_answer() -> None:
    ban = Measure("import_ban", "USA", "AUS", ("goods",), 0.5, 3, 3, purpose="retaliate")
    ((rule, problem),) = response_problems(Response((buys(), ban)), WORLD, "respond", 3, 7)
    assert rule == "valid_answer"
    assert "coal" in problem
    assert [rule for rule, _ in response_problems((buys(),), WORLD, "respond", 3, 7)] == ["valid_answer"]


@given(st.floats(-2.0, 200.0), st.sampled_from(["strength", "link", "required_cut"]))
def test_a_pledge_is_valid_within_its_ranges_alone(value: float, name: str) -> None:
    pledge = replace(Pledge(("USA", "JPN"), 0.2), **{name: value})  # type: ignore[arg-type]
    problems = list(pledge_problems(pledge, WORLD, "CHN", "AUS"))
    assert bool(problems) == (not 0.0 <= value <= (100.0 if name == "strength" else 1.0))


@pytest.mark.parametrize(("allies", "count"), [(("USA",), 0), (("USA", "USA"), 1), (("AUS",), 1), (("CHN", "XXX"), 2)])
def test_a_pledge_names_third_states_once_each(allies: tuple[str, ...], count: int) -> None:
    assert len(list(pledge_problems(Pledge(allies, 0.2), WORLD, "CHN", "AUS"))) == count
