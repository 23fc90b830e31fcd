"""The test kit: good policies pass, and for each rule a policy that breaks it is found with that rule named."""

from __future__ import annotations

import random
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pydantic import Field

from coercion_sim.economy import EconomyParameters, Measure
from coercion_sim.model import CoercionModel
from coercion_sim.policies import (
    BUILT_IN,
    IntegrateEconomies,
    Pledge,
    Policy,
    PolicyParameters,
    RespondAsAllies,
    Response,
    StandAlone,
    load_policies,
)
from coercion_sim.testing import (
    RULES,
    PolicyFault,
    WrittenSituation,
    assert_policy,
    check_policy,
    pressure_on,
    small_world,
)
from fakes.tiny import write_tiny
from support.own_policies import BARE, PAYS


class Rule(Policy):
    """A policy of which each test breaks one thing."""

    name = "rule"
    words = "(for tests)"
    summary = "Does what a test says. Price: none."

    def respond(self, situation):
        return Response()


def transfer(situation, size=1.0, on="AUS", **changed):
    """A small sum from the USA, within every rule unless changed."""
    q = situation.quarter
    usual = {"start": q, "until": q, "purpose": "compensate", "name": "money"}
    return Measure("transfer", "USA", on, (), size, **{**usual, **changed})


def pressed(situation, state="AUS"):
    return any(m.on == state for m in situation.pressure())


# ------------------------------------------------------------------ good ones


@pytest.mark.parametrize("policy", BUILT_IN, ids=lambda p: p.name)
def test_the_package_s_own_policies_keep_every_rule(policy: type[Policy]) -> None:
    assert_policy(policy, another_process=policy is RespondAsAllies)


