"""Answers as records: flat, as CSV, as a pandas table; what users get back shows itself in a line."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from coercion_sim.analysis import (
    analyse,
    compare_policies,
    deterrence_frontier,
    least_cost_coalition,
    run_narrative,
    what_if,
)
from coercion_sim.analysis.records import Tabular, flat, to_csv
from coercion_sim.economy import Measure
from coercion_sim.experiments import Results
from fakes.tiny import tiny_world
from support.sweeps import block, sweep

pytestmark = pytest.mark.slow  # many disputes are solved


@dataclass(frozen=True)
class Point:
    x: float
    pair: tuple[int, int]


@dataclass(frozen=True, repr=False)
class Line(Tabular):
    points: tuple[Point, ...]

    @property
    def headline(self) -> str:
        return f"{len(self.points)} points"

    def records(self) -> list[dict[str, object]]:
        return [flat(p) for p in self.points]


def test_flat_goes_one_level_deep_and_leaves_out_what_is_named() -> None:
    assert flat(Point(1.0, (2, 3))) == {"x": 1.0, "pair": (2, 3)}
    assert flat(Point(1.0, (2, 3)), "x") == {"pair": (2, 3)}


def test_a_tabular_answer_is_a_frame_a_line_and_a_table_in_a_notebook() -> None:
    line = Line((Point(1.5, (0, 1)), Point(math.nan, (1, 1))))
    assert repr(line) == "Line(2 points)"
    frame = line.frame()
    assert list(frame.columns) == ["x", "pair"]
    assert frame.x[0] == 1.5
    assert frame.x.isna().tolist() == [False, True]
    assert line._repr_html_().count("<tr") == 3


def test_csv_has_a_header_empty_cells_for_nan_and_inf_for_infinity() -> None:
    text = to_csv([{"a": 1.5, "b": "x,y"}, {"a": math.nan, "b": ""}, {"a": math.inf, "b": "z"}])
    assert text.splitlines() == ["a,b", '1.5,"x,y"', ",", "inf,z"]
    assert to_csv([]) == ""
    assert [r["b"] for r in csv.DictReader(io.StringIO(text))] == ["x,y", "", "z"]


def test_csv_numbers_come_back_as_they_were() -> None:
    numbers = [0.1, 1e-17, 123456789.123456789, -2.0 / 3.0]
    rows = csv.DictReader(io.StringIO(to_csv({"x": x} for x in numbers)))
    assert [float(r["x"]) for r in rows] == numbers


def short(answer: object) -> None:
    """A repr of one line, and the same records in the frame."""
    assert isinstance(answer, Tabular)
    text = repr(answer)
    assert "\n" not in text
    assert len(text) < 300
    assert text.startswith(type(answer).__name__ + "(")
    frame = answer.frame()
    assert isinstance(frame, pd.DataFrame)
    assert len(frame) == len(answer.records()) > 0
    assert "<table" in answer._repr_html_()


def test_a_comparison_is_a_frame_of_its_rows(chosen: Results) -> None:
    made = compare_policies(chosen)
    short(made)
    frame = made.frame()
    assert len(frame) == len(made.rows)
    row = made.select("attempts", policy="stand_alone")[0]
    (mean,) = frame[(frame.outcome == "attempts") & (frame.policy == "stand_alone") & (frame.against == "")]["mean"]
    assert mean == row.spread.mean == chosen.frame("outcomes").query("policy == 'stand_alone'").attempts.mean()


def test_an_analysis_gives_every_table_as_a_frame() -> None:
    rules = {p: (lambda s, k, g=g: {"target_loss_pv": s["x"] + k * g}) for p, g in (("stand_alone", 1), ("other", 2))}
    answer = analyse(sweep([block("grid", [[0.0], [1.0]], ["x"])], rules, 3), ["target_loss_pv"])
    short(answer)
    assert len(answer.frame()) == len(answer.contrasts) == 3
    levels = answer.frame("outcomes_by_policy")
    assert len(levels) == len(answer.levels) == 6
    assert levels["param.x"].tolist()[1:3] == [0.0, 1.0]
    assert levels["mean"].tolist() == [row.mean for row in answer.levels]
    assert list(answer.frame("along_axes")["value"]) == [row.value for row in answer.axes]


def test_answers_on_deterrence_runs_and_shocks_show_themselves(tiny: Path) -> None:
    frontier = deterrence_frontier(tiny, stakes=(0.2,), kinds=("support",), members=("USA",), draws=1)
    short(frontier)
    assert frontier.frame().intensity.tolist() == [0.25, 0.5, 1.0]
    coalition = least_cost_coalition(tiny, stake=0.2, kinds=("support",))
    short(coalition)
    assert coalition.frame().cost_usd_m.tolist() == [c.cost for c in coalition.ranked]
    narrative = run_narrative(tiny, overrides=["conduct=strategic"])
    assert "\n" not in repr(narrative)
    assert len(narrative.frame()) == sum(len(d.decisions) for d in narrative.disputes)
    shock = what_if(tiny_world(), [Measure("import_ban", "CHN", "AUS", ("coal",), 0.1)])
    short(shock)
    assert shock.frame().real_income.tolist() == [s.real_income for s in shock.states]


@pytest.mark.parametrize("table", ["no_such_table", "levels"])
def test_an_unknown_table_of_an_analysis_is_an_error(table: str) -> None:
    answer = analyse(sweep([], {"stand_alone": lambda s, k: {}}, 2), ["attempts"])
    with pytest.raises(KeyError):
        answer.frame(table)
