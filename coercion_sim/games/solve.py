"""One door to every solver: `solve_game`."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Literal, TypeAlias, overload

import numpy as np

from coercion_sim.arrays import Array
from coercion_sim.errors import GameError, Problem, nearest
from coercion_sim.games.backward import (
    TreePlay,
    action_values,
    largest_regret,
    logit_play,
    logit_residual,
    pure_play,
    reach_of_play,
    regrets,
)
from coercion_sim.games.branch_steps import BranchSettings
from coercion_sim.games.exact import payoff_stakes
from coercion_sim.games.extensive import ExtensiveGame
from coercion_sim.games.flat_tree import FlatTree, centred
from coercion_sim.games.logit_equations import leaf_form
from coercion_sim.games.nash import nash_equilibria, profile_solution
from coercion_sim.games.normal_form import NormalFormGame
from coercion_sim.games.principal_branch import CERTIFIED, UNCERTIFIED, BranchPoint, follow_branch
from coercion_sim.games.solution import CONVERGED, EquilibriumList, Rationality, Solution, by_infoset
from coercion_sim.games.strategic_form import strategic_form

Game: TypeAlias = ExtensiveGame | NormalFormGame
Method = Literal["logit", "spe", "nash"]
METHODS: tuple[Method, ...] = ("logit", "spe", "nash")


@overload
def solve_game(
    game: Game, rationality: Rationality | None = None, method: Literal["logit", "spe"] = "logit", *,
    settings: BranchSettings | None = None,
) -> Solution: ...  # fmt: skip
@overload
def solve_game(
    game: Game, rationality: Rationality | None = None, *, method: Literal["nash"],
    settings: BranchSettings | None = None,
) -> EquilibriumList: ...  # fmt: skip
@overload
def solve_game(
    game: Game, rationality: Rationality | None = None, method: Method = "logit", *,
    settings: BranchSettings | None = None,
) -> Solution | EquilibriumList: ...  # fmt: skip
def solve_game(
    game: Game, rationality: Rationality | None = None, method: Method = "logit", *,
    settings: BranchSettings | None = None,
) -> Solution | EquilibriumList:  # fmt: skip
    """Solve a game.

    Parameters
    ----------
    game
        Extensive or normal form.
    rationality
        lambda in log-odds per unit of payoff, one number or by player or information set; required for `logit`.
    method
        `logit`: the logit (agent) quantal response equilibrium (McKelvey-Palfrey 1995, 1998) at `rationality`, by one
        backward pass where every information set is one node, else on the principal branch from lambda = 0.
        `spe`: pure subgame-perfect play by backward induction (ties go to the first action listed, and are noted);
        where moves are hidden, the end of the principal branch, a sequential equilibrium.
        `nash`: equilibria of the normal form, for a tree of its reduced strategic form.
    settings
        Step control of the branch.

    Returns
    -------
    Solution or EquilibriumList
        Where a branch cannot be followed, `status` begins with `failed` and the point is the last one reached.

    Raises
    ------
    GameError
        Unknown method, wrong or missing rationality, or one beside `spe` or `nash`, a game too large for the method.
    """
    if method not in METHODS:
        allowed, near = ", ".join(METHODS), nearest(str(method), METHODS)
        raise GameError(Problem("no such method", None, None, "method", repr(method), allowed, near))
    if method != "logit" and rationality is not None:
        text = f"method {method} takes no rationality: its players make no errors"
        raise GameError(Problem(text, game.source, None, "rationality", str(rationality), "method logit, or none"))
    if method == "nash":
        return nash_equilibria(game if isinstance(game, NormalFormGame) else strategic_form(game))
    return _sequential(game, settings) if method == "spe" else _logit(game, rationality, settings)


def _logit(game: Game, rationality: Rationality | None, settings: BranchSettings | None) -> Solution:
    """Solve by one backward pass where every information set is one node, else on the principal branch."""
    if rationality is None:
        raise GameError(Problem("method logit needs a rationality", game.source, None, "rationality"))
    lam = by_infoset(game.flat, rationality, game.source)
    stated = dict(rationality) if isinstance(rationality, Mapping) else float(rationality)
    if isinstance(game, ExtensiveGame) and game.perfect_information:
        flat = centred(game.flat)
        play = logit_play(flat, lam)
        u = action_values(flat, play.action_prob)
        play = replace(play, value=play.reach[flat.leaves] @ game.flat.payoffs[flat.leaves])
        return _behavior(flat, play, "logit", stated, logit_residual(flat, u, play.action_prob, lam))
    if np.isinf(lam).any():
        message = "infinite rationality with hidden or simultaneous moves has no single answer; use method spe or nash"
        raise GameError(Problem(message, game.source, None, "rationality", "infinite", "a finite number"))
    top = float(lam.max(initial=0.0))
    weight = lam / top if top > 0.0 else lam
    end = follow_branch(leaf_form(game.flat, game.source), weight, top, settings)
    return _on_branch(game, end, top, stated, end.residual)


def evaluate_profile(game: Game, strategies: Mapping[str, Mapping[str, float]]) -> Solution:
    """Return what given play yields: payoffs, outcome probabilities, and as `residual` the largest gain from deviating.

    Parameters
    ----------
    game
        Extensive or normal form.
    strategies
        Probabilities by information set (tree) or player (table), as in `Solution.strategies`.

    Notes
    -----
    In a tree the gain is that of one information set at a time, at the beliefs the play induces. Information sets it
    never reaches are judged as if every action of probability 0 had the same tiny one.
    """
    p = _given_play(game, strategies)
    if isinstance(game, NormalFormGame):
        start = game.flat.action_start
        profile = [p[lo:hi] for lo, hi in itertools.pairwise(start)]
        return profile_solution(game, profile, method="given", residual=game.regret(profile))
    flat = game.flat
    if game.perfect_information:
        u = action_values(flat, p)
    else:
        u, _ = leaf_form(flat, game.source).values(np.log(np.maximum(p, 1e-300)))
    reach = reach_of_play(flat, p)
    value = reach[flat.leaves] @ flat.payoffs[flat.leaves]
    return _behavior(flat, TreePlay(p, reach, value), "given", None, largest_regret(flat, u, p))


def _given_play(game: Game, strategies: Mapping[str, Mapping[str, float]]) -> Array:
    """Return the probabilities (A,) in the game's own order, refusing what is not play of this game."""
    flat, problems = game.flat, []
    p = np.zeros(flat.n_actions)
    for name in strategies:
        if name not in flat.infosets:
            near = nearest(name, flat.infosets)
            problems.append(Problem("no such mover", game.source, None, "strategies", repr(name), suggestion=near))
    for name, (lo, hi) in zip(flat.infosets, itertools.pairwise(flat.action_start), strict=True):
        labels, choice = flat.action_labels[lo:hi], strategies.get(name, {})
        p[lo:hi] = [choice.get(label, np.nan) for label in labels]
        fine = set(choice) == set(labels) and p[lo:hi].min() >= 0.0 and abs(p[lo:hi].sum() - 1.0) <= 1e-9
        if not fine:
            message, key = "needs a probability for each action, summing to 1", f"strategies.{name}"
            problems.append(Problem(message, game.source, None, key, repr(dict(choice)), ", ".join(labels)))
    GameError.refuse(problems)
    return p


