"""Weighs draws of the behavioural numbers by published rates: the table and the numbers of docs/behaviour.md.

    python benchmarks/weigh_behaviour.py [--draws 1024] [--work FOLDER]

Each draw is one row of FOLDER/draws.csv, so that a stopped run goes on where it stopped. Games are those of disputes
between China and six targets without allies; Australia is held out and solved only for the check. Writes
coercion_sim/dispute/behaviour.csv and prints the tables.

``log L = -(m - r)' C^-1 (m - r) / 2`` with m the model's rates, r the published ones, and C the sampling covariance
(multinomial for the two shares of pressed, binomial for the others) plus the square of the model error on the diagonal.
The prior is uniform over the documented ranges (of the logarithm, where the range is a ratio): a standard normal z of
each number through its distribution function. The first draws are from the prior (Sobol); each later round is from the
normal that would be the posterior were the rates linear in z, as regressed on the draws so far. Weights are
``L(z) phi(z) / q(z)``, q the mixture of all rounds (Owen and Zhou 2000).
"""

from __future__ import annotations

import argparse
import csv
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import logsumexp
from scipy.stats import multivariate_normal, norm, qmc

from coercion_sim.analysis import CASES, PUBLISHED, likelihood_of
from coercion_sim.dispute import (
    BEHAVIOUR_RANGES,
    POSTERIOR_ROWS,
    WEIGHED_NUMBERS,
    DisputeSettings,
    PayoffQuestion,
    PayoffTable,
    payoff_table,
    solve_disputes,
)
from coercion_sim.economy import EconomyParameters
from coercion_sim.world import load_world
from dispute_rates import game_of, rates_of

TARGETS = ("KOR", "JPN", "TWN", "VNM", "CAN", "EU")
HELD_OUT = "AUS"
#: Games of one draw: points of stakes and target, and stakes of the target held out.
POINTS, POINTS_HELD_OUT = 16, 4
#: Quarters the measures on the target held out were in force (`record_path` of australia-2020).
RECORD = (9, 18)
#: Share of imposed measures over within four quarters: the median of 52 documented episodes is 12 months (model.md §5).
WITHIN_A_YEAR, EPISODES = 0.5, 52
#: Challenges in effect: .227 has a sampling error of .02 (dyads repeat), that of 440 independent ones rather than 633.
CHALLENGES = 440
#: What the game misses by not being all senders and targets: standard deviation of each rate, a judgement.
MODEL_ERROR = 0.05
MOMENTS = ("conceded", "backed down", "success", "within a year")
TARGET = np.array([PUBLISHED["conceded_to_demand"], PUBLISHED["backed_down"], PUBLISHED["success"], WITHIN_A_YEAR])
#: Steps of the record's path kept for the target held out.
STEPS = ("pressed", "resisted", "imposed", "ended")
#: Draws from the prior, and in each later round; draws solved side by side.
PRIOR, ROUND, BATCH = 256, 64, 64
W = len(WEIGHED_NUMBERS)
TABLE = Path(__file__).parents[1] / "coercion_sim" / "dispute" / "behaviour.csv"


def at(u: Sequence[float]) -> dict[str, float]:
    """Values of the behavioural numbers at a point of the unit cube."""
    values = {}
    for x, (name, (form, low, high)) in zip(u, BEHAVIOUR_RANGES.items(), strict=True):
        values[name] = low * (high / low) ** x if form == "log_uniform" else low + (high - low) * x
    return values


def payoffs() -> dict[str, PayoffTable]:
    """Payoff tables of every target and of the one held out, the economy at its defaults."""
    world, names = load_world("pacific-2019"), DisputeSettings().packages
    return {
        t: payoff_table(world, EconomyParameters(), PayoffQuestion("CHN", t, names=names)) for t in (*TARGETS, HELD_OUT)
    }


