"""How draws of behaviour are weighed by published rates: closed forms on few draws, and runs that stop and go on."""

from __future__ import annotations

import importlib
import math
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import norm

from coercion_sim.dispute import (
    BEHAVIOUR_RANGES,
    DRAWN_APART,
    WEIGHED_NUMBERS,
    behaviour_draws,
    mean_endings,
    solve_disputes,
)
from support.dispute_games import flagship_game

ROOT = Path(__file__).parents[2]
TRIED = {name: spread for name, spread in BEHAVIOUR_RANGES.items() if name not in DRAWN_APART}
D = len(TRIED)
Row = dict[str, float]


@pytest.fixture(scope="module")
def weigh() -> Any:
    """The benchmark as a module; it imports its neighbours by name."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT / "benchmarks")
        return importlib.import_module("weigh_behaviour")


def row(weigh: Any, u: float = 0.5, before: float = 0.0, **moved: float) -> Row:
    """A draw whose rates are the published ones but for those given."""
    rates = dict(zip(weigh.MOMENTS, weigh.TARGET.tolist(), strict=True))
    return (
        weigh.at([u] * D)
        | rates
        | {"unsolved": 0.0, "before": before}
        | {k.replace("_", " "): v for k, v in moved.items()}
    )


def worse(weigh: Any, factor: float, **more: float) -> Row:
    """A draw with this likelihood, that of a perfect one being 1: success misses by ``sqrt(2 C ln(1 / factor))``."""
    miss = math.sqrt(-2.0 * weigh.covariance(weigh.MODEL_ERROR)[2, 2] * math.log(factor))
    return row(weigh, success=float(weigh.TARGET[2]) + miss, **more)


# ------------------------------------------------------------------ the prior


def test_the_cube_is_mapped_to_the_ranges(weigh: Any) -> None:
    low, middle, high = (weigh.at([u] * D) for u in (0.0, 0.5, 1.0))
    for name, (form, a, b) in TRIED.items():
        assert low[name] == pytest.approx(a)
        assert high[name] == pytest.approx(b)
        assert middle[name] == pytest.approx(math.sqrt(a * b) if form == "log_uniform" else (a + b) / 2)


def test_normal_scores_are_the_inverse_of_the_map(weigh: Any) -> None:
    z = np.random.default_rng(1).normal(size=(5, D))
    found = weigh.normal_scores([weigh.at(u) for u in norm.cdf(z).tolist()])
    np.testing.assert_allclose(found, z, atol=1e-9)


def test_normal_scores_at_an_end_of_a_range_are_finite(weigh: Any) -> None:
    ends = weigh.normal_scores([weigh.at([0.0] * D), weigh.at([1.0] * D)])
    np.testing.assert_allclose(ends[0], -ends[1], rtol=1e-6)
    np.testing.assert_allclose(ends[1], norm.ppf(1.0 - 1e-9), rtol=1e-5)


def test_draws_of_the_prior_fill_every_range_evenly(weigh: Any) -> None:
    first = weigh.starts(None)
    assert len(first) == weigh.PRIOR
    assert {r["before"] for r in first} == {0.0}
    u = norm.cdf(weigh.normal_scores(first))
    for column in u.T:  # Sobol: every 32nd of the range has the same number of draws
        assert set(np.bincount((column * 32).astype(int), minlength=32)) == {weigh.PRIOR // 32}


# ------------------------------------------------------------------ the likelihood


def test_the_covariance_is_that_of_shares_plus_the_models_error(weigh: Any) -> None:
    found = weigh.covariance(0.1)
    sizes = (weigh.CHALLENGES, weigh.CHALLENGES, weigh.CASES["hse"], weigh.EPISODES)
    for i, (p, n) in enumerate(zip(weigh.TARGET, sizes, strict=True)):
        assert found[i, i] == pytest.approx(p * (1 - p) / n + 0.01)
    assert found[0, 1] == found[1, 0] == pytest.approx(-weigh.TARGET[0] * weigh.TARGET[1] / weigh.CHALLENGES)
    assert np.count_nonzero(found) == 6


def test_the_covariance_of_the_shares_is_that_of_sampled_disputes(weigh: Any) -> None:
    p = [*weigh.TARGET[:2], 1.0 - weigh.TARGET[:2].sum()]
    shares = np.random.default_rng(3).multinomial(weigh.CHALLENGES, p, size=40_000)[:, :2] / weigh.CHALLENGES
    np.testing.assert_allclose(np.cov(shares.T), weigh.covariance(0.0)[:2, :2], rtol=0.06)


def test_the_log_likelihood_of_a_miss_by_hand(weigh: Any) -> None:
    c, b = weigh.TARGET[:2]
    rows = [
        row(weigh),
        row(weigh, success=float(weigh.TARGET[2]) + 0.2),
        row(weigh, conceded=c + 0.1, backed_down=b - 0.05),
    ]
    C = weigh.covariance(0.1)
    determinant = C[0, 0] * C[1, 1] - C[0, 1] ** 2
    both = (0.1**2 * C[1, 1] + 0.05**2 * C[0, 0] + 2 * 0.1 * 0.05 * C[0, 1]) / determinant
    wanted = [0.0, -0.5 * 0.2**2 / C[2, 2], -0.5 * both]
    np.testing.assert_allclose(weigh.log_likelihood(rows, 0.1), wanted, atol=1e-12)


def test_a_smaller_error_of_the_model_judges_a_miss_harder(weigh: Any) -> None:
    rows = [row(weigh, success=0.6)]
    found = [weigh.log_likelihood(rows, error)[0] for error in (0.05, 0.075, 0.1, 0.2)]
    assert found == sorted(found)
    assert found[0] < 2 * found[2]


def test_draws_without_rates_or_with_many_games_unsolved_have_no_weight(weigh: Any) -> None:
    rows = [row(weigh), row(weigh, success=math.nan), row(weigh, unsolved=0.26), row(weigh, unsolved=0.25)]
    assert weigh.log_likelihood(rows, 0.1).tolist() == [
        pytest.approx(0.0, abs=1e-15),
        -math.inf,
        -math.inf,
        pytest.approx(0.0, abs=1e-15),
    ]
    np.testing.assert_allclose(weigh.first_weights(rows), [0.5, 0.0, 0.0, 0.5])


# ------------------------------------------------------------------ weights of two draws


@pytest.mark.parametrize("factor", [1.0, 0.5, 1 / 3, 0.01])
def test_weights_of_two_draws_are_their_likelihoods(weigh: Any, factor: float) -> None:
    w = weigh.first_weights([row(weigh), worse(weigh, factor)])
    np.testing.assert_allclose(w, [1 / (1 + factor), factor / (1 + factor)], rtol=1e-9)
    assert weigh.effective(w) == pytest.approx((1 + factor) ** 2 / (1 + factor**2))


def test_the_effective_size_runs_from_one_draw_to_all(weigh: Any) -> None:
    assert weigh.effective(np.full(10, 0.1)) == pytest.approx(10.0)
    assert weigh.effective(np.array([1.0, 0.0, 0.0])) == 1.0
    assert weigh.effective(np.array([0.5, 0.5, 0.0])) == pytest.approx(2.0)


def test_weights_of_draws_of_an_earlier_posterior_are_ratios(weigh: Any) -> None:
    """Draws that came by the likelihood they have now are even; the log of a constant drops out."""
    rows = [row(weigh, before=7.0), worse(weigh, 0.2, before=7.0 + math.log(0.2))]
    np.testing.assert_allclose(weigh.first_weights(rows), [0.5, 0.5], rtol=1e-9)
    rows[1]["before"] = 7.0 + math.log(0.4)
    np.testing.assert_allclose(weigh.first_weights(rows), [2 / 3, 1 / 3], rtol=1e-9)


def test_resampling_takes_each_draw_as_often_as_it_weighs(weigh: Any) -> None:
    counts = Counter(weigh.states([row(weigh), worse(weigh, 1 / 3)])[0].tolist())
    assert counts == {0: weigh.SIZE * 3 // 4, 1: weigh.SIZE // 4}
    none = Counter(weigh.states([row(weigh, success=math.nan), row(weigh)])[0].tolist())
    assert none == {1: weigh.SIZE}


# ------------------------------------------------------------------ steps


def moves(weigh: Any, factor: float) -> np.ndarray:
    """Which of the steps from one draw to others of this likelihood are accepted, (SIZE,)."""
    tried = [worse(weigh, factor, before=math.nan) for _ in range(weigh.SIZE)]
    first, second = weigh.states([worse(weigh, 0.5), *tried])
    assert set(first) == {0}
    accepted = second > 0
    assert (second[accepted] == 1 + np.flatnonzero(accepted)).all()
    return accepted


def test_a_better_step_is_always_taken_and_an_impossible_one_never(weigh: Any) -> None:
    assert moves(weigh, 0.9).all()
    assert not moves(weigh, 1e-200).any()


def test_a_worse_step_is_taken_by_the_ratio_of_the_likelihoods(weigh: Any) -> None:
    """The same luck: what is taken at a ratio is taken at every larger one; four sampling errors of the share."""
    taken = [moves(weigh, 0.5 * ratio) for ratio in (0.1, 0.3, 0.6, 0.9)]
    for less, more in pairwise(taken):
        assert (more | ~less).all()
    for ratio, some in zip((0.1, 0.3, 0.6, 0.9), taken, strict=True):
        assert abs(some.mean() - ratio) < 4 * math.sqrt(ratio * (1 - ratio) / weigh.SIZE)


def test_a_generation_half_tried_is_not_counted(weigh: Any) -> None:
    rows = [row(weigh), *(row(weigh, before=math.nan) for _ in range(weigh.SIZE - 1))]
    assert weigh.first_block(rows) == 1
    assert len(weigh.states(rows)) == 1
    assert len(weigh.states([*rows, rows[-1]])) == 2


def test_steps_leave_the_prior_as_it_is(weigh: Any) -> None:
    """``z' = sqrt(1 - b^2) z + b xi``: from z = 2 a mean of 1.73 and a deviation of 1/2, four sampling errors."""
    here = weigh.at(norm.cdf([2.0] * D).tolist())
    rows = [row(weigh) | here]
    tried = weigh.steps(rows)
    assert len(tried) == weigh.SIZE
    assert all(math.isnan(one["before"]) for one in tried)
    z = weigh.normal_scores(tried).ravel()
    assert abs(z.mean() - 2.0 * math.sqrt(0.75)) < 4 * 0.5 / math.sqrt(z.size)
    assert abs(z.std() - 0.5) < 4 * 0.5 / math.sqrt(2 * z.size)
    assert [one["review"] for one in weigh.steps(rows)] == [one["review"] for one in tried]


