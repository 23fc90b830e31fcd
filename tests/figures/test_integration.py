"""The figure of integration shows the index of the bloc's states, and its title what becomes of the lowest."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.axes import Axes

from coercion_sim import figures as views
from coercion_sim.errors import InvalidInput
from coercion_sim.experiments import Results
from coercion_sim.figures import COLUMN_WIDTH, FULL_WIDTH
from coercion_sim.figures.network.integration import bloc_indices, integration, title
from coercion_sim.figures.style.style import marks
from support.figure_runs import ran
from support.figures import all_text, check_text, rendered

MEMBERS = ("AUS", "USA", "JPN")


@pytest.fixture(scope="module")
def results() -> Results:
    return ran(strategic=False)


def drawn(results: Results, width: float = FULL_WIDTH, **options: object):  # type: ignore[no-untyped-def]
    with views.house():
        return rendered(integration(results, width=width, **options))  # type: ignore[arg-type]


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


def test_title_tells_both_ends(results: Results) -> None:
    table = results.frame("states")
    last = table[table.state.isin(MEMBERS) & (table.step == table.step.max())]
    low = last.groupby(["policy", "replicate"]).integration_index.min().groupby("policy").median()
    says = title(results, bloc_indices(results, results.policies))
    assert says.startswith("Integration lifts the bloc's lowest index at the end from")
    for policy in ("stand_alone", "integrate_economies"):
        assert f"{low[policy]:.3f}".replace("-", "−") in says
    ends = last[last.policy == "integrate_economies"].groupby("state").integration_index.median()
    assert (ends > 0).all() == ("every member" in says)


def test_one_policy_is_told_from_start_to_end(results: Results) -> None:
    says = title(results, bloc_indices(results, ("stand_alone",)))
    assert says.startswith("Standing alone, the lowest index of the bloc moves from")
    assert len(drawn(results, policies="stand_alone").legends) == 0


def test_without_a_bloc_there_is_nothing_to_show() -> None:
    with pytest.raises(views.NothingToShow, match="names no bloc"):
        integration(ran(strategic=False, bloc=False, quarters=4, replicates=1))


def test_an_unknown_policy_is_refused_by_name(results: Results) -> None:
    with pytest.raises(InvalidInput, match="did you mean stand_alone"):
        integration(results, policies=["stand_alon"])
