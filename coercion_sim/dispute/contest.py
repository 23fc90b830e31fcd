"""The contest after imposition: strategies, beliefs and values on the one path on which nobody has given in.

In the quarter of imposition measures bite and nobody reviews. In every later quarter the target reviews with chance rho
and concedes or resists (or offers to settle), then the coercer reviews with chance rho and lifts or sustains. After
every quarter the dispute lapses with chance eta. After Q quarters beliefs and choices are stationary.

All arrays hold B contests on their last axis; ``[c, s]`` are the coercer's type (soft, firm) and the target's
(irresolute, resolved).
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt

from coercion_sim.dispute.game import DisputeParameters

Array = npt.NDArray[np.float64]
#: Quarters of measures that count as the first year.
FIRST_YEAR = 4
#: Quarters after which beliefs and choices no longer change (Q).
QUARTERS = 32
#: Probabilities in Bayes' rule are at least this (0/0 otherwise).
PROBABILITY_FLOOR = 1e-12
#: Log-likelihood ratios beyond this are certainty in double precision.
_CERTAIN = 600.0


def choice(gap: Array, rationality: Array, idle: Array | bool = False) -> Array:
    """P(first of two) when it is worth `gap` more: logit.

    Where `idle`, the mover has no stake and does not act in an exact tie: the limit of a vanishing stake.
    """
    p: Array = 0.5 * (1.0 + np.tanh(0.5 * rationality * gap))
    return p if idle is False else np.where(idle & (gap == 0.0), 0.0, p)


def softmax(values: Array, rationality: Array | float, axis: int) -> Array:
    """Logit over one axis."""
    scaled = rationality * values
    weight = np.exp(scaled - scaled.max(axis=axis, keepdims=True))
    share: Array = weight / weight.sum(axis=axis, keepdims=True)
    return share


def revised(belief: Array, log_ratio: Array) -> Array:
    """Belief after evidence with this log-likelihood ratio of the high to the low type (Bayes)."""
    odds = np.exp(np.clip(log_ratio, -_CERTAIN, _CERTAIN))
    after: Array = np.where(belief < 1.0, belief * odds / np.maximum(belief * odds + 1.0 - belief, 1e-300), 1.0)
    return after


def log_ratio(of_type: Array, axis: int = 0) -> Array:
    """``ln P(act | high) - ln P(act | low)``, types on `axis`, probabilities floored at 1e-12."""
    logs = np.log(np.maximum(of_type, PROBABILITY_FLOOR))
    low, high = np.moveaxis(logs, axis, 0)
    ratio: Array = high - low
    return ratio


@dataclass(frozen=True, eq=False)
class Habits:
    """`DisputeParameters` of B contests, (B,) each; `discount` is a quarter's."""

    rationality: Array
    cost_year: Array
    audience_lift: Array
    audience_concede: Array
    review: Array
    lapse: Array
    lapse_cost: Array
    discount: Array
    bite: Array
    settle: Array

    @classmethod
    def of(cls, parameters: list[DisputeParameters], repeats: int) -> Habits:
        """Stack the parameters of several games, each for `repeats` contests."""
        rows = [
            (p.rationality, p.cost_year, p.audience_lift, p.audience_concede, p.review, p.lapse, p.lapse_cost,
             p.quarterly_discount, p.last_quarter_bite, p.settle)
            for p in parameters
        ]  # fmt: skip
        return cls(*np.repeat(np.array(rows).T, repeats, axis=1))


@dataclass(frozen=True, eq=False)
class Contests:
    """B contests to be solved.

    Attributes
    ----------
    cost, effect : (2, B)
        Coercer's cost and effect on the target a year: first year, long run.
    stake_coercer, stake_target : (2, B)
        v_C and v_T by type.
    erosion : (B,)
        Share of the target's stake that the package erodes.
    mu, nu : (B,)
        Beliefs once the package is imposed: P(resolved), P(firm).
    elapsed
        Quarters in which the measures were in force already.
    """

    cost: Array
    effect: Array
    stake_coercer: Array
    stake_target: Array
    erosion: Array
    mu: Array
    nu: Array
    habits: Habits
    elapsed: int = 0

    def take(self, at: npt.NDArray[np.int64]) -> Contests:
        """Return some of them."""
        habits = Habits(*(getattr(self.habits, f.name)[at] for f in fields(Habits)))
        arrays = {f.name: getattr(self, f.name)[..., at] for f in fields(self) if f.name not in ("habits", "elapsed")}
        return Contests(**arrays, habits=habits, elapsed=self.elapsed)

    def less_rational(self, share: Array) -> Contests:
        """Return them at a share (B,) of their rationality."""
        return replace(self, habits=replace(self.habits, rationality=self.habits.rationality * share))


