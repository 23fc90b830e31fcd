"""uncoordinated_derisking: who bars what, and what nobody counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from fake_situation import STATES, FakeSituation, ban, world
from pydantic import ValidationError

from coercion_sim.economy import Measure
from coercion_sim.policies import Response, UncoordinatedDerisking, UncoordinatedDeriskingParameters
from coercion_sim.world import World

MEMBERS = ("USA", "JPN")


def derisk(**parameters: Any) -> UncoordinatedDerisking:
    chosen = {"members": MEMBERS} | parameters
    return UncoordinatedDerisking(UncoordinatedDeriskingParameters(**chosen))


def buying(**of: dict[str, float]) -> World:
    """A world in which the members buy goods from China and from the rest: state -> good -> China's share."""
    base = world()
    flows = np.array(base.flows)
    for state, shares in of.items():
        n = STATES.index(state)
        for good, share in shares.items():
            j = base.sectors.index(good)
            flows[j, STATES.index("CHN"), n] = 10 * share
            flows[j, STATES.index("ROW"), n] = 10 * (1 - share)
    return World.from_flows(
        "fake", base.states, base.sectors, flows, 4.0, alliances=base.alliances, tags=base.tags,
        competitors={"USA": ("ROW",), "JPN": ("USA",)},
    )  # fmt: skip


BUYS = {"USA": {"coal": 0.9, "chips": 0.5}, "JPN": {"wine": 0.5, "chips": 0.2}}


def here(effects: Any = None) -> FakeSituation:
    return FakeSituation(world=buying(**BUYS), effects=effects)


def bars(response: Response) -> dict[tuple[str, str], tuple[str, ...]]:
    return {(m.by, m.on): m.sectors for m in response.measures}


def test_each_member_bars_what_it_buys_and_nothing_else() -> None:
    response = derisk(factor=1.3, phase=4, start=2).prepare(here())
    assert bars(response) == {("USA", "CHN"): ("coal", "chips"), ("JPN", "CHN"): ("wine", "chips")}
    for m in response.measures:
        assert (m.kind, m.size, m.purpose) == ("import_barrier", 1.3, "derisk")
        assert (m.start, m.until, m.phase_in) == (2, None, 4)
    assert [(kind, state) for kind, state, _ in response.notes] == [("derisking", "USA"), ("derisking", "JPN")]


@pytest.mark.parametrize(
    ("least", "usa", "japan"),
    [(0.4, ("coal", "chips"), ("wine",)), (0.5, ("coal", "chips"), ("wine",)), (0.6, ("coal",), ()), (0.95, (), ())],
)
def test_dependence_picks_the_sectors(least: float, usa: tuple[str, ...], japan: tuple[str, ...]) -> None:
    found = bars(derisk(dependence=least).prepare(here()))
    assert found == {key: goods for key, goods in ((("USA", "CHN"), usa), (("JPN", "CHN"), japan)) if goods}


def test_each_may_look_at_its_own_competitors_but_never_at_a_fellow_member() -> None:
    """The world names ROW for the USA, and for Japan the USA, which is a member: Japan keeps to the bloc's."""
    assert set(bars(derisk(own_competitors=True).prepare(here()))) == {("USA", "ROW"), ("JPN", "CHN")}


def test_a_factor_of_one_bars_nothing() -> None:
    response = derisk(factor=1.0).prepare(here(lambda measures: pytest.fail("nothing to be solved")))
    assert response.measures == response.notes == ()
    assert all(value == 0.0 for _, _, value in response.facts)


def test_the_price_alone_and_together_and_what_nobody_counts() -> None:
    """Own barriers cost 0.5 and 0.2; the USA's cost Japan 0.3 more, Japan's gain the USA 0.1; China loses from both."""
    matrix = {"USA": {"USA": -0.5, "JPN": -0.3, "CHN": -0.2}, "JPN": {"JPN": -0.2, "USA": 0.1, "CHN": -0.1}}

    def effects(measures: Sequence[Measure]) -> np.ndarray[Any, np.dtype[np.float64]]:
        found = np.zeros(len(STATES))
        for by in {m.by for m in measures}:
            for state, value in matrix[by].items():
                found[STATES.index(state)] += value
        return found

    situation = here(effects)
    facts = {(name, state): value for name, state, value in derisk().prepare(situation).facts}
    expected = {
        ("cost_alone", "USA"): 0.5, ("cost_together", "USA"): 0.4, ("cost_from_others", "USA"): -0.1,
        ("cost_alone", "JPN"): 0.2, ("cost_together", "JPN"): 0.5, ("cost_from_others", "JPN"): 0.3,
    }  # fmt: skip
    gdp = [situation.world.baseline.gdp[STATES.index(s)] for s in MEMBERS]
    w = gdp / np.sum(gdp)
    expected |= {
        ("members_cost_alone", ""): w @ [0.5, 0.2],
        ("members_cost_together", ""): w @ [0.4, 0.5],
        ("over_fragmentation", ""): w @ [-0.1, 0.3],
        ("competitor_cost_together", "CHN"): 0.3,
    }
    assert facts == pytest.approx(expected)


def test_pressure_is_not_answered() -> None:
    assert derisk().respond(replace(here(), given=[ban("coal")])) == Response()
    assert derisk().pledge(here(), "CHN", "AUS") is None


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"members": ("USA", "CHN")}, "competitor CHN cannot be a member"),
        ({"members": ("USA", "USA")}, "listed twice"),
        ({"factor": 0.9}, "factor"),
        ({"dependence": 1.1}, "dependence"),
        ({"sectors": ()}, "sectors"),
    ],
    ids=str,
)
def test_contradictory_parameters_are_refused(wrong: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        UncoordinatedDeriskingParameters(**wrong)
