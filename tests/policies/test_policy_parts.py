"""Parts of policies: parameters and instruments, goods to cut off, cuts of trade, classes judged, origins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

import numpy as np
import pytest
from fake_situation import SECTORS, STATES, FakeSituation, world
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from coercion_sim.dispute import WorldOutlook
from coercion_sim.dispute.effects import TABLE_ERROR
from coercion_sim.economy import EconomyParameters, Measure, solve_equilibrium
from coercion_sim.policies import (
    Absorb,
    BurdenSharing,
    Combined,
    Compensate,
    Facilitation,
    InstrumentParameters,
    Outlook,
    Pledge,
    Policy,
    PolicyParameters,
    Response,
    Retaliate,
    Sharing,
    Side,
    Situation,
    StandAlone,
    Statement,
    Task,
    TradeCut,
    available_instruments,
    burden_shares,
    class_problems,
    critical_goods,
    goods_against,
    offering,
    trade_cut,
    within_loss,
)
from support.small import small_world

ALLIES = ("USA", "JPN")
OUTLOOK: Outlook = WorldOutlook(small_world(), EconomyParameters())


# ------------------------------------------------------------------ parameters and instruments


@offering(Compensate, Absorb)
class Helping(InstrumentParameters):
    """Parameters of a policy of these tests."""

    instruments: tuple[str, ...] = ("compensate",)


@offering(Retaliate)
class Striking(Helping):
    """The same, with one instrument more and a milder default."""

    retaliate_open: float = 0.9


def test_offering_adds_the_parameters_of_each_instrument() -> None:
    assert set(Helping.model_fields) == {"instruments", "fraction", "absorb_rate"}
    assert [k.name for k in Helping.kinds] == ["absorb", "compensate"]  # in the order they draw on the loss
    assert Helping().instruments == ("compensate",)
    with pytest.raises(ValidationError):
        Helping(instruments=("retaliate",))
    with pytest.raises(ValidationError):
        Helping(fraction=1.5)


def test_a_model_keeps_its_own_default_and_its_instruments() -> None:
    assert [k.name for k in Striking.kinds] == ["absorb", "compensate", "retaliate"]
    assert Striking().retaliate_open == 0.9
    assert Striking(instruments=("retaliate",)).kit() == (Retaliate(retaliate_open=0.9),)


def test_a_kit_holds_the_instruments_named_with_their_sizes() -> None:
    parameters = Helping(instruments=("compensate", "absorb"), fraction=0.3)
    assert parameters.kit() == (Absorb(), Compensate(fraction=0.3))
    assert Helping(instruments=()).kit() == ()


def test_parameters_of_instruments_that_nobody_uses_are_named() -> None:
    """In the game allies may absorb and compensate unpromised, so those parameters act there."""
    parameters = Striking(instruments=("absorb",))
    scripted, played = parameters.unused("scripted"), parameters.unused("strategic")
    assert "fraction" in scripted
    assert "fraction" not in played
    assert "retaliate_open" in scripted.keys() & played.keys()
    assert "absorb_rate" not in scripted


def test_parameters_are_frozen_refuse_unknown_keys_and_give_smaller_models() -> None:
    class Own(PolicyParameters):
        sharing: Sharing = "equal"
        cap: float = 1.5
        goal: float = 0.5

    assert Own().take(BurdenSharing) == BurdenSharing(sharing="equal", cap=1.5, goal=0.5)
    assert Own().unused("scripted") == {}
    with pytest.raises(ValidationError):
        Own(cup=1.0)  # type: ignore[call-arg]
    with pytest.raises(ValidationError):
        Own().cap = 2.0


def test_every_instrument_has_a_side_and_a_name_of_its_own() -> None:
    kinds = available_instruments()
    assert {kind.side for kind in kinds} == set(get_args(Side))
    assert len({kind.name for kind in kinds}) == len(kinds)
    assert {Absorb, Compensate, Facilitation, Retaliate, Statement} <= set(kinds)
    assert [kind.rank for kind in kinds] == sorted(kind.rank for kind in kinds)


@given(st.lists(st.tuples(st.floats(0.0, 10.0), st.floats(0.0, 10.0)), min_size=1, max_size=6))
def test_help_is_cut_to_the_loss_and_never_raised(pairs: list[tuple[float, float]]) -> None:
    offered, loss = (np.array(x) for x in zip(*pairs, strict=True))
    factor = within_loss(offered, loss)
    np.testing.assert_allclose(offered * factor, np.minimum(offered, loss), atol=1e-12)
    assert ((factor >= 0.0) & (factor <= 1.0)).all()


# ------------------------------------------------------------------ goods to cut off, and shares


def test_all_allies_cut_all_critical_goods_unless_at_least_cost() -> None:
    outlook = FakeSituation()
    assert goods_against(Retaliate(), BurdenSharing(), outlook, "CHN", ALLIES) == dict.fromkeys(ALLIES, ("chips",))
    tariff = Retaliate(retaliate_with="import_tariff")
    assert goods_against(tariff, BurdenSharing(), outlook, "CHN", ALLIES) == dict.fromkeys(ALLIES, ("goods",))
    assert goods_against(Absorb(), BurdenSharing(), outlook, "CHN", ALLIES) == dict.fromkeys(ALLIES, ())


@pytest.mark.parametrize("sharing", ["gdp", "least_cost"])
def test_an_ally_that_sells_none_of_a_critical_good_has_nothing_to_cut_off(sharing: Sharing) -> None:
    """China's critical goods are those of the allies together; each cuts off what it sells itself."""
    outlook = FakeSituation(effects=lambda measures: np.full(len(STATES), -1.0 * len(measures)))
    allies = (*ALLIES, "AUS")
    assert "chips" in critical_goods(outlook.world, "CHN", allies, 0.7)
    j, c = SECTORS.index("chips"), STATES.index("CHN")
    assert outlook.world.flows[j, STATES.index("AUS"), c] == 0.0
    chosen = goods_against(Retaliate(), BurdenSharing(sharing=sharing, goal=1.0), outlook, "CHN", allies)
    assert "chips" not in chosen["AUS"]
    assert all("chips" in chosen[ally] for ally in ALLIES)
    assert Retaliate().measures(Task("AUS", "KOR", "CHN", ())) == ()