@dataclass(frozen=True, eq=False)
class Quarter:
    """Values at the start of a quarter, (2, 2, B), and the choices of those who review in it, (2, B)."""

    coercer: Array
    target: Array
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
    """One step back through the contest at given beliefs: what does not change between quarters is computed once."""

    def __init__(self, contests: Contests) -> None:
        t, h = contests, contests.habits
        v_c, v_t = t.stake_coercer, t.stake_target
        self.terms, self.habits = contests, h
        self.rate_c, self.rate_t = (h.rationality / np.maximum(v, 1e-300) for v in (v_c, v_t))
        idle_c, idle_t = v_c == 0.0, v_t == 0.0
        self.idle_c, self.idle_t = idle_c if idle_c.any() else False, idle_t if idle_t.any() else False
        self.flow_c, self.flow_t = (t.cost + h.cost_year) / 4.0, t.effect / 4.0
        self.on = h.discount * (1.0 - h.lapse)
        self.lapsed = -(h.discount * h.lapse * h.lapse_cost * h.audience_lift * v_c)[:, None]
        left, xi = (1.0 - t.erosion) * v_t, h.bite
        self.settled = h.settle * v_c, -h.settle * left
        self.settling = bool(h.settle.any())
        # By year of measures: a quarter in force, and its part borne in the quarter of an ending.
        self.in_force = [(self.lapsed - f_c, f_t) for f_c, f_t in zip(self.flow_c, self.flow_t, strict=True)]
        self.borne = [(xi * f_c, xi * f_t) for f_c, f_t in zip(self.flow_c, self.flow_t, strict=True)]
        self.lifting = [-h.audience_lift * v_c - f_c for f_c, _ in self.borne]
        self.conceding = [-(1.0 + h.audience_concede) * left + f_t for _, f_t in self.borne]
        self.won = [(v_c - f_c)[:, None] for f_c, _ in self.borne]

    def imposed(self, after: tuple[Array, Array]) -> tuple[Array, Array]:
        """Values at imposition, (2, 2, B), from those at the first review: a whole quarter of measures, no review."""
        year = int(self.terms.elapsed >= FIRST_YEAR)
        return self.lapsed - self.flow_c[year] + self.on * after[0], self.flow_t[year] + self.on * after[1]

    def before(self, after: tuple[Array, Array], year: int, mu: Array, nu: Array) -> Quarter:
        """Return a quarter from the values after it.

        Parameters
        ----------
        after : (2, 2, B) each
            V_C and V_T at the start of the next quarter.
        year
            0 in the first year, 1 later.
        mu, nu : (B,)
            Beliefs of the movers: mu after this quarter's review of the target, nu after the last one of the coercer.
        """
        h, rho, (cost, bite) = self.habits, self.habits.review, self.borne[year]
        in_force_c, in_force_t = self.in_force[year]
        on_c, on_t = in_force_c + self.on * after[0], in_force_t + self.on * after[1]
        lifting, conceding, won = self.lifting[year], self.conceding[year], self.won[year]
        sustaining = on_c[:, 0] + mu * (on_c[:, 1] - on_c[:, 0])
        lift = choice(lifting - sustaining, self.rate_c, self.idle_c)
        l = (rho * lift)[:, None]  # noqa: E741 (the paper's letter)
        after_c, after_t = on_c + l * (lifting[:, None] - on_c), on_t + l * (bite - on_t)
        resisting = after_t[0] + nu * (after_t[1] - after_t[0])
        if not self.settling:
            concede = choice(conceding - resisting, self.rate_t, self.idle_t)
            k = rho * concede
            none = np.zeros_like(concede)
            value_c, value_t = after_c + k * (won - after_c), after_t + k * (conceding - after_t)
            return Quarter(value_c, value_t, concede, none, lift, none, conceding, resisting, none, lifting, sustaining)
        taking = self.settled[0] - cost
        accept = choice(taking - sustaining, self.rate_c, self.idle_c)
        a = accept[:, None]
        offered_c = a * taking[:, None] + (1.0 - a) * on_c
        offered_t = a * (self.settled[1] + bite) + (1.0 - a) * on_t
        offering = (1.0 - nu) * offered_t[0] + nu * offered_t[1]
        three = np.stack([conceding, resisting, np.where(h.settle > 0.0, offering, -np.inf)])
        share = softmax(three, self.rate_t, axis=0)
        concede, settle = share[0], share[2]
        k, o = rho * concede, rho * settle
        value_c = k * won + o * offered_c + (1.0 - k - o) * after_c
        value_t = k * conceding + o * offered_t + (1.0 - k - o) * after_t
        return Quarter(
            value_c, value_t, concede, settle, lift, accept, conceding, resisting, offering, lifting, sustaining
        )


