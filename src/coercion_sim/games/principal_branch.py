"""Following the principal branch of logit equilibria from lambda = 0, where play is uniform.

Predictor-corrector continuation in (z, sigma), lambda = e^sigma - 1 (Allgower-Georg 1990; Turocy 2005, 2010), with
distances measured in probabilities (Fisher metric), so that a probability sinking from 1e-9 to 1e-90 is no distance.
Folds are followed round and the first point met at the lambda asked for is returned.

Where symmetry breaks, two or more branches leave one point and "the" branch is a matter of convention. Here the branch
that is stable under smoothed best response is followed, and among mirror images the one that favours the first action
of the first player who can break the tie; it is where a small favour of that kind in the payoffs would lead. Each such
point is reported in `broken_at`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from coercion_sim.games.branch_equations import LogitEquations
from coercion_sim.games.flat_tree import Floats
from coercion_sim.games.leaf_form import LeafForm

RESOLVED_PRECISION = 1e8  # per largest payoff difference: beyond it rounding swamps the fixed point
CONVERGED, STALLED, TOO_MANY_STEPS = "converged", "failed: step too small", "failed: too many steps"


@dataclass(frozen=True)
class BranchSettings:
    """How carefully to follow.

    Attributes
    ----------
    first_step, largest_step, smallest_step
        In sigma = log(1 + lambda), lambda per largest payoff difference.
    most_steps
        Then the status says so.
    largest_jump
        Most that a probability may differ from its prediction.
    corrections
        Newton iterations a step may take.
    branching_step
        How closely, in sigma, a point where symmetry breaks is located.
    follow_stable
        Whether to leave a branch that has become unstable at such a point; if not, it is followed straight on.
    """

    first_step: float = 0.05
    largest_step: float = 0.4
    smallest_step: float = 1e-7
    most_steps: int = 4000
    largest_jump: float = 0.1
    corrections: int = 8
    branching_step: float = 0.03
    follow_stable: bool = True


@dataclass(frozen=True, eq=False)
class BranchPoint:
    """Where the branch ended: `log_p` (A,) at `precision` (the common factor; lambda_h = precision x weight_h).

    A converged point may lie below the precision asked for: at `RESOLVED_PRECISION`, past which probabilities differ from
    their limit by 1e-7 or less and double precision cannot tell.
    """

    log_p: Floats
    precision: float
    residual: float
    status: str
    steps: int
    broken_at: tuple[float, ...] = ()


@dataclass(frozen=True, eq=False)
class _Point:
    """A point on the branch with the direction of travel (dz, dsigma) and how many ways lead away from it."""

    z: Floats
    sigma: float
    dz: Floats
    dsigma: float
    unstable: int


def follow_branch(form: LeafForm, weight: Floats, target: float, settings: BranchSettings | None = None) -> BranchPoint:
    """Follow the principal branch to lambda_h = target x weight_h and return the first point met there.

    Parameters
    ----------
    form
        The game.
    weight : (H,)
        Relative precision of each information set, at least 0, largest 1.
    target
        Precision, finite, per unit of payoff.

    Returns
    -------
    BranchPoint
        `status` is "converged", or says why following stopped; then the point is the last one reached.
    """
    settings = settings or BranchSettings()
    spread = np.ptp(form.flat.payoffs[form.flat.leaves], axis=0).max(initial=0.0)
    equations = LogitEquations(form, weight, float(spread) if spread > 0.0 else 1.0)
    uniform = np.zeros(form.flat.n_actions)
    if not len(uniform):
        return BranchPoint(uniform, target, 0.0, CONVERGED, 0)
    target = min(target, RESOLVED_PRECISION / equations.scale)
    end = float(np.log1p(target * equations.scale))
    point = _with_tangent(equations, _Point(uniform, 0.0, uniform, 1.0, 0))
    broken: list[float] = []
    step, steps, status = settings.first_step, 0, CONVERGED
    while point is not None and point.sigma < end:
        if steps >= settings.most_steps or step < settings.smallest_step:
            status = TOO_MANY_STEPS if steps >= settings.most_steps else STALLED
            break
        steps += 1
        landing = point.dsigma > 0.0 and point.sigma + step * point.dsigma >= end
        size = (end - point.sigma) / point.dsigma if landing else step
        moved, jump = _step(equations, point, size, end if landing else None, settings)
        splits = settings.follow_stable and moved is not None and _symmetry_broke(point, moved)
        if moved is None or moved.sigma > end or (splits and size > settings.branching_step):
            step = 0.5 * size
            continue
        stable = _stable_side(equations, moved) if splits else None
        if stable is not None:
            broken.append(float(np.expm1(stable.sigma)) / equations.scale)
        point = stable or moved
        step = min(settings.largest_step, size * (1.6 if jump < 0.4 * settings.largest_jump else 1.0))
    if point is None:
        return BranchPoint(equations.log_play(uniform), 0.0, 0.0, STALLED, 0)
    lam = float(np.expm1(point.sigma))
    reached = target if status == CONVERGED else lam / equations.scale
    residual = equations.answer_gap(point.z, lam)
    return BranchPoint(equations.log_play(point.z), reached, residual, status, steps, tuple(broken))


def _symmetry_broke(before: _Point, after: _Point) -> bool:
    """Whether play became unstable between two points with no fold, where it would, in between."""
    return after.unstable > before.unstable and min(before.dsigma, after.dsigma) > 0.0


def _step(
    equations: LogitEquations, point: _Point, size: float, land_at: float | None, settings: BranchSettings
) -> tuple[_Point | None, float]:
    """Predict along the tangent and correct; None where the corrector fails or leaves the neighbourhood."""
    sigma = land_at if land_at is not None else point.sigma + size * point.dsigma
    if sigma < 0.0:
        return None, np.inf
    z = _predict(point, sigma, size)
    predicted = np.exp(equations.log_play(z))
    corrected = _correct(equations, point, z, sigma, land_at is not None, settings.corrections)
    if corrected is None:
        return None, np.inf
    jump = float(np.abs(np.exp(equations.log_play(corrected.z)) - predicted).max())
    if jump > settings.largest_jump or abs(corrected.sigma - sigma) > 0.5 * size:
        return None, jump
    moved = _with_tangent(equations, corrected)
    if moved is None or _cosine(equations, point, moved) < 0.7:
        return None, jump
    return moved, jump


def _predict(point: _Point, sigma: float, size: float) -> Floats:
    """Step along the tangent in z / lambda, which is nearly constant at large lambda, or in z near lambda = 0."""
    lam = np.expm1(point.sigma)
    if lam < 0.5:
        return point.z + size * point.dz
    growth = np.expm1(sigma) / lam
    drift = point.dz - point.z * ((1.0 + lam) / lam * point.dsigma)
    return np.asarray(growth * (point.z + size * drift))


def _correct(
    equations: LogitEquations, origin: _Point, z: Floats, sigma: float, fixed: bool, corrections: int
) -> _Point | None:
    """Newton on the equations and, unless sigma is fixed, on staying in the plane across the tangent."""
    n = len(z)
    start_z, start_sigma = z, sigma
    across = _metric(equations, z, origin.dz)
    for count in range(corrections):
        ref = equations.reference(z)
        z = z - z[ref]
        lam = float(np.expm1(sigma))
        f, by_z, by_lam = equations.residual(z, lam, ref)
        system = np.zeros((n + 1, n + 1))
        system[:n, :n] = by_z
        system[:n, n] = by_lam * (1.0 + lam)
        system[n, n] = 1.0 if fixed else origin.dsigma
        plane = 0.0
        if not fixed:
            system[n, :n] = across
            plane = float(across @ (z - start_z)) + origin.dsigma * (sigma - start_sigma)
        try:
            change = np.linalg.solve(system, -np.append(f, plane))
        except np.linalg.LinAlgError:
            return None
        if not np.isfinite(change).all():
            return None
        before = np.exp(equations.log_play(z))
        z, sigma = z + change[:n], sigma + float(change[n])
        if sigma < 0.0:
            return None
        moved = np.abs(np.exp(equations.log_play(z)) - before).max()
        # Beliefs rest on differences of log-odds as large as lambda: rounding leaves no more than this.
        tolerance = 1e-12 + 1e-15 * lam
        if count > 0 and moved <= tolerance and abs(change[n]) <= tolerance:
            return replace(origin, z=z - z[equations.reference(z)], sigma=sigma)
    return None


def _with_tangent(equations: LogitEquations, point: _Point) -> _Point | None:
    """Return the point with its unit direction of travel, oriented like the direction it carries."""
    n = len(point.z)
    ref = equations.reference(point.z)
    lam = float(np.expm1(point.sigma))
    _, by_z, by_lam = equations.residual(point.z, lam, ref)
    system = np.zeros((n + 1, n + 1))
    system[:n, :n] = by_z
    system[:n, n] = by_lam * (1.0 + lam)
    system[n, :n] = _metric(equations, point.z, point.dz)
    system[n, n] = point.dsigma
    try:
        direction = np.linalg.solve(system, np.append(np.zeros(n), 1.0))
    except np.linalg.LinAlgError:
        return None
    dz, dsigma = direction[:n], float(direction[n])
    length = np.sqrt(max(float(dz @ _metric(equations, point.z, dz)), 0.0) + dsigma**2)
    if not (np.isfinite(length) and length > 0.0):
        return None
    rates, _ = equations.instability(point.z, lam)
    return _Point(point.z, point.sigma, dz / length, dsigma / length, len(rates))


def _metric(equations: LogitEquations, z: Floats, dz: Floats) -> Floats:
    """Return G dz (A,), G the Fisher information of p: `p_b (dz_b - sum_a p_a dz_a)` within each information set."""
    flat = equations.form.flat
    p = np.exp(equations.log_play(z))
    mean = np.add.reduceat(p * dz, flat.action_start[:-1])[flat.action_infoset]
    return np.asarray(p * (dz - mean))


def _cosine(equations: LogitEquations, old: _Point, new: _Point) -> float:
    return float(old.dz @ _metric(equations, new.z, new.dz)) + old.dsigma * new.dsigma


def _stable_side(equations: LogitEquations, point: _Point) -> _Point | None:
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
    start = _Point(z - z[equations.reference(z)], point.sigma, np.zeros_like(z), 1.0, 0)
    settled = _correct(equations, start, start.z, start.sigma, True, 12)
    return None if settled is None else _with_tangent(equations, settled)
