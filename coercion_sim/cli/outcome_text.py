"""The last table of a comparison: policies x outcomes, one number for every run, and the paired differences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from coercion_sim.cli.columns import decimals, fit, headings, number

if TYPE_CHECKING:
    from coercion_sim.analysis import Comparison, Row

_GAP = " "
_LABEL = 22
#: Narrowest column, so that names of policies are told apart.
_COLUMN = 18
#: Units as printed; counts, shares and probabilities go without.
_UNIT = {"quarters": "q", "US$ million": "US$ m", "pct_gdp": "%", "percent": "%", "log percent": "log %"}
#: Outcomes printed where the scenario names none of its own; those that are one number everywhere are left out.
SHOWN = (
    "attempts", "carried_out", "successes", "deterred", "pressure_quarters", "beyond_trade", "target_loss_pv",
    "coercer_cost_pv", "bloc_income", "burden_total", "burden_gini", "coalition_size", "diverted_share",
    "integration_min", "vulnerability", "power", "cohesion", "cooperation_kept", "security_loss_pv",
)  # fmt: skip


def outcome_text(comparison: Comparison, width: int = 104) -> str:
    """Mean of every outcome by policy; below it the difference from `stand_alone` with its 95 % interval."""
    from coercion_sim.analysis import INTERVAL_OF_MEAN

    results = comparison.results
    asked = [o for o in results.manifest.get("report", {}).get("outcomes", []) if o in _printable()]
    body = [line for outcome in asked or SHOWN for line in _of_outcome(comparison, outcome, always=bool(asked))]
    lines = ["Outcomes, mean of each run's one number"]
    if comparison.baseline:
        lines.append(f"below: difference from {comparison.baseline} [{INTERVAL_OF_MEAN}], * where it excludes 0")
    column = max([_COLUMN, *(len(cell) for _, cells in body for cell in cells.values())])
    across = max(1, (width - _LABEL) // (column + len(_GAP)))
    for first in range(0, len(results.policies), across):
        block = results.policies[first : first + across]
        lines += ["", *("".ljust(_LABEL) + line for line in headings(block, column, _GAP))]
        for label, cells in body:
            row = "".join(_GAP + cells.get(policy, "").rjust(column) for policy in block)
            if label or row.strip():
                lines.append((fit(label, _LABEL).ljust(_LABEL) + row).rstrip())
    return "\n".join(lines)


def _printable() -> tuple[str, ...]:
    """Names of outcomes with one number a run."""
    from coercion_sim.outcomes import OUTCOMES

    return (*(column.name for column in OUTCOMES if column.type == "float"), "deterred")


def _of_outcome(comparison: Comparison, outcome: str, *, always: bool) -> list[tuple[str, dict[str, str]]]:
    """Two lines of one outcome, a label and cells by policy; none where missing, or one number everywhere."""
    levels = {row.policy: row for row in comparison.select(outcome, item="")}
    against = comparison.baseline
    apart = {row.policy: row for row in comparison.select(outcome, item="", against=against)} if against else {}
    means = [abs(row.spread.mean) for row in levels.values() if row.spread.n]
    if not means or (not always and _says_nothing([*levels.values()], [*apart.values()])):
        return []
    unit = next(iter(levels.values())).unit
    places = decimals(max(means))
    label = f"{outcome} ({_UNIT[unit]})" if unit in _UNIT else outcome
    lines = [(label, {policy: _level(row, places) for policy, row in levels.items()})]
    if apart and outcome != "deterred":
        gaps = [abs(row.spread.mean) for row in apart.values() if row.spread.n]
        finer = max(places, decimals(max(gaps, default=0.0))) if places else 0
        lines.append(("", {policy: _gap(row, finer) for policy, row in apart.items()}))
    return lines


def _says_nothing(levels: Sequence[Row], differences: Sequence[Row]) -> bool:
    """Whether an outcome is the same number in every run of every policy."""
    spans = [abs(row.spread.high - row.spread.low) for row in levels if row.spread.n]
    gaps = [abs(row.spread.mean) for row in differences if row.spread.n]
    same = len({row.spread.mean for row in levels if row.spread.n}) <= 1
    return same and max(spans, default=0.0) == 0.0 and max(gaps, default=0.0) == 0.0


def _level(row: Row, decimals: int) -> str:
    """Mean; a space at the end keeps it above the differences, which may end in a star."""
    return f"{number(row.spread.mean, decimals)} " if row.spread.n else "- "


def _gap(row: Row, decimals: int) -> str:
    """Difference and its interval, with a star where the interval excludes 0; ~0 where no digit shown would tell."""
    s = row.spread
    if not s.n:
        return ""
    if s.n == 1:
        return f"{s.mean:+.{decimals}f} "
    if s.mean_low == s.mean_high == 0.0:
        return "0 "
    if all(round(x, decimals) == 0.0 for x in (s.mean, s.mean_low, s.mean_high)):
        return "~0 "
    star = "*" if s.mean_low > 0 or s.mean_high < 0 else " "
    return f"{s.mean:+.{decimals}f} [{number(s.mean_low, decimals)},{number(s.mean_high, decimals)}]{star}"
