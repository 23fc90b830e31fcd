"""One run from a scenario file: the same tables every time, consistent with each other, and nothing left behind."""

from __future__ import annotations

import gc
import hashlib
import json
import multiprocessing
import os
import subprocess
import sys
import weakref
from pathlib import Path

import mesa
import numpy as np
import pytest

import coercion_sim
from coercion_sim.errors import InvalidInput, NoSupplierError
from coercion_sim.model import RunRecord, build_model, run_once
from coercion_sim.outcomes import POINT, TABLES
from coercion_sim.scenario import Scenario, load_scenario
from coercion_sim.world import World
from support.small import STATES, small_scenario, small_world

HERE = Path(__file__).resolve().parents[1]
SOURCE = Path(coercion_sim.__file__).resolve().parents[1]
BOTH = "respond_as_allies+integrate_economies"


@pytest.fixture(scope="module")
def world() -> World:
    return small_world()


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    return small_scenario(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="module")
def record(scenario: Scenario, world: World) -> RunRecord:
    return run_once(scenario, world, BOTH, replicate=3, seed=11)


def digest(record: RunRecord) -> str:
    """One number for every cell of every table, floats to the last bit."""
    exact = {
        name: {c: [x.hex() if isinstance(x, float) else x for x in v] for c, v in table.items()}
        for name, table in record.tables.items()
    }
    return hashlib.sha256(json.dumps(exact, sort_keys=True).encode()).hexdigest()


def states(record: RunRecord, column: str) -> np.ndarray:
    """One column of the table of states, (quarters, N)."""
    return np.array(record.tables["states"][column]).reshape(-1, len(STATES))


def python(code: str, *arguments: str, **env: str) -> str:
    """Run Python on this package and these tests in a process of its own, and return what it prints."""
    path = os.pathsep.join([str(SOURCE), str(HERE)])
    answer = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": path, **env},
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    return answer.stdout.strip()


# ------------------------------------------------------------------ the same every time


def test_the_same_arguments_give_the_same_tables_bit_for_bit(
    scenario: Scenario, world: World, record: RunRecord
) -> None:
    run_once(scenario, world, "stand_alone", 0, 1)  # whatever ran in between
    assert digest(run_once(scenario, world, BOTH, 3, 11)) == digest(record)


def test_another_process_with_another_hash_seed_gives_the_same_tables(scenario: Scenario, record: RunRecord) -> None:
    code = (
        "import sys; from coercion_sim.model import run_once; from coercion_sim.scenario import load_scenario;"
        "from support.small import small_world; from model.test_run import BOTH, digest;"
        "print(digest(run_once(load_scenario(sys.argv[1]), small_world(), BOTH, 3, 11)))"
    )
    path = str(Path(scenario.world_source).parent / "small.toml")
    assert python(code, path, PYTHONHASHSEED="12345") == digest(record)


def test_the_seed_of_a_scripted_run_changes_no_number(scenario: Scenario, world: World, record: RunRecord) -> None:
    """Nothing is drawn yet: only the column that names the seed differs."""
    other = run_once(scenario, world, BOTH, 3, 12)
    assert other.tables["runs"]["seed"] == [12]
    other.tables["runs"]["seed"] = record.tables["runs"]["seed"]
    assert digest(other) == digest(record)


# ------------------------------------------------------------------ the tables


def test_every_column_of_the_dictionary_is_there_and_full(record: RunRecord) -> None:
    assert list(record.tables) == list(TABLES)
    rows = {"runs": 1, "states": 9 * 5, "sectors": 9 * 2, "quarters": 9, "disputes": 0, "facts": 4, "outcomes": 1}
    assert "cut_needed" in record.tables["facts"]["fact"]
    for name, every in TABLES.items():
        columns = [c for c in every if c is not POINT]  # which point it is, a run does not know
        assert list(record.tables[name]) == [c.name for c in columns]
        lengths = {len(values) for values in record.tables[name].values()}
        assert len(lengths) == 1
        assert lengths == {rows.get(name, len(record.tables["events"]["event"]))}
        for column in columns:
            kinds = {type(x) for x in record.tables[name][column.name]}
            assert kinds <= {{"str": str, "int": int, "float": float}[column.type]}, (name, column.name, kinds)


