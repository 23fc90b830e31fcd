"""Numbers, units, intervals, names and lists in words: one rule each for screens, figures, report and app.

A number has the decimals its uncertainty warrants. Half the width of its interval keeps one digit, or two where they
are 35 or less (Particle Data Group, Review of Particle Physics, section 5.3), and the number has as many decimals.
Without an interval it has three significant digits, or all digits of its whole part.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

MINUS: Final = "−"
#: Stands where a number is missing.
NOTHING: Final = "–"
#: Decimals of the smallest numbers; what would need more is the solver's rounding, and is written as 0.
MOST_DECIMALS: Final = 6
#: Below these a change is not worth a number: % of GDP, and the share of the trade hit that a product makes.
MATERIAL_PCT_GDP: Final = 0.005
MATERIAL_SHARE: Final = 0.01
#: Stands for a change below.
ABOUT_NOTHING: Final = "about nothing"
#: The same in a table.
SLIGHT: Final = "~0"
#: Policy the others are compared with.
BASELINE: Final = "stand_alone"

#: Words for the codes of units; they also stand inside longer ones, such as ``pct_gdp a year``.
_UNITS = {"pct_gdp": "% of GDP", "log percent": "log %", "percent": "%"}
#: Spaces before a percent sign, and between the ends of an interval.
_APART = re.compile(r" (?=%)|(?<=,) (?=[^\s\[\]]+\])")
#: Units that say nothing behind a number.
_SILENT = ("count", "share", "probability", "0 to 1", "0 or 1", "fraction", "number", "")
#: Beginnings of names that take an article in a sentence.
_WITH_ARTICLE = ("United ", "European ", "Netherlands", "Philippines", "Czech Republic", "Rest of ", "Russian ")


# ---------------------------------------------------------------------------------------------------- numbers


def decimals(value: float, low: float = math.nan, high: float = math.nan) -> int:
    """Decimals of a number in the interval [low, high], NaN for one without; below 0 it is rounded to tens or more.

    One more than the rule gives where an end would otherwise read 0 and the interval excludes 0.
    """
    half = (high - low) / 2.0
    if not _has_width(low, high):
        size = abs(float(f"{value:.2e}")) if math.isfinite(value) else 0.0
        return min(max(2 - math.floor(math.log10(size)), 0), MOST_DECIMALS) if size > 0.0 else 0
    exponent = math.floor(math.log10(half))
    places = (half < 3.55 * 10.0**exponent) - exponent
    if excludes_zero(low, high) and round(min(abs(low), abs(high)), places) == 0.0:
        places += 1
    return min(places, MOST_DECIMALS)


def fixed(value: float, places: int, *, sign: bool = False) -> str:
    """Number with so many decimals: a true minus, thousands apart; an exact 0 is ``0``, a rounded one has no sign."""
    if not math.isfinite(value):
        return NOTHING if math.isnan(value) else "∞" if value > 0.0 else f"{MINUS}∞"
    if value == 0.0:
        return "0"
    rounded = round(float(value), places)
    mark = "" if rounded == 0.0 else MINUS if rounded < 0.0 else "+" if sign else ""
    return f"{mark}{abs(rounded):,.{max(places, 0)}f}"


def number(value: float, low: float = math.nan, high: float = math.nan, *, sign: bool = False) -> str:
    """Write a number alone, with the decimals its interval warrants; with `sign` a + where it is above 0."""
    if all(abs(x) < 0.5 * 10.0**-MOST_DECIMALS for x in (value, low, high) if not math.isnan(x)):
        return NOTHING if math.isnan(value) else "0"
    return fixed(value, decimals(value, low, high), sign=sign)


def interval(value: float, low: float, high: float, *, sign: bool = False, star: bool = False) -> str:
    """Write ``value [low, high]``, or the value alone without an interval or where it has no width.

    With `star` one follows where the interval excludes 0.
    """
    text = number(value, low, high, sign=sign)
    mark = "*" if star and excludes_zero(low, high) and text != "0" else ""
    if math.isnan(value) or not _has_width(low, high):
        return text + mark
    places = decimals(value, low, high)
    return f"{text} [{fixed(low, places)}, {fixed(high, places)}]{mark}"


def _has_width(low: float, high: float) -> bool:
    """Whether an interval is known and wider than rounding."""
    half = (high - low) / 2.0
    return math.isfinite(half) and half > max(10.0**-MOST_DECIMALS, 1e-9 * abs(low), 1e-9 * abs(high))


def excludes_zero(low: float, high: float) -> bool:
    """Whether an interval excludes 0."""
    return low > 0.0 or high < 0.0


def percent(share: float, low: float = math.nan, high: float = math.nan) -> str:
    """Write a share as ``78 % [71, 83]``, at most one decimal; alone ``78 %``, ``under 1 %`` or ``over 99 %``."""
    if math.isnan(share):
        return NOTHING
    ends = (100.0 * low, 100.0 * high)
    if not _has_width(low, high):
        if 0.0 < abs(share) < 0.005:
            return "under 1 %"
        return "over 99 %" if 0.995 <= share < 1.0 else f"{fixed(100.0 * share, 0)} %"
    places = min(max(decimals(100.0 * share, *ends), 0), 1)
    return f"{fixed(100.0 * share, places)} % [{fixed(ends[0], places)}, {fixed(ends[1], places)}]"


def immaterial(value: float, low: float = math.nan, high: float = math.nan) -> bool:
    """Whether a change in % of GDP, its interval included, is below `MATERIAL_PCT_GDP`; an exact 0 is 0."""
    ends = [abs(x) for x in (value, low, high) if not math.isnan(x)]
    return bool(ends) and 0.0 < max(ends) < MATERIAL_PCT_GDP


def p_value(p: float) -> str:
    """Probability of a test: ``0.032``, or ``< 0.001``."""
    return NOTHING if math.isnan(p) else "< 0.001" if p < 0.001 else f"{p:.3f}"


def count(n: int, one: str, many: str = "") -> str:
    """Count with its noun: ``1 run``, ``1,200 runs``, ``2 policies``."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def first_of(words: Iterable[str], most: int) -> str:
    """List the first of many words; dots stand for the rest."""
    listed = tuple(words)
    return ", ".join(listed[:most]) + (" ..." if len(listed) > most else "")