# ------------------------------------------------------------------ a run that stops and goes on


def fake_solved(weigh: Any) -> Any:
    """Rates that depend on two numbers alone, in the place of solved games."""

    def solved(tables: Any, several: Any) -> Any:
        for values in several:
            share = (values["review"] - 0.3) / 0.7
            yield dict(zip(weigh.MOMENTS, (share, 0.2, values["lapse"] + 0.3, 0.5), strict=True)) | {"unsolved": 0.0}

    return solved


@pytest.mark.parametrize("kept", [64, 100, 256, 266, 320])
def test_a_run_that_stopped_goes_on_where_it_stopped(
    weigh: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: int
) -> None:
    monkeypatch.setattr(weigh, "solved", fake_solved(weigh))
    monkeypatch.setattr(weigh, "payoffs", dict)
    whole = weigh.weigh(2, tmp_path / "one", None)
    assert len(whole) == weigh.PRIOR + 2 * weigh.SIZE
    lines = (tmp_path / "one" / "draws.csv").read_text().splitlines(keepends=True)
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / "draws.csv").write_text("".join(lines[: 1 + kept]))
    weigh.weigh(2, tmp_path / "two", None)
    assert (tmp_path / "two" / "draws.csv").read_text().splitlines(keepends=True) == lines


def test_a_run_from_an_earlier_one_starts_with_its_last_generation(
    weigh: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weigh, "solved", fake_solved(weigh))
    monkeypatch.setattr(weigh, "payoffs", dict)
    rows = weigh.weigh(1, tmp_path / "earlier", None)
    first = weigh.starts(tmp_path / "earlier")
    last = weigh.states(rows)[-1]
    assert [one["review"] for one in first] == [rows[k]["review"] for k in last]
    log = weigh.log_likelihood(rows, weigh.MODEL_ERROR)
    assert [one["before"] for one in first] == log[last].tolist()
    again = weigh.weigh(0, tmp_path / "later", tmp_path / "earlier")
    np.testing.assert_allclose(weigh.first_weights(again), 1 / weigh.SIZE)  # the same game: nothing to reweigh


