"""A dispute with known types as an explicit tree: the same moves as objects, for `solve_game`.

Reviews and whether an ally is bound by its word are chance moves everybody sees, so the tree has perfect information.
A later quarter counts less, so rationality there is Lambda over the discounted stake: the recursion compares values of
its own quarter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from coercion_sim.dispute import DisputeGame
from coercion_sim.games import Action, Chance, ChanceAction, Decision, ExtensiveGame, Node, Terminal, whether_then_what

COERCER, TARGET = "coercer", "target"


@dataclass
class DisputeTree:
    """The tree of one dispute between a coercer of type c and a target of type s.

    `rationality` is by information set, infinite for those who play best replies. `keys` names the decision nodes:
    ("press",), ("package",), ("concede", k), ("impose", k), ("help", bound, i, k, before), ("how", ...).
    """

    game: DisputeGame
    firm: bool
    resolved: bool
    rationality: dict[str, float] = field(default_factory=dict)
    keys: dict[tuple[object, ...], list[str]] = field(default_factory=dict)
    _count: int = 0

    def build(self) -> ExtensiveGame:
        g = self.game
        self.v_c = float(g.stake_coercer[int(self.firm)])
        self.v_t = float(g.stake_target[int(self.resolved)])
        options = [(name, self._demand(k)) for k, name in enumerate(g.packages)]
        label = self._name(("press",), self._lam_c())
        quiet = ("quiet", self._end({}))
        root = whether_then_what(COERCER, label, quiet, "press", options, what_infoset=label + "/what")
        if len(options) > 1:
            self.rationality[label + "/what"] = self._lam_c()
            self.keys[("package",)] = [label + "/what"]
        return ExtensiveGame((COERCER, TARGET, *g.allies), root)

    # ---------------------------------------------------------------- moves

    def _demand(self, k: int) -> Node:
        p = self.game.parameters
        if p.surprise:
            return self._allies(0, k, (), ())
        yielding = {COERCER: self.v_c, TARGET: -(1 + p.audience_concede) * self.v_t}
        # What an ally loses where the target yields to the bare demand moves nobody: no ally has moved.
        back = self._end({COERCER: -p.audience_back_down * self.v_c})
        then = self._decide(
            COERCER, ("impose", k), self._lam_c(), [("impose", self._allies(0, k, (), ())), ("back down", back)]
        )
        return self._decide(TARGET, ("concede", k), self._lam_t(), [("concede", self._end(yielding)), ("resist", then)])

    def _allies(self, i: int, k: int, chosen: tuple[int, ...], bound: tuple[bool, ...]) -> Node:
        g = self.game
        if i == len(g.allies):
            p = g.parameters
            paid = {COERCER: -p.cost_once - p.statement_cost}
            for j, ally in enumerate(g.allies):
                paid[ally] = -float(g.pledge[j] * g.shortfall[j, chosen[j]]) if bound[j] else 0.0
            return self._quarter(0, k, chosen, paid)
        R = float(g.reliability[i])
        branches = [
            ChanceAction(name, odds, self._answer(i, k, chosen, (*bound, word)))
            for name, odds, word in (("bound", R, True), ("free", 1 - R, False))
        ]
        return Chance(tuple(branches), self._name(("chance",), None))

    def _answer(self, i: int, k: int, chosen: tuple[int, ...], bound: tuple[bool, ...]) -> Node:
        g = self.game
        stake = float(g.interest[i] + (g.pledge[i] if bound[-1] else 0.0))
        following = [self._allies(i + 1, k, (*chosen, m), bound) for m in range(len(g.options))]
        if stake <= 0 or len(g.options) == 1:
            return following[0]
        lam = float("inf") if g.ally_rational[i] else g.parameters.rationality / stake
        label = self._name(("help", bound[-1], i, k, chosen), lam)
        options = [(f"option{m}", following[m]) for m in range(1, len(following))]
        if len(options) > 1:
            self.rationality[label + "/what"] = lam
            self.keys.setdefault(("how", bound[-1], i, k, chosen), []).append(label + "/what")
        ally, aside = g.allies[i], ("option0", following[0])
        return whether_then_what(ally, label, aside, "help", options, what_infoset=label + "/what")

    # ---------------------------------------------------------------- the contest

    def _quarter(self, q: int, k: int, r: tuple[int, ...], paid: dict[str, float]) -> Node:
        g, p = self.game, self.game.parameters
        if q == p.horizon:
            return self._end(paid)
        weight = p.discount ** (q / 4)
        year = 0 if q < 4 else 1
        flow = {COERCER: -(float(g.coercer_cost[(year, k, *r)]) + p.cost_year) / 4}
        flow[TARGET] = float(g.target_effect[(year, k, *r)]) / 4
        flow |= {ally: -float(g.ally_cost[(i, year, k, *r)]) / 4 for i, ally in enumerate(g.allies)}

        def after(share: float, once: dict[str, float]) -> dict[str, float]:
            return {
                who: paid.get(who, 0.0) + weight * (share * amount + once.get(who, 0.0)) for who, amount in flow.items()
            }

        def coercers_turn() -> Node:
            sustain = lambda: self._quarter(q + 1, k, r, after(1.0, {}))  # noqa: E731
            lift = self._end(after(p.last_quarter_bite, {COERCER: -p.audience_lift * self.v_c}))
            choice = self._decide(
                COERCER, ("lift", q, k, r), self._lam_c() / weight, [("lift", lift), ("sustain", sustain())]
            )
            return self._review(choice, sustain())

        left = (1 - g.erosion_of(k)) * self.v_t  # disinformation in force eats into resolve
        lost = {COERCER: self.v_c, TARGET: -(1 + p.audience_concede) * left}
        lost |= {ally: -float(g.interest[i]) for i, ally in enumerate(g.allies)}
        yields = self._end(after(p.last_quarter_bite, lost))
        choice = self._decide(
            TARGET, ("yield", q, k, r), self._lam_t() / weight, [("concede", yields), ("resist", coercers_turn())]
        )
        return self._review(choice, coercers_turn())

    def _review(self, decides: Node, keeps: Node) -> Node:
        rho = self.game.parameters.review
        moves = (ChanceAction("reviews", rho, decides), ChanceAction("keeps", 1 - rho, keeps))
        return Chance(moves, self._name(("chance",), None))

    # ---------------------------------------------------------------- nodes

    def _lam_c(self) -> float:
        p = self.game.parameters
        return float("inf") if p.coercer_rational else p.rationality / self.v_c

    def _lam_t(self) -> float:
        p = self.game.parameters
        return float("inf") if p.target_rational else p.rationality / self.v_t

    def _name(self, key: tuple[object, ...], lam: float | None) -> str:
        self._count += 1
        label = f"n{self._count}"
        if lam is not None:
            self.rationality[label] = lam
            self.keys.setdefault(key, []).append(label)
        return label

    def _decide(self, who: str, key: tuple[object, ...], lam: float, options: Sequence[tuple[str, Node]]) -> Decision:
        return Decision(who, self._name(key, lam), tuple(Action(name, child) for name, child in options))

    def _end(self, pay: dict[str, float]) -> Terminal:
        self._count += 1
        return Terminal(f"end{self._count}", {who: pay.get(who, 0.0) for who in (COERCER, TARGET, *self.game.allies)})
