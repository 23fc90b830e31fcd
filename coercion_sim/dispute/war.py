"""After imposition: each quarter the target concedes or resists, then the coercer lifts or sustains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeAlias

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
        Worth of conceding, resisting and offering to a target of type s; NaN where not open.
    coercer_values : (2, 2, P)
        Worth of lifting and sustaining to a coercer of type c.
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

    Where `idle`, the mover has no stake and does not act in an exact tie: the limit of a vanishing stake.
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
        (mu, nu), one number each or (P,) with one for each profile; the game's if None. Fixed in the look-ahead.
    erosion
        Share of the target's stake eroded under the profiles wanted, one number or (P,); the game's if None.
    """
    p = game.parameters
    cost, effect = profiles or (game.coercer_cost.reshape(2, -1), game.target_effect.reshape(2, -1))
    if erosion is None:
        erosion = game.erosion_by_profile if profiles is None else 0.0
    step = _Quarter(game, beliefs or (game.belief_target, game.belief_coercer), erosion, cost.shape[1])
    values: _Values = (np.zeros((2, 2, cost.shape[1])),) * 5
    for quarter in range(elapsed + p.horizon - 1, elapsed - 1, -1):
        year = int(quarter >= FIRST_YEAR)
        values, moves = step.before(values, (cost[year] + p.cost_year) / 4.0, effect[year] / 4.0, float(year == 0))
    conceding = np.broadcast_to(moves.conceding, moves.resisting.shape)
    of_target, of_coercer = [conceding, moves.resisting, moves.offering], [moves.lifting, moves.sustaining]
    return WarValues(
        *values, moves.concede, moves.settle, moves.lift, moves.accept, np.stack(of_target), np.stack(of_coercer)
    )


#: Coercer's and target's value, chance of yielding, quarters in the first year and later: (2, 2, P) each.
_Values: TypeAlias = tuple[Array, Array, Array, Array, Array]


class _Moves(NamedTuple):
    """Probabilities and worth of the moves of a quarter, (2, P) each; 0 and NaN of a settlement that is not open."""

    concede: Array
    settle: Array
    lift: Array
    accept: Array
    conceding: Array
    resisting: Array
    offering: Array
    lifting: Array
    sustaining: Array


class _Quarter:
    """One quarter of the recursion. Payoffs of the endings, beliefs and rationalities are the same in every quarter."""

    def __init__(
        self, game: DisputeGame, beliefs: tuple[Array | float, Array | float], erosion: Array | float, P: int
    ) -> None:
        self.rules, (self.mu, self.nu) = game.parameters, beliefs
        v_c, v_t = game.stake_coercer[:, None], game.stake_target[:, None]
        self.idle_c, self.idle_t = v_c == 0.0, v_t == 0.0
        self.lambda_c = self.rules.rationality / np.maximum(v_c, 1e-300)
        self.lambda_t = self.rules.rationality / np.maximum(v_t, 1e-300)
        self.lifted = game.ending_payoffs("lifted")[0]
        self.conceded = game.ending_payoffs("conceded", erosion)
        self.settled = game.ending_payoffs("settled", erosion)
        self.never, self.closed = np.zeros((2, P)), np.full((2, P), np.nan)

    def before(self, after: _Values, flow_c: Array, flow_t: Array, early: float) -> tuple[_Values, _Moves]:
        """Return the values at the start of a quarter from those `after` it, and the moves in it.

        Parameters
        ----------
        flow_c, flow_t : (P,)
            Cost to the coercer and effect on the target of a quarter of measures.
        early
            1 in the first year, 0 later.
        """
        p, mu, nu = self.rules, self.mu, self.nu
        xi, rho, d = p.last_quarter_bite, p.review, p.quarterly_discount
        later = 1.0 - early
        on_c, on_t = -flow_c + d * after[0], flow_t + d * after[1]

        def ended(chance: Array, to_coercer: Array, to_target: Array, share: float) -> _Values:
            """Values where measures end this quarter with some chance, at a share of the stake, and go on otherwise."""
            stay = 1.0 - chance
            bite, kept = chance * xi + stay, stay * d
            return (
                chance * to_coercer + stay * on_c,
                chance * to_target + stay * on_t,
                chance * share + kept * after[2],
                bite * early + kept * after[3],
                bite * later + kept * after[4],
            )

        # The coercer, the target having resisted.
        lifting = self.lifted - xi * flow_c
        sustaining = (1.0 - mu) * on_c[:, 0] + mu * on_c[:, 1]
        lift = choice(lifting - sustaining, self.lambda_c, p.coercer_rational, self.idle_c)
        resisted = ended((rho * lift)[:, None, :], lifting[:, None, :], xi * flow_t, 0.0)
        # The target, averaging over the coercer's type.
        conceding = self.conceded[1] + xi * flow_t
        resisting = (1.0 - nu) * resisted[1][0] + nu * resisted[1][1]
        conceded = ((self.conceded[0] - xi * flow_c)[:, None, :], conceding, 1.0, xi * early, xi * later)
        if p.settle == 0.0:
            concede = choice(conceding - resisting, self.lambda_t, p.target_rational, self.idle_t)
            values = _mixed((rho * concede, conceded), (1.0 - rho * concede, resisted))
            return values, _Moves(
                concede, self.never, lift, self.never, conceding, resisting, self.closed, lifting, sustaining
            )
        taking = self.settled[0] - xi * flow_c
        accept = choice(taking - sustaining, self.lambda_c, p.coercer_rational)
        offered = ended(accept[:, None, :], taking[:, None, :], self.settled[1] + xi * flow_t, p.settle)
        offering = (1.0 - nu) * offered[1][0] + nu * offered[1][1]
        three = softmax(np.stack([conceding, resisting, offering]), self.lambda_t, p.target_rational, axis=0)
        concede, settle = three[0], three[2]
        stay = 1.0 - rho * concede - rho * settle
        values = _mixed((rho * concede, conceded), (stay, resisted), (rho * settle, offered))
        return values, _Moves(concede, settle, lift, accept, conceding, resisting, offering, lifting, sustaining)


def _mixed(*parts: tuple[Array, Sequence[Array | float]]) -> _Values:
    """Average of values over what a target of type s does, given the chance (2, P) of each act."""
    mixed = [sum(chance * value[i] for chance, value in parts) for i in range(5)]
    return tuple(mixed)  # type: ignore[return-value]


@dataclass(frozen=True, eq=False)
class War:
    """State of one war of attrition: quarters since imposition, flows of its profile (2,), erosion of resolve."""

    elapsed: int
    cost: Array
    effect: Array
    erosion: float = 0.0

    def solve(self, game: DisputeGame, horizon: int | None = None) -> WarValues:
        """Look ahead from here; fewer quarters where `horizon` says so."""
        if horizon is not None:
            game = replace(game, parameters=replace(game.parameters, horizon=horizon))
        return war(game, self.elapsed, (self.cost[:, None], self.effect[:, None]), erosion=self.erosion)

    def next_quarter(self, game: DisputeGame) -> tuple[Array, Array, Array]:
        """Discounted quarters in the first year, later, and chance of yielding from the next quarter on, ``[c, s]``."""
        if game.parameters.horizon == 1:
            return np.zeros((2, 2)), np.zeros((2, 2)), np.zeros((2, 2))
        after = replace(self, elapsed=self.elapsed + 1).solve(game, game.parameters.horizon - 1)
        d = game.parameters.quarterly_discount
        return d * after.first_year[:, :, 0], d * after.later[:, :, 0], d * after.yielded[:, :, 0]
