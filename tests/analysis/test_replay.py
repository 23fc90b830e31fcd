"""A run played again is the run of the tables, and what is read off it agrees with them."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from coercion_sim.analysis import NoGame, NotReplayable, belief_paths, course_tree, first_dispute, reduced, trade_change
from coercion_sim.analysis.replay.replay import model_of, replayed
from coercion_sim.dispute import Branch, dispute_tree, solve_dispute
from coercion_sim.errors import CoercionSimError, InvalidInput
from coercion_sim.experiments import Results, make_job, simulate
from coercion_sim.games import solve_game
from coercion_sim.model.collect import collect
from coercion_sim.world import load_world
from fakes.tiny import tiny_world, write_tiny

pytestmark = pytest.mark.slow  # many disputes are solved

TABLES = ("states", "sectors", "quarters", "events", "disputes", "facts", "outcomes")


@pytest.mark.parametrize(("policy", "replicate"), [("stand_alone", 0), ("respond_as_allies", 3)])
@pytest.mark.parametrize("which", ["chosen", "scripted"])
def test_a_replayed_run_is_that_of_the_tables_cell_by_cell(
    which: str, policy: str, replicate: int, request: pytest.FixtureRequest
) -> None:
    results: Results = request.getfixturevalue(which)
    with replayed(results, policy, replicate) as run:
        assert run.same_code
        while run.model.quarter < run.model.quarters:
            run.model.step()
        again = collect(run.model, run.scenario, policy, replicate, int(results.manifest["design"]["seed"])).tables
    for name in TABLES:
        table = results.frame(name)
        mine = table[(table.policy == policy) & (table.replicate == replicate)]
        assert len(mine) == len(next(iter(again[name].values())))
        for column, values in again[name].items():
            stored = mine[column]
            if stored.dtype.kind == "f":
                np.testing.assert_array_equal(stored.to_numpy(), np.array(values, dtype=float), err_msg=column)
            else:
                assert stored.astype(str).tolist() == [str(v) for v in values], column


def test_a_run_whose_world_is_gone_cannot_be_replayed(tmp_path: Path) -> None:
    results = simulate(write_tiny(tmp_path), "stand_alone", replicates=1)
    with replayed(results, "stand_alone"):
        pass
    kept = load_world(tmp_path / "tiny_world")
    shutil.rmtree(tmp_path / "tiny_world")
    with pytest.raises(NotReplayable), replayed(results, "stand_alone"):
        pass
    with replayed(results, "stand_alone", world=kept) as run:
        assert run.model.world == kept


def test_the_model_of_a_replicate_has_the_values_drawn_and_the_policy_asked_for(tiny: Path) -> None:
    job = make_job(tiny, ["stand_alone", "respond_as_allies"], replicates=3)
    for replicate in range(3):
        with model_of(job, replicate, policy="respond_as_allies") as (model, scenario):
            drawn = job.design.of_replicate(replicate)["economy.factor_mobility"]
            assert scenario.economy_parameters().factor_mobility == drawn
            assert model.quarter == 0
            assert model.diplomacy is None
    with model_of(job, 0, strategic=True) as (model, scenario):
        assert scenario.conduct == "strategic"
        assert model.diplomacy is not None


# ------------------------------------------------------------------ trade


def test_trade_before_is_the_world_s_and_after_that_of_the_quarter(scripted: Results) -> None:
    world = tiny_world()
    goods = world.flows[:2].sum(axis=0) * (1.0 - np.eye(4))
    trade = trade_change(scripted, "stand_alone", 1)
    assert trade.states == world.states
    assert trade.before == pytest.approx(goods)
    assert trade.change == pytest.approx(trade.after - goods)
    assert trade.measures == (("CHN", "AUS"),)
    lost = -trade.change[0, 1]
    assert lost == pytest.approx(-trade.change.min())  # nothing falls as much as what China shut out
    assert lost > 0.0


def test_the_quarter_shown_is_the_one_of_the_largest_change_under_pressure(scripted: Results) -> None:
    every = {q: trade_change(scripted, "stand_alone", quarter=q) for q in scripted.quarters}
    size = {q: float(np.abs(t.change).sum()) for q, t in every.items() if t.measures}
    assert trade_change(scripted, "stand_alone").quarter == max(size, key=lambda q: size[q])
    before = every[scripted.quarters[0]]
    assert before.measures == ()
    assert before.after == pytest.approx(before.before, rel=1e-6)
    with pytest.raises(InvalidInput) as error:
        trade_change(scripted, "stand_alone", quarter="2020Q9")
    assert error.value.problems[0].suggestion in scripted.quarters


# ------------------------------------------------------------------ disputes


def test_belief_paths_end_where_the_table_of_disputes_does(chosen: Results) -> None:
    for policy, replicate in (("stand_alone", 0), ("respond_as_allies", 2)):
        table = chosen.frame("disputes")
        mine = table[(table.policy == policy) & (table.replicate == replicate)]
        paths = belief_paths(chosen, policy, replicate)
        assert len(paths) == len(mine) > 0
        for path, row in zip(paths, mine.itertuples(), strict=True):
            assert (path.coercer, path.target) == (row.coercer, row.target)
            assert (path.resolved, path.firm, path.pressed) == (row.resolved, row.firm, row.pressed)
            assert path.ending == row.ending
            assert path.target_resolved[-1] == row.belief_target
            assert path.coercer_firm[-1] == row.belief_coercer
            assert path.steps[0] == row.step
            assert len(path.target_resolved) == len(path.coercer_firm) == len(path.steps) + 1
            assert list(path.steps) == list(range(path.steps[0], path.steps[-1] + 1))
            assert all(0.0 <= b <= 1.0 for b in (*path.target_resolved, *path.coercer_firm))
            assert path.same_code


def test_there_are_no_beliefs_and_no_tree_under_a_script(scripted: Results) -> None:
    assert belief_paths(scripted, "stand_alone") == ()
    with pytest.raises(NoGame):
        course_tree(scripted, "stand_alone")


def leaves(branch: Branch, odds: float = 1.0) -> list[float]:
    """Probabilities of the ends of a tree, by a walk of its own."""
    return [x for child in branch.then for x in leaves(child, odds * child.probability)] if branch.then else [odds]


def test_the_tree_of_the_first_dispute_has_odds_that_sum_to_one_and_the_course_played_in_it(chosen: Results) -> None:
    tree = course_tree(chosen, "respond_as_allies", 0, floor=0.0)
    table = chosen.frame("disputes")
    row = table[(table.policy == "respond_as_allies") & (table.replicate == 0)].iloc[0]
    assert (tree.coercer, tree.target, tree.quarter) == (row.coercer, row.target, row.quarter)
    assert (tree.firm, tree.resolved) == (row.firm, row.resolved)
    assert 0.0 < tree.belief_target < 1.0
    assert 0.0 < tree.belief_coercer < 1.0
    assert tree.last == chosen.quarters[-1]
    assert sum(leaves(tree.root)) == pytest.approx(1.0, abs=1e-9)
    branch = tree.root
    for label in tree.played:
        branch = next(child for child in branch.then if child.label == label)
        assert branch.probability > 0.0


def test_the_first_dispute_is_that_of_the_run(tiny: Path) -> None:
    overrides = ["conduct=strategic"]
    first = first_dispute(tiny, "respond_as_allies", 3, 2, overrides=overrides)
    results = simulate(tiny, "respond_as_allies", seed=3, replicates=3, overrides=overrides)
    table = results.frame("disputes")
    row = table[table.replicate == 2].iloc[0]
    assert (first.coercer, first.target, first.quarter) == (row.coercer, row.target, row.quarter)
    assert (first.firm, first.resolved) == (row.firm, row.resolved)
    assert first.strategic
    assert first.game.stake_coercer[int(first.firm)] == pytest.approx(row.stake_coercer)
    assert first.game.stake_target[int(first.resolved)] == pytest.approx(row.stake_target)
    assert not first_dispute(tiny, "stand_alone", 3).strategic


def test_no_dispute_at_all_is_an_error(tiny: Path) -> None:
    overrides = ["conduct=strategic", 'dispute.targets=["JPN"]', 'dispute.coercers=["CHN"]', "dispute.rate=0"]
    with pytest.raises(CoercionSimError, match="tiny"):
        first_dispute(tiny, overrides=overrides)


@pytest.mark.parametrize(("packages", "allies"), [(2, 1), (1, 2), (1, 0)])
def test_the_reduced_game_keeps_what_hurts_most_and_solves_like_its_tree(
    tiny: Path, packages: int, allies: int
) -> None:
    dispute = first_dispute(tiny, "respond_as_allies", 1, overrides=["conduct=strategic"])
    small = reduced(dispute, packages, allies)
    assert len(small.allies) == allies
    assert len(small.packages) == min(packages, len(dispute.game.packages))
    assert (small.belief_target, small.belief_coercer) == (float(dispute.resolved), float(dispute.firm))
    alone = dispute.game.target_effect[0].reshape(len(dispute.game.packages), -1)[:, 0]
    kept = [dispute.game.packages.index(name) for name in small.packages]
    rest = [x for k, x in enumerate(alone) if k not in kept]
    assert max(alone[kept]) <= min(rest, default=np.inf)
    stakes = dispute.game.interest + dispute.game.pledge
    assert set(small.allies) == {dispute.game.allies[i] for i in np.argsort(-stakes, kind="stable")[:allies]}
    if packages > 1:
        built = dispute_tree(small)
        solved = solve_game(built.game, dict(built.rationality), "logit").strategies["press"]["press"]
        # The solver's residual is below 1e-6 of a chance.
        assert solved == pytest.approx(float(solve_dispute(small).press[int(dispute.firm)]), abs=1e-6)


def test_trade_beliefs_and_the_first_dispute_are_frames(scripted: Results, chosen: Results, tiny: Path) -> None:
    trade = trade_change(scripted, "stand_alone", 1)
    n = len(trade.states)
    frame = trade.frame()
    assert len(frame) == n * (n - 1)
    assert frame.before.sum() == pytest.approx(trade.before.sum())
    assert frame.after.sum() == pytest.approx(trade.after.sum())
    policies = chosen.policies
    path = next(path for policy in policies for k in range(4) for path in belief_paths(chosen, policy, k))
    assert path.frame().target_resolved.tolist() == list(path.target_resolved)
    assert path.frame().quarter.dropna().tolist() == list(path.steps)
    dispute = first_dispute(tiny, "stand_alone")
    frame = dispute.frame()
    assert tuple(frame.package) == dispute.game.packages
    assert dispute.coercer in repr(dispute)
    alone = (slice(None), *(0,) * len(dispute.game.allies))
    assert frame.coercer_cost.tolist() == dispute.game.coercer_cost[0][alone].tolist()
