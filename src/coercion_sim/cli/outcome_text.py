"""The last table of a comparison: policies x outcomes, one number for every run, and the paired differences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from coercion_sim.cli.columns import headings, number

if TYPE_CHECKING:
    from coercion_sim.analysis import Comparison, Row

_GAP = "  "
_LABEL = 26
#: Units where the name of the outcome leaves little room.
_SHORT = {"quarters": "q", "US$ million": "US$ m", "probability": "prob."}
#: Outcomes printed where the scenario names none of its own; those that are 0 everywhere are left out.
SHOWN = (
    "attempts", "carried_out", "successes", "deterred", "pressure_quarters", "beyond_trade", "target_loss_pv",
    "coercer_cost_pv", "bloc_income", "burden_total", "burden_gini", "coalition_size", "diverted_share",
    "integration_min", "vulnerability", "power", "cohesion", "cooperation_kept", "security_loss_pv",
)  # fmt: skip


def outcome_text(comparison: Comparison, width: int = 100) -> str:
    """Mean of every outcome by policy; below it the difference from `stand_alone` with its 95 % interval."""
    from coercion_sim.analysis import INTERVAL_OF_MEAN

    results = comparison.results
    asked = [o for o in results.manifest.get("report", {}).get("outcomes", []) if o in SHOWN]
    policies = results.policies
    column = 23
    across = max(1, (width - _LABEL) // (column + len(_GAP)))
    lines = ["Outcomes, mean of each run's one number"]
    if comparison.baseline:
        lines.append(f"below: difference from {comparison.baseline} [{INTERVAL_OF_MEAN}], * where it excludes 0")
    for first in range(0, len(policies), across):
        block = policies[first : first + across]
        lines += ["", *("".ljust(_LABEL) + line for line in headings(block, column, _GAP))]
        for outcome in asked or SHOWN:
            lines += _of_outcome(comparison, outcome, block, column, always=bool(asked))
    return "\n".join(lines)


def _of_outcome(
    comparison: Comparison, outcome: str, policies: tuple[str, ...], column: int, *, always: bool
) -> list[str]:
    """Two lines of one outcome; none where it is missing, or one number everywhere."""
    levels = {row.policy: row for row in comparison.select(outcome)}
    apart = {row.policy: row for row in comparison.select(outcome, against=comparison.baseline)}
    means = [abs(row.spread.mean) for row in levels.values() if row.spread.n]
    if not means or (not always and _says_nothing([*levels.values()], [*apart.values()])):
        return []
    unit = next(iter(levels.values())).unit
    places = _decimals(max(means))
    label = _fit(f"{outcome} ({_SHORT.get(unit, unit)})", _LABEL).ljust(_LABEL)
    lines = [label + "".join(_GAP + _level(levels.get(p), places).rjust(column) for p in policies)]
    if comparison.baseline and outcome != "deterred" and any(p in apart for p in policies):
        lines.append("".ljust(_LABEL) + "".join(_GAP + _gap(apart.get(p), places).rjust(column) for p in policies))
    return lines


def _says_nothing(levels: Sequence[Row], differences: Sequence[Row]) -> bool:
    """Whether an outcome is the same number in every run of every policy."""
    spans = [abs(row.spread.high - row.spread.low) for row in levels if row.spread.n]
    gaps = [abs(row.spread.mean) for row in differences if row.spread.n]
    same = len({row.spread.mean for row in levels if row.spread.n}) <= 1
    return same and max(spans, default=0.0) == 0.0 and max(gaps, default=0.0) == 0.0


def _level(row: Row | None, decimals: int) -> str:
    return "-" if row is None or not row.spread.n else number(row.spread.mean, decimals)


def _gap(row: Row | None, decimals: int) -> str:
    """Difference and its interval, with a star where the interval excludes 0."""
    if row is None or not row.spread.n:
        return ""
    s = row.spread
    if s.mean_low == s.mean_high == 0.0:
        return "0"
    star = "*" if s.mean_low > 0 or s.mean_high < 0 else " "
    return f"{s.mean:+.{decimals}f} [{number(s.mean_low, decimals)},{number(s.mean_high, decimals)}]{star}"


def _decimals(size: float) -> int:
    return 3 if size < 1 else 2 if size < 100 else 0


def _fit(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"
