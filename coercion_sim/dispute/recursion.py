"""The contest after imposition: strategies, beliefs and values on the one path on which nobody has given in.

In the quarter of imposition measures bite and nobody reviews. In every later quarter the target reviews with chance rho
and concedes or resists (or offers to settle), then the coercer reviews with chance rho and lifts or sustains. After
every quarter the dispute lapses with chance eta. After Q quarters beliefs and choices are stationary.

All arrays hold B contests on their last axis; ``[c, s]`` are the coercer's type (soft, firm) and the target's
(irresolute, resolved).
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass, replace

import numpy as np

from coercion_sim.arrays import Array
from coercion_sim.dispute.contest import FIRST_YEAR, Contests, Habits, choice, log_ratio, revised, softmax


class _Values:
    """Names for the rows of `values`, (5, 2, 2, ...) with ``[c, s]``."""

    values: Array

    def _row(self, i: int) -> Array:
        row: Array = self.values[i]
        return row

    @property
    def coercer(self) -> Array:
        """V_C."""
        return self._row(0)

    @property
    def target(self) -> Array:
        """V_T."""
        return self._row(1)

    @property
    def yielded(self) -> Array:
        """Discounted chance that the target yields; a settlement counts at its share of the stake."""
        return self._row(2)

    @property
    def first_year(self) -> Array:
        """Expected discounted quarters of measures in their first year, the last one counted at xi."""
        return self._row(3)

    @property
    def later(self) -> Array:
        """Those after the first year."""
        return self._row(4)


@dataclass(frozen=True, eq=False)
class Quarter(_Values):
    """What is expected from the start of a quarter on, (5, 2, 2, B), and the choices of those who review, (2, B)."""

    values: Array
    concede: Array
    settle: Array
    lift: Array
    accept: Array
    conceding: Array
    resisting: Array
    offering: Array
    lifting: Array
    sustaining: Array


class Recursion:
    """One step back through the contest at given beliefs: what does not change between quarters is computed once.

    Everything expected obeys one rule: a flow while measures are in force plus ``d (1 - eta)`` times what follows, or
    what an ending is worth. Its five rows are those of `Quarter.values`.
    """

    def __init__(self, contests: Contests) -> None:
        t, h = contests, contests.habits
        v_c, v_t = t.stake_coercer, t.stake_target
        self.terms, self.habits = contests, h
        self.rate_c, self.rate_t = (h.rationality / np.maximum(v, 1e-300) for v in (v_c, v_t))
        idle_c, idle_t = v_c == 0.0, v_t == 0.0
        self.idle_c, self.idle_t = idle_c if idle_c.any() else False, idle_t if idle_t.any() else False
        self.on = h.discount * (1.0 - h.lapse)
        self.settling = bool(h.settle.any())
        left, xi, nothing, one = (1.0 - t.erosion) * v_t, h.bite, np.zeros_like(h.bite), np.ones_like(h.bite)
        lapsed = -h.discount * h.lapse * h.lapse_cost * h.audience_lift * v_c
        flow_c, flow_t = (t.cost + h.cost_year) / 4.0, t.effect / 4.0
        # By year of measures: a quarter in force, and what each ending is worth with its part of the quarter borne.
        self.in_force, self.lifted, self.conceded, self.settled = [], [], [], []
        for early, f_c, f_t in ((True, flow_c[0], flow_t[0]), (False, flow_c[1], flow_t[1])):
            quarter = (one, nothing) if early else (nothing, one)
            borne = (xi, nothing) if early else (nothing, xi)
            self.in_force.append(_rows(lapsed - f_c, f_t, nothing, *quarter))
            self.lifted.append(_rows(-h.audience_lift * v_c - xi * f_c, xi * f_t, nothing, *borne))
            conceded = -(1.0 + h.audience_concede) * left + xi * f_t
            self.conceded.append(_rows(v_c - xi * f_c, conceded, one, *borne))
            self.settled.append(_rows(h.settle * v_c - xi * f_c, -h.settle * left + xi * f_t, h.settle, *borne))

    def at_beliefs(self, mu: Array, nu: Array) -> Recursion:
        """Return the same contests at other beliefs (B,) of imposition."""
        other = copy(self)
        other.terms = replace(self.terms, mu=mu, nu=nu)
        return other

    def imposed(self, after: Array) -> Array:
        """Return what is expected at imposition, (5, 2, 2, B): a whole quarter of measures in which nobody reviews."""
        imposed: Array = self.in_force[int(self.terms.elapsed >= FIRST_YEAR)] + self.on * after
        return imposed

    def before(self, after: Array, year: int, mu: Array, nu: Array) -> Quarter:
        """Return a quarter from what is expected at the start of the next one, (5, 2, 2, B).

        Parameters
        ----------
        year
            0 in the first year, 1 later.
        mu, nu : (B,)
            Beliefs of the movers: mu after this quarter's review of the target, nu after the last one of the coercer.
        """
        h, rho = self.habits, self.habits.review
        lifted, conceded = self.lifted[year], self.conceded[year]
        on = self.in_force[year] + self.on * after
        lifting, conceding = lifted[0, :, 0], conceded[1, 0]
        sustaining = on[0, :, 0] + mu * (on[0, :, 1] - on[0, :, 0])
        lift = choice(lifting - sustaining, self.rate_c, self.idle_c)
        resisted = lifted - on
        resisted *= (rho * lift)[:, None]
        resisted += on
        resisting = resisted[1, 0] + nu * (resisted[1, 1] - resisted[1, 0])
        if not self.settling:
            concede = choice(conceding - resisting, self.rate_t, self.idle_t)
            values = conceded - resisted
            values *= rho * concede
            values += resisted
            none = np.zeros_like(concede)
            return Quarter(values, concede, none, lift, none, conceding, resisting, none, lifting, sustaining)
        settled = self.settled[year]
        accept = choice(settled[0, :, 0] - sustaining, self.rate_c, self.idle_c)
        offered = on + accept[:, None] * (settled - on)
        offering = offered[1, 0] + nu * (offered[1, 1] - offered[1, 0])
        three = np.stack([conceding, resisting, np.where(h.settle > 0.0, offering, -np.inf)])
        share = softmax(three, self.rate_t, axis=0)
        concede, settle = share[0], share[2]
        values = resisted + rho * concede * (conceded - resisted) + rho * settle * (offered - resisted)
        return Quarter(values, concede, settle, lift, accept, conceding, resisting, offering, lifting, sustaining)

    def back(self, path: Array, stationary: Array) -> Iterator[Quarter]:
        """Yield the quarters from the one that stands for all after Q back to the first review, Q + 1 in all.

        Parameters
        ----------
        path : (2, Q, B)
            See `Pass`.
        stationary : (2, 2, 2, B)
            V_C and V_T at the start of every quarter after Q.
        """
        t, h, Q = self.terms, self.habits, path.shape[1]
        mu, nu = revised(t.mu, path[0]), revised(t.nu, path[1])
        nu_before = np.concatenate([t.nu[None], nu])
        after = np.concatenate([stationary, np.zeros((3, *stationary.shape[1:]))])
        for i in range(Q, -1, -1):
            q = self.before(after, int(i + 1 + t.elapsed >= FIRST_YEAR), mu[min(i, Q - 1)], nu_before[i])
            after = q.values
            if i == Q:
                # The course goes on for ever as in this quarter.
                after[2:] /= 1.0 - staying(h, q.concede, q.settle, q.lift, q.accept) * h.discount
            yield q


def _rows(coercer: Array, target: Array, *rest: Array) -> Array:
    """Five rows (5, 2, 2, B): the first by c, the second by s, the rest by neither."""
    rows = np.empty((5, 2, 2, coercer.shape[-1]))
    rows[0], rows[1] = coercer[:, None], target[None]
    for i, row in enumerate(rest, start=2):
        rows[i] = row
    return rows


@dataclass(frozen=True, eq=False)
class Pass(_Values):
    """One pass back and forth along a path of beliefs.

    Attributes
    ----------
    path : (2, Q, B)
        Log-likelihood ratios about the target and the coercer, cumulated over the reviews of quarters 1 to Q.
    stationary : (2, 2, 2, B)
        V_C and V_T after Q quarters.
    values : (5, 2, 2, B)
        What is expected at imposition: see `Quarter`.
    concede, settle, lift, accept : (Q + 1, 2, B)
        Choices of those who review in quarters 1 to Q, and in every one after them.
    """

    path: Array
    stationary: Array
    values: Array
    concede: Array
    settle: Array
    lift: Array
    accept: Array


def one_pass(recursion: Recursion, path: Array, stationary: Array, steps: int = 4) -> Pass:
    """Choose along a path of beliefs, the last quarter first, and revise the path by these choices.

    The stationary values are improved by `steps` steps of Howard's policy iteration (values of the choices just made,
    resisted for ever); `steps` 0 takes one plain step back, whose fixed point is the same.
    """
    t, h, Q = recursion.terms, recursion.habits, path.shape[1]
    mu, nu = revised(t.mu, path[0, -1]), revised(t.nu, path[1, -1])
    after = np.concatenate([stationary, np.zeros((3, *stationary.shape[1:]))])
    for _ in range(steps or 1):
        q = recursion.before(after, 1, mu, nu)
        if not steps:
            after = q.values
            continue
        stay = staying(h, q.concede, q.settle, q.lift, q.accept) * h.discount
        after = (q.values - stay * after) / (1.0 - stay)
    concede, settle, lift, accept = (np.empty((Q + 1, *t.stake_target.shape)) for _ in range(4))
    for i, q in zip(range(Q, -1, -1), recursion.back(path, after[:2]), strict=True):
        concede[i], settle[i], lift[i], accept[i] = q.concede, q.settle, q.lift, q.accept
    about_target = log_ratio(1.0 - h.review * concede[:Q], axis=1)
    about_coercer = log_ratio(1.0 - h.review * lift[:Q], axis=1)
    revised_path = np.cumsum(np.stack([about_target, about_coercer]), axis=1)
    return Pass(revised_path, after[:2], recursion.imposed(q.values), concede, settle, lift, accept)


def scale_of(contests: Contests) -> Array:
    """Stakes by which the eight stationary values are divided, (8, B), at least a millionth of the flows."""
    stakes = [np.repeat(contests.stake_coercer, 2, axis=0), np.tile(contests.stake_target, (2, 1))]
    flows = np.abs(contests.cost).max(axis=0) + np.abs(contests.effect).max(axis=0) + contests.habits.cost_year
    scale: Array = np.maximum(np.concatenate(stakes), np.maximum(1e-6 * flows, 1e-12))
    return scale


def step_contests(contests: Contests, x: Array, Q: int, steps: int = 4) -> tuple[Array, Pass]:
    """Return the image of contests' unknowns (2 Q + 8, B): paths, then stationary values as multiples of the stakes."""
    return step_along(Recursion(contests), scale_of(contests), x, Q, steps)


