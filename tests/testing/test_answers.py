"""Judgements of answers, for any measure: what is weaker passes, what is stronger or aimed elsewhere does not."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from coercion_sim.economy import KINDS, NON_ECONOMIC, Measure
from coercion_sim.testing import amend_problems, help_problems, small_world

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