# ---------------------------------------------------------------------------------------------------- units


def unit_words(unit: str) -> str:
    """Unit of the catalogue in words: ``% of GDP a year`` for ``pct_gdp a year``."""
    for code, words in _UNITS.items():
        unit = unit.replace(code, words)
    return unit


def with_unit(label: str, unit: str) -> str:
    """Label with its unit: ``Real income (% of GDP)``, or ``Loss (present value), % of GDP``."""
    if unit in _SILENT or unit in label:
        return label
    return f"{label}, {unit_words(unit)}" if label.endswith(")") else f"{label} ({unit_words(unit)})"


def quantity(
    value: float, unit: str, low: float = math.nan, high: float = math.nan, *, sign: bool = False, about: bool = False
) -> str:
    """Write a number with interval and unit as a sentence has it: ``0.42 [0.31, 0.55] % of GDP``, ``US$ 1.2 billion``.

    Whole counts with whole ends have no decimals. With `about` two significant digits follow the word. What is
    `immaterial` is ``about nothing``.
    """
    if unit == "pct_gdp" and immaterial(value, low, high):
        return ABOUT_NOTHING
    money = unit.startswith("US$ million")
    if money and abs(value) >= 1000.0:
        value, low, high, unit = value / 1e3, low / 1e3, high / 1e3, unit.replace("million", "billion")
    if about and math.isfinite(value) and value:
        text = f"about {_two_digits(value, sign)}"
    else:
        text = (_whole if unit == "count" else interval)(value, low, high, sign=sign)
    if money:
        head, amount = ("about ", text.removeprefix("about ")) if about else ("", text)
        return f"{head}US$ {amount} {unit.removeprefix('US$ ')}"
    return text if unit in _SILENT else f"{text} {unit_words(unit)}"


