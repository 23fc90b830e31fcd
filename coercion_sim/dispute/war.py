"""After imposition: each quarter the target concedes or resists, then the coercer lifts or sustains."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coercion_sim.dispute.game import Array, DisputeGame

#: Quarters of measures that count as the first year.
FIRST_YEAR = 4


@dataclass(frozen=True, eq=False)
class WarValues:
    """Values at the start of a quarter, and the choices made in it. Axes: c coercer's type, s target's, P profiles.

    Attributes
    ----------
    coercer, target : (2, 2, P)
        V_C and V_T ``[c, s]``.
    yielded : (2, 2, P)
        Discounted chance that the target yields (its settled share, where settling is an option).
    first_year, later : (2, 2, P)
        Expected discounted quarters of measures in the first year and after, the last one counted at xi.
    concede, settle : (2, P)
        P(concede), P(offer to settle), by a target of type s that reviews.
    lift, accept : (2, P)
        P(lift), P(accept an offer), by a coercer of type c that reviews.
    target_values : (3, 2, P)
        What conceding, resisting and offering are worth to a target of type s; NaN where not open.
    coercer_values : (2, 2, P)
        What lifting and sustaining are worth to a coercer of type c.
    """

    coercer: Array
    target: Array
    yielded: Array
    first_year: Array
    later: Array
    concede: Array
    settle: Array
    lift: Array
    accept: Array
    target_values: Array
    coercer_values: Array


def choice(gap: Array, rationality: Array | float, rational: bool, idle: Array | bool = False) -> Array:
    """P(first of two) when it is worth `gap` more: logit, or the best reply with ties split evenly.

    Where `idle`, the mover has no stake at all and in an exact tie does not act: the limit of a vanishing stake, in
    which nobody presses, concedes or lifts for nothing.
    """
    p: Array = 0.5 * (1.0 + (np.sign(gap) if rational else np.tanh(0.5 * rationality * gap)))
    return np.where(idle & (gap == 0.0), 0.0, p) if np.any(idle) else p


def softmax(values: Array, rationality: Array | float, rational: bool, axis: int) -> Array:
    """Logit over one axis, or an even split among the best."""
    if rational:
        best = values == values.max(axis=axis, keepdims=True)
        split: Array = best / best.sum(axis=axis, keepdims=True)
        return split
    scaled = rationality * values
    weight = np.exp(scaled - scaled.max(axis=axis, keepdims=True))
    share: Array = weight / weight.sum(axis=axis, keepdims=True)
    return share


def war(
    game: DisputeGame,
    elapsed: int = 0,
    profiles: tuple[Array, Array] | None = None,
    beliefs: tuple[Array | float, Array | float] | None = None,
    erosion: Array | float | None = None,
) -> WarValues:
    """Look H quarters ahead by backward recursion at current beliefs.

    In each quarter the target reviews with probability rho and concedes, resists (or offers to settle); then the
    coercer reviews with probability rho and lifts or sustains. A mover averages over the other's type at its belief.

    Parameters
    ----------
    game
        The dispute.
    elapsed
        Quarters since imposition: effects are those of the first year while fewer than four have passed.
    profiles
        Coercer's cost and target's effect (2, P) of the profiles wanted; all of the game's if None.
    beliefs
        (mu, nu), one number each or (P,) with one for each profile; the game's if None. Held fixed looking ahead.
    erosion
        Share of the target's stake eroded under the profiles wanted, one number or (P,); the game's if None.
    """
    p = game.parameters
    cost, effect = profiles or (game.coercer_cost.reshape(2, -1), game.target_effect.reshape(2, -1))
    if erosion is None:
        erosion = game.erosion_by_profile if profiles is None else 0.0
    P = cost.shape[1]
    v_c, v_t = game.stake_coercer[:, None], game.stake_target[:, None]
    given_up = (1.0 - np.asarray(erosion)) * v_t
    mu, nu = (game.belief_target, game.belief_coercer) if beliefs is None else beliefs
    idle_c, idle_t = v_c == 0.0, v_t == 0.0
    rationality_c, rationality_t = p.rationality / np.maximum(v_c, 1e-300), p.rationality / np.maximum(v_t, 1e-300)
    xi, rho, d = p.last_quarter_bite, p.review, p.quarterly_discount
    V_c, V_t, y, first, later = (np.zeros((2, 2, P)) for _ in range(5))
    for quarter in range(elapsed + p.horizon - 1, elapsed - 1, -1):
        early = quarter < FIRST_YEAR
        flow_c = (cost[0 if early else 1] + p.cost_year) / 4.0
        flow_t = effect[0 if early else 1] / 4.0
        # The coercer, the target having resisted.
        lifting = -p.audience_lift * v_c - xi * flow_c
        going_on = -flow_c + d * V_c
        sustaining = (1.0 - mu) * going_on[:, 0] + mu * going_on[:, 1]
        lift = choice(lifting - sustaining, rationality_c, p.coercer_rational, idle_c)
        r = (rho * lift)[:, None, :]
        on_t = flow_t + d * V_t
        after_c = r * lifting[:, None, :] + (1.0 - r) * going_on
        after_t = r * (xi * flow_t) + (1.0 - r) * on_t
        after_y = (1.0 - r) * d * y
        bite_now = r * xi + (1.0 - r)
        after_first = (bite_now if early else 0.0) + (1.0 - r) * d * first
        after_later = (0.0 if early else bite_now) + (1.0 - r) * d * later
        # The target, averaging over the coercer's type.
        conceding = -(1.0 + p.audience_concede) * given_up + xi * flow_t
        resisting = (1.0 - nu) * after_t[0] + nu * after_t[1]
        offer = accept = None
        if p.settle > 0:
            taking = p.settle * v_c - xi * flow_c
            accept = choice(taking - sustaining, rationality_c, p.coercer_rational)
            a = accept[:, None, :]
            offered_t = a * (-p.settle * given_up + xi * flow_t)[None] + (1.0 - a) * on_t
            offer = (1.0 - nu) * offered_t[0] + nu * offered_t[1]
            three = softmax(np.stack([conceding, resisting, offer]), rationality_t, p.target_rational, axis=0)
            concede, settle = three[0], three[2]
        else:
            concede = choice(conceding - resisting, rationality_t, p.target_rational, idle_t)
            settle = np.zeros((2, P))
        k = (rho * concede)[None]
        o = (rho * settle)[None]
        stay = 1.0 - k - o
        V_c = k * (v_c - xi * flow_c)[:, None, :] + stay * after_c
        V_t = k * conceding[None] + stay * after_t
        first_new = stay * after_first + k * xi * early
        later_new = stay * after_later + k * xi * (not early)
        y_new = k + stay * after_y
        if accept is not None:
            a, refused = accept[:, None, :], 1.0 - accept[:, None, :]
            V_c = V_c + o * (a * taking[:, None, :] + refused * going_on)
            V_t = V_t + o * offered_t
            y_new = y_new + o * (a * p.settle + refused * d * y)
            first_new = first_new + o * (((a * xi + refused) if early else 0.0) + refused * d * first)
            later_new = later_new + o * ((0.0 if early else (a * xi + refused)) + refused * d * later)
        y, first, later = y_new, first_new, later_new
    open_offer = offer if offer is not None else np.full((2, P), np.nan)
    return WarValues(
        V_c, V_t, y, first, later, concede, settle, lift, accept if accept is not None else np.zeros((2, P)),
        np.stack([np.broadcast_to(conceding, (2, P)), resisting, open_offer]),
        np.stack([np.broadcast_to(lifting, (2, P)), sustaining]),
    )  # fmt: skip