def solved(tables: Mapping[str, PayoffTable], several: Sequence[Mapping[str, float]]) -> Iterator[dict[str, float]]:
    """Rates, and the record's path against the target held out, of several settings side by side."""
    points = qmc.Sobol(3, seed=1).random(POINTS)
    held = norm.ppf(qmc.Sobol(2, seed=2).random(POINTS_HELD_OUT))
    games = []
    for values in several:
        settings = DisputeSettings(**values)
        for a, b, t in points:
            table = tables[TARGETS[int(t * len(TARGETS))]]
            games.append(game_of(table, settings, float(norm.ppf(a)), float(norm.ppf(b))))
        games += [game_of(tables[HELD_OUT], settings, a, b) for a, b in held]
    found = solve_disputes(games)
    size = POINTS + POINTS_HELD_OUT
    for i in range(len(several)):
        mine = found[i * size : (i + 1) * size]
        paths = [likelihood_of(s, *RECORD)[: len(STEPS)] for s in mine[POINTS:] if s.solved]
        path = np.mean(paths, axis=0) if paths else np.full(len(STEPS), math.nan)
        yield rates_of(mine[:POINTS]) | dict(zip(STEPS, path.tolist(), strict=True))


def normal_scores(rows: Sequence[Mapping[str, float]]) -> Any:
    """The standard normal z of every weighed number of every draw, (R, W): the inverse of `at`."""
    columns = []
    for name in WEIGHED_NUMBERS:
        form, low, high = BEHAVIOUR_RANGES[name]
        x = np.array([row[name] for row in rows])
        columns.append(np.log(x / low) / math.log(high / low) if form == "log_uniform" else (x - low) / (high - low))
    return norm.ppf(np.clip(np.array(columns).T, 1e-9, 1.0 - 1e-9))


def linear_posterior(rows: Sequence[Mapping[str, float]]) -> tuple[Any, Any]:
    """Mean (W,) and covariance (W, W) of the posterior were the moments linear in z.

    Weighted least squares, each draw by a likelihood with a model error of .15: the plane fits where it matters. What
    it misses is added to the covariance of the moments.
    """
    z, m, w = normal_scores(rows), moments(rows), np.exp(log_likelihood(rows, 0.15))
    kept = w > 0.0
    z, m, w = z[kept], m[kept], np.sqrt(w[kept] / w[kept].sum())[:, None]
    design = np.hstack([np.ones((len(z), 1)), z])
    ridge = np.diag([0.0, *[0.05] * W])  # w sums to 1: slopes are shrunk by a twentieth
    plane = np.linalg.solve((design * w).T @ (design * w) + ridge, (design * w).T @ (m * w))
    missed = ((m - design @ plane) * w).T @ ((m - design @ plane) * w)
    inverse, J = np.linalg.inv(covariance(MODEL_ERROR) + missed), plane[1:].T
    spread = np.linalg.inv(np.eye(W) + J.T @ inverse @ J)
    return spread @ (J.T @ inverse @ (TARGET - plane[0])), spread


def proposals(done: Sequence[Mapping[str, float]], draws: int) -> Iterator[tuple[int, Any, Any]]:
    """Yield (first draw, mean, covariance) of every round after the prior's, as far as `done` determines them."""
    for first in range(PRIOR, min(draws, len(done) + 1), ROUND):
        yield first, *linear_posterior(done[:first])


def cube(done: Sequence[Mapping[str, float]], draws: int) -> Any:
    """Points of the unit cube of the next round, from draw `len(done)` on."""
    points: Any = qmc.Sobol(len(BEHAVIOUR_RANGES), seed=20210324).random(2 ** math.ceil(math.log2(max(draws, PRIOR))))
    if len(done) < PRIOR:
        return points[len(done) : min(PRIOR, draws)]
    *_, (first, mean, spread) = proposals(done, draws)
    points = points[first : first + ROUND]
    points[:, :W] = norm.cdf(mean + norm.ppf(points[:, :W]) @ np.linalg.cholesky(spread).T)
    return points[len(done) - first : draws - first]


