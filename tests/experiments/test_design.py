"""Which numbers each replicate takes."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from coercion_sim.errors import InvalidInput
from coercion_sim.experiments import make_design
from fakes.experiment import FakeScenario, Uniform


def test_where_states_choose_the_economy_takes_a_few_points_in_turn() -> None:
    ranges = (Uniform("economy.factor_mobility", 1.05, 1.5, 1.5), Uniform("help", 0.1, 0.3, 0.2))

    @dataclass(frozen=True)
    class Dispute:
        economy_points: int = 4

    scripted = replace(FakeScenario(), uncertain=ranges, replicates=12)
    strategic = replace(scripted, conduct="strategic")
    object.__setattr__(strategic, "dispute", Dispute())
    own, shared = make_design(scripted), make_design(strategic)
    economy = [shared.of_replicate(k)["economy.factor_mobility"] for k in range(12)]
    assert economy == [own.of_replicate(k % 4)["economy.factor_mobility"] for k in range(12)]
    assert len(set(economy)) == 4
    assert [shared.of_replicate(k)["help"] for k in range(12)] == [own.of_replicate(k)["help"] for k in range(12)]


@pytest.mark.parametrize("policies", [("respond_as_allies+respond_as_allies",), ("stand_alone", "stand_alone")])
def test_a_policy_twice_is_refused(policies: tuple[str, ...]) -> None:
    with pytest.raises(InvalidInput, match=r"itself|twice"):
        make_design(FakeScenario(), policies=policies)


@pytest.mark.parametrize("seed", [-1, 2**63, 10**23])
def test_a_seed_no_generator_takes_is_refused(seed: int) -> None:
    with pytest.raises(InvalidInput, match="seed"):
        make_design(FakeScenario(), seed=seed)