def test_the_posterior_is_nearer_to_the_published_rates(
    weigh: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weigh, "solved", fake_solved(weigh))
    monkeypatch.setattr(weigh, "payoffs", dict)
    rows = weigh.weigh(4, tmp_path, None)
    sample = np.concatenate(weigh.states(rows)[-weigh.KEPT :])
    conceded = np.array([r["conceded"] for r in rows])
    assert abs(conceded[sample].mean() - weigh.TARGET[0]) < 0.05 < abs(conceded[: weigh.PRIOR].mean() - weigh.TARGET[0])
    # A number the rates do not depend on keeps its prior.
    z = weigh.normal_scores(rows)[:, list(TRIED).index("forgetting")]
    assert abs(z[sample].mean()) < 0.5
    assert 0.6 < z[sample].std() < 1.4


# ------------------------------------------------------------------ the table


def test_rows_of_the_table_are_whole_draws_the_most_central_first(weigh: Any) -> None:
    rows = [row(weigh, u) for u in (0.9, 0.48, 0.2, 0.6, 0.05)]
    chosen = np.array([0, 1, 2, 2, 3])
    order = weigh.in_order(rows, chosen)
    assert sorted(order) == chosen.tolist()
    assert order[0] == 1  # the mean of the scores of .9, .48, .2, .2, .6 is about that of .47
    assert [rows[k]["rationality"] for k in order[1:]] == sorted(rows[k]["rationality"] for k in order[1:])


