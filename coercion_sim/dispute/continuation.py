"""Principal branches of logit equilibria, followed side by side from even choice to the rationality asked for.

A branch is a curve ``F(x, t) = 0`` in the unknowns x and the share t of rationality (Turocy 2005). It may turn back in
t, so it is followed by its length (pseudo-arclength continuation; Allgower and Georg 2003, chapters 2 and 6). Branches
go at their own pace: each round linearises every one once, where it stands between a guess along its tangent and the
branch. (Guesses bent as the last two tangents were took a quarter fewer rounds and lost two contests in 24.)
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Protocol

import numpy as np

from coercion_sim.arrays import Array, Bools, Ints

#: Steps tried along a branch, and Newton steps back to it after each.
STEPS, CORRECTIONS = 400, 6
#: Times that a branch may turn back in rationality: of those that arrived (327 contests and 11 packages of disputes at
#: 8 and 16 times the usual rationality) none turned more than ten times.
TURNS = 12
#: Length of a step, in root mean square of the unknowns: first, least, most.
FIRST, LEAST, MOST = 0.02, 1e-9, 1.0
#: A step is too long where the branch is found farther away than this part of it, or turns by more than this cosine;
#: the latter down to a length at which it is a corner (probabilities have a floor).
ASIDE, COSINE, CORNER = 0.5, 0.8, 1e-5
#: How near to a branch a long and a short step have to come; its end is met to the tolerance asked for. (A long step
#: that ends 1e-4 from the branch leaves later steps of that length nowhere to go: one package of the flagship.)
NEAR, LONG = (1e-5, 1e-7), 1e-3
#: Share of rationality at which a branch sets out: choices are even to rounding, their derivatives are not.
EVEN = 1e-9


class Branches(Protocol):
    """Curves of solutions, B of them."""

    def start(self) -> Array:
        """Return the unknowns and the share of rationality, (n + 1, B), where the branches begin."""
        ...

    def linearised(self, z: Array, at: Ints) -> tuple[Array, Array, Array, Array]:
        """Linearise the branches `at`, (B',), at z (n + 1, B').

        Returns
        -------
        newton, by_share : (n, B')
            Newton's step ``- F / F_x`` at this share, and ``- F_t / F_x``.
        missed, sign : (B',)
            ``max |F|``, and the sign of the determinant of F_x.
        """
        ...


@dataclass(eq=False)
class _Walkers:
    """Where B branches stand; last row of (n + 1, B): the share of rationality."""

    at: Ints
    point: Array
    tangent: Array
    side: Array
    length: Array
    step: Array
    last: Bools
    guess: Array
    z: Array
    before: Array
    corrections: Ints
    steps: Ints
    turns: Ints

    def take(self, which: Bools) -> _Walkers:
        """Some of them."""
        return _Walkers(*(getattr(self, f.name)[..., which] for f in fields(self)))

    def set_out(self, which: Bools) -> None:
        """Guess the next point of some, a length along the tangent or at all of rationality."""
        ahead = np.maximum(self.tangent[-1], 1e-300)
        last = self.point[-1] + self.length * self.tangent[-1] >= 1.0
        step = np.where(last, (1.0 - self.point[-1]) / ahead, self.length)
        guess = self.point + step * self.tangent
        self.step, self.last = np.where(which, step, self.step), np.where(which, last, self.last)
        self.guess, self.z = np.where(which, guess, self.guess), np.where(which, guess, self.z)
        self.before, self.corrections = np.where(which, np.inf, self.before), np.where(which, 0, self.corrections)
        self.steps = self.steps + which


def followed(branches: Branches, tolerance: float) -> Array:
    """Follow branches and return the unknowns (n, B) where they reach t = 1, ``max |F| <= tolerance``.

    Where a branch is lost, the last point met on it is returned, which is no solution.
    """
    z = branches.start()
    n, B = len(z) - 1, z.shape[1]
    ends, weight = z[:-1].copy(), np.append(np.full(n, 1.0 / n), 1.0)[:, None]
    with np.errstate(all="ignore"):
        _, by_share, _, sign = branches.linearised(z, np.arange(B))
        everyone, zero = np.ones(B, dtype=bool), np.zeros(B, dtype=np.int64)
        walkers = _Walkers(
            np.arange(B), z, _tangent(by_share, weight), sign, np.full(B, FIRST), np.zeros(B), ~everyone, z, z,
            np.zeros(B), zero, zero, zero,
        )  # fmt: skip
        walkers.set_out(everyone)
        while len(walkers.at):
            ended = _round(branches, walkers, weight, tolerance)
            ends[:, walkers.at[ended]] = walkers.point[:-1, ended]
            walkers = walkers.take(~ended)
    return ends


def _round(branches: Branches, w: _Walkers, weight: Array, tolerance: float) -> Bools:
    """Linearise every branch once and move along it; return which have ended, (B,).

    The tangent has the sign of the determinant, so that it never turns round on a branch (Allgower and Georg 2003,
    section 2.1).
    """
    newton, by_share, missed, sign = branches.linearised(w.z, w.at)
    near = np.where(w.last, tolerance, np.where(w.length < LONG, NEAR[1], NEAR[0]))
    met = missed <= near
    lost = ~met & (~(missed < 10.0 * w.before) | (w.corrections >= CORRECTIONS - 1))
    turned = w.side * sign * _tangent(by_share, weight)
    aside = np.sqrt((weight * (w.z - w.guess) ** 2).sum(axis=0)) <= ASIDE * w.step
    along = (weight * w.tangent * turned).sum(axis=0) >= COSINE
    good = met & aside & (along | (w.step <= CORNER)) & (w.last | (w.z[-1] < 1.0))
    w.turns = w.turns + (good & (w.tangent[-1] * turned[-1] < 0.0))
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
    ended: Bools = (good & w.last) | (w.length < LEAST) | (w.steps >= STEPS) | (w.turns > TURNS)
    w.set_out((good | failed) & ~ended)
    return ended


def _tangent(by_share: Array, weight: Array) -> Array:
    """Direction (n + 1, B) in which rationality grows, of length 1 in the weighted norm."""
    direction = np.concatenate([by_share, np.ones((1, by_share.shape[1]))])
    along: Array = direction / np.sqrt((weight * direction**2).sum(axis=0))
    return along
