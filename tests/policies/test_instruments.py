"""Instruments one by one: their measures, their price in the game, and a new one found, scripted and played."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coercion_sim.dispute import Economy, PayoffQuestion, Screen, spread
from coercion_sim.dispute.payoffs import solve_payoffs
from coercion_sim.economy import EconomyParameters, Measure
from coercion_sim.model import build_model
from coercion_sim.policies import (
    Absorb,
    Compensate,
    Facilitation,
    Instrument,
    Policy,
    RespondAsAllies,
    RespondAsAlliesParameters,
    Retaliate,
    Stake,
    Statement,
    Task,
    available_instruments,
    combinations,
    counter_tariffs,
    instruments,
    label,
    offering,
)
from coercion_sim.policies.instruments.base import QuarterOfHelp
from coercion_sim.scenario import load_scenario
from coercion_sim.world import save_world
from support.small import SCENARIO, play, small_world

pytestmark = pytest.mark.usefixtures("tables_in_memory")

WORLD = small_world()
TASK = Task("USA", "AUS", "CHN", ("coal",), money=7.0)

#: A file a contributor adds to the folder of instruments.
ESCORT = '''
from pydantic import Field

from coercion_sim.economy import Measure
from coercion_sim.policies.instruments.base import Instrument


class Escort(Instrument):
    """Convoys: the ally makes all goods of the target cheaper to import."""

    name = "escort"
    purpose = "absorb"
    size_field = "escort_cut"
    escort_cut: float = Field(0.2, ge=0, le=0.9, description="escort: cut of iceberg costs on all goods")

    def measures(self, task):
        if self.idle:
            return ()
        return (Measure("facilitation", task.ally, task.target, ("goods",), 1.0 - self.escort_cut, purpose="absorb"),)
'''


# ------------------------------------------------------------------ measures


@pytest.mark.parametrize(
    ("instrument", "measure"),
    [
        (Absorb(), Measure("import_subsidy", "USA", "AUS", ("coal",), 0.1, purpose="absorb")),
        (Facilitation(), Measure("facilitation", "USA", "AUS", ("coal",), 0.9, purpose="absorb")),
        (Compensate(), Measure("transfer", "USA", "AUS", (), 7.0, purpose="compensate")),
        (Statement(), Measure("statement", "USA", "CHN", (), 0.0, purpose="statement")),
        (Retaliate(), Measure("export_ban", "USA", "CHN", ("coal",), 0.75, purpose="retaliate")),
        (
            Retaliate(retaliate_with="export_control"),
            Measure("export_control", "USA", "CHN", ("coal",), 1.25, purpose="retaliate"),
        ),
        (
            Retaliate(retaliate_with="import_tariff"),
            Measure("import_tariff", "USA", "CHN", ("coal",), 0.25, purpose="retaliate"),
        ),
    ],
    ids=lambda x: x.kind if isinstance(x, Measure) else x.name,
)
def test_each_instrument_puts_one_measure_into_the_market(instrument: Instrument, measure: Measure) -> None:
    assert instrument.measures(TASK) == (measure,)


@pytest.mark.parametrize(
    "instrument", [Absorb(), Facilitation(), Retaliate(), Retaliate(retaliate_with="import_tariff")]
)
def test_without_goods_or_without_size_nothing_is_done(instrument: Instrument) -> None:
    assert instrument.measures(replace(TASK, goods=())) == ()
    assert instrument.scaled(0.0).idle
    assert instrument.scaled(0.0).measures(TASK) == ()
    assert Compensate().measures(replace(TASK, money=0.0)) == ()


@pytest.mark.parametrize("kind", available_instruments())
@given(part=st.floats(0, 1), more=st.floats(0, 1))
def test_a_part_lies_between_nothing_and_the_whole(kind: type[Instrument], part: float, more: float) -> None:
    whole = kind()
    assert whole.scaled(1.0) == whole
    distance = abs(whole.scaled(part).size - whole.scaled(0.0).size)
    assert distance == pytest.approx(part * abs(whole.size - whole.scaled(0.0).size), abs=1e-12)
    assert whole.scaled(part).scaled(more).size == pytest.approx(whole.scaled(part * more).size, abs=1e-12)


def test_a_tariff_is_priced_with_the_answer_of_the_coercer() -> None:
    own, mirror = Retaliate(retaliate_with="import_tariff").priced(TASK)
    assert (own.by, own.on, mirror.by, mirror.on) == ("USA", "CHN", "CHN", "USA")
    assert own.size == mirror.size
    others = [replace(own, kind="export_ban", size=0.5), replace(own, purpose="derisk")]
    assert counter_tariffs([own, *others]) == (mirror,)
    assert Retaliate().priced(TASK) == Retaliate().measures(TASK)


# ------------------------------------------------------------------ help within the loss


@given(
    rate=st.floats(0.01, 0.9),
    loss=st.floats(0, 100),
    sales=st.lists(st.floats(0.1, 500), min_size=1, max_size=4),
    fraction=st.floats(0, 1),
)
def test_purchases_and_payments_together_stay_within_the_loss(
    rate: float, loss: float, sales: list[float], fraction: float
) -> None:
    allies = [f"A{i}" for i in range(len(sales))]
    share = dict.fromkeys(allies, 1.0 / len(allies))
    sold = {ally: {"coal": value} for ally, value in zip(allies, sales, strict=True)}
    quarter = QuarterOfHelp("T", ("coal",), loss, loss, share, sold, share, 1.0)
    bought = sum(Absorb(absorb_rate=rate).outlay(task) for task in Absorb(absorb_rate=rate).divide(quarter))
    paid = sum(task.money for task in Compensate(fraction=fraction).divide(replace(quarter, room=loss - bought)))
    assert bought + paid <= loss * (1 + 1e-9)
    assert paid <= fraction * loss * (1 + 1e-9) + 1e-12


def test_a_good_is_bought_at_no_more_than_the_rate_that_places_the_volume_lost() -> None:
    """Coal at most at 0.02, wine at the full rate; a budget of half the outlay halves both."""
    task = replace(TASK, goods=("coal", "wine"), sales={"coal": 50.0, "wine": 10.0}, most={"coal": 0.02})
    assert Absorb().outlay(task) == pytest.approx(0.02 * 50 + 0.1 * 10)
    assert [(m.sectors, m.size) for m in Absorb().measures(task)] == [(("coal",), 0.02), (("wine",), 0.1)]
    halved = Absorb().measures(replace(task, budget=1.0))
    assert [(m.sectors, m.size) for m in halved] == [(("coal",), pytest.approx(0.01)), (("wine",), pytest.approx(0.05))]
    assert [m.size for m in Facilitation().measures(task)] == [0.98, 0.9]
    quarter = QuarterOfHelp("T", task.goods, 9.0, 9.0, {"USA": 1.0}, {"USA": task.sales}, {}, 1.0, {"coal": 0.0})
    (only,) = Absorb().divide(quarter)
    assert [m.sectors for m in Absorb().measures(only)] == [("wine",)]
    assert only.budget == pytest.approx(1.0)


# ------------------------------------------------------------------ the game


def test_prices_in_the_game_are_effects_or_money() -> None:
    effect = np.array([[[-0.2, 0.3, 0.0]], [[0.1, -0.4, 0.0]]])  # (2, K = 1, N = 3): ally, target, another
    stake = Stake(effect, np.array([[0.5], [0.3]]), np.array([0.25]), 0, 1, np.array([200.0, 50.0, 10.0]))
    np.testing.assert_allclose(Absorb().relief(stake), [[0.3], [0.0]])
    np.testing.assert_allclose(Absorb().cost(stake), [[0.2], [0.0]])
    money = Compensate(fraction=0.8)
    np.testing.assert_allclose(money.relief(stake), [[0.25 * 0.8 * 0.5], [0.25 * 0.8 * 0.3]])
    np.testing.assert_allclose(money.cost(stake), money.relief(stake) * 50.0 / 200.0)


def test_options_are_each_alone_and_the_pairs_that_join() -> None:
    every = [Absorb(), Statement(), Compensate(), Retaliate()]
    options = [label(option) for option in combinations(every)]
    assert options == ["none", "absorb", "compensate", "retaliate", "compensate_retaliate"]


@pytest.mark.parametrize("mode", ["export_ban", "export_control", "import_tariff"])
def test_the_game_prices_retaliation_by_the_mode_promised(mode: Any) -> None:
    retaliate = Retaliate(retaliate_with=mode, dependence=0.3)
    question = PayoffQuestion("CHN", "AUS", ("USA",), (retaliate,), screen=Screen("off"), names=("screened",))
    table = solve_payoffs(WORLD, EconomyParameters(), question)
    task = Task("USA", "AUS", "CHN", table.acts_on["retaliate"][0])
    alone = Economy(WORLD, EconomyParameters()).first_year_and_long_run(retaliate.priced(task))
    np.testing.assert_array_equal(table.effects["retaliate"][:, 0, 0], alone)
    assert table.options == ("none", "retaliate")


# ------------------------------------------------------------------ a new instrument is one file


@pytest.fixture
def escort(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> type[Instrument]:
    """The instrument of a file that was added to the folder."""
    (tmp_path / "escort.py").write_text(ESCORT, encoding="utf-8")
    monkeypatch.setattr(instruments, "__path__", [*instruments.__path__, str(tmp_path)])
    monkeypatch.delitem(sys.modules, "coercion_sim.policies.instruments.escort", raising=False)
    available_instruments.cache_clear()
    kinds = {kind.name: kind for kind in available_instruments()}
    available_instruments.cache_clear()
    assert set(kinds) == {"absorb", "facilitation", "statement", "compensate", "retaliate", "escort"}
    return kinds["escort"]


def allied(escort: type[Instrument], **values: Any) -> RespondAsAllies:
    parameters = offering(escort)(RespondAsAlliesParameters)
    return RespondAsAllies(parameters(instruments=("escort",), **values))


def test_a_new_instrument_acts_under_script(escort: type[Instrument]) -> None:
    model = play(WORLD, allied(escort, escort_cut=0.3), quarters=4, burdens=False)
    sizes = {m.size for record in model.history for m in record.taken if m.purpose == "absorb"}
    assert sizes == {0.7}
    idle = play(WORLD, allied(escort, escort_cut=0.0), quarters=4, burdens=False)
    assert not any(m.purpose == "absorb" for record in idle.history for m in record.taken)
    gap = model.history[-1].actual.real_income_hat - idle.history[-1].actual.real_income_hat
    assert gap[WORLD.state_index("AUS")] > 0


def test_a_new_instrument_is_an_option_of_the_game_and_is_played(escort: type[Instrument], tmp_path: Path) -> None:
    class Escorting(RespondAsAllies):
        name = "escorting"
        words = "(a test)"
        summary = "Allies escort. Price: none."
        Parameters = offering(escort)(RespondAsAlliesParameters)

    save_world(WORLD, tmp_path / "world")
    (tmp_path / "small.toml").write_text(SCENARIO, encoding="utf-8")
    sets = [
        'policies=["escorting"]', "conduct=strategic", "quarters=5", 'dispute.scripted_until="2020Q3"',
        "dispute.review=0.01", 'policy.escorting.instruments=["escort"]', "policy.escorting.escort_cut=0.3",
        "policy.escorting.pledge=5.0",
    ]  # fmt: skip
    policies: tuple[type[Policy], ...] = (Escorting,)
    model = build_model(load_scenario(tmp_path / "small.toml", sets, policies=policies), WORLD, "escorting", 3)
    for _ in range(3):
        model.step()
    assert model.diplomacy is not None
    (dispute,), case = model.diplomacy.disputes, model.diplomacy.cases[0]
    assert "escort" in case.table.options
    share = spread(case.table).help_share
    assert share[:, :, case.table.options.index("escort")].max() > 0
    dispute.profile = (case.table.options.index("escort"),) * len(case.table.allies)
    taken = model.diplomacy.answers(model._situation((), ()), model.quarter)
    assert {(m.kind, m.by, m.size) for m in taken} == {("facilitation", a, 0.7) for a in case.table.allies}
