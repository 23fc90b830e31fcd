"""The whole dispute by one backward pass: demand, answer, imposition, allies, war of attrition (model.md §5)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coercion_sim.dispute.game import Array, DisputeGame
from coercion_sim.dispute.war import WarValues, choice, softmax, war


@dataclass(frozen=True, eq=False)
class DisputeSolution:
    """Logit agent quantal response equilibrium of a dispute (McKelvey and Palfrey 1998), one backward pass.

    K packages, n allies, M options; c coercer's type (soft, firm), s target's (irresolute, resolved).

    Attributes
    ----------
    press : (2,)
        P(press) by c; `package` (2, K) with which, given that it presses.
    concede : (2, K)
        P(target of type s concedes to the demand).
    impose : (2, K)
        P(coercer of type c imposes after resistance).
    pledged, unpledged : tuple of n arrays (K, M, ..., M)
        Ally i's choice given the choices of those before it: bound by its pledge, and without it. Last axis: its own.
    profile : (K, M, ..., M)
        What everybody expects the allies to do.
    package_value, press_value : (2, K), (2,)
        Worth of pressing with each package, and of pressing at all, to c.
    impose_value, back_down_value : (2, K), (2,)
        At the third move.
    concede_value, resist_value : (2,), (2, K)
        At the second.
    help_values : tuple of n arrays (K, M, ..., M)
        Worth of each of ally i's options to it, given the choices of those before it.
    war : WarValues
        Over all profiles flattened, first quarter.
    """

    game: DisputeGame
    press: Array
    package: Array
    concede: Array
    impose: Array
    pledged: tuple[Array, ...]
    unpledged: tuple[Array, ...]
    profile: Array
    package_value: Array
    press_value: Array
    impose_value: Array
    back_down_value: Array
    concede_value: Array
    resist_value: Array
    help_values: tuple[Array, ...]
    war: WarValues


@dataclass(frozen=True, eq=False)
class _Allies:
    pledged: tuple[Array, ...]
    unpledged: tuple[Array, ...]
    values: tuple[Array, ...]
    believed: tuple[Array, ...]


def solve_dispute(game: DisputeGame, contest: WarValues | None = None) -> DisputeSolution:
    """Solve the five moves backwards at the game's beliefs.

    1 the coercer presses or not, and if so with which package (two logit nodes); 2 the target concedes or resists;
    3 the coercer imposes or backs down; 4 allies in order help or not, and if so how (two nodes); 5 war of attrition.

    Parameters
    ----------
    game
        The dispute.
    contest
        ``war(game)`` where it is known already: pledges, interests and reliabilities of allies do not enter it.
    """
    p = game.parameters
    shape = game.profile_shape
    mu, nu = game.types_target, game.types_coercer
    w = contest if contest is not None else war(game)
    allies = _ally_stage(game, w, mu, nu)
    profile = np.ones(shape[:1])
    for believed in allies.believed:
        profile = profile[..., None] * believed
    flat = profile.reshape(shape[0], -1)

    def at_imposition(values: Array) -> Array:
        """Average (2, 2, P) over the expected profiles of allies: (2, 2, K)."""
        mean: Array = np.einsum("cskr,kr->csk", values.reshape(2, 2, shape[0], -1), flat)
        return mean

    V_c = at_imposition(w.coercer) - p.cost_once - p.statement_cost
    V_t = at_imposition(w.target)
    v_c, v_t = game.stake_coercer, game.stake_target
    safe_c, safe_t = p.rationality / np.maximum(v_c, 1e-300), p.rationality / np.maximum(v_t, 1e-300)
    imposing = np.einsum("s,csk->ck", mu, V_c)
    backing = game.ending_payoffs("backed_down")[0][:, 0]
    conceding = game.ending_payoffs("conceded_to_demand")[1][:, 0]
    if p.surprise:
        impose, concede = np.ones_like(imposing), np.zeros((2, shape[0]))
        resisting = np.einsum("c,csk->sk", nu, V_t)
    else:
        impose = choice(imposing - backing[:, None], safe_c[:, None], p.coercer_rational, v_c[:, None] == 0.0)
        resisting = np.einsum("c,ck,csk->sk", nu, impose, V_t)
        concede = choice(conceding[:, None] - resisting, safe_t[:, None], p.target_rational, v_t[:, None] == 0.0)
    after = impose[:, None, :] * V_c + (1.0 - impose[:, None, :]) * backing[:, None, None]
    pressing = np.einsum("s,csk->ck", mu, concede[None] * v_c[:, None, None] + (1.0 - concede[None]) * after)
    package = softmax(pressing, safe_c[:, None], p.coercer_rational, axis=1)
    press_value = (package * pressing).sum(axis=1)
    press = choice(press_value, safe_c, p.coercer_rational, v_c == 0.0)
    return DisputeSolution(
        game, press, package, concede, impose, allies.pledged, allies.unpledged, profile, pressing, press_value,
        imposing, backing, conceding, resisting, allies.values, w,
    )  # fmt: skip


def _ally_stage(game: DisputeGame, w: WarValues, mu: Array, nu: Array) -> _Allies:
    """Solve the allies' moves, the last mover first; everybody but the ally itself doubts its word by R_i."""
    n, shape = len(game.allies), game.profile_shape
    types = np.einsum("c,s->cs", nu, mu)

    def expected(values: Array) -> Array:
        mean: Array = np.einsum("cs,csp->p", types, values).reshape(shape)
        return mean

    yielded, first, later = expected(w.yielded), expected(w.first_year), expected(w.later)
    worth = [
        -game.interest[i] * yielded - (game.ally_cost[i, 0] * first + game.ally_cost[i, 1] * later) / 4.0
        for i in range(n)
    ]
    pledged: list[Array] = [np.empty(0)] * n
    unpledged, values, believed = list(pledged), list(pledged), list(pledged)
    for i in reversed(range(n)):
        missed = game.shortfall_by_package[i].reshape(shape[0], *[1] * i, shape[-1] if n else 1)
        bound = worth[i] - game.pledge[i] * missed
        stake = game.interest[i] + game.pledge[i]
        rational = game.ally_rational[i]
        pledged[i] = _help(bound, game.parameters.rationality, stake, rational)
        unpledged[i] = _help(worth[i], game.parameters.rationality, game.interest[i], rational)
        believed[i] = game.reliability[i] * pledged[i] + (1.0 - game.reliability[i]) * unpledged[i]
        values[i] = bound
        worth = [(u * believed[i]).sum(axis=-1) for u in worth[:i]]
    return _Allies(tuple(pledged), tuple(unpledged), tuple(values), tuple(believed))


