"""Designs: which points, replicates and policies make up the runs, and the numbers each replicate takes."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest, loguniform, uniform

from coercion_sim.errors import InvalidInput
from coercion_sim.experiments import Block, Design, StoppingRule, make_design
from coercion_sim.experiments.design.design import MOST_REPLICATES, policy_problems
from coercion_sim.experiments.design.sampling import Draws
from coercion_sim.outcomes import TABLES
from coercion_sim.scenario import Uncertain
from fakes.experiment import FakeScenario, Uniform
from support.folders import fake_job, helps, losses

TEXT = Block("grid", ("closure", "switch"), (("zero", True), ("additive", False)))


def design(*blocks: Block, **settings: Any) -> Design:
    return fake_job(*blocks, **settings).design


# ------------------------------------------------------------------ points and runs


@given(points=st.integers(1, 4), others=st.integers(1, 3), replicates=st.integers(1, 6))
def test_places_number_the_runs_by_point_replicate_and_policy(points: int, others: int, replicates: int) -> None:
    d = design(losses(*map(float, range(points))), helps(*map(float, range(others))), replicates=replicates)
    assert d.points == points * others
    assert d.runs == d.points * replicates * 2
    order = [(p, k, q) for p in range(d.points) for k in range(replicates) for q in d.policies]
    assert [d.place(*run) for run in order] == list(range(d.runs))
    for outside in ((d.points, 0, "stand_alone"), (-1, 0, "stand_alone"), (0, replicates, "stand_alone"), (0, 0, "x")):
        assert d.place(*outside) is None


def test_the_last_block_varies_fastest() -> None:
    d = design(losses(1.0, 2.0), TEXT)
    assert [tuple(d.of_point(p).values()) for p in range(4)] == [
        (1.0, "zero", True), (1.0, "additive", False), (2.0, "zero", True), (2.0, "additive", False),
    ]  # fmt: skip
    assert list(d.of_point(0)) == ["loss", "closure", "switch"]
    assert design().points == 1
    assert design().of_point(0) == {}


def test_a_varied_parameter_replaces_its_draw() -> None:
    d, plain = design(losses(9.0), replicates=3), design(replicates=3)
    assert (d.varied, d.drawn) == (("loss",), ("help",))
    for k in range(3):
        assert d.of_replicate(k) == plain.of_replicate(k) | {"loss": 9.0}


def test_a_column_is_a_number_where_all_its_values_are() -> None:
    mixed = Block("table", ("a", "b", "c"), ((1, 1, "x"), (2.5, True, "y")))
    assert design(mixed).columns == {"loss": "float", "help": "float", "a": "float", "b": "str", "c": "str"}


@given(st.lists(st.floats(0, 3).map(lambda x: round(x, 1)), min_size=1, max_size=12))
def test_point_keys_follow_values_and_their_repetition_alone(values: list[float]) -> None:
    keys = list(design(losses(*values)).point_keys())
    assert len(set(keys)) == len(keys)
    again = dict(zip(values[::-1], reversed(keys), strict=True))  # the first of equal values comes last here
    alone = {v: next(iter(design(losses(v)).point_keys())) for v in set(values)}
    assert again == alone
    assert list(design(losses(*values, 99.0)).point_keys())[:-1] == keys


def test_the_description_is_json_and_complete() -> None:
    rule = StoppingRule("attempts", 0.1, 40)
    d = design(losses(1.0, 2.0), replicates=rule, tables=["events"]).described()
    assert json.loads(json.dumps(d)) == d
    assert d["stopping"] == {"until": "attempts", "half_width": 0.1, "at_most": 40, "confidence": 0.95, "of": "level"}
    assert (d["points"], d["replicates"], d["runs"], d["uncertain"]) == (2, 40, 160, ["help"])
    assert d["tables"] == ["runs", "events", "outcomes"]
    assert d["blocks"][0]["paths"] == ["loss"]
    assert design().described()["stopping"] is None
    assert design(at_defaults=True).described()["drawn"] == "defaults"


def test_what_the_caller_leaves_out_is_the_scenario_s() -> None:
    d = make_design(FakeScenario(replicates=6, seed=11))
    assert (d.policies, d.replicates, d.seed) == (("stand_alone", "respond_as_allies"), 6, 11)
    assert d.tables == tuple(TABLES)
    assert make_design(FakeScenario(), at_defaults=True).replicates == 1
    assert make_design(FakeScenario(), at_defaults=True, replicates=3).replicates == 3


# ------------------------------------------------------------------ mistakes


@pytest.mark.parametrize("policies", [("respond_as_allies+respond_as_allies",), ("stand_alone", "stand_alone")])
def test_a_policy_twice_is_refused(policies: tuple[str, ...]) -> None:
    with pytest.raises(InvalidInput, match=r"itself|twice"):
        make_design(FakeScenario(), policies=policies)


@pytest.mark.parametrize("seed", [-1, 2**63, 10**23])
def test_a_seed_no_generator_takes_is_refused(seed: int) -> None:
    with pytest.raises(InvalidInput, match="seed"):
        make_design(FakeScenario(), seed=seed)


@pytest.mark.parametrize("replicates", [0, -3, MOST_REPLICATES + 1])
def test_a_number_of_replicates_out_of_range_is_refused(replicates: int) -> None:
    with pytest.raises(InvalidInput) as caught:
        make_design(FakeScenario(), replicates=replicates)
    assert [p.key for p in caught.value.problems] == ["replicates"]


def test_all_mistakes_of_a_design_come_at_once() -> None:
    with pytest.raises(InvalidInput) as caught:
        make_design(FakeScenario(), policies=["nobody"], replicates=0, seed=-3)
    assert len(caught.value.problems) == 3


def test_problems_of_policies_have_their_position() -> None:
    policies = ["stand_alone", "stand_alon", "stand_alone", "respond_as_allies+respond_as_allies"]
    assert [i for i, _ in policy_problems(policies, FakeScenario())] == [1, 2, 3]
    assert list(policy_problems(["respond_as_allies+stand_alone"], FakeScenario())) == []


# ------------------------------------------------------------------ draws


def test_where_states_choose_too_every_replicate_draws_its_own_economy() -> None:
    ranges = (Uniform("economy.factor_mobility", 1.05, 1.5, 1.5), Uniform("help", 0.1, 0.3, 0.2))
    scripted = replace(FakeScenario(), uncertain=ranges, replicates=64)
    own, chosen = make_design(scripted), make_design(replace(scripted, conduct="strategic"))
    assert [chosen.of_replicate(k) for k in range(64)] == [own.of_replicate(k) for k in range(64)]
    assert len({chosen.of_replicate(k)["economy.factor_mobility"] for k in range(64)}) == 64


def draws(*uncertain: Uncertain, seed: int = 5) -> Draws:
    return Draws(uncertain, seed)


NUMBERS = (
    Uncertain("a", "uniform", (2.0, 6.0), 3.0),
    Uncertain("b", "log_uniform", (0.01, 10.0), 1.0),
    Uncertain("c", "choice", (1.0, 2.0, 5.0), 2.0),
)


def test_draws_have_the_quantiles_of_their_distributions() -> None:
    """A thousand and twenty-four points of a Sobol' sequence are nearer to the distribution than any random sample."""
    rows = [draws(*NUMBERS).of_replicate(k) for k in range(1024)]
    a, b, c = (np.array([row[path] for row in rows]) for path in "abc")
    assert kstest(a, uniform(2.0, 4.0).cdf).statistic < 1.1 / 1024
    assert kstest(b, loguniform(0.01, 10.0).cdf).statistic < 1.1 / 1024
    shares = [np.mean(c == value) for value in (1.0, 2.0, 5.0)]
    assert shares == pytest.approx([1 / 3] * 3, abs=2 / 1024)