@pytest.mark.parametrize(("goal", "cutters"), [(0.3, {"JPN"}), (0.6, {"USA"}), (0.9, {"USA", "JPN"})])
def test_at_least_cost_the_cheapest_cuts_that_do_the_harm_agreed(goal: float, cutters: set[str]) -> None:
    """The USA does two thirds of the harm at a cost of 6, Japan one third at 1."""

    def effects(measures: Sequence[Measure]) -> np.ndarray:
        change = np.zeros(len(STATES))
        for m in measures:
            harm, cost = {"USA": (2.0, 1.0), "JPN": (1.0, 0.5)}[m.by]
            change[STATES.index("CHN")] -= harm
            change[STATES.index(m.by)] -= cost
        return change

    outlook = FakeSituation(effects=effects)
    sharing = BurdenSharing(sharing="least_cost", goal=goal)
    chosen = goods_against(Retaliate(), sharing, outlook, "CHN", ALLIES)
    assert {a for a, goods in chosen.items() if goods} == cutters
    assert all(goods in ((), ("chips",)) for goods in chosen.values())


@given(st.sampled_from(get_args(Sharing)), st.permutations(("USA", "JPN", "KOR", "AUS")))
def test_shares_sum_to_one_and_follow_their_state(rule: Sharing, allies: list[str]) -> None:
    shares = burden_shares(world(), allies, rule, ("ROW",))
    assert sum(shares.values()) == pytest.approx(1.0)
    assert shares == pytest.approx(burden_shares(world(), sorted(allies), rule, ("ROW",)))
    assert BurdenSharing(sharing=rule).shares(world(), allies, ("ROW",)) == shares


# ------------------------------------------------------------------ cuts of trade


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_cut_takes_away_the_share_asked_in_the_equilibrium_itself(share: float) -> None:
    cut = trade_cut(OUTLOOK, "JPN", "CHN", share)
    settled = solve_equilibrium(OUTLOOK.world, cut.measures(), parameters=EconomyParameters())
    j = [OUTLOOK.world.sectors.index(s) for s in ("coal", "wine", "parts")]
    a, b = (OUTLOOK.world.state_index(s) for s in ("JPN", "CHN"))
    after, before = (f[j, a, b].sum() + f[j, b, a].sum() for f in (settled.flows, OUTLOOK.world.flows))
    assert after / before == pytest.approx(1.0 - share, abs=6e-4)
    assert cut.realised == pytest.approx(share, abs=6e-4)
    assert cut.effect == pytest.approx(settled.welfare_pct_gdp[a], abs=TABLE_ERROR)
    assert cut.cost == max(0.0, -cut.effect)


def test_a_deeper_cut_takes_a_higher_barrier_and_costs_more() -> None:
    cuts = [trade_cut(OUTLOOK, "JPN", "CHN", share) for share in (0.1, 0.3, 0.6)]
    assert cuts[0].factor < cuts[1].factor < cuts[2].factor
    assert cuts[0].cost < cuts[1].cost < cuts[2].cost


def test_the_measures_of_a_cut_carry_their_dates_and_gains_cost_nothing() -> None:
    cut = TradeCut("JPN", "CHN", 1.5, 0.3, 0.02)
    assert cut.cost == 0.0
    measures = cut.measures(2, 9, 4)
    assert [(m.kind, m.by, m.on, m.size) for m in measures] == [
        ("import_barrier", "JPN", "CHN", 1.5), ("export_control", "JPN", "CHN", 1.5)
    ]  # fmt: skip
    assert {(m.start, m.until, m.phase_in, m.purpose) for m in measures} == {(2, 9, 4, "derisk")}


# ------------------------------------------------------------------ what a policy sees and says


