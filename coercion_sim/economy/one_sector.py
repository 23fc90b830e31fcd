"""Newton's method in the wages of a world of one sector without inputs, where nothing else has to be found."""

from __future__ import annotations

import numpy as np

from coercion_sim.arrays import Array
from coercion_sim.economy.given import Given
from coercion_sim.economy.kernel import LONGEST_STEP, income_of, pack, unpack

#: Steps tried, and the largest excess demand wanted as a part of the tolerance: next to autarky trade is a small
#: part of sales, and it is trade that has to balance within the tolerance.
MOST_STEPS, PART = 12, 1e-3


def is_simple(given: Given) -> bool:
    """Whether the world has one sector without inputs and no tariffs, all buyers free, and every state joined."""
    if len(given.theta) > 1 or given.inputs is not None or given.tariffed or given.attached is not None:
        return False
    return given.ces is None and bool(given.bloc.all() and given.live_row.all() and given.works.all())


def newton(given: Given, start: Array, tolerance: float) -> Array:
    """Return the unknowns in equilibrium, or wherever `MOST_STEPS` steps from `start` lead.

    With shares pi (importer, exporter), spending X = I and sales ``Y_i = sum_n pi_ni X_n``, it solves
    ``Y_i = Y0_i w_i`` at world factor income as in the baseline (Dekle, Eaton and Kortum 2008, eq. 16), by

    ``dY_i = sum_n pi_ni dX_n - theta Y_i dw_i + sum_m sum_n theta pi_ni X_n pi_nm dw_m`` in log wages.

    Factor mobility and substitution do not matter with one sector.
    """
    log_wage = unpack(given, start)[0].reshape(-1)
    theta, size, weight = given.theta[0], np.exp(given.log_base_sales[0]), given.weight_t[0]
    for _ in range(MOST_STEPS):
        cost = log_wage - given.log_productivity[0]
        lowest = cost.min()
        scaled = np.exp(theta * (lowest - cost))
        total = weight @ scaled
        factor, supply = given.value_added * np.exp(log_wage), size * np.exp(log_wage)
        income = income_of(given, factor, None)[0]
        share = weight * (scaled / total[:, None])
        sold = share * income[:, None]
        sales = sold.sum(axis=0)
        missing = supply - sales
        if not np.abs(missing).max() > PART * tolerance * supply.min():
            break
        slope = theta * (sold.T @ share) + share.T * (income - given.transfer)
        slope.flat[:: len(sales) + 1] -= theta * sales + supply
        if given.imbalance_ratio is not None:
            lifted = given.imbalance_ratio * factor
            slope -= np.outer(sales, lifted / lifted.sum())
        slope[-1], missing[-1] = factor, given.base_factor.sum() - factor.sum()  # Walras' law implies the last market
        try:
            move = np.linalg.solve(slope, missing)
        except np.linalg.LinAlgError:
            break
        log_wage = log_wage + np.clip(move, -LONGEST_STEP, LONGEST_STEP)
    log_price = lowest - (given.log_row[0] + np.log(total)) / theta
    return pack(given, log_wage, log_price, income)
