"""Decision rules: each state decides as its rule says (model.md §5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from coercion_sim.dispute import Dispute, DisputeGame, DisputeSettings, Experience, solve_dispute
from coercion_sim.model import State
from coercion_sim.model.state import DECAY, EXPERIENCE_DECAY, FORGONE, Attractions
from support.deciders import states
from support.dispute_games import flagship_game

FIRST, LAST = 0.0, 1.0 - 1e-12


def dispute(
    game: DisputeGame,
    firm: bool = True,
    resolved: bool = True,
    deciders: dict[str, State] | None = None,
    settings: DisputeSettings | None = None,
    **rules: Any,
) -> Dispute:
    """A dispute of states with these decision rules; the same states where they are given."""
    chosen = (settings or DisputeSettings()).model_copy(update={"decides": rules})
    return Dispute(
        "CHN", "AUS", 0, game, firm, resolved, deciders or states("CHN", "AUS", *game.allies, settings=chosen)
    )


def draws(**numbers: float) -> Callable[[str, str, int], float]:
    return lambda purpose, who, quarter: numbers.get(purpose, 0.5)


def odds(found: Dispute, move: str) -> dict[str, float]:
    """Probabilities of the last decision of a move."""
    decision = [d for d in found.decisions if d.move == move][-1]
    return {a.label: a.probability for a in decision.options}


def test_logit_is_the_game_s_own_odds() -> None:
    game = flagship_game()
    found, solved = dispute(game), solve_dispute(game)
    found.begin(draws(press=FIRST, answer=LAST, impose=FIRST), 0)
    k = found.package
    assert odds(found, "press")["press"] == solved.press[1]
    assert list(odds(found, "package").values()) == pytest.approx(solved.package[1], abs=0)
    assert odds(found, "answer")["concede"] == solved.concede[1, k]
    assert odds(found, "impose")["impose"] == solved.impose[1, k]  # already at what resistance has shown
    assert {d.rule for d in found.decisions} == {"logit"}


def test_rational_states_leave_nothing_to_chance() -> None:
    game = flagship_game(v_t=0.4, v_c=0.2)
    found = dispute(game, CHN="rational", AUS="rational")
    found.begin(draws(), 0)
    for decision in found.decisions:
        if decision.mover in ("CHN", "AUS"):
            assert {a.probability for a in decision.options} <= {0.0, 1.0}
            best = max(decision.options, key=lambda a: a.value)
            assert decision.chosen == best.label
            assert decision.rule == "rational"


def two_sided(stake: float, multiple: float) -> bool:
    """Whether a target by doctrine yields to the demand with package `loss 0.45`."""
    game = flagship_game(v_t=stake, spread_t=1.0, allies=0)
    found = dispute(game, settings=DisputeSettings(yields_above=multiple), AUS="rule")
    found.begin(draws(press=FIRST, package=LAST, answer=0.5, impose=LAST), 0)
    assert set(odds(found, "answer").values()) == {0.0, 1.0}
    return found.ending == "conceded_to_demand"


@pytest.mark.parametrize(("multiple", "edge"), [(1.0, 0.9), (2.0, 0.45), (0.5, 1.8)])
def test_a_target_by_doctrine_yields_where_its_loss_over_the_span_exceeds_a_multiple_of_its_stake(
    multiple: float, edge: float
) -> None:
    """The loss is .45 a year over 8 quarters."""
    assert two_sided(0.99 * edge, multiple)
    assert not two_sided(1.01 * edge, multiple)


def test_a_target_by_doctrine_decides_so_in_every_review_and_never_settles() -> None:
    for v_t, end in ((0.3, "conceded"), (3.0, "")):
        game = flagship_game(v_t=v_t, spread_t=1.0, allies=0, settle=0.5)
        found = dispute(game, AUS="rule")
        found.stage, found.package, found.imposed_at = "imposed", 2, 0
        found.review(draws(review=0.3, reviews=0.3, lift=LAST, accept=FIRST), 1)
        assert found.ending == end
        assert odds(found, "review")["settle"] == 0.0


@pytest.mark.parametrize("multiple", [0.5, 1.0, 3.0])
def test_a_coercer_by_doctrine_presses_where_its_stake_exceeds_a_multiple_of_the_price(multiple: float) -> None:
    """The price: .04 once, .005 a year and the own cost of .02 a year over 8 quarters: .09."""
    for stake, presses in ((0.99, False), (1.01, True)):
        game = flagship_game(v_c=stake * multiple * 0.09, spread_c=1.0, allies=0, own_cost=0.02)
        found = dispute(game, settings=DisputeSettings(presses_above=multiple), CHN="rule")
        found.begin(draws(answer=LAST), 0)
        assert odds(found, "press")["press"] == float(presses)
        assert (found.ending != "no_pressure") == presses


@pytest.mark.parametrize(("pledge", "option"), [(0.1, "cut"), (0.0, "none")])
def test_an_ally_by_doctrine_or_script_keeps_its_promise_whole_or_stands_aside(pledge: float, option: str) -> None:
    game = flagship_game(pledge=pledge)
    promised = {} if pledge else {"shortfall": np.zeros_like(game.shortfall)}
    found = dispute(replace(game, **promised), ally0="rule", ally1="script")
    found.begin(draws(press=FIRST, answer=LAST, impose=FIRST), 0)
    assert [game.options[o] for o in found.profile] == [option, option]
    assert sorted(odds(found, "help").values()) == [0.0, 0.0, 1.0]


# ---------------------------------------------------------------- learning


def test_attractions_follow_camerer_and_ho() -> None:
    """Experience-weighted attraction, their eqs 1-3, written out for two rounds."""
    held = Attractions(0.3, -0.2)
    held.learn(True, -1.0, 0.5)
    n1 = EXPERIENCE_DECAY * 1.0 + 1.0
    act, refrain = (DECAY * 0.3 - 1.0) / n1, (DECAY * -0.2 + FORGONE * 0.5) / n1
    assert (held.act, held.refrain, held.experience) == pytest.approx((act, refrain, n1), abs=1e-15)
    held.learn(False, 0.0, 2.0)
    n2 = EXPERIENCE_DECAY * n1 + 1.0
    wanted = ((DECAY * n1 * act + FORGONE * 2.0) / n2, DECAY * n1 * refrain / n2, n2)
    assert (held.act, held.refrain, held.experience) == pytest.approx(wanted, abs=1e-15)


def test_a_learner_starts_where_theory_puts_it() -> None:
    game = flagship_game(v_t=0.4)
    found, solved = dispute(game, CHN="learning", AUS="learning"), solve_dispute(game)
    found.begin(draws(press=FIRST, answer=LAST, impose=LAST), 0)
    assert odds(found, "press")["press"] == pytest.approx(float(solved.press[1]), abs=1e-12)
    assert odds(found, "answer")["concede"] == pytest.approx(float(solved.concede[1, found.package]), abs=1e-12)


def learners(*codes: str) -> dict[str, State]:
    """Coercer, target and allies, some of which learn."""
    settings = DisputeSettings(decides=dict.fromkeys(codes, "learning"))
    return states("CHN", "AUS", "ally0", "ally1", settings=settings)


def presses_after(lessons: int, **end: float) -> float:
    """P(press) of a learner after so many disputes that went one way."""
    game, deciders = flagship_game(v_t=0.4), learners("CHN")
    for quarter in range(lessons):
        found = replace(dispute(game, deciders=deciders), opened=quarter)
        found.begin(draws(press=FIRST, package=LAST, **end), quarter)
        assert found.stage == "over"
        deciders["CHN"].remember(found)
    last = replace(dispute(game, deciders=deciders), opened=lessons)
    last.begin(draws(press=FIRST, answer=FIRST), lessons)
    return odds(last, "press")["press"]


def test_a_learning_coercer_presses_more_after_success_and_less_after_failure() -> None:
    won, lost = {"answer": FIRST}, {"answer": LAST, "impose": LAST}
    start = presses_after(0, **won)
    assert presses_after(3, **won) > start > presses_after(3, **lost)


def test_a_learning_target_remembers_what_each_answer_brought() -> None:
    """One lesson, by hand: what it did counts in full, what it did not do at its worth then, times delta."""
    game = flagship_game(v_t=0.4)
    solved, stake = solve_dispute(game), 1.2
    for answer, end in ((FIRST, "conceded_to_demand"), (LAST, "backed_down")):
        deciders = learners("AUS")
        found = dispute(game, deciders=deciders)
        found.begin(draws(press=FIRST, package=LAST, answer=answer, impose=LAST), 0)
        deciders["AUS"].remember(found)
        assert found.ending == end
        worth = [float(solved.concede_value[1]) / stake, float(solved.resist_value[1, 2]) / stake]
        brought = [-1.2, FORGONE * worth[1]] if answer == FIRST else [FORGONE * worth[0], 0.0]
        wanted = [(DECAY * w + b) / (EXPERIENCE_DECAY + 1) for w, b in zip(worth, brought, strict=True)]
        learned = deciders["AUS"].attractions["target"]
        assert (learned.act, learned.refrain) == pytest.approx(wanted, abs=1e-12)


def test_only_those_who_learn_learn() -> None:
    deciders = learners("AUS")
    found = dispute(flagship_game(), deciders=deciders)
    found.begin(draws(press=FIRST, answer=FIRST), 0)
    for state in deciders.values():
        state.remember(found)
    assert {code: set(state.attractions) for code, state in deciders.items() if state.attractions} == {
        "AUS": {"target"}
    }
    assert [code for code, state in deciders.items() if state.memory == [found]] == ["CHN", "AUS"]


def test_odds_of_a_learner_change_nothing() -> None:
    deciders = learners("CHN", "AUS")
    found = dispute(flagship_game(), deciders=deciders)
    found.begin(draws(press=FIRST, answer=FIRST), 0)
    before = dict(deciders["CHN"].attractions)
    fresh = learners("CHN")["CHN"]
    assert fresh.odds(found.decisions[0]) == pytest.approx(deciders["CHN"].odds(found.decisions[0]), abs=0)
    assert fresh.attractions == {}
    assert deciders["CHN"].attractions == before


def test_a_copy_of_a_learner_keeps_the_odds_of_its_moment() -> None:
    deciders = learners("CHN", "AUS")
    game = flagship_game()
    found = dispute(game, deciders=deciders)
    before = {code: state.as_of_now() for code, state in deciders.items()}
    found.begin(draws(press=FIRST, answer=FIRST), 0)
    first = found.decisions[0]
    then = deciders["CHN"].odds(first)
    deciders["CHN"].attractions["coercer"].learn(True, -5.0, 0.0)
    assert before["CHN"].odds(first) == pytest.approx(then, abs=0)
    assert before["CHN"].odds(first) != deciders["CHN"].odds(first)
    assert before["CHN"].attractions == {}


def test_a_run_starts_from_the_experience_of_an_earlier_one() -> None:
    past = Experience(state="CHN", role="coercer", act=-0.4, refrain=0.1, experience=3.0)
    found = states("CHN", "AUS", settings=DisputeSettings(experience=(past,)))
    assert found["CHN"].attractions == {"coercer": Attractions(-0.4, 0.1, 3.0)}
    assert found["AUS"].attractions == {}


def test_what_was_done_and_paid_becomes_more_attractive() -> None:
    acted, refrained = Attractions(0.0, 0.0), Attractions(0.0, 0.0)
    acted.learn(True, 1.0, 0.0)
    refrained.learn(False, 1.0, 0.0)
    assert acted.act > acted.refrain
    assert refrained.refrain > refrained.act


@pytest.mark.parametrize(
    ("ending", "quarters", "coercer", "target"),
    [
        ("no_pressure", 0, 0.0, 0.0),
        ("backed_down", 0, -0.4 * 0.3, 0.0),
        ("conceded_to_demand", 0, 0.3, -1.2 * 1.2),
        ("conceded", 6, 0.3 - 0.04 - 0.025 * 6.25 / 4, -1.2 * 1.2 - 0.45 - 0.36 * 2.25 / 4),
        ("lifted", 2, -0.4 * 0.3 - 0.04 - 0.025 * 2.25 / 4, -0.45 * 2.25 / 4),
        ("lapsed", 2, -0.04 - 0.025 * 2 / 4, -0.45 * 2 / 4),
        ("settled", 4, 0.5 * 0.3 - 0.04 - 0.025 * 4.25 / 4, -0.5 * 1.2 - 0.45 - 0.36 * 0.25 / 4),
    ],
)
def test_what_a_dispute_brought_is_counted_by_the_payoffs_of_the_game(
    ending: str, quarters: int, coercer: float, target: float
) -> None:
    """Stakes .3 and 1.2; the target loses .45 in the first year, .36 a year after; pressing costs .025 a year.

    An act ends a quarter after .25 of it, a lapse at its end.
    """
    game = flagship_game(v_t=0.4, v_c=0.1, allies=0, own_cost=0.02, settle=0.5)
    found = dispute(game)
    imposed = 5 if quarters else -1
    ended: dict[str, Any] = {"ending": ending, "package": 2, "imposed_at": imposed, "ended_at": 5 + quarters}
    for name, value in ended.items():
        setattr(found, name, value)
    assert found.realised() == pytest.approx((coercer, target), abs=1e-12)
