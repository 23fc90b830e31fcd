"""The equations of a logit quantal response equilibrium, in log-odds, with their derivative.

Unknowns are z (A,), one number per action, zero at the likeliest action of each information set: p = softmax(z).
At rationality lambda, equilibrium is `z_a = lambda_h (u_a(p) - u_r(p))`, r the likeliest action (McKelvey-Palfrey
1995 for normal form, 1998 for agents in trees; the log form is Turocy 2005). Payoffs are divided by `scale`, so that
lambda counts log-odds per largest payoff difference, and rows by their size, so that mixing at huge lambda stays well
conditioned. An outcome that play does not reach, a war worth -1e8, leaves lambda huge in that unit; how far rounding
reaches is therefore judged by `differences_in_play`.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from coercion_sim.arrays import Array, Bools, Places
from coercion_sim.errors import GameError, Problem
from coercion_sim.games.flat_tree import FlatTree, centred

CELL_LIMIT = 4_000_000
ACTION_LIMIT = 600


@dataclass(frozen=True, eq=False)
class LeafForm:
    """L leaves, A actions over H information sets.

    Attributes
    ----------
    path : (L, A)
        1 where the way to the leaf takes the action.
    through : (L, H)
        Whether the way to the leaf passes the information set.
    log_chance : (L,)
        Log of the product of chance probabilities on the way.
    mover_payoff : (L, A)
        Payoff at the leaf of the player who owns the action, 0 off its paths.
    own : (A, H)
        1 where the action belongs to the information set.
    apart : (A, H)
        1 where the action lies on some but not all ways through the information set, own actions left out: what beliefs
        rest on. Factors that all ways share would only carry their rounding into the differences.
    """

    flat: FlatTree
    path: Array
    through: Bools
    log_chance: Array
    mover_payoff: Array
    own: Array
    apart: Array

    def values(self, log_p: Array) -> tuple[Array, Array]:
        """Return conditional payoffs u (A,) and their derivative (A, A) with respect to log p.

        `u_a = sum over leaves l through a of [ reach(l) / (p_a reach(h)) ] u_i(l)`, reach(h) the probability that
        play passes the information set h of a: beliefs within h times what follows.
        The derivative treats the log p as free; project it on `sum p = 1` with `softmax_jacobian`.
        """
        of = self.flat.action_infoset
        others, belief, log_set = self._beliefs(log_p)
        exponent = np.where(self.path > 0.0, (others - log_set)[:, of], -np.inf)
        weighted = np.exp(exponent) * self.mover_payoff  # (L, A)
        u = weighted.sum(axis=0)
        slope = weighted.T @ self.path - np.diag(u) - u[:, None] * (belief.T @ self.path)[of]
        return u, slope

    def _beliefs(self, log_p: Array) -> tuple[Array, Array, Array]:
        """Return log odds of leaves without the own action (L, H), odds given the set (L, H), log of the sum."""
        others = self.log_chance[:, None] + self.path @ (log_p[:, None] * self.apart)
        masked = np.where(self.through, others + self.path @ (log_p[:, None] * self.own), -np.inf)
        top = masked.max(axis=0)
        within = np.exp(masked - top)
        total = within.sum(axis=0)
        return others, within / total, top + np.log(total)

    def payoffs_in_play(self, log_p: Array) -> Array:
        """Return for each information set (H,) the spread of the mover's payoffs over leaves likelier than 1e-9."""
        _, belief, _ = self._beliefs(log_p)
        pay = self.flat.payoffs[self.flat.leaves][:, self.flat.infoset_player]  # (L, H)
        high = np.where(belief > 1e-9, pay, -np.inf).max(axis=0)
        return np.asarray(high - np.where(belief > 1e-9, pay, np.inf).min(axis=0))


def softmax_jacobian(p: Array, flat: FlatTree) -> Array:
    """Return d log p_a / d z_b = [a = b] - p_b within an information set, 0 across: shape (A, A)."""
    same = flat.action_infoset[:, None] == flat.action_infoset[None, :]
    return np.asarray(np.eye(len(p)) - np.where(same, p[None, :], 0.0))


