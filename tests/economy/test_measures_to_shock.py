"""Measures as arrays: each kind reaches the right cells with the right number, and combines as model.md §4 says."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from coercion_sim.economy import KINDS, NON_ECONOMIC, Measure, Shock, compile_shock
from coercion_sim.errors import MeasureError
from coercion_sim.world import World
from support.small import STATES, small_world

A, C, U = (STATES.index(s) for s in ("AUS", "CHN", "USA"))
COAL, WINE, PARTS, SERVICES = range(4)
ARRAYS = ("tariff", "barrier", "open", "productivity", "transfer")


@pytest.fixture(scope="module")
def world() -> World:
    return small_world()


def expect(world: World, shock: Shock, array: str, cells: dict[Any, float]) -> None:
    """The array differs from the baseline in these cells and these alone, and no other array differs at all."""
    for name in ARRAYS:
        wanted = np.array(getattr(Shock.none(world), name))
        for cell, value in cells.items() if name == array else ():
            wanted[cell] = value
        np.testing.assert_allclose(getattr(shock, name), wanted, rtol=1e-15, atol=1e-15, err_msg=name)


#: kind, size, array, (exporter, importer) of CHN acting on AUS, value in that cell of coal.
EFFECTS = [
    ("import_tariff", 0.8, "tariff", (A, C), 0.8),
    ("import_subsidy", 0.1, "tariff", (A, C), -0.1),
    ("import_ban", 0.02, "open", (A, C), 0.02),
    ("export_ban", 0.1, "open", (C, A), 0.1),
    ("import_barrier", 1.3, "barrier", (A, C), 1.3),
    ("export_control", 1.25, "barrier", (C, A), 1.25),
    ("facilitation", 0.95, "barrier", (A, C), 0.95),
]


@pytest.mark.parametrize(
    ("kind", "size", "array", "flow", "value"), EFFECTS, ids=lambda x: x if isinstance(x, str) else ""
)
def test_each_kind_reaches_its_own_flow(
    world: World, kind: str, size: float, array: str, flow: Any, value: float
) -> None:
    shock = compile_shock(world, [Measure(kind, "CHN", "AUS", ("coal",), size)])
    expect(world, shock, array, {(COAL, *flow): value})


def test_every_kind_there_is_is_tested_here() -> None:
    assert {kind for kind, *_ in EFFECTS} | {"transfer", "statement", *NON_ECONOMIC} == set(KINDS)


def test_words_change_nothing(world: World) -> None:
    expect(world, compile_shock(world, [Measure("statement", "USA", "CHN", ())]), "none", {})


def test_pressure_that_is_not_trade_changes_no_flow_whoever_exerts_it(world: World) -> None:
    patrols = [Measure("military", "IRN", "AUS", (), 0.3), Measure("disinformation", "CHN", "AUS", (), 0.1)]
    expect(world, compile_shock(world, patrols), "none", {})


def test_money_goes_from_one_to_the_other_and_sums_to_zero(world: World) -> None:
    gifts = [Measure("transfer", "USA", "AUS", (), 30.0), Measure("transfer", "JPN", "AUS", (), 12.5)]
    shock = compile_shock(world, gifts)
    expect(world, shock, "transfer", {A: 42.5, U: -30.0, STATES.index("JPN"): -12.5})
    assert shock.transfer.sum() == 0.0


def test_tags_and_all_name_sectors(world: World) -> None:
    ban = Measure("import_ban", "CHN", "AUS", ("goods",), 0.5)
    expect(world, compile_shock(world, [ban]), "open", dict.fromkeys([(j, A, C) for j in (COAL, WINE, PARTS)], 0.5))
    every = Measure("import_ban", "CHN", "AUS", ("all",), 0.5)
    expect(world, compile_shock(world, [every]), "open", dict.fromkeys([(j, A, C) for j in range(4)], 0.5))


def test_a_sector_named_twice_is_hit_once(world: World) -> None:
    ban = Measure("import_tariff", "CHN", "AUS", ("coal", "goods", "coal"), 0.5)
    shock = compile_shock(world, [ban])
    assert shock.tariff[COAL, A, C] == 0.5


def test_tariffs_add_to_each_other_and_to_the_baseline(world: World) -> None:
    duties = [Measure("import_tariff", "CHN", "AUS", ("wine",), rate) for rate in (1.0, 0.5)]
    expect(world, compile_shock(world, duties), "tariff", {(WINE, A, C): 0.05 + 1.0 + 0.5})


def test_a_subsidy_is_taken_off_the_tariff(world: World) -> None:
    both = [
        Measure("import_tariff", "CHN", "AUS", ("wine",), 0.2),
        Measure("import_subsidy", "CHN", "AUS", ("wine",), 0.1),
    ]
    expect(world, compile_shock(world, both), "tariff", {(WINE, A, C): 0.05 + 0.2 - 0.1})


def test_bans_and_barriers_of_both_sides_of_a_flow_multiply(world: World) -> None:
    both = [Measure("import_ban", "CHN", "AUS", ("coal",), 0.5), Measure("export_ban", "AUS", "CHN", ("coal",), 0.2)]
    expect(world, compile_shock(world, both), "open", {(COAL, A, C): 0.1})
    both = [
        Measure("import_barrier", "CHN", "AUS", ("coal",), 1.5),
        Measure("export_control", "AUS", "CHN", ("coal",), 1.2),
        Measure("facilitation", "CHN", "AUS", ("coal",), 0.9),
    ]
    expect(world, compile_shock(world, both), "barrier", {(COAL, A, C): 1.5 * 1.2 * 0.9})


def test_the_order_of_measures_does_not_matter(world: World) -> None:
    measures = [
        Measure(kind, by, on, ("goods",), size)
        for kind, size, *_ in EFFECTS
        for by, on in (("CHN", "AUS"), ("AUS", "CHN"))
    ]
    one, other = compile_shock(world, measures), compile_shock(world, measures[::-1])
    for name in ARRAYS:
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=1e-14, err_msg=name)


@pytest.mark.parametrize(
    ("kind", "size", "array", "steps"),
    [
        ("import_tariff", 0.8, "tariff", (0.0, 0.2, 0.4, 0.6, 0.8, 0.8, 0.0)),
        ("import_subsidy", 0.4, "tariff", (0.0, -0.1, -0.2, -0.3, -0.4, -0.4, 0.0)),
        ("import_ban", 0.2, "open", (1.0, 0.8, 0.6, 0.4, 0.2, 0.2, 1.0)),
        ("import_barrier", 1.4, "barrier", (1.0, 1.1, 1.2, 1.3, 1.4, 1.4, 1.0)),
        ("facilitation", 0.8, "barrier", (1.0, 0.95, 0.9, 0.85, 0.8, 0.8, 1.0)),
    ],
)
def test_phase_in_takes_equal_steps_and_ends_at_once(
    world: World, kind: str, size: float, array: str, steps: tuple[float, ...]
) -> None:
    measure = Measure(kind, "CHN", "AUS", ("coal",), size, start=1, until=5, phase_in=4)
    for quarter, value in enumerate(steps):
        cells = {(COAL, A, C): value}
        expect(world, compile_shock(world, [measure], quarter), array, cells)


def test_money_is_phased_in_too_and_sums_to_nothing_all_along(world: World) -> None:
    gift = Measure("transfer", "CHN", "AUS", (), 80.0, start=1, until=5, phase_in=4)
    for quarter, paid in enumerate((0.0, 20.0, 40.0, 60.0, 80.0, 80.0, 0.0)):
        transfer = compile_shock(world, [gift], quarter).transfer
        assert (transfer[A], transfer[C]) == pytest.approx((paid, -paid))
        assert np.abs(transfer).sum() == pytest.approx(2 * paid)


def test_without_a_quarter_every_measure_acts_in_full(world: World) -> None:
    late = Measure("import_ban", "CHN", "AUS", ("coal",), 0.2, start=30, until=35, phase_in=8)
    expect(world, compile_shock(world, [late]), "open", {(COAL, A, C): 0.2})


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"kind": "import_bann"}, "import_ban"),
        ({"purpose": "coersion"}, "coercion"),
        ({"size": -2.0}, "0 to 1"),
        ({"size": 1.5}, "0 to 1"),
        ({"size": math.nan}, "0 to 1"),
        ({"kind": "import_tariff", "size": math.inf}, "0 to 1000"),
        ({"kind": "statement", "size": 1.0}, "0 to 0"),
        ({"on": "CHN"}, "cannot act on itself"),
        ({"start": -1}, "first quarter"),
        ({"start": 5, "until": 3}, "from 5 until 3"),
        ({"phase_in": 0}, ">= 1"),
        ({"sectors": ()}, "names no sector"),
    ],
    ids=str,
)
def test_a_measure_that_cannot_be_is_refused(wrong: dict[str, Any], said: str) -> None:
    good: dict[str, Any] = {"kind": "import_ban", "by": "CHN", "on": "AUS", "sectors": ("coal",), "size": 0.5}
    Measure(**good)
    with pytest.raises(MeasureError) as caught:
        Measure(**(good | wrong))
    assert len(caught.value.problems) == 1
    assert said in str(caught.value)


def test_unknown_states_and_sectors_of_every_measure_are_named_with_the_nearest(world: World) -> None:
    measures = [
        Measure("import_ban", "CHN", "AUX", ("coal",), 0.0, name="first"),
        Measure("import_ban", "CHN", "AUS", ("cole",), 0.0, name="second"),
    ]
    with pytest.raises(MeasureError) as caught:
        compile_shock(world, measures)
    found = {p.key: p.suggestion for p in caught.value.problems}
    assert found == {"first": "AUS", "second": "coal"}


def test_subsidies_that_add_up_to_the_whole_price_are_refused_with_the_flow(world: World) -> None:
    halves = [Measure("import_subsidy", "USA", "AUS", ("coal",), 0.5) for _ in range(2)]
    with pytest.raises(MeasureError, match="coal from AUS to USA"):
        compile_shock(world, halves)


def test_the_world_s_own_tariffs_are_left_alone(world: World) -> None:
    before = world.tariff.copy()
    compile_shock(world, [Measure("import_tariff", "CHN", "AUS", ("all",), 1.0)])
    np.testing.assert_array_equal(world.tariff, before)
