"""Selection rules of figures of one run, what they refuse, and the disputes they read."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.axes import Axes

from coercion_sim.errors import InvalidInput
from coercion_sim.experiments import Results
from coercion_sim.figures import NothingToShow, beliefs, game_tree, trade_network
from coercion_sim.figures.beliefs import belief_course, learned
from coercion_sim.figures.network import _first_pressed
from support.figure_runs import ran
from support.figures import drawn

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("tables_in_memory")]  # many disputes are solved


@pytest.fixture(scope="module")
def results() -> Results:
    return ran(strategic=True)


def test_disputes_read_are_those_with_pressure(results: Results) -> None:
    table = results.frame("disputes")
    table = table[table.pressed == 1]
    data = learned(results, results.policies)
    assert len(data.policy) == len(table)
    for number, policy in enumerate(results.policies):
        mine = table[table.policy == policy]
        for role, kind in (("target", "resolved"), ("coercer", "firm")):
            for true in (0, 1):
                wanted = mine[mine[kind] == true][f"belief_{role}"].to_numpy()
                assert np.sort(data.of(role, true, policy)) == pytest.approx(np.sort(wanted))
        assert (data.policy == number).sum() == len(mine)
    one = learned(results, results.policies[:1])
    assert len(one.policy) == (table.policy == results.policies[0]).sum()


def test_the_replicate_of_a_network_is_the_first_under_pressure(results: Results) -> None:
    outcomes = results.frame("outcomes")
    for policy in results.policies:
        mine = outcomes[outcomes.policy == policy]
        pressed = mine[mine.pressure_quarters > 0]
        assert _first_pressed(results, policy, 0) == int((pressed if len(pressed) else mine).replicate.min())
    with pytest.raises(NothingToShow):
        _first_pressed(results, results.policies[0], 7)


@pytest.mark.parametrize("draw", [game_tree, trade_network])
@pytest.mark.parametrize("wrong", [{"policy": "stand_alon"}, {"replicate": 99}, {"replicate": 0, "point": 5}])
def test_what_the_results_do_not_hold_is_refused(results: Results, draw: object, wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidInput) as caught:
        draw(results, **wrong)  # type: ignore[operator]
    assert len(caught.value.problems) == 1
    if "policy" in wrong:
        assert caught.value.problems[0].suggestion == "stand_alone"


def test_axes_and_quarters_that_do_not_exist_are_refused(results: Results) -> None:
    with pytest.raises(InvalidInput) as caught:
        beliefs(results, over="time")  # type: ignore[arg-type]
    assert (caught.value.problems[0].key, caught.value.problems[0].found) == ("over", "'time'")
    with pytest.raises(InvalidInput):
        trade_network(results, replicate=0, quarter="1999Q1")


def test_scripted_pressure_has_no_beliefs() -> None:
    scripted = ran(strategic=False)
    with pytest.raises(NothingToShow):
        learned(scripted, scripted.policies)
    with pytest.raises(NothingToShow):
        belief_course(scripted, policy="stand_alone")


def test_a_replicate_draws_that_run_under_the_policy_asked_for(results: Results) -> None:
    table = results.frame("disputes").query("policy == 'respond_as_allies' and pressed == 1")
    replicate = int(table.replicate.min())
    figure = drawn(beliefs, results, policies="respond_as_allies", replicate=replicate)
    mine = table[table.replicate == replicate]
    target, coercer = [ax for ax in figure.findobj(Axes) if ax.get_visible() and ax.get_title(loc="left")]
    for ax, column in ((target, "belief_target"), (coercer, "belief_coercer")):
        last = [float(np.asarray(line.get_ydata())[-1]) for line in ax.lines]
        assert last == pytest.approx(mine[column].head(len(last)).tolist())
