"""How a report writes numbers: a mean and its interval to the same decimals, a sign where it is a difference."""

from __future__ import annotations

import math
from collections.abc import Iterable

from coercion_sim.analysis import MeanRow, Spread
from coercion_sim.figures import MINUS, policy_label

#: Units as they stand behind a number.
UNITS = {"pct_gdp": "% of GDP", "percent": "%", "log percent": "log %", "0 to 1": "0 to 1"}
NOTHING = "–"
#: Decimals of the smallest numbers.
MOST_PLACES = 6


def quoted(policy: str) -> str:
    """Policy as a sentence names it."""
    return f"“{policy_label(policy)}”"


def unit_words(unit: str) -> str:
    """Unit in words."""
    return UNITS.get(unit, unit)


def places(*values: float) -> int:
    """Decimals that leave three digits of the first value; of the largest, where the first is small beside it."""
    sizes = [abs(value) for value in values if math.isfinite(value)]
    if not sizes or max(sizes) == 0.0:
        return 0
    size = sizes[0] if sizes[0] >= 0.05 * max(sizes) else max(sizes)
    return min(max(2 - math.floor(math.log10(size)), 0), MOST_PLACES)


def fixed(value: float, decimals: int, *, sign: bool = False) -> str:
    """Number with a fixed count of decimals and a true minus; an exact 0 is ``0``, and what rounds to 0 has no sign."""
    if math.isnan(value):
        return NOTHING
    if math.isinf(value):
        return "∞" if value > 0 else f"{MINUS}∞"
    if value == 0.0:
        return "0"
    text = f"{abs(value):,.{decimals}f}"
    if not any(digit in text for digit in "123456789"):
        return text
    return (MINUS if value < 0 else "+" if sign else "") + text


def level(spread: Spread, most: int = MOST_PLACES) -> str:
    """Median and 5-95 % range over worlds: ``−0.148 [−0.193, −0.114]``; the value alone where there is one."""
    return interval(spread.median, spread.low, spread.high, spread.n, most=most)


def difference(spread: Spread, most: int = MOST_PLACES) -> str:
    """Mean paired difference and the 95 % interval of the mean."""
    return interval(spread.mean, spread.mean_low, spread.mean_high, spread.n, sign=True, most=most)


def interval(middle: float, low: float, high: float, n: int, *, sign: bool = False, most: int = MOST_PLACES) -> str:
    """Write ``middle [low, high]`` with at most so many decimals, but enough for one digit of the middle.

    0 where all three are, `NOTHING` without a value.
    """
    if n == 0 or math.isnan(middle):
        return NOTHING
    if middle == 0.0 and (n == 1 or math.isnan(low) or low == high == 0.0):
        return "0"
    needed = -math.floor(math.log10(abs(middle))) if middle and math.isfinite(middle) else 0
    most = max(most, min(needed, MOST_PLACES))
    if n == 1 or math.isnan(low):
        return fixed(middle, min(places(middle), most), sign=sign)
    decimals = min(places(middle, low, high), most)
    bounds = f"[{fixed(low, decimals, sign=sign)}, {fixed(high, decimals, sign=sign)}]"
    return f"{fixed(middle, decimals, sign=sign)} {bounds}"


def mean_row(row: MeanRow, *, sign: bool = False, most: int = MOST_PLACES) -> str:
    """Mean of a sweep and its 95 % interval, where it has one."""
    return interval(row.mean, row.low, row.high, 1 if math.isnan(row.low) else 2, sign=sign, most=most)


def places_of(rows: Iterable[MeanRow]) -> int:
    """Decimals that rows shown side by side need: those of the largest mean."""
    largest = max((abs(row.mean) for row in rows if not math.isnan(row.mean)), default=0.0)
    return places(largest) if largest else MOST_PLACES


def told_apart(low: float, high: float) -> bool:
    """Whether an interval excludes 0."""
    return low > 0.0 or high < 0.0


def share(value: float, low: float = math.nan, high: float = math.nan) -> str:
    """Share in whole percent with its interval: ``78 % [71, 83]``; a decimal where one is below one percent, not 0.

    An end that is not 0 is never written as 0: that would say that the interval holds it.
    """
    if math.isnan(value):
        return NOTHING
    decimals = 1 if any(0.0 < abs(x) < 0.01 for x in (value, low, high)) else 0
    text = f"{fixed(100.0 * value, decimals)} %"
    if math.isnan(low) or low == high == value:
        return text
    return f"{text} [{fixed(100.0 * low, decimals)}, {fixed(100.0 * high, decimals)}]"


def count(n: int, one: str, many: str = "") -> str:
    """Number and noun: ``1 run``, ``1,200 runs``."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"
