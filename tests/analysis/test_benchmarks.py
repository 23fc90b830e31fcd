"""Verdicts follow the stated tolerances, and experiments compute what their docstrings state."""

from __future__ import annotations

from pathlib import Path

import pytest

from coercion_sim.analysis import KNOWN, NOT_RUN, Check, Experiment, in_short, run_benchmarks, written
from coercion_sim.analysis.benchmark_tariffs import liberation_day, plain_limit
from coercion_sim.analysis.benchmarks import EXPERIMENTS, allies_china, brothers_in_arms, export_bans, first_order
from coercion_sim.analysis.verdicts import FACTOR, PATH, RANKS, by_state, inside, on_path, size
from coercion_sim.cli.files import benchmarks_page
from coercion_sim.economy import Measure, solve_equilibrium
from coercion_sim.errors import InvalidInput
from coercion_sim.world import World, load_world

PAGE = Path(__file__).resolve().parents[2] / "docs" / "benchmarks.md"


@pytest.fixture(scope="module")
def pacific() -> World:
    return load_world("pacific-2019")


def test_the_tolerances_are_those_of_the_plan() -> None:
    assert (FACTOR, RANKS, PATH) == (1.5, 0.8, 0.3)


@pytest.mark.parametrize(
    ("published", "ours", "passes"),
    [(-1.0, -1.49, True), (-1.0, -1.51, False), (-1.0, -0.67, True), (-1.0, -0.66, False), (-1.0, 1.0, False)],
)
def test_a_size_has_the_same_sign_and_lies_within_the_factor(published: float, ours: float, passes: bool) -> None:
    assert size("x", published, ours).passed is passes


@pytest.mark.parametrize(("ours", "passes"), [(0.34, True), (0.33, False), (4.49, True), (4.51, False), (-1.0, False)])
def test_a_range_ends_a_factor_further_out(ours: float, passes: bool) -> None:
    assert inside("x", 0.5, 3.0, ours).passed is passes


@pytest.mark.parametrize(("ours", "passes"), [(6.49, True), (6.51, False), (3.51, True), (3.49, False)])
def test_a_point_of_a_path_lies_within_its_share(ours: float, passes: bool) -> None:
    assert on_path("x", 5.0, ours).passed is passes


def test_states_are_judged_by_sign_rank_and_size_unless_small() -> None:
    published = {"A": -2.0, "B": -1.0, "C": 0.02, "D": 0.5, "absent": 1.0}
    checks = by_state(published, {"A": -1.8, "B": -2.1, "C": -0.01, "D": 0.6})
    verdicts = {check.what: (check.ours, check.passed) for check in checks}
    assert verdicts.pop("rank correlation") == (0.8, True)
    assert verdicts == {
        "signs that agree": (3.0, False), "A": (-1.8, True), "B": (-2.1, False), "D": (0.6, True),
    }  # fmt: skip


def test_allies_against_china_are_barriers_both_ways(pacific: World) -> None:
    allies = ("EU", "USA", "JPN", "CAN", "GBR", "AUS", "NZL", "KOR", "TWN")
    pairs = [(a, b) for s in allies for a, b in ((s, "CHN"), ("CHN", s))]
    solved = solve_equilibrium(pacific, [Measure("import_barrier", by, on, size=2.0) for by, on in pairs])
    at = [pacific.state_index(s) for s in allies]
    gdp = pacific.baseline.gdp[at]
    joint, china = allies_china(pacific)
    assert joint.ours == pytest.approx((solved.welfare_pct_gdp[at] * gdp).sum() / gdp.sum(), abs=1e-6)
    assert china.ours == pytest.approx(solved.welfare_pct_gdp[pacific.state_index("CHN")], abs=1e-6)
    assert joint.passed == (1 / 1.5 <= joint.ours / -0.95 <= 1.5)


def test_export_bans_stop_what_eu_and_usa_sell(pacific: World) -> None:
    ratio, steps = export_bans(pacific)
    goods = ("electronics", "electrical", "machinery", "vehicles", "other_transport")
    solved = solve_equilibrium(pacific, [Measure("export_ban", by, "RUS", goods, 0.0) for by in ("EU", "USA")])
    russia, *senders = (pacific.state_index(s) for s in ("RUS", "EU", "USA"))
    gdp = pacific.baseline.gdp[senders]
    theirs = (solved.welfare_pct_gdp[senders] * gdp).sum() / gdp.sum()
    assert ratio.ours == pytest.approx(solved.welfare_pct_gdp[russia] / theirs, rel=1e-4)
    assert steps.ours in (0.0, 1.0, 2.0, 3.0)
    assert steps.passed == (steps.ours == 3.0)


