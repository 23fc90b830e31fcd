"""Tables of the scenario file about disputes: every range, every default, and what the tables are turned into."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from pydantic import ValidationError

from coercion_sim.dispute import (
    DEPTHS,
    Challenger,
    Conduct,
    Cooperation,
    Depth,
    DisputeSettings,
    Experience,
    OpenedDispute,
    PackageSizes,
    Pressure,
    RuleName,
    Screen,
)

#: Highest value, of numbers that start at 0.
UP_TO = {
    DisputeSettings: {
        "lapse": 1, "lapse_cost": 5,
        "rate": 1, "rationality": 1000, "stake_target_log_sd": 3, "stake_coercer_log_sd": 3, "belief_target": 1,
        "belief_coercer": 1, "cost_once": 100, "cost_year": 100, "audience_back_down": 5, "audience_lift": 5,
        "audience_concede": 5, "last_quarter_bite": 1, "settle": 1, "interest": 100, "exposure_retaliate": 1,
        "exposure_support": 1, "most_allies": 6, "retaliate_open": 1, "screen_supply_share": 1, "screen_good_cost": 100,
        "screen_package_cost": 100, "leakage": 1, "ban_left": 1, "critical": 1,
    },
    Pressure: {
        "grey_zone": 100, "grey_zone_cost": 100, "grey_zone_escalation": 1, "disinformation": 100,
        "disinformation_cost": 100, "disinformation_escalation": 1, "answer_escalation": 1, "escalation_cost": 100,
    },
    Cooperation: {"value": 100, "spill": 1, "spill_pressure": 1},
}  # fmt: skip
#: (lowest, highest), both allowed, of numbers that start above 0.
BETWEEN = {
    "type_spread": (1, 100), "barrier": (1, 100),
    "services_barrier": (1, 100), "control": (1, 100),
}  # fmt: skip
#: Highest value, of numbers above 0.
ABOVE_ZERO = {
    "stake_target": 100, "stake_coercer": 100, "forgetting": 1, "review": 1, "discount": 1, "barrier_left": 1,
    "services_left": 1, "control_left": 1,
}  # fmt: skip


def refused(model: Any, **values: Any) -> None:
    """The table is refused for these keys and no other."""
    with pytest.raises(ValidationError) as error:
        model(**values)
    assert {e["loc"][0] for e in error.value.errors()} == set(values)


@pytest.mark.parametrize(("model", "name"), [(m, n) for m, names in UP_TO.items() for n in names])
def test_a_number_from_zero_is_refused_outside_its_range_and_taken_at_its_ends(model: Any, name: str) -> None:
    most = UP_TO[model][name]
    for value in (0, most):
        assert getattr(model(**{name: value}), name) == value
    refused(model, **{name: most + 1 if name == "most_allies" else most * 1.001})
    refused(model, **{name: -1 if name == "most_allies" else -0.001})
    refused(model, **{name: "much"})


@pytest.mark.parametrize("name", BETWEEN)
def test_a_number_from_one_is_refused_outside_its_range_and_taken_at_its_ends(name: str) -> None:
    for value in BETWEEN[name]:
        assert getattr(DisputeSettings(**{name: value}), name) == value
    for value in (0, BETWEEN[name][1] + 1):
        refused(DisputeSettings, **{name: value})


@pytest.mark.parametrize("name", ABOVE_ZERO)
def test_a_number_above_zero_is_refused_at_zero(name: str) -> None:
    most = ABOVE_ZERO[name]
    for value in (1e-9, most):
        assert getattr(DisputeSettings(**{name: value}), name) == value
    for value in (0.0, most * 1.001):
        refused(DisputeSettings, **{name: value})


def test_every_number_of_the_dispute_has_a_range_tested_here() -> None:
    tested = set(UP_TO[DisputeSettings]) | set(BETWEEN) | set(ABOVE_ZERO) | {"yields_above", "presses_above"}
    numbers = {n for n, f in DisputeSettings.model_fields.items() if f.annotation in (int, float, float | None)}
    assert numbers - {"reliability", "reliability_weight"} == tested
    for model in (Pressure, Cooperation):
        numbers = {n for n, f in model.model_fields.items() if f.annotation in (int, float)}
        assert numbers - {"disinformation_erosion"} == set(UP_TO[model])


def test_no_prior_of_an_ally_s_word_is_certain() -> None:
    for name, fine in (("reliability", (1e-6, 0.999)), ("reliability_weight", (1e-6, 1e6))):
        for value in fine:
            assert getattr(DisputeSettings(**{name: value}), name) == value
        refused(DisputeSettings, **{name: 0.0})
    refused(DisputeSettings, reliability=1.0)


def test_resolve_cannot_be_eroded_whole() -> None:
    assert Pressure(disinformation_erosion=0.99).disinformation_erosion == 0.99
    for value in (1.0, -0.1):
        refused(Pressure, disinformation_erosion=value)


def test_doctrines_may_be_of_any_size_but_negative() -> None:
    for name in ("yields_above", "presses_above"):
        assert getattr(DisputeSettings(**{name: 1e6}), name) == 1e6
        refused(DisputeSettings, **{name: -0.1})


def test_defaults_are_those_of_the_model() -> None:
    """The table of parameters in model.md §5."""
    settings = DisputeSettings()
    wanted = {
        "rationality": 6.0, "stake_target": 0.7, "stake_target_log_sd": 0.6, "stake_coercer": 0.1,
        "stake_coercer_log_sd": 0.8, "cost_once": 0.04, "cost_year": 0.005, "audience_back_down": 0.4,
        "audience_lift": 0.4, "audience_concede": 0.2, "review": 0.5, "type_spread": 9.0, "belief_target": 0.5,
        "belief_coercer": 0.5, "reliability": 0.5, "reliability_weight": 4.0, "discount": 0.97,
        "last_quarter_bite": 0.25, "forgetting": 0.95, "interest": 0.01,
        "exposure_retaliate": 0.05, "exposure_support": 0.01, "rate": 0.05,
        "screen_supply_share": 0.42, "screen_package_cost": 0.02,
    }  # fmt: skip
    assert {name: getattr(settings, name) for name in wanted} == wanted


def test_the_screen_and_the_sizes_stand_once() -> None:
    """The table of a scenario and the objects built from it have the same defaults."""
    settings = DisputeSettings()
    assert settings.goods_screen() == Screen()
    assert settings.package_sizes(Pressure()) == PackageSizes()
    given = DisputeSettings(screen="off", screen_supply_share=0.3, screen_package_cost=0.1)
    assert given.goods_screen() == Screen("off", 0.3, 0.005, 0.1)


@pytest.mark.parametrize(("left", "factor"), DEPTHS.items())
def test_a_factor_stands_in_place_of_a_share_left_and_not_beside_it(left: str, factor: str) -> None:
    at = list(DEPTHS).index(left)
    parts = ("ban", "barrier", "services", "control")
    for given, wanted in (({left: 0.25}, Depth(left=0.25)), ({factor: 1.0}, Depth(size=1.0))):
        sizes = DisputeSettings(**given).package_sizes(Pressure())  # type: ignore[arg-type]
        assert getattr(sizes, parts[at]) == wanted
        assert all(getattr(sizes, p) == getattr(PackageSizes(), p) for p in parts if p != parts[at])
    with pytest.raises(ValidationError, match=f"takes {left} or {factor}, not both"):
        DisputeSettings(**{left: 0.25, factor: 1.0})  # type: ignore[arg-type]


def test_rules_and_conducts_are_those_a_state_may_have() -> None:
    assert set(get_args(Conduct)) == {"scripted", "strategic"}
    assert set(get_args(RuleName)) == {"logit", "rational", "rule", "learning", "script"}
    for rule in get_args(RuleName):
        assert DisputeSettings(decides={"CHN": rule}).rule_of("CHN", "strategic") == rule
    refused(DisputeSettings, decides={"CHN": "dice"})
    for conduct, rule in (("scripted", "script"), ("strategic", "logit")):
        assert DisputeSettings().rule_of("USA", conduct) == rule  # type: ignore[arg-type]


def test_a_dispute_opened_names_its_sides_and_draws_the_rest() -> None:
    opened = OpenedDispute(quarter="2020Q2", coercer="CHN", target="AUS")
    assert (opened.stake_target, opened.stake_coercer, opened.resolved, opened.firm) == (None,) * 4
    for name in ("stake_target", "stake_coercer"):
        with pytest.raises(ValidationError):
            OpenedDispute(quarter="2020Q2", coercer="CHN", target="AUS", **{name: 0.0})
    with pytest.raises(ValidationError) as error:
        OpenedDispute(quarter="spring")  # type: ignore[call-arg]
    assert {e["loc"][0] for e in error.value.errors()} == {"quarter", "coercer", "target"}


def test_a_challenger_needs_a_target_and_known_means() -> None:
    own = Challenger(state="RUS", targets=("POL",), packages=("grey_zone",), rate=0.2, stake=0.3)
    assert DisputeSettings(challengers=(own,)).challengers_by_pair() == {("RUS", "POL"): own}
    wrong = ({"targets": ()}, {"packages": ("siege",)}, {"rate": 1.1}, {"stake": 0.0})
    for change in wrong:
        with pytest.raises(ValidationError) as error:
            Challenger(**({"state": "RUS", "targets": ("POL",)} | change))
        assert {e["loc"][0] for e in error.value.errors()} == set(change)


def test_experience_may_be_negative_but_not_its_weight() -> None:
    learnt = Experience(state="CHN", role="coercer", act=-0.3, refrain=0.1)
    assert (learnt.act, learnt.refrain, learnt.experience) == (-0.3, 0.1, 1.0)
    for change in ({"experience": -1.0}, {"role": "ally"}):
        with pytest.raises(ValidationError) as error:
            Experience(**({"state": "CHN", "role": "target", "act": 0.0, "refrain": 0.0} | change))
        assert {e["loc"][0] for e in error.value.errors()} == set(change)


def test_a_key_unknown_is_refused() -> None:
    for model in (DisputeSettings, Pressure, Cooperation):
        refused(model, rationalty=3.0)
