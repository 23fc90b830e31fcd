"""Map of the run: states by size and gain or loss, the largest changes of trade between them, and pressure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from coercion_sim.wording import number

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
#: The rest of the world has no place; it is set down in the emptiest corner.
REST = "ROW"

#: Share of a name's distance on the map that is kept: neighbours are moved apart until they are this far from another.
_APART = 0.17


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


Array = npt.NDArray[np.float64]

#: Loss, none, gain: a diverging scale that reads without red and green, and its ends for lines.
LOSS, GAIN = "#B35806", "#542788"
_SCALE = ("#B35806", "#F1A340", "#F7F7F7", "#998EC3", "#542788")
PRESSURE, ANSWER = "#CC0000", "#0072B2"
#: Changes of trade drawn: the largest, and none below a fiftieth of the largest.
MOST_EDGES, LEAST_EDGE = 24, 0.02
#: Answers drawn; those by the largest states come first.
MOST_ANSWERS = 16


@dataclass(frozen=True, eq=False)
class NetworkData:
    """Data of the map. N states.

    Attributes
    ----------
    states, names
        Codes and words.
    size : (N,)
        GDP, US$ million a year.
    income : (N,)
        Change of real income, % of GDP.
    trade : (N, N)
        Change of sales by row to column, US$ million a year.
    ties
        (by, on) -> whether it is pressure (else a response).
    """

    states: tuple[str, ...]
    names: Mapping[str, str]
    size: Array
    income: Array
    trade: Array
    ties: Mapping[tuple[str, str], bool]


def network_figure(data: NetworkData, width: float = 4.6, height: float = 3.7) -> Figure:
    """Draw the map on a figure of its own, with legend and scale. Draw inside ``with house():``."""
    figure = Figure(figsize=(width, height))
    ax = figure.add_axes((0.0, 0.2, 1.0, 0.8))
    limit = draw_network(ax, data)
    _scale_bar(figure, limit)
    largest = float(np.abs(data.trade).max(initial=0.0))
    _legend(figure, largest)
    return figure


def draw_network(ax: Axes, data: NetworkData) -> float:
    """Draw states, trade and pressure; return the end of the colour scale, % of GDP.

    Discs have an area proportional to GDP (a least size keeps small states visible); lines a width proportional to
    US$; arrows stand for measures in force. The colours of the discs saturate at the largest change of any state.
    """
    spot = places(data.states)
    outside = [s for pair in data.ties for s in pair if s not in spot]
    for i, state in enumerate(dict.fromkeys(outside)):
        spot[state] = (1.45 - 0.25 * i, -0.95)
    radius = _radii(data)
    limit = _limit(data.income)
    _edges(ax, data, spot)
    _arrows(ax, data, spot, radius)
    _discs(ax, data, spot, radius, limit)
    ax.set_xlim(-1.75, 1.75)
    ax.set_ylim(-1.12, 1.12)
    ax.set_aspect("equal")
    ax.axis("off")
    return limit


def shades() -> Any:
    """Colour map from loss over none to gain."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("loss_gain", _SCALE)


def _limit(income: Array) -> float:
    """End of the colour scale: the largest change, rounded up to 1, 2 or 5 times a power of ten, 0.01 at least."""
    largest = max(float(np.abs(income).max(initial=0.0)), 0.005)
    power = 10.0 ** np.floor(np.log10(largest))
    return float(next(step * power for step in (1.0, 2.0, 5.0, 10.0) if step * power >= largest * (1 - 1e-9)))


def _radii(data: NetworkData) -> dict[str, float]:
    share = np.sqrt(data.size / data.size.max())
    return {s: float(max(0.125 * share[i], 0.038)) for i, s in enumerate(data.states)}


def _discs(
    ax: Axes, data: NetworkData, spot: Mapping[str, tuple[float, float]], radius: Mapping[str, float], limit: float
) -> None:
    from matplotlib.patches import Circle

    scale = shades()
    pressed = {on for (_, on), pressure in data.ties.items() if pressure}
    pressing = {by for (by, _), pressure in data.ties.items() if pressure}
    for state, (x, y) in spot.items():
        known = state in data.states
        change = float(data.income[data.states.index(state)]) if known else 0.0
        colour = scale(0.5 + 0.5 * change / limit) if known else "#FFFFFF"
        ink = PRESSURE if state in pressed or state in pressing else "#444444"
        r = radius.get(state, 0.038)
        ax.add_patch(
            Circle((x, y), r, facecolor=colour, edgecolor=ink, linewidth=1.4 if ink == PRESSURE else 0.6, zorder=4)
        )
        text = ax.text(x, y - r - 0.012, state, ha="center", va="top", fontsize=6.0, zorder=6)
        text.set_path_effects(_halo())


