"""Following the principal branch of logit equilibria from lambda = 0, where play is uniform.

Predictor-corrector continuation (Turocy 2005, 2010), its steps in `branch_steps`. Folds are followed round; the first
point met at the lambda asked for is the answer.

Where symmetry breaks, several branches leave one point and "the" branch is a matter of convention. Where play becomes
unstable in one direction (two alike players), the branch that is stable under smoothed best response is followed, and
of its mirror images the one that favours the first action of the first player who can break the tie: where a small
favour of that kind in the payoffs would lead. Each such point is reported in `broken_at`. Where play becomes unstable
in several directions at once (three or more alike players) no side is singled out, and the symmetric branch is followed
straight on; such points are reported in `kept_at`. Where a side
runs into another symmetric branch this is followed on; a side that bends back to where it left is given up.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from coercion_sim.arrays import Array
from coercion_sim.games.branch_steps import BranchSettings, Point, correct, take_step, with_tangent
from coercion_sim.games.logit_equations import LeafForm, LogitEquations

UNMISTAKABLE = 0.05  # rate of running away at which the stable side is looked for
RESOLVED_RATIONALITY = 1e8  # per payoff difference in play: beyond it rounding swamps the fixed point
CERTIFIED = 1e-6  # residual up to which a point is called converged
MOST_RATIONALITY = 1e30  # per largest payoff difference, where nothing in play can be resolved sooner
CONVERGED, STALLED, TOO_MANY_STEPS = "converged", "failed: step too small", "failed: too many steps"
LEADS_BACK = "failed: the branch runs back to where symmetry broke"
UNCERTIFIED = f"failed: the residual is above {CERTIFIED:g}"


@dataclass(frozen=True, eq=False)
class BranchPoint:
    """Where the branch ended: `log_p` (A,) at `rationality` (the common factor; lambda_h = rationality x weight_h).

    A converged point may lie below the rationality asked for: at `RESOLVED_RATIONALITY`, past which probabilities
    differ from their limit by 1e-7 or less and double precision cannot tell. `residual` is then the error in payoffs,
    in units of the differences in play, at the rationality asked for; else max |p - softmax(lambda u)|.
    """

    log_p: Array
    rationality: float
    residual: float
    status: str
    steps: int
    broken_at: tuple[float, ...] = ()
    kept_at: tuple[float, ...] = ()


def follow_branch(form: LeafForm, weight: Array, target: float, settings: BranchSettings | None = None) -> BranchPoint:
    """Follow the principal branch to lambda_h = target x weight_h and return the first point met there.

    Parameters
    ----------
    form
        The game.
    weight : (H,)
        Relative rationality of each information set, at least 0, largest 1.
    target
        Rationality, finite, per unit of payoff.

    Returns
    -------
    BranchPoint
        `status` is "converged", or says why following stopped; then the point is the last one reached.
    """
    settings = settings or BranchSettings()
    spread = np.ptp(form.flat.payoffs[form.flat.leaves], axis=0)[form.flat.infoset_player]
    scale = float((weight * spread).max(initial=0.0))
    equations = LogitEquations(form, weight, scale if scale > 0.0 else 1.0)
    uniform = np.zeros(form.flat.n_actions)
    if not len(uniform):
        return BranchPoint(uniform, target, 0.0, CONVERGED, 0)
    start = with_tangent(equations, Point(uniform, 0.0, uniform, 1.0))
    assert start is not None  # at lambda = 0 the system is the identity
    most = min(target * equations.scale, MOST_RATIONALITY)
    walk = _Walk(equations, settings, float(np.log1p(most)), start, settings.first_step)
    status = walk.go()
    if status != CONVERGED and walk.broken:
        # The side taken leads nowhere; the symmetric branch may go on.
        straight = _Walk(equations, replace(settings, follow_stable=False), walk.end, start, settings.first_step)
        if straight.go() == CONVERGED:
            walk, status = straight, CONVERGED
    lam = float(np.expm1(walk.point.sigma))
    arrived = walk.point.sigma >= walk.end and most == target * equations.scale
    exact = status != CONVERGED or arrived
    z, end = walk.point.z, target * equations.scale
    residual = equations.answer_gap(z, lam) if exact else equations.payoff_error(z, end)
    if status == CONVERGED and not residual <= CERTIFIED:
        status = UNCERTIFIED
    return BranchPoint(
        log_p=equations.log_play(walk.point.z),
        rationality=target if arrived and status == CONVERGED else lam / equations.scale,
        residual=residual,
        status=status,
        steps=walk.steps,
        broken_at=tuple(walk.broken),
        kept_at=tuple(walk.kept),
    )


@dataclass
class _Walk:
    """The state of one walk: where it is, the next step, and the points at which symmetry could break."""

    equations: LogitEquations
    settings: BranchSettings
    end: float
    point: Point
    step: float
    steps: int = 0
    calm: int = 0
    fork: float | None = None
    left_at: float | None = None
    broken: list[float] = field(default_factory=list)
    kept: list[float] = field(default_factory=list)

    def go(self) -> str:
        """Walk to the end and return the status."""
        while self.point.sigma < self.end and not self._resolved():
            if self.steps >= self.settings.most_steps:
                return TOO_MANY_STEPS
            if self.step < self.settings.smallest_step:
                return STALLED
            self.steps += 1
            self._advance()
            if self.left_at is not None and self.point.sigma < self.left_at and self.point.dsigma < 0.0:
                return LEADS_BACK
            if self.fork is not None and (self.point.growth >= UNMISTAKABLE or self.point.sigma >= self.end):
                self._leave_fork()
        return CONVERGED

    def _resolved(self) -> bool:
        """Whether more rationality would move play by less than rounding can show."""
        lam = float(np.expm1(self.point.sigma))
        if lam < RESOLVED_RATIONALITY:
            return False
        stakes = self.equations.differences_in_play(self.point.z)
        stakes = lam * stakes[stakes > 0.0]
        return bool((stakes >= RESOLVED_RATIONALITY).all() or (stakes >= RESOLVED_RATIONALITY * 1e4).any())

    def _advance(self) -> None:
        """Try one step; where it fails, or crosses a point of broken symmetry too boldly, only shorten the next."""
        point, settings = self.point, self.settings
        size, end = self._length()
        moved, jump = take_step(self.equations, point, size, end, settings)
        ways = 0 if moved is None else _ways_out(point, moved)
        turns = moved is not None and self.left_at is not None and point.dsigma > 0.0 > moved.dsigma
        bold = (ways or turns) and size > settings.branching_step
        if moved is None or moved.sigma > self.end or bold:
            # A step too long may also jump from a branch that bends away to an unstable one ahead.
            self.step, self.calm = 0.5 * size, 0
            return
        across = _straight_on(self.equations, point, moved, settings) if turns else None
        if across is not None:
            self.left_at = None
        self.point, self.calm = across or moved, self.calm + 1
        self._note(self.point.sigma, 1 if across is not None else ways, go_on=across is not None)
        grow = self.calm > 3 and jump < 0.4 * settings.largest_jump
        self.step = min(settings.largest_step, size * (1.6 if grow else 1.0))

    def _length(self) -> tuple[float, float | None]:
        """Length of the next step, and the end where it lands on it."""
        point = self.point
        if point.dsigma > 0.0 and point.sigma + self.step * point.dsigma >= self.end:
            return (self.end - point.sigma) / point.dsigma, self.end
        return self.step, None

    def _note(self, sigma: float, ways: int, *, go_on: bool) -> None:
        """Note a point of broken symmetry: left by its stable side, or kept to the branch that goes straight on."""
        if ways == 1 and self.settings.follow_stable and not go_on:
            self.fork = sigma
        elif ways:
            self.kept.append(self._rationality(sigma))

    def _leave_fork(self) -> None:
        """Go over to the stable side, once play is clearly unstable or the walk is at its end."""
        assert self.fork is not None
        stable = _stable_side(self.equations, self.point) if self.point.unstable else None
        (self.kept if stable is None else self.broken).append(self._rationality(self.fork))
        self.left_at = None if stable is None else self.fork
        self.point, self.fork = stable or self.point, None

    def _rationality(self, sigma: float) -> float:
        return float(np.expm1(sigma)) / self.equations.scale


def _ways_out(before: Point, after: Point) -> int:
    """Return in how many more directions play became unstable between two points, where no fold lies in between."""
    return max(0, after.unstable - before.unstable) if min(before.dsigma, after.dsigma) > 0.0 else 0


def _straight_on(equations: LogitEquations, before: Point, after: Point, settings: BranchSettings) -> Point | None:
    """Look beyond a turn of a side that was taken for a symmetric branch it runs into; None at a plain fold.

    Past a fold no equilibrium lies near. Where the two mirror sides meet on a symmetric branch one does, and in
    a game with the least favour to somebody the way goes on along it (Shapley 1974, figure 3, lambda 3.07).
    """
    z, sigma = 0.5 * (before.z + after.z), max(before.sigma, after.sigma) + 2.0 * settings.branching_step
    start = Point(z, sigma, np.zeros_like(z), 1.0)
    beyond = correct(equations, start, z, sigma, True, 2 * settings.corrections)
    if beyond is None or np.abs(np.exp(equations.log_play(beyond.z)) - np.exp(equations.log_play(z))).max() > 0.1:
        return None
    return with_tangent(equations, beyond)


def _stable_side(equations: LogitEquations, point: Point) -> Point | None:
    """Leave an unstable point towards the side its first mover's first action favours, and settle there."""
    lam = float(np.expm1(point.sigma))
    rates, pairs = equations.instability(point.z, lam)
    right, left = pairs[: len(rates)], pairs[len(rates) :]
    p = np.exp(equations.log_play(point.z))
    for first in range(len(p)):
        share = left[:, first]
        push = share @ right
        if np.abs(push).max() > 1e-6:
            break
    else:
        return None
    push = push * (1e-3 / np.abs(p * push).max())
    if push[first] < 0.0:
        push = -push
    z = point.z + push
    for _ in range(4000):
        gap, _ = equations.payoff_gaps(z, equations.reference(z))
        after = z - z[equations.reference(z)]
        after = after + 0.3 * (lam * gap - after)
        done = np.abs(np.exp(equations.log_play(after)) - np.exp(equations.log_play(z))).max() < 1e-9
        z = after
        if done:
            break
    start = Point(z - z[equations.reference(z)], point.sigma, np.zeros_like(z), 1.0)
    settled = correct(equations, start, start.z, start.sigma, True, 12)
    return None if settled is None else with_tangent(equations, settled)
