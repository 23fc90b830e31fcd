"""Beliefs: means over the disputes of the table, and one run's quarters as its replay has them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes

from coercion_sim.analysis import belief_paths
from coercion_sim.experiments import Results
from coercion_sim.figures import COLUMN_WIDTH, FULL_WIDTH, beliefs, marks
from coercion_sim.figures.beliefs import priors
from support.figure_runs import ran, swept
from support.figures import all_text, check_text
from support.figures import drawn as draw_once
from support.stores import payoff_tables_in_memory


@pytest.fixture(scope="module")
def results() -> Results:
    return ran(strategic=True)


@pytest.fixture(scope="module")
def varied() -> Results:
    """Two beliefs by two stakes, two replicates each, in a folder."""
    grid = (("grid", (("dispute.belief_coercer", (0.2, 0.8)), ("dispute.stake_coercer", (0.3, 0.6))), 0),)
    return swept(grid, replicates=2, stored=True)


def drawn(results: Results, width: float = FULL_WIDTH, **options: object):  # type: ignore[no-untyped-def]
    with payoff_tables_in_memory():
        return draw_once(beliefs, results, width=width, **options)


def pressed(results: Results) -> pd.DataFrame:
    table = results.frame("disputes")
    table = table[table.pressed == 1].copy()
    for role in ("target", "coercer"):
        # In the order of the table, which is that in which they arose.
        table[f"times_{role}"] = table.groupby(["policy", "replicate", role]).cumcount() + 1
    return table


def drawn_means(ax: Axes, results: Results, policy: str) -> list[float]:
    mark = marks(results.policies)[policy]
    (line,) = [x for x in ax.lines if x.get_color() == mark.colour and x.get_marker() == mark.marker]
    return [float(y) for y in np.atleast_1d(line.get_ydata())]


@pytest.mark.slow
def test_means_are_those_of_the_table_by_how_many_times_it_was(results: Results) -> None:
    table = pressed(results)
    axes = drawn(results).findobj(Axes)
    cases = [("target", "resolved", 1), ("target", "resolved", 0), ("coercer", "firm", 1), ("coercer", "firm", 0)]
    for ax, (role, kind, true) in zip(axes, cases, strict=True):
        for policy in results.policies:
            mine = table[(table.policy == policy) & (table[kind] == true) & (table[f"times_{role}"] <= 8)]
            means = mine.groupby(f"times_{role}")[f"belief_{role}"].mean()
            assert drawn_means(ax, results, policy) == pytest.approx(means.tolist())
        counts = table[table[kind] == true].groupby(f"times_{role}").size()
        labels = [label.get_text() for label in ax.get_xticklabels()]
        assert labels == [f"{k}\n({counts.get(k, 0)})" for k in range(1, len(labels) + 1)]
    assert table.times_coercer.max() > 1


@pytest.mark.slow
def test_ranges_are_the_5_and_95_per_cent_quantiles(results: Results) -> None:
    table = pressed(results)
    mine = table[(table.policy == "stand_alone") & (table.firm == 1) & (table.times_coercer == 1)].belief_coercer
    ink = marks(results.policies)["stand_alone"].colour
    ax = drawn(results).findobj(Axes)[2]
    bars = [x for x in ax.lines if x.get_color() == ink and x.get_marker() == "None"]
    assert np.asarray(bars[0].get_ydata()) == pytest.approx(np.quantile(mine, [0.05, 0.95]))


@pytest.mark.slow
def test_the_prior_is_the_scenario_s_unless_a_sweep_varies_it(results: Results, varied: Results) -> None:
    dispute = results.manifest["scenario"]["content"]["dispute"]
    of_the_scenario = {role: float(dispute[f"belief_{role}"]) for role in ("target", "coercer")}
    assert priors(results) == of_the_scenario
    assert priors(varied) == of_the_scenario | {"coercer": None}


@pytest.mark.slow
@pytest.mark.parametrize("width", [COLUMN_WIDTH, FULL_WIDTH])
@pytest.mark.parametrize("options", [{}, {"over": "date"}, {"replicate": 1}])
def test_text_is_whole_with_sample_and_seed(results: Results, width: float, options: dict[str, object]) -> None:
    figure = drawn(results, width, **options)
    check_text(figure)
    words = all_text(figure)
    size = "n = 1, seed 11" if options.get("replicate") else "n = 4 replicates, seed 11"
    for piece in ("(probability)", size, "scenario tiny"):
        assert piece in words


@pytest.mark.slow
def test_one_run_ends_where_its_table_says(results: Results) -> None:
    table = results.frame("disputes")
    mine = table[(table.policy == "respond_as_allies") & (table.replicate == 2)]
    with payoff_tables_in_memory():
        paths = belief_paths(results, "respond_as_allies", 2)
    assert [p.target_resolved[-1] for p in paths] == mine.belief_target.tolist()
    assert [p.coercer_firm[-1] for p in paths] == mine.belief_coercer.tolist()
    assert [p.steps[0] for p in paths] == mine.step.tolist()
    assert [len(p.steps) + 1 for p in paths] == [len(p.coercer_firm) for p in paths]
    figure = drawn(results, policies="respond_as_allies", replicate=2)
    lines = figure.findobj(Axes)[1].lines
    pressing = [p for p in paths if p.pressed]
    assert [tuple(line.get_ydata()) for line in lines] == [p.coercer_firm for p in pressing[:7]]


@pytest.mark.slow
def test_the_prior_is_drawn_where_the_sweep_does_not_vary_it(varied: Results) -> None:
    axes = drawn(varied).findobj(Axes)
    dotted = [[x for x in ax.lines if list(np.atleast_1d(x.get_ydata())) == [0.5, 0.5]] for ax in axes]
    assert [len(found) for found in dotted] == [1, 1, 0, 0]
    assert "4 points of the design x 2 replicates" in all_text(drawn(varied))


@pytest.mark.slow
def test_one_run_of_a_point_of_a_sweep_is_that_run(varied: Results) -> None:
    table = varied.frame("disputes")
    mine = table[(table.policy == "respond_as_allies") & (table.replicate == 1) & (table.point == 3)]
    with payoff_tables_in_memory():
        paths = belief_paths(varied, "respond_as_allies", 1, 3)
    assert [p.coercer_firm[-1] for p in paths] == mine.belief_coercer.tolist()
    assert paths[0].coercer_firm[0] == 0.8
    assert paths[0].same_code
    words = all_text(drawn(varied, policies="respond_as_allies", replicate=1, point=3))
    assert "One run (point 3, replicate 1)" in words
    assert "sweep small-sweep" in words