def _whole(value: float, low: float, high: float, *, sign: bool) -> str:
    """Write a count without decimals where it and its ends have none."""
    if not all(x.is_integer() for x in map(float, (value, low, high)) if not math.isnan(x)):
        return interval(value, low, high, sign=sign)
    return fixed(value, 0, sign=sign) + (f" [{fixed(low, 0)}, {fixed(high, 0)}]" if _has_width(low, high) else "")


def _two_digits(value: float, sign: bool) -> str:
    """Write two significant digits, and no decimals of a number of ten or more."""
    size = float(f"{value:.1e}")
    return fixed(size, max(1 - math.floor(math.log10(abs(size))), 0), sign=sign)


# ---------------------------------------------------------------------------------------------------- words


def listing(items: Sequence[str], last: str = "and") -> str:
    """Join as in a sentence: ``a, b and c``; with semicolons where an item has a comma: ``a, b; c; and d``."""
    if len(items) > 1 and any("," in item for item in items):
        return f"{'; '.join(items[:-1])}; {last} {items[-1]}"
    return f"{', '.join(items[:-1])} {last} {items[-1]}" if len(items) > 1 else "".join(items)


def trade_left(share: float, *, at_least: bool = False) -> str:
    """What a measure leaves: ``no trade left``, ``3 % of the trade left``, ``at least 35 % of the trade left``.

    `at_least` for a share A of the seller's competitiveness left open: of a trade with share s of its market
    ``A / (1 - s + s A) >= A`` is left, prices of others and spending held.
    """
    if share == 0.0:
        return "no trade left"
    return f"{'at least ' if at_least and share < 1.0 else ''}{percent(share)} of the trade left"


def capital(sentence: str) -> str:
    """First letter large, the rest untouched."""
    return sentence[:1].upper() + sentence[1:]


def possessive(name: str) -> str:
    """Name of an owner: ``China's``, ``United States'``."""
    return f"{name}'" if name.endswith("s") else f"{name}'s"


def spaced(label: str) -> str:
    """Label of a file without underscores: ``iron ore``."""
    return label.replace("_", " ")


def the(name: str) -> str:
    """Name of a state in the middle of a sentence, with its article: ``the United States``, ``Japan``."""
    return f"the {name}" if name.startswith(_WITH_ARTICLE) else name


def state_name(names: Mapping[str, str], state: str) -> str:
    """Name of a state; its code where the world has none."""
    return names.get(state) or state


def sector_name(names: Mapping[str, str], sector: str) -> str:
    """Name of a sector; its label, without underscores, where the world has none."""
    return names.get(sector) or capital(spaced(sector))


def tied(text: str) -> str:
    """Text that keeps a number and its percent sign, and the ends of an interval, on one line."""
    return _APART.sub("\u00a0", text)


def verb(singular: str, plural: bool) -> str:
    """Verb in the third person: ``exceeds``, in the plural ``exceed``."""
    return singular.removesuffix("s") if plural else singular


def span(labels: Sequence[str]) -> str:
    """First to last label: ``2020Q2–2024Q3``."""
    return labels[0] if len(labels) == 1 else f"{labels[0]}–{labels[-1]}"


# ---------------------------------------------------------------------------------------------------- policies


def policy_label(policy: str) -> str:
    """Policy as a legend names it: ``respond as allies + integrate economies``."""
    return " + ".join(map(spaced, policy.split("+")))


def pair_name(names: Mapping[str, str], pair: str) -> str:
    """Dispute in words, of the codes of its coercer and target: ``China on Australia`` for ``CHN-AUS``."""
    return " on ".join(state_name(names, code) for code in pair.split("-", 1))


def under(policy: str) -> str:
    """Policy as a phrase in a sentence: ``standing alone`` or ``under respond as allies``."""
    return "standing alone" if policy == BASELINE else f"under {policy_label(policy)}"
