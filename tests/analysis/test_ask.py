"""A question read as measures, and what they cost over draws: against a hand-made world and the model's own runs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coercion_sim import load_scenario, simulate
from coercion_sim.analysis import (
    FIRST_YEAR,
    LONG_RUN,
    Vocabulary,
    cost_of_measures,
    measures_in_words,
    numbered,
    read_question,
    three_sentences,
    what_if,
    withheld_note,
)
from coercion_sim.analysis.ask.ask import _base, _hit, _sellers
from coercion_sim.economy import Measure
from coercion_sim.errors import InvalidInput
from coercion_sim.experiments import make_design
from coercion_sim.world import World, read_labels
from fakes.tiny import SCENARIO, tiny_world, write_tiny

EUROPE, PACIFIC, WORLD = (read_labels(name) for name in ("europe-2019", "pacific-2019", "world-40"))
Read = tuple[str, str, str, tuple[str, ...], float]


def read(text: str, labels: object = PACIFIC) -> list[Read]:
    return [(m.kind, m.by, m.on, m.sectors, m.size) for m in read_question(text, labels).measures]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "measure"),
    [
        ("China bans Australian wine", ("import_ban", "CHN", "AUS", ("wine",), 0.0)),
        ("CHN ban AUS coal, wine and barley", ("import_ban", "CHN", "AUS", ("coal", "wine", "barley"), 0.0)),
        ("What if China stops buying Australia's iron ore?", ("import_ban", "CHN", "AUS", ("iron_ore",), 0.0)),
        ("Australian wine is banned by China", ("import_ban", "CHN", "AUS", ("wine",), 0.0)),
        ("the US puts a tariff of 25 % on goods from China", ("import_tariff", "USA", "CHN", ("goods",), 0.25)),
        ("tariff of 25% by USA on CHN electronics", ("import_tariff", "USA", "CHN", ("electronics",), 0.25)),
        ("USA barrier 10% CHN", ("import_barrier", "USA", "CHN", ("goods",), 1.1)),
        ("JPN export controls 50 percent to CHN machinery", ("export_control", "JPN", "CHN", ("machinery",), 1.5)),
        ("China bans exports of rare earths to Japan", ("export_ban", "CHN", "JPN", ("chemicals",), 0.0)),
        ("USA bans semiconductor exports to China", ("export_ban", "USA", "CHN", ("electronics",), 0.0)),
        ("USA bans Chinese exports", ("import_ban", "USA", "CHN", ("goods",), 0.0)),
        ("USA bans Chinese products", ("import_ban", "USA", "CHN", ("goods",), 0.0)),
    ],
)
def test_a_question_is_read_as_its_measure(text: str, measure: Read) -> None:
    assert read(text) == [measure]


@pytest.mark.parametrize(
    ("text", "kind", "on", "left"),
    [
        ("CHN cuts coal to AUS by half", "export_ban", "AUS", 0.5),
        ("CHN cuts exports of coal to AUS by 40 %", "export_ban", "AUS", 0.6),
        ("CHN reduces imports of Australian coal by two thirds", "import_ban", "AUS", 1.0 / 3.0),
        ("CHN cuts coal from AUS by a quarter", "import_ban", "AUS", 0.75),
        ("imports of Australian coal are cut by 30% by CHN", "import_ban", "AUS", 0.7),
    ],
)
def test_a_cut_is_a_ban_that_leaves_a_share_of_the_trade(text: str, kind: str, on: str, left: float) -> None:
    (m,) = read_question(text, PACIFIC).measures
    assert (m.kind, m.by, m.on, m.sectors) == (kind, "CHN", on, ("coal",))
    assert m.left == pytest.approx(left, rel=1e-12)
    assert measures_in_words([m], PACIFIC).startswith("China cuts ")


def test_a_cut_off_takes_all() -> None:
    assert read("RUS cuts off gas to DEU", EUROPE)[0][4] == 0.0


def test_exports_withheld_are_noted_and_other_measures_are_not() -> None:
    def of(text: str) -> int:
        return len(withheld_note(read_question(text, PACIFIC).measures))

    assert of("CHN export ban JPN coal") == of("CHN cuts exports of coal to JPN by half") == 1
    assert of("CHN ban JPN coal") == 0


def test_coalitions_sanctions_and_two_clauses_make_one_measure_for_each_pair() -> None:
    assert {m[1] for m in read("QUAD bans Chinese steel", EUROPE)} == {"USA", "JPN", "AUS", "IND"}
    members = set(EUROPE.groups["EU"]) - {"LTU"}
    assert {(m[0], m[1]) for m in read("the EU sanctions Lithuania", EUROPE)} == {
        (kind, s) for s in members for kind in ("import_ban", "export_ban")
    }
    first, second = read("USA tariff 25% CHN electronics and CHN tariff 10% USA agriculture")
    assert first == ("import_tariff", "USA", "CHN", ("electronics",), 0.25)
    assert second == ("import_tariff", "CHN", "USA", ("agriculture",), 0.1)
    assert (
        len({m.name for m in read_question("USA tariff 5 % CHN coal; USA tariff 9 % CHN wine", PACIFIC).measures}) == 2
    )


@pytest.mark.parametrize(
    ("text", "named", "near"),
    [
        ("Chinna bans Australian wine", "Chinna", "china"),
        ("China bans Australian wnie", "wnie", "wine"),
        ("the West bans Russian gas", "West", None),
        ("China lifts the ban on Australian wine", "lifts", None),
        ("Chinese goods face a 25 % tariff in the USA", "face", None),
        ("USA tariff 25 CHN goods", "25", None),
        ("China bans 50 % of Australian wine", "50 %", None),
        ("China bans Lithuanian goods", "Lithuanian", None),
        ("China bans chips to Taiwan", "to Taiwan", None),
        ("China Australia wine", "wine", None),
        ("bans Australian wine", "wine", None),
    ],
)
def test_what_is_not_understood_is_named(text: str, named: str, near: str | None) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_question(text, PACIFIC)
    assert any(named in str(p.found) for p in caught.value.problems)
    assert near is None or any(p.suggestion == near for p in caught.value.problems)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("China bans wine to Australia", "'to' goes with an export ban or export control"),
        ("coal of AUS banned by CHN to JPN", "'to' goes with an export ban or export control"),
        ("CHN export ban from AUS coal", "'from' goes with measures on imports"),
        ("coal CHN ban AUS", "goods stand after the action: WHO, action, WHOM, goods"),
        ("CHN ban AUS coal 25 %", "import ban takes no percentage; a cut, barrier or tariff does"),
        ("AUS coal banned by CHN and JPN 25 %", "import ban takes no percentage; a cut, barrier or tariff does"),
        ("CHN tariff AUS coal", "one percentage must be given, e.g. 25 %"),
        ("CHN cuts AUS coal", "one percentage must be given, e.g. 25 %"),
        ("CHN cuts AUS coal by 100 %", "a cut takes more than 0 and less than 100 %; a ban takes all"),
        ("ban AUS coal", "who acts is missing"),
        ("CHN ban coal", "who is acted on is missing"),
        ("CHN AUS coal", "no action is named: ban, export ban, tariff, barrier, export control, sanction, cut"),
        ("CHN ban CHN coal", "a state cannot act on itself"),
    ],
)
def test_each_fault_of_a_sentence_has_its_own_message(text: str, fault: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_question(text, PACIFIC)
    assert [(p.message, p.key) for p in caught.value.problems] == [(fault, "question")]


def test_the_states_after_by_act_and_those_before_the_action_otherwise() -> None:
    assert read("wine from AUS banned by CHN") == [("import_ban", "CHN", "AUS", ("wine",), 0.0)]
    assert read("tariff of 25 % by USA and JPN on CHN coal") == [
        ("import_tariff", by, "CHN", ("coal",), 0.25) for by in ("USA", "JPN")
    ]
    assert read("CHN, JPN export ban USA coal") == [("export_ban", by, "USA", ("coal",), 0.0) for by in ("CHN", "JPN")]


def test_notes_say_what_was_read_into_a_sentence() -> None:
    """Sanctions are both bans, for each pair of states one after the other; a state named on both sides is left out."""
    question = read_question("CHN, JPN sanctions AUS, JPN", PACIFIC)
    pairs = [("CHN", "AUS"), ("CHN", "JPN"), ("JPN", "AUS")]
    assert [(m.by, m.on, m.kind) for m in question.measures] == [
        (*pair, kind) for pair in pairs for kind in ("import_ban", "export_ban")
    ]
    assert question.notes == (
        "no goods named: all goods",
        "sanctions: imports and exports banned; finance is outside the model",
        "Japan does not act on itself",
    )
    bare = World.from_flows("bare", ["A", "B"], ["g"], np.full((1, 2, 2), 10.0), [4.0])
    assert read_question("A ban B", bare).measures[0].sectors == ("goods",)


def test_goods_that_are_part_of_a_sector_are_noted_and_a_state_of_another_world_is_named() -> None:
    assert "electronics" in read_question("USA bans Chinese chips", PACIFIC).notes[0]
    assert not read_question("USA bans Chinese wine", PACIFIC).notes
    with pytest.raises(InvalidInput, match="europe-2019, europe-2020, world-40 or world-80"):
        read_question("China bans Lithuanian goods", PACIFIC)


def test_a_label_of_the_world_goes_before_a_word() -> None:
    flows = np.full((1, 2, 2), 10.0)
    world = World.from_flows("r", ["a", "B"], ["g"], flows, [4.0])
    assert read("B bans a g", world) == [("import_ban", "B", "a", ("g",), 0.0)]
    assert Vocabulary(world).named_as("goods", "a") is None


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    problems: object = ()
    try:
        problems = read_question(text, PACIFIC).measures
    except InvalidInput as error:
        problems = error.problems
    assert problems


@given(
    st.lists(st.sampled_from(PACIFIC.states), min_size=1, max_size=3, unique=True),
    st.sampled_from(PACIFIC.states),
    st.lists(st.sampled_from(PACIFIC.sectors), min_size=1, max_size=3, unique=True),
)
def test_lists_of_labels_are_read_back(by: list[str], on: str, goods: list[str]) -> None:
    by = [s for s in by if s != on] or ["CHN" if on != "CHN" else "AUS"]
    found = read(f"{', '.join(by)} ban {on} {' and '.join(goods)}")
    assert found == [("import_ban", s, on, tuple(goods), 0.0) for s in by]


def test_measures_are_written_as_sentences() -> None:
    def words(text: str, labels: object = PACIFIC) -> str:
        return measures_in_words(read_question(text, labels).measures, labels)  # type: ignore[arg-type]

    assert words("CHN bans AUS coal, wine") == "China bans imports of coal and wine from Australia"
    assert words("EU sanctions Russia", EUROPE) == "The EU bans trade in all goods with Russia"
    war = words("USA tariff 25 % CHN goods; CHN tariff 25 % USA goods")
    assert war.count(";") == 1
    assert war.startswith("The United States puts a tariff of 25 % on all goods from China")


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    return write_tiny(tmp_path, SCENARIO.replace('from = "2020Q4"', 'from = "2020Q3"'))


def test_costs_are_those_of_the_runs_with_the_same_draws(scenario: Path) -> None:
    """First year of `stand_alone`, draw by draw; the long run of each draw by the equilibrium alone."""
    loaded = load_scenario(scenario)
    cost = cost_of_measures(loaded, tiny_world(), draws=3)
    runs = simulate(loaded, "stand_alone", replicates=3)
    rows = runs.table("states").to_pylist()
    for k in range(3):
        income = [r["real_income"] for r in rows if r["replicate"] == k and r["state"] == "AUS"]
        assert len(income) == 4
        assert cost.income[k, 0, 0] == pytest.approx(np.mean(income), abs=1e-12)
    drawn = loaded.with_values({"economy.factor_mobility": 1.3})
    settled = what_if(tiny_world(), drawn.measures_as_data(), parameters=drawn.economy_parameters())
    one = cost_of_measures(drawn, tiny_world(), draws=8)
    assert one.draws == 1
    assert one.of("AUS", LONG_RUN).mean == pytest.approx(settled.states[0].real_income, abs=1e-12)


def test_what_is_diverted_is_of_the_targets_own_sales_and_progress_counts_draws(tmp_path: Path) -> None:
    """China bans Australian coal, and sells Japan no wine: what China loses so is no sale of a target."""
    text = SCENARIO.replace(
        'from = "2020Q4"',
        """from = "2020Q3"