def step_along(recursion: Recursion, scale: Array, x: Array, Q: int, steps: int) -> tuple[Array, Pass]:
    """`step_contests` of contests prepared already, `scale` being that of `scale_of`."""
    steps_back = one_pass(recursion, *unpacked(x, scale, Q), steps)
    return packed(steps_back.path, steps_back.stationary, scale), steps_back


def unpacked(x: Array, scale: Array, Q: int) -> tuple[Array, Array]:
    """Paths (2, Q, B) and stationary values (2, 2, 2, B) of contests' unknowns (2 Q + 8, B); `scale`: `scale_of`."""
    B = x.shape[1]
    return x[: 2 * Q].reshape(2, Q, B), (x[2 * Q :] * scale).reshape(2, 2, 2, B)


def packed(path: Array, stationary: Array, scale: Array) -> Array:
    """The inverse of `unpacked`."""
    B = path.shape[-1]
    return np.concatenate([path.reshape(-1, B), stationary.reshape(8, B) / scale])


def staying(h: Habits, concede: Array, settle: Array, lift: Array, accept: Array) -> Array:
    """P(nobody gives in and nothing lapses in a quarter) by ``[c, s]``, from choices by type, (..., 2, B)."""
    k, o = h.review * concede[..., None, :, :], h.review * settle[..., None, :, :]
    l, a = h.review * lift[..., :, None, :], accept[..., :, None, :]  # noqa: E741
    stay: Array = ((1.0 - k - o) * (1.0 - l) + o * (1.0 - a)) * (1.0 - h.lapse)
    return stay
