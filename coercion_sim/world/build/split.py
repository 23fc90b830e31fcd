"""Products taken out of their sectors: trade of each fitted to known totals (RAS), then subtracted cell by cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from coercion_sim.arrays import Array, Bools, ratio
from coercion_sim.errors import Problem, WorldError, nearest
from coercion_sim.world.build.reading import number, read_rows
from coercion_sim.world.build.recipe import ProductSpec, SplitSpec, WorldSpec

_TOTALS = ("exporter", "importer", "producer_domestic_share", "domestic_sales", "producer_domestic_share_export_grade")


@dataclass(frozen=True)
class Fact:
    """One typed number about a product: who, with whom (flows only), what it measures, its source and grade A to C."""

    product: str
    state: str
    partner: str
    role: str
    value: float
    source: str
    grade: str


@dataclass(frozen=True, eq=False)
class ProductTrade:
    """One product among N states, before and after it was taken out of its sector. US$ million a year.

    Attributes
    ----------
    fob : (N, N)
        Fitted flows at export prices, home sales on the diagonal.
    flows : (N, N)
        The product's flows in the world, at the prices of the trade data.
    taken : (N, N)
        What came out of the sector; less than `flows` where the floor was met and the product kept whole.
    import_scale
        What recorded imports were multiplied by to add up to recorded exports.
    beyond_floor
        Share of the product's value that its sector could not give without going below the floor.
    """

    spec: ProductSpec
    fob: Array
    flows: Array
    taken: Array
    import_scale: float
    beyond_floor: float


def read_facts(path: Path) -> tuple[Fact, ...]:
    """Read typed product facts; units and roles are checked by `fit_product`."""
    columns = ("product", "state", "partner", "role", "value", "source", "grade")
    return tuple(
        Fact(
            row["product"], row["state"], row["partner"], row["role"], number(row["value"], path, line, "value"),
            row["source"], row["grade"],
        )
        for line, row in enumerate(read_rows(path, columns), start=2)
    )  # fmt: skip


def fit_product(
    product: ProductSpec, facts: Sequence[Fact], pattern: Array, states: Sequence[str], settings: SplitSpec
) -> tuple[Array, float]:
    """Fit one product's trade to its totals, known flows fixed, and put home sales on the diagonal.

    The prior is the sector's `pattern` (N, N), home sales included, scaled to 1 plus `proportional_weight` times
    (exporter total x importer total) scaled to 1; then set to zero on the diagonal and where either total is 0.
    Recorded imports are scaled to add up to recorded exports (CIF and timing differ). Home sales are ``e s / (1 - s)``
    for exports e and a home share s of output, or given in money.

    Returns
    -------
    flows : (N, N), scale
        US$ million at export (FOB) prices, and what imports were multiplied by.

    Raises
    ------
    WorldError
        For unknown states or roles, shares outside [0, 1), flows that exceed a total, or no converging fit.
    """
    table, fixed, known = _totals(product, facts, states)
    exports, recorded = table["exporter"], table["importer"]
    if exports.sum() <= 0 or recorded.sum() <= 0:
        raise WorldError(Problem("needs exporter and importer totals above 0", key=product.id))
    scale = float(exports.sum() / recorded.sum())
    imports = recorded * scale
    dust = 1e-12 * float(exports.sum())  # what rounding leaves of totals that known flows use up
    bare = exports - fixed.sum(axis=1), imports - fixed.sum(axis=0)
    rows, cols = (np.where(abs(left) <= dust, 0.0, left) for left in bare)
    for name, left in (("exports", rows), ("imports", cols)):
        if (left < 0).any():
            at = int(np.argmin(left))
            where, short = f"{product.id} {states[at]}", f"{left[at]:.6g} left"
            raise WorldError(Problem(f"known flows exceed total {name}", key=where, found=short))
    cols = cols * rows.sum() / cols.sum() if cols.any() else cols
    apart = 1.0 - np.eye(len(states))
    open_cells = apart * (exports > 0)[:, None] * (imports > 0)[None, :]
    mixed = _scaled(pattern) + settings.proportional_weight * _scaled(np.outer(exports, imports))
    prior = np.where(known, 0.0, mixed * open_cells)
    fitted = ras(prior, rows, cols, what=product.id, labels=(states, states))
    share = table["producer_domestic_share"]
    if product.grade == "export_grade":
        named = table["producer_domestic_share_export_grade"]
        share = np.where(named > 0, named, share)
    home = np.where(table["domestic_sales"] > 0, table["domestic_sales"], exports * share / (1.0 - share))
    flows: Array = fitted + fixed + np.diag(home)
    return flows, scale


def _scaled(matrix: Array) -> Array:
    """Divide by the sum where it is above 0."""
    total = float(matrix.sum())
    return matrix / total if total > 0 else matrix


def _totals(
    product: ProductSpec, facts: Sequence[Fact], states: Sequence[str]
) -> tuple[dict[str, Array], Array, Bools]:
    """Sort the facts of one product into totals by role (N,), known flows (N, N) and where a flow is known (N, N)."""
    N = len(states)
    table = {role: np.zeros(N) for role in _TOTALS}
    fixed, known = np.zeros((N, N)), np.zeros((N, N), dtype=bool)
    at = {state: k for k, state in enumerate(states)}
    mine = [fact for fact in facts if fact.product == product.fact]
    if not mine:
        near = nearest(product.fact, sorted({fact.product for fact in facts}))
        raise WorldError(Problem("no facts", key=product.id, found=product.fact, suggestion=near))
    WorldError.refuse(problem for fact in mine for problem in _fact_problems(fact, product, at))
    for fact in mine:
        if fact.role == "flow":
            fixed[at[fact.state], at[fact.partner]] = fact.value
            known[at[fact.state], at[fact.partner]] = True
        else:
            table[fact.role][at[fact.state]] = fact.value
    return table, fixed, known


def _fact_problems(fact: Fact, product: ProductSpec, states: Mapping[str, int]) -> list[Problem]:
    """An unknown state or role, or a value out of range."""
    key = f"{product.id} {fact.role} {fact.state} {fact.partner}".strip()
    ends = (fact.state, fact.partner) if fact.role == "flow" else (fact.state,)
    problems = [
        Problem("unknown state", key=key, found=state, suggestion=nearest(state, states))
        for state in ends
        if state not in states
    ]
    if fact.role == "flow" and fact.state == fact.partner:
        problems.append(Problem("sells to itself; home sales are their own role", key=key, allowed="domestic_sales"))
    roles, share = (*_TOTALS, "flow"), "share" in fact.role
    if fact.role not in roles:
        problems.append(Problem("unknown role", key=key, found=fact.role, suggestion=nearest(fact.role, roles)))
    elif not fact.value >= 0 or (share and fact.value >= 1):
        allowed = "0 <= share < 1" if share else ">= 0"
        problems.append(Problem("out of range", key=key, found=str(fact.value), allowed=allowed))
    return problems


def take_out(cells: Array, fob: Array, factor: float, settings: SplitSpec) -> tuple[Array, Array]:
    """Return a product's flows and what its sector gives for them, both (N, N).

    With w = `fob` over the price factor and c = `cells`, what the sector has, it gives ``min(w, (1 - floor) c)`` and
    keeps the rest. The product becomes w (`overflow` = ``keep``: where w asks for more than the cell can give, the
    recorded product is believed and the cell grows by what was not found) or what was given (``cut``: sector and
    products add up to the old sector in every cell).
    """
    wanted = fob / factor
    given: Array = np.minimum(wanted, (1.0 - settings.floor) * cells)
    return (wanted if settings.overflow == "keep" else given), given


def split(flows: Array, facts: Sequence[Fact], spec: WorldSpec) -> tuple[Array, tuple[ProductTrade, ...]]:
    """Take every product out of its sector, one after another (`take_out`); the floor is left each time.

    Parameters
    ----------
    flows : (S0, N, N)
        Sectors before splitting.

    Returns
    -------
    split_flows : (S0 + P, N, N)
        Residual sectors, then products.
    trades
        What was fitted and taken, product by product.
    """
    at = {sector.code: k for k, sector in enumerate(spec.sectors)}
    rest, trades = flows.copy(), []
    for product in spec.products:
        j = at[product.parent]
        fob, scale = fit_product(product, facts, flows[j], spec.state_ids, spec.split)
        factor = spec.split.fob_factor.get(product.parent, 1.0)
        taken, given = take_out(rest[j], fob, factor, spec.split)
        rest[j] -= given
        trades.append(ProductTrade(product, fob, taken, given, scale, 1.0 - float(given.sum() * factor / fob.sum())))
    return np.concatenate([rest, *(trade.flows[None] for trade in trades)]), tuple(trades)


def ras(
    matrix: npt.ArrayLike, rows: npt.ArrayLike, cols: npt.ArrayLike, *, tolerance: float = 1e-11,
    sweeps: int = 20_000, what: str = "matrix", labels: tuple[Sequence[str], Sequence[str]] | None = None,
) -> Array:  # fmt: skip
    """Scale rows and columns of a prior in turn until both margins hold; return the fitted matrix, (I, N).

    ``fitted[i, n] = r_i prior[i, n] s_n`` with r and s such that ``fitted.sum(1) = rows``, ``fitted.sum(0) = cols``:
    the matrix of least relative entropy from the prior with these margins (Deming and Stephan 1940; Bacharach 1965).
    A zero of the prior stays zero.

    Parameters
    ----------
    matrix : (I, N)
        Prior, >= 0, any scale.
    rows, cols : (I,), (N,)
        Totals to reach, >= 0, in the unit wanted; their sums must agree to 1e-9.
    tolerance
        Largest miss of any row total accepted, as a share of the grand total (columns hold exactly after each sweep).
    sweeps
        How many times both margins may be scaled before the fit is given up.
    what, labels
        Names for error messages: the matrix, its rows and columns.

    Raises
    ------
    WorldError
        For negative or non-finite numbers, shapes or sums that disagree, a total above 0 without any cell to put it in,
        and margins that the zeros of the prior do not allow (no convergence).
    """
    prior = np.array(matrix, dtype=np.float64)
    r, c = np.array(rows, dtype=np.float64), np.array(cols, dtype=np.float64)
    WorldError.refuse(_problems(prior, r, c, what, labels))
    total = float(r.sum())
    if total == 0.0:
        return np.zeros_like(prior)
    fitted = prior * ((r > 0)[:, None] & (c > 0)[None, :])
    fitted *= total / fitted.sum()
    miss = np.inf
    for _ in range(sweeps):
        fitted *= ratio(r, fitted.sum(axis=1))[:, None]
        fitted *= ratio(c, fitted.sum(axis=0))[None, :]
        miss = float(np.abs(fitted.sum(axis=1) - r).max()) / total
        if miss <= tolerance:
            return fitted
    message = f"{what}: proportional fitting did not converge; the zeros of the prior do not allow these totals"
    missed = f"a row total missed by {miss:.1e} of the grand total after {sweeps} sweeps"
    raise WorldError(Problem(message, found=missed, allowed=f"at most {tolerance:.0e}"))


def _problems(
    prior: Array, r: Array, c: Array, what: str, labels: tuple[Sequence[str], Sequence[str]] | None
) -> list[Problem]:
    """Everything that makes a fit impossible before it is tried."""
    if prior.ndim != 2 or prior.shape != (r.size, c.size):
        return [Problem(f"{what}: wrong shape", found=str(prior.shape), allowed=f"({r.size}, {c.size})")]
    named = (("prior", prior), ("row totals", r), ("column totals", c))
    problems = [
        Problem(f"{what}: {name} must be finite and not negative")
        for name, a in named
        if not np.isfinite(a).all() or (a < 0).any()
    ]
    if problems:
        return problems
    if abs(r.sum() - c.sum()) > 1e-9 * max(r.sum(), c.sum()):
        problems.append(Problem(f"{what}: row and column totals disagree", found=f"{r.sum():.10g} and {c.sum():.10g}"))
    for axis, totals, other in ((0, r, c), (1, c, r)):
        usable = (prior if axis == 0 else prior.T) * (other > 0)
        for at in np.flatnonzero((totals > 0) & (usable.sum(axis=1) == 0)):
            name = labels[axis][int(at)] if labels else str(at)
            side = ("row", "column")[axis]
            problems.append(
                Problem(f"{what}: {side} {name} has a total of {totals[at]:.6g} and no cell above 0 to put it in")
            )
    return problems
