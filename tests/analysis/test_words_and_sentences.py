"""Words of a world, and costs in sentences: from answers made by hand, so that every number of a text is known."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coercion_sim.analysis import FIRST_YEAR, LONG_RUN, PERIODS, Cost, Vocabulary, source_line, three_sentences
from coercion_sim.analysis.ask.ask import Range, spread
from coercion_sim.analysis.ask.grammar import broader_note, unknown_word
from coercion_sim.analysis.ask.sentences import measures_in_words, states_in_words
from coercion_sim.analysis.ask.words import ACTIONS, Word, folded
from coercion_sim.economy import Measure
from coercion_sim.wording import ABOUT_NOTHING
from coercion_sim.world import World, read_labels
from fakes.tiny import SECTORS, STATES, tiny_world

PACIFIC = read_labels("pacific-2019")
TINY = tiny_world()


# ------------------------------------------------------------------ words


@given(st.text(max_size=20))
def test_folding_is_done_once_and_for_all(text: str) -> None:
    once = folded(text)
    assert folded(once) == once
    assert folded(f" {text.upper()}_") == folded(text.upper())
    assert not {"_", "-"} & set(once)


@pytest.mark.parametrize("labels", [PACIFIC, TINY])
def test_every_label_of_a_world_means_itself(labels: Any) -> None:
    words = Vocabulary(labels)
    for state in labels.states:
        assert words.named_as("state", state) == Word("state", (state,))
        assert words.named_as("goods", state) is None or state in labels.sectors
    for sector in labels.sectors:
        assert words.meaning(sector) == Word("goods", (sector,))


@pytest.mark.parametrize("word", ["Australia", "australian", "AUSTRALIA", "aus"])
def test_names_adjectives_and_codes_mean_the_state(word: str) -> None:
    assert Vocabulary(TINY).named_as("state", word) == Word("state", ("AUS",))


def test_a_group_is_its_members_and_europe_is_the_union() -> None:
    world = World.from_flows("w", STATES, SECTORS, TINY.flows, 4.0, groups={"EU": ("AUS", "USA"), "ONE": ("JPN",)})
    words = Vocabulary(world)
    for name in ("EU", "European", "European Union"):
        assert words.named_as("state", name) == Word("state", ("AUS", "USA"))
    assert words.named_as("state", "one") == Word("state", ("JPN",))


def test_every_action_is_a_word_of_its_kind() -> None:
    words = Vocabulary(TINY)
    for listed, kind in ACTIONS.items():
        for word in listed.split(","):
            assert words.meaning(word.strip()) == Word("act", (kind,))
    assert {words.words[act].role for act in ("ban", "sanctions")} == {"act"}


def test_goods_that_a_world_has_not_are_the_sector_that_holds_them() -> None:
    word = Vocabulary(PACIFIC).meaning("semiconductors")
    assert word is not None
    assert word.broader
    note = broader_note("semiconductors", word, PACIFIC)
    assert note.startswith(f"semiconductors: this world has {word.means[0]} (")
    assert broader_note("coal", Word("goods", ("coal",)), PACIFIC) == ""
    assert broader_note("x", Word("state", ("AUS",), broader=True), PACIFIC) == ""


def test_an_unknown_word_has_the_nearest_of_its_role_or_the_world_that_has_it() -> None:
    words = Vocabulary(TINY)
    assert unknown_word("Astralia", words).suggestion == "australia"
    assert unknown_word("winee", words).suggestion == "wine"
    assert unknown_word("wine", words, "state").suggestion != "wine"
    lithuania = unknown_word("Lithuania", words)
    assert lithuania.message == "LTU is no state of tiny_world"
    assert "europe-2019" in str(lithuania.allowed)
    assert words.absent("lithuanian") == "LTU"
    assert words.absent("wine") is None


@pytest.mark.parametrize(
    ("typed", "near"),
    [
        ("gaz", "gas"),  # three letters, one of them wrong
        ("Gaz", "gas"),  # no state is near: any word
        ("Chian", "china"),  # two letters swapped, though Chile's adjective shares more
        ("bna", "ban"),
        ("sanct", "sanction"),  # the shortest that begins so
        ("AUZ", "aus"),  # a code is meant in capitals
        ("aux", None),
        ("tarrif", "tariff"),
        ("war", None),
        ("qqq", None),
        ("Lithuanai", None),  # a state that this world does not have is no other word
    ],
)
def test_a_misspelt_word_gets_a_likely_one_or_none(typed: str, near: str | None) -> None:
    assert unknown_word(typed, Vocabulary(PACIFIC)).suggestion == near


def test_no_word_is_a_gas_without_its_last_letter() -> None:
    assert "natural ga" not in Vocabulary(PACIFIC).words
    assert "machine" in Vocabulary(PACIFIC).words


# ------------------------------------------------------------------ measures in words


def ban(by: str, on: str, *sectors: str, kind: str = "import_ban", size: float = 0.0, **more: Any) -> Measure:
    return Measure(kind, by, on, sectors, size, **more)


@pytest.mark.parametrize(
    ("measures", "words"),
    [
        ([ban("CHN", "AUS", "coal", "wine")], "China bans imports of coal and wine from Australia"),
        (
            [ban("CHN", "AUS", "goods", size=0.1)],
            "China bans imports of all goods from Australia, at least 10 % of the trade left",
        ),
        (
            [ban("CHN", "AUS", "coal"), ban("CHN", "AUS", "coal", kind="export_ban")],
            "China bans trade in coal with Australia",
        ),
        (
            [ban("USA", "CHN", "all", kind="import_tariff", size=0.25)],
            "The United States puts a tariff of 25 % on everything from China",
        ),
        (
            [ban("USA", "CHN", "coal", kind="export_control", size=1.4)],
            "The United States makes exports of coal to China 40 % dearer",
        ),
        (
            [ban(by, "CHN", "coal") for by in ("USA", "JPN")],
            "The United States and Japan ban imports of coal from China",
        ),
        ([ban("CHN", x, "wine") for x in ("AUS", "JPN")], "China bans imports of wine from Australia and Japan"),
        ([Measure("transfer", "USA", "AUS", (), 250.0)], "The United States pays Australia US$ 250 million a year"),
        (
            [ban("CHN", "AUS", "coal"), ban("USA", "CHN", "wine")],
            "China bans imports of coal from Australia; the United States bans imports of wine from China",
        ),
        (
            [Measure("import_ban", "CHN", "AUS", ("coal",), math.nan, left=0.05)],
            "China cuts imports of coal from Australia by 95 %",
        ),
    ],
)  # fmt: skip
def test_measures_are_one_sentence(measures: list[Measure], words: str) -> None:
    assert measures_in_words(measures, TINY) == words


def test_states_in_words_are_a_group_or_counted_where_they_are_many() -> None:
    world = World.from_flows(
        "w", [f"S{k}" for k in range(6)], ["x"], np.eye(6)[None] + 0.01, 4.0, groups={"BIG": ("S1", "S2")}
    )
    assert states_in_words(world, ("S2", "S1")) == "the BIG"
    assert states_in_words(world, ("S1",)) == "S1"
    assert states_in_words(world, ("S0", "S1")) == "S0 and S1"
    assert states_in_words(world, [f"S{k}" for k in range(6)]) == "S0, S1, S2 and 3 other states"


# ------------------------------------------------------------------ costs in sentences


@given(st.lists(st.one_of(st.floats(-10, 10), st.just(math.nan)), min_size=1, max_size=40))
def test_a_spread_leaves_out_what_is_missing(values: list[float]) -> None:
    known = np.array([x for x in values if not math.isnan(x)])
    made = spread(values)
    if not known.size:
        assert math.isnan(made.mean)
        return
    assert made.mean == pytest.approx(known.mean(), abs=1e-12)
    assert (made.low, made.high) == pytest.approx(tuple(np.quantile(known, [0.05, 0.95])), abs=1e-12)
    assert made.low <= made.high
    assert isinstance(made, Range)


def cost(income: dict[str, tuple[float, float]], draws: int = 1, **changes: Any) -> Cost:
    """A cost with the same income in every draw: state -> (first year, long run)."""
    table = np.array([[income[s][p] for s in STATES] for p in range(2)])
    made = Cost(
        title="China bans Australian coal", world="tiny_world", year=2019, measures=(ban("CHN", "AUS", "coal"),),
        coercers=("CHN",), targets=("AUS",), states=STATES, names=dict(TINY.state_names),
        gdp=dict.fromkeys(STATES, 1_000_000.0), draws=draws, income=np.repeat(table[None], draws, axis=0),
        hit={"coal": 500.0}, base=2000.0, lost=np.full(draws, 400.0), sellers=("AUS",),
        diverted_by_draw=np.full(draws, 0.25), gainers={"JPN": 60.0, "USA": 40.0}, uncertain=("economy.elasticity",),
    )  # fmt: skip
    return replace(made, **changes)


FIRST = ", first of all to Japan and the United States."
SOUND = {"AUS": (-0.5, -0.2), "CHN": (-0.05, 0.03), "USA": (0.02, 0.01), "JPN": (0.0, 0.0)}


def test_three_sentences_have_losses_gains_and_trade() -> None:
    target, rest, trade = three_sentences(cost(SOUND))
    assert target.startswith("Australia loses 0.200 % of its GDP a year in the long run (US$ 2.00 billion)")
    assert "0.500 % in the first year (US$ 5.00 billion)" in target
    assert rest.startswith("China gains 0.0300 % of its GDP a year in the long run (US$ 300 million)")
    assert "loses 0.0500 % in the first year (US$ 500 million)" in rest
    assert "the United States (0.0100 %) gains in the long run" in rest
    assert "Japan" not in rest
    assert "(coal) is worth US$ 500 million a year, 25 % of the exports of Australia" in trade
    assert "80 % of it is lost, and 25 % of that is sold to others" in trade
    assert trade.endswith(FIRST)


def test_ranges_stand_where_there_are_several_draws() -> None:
    made = cost(SOUND, 5)
    made.income[:, :, 0] *= np.linspace(0.8, 1.2, 5)[:, None]
    target, _, trade = three_sentences(made)
    assert "range 0.16 to 0.24 % over 5 draws" in target
    assert "(range 25 to 25 %)" in trade
    turned = cost(SOUND, 5)
    turned.income[:, 1, 0] = [-0.5, -0.3, -0.2, -0.1, 0.1]
    assert "from a gain of" in three_sentences(turned)[0]


def test_next_to_nothing_is_said_as_such() -> None:
    quiet = dict.fromkeys(STATES, (0.001, -0.001))
    target, rest, _ = three_sentences(cost(quiet))
    assert target == f"Australia loses {ABOUT_NOTHING} (under 0.005 % of GDP)."
    assert rest.endswith("no other state changes by 0.005 % of GDP or more.")


@pytest.mark.parametrize(
    ("changes", "end"),
    [
        ({"hit": {}}, "that trade was nil in 2019, so nothing is lost."),
        ({"lost": np.zeros(1)}, "in the long run none of it is lost."),
        ({"lost": np.array([500.0])}, f"25 % of that is sold to others{FIRST}"),
        ({"diverted_by_draw": np.array([math.nan])}, "and next to nothing of that is sold to others."),
        ({"base": math.nan}, f"25 % of what Australia lost is sold to others{FIRST}"),
    ],
)  # fmt: skip
def test_what_becomes_of_the_trade(changes: dict[str, Any], end: str) -> None:
    trade = three_sentences(cost(SOUND, **changes))[2]
    assert trade.endswith(end)
    assert ("all of it is lost" in trade) == (changes.get("lost", np.zeros(1))[0] == 500.0)


def test_the_source_names_world_year_draws_and_what_is_drawn() -> None:
    assert "one draw, no range" in source_line(cost(SOUND), "1.0")
    line = source_line(cost(SOUND, 8), "1.0")
    assert line.startswith("Source: coercion_sim 1.0, world tiny_world, trade of 2019; ranges: 5-95 % of 8 draws of")
    assert "elasticity" in line
    assert "trade of" not in source_line(cost(SOUND, year=None), "1.0")


def test_a_cost_as_records_has_every_state_and_period() -> None:
    made = cost(SOUND)
    rows = made.records()
    assert [(r["state"], r["period"]) for r in rows] == [(s, p) for s in STATES for p in PERIODS]
    assert rows[1]["us_million_a_year"] == pytest.approx(-2000.0)
    assert made.of("AUS", FIRST_YEAR).mean == -0.5
    assert made.of("CHN", LONG_RUN).mean == 0.03
    assert made.others == ("USA", "JPN")
    assert made.as_dict()["trade"]["diverted_share"].mean == 0.25
    assert made.headline == "tiny_world: China bans Australian coal, 1 draws"