def _halo() -> list[Any]:
    from matplotlib.patheffects import withStroke

    return [withStroke(linewidth=1.6, foreground="white")]


def _edges(ax: Axes, data: NetworkData, spot: Mapping[str, tuple[float, float]]) -> None:
    """The largest changes of trade, as lines; each direction bends to its own side."""
    from matplotlib.patches import FancyArrowPatch

    largest = float(np.abs(data.trade).max(initial=0.0))
    if largest <= 0.0:
        return
    order = np.argsort(-np.abs(data.trade), axis=None)[:MOST_EDGES]
    for i, n in zip(*np.unravel_index(order, data.trade.shape), strict=True):
        change = float(data.trade[i, n])
        share = abs(change) / largest
        if share < LEAST_EDGE:
            break
        ax.add_patch(
            FancyArrowPatch(
                spot[data.states[i]], spot[data.states[n]], connectionstyle="arc3,rad=0.12", arrowstyle="-",
                linewidth=0.4 + 4.6 * share, color=GAIN if change > 0 else LOSS, alpha=0.45, zorder=2, capstyle="round",
            )
        )  # fmt: skip


def _arrows(ax: Axes, data: NetworkData, spot: Mapping[str, tuple[float, float]], radius: Mapping[str, float]) -> None:
    """Draw pressure and responses as arrows from the state that acts."""
    from matplotlib.patches import FancyArrowPatch

    def weight(pair: tuple[str, str]) -> float:
        return float(data.size[data.states.index(pair[0])]) if pair[0] in data.states else 0.0

    answers = sorted((p for p, pressure in data.ties.items() if not pressure), key=weight, reverse=True)[:MOST_ANSWERS]
    pressing = [p for p, pressure in data.ties.items() if pressure]
    scale = ax.figure.get_figure(root=True).get_size_inches()[0] * 72.0 / 3.5  # points in a unit of the axes
    for by, on in (*answers, *pressing):
        red = (by, on) in pressing
        ax.add_patch(
            FancyArrowPatch(
                spot[by], spot[on], connectionstyle=f"arc3,rad={-0.18 if red else -0.1}",
                arrowstyle="-|>", mutation_scale=11 if red else 6, linewidth=1.8 if red else 0.7,
                linestyle="-" if red else (0, (3, 1.5)), color=PRESSURE if red else ANSWER,
                shrinkA=radius.get(by, 0.04) * scale, shrinkB=radius.get(on, 0.04) * scale, zorder=5,
            )
        )  # fmt: skip


def _scale_bar(figure: Figure, limit: float) -> None:
    """The colour scale, with its unit."""
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    bar = figure.add_axes((0.06, 0.16, 0.34, 0.024))
    figure.colorbar(ScalarMappable(Normalize(-limit, limit), shades()), cax=bar, orientation="horizontal")
    bar.set_xticks([-limit, 0.0, limit], [number(-limit), "0", number(limit, sign=True)])
    bar.set_xlabel("Real income against\nthe baseline (% of GDP)", fontsize=6.5, labelpad=1)
    bar.grid(False)


def _legend(figure: Figure, largest: float) -> None:
    """What lines and arrows are."""
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], color=PRESSURE, linewidth=1.8, label="Presses"),
        Line2D([], [], color=ANSWER, linewidth=0.9, linestyle=(0, (3, 1.5)), label="Answers"),
        Line2D([], [], color=LOSS, linewidth=3, alpha=0.6, label="Sales fall"),
        Line2D([], [], color=GAIN, linewidth=3, alpha=0.6, label="Sales rise"),
    ]
    figure.legend(handles=handles, loc="upper left", bbox_to_anchor=(0.5, 0.185), ncols=2, fontsize=6.5)
    if largest > 0.0:
        note = f"Thickest line: US$ {number(largest / 1000.0)} billion a year"
        figure.text(0.5, 0.035, note, fontsize=6.5)
