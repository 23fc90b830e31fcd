"""The deterrence frontier on a small world, against scans of the game set up anew."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coercion_sim.analysis import Frontier, deterrence_frontier
from coercion_sim.analysis.deterrence.dyad import ask
from coercion_sim.analysis.deterrence.frontier import INTENSITIES, check_question
from coercion_sim.analysis.deterrence.pledges import BINDS, BOUNDLESS, KINDS, Terms, press_value, press_values, pressed
from coercion_sim.dispute import ally_payoffs, solve_dispute
from coercion_sim.errors import InvalidInput

pytestmark = pytest.mark.slow  # many disputes are solved


#: The same behaviour in every draw, with which every dispute here has an equilibrium.
FIXED = ("dispute.draws=fixed",)


@pytest.fixture(scope="module")
def whole(tiny: Path) -> Frontier:
    return deterrence_frontier(tiny, stakes=(0.05, 0.2), members=("gdp",), draws=3, overrides=FIXED)


def test_draws_without_an_equilibrium_are_left_out_and_counted(tiny: Path) -> None:
    drawn = deterrence_frontier(tiny, stakes=(0.05, 0.2), members=("gdp",), draws=3)
    assert (drawn.draws, drawn.unsolved) == (2, 1)
    assert len(drawn.points) == 2 * sum(len(i) for i in INTENSITIES.values()) * len({p.named for p in drawn.points})


def test_at_the_least_pledge_pressing_is_worth_nothing_and_just_below_it_something(tiny: Path) -> None:
    found = deterrence_frontier(tiny, stakes=(0.2,), kinds=("support",), intensities=(1.0,), members=("USA",), draws=4)
    (point,) = found.points
    assert point.members == ("USA",)
    question = ask(tiny, draws=4)
    least = []
    for draw in range(4):
        pledged = question.dyad(draw).pledged(Terms("support", 1.0, ("USA",)), 0.2)
        values = press_values([pledged.at(a) for a in np.linspace(0.0, 0.3, 601)])
        low = np.flatnonzero(values <= 0.0)
        least.append(low[0] * 0.0005 if len(low) else np.inf)
    assert any(0.0 < a < np.inf for a in least), "the question should have a root somewhere"
    exact = sorted(least)[1]  # the median of four draws by the inverse of their distribution
    assert point.median == pytest.approx(exact, abs=0.0006)
    assert point.low == pytest.approx(min(least), abs=0.0006)
    assert point.high == pytest.approx(max(least), abs=0.0006)
    assert point.no_root == np.mean(np.isinf(least))
    assert point.already == np.mean(np.array(least) == 0.0)


def test_a_point_summarises_the_games_of_its_draws(tiny: Path) -> None:
    (point,) = deterrence_frontier(
        tiny, stakes=(0.2,), kinds=("both",), intensities=(0.5,), members=("USA,JPN",), draws=3
    ).points
    question, terms = ask(tiny, draws=3), Terms("both", 0.5, ("USA", "JPN"))
    games = [question.dyad(k).pledged(terms, 0.2) for k in range(3)]
    assert point.named == "USA JPN"
    assert point.value_unpledged == pytest.approx(np.median(press_values([g.at(0.0) for g in games])))
    assert point.press_unpledged == pytest.approx(np.mean([pressed(solve_dispute(g.at(0.0))) for g in games]))
    if math.isinf(point.median):
        assert point.binds in BINDS
    strongest = [ally_payoffs(solve_dispute(g.at(0.3))) for g in games]
    if point.no_root == 1.0:
        assert point.press == pytest.approx(np.mean([w.pressed for w in strongest]))
        assert point.kept == pytest.approx(np.mean([w.kept.mean() for w in strongest]))
        assert point.costs[0].per_dispute_pct == pytest.approx(np.median([w.cost[0] for w in strongest]))


def test_every_question_has_a_point_and_every_stake_a_dispute_without_help(whole: Frontier, tiny: Path) -> None:
    sets = {p.named for p in whole.points}
    assert sets == {"USA", "2 by GDP"}
    assert len(whole.points) == 2 * sum(len(i) for i in INTENSITIES.values()) * len(sets)
    assert whole.stakes == (0.05, 0.2)
    assert {p.stake for p in whole.at(0.2)} == {0.2}
    assert len(whole.at(0.05)) == len(whole.points) / 2
    assert (whole.draws, whole.unsolved) == (3, 0)
    question = ask(tiny, draws=3, overrides=FIXED)
    for alone in whole.unaided:
        dyads = [question.dyad(k) for k in range(3)]
        games = [d.spoken(alone.stake) if alone.words else d.pledged(None, alone.stake) for d in dyads]
        solved = [solve_dispute(game.at(0.0)) for game in games]
        values = [press_value(s) for s in solved]
        assert alone.value == pytest.approx(np.median(values))
        assert alone.pressed == pytest.approx(np.mean([pressed(s) for s in solved]))
        assert alone.deterred == np.mean(np.array(values) <= 0.0)


def test_costs_are_expected_costs_of_a_dispute(whole: Frontier, tiny: Path) -> None:
    dyad = ask(tiny).dyad(0)
    assert dyad.disputes_a_year() == pytest.approx(4 * 0.05)
    for point in whole.points:
        assert len(point.costs) == len(point.members)
        assert point.cost == pytest.approx(sum(c.per_dispute for c in point.costs))
        assert point.cost_if_called == pytest.approx(sum(c.if_called for c in point.costs), nan_ok=True)
        for cost in point.costs:
            assert 0.0 <= cost.per_dispute <= cost.if_called
            assert cost.per_year == pytest.approx(4 * 0.05 * cost.per_dispute)
            assert cost.per_dispute == pytest.approx(cost.per_dispute_pct / 100.0 * dyad.gdp(cost.ally))


def test_numbers_of_points_lie_where_they_must(whole: Frontier) -> None:
    for p in whole.points:
        assert 0.0 <= p.low <= p.median <= p.high
        assert 0.0 <= p.already + p.no_root <= 1.0
        assert (p.binds in BINDS) == (p.no_root > 0.0)
        assert 0.0 <= p.press <= 1.0
        assert 0.0 <= p.kept <= 1.0


def test_a_higher_stake_makes_pressing_worth_more(whole: Frontier) -> None:
    low, high = (u for u in whole.unaided if not u.words)
    assert low.value < high.value
    for a, b in zip(whole.at(0.05), whole.at(0.2), strict=True):
        assert (a.kind, a.intensity, a.members) == (b.kind, b.intensity, b.members)
        assert a.value_unpledged < b.value_unpledged
        assert a.no_root <= b.no_root


@pytest.mark.parametrize("kind", ["support", "retaliation"])
def test_a_larger_promise_never_raises_the_value_of_pressing_of_best_repliers(tiny: Path, kind: Any) -> None:
    """Allies that keep the promise for certain: more of it can only make pressing worth less."""
    dyad = ask(tiny, at_defaults=True).dyad(0)
    games = [dyad.pledged(Terms(kind, i, ("USA",)), 0.2) for i in (0.25, 0.5, 0.75, 1.0)]
    values = press_values([game.at(BOUNDLESS, reliable=True, certain=True) for game in games])
    assert all(b <= a + 1e-12 for a, b in pairwise(values))


@pytest.mark.slow
def test_the_answer_does_not_depend_on_the_number_of_workers(tiny: Path) -> None:
    question: dict[str, Any] = {"stakes": (0.2,), "kinds": ("support",), "members": ("USA",), "draws": 2}
    one = deterrence_frontier(tiny, **question)
    assert one.points == deterrence_frontier(tiny, **question, workers=2).points


def test_progress_counts_draws(tiny: Path) -> None:
    calls: list[tuple[int, int, int]] = []
    question: dict[str, Any] = {"stakes": (0.2,), "kinds": ("support",), "members": ("USA",), "intensities": (0.5,)}
    deterrence_frontier(tiny, **question, draws=2, progress=lambda *n: calls.append(n))
    assert calls == [(1, 2, 0), (2, 2, 0)]


def test_the_records_carry_every_number_of_a_point(whole: Frontier) -> None:
    frame = whole.frame()
    assert len(frame) == len(whole.points)
    first = whole.points[0]
    assert frame.loc[0, "members"] == " ".join(first.members)
    assert frame.loc[0, "cost_usd_m"] == first.cost
    assert "costs" not in frame.columns
    assert frame["median"].tolist() == [p.median for p in whole.points]


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"stakes": [0.1, 0.0]}, "--stake"),
        ({"stakes": [-1.0]}, "--stake"),
        ({"kinds": ["help"]}, "--kind"),
        ({"intensities": [0.0]}, "--intensity"),
        ({"intensities": [1.5]}, "--intensity"),
        ({"strongest": 0.0}, "--strongest"),
        ({"strongest": 11.0}, "--strongest"),
        ({"who": "both"}, "--type"),
        ({"draws": 0}, "--draws"),
    ],
)
def test_arguments_out_of_range_are_refused_by_name(change: dict[str, Any], key: str) -> None:
    fine: dict[str, Any] = {
        "stakes": [0.1], "kinds": list(KINDS), "intensities": None, "strongest": 0.3, "who": "mean", "draws": 1,
    }  # fmt: skip
    check_question(**fine)
    with pytest.raises(InvalidInput) as error:
        check_question(**(fine | change))
    assert [p.key for p in error.value.problems] == [key]