def _sequential(game: Game, settings: BranchSettings | None) -> Solution:
    """Return pure subgame-perfect play, or the limit of the principal branch where moves are hidden."""
    flat = game.flat
    if isinstance(game, NormalFormGame):
        message = "method spe needs a tree; a table has only one stage"
        raise GameError(Problem(message, game.source, None, "method", "spe", "nash, logit"))
    if game.perfect_information:
        level = centred(flat)
        play = pure_play(level)
        regret = largest_regret(level, action_values(level, play.action_prob), play.action_prob)
        play = replace(play, value=play.reach[flat.leaves] @ flat.payoffs[flat.leaves])
        return _behavior(flat, play, "spe", None, regret)
    form = leaf_form(flat, game.source)
    # Rationality per player's own payoff difference: the limit does not depend on the units of anybody's payoffs.
    stakes = payoff_stakes(flat)[flat.infoset_player]
    end = follow_branch(form, stakes.min() / stakes, math.inf, settings)
    u, _ = form.values(end.log_p)
    gain = regrets(flat, u, np.exp(end.log_p))
    regret = float((gain / np.maximum(form.payoffs_in_play(end.log_p), np.maximum(gain, 1e-300))).max())
    if end.status == CONVERGED and not regret <= CERTIFIED:
        end = replace(end, status=UNCERTIFIED)
    return _on_branch(game, end, end.rationality, None, regret, "logit_limit_sequential")


