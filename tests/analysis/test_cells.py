"""Numbers of an answer on small games: each column by plain loops over types, packages and answers."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import product
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from coercion_sim.analysis import likelihood_of
from coercion_sim.analysis.answer import cells
from coercion_sim.analysis.answer.answer import _mean_by_state
from coercion_sim.analysis.answer.cells import (
    COLUMNS,
    Cell,
    burdens_of,
    gains_by_leaving,
    leavers,
    solved_rows,
    values_of,
    without_promises,
)
from coercion_sim.analysis.answer.record_path import STEPS, PathLikelihood, RecordPath
from coercion_sim.dispute import (
    DisputeGame,
    DisputeSolution,
    ally_payoffs,
    dispute_endings,
    imposed_by_type,
    mean_endings,
    solve_dispute,
)
from coercion_sim.wording import MATERIAL_PCT_GDP
from support.dispute_games import flagship_game, random_game

TYPES = tuple(product((0, 1), (0, 1)))
GDP = {"CHN": 14e6, "AUS": 1.4e6, "ally0": 20e6, "ally1": 5e6}  # US$ million a year


@dataclass
class Table:
    """What a cell asks of a payoff table."""

    allies: tuple[str, ...]
    target: str = "AUS"
    coercer: str = "CHN"

    @property
    def gdp(self) -> np.ndarray:
        return np.array(list(GDP.values()))

    def of(self, state: str) -> int:
        return list(GDP).index(state)


def cell(game: DisputeGame, standing: tuple[float, ...] = (0.0,) * 4, cutters: tuple[str, ...] = ()) -> Cell:
    return Cell(game, Table(game.allies), np.array(standing), cutters, (math.nan, math.nan), {})  # type: ignore[arg-type]


@pytest.fixture
def own_costs(monkeypatch: pytest.MonkeyPatch) -> np.ndarray:
    """Cost of each ally's own answers without its exposure to reprisals, in the place of the table's."""
    cost = np.random.default_rng(9).uniform(0, 0.05, (2, 2, 2, 3, 3))
    monkeypatch.setattr(cells, "spread", lambda table: SimpleNamespace(ally_cost=cost[: len(table.allies)]))
    return cost


def solved_game(n: int = 2, **more: Any) -> DisputeSolution:
    return solve_dispute(random_game(7, K=2, n=n, M=3 if n else 1, rationality=3.0, **more))


def columns(one: Cell, solved: DisputeSolution) -> dict[str, float]:
    burden = sum(burdens_of(one, solved).values())
    return dict(zip(COLUMNS, values_of(one, solved, burden), strict=True))


def reached(solved: DisputeSolution) -> dict[tuple[int, int, int], float]:
    """P(types c and s, package k, imposed): beliefs, pressed, with k, resisted, imposed."""
    game = solved.game
    nu, mu = (1 - game.belief_coercer, game.belief_coercer), (1 - game.belief_target, game.belief_target)
    return {
        (c, s, k): nu[c] * solved.press[c] * solved.package[c, k] * solved.impose[c, k]
        * mu[s] * (1 - solved.concede[s, k])
        for c, s in TYPES
        for k in range(len(game.packages))
    }  # fmt: skip


# ------------------------------------------------------------------ columns


@pytest.mark.usefixtures("own_costs")
def test_shares_are_of_disputes_of_those_pressed_and_of_those_imposed() -> None:
    solved = solved_game()
    found, game = columns(cell(solved.game), solved), solved.game
    odds = {(c, s): game.types_coercer[c] * game.types_target[s] for c, s in TYPES}
    ends = {t: dispute_endings(solved, *t, 40, bound=True) for t in TYPES}

    def mean(name: str) -> float:
        return sum(p * getattr(ends[t], name) for t, p in odds.items())

    assert found["pressed"] == pytest.approx(mean("press"))
    paying = {c: solved.press_value[c] > 0.0 for c in (0, 1)}
    assert found["pays"] == sum(game.types_coercer[c] for c in (0, 1) if paying[c])
    for name, part, whole in (
        ("conceded", "conceded_to_demand", "press"), ("backed_down", "backed_down", "press"),
        ("imposed", "imposed", "press"), ("success", "conceded", "imposed"),
    ):  # fmt: skip
        assert found[name] == pytest.approx(mean(part) / mean(whole)), name
    assert found["gets_its_way"] == pytest.approx(mean("conceded_to_demand") + mean("conceded"))
    assert found["loss_usd"] == pytest.approx(found["loss"] / 100 * GDP["AUS"] / 1e3)
    assert sum(reached(solved).values()) == pytest.approx(mean("imposed"))


@pytest.mark.usefixtures("own_costs")
@pytest.mark.parametrize("discount", [1.0, 0.8])
def test_losses_are_discounted_by_the_rule_of_burdens(discount: float) -> None:
    """Quarter by quarter over every answer; undiscounted they are the flows of the exact endings."""
    solved = solved_game(discount=discount)
    game, loss = solved.game, 0.0
    first, later = (solved.by_answer(x) for x in (solved.steps.first_year, solved.steps.later))
    for (c, s, k), p in reached(solved).items():
        for a, r in enumerate(product(range(3), repeat=2)):
            kept = solved.pledged[0][(k, r[0])] * solved.pledged[1][(k, *r)]
            flow = -game.target_effect[:, k][(slice(None), *r)]
            loss += p * kept * (first[c, s, k, a] * flow[0] + later[c, s, k, a] * flow[1]) / 4
    found = columns(cell(game), solved)
    assert found["loss"] == pytest.approx(loss / found["pressed"], rel=1e-9)
    ends = mean_endings(solved, 400, bound=True)
    same = found["loss"] * ends.press == pytest.approx(ends.target_loss, rel=1e-5)
    assert same == (discount == 1.0)


@pytest.mark.usefixtures("own_costs")
def test_first_year_losses_are_of_the_packages_that_are_imposed() -> None:
    """Packages by how often each is imposed, resistance included, not by how often each is demanded."""
    solved = solved_game()
    found, weight = columns(cell(solved.game), solved), reached(solved)
    alone = answered = 0.0
    for (_, _, k), p in weight.items():
        alone -= p * solved.game.target_effect[0, k, 0, 0]
        for r in product(range(3), repeat=2):
            kept = solved.pledged[0][(k, r[0])] * solved.pledged[1][(k, *r)]
            answered -= p * kept * solved.game.target_effect[(0, k, *r)]
    whole = sum(weight.values())
    for at, p in weight.items():
        assert imposed_by_type(solved)[at] == pytest.approx(p, rel=1e-12)
    assert found["first_year_alone"] == pytest.approx(alone / whole, rel=1e-9)
    assert found["first_year"] == pytest.approx(answered / whole, rel=1e-9)


def test_burdens_are_own_costs_in_money_over_disputes_pressed(own_costs: np.ndarray) -> None:
    solved = solved_game()
    one = cell(solved.game)
    paid = burdens_of(one, solved)
    first, later = (solved.by_answer(x) for x in (solved.steps.first_year, solved.steps.later))
    press = float(solved.game.types_coercer @ solved.press)
    for i, ally in enumerate(("ally0", "ally1")):
        total = 0.0
        for (c, s, k), p in reached(solved).items():
            for a, r in enumerate(product(range(3), repeat=2)):
                kept = solved.pledged[0][(k, r[0])] * solved.pledged[1][(k, *r)]
                flow = own_costs[i, :, k][(slice(None), *r)]
                total += p * kept * (first[c, s, k, a] * flow[0] + later[c, s, k, a] * flow[1]) / 4
        assert paid[ally] == pytest.approx(total / press / 100 * GDP[ally] / 1e3, rel=1e-9)
    assert columns(one, solved)["burden_usd"] == pytest.approx(sum(paid.values()))


@pytest.mark.usefixtures("own_costs")
def test_what_stands_before_any_dispute_is_added_up_once_a_state() -> None:
    """Of target, allies and states that cut trade; an ally that cuts trade counts once, the coercer never."""
    solved = solved_game()
    found = columns(cell(solved.game, (-1.0, 0.2, -0.1, 0.05), ("ally1", "AUS")), solved)
    assert found["standing"] == 0.2
    wanted = (0.2 * GDP["AUS"] - 0.1 * GDP["ally0"] + 0.05 * GDP["ally1"]) / 100 / 1e3
    assert found["standing_usd"] == pytest.approx(wanted)


@pytest.mark.usefixtures("own_costs")
def test_kept_is_the_mean_over_allies_that_promised() -> None:
    game = replace(solved_game().game, pledge=np.array([0.05, 0.0]))
    solved = solve_dispute(game)
    assert columns(cell(game), solved)["kept"] == pytest.approx(ally_payoffs(solved).kept[0])
    none = solve_dispute(replace(game, pledge=np.zeros(2)))
    assert math.isnan(columns(cell(none.game), none)["kept"])


@pytest.mark.usefixtures("own_costs")
def test_a_coercer_that_never_presses_leaves_shares_undefined() -> None:
    game = flagship_game(allies=0, v_c=1e-4, own_cost=0.5, rationality=1e6, cost_once=1.0, audience_back_down=2.0)
    solved = solve_dispute(game)
    found = columns(cell(game), solved)
    assert found["pressed"] == 0.0
    assert found["gets_its_way"] == 0.0
    for name in ("conceded", "backed_down", "imposed", "success", "loss", "loss_usd", "first_year_alone", "first_year"):
        assert math.isnan(found[name]), name


# ------------------------------------------------------------------ who would rather not promise


def left_by_one(solved: DisputeSolution) -> dict[str, float]:
    """What each ally gains by leaving, every game solved alone."""
    left = {ally: solve_dispute(game) for ally, game in without_promises(solved.game).items()}
    return gains_by_leaving(solved, left)


def test_leavers_gain_by_promising_nothing_while_the_others_keep_their_promises() -> None:
    games = [
        flagship_game(allies=2, pledge=p, reliability=0.8, v_t=v, loss=(0.2,)) for p, v in ((0.01, 0.4), (0.02, 0.8))
    ]
    solutions = [solve_dispute(game) for game in games]
    wanted: dict[str, list[float]] = {"ally0": [], "ally1": []}
    for solved in solutions:
        for i, ally in enumerate(wanted):
            pledge = solved.game.pledge.copy()
            pledge[i] = 0.0
            alone = ally_payoffs(solve_dispute(replace(solved.game, pledge=pledge))).payoff[i]
            wanted[ally].append(alone - ally_payoffs(solved).payoff[i])
    found = leavers(tuple(wanted), [left_by_one(solved) for solved in solutions])
    for ally, gains in wanted.items():
        each = np.array(gains)
        assert found[ally].gain == pytest.approx(each.mean(), abs=1e-7)
        assert found[ally].gains == np.mean(each > 0.0)
        assert found[ally].gains_materially == np.mean(each >= MATERIAL_PCT_GDP)
        assert found[ally].draws == 2


def test_a_gain_counts_as_material_from_the_floor_on_and_draws_without_it_do_not_count() -> None:
    """Three draws in which the one ally gains half the floor, twice the floor, and an unknown amount."""
    gains = [{"ally0": 0.5 * MATERIAL_PCT_GDP}, {"ally0": 2.0 * MATERIAL_PCT_GDP}, {}]
    found = leavers(("ally0",), gains)["ally0"]
    assert (found.gains, found.gains_materially, found.draws) == (1.0, 0.5, 2)
    assert found.gain == pytest.approx(1.25 * MATERIAL_PCT_GDP)
    assert leavers(("ally0",), [{}])["ally0"].draws == 0


def test_disputes_not_solved_tell_nothing_of_leaving() -> None:
    solved = solve_dispute(flagship_game(allies=1, pledge=0.01))
    left = {ally: solve_dispute(game) for ally, game in without_promises(solved.game).items()}
    failed = {ally: replace(own, residual=np.ones_like(own.residual)) for ally, own in left.items()}
    assert set(gains_by_leaving(solved, left)) == {"ally0"}
    assert gains_by_leaving(solved, failed) == {}
    assert gains_by_leaving(replace(solved, residual=np.ones_like(solved.residual)), left) == {}


def test_nobody_leaves_where_nobody_promised() -> None:
    for game in (flagship_game(allies=2, loss=(0.2,)), flagship_game(allies=0)):
        assert without_promises(game) == {}
    half = replace(flagship_game(allies=2, loss=(0.2,)), pledge=np.array([0.0, 0.02]))
    assert set(without_promises(half)) == {"ally1"}
    assert not without_promises(half)["ally1"].pledge.any()


@pytest.mark.usefixtures("own_costs")
def test_disputes_solved_side_by_side_have_the_rows_of_each_alone() -> None:
    """Allies leave only where it is tried."""
    games = [replace(solved_game().game, pledge=np.array(p)) for p in ((0.01, 0.01), (0.02, 0.0))]
    own = [cell(game) for game in games]
    rows = solved_rows(own, (True, False))
    for one, row in zip(own, rows, strict=True):
        solved = solve_dispute(one.game)
        np.testing.assert_allclose(row.values, values_of(one, solved, sum(row.burdens.values())), rtol=1e-9)
        assert row.burdens == pytest.approx(burdens_of(one, solved), rel=1e-9)
    assert (set(rows[0].gains), rows[1].gains) == ({"ally0", "ally1"}, {})
    assert rows[0].gains == pytest.approx(left_by_one(solve_dispute(games[0])), abs=1e-9)


def test_means_over_draws_count_states_not_named_as_nothing() -> None:
    assert _mean_by_state([{"USA": 1.0}, {"USA": 2.0, "JPN": 4.0}, {}]) == {"USA": 1.0, "JPN": pytest.approx(4 / 3)}
    assert _mean_by_state([{}, {}]) == {}


# ------------------------------------------------------------------ the path of the record


def lapsing(lapse: float = 0.2, **more: Any) -> DisputeSolution:
    """Measures imposed without a demand that nobody ever reviews."""
    return solve_dispute(random_game(5, K=1, n=0, M=1, lapse=lapse, review=0.0, surprise=True, **more))


@pytest.mark.parametrize(("shortest", "longest"), [(1, 1), (1, 6), (4, 4), (3, 9)])
def test_a_path_that_only_lapses_is_geometric(shortest: int, longest: int) -> None:
    solved = lapsing()
    pressed, resisted, imposed, ended, lifted, lapsed, *rest = likelihood_of(solved, shortest, longest)
    assert [pressed, resisted, imposed] == pytest.approx([float(solved.game.types_coercer @ solved.press)] * 3)
    assert [ended, lapsed] == pytest.approx([imposed * (0.8 ** (shortest - 1) - 0.8**longest)] * 2)
    assert [lifted, *rest] == pytest.approx([0.0] * 4, abs=1e-15)


def test_windows_side_by_side_add_up() -> None:
    solved = solved_game(0, lapse=0.1)
    parts = [likelihood_of(solved, a, b)[3:6] for a, b in ((1, 3), (4, 4), (5, 12))]
    np.testing.assert_allclose(np.sum(parts, axis=0), likelihood_of(solved, 1, 12)[3:6], rtol=1e-12)


def path_likelihood(*rows: tuple[float, ...]) -> PathLikelihood:
    path = RecordPath("CHN", "AUS", "2020Q2", "2021Q1", 2, 4, 3)
    return PathLikelihood("made", "", "stand_alone", path, len(rows), 1, np.array(rows))


def test_steps_are_ratios_of_means_and_ranges_those_of_the_draws() -> None:
    found = path_likelihood(
        (0.4, 0.2, 0.1, 0.05, 0.02, 0.03, 0.2, 0.1, 0.06), (0.8, 0.8, 0.4, 0.10, 0.10, 0.00, 0.0, 0.4, 0.20)
    )
    rows = {row["name"]: row for row in found.records()}
    assert found.likelihood == rows["likelihood"]["value"] == pytest.approx(0.075)
    wanted = {"pressed": 0.6, "resisted": 1.0 / 1.2, "imposed": 0.5, "ended": 0.15 / 0.5, "lifted": 0.12 / 0.5,
              "lapsed": 0.03 / 0.5, "conceded_to_demand": 0.2 / 1.2, "backed_down": 0.5 / 1.2,
              "carried_out": 0.5 / 1.2, "success": 0.26 / 0.5}  # fmt: skip
    assert {name: rows[name]["value"] for name in wanted} == pytest.approx(wanted)
    assert math.prod(rows[name]["value"] for name in STEPS) == pytest.approx(found.likelihood)
    each = np.array([0.05 / 0.1, 0.1 / 0.4])
    np.testing.assert_allclose([rows["ended"]["low"], rows["ended"]["high"]], np.quantile(each, [0.05, 0.95]))
    plain = found.as_dict()
    assert (plain["draws"], plain["unsolved"], plain["path"]["longest"]) == (2, 1, 4)


def test_a_draw_in_which_a_step_is_never_reached_has_no_share_of_it_but_counts_in_the_mean() -> None:
    found = path_likelihood((0.5, 0.4, 0.2, 0.1, 0.1, 0.0, 0.1, 0.2, 0.1), (0.0,) * 9)
    rows = {row["name"]: row for row in found.records()}
    assert rows["pressed"]["value"] == 0.25
    assert rows["imposed"]["value"] == rows["imposed"]["low"] == rows["imposed"]["high"] == 0.5
    assert found.likelihood == 0.05
    never = {row["name"]: row for row in path_likelihood((0.0,) * 9).records()}
    assert never["pressed"]["value"] == 0.0
    assert all(math.isnan(never["ended"][part]) for part in ("value", "low", "high"))
