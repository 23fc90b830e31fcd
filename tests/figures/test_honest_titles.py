"""Titles claim no more than the runs bear: intervals that hold 0, ties, shares just below one."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from coercion_sim.analysis import ALL_POINTS, Analysis, MeanRow, analyse
from coercion_sim.errors import InvalidInput
from coercion_sim.experiments import Results
from coercion_sim.figures import (
    NothingToShow,
    cumulative,
    differences,
    distributions,
    house,
    paths,
    policy_contrasts,
    regrets,
    time_path,
)
from coercion_sim.figures.compare import losses, who_pays
from coercion_sim.figures.style.data import measure_bars, one_presser, script_end
from coercion_sim.figures.style.outcome_words import difference_sentence
from coercion_sim.figures.style.style import marks_of
from coercion_sim.figures.style.text import percent, policy_subject
from coercion_sim.figures.sweep.sweep_text import policy_marks
from coercion_sim.report import write_report
from coercion_sim.report.numbers import share
from support.sweeps import block, sweep

Maker = Callable[..., Results]


def axes(figure: object) -> list:
    """Axes of a figure and of its parts, in order."""
    found = list(figure.axes)  # type: ignore[attr-defined]
    return found or [ax for part in figure.subfigs for ax in axes(part)]  # type: ignore[attr-defined]


def head(figure: object) -> str:
    """Title of a figure on one line."""
    top = figure.subfigs[0].texts[0].get_text()  # type: ignore[attr-defined]
    return str(top).replace("\n", " ").replace("\u00a0", " ")


def row(mean: float, low: float, high: float) -> MeanRow:
    """A mean difference of an allied response with its interval."""
    return MeanRow(
        "pressure_quarters",
        "respond_as_allies",
        "stand_alone",
        ALL_POINTS,
        "replicates",
        24,
        mean,
        low,
        high,
        1.0,
        1.0,
        "",
    )


@pytest.mark.parametrize(
    ("mean", "low", "high", "said"),
    [
        (-0.54, -1.5, 0.46, "does not clearly change the quarters under pressure (mean −0.54 quarters [−1.5, 0.46])"),
        (0.54, -0.46, 1.5, "does not clearly change the quarters under pressure (mean +0.54 quarters [−0.46, 1.5])"),
        (-0.54, -1.0, -0.1, "lowers the quarters under pressure by 0.54 quarters [0.10, 1.0] on average"),
        (0.54, float("nan"), float("nan"), "raises the quarters under pressure by 0.54 quarters on average"),
    ],
)
def test_a_difference_whose_interval_holds_0_is_not_called_a_rise_or_fall(
    mean: float, low: float, high: float, said: str
) -> None:
    assert difference_sentence("pressure_quarters", "quarters", row(mean, low, high)) == f"An allied response {said}"


def test_a_share_just_below_one_is_not_all() -> None:
    assert percent(0.996) == "over 99 %"
    assert percent(1.0) == "100 %"
    assert percent(0.994) == "99 %"


def rules(**values: Callable[[int], dict[str, float]]) -> Analysis:
    """Analysis of one point, 24 replicates, outcomes of each policy by replicate."""
    bound = {policy: (lambda s, k, f=f: f(k)) for policy, f in values.items()}
    names = list(next(iter(values.values()))(0))
    return analyse(sweep([], bound, 24), names)


def test_regret_names_no_winner_where_each_policy_wins_one_outcome() -> None:
    answer = rules(
        stand_alone=lambda k: {"target_loss_pv": 1.0 + k, "burden_total": 0.0},
        respond_as_allies=lambda k: {"target_loss_pv": 0.5 + k, "burden_total": 1.0},
    )
    with house():
        said = head(regrets(answer))
    assert said == (
        "Which policy is most often the best depends on the outcome: respond as allies for loss of the target (present"
        " value) and stand alone for burden of the allies (present value)"
    )


def test_regret_names_no_winner_where_intervals_overlap() -> None:
    """Best in 13 of 24 worlds against 11: that is luck."""
    answer = rules(
        stand_alone=lambda k: {"target_loss_pv": 1.0},
        respond_as_allies=lambda k: {"target_loss_pv": 0.9 if k < 13 else 1.1},
    )
    assert [round(24 * r.best) for r in answer.regret] == [11, 13]
    with house():
        said = head(regrets(answer))
    assert said == "No policy is clearly the best more often than the others for any outcome"


def test_regret_keeps_the_direction_of_a_long_name_at_the_width_of_a_column() -> None:
    answer = rules(
        stand_alone=lambda k: {"target_loss_pv": 1.0 + k, "burden_total": 0.0},
        respond_as_allies=lambda k: {"target_loss_pv": 0.5 + k, "burden_total": 1.0},
    )
    with house():
        left = axes(regrets(answer, width=3.5))[0]
    assert [t.get_text()[0] for t in left.get_yticklabels()] == ["↓", "↓"]


def test_contrasts_say_what_the_difference_is_taken_from() -> None:
    answer = rules(
        stand_alone=lambda k: {"target_loss_pv": 1.0 + k}, respond_as_allies=lambda k: {"target_loss_pv": 0.5 + k}
    )
    with house():
        (ax,) = axes(policy_contrasts(answer, "target_loss_pv"))
    assert ax.get_xlabel() == "Difference from stand alone (% of own GDP)"


def test_a_policy_looks_the_same_where_others_are_left_out(make_results: Maker) -> None:
    results = make_results().only(policies=("stand_alone", "integrate_economies"))
    answer = analyse(results, ("target_loss_pv",))
    assert policy_marks(answer) == marks_of(results) == {p: marks_of(make_results())[p] for p in results.policies}


def test_burdens_name_the_policy_where_several_cost_something(make_results: Maker) -> None:
    results = make_results()
    assert who_pays.title(results).startswith("The United States pays")
    held = results.table("states").to_pandas()
    other = (held.policy == "integrate_economies") & (held.state == "USA")
    held.loc[other, "help_paid"] = 1.0
    results._tables["states"] = type(results.table("states")).from_pandas(held, preserve_index=False)
    results._cache.clear()
    assert who_pays.title(results).startswith("Under respond as allies, the United States pays")


def test_panels_above_the_last_row_have_their_quarters(make_results: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four panels, three across: the two without one below keep their labels."""
    policies = ("stand_alone", "respond_as_allies", "integrate_economies", "silos")
    for table in ("LEFT", "GAIN"):
        monkeypatch.setitem(make_results.__globals__[table], "silos", 0.5)  # type: ignore[attr-defined]
    results = make_results(policies=policies)
    with house():
        panels = [ax for ax in axes(paths(results)) if ax.axison]
    assert [bool(ax.get_xlabel()) for ax in panels] == [False, True, True, True]