def test_a_written_situation_answers_every_question_of_a_situation() -> None:
    """Both protocols are met by what the kit for authors offers, and the outlook by the economy itself."""
    questions = {name for name in vars(Situation) | vars(Outlook) if not name.startswith("_")}
    assert questions >= {"quarter", "pressure", "income_loss", "sales", "draw", "effect", "trade_after"}
    situation: Situation = FakeSituation(losses={"AUS": 7.0}, sold={("AUS", "JPN"): 3.0})
    assert all(hasattr(situation, name) for name in questions)
    assert all(hasattr(OUTLOOK, name) for name in vars(Outlook) if not name.startswith("_"))
    assert (situation.income_loss("AUS"), situation.sales("AUS", "JPN", ("coal", "wine"))) == (7.0, 6.0)
    assert situation.draw("luck", "AUS") == situation.draw("luck", "AUS")
    assert set(situation.world.sectors) == set(SECTORS)


def test_responses_join_in_order() -> None:
    one = Response((Measure("statement", "USA", "CHN", (), 0.0),), (("kind", "USA", "text"),))
    other = Response((), (), (("AUS", 0.5),), (("fact", "", 1.0),))
    both = Response.joined((one, other))
    assert both == Response(one.measures, one.notes, other.adjustment_cost, other.facts)
    assert Response.joined(()) == Response()


def test_a_pledge_knows_what_it_promises() -> None:
    pledge = Pledge(ALLIES, 0.1, ("compensate", "statement"))
    assert (pledge.promises("target"), pledge.promises("coercer"), pledge.promises("words")) == (True, False, True)
    assert pledge.condemnation == Statement().condemnation
    assert Pledge(ALLIES).condemnation == 0.0
    assert Pledge((), 0.1, ("statement",)).condemnation == 0.0  # nobody is left to speak
    assert pledge.with_instrument(Statement(statement_cost=0.03)).condemnation == 0.03
    milder = pledge.with_instrument(Retaliate(retaliate_open=0.95))
    assert milder.instrument(Retaliate).retaliate_open == 0.95
    assert len(milder.instruments) == len(pledge.instruments)
    assert Pledge(ALLIES, instruments=()).instrument(Absorb) == Absorb()


class Shielding(StandAlone):
    """Shields a part and pledges."""

    def __init__(self, part: float, strength: float | None = None) -> None:
        super().__init__()
        self.part, self.strength = part, strength

    @property
    def shield(self) -> float:
        return self.part

    def pledge(self, outlook: Outlook, coercer: str, target: str) -> Pledge | None:
        return None if self.strength is None else Pledge(ALLIES, self.strength)

    def amend_pledge(self, pledge: Pledge, outlook: Outlook, coercer: str, target: str) -> Pledge:
        return Pledge(pledge.allies, pledge.strength + self.part)


def test_policies_joined_shield_as_the_strongest_and_amend_the_first_promise() -> None:
    both = Combined((Shielding(0.3), Shielding(0.8, 0.1), Shielding(0.5, 9.0)))
    assert both.shield == 0.8
    made = both.pledge(OUTLOOK, "CHN", "AUS")
    assert made is not None
    assert made.strength == pytest.approx(0.1 + 0.3 + 0.5)
    assert Combined(()).shield == 0.0
    assert Combined((Shielding(0.3),)).pledge(OUTLOOK, "CHN", "AUS") is None


# ------------------------------------------------------------------ classes and files


def nowhere(kind: type, attribute: str) -> tuple[None, None]:
    return None, None


def test_the_classes_of_the_package_are_sound_and_their_names_taken() -> None:
    assert class_problems(StandAlone, (), nowhere) == []
    (problem,) = class_problems(StandAlone, ("stand_alone",), nowhere)
    assert "'stand_alone'" in problem.message


def test_everything_wrong_with_a_class_is_listed_with_its_place() -> None:
    class Wrong(Policy):
        name = "my policy"
        words = ""

    asked: list[str] = []

    def place(kind: type, attribute: str) -> tuple[str, int]:
        asked.append(attribute)
        return "mine.py", 3

    problems = class_problems(Wrong, (), place)
    assert sorted(asked) == ["", "", "name", "words"]  # no summary, no respond
    assert {(p.file, p.line) for p in problems} == {("mine.py", 3)}


def test_a_class_that_cannot_be_made_or_has_no_parameter_model_is_refused() -> None:
    class Costly(StandAlone):
        name, words, summary = "costly", "words", "summary"

        def __init__(self, parameters: PolicyParameters | None = None) -> None:
            raise RuntimeError("no money")

    class Unmodelled(StandAlone):
        name, words, summary = "unmodelled", "words", "summary"
        Parameters = dict  # type: ignore[assignment]

    (costly,) = class_problems(Costly, (), nowhere)
    assert "RuntimeError" in costly.message
    (unmodelled,) = class_problems(Unmodelled, (), nowhere)
    assert "dict" in str(unmodelled.found)
