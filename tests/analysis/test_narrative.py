"""The narrative of a run is that run, complete: decisions, measures, payments, effects."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from coercion_sim.analysis import run_narrative
from coercion_sim.analysis.replay.narrative_records import RunNarrative
from coercion_sim.experiments import Results, simulate
from fakes.tiny import write_tiny
from support.figure_runs import text
from support.stores import payoff_tables_in_memory

pytestmark = pytest.mark.slow  # many disputes are solved

POLICY = "respond_as_allies"


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six quarters in which China may press two targets."""
    return write_tiny(tmp_path_factory.mktemp("many"), text(strategic=True, bloc=False))


@pytest.fixture(scope="module")
def narratives(many: Path) -> list[RunNarrative]:
    with payoff_tables_in_memory():
        return [
            run_narrative(many, POLICY, seed, overrides=[f"dispute.settle={settle}"])
            for seed, settle in ((1, 0.0), (2, 0.5))
        ]


@pytest.fixture(scope="module")
def results(many: Path) -> list[Results]:
    with payoff_tables_in_memory():
        return [
            simulate(many, POLICY, seed=seed, replicates=1, overrides=[f"dispute.settle={settle}"])
            for seed, settle in ((1, 0.0), (2, 0.5))
        ]


def test_every_decision_adds_up_and_the_number_drawn_falls_on_the_chosen_option(narratives: list[RunNarrative]) -> None:
    moves = set()
    for dispute in (d for n in narratives for d in n.disputes):
        for decision in dispute.decisions:
            moves.add(decision.move)
            low = 0.0
            for option in decision.options:
                assert sum(option.terms.values()) == pytest.approx(option.value, abs=1e-12)
                if option.label == decision.chosen:
                    assert low - 1e-9 <= decision.draw <= low + option.probability + 1e-9
                low += option.probability
            assert low == pytest.approx(1.0)
    assert moves == {"press", "package", "answer", "impose", "help", "review", "lift", "accept"}


def test_a_logit_decision_has_odds_that_grow_with_worth(narratives: list[RunNarrative]) -> None:
    seen = 0
    for decision in (c for n in narratives for d in n.disputes for c in d.decisions if c.rule == "logit"):
        worth = [o.value for o in decision.options]
        odds = [o.probability for o in decision.options]
        best = int(np.argmax(worth))
        assert odds[best] == pytest.approx(max(odds))
        seen += 1
    assert seen > 20


def test_every_decision_of_the_run_appears_once_in_the_order_taken(
    narratives: list[RunNarrative], results: list[Results]
) -> None:
    """Against the events of the table, written as the run went."""
    events = results[0].frame("events")
    events = events[events.event.str.startswith("decision_")]
    narrative = narratives[0]
    listed = [(c.quarter, f"decision_{c.move}", c.mover) for d in narrative.disputes for c in d.decisions]
    by_quarter = sorted(listed, key=lambda row: narrative.quarters.index(row[0]))
    assert len(listed) == len(events) == len(narrative.frame())
    assert sorted(by_quarter) == sorted(zip(events.quarter, events.event, events.state, strict=True))
    for dispute in narrative.disputes:
        steps = [narrative.quarters.index(c.quarter) for c in dispute.decisions]
        assert steps == sorted(steps)


def test_disputes_are_those_of_the_table(narratives: list[RunNarrative], results: list[Results]) -> None:
    table = results[1].frame("disputes")
    narrative = narratives[1]
    assert len(narrative.disputes) == len(table)
    for dispute, row in zip(narrative.disputes, table.itertuples(), strict=True):
        for name in ("coercer", "target", "quarter", "package", "ending", "imposed", "ended", "stake_target"):
            assert getattr(dispute, name) == getattr(row, name)
        assert dispute.belief_target[1] == row.belief_target
        assert dispute.belief_coercer[1] == row.belief_coercer
        names = [p.name for p in dispute.packages]
        assert dispute.package in ("", *names)
        assert {a.state for a in dispute.allies} <= {"USA", "JPN", "AUS"}
        assert not {dispute.coercer, dispute.target} & {a.state for a in dispute.allies}


def test_payments_and_effects_are_sums_of_the_table_of_states(
    narratives: list[RunNarrative], results: list[Results]
) -> None:
    """Rates a year, so a quarter counts a quarter."""
    states = results[1].frame("states").groupby("state")
    narrative = narratives[1]
    assert narrative.payments
    for payment in narrative.payments:
        mine = states.get_group(payment.state)
        assert payment.paid == pytest.approx(mine.help_paid.sum() / 4.0, abs=1e-9)
        assert payment.burden == pytest.approx(mine.burden.sum() / 4.0, abs=1e-12)
    assert {state for state, _ in narrative.effects} >= {"CHN"}
    for state, effect in narrative.effects:
        assert effect == pytest.approx(states.get_group(state).coercion_effect.sum() / 4.0, abs=1e-12)


def test_a_measure_renewed_quarter_by_quarter_is_one_and_a_pause_makes_two(
    narratives: list[RunNarrative], results: list[Results]
) -> None:
    narrative = narratives[0]
    place = {q: i for i, q in enumerate(narrative.quarters)}
    coercive = results[0].frame("quarters").coercive_measures
    by_quarter = np.zeros(len(narrative.quarters))
    for m in narrative.measures:
        assert place[m.first] <= place[m.last]
        if m.purpose == "coercion":
            by_quarter[place[m.first] : place[m.last] + 1] += 1
    assert by_quarter.tolist() == coercive.tolist()
    keys = [(m.purpose, m.name, m.kind, m.by, m.on, m.first) for m in narrative.measures]
    assert len(keys) == len(set(keys))


def test_it_is_plain_data(narratives: list[RunNarrative]) -> None:
    data = json.loads(json.dumps(narratives[0].as_dict(), allow_nan=False))
    assert data["policy"] == POLICY
    assert len(data["disputes"]) == len(narratives[0].disputes)
    unimposed = [d for d in data["disputes"] if not d["imposed"]]
    assert all(d["length"] is None for d in unimposed)
    assert data["values"] == dict(narratives[0].values)


def test_a_replicate_is_that_of_a_run_with_more_of_them(many: Path) -> None:
    with payoff_tables_in_memory():
        third = run_narrative(many, POLICY, 4, 2)
        table = simulate(many, POLICY, seed=4, replicates=3).frame("disputes")
    mine = table[table.replicate == 2]
    assert [d.ending for d in third.disputes] == mine.ending.tolist()
    assert [d.stake_coercer for d in third.disputes] == mine.stake_coercer.tolist()
    assert (third.replicate, third.seed) == (2, 4)


def test_a_script_has_measures_and_no_disputes(tmp_path: Path) -> None:
    narrative = run_narrative(write_tiny(tmp_path), POLICY)
    assert (narrative.conduct, narrative.disputes, narrative.scripted_measures) == ("scripted", (), 1)
    (coal,) = [m for m in narrative.measures if m.purpose == "coercion"]
    assert (coal.name, coal.first, coal.last, coal.size) == ("coal", "2020Q4", "2021Q2", 0.05)
    assert {m.purpose for m in narrative.measures} >= {"statement", "compensate", "absorb"}
    assert narrative.records() == []