def _on_branch(
    game: Game, end: BranchPoint, wanted: float, stated: float | dict[str, float] | None, residual: float,
    method: str = "logit",
) -> Solution:  # fmt: skip
    notes = [
        f"symmetry breaks near lambda = {where:.4g}: followed the stable side that favours the first action listed"
        for where in end.broken_at
    ]
    notes += [
        f"near lambda = {where:.4g} play becomes unstable and asymmetric branches leave; the symmetric one is followed"
        for where in end.kept_at
    ]
    if end.status == CONVERGED and end.rationality < wanted:
        notes.append(f"solved at lambda = {end.rationality:.6g}; beyond it play moves less than rounding can show")
    if end.status != CONVERGED:
        notes.append(f"the branch was followed to lambda = {end.rationality:.6g}; what is shown is that point")
    p = np.exp(end.log_p)
    if isinstance(game, NormalFormGame):
        start = game.flat.action_start
        order = [game.flat.infosets.index(name) for name in game.players]
        profile = [p[start[h] : start[h + 1]] for h in order]
        return profile_solution(
            game, profile, method=method, rationality=stated, residual=residual, status=end.status, notes=tuple(notes)
        )
    reach = reach_of_play(game.flat, p)
    value = reach[game.flat.leaves] @ game.flat.payoffs[game.flat.leaves]
    return _behavior(game.flat, TreePlay(p, reach, value), method, stated, residual, end.status, tuple(notes))


def _behavior(
    flat: FlatTree, play: TreePlay, method: str, stated: float | dict[str, float] | None, residual: float,
    status: str = "converged", notes: tuple[str, ...] = (),
) -> Solution:  # fmt: skip
    if play.ties:
        tied = ", ".join(flat.infosets[h] for h in play.ties)
        notes = (*notes, f"tied best actions, first listed taken, at: {tied}")
    probabilities = _outcomes(flat, play.reach)
    starts, p = flat.action_start.tolist(), play.action_prob.tolist()
    behavior = {
        name: dict(zip(flat.action_labels[lo:hi], p[lo:hi], strict=True))
        for name, lo, hi in zip(flat.infosets, starts[:-1], starts[1:], strict=True)
    }
    path = tuple(label for label, q in probabilities.items() if q > 0.0) if method == "spe" else ()
    payoffs = dict(zip(flat.players, play.value.tolist(), strict=True))
    return Solution(method, stated, "behavior", behavior, payoffs, probabilities, residual, status, notes, path)


def _outcomes(flat: FlatTree, reach: Array) -> dict[str, float]:
    """Return the probability of each outcome label; ends that share a label add up."""
    reached = reach[flat.leaves].tolist()
    total = dict(zip(flat.outcomes, reached, strict=True))
    if len(total) < len(reached):
        total = dict.fromkeys(flat.outcomes, 0.0)
        for label, q in zip(flat.outcomes, reached, strict=True):
            total[label] += q
    return total
