"""Silos, bridge_silos and expand_alliances move by move; no economy behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from fake_situation import STATES, FakeSituation, ban, world
from pydantic import ValidationError

from coercion_sim.economy import Measure
from coercion_sim.errors import InvalidInput
from coercion_sim.policies import (
    BridgeSilos,
    BridgeSilosParameters,
    BurdenSharing,
    Combined,
    ExpandAlliances,
    ExpandAlliancesParameters,
    RespondAsAllies,
    RespondAsAlliesParameters,
)
from coercion_sim.world import World

GROUPS = {"NATO": ("USA", "KOR"), "QUAD": ("AUS", "JPN", "USA"), "PACT": ("CHN", "ROW")}


def grouped() -> World:
    """The fake world with groups, and votes near the USA's for all but China; Korea's are not recorded."""
    return replace(world(), groups=GROUPS, ideal_point=np.array([1.5, -1.0, 2.0, 1.0, np.nan, 0.5]))


def here(*given: Measure, **more: Any) -> FakeSituation:
    return FakeSituation(given, world=grouped(), **more)


def respond(**parameters: Any) -> RespondAsAllies:
    return RespondAsAllies(RespondAsAlliesParameters(**parameters))


def bridge(**parameters: Any) -> BridgeSilos:
    return BridgeSilos(BridgeSilosParameters(**({"groups": ("NATO", "QUAD")} | parameters)))


# ------------------------------------------------------------------ silos


def test_in_a_silo_only_the_target_s_own_group_answers() -> None:
    silo = respond(groups=("NATO", "QUAD"))
    assert set(silo.helpers(grouped(), "AUS", "CHN")) == {"JPN", "USA"}
    assert set(silo.helpers(grouped(), "KOR", "CHN")) == {"USA"}
    assert silo.helpers(grouped(), "ROW", "CHN") == {}


def test_of_several_groups_that_hold_the_target_the_first_listed_is_its_own() -> None:
    assert set(respond(groups=("QUAD", "NATO")).helpers(grouped(), "USA", "CHN")) == {"AUS", "JPN"}
    assert set(respond(groups=("NATO", "QUAD")).helpers(grouped(), "USA", "CHN")) == {"KOR"}


def test_the_coercer_does_not_answer_though_it_is_in_the_group() -> None:
    assert respond(groups=("PACT",)).helpers(grouped(), "ROW", "CHN") == {}


def test_a_group_the_world_does_not_have_is_named_with_the_nearest() -> None:
    with pytest.raises(InvalidInput, match=r"NATTO.*did you mean NATO"):
        respond(groups=("NATTO",)).helpers(grouped(), "AUS", "CHN")


# ------------------------------------------------------------------ bridges


def test_bridged_every_alliance_answers_and_those_bound_besides() -> None:
    across = bridge(min_strength=0.5)
    assert set(across.helpers(grouped(), "KOR", "CHN")) == {"AUS", "USA", "JPN"}
    assert set(across.helpers(grouped(), "AUS", "CHN")) == {"USA", "JPN", "KOR"}
    assert set(bridge(groups=("PACT",), min_strength=0.5).helpers(grouped(), "AUS", "CHN")) == {"ROW", "USA"}


def test_it_names_whom_the_target_s_own_group_would_not_have_asked() -> None:
    """Korea is in NATO with the USA; Australia and Japan come from the Quad. Ties are too weak to ask for."""
    across = bridge(min_strength=1.0, instruments=("statement",))
    facts = across.respond(here(ban("wine", on="KOR"), losses={"KOR": 1.0})).facts
    assert [f for f in facts if f[0] == "asked"] == [("asked", "AUS", 1.0), ("asked", "JPN", 1.0)]
    assert bridge().respond(here()).facts == ()


def test_usual_alliances_that_the_world_lacks_are_left_out_and_said_others_refused() -> None:
    usual = BridgeSilos(BridgeSilosParameters(min_strength=1.0))
    assert set(usual.helpers(grouped(), "KOR", "CHN")) == {"AUS", "USA", "JPN"}
    (note,) = usual.prepare(here()).notes
    assert note[2].endswith("FIVE_EYES, ANZUS, G7")
    with pytest.raises(InvalidInput, match=r"NATTO.*did you mean NATO"):
        bridge(groups=("NATTO",)).helpers(grouped(), "KOR", "CHN")


def test_it_says_how_many_more_are_asked_for_each_member() -> None:
    facts = {state: value for fact, state, value in bridge(min_strength=1.0).prepare(here()).facts}
    assert facts == {"AUS": 1.0, "USA": 2.0, "JPN": 1.0, "KOR": 2.0}


def effects(measures: Sequence[Measure]) -> np.ndarray:
    """A ban costs Australia 1 % of its GDP of 200. Money reaches it whole; Japan pays 3 for 1, Korea 2, the USA 1.

    Korea's absorption gives Australia 0.6 at a cost of 0.1, the others' nothing. US$ million.
    """
    change = np.zeros(len(STATES))
    for m in measures:
        by = STATES.index(m.by)
        if m.kind == "import_ban":
            change[0] -= 2.0
        elif m.kind == "transfer":
            change[0] += m.size
            change[by] -= {"JPN": 3.0, "KOR": 2.0, "USA": 1.0}[m.by] * m.size
        elif m.kind == "import_subsidy" and m.by == "KOR":
            change[0] += 0.6
            change[by] -= 0.1
    gdp = grouped().baseline.gdp
    found: np.ndarray = 100.0 * change / gdp
    return found


def test_each_uses_its_cheapest_instrument_and_the_dear_give_nothing() -> None:
    """Wanted 2.0: Korea absorbs (0.6 for 0.1), the USA pays the rest, 0.7 of all, though its share by GDP is 0.6."""
    across = bridge(fraction=1.0, instruments=("absorb", "compensate"))
    situation = here(ban("wine"), effects=effects, losses={"AUS": 1.0}, sold={("AUS", "KOR"): 5.0})
    measures = across.respond(situation).measures
    assert {(m.purpose, m.by) for m in measures} == {("absorb", "KOR"), ("compensate", "USA")}
    (paid,) = [m.size for m in measures if m.purpose == "compensate"]
    assert paid == pytest.approx(0.5)  # 0.7 of a loss of 1.0 now, but help of 0.5 is Korea's outlay already


def test_where_the_ceiling_leaves_room_the_dear_pay_what_absorption_leaves_open() -> None:
    across = bridge(fraction=1.0, instruments=("absorb", "compensate"))
    situation = here(ban("wine"), effects=effects, losses={"AUS": 10.0}, sold={("AUS", "KOR"): 5.0})
    (paid,) = [m.size for m in across.respond(situation).measures if m.purpose == "compensate"]
    assert paid == pytest.approx(0.7 * 10.0)


def test_absorbers_share_one_outlay_under_the_ceiling() -> None:
    """Japan and Korea both absorb at 0.1 of purchases of 5 each; a loss of 0.6 pays for six tenths of it."""

    def cheap(measures: Sequence[Measure]) -> np.ndarray:
        change = np.zeros(len(STATES))
        for m in measures:
            change[0] += {"import_ban": -2.0, "import_subsidy": 0.3, "transfer": m.size}[m.kind]
            change[STATES.index(m.by)] -= m.size * 5 if m.kind == "transfer" else 0.0
        found: np.ndarray = 100.0 * change / grouped().baseline.gdp
        return found

    across = bridge(fraction=0.3, instruments=("absorb", "compensate"), groups=("NATO", "QUAD"), cap=9.0)
    sold = {("AUS", "KOR"): 5.0, ("AUS", "JPN"): 5.0, ("AUS", "USA"): 0.0}
    given = across.respond(here(ban("wine"), effects=cheap, losses={"AUS": 0.6}, sold=sold)).measures
    rates = {m.by: m.size for m in given if m.purpose == "absorb"}
    assert sum(rates[s] * 5.0 for s in rates) <= 0.6 + 1e-12
    assert len(set(rates.values())) == 1


def test_relief_out_of_reach_is_given_as_far_as_it_goes_and_said() -> None:
    """Absorption alone gives 0.6 of the 2.0 wanted."""
    across = bridge(fraction=1.0, instruments=("absorb",))
    answer = across.respond(here(ban("wine"), effects=effects, losses={"AUS": 9.0}, sold={("AUS", "KOR"): 5.0}))
    assert {(m.purpose, m.by) for m in answer.measures} == {("absorb", "KOR")}
    assert ("relief_short", "AUS", pytest.approx(0.7)) in answer.facts
    assert [(kind, state) for kind, state, _ in answer.notes] == [("relief_short", "AUS")]
    capped = bridge(fraction=1.0, instruments=("compensate",), cap=0.5)
    short = {f: v for f, _, v in capped.respond(here(ban("wine"), effects=effects, losses={"AUS": 9.0})).facts}
    assert short["relief_short"] == pytest.approx(0.5)
    words = bridge(instruments=("statement",)).respond(here(ban("wine"), effects=effects))
    assert "relief_short" not in {fact for fact, _, _ in words.facts}


def test_by_gdp_all_pay_and_all_absorb_what_they_buy() -> None:
    across = bridge(fraction=1.0, instruments=("absorb", "compensate"), sharing="gdp")
    situation = here(ban("wine"), effects=effects, losses={"AUS": 1.0}, sold={("AUS", "KOR"): 5.0})
    pays = {m.by: m.size for m in across.respond(situation).measures if m.purpose == "compensate"}
    assert set(pays) == {"USA", "JPN", "KOR"}
    assert pays["USA"] / pays["JPN"] == pytest.approx(3.0)


def test_cuts_are_made_by_whom_they_cost_least() -> None:
    def cutting(measures: Sequence[Measure]) -> np.ndarray:
        """Chips cost China 1 whoever cuts them; the USA loses nothing by it, Japan and Korea 1 each."""
        change = np.zeros(len(STATES))
        for m in measures:
            if m.kind == "export_ban":
                change[1] -= 1.0
                change[STATES.index(m.by)] -= 0.0 if m.by == "USA" else 1.0
        found: np.ndarray = 100.0 * change / grouped().baseline.gdp
        return found

    across = bridge(instruments=("retaliate",))
    cuts = across.respond(here(ban("wine"), effects=cutting)).measures
    assert sorted(m.by for m in cuts) in (["JPN", "KOR", "USA"], ["JPN", "USA"], ["KOR", "USA"])
    assert "USA" in {m.by for m in cuts}
    whole = bridge(instruments=("retaliate",), sharing="gdp").respond(here(ban("wine"), effects=cutting)).measures
    assert len(cuts) == len(whole) == 3  # three quarters of the harm needs all three here


def test_joined_to_another_its_promise_is_widened_and_shared_anew() -> None:
    narrow = respond(groups=("NATO", "QUAD"), pledge=0.03)
    apart = narrow.pledge(here(), "CHN", "KOR")
    joint = Combined([narrow, bridge(min_strength=0.5)]).pledge(here(), "CHN", "KOR")
    assert apart is not None
    assert joint is not None
    assert apart.allies == ("USA",)
    assert joint == replace(apart, allies=("USA", "AUS", "JPN"), sharing=BurdenSharing(sharing="least_cost"))


# ------------------------------------------------------------------ expansion


def expand(**parameters: Any) -> ExpandAlliances:
    given = {"members": ("AUS", "USA"), "max_distance": 1.2, "min_trade": 0.0}
    return ExpandAlliances(ExpandAlliancesParameters(**(given | parameters)))


def test_those_who_vote_alike_are_admitted() -> None:
    """Members' mean is 1.875, weighted by GDP: Japan at 1.0 is in, China is out, Korea is not recorded."""
    assert expand().admitted(grouped()) == ("JPN",)
    assert expand(max_distance=0.8).admitted(grouped()) == ()
    assert expand(max_distance=9).admitted(grouped()) == ("JPN",)
    assert expand(max_distance=9, competitor="JPN").admitted(grouped()) == ("CHN",)


