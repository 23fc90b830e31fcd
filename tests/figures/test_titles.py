"""Titles say what was found: every number in them is recomputed here from the tables, another way."""

from __future__ import annotations

import re
from collections.abc import Callable

import pandas as pd
import pytest

from coercion_sim.experiments import Results
from coercion_sim.figures.compare import course, diversion, losses, who_pays
from coercion_sim.figures.compare.paths import title as path_title
from coercion_sim.figures.style.data import measure_bars, pressure_steps, record, state_outcome
from coercion_sim.figures.style.text import listing, number, percent, policy_label, possessive

Maker = Callable[..., Results]


def numbers(title: str) -> list[float]:
    """Numbers of a title in order, thousands commas and the true minus understood."""
    found = re.findall(r"−?\d[\d,]*(?:\.\d+)?", title)
    return [float(text.replace(",", "").replace("−", "-")) for text in found]


def mean_effect(results: Results, state: str) -> pd.Series:
    frame = results.frame("states")
    frame = frame[(frame.state == state) & frame.step.between(2, 11)]
    return frame.groupby("policy").coercion_effect.mean()


def test_losses_title_tells_cost_and_what_each_policy_takes_off_it(make_results: Maker) -> None:
    results = make_results()
    effect = mean_effect(results, "AUS")
    cost = -effect["stand_alone"]
    cuts = [100 * (1 - effect[p] / effect["stand_alone"]) for p in ("respond_as_allies", "integrate_economies")]
    said = losses.title(results)
    assert numbers(said) == [float(f"{cost:.2g}"), *[round(c) for c in cuts]]
    assert said.startswith("China's measures cost Australia, standing alone,")
    assert "an allied response cuts that by 70 % and integration by 10 %" in said


def test_losses_title_pairs_replicates_where_runs_failed(make_results: Maker) -> None:
    """Replicate 2 loses most; where the allied run of it failed, the cut is taken over the other two only."""
    said = losses.title(make_results(failed=[("respond_as_allies", 2)]))
    assert "an allied response cuts that by 70 %" in said


def test_losses_title_of_one_policy_has_no_comparison(make_results: Maker) -> None:
    results = make_results(policies=("stand_alone",))
    assert numbers(losses.title(results)) == [float(f"{-mean_effect(results, 'AUS')['stand_alone']:.2g}")]
    assert ";" not in losses.title(results)


def test_titles_without_pressure_say_so(make_results: Maker) -> None:
    results = make_results(pressure=False)
    assert losses.title(results) == course.title(results) == "China put no pressure on Australia"


def test_diversion_title_tells_extremes_and_agreement(make_results: Maker) -> None:
    """Coal lies in its recorded range, wine (25 %) misses its recorded 60 %: one of two agrees."""
    results = make_results()
    frame = results.frame("sectors")
    frame = frame[frame.policy == "stand_alone"]
    share = {}
    for sector, start in (("coal", 2), ("wine", 2), ("beef", 4)):
        rows = frame[(frame.sector == sector) & frame.step.between(start + 1, start + 4)]
        sums = rows.groupby("replicate")[["gained_quantity", "lost_quantity"]].sum()
        share[sector] = 100 * (sums.gained_quantity / sums.lost_quantity).mean()
    said = diversion.title(results)
    assert numbers(said) == [round(share["wine"]), round(share["coal"]), 1, 2]
    assert "(wine) to" in said
    assert "(coal and lignite)" in said
    assert "meet" not in diversion.title(make_results(record=()))


def test_time_path_title_tells_the_worst_year_of_both(make_results: Maker) -> None:
    results = make_results()
    frame = results.frame("states").assign(year=lambda f: f.quarter.str[:4])
    frame = frame[frame.policy == "stand_alone"]
    years = frame.groupby(["state", "year", "replicate"]).coercion_effect.mean().groupby(["state", "year"]).median()
    said = course.title(results)
    worst = years["AUS"].idxmin()
    assert numbers(said) == [int(worst), float(f"{-years['AUS'].min():.2g}"), float(f"{-years['CHN'].min():.2g}")]


def test_burdens_title_tells_who_pays_and_how_much(make_results: Maker) -> None:
    results = make_results()
    frame = results.frame("states")
    frame = frame[(frame.policy == "respond_as_allies") & frame.step.between(2, 11)]
    mean = frame.groupby("state")[["help_paid", "burden"]].mean()
    total = mean.help_paid.sum()
    loads = sorted(x for x in mean.burden if x)
    said = who_pays.title(results)
    assert said.startswith("The United States pays")
    assert numbers(said) == [round(100 * mean.help_paid["USA"] / total), total, loads[0], loads[-1]]


def test_period_under_pressure_is_read_from_the_quarters(make_results: Maker) -> None:
    assert pressure_steps(make_results()) == tuple(range(2, 12))
    assert pressure_steps(make_results(pressure=False)) == tuple(range(12))


def test_states_shown_are_target_coercer_then_the_most_affected(make_results: Maker) -> None:
    assert losses.states_shown(make_results(), others=1) == ("AUS", "CHN", "NZL")


def test_record_keeps_range_and_grade(make_results: Maker) -> None:
    only_range = {"sector": "beef", "diverted_share": None, "range": [0.2, 0.6], "grade": ""}
    found = record(
        make_results(record=({"sector": "coal", "diverted_share": 0.8, "range": [0.7, 1.0], "grade": "B"}, only_range))
    )
    assert (found["coal"].share, found["coal"].low, found["coal"].high, found["coal"].grade) == (0.8, 0.7, 1.0, "B")
    assert found["beef"].share == pytest.approx(0.4)


def test_too_many_products_share_lines(make_results: Maker) -> None:
    bars = measure_bars(make_results(), most=2)
    assert [bar.label for bar in bars] == ["coal", "2 others"]
    assert bars[1].spans == ((2, 11),)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0862, "0.086"), (-0.0862, "−0.086"), (1234.0, "1,200"), (0.0, "0"), (9.96, "10"), (float("nan"), "n/a")],
)
def test_numbers_have_two_digits_and_no_powers(value: float, text: str) -> None:
    assert number(value) == text


def test_words() -> None:
    assert percent(0.004) == "under 1 %"
    assert percent(-0.12) == "−12 %"
    assert possessive("United States") == "United States'"
    assert listing(["a", "b", "c"]) == "a, b and c"
    assert policy_label("respond_as_allies+integrate_economies") == "respond as allies + integrate economies"


def test_names_with_an_article_have_it_in_sentences_and_abbreviations_stay_large(make_results: Maker) -> None:
    names = {"Australia": "United Kingdom", "China": "Russian Federation"}
    results = make_results(3, names=lambda name: names.get(name, name))
    assert losses.title(results).startswith(
        "The Russian Federation's measures cost the United Kingdom, standing alone,"
    )
    assert "Standing alone, the United Kingdom loses most in 2020" in course.title(results)
    data = state_outcome(results, "real_gdp")
    assert path_title(results, data, "real_gdp", "AUS").startswith("The United Kingdom's real GDP")