def test_the_jacobian_of_rates_linear_in_the_scores_is_their_slopes(weigh: Any) -> None:
    rng = np.random.default_rng(5)
    z, slopes = rng.normal(size=(40, D)), rng.normal(size=(4, len(WEIGHED_NUMBERS)))
    rows = []
    for one in z:
        rates = weigh.TARGET + slopes @ one[: len(WEIGHED_NUMBERS)]
        rows.append(weigh.at(norm.cdf(one).tolist()) | dict(zip(weigh.MOMENTS, rates, strict=True)))
    wanted = slopes / np.sqrt(np.diag(weigh.covariance(weigh.MODEL_ERROR)))[:, None]
    np.testing.assert_allclose(weigh.jacobian(rows), wanted, atol=1e-6)


def test_rates_pool_disputes_as_often_as_they_get_that_far(weigh: Any) -> None:
    games = [flagship_game(allies=0, v_t=v, lapse=0.1) for v in (0.2, 0.9)]
    solved = solve_disputes(games)
    found = weigh.rates_of(solved)
    one, other = (mean_endings(s, 160) for s in solved)
    pressed, imposed = one.press + other.press, one.imposed + other.imposed
    assert found["attempts"] == pytest.approx(pressed / 2)
    assert found["conceded"] == pytest.approx((one.conceded_to_demand + other.conceded_to_demand) / pressed)
    assert found["backed down"] == pytest.approx((one.backed_down + other.backed_down) / pressed)
    assert found["success"] == pytest.approx((one.conceded + other.conceded) / imposed)
    early = sum(float(e.ended[:5].sum()) for e in (one, other))
    assert found["within a year"] == pytest.approx(early / imposed)
    assert found["unsolved"] == 0.0
    lengths = np.cumsum(one.ended + other.ended) / imposed
    assert lengths[int(found["median"])] >= 0.5 > lengths[int(found["median"]) - 1]


def test_the_printed_spread_of_the_prior_is_that_of_a_uniform_draw(
    weigh: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = weigh.starts(None)
    weigh._print_spread(rows, np.arange(len(rows)))
    table = [line.split("|")[1:-1] for line in capsys.readouterr().out.splitlines() if line.startswith("| `")]
    assert [cells[0].strip(" `") for cells in table] == list(TRIED)
    for cells, (name, (form, low, high)) in zip(table, TRIED.items(), strict=True):
        assert cells[1].strip() == f"{low:g}-{high:g}", name
        assert float(cells[2]) == pytest.approx(
            math.sqrt(low * high) if form == "log_uniform" else (low + high) / 2, rel=0.05
        )
        assert float(cells[4]) == pytest.approx(1.0, abs=0.02), name


def test_a_number_drawn_apart_has_its_prior_in_every_row_and_goes_with_nothing_else(weigh: Any) -> None:
    """One value in each of as many strata as rows; the first row, the most central one, at the middle of the range."""
    columns, rows = behaviour_draws(), len(behaviour_draws()["rationality"])
    for name in DRAWN_APART:
        form, low, high = BEHAVIOUR_RANGES[name]
        assert form == "uniform"
        own = weigh.apart(name)
        np.testing.assert_allclose(own, columns[name], rtol=1e-3)  # the table shipped has four digits
        assert own[0] == pytest.approx(0.5 * (low + high))
        strata = np.floor((own - low) / (high - low) * rows + 1e-9).astype(int)
        assert sorted(strata.tolist()) == list(range(rows))
        size = [abs(float(np.corrcoef(own, columns[other])[0, 1])) for other in TRIED]
        assert max(size) < 3.5 / np.sqrt(rows)