def leaf_form(flat: FlatTree, source: str | None = None) -> LeafForm:
    """Build the leaf form.

    Raises
    ------
    GameError
        The game is too large for dense work, or an information set lies wholly behind chance of probability 0, where
        beliefs have no meaning.
    """
    L, A, H = len(flat.leaves), flat.n_actions, len(flat.infosets)
    if A > ACTION_LIMIT or L * A > CELL_LIMIT:
        raise GameError(too_large(L, A, source))
    path = np.zeros((L, A))
    log_chance = np.zeros(L)
    node = flat.leaves.copy()
    rows = np.arange(L)
    with np.errstate(divide="ignore"):
        log_prob = np.log(flat.parent_prob)
    while (node > 0).any():
        taken = flat.parent_action[node]
        moved = (node > 0) & (taken >= 0)
        path[rows[moved], taken[moved]] = 1.0
        log_chance += np.where(node > 0, log_prob[node], 0.0)
        node = np.where(node > 0, flat.parent[node], 0)
    through = np.zeros((L, H), dtype=bool)
    for h in range(H):
        through[:, h] = path[:, flat.action_start[h] : flat.action_start[h + 1]].any(axis=1)
    unreachable = [flat.infosets[h] for h in range(H) if not np.isfinite(log_chance[through[:, h]]).any()]
    if unreachable:
        message = "information sets that chance never reaches have no beliefs; leave those branches out"
        raise GameError(Problem(message, file=source, key="tree", found=", ".join(unreachable)))
    payoff = centred(flat).payoffs[flat.leaves][:, flat.infoset_player[flat.action_infoset]]
    own = np.equal(flat.action_infoset[:, None], np.arange(H)[None, :])
    count = path.T @ through
    apart = (count > 0.0) & (count < through.sum(axis=0)) & ~own
    return LeafForm(
        flat, path, through, log_chance, np.where(path > 0.0, payoff, 0.0), own.astype(float), apart.astype(float)
    )


def too_large(leaves: int, actions: int, source: str | None) -> Problem:
    """Say how large the game is and what would shrink it."""
    return Problem(
        "too large to follow the principal branch of a game with hidden or simultaneous moves; use fewer types, "
        "allies, packages or strategies, or let the moves be seen (then one pass solves any size)",
        file=source,
        key="tree",
        found=f"{leaves:,} leaves x {actions:,} actions",
        allowed=f"{ACTION_LIMIT:,} actions and {CELL_LIMIT:,} leaves x actions",
    )


@dataclass(frozen=True, eq=False)
class LogitEquations:
    """The system for one game: relative rationality `weight` (H,) with maximum 1, payoff `scale`."""

    form: LeafForm
    weight: Array
    scale: float

    def reference(self, z: Array) -> Places:
        """Return for each action the likeliest action of its information set, shape (A,)."""
        start, of = self.form.flat.action_start, self.form.flat.action_infoset
        best = [lo + int(np.argmax(z[lo:hi])) for lo, hi in itertools.pairwise(start)]
        return np.array(best, dtype=np.intp)[of]

    def log_play(self, z: Array) -> Array:
        """Return log p (A,), the log of softmax(z) within each information set."""
        start, of = self.form.flat.action_start[:-1], self.form.flat.action_infoset
        shifted = z - np.maximum.reduceat(z, start)[of]
        return np.asarray(shifted - np.log(np.add.reduceat(np.exp(shifted), start))[of])

    def payoff_gaps(self, z: Array, ref: Places) -> tuple[Array, Array]:
        """Return w_h (u_a - u_r) (A,) and its derivative by z (A, A), payoffs divided by `scale`."""
        log_p = self.log_play(z)
        u, slope = self.form.values(log_p)
        by_z = slope @ softmax_jacobian(np.exp(log_p), self.form.flat)
        w = self.weight[self.form.flat.action_infoset] / self.scale
        return w * (u - u[ref]), w[:, None] * (by_z - by_z[ref])

    def differences_in_play(self, z: Array) -> Array:
        """Return the weighted payoff differences (H,) at stake where play leads, in units of `scale`."""
        return self.weight * self.form.payoffs_in_play(self.log_play(z)) / self.scale

    def residual(self, z: Array, lam: float, ref: Places) -> tuple[Array, Array, Array]:
        """Return F (A,), dF/dz (A, A) and dF/dlambda (A,), each row brought to the size of 1; z is 0 at `ref`."""
        gap, by_z = self.payoff_gaps(z, ref)
        anchor = ref == np.arange(len(z))
        row = 1.0 / np.maximum(1.0, lam * np.abs(by_z).max(axis=1))
        f = np.where(anchor, z, row * (z - lam * gap))
        jacobian = row[:, None] * (np.eye(len(z)) - lam * by_z)
        jacobian[anchor] = np.eye(len(z))[anchor]
        return f, jacobian, np.where(anchor, 0.0, -row * gap)

    def answer_gap(self, z: Array, lam: float) -> float:
        """Return max |p - softmax(lambda u(p))|, the fixed-point residual in probabilities."""
        gap, _ = self.payoff_gaps(z, self.reference(z))
        return float(np.abs(np.exp(self.log_play(lam * gap)) - np.exp(self.log_play(z))).max())

    def payoff_error(self, z: Array, lam: float) -> float:
        """Return by how much payoffs would have to differ for z to answer them at lambda, per difference in play.

        `max |u_a - u_r - (z_a - z_r) / lambda|` over the actions that are played (1e-12), lambda above 0.
        """
        ref = self.reference(z)
        gap, _ = self.payoff_gaps(z, ref)
        unit = self.differences_in_play(z)[self.form.flat.action_infoset]
        played = (self.log_play(z) > -27.6) & (unit > 0.0)
        wrong = np.abs(gap - (z - z[ref]) / lam)[played] / unit[played]
        return float(wrong.max(initial=0.0))

    def instability(self, z: Array, lam: float) -> tuple[Array, np.ndarray]:
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
