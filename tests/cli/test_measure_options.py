"""Options of measures: every form, groups and words, and all faults of a command at once."""

from __future__ import annotations

from itertools import product
from typing import Any

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coercion_sim.analysis import Vocabulary
from coercion_sim.cli.economy_options import Base, economy_options, read_options
from coercion_sim.cli.measures import (
    OPTIONS,
    measure_options,
    parse_measure,
    read_measures,
    sectors_of,
    states_of,
    warn,
)
from coercion_sim.economy import EconomyParameters, Measure
from coercion_sim.errors import InvalidInput, Problem
from coercion_sim.world import World
from fakes.tiny import SECTORS, STATES, tiny_world

WORLD = tiny_world()
RATE = OPTIONS["tariff"].form
NOTHING: dict[str, tuple[str, ...]] = {}


def options(given: dict[str, tuple[str, ...]], *settings: str, states: tuple[str, ...] = (), **more: Any) -> Any:
    command = click.Command("shock", params=[], callback=lambda: None)
    for add in (measure_options, economy_options):
        command = add(command)
    defaults = command.make_context("shock", []).params
    return read_options(Base(WORLD, (), EconomyParameters()), defaults | given | {"settings": settings} | more, states)


@pytest.mark.parametrize(
    ("option", "parts", "least"),
    [("ban", ("BY", "ON", "SECTORS", "OPEN"), 3), ("tariff", ("BY", "ON", "SECTORS", "RATE"), 4),
     ("transfer", ("BY", "ON", "AMOUNT"), 3)],
)  # fmt: skip
def test_a_form_says_which_parts_must_be_given(option: str, parts: tuple[str, ...], least: int) -> None:
    assert (OPTIONS[option].parts, OPTIONS[option].least) == (parts, least)


@given(
    st.sampled_from(["ban", "export_ban"]), st.lists(st.sampled_from(STATES), min_size=1, max_size=3, unique=True),
    st.lists(st.sampled_from(STATES), min_size=1, max_size=3, unique=True),
    st.lists(st.sampled_from(SECTORS), min_size=1, unique=True),
    st.floats(0, 0.99),
)  # fmt: skip
def test_a_list_gives_one_measure_for_each_pair(
    option: str, by: list[str], on: list[str], sectors: list[str], size: float
) -> None:
    problems: list[Problem] = []
    text = ":".join([",".join(by), ",".join(on), ",".join(sectors), repr(size)])
    made = parse_measure(WORLD, option, text, problems)
    pairs = [(b, o) for b, o in product(by, on) if b != o]
    if not pairs:
        assert made == ()
        assert problems
        return
    assert problems == []
    assert [(m.by, m.on) for m in made] == pairs
    assert {(m.sectors, m.size, m.kind) for m in made} == {(tuple(sectors), size, OPTIONS[option].kind)}


def test_a_share_left_stands_instead_of_a_size() -> None:
    (measure,) = parse_measure(WORLD, "ban", "China:Australia:wine:left=0.05", [])
    assert (measure.by, measure.on, measure.left) == ("CHN", "AUS", 0.05)


@pytest.mark.parametrize(
    ("option", "text", "says"),
    [
        ("ban", "CHN:AUS", "SECTORS must be given; found 2 parts"),
        ("tariff", "CHN:AUS:coal", "RATE must be given; found 3 parts"),
        ("ban", "CHN::coal", "cannot be read"),
        ("ban", "CHN:AUS:coal:0:0", "cannot be read; found 5 parts"),
        ("tariff", "CHN:AUS:coal:25%", f"RATE is not a number; found '25%'; allowed: {RATE}; did you mean 0.25?"),
        ("tariff", "CHN:AUS:coal:high", "RATE is not a number; found 'high'"),
        ("ban", "CHN:AUD:coal", "did you mean AUS?"),
        ("ban", "CHN:AUS:cole", "did you mean coal?"),
        ("ban", "CHN:AUS:coal:1.5", "--ban CHN:AUS:coal:1.5: "),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_read_is_named_with_its_option(option: str, text: str, says: str) -> None:
    problems: list[Problem] = []
    assert parse_measure(WORLD, option, text, problems) == ()
    assert any(says in str(problem) for problem in problems), problems
    assert all(problem.key == f"--{option} {text}" for problem in problems)


def test_words_and_groups_are_states_and_what_is_broader_is_noted() -> None:
    grouped = World.from_flows(
        "w", STATES, SECTORS, WORLD.flows, 4.0, groups={"PACT": ("AUS", "USA")}, state_names=WORLD.state_names
    )
    words, faults, notes = Vocabulary(grouped), list[Problem](), list[str]()
    assert states_of(grouped, words, "PACT, Japan, AUS", faults) == ("AUS", "USA", "JPN")
    assert sectors_of(grouped, words, "coal, goods", faults, notes) == ("coal", "goods")
    assert (faults, notes) == ([], [])
    assert states_of(grouped, words, "Narnia", faults) == ()
    assert len(faults) == 1


def test_measures_of_several_options_come_in_their_order_and_notes_once() -> None:
    problems: list[Problem] = []
    given = {"ban": ("CHN:AUS:coal", "CHN:USA:wine"), "tariff": ("USA:CHN:coal:0.1",)}
    made, notes = read_measures(WORLD, given, problems)
    assert [(m.kind, m.by, m.on) for m in made] == [
        ("import_ban", "CHN", "AUS"), ("import_ban", "CHN", "USA"), ("import_tariff", "USA", "CHN"),
    ]  # fmt: skip
    assert (notes, problems) == ((), [])


def test_an_option_given_twice_counts_twice_and_is_noted() -> None:
    text = "USA:CHN:coal:0.1"
    made, notes = read_measures(WORLD, {"tariff": (text, text), "subsidy": (text,)}, [])
    assert len(made) == 3
    assert notes == (f"--tariff {text} stands 2 times, and every one counts.",)


def test_a_tariff_likely_in_percent_is_warned_of(capsys: pytest.CaptureFixture[str]) -> None:
    high = Measure("import_tariff", "USA", "CHN", ("coal",), 25.0, name="tariff USA:CHN:coal:25")
    warn([high, high], ["a note"])
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "note: a note"
    assert len(lines) == 2
    assert "did you mean 0.25?" in lines[1]


def test_settings_of_the_economy_and_stuck_sectors_are_read() -> None:
    measures, parameters, world = options(
        {"ban": ("CHN:AUS:coal",)}, "economy.factor_mobility=1.2", "input_substitution = 0.5",
        stuck=("coal,wine:4", "services"), elasticities="5",
    )  # fmt: skip
    assert len(measures) == 1
    assert (parameters.factor_mobility, parameters.input_substitution) == (1.2, 0.5)
    assert [(s.sectors, s.until) for s in parameters.stuck] == [(("coal", "wine"), 3), (("services",), None)]
    assert world.trade_elasticity.tolist() == [5.0] * 3
    assert options({"ban": ("CHN:AUS:coal",)})[2] is WORLD


def test_every_fault_of_a_command_is_named_at_once() -> None:
    with pytest.raises(InvalidInput) as error:
        options(NOTHING, "mobility=1", "factor_mobility=x", stuck=("coal:0",), elasticities="none", states=("Narnia",))
    keys = [problem.key for problem in error.value.problems]
    assert keys.count("--set") == 1
    assert {"--set factor_mobility", "--stuck coal:0"} <= set(keys)
    assert error.value.problems[0].message == "name at least one measure"
    assert len(keys) == 6
