"""One step along a branch of logit equilibria: predict along the tangent, correct by Newton.

A point is (z, sigma), lambda = e^sigma - 1. Distances are measured in probabilities (Fisher metric), so that one
sinking from 1e-9 to 1e-90 is no distance (Allgower-Georg 1990 for the method, Turocy 2005 for this use).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from coercion_sim.arrays import Array
from coercion_sim.games.logit_equations import LogitEquations


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
    branching_step: float = 1e-3
    follow_stable: bool = True


@dataclass(frozen=True, eq=False)
class Point:
    """A point on the branch with the direction of travel (dz, dsigma).

    `unstable` counts the directions in which smoothed best response runs away, `growth` is the fastest rate.
    """

    z: Array
    sigma: float
    dz: Array
    dsigma: float
    unstable: int = 0
    growth: float = 0.0


def take_step(
    equations: LogitEquations, point: Point, size: float, land_at: float | None, settings: BranchSettings
) -> tuple[Point | None, float]:
    """Predict along the tangent and correct; None where the corrector fails or leaves the neighbourhood."""
    sigma = land_at if land_at is not None else point.sigma + size * point.dsigma
    if sigma < 0.0:
        return None, np.inf
    z = _predict(point, sigma, size)
    predicted = np.exp(equations.log_play(z))
    corrected = correct(equations, point, z, sigma, land_at is not None, settings.corrections)
    if corrected is None:
        return None, np.inf
    jump = float(np.abs(np.exp(equations.log_play(corrected.z)) - predicted).max())
    if jump > settings.largest_jump or abs(corrected.sigma - sigma) > 0.5 * size:
        return None, jump
    moved = with_tangent(equations, corrected)
    if moved is None or _cosine(equations, point, moved) < 0.7:
        return None, jump
    return moved, jump


def _predict(point: Point, sigma: float, size: float) -> Array:
    """Step along the tangent in z / lambda, which is nearly constant at large lambda, or in z near lambda = 0."""
    lam = np.expm1(point.sigma)
    if lam < 0.5:
        return point.z + size * point.dz
    growth = np.expm1(sigma) / lam
    drift = point.dz - point.z * ((1.0 + lam) / lam * point.dsigma)
    return np.asarray(growth * (point.z + size * drift))


def correct(
    equations: LogitEquations, origin: Point, z: Array, sigma: float, fixed: bool, corrections: int
) -> Point | None:
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
        # Play rests on lambda times payoff differences, those in play: rounding leaves no more than this.
        # Newton at least squares the error, so a last change of 1e-9 leaves the point right to rounding; less
        # would never be met beside a point where branches meet and the system is nearly singular.
        tolerance = 1e-9 + 1e-15 * lam * float(equations.differences_in_play(z).max(initial=0.0))
        if count > 0 and moved <= tolerance and abs(change[n]) <= tolerance:
            return replace(origin, z=z - z[equations.reference(z)], sigma=sigma)
    return None


def with_tangent(equations: LogitEquations, point: Point) -> Point | None:
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
    growth = float(rates.max(initial=0.0))
    return Point(point.z, point.sigma, dz / length, dsigma / length, len(rates), growth)


def _metric(equations: LogitEquations, z: Array, dz: Array) -> Array:
    """Return G dz (A,), G the Fisher information of p: `p_b (dz_b - sum_a p_a dz_a)` within each information set."""
    flat = equations.form.flat
    p = np.exp(equations.log_play(z))
    mean = np.add.reduceat(p * dz, flat.action_start[:-1])[flat.action_infoset]
    return np.asarray(p * (dz - mean))


def _cosine(equations: LogitEquations, old: Point, new: Point) -> float:
    return float(old.dz @ _metric(equations, new.z, new.dz)) + old.dsigma * new.dsigma
