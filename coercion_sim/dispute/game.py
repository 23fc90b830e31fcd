"""The dispute game as arrays: who can do what to whom, what it costs, and what each believes (MODEL section 5)."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from coercion_sim.errors import Problem
from coercion_sim.games import GameError

Array = npt.NDArray[np.float64]
#: Costs and rationalities above this are no numbers of the model: 1e9 is a best reply for every purpose.
LARGEST = 1e9


@dataclass(frozen=True)
class DisputeParameters:
    """Costs, habits and foresight of governments. Shares are of the mover's own stake; money is percent of own GDP.

    Attributes
    ----------
    rationality
        Lambda: logit rationality of a mover is Lambda over its own stake. 0 is uniform play.
    cost_once, cost_year
        Z and z: the price of imposing that trade does not show.
    audience_back_down, audience_lift, audience_concede
        alpha_C, alpha_L, alpha_T.
    review
        rho: chance that a government reviews its stance in a quarter.
    horizon
        H: quarters everybody looks ahead, after which the dispute lapses.
    discount
        delta, a year.
    last_quarter_bite
        xi: part of a quarter's flows borne in the quarter that ends it.
    statement_cost
        a_name: cost to the coercer of joint condemnation.
    settle
        Share of the stake at which both may settle; 0 switches that off.
    surprise
        Impose without a demand: no concession at the threat, no backing down.
    coercer_rational, target_rational
        Best replies instead of logit (the limit of Lambda; ties are split evenly).
    """

    rationality: float = 6.0
    cost_once: float = 0.04
    cost_year: float = 0.005
    audience_back_down: float = 0.4
    audience_lift: float = 0.4
    audience_concede: float = 0.2
    review: float = 0.5
    horizon: int = 8
    discount: float = 0.97
    last_quarter_bite: float = 0.25
    statement_cost: float = 0.0
    settle: float = 0.0
    surprise: bool = False
    coercer_rational: bool = False
    target_rational: bool = False

    def __post_init__(self) -> None:
        ranges = {
            "rationality": (0, LARGEST), "cost_once": (0, LARGEST), "cost_year": (0, LARGEST), "review": (0, 1),
            "audience_back_down": (0, LARGEST), "audience_lift": (0, LARGEST), "audience_concede": (0, LARGEST),
            "horizon": (1, 400), "discount": (0, 1), "last_quarter_bite": (0, 1), "statement_cost": (0, LARGEST),
            "settle": (0, 1),
        }  # fmt: skip
        wrong = [
            Problem("out of range", key=name, found=str(getattr(self, name)), allowed=f"{low:g} to {high:g}")
            for name, (low, high) in ranges.items()
            if not low <= getattr(self, name) <= high
        ]
        if wrong:
            raise GameError(wrong)

    @property
    def quarterly_discount(self) -> float:
        """``delta ** (1/4)``."""
        return float(self.discount**0.25)


@dataclass(frozen=True, eq=False)
class DisputeGame:
    """One dispute: K packages, n allies in the order they move, M options each (option 0: stand aside).

    A profile is one option per ally; profile axes are ``[K, M, ..., M]`` with one M per ally. The first axis of effects
    is (first year, long run). Types: soft and firm coercer, irresolute and resolved target, in that order.

    Attributes
    ----------
    coercer_cost, target_effect : (2, K, M, ..., M)
        ``max(0, -dW_C)`` and ``dW_T`` a year.
    ally_cost : (n, 2, K, M, ..., M)
        ``k_i + chi(r_i) L_i`` a year, >= 0.
    shortfall : (n, M) or (n, K, M)
        ``1 - min(1, delivered / promised)`` of each option, under every package alike or by package.
    pledge, interest, reliability : (n,)
        A_i; g_i; R_i, what the others believe of ally i's word.
    stake_coercer, stake_target : (2,)
        v_C and v_T by type.
    belief_target, belief_coercer
        mu = P(resolved), nu = P(firm).
    ally_rational
        Allies that play best replies.
    erosion : (K,)
        Share of the target's stake and audience cost that a package erodes while it is in force, in [0, 1): what
        disinformation does to resolve. Yielding then costs it ``(1 - erosion) (1 + alpha_T) v_T``; none if absent.
    """

    packages: tuple[str, ...]
    allies: tuple[str, ...]
    options: tuple[str, ...]
    coercer_cost: Array
    target_effect: Array
    ally_cost: Array
    shortfall: Array
    pledge: Array
    interest: Array
    reliability: Array
    stake_coercer: Array
    stake_target: Array
    belief_target: float = 0.5
    belief_coercer: float = 0.5
    ally_rational: tuple[bool, ...] = ()
    parameters: DisputeParameters = DisputeParameters()
    erosion: Array | None = None

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, np.ndarray):
                copy = np.array(value, dtype=np.float64)
                copy.setflags(write=False)
                object.__setattr__(self, field.name, copy)
        if not self.ally_rational:
            object.__setattr__(self, "ally_rational", (False,) * len(self.allies))
        problems = _problems(self)
        if problems:
            raise GameError(problems)

    @property
    def profile_shape(self) -> tuple[int, ...]:
        """``(K, M, ..., M)``."""
        return (len(self.packages), *([len(self.options)] * len(self.allies)))

    @property
    def shortfall_by_package(self) -> Array:
        """``shortfall`` as (n, K, M)."""
        wide = self.shortfall if self.shortfall.ndim == 3 else self.shortfall[:, None, :]
        return np.broadcast_to(wide, (len(self.allies), len(self.packages), len(self.options)))

    @property
    def erosion_by_profile(self) -> Array:
        """``erosion`` of every profile, flattened like the effects, (P,)."""
        eroded = np.zeros(len(self.packages)) if self.erosion is None else self.erosion
        return np.repeat(eroded, len(self.options) ** len(self.allies))

    def erosion_of(self, package: int) -> float:
        """Share of the target's stake that one package erodes."""
        return 0.0 if self.erosion is None else float(self.erosion[package])

    def flows(self, package: int, profile: tuple[int, ...]) -> tuple[Array, Array]:
        """Coercer's cost and target's effect a year, (2,) each: first year and long run, under one profile."""
        at = np.ravel_multi_index((package, *profile), self.profile_shape)
        return self.coercer_cost.reshape(2, -1)[:, at], self.target_effect.reshape(2, -1)[:, at]