def test_draws_of_two_numbers_are_balanced_together() -> None:
    """Each of 16 x 16 boxes holds 4 of 1024 draws: what a (t, m, s)-net in base 2 with t = 0 promises."""
    rows = [draws(*NUMBERS[:2]).of_replicate(k) for k in range(1024)]
    i = np.floor([(row["a"] - 2.0) / 4.0 * 16 for row in rows]).astype(int)
    j = np.floor([np.log(row["b"] / 0.01) / np.log(1000.0) * 16 for row in rows]).astype(int)
    assert (np.bincount(i * 16 + j, minlength=256) == 4).all()


@given(seed=st.integers(0, 2**62), k=st.integers(0, 2000), more=st.integers(1, 3))
def test_a_draw_depends_on_its_replicate_and_seed_alone(seed: int, k: int, more: int) -> None:
    first, longer = draws(NUMBERS[0], seed=seed), draws(*NUMBERS[:more], seed=seed)
    assert longer.of_replicate(k)["a"] == first.of_replicate(k)["a"]
    assert draws(NUMBERS[0], seed=seed + 1).of_replicate(k) != first.of_replicate(k)


def test_all_policies_and_points_meet_the_same_draw() -> None:
    d = design(losses(1.0, 2.0), replicates=5)
    for k in range(5):
        assert d.of_replicate(k, 0)["help"] == d.of_replicate(k, 1)["help"]


def test_at_defaults_every_replicate_takes_the_defaults() -> None:
    assert Draws(FakeScenario().uncertain, 3, at_defaults=True).of_replicate(17) == {"loss": 1.5, "help": 0.2}
    assert Draws(FakeScenario().uncertain, 3).of_replicate(17) != {"loss": 1.5, "help": 0.2}
