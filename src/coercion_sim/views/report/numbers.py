"""How a report writes numbers: a mean and its interval to the same decimals, a sign where it is a difference."""

from __future__ import annotations

import math

from coercion_sim.analysis import MeanRow, Spread
from coercion_sim.views.text import MINUS

#: Units as they stand behind a number.
UNITS = {"pct_gdp": "% of GDP", "percent": "%", "log percent": "log %", "0 to 1": "0 to 1"}
NOTHING = "–"


def unit_words(unit: str) -> str:
    """Unit in words."""
    return UNITS.get(unit, unit)


def places(*values: float) -> int:
    """Decimals that leave three digits of the first value; of the largest, where the first is small beside it."""
    sizes = [abs(value) for value in values if math.isfinite(value)]
    if not sizes or max(sizes) == 0.0:
        return 0
    size = sizes[0] if sizes[0] >= 0.05 * max(sizes) else max(sizes)
    return min(max(2 - math.floor(math.log10(size)), 0), 6)


def fixed(value: float, decimals: int, *, sign: bool = False) -> str:
    """Number with a fixed count of decimals and a true minus; no sign on what rounds to zero."""
    if math.isnan(value):
        return NOTHING
    if math.isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    text = f"{abs(value):,.{decimals}f}"
    if not any(digit in text for digit in "123456789"):
        return text
    return (MINUS if value < 0 else "+" if sign else "") + text


def level(spread: Spread) -> str:
    """Median and 5-95 % range over worlds: ``−0.148 [−0.193, −0.114]``; the value alone where there is one."""
    return interval(spread.median, spread.low, spread.high, spread.n)


def level_mean(spread: Spread) -> str:
    """Mean and 5-95 % range over worlds."""
    return interval(spread.mean, spread.low, spread.high, spread.n)


def difference(spread: Spread) -> str:
    """Mean paired difference and the 95 % interval of the mean."""
    return interval(spread.mean, spread.mean_low, spread.mean_high, spread.n, sign=True)


def interval(middle: float, low: float, high: float, n: int, *, sign: bool = False) -> str:
    """Write ``middle [low, high]``; 0 where all three are, `NOTHING` without a value."""
    if n == 0 or math.isnan(middle):
        return NOTHING
    if n == 1 or math.isnan(low):
        return fixed(middle, places(middle), sign=sign)
    if middle == low == high == 0.0:
        return "0"
    decimals = places(middle, low, high)
    bounds = f"[{fixed(low, decimals, sign=sign)}, {fixed(high, decimals, sign=sign)}]"
    return f"{fixed(middle, decimals, sign=sign)} {bounds}"


def mean_row(row: MeanRow, *, sign: bool = False) -> str:
    """Mean of a sweep and its 95 % interval, where it has one."""
    return interval(row.mean, row.low, row.high, 1 if math.isnan(row.low) else 2, sign=sign)


def told_apart(low: float, high: float) -> bool:
    """Whether an interval excludes 0."""
    return low > 0.0 or high < 0.0


def share(value: float, low: float = math.nan, high: float = math.nan) -> str:
    """Share in whole percent with its interval: ``78 % [71, 83]``; a decimal below one percent."""
    if math.isnan(value):
        return NOTHING
    decimals = 1 if 0.0 < abs(value) < 0.01 else 0
    text = f"{fixed(100.0 * value, decimals)} %"
    if math.isnan(low) or low == high == value:
        return text
    return f"{text} [{fixed(100.0 * low, decimals)}, {fixed(100.0 * high, decimals)}]"


def count(n: int, one: str, many: str = "") -> str:
    """Number and noun: ``1 run``, ``1,200 runs``."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"
