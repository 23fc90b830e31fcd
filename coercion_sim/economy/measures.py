"""Measures: what one state does to its trade with another, as data."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

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

    @property
    def neutral(self) -> float:
        """The size that changes nothing: all left open, no iceberg cost, no rate."""
        return 1.0 if self.size in ("open", "factor") else 0.0


_SHARE_LEFT = ("open", 0.0, 1.0, "share left open", "multiplies the exporter's competitiveness")
_ICEBERG = ("factor", 1.0, 1e6, "iceberg factor", "multiplies the delivered price, no revenue")
_RATE = "ad-valorem fraction"
_LOSS = "pct_gdp a year"

#: Every kind by name. `side` says whether the acting state is the importer or the exporter of the flow.
KINDS: Final[dict[str, MeasureKind]] = {
    kind.name: kind
    for kind in (
        MeasureKind("import_tariff", "rate", 0.0, 1000.0, _RATE, "added to the tariff; revenue kept", "importer"),
        MeasureKind("import_subsidy", "rate", 0.0, 0.9, _RATE, "taken off the tariff; paid from income", "importer"),
        MeasureKind("import_ban", *_SHARE_LEFT, "importer"),
        MeasureKind("export_ban", *_SHARE_LEFT, "exporter"),
        MeasureKind("import_barrier", *_ICEBERG, "importer"),
        MeasureKind("export_control", *_ICEBERG, "exporter"),
        MeasureKind(
            "facilitation", "factor", 0.01, 1.0, "iceberg factor", "lowers the delivered price of imports", "importer"
        ),
        MeasureKind("transfer", "amount", 0.0, 1e9, "US$ million a year", "money from `by` to `on`", "none"),
        MeasureKind("statement", "rate", 0.0, 0.0, "none", "words only: no economic effect", "none"),
        MeasureKind("military", "loss", 0.0, 100.0, _LOSS, "grey-zone pressure; a loss to `on`, not trade", "none"),
        MeasureKind("disinformation", "loss", 0.0, 100.0, _LOSS, "a loss to `on`, and erodes its resolve", "none"),
    )
}

#: Kinds of pressure that act on no flow: they cost the target GDP-equivalents and meet no market.
NON_ECONOMIC = ("military", "disinformation")

#: Kinds that may state the share of trade left instead of their size.
LEAVE_A_SHARE = ("import_ban", "export_ban", "import_barrier", "export_control")

#: A tariff rate above this was likely meant in percent: 2 is 200 %.
LIKELY_PERCENT = 2.0

#: Why a measure is taken; the others respond to `coercion`.
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
        One sector or tag, or several in a sequence; ``all`` for every sector, empty for money and words.
    size
        The one number of its kind: rate (fraction), open share, iceberg factor, US$ million a year, or pct_gdp a year.
        It must be given for every kind but `statement`, which has none, and for a measure that states `left`.
    start, until
        First and last quarter in force, counted from 0; ``until=None`` means to the end.
    phase_in
        Quarters over which the effect grows in equal steps; 1 = at once.
    purpose
        One of `PURPOSES`.
    name, answers
        Its own label, and that of the measure it responds to.
    instrument, source
        Its name in the record, and the source.
    left
        Share of the trade that is left, instead of the size of a ban, barrier or control; `solve_shares_left` solves
        for the size. 0 to 1, above 0 where the size is an iceberg factor.
    via, transit, transit_cost
        Third state through which the share `transit` of the varieties may go, re-labelled, at an iceberg factor of
        `transit_cost`, with bans, barriers and controls (`way_round`); no way round without it.

    Raises
    ------
    MeasureError
        For an unknown kind or purpose, a size missing or out of range, no sector, `until` before `start`, or one state
        as both.
    """

    kind: str
    by: str
    on: str
    sectors: tuple[str, ...] = ("all",)
    size: float = math.nan
    start: int = 0
    until: int | None = None
    phase_in: int = 1
    purpose: str = "coercion"
    name: str = ""
    answers: str = ""
    instrument: str = ""
    source: str = ""
    left: float | None = None
    via: str = ""
    transit: float = 0.0
    transit_cost: float = 1.0

    if TYPE_CHECKING:  # what the constructor takes is wider than what the fields hold

        def __init__(
            self,
            kind: str,
            by: str,
            on: str,
            sectors: str | Sequence[str] = ...,
            size: float = ...,
            start: int = ...,
            until: int | None = ...,
            phase_in: int = ...,
            purpose: str = ...,
            name: str = ...,
            answers: str = ...,
            instrument: str = ...,
            source: str = ...,
            left: float | None = ...,
            via: str = ...,
            transit: float = ...,
            transit_cost: float = ...,
        ) -> None: ...

    def __post_init__(self) -> None:
        named: object = self.sectors
        object.__setattr__(self, "sectors", (named,) if isinstance(named, str) else tuple(self.sectors))
        texts = {
            key: x for key in ("size", "left", "transit", "transit_cost") if isinstance(x := getattr(self, key), str)
        }
        label = self.name or f"{self.kind} {self.by}:{self.on}"
        MeasureError.refuse(Problem(f"{key} must be a number", key=label, found=repr(x)) for key, x in texts.items())
        if math.isnan(self.size) and self.kind == "statement":
            object.__setattr__(self, "size", 0.0)
        problems = measure_problems(self)
        if problems:
            raise MeasureError(problems)

    def _fields(self) -> tuple[object, ...]:
        return tuple(None if value != value else value for value in vars(self).values())

    def __eq__(self, other: object) -> bool:
        # A size left open is NaN, which equals nothing, itself included: from Python 3.13 on not in a dataclass either.
        return self._fields() == other._fields() if isinstance(other, Measure) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._fields())

    @property
    def acts(self) -> tuple[object, ...]:
        """All that decides its effect at full strength: names and dates left out."""
        size = self.size if self.left is None else ("left", self.left)
        around = (self.via, self.transit, self.transit_cost) if self.via else ()
        return (self.kind, self.by, self.on, self.sectors, size, *around)

    def in_force(self, quarter: int) -> bool:
        """Whether the measure acts in this quarter."""
        return self.start <= quarter and (self.until is None or quarter <= self.until)

    def strength(self, quarter: int) -> float:
        """Share of the full effect reached in this quarter, 0 to 1."""
        if not self.in_force(quarter):
            return 0.0
        return min(1.0, (quarter - self.start + 1) / self.phase_in)


