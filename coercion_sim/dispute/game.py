"""The dispute game as arrays: packages, options of allies, effects, stakes and beliefs (model.md §5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from hashlib import blake2b
from typing import Any, Literal

import numpy as np

from coercion_sim.arrays import Array
from coercion_sim.dispute.settings import DisputeSettings, Selection
from coercion_sim.errors import GameError, Problem

#: Costs and rationalities above this are no numbers of the model: 1e9 is a best reply for every purpose.
LARGEST = 1e9
#: Cost of an option that would do nothing, percent of GDP a year, so that no ally takes it for a free gesture.
NOT_OFFERED = 1e6
#: Quarters over which a rule of thumb adds up losses and costs.
DOCTRINE_QUARTERS = 8
#: How a dispute ends: before anything is imposed, and after; `unended` is still in force when the run ends.
Ending = Literal[
    "no_pressure", "conceded_to_demand", "backed_down", "conceded", "settled", "lifted", "lapsed", "unended"
]
#: Endings of an imposed package.
IMPOSED_ENDINGS: tuple[Ending, ...] = ("conceded", "settled", "lifted", "lapsed", "unended")


def _default(name: str) -> Any:
    """Default of a parameter that ``[dispute]`` documents."""
    return DisputeSettings.model_fields[name].default


@dataclass(frozen=True)
class DisputeParameters:
    """Costs, habits and foresight of governments. Shares are of the mover's own stake; money is percent of own GDP.

    Defaults are those of ``[dispute]``.

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
    lapse, lapse_cost
        eta: chance a quarter that a dispute lapses; what that costs the coercer, share of alpha_L v_C.
    discount
        delta, a year.
    last_quarter_bite
        xi: part of a quarter's flows borne in the quarter that ends it.
    selection
        Which equilibrium, where several exist: the one reached from expecting that the coercer will let go
        (``let_go``), or that the target will be worn down (``worn_down``).
    statement_cost
        a_name: cost to the coercer of joint condemnation.
    settle
        Share of the stake at which both may settle; 0 switches that off.
    surprise
        Impose without a demand: no concession at the threat, no backing down.
    """

    rationality: float = _default("rationality")
    cost_once: float = _default("cost_once")
    cost_year: float = _default("cost_year")
    audience_back_down: float = _default("audience_back_down")
    audience_lift: float = _default("audience_lift")
    audience_concede: float = _default("audience_concede")
    review: float = _default("review")
    lapse: float = _default("lapse")
    lapse_cost: float = _default("lapse_cost")
    discount: float = _default("discount")
    last_quarter_bite: float = _default("last_quarter_bite")
    selection: Selection = "let_go"
    statement_cost: float = 0.0
    settle: float = _default("settle")
    surprise: bool = _default("surprise")

    def __post_init__(self) -> None:
        ranges = {
            "rationality": (0, LARGEST), "cost_once": (0, LARGEST), "cost_year": (0, LARGEST), "review": (0, 1),
            "audience_back_down": (0, LARGEST), "audience_lift": (0, LARGEST), "audience_concede": (0, LARGEST),
            "lapse": (0, 1),
            "lapse_cost": (0, LARGEST), "discount": (0, 1), "last_quarter_bite": (0, 1), "statement_cost": (0, LARGEST),
            "settle": (0, 1),
        }  # fmt: skip
        wrong = [
            Problem("out of range", key=name, found=str(getattr(self, name)), allowed=f"{low:g} to {high:g}")
            for name, (low, high) in ranges.items()
            if not low <= getattr(self, name) <= high
        ]
        if wrong:
            raise GameError(wrong)

    def share_won(self, ending: Ending) -> float:
        """Share of the stake the coercer gets by an ending."""
        return {"conceded_to_demand": 1.0, "conceded": 1.0, "settled": self.settle}.get(ending, 0.0)

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
        ``k_i + chi(r_i) L_i`` a year, >= 0; `NOT_OFFERED` more where the option would do nothing.
    shortfall : (n, M) or (n, K, M)
        ``1 - min(1, delivered / promised)`` of each option, under every package alike or by package.
    pledge, interest, reliability : (n,)
        A_i; g_i; R_i, others' belief about ally i's word.
    stake_coercer, stake_target : (2,)
        v_C and v_T by type.
    belief_target, belief_coercer
        mu = P(resolved), nu = P(firm).
    ally_rational
        Allies that play best replies, ties split evenly: their word is kept without error.
    erosion : (K,)
        Share of the target's stake and audience cost that a package erodes while it is in force, in [0, 1): what
        disinformation does to resolve. Yielding then costs it ``(1 - erosion) (1 + alpha_T) v_T``; none if absent.
    elapsed
        Quarters in which measures were in force before the game begins.
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
    elapsed: int = 0

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

    @cached_property
    def digest(self) -> str:
        """Hash of everything in it: games of one digest have one solution, whatever run they belong to."""
        parts = blake2b(digest_size=16)
        for field in fields(self):
            value = getattr(self, field.name)
            parts.update(value.tobytes() if isinstance(value, np.ndarray) else repr(value).encode())
            parts.update(repr(getattr(value, "shape", "")).encode())
        return parts.hexdigest()

    def __hash__(self) -> int:
        return hash(self.digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DisputeGame) and self.digest == other.digest

    @property
    def profile_shape(self) -> tuple[int, ...]:
        """``(K, M, ..., M)``."""
        return (len(self.packages), *([len(self.options)] * len(self.allies)))

    @property
    def shortfall_by_package(self) -> Array:
        """``shortfall`` as (n, K, M)."""
        wide = self.shortfall if self.shortfall.ndim == 3 else self.shortfall[:, None, :]
        return np.broadcast_to(wide, (len(self.allies), len(self.packages), len(self.options)))

    def offered(self, ally: int, package: int) -> Array:
        """Whether each option of an ally under a package is one it has, (M,) of bool."""
        cost = self.ally_cost[ally, 0, package]
        least = cost.min(axis=tuple(j for j in range(len(self.allies)) if j != ally))
        return np.asarray(least < NOT_OFFERED)

    @property
    def types_target(self) -> Array:
        """Probabilities (2,) of an irresolute and a resolved target: 1 - mu and mu."""
        return np.array([1.0 - self.belief_target, self.belief_target])

    @property
    def types_coercer(self) -> Array:
        """Probabilities (2,) of a soft and a firm coercer: 1 - nu and nu."""
        return np.array([1.0 - self.belief_coercer, self.belief_coercer])

    def erosion_of(self, package: int) -> float:
        """Share of the target's stake that one package erodes."""
        return 0.0 if self.erosion is None else float(self.erosion[package])

    def ending_payoffs(self, ending: Ending, erosion: Array | float = 0.0) -> tuple[Array, Array]:
        """Payoffs of an ending by type, paid once, flows apart: coercer's (2, 1) and target's (2, 1) or (2, P).

        ``v_C``, ``-alpha_C v_C``, ``-alpha_L v_C`` and ``-(1 + alpha_T)(1 - erosion) v_T`` of model.md §5; a
        settlement is a share of the stakes without audience costs. `erosion` is one number or (P,).
        """
        p, v_c, v_t = self.parameters, self.stake_coercer[:, None], self.stake_target[:, None]
        left = (1.0 - np.asarray(erosion)) * v_t
        none = np.zeros((2, 1))
        payoffs: Mapping[Ending, tuple[Array, Array]] = {
            "conceded_to_demand": (v_c, -(1.0 + p.audience_concede) * v_t),
            "backed_down": (-p.audience_back_down * v_c, none),
            "conceded": (v_c, -(1.0 + p.audience_concede) * left),
            "settled": (p.settle * v_c, -p.settle * left),
            "lifted": (-p.audience_lift * v_c, none),
            "lapsed": (-p.lapse_cost * p.audience_lift * v_c, none),
        }
        return payoffs.get(ending, (none, none))

    @property
    def price_of_imposing(self) -> float:
        """Price the coercer pays once when it imposes: Z, and a_name where allies condemn it jointly."""
        return self.parameters.cost_once + self.parameters.statement_cost

    def price_of_pressing(self) -> float:
        """Cost to the coercer of imposing its cheapest package and sustaining it for two years without help."""
        p = self.parameters
        cheapest = float(self.coercer_cost[0].reshape(len(self.packages), -1)[:, 0].min())
        return self.price_of_imposing + (cheapest + p.cost_year) * DOCTRINE_QUARTERS / 4.0

    def loss_in_two_years(self, package: int, profile: tuple[int, ...] = ()) -> float:
        """Loss of the target under a package over two years at its first-year rate; without help if no profile."""
        effect = float(self.flows(package, profile or (0,) * len(self.allies))[1][0])
        return -effect * DOCTRINE_QUARTERS / 4.0

    def flows(self, package: int, profile: tuple[int, ...]) -> tuple[Array, Array]:
        """Coercer's cost and target's effect a year, (2,) each: first year and long run, under one profile."""
        at = np.ravel_multi_index((package, *profile), self.profile_shape)
        return self.coercer_cost.reshape(2, -1)[:, at], self.target_effect.reshape(2, -1)[:, at]


