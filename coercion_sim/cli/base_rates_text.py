"""Rates of disputes as text, beside the record."""

from __future__ import annotations

import math
import textwrap
from typing import TYPE_CHECKING

from coercion_sim.cli.columns import aligned, number

if TYPE_CHECKING:
    from coercion_sim.analysis import BaseRates, Rate

WIDTH = 100
_HEADINGS = ["", "here", "95 %", "record"]


def base_rates_text(rates: BaseRates, width: int = WIDTH) -> str:
    """One policy's rates with their intervals, and what is known of each; then the packages chosen."""
    from coercion_sim.analysis import INTERVALS

    who = "" if not rates.target else f" with {rates.target}"
    kind = "" if rates.resolved is None else f", {'resolved' if rates.resolved else 'irresolute'} target"
    replicates = f"{rates.replicates} replicate{'s' * (rates.replicates != 1)}"
    besides = f", and {rates.taken_over} that went on from the script" if rates.taken_over else ""
    lines = [f"Disputes{who}{kind} under {rates.policy}: {rates.disputes} in {replicates}{besides}"]
    lines += [f"  {line}" for line in aligned([_HEADINGS, *map(_cells, rates.rates)], left=(0, 3))]
    if rates.packages:
        shares = "; ".join(f"{r.name} {_value(r, r.value)}" for r in rates.packages)
        packages = f"Packages pressed with: {shares}"
        lines += textwrap.wrap(packages, width, initial_indent="  ", subsequent_indent="    ")
    lines += textwrap.wrap(f"Intervals {INTERVALS}.", width, initial_indent="  ", subsequent_indent="  ")
    return "\n".join(lines)


def _cells(rate: Rate) -> list[str]:
    interval = f"[{_value(rate, rate.low)}, {_value(rate, rate.high)}]" if not math.isnan(rate.value) else ""
    return [rate.words, _value(rate, rate.value), interval, rate.record]


def _value(rate: Rate, value: float) -> str:
    if math.isinf(value):
        return "longer"
    return number(value, 2 if rate.unit == "share" else 0)
