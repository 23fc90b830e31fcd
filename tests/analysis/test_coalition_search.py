"""The search for the least-cost coalition on games made by hand: costs in money, halves, accounts, sides changed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coercion_sim.analysis import Coalition
from coercion_sim.analysis.deterrence import coalition as coalition_module
from coercion_sim.analysis.deterrence.coalition import _Search
from coercion_sim.analysis.deterrence.pledges import LeastPledge, Terms
from coercion_sim.dispute import DisputeSolution, ally_payoffs, expected_flow, solve_dispute
from coercion_sim.errors import GameError
from support.dispute_games import flagship_game

GDP = {"AUS": 100.0, "ally0": 1000.0, "ally1": 400.0, "JPN": 500.0}
TIES = {"ally0": 0.9, "ally1": 0.5, "JPN": 0.2}
CANDIDATES = ("JPN", "ally1", "ally0")
DETERS = LeastPledge(0.1, 1, 0.5, 0.8, 0.0)
FAILS = LeastPledge(math.nan, 0, 0.5, 0.8, 0.4, "strength")


def search(kind: type[_Search] = _Search, candidates: tuple[str, ...] = CANDIDATES, most: int = 2) -> Any:
    """A search over candidates of whom `most` act; the interest of each is .02 per unit of its tie."""
    settings = SimpleNamespace(interest=0.02, most_allies=most)
    world = SimpleNamespace(alliance_strength=lambda a, b: TIES[a] if b == "AUS" else 0.0)
    diplomacy = SimpleNamespace(settings=settings)
    dyad = SimpleNamespace(target="AUS", diplomacy=diplomacy, world=world, gdp=GDP.__getitem__)
    return kind(cast("Any", dyad), candidates, 0.1, 0.3, "mean")


def solved() -> DisputeSolution:
    return solve_dispute(flagship_game(allies=2, loss=(0.2,), pledge=0.02, reliability=0.8))


# ------------------------------------------------------------------ costs of one coalition


def test_interest_lost_is_the_tie_s_share_of_gdp_where_the_target_yields() -> None:
    found = search().lost(0.25)
    assert found.tolist() == pytest.approx([0.02 * TIES[s] * GDP[s] / 100.0 * 0.25 for s in CANDIDATES])
    game = solved()
    assert search().outside(game) == pytest.approx(-search().lost(ally_payoffs(game).yielded))


def test_costs_of_a_coalition_are_those_of_the_dispute_in_money(monkeypatch: pytest.MonkeyPatch) -> None:
    """Percent of own GDP into US$ million, by the place of each ally among the candidates; others pay nothing."""
    risk = np.array([[0.0, 0.01, 0.02], [0.0, 0.0, 0.0]])
    monkeypatch.setattr(coalition_module, "exposure", lambda table, settings: risk)
    monkeypatch.setattr(coalition_module, "idle_members", lambda table: ("ally1",))
    game = solved()
    worth, terms = ally_payoffs(game), Terms("support", 0.5, ("ally0", "ally1"))
    made = search().coalition(terms, 0.1, DETERS, cast("Any", None), game)
    dollars = [GDP[s] / 100.0 for s in ("ally0", "ally1")]
    assert made.costs.tolist() == pytest.approx([0.0, worth.cost[1] * dollars[1], worth.cost[0] * dollars[0]])
    assert made.breach.tolist() == pytest.approx([0.0, worth.breach[1] * dollars[1], worth.breach[0] * dollars[0]])
    run = expected_flow(game, risk[0].reshape(3, 1)) * dollars[0]
    assert made.exposure.tolist() == pytest.approx([0.0, 0.0, run])
    assert run > 0.0
    assert made.interest == pytest.approx(search().lost(worth.yielded))
    assert made.payoffs == pytest.approx(-made.interest - made.costs)
    assert made.target == pytest.approx(worth.target * GDP["AUS"] / 100.0)
    assert (made.pressed, made.imposed) == (worth.pressed, worth.imposed)
    assert made.idle == ("ally1",)


# ------------------------------------------------------------------ disputes without an equilibrium


class Halving(_Search):
    """A search in which a promise of size 1 has no equilibrium, nor has any group that holds one."""

    def at_least(self, able: Sequence[Terms]) -> list[Coalition]:
        if any(terms.intensity == 1.0 for terms in able):
            raise GameError("none")
        return [cast("Any", terms.members) for terms in able]


@given(st.lists(st.booleans(), min_size=1, max_size=9))
def test_promises_with_an_equilibrium_are_all_found_and_the_others_counted(bad: list[bool]) -> None:
    terms = [Terms("both", 1.0 if at else 0.5, (str(i),)) for i, at in enumerate(bad)]
    one = search(Halving)
    assert one._solvable(terms) == [(str(i),) for i, at in enumerate(bad) if not at]
    assert one.unsolved == sum(bad)


# ------------------------------------------------------------------ accounts


def coalition(members: tuple[str, ...], payoffs: Sequence[float], least: LeastPledge = DETERS) -> Coalition:
    of = np.array(payoffs, dtype=float)
    return Coalition(Terms("support", 0.5, members), least, 0.1, 0.5, 0.25, of, -of, of * 0, of * 0, of * 0, -1.0)


class Changing(_Search):
    """A search whose coalitions give member i the payoff -1 - i and others -9; pressing is worth 1 without ally0."""

    def at(self, pledges: Sequence[tuple[Terms, float, LeastPledge]]) -> list[tuple[Coalition, float]]:
        found = []
        for terms, strength, least in pledges:
            assert (terms.kind, terms.intensity, strength) == ("support", 0.5, 0.1)
            payoffs = [-1.0 - i if s in terms.members else -9.0 for i, s in enumerate(self.candidates)]
            found.append((coalition(terms.members, payoffs, least), 0.0 if "ally0" in terms.members else 1.0))
        return found


WITHOUT = np.array([-4.0, -5.0, -6.0])


def test_each_side_is_compared_with_the_other_as_far_as_so_many_may_act() -> None:
    chosen = coalition(("ally1", "ally0"), (-0.5, -2.0, -3.0))
    outsider, weak, pivot = search(Changing).accounts(chosen, WITHOUT)
    assert (outsider.state, outsider.member, outsider.pivotal) == ("JPN", False, False)
    assert math.isnan(outsider.other)  # three would act, of whom two may
    assert (weak.member, weak.other, weak.pivotal) == (True, -9.0, False)
    assert (pivot.member, pivot.other, pivot.pivotal) == (True, -9.0, True)
    assert [a.payoff for a in (outsider, weak, pivot)] == [-0.5, -2.0, -3.0]
    assert (weak.pays, weak.if_called, weak.without, weak.gains) == (2.0, 8.0, -5.0, 3.0)
    roomy = search(Changing, most=3).accounts(chosen, WITHOUT)
    assert roomy[0].other == -1.0  # now it may join, as the first of the candidates


def test_a_member_alone_leaves_nobody_behind_and_nobody_is_pivotal_where_nothing_deters() -> None:
    (_, _, alone) = search(Changing).accounts(coalition(("ally0",), (0.0, 0.0, -3.0)), WITHOUT)
    assert alone.pivotal
    assert alone.other == -6.0  # without it nobody promises anything
    assert not alone.would_change
    accounts = search(Changing).accounts(coalition(("ally1", "ally0"), (0.0, -2.0, -3.0), FAILS), WITHOUT)
    assert not any(a.pivotal for a in accounts)