def _problems(game: DisputeGame) -> list[Problem]:
    """Wrong shapes, numbers that are not finite, and numbers out of range."""
    n = len(game.allies)
    problems = [*_array_problems(game), *_label_problems(game)]
    problems += [
        Problem("out of range", key=name, found=str(getattr(game, name)), allowed="0 to 1")
        for name in ("belief_target", "belief_coercer")
        if not 0 <= getattr(game, name) <= 1
    ]
    for name in ("stake_coercer", "stake_target"):
        array = getattr(game, name)
        if array.shape == (2,) and array[0] > array[1]:
            problems.append(Problem("low type first", key=name, found=str(array.tolist()), allowed="ascending"))
    if len(game.ally_rational) != n:
        count = str(len(game.ally_rational))
        problems.append(Problem("wrong length", key="ally_rational", found=count, allowed=f"{n}, one for each ally"))
    return problems


def _array_problems(game: DisputeGame) -> list[Problem]:
    """Arrays of the wrong shape, with numbers that are not finite, negative, or above 1 where they are shares."""
    n, K, M = len(game.allies), len(game.packages), len(game.options)
    shape, by_package = game.profile_shape, (n, K, M)
    wanted = {
        "coercer_cost": (2, *shape), "target_effect": (2, *shape), "ally_cost": (n, 2, *shape),
        "shortfall": by_package if game.shortfall.shape == by_package else (n, M),
        "pledge": (n,), "interest": (n,), "reliability": (n,), "stake_coercer": (2,), "stake_target": (2,),
    }  # fmt: skip
    if game.erosion is not None:
        wanted["erosion"] = (K,)
    problems = []
    for name, right in wanted.items():
        array = getattr(game, name)
        if array.shape != right:
            problems.append(Problem("wrong shape", key=name, found=str(array.shape), allowed=str(right)))
        elif not np.isfinite(array).all():
            problems.append(Problem("has numbers that are not finite", key=name))
        elif name != "target_effect" and (array < 0).any():
            problems.append(Problem("negative", key=name, found=f"{array.min():g}", allowed=">= 0"))
        elif name in ("shortfall", "reliability", "erosion") and (array > 1).any():
            problems.append(Problem("out of range", key=name, found=f"{array.max():g}", allowed="0 to 1"))
    return problems


def _label_problems(game: DisputeGame) -> list[Problem]:
    """Labels listed twice, and no package at all."""
    listed = {"packages": game.packages, "allies": game.allies, "options": game.options}
    problems = [
        Problem("listed twice", key=name, found=repr(label))
        for name, labels in listed.items()
        for label in sorted(set(labels))
        if labels.count(label) > 1
    ]
    if not game.packages:
        problems.append(Problem("a dispute needs at least one package", key="packages"))
    return problems