@dataclass(frozen=True, eq=False)
class Pass:
    """One pass back and forth along a path of beliefs.

    Attributes
    ----------
    path : (2, Q, B)
        Log-likelihood ratios about the target and the coercer, cumulated over the reviews of quarters 1 to Q.
    stationary : (2, 2, 2, B)
        V_C and V_T after Q quarters.
    coercer, target : (2, 2, B)
        V_C and V_T at imposition.
    concede, settle, lift, accept : (Q + 1, 2, B)
        Choices of those who review in quarters 1 to Q, and in every one after them.
    """

    path: Array
    stationary: Array
    coercer: Array
    target: Array
    concede: Array
    settle: Array
    lift: Array
    accept: Array


def one_pass(recursion: Recursion, path: Array, stationary: Array, steps: int = 4) -> Pass:
    """Choose along a path of beliefs, the last quarter first, and revise the path by these choices.

    The stationary values are improved by `steps` steps of Howard's policy iteration (values of the choices just made,
    held for ever); `steps` 0 takes one plain step back, whose fixed point is the same.
    """
    t, h, Q = recursion.terms, recursion.habits, path.shape[1]
    mu, nu = revised(t.mu, path[0]), revised(t.nu, path[1])
    nu_before = np.concatenate([t.nu[None], nu[:-1]])
    after = stationary[0], stationary[1]
    for _ in range(steps or 1):
        q = recursion.before(after, 1, mu[-1], nu[-1])
        if not steps:
            after = q.coercer, q.target
            continue
        stay = _staying(h, q.concede, q.settle, q.lift, q.accept) * h.discount
        after = (q.coercer - stay * after[0]) / (1.0 - stay), (q.target - stay * after[1]) / (1.0 - stay)
    stationary = np.stack(after)
    concede, settle, lift, accept = (np.empty((Q + 1, *t.stake_target.shape)) for _ in range(4))
    for i in range(Q, -1, -1):
        at = min(i, Q - 1)
        q = recursion.before(after, int(i + 1 + t.elapsed >= FIRST_YEAR), mu[at], nu_before[at] if i < Q else nu[at])
        after = q.coercer, q.target
        concede[i], settle[i], lift[i], accept[i] = q.concede, q.settle, q.lift, q.accept
    about_target = log_ratio(1.0 - h.review * concede[:Q], axis=1)
    about_coercer = log_ratio(1.0 - h.review * lift[:Q], axis=1)
    revised_path = np.cumsum(np.stack([about_target, about_coercer]), axis=1)
    return Pass(revised_path, stationary, *recursion.imposed(after), concede, settle, lift, accept)


def _staying(h: Habits, concede: Array, settle: Array, lift: Array, accept: Array) -> Array:
    """P(nobody gives in and nothing lapses in a quarter) by ``[c, s]``, from choices by type, (..., 2, B)."""
    k, o = h.review * concede[..., None, :, :], h.review * settle[..., None, :, :]
    l, a = h.review * lift[..., :, None, :], accept[..., :, None, :]  # noqa: E741
    stay: Array = ((1.0 - k - o) * (1.0 - l) + o * (1.0 - a)) * (1.0 - h.lapse)
    return stay


@dataclass(frozen=True, eq=False)
class Course:
    """How B contests go on by ``[c, s]``, (2, 2, B) each: chances discounted to imposition, and discounted quarters.

    Attributes
    ----------
    yielded
        Discounted chance that the target yields; a settlement counts at its share of the stake.
    first_year, later
        Expected discounted quarters of measures, the last one counted at xi.
    """

    yielded: Array
    first_year: Array
    later: Array


def courses(contests: Contests, steps: Pass) -> Course:
    """Sum the path forward: ``sum_q d^q S_q x_q``, S_q the chance to be still in force, the tail a geometric series."""
    h, rows = contests.habits, len(steps.concede)
    k, o = h.review * steps.concede[:, None], h.review * steps.settle[:, None]
    l, a = h.review * steps.lift[:, :, None], steps.accept[:, :, None]  # noqa: E741
    stay = _staying(h, steps.concede, steps.settle, steps.lift, steps.accept) * h.discount
    reach = h.discount * (1.0 - h.lapse) * np.concatenate([np.ones((1, *stay.shape[1:])), np.cumprod(stay, axis=0)])
    # The last row stands for itself and every quarter after it.
    weight = reach[:-1].copy()
    weight[-1] = reach[-2] / (1.0 - stay[-1])
    over = k + o * a + (1.0 - k - o) * l
    bite = over * h.bite + (1.0 - over)
    early = (np.arange(1, rows + 1) + contests.elapsed < FIRST_YEAR).reshape(rows, 1, 1, 1)
    first = float(contests.elapsed < FIRST_YEAR)
    yielded = (weight * (k + o * a * h.settle)).sum(axis=0)
    quarters = weight * bite
    return Course(yielded, first + (quarters * early).sum(axis=0), 1.0 - first + (quarters * ~early).sum(axis=0))
