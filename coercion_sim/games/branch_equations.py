"""The equations of a logit quantal response equilibrium, in log-odds, with their derivative.

Unknowns are z (A,), one number per action, zero at the likeliest action of each information set: p = softmax(z).
At rationality lambda, equilibrium is `z_a = lambda_h (u_a(p) - u_r(p))`, r the likeliest action (McKelvey-Palfrey
1995 for normal form, 1998 for agents in trees; the log form is Turocy 2005). Payoffs are divided by `scale`, so that
lambda counts log-odds per largest payoff difference, and rows by max(1, lambda), so that mixing at huge lambda stays
well conditioned.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from coercion_sim.games.flat_tree import Floats, Ints
from coercion_sim.games.leaf_form import LeafForm, softmax_jacobian


@dataclass(frozen=True, eq=False)
class LogitEquations:
    """The system for one game: relative rationality `weight` (H,) with maximum 1, payoff `scale`."""

    form: LeafForm
    weight: Floats
    scale: float

    def reference(self, z: Floats) -> Ints:
        """Return for each action the likeliest action of its information set, shape (A,)."""
        start, of = self.form.flat.action_start, self.form.flat.action_infoset
        best = [lo + int(np.argmax(z[lo:hi])) for lo, hi in itertools.pairwise(start)]
        return np.array(best, dtype=np.intp)[of]

    def log_play(self, z: Floats) -> Floats:
        """Return log p (A,), the log of softmax(z) within each information set."""
        start, of = self.form.flat.action_start[:-1], self.form.flat.action_infoset
        shifted = z - np.maximum.reduceat(z, start)[of]
        return np.asarray(shifted - np.log(np.add.reduceat(np.exp(shifted), start))[of])

    def payoff_gaps(self, z: Floats, ref: Ints) -> tuple[Floats, Floats]:
        """Return w_h (u_a - u_r) (A,) and its derivative by z (A, A), payoffs divided by `scale`."""
        log_p = self.log_play(z)
        u, slope = self.form.values(log_p)
        by_z = slope @ softmax_jacobian(np.exp(log_p), self.form.flat)
        w = self.weight[self.form.flat.action_infoset] / self.scale
        return w * (u - u[ref]), w[:, None] * (by_z - by_z[ref])

    def residual(self, z: Floats, lam: float, ref: Ints) -> tuple[Floats, Floats, Floats]:
        """Return F (A,), dF/dz (A, A) and dF/dlambda (A,), rows divided by max(1, lambda); z is 0 at `ref`."""
        gap, by_z = self.payoff_gaps(z, ref)
        anchor = ref == np.arange(len(z))
        row = 1.0 / max(1.0, lam)
        f = np.where(anchor, z, row * (z - lam * gap))
        jacobian = row * (np.eye(len(z)) - lam * by_z)
        jacobian[anchor] = np.eye(len(z))[anchor]
        return f, jacobian, np.where(anchor, 0.0, -row * gap)

    def answer_gap(self, z: Floats, lam: float) -> float:
        """Return max |p - softmax(lambda u(p))|, the fixed-point residual in probabilities."""
        gap, _ = self.payoff_gaps(z, self.reference(z))
        return float(np.abs(np.exp(self.log_play(lam * gap)) - np.exp(self.log_play(z))).max())

    def instability(self, z: Floats, lam: float) -> tuple[Floats, np.ndarray]:
        """Return the growth rates and directions (A, m) in which smoothed best response runs away from z.

        Real eigenvalues above 0 of the adjustment `dz/dt = lambda u(softmax z) - z`; none where it is stable.
        """
        ref = self.reference(z)
        _, by_z = self.payoff_gaps(z, ref)
        rates, vectors = np.linalg.eig(lam * by_z - np.eye(len(z)))
        real = np.abs(rates.imag) <= 1e-9 * (1.0 + np.abs(rates.real))
        away = real & (rates.real > 1e-9)
        return rates.real[away], np.vstack([vectors[:, away].real.T, self._left(vectors, away)])

    @staticmethod
    def _left(vectors: np.ndarray, away: np.ndarray) -> np.ndarray:
        """Return the matching rows of the inverse: how much of each direction a push contains."""
        try:
            return np.asarray(np.linalg.inv(vectors)[away].real)
        except np.linalg.LinAlgError:
            return np.asarray(vectors[:, away].real.T)
