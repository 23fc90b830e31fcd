"""linked_domains and selective_cooperation move by move; no economy behind them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from fake_situation import FakeSituation, ban
from pydantic import ValidationError

from coercion_sim.economy import Measure
from coercion_sim.policies import (
    Combined,
    LinkedDomains,
    LinkedDomainsParameters,
    RespondAsAllies,
    RespondAsAlliesParameters,
    Response,
    Retaliate,
    SelectiveCooperation,
    SelectiveCooperationParameters,
    StandAlone,
)

PATROLS = Measure("military", "CHN", "AUS", (), 0.3, 2, None, name="patrols")
RUMOURS = Measure("disinformation", "CHN", "AUS", (), 0.05, 2, None, name="rumours")


def linked(**parameters: Any) -> LinkedDomains:
    return LinkedDomains(LinkedDomainsParameters(**parameters))


def cuts(response: Response) -> dict[str, float]:
    """Ally -> share of its critical exports left open."""
    return {m.by: m.size for m in response.measures if m.purpose == "retaliate"}


def test_a_promise_for_trade_does_not_answer_patrols_and_rumours() -> None:
    every = RespondAsAllies(RespondAsAlliesParameters(instruments=("statement", "absorb", "compensate", "retaliate")))
    assert every.respond(FakeSituation([PATROLS, RUMOURS])) == Response()


def test_a_linked_one_cuts_trade_and_neither_pays_nor_absorbs() -> None:
    response = linked(retaliate_open=0.6).respond(FakeSituation([PATROLS, RUMOURS]))
    assert cuts(response) == {"USA": 0.6, "JPN": 0.6}
    assert {m.purpose for m in response.measures} == {"retaliate"}
    assert {m.answers for m in response.measures} == {"patrols,rumours"}


@pytest.mark.parametrize(("link", "open_"), [(0.25, 0.9), (0.5, 0.8), (1.0, 0.6)])
def test_chi_scales_the_cut(link: float, open_: float) -> None:
    assert cuts(linked(retaliate_open=0.6, link=link).respond(FakeSituation([PATROLS]))) == pytest.approx(
        {"USA": open_, "JPN": open_}
    )


@pytest.mark.parametrize("parameters", [{"link": 0.0}, {"instruments": ("compensate",)}, {"retaliate_open": 1.0}])
def test_without_a_link_or_a_means_nothing_follows_pressure_out_of_trade(parameters: dict[str, Any]) -> None:
    assert cuts(linked(**parameters).respond(FakeSituation([PATROLS]))) == {}


def test_pressure_on_trade_is_answered_once_though_patrols_come_with_it() -> None:
    alone = linked().respond(FakeSituation([ban("wine")]))
    assert linked().respond(FakeSituation([ban("wine"), PATROLS])).measures == alone.measures
    assert len(cuts(alone)) == 2


def test_an_actor_outside_the_matrix_has_no_trade_to_cut() -> None:
    iran = Measure("military", "IRN", "AUS", (), 0.1, 2, None, name="boats")
    assert linked().respond(FakeSituation([iran])) == Response()


def test_the_promise_says_how_much_of_it_holds_elsewhere() -> None:
    made = linked(link=0.7).pledge(FakeSituation(), "CHN", "AUS")
    assert made is not None
    assert (made.link, made.promises("coercer"), made.promises("target")) == (0.7, True, True)
    dumb = linked(instruments=("compensate",)).pledge(FakeSituation(), "CHN", "AUS")
    assert dumb is not None
    assert dumb.link == 0.0


def test_joined_to_another_it_links_that_one_s_promise() -> None:
    money = RespondAsAllies(RespondAsAlliesParameters(instruments=("compensate",), pledge=0.03))
    apart = money.pledge(FakeSituation(), "CHN", "AUS")
    joint = Combined([money, linked(link=0.4, retaliate_open=0.6)]).pledge(FakeSituation(), "CHN", "AUS")
    assert apart is not None
    both = replace(apart, promised=("compensate", "retaliate"), link=0.4)
    assert joint == both.with_instrument(Retaliate(retaliate_open=0.6))


@pytest.mark.parametrize("link", [-0.1, 1.1])
def test_chi_out_of_range_is_refused(link: float) -> None:
    with pytest.raises(ValidationError, match="link"):
        LinkedDomainsParameters(link=link)


# ------------------------------------------------------------------ selective_cooperation


def test_shielding_cooperation_answers_nothing_and_promises_nothing() -> None:
    shielded = SelectiveCooperation()
    here = FakeSituation([ban("wine"), PATROLS])
    assert shielded.respond(here) == shielded.prepare(here) == Response()
    assert shielded.pledge(here, "CHN", "AUS") is None
    assert shielded.shield == 1.0
    assert SelectiveCooperation(SelectiveCooperationParameters(prevented=0.25)).shield == 0.25
    assert StandAlone().shield == RespondAsAllies().shield == 0.0


def test_joined_to_others_the_strongest_shield_holds_and_their_promise_stands() -> None:
    half = SelectiveCooperation(SelectiveCooperationParameters(prevented=0.5))
    both = Combined([RespondAsAllies(), half])
    assert both.shield == 0.5
    assert both.pledge(FakeSituation(), "CHN", "AUS") == RespondAsAllies().pledge(FakeSituation(), "CHN", "AUS")
