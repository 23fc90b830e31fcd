"""The tree of a dispute holds the very odds its moves are drawn with, and its ends those of many played disputes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import count

import numpy as np
import pytest

from coercion_sim.dispute import Branch, Dispute, dispute_course
from coercion_sim.dispute.course import attrition
from coercion_sim.dispute.endings import quarter_by_quarter
from support.disputes import make_dispute


def dispute(seed: int = 3, firm: bool = True, resolved: bool = False, **parameters: float) -> Dispute:
    game = make_dispute(seed, K=2, n=2, M=3, mu=0.4, nu=0.6, cost_once=0.01, **parameters)
    return Dispute("CHN", "AUS", 0, game, firm, resolved)


def luck(seed: int):  # type: ignore[no-untyped-def]
    rng = np.random.default_rng(seed)

    def draw(purpose: str, who: str, quarter: int) -> float:
        return float(rng.random())

    return draw


def ends(branch: Branch, reach: float = 1.0) -> Iterator[tuple[str, float]]:
    """Every end with its probability."""
    here = reach * branch.probability
    if branch.over:
        yield branch.label, here
    for below in branch.then:
        yield from ends(below, here)


def test_odds_along_a_played_dispute_are_those_of_its_decisions() -> None:
    seen, root = 0, dispute_course(dispute(), 4)
    for seed in range(12):
        played = dispute()
        played.begin(luck(seed), 0)
        at = root
        for decision in played.decisions:
            options = {b.label: b for b in at.then}
            told = {a.label: (a.probability, a.value) for a in decision.options}
            assert {label: (b.probability, b.worth) for label, b in options.items()} == told
            assert {(b.move, b.mover) for b in at.then} == {(decision.move, decision.mover)}
            at = options[decision.chosen]
            seen += 1
        assert at.over == (played.stage == "over")
    assert seen > 30


@pytest.mark.parametrize("settle", [0.0, 0.5])
def test_chances_add_up_to_one_at_every_branch(settle: float) -> None:
    root = dispute_course(dispute(settle=settle), 6)

    def check(branch: Branch) -> None:
        assert branch.over != bool(branch.then)
        if branch.then:
            assert sum(b.probability for b in branch.then) == pytest.approx(1.0, abs=1e-12)
        for below in branch.then:
            check(below)

    check(root)
    found = Counter()  # type: ignore[var-annotated]
    for label, chance in ends(root):
        found[label] += chance
    assert sum(found.values()) == pytest.approx(1.0, abs=1e-12)
    assert ("settled" in found) == (settle > 0)


@pytest.mark.parametrize("settle", [0.0, 0.5])
def test_ends_are_as_often_as_in_many_played_disputes(settle: float) -> None:
    """4,000 disputes played with drawn choices and reviews; shares within 3.5 standard errors of the tree's."""
    start, quarters, many = dispute(settle=settle), 5, 4000
    # Pressed for sure would be a smaller sample of the same tree; here everything is drawn.
    shares = Counter()  # type: ignore[var-annotated]
    for label, chance in ends(dispute_course(start, quarters)):
        shares[label] += chance
    seeds = count()
    found = Counter()  # type: ignore[var-annotated]
    for _ in range(many):
        one, draw = replace(start, decisions=[], deciders={}), luck(next(seeds))
        one.begin(draw, 0)
        for quarter in range(1, quarters + 1):
            if one.stage == "imposed":
                one.review(draw, quarter)
        label = {
            "no_pressure": "do not press", "conceded_to_demand": "concede", "backed_down": "back down", "": "unended",
        }.get(one.ending, one.ending)  # fmt: skip
        found[label] += 1
    assert set(found) <= set(shares)
    for label, chance in shares.items():
        error = np.sqrt(max(chance * (1 - chance), 1 / many) / many)
        assert found[label] / many == pytest.approx(chance, abs=3.5 * error), label


@pytest.mark.parametrize("settle", [0.0, 0.5])
@pytest.mark.parametrize("firm", [False, True])
def test_attrition_ends_as_the_contest_between_these_types_does(settle: float, firm: bool) -> None:
    """The sum over the decisions of a played dispute, and that over the solved chances of the contest."""
    one = dispute(firm=firm, settle=settle, lapse=0.1)
    one.begin(lambda purpose, *_: {"answer": 1.0 - 1e-12}.get(purpose, 0.0), 0)
    assert one.stage == "imposed"
    contest = one.contest
    course = quarter_by_quarter(contest.contests.habits, contest.steps, int(firm), 0, 7)
    found, ended = attrition(one, 6), course.ended[:, :, 0].sum(axis=1)
    assert found[:3] == pytest.approx(ended[:3], abs=1e-9)
    assert (found[1] > 0) == (settle > 0)
    # The contest counts the chance to lapse before the seventh review as well.
    assert found[3] + 0.1 * found[4] == pytest.approx(ended[3], abs=1e-9)
    assert 0.9 * found[4] == pytest.approx(float(course.unended[0]), abs=1e-9)


def test_rare_branches_are_not_followed_but_keep_their_odds() -> None:
    whole, cut = dispute_course(dispute(), 4), dispute_course(dispute(), 4, floor=0.2)

    def nodes(branch: Branch) -> int:
        return 1 + sum(map(nodes, branch.then))

    assert nodes(cut) < nodes(whole)
    assert [b.probability for b in cut.then] == [b.probability for b in whole.then]


def test_a_dispute_already_played_gives_the_tree_of_its_start() -> None:
    fresh = dispute()
    played = dispute()
    played.begin(luck(1), 0)
    assert played.beliefs != fresh.beliefs
    before = played.beliefs, len(played.decisions)
    assert repr(dispute_course(played, 3)) == repr(dispute_course(fresh, 3))  # not ==: an ending is worth NaN
    assert (played.beliefs, len(played.decisions)) == before
