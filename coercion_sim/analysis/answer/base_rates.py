"""Rates of disputes beside the record: frequency of pressure, of its execution and success, and its length."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from coercion_sim.analysis.records import Tabular, flat
from coercion_sim.analysis.sensitivity.outcome_frame import units_of
from coercion_sim.arrays import Array, Bools, Ints
from coercion_sim.experiments import Results
from coercion_sim.intervals import FEWEST_UNITS, ratio
from coercion_sim.rng import generator
from coercion_sim.wording import count

#: Resamples of whole units behind the interval of a length.
RESAMPLES = 2000
#: How the intervals were made, to be printed with them.
INTERVALS = (
    "Wilson's, from the variance between draws (disputes of one share luck and beliefs); of lengths the bootstrap"
    f" of whole draws ({RESAMPLES} resamples)"
)
#: Published rates: shares of those pressed (TIES 1970-2000, 633 challenges by all senders, as published with
#: Crisman-Cox and Gibilisco 2019; data set of Morgan, Bapat and Kobayashi 2014), and success of imposed sanctions
#: (Hufbauer, Schott, Elliott and Oegg 2007, 204 episodes).
PUBLISHED = {"conceded_to_demand": 0.227, "backed_down": 0.221, "carried_out": 0.551, "success": 0.34}
#: Cases behind them.
CASES = {"ties": 633, "hse": 204}
#: What is known of each rate (model.md §8).
RECORD = {
    **{name: f"{rate:.2f} (TIES)" for name, rate in PUBLISHED.items() if name != "success"},
    "success_ended": f".30-.40 (Hufbauer et al.: {PUBLISHED['success']:.2f})",
    "success_imposed": ".30-.40",
    "length_median": "Australia 9-18; most cases under 4",
    "length_p90": "China's cases 1 to 24",
}
#: Package of a dispute taken over from the scenario's script.
SCRIPT = "script"
_PRESSED_ENDS = ("conceded_to_demand", "backed_down")
_WON = ("conceded", "settled")


@dataclass(frozen=True)
class Rate:
    """One rate or length with its 95 % interval.

    Attributes
    ----------
    name, words, unit
        Key, what it says, and ``share`` or ``quarters``.
    count, of
        Disputes counted, and out of how many (for lengths both are the imposed ones).
    value, low, high
        NaN where no dispute counts; a length is NaN where too many disputes had not ended.
    record
        What is known of it; empty where nothing is.
    """

    name: str
    words: str
    unit: str
    count: int
    of: int
    value: float
    low: float
    high: float
    record: str = ""


@dataclass(frozen=True, repr=False)
class BaseRates(Tabular):
    """Rates of one policy's disputes, perhaps of one target or one type of it only.

    Attributes
    ----------
    rates
        Attempts; then of those pressed: concessions to the demand, retreats, carried out; then of those imposed:
        success, unended; then lengths.
    units
        Independent draws among the replicates, which the intervals rest on.
    packages
        Share of each package among disputes pressed.
    disputes, taken_over
        That arose, and that went on from a script besides.
    """

    policy: str
    target: str
    resolved: bool | None
    replicates: int
    units: int
    disputes: int
    rates: tuple[Rate, ...]
    packages: tuple[Rate, ...]
    taken_over: int = 0

    @property
    def headline(self) -> str:
        """Policy, disputes and replicates."""
        return f"{self.policy}: {count(self.disputes, 'dispute')}, {count(self.replicates, 'replicate')}"

    def records(self) -> list[dict[str, Any]]:
        """One record for each rate, then for the share of each package."""
        return [flat(rate) for rate in (*self.rates, *self.packages)]

    def __getitem__(self, name: str) -> Rate:
        """Return a rate, or the share of a package, by name."""
        return next(r for r in (*self.rates, *self.packages) if r.name == name)

    def as_dict(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)


def base_rates(results: Results, *, target: str = "", resolved: bool | None = None) -> tuple[BaseRates, ...]:
    """Rates of the disputes of each policy; empty where no dispute arose.

    Parameters
    ----------
    target
        Only disputes with this state; all if empty.
    resolved
        Only targets of this type; both if None.

    Notes
    -----
    Disputes taken over from a script (`scripted_until`) were begun and imposed without a choice: they are left out of
    the shares of disputes and of pressed ones, and count from there on, in success and length. Carried out = imposed /
    pressed. Success of what was imposed = conceded or settled, out of those that ended within
    the run (`success_ended`) and out of all imposed (`success_imposed`). Lengths are quantiles of the product-limit
    estimate (Kaplan and Meier 1958): a dispute still on at the end of the run counts for as long as it was watched.
    """
    by_policy = []
    for policy in results.policies:
        runs = _of(results.table("runs"), policy=policy, status="ok").column("replicate").unique().to_pylist()
        rows = _of(results.table("disputes"), policy=policy)
        if target:
            rows = _of(rows, target=target)
        if resolved is not None:
            rows = _of(rows, resolved=int(resolved))
        if rows.num_rows:
            draws = generator(int(results.manifest["design"]["seed"]), "base rates", policy)
            unit = dict(zip(sorted(runs), units_of(results, sorted(runs)).tolist(), strict=True))
            by_policy.append(_rates(policy, target, resolved, rows, unit, draws))
    return tuple(by_policy)


def _of(table: pa.Table, **only: object) -> pa.Table:
    """Rows with these values."""
    for name, wanted in only.items():
        table = table.filter(pc.equal(table.column(name), wanted))
    return table


def _rates(
    policy: str, target: str, resolved: bool | None, rows: pa.Table, unit: Mapping[int, int], draws: np.random.Generator
) -> BaseRates:
    """All rates of one policy from its disputes and the independent unit of each replicate that was run."""
    at = np.array([unit[r] for r in rows.column("replicate").to_pylist()])
    K = len(set(unit.values()))
    enough = K >= FEWEST_UNITS
    weights = draws.multinomial(K, np.full(K, 1.0 / K), size=RESAMPLES if enough else 0).astype(np.float64)
    ending = np.array(rows.column("ending").to_pylist())
    package = np.array(rows.column("package").to_pylist())
    pressed = np.array(rows.column("pressed").to_pylist()) == 1
    length = pc.fill_null(rows.column("length"), float("nan")).to_numpy()
    imposed = ~np.isnan(length)
    ended = imposed & (ending != "unended")

    def share(name: str, words: str, hits: Bools, of: Bools) -> Rate:
        return _share(name, words, _by_unit(hits & of, at, K), _by_unit(of, at, K))

    chosen = package != SCRIPT
    by_choice = pressed & chosen
    rates = [share("attempts", "pressed, of disputes", pressed, chosen)]
    rates += [share(end, f"{end.replace('_', ' ')}, of pressed", ending == end, by_choice) for end in _PRESSED_ENDS]
    rates += [
        share("carried_out", "carried out, of pressed", imposed, by_choice),
        share("success_ended", "yielded or settled, of those ended", np.isin(ending, _WON), ended),
        share("success_imposed", "yielded or settled, of all imposed", np.isin(ending, _WON), imposed),
        share("unended", "not ended in the run, of imposed", ~ended, imposed),
    ]
    rates += _lengths(length, ended, imposed, at, K, weights)
    packages = tuple(share(n, f"package {n}, of pressed", package == n, by_choice) for n in _names(package))
    arose = int(chosen.sum())
    return BaseRates(policy, target, resolved, len(unit), K, arose, tuple(rates), packages, len(ending) - arose)


def _names(package: npt.NDArray[np.str_]) -> list[str]:
    """Packages met, by name."""
    return sorted(set(package.tolist()) - {"", SCRIPT})


def _by_unit(hits: Bools, at: Ints, K: int) -> Array:
    """Count hits per unit, (K,)."""
    return np.bincount(at[hits], minlength=K).astype(np.float64)


def _share(name: str, words: str, hits: Array, of: Array) -> Rate:
    """A ratio of sums over units with its interval."""
    count, total = int(hits.sum()), int(of.sum())
    record = RECORD.get(name, "")
    if not total:
        return Rate(name, words, "share", 0, 0, *(float("nan"),) * 3, record)
    low, high = ratio(hits, of).share()
    return Rate(name, words, "share", count, total, count / total, float(low), float(high), record)


def _lengths(length: Array, ended: Bools, imposed: Bools, at: Ints, K: int, weights: Array) -> list[Rate]:
    """Tenth, middle and ninetieth percentile of the length of what was imposed, quarters."""
    total = int(imposed.sum())
    longest = int(np.nanmax(length)) if total else 1
    ends, watched = np.zeros((K, longest + 1)), np.zeros((K, longest + 1))
    np.add.at(ends, (at[ended], length[ended].astype(int)), 1.0)
    on = imposed & ~ended
    # Still on after `length` quarters: it was watched one quarter less.
    np.add.at(watched, (at[on], length[on].astype(int) - 1), 1.0)
    probabilities = (0.1, 0.5, 0.9)
    middle = survival_quantiles(ends.sum(axis=0), watched.sum(axis=0), probabilities)
    spread = survival_quantiles(weights @ ends, weights @ watched, probabilities)
    made = []
    for i, (name, words) in enumerate((("p10", "tenth percentile"), ("median", "median"), ("p90", "ninetieth"))):
        # A quantile beyond what was watched is longer than any seen: it counts as infinite in the interval.
        drawn = np.where(np.isnan(spread[:, i]), np.inf, spread[:, i])
        low, high = (
            (float(q) for q in np.quantile(drawn, [0.025, 0.975], method="inverted_cdf"))
            if len(drawn) and total
            else (float("nan"), float("nan"))
        )
        key = f"length_{name}"
        made.append(
            Rate(key, f"length, {words}", "quarters", total, total, float(middle[i]), low, high, RECORD.get(key, ""))
        )
    return made


def survival_quantiles(ends: Array, watched: Array, probabilities: Sequence[float]) -> Array:
    """First length by which the product-limit estimate says a share has ended; NaN where it never does.

    ``S(l) = prod_{m <= l} (1 - ends_m / at risk_m)``, at risk_m those that ended, or were last watched, at m or later.

    Parameters
    ----------
    ends, watched : (..., L)
        Disputes that ended at length l, and that were still on when last watched there.
    """
    risk = np.flip(np.cumsum(np.flip(ends + watched, axis=-1), axis=-1), axis=-1)
    over = 1.0 - np.cumprod(1.0 - np.divide(ends, risk, out=np.zeros_like(ends), where=risk > 0), axis=-1)
    reached = np.stack([over >= p - 1e-12 for p in probabilities], axis=-2)
    lengths = np.arange(ends.shape[-1], dtype=np.float64)
    first: Array = np.where(reached.any(axis=-1), lengths[reached.argmax(axis=-1)], np.nan)
    return first
