"""Answers of allies put on the market: who acts on what, how much, when, and what a refusal takes away."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest

from coercion_sim.dispute import (
    Dispute,
    DisputeSettings,
    PayoffQuestion,
    PayoffTable,
    Screen,
    build_game,
    open_pledge,
    responses,
    solve_payoffs,
    spread,
    takes_help,
)
from coercion_sim.economy import EconomyParameters, Measure
from coercion_sim.policies import Absorb, BurdenSharing, Compensate, Pledge, Retaliate, Statement
from coercion_sim.testing import WrittenSituation
from support.small import small_world

WORLD, PLAIN = small_world(), EconomyParameters()
ALLIES = ("USA", "JPN")
KIT = (Absorb(), Statement(), Compensate(), Retaliate())
NONE, ABSORB, COMPENSATE, RETALIATE, BOTH = range(5)


@lru_cache(maxsize=4)
def table(required_cut: float = 0.0, sharing: str = "gdp") -> PayoffTable:
    question = PayoffQuestion(
        "CHN", "AUS", ALLIES, KIT, BurdenSharing(sharing=sharing),  # type: ignore[arg-type]
        screen=Screen("off"), names=("narrow", "barriers"), required_cut=required_cut,
    )  # fmt: skip
    return solve_payoffs(WORLD, PLAIN, question)


def imposed(found: PayoffTable, *profile: int, package: int = 0) -> Dispute:
    """A dispute imposed in quarter 3 in which the allies have chosen these options."""
    game = build_game(found, DisputeSettings(), None, (0.9, 0.5), (0.5, 0.5), (0.1, 0.7), (0.5, 0.5))
    return Dispute("CHN", "AUS", 2, game, True, True, stage="imposed", package=package, profile=profile, imposed_at=3)


def answers(found: PayoffTable, *profile: int, pledge: Pledge | None = None, takes: bool = True) -> list[Measure]:
    situation = WrittenSituation(world=WORLD, losses={"AUS": 80.0})
    return responses(imposed(found, *profile), found, pledge, situation, 6, takes)


# ------------------------------------------------------------------ measures


def test_allies_that_stand_aside_do_nothing() -> None:
    assert answers(table(), NONE, NONE) == []


def test_each_instrument_acts_on_its_own_goods() -> None:
    bought, cut = answers(table(), ABSORB, RETALIATE)
    assert (bought.kind, bought.by, bought.on, bought.sectors) == ("import_subsidy", "USA", "AUS", ("wine",))
    assert (cut.kind, cut.by, cut.on, cut.sectors) == ("export_ban", "JPN", "CHN", ("parts",))
    assert (bought.size, cut.size) == (Absorb().absorb_rate, Retaliate().retaliate_open)


def test_payments_are_a_share_of_the_loss_by_gdp() -> None:
    paid = {m.by: m.size for m in answers(table(), COMPENSATE, COMPENSATE)}
    gdp = {a: float(WORLD.baseline.gdp[WORLD.state_index(a)]) for a in ALLIES}
    assert paid == pytest.approx({a: 0.5 * 80.0 * gdp[a] / sum(gdp.values()) for a in ALLIES})


def test_an_ally_that_joins_two_instruments_does_both() -> None:
    kinds = [(m.kind, m.by, m.on) for m in answers(table(), BOTH, NONE)]
    assert kinds == [("transfer", "USA", "AUS"), ("export_ban", "USA", "CHN")]


def test_an_answer_lasts_one_quarter_and_names_what_it_answers() -> None:
    for measure in answers(table(), BOTH, ABSORB):
        assert (measure.start, measure.until, measure.answers) == (6, 6, "CHN-AUS")
        assert measure.name == f"{measure.purpose} {measure.by}"


def test_words_are_spoken_by_every_ally_that_promised_them() -> None:
    pledge = Pledge(ALLIES, promised=("statement",))
    spoken = [m for m in answers(table(), NONE, RETALIATE, pledge=pledge) if m.kind == "statement"]
    assert [(m.by, m.on, m.size) for m in spoken] == [("USA", "CHN", 0.0), ("JPN", "CHN", 0.0)]
    assert not answers(table(), NONE, NONE, pledge=Pledge(ALLIES, promised=("absorb",)))


def test_at_least_cost_an_ally_that_pays_buys_as_well_where_the_mix_has_it_buy() -> None:
    found = table(sharing="least_cost")
    for buys in (False, True):
        forced = replace(found, absorbs=np.full(found.absorbs.shape, buys))
        kinds = [m.kind for m in answers(forced, COMPENSATE, NONE)]
        assert ("import_subsidy" in kinds) == buys
        assert "import_subsidy" not in [m.kind for m in answers(forced, RETALIATE, NONE)]


# ------------------------------------------------------------------ refusal


def test_a_target_that_takes_help_makes_the_cut_and_one_that_refuses_gets_none() -> None:
    found = table(required_cut=0.1)
    cuts = [(m.kind, m.by) for m in found.trade_cut_measures]
    assert cuts == [("import_barrier", "AUS"), ("export_control", "AUS")]
    taken, refused = (answers(found, COMPENSATE, BOTH, takes=takes) for takes in (True, False))
    assert [(m.kind, m.by) for m in taken][:2] == cuts
    assert sum(m.kind == "transfer" for m in taken) == 2
    assert [(m.kind, m.by) for m in refused] == [("export_ban", "JPN")]


def test_no_cut_is_made_where_nobody_helps() -> None:
    measures = answers(table(required_cut=0.1), RETALIATE, NONE, takes=True)
    assert [m.kind for m in measures] == ["export_ban"]


def test_without_a_cut_asked_a_refusal_changes_nothing() -> None:
    assert answers(table(), COMPENSATE, ABSORB, takes=False) == answers(table(), COMPENSATE, ABSORB, takes=True)


def test_help_is_taken_where_relief_exceeds_the_price_of_the_cut_in_this_year_of_the_dispute() -> None:
    found = table(required_cut=0.1)
    accepted = spread(found).accepted
    for package in range(2):
        for profile in np.ndindex(5, 5):
            dispute = imposed(found, *profile, package=package)
            for quarter, year in ((3, 0), (6, 0), (7, 1), (20, 1)):
                assert takes_help(dispute, found, quarter) == accepted[(year, package, *profile)]
    assert not takes_help(imposed(found, NONE, NONE), found, 3)
    assert takes_help(imposed(table(), NONE, NONE), table(), 3)  # nothing asked, nothing to refuse


# ------------------------------------------------------------------ pledges


def test_without_a_pledge_the_usual_instruments_are_open_at_the_size_of_the_scenario() -> None:
    given = open_pledge(None, DisputeSettings(retaliate_open=0.3))
    assert (given.allies, given.strength, given.promised) == ((), 0.0, ())
    assert given.instrument(Retaliate).retaliate_open == 0.3
    assert {x.name for x in given.instruments} == {"absorb", "statement", "compensate", "retaliate"}


def test_a_pledge_stands_as_it_is() -> None:
    pledge = Pledge(ALLIES, 0.2, ("retaliate",), (Retaliate(retaliate_open=0.9),))
    assert open_pledge(pledge, DisputeSettings(retaliate_open=0.3)) is pledge
