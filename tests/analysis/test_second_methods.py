"""Numbers of the analysis recomputed with pandas, scipy and SALib's own test functions."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from coercion_sim.analysis import ALL_POINTS, Spread, analyse, base_rates, compare_policies
from coercion_sim.analysis.answer.base_rates import survival_quantiles
from coercion_sim.analysis.compare.contrasts import ecdf
from coercion_sim.analysis.compare.policy_effects import deterred_rows, present_value_rows
from coercion_sim.analysis.sensitivity.design_layout import Block
from coercion_sim.analysis.sensitivity.indices import elementary_effects, estimate, first_order_given_data
from coercion_sim.experiments import Results
from support.sweeps import block, morris, saltelli, sweep

LOSS = "target_loss_pv"
ALONE, ALLIES = "stand_alone", "respond_as_allies"


# ------------------------------------------------------------------ means and differences


@pytest.fixture(scope="module")
def noisy() -> Results:
    luck = np.random.default_rng(3).normal(size=(4, 6, 2))

    def rule(p: int):  # type: ignore[no-untyped-def]
        return lambda s, k: {LOSS: luck[int(s["x"]), k, 0] + p * (1.0 + luck[int(s["x"]), k, 1])}

    return sweep([block("grid", [[float(x)] for x in range(4)], "x")], {ALONE: rule(0), ALLIES: rule(1)}, 6)


def test_levels_and_paired_differences_are_those_of_pandas(noisy: Results) -> None:
    answer = analyse(noisy, [LOSS])
    table = noisy.frame("outcomes").pivot_table(LOSS, ["point", "replicate"], "policy")
    apart = table[ALLIES] - table[ALONE]
    for column, rows in ((table[ALONE], answer.levels), (apart, answer.contrasts)):
        policy = ALONE if rows is answer.levels else ALLIES
        for row in (r for r in rows if r.policy == policy):
            sample = column.groupby("replicate").mean() if row.point == ALL_POINTS else column.loc[row.point]
            low, high = stats.t.interval(0.95, len(sample) - 1, sample.mean(), sample.sem())
            assert (row.mean, row.sd) == pytest.approx((sample.mean(), sample.std()))
            assert (row.low, row.high) == pytest.approx((low, high))
            assert row.n == 6


def test_the_ratio_of_variances_is_that_of_unpaired_and_paired_differences(noisy: Results) -> None:
    answer = analyse(noisy, [LOSS])
    table = noisy.frame("outcomes").pivot_table(LOSS, ["point", "replicate"], "policy")
    for row in answer.contrasts:
        sample = table.groupby("replicate").mean() if row.point == ALL_POINTS else table.loc[row.point]
        apart = sample[ALLIES] - sample[ALONE]
        assert row.variance_ratio == pytest.approx((sample[ALLIES].var() + sample[ALONE].var()) / apart.var())


def test_percentiles_are_those_of_the_inverse_distribution_function(noisy: Results) -> None:
    answer = analyse(noisy, [LOSS])
    values = noisy.frame("outcomes").query("policy == @ALLIES")[LOSS].to_numpy()
    for row in answer.distribution:
        if row.policy == ALLIES:
            assert row.value == np.quantile(values, row.at_most, method="inverted_cdf")


def test_regret_is_that_of_pandas(noisy: Results) -> None:
    table = noisy.frame("outcomes").pivot_table(LOSS, ["point", "replicate"], "policy")
    regret = table.sub(table.min(axis=1), axis=0)
    best = (regret == 0).mean()
    for row in analyse(noisy, [LOSS]).regret:
        mine = regret[row.policy]
        assert (row.mean, row.most) == pytest.approx((mine.mean(), mine.max()))
        assert row.high == pytest.approx(mine.quantile(0.95))
        assert row.best == pytest.approx(best[row.policy])
        assert row.draws == len(mine)


@given(st.lists(st.floats(-1e3, 1e3), min_size=5, max_size=20))
def test_the_spread_is_that_of_numpy_and_scipy(values: list[float]) -> None:
    spread = Spread.of([*values, math.nan])
    assert (spread.n, spread.mean) == (len(values), pytest.approx(np.mean(values), abs=1e-9))
    assert (spread.low, spread.median, spread.high) == pytest.approx(np.quantile(values, [0.05, 0.5, 0.95]).tolist())
    half = stats.t.ppf(0.975, len(values) - 1) * stats.sem(values)
    assert spread.mean_high - spread.mean == pytest.approx(half, abs=1e-9)


@given(st.lists(st.integers(-5, 5), min_size=1, max_size=20))
def test_the_empirical_distribution_is_scipy_s(values: list[int]) -> None:
    x, share = ecdf(np.array([*values, math.nan], dtype=float))
    theirs = stats.ecdf(values).cdf
    assert share.tolist() == pytest.approx(theirs.evaluate(x).tolist())


# ------------------------------------------------------------------ rates


@given(st.lists(st.tuples(st.integers(1, 12), st.booleans()), min_size=3, max_size=40))
def test_survival_quantiles_are_those_of_scipy_s_product_limit(lengths: list[tuple[int, bool]]) -> None:
    ended = np.array([x for x, over in lengths if over], dtype=float)
    watched = np.array([x for x, over in lengths if not over], dtype=float)
    ends, on = (np.bincount(v.astype(int), minlength=13).astype(float) for v in (ended, watched))
    found = survival_quantiles(ends, on, (0.1, 0.5, 0.9))
    function = stats.ecdf(stats.CensoredData(uncensored=ended, right=watched)).cdf
    for p, value in zip((0.1, 0.5, 0.9), found.tolist(), strict=True):
        reached = [x for x, y in zip(function.quantiles, function.probabilities, strict=True) if y >= p - 1e-9]
        assert value == pytest.approx(min(reached), nan_ok=True) if reached else math.isnan(value)


@pytest.mark.slow
def test_rates_of_a_run_are_counts_of_the_table(chosen: Results) -> None:
    table = chosen.frame("disputes")
    for rates in base_rates(chosen):
        mine = table[table.policy == rates.policy]
        pressed = mine[mine.pressed == 1]
        imposed = mine[mine.length.notna()]
        won = imposed.ending.isin(["conceded", "settled"])
        assert rates.disputes == len(mine)
        assert rates["attempts"].value == pytest.approx(len(pressed) / len(mine))
        assert rates["carried_out"].value == pytest.approx(len(imposed) / len(pressed))
        assert rates["success_imposed"].value == pytest.approx(won.mean())
        assert rates["success_ended"].value == pytest.approx(won[imposed.ending != "unended"].mean())
        for package in rates.packages:
            assert package.count == (pressed.package == package.name).sum()
        assert sum(p.count for p in rates.packages) == len(pressed)


# ------------------------------------------------------------------ effects of policies


@pytest.mark.slow
def test_rows_of_a_comparison_are_those_of_pandas(chosen: Results) -> None:
    frame = compare_policies(chosen).frame()
    states = chosen.frame("states")
    yearly = states.assign(year=states.quarter.str[:4]).groupby(["policy", "replicate", "state", "year"])
    means = yearly.real_income.mean()
    rows = frame[(frame.outcome == "real_income") & (frame.against == "") & (frame.period.str.len() == 4)]
    assert len(rows) == len(means) / 4
    for row in rows.itertuples():
        mine = means[row.policy].xs((row.item, row.period), level=("state", "year"))
        assert (row.mean, row.median) == pytest.approx((mine.mean(), mine.median()))
    apart = frame[(frame.outcome == "attempts") & (frame.against == ALONE) & (frame.policy == ALLIES)]
    outcomes = chosen.frame("outcomes").pivot_table("attempts", "replicate", "policy")
    assert apart["mean"].item() == pytest.approx((outcomes[ALLIES] - outcomes[ALONE]).mean())


@pytest.mark.slow
def test_present_values_are_discounted_sums(chosen: Results) -> None:
    rows = {(r.policy, r.item): r.spread.mean for r in present_value_rows(chosen)}
    states = chosen.frame("states")
    states["discounted"] = states.real_income * 0.97 ** (states.step / 4.0) / 4.0
    sums = states.groupby(["policy", "state", "replicate"]).discounted.sum().groupby(["policy", "state"]).mean()
    assert rows == pytest.approx(sums.to_dict())


@pytest.mark.slow
def test_deterred_disputes_are_those_pressed_alone_and_not_here(chosen: Results) -> None:
    keys = ["replicate", "coercer", "target", "step"]
    table = chosen.frame("disputes")
    alone = table[(table.policy == ALONE) & (table.pressed == 1)][keys]
    for row in deterred_rows(chosen):
        here = table[table.policy == row.policy][[*keys, "pressed"]]
        met = alone.merge(here, on=keys)
        share = 1.0 - met.groupby("replicate").pressed.mean()
        assert row.spread.mean == pytest.approx(share.mean())
        assert row.spread.n == len(share)


# ------------------------------------------------------------------ estimators


def columns(design: dict) -> tuple[Block, np.ndarray]:
    made = Block(design["how"], design["rows"], tuple(design["paths"]), design["parameters"], {"levels": 4})
    return made, np.array(design["_"])


def test_sobol_indices_are_those_of_the_formulas() -> None:
    """Saltelli et al. (2010), table 2, b and f, on standardised outcomes."""
    made, x = columns(saltelli(256, "abc"))
    y = x[:, 0] + 2.0 * x[:, 1] + x[:, 0] * x[:, 2]
    rows = y.reshape(256, 5)
    z = (rows - y.mean()) / y.std()
    a, b = z[:, 0], z[:, -1]
    variance = np.var(np.concatenate([a, b]))
    found = {(e.parameter, e.index): e.value for e in estimate(made, x, y, 1)}
    for i, name in enumerate("abc"):
        mixed = z[:, 1 + i]
        assert found[name, "S1"] == pytest.approx(np.mean(b * (mixed - a)) / variance, abs=1e-9)
        assert found[name, "ST"] == pytest.approx(np.mean((a - mixed) ** 2) / (2 * variance), abs=1e-9)


def test_elementary_effects_are_mean_size_and_spread_of_steps() -> None:
    made, x = columns(morris(40, "ab"))
    y = 3.0 * x[:, 0] + x[:, 1] ** 2
    effects: dict[int, list[float]] = {0: [], 1: []}
    for start in range(0, len(x), 3):
        for k in (0, 1):
            step = x[start + k + 1] - x[start + k]
            (moved,) = np.flatnonzero(step)
            effects[int(moved)].append((y[start + k + 1] - y[start + k]) / step[moved])
    found = {(e.parameter, e.index): e.value for e in elementary_effects(made, x, y, 1)}
    for d, name in enumerate("ab"):
        e = np.array(effects[d])
        assert found[name, "mu"] == pytest.approx(e.mean())
        assert found[name, "mu_star"] == pytest.approx(np.abs(e).mean())
        assert found[name, "sigma"] == pytest.approx(e.std(ddof=1))


def test_first_order_indices_from_given_data_know_their_shares() -> None:
    x = np.random.default_rng(2).random((2048, 3))
    made = Block("random", 2048, ("a", "b", "c"), {}, {})
    y = 4.0 * x[:, 0] + 3.0 * x[:, 1]  # variances 16 : 9
    found = {e.parameter: e.value for e in first_order_given_data(made, x, y, 1)}
    assert found == pytest.approx({"a": 0.64, "b": 0.36, "c": 0.0}, abs=0.03)


def test_variance_parts_are_those_of_a_two_way_analysis_of_variance() -> None:
    luck = np.random.default_rng(8)
    of_point, of_replicate, of_both = luck.normal(size=40), luck.normal(size=30), luck.normal(size=(40, 30))
    cells = 2.0 * of_point[:, None] + of_replicate[None, :] + 0.5 * of_both
    design = block("random", [[float(p)] for p in range(40)], "x")
    results = sweep([design], {ALONE: lambda s, k: {LOSS: cells[int(s["x"]), k]}}, 30)
    found = {row.part: row for row in analyse(results, [LOSS]).variance}
    table = pd.DataFrame(cells)
    square = table.sub(table.mean(axis=1), axis=0).sub(table.mean(axis=0), axis=1).add(cells.mean()).pow(2)
    between = square.to_numpy().sum() / (39 * 29)
    assert found["interaction"].variance == pytest.approx(between)
    assert found["points"].variance == pytest.approx(table.mean(axis=1).var() - between / 30)
    assert found["replicates"].variance == pytest.approx(table.mean(axis=0).var() - between / 40)
    assert found["points"].share == pytest.approx(4 / 5.25, abs=0.12)
    assert sum(row.share for row in found.values()) == pytest.approx(1.0)
