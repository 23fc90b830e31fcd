"""A world of six states on which a policy is played in a second, and pressure in it of every sort there is."""

from __future__ import annotations

import numpy as np

from coercion_sim.economy import Measure
from coercion_sim.world import Alliance, World

STATES = ("AUS", "CHN", "USA", "JPN", "KOR", "ROW")
SECTORS = ("coal", "wine", "chips", "services")
#: Who is meant where a policy's parameters name a bloc and its competitor, as in ``[actors]``.
CAST = {"members": ("AUS", "USA", "JPN"), "competitor": "CHN"}
#: An actor that is no state of the world: it presses, and has no trade to cut.
OUTSIDE = "PRK"
#: Length of the run: pressure begins, grows, pauses and ends within it.
QUARTERS = 8

_HOME = {"coal": 1.0, "wine": 0.5, "chips": 2.0, "services": 10.0}
_SIZE = np.array([4.0, 60.0, 90.0, 20.0, 7.0, 120.0]) * 1000.0
#: Inputs of each sector per unit of anybody's output.
_USED = (0.01, 0.0, 0.05, 0.2)
#: Output of a sector by state, per unit of size, where it is not 1.
_SKILL = {"coal": {"AUS": 6.0}, "wine": {"AUS": 4.0}, "chips": {"JPN": 3.0, "KOR": 5.0, "USA": 2.0}}


def small_world() -> World:
    """Six states and four sectors; sizes roughly those of 2019, trade by gravity, treaties, groups and votes."""
    flows = np.empty((len(SECTORS), len(STATES), len(STATES)))
    for j, sector in enumerate(SECTORS):
        supply = _SIZE * [_SKILL.get(sector, {}).get(state, 1.0) for state in STATES]
        openness = 0.01 if sector == "services" else 0.1
        flows[j] = _HOME[sector] * openness * np.outer(supply, _SIZE) / _SIZE.sum()
        flows[j][np.diag_indices(len(STATES))] = _HOME[sector] * np.sqrt(supply * _SIZE) * 0.2
    inputs = np.empty((len(SECTORS), len(SECTORS), len(STATES)))
    inputs[:] = np.array(_USED)[:, None, None]
    return World.from_flows(
        "small",
        STATES,
        SECTORS,
        flows,
        [8.0, 3.0, 4.0, 3.0],
        input_share=inputs,
        alliances=(
            Alliance("AUS", "USA", "treaty", "defence", 0.9),
            Alliance("JPN", "USA", "treaty", "defence", 1.0),
            Alliance("KOR", "USA", "treaty", "defence", 1.0),
            Alliance("AUS", "JPN", "partnership", "alignment", 0.5),
            Alliance("AUS", "KOR", "talks", "consultation", 0.3),
        ),
        groups={"ANZUS": ("AUS", "USA"), "QUAD": ("AUS", "JPN", "USA"), "NATO": ("USA",)},
        ideal_point=np.array([1.4, -0.4, 2.6, 0.7, 0.6, np.nan]),
        tags={s: ("services",) if s == "services" else ("goods",) for s in SECTORS},
    )


def pressure_on(target: str = "AUS", coercer: str = "CHN", world: World | None = None) -> tuple[Measure, ...]:
    """Bans and tariffs on a target with a pause between, licences, grey-zone pressure and rumours on another.

    Coercion as scenario files write it, in quarters 1 to 7: it starts, grows, changes its kind and ends.
    """
    world = small_world() if world is None else world
    other = next(s for s in ("JPN", "KOR", *world.states) if s in world.states and s not in (target, coercer))
    goods = [s for s in world.sectors if "services" not in world.tags.get(s, ())] or list(world.sectors)
    one, two, three = (goods[min(j, len(goods) - 1)] for j in range(3))
    return (
        Measure("import_ban", coercer, target, (one,), 0.05, 1, 5, name=one),
        Measure("import_tariff", coercer, target, (two,), 2.0, 2, 3, name=f"{two} first"),
        Measure("import_tariff", coercer, target, (two,), 2.0, 5, 6, name=f"{two} again"),
        Measure("export_control", coercer, other, (three,), 1.4, 3, None, phase_in=2, name="licences"),
        Measure("military", coercer, other, (), 0.1, 4, 6, name="grey zone"),
        Measure("disinformation", OUTSIDE, other, (), 0.05, 2, 6, name="rumours"),
    )