def test_and_who_trade_with_the_members() -> None:
    assert expand(max_distance=9, competitor="JPN", min_trade=0.3).admitted(grouped()) == ("CHN",)
    assert expand(min_trade=0.3).admitted(grouped()) == ()


def test_the_admitted_answer_for_members_and_are_answered_for() -> None:
    assert set(expand(min_strength=0.8).helpers(grouped(), "AUS", "CHN")) == {"USA", "JPN"}
    assert set(expand(min_strength=0.99).helpers(grouped(), "JPN", "CHN")) == {"AUS", "USA"}
    assert set(expand(min_strength=0.8).helpers(grouped(), "KOR", "CHN")) == set()


def test_the_price_is_exposure() -> None:
    response = expand(exposure=0.02).prepare(here(turned={("CHN", "JPN"): 0.5}))
    assert ("admitted", "JPN", 1.0) in response.facts
    assert ("exposure_added", "JPN", pytest.approx(0.01)) in response.facts
    assert response.measures == ()


def test_a_world_without_votes_is_refused_by_name() -> None:
    with pytest.raises(InvalidInput, match=r"max_distance.*world fake has no UN voting ideal points"):
        expand().admitted(world())
    assert expand(max_distance=10, min_trade=0.3).admitted(world()) == ()
    assert expand(max_distance=10).admitted(world()) == ("JPN", "KOR")


def test_joined_to_another_it_adds_the_expanded_alliance() -> None:
    narrow = respond(groups=("NATO", "QUAD"))
    joint = Combined([narrow, expand(min_strength=0.99)]).pledge(here(), "CHN", "JPN")
    assert joint is not None
    assert set(joint.allies) == {"AUS", "USA"}


@pytest.mark.parametrize(
    "wrong",
    [{"max_distance": -1}, {"min_trade": 1.5}, {"members": ()}, {"sharing": "fair"}, {"members": ("AUS", "CHN")}],
)
def test_parameters_out_of_range_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ExpandAlliancesParameters(**wrong)
