"""respond_as_allies move by move: who answers, with what, how much, in which order; no economy behind it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from fake_situation import STATES, FakeSituation, ban, world
from pydantic import ValidationError

from coercion_sim.errors import WorldError
from coercion_sim.policies import RespondAsAllies, RespondAsAlliesParameters, Response, critical_goods


def policy(**parameters: Any) -> RespondAsAllies:
    return RespondAsAllies(RespondAsAlliesParameters(**parameters))


def moves(response: Response) -> list[tuple[str, str, str, float]]:
    """(kind, by, on, size) in the order taken."""
    return [(m.kind, m.by, m.on, pytest.approx(m.size)) for m in response.measures]  # type: ignore[misc]


# ------------------------------------------------------------------ who


def test_those_bound_closely_enough_answer_by_shares_of_gdp() -> None:
    assert policy().helpers(world(), "AUS", "CHN") == pytest.approx({"USA": 0.75, "JPN": 0.25})


@pytest.mark.parametrize(
    ("parameters", "who"),
    [
        ({"min_strength": 0.41}, {"USA"}),
        ({"min_strength": 0.39}, {"USA", "JPN", "KOR"}),
        ({"min_strength": 0.95}, set()),
        ({"min_strength": 0.0}, {"USA", "JPN", "KOR", "ROW"}),
        ({"allies": ("KOR", "ROW")}, {"KOR", "ROW"}),
        ({"allies": ("KOR", "CHN", "AUS")}, {"KOR"}),
    ],
    ids=lambda x: "-".join(map(str, sorted(x))) if isinstance(x, set) else str(x),
)
def test_who_answers_is_set_by_the_tie_or_by_name(parameters: dict[str, Any], who: set[str]) -> None:
    helpers = policy(**parameters).helpers(world(), "AUS", "CHN")
    assert set(helpers) == who
    assert not who or sum(helpers.values()) == pytest.approx(1.0)


def test_the_coercer_does_not_answer_itself_though_it_is_an_ally() -> None:
    assert set(policy().helpers(world(), "AUS", "USA")) == {"JPN"}


def test_an_ally_that_is_no_state_is_named() -> None:
    with pytest.raises(WorldError, match="'USB'"):
        policy(allies=("USB",)).helpers(world(), "AUS", "CHN")


# ------------------------------------------------------------------ when


def test_without_pressure_nothing_is_done() -> None:
    every = policy(instruments=("statement", "absorb", "compensate", "retaliate"))
    assert every.respond(FakeSituation()) == Response()


def test_nothing_stands_before_the_first_quarter() -> None:
    assert policy().prepare(FakeSituation([ban("coal")])) == Response()


def test_without_helpers_nothing_is_done() -> None:
    assert policy(min_strength=0.95).respond(FakeSituation([ban("coal")])) == Response()


def test_every_answer_is_for_this_quarter_alone_and_names_what_it_answers() -> None:
    every = policy(instruments=("statement", "absorb", "compensate", "retaliate"))
    here = FakeSituation([ban("coal"), ban("wine")], sold={("AUS", "USA"): 20.0, ("AUS", "JPN"): 20.0})
    response = every.respond(here)
    assert response.measures
    for m in response.measures:
        assert (m.start, m.until, m.phase_in) == (5, 5, 1)
        assert m.answers == "coal,wine"
        for_whom = " for AUS" if m.kind in ("statement", "export_ban") else ""
        assert m.name == f"{m.purpose} {m.by}{for_whom}"
        assert m.purpose == {
            "statement": "statement", "import_subsidy": "absorb", "transfer": "compensate", "export_ban": "retaliate"
        }[m.kind]  # fmt: skip


def test_two_coercers_of_one_target_are_each_answered_but_the_target_is_helped_once() -> None:
    every = policy(instruments=("statement", "absorb", "compensate", "retaliate"))
    second = replace(ban("wine"), by="KOR", name="wine too")
    alone = FakeSituation([ban("coal"), ban("wine")], sold={("AUS", "USA"): 20.0, ("AUS", "JPN"): 20.0})
    both = FakeSituation([ban("coal"), second], sold={("AUS", "USA"): 20.0, ("AUS", "JPN"): 20.0})

    def helped(situation: FakeSituation) -> list[tuple[str, str, float]]:
        return [
            (m.kind, m.by, m.size) for m in every.respond(situation).measures if m.purpose in ("absorb", "compensate")
        ]

    assert helped(both) == helped(alone)
    words = {(m.by, m.on) for m in every.respond(both).measures if m.purpose == "statement"}
    assert {on for _, on in words} == {"CHN", "KOR"}
    assert all(by != on for by, on in words)


# ------------------------------------------------------------------ how much


def test_a_statement_is_words_by_every_ally_against_the_coercer() -> None:
    response = policy(instruments=("statement",)).respond(FakeSituation([ban("coal")]))
    assert moves(response) == [("statement", "USA", "CHN", 0.0), ("statement", "JPN", "CHN", 0.0)]


@pytest.mark.parametrize(("fraction", "paid"), [(0.5, 50.0), (1.0, 100.0), (0.2, 20.0)])
def test_compensation_is_a_fraction_of_the_loss_by_shares_of_gdp(fraction: float, paid: float) -> None:
    response = policy(instruments=("compensate",), fraction=fraction).respond(FakeSituation([ban("coal")]))
    assert moves(response) == [("transfer", "USA", "AUS", 0.75 * paid), ("transfer", "JPN", "AUS", 0.25 * paid)]
    assert all(m.sectors == () for m in response.measures)


def test_absorption_is_a_subsidy_on_the_goods_hit() -> None:
    """Outlay at 10 %: 2 on sales to the USA of 20, 0.6 on those to Japan of 6: shares 0.75 and 0.25 of 2.6."""
    here = FakeSituation([ban("coal")], sold={("AUS", "USA"): 20.0, ("AUS", "JPN"): 6.0})
    response = policy(instruments=("absorb",)).respond(here)
    assert moves(response) == [
        ("import_subsidy", "USA", "AUS", 0.75 * 2.6 / 20),  # 0.0975, just under the rate
        ("import_subsidy", "JPN", "AUS", 0.10),  # its share would be 0.65 of 6: no more than the rate
    ]
    assert all(m.sectors == ("coal",) for m in response.measures)


def test_who_buys_nothing_subsidises_nothing() -> None:
    here = FakeSituation([ban("coal")], sold={("AUS", "JPN"): 8.0})
    assert moves(policy(instruments=("absorb",)).respond(here)) == [("import_subsidy", "JPN", "AUS", 0.25 * 0.8 / 8)]
    assert policy(instruments=("absorb",)).respond(FakeSituation([ban("coal")])) == Response()


def test_absorption_alone_stays_within_the_loss() -> None:
    here = FakeSituation([ban("coal")], losses={"AUS": 4.0}, sold={("AUS", "USA"): 60.0, ("AUS", "JPN"): 60.0})
    response = policy(instruments=("absorb",)).respond(here)
    assert moves(response) == [("import_subsidy", "USA", "AUS", 3.0 / 60), ("import_subsidy", "JPN", "AUS", 1.0 / 60)]


def test_what_absorption_costs_leaves_less_to_compensate() -> None:
    """Loss 10; subsidies of 1.5 and 0.5 leave 8, which full compensation may not exceed."""
    here = FakeSituation([ban("coal")], losses={"AUS": 10.0}, sold={("AUS", "USA"): 15.0, ("AUS", "JPN"): 5.0})
    both = policy(instruments=("absorb", "compensate"), fraction=1.0).respond(here)
    assert moves(both) == [
        ("import_subsidy", "USA", "AUS", 0.1),
        ("import_subsidy", "JPN", "AUS", 0.1),
        ("transfer", "USA", "AUS", 6.0),
        ("transfer", "JPN", "AUS", 2.0),
    ]
    half = policy(instruments=("absorb", "compensate"), fraction=0.5).respond(here)
    assert [m.size for m in half.measures if m.kind == "transfer"] == pytest.approx([3.75, 1.25])


def test_absorption_may_be_a_cut_of_the_ally_s_own_barrier() -> None:
    here = FakeSituation([ban("coal")], sold={("AUS", "USA"): 30.0, ("AUS", "JPN"): 10.0})
    response = policy(instruments=("facilitation",)).respond(here)
    assert moves(response) == [("facilitation", "USA", "AUS", 0.9), ("facilitation", "JPN", "AUS", 0.9)]


def test_a_loss_of_nothing_brings_words_but_no_help() -> None:
    here = FakeSituation([ban("coal")], losses={"AUS": 0.0}, sold={("AUS", "USA"): 30.0})
    assert {m.kind for m in policy().respond(here).measures} == {"statement"}


@pytest.mark.parametrize(
    "nothing",
    [
        {"instruments": ("absorb",), "absorb_rate": 0.0},
        {"instruments": ("compensate",), "fraction": 0.0},
        {"instruments": ("retaliate",), "retaliate_open": 1.0},
        {"instruments": ("retaliate",), "retaliate_with": "export_control", "retaliate_factor": 1.0},
        {"instruments": ("retaliate",), "retaliate_with": "import_tariff", "retaliate_tariff": 0.0},
        {"instruments": ()},
    ],
    ids=str,
)
def test_a_size_of_nothing_is_no_measure_at_all(nothing: dict[str, Any]) -> None:
    here = FakeSituation([ban("coal")], sold={("AUS", "USA"): 30.0})
    assert policy(**nothing).respond(here) == Response()


# ------------------------------------------------------------------ goods hit


def test_goods_are_those_hit_each_once_whatever_they_were_called() -> None:
    here = FakeSituation([ban("wine"), ban("goods", name="all goods"), ban("coal")], sold={("AUS", "USA"): 1.0})
    measures = policy(instruments=("absorb",)).respond(here).measures
    assert {m.sectors for m in measures} == {("chips", "coal", "wine")}
    assert {m.answers for m in measures} == {"all goods,coal,wine"}


def test_order_of_the_pressure_does_not_matter() -> None:
    pressure = [ban("wine"), ban("coal"), ban("chips", on="JPN")]
    sold = {("AUS", "USA"): 20.0, ("JPN", "USA"): 3.0}
    every = policy(instruments=("statement", "absorb", "compensate", "retaliate"))
    one, other = (
        every.respond(FakeSituation(p, {"AUS": 100.0, "JPN": 40.0}, sold)) for p in (pressure, pressure[::-1])
    )
    assert one == other
    assert len(one.measures) > 6


def test_two_targets_are_each_helped_by_their_own_allies() -> None:
    here = FakeSituation([ban("coal"), ban("chips", on="JPN")], {"AUS": 100.0, "JPN": 40.0})
    response = policy(instruments=("compensate",)).respond(here)
    assert moves(response) == [
        ("transfer", "USA", "AUS", 37.5),
        ("transfer", "JPN", "AUS", 12.5),
        ("transfer", "AUS", "JPN", 5.0),
        ("transfer", "USA", "JPN", 15.0),
    ]


# ------------------------------------------------------------------ retaliation


def test_critical_goods_are_those_of_which_the_allies_supply_enough() -> None:
    """Chips 7 of 10 from the USA and Japan, wine 6 of 20, coal 10 of 100; what China makes itself is no import."""
    both = ("USA", "JPN")
    assert critical_goods(world(), "CHN", both, 0.70) == ("chips",)
    assert critical_goods(world(), "CHN", both, 0.71) == ()
    assert critical_goods(world(), "CHN", both, 0.30) == ("wine", "chips")
    assert critical_goods(world(), "CHN", both, 0.10) == ("coal", "wine", "chips")
    assert critical_goods(world(), "CHN", ("USA",), 0.40) == ("chips",)
    assert critical_goods(world(), "CHN", ("USA", "JPN", "KOR"), 0.90) == ("chips",)


def test_services_are_not_retaliated_with_and_an_untagged_sector_is_a_good() -> None:
    assert "services" not in critical_goods(world(), "CHN", STATES[2:], 0.0)
    assert "services" in critical_goods(world(tags={}), "CHN", ("USA", "JPN"), 1.0)


def test_a_good_the_coercer_does_not_import_is_not_critical() -> None:
    assert critical_goods(world(), "USA", ("JPN", "KOR"), 0.01) == ()


@pytest.mark.parametrize(
    ("parameters", "kind", "size"),
    [
        ({}, "export_ban", 0.75),
        ({"retaliate_open": 0.0}, "export_ban", 0.0),
        ({"retaliate_with": "export_control"}, "export_control", 1.25),
        ({"retaliate_with": "export_control", "retaliate_factor": 2.0}, "export_control", 2.0),
    ],
    ids=str,
)
def test_allies_cut_off_what_they_together_supply(parameters: dict[str, Any], kind: str, size: float) -> None:
    response = policy(instruments=("retaliate",), **parameters).respond(FakeSituation([ban("coal")]))
    assert moves(response) == [(kind, "USA", "CHN", size), (kind, "JPN", "CHN", size)]
    assert {m.sectors for m in response.measures} == {("chips",)}


def test_retaliation_by_tariff_falls_on_all_goods_of_the_coercer() -> None:
    response = policy(instruments=("retaliate",), retaliate_with="import_tariff").respond(FakeSituation([ban("coal")]))
    assert moves(response) == [("import_tariff", "USA", "CHN", 0.25), ("import_tariff", "JPN", "CHN", 0.25)]
    assert {m.sectors for m in response.measures} == {("goods",)}


def test_with_nothing_critical_there_is_no_cut_off_but_there_may_be_a_tariff() -> None:
    strict: dict[str, Any] = {"instruments": ("retaliate",), "dependence": 0.99}
    assert policy(**strict).respond(FakeSituation([ban("coal")])) == Response()
    assert len(policy(retaliate_with="import_tariff", **strict).respond(FakeSituation([ban("coal")])).measures) == 2


def test_retaliation_is_off_by_default() -> None:
    response = policy().respond(FakeSituation([ban("coal")], sold={("AUS", "USA"): 20.0}))
    assert {m.purpose for m in response.measures} == {"statement", "absorb", "compensate"}


# ------------------------------------------------------------------ parameters


@pytest.mark.parametrize(
    "wrong",
    [
        {"fraction": 1.1},
        {"fraction": -0.1},
        {"absorb_rate": 0.95},
        {"min_strength": 2},
        {"retaliate_open": -1},
        {"retaliate_factor": 0.9},
        {"retaliate_tariff": -0.25},
        {"dependence": 1.5},
        {"instruments": ("absorbe",)},
        {"retaliate_with": "embargo"},
        {"fracton": 0.5},
    ],
    ids=str,
)
def test_parameters_out_of_range_and_unknown_ones_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        RespondAsAlliesParameters(**wrong)


def test_a_policy_keeps_nothing_between_quarters() -> None:
    rule = policy(instruments=("statement", "absorb", "compensate", "retaliate"))
    here = FakeSituation([ban("coal")], sold={("AUS", "USA"): 20.0})
    first = rule.respond(here)
    rule.respond(FakeSituation([ban("wine")], {"AUS": 7.0}))
    assert rule.respond(here) == first