@pytest.mark.parametrize("text", [BARE, PAYS], ids=["bare", "pays"])
def test_policies_of_a_file_keep_every_rule(text: str, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(text, encoding="utf-8")
    (policy,) = load_policies(tmp_path / "mine.py")
    report = check_policy(policy, another_process=False)
    assert report.ok, str(report)
    assert report.answers >= 14  # prepare, eight quarters, three promises, two changes


def test_retaliation_keeps_every_rule_too() -> None:
    for how in ("export_ban", "export_control", "import_tariff"):
        assert_policy(RespondAsAllies, {"instruments": ("retaliate",), "retaliate_with": how}, another_process=False)


def test_a_policy_may_be_played_in_a_scenario_of_one_s_own(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(PAYS, encoding="utf-8")
    (policy,) = load_policies(tmp_path / "mine.py")
    report = check_policy(policy, {"fraction": 0.25}, write_tiny(tmp_path), another_process=False)
    assert report.ok, str(report)


# ------------------------------------------------------------------ one bad one for each rule


class Silent(Rule):
    class Parameters(PolicyParameters):
        size: float = 1.0

    words = ""


class Raises(Rule):
    def respond(self, situation):
        return Response(facts=(("x", "", 1.0 / (situation.quarter - 4)),))


class Forgetful(Rule):
    calls = [0]  # noqa: RUF012  # the fault to be found

    def respond(self, situation):
        Forgetful.calls[0] += 1
        return Response(facts=(("calls", "", float(Forgetful.calls[0])),))


class Remembers(Rule):
    def __init__(self, parameters=None):
        super().__init__(parameters)
        self.seen = 0

    def respond(self, situation):
        self.seen = max(self.seen, situation.quarter)
        return Response()


class Grudge(Rule):
    """Hides what it remembers in a closure, where no attribute shows it."""

    def __init__(self, parameters=None):
        super().__init__(parameters)
        memory = set()
        self.recall = lambda quarter: memory.add(quarter) or len(memory)

    def respond(self, situation):
        return Response(facts=(("quarters seen", "", float(self.recall(situation.quarter))),))


class Dice(Rule):
    def respond(self, situation):
        return Response(facts=(("luck", "", random.random()),))


class Clock(Rule):
    def respond(self, situation):
        return Response(facts=(("time", "", time.perf_counter()),))


class Vandal(Rule):
    def respond(self, situation):
        situation.world.groups["MINE"] = ("AUS",)
        return Response()


class WritesArrays(Rule):
    def respond(self, situation):
        situation.world.flows[0, 0, 1] = 0.0
        return Response()


class Nowhere(Rule):
    def respond(self, situation):
        return Response((transfer(situation, on="ATL"),) if pressed(situation) else ())


class NotFinite(Rule):
    def respond(self, situation):
        return Response(facts=(("x", "AUS", float("nan")),))


class NoSector(Rule):
    def respond(self, situation):
        q = situation.quarter
        return Response((Measure("import_tariff", "USA", "CHN", ("oil",), 0.1, q, q, purpose="retaliate"),))


class TooMuch(Rule):
    def respond(self, situation):
        q = situation.quarter
        return Response((Measure("import_subsidy", "USA", "AUS", ("coal",), 7.0, q, q, purpose="absorb"),))


class BothWays(Rule):
    def respond(self, situation):
        q = situation.quarter
        ban = Measure("import_ban", "USA", "CHN", ("goods",), 0.5, q, q, purpose="retaliate", name="ban")
        return Response((ban, Measure("facilitation", "USA", "CHN", ("wine",), 0.9, q, q, purpose="absorb")))


class Plain(Rule):
    def respond(self, situation):
        return [transfer(situation)] if pressed(situation) else []


class Lingers(Rule):
    def respond(self, situation):
        return Response((transfer(situation, until=None),) if pressed(situation) else ())


class Presses(Rule):
    def respond(self, situation):
        return Response((transfer(situation, purpose="coercion"),) if pressed(situation) else ())


class StandsWrongly(Rule):
    def prepare(self, situation):
        return Response((Measure("import_tariff", "USA", "CHN", ("goods",), 0.1, purpose="retaliate", name="t"),))


class TooLate(Rule):
    def prepare(self, situation):
        return Response((Measure("import_tariff", "USA", "CHN", ("goods",), 0.1, 99, purpose="derisk", name="t"),))


class Swears(Rule):
    def pledge(self, outlook, coercer, target):
        return Pledge((target, "USA"), strength=-1.0, link=2.0)


class BreaksPromises(Rule):
    def amend_pledge(self, pledge, outlook, coercer, target):
        return None


class Strengthens(Rule):
    def amend(self, outlook, measures):
        return tuple(replace(m, size=2 * m.size) if m.kind == "import_tariff" else m for m in measures)


class Retargets(Rule):
    def amend(self, outlook, measures):
        return tuple(replace(m, on="ROW") if m.purpose == "retaliate" else m for m in measures)


class Doubles(Rule):
    def amend(self, outlook, measures):
        return measures + measures[:1]


class Jealous(Rule):
    """Works alone and with the kit's samples, not beside the help of others as it comes."""

    def amend(self, outlook, measures):
        assert not any(m.name.startswith("absorb USA") for m in measures)
        return measures


class Generous(Rule):
    def respond(self, situation):
        return Response((transfer(situation, 1e5),) if pressed(situation) else ())


class Misdirected(Rule):
    def respond(self, situation):
        return Response((transfer(situation, 1.0, on="KOR"),))


BAD = [
    (Silent, "described"),
    (Raises, "runs"),
    (Forgetful, "deterministic"),
    (Remembers, "stateless"),
    (Grudge, "stateless"),
    (Dice, "deterministic"),
    (Clock, "deterministic"),
    (Vandal, "hands_off"),
    (WritesArrays, "hands_off"),
    (Nowhere, "valid_answer"),
    (NotFinite, "valid_answer"),
    (NoSector, "valid_answer"),
    (TooMuch, "valid_answer"),
    (BothWays, "valid_answer"),
    (Plain, "valid_answer"),
    (Lingers, "dates"),
    (TooLate, "dates"),
    (Presses, "purposes"),
    (StandsWrongly, "purposes"),
    (Swears, "valid_pledge"),
    (BreaksPromises, "valid_pledge"),
    (Strengthens, "only_weakens"),
    (Retargets, "only_weakens"),
    (Doubles, "only_weakens"),
    (Jealous, "composes"),
    (Generous, "help_within_ceiling"),
    (Misdirected, "help_within_ceiling"),
]


@pytest.mark.parametrize(("policy", "rule"), BAD, ids=lambda x: x.__name__ if isinstance(x, type) else "")
def test_a_policy_that_breaks_one_rule_is_found_with_that_rule(policy: type[Policy], rule: str) -> None:
    report = check_policy(policy, another_process=False)
    assert rule in report.broken, str(report)
    assert f"- {rule}: a policy {RULES[rule]}" in str(report)
    allowed = {rule}
    if policy is Forgetful:
        allowed |= {"stateless"}  # a count of calls is also something kept
    if rule == "valid_answer":
        allowed |= {"help_within_ceiling"}  # help to nobody there is help to nobody under pressure
    assert set(report.broken) <= allowed, str(report)


def test_every_rule_has_a_policy_that_breaks_it() -> None:
    assert {rule for _, rule in BAD} == set(RULES)


def test_a_policy_that_breaks_several_rules_gets_a_report_of_all_of_them() -> None:
    class Everything(Swears, Strengthens, Dice):
        name = "everything"

    with pytest.raises(PolicyFault) as fault:
        assert_policy(Everything)
    assert fault.value.report.broken == ("deterministic", "valid_pledge", "only_weakens")
    assert sum(v.rule == "valid_pledge" for v in fault.value.report.violations) >= 3


def test_a_policy_that_cannot_be_made_is_reported_and_not_played() -> None:
    class Half(Policy):
        name = "half"
        words = "w"
        summary = "s"

    report = check_policy(Half)
    assert report.broken == ("runs",)
    assert "respond(...)" in str(report)


def test_the_simulator_s_own_use_of_clock_and_generators_is_not_the_policy_s() -> None:
    class Asks(Rule):
        def respond(self, situation):
            situation.draw("luck", "AUS")
            situation.effect(pressure_on()[:1])
            return Response()

        def prepare(self, situation):
            index = situation.long_run_integration(("AUS", "USA"), "CHN", 0.1, ("goods",))
            return Response(facts=tuple(("index", s, value) for s, value in index.items()))

    assert check_policy(Asks, another_process=False).ok


class Unordered(Rule):
    """Every state in the order a set happens to have: the same all through one process."""

    def respond(self, situation):
        return Response(notes=(("order", "", " ".join(set(situation.world.states) | {"a", "b", "c", "d"})),))


def test_what_depends_on_the_order_of_sets_is_found_in_another_process() -> None:
    assert check_policy(Unordered, another_process=False).ok
    report = check_policy(Unordered)
    assert report.broken == ("deterministic",), str(report)


def test_a_good_policy_answers_alike_in_another_process(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(PAYS, encoding="utf-8")
    assert_policy(load_policies(tmp_path / "mine.py")[0])


# ------------------------------------------------------------------ luck by event


def draws(seed: int = 1, policy: Policy | None = None, others: int = 0) -> list[float]:
    """What one event gives in each quarter, for a policy that first draws for something else."""
    seen = []

    class Draws(Rule):
        def respond(self, situation):
            for n in range(others):
                situation.draw(f"other {n}", "USA")
            seen.append(situation.draw("mood", "AUS"))
            assert seen[-1] == situation.draw("mood", "AUS") != situation.draw("mood", "USA")
            return Response()

    model = CoercionModel(small_world(), EconomyParameters(), pressure_on(), Draws(), 4, seed=seed, burdens=False)
    while model.quarter < 4:
        model.step()
    return seen


def test_luck_is_a_function_of_the_event_alone() -> None:
    assert draws() == draws(others=3)
    assert len(set(draws())) == 4
    assert draws(seed=2) != draws()
    assert all(0.0 <= x < 1.0 for x in draws())


def incomes(policy: Policy) -> np.ndarray:
    """Real income by quarter and state on the small world."""
    model = CoercionModel(small_world(), EconomyParameters(), pressure_on(), policy, 8, seed=1, burdens=False)
    while model.quarter < 8:
        model.step()
    return np.array([r.actual.welfare_pct_gdp for r in model.history])


def test_the_small_world_puts_policies_to_work() -> None:
    """A world in which the built-in rules have nothing to do would let anything pass."""
    alone = incomes(StandAlone())
    assert (incomes(RespondAsAllies()) != alone).any()
    members = IntegrateEconomies.Parameters(members=("AUS", "USA", "JPN"), competitor="CHN")
    assert (incomes(IntegrateEconomies(members)) != alone).any()


def test_a_situation_can_be_written_down() -> None:
    class Share(Rule):
        class Parameters(PolicyParameters):
            share: float = Field(0.1, description="of the loss", json_schema_extra={"unit": "share"})

        def respond(self, situation):
            size = self.parameters.share * situation.income_loss("AUS") * situation.draw("mood")
            return Response((transfer(situation, size),) if pressed(situation) else ())

    here = WrittenSituation(pressure_on()[:1], {"AUS": 200.0}, drawn={("mood", ""): 0.5}, quarter=2)
    (paid,) = Share().respond(here).measures
    assert (paid.size, paid.start, paid.until) == (10.0, 2, 2)
    assert WrittenSituation().draw("mood") == WrittenSituation().draw("mood") != WrittenSituation().draw("other")
    assert here.sales("AUS", "USA", ("coal",)) == 0.0


def test_a_written_situation_answers_every_question_from_its_tables() -> None:
    here = WrittenSituation(
        sold={("AUS", "USA"): 3.0},
        index=lambda cut: {"AUS": cut, "KOR": 1.0},
        turned={("CHN", "JPN"): 0.4},
        traded=lambda measures, a, b, sectors: 0.5,
        effects=lambda measures: np.arange(6.0),
    )
    assert here.sales("AUS", "USA", ("coal", "wine")) == 6.0
    assert here.long_run_integration(("AUS", "USA"), "CHN", 0.2, ("goods",)) == {"AUS": 0.2}
    assert (here.loss_if_turned("CHN", "JPN"), here.loss_if_turned("CHN", "KOR")) == (0.4, 0.0)
    assert (here.trade_after((), "AUS", "CHN", ()), WrittenSituation().trade_after((), "AUS", "CHN", ())) == (0.5, 1.0)
    assert here.effect(()).tolist() == list(range(6))
    assert not WrittenSituation().effect(()).any()
    assert here.at_start is here
    with pytest.raises(KeyError):
        here.income_loss("USA")


def test_a_policy_that_cannot_be_sent_to_another_process_is_reported() -> None:
    class Stuck(Rule):
        def respond(self, situation):
            return Response()

        keeps = threading.Lock()

    report = check_policy(Stuck)
    assert report.broken == ("runs",)
    assert report.violations[0].where == "another process"


def test_the_written_situation_looks_up_trade_losses_and_integration() -> None:
    here = WrittenSituation(
        sold={("AUS", "CHN"): 40.0}, turned={("CHN", "JPN"): 0.3}, losses={"AUS": 7.0},
        index=lambda cut: {"AUS": 1.0 + cut, "JPN": 2.0},
    )  # fmt: skip
    assert [here.sales("AUS", "CHN", goods) for goods in ((), ("coal",), ("coal", "wine"))] == [0.0, 40.0, 80.0]
    assert here.sales("CHN", "AUS", ("coal",)) == 0.0
    assert (here.loss_if_turned("CHN", "JPN"), here.loss_if_turned("CHN", "AUS")) == (0.3, 0.0)
    assert here.income_loss("AUS") == 7.0
    assert here.long_run_integration(("AUS",), "CHN", 0.5, ()) == {"AUS": 1.5}
    assert here.at_start is here
