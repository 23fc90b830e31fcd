"""Measures: what one state does to its trade with another, as data."""

from __future__ import annotations

import math
from dataclasses import dataclass

from coercion_sim.errors import MeasureError, Problem, nearest


@dataclass(frozen=True)
class MeasureKind:
    """One kind of measure: which number it takes, in which range, and what that number does (model.md §4)."""

    name: str
    size: str
    low: float
    high: float
    unit: str
    effect: str
    side: str


#: Every kind there is. `side` says whether the acting state is the importer or the exporter of the flow.
KINDS: dict[str, MeasureKind] = {
    kind.name: kind
    for kind in (
        MeasureKind(
            "import_tariff", "rate", 0.0, 1000.0, "ad-valorem fraction", "added to the tariff; revenue kept", "importer"
        ),
        MeasureKind(
            "import_subsidy",
            "rate",
            0.0,
            0.9,
            "ad-valorem fraction",
            "taken off the tariff; paid from income",
            "importer",
        ),
        MeasureKind(
            "import_ban", "open", 0.0, 1.0, "share left open", "multiplies the exporter's competitiveness", "importer"
        ),
        MeasureKind(
            "export_ban", "open", 0.0, 1.0, "share left open", "multiplies the exporter's competitiveness", "exporter"
        ),
        MeasureKind(
            "import_barrier",
            "factor",
            1.0,
            1e6,
            "iceberg factor",
            "multiplies the delivered price, no revenue",
            "importer",
        ),
        MeasureKind(
            "export_control",
            "factor",
            1.0,
            1e6,
            "iceberg factor",
            "multiplies the delivered price, no revenue",
            "exporter",
        ),
        MeasureKind(
            "facilitation", "factor", 0.01, 1.0, "iceberg factor", "lowers the delivered price of imports", "importer"
        ),
        MeasureKind("transfer", "amount", 0.0, 1e9, "US$ million a year", "money from `by` to `on`", "none"),
        MeasureKind("statement", "rate", 0.0, 0.0, "none", "words only: no economic effect", "none"),
        MeasureKind(
            "military", "loss", 0.0, 100.0, "pct_gdp a year", "grey-zone pressure; a loss to `on`, not trade", "none"
        ),
        MeasureKind(
            "disinformation", "loss", 0.0, 100.0, "pct_gdp a year", "a loss to `on`, and erodes its resolve", "none"
        ),
    )
}

#: Kinds of pressure that act on no flow: they cost the target GDP-equivalents and meet no market.
NON_ECONOMIC = ("military", "disinformation")

#: Why a measure is taken; `coercion` is what the others answer.
PURPOSES = ("coercion", "absorb", "compensate", "retaliate", "integrate", "derisk", "statement")


@dataclass(frozen=True)
class Measure:
    """One measure on the trade between two states.

    Parameters
    ----------
    kind
        A key of `KINDS`.
    by, on
        The state that acts and the state it acts on.
    sectors
        Sector labels or tags, or ``("all",)``; empty for money and words.
    size
        The one number of its kind: rate (fraction), open share, iceberg factor, US$ million a year, or pct_gdp a year.
    start, until
        First and last quarter in force, counted from 0; ``until=None`` means to the end.
    phase_in
        Quarters over which the effect grows in equal steps; 1 = at once.
    purpose
        One of `PURPOSES`.
    name, answers
        Its own label, and that of the measure it responds to.
    instrument, source
        What it was called, and where that is recorded.

    Raises
    ------
    MeasureError
        For an unknown kind or purpose, a size out of range, `until` before `start`, or a state acting on itself.
    """

    kind: str
    by: str
    on: str
    sectors: tuple[str, ...] = ("all",)
    size: float = 0.0
    start: int = 0
    until: int | None = None
    phase_in: int = 1
    purpose: str = "coercion"
    name: str = ""
    answers: str = ""
    instrument: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "sectors", tuple(self.sectors))
        problems = measure_problems(self)
        if problems:
            raise MeasureError(problems)

    def in_force(self, quarter: int) -> bool:
        """Whether the measure acts in this quarter."""
        return self.start <= quarter and (self.until is None or quarter <= self.until)

    def strength(self, quarter: int) -> float:
        """Share of the full effect reached in this quarter, 0 to 1."""
        if not self.in_force(quarter):
            return 0.0
        return min(1.0, (quarter - self.start + 1) / self.phase_in)


def measure_problems(measure: Measure) -> list[Problem]:
    """Everything wrong with a measure apart from labels, which need a world."""
    label = measure.name or f"{measure.kind} {measure.by}:{measure.on}"
    kind = KINDS.get(measure.kind)
    problems = []
    if kind is None:
        problems.append(
            Problem(
                "unknown kind of measure",
                key=label,
                found=repr(measure.kind),
                allowed=", ".join(KINDS),
                suggestion=nearest(measure.kind, KINDS),
            )
        )
    elif not (math.isfinite(measure.size) and kind.low <= measure.size <= kind.high):
        problems.append(
            Problem(
                f"{kind.size} out of range",
                key=label,
                found=f"{measure.size:g}",
                allowed=f"{kind.low:g} to {kind.high:g} ({kind.unit})",
            )
        )
    if measure.purpose not in PURPOSES:
        problems.append(
            Problem(
                "unknown purpose",
                key=label,
                found=repr(measure.purpose),
                allowed=", ".join(PURPOSES),
                suggestion=nearest(measure.purpose, PURPOSES),
            )
        )
    if measure.by == measure.on:
        problems.append(Problem("a state cannot act on itself", key=label, found=measure.by))
    if measure.start < 0:
        problems.append(Problem("starts before the first quarter", key=label, found=str(measure.start), allowed=">= 0"))
    if measure.until is not None and measure.until < measure.start:
        problems.append(
            Problem("ends before it starts", key=label, found=f"from {measure.start} until {measure.until}")
        )
    if measure.phase_in < 1:
        problems.append(
            Problem("phase-in is at least one quarter", key=label, found=str(measure.phase_in), allowed=">= 1")
        )
    return problems