def weigh(draws: int, folder: Path) -> list[dict[str, float]]:
    """Solve the draws still missing from the folder; all of them, in order."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "draws.csv"
    done = read(file)
    tables = payoffs() if len(done) < draws else {}
    while len(done) < draws:
        several = [at(u) for u in cube(done, draws)[:BATCH].tolist()]
        new = [v | r for v, r in zip(several, solved(tables, several), strict=True)]
        with file.open("a", newline="") as out:
            writer = csv.DictWriter(out, list(new[0]))
            if not done:
                writer.writeheader()
            writer.writerows(new)
        done += new
    return done[:draws]


def read(file: Path) -> list[dict[str, float]]:
    """Rows of a table of numbers; none where it is missing."""
    if not file.exists():
        return []
    with file.open(newline="") as text:
        return [{k: float(v) for k, v in row.items()} for row in csv.DictReader(text)]


def covariance(model_error: float) -> Any:
    """Sampling covariance of the moments plus the model's error, (4, 4)."""
    conceded, backed, *_ = TARGET
    sampling = np.diag(TARGET * (1.0 - TARGET) / np.array([CHALLENGES, CHALLENGES, CASES["hse"], EPISODES]))
    sampling[0, 1] = sampling[1, 0] = -conceded * backed / CHALLENGES
    return sampling + model_error**2 * np.eye(len(TARGET))


def moments(rows: Sequence[Mapping[str, float]]) -> Any:
    """The model's rates that are weighed, (R, 4)."""
    return np.array([[row[m] for m in MOMENTS] for row in rows])


def log_likelihood(rows: Sequence[Mapping[str, float]], model_error: float) -> Any:
    """Log-likelihood of the published rates, (R,); -inf where a rate is missing or a quarter of the games unsolved."""
    miss = moments(rows) - TARGET
    log = -0.5 * np.einsum("ri,ij,rj->r", miss, np.linalg.inv(covariance(model_error)), miss)
    log[np.isnan(log) | np.array([row["unsolved"] > 0.25 for row in rows])] = -np.inf
    return log - log.max()


def weights(rows: Sequence[Mapping[str, float]], model_error: float) -> Any:
    """Normalised importance weights (R,)."""
    z = normal_scores(rows)
    prior = multivariate_normal(np.zeros(W)).logpdf(z)
    rounds = list(proposals(rows, len(rows)))
    parts = [np.log(min(PRIOR, len(rows))) + prior]
    for first, mean, spread in rounds:
        parts.append(np.log(min(ROUND, len(rows) - first)) + multivariate_normal(mean, spread).logpdf(z))
    log = log_likelihood(rows, model_error) + prior - logsumexp(parts, axis=0)
    w = np.exp(log - log.max())
    return w / w.sum()


def resampled(w: Any, rows: int = POSTERIOR_ROWS) -> Any:
    """Positions of `rows` equally likely draws: systematic resampling at the middles of equal steps."""
    return np.searchsorted(np.cumsum(w), (np.arange(rows) + 0.5) / rows).clip(0, len(w) - 1)


def in_order(rows: Sequence[Mapping[str, float]], w: Any) -> list[int]:
    """Draws of the table: the one nearest to the posterior mean first, then by rationality."""
    z = normal_scores(rows)
    chosen = sorted(resampled(w).tolist(), key=lambda k: rows[k]["rationality"])
    middle = min(chosen, key=lambda k: float(((z[k] - w @ z) ** 2).sum()))
    chosen.remove(middle)
    return [middle, *chosen]


def jacobian(rows: Sequence[Mapping[str, float]], w: Any) -> Any:
    """Change of the moments, in sampling standard deviations, for one prior standard deviation of each number, (4, W).

    The plane through the draws, weighted.
    """
    design = np.hstack([np.ones((len(rows), 1)), normal_scores(rows)]) * np.sqrt(w)[:, None]
    kept = w > 0.0
    plane, *_ = np.linalg.lstsq(design[kept], moments(rows)[kept] * np.sqrt(w[kept])[:, None], rcond=None)
    return plane[1:].T / np.sqrt(np.diag(covariance(0.0)))[:, None]


def moments_of(values: Any, w: Any) -> tuple[float, float]:
    """Weighted mean and standard deviation."""
    mean = float(w @ values)
    return mean, math.sqrt(float(w @ (values - mean) ** 2))