def test_words_agree_in_number_and_counts_are_whole() -> None:
    rules = {"stand_alone": lambda s, k: {"attempts": 3.0 + (k > 14)}, "silos": lambda s, k: {"attempts": 3.0}}
    results = sweep([], rules, 24)
    with house():
        assert head(cumulative(results, "attempts")) == (
            "Disputes with pressure exceed 3 in 38 % of worlds standing alone, in 0 % under silos"
        )
    assert policy_subject("bridge_silos") == "bridging silos"


def test_a_range_of_policies_that_are_alike_is_one_number() -> None:
    rules = {p: lambda s, k: {"target_loss_pv": float(k % 2)} for p in ("silos", "x", "y")}
    results = sweep([], {"stand_alone": lambda s, k: {"target_loss_pv": 2.0 + k % 2}} | rules, 24)
    with house():
        said = head(distributions(results, "target_loss_pv"))
    assert said.endswith("median 2.5 % of GDP standing alone, 0.50 % of GDP under each other policy")


def chosen(results: Results, until: str | None) -> Results:
    """The same results, said to be of a scenario whose states choose after a script."""
    content = {"conduct": "strategic", "dispute": {"scripted_until": until}}
    return replace(results, manifest=results.manifest | {"scenario": {"name": "dispute", "content": content}})


def test_measures_of_the_script_end_where_states_begin_to_choose(make_results: Maker) -> None:
    """Coal and wine are shut out in steps 2 to 9, beef from 4 on, as the script has it; it is played to 2020Q4."""
    results = make_results()
    assert script_end(results) is None
    assert {bar.label: bar.spans for bar in measure_bars(chosen(results, "2021Q1"))} == {
        "Coal and lignite": ((2, 3),), "Wine": ((2, 3),),
    }  # fmt: skip
    assert measure_bars(chosen(results, None)) == []
    with house():
        said = [ax.get_title(loc="left") for ax in axes(time_path(chosen(results, "2021Q1")))]
    assert said[-1].endswith("Quarters of the script's measures, by product")


def test_what_several_press_is_not_called_the_coercers(make_results: Maker) -> None:
    results = make_results()
    assert one_presser(results)
    others = [{**results.manifest["measures"][0], "by": "NZL", "on": "USA"}]
    several = replace(results, manifest=results.manifest | {"measures": [*results.manifest["measures"], *others]})
    assert not one_presser(several)
    assert losses.title(results).startswith("China's measures cost Australia, standing alone,")
    assert losses.title(several).startswith("Coercion by all who press costs Australia, standing alone,")
    with house():
        for made, said in ((results, "effect of its own coercion"), (several, "effect of all coercion")):
            assert axes(time_path(made))[-2].get_title(loc="left").endswith(f"China: {said}")


