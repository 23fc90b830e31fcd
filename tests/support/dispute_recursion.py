"""The dispute of model.md §5 solved by plain loops, one history at a time; the yardstick for the arrays.

Nothing here is taken from the package's own solution: only the game's data are read. Values are kept for both types of
both sides and for every ally by itself.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from coercion_sim.dispute import DisputeGame

TYPES = (0, 1)


def logit(values: Sequence[float], rationality: float, rational: bool) -> list[float]:
    """Choice probabilities; best replies share a tie."""
    top = max(values)
    if rational:
        best = [float(v == top) for v in values]
        return [b / sum(best) for b in best]
    weights = [math.exp(rationality * (v - top)) for v in values]
    return [w / sum(weights) for w in weights]


@dataclass
class Recursion:
    """Solves one game; `margin` is the smallest lead of a best action over the next, in units of the mover's stake."""

    game: DisputeGame
    margin: float = math.inf
    _wars: dict[tuple[int, tuple[int, ...]], dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        g = self.game
        self.mu = [1.0 - g.belief_target, g.belief_target]
        self.nu = [1.0 - g.belief_coercer, g.belief_coercer]
        self.n, self.M, self.K = len(g.allies), len(g.options), len(g.packages)

    def choose(self, values: Sequence[float], stake: float, rational: bool) -> list[float]:
        ranked = sorted(values, reverse=True)
        if len(ranked) > 1:
            self.margin = min(self.margin, (ranked[0] - ranked[1]) / stake)
        return logit(values, self.game.parameters.rationality / stake, rational)

    # ---------------------------------------------------------------- the contest

    def war(self, k: int, r: tuple[int, ...], elapsed: int = 0) -> dict[str, Any]:
        """Values and first-quarter choices of the contest under package k and answers r."""
        if elapsed == 0 and (k, r) in self._wars:
            return self._wars[k, r]
        found = self._quarter(k, r, elapsed, elapsed + self.game.parameters.horizon)
        if elapsed == 0:
            self._wars[k, r] = found
        return found

    def _quarter(self, k: int, r: tuple[int, ...], q: int, end: int) -> dict[str, Any]:
        g, p = self.game, self.game.parameters
        pairs = list(itertools.product(TYPES, TYPES))
        if q == end:
            nothing = dict.fromkeys(pairs, 0.0)
            return {"C": nothing, "T": nothing, "A": [nothing] * self.n}
        future = self._quarter(k, r, q + 1, end)
        delta = p.discount**0.25
        year = 0 if q < 4 else 1
        flow = {
            "C": -(float(g.coercer_cost[(year, k, *r)]) + p.cost_year) / 4,
            "T": float(g.target_effect[(year, k, *r)]) / 4,
        }
        flow_ally = [-float(g.ally_cost[(i, year, k, *r)]) / 4 for i in range(self.n)]
        xi = p.last_quarter_bite
        v_c, v_t = [float(v) for v in g.stake_coercer], [float(v) for v in g.stake_target]

        def on(who: str, c: int, s: int) -> float:
            return flow[who] + delta * future[who][c, s]

        def ally_on(i: int, c: int, s: int) -> float:
            return flow_ally[i] + delta * future["A"][i][c, s]

        # the coercer
        lift, accept, sustaining, lifting, taking = {}, {}, {}, {}, {}
        for c in TYPES:
            sustaining[c] = sum(self.mu[s] * on("C", c, s) for s in TYPES)
            lifting[c] = -p.audience_lift * v_c[c] + xi * flow["C"]
            lift[c] = self.choose([lifting[c], sustaining[c]], v_c[c], p.coercer_rational)[0]
            taking[c] = p.settle * v_c[c] + xi * flow["C"]
            accept[c] = self.choose([taking[c], sustaining[c]], v_c[c], p.coercer_rational)[0] if p.settle > 0 else 0.0
        # the target
        concede, settle, conceding, resisting = {}, {}, {}, {}
        for s in TYPES:
            left = (1 - g.erosion_of(k)) * v_t[s]
            conceding[s] = -(1 + p.audience_concede) * left + xi * flow["T"]
            resist = offer = 0.0
            for c in TYPES:
                lifted = p.review * lift[c]
                resist += self.nu[c] * (lifted * xi * flow["T"] + (1 - lifted) * on("T", c, s))
                settled = -p.settle * left + xi * flow["T"]
                offer += self.nu[c] * (accept[c] * settled + (1 - accept[c]) * on("T", c, s))
            resisting[s] = resist
            options = [conceding[s], resist] + ([offer] if p.settle > 0 else [])
            odds = self.choose(options, v_t[s], p.target_rational)
            concede[s], settle[s] = odds[0], (odds[2] if p.settle > 0 else 0.0)
        # values
        C, T, A = {}, {}, [{} for _ in range(self.n)]
        for c, s in pairs:
            yields, offers = p.review * concede[s], p.review * settle[s]
            lifts = (1 - yields - offers) * p.review * lift[c]
            deal = offers * accept[c]
            goes_on = 1 - yields - lifts - deal
            C[c, s] = yields * (v_c[c] + xi * flow["C"]) + lifts * lifting[c] + deal * taking[c]
            C[c, s] += goes_on * on("C", c, s)
            T[c, s] = yields * conceding[s] + lifts * xi * flow["T"]
            T[c, s] += deal * (-p.settle * (1 - g.erosion_of(k)) * v_t[s] + xi * flow["T"]) + goes_on * on("T", c, s)
            for i in range(self.n):
                ends = (yields + lifts + deal) * xi * flow_ally[i]
                given = -float(g.interest[i]) * (yields + p.settle * deal)
                A[i][c, s] = ends + given + goes_on * ally_on(i, c, s)
        return {
            "C": C, "T": T, "A": A, "concede": concede, "settle": settle, "lift": lift, "accept": accept,
            "conceding": conceding, "resisting": resisting, "lifting": lifting, "sustaining": sustaining,
        }  # fmt: skip

    # ---------------------------------------------------------------- allies

    def ally_odds(self, i: int, k: int, before: tuple[int, ...]) -> tuple[list[float], list[float], list[float]]:
        """(bound by its pledge, without it, worth of each option) of ally i after the choices before it."""
        g = self.game
        plain = [self._ally_worth(i, i + 1, k, (*before, m)) for m in range(self.M)]
        pledge, interest = float(g.pledge[i]), float(g.interest[i])
        bound = [u - pledge * float(g.shortfall[i, m]) for m, u in enumerate(plain)]
        with_pledge = self._help(bound, interest + pledge, g.ally_rational[i])
        return with_pledge, self._help(plain, interest, g.ally_rational[i]), bound

    def _help(self, values: Sequence[float], stake: float, rational: bool) -> list[float]:
        if stake <= 0 or len(values) == 1:
            return [1.0] + [0.0] * (len(values) - 1)
        how = self.choose(values[1:], stake, rational)
        helping = sum(p * v for p, v in zip(how, values[1:], strict=True))
        aside, helps = self.choose([values[0], helping], stake, rational)
        return [aside] + [helps * p for p in how]

    def believed(self, i: int, k: int, before: tuple[int, ...]) -> list[float]:
        bound, free, _ = self.ally_odds(i, k, before)
        R = float(self.game.reliability[i])
        return [R * b + (1 - R) * f for b, f in zip(bound, free, strict=True)]

    def _ally_worth(self, i: int, following: int, k: int, chosen: tuple[int, ...]) -> float:
        """What ally i expects once the allies before `following` have chosen, its own pledge apart."""
        if following == self.n:
            values = self.war(k, chosen)["A"][i]
            return sum(self.nu[c] * self.mu[s] * values[c, s] for c in TYPES for s in TYPES)
        odds = self.believed(following, k, chosen)
        return sum(p * self._ally_worth(i, following + 1, k, (*chosen, m)) for m, p in enumerate(odds))

    def profile_odds(self, k: int) -> dict[tuple[int, ...], float]:
        """What everybody expects the allies to do against package k."""
        found = {}
        for r in itertools.product(range(self.M), repeat=self.n):
            odds = 1.0
            for i in range(self.n):
                odds *= self.believed(i, k, r[:i])[r[i]]
            found[r] = odds
        return found

    # ---------------------------------------------------------------- moves 1 to 3

    def solve(self) -> dict[str, Any]:
        """Press, package, concede and impose by type, and what each was worth."""
        g, p = self.game, self.game.parameters
        v_c, v_t = [float(v) for v in g.stake_coercer], [float(v) for v in g.stake_target]
        out: dict[str, Any] = {
            name: {} for name in ("impose", "concede", "package_value", "imposing", "resisting", "press", "package")
        }
        for k in range(self.K):
            odds = self.profile_odds(k)
            V_c, V_t = {}, {}
            for c, s in itertools.product(TYPES, TYPES):
                V_c[c, s] = sum(q * self.war(k, r)["C"][c, s] for r, q in odds.items()) - p.cost_once - p.statement_cost
                V_t[c, s] = sum(q * self.war(k, r)["T"][c, s] for r, q in odds.items())
            for c in TYPES:
                worth = sum(self.mu[s] * V_c[c, s] for s in TYPES)
                out["imposing"][c, k] = worth
                choice = self.choose([worth, -p.audience_back_down * v_c[c]], v_c[c], p.coercer_rational)
                out["impose"][c, k] = 1.0 if p.surprise else choice[0]
            for s in TYPES:
                resist = sum(self.nu[c] * out["impose"][c, k] * V_t[c, s] for c in TYPES)
                out["resisting"][s, k] = resist
                choice = self.choose([-(1 + p.audience_concede) * v_t[s], resist], v_t[s], p.target_rational)
                out["concede"][s, k] = 0.0 if p.surprise else choice[0]
            for c in TYPES:
                worth = 0.0
                for s in TYPES:
                    i = out["impose"][c, k]
                    resisted = i * V_c[c, s] + (1 - i) * -p.audience_back_down * v_c[c]
                    yields = out["concede"][s, k]
                    worth += self.mu[s] * (yields * v_c[c] + (1 - yields) * resisted)
                out["package_value"][c, k] = worth
        for c in TYPES:
            values = [out["package_value"][c, k] for k in range(self.K)]
            what = self.choose(values, v_c[c], p.coercer_rational)
            out["package"][c] = what
            pressing = sum(q * v for q, v in zip(what, values, strict=True))
            out["press"][c] = self.choose([pressing, 0.0], v_c[c], p.coercer_rational)[0]
        return out
