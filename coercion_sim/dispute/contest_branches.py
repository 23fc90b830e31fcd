"""Principal branches of many contests, followed side by side by their length: see `continuation` for the method.

Contests go at their own pace: each round linearises every contest once, where it stands between a guess along its
tangent and the branch.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from coercion_sim.arrays import Array
from coercion_sim.dispute.contest import Contests
from coercion_sim.dispute.continuation import (
    ASIDE,
    CORNER,
    CORRECTIONS,
    COSINE,
    FIRST,
    LEAST,
    LONG,
    MOST,
    NEAR,
    STEPS,
)  # fmt: skip
from coercion_sim.dispute.newton_sweep import sweep
from coercion_sim.dispute.one_step import scale_of, step_contests
from coercion_sim.dispute.recursion import Recursion

#: Share of rationality at which a branch sets out: choices are even to rounding, their derivatives are not.
_EVEN = 1e-9


@dataclass(eq=False)
class _Walkers:
    """Where B contests are on their branches; last row of (n + 1, B): the share of rationality."""

    at: npt.NDArray[np.int64]
    point: Array
    tangent: Array
    side: Array
    length: Array
    step: Array
    last: npt.NDArray[np.bool_]
    guess: Array
    z: Array
    before: Array
    corrections: npt.NDArray[np.int64]
    steps: npt.NDArray[np.int64]

    def take(self, which: npt.NDArray[np.bool_]) -> _Walkers:
        """Some of them."""
        return _Walkers(*(getattr(self, f.name)[..., which] for f in fields(self)))

    def set_out(self, which: npt.NDArray[np.bool_]) -> None:
        """Guess the next point of some, a length along the tangent or at all of rationality."""
        ahead = np.maximum(self.tangent[-1], 1e-300)
        last = self.point[-1] + self.length * self.tangent[-1] >= 1.0
        step = np.where(last, (1.0 - self.point[-1]) / ahead, self.length)
        guess = self.point + step * self.tangent
        self.step, self.last = np.where(which, step, self.step), np.where(which, last, self.last)
        self.guess, self.z = np.where(which, guess, self.guess), np.where(which, guess, self.z)
        self.before, self.corrections = np.where(which, np.inf, self.before), np.where(which, 0, self.corrections)
        self.steps = self.steps + which


class ContestBranches:
    """Contests at given beliefs of imposition, as functions of the share of their rationality."""

    def __init__(self, contests: Contests, Q: int) -> None:
        self.contests, self.Q, self.scale = contests, Q, scale_of(contests)

    def start(self) -> Array:
        """Unknowns and share (2 Q + 9, B): even choice teaches nothing, and its values are those of one policy."""
        B = self.contests.mu.size
        even = self.contests.less_rational(np.zeros(B))
        x = step_contests(even, np.zeros((2 * self.Q + 8, B)), self.Q, 1)[0]
        return np.concatenate([x, np.full((1, B), _EVEN)])

    def linearised(self, z: Array, at: npt.NDArray[np.int64]) -> tuple[Array, Array, Array, Array]:
        """Newton's step and the derivatives by the share, (n, B) each; miss and sign of the determinant, (B,)."""
        Q, contests, scale, B = self.Q, self.contests.take(at), self.scale[:, at], len(at)
        paths, values = z[: 2 * Q].reshape(2, Q, B), (z[2 * Q : -1] * scale).reshape(2, 2, 2, B)
        full = contests.habits.rationality
        back = sweep(Recursion(contests.less_rational(z[-1])), paths, values, scale.reshape(2, 2, 2, B), full)
        nowhere = np.zeros((2, B))
        newton, by_share = (
            np.concatenate([path.reshape(2 * Q, B), stationary.reshape(8, B) / scale])
            for path, stationary in (back.step(nowhere), back.step(nowhere, 1))
        )
        return newton, by_share - newton, back.missed, back.sign

    def followed(self, tolerance: float) -> Array:
        """Unknowns (2 Q + 8, B) where the branches reach all of rationality; where lost, the last point met."""
        z = self.start()
        n, B = len(z) - 1, z.shape[1]
        ends, weight = z[:-1].copy(), np.append(np.full(n, 1.0 / n), 1.0)[:, None]
        with np.errstate(all="ignore"):
            _, by_share, _, sign = self.linearised(z, np.arange(B))
            everyone, nobody = np.ones(B, dtype=bool), np.zeros(B, dtype=np.int64)
            walkers = _Walkers(
                np.arange(B), z, _tangent(by_share, weight), sign, np.full(B, FIRST), np.zeros(B), ~everyone, z, z,
                np.zeros(B), nobody, nobody,
            )  # fmt: skip
            walkers.set_out(everyone)
            while len(walkers.at):
                ended = self._round(walkers, weight, tolerance)
                ends[:, walkers.at[ended]] = walkers.point[:-1, ended]
                walkers = walkers.take(~ended)
        return ends

    def _round(self, w: _Walkers, weight: Array, tolerance: float) -> npt.NDArray[np.bool_]:
        """Linearise every contest once and move it on; return which have ended, (B,)."""
        newton, by_share, missed, sign = self.linearised(w.z, w.at)
        near = np.where(w.last, tolerance, np.where(w.length < LONG, NEAR[1], NEAR[0]))
        met = missed <= near
        lost = ~met & (~(missed < 10.0 * w.before) | (w.corrections >= CORRECTIONS - 1))
        turned = w.side * sign * _tangent(by_share, weight)
        aside = np.sqrt((weight * (w.z - w.guess) ** 2).sum(axis=0)) <= ASIDE * w.step
        along = (weight * w.tangent * turned).sum(axis=0) >= COSINE
        good = met & aside & (along | (w.step <= CORNER)) & (w.last | (w.z[-1] < 1.0))
        w.point, w.tangent = np.where(good, w.z, w.point), np.where(good, turned, w.tangent)
        failed = (met | lost) & ~good
        longer = np.minimum(w.length * np.where(w.corrections <= 3, 2.0, 1.0), MOST)
        w.length = np.where(good, longer, np.where(failed, w.step / 4.0, w.length))
        # Back to the branch in the plane through the guess across the tangent, or at the same share at the end.
        across = np.where(w.last, 0.0, (weight * w.tangent)[:-1])
        forward = np.where(w.last, 1.0, w.tangent[-1])
        share = -(across * newton).sum(axis=0) / ((across * by_share).sum(axis=0) + forward)
        w.z = w.z + np.concatenate([newton + share * by_share, share[None]])
        w.before, w.corrections = missed, w.corrections + 1
        ended: npt.NDArray[np.bool_] = (good & w.last) | (w.length < LEAST) | (w.steps >= STEPS)
        w.set_out((good | failed) & ~ended)
        return ended


def _tangent(by_share: Array, weight: Array) -> Array:
    """Direction (n + 1, B) in which rationality grows, of length 1 in the weighted norm."""
    direction = np.concatenate([by_share, np.ones((1, by_share.shape[1]))])
    along: Array = direction / np.sqrt((weight * direction**2).sum(axis=0))
    return along
