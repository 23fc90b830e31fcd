"""Texts of commands from answers made by hand: every number and name of the answer, within the screen."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from coercion_sim.analysis import BaseRates, Debrief, FlowEffect, Rate, StateEffect, Turn, WhatIf
from coercion_sim.analysis.play.turn import Choosable, Weighed
from coercion_sim.cli.comparison import rates_text
from coercion_sim.cli.deter import PROMISES, promise_in_words
from coercion_sim.cli.game import solution_lines
from coercion_sim.cli.play import debrief_text, turn_text
from coercion_sim.cli.shock import shock_data, shock_text
from coercion_sim.cli.sweep import estimate_text, sweep_text
from coercion_sim.cli.tables import paragraph, paragraphs, plain
from coercion_sim.cli.world import exposure_text, state_text, world_text
from coercion_sim.economy import Measure
from coercion_sim.experiments import Estimate
from coercion_sim.games import solve_game
from coercion_sim.world import show_state, show_world
from fakes.tiny import STATES, tiny_world

WORLD = tiny_world()
BAN = Measure("import_ban", "CHN", "AUS", ("coal",), 0.02, name="ban CHN:AUS:coal")


@pytest.fixture(params=[80, 120])
def width(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setenv("COLUMNS", str(request.param))
    return int(request.param)


def fits(text: str, width: int) -> bool:
    return max(map(len, text.splitlines())) <= width


# ------------------------------------------------------------------ worlds


def test_a_world_lists_states_and_sectors_within_the_screen(width: int) -> None:
    text = world_text(show_world(WORLD), replace(WORLD, repairs=("one", "two"), groups={"PACT": ("AUS", "USA")}))
    assert fits(text, width)
    assert text.startswith("tiny_world: 4 states, 3 sectors; money in US$ million a year")
    row = next(r for r in show_world(WORLD).states if r.state == "AUS")
    line = next(line for line in text.splitlines() if line.startswith("AUS"))
    assert line.split()[2:] == [f"{row.gdp:,.0f}", f"{row.exports:,.0f}", f"{row.imports:,.0f}", f"{row.openness:.2f}"]
    assert "Groups: PACT (2)" in text
    assert "2 repairs and notes from building; --repairs lists them" in text


def test_repairs_are_listed_where_they_are_wanted() -> None:
    lines = world_text(show_world(WORLD), replace(WORLD, repairs=("one", "two")), repairs=True).splitlines()
    assert lines[-3:] == ["2 repairs and notes from building:", "  one", "  two"]


def test_a_state_has_its_trade_ties_and_rivals(width: int) -> None:
    world = replace(WORLD, competitors={"AUS": ("CHN",)}, ideal_point=np.array([0.5, math.nan, 1.0, 2.0]))
    view = show_state(world, "AUS", 3)
    text = state_text(view, "tiny_world")
    assert fits(text, width)
    assert text.startswith("AUS  Australia, in tiny_world")
    for title in ("Sells most", "Buys most", "Partners", "Commitments"):
        assert f"\n{title}\n" in text
    assert "Principal competitors: CHN" in text
    assert "Ideal point (UN votes): 0.50" in text
    assert "Ideal point" not in state_text(show_state(world, "CHN"), "tiny_world")
    assert "0.90" in next(line for line in text.splitlines() if line.startswith("USA") and "pact" in line)


def test_exposures_are_thousandths_with_signs() -> None:
    matrix = np.array([[9.0, 2.0, -3.0, 1.0]] * 4) / 1000.0
    line = next(x for x in exposure_text(WORLD, matrix, None, 2).splitlines() if x.startswith("AUS"))
    assert line.split()[1:] == ["+9.0", "CHN", "+2.0,", "JPN", "+1.0,", "USA", "-3.0", "USA", "-3.0,", "JPN", "+1.0,",
                                "CHN", "+2.0"]  # fmt: skip
    rows = exposure_text(WORLD, matrix, "AUS", 2).splitlines()
    assert [row.split() for row in rows[1:3]] == [["USA", "-3.0", "+9.0"], ["CHN", "+2.0", "+9.0"]]


# ------------------------------------------------------------------ shocks


def effect(period: str, state: str, income: float) -> StateEffect:
    return StateEffect(period, state, income, 2 * income, 3 * income, 4 * income)


FLOW = FlowEffect("long run", "coal", "AUS", "CHN+JPN+USA", 90.0, 45.0, 0.5, (("IND", 30.0), ("KOR", 15.0)))


def answer(periods: tuple[str, ...] = ("long run",), flows: tuple[FlowEffect, ...] = (FLOW,)) -> WhatIf:
    incomes = {"AUS": -1.5, "CHN": 0.25, "USA": 0.001, "JPN": 0.0}
    states = tuple(effect(p, s, x * (k + 1)) for k, p in enumerate(periods) for s, x in incomes.items())
    return WhatIf("tiny_world", (BAN, BAN), periods, states, flows)


def test_a_shock_has_its_effects_and_names_those_that_feel_nothing(width: int) -> None:
    text = plain(shock_text(answer()))
    assert fits(text, width)
    lines = text.splitlines()
    assert lines[0] == "tiny_world: ban CHN:AUS:coal"
    assert next(line.split() for line in lines if line.startswith("AUS")) == ["AUS", "-1.50", "-3.00", "-4.50", "-6.00"]
    assert "About nothing (under 0.005 % of GDP): USA, JPN" in lines
    flow = next(line for line in lines if line.startswith("coal"))
    assert "AUS to 3 states" in flow
    assert "50 %" in flow


def test_states_named_are_shown_though_they_feel_nothing() -> None:
    text = shock_text(answer(), ("JPN",))
    assert "About nothing" not in text
    assert any(line.split() == ["JPN", "0", "0", "0", "0"] for line in text.splitlines())


def test_a_path_has_quarters_years_and_the_long_run() -> None:
    periods = (*(f"quarter {q}" for q in range(1, 6)), "long run")
    lines = plain(shock_text(answer(periods, ()))).splitlines()
    head = next(line for line in lines if line.startswith("state"))
    assert head.split("  ")[0] == "state"
    row = next(line.split() for line in lines if line.startswith("AUS"))
    assert [float(x) for x in row[1:]] == pytest.approx([-1.5, -3.75, -7.5, -9.0])


def test_small_flows_are_counted_and_many_are_left_out() -> None:
    small = tuple(replace(FLOW, sector=f"s{k}", lost=0.1) for k in range(4))
    text = shock_text(answer(flows=(FLOW, *small)))
    assert "(4 smaller flows left out)" in text
    assert "s0" not in text


def test_a_shock_as_data_has_units_and_the_states_named() -> None:
    data = shock_data(answer(), ("CHN",))
    assert [s.state for s in data["states"]] == ["CHN"]
    assert set(data["units"]) == {"real_income", "real_factor_income", "real_gdp", "exports", "lost"}
    assert data["flows"] == (FLOW,)


# ------------------------------------------------------------------ sweeps


def outcome(ran: int, resumed: int, failed: int = 0, stopping: dict[str, Any] | None = None) -> Any:
    design = {"points": 4, "replicates": 8, "policies": ["a", "b"], "stopping": stopping}
    counts = {"ok": 64 - failed, "failed": failed}
    manifest = {"name": "mine", "design": design, "counts": counts, "seconds": 16.0}
    return SimpleNamespace(results=SimpleNamespace(manifest=manifest), ran=ran, resumed=resumed)


def test_a_sweep_says_its_size_its_speed_and_what_comes_next() -> None:
    lines = sweep_text(outcome(32, 32), Path("out/mine")).splitlines()
    assert lines == [
        "mine: 64 runs (4 points x 8 replicates x 2 policies), 0 failed",
        "32 run now in 16 s, 2.0 a second",
        "32 from an earlier command",
        "Tables and manifest are in out/mine",
        "Next: coercion-sim analyse out/mine",
    ]
    assert "--force runs all again" in sweep_text(outcome(0, 64), Path("out/mine"))
    assert "--retry-failed" in sweep_text(outcome(64, 0, failed=2), Path("out/mine"))


def test_a_part_of_a_sweep_names_the_command_that_puts_the_parts_together() -> None:
    lines = sweep_text(outcome(32, 0), Path("out/mine/shard-1-of-2"), "1/2").splitlines()
    assert lines[-1] == "When all parts are there: coercion-sim merge out/mine"


@pytest.mark.parametrize(("at_most", "most"), [(True, "at most "), (False, "")])
def test_an_estimate_scales_the_pilot_up(at_most: bool, most: str) -> None:
    size = Estimate(4, 8, 2, 64, at_most, 3, 0.5, 2, 16.0, 12.0)
    loaded: Any = SimpleNamespace(plan=SimpleNamespace(name="mine"))
    lines = estimate_text(loaded, size).splitlines()
    assert lines[0] == f"mine: 4 points x {most}8 replicates x 2 policies = {most}64 runs"
    assert lines[1] == "about 16 s with 2 workers (0.50 s a run), 12 MB"


# ------------------------------------------------------------------ games and seats


def test_a_solution_lists_choices_outcomes_and_payoffs() -> None:
    from coercion_sim.games import NormalFormGame

    table = {"A": np.array([[2.0, 0.0], [3.0, 1.0]]), "B": np.array([[2.0, 3.0], [0.0, 1.0]])}
    game = NormalFormGame(("A", "B"), {"A": ("give", "keep"), "B": ("give", "keep")}, table)
    lines = solution_lines(solve_game(game, method="nash"))
    assert lines[0].startswith("1 equilibria")
    assert next(line.split() for line in lines if line.strip().startswith("A")) == ["A", "give", "0.000000"]
    assert "payoffs: A 1, B 1" in lines
    logit = solution_lines(solve_game(game, {"A": 2.0, "B": 3.0}, "logit"))
    assert logit[0] == "logit, rationality A 2, B 3"


OPTIONS = (
    Choosable("resist", -0.25, -300.0, -0.5, -0.1, {"stake": 0.1, "trade": -0.35}, 0.75),
    Choosable("concede", -0.4, -480.0, math.nan, math.nan, {"stake": -0.4}, 0.25),
)
NAMES = {"AUS": "Australia", "CHN": "China", "USA": "United States"}
TURN = Turn("AUS", "2020Q3", "answer", "CHN demands. What now?", "CHN", "AUS", "bans", ("ban on coal",), 0.3, 0.6, 0.4,
            (-0.2, -0.1), (-240.0, -120.0), {"USA": "stands aside"}, OPTIONS, ("CHN presses AUS",), NAMES,
            "irresolute")  # fmt: skip


def test_a_turn_shows_what_the_government_knows_and_no_more(width: int) -> None:
    text = "\n".join(turn_text(TURN))
    assert fits(text, width)
    assert "2020Q3, Australia: CHN demands. What now?" in text
    assert (
        "they believe you are resolved with probability 60 %. You believe that China is firm with probability 40 %."
        in " ".join(text.split())
    )
    assert "You are irresolute: giving in costs you your stake, 0.30 % of GDP, and face." in " ".join(text.split())
    assert "75 %" not in text
    advised = "\n".join(turn_text(TURN, advice=True, terms=True))
    assert "75 %" in advised
    assert "stake 0.100, trade −0.350" in advised or "stake 0.100, trade -0.350" in advised


def test_the_end_weighs_every_decision_and_says_what_would_have_been() -> None:
    decision = Weighed("2020Q3", "AUS", "answer", "concede", -0.4, "resist", -0.25, 180.0, 0.25)
    end = Debrief((("CHN-AUS", "bans", "settled", 3),), (("CHN-AUS", "", "lifted", 2),), (decision,),
                  {"AUS": -0.4}, {"AUS": -480.0}, ("CHN presses AUS",), (("CHN-AUS", True, False),))  # fmt: skip
    text = plain("\n".join(debrief_text(end, {"CHN": "China", "AUS": "Australia"})))
    words = " ".join(text.split())
    assert "China on Australia (the measures bans): settled, 3 quarters in force." in words
    assert "The coercer was firm, the target irresolute." in words
    assert "the equilibrium would have ended so: China on Australia: lifted, 2 quarters in force." in words
    row = next(line.split() for line in text.splitlines() if line.strip().startswith("2020Q3"))
    assert row == ["2020Q3", "Australia", "concede", "-0.400", "resist", "-0.250", "25", "%"]
    assert "Australia: 1 decision gave up 0.150 % of GDP (US$ 180 million)" in words
    assert "most of it in 2020Q3: concede instead of resist" in words
    assert ["Australia", "-0.400", "-480"] in [line.split() for line in text.splitlines()]


@pytest.mark.parametrize("kind", list(PROMISES))
def test_a_promise_in_words_has_its_size(kind: str) -> None:
    assert "50 %" in promise_in_words(kind, 0.5)


# ------------------------------------------------------------------ rates


def rate(name: str, value: float, low: float = math.nan, high: float = math.nan, unit: str = "share") -> Rate:
    record = "25 % on record" if name == "success" else ""
    return Rate(name, name.replace("_", " "), unit, 4, 10, value, low, high, record)


def test_rates_of_disputes_stand_beside_the_record(width: int) -> None:
    rates = (rate("success", 0.4, 0.3, 0.5), rate("median_length", math.inf, 6.0, math.inf, "quarters"))
    both = [BaseRates(p, "", None, 40, 40, 12, rates, (rate("bans", 1.0),), taken) for p, taken in (("a", 0), ("b", 3))]
    text = "\n".join(rates_text(both))
    assert fits(text, width)
    assert text.startswith("Disputes in 40 runs [95 %]")
    lines = [line.split() for line in text.splitlines()]
    assert ["and", "went", "on", "from", "the", "script", "0", "3"] in lines
    assert sum("longer [6, longer]" in line for line in text.splitlines()) == 1
    assert "On record: success: 25 % on record." in text
    assert rates_text([]) == []


def test_paragraphs_stand_below_each_other() -> None:
    assert paragraphs(["one", "two"], "  ") == [*paragraph("one", "  "), *paragraph("two", "  ")]
    assert paragraphs([]) == []
    assert len(STATES) == 4