def test_keys_are_the_run_and_the_calendar(record: RunRecord) -> None:
    quarters = [f"{2020 + q // 4}Q{q % 4 + 1}" for q in range(9)]
    assert record.tables["quarters"]["quarter"] == quarters
    assert record.tables["quarters"]["step"] == list(range(9))
    for name, table in record.tables.items():
        if name == "disputes":  # none arise where measures are scripted
            continue
        assert set(table["policy"]) == {BOTH}, name
        assert set(table["replicate"]) == {3}, name


def test_tables_agree_with_the_model(scenario: Scenario, world: World, record: RunRecord) -> None:
    model = build_model(scenario, world, BOTH, 11)
    while model.quarter < model.quarters:
        model.step()
    for q, past in enumerate(model.history):
        now, without = past.actual, past.without
        np.testing.assert_array_equal(states(record, "real_income")[q], now.welfare_pct_gdp - past.adjustment)
        np.testing.assert_array_equal(
            states(record, "coercion_effect")[q], now.welfare_pct_gdp - without.welfare_pct_gdp
        )
        np.testing.assert_array_equal(states(record, "burden")[q], past.burden)
        np.testing.assert_array_equal(states(record, "help_paid")[q], past.help_paid)
        np.testing.assert_array_equal(states(record, "real_gdp")[q], 100 * (now.real_gdp_hat - 1))
        lost = [without.quantities[j, 0, 1] - now.quantities[j, 0, 1] for j in (0, 1)]
        gained = [(now.quantities[j, 0, [2, 3, 4]] - without.quantities[j, 0, [2, 3, 4]]).sum() for j in (0, 1)]
        sector = record.tables["sectors"]
        assert sector["sector"][2 * q : 2 * q + 2] == ["coal", "wine"]
        np.testing.assert_allclose(sector["lost_quantity"][2 * q : 2 * q + 2], lost, rtol=1e-12)
        np.testing.assert_allclose(sector["gained_quantity"][2 * q : 2 * q + 2], gained, rtol=1e-12)
    needed = [value for fact, _, value in model.prepared.facts if fact == "cut_needed"]
    assert record.tables["runs"]["cut_needed"] == needed
    facts = [record.tables["facts"][c] for c in ("fact", "state", "value")]
    assert list(zip(*facts, strict=True)) == list(model.prepared.facts)
    assert record.tables["runs"]["worst_residual"] == [max(r.actual.residual for r in model.history)]


def test_help_in_the_tables_adds_up_under_its_ceiling(record: RunRecord) -> None:
    paid, received = states(record, "help_paid").sum(axis=1), states(record, "help_received").sum(axis=1)
    np.testing.assert_allclose(paid, received, atol=1e-8)
    total, ceiling = (np.array(record.tables["quarters"][c]) for c in ("help_total", "help_ceiling"))
    np.testing.assert_allclose(total, paid, atol=1e-8)
    helped = total > 0
    assert helped.tolist() == [2 <= q <= 5 for q in range(9)]
    assert (total[helped] <= ceiling[helped] * (1 + 1e-8)).all()


def test_events_tell_what_began_and_what_ended(record: RunRecord) -> None:
    events = record.tables["events"]
    rows = set(zip(events["step"], events["event"], events["state"], events["on"], strict=True))
    assert {(1, "measure_starts", "CHN", "AUS"), (6, "measure_ends", "CHN", "AUS")} <= rows
    assert (0, "integration", "AUS", "") in rows
    for ally in ("USA", "JPN"):
        for on in ("AUS", "CHN"):  # help, and words and retaliation
            assert {(2, "response_starts", ally, on), (6, "response_ends", ally, on)} <= rows
    assert {step for step, event, *_ in rows if event.startswith("response")} == {2, 6}
    texts = [t for t, e in zip(events["text"], events["event"], strict=True) if e == "measure_starts"]
    assert sorted(texts) == ["coal: import_ban on coal", "wine: import_ban on wine"]


