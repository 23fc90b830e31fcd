"""The figure of integration shows the index of the bloc's states, and its title what becomes of the lowest."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.axes import Axes

from coercion_sim import figures as views
from coercion_sim.errors import InvalidInput
from coercion_sim.experiments import Results
from coercion_sim.figures import COLUMN_WIDTH, FULL_WIDTH, integration, marks
from coercion_sim.figures.trade import bloc_indices
from support.figure_runs import ran
from support.figures import all_text, check_text, close, words_of
from support.figures import drawn as draw_once

MEMBERS = ("AUS", "USA", "JPN")


@pytest.fixture(scope="module")
def results() -> Results:
    return ran(strategic=False)


def drawn(results: Results, width: float = FULL_WIDTH, **options: object):  # type: ignore[no-untyped-def]
    return draw_once(integration, results, width=width, **options)


def line_of(ax: Axes, results: Results, policy: str) -> np.ndarray:
    mark = marks(results.policies)[policy]
    (line,) = [x for x in ax.lines if x.get_color() == mark.colour and x.get_marker() == mark.marker]
    return np.asarray(line.get_ydata())


def test_lines_are_medians_over_worlds(results: Results) -> None:
    axes = [ax for ax in drawn(results).findobj(Axes) if ax.get_visible()]
    table = results.frame("states")
    table = table[table.state.isin(MEMBERS)]
    for policy in results.policies:
        mine = table[table.policy == policy]
        lowest = mine.groupby(["replicate", "step"]).integration_index.min().groupby("step").median()
        assert line_of(axes[0], results, policy) == pytest.approx(lowest.to_numpy(), abs=1e-14)
        for state, ax in zip(MEMBERS, axes[1:], strict=True):
            own = mine[mine.state == state].groupby("step").integration_index.median()
            assert line_of(ax, results, policy) == pytest.approx(own.to_numpy(), abs=1e-14)
    assert len({tuple(line_of(axes[0], results, p)) for p in results.policies}) > 1  # the policies do differ


@pytest.mark.parametrize("width", [COLUMN_WIDTH, FULL_WIDTH])
def test_text_is_whole_with_units_sample_and_seed(results: Results, width: float) -> None:
    figure = drawn(results, width)
    check_text(figure)
    words = all_text(figure)
    for piece in ("share of foreign goods trade", "n = 4 replicates", "seed 11", "scenario tiny", "China", "5-95 %"):
        assert piece in words


def test_key_numbers_are_the_lowest_index_at_the_end(results: Results) -> None:
    table = results.frame("states")
    last = table[table.state.isin(MEMBERS) & (table.step == table.step.max())]
    low = last.groupby(["policy", "replicate"]).integration_index.min()
    texts = words_of(drawn(results)).numbers.partition("draws]:")[2].split(";")
    for text, policy in zip(texts, results.policies, strict=True):
        assert close(text, low[policy].median(), *np.quantile(low[policy], [0.05, 0.95]))


def test_indices_are_those_of_the_members_and_the_competitor_is_named(results: Results) -> None:
    indices = bloc_indices(results, ("stand_alone",))
    assert (indices.members, indices.competitor) == (MEMBERS, "CHN")
    assert indices.values["stand_alone"].shape == (4, 6, 3)
    assert indices.lowest("stand_alone") == pytest.approx(indices.values["stand_alone"].min(axis=2))
    assert indices.end("stand_alone") == pytest.approx(np.median(indices.values["stand_alone"][:, -1], axis=0))
    assert not drawn(results, policies="stand_alone").subfigs[0].legends


def test_without_a_bloc_there_is_nothing_to_show() -> None:
    with pytest.raises(views.NothingToShow, match="names no bloc"):
        integration(ran(strategic=False, bloc=False, quarters=4, replicates=1))


def test_an_unknown_policy_is_refused_by_name(results: Results) -> None:
    with pytest.raises(InvalidInput, match="did you mean stand_alone"):
        integration(results, policies=["stand_alon"])