def main() -> None:
    """Weigh, write the table, print what docs/behaviour.md shows."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--draws", type=int, default=1024)
    parser.add_argument("--work", type=Path, default=Path("results/behaviour"))
    given = parser.parse_args()
    rows = weigh(given.draws, given.work)
    w, flat = weights(rows, MODEL_ERROR), np.where(np.arange(len(rows)) < PRIOR, 1.0 / min(PRIOR, len(rows)), 0.0)
    chosen = in_order(rows, w)
    with TABLE.open("w", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(BEHAVIOUR_RANGES)
        writer.writerows([f"{rows[k][n]:.4g}" for n in BEHAVIOUR_RANGES] for k in chosen)
    used = int((w > 0).sum())
    print(f"{len(rows)} draws, {used} usable; effective sample size {1.0 / (w @ w):.0f}; largest weight {w.max():.3f};")
    print(f"{len(set(chosen))} different draws among {POSTERIOR_ROWS} rows\n")
    _print_rates(rows, w, flat)
    _print_spread(rows, w, flat)
    for error in (0.0, 0.025, 0.1):
        v = weights(rows, error)
        path = v @ np.nan_to_num(np.array([row["ended"] for row in rows]))
        print(f"model error {error:g}: effective sample size {1.0 / (v @ v):.1f}, likelihood of the record {path:.4f}")
    usable = np.isfinite(log_likelihood(rows, MODEL_ERROR))
    for name, v in (("prior", flat * usable), ("posterior", w)):
        sizes = np.linalg.svd(jacobian(rows, v), compute_uv=False)
        print(f"singular values of the moments' Jacobian, {name}: " + ", ".join(f"{x:.2f}" for x in sizes))


def _print_rates(rows: Sequence[Mapping[str, float]], w: Any, flat: Any) -> None:
    """Each rate and step of the path under prior and posterior."""
    print("| | published | prior mean (sd) | posterior mean (sd) |\n| --- | --- | --- | --- |")
    known = dict(zip(MOMENTS, TARGET, strict=True)) | {"carried out": PUBLISHED["carried_out"]}
    for name in (*MOMENTS, "carried out", "attempts", "median", "p90", *STEPS):
        values = np.array([row[name] for row in rows])
        kept = ~np.isnan(values)
        cells = [moments_of(values[kept], v[kept] / v[kept].sum()) for v in (flat, w)]
        record = f"{known[name]:.3f}" if name in known else ""
        print(f"| {name} | {record} | " + " | ".join(f"{m:.3f} ({s:.3f})" for m, s in cells) + " |")


def _print_spread(rows: Sequence[Mapping[str, float]], w: Any, flat: Any) -> None:
    """Prior and posterior of each number in its own range, and correlations above .3."""
    print("\n| number | range | prior mean | posterior mean | posterior / prior sd |\n| --- | --- | --- | --- | --- |")
    columns = []
    for name, (form, low, high) in BEHAVIOUR_RANGES.items():
        values = np.array([row[name] for row in rows])
        scaled = np.log(values) if form == "log_uniform" else values
        columns.append(scaled)
        (a, before), (b, after) = moments_of(scaled, flat), moments_of(scaled, w)
        a, b = (math.exp(a), math.exp(b)) if form == "log_uniform" else (a, b)
        print(f"| `{name}` | {low:g}-{high:g} | {a:.3g} | {b:.3g} | {after / before:.2f} |")
    x = np.array(columns)
    centred = (x - (x @ w)[:, None]) * np.sqrt(w)
    sizes = np.linalg.norm(centred, axis=1)
    r = centred @ centred.T / np.outer(sizes, sizes)
    names = list(BEHAVIOUR_RANGES)
    pairs = [(r[i, j], names[i], names[j]) for i in range(len(names)) for j in range(i)]
    print("\ncorrelations above .3 in size:")
    for value, a_name, b_name in sorted(pairs, key=lambda p: -abs(p[0])):
        if abs(value) > 0.3:
            print(f"- `{a_name}`, `{b_name}`: {value:+.2f}")
    print()


if __name__ == "__main__":
    main()
