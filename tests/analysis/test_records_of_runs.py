"""Runs narrated and played again, as data made by hand: every record, every line of a repr, JSON that loads."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coercion_sim.analysis import (
    BeliefPath,
    Choice,
    DisputeNarrative,
    FirstDispute,
    NotReplayable,
    RunNarrative,
    TradeChange,
    reduced,
    trade_change,
)
from coercion_sim.analysis.replay.narrative_records import AllyRecord, MeasureSpell, Option, PackageRecord, Payment
from coercion_sim.analysis.replay.replay import Replay, replayed
from coercion_sim.analysis.replay.run_narrative import _depth, _effects, _measures, _payments
from coercion_sim.cli.explain import narrative_text
from coercion_sim.dispute import Accuracy, ScreenedGood, solve_dispute
from coercion_sim.economy import Measure
from coercion_sim.errors import InvalidInput
from support.dispute_games import flagship_game, random_game
from support.sweeps import sweep

QUARTERS = ("2020Q1", "2020Q2", "2020Q3", "2020Q4")


def choice(quarter: str, mover: str, move: str, chosen: str, *options: tuple[str, float]) -> Choice:
    made = tuple(Option(label, -0.1, odds, {"stake": -0.1, "trade": 0.0}) for label, odds in options)
    return Choice(quarter, move, mover, "logit", 0.6, 0.4, made, 0.5, chosen)


PRESSED = choice("2020Q1", "CHN", "press", "press", ("wait", 0.25), ("press", 0.75))
RESISTED = choice("2020Q1", "AUS", "answer", "resist", ("concede", 0.1), ("resist", 0.9))
DISPUTE = DisputeNarrative(
    coercer="CHN", target="AUS", quarter="2020Q1", stake_coercer=0.1, stake_target=0.4, firm=True, resolved=False,
    belief_target=(0.5, 0.7), belief_coercer=(0.4, 0.9),
    packages=(PackageRecord("bans", ("import_ban 0 on coal",), -0.3, -0.2, -0.05, 0.01),),
    goods=(ScreenedGood("coal", 0.5, 0.01, 0.2, ""), ScreenedGood("iron", 0.9, math.inf, math.nan, "share")),
    dropped=(("controls", "no effect"),), retaliation_goods=("parts",),
    allies=(AllyRecord("USA", 0.02, 0.05, 0.8, 0.1, "compensate"), AllyRecord("JPN", 0.01, 0.0, 0.5, 0.2, "")),
    decisions=(PRESSED, RESISTED), package="bans", ending="lifted", imposed="2020Q1", ended="2020Q3", length=2.0,
    table_effect=-0.3, realised_effect=-0.25, interpolation=Accuracy(1e-4, 2e-4, 3),
)  # fmt: skip
RUN = RunNarrative(
    scenario="s", title="A quarrel", world="small", policy="stand_alone", seed=7, replicate=2, conduct="strategic",
    quarters=QUARTERS, values={"economy.rate": 0.25, "law": "weak"}, review=0.5, scripted_measures=0,
    disputes=(DISPUTE,), payments=(Payment("USA", 120.0, 0.01),), effects=(("AUS", -0.3), ("CHN", 0.02)),
    measures=(MeasureSpell("coercion", "coal", "import_ban", "CHN", "AUS", ("coal",), 0.02, "2020Q1", "2020Q3"),),
)  # fmt: skip


# ------------------------------------------------------------------ narratives


def test_every_decision_is_a_record_with_the_odds_of_what_was_chosen() -> None:
    rows = RUN.records()
    assert [(row["mover"], row["chosen"], row["probability"]) for row in rows] == [
        ("CHN", "press", 0.75), ("AUS", "resist", 0.9),
    ]  # fmt: skip
    assert {row["coercer"] for row in rows} == {"CHN"}
    assert list(RUN.frame().columns) == list(rows[0])
    assert repr(RUN) == "RunNarrative(s under stand_alone, seed 7, replicate 2: 1 disputes, 2 decisions)"


def test_a_narrative_is_json_with_null_for_what_is_no_number() -> None:
    data = json.loads(json.dumps(RUN.as_dict(), allow_nan=False))
    first, second = data["disputes"][0]["goods"]
    assert (first["loss"], second["loss"], second["cost"]) == (0.2, None, None)
    assert data["disputes"][0]["belief_target"] == [0.5, 0.7]
    assert data["values"] == {"economy.rate": 0.25, "law": "weak"}
    assert data["effects"] == [["AUS", -0.3], ["CHN", 0.02]]


@pytest.mark.parametrize("width", [80, 120])
def test_a_narrative_in_words_names_everything_that_happened(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    text = narrative_text(RUN)
    assert max(map(len, text.splitlines())) <= width
    for words in (
        "A quarrel", "economy.rate 0.25, law weak", "1 dispute arose:", "no supplier left", "dropped: controls",
        "Goods they could together deny CHN: parts", "(made no choice)", "CHN presses or not",
        "Ending: measures lifted unrewarded.", "gap +0.05",
    ):  # fmt: skip
        assert words in " ".join(text.split()), words
    chosen = next(line for line in text.splitlines() if line.lstrip().startswith("> press"))
    assert "p 0.750  [0.250, 1.000)" in chosen
    assert "-0.100 stake" in chosen


def test_one_dispute_alone_leaves_the_overview_and_the_measures_out() -> None:
    twice = replace(RUN, disputes=(DISPUTE, replace(DISPUTE, quarter="2020Q3", imposed="", ending="backed_down")))
    whole, second = narrative_text(twice), narrative_text(twice, only=2)
    assert "2 disputes arose:" in whole
    assert "see the first dispute of CHN and AUS" in whole
    assert "Dispute 1" not in second
    assert "Coercive measures" not in second
    assert "Ending: coercer backed down; nothing was imposed." in second


def test_a_scripted_run_says_that_nobody_chooses() -> None:
    text = narrative_text(replace(RUN, conduct="scripted", disputes=()))
    assert "No state chooses here" in text
    assert "No dispute arose" not in text
    assert "No dispute arose in this run." in narrative_text(replace(RUN, disputes=()))


# ------------------------------------------------------------------ from a model to its records


def model(*history: Any) -> Any:
    states = ("AUS", "CHN", "USA")
    return SimpleNamespace(world=SimpleNamespace(states=states), history=history)


def quarter(q: int, pressed: tuple[Measure, ...], taken: tuple[Measure, ...] = (), effect: float = -0.4) -> Any:
    welfare = np.array([effect, 0.08, 0.0])
    actual, without = (SimpleNamespace(welfare_pct_gdp=x) for x in (welfare, np.zeros(3)))
    return SimpleNamespace(
        quarter=q, pressed=pressed, answers=taken, taken=taken, standing=(), actual=actual, without=without,
        help_paid=np.array([0.0, 0.0, 40.0 * len(taken)]), burden=np.array([0.0, 0.0, 0.2 * len(taken)]),
    )  # fmt: skip


BAN = Measure("import_ban", "CHN", "AUS", ("coal",), 0.1, name="coal")
HELP = Measure("transfer", "USA", "AUS", (), 40.0, purpose="compensate", name="aid")
SCENARIO = cast("Any", SimpleNamespace(quarter_label=lambda q: QUARTERS[q]))


def test_a_measure_renewed_is_one_spell_and_one_after_a_pause_another() -> None:
    deeper = replace(BAN, size=0.05)
    spells = _measures(model(quarter(0, (BAN,)), quarter(1, (deeper,)), quarter(2, ()), quarter(3, (BAN,))), SCENARIO)
    assert [(s.first, s.last, s.size) for s in spells] == [("2020Q1", "2020Q2", 0.05), ("2020Q4", "2020Q4", 0.1)]


def test_payments_and_effects_are_annual_rates_of_quarters() -> None:
    run = model(quarter(0, (BAN,)), quarter(1, (BAN,), (HELP,)), quarter(2, (BAN,), (HELP,), effect=-0.2))
    (paid,) = _payments(run)
    assert (paid.state, paid.paid, paid.burden) == ("USA", pytest.approx(20.0), pytest.approx(0.1))
    effects = dict(_effects(run))
    assert effects == {"AUS": pytest.approx(-0.25), "CHN": pytest.approx(0.06)}


def test_the_depth_of_a_measure_is_its_size_or_what_it_leaves() -> None:
    assert _depth(BAN) == "0.1"
    assert _depth(Measure("import_ban", "CHN", "AUS", ("coal",), math.nan, left=0.05)) == "leaving 5 %"


# ------------------------------------------------------------------ disputes and trade


def first(game: Any) -> FirstDispute:
    return FirstDispute("s", "p", "CHN", "AUS", "2020Q1", game, True, False, True)


def test_a_first_dispute_is_a_record_for_each_package_without_help() -> None:
    game = random_game(3, K=3, n=2)
    rows = first(game).records()
    assert [row["package"] for row in rows] == list(game.packages)
    np.testing.assert_allclose([row["coercer_cost"] for row in rows], game.coercer_cost[0, :, 0, 0])
    np.testing.assert_allclose([row["target_effect"] for row in rows], game.target_effect[0, :, 0, 0])
    assert repr(first(game)) == "FirstDispute(s: CHN presses AUS in 2020Q1, p)"


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 3), st.integers(0, 2))
def test_a_reduced_game_keeps_the_packages_that_hurt_most_and_the_ally_with_most_at_stake(
    seed: int, packages: int, allies: int
) -> None:
    game = random_game(seed, K=3, n=2)
    small = reduced(first(game), packages, allies)
    hurt = game.target_effect[0, :, 0, 0]
    assert {game.packages.index(p) for p in small.packages} == set(np.argsort(hurt)[:packages].tolist())
    assert len(small.allies) == allies
    stake = dict(zip(game.allies, game.interest + game.pledge, strict=True))
    assert all(stake[a] >= stake[b] for a in small.allies for b in set(game.allies) - set(small.allies))
    aside = tuple(0 if a not in small.allies else slice(None) for a in game.allies)
    for year in range(2):
        for k, package in enumerate(small.packages):
            before = game.packages.index(package)
            np.testing.assert_array_equal(small.coercer_cost[year, k], game.coercer_cost[(year, before, *aside)])
            np.testing.assert_array_equal(small.target_effect[year, k], game.target_effect[(year, before, *aside)])
            for i, ally in enumerate(small.allies):
                own = game.ally_cost[game.allies.index(ally)]
                np.testing.assert_array_equal(small.ally_cost[i, year, k], own[(year, before, *aside)])
    assert (small.belief_target, small.belief_coercer) == (0.0, 1.0)


def test_a_game_reduced_to_all_of_it_is_solved_alike() -> None:
    game = flagship_game(allies=1)
    whole = reduced(first(game), len(game.packages), 1)
    known = replace(game, belief_target=0.0, belief_coercer=1.0)
    np.testing.assert_allclose(solve_dispute(whole).press, solve_dispute(known).press, atol=1e-9)


def test_beliefs_are_records_from_before_the_first_move() -> None:
    path = BeliefPath("CHN", "AUS", (3, 4), (0.5, 0.6, 0.7), (0.4, 0.3, 0.9), True, False, True, "lifted", True)
    assert path.records() == [
        {"quarter": q, "target_resolved": mu, "coercer_firm": nu}
        for q, mu, nu in ((None, 0.5, 0.4), (3, 0.6, 0.3), (4, 0.7, 0.9))
    ]
    assert repr(path) == "BeliefPath(CHN presses AUS, 2 quarters, lifted)"


def test_trade_is_a_record_for_each_pair_of_different_states() -> None:
    before, after = np.array([[0.0, 2.0], [3.0, 0.0]]), np.array([[0.0, 1.0], [5.0, 0.0]])
    made = TradeChange(("AUS", "CHN"), before, after, "2020Q2", (("CHN", "AUS"),), True)
    assert made.change.tolist() == [[0.0, -1.0], [2.0, 0.0]]
    assert [(r["exporter"], r["before"], r["after"]) for r in made.records()] == [("AUS", 2.0, 1.0), ("CHN", 3.0, 5.0)]
    assert repr(made) == "TradeChange(2020Q2: 1 measure)"
    assert Replay(cast("Any", None), cast("Any", None), True).same_code


# ------------------------------------------------------------------ runs that cannot be played again


def test_what_the_results_do_not_hold_is_refused_by_name() -> None:
    results = sweep([], {"stand_alone": lambda s, k: {}}, 4)
    for arguments, key in (
        (("stand_alon", 0, 0), "stand_alone"),
        (("stand_alone", 4, 0), ""),
        (("stand_alone", 0, 1), ""),
    ):
        with pytest.raises(InvalidInput) as error, replayed(results, *arguments):
            pass
        (problem,) = error.value.problems
        assert (problem.suggestion or "") == key
    with pytest.raises(InvalidInput) as error, replayed(results, "no_such", 9, 9):
        pass
    assert len(error.value.problems) == 3


def test_a_failed_run_cannot_be_replayed() -> None:
    failed = sweep([], {"stand_alone": lambda s, k: {}}, 2, failed=[(0, 1, "stand_alone")])
    with pytest.raises(NotReplayable, match="replicate 1"), replayed(failed, "stand_alone", 1):
        pass


def test_a_quarter_that_no_run_has_is_refused_before_one_is_played() -> None:
    results = sweep([], {"stand_alone": lambda s, k: {}}, 2)
    with pytest.raises(InvalidInput, match="no such quarter") as error:
        trade_change(results, "stand_alone", quarter="2020Q9")
    (problem,) = error.value.problems
    assert (problem.found, problem.allowed) == ("'2020Q9'", f"{results.quarters[0]} to {results.quarters[-1]}")
