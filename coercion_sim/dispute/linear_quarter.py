"""Derivatives of one quarter of the contest: choices, evidence and values, by what follows and by beliefs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coercion_sim.arrays import Array
from coercion_sim.dispute.contest import PROBABILITY_FLOOR
from coercion_sim.dispute.recursion import Quarter, Recursion


@dataclass(frozen=True, eq=False)
class Changes:
    """Derivatives by m columns: of choices, (m, 2, B), and of values after them, (m, rows, 2, 2, B).

    `resisted`, `offered`: as long as the target resists, or offers to settle.
    """

    lift: Array
    concede: Array
    resisted: Array
    settle: Array | None = None
    offered: Array | None = None


class LinearQuarter:
    """One quarter as computed by `Recursion.before`, linearised.

    The logit choice of two, ``p = L(r g)``, changes by ``r p (1 - p) dg``, that of more by ``r p_j (du_j - sum p du)``,
    and by ``p (1 - p) g dr``; beliefs by ``mu (1 - mu)`` times the log-likelihood ratio. `after` is what is expected at
    the start of the next quarter, (rows, 2, 2, B): V_C, V_T and, with five rows, the rest of `Quarter.values`.
    """

    def __init__(
        self, recursion: Recursion, q: Quarter, after: Array, year: int, beliefs: tuple[Array, Array],
        full: Array | None = None,
    ) -> None:  # fmt: skip
        self.q, self.rho, self.on, self.settling = q, recursion.habits.review, recursion.on, recursion.settling
        self.mu, self.nu = beliefs
        rows = len(after)
        on = recursion.in_force[year][:rows] + self.on * after
        self.lifted = recursion.lifted[year][:rows] - on
        resisted = on + (self.rho * q.lift)[:, None] * self.lifted
        self.conceded = recursion.conceded[year][:rows] - resisted
        self.rate_c, self.rate_t = -recursion.rate_c, -recursion.rate_t
        self.lift_slope = self.rate_c * q.lift * (1.0 - q.lift)
        self.resisted_on = self.on * (1.0 - self.rho * q.lift)[:, None]
        by_mu, self.by_nu = self.mu * (1.0 - self.mu), self.nu * (1.0 - self.nu)
        self.by_mu, self.gap = (on[0, :, 1] - on[0, :, 0]) * by_mu, resisted[1, 1] - resisted[1, 0]
        # By how much each gap between values moves for a change of the share of rationality, at unchanged values.
        self.share = None if full is None else full / np.maximum(recursion.habits.rationality, 1e-300)
        if self.settling:
            settled = recursion.settled[year][:rows]
            self.accept_slope = self.rate_c * q.accept * (1.0 - q.accept)
            self.settled, self.accepting = settled - on, settled[0, :, 0]
            offered = on + q.accept[:, None] * self.settled
            self.offered, self.offered_gap = offered - resisted, offered[1, 1] - offered[1, 0]
            self.offered_on = self.on * (1.0 - q.accept)[:, None]

    def choices(self, columns: Array, rationality: int = 4) -> Changes:
        """Derivatives by columns of values at the start of the next quarter, (m, rows, 2, 2, B).

        The first column moves the ratio about the target too, the one before `rationality` the share of rationality.
        """
        q, share = self.q, None if self.share is None else (rationality - 1, self.share)
        sustaining = self.on * _mean(columns[:, 0, :, 0], columns[:, 0, :, 1], self.mu)
        sustaining[0] += self.by_mu
        lifting = _with_share(sustaining, q.sustaining - q.lifting, share)
        lift = self.lift_slope * lifting
        resisted = self.resisted_on * columns
        resisted += (self.rho * lift)[:, None, :, None] * self.lifted
        resisting = _mean(resisted[:, 1, 0], resisted[:, 1, 1], self.nu)
        if not self.settling:
            resisting = _with_share(resisting, q.resisting - q.conceding, share)
            return Changes(lift, self._two(resisting), resisted)
        accept = self.accept_slope * _with_share(sustaining, q.sustaining - self.accepting, share)
        offered = self.offered_on * columns
        offered += accept[:, None, :, None] * self.settled
        offering = _mean(offered[:, 1, 0], offered[:, 1, 1], self.nu)
        resisting = _with_share(resisting, q.resisting - q.conceding, share)
        may = np.where(np.isfinite(q.offering), q.offering, q.conceding)
        concede, settle = self._three(resisting, _with_share(offering, may - q.conceding, share))
        return Changes(lift, concede, resisted, settle, offered)

    def _two(self, resisting: Array) -> Array:
        slope: Array = self.rate_t * self.q.concede * (1.0 - self.q.concede) * resisting
        return slope

    def _three(self, resisting: Array, offering: Array) -> tuple[Array, Array]:
        k, o = self.q.concede, self.q.settle
        mean = (1.0 - k - o) * resisting + o * offering
        return self.rate_t * k * mean, self.rate_t * o * (mean - offering)

    def by_coercer_before(self) -> tuple[Array, Array]:
        """Derivatives of concede, (2, B), and of the values, (rows, 2, 2, B), by the ratio about the coercer before."""
        if not self.settling:
            concede = self._two(self.gap * self.by_nu)
            return concede, (self.rho * concede) * self.conceded
        concede, settle = self._three(self.gap * self.by_nu, self.offered_gap * self.by_nu)
        return concede, self.rho * (concede * self.conceded + settle * self.offered)

    def values(self, of: Changes) -> Array:
        """Derivatives of the values at the start of the quarter, (m, rows, 2, 2, B)."""
        q, rho = self.q, self.rho
        values: Array = (1.0 - rho * (q.concede + q.settle)) * of.resisted
        values += (rho * of.concede)[:, None, None] * self.conceded
        if of.settle is not None and of.offered is not None:
            values += rho * q.settle * of.offered
            values += (rho * of.settle)[:, None, None] * self.offered
        return values

    def evidence(self, of: Changes, by_coercer: Array) -> tuple[Array, Array, Array]:
        """Derivatives of the evidence about target and coercer, (m, B) each, and across: see `newton_sweep`."""
        of_target, of_coercer = _of_evidence(self.rho, self.q.concede), _of_evidence(self.rho, self.q.lift)
        across: Array = (of_target * by_coercer).sum(axis=0)
        return (of_target * of.concede).sum(axis=1), (of_coercer * of.lift).sum(axis=1), across


def _mean(low: Array, high: Array, belief: Array) -> Array:
    """Mean over two types."""
    return low + belief * (high - low)


def _with_share(change: Array, gap: Array, share: tuple[int, Array] | None) -> Array:
    """Add to a column what a gap, by whose slope it is multiplied later, moves with the share of rationality."""
    if share is None:
        return change
    column, by_share = share
    change = change.copy()
    change[column] += gap * by_share
    return change


def _of_evidence(review: Array, chance: Array) -> Array:
    """Derivatives of ``ln(1 - rho k_1) - ln(1 - rho k_0)`` by k, (2, B); 0 at the floor of probabilities."""
    left = 1.0 - review * chance
    slope = np.where(left > PROBABILITY_FLOOR, review / np.maximum(left, PROBABILITY_FLOOR), 0.0)
    slope[1] *= -1.0
    return slope