def test_first_order_exposure_is_the_derivative(pacific: World) -> None:
    (check,) = first_order(pacific)
    assert 0.0 < check.ours < 1e-6
    assert check.passed


def test_together_and_alone_are_the_same_barriers(pacific: World) -> None:
    members = ("EU", "USA", "CAN", "JPN", "AUS")

    def losses(*senders: str) -> dict[str, float]:
        pairs = [(a, b) for s in senders for a, b in ((s, "RUS"), ("RUS", s))]
        barriers = [Measure("import_barrier", by, on, "goods", 1.2) for by, on in pairs]
        return dict(zip(pacific.states, -solve_equilibrium(pacific, barriers).welfare_pct_gdp, strict=True))

    alone, jointly = {s: losses(s) for s in members}, losses(*members)
    saved, lost, part, china = brothers_in_arms(pacific)
    borne = sum(jointly[s] for s in members) / sum(alone[s][s] for s in members)
    assert saved.ours == pytest.approx(100 * (borne - 1), abs=1e-3)
    assert lost.ours == pytest.approx(100 * (jointly["RUS"] / sum(alone[s]["RUS"] for s in members) - 1), abs=1e-3)
    assert 0.0 < part.ours < 100.0
    more = losses(*members, "CHN")["RUS"]
    assert china.ours == pytest.approx(100 * (more / jointly["RUS"] - 1), abs=1e-3)


def test_the_best_tariff_beats_its_neighbours_and_the_proposal(pacific: World) -> None:
    best, proposal = liberation_day(pacific)
    goods = pacific.sector_indices("goods").astype(int)
    usa = pacific.state_index("USA")

    def income(rate: float) -> float:
        tariffs = [Measure("import_tariff", "USA", s, "goods", rate) for s in pacific.states if s != "USA"]
        return float(solve_equilibrium(pacific, tariffs).welfare_pct_gdp[usa])

    at = best.ours / 100
    assert income(at) > max(income(at - 0.02), income(at + 0.02), proposal.ours)
    bought, sold = pacific.flows[goods, :, usa].sum(axis=0), pacific.flows[goods, usa].sum(axis=0)
    rates = {s: max(0.1, 0.5 * (1 - sold[n] / bought[n])) for n, s in enumerate(pacific.states) if s != "USA"}
    measures = [Measure("import_tariff", "USA", s, "goods", float(rate)) for s, rate in rates.items()]
    assert proposal.ours == pytest.approx(solve_equilibrium(pacific, measures).welfare_pct_gdp[usa], abs=1e-6)


def test_the_plain_limit_is_flat_at_the_formula(pacific: World) -> None:
    (check,) = plain_limit(pacific)
    assert check.passed
    assert check.ours < 1e-6


def test_every_experiment_states_source_and_setting() -> None:
    for experiment in EXPERIMENTS:
        title, text = experiment.text
        assert title
        assert "(20" in text
        assert experiment.known in KNOWN
    assert NOT_RUN


def test_an_unknown_experiment_gets_the_nearest() -> None:
    with pytest.raises(InvalidInput, match="eu_china"):
        run_benchmarks(["eu_chin"])


def test_counts_leave_out_what_was_added_later_and_failures_are_printed() -> None:
    passed, failed = Check("a", "-1", -1.0, "rule", True), Check("b", "-1", -3.0, "rule", False)
    done = [
        Experiment(allies_china, "w", known, (passed, failed)) for known in ("new", "before", "in view", "after")
    ]  # fmt: skip
    assert in_short(done) == "3 of 6 checks pass; of those not in view 2 of 4"
    page = benchmarks_page(done)
    assert page.count("| **fail** |") == page.count("| pass |") == 4
    assert [written(x) for x in (4.0, -0.276, 46.2, 3e-7, 1e-12)] == ["4", "−0.28", "46", "3.0e-07", "under 1e-09"]


@pytest.mark.slow
def test_the_page_is_what_the_command_writes() -> None:
    assert PAGE.read_text(encoding="utf-8") == benchmarks_page(run_benchmarks())
