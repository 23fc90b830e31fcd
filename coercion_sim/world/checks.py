"""What makes arrays no world: everything wrong with them at once, in words."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from coercion_sim.errors import Problem, nearest
from coercion_sim.world.data import Array, WorldData

#: Input shares below this are refused; between it and 0 they are kept with a warning (rounding in published data).
LOWEST_INPUT_SHARE = -1e-3
#: How far value-added and input shares of one (sector, state) may miss 1 before the world is refused.
SHARE_SUM_TOLERANCE = 1e-6


def unknown(what: str, label: str, known: Iterable[str]) -> Problem:
    """Describe an unknown label with what is allowed and the nearest spelling."""
    known = tuple(known)
    listed = ", ".join(known) if len(known) <= 60 else f"{', '.join(known[:60])}, ..."
    return Problem(f"unknown {what}", found=repr(label), allowed=listed, suggestion=nearest(label, known))


def data_problems(world: WorldData) -> list[Problem]:
    """Everything wrong with the data of a world: shapes, or where these are right values and links."""
    return _wrong_shapes(world) or [*_wrong_values(world), *_wrong_links(world)]


def _wrong_shapes(world: WorldData) -> list[Problem]:
    """Labels listed twice, arrays of the wrong shape, numbers that are not finite."""
    S, N = world.shape
    shapes: dict[str, tuple[int, ...]] = {
        "flows": (S, N, N),
        "value_added_share": (S, N),
        "input_share": (S, S, N),
        "tariff": (S, N, N),
        "trade_elasticity": (S,),
        "final_share": (S, N),
        "value_added": (N,),
        "gdp_recorded": (N,),
        "ideal_point": (N,),
        "democracy": (N,),
    }
    problems: list[Problem] = []
    for labels, what in ((world.states, "state"), (world.sectors, "sector")):
        if not labels:
            problems.append(Problem(f"a world needs at least one {what}"))
        problems += [
            Problem(f"{what} listed twice", found=repr(x)) for x in sorted({x for x in labels if labels.count(x) > 1})
        ]
    may_be_missing = {"gdp_recorded", "ideal_point", "democracy"}
    for name, shape in shapes.items():
        array = getattr(world, name)
        if array is None:
            continue
        if array.shape != shape:
            problems.append(Problem("wrong shape", key=name, found=str(array.shape), allowed=str(shape)))
        elif name not in may_be_missing and not np.isfinite(array).all():
            problems.append(
                Problem("has numbers that are not finite", key=name, found=_cell(world, ~np.isfinite(array)))
            )
    problems += [
        Problem("wrong shape", key=f"elasticity_sets.{name}", found=str(np.shape(theta)), allowed=str((S,)))
        for name, theta in world.elasticity_sets.items()
        if np.shape(theta) != (S,)
    ]
    return problems


def _wrong_values(world: WorldData) -> list[Problem]:
    """Numbers out of range, and shares that do not sum to 1."""
    problems: list[Problem] = []
    checks = (
        ("flows", world.flows < 0, "negative flow", ">= 0"),
        ("tariff", world.tariff <= -1, "t = 1 + tariff must be positive", "> -1"),
        ("trade_elasticity", world.trade_elasticity <= 0, "trade elasticity must be positive", "> 0"),
        ("value_added_share", world.value_added_share < 0, "negative value-added share", ">= 0"),
        (
            "input_share",
            world.input_share < LOWEST_INPUT_SHARE,
            "input share too far below 0",
            f">= {LOWEST_INPUT_SHARE}",
        ),
    )
    for key, bad, message, allowed in checks:
        if bad.any():
            problems.append(Problem(message, key=key, found=_cell(world, bad, getattr(world, key)), allowed=allowed))
    miss = np.abs(world.value_added_share + world.input_share.sum(axis=0) - 1.0) > SHARE_SUM_TOLERANCE
    if miss.any():
        total = world.value_added_share + world.input_share.sum(axis=0)
        problems.append(
            Problem("value added and inputs must sum to 1", key="value_added_share", found=_cell(world, miss, total))
        )
    if (world.final_share is None) != (world.value_added is None):
        problems.append(Problem("final_share and value_added are given together or not at all"))
    return problems


def _wrong_links(world: WorldData) -> list[Problem]:
    """Alliances, groups and competitors that name unknown states, and strengths out of range."""
    problems: list[Problem] = []
    known = set(world.states)
    for link in world.alliances:
        problems += [unknown("state in an alliance", s, world.states) for s in (link.a, link.b) if s not in known]
        if not 0.0 <= link.strength <= 1.0:
            problems.append(
                Problem(
                    "strength out of range",
                    key=f"alliance {link.a}-{link.b}",
                    found=str(link.strength),
                    allowed="0 to 1",
                )
            )
    for key, members in (*world.groups.items(), *world.competitors.items()):
        problems += [unknown(f"state in {key}", s, world.states) for s in members if s not in known]
    return problems


def _cell(world: WorldData, bad: npt.NDArray[np.bool_], values: Array | None = None) -> str:
    """Name the first bad cell and their number."""
    at = tuple(int(x) for x in np.argwhere(bad)[0])
    axes = {1: ("sectors",), 2: ("sectors", "states"), 3: ("sectors", "states", "states")}[bad.ndim]
    if bad.shape[0] != len(world.sectors):
        axes = ("states",)
    elif (
        bad.shape[:2] == (len(world.sectors), len(world.sectors))
        and bad.ndim == 3
        and bad.shape[1] != len(world.states)
    ):
        axes = ("sectors", "sectors", "states")
    names = ", ".join(getattr(world, axis)[x] for axis, x in zip(axes, at, strict=False))
    value = "" if values is None else f" = {values[at]:.6g}"
    more = int(bad.sum()) - 1
    return f"[{names}]{value}" + (f" and {more} more" if more else "")
