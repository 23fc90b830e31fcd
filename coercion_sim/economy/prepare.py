"""From a world, a shock and last quarter's attachments to the fixed arrays of one solve."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coercion_sim.arrays import Array, Bools
from coercion_sim.economy.given import Attached, Given, Levels
from coercion_sim.economy.kernel import NEVER
from coercion_sim.economy.levels import levels_of
from coercion_sim.economy.parameters import EconomyParameters
from coercion_sim.economy.shock import Shock
from coercion_sim.economy.static import Links, Static, links_without
from coercion_sim.economy.substitution import Ces, ces_of, column, split_factors
from coercion_sim.errors import NoSupplierError, Problem
from coercion_sim.world import World

#: Above this share of buyers displaced, everybody re-optimises (model.md §3).
ALL_DISPLACED = 1.0 - 1e-9
#: Shares that add up to 1 but for this add up to 1.
NO_LOSS = 1e-15
#: Imbalances smaller than this share of GDP come from adding flows up, not from the data.
ROUNDING = 1e-13
#: Changes of log competitiveness beyond this could underflow, and are scaled by row.
FAR = 200.0


@dataclass(frozen=True, eq=False)
class LastQuarter:
    """What this quarter inherits: shares (S, N, N), ln P and ln c (S, N), and the shock they were formed under."""

    share: Array
    log_price: Array
    log_cost: Array
    shock: Shock


def prepare(static: Static, shock: Shock, parameters: EconomyParameters, last: LastQuarter | None = None) -> Given:
    """Build the fixed arrays of one solve; `last` makes it a quarter of model.md §3, None the static model.

    Raises
    ------
    NoSupplierError
        Where a (sector, importer) that spends at baseline has no open supplier left; names each.
    """
    world, base = static.world, static.world.baseline
    shut = shock.open == 0.0
    links = links_without(static, shut.tobytes()) if shut.any() else static.links
    closed = _closed_states(world, shock, parameters, links.pair)
    open_ = shock.open
    if closed.any():
        open_ = _cut(open_, closed)
        links = Links.of(static.trades & (open_ > 0))
    live_row = base.spending > 0
    theta = parameters.trade_elasticity(world)
    weight, log_row = _weights(static, shock, open_, theta)
    _require_suppliers(world, live_row & ~links.supplied)
    reachable = links.reachable
    works = reachable & (base.factor_income > 0)
    over = shock.untaxed(weight) if shock.tariffed else weight
    responsive = static.contested
    if last is None or parameters.adjustment_rate == 1.0:
        free, attached = np.ones(world.shape), None
    else:
        responsive = parameters.adjustment_rate * responsive
        free, attached = _attach(world, shock, open_, last, parameters.adjustment_rate, theta)
    transfer, ratio = _closure(world, shock.transfer, parameters, links.bloc, closed)
    stuck_income, mobile, factor_share = split_factors(world, works, parameters)
    ces = ces_of(world, static.inputs, parameters)
    near = links.bloc.all() and not log_row.any()
    free_share = 1.0 if attached is None else parameters.adjustment_rate
    levels = _levels(static, parameters, theta, free_share, ces, stuck_income) if near else None
    return Given(
        theta=theta, gamma=world.value_added_share, alpha=base.final_share,
        log_productivity=np.log(shock.productivity), inputs=static.inputs,
        weight_t=weight.transpose(0, 2, 1), log_row=log_row, over_t=over.transpose(0, 2, 1), tariffed=shock.tariffed,
        free=free, attached=attached, live_row=live_row, live_cell=reachable, works=works,
        no_row=(~live_row).astype(np.float64),
        idle=(~works).astype(np.float64),
        never=NEVER * (~reachable).astype(np.float64),
        log_base_sales=np.log(np.where(works, base.factor_income / np.where(works, world.value_added_share, 1.0), 1.0)),
        value_added=mobile, factor_share=factor_share, base_factor=base.value_added, stuck_income=stuck_income,
        kappa=parameters.factor_mobility,
        responsive=responsive, transfer=transfer, imbalance_ratio=ratio, closed=closed, bloc=links.bloc,
        scale=static.scale, ces=ces, levels=levels,
    )  # fmt: skip


def _levels(
    static: Static, parameters: EconomyParameters, theta: Array, free: float, ces: Ces | None, stuck: Array | None
) -> Levels | None:
    """The levels near the baseline; none of one mobile factor where sectors are stuck."""
    if parameters.one_factor and stuck is not None:
        return None
    outer = None if ces is None else ces.outer.tobytes()
    at = None if stuck is None else (stuck > 0).tobytes()
    return levels_of(static, theta.tobytes(), parameters.factor_mobility, free, outer, at)


def _weights(static: Static, shock: Shock, open_: Array, theta: Array) -> tuple[Array, Array]:
    """``pi0 open (t'/t d)^-theta`` (S, N, N), and the log scale taken out of each row (S, N)."""
    world, base = static.world, static.world.baseline
    if not shock.bordered and not static.bordered:
        return base.share * open_, np.zeros(world.shape)
    border = shock.log_border - static.log_border if static.bordered else shock.log_border
    cells = np.flatnonzero(border != 0.0)
    exponent = -theta[cells // world.shape[1] ** 2] * border.ravel()[cells]
    if exponent.size == 0 or np.abs(exponent).max() < FAR:
        weight = np.multiply(base.share, open_, order="C")
        weight.reshape(-1)[cells] *= np.exp(exponent)
        return weight, np.zeros(world.shape)
    with np.errstate(divide="ignore"):
        log_weight = static.log_share + np.log(open_)
    log_weight -= theta[:, None, None] * border
    log_row = np.where(base.spending > 0, log_weight.max(axis=1), 0.0)
    weight = np.exp(log_weight - np.where(np.isfinite(log_row), log_row, 0.0)[:, None, :])
    return weight, log_row


def _closed_states(world: World, shock: Shock, parameters: EconomyParameters, pair: Bools) -> Bools:
    """States that cannot trade in balance any more: no link left either way, or one way with nothing to pay it.

    With its exports shut and no transfer to live on a state cannot pay for imports, and with its imports shut and no
    transfer to give it cannot spend what exports earn: the limit of its equilibrium is autarky.
    """
    abroad = pair & ~np.eye(world.shape[1], dtype=bool)
    exports, imports = abroad.any(axis=1), abroad.any(axis=0)
    net = shock.transfer + (0.0 if parameters.closure == "zero" else world.baseline.imbalance)
    cannot_pay = ~exports & (net <= 0)
    cannot_spend = ~imports & (net >= 0)
    closed: Bools = cannot_pay | cannot_spend | (~exports & ~imports)
    return closed


def _cut(open_: Array, closed: Bools) -> Array:
    """Close every foreign link of the closed states."""
    if not closed.any():
        return open_
    cut = open_.copy()
    cut[:, closed, :] = 0.0
    cut[:, :, closed] = 0.0
    home = np.flatnonzero(closed)
    cut[:, home, home] = open_[:, home, home]
    return cut


def _require_suppliers(world: World, bare: Bools) -> None:
    """Raise for every (sector, importer) that spends but has nobody left to buy from."""
    if bare.any():
        raise NoSupplierError(
            [
                Problem(
                    f"{world.states[n]} has no supplier of {world.sectors[j]} left under these measures; "
                    "leave some share open"
                )
                for j, n in np.argwhere(bare)
            ]
        )


def _closure(
    world: World, transfer: Array, parameters: EconomyParameters, bloc: Array, closed: Bools
) -> tuple[Array, Array | None]:
    """D' + B' fixed in money, and 1 + D / (V + R) under the multiplicative closure.

    Both sum to 0 within each bloc that still trades, a closed state being a bloc of one: what is missing is taken from
    the bloc's surpluses or deficits in proportion. Imbalances within rounding of 0 are 0.
    """
    base = world.baseline
    imbalance = np.where(np.abs(base.imbalance) > ROUNDING * base.gdp, base.imbalance, 0.0)
    fixed = np.where(closed, 0.0, transfer + (imbalance if parameters.closure == "additive" else 0.0))
    over = bloc @ fixed
    if np.abs(over).max() > 0.0:
        side = np.where(fixed * over > 0, fixed, 0.0)
        total = bloc @ side
        fixed = fixed - side * over / np.where(total != 0, total, 1.0)
    ratio = np.where(closed, 1.0, 1.0 + imbalance / base.gdp) if parameters.closure == "multiplicative" else None
    return fixed, ratio


def _attach(
    world: World, shock: Shock, open_: Array, last: LastQuarter, nu: float, theta: Array
) -> tuple[Array, Attached]:
    """Split buyers into those who re-optimise and those who stay (Arkolakis, Eaton and Kortum 2012)."""
    before, kept = last.shock.open, last.share
    closing = open_ < before
    if closing.any():
        kept = kept.copy()
        kept[closing] *= open_[closing] / before[closing]
    total = column(kept.transpose(0, 2, 1), np.ones(world.shape))
    lost = np.where(world.baseline.spending > 0, 1.0 - total, 0.0)
    lost[np.abs(lost) < NO_LOSS] = 0.0
    everybody = lost > ALL_DISPLACED
    stays = np.where(everybody, 0.0, 1.0 - nu)
    s = kept / np.where(everybody, 1.0, 1.0 - lost)[:, None, :] if lost.any() else kept
    constant = last.log_price - column(s.transpose(0, 2, 1), last.log_cost)
    if (shock.bordered or last.shock.bordered) and not shock.same_as(last.shock):
        moved = shock.log_border - last.shock.log_border
        cells = np.flatnonzero(moved != 0.0)  # few are
        j, _, n = np.unravel_index(cells, moved.shape)
        np.add.at(constant, (j, n), s.ravel()[cells] * moved.ravel()[cells])
    constant -= np.log1p(-np.where(everybody, 0.0, lost)) / theta[:, None]
    over = shock.untaxed(s) if shock.tariffed else s
    attached = Attached(
        stay_t=s.transpose(0, 2, 1),
        over_t=over.transpose(0, 2, 1),
        stays=stays * (1.0 - lost),
        constant=constant,
        price_weight=stays,
    )
    return np.where(everybody, 1.0, nu + (1.0 - nu) * lost), attached
