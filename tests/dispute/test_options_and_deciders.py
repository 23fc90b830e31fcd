"""Options of every decision of played disputes, deciders of another mind, beliefs, hazards; games drawn at random."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import get_type_hints

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coercion_sim.dispute import (
    AllyPayoffs,
    Beliefs,
    Choice,
    Cooperation,
    Decider,
    Decision,
    Dispute,
    DisputeEndings,
    DisputeKey,
    Draw,
    Hazards,
    Option,
    Player,
    Pressure,
    Reliability,
    Toll,
    ally_payoffs,
    contest_after,
    dispute_endings,
    expected_flow,
    fade,
    posterior,
    solve_dispute,
)
from coercion_sim.dispute.options import accept_options, lift_options, review_options
from coercion_sim.economy import Measure
from coercion_sim.rng import Streams
from support.dispute_games import random_game
from support.small import STATES, small_world

SEEDS = st.integers(0, 10_000)


def luck(seed: int) -> Draw:
    """Luck of one dispute: a number for each purpose, state and quarter."""
    streams = Streams(17, seed)
    return lambda purpose, who, quarter: streams.uniform(purpose, (who,), quarter)


def played(dispute: Dispute, draw: Draw, quarters: int = 6) -> Dispute:
    """Play a dispute from its first move to its end, or for some quarters."""
    dispute.begin(draw, 0)
    for quarter in range(1, quarters + 1):
        if dispute.stage == "imposed":
            dispute.review(draw, quarter)
    return dispute


# ------------------------------------------------------------------ options


@settings(max_examples=10, deadline=None)
@given(SEEDS, st.sampled_from((0.0, 0.4)), st.booleans(), st.integers(0, 2))
def test_terms_add_up_to_the_value_and_probabilities_to_one_at_every_move(
    seed: int, settle: float, surprise: bool, n: int
) -> None:
    game = random_game(seed, K=2, n=n, M=3, settle=settle, surprise=surprise)
    for firm in (False, True):
        for decision in played(Dispute("C", "T", 0, game, firm, not firm), luck(seed)).decisions:
            assert sum(decision.odds) == pytest.approx(1.0, abs=1e-12)
            assert decision.chosen == decision.options[decision.at].label
            for option in decision.options:
                assert option.value == pytest.approx(math.fsum(option.terms.values()), abs=1e-7), decision.move
                assert -1e-12 <= option.probability <= 1.0 + 1e-12


@settings(max_examples=8, deadline=None)
@given(SEEDS)
def test_the_better_of_two_options_is_the_likelier(seed: int) -> None:
    game = random_game(seed, K=2, n=1, M=2)
    for decision in played(Dispute("C", "T", 0, game, True, True), luck(seed)).decisions:
        if len(decision.options) == 2 and decision.move != "package":
            one, other = decision.options
            assert (one.value - other.value) * (one.probability - other.probability) >= 0.0


@settings(max_examples=8, deadline=None)
@given(SEEDS)
def test_options_of_the_first_move_are_the_values_of_the_solution(seed: int) -> None:
    game = random_game(seed, K=3, n=1, M=2)
    solved = solve_dispute(game)
    for c in (0, 1):
        dispute = Dispute("C", "T", 0, game, bool(c), True)
        dispute.begin(lambda purpose, who, quarter: 0.0, 0)
        press, package = dispute.decisions[:2]
        assert press.options[0].value == pytest.approx(float(solved.press_value[c]))
        assert press.options[1].value == 0.0
        assert [o.value for o in package.options] == pytest.approx(solved.package_value[c].tolist())
        assert [o.label for o in package.options] == list(game.packages)
        mean = sum(o.value * o.probability for o in package.options)
        assert press.options[0].value == pytest.approx(mean)


@settings(max_examples=8, deadline=None)
@given(SEEDS)
def test_terms_of_what_comes_later_vanish_where_nobody_reviews(seed: int) -> None:
    """Without reviews measures last until they lapse: nothing is yielded or lifted, and costs are all there is."""
    game = random_game(seed, K=2, n=1, M=2, review=0.0)
    dispute = Dispute("C", "T", 0, game, True, True)
    dispute.begin(lambda purpose, who, quarter: 0.0 if purpose != "answer" else 1.0 - 1e-12, 0)
    terms = {(d.move, o.label): o.terms for d in dispute.decisions for o in d.options}
    if ("answer", "resist") in terms:
        assert terms["answer", "resist"]["yielding later"] == pytest.approx(0.0, abs=1e-12)
    if ("impose", "impose") in terms:
        assert terms["impose", "impose"]["target yields later"] == 0.0
        assert terms["impose", "impose"]["lifting unrewarded"] == pytest.approx(0.0, abs=1e-9)
    for move, label in terms:
        if move == "help":
            assert terms[move, label]["target yields"] == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("seed", [1, 2, 5])
def test_both_choices_of_the_coercer_in_a_contest_are_as_sharp(seed: int) -> None:
    """Log odds over what an act gains: one rate, whether it lifts or takes an offer, at each type over its stake."""
    game = random_game(seed, K=1, n=0, M=1, settle=0.5)
    contest, rates = contest_after(game, 0, ()), []
    for c in (0, 1):
        for options in (lift_options(contest, 3, c), accept_options(contest, 3, c)):
            act, wait = options
            rates.append(math.log(act.probability / wait.probability) / (act.value - wait.value))
        rates[-2:] = [rate * game.stake_coercer[c] for rate in rates[-2:]]
    assert rates == pytest.approx([rates[0]] * 4, rel=1e-6)


@pytest.mark.parametrize("quarter", [1, 4, 9])
@pytest.mark.parametrize("rules", [{}, {"settle": 0.4, "lapse": 0.1}, {"lapse": 0.3}])
def test_measures_ahead_of_a_target_that_resists_are_summed_quarter_by_quarter(
    quarter: int, rules: dict[str, float]
) -> None:
    """Over both types of coercer, with the chances of every later quarter that somebody ends it."""
    game = random_game(4, K=1, n=0, M=1, **rules)
    p, contest = game.parameters, contest_after(game, 0, ())
    nu = contest.belief_of_target(quarter)
    for s in (0, 1):
        ahead = 0.0
        for c, alive in ((0, 1.0 - nu), (1, nu)):
            for q in range(quarter, quarter + 2000):
                now = contest.quarter(q)
                yields = p.review * float(now.concede[s, 0]) if q > quarter else 0.0
                offers = p.review * float(now.settle[s, 0]) if q > quarter else 0.0
                over = yields + offers * float(now.accept[c, 0])
                over += (1.0 - yields - offers) * p.review * float(now.lift[c, 0])
                ahead += alive * (1.0 - over * (1.0 - p.last_quarter_bite)) * contest.effect[contest.year(q)] / 4.0
                alive *= p.quarterly_discount * (1.0 - over) * (1.0 - p.lapse)
        resist = next(o for o in review_options(contest, quarter, s) if o.label == "resist")
        assert resist.terms["measures from here"] == pytest.approx(ahead, rel=1e-6)


# ------------------------------------------------------------------ deciders


class Stubborn(Player):
    """Takes the option of a certain label where there is one, and else plays the game."""

    def __init__(self, *labels: str) -> None:
        super().__init__()
        self.labels = labels
        self.seen: list[Decision] = []

    def odds(self, decision: Decision) -> tuple[float, ...]:
        for label in self.labels:
            if label in [o.label for o in decision.options]:
                return decision.certain(label)
        return super().odds(decision)

    def decide(self, decision: Decision) -> Choice:
        self.seen.append(decision)
        return decision.choose("stubborn", self.odds(decision))


def test_each_state_decides_its_own_moves_by_its_own_rule() -> None:
    game = random_game(3, K=2, n=1, M=2, review=1.0)
    who = {"C": Stubborn("press", "impose", "lift"), "T": Stubborn("resist"), "ally0": Stubborn("option1")}
    deciders: dict[str, Decider] = dict(who)
    dispute = played(Dispute("C", "T", 0, game, True, True, deciders), luck(1))
    assert dispute.ending == "lifted"
    assert dispute.profile == (1,)
    assert [d.move for d in who["C"].seen] == ["press", "package", "impose", "lift"]
    assert [d.move for d in who["T"].seen] == ["answer", "review"]
    assert [d.move for d in who["ally0"].seen] == ["help"]
    assert {c.rule for c in dispute.decisions} == {"stubborn"}
    assert all(c.option.probability == 1.0 for c in dispute.decisions if c.chosen in ("press", "lift", "resist"))


@given(SEEDS)
def test_a_decider_asked_twice_answers_alike_and_a_choice_keeps_its_decision(seed: int) -> None:
    rng = np.random.default_rng(seed)
    odds = rng.dirichlet(np.ones(4))
    options = tuple(Option(f"o{i}", float(i), float(p), {}) for i, p in enumerate(odds))
    decision = Decision(2, "C", "T", "package", "C", options, float(rng.random()), (0.4, 0.6), stake=0.1)
    one, other = Player().decide(decision), Player().decide(decision)
    assert one == other
    assert (one.quarter, one.move, one.mover, one.beliefs, one.stake) == (2, "package", "C", (0.4, 0.6), 0.1)
    below = sum(odds[: one.at])
    assert below <= decision.draw < below + odds[one.at] + 1e-12
    assert replace(one, at=0).chosen == "o0"


def test_a_draw_is_asked_for_purpose_state_and_quarter() -> None:
    asked: list[tuple[str, str, int]] = []

    def draw(purpose: str, who: str, quarter: int) -> float:
        asked.append((purpose, who, quarter))
        return 1.0 if purpose == "lapses" else 0.0

    dispute = Dispute("C", "T", 0, random_game(3, K=2, n=1, M=2), True, True, {
        "C": Stubborn("press", "impose"), "T": Stubborn("resist"), "ally0": Stubborn("option0"),
    })  # fmt: skip
    played(dispute, draw, 1)
    assert asked[:4] == [("press", "C", 0), ("package", "C", 0), ("answer", "T", 0), ("impose", "C", 0)]
    assert asked[5:7] == [("lapses", "C", 1), ("reviews", "T", 1)]
    assert len(set(asked)) == len(asked)


def test_deciders_and_players_share_one_protocol() -> None:
    assert {"beliefs"} <= set(get_type_hints(Decider))
    for name in ("odds", "decide", "scripted"):
        assert hasattr(Decider, name)
        assert hasattr(Player(), name)


# ------------------------------------------------------------------ beliefs


@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_bayes_by_hand_and_at_its_limits(prior: float, low: float, high: float) -> None:
    after = float(posterior(prior, low, high, clip=False))
    odds = lambda p, l, h: p * max(h, 1e-12) / (p * max(h, 1e-12) + (1 - p) * max(l, 1e-12))  # noqa: E731, E741
    assert after == pytest.approx(odds(prior, low, high), rel=1e-12)
    assert float(posterior(prior, low, low, clip=False)) == pytest.approx(prior)  # an act both do alike
    for known in (0.0, 1.0):
        assert float(posterior(known, low, high)) == known
    assert float(posterior(0.5, 0.0, 1.0)) == 0.98
    assert float(posterior(0.5, 1.0, 0.0)) == 0.02


@given(st.lists(st.tuples(st.floats(0.01, 1.0), st.floats(0.01, 1.0)), min_size=1, max_size=6), st.floats(0.1, 0.9))
def test_evidence_counts_alike_in_any_order(acts: list[tuple[float, float]], prior: float) -> None:
    there, back = prior, prior
    for low, high in acts:
        there = float(posterior(there, low, high, clip=False))
    for low, high in reversed(acts):
        back = float(posterior(back, low, high, clip=False))
    ratio = math.prod(h / l for l, h in acts) * prior / (1 - prior)  # noqa: E741
    assert there == pytest.approx(back, rel=1e-9)
    assert there == pytest.approx(ratio / (1 + ratio), rel=1e-9)


@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0), st.floats(0.0, 1.0), st.integers(1, 20))
def test_fading_is_geometric(belief: float, prior: float, phi: float, periods: int) -> None:
    faded = belief
    for _ in range(periods):
        faded = fade(faded, prior, phi)
    assert faded == pytest.approx(prior + phi**periods * (belief - prior), abs=1e-12)


def test_a_reliability_after_many_kept_pledges_comes_near_one() -> None:
    word = Reliability()
    for _ in range(200):
        word = word.update(kept=1.0)
    assert word.mean == pytest.approx(202 / 204)
    forgetful = Reliability()
    for _ in range(200):
        forgetful = forgetful.update(kept=1.0, phi=0.95)
    assert forgetful.mean == pytest.approx(22 / 24, abs=1e-3)  # twenty pledges are remembered


def test_beliefs_are_kept_by_dispute() -> None:
    one: DisputeKey = ("CHN", "AUS", 1)
    other: DisputeKey = ("CHN", "KOR", 1)
    beliefs = Beliefs()
    beliefs.observe(one, (0.5, 0.5), "target", 0.2, 0.6)
    assert beliefs.in_dispute == {one: (pytest.approx(0.75), 0.5)}
    beliefs.observe(other, (0.4, 0.5), "coercer", 0.5, 0.5)
    assert beliefs.in_dispute[other] == (0.4, pytest.approx(0.5))


# ------------------------------------------------------------------ values, endings, payoffs of allies


@settings(max_examples=8, deadline=None)
@given(SEEDS, st.sampled_from((0.0, 0.4)))
def test_courses_have_their_bounds(seed: int, settle: float) -> None:
    game = random_game(seed, K=2, n=1, M=2, settle=settle)
    course = solve_dispute(game).steps
    for name in ("yielded", "first_year", "later"):
        assert getattr(course, name).shape == (2, 2, 4)
    assert ((course.yielded >= 0.0) & (course.yielded <= 1.0)).all()
    assert ((course.first_year >= 1.0) & (course.first_year <= 4.0)).all()
    on = game.parameters.quarterly_discount * (1.0 - game.parameters.lapse)
    assert (course.first_year + course.later <= 1.0 / (1.0 - on)).all()


@settings(max_examples=4, deadline=None)
@given(SEEDS, st.sampled_from((0.0, 0.4)))
def test_the_eight_endings_sum_to_one(seed: int, settle: float) -> None:
    game = random_game(seed, K=2, n=1, M=2, settle=settle)
    solved = solve_dispute(game)
    for c, s in ((0, 0), (0, 1), (1, 0), (1, 1)):
        found: DisputeEndings = dispute_endings(solved, c, s, 6)
        whole = (
            found.no_pressure + found.conceded_to_demand + found.backed_down + found.conceded + found.settled
            + found.lifted + found.lapsed + found.unended
        )  # fmt: skip
        assert whole == pytest.approx(1.0, abs=1e-12)
        assert found.ended.sum() == pytest.approx(found.imposed - found.unended, abs=1e-12)
        assert found.package.sum() == pytest.approx(1.0)
        assert found.objective <= found.press + 1e-12
        assert found.settled == 0.0 or settle > 0.0


@settings(max_examples=8, deadline=None)
@given(SEEDS)
def test_payoffs_of_allies_have_their_bounds(seed: int) -> None:
    game = random_game(seed, K=2, n=2, M=2)
    solved = solve_dispute(game)
    found: AllyPayoffs = ally_payoffs(solved)
    np.testing.assert_allclose(found.payoff, -found.interest - found.cost)
    assert 0.0 <= found.imposed <= found.pressed <= 1.0
    assert 0.0 <= found.yielded <= found.pressed
    np.testing.assert_allclose(found.interest, game.interest * found.yielded)
    assert ((found.breach >= 0.0) & (found.breach <= game.pledge)).all()
    assert ((found.kept >= 0.0) & (found.kept <= 1.0)).all()
    assert expected_flow(solved, np.zeros((2, *game.profile_shape))) == 0.0


# ------------------------------------------------------------------ hazards


@given(st.floats(0.01, 2.0), st.floats(0.01, 2.0), st.floats(0.0, 1.0), st.floats(0.0, 3.0))
def test_grey_zone_pressure_costs_by_formula(size: float, unit: float, price: float, cost: float) -> None:
    """Target: its size; author: price x size / unit; an escalation sure to come: four quarters' worth, to both."""
    patrols = Measure("military", "CHN", "AUS", (), size, 0, None)
    for chance in (0.0, 1.0):
        pressure = Pressure(grey_zone=unit, grey_zone_cost=price, grey_zone_escalation=chance, escalation_cost=cost)
        toll: Toll = Hazards(small_world(), pressure, Cooperation(), Streams(1, 0), ("CHN",)).toll((patrols,), (), 0)
        wanted = dict.fromkeys(STATES, 0.0)
        wanted["AUS"] = size + 4 * chance * cost
        wanted["CHN"] = price * size / unit + 4 * chance * cost
        assert dict(zip(STATES, toll.security_loss, strict=True)) == pytest.approx(wanted)
        assert toll.escalations == ((("CHN", "AUS"),) if chance else ())
        assert not toll.cooperation_loss.any()
        assert toll.lost == toll.at_stake == ()


@pytest.mark.parametrize("partners", [(), ("USA", "JPN")])
def test_partners_are_those_named_or_everybody_but_rivals(partners: tuple[str, ...]) -> None:
    cooperation = Cooperation(value=0.1, spill=1.0, partners=partners)
    hazards = Hazards(small_world(), Pressure(), cooperation, Streams(1, 0), ("CHN",))
    assert hazards.partners == (frozenset(partners) or {"AUS", "USA", "JPN"})
    cuts = [Measure("export_ban", a, "CHN", ("parts",), 0.5, purpose="retaliate") for a in ("USA", "JPN", "ROW")]
    toll = hazards.toll((), cuts, 0)
    assert toll.lost == toll.at_stake == (("CHN", "JPN"), ("CHN", "USA"))
    assert dict(zip(STATES, toll.cooperation_loss, strict=True)) == {
        "AUS": 0.0, "CHN": 0.1, "USA": 0.1, "JPN": 0.1, "ROW": 0.0
    }  # fmt: skip
