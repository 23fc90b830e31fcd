"""The equilibrium of a dispute: beliefs that strategies confirm and strategies that answer to them (model.md §5).

One package is one fixed point. Its unknowns are log-likelihood ratios after the demand was resisted and after
imposition, and at every node of the allies' answers those after each quarter's reviews, with the stationary values.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np

from coercion_sim.arrays import Array, Bools, Ints
from coercion_sim.dispute.contest import Contests
from coercion_sim.dispute.contest_solution import EFFORT, TOLERANCE, solve_contests
from coercion_sim.dispute.continuation import followed
from coercion_sim.dispute.fixed_point import Effort, fixed_points
from coercion_sim.dispute.group_branch import GroupBranches
from coercion_sim.dispute.group_map import GroupMap, LastStep
from coercion_sim.dispute.package_newton import newton_packages
from coercion_sim.dispute.recursion import scale_of

#: A residual above this is no equilibrium: log-likelihood ratios, and values as multiples of stakes.
ACCEPTED = 1e-6
#: Damped steps before Newton's method is tried.
_DRIFT = 8
#: Steps of policy iteration in each step, in the order tried.
_POLICY_STEPS = (1, 4)
#: Groups iterated side by side: their arrays fit a core's cache.
_BLOCK = 100
#: Rounds of evidence revised, and consecutive rounds that bring it no nearer or leave a contest unsolved.
_ROUNDS, _STUCK = 30, 3
#: Shares of rationality at which iteration is tried after it has failed at full rationality.
_SHARES = (0.95, 0.8, 0.4)
_PATIENT = Effort(damped=300, most=400, memory=8, tolerance=TOLERANCE)


class Equilibrium(GroupMap):
    """Fixed points of the map of N groups with G nodes each."""

    def solve(self) -> LastStep:
        """Find the equilibrium reached from beliefs at the prior and a contest that one side is expected to give up.

        Damped iteration chooses it, with one step of policy iteration or with four; Newton's method finishes, or
        Anderson's where Newton's diverges from both. Groups without that equilibrium get the one reached from the other
        side giving up, finished by their contests where these keep cycling (`_finished`). Those without either are
        iterated for longer and finished in many rounds, followed from less rationality (`_followed`), or followed from
        even choice.
        """
        x, left = self.prior_path(self.let_go), np.arange(self.N)
        reached = {steps: x.copy() for steps in _POLICY_STEPS}
        for iterate in (self._drifted, self._accelerated):
            for steps, y in reached.items():
                if len(left):
                    y[:, left], solved = iterate(y[:, left], left, steps)
                    x[:, left], left = y[:, left], left[~solved]
        for attempt in (self._from_other_side, self._finished, self._iterated_longer, self._followed, self._principal):
            if len(left):
                z, solved = attempt(x[:, left], left)
                x[:, left[solved]], left = z[:, solved], left[~solved]
        return self.step(x, np.arange(self.N), steps=0)[1]

    def _drifted(self, x: Array, groups: Ints, steps: int) -> tuple[Array, Bools]:
        """Take damped steps from unknowns x (2 + unknowns * G, N') of groups (N',), then Newton's.

        Returns the unknowns reached, and whether they are an equilibrium, (N',).
        """
        x, solved = x.copy(), np.zeros(len(groups), dtype=bool)
        short = replace(EFFORT, damped=_DRIFT, most=_DRIFT)
        for at in np.array_split(np.arange(len(groups)), -(-len(groups) // _BLOCK)):
            drifted = fixed_points(partial(self._image, groups=groups[at], steps=steps), x[:, at], short)[0]
            x[:, at], solved[at] = newton_packages(self, drifted, groups[at])
        return x, solved

    def _accelerated(self, x: Array, groups: Ints, steps: int, effort: Effort = EFFORT) -> tuple[Array, Bools]:
        """Go on from where damped steps have led, with Anderson's; see `_drifted`."""
        rest = replace(effort, damped=effort.damped + 1 - _DRIFT, most=effort.most + 1 - _DRIFT)
        x, _ = fixed_points(partial(self._image, groups=groups, steps=steps), x, rest)
        solved = self.step(x, groups, steps=0)[1].residual <= ACCEPTED
        x[:, solved] = newton_packages(self, x[:, solved], groups[solved])[0]
        return x, solved

    def _from_other_side(self, _: Array, groups: Ints) -> tuple[Array, Bools]:
        """Take damped and Newton's steps of groups (N',) from a contest that the other side is expected to give up."""
        return self._drifted(self.prior_path(not self.let_go)[:, groups], groups, 1)

    def _finished(self, x: Array, groups: Ints, rounds: int = 1) -> tuple[Array, Bools]:
        """Finish where contests keep cycling: solve each by itself at the evidence reached, then all by Newton steps.

        Where that fails the evidence is revised, damped, and contests are solved again, in so many `rounds`. Returns
        the unknowns (2 + unknowns * G, N') of the groups (N',), and which of them are solved.
        """
        x, done, live = x.copy(), np.zeros(len(groups), dtype=bool), np.arange(len(groups))
        apart, best, stuck = self.by_contest(x[2:]), np.full(len(groups), np.inf), np.zeros(len(groups))
        for _ in range(rounds):
            apart, residual = solve_contests(self.after_evidence(x[:2, live], groups[live]), self.Q, apart)
            lost = residual.reshape(-1, self.G).max(axis=1) > TOLERANCE
            x[2:, live] = self.by_group(apart)
            reached, solved = newton_packages(self, x[:, live], groups[live])
            x[:, live], done[live] = reached, solved
            miss = (self.step(reached, groups[live], steps=0)[0] - reached)[:2]
            x[:2, live] += np.where(solved, 0.0, EFFORT.damping * miss)
            size = np.abs(miss).max(axis=0)
            stuck[live] = np.where((size < 0.9 * best[live]) & ~lost, 0, stuck[live] + 1)
            best[live] = np.minimum(best[live], size)
            going = ~solved & (stuck[live] < _STUCK)
            live, apart = live[going], apart[:, np.repeat(going, self.G)]
            if not len(live):
                break
        return x, done

    def _followed(self, x: Array, groups: Ints) -> tuple[Array, Bools]:
        """Follow branches of groups (N',) from equilibria reached at less rationality; see `_finished`.

        A lost branch is not followed again from a smaller share, which leads along the same branch.
        """
        x, solved, left = x.copy(), np.zeros(len(groups), dtype=bool), np.arange(len(groups))
        for share in _SHARES:
            less = partial(self._image, groups=groups[left], steps=1, share=share)
            begin, residual = fixed_points(less, self.prior_path(self.let_go)[:, groups[left]], EFFORT)
            near = residual <= EFFORT.tolerance
            on, begin, left = left[near], begin[:, near], left[~near]
            if len(on):
                begin = np.concatenate([begin, np.full((1, len(on)), share)])
                x[:, on], solved[on] = self._ends(GroupBranches(self, groups[on], begin))
            if not len(left):
                break
        return x, solved

    def _iterated_longer(self, _: Array, groups: Ints) -> tuple[Array, Bools]:
        """Iterate groups (N',) for longer, then finish in many rounds; see `_finished`."""
        x = self._drifted(self.prior_path(self.let_go)[:, groups], groups, 1)[0]
        x, solved = self._accelerated(x, groups, 1, _PATIENT)
        if not solved.all():
            x[:, ~solved], solved[~solved] = self._finished(x[:, ~solved], groups[~solved], _ROUNDS)
        return x, solved

    def _principal(self, _: Array, groups: Ints) -> tuple[Array, Bools]:
        """Follow the principal branches of groups (N',); see `_finished`."""
        return self._ends(GroupBranches(self, groups))

    def _ends(self, branches: GroupBranches) -> tuple[Array, Bools]:
        """Unknowns (2 + unknowns * G, N') at the end of branches, and which are equilibria, (N',)."""
        x = followed(branches, TOLERANCE)
        return x, self.step(x, branches.groups, steps=0)[1].residual <= ACCEPTED

    def _image(self, x: Array, at: Ints, groups: Ints, steps: int, share: float | None = None) -> Array:
        return self.step(x, groups[at], steps, None if share is None else np.full(len(at), share))[0]

    def prior_path(self, let_go: bool) -> Array:
        """Beliefs that stay at the prior, and stationary values of a contest that one side is expected to give up."""
        every = np.arange(self.N)
        contests = self.contests(every, self.groups.mu, self.groups.nu)
        values = given_up(contests, let_go).reshape(8, -1) / scale_of(contests)
        x = np.concatenate([np.zeros((2 * self.Q, values.shape[1])), values])
        return np.concatenate([np.zeros((2, self.N)), self.by_group(x)])


def given_up(contests: Contests, let_go: bool) -> Array:
    """Stationary values (2, 2, 2, B) where one side gives up at every review and the other never does."""
    t, h = contests, contests.habits
    f_c, f_t = ((t.cost[1] + h.cost_year) / 4.0)[None], (t.effect[1] / 4.0)[None]
    stay = (1.0 - h.review) * h.discount * (1.0 - h.lapse)
    lapsed = -h.discount * h.lapse * h.lapse_cost * h.audience_lift * t.stake_coercer
    left = -(1.0 + h.audience_concede) * (1.0 - t.erosion) * t.stake_target
    end_c, end_t = (-h.audience_lift * t.stake_coercer, np.zeros_like(left)) if let_go else (t.stake_coercer, left)
    stays = 1.0 - h.review
    v_c = (h.review * (end_c - h.bite * f_c) + stays * (lapsed - f_c)) / (1.0 - stay)
    v_t = (h.review * (end_t + h.bite * f_t) + stays * f_t) / (1.0 - stay)
    return np.stack([np.repeat(v_c[:, None], 2, axis=1), np.repeat(v_t[None], 2, axis=0)])