def _help(values: Array, rationality: float, stake: float, rational: bool) -> Array:
    """Two nodes over the last axis: whether to help, then how. A state with nothing at stake stands aside."""
    chosen = np.zeros_like(values)
    if stake <= 0 or values.shape[-1] == 1:
        chosen[..., 0] = 1.0
        return chosen
    scale = rationality / stake
    how = softmax(values[..., 1:], scale, rational, axis=-1)
    helping = choice((how * values[..., 1:]).sum(axis=-1) - values[..., 0], scale, rational)
    chosen[..., 0] = 1.0 - helping
    chosen[..., 1:] = helping[..., None] * how
    return chosen


@dataclass(frozen=True, eq=False)
class AllyPayoffs:
    """Expectations at the beliefs of the start, over both sides' types, packages, answers and the span looked ahead.

    Allies that promised mean it: they choose bound by their pledge, while coercer and target doubt it by R_i.

    Attributes
    ----------
    pressed, imposed
        P(the coercer presses), P(a package is imposed).
    yielded
        E[y]: chance that the target gives in, at the demand or later, discounted within the contest.
    interest : (n,)
        ``g_i E[y]``, percent of own GDP.
    cost : (n,)
        E[k_i + exposure] of the own answer, percent of own GDP, summed over the contest.
    breach : (n,)
        ``A_i E[shortfall_i]``: what is expected to be lost by falling short of the promise.
    kept : (n,)
        Share of the promise delivered, given imposition; NaN where nothing can be imposed.
    target
        U_T, percent of the target's GDP.
    """

    pressed: float
    imposed: float
    yielded: float
    interest: Array
    cost: Array
    breach: Array
    kept: Array
    target: float

    @property
    def payoff(self) -> Array:
        """U_i without the price of breaking a promise, (n,): ``-interest - cost``, percent of own GDP, <= 0."""
        worth: Array = -self.interest - self.cost
        return worth