def test_one_policy_leaves_no_contrast_and_no_regret_and_says_why() -> None:
    answer = rules(stand_alone=lambda k: {"target_loss_pv": 1.0 + k})
    for draw in (lambda: policy_contrasts(answer, "target_loss_pv"), lambda: regrets(answer)):
        with pytest.raises(NothingToShow, match="one policy is shown"):
            draw()


def test_a_report_takes_no_place_of_a_device_or_of_the_results(make_results: Maker, tmp_path: Path) -> None:
    results = replace(make_results(1), folder=tmp_path)
    manifest = tmp_path / "manifest.json"
    manifest.write_text("{}", "utf-8")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for where, said in ((manifest, "a file of the results"), (pipe, "not a file that can be replaced")):
        with pytest.raises(InvalidInput, match=said):
            write_report(results, where)
    assert manifest.read_text("utf-8") == "{}"
    assert pipe.is_fifo()


def test_the_interval_of_a_mean_is_within_its_axis() -> None:
    """Three differences, -1, -1 and -4: Student's interval of the mean is wider than they are."""
    rules = {
        "stand_alone": lambda s, k: {"target_loss_pv": 10.0},
        "silos": lambda s, k: {"target_loss_pv": 9.0 - 3.0 * (k == 2)},
    }
    with house():
        (ax,) = axes(differences(sweep([], rules, 3), "target_loss_pv"))
    half = 4.302652729911275 * math.sqrt(3.0) / math.sqrt(3.0)
    bracket = next(line for line in ax.lines if line.get_color() == "black" and len(set(line.get_ydata())) == 1)
    assert list(bracket.get_xdata()) == pytest.approx([-2.0 - half, -2.0 + half])
    assert ax.get_xlim()[0] < -2.0 - half
    assert ax.get_xlim()[1] > -2.0 + half


def test_one_world_has_no_bands_to_speak_of(make_results: Maker) -> None:
    with house():
        for count, said in ((1, "One world, so no range."), (3, "Line: median; bands: 25-75 %")):
            below = paths(make_results(count)).subfigs[2].texts[0].get_text().replace("\u00a0", " ")
            assert below.startswith(said)


def test_a_policy_without_a_finished_run_is_named_below_and_in_its_panel(make_results: Maker) -> None:
    lost = make_results(failed=[("integrate_economies", k) for k in range(3)])
    with house():
        for draw in (paths, distributions, cumulative, losses.losses_by_state):
            below = draw(lost).subfigs[2].texts[0].get_text().replace("\n", " ").replace("\u00a0", " ")
            assert "No run finished under integrate economies." in below
            assert "No run finished" not in draw(make_results()).subfigs[2].texts[0].get_text()
        said = [[t.get_text() for t in ax.texts] for ax in axes(paths(lost))]
    assert said == [[], [], ["no run finished"]]


def test_shares_that_are_alike_under_many_policies_are_told_once() -> None:
    rules = {p: lambda s, k: {"target_loss_pv": 0.0} for p in ("a", "b", "c", "d")}
    with house():
        said = head(cumulative(sweep([], {"stand_alone": lambda s, k: {"target_loss_pv": 1.0 + k}} | rules, 24)))
    assert said.endswith("in 0 % under each other policy")


def test_three_policies_joined_are_one_subject() -> None:
    joined = "selective_cooperation+linked_domains+respond_as_allies"
    assert policy_subject(joined) == "selective cooperation with linking domains and an allied response"


def test_an_end_of_a_share_that_is_not_0_is_not_written_as_0() -> None:
    """`5 % [0, 9]` beside `3 % [0, 7]; the interval holds 0` would read as a contradiction."""
    assert share(0.05, 0.004, 0.09) == "5.0 % [0.4, 9.0]"
    assert share(0.05, 0.0, 0.09) == "5 % [0, 9]"


def test_figures_of_one_point_say_which() -> None:
    rules = {
        "stand_alone": lambda s, k: {"target_loss_pv": s["x"] + k},
        "silos": lambda s, k: {"target_loss_pv": 0.5 * s["x"] + k},
    }
    whole = sweep([block("grid", [[1.0], [2.0], [3.0]], ["x"])], rules, 4)
    for results, said in ((whole.only(points=(1,)), "point 1 of 0 to 2"), (whole, "3 points")):
        with house():
            drawn = [differences(results, "target_loss_pv"), regrets(analyse(results, ("target_loss_pv",)))]
        for figure in drawn:
            below = figure.subfigs[2].texts[0].get_text().replace("\n", " ").replace("\u00a0", " ")
            assert said in below
            assert ("3 points" in below) is (results is whole)
