"""Sentences of an answer: which stand, the numbers in them, and what is too slight for one."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from test_answer import POLICIES, made

from coercion_sim.analysis import PUBLISHED, Answer, first_screen, how_sure, policy_rows, usd
from coercion_sim.analysis.answer.cells import Leaver
from coercion_sim.analysis.answer.sentences import HEADINGS, SLIGHT, how_to_read
from coercion_sim.wording import ABOUT_NOTHING, MATERIAL_PCT_GDP, MINUS

ALL = (
    "stand_alone",
    "respond_as_allies",
    "integrate_economies",
    "respond_as_allies+integrate_economies",
    "choose_sides",
)


def numbers(text: str) -> list[float]:
    """Numbers of a sentence, in order."""
    return [float(x) for x in re.findall(r"(?<![\w.])-?\d+(?:\.\d+)?", text.replace(MINUS, "-"))]


def one(policies: tuple[str, ...] = ALL, **columns: tuple[float, ...]) -> Answer:
    """An answer of one draw: a number for each policy."""
    return made(policies, **{name: tuple((x,) for x in row) for name, row in columns.items()})


def gaining(share: float) -> Leaver:
    """An ally that gains materially in this share of four draws, and in no other."""
    return Leaver(share, share, 0.01 * share, 4)


def whole(**more: Any) -> Answer:
    answer = one(
        pressed=(0.37, 0.26, 0.35, 0.25, 0.37), conceded=(0.17, 0.12, 0.16, 0.11, 0.17),
        imposed=(0.4, 0.32, 0.4, 0.32, 0.4), gets_its_way=(0.16, 0.11, 0.15, 0.1, 0.16),
        loss=(0.18, 0.11, 0.17, 0.1, 0.18), loss_usd=(2.4, 1.5, 2.3, 1.4, 2.4),
        burden_usd=(0.0, 0.96, 0.0, 0.91, 0.0), first_year_alone=(0.47,) * 5, first_year=(0.47, 0.35, 0.47, 0.35, 0.47),
        kept=(math.nan, 0.96, math.nan, 0.95, math.nan), standing=(0.0, 0.0, 0.6, 0.6, 0.0),
        standing_usd=(0.0, 0.0, 8.0, 8.0, -38.0),
    )  # fmt: skip
    leaves = {"respond_as_allies": {"USA": gaining(1.0), "JPN": gaining(0.2)}}
    return replace(answer, **({"leaves": leaves, "cuts": {"choose_sides": {"USA": 1.0}}} | more))


# ------------------------------------------------------------------ which sentences stand


def test_every_sentence_stands_where_its_policy_was_asked_about() -> None:
    heads = ["Deterrence", "Relief", "Who pays", "Integration", "Us or them", "Does it hold"]
    assert list(first_screen(whole())) == heads


@pytest.mark.parametrize(
    ("policies", "missing"),
    [
        (("stand_alone",), {"Who pays", "Integration", "Us or them", "Does it hold"}),
        (("stand_alone", "choose_sides"), {"Who pays", "Integration", "Does it hold"}),
        (("stand_alone", "integrate_economies"), {"Who pays", "Us or them", "Does it hold"}),
        (("stand_alone", "respond_as_allies+choose_sides"), {"Integration"}),
    ],
)
def test_sentences_that_no_policy_answers_are_left_out(policies: tuple[str, ...], missing: set[str]) -> None:
    n = len(policies)
    answer = one(policies, pressed=(0.3,) * n, kept=(0.9,) * n, standing=(0.1,) * n, standing_usd=(-1.0,) * n)
    answer = replace(answer, leaves={p: {"USA": gaining(0.0)} for p in policies if "respond_as_allies" in p})
    everything = {"Deterrence", "Relief", "Who pays", "Integration", "Us or them", "Does it hold"}
    assert set(first_screen(answer)) == everything - missing


def test_the_plainest_policy_with_a_part_speaks_for_it() -> None:
    """Of two that respond as allies the one that does nothing else, wherever it stands."""
    policies = ("stand_alone", "respond_as_allies+integrate_economies", "respond_as_allies")
    answer = one(policies, pressed=(0.3,) * 3, first_year_alone=(0.5,) * 3, first_year=(0.5, 0.1, 0.25))
    assert numbers(first_screen(answer)["Relief"])[-1] == 0.25


# ------------------------------------------------------------------ numbers in them


def test_the_numbers_of_a_whole_screen() -> None:
    said = first_screen(whole())
    assert numbers(said["Deterrence"].split("(")[0] + said["Deterrence"].split(")")[1]) == [37, 26, -11]
    assert numbers(said["Relief"]) == [0.19, 0.47, 0.35]
    assert numbers(said["Integration"])[0] == 0.6
    assert numbers(said["Us or them"])[-1] == 38
    assert numbers(said["Does it hold"]) == [96, 4]


def test_deterrence_is_by_the_single_policy_that_lowers_pressure_most() -> None:
    """Combined policies are left to the table, however much they deter."""
    said = first_screen(whole())["Deterrence"]
    assert "respond as allies" in said
    assert "25 %" not in said
    other = replace(whole(), values=whole().values[[0, 2, 1, 3, 4]])  # integration now lowers it most
    assert "integrate economies" in first_screen(other)["Deterrence"]


def test_pressure_that_pays_nobody_is_said_to_be_error_of_choice() -> None:
    said = first_screen(whole(values=one(pressed=(0.08, 0.078, 0.08, 0.08, 0.081), pays=(0.0,) * 5).values))
    assert numbers(said["Deterrence"]) == [8]
    assert "every policy" in said["Deterrence"]
    assert "by error of choice" in said["Deterrence"]
    paid = whole(values=one(pressed=(0.08, 0.078, 0.08, 0.08, 0.081), pays=(0.1, 0.0, 0.0, 0.0, 0.0)).values)
    assert "error of choice" not in first_screen(paid)["Deterrence"]


def test_integration_that_costs_is_a_cost_and_its_shield_may_hurt() -> None:
    policies = ("stand_alone", "integrate_economies")
    answer = one(policies, pressed=(0.3, 0.35), standing=(0.0, -0.2), loss=(0.2, 0.25))
    said = first_screen(answer)["Integration"]
    assert "cost" in said
    assert numbers(said) == [0.2, 5.0, 25.0]
    assert f"{MINUS}0.2" not in said
    never = one(policies, pressed=(0.0, 0.0), standing=(0.0, 0.3), loss=(math.nan, math.nan))
    assert numbers(first_screen(never)["Integration"]) == [0.3]


@pytest.mark.parametrize(
    ("leaves", "gone"),
    [
        ({"USA": 0.0, "JPN": 0.5}, "none would gain by promising nothing (4 draws)"),
        ({"USA": 0.6, "JPN": 0.5}, "The United States would gain"),
        ({"USA": 0.6, "JPN": 0.9}, "the United States and JPN would gain"),
        ({"USA": 0.6, "JPN": 0.9, "CAN": 1.0, "GBR": 0.1}, "3 of 4 would gain"),
    ],
)
def test_allies_that_would_rather_not_promise_are_named_while_they_are_few(leaves: dict[str, float], gone: str) -> None:
    """In more than half of the draws."""
    own = {ally: gaining(share) for ally, share in leaves.items()}
    said = first_screen(whole(leaves={"respond_as_allies": own}))["Does it hold"]
    assert gone.lower() in said.lower()
    assert numbers(said)[0] == 96
    assert "Does it hold" not in first_screen(whole(leaves={"respond_as_allies": {}}))


def test_gains_below_the_floor_are_about_nothing_and_draws_not_solved_say_so() -> None:
    slight = {"USA": Leaver(1.0, 0.5, 0.002, 4), "JPN": Leaver(0.4, 0.0, 0.001, 4)}
    said = first_screen(whole(leaves={"respond_as_allies": slight}))["Does it hold"]
    assert said.endswith(f"1 of 2 would gain by promising nothing (4 draws), but {ABOUT_NOTHING}.")
    unknown = {"USA": Leaver(math.nan, math.nan, math.nan, 0)}
    said = first_screen(whole(leaves={"respond_as_allies": unknown}))["Does it hold"]
    assert "gain" not in said


def test_a_promise_never_tested_has_no_share_delivered() -> None:
    answer = one(("stand_alone", "respond_as_allies"), pressed=(0.0, 0.0), kept=(math.nan, math.nan))
    said = first_screen(replace(answer, leaves={"respond_as_allies": {"USA": gaining(0.0)}}))["Does it hold"]
    assert numbers(said) == [4]
    assert said[0].isupper()


@pytest.mark.parametrize(("share", "named"), [(0.5, False), (0.51, True)])
def test_who_cuts_trade_in_most_draws_is_named(share: float, named: bool) -> None:
    said = first_screen(whole(cuts={"choose_sides": {"USA": share}}))["Us or them"]
    assert ("United States" in said) == named
    assert (numbers(said)[-1:] == [38]) == named  # nobody cuts: no bill


def test_the_target_itself_may_cut_trade() -> None:
    said = first_screen(whole(cuts={"choose_sides": {"USA": 1.0, "AUS": 0.9}}))["Us or them"]
    assert "Australia not" not in said
    assert "Australia" in said


# ------------------------------------------------------------------ the table


def test_rows_of_the_table_are_percentages_and_money() -> None:
    rows = policy_rows(whole())
    assert all(len(row) == len(HEADINGS) for row in rows)
    assert rows[0][1:] == ["37", "17", "40", "16", "0.18", "2.4", "0"]
    assert rows[1][1:] == ["26", "12", "32", "11", "0.11", "1.5", "0.96"]
    assert [row[0] for row in rows][2:4] == ["integrate economies", "respond + integrate"]


def test_losses_below_what_is_material_are_about_nothing_and_none_is_none() -> None:
    below, above = 0.99 * MATERIAL_PCT_GDP, 1.01 * MATERIAL_PCT_GDP
    answer = one(("a", "b", "c"), pressed=(0.3,) * 3, loss=(below, above, 0.0))
    assert [row[5] for row in policy_rows(answer)] == [SLIGHT, "0.01", "0"]
    edge = MATERIAL_PCT_GDP / 100 * answer.gdp_usd  # US$ billion
    assert usd(answer, 0.99 * edge) == SLIGHT
    assert usd(answer, 0.0) == "0"
    assert float(usd(answer, 1.01 * edge)) == pytest.approx(edge, abs=0.01)


@pytest.mark.parametrize(
    ("billions", "digits"), [(0.0123, "0.01"), (0.567, "0.57"), (5.67, "5.7"), (56.7, "57"), (-5.67, "5.7")]
)
def test_money_has_two_digits_or_so(billions: float, digits: str) -> None:
    assert usd(replace(whole(), gdp_usd=10.0), billions).lstrip(MINUS) == digits


def test_published_rates_stand_below_the_table() -> None:
    wanted = [round(100 * PUBLISHED[name]) for name in ("conceded_to_demand", "carried_out")]
    assert [int(x) for x in numbers(how_to_read())] == wanted


# ------------------------------------------------------------------ how sure


def drawn(draws: int, *swapped: int, effect: float = 0.3, **numbers: np.ndarray) -> Answer:
    """Two policies, the first pressed .1 more often but in the draws `swapped`; pressed rises with rationality."""
    rationality = np.linspace(3.0, 12.0, draws)
    first = 0.3 + effect * (rationality - 3.0) / 9.0
    second = first - 0.1
    second[list(swapped)] += 0.2
    return made(
        pressed=(tuple(first), tuple(second)),
        numbers={"rationality": rationality, "stake_target": np.full(draws, 0.7)} | numbers,
    )


def test_order_and_level_are_read_from_the_draws() -> None:
    said = how_sure(drawn(40, 1, 5))
    assert said.startswith("Policies keep order in 95 % of 40 draws.")
    assert "tie" not in said
    # Means of the 13 lowest and the 13 highest of 40 evenly spaced: .3 + .3 * 6 / 39 and .3 + .3 * 33 / 39.
    assert numbers(said)[2:5] == [35, 55, 21]
    assert "most rationality" not in said.split("draws.")[0]
    assert "least rationality" in said


def test_fewer_than_twenty_draws_are_no_share() -> None:
    said = how_sure(drawn(19))
    assert said.startswith("Policies keep order in 19 of 19 draws, too few for a share.")
    assert "%" not in said
    assert "takes 20 draws" in said
    assert "100 % of 20" in how_sure(drawn(20))


def test_a_number_that_moves_nothing_is_not_named() -> None:
    flat = drawn(40, effect=0.0)
    noise = np.random.default_rng(3).normal(0.3, 0.05, 40)
    said = how_sure(replace(flat, values=made(pressed=(tuple(noise), tuple(noise - 0.1))).values))
    assert "None of the 1 behavioural numbers clearly moves stand alone" in said
    assert "rationality" not in said


@pytest.mark.parametrize(("behaviour", "remedy"), [("fixed", True), ("posterior", False)])
def test_behaviour_that_is_not_varied_is_said_to_be_fixed(behaviour: str, remedy: bool) -> None:
    """Stakes are drawn for every dispute; all else stands still."""
    stakes = {"rationality": np.full(40, 6.0), "stake_target": np.linspace(0.3, 1.5, 40)}
    said = how_sure(replace(drawn(40, **stakes), behaviour=behaviour))
    assert "Behaviour is fixed but for stakes" in said
    assert ("--set dispute.draws=posterior" in said) == remedy
    still = replace(drawn(40, rationality=np.full(40, 6.0)), behaviour=behaviour)
    assert "Behaviour is fixed" in how_sure(still)
    assert "stakes" not in how_sure(still)


def test_policies_pressed_alike_have_no_order() -> None:
    alike = made(pressed=((0.3,) * 24 + (0.5,), (0.3015,) * 24 + (0.46,)))
    said = how_sure(alike)
    assert said.startswith("Pressed alike under all policies but in 1 of 25 draws.")
    assert not how_sure(made(POLICIES[:1], pressed=((0.3,) * 25,))).startswith(("Policies", "Pressed"))
    tied = made(pressed=((0.3,) * 24 + (0.5,), (0.3,) * 24 + (0.2,)))
    assert how_sure(tied).startswith("Policies keep order in 4 % of 25 draws, tie in 24.")


def test_about_nothing_is_said_of_effects_on_record_too() -> None:
    said = first_screen(whole(record=(-0.001, -0.001)))["Relief"]
    assert ABOUT_NOTHING in said
    assert numbers(said) == [0.47, 0.35]
    unknown = first_screen(whole(record=(math.nan, math.nan)))["Relief"]
    assert numbers(unknown) == [0.47, 0.35]