def test_the_index_of_integration_is_that_of_the_bloc(record: RunRecord) -> None:
    index = states(record, "integration_index")
    bloc = [STATES.index(s) for s in ("AUS", "USA", "JPN")]
    assert (index[-1, bloc] > index[0, bloc]).all()


def test_stand_alone_has_no_answers_and_no_price(scenario: Scenario, world: World) -> None:
    alone = run_once(scenario, world, "stand_alone", 0, 1)
    assert not {e for e in alone.tables["events"]["event"] if e not in ("measure_starts", "measure_ends")}
    assert set(alone.tables["quarters"]["responses"]) == {0}
    assert alone.tables["quarters"]["coercive_measures"] == [0, 2, 2, 2, 2, 2, 0, 0, 0]
    for column in ("burden", "help_paid", "help_received", "adjustment_cost"):
        assert not states(alone, column).any(), column
    assert alone.tables["runs"]["cut_needed"] == [0.0]


# ------------------------------------------------------------------ errors


def test_an_unknown_policy_is_named_with_the_nearest(scenario: Scenario, world: World) -> None:
    with pytest.raises(InvalidInput, match="did you mean respond_as_allies"):
        run_once(scenario, world, "respond_as_alies", 0, 1)


def test_a_run_that_cannot_be_carried_out_says_which_buyer_has_no_supplier(tmp_path: Path) -> None:
    """Japan buys coal from abroad and, here, makes none itself; then everybody stops selling it coal."""
    base = small_world()
    flows = base.flows.copy()
    flows[0, 3, 3] = 0.0
    world = type(base).from_flows(
        "no coal", base.states, base.sectors, flows, base.trade_elasticity, input_share=base.input_share, tags=base.tags
    )
    text = "\n".join(
        f'[[measures]]\nname = "{by}"\nkind = "export_ban"\nby = "{by}"\non = "JPN"\nsectors = ["coal"]\nopen = 0.0\n'
        for by in ("AUS", "CHN", "USA", "ROW")
    )
    small_scenario(tmp_path)
    path = tmp_path / "closed.toml"
    path.write_text(
        'schema = 1\nname = "closed"\nworld = "./world"\nstart = "2020Q1"\nquarters = 2\n'
        f'[economy]\nelasticities = "world"\n{text}',
        encoding="utf-8",
    )
    before = live_models()
    with pytest.raises(NoSupplierError) as caught:
        run_once(load_scenario(path), world, "stand_alone", 0, 1)
    assert "coal" in str(caught.value)
    assert "JPN" in str(caught.value)
    assert live_models() == before


# ------------------------------------------------------------------ nothing left behind


def live_models() -> int:
    """Number of models in Mesa's own register of agents' identifiers (Mesa 3.3 has one, later versions none)."""
    gc.collect()
    return len(getattr(mesa.Agent, "_ids", {}))


def test_a_finished_run_leaves_no_model_behind(
    scenario: Scenario, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[weakref.ref] = []
    # The attribute `coercion_sim.model.run` is the module that builds the model.
    module = sys.modules["coercion_sim.model.run"]
    real = module.build_model

    def watched(*arguments: object, **named: object) -> object:
        model = real(*arguments, **named)
        made.append(weakref.ref(model))
        return model

    monkeypatch.setattr(module, "build_model", watched)
    before = live_models()
    for replicate in range(3):
        run_once(scenario, world, "respond_as_allies", replicate, 1)
    assert live_models() == before
    assert len(made) == 3
    assert [ref() for ref in made] == [None] * 3


@pytest.mark.parametrize("asked", ["none", multiprocessing.get_all_start_methods()[0]])
def test_importing_the_model_leaves_the_start_method_of_processes_as_it_was(asked: str) -> None:
    code = (
        "import multiprocessing as mp, sys;"
        "asked = sys.argv[1]; asked == 'none' or mp.set_start_method(asked);"
        "before = mp.get_start_method(allow_none=True);"
        "import coercion_sim.model; assert 'mesa' in sys.modules;"
        "print(before, mp.get_start_method(allow_none=True))"
    )
    before, after = python(code, asked).split()
    assert before == after == {"none": "None"}.get(asked, asked)
