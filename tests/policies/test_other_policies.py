"""stand_alone, integrate_economies, policies joined, and the register of them."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
from fake_situation import FakeSituation, ban
from pydantic import ValidationError

from coercion_sim.errors import InvalidInput
from coercion_sim.policies import (
    BUILT_IN,
    Combined,
    IntegrateEconomies,
    IntegrateEconomiesParameters,
    Policy,
    RespondAsAllies,
    RespondAsAlliesParameters,
    Response,
    StandAlone,
    available_policies,
    get_policy,
    registry,
)

BLOC = ("AUS", "USA", "JPN")


def test_stand_alone_does_nothing_whatever_happens() -> None:
    here = FakeSituation([ban("coal"), ban("goods", name="rest")], sold={("AUS", "USA"): 20.0})
    assert StandAlone().respond(here) == Response()
    assert StandAlone().prepare(here) == Response()


# ------------------------------------------------------------------ integrate_economies


def integrate(**parameters: Any) -> IntegrateEconomies:
    return IntegrateEconomies(IntegrateEconomiesParameters(**({"members": BLOC} | parameters)))


def rising(**start: float) -> FakeSituation:
    """Every member's index rises one for one with the cut; asked cuts are kept in `asked`."""
    base = {"AUS": -0.11, "USA": -0.05, "JPN": 0.2} | start
    return FakeSituation(index=lambda cut: {s: value + cut for s, value in base.items()})


def cut_of(response: Response) -> float:
    """The one cut a response says was needed."""
    ((state, value),) = [(state, value) for fact, state, value in response.facts if fact == "cut_needed"]
    assert state == ""
    return value


def test_the_least_cut_brings_the_member_furthest_behind_to_the_margin() -> None:
    response = integrate().prepare(rising())
    cut = cut_of(response)
    assert cut == pytest.approx(0.11, abs=1e-9)
    deeper = cut_of(integrate(margin=0.05).prepare(rising()))
    assert deeper == pytest.approx(0.16, abs=1e-9)


def test_members_cut_costs_of_each_other_s_goods_in_equal_steps() -> None:
    response = integrate(phase=6, start=3, sectors=("coal", "wine")).prepare(rising())
    cut = cut_of(response)
    assert [(m.by, m.on) for m in response.measures] == list(permutations(BLOC, 2))
    for m in response.measures:
        assert (m.kind, m.purpose, m.sectors) == ("facilitation", "integrate", ("coal", "wine"))
        assert m.size == 1 - cut
        assert (m.start, m.until, m.phase_in) == (3, None, 6)
    assert response.adjustment_cost == tuple((s, 0.5) for s in BLOC)
    assert [note[0] for note in response.notes] == ["integration"]


def test_where_the_largest_cut_falls_short_it_is_taken_and_those_behind_are_named() -> None:
    response = integrate(max_cut=0.08).prepare(rising())
    assert cut_of(response) == 0.08
    assert {m.size for m in response.measures} == {0.92}
    short = [(state, text) for kind, state, text in response.notes if kind == "integration_short"]
    assert [state for state, _ in short] == ["AUS"]
    assert "-0.030" in short[0][1]


@pytest.mark.parametrize(
    ("parameters", "start"), [({"margin": -0.2}, {}), ({"max_cut": 0.0}, {}), ({}, {"AUS": 0.0, "USA": 0.1})]
)
def test_where_no_cut_is_needed_or_none_allowed_there_is_none(
    parameters: dict[str, Any], start: dict[str, float]
) -> None:
    response = integrate(**parameters).prepare(rising(**start))
    assert response.measures == ()
    assert response.adjustment_cost == ()
    assert cut_of(response) == 0.0
    assert len(response.notes) == 1


def test_integration_does_not_answer_pressure() -> None:
    assert integrate().respond(FakeSituation([ban("coal")])) == Response()


@pytest.mark.parametrize(
    "wrong",
    [{"members": ("AUS",)}, {"max_cut": 0.95}, {"phase": 0}, {"margin": 2}, {"sectors": ()}, {"adjustment_cost": -1}],
    ids=str,
)
def test_parameters_of_integration_out_of_range_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        IntegrateEconomiesParameters(**wrong)


# ------------------------------------------------------------------ together


def test_policies_joined_do_what_each_does_in_the_order_named() -> None:
    help_ = RespondAsAllies(RespondAsAlliesParameters(instruments=("statement",)))
    money = RespondAsAllies(RespondAsAlliesParameters(instruments=("compensate",)))
    here = FakeSituation([ban("coal")], index=rising().index)
    both = Combined([help_, StandAlone(), money])
    assert both.respond(here).measures == help_.respond(here).measures + money.respond(here).measures
    tied = Combined([integrate(), help_])
    assert tied.prepare(here) == integrate().prepare(here)
    assert tied.respond(here) == help_.respond(here)


# ------------------------------------------------------------------ the register


def test_the_register_holds_the_package_s_own_by_name() -> None:
    names = [p.name for p in BUILT_IN]
    assert names[:2] == ["stand_alone", "respond_as_allies"]
    assert {"integrate_economies", "selective_cooperation", "linked_domains"} <= set(names)
    assert len(set(names)) == len(names)
    known = available_policies()
    for p in BUILT_IN:
        assert known[p.name] is get_policy(p.name) is p


@pytest.mark.parametrize("policy", [*available_policies().values()], ids=lambda p: p.name)
def test_every_policy_says_what_it_is_and_documents_its_parameters(policy: type[Policy]) -> None:
    assert policy.name.isidentifier()
    assert policy.name == policy.name.lower()
    for text in (policy.words, policy.summary, policy.__doc__):
        assert text
        assert len(text.split()) > 3
    assert policy().parameters == policy.Parameters()
    for name, field in policy.Parameters.model_fields.items():
        assert field.description, f"{policy.name}.{name} has no description"
    with pytest.raises(ValidationError):
        policy.Parameters(no_such_parameter=1)  # type: ignore[call-arg]


def test_the_sentences_of_the_speech_are_quoted() -> None:
    assert RespondAsAllies.words == "when one of us is coerced, we should respond as allies"
    assert IntegrateEconomies.words == "more integrated with each other than they are with our principal competitors"


def test_an_unknown_policy_is_refused_with_the_nearest() -> None:
    with pytest.raises(InvalidInput) as caught:
        get_policy("stand_allone")
    (problem,) = caught.value.problems
    assert problem.suggestion == "stand_alone"
    assert "respond_as_allies" in str(problem.allowed)


class Entry:
    """An entry point, as installed packages announce them."""

    def __init__(self, name: str, policy: type[Policy]) -> None:
        self.name, self.load = name, lambda: policy
        self.value, self.dist = f"{policy.__module__}:{policy.__qualname__}", None


class Mine(StandAlone):
    """A user's own policy that does nothing."""

    name = "mine"
    words = "(mine)"
    summary = "Nothing. Price: none."


def test_users_policies_are_found_by_entry_point_and_cannot_replace_the_package_s(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    offered = [Entry("mine", Mine), Entry("stand_alone", Mine)]
    asked = []

    def entry_points(*, group: str) -> list[Entry]:
        asked.append(group)
        return offered

    monkeypatch.setattr(registry, "entry_points", entry_points)
    monkeypatch.setattr(registry, "installed_policies", registry.installed_policies.__wrapped__)
    assert get_policy("mine") is Mine
    assert get_policy("stand_alone") is StandAlone
    assert set(asked) == {"coercion_sim.policies"}