def _problems(game: DisputeGame) -> list[Problem]:
    """Wrong shapes, numbers that are not finite, and numbers out of range."""
    n, M = len(game.allies), len(game.options)
    shape = game.profile_shape
    by_package = (n, len(game.packages), M)
    wanted = {
        "coercer_cost": (2, *shape), "target_effect": (2, *shape), "ally_cost": (n, 2, *shape),
        "shortfall": by_package if game.shortfall.shape == by_package else (n, M),
        "pledge": (n,), "interest": (n,), "reliability": (n,), "stake_coercer": (2,), "stake_target": (2,),
    }  # fmt: skip
    if game.erosion is not None:
        wanted["erosion"] = (len(game.packages),)
    problems = []
    for name, right in wanted.items():
        array = getattr(game, name)
        if array.shape != right:
            problems.append(Problem("wrong shape", key=name, found=str(array.shape), allowed=str(right)))
        elif not np.isfinite(array).all():
            problems.append(Problem("has numbers that are not finite", key=name))
        elif name != "target_effect" and (array < 0).any():
            problems.append(Problem("negative", key=name, found=f"{array.min():g}", allowed=">= 0"))
    problems += [
        Problem("out of range", key=name, found=str(getattr(game, name)), allowed="0 to 1")
        for name in ("belief_target", "belief_coercer")
        if not 0 <= getattr(game, name) <= 1
    ]
    for name in ("shortfall", "reliability", "erosion"):
        array = getattr(game, name)
        if array is not None and array.shape == wanted[name] and (array > 1).any():
            problems.append(Problem("out of range", key=name, found=f"{array.max():g}", allowed="0 to 1"))
    for name in ("stake_coercer", "stake_target"):
        array = getattr(game, name)
        if array.shape == (2,) and array[0] > array[1]:
            problems.append(Problem("low type first", key=name, found=str(array.tolist()), allowed="ascending"))
    for name in ("packages", "allies", "options"):
        labels = getattr(game, name)
        problems += [
            Problem("listed twice", key=name, found=repr(x)) for x in sorted(set(labels)) if labels.count(x) > 1
        ]
    if len(game.ally_rational) != n:
        count = str(len(game.ally_rational))
        problems.append(Problem("wrong length", key="ally_rational", found=count, allowed=f"{n}, one for each ally"))
    if not game.packages:
        problems.append(Problem("a dispute needs at least one package", key="packages"))
    return problems
