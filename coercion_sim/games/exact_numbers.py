"""The number that was meant where a float was written."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction


def exact(value: float) -> Fraction:
    """Return the fraction of denominator up to a million within rounding of `value`; else its decimal; else its bits.

    So 0.1 is one tenth, 0.1 + 0.2 three tenths, and the float nearest to one third is one third. A decimal of more than
    15 digits was not written by hand: 2^-31 stays exact.
    """
    whole = Fraction(value)
    near = whole.limit_denominator(10**6)
    if abs(near - whole) <= 2 * Fraction(math.ulp(value)):
        return near
    decimal = Decimal(repr(float(value)))
    return Fraction(decimal) if len(decimal.as_tuple().digits) <= 15 else whole
