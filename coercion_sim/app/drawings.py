"""Drawings as SVG: a map of who presses and who helps, lines over quarters, and bars."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from htmltools import Tag, TagList, tags

from coercion_sim.wording import fixed

# ------------------------------------------------------------------ the map


#: Longitude and latitude of capitals, degrees, rounded; of groups of states, their middle or seat.
CAPITALS: dict[str, tuple[float, float]] = {
    "AGO": (13.2, -8.8), "ARE": (54.4, 24.5), "ARG": (-58.4, -34.6), "AUS": (149.1, -35.3), "AUT": (16.4, 48.2),
    "BEL": (4.4, 50.9), "BGD": (90.4, 23.8), "BGR": (23.3, 42.7), "BLR": (27.6, 53.9), "BRA": (-47.9, -15.8),
    "BRN": (114.9, 4.9), "CAN": (-75.7, 45.4), "CHE": (7.4, 46.9), "CHL": (-70.7, -33.4), "CHN": (116.4, 39.9),
    "CIV": (-5.3, 6.8), "CMR": (11.5, 3.9), "COD": (15.3, -4.3), "COL": (-74.1, 4.7), "CRI": (-84.1, 9.9),
    "CYP": (33.4, 35.2), "CZE": (14.4, 50.1), "DEU": (13.4, 52.5), "DNK": (12.6, 55.7), "EGY": (31.2, 30.0),
    "ESP": (-3.7, 40.4), "EST": (24.8, 59.4), "EU": (4.4, 50.9), "EUN": (24.9, 60.2), "EUO": (21.0, 44.8),
    "FIN": (24.9, 60.2), "FRA": (2.4, 48.9), "GBR": (-0.1, 51.5), "GRC": (23.7, 38.0), "HKG": (114.2, 22.3),
    "HRV": (16.0, 45.8), "HUN": (19.1, 47.5), "IDN": (106.8, -6.2), "IND": (77.2, 28.6), "IRL": (-6.3, 53.3),
    "IRN": (51.4, 35.7), "ISL": (-21.9, 64.1), "ISR": (35.2, 31.8), "ITA": (12.5, 41.9), "JOR": (35.9, 31.9),
    "JPN": (139.7, 35.7), "KAZ": (71.4, 51.2), "KHM": (104.9, 11.6), "KOR": (127.0, 37.6), "LAO": (102.6, 18.0),
    "LTU": (25.3, 54.7), "LUX": (6.1, 49.6), "LVA": (24.1, 56.9), "MAR": (-6.8, 34.0), "MEX": (-99.1, 19.4),
    "MLT": (14.5, 35.9), "MMR": (96.1, 19.7), "MYS": (101.7, 3.1), "NGA": (7.5, 9.1), "NLD": (4.9, 52.4),
    "NOR": (10.8, 59.9), "NZL": (174.8, -41.3), "PAK": (73.0, 33.7), "PER": (-77.0, -12.0), "PHL": (121.0, 14.6),
    "POL": (21.0, 52.2), "PRK": (125.8, 39.0), "PRT": (-9.1, 38.7), "ROU": (26.1, 44.4), "RUS": (37.6, 55.8),
    "SAU": (46.7, 24.7), "SEN": (-17.4, 14.7), "SGP": (103.8, 1.4), "STP": (6.7, 0.3), "SVK": (17.1, 48.1),
    "SVN": (14.5, 46.1), "SWE": (18.1, 59.3), "THA": (100.5, 13.8), "TUN": (10.2, 36.8), "TUR": (32.9, 39.9),
    "TWN": (121.6, 25.0), "UKR": (30.5, 50.5), "USA": (-77.0, 38.9), "VNM": (105.8, 21.0), "ZAF": (28.2, -25.7),
}  # fmt: skip
#: Share of a name's distance on the map that is kept: neighbours are moved apart until they are this far from another.
_APART = 0.19


def places(states: Sequence[str]) -> dict[str, tuple[float, float]]:
    """Positions of states in a box of -1.6 to 1.6 by -1 to 1.

    By capital, the Pacific in the middle, neighbours moved apart so that every disc and name can be seen; on a ring, in
    the order given, where more than one state in five has no known capital.
    """
    known = [s for s in states if s in CAPITALS]
    if len(states) - len(known) > max(1, len(states) // 5):
        return _ring(states)
    spot = {s: _projected(*CAPITALS[s]) for s in known}
    unknown = [s for s in states if s not in CAPITALS]
    for i, state in enumerate(unknown):
        spot[state] = (-1.5 + 0.25 * i, -0.95)
    return _spread(spot)


def _projected(longitude: float, latitude: float) -> tuple[float, float]:
    """Longitude counted eastwards from the mid-Atlantic, latitude stretched where most states are."""
    east = (longitude + 30.0) % 360.0
    return east / 180.0 * 1.6 - 1.6, (latitude - 10.0) / 50.0


def _ring(states: Sequence[str]) -> dict[str, tuple[float, float]]:
    turn = 2.0 * math.pi / max(len(states), 1)
    return {s: (1.3 * math.sin(i * turn), 0.85 * math.cos(i * turn)) for i, s in enumerate(states)}


def _spread(spot: dict[str, tuple[float, float]], rounds: int = 200) -> dict[str, tuple[float, float]]:
    """Push states apart, pair by pair, until no two are closer than they may be; the box holds."""
    names = list(spot)
    at = {s: list(spot[s]) for s in names}
    for _ in range(rounds):
        moved = False
        for i, a in enumerate(names):
            for b in names[:i]:
                dx, dy = at[a][0] - at[b][0], at[a][1] - at[b][1]
                gap = math.hypot(dx, dy)
                if gap >= _APART:
                    continue
                moved = True
                ux, uy = (dx / gap, dy / gap) if gap > 1e-9 else (1.0, 0.0)
                push = 0.5 * (_APART - gap) + 1e-4
                at[a][0], at[a][1] = at[a][0] + push * ux, at[a][1] + push * uy
                at[b][0], at[b][1] = at[b][0] - push * ux, at[b][1] - push * uy
        for s in names:
            at[s] = [min(max(at[s][0], -1.6), 1.6), min(max(at[s][1], -1.0), 1.0)]
        if not moved:
            break
    return {s: (x, y) for s, (x, y) in at.items()}


def network(states: Sequence[str], roles: Mapping[str, str], ties: Mapping[tuple[str, str], str], caption: str) -> Tag:
    """Draw states as discs with their codes and ties as arrows; `roles` and ties name classes of the style sheet.

    Parameters
    ----------
    roles
        State -> ``coercer``, ``target``, ``ally`` or ``seat`` words; others are plain.
    ties
        (by, on) -> ``presses`` or ``helps``.
    caption
        The picture in words, for those who do not see it.
    """
    at = {s: (100.0 * (x + 1.75), 100.0 * (1.15 - y)) for s, (x, y) in places(states).items()}
    lines = []
    for (by, on), kind in ties.items():
        if by in at and on in at:
            (x1, y1), (x2, y2) = at[by], at[on]
            apart = math.hypot(x2 - x1, y2 - y1) or 1.0
            ux, uy = (x2 - x1) / apart, (y2 - y1) / apart
            ends = {"x1": x1 + 10 * ux, "y1": y1 + 10 * uy, "x2": x2 - 12 * ux, "y2": y2 - 12 * uy}
            numbers = {name: f"{value:.1f}" for name, value in ends.items()}
            lines.append(Tag("line", **numbers, class_=f"tie {kind}", marker_end=f"url(#{kind})"))
    discs = [
        Tag(
            "g",
            Tag("circle", cx=f"{x:.1f}", cy=f"{y:.1f}", r="8.5", class_=f"disc {roles.get(s, '')}"),
            Tag("text", s, x=f"{x:.1f}", y=f"{y + 2.3:.1f}", class_="code"),
        )
        for s, (x, y) in at.items()
    ]
    heads = [
        Tag(
            "marker", Tag("path", d="M0,0 L6,3 L0,6 z", class_=f"head {kind}"), id=kind, viewBox="0 0 6 6", refX="5",
            refY="3", markerWidth="5", markerHeight="5", orient="auto",
        )
        for kind in ("presses", "helps")
    ]  # fmt: skip
    drawing = Tag("svg", Tag("defs", *heads), *lines, *discs, viewBox="0 0 350 230", role="img", aria_label=caption)
    return Tag("figure", TagList(drawing, Tag("figcaption", caption)), class_="map")


# ------------------------------------------------------------------ charts


_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BELOW = 600.0, 240.0, 52.0, 136.0, 14.0, 28.0
#: Dashes of the lines, so that they differ without colour.
_DASHES = ("", "7 4", "2 3", "9 3 2 3")
#: Height of a row of text, and the shifts tried for a name that would overlap another, the nearest first.
_ROW = 13.0
_SHIFTS = sorted(range(-200, 201), key=abs)


def _free(taken: Sequence[float], first: float, rows: int) -> bool:
    """Whether rows of text that begin at this height clear those at the heights taken."""
    return all(abs(first + _ROW * i - other) >= _ROW for i in range(rows) for other in taken)


def line_chart(labels: Sequence[str], series: Mapping[str, Sequence[float]], caption: str) -> Tag:
    """Draw one line for each series over quarters; values in percent of GDP. A name may have several lines of text."""
    values = [v for line in series.values() for v in line] or [0.0]
    low, high = min(0.0, *values), max(0.0, *values)
    span = (high - low) or 1.0
    wide, tall = _WIDTH - _LEFT - _RIGHT, _HEIGHT - _TOP - _BELOW

    def x(i: int) -> float:
        return _LEFT + wide * i / max(1, len(labels) - 1)

    def y(value: float) -> float:
        return _TOP + tall * (high - value) / span

    parts: list[Tag] = []
    for value in (low, 0.0, high) if low < 0.0 < high else (low, high):
        at = f"{y(value):.1f}"
        parts.append(Tag("line", x1=f"{_LEFT}", x2=f"{_LEFT + wide}", y1=at, y2=at, class_="grid"))
        parts.append(Tag("text", fixed(value, 2), x=f"{_LEFT - 6}", y=f"{y(value) + 4:.1f}", class_="end"))
    marked = sorted({0, len(labels) // 2, len(labels) - 1}) if labels else []
    parts += [Tag("text", labels[i], x=f"{x(i):.1f}", y=f"{_HEIGHT - 8}", class_="middle") for i in marked]
    ends: list[float] = []
    for n, (name, line) in enumerate(series.items()):
        points = " ".join(f"{x(i):.1f},{y(v):.1f}" for i, v in enumerate(line))
        parts.append(Tag("polyline", points=points, class_=f"line line-{n}", stroke_dasharray=_DASHES[n % 4]))
        rows = name.split("\n")
        first = y(line[-1]) + 4 if len(line) else _TOP
        first += next(shift for shift in _SHIFTS if _free(ends, first + shift, len(rows)))
        for i, row in enumerate(rows):
            ends.append(first + _ROW * i)
            place = {"x": f"{_LEFT + wide + 6:.1f}", "y": f"{ends[-1]:.1f}", "class_": f"name name-{n}"}
            parts.append(Tag("text", row, **place))
    drawing = Tag("svg", *parts, viewBox=f"0 0 {_WIDTH:.0f} {_HEIGHT:.0f}", role="img", aria_label=caption)
    return tags.figure(drawing, tags.figcaption(caption), class_="chart")


def bar(value: float, largest: float) -> Tag:
    """A bar in a cell of a table, for the eye; the number stands beside it."""
    width = 0.0 if largest == 0.0 else 100.0 * min(1.0, abs(value) / largest)
    return tags.span(class_="bar", style=f"width: {width:.1f}%", aria_hidden="true")
