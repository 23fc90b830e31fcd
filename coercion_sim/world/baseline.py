"""The data of a world in exporter x importer order, the checks on it, and its baseline identities."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from coercion_sim.arrays import Array, Bools, abroad, ratio
from coercion_sim.errors import Problem, WorldError, nearest
from coercion_sim.world.labels import Alliance


@dataclass(frozen=True, eq=False, repr=False)
class WorldData:
    """Labelled arrays of one world economy with its alliances. S sectors, N states; money in US$ million a year.

    Parameters
    ----------
    name
        What the world is called, e.g. ``pacific-2019``.
    states, sectors
        N and S labels: ISO3 codes (plus blocs and ``ROW``), sector identifiers.
    flows : (S, N, N)
        ``flows[j, i, n]``: sales of sector j from exporter i to importer n, net of tariffs; domestic sales on i = n.
    value_added_share : (S, N)
        gamma_ji, share of value added in gross output of sector j in state i.
    input_share : (S, S, N)
        ``input_share[k, j, i]`` = gamma_kji, input k per unit of output of j in i. For each (j, i) value added
        and inputs sum to 1.
    tariff : (S, N, N)
        Ad-valorem tariff as a fraction; t = 1 + tariff > 0.
    trade_elasticity : (S,)
        theta_j = sigma_j - 1 > 0.
    final_share : (S, N), optional
        alpha_kn. Given only where it cannot be read off the flows (see `from_shares`).
    value_added : (N,), optional
        Factor income V_i, given only with `final_share`.
    gdp_recorded : (N,), optional
        Statistical GDP for display, US$ million; NaN where not recorded.
    elasticity_sets
        Named alternatives for `trade_elasticity`, each (S,).
    alliances, groups, competitors
        Commitments by dyad; members by group; principal competitors by state.
    ideal_point, democracy : (N,), optional
        UN voting ideal point and democracy score; NaN where not recorded.
    tags
        Sector label -> what it belongs to (``goods``, a parent sector), usable wherever sectors are named. Where no
        sector is tagged ``goods``, all that are not ``services`` are.
    repairs
        What was changed when the world was built, in words.

    """

    name: str
    states: tuple[str, ...]
    sectors: tuple[str, ...]
    flows: Array
    value_added_share: Array
    input_share: Array
    tariff: Array
    trade_elasticity: Array
    final_share: Array | None = None
    value_added: Array | None = None
    gdp_recorded: Array | None = None
    elasticity_sets: Mapping[str, Array] = field(default_factory=dict)
    alliances: tuple[Alliance, ...] = ()
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    competitors: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ideal_point: Array | None = None
    democracy: Array | None = None
    state_names: Mapping[str, str] = field(default_factory=dict)
    sector_names: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    year: int | None = None
    repairs: tuple[str, ...] = ()

    @property
    def shape(self) -> tuple[int, int]:
        """(S, N)."""
        return len(self.sectors), len(self.states)


#: Attributes of states that may be missing (NaN) for some.
_RECORDED = ("gdp_recorded", "ideal_point", "democracy")
#: Input shares below this are refused; between it and 0 they are kept with a warning (rounding in published data).
LOWEST_INPUT_SHARE = -1e-3
#: How far value-added and input shares of one (sector, state) may miss 1 before the world is refused.
SHARE_SUM_TOLERANCE = 1e-6
#: Flows above this would overflow in products.
_LARGEST_FLOW = 1e30


def unknown(what: str, label: str, known: Iterable[str]) -> Problem:
    """Describe an unknown label with what is allowed and the nearest spelling."""
    known = tuple(known)
    listed = ", ".join(known) if len(known) <= 60 else f"{', '.join(known[:60])}, ..."
    return Problem(f"unknown {what}", found=repr(label), allowed=listed, suggestion=nearest(label, known))


def numbers(name: str, values: npt.ArrayLike) -> Array:
    """Return a fresh array of floats.

    Raises
    ------
    WorldError
        For text, complex numbers, and nested lists whose rows differ in length.
    """
    try:
        given = np.asarray(values)
        if given.dtype.kind == "c":
            raise TypeError("complex numbers")
        return np.array(given, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise WorldError(Problem(f"is no array of numbers: {error}", key=name, allowed="real numbers")) from error


def data_problems(world: WorldData) -> list[Problem]:
    """Everything wrong with the data of a world: shapes, or where these are right values and links."""
    return _wrong_shapes(world) or [*_wrong_values(world), *_wrong_links(world)]


def _wrong_shapes(world: WorldData) -> list[Problem]:
    """Labels listed twice, arrays of the wrong shape, numbers that are not finite."""
    S, N = world.shape
    shapes: dict[str, tuple[int, ...]] = {
        "flows": (S, N, N), "value_added_share": (S, N), "input_share": (S, S, N), "tariff": (S, N, N),
        "trade_elasticity": (S,), "final_share": (S, N), "value_added": (N,),
    } | dict.fromkeys(_RECORDED, (N,))  # fmt: skip
    problems: list[Problem] = []
    for labels, what in ((world.states, "state"), (world.sectors, "sector")):
        if not labels:
            problems.append(Problem(f"a world needs at least one {what}"))
        problems += [
            Problem(f"{what} listed twice", found=repr(x)) for x in sorted({x for x in labels if labels.count(x) > 1})
        ]
    for name, shape in shapes.items():
        array = getattr(world, name)
        if array is None:
            continue
        if array.shape != shape:
            problems.append(Problem("wrong shape", key=name, found=str(array.shape), allowed=str(shape)))
        elif name not in _RECORDED and not np.isfinite(array).all():
            cell = _cell(world, ~np.isfinite(array))
            problems.append(Problem("has numbers that are not finite", key=name, found=cell))
    problems += [
        Problem("wrong shape", key=f"elasticity_sets.{name}", found=str(np.shape(theta)), allowed=str((S,)))
        for name, theta in world.elasticity_sets.items()
        if np.shape(theta) != (S,)
    ]
    return problems


def _wrong_values(world: WorldData) -> list[Problem]:
    """Numbers out of range, and shares that do not sum to 1."""
    problems: list[Problem] = []
    lowest = LOWEST_INPUT_SHARE
    checks = (
        ("flows", world.flows < 0, "negative flow", ">= 0"),
        ("flows", world.flows > _LARGEST_FLOW, "is not an amount of money", f"<= {_LARGEST_FLOW:g}"),
        ("tariff", world.tariff <= -1, "t = 1 + tariff must be positive", "> -1"),
        ("trade_elasticity", world.trade_elasticity <= 0, "trade elasticity must be positive", "> 0"),
        ("value_added_share", world.value_added_share < 0, "negative value-added share", ">= 0"),
        ("input_share", world.input_share < lowest, "input share too far below 0", f">= {lowest}"),
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
            key = f"alliance {link.a}-{link.b}"
            problems.append(Problem("strength out of range", None, None, key, str(link.strength), "0 to 1"))
    for key, members in (*world.groups.items(), *world.competitors.items()):
        problems += [unknown(f"state in {key}", s, world.states) for s in members if s not in known]
    return problems


def _cell(world: WorldData, bad: Bools, values: Array | None = None) -> str:
    """Name the first bad cell and their number."""
    at = tuple(int(x) for x in np.argwhere(bad)[0])
    S, N = world.shape
    axes = ("states",) if bad.shape[0] != S else ("sectors", "states", "states")[: bad.ndim]
    if bad.ndim == 3 and bad.shape[1] == S != N:
        axes = ("sectors", "sectors", "states")
    names = ", ".join(getattr(world, axis)[x] for axis, x in zip(axes, at, strict=False))
    value = "" if values is None else f" = {values[at]:.6g}"
    more = int(bad.sum()) - 1
    return f"[{names}]{value}" + (f" and {more} more" if more else "")


def renormalised(gamma_ji: Array, gamma_kji: Array) -> tuple[Array, Array, tuple[str, ...]]:
    """Divide value-added and input shares by their sum where it misses 1 by rounding, with a note; leave worse."""
    if gamma_kji.ndim != 3 or gamma_ji.shape != gamma_kji.shape[1:]:
        return gamma_ji, gamma_kji, ()
    total = gamma_ji + gamma_kji.sum(axis=0)
    off = np.abs(total - 1.0)
    fix = (off > 1e-14) & (off <= SHARE_SUM_TOLERANCE)
    if not fix.any():
        return gamma_ji, gamma_kji, ()
    scale = np.where(fix, total, 1.0)
    worst = float(off[fix].max())
    note = f"{int(fix.sum())} (sector, state) columns of shares missed 1 by up to {worst:.1e}: renormalised"
    return gamma_ji / scale, gamma_kji / scale, (note,) if worst > 1e-12 else ()


@dataclass(frozen=True, eq=False)
class Baseline:
    """Identities of model.md §1; money in US$ million a year. S sectors, N states.

    Attributes
    ----------
    spending : (S, N)
        ``X[j, n] = sum_i t flows``, tariffs included.
    share : (S, N, N)
        ``pi = t flows / X``, exporter i's share of importer n's spending on j; 0 where nothing is spent.
    sales : (S, N)
        ``Y[j, i] = sum_n flows``.
    factor_income : (S, N)
        ``gamma_ji Y[j, i]``; `value_added` (N,) is its sum over sectors.
    tariff_revenue : (N,)
        ``R_n = sum_ij (t - 1) flows``.
    imbalance : (N,)
        ``D_n = imports - exports``, net of tariffs.
    income : (N,)
        ``I = V + R + D``.
    final_share : (S, N)
        ``alpha = F / I`` with ``F[k, n] = X[k, n] - sum_j gamma_kjn Y[j, n]``.
    factor_share : (S, N)
        ``ell``, shares of the sectors in factor income (0 where a sector is empty).
    gdp : (N,)
        ``V + R``.
    """

    spending: Array
    share: Array
    sales: Array
    factor_income: Array
    value_added: Array
    tariff_revenue: Array
    imbalance: Array
    income: Array
    final_demand: Array
    final_share: Array
    factor_share: Array
    gdp: Array

    @classmethod
    def of(cls, world: WorldData) -> Baseline:
        """Compute the identities from flows, tariffs and shares (or from given alpha and V, see World.from_shares)."""
        t_flows = (1.0 + world.tariff) * world.flows
        X = t_flows.sum(axis=1)
        share = ratio(t_flows, X[:, None, :])
        Y = world.flows.sum(axis=2)
        wL = world.value_added_share * Y
        V = wL.sum(axis=0)
        foreign = abroad(world.flows)
        D = foreign.sum(axis=(0, 1)) - foreign.sum(axis=(0, 2))
        R = (world.tariff * world.flows).sum(axis=(0, 1))
        ell = ratio(wL, V)
        if world.value_added is not None:
            V = np.array(world.value_added)
            wL = ell * V
        income = V + R + D
        F = X - np.einsum("kjn,jn->kn", world.input_share, Y)
        if world.final_share is not None:
            alpha = np.array(world.final_share)
            F = alpha * income
        else:
            alpha = np.divide(F, income, out=np.zeros_like(F), where=income != 0)
        made = (X, share, Y, wL, V, R, D, income, F, alpha, ell, V + R)
        for array in made:
            array.setflags(write=False)
        return cls(*made)

    def problems(self, world: WorldData) -> list[Problem]:
        """What makes these identities no baseline: negative final demand, a state without income."""
        problems = []
        scale = np.maximum(self.spending, 1e-12 * self.spending.max())
        bad = self.final_demand < -1e-9 * scale
        if world.final_share is None and bad.any():
            k, n = (int(x) for x in np.argwhere(bad)[0])
            why = "intermediate use exceeds all spending, so final demand would be negative"
            cell = f"[{world.sectors[k]}, {world.states[n]}] and {int(bad.sum()) - 1} more"
            allowed = "sum over users of input_share x sales at most the spending on the input"
            problems.append(Problem(why, key="input_share", found=cell, allowed=allowed))
        for n, income in enumerate(self.income):
            if not income > 0 or not self.value_added[n] > 0:
                problems.append(Problem("a state needs factor income and total income above 0", key=world.states[n]))
        return problems