def ally_payoffs(solved: DisputeSolution) -> AllyPayoffs:
    """Expected payoffs of the allies of model.md §5 before the first move, none of them the coercer's or target's.

    ``U_i = -g_i E[y] - E[sum_q k_i / 4]``, y and the quarters of measures from the contest (`WarValues`), answers those
    of allies bound by their pledge (`DisputeSolution.pledged`). The broken promise ``A_i shortfall_i`` is given
    beside it. The coercer that knows it is firm presses otherwise than one that is soft, so types are averaged last.
    """
    game = solved.game
    n, M = len(game.allies), len(game.options)
    imposed = imposed_by_type(solved)
    nu, mu = _beliefs(solved)
    demand = float(np.einsum("c,s,c,ck,sk->", nu, mu, solved.press, solved.package, solved.concede))
    K = len(game.packages)
    played = bound_profile(solved)
    profile = played.reshape(K, -1)
    late = float(np.einsum("csk,kr,cskr->", imposed, profile, solved.war.yielded.reshape(2, 2, K, -1)))
    yielded = demand + late
    by_package = imposed.sum(axis=(0, 1))
    reach = float(by_package.sum())
    missed, cost = np.zeros(n), np.zeros(n)
    for i in range(n):
        own = np.moveaxis(played, 1 + i, -1).reshape(K, -1, M).sum(axis=1)
        missed[i] = float(by_package @ (own * game.shortfall_by_package[i]).sum(axis=1))
        cost[i] = expected_flow(solved, game.ally_cost[i])
    kept = 1.0 - missed / reach if reach > 0.0 else np.full(n, np.nan)
    in_contest = float(np.einsum("csk,kr,cskr->", imposed, profile, solved.war.target.reshape(2, 2, K, -1)))
    given_in = np.einsum("c,s,c,ck,sk,s->", nu, mu, solved.press, solved.package, solved.concede, solved.concede_value)
    return AllyPayoffs(
        float(nu @ solved.press), reach, yielded, game.interest * yielded, cost, game.pledge * missed, kept,
        float(given_in) + in_contest,
    )  # fmt: skip


def expected_flow(solved: DisputeSolution, flow: Array) -> float:
    """Return E[sum over the quarters of a contest of flow / 4], from before the first move.

    Parameters
    ----------
    solved
        The dispute.
    flow : (2, K, M, ..., M)
        A yearly flow while measures are in force: first year, long run.
    """
    K = len(solved.game.packages)
    flows = np.broadcast_to(flow, (2, *solved.profile.shape)).reshape(2, K, -1)
    profile = bound_profile(solved).reshape(K, -1)
    contest = solved.war
    lasting = contest.first_year.reshape(2, 2, K, -1) * flows[0] + contest.later.reshape(2, 2, K, -1) * flows[1]
    return float(np.einsum("csk,kr,cskr->", imposed_by_type(solved), profile, lasting)) / 4.0


def bound_profile(solved: DisputeSolution) -> Array:
    """P(profile | package imposed) where every ally that promised chooses bound by its pledge, (K, M, ..., M)."""
    profile = np.ones(len(solved.game.packages))
    for bound in solved.pledged:
        profile = profile[..., None] * bound
    return profile


def imposed_by_type(solved: DisputeSolution) -> Array:
    """P(types c and s, pressed with package k, resisted, imposed), (2, 2, K)."""
    nu, mu = _beliefs(solved)
    pressing = (nu * solved.press)[:, None] * solved.package * solved.impose
    resisting = mu[:, None] * (1.0 - solved.concede)
    joint: Array = pressing[:, None, :] * resisting[None]
    return joint


def _beliefs(solved: DisputeSolution) -> tuple[Array, Array]:
    game = solved.game
    nu = np.array([1.0 - game.belief_coercer, game.belief_coercer])
    mu = np.array([1.0 - game.belief_target, game.belief_target])
    return nu, mu