[[measures]]
name = "wine"
kind = "export_ban"
by = "CHN"
on = "JPN"
sectors = ["wine"]
open = 0.5
from = "2020Q3"
""",
    )
    loaded, calls = load_scenario(write_tiny(tmp_path, text)), []
    cost = cost_of_measures(loaded, tiny_world(), draws=2, progress=lambda *counts: calls.append(counts))
    assert calls == [(1, 2, 0), (2, 2, 0)]
    assert (cost.targets, cost.sellers, set(cost.hit)) == (("AUS", "JPN"), ("AUS",), {"coal", "wine"})
    assert np.isnan(cost.base)
    for k in range(2):
        drawn = loaded.with_values(make_design(loaded, replicates=2).of_replicate(k))
        solved = what_if(tiny_world(), drawn.measures_as_data(), parameters=drawn.economy_parameters())
        coal, wine = sorted(solved.flows, key=lambda flow: flow.sector)
        assert cost.lost[k] == pytest.approx(coal.lost + wine.lost)
        assert cost.diverted_by_draw[k] == pytest.approx(coal.gained / coal.lost)


def test_trade_hit_is_compared_with_all_exports_or_all_imports_of_one_target() -> None:
    world, coal, wine = tiny_world(), 0, 1
    aus, chn, usa = (world.state_index(s) for s in ("AUS", "CHN", "USA"))
    sold, bought = [(coal, aus, chn), (wine, aus, chn)], [(wine, usa, aus)]
    assert _base(world, ("AUS",), sold) == world.foreign[:, aus].sum()
    assert _base(world, ("AUS",), bought) == world.foreign[:, :, aus].sum()
    assert np.isnan(_base(world, ("AUS",), sold + bought))
    assert np.isnan(_base(world, ("AUS", "JPN"), sold))
    hit = {"coal": world.flows[coal, aus, chn], "wine": world.flows[wine, aus, chn] + world.flows[wine, usa, aus]}
    assert _hit(world, sold + bought) == pytest.approx(hit)
    assert list(_hit(world, sold + bought).values()) == sorted(hit.values(), reverse=True)
    assert _sellers(world, ("AUS",), sold + bought) == ("AUS",)
    assert _sellers(world, ("JPN",), sold + bought) == ("AUS", "USA")


def test_a_range_holds_its_mean_and_money_is_a_share_of_gdp(scenario: Path) -> None:
    cost = cost_of_measures(load_scenario(scenario), tiny_world(), draws=4)
    for row in cost.records():
        assert row["low"] - 1e-12 <= row["real_income_pct_gdp"] <= row["high"] + 1e-12
        assert row["us_million_a_year"] == pytest.approx(row["real_income_pct_gdp"] * cost.gdp[row["state"]] / 100)
    assert cost.of("AUS", FIRST_YEAR).mean < cost.of("AUS", LONG_RUN).mean < 0.0
    target, others, trade = three_sentences(cost)
    assert "4 draws" in target
    assert "China" in others
    assert "coal" in trade


def test_a_change_below_the_floor_is_about_nothing(tmp_path: Path) -> None:
    text = SCENARIO.replace('kind = "import_ban"', 'kind = "import_barrier"').replace("open = 0.05", "factor = 1.0001")
    cost = cost_of_measures(load_scenario(write_tiny(tmp_path, text)), tiny_world(), draws=2)
    assert "about nothing" in three_sentences(cost)[0]


def test_a_coalition_diverts_only_to_states_outside_it() -> None:
    """All three foreign buyers ban: nothing can be sold to others, and no sale is counted twice."""
    world = tiny_world()
    ban = [Measure("import_ban", s, "AUS", "coal", 0.05) for s in ("CHN", "USA")]
    (flow,) = what_if(world, ban).flows
    lost = what_if(world, ban[:1]).flows[0].lost
    assert flow.importer == "CHN+USA"
    assert lost < flow.lost
    assert [state for state, _ in flow.gainers] == ["JPN"]
    assert flow.gained == pytest.approx(flow.gainers[0][1])
    (whole,) = what_if(world, [*ban, Measure("import_ban", "JPN", "AUS", "coal", 0.05)]).flows
    assert whole.gained == 0.0


def test_measures_that_occur_twice_are_numbered() -> None:
    ban = Measure("import_ban", "CHN", "AUS", "coal", 0.0)
    assert [m.name for m in numbered([ban, ban, ban])] == ["CHN-ban-AUS", "CHN-ban-AUS-2", "CHN-ban-AUS-3"]