def unlikely_rate(kind: str, rate: float) -> str:
    """Words for a tariff that was likely meant in percent; empty for any other."""
    if kind != "import_tariff" or rate <= LIKELY_PERCENT:
        return ""
    return f"is a tariff of {100.0 * rate:,.0f} %, for 1 is 100 %"


def measure_problems(measure: Measure) -> list[Problem]:
    """Everything wrong with a measure apart from labels, which need a world."""
    label = measure.name or f"{measure.kind} {measure.by}:{measure.on}"
    problems = [*_size_problems(measure, label)]
    if measure.purpose not in PURPOSES:
        near = nearest(measure.purpose, PURPOSES)
        allowed = ", ".join(PURPOSES)
        problems.append(Problem("unknown purpose", None, None, label, repr(measure.purpose), allowed, near))
    faults = (
        (measure.by == measure.on, "a state cannot act on itself", measure.by, None),
        (measure.start < 0, "starts before the first quarter", str(measure.start), ">= 0"),
        (
            measure.until is not None and measure.until < measure.start,
            "ends before it starts",
            f"from {measure.start} until {measure.until}",
            None,
        ),
        (measure.phase_in < 1, "phase-in is at least one quarter", str(measure.phase_in), ">= 1"),
        (
            not measure.sectors and measure.kind in KINDS and KINDS[measure.kind].side != "none",
            "names no sector",
            "none",
            "sectors or tags; all for every one",
        ),
        *_transit_faults(measure),
    )
    wrong = [(message, value, allowed) for fault, message, value, allowed in faults if fault]
    return problems + [Problem(message, None, None, label, value, allowed) for message, value, allowed in wrong]


def _transit_faults(measure: Measure) -> tuple[tuple[bool, str, str, str | None], ...]:
    """Checks of a way round: whether each fails, in words, the value and what is allowed."""
    stated = bool(measure.via or measure.transit or measure.transit_cost != 1.0)
    kinds = ", ".join(LEAVE_A_SHARE)
    return (
        (stated and measure.kind not in LEAVE_A_SHARE, "has no way round", measure.kind, kinds),
        (stated and not measure.via, "via must be given with transit", f"transit {measure.transit:g}", "a third state"),
        (bool(measure.via) and measure.via in (measure.by, measure.on), "via is a third state", measure.via, None),
        (stated and measure.left is not None, "takes left or a way round, not both", measure.via, None),
        (
            bool(measure.via) and not 0.0 < measure.transit <= 1.0,
            "transit out of range",
            f"{measure.transit:g}",
            "above 0, at most 1",
        ),
        (not 1.0 <= measure.transit_cost < math.inf, "transit_cost out of range", f"{measure.transit_cost:g}", ">= 1"),
    )


def _size_problems(measure: Measure, label: str) -> list[Problem]:
    """An unknown kind, a size that is missing, or one out of range."""
    kind = KINDS.get(measure.kind)
    if kind is None:
        near = nearest(measure.kind, KINDS)
        return [Problem("unknown kind of measure", None, None, label, repr(measure.kind), ", ".join(KINDS), near)]
    allowed = f"{kind.low:g} to {kind.high:g} ({kind.unit})"
    if measure.left is not None:
        return _left_problems(measure, kind, label)
    if math.isnan(measure.size):
        return [Problem(f"size must be given: {kind.size}", key=label, allowed=allowed)]
    if not kind.low <= measure.size <= kind.high:
        return [Problem(f"{kind.size} out of range", key=label, found=f"{measure.size:g}", allowed=allowed)]
    return []


def _left_problems(measure: Measure, kind: MeasureKind, label: str) -> list[Problem]:
    """A share left beside a size, of a kind that hinders no trade, or out of range."""
    left = math.nan if measure.left is None else measure.left
    if kind.name not in LEAVE_A_SHARE:
        return [Problem("states no share left", key=label, found=kind.name, allowed=", ".join(LEAVE_A_SHARE))]
    if not math.isnan(measure.size):
        both = f"{kind.size} {measure.size:g}, left {left:g}"
        return [Problem(f"takes {kind.size} or left, not both", key=label, found=both)]
    if not 0.0 <= left <= 1.0 or (left == 0.0 and kind.size == "factor"):
        allowed = "0 to 1" if kind.size == "open" else "above 0, at most 1"
        return [Problem("left out of range", key=label, found=f"{left:g}", allowed=allowed)]
    return []
